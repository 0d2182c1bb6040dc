//! Text of table cells, and tables to copy or save.

pub use soho_shared::report::Cell;
use soho_shared::report::Table;

pub use crate::number_text::cell as shown;

/// A table to copy or save, with the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the file without its extension, in plain letters that every system accepts.
    pub name: String,
    /// Content of the table.
    pub table: Table,
}
