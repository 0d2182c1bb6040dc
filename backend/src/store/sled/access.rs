//! Accounts and the audit trail on their way to disk and back.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::RangeInclusive;

use ::sled::{Batch, Tree};
use serde::{Deserialize, Serialize};
use soho_shared::area::{self, AreaCode, CommuneCode};

use super::{keys, log};
use crate::people::{Action, Amendment, Entry, Item, Key, Recorded};
use crate::store::{Arrival, StoreError};

/// Accounts, sessions and enrolments.
pub(super) type Items = BTreeMap<Key, Item>;

/// Bits of an entry's number that tell apart what happened in the same millisecond.
const WITHIN_MILLI: u32 = 20;

/// Change numbers that the new operations of one push took, by commune.
pub(super) type Changes = BTreeMap<CommuneCode, RangeInclusive<u64>>;

/// An entry of the audit trail as it is stored; the first number is its time in milliseconds since 1970. Another form
/// is another variant.
#[derive(Serialize, Deserialize)]
pub(super) enum Noted<E> {
    /// The entry itself.
    Told(u64, E),
    /// Households were changed by a push: its first change number and its last. The log says by whom, and which
    /// households.
    Changed(u64, u64, u64),
}

impl Noted<Entry> {
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// Time and content of the entry. `trail` is the commune in whose trail it is, or `None` for the trail of the
    /// whole register.
    fn read(self, tree: &Tree, trail: Option<CommuneCode>) -> Result<(u64, Entry), StoreError> {
        match (self, trail) {
            (Noted::Told(at, entry), _) => Ok((at, entry)),
            (Noted::Changed(at, first, last), Some(commune)) => {
                let (by, households) = log::changed(tree, commune, first..=last)?;
                Ok((at, Entry::households(by, Action::Changed, commune, households)))
            }
            (Noted::Changed(..), None) => Err(damaged()),
        }
    }
}

fn damaged() -> StoreError {
    StoreError::Damaged("an entry of the audit trail cannot be read".to_owned())
}

/// Reads all accounts, sessions and enrolments.
pub(super) fn items(tree: &Tree) -> Result<Items, StoreError> {
    let mut items = Items::new();
    for pair in tree.scan_prefix(keys::items()) {
        let (key, value) = pair?;
        let item = keys::decode_item(&key, &value)
            .ok_or_else(|| StoreError::Damaged("an account or session cannot be read".to_owned()))?;
        items.insert(item.key(), item);
    }
    Ok(items)
}

/// The trails of an area's communes; without an area those of all, after the trail of what is about no commune.
fn trails(area: Option<AreaCode>) -> impl Iterator<Item = Option<CommuneCode>> {
    let whole = area.is_none().then_some(None);
    let communes = area::communes().iter().filter(move |c| area.is_none_or(|area| area.contains_commune(c)));
    whole.into_iter().chain(communes.map(|c| Some(c.code)))
}

/// The number of the last entry of the audit trail; 0 when there is none.
pub(super) fn last_entry(tree: &Tree) -> Result<u64, StoreError> {
    let mut latest = 0;
    for trail in trails(None) {
        if let Some(last) = tree.scan_prefix(keys::trail(trail)).next_back() {
            latest = latest.max(keys::audit_number(&last?.0).unwrap_or(0));
        }
    }
    Ok(latest)
}

/// A page of the audit trail, latest first.
pub(super) fn page(
    tree: &Tree,
    area: Option<AreaCode>,
    before: u64,
    limit: usize,
) -> Result<Vec<Recorded>, StoreError> {
    let of: Vec<_> = trails(area).collect();
    let mut trails: Vec<_> =
        of.iter().map(|of| tree.range(keys::audit(*of, 0)..keys::audit(*of, before))).collect();
    // The latest entry of each trail that is not on the page yet.
    let mut heads = BinaryHeap::new();
    let mut next = |at: usize, heads: &mut BinaryHeap<_>| -> Result<(), StoreError> {
        if let Some(pair) = trails[at].next_back() {
            let (key, value) = pair?;
            heads.push((keys::audit_number(&key).ok_or_else(damaged)?, at, value));
        }
        Ok(())
    };
    for at in 0..of.len() {
        next(at, &mut heads)?;
    }
    let mut page = Vec::new();
    while page.len() < limit
        && let Some((number, trail, value)) = heads.pop()
    {
        let (at, entry) = Noted::decode(&value).ok_or_else(damaged)?.read(tree, of[trail])?;
        page.push(Recorded { number, at, entry });
        next(trail, &mut heads)?;
    }
    Ok(page)
}

/// Amendments and entries on their way into one transaction.
pub(super) struct Pending<'a> {
    items: &'a Items,
    amended: BTreeMap<Key, Option<Item>>,
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    last_entry: u64,
}

impl<'a> Pending<'a> {
    pub(super) const fn new(items: &'a Items, last_entry: u64) -> Self {
        Pending { items, amended: BTreeMap::new(), entries: Vec::new(), last_entry }
    }

    /// Makes all amendments and adds the entries; or, when an item is not as it must be, does nothing and returns
    /// `false`.
    pub(super) fn amend(
        &mut self,
        now: u64,
        amendments: &[Amendment],
        entries: &[Entry],
    ) -> Result<bool, StoreError> {
        let is_as_it_was = |a: &Amendment| match self.amended.get(&a.key) {
            Some(pending) => *pending == a.was,
            None => self.items.get(&a.key) == a.was.as_ref(),
        };
        if !amendments.iter().all(is_as_it_was) {
            return Ok(false);
        }
        for amendment in amendments.iter().filter(|a| a.was != a.becomes) {
            self.amended.insert(amendment.key.clone(), amendment.becomes.clone());
        }
        for entry in entries {
            self.record(now, entry.commune, &Noted::Told(now, entry))?;
        }
        Ok(true)
    }

    /// Notes what a push has changed, where it is known who sent it.
    pub(super) fn note_changes(&mut self, arrival: &Arrival, changes: &Changes) -> Result<(), StoreError> {
        for (commune, numbers) in changes.iter().filter(|_| arrival.by.is_some()) {
            let noted = Noted::<()>::Changed(arrival.now, *numbers.start(), *numbers.end());
            self.record(arrival.now, Some(*commune), &noted)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        now: u64,
        trail: Option<CommuneCode>,
        noted: &Noted<impl Serialize>,
    ) -> Result<(), StoreError> {
        let begins = now.min(u64::MAX >> WITHIN_MILLI) << WITHIN_MILLI;
        // Rises even when the clock is set back.
        self.last_entry = begins.max(self.last_entry.saturating_add(1));
        self.entries.push((keys::audit(trail, self.last_entry), keys::encode(noted)?));
        Ok(())
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.amended.is_empty() && self.entries.is_empty()
    }

    /// Adds everything to a transaction. Returns what is to be published when that is on disk, and the number of the
    /// last entry.
    pub(super) fn prepare(self, batch: &mut Batch) -> Result<(BTreeMap<Key, Option<Item>>, u64), StoreError> {
        for (key, item) in &self.amended {
            match item {
                Some(item) => batch.insert(keys::item(key), keys::encode_item(item)?),
                None => batch.remove(keys::item(key)),
            }
        }
        for (key, value) in self.entries {
            batch.insert(key, value);
        }
        Ok((self.amended, self.last_entry))
    }
}

/// Shows readers what is now on disk.
pub(super) fn publish(items: &mut Items, amended: BTreeMap<Key, Option<Item>>) {
    for (key, item) in amended {
        match item {
            Some(item) => items.insert(key, item),
            None => items.remove(&key),
        };
    }
}
