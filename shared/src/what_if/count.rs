//! Counts of the columns under a standard.

use super::households::Households;
use crate::area::{AreaCode, CommuneCode};
use crate::columns::{ColumnsError, Kernel};
use crate::count::{Book, Measure, Tally};
use crate::record::Round;
use crate::report::{self, By, Figures};
use crate::standard::Class;

/// Counts of one commune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The commune.
    pub commune: CommuneCode,
    /// All households, and those of each class; no causes, no groups.
    pub tally: Tally,
    /// People by class of their household, in the order of [`crate::standard::Class::ALL`].
    pub persons: [i64; 4],
}

impl Households {
    /// Classifies all households and counts them by commune. `classes` is a buffer that can be used again from call to
    /// call.
    ///
    /// Not inlined, so that the loop is compiled with the optimization level of this crate.
    ///
    /// # Errors
    /// When the standard counts lacking indicators and the round of these columns did not.
    #[inline(never)]
    pub fn count(&self, kernel: &Kernel, classes: &mut Vec<u8>) -> Result<Vec<Count>, ColumnsError> {
        classes.resize(self.len(), 0);
        kernel.classify(&self.columns(), classes)?;
        let (mut classes, mut members) = (classes.as_slice(), self.members.as_slice());
        let count = |commune: &super::OfCommune| {
            let (own, rest) = classes.split_at(commune.decided);
            let (people, others) = members.split_at(commune.decided);
            (classes, members) = (rest, others);
            // The upper half of a number counts households and the lower half people: one addition for both.
            let mut sums = [0u64; 4];
            for (class, members) in own.iter().zip(people) {
                sums[usize::from(class & 3)] += 1 << 32 | u64::from(members.get());
            }
            let households = sums.map(|sum| (sum >> 32).cast_signed());
            let persons = sums.map(|sum| (sum & u64::from(u32::MAX)).cast_signed());
            let all = |beside: u64, counted: [i64; 4]| beside.cast_signed() + counted.iter().sum::<i64>();
            let tally = Tally::default()
                .with(Measure::Households, all(commune.undecided as u64, households))
                .with(Measure::Persons, all(commune.undecided_persons, persons));
            let tally = Class::ALL
                .into_iter()
                .zip(households)
                .fold(tally, |tally, (class, households)| tally.with(Measure::of_class(class), households));
            Count { commune: commune.code, tally, persons }
        };
        Ok(self.communes.iter().map(count).collect())
    }
}

/// The figures of an area from counts, made as those of the register are.
///
/// # Errors
/// When the area cannot be divided so, or is to be divided by hamlet, which the columns do not know.
pub fn figures(counts: &[Count], area: AreaCode, round: Round, by: By) -> Result<Figures, String> {
    if by == By::Hamlet {
        return Err("these figures know communes, not hamlets".to_owned());
    }
    let mut book = Book::default();
    for count in counts {
        book.add(round.into(), count.commune, 0, &count.tally);
    }
    report::figures(&book, area, round, by)
}
