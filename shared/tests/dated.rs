//! The law true to its dates: each change at its day, the day before and the day after; and what each fact cites.

#![allow(clippy::unwrap_used, reason = "a test")]

use jiff::civil::date;
use soho_shared::area::{CommuneCode, Residence, tree_covers};
use soho_shared::assess::{Assessment, Missing, assess, assess_opening, decided_by};
use soho_shared::count::{Measure, Standing};
use soho_shared::household::{Household, Sex, overruled};
use soho_shared::income::Allowances;
use soho_shared::law::{self, standard_for_round, standard_on};
use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};
use soho_shared::standard::Class::{self, Above, LowIncome, NearPoor, Poor};
use soho_shared::standard::{Confidence, Source};
use soho_shared::wire::PushRequest;

const RURAL: &str = "29224"; // Xã An Nhơn

/// What a tablet with version 0.1 sent.
const SENT_BY_EARLIER: &str = include_str!("../../tests/data/push-0.1.json");

fn doc(fields: &[(&str, Value)]) -> Doc {
    let mut doc = Doc::default();
    for (at, (path, value)) in (1..).zip(fields) {
        let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: Vec::new() };
        doc.write(Stamp::new(at, 0, Actor(1)).unwrap(), &change);
    }
    doc
}

fn commune() -> CommuneCode {
    RURAL.parse().unwrap()
}

fn round(year: u16) -> Round {
    Round::new(year).unwrap()
}

fn assessed(fields: &[(&str, Value)], year: u16) -> Assessment {
    assess(&Household::read(&doc(fields)), commune(), round(year)).unwrap()
}

/// One person with an income of so many đồng a month, and so many of an allowance.
fn earning(wages: i64, allowance: i64) -> Vec<(&'static str, Value)> {
    vec![
        ("hamlet", 1.into()),
        ("member_count", 1.into()),
        ("income/a/source", "wages".into()),
        ("income/a/amount", wages.into()),
        ("income/a/times", 12.into()),
        ("income/b/source", "social_allowance".into()),
        ("income/b/amount", allowance.into()),
        ("income/b/times", 12.into()),
    ]
}

/// On each day: the standard, and the classes that it can answer besides "above".
#[test]
#[rustfmt::skip]
fn standards_and_bands_by_their_days() {
    const ALL: &[Class] = &[Poor, NearPoor, LowIncome];
    let table: [(_, Option<&str>, &[Class]); 20] = [
        (date(2005, 12, 31), None,         &[]),
        (date(2006,  1,  1), Some("2006"), &[Poor]),
        (date(2006,  1,  2), Some("2006"), &[Poor]),
        // Quyết định 117/2008/QĐ-TTg of 27/8/2008.
        (date(2008,  8, 26), Some("2006"), &[Poor]),
        (date(2008,  8, 27), Some("2006"), &[Poor, NearPoor]),
        (date(2008,  8, 28), Some("2006"), &[Poor, NearPoor]),
        (date(2010, 12, 31), Some("2006"), &[Poor, NearPoor]),
        (date(2011,  1,  1), Some("2011"), ALL),
        (date(2011,  1,  2), Some("2011"), ALL),
        (date(2015, 12, 31), Some("2011"), ALL),
        (date(2016,  1,  1), Some("2016"), ALL),
        (date(2016,  1,  2), Some("2016"), ALL),
        (date(2021, 12, 31), Some("2016"), ALL),
        // Of 2022 and 2027 no band is poor by income alone.
        (date(2022,  1,  1), Some("2022"), &[NearPoor, LowIncome]),
        (date(2022,  1,  2), Some("2022"), &[NearPoor, LowIncome]),
        (date(2026, 12, 31), Some("2022"), &[NearPoor, LowIncome]),
        (date(2027,  1,  1), Some("2027"), &[NearPoor]),
        (date(2027,  1,  2), Some("2027"), &[NearPoor]),
        (date(2030, 12, 31), Some("2027"), &[NearPoor]),
        (date(2031,  1,  1), None,         &[]),
    ];
    for (day, id, classes) in table {
        let standard = standard_on(day);
        assert_eq!(standard.map(|standard| &*standard.id), id, "{day}");
        let bands: Vec<Class> = standard.iter().flat_map(|s| s.bands.iter()).map(|band| band.class).collect();
        assert_eq!(bands, classes, "{day}");
    }
    // A round goes by 31 December; a standard by its id stands as at its end.
    for (year, bands) in [(2006, 1), (2007, 1), (2008, 2), (2009, 2), (2010, 3)] {
        assert_eq!(standard_for_round(year).unwrap().bands.len(), bands, "{year}");
    }
    assert_eq!(law::standard("2006").unwrap().bands.len(), 2);
}

/// The near-poor band of 2006, đồng by đồng, in the rounds that have it and in those that do not.
#[test]
fn near_poor_of_2006_at_its_boundaries() {
    for members in 1..=20 {
        let class = |annual: i64, year| {
            let fields = [
                ("member_count", Value::from(members)),
                ("income/a/source", "wages".into()),
                ("income/a/amount", annual.into()),
            ];
            assessed(&fields, year).class.unwrap()
        };
        let year = |line: i64| line * 12 * members;
        for (annual, before, since) in [
            (year(200_000), Poor, Poor),
            (year(200_000) + 1, Above, NearPoor),
            (year(260_000) - 1, Above, NearPoor),
            (year(260_000), Above, NearPoor),
            (year(260_000) + 1, Above, Above),
        ] {
            let found = [2006, 2007, 2008, 2009].map(|round| class(annual, round));
            assert_eq!(found, [before, before, since, since], "{members} members, {annual}");
        }
    }
}

/// Everything that decides or is counted cites an instrument and says how sure it is; where an article is known it stands
/// there.
#[test]
fn every_fact_cites_where_it_is_written() {
    for standard in law::standards() {
        let rules = &standard.income;
        let points = standard.points.iter().map(|points| &points.source);
        let sources = [&standard.source, &rules.allowances_source, &rules.own_use, &rules.newly_joined];
        let bands = standard.bands.iter().map(|band| &band.source);
        for Source { instrument, note, .. } in sources.into_iter().chain(bands).chain(points) {
            assert!(!instrument.trim().is_empty(), "{}", standard.id);
            assert!(note.as_ref().is_none_or(|note| !note.vi.is_empty() && !note.en.is_empty()));
        }
        assert!(standard.bands.iter().all(|band| band.source.confidence != Confidence::NotEstablished));
        assert_eq!(rules.allowances, Allowances::Counted, "{}", standard.id);
        assert_eq!(rules.own_use.confidence, Confidence::High, "{}", standard.id);
        assert_eq!(rules.newly_joined.confidence, Confidence::Medium, "{}", standard.id);
        let sure = rules.allowances_source.confidence;
        let to_2015 = matches!(&*standard.id, "2006" | "2011");
        assert_eq!(sure, if to_2015 { Confidence::Medium } else { Confidence::NotEstablished });
    }
    let of = |id| law::standard(id).unwrap();
    assert_eq!(of("2027").bands[0].source.confidence, Confidence::High);
    assert_eq!(of("2022").bands[1].source.confidence, Confidence::High);
    assert_eq!(of("2006").bands[1].source.confidence, Confidence::Medium);
    assert_eq!(of("2006").bands[1].source.article.as_deref(), Some("Điều 1, khoản 4"));
    assert!(of("2022").source.note.as_ref().unwrap().vi.contains("30/2025"));
    assert_eq!(
        of("2016").indicators.iter().find(|i| i.id == "toilet").unwrap().dimension_name.vi,
        "nước sạch và vệ sinh"
    );
}

/// Allowances count; where they decide, the other class is told and the household is counted as resting on it, until an
/// officer has decided.
#[test]
#[rustfmt::skip]
fn allowances_decide_nothing_in_silence() {
    for (what, wages, allowance, year, class, other) in [
        ("poor either way",               300_000, 100_000, 2011, Poor,     None),
        ("near-poor, or else poor",       390_000,  20_000, 2011, NearPoor, Some(Poor)),
        ("no allowance, nothing is open", 410_000,       0, 2011, NearPoor, None),
        ("above, or else near-poor",      250_000,  20_000, 2009, Above,    Some(NearPoor)),
        ("above, or else poor",           190_000,  80_000, 2007, Above,    Some(Poor)),
        ("average, or else above",      2_200_000, 100_000, 2024, Above,    Some(LowIncome)),
    ] {
        let fields = earning(wages, allowance);
        let found = assessed(&fields, year);
        assert_eq!((found.class, found.other_class), (Some(class), other), "{what}");
        let counted = |fields: &[(&str, Value)]| {
            Standing::of(&doc(fields), commune(), round(year)).unwrap().counts.get(Measure::OpenTreatment)
        };
        assert_eq!(counted(&fields), i64::from(other.is_some()), "{what}");
        for treatment in [Allowances::Counted, Allowances::NotCounted] {
            let decided = [fields.clone(), vec![("treatment", treatment.word().into())]].concat();
            let expected = if treatment == Allowances::Counted { class } else { other.unwrap_or(class) };
            let found = assessed(&decided, year);
            assert_eq!((found.class, found.other_class), (Some(expected), None), "{what}, {treatment:?}");
            assert_eq!(counted(&decided), 0, "{what}, {treatment:?}");
        }
    }
}

/// In round 2015 the opening result may rest on it while the round's own does not.
#[test]
fn both_results_of_a_round_are_looked_at() {
    let fields = earning(690_000, 50_000);
    let standing = Standing::of(&doc(&fields), commune(), round(2015)).unwrap();
    assert_eq!((standing.counts.get(Measure::Above), standing.counts.get(Measure::OpenTreatment)), (1, 0));
    let decided = [fields, vec![("deprivation_count", 0.into())]].concat();
    let standing = Standing::of(&doc(&decided), commune(), round(2015)).unwrap();
    assert_eq!(standing.counts.get(Measure::OpeningNearPoor), 1);
    assert_eq!(standing.counts.get(Measure::OpenTreatment), 1);
    assert_eq!(standing.counts.get(Measure::Estimated), 1);
}

/// Points decide from 2016 on, where both sums are there: TT 07/2021, Phụ lục III and IV.
#[test]
#[rustfmt::skip]
fn points_decide_where_both_are_there() {
    // Income of a year for one person, far over every line or without any.
    let (rich, none) = (100_000_000, 0);
    for (what, year, income, points, class, by_points) in [
        ("at both cut-offs",              2024, none, vec![("points/2022/b1", 140), ("points/2022/b2", 30)], Some(Poor), true),
        ("one indicator less",             2024, none, vec![("points/2022/b1", 140), ("points/2022/b2", 20)], Some(NearPoor), true),
        ("one point over, without income", 2024, none, vec![("points/2022/b1", 141), ("points/2022/b2", 30)], Some(LowIncome), true),
        ("one point over, rich",          2024, rich, vec![("points/2022/b1", 141), ("points/2022/b2", 120)], Some(Above), true),
        ("points say poor, income not",   2024, rich, vec![("points/2022/b1", 10), ("points/2022/b2", 40)], Some(Poor), true),
        ("only one sum",                  2024, rich, vec![("points/2022/b1", 10)],                          Some(Above), false),
        ("of another standard",           2024, rich, vec![("points/2016/b1", 10), ("points/2016/b2", 40)], Some(Above), false),
        ("2016 has no cut-offs",          2018, rich, vec![("points/2016/b1", 10), ("points/2016/b2", 40)], Some(Above), false),
    ] {
        let mut fields = vec![("member_count", Value::from(1)), ("income/a/source", "wages".into()), ("income/a/amount", income.into())];
        fields.extend(points.into_iter().map(|(path, n): (_, i64)| (path, Value::from(n))));
        let found = assessed(&fields, year);
        assert_eq!((found.class, found.by_points, found.is_estimated()), (class, by_points, !by_points), "{what}");
    }
    // Then income need not be known for the poor and the near-poor; for the two classes above it must.
    let points = |b1: i64| vec![("member_count", Value::from(2)), ("points/2022/b1", b1.into()), ("points/2022/b2", 40.into())];
    assert_eq!((assessed(&points(140), 2024).class, assessed(&points(140), 2024).missing), (Some(Poor), vec![]));
    assert_eq!((assessed(&points(141), 2024).class, assessed(&points(141), 2024).missing), (None, vec![Missing::Income]));
    // The officer's class of 2016 to 2020.
    let entered = [
        ("member_count", Value::from(2)),
        ("points/2016/b1", 130.into()),
        ("points/2016/b2", 20.into()),
        ("points/2016/class", "near_poor".into()),
    ];
    assert_eq!(assessed(&[&entered[..1], &entered[3..]].concat(), 2018).class, Some(NearPoor));
    let found = assessed(&entered, 2018);
    assert_eq!((found.class, found.by_points), (Some(NearPoor), true));
    // Round 2021 has both.
    let both = [entered.to_vec(), points(140)].concat();
    assert_eq!(assessed(&both, 2021).class, Some(NearPoor));
    let opening = assess_opening(&Household::read(&doc(&both)), commune(), round(2021)).unwrap();
    assert_eq!((opening.class, opening.by_points), (Some(Poor), true));
}

/// What is carried over is confirmed first, whatever points there are.
#[test]
fn points_do_not_confirm_what_was_carried_over() {
    let fields = [
        ("member_count", Value::from(2)),
        ("carried/members", true.into()),
        ("points/2022/b1", 100.into()),
        ("points/2022/b2", 40.into()),
    ];
    assert_eq!(assessed(&fields, 2024).class, None);
}

/// The communes of 2011 ended on 30/6/2025: the first round after it asks where the household lives.
#[test]
fn later_rounds_ask_rural_or_urban() {
    assert_eq!(soho_shared::area::LAST_DAY, date(2025, 6, 30));
    let said = |residence: &str| [earning(1_700_000, 0), vec![("residence", residence.into())]].concat();
    for year in [2022, 2024] {
        assert!(tree_covers(year.try_into().unwrap()));
        assert_eq!(assessed(&earning(1_700_000, 0), year).class, Some(LowIncome));
        assert_eq!(assessed(&said("urban"), year).residence, Some(Residence::Rural), "the commune tells");
    }
    for year in [2025, 2026, 2027] {
        let found = assessed(&earning(1_700_000, 0), year);
        assert_eq!((found.class, found.missing), (None, vec![Missing::Residence]), "{year}");
    }
    assert_eq!(assessed(&said("rural"), 2026).class, Some(LowIncome));
    assert_eq!(assessed(&said("urban"), 2026).missing, [Missing::Deprivations]);
}

/// Indicators are counted of the poor and of the near-poor, by the standard of the round's last word.
#[test]
fn lacking_indicators_are_counted() {
    let lacking = |year: u16, ids: &[&'static str]| {
        let mut fields = earning(1_000_000, 0);
        let paths: Vec<String> = ids.iter().map(|id| format!("deprivations/{id}")).collect();
        fields.extend(
            paths
                .iter()
                .map(|path| (path.as_str(), Value::from(true)))
                .map(|(p, v)| (&*p.to_owned().leak(), v)),
        );
        Standing::of(&doc(&fields), commune(), round(year)).unwrap().counts
    };
    let poor = lacking(2024, &["water", "toilet", "employment"]);
    assert_eq!((poor.get(Measure::Poor), poor.get(Measure::PoorLackWater)), (1, 1));
    assert_eq!((poor.get(Measure::PoorLackEmployment), poor.get(Measure::PoorLackNutrition)), (1, 0));
    assert_eq!(poor.get(Measure::NearPoorLackWater), 0);
    // 2021: near-poor or poor by 2016 is not the last word; by 2022 three lacking indicators make it poor.
    let opening = lacking(2021, &["water", "toilet", "nutrition"]);
    assert_eq!((opening.get(Measure::OpeningPoor), opening.get(Measure::PoorLackNutrition)), (1, 1));
}

/// What the house ate and used counts, costs each time are times as many, and costs of the whole year are added as they were.
#[test]
#[rustfmt::skip]
fn an_income_line_is_summed_as_people_tell_it() {
    for (what, fields, net) in [
        ("two seasons of 9 million, costs of 2,5 each", vec![("amount", 9_000_000), ("times", 2), ("costs_each", 2_500_000)], 13_000_000),
        ("costs of the year, as earlier versions wrote", vec![("amount", 9_000_000), ("times", 2), ("costs", 2_500_000)], 15_500_000),
        ("both kinds of costs",                          vec![("amount", 9_000_000), ("times", 2), ("costs", 1_000_000), ("costs_each", 2_500_000)], 12_000_000),
        ("what the house ate",                           vec![("amount", 9_000_000), ("times", 2), ("own_use_each", 1_500_000)], 21_000_000),
        ("all of it was eaten",                          vec![("own_use_each", 1_500_000), ("times", 3), ("costs_each", 500_000)], 3_000_000),
        ("once, where nothing is said",                  vec![("amount", 9_000_000), ("costs_each", 10_000_000)], -1_000_000),
    ] {
        let paths: Vec<String> = fields.iter().map(|(name, _)| format!("income/a/{name}")).collect();
        let mut all = vec![("member_count", Value::from(1)), ("income/a/source", "crops".into())];
        all.extend(paths.iter().zip(&fields).map(|(path, (_, n))| (path.as_str(), Value::from(*n))));
        let found = assessed(&all, 2012);
        assert_eq!(found.facts.unwrap().annual_net.get(), net, "{what}");
    }
}

/// Who was born, married in or came back for good within the year counts, however few months they were there.
#[test]
fn the_newly_joined_count() {
    for (joined, members) in
        [(None, 1), (Some("born"), 2), (Some("married_in"), 2), (Some("came_back"), 2), (Some("visiting"), 1)]
    {
        let mut fields =
            vec![("members/a/name", Value::from("Lê Văn An")), ("members/b/months_present", 2.into())];
        fields.extend(joined.map(|joined| ("members/b/joined", joined.into())));
        let household = Household::read(&doc(&fields));
        assert_eq!(household.counted_members().unwrap().get(), members, "{joined:?}");
    }
}

/// The head is the member who is marked; without one, what earlier versions wrote of the head.
#[test]
fn the_head_is_a_member_or_as_earlier_versions_wrote() {
    let old = [
        ("head/name", Value::from("Lê Thị Út")),
        ("head/birth_year", 1950.into()),
        ("member_count", 3.into()),
    ];
    let read = |fields: &[(&str, Value)]| Household::read(&doc(fields));
    assert_eq!(read(&old).head_name.as_deref(), Some("Lê Thị Út"));
    let listed = [
        ("members/a/name", Value::from("Lê Thị Út")),
        ("members/a/head", true.into()),
        ("members/a/birth_date", "1951-02-03".into()),
        ("members/a/birth_year", 1950.into()),
        ("members/a/ethnicity", " KINH".into()),
    ];
    let both = read(&[&old[..], &listed[..]].concat());
    assert_eq!(
        (both.head_name.as_deref(), both.head_birth_year, both.head_ethnic_minority),
        (Some("Lê Thị Út"), Some(1951), false)
    );
    assert_eq!(
        both.counted_members().unwrap().get(),
        3,
        "the head alone on the list does not replace the number stated"
    );
    let two = [&old[..], &listed[..], &[("members/b/name", Value::from("Lê Văn Ba"))]].concat();
    assert_eq!(read(&two).counted_members().unwrap().get(), 2);
    let khmer = [&listed[..4], &[("members/a/ethnicity", Value::from("Khmer"))]].concat();
    assert!(read(&khmer).head_ethnic_minority);
}

/// A tablet with version 0.1 knows the head apart from the members. What it writes after somebody with this version has listed
/// the head is the head's all the same, until a later edit.
#[test]
fn an_earlier_tablet_s_later_word_of_the_head_stands() {
    let sent: PushRequest = serde_json::from_str(SENT_BY_EARLIER).unwrap();
    let earlier = &sent.operations[0];
    assert_eq!(earlier.changes[0].field.as_str(), "head/name");
    let at = |millis: u64, actor| Stamp::new(millis, 0, Actor(actor)).unwrap();
    let before = earlier.stamp.millis() - 30_000;
    let mut doc = Doc::default();
    let set = |doc: &mut Doc, stamp: Stamp, fields: &[(&str, Value)]| {
        for (path, value) in fields {
            let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: doc.seen(path) };
            doc.write(stamp, &change);
        }
    };
    set(&mut doc, at(before - 1_000, 1), &[("head/name", "Lê Văn Năm".into()), ("head/sex", "male".into())]);
    let listed = [
        ("members/head/head", Value::from(true)),
        ("members/head/name", "Lê Văn Năm".into()),
        ("members/head/sex", "female".into()),
        ("members/head/birth_date", "1950-02-03".into()),
        ("members/head/ethnicity", "Khmer".into()),
    ];
    set(&mut doc, at(before, 2), &listed);
    let head = |doc: &Doc| {
        let household = Household::read(doc);
        assert_eq!(household.head_name, household.members["head"].name, "one person");
        household
    };
    assert_eq!(head(&doc).head_name.as_deref(), Some("Lê Văn Năm"));
    // The earlier word of the sex, written before the head was listed, is not read.
    assert_eq!((head(&doc).head_sex, overruled(&doc, "head")), (Some(Sex::Female), vec![]));

    for change in &earlier.changes {
        doc.write(earlier.stamp, change);
    }
    let found = head(&doc);
    assert_eq!((found.head_name.as_deref(), overruled(&doc, "head")), (Some("Lê Văn Sáu"), vec!["name"]));
    assert_eq!(found.members["head"].value("name"), "Lê Văn Sáu".into());
    let after = earlier.stamp.millis();
    set(
        &mut doc,
        at(after + 1, 3),
        &[("head/birth_year", 1950.into()), ("head/ethnic_minority", true.into())],
    );
    assert_eq!(head(&doc).members["head"].birth_date.as_deref(), Some("1950-02-03"), "the same year");
    assert_eq!(head(&doc).members["head"].ethnicity.as_deref(), Some("Khmer"), "a minority");
    set(
        &mut doc,
        at(after + 2, 3),
        &[("head/birth_year", 1962.into()), ("head/ethnic_minority", false.into())],
    );
    let changed = head(&doc);
    assert_eq!((changed.head_birth_year, &changed.members["head"].birth_date), (Some(1962), &None));
    assert!(!changed.head_ethnic_minority && changed.members["head"].ethnicity.is_none());

    // The last word is that of whoever has this version.
    set(&mut doc, at(after + 9, 2), &[("members/head/name", "Lê Văn Bảy".into())]);
    assert_eq!(
        (head(&doc).head_name.as_deref(), head(&doc).head_birth_year),
        (Some("Lê Văn Bảy"), Some(1962))
    );

    // Of somebody else who became the head since, it said nothing.
    let other = [
        ("members/head/head", Value::from(false)),
        ("members/b/head", true.into()),
        ("members/b/birth_year", 1970.into()),
    ];
    set(&mut doc, at(after + 10, 2), &other);
    let household = Household::read(&doc);
    assert_eq!((household.head_name, household.head_birth_year), (None, Some(1970)));
}

/// Where both versions know all that a class follows from, a tablet with version 0.1 shows the same; else the record says
/// that this version decided.
#[test]
#[rustfmt::skip]
fn a_record_says_which_version_decided() {
    let text = |path: &'static str, word: &str| (path, Value::from(word));
    let int = |path: &'static str, n: i64| (path, Value::from(n));
    let yes = |path: &'static str| (path, Value::from(true));
    // One person, rural, whose lines in 2012 are 400, 520 and 600 thousand a month: 4,8, 6,24 and 7,2 million a year.
    let one = |thousand: i64| vec![int("member_count", 1), text("income/a/source", "crops"), int("income/a/amount", thousand * 1_000)];
    for (what, year, fields, class, earlier) in [
        ("all is known to both", 2012, one(5_000), NearPoor, None),
        ("costs of all 12 months, too", 2012, [one(5_000), vec![int("income/a/costs", 1_000_000)]].concat(), Poor, None),
        ("costs each time", 2012, [one(5_000), vec![int("income/a/costs_each", 1_000_000)]].concat(), Poor, Some(Some(NearPoor))),
        ("costs each time that decide nothing", 2012, [one(5_000), vec![int("income/a/costs_each", 1_000)]].concat(), NearPoor, None),
        ("what the house ate", 2012, [one(4_000), vec![int("income/a/own_use_each", 1_000_000)]].concat(), NearPoor, Some(Some(Poor))),
        ("allowances", 2012, [one(4_700), vec![text("income/b/source", "social_allowance"), int("income/b/amount", 300_000)]].concat(), NearPoor, Some(Some(Poor))),
        ("the head alone on the list", 2012, [one(9_000), vec![int("member_count", 2), yes("members/a/head"), text("members/a/name", "A")]].concat(), Poor, Some(Some(Above))),
        ("a newly born", 2012, [one(9_000), vec![text("members/a/name", "A"), int("members/b/months_present", 2), text("members/b/joined", "born")]].concat(), Poor, Some(Some(Above))),
        ("near-poor of 2008", 2008, one(2_500), NearPoor, Some(Some(Above))),
        ("no near-poor in 2007", 2007, one(2_500), Above, None),
        ("points", 2024, [one(90_000), vec![int("points/2022/b1", 100), int("points/2022/b2", 40)]].concat(), Poor, Some(Some(Above))),
        ("what earlier is asked", 2024, [one(9_000), vec![int("floor_area_dm2", 700), yes("deprivations/water"), yes("deprivations/toilet")]].concat(), Poor, Some(None)),
        ("whole square metres", 2024, [one(9_000), vec![int("floor_area", 7), yes("deprivations/water"), yes("deprivations/toilet")]].concat(), Poor, None),
        ("the commune of later rounds", 2026, [one(20_000), vec![text("residence", "rural")]].concat(), LowIncome, None),
        ("a town of later rounds", 2026, [one(33_000), vec![text("residence", "urban")]].concat(), LowIncome, Some(Some(Above))),
    ] {
        let doc = doc(&fields);
        let found = assess(&Household::read(&doc), commune(), round(year)).unwrap();
        assert_eq!(found.class, Some(class), "{what}");
        let decided = decided_by(found.class, &doc, commune(), round(year));
        assert_eq!(decided.map(|decided| decided.earlier_class), earlier, "{what}");
        assert!(decided.is_none_or(|decided| (decided.version, decided.earlier) == ("0.2", "0.1")));
    }
    // Where nothing is decided there is nothing to say.
    let open = doc(&[one(5_000), vec![yes("carried/members")]].concat());
    let found = assess(&Household::read(&open), commune(), round(2012)).unwrap();
    assert_eq!((found.class, decided_by(found.class, &open, commune(), round(2012))), (None, None));
}

#[test]
fn a_floor_measured_finely_wins() {
    let floor = |fields: &[(&str, Value)]| Household::read(&doc(fields)).floor_dm2;
    assert_eq!(floor(&[("floor_area", 32.into())]), Some(3_200));
    assert_eq!(floor(&[("floor_area_dm2", 3_250.into()), ("floor_area", 40.into())]), Some(3_250));
    assert_eq!(floor(&[("floor_area_dm2", Value::Null), ("floor_area", 40.into())]), Some(4_000));
    // 32,5 m² for four people is over 8 m² each; 31,9 is under it.
    let lacks = |dm2: i64| {
        let fields = [
            ("member_count", Value::from(4)),
            ("floor_area_dm2", dm2.into()),
            ("no_income", true.into()),
            ("deprivations/water", true.into()),
            ("deprivations/toilet", true.into()),
        ];
        assessed(&fields, 2024).class
    };
    assert_eq!((lacks(3_190), lacks(3_200)), (Some(Poor), None));
}
