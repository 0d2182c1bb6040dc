//! Cutting out one record that cannot be read, so that the others can be used again. Its log stays.

use std::collections::BTreeMap;
use std::path::Path;

use ::sled::{Batch, Tree};
use soho_shared::record::RecordKey;
use soho_shared::tally::{Tally, TallyChange};

use super::directory::OpenError;
use super::keys::{self, Key};
use super::{engine, log};
use crate::store::StoreError;

/// Prefix of the note that says that a record was cut out. The record's name follows it; the note holds the number of
/// the record's last change before that.
const NOTE: &str = "cut/";

/// Why a record was not cut out.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// There is no such record.
    #[error("the register has no record {0}: `soho verify` names those that cannot be read")]
    NotThere(String),
    /// The record can be read.
    #[error("the record {0} can be read: there is no reason to cut it out")]
    Sound(String),
    /// The register cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Parses a record's name as commands write it: a household's id, `.`, a round.
///
/// # Errors
/// When the text is no such name; the error says what would be right.
pub fn record_named(text: &str) -> Result<RecordKey, String> {
    let read = || {
        let (household, round) = text.split_once('.')?;
        Some(RecordKey { household: household.parse().ok()?, round: round.parse().ok()? })
    };
    read()
        .ok_or_else(|| "a record is a household's id, `.` and a round, as `soho verify` names it".to_owned())
}

fn name(RecordKey { household, round }: RecordKey) -> String {
    format!("{household}.{round}")
}

/// The record that a note says was cut out, and its last change before that; `None` for any other note.
pub(super) fn read(key: &[u8], value: &[u8]) -> Option<(RecordKey, u64)> {
    let record = str::from_utf8(key.strip_prefix(keys::note(NOTE).as_slice())?).ok()?;
    Some((record_named(record).ok()?, str::from_utf8(value).ok()?.parse().ok()?))
}

/// Cuts a record that cannot be read out of a register that is not being served. The record counts nowhere any more,
/// and its next edit begins it anew. Returns how many of its operations the log keeps.
///
/// # Errors
/// When the record is not there or can be read, or the register cannot be opened.
pub fn cut(path: &Path, record: RecordKey) -> Result<u64, CutError> {
    let engine = engine::open(path)?;
    let db = &engine.db;
    let commune = record.household.commune;
    let bytes = db.get(keys::record(record)).map_err(StoreError::from)?;
    let bytes = bytes.ok_or_else(|| CutError::NotThere(name(record)))?;
    if keys::decode_record(record, &bytes).is_ok() {
        return Err(CutError::Sound(name(record)));
    }
    let (mut last, mut kept) = (0, 0);
    for chunk in log::since(db, commune, 0) {
        for (number, _) in chunk?.records().filter(|(_, of)| *of == record) {
            (last, kept) = (number, kept + 1);
        }
    }
    let mut batch = Batch::default();
    batch.remove(keys::record(record));
    batch.remove(keys::open(record));
    batch.insert(keys::note(&format!("{NOTE}{}", name(record))), last.to_string().as_str());
    recount(db, record, &mut batch)?;
    db.apply_batch(batch).map_err(StoreError::from)?;
    engine.blobs.flush(db)?;
    Ok(kept)
}

/// Counts a commune's round anew from the heads of its records, leaving one of them out.
fn recount(tree: &Tree, without: RecordKey, batch: &mut Batch) -> Result<(), StoreError> {
    let (commune, round) = (without.household.commune, without.round);
    let mut tallies: BTreeMap<u8, Tally> = BTreeMap::new();
    for pair in tree.scan_prefix(keys::all(commune, keys::RECORD)) {
        let (key, value) = pair?;
        let Some((_, Key::Record(of))) = keys::read(&key) else { continue };
        if of.round == round && of != without {
            let contribution = keys::decode_head(&value).and_then(|(_, contribution)| contribution);
            for moved in TallyChange::between(round, commune, None, contribution.as_ref()) {
                *tallies.entry(moved.hamlet).or_default() += &moved.by;
            }
        }
    }
    for pair in tree.scan_prefix(keys::all(commune, keys::TALLY)) {
        let (key, _) = pair?;
        if matches!(keys::read(&key), Some((_, Key::Tally(of, _))) if of == round) {
            batch.remove(key);
        }
    }
    for (hamlet, tally) in tallies {
        batch.insert(keys::tally(commune, round, hamlet), keys::encode(&tally)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use soho_shared::record::{Actor, Change, HouseholdId, Operation, Round, Stamp, Value};
    use soho_shared::report::By;
    use uuid::Uuid;

    use super::*;
    use crate::store::{Arrival, SledStore, Store, restore};

    fn operation(id: u128, household: u128, millis: u64) -> Operation {
        let change =
            |(field, value): (&str, Value)| Change { field: field.parse().unwrap(), value, seen: Vec::new() };
        Operation {
            id: Uuid::from_u128(id),
            household: HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(household) },
            round: Round::CENSUS_2010,
            stamp: Stamp::new(millis, 0, Actor(1)).unwrap(),
            changes: [("hamlet", 4.into()), ("member_count", 3.into())].map(change).into(),
            why: None,
        }
    }

    async fn store(path: &Path, operations: Vec<Operation>) {
        let store = SledStore::open(path).unwrap();
        let arrival = Arrival { now: 1_285_891_200_000, clock: None, by: None };
        store.apply(arrival, operations).await.unwrap();
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_is_named_and_cut_out_and_the_others_go_on() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let backup = root.path().join("backup");
        store(&path, vec![operation(1, 1, 1), operation(2, 2, 1), operation(3, 1, 2)]).await;
        let damaged = operation(1, 1, 1).key();
        assert!(matches!(cut(&path, damaged), Err(CutError::Sound(_))));
        assert!(matches!(cut(&path, operation(9, 9, 1).key()), Err(CutError::NotThere(_))));
        {
            let db = engine::open(&path).unwrap().db;
            let mut bytes = db.get(keys::record(damaged)).unwrap().unwrap().to_vec();
            bytes.truncate(bytes.len() - 3);
            db.insert(keys::record(damaged), bytes).unwrap();
            db.flush().unwrap();
        }
        let verify = async || {
            let store = SledStore::open(&path).unwrap();
            let found = store.verify().await.unwrap();
            store.close().await.unwrap();
            found.problems
        };
        let problems = verify().await;
        assert!(problems.iter().any(|problem| problem.contains(&name(damaged))), "{problems:?}");
        let refused = crate::backup::take(&path, &backup, None).unwrap_err().to_string();
        assert!(refused.contains(&name(damaged)) && !backup.exists(), "{refused}");

        assert_eq!(cut(&path, damaged).unwrap(), 2);
        assert_eq!(verify().await, [""; 0]);
        let after = SledStore::open(&path).unwrap();
        let commune = damaged.household.commune;
        let page = after.changes(commune, 0, 10).await.unwrap();
        assert_eq!((page.records.len(), page.reached, page.more), (1, 3, false));
        let area = "29173".parse().unwrap();
        let figures = after.statistics(area, Round::CENSUS_2010, By::Hamlet).await.unwrap();
        assert_eq!(figures.total.households, 1);
        after.close().await.unwrap();
        drop(after);

        // The record begins anew, and its old operations are still in the log.
        store(&path, vec![operation(4, 1, 3), operation(5, 1, 4), operation(1, 1, 1)]).await;
        assert_eq!(verify().await, [""; 0]);
        crate::backup::take(&path, &backup, None).unwrap();
        let restored = root.path().join("restored");
        restore(&restored, &backup).unwrap();
        let restored = SledStore::open(&restored).unwrap();
        assert!(restored.verify().await.unwrap().is_clean());
        let page = restored.changes(commune, 0, 10).await.unwrap();
        assert_eq!(page.records.iter().map(|record| record.change).collect::<Vec<_>>(), [2, 5]);
    }
}
