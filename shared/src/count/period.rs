//! The period that a tally covers.

use crate::record::Round;

/// What a tally is of: a round; one month of its year, in which households are reviewed on request (rà soát thường
/// xuyên); or one quarter of the year after it, for which its list holds, and in which households are given what they are
/// entitled to.
///
/// ```
/// use soho_shared::count::Period;
/// use soho_shared::record::Round;
///
/// let round = Round::new(2023).unwrap();
/// assert!(Period::from(round) < Period::of_month(round, 3).unwrap());
/// assert_eq!(Period::of_month(round, 13), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    round: Round,
    /// The month, 1..=12; 12 more than the quarter, 1..=4; [`Period::WHOLE`] for the round.
    part: u8,
}

impl From<Round> for Period {
    fn from(round: Round) -> Self {
        Period { round, part: Period::WHOLE }
    }
}

impl Period {
    /// Part of a round that stands for all of it.
    pub(super) const WHOLE: u8 = 0;

    /// A month of a round's year, 1..=12; `None` for any other number.
    #[must_use]
    pub fn of_month(round: Round, month: u8) -> Option<Self> {
        (1..=12).contains(&month).then_some(Period { round, part: month })
    }

    /// A quarter, 1..=4, of the year after a round; `None` for any other number.
    #[must_use]
    pub fn of_quarter(round: Round, quarter: u8) -> Option<Self> {
        (1..=4).contains(&quarter).then(|| Period { round, part: Period::quarter(quarter) })
    }

    /// Part of a round that stands for a quarter of the year after it.
    pub(super) const fn quarter(quarter: u8) -> u8 {
        12 + quarter
    }

    /// A part of a round: all of it, a month or a quarter.
    pub(super) fn of_part(round: Round, part: u8) -> Option<Self> {
        (part <= Period::quarter(4)).then_some(Period { round, part })
    }

    /// The round.
    #[must_use]
    pub const fn round(self) -> Round {
        self.round
    }

    /// Whether it is all of the round.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.part == Period::WHOLE
    }

    /// The stored form: the round's year, the larger byte first, and its part.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [high, low] = self.round.year().to_be_bytes();
        [high, low, self.part]
    }

    /// The inverse of [`Period::to_bytes`]; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [high, low, part] = *bytes else { return None };
        Period::of_part(Round::new(u16::from_be_bytes([high, low]))?, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_reads_back() {
        let round = Round::CENSUS_2010;
        for period in [Some(Period::from(round)), Period::of_month(round, 12), Period::of_quarter(round, 4)] {
            assert_eq!(Period::from_bytes(&period.unwrap().to_bytes()), period);
        }
        for bad in [&[][..], &[7, 218], &[7, 218, 17], &[0, 0, 0]] {
            assert_eq!(Period::from_bytes(bad), None);
        }
        assert_eq!([0, 5].map(|quarter| Period::of_quarter(round, quarter)), [None; 2]);
    }
}
