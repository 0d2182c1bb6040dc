//! Edits that the server has not acknowledged yet: rules without I/O, which need no browser.

use serde::{Deserialize, Serialize};
use soho_shared::household::field::{self, RULES};
use soho_shared::record::{Actor, FieldPath, MAX_BATCH, Operation, Stamp, Value};
use soho_shared::wire::Problem;
use uuid::Uuid;

use crate::json::{self, NotThat};

/// Reason why a field's edit stays on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// The value is half-typed or out of bounds; holds the rule it breaks.
    Unfinished(String),
    /// The server refused it.
    Refused(Problem),
}

/// One operation waiting in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Key of the entry: the operation's first stamp. It stays the same while further keystrokes advance the
    /// operation's own stamp, so the order of the outbox does not change under a reader.
    pub slot: Stamp,
    /// Operation that waits.
    pub op: Operation,
    /// Whether it may have reached the server. Set on disk before the request leaves: the server tells
    /// operations apart by id, so from then on the content must never change.
    pub sent: bool,
    /// Reason why the server refused it; a refused entry waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl Entry {
    /// Reads an entry from its stored JSON. Earlier versions stored texts as they were typed, which the
    /// server no longer accepts, so they are cleaned. Where an entry was stored before it was cleaned, the server says that
    /// its id is taken, and it goes out once more under another id and the same stamp.
    ///
    /// # Errors
    /// When the text is no entry.
    pub fn read(kept: &str) -> Result<Self, NotThat> {
        let mut entry: Entry = json::read(kept)?;
        for change in &mut entry.op.changes {
            field::clean(&change.field, &mut change.value);
        }
        Ok(entry)
    }

    /// Makes an entry for a new operation that was not sent yet.
    #[must_use]
    pub fn new(op: Operation) -> Self {
        Entry { slot: op.stamp, op, sent: false, problem: None }
    }

    /// The same edit under another id, not sent yet.
    #[must_use]
    pub fn renamed(self, id: Uuid) -> Self {
        Entry { op: Operation { id, ..self.op }, sent: false, problem: None, ..self }
    }

    /// Returns whether the next keystroke of this run of the app in the same fields may go into this
    /// operation instead of a new one.
    #[must_use]
    pub fn takes(&self, actor: Actor, fields: &[(FieldPath, Value)]) -> bool {
        !self.sent
            && self.problem.is_none()
            && self.op.stamp.actor() == actor
            && self.op.changes.len() == fields.len()
            && self.op.changes.iter().zip(fields).all(|(change, (field, _))| change.field == *field)
    }

    /// Returns the fields that keep the entry on the device, each with the reason; an identity number of five
    /// digits stays until it is complete. Whatever decides what can still be sent asks this function.
    pub fn held(&self) -> impl Iterator<Item = (String, Held)> {
        let refused = self.problem.iter().flat_map(move |problem| {
            let fields = self.op.changes.iter();
            fields.map(move |change| (change.field.as_str().to_owned(), Held::Refused(problem.clone())))
        });
        let unfinished = self.op.rejections(&RULES).filter(move |_| self.problem.is_none());
        refused.chain(unfinished.map(|rejection| (rejection.field, Held::Unfinished(rejection.detail))))
    }

    /// Returns how many bytes the operation takes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        serde_json::to_string(&self.op).map_or(0, |text| text.len())
    }

    /// Returns whether some of its fields keep others on the device.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.op.changes.len() > 1 && self.problem.is_none() && !self.is_sendable()
    }

    /// Returns whether it can be sent.
    #[must_use]
    pub fn is_sendable(&self) -> bool {
        self.held().next().is_none()
    }
}

/// Picks the entries to send next, those with the earliest stamps first: as many as fit into `bytes`, but at least one.
#[must_use]
pub fn next(mut entries: Vec<Entry>, bytes: usize) -> Vec<Entry> {
    entries.retain(Entry::is_sendable);
    let (mut first, mut sum) = (Vec::new(), 0);
    // Picked one by one, because sorting would add code that every tablet downloads.
    while first.len() < MAX_BATCH {
        let places = 0..entries.len();
        let Some(place) = places.min_by_key(|place| entries[*place].op.stamp) else { break };
        sum += entries[place].size();
        if sum > bytes && !first.is_empty() {
            break;
        }
        first.push(entries.swap_remove(place));
    }
    first
}

/// A change of the stored outbox: an entry to write or to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write the entry.
    Put {
        /// Entry to write.
        entry: Box<Entry>,
        /// Whether an earlier state of it is on disk already.
        saved: bool,
        /// Id to use if the earlier state turns out to have been sent in the meantime.
        spare: Uuid,
    },
    /// Remove the entry in this slot; a newer one replaces it.
    Delete(Stamp),
}

/// Outcome of a [`Step::Put`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Slot of the entry that was to be written.
    pub slot: Stamp,
    /// Set when the earlier state had been sent in the meantime (by another tab, or a moment before): the
    /// later keystrokes then became an operation of their own.
    pub fork: Option<Fork>,
}

/// A new operation, made of keystrokes that came after the earlier state was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Id of the new operation.
    pub id: Uuid,
    /// Slot of the new operation.
    pub slot: Stamp,
    /// State that was sent, unless the server has acknowledged it already.
    pub stored: Option<Entry>,
}

/// Decides how an entry is written, given what is stored in its slot. Returns the entry to store, and the
/// fork if it becomes an operation of its own.
#[must_use]
pub fn settle(entry: Entry, saved: bool, spare: Uuid, stored: Option<Entry>) -> (Entry, Option<Fork>) {
    let touched = match &stored {
        // An entry whose refusal was cleared goes out again unchanged.
        Some(stored) => stored.sent && stored.op != entry.op,
        None => saved,
    };
    if !touched {
        return (entry, None);
    }
    let slot = entry.op.stamp;
    let op = Operation { id: spare, ..entry.op };
    let entry = Entry { slot, op, sent: false, problem: None };
    (entry, Some(Fork { id: spare, slot, stored }))
}

#[cfg(test)]
mod tests {
    use soho_shared::record::{Change, HouseholdId, Round};

    use super::*;

    #[test]
    fn what_is_sent_next_fits_and_is_something() {
        let entry = |n: u32| {
            let (stamp, number) = (Stamp::new(n.into(), 0, Actor(1)).unwrap(), i64::from(n));
            let household = HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(1) };
            let change =
                Change { field: "head/birth_year".parse().unwrap(), value: number.into(), seen: Vec::new() };
            let (id, round) = (Uuid::from_u128(n.into()), Round::CENSUS_2010);
            Entry::new(Operation {
                id,
                subject: household.into(),
                round,
                stamp,
                changes: vec![change],
                why: None,
            })
        };
        let entries: Vec<_> = (1900..2000).rev().map(entry).collect();
        let size = entries[0].size();
        for (bytes, many) in [(0, 1), (size, 1), (3 * size, 3), (4 * size - 1, 3), (usize::MAX, 100)] {
            let batch = next(entries.clone(), bytes);
            assert_eq!(batch.len(), many, "{bytes}");
            assert_eq!(batch[0].slot.millis(), 1900);
        }
        let many: Vec<_> = (0..3).flat_map(|_| entries.clone()).collect();
        assert_eq!(next(many.iter().cycle().take(700).cloned().collect(), usize::MAX).len(), MAX_BATCH);
    }
}
