//! A new round begins with the list of the last one: in a real browser, without a network.

use serde_json::{Value, json};
use soho_shared::record::{HouseholdId, Operation, Value as Field};
use soho_shared::wire::PushRequest;
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::people::{Person, add};
use soho_tests::server::{self, Server};

const NAMES: [&str; 4] = ["Lê Thị Một", "Trần Văn Hai", "Phạm Thị Ba", "Võ Văn Tư"];

/// A push with three poor households of 2010, and one above the lines.
fn census() -> anyhow::Result<Value> {
    let mut dice = Dice::new(11);
    let operations = NAMES.iter().zip(1..).map(|(name, n)| {
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
    Ok(serde_json::to_value(PushRequest { clock: None, operations: operations.collect() })?)
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
        "const row = [...document.querySelectorAll('[data-testid=due-row]')].find((row) => row.textContent.includes({}));
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

/// Writes an income of the visited household into its form, and confirms what was carried over.
async fn earns(browser: &Browser, amount: &str) -> anyhow::Result<()> {
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", amount).await?;
    browser.fill("[data-testid=income-line] input[id$=times]", "12").await?;
    for section in ["head", "members"] {
        browser.tap(&format!("[data-testid='carried/{section}'] [data-testid=confirm]")).await?;
    }
    Ok(())
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
    let names = NAMES;
    let answer = server.http().post(server.url("/api/v1/sync/push")).json(&census()?).send().await?;
    assert_eq!(answer.status(), 200);

    let port = server.port();
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    open_hamlet(&browser, &server, "2011").await?;
    browser.says("[data-testid=due-title]", "Còn phải thăm (3)").await?;
    browser.says("[data-testid=progress]", "Xong 0 trong 3").await?;
    browser.kept_offline().await?;
    server.kill();

    // What is carried over decides nothing until it is confirmed.
    visit(&browser, names[0]).await?;
    browser.tap("[data-testid=add-income][data-source=wages]").await?;
    browser.fill("[data-testid=income-line] input[id$=amount]", "2 triệu").await?;
    browser.fill("[data-testid=income-line] input[id$=times]", "12").await?;
    browser.says("[data-testid=class-panel]", "xác nhận điều ghi theo đợt trước").await?;
    browser.says("[data-testid=section-members-title]", "xác nhận").await?;
    for section in ["head", "members"] {
        browser.tap(&format!("[data-testid='carried/{section}'] [data-testid=confirm]")).await?;
    }
    let above = "return document.querySelector('[data-testid=class-panel]').dataset.class === 'above'";
    browser.wait("the class appears", above, 10).await?;
    saved(&browser).await?;
    browser.tap("[data-testid=back]").await?;
    browser.says("[data-testid=due-title]", "Còn phải thăm (2)").await?;
    browser.says("[data-testid=progress]", "Xong 1 trong 3").await?;

    // Another one has moved away.
    visit(&browser, names[1]).await?;
    browser.tap("[data-testid=section-head-title] details summary").await?;
    browser.fill("#moved-to", "TP. Hồ Chí Minh").await?;
    saved(&browser).await?;
    browser.tap("[data-testid=back]").await?;
    browser.says("[data-testid=due-title]", "Còn phải thăm (1)").await?;
    browser.says("[data-testid=household-row]", "Đã chuyển đi").await?;

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

/// A household that is to be visited.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    id: String,
    name: String,
    hamlet: i64,
    class: String,
}

impl Due {
    /// Those of An Đức in 2011.
    async fn read(officer: &Person) -> anyhow::Result<Vec<Due>> {
        let list = officer.get("/api/v1/rounds/2011/communes/29173/households?list=pending").await?;
        let text = |of: &Value, what: &str| of[what].as_str().unwrap().to_owned();
        let due = |of: &Value| Due {
            id: text(of, "household"),
            name: text(of, "head_name"),
            hamlet: of["hamlet"].as_i64().unwrap(),
            class: text(of, "class"),
        };
        Ok(list.body["households"].as_array().unwrap().iter().map(due).collect())
    }
}

/// Checks that the bars of the survey's progress say what the rows of the page's table say, in their order: how many
/// households are done, open and left, read from a row by a script.
async fn bars_are_the_rows(browser: &Browser, rows: &str, read: &str) -> anyhow::Result<()> {
    let script = format!(
        "const number = (cell) => Number(cell.innerText.split(' / ')[0].replaceAll('.', ''));
         const read = (row) => {{ const cells = [...row.querySelectorAll('td.num')].map(number); return {read} }};
         const rows = [...document.querySelectorAll('{rows}')].map(read).join(';');
         const bars = [...document.querySelectorAll('[data-testid=progress] li')]
             .map(({{ dataset: of }}) => [of.done, of.open, of.left]).join(';');
         return rows !== '' && rows === bars"
    );
    browser.wait("the bars are the rows of the table", &script, 20).await
}

/// The hamlets of a commune as bars.
async fn bars_of_hamlets(browser: &Browser) -> anyhow::Result<()> {
    let read = "((recorded, open, left) => [recorded - open, open, left])(...cells.slice(-3))";
    bars_are_the_rows(browser, "[data-testid=hamlets] tbody tr", read).await
}

/// The communes of a district as bars, also with the least done first.
async fn bars_of_communes(browser: &Browser) -> anyhow::Result<()> {
    let read = "[cells.at(-1) - cells[1], cells[1], cells[0]]";
    bars_are_the_rows(browser, "[data-testid=rounds-table] tbody tr", read).await?;
    browser.tap("[data-testid=least-done]").await?;
    let sorted = "const shares = [...document.querySelectorAll('[data-testid=progress] li')]
             .map((of) => parseInt(of.innerText.match(/(\\d+)\\s%/)?.[1] ?? '101', 10));
         return document.querySelector('[data-testid=least-done]').getAttribute('aria-pressed') === 'true'
             && shares.length > 1 && shares.every((share, at) => at === 0 || shares[at - 1] <= share)";
    browser.wait("the least done comes first", sorted, 10).await
}

/// Moves the round on by the button on the desk's page.
async fn on(browser: &Browser, to: &str) -> anyhow::Result<()> {
    let button = format!("[data-testid=next-stage][data-to={to}]");
    browser.tap(&button).await?;
    // What cannot be taken back is asked once more.
    if matches!(to, "posting" | "closed") {
        let sure = format!("return !!document.querySelector('{button}[data-sure]')");
        browser.wait("it is asked whether one is sure", &sure, 10).await?;
        browser.tap(&button).await?;
    }
    let script = format!(
        "return document.querySelector('li[data-stage={to}]')?.getAttribute('aria-current') === 'step'"
    );
    browser.wait(&format!("the round is at {to}"), &script, 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_opened_surveyed_offline_and_closed_and_what_comes_late_counts_nowhere()
-> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    // The demonstration as it is before anybody is visited again.
    let dir = data.path().to_str().unwrap();
    server::run(&["demo", "--data", dir, "--households", "9000", "--until", "2010"])?;
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    add(data.path(), "huyen", "district", &["836"])?;
    add(data.path(), "lan", "volunteer", &["29173-01", "29173-02"])?;
    let server = Server::start(data.path())?;
    let xa = Person::sign_in(&server, "xa").await?;
    let due = Due::read(&xa).await?;
    let in_1: Vec<&Due> = due.iter().filter(|of| of.hamlet == 1).collect();
    let poor: Vec<&Due> = in_1.iter().copied().filter(|of| of.class == "poor").collect();
    let [escapes, moves, stays] = poor[..3] else { panic!("{due:?}") };

    // The commune opens the round at its desk.
    let port = server.port();
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let commune = "/desk/commune?area=29173&round=2011";
    browser.sign_in(&server, commune, "xa").await?;
    browser.fill("#opening-decision", "15/QĐ-UBND").await?;
    on(&browser, "open").await?;
    on(&browser, "survey").await?;
    let all = format!(
        "return document.querySelector('[data-testid=pending-count]')?.innerText === '{}'",
        due.len()
    );
    browser.wait("those of the list are to be visited", &all, 20).await?;
    let blocked = "return !!document.querySelector('[data-testid=block][data-list=pending]')";
    browser.wait("they are in the way", blocked, 20).await?;
    bars_of_hamlets(&browser).await?;

    // A tablet is offered that round alone.
    let tablet_profile = tempfile::tempdir()?;
    let tablet = Browser::open(Engine::Chromium, tablet_profile.path()).await?;
    tablet.sign_in(&server, "/survey/", "lan").await?;
    let offered =
        "return [...document.querySelectorAll('#round option')].map(o => o.value).join() === '2011'";
    tablet.wait("the open round is offered", offered, 20).await?;
    tablet.tap("[data-hamlet='1']").await?;
    tablet.says("[data-testid=due-title]", &format!("Còn phải thăm ({})", in_1.len())).await?;
    tablet.kept_offline().await?;
    server.kill();

    // Three visits without a network: one comes out of poverty, one moves to another hamlet, one stays as it was.
    for (of, amount, hamlet) in
        [(escapes, "20 triệu", None), (moves, "300 nghìn", Some("2")), (stays, "300 nghìn", None)]
    {
        visit(&tablet, &of.name).await?;
        earns(&tablet, amount).await?;
        if let Some(hamlet) = hamlet {
            tablet.fill("#hamlet", hamlet).await?;
        }
        saved(&tablet).await?;
        tablet.tap("[data-testid=back]").await?;
    }
    let server = Server::start_on(data.path(), port)?;
    let sent = "return document.querySelector('[data-testid=outbox-count]')?.dataset.count === '0'";
    tablet.wait("everything is sent", sent, 60).await?;

    // The others are visited by others: all of them have no income.
    let mut dice = Dice::new(13);
    let others = due.iter().filter(|of| ![escapes, moves, stays].contains(of));
    let others = others.map(|of| {
        let set = [("hamlet", of.hamlet.into()), ("member_count", 1.into()), ("no_income", true.into())];
        let mut operation = operation(&mut dice, of.id.parse().unwrap(), 1_320_000_000_000, set);
        operation.round = "2011".parse().unwrap();
        operation
    });
    let push = serde_json::to_value(PushRequest { clock: None, operations: others.collect() })?;
    assert_eq!(xa.post("/api/v1/sync/push", &push).await?.status, 200);

    // Asked anew, the page that is open says so, and keeps what was shown elsewhere on it.
    browser.tap("[data-testid=renew]").await?;
    browser.says("[data-testid=progress-sum]", "100\u{a0}%").await?;
    bars_of_hamlets(&browser).await?;

    // Nothing is left but what the hamlets declare; then the round is closed.
    browser.goto(&server.url(commune)).await?;
    for stage in ["meeting", "posting"] {
        on(&browser, stage).await?;
    }
    browser.tap("[data-testid=next-stage][data-to=recognised]").await?;
    browser.says("[data-testid=problem]", "ấp chưa kê khai tổng số hộ").await?;
    let detail = xa.get("/api/v1/rounds/2011/communes/29173").await?;
    for hamlet in detail.body["hamlets"].as_array().unwrap() {
        let hamlet = &hamlet["hamlet"].as_str().unwrap()[6..];
        browser.fill(&format!("[data-testid=declared-{hamlet}]"), "50\t").await?;
        let script =
            format!("return document.querySelector('[data-testid=declared-{hamlet}]').value === '50'");
        browser.wait("it is declared", &script, 10).await?;
    }
    browser
        .wait("nothing is in the way", "return !document.querySelector('[data-testid=block]')", 20)
        .await?;
    on(&browser, "recognised").await?;
    on(&browser, "closed").await?;
    browser.find("[data-testid=frozen]").await?;

    // The tablet hears that the round is over, and offers it no more.
    tablet.reload().await?;
    tablet.says(".notice", "không còn mở để rà soát").await?;
    tablet.tap("[data-testid=change-place]").await?;
    tablet.says(".notice", "Xã chưa mở đợt rà soát mới").await?;
    tablet.close().await;

    // The district reads how far its communes are, who moved, and the path.
    let movement = async |browser: &Browser| -> anyhow::Result<String> {
        browser.goto(&server.url("/desk/movement?area=836&round=2011&class=poor")).await?;
        browser.find("[data-testid=movement-table] tfoot").await?;
        let script = "return document.querySelector('[data-testid=movement-table] tfoot').innerText";
        Ok(browser.driver().execute(script, vec![]).await?.json().as_str().unwrap().to_owned())
    };
    let officer_profile = tempfile::tempdir()?;
    let officer = Browser::open(Engine::Chromium, officer_profile.path()).await?;
    officer.sign_in(&server, "/desk/rounds?area=836&round=2011", "huyen").await?;
    bars_of_communes(&officer).await?;
    officer.goto(&server.url("/desk/targets?area=836&round=2011")).await?;
    officer.says("[data-testid=targets-table]", "2011").await?;
    let told = movement(&officer).await?;
    let huyen = Person::sign_in(&server, "huyen").await?;
    let figures = async || -> anyhow::Result<Value> {
        let path = "/api/v1/reports/movement?area=29173&round=2011&by=hamlet&format=json";
        Ok(huyen.get(path).await?.body["total"]["poor"].clone())
    };
    let closed = figures().await?;
    let of = |class: &str| due.iter().filter(|of| of.class == class).count();
    let (start, others) = (of("poor"), due.len() - of("poor"));
    for (what, count) in [
        ("start", start),
        ("to_above", 1),
        ("still", start - 1),
        ("from_hamlets", 1),
        ("to_hamlets", 1),
        ("new", others),
        ("pending", 0),
        ("end", start - 1 + others),
    ] {
        assert_eq!(closed[what], count, "{what}: {closed}");
    }

    // Late: the third one earns well, too. It is shown, and counts nowhere.
    let mut dice = Dice::new(12);
    let millis = 1_900_000_000_000;
    let stays_id: HouseholdId = stays.id.parse().unwrap();
    let mut late = operation(&mut dice, stays_id, millis, [("note", "ghi muộn".into())]);
    late.round = "2011".parse().unwrap();
    let mut rich = operation(
        &mut dice,
        stays_id,
        millis + 1,
        [("income/z/source", "wages".into()), ("income/z/amount", 90_000_000.into())],
    );
    rich.round = late.round;
    let push = serde_json::to_value(PushRequest { clock: Some(millis + 2), operations: vec![late, rich] })?;
    assert_eq!(xa.post("/api/v1/sync/push", &push).await?.status, 200);
    assert_eq!(figures().await?, closed);
    assert_eq!(movement(&officer).await?, told);
    officer.goto(&server.url(&format!("{commune}&list=late"))).await?;
    officer.says("[data-testid=late-count]", "1").await?;
    officer.says("[data-testid=work-row]", &stays.name).await?;
    let would_be = "return /Nghèo[^]*(Không nghèo|Trên)/.test(document.querySelector('[data-testid=work-row]').innerText)";
    officer.wait("both classes are told", would_be, 10).await?;
    officer.close().await;
    browser.close().await;
    Ok(())
}

/// An edit of a household of An Đức in a round.
fn in_round(dice: &mut Dice, n: u64, round: &str, set: Vec<(&str, Field)>) -> Operation {
    let mut operation = operation(dice, household("29173", n), 1_690_000_000_000, set);
    operation.round = round.parse().unwrap();
    operation
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_within_the_year_is_entered_at_the_desk_and_the_months_tell_of_it() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    add(data.path(), "tinh", "province", &[])?;
    let server = Server::start(data.path())?;
    let xa = Person::sign_in(&server, "xa").await?;
    let mut dice = Dice::new(14);
    let of_2022 = NAMES.iter().zip(1..).map(|(name, n)| {
        let set = vec![
            ("hamlet", 1.into()),
            ("head/name", (*name).into()),
            ("member_count", 1.into()),
            ("no_income", true.into()),
            ("deprivation_count", 3.into()),
        ];
        in_round(&mut dice, n, "2022", set)
    });
    let push = serde_json::to_value(PushRequest { clock: None, operations: of_2022.collect() })?;
    assert_eq!(xa.post("/api/v1/sync/push", &push).await?.status, 200);

    // Found by a few letters without marks; three months in, it is above the lines.
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.sign_in(&server, "/desk/commune?area=29173&round=2023", "xa").await?;
    browser.tap("[data-testid=review] summary").await?;
    browser.fill("#review-household", "hai van").await?;
    let pick = "const one = document.querySelector('#review-household-list [role=option]');
        if (!one?.innerText.includes('Trần Văn Hai')) return false;
        one.dispatchEvent(new MouseEvent('mousedown', {bubbles: true, cancelable: true})); return true";
    browser.wait("the household is found", pick, 20).await?;
    browser.find("[data-testid=review-household-chosen]").await?;
    browser.tap("[data-testid=add-review]").await?;
    browser.says("#review-problem", "tháng").await?;
    browser.choose("#review-month", "3").await?;
    browser.choose("#review-class", "above").await?;
    browser.tap("[data-testid=add-review]").await?;
    browser.says("[data-testid=review-row][data-month='3']", NAMES[1]).await?;
    let unmoved = "return document.querySelector('[data-testid=pending-count]')?.innerText === '4'";
    browser.wait("it is still to be visited", unmoved, 20).await?;

    // The table has it from March on.
    let ends = async |browser: &Browser, month: &str, poor: &str| {
        let script = format!(
            "const cells = [...document.querySelectorAll('[data-testid=months-table] tr[data-month=\"{month}\"] [data-value]')];
             return cells.map((cell) => cell.dataset.value).includes('{poor}')"
        );
        browser.wait(&format!("{poor} are poor at the end of {month}"), &script, 20).await
    };
    browser.goto(&server.url("/desk/months?area=29173&round=2023")).await?;
    for (month, poor) in [("start", "4"), ("2", "4"), ("3", "3"), ("12", "3")] {
        ends(&browser, month, poor).await?;
    }

    // Taken back after a second tap, it never was. Nobody's name is read before the list is asked for.
    browser.goto(&server.url("/desk/commune?area=29173&round=2023")).await?;
    browser.tap("[data-testid=show-reviews]").await?;
    browser.tap("[data-testid=take-back]").await?;
    browser.find("[data-testid=take-back][data-sure]").await?;
    browser.tap("[data-testid=take-back]").await?;
    browser.find("[data-testid=reviews-empty]").await?;
    browser.goto(&server.url("/desk/months?area=29173&round=2023")).await?;
    ends(&browser, "12", "4").await?;

    // What the province says of the opening stands at the commune that says nothing.
    let officer_profile = tempfile::tempdir()?;
    let officer = Browser::open(Engine::Chromium, officer_profile.path()).await?;
    officer.sign_in(&server, "/desk/rounds?area=83&round=2023", "tinh").await?;
    officer.fill("#opening-decision", "1051/KH-UBND\t").await?;
    officer.says("[data-section=opening]", "Đã ghi").await?;
    officer.close().await;
    browser.goto(&server.url("/desk/commune?area=29173&round=2023")).await?;
    browser.says("[data-testid=opening-decision-above]", "1051/KH-UBND").await?;
    browser.close().await;
    Ok(())
}
