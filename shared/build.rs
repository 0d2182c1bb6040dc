//! Turns the law files into Rust constants, so that a phone parses nothing.

#[path = "build/areas.rs"]
mod areas;
#[path = "build/entitlements.rs"]
mod entitlements;
#[path = "build/standard_file.rs"]
#[allow(unreachable_pub, reason = "the library makes `LawError` public")]
mod standard_file;
#[path = "build/standards.rs"]
mod standards;

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=law");
    println!("cargo::rerun-if-changed=build");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let write = |name: &str, code: String| {
        fs::write(out.join(name), code).unwrap_or_else(|e| panic!("{name}: {e}"));
    };
    write("areas.rs", areas::generate(&root.join("law/areas_2011.csv")));
    write("entitlements.rs", entitlements::generate(&root.join("law/entitlements_2011.toml")));
    match standards::generate(&root.join("law")) {
        Ok(code) => write("standards.rs", code),
        // Ends the build with this one line, without a panic message of the build script.
        Err(error) => println!("cargo::error={error}"),
    }
}
