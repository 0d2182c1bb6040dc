//! The records that a device shows: those the server last gave, with the waiting edits on top. No I/O.

mod disk;

use std::collections::BTreeMap;

use soho_shared::household::field::{self, HAMLET, RULES};
use soho_shared::record::{Actor, Change, Doc, FieldPath, Operation, RecordKey, Stamp, Value};
use soho_shared::wire::kinds::ID_TAKEN;
use soho_shared::wire::{OperationResult, Problem, Status};
use uuid::Uuid;

use super::outbox::Entry;
pub use super::outbox::Held;

/// State of a record on this device, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordState {
    /// The server refused an edit; a person has to look at it.
    Rejected,
    /// Everything that can be sent is on the server, but some fields have values that are not allowed; a
    /// person has to correct or drop them.
    Held,
    /// Two people gave a field different values; a person has to choose.
    Conflict,
    /// Some edits are only on this device.
    Local,
    /// Everything is on the server.
    Sent,
}

impl RecordState {
    /// Returns the word for the attribute `data-state`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            RecordState::Rejected => "rejected",
            RecordState::Held => "held",
            RecordState::Conflict => "conflict",
            RecordState::Local => "local",
            RecordState::Sent => "sent",
        }
    }
}

/// An entry in memory.
#[derive(Clone, Debug)]
struct Kept {
    entry: Entry,
    /// Whether its slot has been written to disk at least once.
    saved: bool,
    /// Whether it differs from what is on disk.
    dirty: bool,
}

/// The waiting entries of one record, by slot. They are few, so a list is enough; a second kind of map would
/// add to the download.
#[derive(Clone, Debug, Default)]
struct Waiting(Vec<Kept>);

impl Waiting {
    fn find(&self, slot: Stamp) -> Result<usize, usize> {
        self.0.binary_search_by_key(&slot, |kept| kept.entry.slot)
    }

    fn get(&self, slot: Stamp) -> Option<&Kept> {
        self.find(slot).ok().map(|at| &self.0[at])
    }

    fn get_mut(&mut self, slot: Stamp) -> Option<&mut Kept> {
        self.find(slot).ok().map(|at| &mut self.0[at])
    }

    /// Adds an entry, in place of the one that its slot held.
    fn put(&mut self, kept: Kept) {
        match self.find(kept.entry.slot) {
            Ok(at) => self.0[at] = kept,
            Err(at) => self.0.insert(at, kept),
        }
    }

    fn take(&mut self, slot: Stamp) -> Option<Kept> {
        self.find(slot).ok().map(|at| self.0.remove(at))
    }
}

/// An edit about to be made: the record, the time and an id for the operation.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// Record to edit.
    pub key: RecordKey,
    /// Stamp of the edit; its actor is this run of the app.
    pub stamp: Stamp,
    /// Id of the operation, if it becomes a new one.
    pub id: Uuid,
}

/// The records that a device holds in memory.
#[derive(Clone, Debug, Default)]
pub struct Records {
    base: BTreeMap<RecordKey, Doc>,
    outbox: BTreeMap<RecordKey, Waiting>,
    /// Slots to remove from the disk.
    gone: Vec<Stamp>,
    /// A record in which nothing was typed yet, and the field that will be set before its first edit.
    begun: Option<(RecordKey, Change)>,
}

impl Records {
    /// Takes in a record as the server gave it.
    pub fn put_base(&mut self, key: RecordKey, doc: Doc) {
        self.base.insert(key, doc);
    }

    /// Forgets the records without waiting edits, because another hamlet was chosen.
    pub fn clear_base(&mut self) {
        self.begun = None;
        let outbox = &self.outbox;
        self.base.retain(|key, _| outbox.contains_key(key));
    }

    /// Shows a new record, which is created only by its first edit. `field` and `value` will be set before that edit.
    pub fn begin(&mut self, key: RecordKey, field: FieldPath, value: Value) {
        self.begun = Some((key, Change { field, value, seen: Vec::new() }));
    }

    /// Takes the field to be set before the first edit of a record that was only begun.
    pub fn take_begun(&mut self, key: &RecordKey) -> Option<(FieldPath, Value)> {
        let (_, change) = self.begun.take_if(|(begun, _)| begun == key)?;
        Some((change.field, change.value))
    }

    fn begun(&self, key: &RecordKey) -> Option<Doc> {
        let (_, change) = self.begun.as_ref().filter(|(begun, _)| begun == key)?;
        let mut doc = Doc::default();
        doc.write(Stamp::default(), change);
        Some(doc)
    }

    /// Returns whether a record is in memory, as the server's copy or as edits that wait.
    #[must_use]
    pub fn holds(&self, key: &RecordKey) -> bool {
        self.base.contains_key(key) || self.outbox.contains_key(key)
    }

    /// Returns the keys of all records.
    pub fn keys(&self) -> impl Iterator<Item = RecordKey> {
        let new = self.outbox.keys().filter(|key| !self.base.contains_key(key));
        self.base.keys().chain(new).copied()
    }

    /// Returns the keys of the records that have edits only on this device.
    pub fn waiting(&self) -> impl Iterator<Item = RecordKey> {
        self.outbox.keys().copied()
    }

    /// Returns how many records wait without anything that can be sent.
    #[must_use]
    pub fn stuck(&self) -> usize {
        self.outbox.values().filter(|waiting| is_stuck(waiting)).count()
    }

    /// Returns whether something can be sent now.
    #[must_use]
    pub fn has_sendable(&self) -> bool {
        self.entries().any(Entry::is_sendable)
    }

    /// Returns a record as its form shows it: the server's copy with the waiting edits on top.
    #[must_use]
    pub fn shown(&self, key: &RecordKey) -> Option<Doc> {
        self.laid(key, self.base.get(key).cloned(), &|_, _| true).or_else(|| self.begun(key))
    }

    /// Returns a record as the list shows it: edits that the server refused are left out, and a household
    /// stays in its hamlet until the server has moved it.
    #[must_use]
    pub fn listed(&self, key: &RecordKey) -> Option<Doc> {
        let hamlet = self.base.get(key).and_then(|doc| doc.get(HAMLET));
        let stands = hamlet.is_some_and(|hamlet| *hamlet != Value::Null);
        let base = self.base.get(key).cloned();
        let listed = self.laid(key, base, &|entry, change| {
            entry.problem.is_none() && !(stands && change.field.as_str() == HAMLET)
        });
        listed.filter(|doc| !doc.is_empty()).or_else(|| self.shown(key))
    }

    /// Returns some fields of a record as the user sees it, but for what one operation says: a key that is pressed
    /// changes one field of many.
    fn shown_of(&self, key: &RecordKey, fields: &[&str], without: Option<Stamp>) -> Option<Doc> {
        let is_of = |path: &FieldPath| fields.contains(&path.as_str());
        let base = self.base.get(key).map(|base| base.without(|path| !is_of(path)));
        self.laid(key, base, &|entry, change| Some(entry.slot) != without && is_of(&change.field))
    }

    /// Returns a copy of what the server has of a record, with those waiting changes on top for which `of` is true.
    fn laid(&self, key: &RecordKey, base: Option<Doc>, of: &dyn Fn(&Entry, &Change) -> bool) -> Option<Doc> {
        let waiting = self.outbox.get(key);
        if base.is_none() && waiting.is_none() {
            return None;
        }
        let mut doc = base.unwrap_or_default();
        for Kept { entry, .. } in waiting.into_iter().flat_map(|waiting| &waiting.0) {
            for change in entry.op.changes.iter().filter(|change| of(entry, change)) {
                if !contains(&doc, entry.op.stamp, change) {
                    doc.write_here(entry.op.stamp, change);
                }
            }
        }
        Some(doc)
    }

    /// Returns the state of a record.
    #[must_use]
    pub fn state(&self, key: &RecordKey) -> RecordState {
        self.state_where(key, || self.shown(key).is_some_and(|doc| doc.has_conflicts()))
    }

    /// Returns a record as its form shows it, and its state.
    #[must_use]
    pub fn opened(&self, key: &RecordKey) -> Option<(Doc, RecordState)> {
        let doc = self.shown(key)?;
        let state = self.state_where(key, || doc.has_conflicts());
        Some((doc, state))
    }

    fn state_where(&self, key: &RecordKey, has_conflicts: impl FnOnce() -> bool) -> RecordState {
        let waiting = self.outbox.get(key);
        if waiting.is_some_and(|w| w.0.iter().any(|kept| kept.entry.problem.is_some())) {
            RecordState::Rejected
        } else if waiting.is_some_and(is_stuck) {
            RecordState::Held
        } else if has_conflicts() {
            RecordState::Conflict
        } else if waiting.is_some() || self.begun(key).is_some() {
            RecordState::Local
        } else {
            RecordState::Sent
        }
    }

    /// Returns the fields of a record whose edits stay on the device, each with the reason.
    #[must_use]
    pub fn held(&self, key: &RecordKey) -> Vec<(String, Held)> {
        let waiting = self.outbox.get(key).into_iter().flat_map(|waiting| &waiting.0);
        waiting.flat_map(|kept| kept.entry.held()).collect()
    }

    /// Drops an edit of a field that stays on the device. The earlier value shows again, and what was typed
    /// together with it is sent without it. `spare` draws ids. Returns whether there was such an edit.
    pub fn drop_field(&mut self, key: &RecordKey, field: &str, mut spare: impl FnMut() -> Uuid) -> bool {
        let slots = self.held_by(key, &[field]);
        for slot in &slots {
            self.divide(key, *slot, &[field], &mut spare);
        }
        !slots.is_empty()
    }

    /// Returns the slots of the operations that one of these fields keeps on the device.
    fn held_by(&self, key: &RecordKey, fields: &[&str]) -> Vec<Stamp> {
        let held = |kept: &Kept| kept.entry.held().any(|(field, _)| fields.contains(&field.as_str()));
        let waiting = self.outbox.get(key).into_iter().flat_map(|waiting| &waiting.0);
        waiting.filter(|kept| held(kept)).map(|kept| kept.entry.slot).collect()
    }

    /// Replaces an operation with one that holds what can be sent and one for each field that cannot be,
    /// leaving out the fields in `without`. They get new ids, since the server may know the old one, and keep
    /// its stamp: each field is still written once at that time.
    fn divide(&mut self, key: &RecordKey, slot: Stamp, without: &[&str], spare: &mut dyn FnMut() -> Uuid) {
        let Some(waiting) = self.outbox.get_mut(key) else { return };
        let Some(Kept { entry: Entry { op, .. }, .. }) = waiting.take(slot) else { return };
        self.gone.push(slot);
        let held: Vec<String> = op.rejections(&RULES).map(|rejection| rejection.field).collect();
        let kept = op.changes.iter().filter(|change| !without.contains(&change.field.as_str())).cloned();
        let (alone, rest): (Vec<_>, Vec<_>) =
            kept.partition(|change| held.iter().any(|f| f == change.field.as_str()));
        let parts = alone.into_iter().map(|change| vec![change]).chain([rest]);
        for changes in parts.filter(|changes| !changes.is_empty()) {
            let mut entry = Entry::new(Operation { id: spare(), changes, ..op.clone() });
            // A slot that no other entry has.
            let (_, unique) = entry.op.id.as_u64_pair();
            entry.slot = Stamp::new(slot.millis(), 0, Actor(unique)).unwrap_or(slot);
            waiting.put(Kept { entry, saved: false, dirty: true });
        }
        if waiting.0.is_empty() {
            self.outbox.remove(key);
        }
    }

    /// Sets fields of a record, and returns whether anything changed. A value that the field already has is
    /// left out. A keystroke in the same field as the one before goes into its operation, unless that was
    /// sent. An earlier edit of the field that stays on the device is replaced.
    pub fn edit(&mut self, edit: Edit, mut changes: Vec<(FieldPath, Value)>) -> bool {
        let Edit { key, stamp, id } = edit;
        for (path, value) in &mut changes {
            field::clean(path, value);
        }
        let fields: Vec<&str> = changes.iter().map(|(field, _)| field.as_str()).collect();
        let doc = self.shown_of(&key, &fields, None).or_else(|| self.begun(&key)).unwrap_or_default();
        changes.retain(|(field, value)| {
            let field = field.as_str();
            let standing = doc.get(field);
            let same = standing == Some(value) || (standing.is_none() && *value == Value::Null);
            !same || doc.in_conflict(field) || !self.held_by(&key, &[field]).is_empty()
        });
        if changes.is_empty() {
            return false;
        }
        let mut waiting = self.outbox.get(&key).into_iter().flat_map(|waiting| &waiting.0);
        let into = waiting.find(|k| k.entry.takes(stamp.actor(), &changes)).map(|k| k.entry.slot);
        let fields: Vec<&str> = changes.iter().map(|(field, _)| field.as_str()).collect();
        let mut last = id.as_u128();
        let mut spare = || {
            last = last.wrapping_add(1);
            Uuid::from_u128(last)
        };
        for slot in self.held_by(&key, &fields) {
            if Some(slot) != into {
                self.divide(&key, slot, &fields, &mut spare);
            }
        }
        let seen = self.shown_of(&key, &fields, into).unwrap_or_default();
        let changes = changes.into_iter().map(|(field, value)| change(&seen, stamp, field, value)).collect();
        let waiting = self.outbox.entry(key).or_default();
        if let Some(kept) = into.and_then(|slot| waiting.get_mut(slot)) {
            kept.entry.op.stamp = stamp;
            kept.entry.op.changes = changes;
            kept.dirty = true;
        } else {
            let op = Operation { id, subject: key.subject, round: key.round, stamp, changes, why: None };
            waiting.put(Kept { entry: Entry::new(op), saved: false, dirty: true });
        }
        true
    }

    /// Clears the refusals of a record, so that its edits are sent again.
    pub fn retry(&mut self, key: &RecordKey) {
        for kept in self.outbox.get_mut(key).into_iter().flat_map(|waiting| &mut waiting.0) {
            // The server stored nothing under this id, so the same operation may be sent again.
            kept.dirty |= kept.entry.problem.take().is_some();
        }
    }

    /// Returns all entries, by record and slot.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.outbox.values().flat_map(|waiting| &waiting.0).map(|kept| &kept.entry)
    }
}

/// Returns the text by which a record is stored.
#[must_use]
pub fn key_text(key: &RecordKey) -> String {
    format!("{}/{}", key.subject, key.round)
}

/// Returns each record once. It does not sort, because sorting would add code that every tablet downloads.
#[must_use]
pub fn each_once(keys: Vec<RecordKey>) -> Vec<RecordKey> {
    let mut once = Vec::new();
    for key in keys {
        // The first test is the quick one: edits of one record often follow one another.
        if once.last() != Some(&key) && !once.contains(&key) {
            once.push(key);
        }
    }
    once
}

fn is_stuck(waiting: &Waiting) -> bool {
    !waiting.0.iter().any(|kept| kept.entry.is_sendable())
}

/// Makes a change that names the writes its author saw. Those of this run of the app are left out, because a
/// record keeps only one write of each writer.
fn change(seen: &Doc, stamp: Stamp, field: FieldPath, value: Value) -> Change {
    let seen = seen.seen(field.as_str()).into_iter().filter(|s| s.actor() != stamp.actor()).collect();
    Change { field, value, seen }
}

/// Writes an operation into the server's copy of a record, with the time at which it is believed to have been made. If the
/// record contains it already, nothing changes: the server's copy knows that time better. As in that copy, nothing is
/// awaited.
pub fn apply(doc: &mut Doc, op: &Operation, time: u64) {
    for change in &op.changes {
        if !contains(doc, op.stamp, change) {
            doc.write_at(op.stamp, time, change);
        }
    }
    *doc = std::mem::take(doc).settled();
}

fn contains(doc: &Doc, stamp: Stamp, change: &Change) -> bool {
    doc.latest_of(change.field.as_str(), stamp.actor()) == Some(stamp)
}

/// What an answer does to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It moves into the server's copy, with the time at which the server believes it was made.
    Stored(u64),
    /// It goes out again under this id, since another operation has its own: on a tablet that was restored from a backup
    /// it may have been sent before with fewer keystrokes.
    Renamed(Uuid),
    /// It waits for a person, with the reason if the server gave one.
    Refused(Option<Problem>),
}

/// Judges an answer; `spare` draws an id.
#[must_use]
pub fn verdict(entry: &Entry, result: OperationResult, spare: impl FnOnce() -> Uuid) -> Verdict {
    match (result.status, result.problem) {
        (Status::Accepted | Status::Duplicate | Status::Conflict, _) => {
            Verdict::Stored(result.time.unwrap_or(entry.op.stamp.millis()))
        }
        (Status::Rejected, Some(problem)) if problem.kind == ID_TAKEN => Verdict::Renamed(spare()),
        (Status::Rejected, problem) => Verdict::Refused(problem),
    }
}

#[cfg(test)]
mod tests;
