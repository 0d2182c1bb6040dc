//! Errors as RFC 9457 writes them: `application/problem+json` with a stable `type`.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soho_shared::sync::{OperationResult, Problem};
use utoipa::ToSchema;

use crate::accounts::AccountError;
use crate::store::{StatisticsError, StoreError};

/// What can go wrong, as stable addresses.
pub mod kinds {
    /// The body is not the JSON that was expected.
    pub const INVALID_BODY: &str = "/problems/invalid-body";
    /// The body is not JSON at all.
    pub const MALFORMED_JSON: &str = "/problems/malformed-json";
    /// The body is not UTF-8.
    pub const INVALID_UTF8: &str = "/problems/invalid-utf-8";
    /// A part of the address is missing or wrong.
    pub const INVALID_PARAMETER: &str = "/problems/invalid-parameter";
    /// An operation cannot be read or taken.
    pub const INVALID_OPERATION: &str = "/problems/invalid-operation";
    /// The body or the batch is too large.
    pub const TOO_LARGE: &str = "/problems/too-large";
    /// The body is not announced as JSON.
    pub const UNSUPPORTED_MEDIA_TYPE: &str = "/problems/unsupported-media-type";
    /// Nothing is there.
    pub const NOT_FOUND: &str = "/problems/not-found";
    /// The address knows other methods.
    pub const METHOD_NOT_ALLOWED: &str = "/problems/method-not-allowed";
    /// The request took too long.
    pub const TIMEOUT: &str = "/problems/timeout";
    /// The request was meant for another server.
    pub const WRONG_HOST: &str = "/problems/wrong-host";
    /// Nobody has signed in.
    pub const NOT_SIGNED_IN: &str = "/problems/not-signed-in";
    /// The session has ended by itself.
    pub const SESSION_OVER: &str = "/problems/session-over";
    /// The device was taken away: it may send what it holds, and is to wipe itself.
    pub const DEVICE_REVOKED: &str = "/problems/device-revoked";
    /// The account's role does not do this.
    pub const FORBIDDEN: &str = "/problems/forbidden";
    /// The area or household is another's.
    pub use soho_shared::access::OUTSIDE_AREAS;
    /// The request comes from a page of another site.
    pub const OTHER_SITE: &str = "/problems/other-site";
    /// The account or its password is wrong.
    pub const WRONG_PASSWORD: &str = "/problems/wrong-password";
    /// The enrolment code is wrong, was used or is too old.
    pub const WRONG_CODE: &str = "/problems/wrong-code";
    /// Somebody tried to sign in too often.
    pub const TOO_OFTEN: &str = "/problems/too-often";
    /// Nobody is let in without a password here.
    pub const NO_DEMONSTRATION: &str = "/problems/no-demonstration";
    /// The register has no accounts.
    pub const NO_ACCOUNTS: &str = "/problems/no-accounts";
    /// The password will not do.
    pub const PASSWORD: &str = "/problems/password";
    /// What is there stands against it.
    pub const CONFLICT: &str = "/problems/conflict";
    /// The disk is full.
    pub const DISK_FULL: &str = "/problems/disk-full";
    /// The server cannot do its work.
    pub const UNAVAILABLE: &str = "/problems/unavailable";
    /// A fault of the server.
    pub const INTERNAL: &str = "/problems/internal";
}

/// How many letters an explanation has at most.
const MAX_DETAIL: usize = 400;

/// An answer that says what is wrong.
#[derive(Debug)]
pub struct Failure {
    body: Box<Body>,
    /// In how many seconds to try again.
    retry_after: Option<u64>,
}

/// A problem, and what a push of which nothing was taken says beside it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RejectedPush)]
pub(super) struct Body {
    #[serde(flatten)]
    problem: Problem,
    /// The server's time, where operations were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<u64>,
    /// What became of each operation, in the order sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Vec<OperationResult>>,
}

impl Failure {
    /// A problem of some kind.
    #[must_use]
    pub fn new(status: u16, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        // Messages may repeat what was sent, which may be of any length.
        let mut detail = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
            detail.truncate(end);
            detail.push('…');
        }
        let problem = Problem { kind: kind.to_owned(), title: title.to_owned(), status, detail, field: None };
        Failure { body: Box::new(Body { problem, clock: None, results: None }), retry_after: None }
    }

    /// The same, naming the field it is about.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.body.problem.field = Some(field.into());
        self
    }

    /// Nothing is there.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Failure::new(404, kinds::NOT_FOUND, "Not found", detail)
    }

    /// Tried too often; `wait` is how long until the next try.
    #[must_use]
    pub(super) fn too_often(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("try again in {seconds} seconds");
        Failure {
            retry_after: Some(seconds),
            ..Failure::new(429, kinds::TOO_OFTEN, "Tried too often", detail)
        }
    }

    /// A part of the address is wrong.
    #[must_use]
    pub fn parameter(field: &str, detail: impl Into<String>) -> Self {
        Failure::new(400, kinds::INVALID_PARAMETER, "A parameter is missing or wrong", detail).field(field)
    }

    /// A push of which nothing was taken.
    #[must_use]
    pub(super) fn rejected(problem: Problem, clock: u64, results: Vec<OperationResult>) -> Self {
        let body = Body { problem, clock: Some(clock), results: Some(results) };
        Failure { body: Box::new(body), retry_after: None }
    }

    /// The problem alone.
    #[must_use]
    pub(super) fn into_problem(self) -> Problem {
        self.body.problem
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.body.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        match error {
            StoreError::Full => Failure::new(
                507,
                kinds::DISK_FULL,
                "The server's disk is full",
                "nothing was stored; keep the operations and send them again later",
            ),
            StoreError::Damaged(_) => Failure::new(
                500,
                kinds::INTERNAL,
                "The server's data are damaged",
                "the server's log says more",
            ),
            StoreError::Io(_) | StoreError::Stopped(_) => Failure::new(
                503,
                kinds::UNAVAILABLE,
                "The server cannot reach its store",
                "nothing was acknowledged; keep the operations and send them again later",
            ),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let detail = error.to_string();
        match error {
            AccountError::Unknown(_) | AccountError::UnknownSession => Failure::not_found(detail),
            AccountError::Taken(_) => Failure::new(409, kinds::CONFLICT, "Not done", detail).field("name"),
            AccountError::Disabled(_) | AccountError::LastAdmin(_) | AccountError::Raced => {
                Failure::new(409, kinds::CONFLICT, "Not done", detail)
            }
            AccountError::Password(_) => {
                Failure::new(422, kinds::PASSWORD, "Choose another password", detail).field("password")
            }
            AccountError::Random(_) => {
                Failure::new(500, kinds::INTERNAL, "The server cannot do this", "the server's log says more")
            }
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<StatisticsError> for Failure {
    fn from(error: StatisticsError) -> Self {
        match error {
            StatisticsError::Division(detail) => Failure::parameter("by", detail),
            StatisticsError::Store(error) => error.into(),
        }
    }
}
