//! The units of an area: what the rows of a table count.

use std::collections::BTreeSet;

use super::plan::{DISTRICT, TOTAL, about};
use super::table::{Cell, Column, Head, Line, LineKind, Table};
use super::{By, Row, tally_of};
use crate::area::{self, AreaCode, DistrictCode, HamletCode, Residence};
use crate::count::{Book, Period, Tally};
use crate::record::Round;

/// What one row of a table counts.
pub(super) struct Area {
    pub(super) code: AreaCode,
    pub(super) name: String,
    /// The district, of a commune.
    pub(super) district: Option<DistrictCode>,
    /// Rural or urban, of a commune.
    pub(super) residence: Option<Residence>,
    /// The number of a hamlet; 0 for records that name none.
    hamlet: Option<u8>,
}

impl Area {
    pub(super) fn tally(&self, book: &Book, period: impl Into<Period>) -> Tally {
        let period = period.into();
        match (self.code, self.hamlet) {
            (AreaCode::District(code), _) => {
                Residence::ALL.map(|residence| book.district_part(period, code, residence)).iter().sum()
            }
            (AreaCode::Hamlet(HamletCode { commune, .. }) | AreaCode::Commune(commune), Some(number)) => {
                let found = book.hamlets(period, commune).find(|(hamlet, _)| *hamlet == number);
                found.map(|(_, tally)| *tally).unwrap_or_default()
            }
            (AreaCode::Commune(code), None) => {
                area::commune(code).map(|commune| book.commune(period, commune)).unwrap_or_default()
            }
            (AreaCode::Province(_) | AreaCode::Hamlet(_), _) => Tally::default(),
        }
    }
}

/// The areas that the rows of a table count, in the plan's order: all districts or communes of an area, or a commune's
/// hamlets that have anything in one of these rounds.
pub(super) fn areas(book: &Book, area: AreaCode, rounds: &[Round], by: By) -> Result<Vec<Area>, String> {
    match (by, area) {
        (By::District, AreaCode::Province(_) | AreaCode::District(_)) => Ok(area::districts()
            .iter()
            .filter(|d| matches!(area, AreaCode::Province(_)) || area == AreaCode::District(d.code))
            .map(|d| {
                let (code, name) = (AreaCode::District(d.code), d.name.to_owned());
                Area { code, name, district: None, residence: None, hamlet: None }
            })
            .collect()),
        (By::Commune, AreaCode::Province(_) | AreaCode::District(_) | AreaCode::Commune(_)) => {
            Ok(area::districts()
                .iter()
                .flat_map(|d| area::communes_of(d.code))
                .filter(|c| area.contains_commune(c))
                .map(|c| {
                    let (code, name) = (AreaCode::Commune(c.code), c.name.to_owned());
                    let (district, residence) = (Some(c.district), Some(c.residence()));
                    Area { code, name, district, residence, hamlet: None }
                })
                .collect())
        }
        (By::Hamlet, AreaCode::Commune(commune)) => {
            let hamlets = rounds.iter().flat_map(|round| book.hamlets(*round, commune));
            let numbers = hamlets.filter(|(_, tally)| !tally.is_zero()).map(|(number, _)| number);
            let numbers: BTreeSet<u8> = numbers.collect();
            let row = |number| {
                let (code, name) = match HamletCode::new(commune, number) {
                    Some(hamlet) => (AreaCode::Hamlet(hamlet), hamlet.name()),
                    None => (AreaCode::Commune(commune), Row::unplaced()),
                };
                Area { code, name, district: None, residence: None, hamlet: Some(number) }
            };
            Ok(numbers.into_iter().map(row).collect())
        }
        _ => Err(match by {
            By::District => "only the province or a district can be counted by district",
            By::Commune => "a hamlet cannot be counted by commune",
            By::Hamlet => "only one commune at a time can be counted by hamlet",
        }
        .to_owned()),
    }
}

/// The round before; none before the first.
pub(super) fn before(round: Round) -> Option<Round> {
    Round::new(round.year() - 1)
}

/// Whether the rows are communes of several districts, so that each must say which.
pub(super) const fn names_districts(area: AreaCode, by: By) -> bool {
    matches!((by, area), (By::Commune, AreaCode::Province(_)))
}

/// What is counted of a unit.
pub(super) struct Counted {
    /// In the round.
    pub(super) now: Tally,
    /// In the round before.
    pub(super) before: Tally,
}

/// The units of an area with what is counted of each.
pub(super) struct Units {
    pub(super) area: AreaCode,
    pub(super) round: Round,
    pub(super) by: By,
    rows: Vec<(Area, Counted)>,
    /// What is counted of the area as a whole.
    pub(super) total: Counted,
}

impl Units {
    /// The units of an area, from running sums.
    ///
    /// # Errors
    /// When the area cannot be divided so, as for [`areas`].
    pub(super) fn of(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Self, String> {
        let then = before(round);
        let row = |of: Area| {
            let before = then.map(|then| of.tally(book, then)).unwrap_or_default();
            let counted = Counted { now: of.tally(book, round), before };
            (of, counted)
        };
        let rows = areas(book, area, &[round], by)?.into_iter().map(row).collect();
        let before = then.map(|then| tally_of(book, area, then)).unwrap_or_default();
        Ok(Units { area, round, by, rows, total: Counted { now: tally_of(book, area, round), before } })
    }

    /// A table with a line for each unit and the total: number, name, where they are of several districts the district, and
    /// then these columns.
    pub(super) fn table(
        &self,
        title: Head,
        columns: impl IntoIterator<Item = Column>,
        figures: impl Fn(&Counted) -> Vec<Cell>,
    ) -> Table {
        let rows = self.rows.iter().map(|(of, counted)| (of, figures(counted)));
        frame(title, (self.area, self.round, self.by), columns, rows, figures(&self.total))
    }
}

/// A table with a line for each unit and the total.
pub(super) fn frame<'a>(
    title: Head,
    (area, round, by): (AreaCode, Round, By),
    columns: impl IntoIterator<Item = Column>,
    rows: impl IntoIterator<Item = (&'a Area, Vec<Cell>)>,
    total: Vec<Cell>,
) -> Table {
    let with_district = names_districts(area, by);
    let mut table = Table::new(title, about(area, round));
    table.columns = vec![Column::number(), Column::text("name", ("Đơn vị", "Area"), 26)];
    table.columns.extend(with_district.then(|| Column::text("district", DISTRICT, 20)));
    table.columns.extend(columns);
    let cells = |first: Cell, name: &str, district: &str, figures: Vec<Cell>| -> Vec<Cell> {
        let district = with_district.then(|| Cell::from(district));
        [first, name.into()].into_iter().chain(district).chain(figures).collect()
    };
    let unit = |(number, (of, figures)): (i64, (&Area, Vec<Cell>))| {
        let district = of.district.and_then(area::district).map_or("", |district| district.name);
        Line::unit(Some(of.code.to_string()), cells(number.into(), &of.name, district, figures))
    };
    table.lines = (1..).zip(rows).map(unit).collect();
    table.lines.push(Line::of(LineKind::Total, cells(Cell::Empty, TOTAL.0, "", total)));
    table
}
