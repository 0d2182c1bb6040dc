//! `cargo xtask`: the commands of a working day, in Rust instead of shell scripts.
//!
//! Each subcommand is a module; [`install`] fetches what a machine lacks and [`web`] turns the four
//! WASM apps into the files that a server sends.

mod bench;
mod deny;
mod install;
mod pictures;
mod serve;
mod size;
mod step;
mod test;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, serves, tests and measures Sổ Hộ.
///
/// Installs what is missing on the machine, saying what and why; needs no network when nothing is.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
#[command(after_help = "Example:\n  cargo xtask serve")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Test(test::Args),
    Bench(bench::Args),
    Size(size::Args),
    Pictures(pictures::Args),
    Audit(deny::Args),
}

fn main() -> ExitCode {
    // clap exits with 2 by itself on bad usage.
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Size(args) => size::run(&args),
        Command::Pictures(args) => pictures::run(&args),
        Command::Audit(args) => deny::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_an_example() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains("Example"), "{}: {help}", command.get_name());
        }
    }
}
