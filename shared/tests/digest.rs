//! The rule's version is raised when the rule decides otherwise: what 10.000 fixed records add is compared with a sum.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use soho_shared::area;
use soho_shared::count::Standing;
use soho_shared::course::{Records, Said, contributions};
use soho_shared::duplicate::Joined;
use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};
use uuid::Uuid;

/// Sum over what the records add. Where it changes, the rule decides otherwise than it did: raise `RULE` in
/// `shared/src/law.rs`, or find out why not, and put the new sum here. Where only a law file has changed, `RULE` stays.
const SUM: u64 = 10_267_497_709_043_106_367;

/// SplitMix64: the same numbers everywhere, for ever.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.next(of.len() as u64)).unwrap()]
    }
}

/// A record of a household that may say much or little, with incomes around all lines.
fn record(numbers: &mut Numbers) -> Doc {
    let mut doc = Doc::default();
    let mut at = 0;
    let mut set = |field: &str, value: Value| {
        at += 1;
        let stamp = Stamp::new(1_285_891_200_000 + at, 0, Actor(1)).unwrap();
        let change = Change { field: field.parse().unwrap(), value, seen: Vec::new() };
        doc.write_at(stamp, stamp.millis(), &change);
    };
    let int = |n: u64| Value::from(i64::try_from(n).unwrap());
    if numbers.next(10) > 0 {
        set("hamlet", int(numbers.next(9) + 1));
    }
    if numbers.next(8) > 0 {
        set("member_count", int(numbers.next(8) + 1));
    }
    for member in 0..numbers.next(4) {
        set(&format!("members/{member}/birth_year"), int(1930 + numbers.next(85)));
        set(&format!("members/{member}/insured"), Value::from(numbers.next(2) == 0));
    }
    for line in 0..numbers.next(3) {
        set(
            &format!("income/{line}/source"),
            Value::from(numbers.pick(&["wages", "crops", "trade", "salt"])),
        );
        // Up to 24 million a month, most of them small.
        let million = numbers.pick(&[2, 5, 10, 20, 60, 290]);
        set(&format!("income/{line}/amount"), int(numbers.next(million * 1_000) * 1_000));
    }
    if numbers.next(6) == 0 {
        set("no_income", Value::from(true));
    }
    if numbers.next(2) == 0 {
        set("deprivation_count", int(numbers.next(8)));
    }
    if numbers.next(2) == 0 {
        set("floor_area", int(numbers.next(120)));
    }
    for indicator in
        ["employment", "nutrition", "water", "toilet", "telecom", "housing_quality", "child_schooling"]
    {
        if numbers.next(3) == 0 {
            set(&format!("deprivations/{indicator}"), Value::from(numbers.next(2) == 0));
        }
    }
    if numbers.next(2) == 0 {
        let cause = numbers.pick(&["lack_of_means", "lack_of_labour", "lack_of_know_how", "other"]);
        set("main_cause", Value::from(cause));
    }
    if numbers.next(12) == 0 {
        set("duplicate", Value::from(true));
        if numbers.next(2) == 0 {
            let commune = numbers.pick(&["29173", "28757"]);
            set("same_as", Value::from(format!("{commune}-{:032x}", numbers.next(9)).as_str()));
        }
    }
    match numbers.next(30) {
        0 => set("moved_to", Value::from("Cần Thơ")),
        1 => set("moved_from", Value::from("Cần Thơ")),
        2 => set("split_from", Value::from(format!("29173-{:032x}", 7).as_str())),
        3 => set("dissolved", Value::from(true)),
        _ => {}
    }
    set("head/sex", Value::from(numbers.pick(&["female", "male"])));
    for group in ["head/ethnic_minority", "groups/merit", "groups/social_protection"] {
        set(group, Value::from(numbers.next(5) == 0));
    }
    if numbers.next(40) == 0 {
        set("removed", Value::from(true));
    }
    if numbers.next(3) == 0 {
        set("income/s/source", Value::from("social_allowance"));
        set("income/s/amount", int(numbers.next(4_000) * 1_000));
        set("income/s/costs_each", int(numbers.next(300) * 1_000));
    }
    if numbers.next(8) == 0 {
        let word = numbers.pick(&["allowances_counted", "allowances_not_counted"]);
        set("treatment", Value::from(word));
    }
    for year in ["2016", "2022"] {
        if numbers.next(4) == 0 {
            set(&format!("points/{year}/b1"), int(numbers.next(300)));
            set(&format!("points/{year}/b2"), int(numbers.next(7) * 10));
        }
    }
    if numbers.next(8) == 0 {
        set("points/2016/class", Value::from(numbers.pick(&["poor", "near_poor", "low_income", "above"])));
    }
    set("residence", Value::from(numbers.pick(&["rural", "urban"])));
    if numbers.next(2) == 0 {
        set("floor_area_dm2", int(numbers.next(12_000)));
    }
    if numbers.next(3) == 0 {
        set("members/9/head", Value::from(true));
        set("members/9/months_present", int(numbers.next(13)));
        set("members/9/joined", Value::from(numbers.pick(&["born", "came_back", ""])));
        set("members/9/ethnicity", Value::from(numbers.pick(&["Kinh", "Khmer", "Hoa"])));
    }
    doc
}

#[test]
fn the_rule_decides_as_its_version_did() {
    let mut numbers = Numbers(2011);
    let communes: Vec<_> = area::communes().iter().map(|commune| commune.code).collect();
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    let (mut decided, mut none) = ([0; 4], 0);
    let mut add = |bytes: Vec<u8>| {
        for byte in bytes {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    // Households of four records each, in rounds that may follow one another.
    for household in 0..2_500u128 {
        let (commune, first) = (numbers.pick(&communes), 2006 + numbers.next(18));
        let mut course = BTreeMap::new();
        for _ in 0..4 {
            let round = Round::new(u16::try_from(first + numbers.next(7)).unwrap()).unwrap();
            let standing = Standing::of(&record(&mut numbers), commune, round);
            match standing.as_ref().map(Standing::class) {
                Some(Some(class)) => decided[class.index()] += 1,
                _ => none += 1,
            }
            add(postcard::to_stdvec(&standing).unwrap());
            course.extend(standing.map(|standing| ((round, Uuid::from_u128(household)), standing)));
        }
        let said: Records = course.iter().map(|(at, standing)| (*at, Said::Open(standing))).collect();
        let adds = contributions(&said, &Joined::default(), None);
        add(postcard::to_stdvec(&adds.values().collect::<Vec<_>>()).unwrap());
    }
    assert!(
        decided.iter().all(|count| *count > 200) && none > 200,
        "{decided:?}, {none} undecided: too one-sided"
    );
    assert_eq!(sum, SUM, "the rule decides otherwise than before: raise `RULE` in shared/src/law.rs");
}
