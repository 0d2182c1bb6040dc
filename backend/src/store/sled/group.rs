//! Several pushes merged into one transaction.
//!
//! First each operation is looked up: whether it is new, and when it is believed to have been made. Then each record
//! is read, and the operations within its bounds are merged, assessed and packed, on all processors; no record waits
//! for another. Operations that were taken get their change numbers in the order in which they came. At last
//! everything is put into one batch.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ::sled::{Batch, IVec, Tree};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::CommuneCode;
use soho_shared::assess::Contribution;
use soho_shared::household::field::RULES;
use soho_shared::record::{Actor, Doc, Full, Growing, MAX_RECORD, Operation, RecordKey, Stamp};
use soho_shared::tally::{Tally, TallyChange};
use uuid::Uuid;

use super::access::Changes;
use super::keys;
use super::log::{self, LogEntry};
use crate::people::Author;
use crate::store::{Arrival, CLOCK_TOLERANCE_MILLIS, Outcome, Record, StoreError};

/// Most bytes of records that one transaction reads, unpacked. A large record counts anew with each operation, for
/// each may require measuring it.
const MOST_READ: usize = 32 << 20;
/// Size from which on a record is a large one, in bytes.
const LARGE: usize = MAX_RECORD / 3;

/// Address of an answer: the number of the push, and the operation's place in it.
type Answer = (usize, usize);

/// A new operation, with the address of its answer.
struct Placed<'a> {
    /// Its place among all new operations of the transaction.
    order: usize,
    received: u64,
    by: Option<Arc<Author>>,
    operation: &'a Operation,
    /// Its stamp with the believed time.
    believed: Stamp,
    answer: Answer,
}

/// A record with the operations that are to be merged into it.
#[derive(Default)]
struct Waiting<'a> {
    stored: Option<IVec>,
    size: usize,
    operations: Vec<Placed<'a>>,
}

/// Operations in memory, on their way into one transaction.
pub(super) struct Group<'a> {
    tree: &'a Tree,
    /// Last change number of each commune on disk.
    heads: &'a HashMap<CommuneCode, u64>,
    records: HashMap<RecordKey, Waiting<'a>>,
    new: HashMap<(CommuneCode, Uuid), (Option<Stamp>, Answer)>,
    /// Operations that came twice in this transaction: the answers of the first and of the other.
    twins: Vec<(Answer, Answer)>,
    /// Outcomes of the operations of each push.
    outcomes: Vec<Vec<Outcome>>,
    /// Bytes of records read so far, unpacked.
    read: usize,
}

/// A transaction ready to be written.
pub(super) struct Prepared {
    pub(super) batch: Batch,
    /// Changes of the tallies once it is on disk.
    pub(super) tallies: Vec<TallyChange>,
    /// Last change numbers of the communes once it is on disk.
    pub(super) heads: HashMap<CommuneCode, u64>,
    /// Outcomes of the operations of each push, in the order in which the pushes were taken.
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Change numbers that each push took.
    pub(super) changes: Vec<Changes>,
}

impl<'a> Group<'a> {
    pub(super) fn new(tree: &'a Tree, heads: &'a HashMap<CommuneCode, u64>) -> Self {
        Group {
            tree,
            heads,
            records: HashMap::new(),
            new: HashMap::new(),
            twins: Vec::new(),
            outcomes: Vec::new(),
            read: 0,
        }
    }

    /// Takes the operations of one push, beginning at `from`: as many as there is room for, and at least one when the
    /// push is the first. Returns how many it took.
    pub(super) fn take(
        &mut self,
        arrival: &Arrival,
        operations: &'a [Operation],
        from: usize,
    ) -> Result<usize, StoreError> {
        // Where a device does not tell its time, only its latest stamp can show that its clock is fast.
        let mut latest: HashMap<Actor, u64> = HashMap::new();
        for stamp in operations.iter().map(|operation| operation.stamp) {
            let latest = latest.entry(stamp.actor()).or_insert(arrival.now);
            *latest = stamp.millis().max(*latest);
        }
        let by = arrival.by.clone().map(Arc::new);
        let push = self.outcomes.len();
        let mut outcomes = Vec::with_capacity(operations.len() - from);
        for operation in &operations[from..] {
            if self.read >= MOST_READ {
                break;
            }
            let answer = (push, outcomes.len());
            let (commune, stamp) = (operation.household.commune, operation.stamp);
            let key = (commune, operation.id);
            if let Some((moved, first)) = self.new.get(&key) {
                self.twins.push((*first, answer));
                outcomes.push(Outcome::Duplicate(moved.map(Stamp::millis)));
                continue;
            }
            if let Some(moved) = self.stored_before(commune, operation.id)? {
                outcomes.push(Outcome::Duplicate(moved.map(Stamp::millis)));
                continue;
            }
            let clock = arrival.clock.unwrap_or(latest[&stamp.actor()]);
            let believed = stamp.at(stamp.believed(clock, arrival.now, CLOCK_TOLERANCE_MILLIS));
            let moved = (believed != stamp).then_some(believed);
            let order = self.new.len();
            self.new.insert(key, (moved, answer));
            let placed = Placed { order, received: arrival.now, by: by.clone(), operation, believed, answer };
            self.place(placed)?;
            outcomes.push(Outcome::Accepted(moved.map(Stamp::millis)));
        }
        let taken = outcomes.len();
        self.outcomes.push(outcomes);
        Ok(taken)
    }

    fn place(&mut self, placed: Placed<'a>) -> Result<(), StoreError> {
        let key = placed.operation.key();
        let waiting = match self.records.entry(key) {
            Entry::Occupied(known) => {
                let known = known.into_mut();
                self.read += if known.size > LARGE { known.size } else { 0 };
                known
            }
            Entry::Vacant(new) => {
                let stored = self.tree.get(keys::record(key))?;
                let size = stored.as_ref().map_or(0, |bytes| keys::record_size(bytes));
                self.read += size;
                new.insert(Waiting { stored, size, operations: Vec::new() })
            }
        };
        waiting.operations.push(placed);
        Ok(())
    }

    /// Whether an operation was stored before; and if so, its stamp with the believed time where that is another time.
    #[expect(clippy::option_option, reason = "stored or not; and if so, whether at another time")]
    fn stored_before(&self, commune: CommuneCode, id: Uuid) -> Result<Option<Option<Stamp>>, StoreError> {
        let Some(value) = self.tree.get(keys::done(commune, id))? else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(Some(None));
        }
        postcard::from_bytes(&value).map(Some).map_err(|_| {
            StoreError::Damaged(format!("an operation's mark in commune {commune} cannot be read"))
        })
    }

    /// Merges everything into one transaction.
    pub(super) fn prepare(mut self) -> Result<Prepared, StoreError> {
        let (tree, heads) = (self.tree, self.heads);
        let records = std::mem::take(&mut self.records);
        let judged = records.into_par_iter().map(|(key, waiting)| Judged::of(key, waiting));
        let mut judged = judged.collect::<Result<Vec<_>, _>>()?;
        for ((push, place), full) in judged.iter().flat_map(|record| &record.refused) {
            self.outcomes[*push][*place] = Outcome::Refused(*full);
        }
        let (next_heads, changes) = self.number(&mut judged, heads);
        let mut batch = Batch::default();
        for ((commune, id), (stamp, (push, place))) in &self.new {
            if !matches!(self.outcomes[*push][*place], Outcome::Refused(_)) {
                let value = stamp.map_or_else(|| Ok(Vec::new()), |_| keys::encode(stamp))?;
                batch.insert(keys::done(*commune, *id), value);
            }
        }
        for ((push, place), (other, there)) in &self.twins {
            if let refused @ Outcome::Refused(_) = self.outcomes[*push][*place] {
                self.outcomes[*other][*there] = refused;
            }
        }
        let mut log: BTreeMap<CommuneCode, Vec<(u64, LogEntry)>> = BTreeMap::new();
        let mut merged = Vec::with_capacity(judged.len());
        for record in judged.into_iter().filter(|record| !record.taken.is_empty()) {
            let (record, entries) = record.linked()?;
            log.entry(record.key.household.commune).or_default().extend(entries);
            merged.push(record);
        }
        let tallies = write(tree, &merged, &mut batch)?;
        drop(merged);
        for entries in log.values_mut() {
            entries.sort_unstable_by_key(|(change, _)| *change);
        }
        let chunks: Vec<(CommuneCode, &[(u64, LogEntry)])> = log
            .iter()
            .flat_map(|(commune, entries)| log::chunks(entries).map(|chunk| (*commune, chunk)))
            .collect();
        let chunks = chunks.par_iter().map(|(commune, chunk)| {
            let first = chunk.first().map_or(0, |(first, _)| *first);
            Ok((keys::log(*commune, first), log::encode(chunk)?))
        });
        for (key, chunk) in chunks.collect::<Result<Vec<_>, StoreError>>()? {
            batch.insert(key, chunk);
        }
        Ok(Prepared { batch, tallies, heads: next_heads, outcomes: self.outcomes, changes })
    }

    /// Gives change numbers to the operations that were taken, in the order in which they came. Returns the communes'
    /// last ones, and those that each push took.
    fn number(
        &mut self,
        judged: &mut [Judged],
        heads: &HashMap<CommuneCode, u64>,
    ) -> (HashMap<CommuneCode, u64>, Vec<Changes>) {
        let mut next_heads: HashMap<CommuneCode, u64> = HashMap::new();
        let mut changes: Vec<Changes> = self.outcomes.iter().map(|_| Changes::new()).collect();
        let numbered = judged.iter_mut().flat_map(|record| {
            let commune = record.key.household.commune;
            record.taken.iter_mut().map(move |taken| (commune, taken))
        });
        let mut numbered: Vec<(CommuneCode, &mut Taken)> = numbered.collect();
        numbered.sort_unstable_by_key(|(_, taken)| taken.order);
        for (commune, taken) in numbered {
            let head =
                next_heads.entry(commune).or_insert_with(|| heads.get(&commune).copied().unwrap_or_default());
            *head += 1;
            taken.change = *head;
            let (push, place) = taken.answer;
            changes[push]
                .entry(commune)
                .and_modify(|numbers| *numbers = *numbers.start()..=*head)
                .or_insert(*head..=*head);
            let outcome = &mut self.outcomes[push][place];
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

/// A record with the operations that were merged into it, and those that were refused.
struct Judged<'a> {
    key: RecordKey,
    /// Change number of the last operation before these.
    before: u64,
    after: Option<Contribution>,
    body: Vec<u8>,
    moved: Vec<TallyChange>,
    open: (bool, bool),
    taken: Vec<Taken<'a>>,
    refused: Vec<(Answer, Full)>,
}

impl<'a> Judged<'a> {
    fn of(key: RecordKey, waiting: Waiting<'a>) -> Result<Self, StoreError> {
        let Waiting { stored, size, operations } = waiting;
        let stored = stored.map(|bytes| keys::decode_record(key, &bytes)).transpose()?;
        let (before, was, doc, mut hamlets) = match stored {
            Some(Record { change, contribution, doc, hamlets, .. }) => {
                (change, Some((contribution, doc.has_conflicts())), doc, hamlets)
            }
            None => (0, None, Doc::default(), Vec::new()),
        };
        let mut record = Growing::new(doc, size.max(3), RULES);
        let (mut taken, mut refused) = (Vec::with_capacity(operations.len()), Vec::new());
        for Placed { order, received, by, operation, believed, answer } in operations {
            if let Err(full) = record.take(operation, believed.millis()) {
                refused.push((answer, full));
                continue;
            }
            Record::stood(&mut hamlets, operation);
            let doc = record.doc();
            let in_conflict = operation.changes.iter().any(|set| doc.in_conflict(set.field.as_str()));
            let entry = LogEntry { previous: 0, received, by, operation: Cow::Borrowed(operation), believed };
            taken.push(Taken { order, change: 0, entry, answer, in_conflict });
        }
        let (after, moved, open) = compare(key, was, record.doc());
        let body = if taken.is_empty() { Vec::new() } else { keys::encode_body(record.doc(), &hamlets)? };
        Ok(Judged { key, before, after, body, moved, open, taken, refused })
    }

    /// Returns the record as it is written, and its entries of the log.
    fn linked(self) -> Result<(Merged, Vec<(u64, LogEntry<'a>)>), StoreError> {
        let Judged { key, mut before, after, body, moved, open, taken, .. } = self;
        let linked = taken.into_iter().map(|Taken { change, entry, .. }| {
            let previous = std::mem::replace(&mut before, change);
            (change, LogEntry { previous, ..entry })
        });
        let entries: Vec<_> = linked.collect();
        let record = keys::encode_record(before, after, &body)?;
        Ok((Merged { key, record, moved, open }, entries))
    }
}

/// Returns what a record counts for, how the tallies move, and whether it was and is in conflict. `was` is what it
/// counted for before, and whether it was listed as being in conflict.
fn compare(
    key: RecordKey,
    was: Option<(Option<Contribution>, bool)>,
    doc: &Doc,
) -> (Option<Contribution>, Vec<TallyChange>, (bool, bool)) {
    let commune = key.household.commune;
    let (counted, listed) = was.unzip();
    let before = counted.flatten();
    let after = Contribution::of(doc, commune, key.round);
    let moved = TallyChange::between(key.round, commune, before.as_ref(), after.as_ref());
    (after, moved, (listed == Some(true), doc.has_conflicts()))
}

/// A record with everything that is written of it.
pub(super) struct Merged {
    key: RecordKey,
    record: Vec<u8>,
    moved: Vec<TallyChange>,
    /// Whether it had open conflicts, and whether it has some now.
    open: (bool, bool),
}

impl Merged {
    /// A record to be stored under a change number. `stored` is what its predecessor counted for, and whether that
    /// was listed as being in conflict.
    pub(super) fn replacing(
        key: RecordKey,
        stored: Option<(Option<Contribution>, bool)>,
        change: u64,
        doc: &Doc,
        hamlets: &[u8],
    ) -> Result<Self, StoreError> {
        let (after, moved, open) = compare(key, stored, doc);
        let record = keys::encode_record(change, after, &keys::encode_body(doc, hamlets)?)?;
        Ok(Merged { key, record, moved, open })
    }
}

/// Puts records into a batch, with their places in the list of conflicts and their hamlets' tallies. Returns how the
/// tallies move.
pub(super) fn write(
    tree: &Tree,
    merged: &[Merged],
    batch: &mut Batch,
) -> Result<Vec<TallyChange>, StoreError> {
    let mut tallies: BTreeMap<_, TallyChange> = BTreeMap::new();
    for Merged { key, record, moved, open, .. } in merged {
        for moved in moved {
            tallies
                .entry((moved.commune, moved.round, moved.hamlet))
                .and_modify(|sum| sum.by += &moved.by)
                .or_insert(*moved);
        }
        batch.insert(keys::record(*key), record.as_slice());
        match open {
            (false, true) => batch.insert(keys::open(*key), &[]),
            (true, false) => batch.remove(keys::open(*key)),
            _ => {}
        }
    }
    let tallies: Vec<TallyChange> = tallies.into_values().filter(|moved| !moved.by.is_zero()).collect();
    for moved in &tallies {
        let key = keys::tally(moved.commune, moved.round, moved.hamlet);
        let mut tally = load_tally(tree, &key, moved.commune)?;
        tally += &moved.by;
        if tally.is_zero() {
            batch.remove(key);
        } else {
            batch.insert(key, keys::encode(&tally)?);
        }
    }
    Ok(tallies)
}

fn load_tally(tree: &Tree, key: &[u8], commune: CommuneCode) -> Result<Tally, StoreError> {
    let Some(bytes) = tree.get(key)? else { return Ok(Tally::default()) };
    postcard::from_bytes(&bytes)
        .map_err(|_| StoreError::Damaged(format!("a tally of commune {commune} cannot be read")))
}
