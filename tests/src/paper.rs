//! A page on paper: printed by the browser itself on sheets of A4, and read back with poppler's tools.

use std::process::Command;

use anyhow::{Context, ensure};
use thirtyfour::common::print::{PrintMargins, PrintPage, PrintParameters};

use crate::browser::Browser;

/// Prints the page on the screen with margins of `edge` centimetres. Returns the text of each sheet, with
/// lines and columns where they are on the paper.
///
/// # Errors
/// When the browser does not print (WebKitGTK's driver cannot), or poppler is missing.
/// When the browser does not print (WebKitGTK's driver cannot), or poppler is missing.
pub async fn sheets(browser: &Browser, edge: f64) -> anyhow::Result<Vec<String>> {
    let a4 = PrintParameters {
        page: PrintPage { width: 21.0, height: 29.7 },
        margin: PrintMargins { top: edge, bottom: edge, left: edge, right: edge },
        ..PrintParameters::default()
    };
    let pdf = browser.driver().print_page(a4).await?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("sheets.pdf");
    std::fs::write(&file, pdf)?;
    if let Some(kept) = std::env::var_os("SOHO_PAPER") {
        // Kept for anyone who wants to look at it.
        std::fs::copy(&file, kept)?;
    }
    let read = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output();
    let read = read.context("cannot start pdftotext: `cargo xtask test` installs poppler-utils")?;
    ensure!(read.status.success(), "pdftotext: {}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout)?;
    // A form feed ends each sheet.
    Ok(text.split_terminator('\u{c}').map(ToOwned::to_owned).collect())
}
