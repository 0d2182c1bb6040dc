//! The self-check in a real browser: typed by a person, answered while typing, reloaded, and offline.

#![allow(clippy::unwrap_used, reason = "a test")]

use soho_tests::browser::{Browser, Engine};
use soho_tests::server::Server;

/// What is typed and what must be answered.
struct Case {
    residence: &'static str,
    members: &'static str,
    /// For the whole year.
    wages: &'static str,
    class: &'static str,
    /// Without spaces, as the answer shows it.
    monthly: &'static str,
}

/// 4 people: rural lines 400.000, 520.000 and 600.000 đ, urban 500.000, 650.000 and 750.000 đ.
const CASES: [Case; 8] = [
    Case { residence: "rural", members: "4", wages: "19200000", class: "poor", monthly: "400.000đ" },
    Case { residence: "rural", members: "4", wages: "19.200.001", class: "near_poor", monthly: "400.000đ" },
    Case {
        residence: "rural", members: "4", wages: "24,96 triệu", class: "near_poor", monthly: "520.000đ"
    },
    Case { residence: "rural", members: "4", wages: "28800000", class: "low_income", monthly: "600.000đ" },
    Case { residence: "rural", members: "4", wages: "28800001", class: "above", monthly: "600.000đ" },
    Case { residence: "urban", members: "2", wages: "12 triệu", class: "poor", monthly: "500.000đ" },
    Case { residence: "urban", members: "2", wages: "15600000", class: "near_poor", monthly: "650.000đ" },
    Case { residence: "urban", members: "2", wages: "18000000", class: "low_income", monthly: "750.000đ" },
];

async fn answer(browser: &Browser, case: &Case) -> anyhow::Result<()> {
    let script = format!(
        "const a = document.querySelector('#answer'); \
         return a !== null && a.dataset.class === '{}' \
         && document.querySelector('#monthly-per-person').textContent.replace(/\\s/g, '') === '{}'",
        case.class, case.monthly
    );
    let what = format!("{} people, {}, {} a year: {}", case.members, case.residence, case.wages, case.class);
    browser.wait(&what, &script, 20).await
}

async fn type_in(browser: &Browser, case: &Case) -> anyhow::Result<()> {
    browser.tap(&format!("label[for=residence-{}]", case.residence)).await?;
    browser.fill("#members", case.members).await?;
    browser.fill("#income-wages-amount", case.wages).await?;
    browser.tap("label[for=income-wages-year]").await?;
    answer(browser, case).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_in_both_residences_then_reloaded_and_offline() -> anyhow::Result<()> {
    for engine in Engine::asked_for() {
        let data = tempfile::tempdir()?;
        let profile = tempfile::tempdir()?;
        let server = Server::start(data.path())?;
        let browser = Browser::open(engine, profile.path()).await?;
        browser.goto(&server.url("/")).await?;
        for case in &CASES {
            type_in(&browser, case).await?;
        }
        let last = &CASES[CASES.len() - 1];

        // A reload loses nothing.
        browser.reload().await?;
        answer(&browser, last).await?;

        // Nor does a reload without a network, after the first visit.
        browser.kept_offline().await?;
        let url = server.url("/");
        server.kill();
        browser.goto(&url).await?;
        answer(&browser, last).await?;

        // For the next person on a shared phone.
        browser.tap("#clear").await?;
        browser
            .wait("cleared", "return document.querySelector('#answer').dataset.class === 'none'", 10)
            .await?;
        browser.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_why_and_what_it_opens_in_both_languages() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let profile = tempfile::tempdir()?;
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/")).await?;
    type_in(&browser, &CASES[0]).await?;
    for said in ["Quyết định 09/2011/QĐ-TTg", "30.000", "Hộ nghèo", "mới được đề xuất|đề xuất"]
    {
        let script =
            format!("return /{}/.test(document.querySelector('#main').innerText)", said.replace('/', "\\/"));
        browser.wait(said, &script, 10).await?;
    }
    browser.tap("#language").await?;
    browser
        .wait(
            "English",
            "return /Poor household/.test(document.body.innerText) && document.documentElement.lang === 'en'",
            10,
        )
        .await?;

    // The commune may be found by a few letters without diacritics, and decides rural or urban.
    browser.fill("#commune", "an duc").await?;
    browser.tap("#commune-0").await?;
    let script = "return document.querySelector('#residence-rural').checked && /An Đức/.test(document.querySelector('#commune').value)";
    browser.wait("An Đức is rural", script, 10).await?;

    // Nothing of it left the phone.
    let script = "return performance.getEntriesByType('resource').every(e => e.name.startsWith(location.origin) && !e.name.includes('/api/'))";
    browser.wait("nothing is sent", script, 1).await?;
    browser.close().await;
    Ok(())
}
