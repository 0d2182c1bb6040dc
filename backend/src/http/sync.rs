//! `POST /api/v1/sync/push` and `GET /api/v1/sync/pull`.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::value::RawValue;
use soho_shared::area::AreaCode;
use soho_shared::sync::{Cursor, MAX_BATCH, PullResponse, PushResponse, Status};
use tower_http::decompression::RequestDecompressionLayer;
use uuid::Uuid;

use super::App;
use super::params::{Query, quoted};
use super::problem::{Failure, kinds};
use crate::store::StoreError;
use crate::sync::{self, MAX_PAGE, PushError, Received, Unreadable};

/// How large a body may be, compressed or not: 500 operations of a large household are a tenth of it.
pub(super) const MAX_BODY: usize = 8 << 20;
/// How many records a page of a pull holds when the device does not say.
const PAGE: usize = 500;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/sync/push", post(push).layer(RequestDecompressionLayer::new().pass_through_unaccepted(true)))
        .route("/sync/pull", get(pull))
}

async fn push(State(app): State<App>, request: Request) -> Result<Json<PushResponse>, Failure> {
    expect_json(request.headers())?;
    expect_plain(request.headers())?;
    let body = collect(request.into_body()).await?;
    let response = sync::push_received(&*app.store, sync::now_millis(), operations(&body)?).await;
    let PushResponse { clock, results } = response.map_err(|error| match error {
        PushError::TooMany(_) => too_many(error.to_string()),
        PushError::Store(error) => error.into(),
    })?;
    let first = results.iter().find_map(|r| r.problem.clone()).map(Box::new);
    match first {
        Some(first) if results.iter().all(|r| r.status == Status::Rejected) => {
            Err(Failure::rejected(first, clock, results))
        }
        _ => Ok(Json(PushResponse { clock, results })),
    }
}

fn too_many(detail: String) -> Failure {
    Failure::new(413, kinds::TOO_LARGE, "Too many operations", detail).field("operations")
}

fn expect_json(headers: &HeaderMap) -> Result<(), Failure> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    let detail = "send the operations as JSON, with the header `Content-Type: application/json`";
    Err(Failure::new(415, kinds::UNSUPPORTED_MEDIA_TYPE, "The body is not announced as JSON", detail)
        .field("Content-Type"))
}

/// What the layer before could decompress no longer says how it was compressed.
fn expect_plain(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity") {
        return Ok(());
    }
    let detail = "send the body as it is, or compressed with gzip or br";
    Err(Failure::new(415, kinds::UNSUPPORTED_MEDIA_TYPE, "The body is compressed in an unknown way", detail)
        .field("Content-Encoding"))
}

/// The whole body, decompressed, within bounds.
async fn collect(body: Body) -> Result<Bytes, Failure> {
    let mut limited = Limited::new(body, MAX_BODY);
    match (&mut limited).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Err(error) if is_too_large(&*error) => Err(too_large()),
        Err(_) => Err(Failure::new(400, kinds::INVALID_BODY, "The body could not be read", BROKEN_BODY)),
    }
}

const BROKEN_BODY: &str = "it ends too early, or is not compressed as `Content-Encoding` says: send it again";

pub(super) fn too_large() -> Failure {
    let detail =
        format!("a body is at most {MAX_BODY} bytes, after decompression: send the operations in several");
    Failure::new(413, kinds::TOO_LARGE, "The body is too large", detail)
}

/// Whether the limit on what comes over the wire is somewhere below an error.
fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<LengthLimitError>() {
            return true;
        }
        at = error.source();
    }
    false
}

/// The body, with each operation still as it was written.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    operations: Vec<&'a RawValue>,
}

/// Reads the operations one by one, so that a bad one does not take the others with it.
fn operations(body: &[u8]) -> Result<Vec<Received>, Failure> {
    let text = str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to());
        Failure::new(400, kinds::INVALID_UTF8, "The body is not UTF-8", detail)
    })?;
    let Envelope { operations } = serde_json::from_str(text).map_err(|error| {
        let detail = error.to_string();
        if error.is_data() {
            Failure::new(400, kinds::INVALID_BODY, "The body is not a push", detail).field("operations")
        } else {
            Failure::new(400, kinds::MALFORMED_JSON, "The body is not JSON", detail)
        }
    })?;
    if operations.len() > MAX_BATCH {
        return Err(too_many(PushError::TooMany(operations.len()).to_string()));
    }
    Ok(operations.into_iter().enumerate().map(|(i, raw)| operation(i, raw.get())).collect())
}

fn operation(index: usize, text: &str) -> Received {
    /// As much as names it.
    #[derive(Deserialize)]
    struct Named {
        id: Uuid,
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        let path = error.path().to_string();
        // What lies within a value is the sender's own; the value is enough of an address.
        let path = path.find("].value").map_or(path.as_str(), |at| &path[..at + "].value".len()]);
        let detail = error.into_inner().to_string();
        // Of a missing field only the message knows the name.
        let missing = quoted(&detail).filter(|_| detail.starts_with("missing field"));
        let mut field = format!("operations[{index}]");
        for part in [Some(path).filter(|path| *path != "."), missing].into_iter().flatten() {
            if !part.starts_with('[') {
                field.push('.');
            }
            field.push_str(part);
        }
        let title = "The operation cannot be read";
        let problem = Failure::new(422, kinds::INVALID_OPERATION, title, without_place(&detail)).field(field);
        let id = serde_json::from_str::<Named>(text).ok().map(|named| named.id);
        Unreadable { id, problem: problem.into_problem() }
    })
}

/// The message without ` at line 1 column 5`, which counts within the operation.
fn without_place(detail: &str) -> &str {
    detail.rsplit_once(" at line ").map_or(detail, |(message, _)| message)
}

/// Where a device stands and what it wants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    area: AreaCode,
    cursor: Option<Cursor>,
    limit: Option<usize>,
}

async fn pull(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Json<PullResponse>, Failure> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Failure::parameter("limit", format!("must be a whole number from 1 to {MAX_PAGE}")));
    }
    let cursor = wanted.cursor.unwrap_or_default();
    let page: Result<_, StoreError> =
        sync::pull(&*app.store, sync::now_millis(), wanted.area, cursor, limit).await;
    Ok(Json(page?))
}

/// Reads on what is left of a body that is refused, within bounds, because a client that is still
/// sending does not look at the answer.
pub(super) async fn drain(body: Body) {
    const MOST: usize = 64 << 20;
    let mut seen = 0;
    let mut chunks = body.into_data_stream();
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            seen += chunk.len();
            if seen > MOST {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await;
}
