//! `POST /api/v1/imports`: a spreadsheet into the register, or what it would do; `GET /api/v1/imports`: those that were made; and
//! `POST /api/v1/imports/{id}/undo`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::record::{Round, Subject};
use soho_shared::standard::Note;
use soho_shared::wire::imports::{
    ImportId, ImportKind, ImportList, ImportReport, ImportRow, ImportUndone, RowOutcome,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected, forbidden};
use super::body;
use super::households::note_read;
use super::kinds;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::import::{self, Columns, Encodings, ImportError, MAX_FILE, Options, Writing};

/// Files that are taken at a time.
static UPLOADS: Semaphore = Semaphore::const_new(3);
/// Files that are worked on at a time: two of one file would both find that it is new.
static WORK: Semaphore = Semaphore::const_new(1);
/// Time that a file waits for its turn before its sender is told to come again.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list, take)).routes(routes!(undo))
}

/// Query of an import.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// The area to import into: a commune, a district or the province.
    area: AreaCode,
    round: Round,
    /// What the rows are about: `households` (when left out); `declared`: how many households each hamlet has; or `supports`: what
    /// households were given in the year after the round.
    #[param(pattern = "^(households|declared|supports)$")]
    kind: Option<String>,
    /// Whether nothing is written: true when left out.
    dry: Option<bool>,
    /// Digest that the dry run gave: needed to write.
    #[param(pattern = "^[0-9a-f]{64}$")]
    digest: Option<String>,
    /// The sheet; when left out that whose heads fit best.
    sheet: Option<String>,
    /// Number of the row with the heads, the lowest where there are several; they are looked for when it is left out.
    #[param(minimum = 1)]
    header: Option<u32>,
    /// What columns say, in place of what their heads do, like `head_name:C,birth:D`; `other:E` leaves one out.
    columns: Option<String>,
    /// How the texts of columns were typed, like `C:tcvn3` or `*:vni`, in place of what the fonts of the cells say.
    encodings: Option<String>,
    /// Of `supports`: the support of rows that name none, by id or name.
    support: Option<String>,
    /// Of `supports`: the quarter of rows that say none.
    #[param(minimum = 1, maximum = 4)]
    quarter: Option<u8>,
}

impl ImportQuery {
    fn options(&self) -> Result<Options, Failure> {
        let wrong = |field: &'static str| move |detail: String| Failure::parameter(field, detail);
        let kind =
            self.kind.as_deref().map_or(Ok(ImportKind::default()), str::parse).map_err(wrong("kind"))?;
        let columns: Columns =
            self.columns.as_deref().unwrap_or_default().parse().map_err(wrong("columns"))?;
        let encodings: Encodings =
            self.encodings.as_deref().unwrap_or_default().parse().map_err(wrong("encodings"))?;
        let (area, round, sheet, header) = (self.area, self.round, self.sheet.clone(), self.header);
        let (support, quarter) = (self.support.clone(), self.quarter);
        Ok(Options { area, round, kind, sheet, header, columns, encodings, support, quarter })
    }
}

/// Reads a spreadsheet (XLSX, XLS, ODS, CSV) and says what it does to the register, row by row; with `dry=false` does it.
///
/// For officers. The body is the file, at most 32 MB; `Content-Disposition` may say its name. What a person has typed is never
/// written over: it stands, and the file's value is beside it as a conflict. What an import has written, another may write over. The
/// same file again changes nothing. The existing households that are listed are noted in the audit trail as read.
#[utoipa::path(
    post, path = "/imports", params(ImportQuery),
    request_body(content = String, description = "The file as it is.", content_type = "application/octet-stream"),
    responses((status = 200, body = ImportReport), (status = 409))
)]
async fn take(
    caller: Caller,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Json<ImportReport>, Failure> {
    expect_officer_of(&caller, query.area)?;
    let options = query.options()?;
    let file = file_name(request.headers());
    let _upload = turn(&UPLOADS).await?;
    let bytes = body::collect(request.into_body(), MAX_FILE).await?;
    // A body may take long: whose account was shut meanwhile imports nothing.
    let caller = caller.judged_anew().await?;
    if caller.is_leaving() {
        return Err(forbidden("this browser was withdrawn"));
    }
    expect_officer_of(&caller, query.area)?;
    let work = turn(&WORK).await?;
    let (wanted, how) = (options.wanted(), options.clone());
    let reading = tokio::task::spawn_blocking(move || (how.digest(&bytes), import::read(&bytes, &wanted)));
    let (digest, sheet) = reading.await.map_err(|_| cut_short())?;
    let sheet = sheet.map_err(|error| refused(error.into()))?;
    let (caller, report) = if query.dry.unwrap_or(true) {
        let report = import::run(caller.store(), sheet, &options, &digest, None).await;
        (caller, report)
    } else {
        if query.digest.as_ref() != Some(&digest) {
            return Err(another_file());
        }
        let writing = Writing { by: caller.author(), file, progress: Box::new(|_, _| ()) };
        // What is begun is ended, whether somebody still waits for the answer or not.
        let written = tokio::spawn(async move {
            let report = import::run(caller.store(), sheet, &options, &digest, Some(writing)).await;
            drop(work);
            (caller, report)
        });
        written.await.map_err(|_| cut_short())?
    };
    let report = report.map_err(refused)?;
    note_rows(&caller, &report.rows).await?;
    Ok(Json(report))
}

/// Query of the imports that were made.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportsQuery {
    area: AreaCode,
    round: Round,
}

/// The imports into an area, and into the communes and districts of it, in a round. For officers.
#[utoipa::path(get, path = "/imports", params(ImportsQuery), responses((status = 200, body = ImportList)))]
async fn list(
    caller: Caller,
    Query(ImportsQuery { area, round }): Query<ImportsQuery>,
) -> Result<Json<ImportList>, Failure> {
    expect_officer_of(&caller, area)?;
    Ok(Json(import::list(caller.store(), area.units().collect(), round).await?))
}

/// Undoes one import as a whole: where what it wrote still stands, what stood before is put back; households that it alone has
/// entered are withdrawn. For officers. It is told in the households' histories; called again, it changes nothing more.
#[utoipa::path(
    post, path = "/imports/{id}/undo", params(("id" = String, Path)),
    responses((status = 200, body = ImportUndone), (status = 404))
)]
async fn undo(caller: Caller, Segment(id): Segment<ImportId>) -> Result<Json<ImportUndone>, Failure> {
    expect_officer_of(&caller, id.unit.area())?;
    let work = turn(&WORK).await?;
    let undone = tokio::spawn(async move {
        let undone = import::undo(caller.store(), id, caller.author()).await;
        drop(work);
        undone
    });
    undone.await.map_err(|_| cut_short())?.map(Json).map_err(refused)
}

/// Refuses who is no officer of the whole area, and areas that nobody imports into.
fn expect_officer_of(caller: &Caller, area: AreaCode) -> Result<(), Failure> {
    caller.expect_households_of(area)?;
    caller.expect_officer()?;
    if let AreaCode::Hamlet(_) = area {
        return Err(refused(ImportError::Hamlet));
    }
    Ok(())
}

async fn turn(of: &'static Semaphore) -> Result<SemaphorePermit<'static>, Failure> {
    match timeout(PATIENCE, of.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Failure::busy()),
    }
}

/// Notes in the audit trail which households of the register the rows tell of.
async fn note_rows(caller: &Caller, rows: &[ImportRow]) -> Result<(), Failure> {
    let mut read: BTreeMap<CommuneCode, Vec<Uuid>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.outcome != RowOutcome::New) {
        if let Some(household) = row.record.and_then(Subject::household) {
            read.entry(household.commune).or_default().push(household.uuid);
        }
    }
    for (commune, households) in read {
        note_read(caller, commune, households).await?;
    }
    Ok(())
}

/// The file's name, as the header `Content-Disposition` says it.
fn file_name(headers: &HeaderMap) -> String {
    let said =
        headers.get(header::CONTENT_DISPOSITION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let said = said.unwrap_or_default();
    let parts = || said.split(';').map(str::trim);
    let encoded =
        parts().find_map(|part| part.strip_prefix("filename*=")?.rsplit_once('\'').map(|(_, name)| name));
    if let Some(encoded) = encoded {
        let pair = format!("name={encoded}");
        let mut decoded = form_urlencoded::parse(pair.as_bytes());
        return decoded.next().map(|(_, name)| name.into_owned()).unwrap_or_default();
    }
    let plain = parts().find_map(|part| part.strip_prefix("filename="));
    plain.map(|name| name.trim_matches('"').to_owned()).unwrap_or_default()
}

fn refused(error: ImportError) -> Failure {
    let Note { vi, en } = error.note();
    match error {
        ImportError::Store(error) => error.into(),
        ImportError::Unknown => Failure::not_found(en).field("id").vi(vi),
        ImportError::Hamlet => Failure::parameter("area", en).vi(vi),
        ImportError::Support(_) => Failure::parameter("support", en).vi(vi),
        ImportError::Quarter(_) => Failure::parameter("quarter", en).vi(vi),
        ImportError::Full => Failure::new(409, kinds::CONFLICT, "Not done", en).vi(vi),
        ImportError::Heads(_) => unreadable(en).field("header").vi(vi),
        ImportError::Column(_) => unreadable(en).field("columns").vi(vi),
        ImportError::Unreadable(_) => unreadable(en).vi(vi),
    }
}

fn unreadable(detail: impl Into<String>) -> Failure {
    Failure::new(422, kinds::INVALID_BODY, "The file cannot be imported", detail)
}

fn another_file() -> Failure {
    let detail =
        "the digest is not that of this file read this way: look at a dry run first, and send its digest";
    Failure::new(409, kinds::CONFLICT, "Not the file that was looked at", detail)
        .field("digest")
        .vi("tệp hoặc cách đọc tệp đã khác với lần xem trước: hãy xem trước lại rồi mới nhập")
}

fn cut_short() -> Failure {
    Failure::new(500, kinds::INTERNAL, "The import was cut short", "the server's log says more")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_file_s_name_is_read_in_both_forms() {
        for (said, name) in [
            ("attachment; filename=\"ho ngheo.xlsx\"", "ho ngheo.xlsx"),
            ("attachment; filename=ho.csv", "ho.csv"),
            ("attachment; filename=\"x\"; filename*=UTF-8''h%E1%BB%99%20ngh%C3%A8o.xls", "hộ nghèo.xls"),
            ("attachment", ""),
            ("filename*=", ""),
        ] {
            let headers =
                HeaderMap::from_iter([(header::CONTENT_DISPOSITION, HeaderValue::from_static(said))]);
            assert_eq!(file_name(&headers), name, "{said}");
        }
        assert_eq!(file_name(&HeaderMap::new()), "");
    }
}
