//! The rule over columns: many households at once, for batches and what-if.
//!
//! It is [`crate::classify::classify`] again, with the same integers and comparisons, but laid out for speed: no
//! division, no allocation, no branch that depends on the data. Every product of a line, 12 months and a number of
//! members is in a table beforehand; a household is compared with its three, and the number of lines it is over
//! gives its class. Property tests hold the two equal.

#[cfg(target_arch = "wasm32")]
mod simd128;

use crate::area::Residence;
use crate::classify::Members;
use crate::money::Vnd;
use crate::standard::{Class, Standard};

/// Most bands that a standard may have in this form; no national one has more.
pub const MAX_BANDS: usize = 3;

/// Number of households worked on together: their classes, a byte each, fill one or two processor registers.
const TOGETHER: usize = if cfg!(target_arch = "wasm32") { 16 } else { 32 };

/// Households as columns of equal length.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Income of 12 months less costs, đồng; may be negative.
    pub annual_net: &'a [Vnd],
    /// Number of members who count.
    pub members: &'a [Members],
    /// Which of the two lines applies.
    pub residence: &'a [Residence],
    /// Number of lacking indicators; needed where [`Standard::is_multidimensional`].
    pub deprivations: Option<&'a [u8]>,
}

/// Reason why columns cannot be classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// The columns and the slice for the classes differ in length.
    #[error("the columns differ in length")]
    Length,
    /// The standard counts lacking indicators, and the columns do not have them.
    #[error("this standard needs the number of lacking indicators of every household")]
    DeprivationsNeeded,
}

/// An amount in the form that is compared fastest. x86 and ARM count `a < b` of unsigned numbers in one instruction
/// (a carry); WebAssembly compares two numbers at a time, but only signed ones.
#[cfg(not(target_arch = "wasm32"))]
type Key = u64;
#[cfg(target_arch = "wasm32")]
type Key = i64;

/// The key of an amount in đồng. Keys are ordered as the amounts are.
#[inline]
const fn key(dong: i64) -> Key {
    #[cfg(not(target_arch = "wasm32"))]
    return (dong ^ i64::MIN).cast_unsigned();
    #[cfg(target_arch = "wasm32")]
    return dong;
}

/// The lines of one residence and number of members, times 12 months and the members. A line that the standard does
/// not have is over every income.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Years([Key; MAX_BANDS]);

/// A standard prepared for columns.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// By residence and number of members: 256 of them, so that no byte needs a check when it is looked up.
    years: [[Years; 256]; 2],
    /// The class under the first line, for households that lack few indicators and for those that lack enough;
    /// `steps` is what passing each line adds to it (wrapping).
    first: [u8; 2],
    steps: [[u8; MAX_BANDS]; 2],
    /// Number of lacking indicators from which the second entry of `first` and `steps` applies.
    enough: u8,
    multidimensional: bool,
}

impl Kernel {
    /// Prepares a standard.
    ///
    /// Returns `None` for one with no band or more than [`MAX_BANDS`], or whose bands need different numbers of lacking
    /// indicators. No national standard is such.
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
        let mut kernel = Kernel {
            years: [[Years([key(i64::MAX); MAX_BANDS]); 256]; 2],
            first: [0; 2],
            steps: [[0; MAX_BANDS]; 2],
            enough: enough.unwrap_or(u8::MAX),
            multidimensional: enough.is_some(),
        };
        for residence in Residence::ALL {
            let mut highest = i64::MIN;
            for (at, band) in bands.iter().enumerate() {
                // A household under a line is to count as under all lines after it, even where one of them is lower.
                highest = highest.max(band.line(residence).get() * 12);
                for (members, years) in (0..).zip(&mut kernel.years[residence.index()]) {
                    years.0[at] = key(highest * members); // at most 10¹⁵ × 12 × 255
                }
            }
        }
        let class = |band: usize, lacking: usize| -> u8 {
            let class = bands.get(band).map_or(Class::Above, |b| match b.poor_if_lacking {
                Some(_) if lacking == 1 => Class::Poor,
                _ => b.class,
            });
            class as u8
        };
        for lacking in 0..2 {
            kernel.first[lacking] = class(0, lacking);
            for at in 0..bands.len() {
                kernel.steps[lacking][at] = class(at + 1, lacking).wrapping_sub(class(at, lacking));
            }
        }
        Some(kernel)
    }

    /// Writes the class of every household, as its [`Class::index`].
    ///
    /// In a browser this needs WebAssembly's `simd128`; an app that does not call it runs in browsers without.
    ///
    /// # Errors
    /// [`ColumnsError`], before anything is written.
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
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

    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    #[inline]
    fn run<const MULTIDIMENSIONAL: bool>(
        &self,
        net: &[Vnd],
        members: &[Members],
        residence: &[Residence],
        lacking: &[u8],
        classes: &mut [u8],
    ) {
        let (net, net_rest) = net.as_chunks::<TOGETHER>();
        let (members, members_rest) = members.as_chunks::<TOGETHER>();
        let (residence, residence_rest) = residence.as_chunks::<TOGETHER>();
        let (lacking, lacking_rest) = lacking.as_chunks::<TOGETHER>();
        let (classes, classes_rest) = classes.as_chunks_mut::<TOGETHER>();
        for (i, classes) in classes.iter_mut().enumerate() {
            #[cfg(target_arch = "wasm32")]
            simd128::fetch_ahead(net, i);
            let lacking = if MULTIDIMENSIONAL { &lacking[i] } else { &[0; TOGETHER] };
            self.together::<MULTIDIMENSIONAL>(&net[i], &members[i], &residence[i], lacking, classes);
        }
        // The last few, filled up to a whole row.
        let rest = classes_rest.len();
        if rest > 0 {
            let mut last = (
                [Vnd::ZERO; TOGETHER],
                [Members::ONE; TOGETHER],
                [Residence::Rural; TOGETHER],
                [0; TOGETHER],
            );
            last.0[..rest].copy_from_slice(net_rest);
            last.1[..rest].copy_from_slice(members_rest);
            last.2[..rest].copy_from_slice(residence_rest);
            if MULTIDIMENSIONAL {
                last.3[..rest].copy_from_slice(lacking_rest);
            }
            let mut out = [0; TOGETHER];
            self.together::<MULTIDIMENSIONAL>(&last.0, &last.1, &last.2, &last.3, &mut out);
            classes_rest.copy_from_slice(&out[..rest]);
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    fn together<const MULTIDIMENSIONAL: bool>(
        &self,
        net: &[Vnd; TOGETHER],
        members: &[Members; TOGETHER],
        residence: &[Residence; TOGETHER],
        lacking: &[u8; TOGETHER],
        classes: &mut [u8; TOGETHER],
    ) {
        // All incomes first: the next ones are fetched from memory while these are compared.
        let mut keys = [key(0); TOGETHER];
        for (key, net) in keys.iter_mut().zip(net) {
            *key = self::key(net.get());
        }
        // The number of lines that each household is over.
        let mut over = [0; TOGETHER];
        for i in 0..TOGETHER {
            let Years([one, two, three]) = &self.years[residence[i] as usize][usize::from(members[i].get())];
            let above = |year: &Key| u64::from(*year < keys[i]);
            over[i] = (above(one) + above(two) + above(three)).to_le_bytes()[0];
        }
        let class = |lacking: usize, i: usize| {
            let steps = (0..).zip(self.steps[lacking]);
            // A mask instead of a branch.
            let added = steps.map(|(line, step)| step & u8::from(over[i] > line).wrapping_neg());
            added.fold(self.first[lacking], u8::wrapping_add)
        };
        for i in 0..TOGETHER {
            classes[i] = if MULTIDIMENSIONAL {
                let enough = u8::from(lacking[i] >= self.enough).wrapping_neg();
                (class(1, i) & enough) | (class(0, i) & !enough)
            } else {
                class(0, i)
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
