//! Errors as RFC 9457 writes them: `application/problem+json` with a stable `type`.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soho_shared::wire::{OperationResult, Problem};
use utoipa::ToSchema;

use super::kinds::{self, Kind};
use crate::accounts::{AccountError, PASSWORD_LENGTH};
use crate::engine::StoreError;
use crate::register::StatisticsError;

/// Most letters of an explanation.
const MAX_DETAIL: usize = 400;

/// An answer that says what is wrong.
#[derive(Debug)]
pub struct Failure {
    body: Box<Body>,
    /// Seconds after which to try again.
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
    /// A problem of some kind. Its explanation is cut off at [`MAX_DETAIL`] letters.
    #[must_use]
    pub(super) fn new(status: u16, kind: Kind, title: &str, detail: impl Into<String>) -> Self {
        // Messages may repeat what was sent, which may be of any length.
        let mut detail = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
            detail.truncate(end);
            detail.push('…');
        }
        let (address, title) = (kind.address.to_owned(), title.to_owned());
        Failure::of(Problem { kind: address, title, status, detail, field: None, vi: Some(kind.vi.into()) })
    }

    /// A problem that was found elsewhere.
    pub(super) fn of(problem: Problem) -> Self {
        Failure { body: Box::new(Body { problem, clock: None, results: None }), retry_after: None }
    }

    /// Says in Vietnamese more than its kind does: what is wrong and what to do.
    #[must_use]
    pub(super) fn vi(mut self, words: impl Into<Box<str>>) -> Self {
        self.body.problem.vi = Some(words.into());
        self
    }

    /// Names the field that it is about.
    #[must_use]
    pub(super) fn field(mut self, field: impl Into<String>) -> Self {
        self.body.problem.field = Some(field.into());
        self
    }

    /// Refusal: nothing is there.
    #[must_use]
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Failure::new(404, kinds::NOT_FOUND, "Not found", detail)
    }

    /// Refusal after too many tries; `wait` is the time until the next one.
    #[must_use]
    pub(super) fn too_often(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("tried too often: try again in {seconds} seconds");
        let failure = Failure::new(429, kinds::TOO_OFTEN, "Tried too often", detail)
            .vi(format!("đã thử quá nhiều lần: hãy chờ {seconds} giây rồi thử lại"));
        Failure { retry_after: Some(seconds), ..failure }
    }

    /// Refusal: a device brings too many new households; `wait` is the time until one more is taken.
    #[must_use]
    pub(super) fn too_many_households(wait: Duration) -> Self {
        let minutes = wait.as_secs() / 60 + 1;
        let detail = format!(
            "this device brings more new households than one can visit: the rest of the push was stored; send all of it \
             again in {minutes} minutes, or ask the commune's officer to allow more"
        );
        let failure = Failure::new(429, kinds::TOO_OFTEN, "Too many new households", detail).vi(format!(
            "máy này thêm quá nhiều hộ mới: phần chưa ghi vẫn còn trên máy, {minutes} phút nữa máy gửi lại; cần gấp thì \
             nhờ cán bộ xã cho phép"
        ));
        Failure { retry_after: Some(minutes * 60), ..failure }
    }

    /// Refusal: what is held back has no more room.
    #[must_use]
    pub(super) fn held_full() -> Self {
        let detail = "this device was taken away, and much that it sent waits already for an officer of the commune: the \
                      rest is not stored; keep it, and send all of the push again later";
        let failure = Failure::new(503, kinds::UNAVAILABLE, "Too much is held back", detail)
            .vi("máy này đã bị thu hồi, và xã chưa xem hết những gì đã gửi: phần còn lại vẫn ở trên máy, máy sẽ gửi lại sau");
        Failure { retry_after: Some(600), ..failure }
    }

    /// Refusal: a device waits to be confirmed, since the register was restored.
    #[must_use]
    pub(super) fn suspended() -> Self {
        let detail = "the register was restored from a backup: ask the commune's officer to confirm this device at /desk/people/; all \
                      that was entered is still on it, and will be sent by itself";
        let failure = Failure::new(503, kinds::SUSPENDED, "This device waits to be confirmed", detail);
        Failure { retry_after: Some(600), ..failure }
    }

    /// Refusal: more is being sent than can be taken now.
    #[must_use]
    pub(super) fn busy() -> Self {
        let detail =
            "many devices send much at this moment: nothing of this was stored; send it again in a while";
        let failure = Failure::new(503, kinds::UNAVAILABLE, "Too much at a time", detail)
            .vi("máy chủ đang nhận quá nhiều: chưa ghi gì, hãy gửi lại sau ít phút");
        Failure { retry_after: Some(5), ..failure }
    }

    /// Refusal: a part of the address is wrong.
    #[must_use]
    pub(super) fn parameter(field: &str, detail: impl Into<String>) -> Self {
        Failure::new(400, kinds::INVALID_PARAMETER, "A parameter is missing or wrong", detail).field(field)
    }

    /// Refusal of a push of which nothing was taken.
    #[must_use]
    pub(super) fn rejected(problem: Problem, clock: u64, results: Vec<OperationResult>) -> Self {
        let mut failure = Failure::of(problem);
        (failure.body.clock, failure.body.results) = (Some(clock), Some(results));
        failure
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
        let stands_against = |detail| Failure::new(409, kinds::CONFLICT, "Not done", detail);
        match error {
            AccountError::Unknown(_) | AccountError::UnknownSession => Failure::not_found(detail),
            AccountError::Taken(name) => {
                stands_against(detail).field("name").vi(format!("đã có tài khoản “{name}”: hãy đặt tên khác"))
            }
            AccountError::Disabled(name) => {
                stands_against(detail).vi(format!("tài khoản “{name}” đang khóa: hãy mở lại trước"))
            }
            AccountError::LastAdmin(name) => stands_against(detail)
                .vi(format!("“{name}” là người quản trị cuối cùng: hãy tạo một người quản trị khác trước")),
            AccountError::Raced => stands_against(detail),
            AccountError::Password(_) => {
                let (least, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
                let words = format!(
                    "mật khẩu phải có từ {least} đến {most} ký tự, và không chỉ là tên tài khoản thêm vài ký tự"
                );
                Failure::new(422, kinds::PASSWORD, "Choose another password", detail)
                    .field("password")
                    .vi(words)
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
