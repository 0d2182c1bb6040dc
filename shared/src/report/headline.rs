//! Tables of movement in short: the headline figures of the ministry's yearly approval, and the six of Phiếu C.

use rust_decimal::Decimal;

use super::movement::{Moved, Origins};
use super::notes;
use super::plan::{Basis, heads};
use super::table::{Cell, Column, Head, Table};
use super::units::{Counted, Units};
use crate::count::{Listed, Measure, percent};

const POOR: Head = ("Hộ nghèo", "Poor");
const NEAR_POOR: Head = ("Hộ cận nghèo", "Near-poor");
const MINORITY: Head = ("Hộ nghèo dân tộc thiểu số", "Poor of ethnic minorities");
const COUNT: Head = ("Số hộ", "Households");
const RATE: Head = ("Tỷ lệ (%)", "Rate (%)");
const CHANGE: Head = ("Tăng, giảm", "Change");
const POINTS: Head = ("Tăng, giảm (điểm %)", "Change (points)");

/// Number, change, rate and change of the rate of a class; the changes are since the end of the round before, by its opening
/// result where it has two.
fn changed(of: &Counted, listed: Listed, has_start: bool) -> [Cell; 4] {
    let moved = Moved::of(listed, &of.now);
    let rate = percent(moved.end, of.now.all_households());
    let then = percent(moved.start, of.before.all_households());
    let points = rate.zip(then).map(|(rate, then)| -> Decimal {
        let mut points = rate - then;
        points.rescale(2);
        points
    });
    [
        moved.end.into(),
        has_start.then_some(moved.end - moved.start).into(),
        Cell::Percent(rate),
        Cell::Percent(points.filter(|_| has_start)),
    ]
}

/// Number of poor, its change, rate, change in points; near-poor alike; poor households of ethnic minorities and their share of
/// all poor.
pub(super) fn headline(units: &Units) -> Table {
    let total = &units.total;
    let has_start = total.before.households() > 0;
    let columns = [
        Column::count("households", heads(Basis::of(&total.now))[2]),
        Column::count("poor", COUNT).under(POOR),
        Column::count("poor_change", CHANGE).under(POOR),
        Column::percent("poor_percent", RATE, "poor", "households").under(POOR),
        Column::rate("poor_points", POINTS).under(POOR),
        Column::count("near_poor", COUNT).under(NEAR_POOR),
        Column::count("near_poor_change", CHANGE).under(NEAR_POOR),
        Column::percent("near_poor_percent", RATE, "near_poor", "households").under(NEAR_POOR),
        Column::rate("near_poor_points", POINTS).under(NEAR_POOR),
        Column::count("poor_minority", COUNT).under(MINORITY),
        Column::percent(
            "poor_minority_percent",
            ("% của hộ nghèo", "% of the poor"),
            "poor_minority",
            "poor",
        )
        .under(MINORITY),
    ];
    let title = (
        "Số hộ nghèo, hộ cận nghèo và tăng giảm so với đợt trước",
        "Poor and near-poor households and their change since the round before",
    );
    let mut table = units.table(title, columns, |of| {
        let minority = of.now.get(Measure::PoorEthnicMinorityHeaded);
        let share = percent(minority, of.now.get(Measure::Poor));
        let minorities: [Cell; 2] = [minority.into(), Cell::Percent(share)];
        [Cell::from(of.now.all_households())]
            .into_iter()
            .chain(changed(of, Listed::Poor, has_start))
            .chain(changed(of, Listed::NearPoor, has_start))
            .chain(minorities)
            .collect()
    });
    table.notes = notes::of_start(units.round, has_start);
    table.notes.extend(notes::pending(&total.now));
    table.notes.extend(notes::of_rates(&total.now, units.round));
    table
}

/// Poor and near-poor households by what they were before: the six of Phiếu C.
pub(super) fn origins(units: &Units) -> Table {
    let columns = [
        Column::count("poor", COUNT).under(POOR),
        Column::count("poor_from_poor", ("Từ hộ nghèo cũ", "Poor before")).under(POOR),
        Column::count("poor_from_near_poor", ("Từ hộ cận nghèo cũ", "Near-poor before")).under(POOR),
        Column::count("poor_new", ("Hộ nghèo mới", "New")).under(POOR),
        Column::count("near_poor", COUNT).under(NEAR_POOR),
        Column::count("near_poor_from_poor", ("Từ hộ nghèo cũ", "Poor before")).under(NEAR_POOR),
        Column::count("near_poor_from_near_poor", ("Từ hộ cận nghèo cũ", "Near-poor before"))
            .under(NEAR_POOR),
        Column::count("near_poor_new", ("Hộ cận nghèo mới", "New")).under(NEAR_POOR),
    ];
    let title = (
        "Hộ nghèo, hộ cận nghèo theo nguồn gốc (6 mục của Phiếu C)",
        "Poor and near-poor households by what they were before (Phiếu C)",
    );
    let mut table = units.table(title, columns, |of| {
        let (poor, near_poor) = (Moved::of(Listed::Poor, &of.now), Moved::of(Listed::NearPoor, &of.now));
        let from = Origins::of(&poor, &near_poor);
        let cells = [
            poor.end,
            from.poor_from_poor,
            from.poor_from_near_poor,
            from.poor_new,
            near_poor.end,
            from.near_poor_from_poor,
            from.near_poor_from_near_poor,
            from.near_poor_new,
        ];
        cells.map(Cell::from).into()
    });
    let total = &units.total;
    table.notes = notes::of_start(units.round, total.before.households() > 0);
    table.notes.extend(notes::pending(&total.now));
    table.notes.extend(notes::of_tally(&total.now, units.round));
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Book, Tally};
    use crate::record::Round;
    use crate::report::By;

    fn units(before: &Tally, now: &Tally) -> Units {
        let mut book = Book::default();
        for (year, tally) in [(2011, before), (2012, now)] {
            book.add(Round::new(year).unwrap().into(), "29173".parse().unwrap(), 4, tally);
        }
        Units::of(&book, "29173".parse().unwrap(), Round::new(2012).unwrap(), By::Hamlet).unwrap()
    }

    fn cells(table: &Table) -> Vec<Vec<String>> {
        table.lines.iter().map(|line| line.cells.iter().map(Cell::plain).collect()).collect()
    }

    #[test]
    fn changes_are_those_of_the_year() {
        let before = Tally::default().with(Measure::Households, 200).with(Measure::Poor, 40);
        let now = Tally::default()
            .with(Measure::Households, 220)
            .with(Measure::Poor, 33)
            .with(Measure::PoorAtStart, 40)
            .with(Measure::NearPoor, 11)
            .with(Measure::PoorEthnicMinorityHeaded, 3);
        let expected = ["220", "33", "-7", "15.00", "-5.00", "11", "11", "5.00", "5.00", "3", "9.09"];
        let table = headline(&units(&before, &now));
        let lines = cells(&table);
        assert_eq!((lines.len(), &lines[0][1][..], &lines[1][1][..]), (2, "Ấp 4", "Tổng cộng"));
        assert_eq!(lines[0][2..], expected);
        assert_eq!(lines[1][2..], expected);
        assert!(table.csv().contains(",-7,\"15,00\",\"-5,00\","), "{}", table.csv());

        let first = headline(&units(&Tally::default(), &now));
        assert_eq!(cells(&first)[1][2..6], ["220", "33", "", "15.00"]);
        assert!(first.notes[0].en.contains("no start"));
    }

    #[test]
    fn what_is_not_visited_yet_is_said() {
        let before = Tally::default().with(Measure::Households, 200).with(Measure::Poor, 40);
        let now = Tally::default()
            .with(Measure::Poor, 5)
            .with(Measure::PoorAtStart, 40)
            .with(Measure::PoorPending, 30)
            .with(Measure::NearPoorPending, 2);
        let says = |tally: &Tally| {
            let units = units(&before, tally);
            [headline(&units), origins(&units)].map(|table| {
                table
                    .notes
                    .iter()
                    .any(|note| note.vi.contains("Còn 32 hộ nghèo, cận nghèo đầu năm chưa thăm"))
            })
        };
        assert_eq!(says(&now), [true, true]);
        let all = now.with(Measure::PoorPending, 0).with(Measure::NearPoorPending, 0);
        assert_eq!(says(&all), [false, false]);
    }

    #[test]
    fn the_six_come_to_all_of_their_class() {
        let now = Tally::default()
            .with(Measure::Poor, 33)
            .with(Measure::PoorStill, 20)
            .with(Measure::PoorReturned, 1)
            .with(Measure::PoorFromNearPoor, 4)
            .with(Measure::NearPoor, 11)
            .with(Measure::NearPoorStill, 5)
            .with(Measure::NearPoorFromPoor, 6);
        let table = origins(&units(&Tally::default(), &now));
        assert_eq!(cells(&table)[1][2..], ["33", "21", "4", "8", "11", "6", "5", "0"]);
    }
}
