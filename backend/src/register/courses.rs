//! What the records of one course add ([`soho_shared::course`]): worked out in the transaction that edits one of them, for
//! all rounds of its household and of those that were found to be one with it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Standing};
use soho_shared::course::{self, Records};
use soho_shared::duplicate::Joined;
use soho_shared::record::{Of, RecordKey, Round, Subject};
use uuid::Uuid;

use super::closing;
use super::held::Held;
use super::judged::Judged;
use super::keys::{self, Key};
use crate::engine::{Engine, Range, StoreError};

/// A record with what is known of it; `None` where it is withdrawn.
pub(super) type Said<'a> = (RecordKey, Option<course::Said<'a>>);

/// What is known of a record: what it says by itself, or what it added when its round was closed. `closed` is the latest
/// round of its commune that is.
pub(super) fn said<'a>(
    key: RecordKey,
    standing: Option<&'a Standing>,
    stored: Option<&'a Contribution>,
    closed: Option<Round>,
) -> Said<'a> {
    match closing::freezes(closed, key) {
        true => (key, stored.map(course::Said::Closed)),
        false => (key, standing.map(course::Said::Open)),
    }
}

/// Its place in a course; `None` for an area, which has none.
fn at((key, _): &Said) -> Option<(Round, Uuid)> {
    Some((key.round, key.subject.household()?.uuid))
}

/// What records of one commune, sorted by household and round, add beside each other, in the same order. All rounds of
/// a household must be there, and all households that were joined with it.
pub(super) fn contributions(
    records: &[Said],
    joined: &Joined,
    closed: Option<Round>,
) -> Vec<Option<Contribution>> {
    let subjects: Vec<&[Said]> = records.chunk_by(|one, next| one.0.subject == next.0.subject).collect();
    let work_out = |records: &mut dyn Iterator<Item = &Said>, joined: &Joined| {
        let said: Records = records.filter_map(|record| Some((at(record)?, record.1?))).collect();
        course::contributions(&said, joined, closed)
    };
    let is_joined = |of: &&[Said]| {
        let household = of.first().and_then(|(key, _)| key.subject.household());
        household.is_some_and(|household| joined.contains(household.uuid))
    };
    let group = subjects.iter().copied().filter(is_joined).flatten();
    let (group, none) = (work_out(&mut group.into_iter(), joined), Joined::default());
    let adds = subjects.par_iter().flat_map_iter(|of| {
        let own = if is_joined(of) { None } else { Some(work_out(&mut of.iter(), &none)) };
        let mut of_course = own.unwrap_or_default();
        let adds = |record: &Said| match at(record) {
            Some(at) => of_course.remove(&at).or_else(|| group.get(&at).cloned()),
            None => record.1.map(|said| match said {
                course::Said::Open(standing) => Contribution::alone(standing.clone()),
                course::Said::Closed(adds) => adds.clone(),
            }),
        };
        of.iter().map(adds).collect::<Vec<_>>()
    });
    adds.collect()
}

/// Works out what records add. All rounds of a household that is edited must be among them; those of households that were
/// joined with it are read here. Returns the communes' households that were found to be one, where that has changed.
pub(super) fn settle(
    store: &dyn Engine,
    held: &Held,
    records: &mut Vec<Judged>,
) -> Result<BTreeMap<UnitCode, Joined>, StoreError> {
    records.sort_unstable_by_key(|record| record.key);
    let none = Joined::default();
    let mut changed = BTreeMap::new();
    let mut others = Vec::new();
    for of_unit in records.chunk_by(Judged::are_of_one_unit) {
        let Some(unit) = of_unit.first().map(|record| record.key.subject.unit) else { continue };
        let before = held.joined(unit).unwrap_or(&none);
        let mut after = Cow::Borrowed(before);
        for record in of_unit.iter().filter(|record| record.names.0 != record.names.1) {
            if let Some(household) = record.key.subject.household() {
                after.to_mut().set(household.uuid, record.key.round, record.names.1);
            }
        }
        let households = of_unit.iter().filter_map(|record| record.key.subject.household());
        let there: BTreeSet<Uuid> = households.map(|household| household.uuid).collect();
        let mut group: BTreeSet<Uuid> = there
            .iter()
            .copied()
            .filter(|household| before.contains(*household) || after.contains(*household))
            .collect();
        before.spread(&mut group);
        after.spread(&mut group);
        for uuid in group.difference(&there) {
            others.extend(read(store, Subject { unit, of: Of::Household(*uuid) })?);
        }
        if let Cow::Owned(after) = after {
            changed.insert(unit, after);
        }
    }
    if !others.is_empty() {
        records.append(&mut others);
        records.sort_unstable_by_key(|record| record.key);
    }
    for of_unit in records.chunk_by_mut(Judged::are_of_one_unit) {
        let Some(unit) = of_unit.first().map(|record| record.key.subject.unit) else { continue };
        let joined = changed.get(&unit).or_else(|| held.joined(unit)).unwrap_or(&none);
        let closed = held.closed(unit);
        let said: Vec<Said> = of_unit.iter().map(|record| record.said(closed)).collect();
        let adds = contributions(&said, joined, closed);
        of_unit.iter_mut().zip(adds).for_each(|(record, adds)| record.adds = adds);
    }
    Ok(changed)
}

/// The heads of the records about a subject. What cannot be read is left out.
fn read<'a>(store: &dyn Engine, subject: Subject) -> Result<Vec<Judged<'a>>, StoreError> {
    let mut records = Vec::new();
    for pair in store.scan(Range::of(&keys::subject(subject))) {
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
