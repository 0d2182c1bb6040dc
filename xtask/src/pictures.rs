//! `cargo xtask pictures`: the whole visit as pictures in `docs/visit/`.

use crate::step::{Steps, cargo, root, run as run_program, search_path, target};
use crate::{install, web};
use anyhow::Result;

/// Walks through a self-check and a visit in a real browser, and draws each screen into docs/visit.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask pictures")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    let mut steps = Steps::default();
    steps.step("look for what the tests need", || install::test(false))?;
    steps.step("build the four apps", web::build)?;
    steps.step("build the server", || run_program(&mut cargo(["build", "--locked", "--package", "soho"])))?;
    let soho = target().join("debug").join(format!("soho{}", std::env::consts::EXE_SUFFIX));
    steps.step("walk and draw", || {
        let mut walk = cargo(["test", "--locked", "--package", "soho-tests", "--test", "pictures"]);
        walk.args(["--", "--ignored"]);
        walk.env("SOHO_BIN", &soho).env("SOHO_WEB", web::folder());
        run_program(walk.env("SOHO_PICTURES", root().join("docs/visit")).env("PATH", search_path()))
    })
}
