//! The book (the device's database) when the browser closes it, empties it or has no room for it.

use super::*;

/// Opens a hamlet of a register without accounts and stops the server; returns the browser and the port.
async fn offline(data: &Path, profile: &Path) -> anyhow::Result<(Browser, u16)> {
    let server = Server::start(data)?;
    let browser = Browser::open(Engine::Chromium, profile).await?;
    browser.goto(&server.url("/survey/")).await?;
    for choice in ["[data-district='836']", "[data-commune='29173']"] {
        browser.tap(choice).await?;
    }
    open_hamlet(&browser).await?;
    browser.kept_offline().await?;
    let port = server.port();
    server.kill();
    Ok((browser, port))
}

/// Makes `window.book` the app's own connection from here on.
const LISTEN: &str = "
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...args) {
        if (this.name === 'soho-survey') window.book = this;
        return transaction.apply(this, args);
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_is_closed_or_emptied_under_the_page_is_opened_anew() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (browser, port) = offline(data.path(), profile.path()).await?;
    browser.driver().execute(LISTEN, Vec::new()).await?;
    add_household(&browser, "Trần Văn Út").await?;
    browser.driver().execute("window.old = window.book; book.close()", Vec::new()).await?;
    browser.fill("#address", "Tổ 1").await?;
    browser.wait("it is stored after all", SAVED, 10).await?;
    browser.wait("by a new handle", "return window.book !== window.old", 5).await?;
    browser.reload().await?;
    browser
        .wait("nothing is lost", "return document.querySelector('#address')?.value === 'Tổ 1'", 20)
        .await?;

    // More waits than what is typed next, and all of it is written again.
    let origin = format!("http://127.0.0.1:{port}");
    // The cookies stay, because they hold the key of a register without accounts.
    let clear = json!({"origin": origin, "storageTypes": "indexeddb,local_storage"});
    browser.devtools("Storage.clearDataForOrigin", clear).await?;
    browser.driver().execute("location.hash = '#/'", Vec::new()).await?;
    add_household(&browser, "Lê Thị Bảy").await?;
    browser.reload().await?;
    waiting(&browser, "2").await?;
    browser.driver().execute("location.hash = '#/waiting'", Vec::new()).await?;
    let both = "const text = document.body.innerText; return /Văn Út/.test(text) && /Tổ 1/.test(text) && /Thị Bảy/.test(text)";
    browser.wait("both are there", both, 20).await?;
    let _server = Server::start_on(data.path(), port)?;
    waiting(&browser, "0").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_book_somebody_deletes_lets_go_and_loses_nothing() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (browser, port) = offline(data.path(), profile.path()).await?;
    add_household(&browser, "Trần Văn Út").await?;
    let before = kept(&browser).await?;
    assert_ne!(before, "0 0");
    // Asks for a deletion, as another page does to delete or upgrade the database.
    let delete = "
        const [done] = arguments;
        const gone = indexedDB.deleteDatabase('soho-survey');
        gone.onsuccess = () => done(true);
    ";
    browser.driver().execute_async(delete, Vec::new()).await?;
    // The way on is there once what was typed is in the new book, not before.
    browser.find("[data-testid=let-go] a").await?;
    assert_eq!(kept(&browser).await?, before);
    browser.wait("nothing can be typed", "return document.querySelector('main input') === null", 5).await?;
    browser.reload().await?;
    waiting(&browser, "1").await?;
    let _server = Server::start_on(data.path(), port)?;
    waiting(&browser, "0").await?;
    browser.close().await;
    Ok(())
}

/// Makes the next `window.full` writing transactions fail as on a full device. No quota that a test can set
/// applies to so small a write.
const FULL: &str = "
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (names, mode, ...rest) {
        if (mode === 'readwrite' && window.full > 0) {
            window.full -= 1;
            throw new DOMException('no room', 'QuotaExceededError');
        }
        return transaction.call(this, names, mode, ...rest);
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_device_is_said_to_be_full_and_stores_when_there_is_room() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (browser, _) = offline(data.path(), profile.path()).await?;
    add_household(&browser, "Trần Văn Út").await?;
    browser.driver().execute(FULL, Vec::new()).await?;
    // As in Firefox after a full quota: the first write fails, however small.
    browser.driver().execute("window.full = 1", Vec::new()).await?;
    browser.fill("#address", "Tổ").await?;
    browser.wait("it is stored at once", SAVED, 2).await?;
    browser.wait("at the second try", "return window.full === 0", 1).await?;
    browser.driver().execute("window.full = 1000", Vec::new()).await?;
    browser.fill("#address", "Tổ 1").await?;
    says(&browser, "[data-testid=unsaved]", "Máy đã đầy").await?;
    browser.driver().execute("window.full = 0", Vec::new()).await?;
    browser.wait("it is stored by itself", SAVED, 20).await?;
    browser.reload().await?;
    browser.wait("it is there", "return document.querySelector('#address')?.value === 'Tổ 1'", 20).await?;
    browser.close().await;
    Ok(())
}
