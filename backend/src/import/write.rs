//! Writing what is new of a file, as edits of whoever imports it.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use soho_shared::area::UnitCode;
use soho_shared::record::{Actor, Change, Clock, MAX_BATCH, MAX_MILLIS, Operation, RecordKey, Stamp};
use soho_shared::text::one_line;
use soho_shared::wire::imports::ImportId;
use soho_shared::wire::{Problem, PushResponse};
use uuid::{Builder, Uuid};

use super::decide::Edit;
use crate::engine::StoreError;
use crate::people::Author;
use crate::register::{Arrival, Register};
use crate::sync::{PushError, now_millis, push_received};

/// Upper half of the numbers of writers that are imports: what they have written, no person has typed.
const IMPORTS: u64 = 0x5350_5244;
/// First counter of stamps that are put before a person's write; a clock counts from 0.
const BEFORE: u16 = 1 << 15;
/// Most letters of a file's name that are kept.
const NAME: usize = 120;

/// Whether a writer is an import.
pub(super) const fn is_import(writer: Actor) -> bool {
    writer.0 >> 32 == IMPORTS
}

/// The writer of a file's values in a unit. The same file has the same writer, so that it is known where it has had its say; once it
/// was undone, and is imported again, it has another.
pub(super) fn writer(digest: &str, undone: usize, unit: UnitCode) -> Actor {
    let hash = Sha256::new_with_prefix(digest)
        .chain_update((undone as u64).to_be_bytes())
        .chain_update(unit.to_bytes());
    let own: [u8; 4] = hash.finalize().first_chunk().copied().unwrap_or_default();
    Actor(IMPORTS << 32 | u64::from(u32::from_be_bytes(own)))
}

/// A file's name without its path and without hidden characters.
pub(super) fn file_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    one_line(name).trim().chars().take(NAME).collect()
}

/// Gives stamps to one writer.
pub(super) struct Pen {
    writer: Actor,
    clock: Clock,
    before: HashMap<u64, u16>,
}

impl Pen {
    pub(super) fn of(writer: Actor) -> Self {
        Pen { writer, clock: Clock::new(writer), before: HashMap::new() }
    }

    /// A stamp of now.
    pub(super) fn now(&mut self) -> Stamp {
        self.clock.tick(now_millis())
    }

    /// A stamp just before a time: an edit that has it loses against what was written then, and is kept beside it.
    fn before(&mut self, time: u64) -> Stamp {
        let millis = time.saturating_sub(1).min(MAX_MILLIS);
        let counter = self.before.entry(millis).or_insert(BEFORE);
        let stamp = Stamp::new(millis, *counter, self.writer).unwrap_or_default();
        *counter = counter.saturating_add(1);
        stamp
    }
}

/// An import that is being written.
pub(super) struct Import<'s> {
    pub(super) store: &'s Register,
    pub(super) id: ImportId,
    /// In whose name: the account, and the import in place of its session.
    pub(super) by: Author,
    pub(super) file: &'s str,
}

impl Import<'_> {
    /// Writes rows of one unit, each with its place and number, and returns those that were refused.
    pub(super) async fn write(
        &self,
        pen: &mut Pen,
        rows: Vec<(usize, u32, Edit)>,
    ) -> Result<Vec<(usize, Problem)>, StoreError> {
        let mut operations = Vec::with_capacity(rows.len());
        for (place, row, Edit { key, free, against, stood }) in rows {
            if !free.is_empty() {
                operations.push((place, self.operation(row, 0, key, pen.now(), free)));
            }
            if !against.is_empty() {
                operations.push((place, self.operation(row, 1, key, pen.before(stood), against)));
            }
        }
        let (mut operations, mut refused) = (operations.into_iter(), Vec::new());
        loop {
            let (places, batch): (Vec<usize>, Vec<Operation>) = operations.by_ref().take(MAX_BATCH).unzip();
            if batch.is_empty() {
                return Ok(refused);
            }
            let results = push(self.store, Some(self.by.clone()), batch).await?;
            let problems =
                places.into_iter().zip(results).filter_map(|(place, problem)| Some((place, problem?)));
            refused.extend(problems);
        }
    }

    fn operation(&self, row: u32, part: u8, key: RecordKey, stamp: Stamp, changes: Vec<Change>) -> Operation {
        let RecordKey { subject, round } = key;
        let why = Some(format!("nhập từ tệp {}, dòng {row}", self.file));
        Operation { id: id(self.id.uuid, row, part), subject, round, stamp, changes, why }
    }
}

/// Id of an operation of an import: the same for the same row.
fn id(import: Uuid, row: u32, part: u8) -> Uuid {
    let hash =
        Sha256::new_with_prefix(import.as_bytes()).chain_update(row.to_be_bytes()).chain_update([part]);
    Builder::from_random_bytes(hash.finalize().first_chunk().copied().unwrap_or_default()).into_uuid()
}

/// Stores operations that the server makes, and returns of each why it was refused.
pub(super) async fn push(
    store: &Register,
    by: Option<Author>,
    operations: Vec<Operation>,
) -> Result<Vec<Option<Problem>>, StoreError> {
    let arrival = Arrival::made_here(now_millis(), by);
    let pushed = push_received(store, arrival, operations.into_iter().map(Ok).collect()).await;
    let PushResponse { results, .. } = pushed.map_err(|error| match error {
        PushError::Store(error) => error,
        PushError::TooMany(_) => StoreError::Stopped(error.to_string()),
    })?;
    Ok(results.into_iter().map(|result| result.problem).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_have_writers_of_their_own() {
        let unit: UnitCode = "29173".parse().unwrap();
        let one = writer("a", 0, unit);
        assert!(is_import(one) && one == writer("a", 0, unit));
        assert!(
            one != writer("b", 0, unit)
                && one != writer("a", 1, unit)
                && one != writer("a", 0, "836".parse().unwrap())
        );
        assert!(!is_import(Actor(0xab)) && !is_import(Actor(u64::MAX)));
        let mut pen = Pen::of(one);
        let stamps = [pen.now(), pen.now(), pen.before(5_000), pen.before(5_000), pen.before(0)];
        assert!(stamps[0] < stamps[1] && stamps[2] < stamps[3]);
        assert_eq!((stamps[2].millis(), stamps[4].millis()), (4_999, 0));
        assert!(stamps.iter().all(|stamp| stamp.actor() == one));
    }

    #[test]
    fn of_a_file_s_path_its_name_is_kept() {
        for (path, name) in [
            ("C:\\Danh sách\\hộ nghèo.xlsx", "hộ nghèo.xlsx"),
            ("/home/lan/ho.csv", "ho.csv"),
            (" a\u{202e}b\n.xls ", "ab .xls"),
            ("", ""),
        ] {
            assert_eq!(file_name(path), name);
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), NAME);
    }
}
