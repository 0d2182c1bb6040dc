//! Amendments of accounts, and entries of the audit trail, on their way into one transaction of each place.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use soho_shared::area::UnitCode;

use super::group::Changes;
use super::held::Held;
use super::keys;
use super::trail::Noted;
use super::types::Arrival;
use super::writer::Job;
use crate::engine::{Place, StoreError, Write};
use crate::people::{Amendment, Item, Key};

/// Bits of an entry's number that tell apart what happened in the same millisecond.
const WITHIN_MILLI: u32 = 20;

/// Keys of one place with their new values, and what of that is held in memory.
#[derive(Default)]
pub(super) struct Writes {
    pub(super) pairs: Vec<Write>,
    pub(super) items: BTreeMap<Key, Option<Item>>,
}

/// What is to be written beside operations.
pub(super) struct Pending<'a> {
    held: &'a Held,
    amended: BTreeMap<Key, Option<Item>>,
    writes: BTreeMap<Place, Writes>,
    /// Places of which it is asked that nothing was written there meanwhile.
    unmoved: HashSet<Place>,
    last_entry: u64,
}

impl<'a> Pending<'a> {
    pub(super) fn new(held: &'a Held) -> Self {
        let (amended, writes, unmoved) = (BTreeMap::new(), BTreeMap::new(), HashSet::new());
        Pending { held, amended, writes, unmoved, last_entry: held.last_entry }
    }

    /// Makes all amendments and adds the entries but for those of places that are settled already. Returns the places
    /// that are written; `None`, having done nothing, when an item is not as it must be. What is only asked to be
    /// unchanged is asked anew each time.
    pub(super) fn amend(
        &mut self,
        job: &Job,
        settled: &HashSet<Place>,
    ) -> Result<Option<HashSet<Place>>, StoreError> {
        let Job { arrival: Arrival { now, .. }, amendments, entries, others, .. } = job;
        let open: Vec<_> = amendments
            .iter()
            .filter_map(|amendment| Some((account_place(amendment)?, amendment)))
            .filter(|(place, _)| !settled.contains(place))
            .collect();
        let is_as_it_was = |a: &Amendment| match self.amended.get(&a.key) {
            Some(pending) => *pending == a.was,
            None => self.held.items.get(&a.key) == a.was.as_ref(),
        };
        if !open.iter().all(|(_, amendment)| is_as_it_was(amendment)) {
            return Ok(None);
        }
        let mut places = HashSet::new();
        for (place, Amendment { key, was, becomes }) in &open {
            if was == becomes {
                self.unmoved.insert(*place);
                continue;
            }
            places.insert(*place);
            self.amended.insert(key.clone(), becomes.clone());
            let writes = self.writes.entry(*place).or_default();
            writes.items.insert(key.clone(), becomes.clone());
        }
        for (place, write) in others.iter().filter(|(place, _)| !settled.contains(place)) {
            places.insert(*place);
            self.writes.entry(*place).or_default().pairs.push(write.clone());
        }
        let of_accounts = amendments.iter().find(|a| a.was != a.becomes).and_then(account_place);
        for entry in entries {
            let by = || entry.by.as_ref().map(|by| keys::place_of(&by.account));
            let place = entry.commune.map(UnitCode::to_bytes).or(of_accounts).or_else(by);
            let place = place.unwrap_or(keys::WHOLE);
            if !settled.contains(&place) {
                places.insert(place);
                self.note(*now, place, &Noted::Told(*now, entry))?;
            }
        }
        Ok(Some(places))
    }

    /// Notes what a push has changed, where it is known who sent it.
    pub(super) fn note_changes(&mut self, arrival: &Arrival, changes: &Changes) -> Result<(), StoreError> {
        for (unit, numbers) in changes.iter().filter(|_| arrival.by.is_some()) {
            let noted = Noted::<()>::Changed(arrival.now, *numbers.start(), *numbers.end());
            self.note(arrival.now, unit.to_bytes(), &noted)?;
        }
        Ok(())
    }

    fn note(&mut self, now: u64, place: Place, noted: &Noted<impl Serialize>) -> Result<(), StoreError> {
        let begins = now.min(u64::MAX >> WITHIN_MILLI) << WITHIN_MILLI;
        // Rises even when the clock is set back.
        self.last_entry = begins.max(self.last_entry.saturating_add(1));
        let pair = (keys::audit(place, self.last_entry), Some(keys::encode(noted)?));
        self.writes.entry(place).or_default().pairs.push(pair);
        Ok(())
    }

    /// What is to be written.
    pub(super) fn finish(mut self) -> Result<Finished, StoreError> {
        for (place, writes) in &mut self.writes {
            for (key, item) in &writes.items {
                let value = item.as_ref().map(keys::encode_item).transpose()?;
                writes.pairs.push((keys::item(*place, key), value));
            }
        }
        Ok(Finished { writes: self.writes, unmoved: self.unmoved, last_entry: self.last_entry })
    }
}

/// What is to be written beside operations, in full.
pub(super) struct Finished {
    pub(super) writes: BTreeMap<Place, Writes>,
    /// Places in which nobody may have written meanwhile, whether anything is written there or not.
    pub(super) unmoved: HashSet<Place>,
    /// The largest number of an entry of the audit trail.
    pub(super) last_entry: u64,
}

/// The place of an amendment's account; `None` when it amends nothing.
fn account_place(amendment: &Amendment) -> Option<Place> {
    let item = amendment.becomes.as_ref().or(amendment.was.as_ref())?;
    Some(keys::place_of(item.account()))
}
