//! The log: every operation in the order in which it was stored, with each record's own operations linked into a chain.
//!
//! A chunk holds operations that one transaction stored in a unit, under the first of their change numbers; each
//! took the next one. In front, not packed, it says for each operation which record it belongs to, how far back the
//! record's operation before it is, and who sent it. So a record's chain can be followed backwards from
//! [`super::Record::change`], and what changed since a number can be found, without unpacking anything.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::record::{Change, Doc, Of, Operation, RecordKey, Round, Stamp, Subject};
use uuid::Uuid;

use super::keys::{self, Key};
use super::pack;
use crate::engine::{Engine, Pair, Range, StoreError};
use crate::people::Author;

/// Most bytes of operations in one chunk, roughly, before they are packed; a chunk of one operation may have more. Small
/// enough for the engine in files to keep many on a page that goes into its log.
const CHUNK_BYTES: usize = 32 << 10;

/// An operation as the log keeps it.
pub(super) struct LogEntry<'a> {
    /// Change number of the record's operation before it; 0 for the first.
    pub(super) previous: u64,
    /// The server's time when it arrived, in milliseconds since 1970.
    pub(super) received: u64,
    /// Account and session that sent it, where that is known.
    pub(super) by: Option<Arc<Author>>,
    pub(super) operation: Cow<'a, Operation>,
    /// Its stamp with the believed time.
    pub(super) believed: Stamp,
}

impl LogEntry<'_> {
    /// Merges it into its record.
    pub(super) fn write(&self, doc: &mut Doc) {
        let (stamp, time) = (self.operation.stamp, self.believed.millis());
        self.operation.changes.iter().for_each(|change| doc.write_at(stamp, time, change));
    }
}

/// The part of a chunk that is not packed.
#[derive(Serialize, Deserialize)]
struct Front<A> {
    /// Each author once.
    authors: Vec<A>,
    links: Vec<Link>,
}

/// Bit of a link's round that tells an area from a household.
const AREA: u16 = 1 << 15;

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Link {
    /// Its record; the unit is in the chunk's key. Of an area that is its number, and the round has [`AREA`] added.
    of: Uuid,
    round: u16,
    /// Distance to the record's operation before it, in change numbers; 0 for the first.
    back: u64,
    /// Place of its author among the authors, counted from 1; 0 where the author is not known.
    by: usize,
}

/// The part of an operation that is packed.
#[derive(Serialize, Deserialize)]
struct Line<C, W> {
    received: u64,
    id: Uuid,
    /// Its stamp with the believed time.
    believed: Stamp,
    /// Its own stamp, where that is another.
    stamp: Option<Stamp>,
    changes: C,
    why: Option<W>,
}

impl Link {
    fn record(&self, unit: UnitCode) -> Option<RecordKey> {
        let of = match (self.round & AREA, u8::try_from(self.of.as_u128())) {
            (0, _) => Of::Household(self.of),
            (_, Ok(0)) => Of::Unit,
            (_, Ok(number @ 1..=99)) => Of::Hamlet(number),
            _ => return None,
        };
        Some(RecordKey { subject: Subject { unit, of }, round: Round::new(self.round & !AREA)? })
    }
}

/// Divides operations into chunks.
pub(super) fn chunks<'e, 'o>(
    mut entries: &'e [(u64, LogEntry<'o>)],
) -> impl Iterator<Item = &'e [(u64, LogEntry<'o>)]> {
    std::iter::from_fn(move || {
        let (mut count, mut bytes) = (0, 0);
        for (_, entry) in entries {
            bytes += entry.operation.weight();
            if count > 0 && bytes > CHUNK_BYTES {
                break;
            }
            count += 1;
        }
        let (chunk, rest) = entries.split_at(count);
        entries = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Encodes a chunk of operations, whose change numbers follow one another.
pub(super) fn encode(entries: &[(u64, LogEntry)]) -> Result<Vec<u8>, StoreError> {
    let mut front = Front { authors: Vec::<&Author>::new(), links: Vec::with_capacity(entries.len()) };
    let mut lines = Vec::with_capacity(entries.len());
    for (number, entry) in entries {
        let by = entry.by.as_deref().map_or(0, |author| {
            let place = front.authors.iter().position(|known| *known == author);
            place.unwrap_or_else(|| {
                front.authors.push(author);
                front.authors.len() - 1
            }) + 1
        });
        let back = if entry.previous == 0 { 0 } else { number - entry.previous };
        let operation = &entry.operation;
        let year = operation.round.year();
        let (of, round) = match operation.subject.of {
            Of::Household(uuid) => (uuid, year),
            Of::Unit => (Uuid::nil(), year | AREA),
            Of::Hamlet(number) => (Uuid::from_u128(number.into()), year | AREA),
        };
        front.links.push(Link { of, round, back, by });
        lines.push(Line {
            received: entry.received,
            id: operation.id,
            believed: entry.believed,
            stamp: (entry.believed != operation.stamp).then_some(operation.stamp),
            changes: operation.changes.as_slice(),
            why: operation.why.as_deref(),
        });
    }
    let mut bytes = keys::encode(&front)?;
    pack::pack(&keys::encode(&lines)?, &mut bytes)?;
    Ok(bytes)
}

/// A chunk, its operations still packed.
pub(super) struct Chunk {
    unit: UnitCode,
    first: u64,
    authors: Vec<Arc<Author>>,
    links: Vec<Link>,
    packed: Vec<u8>,
}

impl Chunk {
    /// Decodes a chunk; `None` when it is not one.
    pub(super) fn decode(unit: UnitCode, first: u64, bytes: &[u8]) -> Option<Chunk> {
        let (Front { authors, links }, packed) = postcard::take_from_bytes::<Front<Author>>(bytes).ok()?;
        let authors: Vec<_> = authors.into_iter().map(Arc::new).collect();
        let well = |(number, link): (u64, &Link)| {
            link.by <= authors.len()
                && link.back < number.max(1)
                && number.checked_add(1).is_some()
                && link.record(unit).is_some()
        };
        let whole = !links.is_empty() && (first..).zip(&links).all(well);
        whole.then(|| Chunk { unit, first, authors, links, packed: packed.to_vec() })
    }

    /// The chunk that holds a change number.
    pub(super) fn holding(store: &dyn Engine, unit: UnitCode, number: u64) -> Result<Chunk, StoreError> {
        let found = store.range(upto(unit, number))?;
        let chunk = found.iter().find_map(|pair| read(unit, pair)).filter(|chunk| chunk.holds(number));
        chunk.ok_or_else(|| damaged(unit))
    }

    /// Whether it holds a change number.
    pub(super) fn holds(&self, number: u64) -> bool {
        number.checked_sub(self.first).is_some_and(|at| at < self.links.len() as u64)
    }

    /// Everybody who sent an operation in it, each once.
    pub(super) fn authors(&self) -> impl Iterator<Item = &Author> {
        self.authors.iter().map(Arc::as_ref)
    }

    /// The last change number in it.
    pub(super) fn last(&self) -> u64 {
        self.first + self.links.len() as u64 - 1
    }

    /// Each change number with the record that it changed.
    pub(super) fn records(&self) -> impl Iterator<Item = (u64, RecordKey)> {
        let numbered = (self.first..).zip(&self.links);
        numbered.filter_map(|(number, link)| Some((number, link.record(self.unit)?)))
    }

    /// Change number of the record's operation before this one; `None` for the first.
    fn previous(&self, number: u64) -> Option<u64> {
        let at = usize::try_from(number - self.first).ok()?;
        let back = self.links.get(at)?.back;
        (back > 0).then(|| number - back)
    }

    /// Account and session that sent an operation.
    fn author(&self, link: &Link) -> Option<&Arc<Author>> {
        self.authors.get(link.by.checked_sub(1)?)
    }

    /// Its operations with their change numbers, unpacked.
    pub(super) fn entries(&self) -> Result<Vec<(u64, LogEntry<'static>)>, StoreError> {
        let lines: Option<Vec<Line<Vec<Change>, String>>> =
            pack::unpack(&self.packed).and_then(|bytes| postcard::from_bytes(&bytes).ok());
        let lines = lines.filter(|lines| lines.len() == self.links.len());
        let lines = lines.ok_or_else(|| damaged(self.unit))?;
        let numbered = (self.first..).zip(&self.links).zip(lines);
        numbered
            .map(|((number, link), line)| {
                let RecordKey { subject, round } =
                    link.record(self.unit).ok_or_else(|| damaged(self.unit))?;
                let operation = Operation {
                    id: line.id,
                    subject,
                    round,
                    stamp: line.stamp.unwrap_or(line.believed),
                    changes: line.changes,
                    why: line.why,
                };
                let entry = LogEntry {
                    previous: if link.back == 0 { 0 } else { number - link.back },
                    received: line.received,
                    by: self.author(link).map(Arc::clone),
                    operation: Cow::Owned(operation),
                    believed: line.believed,
                };
                Ok((number, entry))
            })
            .collect()
    }
}

/// The part of the log that holds a change number, or the last one before it.
fn upto(unit: UnitCode, number: u64) -> Range {
    let end = keys::log(unit, number.saturating_add(1));
    Range::between(keys::log(unit, 0), end).backwards().pairs(1)
}

/// The last part of a unit's log.
pub(super) fn end(unit: UnitCode) -> Range {
    Range::of(&keys::all(unit, keys::LOG)).backwards().pairs(1)
}

/// The last change number of a unit, from the [`end`] of its log; 0 where nothing has changed.
pub(super) fn last(unit: UnitCode, end: &[Pair]) -> Result<u64, StoreError> {
    let Some(pair) = end.first() else { return Ok(0) };
    read(unit, pair).map(|chunk| chunk.last()).ok_or_else(|| damaged(unit))
}

/// Author of the changes that one push made in a unit, and the households they changed, each once.
pub(super) fn changed(
    store: &dyn Engine,
    unit: UnitCode,
    numbers: RangeInclusive<u64>,
) -> Result<(Author, Vec<Uuid>), StoreError> {
    let mut author = None;
    let mut households = BTreeSet::new();
    for chunk in since(store, unit, numbers.start().saturating_sub(1))? {
        let chunk = chunk?;
        for (number, link) in (chunk.first..).zip(&chunk.links).filter(|(number, _)| numbers.contains(number))
        {
            if number == *numbers.start() {
                author = chunk.author(link).map(|author| Author::clone(author));
            }
            let household = link.record(unit).and_then(|record| record.subject.household());
            households.extend(household.map(|household| household.uuid));
        }
        if chunk.last() >= *numbers.end() {
            break;
        }
    }
    Ok((author.ok_or_else(|| damaged(unit))?, households.into_iter().collect()))
}

/// Chunks with what changed in a unit after a change number; the first may hold earlier changes as well.
pub(super) fn since(
    store: &dyn Engine,
    unit: UnitCode,
    after: u64,
) -> Result<impl Iterator<Item = Result<Chunk, StoreError>>, StoreError> {
    let all = Range::of(&keys::all(unit, keys::LOG));
    let first =
        if after == 0 { None } else { store.range(upto(unit, after.saturating_add(1)))?.into_iter().next() };
    let from = first.map_or(all.from, |(key, _)| key);
    let chunks = store.scan(Range::between(from, all.to));
    Ok(chunks.map(move |pair| read(unit, &pair?).ok_or_else(|| damaged(unit))))
}

fn read(unit: UnitCode, (key, value): &Pair) -> Option<Chunk> {
    match keys::read(key) {
        Some((_, Key::Log(first))) => Chunk::decode(unit, first, value),
        _ => None,
    }
}

/// Change numbers of all operations of a record, rising; `last` is the number of the latest.
pub(super) fn chain(store: &dyn Engine, unit: UnitCode, last: u64) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    let mut chunk: Option<Chunk> = None;
    let mut next = Some(last);
    // Ends, since every link leads back by at least one.
    while let Some(number) = next {
        let holding = match chunk.take().filter(|chunk| chunk.holds(number)) {
            Some(chunk) => chunk,
            None => Chunk::holding(store, unit, number)?,
        };
        numbers.push(number);
        next = holding.previous(number);
        chunk = Some(holding);
    }
    numbers.reverse();
    Ok(numbers)
}

pub(super) fn damaged(unit: UnitCode) -> StoreError {
    StoreError::Damaged(format!("a part of the log of area {unit} cannot be read"))
}
