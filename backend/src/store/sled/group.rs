//! Several pushes merged into one transaction.
//!
//! First each operation gets its place: whether it is new, at which time and under which change number it is stored.
//! Then each record is read, merged, assessed and packed, all processors taking part; no record waits for
//! another. At last all of it is written as one batch.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ::sled::{Batch, Tree};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::CommuneCode;
use soho_shared::assess::Contribution;
use soho_shared::sync::{Actor, Doc, Operation, RecordKey, Stamp};
use soho_shared::tally::{Tally, TallyChange};
use uuid::Uuid;

use super::access::Changes;
use super::keys;
use super::log::{self, LogEntry};
use crate::accounts::Author;
use crate::store::{Arrival, CLOCK_TOLERANCE_MILLIS, Outcome, Record, StoreError};

/// A new operation with its place in the log, and where its answer goes.
struct Placed<'a> {
    change: u64,
    received: u64,
    by: Option<Arc<Author>>,
    operation: &'a Operation,
    /// Its stamp at the time that is believed.
    believed: Stamp,
    answer: (usize, usize),
}

/// Operations in memory, on their way into one transaction.
pub(super) struct Group<'a> {
    tree: &'a Tree,
    /// The last change number of each commune on disk.
    heads: &'a HashMap<CommuneCode, u64>,
    next_heads: HashMap<CommuneCode, u64>,
    records: HashMap<RecordKey, Vec<Placed<'a>>>,
    done: HashMap<(CommuneCode, Uuid), Option<Stamp>>,
    /// What became of the operations of each push.
    outcomes: Vec<Vec<Outcome>>,
    changes: Vec<Changes>,
}

/// A transaction ready to be written.
pub(super) struct Prepared {
    pub(super) batch: Batch,
    /// How the figures move once it is on disk.
    pub(super) tallies: Vec<TallyChange>,
    /// The communes' last change numbers once it is on disk.
    pub(super) heads: HashMap<CommuneCode, u64>,
    /// What became of the operations of each push, in the order in which they were taken.
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Which change numbers each push took.
    pub(super) changes: Vec<Changes>,
}

impl<'a> Group<'a> {
    pub(super) fn new(tree: &'a Tree, heads: &'a HashMap<CommuneCode, u64>) -> Self {
        Group {
            tree,
            heads,
            next_heads: HashMap::new(),
            records: HashMap::new(),
            done: HashMap::new(),
            outcomes: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Takes the operations of one push.
    pub(super) fn take(&mut self, arrival: &Arrival, operations: &'a [Operation]) -> Result<(), StoreError> {
        // A device that does not say its time can only be seen to be fast, by its latest stamp.
        let mut latest: HashMap<Actor, u64> = HashMap::new();
        for stamp in operations.iter().map(|operation| operation.stamp) {
            let latest = latest.entry(stamp.actor()).or_insert(arrival.now);
            *latest = stamp.millis().max(*latest);
        }
        let by = arrival.by.clone().map(Arc::new);
        let push = self.outcomes.len();
        let mut outcomes = Vec::with_capacity(operations.len());
        let mut changes = Changes::new();
        for (place, operation) in operations.iter().enumerate() {
            let (commune, stamp) = (operation.household.commune, operation.stamp);
            if let Some(moved) = self.stored_before(commune, operation.id)? {
                outcomes.push(Outcome::Duplicate(moved.map(Stamp::millis)));
                continue;
            }
            let clock = arrival.clock.unwrap_or(latest[&stamp.actor()]);
            let believed = stamp.at(stamp.believed(clock, arrival.now, CLOCK_TOLERANCE_MILLIS));
            let moved = (believed != stamp).then_some(believed);
            let change = self.next_change(commune);
            changes
                .entry(commune)
                .and_modify(|numbers| *numbers = *numbers.start()..=change)
                .or_insert(change..=change);
            self.done.insert((commune, operation.id), moved);
            self.records.entry(operation.key()).or_default().push(Placed {
                change,
                received: arrival.now,
                by: by.clone(),
                operation,
                believed,
                answer: (push, place),
            });
            outcomes.push(Outcome::Accepted(moved.map(Stamp::millis)));
        }
        self.outcomes.push(outcomes);
        self.changes.push(changes);
        Ok(())
    }

    /// Whether an operation was stored before, and at which time where that was not the stamp's own.
    #[expect(clippy::option_option, reason = "stored or not; and if so, whether at another time")]
    fn stored_before(&self, commune: CommuneCode, id: Uuid) -> Result<Option<Option<Stamp>>, StoreError> {
        if let Some(stamp) = self.done.get(&(commune, id)) {
            return Ok(Some(*stamp));
        }
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

    fn next_change(&mut self, commune: CommuneCode) -> u64 {
        let head = self
            .next_heads
            .entry(commune)
            .or_insert_with(|| self.heads.get(&commune).copied().unwrap_or_default());
        *head += 1;
        *head
    }

    /// Merges all of it into one transaction.
    pub(super) fn prepare(mut self) -> Result<Prepared, StoreError> {
        let tree = self.tree;
        let merged = self.records.into_par_iter().map(|(key, placed)| Merged::of(tree, key, placed));
        let mut merged = merged.collect::<Result<Vec<_>, _>>()?;
        let mut batch = Batch::default();
        let tallies = write(tree, &merged, &mut batch)?;
        let mut log: BTreeMap<CommuneCode, Vec<(u64, LogEntry)>> = BTreeMap::new();
        for Merged { key, entries, in_conflict, .. } in &mut merged {
            log.entry(key.household.commune).or_default().append(entries);
            for (push, place) in in_conflict {
                let outcome = &mut self.outcomes[*push][*place];
                if let Outcome::Accepted(time) = outcome {
                    *outcome = Outcome::Conflict(*time);
                }
            }
        }
        for entries in log.values_mut() {
            entries.sort_unstable_by_key(|(change, _)| *change);
        }
        let chunks: Vec<(CommuneCode, &[(u64, LogEntry)])> = log
            .iter()
            .flat_map(|(commune, entries)| entries.chunks(log::CHUNK).map(|chunk| (*commune, chunk)))
            .collect();
        let chunks = chunks.par_iter().map(|(commune, chunk)| {
            let first = chunk.first().map_or(0, |(first, _)| *first);
            Ok((keys::log(*commune, first), log::encode(chunk)?))
        });
        for (key, chunk) in chunks.collect::<Result<Vec<_>, StoreError>>()? {
            batch.insert(key, chunk);
        }
        for ((commune, id), stamp) in self.done {
            let value = stamp.map_or_else(|| Ok(Vec::new()), |_| keys::encode(&stamp))?;
            batch.insert(keys::done(commune, id), value);
        }
        Ok(Prepared {
            batch,
            tallies,
            heads: self.next_heads,
            outcomes: self.outcomes,
            changes: self.changes,
        })
    }
}

/// A record with all that is to be written of it.
pub(super) struct Merged<'a> {
    key: RecordKey,
    record: Vec<u8>,
    moved: Vec<TallyChange>,
    /// Whether it had open conflicts, and whether it has.
    open: (bool, bool),
    entries: Vec<(u64, LogEntry<'a>)>,
    /// Where the answers to those operations go that left a field in conflict.
    in_conflict: Vec<(usize, usize)>,
}

impl<'a> Merged<'a> {
    fn of(tree: &Tree, key: RecordKey, placed: Vec<Placed<'a>>) -> Result<Self, StoreError> {
        let stored = tree.get(keys::record(key))?;
        let stored = stored.map(|bytes| keys::decode_record(key, &bytes)).transpose()?;
        let mut before = stored.as_ref().map_or(0, |record| record.change);
        let (mut doc, mut hamlets) =
            stored.as_ref().map(|record| (record.doc.clone(), record.hamlets.clone())).unwrap_or_default();
        let mut entries = Vec::with_capacity(placed.len());
        let mut in_conflict = Vec::new();
        for Placed { change, received, by, operation, believed, answer } in placed {
            let previous = std::mem::replace(&mut before, change);
            let entry = LogEntry { previous, received, by, operation: Cow::Borrowed(operation), believed };
            entry.write(&mut doc);
            Record::stood(&mut hamlets, operation);
            if operation.changes.iter().any(|set| doc.in_conflict(set.field.as_str())) {
                in_conflict.push(answer);
            }
            entries.push((change, entry));
        }
        let stored = stored.map(|record| {
            let listed = record.doc.has_conflicts();
            (record.contribution, listed)
        });
        Ok(Merged { entries, in_conflict, ..Merged::replacing(key, stored, before, &doc, &hamlets)? })
    }

    /// A record that is to be stored under a change number, in place of one that counted for something and was
    /// listed as being in conflict or not.
    pub(super) fn replacing(
        key: RecordKey,
        stored: Option<(Option<Contribution>, bool)>,
        change: u64,
        doc: &Doc,
        hamlets: &[u8],
    ) -> Result<Self, StoreError> {
        let commune = key.household.commune;
        let (stored, listed) = stored.unzip();
        let before = stored.flatten();
        let after = Contribution::of(doc, commune, key.round);
        let moved = TallyChange::between(key.round, commune, before.as_ref(), after.as_ref());
        let open = (listed == Some(true), doc.has_conflicts());
        Ok(Merged {
            key,
            moved,
            record: keys::encode_record(change, after, doc, hamlets)?,
            open,
            entries: Vec::new(),
            in_conflict: Vec::new(),
        })
    }
}

/// Writes records, with their places in the list of conflicts and their hamlets' tallies. Says how the figures move.
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
