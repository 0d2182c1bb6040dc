//! The register of a district as a workbook, and openpyxl's write-only mode writing the same cells.
//!
//! Ours also reads the register, sorts it, notes the download in the audit trail and sends the file.

use std::ffi::OsStr;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::ensure;
use reqwest::Method;

use super::openpyxl::{Done, Openpyxl};
use super::{Desk, Memory, Province, median, ratio};

/// Huyện Giồng Trôm, which had 50.375 households in 2010.
pub(crate) const AREA: &str = "834";
/// What an officer has of each household.
pub(crate) const COLUMNS: &str =
    "commune,hamlet,head_name,birth_year,sex,members,class,income_per_person,main_cause,address";
/// The column of ids, which stands last.
pub(crate) const ID: &str = "household";
/// Places of those that hold numbers, after the one that counts the lines.
const NUMBERS: &str = "0,6,8";
const TURNS: usize = 3;

pub(crate) async fn measure(province: &Province) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let (register, book) = (room.path().join("register.csv"), room.path().join("register.xlsx"));
    let desk = province.open().await?;
    let (took, csv) = download(&desk, &format!("{COLUMNS},{ID}"), "csv").await?;
    desk.server.stop();
    println!("\na register of {} rows, each time by a server that has just started", rows(&csv));
    println!("  CSV: {took:.1?}");
    fs::write(&register, csv)?;

    let openpyxl = Openpyxl::install();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut most, mut grown, mut size) = (0, 0, 0);
    let mut done = None;
    for _ in 0..TURNS {
        let desk = province.open().await?;
        let memory = Memory::watch(desk.server.pid())?;
        let (took, file) = download(&desk, COLUMNS, "xlsx").await?;
        let (peak, more) = memory.peak()?;
        desk.server.stop();
        ours.push(took);
        (most, grown, size) = (most.max(peak), grown.max(more), file.len() / 1_000);
        if let Ok(openpyxl) = &openpyxl {
            let args = [OsStr::new("write"), register.as_os_str(), book.as_os_str(), OsStr::new(NUMBERS)];
            let written = openpyxl.run(&args)?;
            theirs.push(written.took);
            done = Some(written);
        }
    }
    println!("  XLSX of {size} KB: {:.1?}, memory {most} MB, of which {grown} MB for this", median(&ours));
    if let Err(why) = &openpyxl {
        println!("  skipped: openpyxl: {why:#}");
    }
    if let Some(Done { version, memory: (peak, before), .. }) = done {
        println!(
            "  openpyxl {version} write-only: {:.1?}, memory {peak} MB, before it began {before} MB; ratio of \
             times {:.2} (aim: at most 0.5)",
            median(&theirs),
            ratio(median(&ours), median(&theirs)),
        );
    }
    Ok(())
}

/// Fetches the register as a file; returns the time until all of it was here.
pub(crate) async fn download(
    desk: &Desk,
    columns: &str,
    format: &str,
) -> anyhow::Result<(Duration, Vec<u8>)> {
    let path = format!("/api/v1/households/file?area={AREA}&round=2010&columns={columns}&format={format}");
    let begun = Instant::now();
    let answer = desk.officer.request(Method::GET, &path).send().await?;
    let (status, file) = (answer.status(), answer.bytes().await?.to_vec());
    let took = begun.elapsed();
    ensure!(status.is_success(), "answered {status}: {:.500}", String::from_utf8_lossy(&file));
    Ok((took, file))
}

/// Number of households in a CSV file.
pub(crate) fn rows(file: &[u8]) -> usize {
    csv::Reader::from_reader(file).into_records().count()
}
