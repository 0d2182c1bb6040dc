//! What a record's edits add up to.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, de};

use super::clock::{Actor, MAX_MILLIS, Stamp};
use super::operation::{Change, FieldPath};
use super::value::Value;

/// The last write of one writer in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which: no other write has this stamp. Of one writer's the later stamp is the later write.
    pub stamp: Stamp,
    /// When, as far as can be believed, in milliseconds since 1970 (UTC): the stamp's own time, unless its
    /// writer's clock was off.
    pub time: u64,
    /// What was written; null once it can never stand again.
    pub value: Value,
    /// Whether somebody else who had seen it has written since.
    pub seen: bool,
}

impl Write {
    /// Its place among the writes of others.
    #[must_use]
    pub fn place(&self) -> Stamp {
        self.stamp.at(self.time)
    }
}

/// A field on which people disagreed without having seen each other's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// Which field.
    pub field: FieldPath,
    /// The value that stands.
    pub standing: Write,
    /// The values that lost, latest first. None is forgotten until a person has decided.
    pub lost: Vec<Write>,
}

/// A record: for each field the last write of each writer, and whether another author had seen it. Of what
/// was seen the value is forgotten: the log tells of it.
///
/// A writer's own writes are ordered by their stamps, so that a clock that is off cannot mix them up; where
/// writers had not seen each other's, the one believed to be later stands.
///
/// What is kept is a function of the set of all edits, so [`Doc::write`] and [`Doc::merge`] are commutative,
/// associative and idempotent. Only a write that exists can have been seen: a device that names another one
/// hides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    fields: BTreeMap<FieldPath, Field>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Field {
    /// Sorted by writer; never empty.
    writes: Vec<Write>,
    /// What authors say they have seen and has not come yet, sorted: later than their writers' writes here.
    awaited: Vec<Stamp>,
}

impl Doc {
    /// Sets one field, by a clock that is right. Order, repetition and origin do not matter.
    pub fn write(&mut self, stamp: Stamp, change: &Change) {
        self.write_at(stamp, stamp.millis(), change);
    }

    /// Sets one field; `time` is when that is believed to have been done, in milliseconds since 1970 (UTC).
    pub fn write_at(&mut self, stamp: Stamp, time: u64, change: &Change) {
        let field = self.fields.entry(change.field.clone()).or_default();
        let time = time.min(MAX_MILLIS);
        field.keep(Write { stamp, time, value: change.value.clone(), seen: false });
        // A writer's own earlier writes are gone anyway.
        field.see(change.seen.iter().copied().filter(|seen| seen.actor() != stamp.actor()));
        field.forget();
    }

    /// Takes over all that another copy of the record holds.
    pub fn merge(&mut self, other: &Doc) {
        for (path, other) in &other.fields {
            let mine = self.fields.entry(path.clone()).or_default();
            other.writes.iter().for_each(|write| mine.keep(write.clone()));
            mine.see(other.awaited.iter().copied());
            mine.forget();
        }
    }

    /// The value that stands in a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)?.standing().map(|write| &write.value)
    }

    /// The fields that have a value, in order, with the value that stands.
    pub fn standing(&self) -> impl Iterator<Item = (&FieldPath, &Value)> {
        self.fields.iter().filter_map(|(path, field)| field.standing().map(|write| (path, &write.value)))
    }

    /// What an author who looks at this copy has seen of a field and nobody had before: for [`Change::seen`].
    #[must_use]
    pub fn seen(&self, field: &str) -> Vec<Stamp> {
        self.open(field).map(|write| write.stamp).collect()
    }

    /// The writes of a field that no other author had seen: what stands, and what is in conflict with it.
    pub fn open(&self, field: &str) -> impl Iterator<Item = &Write> {
        self.fields.get(field).into_iter().flat_map(Field::open)
    }

    /// The record with nothing but one field: for somebody who may know no more of it.
    #[must_use]
    pub fn only(&self, field: &str) -> Doc {
        let kept = self.fields.get_key_value(field);
        Doc { fields: kept.map(|(path, field)| (path.clone(), field.clone())).into_iter().collect() }
    }

    /// Whether the field holds values that differ and whose authors had not seen each other's.
    #[must_use]
    pub fn in_conflict(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(Field::disagrees)
    }

    /// Whether any field is in conflict.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.fields.values().any(Field::disagrees)
    }

    /// All conflicts of the record.
    #[must_use]
    pub fn conflicts(&self) -> Vec<FieldConflict> {
        let mut conflicts = Vec::new();
        for (path, field) in self.fields.iter().filter(|(_, field)| field.disagrees()) {
            let Some(standing) = field.standing() else { continue };
            let mut lost: Vec<_> =
                field.open().filter(|write| write.value != standing.value).cloned().collect();
            lost.sort_unstable_by_key(|write| std::cmp::Reverse(write.place()));
            conflicts.push(FieldConflict { field: path.clone(), standing: standing.clone(), lost });
        }
        conflicts
    }

    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The latest stamp of a writer in a field.
    #[must_use]
    pub fn latest_of(&self, field: &str, writer: Actor) -> Option<Stamp> {
        let field = self.fields.get(field)?;
        field.of(writer).ok().map(|at| field.writes[at].stamp)
    }
}

impl Field {
    /// Where a writer's write is, or would be.
    fn of(&self, writer: Actor) -> Result<usize, usize> {
        self.writes.binary_search_by_key(&writer, |write| write.stamp.actor())
    }

    /// Keeps, of each writer, the last write. Where a faulty device gives two one stamp, the greater value and time.
    fn keep(&mut self, mut write: Write) {
        let place = self.of(write.stamp.actor());
        if let Some(kept) = place.ok().map(|at| &mut self.writes[at]).filter(|w| w.stamp >= write.stamp) {
            if kept.stamp == write.stamp {
                kept.seen |= write.seen;
                kept.time = kept.time.max(write.time);
                if write.value > kept.value {
                    kept.value = write.value;
                }
            }
            return;
        }
        if !self.awaited.is_empty() {
            write.seen |= self.awaited.binary_search(&write.stamp).is_ok();
            let writer = write.stamp.actor();
            self.awaited.retain(|stamp| stamp.actor() != writer || *stamp > write.stamp);
        }
        match place {
            Ok(at) => self.writes[at] = write,
            Err(at) => {
                // Most fields have one writer: a vector that grows by itself would keep room for four.
                self.writes.reserve_exact(1);
                self.writes.insert(at, write);
            }
        }
    }

    /// Takes note of what an author had seen. In time proportional to what is awaited, however much a faulty
    /// device invents.
    fn see(&mut self, stamps: impl Iterator<Item = Stamp>) {
        let mut new = Vec::new();
        for stamp in stamps {
            match self.of(stamp.actor()) {
                Ok(at) if self.writes[at].stamp == stamp => self.writes[at].seen = true,
                Ok(at) if self.writes[at].stamp > stamp => {}
                _ => new.push(stamp),
            }
        }
        if new.is_empty() {
            return;
        }
        new.sort_unstable();
        new.dedup();
        let mut old = std::mem::take(&mut self.awaited).into_iter().peekable();
        for stamp in new {
            while let Some(before) = old.next_if(|old| *old < stamp) {
                self.awaited.push(before);
            }
            old.next_if_eq(&stamp);
            self.awaited.push(stamp);
        }
        self.awaited.extend(old);
    }

    /// Forgets the values that cannot stand any more: of what was seen all but the last by its stamp, which stands
    /// where faulty devices have seen in a circle.
    fn forget(&mut self) {
        if let [_] = self.writes[..] {
            return;
        }
        let last = self.writes.iter().map(|write| write.stamp).max();
        for write in self.writes.iter_mut().filter(|write| write.seen && Some(write.stamp) != last) {
            write.value = Value::Null;
        }
    }

    /// The writes that no other author had seen. Where all were seen (only faulty devices can see in a
    /// circle), the last by its stamp.
    fn open(&self) -> impl Iterator<Item = &Write> {
        let all_seen = self.writes.iter().all(|write| write.seen);
        let last = if all_seen { self.writes.iter().max_by_key(|write| write.stamp) } else { None };
        self.writes.iter().filter(|write| !write.seen).chain(last)
    }

    /// The write whose value stands.
    fn standing(&self) -> Option<&Write> {
        self.open().max_by_key(|write| write.place())
    }

    /// Whether writes that no other author had seen say different things.
    fn disagrees(&self) -> bool {
        let mut open = self.open();
        let first = open.next();
        open.any(|write| first.is_some_and(|first| first.value != write.value))
    }
}

// A look-up by text: paths are ordered as their texts are.
impl std::borrow::Borrow<str> for FieldPath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// A stamp, and the time at which it is believed to have been given.
type Timed = (Stamp, u64);

/// A write: the place of its stamp among the record's, the value, and the places of what was seen: its own if
/// somebody else has seen it; with a field's first write also what is awaited. (An earlier form named here
/// what the write's author had seen: it reads the same.)
type PackedWrite<V> = (usize, V, Vec<usize>);

/// The stored and sent form. One record has one form only.
#[derive(Deserialize)]
struct Unpacked {
    /// Each once, sorted; more than once only where its time is not always the same.
    stamps: Vec<Stamp>,
    /// In order.
    fields: Vec<(FieldPath, Vec<PackedWrite<Value>>)>,
    /// The times that stamps do not say themselves, with the stamps' places. Left out of JSON where there are none.
    #[serde(default)]
    times: Vec<(usize, u64)>,
}

impl Serialize for Doc {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let own_time = |stamp: &Stamp| (*stamp, stamp.millis());
        let written = self.fields.values().flat_map(|field| &field.writes).map(|w| (w.stamp, w.time));
        let awaited = self.fields.values().flat_map(|field| &field.awaited).map(own_time);
        let mut stamps: Vec<Timed> = written.chain(awaited).collect();
        stamps.sort_unstable();
        stamps.dedup();
        let at = |stamp: Timed| stamps.binary_search(&stamp).expect("collected above");
        let fields = self.fields.iter().map(|(path, field)| {
            let mut awaited = field.awaited.as_slice();
            let writes = field.writes.iter().map(|write| {
                let own = at((write.stamp, write.time));
                let awaited = std::mem::take(&mut awaited).iter().map(|stamp| at(own_time(stamp)));
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
        for (path, writes) in fields {
            let field = doc.fields.entry(path).or_default();
            let mut all_seen = Vec::new();
            for (place, value, seen) in writes {
                let (stamp, time) = at(place)?;
                field.keep(Write { stamp, time, value, seen: false });
                for place in seen {
                    all_seen.push(at(place)?.0);
                }
            }
            field.see(all_seen.into_iter());
            field.forget();
        }
        doc.fields.retain(|_, field| !field.writes.is_empty());
        Ok(doc)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::sync::Actor;

    fn stamp(millis: u64, actor: u64) -> Stamp {
        Stamp::new(millis, 0, Actor(actor)).unwrap()
    }

    fn set(field: &str, value: i64, seen: &[Stamp]) -> Change {
        Change { field: field.parse().unwrap(), value: value.into(), seen: seen.to_vec() }
    }

    #[test]
    fn different_fields_both_win_and_the_later_of_one_field_stands() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[]));
        doc.write(stamp(2, 2), &set("b", 2, &[]));
        doc.write(stamp(3, 2), &set("a", 3, &[stamp(1, 1)]));
        assert_eq!(
            (doc.get("a"), doc.get("b"), doc.get("c")),
            (Some(&Value::Int(3)), Some(&Value::Int(2)), None)
        );
        assert!(doc.conflicts().is_empty());
    }

    #[test]
    fn a_value_not_seen_is_kept_until_a_person_decides() {
        let mut doc = Doc::default();
        doc.write(stamp(5, 1), &set("a", 1, &[]));
        doc.write(stamp(4, 2), &set("a", 2, &[]));
        assert_eq!(doc.get("a"), Some(&Value::Int(1)));
        let conflict = &doc.conflicts()[0];
        assert_eq!((&conflict.standing.value, &conflict.lost[0].value), (&Value::Int(1), &Value::Int(2)));
        assert!(doc.in_conflict("a") && doc.has_conflicts());
        let resolution = set("a", 2, &doc.seen("a"));
        doc.write(stamp(6, 3), &resolution);
        assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(2)), 0));
    }

    #[test]
    fn the_same_value_written_twice_is_no_conflict() {
        let mut doc = Doc::default();
        doc.write(stamp(5, 1), &set("a", 1, &[]));
        doc.write(stamp(4, 2), &set("a", 1, &[]));
        assert!(!doc.in_conflict("a") && !doc.has_conflicts() && doc.conflicts().is_empty());
    }

    #[test]
    fn a_write_that_nobody_made_hides_nothing() {
        let mut doc = Doc::default();
        doc.write(stamp(7, 1), &set("a", 1, &[stamp(9, 2)]));
        doc.write(stamp(5, 2), &set("a", 2, &[stamp(9, 1)]));
        assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(1)), 1));
        // It was only on its way.
        doc.write(stamp(9, 2), &set("a", 3, &[]));
        assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(1)), 0));
    }

    #[test]
    fn devices_that_see_in_a_circle_empty_no_field() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[stamp(2, 2)]));
        doc.write(stamp(2, 2), &set("a", 2, &[stamp(1, 1), stamp(2, 2)]));
        assert_eq!((doc.get("a"), doc.seen("a")), (Some(&Value::Int(2)), vec![stamp(2, 2)]));
        assert!(!doc.has_conflicts());
    }

    proptest! {
        #[test]
        fn what_is_open_is_what_no_other_author_had_seen(
            drawn in vec((0u64..6, 0u64..9, 0u64..9, vec((0u64..6, 0u64..9), 0..4)), 0..12)
        ) {
            let mut doc = Doc::default();
            let edits: Vec<_> = (0..).zip(drawn).map(|(value, (millis, actor, time, seen))| {
                let seen: Vec<_> = seen.into_iter().map(|(millis, actor)| stamp(millis, actor)).collect();
                (stamp(millis, actor), time, set("a", value, &seen))
            }).collect();
            edits.iter().for_each(|(stamp, time, change)| doc.write_at(*stamp, *time, change));
            let is_last = |of: Stamp| edits.iter().all(|(s, ..)| s.actor() != of.actor() || *s <= of);
            let is_seen = |of: Stamp| {
                edits.iter().any(|(s, _, c)| s.actor() != of.actor() && c.seen.contains(&of))
            };
            let mut last: Vec<Stamp> = edits.iter().map(|(s, ..)| *s).filter(|s| is_last(*s)).collect();
            last.sort_unstable();
            last.dedup();
            let mut open: Vec<_> = last.iter().copied().filter(|stamp| !is_seen(*stamp)).collect();
            if open.is_empty() {
                open.extend(last.last());
            }
            let mut told = doc.seen("a");
            told.sort_unstable();
            prop_assert_eq!(&told, &open);
            // Of those the one believed to be the latest stands. Where a stamp was given twice, the greater value.
            let same = |of: Stamp| edits.iter().filter(move |(stamp, ..)| *stamp == of);
            let place = |of: &Stamp| same(*of).map(|(stamp, time, _)| stamp.at(*time)).max();
            let stands = open.into_iter().max_by_key(place);
            let stands = stands.and_then(|stamp| same(stamp).map(|(.., change)| &change.value).max());
            prop_assert_eq!(doc.get("a"), stands);
        }
    }

    #[test]
    fn a_writer_s_last_word_stands_whatever_its_clock() {
        let mut doc = Doc::default();
        // Ten years fast, then set right; what was typed first comes last.
        doc.write_at(stamp(99, 1), 50, &set("a", 2, &[]));
        doc.write_at(stamp(98, 1), 60, &set("a", 1, &[]));
        assert_eq!((doc.get("a"), doc.has_conflicts()), (Some(&Value::Int(2)), false));
        // Another's, believed to be later, which had not seen it.
        doc.write(stamp(55, 2), &set("a", 3, &[]));
        assert_eq!((doc.get("a"), doc.conflicts()[0].lost[0].time), (Some(&Value::Int(3)), 50));
    }

    #[test]
    fn one_field_alone_is_all_that_is_left() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[]));
        doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1)]));
        doc.write(stamp(2, 2), &set("b", 2, &[]));
        let only = doc.only("a");
        assert_eq!((only.get("a"), only.get("b")), (Some(&Value::Int(3)), None));
        assert!(doc.only("c").is_empty());
    }

    #[test]
    fn both_forms_read_back() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[]));
        doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1), stamp(3, 3)]));
        let json = serde_json::to_string(&doc).unwrap();
        let text = |seen: &str| {
            let stamps: Vec<_> =
                (1..=3).map(|i| format!(r#""00000000000{i}-0000-000000000000000{i}""#)).collect();
            format!(r#"{{"stamps":[{}],"fields":[["a",[{seen}]]]}}"#, stamps.join(","))
        };
        assert_eq!(json, text("[0,null,[0,2]],[1,3,[]]"));
        let earlier = text("[0,1,[]],[1,3,[0,2]]");
        assert_eq!(serde_json::from_str::<Doc>(&earlier).unwrap(), doc);
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        assert_eq!(postcard::from_bytes::<Doc>(&postcard::to_stdvec(&doc).unwrap()).unwrap(), doc);
        assert!(serde_json::from_str::<Doc>(r#"{"stamps":[],"fields":[["a",[[0,1,[]]]]]}"#).is_err());
        // Where a clock was off, the time is said too.
        doc.write_at(stamp(4, 4), 2, &set("a", 5, &[]));
        let json = serde_json::to_string(&doc).unwrap();
        assert!(json.ends_with(r#","times":[[3,2]]}"#), "{json}");
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        assert_eq!(postcard::from_bytes::<Doc>(&postcard::to_stdvec(&doc).unwrap()).unwrap(), doc);
        assert!(serde_json::from_str::<Doc>(&json.replace("[[3,2]]", "[[9,2]]")).is_err());
    }
}
