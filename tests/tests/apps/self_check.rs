//! The self-check in a real browser: typed by a person, answered while typing, reloaded, and used offline.

use soho_tests::browser::{Browser, Engine};
use soho_tests::paper::sheets;
use soho_tests::server::Server;

/// What is typed, and the expected answer.
struct Case {
    residence: &'static str,
    members: &'static str,
    /// Wages of the whole year.
    wages: &'static str,
    class: &'static str,
    /// Income a month as the answer shows it, but without spaces.
    monthly: &'static str,
}

/// Standard of 2011, 4 people: rural lines 400.000, 520.000 and 600.000 đ, urban 500.000, 650.000 and 750.000 đ.
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

/// Chooses another standard than today's.
async fn choose(browser: &Browser, standard: &str) -> anyhow::Result<()> {
    browser.find("#other-standards").await?;
    let open = "document.querySelector('#other-standards').parentElement.open = true; return true";
    browser.wait("the other standards", open, 5).await?;
    browser.tap(&format!("label[for=standard-{standard}]")).await?;
    let chosen = format!("return document.querySelector('#standard-{standard}').checked");
    browser.wait(standard, &chosen, 5).await
}

/// Waits until the class in view is this one, or `none`.
async fn class(browser: &Browser, class: &str, what: &str) -> anyhow::Result<()> {
    let script = format!("return document.querySelector('#answer')?.dataset.class === '{class}'");
    browser.wait(what, &script, 20).await
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
        choose(&browser, "2011").await?;
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

        // Cleared for the next person on a shared phone.
        browser.tap("#clear").await?;
        class(&browser, "none", "cleared").await?;
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
    choose(&browser, "2011").await?;
    type_in(&browser, &CASES[0]).await?;
    for said in ["Quyết định 09/2011/QĐ-TTg", "49.000", "Hộ nghèo", "mới được đề xuất|đề xuất"]
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

    // A commune can be found by a few letters without diacritics, and decides between rural and urban.
    browser.fill("#commune", "an duc").await?;
    browser.tap("#commune-0").await?;
    let script = "return document.querySelector('#residence-rural').checked && /An Đức/.test(document.querySelector('#commune').value)";
    browser.wait("An Đức is rural", script, 10).await?;

    nothing_was_sent(&browser).await?;
    browser.close().await;
    Ok(())
}

/// Checks that nothing left the phone: only files were asked for, and no address carries an answer.
async fn nothing_was_sent(browser: &Browser) -> anyhow::Result<()> {
    let script = "const all = [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]; \
                  return all.length > 3 && all.every(e => { const url = new URL(e.name); \
                  return url.origin === location.origin && url.search === '' && url.hash === '' \
                  && /^\\/($|assets\\/|icons\\/|manifest|sw\\.js)/.test(url.pathname); })";
    // A link carries the answers after the `#` of the page's own address, which is not sent.
    let script = script.replace("url.hash === ''", "(e.entryType === 'navigation' || url.hash === '')");
    browser.wait("nothing is sent", &script, 1).await
}

/// Enters a rural household: 4 people with 60 million a year, under the line of 2022, where lacking 3
/// indicators decides.
async fn under_the_line_of_2022(browser: &Browser) -> anyhow::Result<()> {
    choose(browser, "2022").await?;
    browser.tap("label[for=residence-rural]").await?;
    browser.fill("#members", "4").await?;
    browser.fill("#income-wages-amount", "60 triệu").await?;
    browser.tap("label[for=income-wages-year]").await
}

const ASKED: &str =
    "[...document.querySelectorAll('[id^=lack-][id$=-yes]')].filter(i => i.offsetParent !== null).length";

#[tokio::test(flavor = "multi_thread")]
async fn today_s_standard_is_the_usual_one_and_its_questions_stop_where_no_answer_matters()
-> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let profile = tempfile::tempdir()?;
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/")).await?;
    browser.find("#members").await?;
    let script = "const [from, to] = document.querySelector('#standard').textContent.match(/\\d{4}(?=[–\\s(])/g).map(Number); \
                  const year = new Date().getFullYear(); return from <= year && year <= to";
    browser.wait("today's standard", script, 5).await?;

    under_the_line_of_2022(&browser).await?;
    browser.wait("all are asked", &format!("return {ASKED} === 12"), 10).await?;
    let both = "return document.querySelector('#answer-class').textContent === 'Hộ nghèo hoặc hộ cận nghèo'";
    browser.wait("two classes are possible", both, 5).await?;
    class(&browser, "none", "no class yet").await?;

    // Three are lacking: poor, whatever the others are; only the answered questions stay.
    for id in ["water", "toilet"] {
        browser.tap(&format!("label[for=lack-{id}-yes]")).await?;
    }
    browser.tap("label[for=lack-nutrition-unknown]").await?;
    class(&browser, "none", "two do not decide").await?;
    browser.tap("label[for=lack-telecom-yes]").await?;
    class(&browser, "poor", "three decide").await?;
    browser.wait("nothing more is asked", &format!("return {ASKED} === 4"), 5).await?;
    let said = "return /^Đủ rồi, không cần hỏi thêm/.test(document.querySelector('#living-why').textContent)";
    browser.wait("it says so", said, 5).await?;

    // One answer is changed, and others are given until three cannot be reached.
    browser.tap("label[for=lack-telecom-no]").await?;
    browser.wait("it asks again", &format!("return {ASKED} === 12"), 5).await?;
    for id in [
        "water",
        "toilet",
        "employment",
        "dependants",
        "nutrition",
        "health_insurance",
        "adult_education",
        "child_schooling",
        "housing_quality",
    ] {
        class(&browser, "none", id).await?;
        browser.tap(&format!("label[for=lack-{id}-no]")).await?;
    }
    // Two are still open: housing_area and information_assets.
    class(&browser, "near_poor", "three cannot be reached").await?;

    // Above the line nothing is asked, and the page does not claim that there is no support.
    browser.fill("#income-wages-amount", "73 triệu").await?;
    class(&browser, "low_income", "over the line").await?;
    browser.wait("nothing is asked", &format!("return {ASKED} === 0"), 5).await?;
    choose(&browser, "2016").await?;
    browser.find("#supports-unknown").await?;
    nothing_was_sent(&browser).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_carries_the_answers_to_another_phone_without_a_network() -> anyhow::Result<()> {
    let (data, profile, other) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/")).await?;
    under_the_line_of_2022(&browser).await?;
    for id in ["water", "toilet", "telecom"] {
        browser.tap(&format!("label[for=lack-{id}-yes]")).await?;
    }
    class(&browser, "poor", "three decide").await?;
    browser.tap("#share").await?;
    let link = browser.find("#share-link").await?.prop("value").await?.unwrap_or_default();
    nothing_was_sent(&browser).await?;
    browser.close().await;

    // Another phone, which was here once and then has no network.
    let browser = Browser::open(Engine::Chromium, other.path()).await?;
    browser.goto(&server.url("/")).await?;
    browser.kept_offline().await?;
    server.kill();
    browser.goto("about:blank").await?;
    browser.goto(&link).await?;
    class(&browser, "poor", "the same result").await?;
    let same = "return document.querySelector('#members').value === '4' && location.hash === '' \
                && document.querySelector('#lack-water-yes').checked";
    browser.wait("the same answers", same, 5).await?;
    nothing_was_sent(&browser).await?;

    // The phone's own answers are not replaced without asking, and both are kept.
    browser.fill("#members", "9").await?;
    let again = format!("location.hash = new URL('{link}').hash; return true");
    browser.wait("the link again", &again, 5).await?;
    browser.find("#take-link").await?;
    browser.reload().await?;
    let members = |n: u8| format!("return document.querySelector('#members')?.value === '{n}'");
    browser.wait("nothing was replaced", &members(9), 10).await?;
    browser.tap("#take-link").await?;
    browser.wait("the link's", &members(4), 5).await?;
    browser.reload().await?;
    browser.tap("#swap").await?;
    browser.wait("the own ones are still there", &members(9), 5).await?;

    // A link that was cut changes nothing, and the page says so.
    let cut = again.replace(".hash;", ".hash.slice(0, -9);");
    browser.wait("a cut link", &cut, 5).await?;
    browser.find("#close-link").await?;
    browser.wait("nothing was replaced", &members(9), 5).await?;

    // Cleared for the next person on this phone.
    browser.tap("#clear").await?;
    let gone = "return document.querySelector('#members').value === '' && location.hash === '' \
                && Object.keys(localStorage).filter(k => k.startsWith('soho.check')).every(k => localStorage[k] === '')";
    browser.wait("all is cleared", gone, 5).await?;
    browser.close().await;
    Ok(())
}

/// With as many sources and supports as a household can have.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_result_is_printed_on_one_page() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path())?;
    // WebKitGTK's driver does not print.
    for engine in Engine::asked_for().into_iter().filter(|engine| *engine != Engine::WebKit) {
        let profile = tempfile::tempdir()?;
        let browser = Browser::open(engine, profile.path()).await?;
        browser.goto(&server.url("/")).await?;
        the_longest_result(&browser).await?;
        browser.close().await;
    }
    Ok(())
}

async fn the_longest_result(browser: &Browser) -> anyhow::Result<()> {
    choose(browser, "2011").await?;
    browser.fill("#members", "9").await?;
    browser.fill("#commune", "an duc").await?;
    browser.tap("#commune-0").await?;
    let open = "document.querySelector('#more-sources').parentElement.open = true; return true";
    browser.wait("the other sources", open, 5).await?;
    for source in [
        "forestry",
        "fishing",
        "salt",
        "trade",
        "remittances",
        "rent",
        "pension",
        "social_allowance",
        "other",
    ] {
        browser.tap(&format!("#add-{source}")).await?;
    }
    for source in [
        "crops",
        "livestock",
        "wages",
        "forestry",
        "fishing",
        "salt",
        "trade",
        "remittances",
        "rent",
        "pension",
        "social_allowance",
        "other",
    ] {
        browser.fill(&format!("#income-{source}-amount"), "3.456.789").await?;
        browser.tap(&format!("label[for=income-{source}-year]")).await?;
        let has_costs = format!("return document.querySelector('#income-{source}-costs') !== null");
        if browser.driver().execute(&has_costs, vec![]).await?.json().as_bool() == Some(true) {
            browser.fill(&format!("#income-{source}-costs"), "1.234.567").await?;
        }
    }
    for (standard, language) in [("2011", "vi"), ("2022", "vi"), ("2022", "en"), ("2011", "en")] {
        choose(browser, standard).await?;
        let other = format!(
            "return document.documentElement.lang === '{language}' || document.querySelector('#language').click()"
        );
        browser.wait(language, &other, 5).await?;
        for id in ["water", "toilet", "telecom"] {
            if standard == "2022" && language == "vi" {
                browser.tap(&format!("label[for=lack-{id}-yes]")).await?;
            }
        }
        class(browser, "poor", standard).await?;
        let sheets = sheets(browser, 1.0).await?;
        anyhow::ensure!(sheets.len() == 1, "{:?}: {standard} in {language}: {sheets:?}", browser.engine);
    }
    Ok(())
}
