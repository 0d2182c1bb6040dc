//! The rule as a WebAssembly module of its own, which tests and benchmarks call in a browser.

use super::{FAST, bindgen, compile, panics};
use crate::install;
use crate::step;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// Builds `rule.js` and `rule.wasm`, and returns their folder.
pub(crate) fn build() -> Result<PathBuf> {
    // With an app that is compiled for speed too: so both stand on the same crates with the same features.
    let with =
        ["--package", "soho-frontend", "--bin", "province", "--package", "soho-rule-wasm", "--bin", "rule"];
    compile(install::wasm()?, &[&with, FAST].concat())?;
    let file = step::target().join("wasm32-unknown-unknown/wasm/rule.wasm");
    let module = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let module = panics::cut(&module).context("cannot cut panics out of the rule")?;
    let glue = bindgen::run("rule", &module, false).context("wasm-bindgen refused the rule")?;
    let folder = step::target().join("rule");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("rule.js"), glue.js))
        .and_then(|()| fs::write(folder.join("rule.wasm"), glue.wasm))
        .with_context(|| format!("cannot write {}", folder.display()))?;
    Ok(folder)
}
