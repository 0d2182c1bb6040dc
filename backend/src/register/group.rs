//! Several pushes merged into one transaction of each commune.
//!
//! First each operation is looked up: whether it is new, and when it is believed to have been made. Then each record
//! is read, and the operations within its bounds are merged, assessed and packed, on all processors; no record waits
//! for another. Operations that were taken get their change numbers in the order in which they came. At last
//! everything is put into one batch for each commune.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, hash_map};
use std::ops::RangeInclusive;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::CommuneCode;
use soho_shared::count::{Contribution, Counts, Standing, TallyChange};
use soho_shared::duplicate::{Joined, survivor};
use soho_shared::household::field::RULES;
use soho_shared::record::{
    Actor, Doc, Full, Growing, IsOwn, MAX_RECORD, Operation, RecordKey, Round, Stamp, Subject,
};
use uuid::Uuid;

use super::courses;
use super::held::Held;
use super::held_back::{HeldBack, Room};
use super::keys::{self, Content, Key, Mark};
use super::log::{self, LogEntry};
use super::types::{Arrival, Holds, NotTaken, Outcome, Record};
use crate::engine::{Batch, Engine, Pair, Query, Range, StoreError};
use crate::people::{AccountName, Author};

/// Most bytes of records that one transaction reads, unpacked. A large record counts anew with each operation, for
/// each may require measuring it.
const MOST_READ: usize = 32 << 20;
/// Size from which on a record is a large one, in bytes.
const LARGE: usize = MAX_RECORD / 3;
/// Operations that are looked up in one go.
const AT_ONCE: usize = 32;
/// Bytes of the records about a subject beyond which only those that are edited are kept in memory.
const SUBJECT: usize = 256 << 10;

/// Change numbers that the new operations of one push took, by commune.
pub(super) type Changes = BTreeMap<CommuneCode, RangeInclusive<u64>>;

/// Address of an answer: the number of the push, and the operation's place in it.
type Answer = (usize, usize);

/// A new operation, with the address of its answer.
struct Placed<'a> {
    /// Its place among all new operations of the transaction.
    order: usize,
    received: u64,
    by: Option<Arc<Author>>,
    /// Whether the server made it, out of what somebody decided.
    made_here: bool,
    operation: &'a Operation,
    /// Its stamp with the believed time.
    believed: Stamp,
    answer: Answer,
}

/// A record with the operations that are to be merged into it, if any are.
#[derive(Default)]
struct Waiting<'a> {
    stored: Stored,
    operations: Vec<Placed<'a>>,
}

/// What is in memory of a record as it is stored.
#[derive(Default)]
enum Stored {
    /// There is none.
    #[default]
    Nothing,
    /// All of it.
    Whole(Vec<u8>),
    /// Its head: number of its last change, and what it adds.
    Head(u64, Option<Contribution>),
}

impl Stored {
    /// Unpacked size, in bytes, as far as it is in memory.
    fn size(&self) -> usize {
        match self {
            Stored::Whole(bytes) => keys::record_size(bytes),
            Stored::Nothing | Stored::Head(..) => 0,
        }
    }
}

/// The records about a subject, by round.
type OfSubject<'a> = BTreeMap<Round, Waiting<'a>>;

/// A new operation of the transaction: its mark, and the address of its answer.
type New = (Mark, Answer);

/// An operation that is held back.
struct Apart {
    content: Content,
    /// When it is believed to have been made, by what was known when it first arrived.
    made: u64,
    /// What is to be written of a new one.
    bytes: Option<Vec<u8>>,
}

/// To whom a writer belongs: to the account that first used it, or to nobody.
struct Owner {
    first: Option<Arc<Author>>,
    /// Whether it is to be written.
    is_new: bool,
}

/// Operations in memory, on their way into one transaction of each commune.
pub(super) struct Group<'a> {
    store: &'a dyn Engine,
    held: &'a Held,
    subjects: HashMap<Subject, OfSubject<'a>>,
    new: HashMap<(CommuneCode, Uuid), New>,
    /// Owners of the writers of these operations.
    owners: HashMap<(CommuneCode, Actor), Owner>,
    /// Operations that are held back, by their keys.
    held_back: HashMap<Vec<u8>, Apart>,
    /// Keys of operations that were held back until now.
    released: HashMap<(CommuneCode, Uuid), Vec<u8>>,
    rooms: HashMap<CommuneCode, Room>,
    /// Operations that came twice in this transaction: the answers of the first and of the other.
    twins: Vec<(Answer, Answer)>,
    /// Outcomes of the operations of each push that were taken, each with the operation's place in the push.
    outcomes: Vec<Vec<(usize, Outcome)>>,
    /// Bytes of records read so far, unpacked.
    read: usize,
}

/// A transaction of each commune, ready to be written.
pub(super) struct Prepared {
    pub(super) communes: BTreeMap<CommuneCode, OfCommune>,
    /// Outcomes of the operations of each push that were taken, each with the operation's place in the push, in the
    /// order in which the pushes were taken.
    pub(super) outcomes: Vec<Vec<(usize, Outcome)>>,
    /// Change numbers that each push took.
    pub(super) changes: Vec<Changes>,
}

/// What one transaction writes in a commune.
pub(super) struct OfCommune {
    pub(super) batch: Batch,
    /// The households that were found to be one, where that changes.
    pub(super) joined: Option<Joined>,
    /// Changes of the tallies once it is on disk.
    pub(super) tallies: Vec<TallyChange>,
    /// The commune's last change number once it is on disk.
    pub(super) change: u64,
}

impl<'a> Group<'a> {
    pub(super) fn new(store: &'a dyn Engine, held: &'a Held) -> Self {
        Group {
            store,
            held,
            subjects: HashMap::new(),
            new: HashMap::new(),
            owners: HashMap::new(),
            held_back: HashMap::new(),
            released: HashMap::new(),
            rooms: HashMap::new(),
            twins: Vec::new(),
            outcomes: Vec::new(),
            read: 0,
        }
    }

    /// Takes those operations of one push that have no outcome yet: as many as there is room for, and at least one
    /// when the push is the first. Returns whether it took all.
    pub(super) fn take(
        &mut self,
        arrival: &Arrival,
        operations: &'a [Operation],
        known: &[Option<Outcome>],
    ) -> Result<bool, StoreError> {
        let stamps = operations.iter().map(|operation| operation.stamp);
        let believing = arrival.believing.clone().unwrap_or_else(|| arrival.believing(stamps));
        let by = arrival.by.clone().map(Arc::new);
        let push = self.outcomes.len();
        let open: Vec<(usize, &Operation)> =
            operations.iter().enumerate().filter(|(at, _)| known[*at].is_none()).collect();
        let mut outcomes = Vec::with_capacity(open.len());
        'all: for part in open.chunks(AT_ONCE) {
            if self.read >= MOST_READ && (push > 0 || !outcomes.is_empty()) {
                break;
            }
            let marks = self.look_up(part, arrival, by.as_deref())?;
            for ((at, operation), mark) in part.iter().zip(marks) {
                // At least one, so that every push gets on.
                if self.read >= MOST_READ && (push > 0 || !outcomes.is_empty()) {
                    break 'all;
                }
                let answer = (push, outcomes.len());
                let (commune, stamp) = (operation.subject.commune, operation.stamp);
                let key = (commune, operation.id);
                let content = keys::content(operation)?;
                let known = |mark: &Mark| {
                    // A decision made once more has the id of the first, and another time.
                    let same = mark.content.is_none_or(|known| known == content) || arrival.made_here;
                    let moved = mark.moved.map(Stamp::millis);
                    if same { Outcome::Duplicate(moved) } else { Outcome::Refused(NotTaken::Id) }
                };
                let outcome = if let Some((mark, first)) = self.new.get(&key) {
                    let outcome = known(mark);
                    if matches!(outcome, Outcome::Duplicate(_)) {
                        self.twins.push((*first, answer));
                    }
                    outcome
                } else if let Some(mark) = mark {
                    known(&mark)
                } else if !self.may_write((commune, stamp.actor()), arrival) {
                    Outcome::Refused(NotTaken::Writer)
                } else if let Some(by) = &by
                    && arrival.holds != Holds::Nothing
                    && (arrival.holds.covers(believing.time(stamp))
                        || self.is_another_s((commune, stamp.actor()), by)
                        // Sent again, when its device's clock shows something else, it still waits.
                        || self.held_back.contains_key(&keys::held(commune, by.session, operation.id)))
                {
                    let (received, clock, author) = (arrival.now, believing.clock(stamp), Author::clone(by));
                    let held = HeldBack { received, clock, by: author, operation: (*operation).clone() };
                    let outcome = self.hold_back(&held, content)?;
                    if matches!(outcome, Outcome::Held(_)) {
                        self.claim((commune, stamp.actor()), Some(by));
                    }
                    outcome
                } else {
                    self.claim((commune, stamp.actor()), by.as_ref().filter(|_| !arrival.made_here));
                    if arrival.was_held
                        && let Some(by) = &by
                    {
                        self.released.insert(key, keys::held(commune, by.session, operation.id));
                    }
                    let believed = stamp.at(believing.time(stamp));
                    let moved = (believed != stamp).then_some(believed);
                    let order = self.new.len();
                    self.new.insert(key, (Mark { moved, content: Some(content) }, answer));
                    let (received, by, made_here) = (arrival.now, by.clone(), arrival.made_here);
                    self.place(Placed { order, received, by, made_here, operation, believed, answer });
                    Outcome::Accepted(moved.map(Stamp::millis))
                };
                outcomes.push((*at, outcome));
            }
        }
        let took_all = outcomes.len() == open.len();
        self.outcomes.push(outcomes);
        Ok(took_all)
    }

    /// Whether operations of a writer are taken from whoever sent them. A writer belongs to the account that first used
    /// it in the commune.
    fn may_write(&self, writer: (CommuneCode, Actor), arrival: &Arrival) -> bool {
        let account = arrival.by.as_ref().map(|by| &by.account);
        let is_own = |owner: &Owner| owner.first.as_ref().map(|first| &first.account) == account;
        arrival.made_here || self.owners.get(&writer).is_none_or(is_own)
    }

    /// Whether another device than this one first used a writer.
    fn is_another_s(&self, writer: (CommuneCode, Actor), by: &Author) -> bool {
        let owner = self.owners.get(&writer).and_then(|owner| owner.first.as_ref());
        owner.is_some_and(|first| first.session != by.session)
    }

    /// Gives a writer that nobody has used to who uses it now.
    fn claim(&mut self, writer: (CommuneCode, Actor), by: Option<&Arc<Author>>) {
        self.owners.entry(writer).or_insert_with(|| Owner { first: by.cloned(), is_new: true });
    }

    /// Keeps an operation apart, once.
    fn hold_back(&mut self, held: &HeldBack, content: Content) -> Result<Outcome, StoreError> {
        let Operation { subject, stamp, .. } = held.operation;
        let key = held.key();
        let outcome = |made: u64| Outcome::Held((made != stamp.millis()).then_some(made));
        if let Some(apart) = self.held_back.get(&key) {
            let same = apart.content == content;
            return Ok(if same { outcome(apart.made) } else { Outcome::Refused(NotTaken::Id) });
        }
        let room = match self.rooms.entry(subject.commune) {
            hash_map::Entry::Occupied(room) => room.into_mut(),
            hash_map::Entry::Vacant(new) => new.insert(Room::of(self.store, subject.commune)?),
        };
        let bytes = held.encode()?;
        if !room.take(held.by.session, bytes.len()) {
            return Ok(Outcome::Refused(NotTaken::Held));
        }
        let made = held.made();
        self.held_back.insert(key, Apart { content, made, bytes: Some(bytes) });
        Ok(outcome(made))
    }

    /// Reads the marks of operations, the owners of their writers, and the records about the subjects that they change; where some may be
    /// held back, also which of them are already.
    fn look_up(
        &mut self,
        operations: &[(usize, &Operation)],
        arrival: &Arrival,
        by: Option<&Author>,
    ) -> Result<Vec<Option<Mark>>, StoreError> {
        let marks =
            operations.iter().map(|(_, operation)| keys::done(operation.subject.commune, operation.id));
        let subjects: HashSet<Subject> = operations.iter().map(|(_, of)| of.subject).collect();
        let subjects: Vec<_> = subjects.into_iter().filter(|of| !self.subjects.contains_key(of)).collect();
        let writer = |(_, of): &(usize, &Operation)| (of.subject.commune, of.stamp.actor());
        let writers: HashSet<(CommuneCode, Actor)> = operations.iter().map(writer).collect();
        let writers: Vec<_> = writers.into_iter().filter(|of| !self.owners.contains_key(of)).collect();
        let session = by.filter(|_| arrival.holds != Holds::Nothing).map(|by| by.session);
        let held =
            operations.iter().filter_map(|(_, of)| Some(keys::held(of.subject.commune, session?, of.id)));
        let records = subjects.iter().map(|of| Range::of(&keys::subject(*of)).bytes(SUBJECT));
        let writer_keys = writers.iter().map(|(commune, writer)| keys::writer(*commune, *writer));
        let queries = marks
            .map(Query::Key)
            .chain(records.map(Query::Range))
            .chain(writer_keys.chain(held).map(Query::Key));
        let mut found = self.store.read(&queries.collect::<Vec<_>>())?;
        let mut owners = found.split_off(operations.len() + subjects.len());
        for (key, value) in owners.split_off(writers.len()).concat() {
            let unreadable =
                || StoreError::Damaged("an operation that is held back cannot be read".to_owned());
            let held = HeldBack::decode(&key, &value).ok_or_else(unreadable)?;
            let content = keys::content(&held.operation)?;
            self.held_back.entry(key).or_insert(Apart { content, made: held.made(), bytes: None });
        }
        for (writer, found) in writers.iter().zip(owners) {
            if let Some((_, value)) = found.first() {
                self.owners.insert(*writer, owner(writer.0, value)?);
            }
        }
        for (subject, found) in subjects.iter().zip(found.split_off(operations.len())) {
            let bytes: usize = found.iter().map(|(_, value)| value.len()).sum();
            self.read += bytes;
            let records = if bytes < SUBJECT { whole(found) } else { self.heads(*subject)? };
            self.subjects.insert(*subject, records);
        }
        for key in operations.iter().map(|(_, operation)| operation.key()) {
            let records = self.subjects.entry(key.subject).or_default();
            if let Some(Waiting { stored: stored @ Stored::Head(..), .. }) = records.get_mut(&key.round) {
                *stored = self.store.get(keys::record(key))?.map_or(Stored::Nothing, Stored::Whole);
            }
        }
        let mark = |((_, operation), found): (&(usize, &Operation), Vec<Pair>)| {
            let Some((_, value)) = found.first() else { return Ok(None) };
            Mark::decode(value).map(Some).ok_or_else(|| {
                let commune = operation.subject.commune;
                StoreError::Damaged(format!("an operation's mark in commune {commune} cannot be read"))
            })
        };
        operations.iter().zip(found).map(mark).collect()
    }

    /// The heads of records about a subject that are too many bytes to be held.
    fn heads(&mut self, subject: Subject) -> Result<OfSubject<'a>, StoreError> {
        let mut records = OfSubject::new();
        for pair in self.store.scan(Range::of(&keys::subject(subject))) {
            let (key, value) = pair?;
            self.read += value.len();
            let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
            let stored = match keys::decode_head(&value) {
                Some((change, adds)) => Stored::Head(change, adds),
                // An edit of it is refused; one of another round is not.
                None => Stored::Whole(value),
            };
            records.insert(key.round, Waiting { stored, operations: Vec::new() });
        }
        Ok(records)
    }

    fn place(&mut self, placed: Placed<'a>) {
        let Operation { subject, round, .. } = *placed.operation;
        let record = self.subjects.entry(subject).or_default().entry(round).or_default();
        let size = record.stored.size();
        // Of a large record each further operation may measure it once more.
        if record.operations.is_empty() || size > LARGE {
            self.read += size;
        }
        record.operations.push(placed);
    }

    /// Merges everything into one transaction of each commune.
    pub(super) fn prepare(mut self) -> Result<Prepared, StoreError> {
        let (store, held) = (self.store, self.held);
        let owners = Owners { store, of: &self.owners };
        let subjects = std::mem::take(&mut self.subjects).into_par_iter();
        let edited = subjects.filter(|(_, of)| of.values().any(|record| !record.operations.is_empty()));
        let judged = edited.flat_map_iter(|(subject, records)| {
            let owners = &owners;
            let judge = move |(round, waiting)| Judged::of(RecordKey { subject, round }, waiting, owners);
            records.into_iter().map(judge)
        });
        let mut judged = judged.collect::<Result<Vec<_>, _>>()?;
        for ((push, place), full) in judged.iter().flat_map(|record| &record.refused) {
            self.outcomes[*push][*place].1 = Outcome::Refused(NotTaken::Full(*full));
        }
        let (heads, changes) = self.number(&mut judged);
        let mut joined = courses::settle(store, held, &mut judged)?;
        let mut communes: BTreeMap<CommuneCode, OfCommune> = BTreeMap::new();
        for (commune, change) in heads {
            let batch = held.batch(commune.to_bytes())?;
            let joined = joined.remove(&commune);
            communes.insert(commune, OfCommune { batch, joined, tallies: Vec::new(), change });
        }
        for (key, Apart { bytes, .. }) in std::mem::take(&mut self.held_back) {
            let (Some(bytes), Some((commune, _))) = (bytes, keys::read(&key)) else { continue };
            let of = match communes.entry(commune) {
                Entry::Occupied(of) => of.into_mut(),
                Entry::Vacant(new) => new.insert(OfCommune {
                    batch: held.batch(commune.to_bytes())?,
                    joined: None,
                    tallies: Vec::new(),
                    change: held.change(commune),
                }),
            };
            of.batch.insert(key, bytes);
        }
        for ((commune, id), (mark, (push, place))) in &self.new {
            if !matches!(self.outcomes[*push][*place].1, Outcome::Refused(_))
                && let Some(of) = communes.get_mut(commune)
            {
                of.batch.insert(keys::done(*commune, *id), mark.encode()?);
                if let Some(key) = self.released.remove(&(*commune, *id)) {
                    of.batch.remove(key);
                }
            }
        }
        for ((commune, writer), owner) in &self.owners {
            if owner.is_new
                && let Some(of) = communes.get_mut(commune)
            {
                of.batch.insert(keys::writer(*commune, *writer), keys::owned(owner.first.as_deref()));
            }
        }
        for ((push, place), (other, there)) in &self.twins {
            if let refused @ Outcome::Refused(_) = self.outcomes[*push][*place].1 {
                self.outcomes[*other][*there].1 = refused;
            }
        }
        let mut log: BTreeMap<CommuneCode, Vec<(u64, LogEntry)>> = BTreeMap::new();
        let mut merged: BTreeMap<CommuneCode, Vec<Merged>> = BTreeMap::new();
        for record in judged.into_iter().filter(Judged::is_new) {
            let commune = record.key.subject.commune;
            let (record, entries) = record.linked(store)?;
            log.entry(commune).or_default().extend(entries);
            merged.entry(commune).or_default().push(record);
        }
        for (commune, merged) in merged {
            if let Some(of) = communes.get_mut(&commune) {
                of.tallies = write(store, merged, &mut of.batch)?;
            }
        }
        for entries in log.values_mut() {
            entries.sort_unstable_by_key(|(change, _)| *change);
        }
        let chunks: Vec<(CommuneCode, &[(u64, LogEntry)])> = log
            .iter()
            .flat_map(|(commune, entries)| log::chunks(entries).map(|chunk| (*commune, chunk)))
            .collect();
        let chunks = chunks.par_iter().map(|(commune, chunk)| {
            let first = chunk.first().map_or(0, |(first, _)| *first);
            Ok((*commune, keys::log(*commune, first), log::encode(chunk)?))
        });
        for (commune, key, chunk) in chunks.collect::<Result<Vec<_>, StoreError>>()? {
            if let Some(of) = communes.get_mut(&commune) {
                of.batch.insert(key, chunk);
            }
        }
        Ok(Prepared { communes, outcomes: self.outcomes, changes })
    }

    /// Gives change numbers to the operations that were taken, in the order in which they came. Returns the communes'
    /// last ones, and those that each push took.
    fn number(&mut self, judged: &mut [Judged]) -> (HashMap<CommuneCode, u64>, Vec<Changes>) {
        let held = self.held;
        let mut next_heads: HashMap<CommuneCode, u64> = HashMap::new();
        let mut changes: Vec<Changes> = self.outcomes.iter().map(|_| Changes::new()).collect();
        let numbered = judged.iter_mut().flat_map(|record| {
            let commune = record.key.subject.commune;
            record.taken.iter_mut().map(move |taken| (commune, taken))
        });
        let mut numbered: Vec<(CommuneCode, &mut Taken)> = numbered.collect();
        numbered.sort_unstable_by_key(|(_, taken)| taken.order);
        for (commune, taken) in numbered {
            let head = next_heads.entry(commune).or_insert_with(|| held.change(commune));
            *head += 1;
            taken.change = *head;
            let (push, place) = taken.answer;
            changes[push]
                .entry(commune)
                .and_modify(|numbers| *numbers = *numbers.start()..=*head)
                .or_insert(*head..=*head);
            let outcome = &mut self.outcomes[push][place].1;
            if let Outcome::Accepted(time) = outcome
                && taken.in_conflict
            {
                *outcome = Outcome::Conflict(*time);
            }
        }
        (next_heads, changes)
    }
}

/// An operation that was merged into its record.
struct Taken<'a> {
    order: usize,
    change: u64,
    entry: LogEntry<'a>,
    answer: Answer,
    /// Whether it left a field in conflict.
    in_conflict: bool,
}

/// A record with the operations that were merged into it, and those that were refused; also one of the same course that
/// was not edited.
pub(super) struct Judged<'a> {
    pub(super) key: RecordKey,
    /// Change number of the last operation before these.
    before: u64,
    /// What it added.
    was: Option<Contribution>,
    /// What it says by itself; `None` for one that is withdrawn.
    pub(super) standing: Option<Standing>,
    /// What it adds beside the other records of its course.
    pub(super) adds: Option<Contribution>,
    /// The household that it named as the one that its household is a second entry of, and the one that it names now.
    pub(super) names: (Option<Uuid>, Option<Uuid>),
    body: Body,
    open: (bool, bool),
    taken: Vec<Taken<'a>>,
    refused: Vec<(Answer, Full)>,
}

/// The part of a record that follows its head.
enum Body {
    New(Vec<u8>),
    /// That of the stored record, which is this.
    Of(Vec<u8>),
    /// That of the stored record, which is not in memory.
    Stored,
}

impl<'a> Judged<'a> {
    fn of(key: RecordKey, waiting: Waiting<'a>, owners: &Owners) -> Result<Self, StoreError> {
        let Waiting { stored, operations } = waiting;
        let size = stored.size();
        let bytes = match stored {
            Stored::Head(change, adds) => return Ok(Judged::untouched(key, change, adds)),
            Stored::Nothing => None,
            Stored::Whole(bytes) if operations.is_empty() => {
                // One that cannot be read stops no edit of another round: nothing is known of it.
                let (change, adds) = keys::decode_head(&bytes).unwrap_or_default();
                return Ok(Judged { body: Body::Of(bytes), ..Judged::untouched(key, change, adds) });
            }
            Stored::Whole(bytes) => Some(bytes),
        };
        let stored = bytes.map(|bytes| keys::decode_record(key, &bytes)).transpose()?;
        let (before, was, doc, mut hamlets) = match stored {
            Some(Record { change, contribution, doc, hamlets, .. }) => (change, contribution, doc, hamlets),
            None => (0, None, Doc::default(), Vec::new()),
        };
        let was_open = doc.has_conflicts();
        let named = survivor(&doc, key.subject);
        let mut record = Growing::new(doc, size.max(3), RULES);
        let (mut taken, mut refused) = (Vec::with_capacity(operations.len()), Vec::new());
        let known: RefCell<HashMap<Actor, Option<AccountName>>> = RefCell::default();
        for Placed { order, received, by, made_here, operation, believed, answer } in operations {
            let account = by.as_ref().map(|by| &by.account).filter(|_| !made_here);
            let failed = RefCell::default();
            let is_own = |writer| {
                let mut known = known.borrow_mut();
                let owner = match known.entry(writer) {
                    hash_map::Entry::Occupied(owner) => Ok(&*owner.into_mut()),
                    hash_map::Entry::Vacant(new) => {
                        owners.account_of((key.subject.commune, writer)).map(|owner| &*new.insert(owner))
                    }
                };
                owner.map(|owner| owner.as_ref() == account).unwrap_or_else(|error| {
                    *failed.borrow_mut() = Some(error);
                    false
                })
            };
            let taking = record.take(operation, believed.millis(), account.map(|_| &is_own as IsOwn));
            if let Some(error) = failed.into_inner() {
                return Err(error);
            }
            if let Err(full) = taking {
                refused.push((answer, full));
                continue;
            }
            Record::stood(&mut hamlets, operation);
            let doc = record.doc();
            let in_conflict = operation.changes.iter().any(|set| doc.in_conflict(set.field.as_str()));
            let entry = LogEntry { previous: 0, received, by, operation: Cow::Borrowed(operation), believed };
            taken.push(Taken { order, change: 0, entry, answer, in_conflict });
        }
        let standing = Standing::of_record(record.doc(), key);
        let names = (named, survivor(record.doc(), key.subject));
        let open = (was_open, record.doc().has_conflicts());
        let body = match taken.is_empty() {
            true => Body::Stored,
            false => Body::New(keys::encode_body(record.doc(), &hamlets)?),
        };
        Ok(Judged { key, before, was, standing, adds: None, names, body, open, taken, refused })
    }

    /// A record that is not edited: its last change, and what it adds.
    pub(super) fn untouched(key: RecordKey, change: u64, adds: Option<Contribution>) -> Self {
        let standing = adds.as_ref().map(|adds| adds.standing.clone());
        let (names, open) = ((None, None), (false, false));
        let (taken, refused) = (Vec::new(), Vec::new());
        let (before, was, body) = (change, adds, Body::Stored);
        Judged { key, before, was, standing, adds: None, names, body, open, taken, refused }
    }

    pub(super) fn are_of_one_commune(one: &Self, next: &Self) -> bool {
        one.key.subject.commune == next.key.subject.commune
    }

    /// Whether it is to be written.
    fn is_new(&self) -> bool {
        // What was refused has made no record.
        !self.taken.is_empty() || self.before > 0 && self.adds != self.was
    }

    /// Returns the record as it is written, and its entries of the log.
    fn linked(self, store: &dyn Engine) -> Result<(Merged, Vec<(u64, LogEntry<'a>)>), StoreError> {
        let Judged { key, mut before, was, adds, names, body, open, taken, .. } = self;
        let linked = taken.into_iter().map(|Taken { change, entry, .. }| {
            let previous = std::mem::replace(&mut before, change);
            (change, LogEntry { previous, ..entry })
        });
        let entries: Vec<_> = linked.collect();
        let stored;
        let body = match &body {
            Body::New(body) => body,
            Body::Of(record) => keys::body(record).unwrap_or_default(),
            Body::Stored => {
                stored = store.get(keys::record(key))?.unwrap_or_default();
                keys::body(&stored).unwrap_or_default()
            }
        };
        let record = keys::encode_record(before, adds.as_ref(), body)?;
        let moved = TallyChange::between(key.round, key.subject.commune, was.as_ref(), adds.as_ref());
        Ok((Merged { key, record, moved, names, open }, entries))
    }
}

/// To whom writers belong, those of this transaction too.
struct Owners<'a> {
    store: &'a dyn Engine,
    of: &'a HashMap<(CommuneCode, Actor), Owner>,
}

impl Owners<'_> {
    fn account_of(&self, of: (CommuneCode, Actor)) -> Result<Option<AccountName>, StoreError> {
        let stored;
        let owner = match self.of.get(&of) {
            Some(owner) => Some(owner),
            None => {
                stored =
                    self.store.get(keys::writer(of.0, of.1))?.map(|value| owner(of.0, &value)).transpose()?;
                stored.as_ref()
            }
        };
        Ok(owner.and_then(|owner| owner.first.as_ref()).map(|first| first.account.clone()))
    }
}

/// Reads a writer's owner.
fn owner(commune: CommuneCode, value: &[u8]) -> Result<Owner, StoreError> {
    let unreadable = || StoreError::Damaged(format!("a writer's owner in commune {commune} cannot be read"));
    let first = keys::owner(value).ok_or_else(unreadable)?.map(Arc::new);
    Ok(Owner { first, is_new: false })
}

/// A record with everything that is written of it.
struct Merged {
    key: RecordKey,
    record: Vec<u8>,
    moved: Vec<TallyChange>,
    /// The household that it named as the one that its household is a second entry of, and the one that it names now.
    names: (Option<Uuid>, Option<Uuid>),
    /// Whether it had open conflicts, and whether it has some now.
    open: (bool, bool),
}

/// Puts a commune's records into a batch, with their places in the list of conflicts and their hamlets' tallies.
/// Returns how the tallies move.
fn write(store: &dyn Engine, merged: Vec<Merged>, batch: &mut Batch) -> Result<Vec<TallyChange>, StoreError> {
    let mut tallies: BTreeMap<_, TallyChange> = BTreeMap::new();
    for Merged { key, record, moved, names, open } in merged {
        for moved in moved {
            match tallies.entry((moved.period, moved.hamlet)) {
                Entry::Occupied(mut sum) => sum.get_mut().by += &moved.by,
                Entry::Vacant(first) => drop(first.insert(moved)),
            }
        }
        batch.insert(keys::record(key), record);
        match names {
            (was, Some(named)) if was != Some(named) => batch.insert(keys::joined(key), *named.as_bytes()),
            (Some(_), None) => batch.remove(keys::joined(key)),
            _ => {}
        }
        match open {
            (false, true) => batch.insert(keys::open(key), []),
            (true, false) => batch.remove(keys::open(key)),
            _ => {}
        }
    }
    let tallies: Vec<TallyChange> = tallies.into_values().filter(|moved| !moved.by.is_empty()).collect();
    let keys: Vec<_> = tallies.iter().map(|of| keys::tally(of.commune, of.period, of.hamlet)).collect();
    let stored = store.read(&keys.iter().cloned().map(Query::Key).collect::<Vec<_>>())?;
    for ((moved, key), stored) in tallies.iter().zip(keys).zip(stored) {
        let mut tally = match stored.first() {
            Some((_, bytes)) => postcard::from_bytes::<Counts>(bytes).map_err(|_| {
                StoreError::Damaged(format!("a tally of commune {} cannot be read", moved.commune))
            })?,
            None => Counts::default(),
        };
        tally += &moved.by;
        if tally.is_empty() {
            batch.remove(key);
        } else {
            batch.insert(key, keys::encode(&tally)?);
        }
    }
    Ok(tallies)
}

/// The records about a subject as they are stored.
fn whole<'a>(found: Vec<Pair>) -> OfSubject<'a> {
    let record = |(key, value): Pair| match keys::read(&key) {
        Some((_, Key::Record(key))) => {
            Some((key.round, Waiting { stored: Stored::Whole(value), operations: Vec::new() }))
        }
        _ => None,
    };
    found.into_iter().filter_map(record).collect()
}
