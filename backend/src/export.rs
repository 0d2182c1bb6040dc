//! Reports as files: the same bytes from the command line and over HTTP.

use std::str::FromStr;

use soho_shared::paper::{Letterhead, Paper};
use soho_shared::report::{Asked, Incomes, Months, Movement, ReportKind, Statistics, Table, Targets};
use soho_shared::what_if::Households;
use tokio::task;

use crate::engine::StoreError;
use crate::print;
use crate::register::{Register, StatisticsError};
use crate::table::{TableError, xlsx};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV, for spreadsheets.
    Csv,
    /// XLSX, with formulas, to be handed in.
    Xlsx,
    /// HTML on sheets of paper; its looks are on the server.
    Print,
    /// JSON: the figures by their names, where the report has such; else the table.
    Json,
    /// JSON of the table, as the pages draw it.
    Table,
}

impl Format {
    /// All formats, with their words in addresses and on the command line.
    pub const ALL: [(&'static str, Format); 5] = [
        ("csv", Format::Csv),
        ("xlsx", Format::Xlsx),
        ("print", Format::Print),
        ("json", Format::Json),
        ("table", Format::Table),
    ];

    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Print => "text/html; charset=utf-8",
            Format::Json | Format::Table => "application/json",
        }
    }

    /// How the name of such a file ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Print => "html",
            Format::Json | Format::Table => "json",
        }
    }

    /// Whether a browser shows it, and does not keep it as a file.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        matches!(self, Format::Print | Format::Table)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Format::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, format)| format);
        found.ok_or_else(|| "the formats are `csv`, `xlsx`, `print`, `json` and `table`".to_owned())
    }
}

/// Why a report cannot be written as a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// As JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// As a workbook.
    #[error(transparent)]
    Workbook(#[from] TableError),
}

/// A report, ready to be written.
#[derive(Clone, Debug)]
pub struct Report {
    asked: Asked,
    told: Told,
}

/// What a report tells.
#[derive(Clone, Debug)]
enum Told {
    /// The plan's table.
    Plan(Box<Statistics>),
    /// Movement of both classes.
    Movement(Box<Movement>),
    /// The plan's path.
    Targets(Targets),
    /// Reviews month by month.
    Months(Months),
    /// Figures that are a table alone.
    Table(Box<Table>),
}

impl Report {
    /// Makes a report of what is stored now.
    ///
    /// # Errors
    /// When there is no such report ([`Asked::misfit`] says why), or the store fails.
    pub async fn of(store: &Register, asked: Asked) -> Result<Self, StatisticsError> {
        if let Some(misfit) = asked.misfit() {
            return Err(StatisticsError::Division(misfit.said.en.into_owned()));
        }
        let Asked { kind, area, round, .. } = asked;
        let told = match kind {
            ReportKind::District | ReportKind::Commune | ReportKind::Hamlet => {
                Told::Plan(Box::new(store.statistics(area, round, asked.by())?))
            }
            ReportKind::Movement => Told::Movement(Box::new(store.movement(area, round, asked.by())?)),
            ReportKind::Targets => Told::Targets(store.targets(area)?),
            ReportKind::Months => Told::Months(store.months(area, round)?),
            _ => {
                let incomes = incomes(store, asked).await?;
                Told::Table(Box::new(store.report(&incomes, asked)?))
            }
        };
        Ok(Report { asked, told })
    }

    /// The report as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        match &self.told {
            Told::Plan(statistics) => statistics.table(&statistics.rows),
            Told::Movement(movement) => movement.table(self.asked.listed),
            Told::Targets(targets) => targets.table(),
            Told::Months(months) => months.table(),
            Told::Table(table) => (**table).clone(),
        }
    }

    /// Writes it in one of the formats.
    ///
    /// # Errors
    /// When the workbook cannot be made.
    pub fn file(&self, format: Format) -> Result<Vec<u8>, FileError> {
        let area = self.asked.area;
        Ok(match format {
            Format::Csv => self.table().csv().into_bytes(),
            Format::Xlsx => {
                xlsx::workbook(&self.table(), Some(&Letterhead::of(area, None, "BC-UBND", None)))?
            }
            Format::Print => print::page(&Paper::of_table(area, self.table())).into_bytes(),
            Format::Json => {
                let mut json = match &self.told {
                    Told::Plan(statistics) => serde_json::to_vec_pretty(statistics)?,
                    Told::Movement(movement) => serde_json::to_vec_pretty(movement)?,
                    Told::Targets(targets) => serde_json::to_vec_pretty(targets)?,
                    Told::Months(months) => serde_json::to_vec_pretty(months)?,
                    Told::Table(table) => serde_json::to_vec_pretty(table)?,
                };
                json.push(b'\n');
                json
            }
            Format::Table => serde_json::to_vec(&self.table())?,
        })
    }
}

/// The incomes of an area in a round, for a report that is made of them; else none.
async fn incomes(store: &Register, asked: Asked) -> Result<Incomes, StatisticsError> {
    let Asked { kind, area, round, .. } = asked;
    if !kind.is_of_incomes() {
        return Ok(Incomes::new(round));
    }
    let Some(households) = store.columns(area, round, None).await?.households else {
        return Ok(Incomes::new(round));
    };
    let gathered = task::spawn_blocking(move || gathered(&households)).await;
    gathered.map_err(|_| StoreError::Stopped("it was cut short".to_owned()).into())
}

/// The incomes in the columns.
fn gathered(households: &Households) -> Incomes {
    let mut incomes = Incomes::new(households.round());
    let columns = households.columns();
    let mut rows = columns.annual_net.iter().zip(columns.members).zip(columns.residence);
    for of in households.communes() {
        incomes.leave_out(of.code, i64::try_from(of.undecided).unwrap_or(i64::MAX));
        for ((net, members), residence) in rows.by_ref().take(of.decided) {
            incomes.add(of.code, *residence, *members, *net);
        }
    }
    incomes
}

#[cfg(test)]
mod tests {
    use soho_shared::count::Listed;
    use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};
    use soho_shared::report::{self, Cell};
    use soho_shared::what_if::Part;

    use super::*;

    fn doc(members: i64, income: i64) -> Doc {
        let mut doc = Doc::default();
        let stamp = Stamp::new(1_300_000_000_000, 0, Actor(1)).unwrap();
        for (field, value) in [
            ("member_count", Value::Int(members)),
            ("income/a/source", "crops".into()),
            ("income/a/amount", Value::Int(income)),
        ] {
            doc.write(stamp, &Change { field: field.parse().unwrap(), value, seen: Vec::new() });
        }
        doc
    }

    #[test]
    fn each_commune_has_its_own_incomes() {
        let round = Round::CENSUS_2010;
        let [urban, rural] = ["28756", "29173"].map(|code| code.parse().unwrap());
        let mut parts = [Part::new(rural, round), Part::new(urban, round)];
        parts[0].add(&doc(4, 14_400_000));
        parts[0].add(&doc(2, 24_000_000));
        parts[1].add(&doc(3, 9_000_000));
        let incomes = gathered(&Households::join(round, parts));
        let kind = ReportKind::Gap;
        let asked = Asked {
            kind,
            area: "83".parse().unwrap(),
            round,
            by: Some(report::By::Commune),
            listed: Listed::Poor,
        };
        let table = report::make(&soho_shared::count::Book::default(), &incomes, asked).unwrap();
        let missing = table.column("missing").unwrap();
        let of = |code: &str| {
            let line = table.lines.iter().find(|line| line.code.as_deref() == Some(code)).unwrap();
            line.cells[missing].clone()
        };
        // 100.000 đ of 4 people for 12 months, and 250.000 đ of 3.
        assert_eq!((of("29173"), of("28756")), (Cell::Dong(4_800_000), Cell::Dong(9_000_000)));
        assert_eq!(table.lines.last().unwrap().cells[missing], Cell::Dong(13_800_000));
    }
}
