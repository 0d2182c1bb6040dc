//! Which records count where households were found to be one ([`Joined`]): worked out in the transaction that changes
//! it, also for records that it does not edit.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use soho_shared::area::CommuneCode;
use soho_shared::count::Contribution;
use soho_shared::duplicate::Joined;
use soho_shared::record::{HouseholdId, Round};
use uuid::Uuid;

use super::keys::{self, Key};
use super::types::Record;
use crate::engine::{Engine, Range, StoreError};

/// What records of a commune that are not withdrawn count for by themselves.
pub(super) type Own = BTreeMap<(Uuid, Round), Contribution>;

/// What a record counts for beside the others.
pub(super) fn counted<'a>(
    joined: &Joined,
    own: &'a Own,
    (household, round): (Uuid, Round),
) -> Option<&'a Contribution> {
    let is_there = |other| own.contains_key(&(other, round));
    own.get(&(household, round)).filter(|_| joined.counts(household, round, is_there))
}

/// A record that was edited.
pub(super) struct Edited<'a> {
    pub(super) household: Uuid,
    pub(super) round: Round,
    /// The household that it named as the one that its household is a second entry of, and the one that it names now.
    pub(super) names: (Option<Uuid>, Option<Uuid>),
    /// Whether it was there and not withdrawn.
    pub(super) was_there: bool,
    /// Whether it counted.
    pub(super) did_count: bool,
    /// What it counts for: by itself, then as it is worked out here.
    pub(super) counts: &'a mut Option<Contribution>,
}

/// A record that was not edited, and counts for something else now.
pub(super) struct Other {
    pub(super) record: Record,
    pub(super) counts: Option<Contribution>,
}

/// Works out what edited records of a commune count for. Returns the households that were found to be one, where that has
/// changed, and the other records that count for something else now.
pub(super) fn settle(
    store: &dyn Engine,
    commune: CommuneCode,
    before: Option<&Joined>,
    mut edited: Vec<Edited>,
) -> Result<(Option<Joined>, Vec<Other>), StoreError> {
    let none = Joined::default();
    let before = before.unwrap_or(&none);
    let mut after = Cow::Borrowed(before);
    for Edited { household, round, names, .. } in
        edited.iter().filter(|edited| edited.names.0 != edited.names.1)
    {
        after.to_mut().set(*household, *round, names.1);
    }
    edited.retain(|edited| before.contains(edited.household) || after.contains(edited.household));
    let mut moved: BTreeSet<Uuid> = BTreeSet::new();
    for edited in &edited {
        if edited.was_there != edited.counts.is_some() || edited.names.0 != edited.names.1 {
            moved.insert(edited.household);
        }
    }
    before.spread(&mut moved);
    after.spread(&mut moved);
    // Where no record of a group has come or gone, those count that did before.
    for still in edited.iter_mut().filter(|edited| !moved.contains(&edited.household) && !edited.did_count) {
        *still.counts = None;
    }
    edited.retain(|edited| moved.contains(&edited.household));
    let mut own = Own::new();
    let mut others: Vec<Record> = Vec::new();
    for uuid in moved {
        for (key, value) in store.range(Range::of(&keys::household(HouseholdId { commune, uuid })))? {
            let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
            let at = (uuid, key.round);
            if edited.iter().any(|edited| (edited.household, edited.round) == at) {
                continue;
            }
            let Ok(record) = keys::decode_record(key, &value) else {
                // One that cannot be read stops no edit of another: it counts for what it did.
                let did_count = keys::decode_head(&value).and_then(|(_, counts)| counts);
                own.extend(did_count.map(|counts| (at, counts)));
                continue;
            };
            let by_itself = Contribution::of(&record.doc, commune, record.key.round);
            own.extend(by_itself.map(|counts| (at, counts)));
            others.push(record);
        }
    }
    for edited in &edited {
        own.extend(edited.counts.clone().map(|counts| ((edited.household, edited.round), counts)));
    }
    for edited in edited {
        *edited.counts = counted(&after, &own, (edited.household, edited.round)).cloned();
    }
    let others = others.into_iter().map(|record| {
        let counts = counted(&after, &own, (record.key.household.uuid, record.key.round)).cloned();
        Other { record, counts }
    });
    let others = others.filter(|other| other.counts != other.record.contribution).collect();
    let after = match after {
        Cow::Owned(after) => Some(after),
        Cow::Borrowed(_) => None,
    };
    Ok((after, others))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use soho_shared::household::field;
    use soho_shared::record::{Actor, Change, Doc, Operation, RecordKey, Stamp, Value};
    use soho_shared::report::By;

    use super::super::keys::Form;
    use super::super::{Arrival, Register};
    use super::*;
    use crate::engine::memory::MemoryEngine;
    use crate::engine::{Batch, read_head};

    /// Numbers drawn by chance, the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % end
        }
    }

    fn id(n: u64) -> HouseholdId {
        HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(n.into()) }
    }

    /// An edit of one of a few households in one of three rounds: a survey, a withdrawal, or a decision.
    fn edit(numbers: &mut Numbers, at: u64) -> Operation {
        let year = 2010 + u16::try_from(numbers.below(3)).unwrap();
        let (field, value) = match numbers.below(6) {
            0 => (field::HAMLET, Value::Int(i64::try_from(1 + numbers.below(3)).unwrap())),
            1 | 2 => (field::REMOVED, Value::Bool(numbers.below(2) == 0)),
            3 => (field::DUPLICATE, Value::Bool(numbers.below(2) == 0)),
            _ => {
                let other = numbers.below(8);
                let to = if other == 7 { Value::Null } else { id(other).to_string().into() };
                (field::SAME_AS, to)
            }
        };
        let change = Change { field: field.parse().unwrap(), value, seen: Vec::new() };
        Operation {
            id: Uuid::from_u128(u128::from(at) << 64),
            household: id(numbers.below(6)),
            round: Round::new(year).unwrap(),
            // Of one writer, so that the last word stands.
            stamp: Stamp::new(1_285_891_200_000 + at, 0, Actor(1)).unwrap(),
            changes: vec![change],
            why: None,
        }
    }

    #[tokio::test]
    async fn after_any_edits_what_counts_is_what_all_of_them_together_say() {
        for seed in 0..40 {
            let mut numbers = Numbers(seed);
            let engine = MemoryEngine::default();
            let store = Register::over(Arc::new(engine.another())).unwrap();
            let mut docs: BTreeMap<RecordKey, Doc> = BTreeMap::new();
            for part in 0..20 {
                let edits: Vec<_> =
                    (0..=numbers.below(12)).map(|at| edit(&mut numbers, part * 100 + at)).collect();
                for edit in &edits {
                    docs.entry(edit.key()).or_default().write(edit.stamp, &edit.changes[0]);
                }
                store.apply(Arrival::sent(1_285_891_300_000, None, None), edits).await.unwrap();
                // By a rule over all at once.
                let (mut joined, mut own) = (Joined::default(), Own::new());
                for (key, doc) in &docs {
                    let at = (key.household.uuid, key.round);
                    let names = soho_shared::duplicate::survivor(doc, key.household);
                    joined.set(at.0, at.1, names);
                    own.extend(
                        Contribution::of(doc, key.household.commune, key.round).map(|counts| (at, counts)),
                    );
                }
                for year in 2010..2013 {
                    let round = Round::new(year).unwrap();
                    let expected = docs.keys().filter(|key| key.round == round);
                    let expected = expected
                        .filter(|key| counted(&joined, &own, (key.household.uuid, key.round)).is_some())
                        .count();
                    let table = store.statistics("29173".parse().unwrap(), round, By::Hamlet).await.unwrap();
                    assert_eq!(
                        table.total.households,
                        i64::try_from(expected).unwrap(),
                        "seed {seed}, part {part}, {round}"
                    );
                }
            }
            let found = store.verify().await.unwrap();
            assert!(found.is_clean(), "seed {seed}: {:?}", found.problems);
            // What was counted by another rule, without any list of joined households, ends the same.
            drop(store);
            let (engine, commune): (Arc<dyn Engine>, _) = (Arc::new(engine.another()), id(0).commune);
            let stored = || {
                let mut pairs = engine.range(Range::of(&commune.to_bytes())).unwrap();
                let head = read_head(&pairs.remove(0).1).unwrap();
                (pairs, head)
            };
            let (before, head) = stored();
            let mut batch = Batch::new(commune.to_bytes(), head);
            batch.insert(keys::form(commune), keys::encode(&Form { rule: 0, ..Form::this() }).unwrap());
            for (key, _) in engine.range(Range::of(&keys::all(commune, keys::JOINED))).unwrap() {
                batch.remove(key);
            }
            assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
            let other = Register::over(Arc::clone(&engine)).unwrap();
            assert_eq!(stored().0, before, "seed {seed}");
            let edits = vec![edit(&mut numbers, 9_000)];
            other.apply(Arrival::sent(1_285_891_300_000, None, None), edits).await.unwrap();
            assert!(other.verify().await.unwrap().is_clean(), "seed {seed}");
        }
    }

    #[tokio::test]
    async fn one_that_cannot_be_read_stops_no_edit_of_another() {
        let engine = MemoryEngine::default();
        let store = Register::over(Arc::new(engine.another())).unwrap();
        let round = Round::CENSUS_2010;
        let set = |n: u64, household: u64, field: &str, value: Value| Operation {
            id: Uuid::from_u128(n.into()),
            household: id(household),
            round,
            stamp: Stamp::new(1_285_891_200_000 + n, 0, Actor(1)).unwrap(),
            changes: vec![Change { field: field.parse().unwrap(), value, seen: Vec::new() }],
            why: None,
        };
        let apply = async |edits| {
            store.apply(Arrival::sent(1_285_891_300_000, None, None), edits).await.unwrap();
            let table = store.statistics("29173".parse().unwrap(), round, By::Hamlet).await.unwrap();
            table.total.households
        };
        let two = vec![
            set(1, 1, field::HAMLET, Value::Int(1)),
            set(2, 2, field::HAMLET, Value::Int(1)),
            set(3, 2, field::SAME_AS, id(1).to_string().into()),
        ];
        assert_eq!(apply(two).await, 1);
        // The survivor's record becomes unreadable behind its head.
        let commune = id(1).commune.to_bytes();
        let (stored, record): (&dyn Engine, _) =
            (&engine, keys::record(RecordKey { household: id(1), round }));
        let value = stored.get(record.clone()).unwrap().unwrap();
        let mut batch = Batch::new(
            commune,
            read_head(&stored.get(crate::engine::head_key(commune)).unwrap().unwrap()).unwrap(),
        );
        batch.insert(record, &value[..value.len() - 3]);
        assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
        store.catch_up_with(&[id(1).commune].into()).await.unwrap();
        assert!(store.household(id(1)).await.is_err());
        // The other one is withdrawn and taken back, and still counts by it.
        assert_eq!(apply(vec![set(4, 2, field::REMOVED, true.into())]).await, 1);
        assert_eq!(apply(vec![set(5, 2, field::REMOVED, false.into())]).await, 1);
    }
}
