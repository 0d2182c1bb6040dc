//! `cargo xtask bench`: the benchmarks, which live in the crate `soho-tests`.

use crate::step::{cargo, run as run_program, search_path};
use crate::{install, serve, web};
use anyhow::Result;
use clap::ValueEnum;

/// Runs the benchmarks; each prints its ratio to a reference measured in the same run.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench sync\n\nLonger runs:\n  SOHO_LONG=1 cargo xtask bench")]
pub(crate) struct Args {
    /// Which of them; all without one.
    #[arg(value_name = "NAME")]
    names: Vec<Bench>,
}

/// A benchmark by its name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bench {
    /// Figures, lists, files, imports and live figures of the whole province, against PostgreSQL, DuckDB and openpyxl.
    Desk,
    /// A district's table out of the running sums.
    DistrictTable,
    /// The rule over columns of households, against NumPy and OpenFisca.
    Kernel,
    /// From a key press to its effect in the self-check and the survey, beside a bare page.
    Keys,
    /// Opening the province after a clean stop and after a kill, against an earlier version: the program SOHO_REFERENCE,
    /// or one built for it.
    Open,
    /// Pushes and pulls of many tablets, against PostgreSQL.
    Sync,
    /// Assessing a large household, against the engine of ODK Web Forms in the same Node.
    Xforms,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install::test(false)?;
    let rule = web::rule::build()?;
    let soho = serve::server()?;
    let mut bench = cargo(["bench", "--locked", "--package", "soho-tests"]);
    for name in &args.names {
        bench.arg("--bench").args(name.to_possible_value().map(|value| value.get_name().to_owned()));
    }
    bench.env("SOHO_BIN", soho).env("SOHO_WEB", web::folder()).env("SOHO_RULE", rule);
    run_program(bench.env("SOHO_DUCKDB", install::duckdb()).env("PATH", search_path()))
}
