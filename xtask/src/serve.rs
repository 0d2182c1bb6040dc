//! `cargo xtask serve`: from a fresh clone to a running site.

use crate::step::{Steps, cargo, root, run as run_program, target, trial_server};
use crate::web;
use anyhow::{Context, Result, anyhow};
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// Builds everything, loads the demonstration province on first start, and serves it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask serve --listen 127.0.0.1:9000 --data data/trial")]
pub(crate) struct Args {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the data; made if missing.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = Steps::start();
    // In parallel: linking an app uses one processor, and the other would be idle.
    let soho =
        steps.step("build the four apps and the server (the first time takes some minutes)", || {
            thread::scope(|scope| {
                let server = scope.spawn(trial);
                web::build()?;
                server.join().unwrap_or_else(|panic| resume_unwind(panic))
            })
        })?;
    steps.step("load the demonstration province, unless it is there", || {
        run_program(Command::new(&soho).args(["demo", "--data"]).arg(&args.data).current_dir(root()))
    })?;
    let key = key()?;
    eprint!("{}", addresses(args.listen, &key));
    let mut serve = Command::new(&soho);
    serve
        .args(["serve", "--data"])
        .arg(&args.data)
        .args(["--listen", &args.listen.to_string(), "--web"])
        .arg(web::folder())
        .env("SOHO_KEY", key);
    become_program(serve.current_dir(root()))
}

/// Builds the server as the tests do, and returns its path. Most of its crates are then there already, for xtask; whole
/// programs made in one piece are for those who run it (`cargo build --release`).
fn trial() -> Result<PathBuf> {
    run_program(&mut cargo(["build", "--locked", "--package", "soho"]))
        .context("the server could not be built")?;
    Ok(trial_server())
}

/// Builds the server as it is released, and returns its path.
pub(crate) fn server() -> Result<PathBuf> {
    run_program(&mut cargo(["build", "--release", "--locked", "--package", "soho"]))
        .context("the server could not be built")?;
    Ok(target().join("release").join(format!("soho{}", std::env::consts::EXE_SUFFIX)))
}

/// Draws the key that opens the server on its own machine. It is drawn here so that the printed addresses can
/// contain it.
fn key() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn addresses(listen: SocketAddr, key: &str) -> String {
    let alone = listen.ip().is_loopback();
    let key = if alone { format!("#key={key}") } else { String::new() };
    let way_in = if alone {
        "One tap there enters with each of the accounts above."
    } else {
        "Other machines reach it too: sign in with the passwords that were shown when the accounts were made."
    };
    format!(
        "\n  sign in     http://{listen}/signin/{key}\n  self-check  http://{listen}/\n  survey      http://{listen}/survey/{key}\n  \
         desk        http://{listen}/desk/{key}\n  figures     http://{listen}/desk/figures/{key}\n\n  The data are synthetic. {way_in}\n  Ctrl-C stops it.\n\n"
    )
}

/// Replaces this process with the server, so that signals and the exit code are the server's.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).context("the server could not be started")
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    run_program(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_app_has_its_address() {
        let text = addresses("127.0.0.1:8080".parse().unwrap(), "ab");
        for address in [
            "http://127.0.0.1:8080/\n",
            "http://127.0.0.1:8080/survey/#key=ab\n",
            "http://127.0.0.1:8080/desk/#key=ab\n",
            "http://127.0.0.1:8080/desk/figures/#key=ab\n",
            "http://127.0.0.1:8080/signin/#key=ab\n",
        ] {
            assert!(text.contains(address), "{text}");
        }
        assert!(text.contains("One tap"), "{text}");
        let reached = addresses("0.0.0.0:8080".parse().unwrap(), "ab");
        assert!(!reached.contains("One tap") && !reached.contains("key"), "other machines reach it");
        assert_ne!(key().unwrap(), key().unwrap());
    }
}
