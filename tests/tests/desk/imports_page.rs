//! A spreadsheet is looked at, corrected, written and undone at the desk: in a real browser.

use std::fs;

use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::people::{Person, add};
use soho_tests::server::Server;

/// Three households: one has no right date of birth, and where they live stands under another head.
const FILE: &str = "DANH SÁCH HỘ NĂM 2011;;;;;\n\
    STT;Họ và tên chủ hộ;Ngày sinh;Ấp;Số nhân khẩu;Ghi chú\n\
    1;Nguyễn Văn Một;1960;1;4;tổ 1\n\
    2;Trần Thị Hai;15/8/1971;2;3;tổ 2\n\
    3;Lê Văn Ba;31/02/1950;1;2;tổ 3\n\
    Tổng cộng;;;;9;\n";

/// Waits until the report counts so many rows of an outcome.
async fn counts(browser: &Browser, outcome: &str, number: u64) -> anyhow::Result<()> {
    browser
        .find(&format!("[data-testid=counts] [data-outcome={outcome}][data-number='{number}']"))
        .await
        .map(drop)
}

async fn households(xa: &Person) -> anyhow::Result<Value> {
    let answer = xa.get("/api/v1/households?area=29173&round=2011").await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Ok(answer.body["households"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_corrected_written_and_undone() -> anyhow::Result<()> {
    let (data, profile, files) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    let server = Server::start(data.path())?;
    let xa = Person::sign_in(&server, "xa").await?;
    let (file, broken) = (files.path().join("hộ nghèo.csv"), files.path().join("trống.csv"));
    fs::write(&file, FILE)?;
    fs::write(&broken, "")?;

    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.sign_in(&server, "/desk/imports?area=29173&round=2011&lang=vi", "xa").await?;
    browser.find("[data-testid=imports-empty]").await?;
    browser.find("#import-file").await?.send_keys(broken.display().to_string()).await?;
    browser.tap("[data-testid=look]").await?;
    browser
        .wait(
            "it says that there is nothing in the file",
            "return /không có gì/.test(document.querySelector('#import-problem')?.innerText)",
            20,
        )
        .await?;

    // Nothing is written by looking.
    browser.find("#import-file").await?.send_keys(file.display().to_string()).await?;
    browser.wait("the last refusal is gone", "return !document.querySelector('#import-problem')", 10).await?;
    browser.tap("[data-testid=look]").await?;
    for (outcome, number) in [("new", 2), ("refused", 1), ("skipped", 1), ("conflict", 0)] {
        counts(&browser, outcome, number).await?;
    }
    let first = "return document.querySelector('[data-testid=row]').dataset.outcome === 'refused' \
                 && /C:/.test(document.querySelector('[data-testid=row] li').innerText)";
    browser.wait("the row with a problem comes first, with its column", first, 10).await?;
    assert_eq!(households(&xa).await?, json!([]));

    // One column was taken for something else.
    let taken = "return document.querySelector('#field-F')?.value === 'note'";
    browser.wait("a column is taken for notes", taken, 10).await?;
    browser.choose("#field-F", "address").await?;
    let again =
        "return document.activeElement.id === 'field-F' && document.activeElement.value === 'address'";
    browser.wait("it is read again, and the focus is where it was", again, 20).await?;
    let words =
        "return /2 mới, 0 thay đổi, 0 khác/.test(document.querySelector('[data-testid=write]')?.innerText)";
    browser.wait("the button says how much it writes", words, 10).await?;
    browser.tap("[data-testid=write]").await?;
    browser.find("[data-testid=written]").await?;
    let made = households(&xa).await?;
    let made: Vec<(&str, &str)> = made
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["head_name"].as_str().unwrap_or_default(), of["address"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(made.len(), 2, "{made:?}");
    for one in [("Nguyễn Văn Một", "tổ 1"), ("Trần Thị Hai", "tổ 2")] {
        assert!(made.contains(&one), "{made:?}");
    }

    // The same file again has nothing new.
    browser.tap("[data-testid=look]").await?;
    browser.find("[data-section=report][data-written=false]").await?;
    browser.find("[data-testid=nothing]").await?;

    // Undone as a whole, after a second tap.
    let named = "return document.querySelector('[data-testid=import-row][data-state=done]')?.innerText.includes('hộ nghèo.csv')";
    browser.wait("it is listed by its name", named, 20).await?;
    browser.tap("[data-testid=undo]").await?;
    browser.find("[data-testid=undo][data-sure]").await?;
    browser.tap("[data-testid=undo]").await?;
    browser.find("[data-testid=import-row][data-state=undone]").await?;
    browser
        .wait(
            "it says how much was undone",
            "return /Đã hoàn tác 2/.test(document.querySelector('[data-testid=undone]')?.innerText)",
            10,
        )
        .await?;
    assert_eq!(households(&xa).await?, json!([]));

    // Of supports, which one and when can be chosen for the whole file.
    browser.choose("#import-kind", "supports").await?;
    browser.choose("#import-support", "electricity").await?;
    let quarter =
        "return document.querySelector('#import-quarter option[value=\"1\"]')?.textContent === 'Quý 1/2012'";
    browser.wait("the quarters are those of the year after the round", quarter, 10).await?;
    browser.choose("#import-quarter", "1").await?;
    browser.tap("[data-testid=look]").await?;
    counts(&browser, "refused", 3).await?;

    let metrics = json!({ "width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
    let fits = "return document.documentElement.scrollWidth <= 360";
    browser.wait("the page is as wide as the screen", fits, 10).await?;
    browser.close().await;
    Ok(())
}
