//! Cutting out one record that cannot be read, so that the others can be used again. Its log stays.

use std::collections::BTreeMap;

use soho_shared::count::{Counts, Period};
use soho_shared::record::RecordKey;

use super::keys::{self, Form, Key};
use super::{check, log, upgrade};
use crate::engine::{Batch, Engine, Location, OpenError, Query, Range, StoreError, head_in, head_key};

/// Prefix of the note by which format 7 says that a record was cut out. The record's name follows it.
const NOTE: &str = "cut/";

/// Why a record was not cut out.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// There is no such record.
    #[error("the register has no record {0}: `soho verify` names those that cannot be read")]
    NotThere(RecordKey),
    /// The record can be read.
    #[error("the record {0} can be read: there is no reason to cut it out")]
    Sound(RecordKey),
    /// The register cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The record's last change before it was cut out, from its mark.
pub(super) fn read(mark: &[u8]) -> Option<u64> {
    mark.try_into().ok().map(u64::from_be_bytes)
}

/// The record that a note of format 7 says was cut out, and its last change before that; `None` for any other note.
pub(super) fn noted(key: &[u8], value: &[u8]) -> Option<(RecordKey, u64)> {
    let record = str::from_utf8(key.strip_prefix(keys::note(NOTE).as_slice())?).ok()?;
    Some((record.parse().ok()?, str::from_utf8(value).ok()?.parse().ok()?))
}

/// All notes of format 7 that say that a record was cut out.
pub(super) fn notes() -> Range {
    Range::of(&keys::note(NOTE))
}

/// Cuts a record that cannot be read out of a register that is not being served. The record counts nowhere any more,
/// and its next edit begins it anew. Returns how many of its operations the log keeps.
///
/// # Errors
/// When the record is not there or can be read, or the register cannot be opened.
pub fn cut(from: &Location, record: RecordKey) -> Result<u64, CutError> {
    let store = from.open(check::verdict, true)?;
    upgrade::upgrade(&*store)?;
    let cut = cut_from(&*store, record);
    // Where it stood for another household, that one counts now.
    upgrade::upgrade(&*store)?;
    store.close()?;
    cut
}

fn cut_from(store: &dyn Engine, record: RecordKey) -> Result<u64, CutError> {
    let unit = record.subject.unit;
    let bytes = store.get(keys::record(record))?;
    let bytes = bytes.ok_or(CutError::NotThere(record))?;
    if keys::decode_record(record, &bytes).is_ok() {
        return Err(CutError::Sound(record));
    }
    loop {
        let place = unit.to_bytes();
        let found = store.read(&[
            Query::Key(head_key(place)),
            Query::Range(Range::of(&keys::all(unit, keys::RECORD))),
            Query::Range(Range::of(&keys::all(unit, keys::AREA))),
            Query::Range(Range::of(&keys::all(unit, keys::TALLY))),
        ])?;
        let [head, records, areas, tallies] = found.as_slice() else { continue };
        let head = head_in(head)?;
        let (mut last, mut kept) = (0u64, 0);
        for chunk in log::since(store, unit, 0)? {
            for (number, _) in chunk?.records().filter(|(_, of)| *of == record) {
                (last, kept) = (number, kept + 1);
            }
        }
        let mut batch = Batch::new(place, head);
        batch.remove(keys::record(record));
        batch.remove(keys::open(record));
        batch.remove(keys::joined(record));
        batch.remove(keys::late(record));
        // So that all others are assessed anew.
        batch.insert(keys::form(unit), keys::encode(&Form { rule: 0, ..Form::this() })?);
        batch.insert(keys::cut(record), last.to_be_bytes());
        // The tallies are counted anew from the heads of the other records: its own cannot be trusted.
        let mut counted: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
        for (key, value) in records.iter().chain(areas) {
            let Some((_, Key::Record(of))) = keys::read(key) else { continue };
            if of != record {
                let adds = keys::decode_head(value).and_then(|(_, adds)| adds);
                adds.iter().for_each(|adds| adds.add_to(&mut counted, of.round));
            }
        }
        for (key, _) in tallies {
            if !matches!(keys::read(key), Some((_, Key::Tally(period, hamlet))) if counted.contains_key(&(period, hamlet)))
            {
                batch.remove(key.clone());
            }
        }
        for ((period, hamlet), tally) in counted {
            batch.insert(keys::tally(unit, period, hamlet), keys::encode(&tally)?);
        }
        if store.commit(vec![batch])? == [true] {
            return Ok(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use soho_shared::record::{Actor, Change, HouseholdId, Operation, Round, Stamp, Value};
    use soho_shared::report::By;
    use uuid::Uuid;

    use super::super::{Arrival, Register, restore};
    use super::*;

    fn operation(id: u128, household: u128, millis: u64) -> Operation {
        let change =
            |(field, value): (&str, Value)| Change { field: field.parse().unwrap(), value, seen: Vec::new() };
        Operation {
            id: Uuid::from_u128(id),
            subject: HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(household) }
                .into(),
            round: Round::CENSUS_2010,
            stamp: Stamp::new(millis, 0, Actor(1)).unwrap(),
            changes: [("hamlet", 4.into()), ("member_count", 3.into())].map(change).into(),
            why: None,
        }
    }

    async fn store(path: &Path, operations: Vec<Operation>) {
        let store = Register::open(path).unwrap();
        let arrival = Arrival::sent(1_285_891_200_000, None, None);
        store.apply(arrival, operations).await.unwrap();
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_is_named_and_cut_out_and_the_others_go_on() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let backup = root.path().join("backup");
        let location = Location::Directory(path.clone());
        store(&path, vec![operation(1, 1, 1), operation(2, 2, 1), operation(3, 1, 2)]).await;
        let damaged = operation(1, 1, 1).key();
        assert!(matches!(cut(&location, damaged), Err(CutError::Sound(_))));
        assert!(matches!(cut(&location, operation(9, 9, 1).key()), Err(CutError::NotThere(_))));
        {
            let store = location.open(check::verdict, true).unwrap();
            let mut bytes = store.get(keys::record(damaged)).unwrap().unwrap();
            bytes.truncate(bytes.len() - 3);
            let place = damaged.subject.unit.to_bytes();
            let head = head_in(&store.read(&[Query::Key(head_key(place))]).unwrap().concat());
            let mut batch = Batch::new(place, head.unwrap());
            batch.insert(keys::record(damaged), bytes);
            assert_eq!(store.commit(vec![batch]).unwrap(), [true]);
            store.close().unwrap();
        }
        let verify = async || {
            let store = Register::open(&path).unwrap();
            let found = store.verify().await.unwrap();
            store.close().await.unwrap();
            found.problems
        };
        let problems = verify().await;
        assert!(problems.iter().any(|problem| problem.contains(&damaged.to_string())), "{problems:?}");
        let refused = crate::backup::take(&location, &backup, None).unwrap_err().to_string();
        assert!(refused.contains(&damaged.to_string()) && !backup.exists(), "{refused}");

        assert_eq!(cut(&location, damaged).unwrap(), 2);
        assert_eq!(verify().await, [""; 0]);
        let after = Register::open(&path).unwrap();
        let unit = damaged.subject.unit;
        let page = after.changes(unit, 0, 10).await.unwrap();
        assert_eq!((page.records.len(), page.reached, page.more), (1, 3, false));
        let area = "29173".parse().unwrap();
        let figures = after.statistics(area, Round::CENSUS_2010, By::Hamlet).unwrap();
        assert_eq!(figures.total.households, 1);
        after.close().await.unwrap();
        drop(after);

        // The record begins anew, and its old operations are still in the log.
        store(&path, vec![operation(4, 1, 3), operation(5, 1, 4), operation(1, 1, 1)]).await;
        assert_eq!(verify().await, [""; 0]);
        crate::backup::take(&location, &backup, None).unwrap();
        let restored = root.path().join("restored");
        restore(&restored, &backup, 0).unwrap();
        let restored = Register::open(&restored).unwrap();
        assert!(restored.verify().await.unwrap().is_clean());
        let page = restored.changes(unit, 0, 10).await.unwrap();
        assert_eq!(page.records.iter().map(|record| record.change).collect::<Vec<_>>(), [2, 5]);
    }
}
