//! What must be true at the end, computed from the list of stored operations alone. It applies the rule of
//! ARCHITECTURE.md to all writes at once, without the merge.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use soho::register::Edit;
use soho_shared::area::CommuneCode;
use soho_shared::assess::assess;
use soho_shared::household::Household;
use soho_shared::record::{Actor, Doc, Operation, RecordKey, Round, SEEN_WITHIN, Stamp, Value};
use soho_shared::wire::kinds::ID_TAKEN;
use soho_shared::wire::{OperationResult, Status};
use uuid::Uuid;

use super::ROUNDS;

/// One write of a field.
#[derive(Debug)]
struct Written<'a> {
    stamp: Stamp,
    /// Its stamp with the time that the server believes.
    place: Stamp,
    value: &'a Value,
    seen: &'a [Stamp],
}

/// All operations that the server said it stored.
#[derive(Clone, Default)]
pub(crate) struct Oracle {
    /// The operations, each with its stamp at the time that the server believes.
    stored: HashMap<Uuid, (Operation, Stamp)>,
    /// Ids of the operations of each record.
    of: BTreeMap<RecordKey, Vec<Uuid>>,
    /// Ids of the operations of somebody hostile.
    hostile: HashSet<Uuid>,
    /// The operations that the server said it holds back, in the same form.
    held: HashMap<Uuid, (Operation, Stamp)>,
    /// Ids of those that were held back once: the log has them in the order in which they were taken.
    were_held: HashSet<Uuid>,
    /// Ids of what a restored register has lost and a tablet must send again.
    owed: HashSet<Uuid>,
    /// The closed rounds of communes.
    closed: BTreeMap<CommuneCode, Closed>,
}

/// What was true in a commune when its rounds were closed.
#[derive(Clone, Default)]
struct Closed {
    /// The rounds of which it was said that they are closed.
    said: BTreeSet<Round>,
    /// The households in each class of these rounds, and of all before them.
    counts: BTreeMap<Round, [i64; 4]>,
}

impl Oracle {
    /// Notes what the server answers, whether or not the answer arrives.
    pub(crate) fn note(
        &mut self,
        operations: &[Operation],
        results: &[OperationResult],
    ) -> Result<(), String> {
        for (operation, result) in operations.iter().zip(results) {
            let place = operation.stamp.at(result.time.unwrap_or(operation.stamp.millis()));
            let known = self.stored.get(&operation.id).or_else(|| self.held.get(&operation.id));
            match (result.status, known) {
                (Status::Accepted, None) if result.held => {
                    self.held.insert(operation.id, (operation.clone(), place));
                }
                (Status::Accepted, Some((known, before)))
                    if result.held && known == operation && *before == place => {}
                (Status::Accepted | Status::Conflict, Some(_)) if self.held.contains_key(&operation.id) => {
                    return Err(format!("taken beside what is held back: {operation:?}"));
                }
                (Status::Rejected, Some((known, _)))
                    if is_id_taken(result)
                        && (self.hostile.contains(&known.id) || is_earlier_state(operation, known)) => {}
                (Status::Rejected, _) => return Err(format!("refused: {:?}", result.problem)),
                (Status::Duplicate, Some((_, before))) if *before == place => {}
                (Status::Accepted | Status::Conflict, None) => {
                    self.stored.insert(operation.id, (operation.clone(), place));
                    self.of.entry(operation.key()).or_default().push(operation.id);
                }
                (status, before) => {
                    let what = format!("{status:?}, at {place}, is the answer to {operation:?}");
                    return Err(format!("{what}; of which is known: {before:?}"));
                }
            }
        }
        Ok(())
    }

    /// Notes the answer to somebody hostile: what was taken counts like any other operation.
    pub(crate) fn note_attack(
        &mut self,
        operation: &Operation,
        result: &OperationResult,
    ) -> Result<(), String> {
        if result.status == Status::Rejected {
            return Ok(());
        }
        self.hostile.insert(operation.id);
        self.note(std::slice::from_ref(operation), std::slice::from_ref(result))
    }

    /// Whether an operation is held back.
    pub(crate) fn is_held(&self, id: &Uuid) -> bool {
        self.held.contains_key(id)
    }

    /// Returns how many operations are held back in a commune.
    pub(crate) fn held(&self, commune: CommuneCode) -> usize {
        self.held.values().filter(|(held, _)| held.subject.unit == commune).count()
    }

    /// The communes in which operations are held back.
    pub(crate) fn communes_with_held(&self) -> BTreeSet<CommuneCode> {
        self.held.values().filter_map(|(held, _)| held.subject.commune()).collect()
    }

    /// Notes that all that was held back in a commune was taken.
    pub(crate) fn note_taken(&mut self, commune: CommuneCode) {
        let is_there = |(held, _): &(Operation, Stamp)| held.subject.unit == commune;
        for (id, taken) in self.held.extract_if(|_, held| is_there(held)) {
            self.were_held.insert(id);
            self.of.entry(taken.0.key()).or_default().push(id);
            self.stored.insert(id, taken);
        }
    }

    /// Notes that the register is again what it was when `then` was noted. `sent` are the ids of what the tablets were told
    /// is stored: they must send it again. Returns how much is lost.
    pub(crate) fn note_restored(&mut self, then: &Oracle, sent: &HashSet<Uuid>) -> usize {
        let now = std::mem::replace(self, then.clone());
        let ids = now.stored.keys().chain(now.held.keys());
        let lost: Vec<_> = ids.filter(|id| !self.knows(id)).copied().collect();
        self.owed = now.owed;
        self.owed.extend(lost.iter().filter(|id| sent.contains(*id)));
        self.hostile = now.hostile;
        lost.len()
    }

    /// Notes that a tablet was lost: what it alone held does not come back.
    pub(crate) fn note_lost_tablet(&mut self, sent: &HashSet<Uuid>) {
        self.owed.retain(|id| !sent.contains(id));
    }

    fn knows(&self, id: &Uuid) -> bool {
        self.stored.contains_key(id) || self.held.contains_key(id)
    }

    /// Checks that what a restored register had lost has come back.
    pub(crate) fn check_owed(&self) -> Result<(), String> {
        match self.owed.iter().find(|id| !self.knows(id)) {
            Some(id) => Err(format!("after a restore {id} has not come back")),
            None => Ok(()),
        }
    }

    /// Notes that a round of a commune was closed or opened again; `docs` is what the server held then.
    pub(crate) fn note_stage(
        &mut self,
        commune: CommuneCode,
        round: Round,
        is_closed: bool,
        docs: &BTreeMap<RecordKey, Doc>,
    ) {
        let of = self.closed.entry(commune).or_default();
        let before = of.said.last().copied();
        if is_closed {
            of.said.insert(round);
        } else {
            of.said.remove(&round);
        }
        let closed = of.said.last().copied();
        if closed > before {
            // From the time of the last closing on, what was said until now.
            for round in ROUNDS.into_iter().filter(|round| Some(*round) > before && Some(*round) <= closed) {
                of.counts.insert(round, classes(commune, docs, round));
            }
        }
        of.counts.retain(|round, _| Some(*round) <= closed);
    }

    pub(crate) fn len(&self) -> usize {
        self.stored.len()
    }

    /// Compares the server's records of a commune with the list; returns the number of households in each class, by round.
    pub(crate) fn compare(
        &self,
        commune: CommuneCode,
        docs: &BTreeMap<RecordKey, Doc>,
    ) -> Result<[[i64; 4]; ROUNDS.len()], String> {
        let expected: Vec<_> = self.of.keys().filter(|key| key.subject.unit == commune).collect();
        if !docs.keys().eq(expected.iter().copied()) {
            return Err(format!("{} records, {} were stored", docs.len(), expected.len()));
        }
        for (key, doc) in docs {
            self.compare_record(key, doc).map_err(|what| format!("{}: {what}", key.subject))?;
        }
        let counts = |round| self.closed.get(&commune).and_then(|closed| closed.counts.get(&round)).copied();
        Ok(ROUNDS.map(|round| counts(round).unwrap_or_else(|| classes(commune, docs, round))))
    }

    /// Compares the history that the server returns for a commune's records with the list: each operation
    /// once, at the time that was answered, in the order in which they were stored.
    pub(crate) fn compare_history(&self, commune: CommuneCode, told: &[Edit]) -> Result<(), String> {
        let mut of: BTreeMap<RecordKey, Vec<Uuid>> = BTreeMap::new();
        for edit in told.iter().rev() {
            let operation = &edit.operation;
            let known = self.stored.get(&operation.id);
            let same = known.is_some_and(|(sent, place)| {
                let fields = |of: &Operation| {
                    of.changes.iter().map(|c| (c.field.clone(), c.value.clone())).collect::<Vec<_>>()
                };
                sent.stamp == operation.stamp
                    && place.millis() == edit.time
                    && fields(sent) == fields(operation)
            });
            if !same {
                return Err(format!("commune {commune} tells of {operation:?}, stored was {known:?}"));
            }
            of.entry(operation.key()).or_default().push(operation.id);
        }
        let told = |of: &BTreeMap<RecordKey, Vec<Uuid>>| -> Vec<_> {
            let of = of.iter().filter(|(key, _)| key.subject.unit == commune);
            let parted = of.map(|(key, ids)| {
                let were_held: BTreeSet<_> =
                    ids.iter().copied().filter(|id| self.were_held.contains(id)).collect();
                let in_order: Vec<_> = ids.iter().copied().filter(|id| !were_held.contains(id)).collect();
                (*key, were_held, in_order)
            });
            parted.collect()
        };
        if told(&self.of) == told(&of) {
            Ok(())
        } else {
            Err(format!("commune {commune} does not tell what was stored"))
        }
    }

    fn compare_record(&self, key: &RecordKey, doc: &Doc) -> Result<(), String> {
        let mut fields: BTreeMap<&str, Vec<Written<'_>>> = BTreeMap::new();
        for id in &self.of[key] {
            let (operation, place) = &self.stored[id];
            for change in &operation.changes {
                fields.entry(change.field.as_str()).or_default().push(Written {
                    stamp: operation.stamp,
                    place: *place,
                    value: &change.value,
                    seen: &change.seen,
                });
            }
        }
        let mut conflicts: BTreeMap<_, _> =
            doc.conflicts().into_iter().map(|c| (c.field.as_str().to_owned(), c)).collect();
        for (field, writes) in fields {
            let (standing, mut lost) = decide(&writes);
            let conflict = conflicts.remove(field);
            let mut kept: Vec<_> =
                conflict.iter().flat_map(|c| &c.lost).map(|w| (w.stamp, &w.value)).collect();
            if let Some(conflict) = &conflict {
                kept.push((conflict.standing.stamp, &conflict.standing.value));
                lost.push(standing);
            } else if doc.get(field) != Some(standing.1) {
                return Err(format!(
                    "{field} is {:?}, should be {standing:?} of {writes:#?}",
                    doc.get(field)
                ));
            }
            // A value that equals the one that stands is no loss.
            let stands = doc.get(field);
            if let Some(one) = lost.iter().find(|one| !kept.contains(one) && Some(one.1) != stands) {
                return Err(format!("{field} keeps {kept:?} and not {one:?} of {writes:#?}"));
            }
            if let Some(more) = kept.iter().find(|one| !lost.contains(one)) {
                let what = "which its successor had seen";
                return Err(format!("{field} keeps {more:?}, {what}: {writes:#?}"));
            }
        }
        if conflicts.is_empty() { Ok(()) } else { Err(format!("conflicts out of nothing: {conflicts:?}")) }
    }
}

fn is_id_taken(result: &OperationResult) -> bool {
    result.problem.as_ref().is_some_and(|problem| problem.kind == ID_TAKEN)
}

/// Returns whether an operation is the state of another one before its last keystrokes, from a tablet's
/// backup. The restored tablet sends it once more, under another id then, and the writer's later value stands.
fn is_earlier_state(operation: &Operation, of: &Operation) -> bool {
    let fields =
        |operation: &Operation| operation.changes.iter().map(|c| c.field.clone()).collect::<Vec<_>>();
    operation.stamp.actor() == of.stamp.actor()
        && operation.stamp < of.stamp
        && fields(operation) == fields(of)
}

/// A stamp and its value.
type Kept<'a> = (Stamp, &'a Value);

/// Returns the value that stands, and the values that lost to it without anyone having seen them.
fn decide<'a>(writes: &[Written<'a>]) -> (Kept<'a>, Vec<Kept<'a>>) {
    // A writer's own last write, by its own clock, replaces the earlier ones.
    let mut last: BTreeMap<Actor, &Written<'a>> = BTreeMap::new();
    for write in writes {
        let of = last.entry(write.stamp.actor()).or_insert(write);
        if write.stamp > of.stamp {
            *of = write;
        }
    }
    let seen_by_another = |write: &Written<'_>| {
        let other = |other: &Written<'_>| other.stamp.actor() != write.stamp.actor();
        // By clocks that are right, nobody has seen what was written later.
        let was_there = |one: &Written<'_>| write.place.millis() <= one.place.millis() + SEEN_WITHIN;
        writes.iter().any(|one| other(one) && one.seen.contains(&write.stamp) && was_there(one))
    };
    let mut open: Vec<_> = last.values().filter(|write| !seen_by_another(write)).collect();
    open.sort_by(|a, b| (b.place, b.value).cmp(&(a.place, a.value)));
    let (standing, lost) = open.split_first().expect("no honest writers all see each other");
    let differ = lost.iter().filter(|write| write.value != standing.value);
    let kept = |write: &Written<'a>| (write.stamp, write.value);
    (kept(standing), differ.map(|write| kept(write)).collect())
}

/// Counts the households of each class in a round one by one: those that are not withdrawn, and of which no household that
/// they were found to be, by their latest word until then, is there.
fn classes(commune: CommuneCode, docs: &BTreeMap<RecordKey, Doc>, round: Round) -> [i64; 4] {
    let names = |doc: &Doc| doc.get("same_as").and_then(Value::as_text).map(ToOwned::to_owned);
    let is_true = |doc: &Doc, field| doc.get(field) == Some(&Value::Bool(true));
    let there: BTreeMap<String, &Doc> = docs
        .iter()
        .filter(|(key, _)| key.round == round && key.subject.household().is_some())
        .filter(|(_, doc)| !is_true(doc, "removed") && (names(doc).is_some() || !is_true(doc, "duplicate")))
        .map(|(key, doc)| (key.subject.to_string(), doc))
        .collect();
    let named = |id: &String| {
        let until = docs.iter().filter(|(key, _)| key.round <= round && key.subject.to_string() == *id);
        until.filter_map(|(_, doc)| names(doc)).next_back()
    };
    let counts_by_another = |id: &String| {
        let mut way = vec![id.clone()];
        loop {
            match named(&way[way.len() - 1]) {
                Some(next) if next == *id => {
                    return way[1..].iter().any(|other| there.contains_key(other) && other < id);
                }
                Some(next) if !way.contains(&next) => way.push(next),
                _ => return way[1..].iter().any(|other| there.contains_key(other)),
            }
        }
    };
    let mut counts = [0; 4];
    for (_, doc) in there.iter().filter(|(id, _)| !counts_by_another(id)) {
        let class = assess(&Household::read(doc), commune, round).and_then(|a| a.class);
        if let Some(class) = class {
            counts[class.index()] += 1;
        }
    }
    counts
}
