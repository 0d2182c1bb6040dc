//! Requests to the server: one function each, with a time limit, and the reasons why one failed.
//!
//! Only an answer of the server itself counts, which is results or `application/problem+json`. A bare status
//! can come from anybody, such as a proxy or a network that wants a sign-in.

use std::sync::atomic::{AtomicBool, Ordering};

use js_sys::{Array, Promise};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use soho_shared::area::CommuneCode;
use soho_shared::record::{Doc, Operation, Round, Subject};
use soho_shared::wire::{OperationResult, Problem, PushRequest, kinds};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, XmlHttpRequest};

use super::acknowledged::Heard;
use crate::clock::now;
use crate::{json, store};

/// Longest time without progress after which a request is given up, in milliseconds. A slow line may take
/// longer in all.
const PATIENCE_MS: u32 = 60_000;

/// Whether bodies go out uncompressed, because something on the way refused a compressed one.
static PLAIN: AtomicBool = AtomicBool::new(false);

/// Reason why a request failed. What was to be sent is still on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server could not be reached.
    Unreachable,
    /// Nothing moved for a minute, or whoever answered gave up waiting.
    TimedOut,
    /// The server refused the request.
    Refused(Problem),
    /// The answer did not come from the server but from a proxy or a network's sign-in page.
    NotUnderstood,
    /// The device's storage failed.
    Storage(String),
}

impl Trouble {
    /// Returns whether sending or asking for less at a time might help.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        match self {
            Trouble::TimedOut => true,
            Trouble::Refused(Problem { status: 408 | 503 | 504, kind, .. }) => kind != kinds::SUSPENDED,
            _ => false,
        }
    }
}

/// The server's answer to a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// One result for each operation, the server's time in milliseconds since 1970 where it was given, and what was said
    /// of the register.
    Results(Option<u64>, Vec<OperationResult>, Option<Box<Heard>>),
    /// The server refuses this request because of its content; sending it again will not help.
    NotThisWay(Problem),
}

/// Makes a problem for an answer that explained nothing.
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

/// Sends operations. `clock` is the time that the stamping clock shows.
///
/// # Errors
/// When it is not known whether the server stored them; they must be sent again.
pub async fn push(clock: u64, operations: Vec<Operation>) -> Result<Pushed, Trouble> {
    let body = serde_json::to_string(&PushRequest { clock: Some(clock), operations })
        .map_err(|_| Trouble::NotUnderstood)?;
    send("POST", "/api/v1/sync/push", Some(&body)).await?.pushed()
}

/// The part of [`soho_shared::wire::PullResponse`] that a device reads.
#[derive(Clone, Debug, Deserialize)]
pub struct Page {
    /// The server's time in milliseconds since 1970, UTC.
    pub clock: u64,
    /// Records changed since the cursor, as they are now.
    pub records: Vec<PageRecord>,
    /// Position to continue from; only the server can read it.
    pub cursor: String,
    /// Whether there is more to fetch now.
    pub more: bool,
    /// The rounds that volunteers enter now; `None` where the commune moves none from stage to stage.
    #[serde(default)]
    pub open_rounds: Option<Vec<Round>>,
    /// What was said of the register.
    #[serde(skip)]
    pub heard: Option<Box<Heard>>,
}

/// One record of a page. Its class is not sent: the device works it out.
#[derive(Clone, Debug, Deserialize)]
pub struct PageRecord {
    /// Household of the record.
    #[serde(rename = "household")]
    pub subject: Subject,
    /// Round of the record.
    pub round: Round,
    /// Content of the record.
    pub doc: Doc,
}

/// Fetches at most `limit` changed records of a commune after a cursor.
///
/// # Errors
/// When there is no usable answer.
pub async fn pull(commune: CommuneCode, cursor: Option<&str>, limit: usize) -> Result<Page, Trouble> {
    let mut address = format!("/api/v1/sync/pull?area={commune}&limit={limit}");
    if let Some(cursor) = cursor {
        address.push_str("&cursor=");
        address.push_str(cursor);
    }
    let answer = send("GET", &address, None).await?;
    if answer.is_good() {
        let page: Page = read(&answer.text)?;
        store::keep_rounds(commune, page.open_rounds.as_deref());
        Ok(Page { heard: answer.heard(), ..page })
    } else {
        Err(answer.trouble())
    }
}

/// Ends the session; succeeds also where it was over already.
///
/// # Errors
/// When the server does not confirm that the session is over.
pub async fn sign_out() -> Result<(), Trouble> {
    let answer = send("DELETE", "/api/v1/sessions/current", None).await?;
    match answer.trouble() {
        _ if answer.status == 204 => Ok(()),
        Trouble::Refused(Problem { status: 401, .. }) => Ok(()),
        trouble => Err(trouble),
    }
}

/// Asks whether somebody is signed in.
///
/// # Errors
/// [`Trouble::Refused`] with status 401 where nobody is.
pub async fn check_session() -> Result<(), Trouble> {
    let answer = send("GET", "/api/v1/sessions/current", None).await?;
    if answer.is_good() { Ok(()) } else { Err(answer.trouble()) }
}

/// An HTTP answer, from the server or from something on the way.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// Whether its media type is `application/problem+json`.
    explains: bool,
    text: String,
}

impl Answer {
    fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the problem that the server reports, if the answer is the server's.
    fn problem(&self) -> Option<Problem> {
        let problem = read::<Problem>(&self.text).ok().filter(|_| self.explains)?;
        problem.kind.starts_with("/problems/").then_some(problem)
    }

    fn heard(&self) -> Option<Box<Heard>> {
        read(&self.text).ok().map(Box::new)
    }

    fn trouble(&self) -> Trouble {
        match (self.problem(), self.status) {
            (Some(problem), _) => Trouble::Refused(problem),
            (None, 408 | 503 | 504) => Trouble::TimedOut,
            _ => Trouble::NotUnderstood,
        }
    }

    fn pushed(&self) -> Result<Pushed, Trouble> {
        /// The part of [`soho_shared::wire::PushResponse`] that is read; a problem may carry it too.
        #[derive(Deserialize)]
        struct Results {
            results: Vec<OperationResult>,
            #[serde(default)]
            clock: Option<u64>,
        }

        let results =
            read(&self.text).map(|Results { results, clock }| Pushed::Results(clock, results, self.heard()));
        if self.is_good() {
            // The server's own results always come with its time.
            return results.and_then(|results| match results {
                Pushed::Results(None, ..) => Err(Trouble::NotUnderstood),
                results => Ok(results),
            });
        }
        let Some(problem) = self.problem() else { return Err(self.trouble()) };
        if results.is_ok() {
            return results;
        }
        if kinds::REFUSALS.contains(&problem.kind.as_str()) {
            return Ok(Pushed::NotThisWay(problem));
        }
        Err(Trouble::Refused(problem))
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Trouble> {
    json::read(text).map_err(|_| Trouble::NotUnderstood)
}

/// Sends one request. It uses `XMLHttpRequest` because `fetch` does not report the progress of an upload.
async fn send(method: &str, address: &str, body: Option<&str>) -> Result<Answer, Trouble> {
    let failed = |_: JsValue| Trouble::Unreachable;
    let request = XmlHttpRequest::new().map_err(failed)?;
    request.open(method, address).map_err(failed)?;
    let begun = now();
    // The browser counts the timeout from the start of the request, so any progress moves it on.
    let moved = Closure::<dyn FnMut()>::new({
        let request = request.clone();
        move || {
            let taken = u32::try_from(now().saturating_sub(begun)).unwrap_or(0);
            request.set_timeout(taken.saturating_add(PATIENCE_MS));
        }
    });
    let moves = moved.as_ref().unchecked_ref();
    request.set_timeout(PATIENCE_MS);
    request.set_onprogress(Some(moves));
    request.upload().map_err(failed)?.set_onprogress(Some(moves));
    let over = Promise::new(&mut |done, _| request.set_onloadend(Some(&done)));

    let mut zipped = None;
    if let Some(body) = body {
        request.set_request_header("content-type", "application/json").map_err(failed)?;
        if !PLAIN.load(Ordering::Relaxed) {
            zipped = zip(body).await.ok();
        }
    }
    let sent = match &zipped {
        Some(zipped) => {
            request.set_request_header("content-encoding", "gzip").map_err(failed)?;
            request.send_with_opt_blob(Some(zipped))
        }
        None => request.send_with_opt_str(body),
    };
    sent.map_err(failed)?;
    // The promise is never rejected.
    let _ = JsFuture::from(over).await;

    let status = request.status().unwrap_or(0);
    if status == 0 {
        let late = now().saturating_sub(begun) >= u64::from(request.timeout());
        return Err(if late { Trouble::TimedOut } else { Trouble::Unreachable });
    }
    if matches!(status, 400 | 403 | 415) && body.is_some() {
        // A compressed body was perhaps the reason: next time the body goes out the other way.
        PLAIN.store(zipped.is_some(), Ordering::Relaxed);
    }
    let media = request.get_response_header("content-type").ok().flatten().unwrap_or_default();
    let text = request.response_text().ok().flatten().unwrap_or_default();
    Ok(Answer { status, explains: media.starts_with("application/problem+json"), text })
}

#[wasm_bindgen]
extern "C" {
    /// web-sys has this class only behind a flag, though every engine has it since 2023.
    type CompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;
}

/// Compresses a text with gzip; fails in a browser that cannot.
async fn zip(text: &str) -> Result<Blob, JsValue> {
    let through = CompressionStream::new("gzip")?;
    let plain = Blob::new_with_str_sequence(&Array::of1(&text.into()))?;
    let stream = plain.stream().pipe_through(through.unchecked_ref());
    let whole = web_sys::Response::new_with_opt_readable_stream(Some(&stream))?.blob()?;
    JsFuture::from(whole).await.map(JsCast::unchecked_into)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use soho_shared::wire::{Cursor, PullResponse, PushResponse};
    use uuid::Uuid;

    use super::super::acknowledged::Numbers;
    use super::*;

    fn answer(status: u16, explains: bool, text: &str) -> Answer {
        Answer { status, explains, text: text.to_owned() }
    }

    fn problem(kind: &str, status: u16) -> String {
        format!(r#"{{"type":"{kind}","title":"","status":{status},"detail":"","vi":""}}"#)
    }

    #[test]
    fn only_the_server_s_own_word_refuses() {
        let html = "<html><h1>413</h1></html>";
        // (status, whether the media type is problem+json, text, what comes of a push)
        let table = [
            (200, false, html.to_owned(), "not understood"),
            (200, false, "{}".to_owned(), "not understood"),
            (200, false, r#"{"results":[]}"#.to_owned(), "not understood"),
            (400, false, html.to_owned(), "not understood"),
            (413, false, html.to_owned(), "not understood"),
            (413, true, html.to_owned(), "not understood"),
            (413, true, problem("about:blank", 413), "not understood"),
            (422, false, problem(kinds::INVALID_OPERATION, 422), "not understood"),
            (502, false, html.to_owned(), "not understood"),
            (408, false, html.to_owned(), "slow"),
            (503, false, html.to_owned(), "slow"),
            (503, true, problem("/problems/unavailable", 503), "slow"),
            // A restored register takes nothing of a tablet until an officer confirms it.
            (503, true, problem(kinds::SUSPENDED, 503), "later"),
            (408, true, problem("/problems/timeout", 408), "slow"),
            // The body was damaged on the way, so no operation is at fault.
            (400, true, problem("/problems/malformed-json", 400), "later"),
            (401, true, problem("/problems/not-signed-in", 401), "later"),
            (507, true, problem("/problems/disk-full", 507), "later"),
            (413, true, problem(kinds::TOO_LARGE, 413), "refused"),
            (200, false, r#"{"clock":1,"results":[]}"#.to_owned(), "results"),
            (422, true, problem(kinds::INVALID_VALUE, 422).replace("}", r#","results":[]}"#), "results"),
        ];
        for (status, explains, text, expected) in table {
            let came = match answer(status, explains, &text).pushed() {
                Ok(Pushed::Results(..)) => "results",
                Ok(Pushed::NotThisWay(_)) => "refused",
                Err(Trouble::NotUnderstood) => "not understood",
                Err(trouble) if trouble.is_slow() => "slow",
                Err(_) => "later",
            };
            assert_eq!(came, expected, "{status} {text}");
        }
    }

    #[test]
    fn an_answer_says_which_register_it_is_of_and_an_earlier_server_s_does_not() {
        let heard = |text: &str| match answer(200, false, text).pushed() {
            Ok(Pushed::Results(_, _, heard)) => heard,
            other => panic!("{other:?}"),
        };
        assert_eq!(heard(r#"{"clock":1,"results":[]}"#), None);
        let register = Uuid::from_u128(7);
        let numbers = |number| BTreeMap::from([("29173".parse().unwrap(), number)]);
        let response = PushResponse {
            clock: 1,
            results: Vec::new(),
            register: Some(register),
            reached: numbers(300),
            backed_up: numbers(200),
        };
        let expected = Heard {
            register: register.to_string(),
            clock: 1,
            reached: numbers(300).into_iter().collect(),
            backed_up: numbers(200).into_iter().collect(),
        };
        assert_eq!(heard(&serde_json::to_string(&response).unwrap()), Some(Box::new(expected.clone())));

        let response = PullResponse {
            clock: 1,
            records: Vec::new(),
            cursor: Cursor::default(),
            more: false,
            register: Some(register),
            backed_up: numbers(200),
            open_rounds: None,
        };
        let page = answer(200, false, &serde_json::to_string(&response).unwrap());
        let expected = Heard { reached: Numbers::default(), ..expected };
        assert_eq!(page.heard(), Some(Box::new(expected)));
        assert_eq!(answer(200, false, r#"{"clock":1,"records":[],"cursor":"1","more":false}"#).heard(), None);
    }
}
