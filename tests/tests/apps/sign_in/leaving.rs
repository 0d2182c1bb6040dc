//! Signing out, and a device that is revoked: no unsent edit is lost, and nothing stays for others.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_anothers_records_on_a_shared_device_and_none_is_lost() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let port = server.port();
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&server.url("/signin/")).await?;
    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    open_hamlet(&tablet).await?;
    tablet.kept_offline().await?;
    server.kill();
    add_household(&tablet, "Trần Văn Út").await?;

    // What waits is counted without a network, and keeps its owner signed in.
    tablet.driver().execute("location.hash = '#/leave'", Vec::new()).await?;
    says(&tablet, "main", "Còn phiếu chưa gửi hết").await?;
    let cannot = "return document.querySelector('[data-testid=leave]') === null";
    tablet.wait("there is no way out", cannot, 5).await?;
    tablet.goto("about:blank").await?;
    let server = Server::start_on(data.path(), port)?;

    // Somebody else does their own work, and finds nothing of it.
    tablet.goto(&server.url("/signin/")).await?;
    tablet.driver().delete_all_cookies().await?;
    tablet.goto(&server.url("/signin/")).await?;
    says(&tablet, "#kept", "1 phiếu chưa gửi của tài khoản lan").await?;
    sign_in(&tablet, "xa").await?;
    is_at(&tablet, "/desk/figures/").await?;
    tablet.driver().execute("localStorage.setItem('soho.province.1?x', 'figures')", Vec::new()).await?;
    tablet.goto(&server.url("/survey/")).await?;
    says(&tablet, "[data-testid=closed]", "của người khác[^]*1 phiếu chưa gửi của tài khoản lan").await?;
    let text = tablet.find("body").await?.text().await?;
    assert!(!text.contains("Văn Út"), "{text}");
    tablet.goto(&server.url("/signin/")).await?;
    tablet.tap("#sign-out").await?;
    tablet.wait("signed out", "return document.querySelector('#forms').hidden === false", 20).await?;
    let forgotten = "return !Object.keys(localStorage).some((key) => key.startsWith('soho.province.'))";
    tablet.wait("the figures are forgotten, too", forgotten, 5).await?;

    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    waiting(&tablet, "0").await?;
    tablet.wait("it is shown again", "return /Văn Út/.test(document.body.innerText)", 20).await?;
    leave(&tablet, &server).await?;
    tablet.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_in_another_tab_is_not_wiped_under_it() -> anyhow::Result<()> {
    // WebKit's driver keeps storage in memory, for one page only.
    for engine in Engine::asked_for().into_iter().filter(|engine| *engine != Engine::WebKit) {
        let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
        people(data.path());
        let server = Server::start(data.path())?;
        let port = server.port();
        let tablet = Browser::open(engine, profile.path()).await?;
        tablet.goto(&server.url("/signin/")).await?;
        sign_in(&tablet, "lan").await?;
        is_at(&tablet, "/survey/").await?;
        open_hamlet(&tablet).await?;
        tablet.kept_offline().await?;
        let first = tablet.driver().window().await?;
        let second = tablet.driver().new_tab().await?;
        tablet.driver().switch_to_window(second.clone()).await?;
        tablet.goto(&server.url("/signin/")).await?;
        tablet.tap("#sign-out").await?;
        tablet.tap("[data-testid=leave]").await?;
        says(&tablet, "[data-testid=leave-failure]", "Sổ còn mở ở trang khác").await?;

        // No write is pending: what is typed now is still there when that tab is gone.
        server.kill();
        tablet.driver().switch_to_window(first).await?;
        add_household(&tablet, "Trần Văn Út").await?;
        tablet.driver().close_window().await?;
        tablet.driver().switch_to_window(second).await?;
        tablet.reload().await?;
        waiting(&tablet, "1").await?;
        let server = Server::start_on(data.path(), port)?;
        waiting(&tablet, "0").await?;
        let xa = Person::sign_in(&server, "xa").await?;
        let pulled = xa.get("/api/v1/sync/pull?area=29173").await?;
        assert!(pulled.text.contains("Trần Văn Út"), "{}", pulled.text);
        leave(&tablet, &server).await?;
        tablet.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_tablet_sends_what_it_can_and_forgets_everything() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let port = server.port();
    let xa = Person::sign_in(&server, "xa").await?;
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    enrol(&tablet, &server, &xa).await?;
    open_hamlet(&tablet).await?;
    tablet.kept_offline().await?;

    // Without a network the work goes on, whatever has become of the session.
    let devices = xa.get("/api/v1/devices").await?.body["devices"].as_array().unwrap().clone();
    let id =
        devices.iter().find(|device| device["device"] == "Máy 1").unwrap()["id"].as_str().unwrap().to_owned();
    server.kill();
    add_household(&tablet, "Nguyễn Thị Bé Sáu").await?;
    tablet.fill("#identity-number", "12345678").await?;
    tablet.wait("it is on the disk", SAVED, 10).await?;
    let first = tablet.driver().window().await?;
    let second = tablet.driver().new_tab().await?;
    tablet.driver().switch_to_window(second.clone()).await?;
    tablet.goto(&format!("http://127.0.0.1:{port}/survey/")).await?;
    waiting(&tablet, "1").await?;
    tablet.driver().switch_to_window(first).await?;
    tablet.goto("about:blank").await?;
    let server = Server::start_on(data.path(), port)?;
    assert_eq!(xa.ask(Method::DELETE, &format!("/api/v1/devices/{id}"), None).await?.status, 204);

    tablet.goto(&server.url("/signin/")).await?;
    says(&tablet, "#taken", "đã bị thu hồi").await?;
    tablet.goto(&server.url("/survey/")).await?;
    // The tab that meets the server first wipes the book and says so; the other one has let go, or finds
    // nobody signed in.
    let over = "return location.pathname === '/signin/' ? document.querySelector('#forms')?.hidden === false : document.querySelector('[data-testid=let-go]') !== null";
    let told = "return document.querySelector('#withdrawn')?.hidden === false";
    let told = async || tablet.driver().execute(told, Vec::new()).await?.convert::<bool>();
    tablet.wait("this tab has let go", over, 40).await?;
    let here = told().await?;
    tablet.driver().switch_to_window(second).await?;
    tablet.wait("the other tab has let go", over, 40).await?;
    assert!(here || told().await?, "it is said what became of it");
    keeps(&tablet, "0 0").await?;
    let pulled = xa.get("/api/v1/sync/pull?area=29173").await?;
    assert!(
        pulled.text.contains("Nguyễn Thị Bé Sáu") && !pulled.text.contains("12345678"),
        "{}",
        pulled.text
    );
    let ended = async || {
        let devices = xa.get("/api/v1/devices").await?.body["devices"].as_array().unwrap().clone();
        let device = devices.iter().find(|device| device["device"] == "Máy 1").unwrap().clone();
        anyhow::Ok(device["state"] == "over" && device["ended"].is_u64())
    };
    assert!(ended().await?);
    tablet.goto(&server.url("/survey/")).await?;
    is_at(&tablet, "/signin/").await?;
    tablet.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_closed_keeps_only_what_was_not_sent_and_an_enrolled_tablet_all()
-> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let port = server.port();
    let survey = server.url("/survey/");
    let xa = Person::sign_in(&server, "xa").await?;
    let set = vec![("hamlet", Value::Int(1)), ("head/name", "Trần Văn Út".into())];
    let sent = operation(&mut Dice::new(1), household("29173", 1), 1_285_891_200_000, set);
    assert_eq!(xa.post("/api/v1/sync/push", &json!({"operations": [sent]})).await?.status, 200);
    let shown = "return /Văn Út/.test(document.body.innerText)";
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&server.url("/signin/")).await?;
    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    open_hamlet(&tablet).await?;
    tablet.wait("the hamlet's list is there", shown, 20).await?;
    tablet.kept_offline().await?;
    server.kill();
    add_household(&tablet, "Nguyễn Thị Bé Sáu").await?;
    tablet.close().await;

    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&survey).await?;
    says(&tablet, "[data-testid=closed]", "Phiên làm việc đã hết[^]*1 phiếu chưa gửi của tài khoản lan")
        .await?;
    let text = tablet.find("body").await?.text().await?;
    assert!(!text.contains("Văn Út") && !text.contains("Bé Sáu"), "{text}");
    let kept = kept(&tablet).await?;
    assert!(kept.starts_with("0 ") && kept != "0 0", "{kept}");
    let server = Server::start_on(data.path(), port)?;
    tablet.goto(&survey).await?;
    is_at(&tablet, "/signin/").await?;
    says(&tablet, "#kept", "1 phiếu chưa gửi của tài khoản lan").await?;
    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    waiting(&tablet, "0").await?;
    tablet
        .wait(
            "all is there again",
            "return /Văn Út/.test(document.body.innerText) && /Bé Sáu/.test(document.body.innerText)",
            20,
        )
        .await?;
    leave(&tablet, &server).await?;

    // The same after enrolling with a code.
    enrol(&tablet, &server, &xa).await?;
    open_hamlet(&tablet).await?;
    tablet.wait("the hamlet's list is there", shown, 20).await?;
    server.kill();
    add_household(&tablet, "Lê Thị Bảy").await?;
    tablet.close().await;
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&survey).await?;
    waiting(&tablet, "1").await?;
    tablet
        .wait(
            "the work goes on",
            "return /Văn Út/.test(document.body.innerText) && /Thị Bảy/.test(document.body.innerText)",
            20,
        )
        .await?;
    let server = Server::start_on(data.path(), port)?;
    waiting(&tablet, "0").await?;
    drop(server);
    tablet.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_cookies_are_blocked_the_page_says_so() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    std::fs::create_dir(profile.path().join("Default"))?;
    let blocked = json!({"profile": {"default_content_setting_values": {"cookies": 2}}});
    std::fs::write(profile.path().join("Default/Preferences"), blocked.to_string())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.goto(&server.url("/signin/")).await?;
    sign_in(&browser, "xa").await?;
    says(&browser, "#failure", "chặn cookie").await?;
    is_at(&browser, "/signin/").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_survey_does_not_load_nobody_is_signed_out_and_nothing_wiped() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    tablet.goto(&server.url("/signin/")).await?;
    sign_in(&tablet, "lan").await?;
    is_at(&tablet, "/survey/").await?;
    open_hamlet(&tablet).await?;
    add_household(&tablet, "Trần Văn Út").await?;
    waiting(&tablet, "0").await?;
    tablet.kept_offline().await?;
    let gone = "return navigator.serviceWorker.getRegistration().then((worker) => worker.unregister()).then(() => caches.keys()).then((keys) => Promise.all(keys.map((key) => caches.delete(key)))).then(() => true)";
    tablet.wait("nothing of the app is kept", gone, 10).await?;
    tablet.goto(&server.url("/signin/")).await?;
    tablet.devtools("Network.enable", json!({})).await?;
    tablet.devtools("Network.setCacheDisabled", json!({"cacheDisabled": true})).await?;
    tablet.devtools("Network.setBlockedURLs", json!({"urls": ["*.wasm"]})).await?;
    tablet.tap("#sign-out").await?;
    let said = "return getComputedStyle(document.querySelector('.late')).visibility === 'visible'";
    tablet.wait("it is said", said, 30).await?;
    assert_eq!(kept(&tablet).await?, "1 0");
    tablet.goto(&server.url("/signin/")).await?;
    says(&tablet, "#account", "lan").await?;
    tablet.close().await;
    Ok(())
}
