//! Running programs, and saying what is done and how long it took.

use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Returns the workspace's folder.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs this program; the constant is for a binary started by hand.
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Returns the folder into which cargo builds.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target)
}

/// Returns the server that cargo builds for trials and with the tests.
pub(crate) fn trial_server() -> PathBuf {
    target().join("debug").join(format!("soho{}", std::env::consts::EXE_SUFFIX))
}

/// Returns the folder for tools that only this project uses.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// Returns `cargo` with arguments, to run in the workspace's folder.
pub(crate) fn cargo<I: Into<OsString>>(args: impl IntoIterator<Item = I>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args.into_iter().map(Into::into)).current_dir(root());
    command
}

/// Runs a program until it ends; fails if the program fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let status = command.status().with_context(|| format!("`{line}` could not be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Returns whether a program runs and succeeds; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Returns what a program prints, trimmed, if it succeeds.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// Returns the first of these programs that is on the search path or among the project's own tools.
pub(crate) fn find(programs: &[&str]) -> Option<PathBuf> {
    let path = search_path();
    programs
        .iter()
        .flat_map(|program| std::env::split_paths(&path).map(move |folder| folder.join(program)))
        .find(|file| file.is_file())
}

/// Returns the search path, with the project's own tools first.
pub(crate) fn search_path() -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools().join("bin")).chain(std::env::split_paths(&inherited));
    // Joining fails only if a folder's name contains the separator; then the project's tools are left out.
    std::env::join_paths(folders).unwrap_or(inherited)
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The steps of one command, some at the same time. Each is announced and timed, and all are listed at the end.
pub(crate) struct Steps {
    start: Instant,
    done: Mutex<Vec<(String, Duration, bool)>>,
}

impl Steps {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Steps { start: Instant::now(), done: Mutex::default() }
    }

    /// Runs one step.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("==> {name}");
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        let word = if result.is_ok() { "done" } else { "FAILED" };
        eprintln!("==> {name}: {word} in {}", seconds(time));
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push((name.to_owned(), time, result.is_ok()));
        result
    }

    /// Returns every step with its time, one on each line, and the time since the first began.
    pub(crate) fn summary(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        for (name, time, ok) in &*self.done.lock().unwrap_or_else(PoisonError::into_inner) {
            let word = if *ok { "ok" } else { "FAILED" };
            let _ = writeln!(text, "  {word:<6} {:>9}  {name}", seconds(*time));
        }
        let _ = writeln!(text, "  total  {:>9}", seconds(self.start.elapsed()));
        text
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_failed() {
        let steps = Steps::start();
        steps.step("first", || Ok(())).unwrap();
        steps.step("second", || -> Result<()> { bail!("no") }).unwrap_err();
        let text = steps.summary();
        assert!(text.lines().any(|line| line.contains("ok") && line.ends_with("first")), "{text}");
        assert!(text.lines().any(|line| line.contains("FAILED") && line.ends_with("second")), "{text}");
    }

    #[test]
    fn a_failed_command_is_shown_as_typed() {
        let error = run(Command::new("false").arg("--locked")).unwrap_err().to_string();
        assert!(error.starts_with("`false --locked` failed"), "{error}");
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "`no-such-program` could not be started");
    }
}
