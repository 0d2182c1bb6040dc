//! Assessing a large household in Node: our rule as WebAssembly against the engine of ODK Web Forms, in one process.
//!
//! Run with `cargo xtask bench xforms`. It needs Node 20.19.3 or later; npm fetches the engine, and the DOM with which
//! its makers test it, in the versions of `package-lock.json`, from its registry or its own cache. `xforms.mjs` says
//! what is measured.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// What is put into the folder in which npm installs: Node looks for packages beside the script.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
    ("xforms.mjs", include_str!("xforms.mjs")),
];

fn main() -> anyhow::Result<()> {
    let rule = std::env::var_os("SOHO_RULE").context("SOHO_RULE is not set: `cargo xtask bench` sets it")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xforms");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    install(&folder)?;
    let mut node = Command::new("node");
    let measured = node.current_dir(&folder).arg("xforms.mjs").arg(rule).status();
    ensure!(measured.context("node does not start")?.success(), "xforms.mjs failed");
    Ok(())
}

/// Installs the packages of `package-lock.json`, whose scripts are not run.
fn install(folder: &Path) -> anyhow::Result<()> {
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let output = npm.output().context("npm does not start: it comes with Node")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "npm could not fetch @getodk/xforms-engine and jsdom, which this compares with; it said:\n{said}"
    );
    Ok(())
}
