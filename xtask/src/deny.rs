//! `cargo xtask audit`, and the licences and sources that `cargo xtask test` checks: both by cargo-deny and `deny.toml`.

use crate::install;
use crate::step::{find, root, run as run_program};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Looks for known faults in what we depend on.
///
/// Fetches the advisories of RustSec where there is a network, and uses those fetched before where there is none.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask audit")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    install::deny()?;
    if let Err(error) = run_program(cargo_deny()?.args(["fetch", "db"])) {
        eprintln!("==> the advisories could not be fetched ({error:#}); using those that are here");
    }
    let databases = databases()?;
    if std::fs::read_dir(&databases).is_ok_and(|found| found.flatten().any(|entry| entry.path().is_dir())) {
        return run_program(cargo_deny()?.args(["--offline", "check", "advisories"]));
    }
    bail!(
        "nothing was audited: the advisories of RustSec are not in {} and could not be fetched; run this where there is a network",
        databases.display()
    )
}

/// Checks licences and sources of the dependencies. It needs no network: once everything is built, all that
/// the lock file names is here.
pub(crate) fn check() -> Result<()> {
    run_program(cargo_deny()?.args(["--offline", "check", "bans", "licenses", "sources"]))
}

fn cargo_deny() -> Result<Command> {
    let program = find(&["cargo-deny"]).context("cargo-deny is not installed")?;
    let mut command = Command::new(program);
    command.args(["--locked"]).current_dir(root());
    Ok(command)
}

/// Returns the folder in which cargo-deny keeps the databases of advisories.
fn databases() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    Ok(home.context("neither CARGO_HOME nor HOME is set")?.join("advisory-dbs"))
}
