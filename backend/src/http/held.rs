//! `GET /api/v1/held`: edits that are held back, since their device or account had been taken away by then; and
//! `POST /api/v1/held/decision`: what becomes of them.

use std::collections::BTreeSet;

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::household::field;
use soho_shared::record::{Doc, FieldPath, HouseholdId, Round, Value};
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
use super::params::Query;
use super::problem::Failure;
use crate::register::HeldBack;
use crate::sync::{self, HeldDecision, now_millis};

/// Edits on a page.
const PAGE: usize = 100;
/// Most edits that are named in one decision.
const MAX_NAMED: usize = 500;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide))
}

/// Query of the edits that are held back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct HeldQuery {
    /// The commune.
    commune: CommuneCode,
    /// Where to go on from, as the page before said.
    cursor: Option<Uuid>,
}

/// A page of edits that are held back.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldPage)]
struct Page {
    edits: Vec<Shown>,
    /// Where to go on from; null at the end.
    cursor: Option<Uuid>,
}

/// An edit that is held back. Times are milliseconds since 1970, UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldEdit)]
struct Shown {
    /// The operation's id.
    id: Uuid,
    household: HouseholdId,
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
    caller.expect_households_in(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    let found = caller.store().held_back(commune, cursor, PAGE).await?;
    let devices = Devices::of(caller.store()).await?;
    let cursor = found.last().filter(|_| found.len() == PAGE).map(|held| held.operation.id);
    let mut edits = Vec::with_capacity(found.len());
    for held in found {
        let records = caller.store().household(held.operation.household).await?;
        let doc = records.into_iter().rev().find(|record| record.key.round == held.operation.round);
        edits.push(shown(held, &doc.map(|record| record.doc).unwrap_or_default(), &devices));
    }
    Ok(Json(Page { edits, cursor }))
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
        household: operation.household,
        round,
        head_name: doc.get(field::HEAD_NAME).and_then(Value::as_text).map(ToOwned::to_owned),
        by: devices.by(held.by),
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
    commune: CommuneCode,
    /// Ids of the edits; all of the commune where it is left out.
    #[schema(max_items = 500)]
    edits: Option<BTreeSet<Uuid>>,
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
    let Wanted { commune, edits, take } = wanted;
    caller.expect_households_in(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    if edits.as_ref().is_some_and(|edits| edits.len() > MAX_NAMED) {
        let detail = format!("name at most {MAX_NAMED} edits, or leave them out for all");
        return Err(Failure::parameter("edits", detail));
    }
    let (now, by) = (now_millis(), caller.author());
    let decided = sync::decide_held(caller.store(), now, by, commune, edits.as_ref(), take).await?;
    let HeldDecision { done, refused } = decided;
    let refused = refused.into_iter().map(|(id, problem)| NotTaken { id, problem }).collect();
    Ok(Json(Decided { done, refused }))
}
