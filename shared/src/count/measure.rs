//! What is counted.

use crate::household::{Cause, Group};
use crate::standard::Class;

/// A count that every tally keeps. Its number is part of what is stored: it is never changed or used again, and new
/// measures are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Measure {
    /// Households recorded.
    Households = 0,
    /// People who count as members.
    Persons = 1,
    /// Households of [`Class::Poor`].
    Poor = 2,
    /// Households of [`Class::NearPoor`].
    NearPoor = 3,
    /// Households of [`Class::LowIncome`].
    LowIncome = 4,
    /// Households of [`Class::Above`].
    Above = 5,
    /// Poor households with the main cause [`Cause::LackOfMeans`].
    PoorForLackOfMeans = 6,
    /// Poor households with the main cause [`Cause::LackOfLabour`].
    PoorForLackOfLabour = 7,
    /// Poor households with the main cause [`Cause::LackOfKnowHow`].
    PoorForLackOfKnowHow = 8,
    /// Poor households with the main cause [`Cause::Other`].
    PoorForAnotherCause = 9,
    /// Poor households headed by a woman. The groups overlap.
    PoorFemaleHeaded = 10,
    /// Poor households headed by a member of an ethnic minority.
    PoorEthnicMinorityHeaded = 11,
    /// Poor households of merit.
    PoorMerit = 12,
    /// Poor households with a beneficiary of social protection.
    PoorSocialProtection = 13,
}

impl Measure {
    /// All measures, by their numbers.
    pub const ALL: [Measure; 14] = [
        Measure::Households,
        Measure::Persons,
        Measure::Poor,
        Measure::NearPoor,
        Measure::LowIncome,
        Measure::Above,
        Measure::PoorForLackOfMeans,
        Measure::PoorForLackOfLabour,
        Measure::PoorForLackOfKnowHow,
        Measure::PoorForAnotherCause,
        Measure::PoorFemaleHeaded,
        Measure::PoorEthnicMinorityHeaded,
        Measure::PoorMerit,
        Measure::PoorSocialProtection,
    ];

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The measure with a number; `None` for one that only a later version knows.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Measure::ALL.get(usize::from(number)).copied()
    }

    /// Households of a class.
    #[must_use]
    pub const fn of_class(class: Class) -> Self {
        match class {
            Class::Poor => Measure::Poor,
            Class::NearPoor => Measure::NearPoor,
            Class::LowIncome => Measure::LowIncome,
            Class::Above => Measure::Above,
        }
    }

    /// Poor households with a main cause.
    #[must_use]
    pub const fn of_cause(cause: Cause) -> Self {
        match cause {
            Cause::LackOfMeans => Measure::PoorForLackOfMeans,
            Cause::LackOfLabour => Measure::PoorForLackOfLabour,
            Cause::LackOfKnowHow => Measure::PoorForLackOfKnowHow,
            Cause::Other => Measure::PoorForAnotherCause,
        }
    }

    /// Poor households of a group.
    #[must_use]
    pub const fn of_group(group: Group) -> Self {
        match group {
            Group::FemaleHeaded => Measure::PoorFemaleHeaded,
            Group::EthnicMinorityHeaded => Measure::PoorEthnicMinorityHeaded,
            Group::Merit => Measure::PoorMerit,
            Group::SocialProtection => Measure::PoorSocialProtection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_at_the_place_of_its_number() {
        for (place, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(measure.number()), place);
            assert_eq!(Measure::from_number(measure.number()), Some(measure));
        }
        assert_eq!(Measure::from_number(14), None);
    }
}
