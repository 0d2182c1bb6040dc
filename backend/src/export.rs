//! Tables as files: the same bytes from the command line and over HTTP.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use rust_decimal::Decimal;
use soho_shared::report::{By, Row, Statistics};
use utoipa::ToSchema;

/// A report by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReportKind {
    /// By huyện, thành phố: the plan's own table.
    District,
    /// By xã, phường, thị trấn.
    Commune,
}

impl ReportKind {
    /// All, as they are named in addresses and on the command line.
    pub const ALL: [(&'static str, ReportKind); 2] =
        [("district", ReportKind::District), ("commune", ReportKind::Commune)];

    /// What its rows count.
    #[must_use]
    pub const fn by(self) -> By {
        match self {
            ReportKind::District => By::District,
            ReportKind::Commune => By::Commune,
        }
    }
}

impl FromStr for ReportKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        ReportKind::ALL
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| "the reports are `district` and `commune`".to_owned())
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ReportKind::ALL.iter().find(|(_, kind)| kind == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For spreadsheets.
    Csv,
    /// The table as the pages get it.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            _ => Err("the formats are `csv` and `json`".to_owned()),
        }
    }
}

/// The columns of the plan's own table.
const HEADER: [&str; 7] =
    ["STT", "Đơn vị", "Tổng số hộ dân", "Hộ nghèo", "Tỷ lệ %", "Hộ cận nghèo", "Tỷ lệ %"];
/// Without it, Excel takes UTF-8 for the system's own code page.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes a table in the plan's columns, with its total row.
///
/// # Errors
/// When `to` cannot be written.
pub fn write_csv(statistics: &Statistics, mut to: impl Write) -> io::Result<()> {
    to.write_all(BYTE_ORDER_MARK)?;
    // Carriage returns as RFC 4180 has them.
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    csv.write_record(HEADER)?;
    for row in &statistics.rows {
        csv.write_record(cells(row, &row.name))?;
    }
    csv.write_record(cells(&statistics.total, "Tổng cộng"))?;
    csv.flush()
}

/// Writes a table in one of the formats.
///
/// # Errors
/// When `to` cannot be written.
pub fn write(statistics: &Statistics, format: Format, mut to: impl Write) -> io::Result<()> {
    match format {
        Format::Csv => write_csv(statistics, to),
        Format::Json => {
            serde_json::to_writer_pretty(&mut to, statistics)?;
            to.write_all(b"\n")
        }
    }
}

fn cells(row: &Row, name: &str) -> [String; 7] {
    [
        row.stt.map_or_else(String::new, |n| n.to_string()),
        harmless(name),
        row.households.to_string(),
        row.poor.to_string(),
        percent(row.poor_percent),
        row.near_poor.to_string(),
        percent(row.near_poor_percent),
    ]
}

/// A percentage as the plan writes it, `15,55`.
fn percent(percent: Option<Decimal>) -> String {
    percent.map_or_else(String::new, |p| p.to_string().replace('.', ","))
}

/// A text that a spreadsheet would take for a formula is marked as text.
#[must_use]
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use soho_shared::report::statistics;
    use soho_shared::sync::Round;
    use soho_shared::tally::{Book, Tally, TallyChange};

    use super::*;

    #[test]
    fn the_table_has_the_plan_s_columns_and_total() {
        let mut book = Book::default();
        let by = Tally { households: 800, persons: 3_000, classes: [124, 52, 10, 614], ..Tally::default() };
        book.apply(&TallyChange {
            round: Round::CENSUS_2010,
            commune: "29173".parse().unwrap(),
            hamlet: 1,
            by,
        });
        let area = "83".parse().unwrap();
        let table = statistics(&book, area, Round::CENSUS_2010, By::District).unwrap();
        let mut bytes = Vec::new();
        write_csv(&table, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<_> = text.split_terminator("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}STT,Đơn vị,Tổng số hộ dân,Hộ nghèo,Tỷ lệ %,Hộ cận nghèo,Tỷ lệ %");
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[10], ",Tổng cộng,800,124,\"15,50\",52,\"6,50\"");
        assert!(lines.iter().any(|l| l.contains("Ba Tri,800,124")), "{text}");
    }

    #[test]
    fn formulas_are_texts() {
        for bad in ["=1+1", "+84", "-2", "@x", "\t=1"] {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
        assert_eq!(harmless("Xã An Đức"), "Xã An Đức");
    }
}
