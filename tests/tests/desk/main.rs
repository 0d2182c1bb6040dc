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
