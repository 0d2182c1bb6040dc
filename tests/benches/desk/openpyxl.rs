//! openpyxl, in a Python environment below `target/tmp`, which stays for the next run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

/// With lxml it writes in two thirds of the time.
const PACKAGES: [&str; 2] = ["openpyxl==3.1.5", "lxml==6.1.3"];

/// A Python that has openpyxl.
pub(crate) struct Openpyxl(PathBuf);

/// What openpyxl did.
pub(crate) struct Done {
    pub(crate) version: String,
    pub(crate) took: Duration,
    /// The most memory that its process held, and what it held before it began, in MB.
    pub(crate) memory: (u64, u64),
}

impl Openpyxl {
    /// Installs it with pip, unless it is there.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openpyxl");
        let python = folder.join("bin/python");
        let mut try_it = Command::new(&python);
        let has_it = try_it.args(["-c", "import lxml, openpyxl"]).stderr(Stdio::null()).status();
        if !has_it.is_ok_and(|status| status.success()) {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
        }
        Ok(Openpyxl(python))
    }

    /// Runs `workbook.py` with these arguments.
    pub(crate) fn run(&self, args: &[&OsStr]) -> anyhow::Result<Done> {
        let mut python = Command::new(&self.0);
        let output = succeed(python.args(["-c", include_str!("workbook.py")]).args(args))?;
        let (version, seconds, peak, before) = serde_json::from_slice::<(String, f64, u64, u64)>(&output)?;
        let memory = (peak / 1_000_000, before / 1_000_000);
        Ok(Done { version, took: Duration::from_secs_f64(seconds), memory })
    }
}

/// Runs a program to its end; returns what it printed.
fn succeed(program: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = program.output().context("Python does not start")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
