//! `POST /api/v1/sync/push` and `GET /api/v1/sync/pull`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::record::{HouseholdId, MAX_BATCH, Operation};
use soho_shared::wire::kinds::REFUSALS;
use soho_shared::wire::{Cursor, PullResponse, PushRequest, PushResponse, Status};
use tower_http::decompression::RequestDecompressionLayer;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected};
use super::body::expect_json;
use super::cursors;
use super::kinds;
use super::load::{Load, aside};
use super::params::{Query, number_of, quoted};
use super::problem::{self, Failure};
use crate::accounts::view;
use crate::people::{Action, Entry};
use crate::register::Arrival;
use crate::sync::{self, MAX_PAGE, PushError, Received, Refused, Taking};

/// Records on a page of a pull where no limit is given.
const PAGE: usize = 500;
/// Bytes of operations that are read of a push before they are stored; what devices send is far less.
const PART: usize = 4 << 20;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(pull))
}

/// Routes that a revoked device may still use: it sends what it holds.
pub(super) fn leaving() -> OpenApiRouter<Protected> {
    let decompressed = RequestDecompressionLayer::new().pass_through_unaccepted(true);
    OpenApiRouter::new().routes(routes!(push).layer(decompressed))
}

/// Takes operations of a device: at most 500, in any order.
///
/// Each is judged alone: a bad one does not take the others with it. What is answered for is on the disk;
/// sending it again changes nothing. 422 when all were rejected, with the results beside the first problem.
#[utoipa::path(post, path = "/sync/push", request_body = PushRequest, responses(
    (status = 200, body = PushResponse), (status = 429),
    (status = 422, body = problem::Body, content_type = "application/problem+json")
))]
async fn push(caller: Caller, request: Request) -> Result<Json<PushResponse>, Failure> {
    expect_json(request.headers())?;
    expect_plain(request.headers())?;
    let load = Load::of(request.into_body()).await?;
    // A body may take long: what was taken away meanwhile is taken away.
    let caller = caller.judged_anew().await?;
    let (bytes, is_small) = (load.bytes.clone(), load.is_small());
    let Pushed { clock, operations } = here_or_aside(is_small, move || read(&bytes)).await??;
    let now = sync::now_millis();
    let arrival = Arrival { holds: caller.holds(now), ..Arrival::sent(now, clock, caller.author()) };
    let mut taking = Taking::new(caller.store(), caller.scope(), arrival).within(caller.flood(now));
    let mut rest = operations.into_iter().enumerate().collect::<VecDeque<_>>();
    while !rest.is_empty() {
        let bytes = load.bytes.clone();
        let (part, left) = here_or_aside(is_small, move || next_part(&bytes, rest)).await?;
        rest = left;
        taking.part(part).await?;
    }
    drop(load);
    if taking.is_held_full() {
        return Err(Failure::held_full());
    }
    if let Some(wait) = taking.wait() {
        return Err(Failure::too_many_households(wait));
    }
    let answer = taking.finish();
    let results = &answer.results;
    caller.metrics().pushed(results);
    let refusals = || results.iter().filter_map(|r| r.problem.as_ref());
    // Devices give up an operation on these alone.
    debug_assert!(refusals().all(|problem| REFUSALS.contains(&problem.kind.as_str())));
    let first = refusals().next().cloned();
    match first {
        Some(first) if results.iter().all(|r| r.status == Status::Rejected) => {
            Err(Failure::rejected(first, answer.clock, answer.results))
        }
        _ => Ok(Json(answer)),
    }
}

async fn here_or_aside<T: Send + 'static>(
    here: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    if here { Ok(work()) } else { aside(work).await }
}

/// Places of a push's operations in its body, with their numbers.
type Places = VecDeque<(usize, Range<usize>)>;

/// Reads operations until there are some mebibytes of them; returns these, and the places of the rest.
fn next_part(body: &[u8], mut rest: Places) -> (Vec<Received>, Places) {
    let (mut part, mut weight) = (Vec::new(), 0);
    while weight < PART
        && let Some((index, place)) = rest.pop_front()
    {
        let text = body.get(place).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
        let received = operation(index, text);
        weight += received.as_ref().map_or(0, Operation::weight);
        part.push(received);
    }
    (part, rest)
}

fn too_many(detail: String) -> Failure {
    Failure::new(413, kinds::TOO_LARGE, "Too many operations", detail).field("operations")
}

/// Refuses a body that is still compressed: what the layer before could decompress no longer says that it was.
fn expect_plain(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity") {
        return Ok(());
    }
    let detail = "send the body as it is, or compressed with gzip or br";
    Err(Failure::new(415, kinds::UNSUPPORTED_MEDIA_TYPE, "The body is compressed in an unknown way", detail)
        .field("Content-Encoding"))
}

/// Body of a push, with each operation still as it was written.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    operations: Vec<&'a RawValue>,
    #[serde(borrow)]
    clock: Option<&'a RawValue>,
}

/// Body of a push, read.
struct Pushed {
    clock: Option<u64>,
    /// Place of each operation in the body.
    operations: Vec<Range<usize>>,
}

/// Finds the operations. Each is read alone later, so that a bad one does not take the others with it.
fn read(body: &[u8]) -> Result<Pushed, Failure> {
    let text = str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to());
        Failure::new(400, kinds::INVALID_UTF8, "The body is not UTF-8", detail)
    })?;
    let Envelope { operations, clock } = serde_json::from_str(text).map_err(|error| {
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
    let clock = clock.map_or(Ok(None), |clock| serde_json::from_str(clock.get())).map_err(|_| {
        let detail = "the device's time is a whole number of milliseconds since 1970";
        Failure::new(422, kinds::INVALID_BODY, "The body is not a push", detail).field("clock")
    })?;
    let place = |raw: &RawValue| {
        let begin = raw.get().as_ptr().addr() - text.as_ptr().addr();
        begin..begin + raw.get().len()
    };
    let operations = operations.into_iter().map(place).collect();
    Ok(Pushed { clock, operations })
}

fn operation(index: usize, text: &str) -> Received {
    /// The part of an operation that names it.
    #[derive(Deserialize)]
    struct Named {
        id: Uuid,
    }
    // Tracking the place of a mistake costs as much again as reading: only a bad operation pays for it.
    if let Ok(operation) = serde_json::from_str(text) {
        return Ok(operation);
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        let path = error.path().to_string();
        // What lies within a value is the sender's own; the place of the value is enough.
        let path = path.find("].value").map_or(path.as_str(), |at| &path[..at + "].value".len()]);
        let detail = error.into_inner().to_string();
        // Only the message knows the name of a missing field.
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
        Refused { id, problem: problem.into_problem().into() }
    })
}

/// The message without ` at line 1 column 5`, which counts within the operation.
fn without_place(detail: &str) -> &str {
    detail.rsplit_once(" at line ").map_or(detail, |(message, _)| message)
}

/// Query of a pull.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PullQuery {
    /// What to fetch, as far as the account reaches.
    area: AreaCode,
    /// As the page before said; left out, everything is fetched.
    cursor: Option<Cursor>,
    /// How many records at most; 500 when left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Whether records about hamlets and communes come, too.
    areas: Option<bool>,
}

/// The records that changed since a cursor, each once, as they are now. Noted in the audit trail.
#[utoipa::path(get, path = "/sync/pull", params(PullQuery), responses((status = 200, body = PullResponse)))]
async fn pull(caller: Caller, Query(wanted): Query<PullQuery>) -> Result<Json<PullResponse>, Failure> {
    let limit = number_of("limit", wanted.limit, PAGE, MAX_PAGE)?;
    caller.expect_households_in(wanted.area)?;
    let areas = wanted.areas.unwrap_or(false);
    let (secret, view) = (&caller.settings().secret, view(caller.scope(), wanted.area, areas));
    let cursor = cursors::open(secret, caller.store().id(), view, &wanted.cursor.unwrap_or_default());
    let now = sync::now_millis();
    let page = sync::pull(caller.store(), now, caller.scope(), wanted.area, cursor, limit, areas).await?;
    caller.metrics().pulled.inc_by(page.records.len() as u64);
    if let Some(author) = caller.author() {
        let mut fetched: BTreeMap<CommuneCode, BTreeSet<Uuid>> = BTreeMap::new();
        for record in &page.records {
            if let Some(HouseholdId { commune, uuid }) = record.subject.household() {
                fetched.entry(commune).or_default().insert(uuid);
            }
        }
        let entry = |(commune, households): (_, BTreeSet<_>)| {
            Entry::households(author.clone(), Action::Fetched, commune, households.into_iter().collect())
        };
        caller.note(fetched.into_iter().map(entry).collect()).await?;
    }
    let cursor = cursors::close(secret, caller.store().id(), &page.cursor)?;
    Ok(Json(PullResponse { cursor, ..page }))
}
