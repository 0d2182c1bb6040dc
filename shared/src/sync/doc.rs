//! What a record's edits add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de};

use super::clock::Stamp;
use super::operation::{Change, FieldPath};
use super::value::Value;

/// One write of one field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Write {
    /// When and by whom.
    pub stamp: Stamp,
    /// What was written.
    pub value: Value,
    /// What its author had seen of this field, the latest of each writer, sorted.
    pub seen: Vec<Stamp>,
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

/// A record: for each field the latest write of each writer.
///
/// [`Doc::write`] and [`Doc::merge`] keep, of each writer, the greatest write by a total order, so they
/// are commutative, associative and idempotent; what stands is a function of what is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// Writes sorted by writer; never an empty list.
    fields: BTreeMap<FieldPath, Vec<Write>>,
}

impl Doc {
    /// Sets one field. Order, repetition and origin do not matter.
    pub fn write(&mut self, stamp: Stamp, change: &Change) {
        let mut seen = change.seen.clone();
        seen.sort_unstable();
        seen.dedup();
        let write = Write { stamp, value: change.value.clone(), seen };
        keep(self.fields.entry(change.field.clone()).or_default(), write);
    }

    /// Takes over all that another copy of the record holds.
    pub fn merge(&mut self, other: &Doc) {
        for (field, writes) in &other.fields {
            let mine = self.fields.entry(field.clone()).or_default();
            for write in writes {
                keep(mine, write.clone());
            }
        }
    }

    /// Takes over the server's copy: what it holds is as it was stored, under corrected stamps where a
    /// clock was off. Of this copy only what is later stays.
    pub fn take_over(&mut self, server: Doc) {
        let mine = std::mem::replace(self, server);
        for (field, writes) in mine.fields {
            let kept = self.fields.entry(field).or_default();
            for write in writes {
                match kept.binary_search_by_key(&write.stamp.actor(), |w| w.stamp.actor()) {
                    Ok(at) if kept[at].stamp >= write.stamp => {}
                    Ok(at) => kept[at] = write,
                    Err(at) => kept.insert(at, write),
                }
            }
        }
    }

    /// The value that stands in a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        heads(self.writes(field)).into_iter().max().map(|write| &write.value)
    }

    /// The fields that have a value, in order, with the value that stands.
    pub fn standing(&self) -> impl Iterator<Item = (&FieldPath, &Value)> {
        self.fields
            .iter()
            .filter_map(|(field, writes)| heads(writes).into_iter().max().map(|write| (field, &write.value)))
    }

    /// What an author who looks at this copy has seen of a field: for [`Change::seen`].
    #[must_use]
    pub fn seen(&self, field: &str) -> Vec<Stamp> {
        self.writes(field).iter().map(|write| write.stamp).collect()
    }

    /// Every value of a field that is kept, whether it stands or not.
    pub fn values(&self, field: &str) -> impl Iterator<Item = &Value> {
        self.writes(field).iter().map(|write| &write.value)
    }

    /// The record with nothing but one field: for somebody who may know no more of it.
    #[must_use]
    pub fn only(&self, field: &str) -> Doc {
        let kept = self.fields.get_key_value(field);
        Doc { fields: kept.map(|(field, writes)| (field.clone(), writes.clone())).into_iter().collect() }
    }

    /// Whether the field holds values that differ and whose authors had not seen each other's.
    #[must_use]
    pub fn in_conflict(&self, field: &str) -> bool {
        disagree(self.writes(field))
    }

    /// Whether any field is in conflict.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.fields.values().any(|writes| disagree(writes))
    }

    /// All conflicts of the record.
    #[must_use]
    pub fn conflicts(&self) -> Vec<FieldConflict> {
        let mut conflicts = Vec::new();
        for (field, writes) in &self.fields {
            let mut open = heads(writes);
            open.sort_unstable_by(|a, b| b.cmp(a));
            let Some((standing, lost)) = open.split_first() else { continue };
            let lost: Vec<_> =
                lost.iter().filter(|w| w.value != standing.value).map(|w| (*w).clone()).collect();
            if !lost.is_empty() {
                conflicts.push(FieldConflict { field: field.clone(), standing: (*standing).clone(), lost });
            }
        }
        conflicts
    }

    /// The latest stamp in the record.
    #[must_use]
    pub fn latest(&self) -> Option<Stamp> {
        self.fields.values().flatten().map(|w| w.stamp).max()
    }

    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Every write of a field that is kept, by writer.
    #[must_use]
    pub fn writes(&self, field: &str) -> &[Write] {
        // A look-up by text: paths are ordered as their texts are.
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }
}

/// Keeps, of each writer, its greatest write.
fn keep(writes: &mut Vec<Write>, write: Write) {
    match writes.binary_search_by_key(&write.stamp.actor(), |w| w.stamp.actor()) {
        Ok(i) => {
            if write > writes[i] {
                writes[i] = write;
            }
        }
        Err(i) => {
            // Most fields have one writer: a vector that grows by itself would keep room for four.
            writes.reserve_exact(1);
            writes.insert(i, write);
        }
    }
}

/// Whether writes that no other author had seen say different things.
fn disagree(writes: &[Write]) -> bool {
    writes.len() > 1 && heads(writes).windows(2).any(|pair| pair[0].value != pair[1].value)
}

/// Of writes sorted by writer those no other author had seen. Where devices contradict each other so that
/// all are covered (only a faulty one can), all.
fn heads(writes: &[Write]) -> Vec<&Write> {
    if let [only] = writes {
        return vec![only];
    }
    // Each stamp is looked up once: a field may have thousands of writers.
    let mut covered = vec![false; writes.len()];
    for seen in writes.iter().flat_map(|write| &write.seen) {
        if let Ok(at) = writes.binary_search_by_key(&seen.actor(), |w| w.stamp.actor()) {
            covered[at] |= *seen >= writes[at].stamp;
        }
    }
    let open: Vec<_> = writes.iter().zip(covered).filter(|(_, covered)| !covered).map(|(w, _)| w).collect();
    if open.is_empty() { writes.iter().collect() } else { open }
}

impl std::borrow::Borrow<str> for FieldPath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// The stored and sent form: each stamp once, fields in order. One record has one form only.
#[derive(Serialize)]
struct Packed<'a> {
    stamps: &'a [Stamp],
    fields: Vec<(&'a FieldPath, Vec<PackedWrite<&'a Value>>)>,
}

/// A write: the place of its stamp among the record's, the value, and the places of what it had seen.
type PackedWrite<V> = (usize, V, Vec<usize>);

#[derive(Deserialize)]
struct Unpacked {
    stamps: Vec<Stamp>,
    fields: Vec<(FieldPath, Vec<PackedWrite<Value>>)>,
}

impl Serialize for Doc {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut stamps: Vec<Stamp> =
            self.fields.values().flatten().flat_map(|w| w.seen.iter().chain([&w.stamp])).copied().collect();
        stamps.sort_unstable();
        stamps.dedup();
        let at = |stamp: &Stamp| stamps.binary_search(stamp).expect("collected above");
        let fields = self
            .fields
            .iter()
            .map(|(field, writes)| {
                let writes = writes
                    .iter()
                    .map(|w| (at(&w.stamp), &w.value, w.seen.iter().map(at).collect()))
                    .collect();
                (field, writes)
            })
            .collect();
        Packed { stamps: &stamps, fields }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Unpacked { stamps, fields } = Unpacked::deserialize(d)?;
        let at =
            |i: usize| stamps.get(i).copied().ok_or_else(|| de::Error::custom("a stamp that is not listed"));
        let mut doc = Doc::default();
        for (field, writes) in fields {
            let kept = doc.fields.entry(field).or_default();
            for (stamp, value, seen) in writes {
                let seen = seen.into_iter().map(at).collect::<Result<_, _>>()?;
                keep(kept, Write { stamp: at(stamp)?, value, seen });
            }
        }
        doc.fields.retain(|_, writes| !writes.is_empty());
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
    fn devices_that_contradict_each_other_lose_nothing() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[stamp(9, 2)]));
        doc.write(stamp(2, 2), &set("a", 2, &[stamp(9, 1)]));
        assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(2)), 1));
    }

    proptest! {
        #[test]
        fn what_is_open_is_what_no_other_author_had_seen(
            drawn in vec((0u64..6, 0u64..9, vec((0u64..6, 0u64..9), 0..4)), 0..12)
        ) {
            let mut doc = Doc::default();
            for (value, (millis, actor, seen)) in (0..).zip(drawn) {
                let seen: Vec<_> = seen.into_iter().map(|(millis, actor)| stamp(millis, actor)).collect();
                doc.write(stamp(millis, actor), &set("a", value, &seen));
            }
            let writes = doc.writes("a");
            let covers = |by: &Write, w: &Write| {
                by.seen.iter().any(|s| s.actor() == w.stamp.actor() && *s >= w.stamp)
            };
            let mut plain: Vec<_> =
                writes.iter().filter(|w| !writes.iter().any(|other| covers(other, w))).collect();
            if plain.is_empty() {
                plain = writes.iter().collect();
            }
            prop_assert_eq!(heads(writes), plain);
        }
    }

    #[test]
    fn one_field_alone_is_all_that_is_left() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[]));
        doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1)]));
        doc.write(stamp(2, 2), &set("b", 2, &[]));
        assert_eq!(doc.values("a").collect::<Vec<_>>(), [&Value::Int(1), &Value::Int(3)]);
        let only = doc.only("a");
        assert_eq!((only.get("a"), only.get("b")), (Some(&Value::Int(3)), None));
        assert!(doc.only("c").is_empty());
    }

    #[test]
    fn the_server_s_copy_of_a_write_replaces_the_device_s() {
        let (fast, other) = (stamp(9, 2), stamp(5, 1));
        let mut mine = Doc::default();
        mine.write(stamp(4, 1), &set("a", 1, &[fast]));
        mine.write(stamp(7, 3), &set("b", 3, &[]));
        let mut server = Doc::default();
        server.write(stamp(4, 1), &set("a", 1, &[other]));
        server.write(stamp(5, 3), &set("b", 2, &[]));
        mine.take_over(server.clone());
        assert_eq!(mine.writes("a"), server.writes("a"));
        assert_eq!(mine.get("b"), Some(&Value::Int(3)));
    }

    #[test]
    fn both_forms_read_back() {
        let mut doc = Doc::default();
        doc.write(stamp(1, 1), &set("a", 1, &[]));
        doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1)]));
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(
            json,
            r#"{"stamps":["000000000001-0000-0000000000000001","000000000002-0000-0000000000000002"],"fields":[["a",[[0,1,[]],[1,3,[0]]]]]}"#
        );
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        assert_eq!(postcard::from_bytes::<Doc>(&postcard::to_stdvec(&doc).unwrap()).unwrap(), doc);
        assert!(serde_json::from_str::<Doc>(r#"{"stamps":[],"fields":[["a",[[0,1,[]]]]]}"#).is_err());
    }
}
