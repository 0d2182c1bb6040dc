//! Living conditions on the survey's form, in a real browser: nothing is asked that the record tells; all else is, also
//! once the class is decided, since every indicator is reported.

use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::server::{self, Server};

/// Waits until the form shows this class (empty for none) and this many questions.
async fn shows(browser: &Browser, class: &str, questions: usize, what: &str) -> anyhow::Result<()> {
    let script = format!(
        "const panel = document.querySelector('[data-testid=class-panel]'); \
         const asked = [...document.querySelectorAll('[id^=lack-][id$=-yes]')].filter(i => i.offsetParent !== null); \
         return panel !== null && panel.dataset.class === '{class}' && asked.length === {questions}"
    );
    browser.wait(what, &script, 10).await
}

/// A household of 4 in Xã An Đức on 5 million a month, in the round of 2024: under the line, where lacking 3 of 12
/// indicators decides.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_record_does_not_tell_is_asked() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/survey/")).await?;
    browser.choose("#round", "2024").await?;
    browser.tap("[data-district='836']").await?;
    browser.tap("[data-commune='29173']").await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.tap("[data-testid=add-household]").await?;
    browser.fill("#head-name", "Nguyễn Thị Bé Sáu").await?;
    browser.fill("#member-count", "4").await?;
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", "5 triệu").await?;
    browser.fill("[data-testid=income-line] input[id$=times]", "12").await?;
    shows(&browser, "", 11, "the floor is measured, the other 11 are asked").await?;

    browser.fill("#floor-area", "31").await?;
    for id in ["water", "toilet"] {
        browser.tap(&format!("label[for=lack-{id}-yes]")).await?;
    }
    shows(&browser, "poor", 11, "31 m² for 4 is the third").await?;
    browser.reload().await?;
    shows(&browser, "poor", 11, "a reload loses nothing").await?;
    browser.fill("#floor-area", "32").await?;
    shows(&browser, "", 11, "32 m² is enough").await?;
    browser.close().await;
    Ok(())
}

/// Two tablets measured a house of Xã An Đức in the round of 2024, neither knowing of the other.
#[tokio::test(flavor = "multi_thread")]
async fn two_floors_of_one_house_are_a_difference_shown_once() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let edit = |tablet: u32, changes: Value| {
        json!({
            "id": format!("00000000-0000-0000-0000-{tablet:012}"),
            "household": "29173-000000000000000000000000000000aa",
            "round": "2024",
            "stamp": format!("018e3c2a9d5e-{tablet:04x}-{tablet:016x}"),
            "changes": changes,
        })
    };
    let first = json!([{"field": "hamlet", "value": 1}, {"field": "floor_area", "value": 31}]);
    let second = json!([{"field": "floor_area", "value": 32}]);
    let push = json!({"operations": [edit(1, first), edit(2, second)]});
    let sent = server::http().post(server.url("/api/v1/sync/push")).json(&push).send().await?;
    sent.error_for_status()?;

    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/survey/")).await?;
    browser.choose("#round", "2024").await?;
    browser.tap("[data-district='836']").await?;
    browser.tap("[data-commune='29173']").await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.tap("[data-testid=household-row]").await?;
    let once = "const shown = [...document.querySelectorAll('[data-testid=conflict]')]; \
                return shown.length === 1 && shown[0].closest('[data-field=floor_area]') !== null";
    browser.wait("the difference is shown at its field alone", once, 20).await?;
    browser.close().await;
    Ok(())
}
