//! What the log tells of records: every edit and what it met, a household as it once was, and who wrote each
//! conflicting value.
//!
//! A record's chain is walked once, forwards, and each chunk is unpacked once. In memory are the record, one chunk
//! and the page, however long the chain is. Writers never wait for it: what a record on disk leads to in the log is
//! on disk too, and never changes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use soho_shared::area::{CommuneCode, UnitCode};
use soho_shared::count::Standing;
use soho_shared::duplicate::Joined;
use soho_shared::household::field;
use soho_shared::record::{Change, Doc, FieldPath, HouseholdId, RecordKey, Round, Stamp, Value};
use soho_shared::stage::Progress;

use super::keys::{self, Key};
use super::log::{self, Chunk, LogEntry};
use super::records::number;
use super::types::{Contested, ContestedPage, Edit, EditPage, Origin, Record, Step};
use super::{closing, courses};
use crate::engine::{Engine, Query, Range, StoreError};

/// Most bytes of operations and records on a page; a single large one may have more.
const PAGE: usize = 4 << 20;

/// A page of the edits of one commune's records, latest first: those below a change number.
pub(super) fn page(
    store: &dyn Engine,
    records: &[RecordKey],
    before: u64,
    limit: usize,
) -> Result<EditPage, StoreError> {
    let Some(unit) = records.first().map(|key| key.subject.unit) else {
        return Ok(EditPage::default());
    };
    let records: Vec<_> = records.iter().filter(|key| key.subject.unit == unit).collect();
    let queries: Vec<_> = records.iter().map(|key| Query::Key(keys::record(**key))).collect();
    let mut numbers = Vec::new();
    for (key, found) in records.iter().zip(store.read(&queries)?) {
        if let Some((_, bytes)) = found.first() {
            numbers.extend(log::chain(store, unit, last_change(**key, bytes)?)?);
        }
    }
    numbers.retain(|number| *number < before);
    numbers.sort_unstable();
    let mut more = numbers.len() > limit;
    let first_shown = numbers.len().checked_sub(limit).map_or(0, |at| numbers[at]);
    let mut docs: HashMap<RecordKey, Doc> = HashMap::new();
    let (mut page, mut bytes) = (VecDeque::new(), 0);
    visit(store, unit, &numbers, |number, entry| {
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
            bytes += operation.weight();
            page.push_back(Edit { number, origin, time, operation: operation.into_owned(), steps });
            while bytes > PAGE
                && page.len() > 1
                && let Some(earliest) = page.pop_front()
            {
                bytes -= earliest.operation.weight();
                more = true;
            }
        }
    })?;
    Ok(EditPage { edits: page.into_iter().rev().collect(), more })
}

/// A household's records of all rounds as they were at a moment: merged from what had been received by then.
pub(super) fn household_at(store: &dyn Engine, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError> {
    let unit = id.commune.into();
    let mut last = Vec::new();
    for (key, bytes) in store.range(Range::of(&keys::subject(id.into())))? {
        let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
        last.push((key, last_change(key, &bytes)?));
    }
    let mut records = Vec::new();
    for (key, last) in last {
        let numbers = log::chain(store, unit, last)?;
        let (mut doc, mut hamlets, mut change) = (Doc::default(), Vec::new(), 0);
        visit(store, unit, &numbers, |number, entry| {
            if entry.received <= at {
                entry.write(&mut doc);
                Record::stood(&mut hamlets, &entry.operation);
                change = number;
            }
        })?;
        if change > 0 {
            records.push(Record { key, change, contribution: None, doc, hamlets });
        }
    }
    let standing = |record: &Record| Standing::of_record(&record.doc, record.key);
    let standings: Vec<_> = records.iter().map(standing).collect();
    let said =
        records.iter().zip(&standings).map(|(of, said)| courses::said(of.key, said.as_ref(), None, None));
    let adds = courses::contributions(&said.collect::<Vec<_>>(), &Joined::default(), None);
    records.iter_mut().zip(adds).for_each(|(record, adds)| record.contribution = adds);
    Ok(records)
}

/// Records of a commune that were edited since their round was closed, as they stood then: with all but what came late. Of
/// each its own operations are read, and those of the commune's own records.
pub(super) fn at_closing(
    store: &dyn Engine,
    commune: CommuneCode,
    late: &[RecordKey],
) -> Result<HashMap<RecordKey, Doc>, StoreError> {
    let mut stood: HashMap<RecordKey, Doc> = late.iter().map(|key| (*key, Doc::default())).collect();
    if late.is_empty() {
        return Ok(stood);
    }
    let unit = UnitCode::from(commune);
    let mut queries = vec![Query::Range(Range::of(&keys::subject(commune.into())))];
    queries.extend(late.iter().map(|key| Query::Key(keys::record(*key))));
    let mut numbers = Vec::new();
    for (key, bytes) in store.read(&queries)?.into_iter().flatten() {
        if let Some((_, Key::Record(key))) = keys::read(&key) {
            numbers.extend(log::chain(store, unit, last_change(key, &bytes)?)?);
        }
    }
    numbers.sort_unstable();
    let (mut rounds, mut own) = (closing::Rounds::new(), HashMap::<Round, Doc>::new());
    // What came late; it counts where the round was opened again.
    let mut left_out: Vec<LogEntry<'static>> = Vec::new();
    visit(store, unit, &numbers, |_, entry| {
        let key = entry.operation.key();
        if let Some(doc) = stood.get_mut(&key) {
            if closing::freezes(closing::closed(&rounds), key) && closing::would_move(&entry.operation) {
                left_out.push(entry);
            } else {
                entry.write(doc);
            }
            return;
        }
        let doc = own.entry(key.round).or_default();
        entry.write(doc);
        rounds.insert(key.round, Progress::of(doc));
        let closed = closing::closed(&rounds);
        left_out.retain(|entry| {
            let key = entry.operation.key();
            let stays = closing::freezes(closed, key);
            stood.get_mut(&key).filter(|_| !stays).into_iter().for_each(|doc| entry.write(doc));
            stays
        });
    })?;
    Ok(stood)
}

/// A page of a commune's records with open conflicts, after one of them.
pub(super) fn conflicts(
    store: &dyn Engine,
    unit: UnitCode,
    round: Option<Round>,
    after: Option<RecordKey>,
    limit: usize,
) -> Result<ContestedPage, StoreError> {
    let mut range = Range::of(&keys::all(unit, keys::OPEN));
    if let Some(after) = after {
        range.from = [&keys::open(after)[..], &[0]].concat();
    }
    let mut listed = Vec::new();
    for pair in store.scan(range.pairs(if round.is_none() { limit + 1 } else { usize::MAX })) {
        let Some((_, Key::Open(of))) = keys::read(&pair?.0) else { return Err(not_there(unit)) };
        if round.is_none_or(|round| round == of.round) {
            listed.push(of);
        }
        if listed.len() > limit {
            break;
        }
    }
    let mut page = ContestedPage { more: listed.len() > limit, ..ContestedPage::default() };
    let mut work = 0;
    for of in listed.into_iter().take(limit) {
        if work > PAGE {
            page.more = true;
            break;
        }
        // It may have been decided since it was listed.
        if let Some((contested, cost)) = told(store, of)? {
            work += cost;
            page.records.push(contested);
        }
    }
    Ok(page)
}

/// The value that was written into a field of a record under a stamp.
pub(super) fn written(
    store: &dyn Engine,
    key: RecordKey,
    field: &FieldPath,
    stamp: Stamp,
) -> Result<Option<Value>, StoreError> {
    let unit = key.subject.unit;
    let Some(bytes) = store.get(keys::record(key))? else { return Ok(None) };
    let numbers = log::chain(store, unit, last_change(key, &bytes)?)?;
    let mut found = None;
    visit(store, unit, &numbers, |_, entry| {
        if entry.operation.stamp == stamp {
            let mut changes = entry.operation.into_owned().changes.into_iter();
            found = changes.find(|change| change.field == *field).map(|change| change.value).or(found.take());
        }
    })?;
    Ok(found)
}

/// A record with the origins of its conflicting values.
pub(super) fn contested(store: &dyn Engine, key: RecordKey) -> Result<Option<Contested>, StoreError> {
    Ok(told(store, key)?.map(|(contested, _)| contested))
}

/// [`contested`], and roughly how many bytes had to be read for it.
fn told(store: &dyn Engine, key: RecordKey) -> Result<Option<(Contested, usize)>, StoreError> {
    let unit = key.subject.unit;
    let Some(bytes) = store.get(keys::record(key))? else { return Ok(None) };
    let mut cost = keys::record_size(&bytes);
    let record = keys::decode_record(key, &bytes)?;
    let mut origins: BTreeMap<Stamp, Option<Origin>> = BTreeMap::new();
    for conflict in record.doc.conflicts() {
        origins.extend(conflict.lost.iter().chain([&conflict.standing]).map(|write| (write.stamp, None)));
    }
    if !origins.is_empty() {
        let numbers = log::chain(store, unit, record.change)?;
        visit(store, unit, &numbers, |_, entry| {
            cost += entry.operation.weight();
            if let Some(place) = origins.get_mut(&entry.operation.stamp) {
                *place = Some(origin(&entry));
            }
        })?;
    }
    let origins = origins.into_iter().filter_map(|(stamp, origin)| Some((stamp, origin?))).collect();
    Ok(Some((Contested { record, origins }, cost)))
}

fn origin(entry: &LogEntry) -> Origin {
    Origin { received: entry.received, by: entry.by.as_deref().cloned() }
}

/// Hands the operations with these change numbers to `take`; the numbers must rise.
fn visit(
    store: &dyn Engine,
    unit: UnitCode,
    numbers: &[u64],
    mut take: impl FnMut(u64, LogEntry<'static>),
) -> Result<(), StoreError> {
    let mut numbers = numbers.iter().copied().peekable();
    while let Some(next) = numbers.peek() {
        for (number, entry) in Chunk::holding(store, unit, *next)?.entries()? {
            if numbers.next_if_eq(&number).is_some() {
                take(number, entry);
            }
        }
    }
    Ok(())
}

/// When a record is believed to have left these hamlets, in milliseconds since 1970: the first time that another was written
/// after the last time that one of them was. `None` where it did not.
pub(super) fn left(store: &dyn Engine, record: RecordKey, own: &[u8]) -> Result<Option<u64>, StoreError> {
    let Some(stored) = store.get(keys::record(record))? else { return Ok(None) };
    let unit = record.subject.unit;
    let numbers = log::chain(store, unit, last_change(record, &stored)?)?;
    let mut writes: Vec<(Stamp, bool)> = Vec::new();
    visit(store, unit, &numbers, |_, entry| {
        let named = entry.operation.changes.iter().find(|change| change.field.as_str() == field::HAMLET);
        let hamlet = named.and_then(|change| number(&change.value));
        writes.extend(hamlet.map(|hamlet| (entry.believed, own.contains(&hamlet))));
    })?;
    writes.sort_unstable();
    let after_own = writes.iter().rposition(|(_, is_own)| *is_own).map_or(0, |at| at + 1);
    Ok(writes.get(after_own).map(|(stamp, _)| stamp.millis()))
}

fn last_change(key: RecordKey, bytes: &[u8]) -> Result<u64, StoreError> {
    let unit = key.subject.unit;
    let damaged = || StoreError::Damaged(format!("a record of area {unit} cannot be read"));
    keys::change_of(bytes).ok_or_else(damaged)
}

fn not_there(unit: UnitCode) -> StoreError {
    StoreError::Damaged(format!("the list of conflicts of area {unit} names a record that is not there"))
}

#[cfg(test)]
mod tests;
