//! `GET /api/v1/reports` and `/reports/{kind}`: which reports there are, and each as a file.

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::count::Listed;
use soho_shared::record::Round;
use soho_shared::report::{Asked, By, Months, Movement, ReportInfo, ReportKind, Statistics, Table, Targets};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::kinds;
use super::load::aside;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::export::{Format, Report};

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(download))
}

/// The reports, in the order in which they are listed.
#[derive(Serialize, ToSchema)]
struct ReportList {
    reports: Vec<ReportInfo>,
}

/// Which reports there are: their names, of what areas and rounds they can be, and what their rows can count.
#[utoipa::path(get, path = "/reports", responses((status = 200, body = ReportList)))]
async fn list() -> Json<ReportList> {
    Json(ReportList { reports: ReportKind::ALL.map(ReportKind::info).into() })
}

/// Query of a report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    /// The whole province when left out.
    area: Option<AreaCode>,
    round: Round,
    /// What the rows count; what is usual when left out.
    by: Option<By>,
    /// Of which class, where a report is of one: `poor` (when left out) or `near_poor`. The JSON of movement has both.
    #[param(pattern = "^(poor|near_poor)$")]
    class: Option<String>,
    /// `csv` or `xlsx` for spreadsheets; `print` as pages to be printed; `json`, the figures by their names where the report has
    /// such, else the table; `table`, the table that the pages draw.
    #[param(pattern = "^(csv|xlsx|print|json|table)$")]
    format: String,
}

/// A report as JSON. With `format=json` by its kind the plan's figures, movement, the path or the months; else, and with
/// `format=table`, a table.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Reported {
    #[schema(title = "district, commune, hamlet")]
    Plan(Box<Statistics>),
    #[schema(title = "movement")]
    Movement(Box<Movement>),
    #[schema(title = "targets")]
    Targets(Targets),
    #[schema(title = "months")]
    Months(Months),
    #[schema(title = "table")]
    Table(Table),
}

/// A report as a file, or as the table that pages draw.
///
/// Reports of incomes are for those who may read all households of the area: in a small commune such a figure can be a single
/// household's.
#[utoipa::path(
    get, path = "/reports/{kind}", params(("kind" = ReportKind, Path), ReportQuery),
    responses((status = 200, description = "The report.", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html"),
        (Reported = "application/json")
    )))
)]
async fn download(
    caller: Caller,
    Segment(kind): Segment<ReportKind>,
    Query(wanted): Query<ReportQuery>,
) -> Result<impl IntoResponse, Failure> {
    let ReportQuery { area, round, by, class, format } = wanted;
    let format: Format = format.parse().map_err(|detail: String| {
        Failure::parameter("format", detail).vi("chỉ có các dạng csv, xlsx, print, json, table: hãy chọn lại")
    })?;
    let area = area.unwrap_or(AreaCode::Province(PROVINCE.code));
    let listed = class.as_deref().map_or(Ok(Listed::Poor), str::parse);
    let listed = listed.map_err(|detail| Failure::parameter("class", detail))?;
    let stops = caller.stops_at_communes()
        && matches!(area, AreaCode::Commune(_))
        && kind.rows(area).contains(&By::Commune);
    let by = by.or(stops.then_some(By::Commune));
    let asked = Asked { kind, area, round, by, listed };
    caller.expect_figures_of(area, asked.by())?;
    if kind.is_of_incomes() {
        caller.expect_households_of(area)?;
    }
    if let Some(misfit) = asked.misfit() {
        return Err(Failure::parameter(misfit.field, misfit.said.en).vi(misfit.said.vi));
    }
    let report = Report::of(caller.store(), asked).await?;
    let written = aside(move || report.file(format)).await?;
    let body = written.map_err(|error| {
        tracing::error!(%error, "a report as a file");
        Failure::new(500, kinds::INTERNAL, "The report cannot be written", "the server's log says more")
    })?;
    let place = if format.is_shown() { "inline" } else { "attachment" };
    let file = format!("{place}; filename=\"{kind}-{area}-{round}.{}\"", format.extension());
    Ok((
        [
            (header::CONTENT_TYPE, format.media().to_owned()),
            (header::CONTENT_DISPOSITION, file),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    ))
}
