//! Figures as the server sends them, also kept on the device for when the server cannot be reached.

use gloo::net::http::{Request, Response};
use serde::Deserialize;
use soho_frontend::i18n::Lang;
use soho_frontend::{clock, json, store};
use soho_shared::report::Statistics;

use crate::number_text::Moment;

/// Beginning of the keys under which the last figures seen are stored; the query follows.
const KEPT: &str = "soho.province.1?";

/// The server's answer and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Figures that the server sent.
    pub statistics: Statistics,
    /// Whether the data are a demonstration.
    pub synthetic: bool,
    /// When they were received, in milliseconds since 1970 by the device's clock.
    pub at: u64,
}

/// The part of the answer that is not figures.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    synthetic: bool,
}

/// A refusal in the server's words (`application/problem+json`, RFC 9457).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// Kind of problem, as an address.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What is wrong and what to do, in Vietnamese.
    #[serde(default)]
    pub vi: Option<String>,
    /// What is wrong and what to do, in English.
    #[serde(default)]
    pub detail: Option<String>,
}

impl Problem {
    /// Returns a sentence that there are no figures, with the reason where the server gave one.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let what = lang.pick("Máy chủ không trả số liệu này", "The server did not give these figures");
        let why = match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.detail,
        };
        why.as_ref().map_or_else(|| format!("{what}."), |why| format!("{what}: {why}."))
    }
}

/// Sends a GET request to the server.
///
/// # Errors
/// The server's refusal, or `None` when the server was not reached. An answer by something else on the way,
/// such as a proxy or a network's sign-in page, also counts as not reached.
pub async fn ask(url: &str) -> Result<Response, Option<Problem>> {
    let response = Request::get(url).send().await.map_err(|_| None)?;
    let media = response.headers().get("content-type").unwrap_or_default();
    if response.ok() && media.starts_with("application/") {
        return Ok(response);
    }
    if response.status() >= 500 || !media.starts_with("application/problem+json") {
        return Err(None);
    }
    let body = response.text().await.map_err(|_| None)?;
    let problem: Problem = json::read(&body).map_err(|_| None)?;
    if !problem.kind.starts_with("/problems/") {
        return Err(None);
    }
    if response.status() == 401 {
        // As it opens, the page leads to the sign-in page.
        let _ = leptos::prelude::window().location().reload();
        return Err(None);
    }
    Err(Some(problem))
}

impl Figures {
    /// Reads an answer; `None` when it cannot be read, as from another version of the server.
    #[must_use]
    pub fn read(body: &str, at: u64) -> Option<Self> {
        let statistics = json::read(body).ok()?;
        let synthetic = json::read::<Beside>(body).is_ok_and(|b| b.synthetic);
        Some(Figures { statistics, synthetic, at })
    }

    /// Returns the last figures that this device saw for a query.
    #[must_use]
    pub fn kept(question: &str) -> Option<Self> {
        let text = store::get(&key(question))?;
        let (at, body) = text.split_once('\n')?;
        Self::read(body, at.parse().ok()?)
    }
}

/// Stores an answer on this device.
pub fn keep(question: &str, body: &str, at: u64) {
    let text = format!("{at}\n{body}");
    // A full storage holds mostly old answers of this page; room for the newest is worth more than they are.
    if !store::set(&key(question), &text) {
        forget_all();
        store::set(&key(question), &text);
    }
}

fn key(question: &str) -> String {
    format!("{KEPT}{question}")
}

fn forget_all() {
    let Some(storage) = web_sys::window().and_then(|w| w.local_storage().ok().flatten()) else { return };
    let count = storage.length().unwrap_or(0);
    let keys: Vec<String> = (0..count).filter_map(|i| storage.key(i).ok().flatten()).collect();
    keys.iter().filter(|k| k.starts_with(KEPT)).for_each(|k| store::remove(k));
}

/// Turns milliseconds since 1970 into day and time by the device's clock.
#[must_use]
pub fn moment(at: u64) -> Moment {
    let date = clock::date(at);
    Moment {
        day: (date.get_full_year(), date.get_month() + 1, date.get_date()),
        time: (date.get_hours(), date.get_minutes()),
    }
}
