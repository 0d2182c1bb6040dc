//! Operations that the server has acknowledged and that are in no backup yet: rules without I/O.
//!
//! A register that is restored from a backup does not have what it stored after it. So a device keeps its operations
//! until the server says that they are in a backup, and sends them again when the register's id changes.

use std::fmt;
use std::ops::Range;

use super::outbox::Entry;
use super::records::key_text;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use soho_shared::area::{AreaCode, HamletCode, UnitCode};
use soho_shared::household::field::HAMLET;
use soho_shared::record::{Doc, RecordKey, Value};

/// Most operations that are kept.
pub const MOST: usize = 5_000;
/// Longest time for which an operation is kept, in milliseconds: 90 days.
pub const LONGEST_MS: u64 = 90 * DAY_MS;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Numbers of transactions by unit. They are few, so a list is enough; one more kind of map would add to the download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(Vec<(UnitCode, u64)>);

impl Numbers {
    fn of(&self, unit: UnitCode) -> Option<u64> {
        self.0.iter().find(|(of, _)| *of == unit).map(|(_, number)| *number)
    }
}

impl FromIterator<(UnitCode, u64)> for Numbers {
    fn from_iter<I: IntoIterator<Item = (UnitCode, u64)>>(numbers: I) -> Self {
        Numbers(numbers.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number for each commune")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
                let mut numbers = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    numbers.push(entry);
                }
                Ok(Numbers(numbers))
            }
        }

        d.deserialize_map(Entries)
    }
}

/// What an answer says of the register that gave it. It is read apart from the rest, since a push and a pull are told the
/// same; a server of version 0.1 names no register, and then there is none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Heard {
    /// Id of the register; another one after it was restored from a backup.
    pub register: String,
    /// The server's time in milliseconds since 1970, UTC.
    pub clock: u64,
    /// Of each commune that the push wrote to, the number of its last transaction.
    #[serde(default)]
    pub reached: Numbers,
    /// Of each commune, the number of the last transaction that is in a backup.
    #[serde(default)]
    pub backed_up: Numbers,
}

impl Heard {
    /// Returns the text that a device remembers of the answer: the register and the day by the server's clock.
    #[must_use]
    pub fn memo(&self) -> String {
        format!("{} {}", self.register, self.clock / DAY_MS)
    }

    /// Returns whether what a device remembers is of another register.
    #[must_use]
    pub fn is_another(&self, memo: &str) -> bool {
        !memo.starts_with(&self.register)
    }

    /// Returns the key under which an operation that this answer acknowledges is kept; `None` where it is in a backup
    /// already. Its parts are as long in each key, and those of a commune are in the order of its transactions.
    #[must_use]
    pub fn key(&self, entry: &Entry) -> Option<String> {
        let unit = entry.op.subject.unit;
        let number = self.reached.of(unit)?;
        if self.backed_up.of(unit).is_some_and(|backed_up| number <= backed_up) {
            return None;
        }
        let (record, slot) = (key_text(&entry.op.key()), entry.slot);
        Some(format!("{unit}/{number:016x}/{:012x}/{record}/{slot}", self.clock))
    }

    /// Returns the ranges of keys of what is in a backup by now.
    pub fn in_backup(&self) -> impl Iterator<Item = (String, String)> {
        let numbers = self.backed_up.0.iter();
        numbers.map(|(commune, number)| (format!("{commune}/"), format!("{commune}/{number:016x}/~")))
    }
}

/// Where the time stands in a key.
const AT: Range<usize> = 23..35;
/// Where the record stands in a key.
const RECORD: Range<usize> = 36..79;

/// Returns which of the keys are dropped: those older than [`LONGEST_MS`] at the server's time `clock`, those of the
/// records in `left`, and the oldest beyond `most`.
#[must_use]
pub fn surplus(keys: Vec<String>, clock: u64, left: &[RecordKey], most: usize) -> Vec<String> {
    let since = format!("{:012x}", clock.saturating_sub(LONGEST_MS));
    let left: Vec<_> = left.iter().map(key_text).collect();
    let is_old = |key: &str| key.get(AT).is_none_or(|at| at < since.as_str());
    let has_left = |key: &str| left.iter().any(|record| key.get(RECORD) == Some(record));
    let (mut dropped, mut kept): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| is_old(key) || has_left(key));
    // Picked one by one, because sorting would add code that every tablet downloads.
    while kept.len() > most {
        let places = 0..kept.len();
        let Some(oldest) = places.min_by_key(|place| kept[*place].get(AT)) else { break };
        dropped.push(kept.swap_remove(oldest));
    }
    dropped
}

/// Returns which operations wait again after another register has answered, given the outbox. They go out unchanged: what
/// the register has it answers as a duplicate.
#[must_use]
pub fn put_back(kept: Vec<Entry>, outbox: &[Entry]) -> Vec<Entry> {
    let missing = kept.into_iter().filter(|entry| outbox.iter().all(|waiting| waiting.slot != entry.slot));
    missing.map(|entry| Entry { sent: true, problem: None, ..entry }).collect()
}

/// Returns whether a record has left the account's areas: the server then gives nothing of it but its hamlet, which is
/// none of theirs. Without areas the account works everywhere.
#[must_use]
pub fn has_left(areas: &[AreaCode], key: &RecordKey, doc: &Doc) -> bool {
    let number = doc.get(HAMLET).and_then(Value::as_int).and_then(|number| u8::try_from(number).ok());
    let hamlet = number.and_then(|number| HamletCode::new(key.subject.commune()?, number));
    let is_other_s = |hamlet| !areas.iter().any(|area| area.contains(AreaCode::Hamlet(hamlet)));
    !areas.is_empty() && doc.standing().count() == 1 && hamlet.is_some_and(is_other_s)
}

#[cfg(test)]
mod tests {
    use soho_shared::record::{Actor, Change, HouseholdId, Operation, Round, Stamp};

    use uuid::Uuid;

    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn record(commune: &str, n: u128) -> RecordKey {
        let household = HouseholdId { commune: commune.parse().unwrap(), uuid: Uuid::from_u128(n) };
        RecordKey { subject: household.into(), round: Round::CENSUS_2010 }
    }

    fn entry(record: RecordKey, millis: u64) -> Entry {
        let stamp = Stamp::new(millis, 0, Actor(7)).unwrap();
        let change = Change { field: "note".parse().unwrap(), value: "a".into(), seen: Vec::new() };
        let RecordKey { subject, round } = record;
        let id = Uuid::from_u128(millis.into());
        Entry::new(Operation { id, subject, round, stamp, changes: vec![change], why: None })
    }

    fn numbers(numbers: &[(&str, u64)]) -> Numbers {
        numbers.iter().map(|(commune, number)| (commune.parse().unwrap(), *number)).collect()
    }

    fn heard(clock: u64, reached: &[(&str, u64)], backed_up: &[(&str, u64)]) -> Heard {
        let register = Uuid::from_u128(1).to_string();
        Heard { register, clock, reached: numbers(reached), backed_up: numbers(backed_up) }
    }

    fn key(commune: &str, number: u64, at: u64, n: u128) -> String {
        heard(at, &[(commune, number)], &[]).key(&entry(record(commune, n), at)).unwrap()
    }

    #[test]
    fn only_what_was_numbered_is_kept() {
        let entry = entry(record("29173", 1), 1);
        assert!(heard(NOW, &[("29173", 5)], &[]).key(&entry).is_some());
        assert!(heard(NOW, &[("28757", 5)], &[]).key(&entry).is_none());
        assert!(heard(NOW, &[], &[]).key(&entry).is_none());
    }

    #[test]
    fn an_operation_is_kept_until_it_is_in_a_backup() {
        let mut kept: Vec<String> = [(9, 1), (10, 2), (255, 3), (256, 4), (0x1_0000_0000, 5)]
            .map(|(number, at)| key("29173", number, at, 1))
            .to_vec();
        kept.extend([key("28757", 9, 1, 1), key("29176", 9, 1, 1)]);
        kept.sort();
        let left = |backed_up: &[(&str, u64)]| {
            let ranges: Vec<_> = heard(NOW, &[], backed_up).in_backup().collect();
            let dropped = |key: &String| ranges.iter().any(|(from, to)| from <= key && key <= to);
            kept.iter().filter(|key| !dropped(key)).count()
        };
        assert_eq!(left(&[]), 7);
        assert_eq!(left(&[("29173", 8)]), 7);
        assert_eq!(left(&[("29173", 9)]), 6);
        assert_eq!(left(&[("29173", 254)]), 5);
        assert_eq!(left(&[("29173", 255)]), 4);
        assert_eq!(left(&[("29173", u64::MAX)]), 2);
        assert_eq!(left(&[("29173", 256), ("28757", 9), ("29170", 9)]), 2);
        // What the same answer calls backed up is not kept at all.
        let entry = entry(record("29173", 1), 1);
        let is_kept = |backed_up| heard(NOW, &[("29173", 5)], &[("29173", backed_up)]).key(&entry).is_some();
        assert_eq!([4, 5, 6].map(is_kept), [true, false, false]);
    }

    #[test]
    fn what_is_old_or_too_much_or_has_left_is_dropped() {
        let keys = [
            key("28757", 1, NOW - LONGEST_MS - 1, 1),
            key("28757", 2, NOW - LONGEST_MS, 2),
            key("28757", 3, NOW - 3, 1),
            key("29173", 1, NOW - 9, 4),
            key("29173", 2, NOW - 8, 5),
            key("29173", 3, NOW - 1, 4),
        ];
        assert!(keys.is_sorted());
        let dropped = |left: &[RecordKey], most| {
            let dropped = surplus(keys.to_vec(), NOW, left, most);
            let mut places: Vec<_> =
                dropped.iter().map(|key| keys.iter().position(|of| of == key).unwrap()).collect();
            places.sort_unstable();
            places
        };
        assert_eq!(dropped(&[], MOST), [0]);
        assert_eq!(dropped(&[], 5), [0]);
        assert_eq!(dropped(&[], 4), [0, 1]);
        assert_eq!(dropped(&[], 2), [0, 1, 3, 4]);
        assert_eq!(dropped(&[], 0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(dropped(&[record("29173", 4)], MOST), [0, 3, 5]);
        assert_eq!(dropped(&[record("28757", 4)], MOST), [0]);
        assert_eq!(dropped(&[record("29173", 4)], 2), [0, 1, 3, 5]);
        assert!(surplus(vec![], NOW, &[], 0).is_empty());
        assert_eq!(surplus(vec!["x".to_owned()], NOW, &[], MOST), ["x"]);
    }

    #[test]
    fn another_register_is_told_by_its_id_and_another_day_by_the_server_s_clock() {
        let now = heard(NOW, &[], &[]);
        let memo = now.memo();
        let later = heard(NOW + DAY_MS, &[], &[]);
        assert!(!now.is_another(&memo) && !later.is_another(&memo) && later.memo() != memo);
        assert_eq!(heard(NOW + 1, &[], &[]).memo(), memo);
        let restored = Heard { register: Uuid::from_u128(2).to_string(), ..now };
        assert!(restored.is_another(&memo));
    }

    #[test]
    fn what_is_put_back_goes_out_as_it_was_and_takes_no_slot() {
        let entries = [1, 2].map(|at| entry(record("29173", 1), at));
        let waiting = Entry { sent: false, ..entries[0].clone() };
        let back = put_back(entries.to_vec(), std::slice::from_ref(&waiting));
        assert_eq!(back, [Entry { sent: true, ..entries[1].clone() }]);
    }

    #[test]
    fn a_record_has_left_when_nothing_but_another_s_hamlet_is_told_of_it() {
        let areas = |codes: &[&str]| codes.iter().map(|code| code.parse().unwrap()).collect::<Vec<_>>();
        let doc = |fields: &[(&str, i64)]| {
            let mut doc = Doc::default();
            for (field, value) in fields {
                let value = Value::Int(*value);
                doc.write(
                    Stamp::default(),
                    &Change { field: field.parse().unwrap(), value, seen: Vec::new() },
                );
            }
            doc
        };
        let (moved, own, whole) =
            (doc(&[("hamlet", 2)]), doc(&[("hamlet", 1)]), doc(&[("hamlet", 2), ("x", 1)]));
        let table = [
            (areas(&["29173-01"]), &moved, true),
            (areas(&["29173-01", "29173-02"]), &moved, false),
            (areas(&["29173"]), &moved, false),
            (areas(&["28757"]), &moved, true),
            (areas(&[]), &moved, false),
            // A record of which only its hamlet was entered yet.
            (areas(&["29173-01"]), &own, false),
            // The areas were changed since they were told to the device.
            (areas(&["29173-01"]), &whole, false),
            (areas(&["29173-01"]), &doc(&[("x", 2)]), false),
            (areas(&["29173-01"]), &Doc::default(), false),
        ];
        for (areas, doc, expected) in table {
            assert_eq!(has_left(&areas, &record("29173", 1), doc), expected, "{areas:?} {doc:?}");
        }
    }
}
