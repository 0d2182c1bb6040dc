//! Signing in, enrolling a tablet and revoking it, as people see it.

mod book;
mod leaving;
mod restored;

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use soho_shared::record::Value;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::people::{Person, add, password};
use soho_tests::server::{Server, run};

fn people(data: &Path) {
    add(data, "root", "admin", &[]).unwrap();
    add(data, "xa", "commune", &["29173"]).unwrap();
    add(data, "lan", "volunteer", &["29173-01"]).unwrap();
}

/// Script: whether what was typed is on the tablet's disk.
const SAVED: &str = "return document.querySelector('[data-testid=saved]').dataset.saved === 'saved'";

/// Script that counts what the tablet keeps: records, and edits that wait.
const KEPT: &str = "
    const [done] = arguments;
    const open = indexedDB.open('soho-survey');
    open.onupgradeneeded = () => open.transaction.abort();
    open.onerror = () => done('0 0');
    open.onsuccess = () => {
        const tx = open.result.transaction(['base', 'outbox']);
        const counts = ['base', 'outbox'].map((name) => tx.objectStore(name).count());
        tx.oncomplete = () => { open.result.close(); done(counts.map((count) => count.result).join(' ')); };
    };
";

/// Returns what the tablet keeps, such as `0 2`.
async fn kept(tablet: &Browser) -> anyhow::Result<String> {
    Ok(tablet.driver().execute_async(KEPT, Vec::new()).await?.convert()?)
}

/// Waits until the tablet keeps this many records and waiting edits, such as `0 0`.
async fn keeps(tablet: &Browser, what: &str) -> anyhow::Result<()> {
    let script = format!(
        "return new Promise((done) => {{ (function () {{ {KEPT} }})(done); }}).then((kept) => kept === '{what}')"
    );
    tablet.wait(&format!("{what} are kept"), &script, 20).await
}

async fn waiting(tablet: &Browser, count: &str) -> anyhow::Result<()> {
    let script =
        format!("return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '{count}'");
    tablet.wait(&format!("{count} records wait"), &script, 60).await
}

async fn says(browser: &Browser, css: &str, words: &str) -> anyhow::Result<()> {
    let script = format!("return /{words}/.test(document.querySelector('{css}')?.innerText)");
    browser.wait(&format!("{css} says {words:?}"), &script, 20).await
}

/// Adds a household with a name, and waits until it is on disk.
async fn add_household(tablet: &Browser, name: &str) -> anyhow::Result<()> {
    tablet.tap("[data-testid=add-household]").await?;
    tablet.fill("#head-name", name).await?;
    tablet.wait("it is on the disk", SAVED, 10).await
}

/// Waits until the survey says that the device has a book: signing out asks about no other.
async fn opened_its_book(tablet: &Browser) -> anyhow::Result<()> {
    let book = "return !!localStorage.getItem('soho.kept')";
    tablet.wait("the survey has opened its book", book, 30).await
}

/// Signs out of a device that has a book (its database).
async fn leave(tablet: &Browser, server: &Server) -> anyhow::Result<()> {
    tablet.goto(&server.url("/signin/")).await?;
    tablet.tap("#sign-out").await?;
    tablet.tap("[data-testid=leave]").await?;
    is_at(tablet, "/signin/").await?;
    tablet.wait("signed out", "return document.querySelector('#forms')?.hidden === false", 20).await?;
    keeps(tablet, "0 0").await
}

/// Enrols a browser with a code from the commune, as scanning the picture of the code does.
async fn enrol(tablet: &Browser, server: &Server, by: &Person) -> anyhow::Result<()> {
    let made = by.post("/api/v1/devices/enrolments", &json!({"account": "lan"})).await?;
    // From another address, because within the page only the part after `#` would change.
    tablet.goto("about:blank").await?;
    tablet.goto(&server.url(made.body["path"].as_str().unwrap())).await?;
    tablet
        .wait("the code is filled in", "return document.querySelector('#code').value.length === 11", 20)
        .await?;
    tablet.fill("#device", "Máy 1").await?;
    tablet.tap("#with-code button").await?;
    is_at(tablet, "/survey/").await
}

async fn open_hamlet(tablet: &Browser) -> anyhow::Result<()> {
    tablet.tap("[data-hamlet='1']").await?;
    tablet.find("[data-testid=add-household]").await.map(drop)
}

async fn is_at(browser: &Browser, path: &str) -> anyhow::Result<()> {
    let script = format!("return location.pathname === '{path}'");
    browser.wait(&format!("the page is {path}"), &script, 20).await
}

async fn sign_in(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser
        .wait("the form is there", "return document.querySelector('#forms')?.hidden === false", 20)
        .await?;
    browser.fill("#name", name).await?;
    browser.fill("#password", &password(name)).await?;
    browser.tap("#with-password button").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_signs_in_on_the_way_to_the_figures_and_an_administrator_makes_accounts()
-> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/desk/figures/")).await?;
    is_at(&browser, "/signin/").await?;
    browser.fill("#name", "xa").await?;
    browser.fill("#password", "không phải mật khẩu").await?;
    browser.tap("#with-password button").await?;
    says(&browser, "#failure", "mật khẩu chưa đúng").await?;
    let at_the_field = "const at = document.activeElement; return at.id === 'password' && at.getAttribute('aria-describedby') === 'failure' && at.closest('.field').contains(document.querySelector('#failure'))";
    browser.wait("it is said at the field, which has the focus", at_the_field, 5).await?;
    sign_in(&browser, "xa").await?;
    is_at(&browser, "/desk/figures/").await?;
    let own = "return new URLSearchParams(location.search).get('area') === '29173' && /An Đức/.test(document.querySelector('h1').innerText)";
    browser.wait("the officer's own commune is shown", own, 20).await?;

    // No link to the sign-in leads on to another site.
    let home = server.url("/desk/figures/?area=29173");
    let leads_home = format!(
        "return !document.querySelector('#who').hidden && document.querySelector('#go-on').href === '{home}'"
    );
    for to in ["//elsewhere.vn/", "/.//elsewhere.vn/", "/\\elsewhere.vn/", "https://elsewhere.vn/"] {
        browser.goto(&server.url(&format!("/signin/?to={to}"))).await?;
        browser.wait(&format!("`to={to}` leads to the officer's own page"), &leads_home, 20).await?;
    }
    browser.goto(&server.url("/signin/")).await?;
    browser.tap("#sign-out").await?;
    sign_in(&browser, "root").await?;
    is_at(&browser, "/desk/people/").await?;
    browser.tap("#new summary").await?;
    browser.fill("#name", "moi").await?;
    browser.choose("#role", "volunteer").await?;
    browser.fill("#areas", "29173-02, 29173-03").await?;
    browser.tap("#make button").await?;
    let made = "return /moi[^]*Ấp 2, Xã An Đức \\(29173-02\\); Ấp 3/.test(document.querySelector('#accounts').innerText)";
    browser.wait("the account is listed with its areas", made, 20).await?;
    browser.fill("#name", "moi").await?;
    browser.fill("#areas", "29173-02").await?;
    browser.tap("#make button").await?;
    let why = "return /đã có tài khoản “moi”: hãy đặt tên khác/.test(document.querySelector('#name').closest('.field').innerText)";
    browser.wait("why it cannot be made again is said in Vietnamese", why, 20).await?;
    browser.tap("#accounts tbody tr:nth-child(2) .button").await?;
    let code = "return /[0-9A-Z]{5}-[0-9A-Z]{5}/.test(document.querySelector('#code .big')?.innerText) && document.querySelector('#code img').naturalWidth > 0";
    browser.wait("a code and its picture are shown", code, 20).await?;
    let trail = "return /root[^]*tạo tài khoản moi/.test(document.querySelector('#audit').innerText)";
    browser.wait("the audit trail tells of it", trail, 20).await?;
    browser.close().await;
    Ok(())
}

/// Script that returns the records that the tablet keeps.
const RECORDS: &str = "
    const [done] = arguments;
    const open = indexedDB.open('soho-survey');
    open.onsuccess = () => {
        const all = open.result.transaction('base').objectStore('base').getAll();
        all.onsuccess = () => { open.result.close(); done(JSON.stringify(all.result)); };
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn of_a_household_that_moves_away_its_tablet_keeps_nothing_but_that() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let xa = Person::sign_in(&server, "xa").await?;
    let mut dice = Dice::new(1);
    let mut push = async |millis: u64, set: Vec<(&str, Value)>| {
        let operation = operation(&mut dice, household("29173", 1), millis, set);
        let answer = xa.post("/api/v1/sync/push", &json!({"operations": [operation]})).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
        anyhow::Ok(())
    };
    push(1_285_891_200_000, vec![("hamlet", Value::Int(1)), ("head/name", "Trần Văn Út".into())]).await?;
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&server.url("/signin/")).await?;
    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    open_hamlet(&tablet).await?;
    let listed = "return /Văn Út/.test(document.body.innerText)";
    tablet.wait("the household is in the list", listed, 20).await?;
    let kept = async || tablet.driver().execute_async(RECORDS, Vec::new()).await?.convert::<String>();
    assert!(kept().await?.contains("Văn Út"));

    push(1_285_891_200_001, vec![("hamlet", Value::Int(2))]).await?;
    tablet.tap("[data-testid=sync-now]").await?;
    tablet.wait("it is gone", "return !/Văn Út/.test(document.body.innerText)", 20).await?;
    let kept = kept().await?;
    assert!(kept.contains("29173-02") && !kept.contains("Văn Út"), "{kept}");
    tablet.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_is_entered_with_one_tap_and_each_finds_their_own_desk() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run(&["demo", "--data", &data.path().display().to_string(), "--households", "5000"])?;
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let total = |area: &str| {
        format!(
            "return (new URLSearchParams(location.search).get('area') ?? '83') === '{area}' && document.querySelector('tfoot [data-col=households]')?.innerText.trim().length > 0"
        )
    };
    // There is only the volunteer's own hamlet to choose.
    let only_hamlet = |number: &str| {
        format!(
            "const hamlets = [...document.querySelectorAll('[data-hamlet]')]; return hamlets.map((h) => h.dataset.hamlet).join() === '{number}' && !document.querySelector('[data-district]')"
        )
    };
    let desks = [
        ("/desk/figures/", "tinh.bentre", "/desk/figures/", total("83")),
        ("/desk/figures/", "huyen.batri", "/desk/figures/", total("836")),
        (
            "/desk/figures/?view=what-if",
            "tinh.bentre",
            "/desk/figures/",
            "return document.querySelector('#what-if-table tbody tr') !== null".to_owned(),
        ),
        ("/survey/", "ap1.anduc", "/survey/", only_hamlet("1")),
        ("/signin/", "ap4.luongquoi", "/survey/", only_hamlet("4")),
        ("/signin/", "xa.anduc", "/desk/figures/", total("29173")),
        (
            "/signin/",
            "quantri",
            "/desk/people/",
            "return document.querySelectorAll('#accounts tbody tr').length === 9".to_owned(),
        ),
        ("/survey/", "quantri", "/desk/people/", "return true".to_owned()),
        ("/desk/figures/", "ap1.anduc", "/survey/", "return true".to_owned()),
    ];
    for (opened, account, desk, works) in desks {
        browser.enter(&server.url(opened), account).await?;
        is_at(&browser, desk).await?;
        browser.wait(&format!("{account} is at work after {opened}"), &works, 30).await?;
        if desk == "/survey/" {
            opened_its_book(&browser).await?;
        }
        browser.goto(&server.url("/signin/")).await?;
        browser.tap("#sign-out").await?;
        if desk == "/survey/" {
            browser.tap("[data-testid=leave]").await?;
        }
        browser.find("[data-account=quantri]").await?;
    }
    // The figures are not for volunteers: that page leads them to their own app.
    browser.enter(&server.url("/survey/"), "ap1.anduc").await?;
    is_at(&browser, "/survey/").await?;
    opened_its_book(&browser).await?;
    browser.goto(&server.url("/desk/figures/")).await?;
    let way_out = "return document.querySelector('#words a')?.pathname === '/survey/' && !document.querySelector('.pages')";
    browser.wait("a volunteer is shown the way out", way_out, 30).await?;

    // A browser becomes a volunteer's tablet by a code that the administrator gives; then it may be closed.
    leave(&browser, &server).await?;
    browser.enter(&server.url("/desk/people/"), "quantri").await?;
    let code_for = "const row = [...document.querySelectorAll('#accounts tbody tr')].find((row) => /ap1\\.anduc/.test(row.innerText)); row?.querySelector('button').click(); return Boolean(row)";
    browser.wait("a code is asked for", code_for, 20).await?;
    let code = browser.find("#code .big").await?.text().await?;
    browser.goto(&server.url("/signin/")).await?;
    browser.tap("#sign-out").await?;
    browser.find("[data-account=quantri]").await?;
    browser.tap("#enrol summary").await?;
    browser.fill("#code", &code).await?;
    browser.fill("#device", "Máy 1").await?;
    browser.tap("#with-code button").await?;
    is_at(&browser, "/survey/").await?;
    open_hamlet(&browser).await?;
    browser.kept_offline().await?;
    let port = server.port();
    server.kill();
    add_household(&browser, "Trần Văn Út").await?;
    browser.close().await;
    let server = Server::start_on(data.path(), port)?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/survey/")).await?;
    waiting(&browser, "0").await?;
    browser.fill("#search", "tran van ut").await?;
    browser.wait("it is there", "return /Trần Văn Út/.test(document.body.innerText)", 20).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_address_opens_a_desk_with_one_tap_and_no_other_address_does() -> anyhow::Result<()> {
    let (data, open, profile) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    run(&["demo", "--data", data.path().to_str().unwrap(), "--households", "164"])?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let demonstration = Server::start_with_own_key(data.path())?;
    let (driver, shown) = (browser.driver(), "return document.querySelector('#forms')?.hidden === false");
    driver.goto(demonstration.url("/signin/")).await?;
    browser.wait("the form is there", shown, 20).await?;
    let nobody = "return document.querySelector('#demonstration').hidden";
    browser.wait("nobody is offered without the key", nobody, 20).await?;
    driver.goto("about:blank").await?;
    driver.goto(demonstration.printed("/signin/")).await?;
    browser.tap("[data-account='ap1.anduc']").await?;
    is_at(&browser, "/survey/").await?;
    let out = "return !location.hash.includes('key=') && !document.cookie.includes('key')";
    browser.wait("the key is neither in the address nor where scripts read", out, 20).await?;

    // Without accounts, the bare address says what to do, and the printed address opens every app.
    let open = Server::start_with_own_key(open.path())?;
    driver.goto(open.url("/desk/figures/")).await?;
    is_at(&browser, "/signin/").await?;
    let said = "return /máy chủ in ra khi khởi động/.test(document.querySelector('#failure').innerText)";
    browser.wait("what to do is said", said, 20).await?;
    driver.goto(open.printed("/survey/")).await?;
    browser.tap("[data-district='836']").await?;
    driver.goto(open.url("/desk/figures/")).await?;
    browser.find("#connection").await?;
    browser.close().await;
    Ok(())
}
