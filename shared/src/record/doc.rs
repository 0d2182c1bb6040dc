//! A record as the result of all its edits.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, de};

use super::clock::{Actor, MAX_MILLIS, Stamp};
use super::operation::{Change, FieldPath, MAX_SEEN};
use super::value::Value;

mod bounds;
mod fields;

pub use self::bounds::{
    Full, Growing, IsOwn, MAX_AWAITED, MAX_AWAITED_OF_ONE, MAX_BYTES_OF_ONE, MAX_FIELDS, MAX_FIELDS_OF_ONE,
    MAX_OPEN, MAX_OPEN_OF_ONE, MAX_RECORD, MAX_UNKNOWN_OF_ONE,
};
use self::fields::Fields;

/// How much later than an edit a write may be believed to have been made that the edit names as seen, in milliseconds:
/// ten minutes, since two clocks may each be off by five and still be believed. A write that is later yet was not there
/// to be seen.
pub const SEEN_WITHIN: u64 = 10 * 60 * 1_000;

/// One writer's last write to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The write's identity: no other write has this stamp. Of one writer's writes, the one with the later stamp is
    /// the later one.
    pub stamp: Stamp,
    /// When the write is believed to have been made, in milliseconds since 1970 (UTC): the stamp's own time, unless
    /// the writer's clock was off.
    pub time: u64,
    /// The value written; null once the write can never stand again.
    pub value: Value,
    /// Whether another author has written to the field after seeing this write.
    pub seen: bool,
}

impl Write {
    /// The write's rank among those of other writers: its stamp, moved to the believed time.
    #[must_use]
    pub fn place(&self) -> Stamp {
        self.stamp.at(self.time)
    }
}

/// A field to which authors wrote different values without having seen each other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// The field in conflict.
    pub field: FieldPath,
    /// The write that stands: its value is the field's current one.
    pub standing: Write,
    /// The writes that lost, latest first. All are kept until a person has decided.
    pub lost: Vec<Write>,
}

/// A record: for each field, each writer's last write and whether another author had seen it. The value of a
/// write that was seen is dropped; the log still has it.
///
/// One writer's writes are ordered by their stamps, so a clock that is off cannot mix them up. Of the writes
/// that no other author had seen, the one believed to be the latest *stands*: its value is the field's.
///
/// What is kept is a function of the set of all edits, so [`Doc::write`] and [`Doc::merge`] are commutative,
/// associative and idempotent. Only a write that exists counts as seen, and only by an edit that was not made more than
/// [`SEEN_WITHIN`] before it: a device that names what nobody has written yet hides nothing.
///
/// ```
/// use soho_shared::record::{Actor, Change, Doc, Stamp, Value};
///
/// let stamp = |millis, actor| Stamp::new(millis, 0, Actor(actor)).unwrap();
/// let members = |n: i64| Change { field: "member_count".parse().unwrap(), value: n.into(), seen: vec![] };
/// let (mut first, mut second) = (Doc::default(), Doc::default());
/// first.write(stamp(1, 1), &members(4));
/// second.write(stamp(2, 2), &members(5));
///
/// // In whatever order copies are merged, they end the same, and no value is lost.
/// let mut merged = second.clone();
/// merged.merge(&first);
/// first.merge(&second);
/// assert_eq!(merged, first);
/// assert_eq!(first.get("member_count"), Some(&Value::Int(5)));
/// assert_eq!(first.conflicts()[0].lost[0].value, Value::Int(4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Field {
    /// Sorted by writer; never empty.
    writes: Vec<Write>,
    /// Writes that authors say they have seen but that have not arrived yet, or that were made too late to be seen, each
    /// once and sorted by its stamp. Of a writer whose write is kept here, that write's own stamp and later ones.
    awaited: Vec<Awaited>,
}

/// A write that an edit names and that has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Awaited {
    stamp: Stamp,
    /// When the latest edit that names it is believed to have been made, and that edit's writer, who has a write in the
    /// field.
    named: (u64, Actor),
}

impl Doc {
    /// Sets one field, taking the stamp's own time as right. Calls may come in any order, and repeatedly.
    pub fn write(&mut self, stamp: Stamp, change: &Change) {
        self.write_at(stamp, stamp.millis(), change);
    }

    /// Sets one field by an edit of this device that no server has judged yet: what it names it has seen, whatever the
    /// clocks.
    pub fn write_here(&mut self, stamp: Stamp, change: &Change) {
        self.put(stamp, stamp.millis(), MAX_MILLIS, change);
    }

    /// Sets one field; `time` is when the edit is believed to have been made, in milliseconds since 1970 (UTC).
    pub fn write_at(&mut self, stamp: Stamp, time: u64, change: &Change) {
        self.put(stamp, time, time, change);
    }

    /// Sets one field; what it names and was made by the time `named` counts as seen.
    fn put(&mut self, stamp: Stamp, time: u64, named: u64, change: &Change) {
        let field = self.fields.or_default(Cow::Borrowed(&change.field));
        let time = time.min(MAX_MILLIS);
        field.keep(Write { stamp, time, value: change.value.clone(), seen: false });
        // A writer's earlier writes are replaced by its later one anyway.
        let others = change.seen.iter().filter(|seen| seen.actor() != stamp.actor());
        field.see(others.map(|seen| Awaited { stamp: *seen, named: (named, stamp.actor()) }));
        field.forget();
    }

    /// Merges another copy of the record into this one.
    pub fn merge(&mut self, other: &Doc) {
        for (path, other) in other.fields.iter() {
            let mine = self.fields.or_default(Cow::Borrowed(path));
            other.writes.iter().for_each(|write| mine.keep(write.clone()));
            mine.see(other.awaited.iter().copied());
            mine.forget();
        }
    }

    /// The value that stands in a field; `None` when the field was never written.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)?.standing().map(|write| &write.value)
    }

    /// Every field that was ever written, in order of path, with the value that stands: null where it was cleared.
    pub fn standing(&self) -> impl Iterator<Item = (&FieldPath, &Value)> {
        self.fields.iter().filter_map(|(path, field)| field.standing().map(|write| (path, &write.value)))
    }

    /// The fields whose paths begin with a text, as [`Doc::standing`].
    pub fn starting_with(&self, text: &str) -> impl Iterator<Item = (&FieldPath, &Value)> {
        let own = self.fields.from(text).take_while(move |(path, _)| path.as_str().starts_with(text));
        own.filter_map(|(path, field)| field.standing().map(|write| (path, &write.value)))
    }

    /// Stamps of a field's open writes, for [`Change::seen`] of an edit made by an author who looks at this copy; at
    /// most as many as a change may name.
    #[must_use]
    pub fn seen(&self, field: &str) -> Vec<Stamp> {
        self.open(field).map(|write| write.stamp).take(MAX_SEEN).collect()
    }

    /// The open writes of a field, which no other author had seen: the one that stands, and those in conflict with it.
    pub fn open(&self, field: &str) -> impl Iterator<Item = &Write> {
        self.fields.get(field).into_iter().flat_map(Field::open)
    }

    /// The record reduced to one field, for somebody who may see no more of it.
    #[must_use]
    pub fn only(&self, field: &str) -> Doc {
        Doc { fields: self.fields.only(|path| path.as_str() == field) }
    }

    /// The record without the fields for which `hidden` is true, for somebody who may not see them.
    #[must_use]
    pub fn without(&self, hidden: impl Fn(&FieldPath) -> bool) -> Doc {
        Doc { fields: self.fields.only(|path| !hidden(path)) }
    }

    /// The record without what is awaited: for a device, which is given every record whole. Version 0.1 would take a stamp
    /// that was named too early for a write that was seen.
    #[must_use]
    pub fn settled(mut self) -> Doc {
        self.fields.values_mut().for_each(|field| field.awaited = Vec::new());
        self
    }

    /// Whether a field holds different values whose authors had not seen each other's.
    #[must_use]
    pub fn in_conflict(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(Field::disagrees)
    }

    /// Whether any field is in conflict.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.fields.iter().any(|(_, field)| field.disagrees())
    }

    /// All conflicts of the record.
    #[must_use]
    pub fn conflicts(&self) -> Vec<FieldConflict> {
        let mut conflicts = Vec::new();
        for (path, field) in self.fields.iter().filter(|(_, field)| field.disagrees()) {
            let Some(standing) = field.standing() else { continue };
            // Inserted one by one, here and below: they are few, and every tablet would download the code of a sort.
            let mut lost: Vec<Write> = Vec::new();
            for write in field.open().filter(|write| write.value != standing.value) {
                let at = lost.partition_point(|later| later.place() > write.place());
                lost.insert(at, write.clone());
            }
            conflicts.push(FieldConflict { field: path.clone(), standing: standing.clone(), lost });
        }
        conflicts
    }

    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.len() == 0
    }

    /// The latest stamp of a writer in a field; `None` when it never wrote there.
    #[must_use]
    pub fn latest_of(&self, field: &str, writer: Actor) -> Option<Stamp> {
        let field = self.fields.get(field)?;
        field.of(writer).ok().map(|at| field.writes[at].stamp)
    }
}

impl Field {
    /// Index of a writer's write, or the index at which it would be inserted.
    fn of(&self, writer: Actor) -> Result<usize, usize> {
        self.writes.binary_search_by_key(&writer, |write| write.stamp.actor())
    }

    /// Index of an awaited stamp, or the index at which it would be inserted.
    fn awaits(&self, stamp: Stamp) -> Result<usize, usize> {
        self.awaited.binary_search_by_key(&stamp, |awaited| awaited.stamp)
    }

    /// Keeps the write if it is its writer's last. Where a faulty device gives two writes one stamp, the greater value
    /// and the earlier time are kept.
    fn keep(&mut self, write: Write) {
        let at = match self.of(write.stamp.actor()) {
            Ok(at) => {
                let kept = &mut self.writes[at];
                if kept.stamp > write.stamp {
                    return;
                }
                if kept.stamp == write.stamp {
                    kept.seen |= write.seen;
                    kept.time = kept.time.min(write.time);
                    if write.value > kept.value {
                        kept.value = write.value;
                    }
                } else {
                    *kept = write;
                }
                at
            }
            Err(at) => {
                // Most fields have one writer: a vector that grows by itself would reserve room for four writes.
                self.writes.reserve_exact(1);
                self.writes.insert(at, write);
                at
            }
        };
        if self.awaited.is_empty() {
            return;
        }
        let named = self.awaits(self.writes[at].stamp).ok().map(|at| self.awaited[at].named);
        let write = &mut self.writes[at];
        write.seen |= named.is_some_and(|(named, _)| was_there(write.time, named));
        let (last, seen) = (write.stamp, write.seen);
        let is_awaited = |stamp: Stamp| stamp > last || stamp == last && !seen;
        self.awaited.retain(|of| of.stamp.actor() != last.actor() || is_awaited(of.stamp));
    }

    /// Marks the writes that an author had seen, and awaits those that have not arrived.
    fn see(&mut self, seen: impl Iterator<Item = Awaited>) {
        for Awaited { stamp, named } in seen {
            let place = self.awaits(stamp);
            if let Ok(at) = self.of(stamp.actor()) {
                let write = &mut self.writes[at];
                write.seen |= write.stamp == stamp && was_there(write.time, named.0);
                if write.stamp > stamp || write.stamp == stamp && write.seen {
                    if let Ok(at) = place {
                        self.awaited.remove(at);
                    }
                    continue;
                }
            }
            match place {
                Ok(at) => self.awaited[at].named = self.awaited[at].named.max(named),
                Err(at) => self.awaited.insert(at, Awaited { stamp, named }),
            }
        }
    }

    /// The awaited writes that a writer was the latest to name.
    fn named_by(&self, writer: Actor) -> impl Iterator<Item = &Awaited> {
        self.awaited.iter().filter(move |awaited| awaited.named.1 == writer)
    }

    /// Drops the values that can never stand again: those of the writes that were seen, except the one with the latest
    /// stamp. That one stands where all writes were seen, as by faulty devices that name each other's.
    fn forget(&mut self) {
        if let [_] = self.writes[..] {
            return;
        }
        let last = self.writes.iter().map(|write| write.stamp).max();
        for write in self.writes.iter_mut().filter(|write| write.seen && Some(write.stamp) != last) {
            write.value = Value::Null;
        }
    }

    /// The writes that no other author had seen. Where all were seen, as only by faulty devices that name each
    /// other's, the one with the latest stamp.
    fn open(&self) -> impl Iterator<Item = &Write> {
        let all_seen = self.writes.iter().all(|write| write.seen);
        let last = if all_seen { self.writes.iter().max_by_key(|write| write.stamp) } else { None };
        self.writes.iter().filter(|write| !write.seen).chain(last)
    }

    /// The write whose value stands.
    fn standing(&self) -> Option<&Write> {
        // Most fields have one writer, and a record is read field by field.
        if let [write] = &self.writes[..] {
            return Some(write);
        }
        self.open().max_by_key(|write| write.place())
    }

    /// Whether the open writes hold different values.
    fn disagrees(&self) -> bool {
        let mut open = self.open();
        let first = open.next();
        open.any(|write| first.is_some_and(|first| first.value != write.value))
    }
}

impl Awaited {
    const fn timed(&self) -> Timed {
        (self.stamp, self.named.0)
    }
}

/// Whether a write was there to be seen by an edit, by the believed times of both.
const fn was_there(write: u64, edit: u64) -> bool {
    write <= edit.saturating_add(SEEN_WITHIN)
}

/// A stamp with a time, in milliseconds since 1970 (UTC): of a write, when it is believed to have been made; of an awaited
/// stamp, when the latest edit that names it was.
type Timed = (Stamp, u64);

/// A write: the index of its stamp in [`Unpacked::stamps`], the value, and indexes of stamps that were seen: its
/// own if another author has seen it, and those awaited that its writer has named. (An earlier form listed here what the
/// write's author had seen; the same code reads it.)
type PackedWrite<V> = (usize, V, Vec<usize>);

/// The form in which a record is stored and sent. Each record has exactly one such form.
#[derive(Deserialize)]
struct Unpacked {
    /// Sorted. A stamp comes once, or once for each of its times where these differ.
    stamps: Vec<Stamp>,
    /// In order of path.
    fields: Vec<(FieldPath, Vec<PackedWrite<Value>>)>,
    /// Index of a stamp and its time, where that is not the stamp's own. Left out of JSON when empty.
    #[serde(default)]
    times: Vec<(usize, u64)>,
}

impl Doc {
    /// All stamps with their believed times, sorted, each pair once.
    fn stamps(&self) -> Vec<Timed> {
        let written = self.fields.iter().flat_map(|(_, field)| &field.writes).map(|w| (w.stamp, w.time));
        let awaited = self.fields.iter().flat_map(|(_, field)| &field.awaited).map(Awaited::timed);
        let mut stamps: Vec<Timed> = written.chain(awaited).collect();
        stamps.sort_unstable();
        stamps.dedup();
        stamps
    }
}

impl Serialize for Doc {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let stamps = self.stamps();
        let at = |stamp: Timed| stamps.binary_search(&stamp).expect("collected above");
        let fields = self.fields.iter().map(|(path, field)| {
            let writes = field.writes.iter().map(|write| {
                let own = at((write.stamp, write.time));
                let awaited = field.named_by(write.stamp.actor()).map(|awaited| at(awaited.timed()));
                (own, &write.value, write.seen.then_some(own).into_iter().chain(awaited).collect())
            });
            (path, writes.collect())
        });
        let fields: Vec<(&FieldPath, Vec<PackedWrite<&Value>>)> = fields.collect();
        let off = stamps.iter().enumerate().filter(|(_, (stamp, time))| stamp.millis() != *time);
        let times: Vec<(usize, u64)> = off.map(|(place, (_, time))| (place, *time)).collect();
        let stamps: Vec<Stamp> = stamps.iter().map(|(stamp, _)| *stamp).collect();
        let left_out = times.is_empty() && s.is_human_readable();
        let mut packed = s.serialize_struct("Doc", 3)?;
        packed.serialize_field("stamps", &stamps)?;
        packed.serialize_field("fields", &fields)?;
        if left_out {
            packed.skip_field("times")?;
        } else {
            packed.serialize_field("times", &times)?;
        }
        packed.end()
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Unpacked { stamps, fields, times } = Unpacked::deserialize(d)?;
        let mut stamps: Vec<Timed> = stamps.into_iter().map(|stamp| (stamp, stamp.millis())).collect();
        let not_listed = || de::Error::custom("a stamp that is not listed");
        for (place, time) in times {
            stamps.get_mut(place).ok_or_else(not_listed)?.1 = time.min(MAX_MILLIS);
        }
        let at = |place: usize| stamps.get(place).copied().ok_or_else(not_listed);
        let mut doc = Doc::default();
        doc.fields.reserve(fields.len());
        for (path, writes) in fields {
            let field = doc.fields.or_default(Cow::Owned(path));
            let mut all_seen = Vec::new();
            for (place, value, seen) in writes {
                let (stamp, time) = at(place)?;
                field.keep(Write { stamp, time, value, seen: false });
                for place in seen {
                    let (seen, time) = at(place)?;
                    all_seen.push(Awaited { stamp: seen, named: (time, stamp.actor()) });
                }
            }
            field.see(all_seen.into_iter());
            field.forget();
        }
        doc.fields.drop_empty();
        Ok(doc)
    }
}

#[cfg(test)]
mod tests;
