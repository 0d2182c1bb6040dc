//! `POST /api/v1/undo`: puts back what stood before the edits of an account or a device.

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::record::{MAX_BATCH, MAX_CHANGES};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::body;
use super::problem::Failure;
use crate::people::{AccountName, SessionId};
use crate::register::Undo;
use crate::sync::{Made, now_millis};

/// Records that are looked at in one request.
const PAGE: usize = 500;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(undo))
}

/// Whose edits are undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Undo)]
struct Wanted {
    commune: UnitCode,
    account: AccountName,
    /// Only those of this browser or device.
    session: Option<SessionId>,
    /// Only those that arrived at this time or later: milliseconds since 1970, UTC.
    since: u64,
    /// Where to go on from, as the answer before said.
    #[schema(pattern = r"^[0-9]{2,5}(-[0-9]{2}|-[0-9a-f]{32})?\.[0-9]{4}$")]
    cursor: Option<String>,
}

/// What was undone.
#[derive(Serialize, ToSchema)]
#[schema(as = Undone)]
struct Undone {
    /// Number of records in which something was put back, or that were withdrawn.
    records: usize,
    /// Number of edits among them that were refused, as where a record is full: these records have to be looked at.
    refused: usize,
    /// Where to go on from; null at the end.
    cursor: Option<String>,
}

/// Undoes what an account or a device has written in a commune since a moment: where its value still stands, what stood
/// before is put back; households that it alone has entered are withdrawn. For officers. 500 records a request; it is told
/// in the households' histories, and can be put right like any edit.
#[utoipa::path(post, path = "/undo", request_body = Wanted, responses((status = 200, body = Undone)))]
async fn undo(caller: Caller, body::Json(wanted): body::Json<Wanted>) -> Result<Json<Undone>, Failure> {
    let Wanted { commune, account, session, since, cursor } = wanted;
    caller.expect_records_of(commune)?;
    caller.expect_officer()?;
    let after =
        cursor.map(|cursor| cursor.parse().map_err(|_| Failure::parameter("cursor", "it is not one")));
    let why = format!("hoàn tác những gì {account} đã ghi");
    let undo = Undo { account, session, since };
    if after.is_none() {
        caller.store().note_undo(now_millis(), commune, &undo).await?;
    }
    let page = caller.store().undo(commune, undo, after.transpose()?, PAGE).await?;
    let records = page.edits.len();
    let mut edits = Vec::with_capacity(records);
    for (key, changes) in page.edits {
        edits.extend(changes.chunks(MAX_CHANGES).map(|changes| (key, changes.to_vec())));
    }
    let mut refused = 0;
    for edits in edits.chunks(MAX_BATCH) {
        let results = caller.try_edits(edits.to_vec(), Some(&why), Made::ByUndoing).await?;
        refused += results.iter().filter(|result| result.problem.is_some()).count();
    }
    let cursor = page.next.map(|record| record.to_string());
    Ok(Json(Undone { records, refused, cursor }))
}
