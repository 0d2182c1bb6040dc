//! The rule over columns: many households at once, for batches, re-classification and what-if.
//!
//! It is [`crate::classify::classify`] again – same integers, same comparisons – laid out so that a
//! processor does several households per instruction: no division, no allocation, no branch that the
//! data decide. Property tests hold the two equal.

use crate::area::Residence;
use crate::classify::Members;
use crate::money::Vnd;
use crate::standard::{Class, Standard};

/// Most bands a standard may have for this form; the widest national one has three.
pub const MAX_BANDS: usize = 3;

/// How many households a row holds: enough to fill the widest registers.
const LANES: usize = 32;

/// Households as columns of equal length.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Income of 12 months less costs, đồng; may be negative.
    pub annual_net: &'a [Vnd],
    /// People who count.
    pub members: &'a [Members],
    /// Rural or urban.
    pub residence: &'a [Residence],
    /// How many indicators are lacking; needed where [`Standard::is_multidimensional`].
    pub deprivations: Option<&'a [u8]>,
}

/// Why columns cannot be classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// The columns or the place for the answers differ in length.
    #[error("the columns differ in length")]
    Length,
    /// The standard counts lacking indicators and there is no such column.
    #[error("this standard needs the number of lacking indicators of every household")]
    DeprivationsNeeded,
}

/// A standard prepared for columns.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Per band: the line of a rural household times 12, and in which bits an urban one's differs.
    rural: [u32; MAX_BANDS],
    urban_differs: [u32; MAX_BANDS],
    /// The class below the first line, and what passing each line adds to it (wrapping): for households
    /// that lack few indicators, and for those that lack enough.
    first: [u8; 2],
    steps: [[u8; MAX_BANDS]; 2],
    /// From how many lacking indicators on the second row applies.
    enough: u8,
    multidimensional: bool,
}

impl Kernel {
    /// Prepares a standard.
    ///
    /// Returns `None` for one with more than [`MAX_BANDS`] bands, with different counts of indicators in
    /// different bands, or with a line of 357 million đồng or more (a year of it for one person must fit 32
    /// bits). No national standard is such.
    #[must_use]
    pub fn new(standard: &Standard) -> Option<Self> {
        let bands = &standard.bands;
        if bands.is_empty() || bands.len() > MAX_BANDS {
            return None;
        }
        let enough = bands.iter().find_map(|b| b.poor_if_lacking);
        if bands.iter().any(|b| b.poor_if_lacking.is_some() && b.poor_if_lacking != enough) {
            return None;
        }
        // A band that is not there has the last one's line and the class above it: passing it adds nothing.
        let mut kernel = Kernel {
            rural: [0; MAX_BANDS],
            urban_differs: [0; MAX_BANDS],
            first: [0; 2],
            steps: [[0; MAX_BANDS]; 2],
            enough: enough.unwrap_or(u8::MAX),
            multidimensional: enough.is_some(),
        };
        let class = |band: usize, lacking: usize| -> u8 {
            let class = bands.get(band).map_or(Class::Above, |b| match b.poor_if_lacking {
                Some(_) if lacking == 1 => Class::Poor,
                _ => b.class,
            });
            class as u8
        };
        for at in 0..MAX_BANDS {
            let band = &bands[at.min(bands.len() - 1)];
            let year = |r| u32::try_from(band.line(r).get().checked_mul(12)?).ok();
            kernel.rural[at] = year(Residence::Rural)?;
            kernel.urban_differs[at] = year(Residence::Urban)? ^ kernel.rural[at];
            for lacking in 0..2 {
                kernel.steps[lacking][at] = if at < bands.len() {
                    class(at + 1, lacking).wrapping_sub(class(at, lacking))
                } else {
                    0
                };
            }
        }
        kernel.first = [class(0, 0), class(0, 1)];
        Some(kernel)
    }

    /// Writes the class of every household, as its [`Class::index`].
    ///
    /// Always inlined, so that a caller who knows that the processor has wider registers gets code for them.
    ///
    /// # Errors
    /// [`ColumnsError`], before anything is written.
    #[inline(always)]
    pub fn classify(&self, columns: &Columns<'_>, classes: &mut [u8]) -> Result<(), ColumnsError> {
        let len = classes.len();
        let Columns { annual_net, members, residence, deprivations } = *columns;
        if [annual_net.len(), members.len(), residence.len(), deprivations.map_or(len, <[u8]>::len)]
            != [len; 4]
        {
            return Err(ColumnsError::Length);
        }
        match (self.multidimensional, deprivations) {
            (true, None) => Err(ColumnsError::DeprivationsNeeded),
            (true, Some(lacking)) => {
                self.run::<true>(annual_net, members, residence, lacking, classes);
                Ok(())
            }
            (false, _) => {
                self.run::<false>(annual_net, members, residence, &[], classes);
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn run<const MULTIDIMENSIONAL: bool>(
        &self,
        net: &[Vnd],
        members: &[Members],
        residence: &[Residence],
        lacking: &[u8],
        classes: &mut [u8],
    ) {
        let (net, net_rest) = net.as_chunks::<LANES>();
        let (members, members_rest) = members.as_chunks::<LANES>();
        let (residence, residence_rest) = residence.as_chunks::<LANES>();
        let (lacking, lacking_rest) = lacking.as_chunks::<LANES>();
        let (classes, classes_rest) = classes.as_chunks_mut::<LANES>();
        for (i, classes) in classes.iter_mut().enumerate() {
            let lacking = if MULTIDIMENSIONAL { &lacking[i] } else { &[0; LANES] };
            self.lanes::<MULTIDIMENSIONAL>(&net[i], &members[i], &residence[i], lacking, classes);
        }
        // The last few, padded to a full row.
        let rest = classes_rest.len();
        if rest > 0 {
            let mut row = ([Vnd::ZERO; LANES], [Members::ONE; LANES], [Residence::Rural; LANES], [0; LANES]);
            row.0[..rest].copy_from_slice(net_rest);
            row.1[..rest].copy_from_slice(members_rest);
            row.2[..rest].copy_from_slice(residence_rest);
            if MULTIDIMENSIONAL {
                row.3[..rest].copy_from_slice(lacking_rest);
            }
            let mut out = [0; LANES];
            self.lanes::<MULTIDIMENSIONAL>(&row.0, &row.1, &row.2, &row.3, &mut out);
            classes_rest.copy_from_slice(&out[..rest]);
        }
    }

    /// One row of households. Products are of 32 by 7 bits, so they fit; comparisons become masks.
    #[inline(always)]
    fn lanes<const MULTIDIMENSIONAL: bool>(
        &self,
        net: &[Vnd; LANES],
        members: &[Members; LANES],
        residence: &[Residence; LANES],
        lacking: &[u8; LANES],
        classes: &mut [u8; LANES],
    ) {
        let mut few = [self.first[0]; LANES];
        let mut many = [self.first[1]; LANES];
        let people: [u32; LANES] = std::array::from_fn(|i| u32::from(members[i].get()));
        let urban: [u32; LANES] = std::array::from_fn(|i| (residence[i] as u32).wrapping_neg());
        for band in 0..MAX_BANDS {
            let over: [u8; LANES] = std::array::from_fn(|i| {
                let line = self.rural[band] ^ (self.urban_differs[band] & urban[i]);
                let year = u64::from(line) * u64::from(people[i]);
                u8::from(net[i].get() > year.cast_signed()).wrapping_neg()
            });
            for i in 0..LANES {
                few[i] = few[i].wrapping_add(self.steps[0][band] & over[i]);
                if MULTIDIMENSIONAL {
                    many[i] = many[i].wrapping_add(self.steps[1][band] & over[i]);
                }
            }
        }
        for i in 0..LANES {
            classes[i] = if MULTIDIMENSIONAL {
                let enough = u8::from(lacking[i] >= self.enough).wrapping_neg();
                (many[i] & enough) | (few[i] & !enough)
            } else {
                few[i]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Facts, classify};
    use crate::law::standards;

    #[test]
    fn columns_say_what_the_rule_says() {
        for standard in standards() {
            let kernel = Kernel::new(standard).unwrap();
            let mut facts = Vec::new();
            for residence in Residence::ALL {
                for members in [1, 2, 7, 99].map(|n| Members::new(n).unwrap()) {
                    for line in
                        standard.bands.iter().map(|b| b.line(residence).get() * members.person_months())
                    {
                        for net in [line - 1, line, line + 1, -line, Vnd::MAX.get(), Vnd::MIN.get()] {
                            for lacking in [0, 2, 3, 12] {
                                let annual_net = Vnd::new(net).unwrap();
                                facts.push(Facts {
                                    residence,
                                    members,
                                    annual_net,
                                    deprivations: Some(lacking),
                                });
                            }
                        }
                    }
                }
            }
            let columns = Columns {
                annual_net: &facts.iter().map(|f| f.annual_net).collect::<Vec<_>>(),
                members: &facts.iter().map(|f| f.members).collect::<Vec<_>>(),
                residence: &facts.iter().map(|f| f.residence).collect::<Vec<_>>(),
                deprivations: Some(&facts.iter().filter_map(|f| f.deprivations).collect::<Vec<_>>()),
            };
            let mut classes = vec![9; facts.len()];
            kernel.classify(&columns, &mut classes).unwrap();
            for (facts, class) in facts.iter().zip(classes) {
                assert_eq!(Class::ALL[usize::from(class)], classify(standard, facts).unwrap(), "{facts:?}");
            }
        }
    }
}
