//! The law files: what their form is, and the Rust constants that are made of them, so that a phone parses nothing.
//!
//! A crate of its own, because `soho-shared` uses it twice: its build script for what is compiled in, and the server for a
//! province's own file. Both read by the same rules.

#![allow(missing_docs, reason = "a field is documented once, where `soho-shared` makes it public")]

mod areas;
mod entitlements;
pub mod standard_file;
pub mod standards;

use std::path::Path;

pub use standard_file::LawError;

/// The law as Rust code, one text a file of constants.
pub struct Constants {
    pub areas: String,
    pub entitlements: String,
    /// With the digest of all three.
    pub standards: String,
}

/// Makes constants of the files of a folder.
///
/// # Errors
///
/// [`LawError`] where a standard is not as it must be.
///
/// # Panics
///
/// Where the list of areas or the supports are not as they must be: only a build reads these.
pub fn constants(law: &Path) -> Result<Constants, LawError> {
    let areas = areas::generate(&law.join("areas_2011.csv"));
    let entitlements = entitlements::generate(law);
    let standards = standards::generate(law)?;
    let digest = digest(&[&areas, &entitlements, &standards]);
    let standards = format!(
        "{standards}/// Digest of the law files, by what is compiled in of them.\nconst LAW_DIGEST: u64 = {digest};\n"
    );
    Ok(Constants { areas, entitlements, standards })
}

/// FNV-1a over some texts.
fn digest(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
