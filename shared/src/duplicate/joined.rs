//! Households that were found to be one: by which of them they count.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::household::same_as;
use crate::record::{Doc, Round, Subject};

/// The household of the same commune that this record says its household is a second entry of.
#[must_use]
pub fn survivor(doc: &Doc, of: Subject) -> Option<Uuid> {
    let of = of.household()?;
    same_as(doc).filter(|other| other.commune == of.commune && other.uuid != of.uuid).map(|other| other.uuid)
}

/// The households of one commune that were found to be second entries of others, by the records that say so.
///
/// From the round on whose record says so, a household counts by the other one: in each round in which both have a
/// record that is not withdrawn, only the other one's counts. So the survivor withdrawn brings the second entry back, and
/// nothing is counted twice, in whatever order edits arrive.
///
/// ```
/// use soho_shared::duplicate::Joined;
/// use soho_shared::record::Round;
/// use uuid::Uuid;
///
/// let [survivor, second] = [1, 2].map(Uuid::from_u128);
/// let round = |year| Round::new(year).unwrap();
/// let mut joined = Joined::default();
/// joined.set(second, round(2010), Some(survivor));
///
/// // Both have a record of 2011: the survivor's counts. Without the survivor's the other one does.
/// assert!(!joined.counts(second, round(2011), |_| true));
/// assert!(joined.counts(second, round(2011), |other| other != survivor));
/// assert!(joined.counts(second, round(2009), |_| true), "before they were found to be one");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// The household that the record of a household and round names.
    links: BTreeMap<(Uuid, Round), Uuid>,
    /// The same, by the household that is named.
    named: BTreeSet<(Uuid, Uuid, Round)>,
}

/// Where the households lead that stand for one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// At one that names none.
    Somewhere,
    /// Back at the household itself.
    WhereItBegan,
    /// In a circle of others.
    InACircle,
}

impl Joined {
    /// Notes what the record of a household and round says.
    pub fn set(&mut self, household: Uuid, round: Round, survivor: Option<Uuid>) {
        let was = match survivor {
            Some(survivor) => self.links.insert((household, round), survivor),
            None => self.links.remove(&(household, round)),
        };
        if let Some(was) = was {
            self.named.remove(&(was, household, round));
        }
        if let Some(survivor) = survivor {
            self.named.insert((survivor, household, round));
        }
    }

    /// What the record of a household and round says.
    #[must_use]
    pub fn get(&self, household: Uuid, round: Round) -> Option<Uuid> {
        self.links.get(&(household, round)).copied()
    }

    /// All records that name another household, each with that household.
    pub fn links(&self) -> impl Iterator<Item = ((Uuid, Round), Uuid)> {
        self.links.iter().map(|(record, survivor)| (*record, *survivor))
    }

    /// Whether a household was joined with any other.
    #[must_use]
    pub fn contains(&self, household: Uuid) -> bool {
        self.neighbours(household).next().is_some()
    }

    fn neighbours(&self, household: Uuid) -> impl Iterator<Item = Uuid> {
        let named =
            self.links.range((household, Round::FIRST)..).take_while(move |((of, _), _)| *of == household);
        let by = (household, Uuid::nil(), Round::FIRST);
        let by = self.named.range(by..).take_while(move |(of, ..)| *of == household);
        named.map(|(_, other)| *other).chain(by.map(|(_, other, _)| *other))
    }

    /// Adds all households that were joined with these, and with those in turn.
    pub fn spread(&self, households: &mut BTreeSet<Uuid>) {
        let mut open: Vec<Uuid> = households.iter().copied().collect();
        while let Some(household) = open.pop() {
            open.extend(self.neighbours(household).filter(|other| households.insert(*other)));
        }
    }

    /// Whether a household's record of a round counts, if it is not withdrawn: none of the households that stand for it
    /// has one there. `is_there` tells of a household whether it has such a record. Where households name each other in a
    /// circle, the one with the smallest uuid stands for the others.
    #[must_use]
    pub fn counts(&self, household: Uuid, round: Round, is_there: impl Fn(Uuid) -> bool) -> bool {
        match self.way(household, round) {
            (way, Ends::WhereItBegan) => !way.into_iter().any(|other| other < household && is_there(other)),
            (way, _) => !way.into_iter().any(is_there),
        }
    }

    /// The household whose record of a round counts in place of another's, whether that has one or not; `None` where
    /// none does. `is_there` is as for [`Joined::counts`].
    #[must_use]
    pub fn stands_for(&self, household: Uuid, round: Round, is_there: impl Fn(Uuid) -> bool) -> Option<Uuid> {
        let (way, ends) = self.way(household, round);
        if ends == Ends::Somewhere {
            return way.into_iter().rev().find(|other| is_there(*other));
        }
        way.into_iter().find(|other| is_there(*other) && self.counts(*other, round, &is_there))
    }

    /// The households that stand for one in a round, the nearest first, and where they lead.
    fn way(&self, household: Uuid, round: Round) -> (Vec<Uuid>, Ends) {
        let (mut way, mut passed) = (Vec::new(), BTreeSet::new());
        let mut at = household;
        while let Some(next) = self.named_by(at, round) {
            if next == household {
                return (way, Ends::WhereItBegan);
            }
            if !passed.insert(next) {
                return (way, Ends::InACircle);
            }
            way.push(next);
            at = next;
        }
        (way, Ends::Somewhere)
    }

    /// The household that the latest record up to a round names, of those that name any.
    fn named_by(&self, household: Uuid, round: Round) -> Option<Uuid> {
        let earlier = self.links.range((household, Round::FIRST)..=(household, round));
        earlier.last().map(|(_, survivor)| *survivor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn uuid(n: u8) -> Uuid {
        Uuid::from_u128(n.into())
    }

    fn round(n: u8) -> Round {
        Round::new(2010 + u16::from(n)).unwrap()
    }

    #[test]
    fn chains_and_circles_count_once() {
        let joined = |links: &[(u8, u8)]| {
            let mut joined = Joined::default();
            links
                .iter()
                .for_each(|(second, survivor)| joined.set(uuid(*second), round(0), Some(uuid(*survivor))));
            joined
        };
        let counting = |links: &[(u8, u8)], there: &[u8]| -> Vec<u8> {
            let joined = joined(links);
            let is_there = |of: Uuid| there.iter().any(|n| uuid(*n) == of);
            there.iter().copied().filter(|n| joined.counts(uuid(*n), round(3), is_there)).collect()
        };
        assert_eq!(counting(&[], &[1, 2]), [1, 2]);
        assert_eq!(counting(&[(2, 1)], &[1, 2]), [1]);
        assert_eq!(counting(&[(2, 1)], &[2]), [2], "the survivor is withdrawn");
        assert_eq!(counting(&[(3, 2), (2, 1)], &[1, 2, 3]), [1]);
        assert_eq!(counting(&[(3, 2), (2, 1)], &[2, 3]), [2]);
        assert_eq!(counting(&[(3, 2), (2, 1)], &[1, 3]), [1], "over one that is not there");
        assert_eq!(counting(&[(1, 2), (2, 1)], &[1, 2]), [1]);
        assert_eq!(counting(&[(1, 2), (2, 3), (3, 1), (4, 3)], &[2, 3, 4]), [2]);
        assert_eq!(counting(&[(1, 2), (2, 3), (3, 1), (4, 3)], &[4]), [4]);
        let mut group = BTreeSet::from([uuid(4)]);
        joined(&[(1, 2), (2, 3), (4, 3), (5, 6)]).spread(&mut group);
        assert_eq!(group, [1, 2, 3, 4].map(uuid).into());
    }

    proptest! {
        #[test]
        fn of_a_group_that_is_there_one_counts_at_least_and_none_beside_the_household_that_stands_for_it(
            links in vec((0u8..8, 0u8..3, 0u8..9), 0..20), there in 0u8..=255, of in 0u8..4
        ) {
            let mut joined = Joined::default();
            for (household, round_of, survivor) in links {
                let survivor = (survivor < 8 && survivor != household).then(|| uuid(survivor));
                joined.set(uuid(household), round(round_of), survivor);
                prop_assert_eq!(joined.get(uuid(household), round(round_of)), survivor);
            }
            let is_there = |of: Uuid| (0..8).any(|n| uuid(n) == of && there >> n & 1 == 1);
            for household in (0..8).map(uuid).filter(|household| is_there(*household)) {
                let counts = joined.counts(household, round(of), is_there);
                if !joined.contains(household) {
                    prop_assert!(counts);
                }
                let mut group = BTreeSet::from([household]);
                joined.spread(&mut group);
                let counting = |other: &Uuid| is_there(*other) && joined.counts(*other, round(of), is_there);
                prop_assert!(group.iter().any(counting));
                if let Some(survivor) = joined.named_by(household, round(of)) {
                    let circle = joined.named_by(survivor, round(of)) == Some(household);
                    let both = counts && is_there(survivor) && joined.counts(survivor, round(of), is_there);
                    prop_assert!(!both, "{household} and {survivor}, {circle}");
                }
            }
        }
    }
}
