//! Bounds of a record's size.
//!
//! A record that is already beyond a bound stays and may only shrink. So that nobody can block others by filling a
//! record up, there is extra room for what people must always be able to do: decide on duplicates, withdraw the
//! record, and replace one value by another. And one account takes up no more than a part of what others need too.

use super::{Doc, Field};
use crate::record::{Actor, FieldPath, Operation, Rules, Stamp, Value};

/// Largest size of a record in its postcard form, in bytes: 1 MiB.
pub const MAX_RECORD: usize = 1 << 20;
/// Most fields that a record may have.
pub const MAX_FIELDS: usize = 4_000;
/// Most writes of a field that may be open: not seen by any other author.
pub const MAX_OPEN: usize = 64;
/// Most writes of a field that authors say they have seen and that have not arrived yet.
pub const MAX_AWAITED: usize = 256;

/// Most open writes of a field that one account may hold; of what must always be possible it may hold [`MAX_OPEN`].
pub const MAX_OPEN_OF_ONE: usize = 8;
/// Most awaited writes of a field that one account may name.
pub const MAX_AWAITED_OF_ONE: usize = 64;
/// Most bytes that one account may hold in fields that this version does not know: 256 KiB.
pub const MAX_UNKNOWN_OF_ONE: usize = 256 << 10;
/// Most bytes that one account may hold in all fields: 512 KiB.
pub const MAX_BYTES_OF_ONE: usize = 512 << 10;
/// Most fields in which one account may hold anything.
pub const MAX_FIELDS_OF_ONE: usize = 1_000;

/// Largest size, in bytes, up to which edits are taken that leave none of their fields with more open writes.
const IN_PLACE: usize = MAX_RECORD / 2 * 3;
/// Largest size, in bytes, up to which decisions on duplicates and withdrawals are taken.
const SETTLING: usize = MAX_RECORD * 2;

/// The bound that an operation would exceed; where it is one of a field, with the index of the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// [`MAX_RECORD`], or the larger bound that the operation was allowed.
    Size,
    /// [`MAX_FIELDS`].
    Fields,
    /// [`MAX_OPEN`], by the change with this index.
    Open(usize),
    /// [`MAX_AWAITED`], by the change with this index.
    Awaited(usize),
    /// [`MAX_OPEN_OF_ONE`], by the change with this index.
    OpenOfOne(usize),
    /// [`MAX_AWAITED_OF_ONE`], by the change with this index.
    AwaitedOfOne(usize),
    /// [`MAX_UNKNOWN_OF_ONE`].
    UnknownOfOne,
    /// [`MAX_BYTES_OF_ONE`].
    SizeOfOne,
    /// [`MAX_FIELDS_OF_ONE`].
    FieldsOfOne,
}

/// Whether a writer belongs to the account whose edit is taken. Asked only where a record holds much.
pub type IsOwn<'a> = &'a dyn Fn(Actor) -> bool;

/// Part of a record that an account holds.
#[derive(Default)]
struct Part {
    fields: usize,
    bytes: usize,
    /// Bytes in fields that this version does not know.
    unknown: usize,
}

/// A record that takes operations only within the bounds.
///
/// It carries an upper bound of its size along, so that the exact size is worked out only when that is too large.
#[derive(Debug)]
pub struct Growing {
    doc: Doc,
    /// Upper bound of the size in bytes, whichever indexes its stamps get.
    most: usize,
    rules: Rules,
}

impl Growing {
    /// Starts from a record; `bytes` is its size in postcard form.
    #[must_use]
    pub const fn new(doc: Doc, bytes: usize, rules: Rules) -> Self {
        Growing { doc, most: bytes.saturating_mul(WIDEST), rules }
    }

    /// The record.
    #[must_use]
    pub const fn doc(&self) -> &Doc {
        &self.doc
    }

    /// Adds an operation; `time` is when it is believed to have been made, in milliseconds since 1970 (UTC). Where it is of
    /// an account, `is_own` tells its writers.
    ///
    /// # Errors
    /// The bound that the record would exceed; it is then left unchanged.
    pub fn take(&mut self, operation: &Operation, time: u64, is_own: Option<IsOwn>) -> Result<(), Full> {
        let changes = &operation.changes;
        let field = |path: &FieldPath| self.doc.fields.get(path.as_str()).cloned();
        // The fields that it sets, as they were before; exchanged below with those in the record.
        let mut others: Vec<(&FieldPath, Option<Field>)> =
            changes.iter().map(|change| (&change.field, field(&change.field))).collect();
        changes.iter().for_each(|change| self.doc.write_at(operation.stamp, time, change));
        match self.judge(operation, &others, is_own) {
            Ok(most) => {
                self.most = most;
                Ok(())
            }
            Err((full, after)) => {
                self.exchange(&mut others);
                if after.is_none_or(|after| after >= self.doc.packed_size()) {
                    return Err(full);
                }
                // Beyond the bound, but smaller than it was: taken.
                self.exchange(&mut others);
                self.most = self.doc.packed().most;
                Ok(())
            }
        }
    }

    /// The new upper bound of the size in bytes; or the bound that is exceeded, with the exact size for [`Full::Size`].
    fn judge(
        &self,
        operation: &Operation,
        before: &[(&FieldPath, Option<Field>)],
        is_own: Option<IsOwn>,
    ) -> Result<usize, (Full, Option<usize>)> {
        let count = |field: Option<&Field>| field.map_or((0, 0), |f| (f.open().count(), f.awaited.len()));
        let (mut settles, mut in_place, mut more_fields) = (true, true, false);
        for (place, (path, was)) in before.iter().enumerate() {
            let (was_open, was_awaited) = count(was.as_ref());
            let (open, awaited) = count(self.doc.fields.get(path.as_str()));
            let settling = (self.rules.settles)(path);
            settles &= settling;
            in_place &= open <= was_open;
            more_fields |= was.is_none();
            if open > MAX_OPEN && open > was_open && !settling {
                return Err((Full::Open(place), None));
            }
            if awaited > MAX_AWAITED && awaited > was_awaited {
                return Err((Full::Awaited(place), None));
            }
        }
        if let Some(full) = is_own.and_then(|is_own| self.exceeded_by_one(operation, before, is_own)) {
            return Err((full, None));
        }
        if more_fields && !settles && self.doc.fields.len() > MAX_FIELDS {
            return Err((Full::Fields, None));
        }
        let room = match (settles, in_place) {
            (true, _) => SETTLING,
            (false, true) => IN_PLACE,
            (false, false) => MAX_RECORD,
        };
        let most = self.most.saturating_add(growth(operation));
        if most <= room {
            return Ok(most);
        }
        let Packed { exact, most } = self.doc.packed();
        if exact <= room { Ok(most) } else { Err((Full::Size, Some(exact))) }
    }

    /// The bound of one account that is exceeded.
    fn exceeded_by_one(
        &self,
        operation: &Operation,
        before: &[(&FieldPath, Option<Field>)],
        is_own: IsOwn,
    ) -> Option<Full> {
        for (place, (path, was)) in before.iter().enumerate() {
            let Some(field) = self.doc.fields.get(path.as_str()) else { continue };
            let open = |of: &Field| of.open().filter(|write| is_own(write.stamp.actor())).count();
            let named = |of: &Field| of.awaited.iter().filter(|awaited| is_own(awaited.named.1)).count();
            let exceeds = |most: usize, all: usize, own: &dyn Fn(&Field) -> usize| {
                // Of few it need not be asked whose they are.
                all > most && own(field) > most.max(was.as_ref().map_or(0, own))
            };
            let most = if (self.rules.settles)(path) { MAX_OPEN } else { MAX_OPEN_OF_ONE };
            if exceeds(most, field.writes.len(), &open) {
                return Some(Full::OpenOfOne(place));
            }
            if exceeds(MAX_AWAITED_OF_ONE, field.awaited.len(), &named) {
                return Some(Full::AwaitedOfOne(place));
            }
        }
        let touched = |path: &FieldPath| before.iter().any(|(touched, _)| *touched == path);
        let all = |of: IsOwn| {
            let was = self.part(of, before.iter().filter_map(|(path, was)| Some((*path, was.as_ref()?))));
            let now = self.part(of, self.doc.fields.iter().filter(|(path, _)| touched(path)));
            let rest = self.part(of, self.doc.fields.iter().filter(|(path, _)| !touched(path)));
            let exceeds =
                |most: usize, of: fn(&Part) -> usize| of(&now) > of(&was) && of(&rest) + of(&now) > most;
            if exceeds(MAX_UNKNOWN_OF_ONE, |part| part.unknown) {
                Some(Full::UnknownOfOne)
            } else if exceeds(MAX_BYTES_OF_ONE, |part| part.bytes) {
                Some(Full::SizeOfOne)
            } else if exceeds(MAX_FIELDS_OF_ONE, |part| part.fields) {
                Some(Full::FieldsOfOne)
            } else {
                None
            }
        };
        if self.most.saturating_add(growth(operation)) <= MAX_UNKNOWN_OF_ONE
            && self.doc.fields.len() <= MAX_FIELDS_OF_ONE
        {
            return None;
        }
        // Where all together do not exceed it, it need not be asked whose it is.
        all(&|_| true).and_then(|_| all(is_own))
    }

    /// What an account holds in some fields.
    fn part<'f>(&self, is_own: IsOwn, fields: impl Iterator<Item = (&'f FieldPath, &'f Field)>) -> Part {
        let mut part = Part::default();
        for (path, field) in fields {
            let own = field.writes.iter().filter(|write| is_own(write.stamp.actor()));
            let bytes: usize = own.map(|write| path.as_str().len() + value_len(&write.value)).sum();
            part.bytes += bytes;
            part.fields += usize::from(bytes > 0);
            part.unknown += if (self.rules.knows)(path) { 0 } else { bytes };
        }
        part
    }

    fn exchange(&mut self, others: &mut [(&FieldPath, Option<Field>)]) {
        for (path, other) in others {
            *other = self.doc.fields.exchange(path, other.take());
        }
    }
}

/// Most bytes that the index of a stamp takes: a record has fewer than 2²¹ stamps, since each takes three bytes or
/// more.
const WIDEST: usize = 3;

/// Most bytes that an operation can add.
fn growth(operation: &Operation) -> usize {
    let stamp = |stamp: Stamp| stamp_len(stamp) + 2 * WIDEST + 10;
    let change = |change: &crate::record::Change| {
        let seen: usize = change.seen.iter().map(|seen| stamp(*seen)).sum();
        change.field.as_str().len() + value_len(&change.value) + seen + 8 * WIDEST
    };
    stamp(operation.stamp) + operation.changes.iter().map(change).sum::<usize>()
}

/// The size of a record in postcard form.
struct Packed {
    exact: usize,
    /// The size if the index of every stamp took [`WIDEST`] bytes.
    most: usize,
}

impl Doc {
    /// The record's size in postcard form, in bytes.
    #[must_use]
    pub fn packed_size(&self) -> usize {
        self.packed().exact
    }

    fn packed(&self) -> Packed {
        let stamps = self.stamps();
        let place = |stamp: super::Timed| len(stamps.binary_search(&stamp).unwrap_or_default());
        let (mut bytes, mut places, mut count) = (len(stamps.len()) + len(self.fields.len()), 0, 0);
        let mut off = 0;
        for (stamp, time) in &stamps {
            bytes += stamp_len(*stamp);
            if stamp.millis() != *time {
                off += 1;
                bytes += varint(*time);
                places += place((*stamp, *time));
            }
        }
        bytes += len(off);
        count += off;
        for (path, field) in self.fields.iter() {
            bytes += len(path.as_str().len()) + path.as_str().len() + len(field.writes.len());
            for write in &field.writes {
                let own = place((write.stamp, write.time));
                let seen = usize::from(write.seen) + field.named_by(write.stamp.actor()).count();
                bytes += value_len(&write.value) + len(seen);
                places += own + if write.seen { own } else { 0 };
                count += 1 + seen;
            }
            places += field.awaited.iter().map(|awaited| place(awaited.timed())).sum::<usize>();
        }
        Packed { exact: bytes + places, most: bytes + count * WIDEST }
    }
}

fn varint(of: u64) -> usize {
    let bits = 64 - (of | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

fn len(of: usize) -> usize {
    varint(of as u64)
}

fn stamp_len(stamp: Stamp) -> usize {
    varint(stamp.millis()) + varint(stamp.counter().into()) + varint(stamp.actor().0)
}

fn value_len(value: &Value) -> usize {
    1 + match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(n) => varint(((n << 1) ^ (n >> 63)).cast_unsigned()),
        Value::Text(text) => len(text.len()) + text.len(),
        Value::List(items) => len(items.len()) + items.iter().map(value_len).sum::<usize>(),
        Value::Map(items) => {
            let item = |(key, item): (&String, &Value)| len(key.len()) + key.len() + value_len(item);
            len(items.len()) + items.iter().map(item).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::household::field::RULES;
    use crate::record::{Actor, Change, MAX_SEEN, Round};

    fn stamp(millis: u64, actor: u64) -> Stamp {
        Stamp::new(millis, 0, Actor(actor)).unwrap()
    }

    fn operation(stamp: Stamp, changes: Vec<(String, Value, Vec<Stamp>)>) -> Operation {
        let change =
            |(field, value, seen): (String, Value, _)| Change { field: field.parse().unwrap(), value, seen };
        Operation {
            id: Uuid::nil(),
            subject: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            round: Round::CENSUS_2010,
            stamp,
            changes: changes.into_iter().map(change).collect(),
            why: None,
        }
    }

    fn set(at: u64, by: u64, field: &str, value: impl Into<Value>, seen: &[Stamp]) -> Operation {
        operation(stamp(at, by), vec![(field.to_owned(), value.into(), seen.to_vec())])
    }

    impl Growing {
        fn try_take(&mut self, operation: &Operation) -> Result<(), Full> {
            let before = self.doc.clone();
            let taken = self.take(operation, operation.stamp.millis(), None);
            assert!(taken.is_ok() || self.doc == before, "what is refused leaves nothing");
            assert!(self.most >= self.doc.packed_size());
            taken
        }
    }

    fn fresh() -> Growing {
        Growing::new(Doc::default(), 3, RULES)
    }

    #[test]
    fn the_64th_open_write_is_taken_and_the_65th_is_not_but_what_settles_is() {
        let mut record = fresh();
        for by in 0..64 {
            assert_eq!(record.try_take(&set(by + 1, by, "note", i64::try_from(by).unwrap(), &[])), Ok(()));
        }
        assert_eq!(record.try_take(&set(70, 70, "note", 70, &[])), Err(Full::Open(0)));
        // Taken: the same writer once more, another field, and a write that has seen one of the 64.
        assert_eq!(record.try_take(&set(71, 5, "note", 71, &[])), Ok(()));
        assert_eq!(record.try_take(&set(72, 72, "address", "x", &[])), Ok(()));
        assert_eq!(record.try_take(&set(73, 73, "note", 73, &[stamp(1, 0)])), Ok(()));
        assert_eq!(record.doc.open("note").count(), 64);
        for by in 100..200 {
            assert_eq!(record.try_take(&set(by, by, "removed", by % 2 == 0, &[])), Ok(()));
        }
        let seen = record.doc.seen("note");
        assert_eq!(record.try_take(&set(300, 300, "note", 1, &seen)), Ok(()));
        assert!(!record.doc.in_conflict("note"));
    }

    #[test]
    fn what_is_beyond_a_bound_may_only_shrink() {
        let mut doc = Doc::default();
        for by in 0..6_000 {
            doc.write(stamp(by + 1, by), &set(1, 1, "note", i64::try_from(by).unwrap(), &[]).changes[0]);
        }
        let bytes = doc.packed_size();
        let mut record = Growing::new(doc, bytes, RULES);
        assert_eq!(record.try_take(&set(7_000, 7_000, "note", 0, &[])), Err(Full::Open(0)));
        let seen = record.doc.seen("note");
        assert_eq!(seen.len(), MAX_SEEN);
        assert_eq!(record.try_take(&set(7_001, 7_001, "note", 0, &seen)), Ok(()));
        assert_eq!(record.doc.open("note").count(), 6_000 - MAX_SEEN + 1);
    }

    #[test]
    fn the_256th_awaited_stamp_is_taken_and_the_257th_is_not() {
        let mut record = fresh();
        let invented: Vec<Stamp> = (0..MAX_AWAITED as u64).map(|by| stamp(9, 1_000 + by)).collect();
        for part in invented.chunks(MAX_SEEN) {
            assert_eq!(record.try_take(&set(1, 1, "note", 1, part)), Ok(()));
        }
        assert_eq!(
            record.try_take(&set(2, 1, "note", 1, &[stamp(9, 1)])),
            Ok(()),
            "one's own is not awaited"
        );
        assert_eq!(record.try_take(&set(3, 1, "note", 1, &[stamp(9, 9)])), Err(Full::Awaited(0)));
        assert_eq!(record.try_take(&set(3, 2, "note", 1, &[stamp(2, 1)])), Ok(()));
        // One of them arrives: there is room for one more.
        assert_eq!(record.try_take(&set(9, 1_000, "note", 1, &[])), Ok(()));
        assert_eq!(record.try_take(&set(4, 2, "note", 1, &[stamp(9, 9)])), Ok(()));
    }

    #[test]
    fn the_4000th_field_is_taken_and_the_4001st_is_not_but_what_settles_is() {
        let mut record = fresh();
        for first in (0..MAX_FIELDS).step_by(500) {
            let fields = (first..first + 500).map(|i| (format!("x/{i}"), 1.into(), Vec::new())).collect();
            assert_eq!(record.try_take(&operation(stamp(1, 1), fields)), Ok(()));
        }
        assert_eq!(record.try_take(&set(2, 1, "note", 1, &[])), Err(Full::Fields));
        assert_eq!(record.try_take(&set(2, 2, "x/7", 2, &[stamp(1, 1)])), Ok(()));
        for field in ["removed", "different/018f", "same_as"] {
            assert_eq!(record.try_take(&set(2, 1, field, true, &[])), Ok(()));
        }
        assert_eq!(record.doc.standing().count(), MAX_FIELDS + 3);
    }

    #[test]
    fn a_record_ends_at_a_mebibyte_to_the_byte() {
        let mut record = fresh();
        let large = |n: usize, len: usize| set(1, 1, &format!("x{n}"), "x".repeat(len), &[]);
        let mut n = 0;
        while record.try_take(&large(n, 4_000)) == Ok(()) {
            n += 1;
        }
        // The longest text that still fits, found by halving.
        let (mut fits, mut not) = (0, 4_000);
        while not - fits > 1 {
            let middle = usize::midpoint(fits, not);
            let mut copy = Growing { doc: record.doc.clone(), ..record };
            *(if copy.try_take(&large(n, middle)) == Ok(()) { &mut fits } else { &mut not }) = middle;
        }
        assert_eq!(record.try_take(&large(n, fits)), Ok(()));
        assert_eq!(record.doc.packed_size(), MAX_RECORD);
        assert_eq!(record.try_take(&set(1, 1, "y", 1, &[])), Err(Full::Size));
        // Taken beyond it: a value in place of one that was seen, and a withdrawal.
        assert_eq!(record.try_take(&set(2, 2, "x0", "y".repeat(4_000), &[stamp(1, 1)])), Ok(()));
        assert_eq!(record.try_take(&set(2, 2, "removed", true, &[])), Ok(()));
        assert!(record.doc.packed_size() > MAX_RECORD);
        assert_eq!(
            record.try_take(&set(3, 3, "x0", 1, &[])),
            Err(Full::Size),
            "not seen: kept beside the other"
        );
        // Beyond the bound it may shrink: 4.000 bytes less, one field and its writer more.
        let mut changes = vec![("x1".to_owned(), Value::Null, vec![stamp(1, 1)])];
        changes.push(("z".to_owned(), 1.into(), Vec::new()));
        assert_eq!(record.try_take(&operation(stamp(4, 4), changes)), Ok(()));
        assert!(record.doc.packed_size() < MAX_RECORD);
    }

    #[test]
    fn one_account_takes_up_no_more_than_its_part() {
        // Writers up to 999 are of one account.
        let is_own = |writer: Actor| writer.0 < 1_000;
        let mut record = fresh();
        let take =
            |record: &mut Growing, edit: &Operation| record.take(edit, edit.stamp.millis(), Some(&is_own));
        for by in 1..=8 {
            assert_eq!(take(&mut record, &set(by, by, "note", i64::try_from(by).unwrap(), &[])), Ok(()));
        }
        let ninth = set(9, 9, "note", 9, &[]);
        assert_eq!(take(&mut record, &ninth), Err(Full::OpenOfOne(0)));
        // One of the eight again, in place of one that was seen, and where it withdraws.
        assert_eq!(take(&mut record, &set(10, 8, "note", 10, &[])), Ok(()));
        assert_eq!(take(&mut record, &set(11, 11, "note", 11, &[stamp(1, 1)])), Ok(()));
        for by in 1..=9 {
            assert_eq!(take(&mut record, &set(by, by, "removed", by % 2 == 0, &[])), Ok(()));
        }
        // Others have the rest of the room, also where this one's is used up.
        let is_other = |writer: Actor| writer.0 >= 1_000;
        for by in 1_000..1_008 {
            let edit = set(by, by, "note", i64::try_from(by).unwrap(), &[]);
            assert_eq!(record.take(&edit, by, Some(&is_other)), Ok(()));
        }

        let mut record = fresh();
        let awaited: Vec<Stamp> = (0..65).map(|n| stamp(5, 2_000 + n)).collect();
        assert_eq!(take(&mut record, &set(1, 1, "note", 1, &awaited[..64])), Ok(()));
        assert_eq!(take(&mut record, &set(2, 2, "note", 1, &awaited[64..])), Err(Full::AwaitedOfOne(0)));
        let edit = set(3, 1_000, "note", 1, &awaited[64..]);
        assert_eq!(record.take(&edit, 3, Some(&is_other)), Ok(()));
        assert_eq!(
            take(&mut record, &set(4, 2, "note", 1, &awaited[..9])),
            Ok(()),
            "they are awaited already"
        );

        let mut record = fresh();
        let large = |n: usize, by: u64| set(1, by, &format!("x{n}"), "x".repeat(4_000), &[]);
        let mut n = 0;
        while take(&mut record, &large(n, 1)) == Ok(()) {
            n += 1;
        }
        assert_eq!(n, MAX_UNKNOWN_OF_ONE / 4_006);
        assert_eq!(take(&mut record, &large(n, 2)), Err(Full::UnknownOfOne), "under another writer");
        assert_eq!(record.take(&large(n, 1_000), 1, Some(&is_other)), Ok(()));
        assert_eq!(take(&mut record, &set(2, 1, "x0", 1, &[])), Ok(()));
        assert_eq!(take(&mut record, &set(2, 1, "note", "a field that is known", &[])), Ok(()));

        // Of small fields a thousand, and of known ones half a record.
        let mut record = fresh();
        let small = |n: usize, by: u64| set(1, by, &format!("x{n}"), 1, &[]);
        let taken = (0..2_000).take_while(|n| take(&mut record, &small(*n, 1)) == Ok(())).count();
        assert_eq!(taken, MAX_FIELDS_OF_ONE);
        assert_eq!(take(&mut record, &small(taken, 2)), Err(Full::FieldsOfOne));
        assert_eq!(take(&mut record, &set(2, 1, "x0", 2, &[])), Ok(()), "what is there can be put right");
        assert_eq!(record.take(&small(taken, 1_000), 1, Some(&is_other)), Ok(()));
        let mut record = fresh();
        let name = |n: usize, by: u64| set(1, by, &format!("members/{n}/name"), "x".repeat(2_000), &[]);
        let taken = (0..2_000).take_while(|n| take(&mut record, &name(*n, 1)) == Ok(())).count();
        assert!((250..270).contains(&taken), "{taken}");
        assert_eq!(take(&mut record, &name(taken, 2)), Err(Full::SizeOfOne));
        assert_eq!(record.take(&name(taken, 1_000), 1, Some(&is_other)), Ok(()));

        // Of withdrawals, which must always be possible, as many as a field holds open.
        let mut record = fresh();
        let taken = (1..200)
            .take_while(|by| take(&mut record, &set(*by, *by, "removed", by % 2 == 0, &[])) == Ok(()));
        assert_eq!(taken.count(), MAX_OPEN);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            "[a-zấ]{0,140}".prop_map(Value::Text)
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::List),
                btree_map("[a-z]{0,3}", inner, 0..4).prop_map(Value::Map)
            ]
        })
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_the_stored_form(
            edits in vec((0u64..1 << 40, 0u64..300, 0u64..1 << 40, 0..40usize, value(),
                vec((0u64..1 << 40, 0u64..300), 0..6)), 0..60)
        ) {
            let (mut record, mut plain) = (fresh(), Doc::default());
            for (at, by, time, field, value, seen) in edits {
                let seen = seen.into_iter().map(|(at, by)| stamp(at, by)).collect();
                let edit = operation(stamp(at, by), vec![(format!("f/{field}"), value, seen)]);
                if record.take(&edit, time, None).is_ok() {
                    plain.write_at(edit.stamp, time, &edit.changes[0]);
                }
                prop_assert!(record.most >= record.doc.packed_size());
            }
            prop_assert_eq!(&record.doc, &plain);
            let stored = postcard::to_stdvec(record.doc()).unwrap();
            prop_assert_eq!(record.doc.packed_size(), stored.len());
        }
    }
}
