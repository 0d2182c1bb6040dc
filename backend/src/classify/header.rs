//! The header: which character separates fields, and which column is where.

use soho_shared::standard::Standard;
use soho_shared::text::is_hidden;

use super::foreign::Foreign;
use super::rows::blank;

/// Columns that a household's row may hold, in the order used for indexing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Residence,
    Members,
    Income,
    Deprivations,
}

impl Column {
    pub(super) const ALL: [Column; 5] =
        [Column::Id, Column::Residence, Column::Members, Column::Income, Column::Deprivations];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Column::Id => "id",
            Column::Residence => "residence",
            Column::Members => "members",
            Column::Income => "annual_income_vnd",
            Column::Deprivations => "deprivations",
        }
    }

    /// Whether a field names this column. Capitals, spaces of any kind and characters that nobody sees do not matter.
    pub(super) fn named(self, field: &[u8]) -> bool {
        let unseen = |c: char| c.is_whitespace() || is_hidden(c);
        std::str::from_utf8(field)
            .is_ok_and(|field| field.trim_matches(unseen).eq_ignore_ascii_case(self.name()))
    }
}

/// Why the first row is not a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is nothing at all.
    #[error("there are no rows: the first must name the columns id,residence,members,annual_income_vnd")]
    Empty,
    /// It is not CSV.
    #[error("this is {}: {}", .0.what, .0.instead)]
    Foreign(Foreign),
    /// It has no end.
    #[error("the first row has no end: is a quotation mark left open?")]
    Endless,
    /// It lacks columns that are always needed.
    #[error("the first row must name the columns; it lacks {0}")]
    Missing(String),
    /// It names a column twice.
    #[error("the first row names the column {0} twice")]
    Twice(&'static str),
}

/// Layout of the rows below the header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) separator: u8,
    /// What each field of a row holds; `None` for columns that are not needed.
    pub(super) columns: Vec<Option<Column>>,
}

/// The line `sep=;` that some programs write first, for Excel alone: its length in bytes and the separator it names.
pub(super) fn separator_line(start: &[u8]) -> Option<(usize, u8)> {
    let end = start.iter().take(32).position(|b| matches!(b, b'\r' | b'\n'))?;
    let line = &start[..end];
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    let (separator, more) = rest.split_first()?;
    let names_one = name.eq_ignore_ascii_case(b"sep=")
        && separator.is_ascii()
        && !separator.is_ascii_alphanumeric()
        && *separator != b'"'
        // A program that saved it again has filled the row with separators.
        && more.iter().all(|more| more == separator);
    names_one.then_some((end, *separator))
}

impl Header {
    /// Reads the header at the start of the text. `named` is the separator that the file itself names; `whole` says
    /// that the text ends with `start`.
    pub(super) fn read(
        start: &[u8],
        named: Option<u8>,
        whole: bool,
        standard: &Standard,
    ) -> Result<Header, HeaderError> {
        if let Some(foreign) = Foreign::known(start) {
            return Err(HeaderError::Foreign(foreign));
        }
        // The separator that finds most of the columns; of equals the first.
        let mut best: Option<(usize, Header)> = None;
        for separator in named.into_iter().chain([b',', b';', b'\t']) {
            let columns = names(start, whole, separator)?;
            let found = columns.iter().flatten().count();
            if best.as_ref().is_none_or(|(most, _)| found > *most) {
                best = Some((found, Header { separator, columns }));
            }
        }
        let (_, mut header) = best.ok_or(HeaderError::Empty)?;
        let count = |column: Column| header.columns.iter().filter(|c| **c == Some(column)).count();
        let needed = &Column::ALL[..Column::Deprivations as usize];
        let missing: Vec<_> = needed.iter().filter(|c| count(**c) == 0).map(|c| c.name()).collect();
        if !missing.is_empty() {
            return Err(HeaderError::Missing(missing.join(", ")));
        }
        if let Some(column) = Column::ALL.into_iter().find(|c| count(*c) > 1) {
            return Err(HeaderError::Twice(column.name()));
        }
        if !standard.is_multidimensional() {
            for column in &mut header.columns {
                *column = column.filter(|c| *c != Column::Deprivations);
            }
        }
        Ok(header)
    }
}

fn names(start: &[u8], whole: bool, separator: u8) -> Result<Vec<Option<Column>>, HeaderError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(start);
    let mut record = csv::ByteRecord::new();
    // Skips to the first row with anything in it.
    while record.iter().all(blank) {
        // Reading bytes from memory cannot fail.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            return Err(if whole { HeaderError::Empty } else { HeaderError::Endless });
        }
    }
    if !whole && reader.position().byte() >= start.len() as u64 {
        return Err(HeaderError::Endless);
    }
    let column = |field: &[u8]| Column::ALL.into_iter().find(|column| column.named(field));
    Ok(record.iter().map(column).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::law::standard;

    fn read(text: &str) -> Result<(char, Vec<Option<Column>>), HeaderError> {
        Header::read(text.as_bytes(), None, true, standard("2016").unwrap())
            .map(|header| (char::from(header.separator), header.columns))
    }

    #[test]
    fn the_separator_is_the_one_that_finds_the_columns() {
        let columns: Vec<_> = Column::ALL[..4].iter().copied().map(Some).collect();
        for (text, separator) in [
            ("id,residence,members,annual_income_vnd\n", ','),
            ("id;residence;members;annual_income_vnd\r\n", ';'),
            ("id\tresidence\tmembers\tannual_income_vnd", '\t'),
            ("\"id\";\"residence\" ; Members;ANNUAL_INCOME_VND\nx", ';'),
            ("\n\r\nid,residence,members,annual_income_vnd\n", ','),
            (";;;\n \n;;;\nid;residence;members;annual_income_vnd\n", ';'),
            ("\u{a0}id\u{a0},\u{200b}residence,\u{feff}members,annual_income_vnd \u{202f}\n", ','),
        ] {
            assert_eq!(read(text), Ok((separator, columns.clone())), "{text:?}");
        }
        let (_, columns) = read("a;b,c,members,id,annual_income_vnd,deprivations,residence").unwrap();
        assert_eq!(columns[..3], [None, None, Some(Column::Members)]);
    }

    #[test]
    fn a_line_for_excel_names_the_separator() {
        for (start, line) in [
            ("sep=;\r\nid", Some((5, b';'))),
            ("SEP=|\nid", Some((5, b'|'))),
            ("sep=\t\nid", Some((5, b'\t'))),
            ("\"sep=,\"\nid", Some((7, b','))),
            ("sep=,,,,\nid", Some((8, b','))),
            ("sep=;", None),
            ("sep=\nid", None),
            ("sep=x\nid", None),
            ("step=;\nid", None),
            ("sep=;,\nid", None),
            ("id,residence\n", None),
        ] {
            assert_eq!(separator_line(start.as_bytes()), line, "{start:?}");
        }
    }

    #[test]
    fn what_is_no_header_is_said() {
        for (text, error) in [
            ("", HeaderError::Empty),
            ("\n\r\n", HeaderError::Empty),
            (",,\n ,\u{a0},\n", HeaderError::Empty),
            ("H1,rural,4,1", HeaderError::Missing("id, residence, members, annual_income_vnd".into())),
            ("id,residence,members", HeaderError::Missing("annual_income_vnd".into())),
            ("id,residence,members,annual_income_vnd,ID", HeaderError::Twice("id")),
        ] {
            assert_eq!(read(text), Err(error), "{text:?}");
        }
        let endless = Header::read(b"\"id,residence\n1,2\n", None, false, standard("2011").unwrap());
        assert_eq!(endless.unwrap_err(), HeaderError::Endless);
    }
}
