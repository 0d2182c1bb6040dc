//! A person's decision on two households, as edits of their records.

use crate::household::field;
use crate::record::{Change, Doc, HouseholdId, RecordKey, Round, Value};

/// A decision on two households that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are the same: this one stays, and the other does not count in rounds where both have a record. Both keep
    /// their history.
    Same {
        /// The household that stays.
        survivor: HouseholdId,
    },
    /// They are two households: nobody is asked again.
    Different,
    /// Not decided: an earlier decision is undone.
    Open,
}

/// An edit of one record: the fields to set.
pub type Edit = (RecordKey, Vec<Change>);

/// Reason why two households cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// The household that is to stay is neither of the two.
    #[error("the household that stays must be one of the two")]
    Survivor,
    /// One of them was already joined to a third household.
    #[error("one of the two was found to be a third household: undo that first")]
    Joined,
    /// The household that is to stay is withdrawn.
    #[error("the household that is to stay is withdrawn: let the other one stay")]
    Withdrawn,
}

/// The edits that put a decision in the place of whatever was decided before; none when it holds already.
/// `households` has the smaller uuid first; each comes with its records in the order of their rounds, at least one.
///
/// # Errors
/// When the two households cannot be joined.
pub fn decide(
    households: [(HouseholdId, &[(Round, &Doc)]); 2],
    decision: Decision,
) -> Result<Vec<Edit>, NotDecided> {
    let [first, second] = households.map(|(id, records)| Side { id, records });
    if let Decision::Same { survivor } = decision {
        let (stays, goes) = if survivor == first.id { (first, second) } else { (second, first) };
        if survivor != stays.id {
            return Err(NotDecided::Survivor);
        }
        if stays.is_part_of_third(goes.id) || goes.is_part_of_third(stays.id) {
            return Err(NotDecided::Joined);
        }
        let latest = stays.records.last();
        let is_gone = |(round, doc): &(Round, &Doc)| {
            is(doc, field::REMOVED) || is(doc, field::DUPLICATE) && !stays.went_for(goes, *round, doc)
        };
        if latest.is_some_and(is_gone) {
            return Err(NotDecided::Withdrawn);
        }
    }
    let mut edits = Vec::new();
    for (side, other) in [(first, second), (second, first)] {
        for (round, doc) in side.records {
            let changes = side.changes(other, decision, *round, doc);
            if !changes.is_empty() {
                edits.push((RecordKey { subject: side.id.into(), round: *round }, changes));
            }
        }
    }
    Ok(edits)
}

/// One of the two households, with its records.
#[derive(Clone, Copy)]
struct Side<'a> {
    id: HouseholdId,
    records: &'a [(Round, &'a Doc)],
}

impl Side<'_> {
    fn has(self, round: Round) -> bool {
        self.records.iter().any(|(own, _)| *own == round)
    }

    fn is_latest(self, round: Round) -> bool {
        self.records.last().is_some_and(|(own, _)| *own == round)
    }

    /// Whether the record of this round is to say that the two are one: the records of rounds that both have, or the
    /// latest one where they have no round in common.
    fn links(self, other: Side, round: Round) -> bool {
        let meet = self.records.iter().any(|(own, _)| other.has(*own));
        if meet { other.has(round) } else { self.is_latest(round) }
    }

    /// Whether it was joined to a household that is not `other`.
    fn is_part_of_third(self, other: HouseholdId) -> bool {
        self.records.iter().any(|(_, doc)| {
            doc.get(field::SAME_AS).and_then(Value::as_text).is_some_and(|id| id != other.to_string())
        })
    }

    /// Whether the record was marked as the other household's, which has one of the same round.
    fn went_for(self, other: Side, round: Round, doc: &Doc) -> bool {
        is_the_same_as(doc, other.id) && other.has(round)
    }

    fn changes(self, other: Side, decision: Decision, round: Round, doc: &Doc) -> Vec<Change> {
        let survivor = if let Decision::Same { survivor } = decision { Some(survivor) } else { None };
        let mut changes = Vec::new();
        let mut set = |field: &str, value: Value| {
            if let Ok(path) = field.parse() {
                changes.push(Change { field: path, value, seen: doc.seen(field) });
            }
        };
        // Only one of the two records it, so that it cannot be recorded twice.
        let different = format!("{}{}", field::DIFFERENT, other.id.uuid.as_simple());
        let told = decision == Decision::Different && self.id < other.id && self.is_latest(round);
        if told != is(doc, &different) {
            set(&different, told.into());
        }
        let merged = format!("{}{}", field::MERGED, other.id.uuid.as_simple());
        let holds = survivor == Some(self.id) && self.links(other, round);
        if holds != is(doc, &merged) {
            set(&merged, holds.into());
        }
        let goes = survivor == Some(other.id) && self.links(other, round);
        if goes != is_the_same_as(doc, other.id) {
            set(field::SAME_AS, if goes { other.id.to_string().into() } else { Value::Null });
        }
        let duplicate = goes && other.has(round);
        if duplicate && !is(doc, field::DUPLICATE) {
            set(field::DUPLICATE, true.into());
        } else if !duplicate && is(doc, field::DUPLICATE) && self.went_for(other, round, doc) {
            set(field::DUPLICATE, false.into());
        }
        changes
    }
}

fn is(doc: &Doc, field: &str) -> bool {
    doc.get(field).is_some_and(Value::is_true)
}

fn is_the_same_as(doc: &Doc, id: HouseholdId) -> bool {
    doc.get(field::SAME_AS).and_then(Value::as_text).is_some_and(|other| other == id.to_string())
}
