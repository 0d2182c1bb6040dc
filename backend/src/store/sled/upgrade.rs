//! Upgrading what earlier formats hold to this format.
//!
//! Up to format 2 the log said neither who sent an operation nor which was the one before it of the same record, and
//! there was no list of the records in conflict. Up to format 3 the log did not say in front which records were
//! changed: an index did. What is not upgraded yet is known by its keys.
//!
//! Up to format 3 a record held with each write what its author had seen, and forgot it with the write. Up to format
//! 6 a write whose author's clock was off had another stamp than its author gave it, and was seen under that. So
//! records are merged anew from the log, which has all of it; a note says that this was done.
//!
//! Each step of a commune is one transaction. An upgrade that was cut short goes on the next time. A backup of an
//! earlier format is read as it is, and upgraded afterwards.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ::sled::{Batch, Tree};
use serde::Deserialize;
use soho_shared::area::{self, CommuneCode};
use soho_shared::record::{Change, Doc, HouseholdId, Operation, RecordKey, Round, Stamp};
use uuid::Uuid;

use super::blobs::Blobs;
use super::group::{self, Merged};
use super::keys::{self, Key};
use super::log::{self, LogEntry, damaged};
use super::pack;
use crate::people::Author;
use crate::store::{Record, StoreError};

/// An entry of the log up to format 2.
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

/// The part of a chunk that was not packed, in format 3.
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

/// The packed part of an operation in format 3.
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

/// Note that says which format's merge the records are of. With a space and a commune's code it says so of that
/// commune, while an upgrade goes on.
const MERGED: &str = "merged";
const THIS_MERGE: &str = "7";

/// Upgrades what is still in an earlier form, and brings it to disk. Returns how many communes were upgraded.
pub(super) fn upgrade(db: &::sled::Db, blobs: &Blobs) -> Result<usize, StoreError> {
    let tree: &Tree = db;
    // One by one: each commune's large pages must be on disk before the next is written.
    let write = |batch| {
        tree.apply_batch(batch)?;
        blobs.flush(db)
    };
    let mut turned = BTreeSet::new();
    let is_done = |note: &[u8]| Ok::<_, StoreError>(tree.get(note)?.is_some_and(|merge| merge == THIS_MERGE));
    let merged = is_done(&keys::note(MERGED))?;
    for commune in area::communes().iter().map(|c| c.code) {
        let mut batch = Batch::default();
        if turn(tree, commune, &mut batch)? {
            write(batch)?;
            turned.insert(commune);
        }
        let note = keys::note(&format!("{MERGED} {commune}"));
        if merged || is_done(&note)? {
            continue;
        }
        if let Some(mut batch) = merge_anew(tree, commune)? {
            batch.insert(note, THIS_MERGE);
            write(batch)?;
            turned.insert(commune);
        }
    }
    if !merged {
        let mut end = Batch::default();
        for pair in tree.scan_prefix(keys::note(&format!("{MERGED} "))) {
            end.remove(pair?.0);
        }
        end.insert(keys::note(MERGED), THIS_MERGE);
        write(end)?;
    }
    Ok(turned.len())
}

/// A commune's records merged anew from their log, with everything that follows from them; `None` when there are
/// none. The log's operations are changed too: what they have seen is named by the stamps that its authors gave.
fn merge_anew(tree: &Tree, commune: CommuneCode) -> Result<Option<Batch>, StoreError> {
    let mut batch = Batch::default();
    for kind in [keys::CLOCK_5, keys::CLOCK_6] {
        for pair in tree.scan_prefix(keys::all(commune, kind)) {
            batch.remove(pair?.0);
        }
    }
    let mut renamed: HashMap<(RecordKey, Stamp), Stamp> = HashMap::new();
    for chunk in log::since(tree, commune, 0) {
        let entries = chunk?.entries()?.into_iter().map(|(_, entry)| (entry.operation.key(), entry));
        let moved = entries.filter(|(_, entry)| entry.believed != entry.operation.stamp);
        renamed.extend(moved.map(|(key, entry)| ((key, entry.believed), entry.operation.stamp)));
    }
    let mut docs: HashMap<RecordKey, (Doc, Vec<u8>)> = HashMap::new();
    for chunk in log::since(tree, commune, 0) {
        let mut entries = chunk?.entries()?;
        let mut any = false;
        for (_, entry) in &mut entries {
            let key = entry.operation.key();
            let mut seen = entry.operation.changes.iter().flat_map(|change| &change.seen);
            if seen.any(|stamp| renamed.contains_key(&(key, *stamp))) {
                any = true;
                let changes = entry.operation.to_mut().changes.iter_mut();
                for stamp in changes.flat_map(|change| &mut change.seen) {
                    *stamp = renamed.get(&(key, *stamp)).copied().unwrap_or(*stamp);
                }
            }
            let (doc, hamlets) = docs.entry(key).or_default();
            entry.write(doc);
            Record::stood(hamlets, &entry.operation);
        }
        if let Some((first, _)) = entries.first().filter(|_| any) {
            batch.insert(keys::log(commune, *first), log::encode(&entries)?);
        }
    }
    let mut merged = Vec::new();
    for pair in tree.scan_prefix(keys::all(commune, keys::RECORD)) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { return Err(damaged(commune)) };
        let (change, counted) = keys::decode_head(&value).ok_or_else(|| damaged(commune))?;
        let (doc, hamlets) = docs.remove(&key).ok_or_else(|| damaged(commune))?;
        let listed = tree.contains_key(keys::open(key))?;
        merged.push(Merged::replacing(key, Some((counted, listed)), change, &doc, &hamlets)?);
    }
    group::write(tree, &merged, &mut batch)?;
    Ok((!merged.is_empty()).then_some(batch))
}

/// Upgrades the log of a commune. Returns whether there was anything to upgrade.
fn turn(tree: &Tree, commune: CommuneCode, batch: &mut Batch) -> Result<bool, StoreError> {
    let mut latest: HashMap<RecordKey, u64> = HashMap::new();
    let mut any = false;
    for kind in [keys::INDEX_3, keys::LOG_3, keys::LOG_2] {
        for pair in tree.scan_prefix(keys::all(commune, kind)) {
            let (key, value) = pair?;
            let Some((_, Key::OldLog(first))) = keys::read(&key) else { return Err(damaged(commune)) };
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
    Ok(any)
}

type Entries = Vec<(u64, LogEntry<'static>)>;

fn of_format_2(latest: &mut HashMap<RecordKey, u64>, first: u64, value: &[u8]) -> Option<Entries> {
    let old: Vec<Entry2> = postcard::from_bytes(&pack::unpack(value)?).ok()?;
    let entry = |(number, Entry2 { received, operation, sent })| {
        let Operation2 { id, household, round, stamp, changes } = operation;
        let (believed, stamp) = (stamp, sent.unwrap_or(stamp));
        let operation = Operation { id, household, round, stamp, changes, why: None };
        let previous = latest.insert(operation.key(), number).unwrap_or(0);
        (number, LogEntry { previous, received, by: None, operation: Cow::Owned(operation), believed })
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
        let (believed, stamp) = (stamp, sent.unwrap_or(stamp));
        let operation = Operation { id, household, round: Round::new(round)?, stamp, changes, why };
        let previous = if link.back == 0 { 0 } else { number.checked_sub(link.back)? };
        let by = match link.by.checked_sub(1) {
            Some(at) => Some(Arc::clone(authors.get(at)?)),
            None => None,
        };
        Some((number, LogEntry { previous, received, by, operation: Cow::Owned(operation), believed }))
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

    /// A backup written by the last version of format 2: two households of commune 29173, one with a conflict about
    /// its head's name, and one of commune 28756; eight operations.
    const FORMAT_2: &[u8] = include_bytes!("format2.backup");

    /// Keys of the corrections of a writer's stamps, up to format 5 and in format 6.
    fn clocks() -> [Vec<u8>; 2] {
        [keys::CLOCK_5, keys::CLOCK_6]
            .map(|kind| [keys::all("29173".parse().unwrap(), kind), vec![7; 8]].concat())
    }

    /// A directory as that version left it; with `turned`, one commune is upgraded already, as when an upgrade was
    /// cut short.
    fn directory_of_format_2(path: &Path, turned: Option<&str>) {
        fs::create_dir_all(path).unwrap();
        let db = ::sled::Config::new().path(path.join("store")).open().unwrap();
        backup::read(FORMAT_2, |batch| Ok(db.apply_batch(batch)?)).unwrap();
        if let Some(turned) = turned {
            let mut batch = Batch::default();
            turn(&db, turned.parse().unwrap(), &mut batch).unwrap();
            db.apply_batch(batch).unwrap();
        }
        for clock in clocks() {
            db.insert(clock, b"half an hour to add").unwrap();
        }
        db.flush().unwrap();
        fs::write(path.join("committed"), format!("{:020}\n", 8)).unwrap();
        let format = if turned.is_some() { 6 } else { 2 };
        fs::write(path.join("soho.format"), format!("So Ho register, format {format}\n")).unwrap();
    }

    /// A backup written by the last version of format 3, of commune 29173. In one household the second writer's later
    /// write had made the record forget that the first one was seen. In the other somebody claimed to have seen what
    /// was not written yet, so that it was hidden when it came.
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
            (doc.get("member_count").and_then(soho_shared::record::Value::as_int), doc.has_conflicts())
        };
        assert_eq!((people(seen), people(hidden)), ((Some(6), false), (Some(7), true)));
        let listed = store.conflicts("29173".parse().unwrap(), None, None, 10).await.unwrap();
        assert_eq!(listed.records.iter().map(|c| c.record.key.household).collect::<Vec<_>>(), [household(2)]);
        let area = "29173".parse().unwrap();
        let counted = store.statistics(area, Round::CENSUS_2010, By::Hamlet).await.unwrap();
        assert_eq!(counted.total.persons, 13);
    }

    /// A backup written by the last version of format 6, of commune 29173. In one household a tablet ten days slow
    /// wrote how many people there are, and another saw that and wrote another number. In the other household a
    /// tablet more than a year fast and a correct one did not see each other's writes, and the fast one wrote two
    /// notes.
    const FORMAT_6: &[u8] = include_bytes!("format6.backup");

    #[tokio::test]
    async fn what_was_seen_under_another_stamp_than_was_given_stays_seen() {
        let root = tempfile::tempdir().unwrap();
        let (file, data) = (root.path().join("file"), root.path().join("restored"));
        fs::write(&file, FORMAT_6).unwrap();
        restore(&data, &file).unwrap();
        let store = SledStore::open(&data).unwrap();
        let found = store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
        assert_eq!((found.records, found.operations), (2, 7));
        let household = |n| HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(n) };
        let [slow, fast] = [1, 2].map(|n| store.household(household(n)));
        let [slow, fast] = [&slow.await.unwrap()[0].doc, &fast.await.unwrap()[0].doc];
        assert_eq!((slow.get("member_count"), slow.has_conflicts()), (Some(&5.into()), false));
        assert_eq!((fast.get("note"), fast.conflicts().len()), (Some(&"b".into()), 1));
        // Each write has the stamp that its author gave, and beside it the believed time.
        let of = |doc: &Doc, field: &str| doc.open(field).map(|w| (w.stamp, w.time)).collect::<Vec<_>>();
        let [(given, believed)] = of(slow, "hamlet")[..] else { panic!("one wrote") };
        assert!((believed - given.millis()).abs_diff(10 * 86_400_000) < 1_000);
        let [(given, believed)] = of(fast, "note")[..] else { panic!("one wrote") };
        assert!((given.millis() - believed).abs_diff(400 * 86_400_000) < 1_000);
        // An upgrade cut short after this commune goes on with the next.
        store.close().await.unwrap();
        drop(store);
        let db = ::sled::open(data.join("store")).unwrap();
        let all = |db: &::sled::Db| db.iter().collect::<Result<Vec<_>, _>>().unwrap();
        let whole = all(&db);
        db.remove(keys::note(MERGED)).unwrap();
        db.insert(keys::note("merged 29173"), THIS_MERGE).unwrap();
        assert_eq!(upgrade(&db, &Blobs::of(&data.join("store"))).unwrap(), 0);
        assert_eq!(all(&db), whole);
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
            let [contested] = contested.records.as_slice() else { panic!("{name}: {contested:?}") };
            assert_eq!(contested.origins.len(), 2, "{name}");
            let story = store.history(vec![contested.record.key], u64::MAX, 10).await.unwrap();
            let fields = |edit: &crate::store::Edit| edit.operation.changes[0].field.as_str().to_owned();
            let story: Vec<_> = story.edits.iter().map(fields).collect();
            assert_eq!(story, ["address", "member_count", "head/name", "hamlet"], "{name}");
            store.close().await.unwrap();
            drop(store);
            let db = ::sled::open(root.path().join(name).join("store")).unwrap();
            assert!(clocks().iter().all(|clock| !db.contains_key(clock).unwrap()), "{name}");
            let mark = fs::read_to_string(root.path().join(name).join("soho.format")).unwrap();
            assert_eq!(mark, "So Ho register, format 7\n", "{name}");
        }
    }
}
