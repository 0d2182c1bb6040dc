//! The register's storage, behind one trait: [`Store`].
//!
//! A call takes plain values and gives one answer. Nothing here knows HTTP, and no code of a caller runs inside a
//! transaction, so that an embedded store and a database server fit equally well.

mod sled;

use std::collections::BTreeMap;
use std::io;

use async_trait::async_trait;
use prometheus_client::metrics::histogram::Histogram;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::assess::Contribution;
use soho_shared::duplicate::Subject;
use soho_shared::household::field;
use soho_shared::record::{Doc, FieldPath, Full, HouseholdId, Operation, RecordKey, Round, Stamp, Value};
use soho_shared::report::{By, Statistics};
use soho_shared::what_if::Households;
use soho_shared::wire::PulledRecord;
use tokio::sync::watch;
use uuid::Uuid;

pub use self::sled::{
    BackupError, Contents, CutError, KEEP_FREE, KeepError, OpenError, RestoreError, SledStore, Verified,
    compact, cut, keep, record_named, restore, restore_from,
};
use crate::people::{AccountName, Amendment, Author, Entry, Item, ItemKind, Key, Recorded};

/// How far a device's clock may be off and still be believed: 5 minutes.
pub const CLOCK_TOLERANCE_MILLIS: u64 = 5 * 60 * 1_000;

/// Time and sender of a push. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The server's time.
    pub now: u64,
    /// The device's own time, where it said one.
    pub clock: Option<u64>,
    /// Account and session that sent it: for the audit trail, and not a part of the record.
    pub by: Option<Author>,
}

/// Outcome of one pushed operation. Every variant but [`Outcome::Refused`] means that it is on disk.
///
/// The number is the time at which the operation is believed to have been made, in milliseconds since 1970, where its
/// stamp says another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now.
    Accepted(Option<u64>),
    /// Stored before.
    Duplicate(Option<u64>),
    /// Stored now; a field it sets also holds another value, whose author had not seen this one.
    Conflict(Option<u64>),
    /// Not stored: its record would go beyond a bound.
    Refused(Full),
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Household and round.
    pub key: RecordKey,
    /// Change number of its last edit; each commune counts its own.
    pub change: u64,
    /// What it adds to its hamlet's tally; `None` for a withdrawn one.
    pub contribution: Option<Contribution>,
    /// Its fields, with all writes that are kept.
    pub doc: Doc,
    /// Numbers of the hamlets in which any edit ever placed it, rising.
    pub hamlets: Vec<u8>,
}

impl Record {
    /// Adds the hamlet that an operation names, if it names one.
    fn stood(hamlets: &mut Vec<u8>, operation: &Operation) {
        let named = operation.changes.iter().find(|change| change.field.as_str() == field::HAMLET);
        let number = named.and_then(|change| change.value.as_int()).and_then(|n| u8::try_from(n).ok());
        if let Some(number) = number
            && let Err(at) = hamlets.binary_search(&number)
        {
            hamlets.insert(at, number);
        }
    }
}

impl From<Record> for PulledRecord {
    fn from(record: Record) -> Self {
        PulledRecord {
            household: record.key.household,
            round: record.key.round,
            class: record.contribution.and_then(|c| c.class),
            doc: record.doc,
        }
    }
}

/// Arrival of an operation: when, and from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The server's time when it arrived, in milliseconds since 1970.
    pub received: u64,
    /// Account and session that sent it; `None` where there were no accounts, or an earlier format did not keep it.
    pub by: Option<Author>,
}

/// One operation in a record's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Change number; it orders a commune's edits by their arrival.
    pub number: u64,
    /// When it arrived, and from whom.
    pub origin: Origin,
    /// When it is believed to have been made, in milliseconds since 1970.
    pub time: u64,
    /// The operation itself.
    pub operation: Operation,
    /// Effect of each of its changes, in the operation's order.
    pub steps: Vec<Step>,
}

/// Effect of one change of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Value of the field before the operation came; `None` when nothing had been written.
    pub from: Option<Value>,
    /// Whether the field held the written value afterwards; it does not where a later value was there already.
    pub stands: bool,
}

/// A record, with the origins of its conflicting values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// The record.
    pub record: Record,
    /// When each conflicting write arrived and from whom, by the write's stamp.
    pub origins: BTreeMap<Stamp, Origin>,
}

/// A page of edits, latest first.
#[derive(Clone, Debug, Default)]
pub struct EditPage {
    /// The edits; fewer than asked for where they are large.
    pub edits: Vec<Edit>,
    /// Whether there are earlier ones.
    pub more: bool,
}

/// A page of records in conflict.
#[derive(Clone, Debug, Default)]
pub struct ContestedPage {
    /// The records; fewer than asked for where they are large or their histories long.
    pub records: Vec<Contested>,
    /// Whether more follow.
    pub more: bool,
}

/// A page of one commune's changes.
#[derive(Clone, Debug, Default)]
pub struct ChangePage {
    /// The changed records, each once and as it is now, by rising change number.
    pub records: Vec<Record>,
    /// Size of these records in the store, unpacked, in bytes.
    pub bytes: usize,
    /// Change number up to which the page reaches.
    pub reached: u64,
    /// Whether there are later changes.
    pub more: bool,
}

/// The households of an area in a round, as columns.
#[derive(Clone, Debug)]
pub struct AreaColumns {
    /// A number that is different after any change to the area's records.
    pub state: u64,
    /// The households; `None` when the state is still the one that the caller knew.
    pub households: Option<Households>,
}

/// Hamlets in which a household stands, and once stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// Numbers of all hamlets in which a write that is kept ever placed it, in any round; rising.
    pub ever: Vec<u8>,
    /// Hamlet of each round that names one, the earliest round first.
    pub stands: Vec<(Round, u8)>,
}

impl Whereabouts {
    /// Hamlet in a round; where the round names none, that of the last round before it that does.
    #[must_use]
    pub fn standing(&self, round: Round) -> Option<u8> {
        self.stands.iter().rev().find(|(of, _)| *of <= round).map(|(_, hamlet)| *hamlet)
    }
}

/// What the store is doing, for those who watch the server.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Time that each transaction storing operations took to reach the disk, in seconds, since the store was opened.
    pub transactions: Histogram,
    /// Length of the write queue: pushes and amendments that nobody has taken up yet.
    pub waiting: usize,
    /// Free room on the disk, in bytes; `None` where the system does not say.
    pub free: Option<u64>,
}

/// Health of the store, for those who run the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether the disk has room for pushes.
    pub has_room: bool,
    /// Findings of the slow pass over everything stored.
    pub pass: Pass,
}

/// Findings of the slow pass over everything stored, since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Number of completed passes.
    pub whole: u64,
    /// Number of problems in the last completed pass, or in the running one where it has already found more.
    pub problems: u64,
}

/// Why the store failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk or the file system refused.
    #[error("the data directory cannot be read or written: {0}")]
    Io(String),
    /// The disk is full.
    #[error("the disk that holds the data directory is full: make room, and it goes on")]
    Full,
    /// What was read is not what was written.
    #[error("the data are damaged: {0}")]
    Damaged(String),
    /// Writing failed earlier, so nothing is acknowledged any more.
    #[error("the store has stopped after an error and takes nothing more: {0}")]
    Stopped(String),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Io(error.to_string()),
        }
    }
}

/// Why a table was not made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StatisticsError {
    /// The area cannot be divided that way.
    #[error("{0}")]
    Division(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The register: everything stored, and every question that is asked of it.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Merges operations that passed their checks into their records, and answers once all of them are on disk: one
    /// outcome for each operation, in order.
    ///
    /// Record, log and tally of an operation move in one transaction.
    async fn apply(&self, arrival: Arrival, operations: Vec<Operation>) -> Result<Vec<Outcome>, StoreError>;

    /// A page of one commune's changes after a change number: at most `limit` records, and at most a mebibyte of them
    /// unless the first alone is larger.
    async fn changes(&self, commune: CommuneCode, after: u64, limit: usize)
    -> Result<ChangePage, StoreError>;

    /// A household's records of all rounds, in the order of the rounds.
    async fn household(&self, id: HouseholdId) -> Result<Vec<Record>, StoreError>;

    /// A household's records of all rounds as the server had them at the moment `at`, in milliseconds since 1970.
    async fn household_at(&self, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError>;

    /// A page of the edits of records, latest first: those whose change number is smaller than `before`. All records
    /// must be of one commune. Each operation appears once; repeats of it are left out.
    async fn history(
        &self,
        records: Vec<RecordKey>,
        before: u64,
        limit: usize,
    ) -> Result<EditPage, StoreError>;

    /// The value that was written into a field of a record under a stamp; `None` when there is none.
    async fn written(
        &self,
        record: RecordKey,
        field: FieldPath,
        stamp: Stamp,
    ) -> Result<Option<Value>, StoreError>;

    /// A page of a commune's records with open conflicts, by household and round: those of one round or of all, after
    /// `after`.
    async fn conflicts(
        &self,
        commune: CommuneCode,
        round: Option<Round>,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<ContestedPage, StoreError>;

    /// A record with the origins of its conflicting values, whether it has any or not; `None` when there is no such
    /// record.
    async fn contested(&self, record: RecordKey) -> Result<Option<Contested>, StoreError>;

    /// The figures of an area, from running sums: the time does not depend on the number of households.
    async fn statistics(&self, area: AreaCode, round: Round, by: By) -> Result<Statistics, StatisticsError>;

    /// The households of an area in a round as bare columns, unless the area's state is still `known`.
    ///
    /// A whole province takes about a second. Writing goes on meanwhile: each record is as it was at one moment,
    /// which is never before that of the returned state.
    async fn columns(
        &self,
        area: AreaCode,
        round: Round,
        known: Option<u64>,
    ) -> Result<AreaColumns, StoreError>;

    /// The parts of a commune's households that are compared to find duplicates.
    async fn subjects(&self, commune: CommuneCode) -> Result<Vec<Subject>, StoreError>;

    /// The hamlets in which these households stand and once stood, in the order asked.
    async fn hamlets(&self, households: Vec<HouseholdId>) -> Result<Vec<Whereabouts>, StoreError>;

    /// Whether each of these operations of a commune was stored before, in the order asked.
    async fn stored(&self, commune: CommuneCode, operations: Vec<Uuid>) -> Result<Vec<bool>, StoreError>;

    /// An account, session or enrolment; `None` when there is none.
    async fn item(&self, key: &Key) -> Result<Option<Item>, StoreError>;

    /// All items of a kind, or only those of one account.
    async fn items(&self, kind: ItemKind, of: Option<&AccountName>) -> Result<Vec<Item>, StoreError>;

    /// Applies amendments and adds entries to the audit trail, all in one transaction, and answers once it is on disk.
    ///
    /// Returns `false`, having written nothing, when an item is not as its amendment says it was. `now` is the
    /// server's time in milliseconds since 1970.
    async fn amend(
        &self,
        now: u64,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
    ) -> Result<bool, StoreError>;

    /// A page of the audit trail, latest first: entries with a smaller number than `before`, about households of an
    /// area's communes, or all entries where `area` is `None`.
    async fn audit(
        &self,
        area: Option<AreaCode>,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, StoreError>;

    /// A short text kept under a name, about the register as a whole.
    async fn note(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a short text under a name; answered after it is on disk.
    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// Measurements of what the store is doing.
    fn activity(&self) -> Activity;

    /// A number that rises whenever a figure may have changed.
    fn subscribe(&self) -> watch::Receiver<u64>;

    /// Succeeds as long as the store takes operations.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Whether the disk has room, and what was found to be damaged.
    fn condition(&self) -> Condition;

    /// Writes the whole register as one stream while writing goes on; every commune is as it is at one moment.
    async fn backup(&self, out: Box<dyn io::Write + Send>) -> Result<Contents, BackupError>;

    /// Recounts everything from the records and their log, and compares it with what is stored.
    async fn verify(&self) -> Result<Verified, StoreError>;

    /// Ends the transaction at hand, turns away what still waits, and lets go of the data directory.
    async fn close(&self) -> Result<(), StoreError>;
}
