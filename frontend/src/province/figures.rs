//! Figures as they come from the server, and as they are kept on this device for the day without it.

use gloo::net::http::{Request, Response};
use serde::Deserialize;
use soho_frontend::i18n::Lang;
use soho_frontend::ui::{clock, store};
use soho_shared::report::Statistics;

use crate::number::Moment;

/// Where the last figures seen are kept; the question asked follows.
const KEPT: &str = "soho.province.1?";

/// What the server said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The figures.
    pub statistics: Statistics,
    /// Whether the data are a demonstration.
    pub synthetic: bool,
    /// When they were received, in milliseconds since 1970 by the device's clock.
    pub at: u64,
}

/// What the answer says beside the figures.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    synthetic: bool,
}

/// A refusal in the server's words (`application/problem+json`, RFC 9457).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// Which kind, as an address.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What is wrong and what to do, in Vietnamese.
    #[serde(default)]
    pub vi: Option<String>,
    /// The same in English.
    #[serde(default)]
    pub detail: Option<String>,
}

impl Problem {
    /// That there are no figures, and why, where that was said.
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

/// Asks the server for something.
///
/// # Errors
/// A refusal; or `None` when the server cannot be reached. Others on the line that answer for it, a proxy or a café's
/// page, are as good as no answer.
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
    let problem: Problem = serde_json::from_str(&body).map_err(|_| None)?;
    if !problem.kind.starts_with("/problems/") {
        return Err(None);
    }
    if response.status() == 401 {
        // The page leads to where one signs in as it opens.
        let _ = leptos::prelude::window().location().reload();
        return Err(None);
    }
    Err(Some(problem))
}

impl Figures {
    /// Reads an answer; `None` when it is not one (another version of the server).
    #[must_use]
    pub fn read(body: &str, at: u64) -> Option<Self> {
        let statistics = serde_json::from_str(body).ok()?;
        let synthetic = serde_json::from_str::<Beside>(body).is_ok_and(|b| b.synthetic);
        Some(Figures { statistics, synthetic, at })
    }

    /// The last figures this device saw for a question.
    #[must_use]
    pub fn kept(question: &str) -> Option<Self> {
        let text = store::get(&key(question))?;
        let (at, body) = text.split_once('\n')?;
        Self::read(body, at.parse().ok()?)
    }
}

/// Keeps an answer on this device.
pub fn keep(question: &str, body: &str, at: u64) {
    let text = format!("{at}\n{body}");
    // A full storage holds mostly our own old answers: room for the newest is worth more than they are.
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

/// A moment, in milliseconds since 1970, as the device's clock on the wall shows it.
#[must_use]
pub fn moment(at: u64) -> Moment {
    let date = clock::date(at);
    Moment {
        day: (date.get_full_year(), date.get_month() + 1, date.get_date()),
        time: (date.get_hours(), date.get_minutes()),
    }
}
