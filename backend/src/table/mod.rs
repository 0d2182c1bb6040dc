//! Tables as files of other programs: what they hold of a text, a number and a day.

pub mod xlsx;

use std::borrow::Cow;

use rust_xlsxwriter::XlsxError;
use soho_shared::report::Cell;
use soho_shared::text::lines;
use soho_shared::words;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It has no columns.
    #[error("the table has no columns")]
    NoColumns,
    /// A sheet does not hold it.
    #[error(
        "a sheet holds at most {lines} lines and {columns} columns: choose a smaller area",
        lines = MAX_LINES,
        columns = MAX_COLUMNS
    )]
    TooLarge,
    /// The workbook could not be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
}

/// Most lines of a table in a workbook; spreadsheets end at 1.048.576 rows.
pub const MAX_LINES: usize = 1_000_000;
/// Most columns of a table in a workbook.
pub const MAX_COLUMNS: usize = 1_000;

/// A text as other programs take it: composed (NFC) and without hidden characters. Decomposed letters come out wider in
/// spreadsheets, and no reader composes them.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    match lines(text) {
        Cow::Borrowed(text) if is_nfc(text) => Cow::Borrowed(text),
        text => Cow::Owned(text.nfc().collect()),
    }
}

/// A whole number with its thousands apart: `358.966`.
#[must_use]
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// A cell as a person reads it on paper: `358.966`, `15,55`, `05/12/2011`.
#[must_use]
pub fn shown(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Empty | Cell::Percent(None) => Cow::Borrowed(""),
        Cell::Text(text) => clean(text),
        Cell::Count(n) | Cell::Dong(n) => Cow::Owned(grouped(*n)),
        Cell::Percent(Some(percent)) => Cow::Owned(percent.to_string().replace('.', ",")),
        Cell::Date(day) => Cow::Owned(words::day(&clean(day))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_as_a_person_reads_it() {
        let cells = [
            (Cell::Count(358_966), "358.966"),
            (Cell::Count(-1_000), "-1.000"),
            (Cell::Count(100), "100"),
            (Cell::Dong(1_234_567), "1.234.567"),
            (Cell::Percent("15.50".parse().ok()), "15,50"),
            (Cell::Percent(None), ""),
            (Cell::Date("2011-12-05".to_owned()), "05/12/2011"),
            (Cell::Date("1950".to_owned()), "1950"),
            ("Lê Thị U\u{301}t\u{200b}".into(), "Lê Thị Út"),
        ];
        for (cell, expected) in cells {
            assert_eq!(shown(&cell), expected, "{cell:?}");
        }
    }
}
