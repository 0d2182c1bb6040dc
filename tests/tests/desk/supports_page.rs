//! Who was given a support is ticked off at the desk, by officers and by the department that gives it: in a real browser.

use serde_json::{Value, json};
use soho_shared::record::Value as Field;
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::people::{Person, add, password};
use soho_tests::server::Server;

const NAMES: [&str; 2] = ["Lê Thị Một", "Trần Văn Hai"];
const PAGE: &str = "/desk/supports?area=29173&round=2010&lang=vi";
const ELECTRICITY: &str = "/desk/supports?area=29173&round=2010&support=electricity";

async fn are(browser: &Browser, css: &str, many: usize) -> anyhow::Result<()> {
    let script = format!("return document.querySelectorAll(\"{css}\").length === {many}");
    browser.wait(&format!("{many} are {css}"), &script, 20).await
}

/// Two poor households of An Đức in the round of 2010.
async fn surveyed(xa: &Person) -> anyhow::Result<()> {
    let mut dice = Dice::new(41);
    let visits = NAMES.iter().zip(1..).map(|(name, number)| {
        let set: [(&str, Field); 5] = [
            ("hamlet", 4.into()),
            ("head/name", (*name).into()),
            ("address", "tổ 4".into()),
            ("member_count", 1.into()),
            ("no_income", true.into()),
        ];
        operation(&mut dice, household("29173", number), 1_290_000_000_000, set)
    });
    let push = serde_json::to_value(PushRequest { clock: None, operations: visits.collect() })?;
    assert_eq!(xa.post("/api/v1/sync/push", &push).await?.status, 200);
    Ok(())
}

/// What the server counts of electricity support in An Đức.
async fn counted(xa: &Person) -> anyhow::Result<[Value; 3]> {
    let page = xa.get("/api/v1/supports?area=29173&round=2010").await?;
    let all = page.body["supports"].as_array().unwrap();
    let of = all.iter().find(|of| of["support"] == "electricity").unwrap();
    Ok(["entitled", "served", "paid"].map(|word| of[word].clone()))
}

/// A small phone shows all, and scrolls nothing sideways.
async fn fits(browser: &Browser) -> anyhow::Result<()> {
    let script = "return document.documentElement.scrollWidth <= 360";
    browser.wait("the page is as wide as the screen", script, 10).await
}

#[tokio::test(flavor = "multi_thread")]
async fn supports_are_ticked_off_by_an_officer_and_by_the_department_that_gives_them() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    let server = Server::start(data.path())?;
    let (root, xa) = (Person::sign_in(&server, "root").await?, Person::sign_in(&server, "xa").await?);
    let department = json!({"name": "dienluc", "role": "department", "areas": ["836"], "supports": ["electricity"],
        "password": password("dienluc")});
    assert_eq!(root.post("/api/v1/accounts", &department).await?.status, 201);
    surveyed(&xa).await?;

    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let metrics = json!({ "width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
    browser.sign_in(&server, PAGE, "xa").await?;
    browser.says("main", "Hỗ trợ năm 2011 (theo danh sách đợt 2010)").await?;
    browser.says("tr[data-support=electricity] [data-col=entitled]", "2").await?;
    fits(&browser).await?;

    // An amount that is none is told, and nothing is lost; then both are written at once.
    browser.tap("tr[data-support=electricity] a").await?;
    are(&browser, "[data-testid=supported-row] th a", 2).await?;
    browser.tap("#quarter-1").await?;
    browser.tap("#tick-all").await?;
    browser.fill("#given-amount", "chín mươi").await?;
    browser.tap("[data-testid=give]").await?;
    browser.says("#given-problem", "tiền chưa đúng").await?;
    are(&browser, "[data-testid=supported-row] input:checked", 2).await?;
    browser.fill("#given-amount", "90.000").await?;
    browser.fill("#given-by", "Điện lực Ba Tri").await?;
    browser.tap("[data-testid=give]").await?;
    browser.says("#given-said", "Đã ghi nhận quý I: 2 hộ").await?;
    browser.says("[data-testid=given]", "Quý I: 90.000").await?;
    browser.says("nav [data-list=served]", "(2)").await?;
    fits(&browser).await?;
    assert_eq!(counted(&xa).await?, [json!(2), json!(2), json!(180_000)]);
    browser.tap("[data-testid=all-supports]").await?;
    browser.says("tr[data-support=electricity] [data-col=coverage]", "100,00").await?;

    // One is taken back, put back by one tap, and taken back for good.
    browser.goto(&server.url(&format!("{ELECTRICITY}&list=served"))).await?;
    for is_last in [false, true] {
        browser.tap("[data-testid=supported-row] input").await?;
        browser.tap("[data-testid=take-back]").await?;
        browser.says("#given-said", "Đã bỏ ghi nhận quý I: 1 hộ").await?;
        assert_eq!(counted(&xa).await?, [json!(2), json!(1), json!(90_000)]);
        if !is_last {
            browser.tap("[data-testid=undo]").await?;
            browser.says("#given-said", "Đã hoàn tác quý I: 1 hộ").await?;
            browser.says("[data-testid=given]", "Quý I: 90.000").await?;
            assert_eq!(counted(&xa).await?, [json!(2), json!(2), json!(180_000)]);
        }
    }

    // The department sees its own support and no way to a household, and writes what is left.
    browser.goto(&server.url("/signin/")).await?;
    browser.tap("#sign-out").await?;
    let form = "return document.querySelector('#forms')?.hidden === false";
    browser.wait("the form is there", form, 20).await?;
    browser.sign_in(&server, "/desk/supports?area=836&round=2010&lang=vi", "dienluc").await?;
    are(&browser, "tr[data-testid=support]", 1).await?;
    browser.tap("tr[data-support=electricity] a").await?;
    are(&browser, "[data-testid=supported-row]", 1).await?;
    are(&browser, "[data-testid=supported] a, nav a[href*='/desk/households']", 0).await?;
    browser.tap("[data-testid=supported-row] input").await?;
    browser.tap("[data-testid=give]").await?;
    browser.says("#given-said", "Đã ghi nhận quý I: 1 hộ").await?;
    assert_eq!(counted(&xa).await?, [json!(2), json!(2), json!(90_000)]);
    fits(&browser).await?;
    browser.close().await;
    Ok(())
}
