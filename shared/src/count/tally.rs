//! Sums in memory: one number for each measure.

use std::iter::Sum;
use std::ops::{AddAssign, SubAssign};

use super::{Counts, Measure};
use crate::standard::Class;

/// Counts of one area in one period: a number for each measure, so that summing allocates nothing. Tallies can be added
/// and subtracted in any order: they form a commutative group.
///
/// They hold the measures of this version alone; what is stored are [`Counts`].
///
/// ```
/// use soho_shared::count::{Measure, Tally};
///
/// let tally = Tally::default().with(Measure::Households, 10).with(Measure::Poor, 3);
///
/// // Classes need not come to all households: the others are not decided yet.
/// assert_eq!((tally.households(), tally.undecided()), (10, 7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    counts: [i64; Measure::ALL.len()],
    /// All households by which rates divide; see [`Tally::all_households`].
    all: i64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { counts: [0; Measure::ALL.len()], all: 0 }
    }
}

impl Tally {
    /// The count of a measure.
    #[must_use]
    pub const fn get(&self, measure: Measure) -> i64 {
        self.counts[measure.place()]
    }

    /// Sets the count of a measure.
    #[must_use]
    pub const fn with(mut self, measure: Measure, count: i64) -> Self {
        self.counts[measure.place()] = count;
        self
    }

    /// Households recorded.
    #[must_use]
    pub const fn households(&self) -> i64 {
        self.get(Measure::Households)
    }

    /// All households of the area, surveyed or not (tổng số hộ dân), by which rates divide: those that its hamlets have
    /// declared, and of hamlets that declare none those recorded. Known of sums in a [`super::Book`] alone.
    #[must_use]
    pub const fn all_households(&self) -> i64 {
        self.all
    }

    /// Households recorded in hamlets that have declared none.
    #[must_use]
    pub const fn undeclared(&self) -> i64 {
        self.all - self.get(Measure::Declared)
    }

    /// The households by which the rates of one hamlet divide.
    const fn of_hamlet(&self) -> i64 {
        match self.get(Measure::Declared) {
            0 => self.households(),
            declared => declared,
        }
    }

    /// Notes that this is all of one hamlet, or what one hamlet's tally becomes. Returns how many households more rates
    /// divide by.
    pub(super) const fn settle(&mut self) -> i64 {
        let before = self.all;
        self.all = self.of_hamlet();
        self.all - before
    }

    /// Sets by how many households more rates divide.
    pub(super) const fn with_all(mut self, all: i64) -> Self {
        self.all = all;
        self
    }

    /// People who count as members.
    #[must_use]
    pub const fn persons(&self) -> i64 {
        self.get(Measure::Persons)
    }

    /// Number of households of one class.
    #[must_use]
    pub const fn class(&self, class: Class) -> i64 {
        self.get(Measure::of_class(class))
    }

    /// Number of households whose record does not say enough yet to decide their class.
    #[must_use]
    pub fn undecided(&self) -> i64 {
        self.households() - Class::ALL.iter().map(|class| self.class(*class)).sum::<i64>()
    }

    /// Whether all counts are zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Tally::default()
    }
}

impl From<&Counts> for Tally {
    /// The measures that this version knows.
    fn from(counts: &Counts) -> Self {
        let known = counts.iter().filter_map(|(number, count)| Some((Measure::from_number(number)?, count)));
        known.fold(Tally::default(), |mut tally, (measure, count)| {
            tally.counts[measure.place()] = count;
            tally
        })
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.counts.iter_mut().zip(other.counts).for_each(|(mine, theirs)| *mine = mine.wrapping_add(theirs));
        self.all = self.all.wrapping_add(other.all);
    }
}

impl SubAssign<&Tally> for Tally {
    fn sub_assign(&mut self, other: &Tally) {
        self.counts.iter_mut().zip(other.counts).for_each(|(mine, theirs)| *mine = mine.wrapping_sub(theirs));
        self.all = self.all.wrapping_sub(other.all);
    }
}

impl<'a> Sum<&'a Tally> for Tally {
    fn sum<I: Iterator<Item = &'a Tally>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}
