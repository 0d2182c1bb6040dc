//! The desk's reports, and from a number to its households and back: in a real browser.

use anyhow::bail;
use serde::de::DeserializeOwned;
use serde_json::json;
use soho_shared::report::{Cell, Table};
use soho_shared::wire::lists::HouseholdPage;
use soho_tests::browser::{Browser, Engine};
use soho_tests::people::Person;
use soho_tests::server::Server;
use thirtyfour::Key;

use crate::{DEMONSTRATION, MANY};

async fn told<T: DeserializeOwned>(browser: &Browser, script: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_value(browser.driver().execute(script, vec![]).await?.json().clone())?)
}

/// Presses the tabulator until an element has the focus.
async fn tab_to(browser: &Browser, css: &str) -> anyhow::Result<()> {
    let is_there = format!("return document.activeElement.matches({})", json!(css));
    for _ in 0..100 {
        if told(browser, &is_there).await? {
            return Ok(());
        }
        browser.driver().active_element().await?.send_keys(Key::Tab).await?;
    }
    bail!("`{css}` is not reached by the keyboard")
}

/// Of a table on the page, the code of each line with its figures, as programs read them.
async fn figures(browser: &Browser, table: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let script = format!(
        "return [...document.querySelectorAll('{table} tbody tr, {table} tfoot tr')].map((line) => \
         [line.dataset.code ?? '', ...[...line.querySelectorAll('[data-value]')].map((cell) => cell.dataset.value)])"
    );
    told(browser, &script).await
}

/// The same of a table as the server sends it.
fn expected(table: &Table) -> Vec<Vec<String>> {
    let line = |line: &soho_shared::report::Line| {
        let figures = line.cells.iter().zip(&table.columns).filter(|(cell, column)| {
            let is_figure = matches!(cell, Cell::Count(_) | Cell::Percent(_) | Cell::Dong(_) | Cell::Empty);
            is_figure && column.id != "stt"
        });
        let code = line.code.clone().unwrap_or_default();
        [code].into_iter().chain(figures.map(|(cell, _)| cell.plain())).collect()
    };
    table.lines.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_chosen_by_keyboard_and_its_numbers_lead_to_households() -> anyhow::Result<()> {
    let (data, profile) = (DEMONSTRATION.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "huyen.batri").await?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/reports?area=836&round=2010&lang=vi"), "huyen.batri").await?;
    browser.find("[data-testid=kinds][open] [data-kind=causes]").await?;
    tab_to(&browser, "[data-kind=causes]").await?;
    browser.driver().active_element().await?.send_keys(Key::Enter).await?;
    browser.find("[data-testid=report-table][data-kind=causes] tbody tr").await?;
    browser
        .wait("what was chosen has the focus", "return document.activeElement.id === 'report-title'", 10)
        .await?;

    // What it shows is what the server says.
    let asked = "/api/v1/reports/causes?area=836&round=2010&by=commune";
    let answer = officer.get(&format!("{asked}&format=table")).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let table: Table = serde_json::from_str(&answer.text)?;
    assert!(table.lines.len() > 20, "{}", answer.text);
    assert_eq!(figures(&browser, "[data-testid=report-table]").await?, expected(&table));
    let csv: String = told(
        &browser,
        "const link = document.querySelector('[data-section=report] [data-tool=csv]'); \
         return link.pathname + link.search",
    )
    .await?;
    assert_eq!(csv, format!("{asked}&format=csv"));
    let file = officer.get(&csv).await?;
    // A reader of text drops the mark in front.
    let plain = |text: &str| text.trim_start_matches('\u{feff}').to_owned();
    assert_eq!((file.status, plain(&file.text)), (200, plain(&table.csv())));
    for tool in ["xlsx", "print"] {
        assert_eq!(officer.get(&format!("{asked}&format={tool}")).await?.status, 200, "{tool}");
    }

    // A number leads to its households, and the back button to the report.
    let link = "[data-testid=report-table] tbody td[data-value] a";
    let (number, to): (u64, String) = told(
        &browser,
        &format!(
            "const link = document.querySelector('{link}'); \
             return [Number(link.closest('td').dataset.value), link.pathname + link.search]"
        ),
    )
    .await?;
    browser.tap(link).await?;
    browser.find(&format!("[data-testid=how-many][data-many='{number}']")).await?;
    browser.find("[data-testid=households] tr[data-household]").await?;
    let listed = to.replace("/desk/", "/api/v1/").replace("&lang=vi", "");
    let answer = officer.get(&listed).await?;
    assert_eq!(answer.status, 200, "{listed}: {}", answer.text);
    let page: HouseholdPage = serde_json::from_str(&answer.text)?;
    assert!(number > 0 && page.total == Some(number), "{listed}: {}", answer.text);
    let names: Vec<String> = told(
        &browser,
        "return [...document.querySelectorAll('tr[data-household] [data-col=name]')].map((name) => name.innerText.trim())",
    )
    .await?;
    let own: Vec<String> =
        page.households.into_iter().filter_map(|of| of.head_name).take(names.len()).collect();
    assert_eq!(names, own);
    browser.driver().back().await?;
    browser.find("[data-testid=report-table][data-kind=causes]").await?;
    browser.wait("it is the report", "return location.pathname === '/desk/reports'", 10).await?;

    // A report that this area has not says what to choose.
    browser.goto(&server.url("/desk/reports?area=836&round=2010&kind=hamlet&lang=vi")).await?;
    let words = "return /chọn một xã/.test(document.querySelector('[data-testid=misfit]')?.innerText)";
    browser.wait("it says what to choose", words, 20).await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_where_one_looks_and_one_comes_back_to_the_same_place() -> anyhow::Result<()> {
    let (data, profile) = (DEMONSTRATION.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/households?area=83&round=2010&lang=vi"), "tinh.bentre").await?;
    let total = officer.get("/api/v1/households?area=83&round=2010&limit=1").await?;
    let total = total.body["total"].as_u64().unwrap();
    assert!(total > MANY / 2, "{total}");
    browser.find(&format!("[data-testid=how-many][data-many='{total}']")).await?;

    // Far down, only what is in sight is drawn, and it is what the server has at that place.
    let place = total / 2;
    let row = "document.querySelector('.windowed tr[data-household]').getBoundingClientRect().height";
    let scroll = format!("document.querySelector('.windowed').scrollTop = {row} * {place}; return true");
    browser.wait("it is scrolled", &scroll, 10).await?;
    let at = format!(".windowed tr[data-household][aria-rowindex='{}']", place + 2);
    browser.find(&at).await?;
    let drawn: u64 = told(&browser, "return document.querySelectorAll('.windowed tbody tr').length").await?;
    assert!(drawn < 60, "{drawn} rows are drawn");
    let own = officer.get(&format!("/api/v1/households?area=83&round=2010&offset={place}&limit=1")).await?;
    let own = own.body["households"][0]["household"].as_str().unwrap().to_owned();
    let shown: String =
        told(&browser, &format!("return document.querySelector(\"{at}\").dataset.household")).await?;
    assert_eq!(shown, own);

    // From a household's page one comes back to it.
    let kept = format!("return Math.abs(Number(history.state) - {place}) < 3");
    browser.wait("the place is kept", &kept, 10).await?;
    browser.tap(&format!("{at} a")).await?;
    browser.wait("the household is open", "return location.pathname === '/desk/review/'", 20).await?;
    browser.driver().back().await?;
    let again = format!("return document.querySelector(\"{at}\")?.dataset.household === {}", json!(own));
    browser.wait("the same household is in sight", &again, 20).await?;

    // A condition more, and the list with its number follow.
    browser.choose("#add-filter", "poor").await?;
    browser.find("[data-condition=poor]").await?;
    let poor =
        officer.get("/api/v1/statistics?area=83&round=2010").await?.body["total"]["poor"].as_u64().unwrap();
    browser.find(&format!("[data-testid=how-many][data-many='{poor}']")).await?;
    // Two conditions over many communes are read one after another.
    browser.choose("#add-filter", "poor_female_headed").await?;
    let searched = officer.get("/api/v1/statistics?area=83&round=2010").await?;
    let women = searched.body["poor_by_group_overlapping"].as_array().unwrap();
    let women =
        women.iter().find(|group| group["id"] == "female_headed").unwrap()["households"].as_u64().unwrap();
    let to_the_end = format!(
        "const list = document.querySelector('.windowed'); if (list) list.scrollTop = list.scrollHeight; \
         return document.querySelector('[data-testid=how-many]')?.dataset.many === '{women}'"
    );
    browser.wait("all of them were read", &to_the_end, 60).await?;

    // Names are found without marks, and stand in no address.
    browser.fill("#find-name", "be").await?;
    browser.find("[data-testid=found] tr[data-household]").await?;
    let names: Vec<String> = told(
        &browser,
        "return [...document.querySelectorAll('[data-testid=found] tbody [data-col=name]')].map((name) => name.innerText)",
    )
    .await?;
    assert!(names.iter().all(|name| name.to_lowercase().contains('b')), "{names:?}");
    assert!(!told::<String>(&browser, "return location.href").await?.contains("=be"));

    // A column more stands in the address and in the file.
    browser.tap("[data-testid=columns] summary").await?;
    browser.tap("#column-moved").await?;
    browser.wait("it is in the address", "return /columns=[a-z_,]*moved/.test(location.search)", 10).await?;
    let file: String = told(
        &browser,
        "const link = document.querySelector('[data-section=households] [data-tool=csv]'); \
         return link.pathname + link.search",
    )
    .await?;
    let file = officer.get(&file).await?;
    assert_eq!(file.status, 200, "{}", file.text);
    assert!(
        file.text.lines().next().unwrap().contains("Diễn biến trong năm"),
        "{}",
        file.text.lines().next().unwrap()
    );
    assert_eq!(u64::try_from(file.text.lines().count()).unwrap(), women + 1);
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_led_to_no_household() -> anyhow::Result<()> {
    let (data, profile) = (DEMONSTRATION.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/households?area=83&round=2010&lang=vi"), "quantri").await?;
    let refused = "return /không xem từng hộ/.test(document.querySelector('main')?.innerText)";
    browser.wait("it says what an administrator sees", refused, 20).await?;
    browser.goto(&server.url("/desk/reports?area=836&round=2010&kind=causes&lang=vi")).await?;
    browser.find("[data-testid=report-table] tbody tr").await?;
    let links: u64 =
        told(&browser, "return document.querySelectorAll('[data-testid=report-table] td a').length").await?;
    let kinds: Vec<String> = told(
        &browser,
        "return [...document.querySelectorAll('a[data-kind]')].map((link) => link.dataset.kind)",
    )
    .await?;
    assert!(links == 0 && !kinds.iter().any(|kind| kind == "gap"), "{kinds:?}");
    browser.close().await;
    Ok(())
}
