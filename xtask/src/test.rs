//! `cargo xtask test`: everything that must hold before a change goes in. `.ci/run` calls exactly this.

use crate::install::{self, Wasm};
use crate::step::{Steps, cargo, run as run_program, search_path, trial_server};
use crate::{deny, serve, size, web};
use anyhow::Result;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// Checks layout and lints, builds everything, runs all tests and measures the downloads.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask test --long\n\nOne test alone, after that:\n  cargo test -p soho-shared classify"
)]
pub(crate) struct Args {
    /// Also Firefox and WebKitGTK, and the tests that take minutes.
    #[arg(long)]
    long: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = Steps::start();
    let done = all(args, &steps);
    eprint!("\n{}", steps.summary());
    done
}

fn all(args: &Args, steps: &Steps) -> Result<()> {
    steps.step("look for what checks the code", install::lints)?;
    let wasm = install::wasm()?;
    steps.step("layout of the code", || run_program(&mut cargo(["fmt", "--all", "--check"])))?;
    // In parallel: what is installed waits for the network, linking for the browser uses one processor, and so do the last
    // crates of a check; the other would be idle.
    let rule = thread::scope(|scope| {
        let tools = scope.spawn(|| {
            steps.step("look for what the tests need", || {
                install::test(args.long)?;
                install::deny()
            })?;
            steps.step("licences and sources of the dependencies", deny::check)
        });
        let tests = scope.spawn(|| check_and_build_tests(steps, wasm, args.long));
        let rule = build_apps(steps);
        for others in [tools, tests] {
            others.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        rule
    })?;
    let soho = if args.long {
        steps.step("build the server as it is served", serve::server)?
    } else {
        // Built with the tests.
        trial_server()
    };
    // The same tests from outside, with the register in a database; in the long form all that are not about files.
    steps.step("end-to-end tests on PostgreSQL", || {
        let run = |name: &str, only: &[&str]| {
            let mut test = tests();
            test.args(["--test", name, "--"]).args(only);
            test.env("SOHO_BIN", trial_server()).env("SOHO_WEB", web::folder()).env("SOHO_RULE", &rule);
            run_program(test.env("SOHO_POSTGRES", "1").env("PATH", search_path()))
        };
        run("access", &[])?;
        if args.long {
            run("apps", &["form::", "living_conditions::", "offline::", "self_check::", "sign_in::"])?;
            run("desk", &["baseline::", "duplicates::", "review::"])?;
            return run("server", &["bad_input::"]);
        }
        run("desk", &["duplicates::"])
    })?;
    // Last, so that its own summary is the end of what CI reads.
    steps.step("tests", || {
        let mut test = tests();
        test.env("SOHO_BIN", &soho).env("SOHO_WEB", web::folder()).env("SOHO_RULE", &rule);
        test.env("SOHO_DUCKDB", install::duckdb()).env("PATH", search_path());
        if args.long {
            test.env("SOHO_LONG", "1").env("SOHO_SCHEMATHESIS", install::schemathesis());
            test.env("SOHO_AXE", install::axe());
        }
        run_program(&mut test)
    })
}

/// Builds what runs in browsers; returns the folder of the rule.
fn build_apps(steps: &Steps) -> Result<PathBuf> {
    let built = steps.step("build the four apps", web::build)?;
    steps.step("size of the downloads", || size::check(&built))?;
    steps.step("build the rule for tests in a browser", web::rule::build)
}

/// Checks the code, and builds the server and all tests.
fn check_and_build_tests(steps: &Steps, wasm: Wasm, long: bool) -> Result<()> {
    // What is compiled for the browser alone are a few lines in `shared`. Debian's compiler has no clippy for a standard
    // library that it builds itself.
    if long && wasm == Wasm::Rustup {
        steps.step("lints of what is for browsers alone", || {
            let strict = ["--", "--deny", "warnings"];
            run_program(wasm.cargo(&["clippy", "--package", "soho-shared", "--locked"]).args(strict))
        })?;
    }
    steps.step("build and lint the server and the tests", || {
        run_program(tests().args(["--all-targets", "--no-run"]))
    })?;
    // Separately: built together with the others, its crates would have other features and be compiled anew.
    steps.step("lints and tests of xtask", || {
        // As `.cargo/config.toml` has it compiled.
        let shared = ["--config", "profile.dev.package.soho-shared.opt-level=0"];
        run_program(linted(cargo(["test", "--package", "xtask", "--locked"]).args(shared)))
    })
}

/// All tests but those of xtask.
fn tests() -> Command {
    let mut tests = cargo(["test", "--workspace", "--exclude", "xtask", "--locked"]);
    tests.args(ENGINES);
    // One more than there are processors, since a test often waits for a browser or a disk.
    let together = thread::available_parallelism().map_or(1, usize::from) + 1;
    linted(&mut tests).env("RUST_TEST_THREADS", together.to_string());
    tests
}

/// Has the workspace's crates compiled by clippy, which is the compiler with more lints, and no warning let through.
///
/// `cargo clippy` would check all crates that others wrote and then all of ours, only to compile the same ones again: of
/// 2.088 seconds of a processor for an empty folder it took 320.
fn linted(command: &mut Command) -> &mut Command {
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-Dwarnings")
}

/// The engines that the server is built without unless asked.
const ENGINES: [&str; 2] = ["--features", "soho/postgres"];
