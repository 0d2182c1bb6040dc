//! What undoes the edits of an account or a device: for each record it touched, the changes that put back what would stand
//! without them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use soho_shared::area::CommuneCode;
use soho_shared::household::field::REMOVED;
use soho_shared::record::{Change, Doc, FieldPath, RecordKey, Stamp, Value};

use super::cut;
use super::keys;
use super::log::{self, LogEntry};
use crate::engine::{Engine, StoreError};
use crate::people::{AccountName, Author, SessionId};

/// Whose edits are undone, and from when on.
#[derive(Clone, Debug)]
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

/// A record as it is, and as it would be.
#[derive(Default)]
struct Both {
    with: Doc,
    without: Doc,
    undone: HashSet<Stamp>,
}

/// A page of what is to be undone in a commune, of at most `limit` records after one of them.
pub(super) fn page(
    store: &dyn Engine,
    commune: CommuneCode,
    undo: &Undo,
    after: Option<RecordKey>,
    limit: usize,
) -> Result<UndoPage, StoreError> {
    let mut touched: BTreeSet<RecordKey> = BTreeSet::new();
    for chunk in log::since(store, commune, 0)? {
        let chunk = chunk?;
        // Most chunks say in front that they hold nothing of the account.
        if !chunk.authors().any(|by| undo.is_by(Some(by))) {
            continue;
        }
        let of = chunk.entries()?.into_iter().filter(|(_, entry)| undo.covers(entry));
        touched.extend(of.map(|(_, entry)| entry.operation.key()));
    }
    let first = after.map_or(Bound::Unbounded, Bound::Excluded);
    let wanted: Vec<RecordKey> = touched.range((first, Bound::Unbounded)).take(limit).copied().collect();
    let next = wanted.last().copied().filter(|_| wanted.len() == limit);
    let mut records: BTreeMap<RecordKey, Both> = BTreeMap::new();
    let mut cuts: BTreeMap<RecordKey, u64> = BTreeMap::new();
    for record in wanted {
        cuts.extend(store.get(keys::cut(record))?.and_then(|value| Some((record, cut::read(&value)?))));
        records.insert(record, Both::default());
    }
    for chunk in log::since(store, commune, 0)? {
        let chunk = chunk?;
        if !chunk.records().any(|(_, record)| records.contains_key(&record)) {
            continue;
        }
        for (number, entry) in chunk.entries()? {
            let key = entry.operation.key();
            let Some(both) = records.get_mut(&key) else { continue };
            if cuts.get(&key).is_some_and(|cut| number <= *cut) {
                continue;
            }
            entry.write(&mut both.with);
            if undo.covers(&entry) {
                both.undone.insert(entry.operation.stamp);
            } else {
                entry.write(&mut both.without);
            }
        }
    }
    let edits = records.into_iter().map(|(key, both)| (key, both.changes()));
    Ok(UndoPage { edits: edits.filter(|(_, changes)| !changes.is_empty()).collect(), next })
}

impl Both {
    /// Changes that put back what would stand; a record that would not be there is withdrawn.
    fn changes(&self) -> Vec<Change> {
        let Both { with, without, undone } = self;
        if without.is_empty() {
            let is_withdrawn = with.get(REMOVED) == Some(&Value::Bool(true));
            let removed = REMOVED.parse().ok().filter(|_| !is_withdrawn);
            let withdrawn = |field| Change { field, value: true.into(), seen: with.seen(REMOVED) };
            return removed.map(withdrawn).into_iter().collect();
        }
        let put_back = |(field, value): (&FieldPath, &Value)| {
            let path = field.as_str();
            let stands = with.open(path).max_by_key(|write| write.place())?;
            let before = without.get(path).cloned().unwrap_or(Value::Null);
            let changes = undone.contains(&stands.stamp) && before != *value;
            changes.then(|| Change { field: field.clone(), value: before, seen: with.seen(path) })
        };
        with.standing().filter_map(put_back).collect()
    }
}
