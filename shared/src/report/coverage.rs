//! Supports in the year after a round: each with who is entitled and who was given it; electricity and insurance cards by unit.

use super::notes::said;
use super::plan::about;
use super::table::{Cell, Column, Head, Line, Table, note};
use super::units::{Area, areas, frame};
use super::{By, tally_of};
use crate::area::AreaCode;
use crate::count::{Book, Measure, OfSupport, Period, Tally, percent};
use crate::record::Round;
use crate::standard::Note;
use crate::support::{QUARTERS, is_in_force, supports_after, year_of};

const ENTITLED: Head = ("Được hưởng", "Entitled");
const SERVED: Head = ("Đã nhận", "Given");
const SHARE: Head = ("Tỷ lệ đã nhận (%)", "Coverage, %");
const ELSE: Head = ("Hộ khác đã nhận", "Given to others");
const PAID: Head = ("Số tiền (đồng)", "Paid (đồng)");
const QUARTER_IDS: [[&str; 2]; 4] = [
    ["households_1", "paid_1"],
    ["households_2", "paid_2"],
    ["households_3", "paid_3"],
    ["households_4", "paid_4"],
];
const QUARTER_HEADS: [Head; 4] =
    [("Quý I", "Quarter 1"), ("Quý II", "Quarter 2"), ("Quý III", "Quarter 3"), ("Quý IV", "Quarter 4")];
const HOUSEHOLDS: Head = ("Số hộ", "Households");

/// What is counted of a support in a tally.
fn of(tally: &Tally, support: &str, what: OfSupport) -> i64 {
    Measure::of_support(support, what).map_or(0, |measure| tally.get(measure))
}

/// Households that were given a support, entitled or not.
fn given(tally: &Tally, support: &str) -> i64 {
    of(tally, support, OfSupport::Served) + of(tally, support, OfSupport::ServedElse)
}

/// Every support of the year after a round: who is entitled, who was given it, quarter by quarter.
pub(super) fn coverage(book: &Book, area: AreaCode, round: Round) -> Table {
    let mut table = Table::new(("", ""), about(area, round));
    (table.title, table.notes) = of_year(("Hỗ trợ hộ nghèo, hộ cận nghèo", "Supports of households"), round);
    table.columns = vec![
        Column::text("support", ("Chính sách", "Support"), 44),
        Column::whole("entitled", ENTITLED),
        Column::whole("served", SERVED),
        Column::percent("served_percent", SHARE, "served", "entitled"),
        Column::whole("served_else", ELSE),
    ];
    table.columns.extend(
        QUARTER_IDS
            .iter()
            .zip(QUARTER_HEADS)
            .map(|([id, _], head)| Column::whole(id, head).under(("Số hộ đã nhận", "Households given it"))),
    );
    table.columns.push(Column::dong("paid", PAID));
    let year = tally_of(book, area, round);
    let quarters = QUARTERS.map(|quarter| {
        Period::of_quarter(round, quarter).map(|period| tally_of(book, area, period)).unwrap_or_default()
    });
    let supports = supports_after(round).unwrap_or_default();
    table.lines = supports
        .iter()
        .map(|support| {
            let get = |what| of(&year, support.id, what);
            let (entitled, served) = (get(OfSupport::Entitled), get(OfSupport::Served));
            let mut cells: Vec<Cell> = vec![
                support.vi.into(),
                entitled.into(),
                served.into(),
                Cell::Percent(percent(served, entitled)),
                get(OfSupport::ServedElse).into(),
            ];
            cells.extend(QUARTERS.iter().zip(&quarters).map(|(quarter, tally)| {
                let count = given(tally, support.id);
                // What is not in force in a quarter shows nothing, unless somebody was given it all the same.
                (count > 0 || is_in_force(support, round, *quarter)).then_some(count).into()
            }));
            cells.push(Cell::Dong(get(OfSupport::Paid)));
            Line::unit(None, cells)
        })
        .collect();
    table.notes.push(note((
        "“Được hưởng” chỉ tính hộ mà phiếu cho biết chắc chắn được hưởng vào một lúc nào đó trong năm. Chính sách có điều kiện mà sổ không hỏi thì không tính được.",
        "“Entitled” counts households of which the record shows for certain that they are entitled at some time of the year. Where a support has a condition that the register does not ask, nobody is counted.",
    )));
    table
}

/// Electricity support by unit and quarter, with what it costs.
pub(super) fn electricity(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Table, String> {
    const ID: &str = "electricity";
    let quarters = QUARTER_IDS.into_iter().zip(QUARTER_HEADS).flat_map(|([count, paid], head)| {
        [Column::count(count, HOUSEHOLDS).under(head), Column::dong(paid, PAID).summed().under(head)]
    });
    let columns = head_columns().into_iter().chain(quarters).chain([Column::dong("paid", PAID).summed()]);
    let figures = |tally: &dyn Fn(Period) -> Tally| {
        let year = tally(round.into());
        let mut cells = head_cells(&year, &[ID]);
        for period in QUARTERS.into_iter().filter_map(|quarter| Period::of_quarter(round, quarter)) {
            let tally = tally(period);
            cells.extend([Cell::Count(given(&tally, ID)), Cell::Dong(of(&tally, ID, OfSupport::Paid))]);
        }
        cells.push(Cell::Dong(of(&year, ID, OfSupport::Paid)));
        cells
    };
    by_unit(book, (area, round, by), ("Hỗ trợ tiền điện", "Electricity support"), columns.collect(), figures)
}

/// Health-insurance cards of poor and near-poor households by unit.
pub(super) fn insurance(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Table, String> {
    let columns = head_columns().to_vec();
    let figures = |tally: &dyn Fn(Period) -> Tally| {
        head_cells(&tally(round.into()), &["health_insurance", "health_insurance_near_poor"])
    };
    let mut table =
        by_unit(book, (area, round, by), ("Thẻ bảo hiểm y tế", "Health-insurance cards"), columns, figures)?;
    table.notes.push(note((
        "Đếm hộ, không đếm thẻ: hộ nghèo, và hộ cận nghèo được hỗ trợ tiền mua thẻ.",
        "Households are counted, not cards: the poor, and the near-poor whose cards are paid for in part.",
    )));
    Ok(table)
}

fn head_columns() -> [Column; 4] {
    [
        Column::count("entitled", ENTITLED),
        Column::count("served", SERVED),
        Column::percent("served_percent", SHARE, "served", "entitled"),
        Column::count("served_else", ELSE),
    ]
}

fn head_cells(year: &Tally, supports: &[&str]) -> Vec<Cell> {
    let sum = |what| supports.iter().map(|support| of(year, support, what)).sum::<i64>();
    let (entitled, served) = (sum(OfSupport::Entitled), sum(OfSupport::Served));
    vec![
        entitled.into(),
        served.into(),
        Cell::Percent(percent(served, entitled)),
        sum(OfSupport::ServedElse).into(),
    ]
}

/// A table by unit, of what is counted in the year and its quarters.
fn by_unit(
    book: &Book,
    (area, round, by): (AreaCode, Round, By),
    title: Head,
    columns: Vec<Column>,
    figures: impl Fn(&dyn Fn(Period) -> Tally) -> Vec<Cell>,
) -> Result<Table, String> {
    let units = areas(book, area, &[round], by)?;
    let rows = units.iter().map(|unit: &Area| (unit, figures(&|period| unit.tally(book, period))));
    let total = figures(&|period| tally_of(book, area, period));
    let mut table = frame(title, (area, round, by), columns, rows, total);
    (table.title, table.notes) = of_year(title, round);
    Ok(table)
}

/// Title and notes of a table of the year after a round, which say so; and where the law files have no supports of that year, that.
fn of_year((vi, en): Head, round: Round) -> (Note, Vec<Note>) {
    let year = year_of(round);
    let mut notes = vec![said(
        format!("Năm {year} theo danh sách của đợt rà soát {round}."),
        format!("In {year} the list of the round {round} holds."),
    )];
    if supports_after(round).is_none() {
        notes.push(said(
            format!("Phần mềm chưa có danh sách hỗ trợ của năm {year}. Hộ vẫn có thể được hỗ trợ."),
            format!("The law files do not have the supports of {year}. There may still be some."),
        ));
    }
    (said(format!("{vi} năm {year}"), format!("{en} in {year}")), notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Contribution, TallyChange};
    use crate::record::{Actor, Change, Doc, Stamp, Value};

    /// Two poor households of An Đức, of which one is given electricity in the first two quarters.
    fn book(round: Round) -> Book {
        let mut book = Book::default();
        let commune = "29173".parse().unwrap();
        for given in [true, false] {
            let mut doc = Doc::default();
            let mut fields: Vec<(&str, Value)> =
                vec![("member_count", 4.into()), ("no_income", true.into()), ("hamlet", 4.into())];
            if given {
                fields.extend([
                    ("support/electricity_2011_1/served", true.into()),
                    ("support/electricity_2011_1/amount", 90_000.into()),
                    ("support/electricity_2011_2/served", true.into()),
                    ("support/student_loan_2011_2/served", true.into()),
                ]);
            }
            for (nth, (path, value)) in (1..).zip(fields) {
                let change = Change { field: path.parse().unwrap(), value, seen: vec![] };
                doc.write(Stamp::new(nth, 0, Actor(1)).unwrap(), &change);
            }
            let adds = Contribution::alone(crate::count::Standing::of(&doc, commune, round).unwrap());
            TallyChange::between(round, commune, None, Some(&adds)).iter().for_each(|by| book.apply(by));
        }
        book
    }

    #[test]
    fn each_support_has_its_coverage_and_its_quarters() {
        let round = Round::CENSUS_2010;
        let csv = coverage(&book(round), "83".parse().unwrap(), round).csv();
        for line in ["Hỗ trợ tiền điện,2,1,\"50,00\",0,1,1,0,0,90000", "Vay vốn cho học sinh, sinh viên"]
        {
            assert!(csv.contains(line), "{line}: {csv}");
        }
        assert!(csv.contains("\"Vay vốn cho học sinh, sinh viên\",0,0,,1,0,1,0,0,0"), "{csv}");
        // Law since April 2013, a proposal before.
        assert!(csv.contains("\r\nVay vốn tín dụng ưu đãi cho hộ cận nghèo,0,0,,0,,,,,0\r\n"), "{csv}");
        let later = coverage(&Book::default(), "83".parse().unwrap(), Round::new(2012).unwrap()).csv();
        assert!(
            later.contains("\r\nVay vốn tín dụng ưu đãi cho hộ cận nghèo,0,0,,0,,0,0,0,0\r\n"),
            "{later}"
        );
        let unknown = coverage(&Book::default(), "83".parse().unwrap(), Round::new(2017).unwrap());
        assert!(
            unknown.lines.is_empty()
                && unknown.notes.iter().any(|note| note.en.contains("There may still be some"))
        );
    }

    #[test]
    fn electricity_by_unit_adds_up() {
        let round = Round::CENSUS_2010;
        let table = electricity(&book(round), "29173".parse().unwrap(), round, By::Hamlet).unwrap();
        let csv = table.csv();
        assert!(csv.contains("\r\n1,Ấp 4,2,1,\"50,00\",0,1,90000,1,0,0,0,0,0,90000\r\n"), "{csv}");
        assert!(csv.contains("\r\n,Tổng cộng,2,1,\"50,00\",0,1,90000,1,0,0,0,0,0,90000\r\n"), "{csv}");
        let cards = insurance(&book(round), "29173".parse().unwrap(), round, By::Commune).unwrap().csv();
        assert!(cards.contains(",2,0,\"0,00\",0\r\n"), "{cards}");
        assert_eq!(table.title.vi, "Hỗ trợ tiền điện năm 2011");
    }
}
