//! What is wrong with a row: which column, and why.

use std::fmt;

use soho_shared::money::TypedError;

use super::header::Column;
use super::rows::MAX_FIELD;

/// Most characters of a value that a problem repeats.
const SHOWN: usize = 40;

/// Why a row has no class.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem<'a> {
    #[error("the header is repeated here")]
    HeaderAgain,
    #[error("only {found} of {expected} fields{}", columns(.missing))]
    TooFew { found: usize, expected: usize, missing: Vec<Column> },
    #[error("{found} fields instead of {expected}: put a field with a separator in quotes")]
    TooMany { found: usize, expected: usize },
    #[error("a quotation mark is never closed: everything after it was read as this row")]
    Unclosed,
    #[error("{}: {length} bytes long; at most {MAX_FIELD} are read", .column.name())]
    TooLong { column: Column, length: u64 },
    #[error("{}: missing", .0.name())]
    Missing(Column),
    #[error("deprivations: missing, and at this income it decides the class")]
    Needed,
    #[error("{}: {value} is not UTF-8", .column.name())]
    NotUtf8 { column: Column, value: Excerpt<'a> },
    #[error("residence: {0} is neither rural nor urban")]
    Residence(Excerpt<'a>),
    #[error("{}: {value} is not a whole number", .column.name())]
    NotWhole { column: Column, value: Excerpt<'a> },
    #[error("members: {0} is not from 1 to 99")]
    Members(Excerpt<'a>),
    #[error("annual_income_vnd: {value}: {error}")]
    Income { value: Excerpt<'a>, error: TypedError },
    #[error("deprivations: {value} is not from 0 to {most}, the standard's indicators")]
    Deprivations { value: Excerpt<'a>, most: u8 },
}

fn columns(missing: &[Column]) -> String {
    let names: Vec<_> = missing.iter().map(|column| column.name()).collect();
    if names.is_empty() { String::new() } else { format!("; missing: {}", names.join(", ")) }
}

/// The beginning of a value as it is in the file, on one line.
#[derive(Debug)]
pub(super) struct Excerpt<'a>(pub(super) &'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.0[..self.0.len().min(4 * SHOWN + 4)]);
        f.write_str("`")?;
        for c in text.chars().take(SHOWN) {
            write!(f, "{}", if c.is_control() { ' ' } else { c })?;
        }
        f.write_str(if text.chars().count() > SHOWN { "…`" } else { "`" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_repeated_only_so_far() {
        let long = "ộ".repeat(10_000);
        for (value, shown) in [
            (&b"abc"[..], "`abc`".to_owned()),
            (b"a\r\nb", "`a  b`".to_owned()),
            (b"a\xff", "`a\u{fffd}`".to_owned()),
            (long.as_bytes(), format!("`{}…`", "ộ".repeat(SHOWN))),
        ] {
            assert_eq!(Excerpt(value).to_string(), shown);
        }
    }
}
