//! Which operations somebody may make.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use soho_shared::access::{OUTSIDE_AREAS, Reach, Role, Scope};
use soho_shared::area::UnitCode;
use soho_shared::household::field::{self, Part};
use soho_shared::record::{Change, HouseholdId, Operation, RecordKey};
use soho_shared::wire::Problem;
use uuid::Uuid;

use super::pull::hamlet;
use super::{Received, Refused};
use crate::engine::StoreError;
use crate::register::{Believing, Register, Whereabouts};

/// Refuses the operations that lie outside a scope; `first` is the place of the first of them in the push.
///
/// Where all of a commune is in the scope, everything in it is allowed. A volunteer may edit the households of the
/// assigned hamlets: those that stand there, and those that stand nowhere yet (operations arrive in any order). A
/// volunteer may place these in assigned hamlets only. Of a household that was moved out of them, only what was made
/// before the move is taken, which still arrives from devices without a network; nothing that withdraws it, and no new
/// round. Of a round nothing is taken that was made after it, or a later one, was posted. Whether two households are one is for
/// officers to decide, and what is said of hamlets and communes, and what households were given, for them to write. What was stored before is not refused, since it changes nothing and its device waits to be
/// told so.
///
/// # Errors
/// When the store fails.
pub(super) async fn refuse_others(
    store: &Register,
    scope: &Scope,
    believing: &Believing,
    mut received: Vec<Received>,
    first: usize,
) -> Result<Vec<Received>, StoreError> {
    let partly: BTreeSet<HouseholdId> = received
        .iter()
        .flatten()
        .filter_map(|operation| operation.subject.household())
        .filter(|household| matches!(scope.reach(household.commune), Reach::Hamlets(h) if !h.is_empty()))
        .collect();
    let mut hamlets = BTreeMap::new();
    if !partly.is_empty() {
        let asked: Vec<_> = partly.into_iter().collect();
        let found = store.hamlets(asked.clone()).await?;
        hamlets.extend(asked.into_iter().zip(found));
    }
    let unknown = Whereabouts::default();
    let mut left: BTreeMap<RecordKey, Option<u64>> = BTreeMap::new();
    let mut outside: BTreeMap<UnitCode, Vec<(usize, Uuid, Outside)>> = BTreeMap::new();
    for (place, operation) in received.iter().enumerate() {
        let Ok(operation) = operation else { continue };
        let reach = scope.reach(operation.subject.unit);
        let mut judged = match operation.subject.household() {
            Some(household) => judge(&reach, hamlets.get(&household).unwrap_or(&unknown), operation),
            None if reach == Reach::All => Ok(None),
            None => Err(Outside::Area),
        };
        // What was entered before the result was posted is taken, whenever it arrives.
        let posted = || store.posted(operation.subject.unit, operation.round);
        if scope.role() == Role::Volunteer && posted().is_some_and(|at| believing.time(operation.stamp) > at)
        {
            judged = judged.and(Err(Outside::Posted));
        }
        // Of a household that has left, it depends on when.
        if let (Ok(Some(record)), Reach::Hamlets(own)) = (judged, &reach) {
            let left = match left.entry(record) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(store.left(record, own.clone()).await?),
            };
            if left.is_none_or(|left| believing.time(operation.stamp) > left) {
                judged = Err(Outside::Left);
            }
        }
        if let Err(why) = judged {
            outside.entry(operation.subject.unit).or_default().push((place, operation.id, why));
        }
    }
    for (unit, operations) in outside {
        let stored = store.stored(unit, operations.iter().map(|(_, id, _)| *id).collect()).await?;
        for ((place, id, why), stored) in operations.into_iter().zip(stored) {
            if !stored {
                let problem = Box::new(why.problem(first + place));
                received[place] = Err(Refused { id: Some(id), problem });
            }
        }
    }
    Ok(received)
}

/// Why an operation is not its sender's to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outside {
    /// The household is not in the sender's areas.
    Household,
    /// The record is about an area, of of which the sender's role does not write.
    Area,
    /// This change would move the household to a hamlet that is not the sender's.
    Hamlet(usize),
    /// This change would move a household that was moved out of the sender's hamlets.
    Moved(usize),
    /// The household was moved out of the sender's hamlets before this was made, or it is withdrawn or taken into another
    /// round.
    Left,
    /// This change says what the hamlet meeting or the commune has decided.
    Meeting(usize),
    /// This change says what the household was given.
    Support(usize),
    /// The result of the round was posted before this was made.
    Posted,
    /// This change would join the household with another, or say that the two are different.
    Decision(usize),
}

impl Outside {
    fn problem(self, place: usize) -> Problem {
        let (field, detail, vi) = match self {
            Outside::Household => (
                "household".to_owned(),
                "this household is not in your areas",
                "hộ này không thuộc địa bàn của bạn: hãy báo cán bộ xã",
            ),
            Outside::Area => (
                "household".to_owned(),
                "what is said of an area is for the officers of that area to write",
                "thông tin về ấp, xã, huyện, tỉnh là do cán bộ của nơi đó ghi",
            ),
            Outside::Hamlet(change) => (
                format!("changes[{change}].value"),
                "this hamlet is not one of yours: the commune moves households between hamlets",
                "ấp này không phải của bạn: cán bộ xã mới chuyển hộ sang ấp khác",
            ),
            Outside::Moved(change) => (
                format!("changes[{change}].value"),
                "this household was moved out of your hamlets: the commune alone moves it back",
                "hộ này đã được chuyển sang ấp khác: chỉ cán bộ xã chuyển về được",
            ),
            Outside::Left => (
                "household".to_owned(),
                "this household was moved out of your hamlets: what is entered since then is for others to enter",
                "hộ này đã chuyển sang ấp khác: từ đó người của ấp kia ghi, nếu sai hãy báo cán bộ xã",
            ),
            Outside::Meeting(change) => (
                format!("changes[{change}].field"),
                "what the hamlet meeting and the commune have decided is for the commune's officer to write",
                "kết quả họp ấp và công nhận là do cán bộ xã ghi: hãy báo cán bộ xã",
            ),
            Outside::Support(change) => (
                format!("changes[{change}].field"),
                "what a household was given is for the commune's officer to write, or for the department that gives it",
                "hỗ trợ đã nhận do cán bộ xã hoặc ngành ghi: hãy báo cán bộ xã",
            ),
            Outside::Posted => (
                "round".to_owned(),
                "the result of this round was posted before this was entered: tell the commune's officer what is wrong",
                "đợt này đã niêm yết trước khi bạn ghi nên không ghi thêm được: nếu có gì sai, hãy báo cán bộ xã",
            ),
            Outside::Decision(change) => (
                format!("changes[{change}].field"),
                "whether two households are one is for the commune's officer to decide",
                "hai hộ có phải một hay không là do cán bộ xã quyết định",
            ),
        };
        Problem {
            kind: OUTSIDE_AREAS.to_owned(),
            title: "Outside your areas".to_owned(),
            status: 403,
            detail: detail.to_owned(),
            field: Some(format!("operations[{place}].{field}")),
            vi: Some(vi.into()),
        }
    }
}

/// Judges one operation, given where its household stands and stood. Returns the record that has left the sender's hamlets,
/// where the operation is taken only if it was made before.
fn judge(reach: &Reach, hamlets: &Whereabouts, operation: &Operation) -> Result<Option<RecordKey>, Outside> {
    if *reach == Reach::All {
        return Ok(None);
    }
    let is_other_s = |number: u8| !reach.includes(Some(number));
    if reach.is_nothing() || !hamlets.ever.is_empty() && hamlets.ever.iter().all(|h| is_other_s(*h)) {
        return Err(Outside::Household);
    }
    let decision = operation.changes.iter().position(|change| field::is_decision(&change.field));
    if let Some(change) = decision {
        return Err(Outside::Decision(change));
    }
    let was_moved = hamlets.standing(operation.round).is_some_and(is_other_s);
    let elsewhere = operation.changes.iter().position(|change| {
        change.field.as_str() == field::HAMLET && (was_moved || !reach.includes(hamlet(Some(&change.value))))
    });
    let why = if was_moved { Outside::Moved } else { Outside::Hamlet };
    if let Some(change) = elsewhere {
        return Err(why(change));
    }
    // Once it stands elsewhere by its last round, no round begins here.
    let has_left = hamlets.stands.last().is_some_and(|(_, hamlet)| is_other_s(*hamlet));
    let is_new = hamlets.stands.iter().all(|(round, _)| *round != operation.round);
    let takes_off = [field::REMOVED, field::DISSOLVED, field::MOVED_TO];
    let of_meeting = |change: &Change| {
        matches!(Part::of(change.field.as_str()), Part::Meeting | Part::Review | Part::Recognition)
    };
    if let Some(change) = operation.changes.iter().position(of_meeting) {
        return Err(Outside::Meeting(change));
    }
    let of_support = |change: &Change| Part::of(change.field.as_str()) == Part::Support;
    if let Some(change) = operation.changes.iter().position(of_support) {
        return Err(Outside::Support(change));
    }
    let withdraws = operation.changes.iter().any(|change| takes_off.contains(&change.field.as_str()));
    if has_left && is_new || was_moved && withdraws {
        return Err(Outside::Left);
    }
    Ok(was_moved.then(|| operation.key()))
}

#[cfg(test)]
mod tests {
    use soho_shared::record::{Actor, Round, Stamp, Value};

    use super::*;

    #[test]
    fn a_volunteer_edits_the_assigned_hamlets_and_moves_nothing_out_of_them() {
        let operation = |changes: &[(&str, Value)]| Operation {
            id: Uuid::nil(),
            subject: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            round: Round::CENSUS_2010,
            stamp: Stamp::new(1, 0, Actor(1)).unwrap(),
            changes: changes
                .iter()
                .map(|(field, value)| Change {
                    field: field.parse().unwrap(),
                    value: value.clone(),
                    seen: Vec::new(),
                })
                .collect(),
            why: None,
        };
        let name = operation(&[("head/name", "Lan".into())]);
        let here = operation(&[("head/name", "Lan".into()), ("hamlet", 4.into())]);
        let there = operation(&[("head/name", "Lan".into()), ("hamlet", 6.into())]);
        let nowhere = operation(&[("hamlet", Value::Null)]);
        let joined = operation(&[("same_as", Value::Null)]);
        let withdrawn = operation(&[("removed", true.into())]);
        let gone = operation(&[("dissolved", true.into())]);
        let away = operation(&[("moved_to", "Cần Thơ".into())]);
        let given = operation(&[("note", "".into()), ("support/electricity_2011_1/served", true.into())]);
        let own = Reach::Hamlets(vec![4, 5]);
        // The household stands in the last of the hamlets.
        let left = RecordKey { subject: name.subject, round: name.round };
        type Case<'a> = (&'a str, &'a Reach, &'a [u8], &'a Operation, Result<Option<RecordKey>, Outside>);
        let table: [Case; 22] = [
            ("a new one", &own, &[], &here, Ok(None)),
            ("a new one, its hamlet still on the way", &own, &[], &name, Ok(None)),
            ("a new one of another", &own, &[], &there, Err(Outside::Hamlet(1))),
            ("an own one", &own, &[5], &name, Ok(None)),
            ("between own ones", &own, &[5], &here, Ok(None)),
            ("moved away", &own, &[5], &there, Err(Outside::Hamlet(1))),
            ("out of every hamlet", &own, &[5], &nowhere, Err(Outside::Hamlet(0))),
            ("an own one that was moved away", &own, &[4, 6], &name, Ok(Some(left))),
            ("such a one withdrawn", &own, &[4, 6], &withdrawn, Err(Outside::Left)),
            ("such a one dissolved", &own, &[4, 6], &gone, Err(Outside::Left)),
            ("such a one moved away", &own, &[4, 6], &away, Err(Outside::Left)),
            ("an own one moved away", &own, &[5], &away, Ok(None)),
            ("such a one taken back", &own, &[4, 6], &here, Err(Outside::Moved(1))),
            ("such a one moved on", &own, &[4, 6], &there, Err(Outside::Moved(1))),
            ("one that was given back", &own, &[6, 4], &here, Ok(None)),
            ("another's", &own, &[6], &name, Err(Outside::Household)),
            ("another's, taken", &own, &[6], &here, Err(Outside::Household)),
            ("an own one found to be another", &own, &[4], &joined, Err(Outside::Decision(0))),
            ("the commune finds it to be another", &Reach::All, &[4], &joined, Ok(None)),
            ("all are the commune's", &Reach::All, &[6], &there, Ok(None)),
            ("an own one was given something", &own, &[4], &given, Err(Outside::Support(1))),
            ("the commune says so", &Reach::All, &[4], &given, Ok(None)),
        ];
        for (what, reach, hamlets, operation, expected) in table {
            let stands = hamlets.last().map(|last| (Round::CENSUS_2010, *last));
            let hamlets = Whereabouts { ever: hamlets.to_vec(), stands: stands.into_iter().collect() };
            assert_eq!(judge(reach, &hamlets, operation), expected, "{what}");
        }
        let unknown = Whereabouts::default();
        assert_eq!(judge(&Reach::Hamlets(Vec::new()), &unknown, &here), Err(Outside::Household));
        // Moved in one round: in the one before it is still where it was; other rounds do not begin here any more.
        let [before, moved, after] = ["2009", "2012", "2013"].map(|year| year.parse::<Round>().unwrap());
        let hamlets = Whereabouts { ever: vec![4, 6], stands: vec![(Round::CENSUS_2010, 4), (moved, 6)] };
        for (round, expected) in [
            (before, Err(Outside::Left)),
            (Round::CENSUS_2010, Ok(None)),
            (moved, Ok(Some(RecordKey { round: moved, ..left }))),
            (after, Err(Outside::Left)),
        ] {
            let name = Operation { round, ..name.clone() };
            assert_eq!(judge(&own, &hamlets, &name), expected, "{round}");
        }
    }
}
