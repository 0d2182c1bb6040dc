//! Cuts an app's module at its split points: functions marked `wasm_split` move, with all that only they use, into parts
//! that are fetched when one of them is first called.
//!
//! The parts share the main module's memory and table. What loads them is JavaScript that the cutter writes; it becomes
//! a piece of the app's own script, so that no further file is waited for.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

/// Name by which the main module imports what loads the parts.
const LOADERS: &str = "./parts.js";

/// What an app's module was cut into.
pub(super) struct Parts {
    /// The main module, for wasm-bindgen.
    pub(super) main: Vec<u8>,
    /// Name that the script gives each part, and the part.
    pub(super) later: Vec<(String, Vec<u8>)>,
    /// What loads the parts.
    script: String,
}

/// Cuts a module, in a folder of its own.
pub(super) fn run(module: &[u8], folder: &Path) -> Result<Parts> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let main = folder.join("main.wasm");
    let mut options = Options::new(module);
    (options.output_dir, options.main_out_path) = (folder, &main);
    (options.link_name, options.main_module) = (LOADERS, "./main.js");
    let cut = transform(options).map_err(|error| anyhow!("the module cannot be cut: {error}"))?;
    let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let mut later = Vec::new();
    for path in cut.split_modules {
        let name = path.file_name().and_then(|name| name.to_str()).context("a part without a name")?;
        later.push((format!("./{name}"), read(&path)?));
    }
    // The same inputs should make the same files.
    later.sort();
    let script =
        String::from_utf8(read(&folder.join(LOADERS))?).context("what loads the parts is no text")?;
    Ok(Parts { main: read(&main)?, later, script })
}

/// Puts what loads the parts into an app's glue, which imports it from a file of its own, once for each part.
pub(super) fn join(glue: &str, parts: &Parts) -> Result<String> {
    let own = parts.script.lines().find(|line| line.starts_with("import "));
    let own = own.context("what loads the parts imports nothing")?;
    ensure!(own.contains("initSync"), "what loads the parts imports something else: {own}");
    let exports = parts.script.lines().filter_map(|line| line.strip_prefix("export const "));
    let loaders: Vec<&str> = exports.filter_map(|rest| rest.split(' ').next()).collect();
    let script = parts.script.replace(own, "").replace("export const ", "const ");
    let mut joined = format!("{script}\nconst loaders = {{ {} }};\n", loaders.join(", "));
    let mut imports = 0;
    for line in glue.lines() {
        if line.starts_with("import ") && line.contains(LOADERS) {
            let name = line.strip_prefix("import * as ").and_then(|rest| rest.split(' ').next());
            let name = name.with_context(|| format!("the glue imports loaders in another way: {line}"))?;
            joined += &format!("const {name} = loaders;\n");
            imports += 1;
        } else {
            joined.extend([line, "\n"]);
        }
    }
    ensure!(imports > 0, "the glue imports no loaders of parts: mend web/split.rs for this version");
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loaders_become_a_piece_of_the_glue() {
        let script = "import { initSync } from \"./main.js\";\n\nfunction makeLoad() {}\nexport const load_a = makeLoad();\nexport const load_b = makeLoad();\n";
        let parts = Parts { main: Vec::new(), later: Vec::new(), script: script.to_owned() };
        let glue = "import * as import1 from \"./parts.js\"\nimport * as import2 from \"./parts.js\"\nconst imports = { \"./parts.js\": import1 };\n";
        let joined = join(glue, &parts).unwrap();
        assert!(joined.contains("const loaders = { load_a, load_b };"), "{joined}");
        assert!(joined.contains("const import1 = loaders;\nconst import2 = loaders;\n"), "{joined}");
        assert!(
            !joined.contains("import {") && !joined.contains("export ") && joined.contains("const load_a"),
            "{joined}"
        );
        assert!(join("const imports = {};", &parts).is_err());
    }
}
