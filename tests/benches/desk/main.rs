//! The desk over the whole province: figures, lists, files, imports and live figures, beside programs that do the same
//! without us, measured in the same run.
//!
//! Run with `cargo xtask bench desk`. One part alone, with what was built before:
//! `cargo bench --package soho-tests --bench desk -- pages` (or `figures`, `files`, `imports`, `viewers`).
//!
//! The households are those of the demonstration, in all its rounds. The other programs have the better conditions: one
//! round alone and one client; nobody signs in, nothing is noted in an audit trail, and no cell of a workbook has looks.
//! Client and server share the processors.

mod figures;
mod files;
mod imports;
mod openpyxl;
mod pages;
mod reference;
mod viewers;

// Both are the benchmark of sync's, which needs more of them.
#[allow(dead_code, reason = "sync needs the rest")]
#[path = "../sync/records.rs"]
mod records;
#[allow(dead_code, reason = "sync needs the rest")]
#[path = "../sync/tablets.rs"]
mod tablets;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reference::Reference;
use soho_tests::people::Person;
use soho_tests::server::{self, Server};
use tempfile::TempDir;

const PARTS: [&str; 5] = ["figures", "pages", "files", "imports", "viewers"];
/// Households of the whole province.
const PROVINCE: &str = "358966";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    if let Some(other) = chosen.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!("there is no part {other}; the parts are {}", PARTS.join(", "));
    }
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|own| own == part);

    let province = Province::load(PROVINCE)?;
    if is_chosen("figures") || is_chosen("pages") {
        let reference = Reference::of(&province).await?;
        if is_chosen("figures") {
            figures::measure(&province, &reference).await?;
        }
        if is_chosen("pages") {
            pages::measure(&province, &reference).await?;
        }
    }
    if is_chosen("files") {
        files::measure(&province).await?;
    }
    if is_chosen("imports") {
        imports::measure(&province).await?;
    }
    // They add households, so they come last.
    if is_chosen("viewers") {
        viewers::measure(&province).await?;
    }
    Ok(())
}

/// A demonstration in a directory of its own.
struct Province {
    data: TempDir,
}

impl Province {
    fn load(households: &str) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let begun = Instant::now();
        server::run(&["demo", "--data", text(data.path())?, "--households", households])?;
        println!("{households} households and their later rounds loaded in {:.0?}", begun.elapsed());
        Ok(Province { data })
    }

    fn path(&self) -> &Path {
        self.data.path()
    }

    /// Starts a server on it, with an officer of the province who has come in.
    async fn open(&self) -> anyhow::Result<Desk> {
        let server = Server::start(self.path())?;
        let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
        Ok(Desk { server, officer })
    }
}

/// A server, and an officer of the province.
struct Desk {
    server: Server,
    officer: Person,
}

/// The memory that a process holds from now on.
struct Memory {
    process: u32,
    /// What it held when this began, in bytes.
    before: u64,
}

impl Memory {
    fn watch(process: u32) -> anyhow::Result<Self> {
        // The peak then begins at what it holds now.
        fs::write(format!("/proc/{process}/clear_refs"), "5").context("the peak of its memory stays")?;
        Ok(Memory { process, before: held(process, "status", "VmRSS:")? })
    }

    /// The most that it has held since, and how much more that is than before, in MB.
    fn peak(&self) -> anyhow::Result<(u64, u64)> {
        let peak = held(self.process, "status", "VmHWM:")?;
        Ok((peak / 1_000_000, peak.saturating_sub(self.before) / 1_000_000))
    }
}

/// What a file of Linux says of a process's memory, in bytes.
fn held(process: u32, file: &str, name: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1_024)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the directory's name is not UTF-8")
}

/// Time within which `percent` of these came to their end.
fn within(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn median(times: &[Duration]) -> Duration {
    within(times, 50)
}

fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}
