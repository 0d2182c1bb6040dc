//! Reports on paper: printed by Chromium from the pages that the server lays out, and read back.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use reqwest::Method;
use serde_json::Value;
use soho_tests::browser::{Browser, Engine};
use soho_tests::people::Person;
use soho_tests::server::Server;
use thirtyfour::common::print::{PrintMargins, PrintPage, PrintParameters};

use crate::DEMONSTRATION;

/// A report, and the paper that it is laid out for, in centimetres.
struct Printed {
    address: &'static str,
    paper: (f64, f64),
}

const PRINTED: [Printed; 3] = [
    Printed { address: "reports/commune?area=83&round=2010", paper: (21.0, 29.7) },
    Printed { address: "reports/movement?area=83&round=2011&by=commune", paper: (29.7, 21.0) },
    Printed {
        address: "reports/movement?area=83&round=2015&by=commune&class=near_poor",
        paper: (29.7, 21.0),
    },
];

/// Runs one of poppler's tools on a file.
fn read(tool: &str, args: &[&str], file: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(tool);
    command.args(args).arg(file);
    if tool == "pdftotext" {
        command.arg("-");
    }
    let read = command.output().context("`cargo xtask test` installs poppler-utils")?;
    ensure!(read.status.success(), "{tool}: {}", String::from_utf8_lossy(&read.stderr));
    Ok(String::from_utf8(read.stdout)?)
}

/// Prints the page on the screen without any margin of the browser's; returns the file's text by sheets, and its fonts.
async fn printed(browser: &Browser, (width, height): (f64, f64)) -> anyhow::Result<(Vec<String>, String)> {
    let print = PrintParameters {
        page: PrintPage { width, height },
        margin: PrintMargins { top: 0.0, bottom: 0.0, left: 0.0, right: 0.0 },
        ..PrintParameters::default()
    };
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("report.pdf");
    std::fs::write(&file, browser.driver().print_page(print).await?)?;
    let text = read("pdftotext", &["-layout"], &file)?;
    let sheets = text.split_terminator('\u{c}').map(ToOwned::to_owned).collect();
    Ok((sheets, read("pdffonts", &[], &file)?))
}

/// The figures of a line, as they are printed; the number in front is the first.
fn figures(columns: &[Value], line: &Value) -> Vec<String> {
    let cells = columns.iter().zip(line["cells"].as_array().unwrap());
    let shown = cells.filter_map(|(column, cell)| match (column["kind"].as_str()?, cell) {
        ("text", _) | (_, Value::Null) => None,
        ("percent", Value::String(rate)) => Some(rate.replace('.', ",")),
        // The number of a block is Roman.
        (_, Value::String(_)) => None,
        (_, number) => Some(grouped(number.as_i64()?)),
    });
    shown.collect()
}

fn grouped(n: i64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{}.{:03}", grouped(n / 1_000), n % 1_000) }
}

/// Whether a printed line is one of the table: it ends with its figures, and begins with its number.
fn is_line(printed: &str, figures: &[String]) -> bool {
    let is_figure = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || ".,".contains(c));
    let words: Vec<&str> = printed.split_whitespace().filter(is_figure).collect();
    match figures.split_first() {
        Some((first, rest)) => {
            words.first().is_some_and(|word| word == first) && words.len() > rest.len() && {
                let end = &words[words.len() - rest.len()..];
                end.iter().zip(rest).all(|(word, figure)| word == figure)
            }
        }
        None => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_all_its_lines_once_under_heads_on_numbered_sheets() -> anyhow::Result<()> {
    let (data, profile) = (DEMONSTRATION.copy()?, tempfile::tempdir()?);
    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.enter(&server.url("/desk/figures/"), "tinh.bentre").await?;

    for Printed { address, paper } in PRINTED {
        let of_format = |format: &str| format!("/api/v1/{address}&format={format}");
        let answer = officer.request(Method::GET, &of_format("table")).send().await?.error_for_status()?;
        let table: Value = serde_json::from_str(&answer.text().await?)?;
        let (columns, lines) = (table["columns"].as_array().unwrap(), table["lines"].as_array().unwrap());
        assert!(lines.len() > 164, "{address}: {}", lines.len());
        let head = columns[0]["head"]["vi"].as_str().unwrap();

        browser.goto(&server.url(&of_format("print"))).await?;
        let looks = "return document.fonts.ready.then(() => \
                     getComputedStyle(document.querySelector('.sheet')).fontFamily.includes('Tinos') \
                     && document.documentElement.scrollWidth <= window.innerWidth)";
        browser.wait("the page has its looks, and only its sheets scroll", looks, 20).await?;
        let many =
            browser.driver().execute("return document.querySelectorAll('.sheet').length", vec![]).await?;
        let many = usize::try_from(many.json().as_u64().unwrap_or_default())?;
        let (sheets, fonts) = printed(&browser, paper).await?;

        assert_eq!(sheets.len(), many, "{address}: a sheet is one page");
        for (number, sheet) in (1..).zip(&sheets) {
            assert!(sheet.contains(&format!("Trang {number}/{many}")), "{address}: {sheet}");
            assert!(sheet.split_whitespace().any(|word| word == head), "{address}: {sheet}");
        }
        let text = sheets.concat();
        for line in lines {
            let own = figures(columns, line);
            // In another block a line may have the same number and figures.
            let same = lines.iter().filter(|other| figures(columns, other) == own).count();
            let found = text.lines().filter(|printed| is_line(printed, &own)).count();
            assert_eq!(found, same, "{address}: {own:?}");
        }
        for once in ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CHỦ TỊCH", "Tổng cộng"] {
            assert_eq!(text.matches(once).count(), 1, "{address}: {once}");
        }
        // Letters are whole: none is left with its marks beside it, and all come from the font that has them.
        assert!(!text.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c)), "{address}");
        let mut used = fonts.lines().skip(2);
        assert!(used.all(|font| font.contains("Tinos")), "{address}: {fonts}");
    }
    browser.close().await;
    Ok(())
}
