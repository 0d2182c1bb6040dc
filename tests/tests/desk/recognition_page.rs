//! From the end of the survey to printed certificates, at the desk: in a real browser.

use serde_json::{Value, json};
use soho_shared::record::{HouseholdId, Value as Field};
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, operation};
use soho_tests::people::{Person, add};
use soho_tests::server::Server;

use crate::CENSUS;

const COMMUNE: &str = "/api/v1/rounds/2011/communes/29173";
const PAGE: &str = "/desk/recognition?area=29173&round=2011&lang=vi";

async fn told(browser: &Browser, script: &str) -> anyhow::Result<Value> {
    Ok(browser.driver().execute(script, vec![]).await?.json().clone())
}

async fn go(officer: &Person, from: Option<&str>, to: &str) -> anyhow::Result<()> {
    let moved = json!({"from": from, "to": to, "why": "làm tiếp"});
    let answer = officer.post(&format!("{COMMUNE}/stage"), &moved).await?;
    assert_eq!(answer.status, 200, "{to}: {}", answer.text);
    Ok(())
}

/// All of last round's list surveyed, none with an income, and the round at its hamlets' meetings. Returns each household with its
/// hamlet.
async fn surveyed(xa: &Person) -> anyhow::Result<Vec<(HouseholdId, i64)>> {
    let list = xa.get(&format!("{COMMUNE}/households?list=pending")).await?;
    let due = list.body["households"].as_array().unwrap().iter();
    let due: Vec<(HouseholdId, i64)> = due
        .map(|of| (of["household"].as_str().unwrap().parse().unwrap(), of["hamlet"].as_i64().unwrap()))
        .collect();
    go(xa, None, "open").await?;
    go(xa, Some("open"), "survey").await?;
    let mut dice = Dice::new(31);
    let visits = due.iter().map(|(id, hamlet)| {
        let set: Vec<(&str, Field)> =
            vec![("hamlet", (*hamlet).into()), ("member_count", 1.into()), ("no_income", true.into())];
        let mut operation = operation(&mut dice, *id, 1_320_000_000_000, set);
        operation.round = "2011".parse().unwrap();
        operation
    });
    let push = serde_json::to_value(PushRequest { clock: None, operations: visits.collect() })?;
    assert_eq!(xa.post("/api/v1/sync/push", &push).await?.status, 200);
    go(xa, Some("survey"), "meeting").await?;
    Ok(due)
}

/// Posts and recognises the round, with what has to be declared before.
async fn to_recognition(xa: &Person) -> anyhow::Result<()> {
    go(xa, Some("meeting"), "posting").await?;
    let detail = xa.get(COMMUNE).await?;
    for hamlet in detail.body["hamlets"].as_array().unwrap() {
        let path = format!("/api/v1/rounds/2011/areas/{}", hamlet["hamlet"].as_str().unwrap());
        let answer = xa.patch(&path, &json!({"fields": {"declared/households": 60}})).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    go(xa, Some("posting"), "recognised").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_goes_from_its_meetings_to_printed_certificates() -> anyhow::Result<()> {
    let (data, profile) = (CENSUS.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let (xa, huyen) = (Person::sign_in(&server, "xa").await?, Person::sign_in(&server, "huyen").await?);
    let due = surveyed(&xa).await?;
    let (first, hamlet) = due[0];

    // A district's page leads to its communes, a commune's page to its recognition.
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.sign_in(&server, "/desk/recognition?area=836&round=2011&lang=vi", "xa").await?;
    browser.find("[data-testid=choose-commune]").await?;
    browser.tap("[data-area='29173']").await?;
    browser.find("[data-testid=cases] tr[data-household]").await?;
    browser.goto(&server.url("/desk/commune?area=29173&round=2011&lang=vi")).await?;
    browser.tap("[data-testid=to-recognition]").await?;
    browser.says("[data-testid=majority]", "Chưa rõ").await?;
    let cases = format!("return document.querySelectorAll('tr[data-testid=case]').length === {}", due.len());
    browser.wait("all of them are put to the meeting", &cases, 20).await?;

    // The hamlet's meeting, written as each field is left.
    browser.tap(&format!("nav [data-hamlet='{hamlet}']")).await?;
    browser.fill("#meeting-place", "Nhà văn hóa ấp\t").await?;
    browser.choose("#meeting-date", "2011-11-20").await?;
    browser.fill("#meeting-present", "40\t").await?;
    let saved = "return [...document.querySelectorAll('[data-section=meeting] .said')].every((said) => !/Đang/.test(said.innerText)) \
                 && !document.querySelector('[data-section=meeting] [data-testid=problem]')";
    browser.wait("they are saved", saved, 10).await?;
    let page = xa.get(&format!("{COMMUNE}/recognition?hamlet={hamlet}")).await?;
    let meetings = page.body["meetings"].as_array().unwrap();
    let meeting = meetings.iter().find(|of| of["hamlet"] == format!("29173-{hamlet:02}")).unwrap();
    let told_of = ["place", "date", "present"].map(|of| &meeting[of]);
    assert_eq!(told_of, [&json!("Nhà văn hóa ấp"), &json!("2011-11-20"), &json!(40)], "{meeting}");
    let row = format!("tr[data-household='{first}']");
    browser.fill(&format!("{row} [data-testid=present]"), "40\t").await?;
    browser.fill(&format!("{row} [data-testid=agreed]"), "41\t").await?;
    browser.says(&format!("{row} [data-testid=problem]"), "không thể có 41 người đồng ý").await?;
    browser.fill(&format!("{row} [data-testid=agreed]"), "39\t").await?;
    browser.choose(&format!("{row} [data-testid=result]"), "confirmed").await?;
    let written = async || -> anyhow::Result<Value> {
        let listed = xa.get(&format!("{COMMUNE}/cases")).await?;
        let all = listed.body["cases"].as_array().unwrap();
        Ok(all.iter().find(|case| case["household"] == first.to_string()).unwrap().clone())
    };
    let quiet = format!(
        "return [...document.querySelectorAll(\"{row} .said\")].every((said) => !/Đang/.test(said.innerText)) \
                         && !document.querySelector(\"{row} [data-testid=problem]\")"
    );
    browser.wait("the votes are saved", &quiet, 10).await?;
    let case = written().await?;
    assert_eq!(
        (&case["present"], &case["agreed"], &case["outcome"]),
        (&json!(40), &json!(39), &json!("confirmed"))
    );

    // What it says is printed in the minutes, which open beside the desk.
    let minutes =
        told(&browser, "return document.querySelector('[data-paper=minutes]').getAttribute('href')").await?;
    let minutes = xa.get(minutes.as_str().unwrap()).await?;
    assert!(minutes.status == 200 && minutes.text.contains("Nhà văn hóa ấp"), "{}", minutes.text);

    // A complaint.
    browser.tap(&format!("{row} [data-testid=complaint]")).await?;
    browser.fill("[data-testid=complaint-text]", "Nhà tôi đông người hơn\t").await?;
    browser.says(&format!("{row} [data-testid=complaint]"), "Có khiếu nại").await?;
    browser.choose("[data-testid=complaint-resurvey]", "true").await?;
    browser.wait("it is saved", &quiet, 10).await?;
    let saved = "return [...document.querySelectorAll('.complaint .said')].every((said) => !/Đang/.test(said.innerText))";
    browser.wait("it is saved", saved, 10).await?;
    assert_eq!(written().await?["complaint"]["resurvey"], true);

    // Numbers are given at their stage, after a second tap; what is wrong stands at its field.
    browser.goto(&server.url(PAGE)).await?;
    browser.find("[data-section=decision] a").await?;
    to_recognition(&xa).await?;
    browser.goto(&server.url(PAGE)).await?;
    browser.fill("#recognition-decision", "8").await?;
    browser.fill("#recognition-signer", "Phan Văn Tám").await?;
    browser.choose("#recognition-chair", "vice").await?;
    for (date, is_right) in [("2010-12-05", false), ("2011-12-05", true)] {
        browser.choose("#recognition-date", date).await?;
        browser.tap("[data-testid=recognise]").await?;
        browser.find("[data-testid=recognise][data-sure]").await?;
        browser.tap("[data-testid=recognise]").await?;
        if !is_right {
            browser.says("#recognition-date-error", "năm 2011 hoặc 2012").await?;
            let at_field = "return document.activeElement.id === 'recognition-date'";
            browser.wait("the field has the focus", at_field, 10).await?;
        }
    }
    let all = due.len();
    browser.find(&format!("[data-testid=numbers-said][data-given='{all}'][data-left='0']")).await?;
    let numbers = "return [...document.querySelectorAll('tr[data-testid=certificate-row][data-valid=true]')] \
                   .map((row) => row.dataset.number)";
    let given = told(&browser, numbers).await?;
    let expected: Vec<String> = (1..=all).map(|number| format!("2011_{number}")).collect();
    assert_eq!(given, json!(expected));

    // Each paper answers, and the certificates carry their numbers.
    let papers = told(
        &browser,
        "return [...document.querySelectorAll('[data-paper]')].map((link) => link.getAttribute('href'))",
    )
    .await?;
    let papers = papers.as_array().unwrap();
    assert_eq!(papers.len(), 7, "{papers:?}");
    for paper in papers {
        let answer = xa.get(paper.as_str().unwrap()).await?;
        assert_eq!(answer.status, 200, "{paper}: {}", answer.text);
    }
    let certificates =
        told(&browser, "return document.querySelector('[data-paper=certificates]').getAttribute('href')")
            .await?;
    browser.goto(&server.url(certificates.as_str().unwrap())).await?;
    let printed = format!(
        "const text = document.body.textContent; return [1, {all}].every((number) => \
         text.includes(`Số: ${{String(number).padStart(2, '0')}}/GCN`)) && text.includes('Phan Văn Tám')"
    );
    browser.wait("the numbers are on the page", &printed, 20).await?;

    // Sent back, none of them holds.
    go(&huyen, Some("recognised"), "survey").await?;
    browser.goto(&server.url(PAGE)).await?;
    browser.find("tr[data-testid=certificate-row][data-valid=false]").await?;
    browser.says("tr[data-testid=certificate-row]", "Đã thu hồi").await?;
    assert_eq!(told(&browser, numbers).await?, json!([]));

    // A small phone scrolls tables, not the page.
    let metrics = json!({ "width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
    browser.goto(&server.url(PAGE)).await?;
    browser.find("tr[data-testid=certificate-row]").await?;
    let fits = "return document.documentElement.scrollWidth <= 360";
    browser.wait("the page is as wide as the screen", fits, 10).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told_that_the_page_is_not_theirs() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    add(data.path(), "root", "admin", &[])?;
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.sign_in(&server, PAGE, "root").await?;
    for page in [PAGE, "/desk/imports?area=29173&round=2011&lang=vi"] {
        browser.goto(&server.url(page)).await?;
        browser.says("main", "không xem từng hộ").await?;
    }
    browser.close().await;
    Ok(())
}
