//! What officers work with: lists, reports, imports, papers and people, asked of a real server and, in the files named
//! `…_page`, on the desk's pages in a real browser.

#![allow(clippy::unwrap_used, reason = "a test")]

mod analysis;
mod baseline;
mod calendar;
mod certificate;
mod duplicates;
mod imports;
mod imports_page;
mod lists;
mod pages;
mod paper;
mod people;
mod recognition;
mod recognition_page;
mod reports_page;
mod review;
mod spreadsheets;
mod supports;
mod supports_page;

use soho_tests::kept::Pattern;
use soho_tests::people::add;
use soho_tests::server::run;

/// Households of [`DEMONSTRATION`].
const MANY: u64 = 9_000;

/// A demonstration with all areas of the province.
static DEMONSTRATION: Pattern =
    Pattern::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/demonstration"), |data| {
        let data = data.display().to_string();
        run(&["demo", "--data", &data, "--households", &MANY.to_string()]).map(drop)
    });

/// [`DEMONSTRATION`] as it is before anybody is visited again, with accounts of a commune and of its district.
static CENSUS: Pattern = Pattern::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/census"), |data| {
    let dir = data.display().to_string();
    run(&["demo", "--data", &dir, "--households", &MANY.to_string(), "--until", "2010"])?;
    add(data, "root", "admin", &[])?;
    add(data, "xa", "commune", &["29173"])?;
    add(data, "huyen", "district", &["836"])
});
