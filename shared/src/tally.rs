//! Counts that add and subtract exactly, and the running sums of the province.

use std::collections::BTreeMap;
use std::ops::{AddAssign, SubAssign};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::area::{self, Commune, CommuneCode, DistrictCode, Residence};
use crate::assess::Contribution;
use crate::household::Group;
use crate::record::Round;
use crate::standard::Class;

/// Counts of one area in one round. Tallies can be added and subtracted in any order: they form a commutative group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Households recorded.
    pub households: i64,
    /// People who count as members.
    pub persons: i64,
    /// Households of each class, in the order of [`Class::ALL`].
    pub classes: [i64; 4],
    /// Poor households by main cause, in the order of [`crate::household::Cause::ALL`].
    pub poor_causes: [i64; 4],
    /// Poor households by group, in the order of [`Group::ALL`]; they overlap.
    pub poor_groups: [i64; 4],
}

impl Tally {
    /// The tally of a single record.
    #[must_use]
    pub fn of(contribution: &Contribution) -> Self {
        let mut tally = Tally { households: 1, persons: i64::from(contribution.persons), ..Tally::default() };
        let Some(class) = contribution.class else { return tally };
        tally.classes[class.index()] = 1;
        if class == Class::Poor {
            if let Some(cause) = contribution.cause {
                tally.poor_causes[cause as usize] = 1;
            }
            for group in Group::ALL {
                tally.poor_groups[group as usize] = i64::from(contribution.is_in(group));
            }
        }
        tally
    }

    /// Number of households of one class.
    #[must_use]
    pub const fn class(&self, class: Class) -> i64 {
        self.classes[class.index()]
    }

    /// Number of households whose record does not say enough yet to decide their class.
    #[must_use]
    pub fn undecided(&self) -> i64 {
        self.households - self.classes.iter().sum::<i64>()
    }

    /// Whether all counts are zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Tally::default()
    }

    fn each(&mut self, other: &Tally, f: impl Fn(&mut i64, i64)) {
        f(&mut self.households, other.households);
        f(&mut self.persons, other.persons);
        for (mine, theirs) in [
            (&mut self.classes, &other.classes),
            (&mut self.poor_causes, &other.poor_causes),
            (&mut self.poor_groups, &other.poor_groups),
        ] {
            for (a, b) in mine.iter_mut().zip(theirs) {
                f(a, *b);
            }
        }
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.each(other, |a, b| *a += b);
    }
}

impl SubAssign<&Tally> for Tally {
    fn sub_assign(&mut self, other: &Tally) {
        self.each(other, |a, b| *a -= b);
    }
}

impl<'a> std::iter::Sum<&'a Tally> for Tally {
    fn sum<I: Iterator<Item = &'a Tally>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

/// A change of one hamlet's tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyChange {
    /// The round.
    pub round: Round,
    /// The commune.
    pub commune: CommuneCode,
    /// The hamlet's number; 0 for records that do not say.
    pub hamlet: u8,
    /// The counts to add; they may be negative.
    pub by: Tally,
}

impl TallyChange {
    /// The changes of tallies when a record's contribution changes: none if nothing moves, two if it changes hamlets.
    #[must_use]
    pub fn between(
        round: Round,
        commune: CommuneCode,
        before: Option<&Contribution>,
        after: Option<&Contribution>,
    ) -> Vec<TallyChange> {
        let mut changes: Vec<TallyChange> = Vec::new();
        for (contribution, adds) in [(before, false), (after, true)] {
            let Some(contribution) = contribution else { continue };
            let at = match changes.iter().position(|c| c.hamlet == contribution.hamlet) {
                Some(at) => at,
                None => {
                    changes.push(TallyChange {
                        round,
                        commune,
                        hamlet: contribution.hamlet,
                        by: Tally::default(),
                    });
                    changes.len() - 1
                }
            };
            if adds {
                changes[at].by += &Tally::of(contribution);
            } else {
                changes[at].by -= &Tally::of(contribution);
            }
        }
        changes.retain(|c| !c.by.is_zero());
        changes
    }
}

#[derive(Clone, Debug, Default)]
struct RoundSums {
    hamlets: BTreeMap<(CommuneCode, u8), Tally>,
    communes: BTreeMap<CommuneCode, Tally>,
    districts: BTreeMap<(DistrictCode, Residence), Tally>,
}

/// The running sums of the province. Reading any table from here takes a time that does not depend on the number
/// of households.
#[derive(Clone, Debug, Default)]
pub struct Book {
    rounds: BTreeMap<Round, RoundSums>,
}

impl Book {
    /// Adds a change to a hamlet's tally and to the sums above it.
    pub fn apply(&mut self, change: &TallyChange) {
        let Some(commune) = area::commune(change.commune) else { return };
        let sums = self.rounds.entry(change.round).or_default();
        *sums.hamlets.entry((change.commune, change.hamlet)).or_default() += &change.by;
        *sums.communes.entry(change.commune).or_default() += &change.by;
        *sums.districts.entry((commune.district, commune.residence())).or_default() += &change.by;
    }

    /// The rounds that have any record, in order.
    pub fn rounds(&self) -> impl Iterator<Item = Round> {
        self.rounds.keys().copied()
    }

    /// The tally of a commune; zero when it has no record.
    #[must_use]
    pub fn commune(&self, round: Round, commune: &Commune) -> Tally {
        self.rounds.get(&round).and_then(|s| s.communes.get(&commune.code)).copied().unwrap_or_default()
    }

    /// The tally of a district's rural or urban part; zero when that has no record.
    #[must_use]
    pub fn district_part(&self, round: Round, district: DistrictCode, residence: Residence) -> Tally {
        self.rounds
            .get(&round)
            .and_then(|s| s.districts.get(&(district, residence)))
            .copied()
            .unwrap_or_default()
    }

    /// A commune's hamlets that have any record: number (0 for not stated) and tally.
    pub fn hamlets(&self, round: Round, commune: CommuneCode) -> impl Iterator<Item = (u8, &Tally)> {
        self.rounds
            .get(&round)
            .into_iter()
            .flat_map(move |s| s.hamlets.range((commune, 0)..=(commune, u8::MAX)))
            .map(|((_, hamlet), tally)| (*hamlet, tally))
    }
}

/// A share in percent with two decimals, half-up, from integers: `15.55`.
///
/// `None` when the whole is not positive or a part is negative.
#[must_use]
pub fn percent(part: i64, whole: i64) -> Option<Decimal> {
    if whole <= 0 || part < 0 {
        return None;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let hundredths = (part * 20_000 + whole) / (2 * whole);
    Decimal::try_from_i128_with_scale(hundredths, 2).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_the_plan_s() {
        for (part, whole, text) in [
            (55_821, 358_966, "15.55"),
            (23_320, 358_966, "6.50"),
            (1, 800, "0.13"),
            (0, 5, "0.00"),
            (7, 7, "100.00"),
        ] {
            assert_eq!(percent(part, whole).unwrap().to_string(), text);
        }
        assert_eq!(percent(0, 0), None);
    }
}
