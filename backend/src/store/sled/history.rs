//! What the log tells of records: every edit with what it found, how a household once was, and whose the
//! values are that are in conflict.
//!
//! A record's chain is walked once, forwards, and each chunk unpacked once; in memory are the record, one
//! chunk and the page, however long the chain is.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use ::sled::Tree;
use soho_shared::area::CommuneCode;
use soho_shared::assess::Contribution;
use soho_shared::sync::{Change, Doc, HouseholdId, RecordKey, Round, Stamp};

use super::keys::{self, Key};
use super::log::{self, Chunk, LogEntry};
use crate::store::{Contested, Edit, Origin, Record, Step, StoreError};

/// A page of the edits of records of one commune, latest first: those before a change number.
pub(super) fn page(
    tree: &Tree,
    records: &[RecordKey],
    before: u64,
    limit: usize,
) -> Result<Vec<Edit>, StoreError> {
    let Some(commune) = records.first().map(|key| key.household.commune) else { return Ok(Vec::new()) };
    let mut numbers = Vec::new();
    for key in records.iter().filter(|key| key.household.commune == commune) {
        if let Some(bytes) = tree.get(keys::record(*key))? {
            numbers.extend(log::chain(tree, commune, last_change(*key, &bytes)?)?);
        }
    }
    numbers.retain(|number| *number < before);
    numbers.sort_unstable();
    let first_shown = numbers.len().checked_sub(limit).map_or(0, |at| numbers[at]);
    let mut docs: HashMap<RecordKey, Doc> = HashMap::new();
    let mut page = Vec::new();
    visit(tree, commune, &numbers, |number, entry| {
        let doc = docs.entry(entry.operation.key()).or_default();
        let shown = number >= first_shown;
        let found = |doc: &Doc| {
            let changes = &entry.operation.changes;
            changes.iter().map(|change| doc.get(change.field.as_str()).cloned()).collect::<Vec<_>>()
        };
        let from = if shown { found(doc) } else { Vec::new() };
        entry.write(doc);
        if shown {
            let step = |(from, change): (_, &Change)| Step {
                from,
                stands: doc.get(change.field.as_str()) == Some(&change.value),
            };
            let steps = from.into_iter().zip(&entry.operation.changes).map(step).collect();
            let origin = origin(&entry);
            let LogEntry { operation, believed, .. } = entry;
            let time = believed.millis();
            page.push(Edit { number, origin, time, operation: operation.into_owned(), steps });
        }
    })?;
    page.reverse();
    Ok(page)
}

/// A household's records of all rounds as they were at a moment: what had been received by then.
pub(super) fn household_at(tree: &Tree, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for pair in tree.scan_prefix(keys::household(id)) {
        let (key, bytes) = pair?;
        let Some((commune, Key::Record(key))) = keys::read(&key) else { continue };
        let numbers = log::chain(tree, commune, last_change(key, &bytes)?)?;
        let (mut doc, mut hamlets, mut change) = (Doc::default(), Vec::new(), 0);
        visit(tree, commune, &numbers, |number, entry| {
            if entry.received <= at {
                entry.write(&mut doc);
                Record::stood(&mut hamlets, &entry.operation);
                change = number;
            }
        })?;
        if change > 0 {
            let contribution = Contribution::of(&doc, commune, key.round);
            records.push(Record { key, change, contribution, doc, hamlets });
        }
    }
    Ok(records)
}

/// A page of the records of a commune that have open conflicts, after one of them.
pub(super) fn conflicts(
    tree: &Tree,
    commune: CommuneCode,
    round: Option<Round>,
    after: Option<RecordKey>,
    limit: usize,
) -> Result<Vec<Contested>, StoreError> {
    let prefix = keys::all(commune, keys::OPEN);
    let from = after.map_or(Bound::Included(prefix.clone()), |key| Bound::Excluded(keys::open(key)));
    let mut found = Vec::new();
    for pair in tree.range((from, Bound::Unbounded)) {
        let (key, _) = pair?;
        if found.len() >= limit || !key.starts_with(&prefix) {
            break;
        }
        let Some((_, Key::Open(of))) = keys::read(&key) else { return Err(not_there(commune)) };
        if round.is_none_or(|round| round == of.round) {
            found.push(contested(tree, of)?.ok_or_else(|| not_there(commune))?);
        }
    }
    Ok(found)
}

/// A record with where the values of its conflicts come from.
pub(super) fn contested(tree: &Tree, key: RecordKey) -> Result<Option<Contested>, StoreError> {
    let commune = key.household.commune;
    let Some(bytes) = tree.get(keys::record(key))? else { return Ok(None) };
    let record = keys::decode_record(key, &bytes)?;
    let mut origins: BTreeMap<Stamp, Option<Origin>> = BTreeMap::new();
    for conflict in record.doc.conflicts() {
        origins.extend(conflict.lost.iter().chain([&conflict.standing]).map(|write| (write.stamp, None)));
    }
    if !origins.is_empty() {
        let numbers = log::chain(tree, commune, record.change)?;
        visit(tree, commune, &numbers, |_, entry| {
            if let Some(place) = origins.get_mut(&entry.operation.stamp) {
                *place = Some(origin(&entry));
            }
        })?;
    }
    let origins = origins.into_iter().filter_map(|(stamp, origin)| Some((stamp, origin?))).collect();
    Ok(Some(Contested { record, origins }))
}

fn origin(entry: &LogEntry) -> Origin {
    Origin { received: entry.received, by: entry.by.as_deref().cloned() }
}

/// Hands on the operations with these change numbers, which rise.
fn visit(
    tree: &Tree,
    commune: CommuneCode,
    numbers: &[u64],
    mut take: impl FnMut(u64, LogEntry),
) -> Result<(), StoreError> {
    let mut numbers = numbers.iter().copied().peekable();
    while let Some(next) = numbers.peek() {
        for (number, entry) in Chunk::holding(tree, commune, *next)?.entries()? {
            if numbers.next_if_eq(&number).is_some() {
                take(number, entry);
            }
        }
    }
    Ok(())
}

fn last_change(key: RecordKey, bytes: &[u8]) -> Result<u64, StoreError> {
    let commune = key.household.commune;
    let damaged = || StoreError::Damaged(format!("a record of commune {commune} cannot be read"));
    keys::decode_head(bytes).map(|(change, _)| change).ok_or_else(damaged)
}

fn not_there(commune: CommuneCode) -> StoreError {
    StoreError::Damaged(format!(
        "the list of conflicts of commune {commune} names a record that is not there"
    ))
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
