//! `cargo xtask test`: everything that must hold before a change goes in. `.ci/run` calls exactly this.

use crate::install::{self, Wasm};
use crate::step::{Steps, cargo, find, root, run as run_program, search_path};
use crate::{serve, size, web};
use anyhow::Result;

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
    let mut steps = Steps::default();
    let done = all(args, &mut steps);
    eprint!("\n{}", steps.summary());
    done
}

fn all(args: &Args, steps: &mut Steps) -> Result<()> {
    steps.step("look for what the tests need", || install::test(args.long))?;
    let wasm = install::wasm()?;
    steps.step("layout of the code", || run_program(&mut cargo(["fmt", "--all", "--check"])))?;
    let deny = ["--", "--deny", "warnings"];
    steps.step("lints", || {
        run_program(cargo(["clippy", "--workspace", "--all-targets", "--locked"]).args(deny))
    })?;
    // Debian's compiler has no clippy for a standard library that it builds itself.
    if wasm == Wasm::Rustup {
        steps.step("lints of the apps", || {
            run_program(wasm.cargo(&["clippy", "--package", "soho-frontend", "--locked"]).args(deny))
        })?;
    }
    dependencies(steps)?;
    let built = steps.step("build the three apps", web::build)?;
    steps.step("size of the downloads", || size::check(&built))?;
    let rule = steps.step("build the rule for tests in a browser", web::rule::build)?;
    let soho = steps.step("build the server", serve::server)?;
    // Last, so that its own summary closes what CI reads.
    steps.step("tests", || {
        let mut test = cargo(["test", "--workspace", "--locked"]);
        test.env("SOHO_BIN", &soho).env("SOHO_WEB", web::folder()).env("SOHO_RULE", &rule);
        test.env("PATH", search_path());
        if args.long {
            test.env("SOHO_LONG", "1").env("SOHO_SCHEMATHESIS", install::schemathesis());
        }
        run_program(&mut test)
    })
}

/// Licences and sources of what we depend on, where the tool for it is at hand.
fn dependencies(steps: &mut Steps) -> Result<()> {
    if find(&["cargo-deny"]).is_none() || !root().join("deny.toml").is_file() {
        eprintln!("==> licences of the dependencies: skipped, cargo-deny or deny.toml is not here");
        return Ok(());
    }
    // Not `advisories`: these need the network, and this command must not.
    steps.step("licences of the dependencies", || {
        run_program(&mut cargo(["deny", "--offline", "check", "bans", "licenses", "sources"]))
    })
}
