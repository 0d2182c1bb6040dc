//! A choice of poverty lines.

use std::borrow::Cow;

use crate::area::Residence;
use crate::money::Vnd;
use crate::standard::{Band, Class, Standard};

/// The classes whose lines can be chosen.
const CHOSEN: [Class; 2] = [Class::Poor, Class::NearPoor];

/// Lines of the poor and the near-poor, rural and urban, in đồng per person per month. A class for which the standard
/// has no band has no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    bands: [Option<[Vnd; 2]>; 2],
}

impl Lines {
    /// The standard's own lines.
    #[must_use]
    pub fn of(standard: &Standard) -> Self {
        Lines { bands: CHOSEN.map(|class| band(standard, class).map(|band| band.lines)) }
    }

    /// The highest line that can be chosen: twice the standard's highest, rounded down to whole 100.000 đ.
    #[must_use]
    pub fn most(standard: &Standard) -> Vnd {
        const WHOLE: i64 = 100_000;
        let highest = Self::of(standard).bands.into_iter().flatten().flatten().max().unwrap_or(Vnd::ZERO);
        let most = (highest.get() * 2).div_euclid(WHOLE) * WHOLE;
        Vnd::new(most).unwrap_or(highest)
    }

    /// The classes that have a line, the poorest first.
    pub fn classes(self) -> impl Iterator<Item = Class> {
        CHOSEN.into_iter().zip(self.bands).filter_map(|(class, lines)| lines.map(|_| class))
    }

    /// One line; `None` where the standard has no such band.
    #[must_use]
    pub fn get(self, class: Class, residence: Residence) -> Option<Vnd> {
        let at = CHOSEN.iter().position(|chosen| *chosen == class)?;
        self.bands[at].map(|lines| lines[residence.index()])
    }

    /// The same lines with one of them moved, between 0 and `most`. The near-poor's is never under the poor's: where it
    /// would be, the other line moves along.
    #[must_use]
    pub fn with(mut self, class: Class, residence: Residence, line: Vnd, most: Vnd) -> Self {
        let line = line.clamp(Vnd::ZERO, most);
        for (chosen, lines) in CHOSEN.into_iter().zip(&mut self.bands) {
            let Some(lines) = lines else { continue };
            let own = &mut lines[residence.index()];
            *own = match chosen.cmp(&class) {
                std::cmp::Ordering::Less => line.min(*own),
                std::cmp::Ordering::Equal => line,
                std::cmp::Ordering::Greater => line.max(*own),
            };
        }
        self
    }

    /// The standard with these lines.
    ///
    /// The line of low income (over 130 % to 150 % of the poverty line) keeps its proportion to the poverty line,
    /// rounded down to whole đồng. Where the standard has no poverty line of income alone it stays as it is. It is
    /// never under the near-poor's line.
    #[must_use]
    pub fn standard(self, base: &Standard) -> Standard {
        let mut bands = base.bands.to_vec();
        for band in &mut bands {
            for residence in Residence::ALL {
                band.lines[residence.index()] = match self.get(band.class, residence) {
                    Some(line) => line,
                    None => self.following(base, band, residence),
                };
            }
        }
        Standard { bands: Cow::Owned(bands), ..base.clone() }
    }

    fn following(self, base: &Standard, own: &Band, residence: Residence) -> Vnd {
        let line = own.line(residence);
        let scaled = || {
            let (new, old) =
                (self.get(Class::Poor, residence)?, band(base, Class::Poor)?.line(residence).get());
            let product = i128::from(line.get()) * i128::from(new.get());
            i64::try_from(product.checked_div(i128::from(old))?).ok().and_then(Vnd::new)
        };
        let floor = CHOSEN.into_iter().filter_map(|class| self.get(class, residence)).max();
        scaled().unwrap_or(line).max(floor.unwrap_or(Vnd::ZERO))
    }
}

fn band(standard: &Standard, class: Class) -> Option<&Band> {
    standard.bands.iter().find(|band| band.class == class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{standard, standards};

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    fn lines(standard: &Standard) -> Vec<[i64; 2]> {
        standard.bands.iter().map(|band| band.lines.map(Vnd::get)).collect()
    }

    #[test]
    fn untouched_it_is_the_standard_in_force() {
        for standard in standards() {
            assert_eq!(&Lines::of(standard).standard(standard), standard);
        }
    }

    #[test]
    fn low_income_follows_and_lines_keep_their_order() {
        let of_2011 = standard("2011").unwrap();
        let (own, most) = (Lines::of(of_2011), Lines::most(of_2011));
        assert_eq!(most, vnd(1_300_000));
        for (class, residence, line, expected) in [
            // 150 % of the poverty line.
            (
                Class::Poor,
                Residence::Rural,
                420_000,
                [[420_000, 500_000], [520_000, 650_000], [630_000, 750_000]],
            ),
            // The near-poor's line moves along.
            (
                Class::Poor,
                Residence::Urban,
                700_000,
                [[400_000, 700_000], [520_000, 700_000], [600_000, 1_050_000]],
            ),
            (
                Class::NearPoor,
                Residence::Rural,
                300_000,
                [[300_000, 500_000], [300_000, 650_000], [450_000, 750_000]],
            ),
            // The line of low income is never under the near-poor's.
            (
                Class::NearPoor,
                Residence::Rural,
                900_000,
                [[400_000, 500_000], [900_000, 650_000], [900_000, 750_000]],
            ),
            (Class::Poor, Residence::Rural, -5, [[0, 500_000], [520_000, 650_000], [520_000, 750_000]]),
            (
                Class::Poor,
                Residence::Rural,
                9_000_000,
                [[1_300_000, 500_000], [1_300_000, 650_000], [1_950_000, 750_000]],
            ),
        ] {
            let chosen = own.with(class, residence, vnd(line), most).standard(of_2011);
            assert_eq!(lines(&chosen), expected, "{class} {residence:?} {line}");
        }
    }

    #[test]
    fn where_no_income_alone_makes_poor_the_living_standard_s_line_stays() {
        let of_2022 = standard("2022").unwrap();
        let (own, most) = (Lines::of(of_2022), Lines::most(of_2022));
        assert_eq!(own.classes().collect::<Vec<_>>(), [Class::NearPoor]);
        let chosen = own.with(Class::NearPoor, Residence::Rural, vnd(1_800_000), most).standard(of_2022);
        assert_eq!(lines(&chosen), [[1_800_000, 2_000_000], [2_250_000, 3_000_000]]);
        let chosen = own.with(Class::NearPoor, Residence::Rural, vnd(2_500_000), most).standard(of_2022);
        assert_eq!(lines(&chosen), [[2_500_000, 2_000_000], [2_500_000, 3_000_000]]);
    }
}
