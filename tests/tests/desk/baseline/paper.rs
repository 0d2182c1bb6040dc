//! The figures as they are handed in: printed, copied and downloaded.

use std::time::Duration;

use soho_shared::report::{Cell, Column, Kind, Line, Table};
use soho_tests::browser::{Browser, Engine};
use soho_tests::paper::sheets;
use soho_tests::people::Person;
use soho_tests::server::Server;
use thirtyfour::Key;

use crate::DEMONSTRATION;

/// Returns the rows of a table on the page, the total last: the number in front, then the figures, as shown.
async fn shown(browser: &Browser, table: &str) -> anyhow::Result<Vec<String>> {
    let script = format!(
        "return [...document.querySelectorAll('{table} tbody tr, {table} tfoot tr')].map((row) => \
         [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim()).filter(Boolean).join(' '))"
    );
    Ok(serde_json::from_value(browser.driver().execute(&script, vec![]).await?.json().clone())?)
}

/// Checks that the sheets have all rows of a table of `many` areas, its total once, and the head on each
/// sheet with rows. Returns the sheets.
async fn is_whole(browser: &Browser, table: &str, many: usize) -> anyhow::Result<Vec<String>> {
    let rows = shown(browser, table).await?;
    assert_eq!(rows.len(), many + 1, "{table} on the page");
    let sheets = sheets(browser, 1.5).await?;
    let figures: Vec<Vec<Vec<&str>>> =
        sheets.iter().map(|sheet| sheet.lines().map(figures_of).collect()).collect();
    let mut at = Vec::new();
    for row in &rows {
        // Some names contain a number too: Phường 3.
        let row: Vec<&str> = row.split(' ').collect();
        let is_row = |line: &Vec<&str>| line.first() == row.first() && line.ends_with(&row[1..]);
        let on: Vec<_> = (0..sheets.len()).filter(|sheet| figures[*sheet].iter().any(is_row)).collect();
        assert_eq!(on.len(), 1, "{:?}: the row {row:?} of {table} is on the sheets {on:?}", browser.engine);
        at.push(on[0]);
    }
    assert!(at.is_sorted(), "{at:?}");
    for (sheet, text) in sheets.iter().enumerate().filter(|(sheet, _)| at.contains(sheet)) {
        for head in ["STT", "Đơn vị"] {
            assert!(
                text.contains(head),
                "{:?}: sheet {} has no head {head:?}:\n{text}",
                browser.engine,
                sheet + 1
            );
        }
    }
    assert_eq!(sheets.iter().map(|sheet| sheet.matches("Tổng cộng").count()).sum::<usize>(), 1);
    Ok(sheets)
}

/// Returns the words of a line that are figures: `12`, `1.234`, `15,55`, `+5`, `–`.
fn figures_of(line: &str) -> Vec<&str> {
    let is_figure = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || ".,+−–".contains(c));
    line.split_whitespace().filter(is_figure).collect()
}

/// Taps the print button of one part, up to the browser's dialog.
async fn one_part(browser: &Browser, section: &str) -> anyhow::Result<()> {
    let tap = format!(
        "window.print = () => {{}}; document.querySelector('[data-section=\"{section}\"] [data-tool=print]').click(); \
         return document.body.classList.contains('one-section')"
    );
    browser.wait("one part is printed", &tap, 20).await
}

async fn open(browser: &Browser, server: &Server, query: &str, table: &str) -> anyhow::Result<()> {
    browser.goto(&server.url(&format!("/desk/figures/?{query}"))).await?;
    browser.find(&format!("{table} tbody tr")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_a_table_has_all_its_rows_and_its_head_on_each_sheet() -> anyhow::Result<()> {
    let data = DEMONSTRATION.copy()?;
    let server = Server::start(data.path())?;
    // WebKitGTK's driver does not print.
    for engine in Engine::asked_for().into_iter().filter(|engine| *engine != Engine::WebKit) {
        let profile = tempfile::tempdir()?;
        let browser = Browser::open(engine, profile.path()).await?;
        browser.enter(&server.url("/desk/figures/"), "tinh.bentre").await?;
        let table = "#commune-table";
        open(&browser, &server, "area=83&by=commune", table).await?;
        one_part(&browser, "table").await?;
        let alone = is_whole(&browser, table, 164).await?;
        assert!(!alone.concat().contains("Nguyên nhân nghèo"), "{engine:?}: only this part");

        // The whole page, printed from the browser's own menu: what is folded is open, no heading ends a
        // sheet, and no picture is split over two.
        open(&browser, &server, "area=83&by=commune", table).await?;
        let whole = is_whole(&browser, table, 164).await?;
        the_page_is_whole(&browser, &whole).await?;
        let folded = "return document.querySelectorAll('details[open]').length === 0";
        browser.wait("what was folded is so again", folded, 20).await?;

        open(&browser, &server, "area=831", table).await?;
        let rows = shown(&browser, table).await?.len() - 1;
        assert!(rows > 12, "{rows}");
        one_part(&browser, "table").await?;
        is_whole(&browser, table, rows).await?;

        let table = "#what-if-table";
        open(&browser, &server, "area=83&by=commune&view=what-if", table).await?;
        browser
            .wait(
                "the figures are there",
                "return /\\d/.test(document.querySelector('#what-if-table tfoot').innerText)",
                20,
            )
            .await?;
        one_part(&browser, "what-if").await?;
        is_whole(&browser, table, 164).await?;
        browser.close().await;
    }
    Ok(())
}

async fn the_page_is_whole(browser: &Browser, sheets: &[String]) -> anyhow::Result<()> {
    let names =
        "return [...document.querySelectorAll('#bands details li a')].map((a) => a.textContent.trim())";
    let names: Vec<String> =
        serde_json::from_value(browser.driver().execute(names, vec![]).await?.json().clone())?;
    assert!(names.len() > 20, "{names:?}");
    let text = sheets.concat();
    for name in names {
        // Once in the table, once in its band.
        assert!(text.matches(&name).count() >= 2, "{:?}: {name} is not named in its band", browser.engine);
    }
    let heads = "return [...document.querySelectorAll('main h2')].map((h) => h.textContent.trim())";
    let heads: Vec<String> =
        serde_json::from_value(browser.driver().execute(heads, vec![]).await?.json().clone())?;
    for sheet in sheets {
        let last = sheet.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        assert!(!heads.iter().any(|head| head == last), "{:?}: a sheet ends with {last:?}", browser.engine);
    }
    let map = sheets.iter().find(|sheet| sheet.contains("Mỗi ô một xã, theo tỷ lệ hộ nghèo")).unwrap();
    for part in ["Dưới 20", "Châu Thành", "Thạnh Phú", "viền đứt"] {
        assert!(map.contains(part), "{:?}: the map goes over two sheets:\n{map}", browser.engine);
    }
    Ok(())
}

/// Checks that the map has a tile for each commune, named and large enough to be tapped, that its legend counts them, and
/// that the table of bands has the same numbers.
async fn tiles_are_those_of_the_bands(browser: &Browser) -> anyhow::Result<()> {
    let script = "const counts = (lines) => [...document.querySelectorAll(lines)].map((line) =>
             [line.dataset.band, Number(line.querySelector('[data-count]').dataset.count)]);
         const legend = counts('#tile-key li');
         const tiles = [...document.querySelectorAll('#tile-map .squares > li')];
         const drawn = legend.map(([band]) => [band, tiles.filter((tile) => tile.dataset.band === band).length]);
         const is_named = (tile) => /.+: .+/.test(tile.querySelector('a .tip').textContent);
         const is_large = (tile) => Math.min(tile.offsetWidth, tile.offsetHeight) >= 24;
         return tiles.length === 164 && legend.length === 4
             && tiles.every((tile) => is_named(tile) && is_large(tile))
             && document.documentElement.scrollWidth <= innerWidth
             && [drawn, counts('#bands .band')].every((of) => JSON.stringify(of) === JSON.stringify(legend))";
    browser.wait("the tiles are those of the bands", script, 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_its_clipboard_and_the_command_hand_in_the_same_table() -> anyhow::Result<()> {
    let (data, profile) = (DEMONSTRATION.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/figures/"), "tinh.bentre").await?;
    let mut files = Vec::new();
    for (by, lang) in [("district", "vi"), ("commune", "en")] {
        open(&browser, &server, &format!("area=83&by={by}&lang={lang}"), &format!("#{by}-table")).await?;
        tiles_are_those_of_the_bands(&browser).await?;
        browser.tap("[data-section=table] [data-tool=csv]").await?;
        let file = downloaded(&browser, &format!("so-ho-83-2010-{by}.csv")).await?;
        browser.tap("[data-section=table] [data-tool=copy]").await?;
        browser
            .wait(
                "it is copied",
                "return document.querySelector('[data-section=table] .said').textContent !== ''",
                20,
            )
            .await?;
        let pasted = pasted(&browser).await?;
        assert_eq!(cells(&file, b','), cells(&format!("\u{feff}{pasted}"), b'\t'), "{by}");
        files.push((by, file));
    }
    browser.close().await;
    server.kill();
    for (by, file) in files {
        assert_eq!(super::report(data.path(), by, "csv")?, file, "{by}");
    }
    Ok(())
}

/// Returns the text of a file that the browser has downloaded.
async fn downloaded(browser: &Browser, name: &str) -> anyhow::Result<String> {
    let file = browser.downloads().join(name);
    for _ in 0..200 {
        // Chromium gives the file its name once it is complete.
        if let Ok(text) = std::fs::read_to_string(&file)
            && !text.is_empty()
        {
            return Ok(text);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("{} did not come", file.display())
}

/// Returns the content of the clipboard, pasted with the keyboard.
async fn pasted(browser: &Browser) -> anyhow::Result<String> {
    let field = "document.querySelector('#pasted')?.remove(); const field = document.createElement('textarea'); \
                 field.id = 'pasted'; document.body.append(field); field.focus(); return true";
    browser.wait("a field to paste into", field, 5).await?;
    let field = browser.find("#pasted").await?;
    field.send_keys(Key::Control + "v").await?;
    browser.wait("it is pasted", "return document.querySelector('#pasted').value !== ''", 10).await?;
    Ok(field.prop("value").await?.unwrap_or_default())
}

fn cells(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

/// A line of a report as readers see it.
struct Seen {
    number: Option<String>,
    name: String,
    figures: Vec<String>,
}

impl Seen {
    fn of(table: &Table, line: &Line) -> Self {
        let mut seen = Seen { number: None, name: String::new(), figures: Vec::new() };
        for (Column { kind, .. }, cell) in table.columns.iter().zip(&line.cells) {
            match (kind, cell) {
                (Kind::Number, Cell::Count(number)) => seen.number = Some(number.to_string()),
                (_, Cell::Count(number)) => seen.figures.push(grouped(*number)),
                (_, Cell::Percent(Some(rate))) => seen.figures.push(rate.to_string().replace('.', ",")),
                (Kind::Text, Cell::Text(name)) if seen.name.is_empty() => seen.name.clone_from(name),
                _ => {}
            }
        }
        seen
    }

    /// Whether it is the line of a sheet at a place. A long name stands on two lines, its figures between them.
    fn is_at(&self, lines: &[&str], at: usize) -> bool {
        let figures = figures_of(lines[at]);
        let end = &figures[figures.len().saturating_sub(self.figures.len())..];
        let around = lines[at.saturating_sub(1)..lines.len().min(at + 2)].join(" ");
        self.number.as_ref().is_none_or(|number| figures[0] == number)
            && end == self.figures
            && self.name.split_whitespace().all(|of| around.split_whitespace().any(|word| word == of))
    }
}

fn grouped(n: i64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{}.{:03}", grouped(n / 1_000), n % 1_000) }
}

/// The reports of the province that have the figures of 2010, and those of movement.
fn reports() -> Vec<String> {
    let of_2010 = ["district", "commune", "residence", "bands"].map(|kind| format!("{kind}?round=2010"));
    let by = |kind: &str| ["district", "commune"].map(|by| format!("{kind}?round=2010&by={by}"));
    let movement = |year: i32| {
        ["poor", "near_poor"].map(|class| format!("movement?round={year}&by=commune&class={class}"))
    };
    let causes_and_groups = ["causes", "groups"].into_iter().flat_map(by);
    of_2010.into_iter().chain(causes_and_groups).chain((2010..=2015).flat_map(movement)).collect()
}

/// Checks the tables of the page, and all reports of the province as Chromium prints them.
pub(super) async fn the_province_is_on_screen_and_on_paper(
    server: &Server,
    officer: &Person,
) -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/figures/"), "tinh.bentre").await?;
    for by in ["district", "commune"] {
        let report = format!("/api/v1/reports/{by}?area=83&round=2010&format=table");
        let report: Table = serde_json::from_str(&super::get(officer, &report).await?)?;
        let expected = report.lines.iter().map(|line| {
            let Seen { number, figures, .. } = Seen::of(&report, line);
            number.into_iter().chain(figures).collect::<Vec<_>>().join(" ")
        });
        let table = format!("#{by}-table");
        open(&browser, server, &format!("area=83&by={by}"), &table).await?;
        assert_eq!(shown(&browser, &table).await?, expected.collect::<Vec<_>>(), "{by}");
    }
    for report in reports() {
        is_printed(&browser, server, officer, &report).await?;
    }
    browser.close().await;
    Ok(())
}

/// Checks that a report is printed on numbered sheets: all heads on each, and the lines each once and in their order.
async fn is_printed(
    browser: &Browser,
    server: &Server,
    officer: &Person,
    report: &str,
) -> anyhow::Result<()> {
    let path = format!("/api/v1/reports/{report}&area=83");
    let table: Table = serde_json::from_str(&super::get(officer, &format!("{path}&format=table")).await?)?;
    browser.goto(&server.url(&format!("{path}&format=print"))).await?;
    let looks = "return document.fonts.ready.then(() => \
                 getComputedStyle(document.querySelector('.sheet')).fontFamily.includes('Tinos'))";
    browser.wait("the page has its looks", looks, 20).await?;
    let sheets = sheets(browser, 0.0).await?;

    let heads = table.columns.iter().flat_map(|column| [Some(&column.head), column.group.as_ref()]);
    let heads: Vec<&str> = heads.flatten().flat_map(|head| head.vi.split_whitespace()).collect();
    for (number, sheet) in (1..).zip(&sheets) {
        assert!(sheet.contains(&format!("Trang {number}/{}", sheets.len())), "{report}: {sheet}");
        let words: Vec<&str> = sheet.split_whitespace().collect();
        for head in &heads {
            assert!(words.contains(head), "{report}: {head} is not on sheet {number}:\n{sheet}");
        }
    }

    let expected: Vec<Seen> = table.lines.iter().map(|line| Seen::of(&table, line)).collect();
    let least = expected.iter().map(|line| line.figures.len()).min().unwrap_or_default();
    let text = sheets.concat();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let found: Vec<usize> = (0..lines.len()).filter(|at| figures_of(lines[*at]).len() >= least).collect();
    assert_eq!(found.len(), expected.len(), "{report}:\n{text}");
    for (at, line) in found.into_iter().zip(&expected) {
        assert!(line.is_at(&lines, at), "{report}: {:?} is not the line of {}", lines[at], line.name);
    }
    Ok(())
}
