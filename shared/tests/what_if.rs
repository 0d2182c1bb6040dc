//! What-if columns are read back as they were written, cause no panic on other bytes, and are counted as the rule
//! decides household by household.

#![allow(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use soho_shared::area::{self, AreaCode, Residence};
use soho_shared::classify::{Facts, Members, classify};
use soho_shared::columns::Kernel;
use soho_shared::law::standard_for_round;
use soho_shared::money::Vnd;
use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};
use soho_shared::report::By;
use soho_shared::standard::Class;
use soho_shared::what_if::{self, Households, Lines, Part, WireError};

/// A record: number of members, income, number of lacking indicators; `None` is not known.
type Row = (Option<u8>, Option<i64>, Option<u8>);

fn doc(row: &Row) -> Doc {
    let (members, income, lacking) = *row;
    let mut doc = Doc::default();
    let stamp = Stamp::new(1_300_000_000_000, 0, Actor(1)).unwrap();
    let mut set = |field: &str, value: Value| {
        doc.write(stamp, &Change { field: field.parse().unwrap(), value, seen: Vec::new() });
    };
    set("hamlet", Value::Int(1));
    if let Some(members) = members {
        set("member_count", Value::Int(members.into()));
    }
    if let Some(income) = income {
        set("income/a/source", "crops".into());
        set("income/a/amount", Value::Int(income.max(0)));
        set("income/a/costs", Value::Int((-income).max(0)));
    }
    if let Some(lacking) = lacking {
        set("deprivation_count", Value::Int(lacking.into()));
    }
    doc
}

fn round(year: u16) -> Round {
    Round::new(year).unwrap()
}

fn join(year: u16, communes: &[(usize, Vec<Row>)]) -> Households {
    let parts = communes.iter().map(|(at, rows)| {
        let mut part = Part::new(area::communes()[*at].code, round(year));
        rows.iter().for_each(|row| part.add(&doc(row)));
        part
    });
    Households::join(round(year), parts)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let near_a_line = prop_oneof![Just(4_800_000), Just(6_240_000), Just(7_800_000), Just(9_000_000)];
    let income = prop_oneof![
        8 => -1_000_000..60_000_000i64,
        4 => (0..6_000i64).prop_map(|thousands| thousands * 10_000),
        4 => (near_a_line, 1..9i64, -1..=1i64).prop_map(|(line, times, off)| line * times + off),
        1 => Vnd::MIN.get()..=Vnd::MAX.get(),
    ];
    let row = (
        prop::option::weighted(0.95, 1..=9u8),
        prop::option::weighted(0.95, income),
        prop::option::of(0..=12u8),
    );
    prop::collection::vec(row, 0..120)
}

fn communes() -> impl Strategy<Value = Vec<(usize, Vec<Row>)>> {
    let last = area::communes().len();
    prop::collection::btree_map(0..last, rows(), 0..5).prop_map(|map| map.into_iter().collect())
}

/// Years whose standard is of income alone, and years whose standard counts indicators.
fn year() -> impl Strategy<Value = u16> {
    prop_oneof![Just(2010), Just(2015), Just(2016), Just(2024)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn read_back_as_written(year in year(), communes in communes()) {
        let households = join(year, &communes);
        let bytes = households.to_bytes();
        prop_assert_eq!(Households::from_bytes(&bytes), Ok(households));
        for end in 0..bytes.len() {
            prop_assert!(Households::from_bytes(&bytes[..end]).is_err(), "{} of {}", end, bytes.len());
        }
        prop_assert_eq!(Households::from_bytes(&[&bytes[..], b"x"].concat()), Err(WireError::Long));
    }

    #[test]
    fn no_bytes_make_it_panic(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Households::from_bytes(&noise);
        let _ = Households::from_bytes(&[b"SHWI\x01", &noise[..]].concat());
        let _ = Households::from_bytes(&[b"SHWI\x01\xda\x0f\x02", &noise[..]].concat());
    }

    #[test]
    fn no_damage_makes_it_panic(communes in communes(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = join(2010, &communes).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Most damage is detected; what is not reads as another household, never as an impossible value.
        if let Ok(read) = Households::from_bytes(&bytes) {
            let kernel = Kernel::new(standard_for_round(2010).unwrap()).unwrap();
            if read.round() == round(2010) {
                prop_assert!(read.count(&kernel, &mut Vec::new()).is_ok());
            }
        }
    }

    /// Under any lines the counts are those that the rule gives household by household.
    #[test]
    fn counts_are_the_rule_s(
        year in year(),
        communes in communes(),
        moves in prop::collection::vec((any::<bool>(), any::<bool>(), 0..4_000_000i64), 0..4),
    ) {
        let base = standard_for_round(year.cast_signed()).unwrap();
        let mut lines = Lines::of(base);
        for (poor, rural, line) in moves {
            let class = if poor { Class::Poor } else { Class::NearPoor };
            let residence = if rural { Residence::Rural } else { Residence::Urban };
            lines = lines.with(class, residence, Vnd::new(line).unwrap(), Lines::most(base));
        }
        let chosen = lines.standard(base);
        let households = join(year, &communes);
        let counts = households.count(&Kernel::new(&chosen).unwrap(), &mut vec![7; 3]).unwrap();
        let mut decided = 0;
        prop_assert_eq!(counts.len(), communes.len());
        for ((at, rows), count) in communes.iter().zip(&counts) {
            let commune = &area::communes()[*at];
            let (mut classes, mut persons, mut all) = ([0; 4], [0; 4], (0, 0));
            for (members, income, lacking) in rows {
                all.0 += 1;
                all.1 += i64::from(members.unwrap_or(0));
                let (Some(members), Some(net)) = (members, income) else { continue };
                if base.is_multidimensional() && lacking.is_none() {
                    continue;
                }
                let facts = Facts {
                    residence: commune.residence(),
                    members: Members::new(i64::from(*members)).unwrap(),
                    annual_net: Vnd::new(*net).unwrap(),
                    deprivations: *lacking,
                };
                let class = classify(&chosen, &facts).unwrap();
                classes[class.index()] += 1;
                persons[class.index()] += i64::from(*members);
                decided += 1;
            }
            prop_assert_eq!(count.commune, commune.code);
            prop_assert_eq!((Class::ALL.map(|class| count.tally.class(class)), count.persons), (classes, persons));
            prop_assert_eq!((count.tally.households(), count.tally.persons()), all);
        }
        prop_assert_eq!(households.len(), decided);
    }
}

#[test]
fn tables_are_made_like_the_register_s() {
    // Xã An Đức and Xã An Bình Tây, both of Huyện Ba Tri.
    let at = |code: &str| area::communes().iter().position(|c| c.code.to_string() == code).unwrap();
    let poor = (Some(2), Some(2 * 4_800_000), None);
    let near = (Some(1), Some(4_800_001), None);
    let communes = [(at("29173"), vec![poor, poor, near, (None, None, None)]), (at("29167"), vec![near])];
    let households = join(2010, &communes);
    let base = standard_for_round(2010).unwrap();
    let count = |lines: Lines| {
        let kernel = Kernel::new(&lines.standard(base)).unwrap();
        households.count(&kernel, &mut Vec::new()).unwrap()
    };
    let area: AreaCode = "836".parse().unwrap();
    let table = |lines| {
        let table = what_if::figures(&count(lines), area, round(2010), By::Commune).unwrap();
        let row = |code: &str| {
            let row = table.rows.iter().find(|row| row.code == code).unwrap();
            (row.households, row.poor, row.poor_percent.map(|p| p.to_string()), row.near_poor, row.undecided)
        };
        (row("29173"), row("29167"), table.total.poor)
    };
    let own = Lines::of(base);
    let fifty = Some("50.00".to_owned());
    let none = Some("0.00".to_owned());
    assert_eq!(table(own), ((4, 2, fifty, 1, 1), (1, 0, none, 1, 0), 2));
    let up = own.with(Class::Poor, Residence::Rural, Vnd::new(401_000).unwrap(), Lines::most(base));
    let (three, all) = (Some("75.00".to_owned()), Some("100.00".to_owned()));
    assert_eq!(table(up), ((4, 3, three, 0, 1), (1, 1, all, 0, 0), 4));
    assert!(what_if::figures(&count(own), area, round(2010), By::Hamlet).is_err());
}

#[test]
fn in_rounds_of_other_communes_a_household_lives_where_it_says() {
    // Xã An Đức was rural.
    let commune = "29173".parse().unwrap();
    for (year, says, lives) in [
        (2024, None, Some(Residence::Rural)),
        (2024, Some("urban"), Some(Residence::Rural)),
        (2026, Some("urban"), Some(Residence::Urban)),
        (2026, None, None),
    ] {
        let mut doc = doc(&(Some(4), Some(60_000_000), Some(2)));
        let stamp = Stamp::new(1_300_000_000_001, 0, Actor(1)).unwrap();
        let residence = says.map(|word: &str| Change {
            field: "residence".parse().unwrap(),
            value: word.into(),
            seen: Vec::new(),
        });
        if let Some(change) = residence {
            doc.write(stamp, &change);
        }
        let mut part = Part::new(commune, round(year));
        part.add(&doc);
        let households = Households::join(round(year), [part]);
        assert_eq!(households.columns().residence.first().copied(), lives, "{year} {says:?}");
    }
}
