//! Tables as files: the same bytes from the command line and over HTTP.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use soho_shared::report::{By, Statistics};
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
    /// All kinds, as they are named in addresses and on the command line.
    pub const ALL: [(&'static str, ReportKind); 2] =
        [("district", ReportKind::District), ("commune", ReportKind::Commune)];

    /// The areas that its rows count.
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
    /// CSV, for spreadsheets.
    Csv,
    /// JSON: the table as the pages get it.
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

/// Writes a table in one of the formats.
///
/// # Errors
/// When `to` cannot be written.
pub fn write(statistics: &Statistics, format: Format, mut to: impl Write) -> io::Result<()> {
    match format {
        Format::Csv => to.write_all(statistics.sheet(&statistics.rows).csv().as_bytes()),
        Format::Json => {
            serde_json::to_writer_pretty(&mut to, statistics)?;
            to.write_all(b"\n")
        }
    }
}
