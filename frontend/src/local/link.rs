//! Talking to the server: one function a request, each with a time limit and words for what went wrong.

use std::cell::Cell;
use std::rc::Rc;

use gloo::net::http::{Request, RequestBuilder, Response};
use gloo::timers::callback::Timeout;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use soho_shared::area::CommuneCode;
use soho_shared::sync::{Operation, OperationResult, Problem, PullResponse, PushRequest, PushResponse};

/// How long an answer may take. Long: a batch over a village's 2G is slow, and giving up early only
/// sends it again.
const PATIENCE_MS: u32 = 60_000;
/// How many records to ask for at once.
const PAGE: usize = 500;

/// Why nothing came of a request. What was to be sent is still on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server was not reached.
    Unreachable,
    /// The server was reached, or not, but did not answer in time.
    TimedOut,
    /// The server answered that it does not take the request.
    Refused(Problem),
    /// The answer was not the server's: a café's sign-in page, a proxy.
    NotUnderstood,
    /// The device's own storage failed.
    Storage(String),
}

/// What came of a push.
#[derive(Clone, Debug)]
pub enum Pushed {
    /// One result for each operation; the server's time where it was told.
    Results(Option<u64>, Vec<OperationResult>),
    /// The server does not take this request as it is; asking again will not help.
    NotThisWay(Problem),
}

/// A problem in place of one that did not explain itself.
#[must_use]
pub fn unexplained(status: u16) -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        title: format!("HTTP {status}"),
        status,
        detail: String::new(),
        field: None,
        vi: None,
    }
}

/// Sends operations; `clock` is what the clock that stamped them shows.
///
/// # Errors
/// When it is not known what became of them: they must be sent again.
pub async fn push(clock: u64, operations: Vec<Operation>) -> Result<Pushed, Trouble> {
    #[derive(Deserialize)]
    struct Rejected {
        results: Vec<OperationResult>,
        #[serde(default)]
        clock: Option<u64>,
    }

    let body = serde_json::to_string(&PushRequest { clock: Some(clock), operations })
        .map_err(|_| Trouble::NotUnderstood)?;
    let (status, text) = send(Request::post("/api/v1/sync/push"), Some(body)).await?;
    if (200..300).contains(&status) {
        let answer: PushResponse = read(&text)?;
        return Ok(Pushed::Results(Some(answer.clock), answer.results));
    }
    if let Ok(rejected) = serde_json::from_str::<Rejected>(&text) {
        return Ok(Pushed::Results(rejected.clock, rejected.results));
    }
    let problem = problem(status, &text);
    match status {
        // Its content is at fault: a smaller batch finds the operation that is.
        400 | 413 | 422 => Ok(Pushed::NotThisWay(problem)),
        _ => Err(Trouble::Refused(problem)),
    }
}

/// Fetches the changes of a commune after a cursor.
///
/// # Errors
/// When there is no usable answer.
pub async fn pull(commune: CommuneCode, cursor: Option<&str>) -> Result<PullResponse, Trouble> {
    let mut address = format!("/api/v1/sync/pull?area={commune}&limit={PAGE}");
    if let Some(cursor) = cursor {
        address.push_str("&cursor=");
        address.push_str(cursor);
    }
    let (status, text) = send(Request::get(&address), None).await?;
    if (200..300).contains(&status) { read(&text) } else { Err(Trouble::Refused(problem(status, &text))) }
}

/// One request with a time limit: status and body.
async fn send(request: RequestBuilder, body: Option<String>) -> Result<(u16, String), Trouble> {
    let late = Rc::new(Cell::new(false));
    let controller = web_sys::AbortController::new().ok();
    let limit = Timeout::new(PATIENCE_MS, {
        let (late, controller) = (late.clone(), controller.clone());
        move || {
            late.set(true);
            if let Some(controller) = controller {
                controller.abort();
            }
        }
    });
    let failed = |_| if late.get() { Trouble::TimedOut } else { Trouble::Unreachable };
    let signal = controller.as_ref().map(web_sys::AbortController::signal);
    let request = request.abort_signal(signal.as_ref()).cache(web_sys::RequestCache::NoStore);
    let answer: Result<Response, _> = match body {
        Some(body) => match request.header("content-type", "application/json").body(body) {
            Ok(request) => request.send().await,
            Err(error) => Err(error),
        },
        None => request.send().await,
    };
    let answer = answer.map_err(failed)?;
    let text = answer.text().await.map_err(failed)?;
    drop(limit);
    Ok((answer.status(), text))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|_| Trouble::NotUnderstood)
}

fn problem(status: u16, text: &str) -> Problem {
    serde_json::from_str(text).unwrap_or_else(|_| unexplained(status))
}
