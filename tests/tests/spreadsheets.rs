//! The formulas of our workbooks, worked out anew by another program.
//!
//! It runs only in the long form of the tests.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use soho_tests::server::{long, run, soho};

const KINDS: [&str; 12] = [
    "district",
    "commune",
    "residence",
    "causes",
    "groups",
    "bands",
    "movement",
    "origins",
    "minorities",
    "targets",
    "headline",
    "gap",
];

/// The first sheet of a workbook as bare values, as stored or worked out anew.
fn values(file: &Path, anew: bool) -> String {
    let to = file.with_extension(if anew { "anew" } else { "stored" });
    let mut ssconvert = Command::new("ssconvert");
    ssconvert.args(anew.then_some("--recalc")).args(["-T", "Gnumeric_stf:stf_assistant", "-O", "format=raw"]);
    let done = ssconvert.arg(file).arg(&to).stderr(Stdio::null()).status().unwrap();
    assert!(done.success(), "ssconvert failed on {}", file.display());
    fs::read_to_string(to).unwrap()
}

#[test]
fn what_formulas_come_to_is_what_is_stored_beside_them() {
    if !long() {
        println!("only in the long form: cargo xtask test --long");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let data = data.to_str().unwrap();
    run(&["demo", "--data", data, "--households", "9000"]).unwrap();
    for kind in KINDS {
        for area in ["83", "836", "29173"] {
            let file = directory.path().join(format!("{kind}-{area}.xlsx"));
            let mut report = Command::new(soho());
            report.args([
                "report", kind, "--data", data, "--round", "2012", "--area", area, "--format", "xlsx",
            ]);
            let made = report.stdout(File::create(&file).unwrap()).stderr(Stdio::null()).status().unwrap();
            // A report that the area does not have is refused.
            if !made.success() {
                assert_ne!(area, "83", "{kind}");
                continue;
            }
            assert_eq!(values(&file, true), values(&file, false), "{kind} of {area}");
        }
    }
}
