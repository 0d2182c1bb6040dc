//! Tables as they are handed in: one form for the page's file, its clipboard and the command line.
//!
//! Officials exchange them in Vietnamese, whatever language the page is read in. So a rate is always written `11,26`.

use rust_decimal::Decimal;

use super::{By, Row, Statistics};
use crate::area::{self, AreaCode};
use crate::lang::Lang;

/// A column's head in Vietnamese and English. Files have the Vietnamese one.
pub type Head = (&'static str, &'static str);

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

impl Row {
    /// What the row's rates divide by.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        match self.undeclared {
            0 if self.households > 0 => Basis::Declared,
            undeclared if undeclared == self.households => Basis::Recorded,
            _ => Basis::Mixed,
        }
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

/// Name of the total row in files.
pub(super) const TOTAL: &str = "Tổng cộng";

/// First character of a CSV file. Without it, Excel takes UTF-8 for the system's own code page.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// One cell of a [`Sheet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A count.
    Count(i64),
    /// A rate in percent; empty when there is none.
    Percent(Option<Decimal>),
}

impl Cell {
    /// The cell as programs read it: `55821`, `15.55`; empty for a rate that there is not.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(n) => n.to_string(),
            Cell::Percent(p) => p.map(|p| p.to_string()).unwrap_or_default(),
        }
    }

    /// The cell as a spreadsheet reads it: `55821`, `15,55`. A text that would be taken for a formula begins with `'`.
    fn handed_in(&self) -> String {
        match self {
            Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Cell::Percent(_) => self.plain().replace('.', ","),
            _ => self.plain(),
        }
    }
}

/// A table to be written out: heads first, rows in the order given.
///
/// ```
/// use soho_shared::report::{Cell, Sheet};
/// let mut sheet = Sheet::new(["Đơn vị", "Tỷ lệ %"]);
/// sheet.rows.push(vec![Cell::Text("Huyện Ba Tri".to_owned()), Cell::Percent("11.26".parse().ok())]);
/// assert_eq!(sheet.csv(), "\u{feff}Đơn vị,Tỷ lệ %\r\nHuyện Ba Tri,\"11,26\"\r\n");
/// assert_eq!(sheet.tsv(), "Đơn vị\tTỷ lệ %\nHuyện Ba Tri\t11,26\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The rows; the first one holds the heads.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// A sheet with heads and no other row.
    #[must_use]
    pub fn new<'a>(heads: impl IntoIterator<Item = &'a str>) -> Self {
        Sheet { rows: vec![heads.into_iter().map(|head| Cell::Text(head.to_owned())).collect()] }
    }

    /// CSV after RFC 4180, with a byte order mark.
    #[must_use]
    pub fn csv(&self) -> String {
        let body = self.join(",", "\r\n", |text| {
            if text.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text
            }
        });
        format!("{BYTE_ORDER_MARK}{body}")
    }

    /// Columns separated by tabs, for pasting into a spreadsheet. Tabs and line breaks within a cell become spaces.
    #[must_use]
    pub fn tsv(&self) -> String {
        self.join("\t", "\n", |text| text.replace(['\t', '\n', '\r'], " "))
    }

    fn join(&self, between: &str, end: &str, written: impl Fn(String) -> String) -> String {
        let mut out = String::new();
        for row in &self.rows {
            for (at, cell) in row.iter().enumerate() {
                if at > 0 {
                    out.push_str(between);
                }
                out.push_str(&written(cell.handed_in()));
            }
            out.push_str(end);
        }
        out
    }
}

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
            self.stt.map_or_else(|| Cell::Text(String::new()), |n| Cell::Count(n.into())),
            Cell::Text(name.to_owned()),
            Cell::Count(self.households),
            Cell::Count(self.poor),
            Cell::Percent(self.poor_percent),
            Cell::Count(self.near_poor),
            Cell::Percent(self.near_poor_percent),
        ];
        if with_district {
            cells.insert(2, Cell::Text(self.district_name().unwrap_or_default().to_owned()));
        }
        cells
    }
}

impl Statistics {
    /// Whether the rows are communes of several districts, so that each must say which.
    #[must_use]
    pub const fn names_districts(&self) -> bool {
        matches!((self.by, self.area), (By::Commune, AreaCode::Province(_)))
    }

    /// The plan's table as it is handed in: these rows in this order, the total last.
    #[must_use]
    pub fn sheet<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> Sheet {
        let with_district = self.names_districts();
        let mut heads: Vec<_> = heads(self.total.basis()).iter().map(|head| head.0).collect();
        if with_district {
            heads.insert(2, DISTRICT.0);
        }
        let mut sheet = Sheet::new(heads);
        sheet.rows.extend(rows.into_iter().map(|row| row.cells(&row.name, with_district)));
        sheet.rows.push(self.total.cells(TOTAL, with_district));
        sheet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Book, Measure, Tally};
    use crate::record::Round;
    use crate::report::statistics;
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
        let text = statistics.sheet(&statistics.rows).csv();
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

    #[test]
    fn texts_keep_to_their_cell_and_are_no_formulas() {
        let mut sheet = Sheet::new(["Nguyên nhân", "Hộ"]);
        sheet.rows.push(vec![Cell::Text("Thiếu vốn, \"đất\"".to_owned()), Cell::Count(-5)]);
        sheet.rows.push(vec![Cell::Text("a\tb".to_owned()), Cell::Percent(None)]);
        for formula in ["=1+1", "+84", "-2", "@x"] {
            sheet.rows.push(vec![Cell::Text(formula.to_owned())]);
        }
        assert_eq!(
            sheet.csv(),
            "\u{feff}Nguyên nhân,Hộ\r\n\"Thiếu vốn, \"\"đất\"\"\",-5\r\na\tb,\r\n'=1+1\r\n'+84\r\n'-2\r\n'@x\r\n"
        );
        assert!(sheet.tsv().starts_with("Nguyên nhân\tHộ\nThiếu vốn, \"đất\"\t-5\na b\t\n'=1+1\n"));
    }
}
