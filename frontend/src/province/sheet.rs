//! Cells as people read them on the page, and tables with the name of their file.

use soho_frontend::i18n::Lang;
use soho_shared::report;
pub use soho_shared::report::Cell;

use crate::number;

/// A cell as people read it; rates without their sign, which the heading carries.
#[must_use]
pub fn shown(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(n) => number::count(*n, lang),
        Cell::Percent(p) => number::rate(*p, lang),
    }
}

/// A table that leaves the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The file's name without its ending: plain letters, so that every system keeps it.
    pub name: String,
    /// What is in it.
    pub table: report::Sheet,
}
