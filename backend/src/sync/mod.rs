//! Taking what devices send and giving them what changed: the protocol without HTTP.

mod pull;
mod scope;

use soho_shared::sync::{
    MAX_BATCH, MAX_MILLIS, Operation, OperationResult, Problem, PushRequest, PushResponse, Rejection,
    RejectionKind, Status, bounded,
};
use uuid::Uuid;

use crate::accounts::Author;
use crate::store::{Checked, Outcome, Store, StoreError};

pub use self::pull::{MAX_PAGE, household, pull};
pub use self::scope::refuse_others;

/// How far a device's clock may be ahead before its stamps are set back: 5 minutes.
pub const CLOCK_TOLERANCE_MILLIS: u64 = 5 * 60 * 1_000;

/// An operation as it came: read, or why it is not even looked at.
pub type Received = Result<Operation, Refused>;

/// An operation that cannot be read, or is not the sender's to make.
#[derive(Clone, Debug)]
pub struct Refused {
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
    push_received(store, now, None, request.operations.into_iter().map(Ok).collect()).await
}

/// [`push`] for operations of which some are refused already, in somebody's name.
///
/// # Errors
/// As [`push`].
pub async fn push_received(
    store: &dyn Store,
    now: u64,
    by: Option<Author>,
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
            Err(Refused { id, problem }) => {
                results.push(result(id.unwrap_or_default(), Status::Rejected, Some(*problem)));
            }
        }
    }
    if !good.is_empty() {
        let checked = set_back(now, by.as_ref(), good);
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
fn set_back(now: u64, author: Option<&Author>, operations: Vec<Operation>) -> Vec<Checked> {
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
            Checked { sent: (operation.stamp != sent).then_some(sent), operation, by: author.cloned() }
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

/// The server's time: milliseconds since 1970, UTC.
#[must_use]
pub fn now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(MAX_MILLIS).min(MAX_MILLIS)
}
