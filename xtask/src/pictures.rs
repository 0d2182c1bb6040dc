//! `cargo xtask pictures`: a visit and the desk's pages as pictures in `docs/`.

use crate::step::{Steps, cargo, root, run as run_program, search_path, trial_server};
use crate::{install, web};
use anyhow::Result;

/// Draws the pages in a real browser, as pictures in docs.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask pictures\n  cargo xtask pictures desk")]
pub(crate) struct Args {
    /// Which of them; all without one.
    #[arg(value_name = "NAME")]
    only: Option<Walk>,
}

/// What is drawn.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Walk {
    /// A self-check and a visit, into docs/visit.
    Visit,
    /// Every page of the desk in each width, colour and language, into docs/desk, which is not kept; three of them into docs.
    Desk,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = Steps::start();
    steps.step("look for what the tests need", || install::test(false))?;
    steps.step("build the four apps", web::build)?;
    steps.step("build the server", || run_program(&mut cargo(["build", "--locked", "--package", "soho"])))?;
    let soho = trial_server();
    steps.step("walk and draw", || {
        let mut walk = cargo(["test", "--locked", "--package", "soho-tests", "--test", "pictures", "--"]);
        walk.args(["--ignored", "--test-threads=1"]).args(args.only.map(|only| match only {
            Walk::Visit => "the_whole_visit",
            Walk::Desk => "the_desk",
        }));
        walk.env("SOHO_BIN", &soho).env("SOHO_WEB", web::folder());
        run_program(walk.env("SOHO_PICTURES", root().join("docs")).env("PATH", search_path()))
    })
}
