//! `cargo xtask bench`: the benchmarks, which live in the crate `soho-tests`.

use crate::step::{cargo, run as run_program};
use crate::{serve, web};
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
    let soho = serve::server()?;
    let mut bench = cargo(["bench", "--locked", "--package", "soho-tests"]);
    run_program(bench.args(&args.rest).env("SOHO_BIN", soho).env("SOHO_WEB", web::folder()))
}
