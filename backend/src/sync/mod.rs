//! Taking what devices send and giving them what changed: the protocol without HTTP.

mod conflicts;
mod hand;
mod history;
mod pull;
mod scope;

use soho_shared::household::words;
use soho_shared::sync::{
    Doc, MAX_BATCH, MAX_MILLIS, Operation, OperationResult, Problem, PushRequest, PushResponse, Rejection,
    RejectionKind, Status,
};
use uuid::Uuid;

use crate::store::{Arrival, Outcome, Store, StoreError};

pub use self::conflicts::{Conflicts, Decision, NotDecided, conflicts, decide};
pub use self::hand::Hand;
pub use self::history::{Story, history, household_at};
pub use self::pull::{MAX_PAGE, household, pull};
pub use self::scope::refuse_others;

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
    let PushRequest { clock, operations } = request;
    let arrival = Arrival { now, clock, by: None };
    push_received(store, arrival, operations.into_iter().map(Ok).collect()).await
}

/// [`push`] for operations of which some are refused already.
///
/// # Errors
/// As [`push`].
pub async fn push_received(
    store: &dyn Store,
    arrival: Arrival,
    received: Vec<Received>,
) -> Result<PushResponse, PushError> {
    if received.len() > MAX_BATCH {
        return Err(PushError::TooMany(received.len()));
    }
    let clock = arrival.now;
    let mut results = Vec::with_capacity(received.len());
    let mut places = Vec::with_capacity(received.len());
    let mut good = Vec::with_capacity(received.len());
    for (index, operation) in received.into_iter().enumerate() {
        let result = |id, status, problem| OperationResult { id, status, time: None, problem };
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
        let outcomes = store.apply(arrival, good).await?;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            let (status, time) = match outcome {
                Outcome::Accepted(time) => (Status::Accepted, time),
                Outcome::Conflict(time) => (Status::Conflict, time),
                Outcome::Duplicate(time) => (Status::Duplicate, time),
            };
            results[place].status = status;
            results[place].time = time;
        }
    }
    Ok(PushResponse { clock, results })
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
    let (title, vi) = match kind {
        RejectionKind::InvalidValue => {
            let name = words::label(&Doc::default(), operation.round, &field).vi;
            ("A field cannot hold this value", format!("ô “{name}” chưa đúng nên chưa ghi: hãy sửa ô đó"))
        }
        RejectionKind::InvalidOperation => (
            "The operation cannot be taken",
            "máy chủ không ghi được điều này: hãy xem lại rồi thử lại".to_owned(),
        ),
    };
    Problem {
        kind: kind.address().to_owned(),
        title: title.to_owned(),
        status: 422,
        detail,
        field: Some(place),
        vi: Some(vi.into()),
    }
}

/// The server's time: milliseconds since 1970, UTC.
#[must_use]
pub fn now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(MAX_MILLIS).min(MAX_MILLIS)
}
