//! `GET /api/v1/households/{id}`: one household's records of all rounds.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use soho_shared::sync::{HouseholdId, PulledRecord};

use super::App;
use super::params::Segment;
use super::problem::Failure;

pub(super) fn router() -> Router<App> {
    Router::new().route("/households/{id}", get(one))
}

/// A household as it stands.
#[derive(Serialize)]
struct Answer {
    household: HouseholdId,
    records: Vec<PulledRecord>,
}

async fn one(State(app): State<App>, Segment(id): Segment<HouseholdId>) -> Result<Json<Answer>, Failure> {
    let records: Vec<PulledRecord> = app.store.household(id).await?.into_iter().map(Into::into).collect();
    if records.is_empty() {
        return Err(Failure::not_found("no household has this id").field("id"));
    }
    Ok(Json(Answer { household: id, records }))
}
