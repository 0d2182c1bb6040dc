use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use soho_shared::area::UnitCode;
use soho_shared::record::{Actor, Change, Doc, HouseholdId, Operation, RecordKey, Round, Stamp};
use uuid::Uuid;

use crate::people::{Action, Author, SessionId};
use crate::register::{Arrival, Outcome, Register};

const MORNING: u64 = 1_285_891_200_000;
const MINUTE: u64 = 60_000;

/// An operation that a device sends: which of a few records, its time, writer, field and value, and whether the
/// writer had seen what is there.
type Sent = (u8, u64, u64, u8, i64, bool);

fn pushes() -> impl Strategy<Value = Vec<Vec<Sent>>> {
    let sent = (0..4u8, 1..60u64, 1..4u64, 0..3u8, 0..3i64, any::<bool>());
    prop::collection::vec(prop::collection::vec(sent, 1..200), 1..6)
}

fn key(record: u8) -> RecordKey {
    let commune = if record == 3 { "28756" } else { "29173" }.parse().unwrap();
    let household = HouseholdId { commune, uuid: Uuid::from_u128(u128::from(record / 2)) };
    RecordKey { subject: household.into(), round: Round::new(2010 + u16::from(record % 2)).unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_story_is_what_was_stored_in_its_order(pushes in pushes()) {
        tokio::runtime::Runtime::new().unwrap().block_on(told(pushes))?;
    }
}

fn write(doc: &mut Doc, operation: &Operation, time: u64) {
    operation.changes.iter().for_each(|change| doc.write_at(operation.stamp, time, change));
}

async fn told(pushes: Vec<Vec<Sent>>) -> Result<(), TestCaseError> {
    let data = tempfile::tempdir().unwrap();
    let store = Register::open(data.path()).unwrap();
    let authors = [None, Some("lan"), Some("minh")].map(|account| {
        let account = account.map(|name| name.parse().unwrap());
        account.map(|account| Author { account, session: SessionId::draw().unwrap() })
    });
    // What the history must tell: when each operation arrived, from whom, its believed time, and the operation.
    let mut stored: Vec<(u64, Option<Author>, u64, Operation)> = Vec::new();
    let mut docs: BTreeMap<RecordKey, Doc> = BTreeMap::new();
    for (at, push) in pushes.into_iter().enumerate() {
        let now = MORNING + 10 * at as u64;
        let mut operations = Vec::new();
        for (record, millis, writer, field, value, seen) in push {
            let key = key(record);
            let field = format!("field/{field}").parse().unwrap();
            let seen = docs.get(&key).filter(|_| seen).map(|doc| doc.seen("field/0")).unwrap_or_default();
            operations.push(Operation {
                id: Uuid::from_u64_pair(at as u64, operations.len() as u64),
                subject: key.subject,
                round: key.round,
                stamp: Stamp::new(MORNING + millis, u16::try_from(operations.len()).unwrap(), Actor(writer))
                    .unwrap(),
                changes: vec![Change { field, value: value.into(), seen }],
                why: (value == 0).then(|| "vì".to_owned()),
            });
        }
        // The first three come twice.
        operations.extend(operations.clone().into_iter().take(3));
        let by = authors[at % 3].clone();
        // At every other push the clock is half an hour fast.
        let clock = Some(now + 30 * MINUTE * (at as u64 % 2));
        let arrival = Arrival::sent(now, clock, by.clone());
        let outcomes = store.apply(arrival, operations.clone()).await.unwrap();
        for (operation, outcome) in operations.into_iter().zip(outcomes) {
            let (Outcome::Accepted(time) | Outcome::Conflict(time)) = outcome else { continue };
            let time = time.unwrap_or(operation.stamp.millis());
            write(docs.entry(operation.key()).or_default(), &operation, time);
            stored.push((now, by.clone(), time, operation));
        }
    }
    let found = store.verify().await.unwrap();
    prop_assert!(found.is_clean(), "{:?}", found.problems);

    for commune in ["29173", "28756"] {
        let of = |key: &RecordKey| key.subject.unit.to_string() == commune;
        let keys: Vec<RecordKey> = docs.keys().copied().filter(of).collect();
        let mut told = Vec::new();
        let mut before = u64::MAX;
        loop {
            let page = store.history(keys.clone(), before, 70).await.unwrap();
            prop_assert!(!page.more || page.edits.len() == 70);
            let Some(last) = page.edits.last() else { break };
            before = last.number;
            told.extend(page.edits);
        }
        told.reverse();
        let expected: Vec<_> = stored.iter().filter(|(.., operation)| of(&operation.key())).collect();
        prop_assert_eq!(told.len(), expected.len());
        let mut grown: BTreeMap<RecordKey, Doc> = BTreeMap::new();
        for (edit, (received, by, time, operation)) in told.iter().zip(expected) {
            prop_assert_eq!((&edit.operation, edit.time), (operation, *time));
            prop_assert_eq!((edit.origin.received, &edit.origin.by), (*received, by));
            let (doc, change) = (grown.entry(operation.key()).or_default(), &operation.changes[0]);
            let field = change.field.as_str();
            prop_assert_eq!(edit.steps[0].from.as_ref(), doc.get(field));
            doc.write_at(operation.stamp, edit.time, change);
            prop_assert_eq!(edit.steps[0].stands, doc.get(field) == Some(&change.value));
        }
    }
    for at in [MORNING - 1, MORNING, MORNING + 15, MORNING + 20, u64::MAX] {
        let mut then: BTreeMap<RecordKey, Doc> = BTreeMap::new();
        for (_, _, time, operation) in stored.iter().filter(|(received, ..)| *received <= at) {
            write(then.entry(operation.key()).or_default(), operation, *time);
        }
        let mut told = BTreeMap::new();
        for id in docs.keys().filter_map(|key| key.subject.household()) {
            let records = store.household_at(id, at).await.unwrap();
            told.extend(records.into_iter().map(|record| (record.key, record.doc)));
        }
        prop_assert_eq!(told, then);
    }
    // The trail tells of each push with an author which households of which commune it changed.
    let mut noted: BTreeMap<_, (&Author, BTreeSet<Uuid>)> = BTreeMap::new();
    for (received, by, _, operation) in &stored {
        let household = operation.subject.household().unwrap();
        if let Some(by) = by {
            let (_, households) =
                noted.entry((*received, household.commune)).or_insert_with(|| (by, BTreeSet::new()));
            households.insert(household.uuid);
        }
    }
    let mut trail = Vec::new();
    let mut before = u64::MAX;
    loop {
        let page = store.audit(None, before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.number;
        trail.extend(page);
    }
    prop_assert_eq!(trail.len(), noted.len());
    for (recorded, (moment, (by, households))) in trail.iter().rev().zip(noted) {
        let entry = &recorded.entry;
        prop_assert_eq!((entry.action, entry.subject.as_ref()), (Action::Changed, None));
        prop_assert_eq!((recorded.at, entry.commune), (moment.0, Some(moment.1.into())));
        prop_assert_eq!(entry.by.as_ref(), Some(by));
        prop_assert!(entry.households.iter().eq(&households));
    }
    // In pages of two.
    let mut listed: Vec<RecordKey> = Vec::new();
    for commune in ["28756", "29173"].map(|code| code.parse::<UnitCode>().unwrap()) {
        let mut after = None;
        loop {
            let page = store.conflicts(commune, None, after, 2).await.unwrap();
            let Some(last) = page.records.last() else { break };
            after = Some(last.record.key);
            for contested in page.records {
                for (stamp, origin) in &contested.origins {
                    let came = |(received, by, _, operation): &(u64, Option<Author>, u64, Operation)| {
                        operation.key() == contested.record.key
                            && operation.stamp == *stamp
                            && (*received, by) == (origin.received, &origin.by)
                    };
                    prop_assert!(stored.iter().any(came));
                }
                let sides = contested.record.doc.conflicts();
                let sides = sides.iter().flat_map(|c| c.lost.iter().chain([&c.standing]));
                prop_assert!(sides.into_iter().all(|side| contested.origins.contains_key(&side.stamp)));
                listed.push(contested.record.key);
            }
        }
    }
    let open: Vec<_> =
        docs.iter().filter(|(_, doc)| !doc.conflicts().is_empty()).map(|(key, _)| *key).collect();
    prop_assert_eq!(listed, open);
    Ok(())
}

/// A tablet whose clock is half an hour slow is set up again from its backup, which still holds what was typed before
/// the last word. Then the same with a clock that jumps ahead.
#[tokio::test]
async fn an_earlier_edit_that_comes_late_does_not_take_the_place_of_a_later_one() {
    let now = MORNING;
    for skew in [30 * MINUTE, 0] {
        let data = tempfile::tempdir().unwrap();
        let store = Register::open(data.path()).unwrap();
        let push = async |id: u128, millis: u64, counter, field: &str, value: i64, at: u64| {
            let change = Change { field: field.parse().unwrap(), value: value.into(), seen: Vec::new() };
            let operation = Operation {
                id: Uuid::from_u128(id),
                subject: key(0).subject,
                round: key(0).round,
                stamp: Stamp::new(millis, counter, Actor(7)).unwrap(),
                changes: vec![change],
                why: None,
            };
            let arrival = Arrival::sent(at, Some(at - skew), None);
            store.apply(arrival, vec![operation]).await.unwrap();
        };
        // A clock that is not slow has jumped a day ahead by now.
        let typed = now - skew + if skew == 0 { 24 * 60 * MINUTE } else { 0 };
        push(1, now - skew - MINUTE, 0, "note", 1, now).await;
        push(2, typed, 29, "member_count", 2, now).await;
        push(3, typed + MINUTE, 0, "note", 3, now + MINUTE).await;
        push(4, typed, 28, "member_count", 8, now + 48 * 60 * MINUTE).await;
        let standing = async |field: &str| {
            let records = store.records(key(0).subject).await.unwrap();
            records[0].doc.get(field).cloned()
        };
        assert_eq!(standing("member_count").await, Some(2.into()), "the last word stands");
        assert_eq!(standing("note").await, Some(3.into()));
        // What comes next is later than all of them.
        push(5, typed + 2 * MINUTE, 0, "member_count", 5, now + 48 * 60 * MINUTE).await;
        assert_eq!(standing("member_count").await, Some(5.into()));
        let found = store.verify().await.unwrap();
        assert!(found.is_clean() && found.operations == 5, "{:?}", found.problems);
    }
}
