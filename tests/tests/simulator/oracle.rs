//! What must be true at the end, worked out from the list of stored operations alone: the rule as it is
//! written in ARCHITECTURE.md, over all writes at once, without the merge.

use std::collections::{BTreeMap, HashMap};

use soho_shared::area::CommuneCode;
use soho_shared::assess::assess;
use soho_shared::household::Household;
use soho_shared::sync::{Actor, Doc, Operation, OperationResult, RecordKey, Round, Stamp, Status, Value};
use uuid::Uuid;

/// A write as it was sent and as it was stored.
#[derive(Debug)]
struct Written<'a> {
    sent: Stamp,
    stored: Stamp,
    value: &'a Value,
    seen: &'a [Stamp],
}

/// All that the server has said it stored.
#[derive(Default)]
pub(crate) struct Oracle {
    stored: HashMap<Uuid, (Operation, Stamp)>,
    /// The operations of each record.
    of: BTreeMap<RecordKey, Vec<Uuid>>,
}

impl Oracle {
    /// Takes note of what the server answers, whether or not the answer arrives.
    pub(crate) fn note(
        &mut self,
        operations: &[Operation],
        results: &[OperationResult],
    ) -> Result<(), String> {
        for (operation, result) in operations.iter().zip(results) {
            let stamp = result.stamp.unwrap_or(operation.stamp);
            match (result.status, self.stored.get(&operation.id)) {
                (Status::Rejected, _) => return Err(format!("refused: {:?}", result.problem)),
                (Status::Duplicate, Some((_, before))) if *before == stamp => {}
                (Status::Accepted | Status::Conflict, None) => {
                    self.stored.insert(operation.id, (operation.clone(), stamp));
                    self.of.entry(operation.key()).or_default().push(operation.id);
                }
                (status, before) => {
                    return Err(format!("{status:?} for an operation of which is known: {before:?}"));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.stored.len()
    }

    /// Compares the server's records of a commune with the list; returns the households of each class.
    pub(crate) fn compare(
        &self,
        commune: CommuneCode,
        docs: &BTreeMap<RecordKey, Doc>,
    ) -> Result<[i64; 4], String> {
        let expected: Vec<_> = self.of.keys().filter(|key| key.household.commune == commune).collect();
        if !docs.keys().eq(expected.iter().copied()) {
            return Err(format!("{} records, {} were stored", docs.len(), expected.len()));
        }
        for (key, doc) in docs {
            self.compare_record(key, doc).map_err(|what| format!("{}: {what}", key.household))?;
        }
        Ok(classes(commune, docs))
    }

    fn compare_record(&self, key: &RecordKey, doc: &Doc) -> Result<(), String> {
        let mut fields: BTreeMap<&str, Vec<Written<'_>>> = BTreeMap::new();
        for id in &self.of[key] {
            let (operation, stored) = &self.stored[id];
            for change in &operation.changes {
                fields.entry(change.field.as_str()).or_default().push(Written {
                    sent: operation.stamp,
                    stored: *stored,
                    value: &change.value,
                    seen: &change.seen,
                });
            }
        }
        let mut conflicts: BTreeMap<_, _> =
            doc.conflicts().into_iter().map(|c| (c.field.as_str().to_owned(), c)).collect();
        for (field, writes) in fields {
            let (standing, mut lost) = decide(&writes);
            if doc.get(field) != Some(standing) {
                let stood = doc.get(field);
                return Err(format!("{field} is {stood:?}, should be {standing:?} after {writes:#?}"));
            }
            let conflict = conflicts.remove(field);
            let mut kept: Vec<_> =
                conflict.iter().flat_map(|c| &c.lost).map(|w| (w.stamp, &w.value)).collect();
            kept.sort();
            lost.sort();
            if kept != lost {
                return Err(format!("{field} keeps of what lost {kept:?}, should keep {lost:?}"));
            }
        }
        if conflicts.is_empty() { Ok(()) } else { Err(format!("conflicts out of nothing: {conflicts:?}")) }
    }
}

/// What stands, and what lost to it without having been seen by anyone.
fn decide<'a>(writes: &[Written<'a>]) -> (&'a Value, Vec<(Stamp, &'a Value)>) {
    // A writer's own last word, by its own clock, replaces what it wrote before.
    let mut last: BTreeMap<Actor, &Written<'a>> = BTreeMap::new();
    for write in writes {
        let of = last.entry(write.sent.actor()).or_insert(write);
        if write.sent > of.sent {
            *of = write;
        }
    }
    let seen_by_another = |write: &Written<'_>| {
        last.values()
            .any(|other| other.seen.iter().any(|s| s.actor() == write.stored.actor() && *s >= write.stored))
    };
    let mut open: Vec<_> = last.values().filter(|write| !seen_by_another(write)).collect();
    open.sort_by(|a, b| (b.stored, b.value).cmp(&(a.stored, a.value)));
    let (standing, lost) = open.split_first().expect("no honest writers all see each other");
    let differ = lost.iter().filter(|write| write.value != standing.value);
    (standing.value, differ.map(|write| (write.stored, write.value)).collect())
}

/// The households of each class, counted one by one.
fn classes(commune: CommuneCode, docs: &BTreeMap<RecordKey, Doc>) -> [i64; 4] {
    let mut counts = [0; 4];
    for doc in docs.values() {
        let household = Household::read(doc);
        let class = assess(&household, commune, Round::CENSUS_2010).and_then(|a| a.class);
        if let (Some(class), false) = (class, household.removed) {
            counts[class.index()] += 1;
        }
    }
    counts
}
