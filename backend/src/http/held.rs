//! `GET /api/v1/held`: edits that are held back, since their device or account had been taken away by then; and
//! `POST /api/v1/held/decision`: what becomes of them.

use std::collections::BTreeSet;

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::household::Household;
use soho_shared::record::{Doc, FieldPath, Round, Subject, Value};
use soho_shared::standard::Note;
use soho_shared::wire::Problem;
use soho_shared::words;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected};
use super::authors::{By, Devices};
use super::body;
use super::households::note_read;
use super::params::Query;
use super::problem::Failure;
use crate::people::SessionId;
use crate::register::HeldBack;
use crate::sync::{self, HeldDecision, HeldWanted, now_millis};

/// Edits on a page.
const PAGE: usize = 100;
/// Bytes of edits and of what stands beside them after which a page ends.
const MOST: usize = 1 << 20;
/// Most edits that are named in one decision.
const MAX_NAMED: usize = 500;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide))
}

/// Query of the edits that are held back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct HeldQuery {
    /// The unit that keeps the records: of households their commune.
    commune: UnitCode,
    /// Where to go on from, as the page before said.
    #[param(
        pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    )]
    cursor: Option<String>,
}

/// A page of edits that are held back.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldPage)]
struct Page {
    edits: Vec<Shown>,
    /// Where to go on from; null at the end.
    cursor: Option<String>,
    /// The server's time, for `until` of a decision.
    at: u64,
}

/// An edit that is held back. Times are milliseconds since 1970, UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldEdit)]
struct Shown {
    /// The operation's id.
    id: Uuid,
    household: Subject,
    round: Round,
    /// Name of the household's head as the register has it; null where it has none.
    head_name: Option<String>,
    by: Option<By>,
    /// When it is believed to have been made. Its device may say what it likes.
    made: u64,
    received: u64,
    changes: Vec<ShownChange>,
}

/// One change of such an edit.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldChange)]
struct ShownChange {
    field: FieldPath,
    label: Note,
    /// What stands in the register now.
    #[schema(value_type = Object)]
    from: Option<Value>,
    from_text: Note,
    #[schema(value_type = Object)]
    to: Value,
    to_text: Note,
}

/// Edits of a commune that are held back. For officers.
#[utoipa::path(get, path = "/held", params(HeldQuery), responses((status = 200, body = Page)))]
async fn list(caller: Caller, Query(query): Query<HeldQuery>) -> Result<Json<Page>, Failure> {
    let HeldQuery { commune, cursor } = query;
    caller.expect_records_of(commune)?;
    caller.expect_officer()?;
    let at = now_millis();
    let after =
        cursor.map(|cursor| read(&cursor).ok_or_else(|| Failure::parameter("cursor", "it is not one")));
    let found = caller.store().held_back(commune, after.transpose()?, PAGE).await?;
    let devices = Devices::of(caller.store()).await?;
    let (mut edits, mut last, mut bytes) = (Vec::new(), None, 0);
    let mut households: Vec<Uuid> = Vec::new();
    for held in found {
        // What stands now is shown beside: a page of small edits of large records would be large.
        if bytes > MOST {
            break;
        }
        let records = caller.store().records(held.operation.subject).await?;
        let doc = records.into_iter().rev().find(|record| record.key.round == held.operation.round);
        let doc = doc.map(|record| record.doc).unwrap_or_default();
        let fields = held.operation.changes.iter().map(|change| change.field.as_str());
        bytes += held.operation.weight() + fields.map(|field| doc.only(field).packed_size()).sum::<usize>();
        last = Some((held.by.session, held.operation.id));
        households.extend(held.operation.subject.household().map(|household| household.uuid));
        edits.push(shown(held, &doc, &devices));
    }
    note_read(&caller, commune, households).await?;
    let more = last.is_some() && !caller.store().held_back(commune, last, 1).await?.is_empty();
    let cursor = last.filter(|_| more).map(|(session, operation)| format!("{session}.{operation}"));
    Ok(Json(Page { edits, cursor, at }))
}

fn read(cursor: &str) -> Option<(SessionId, Uuid)> {
    let (session, operation) = cursor.split_once('.')?;
    Some((session.parse().ok()?, operation.parse().ok()?))
}

fn shown(held: HeldBack, doc: &Doc, devices: &Devices) -> Shown {
    let (made, received) = (held.made(), held.received);
    let operation = held.operation;
    let round = operation.round;
    let changes = operation.changes.into_iter().map(|change| {
        let field = change.field.as_str();
        let from = doc.get(field).cloned();
        ShownChange {
            label: words::label(doc, round, field),
            from_text: words::text(field, from.as_ref()),
            to_text: words::text(field, Some(&change.value)),
            from,
            to: change.value,
            field: change.field,
        }
    });
    Shown {
        id: operation.id,
        household: operation.subject,
        round,
        head_name: Household::read(doc).head_name,
        by: devices.by(Some(held.by)),
        made,
        received,
        changes: changes.collect(),
    }
}

/// What becomes of edits that are held back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HeldDecision)]
struct Wanted {
    commune: UnitCode,
    /// Ids of the edits; all of the commune where it is left out.
    #[schema(max_items = 500)]
    edits: Option<BTreeSet<Uuid>>,
    /// Only those that had arrived by this time: milliseconds since 1970, UTC.
    until: Option<u64>,
    /// Whether they are taken; otherwise they are dropped.
    take: bool,
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldDecided)]
struct Decided {
    /// Number of edits that were taken or dropped.
    done: usize,
    /// Those that could not be taken, and why; they are still held back.
    refused: Vec<NotTaken>,
}

/// An edit that could not be taken.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldNotTaken)]
struct NotTaken {
    id: Uuid,
    problem: Problem,
}

/// Takes edits that are held back, so that they count like any others, or drops them for good. For officers.
#[utoipa::path(post, path = "/held/decision", request_body = Wanted, responses((status = 200, body = Decided)))]
async fn decide(caller: Caller, body::Json(wanted): body::Json<Wanted>) -> Result<Json<Decided>, Failure> {
    let Wanted { commune, edits, until, take } = wanted;
    caller.expect_records_of(commune)?;
    caller.expect_officer()?;
    if edits.as_ref().is_some_and(|edits| edits.len() > MAX_NAMED) {
        let detail = format!("name at most {MAX_NAMED} edits, or leave them out for all");
        return Err(Failure::parameter("edits", detail));
    }
    let (now, by) = (now_millis(), caller.author());
    let wanted = HeldWanted { commune, only: edits, until, take };
    let decided = sync::decide_held(caller.store(), now, by, &wanted).await?;
    let HeldDecision { done, refused } = decided;
    let refused = refused.into_iter().map(|(id, problem)| NotTaken { id, problem }).collect();
    Ok(Json(Decided { done, refused }))
}
