use std::fs;
use std::path::Path;
use std::sync::Arc;

use soho_shared::area;
use soho_shared::record::{Doc, HouseholdId, Operation, Round};
use soho_shared::report::By;

use super::super::{Arrival, NotTaken, Outcome, Register, backup, check, compact, restore};
use super::*;
use crate::engine::memory::MemoryEngine;
use crate::engine::{Location, read_head};
use crate::people::{ItemKind, Key as ItemKey};

/// A backup of a demonstration of 200 households, written by the last version of format 7. An account was made and a
/// code for a tablet given.
const FORMAT_7: &[u8] = include_bytes!("format7.backup");

/// The same of format 8.
const FORMAT_8: &[u8] = include_bytes!("format8.backup");

/// Another of format 7, of commune 29173. In one household a tablet ten days slow wrote how many people there are, and another saw
/// that and wrote another number. In the other household a tablet more than a year fast and a correct one did not see
/// each other's writes.
const CLOCKS: &[u8] = include_bytes!("format7-clocks.backup");

/// Writes what a backup holds into a store as it is. Returns the sum of the heads.
fn fill(store: &dyn Engine, backup: &[u8]) -> u64 {
    let mut places: BTreeMap<Place, Batch> = BTreeMap::new();
    let contents = backup::pairs(backup, |key, value| {
        let place = crate::engine::place_of(&key).unwrap();
        let batch = Batch { next: 0, ..Batch::new(place, 0) };
        let batch = places.entry(place).or_insert(batch);
        if key == head_key(place) {
            batch.next = read_head(&value).unwrap();
        } else {
            batch.insert(key, value);
        }
        Ok(())
    });
    assert_eq!(contents.unwrap().format, if backup == FORMAT_8 { 8 } else { 7 });
    let heads = places.values().map(|batch| batch.next).sum();
    assert!(store.commit(places.into_values().collect()).unwrap().iter().all(|written| *written));
    heads
}

/// A directory as that format left it; of format 7 that has so many changes.
fn directory(path: &Path, backup: &[u8], changes: u64) {
    let store = Location::Directory(path.to_owned()).open(check::verdict, true).unwrap();
    let heads = fill(&*store, backup);
    store.close().unwrap();
    drop(store);
    let (format, changes) = if heads > 0 { (8, heads) } else { (7, changes) };
    fs::write(path.join("soho.format"), format!("So Ho register, format {format}\n")).unwrap();
    fs::write(path.join("committed"), format!("{changes:020}\n")).unwrap();
}

/// What must be there of the demonstration.
async fn expect_demonstration(register: &Register, codes_left: usize, what: &str) {
    let found = register.verify().await.unwrap();
    assert!(found.is_clean(), "{what}: {:?}", found.problems);
    assert_eq!((found.records, found.operations), (200, 200), "{what}");
    // Of each commune the hamlet in 2010, and in 2011 where somebody is to be visited.
    assert!(found.tallies > 164, "{what}: {}", found.tallies);
    let province = "83".parse().unwrap();
    let figures = register.statistics(province, Round::CENSUS_2010, By::Commune).unwrap();
    let total = (figures.total.households, figures.total.poor, figures.total.near_poor);
    // One household was poor while its allowance did not count; assessed anew, it is near-poor.
    assert_eq!(total, (200, 30, 14), "{what}");
    let next = register.shared.held().book.clone();
    let communes = area::communes().iter().map(|commune| next.commune(Round::new(2011).unwrap(), commune));
    let pending =
        communes.map(|tally| [Measure::PoorPending, Measure::NearPoorPending].map(|m| tally.get(m)));
    let pending = pending.fold([0, 0], |sum, of| [sum[0] + of[0], sum[1] + of[1]]);
    assert_eq!(pending, [30, 14], "{what}");
    let account = register.item(&ItemKey::Account("lan2".parse().unwrap())).await.unwrap();
    assert!(account.is_some(), "{what}");
    let codes = register.items(ItemKind::Enrolment, Some(&"lan2".parse().unwrap())).await.unwrap();
    assert_eq!(codes.len(), codes_left, "{what}");
    let trail = register.audit(None, u64::MAX, 500).await.unwrap();
    assert!(trail.len() >= 2 && trail.is_sorted_by(|one, next| one.number > next.number), "{what}");
}

#[tokio::test]
async fn a_directory_and_a_backup_of_an_earlier_format_are_turned() {
    are_turned(FORMAT_7).await;
    are_turned(FORMAT_8).await;
}

async fn are_turned(backup: &[u8]) {
    let root = tempfile::tempdir().unwrap();
    let (file, path) = (root.path().join("file"), |name: &str| root.path().join(name));
    fs::write(&file, backup).unwrap();
    restore(&path("restored"), &file, 0).unwrap();
    directory(&path("whole"), backup, 200);
    directory(&path("compacted"), backup, 200);
    compact(&path("compacted")).unwrap();
    let mut ids = std::collections::HashSet::new();
    for name in ["restored", "whole", "compacted"] {
        for again in [false, true] {
            let register = Register::open(&path(name)).unwrap();
            // A restored register knows none of the codes that were waiting.
            expect_demonstration(&register, usize::from(name != "restored"), name).await;
            // A directory of format 8 had its id already, and keeps it.
            let had_one = backup == FORMAT_8 && name == "compacted";
            assert_eq!(ids.insert(register.id()), !again && !had_one, "{name}");
            register.close().await.unwrap();
        }
        let mark = fs::read_to_string(path(name).join("soho.format")).unwrap();
        assert_eq!(mark, "So Ho register, format 9\n", "{name}");
    }
    // A backup of it is of this format, and restored it is another register.
    crate::backup::take(&Location::Directory(path("whole")), &path("next"), None).unwrap();
    restore(&path("again"), &path("next"), 0).unwrap();
    let register = Register::open(&path("again")).unwrap();
    expect_demonstration(&register, 0, "again").await;
    assert!(ids.insert(register.id()));
}

#[tokio::test]
async fn an_upgrade_cut_short_goes_on() {
    goes_on(FORMAT_7).await;
    goes_on(FORMAT_8).await;
}

async fn goes_on(backup: &[u8]) {
    let whole = MemoryEngine::default();
    fill(&whole, backup);
    let id = Register::over(Arc::new(whole.another())).unwrap().id();
    let mut expected = all(&whole);
    for communes in [0, 1, 100, 164] {
        for accounts in [false, true] {
            let store = MemoryEngine::default();
            fill(&store, backup);
            if accounts && backup == FORMAT_7 {
                move_accounts(&store).unwrap();
            }
            for commune in area::communes().iter().take(communes) {
                assert!(turn(&store, commune.code.into()).unwrap());
            }
            let register = Register::over(Arc::new(store.another())).unwrap();
            expect_demonstration(&register, 1, &format!("{communes} {accounts}")).await;
            let mut found = all(&store);
            // Each has an id of its own, and the whole was written to once or twice.
            for pairs in [&mut expected, &mut found] {
                pairs.retain(|(key, _)| *key != keys::note(notes::ID) && *key != keys::WHOLE);
            }
            assert!(found == expected, "{communes} {accounts}");
            assert_eq!(register.id() == id, backup == FORMAT_8);
        }
    }
}

fn all(store: &dyn Engine) -> Vec<Pair> {
    keys::places().flat_map(|place| store.range(Range::of(&place)).unwrap()).collect()
}

#[tokio::test]
async fn what_was_seen_and_believed_stays() {
    let store = MemoryEngine::default();
    fill(&store, CLOCKS);
    let register = Register::over(Arc::new(store)).unwrap();
    let found = register.verify().await.unwrap();
    assert!(found.is_clean(), "{:?}", found.problems);
    assert_eq!((found.records, found.operations), (2, 7));
    let household = |n| HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(n) };
    let [slow, fast] = [1, 2].map(|n| register.records(household(n)));
    let [slow, fast] = [&slow.await.unwrap()[0].doc, &fast.await.unwrap()[0].doc];
    assert_eq!((slow.get("member_count"), slow.has_conflicts()), (Some(&5.into()), false));
    assert_eq!((fast.get("note"), fast.conflicts().len()), (Some(&"b".into()), 1));
    let of = |doc: &Doc, field: &str| doc.open(field).map(|w| (w.stamp, w.time)).collect::<Vec<_>>();
    let [(given, believed)] = of(slow, "hamlet")[..] else { panic!("one wrote") };
    assert!((believed - given.millis()).abs_diff(10 * 86_400_000) < 1_000);
    // What a tablet sends once more, since the answer was lost, is known again, also where its clock was off; another edit
    // under its id is not.
    let keys = [1, 2].map(|n| RecordKey { subject: household(n).into(), round: Round::CENSUS_2010 });
    let edits = register.history(keys.to_vec(), u64::MAX, 100).await.unwrap().edits;
    assert_eq!(edits.len(), 7);
    assert!(edits.iter().any(|edit| edit.time != edit.operation.stamp.millis()));
    for edit in edits {
        let moved = (edit.time != edit.operation.stamp.millis()).then_some(edit.time);
        let other = Operation { why: Some("khác".to_owned()), ..edit.operation.clone() };
        let arrival = Arrival::sent(1_800_000_000_000, None, None);
        let outcomes = register.apply(arrival, vec![edit.operation, other]).await.unwrap();
        assert_eq!(outcomes, [Outcome::Duplicate(moved), Outcome::Refused(NotTaken::Id)]);
    }
}

#[test]
fn what_is_too_old_or_too_new_is_told_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    for (format, what) in [(6, "0.1.0"), (10, "newer version")] {
        let path = root.path().join(format.to_string());
        directory(&path, CLOCKS, 7);
        fs::write(path.join("soho.format"), format!("So Ho register, format {format}\n")).unwrap();
        let refused = Register::open(&path).err().unwrap().to_string();
        assert!(refused.contains(what), "{refused}");
        let file = root.path().join(format!("{format}.backup"));
        let backup = [format!("So Ho backup, format {format}\n").as_bytes(), &CLOCKS[23..]].concat();
        fs::write(&file, backup).unwrap();
        let refused = restore(&root.path().join("new"), &file, 0).err().unwrap().to_string();
        assert!(refused.contains(what), "{refused}");
    }
}

#[test]
fn what_was_not_restored_to_its_end_is_neither_opened_nor_copied() {
    let store = MemoryEngine::default();
    notes::write(&store, &[(notes::RESTORING, Some(""))]).unwrap();
    assert!(Register::over(Arc::new(store.another())).is_err());
    assert!(backup::write(&store, Vec::new(), |_, _| ()).is_err());
}

#[test]
fn of_two_that_make_a_register_at_once_both_have_the_first_id() {
    let store = MemoryEngine::default();
    let first = notes::write_new(&store, notes::ID, &[(notes::ID, Some("one"))]).unwrap();
    let second = notes::write_new(&store, notes::ID, &[(notes::ID, Some("two"))]).unwrap();
    assert_eq!((first, second.as_deref()), (None, Some("one")));
    assert_eq!(notes::read(&store, notes::ID).unwrap().as_deref(), Some("one"));
}
