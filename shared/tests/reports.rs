//! Every report as a table: what its columns say of their cells is true, whatever has been counted.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use rust_decimal::Decimal;
use soho_shared::area::{self, AreaCode, Residence};
use soho_shared::classify::Members;
use soho_shared::count::{Book, Listed, Measure, Period, Tally};
use soho_shared::money::Vnd;
use soho_shared::record::Round;
use soho_shared::report::{
    self, Asked, By, Cell, Column, Derived, Incomes, Kind, Line, LineKind, ReportKind, Table,
};

/// Rounds with and without two results, with and without indicators, with months.
const ROUNDS: [u16; 6] = [2010, 2011, 2015, 2016, 2022, 2023];
/// Province, district, rural and urban commune.
const AREAS: [&str; 4] = ["83", "836", "29173", "28756"];
/// Communes that have anything; the first two are those of [`AREAS`].
const COMMUNES: [&str; 5] = ["29173", "28756", "29176", "28757", "29224"];

fn round(year: u16) -> Round {
    Round::new(year).unwrap()
}

/// One number after another from a seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 2).unwrap() % below
    }
}

/// Counts of every measure, each of them 0 now and then: more than any register could hold together.
fn tally(numbers: &mut Numbers) -> Tally {
    Measure::ALL.into_iter().fold(Tally::default(), |tally, measure| {
        let many = if measure == Measure::Households { 900 } else { 90 };
        let count = if numbers.next(4) == 0 { 0 } else { numbers.next(many) };
        tally.with(measure, count)
    })
}

fn book(seed: u64) -> Book {
    let (mut book, mut numbers) = (Book::default(), Numbers(seed));
    for commune in COMMUNES {
        let commune = commune.parse().unwrap();
        for year in ROUNDS {
            for hamlet in 0..3 {
                if numbers.next(5) == 0 {
                    continue;
                }
                book.add(round(year).into(), commune, hamlet, &tally(&mut numbers));
                let month = u8::try_from(1 + numbers.next(12)).unwrap();
                let period = Period::of_month(round(year), month).unwrap();
                book.add(period, commune, hamlet, &tally(&mut numbers));
            }
        }
    }
    book
}

fn incomes(seed: u64, of: Round) -> Incomes {
    let (mut incomes, mut numbers) = (Incomes::new(of), Numbers(seed));
    for commune in COMMUNES {
        let code = commune.parse().unwrap();
        let residence = area::commune(code).unwrap().residence();
        for _ in 0..numbers.next(40) {
            let members = Members::new(1 + numbers.next(9)).unwrap();
            let net = Vnd::new(numbers.next(120_000_000) - 5_000_000).unwrap();
            incomes.add(code, residence, members, net);
        }
        incomes.leave_out(code, numbers.next(9));
    }
    incomes
}

/// Every way to ask for any report.
fn questions() -> Vec<Asked> {
    let mut all = Vec::new();
    for kind in ReportKind::ALL {
        let classes = if kind.has_class() { &Listed::ALL[..] } else { &Listed::ALL[..1] };
        for area in AREAS {
            let area: AreaCode = area.parse().unwrap();
            let rows: Vec<Option<By>> = kind.rows(area).iter().copied().map(Some).chain([None]).collect();
            for by in rows {
                for &listed in classes {
                    all.extend(ROUNDS.map(|year| Asked { kind, area, round: round(year), by, listed }));
                }
            }
        }
    }
    all.into_iter().filter(|asked| asked.misfit().is_none()).collect()
}

/// A whole number in a cell; nothing counts as 0 in a sum.
fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Count(n) | Cell::Dong(n) => Some(*n),
        _ => None,
    }
}

fn is_of_kind(kind: Kind, cell: &Cell) -> bool {
    match cell {
        Cell::Empty => kind != Kind::Percent,
        Cell::Text(_) => matches!(kind, Kind::Text | Kind::Number),
        Cell::Count(_) => matches!(kind, Kind::Count | Kind::Number),
        Cell::Percent(_) => kind == Kind::Percent,
        Cell::Dong(_) => kind == Kind::Dong,
        Cell::Date(_) => kind == Kind::Date,
    }
}

/// `ROUND(part / of, 4)` of a spreadsheet, in percent. Parts and wholes are not negative there.
fn rounded(part: i64, of: i64) -> Decimal {
    let (part, of) = (i128::from(part), i128::from(of));
    Decimal::from_i128_with_scale((part * 20_000 + of) / (2 * of), 2)
}

/// The sums of a column over the lines of each block, or of all units where there are no blocks: each with the cell that
/// should hold it.
fn sums<'a>(table: &'a Table, at: usize) -> Vec<(&'a Cell, i64)> {
    let of = |lines: &[&'a Line]| lines.iter().filter_map(|line| number(&line.cells[at])).sum::<i64>();
    let is_block = |line: &Line| line.kind == LineKind::Block;
    let mut found = Vec::new();
    let mut blocks = Vec::new();
    for (place, line) in table.lines.iter().enumerate().filter(|(_, line)| is_block(line)) {
        let under = table.lines[place + 1..].iter().take_while(|line| line.kind == LineKind::Unit);
        found.push((&line.cells[at], of(&under.collect::<Vec<_>>())));
        blocks.push(line);
    }
    let units: Vec<&Line> = table.lines.iter().filter(|line| line.kind == LineKind::Unit).collect();
    let total = table.lines.iter().find(|line| line.kind == LineKind::Total);
    let parts = if blocks.is_empty() { of(&units) } else { of(&blocks) };
    found.extend(total.map(|total| (&total.cells[at], parts)));
    found
}

/// Checks that the cells of a column are what it says of them.
fn check_column(table: &Table, at: usize, what: &str) {
    let column: &Column = &table.columns[at];
    let place = |id: &str| table.column(id).unwrap_or_else(|| panic!("{what}: no column {id}"));
    let total = table.lines.iter().find(|line| line.kind == LineKind::Total);
    match &column.derived {
        Derived::Given => {}
        Derived::Sum => {
            for (cell, sum) in sums(table, at) {
                assert_eq!(number(cell).unwrap_or(0), sum, "{what}: {}", column.id);
            }
        }
        Derived::Percent { part, of } | Derived::PercentOfTotal { part, of } => {
            let (part, of) = (place(part), place(of));
            let of_total = matches!(column.derived, Derived::PercentOfTotal { .. });
            for line in &table.lines {
                let whole = if of_total { total.unwrap() } else { line };
                let numbers = number(&line.cells[part]).zip(number(&whole.cells[of]));
                let numbers = numbers.filter(|(part, of)| *part >= 0 && *of > 0);
                let expected = numbers.map(|(part, of)| rounded(part, of));
                assert_eq!(
                    line.cells[at],
                    Cell::Percent(expected),
                    "{what}: {} of {:?}",
                    column.id,
                    line.cells
                );
            }
        }
    }
}

/// Checks a table in itself.
fn check(table: &Table, what: &str) {
    for text in [&table.title, &table.about].into_iter().chain(&table.notes) {
        assert!(!text.vi.is_empty() && !text.en.is_empty(), "{what}");
    }
    let ids: BTreeSet<&str> = table.columns.iter().map(|column| &*column.id).collect();
    assert_eq!(ids.len(), table.columns.len(), "{what}: {ids:?}");
    for line in &table.lines {
        assert_eq!(line.cells.len(), table.columns.len(), "{what}: {line:?}");
        for (column, cell) in table.columns.iter().zip(&line.cells) {
            assert!(is_of_kind(column.kind, cell), "{what}: {} holds {cell:?}", column.id);
        }
    }
    let totals = table.lines.iter().filter(|line| line.kind == LineKind::Total).count();
    let is_last = table.lines.last().is_none_or(|line| line.kind == LineKind::Total);
    assert!(totals == 0 || (totals == 1 && is_last), "{what}");
    for at in 0..table.columns.len() {
        check_column(table, at, what);
    }
    assert_eq!(table.csv().matches("\r\n").count(), table.lines.len() + 1, "{what}");
    let travelled: Table = serde_json::from_str(&serde_json::to_string(table).unwrap()).unwrap();
    assert_eq!(&travelled, table, "{what}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn every_table_is_true_of_its_cells(seed in any::<u64>()) {
        let book = book(seed);
        for asked in questions() {
            let Asked { kind, area, round, by, listed } = asked;
            let what = format!("{kind} of {area} in {round} by {by:?}, {listed:?}");
            let table = report::make(&book, &incomes(seed, round), asked).unwrap();
            check(&table, &what);
            if !kind.rows(area).is_empty() {
                for line in table.lines.iter().filter(|line| line.kind == LineKind::Unit) {
                    let code: AreaCode = line.code.as_deref().unwrap().parse().unwrap();
                    assert!(area.contains(code), "{what}: {code}");
                }
            }
        }
    }
}

/// Checks are made of tables of nothing too: no rate, no start, no income.
#[test]
fn every_report_of_nothing_is_a_table() {
    for asked in questions() {
        let table = report::make(&Book::default(), &Incomes::new(asked.round), asked).unwrap();
        check(&table, &format!("{asked:?}"));
    }
}

#[test]
fn a_rule_that_is_not_true_is_found() {
    let asked = Asked {
        kind: ReportKind::Residence,
        area: "83".parse().unwrap(),
        round: Round::CENSUS_2010,
        by: None,
        listed: Listed::Poor,
    };
    let table = report::make(&book(1), &Incomes::new(asked.round), asked).unwrap();
    check(&table, "as it is");
    for (column, cell) in
        [("poor", Cell::Count(-1)), ("poor_percent", Cell::Percent(Some(Decimal::new(9_999, 2))))]
    {
        let mut wrong = table.clone();
        let at = wrong.column(column).unwrap();
        wrong.lines[0].cells[at] = cell;
        let found = std::panic::catch_unwind(|| check(&wrong, column));
        assert!(found.is_err(), "{column}");
    }
}

#[test]
fn what_there_is_not_is_refused() {
    let asked = |kind: &str, area: &str, by| Asked {
        kind: kind.parse().unwrap(),
        area: area.parse().unwrap(),
        round: Round::CENSUS_2010,
        by,
        listed: Listed::Poor,
    };
    for (kind, area, by) in [
        ("hamlet", "83", None),
        ("district", "29173", None),
        ("movement", "83", Some(By::Hamlet)),
        ("causes", "29173-04", None),
        ("gap", "29173", Some(By::Hamlet)),
        ("months", "83", None),
    ] {
        let asked = asked(kind, area, by);
        assert!(report::make(&Book::default(), &Incomes::new(asked.round), asked).is_err(), "{kind} {area}");
    }
}

/// The index of the definition in floating point, over households and over people.
#[test]
fn gap_and_severity_are_close_to_floating_point() {
    let asked = Asked {
        kind: ReportKind::Gap,
        area: "83".parse().unwrap(),
        round: Round::CENSUS_2010,
        by: None,
        listed: Listed::Poor,
    };
    let mut incomes = Incomes::new(asked.round);
    let (mut numbers, mut sums) = (Numbers(7), [0f64; 4]);
    let (mut households, mut persons) = (0f64, 0f64);
    for commune in COMMUNES {
        let code = commune.parse().unwrap();
        let residence = area::commune(code).unwrap().residence();
        let line = if residence == Residence::Rural { 400_000f64 } else { 500_000f64 };
        for _ in 0..200 {
            let (members, thousands) = (1 + numbers.next(9), numbers.next(60_000) - 2_000);
            let net = Vnd::new(thousands * 1_000).unwrap();
            incomes.add(code, residence, Members::new(members).unwrap(), net);
            let members = f64::from(i32::try_from(members).unwrap());
            let monthly = f64::from(i32::try_from(thousands).unwrap()) * 1_000.0 / 12.0 / members;
            let gap = ((line - monthly) / line).max(0.0);
            for (sum, add) in sums.iter_mut().zip([gap, gap * members, gap * gap, gap * gap * members]) {
                *sum += add;
            }
            households += 1.0;
            persons += members;
        }
    }
    let table = report::make(&Book::default(), &incomes, asked).unwrap();
    let total = table.lines.last().unwrap();
    let ids = ["gap_households", "gap_persons", "severity_households", "severity_persons"];
    for ((id, sum), whole) in ids.into_iter().zip(sums).zip([households, persons, households, persons]) {
        let found: f64 = total.cells[table.column(id).unwrap()].plain().parse().unwrap();
        assert!(
            (found - 100.0 * sum / whole).abs() <= 0.005_001,
            "{id}: {found} for {}",
            100.0 * sum / whole
        );
    }
}
