//! The real server, run as the process that a user starts.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::kept;

/// Returns the workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned()
}

/// Returns a path from an environment variable, or else `otherwise` below the workspace's folder.
pub(crate) fn from_env(variable: &str, otherwise: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| root().join(otherwise), PathBuf::from)
}

/// Returns the built `soho`: `SOHO_BIN`, or the workspace's release build.
#[must_use]
pub fn soho() -> PathBuf {
    from_env("SOHO_BIN", "target/release/soho")
}

/// Returns the folder of the built pages: `SOHO_WEB`, or `target/web`.
#[must_use]
pub fn web() -> PathBuf {
    from_env("SOHO_WEB", "target/web")
}

/// Returns whether the long form of the tests is asked for (`cargo xtask test --long`).
#[must_use]
pub fn long() -> bool {
    std::env::var_os("SOHO_LONG").is_some()
}

/// Runs `soho` with these arguments until it ends; returns its standard output.
///
/// # Errors
/// When it cannot be started or fails; the error holds what it printed.
pub fn run(args: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(soho())
        .args(kept::replaced(args)?)
        .output()
        .with_context(|| format!("{}", soho().display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "soho {} failed: {said}", args.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs `soho` with a text as its standard input; returns its standard output.
///
/// # Errors
/// Those of [`run`].
pub fn run_with_input(args: &[&str], input: &str) -> anyhow::Result<String> {
    let mut command = Command::new(soho());
    command.args(kept::replaced(args)?).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().with_context(|| format!("{}", soho().display()))?;
    // It may refuse before it has read anything.
    let _ = process.stdin.take().context("no standard input")?.write_all(input.as_bytes());
    let output = process.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "soho {} failed: {said}", args.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}

/// Key that the tests give their servers, so that a browser can go on with the next server on the same port.
/// A server without one draws its own.
pub const KEY: &str = "5e0c0de05e0c0de05e0c0de05e0c0de05e0c0de05e0c0de05e0c0de05e0c0de0";

/// Makes a client that sends [`KEY`].
#[must_use]
pub fn http() -> reqwest::Client {
    client(Some(KEY))
}

fn client(key: Option<&str>) -> reqwest::Client {
    let bearer = key.and_then(|key| format!("Bearer {key}").parse().ok());
    let headers = bearer.map(|bearer| (reqwest::header::AUTHORIZATION, bearer)).into_iter().collect();
    reqwest::Client::builder().default_headers(headers).build().unwrap_or_default()
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
    key: Option<String>,
}

impl Server {
    /// Starts a server on this data directory and any free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(data: &Path) -> anyhow::Result<Self> {
        Server::start_on(data, 0)
    }

    /// Starts a server on this data directory and port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_on(data: &Path, port: u16) -> anyhow::Result<Self> {
        Server::start_with(data, &["--listen", &format!("127.0.0.1:{port}")])
    }

    /// Starts a server on this data directory with these arguments.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_with(data: &Path, args: &[&str]) -> anyhow::Result<Self> {
        Server::begin(data, args, Command::new(soho()).env("SOHO_KEY", KEY))
    }

    /// Starts a server that draws its own key.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_with_own_key(data: &Path) -> anyhow::Result<Self> {
        Server::begin(data, &["--listen", "127.0.0.1:0"], &mut Command::new(soho()))
    }

    /// Starts a server with a command that runs `soho` with the arguments that follow.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn begin(data: &Path, args: &[&str], command: &mut Command) -> anyhow::Result<Self> {
        let mut process = command
            .arg("serve")
            .args(kept::arguments(data)?)
            .args(args)
            .arg("--web")
            .arg(web())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!("cannot start {}: build it with `cargo build --release -p soho`", soho().display())
            })?;
        let stdout = process.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said = line.trim().strip_prefix("soho: listening on ").unwrap_or_default();
        let (address, key) = match said.split_once("/#key=") {
            Some((address, key)) => (address, Some(key.to_owned())),
            None => (said, None),
        };
        let server = Server { process, address: address.to_owned(), key };
        ensure!(!server.address.is_empty(), "the server did not come up; it said {line:?}");
        Ok(server)
    }

    /// Returns the key that the server printed; only a register without accounts and a demonstration have one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Makes a client that sends the server's key, if it has one.
    #[must_use]
    pub fn http(&self) -> reqwest::Client {
        client(self.key())
    }

    /// Returns the address of a path on this server: `url("/healthz")`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Returns the address of a page as the server prints it, with its key.
    #[must_use]
    pub fn printed(&self, path: &str) -> String {
        let key = self.key().map_or_else(String::new, |key| format!("#key={key}"));
        format!("{}{key}", self.url(path))
    }

    /// Returns the port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(0)
    }

    /// Returns the id of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Returns the most memory that it has held at any time, in bytes, where the system tells.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
    }

    /// Asks the server to stop, and waits until it has.
    pub fn stop(mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        let _ = self.process.wait();
    }

    /// Starts a server on this data directory and kills it after this time, whether it is up by then or not.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn kill_after(data: &Path, after: std::time::Duration) -> anyhow::Result<()> {
        let mut command = Command::new(soho());
        command.args(["serve", "--listen", "127.0.0.1:0", "--keep-free", "0", "--data"]).arg(data);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(after);
        let _ = process.kill();
        process.wait()?;
        Ok(())
    }

    /// Kills the server at once (`kill -9`).
    pub fn kill(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
