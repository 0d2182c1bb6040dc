//! `GET /api/v1/households/{id}`: one household's records of all rounds.

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use soho_shared::area::AreaCode;
use soho_shared::sync::{HouseholdId, PulledRecord};

use super::access::{Caller, Protected};
use super::params::Segment;
use super::problem::Failure;
use crate::accounts::{Action, Entry};
use crate::sync;

pub(super) fn router() -> Router<Protected> {
    Router::new().route("/households/{id}", get(one))
}

/// A household as it stands.
#[derive(Serialize)]
struct Answer {
    household: HouseholdId,
    records: Vec<PulledRecord>,
}

async fn one(caller: Caller, Segment(id): Segment<HouseholdId>) -> Result<Json<Answer>, Failure> {
    caller.expect_households_in(AreaCode::Commune(id.commune))?;
    let records = sync::household(caller.store(), caller.scope(), id).await?;
    if records.is_empty() {
        return Err(Failure::not_found("no household has this id").field("id"));
    }
    if let Some(author) = caller.author() {
        caller.note(vec![Entry::households(author, Action::Read, id.commune, vec![id.uuid])]).await?;
    }
    Ok(Json(Answer { household: id, records }))
}
