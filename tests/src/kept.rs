//! Where the servers of the tests keep their registers: in the directories that the tests name or, with
//! `SOHO_POSTGRES`, each in a database of its own.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use tempfile::TempDir;

use crate::postgres::{PORT, Postgres};

/// Whether registers are kept in databases. Tests about files then have nothing to try.
#[must_use]
pub fn in_postgres() -> bool {
    std::env::var_os("SOHO_POSTGRES").is_some()
}

/// The arguments by which `soho` finds the register that a test keeps in this directory.
pub(crate) fn arguments(data: &Path) -> anyhow::Result<[OsString; 2]> {
    if in_postgres() {
        return Ok(["--store".into(), database(data, None)?.into()]);
    }
    Ok(["--data".into(), data.into()])
}

/// Arguments of a command, with what they say of a data directory put right.
pub(crate) fn replaced(args: &[&str]) -> anyhow::Result<Vec<OsString>> {
    let mut replaced = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--data" => {
                replaced.extend(arguments(Path::new(args.next().context("no directory after --data")?))?);
            }
            other => replaced.push(other.into()),
        }
    }
    Ok(replaced)
}

/// A register that is made once and copied for each test. An account costs a start of the program and a hash that is slow
/// on purpose.
#[derive(Debug)]
pub struct Pattern {
    dir: &'static str,
    make: fn(&Path) -> anyhow::Result<()>,
    made: Mutex<bool>,
}

impl Pattern {
    /// Describes a register that will be made in this directory, in place of what is there.
    #[must_use]
    pub const fn new(dir: &'static str, make: fn(&Path) -> anyhow::Result<()>) -> Self {
        Pattern { dir, make, made: Mutex::new(false) }
    }

    /// Makes a copy in a directory of its own.
    ///
    /// # Errors
    /// When the register cannot be made or copied.
    pub fn copy(&self) -> anyhow::Result<TempDir> {
        let from = Path::new(self.dir);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*made {
            if from.exists() {
                fs::remove_dir_all(from)?;
            }
            fs::create_dir_all(from)?;
            (self.make)(from)?;
            *made = true;
        }
        let to = tempfile::tempdir()?;
        if in_postgres() {
            database(to.path(), Some(&database_name(from)))?;
        } else {
            copy_files(from, to.path())?;
        }
        Ok(to)
    }
}

fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir(&to)?;
            copy_files(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

fn database_name(data: &Path) -> String {
    let letters = data
        .to_string_lossy()
        .to_lowercase()
        .bytes()
        .fold(0u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    format!("register_{letters:016x}")
}

/// Address of the database that stands for a directory; made when it is first asked for, empty or like another.
fn database(data: &Path, like: Option<&str>) -> anyhow::Result<String> {
    static CLUSTER: Mutex<Option<(Postgres, HashSet<String>)>> = Mutex::new(None);
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let (postgres, databases) = match &mut *cluster {
        Some(running) => running,
        none => none.insert((started()?, HashSet::new())),
    };
    let name = database_name(data);
    if databases.insert(name.clone()) {
        postgres.create(&name, like)?;
    }
    let host = postgres.socket().display().to_string().replace('/', "%2F");
    Ok(format!("postgres://soho@{host}:{PORT}/{name}"))
}

/// A cluster for as long as this process lives. What is in a static is never dropped, so another process waits for the
/// end of this one, and clears up.
fn started() -> anyhow::Result<Postgres> {
    let postgres = Postgres::start()?;
    let clear = "cat > /dev/null; pkill -QUIT -f \"$0/data\"; sleep 1; rm -rf \"$0\"";
    let waiting =
        Command::new("sh").arg("-c").arg(clear).arg(postgres.socket()).stdin(Stdio::piped()).spawn()?;
    // Its standard input ends with this process.
    std::mem::forget(waiting);
    Ok(postgres)
}
