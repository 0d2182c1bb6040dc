//! The device's database (IndexedDB). Each function is one transaction.
//!
//! Store `base` holds records as the server last gave them, `outbox` the operations not acknowledged yet, by
//! slot, and `meta` small texts. Records and entries are stored as JSON texts, which a browser writes and
//! reads far faster than trees of objects.

mod connection;
mod rows;

use std::collections::BTreeMap;

use indexed_db_futures::error::{DomException, Error};
use indexed_db_futures::prelude::*;
use indexed_db_futures::{KeyRange, error::OpenDbError};
use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::record::{Doc, RecordKey, Round};
use wasm_bindgen::JsValue;

use super::link::Page;
use super::link::unexplained;
use super::outbox::{Entry, Step, Written, next, settle};
use super::records::{Verdict, apply, each_once};
use crate::json::NotThat;
use connection::Stores;
pub use connection::{Db, Fate};
use rows::{drop_entry, entries, get_entry, get_record, place, put_entry, put_meta, put_record, read_row};

const BASE: &str = "base";
const OUTBOX: &str = "outbox";
const META: &str = "meta";
const PLACE: &str = "place";
const CURSORS: &str = "cursor/";

/// Reason why the database did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// The browser does not let pages store data (private window, blocked, damaged profile).
    #[error("the browser's storage cannot be opened: {0}")]
    Open(String),
    /// A transaction failed; nothing of it is stored.
    #[error("the browser did not store it: {0}")]
    Transaction(String),
    /// The device has no room; nothing of the transaction is stored.
    #[error("the device is full: {0}")]
    Full(String),
    /// Stored data cannot be read.
    #[error("a stored record cannot be read: {0}")]
    Damaged(String),
}

/// What the browser says of an error. Printed as a whole it would bring along what cannot go wrong here, and how fractions
/// are printed.
fn said(error: &Error) -> String {
    match error {
        Error::DomException(exception) => exception.to_string(),
        Error::Unknown(error) => error.to_string(),
        Error::MissingData(_) | Error::Serialisation(_) => "its answer is not what was asked for".to_owned(),
    }
}

impl From<OpenDbError> for DbError {
    fn from(error: OpenDbError) -> Self {
        DbError::Open(match error {
            OpenDbError::Base(error) => said(&error),
            _ => "there is none".to_owned(),
        })
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        let text = said(&error);
        match error {
            Error::DomException(DomException::Other(e)) if e.name() == "QuotaExceededError" => {
                DbError::Full(text)
            }
            _ => DbError::Transaction(text),
        }
    }
}

impl From<NotThat> for DbError {
    fn from(error: NotThat) -> Self {
        DbError::Damaged(error.to_string())
    }
}

impl From<serde_json::Error> for DbError {
    // Its own words would bring along all that can be wrong with JSON, also with what is read.
    fn from(_: serde_json::Error) -> Self {
        DbError::Damaged("it cannot be written as JSON".to_owned())
    }
}

/// Result of the functions of this module.
pub type Result<T> = std::result::Result<T, DbError>;

impl Db {
    /// Returns all entries of the outbox in the order of their slots.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox(&self) -> Result<Vec<Entry>> {
        self.read(async |on| entries(&on.outbox).await).await
    }

    /// Returns the records of one hamlet in one round, and those of its commune whose hamlet is not known.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn records_at(&self, hamlet: HamletCode, round: Round) -> Result<Vec<(RecordKey, Doc)>> {
        self.read(async |on| {
            let index = on.base.index(PLACE)?;
            let mut found = Vec::new();
            for number in [hamlet.number, 0] {
                let place = place(hamlet.commune, i64::from(number), round);
                for row in index.get_all::<JsValue>().with_query(place).primitive()?.await? {
                    found.push(read_row(&row?)?);
                }
            }
            Ok(found)
        })
        .await
    }

    /// Returns those of the given records that are on the device.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn records(&self, keys: &[RecordKey]) -> Result<Vec<(RecordKey, Doc)>> {
        self.read(async |on| {
            let mut found = Vec::new();
            for key in keys {
                found.extend(get_record(&on.base, key).await?.map(|doc| (*key, doc)));
            }
            Ok(found)
        })
        .await
    }

    /// Returns the hamlets of a commune that have records in a round, each with how many.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn hamlets(&self, commune: CommuneCode, round: Round) -> Result<Vec<(u8, u32)>> {
        self.read(async |on| {
            let index = on.base.index(PLACE)?;
            let mut counts = Vec::new();
            for number in 1..=99u8 {
                let place = place(commune, i64::from(number), round);
                let n = index.count().with_query(place).primitive()?.await?;
                if n > 0 {
                    counts.push((number, n));
                }
            }
            Ok(counts)
        })
        .await
    }

    /// Returns a small text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(async |on| Ok(on.meta.get::<String, _, _>(key).primitive()?.await?)).await
    }

    /// Stores a small text.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn set_meta(&self, key: &str, text: &str) -> Result<()> {
        self.write(async |on| put_meta(&on.meta, key, text).await).await
    }

    /// Writes edits. Where an entry's earlier state has been sent in the meantime, the new state becomes an
    /// operation of its own.
    ///
    /// # Errors
    /// When nothing of it is stored.
    pub async fn write_steps(&self, steps: &[Step]) -> Result<Vec<Written>> {
        self.write(async |on| {
            let outbox = &on.outbox;
            let mut written = Vec::new();
            for step in steps {
                match step {
                    Step::Delete(slot) => drop_entry(outbox, *slot).await?,
                    Step::Put { entry, saved, spare } => {
                        let slot = entry.slot;
                        let stored = if *saved { get_entry(outbox, slot).await? } else { None };
                        let (entry, fork) = settle((**entry).clone(), *saved, *spare, stored);
                        put_entry(outbox, &entry).await?;
                        written.push(Written { slot, fork });
                    }
                }
            }
            Ok(written)
        })
        .await
    }

    /// Marks the next operations, up to `bytes`, as sent, and returns them. This must be done before the
    /// request leaves.
    ///
    /// # Errors
    /// When the mark is not on disk; then nothing may be sent.
    pub async fn mark_sent(&self, bytes: usize) -> Result<Vec<Entry>> {
        self.write(async |on| {
            let outbox = &on.outbox;
            let mut batch = Vec::new();
            for mut entry in next(entries(outbox).await?, bytes) {
                if !entry.sent {
                    entry.sent = true;
                    put_entry(outbox, &entry).await?;
                }
                batch.push(entry);
            }
            Ok(batch)
        })
        .await
    }

    /// Takes in the server's answers: an operation that the server stored moves from the outbox into its
    /// record, one that it refused is marked. Returns the records that changed.
    ///
    /// # Errors
    /// When nothing of it is stored. The operations will be sent again, which does no harm.
    pub async fn acknowledge(&self, answers: &[(Entry, Verdict)]) -> Result<Vec<(RecordKey, Doc)>> {
        self.write(async |on| {
            let outbox = &on.outbox;
            let mut touched = BTreeMap::new();
            for (entry, verdict) in answers {
                let Some(mut stored) = get_entry(outbox, entry.slot).await? else { continue };
                if stored.op.id != entry.op.id {
                    continue;
                }
                let key = entry.op.key();
                match verdict {
                    Verdict::Stored(time) => {
                        let doc = match touched.remove(&key) {
                            Some(doc) => Some(doc),
                            None => get_record(&on.base, &key).await?,
                        };
                        let mut doc = doc.unwrap_or_default();
                        apply(&mut doc, &entry.op, *time);
                        touched.insert(key, doc);
                        drop_entry(outbox, entry.slot).await?;
                    }
                    Verdict::Renamed(id) => put_entry(outbox, &stored.renamed(*id)).await?,
                    Verdict::Refused(problem) => {
                        stored.problem = Some(problem.clone().unwrap_or_else(|| unexplained(422)));
                        put_entry(outbox, &stored).await?;
                    }
                }
            }
            for (key, doc) in &touched {
                put_record(&on.base, key, doc).await?;
            }
            Ok(touched.into_iter().collect())
        })
        .await
    }

    /// Takes in a page of the server's changes and advances the cursor. Returns the records of the page.
    ///
    /// The server's copies replace those here, so what the device may no longer hold disappears from it.
    /// Nothing is lost: what was typed waits in the outbox, and what the server has acknowledged but this
    /// page does not contain yet comes with a later page.
    ///
    /// # Errors
    /// When nothing of it is stored; the page will be fetched again.
    pub async fn take_page(&self, commune: CommuneCode, page: Page) -> Result<Vec<(RecordKey, Doc)>> {
        let cursor = page.cursor;
        let records = page.records.into_iter();
        let records: Vec<_> =
            records.map(|r| (RecordKey { household: r.household, round: r.round }, r.doc)).collect();
        self.write(async |on| {
            for (key, doc) in &records {
                put_record(&on.base, key, doc).await?;
            }
            put_meta(&on.meta, &cursor_key(commune), &cursor).await
        })
        .await?;
        Ok(records)
    }

    /// Forgets the records. Where nothing waits to be sent, or `unsent` says to drop that too, it forgets
    /// everything else as well. Returns how many records still wait to be sent.
    ///
    /// The database is emptied, not deleted: a deletion waits for other pages to close, and would take with
    /// it what was typed there in the meantime.
    ///
    /// # Errors
    /// When nothing was forgotten.
    pub async fn forget(&self, unsent: bool) -> Result<usize> {
        self.write(async |on| {
            let Stores { base, outbox, meta } = on;
            base.clear()?.await?;
            if unsent {
                outbox.clear()?.await?;
            }
            let waiting = each_once(entries(outbox).await?.iter().map(|entry| entry.op.key()).collect());
            if waiting.is_empty() {
                meta.clear()?.await?;
            } else {
                // Without their cursors the records are fetched again when their account signs in.
                let cursors = KeyRange::Bound(CURSORS.to_owned(), false, format!("{CURSORS}~"), false);
                meta.delete::<String, _>(cursors).primitive()?.await?;
            }
            Ok(waiting.len())
        })
        .await
    }
}

/// Returns the key under which a commune's cursor is stored. It contains the number of the records' stored
/// form: when that is raised, no cursor is found and everything is fetched anew.
#[must_use]
pub fn cursor_key(commune: CommuneCode) -> String {
    format!("{CURSORS}2/{commune}")
}
