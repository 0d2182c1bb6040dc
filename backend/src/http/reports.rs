//! `GET /api/v1/reports/{kind}`: tables to download.

use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::record::Round;
use soho_shared::report::Statistics;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::kinds;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::export::{self, Format, ReportKind};

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(download))
}

/// Query of a report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    /// The whole province when left out.
    area: Option<AreaCode>,
    round: Round,
    /// `csv` for spreadsheets, `json` as the pages get it.
    #[param(pattern = "^(csv|json)$")]
    format: String,
}

/// A table to download, by district or by commune.
#[utoipa::path(
    get, path = "/reports/{kind}", params(("kind" = ReportKind, Path), ReportQuery),
    responses((status = 200, description = "The table.", content(
        (String = "text/csv"), (Statistics = "application/json")
    )))
)]
async fn download(
    caller: Caller,
    Segment(kind): Segment<ReportKind>,
    Query(wanted): Query<ReportQuery>,
) -> Result<impl IntoResponse, Failure> {
    let format: Format =
        wanted.format.parse().map_err(|detail: String| Failure::parameter("format", detail))?;
    let area = wanted.area.unwrap_or(AreaCode::Province(PROVINCE.code));
    caller.expect_figures_of(area, kind.by())?;
    let statistics = caller.store().statistics(area, wanted.round, kind.by()).await?;
    let mut body = Vec::new();
    export::write(&statistics, format, &mut body)
        .map_err(|_| Failure::new(500, kinds::INTERNAL, "The table cannot be written", "try again"))?;
    let (media, extension) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let file = format!("attachment; filename=\"{kind}-{area}-{}.{extension}\"", wanted.round);
    Ok((
        [
            (header::CONTENT_TYPE, media.to_owned()),
            (header::CONTENT_DISPOSITION, file),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    ))
}
