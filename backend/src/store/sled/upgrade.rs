//! Turning what earlier formats hold into this one's.
//!
//! Until format 2 the log said neither in whose name an operation came nor which was the one before it of
//! the same record, and there was no list of the records in conflict. Until format 3 it did not say in front
//! which records were changed: an index did. Until format 5 it was not known of a writer's last changed stamp what it
//! had been. What is not turned yet is known by its keys.
//!
//! Until format 3 a record held with each write what its author had seen, and forgot it with the write. So
//! records are merged anew from the log, which has all of it; a note says that it was done.
//!
//! Each commune is turned in one transaction. An upgrade that was cut short goes on the next time, and a
//! backup of an earlier format is read as it is and turned afterwards.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ::sled::{Batch, Tree};
use serde::Deserialize;
use soho_shared::area::{self, CommuneCode};
use soho_shared::sync::{Actor, Change, Correction, Doc, HouseholdId, Operation, RecordKey, Round, Stamp};
use uuid::Uuid;

use super::group::{self, Merged};
use super::keys::{self, Key};
use super::log::{self, Chunk, LogEntry, damaged};
use super::pack;
use crate::accounts::Author;
use crate::store::{Record, StoreError};

/// An entry of the log until format 2.
#[derive(Deserialize)]
struct Entry2 {
    received: u64,
    operation: Operation2,
    sent: Option<Stamp>,
}

#[derive(Deserialize)]
struct Operation2 {
    id: Uuid,
    household: HouseholdId,
    round: Round,
    stamp: Stamp,
    changes: Vec<Change>,
}

/// What a chunk of the log said in front in format 3, and then of each operation.
#[derive(Deserialize)]
struct Front3 {
    authors: Vec<Author>,
    links: Vec<Link3>,
}

#[derive(Deserialize)]
struct Link3 {
    back: u64,
    by: usize,
}

#[derive(Deserialize)]
struct Line3 {
    received: u64,
    id: Uuid,
    household: Uuid,
    round: u16,
    stamp: Stamp,
    sent: Option<Stamp>,
    changes: Vec<Change>,
    why: Option<String>,
}

/// The note that says which format's merge the records are of.
const MERGED: &str = "merged";
const THIS_MERGE: &str = "4";

/// Turns what is still in an earlier form; to be flushed. Says how many communes were.
pub(super) fn upgrade(tree: &Tree) -> Result<usize, StoreError> {
    let mut turned = BTreeSet::new();
    let merged = tree.get(keys::note(MERGED))?.is_some_and(|merge| merge == THIS_MERGE);
    for commune in area::communes().iter().map(|c| c.code) {
        let mut batch = Batch::default();
        if turn(tree, commune, &mut batch)? {
            tree.apply_batch(batch)?;
            turned.insert(commune);
        }
        if !merged && let Some(batch) = merge_anew(tree, commune)? {
            tree.apply_batch(batch)?;
            turned.insert(commune);
        }
    }
    if !merged {
        tree.insert(keys::note(MERGED), THIS_MERGE)?;
    }
    Ok(turned.len())
}

/// The records of a commune as their log adds up, with all that follows from them; `None` when there are none.
fn merge_anew(tree: &Tree, commune: CommuneCode) -> Result<Option<Batch>, StoreError> {
    let mut docs: HashMap<RecordKey, (Doc, Vec<u8>)> = HashMap::new();
    for pair in tree.scan_prefix(keys::all(commune, keys::LOG)) {
        let (key, value) = pair?;
        let chunk = match keys::read(&key) {
            Some((_, Key::Log(first))) => Chunk::decode(commune, first, &value),
            _ => None,
        };
        for (_, LogEntry { operation, .. }) in chunk.ok_or_else(|| damaged(commune))?.entries()? {
            let (doc, hamlets) = docs.entry(operation.key()).or_default();
            operation.changes.iter().for_each(|change| doc.write(operation.stamp, change));
            Record::stood(hamlets, &operation);
        }
    }
    let mut merged = Vec::new();
    for pair in tree.scan_prefix(keys::all(commune, keys::RECORD)) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { return Err(damaged(commune)) };
        let record = keys::decode_record(key, &value)?;
        let (doc, hamlets) = docs.remove(&key).ok_or_else(|| damaged(commune))?;
        let (change, listed) = (record.change, tree.contains_key(keys::open(key))?);
        merged.push(Merged::replacing(key, Some((record, listed)), change, &doc, &hamlets)?);
    }
    let mut batch = Batch::default();
    group::write(tree, &merged, &mut batch)?;
    Ok((!merged.is_empty()).then_some(batch))
}

/// Turns the log of a commune and what is known of clocks. Whether there was anything to turn.
fn turn(tree: &Tree, commune: CommuneCode, batch: &mut Batch) -> Result<bool, StoreError> {
    let mut latest: HashMap<RecordKey, u64> = HashMap::new();
    let mut any = false;
    for kind in [keys::INDEX_3, keys::LOG_3, keys::LOG_2] {
        for pair in tree.scan_prefix(keys::all(commune, kind)) {
            let (key, value) = pair?;
            let Some((_, Key::Old(first))) = keys::read(&key) else { return Err(damaged(commune)) };
            let entries = match kind {
                keys::LOG_3 => of_format_3(commune, first, &value),
                keys::LOG_2 => of_format_2(&mut latest, first, &value),
                _ => Some(Vec::new()),
            };
            let entries = entries.ok_or_else(|| damaged(commune))?;
            if !entries.is_empty() {
                batch.insert(keys::log(commune, first), log::encode(&entries)?);
            }
            batch.remove(key);
            any = true;
        }
    }
    for pair in tree.scan_prefix(keys::all(commune, keys::WRITER_5)) {
        let (key, value) = pair?;
        let Some((_, Key::Old(actor))) = keys::read(&key) else { return Err(damaged(commune)) };
        let (by, last) = postcard::from_bytes(&value).map_err(|_| damaged(commune))?;
        let correction = keys::encode(&Correction::of_format_5(by, last))?;
        batch.insert(keys::writer(commune, Actor(actor)), correction);
        batch.remove(key);
        any = true;
    }
    Ok(any)
}

type Entries = Vec<(u64, LogEntry<'static>)>;

fn of_format_2(latest: &mut HashMap<RecordKey, u64>, first: u64, value: &[u8]) -> Option<Entries> {
    let old: Vec<Entry2> = postcard::from_bytes(&pack::unpack(value)?).ok()?;
    let entry = |(number, Entry2 { received, operation, sent })| {
        let Operation2 { id, household, round, stamp, changes } = operation;
        let operation = Operation { id, household, round, stamp, changes, why: None };
        let previous = latest.insert(operation.key(), number).unwrap_or(0);
        let operation = Cow::Owned(operation);
        (number, LogEntry { previous, received, by: None, operation, sent })
    };
    Some((first..).zip(old).map(entry).collect())
}

fn of_format_3(commune: CommuneCode, first: u64, value: &[u8]) -> Option<Entries> {
    let (Front3 { authors, links }, packed) = postcard::take_from_bytes(value).ok()?;
    let authors: Vec<_> = authors.into_iter().map(Arc::new).collect();
    let lines: Vec<Line3> = postcard::from_bytes(&pack::unpack(packed)?).ok()?;
    let entry = |((number, link), line): ((u64, Link3), Line3)| {
        let Line3 { received, id, household, round, stamp, sent, changes, why } = line;
        let household = HouseholdId { commune, uuid: household };
        let operation = Operation { id, household, round: Round::new(round)?, stamp, changes, why };
        let previous = if link.back == 0 { 0 } else { number.checked_sub(link.back)? };
        let by = match link.by.checked_sub(1) {
            Some(at) => Some(Arc::clone(authors.get(at)?)),
            None => None,
        };
        Some((number, LogEntry { previous, received, by, operation: Cow::Owned(operation), sent }))
    };
    (first..).zip(links).zip(lines).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use soho_shared::report::By;

    use super::super::backup;
    use super::*;
    use crate::store::{SledStore, Store, compact, restore};

    /// A backup written by the last version of format 2: of commune 29173 two households, one with a
    /// conflict about its head's name, and of commune 28756 one; eight operations.
    const FORMAT_2: &[u8] = include_bytes!("format2.backup");

    fn writer_of_format_5() -> Vec<u8> {
        let mut key = keys::writer("29173".parse().unwrap(), Actor(7));
        key[4] = keys::WRITER_5;
        key
    }

    /// A directory as that version had it; a part of it turned already, as when an upgrade was cut short.
    fn directory_of_format_2(path: &Path, turned: Option<&str>) {
        fs::create_dir_all(path).unwrap();
        let db = ::sled::Config::new().path(path.join("store")).open().unwrap();
        backup::read(FORMAT_2, |batch| Ok(db.apply_batch(batch)?)).unwrap();
        if let Some(turned) = turned {
            let mut batch = Batch::default();
            turn(&db, turned.parse().unwrap(), &mut batch).unwrap();
            db.apply_batch(batch).unwrap();
        }
        // Until format 5: half an hour to add, and the last stamp that was changed.
        let correction = postcard::to_stdvec(&(1_800_000_i64, Some((5_u64, 9_u16)))).unwrap();
        db.insert(writer_of_format_5(), correction).unwrap();
        db.flush().unwrap();
        fs::write(path.join("committed"), format!("{:020}\n", 8)).unwrap();
        let format = if turned.is_some() { 6 } else { 2 };
        fs::write(path.join("soho.format"), format!("So Ho register, format {format}\n")).unwrap();
    }

    /// A backup written by the last version of format 3, of commune 29173. One household in which the second
    /// writer's later write had made it forget that the first one was seen; and one in which somebody said
    /// to have seen what was not written yet, so that it was hidden as it came.
    const FORMAT_3: &[u8] = include_bytes!("format3.backup");

    #[tokio::test]
    async fn what_was_seen_and_what_was_not_is_read_anew_from_the_log() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, FORMAT_3).unwrap();
        let data = root.path().join("restored");
        restore(&data, &file).unwrap();
        let store = SledStore::open(&data).unwrap();
        let found = store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
        assert_eq!((found.records, found.operations), (2, 6));
        let household = |n| HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(n) };
        let [seen, hidden] = [1, 2].map(|n| store.household(household(n)));
        let [seen, hidden] = [&seen.await.unwrap()[0].doc, &hidden.await.unwrap()[0].doc];
        let people = |doc: &Doc| {
            (doc.get("member_count").and_then(soho_shared::sync::Value::as_int), doc.has_conflicts())
        };
        assert_eq!((people(seen), people(hidden)), ((Some(6), false), (Some(7), true)));
        let listed = store.conflicts("29173".parse().unwrap(), None, None, 10).await.unwrap();
        assert_eq!(listed.iter().map(|c| c.record.key.household).collect::<Vec<_>>(), [household(2)]);
        let area = "29173".parse().unwrap();
        let counted = store.statistics(area, Round::CENSUS_2010, By::Hamlet).await.unwrap();
        assert_eq!(counted.total.persons, 13);
    }

    #[tokio::test]
    async fn what_an_earlier_format_holds_is_turned_and_an_upgrade_cut_short_goes_on() {
        let root = tempfile::tempdir().unwrap();
        for (name, turned) in [("whole", None), ("cut", Some("29173")), ("cut again", Some("28756"))] {
            directory_of_format_2(&root.path().join(name), turned);
        }
        directory_of_format_2(&root.path().join("compacted"), None);
        compact(&root.path().join("compacted")).unwrap();
        let file = root.path().join("file");
        fs::write(&file, FORMAT_2).unwrap();
        restore(&root.path().join("restored"), &file).unwrap();
        for name in ["whole", "cut", "cut again", "compacted", "restored"] {
            let store = SledStore::open(&root.path().join(name)).unwrap();
            let found = store.verify().await.unwrap();
            assert!(found.is_clean(), "{name}: {:?}", found.problems);
            assert_eq!((found.records, found.operations), (3, 8), "{name}");
            let contested = store.conflicts("29173".parse().unwrap(), None, None, 10).await.unwrap();
            let [contested] = contested.as_slice() else { panic!("{name}: {contested:?}") };
            assert_eq!(contested.origins.len(), 2, "{name}");
            let story = store.history(vec![contested.record.key], u64::MAX, 10).await.unwrap();
            let fields = |edit: &crate::store::Edit| edit.operation.changes[0].field.as_str().to_owned();
            let story: Vec<_> = story.iter().map(fields).collect();
            assert_eq!(story, ["address", "member_count", "head/name", "hamlet"], "{name}");
            store.close().await.unwrap();
            drop(store);
            let db = ::sled::open(root.path().join(name).join("store")).unwrap();
            assert!(!db.contains_key(writer_of_format_5()).unwrap(), "{name}");
            let correction = db.get(keys::writer("29173".parse().unwrap(), Actor(7))).unwrap();
            let correction = correction.map(|bytes| postcard::from_bytes(&bytes).unwrap());
            let expected = Correction::of_format_5(1_800_000, Some((5, 9)));
            assert_eq!(correction, (name != "restored").then_some(expected), "{name}");
            let mark = fs::read_to_string(root.path().join(name).join("soho.format")).unwrap();
            assert_eq!(mark, "So Ho register, format 6\n", "{name}");
        }
    }
}
