//! `GET /api/v1/conflicts`: fields on which people disagreed without having seen each other's value; and
//! `POST /api/v1/conflicts/{id}/resolution`: a person's decision about one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::count::Standing;
use soho_shared::household::Household;
use soho_shared::record::{
    Change, FieldConflict, FieldPath, Of, RecordKey, Round, Stamp, Subject, Value, Write,
};
use soho_shared::standard::{Class, Note};
use soho_shared::words;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected};
use super::authors::{Authors, Reachable};
use super::body;
use super::cursors;
use super::duplicates::class_in_law;
use super::households::note_read;
use super::kinds;
use super::load::aside;
use super::params::{Query, Segment, number_of};
use super::problem::Failure;
use crate::register::{Arrival, Contested, Register};
use crate::sync::{self, Decision, NotDecided, now_millis};

/// Most records in conflict on a page.
const MAX_PAGE: usize = 200;
/// Records on a page where no limit is given.
const PAGE: usize = 50;
/// Most bytes of records that are read for the classes of a page: each value is weighed in its whole record, which may be
/// large and have thousands of them.
const WEIGHED: usize = 16 << 20;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(resolve))
}

/// Id of a conflict: a field of a record. Written `29173-018f….2010.head.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ConflictId {
    record: RecordKey,
    field: FieldPath,
}

impl fmt::Display for ConflictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No field's name holds a `.`.
        write!(f, "{}.{}", self.record, self.field.as_str().replace('/', "."))
    }
}

impl FromStr for ConflictId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape =
            || "a conflict's id is a record's subject and round and a field, joined by `.`".to_owned();
        let (at, _) = text.match_indices('.').nth(1).ok_or_else(shape)?;
        let (record, field) = text.split_at(at);
        Ok(ConflictId { record: record.parse()?, field: field[1..].replace('.', "/").parse()? })
    }
}

/// Query of the conflicts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ConflictQuery {
    area: AreaCode,
    /// Only this round's.
    round: Option<Round>,
    /// Where to go on from, as the page before said.
    #[param(pattern = r"^[0-9a-f]{8}-[0-9]{2,5}(-[0-9]{2}|-[0-9a-f]{32})?\.[0-9]{4}$")]
    cursor: Option<String>,
    /// How many records at most, of which each may have several conflicts; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of conflicts.
#[derive(Serialize, ToSchema)]
#[schema(as = ConflictPage)]
struct Page {
    conflicts: Vec<Conflict>,
    /// Where to go on from; null at the end. A page may be empty and not the last.
    cursor: Option<String>,
}

/// A field in conflict.
#[derive(Serialize, ToSchema)]
struct Conflict {
    id: String,
    household: Subject,
    round: Round,
    hamlet: Option<u8>,
    head_name: Option<String>,
    field: FieldPath,
    label: Note,
    /// Whether the round is closed: then its figures stay, whichever value is kept, and no class is told.
    closed: bool,
    /// The value that stands.
    standing: Side,
    /// The others, latest first.
    lost: Vec<Side>,
}

/// A value that somebody wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = ConflictSide)]
struct Side {
    stamp: Stamp,
    /// When it was written, by the clock of its device, corrected where that was off: milliseconds since
    /// 1970, UTC.
    at: u64,
    /// When the server received it.
    received: Option<u64>,
    value: Value,
    text: Note,
    /// The class that the household has once this value is kept; null where it has none, in a record of no household, in a closed
    /// round, and where too much would have to be read for the page.
    class: Option<Class>,
    /// The class by its name in the law of the round, or why there is none; null in a record of no household, in a closed round,
    /// and where too much would have to be read.
    class_text: Option<Note>,
    by: Option<Reachable>,
}

/// Fields on which people disagreed without having seen each other's value. Noted in the audit trail.
#[utoipa::path(get, path = "/conflicts", params(ConflictQuery), responses((status = 200, body = Page)))]
async fn list(caller: Caller, Query(wanted): Query<ConflictQuery>) -> Result<Json<Page>, Failure> {
    caller.expect_households_in(wanted.area)?;
    let limit = number_of("limit", wanted.limit, PAGE, MAX_PAGE)?;
    let after =
        wanted.cursor.as_deref().map(|cursor| read_cursor(caller.store().id(), cursor)).transpose()?;
    let (store, scope) = (caller.store(), caller.scope());
    let page = sync::conflicts(store, scope, wanted.area, wanted.round, after, limit).await?;
    let mut read: BTreeMap<CommuneCode, BTreeSet<Uuid>> = BTreeMap::new();
    for household in page.records.iter().filter_map(|of| of.record.key.subject.household()) {
        read.entry(household.commune).or_default().insert(household.uuid);
    }
    for (commune, households) in read {
        note_read(&caller, commune, households).await?;
    }
    let authors = Authors::seen_by(&caller).await?;
    let (records, next) = (page.records, page.next);
    let records: Vec<_> = records.into_iter().map(|of| (is_closed(store, of.record.key), of)).collect();
    let conflicts = aside(move || {
        let mut room = WEIGHED;
        records.iter().flat_map(|(closed, of)| shown(of, *closed, &authors, &mut room)).collect()
    });
    let conflicts = conflicts.await?;
    let cursor = next.map(|record| cursors::page(store.id(), format_args!("{record}")));
    Ok(Json(Page { conflicts, cursor }))
}

/// Whether a record's round is closed in its commune.
fn is_closed(store: &Register, RecordKey { subject, round }: RecordKey) -> bool {
    subject.commune().is_some_and(|commune| Some(round) <= store.closed(commune))
}

fn read_cursor(register: Uuid, cursor: &str) -> Result<RecordKey, Failure> {
    let end = cursors::end(register, cursor)?;
    end.parse().map_err(|_| Failure::parameter("cursor", "leave it out to start from the beginning"))
}

/// The conflicts of a record, as they are shown; `room` is how many bytes may still be read for their classes.
fn shown(of: &Contested, closed: bool, authors: &Authors, room: &mut usize) -> Vec<Conflict> {
    let household = Household::read(&of.record.doc);
    let size = of.record.doc.packed_size();
    let one = |FieldConflict { field, standing, lost }: FieldConflict| {
        let cost = size * (1 + lost.len());
        // All values of a conflict are weighed or none, so that they can be compared.
        let is_weighed = !closed && cost <= *room;
        if is_weighed {
            *room -= cost;
        }
        let side = |write: Write| {
            let origin = of.origins.get(&write.stamp);
            let led = is_weighed.then(|| leads_to(of, &field, &write.value)).flatten();
            let (class, class_text) = led.unzip();
            Side {
                stamp: write.stamp,
                at: write.time,
                received: origin.map(|origin| origin.received),
                text: words::text(field.as_str(), Some(&write.value)),
                value: write.value,
                class: class.flatten(),
                class_text,
                by: authors.by(origin.and_then(|origin| origin.by.clone())),
            }
        };
        let record = of.record.key;
        Conflict {
            id: ConflictId { record, field: field.clone() }.to_string(),
            household: record.subject,
            round: record.round,
            hamlet: match record.subject.of {
                Of::Hamlet(number) => Some(number),
                Of::Household(_) | Of::Unit => household.hamlet,
            },
            head_name: household.head_name.clone(),
            label: words::label(&of.record.doc, record.round, field.as_str()),
            closed,
            standing: side(standing),
            lost: lost.into_iter().map(side).collect(),
            field,
        }
    };
    of.record.doc.conflicts().into_iter().map(one).collect()
}

/// The class to which a value leads that is kept, in a round with two results the one by its own standard, and how people call
/// it or why there is none; `None` in a record of no household.
fn leads_to(of: &Contested, field: &FieldPath, value: &Value) -> Option<(Option<Class>, Note)> {
    let RecordKey { subject, round } = of.record.key;
    let commune = subject.household()?.commune;
    let kept = Change { field: field.clone(), value: value.clone(), seen: Vec::new() };
    let standing = Standing::with(&of.record.doc, commune, round, &kept);
    let class = standing.as_ref().and_then(Standing::class);
    let text = class.and_then(|class| class_in_law(class, round)).unwrap_or_else(|| {
        let (vi, en) = match standing {
            Some(Standing { left: None, .. }) => ("chưa đủ để xếp loại", "not enough is known for a class"),
            _ => ("không tính trong đợt này", "does not count in this round"),
        };
        Note { vi: vi.into(), en: en.into() }
    });
    Some((class, text))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// The stamp of the value that is kept.
    keep: Stamp,
    /// The stamps of all values that were shown.
    #[schema(max_items = 10000)]
    seen: Vec<Stamp>,
    /// Why, if somebody wants to say: at most 300 letters.
    why: Option<String>,
}

/// What became of a conflict.
#[derive(Serialize, ToSchema)]
struct Resolved {
    /// The operation that decided it; null when it had been decided in the same way.
    operation: Option<Uuid>,
    /// What is still open: a value that was not shown.
    conflict: Option<Conflict>,
    /// The stamps of what the field holds now: who has seen these may decide otherwise.
    seen: Vec<Stamp>,
}

/// Decides a conflict: by an operation like any other, which keeps one of the values. For officers.
///
/// What was decided may be decided otherwise by one who has seen that, see `seen` of the answer.
#[utoipa::path(
    post, path = "/conflicts/{id}/resolution",
    params(("id" = String, Path, pattern = r"^[0-9]{2,5}(-[0-9]{2}|-[0-9a-f]{32})?\.[0-9]{4}(\.[a-z0-9_]+)+$")),
    request_body = Resolution, responses((status = 200, body = Resolved), (status = 404))
)]
async fn resolve(
    caller: Caller,
    Segment(id): Segment<ConflictId>,
    body::Json(resolution): body::Json<Resolution>,
) -> Result<Json<Resolved>, Failure> {
    caller.expect_records_of(id.record.subject.unit)?;
    caller.expect_officer()?;
    let Resolution { keep, seen, why } = resolution;
    let ConflictId { record, field } = id;
    let arrival = Arrival::made_here(now_millis(), caller.author());
    let decision = Decision { record, field: field.clone(), keep, seen, why };
    let operation = sync::decide(caller.store(), &caller.settings().secret, arrival, decision).await?;
    let authors = Authors::seen_by(&caller).await?;
    let now = caller.store().contested(record).await?;
    let seen = now.iter().flat_map(|of| of.record.doc.seen(field.as_str())).collect();
    let closed = is_closed(caller.store(), record);
    let conflict = aside(move || {
        let mut room = WEIGHED;
        let mut conflicts = now.iter().flat_map(|of| shown(of, closed, &authors, &mut room));
        conflicts.find(|conflict| conflict.field == field)
    });
    let conflict = conflict.await?;
    Ok(Json(Resolved { operation, conflict, seen }))
}

impl From<NotDecided> for Failure {
    fn from(error: NotDecided) -> Self {
        match error {
            NotDecided::NothingToDecide(detail) => Failure::not_found(detail)
                .vi("mục này vừa được quyết định khác: hãy tải lại trang rồi xem lại"),
            NotDecided::Refused(rejection) => {
                let title = "The decision cannot be taken";
                Failure::new(422, kinds::INVALID_OPERATION, title, rejection.detail).field(rejection.field)
            }
            NotDecided::Full(problem) => Failure::of(*problem).field("seen"),
            NotDecided::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back() {
        let id = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f.2010.income.k3.amount";
        let read: ConflictId = id.parse().unwrap();
        assert_eq!((read.field.as_str(), read.to_string().as_str()), ("income/k3/amount", id));
        for bad in ["", "29173", "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f.2010", &id.replace("2010", "1999")] {
            assert!(bad.parse::<ConflictId>().is_err(), "{bad}");
        }
    }
}
