//! Several pushes merged into one transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ::sled::{Batch, Tree};
use soho_shared::area::CommuneCode;
use soho_shared::assess::Contribution;
use soho_shared::sync::{Doc, Operation, RecordKey, Stamp};
use soho_shared::tally::{Tally, TallyChange};
use uuid::Uuid;

use super::clocks::{Clocks, Moved};
use super::keys;
use super::log::{self, LogEntry};
use super::{Arrival, Outcome, Record, StoreError};
use crate::accounts::Author;

/// A record while operations are merged into it.
struct Working {
    /// The change number it is stored under, if it is stored.
    stored: Option<u64>,
    before: Option<Contribution>,
    /// Whether it had open conflicts.
    was_open: bool,
    doc: Doc,
    /// The change number of the last operation merged into it; 0 when there was none.
    change: u64,
}

/// Operations merged in memory, on their way into one transaction.
pub(super) struct Group<'a> {
    tree: &'a Tree,
    /// The last change number of each commune on disk.
    heads: &'a HashMap<CommuneCode, u64>,
    next_heads: HashMap<CommuneCode, u64>,
    records: HashMap<RecordKey, Working>,
    done: HashMap<(CommuneCode, Uuid), Option<Stamp>>,
    /// The operations of each commune, and the change number of the first of them.
    log: BTreeMap<CommuneCode, (u64, Vec<LogEntry>)>,
    clocks: Clocks<'a>,
}

/// A transaction ready to be written.
pub(super) struct Prepared {
    pub(super) batch: Batch,
    /// How the figures move once it is on disk.
    pub(super) tallies: Vec<TallyChange>,
    /// The communes' last change numbers once it is on disk.
    pub(super) heads: HashMap<CommuneCode, u64>,
}

impl<'a> Group<'a> {
    pub(super) fn new(tree: &'a Tree, heads: &'a HashMap<CommuneCode, u64>) -> Self {
        Group {
            tree,
            heads,
            next_heads: HashMap::new(),
            records: HashMap::new(),
            done: HashMap::new(),
            log: BTreeMap::new(),
            clocks: Clocks::new(tree),
        }
    }

    /// Merges the operations of one push.
    pub(super) fn take(
        &mut self,
        arrival: &Arrival,
        operations: &[Operation],
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut moved = Moved::default();
        let mut new = Vec::new();
        let mut before = Vec::with_capacity(operations.len());
        for operation in operations {
            let stored = self.stored_before(operation.household.commune, operation.id)?;
            match stored {
                None => new.push(operation),
                Some(stamp) => moved.note(operation.stamp, stamp.unwrap_or(operation.stamp)),
            }
            before.push(stored);
        }
        self.clocks.correct(arrival, new, &mut moved)?;
        let by = arrival.by.clone().map(Arc::new);
        let each = operations.iter().zip(before);
        each.map(|(operation, before)| match before {
            Some(stamp) => Ok(Outcome::Duplicate(stamp)),
            None => self.take_one(arrival, by.as_ref(), operation, &moved),
        })
        .collect()
    }

    fn take_one(
        &mut self,
        arrival: &Arrival,
        by: Option<&Arc<Author>>,
        operation: &Operation,
        moved: &Moved,
    ) -> Result<Outcome, StoreError> {
        let commune = operation.household.commune;
        // The same push may name it twice.
        if let Some(stamp) = self.done.get(&(commune, operation.id)) {
            return Ok(Outcome::Duplicate(*stamp));
        }
        let sent = operation.stamp;
        let operation = self.clocks.settle(arrival, operation, moved)?;
        let sent = (operation.stamp != sent).then_some(sent);
        let effective = sent.map(|_| operation.stamp);
        let change = self.next_change(commune);
        let key = operation.key();
        let working = match self.records.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(load(self.tree, key)?),
        };
        let previous = std::mem::replace(&mut working.change, change);
        for set in &operation.changes {
            working.doc.write(operation.stamp, set);
        }
        let conflict = operation.changes.iter().any(|set| working.doc.in_conflict(set.field.as_str()));
        self.done.insert((commune, operation.id), effective);
        let entry = LogEntry { previous, received: arrival.now, by: by.cloned(), operation, sent };
        self.log.entry(commune).or_insert((change, Vec::new())).1.push(entry);
        Ok(if conflict { Outcome::Conflict(effective) } else { Outcome::Accepted(effective) })
    }

    /// Whether an operation was stored before, and under which stamp where that was not the one sent.
    #[expect(clippy::option_option, reason = "stored or not; and if so, whether under another stamp")]
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

    /// Puts another merge of the same operations in a record's place.
    pub(super) fn replace(&mut self, record: Record, doc: Doc) {
        let Record { key, change, contribution, doc: replaced } = record;
        let was_open = replaced.has_conflicts();
        let working = Working { stored: Some(change), before: contribution, was_open, doc, change };
        self.records.insert(key, working);
    }

    /// Whether nothing has to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// All of it as one transaction.
    pub(super) fn prepare(self) -> Result<Prepared, StoreError> {
        let mut batch = Batch::default();
        let mut tallies: BTreeMap<_, TallyChange> = BTreeMap::new();
        for (key, working) in self.records {
            let commune = key.household.commune;
            let after = Contribution::of(&working.doc, commune, key.round);
            for moved in TallyChange::between(key.round, commune, working.before.as_ref(), after.as_ref()) {
                tallies
                    .entry((moved.commune, moved.round, moved.hamlet))
                    .and_modify(|sum| sum.by += &moved.by)
                    .or_insert(moved);
            }
            batch.insert(keys::record(key), keys::encode_record(working.change, after, &working.doc)?);
            if let Some(stored) = working.stored {
                batch.remove(keys::change(commune, stored));
            }
            batch.insert(keys::change(commune, working.change), keys::change_value(key));
            match (working.was_open, working.doc.has_conflicts()) {
                (false, true) => batch.insert(keys::open(key), &[]),
                (true, false) => batch.remove(keys::open(key)),
                _ => {}
            }
        }
        for ((commune, id), stamp) in self.done {
            let value = stamp.map_or_else(|| Ok(Vec::new()), |_| keys::encode(&stamp))?;
            batch.insert(keys::done(commune, id), value);
        }
        for (commune, (first, entries)) in self.log {
            for (first, chunk) in (first..).step_by(log::CHUNK).zip(entries.chunks(log::CHUNK)) {
                batch.insert(keys::log(commune, first), log::encode(first, chunk)?);
            }
        }
        let tallies: Vec<TallyChange> = tallies.into_values().filter(|moved| !moved.by.is_zero()).collect();
        for moved in &tallies {
            let key = keys::tally(moved.commune, moved.round, moved.hamlet);
            let mut tally = load_tally(self.tree, &key, moved.commune)?;
            tally += &moved.by;
            if tally.is_zero() {
                batch.remove(key);
            } else {
                batch.insert(key, keys::encode(&tally)?);
            }
        }
        self.clocks.write(&mut batch)?;
        Ok(Prepared { batch, tallies, heads: self.next_heads })
    }
}

fn load(tree: &Tree, key: RecordKey) -> Result<Working, StoreError> {
    let Some(bytes) = tree.get(keys::record(key))? else {
        return Ok(Working { stored: None, before: None, was_open: false, doc: Doc::default(), change: 0 });
    };
    let Record { change, contribution, doc, .. } = keys::decode_record(key, &bytes)?;
    let was_open = doc.has_conflicts();
    Ok(Working { stored: Some(change), before: contribution, was_open, doc, change })
}

fn load_tally(tree: &Tree, key: &[u8], commune: CommuneCode) -> Result<Tally, StoreError> {
    let Some(bytes) = tree.get(key)? else { return Ok(Tally::default()) };
    postcard::from_bytes(&bytes)
        .map_err(|_| StoreError::Damaged(format!("a tally of commune {commune} cannot be read")))
}
