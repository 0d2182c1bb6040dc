//! A household of which one field after the other is read anew is what reading the whole record gives.

#![allow(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use proptest::sample::select;
use soho_shared::household::Household;
use soho_shared::record::{Actor, Change, Doc, Stamp, Value};

/// Paths of every kind, some of items that lie beside one another in the order of paths, and some that no version knows.
const PATHS: [&str; 46] = [
    "hamlet",
    "residence",
    "address",
    "note",
    "member_count",
    "no_income",
    "deprivation_count",
    "floor_area",
    "floor_area_dm2",
    "treatment",
    "main_cause",
    "groups/merit",
    "carried/head",
    "carried/members",
    "carried/other",
    "moved_to",
    "dissolved",
    "removed",
    "duplicate",
    "head/name",
    "head/birth_year",
    "head/sex",
    "head/ethnic_minority",
    "head/identity_number",
    "head/of_a_later_version",
    "members",
    "members/a/head",
    "members/a/name",
    "members/a/birth_year",
    "members/a/birth_date",
    "members/a/ethnicity",
    "members/a/removed",
    "members/a/x/y",
    "members/a_b/name",
    "members/b/head",
    "members/b/sex",
    "members/b/occupation",
    "income/k/source",
    "income/k/amount",
    "income/k/removed",
    "income/k/of_a_later_version",
    "deprivations/water",
    "deprivations/toilet/x",
    "points/2016/class",
    "points/2022/b1",
    "points/2022/b1/x",
];

fn value() -> impl Strategy<Value = Value> {
    let words = ["Lê Thị Út", "1950-03-01", "Khmer", "Kinh", "female", "studying", "wages", "rural", "poor"];
    let more = ["lack_of_means", "allowances_counted"];
    prop_oneof![
        2 => Just(Value::Null),
        3 => any::<bool>().prop_map(Value::Bool),
        3 => prop_oneof![0_i64..12, 1_950_i64..1_953, Just(-1), Just(i64::MAX)].prop_map(Value::Int),
        4 => select([&words[..], &more].concat()).prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn one_field_after_the_other_is_the_whole(
        writes in prop::collection::vec((0..60_u64, 1..4_u64, select(PATHS.to_vec()), value()), 1..80),
        gone in prop::collection::vec(select(PATHS.to_vec()), 0..8),
    ) {
        let mut doc = Doc::default();
        let mut household = Household::read(&doc);
        for (millis, actor, path, value) in writes {
            let seen = doc.seen(path);
            let stamp = Stamp::new(millis, 0, Actor(actor)).unwrap();
            doc.write(stamp, &Change { field: path.parse().unwrap(), value, seen });
            household.reread(&doc, path);
            prop_assert_eq!(&household, &Household::read(&doc), "{}", path);
            // The head alone, as lists need it.
            let head = Household::read_head(&doc);
            prop_assert_eq!((&head.head_name, &head.members), (&household.head_name, &household.members));
        }
        // An edit that is taken back leaves nothing behind.
        for path in gone {
            doc = doc.without(|field| field.as_str() == path);
            household.reread(&doc, path);
            prop_assert_eq!(&household, &Household::read(&doc), "without {}", path);
        }
    }
}
