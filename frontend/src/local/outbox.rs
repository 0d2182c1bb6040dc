//! Edits that the server has not acknowledged yet: pure rules, no browser.

use serde::{Deserialize, Serialize};
use soho_shared::household::field;
use soho_shared::sync::{Actor, FieldPath, MAX_BATCH, Operation, Problem, Stamp, Value};
use uuid::Uuid;

/// Why a field does not leave the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is half-typed or out of bounds: what the rule says.
    Unfinished(String),
    /// The server refused it.
    Refused(Problem),
}

/// One operation waiting in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands: the operation's first stamp. It stays while further keystrokes move the
    /// operation's own stamp on, so the order of the outbox does not change under a reader.
    pub slot: Stamp,
    /// The operation.
    pub op: Operation,
    /// Whether it may have reached the server. Set on disk before the request leaves: the server tells
    /// operations apart by id, so from then on its content must never change.
    pub sent: bool,
    /// Why the server refused it. It then waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl Entry {
    /// An entry as it was kept. Earlier versions kept texts as they were typed, which the server does not take any
    /// more. Cleaned they go out even where they were sent before: an operation that is stored is known by its id.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(kept: &str) -> serde_json::Result<Self> {
        let mut entry: Entry = serde_json::from_str(kept)?;
        for change in &mut entry.op.changes {
            field::clean(&change.field, &mut change.value);
        }
        Ok(entry)
    }

    /// A new operation, not sent yet.
    #[must_use]
    pub fn new(op: Operation) -> Self {
        Entry { slot: op.stamp, op, sent: false, problem: None }
    }

    /// Whether the next keystroke of this run of the app in the same fields may go into this operation
    /// instead of a new one.
    #[must_use]
    pub fn takes(&self, actor: Actor, fields: &[(FieldPath, Value)]) -> bool {
        !self.sent
            && self.problem.is_none()
            && self.op.stamp.actor() == actor
            && self.op.changes.len() == fields.len()
            && self.op.changes.iter().zip(fields).all(|(change, (field, _))| change.field == *field)
    }

    /// The fields that keep it on the device, and why (an identity number of five digits stays until it is whole).
    /// All who ask what can still be sent ask this.
    pub fn held(&self) -> impl Iterator<Item = (String, Held)> {
        let refused = self.problem.iter().flat_map(move |problem| {
            let fields = self.op.changes.iter();
            fields.map(move |change| (change.field.as_str().to_owned(), Held::Refused(problem.clone())))
        });
        let unfinished = self.op.rejections().filter(move |_| self.problem.is_none());
        refused.chain(unfinished.map(|rejection| (rejection.field, Held::Unfinished(rejection.detail))))
    }

    /// How many bytes its operation takes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        serde_json::to_string(&self.op).map_or(0, |text| text.len())
    }

    /// Whether some of its fields keep others on the device.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.op.changes.len() > 1 && self.problem.is_none() && !self.is_sendable()
    }

    /// Whether it can be sent.
    #[must_use]
    pub fn is_sendable(&self) -> bool {
        self.held().next().is_none()
    }
}

/// The entries to send next, of each run of the app the earliest edits first: as many as fit in so many bytes, and one
/// in any case.
#[must_use]
pub fn next(mut entries: Vec<Entry>, bytes: usize) -> Vec<Entry> {
    entries.retain(Entry::is_sendable);
    let (mut first, mut sum) = (Vec::new(), 0);
    // One by one: sorting has code of its own, which every tablet would download.
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

/// An entry that must be written to disk, or removed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write it. `saved` says whether an earlier state of it is on disk already.
    Put {
        /// What to write.
        entry: Box<Entry>,
        /// Whether its slot was written before.
        saved: bool,
        /// The id to take when it turns out that the earlier state has been sent meanwhile.
        spare: Uuid,
    },
    /// Remove the entry of this slot: a newer one replaces it.
    Delete(Stamp),
}

/// What became of a [`Step::Put`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The slot it had.
    pub slot: Stamp,
    /// Set when the earlier state had been sent meanwhile (by another tab, or a moment before): the
    /// later keystrokes then became an operation of their own.
    pub fork: Option<Fork>,
}

/// Keystrokes that became an operation of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The new operation's id.
    pub id: Uuid,
    /// Its slot.
    pub slot: Stamp,
    /// The state that was sent, unless it is acknowledged already.
    pub stored: Option<Entry>,
}

/// Decides how an entry is written, given what is on disk in its slot: what to put there, and the fork
/// if it becomes an operation of its own.
#[must_use]
pub fn settle(entry: Entry, saved: bool, spare: Uuid, stored: Option<Entry>) -> (Entry, Option<Fork>) {
    let touched = match &stored {
        // Cleared of a refusal, it goes out again as it is.
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
    use soho_shared::sync::{Change, HouseholdId, Round};

    use super::*;

    #[test]
    fn what_is_sent_next_fits_and_is_something() {
        let entry = |n: u32| {
            let (stamp, number) = (Stamp::new(n.into(), 0, Actor(1)).unwrap(), i64::from(n));
            let household = HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(1) };
            let change =
                Change { field: "head/birth_year".parse().unwrap(), value: number.into(), seen: Vec::new() };
            let (id, round) = (Uuid::from_u128(n.into()), Round::CENSUS_2010);
            Entry::new(Operation { id, household, round, stamp, changes: vec![change], why: None })
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
