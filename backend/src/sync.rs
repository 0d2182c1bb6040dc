//! Taking what devices send and giving them what changed: the protocol without HTTP.

use soho_shared::area::{self, AreaCode};
use soho_shared::sync::{
    Cursor, MAX_BATCH, MAX_MILLIS, Operation, OperationResult, Problem, PullResponse, PushRequest,
    PushResponse, Rejection, RejectionKind, Status, bounded,
};
use uuid::Uuid;

use crate::store::{Checked, Outcome, Store, StoreError};

/// How far a device's clock may be ahead before its stamps are set back: 5 minutes.
pub const CLOCK_TOLERANCE_MILLIS: u64 = 5 * 60 * 1_000;
/// How many records one page of a pull holds at most.
pub const MAX_PAGE: usize = 1_000;

/// An operation as it came: read, or why it could not be.
pub type Received = Result<Operation, Unreadable>;

/// An operation that could not even be read.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// Its id, if that much could be read.
    pub id: Option<Uuid>,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// Why a push was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// More operations than one push may carry.
    #[error("a push carries at most {MAX_BATCH} operations, this one has {0}: send them in several")]
    TooMany(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores what a device sends. Operations are judged one by one: what is wrong with one keeps nothing
/// of it, and nothing from the others. `now` is the server's time in milliseconds since 1970.
///
/// # Errors
/// When there are too many operations, or the store fails; then nothing was stored.
pub async fn push(store: &dyn Store, now: u64, request: PushRequest) -> Result<PushResponse, PushError> {
    push_received(store, now, request.operations.into_iter().map(Ok).collect()).await
}

/// [`push`] for operations of which some could not be read.
///
/// # Errors
/// As [`push`].
pub async fn push_received(
    store: &dyn Store,
    now: u64,
    received: Vec<Received>,
) -> Result<PushResponse, PushError> {
    if received.len() > MAX_BATCH {
        return Err(PushError::TooMany(received.len()));
    }
    let mut results = Vec::with_capacity(received.len());
    let mut places = Vec::with_capacity(received.len());
    let mut good = Vec::with_capacity(received.len());
    for (index, operation) in received.into_iter().enumerate() {
        let result = |id, status, problem| OperationResult { id, status, stamp: None, problem };
        match operation {
            Ok(operation) => match operation.check() {
                Ok(()) => {
                    results.push(result(operation.id, Status::Accepted, None));
                    places.push(index);
                    good.push(operation);
                }
                Err(rejection) => {
                    let problem = rejected(index, &operation, rejection);
                    results.push(result(operation.id, Status::Rejected, Some(problem)));
                }
            },
            Err(Unreadable { id, problem }) => {
                results.push(result(id.unwrap_or_default(), Status::Rejected, Some(*problem)));
            }
        }
    }
    if !good.is_empty() {
        let checked = set_back(now, good);
        let stamps: Vec<_> = checked.iter().map(|c| c.sent.map(|_| c.operation.stamp)).collect();
        let outcomes = store.apply(now, checked).await?;
        for ((place, outcome), stamp) in places.into_iter().zip(outcomes).zip(stamps) {
            let (status, stamp) = match outcome {
                Outcome::Accepted => (Status::Accepted, stamp),
                Outcome::Conflict => (Status::Conflict, stamp),
                Outcome::Duplicate(stored) => (Status::Duplicate, stored),
            };
            results[place].status = status;
            results[place].stamp = stamp;
        }
    }
    Ok(PushResponse { clock: now, results })
}

/// Sets a fast clock's stamps back, all by the same time, so that the order among them stays.
fn set_back(now: u64, operations: Vec<Operation>) -> Vec<Checked> {
    let by = bounded(operations.iter().map(|o| o.stamp), now, CLOCK_TOLERANCE_MILLIS);
    let latest = now.saturating_add(CLOCK_TOLERANCE_MILLIS).min(MAX_MILLIS);
    operations
        .into_iter()
        .map(|mut operation| {
            // Nobody can have seen a write of the future; saying so would hide later ones from review.
            for seen in operation.changes.iter_mut().flat_map(|change| &mut change.seen) {
                *seen = seen.earlier_by(seen.millis().saturating_sub(latest));
            }
            let sent = operation.stamp;
            operation.stamp = sent.earlier_by(by);
            Checked { sent: (operation.stamp != sent).then_some(sent), operation, by: None }
        })
        .collect()
}

/// The problem of a rejected operation, naming the place in the request.
fn rejected(index: usize, operation: &Operation, rejection: Rejection) -> Problem {
    let Rejection { kind, field, detail } = rejection;
    let at = operation.changes.iter().rposition(|change| change.field.as_str() == field);
    let (place, detail) = match (at, kind) {
        (Some(at), RejectionKind::InvalidValue) => {
            (format!("operations[{index}].changes[{at}].value"), format!("{field}: {detail}"))
        }
        (Some(at), RejectionKind::InvalidOperation) => {
            (format!("operations[{index}].changes[{at}]"), format!("{field}: {detail}"))
        }
        (None, _) => (format!("operations[{index}].{field}"), detail),
    };
    let title = match kind {
        RejectionKind::InvalidValue => "A field cannot hold this value",
        RejectionKind::InvalidOperation => "The operation cannot be taken",
    };
    Problem {
        kind: format!("/problems/{}", kind.word()),
        title: title.to_owned(),
        status: 422,
        detail,
        field: Some(place),
    }
}

/// What changed in an area since a cursor.
///
/// # Errors
/// When the store fails.
pub async fn pull(
    store: &dyn Store,
    now: u64,
    area: AreaCode,
    mut cursor: Cursor,
    limit: usize,
) -> Result<PullResponse, StoreError> {
    let mut room = limit.clamp(1, MAX_PAGE);
    let mut records = Vec::new();
    let mut more = false;
    for commune in area::communes().iter().filter(|c| area.contains_commune(c)).map(|c| c.code) {
        if room == 0 {
            // Whether anything is left there shows on the next page; it costs one empty answer at most.
            more = true;
            break;
        }
        let page = store.changes(commune, cursor.position(commune), room).await?;
        room -= page.records.len().min(room);
        records.extend(page.records.into_iter().map(Into::into));
        cursor.advance(commune, page.reached);
        if page.more {
            more = true;
            break;
        }
    }
    Ok(PullResponse { clock: now, records, cursor, more })
}

/// The server's time: milliseconds since 1970, UTC.
#[must_use]
pub fn now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(MAX_MILLIS).min(MAX_MILLIS)
}
