//! A report's workbook beside its table, read back by another library.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use soho_shared::report::{Cell, Derived, LineKind, Table};

/// Checks that a workbook has each cell of a table twice: on the sheet to hand in and on the one for programs. What is read
/// of a formula is the result stored beside it.
pub(super) fn same_as_workbook(table: &Table, bytes: Vec<u8>) {
    let mut book: Xlsx<Cursor<Vec<u8>>> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheets = book.sheet_names();
    assert_eq!(sheets[1..], ["du_lieu", "tu_dien"]);
    let values = book.worksheet_range(&sheets[0]).unwrap();
    let formulas = book.worksheet_formula(&sheets[0]).unwrap();
    handed_in(table, &values, &formulas);
    for_programs(table, &book.worksheet_range(&sheets[1]).unwrap());
}

/// Checks the sheet to hand in: rates are fractions, and what follows from other cells is a formula.
fn handed_in(table: &Table, values: &Range<Data>, formulas: &Range<String>) {
    let head = &*table.columns[0].head.vi;
    let heads = (0..60).find(|row| text(values.get_value((*row, 0))) == head).unwrap();
    let first = heads + if table.has_groups() { 2 } else { 1 };
    for (row, line) in (first..).zip(&table.lines) {
        for (at, (column, cell)) in (0..).zip(table.columns.iter().zip(&line.cells)) {
            same(values.get_value((row, at)), cell, 0.01);
            let is_formula = formulas.get_value((row, at)).is_some_and(|formula| !formula.is_empty());
            let is_empty = matches!(cell, Cell::Empty | Cell::Percent(None));
            let follows = follows(&column.derived, line.kind) && !is_empty;
            assert_eq!(is_formula, follows, "{} of {:?}", column.id, line.cells);
        }
    }
}

fn follows(derived: &Derived, line: LineKind) -> bool {
    match derived {
        Derived::Given => false,
        Derived::Sum => matches!(line, LineKind::Block | LineKind::Total),
        Derived::Percent { .. } | Derived::PercentOfTotal { .. } => true,
    }
}

/// Checks the sheet for programs: a row of heads, then plain values behind the code and the kind of each line.
fn for_programs(table: &Table, data: &Range<Data>) {
    let rows: Vec<&[Data]> = data.rows().collect();
    assert_eq!(rows.len(), table.lines.len() + 1);
    let ids = table.columns.iter().map(|column| &*column.id);
    let expected: Vec<&str> = ["code", "line"].into_iter().chain(ids).collect();
    let heads: Vec<String> = rows[0].iter().map(|head| text(Some(head))).collect();
    assert_eq!(heads, expected);
    for (row, line) in rows[1..].iter().zip(&table.lines) {
        assert_eq!(text(Some(&row[0])).trim(), line.code.as_deref().unwrap_or_default());
        assert_eq!(serde_json::to_value(line.kind).unwrap(), text(Some(&row[1])));
        assert_eq!(row.len(), line.cells.len() + 2);
        for (found, cell) in row[2..].iter().zip(&line.cells) {
            same(Some(found), cell, 1.0);
        }
    }
}

/// Checks one cell; `percent` is what 1 % is on its sheet.
fn same(found: Option<&Data>, cell: &Cell, percent: f64) {
    let expected = match cell {
        Cell::Count(n) | Cell::Dong(n) => Some(*n as f64),
        Cell::Percent(Some(rate)) => Some(rate.to_string().parse::<f64>().unwrap() * percent),
        _ => None,
    };
    match (expected, found) {
        (Some(expected), Some(Data::Float(found))) => {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
        (None, None | Some(Data::Empty | Data::String(_))) => {
            assert_eq!(text(found).trim(), cell.plain().trim());
        }
        _ => panic!("{found:?} is not {cell:?}"),
    }
}

fn text(found: Option<&Data>) -> String {
    found.map(ToString::to_string).unwrap_or_default()
}
