//! What the records of one course add ([`soho_shared::course`]): worked out in the transaction that edits one of them, for
//! all rounds of its household and of those that were found to be one with it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::CommuneCode;
use soho_shared::count::{Contribution, Standing};
use soho_shared::course::{self, Standings};
use soho_shared::duplicate::Joined;
use soho_shared::record::{HouseholdId, RecordKey, Round};
use uuid::Uuid;

use super::group::Judged;
use super::held::Held;
use super::keys::{self, Key};
use crate::engine::{Engine, Range, StoreError};

/// What a record says by itself; `None` where it is withdrawn.
pub(super) type Said<'a> = (RecordKey, Option<&'a Standing>);

const fn at(record: &Said) -> (Round, Uuid) {
    (record.0.round, record.0.household.uuid)
}

/// What records of one commune, sorted by household and round, add beside each other, in the same order. All rounds of
/// a household must be there, and all households that were joined with it.
pub(super) fn contributions(records: &[Said], joined: &Joined) -> Vec<Option<Contribution>> {
    let households: Vec<&[Said]> =
        records.chunk_by(|one, next| one.0.household == next.0.household).collect();
    let work_out = |records: &mut dyn Iterator<Item = &Said>, joined: &Joined| {
        let said: Standings = records.filter_map(|record| Some((at(record), record.1?))).collect();
        course::contributions(&said, joined)
    };
    let is_joined = |of: &[Said]| of.first().is_some_and(|first| joined.contains(first.0.household.uuid));
    let (none, mut group) = (Joined::default(), households.iter().filter(|of| is_joined(of)));
    let mut group = work_out(&mut group.by_ref().flat_map(|of| of.iter()), joined);
    let alone = households.par_iter().map(|of| {
        let mut course = match is_joined(of) {
            true => course::Contributions::new(),
            false => work_out(&mut of.iter(), &none),
        };
        of.iter().map(|record| course.remove(&at(record))).collect::<Vec<_>>()
    });
    let mut found: Vec<Option<Contribution>> = alone.flatten_iter().collect();
    for (record, found) in records.iter().zip(&mut found) {
        if found.is_none() {
            *found = group.remove(&at(record));
        }
    }
    found
}

/// Works out what records add. All rounds of a household that is edited must be among them; those of households that were
/// joined with it are read here. Returns the communes' households that were found to be one, where that has changed.
pub(super) fn settle(
    store: &dyn Engine,
    held: &Held,
    records: &mut Vec<Judged>,
) -> Result<BTreeMap<CommuneCode, Joined>, StoreError> {
    records.sort_unstable_by_key(|record| record.key);
    let none = Joined::default();
    let mut changed = BTreeMap::new();
    let mut others = Vec::new();
    for of_commune in records.chunk_by(Judged::are_of_one_commune) {
        let Some(commune) = of_commune.first().map(|record| record.key.household.commune) else { continue };
        let before = held.joined(commune).unwrap_or(&none);
        let mut after = Cow::Borrowed(before);
        for record in of_commune.iter().filter(|record| record.names.0 != record.names.1) {
            after.to_mut().set(record.key.household.uuid, record.key.round, record.names.1);
        }
        let there: BTreeSet<Uuid> = of_commune.iter().map(|record| record.key.household.uuid).collect();
        let mut group: BTreeSet<Uuid> = there
            .iter()
            .copied()
            .filter(|household| before.contains(*household) || after.contains(*household))
            .collect();
        before.spread(&mut group);
        after.spread(&mut group);
        for uuid in group.difference(&there) {
            others.extend(read(store, HouseholdId { commune, uuid: *uuid })?);
        }
        if let Cow::Owned(after) = after {
            changed.insert(commune, after);
        }
    }
    if !others.is_empty() {
        records.append(&mut others);
        records.sort_unstable_by_key(|record| record.key);
    }
    for of_commune in records.chunk_by_mut(Judged::are_of_one_commune) {
        let Some(commune) = of_commune.first().map(|record| record.key.household.commune) else { continue };
        let joined = changed.get(&commune).or_else(|| held.joined(commune)).unwrap_or(&none);
        let said: Vec<Said> =
            of_commune.iter().map(|record| (record.key, record.standing.as_ref())).collect();
        let adds = contributions(&said, joined);
        of_commune.iter_mut().zip(adds).for_each(|(record, adds)| record.adds = adds);
    }
    Ok(changed)
}

/// The heads of a household's records. What cannot be read is left out.
fn read<'a>(store: &dyn Engine, household: HouseholdId) -> Result<Vec<Judged<'a>>, StoreError> {
    let mut records = Vec::new();
    for pair in store.scan(Range::of(&keys::household(household))) {
        let (key, value) = pair?;
        let head = keys::decode_head(&value);
        if let (Some((_, Key::Record(key))), Some((change, adds))) = (keys::read(&key), head) {
            records.push(Judged::untouched(key, change, adds));
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests;
