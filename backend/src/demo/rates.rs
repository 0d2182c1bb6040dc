//! Plausible rates: the bands of poor rates, and neighbours that resemble each other.

use soho_shared::area::{self, Residence};

use super::figures::{self, DISTRICTS};
use super::random::Random;

/// Number of households of a class that a commune may have.
#[derive(Clone, Debug)]
pub(super) struct Range {
    /// Fewest that its band allows.
    pub(super) least: u64,
    /// Most that its band allows.
    pub(super) most: u64,
    /// Fewest that look right; at least `least`.
    pub(super) low: u64,
    /// Most that look right; at most `most`.
    pub(super) high: u64,
    /// Leaning to the high end (above 1.000) or the low one (below).
    pub(super) lean: u64,
}

impl Range {
    /// Anything up to `most`.
    pub(super) fn free(most: u64) -> Self {
        Range { least: 0, most, low: 0, high: most, lean: 1_000 }
    }

    /// Hard bounds with soft ones, which are in hundredths of a percent of `size` and are drawn into the hard ones.
    fn new(size: u64, (least, most): (u64, u64), (low, high): (u64, u64), lean: u64) -> Self {
        if least > most {
            return Range { lean, ..Range::free(size) };
        }
        let low = (size * low).div_ceil(10_000).clamp(least, most);
        let high = (size * high / 10_000).clamp(low, most);
        Range { least, most, low, high, lean }
    }
}

/// A band of poor rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Band {
    Over30,
    From25,
    From20,
    Under20,
}

fn band(code: &str) -> Band {
    if figures::OVER_30.contains(&code) {
        Band::Over30
    } else if figures::FROM_25.contains(&code) {
        Band::From25
    } else if figures::FROM_20.contains(&code) {
        Band::From20
    } else {
        Band::Under20
    }
}

impl Band {
    /// Fewest and most poor households, of `size` in all, that put a commune exactly into this band.
    fn bounds(self, size: u64) -> (u64, u64) {
        let under = |percent: u64| (size * percent).div_ceil(100).saturating_sub(1);
        match self {
            Band::Over30 => (size * 30 / 100 + 1, size),
            Band::From25 => ((size * 25).div_ceil(100), under(30)),
            Band::From20 => ((size * 20).div_ceil(100), under(25)),
            Band::Under20 => (0, under(20)),
        }
    }

    /// Rates that look right, in hundredths of a percent; `None` where they depend on the district.
    fn usual(self) -> Option<(u64, u64)> {
        match self {
            Band::Over30 => Some((3_050, 3_350)),
            Band::From25 => Some((2_530, 2_920)),
            Band::From20 => Some((2_030, 2_430)),
            Band::Under20 => None,
        }
    }
}

/// Each commune's range of poor households.
pub(super) fn poor_ranges(random: &mut Random, sizes: &[u64], by_district: &[u64]) -> Vec<Range> {
    let bands: Vec<Band> = area::communes().iter().map(|c| band(&c.code.to_string())).collect();
    let mut ranges: Vec<Range> = sizes.iter().map(|&size| Range::free(size)).collect();
    for (row, &poor) in DISTRICTS.iter().zip(by_district) {
        let all = row.places(None);
        let leans = leans(random, all.len());
        // The average that the communes under 20 % must have when the others are in mid-band.
        let (mut others, mut rest) = (0, 0);
        for &place in &all {
            match bands[place].usual() {
                Some((low, high)) => others += sizes[place] * (low + high) / 2 / 10_000,
                None => rest += sizes[place],
            }
        }
        let mean = poor.saturating_sub(others) * 10_000 / rest.max(1);
        for (&place, lean) in all.iter().zip(leans) {
            let usual = bands[place].usual().unwrap_or_else(|| {
                let in_town = area::communes()[place].residence() == Residence::Urban;
                let middle = if in_town { mean * 7 / 10 } else { mean.min(1_900) };
                let width = (middle * 45 / 100).min(1_970_u64.saturating_sub(middle));
                (middle - width, middle + width)
            });
            ranges[place] = Range::new(sizes[place], bands[place].bounds(sizes[place]), usual, lean);
        }
    }
    ranges
}

/// Each commune's range of near-poor households: anything beside the poor, usually around the district's rate.
pub(super) fn near_poor_ranges(
    random: &mut Random,
    sizes: &[u64],
    poor: &[u64],
    by_district: &[u64],
) -> Vec<Range> {
    let mut ranges: Vec<Range> = sizes.iter().map(|&size| Range::free(size)).collect();
    for (row, &near_poor) in DISTRICTS.iter().zip(by_district) {
        let all = row.places(None);
        let leans = leans(random, all.len());
        let mean = near_poor * 10_000 / all.iter().map(|&p| sizes[p]).sum::<u64>().max(1);
        for (&place, lean) in all.iter().zip(leans) {
            let room = sizes[place] - poor[place];
            ranges[place] = Range::new(sizes[place], (0, room), (mean * 3 / 10, mean * 17 / 10), lean);
        }
    }
    ranges
}

/// A lean for each of a row of communes. Their codes follow the map, so those next to each other lean alike.
fn leans(random: &mut Random, count: usize) -> Vec<u64> {
    let raw: Vec<u64> = (0..count + 2).map(|_| u64::from(100 + random.below(1_800))).collect();
    raw.windows(3).map(|w| (w[0] + 2 * w[1] + w[2]) / 4).collect()
}
