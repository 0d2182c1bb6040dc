//! A new round begins with the list of the last one: in a real browser, without a network.

#![allow(clippy::unwrap_used, reason = "a test")]

use serde_json::{Value, json};
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::server::{self, Server};

async fn says(browser: &Browser, css: &str, words: &str) -> anyhow::Result<()> {
    let script = format!("return document.querySelector(\"{css}\")?.innerText.includes({})", json!(words));
    browser.wait(&format!("{css} says {words}"), &script, 20).await
}

/// Opens hamlet 1 of An Đức in a round.
async fn open_hamlet(browser: &Browser, server: &Server, round: &str) -> anyhow::Result<()> {
    browser.goto(&server.url("/survey/")).await?;
    browser.choose("#round", round).await?;
    browser.tap("[data-district='836']").await?;
    browser.tap("[data-commune='29173']").await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.find("[data-testid=add-household]").await.map(drop)
}

/// Opens the record of a household that is to be visited.
async fn visit(browser: &Browser, name: &str) -> anyhow::Result<()> {
    let script = format!(
        "const row = [...document.querySelectorAll('[data-testid=due-row]')].find((row) => row.innerText.includes({}));
         row?.click(); return !!row",
        json!(name)
    );
    browser.wait(&format!("{name} is to be visited"), &script, 20).await?;
    browser
        .wait(
            "the form has the name of the last round",
            &format!("return document.querySelector('#head-name')?.value === {}", json!(name)),
            20,
        )
        .await
}

async fn saved(browser: &Browser) -> anyhow::Result<()> {
    let script = "return document.querySelector('[data-testid=saved]').dataset.saved === 'saved'";
    browser.wait("it is on the disk", script, 10).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_poor_is_visited_again_offline_and_the_table_tells_who_came_out_of_it() -> anyhow::Result<()>
{
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let mut dice = Dice::new(11);
    // Three poor households of 2010, and one above the lines.
    let names = ["Lê Thị Một", "Trần Văn Hai", "Phạm Thị Ba", "Võ Văn Tư"];
    let census = names.iter().zip(1..).map(|(name, n)| {
        let amount: i64 = if n == 4 { 2_000_000 } else { 300_000 };
        let set = [
            ("hamlet", 1.into()),
            ("head/name", (*name).into()),
            ("member_count", 1.into()),
            ("income/a/source", "wages".into()),
            ("income/a/amount", amount.into()),
            ("income/a/times", 12.into()),
        ];
        operation(&mut dice, household("29173", n), 1_290_000_000_000, set)
    });
    let push = serde_json::to_value(PushRequest { clock: None, operations: census.collect() })?;
    let answer = server.http().post(server.url("/api/v1/sync/push")).json(&push).send().await?;
    assert_eq!(answer.status(), 200);

    let port = server.port();
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server, "2011").await?;
    says(&browser, "[data-testid=due-title]", "Còn phải thăm (3)").await?;
    says(&browser, "[data-testid=progress]", "Xong 0 trong 3").await?;
    browser.kept_offline().await?;
    server.kill();

    // What is carried over decides nothing until it is confirmed.
    visit(&browser, names[0]).await?;
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", "2 triệu").await?;
    browser.fill("[data-testid=income-line] input[id$=times]", "12").await?;
    says(&browser, "[data-testid=class-panel]", "xác nhận điều ghi theo đợt trước").await?;
    says(&browser, "[data-testid=section-members-title]", "xác nhận").await?;
    for section in ["head", "members"] {
        browser.tap(&format!("[data-testid='carried/{section}'] [data-testid=confirm]")).await?;
    }
    let above = "return document.querySelector('[data-testid=class-panel]').dataset.class === 'above'";
    browser.wait("the class appears", above, 10).await?;
    saved(&browser).await?;
    browser.tap("[data-testid=back]").await?;
    says(&browser, "[data-testid=due-title]", "Còn phải thăm (2)").await?;
    says(&browser, "[data-testid=progress]", "Xong 1 trong 3").await?;

    // Another one has moved away.
    visit(&browser, names[1]).await?;
    browser.tap("[data-testid=section-head-title] details summary").await?;
    browser.fill("#moved-to", "TP. Hồ Chí Minh").await?;
    saved(&browser).await?;
    browser.tap("[data-testid=back]").await?;
    says(&browser, "[data-testid=due-title]", "Còn phải thăm (1)").await?;
    says(&browser, "[data-testid=household-row]", "Đã chuyển đi").await?;

    let server = Server::start_on(data.path(), port)?;
    let sent = "return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '0'";
    browser.wait("everything is sent", sent, 60).await?;
    let movement = async |round: u16| -> anyhow::Result<Value> {
        let path = format!("/api/v1/reports/movement?area=29173&round={round}&by=hamlet&format=json");
        Ok(server::http().get(server.url(&path)).send().await?.error_for_status()?.json().await?)
    };
    let of_2011 = movement(2011).await?;
    let poor = &of_2011["rows"][0]["poor"];
    for (what, count) in [("start", 3), ("to_above", 1), ("moved_out", 1), ("pending", 1), ("end", 0)] {
        assert_eq!(poor[what], count, "{what}: {poor}");
    }
    assert_eq!(movement(2012).await?["total"]["poor"]["start"], 0);

    // It is the same household through the years.
    let id = household("29173", 1);
    let url = server.url(&format!("/api/v1/households/{id}"));
    let told: Value = server::http().get(url).send().await?.error_for_status()?.json().await?;
    let rounds: Vec<_> = told["records"].as_array().unwrap().iter().map(|record| &record["round"]).collect();
    assert_eq!(rounds, ["2010", "2011"]);
    browser.close().await;
    Ok(())
}
