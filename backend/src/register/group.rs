//! Several pushes merged into one transaction of each commune.
//!
//! First each operation is looked up: whether it is new, and when it is believed to have been made. Then each record
//! is read, and the operations within its bounds are merged, assessed and packed, on all processors; no record waits
//! for another. Operations that were taken get their change numbers in the order in which they came. At last
//! everything is put into one batch for each commune.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, hash_map};
use std::ops::RangeInclusive;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::UnitCode;
use soho_shared::count::{Counts, TallyChange};
use soho_shared::duplicate::Joined;
use soho_shared::household::field;
use soho_shared::record::{Actor, FieldPath, MAX_RECORD, Of, Operation, RecordKey, Stamp, Subject};
use uuid::Uuid;

use super::closing::{self, Rounds};
use super::courses;
use super::held::Held;
use super::held_back::{HeldBack, Room};
use super::judged::{Answer, Judged, Merged, OfSubject, Owner, Owners, Placed, Stored, Taken, Waiting};
use super::judged::{owner, whole};
use super::keys::{self, Content, Key, Mark};
use super::log::{self, LogEntry};
use super::recognition;
use super::types::{Arrival, Holds, NotTaken, Outcome};
use crate::engine::{Batch, Engine, Pair, Query, Range, StoreError};
use crate::people::Author;

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
pub(super) type Changes = BTreeMap<UnitCode, RangeInclusive<u64>>;

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

/// Operations in memory, on their way into one transaction of each commune.
pub(super) struct Group<'a> {
    store: &'a dyn Engine,
    held: &'a Held,
    subjects: HashMap<Subject, OfSubject<'a>>,
    new: HashMap<(UnitCode, Uuid), New>,
    /// Owners of the writers of these operations.
    owners: HashMap<(UnitCode, Actor), Owner>,
    /// Operations that are held back, by their keys.
    held_back: HashMap<Vec<u8>, Apart>,
    /// Keys of operations that were held back until now.
    released: HashMap<(UnitCode, Uuid), Vec<u8>>,
    rooms: HashMap<UnitCode, Room>,
    /// Operations that came twice in this transaction: the answers of the first and of the other.
    twins: Vec<(Answer, Answer)>,
    /// Outcomes of the operations of each push that were taken, each with the operation's place in the push.
    outcomes: Vec<Vec<(usize, Outcome)>>,
    /// Bytes of records read so far, unpacked.
    read: usize,
    /// Communes to which a push writes that was judged by their heads, with that push: what others write there waits for the
    /// next transaction.
    claimed: HashMap<UnitCode, usize>,
}

/// A transaction of each commune, ready to be written.
pub(super) struct Prepared {
    pub(super) units: BTreeMap<UnitCode, OfUnit>,
    /// Outcomes of the operations of each push that were taken, each with the operation's place in the push, in the
    /// order in which the pushes were taken.
    pub(super) outcomes: Vec<Vec<(usize, Outcome)>>,
    /// Change numbers that each push took.
    pub(super) changes: Vec<Changes>,
}

/// What one transaction writes in a commune.
pub(super) struct OfUnit {
    pub(super) batch: Batch,
    /// The households that were found to be one, where that changes.
    pub(super) joined: Option<Joined>,
    /// How far its rounds are, where that changes.
    pub(super) rounds: Option<Rounds>,
    /// Changes of the tallies once it is on disk.
    pub(super) tallies: Vec<TallyChange>,
    /// The commune's last change number once it is on disk.
    pub(super) change: u64,
}

impl OfUnit {
    fn new(held: &Held, unit: UnitCode, change: u64) -> Result<Self, StoreError> {
        let batch = held.batch(unit.to_bytes())?;
        Ok(OfUnit { batch, joined: None, rounds: None, tallies: Vec::new(), change })
    }
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
            claimed: HashMap::new(),
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
                // What was judged by a commune's head is taken under that head: before anything else, and whole. Nothing of
                // others goes with it: a stage begins between two transactions.
                let begins = arrival.judged_by.is_some() && outcomes.is_empty();
                let is_first = self.new.is_empty() && self.held_back.is_empty();
                let is_claimed = self.claimed.get(&operation.subject.unit).is_some_and(|by| *by != push);
                if is_claimed || begins && !is_first {
                    break 'all;
                }
                let answer = (push, outcomes.len());
                let (unit, stamp) = (operation.subject.unit, operation.stamp);
                let key = (unit, operation.id);
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
                } else if let Some(why) = self.reserved(operation, arrival) {
                    Outcome::Refused(why)
                } else if !self.may_write((unit, stamp.actor()), arrival) {
                    Outcome::Refused(NotTaken::Writer)
                } else if let Some(by) = &by
                    && arrival.holds != Holds::Nothing
                    && (arrival.holds.covers(believing.time(stamp))
                        || self.is_another_s((unit, stamp.actor()), by)
                        // Sent again, when its device's clock shows something else, it still waits.
                        || self.held_back.contains_key(&keys::held(unit, by.session, operation.id)))
                {
                    let (received, clock, author) = (arrival.now, believing.clock(stamp), Author::clone(by));
                    let held = HeldBack { received, clock, by: author, operation: (*operation).clone() };
                    let outcome = self.hold_back(&held, content)?;
                    if matches!(outcome, Outcome::Held(_)) {
                        self.claim((unit, stamp.actor()), Some(by));
                    }
                    outcome
                } else {
                    self.claim((unit, stamp.actor()), by.as_ref().filter(|_| !arrival.made_here));
                    if arrival.was_held
                        && let Some(by) = &by
                    {
                        self.released.insert(key, keys::held(unit, by.session, operation.id));
                    }
                    let believed = stamp.at(believing.time(stamp));
                    let moved = (believed != stamp).then_some(believed);
                    let order = self.new.len();
                    self.new.insert(key, (Mark { moved, content: Some(content) }, answer));
                    let (received, by, made_here) = (arrival.now, by.clone(), arrival.made_here);
                    self.place(Placed { order, received, by, made_here, operation, believed, answer });
                    if arrival.judged_by.is_some() {
                        self.claimed.insert(unit, push);
                    }
                    Outcome::Accepted(moved.map(Stamp::millis))
                };
                outcomes.push((*at, outcome));
            }
        }
        let took_all = outcomes.len() == open.len();
        self.outcomes.push(outcomes);
        Ok(took_all)
    }

    /// Why an operation is refused that writes what the server alone does, or that was judged by a head which has moved since.
    fn reserved(&self, operation: &Operation, arrival: &Arrival) -> Option<NotTaken> {
        let writes = |is: fn(&FieldPath) -> bool| operation.changes.iter().any(|change| is(&change.field));
        match arrival.judged_by {
            Some(head) => {
                (head != self.held.head(operation.subject.unit.to_bytes())).then_some(NotTaken::Moved)
            }
            None if writes(field::is_of_stage) => Some(NotTaken::Stage),
            None if writes(field::is_of_certificates) => Some(NotTaken::Reserved),
            None if !arrival.made_here && writes(field::is_of_server) => Some(NotTaken::Reserved),
            None => None,
        }
    }

    /// Whether operations of a writer are taken from whoever sent them. A writer belongs to the account that first used
    /// it in the commune.
    fn may_write(&self, writer: (UnitCode, Actor), arrival: &Arrival) -> bool {
        let account = arrival.by.as_ref().map(|by| &by.account);
        let is_own = |owner: &Owner| owner.first.as_ref().map(|first| &first.account) == account;
        arrival.made_here || self.owners.get(&writer).is_none_or(is_own)
    }

    /// Whether another device than this one first used a writer.
    fn is_another_s(&self, writer: (UnitCode, Actor), by: &Author) -> bool {
        let owner = self.owners.get(&writer).and_then(|owner| owner.first.as_ref());
        owner.is_some_and(|first| first.session != by.session)
    }

    /// Gives a writer that nobody has used to who uses it now.
    fn claim(&mut self, writer: (UnitCode, Actor), by: Option<&Arc<Author>>) {
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
        let room = match self.rooms.entry(subject.unit) {
            hash_map::Entry::Occupied(room) => room.into_mut(),
            hash_map::Entry::Vacant(new) => new.insert(Room::of(self.store, subject.unit)?),
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
        let marks = operations.iter().map(|(_, operation)| keys::done(operation.subject.unit, operation.id));
        let subjects: HashSet<Subject> = operations.iter().map(|(_, of)| of.subject).collect();
        let subjects: Vec<_> = subjects.into_iter().filter(|of| !self.subjects.contains_key(of)).collect();
        let writer = |(_, of): &(usize, &Operation)| (of.subject.unit, of.stamp.actor());
        let writers: HashSet<(UnitCode, Actor)> = operations.iter().map(writer).collect();
        let writers: Vec<_> = writers.into_iter().filter(|of| !self.owners.contains_key(of)).collect();
        let session = by.filter(|_| arrival.holds != Holds::Nothing).map(|by| by.session);
        let held = operations.iter().filter_map(|(_, of)| Some(keys::held(of.subject.unit, session?, of.id)));
        let records = subjects.iter().map(|of| match of.of {
            // How far each round of a commune is stands in the records themselves: all of them are wanted.
            Of::Unit => Range::of(&keys::subject(*of)),
            Of::Household(_) | Of::Hamlet(_) => Range::of(&keys::subject(*of)).bytes(SUBJECT),
        });
        let writer_keys = writers.iter().map(|(unit, writer)| keys::writer(*unit, *writer));
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
            let is_small = bytes < SUBJECT || subject.of == Of::Unit;
            let records = if is_small { whole(found) } else { self.heads(*subject)? };
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
                let unit = operation.subject.unit;
                StoreError::Damaged(format!("an operation's mark in area {unit} cannot be read"))
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
            let closed = held.closed(subject.unit);
            let judge =
                move |(round, waiting)| Judged::of(RecordKey { subject, round }, waiting, owners, closed);
            records.into_iter().map(judge)
        });
        let mut judged = judged.collect::<Result<Vec<_>, _>>()?;
        for ((push, place), full) in judged.iter().flat_map(|record| &record.refused) {
            self.outcomes[*push][*place].1 = Outcome::Refused(NotTaken::Full(*full));
        }
        let (heads, changes) = self.number(&mut judged);
        let mut joined = courses::settle(store, held, &mut judged)?;
        let mut units: BTreeMap<UnitCode, OfUnit> = BTreeMap::new();
        for (unit, change) in heads {
            let of = OfUnit { joined: joined.remove(&unit), ..OfUnit::new(held, unit, change)? };
            units.insert(unit, of);
        }
        for (key, Apart { bytes, .. }) in std::mem::take(&mut self.held_back) {
            let (Some(bytes), Some((unit, _))) = (bytes, keys::read(&key)) else { continue };
            let of = match units.entry(unit) {
                Entry::Occupied(of) => of.into_mut(),
                Entry::Vacant(new) => new.insert(OfUnit::new(held, unit, held.change(unit))?),
            };
            of.batch.insert(key, bytes);
        }
        for ((unit, id), (mark, (push, place))) in &self.new {
            if !matches!(self.outcomes[*push][*place].1, Outcome::Refused(_))
                && let Some(of) = units.get_mut(unit)
            {
                of.batch.insert(keys::done(*unit, *id), mark.encode()?);
                if let Some(key) = self.released.remove(&(*unit, *id)) {
                    of.batch.remove(key);
                }
            }
        }
        for ((unit, writer), owner) in &self.owners {
            if owner.is_new
                && let Some(of) = units.get_mut(unit)
            {
                of.batch.insert(keys::writer(*unit, *writer), keys::owned(owner.first.as_deref()));
            }
        }
        for ((push, place), (other, there)) in &self.twins {
            if let refused @ Outcome::Refused(_) = self.outcomes[*push][*place].1 {
                self.outcomes[*other][*there].1 = refused;
            }
        }
        let mut rounds: BTreeMap<UnitCode, Rounds> = BTreeMap::new();
        for (key, progress) in judged.iter().filter_map(|record| Some((record.key, record.progress?))) {
            if self.claimed.contains_key(&key.subject.unit) {
                rounds.entry(key.subject.unit).or_default().insert(key.round, progress);
            }
        }
        let mut log: BTreeMap<UnitCode, Vec<(u64, LogEntry)>> = BTreeMap::new();
        let mut merged: BTreeMap<UnitCode, Vec<Merged>> = BTreeMap::new();
        for record in judged.into_iter().filter(Judged::is_new) {
            let unit = record.key.subject.unit;
            let (record, entries) = record.linked(store)?;
            if let Some(of) = units.get_mut(&unit) {
                for (key, certified) in recognition::certified(record.key, &entries) {
                    of.batch.insert(key, certified.encode()?);
                }
            }
            log.entry(unit).or_default().extend(entries);
            merged.entry(unit).or_default().push(record);
        }
        for (unit, merged) in merged {
            if let Some(of) = units.get_mut(&unit) {
                of.tallies = write(store, merged, &mut of.batch)?;
            }
        }
        for (unit, rounds) in rounds {
            let Some(of) = units.get_mut(&unit) else { continue };
            let closed = closing::closed(&rounds);
            if closed < held.closed(unit) {
                let counted = closing::reopen(store, unit, closed, &mut of.batch)?;
                (of.tallies, of.joined) = (counted.tallies, Some(counted.joined));
            }
            of.rounds = Some(rounds);
        }
        for entries in log.values_mut() {
            entries.sort_unstable_by_key(|(change, _)| *change);
        }
        let chunks: Vec<(UnitCode, &[(u64, LogEntry)])> =
            log.iter().flat_map(|(unit, entries)| log::chunks(entries).map(|chunk| (*unit, chunk))).collect();
        let chunks = chunks.par_iter().map(|(unit, chunk)| {
            let first = chunk.first().map_or(0, |(first, _)| *first);
            Ok((*unit, keys::log(*unit, first), log::encode(chunk)?))
        });
        for (unit, key, chunk) in chunks.collect::<Result<Vec<_>, StoreError>>()? {
            if let Some(of) = units.get_mut(&unit) {
                of.batch.insert(key, chunk);
            }
        }
        Ok(Prepared { units, outcomes: self.outcomes, changes })
    }

    /// Gives change numbers to the operations that were taken, in the order in which they came. Returns the communes'
    /// last ones, and those that each push took.
    fn number(&mut self, judged: &mut [Judged]) -> (HashMap<UnitCode, u64>, Vec<Changes>) {
        let held = self.held;
        let mut next_heads: HashMap<UnitCode, u64> = HashMap::new();
        let mut changes: Vec<Changes> = self.outcomes.iter().map(|_| Changes::new()).collect();
        let numbered = judged.iter_mut().flat_map(|record| {
            let unit = record.key.subject.unit;
            record.taken.iter_mut().map(move |taken| (unit, taken))
        });
        let mut numbered: Vec<(UnitCode, &mut Taken)> = numbered.collect();
        numbered.sort_unstable_by_key(|(_, taken)| taken.order);
        for (unit, taken) in numbered {
            let head = next_heads.entry(unit).or_insert_with(|| held.change(unit));
            *head += 1;
            taken.change = *head;
            let (push, place) = taken.answer;
            changes[push]
                .entry(unit)
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

/// Puts a commune's records into a batch, with their places in the list of conflicts and their hamlets' tallies.
/// Returns how the tallies move.
fn write(store: &dyn Engine, merged: Vec<Merged>, batch: &mut Batch) -> Result<Vec<TallyChange>, StoreError> {
    let mut tallies: BTreeMap<_, TallyChange> = BTreeMap::new();
    for Merged { key, record, moved, names, open, is_late } in merged {
        for moved in moved {
            match tallies.entry((moved.period, moved.hamlet)) {
                Entry::Occupied(mut sum) => sum.get_mut().by += &moved.by,
                Entry::Vacant(first) => drop(first.insert(moved)),
            }
        }
        batch.insert(keys::record(key), record);
        if is_late {
            batch.insert(keys::late(key), []);
        }
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
