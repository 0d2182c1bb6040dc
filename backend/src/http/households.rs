//! `GET /api/v1/households/{id}`: one household's records of all rounds.

use axum::Json;
use serde::Serialize;
use soho_shared::area::AreaCode;
use soho_shared::sync::{HouseholdId, PulledRecord};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::params::Segment;
use super::problem::Failure;
use crate::accounts::{Action, Entry};
use crate::sync;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(one))
}

/// A household as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Household)]
struct Answer {
    household: HouseholdId,
    /// One a round.
    records: Vec<PulledRecord>,
}

/// One household's records of all rounds. Noted in the audit trail.
#[utoipa::path(
    get, path = "/households/{id}", params(("id" = HouseholdId, Path)),
    responses((status = 200, body = Answer), (status = 404))
)]
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
