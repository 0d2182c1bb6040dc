//! The data dictionary: what each column of each table is.

use super::columns::{Household, OfHamlet};
use super::file::Table;

/// The dictionary as CSV: table, column, type, unit or values, meaning in Vietnamese and English.
pub(super) fn csv(households: &Table<Household>, tallies: &Table<OfHamlet>) -> Vec<u8> {
    let mut rows = vec![["table", "column", "type", "unit_or_values", "vi", "en"].map(ToOwned::to_owned)];
    rows.extend(of(households));
    rows.extend(of(tallies));
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    rows.iter().for_each(|row| drop(csv.write_record(row)));
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    bytes.extend(csv.into_inner().unwrap_or_default());
    bytes
}

fn of<R>(table: &Table<R>) -> impl Iterator<Item = [String; 6]> + '_ {
    let words = ("Đợt rà soát, từ tên thư mục", "Round of review, from the folder's name");
    let round = [table.name, "round", "int64", "year", words.0, words.1].map(ToOwned::to_owned);
    let columns = table.columns.iter().map(|column| {
        let text = |text: &str| text.to_owned();
        let (name, kind) = (text(&column.name), text(column.kind.words().1));
        [text(table.name), name, kind, text(column.unit), text(&column.vi), text(&column.en)]
    });
    std::iter::once(round).chain(columns)
}
