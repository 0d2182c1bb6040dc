//! Where the register is kept, behind one narrow trait.
//!
//! One call is one transaction and one answer. Nothing here knows HTTP, and no code of a caller runs
//! inside a transaction, so that an embedded store and a database server fit equally well.

mod sled;

use std::collections::BTreeMap;
use std::io;

use async_trait::async_trait;
use prometheus_client::metrics::histogram::Histogram;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::assess::Contribution;
use soho_shared::duplicate::Subject;
use soho_shared::household::field;
use soho_shared::report::{By, Statistics};
use soho_shared::sync::{
    Doc, FieldPath, Full, HouseholdId, Operation, PulledRecord, RecordKey, Round, Stamp, Value,
};
use soho_shared::what_if::Households;
use tokio::sync::watch;
use uuid::Uuid;

pub use self::sled::{
    BackupError, Contents, CutError, KEEP_FREE, KeepError, OpenError, RestoreError, SledStore, Verified,
    compact, cut, keep, record_named, restore, restore_from,
};
use crate::accounts::{AccountName, Amendment, Author, Entry, Item, ItemKind, Key, Recorded};

/// How far a device's clock may be off and still be believed: 5 minutes.
pub const CLOCK_TOLERANCE_MILLIS: u64 = 5 * 60 * 1_000;

/// When and from whom a push came. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The server's time.
    pub now: u64,
    /// What the device said its own was.
    pub clock: Option<u64>,
    /// In whose name it is stored: for the audit trail, and not a part of the record.
    pub by: Option<Author>,
}

/// What became of an operation, and when it is believed to have been made, in milliseconds since 1970, where its stamp
/// says another time. Each of them but [`Outcome::Refused`] means that it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now.
    Accepted(Option<u64>),
    /// Stored before.
    Duplicate(Option<u64>),
    /// Stored now; a field it sets holds another value whose author had not seen this one.
    Conflict(Option<u64>),
    /// Not stored: its record would go beyond a bound.
    Refused(Full),
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub key: RecordKey,
    /// The commune's change number of its last edit.
    pub change: u64,
    /// What it adds to its hamlet's tally; `None` for a withdrawn one.
    pub contribution: Option<Contribution>,
    /// All it holds.
    pub doc: Doc,
    /// The numbers of the hamlets in which anybody ever said that it stands, rising.
    pub hamlets: Vec<u8>,
}

impl Record {
    /// Notes the hamlet that an operation names.
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

/// When an operation came and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The server's time when it came: milliseconds since 1970.
    pub received: u64,
    /// In whose name; `None` where there were no accounts, and for what an earlier format had not kept.
    pub by: Option<Author>,
}

/// An operation in a record's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The commune's change number: by it the edits of a commune are ordered as they came.
    pub number: u64,
    /// When it came and in whose name.
    pub origin: Origin,
    /// When it is believed to have been made: milliseconds since 1970.
    pub time: u64,
    /// The operation.
    pub operation: Operation,
    /// What became of each of its changes, in their order.
    pub steps: Vec<Step>,
}

/// What one change met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What stood in the field before the operation came; `None` when nothing had been written.
    pub from: Option<Value>,
    /// Whether what it wrote stood once it had come: not where a later value was there already.
    pub stands: bool,
}

/// A record with what is known of its conflicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// The record.
    pub record: Record,
    /// Where the values come from that are in conflict, by their stamps.
    pub origins: BTreeMap<Stamp, Origin>,
}

/// A page of edits, latest first.
#[derive(Clone, Debug, Default)]
pub struct EditPage {
    /// Edits; fewer than asked for where they are large.
    pub edits: Vec<Edit>,
    /// Whether there are earlier ones.
    pub more: bool,
}

/// A page of records in conflict.
#[derive(Clone, Debug, Default)]
pub struct ContestedPage {
    /// Records; fewer than asked for where they are large or their stories long.
    pub records: Vec<Contested>,
    /// Whether there are others after them.
    pub more: bool,
}

/// A page of one commune's changes.
#[derive(Clone, Debug, Default)]
pub struct ChangePage {
    /// Records changed, each once, as they are now, by rising change number.
    pub records: Vec<Record>,
    /// How many bytes they take in the store, unpacked.
    pub bytes: usize,
    /// Up to which change number the page reaches.
    pub reached: u64,
    /// Whether there are later ones.
    pub more: bool,
}

/// The households of an area in a round, as columns.
#[derive(Clone, Debug)]
pub struct AreaColumns {
    /// The state of the area's records: another one after any change to them.
    pub state: u64,
    /// The households; `None` when the state is still the one that was known.
    pub households: Option<Households>,
}

/// In which hamlets a household stands and once stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// Where by any write that is kept it stands or stood, in any round.
    pub ever: Vec<u8>,
    /// Where it stands in each round that says so, the earliest first.
    pub stands: Vec<(Round, u8)>,
}

impl Whereabouts {
    /// Where it stands in a round: where nothing is known of that, as in the last one before.
    #[must_use]
    pub fn standing(&self, round: Round) -> Option<u8> {
        self.stands.iter().rev().find(|(of, _)| *of <= round).map(|(_, hamlet)| *hamlet)
    }
}

/// What the store is doing, for who watches the server.
#[derive(Clone, Debug)]
pub struct Activity {
    /// How long each transaction that stores operations took to get to disk, in seconds, since the store was
    /// opened.
    pub transactions: Histogram,
    /// How many pushes and amendments wait to be taken up.
    pub waiting: usize,
    /// How much room is left on the disk, in bytes, where the system says.
    pub free: Option<u64>,
}

/// How the store is, for who runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether the disk has room for what is pushed.
    pub has_room: bool,
    /// What was found by reading everything.
    pub pass: Pass,
}

/// What the slow pass over all that is stored has found since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// How often everything was read.
    pub whole: u64,
    /// How many things did not agree.
    pub problems: u64,
}

/// What went wrong with the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk or the file system refused.
    #[error("the data directory cannot be read or written: {0}")]
    Io(String),
    /// No room.
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

/// A table of the register could not be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StatisticsError {
    /// The area cannot be divided that way.
    #[error("{0}")]
    Division(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The register.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Merges operations that passed their checks into their records: record, log and tallies in one
    /// transaction, answered after it is on disk. One outcome for each operation, in order.
    async fn apply(&self, arrival: Arrival, operations: Vec<Operation>) -> Result<Vec<Outcome>, StoreError>;

    /// A page of the changes of one commune after a change number; cut at a mebibyte of records too, unless it is one
    /// record.
    async fn changes(&self, commune: CommuneCode, after: u64, limit: usize)
    -> Result<ChangePage, StoreError>;

    /// A household's records of all rounds, in order.
    async fn household(&self, id: HouseholdId) -> Result<Vec<Record>, StoreError>;

    /// A household's records of all rounds as the server had them at a moment, in milliseconds since 1970.
    async fn household_at(&self, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError>;

    /// A page of the edits of records, all of one commune, latest first: those whose change number is
    /// smaller than `before`. Each of these operations is there once, duplicates left out.
    async fn history(
        &self,
        records: Vec<RecordKey>,
        before: u64,
        limit: usize,
    ) -> Result<EditPage, StoreError>;

    /// What was written into a field of a record under a stamp.
    async fn written(
        &self,
        record: RecordKey,
        field: FieldPath,
        stamp: Stamp,
    ) -> Result<Option<Value>, StoreError>;

    /// A page of the records of a commune that have open conflicts, of one round or all, by household and
    /// round; those after one of them.
    async fn conflicts(
        &self,
        commune: CommuneCode,
        round: Option<Round>,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<ContestedPage, StoreError>;

    /// A record with what is known of its conflicts, whether it has any or not.
    async fn contested(&self, record: RecordKey) -> Result<Option<Contested>, StoreError>;

    /// The figures of an area, from running sums: in time that does not depend on the number of households.
    async fn statistics(&self, area: AreaCode, round: Round, by: By) -> Result<Statistics, StatisticsError>;

    /// The households of an area in a round as bare columns, unless their state is still `known`. A whole
    /// province takes a second or so; writing goes on meanwhile, so that each record is as it was at one moment, and
    /// none of these is before that of the state.
    async fn columns(
        &self,
        area: AreaCode,
        round: Round,
        known: Option<u64>,
    ) -> Result<AreaColumns, StoreError>;

    /// What is compared of a commune's households to find those that may be the same.
    async fn subjects(&self, commune: CommuneCode) -> Result<Vec<Subject>, StoreError>;

    /// In which hamlets households stand and once stood; in the order asked.
    async fn hamlets(&self, households: Vec<HouseholdId>) -> Result<Vec<Whereabouts>, StoreError>;

    /// Which of these operations of a commune were stored before; in the order asked.
    async fn stored(&self, commune: CommuneCode, operations: Vec<Uuid>) -> Result<Vec<bool>, StoreError>;

    /// An account, session or enrolment.
    async fn item(&self, key: &Key) -> Result<Option<Item>, StoreError>;

    /// All items of a kind, or those of one account.
    async fn items(&self, kind: ItemKind, of: Option<&AccountName>) -> Result<Vec<Item>, StoreError>;

    /// Makes amendments and adds entries to the audit trail: all of it in one transaction, answered after
    /// it is on disk; or, when an item is not as an amendment says it was, nothing. Says whether it did.
    /// `now` is the server's time in milliseconds since 1970.
    async fn amend(
        &self,
        now: u64,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
    ) -> Result<bool, StoreError>;

    /// A page of the audit trail, latest first: entries about households of the communes of an area, or all
    /// entries; those with a smaller number than `before`.
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

    /// What it is doing.
    fn activity(&self) -> Activity;

    /// A number that rises whenever a figure may have changed.
    fn subscribe(&self) -> watch::Receiver<u64>;

    /// Whether the store still takes operations.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Whether it has room, and what was found to be damaged.
    fn condition(&self) -> Condition;

    /// Writes everything as one stream while writing goes on: every commune as it is at one moment.
    async fn backup(&self, out: Box<dyn io::Write + Send>) -> Result<Contents, BackupError>;

    /// Recounts everything from the records and compares.
    async fn verify(&self) -> Result<Verified, StoreError>;

    /// Finishes what was asked, writes it to disk and lets go of the data directory.
    async fn close(&self) -> Result<(), StoreError>;
}
