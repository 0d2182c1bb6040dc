//! Text of table cells, and tables to copy or save.

use soho_frontend::i18n::Lang;
use soho_shared::report;
pub use soho_shared::report::Cell;

use crate::number_text;

/// Formats a cell for the page. Rates have no percent sign, because the heading has it.
#[must_use]
pub fn shown(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(n) => number_text::count(*n, lang),
        Cell::Percent(p) => number_text::rate(*p, lang),
    }
}

/// A table to copy or save, with the name of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the file without its extension, in plain letters that every system accepts.
    pub name: String,
    /// Content of the table.
    pub table: report::Sheet,
}
