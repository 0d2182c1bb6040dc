//! Conflicts: which are open, and how a person decides one.

use std::collections::BTreeMap;

use soho_shared::access::{Reach, Scope};
use soho_shared::area::AreaCode;
use soho_shared::household::field::{self, RULES};
use soho_shared::record::{
    Actor, Change, Clock, FieldPath, Of, Operation, RecordKey, Rejection, Round, Stamp, Value, Write,
};
use soho_shared::wire::Problem;
use uuid::{Builder, Uuid};

use super::pull::{hamlet, is_volunteer, reached};
use crate::accounts::Secret;
use crate::engine::StoreError;
use crate::register::{Arrival, Contested, Outcome, Register};

/// A page of the records in conflict.
#[derive(Debug)]
pub struct Conflicts {
    /// The records.
    pub records: Vec<Contested>,
    /// The record after which the next page begins; `None` at the end.
    pub next: Option<RecordKey>,
}

/// A page of an area's records with open conflicts, as far as a scope reaches, after one of them. It may hold fewer
/// than `limit` and yet not be the last.
///
/// # Errors
/// When the store fails.
pub async fn conflicts(
    store: &Register,
    scope: Option<&Scope>,
    area: AreaCode,
    round: Option<Round>,
    after: Option<RecordKey>,
    limit: usize,
) -> Result<Conflicts, StoreError> {
    let mut page = Conflicts { records: Vec::new(), next: None };
    for (unit, reach) in reached(scope, area) {
        let after = match after {
            Some(key) if key.subject.unit > unit => continue,
            after => after.filter(|key| key.subject.unit == unit),
        };
        let room = limit - page.records.len();
        if room == 0 {
            page.next = page.records.last().map(|contested| contested.record.key);
            break;
        }
        let found = store.conflicts(unit, round, after, room).await?;
        let last = found.records.last().map(|contested| contested.record.key).filter(|_| found.more);
        let found = found.records.into_iter().filter(|contested| is_within(contested, area, &reach));
        page.records.extend(found.map(|mut contested| {
            if is_volunteer(scope) {
                contested.record.doc = contested.record.doc.without(field::names_another);
            }
            contested
        }));
        if last.is_some() {
            page.next = last;
            break;
        }
    }
    Ok(page)
}

fn is_within(contested: &Contested, area: AreaCode, reach: &Reach) -> bool {
    let stands = match contested.record.key.subject.of {
        Of::Hamlet(number) => Some(number),
        Of::Household(_) | Of::Unit => hamlet(contested.record.doc.get(field::HAMLET)),
    };
    let asked = match area {
        AreaCode::Hamlet(hamlet) => stands == Some(hamlet.number),
        _ => true,
    };
    asked && reach.includes(stands)
}

/// A person's decision about a field in conflict.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The record.
    pub record: RecordKey,
    /// The field.
    pub field: FieldPath,
    /// The write whose value is kept.
    pub keep: Stamp,
    /// The writes that the person was shown.
    pub seen: Vec<Stamp>,
    /// The person's reason, if one was given.
    pub why: Option<String>,
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// There is no such conflict.
    #[error("{0}")]
    NothingToDecide(&'static str),
    /// The operation cannot be taken.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// There is no room for it: the person has seen none of the many values that are open.
    #[error("{}", .0.detail)]
    Full(Box<Problem>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a decision. It becomes an operation like any other, which writes the kept value and has seen what the person
/// was shown. A value that the person was not shown stays in conflict with it.
///
/// The operation's id and writer follow from what is decided and from the register's secret, so nobody can take them
/// beforehand. The same decision taken twice is one operation, and
/// two that differ are two writers who have not seen each other: officers who differ are themselves in conflict, and
/// neither decision is lost. A person who has seen what was decided may decide otherwise.
///
/// Returns the operation's id; `None` when somebody else had decided the same.
///
/// # Errors
/// When there is nothing to decide, the reason is too long, the record has no room, or the store fails.
pub async fn decide(
    store: &Register,
    secret: &Secret,
    arrival: Arrival,
    decision: Decision,
) -> Result<Option<Uuid>, NotDecided> {
    let Decision { record: key, field, keep, mut seen, why } = decision;
    seen.push(keep);
    seen.sort_unstable();
    seen.dedup();
    let none = NotDecided::NothingToDecide("there is no such record");
    let records = store.records(key.subject).await?;
    let doc = records.into_iter().find(|record| record.key == key).ok_or(none)?.doc;
    let writes: Vec<&Write> = doc.open(field.as_str()).collect();
    let mut value = match writes.iter().find(|write| write.stamp == keep) {
        Some(write) => write.value.clone(),
        // Since the person looked, somebody has seen this write and written another.
        None => store.written(key, field.clone(), keep).await?.ok_or(NotDecided::NothingToDecide(
            "the value to keep was never one of the field's: look at the conflict again",
        ))?,
    };
    // An earlier version may have accepted a text that is refused now.
    field::clean(&field, &mut value);
    let (id, actor) = names(secret, key, &field, keep, &seen);
    if !doc.in_conflict(field.as_str()) {
        if doc.get(field.as_str()) == Some(&value) {
            let stored = store.stored(key.subject.unit, vec![id]).await?;
            return Ok(stored.contains(&true).then_some(id));
        }
        if !writes.iter().all(|write| seen.binary_search(&write.stamp).is_ok()) {
            return Err(NotDecided::NothingToDecide(
                "the field is not in conflict any more, and another value was kept: look at it again",
            ));
        }
    }
    let operation = Operation {
        id,
        subject: key.subject,
        round: key.round,
        stamp: Clock::new(actor).tick(arrival.now),
        changes: vec![Change { field, value, seen: known(&writes, &seen) }],
        why,
    };
    operation.check(&RULES)?;
    match store.apply(arrival, vec![operation]).await?[..] {
        [Outcome::Refused(why)] => Err(NotDecided::Full(Box::new(super::not_taken(0, why)))),
        _ => Ok(Some(id)),
    }
}

/// Id and writer of an operation, computed from what is decided and from the register's secret.
fn names(secret: &Secret, key: RecordKey, field: &FieldPath, keep: Stamp, seen: &[Stamp]) -> (Uuid, Actor) {
    let RecordKey { subject, round } = key;
    let seen: String = seen.iter().map(|stamp| format!(" {stamp}")).collect();
    let what = format!("{subject} {round} {} {keep}{seen}", field.as_str());
    let mark = secret.mark("decision", &[what.as_bytes()]);
    let [id @ .., a, b, c, d, e, f, g, h] = *mark.first_chunk::<24>().unwrap_or(&[0; 24]);
    (Builder::from_custom_bytes(id).into_uuid(), Actor(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

/// Stamps that a person has seen who was shown these writes (`shown` is sorted): the writes shown, and those that had
/// said the same before.
fn known(writes: &[&Write], shown: &[Stamp]) -> Vec<Stamp> {
    let mut latest: BTreeMap<&Value, Stamp> = BTreeMap::new();
    for write in writes.iter().filter(|write| shown.binary_search(&write.stamp).is_ok()) {
        let place = latest.entry(&write.value).or_default();
        *place = write.place().max(*place);
    }
    let known = |write: &&&Write| latest.get(&write.value).is_some_and(|latest| *latest >= write.place());
    writes.iter().filter(known).map(|write| write.stamp).collect()
}

#[cfg(test)]
mod tests;
