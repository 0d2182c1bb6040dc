//! A province's own law file: its own higher lines are used, or it is clearly refused.

use std::fs;
use std::path::Path;

use super::{ANSWER, HEADER, classify};

const LAW: &str = include_str!("../../../shared/law/2011.toml");

/// Returns a law file with the lines of 2011 from 2013 on, and this rural poverty line.
fn own(rural: &str) -> String {
    LAW.replace("id = \"2011\"", "id = \"2011-ben-tre\"")
        .replace("from = 2011-01-01", "from = 2013-01-01")
        .replace("opening_round = 2010", "")
        .replace("worded_from", "# worded_from")
        .replacen("rural = 400_000", &format!("rural = {rural}"), 1)
}

fn put(dir: &Path, text: &str) -> String {
    let path = dir.join("2011-ben-tre.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_province_s_own_lines() {
    let dir = tempfile::tempdir().unwrap();
    let file = put(dir.path(), &own("480_000"));
    let done = classify(&file, format!("{HEADER}a,rural,1,5760000\nb,rural,1,5760001\n").as_bytes());
    assert_eq!(done.said, "");
    assert_eq!((done.status, done.out), (0, format!("{ANSWER}a,480000,poor,\nb,480000,near_poor,\n")));
}

#[test]
fn a_file_that_cannot_be_used_says_where_and_why() {
    let dir = tempfile::tempdir().unwrap();
    for (text, why) in [
        (
            own("900_000"),
            "2011-ben-tre.toml:25: the line 520000 is not over the line of the band before, 900000",
        ),
        (own("399_999"), "the line of `poor` is lower than in 2011: a province may only set higher lines"),
        (own("480_000").replace("from = ", "form = "), "unknown field `form`"),
        ("\u{feff}id = ".to_owned(), "2011-ben-tre.toml:1: "),
    ] {
        let done = classify(&put(dir.path(), &text), HEADER.as_bytes());
        assert!(done.said.contains(why) && done.said.lines().count() == 1, "{}", done.said);
        assert_eq!((done.status, done.out.as_str()), (1, ""));
    }
    let done = classify(dir.path().join("none.toml").to_str().unwrap(), b"");
    assert!(done.status == 1 && done.said.contains("cannot read"), "{}", done.said);
    let done = classify("2012", b"");
    assert!(done.status == 2 && done.said.contains("one of 2006, 2011, 2016, 2022, 2027"), "{}", done.said);
}
