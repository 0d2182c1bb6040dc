//! The period that a tally covers.

use crate::record::Round;

/// What a tally is of: a round. Its stored form leaves room for a part of one, such as a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Round);

impl From<Round> for Period {
    fn from(round: Round) -> Self {
        Period(round)
    }
}

impl Period {
    /// Part of a round that stands for all of it.
    const WHOLE: u8 = 0;

    /// The round.
    #[must_use]
    pub const fn round(self) -> Round {
        self.0
    }

    /// The stored form: the round's year, the larger byte first, and its part.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [high, low] = self.0.year().to_be_bytes();
        [high, low, Period::WHOLE]
    }

    /// The inverse of [`Period::to_bytes`]; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [high, low, Period::WHOLE] => Round::new(u16::from_be_bytes([*high, *low])).map(Period),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_reads_back() {
        let period = Period::from(Round::CENSUS_2010);
        assert_eq!(Period::from_bytes(&period.to_bytes()), Some(period));
        for bad in [&[][..], &[7, 218], &[7, 218, 1], &[0, 0, 0]] {
            assert_eq!(Period::from_bytes(bad), None);
        }
    }
}
