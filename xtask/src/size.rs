//! `cargo xtask size`: what a first visit of each app downloads, compared with its budget, and what comes later.

use crate::web::{self, Built, BuiltApp};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Shows every file that a first visit downloads (raw, gzip, brotli), and how large the parts are that come later; fails over
/// the budget of a first visit.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask size")]
pub(crate) struct Args {}

/// Most bytes, compressed with brotli, that a first visit of an app may download.
///
/// The self-check opens on any phone and any network; the others are opened once and stay on the device.
const BUDGETS: [(&str, u64); 5] = [
    ("check", 101_000),
    ("survey", 207_000),
    ("province", 182_000),
    ("desk", 149_000),
    ("check-paper", 80_000),
];

/// A file's size in each encoding that is served.
struct Row {
    path: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

pub(crate) fn run(_: &Args) -> Result<()> {
    check(&web::build()?)
}

/// Prints the tables of the built apps, and fails if one is over its budget.
pub(crate) fn check(built: &Built) -> Result<()> {
    let mut over = Vec::new();
    for app in &built.apps {
        let budget = BUDGETS.iter().find(|(name, _)| *name == app.name).map(|(_, bytes)| *bytes);
        let budget = budget.with_context(|| format!("the app `{}` has no budget", app.name))?;
        let rows = measure(&web::folder(), app)?;
        println!("{}{}", table(app, &rows, budget), parts(&measure_all(&web::folder(), &app.later)?));
        let brotli: u64 = rows.iter().map(|row| row.brotli).sum();
        if brotli > budget {
            over.push(format!("`{}` downloads {brotli} bytes of at most {budget}", app.name));
        }
    }
    if !over.is_empty() {
        bail!("over the budget: {}", over.join("; "));
    }
    Ok(())
}

fn measure(folder: &Path, app: &BuiltApp) -> Result<Vec<Row>> {
    let paths =
        std::iter::once(app.page.as_str()).chain(app.files.iter().map(String::as_str)).chain(["/sw.js"]);
    measure_all(folder, paths)
}

fn measure_all<P: AsRef<str>>(folder: &Path, paths: impl IntoIterator<Item = P>) -> Result<Vec<Row>> {
    paths
        .into_iter()
        .map(|path| {
            let path = path.as_ref();
            let size = |encoding: &str| {
                let mut file = web::on_disk(folder, path).into_os_string();
                file.push(encoding);
                let data = fs::metadata(&file)
                    .with_context(|| format!("cannot measure {}", Path::new(&file).display()));
                data.map(|data| data.len())
            };
            Ok(Row { path: path.to_owned(), raw: size("")?, gzip: size(".gz")?, brotli: size(".br")? })
        })
        .collect()
}

fn table(app: &BuiltApp, rows: &[Row], budget: u64) -> String {
    let total = |size: fn(&Row) -> u64| rows.iter().map(size).sum::<u64>();
    let (raw, gzip, brotli) = (total(|row| row.raw), total(|row| row.gzip), total(|row| row.brotli));
    let title = format!("{}, first visit of {}", app.name, app.page);
    let mut text = format!("{title:<40} {:>9} {:>9} {:>9}\n", "raw", "gzip", "brotli");
    for row in rows {
        let _ = writeln!(text, "  {:<38} {:>9} {:>9} {:>9}", row.path, row.raw, row.gzip, row.brotli);
    }
    let _ = writeln!(text, "  {:<38} {raw:>9} {gzip:>9} {brotli:>9}", "all");
    let word = if brotli > budget { "OVER THE BUDGET" } else { "within the budget" };
    let _ = writeln!(text, "  {word}: {brotli} of {budget} bytes ({} %)", brotli * 100 / budget.max(1));
    text
}

/// The parts that are fetched when they are needed; nothing where there are none.
fn parts(rows: &[Row]) -> String {
    let (Some(least), Some(most)) =
        (rows.iter().map(|row| row.brotli).min(), rows.iter().map(|row| row.brotli).max())
    else {
        return String::new();
    };
    let all: u64 = rows.iter().map(|row| row.brotli).sum();
    format!("  later, in {} parts of {least} to {most}: {all} bytes in brotli\n", rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> BuiltApp {
        serde_json::from_str(
            r#"{"name":"check","page":"/","version":"check-1","files":["/icons/icon.svg"],"later":[]}"#,
        )
        .unwrap()
    }

    #[test]
    fn every_file_of_a_first_visit_is_measured() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("icons")).unwrap();
        for (file, bytes) in [("index.html", 30), ("icons/icon.svg", 20), ("sw.js", 10)] {
            for (encoding, less) in [("", 0), (".gz", 1), (".br", 2)] {
                fs::write(temp.path().join(format!("{file}{encoding}")), vec![0; bytes - less]).unwrap();
            }
        }
        let rows = measure(temp.path(), &app()).unwrap();
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths, ["/", "/icons/icon.svg", "/sw.js"]);
        let text = table(&app(), &rows, 100);
        assert!(text.contains("within the budget: 54 of 100 bytes (54 %)"), "{text}");
        assert!(table(&app(), &rows, 53).contains("OVER THE BUDGET: 54 of 53"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let error = measure(temp.path(), &app()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("index.html"), "{error}");
    }
}
