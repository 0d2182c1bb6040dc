use std::collections::BTreeMap;

use soho_shared::record::{
    Actor, Change, Doc, FieldPath, HouseholdId, Operation, RecordKey, Round, Stamp, Value,
};
use soho_shared::wire::kinds::ID_TAKEN;
use soho_shared::wire::{OperationResult, Problem, Status};
use uuid::Uuid;

use super::super::acknowledged::put_back;
use super::super::outbox::{Entry, Step, Written, settle};
use super::{Edit, Held, RecordState, Records, Verdict, apply, verdict};

const ME: u64 = 7;
const OTHER: u64 = 9;

fn key() -> RecordKey {
    let household = HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(1) };
    RecordKey { subject: household.into(), round: Round::CENSUS_2010 }
}

fn stamp(millis: u64, actor: u64) -> Stamp {
    Stamp::new(millis, 0, Actor(actor)).unwrap()
}

fn field(name: &str) -> FieldPath {
    name.parse().unwrap()
}

/// A device and its disk, without a browser.
#[derive(Default)]
struct Bench {
    records: Records,
    disk: BTreeMap<Stamp, Entry>,
    /// Operations that were acknowledged and are in no backup.
    kept: Vec<Entry>,
    ids: u128,
}

impl Bench {
    fn type_in(&mut self, millis: u64, name: &str, value: impl Into<Value>) -> bool {
        self.set(millis, vec![(field(name), value.into())])
    }

    fn set(&mut self, millis: u64, changes: Vec<(FieldPath, Value)>) -> bool {
        self.ids += 1;
        let edit = Edit { key: key(), stamp: stamp(millis, ME), id: Uuid::from_u128(self.ids) };
        self.records.edit(edit, changes)
    }

    fn save(&mut self) {
        let mut ids = 1_000;
        let steps = self.records.take_steps(|| {
            ids += 1;
            Uuid::from_u128(ids)
        });
        let mut written = Vec::new();
        for step in steps {
            match step {
                Step::Delete(slot) => drop(self.disk.remove(&slot)),
                Step::Put { entry, saved, spare } => {
                    let slot = entry.slot;
                    let stored = self.disk.get(&slot).cloned().filter(|_| saved);
                    let (entry, fork) = settle(*entry, saved, spare, stored);
                    self.disk.insert(entry.slot, entry);
                    written.push(Written { slot, fork });
                }
            }
        }
        self.records.written(written);
    }

    /// Marks entries as sent, as a push does before the request leaves.
    fn mark_sent(&mut self) -> Vec<Entry> {
        let mut batch = Vec::new();
        for entry in self.disk.values_mut().filter(|entry| entry.is_sendable()) {
            entry.sent = true;
            batch.push(entry.clone());
        }
        for entry in &batch {
            self.records.take_stored(entry.clone());
        }
        batch
    }

    fn accept(&mut self, base: &mut Doc, batch: Vec<Entry>) {
        for entry in batch {
            apply(base, &entry.op, entry.op.stamp.millis());
            self.disk.remove(&entry.slot);
            self.records.put_base(key(), base.clone());
            self.records.drop_stored(&key(), entry.slot);
        }
    }

    fn shown(&self, name: &str) -> Option<Value> {
        self.records.shown(&key()).and_then(|doc| doc.get(name).cloned())
    }

    fn operations(&self) -> usize {
        self.records.entries().count()
    }
}

fn base(name: &str, value: impl Into<Value>) -> Doc {
    let mut doc = Doc::default();
    doc.write(stamp(1, OTHER), &Change { field: field(name), value: value.into(), seen: vec![] });
    doc
}

#[test]
fn a_record_comes_to_be_with_its_first_edit() {
    let mut bench = Bench::default();
    bench.records.begin(key(), field("hamlet"), 3.into());
    let shown = bench.records.shown(&key()).unwrap();
    assert_eq!((shown.get("hamlet"), bench.records.keys().count()), (Some(&3.into()), 0));
    assert_eq!((bench.records.state(&key()), bench.records.has_sendable()), (RecordState::Local, false));
    let (known, value) = bench.records.take_begun(&key()).unwrap();
    assert!(bench.type_in(1, known.as_str(), value) && bench.type_in(2, "head/name", "Lan"));
    assert!(bench.records.take_begun(&key()).is_none() && bench.records.has_sendable());
}

#[test]
fn keystrokes_in_one_field_are_one_operation() {
    let mut bench = Bench::default();
    for (i, text) in ["N", "Ng", "Ngu"].into_iter().enumerate() {
        assert!(bench.type_in(10 + i as u64, "head/name", text));
        bench.save();
    }
    bench.type_in(20, "member_count", 4);
    bench.save();
    assert_eq!(bench.operations(), 2);
    assert_eq!(bench.disk.len(), 2);
    assert_eq!(bench.shown("head/name"), Some("Ngu".into()));
    assert_eq!(bench.records.state(&key()), RecordState::Local);
    assert!(!bench.type_in(30, "member_count", 4), "what stands is not written again");
    assert!(!bench.type_in(31, "note", Value::Null), "what is empty is not cleared");
    assert!(!bench.records.is_dirty());
}

#[test]
fn what_was_sent_never_changes() {
    let mut bench = Bench::default();
    bench.type_in(10, "head/name", "An");
    bench.save();
    let sent = bench.mark_sent();
    bench.type_in(20, "head/name", "Anh");
    bench.save();
    assert_eq!(bench.operations(), 2);
    assert_eq!(bench.disk[&sent[0].slot], sent[0]);
    let mut server = Doc::default();
    bench.accept(&mut server, sent);
    assert_eq!(bench.shown("head/name"), Some("Anh".into()));
    let rest = bench.mark_sent();
    bench.accept(&mut server, rest);
    assert_eq!((bench.operations(), bench.records.state(&key())), (0, RecordState::Sent));
    assert!(bench.records.shown(&key()).unwrap().conflicts().is_empty());
}

#[test]
fn a_keystroke_that_meets_a_send_becomes_its_own_operation() {
    let mut bench = Bench::default();
    bench.type_in(10, "head/name", "An");
    bench.save();
    // The keystroke is in memory, not on disk, when another tab marks the operation as sent …
    bench.type_in(20, "head/name", "Anh");
    let slot = stamp(10, ME);
    bench.disk.get_mut(&slot).unwrap().sent = true;
    let sent = bench.disk[&slot].clone();
    bench.save();
    assert_eq!(bench.disk[&slot], sent);
    assert_eq!((bench.disk.len(), bench.operations()), (2, 2));
    assert_eq!(bench.shown("head/name"), Some("Anh".into()));
    // … and when the operation is acknowledged as well before the keystroke is saved.
    let mut bench = Bench::default();
    bench.type_in(10, "head/name", "An");
    bench.save();
    bench.type_in(20, "head/name", "Anh");
    let sent = bench.disk.remove(&slot).unwrap();
    bench.save();
    assert_eq!((bench.disk.len(), bench.operations()), (1, 1));
    assert_ne!(bench.disk.values().next().unwrap().op.id, sent.op.id);
}

#[test]
fn an_edit_says_what_its_author_saw() {
    let mut bench = Bench::default();
    bench.records.put_base(key(), base("member_count", 3));
    bench.type_in(10, "member_count", 4);
    let op = bench.records.entries().next().unwrap().op.clone();
    assert_eq!(op.changes[0].seen, vec![stamp(1, OTHER)]);
    assert!(bench.records.shown(&key()).unwrap().conflicts().is_empty());
    bench.type_in(11, "member_count", 5);
    let op = bench.records.entries().next().unwrap().op.clone();
    assert_eq!(op.changes[0].seen, vec![stamp(1, OTHER)], "its own earlier keystroke is left out");
}

#[test]
fn a_conflict_is_shown_and_one_edit_resolves_it() {
    let mut bench = Bench::default();
    bench.type_in(10, "member_count", 4);
    bench.records.put_base(key(), base("member_count", 3));
    assert_eq!(bench.records.state(&key()), RecordState::Conflict);
    assert!(bench.type_in(20, "member_count", 4), "choosing what stands is an edit");
    assert_eq!(bench.records.state(&key()), RecordState::Local);
    assert_eq!(bench.operations(), 1, "not sent yet, so it goes into the same operation");
}

#[test]
fn what_is_half_typed_stays_on_the_device() {
    let mut bench = Bench::default();
    bench.type_in(10, "head/identity_number", "12345");
    bench.save();
    assert!(bench.mark_sent().is_empty());
    assert!(!bench.records.has_sendable());
    assert!(
        matches!(&bench.records.held(&key())[..], [(f, Held::Unfinished(_))] if f == "head/identity_number")
    );
    bench.type_in(11, "head/identity_number", "123456789");
    bench.save();
    assert_eq!(bench.mark_sent().len(), 1);
}

#[test]
fn a_refused_edit_waits_for_a_person_and_the_next_edit_replaces_it() {
    let mut bench = Bench::default();
    bench.set(10, vec![(field("hamlet"), 4.into()), (field("note"), "a".into())]);
    bench.save();
    let mut entry = bench.mark_sent().remove(0);
    let problem = Problem {
        kind: "/problems/invalid-value".to_owned(),
        title: "no".to_owned(),
        status: 422,
        detail: String::new(),
        field: None,
        vi: None,
    };
    entry.problem = Some(problem);
    bench.disk.insert(entry.slot, entry.clone());
    bench.records.take_stored(entry.clone());
    assert_eq!(bench.records.state(&key()), RecordState::Rejected);
    assert_eq!(bench.records.held(&key()).len(), 2);
    assert!(bench.mark_sent().is_empty());

    let mut again = Bench { records: bench.records.clone(), disk: bench.disk.clone(), kept: vec![], ids: 50 };
    again.records.retry(&key());
    again.save();
    assert_eq!(again.mark_sent().len(), 1);
    assert_eq!(again.disk.values().next().unwrap().op.id, entry.op.id, "the same operation, sent again");

    bench.type_in(20, "note", "b");
    bench.save();
    assert_eq!(
        (bench.disk.len(), bench.operations()),
        (2, 2),
        "the rest of the refused operation goes beside it"
    );
    assert!(bench.disk.values().all(|kept| kept.op.id != entry.op.id && kept.op.changes.len() == 1));
    assert_eq!(bench.mark_sent().len(), 2);
    assert_eq!((bench.shown("note"), bench.shown("hamlet")), (Some("b".into()), Some(4.into())));
    assert_eq!(bench.records.state(&key()), RecordState::Local);
}

#[test]
fn a_field_that_cannot_be_sent_holds_back_no_other_and_can_be_dropped() {
    let bad = [
        ("head/identity_number", Value::from("12345678")),
        ("head/birth_year", 62.into()),
        ("income/a/amount", "năm trăm nghìn".into()),
        ("head/name", "x".repeat(101).into()),
        ("address", "x".repeat(301).into()),
    ];
    for (name, value) in bad {
        let mut bench = Bench::default();
        // Stored by an earlier version or under an earlier rule: all in one operation, which may have been sent.
        bench.set(
            10,
            vec![(field("note"), "a".into()), (field(name), value.clone()), (field("hamlet"), 4.into())],
        );
        let mut entry = bench.records.entries().next().unwrap().clone();
        entry.sent = true;
        bench.disk.insert(entry.slot, entry.clone());
        bench.records = Records::default();
        bench.records.take_stored(entry.clone());
        assert!(bench.records.is_dirty(), "{name}: divided at the start");
        bench.save();
        assert_eq!(bench.records.state(&key()), RecordState::Local);
        let sent = bench.mark_sent();
        assert_eq!((sent.len(), sent[0].op.changes.len()), (1, 2), "{name}");
        assert_ne!(sent[0].op.id, entry.op.id, "the server may know the old one");
        bench.accept(&mut Doc::default(), sent);
        assert_eq!(bench.records.state(&key()), RecordState::Held);
        assert!(!bench.records.has_sendable());
        assert!(matches!(&bench.records.held(&key())[..], [(f, Held::Unfinished(_))] if f == name));
        assert_eq!(bench.shown(name), Some(value));

        // Corrected in a later run of the app: the old value is gone with the old operation.
        let mut mended =
            Bench { records: bench.records.clone(), disk: bench.disk.clone(), kept: vec![], ids: 50 };
        let edit = Edit { key: key(), stamp: stamp(20, OTHER), id: Uuid::from_u128(70) };
        mended.records.edit(edit, vec![(field(name), Value::Null)]);
        mended.save();
        assert_eq!((mended.mark_sent().len(), mended.disk.len(), mended.operations()), (1, 1, 1), "{name}");

        assert!(bench.records.drop_field(&key(), name, || Uuid::from_u128(99)));
        bench.save();
        assert_eq!((bench.disk.len(), bench.operations(), bench.shown(name)), (0, 0, None), "{name}");
        assert_eq!(bench.records.state(&key()), RecordState::Sent);
        assert!(!bench.records.drop_field(&key(), name, || Uuid::from_u128(99)), "there is none any more");
    }
}

#[test]
fn what_was_refused_changes_nothing_in_the_list_and_a_move_shows_once_it_is_made() {
    let mut bench = Bench::default();
    bench.records.put_base(key(), base("hamlet", 1));
    bench.type_in(10, "hamlet", 9);
    bench.type_in(11, "note", "a");
    let listed =
        |bench: &Bench, name: &str| bench.records.listed(&key()).and_then(|doc| doc.get(name).cloned());
    assert_eq!((listed(&bench, "hamlet"), bench.shown("hamlet")), (Some(1.into()), Some(9.into())));
    bench.save();
    for mut entry in bench.mark_sent() {
        entry.problem = Some(crate::local::link::unexplained(403));
        bench.records.take_stored(entry);
    }
    assert_eq!((listed(&bench, "note"), bench.shown("note")), (None, Some("a".into())));
    // A household of which nothing was accepted is in the list nevertheless.
    let mut bench = Bench::default();
    bench.type_in(10, "hamlet", 9);
    bench.save();
    let mut entry = bench.mark_sent().remove(0);
    entry.problem = Some(crate::local::link::unexplained(403));
    bench.records.take_stored(entry);
    assert_eq!(listed(&bench, "hamlet"), Some(9.into()));
}

#[test]
fn of_a_refused_operation_one_field_is_dropped_and_the_rest_sent() {
    let mut bench = Bench::default();
    bench.set(10, vec![(field("hamlet"), 9.into()), (field("note"), "a".into())]);
    bench.save();
    let mut entry = bench.mark_sent().remove(0);
    entry.problem = Some(crate::local::link::unexplained(403));
    bench.disk.insert(entry.slot, entry.clone());
    bench.records.take_stored(entry);
    assert!(bench.records.drop_field(&key(), "hamlet", || Uuid::from_u128(99)));
    bench.save();
    let sent = bench.mark_sent();
    assert_eq!((sent.len(), bench.shown("hamlet"), bench.shown("note")), (1, None, Some("a".into())));
    assert_eq!(sent[0].op.changes[0].field, field("note"));
}

#[test]
fn what_nobody_sees_is_not_written_and_what_waits_with_it_can_be_sent() {
    let mut bench = Bench::default();
    bench.type_in(10, "head/name", "\u{feff}Lê\u{200d} Út\u{202e}");
    bench.type_in(11, "head/identity_number", "079-123 456.789");
    assert_eq!(bench.shown("head/name"), Some("Lê Út".into()));
    bench.save();
    assert_eq!(bench.mark_sent().len(), 2, "an identity number is its digits");

    // Stored by an earlier version, sent or not.
    for sent in [false, true] {
        let mut bench = Bench::default();
        bench.type_in(10, "note", "một\nhai");
        let mut entry = Entry { sent, ..bench.records.entries().next().unwrap().clone() };
        entry.op.changes[0].value = "một\r\nhai\u{200b}".into();
        assert!(!entry.is_sendable());
        let read = Entry::read(&serde_json::to_string(&entry).unwrap()).unwrap();
        assert!(read.is_sendable());
        assert_eq!((read.op.id, &read.op.changes[0].value), (entry.op.id, &"một\nhai".into()));
    }
}

#[test]
fn a_failed_write_is_taken_again() {
    let mut bench = Bench::default();
    bench.type_in(10, "note", "a");
    let steps = bench.records.take_steps(|| Uuid::from_u128(99));
    assert!(!bench.records.is_dirty());
    bench.records.not_written(steps);
    assert!(bench.records.is_dirty());
    bench.save();
    assert_eq!(bench.disk.len(), 1);
}

#[test]
fn another_tab_s_work_is_taken_over_and_one_s_own_is_kept() {
    let mut bench = Bench::default();
    bench.type_in(10, "note", "mine");
    let op = Operation {
        id: Uuid::from_u128(77),
        subject: key().subject,
        round: key().round,
        stamp: stamp(5, OTHER),
        changes: vec![Change { field: field("address"), value: "theirs".into(), seen: vec![] }],
        why: None,
    };
    assert_eq!(bench.records.reload(vec![Entry::new(op)]), vec![key()]);
    assert_eq!((bench.shown("note"), bench.shown("address")), (Some("mine".into()), Some("theirs".into())));
    bench.save();
    assert_eq!(bench.records.reload(bench.disk.values().cloned().collect()), vec![key()]);
    assert_eq!((bench.shown("note"), bench.shown("address")), (Some("mine".into()), None));
}

#[test]
fn what_a_restored_register_lost_waits_again() {
    let mut bench = Bench::default();
    let mut server = Doc::default();
    for (millis, note) in [(10, "a"), (11, "b")] {
        bench.type_in(millis, "note", note);
        bench.save();
        let sent = bench.mark_sent();
        bench.accept(&mut server, sent.clone());
        bench.kept.extend(sent);
    }
    bench.type_in(12, "address", "c");
    bench.save();
    assert_eq!((bench.operations(), bench.kept.len()), (1, 2));

    // The register that was restored knows nothing of it; its page comes before anything is sent.
    let kept = std::mem::take(&mut bench.kept);
    for entry in put_back(kept, &bench.disk.values().cloned().collect::<Vec<_>>()) {
        bench.disk.insert(entry.slot, entry.clone());
        bench.records.take_stored(entry);
    }
    bench.records.put_base(key(), Doc::default());
    assert_eq!((bench.operations(), bench.records.waiting().count()), (3, 1));
    assert!(bench.records.has_sendable() && !bench.records.is_dirty());
    assert_eq!((bench.shown("note"), bench.shown("address")), (Some("b".into()), Some("c".into())));
    // What is typed now is an operation of its own, since the others have been sent.
    bench.type_in(13, "note", "d");
    bench.save();
    let sent = bench.mark_sent();
    assert_eq!(sent.len(), 4);
    bench.accept(&mut Doc::default(), sent);
    assert_eq!((bench.operations(), bench.shown("note")), (0, Some("d".into())));
    assert_eq!(bench.records.state(&key()), RecordState::Sent);
}

#[test]
fn answers_move_or_mark() {
    let mut bench = Bench::default();
    bench.type_in(10, "note", "a");
    let entry = bench.records.entries().next().unwrap().clone();
    let result = |status, time| OperationResult { id: entry.op.id, status, time, held: false, problem: None };
    let judged = |status, time| verdict(&entry, result(status, time), Uuid::nil);
    assert_eq!(judged(Status::Accepted, None), Verdict::Stored(10));
    assert_eq!(judged(Status::Conflict, Some(8)), Verdict::Stored(8));
    assert_eq!(judged(Status::Duplicate, None), Verdict::Stored(10));
    assert_eq!(judged(Status::Rejected, None), Verdict::Refused(None));
    let taken = Problem {
        kind: ID_TAKEN.to_owned(),
        title: String::new(),
        status: 422,
        detail: String::new(),
        field: None,
        vi: None,
    };
    let taken = OperationResult { problem: Some(taken), ..result(Status::Rejected, None) };
    assert_eq!(verdict(&entry, taken, Uuid::nil), Verdict::Renamed(Uuid::nil()));
    let renamed = Entry { sent: true, ..entry.clone() }.renamed(Uuid::nil());
    assert_eq!((renamed.sent, renamed.slot, renamed.op.id), (false, entry.slot, Uuid::nil()));
}
