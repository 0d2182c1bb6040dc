//! The line between tablet and server as in the field, with a real server and a real browser: slow, and with
//! others on it that answer.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use soho_frontend::local::outbox::Entry;
use soho_shared::record::Operation;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::proxy::{Intruder, Proxy};
use soho_tests::server::{self, Server};

/// Ấp 1 of Xã An Đức, Huyện Ba Tri.
const DISTRICT: &str = "836";
const COMMUNE: &str = "29173";

/// Opens a browser in the survey of that hamlet, through the proxy.
async fn survey(profile: &std::path::Path, proxy: &Proxy) -> anyhow::Result<Browser> {
    let browser = Browser::open(Engine::Chromium, profile).await?;
    browser.goto(&proxy.url("/survey/")).await?;
    browser.tap(&format!("[data-district='{DISTRICT}']")).await?;
    browser.tap(&format!("[data-commune='{COMMUNE}']")).await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.find("[data-testid=add-household]").await?;
    browser.kept_offline().await?;
    Ok(browser)
}

async fn waiting(browser: &Browser, count: usize, seconds: u64) -> anyhow::Result<()> {
    let script =
        format!("return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '{count}'");
    browser.wait(&format!("{count} records only on this device"), &script, seconds).await
}

/// Returns how many operations the server has taken with this outcome.
async fn operations(server: &Server, outcome: &str) -> anyhow::Result<u64> {
    let text = server::http().get(server.url("/metrics")).send().await?.error_for_status()?.text().await?;
    let name = format!("soho_operations_total{{outcome=\"{outcome}\"}} ");
    Ok(text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0))
}

async fn until(what: &str, seconds: u64, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(seconds), "{what}: not so after {seconds} s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Answers of others on the line, none of them the server's.
const STRANGERS: [Intruder; 6] = [
    Intruder::html("413 Payload Too Large"),
    Intruder::html("422 Unprocessable Content"),
    Intruder::html("502 Bad Gateway"),
    Intruder::html("200 OK"),
    // An answer that explains itself in the same form, but is not of this server.
    Intruder {
        status: "413 Payload Too Large",
        headers: "Content-Type: application/problem+json\r\n",
        page: r#"{"type":"about:blank","title":"Payload Too Large","status":413,"detail":""}"#,
    },
    // The server's words on somebody else's page.
    Intruder {
        status: "422 Unprocessable Content",
        headers: "Content-Type: text/html\r\n",
        page: r#"{"type":"/problems/invalid-operation","title":"","status":422,"detail":""}"#,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn what_others_on_the_line_answer_refuses_nothing() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let proxy = Proxy::start(server.port())?;
    let browser = survey(profile.path(), &proxy).await?;
    let unharmed = "return document.querySelector('[data-testid=household-row]')?.dataset.state === 'local' \
                    && document.querySelector('[data-testid=sync-trouble]').innerText !== ''";

    // Nobody touches anything: sending is tried again, with growing pauses.
    proxy.answer(Some(Intruder::html("400 Bad Request")));
    browser.tap("[data-testid=add-household]").await?;
    browser.fill("#head-name", "Nguyễn Thị Bé Sáu").await?;
    browser.tap("a.waits").await?;
    until("four tries", 60, || proxy.pushes().len() >= 4).await;
    let pushes = proxy.pushes();
    let pauses: Vec<_> = pushes.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.windows(2).all(|two| two[1] > two[0] * 3 / 2), "{pauses:?}");
    browser.wait("the household is not refused", unharmed, 10).await?;
    waiting(&browser, 1, 1).await?;

    for stranger in STRANGERS {
        proxy.answer(Some(stranger));
        let before = proxy.pushes().len();
        browser.tap("[data-testid=sync-now]").await?;
        until(stranger.page, 10, || proxy.pushes().len() > before).await;
        let idle = "return document.querySelector('[data-testid=sync-now]').ariaDisabled === 'false'";
        browser.wait("it has the answer", idle, 10).await?;
        browser.wait(stranger.page, unharmed, 10).await?;
        waiting(&browser, 1, 1).await?;
    }

    proxy.answer(None);
    browser.tap("[data-testid=sync-now]").await?;
    waiting(&browser, 0, 20).await?;
    assert_eq!(operations(&server, "rejected").await?, 0);
    let url = server.url("/api/v1/statistics?area=83&round=2010&by=district");
    let counted: Value = server::http().get(url).send().await?.error_for_status()?.json().await?;
    assert_eq!(counted["total"]["households"], 1);
    browser.close().await;
    Ok(())
}

/// Puts entries into the outbox on the browser's disk.
const PUT: &str = "
    const [entries, done] = arguments;
    const open = indexedDB.open('soho-survey');
    open.onsuccess = () => {
        const tx = open.result.transaction('outbox', 'readwrite');
        for (const [slot, text] of entries) tx.objectStore('outbox').put(text, slot);
        tx.oncomplete = () => { open.result.close(); done(); };
    };
";

/// Makes the edits of somebody who surveyed this many households, field by field.
fn edits(households: u64, dice: &mut Dice) -> Vec<Operation> {
    let mut now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    now -= households * 15 * 2_000;
    let mut edits = Vec::new();
    for number in 0..households {
        let amount = i64::try_from(dice.roll(60) * 500_000).unwrap();
        let fields: [(&str, soho_shared::record::Value); 15] = [
            ("hamlet", 1.into()),
            ("head/name", format!("Nguyễn Văn {}", dice.roll(1_000_000)).into()),
            ("head/birth_year", i64::try_from(1940 + dice.roll(50)).unwrap().into()),
            ("head/sex", "female".into()),
            ("address", format!("tổ {}, gần cầu", dice.roll(30)).into()),
            ("member_count", i64::try_from(1 + dice.roll(7)).unwrap().into()),
            ("income/a/source", "crops".into()),
            ("income/a/amount", amount.into()),
            ("income/a/costs", (amount / 4).into()),
            ("income/b/source", "wages".into()),
            ("income/b/amount", (amount / 10).into()),
            ("income/b/times", 12.into()),
            ("income/c/source", "livestock".into()),
            ("income/c/amount", (amount / 7).into()),
            ("main_cause", "lack_of_means".into()),
        ];
        for field in fields {
            now += 2_000;
            edits.push(operation(dice, household(COMMUNE, number), now, [field]));
        }
    }
    edits
}

/// Upload speed of a village's line: 3 KB a second.
const SLOW: u64 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_day_s_work_goes_through_a_slow_line_once() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let proxy = Proxy::start(server.port())?;
    let browser = survey(profile.path(), &proxy).await?;

    let edits = edits(60, &mut Dice::new(15));
    let entries: Vec<_> = edits.into_iter().map(Entry::new).collect();
    let wire: usize = entries.iter().map(Entry::size).sum();
    let rows = entries.iter().map(|entry| [entry.slot.to_string(), serde_json::to_string(entry).unwrap()]);
    let rows = serde_json::to_value(rows.collect::<Vec<_>>())?;
    browser.driver().execute_async(PUT, vec![rows]).await?;
    proxy.slow(SLOW);
    let (started, before) = (Instant::now(), proxy.sent());
    browser.reload().await?;
    waiting(&browser, 0, 300).await?;

    let (took, sent, pushes) = (started.elapsed(), proxy.sent() - before, proxy.pushes().len());
    println!(
        "900 operations of {wire} bytes: {sent} bytes in {pushes} pushes and {} s at {SLOW} bytes/s",
        took.as_secs()
    );
    assert_eq!(operations(&server, "accepted").await?, 900);
    assert_eq!(operations(&server, "duplicate").await?, 0, "something was sent again");
    assert!(sent < wire as u64 / 2, "{sent} bytes of {wire}");
    browser.close().await;
    Ok(())
}
