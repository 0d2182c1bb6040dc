//! The device's database (IndexedDB). Each function is one transaction.
//!
//! Store `base` holds records as the server last gave them, `outbox` the operations not acknowledged yet, by
//! slot, `acknowledged` those that are in no backup of the server yet, and `meta` small texts. Records and
//! entries are stored as JSON texts, which a browser writes and reads far faster than trees of objects.

mod acknowledged;
mod connection;
mod request;
mod rows;

use std::collections::BTreeMap;

use js_sys::Array;
use soho_shared::area::{AreaCode, CommuneCode, HamletCode};
use soho_shared::record::{Doc, RecordKey, Round};
use wasm_bindgen::JsCast as _;

use super::acknowledged::{Heard, has_left};
use super::link::Page;
use super::link::unexplained;
use super::outbox::{Entry, Step, Written, next, settle};
use super::records::{Verdict, apply, each_once};
use crate::json::NotThat;
use acknowledged::hear;
pub use connection::{Db, Fate};
use connection::{Stores, Work};
use request::done;
use rows::{
    count, drop_entry, drop_range, entries, get_entry, get_meta, get_record, get_records, place, put_entry,
    put_meta, put_record, read_row, sweep,
};

const BASE: &str = "base";
const OUTBOX: &str = "outbox";
const ACKNOWLEDGED: &str = "acknowledged";
const META: &str = "meta";
const PLACE: &str = "place";
const REGISTER: &str = "register";
const CURSORS: &str = "cursor/";
/// With a commune: the register from which its records are fetched.
const WHOLE: &str = "whole/";

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

/// What an answer of the server changed on the device.
#[derive(Debug, Default)]
pub struct Changed {
    /// Records as they are now.
    pub records: Vec<(RecordKey, Doc)>,
    /// Operations that wait again, because a restored register may not have them.
    pub put_back: Vec<Entry>,
}

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
                let place = place(hamlet.commune.into(), i64::from(number), round);
                let rows = done(index.get_all_with_key(&place.into())).await?;
                for row in rows.unchecked_into::<Array>() {
                    found.push(read_row(&row)?);
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
        self.read(async |on| get_records(&on.base, keys).await).await
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
                let place = place(commune.into(), i64::from(number), round);
                let n = count(&done(index.count_with_key(&place.into())).await?);
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
        self.read(async |on| get_meta(&on.meta, key).await).await
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
                        put_entry(outbox, entry.slot.to_string(), &entry).await?;
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
                    put_entry(outbox, entry.slot.to_string(), &entry).await?;
                }
                batch.push(entry);
            }
            Ok(batch)
        })
        .await
    }

    /// Takes in the server's answers: an operation that the server stored moves from the outbox into its
    /// record and is kept until it is in a backup, one that it refused is marked.
    ///
    /// # Errors
    /// When nothing of it is stored. The operations will be sent again, which does no harm.
    pub async fn acknowledge(&self, answers: &[(Entry, Verdict)], heard: Option<&Heard>) -> Result<Changed> {
        let coming = answers.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Stored(_))).count();
        self.write(async |on| {
            let outbox = &on.outbox;
            let mut changed = hear(on, heard, coming, &[]).await?;
            let mut touched = BTreeMap::new();
            for (entry, verdict) in answers {
                let slot = entry.slot.to_string();
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
                        if let Some(key) = heard.and_then(|heard| heard.key(entry)) {
                            put_entry(&on.acknowledged, key, entry).await?;
                        }
                        drop_entry(outbox, entry.slot).await?;
                    }
                    Verdict::Renamed(id) => put_entry(outbox, slot, &stored.renamed(*id)).await?,
                    Verdict::Refused(problem) => {
                        stored.problem = Some(problem.clone().unwrap_or_else(|| unexplained(422)));
                        put_entry(outbox, slot, &stored).await?;
                    }
                }
            }
            let register = heard.map_or("", |heard| &heard.register);
            for (key, doc) in &touched {
                put_record(&on.base, key, doc, register).await?;
            }
            changed.records.extend(touched);
            Ok(changed)
        })
        .await
    }

    /// Takes in a page of the server's changes and advances the cursor. `areas` are those of the account.
    ///
    /// The server's copies replace those here, so what the device may no longer hold disappears from it.
    /// Nothing is lost: what was typed waits in the outbox, and what the server has acknowledged but this
    /// page does not contain yet comes with a later page.
    ///
    /// # Errors
    /// When nothing of it is stored; the page will be fetched again.
    pub async fn take_page(&self, commune: CommuneCode, page: Page, areas: &[AreaCode]) -> Result<Changed> {
        let Page { records, cursor, heard, more, .. } = page;
        let records = records.into_iter();
        let records: Vec<_> =
            records.map(|r| (RecordKey { subject: r.subject, round: r.round }, r.doc)).collect();
        let left = records.iter().filter(|(key, doc)| has_left(areas, key, doc));
        let left: Vec<_> = left.map(|(key, _)| *key).collect();
        let mut changed = self
            .write(async |on| {
                let mut changed = hear(on, heard.as_deref(), 0, &left).await?;
                let register = heard.as_ref().map_or("", |heard| &heard.register);
                for (key, doc) in &records {
                    put_record(&on.base, key, doc, register).await?;
                }
                if !register.is_empty() {
                    changed.records.extend(whole(on, commune, register, more).await?);
                }
                put_meta(&on.meta, &cursor_key(commune), &cursor).await?;
                Ok(changed)
            })
            .await?;
        changed.records.extend(records);
        Ok(changed)
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
            let Stores { base, outbox, acknowledged, meta } = on;
            done(base.clear()).await?;
            done(acknowledged.clear()).await?;
            if unsent {
                done(outbox.clear()).await?;
            }
            let waiting = each_once(entries(outbox).await?.iter().map(|entry| entry.op.key()).collect());
            if waiting.is_empty() {
                done(meta.clear()).await?;
            } else {
                // Without their cursors the records are fetched again when their account signs in.
                drop_range(meta, CURSORS.to_owned(), format!("{CURSORS}~")).await?;
            }
            Ok(waiting.len())
        })
        .await
    }
}

/// Notes from which register the records of a commune are fetched. Once there is no `more` to fetch, deletes those that
/// another one gave and this one does not have, and returns them, empty.
fn whole<'a>(
    on: &'a Stores,
    commune: CommuneCode,
    register: &'a str,
    more: bool,
) -> Work<'a, Vec<(RecordKey, Doc)>> {
    Box::pin(async move {
        let key = format!("{WHOLE}{commune}");
        let known = get_meta(&on.meta, &key).await?;
        if known.as_deref() == Some(register) || known.is_some() && more {
            return Ok(Vec::new());
        }
        put_meta(&on.meta, &key, register).await?;
        let swept = if known.is_some() { sweep(&on.base, commune, register).await? } else { Vec::new() };
        Ok(swept.into_iter().map(|key| (key, Doc::default())).collect())
    })
}

/// Returns the key under which a commune's cursor is stored. It contains the number of the records' stored
/// form: when that is raised, no cursor is found and everything is fetched anew.
#[must_use]
pub fn cursor_key(commune: CommuneCode) -> String {
    format!("{CURSORS}2/{commune}")
}
