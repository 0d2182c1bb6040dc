//! `GET /api/v1/households/{id}`: one household's records of all rounds, as they stand or once stood; and
//! `GET /api/v1/households/{id}/history`: what was done with it.
//!
//! Lists of households are in `list.rs`.

mod list;

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, UnitCode};
use soho_shared::assess::{DecidedBy, decided_by};
use soho_shared::count::Contribution;
use soho_shared::household::field;
use soho_shared::record::{Doc, FieldPath, HouseholdId, Round, Stamp, Subject, Value};
use soho_shared::standard::Note;
use soho_shared::text::one_line;
use soho_shared::wire::PulledRecord;
use soho_shared::words;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) use self::list::{note_listed, position, written};
use super::access::{Caller, Protected};
use super::authors::{By, Devices};
use super::cursors;
use super::params::{Query, Segment, number_of};
use super::problem::Failure;
use super::rounds::not_done;
use crate::engine::StoreError;
use crate::people::{Action, Entry};
use crate::register::{Edit, Record};
use crate::sync;

/// Most entries on a page of a history.
const MAX_PAGE: usize = 200;
/// Entries on a page where no limit is given.
const PAGE: usize = 50;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(history)).merge(list::router())
}

/// Query of one household.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Moment {
    /// As the server had it at this time, in milliseconds since 1970, UTC; without it as it stands now.
    at: Option<u64>,
}

/// A household.
#[derive(Serialize, ToSchema)]
#[schema(as = Household)]
struct Answer {
    household: HouseholdId,
    /// One a round.
    records: Vec<InRound>,
}

/// A household in a round.
#[derive(Serialize, ToSchema)]
struct InRound {
    #[serde(flatten)]
    record: PulledRecord,
    /// What stands in each field.
    #[schema(value_type = Object)]
    standing: BTreeMap<FieldPath, Value>,
    /// Which version decided the class, where a tablet that still has an earlier one shows another.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<DecidedBy>,
}

impl From<PulledRecord> for InRound {
    fn from(record: PulledRecord) -> Self {
        let shown = |(path, value): (&FieldPath, &Value)| {
            let mut value = value.clone();
            field::clean(path, &mut value);
            (path.clone(), value)
        };
        let standing = record.doc.standing().map(shown).collect();
        let commune = record.subject.commune();
        let decided_by =
            commune.and_then(|commune| decided_by(record.class, &record.doc, commune, record.round));
        InRound { record, standing, decided_by }
    }
}

/// One household's records of all rounds, as they stand or once stood. Noted in the audit trail.
#[utoipa::path(
    get, path = "/households/{id}", params(("id" = HouseholdId, Path), Moment),
    responses((status = 200, body = Answer), (status = 404))
)]
async fn one(
    caller: Caller,
    Segment(id): Segment<HouseholdId>,
    Query(Moment { at }): Query<Moment>,
) -> Result<Json<Answer>, Failure> {
    caller.expect_households_in(AreaCode::Commune(id.commune))?;
    let records = match at {
        Some(at) => sync::household_at(caller.store(), caller.scope(), id, at).await?,
        None => Some(sync::household(caller.store(), caller.scope(), id).await?).filter(|r| !r.is_empty()),
    };
    let records = records.ok_or_else(unknown)?.into_iter().map(InRound::from).collect();
    note_read(&caller, id.commune, [id.uuid]).await?;
    Ok(Json(Answer { household: id, records }))
}

fn unknown() -> Failure {
    Failure::not_found("no household has this id").field("id")
}

/// Refusal: there is no such record.
pub(super) fn no_record() -> Failure {
    let failure = Failure::not_found("the household has no record in this round").field("household");
    failure.vi("hộ này không có phiếu trong đợt này: hãy xem lại đợt đang chọn")
}

/// A household's record of a round; refused where it does not count as one that was surveyed.
pub(super) fn counted(record: Option<Record>) -> Result<Record, Failure> {
    let record = record.ok_or_else(no_record)?;
    if !record.contribution.as_ref().is_some_and(Contribution::counts_household) {
        return Err(not_done(
            "household",
            "this household does not count in this round: it was withdrawn, found to be another one, has left, or was not surveyed",
            "hộ này không tính trong đợt: phiếu đã xóa, đã gộp vào hộ khác, hộ không còn ở xã hoặc chưa được rà soát",
        ));
    }
    Ok(record)
}

/// Notes in the audit trail which households were read, each once; nothing where none were.
pub(super) async fn note_read(
    caller: &Caller,
    unit: impl Into<UnitCode>,
    households: impl IntoIterator<Item = Uuid>,
) -> Result<(), StoreError> {
    let households: BTreeSet<Uuid> = households.into_iter().collect();
    let Some(author) = caller.author().filter(|_| !households.is_empty()) else { return Ok(()) };
    caller.note(vec![Entry::households(author, Action::Read, unit, households.into_iter().collect())]).await
}

/// Query of a household's history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// Only this round's.
    round: Option<Round>,
    /// Where to go on from, as the page before said.
    #[param(pattern = "^[0-9a-f]{8}-[0-9a-f]{1,16}$")]
    cursor: Option<String>,
    /// How many entries at most; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of a household's history, latest first.
#[derive(Serialize, ToSchema)]
struct History {
    household: HouseholdId,
    /// The households joined into it, or that it was joined into; their entries are among these.
    linked: Vec<HouseholdId>,
    entries: Vec<Line>,
    /// Where to go on from; null at the end.
    cursor: Option<String>,
}

/// An operation.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
struct Line {
    /// When the server received it: milliseconds since 1970, UTC.
    at: u64,
    /// When it is believed to have been made, by the clock of its device, corrected where that was off: milliseconds
    /// since 1970, UTC.
    made: u64,
    /// The stamp it was given.
    stamp: Stamp,
    round: Round,
    operation: Uuid,
    household: Subject,
    /// Null where there were no accounts, or what was kept did not say.
    by: Option<By>,
    /// Why, in the author's words.
    why: Option<String>,
    changes: Vec<Changed>,
}

/// A field that was set.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedField)]
struct Changed {
    field: FieldPath,
    label: Note,
    /// What stood before the operation was received; null when nothing had been written.
    from: Value,
    /// What it wrote.
    to: Value,
    from_text: Note,
    to_text: Note,
    /// Whether what it wrote stood then: not where a later value was there already.
    stands: bool,
}

/// What was done with a household and those joined to it. Noted in the audit trail.
#[utoipa::path(
    get, path = "/households/{id}/history", params(("id" = HouseholdId, Path), HistoryQuery),
    responses((status = 200, body = History), (status = 404))
)]
async fn history(
    caller: Caller,
    Segment(id): Segment<HouseholdId>,
    Query(wanted): Query<HistoryQuery>,
) -> Result<Json<History>, Failure> {
    caller.expect_households_in(AreaCode::Commune(id.commune))?;
    let limit = number_of("limit", wanted.limit, PAGE, MAX_PAGE)?;
    let before = cursors::before(caller.store().id(), wanted.cursor.as_deref())?;
    let story = sync::history(caller.store(), caller.scope(), id, wanted.round, before, limit).await?;
    let story = story.ok_or_else(unknown)?;
    let read = story.linked.iter().chain([&id]).map(|id| id.uuid);
    note_read(&caller, id.commune, read).await?;
    let devices = Devices::of(caller.store()).await?;
    let nothing = Doc::default();
    let doc = |edit: &Edit| story.docs.get(&edit.operation.key()).unwrap_or(&nothing);
    let entries = story.edits.into_iter().map(|edit| line(doc(&edit), &devices, edit)).collect();
    let cursor = story.next.map(|number| cursors::page(caller.store().id(), format_args!("{number:x}")));
    Ok(Json(History { household: id, linked: story.linked, entries, cursor }))
}

fn line(doc: &Doc, devices: &Devices, edit: Edit) -> Line {
    let Edit { origin, time, operation, steps, .. } = edit;
    let round = operation.round;
    let changes = operation.changes.into_iter().zip(steps).map(|(change, step)| {
        let path = change.field.as_str();
        Changed {
            label: words::label(doc, round, path),
            from_text: words::text(path, step.from.as_ref()),
            to_text: words::text(path, Some(&change.value)),
            from: step.from.unwrap_or(Value::Null),
            to: change.value,
            stands: step.stands,
            field: change.field,
        }
    });
    Line {
        at: origin.received,
        made: time,
        stamp: operation.stamp,
        round,
        operation: operation.id,
        household: operation.subject,
        by: devices.by(origin.by),
        why: operation.why.map(|why| one_line(&why).into_owned()),
        changes: changes.collect(),
    }
}
