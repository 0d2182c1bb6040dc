//! A register that is restored from a backup, as a tablet and an officer see it.

use super::*;

/// Script that counts the acknowledged edits that the tablet keeps.
const ACKNOWLEDGED: &str = "
    const [done] = arguments;
    const open = indexedDB.open('soho-survey');
    open.onsuccess = () => {
        const count = open.result.transaction('acknowledged').objectStore('acknowledged').count();
        count.onsuccess = () => { open.result.close(); done(String(count.result)); };
    };
";

/// Waits until the tablet's list holds the names of the one and none of the other.
async fn lists(tablet: &Browser, names: &[&str], none: &str) -> anyhow::Result<()> {
    let there = |name: &&str| format!("/{name}/.test(text)");
    let names = names.iter().map(there).collect::<Vec<_>>().join(" && ");
    let script = format!("const text = document.body.innerText; return {names} && !/{none}/.test(text)");
    tablet.wait(&format!("the list holds {names}, and not {none}"), &script, 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_a_tablet_sends_what_is_in_no_backup_and_forgets_what_is_nowhere()
-> anyhow::Result<()> {
    let (data, root, profile, desk) =
        (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let port = server.port();
    let xa = Person::sign_in(&server, "xa").await?;
    let mut dice = Dice::new(1);
    let mut enter = async |number: u64, name: &str| {
        let set = vec![("hamlet", Value::Int(1)), ("head/name", name.into())];
        let sent = operation(&mut dice, household("29173", number), 1_285_891_200_000 + number, set);
        assert_eq!(xa.post("/api/v1/sync/push", &json!({"operations": [sent]})).await?.status, 200);
        anyhow::Ok(())
    };
    enter(1, "Trần Văn Út").await?;
    let tablet = Browser::open(Engine::Chromium, profile.path()).await?;
    let acknowledged = async || {
        let count = tablet.driver().execute_async(ACKNOWLEDGED, Vec::new()).await?;
        anyhow::Ok(count.convert::<String>()?)
    };
    enrol(&tablet, &server, &xa).await?;
    open_hamlet(&tablet).await?;
    lists(&tablet, &["Văn Út"], "Bé Sáu").await?;
    add_household(&tablet, "Lê Thị Bảy").await?;
    waiting(&tablet, "0").await?;
    assert_ne!(acknowledged().await?, "0");

    // What a backup has is not kept any longer; what comes after it is.
    let backup = root.path().join("backup");
    run(&["backup", "--data", data.path().to_str().unwrap(), backup.to_str().unwrap()])?;
    tablet.goto(&server.url("/survey/")).await?;
    enter(2, "Phạm Văn Năm").await?;
    tablet.tap("[data-testid=sync-now]").await?;
    lists(&tablet, &["Văn Út", "Thị Bảy", "Văn Năm"], "Bé Sáu").await?;
    assert_eq!(acknowledged().await?, "0");
    add_household(&tablet, "Nguyễn Thị Bé Sáu").await?;
    waiting(&tablet, "0").await?;
    assert_ne!(acknowledged().await?, "0");

    server.stop();
    let restored = root.path().join("restored");
    run(&["restore", "--data", restored.to_str().unwrap(), backup.to_str().unwrap()])?;
    let server = Server::start_on(&restored, port)?;
    tablet.goto(&server.url("/survey/")).await?;
    tablet.tap("[data-testid=sync-now]").await?;
    says(&tablet, "body", "xác nhận máy này").await?;
    lists(&tablet, &["Văn Út", "Thị Bảy", "Văn Năm", "Bé Sáu"], "Không có hộ").await?;

    // The commune's officer confirms it.
    let officer = Browser::open(Engine::Chromium, desk.path()).await?;
    officer.goto(&server.url("/desk/people/")).await?;
    sign_in(&officer, "xa").await?;
    says(&officer, "#suspended", "1 máy").await?;
    let button =
        "[...document.querySelectorAll('#devices button')].find((button) => button.innerText === 'Xác nhận')";
    officer
        .wait("there is a button", &format!("{button}?.click(); return {button} !== undefined"), 5)
        .await?;
    let confirmed = &format!("return document.querySelector('#suspended').hidden && {button} === undefined");
    officer.wait("it is confirmed", confirmed, 20).await?;
    officer.close().await;

    tablet.tap("[data-testid=sync-now]").await?;
    lists(&tablet, &["Văn Út", "Thị Bảy", "Bé Sáu"], "Văn Năm").await?;
    waiting(&tablet, "0").await?;
    assert_ne!(acknowledged().await?, "0", "no backup of this register was taken");
    let xa = Person::sign_in(&server, "xa").await?;
    let pulled = xa.get("/api/v1/sync/pull?area=29173").await?.text;
    let names = ["Trần Văn Út", "Lê Thị Bảy", "Nguyễn Thị Bé Sáu", "Phạm Văn Năm"];
    assert_eq!(names.map(|name| pulled.contains(name)), [true, true, true, false], "{pulled}");
    leave(&tablet, &server).await?;
    assert_eq!(acknowledged().await?, "0");
    tablet.close().await;
    Ok(())
}
