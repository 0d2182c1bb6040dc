//! Tables as files: the same bytes from the command line and over HTTP.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use soho_shared::area::AreaCode;
use soho_shared::count::Listed;
use soho_shared::record::Round;
use soho_shared::report::{By, Months, Movement, Sheet, Statistics, Targets};
use utoipa::ToSchema;

use crate::register::{Register, StatisticsError};

/// A report by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReportKind {
    /// By huyện, thành phố: the plan's own table.
    District,
    /// By xã, phường, thị trấn.
    Commune,
    /// Who came out of poverty and who fell into it, in the columns of Mẫu số 3.
    Movement,
    /// The plan's path from 2010 on.
    Targets,
    /// Reviews on request within a round's year, month by month.
    Months,
}

impl ReportKind {
    /// All kinds, as they are named in addresses and on the command line.
    pub const ALL: [(&'static str, ReportKind); 5] = [
        ("district", ReportKind::District),
        ("commune", ReportKind::Commune),
        ("movement", ReportKind::Movement),
        ("targets", ReportKind::Targets),
        ("months", ReportKind::Months),
    ];

    /// The areas that its rows count, where nobody says otherwise.
    #[must_use]
    pub const fn by(self, area: AreaCode) -> By {
        match (self, area) {
            (ReportKind::District, _) => By::District,
            (ReportKind::Commune, _) => By::Commune,
            (_, AreaCode::Province(_)) => By::District,
            (_, AreaCode::District(_)) => By::Commune,
            (_, AreaCode::Commune(_) | AreaCode::Hamlet(_)) => By::Hamlet,
        }
    }
}

impl FromStr for ReportKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        ReportKind::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind).ok_or_else(|| {
            "the reports are `district`, `commune`, `movement`, `targets` and `months`".to_owned()
        })
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

/// What a report is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Which report.
    pub kind: ReportKind,
    /// Of which area.
    pub area: AreaCode,
    /// Of which round; the path has all.
    pub round: Round,
    /// What its rows count; the next smaller areas where nobody says.
    pub by: Option<By>,
    /// Whose movement a table shows.
    pub listed: Listed,
}

impl Asked {
    /// The areas that the rows count.
    #[must_use]
    pub fn by(&self) -> By {
        self.by.unwrap_or_else(|| self.kind.by(self.area))
    }
}

/// A report, ready to be written.
#[derive(Clone, Debug)]
pub enum Report {
    /// The plan's table.
    Table(Box<Statistics>),
    /// Movement; as a table it is that of one class.
    Movement(Box<Movement>, Listed),
    /// The plan's path.
    Targets(Targets),
    /// Reviews month by month.
    Months(Months),
}

impl Report {
    /// Makes a report of what is stored now.
    ///
    /// # Errors
    /// When the area cannot be divided so, or the store fails.
    pub async fn of(store: &Register, asked: Asked) -> Result<Self, StatisticsError> {
        let Asked { kind, area, round, listed, .. } = asked;
        Ok(match kind {
            ReportKind::District | ReportKind::Commune => {
                Report::Table(Box::new(store.statistics(area, round, asked.by()).await?))
            }
            ReportKind::Movement => {
                Report::Movement(Box::new(store.movement(area, round, asked.by())?), listed)
            }
            ReportKind::Targets => Report::Targets(store.targets(area)?),
            ReportKind::Months => Report::Months(store.months(area, round)?),
        })
    }

    /// The report as a table.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        match self {
            Report::Table(statistics) => statistics.sheet(&statistics.rows),
            Report::Movement(movement, listed) => movement.sheet(*listed),
            Report::Targets(targets) => targets.sheet(),
            Report::Months(months) => months.sheet(),
        }
    }

    /// Writes it in one of the formats.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write(&self, format: Format, mut to: impl Write) -> io::Result<()> {
        match format {
            Format::Csv => to.write_all(self.sheet().csv().as_bytes()),
            Format::Json => {
                match self {
                    Report::Table(statistics) => serde_json::to_writer_pretty(&mut to, statistics)?,
                    Report::Movement(movement, _) => serde_json::to_writer_pretty(&mut to, movement)?,
                    Report::Targets(targets) => serde_json::to_writer_pretty(&mut to, targets)?,
                    Report::Months(months) => serde_json::to_writer_pretty(&mut to, months)?,
                }
                to.write_all(b"\n")
            }
        }
    }
}
