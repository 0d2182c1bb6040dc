//! `GET /api/v1/reports/{kind}`: tables to download.

use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::count::Listed;
use soho_shared::record::Round;
use soho_shared::report::{By, Months, Movement, Statistics, Targets};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::kinds;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::export::{Asked, Format, Report, ReportKind};

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
    /// What the rows count; the next smaller areas when left out.
    by: Option<By>,
    /// Whose movement a table shows: `poor` (when left out) or `near_poor`. JSON has both.
    #[param(pattern = "^(poor|near_poor)$")]
    class: Option<String>,
    /// `csv` for spreadsheets, `json` as the pages get it.
    #[param(pattern = "^(csv|json)$")]
    format: String,
}

/// A report as the pages get it: by its kind, the plan's table, movement, the path or the months.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Reported {
    #[schema(title = "district, commune")]
    Table(Box<Statistics>),
    #[schema(title = "movement")]
    Movement(Box<Movement>),
    #[schema(title = "targets")]
    Targets(Targets),
    #[schema(title = "months")]
    Months(Months),
}

/// A table to download: the plan's, by district or commune; movement in the round; the plan's path; reviews by month.
#[utoipa::path(
    get, path = "/reports/{kind}", params(("kind" = ReportKind, Path), ReportQuery),
    responses((status = 200, description = "The table.", content(
        (String = "text/csv"), (Reported = "application/json")
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
    let listed = wanted.class.as_deref().map_or(Ok(Listed::Poor), str::parse);
    let listed = listed.map_err(|detail| Failure::parameter("class", detail))?;
    let by = wanted
        .by
        .or_else(|| (caller.is_admin() && matches!(area, AreaCode::Commune(_))).then_some(By::Commune));
    let asked = Asked { kind, area, round: wanted.round, by, listed };
    caller.expect_figures_of(area, asked.by())?;
    let report = Report::of(caller.store(), asked).await?;
    let mut body = Vec::new();
    report
        .write(format, &mut body)
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
