//! A dry import of what the register itself wrote: each row is looked up, compared and told of, and nothing is
//! written.

use std::ffi::OsStr;
use std::fs;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use soho_shared::wire::imports::ImportReport;
use tokio::time::interval;

use super::files::{AREA, COLUMNS, ID, download, rows};
use super::openpyxl::{Done, Openpyxl};
use super::{Desk, Province, held};

/// Time between two looks at the memory.
const TICK: Duration = Duration::from_millis(50);

/// A file to import.
struct File {
    name: String,
    bytes: Vec<u8>,
}

pub(crate) async fn measure(province: &Province) -> anyhow::Result<()> {
    let files = files(province).await?;
    println!("\na dry import of {} rows, each time by a server that has just started", rows(&files[0].bytes));
    for File { name, bytes } in &files {
        let desk = province.open().await?;
        let Import { took, memory, report } = import(&desk, bytes.clone()).await?;
        desk.server.stop();
        let counts = report.counts;
        println!(
            "  {name}, sheet `{}`: {took:.1?} (aim: under 10 s), memory {} MB with the process that reads (aim: \
             under 300 MB); {} new, {} changed, {} as they are, {} conflicts, {} refused",
            report.sheet,
            memory / 1_000_000,
            counts.new,
            counts.changed,
            counts.same,
            counts.conflict,
            counts.refused
        );
    }
    match Openpyxl::install() {
        Ok(openpyxl) => read(&openpyxl, &files)?,
        Err(why) => println!("  skipped: openpyxl: {why:#}"),
    }
    Ok(())
}

/// An import that is over.
struct Import {
    took: Duration,
    /// The most that server and reading process held together, in bytes.
    memory: u64,
    report: ImportReport,
}

async fn import(desk: &Desk, file: Vec<u8>) -> anyhow::Result<Import> {
    let path = format!("/api/v1/imports?area={AREA}&round=2010&kind=households&dry=true");
    let request = desk.officer.request(Method::POST, &path);
    let request = request.header(CONTENT_TYPE, "application/octet-stream").body(file);
    let begun = Instant::now();
    let mut answer = pin!(async {
        let answer = request.send().await?;
        anyhow::Ok((answer.status(), answer.text().await?))
    });
    let mut ticks = interval(TICK);
    let mut memory = 0;
    let (status, text) = loop {
        tokio::select! {
            answered = &mut answer => break answered?,
            _ = ticks.tick() => memory = family(desk.server.pid()).max(memory),
        }
    };
    let took = begun.elapsed();
    ensure!(status.is_success(), "answered {status}: {text:.500}");
    Ok(Import { took, memory, report: serde_json::from_str(&text)? })
}

/// What a process and those that it has started hold at this moment, in bytes; what several of them share counts once.
fn family(process: u32) -> u64 {
    let others = fs::read_dir("/proc").into_iter().flatten().flatten();
    let others = others.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let members = others.filter(|other| *other == process || parent(*other) == Some(process));
    members.filter_map(|member| held(member, "smaps_rollup", "Pss:").ok()).sum()
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may hold anything.
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

/// Lets openpyxl do the least part of it.
fn read(openpyxl: &Openpyxl, files: &[File]) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let book = room.path().join("register.xlsx");
    let workbook = files.iter().find(|file| file.name.starts_with("XLSX")).context("no workbook")?;
    fs::write(&book, &workbook.bytes)?;
    let Done { version, took, .. } = openpyxl.run(&[OsStr::new("read"), book.as_os_str()])?;
    println!("  openpyxl {version} takes {took:.1?} to read the first sheet of the workbook, and no more");
    Ok(())
}

/// The register with ids, by which rows are found, and without, where they are found by place, name and year of
/// birth.
async fn files(province: &Province) -> anyhow::Result<Vec<File>> {
    let desk = province.open().await?;
    let mut files = Vec::new();
    for (words, columns) in [("without ids", COLUMNS.to_owned()), ("with ids", format!("{COLUMNS},{ID}"))] {
        for format in ["csv", "xlsx"] {
            let (_, bytes) = download(&desk, &columns, format).await?;
            files.push(File { name: format!("{} {words}", format.to_uppercase()), bytes });
        }
    }
    desk.server.stop();
    Ok(files)
}
