//! The audit trail: one for each unit, one for each place of accounts, and one of what nobody's account did.

use std::collections::{BinaryHeap, HashMap};

use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, UnitCode};

use super::{keys, log};
use crate::engine::{Engine, Pair, Place, Query, Range, StoreError};
use crate::people::{Action, Entry, Recorded};

/// Entries of a trail that are read in one go, after the first.
const AT_ONCE: usize = 16;

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

    /// Time and content of the entry. `trail` is the unit in whose trail it is, or `None` for any other trail.
    fn read(self, store: &dyn Engine, trail: Option<UnitCode>) -> Result<(u64, Entry), StoreError> {
        match (self, trail) {
            (Noted::Told(at, entry), _) => Ok((at, entry)),
            (Noted::Changed(at, first, last), Some(unit)) => {
                let (by, households) = log::changed(store, unit, first..=last)?;
                Ok((at, Entry::households(by, Action::Changed, unit, households)))
            }
            (Noted::Changed(..), None) => Err(damaged()),
        }
    }
}

fn damaged() -> StoreError {
    StoreError::Damaged("an entry of the audit trail cannot be read".to_owned())
}

/// Number of the last entry of a trail, as its place is read; 0 where there is none.
pub(super) fn last(end: &[Pair]) -> Result<u64, StoreError> {
    end.first().map_or(Ok(0), |(key, _)| keys::audit_number(key).ok_or_else(damaged))
}

/// The last entry of a trail.
pub(super) fn end(place: Place) -> Range {
    Range::of(&keys::trail(place)).backwards().pairs(1)
}

/// The places with the trails of an area's units; without an area all.
fn trails(area: Option<AreaCode>) -> Vec<Place> {
    let Some(area) = area else { return keys::places().collect() };
    area.units().map(UnitCode::to_bytes).collect()
}

/// A page of the audit trail, latest first. Where several entries have the number at which the page would end, it
/// holds all of them, so that the next page can begin below that number.
pub(super) fn page(
    store: &dyn Engine,
    area: Option<AreaCode>,
    before: u64,
    limit: usize,
) -> Result<Vec<Recorded>, StoreError> {
    let below = |place, before| Range::between(keys::audit(place, 0), keys::audit(place, before)).backwards();
    let places = trails(area);
    let first: Vec<_> = places.iter().map(|place| Query::Range(below(*place, before).pairs(1))).collect();
    // The latest entries that are not on the page yet, and how many of each trail are among them.
    let mut heap = BinaryHeap::new();
    let mut waiting: HashMap<Place, usize> = HashMap::new();
    let take =
        |heap: &mut BinaryHeap<_>, waiting: &mut HashMap<Place, usize>, place: Place, found: Vec<Pair>| {
            *waiting.entry(place).or_default() += found.len();
            for (key, value) in found {
                heap.push((keys::audit_number(&key).ok_or_else(damaged)?, place, value));
            }
            Ok::<_, StoreError>(())
        };
    for (place, found) in places.iter().zip(store.read(&first)?) {
        take(&mut heap, &mut waiting, *place, found)?;
    }
    let mut page: Vec<Recorded> = Vec::new();
    while let Some((number, place, value)) = heap.pop() {
        if page.len() >= limit && page.last().is_some_and(|last| last.number != number) {
            break;
        }
        let trail = UnitCode::from_bytes(place);
        let (at, entry) = Noted::decode(&value).ok_or_else(damaged)?.read(store, trail)?;
        page.push(Recorded { number, at, entry });
        let left = waiting.entry(place).or_default();
        *left = left.saturating_sub(1);
        if *left == 0 {
            let found = store.range(below(place, number).pairs(AT_ONCE))?;
            take(&mut heap, &mut waiting, place, found)?;
        }
    }
    Ok(page)
}
