//! Formulas of a sheet: sums and rates, each with the result that the table has.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Formula, row_col_to_cell, row_col_to_cell_absolute};
use soho_shared::report::{Cell, Derived, Line, LineKind, Table};

/// Most separate ranges in a sum; spreadsheets end at 255.
const MOST_RANGES: usize = 200;

/// What the sums and rates of a table are made from.
pub(super) struct Formulas<'a> {
    table: &'a Table,
    /// Row of the first line on the sheet.
    first: u32,
    /// Whether there are blocks: then the total is their sum.
    has_blocks: bool,
    /// Place of the total among the lines.
    total: Option<usize>,
    /// Places of the two columns of each rate.
    rates: Vec<Option<(usize, usize)>>,
}

/// Lines that follow each other: the places of the first and the last.
type Run = (usize, usize);

impl<'a> Formulas<'a> {
    pub(super) fn new(table: &'a Table, first: u32) -> Self {
        let is = |kind: LineKind| move |line: &Line| line.kind == kind;
        let rate = |derived: &Derived| match derived {
            Derived::Percent { part, of } | Derived::PercentOfTotal { part, of } => {
                Some((table.column(part)?, table.column(of)?))
            }
            Derived::Given | Derived::Sum => None,
        };
        Formulas {
            table,
            first,
            has_blocks: table.lines.iter().any(is(LineKind::Block)),
            total: table.lines.iter().rposition(is(LineKind::Total)),
            rates: table.columns.iter().map(|column| rate(&column.derived)).collect(),
        }
    }

    /// The lines whose sum a line has.
    pub(super) fn added(&self, line: usize) -> Vec<Run> {
        let lines = &self.table.lines;
        let kind = |at: &usize| lines[*at].kind;
        match lines[line].kind {
            LineKind::Unit | LineKind::Part => Vec::new(),
            LineKind::Block => {
                let own = (line + 1..lines.len())
                    .take_while(|at| matches!(kind(at), LineKind::Unit | LineKind::Part));
                runs(own.filter(|at| kind(at) == LineKind::Unit))
            }
            LineKind::Total => {
                let added = if self.has_blocks { LineKind::Block } else { LineKind::Unit };
                runs((0..lines.len()).filter(|at| kind(at) == added))
            }
        }
    }

    /// The formula of a cell, where there is one and it comes to what the cell holds; `added` are the lines that
    /// its line adds.
    pub(super) fn of(&self, line: usize, column: usize, added: &[Run]) -> Option<Formula> {
        let cell = self.table.lines[line].cells.get(column)?;
        match &self.table.columns[column].derived {
            Derived::Given => None,
            Derived::Sum => self.sum(column, added, cell),
            Derived::Percent { .. } => self.rate(line, column, line, cell),
            Derived::PercentOfTotal { .. } => self.rate(line, column, self.total?, cell),
        }
    }

    fn sum(&self, column: usize, added: &[Run], cell: &Cell) -> Option<Formula> {
        let (Cell::Count(said) | Cell::Dong(said)) = cell else { return None };
        if added.is_empty() || added.len() > MOST_RANGES {
            return None;
        }
        let mut lines = added.iter().flat_map(|(first, last)| *first..=*last);
        let sum = lines.try_fold(0_i64, |sum, line| sum.checked_add(self.value(line, column)?))?;
        let at = |line| self.at(line, column);
        let ranges = added.iter().map(|(first, last)| {
            Some(if first == last { at(*first)? } else { format!("{}:{}", at(*first)?, at(*last)?) })
        });
        let ranges = ranges.collect::<Option<Vec<_>>>()?.join(",");
        (sum == *said).then(|| Formula::new(format!("SUM({ranges})")).set_result(said.to_string()))
    }

    fn rate(&self, line: usize, column: usize, whole_line: usize, cell: &Cell) -> Option<Formula> {
        let Cell::Percent(Some(said)) = cell else { return None };
        let (part, whole) = self.rates[column]?;
        let ten_thousandths = rounded(self.value(line, part)?, self.value(whole_line, whole)?)?;
        if Decimal::new(ten_thousandths, 2) != *said {
            return None;
        }
        let part = self.at(line, part)?;
        let whole = if line == whole_line {
            self.at(line, whole)?
        } else {
            row_col_to_cell_absolute(self.row(whole_line)?, u16::try_from(whole).ok()?)
        };
        let result = Decimal::new(ten_thousandths, 4).normalize().to_string();
        Some(Formula::new(format!("IF({whole}=0,\"\",ROUND({part}/{whole},4))")).set_result(result))
    }

    /// A cell as a formula takes it.
    fn value(&self, line: usize, column: usize) -> Option<i64> {
        match self.table.lines[line].cells.get(column) {
            Some(Cell::Count(n) | Cell::Dong(n)) => Some(*n),
            Some(Cell::Empty) | None => Some(0),
            Some(_) => None,
        }
    }

    fn at(&self, line: usize, column: usize) -> Option<String> {
        Some(row_col_to_cell(self.row(line)?, u16::try_from(column).ok()?))
    }

    fn row(&self, line: usize) -> Option<u32> {
        self.first.checked_add(u32::try_from(line).ok()?)
    }
}

/// Places in their order, those that follow each other together.
fn runs(places: impl Iterator<Item = usize>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            _ => runs.push((place, place)),
        }
    }
    runs
}

/// `ROUND(part / whole, 4)` in ten thousandths, half away from zero; `None` of nothing.
fn rounded(part: i64, whole: i64) -> Option<i64> {
    let (part, whole) = (i128::from(part) * 10_000, i128::from(whole));
    let sign = part.signum() * whole.signum();
    let size = (2 * part.abs() + whole.abs()).checked_div(2 * whole.abs())?;
    i64::try_from(size * sign).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_as_spreadsheets_round() {
        for (part, whole, expected) in [
            (55_821, 358_966, Some(1_555)),
            (1, 160, Some(63)),
            (-1, 160, Some(-63)),
            (1, 3, Some(3_333)),
            (2, 3, Some(6_667)),
            (0, 5, Some(0)),
            (5, 0, None),
        ] {
            assert_eq!(rounded(part, whole), expected, "{part} / {whole}");
        }
    }

    #[test]
    fn lines_that_follow_each_other_are_one_range() {
        assert_eq!(runs([1, 2, 3, 5, 7, 8].into_iter()), [(1, 3), (5, 5), (7, 8)]);
    }
}
