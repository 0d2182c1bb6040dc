//! `GET /api/v1/households`: households by what they add to the figures, a page at a time; `/households/search` finds some of
//! them by name, and `/households/file` is the whole list as a file.

use std::str::FromStr;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::count::Filter;
use soho_shared::paper::{Letterhead, Paper};
use soho_shared::record::Round;
use soho_shared::report::households::{chosen, table, usual};
use soho_shared::wire::lists::{
    HouseholdPage, HouseholdSearch, HouseholdsFound, LONGEST_NAME, ListedHousehold, MAX_FILE, MAX_PAGE,
};
use tokio::sync::Semaphore;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::engine::StoreError;
use crate::http::access::{Caller, Protected};
use crate::http::body;
use crate::http::kinds;
use crate::http::load::aside;
use crate::http::params::{Query, number_of};
use crate::http::problem::Failure;
use crate::people::{Action, Entry};
use crate::print;
use crate::register::{ListError, ListOf, ListPage, PageAt};
use crate::table::xlsx;

/// Most bytes of a search.
const MOST: usize = 8 << 10;
/// Most households that one entry of the audit trail names.
const AN_ENTRY: usize = 5_000;

/// Permits for files, which hold many households in memory while they are made.
static FILES: Semaphore = Semaphore::const_new(2);

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(page)).routes(routes!(search)).routes(routes!(file))
}

/// Query of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    area: AreaCode,
    round: Round,
    /// Names of measures, and `conflicts`, `late` or `incomplete`: with `,` between alternatives and `.` between conditions,
    /// like `poor_to_near_poor,poor_to_low_income.poor_at_start_ethnic_minority`. All recorded households when left out.
    #[param(pattern = "^-?[a-z_]+([.,]-?[a-z_]+)*$", max_length = 2000)]
    filter: Option<String>,
    /// Where to go on from: `next` of the page before.
    #[param(pattern = r"^[0-9]{5}\.[0-9]{1,9}$")]
    from: Option<String>,
    /// Where to begin, from 0: where one measure is counted, or in one commune.
    offset: Option<u64>,
    /// How many households at most; 100 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// Households by what they add to the figures of a round, ordered by district, commune and name. Noted in the audit trail. For
/// officers.
#[utoipa::path(get, path = "/households", params(ListQuery), responses((status = 200, body = HouseholdPage)))]
async fn page(caller: Caller, Query(wanted): Query<ListQuery>) -> Result<Json<HouseholdPage>, Failure> {
    let ListQuery { area, round, filter, from, offset, limit } = wanted;
    let of = list_of(&caller, area, round, filter.as_deref())?;
    let limit = number_of("limit", limit, MAX_PAGE, MAX_PAGE)?;
    let at = match (from, offset) {
        (None, offset) => PageAt::Place(offset.unwrap_or(0)),
        (Some(from), None) => position(&from)?,
        (Some(_), Some(_)) => return Err(Failure::parameter("offset", "give `from` or `offset`, not both")),
    };
    let ListPage { households, total, at, next } = caller.store().list_page(&of, at, limit).await?;
    note_listed(&caller, &households).await?;
    Ok(Json(HouseholdPage { area, round, households, total, at, next: next.map(written) }))
}

/// The list that is asked for, by somebody who may read all of it.
fn list_of(caller: &Caller, area: AreaCode, round: Round, filter: Option<&str>) -> Result<ListOf, Failure> {
    caller.expect_households_of(area)?;
    caller.expect_officer()?;
    let filter = filter.map_or_else(|| Ok(Filter::default()), str::parse::<Filter>);
    let filter = filter.map_err(|detail| {
        Failure::parameter("filter", detail).vi("cách lọc này không có: hãy chọn lại những hộ muốn xem")
    })?;
    Ok(ListOf { area, round, filter })
}

/// Where the next page begins, as it is told.
pub(in crate::http) fn written((commune, place): (CommuneCode, usize)) -> String {
    format!("{commune}.{place}")
}

/// Where a page begins, as the one before it said.
pub(in crate::http) fn position(from: &str) -> Result<PageAt, Failure> {
    let read = || {
        let (commune, place) = from.split_once('.')?;
        // `from_str` by itself accepts a sign, too.
        let is_number = place.len() <= 9 && place.bytes().all(|byte| byte.is_ascii_digit());
        Some(PageAt::In(commune.parse::<CommuneCode>().ok()?, place.parse().ok().filter(|_| is_number)?))
    };
    read().ok_or_else(|| Failure::parameter("from", "leave it out to start from the beginning"))
}

impl From<ListError> for Failure {
    fn from(error: ListError) -> Self {
        let detail = error.to_string();
        match error {
            ListError::NoPlaces => Failure::parameter("offset", detail).vi(
                "danh sách này chưa biết hết số hộ nên chỉ xem được lần lượt: hãy xem tiếp từ trang trước, hoặc chọn một xã",
            ),
            ListError::Elsewhere => Failure::parameter("from", detail),
            ListError::Store(error) => error.into(),
        }
    }
}

/// Notes in the audit trail which households were listed.
pub(in crate::http) async fn note_listed(
    caller: &Caller,
    households: &[ListedHousehold],
) -> Result<(), StoreError> {
    let Some(author) = caller.author() else { return Ok(()) };
    let of_communes = households.chunk_by(|one, next| one.household.commune == next.household.commune);
    let entries = of_communes.flat_map(|of_commune| of_commune.chunks(AN_ENTRY)).filter_map(|listed| {
        let commune = listed.first()?.household.commune;
        let households = listed.iter().map(|listed| listed.household.uuid).collect();
        Some(Entry::households(author.clone(), Action::Read, commune, households))
    });
    caller.note(entries.collect()).await
}

/// Households of a list by words of their heads' names: at most 200. Posted, because no name stands in an address. Noted in the
/// audit trail. For officers.
#[utoipa::path(
    post, path = "/households/search", request_body = HouseholdSearch,
    responses((status = 200, body = HouseholdsFound), (status = 403), (status = 422))
)]
async fn search(
    caller: Caller,
    body::Json(HouseholdSearch { area, round, filter, name }): body::Json<HouseholdSearch, MOST>,
) -> Result<Json<HouseholdsFound>, Failure> {
    let of = list_of(&caller, area, round, filter.as_deref())?;
    if name.chars().count() > LONGEST_NAME {
        let detail = "give at most 100 letters of the name";
        return Err(Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail)
            .field("name")
            .vi("hãy gõ nhiều nhất 100 chữ của tên"));
    }
    let (households, more) = caller.store().list_search(&of, &name).await?;
    note_listed(&caller, &households).await?;
    Ok(Json(HouseholdsFound { households, more }))
}

/// Query of a list as a file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    area: AreaCode,
    round: Round,
    /// As of a list's page.
    #[param(pattern = "^-?[a-z_]+([.,]-?[a-z_]+)*$", max_length = 2000)]
    filter: Option<String>,
    /// Ids of the columns with commas between, like `head_name,class`; the usual ones when left out.
    #[param(pattern = "^[a-z_]+(,[a-z_]+)*$", max_length = 400)]
    columns: Option<String>,
    /// `csv` or `xlsx` for spreadsheets, `print` as pages to be printed.
    #[param(pattern = "^(csv|xlsx|print)$")]
    format: String,
}

/// What a file of households is written as.
#[derive(Clone, Copy)]
enum FileFormat {
    Csv,
    Xlsx,
    Print,
}

impl FromStr for FileFormat {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "csv" => Ok(FileFormat::Csv),
            "xlsx" => Ok(FileFormat::Xlsx),
            "print" => Ok(FileFormat::Print),
            _ => Err("the formats are `csv`, `xlsx` and `print`"),
        }
    }
}

/// A whole list as a file, in its order: at most 60.000 households. Noted in the audit trail. For officers.
#[utoipa::path(
    get, path = "/households/file", params(FileQuery),
    responses((status = 200, description = "The list.", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html")
    )), (status = 422))
)]
async fn file(caller: Caller, Query(wanted): Query<FileQuery>) -> Result<Response, Failure> {
    let FileQuery { area, round, filter, columns, format } = wanted;
    let of = list_of(&caller, area, round, filter.as_deref())?;
    let format: FileFormat = format.parse().map_err(|detail| Failure::parameter("format", detail))?;
    let columns = columns.map_or_else(|| Ok(usual(area)), |ids| chosen(&ids));
    let columns = columns.map_err(|detail| Failure::parameter("columns", detail))?;
    let _place = FILES.acquire().await;
    let households = caller.store().list_all(&of, MAX_FILE).await?.ok_or_else(too_many)?;
    note_listed(&caller, &households).await?;
    let written = aside(move || {
        let table = table(households, area, round, &of.filter, &columns);
        match format {
            FileFormat::Csv => Ok(table.csv().into_bytes()),
            FileFormat::Xlsx => xlsx::workbook(&table, Some(&Letterhead::of(area, None, "BC-UBND", None))),
            FileFormat::Print => Ok(print::page(&Paper::of_table(area, table)).into_bytes()),
        }
    });
    let bytes = written.await?.map_err(|error| {
        tracing::error!(%error, "a list as a workbook");
        Failure::new(500, kinds::INTERNAL, "The file cannot be written", "the server's log says more")
    })?;
    let (media, extension) = match format {
        FileFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        FileFormat::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        FileFormat::Print => {
            return Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes).into_response());
        }
    };
    let name = format!("attachment; filename=\"households-{area}-{round}.{extension}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

/// Refusal: the list is too long for a file.
fn too_many() -> Failure {
    let detail =
        format!("a file has at most {MAX_FILE} households: choose a smaller area, or fewer households");
    Failure::new(422, kinds::TOO_LARGE, "The list is too long for a file", detail)
        .field("area")
        .vi("danh sách quá dài, một tệp chứa nhiều nhất 60.000 hộ: hãy chọn địa bàn nhỏ hơn hoặc lọc bớt")
}
