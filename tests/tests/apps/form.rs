//! The survey's form and list as a volunteer and an officer meet them: values that are not valid, edits that
//! are refused, what an officer takes away, and the way back to the list.

use serde_json::Value;
use soho_shared::record::Value as Field;
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation, survey};
use soho_tests::people::{Person, add, password};
use soho_tests::server::{self, Server};

async fn waits(browser: &Browser, count: usize) -> anyhow::Result<()> {
    let script =
        format!("return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '{count}'");
    browser.wait(&format!("{count} records wait"), &script, 30).await
}

/// Opens hamlet 1 of An Đức in a register without accounts.
async fn open_hamlet(browser: &Browser, server: &Server) -> anyhow::Result<()> {
    browser.goto(&server.url("/survey/")).await?;
    browser.tap("[data-district='836']").await?;
    browser.tap("[data-commune='29173']").await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.find("[data-testid=add-household]").await.map(drop)
}

async fn pulled(server: &Server) -> anyhow::Result<Value> {
    Ok(server::http().get(server.url("/api/v1/sync/pull?area=29173")).send().await?.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_valid_is_named_holds_back_nothing_and_can_be_mended_or_dropped() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server).await?;
    browser.tap("[data-testid=add-household]").await?;
    // Invisible characters are not written.
    browser.fill("#head-name", "Nguyễn Thị\u{200d} Bé\u{ad} Sáu\u{202e}").await?;
    browser.fill("#identity-number", "12345678").await?;
    browser.fill("#head-birth-year", "62").await?;
    browser.fill("#address", &"x".repeat(301)).await?;
    // The head is listed with the first edit; this is another person.
    browser.tap("[data-testid=add-member]").await?;
    browser.fill("[data-testid=member][data-head=false] input[id$=-name]", &"y".repeat(101)).await?;
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", "năm trăm nghìn").await?;

    // This browser has made no promise, and does not tell whether its window is private.
    browser.says("[data-testid=private]", "Trong cửa sổ ẩn danh, điều đã lưu mất khi đóng cửa sổ").await?;
    browser.says("[data-testid=section-head-title]", "1 ô chưa đúng").await?;
    browser.says("[data-testid=section-members-title]", "3 ô chưa đúng").await?;
    browser.says("[data-testid=section-income-title]", "1 ô chưa đúng").await?;
    browser.says("#address-error", "Nhiều nhất 300 chữ").await?;
    browser.says("[data-testid=status-strip]", "phiếu cần sửa").await?;
    browser.says("[data-testid=record-state]", "Đã gửi, trừ 5 ô").await?;
    let fields = pulled(&server).await?["records"][0]["doc"]["fields"].to_string();
    assert!(
        fields.contains("\"Nguyễn Thị Bé Sáu\"") && fields.contains("wages"),
        "the rest is sent: {fields}"
    );
    assert!(!fields.contains("12345678") && !fields.contains("birth_year"), "{fields}");

    // The link to the field.
    browser.tap("[data-testid=record-state] a[href$='members/head/identity_number']").await?;
    let focused = "return document.activeElement.id === 'identity-number'";
    browser.wait("the field has the focus", focused, 10).await?;
    browser.fill("#identity-number", "123-456 789").await?;
    browser.says("[data-testid=section-members-title]", "2 ô chưa đúng").await?;

    // A later run of the app corrects what an earlier one has kept.
    browser.goto("about:blank").await?;
    browser.goto(&server.url("/survey/#/waiting")).await?;
    let named = "return document.querySelectorAll('[data-testid=held]').length === 4";
    browser.wait("each field is named", named, 20).await?;
    browser.says("[data-path='members/head/birth_year']", "năm sinh: 62").await?;
    browser.tap("[data-path='members/head/birth_year'] a").await?;
    let focused = "return document.activeElement.id === 'head-birth-year'";
    browser.wait("the field has the focus", focused, 20).await?;
    browser.fill("#head-birth-year", "1962").await?;
    browser.says("[data-testid=record-state]", "Đã gửi, trừ 3 ô").await?;
    let fields = pulled(&server).await?["records"][0]["doc"]["fields"].to_string();
    assert!(fields.contains("1962") && fields.contains("123456789"), "{fields}");

    // What is not wanted is dropped.
    browser.goto(&server.url("/survey/#/waiting")).await?;
    for left in (0..3).rev() {
        browser.find("[data-testid=held]").await?;
        browser.tap("[data-testid=drop-field]").await?;
        browser.driver().accept_alert().await?;
        let script = format!("return document.querySelectorAll('[data-testid=held]').length === {left}");
        browser.wait(&format!("{left} fields are left"), &script, 10).await?;
    }
    waits(&browser, 0).await?;
    browser.says("[data-testid=status-strip]", "Đã gửi hết").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_vietnamese_and_moves_no_household_out_of_sight() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "hai", "volunteer", &["29173-01", "29173-02"])?;
    add(data.path(), "lan", "volunteer", &["29173-01"])?;
    let server = Server::start(data.path())?;
    let hai = Person::sign_in(&server, "hai").await?;
    let mut dice = Dice::new(3);
    let mut edit = survey(&mut dice, household("29173", 1), 1_290_000_000_000);
    edit.changes[0].value = 1.into();
    let push = PushRequest { clock: None, operations: vec![edit] };
    assert_eq!(hai.post("/api/v1/sync/push", &serde_json::to_value(&push)?).await?.status, 200);

    let tablet = Browser::open(Engine::Chromium, &profile.path().join("hai")).await?;
    sign_in(&tablet, &server, "hai").await?;
    tablet.tap("[data-hamlet='1']").await?;
    tablet.tap("[data-testid=household-row]").await?;
    tablet.fill("#hamlet", "9").await?;
    tablet.says("[data-testid=refusal]", "cán bộ xã mới chuyển hộ sang ấp khác").await?;
    let text = tablet.find("#main").await?.text().await?;
    assert!(!text.contains("hamlet"), "English in the Vietnamese page: {text}");
    tablet.tap("[data-testid=back]").await?;
    let row =
        "return document.querySelectorAll('[data-testid=household-row][data-state=rejected]').length === 1";
    tablet.wait("the household is still in the list", row, 10).await?;
    tablet.tap("[data-testid=household-row]").await?;
    tablet.tap("[data-testid=drop-field]").await?;
    waits(&tablet, 0).await?;
    let back = "return document.querySelector('#hamlet').value === '1'";
    tablet.wait("what the server has stands again", back, 10).await?;
    tablet.close().await;

    // A volunteer with a single hamlet cannot move a household to another one.
    let tablet = Browser::open(Engine::Chromium, &profile.path().join("lan")).await?;
    sign_in(&tablet, &server, "lan").await?;
    tablet.tap("[data-hamlet='1']").await?;
    tablet.tap("[data-testid=household-row]").await?;
    tablet.find("#head-name").await?;
    assert!(!tablet.find("#hamlet").await?.is_displayed().await?);
    tablet.close().await;
    Ok(())
}

async fn sign_in(browser: &Browser, server: &Server, name: &str) -> anyhow::Result<()> {
    browser.goto(&server.url("/signin/")).await?;
    let there = "return document.querySelector('#forms')?.hidden === false";
    browser.wait("the form is there", there, 20).await?;
    browser.fill("#name", name).await?;
    browser.fill("#password", &password(name)).await?;
    browser.tap("#with-password button").await?;
    browser.wait("the survey opens", "return location.pathname === '/survey/'", 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_as_it_was_on_the_way_back_and_shows_a_household_of_no_hamlet() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let mut dice = Dice::new(5);
    let mut operations: Vec<_> = (0..250)
        .map(|n| {
            let mut edit = survey(&mut dice, household("29173", n), 1_290_000_000_000);
            edit.changes[0].value = 1.into();
            edit
        })
        .collect();
    let cleared = [("hamlet", Field::Null), ("head/name", "Hồ Không Ấp".into())];
    operations.push(operation(&mut dice, household("29173", 0), 1_290_000_000_001, cleared));
    let push = PushRequest { clock: None, operations };
    let client = server::http();
    client.post(server.url("/api/v1/sync/push")).json(&push).send().await?.error_for_status()?;

    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server).await?;
    browser.fill("#search", "nguyen").await?;
    browser.tap("[data-testid=show-more]").await?;
    let rows = "return document.querySelectorAll('[data-testid=household-row]').length === 200";
    browser.wait("200 rows are drawn", rows, 20).await?;
    // Brought to the middle of the window, where it can be tapped.
    let opened = "const row = document.querySelectorAll('[data-testid=household-row]')[150]; \
                  row.scrollIntoView({block: 'center'}); \
                  window.opened = [row.dataset.id, row.getBoundingClientRect().top]; \
                  row.click(); return scrollY > 1000";
    assert!(browser.driver().execute(opened, vec![]).await?.json().as_bool().unwrap());
    browser.find("#head-name").await?;
    browser.driver().back().await?;
    browser.wait("the rows are drawn again", rows, 10).await?;
    let place = "const row = document.querySelector(`[data-id='${window.opened[0]}']`); \
                 return document.querySelector('#search').value === 'nguyen' \
                     && Math.abs(row.getBoundingClientRect().top - window.opened[1]) < 100";
    browser.wait("search and place are as they were", place, 10).await?;

    browser.fill("#search", "khong ap").await?;
    browser.says("[data-testid=household-row]", "Chưa rõ ấp").await?;
    browser.driver().execute("location.hash = '#/h/29173-00000000000000000000000000000001'", vec![]).await?;
    browser.says("#main", "hộ mới chỉ thành phiếu khi gõ chữ đầu tiên").await?;
    browser.close().await;
    Ok(())
}
