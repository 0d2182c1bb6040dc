//! Turns the law files into Rust constants.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=law");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    match soho_law_files::constants(&root.join("law")) {
        Ok(made) => {
            let files =
                [("areas", made.areas), ("entitlements", made.entitlements), ("standards", made.standards)];
            for (name, code) in files {
                fs::write(out.join(name).with_extension("rs"), code)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
            }
        }
        // Ends the build with this one line, without a panic message of the build script.
        Err(error) => println!("cargo::error={error}"),
    }
}
