//! Spreadsheets that offices keep, read into the register: lists of households, how many households each hamlet has, and supports
//! that households were given.
//!
//! A file goes this way: a process of its own reads its table ([`read`]), the heads of the columns are found, each row is read as
//! what it says, and compared with what the register has ([`run`]). A dry run ends there. Otherwise what is new is written, as edits
//! of whoever imports.
//!
//! An import never writes over what a person has typed: where the file says something else, both are kept, the person's value stands,
//! and an officer decides. What an import has written, a later one may write over. The same file again changes nothing, whatever was
//! decided since.
//!
//! Each import has a session of its own in the log, by which it is found and undone as a whole.

mod aside;
mod book;
mod command;
mod decide;
mod encoding;
mod heads;
mod known;
mod past;
mod plan;
mod rows;
mod supports;
mod text;
mod undo;
mod value;
mod write;
mod zip;

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use soho_shared::area::AreaCode;
use soho_shared::lang::Lang;
use soho_shared::record::Round;
use soho_shared::standard::Note;
use soho_shared::wire::imports::{ImportField, ImportKind, TextEncoding};

use crate::engine::StoreError;

pub use self::aside::{ReadTable, read};
pub use self::book::{MAX_FILE, Sheet, Unreadable, Wanted};
pub use self::command::Import;
pub use self::past::list;
pub use self::plan::{Writing, run};
pub use self::undo::undo;

/// What is imported, and how the file is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// A commune, a district or the province.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// What the rows are about.
    pub kind: ImportKind,
    /// The sheet; without one that whose heads fit best.
    pub sheet: Option<String>,
    /// Number of the row with the heads, the lowest where there are several; without one it is looked for.
    pub header: Option<u32>,
    /// What columns say, in place of what their heads do.
    pub columns: Columns,
    /// How the texts of columns are read, in place of what their fonts say.
    pub encodings: Encodings,
    /// Of supports: the one that rows are about which name none, by id or name.
    pub support: Option<String>,
    /// Of supports: the quarter that rows are about which say none, 1..=4.
    pub quarter: Option<u8>,
}

impl Options {
    /// What is read of the file.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted { kind: self.kind, sheet: self.sheet.clone(), latin: self.encodings.are_old() }
    }

    /// Digest of a file and of how it is read.
    #[must_use]
    pub fn digest(&self, file: &[u8]) -> String {
        let Options { area, round, kind, sheet, header, columns, encodings, support, quarter } = self;
        let mut how = format!("{area} {round} {kind:?} {sheet:?} {header:?} {columns:?} {encodings:?}");
        // A file that was imported before there were supports is still known by its digest.
        if *kind == ImportKind::Supports {
            how.push_str(&format!(" {support:?} {quarter:?}"));
        }
        let digest = Sha256::new_with_prefix("import").chain_update((how.len() as u64).to_be_bytes());
        HEXLOWER.encode(&digest.chain_update(how).chain_update(file).finalize())
    }
}

/// Fields with their columns, counted from 0. Written `head_name:C,birth:D`; a column without a field is `other:E`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Vec<(ImportField, usize)>);

impl std::str::FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |text: &str| -> Result<(ImportField, usize), String> {
            let (field, letters) =
                text.split_once(':').ok_or_else(|| "write it like head_name:C,birth:D".to_owned())?;
            Ok((field.trim().parse()?, column(letters)?))
        };
        Ok(Columns(parts(text).map(one).collect::<Result<_, _>>()?))
    }
}

/// Encodings with their columns. Written `C:tcvn3,D:vni`, or `*:tcvn3` for all columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encodings {
    all: Option<TextEncoding>,
    columns: Vec<(usize, TextEncoding)>,
}

impl Encodings {
    /// One encoding for all columns.
    const fn of_all(encoding: TextEncoding) -> Self {
        Encodings { all: Some(encoding), columns: Vec::new() }
    }

    /// The encoding of a column, where it is said.
    fn of(&self, column: usize) -> Option<TextEncoding> {
        let own = self.columns.iter().rev().find(|(of, _)| *of == column);
        own.map(|(_, encoding)| *encoding).or(self.all)
    }

    /// Whether any is one of before Unicode.
    fn are_old(&self) -> bool {
        self.columns
            .iter()
            .map(|(_, encoding)| *encoding)
            .chain(self.all)
            .any(|of| of != TextEncoding::Unicode)
    }
}

impl std::str::FromStr for Encodings {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut encodings = Encodings::default();
        for part in parts(text) {
            let (of, encoding) =
                part.split_once(':').ok_or_else(|| "write it like C:tcvn3 or *:vni".to_owned())?;
            let encoding = encoding.trim().parse()?;
            match of.trim() {
                "*" => encodings.all = Some(encoding),
                letters => encodings.columns.push((column(letters)?, encoding)),
            }
        }
        Ok(encodings)
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn column(letters: &str) -> Result<usize, String> {
    let shown: String = letters.trim().chars().take(10).collect();
    book::column(letters.trim())
        .ok_or_else(|| format!("there is no column `{shown}`: columns are A, B, C … to GR"))
}

/// Why a file is not imported.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not read.
    #[error("{}", .0.note().en)]
    Unreadable(Unreadable),
    /// No row of heads was found.
    #[error("{}", .0.en)]
    Heads(Note),
    /// A column is missing that the rows cannot do without.
    #[error("{}", .0.en)]
    Column(Note),
    /// The support that was chosen for the file is none of the year's; or none was, and no column says it.
    #[error("{}", .0.en)]
    Support(Note),
    /// The same of the quarter.
    #[error("{}", .0.en)]
    Quarter(Note),
    /// The area is a hamlet.
    #[error("import into a commune, a district or the province: the file says the hamlet")]
    Hamlet,
    /// There is no import with this id.
    #[error("there is no import with this id")]
    Unknown,
    /// The area's record of the round has no room for one more import.
    #[error("too many imports were made here in this round: tell the administrator")]
    Full,
    /// The register fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unreadable> for ImportError {
    fn from(unreadable: Unreadable) -> Self {
        ImportError::Unreadable(unreadable)
    }
}

impl ImportError {
    /// What is wrong and what to do, in both languages.
    #[must_use]
    pub fn note(&self) -> Note {
        let vi: Cow<'static, str> = match self {
            ImportError::Unreadable(unreadable) => return unreadable.note(),
            ImportError::Heads(note)
            | ImportError::Column(note)
            | ImportError::Support(note)
            | ImportError::Quarter(note) => return note.clone(),
            ImportError::Hamlet => "hãy nhập vào xã, huyện hoặc tỉnh: ấp ghi trong tệp".into(),
            ImportError::Unknown => "không có lần nhập nào mang mã này".into(),
            ImportError::Full => "đợt này đã có quá nhiều lần nhập: hãy báo người quản trị".into(),
            ImportError::Store(_) => "máy chủ không ghi được: hãy thử lại sau".into(),
        };
        note(vi, self.to_string())
    }

    /// What is wrong, in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        self.note().text(lang).to_owned()
    }
}

/// A remark for people.
fn note(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Note {
    Note { vi: vi.into(), en: en.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_columns_is_read() {
        let columns: Columns = "head_name:C, birth:d,other:A".parse().unwrap();
        let expected = [(ImportField::HeadName, 2), (ImportField::Birth, 3), (ImportField::Other, 0)];
        assert_eq!(columns, Columns(expected.to_vec()));
        for bad in ["head_name", "head_name:", "head_name:1", "nobody:C", "head_name:ZZZ"] {
            assert!(bad.parse::<Columns>().is_err(), "{bad}");
        }
        let encodings: Encodings = "*:tcvn3, C:unicode,D:vni".parse().unwrap();
        let of = |column| encodings.of(column);
        assert_eq!((of(0), of(2)), (Some(TextEncoding::Tcvn3), Some(TextEncoding::Unicode)));
        assert_eq!((of(3), encodings.are_old()), (Some(TextEncoding::Vni), true));
        assert!(!"B:unicode".parse::<Encodings>().unwrap().are_old());
        assert!("C".parse::<Encodings>().is_err() && "C:latin".parse::<Encodings>().is_err());
        assert_eq!("".parse::<Encodings>(), Ok(Encodings::default()));
    }
}
