//! `cargo xtask bench`: the benchmarks, which live in the crate `soho-tests`.

use crate::step::{cargo, run as run_program, search_path};
use crate::{install, serve, web};
use anyhow::Result;
use std::ffi::OsString;

/// Runs the benchmarks; each prints its ratio to a reference measured in the same run.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench\n  cargo xtask bench --bench tables")]
pub(crate) struct Args {
    /// Passed on to `cargo bench`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    rest: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install::test(false)?;
    let rule = web::rule::build()?;
    let soho = serve::server()?;
    let mut bench = cargo(["bench", "--locked", "--package", "soho-tests"]);
    bench.args(&args.rest).env("SOHO_BIN", soho).env("SOHO_WEB", web::folder()).env("SOHO_RULE", rule);
    run_program(bench.env("PATH", search_path()))
}
