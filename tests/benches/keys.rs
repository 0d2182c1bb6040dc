//! From a key press to its effect, in the self-check and in the survey, with forty members and thirty lines of income, in
//! Chromium at 360 px with its processor slowed down by four. Beside them a bare page, whose one field writes what was typed
//! under itself: what browser and machine need without us.
//!
//! Run with `cargo xtask bench keys`. A press is timed from the key event to the next frame that the browser presented (Event
//! Timing, in steps of 8 ms; anything up to 16 ms counts as 16), and to the end of painting in the page's own process. With
//! other work on the machine the figures say nothing.

#![allow(clippy::print_stdout, reason = "a benchmark")]

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use soho_shared::record::Value as Field;
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::server::{self, Server};
use tokio::time::sleep;

const SLOWER: u32 = 4;
const PRESSES: usize = 32;
const MEMBERS: usize = 40;
const LINES: usize = 30;
/// Time from one press to the next, after which nothing of the first is still to be done.
const APART: Duration = Duration::from_millis(400);
/// Shortest time that Event Timing tells, in ms; shorter ones it leaves out.
const SHORTEST: f64 = 16.0;
const BACKSPACE: &str = "Backspace";

/// A field of a page.
struct Place {
    what: &'static str,
    css: &'static str,
    typed: Typed,
}

/// What is typed into a field, and then taken back letter by letter, again and again.
enum Typed {
    /// Into the empty field.
    Anew(&'static str),
    /// At the end of what is there.
    Added(&'static str),
}

use Typed::{Added, Anew};

const fn place(what: &'static str, css: &'static str, typed: Typed) -> Place {
    Place { what, css, typed }
}

const BARE: [Place; 1] = [place("its field", "input", Anew("1200000"))];
const SELF_CHECK: [Place; 5] = [
    place("members", "#members", Anew("12")),
    place("first amount", "#income-wages-amount", Anew("1200000")),
    place("last amount", ".card:last-of-type input[id$=-amount]", Anew("1200000")),
    place("amount that turns wrong", "#income-wages-amount", Added("x")),
    place("number of months that turns wrong", "#income-wages-times", Added("1")),
];
const SURVEY: [Place; 6] = [
    place("name", "#head-name", Added(" Sáu Hiền")),
    place("note", "#note", Anew("nhà dột")),
    place("amount", "[data-testid=income-line] input[id$=amount]", Anew("1200000")),
    place("amount that turns wrong", "[data-testid=income-line] input[id$=amount]", Added("x")),
    place("number of months that turns wrong", "[data-testid=income-line] input[id$=times]", Added("1")),
    place("year of birth that turns wrong", "#head-birth-year", Added("1")),
];
const BARE_PAGE: &str = "data:text/html,<input oninput='o.textContent=value'><p id=o>";

/// Notes the presses: how long the browser took to present each, to paint it, and what the page's own handlers took of that.
const WATCH: &str = "
    window.seen = []; window.painted = []; window.own = [];
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
            if (entry.name === 'keydown') seen.push(entry.duration);
            if (entry.name === 'input') own.push(entry.processingEnd - entry.processingStart);
        }
    }).observe({ type: 'event', durationThreshold: 16 });
    addEventListener('keydown', event => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => painted.push(performance.now() - event.timeStamp);
        port2.postMessage(0);
    }), true);";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    println!("median of {PRESSES} presses, {SLOWER} times slowed down, in ms (aim: under 50)");

    browser.goto(BARE_PAGE).await?;
    measure(&browser, "a bare page", &BARE).await?;

    browser.goto(&server.url("/")).await?;
    answer(&browser).await?;
    measure(&browser, "the self-check", &SELF_CHECK).await?;

    send(&server).await?;
    browser.goto(&server.url("/survey/")).await?;
    for part in ["[data-district='836']", "[data-commune='29173']", "[data-hamlet='1']"] {
        browser.tap(part).await?;
    }
    browser.tap("[data-testid=household-row]").await?;
    let all = format!("return document.querySelectorAll('[data-testid=income-line]').length === {LINES}");
    browser.wait("the household is open", &all, 20).await?;
    measure(&browser, "the survey", &SURVEY).await?;

    browser.goto(BARE_PAGE).await?;
    measure(&browser, "a bare page once more", &BARE).await?;
    browser.close().await;
    Ok(())
}

/// Fills in the self-check.
async fn answer(browser: &Browser) -> anyhow::Result<()> {
    browser.tap("label[for=residence-rural]").await?;
    browser.fill("#members", &MEMBERS.to_string()).await?;
    browser.fill("#income-wages-amount", "1200000").await?;
    browser.tap("label[for=income-wages-month]").await?;
    let more = "document.querySelector('#more-sources').parentElement.open = true";
    browser.driver().execute(more, vec![]).await?;
    let lines = "return document.querySelectorAll('#income ~ div .card').length";
    let first = browser.driver().execute(lines, vec![]).await?.convert::<usize>()?;
    for line in first..LINES {
        browser.tap("#add-wages").await?;
        let there = format!("{lines} === {}", line + 1);
        browser.wait("one more line", &there, 10).await?;
        browser.fill(".card:last-of-type input[id$=-amount]", "900000").await?;
    }
    Ok(())
}

/// Sends the survey's household to the server.
async fn send(server: &Server) -> anyhow::Result<()> {
    let mut fields: Vec<(String, Field)> = vec![
        ("hamlet".into(), 1.into()),
        ("member_count".into(), i64::try_from(MEMBERS)?.into()),
        ("main_cause".into(), "lack_of_means".into()),
    ];
    for at in 1..=MEMBERS {
        fields.push((format!("members/m{at:02}/name"), format!("Nguyễn Văn {at}").into()));
        fields.push((format!("members/m{at:02}/birth_year"), (1940 + i64::try_from(at)?).into()));
        fields.push((format!("members/m{at:02}/sex"), "male".into()));
        fields.push((format!("members/m{at:02}/head"), (at == 1).into()));
    }
    for at in 1..=LINES {
        fields.push((format!("income/i{at:02}/source"), "wages".into()));
        fields.push((format!("income/i{at:02}/amount"), 900_000.into()));
        fields.push((format!("income/i{at:02}/rhythm"), "month".into()));
        fields.push((format!("income/i{at:02}/times"), 12.into()));
    }
    let fields = fields.iter().map(|(field, value)| (&**field, value.clone()));
    let operation = operation(&mut Dice::new(1), household("29173", 1), 1_290_000_000_000, fields);
    let push = PushRequest { clock: None, operations: vec![operation] };
    let sent = server::http().post(server.url("/api/v1/sync/push")).json(&push).send().await?;
    ensure!(sent.status().is_success(), "{}: {}", sent.status(), sent.text().await?);
    Ok(())
}

/// Presses keys in each of a page's fields and tells how long that took.
async fn measure(browser: &Browser, page: &str, places: &[Place]) -> anyhow::Result<()> {
    let elements = browser.driver().execute("return document.querySelectorAll('*').length", vec![]).await?;
    println!("{page}, {} elements", elements.json());
    browser.driver().execute(WATCH, vec![]).await?;
    slow(browser, SLOWER).await?;
    for Place { what, css, typed } in places {
        let (text, begin) = match typed {
            Anew(text) => (text, 0),
            Added(text) => (text, usize::MAX),
        };
        let focus = format!(
            "const at = document.querySelector({}); at.scrollIntoView({{block: 'center'}}); at.focus(); \
             at.setSelectionRange?.(Math.min({begin}, at.value.length), at.value.length)",
            json!(css)
        );
        browser.find(css).await.with_context(|| format!("{what} of {page}"))?;
        browser.driver().execute(focus, vec![]).await?;
        if begin == 0 {
            press(browser, BACKSPACE).await?;
        }
        sleep(2 * APART).await;
        browser.driver().execute("seen.length = painted.length = own.length = 0", vec![]).await?;
        let back = text.chars().map(|_| BACKSPACE.to_owned());
        let keys: Vec<String> = text.chars().map(String::from).chain(back).collect();
        for key in keys.iter().cycle().take(PRESSES) {
            press(browser, key).await?;
            sleep(APART).await;
        }
        let mut seen = times(browser, "return seen").await?;
        let (painted, own) = (times(browser, "return painted").await?, times(browser, "return own").await?);
        ensure!(painted.len() == PRESSES, "{what} of {page}: {} presses of {PRESSES}", painted.len());
        seen.resize(PRESSES, SHORTEST);
        println!(
            "  {what}: presented {:.0} (of twenty the slowest {:.0}), painted {:.0}, in the page's code {:.1}",
            within(&seen, 50),
            within(&seen, 95),
            within(&painted, 50),
            within(&own, 50),
        );
    }
    slow(browser, 1).await
}

async fn slow(browser: &Browser, rate: u32) -> anyhow::Result<()> {
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": rate })).await
}

async fn press(browser: &Browser, key: &str) -> anyhow::Result<()> {
    let down = match key {
        BACKSPACE => json!({ "type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": 8 }),
        letter => json!({ "type": "keyDown", "key": letter, "text": letter }),
    };
    browser.devtools("Input.dispatchKeyEvent", down).await?;
    browser.devtools("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key })).await
}

async fn times(browser: &Browser, script: &str) -> anyhow::Result<Vec<f64>> {
    let answer = browser.driver().execute(script, vec![]).await?;
    let numbers = answer.json().as_array().context("no times")?.iter().filter_map(Value::as_f64);
    Ok(numbers.collect())
}

/// The time within which `percent` of the presses were done.
fn within(times: &[f64], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}
