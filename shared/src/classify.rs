//! The rule that decides a household's class, the same on every phone, tablet and server. Batches and what-if run it
//! in the form of [`crate::columns`].
//!
//! Integers only. Income per person per month is never computed to decide: `annual_net <= line × 12 × members`
//! says the same without a division, so nothing is rounded.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize, de};

use crate::area::Residence;
use crate::money::Vnd;
use crate::standard::{Class, Standard};

/// Number of members, 1..=99: people who lived in the household 6 of the last 12 months or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Members(u8);

impl Members {
    /// A household of one.
    pub const ONE: Members = Members(1);

    /// A number of members; `None` outside 1..=99.
    #[must_use]
    pub fn new(count: i64) -> Option<Members> {
        u8::try_from(count).ok().filter(|n| (1..=99).contains(n)).map(Members)
    }

    /// The number of members, 1..=99.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// 12 months times the members, 12..=1188: the factor from a line per person per month to the household's year.
    #[must_use]
    pub const fn person_months(self) -> i64 {
        12 * self.0 as i64
    }
}

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let count = i64::deserialize(d)?;
        Members::new(count).ok_or_else(|| de::Error::custom("a household has 1 to 99 members"))
    }
}

/// What a household's class is decided from.
///
/// ```
/// use soho_shared::area::Residence;
/// use soho_shared::classify::{Facts, Members, classify};
/// use soho_shared::law;
/// use soho_shared::money::Vnd;
/// use soho_shared::standard::Class;
///
/// let class = |annual_net| {
///     let facts = Facts {
///         residence: Residence::Rural,
///         members: Members::new(4).unwrap(),
///         annual_net: Vnd::new(annual_net).unwrap(),
///         deprivations: None,
///     };
///     classify(law::standard("2011").unwrap(), &facts)
/// };
///
/// // The line is 400.000 đ a person and month. It belongs to the poor; one đồng in the whole year is over it.
/// assert_eq!(class(400_000 * 12 * 4), Ok(Class::Poor));
/// assert_eq!(class(400_000 * 12 * 4 + 1), Ok(Class::NearPoor));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// Which of the two lines applies.
    pub residence: Residence,
    /// Number of people who share the income.
    pub members: Members,
    /// Income of 12 months less costs, đồng; may be negative.
    pub annual_net: Vnd,
    /// Number of the standard's indicators that are lacking; `None` while that is not known.
    pub deprivations: Option<u8>,
}

/// Reason why no class can be given yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Undecided {
    /// At this income the number of lacking indicators decides, and it is not known.
    #[error("at this income the number of lacking indicators decides: count them")]
    DeprivationsNeeded,
}

/// The class of a household under a standard.
///
/// Lines are closed above and continuous: a household at exactly the line falls under it, one đồng over falls
/// in the next band (so 400.001 đ to 400.999 đ, which Quyết định 09/2011/QĐ-TTg, Điều 1 leaves unnamed, is
/// near-poor). From 2016 a household in a band that says so is poor when it lacks enough indicators
/// (Quyết định 59/2015/QĐ-TTg; Nghị định 07/2021/NĐ-CP, Điều 3).
///
/// # Errors
///
/// [`Undecided::DeprivationsNeeded`] when the number of lacking indicators is unknown and would matter at this
/// income.
pub fn classify(standard: &Standard, facts: &Facts) -> Result<Class, Undecided> {
    for band in standard.bands.iter() {
        if at_or_under(facts.annual_net, band.line(facts.residence), facts.members) {
            return match (band.poor_if_lacking, facts.deprivations) {
                (None, _) => Ok(band.class),
                (Some(enough), Some(lacking)) if lacking >= enough => Ok(Class::Poor),
                (Some(_), Some(_)) => Ok(band.class),
                (Some(_), None) => Err(Undecided::DeprivationsNeeded),
            };
        }
    }
    Ok(Class::Above)
}

/// Whether the monthly income per person is at or under `line`, exactly.
///
/// Cannot overflow: a line is at most 10¹⁵ đ, times at most 1188.
#[must_use]
pub const fn at_or_under(annual_net: Vnd, line: Vnd, members: Members) -> bool {
    annual_net.get() <= line.get() * members.person_months()
}

/// Monthly income per person in whole đồng, rounded half away from zero. For display only.
#[must_use]
pub fn monthly_per_person(annual_net: Vnd, members: Members) -> Vnd {
    Vnd::from_decimal(quotient(annual_net, members)).expect("a quotient of a bounded amount is bounded")
}

/// Monthly income per person in đồng, rounded half away from zero to two decimals. For display only.
#[must_use]
pub fn monthly_per_person_exact(annual_net: Vnd, members: Members) -> Decimal {
    quotient(annual_net, members)
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

/// Monthly income per person to 28 significant digits, which round as the exact quotient does: an amount of at most
/// 16 digits over at most 1188 lies either exactly on a midpoint or far enough from it.
fn quotient(annual_net: Vnd, members: Members) -> Decimal {
    Decimal::from(annual_net) / Decimal::from(members.person_months())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_1_to_99() {
        for bad in [i64::MIN, -1, 0, 100, 256, 257, i64::MAX] {
            assert_eq!(Members::new(bad), None, "{bad}");
        }
        assert_eq!(serde_json::from_str::<Members>("99").unwrap().get(), 99);
        let error = serde_json::from_str::<Members>("0").unwrap_err().to_string();
        assert!(error.starts_with("a household has 1 to 99 members"), "{error}");
    }

    #[test]
    fn shown_per_person_rounds_half_away_from_zero() {
        let members = Members::new(1).unwrap();
        for (annual, shown, exact) in [
            (0, 0, "0"),
            (5, 0, "0.42"),
            (6, 1, "0.5"),
            (-5, 0, "-0.42"),
            (-6, -1, "-0.5"),
            (4_800_000, 400_000, "400000"),
            (4_800_001, 400_000, "400000.08"),
        ] {
            let annual = Vnd::new(annual).unwrap();
            assert_eq!(monthly_per_person(annual, members).get(), shown);
            assert_eq!(monthly_per_person_exact(annual, members).to_string(), exact);
        }
    }
}
