//! What undoes the edits of an account or a device: for each record it touched, the changes that put back what would stand
//! without them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::household::field::{self, REMOVED};
use soho_shared::record::{Change, Doc, FieldPath, RecordKey, Stamp, Value};
use uuid::{Builder, Uuid};

use super::cut;
use super::keys::{self, Key};
use super::log::{self, LogEntry};
use crate::engine::{Engine, Pair, Range, StoreError};
use crate::people::{AccountName, Author, SessionId};

/// Bytes of records after which a page ends.
const PAGE: usize = 16 << 20;

/// Whose edits are undone, and from when on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Undo {
    /// The account.
    pub account: AccountName,
    /// Only those of this browser or device.
    pub session: Option<SessionId>,
    /// Only those that arrived at this time or later, in milliseconds since 1970.
    pub since: u64,
}

impl Undo {
    fn is_by(&self, by: Option<&Author>) -> bool {
        by.is_some_and(|by| {
            by.account == self.account && self.session.is_none_or(|session| by.session == session)
        })
    }

    fn covers(&self, entry: &LogEntry) -> bool {
        entry.received >= self.since && self.is_by(entry.by.as_deref())
    }
}

/// A page of what is to be undone in a commune.
#[derive(Debug, Default)]
pub struct UndoPage {
    /// Records with the changes that undo the edits, by household and round; none where nothing of them stands.
    pub edits: Vec<(RecordKey, Vec<Change>)>,
    /// The last record that was looked at; `None` at the end.
    pub next: Option<RecordKey>,
}

/// Version of the ids of operations that undo others.
const UNDOING: usize = 5;

/// An id for an operation that undoes others, from random bits.
#[must_use]
pub fn undoing(bits: [u8; 16]) -> Uuid {
    Builder::from_sha1_bytes(bits).into_uuid()
}

/// A record as it is, and as it would be.
#[derive(Default)]
struct Both {
    with: Doc,
    without: Doc,
    /// Stamps of what is undone now, and of what undid something before.
    undone: HashSet<Stamp>,
    /// Whether anybody else has written anything that was not undone.
    has_others: bool,
}

/// What was undone in a commune before, with the times when it was.
fn earlier(store: &dyn Engine, unit: UnitCode) -> Result<Vec<(u64, Undo)>, StoreError> {
    let found = store.range(Range::of(&keys::all(unit, keys::UNDONE)))?;
    let damaged = || StoreError::Damaged(format!("a note on what was undone in area {unit} cannot be read"));
    let read = |(key, value): &Pair| match keys::read(key) {
        Some((_, Key::Undone(at))) => Some((at, serde_json::from_slice(value).ok()?)),
        _ => None,
    };
    found.iter().map(|pair| read(pair).ok_or_else(damaged)).collect()
}

/// A page of what is to be undone in a commune, of at most `limit` records after one of them, and some mebibytes of them.
pub(super) fn page(
    store: &dyn Engine,
    unit: UnitCode,
    undo: &Undo,
    after: Option<RecordKey>,
    limit: usize,
) -> Result<UndoPage, StoreError> {
    let mut touched: BTreeSet<RecordKey> = BTreeSet::new();
    for chunk in log::since(store, unit, 0)? {
        let chunk = chunk?;
        // Most chunks say in front that they hold nothing of the account.
        if !chunk.authors().any(|by| undo.is_by(Some(by))) {
            continue;
        }
        let of = chunk.entries()?.into_iter().filter(|(_, entry)| undo.covers(entry));
        touched.extend(of.map(|(_, entry)| entry.operation.key()));
    }
    let first = after.map_or(Bound::Unbounded, Bound::Excluded);
    let earlier = earlier(store, unit)?;
    let was_undone =
        |entry: &LogEntry| earlier.iter().any(|(at, undo)| entry.received <= *at && undo.covers(entry));
    let mut records: BTreeMap<RecordKey, Both> = BTreeMap::new();
    let mut cuts: BTreeMap<RecordKey, u64> = BTreeMap::new();
    let (mut next, mut bytes) = (None, 0);
    for record in touched.range((first, Bound::Unbounded)) {
        if records.len() >= limit || bytes > PAGE {
            next = records.keys().next_back().copied();
            break;
        }
        bytes += store.get(keys::record(*record))?.map_or(0, |stored| keys::record_size(&stored));
        cuts.extend(store.get(keys::cut(*record))?.and_then(|value| Some((*record, cut::read(&value)?))));
        records.insert(*record, Both::default());
    }
    for chunk in log::since(store, unit, 0)? {
        let chunk = chunk?;
        if !chunk.records().any(|(_, record)| records.contains_key(&record)) {
            continue;
        }
        for (number, entry) in chunk.entries()? {
            let key = entry.operation.key();
            if let Some(both) = records.get_mut(&key)
                && cuts.get(&key).is_none_or(|cut| number > *cut)
            {
                both.take(&entry, undo.covers(&entry), was_undone(&entry));
            }
        }
    }
    let edits = records.into_iter().map(|(key, both)| (key, both.changes(key)));
    Ok(UndoPage { edits: edits.filter(|(_, changes)| !changes.is_empty()).collect(), next })
}

impl Both {
    fn take(&mut self, entry: &LogEntry, is_covered: bool, was_undone: bool) {
        entry.write(&mut self.with);
        // What undid something before put back what stood then: it is worked out anew.
        if is_covered || entry.operation.id.get_version_num() == UNDOING {
            self.undone.insert(entry.operation.stamp);
        } else if !was_undone {
            // Who decides that two households are one enters neither: a household that nobody else has entered goes, and the
            // other one counts again.
            self.has_others |=
                entry.operation.changes.iter().any(|change| !field::is_decision(&change.field));
            entry.write(&mut self.without);
        }
    }

    /// Changes that put back what would stand; a household's record that nobody else has entered is withdrawn.
    fn changes(&self, key: RecordKey) -> Vec<Change> {
        let Both { with, without, undone, .. } = self;
        if with.is_empty() {
            return Vec::new();
        }
        if !self.has_others && key.subject.household().is_some() {
            let is_withdrawn = with.get(REMOVED) == Some(&Value::Bool(true));
            let removed = REMOVED.parse().ok().filter(|_| !is_withdrawn);
            let withdrawn = |field| Change { field, value: true.into(), seen: with.seen(REMOVED) };
            return removed.map(withdrawn).into_iter().collect();
        }
        let put_back = |(path, value): (&FieldPath, &Value)| {
            let stands = with.open(path.as_str()).max_by_key(|write| write.place())?;
            let mut before = without.get(path.as_str()).cloned().unwrap_or(Value::Null);
            // An earlier version may have accepted a text that is refused now.
            field::clean(path, &mut before);
            // How far a round is, officers say on its page alone; and what was given is given.
            let changes = undone.contains(&stands.stamp) && before != *value && !field::is_of_server(path);
            changes.then(|| Change { field: path.clone(), value: before, seen: with.seen(path.as_str()) })
        };
        with.standing().filter_map(put_back).collect()
    }
}
