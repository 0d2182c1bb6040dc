//! A province's own law file is read by the same rules as the compiled-in ones, and refused with file and line.

#![cfg(feature = "law-files")]
#![allow(clippy::unwrap_used, reason = "a test")]

use jiff::civil::date;
use soho_law_files::standards;
use soho_shared::law::{self, check_together, in_force, parse_standard};

const FILES: [(&str, &str); 5] = [
    ("2006", include_str!("../law/2006.toml")),
    ("2011", include_str!("../law/2011.toml")),
    ("2016", include_str!("../law/2016.toml")),
    ("2022", include_str!("../law/2022.toml")),
    ("2027", include_str!("../law/2027.toml")),
];

#[test]
fn the_files_read_at_run_time_are_those_compiled_in() {
    for (id, text) in FILES {
        assert_eq!(&parse_standard(text, id).unwrap(), law::standard(id).unwrap());
    }
    assert_eq!(check_together(law::standards()), Ok(()));
}

#[test]
fn every_file_says_what_it_is_in_both_languages() {
    for (id, text) in FILES {
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("# Chuẩn") && first.contains(" · The "), "{id}: {first}");
    }
}

const OWN: &str = r#"id = "2011-ben-tre"
from = 2013-01-01
to = 2015-12-31

[source]
instrument = "Nghị quyết của Hội đồng nhân dân tỉnh (ví dụ)"
confidence = "high"

[[band]]
class = "poor"
rural = 480_000
urban = 600_000
source = { instrument = "Nghị quyết (ví dụ)", article = "Điều 1", confidence = "high" }

[[band]]
class = "near_poor"
rural = 624_000
urban = 780_000
source = { instrument = "Nghị quyết (ví dụ)", article = "Điều 2", confidence = "high" }

[[band]]
class = "low_income"
rural = 720_000
urban = 900_000
source = { instrument = "Nghị quyết (ví dụ)", article = "Điều 3", confidence = "medium" }
"#;

#[test]
fn a_province_s_own_stands_in_on_its_days() {
    let mut all = law::standards().to_vec();
    all.push(parse_standard(OWN, "ben-tre.toml").unwrap());
    assert_eq!(check_together(&all), Ok(()));
    for (day, id) in [
        (date(2012, 12, 31), Some("2011")),
        (date(2013, 1, 1), Some("2011-ben-tre")),
        (date(2015, 12, 31), Some("2011-ben-tre")),
        (date(2016, 1, 1), Some("2016")),
        (date(2031, 1, 1), None),
    ] {
        assert_eq!(in_force(&all, day).map(|s| &*s.id), id, "{day}");
    }
    assert!(law::entitlements(all.last().unwrap()).is_some());
}

/// Each case: a text of the file above, what it is replaced by, and the message.
#[test]
fn mistakes_are_shown_with_file_and_line() {
    let changes = [
        ("to = 2015-12-31", "to = 2012-12-31", ":3: `to` (2012-12-31) is before `from` (2013-01-01)"),
        ("to = 2015-12-31", "to = \"2015-12-31\"", ":3: "),
        (
            "to = 2015-12-31",
            "to = 2015-12-31T10:00:00",
            ":3: `to`: write a day without quotes, like 2011-01-01",
        ),
        ("to = 2015-12-31", "to = 2015-02-30", ":3: "),
        ("from = 2013-01-01\n", "", ":1: missing field `from`"),
        (
            "2011-ben-tre",
            "Bến Tre",
            ":1: `id` is the year it begins, like \"2011\"; a province's own adds its name: \"2011-ben-tre\"",
        ),
        ("id = ", "name = \"x\"\nid = ", ":1: unknown field `name`"),
        (
            "class = \"near_poor\"",
            "class = \"nearpoor\"",
            ":16: `nearpoor` is no class of a band: write poor, near_poor or low_income (who is over every line is above)",
        ),
        ("class = \"near_poor\"", "class = \"above\"", ":16: `above` is no class of a band"),
        (
            "class = \"near_poor\"",
            "class = \"poor\"",
            ":16: `poor` stands after a band as well off: list bands from the poorest up, each once",
        ),
        (
            "rural = 624_000",
            "rural = 480_000",
            ":17: the line 480000 is not over the line of the band before, 480000",
        ),
        (
            "urban = 900_000",
            "urban = 90_000",
            ":24: the line 90000 is not over the line of the band before, 780000",
        ),
        ("rural = 480_000", "rural = -1", ":11: a line of -1 đồng cannot be"),
        (
            "rural = 480_000",
            "rural = 9_000_000_000_000_000",
            ":11: a line of 9000000000000000 đồng cannot be",
        ),
        ("rural = 480_000", "rural = 480000.5", ":11: "),
        ("urban = 780_000\n", "", ":15: missing field `urban`"),
        (
            "urban = 780_000\nsource",
            "urban = 780_000\n# source",
            ":15: the band `near_poor` lacks its `source`: instrument, article, confidence",
        ),
        (
            "article = \"Điều 3\", confidence = \"medium\"",
            "confidence = \"sure\"",
            ":25: unknown variant `sure`",
        ),
        (
            "\"Nghị quyết (ví dụ)\", article = \"Điều 1\"",
            "\" \"",
            ":13: `instrument` is empty: name the decree the values come from",
        ),
        (
            "urban = 780_000",
            "urban = 780_000\npoor_if_lacking = 0",
            ":19: `poor_if_lacking` lies between 1 and `indicator_count`",
        ),
        (
            "urban = 600_000",
            "urban = 600_000\npoor_if_lacking = 3",
            ":10: `poor_if_lacking` says nothing in a band that is poor",
        ),
        (
            "urban = 780_000",
            "urban = 780_000\nworded_from = { rural = 480_000, urban = 601_000 }",
            ":19: `worded_from` lies over the line of the band before",
        ),
        (
            "[source]",
            "indicator_count = 3\n[[indicator]]\nid = \"x\"\ndimension = \"y\"\nname = { vi = \"a\", en = \"a\" }\nquestion = { vi = \"a\", en = \"a\" }\nconfidence = \"high\"\n[source]",
            ":5: `indicator_count` is 3, but 1 indicators are listed",
        ),
        (
            "[source]",
            "indicator_count = 1\n[[indicator]]\nid = \"x\"\ndimension = \"y\"\nname = { vi = \"a\", en = \"a\" }\nquestion = { vi = \"a\", en = \"a\" }\nconfidence = \"high\"\n[source]",
            ":8: [dimension] does not name `y`",
        ),
        ("[source]", "[source", ":5: "),
    ];
    for (from, to, message) in changes {
        assert!(OWN.contains(from), "{from}");
        let error = parse_standard(&OWN.replacen(from, to, 1), "own.toml").unwrap_err().to_string();
        assert!(error.starts_with(&format!("own.toml{message}")), "{to}\n{error}");
    }
    let (head, _) = OWN.split_once("[[band]]").unwrap();
    let error = parse_standard(head, "own.toml").unwrap_err().to_string();
    assert_eq!(error, "own.toml: no [[band]] says who is poor: add one with class = \"poor\"");
}

#[test]
fn files_that_do_not_go_together() {
    let of = |from: &str, to: &str| parse_standard(&OWN.replacen(from, to, 1), "own.toml").unwrap();
    let own = of("", "");
    for (other, message) in [
        (own.clone(), "2011-ben-tre: there are two standards with this id"),
        (
            of("2011-ben-tre", "2013-ba-tri"),
            "2013-ba-tri: its dates (2013-01-01 to 2015-12-31) overlap those of 2011-ben-tre (2013-01-01 to 2015-12-31)",
        ),
    ] {
        assert_eq!(check_together(&[own.clone(), other]).unwrap_err().to_string(), message);
    }
    let with_national = |own| {
        let mut all = law::standards().to_vec();
        all.push(own);
        check_together(&all).unwrap_err().to_string()
    };
    assert_eq!(
        with_national(of("rural = 480_000", "rural = 399_999")),
        "2011-ben-tre: in 2011-ben-tre the line of `poor` is lower than in 2011: a province may only set higher lines"
    );
    assert_eq!(
        with_national(of("2015-12-31", "2016-01-01")),
        "2011-ben-tre: in 2011-ben-tre the line of `poor` is lower than in 2016: a province may only set higher lines"
    );
}

/// No text makes the reader panic.
#[test]
fn cut_anywhere_it_is_read_or_refused() {
    for (id, text) in FILES {
        for (at, _) in text.char_indices() {
            let _ = parse_standard(&text[..at], id);
        }
    }
}

/// The build compiles in every file of the directory, or ends with one line that says which file is wrong.
#[test]
fn adding_a_standard_is_adding_a_file() {
    let law = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(law.path().join(name), text).unwrap();
    for (id, text) in FILES {
        put(&format!("{id}.toml"), text);
    }
    put("entitlements_2011.toml", "another form");
    let national = standards::generate(law.path()).unwrap();
    assert!(national.contains("[Standard; 5]") && !national.contains("ben-tre"));
    put("2011-ben-tre.toml", OWN);
    let with_own = standards::generate(law.path()).unwrap();
    assert!(with_own.contains("[Standard; 6]") && with_own.contains("\"2011-ben-tre\""));

    let complaint = || standards::generate(law.path()).unwrap_err().to_string();
    put("2011-ben-tre.toml", &OWN.replace("rural = 624_000", "rural = 1"));
    assert!(
        complaint()
            .ends_with("2011-ben-tre.toml:17: the line 1 is not over the line of the band before, 480000")
    );
    put("2011-ben-tre.toml", &OWN.replace("rural = 480_000", "rural = 1_000"));
    assert!(complaint().contains("the line of `poor` is lower than in 2011"));
    put("2011-ben-tre.toml", &OWN.replace("id = \"2011-ben-tre\"", "id = \"2011-ba-tri\""));
    assert!(complaint().ends_with("2011-ben-tre.toml: its `id` is 2011-ba-tri: name the file after it"));
}
