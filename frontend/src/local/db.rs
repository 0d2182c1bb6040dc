//! The device's database (IndexedDB). Every function is one transaction.
//!
//! `base`: records as the server last gave them. `outbox`: operations not acknowledged yet, by slot.
//! `meta`: small texts. Records and entries are kept as JSON texts, which a browser stores and reads far
//! faster than trees of objects.

mod rows;

use std::collections::BTreeMap;

use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use indexed_db_futures::{KeyPath, error::OpenDbError};
use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::sync::{Doc, OperationResult, PullResponse, RecordKey, Round};

use super::link::unexplained;
use super::outbox::{Entry, Step, Written, next, settle};
use super::records::{acknowledged, apply};
use rows::{Row, get_entry, get_record, place, put_entry, read_row, row};

const NAME: &str = "soho-survey";
const BASE: &str = "base";
const OUTBOX: &str = "outbox";
const META: &str = "meta";
const PLACE: &str = "place";

/// Why the database did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// The browser does not let pages store (private window, blocked, damaged profile).
    #[error("the browser's storage cannot be opened: {0}")]
    Open(String),
    /// A transaction did not go through; nothing of it is stored.
    #[error("the browser did not store it: {0}")]
    Transaction(String),
    /// What is stored cannot be read.
    #[error("a stored record cannot be read: {0}")]
    Damaged(String),
}

impl From<OpenDbError> for DbError {
    fn from(error: OpenDbError) -> Self {
        DbError::Open(error.to_string())
    }
}

impl From<indexed_db_futures::error::Error> for DbError {
    fn from(error: indexed_db_futures::error::Error) -> Self {
        DbError::Transaction(error.to_string())
    }
}

impl From<serde_json::Error> for DbError {
    fn from(error: serde_json::Error) -> Self {
        DbError::Damaged(error.to_string())
    }
}

/// What every function here returns.
pub type Result<T> = std::result::Result<T, DbError>;

/// The open database.
#[derive(Debug)]
pub struct Db(Database);

impl Db {
    /// Opens it, making it on the first visit.
    ///
    /// # Errors
    /// [`DbError::Open`] when the browser does not let pages store.
    pub async fn open() -> Result<Self> {
        let db = Database::open(NAME)
            .with_version(1u8)
            .with_on_upgrade_needed(|_, db| {
                let base = db.create_object_store(BASE).with_key_path(KeyPath::One("key")).build()?;
                base.create_index(PLACE, KeyPath::One("place")).build()?;
                db.create_object_store(OUTBOX).build()?;
                db.create_object_store(META).build()?;
                Ok(())
            })
            .await?;
        Ok(Db(db))
    }

    fn read(&self) -> Result<Transaction<'_>> {
        Ok(self.0.transaction([BASE, OUTBOX, META]).with_mode(TransactionMode::Readonly).build()?)
    }

    /// A transaction that is on the disk, not only with the operating system, when it completes.
    fn write(&self) -> Result<Transaction<'_>> {
        let mut options = TransactionOptions::new();
        options.set_durability(TransactionDurability::Strict);
        let tx = self.0.transaction([BASE, OUTBOX, META]).with_mode(TransactionMode::Readwrite);
        Ok(tx.with_options(options).build()?)
    }

    /// All that waits, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn outbox(&self) -> Result<Vec<Entry>> {
        let tx = self.read()?;
        let texts = tx.object_store(OUTBOX)?.get_all::<String>().primitive()?.await?;
        texts.map(|text| Ok(Entry::read(&text?)?)).collect()
    }

    /// The records of one hamlet in one round, and those of its commune whose hamlet is not known.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn records_at(&self, hamlet: HamletCode, round: Round) -> Result<Vec<(RecordKey, Doc)>> {
        let tx = self.read()?;
        let base = tx.object_store(BASE)?;
        let index = base.index(PLACE)?;
        let mut found = Vec::new();
        for number in [hamlet.number, 0] {
            let place = place(hamlet.commune, i64::from(number), round);
            for row in index.get_all::<Row>().with_query(place).primitive()?.await? {
                found.push(read_row(&row?)?);
            }
        }
        Ok(found)
    }

    /// Some records, those that are there.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn records(&self, keys: &[RecordKey]) -> Result<Vec<(RecordKey, Doc)>> {
        let tx = self.read()?;
        let base = tx.object_store(BASE)?;
        let mut found = Vec::new();
        for key in keys {
            found.extend(get_record(&base, key).await?.map(|doc| (*key, doc)));
        }
        Ok(found)
    }

    /// How many records each hamlet of a commune has in a round.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub async fn hamlets(&self, commune: CommuneCode, round: Round) -> Result<BTreeMap<u8, u32>> {
        let tx = self.read()?;
        let base = tx.object_store(BASE)?;
        let index = base.index(PLACE)?;
        let mut counts = BTreeMap::new();
        for number in 1..=99u8 {
            let n = index.count().with_query(place(commune, i64::from(number), round)).primitive()?.await?;
            if n > 0 {
                counts.insert(number, n);
            }
        }
        Ok(counts)
    }

    /// A small text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        let tx = self.read()?;
        Ok(tx.object_store(META)?.get::<String, _, _>(key).primitive()?.await?)
    }

    /// Keeps a small text.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn set_meta(&self, key: &str, text: &str) -> Result<()> {
        let tx = self.write()?;
        tx.object_store(META)?.put(text).with_key(key).primitive()?.await?;
        Ok(tx.commit().await?)
    }

    /// Writes edits. Where the earlier state of an entry has been sent meanwhile, the new state becomes
    /// an operation of its own.
    ///
    /// # Errors
    /// When nothing of it is stored.
    pub async fn write_steps(&self, steps: Vec<Step>) -> Result<Vec<Written>> {
        let tx = self.write()?;
        let outbox = tx.object_store(OUTBOX)?;
        let mut written = Vec::new();
        for step in steps {
            match step {
                Step::Delete(slot) => outbox.delete(slot.to_string()).primitive()?.await?,
                Step::Put { entry, saved, spare } => {
                    let slot = entry.slot;
                    let stored = if saved { get_entry(&outbox, slot).await? } else { None };
                    let (entry, fork) = settle(*entry, saved, spare, stored);
                    put_entry(&outbox, &entry).await?;
                    written.push(Written { slot, fork });
                }
            }
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Marks the next operations, of so many bytes, as sent before the request leaves, and returns them.
    ///
    /// # Errors
    /// When the mark is not on the disk: then nothing may be sent.
    pub async fn mark_sent(&self, bytes: usize) -> Result<Vec<Entry>> {
        let tx = self.write()?;
        let outbox = tx.object_store(OUTBOX)?;
        let mut batch = Vec::new();
        let texts = outbox.get_all::<String>().primitive()?.await?;
        let entries = texts.map(|text| Ok(Entry::read(&text?)?)).collect::<Result<Vec<Entry>>>()?;
        for mut entry in next(entries, bytes) {
            if !entry.sent {
                entry.sent = true;
                put_entry(&outbox, &entry).await?;
            }
            batch.push(entry);
        }
        tx.commit().await?;
        Ok(batch)
    }

    /// Takes the server's answers: what it has stored moves from the outbox into the records, what it
    /// refused is marked. Returns the records touched.
    ///
    /// # Errors
    /// When nothing of it is stored; the operations will be sent again, which changes nothing.
    pub async fn acknowledge(&self, answers: &[(Entry, OperationResult)]) -> Result<Vec<(RecordKey, Doc)>> {
        let tx = self.write()?;
        let (base, outbox) = (tx.object_store(BASE)?, tx.object_store(OUTBOX)?);
        let mut touched = BTreeMap::new();
        for (entry, result) in answers {
            let Some(mut stored) = get_entry(&outbox, entry.slot).await? else { continue };
            if stored.op.id != entry.op.id {
                continue;
            }
            let key = entry.op.key();
            if let Some(time) = acknowledged(entry, result) {
                let doc = match touched.remove(&key) {
                    Some(doc) => Some(doc),
                    None => get_record(&base, &key).await?,
                };
                let mut doc = doc.unwrap_or_default();
                apply(&mut doc, &entry.op, time);
                touched.insert(key, doc);
                outbox.delete(entry.slot.to_string()).primitive()?.await?;
            } else {
                stored.problem = Some(result.problem.clone().unwrap_or_else(|| unexplained(422)));
                put_entry(&outbox, &stored).await?;
            }
        }
        for (key, doc) in &touched {
            base.put(row(key, doc)?).primitive()?.await?;
        }
        tx.commit().await?;
        Ok(touched.into_iter().collect())
    }

    /// Takes over a page of the server's changes and moves the cursor on. Returns the records touched.
    ///
    /// The server's copies take the place of those here, so that what the device may not hold any more is gone from
    /// it. Nothing is lost by that: what is typed waits in the outbox, and what the server has acknowledged and the page does
    /// not know yet comes with a later one.
    ///
    /// # Errors
    /// When nothing of it is stored; the page will be fetched again.
    pub async fn take_page(&self, commune: CommuneCode, page: PullResponse) -> Result<Vec<(RecordKey, Doc)>> {
        let tx = self.write()?;
        let base = tx.object_store(BASE)?;
        let mut touched = Vec::new();
        for record in page.records {
            let key = RecordKey { household: record.household, round: record.round };
            base.put(row(&key, &record.doc)?).primitive()?.await?;
            touched.push((key, record.doc));
        }
        let cursor = page.cursor.to_string();
        tx.object_store(META)?.put(cursor).with_key(cursor_key(commune)).primitive()?.await?;
        tx.commit().await?;
        Ok(touched)
    }
}

/// Where the cursor of a commune is kept. The number is that of the form of the records: where the copies have an
/// earlier one, there is no cursor, and all is fetched anew.
#[must_use]
pub fn cursor_key(commune: CommuneCode) -> String {
    format!("cursor/2/{commune}")
}
