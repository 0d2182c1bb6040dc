//! Files of others are read by a process of its own: whatever is in them, at worst that process ends. It has little memory and time,
//! and knows nothing but the file.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use clap::Args;

use super::book::{self, MAX_FILE, Sheet, Unreadable, Wanted};

/// Name of the command that reads.
const COMMAND: &str = "read-table";
/// Most bytes that a table is handed over in.
const MOST: u64 = 256 << 20;
/// Memory of the process beyond what it has when it starts, in bytes.
#[cfg(unix)]
const MEMORY: u64 = 2 << 30;
/// Seconds of a processor that it may take.
#[cfg(unix)]
const SECONDS: u64 = 25;

/// Reads the table of a file in a process of its own. Takes long: not for a thread that serves.
///
/// # Errors
/// When the file is no table, too large, or cannot be read.
pub fn read(file: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    if file.is_empty() {
        return Err(Unreadable::Empty);
    }
    if file.len() > MAX_FILE {
        return Err(Unreadable::TooLarge);
    }
    let read = || -> io::Result<Vec<u8>> {
        let wanted = serde_json::to_string(wanted)?;
        let mut process = Command::new(program()?)
            .args([COMMAND, &wanted])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        // It reads all before it writes anything. One that has ended before tells it by what it has not written.
        if let Some(mut input) = process.stdin.take() {
            let _ = input.write_all(file);
        }
        let mut table = Vec::new();
        let taken = process.stdout.take().map(|output| output.take(MOST).read_to_end(&mut table));
        let _ = process.kill();
        process.wait()?;
        taken.transpose()?;
        Ok(table)
    };
    match read() {
        Ok(table) => {
            postcard::from_bytes::<Result<Sheet, Unreadable>>(&table).unwrap_or(Err(Unreadable::Broken))
        }
        Err(error) => {
            tracing::error!(%error, "a file could not be given to the process that reads it");
            Err(Unreadable::Broken)
        }
    }
}

/// This program: as it was started, even if another version was put in its place since.
fn program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// Read the table of a spreadsheet from standard input. Started by `soho serve` and `soho import` themselves.
#[derive(Args)]
#[command(
    after_help = "Example:\n  soho read-table '{\"kind\":\"households\",\"sheet\":null,\"latin\":false}' < ho.xlsx"
)]
pub struct ReadTable {
    /// What is read of it
    wanted: String,
}

impl ReadTable {
    /// Runs the command.
    ///
    /// # Errors
    /// When what is asked for cannot be read, or nobody takes the table.
    pub fn run(&self) -> anyhow::Result<()> {
        let wanted: Wanted =
            serde_json::from_str(&self.wanted).context("what is asked for cannot be read")?;
        #[cfg(unix)]
        limit().context("the process cannot be limited")?;
        let mut file = Vec::new();
        let most = u64::try_from(MAX_FILE + 1)?;
        io::stdin().lock().take(most).read_to_end(&mut file).context("the file cannot be read")?;
        let table = postcard::to_stdvec(&book::read(&file, &wanted))?;
        io::stdout().lock().write_all(&table).context("nobody takes the table")
    }
}

/// Bounds what this process may take. Where memory is short, it is the first to go.
#[cfg(unix)]
fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let to = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Cpu, to(SECONDS))?;
    // The allocator has set addresses aside already: what matters is what comes on top.
    if let Some(now) = size() {
        setrlimit(Resource::As, to(now + MEMORY))?;
    }
    Ok(())
}

/// Addresses that this process has, in bytes; `None` where the system does not say.
#[cfg(unix)]
fn size() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix("kB"))?;
    kilobytes.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
