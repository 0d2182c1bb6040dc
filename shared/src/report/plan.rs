//! The plan's own table (mục I of Kế hoạch 1051/KH-UBND): poor and near-poor households of each unit, with their rates.

use super::table::{Cell, Column, Head, Line, LineKind, Table};
use super::{Row, Statistics, notes, units};
use crate::area::{self, AreaCode};
use crate::count::Tally;
use crate::lang::Lang;

/// What the rates of a table divide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// All households (tổng số hộ dân), as every hamlet has declared them.
    Declared,
    /// The households recorded: no hamlet has declared any.
    Recorded,
    /// Some hamlets have declared, of the others it is what is recorded.
    Mixed,
}

impl Basis {
    /// What rates divide by where so many of all households are recorded in hamlets that declare none.
    pub(super) const fn between(all: i64, undeclared: i64) -> Self {
        match undeclared {
            0 if all > 0 => Basis::Declared,
            undeclared if undeclared == all => Basis::Recorded,
            _ => Basis::Mixed,
        }
    }

    /// What the rates of an area divide by.
    pub(super) const fn of(tally: &Tally) -> Self {
        Basis::between(tally.all_households(), tally.undeclared())
    }
}

impl Row {
    /// What the row's rates divide by.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        Basis::between(self.households, self.undeclared)
    }
}

/// The heads of the plan's table. They say where rates do not divide by all households, as the plan does.
#[must_use]
pub const fn heads(basis: Basis) -> [Head; 7] {
    let [households, poor, near_poor] = match basis {
        Basis::Declared => [
            ("Tổng số hộ dân", "All households"),
            ("Tỷ lệ hộ nghèo (%)", "Poor (%)"),
            ("Tỷ lệ hộ cận nghèo (%)", "Near-poor (%)"),
        ],
        Basis::Recorded => [
            ("Hộ đã ghi", "Households recorded"),
            ("Tỷ lệ hộ nghèo (% của số hộ đã ghi)", "Poor (% of households recorded)"),
            ("Tỷ lệ hộ cận nghèo (% của số hộ đã ghi)", "Near-poor (% of households recorded)"),
        ],
        Basis::Mixed => [
            (
                "Tổng số hộ dân (ấp chưa kê khai: số hộ đã ghi)",
                "All households (recorded ones where none are declared)",
            ),
            (
                "Tỷ lệ hộ nghèo (%, ấp chưa kê khai: của số hộ đã ghi)",
                "Poor (%, of those recorded where none are declared)",
            ),
            (
                "Tỷ lệ hộ cận nghèo (%, ấp chưa kê khai: của số hộ đã ghi)",
                "Near-poor (%, of those recorded where none are declared)",
            ),
        ],
    };
    [
        ("STT", "No."),
        ("Đơn vị", "Area"),
        households,
        ("Hộ nghèo", "Poor"),
        poor,
        ("Hộ cận nghèo", "Near-poor"),
        near_poor,
    ]
}

/// The heads where rates divide by the households recorded.
pub const HEADS: [Head; 7] = heads(Basis::Recorded);

/// Head of the column with a commune's district, in a table with communes of several districts.
pub const DISTRICT: Head = ("Huyện, thành phố", "District");

/// Name of the row of records that name no hamlet.
const UNPLACED: Head = ("Chưa rõ ấp", "Hamlet not recorded");

/// Name of the total line.
pub(super) const TOTAL: Head = ("Tổng cộng", "Total");

impl Row {
    /// Vietnamese name of the row of a commune's records that name no hamlet.
    pub(super) fn unplaced() -> String {
        UNPLACED.0.to_owned()
    }

    /// The row's name in a language: the area's own, or that the hamlet is not recorded.
    #[must_use]
    pub fn called(&self, lang: Lang) -> &str {
        if self.name == UNPLACED.0 { lang.pick(UNPLACED.0, UNPLACED.1) } else { &self.name }
    }

    /// Name of the district, in a row of a commune.
    #[must_use]
    pub fn district_name(&self) -> Option<&'static str> {
        area::district(self.district.as_deref()?.parse().ok()?).map(|district| district.name)
    }

    fn cells(&self, name: &str, with_district: bool) -> Vec<Cell> {
        let mut cells = vec![
            self.stt.map(i64::from).into(),
            name.into(),
            self.households.into(),
            self.poor.into(),
            Cell::Percent(self.poor_percent),
            self.near_poor.into(),
            Cell::Percent(self.near_poor_percent),
        ];
        if with_district {
            cells.insert(2, self.district_name().unwrap_or_default().into());
        }
        cells
    }
}

/// Of which area and round a table is, in both languages.
pub(super) fn about(area: AreaCode, round: crate::record::Round) -> (String, String) {
    let name = area.name();
    (format!("{name}, đợt rà soát năm {round}"), format!("{name}, round of {round}"))
}

impl Statistics {
    /// Whether the rows are communes of several districts, so that each must say which.
    #[must_use]
    pub const fn names_districts(&self) -> bool {
        units::names_districts(self.area, self.by)
    }

    /// The plan's table as it is handed in: these rows in this order, the total last.
    #[must_use]
    pub fn table<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> Table {
        let with_district = self.names_districts();
        let basis = self.total.basis();
        let [stt, name, households, poor, poor_percent, near_poor, near_poor_percent] = heads(basis);
        let mut table = Table::new(
            ("Hộ nghèo, hộ cận nghèo", "Poor and near-poor households"),
            about(self.area, self.round),
        );
        let number = Column { head: super::table::note(stt), ..Column::number() };
        table.columns = vec![
            number,
            Column::text("name", name, 26),
            Column::count("households", households),
            Column::count("poor", poor),
            Column::percent("poor_percent", poor_percent, "poor", "households"),
            Column::count("near_poor", near_poor),
            Column::percent("near_poor_percent", near_poor_percent, "near_poor", "households"),
        ];
        if with_district {
            table.columns.insert(2, Column::text("district", DISTRICT, 20));
        }
        let unit = |row: &Row| Line::unit(Some(row.code.clone()), row.cells(&row.name, with_district));
        table.lines.extend(rows.into_iter().map(unit));
        table.lines.push(Line::of(LineKind::Total, self.total.cells(TOTAL.0, with_district)));
        table.notes.extend(notes::undeclared(basis));
        table.notes.extend(notes::of_classes(self.round, self.total.estimated, self.total.open_treatment));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Book, Measure};
    use crate::record::Round;
    use crate::report::{By, statistics};
    use crate::standard::Class;

    fn book() -> Book {
        let mut book = Book::default();
        let by = Tally::default().with(Measure::Households, 800).with(Measure::Persons, 3_000);
        let by = Class::ALL
            .into_iter()
            .zip([124, 52, 10, 614])
            .fold(by, |by, (class, count)| by.with(Measure::of_class(class), count));
        for hamlet in [0, 1] {
            let (round, commune) = (Round::CENSUS_2010, "29173".parse().unwrap());
            book.add(round.into(), commune, hamlet, &by);
        }
        book
    }

    fn csv(area: &str, by: By) -> Vec<String> {
        let statistics = statistics(&book(), area.parse().unwrap(), Round::CENSUS_2010, by).unwrap();
        let text = statistics.table(&statistics.rows).csv();
        text.strip_suffix("\r\n").unwrap().split("\r\n").map(ToOwned::to_owned).collect()
    }

    #[test]
    fn the_table_has_its_heads_and_its_total() {
        let lines = csv("83", By::District);
        assert_eq!(
            lines[0],
            "\u{feff}STT,Đơn vị,Hộ đã ghi,Hộ nghèo,Tỷ lệ hộ nghèo (% của số hộ đã ghi),\
             Hộ cận nghèo,Tỷ lệ hộ cận nghèo (% của số hộ đã ghi)"
        );
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[10], ",Tổng cộng,1600,248,\"15,50\",104,\"6,50\"");
        assert!(lines.iter().any(|line| line.contains("Huyện Ba Tri,1600,248,")), "{lines:?}");
    }

    #[test]
    fn communes_of_a_province_say_their_district_and_each_rate_is_one_cell() {
        let lines = csv("83", By::Commune);
        assert_eq!(lines.len(), 166);
        let an_duc = lines.iter().find(|line| line.contains("Xã An Đức")).unwrap();
        assert!(an_duc.ends_with(",Xã An Đức,Huyện Ba Tri,1600,248,\"15,50\",104,\"6,50\""), "{an_duc}");
        assert!(lines[0].contains("Đơn vị,\"Huyện, thành phố\",Hộ đã ghi"), "{}", lines[0]);
    }

    #[test]
    fn records_without_a_hamlet_are_named_in_the_reader_s_language() {
        let statistics =
            statistics(&book(), "29173".parse().unwrap(), Round::CENSUS_2010, By::Hamlet).unwrap();
        let called = |lang| statistics.rows.iter().map(|row| row.called(lang)).collect::<Vec<_>>();
        assert_eq!(called(Lang::Vi), ["Chưa rõ ấp", "Ấp 1"]);
        assert_eq!(called(Lang::En), ["Hamlet not recorded", "Ấp 1"]);
    }
}
