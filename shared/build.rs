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
    let areas = areas::generate(&root.join("law/areas_2011.csv"));
    let entitlements = entitlements::generate(&root.join("law"));
    write("areas.rs", areas.clone());
    write("entitlements.rs", entitlements.clone());
    match standards::generate(&root.join("law")) {
        Ok(code) => {
            let digest = digest(&[&areas, &entitlements, &code]);
            write(
                "standards.rs",
                format!(
                    "{code}/// Digest of the law files, by what is compiled in of them.\nconst LAW_DIGEST: u64 = {digest};\n"
                ),
            );
        }
        // Ends the build with this one line, without a panic message of the build script.
        Err(error) => println!("cargo::error={error}"),
    }
}

/// FNV-1a over some texts.
fn digest(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
