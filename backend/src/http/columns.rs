//! `GET /api/v1/statistics/columns`: the households of an area in a round as bare columns, for what-if.
//!
//! No names and no ids, but exact incomes of households in their communes: to be guarded like the register
//! (see [`soho_shared::what_if`]).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soho_shared::area::AreaCode;
use soho_shared::law::standard_for_round;
use soho_shared::record::Round;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::load::aside;
use super::params::Query;
use super::problem::Failure;
use super::tag;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(columns))
}

/// Query of the columns.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ColumnQuery {
    /// A commune or what is above it.
    area: AreaCode,
    round: Round,
}

/// What stands around the state in a tag. It has the version too, because another one may read the same records
/// differently.
const TAG: (&str, &str) = (concat!("W/\"", env!("CARGO_PKG_VERSION"), "-"), "\"");

/// The households of an area in a round as bare columns, for what-if.
///
/// No names and no ids, but exact incomes in their communes: for those who may read all households of the area.
#[utoipa::path(get, path = "/statistics/columns", params(ColumnQuery), responses(
    (status = 200, description = "Columns.", body = Vec<u8>, content_type = "application/octet-stream"), (status = 304)
))]
async fn columns(
    caller: Caller,
    Query(ColumnQuery { area, round }): Query<ColumnQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if matches!(area, AreaCode::Hamlet(_)) {
        return Err(Failure::parameter("area", "the columns know communes and what is above them"));
    }
    if i16::try_from(round.year()).ok().and_then(standard_for_round).is_none() {
        return Err(Failure::parameter("round", format!("no standard of poverty covers {round}")));
    }
    caller.expect_households_of(area)?;
    let known = tag::known(&headers)
        .filter_map(|tag| u64::from_str_radix(tag.strip_prefix(TAG.0)?.strip_suffix(TAG.1)?, 16).ok())
        .next();
    let found = caller.store().columns(area, round, known).await?;
    let tag = format!("{}{:016x}{}", TAG.0, found.state, TAG.1);
    // No browser keeps exact incomes; a page that still holds them is told so by their tag.
    let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, "no-store".to_owned())];
    let Some(households) = found.households else {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    };
    let body = aside(move || households.to_bytes()).await?;
    Ok((caching, [(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}
