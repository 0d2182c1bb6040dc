//! Where the servers of the tests keep their registers: in the directories that the tests name or, with
//! `SOHO_POSTGRES`, each in a database of its own.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

use crate::postgres::{PORT, Postgres};

/// Whether registers are kept in databases. Tests about files then have nothing to try.
#[must_use]
pub fn in_postgres() -> bool {
    std::env::var_os("SOHO_POSTGRES").is_some()
}

/// The arguments by which `soho` finds the register that a test keeps in this directory.
pub(crate) fn arguments(data: &Path) -> anyhow::Result<[OsString; 2]> {
    if in_postgres() {
        return Ok(["--store".into(), database(data)?.into()]);
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

/// Address of the database that stands for a directory; made when it is first asked for.
fn database(data: &Path) -> anyhow::Result<String> {
    static CLUSTER: Mutex<Option<(Postgres, HashSet<String>)>> = Mutex::new(None);
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let (postgres, databases) = match &mut *cluster {
        Some(running) => running,
        none => none.insert((started()?, HashSet::new())),
    };
    let letters = data
        .to_string_lossy()
        .to_lowercase()
        .bytes()
        .fold(0u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let name = format!("register_{letters:016x}");
    if databases.insert(name.clone()) {
        postgres.create(&name)?;
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
