//! Making a register where there is none, and turning what is there into this version's form: from formats 7 and 8 to 9,
//! and from another law or rule to this one's.
//!
//! Each commune is one transaction, and says itself which form it has; so what was cut short goes on the next time.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Deserialize;
use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Counts, Measure, Standing};
use soho_shared::household::{Cause, Group};
use soho_shared::record::{Actor, Doc, RecordKey, Round};
use soho_shared::standard::Class;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

use super::closing::{self, Counted};
use super::keys::{self, Form, Key, Mark};
use super::log::{self, LogEntry};
use super::{cut, notes};
use crate::engine::{Batch, Engine, FORMAT, Pair, Place, Query, Range, StoreError, Write, head_in, head_key};
use crate::people::{Author, Item};

/// Version of the ids that format 7 gave to decisions, which the server made.
const DECISION: usize = 8;
/// Note that format 7 left once it had upgraded an earlier format.
const MERGED: &str = "merged";
/// Prefix of the accounts, sessions and enrolments of format 7, which lay with the whole.
const ITEMS_7: [u8; 5] = [0, 0, 0, 0, b'k'];
/// Communes between two lines in the log that tell how far it is.
const TELL_EVERY: usize = 20;

/// Format of a register; the latest where there is none yet.
pub(super) fn format(store: &dyn Engine) -> Result<u32, StoreError> {
    let noted = notes::read(store, notes::FORMAT)?;
    match noted.map(|format| format.parse().ok()) {
        Some(Some(format)) => Ok(format),
        Some(None) => Err(StoreError::Damaged("the register does not say its format".to_owned())),
        None if notes::read(store, MERGED)?.is_some() => Ok(7),
        None => Ok(FORMAT),
    }
}

/// Makes the register, or turns it into this version's form. Returns its id.
///
/// # Errors
/// When the engine fails, or what it holds is of a later version or was not restored to its end.
pub(super) fn upgrade(store: &dyn Engine) -> Result<Uuid, StoreError> {
    expect_restored(store)?;
    match format(store)? {
        FORMAT => {}
        8 => notes::write(store, &[(notes::FORMAT, Some(&FORMAT.to_string()))])?,
        7 => move_accounts(store)?,
        newer => {
            return Err(StoreError::Stopped(format!(
                "the register has format {newer}, this version knows formats up to {FORMAT}: use a newer version of soho"
            )));
        }
    }
    assess_anew(store)?;
    if let Some(id) = notes::read(store, notes::ID)? {
        let damaged = || StoreError::Damaged("the id of the register cannot be read".to_owned());
        return id.parse().map_err(|_| damaged());
    }
    let id = draw()?;
    let cut: Vec<_> = store.range(cut::notes())?.into_iter().map(|(key, _)| key).collect();
    let cut = cut.iter().filter_map(|key| str::from_utf8(key.get(keys::note("").len()..)?).ok());
    let cut: Vec<_> = cut.chain([MERGED]).map(|name| (name, None)).collect();
    let this = FORMAT.to_string();
    let text = id.to_string();
    let notes = [&[(notes::FORMAT, Some(this.as_str())), (notes::ID, Some(&text))], &cut[..]].concat();
    // Another process may have drawn one at the same moment: the first stands.
    let theirs = notes::write_new(store, notes::ID, &notes)?;
    let damaged = |_| StoreError::Damaged("the id of the register cannot be read".to_owned());
    theirs.map_or(Ok(id), |theirs| theirs.parse().map_err(damaged))
}

/// Refuses a register that was not restored to its end.
pub(super) fn expect_restored(store: &dyn Engine) -> Result<(), StoreError> {
    if notes::read(store, notes::RESTORING)?.is_some() {
        let what = "restoring a backup into it was cut short: remove it and restore again";
        return Err(StoreError::Damaged(what.to_owned()));
    }
    Ok(())
}

/// Draws an id for a register.
///
/// # Errors
/// When the system gives no random bits.
pub(super) fn draw() -> Result<Uuid, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Io(error.to_string()))?;
    Ok(Uuid::from_bytes(bytes))
}

/// Has every commune in another form turned into this one.
fn assess_anew(store: &dyn Engine) -> Result<(), StoreError> {
    let units: Vec<UnitCode> = UnitCode::all().collect();
    let queries = units.iter().flat_map(|unit| {
        let any = Range::of(&unit.to_bytes()).pairs(1);
        [Query::Key(keys::form(*unit)), Query::Range(any)]
    });
    let found = store.read(&queries.collect::<Vec<_>>())?;
    let is_other = |found: &[Vec<Pair>]| match found {
        [form, any] => !any.is_empty() && read_form(form) != Some(Form::this()),
        _ => false,
    };
    let others = units.iter().zip(found.chunks(2)).filter(|(_, found)| is_other(found)).map(|(c, _)| *c);
    let others: Vec<UnitCode> = others.collect();
    for (at, unit) in others.iter().enumerate() {
        if at % TELL_EVERY == 0 {
            tracing::info!(
                done = at,
                of = others.len(),
                "communes are being turned into this version's form and rule"
            );
        }
        while !turn(store, *unit)? {}
    }
    if !others.is_empty() {
        tracing::info!(of = others.len(), "all communes are in this version's form and rule");
    }
    Ok(())
}

fn read_form(found: &[Pair]) -> Option<Form> {
    found.first().and_then(|(_, form)| postcard::from_bytes(form).ok())
}

/// Assesses a commune's records anew and counts them. Returns `false` where somebody else has written to it meanwhile.
fn turn(store: &dyn Engine, unit: UnitCode) -> Result<bool, StoreError> {
    let place = unit.to_bytes();
    let found = store.read(&[
        Query::Key(head_key(place)),
        Query::Key(keys::form(unit)),
        Query::Range(Range::of(&keys::all(unit, keys::RECORD))),
        Query::Range(Range::of(&keys::all(unit, keys::AREA))),
        Query::Range(Range::of(&keys::all(unit, keys::TALLY))),
        Query::Range(Range::of(&keys::all(unit, keys::JOINED))),
        Query::Range(Range::of(&keys::all(unit, keys::LATE))),
        Query::Range(cut::notes()),
    ])?;
    let [head, form, records, areas, tallies, joined, late, cut] = found.as_slice() else { return Ok(false) };
    let head = head_in(head)?;
    let form = read_form(form);
    if form == Some(Form::this()) {
        return Ok(true);
    }
    let mut batch = Batch::new(place, head);
    batch.insert(keys::form(unit), keys::encode(&Form::this())?);
    for (record, last) in cut.iter().filter_map(|(key, value)| cut::noted(key, value)) {
        if record.subject.unit == unit && form.is_none() {
            batch.insert(keys::cut(record), last.to_be_bytes());
        }
    }
    let log = if form.is_none() { Replayed::of(store, unit, cut)? } else { Replayed::default() };
    for (writer, first) in &log.owners {
        batch.insert(keys::writer(unit, *writer), keys::owned(first.as_deref()));
    }
    for (operation, mark) in &log.marks {
        batch.insert(keys::done(unit, *operation), mark.encode()?);
    }
    let closed = closing::closed(&closing::read(areas));
    closing::forget_late(late, closed, &mut batch);
    let records: Vec<&Pair> = records.iter().chain(areas).collect();
    let turned = records.par_iter().map(|(key, value)| Turned::of((form, closed), &log, key, value));
    let turned = turned.collect::<Result<Vec<_>, StoreError>>()?;
    for Turned { counted, open } in turned.iter().flatten() {
        match open {
            Some(true) => batch.insert(keys::open(counted.key), []),
            Some(false) => batch.remove(keys::open(counted.key)),
            None => {}
        }
    }
    let counted = turned.into_iter().map(|record| record.map(|record| record.counted));
    let counted: Vec<_> = records.into_iter().zip(counted).collect();
    closing::count_anew(unit, &counted, tallies, joined, closed, &mut batch)?;
    Ok(store.commit(vec![batch])? == [true])
}

/// What the log of a commune tells that format 7 did not keep, or kept by another rule.
#[derive(Default)]
struct Replayed {
    /// To whom writers belong: to who first sent a stamp of theirs; to nobody where the log does not name anybody, and where
    /// the server made them.
    owners: BTreeMap<Actor, Option<Arc<Author>>>,
    /// Marks of the operations, with their digests.
    marks: Vec<(Uuid, Mark)>,
    /// What the records hold by this version's merge: up to format 7 a write could be seen before it was made.
    docs: HashMap<RecordKey, Doc>,
}

impl Replayed {
    /// Reads a commune's log; `cut` are the notes on records that were cut out. What cannot be read is left to `soho
    /// verify`.
    fn of(store: &dyn Engine, unit: UnitCode, cut: &[Pair]) -> Result<Self, StoreError> {
        let cut: HashMap<RecordKey, u64> =
            cut.iter().filter_map(|(key, value)| cut::noted(key, value)).collect();
        let mut replayed = Replayed::default();
        for chunk in log::since(store, unit, 0)? {
            let entries = match chunk.and_then(|chunk| chunk.entries()) {
                // The records of what is lost stay as they are.
                Err(StoreError::Damaged(_)) => return Ok(Replayed { docs: HashMap::new(), ..replayed }),
                entries => entries?,
            };
            for (number, entry) in entries {
                let LogEntry { operation, by, .. } = &entry;
                let owner = replayed.owners.entry(operation.stamp.actor()).or_insert_with(|| by.clone());
                let same = owner.as_ref().map(|by| &by.account) == by.as_ref().map(|by| &by.account);
                // Of one writer no two accounts are but the server's; and decisions' ids are of a version of their own.
                if !same || operation.id.get_version_num() == DECISION {
                    *owner = None;
                }
                let moved = (entry.believed != operation.stamp).then_some(entry.believed);
                let content = Some(keys::content(operation)?);
                replayed.marks.push((operation.id, Mark { moved, content }));
                if cut.get(&operation.key()).is_none_or(|cut| number > *cut) {
                    entry.write(replayed.docs.entry(operation.key()).or_default());
                }
            }
        }
        Ok(replayed)
    }
}

/// A record in this version's form.
struct Turned<'a> {
    counted: Counted<'a>,
    /// Whether it has open conflicts, where what it holds has changed.
    open: Option<bool>,
}

impl<'a> Turned<'a> {
    /// A record assessed by this version's law and rule. `None` for one whose head cannot be read, which stays as it is:
    /// `soho verify` names it, and `soho cut` takes it out.
    fn of(
        (form, closed): (Option<Form>, Option<Round>),
        log: &Replayed,
        key: &[u8],
        value: &'a [u8],
    ) -> Result<Option<Self>, StoreError> {
        let (Some((_, Key::Record(key))), Some((change, was, body))) = (keys::read(key), head(form, value))
        else {
            return Ok(None);
        };
        let Some((doc, hamlets)) = keys::decode_body(body) else {
            let counted = Counted::new((key, change), Cow::Borrowed(body), None, was, closed);
            return Ok(Some(Turned { counted, open: None }));
        };
        let (mut body, mut open) = (Cow::Borrowed(body), None);
        let merged = log.docs.get(&key).unwrap_or(&doc);
        if *merged != doc {
            body = Cow::Owned(keys::encode_body(merged, &hamlets)?);
            open = Some(merged.has_conflicts());
        }
        Ok(Some(Turned { counted: Counted::new((key, change), body, Some(merged), was, closed), open }))
    }
}

/// Moves accounts, sessions and enrolments from the whole to the places of their accounts.
fn move_accounts(store: &dyn Engine) -> Result<(), StoreError> {
    let old = store.range(Range::of(&ITEMS_7))?;
    let mut places: BTreeMap<Place, Vec<Write>> = BTreeMap::new();
    for (key, value) in &old {
        let damaged = || StoreError::Damaged("an account or session cannot be read".to_owned());
        let item = item_of_format_7(key, value).ok_or_else(damaged)?;
        let place = keys::place_of(item.account());
        let pair = (keys::item(place, &item.key()), Some(value.clone()));
        places.entry(place).or_default().push(pair);
    }
    let queries: Vec<_> = places.keys().map(|place| Query::Key(head_key(*place))).collect();
    let mut batches = Vec::new();
    for ((place, writes), head) in places.into_iter().zip(store.read(&queries)?) {
        batches.push(Batch { writes, ..Batch::new(place, head_in(&head)?) });
    }
    // First where they are to be, so that what is cut short goes on the next time.
    expect_written(&store.commit(batches)?)?;
    let head = store.read(&[Query::Key(head_key(keys::WHOLE))])?;
    let mut batch = Batch::new(keys::WHOLE, head_in(&head.concat())?);
    old.into_iter().for_each(|(key, _)| batch.remove(key));
    expect_written(&store.commit(vec![batch])?)
}

fn expect_written(written: &[bool]) -> Result<(), StoreError> {
    if written.iter().all(|written| *written) {
        return Ok(());
    }
    Err(StoreError::Stopped("another soho is turning the register into its own form: try again".to_owned()))
}

/// What a record counted for in format 7.
#[derive(Deserialize)]
struct Contribution7 {
    hamlet: u8,
    class: Option<Class>,
    persons: u8,
    cause: Option<Cause>,
    /// One bit for each group, in the order of [`Group::ALL`], the lowest first.
    groups: u8,
}

impl From<Contribution7> for Contribution8 {
    fn from(old: Contribution7) -> Self {
        let mut counts = Counts::default();
        counts.add(Measure::Households, 1);
        counts.add(Measure::Persons, old.persons.into());
        if let Some(class) = old.class {
            counts.add(Measure::of_class(class), 1);
        }
        if old.class == Some(Class::Poor) {
            old.cause.into_iter().for_each(|cause| counts.add(Measure::of_cause(cause), 1));
            let groups = Group::ALL.into_iter().filter(|group| old.groups >> *group as u8 & 1 == 1);
            groups.for_each(|group| counts.add(Measure::of_group(group), 1));
        }
        Contribution8 { hamlet: old.hamlet, counts }
    }
}

/// What a record counted for in format 8: in its own round alone.
#[derive(Deserialize)]
struct Contribution8 {
    hamlet: u8,
    counts: Counts,
}

impl From<Contribution8> for Contribution {
    fn from(Contribution8 { hamlet, counts }: Contribution8) -> Self {
        let standing = Standing { hamlet, counts, came: None, left: None };
        Contribution { standing, counts: true, moved: Counts::default(), next: Counts::default() }
    }
}

/// Change number of a record of a commune in any form, what it adds, and the rest of it.
pub(super) fn head(form: Option<Form>, value: &[u8]) -> Option<(u64, Option<Contribution>, &[u8])> {
    let ((change, adds), body): ((u64, Option<Contribution>), _) = match form {
        None => {
            let (head, body) = postcard::take_from_bytes::<(u64, Option<Contribution7>)>(value).ok()?;
            ((head.0, head.1.map(|old| Contribution8::from(old).into())), body)
        }
        Some(Form { format: 8, .. }) => {
            let (head, body) = postcard::take_from_bytes::<(u64, Option<Contribution8>)>(value).ok()?;
            ((head.0, head.1.map(Contribution::from)), body)
        }
        Some(_) => (keys::decode_head(value)?, keys::body(value)?),
    };
    Some((change, adds, body))
}

/// A tally of format 7.
pub(super) fn tally_of_format_7(value: &[u8]) -> Option<Counts> {
    // Households, persons, then classes, causes and groups, each in the order of their measures.
    let numbers: [i64; 14] = postcard::from_bytes(value).ok()?;
    let mut counts = Counts::default();
    Measure::ALL.into_iter().zip(numbers).for_each(|(measure, count)| counts.add(measure, count));
    Some(counts)
}

/// An account, session or enrolment of format 7; `None` for any other key.
pub(super) fn item_of_format_7(key: &[u8], value: &[u8]) -> Option<Item> {
    key.starts_with(&ITEMS_7).then(|| serde_json::from_slice(value).ok())?
}

#[cfg(test)]
mod tests;
