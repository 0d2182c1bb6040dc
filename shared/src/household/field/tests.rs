use super::*;
use crate::record::Change;

fn holds(path: &str, value: impl Into<Value>) -> bool {
    may_hold(&path.parse().unwrap(), Round::CENSUS_2010, &value.into())
}

#[test]
fn fields_hold_what_they_may() {
    assert!(holds("member_count", 4) && !holds("member_count", -1) && !holds("member_count", "4"));
    assert!(holds("member_count", Value::Null));
    assert!(!holds("income/a/amount", -1) && !holds("income/a/amount", "năm trăm nghìn"));
    let paid = |sum: i64| holds("support/electricity_2011_1/amount", sum);
    assert!(paid(0) && paid(MOST_PAID) && !paid(MOST_PAID + 1) && !paid(-1));
    // A million households, paid as much each quarter, can still be added up.
    assert!(MOST_PAID.checked_mul(4 * 1_000_000).is_some());
    assert!(holds("income/a/source", "crops") && !holds("income/a/source", "gold"));
    assert!(rule(Lang::En, "income/a/source", Round::CENSUS_2010).contains("crops"));
    assert!(holds("head/identity_number", "123456789") && !holds("head/identity_number", "12345678"));
    assert!(holds("head/name", "Nguyễn Thị Bé") && !holds("head/name", "x".repeat(101)));
    assert!(holds("floor_area", 10_000) && !holds("floor_area", 10_001));
    assert!(holds("deprivations/water", true) && !holds("deprivations/water", 1));
    assert!(holds("same_as", "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f"));
    assert!(!holds("same_as", "29173") && !holds("different/018f", 1));
    assert!(holds("a_field_of_2030", "kept") && !holds("a_field_of_2030", "x".repeat(5_000)));
    for path in ["head/name", "address", "members/a/name", "note", "a_field_of_2030"] {
        for hidden in ["\0", "\t", "\r\n", "\u{85}", "\u{ad}", "\u{200b}", "\u{200d}", "\u{202e}", "\u{feff}"]
        {
            let mut value: Value = format!("Lê{hidden} Út").into();
            assert!(!holds(path, value.clone()), "{path} {hidden:?}");
            clean(&path.parse().unwrap(), &mut value);
            assert!(holds(path, value), "{path} {hidden:?}");
        }
        let several = matches!(path, "note" | "a_field_of_2030");
        assert_eq!(holds(path, "a\nb"), several, "{path}");
    }
    assert!(!holds("a_field_of_2030", Value::List(vec!["\u{202e}".into()])));
    assert!(holds("opening/date", "2011-09-01") && holds("stages/closed", true));
    for bad in ["2011-02-30", "01/09/2011", "2011-9-1", "20110901", "2011-09-01T00:00"] {
        assert!(!holds("opening/date", bad), "{bad}");
    }
}

#[test]
fn survey_and_meeting_are_frozen_and_nothing_else() {
    for (path, part) in [
        (HEAD_NAME, Part::Survey),
        (DECLARED_HOUSEHOLDS, Part::Survey),
        (SAME_AS, Part::Survey),
        ("a_field_of_2030", Part::Survey),
        (MEETING_RESULT, Part::Meeting),
        ("recognition/number", Part::Recognition),
        (COMPLAINT_TEXT, Part::Recognition),
        (POSTING_FROM, Part::Recognition),
        ("certificate/2011_15", Part::Recognition),
        ("keys/0a1b2c3d", Part::Round),
        (MEETING_PLACE, Part::Meeting),
        ("support/loan/amount", Part::Support),
        (STAGES[5], Part::Round),
        (OPENING_FROM, Part::Round),
        ("duties/d1/name", Part::Round),
        ("sent/monthly_reviews_3", Part::Round),
        ("received/monthly_reviews_3", Part::Round),
    ] {
        assert_eq!(Part::of(path), part, "{path}");
        assert_eq!(part.is_frozen(), matches!(part, Part::Survey | Part::Meeting));
    }
}

/// A household.
const HOUSEHOLD: &str = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f";

#[test]
fn each_kind_of_record_has_its_own_fields() {
    let fault = |subject: &str, path: &str, value: Value| {
        let change = Change { field: path.parse().unwrap(), value, seen: Vec::new() };
        (RULES.fault)(&change, RecordKey { subject: subject.parse().unwrap(), round: Round::CENSUS_2010 })
    };
    let day = || Value::from("2011-12-05");
    let table: [(&str, Value, &[&str]); 13] = [
        (MEETING_PRESENT, 12.into(), &[HOUSEHOLD, "29173-04"]),
        (MEETING_PLACE, "Nhà văn hóa ấp 4".into(), &["29173-04"]),
        (COMPLAINT_ANSWERED, day(), &[HOUSEHOLD]),
        ("certificate/2011_15", "poor".into(), &[HOUSEHOLD]),
        (RECOGNITION_DATE, day(), &["29173"]),
        ("numbers/2011", 15.into(), &["29173"]),
        ("given/2011_1", day(), &["29173"]),
        (OPENING_DATE, day(), &["83", "836", "29173"]),
        ("keys/0a1b2c3d", "00".into(), &["83"]),
        ("duties/d1/every", "quarter".into(), &["83"]),
        ("sent/d1_2", day(), &["836", "29173"]),
        ("received/d1_2", day(), &["836", "29173"]),
        ("of_2030", 1.into(), &["83", "836", "29173", "29173-04", HOUSEHOLD]),
    ];
    for (path, value, subjects) in table {
        for subject in ["83", "836", "29173", "29173-04", HOUSEHOLD] {
            let found = fault(subject, path, value.clone());
            assert_eq!(found.is_none(), subjects.contains(&subject), "{subject} {path}: {found:?}");
        }
    }
}

#[test]
fn what_the_server_alone_writes() {
    let of = |path: &str| is_of_server(&path.parse().unwrap());
    assert!(of("imports/0a1b"));
    for path in [STAGES[4], REPORTED, RECOGNITION_UNDER, "certificate/2011_15", "certificate/2011_15/of_2030"]
    {
        assert!(of(path), "{path}");
    }
    assert!(of("numbers/2011") && of("given/2011_1") && of("keys/0a1b2c3d"));
    assert!(of("duties/d1/days") && of("sent/d1_2") && of("received/d1_2"));
    for path in [RECOGNITION_DECISION, POSTING_TO, COMPLAINT_TEXT, MEETING_RESULT, "certificates", "number"] {
        assert!(!of(path), "{path}");
    }
    // A certificate's number is written in one way.
    assert!(holds("certificate/2011_15", "near_poor") && holds("certificate/2011_15", WITHDRAWN));
    assert!(!holds("certificate/2011_015", "poor") && !holds("certificate/2011", "poor"));
    assert!(!holds("certificate/2011_15", "above"));
}

#[test]
fn nobody_is_born_after_the_round() {
    for path in ["head/birth_year", "members/a/birth_year"] {
        assert!(holds(path, 2010) && !holds(path, 2011) && !holds(path, 62), "{path}");
        assert!(may_hold(&path.parse().unwrap(), Round::new(2011).unwrap(), &2011.into()));
        assert_eq!(
            rule(Lang::En, path, Round::CENSUS_2010),
            "A year in four digits, from 1880 to that of the round, 2010"
        );
    }
}

#[test]
fn every_field_says_in_both_languages_what_it_may_hold() {
    for (path, ..) in
        FIELDS.iter().chain(AREA_FIELDS).chain(COMMUNE_FIELDS).chain(SENDER_FIELDS).chain(PROVINCE_FIELDS)
    {
        let [vi, en] =
            [Lang::Vi, Lang::En].map(|lang| rule(lang, &path.replace('*', "a"), Round::CENSUS_2010));
        assert!(vi != en && !vi.contains('{') && !en.contains('{'), "{path}: {vi} {en}");
    }
}

#[test]
fn what_is_written_is_cleaned_first() {
    for (path, typed, written) in [
        ("head/name", "\u{202b}Lê\u{200c} Thị\tÚt\u{202c}", "Lê Thị Út"),
        ("note", "một\r\nhai\u{200d}", "một\nhai"),
        ("head/identity_number", "079-1.23\u{200b}4 56\u{2013}789", "079123456789"),
        ("head/identity_number", "07912345678x", "07912345678x"),
    ] {
        let mut value = typed.into();
        clean(&path.parse().unwrap(), &mut value);
        assert_eq!(value, written.into(), "{path}");
    }
}
