//! Types of the register's questions and answers.

use std::collections::{BTreeMap, HashMap};

use prometheus_client::metrics::histogram::Histogram;
use soho_shared::count::Contribution;
use soho_shared::household::field;
use soho_shared::record::{Actor, Doc, Full, Operation, RecordKey, Round, Stamp, Value};
use soho_shared::what_if::Households;
use soho_shared::wire::PulledRecord;

use crate::engine::StoreError;
use crate::people::Author;

/// How far a device's clock may be off and still be believed: 5 minutes.
pub const CLOCK_TOLERANCE_MILLIS: u64 = 5 * 60 * 1_000;

/// Time and sender of a push. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The server's time.
    pub now: u64,
    /// The device's own time, where it said one.
    pub clock: Option<u64>,
    /// Account and session that sent it: whose writers they are, and for the audit trail; not a part of the record.
    pub by: Option<Author>,
    /// Whether the server made the operations itself, out of what somebody decided on its pages. Their writers belong
    /// to nobody, and what follows from the same decision has the same id.
    pub made_here: bool,
    /// Which of the operations are held back.
    pub holds: Holds,
    /// What is known of the clocks that gave the stamps; `None` where the operations themselves are to tell.
    pub believing: Option<Believing>,
    /// Whether the operations were held back until now.
    pub was_held: bool,
    /// Of what was decided by all that stands in a commune, the number of its last transaction by which that was judged: a round
    /// that goes to another stage, certificates that are given. It is taken in one transaction, as long as nobody has written
    /// to the commune since; and nothing else writes what it says.
    pub judged_by: Option<u64>,
}

/// Which operations of a push are held back until an officer takes or drops them, by when they are believed to have been
/// made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holds {
    /// None.
    #[default]
    Nothing,
    /// Those made after this time, in milliseconds since 1970.
    After(u64),
    /// All.
    Everything,
}

impl Holds {
    /// Whether an operation made at this time is held back.
    #[must_use]
    pub const fn covers(self, made: u64) -> bool {
        match self {
            Holds::Nothing => false,
            Holds::After(time) => made > time,
            Holds::Everything => true,
        }
    }
}

impl Arrival {
    /// When operations of one push are believed to have been made. Where the device does not tell its time, only its
    /// latest stamp can show that its clock is fast.
    #[must_use]
    pub fn believing(&self, stamps: impl Iterator<Item = Stamp>) -> Believing {
        let mut latest: HashMap<Actor, u64> = HashMap::new();
        for stamp in stamps {
            let latest = latest.entry(stamp.actor()).or_insert(self.now);
            *latest = stamp.millis().max(*latest);
        }
        Believing { now: self.now, clock: self.clock, latest }
    }

    /// An arrival of something from outside; `clock` is the device's own time.
    #[must_use]
    pub const fn sent(now: u64, clock: Option<u64>, by: Option<Author>) -> Self {
        let (holds, believing) = (Holds::Nothing, None);
        Arrival { now, clock, by, made_here: false, holds, believing, was_held: false, judged_by: None }
    }

    /// An arrival of something that the server made for somebody.
    #[must_use]
    pub fn made_here(now: u64, by: Option<Author>) -> Self {
        Arrival { made_here: true, ..Arrival::sent(now, None, by) }
    }
}

/// What is known of the clocks that gave the stamps of a push.
#[derive(Clone, Debug)]
pub struct Believing {
    now: u64,
    clock: Option<u64>,
    latest: HashMap<Actor, u64>,
}

impl Believing {
    /// When an edit with this stamp is believed to have been made, in milliseconds since 1970.
    #[must_use]
    pub fn time(&self, stamp: Stamp) -> u64 {
        stamp.believed(self.clock(stamp), self.now, CLOCK_TOLERANCE_MILLIS)
    }

    /// What the clock showed that gave a stamp, in milliseconds since 1970.
    pub(super) fn clock(&self, stamp: Stamp) -> u64 {
        self.clock.unwrap_or_else(|| self.latest.get(&stamp.actor()).copied().unwrap_or(self.now))
    }
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
    /// Stored apart, and held back until an officer takes it.
    Held(Option<u64>),
    /// Not stored.
    Refused(NotTaken),
}

/// Why an operation was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Its record would go beyond a bound.
    Full(Full),
    /// Its writer belongs to another account.
    Writer,
    /// Another operation has its id.
    Id,
    /// It would be held back, and there is no room for more.
    Held,
    /// It moves a round to another stage, which is not done so.
    Stage,
    /// It writes what the server alone writes: certificates, and keys.
    Reserved,
    /// The commune was written to since it was judged.
    Moved,
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Household and round.
    pub key: RecordKey,
    /// Change number of its last edit; each commune counts its own.
    pub change: u64,
    /// What it adds to its hamlet's tallies; `None` for a withdrawn one.
    pub contribution: Option<Contribution>,
    /// Its fields, with all writes that are kept.
    pub doc: Doc,
    /// Numbers of the hamlets in which any edit ever placed it, rising.
    pub hamlets: Vec<u8>,
}

impl Record {
    /// Adds the hamlet that an operation names, if it names one.
    pub(super) fn stood(hamlets: &mut Vec<u8>, operation: &Operation) {
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
            subject: record.key.subject,
            round: record.key.round,
            class: record.contribution.as_ref().and_then(Contribution::class),
            doc: record.doc.settled(),
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

/// Households of a commune's round that are marked in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Those on whose fields people disagree.
    pub conflicts: u64,
    /// Those that were edited after the round was closed.
    pub late: u64,
}

/// A record of a commune or of one of its hamlets.
#[derive(Clone, Debug)]
pub struct AreaRecord {
    /// The hamlet's number; `None` for the commune itself.
    pub number: Option<u8>,
    /// The round.
    pub round: Round,
    /// What it says.
    pub doc: Doc,
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
