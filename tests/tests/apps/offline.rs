//! A volunteer's work without a network, in real browsers with a real IndexedDB: added offline, the
//! browser killed and restarted, sent when the server is back, counted in the province's table.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::server::{self, Server};

/// Ấp 1 of Xã An Đức, Huyện Ba Tri.
const DISTRICT: &str = "836";
const COMMUNE: &str = "29173";

async fn open_hamlet(browser: &Browser, server: &Server) -> anyhow::Result<()> {
    browser.goto(&server.url("/survey/")).await?;
    browser.tap(&format!("[data-district='{DISTRICT}']")).await?;
    browser.tap(&format!("[data-commune='{COMMUNE}']")).await?;
    browser.tap("[data-hamlet='1']").await?;
    browser.find("[data-testid=add-household]").await?;
    Ok(())
}

/// Adds a poor household: 5 people on 1.500.000 đ a month.
async fn add_household(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.tap("[data-testid=add-household]").await?;
    browser.fill("#head-name", name).await?;
    browser.fill("#member-count", "5").await?;
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", "1,5 triệu").await?;
    browser.fill("[data-testid=income-line] input[id$=times]", "12").await?;
    browser
        .wait(
            "the class appears at once",
            "return document.querySelector('[data-testid=class-panel]').dataset.class === 'poor'",
            10,
        )
        .await?;
    browser
        .wait(
            "it is on the disk",
            "return document.querySelector('[data-testid=saved]').dataset.saved === 'saved'",
            10,
        )
        .await
}

async fn statistics(server: &Server) -> anyhow::Result<Value> {
    let url = server.url("/api/v1/statistics?area=83&round=2010&by=district");
    Ok(server::http().get(url).send().await?.error_for_status()?.json().await?)
}

async fn waiting(browser: &Browser, count: &str) -> anyhow::Result<()> {
    let script =
        format!("return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '{count}'");
    browser.wait(&format!("{count} records only on this device"), &script, 60).await
}

async fn a_week_without_a_network(engine: Engine, data: &Path, profile: &Path) -> anyhow::Result<()> {
    let server = Server::start(data)?;
    let port = server.port();
    let browser = Browser::open(engine, profile).await?;
    open_hamlet(&browser, &server).await?;
    browser.kept_offline().await?;

    // The network goes; the work goes on.
    server.kill();
    add_household(&browser, "Nguyễn Thị Bé Sáu").await?;
    waiting(&browser, "1").await?;

    // The tablet dies in the middle: the browser is killed, not closed. (Under automation WebKitGTK forgets
    // everything when it closes, so there the page alone is left and opened again.)
    let browser = match engine {
        Engine::Chromium | Engine::Firefox => {
            drop(browser);
            Browser::open(engine, profile).await?
        }
        Engine::WebKit => {
            browser.goto("about:blank").await?;
            browser
        }
    };
    browser.goto(&format!("http://127.0.0.1:{port}/survey/")).await?;
    waiting(&browser, "1").await?;
    browser.wait("the household is in the list or the form", "return /Bé Sáu/.test(document.body.innerText) || document.querySelector('#head-name')?.value === 'Nguyễn Thị Bé Sáu'", 20).await?;

    // The network returns, and nobody touches anything.
    let server = Server::start_on(data, port)?;
    waiting(&browser, "0").await?;
    let counted = statistics(&server).await?;
    assert_eq!(
        (&counted["total"]["households"], &counted["total"]["poor"]),
        (&1.into(), &1.into()),
        "{engine:?}"
    );
    let ba_tri = counted["rows"].as_array().unwrap().iter().find(|row| row["code"] == DISTRICT).unwrap();
    assert_eq!(ba_tri["poor"], 1);

    // The officer sees it.
    browser.goto(&server.url("/desk/figures/")).await?;
    let shown =
        "return document.querySelector(\"tr[data-code='836'] [data-col=poor]\")?.innerText.trim() === '1'";
    browser.wait("the province's table counts it", shown, 20).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_added_offline_is_counted_when_the_network_returns() -> anyhow::Result<()> {
    for engine in Engine::asked_for() {
        let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
        a_week_without_a_network(engine, data.path(), profile.path()).await?;
    }
    Ok(())
}

/// Leaves what an earlier version of the app left: a cursor under another key, and copies whose stamps are
/// later than the server's, here with a different name in them.
const OLD_COPIES: &str = "
    const [done] = arguments;
    const open = indexedDB.open('soho-survey');
    open.onsuccess = () => {
        const tx = open.result.transaction(['base', 'meta'], 'readwrite');
        const meta = tx.objectStore('meta');
        meta.get('cursor/2/29173').onsuccess = ({ target: { result: cursor } }) => {
            if (cursor) meta.put(cursor, 'cursor/29173');
            meta.delete('cursor/2/29173');
        };
        const later = (stamp) => (parseInt(stamp.slice(0, 12), 16) + 86400000).toString(16).padStart(12, '0') + stamp.slice(12);
        tx.objectStore('base').openCursor().onsuccess = ({ target: { result: row } }) => {
            if (!row) return;
            const doc = JSON.parse(row.value.doc.replace('Bé Sáu', 'Bé Bảy'));
            row.update({ ...row.value, doc: JSON.stringify({ ...doc, stamps: doc.stamps.map(later) }) });
            row.continue();
        };
        tx.oncomplete = () => { open.result.close(); done(); };
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_an_earlier_form_are_fetched_anew_and_what_waits_stays() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let port = server.port();
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server).await?;
    add_household(&browser, "Nguyễn Thị Bé Sáu").await?;
    waiting(&browser, "0").await?;
    browser.kept_offline().await?;
    server.kill();
    browser.goto(&format!("http://127.0.0.1:{port}/survey/")).await?;
    add_household(&browser, "Trần Văn Ba").await?;
    waiting(&browser, "1").await?;
    browser.driver().execute_async(OLD_COPIES, Vec::new()).await?;
    let server = Server::start_on(data.path(), port)?;
    browser.goto(&server.url("/survey/")).await?;
    waiting(&browser, "0").await?;
    let both = "const text = document.body.innerText; return /Bé Sáu/.test(text) && /Văn Ba/.test(text)";
    browser.wait("both households are in the list", both, 20).await?;
    let text = browser.find("body").await?.text().await?;
    assert!(!text.contains("Bé Bảy"), "{text}");
    assert_eq!(statistics(&server).await?["total"]["households"], 2);
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_while_the_clock_is_years_behind_is_not_taken_for_years_old() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let begin = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    open_hamlet(&browser, &server).await?;
    let exchanged =
        "return /Gửi lần cuối/.test(document.querySelector('[data-testid=last-sync]')?.innerText)";
    browser.wait("it has met the server", exchanged, 20).await?;
    let set_back = "const right = Date.now; Date.now = () => right() - 11 * 365 * 86400000";
    browser.driver().execute(set_back, Vec::new()).await?;
    add_household(&browser, "Nguyễn Thị Bé Sáu").await?;
    waiting(&browser, "0").await?;
    let pulled: Value =
        server::http().get(server.url("/api/v1/sync/pull?area=29173")).send().await?.json().await?;
    let stamps = pulled["records"][0]["doc"]["stamps"].as_array().unwrap();
    let millis = |stamp: &Value| u128::from_str_radix(&stamp.as_str().unwrap()[..12], 16).unwrap();
    assert!(!stamps.is_empty() && stamps.iter().all(|stamp| millis(stamp) >= begin), "{pulled}");
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_app_opens_offline_after_its_first_visit() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let apps =
        [("/", "#members"), ("/survey/", "[data-testid=status-strip]"), ("/desk/figures/", "#main h1")];
    for (path, _) in apps {
        browser.goto(&server.url(path)).await?;
        browser.kept_offline().await?;
    }
    let addresses = apps.map(|(path, mounted)| (server.url(path), mounted));
    let old = server.url("/province/?area=836");
    server.kill();
    for (address, mounted) in addresses {
        browser.goto(&address).await?;
        browser.find(mounted).await?;
        let alive = "return document.querySelector('#language, .lang')?.disabled === false";
        browser.wait(&format!("{address} runs without a server"), alive, 20).await?;
    }
    // So does an address of version 0.1.
    browser.goto(&old).await?;
    let there = "return location.pathname === '/desk/figures/' && /area=836/.test(location.search)";
    browser.wait("an address of before leads on", there, 20).await?;
    browser.find("#main h1").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_never_opened_is_kept_with_its_app() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/desk/rounds")).await?;
    let kept = "return caches.match('/desk/').then(page => page !== undefined)";
    browser.wait("the desk is kept for work without a network", kept, 30).await?;
    let targets = server.url("/desk/targets");
    server.kill();
    browser.goto(&targets).await?;
    // Of the page itself, not of what stands where a part was not fetched.
    browser.find("h1#page-title[lang=vi]").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_not_visited_yet_says_so_in_our_words() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/survey/")).await?;
    browser.kept_offline().await?;
    let addresses =
        ["/desk/figures/", "/signin/", "/desk/review/#x", "/khong-co"].map(|path| server.url(path));
    server.kill();
    for address in addresses {
        browser.goto(&address).await?;
        let text = browser.find("body").await?.text().await?;
        assert!(
            text.contains("chưa kết nối được máy chủ") && text.contains("the server is not reached"),
            "{address}: {text}"
        );
    }
    browser.tap("a[href='/survey/']").await?;
    browser.find("[data-testid=status-strip], .choices").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_province_s_page_moves_while_records_arrive() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let officer = Browser::open(Engine::Chromium, &profile.path().join("officer")).await?;
    officer.goto(&server.url("/desk/figures/")).await?;
    officer.find("#connection").await?;
    let volunteer = Browser::open(Engine::Chromium, &profile.path().join("volunteer")).await?;
    open_hamlet(&volunteer, &server).await?;
    add_household(&volunteer, "Trần Văn Út").await?;
    waiting(&volunteer, "0").await?;
    let shown =
        "return document.querySelector(\"tr[data-code='836'] [data-col=poor]\")?.innerText.trim() === '1'";
    officer.wait("the table moves by itself", shown, 15).await?;
    officer.close().await;
    volunteer.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_address_was_opened_too_early_is_shown_once_it_comes() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server).await?;
    // The record is made elsewhere, and this device hears of it later.
    browser.devtools("Network.enable", json!({})).await?;
    browser.devtools("Network.setBlockedURLs", json!({ "urls": ["*/sync/pull*"] })).await?;
    let id = household(COMMUNE, 7);
    let set = [("hamlet", 1.into()), ("head/name", "Nguyễn Thị Bé Sáu".into())];
    let made = operation(&mut Dice::new(7), id, 1_290_000_000_000, set);
    let sent = PushRequest { clock: None, operations: vec![made] };
    server::http().post(server.url("/api/v1/sync/push")).json(&sent).send().await?.error_for_status()?;
    browser.driver().execute(format!("location.hash = '#/h/{id}/2010'"), Vec::new()).await?;
    let absent = "return /Không có phiếu này ở đây/.test(document.body.innerText)";
    browser.wait("it is not here yet", absent, 20).await?;
    browser.devtools("Network.setBlockedURLs", json!({ "urls": [] })).await?;
    browser.tap("[data-testid=sync-now]").await?;
    let shown = "return document.querySelector('#head-name')?.value === 'Nguyễn Thị Bé Sáu'";
    browser.wait("it is here", shown, 20).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_fetched_is_offered_again() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.devtools("Network.enable", json!({})).await?;
    // Nothing that was kept stands in for the network.
    browser.devtools("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
    browser.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await?;
    let block = async |addresses: &[&str]| {
        browser.devtools("Network.setBlockedURLs", json!({ "urls": addresses })).await
    };
    let again = ".notice.failure[role=alert] button";

    // Of a household's record, in the middle of a survey.
    block(&["*-part-*"]).await?;
    open_hamlet(&browser, &server).await?;
    browser.tap("[data-testid=add-household]").await?;
    browser.find(again).await?;
    // As often as one likes.
    browser.tap(again).await?;
    browser.find(again).await?;
    block(&[]).await?;
    browser.tap(again).await?;
    browser.fill("#head-name", "Nguyễn Thị Bé Sáu").await?;
    waiting(&browser, "0").await?;

    // Of a page of the desk.
    block(&["*-part-*"]).await?;
    browser.goto(&server.url("/desk/rounds?area=83&round=2011")).await?;
    browser.find(again).await?;
    block(&[]).await?;
    browser.tap(again).await?;
    browser.find("[data-testid=rounds-table]").await?;
    browser.close().await;
    Ok(())
}
