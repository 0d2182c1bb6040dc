//! Counts as they are stored.

use std::borrow::Cow;
use std::ops::{AddAssign, SubAssign};

use serde::{Deserialize, Serialize};

use super::{Measure, Period};

/// Numbers that the measures of one part of a round can have.
const PART: u16 = 1024;

/// Counts by measure, by rising number, none of them 0. Numbers that only a later version knows are kept.
///
/// A record may also count something in a month of its round's year, or in a quarter of the year after: the number is then the
/// measure's, and 1024 for each month, or for 12 and each quarter. A tally holds one part alone: see [`Contribution::parts`](super::Contribution::parts).
///
/// Sparse, since most records add three or four of them. Stored are the measures' numbers, so a measure of a later
/// version is added, subtracted and written again like any other.
///
/// Nothing that a register can hold comes near the bounds of `i64`. Bytes of a damaged disk may: a sum beyond them
/// ends there, and the recount of `soho verify` finds it.
///
/// ```
/// use soho_shared::count::{Counts, Measure};
///
/// // Stored by a later version: three households, and two of something.
/// let stored = serde_json::from_str::<Counts>("[[0,3],[1000,2]]").unwrap();
/// let mut sum = stored.clone();
/// sum += &stored;
/// assert_eq!(sum.get(Measure::Households), 6);
/// assert_eq!(serde_json::to_string(&sum).unwrap(), "[[0,6],[1000,4]]");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u16, i64)>")]
pub struct Counts(Vec<(u16, i64)>);

impl TryFrom<Vec<(u16, i64)>> for Counts {
    type Error = &'static str;

    fn try_from(counts: Vec<(u16, i64)>) -> Result<Self, Self::Error> {
        if counts.is_sorted_by(|one, next| one.0 < next.0) && counts.iter().all(|(_, count)| *count != 0) {
            return Ok(Counts(counts));
        }
        Err("counts stand by rising number, none of them 0")
    }
}

impl Counts {
    /// Whether every count is 0.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The count of a measure.
    #[must_use]
    pub fn get(&self, measure: Measure) -> i64 {
        self.0.binary_search_by_key(&measure.number(), |(number, _)| *number).map_or(0, |at| self.0[at].1)
    }

    /// Adds to the count of a measure.
    pub fn add(&mut self, measure: Measure, count: i64) {
        self.add_to(measure.number(), count);
    }

    /// Adds to the count of a measure in a month, 1..=12.
    pub(crate) fn add_in(&mut self, month: u8, measure: Measure, count: i64) {
        self.add_to(u16::from(month) * PART + measure.number(), count);
    }

    /// Adds to the count of a measure in a quarter, 1..=4, of the year after.
    pub(crate) fn add_in_quarter(&mut self, quarter: u8, measure: Measure, count: i64) {
        self.add_in(Period::quarter(quarter), measure, count);
    }

    /// Leaves out what is not to be kept, by the measure's number.
    pub(crate) fn retain(&mut self, keep: impl Fn(u16) -> bool) {
        self.0.retain(|(number, _)| keep(number % PART));
    }

    /// What is counted in single months and quarters: part of the round, measure's number, count; rising.
    pub(crate) fn in_months(&self) -> impl Iterator<Item = (u8, u16, i64)> {
        let from = self.0.partition_point(|(number, _)| *number < PART);
        let split =
            |&(number, count): &(u16, i64)| Some((u8::try_from(number / PART).ok()?, number % PART, count));
        self.0[from..].iter().filter_map(split)
    }

    /// The counts by the part of the round that they are of.
    pub(super) fn by_part(&self) -> impl Iterator<Item = (u8, Cow<'_, Counts>)> {
        self.0.chunk_by(|one, next| one.0 / PART == next.0 / PART).filter_map(|of_part| {
            let part = u8::try_from(of_part.first()?.0 / PART).ok()?;
            if part == Period::WHOLE && of_part.len() == self.0.len() {
                return Some((part, Cow::Borrowed(self)));
            }
            let own = of_part.iter().map(|(number, count)| (number % PART, *count));
            Some((part, Cow::Owned(Counts(own.collect()))))
        })
    }

    /// All counts with their measures' numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = (u16, i64)> {
        self.0.iter().copied()
    }

    fn add_to(&mut self, number: u16, count: i64) {
        match self.0.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(at) => {
                self.0[at].1 = self.0[at].1.saturating_add(count);
                if self.0[at].1 == 0 {
                    self.0.remove(at);
                }
            }
            Err(_) if count == 0 => {}
            Err(at) => self.0.insert(at, (number, count)),
        }
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        other.iter().for_each(|(number, count)| self.add_to(number, count));
    }
}

impl SubAssign<&Counts> for Counts {
    fn sub_assign(&mut self, other: &Counts) {
        other.iter().for_each(|(number, count)| self.add_to(number, count.saturating_neg()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts() -> impl Strategy<Value = Counts> {
        // More numbers than there are measures.
        prop::collection::btree_map(0..40u16, (-50..50i64).prop_filter("not 0", |count| *count != 0), 0..12)
            .prop_map(|counts| Counts(counts.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn sums_commute_and_subtracting_undoes_adding(one in counts(), other in counts()) {
            let sum = |first: &Counts, second: &Counts| { let mut sum = first.clone(); sum += second; sum };
            prop_assert_eq!(sum(&one, &other), sum(&other, &one));
            let mut back = sum(&one, &other);
            back -= &other;
            prop_assert_eq!(&back, &one);
            let stored = postcard::to_stdvec(&one).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Counts>(&stored).unwrap(), one);
        }
    }

    #[test]
    fn what_is_counted_in_a_month_is_a_part_of_its_own() {
        let mut counts = Counts::default();
        counts.add(Measure::Poor, 1);
        let parts =
            |counts: &Counts| counts.by_part().map(|(part, of)| (part, of.0.clone())).collect::<Vec<_>>();
        assert_eq!(parts(&counts), [(0, vec![(2, 1)])]);
        counts.add_in(3, Measure::Above, 1);
        counts.add_in(12, Measure::Poor, 2);
        assert_eq!(parts(&counts), [(0, vec![(2, 1)]), (3, vec![(5, 1)]), (12, vec![(2, 2)])]);
        assert_eq!(counts.in_months().collect::<Vec<_>>(), [(3, 5, 1), (12, 2, 2)]);
        assert_eq!((counts.get(Measure::Poor), counts.get(Measure::Above)), (1, 0), "of the round itself");
    }

    #[test]
    fn what_is_no_set_of_counts_is_not_read() {
        for bad in [vec![(1, 1), (0, 1)], vec![(1, 1), (1, 1)], vec![(1, 0)]] {
            assert!(postcard::from_bytes::<Counts>(&postcard::to_stdvec(&bad).unwrap()).is_err());
        }
        let mut most = Counts::default();
        most.add(Measure::Persons, i64::MAX);
        most += &most.clone();
        assert_eq!(most.get(Measure::Persons), i64::MAX);
    }
}
