//! A file of rows, as Parquet or CSV.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use soho_shared::report::Cell;

use super::{ExportError, Format};

/// The columns of a file.
pub(super) struct Table<R> {
    /// Name of the table.
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column<R>>,
}

/// A column: its name for programs, what it holds, what it means, and how it is read of a row.
pub(super) struct Column<R> {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Unit, or the values that there can be.
    pub(super) unit: &'static str,
    pub(super) vi: String,
    pub(super) en: String,
    pub(super) read: Read<R>,
}

/// Reads a column of a row.
pub(super) type Read<R> = Arc<dyn Fn(&R) -> Value + Send + Sync>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Truth,
}

impl Kind {
    /// Its name in Parquet, and in the dictionary.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Text => ("binary", "text"),
            Kind::Whole => ("int64", "int64"),
            Kind::Truth => ("boolean", "boolean"),
        }
    }
}

/// A value; of another kind than its column's it counts as none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Text(String),
    Whole(i64),
    Truth(bool),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::None, Into::into)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Whole(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Truth(truth)
    }
}

/// A file that rows are written to.
pub(super) struct Writer<R> {
    to: To,
    path: PathBuf,
    columns: Vec<(Kind, Read<R>)>,
}

enum To {
    Parquet(Box<SerializedFileWriter<BufWriter<File>>>),
    Csv(Box<csv::Writer<BufWriter<File>>>),
}

impl<R> Writer<R> {
    pub(super) fn new(
        file: File,
        path: PathBuf,
        format: Format,
        table: &Table<R>,
    ) -> Result<Self, ExportError> {
        let mut file = BufWriter::new(file);
        let to = match format {
            Format::Parquet => {
                let fields = table.columns.iter().map(|column| {
                    let text = if column.kind == Kind::Text { " (STRING)" } else { "" };
                    format!("optional {} {}{text};", column.kind.words().0, column.name)
                });
                let message =
                    format!("message {} {{ {} }}", table.name, fields.collect::<Vec<_>>().join(" "));
                let schema = Arc::new(parse_message_type(&message)?);
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_created_by(concat!("soho ", env!("CARGO_PKG_VERSION")).to_owned());
                let properties = Arc::new(properties.build());
                To::Parquet(Box::new(SerializedFileWriter::new(file, schema, properties)?))
            }
            Format::Csv => {
                let failed = |error| ExportError::Write(path.clone(), error);
                file.write_all("\u{feff}".as_bytes()).map_err(failed)?;
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
                let heads = csv.write_record(table.columns.iter().map(|column| column.name.as_str()));
                heads.map_err(|error| ExportError::Write(path.clone(), error.into()))?;
                To::Csv(Box::new(csv))
            }
        };
        let columns = table.columns.iter().map(|column| (column.kind, Arc::clone(&column.read))).collect();
        Ok(Writer { to, path, columns })
    }

    /// Writes rows; in Parquet they are a group of their own, which a reader may skip.
    pub(super) fn write(&mut self, rows: &[R]) -> Result<(), ExportError> {
        match &mut self.to {
            To::Parquet(parquet) => {
                let mut group = parquet.next_row_group()?;
                for (kind, read) in &self.columns {
                    let Some(mut column) = group.next_column()? else { break };
                    let mut levels = Vec::with_capacity(rows.len());
                    let (mut texts, mut numbers, mut truths) = (Vec::new(), Vec::new(), Vec::new());
                    for row in rows {
                        let before = texts.len() + numbers.len() + truths.len();
                        match (kind, read(row)) {
                            (Kind::Text, Value::Text(text)) => texts.push(ByteArray::from(text.into_bytes())),
                            (Kind::Whole, Value::Whole(number)) => numbers.push(number),
                            (Kind::Truth, Value::Truth(truth)) => truths.push(truth),
                            _ => {}
                        }
                        levels.push(i16::from(texts.len() + numbers.len() + truths.len() > before));
                    }
                    match kind {
                        Kind::Text => {
                            column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?
                        }
                        Kind::Whole => {
                            column.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None)?
                        }
                        Kind::Truth => {
                            column.typed::<BoolType>().write_batch(&truths, Some(&levels), None)?
                        }
                    };
                    column.close()?;
                }
                group.close()?;
            }
            To::Csv(csv) => {
                for row in rows {
                    let cells = self.columns.iter().map(|(_, read)| match read(row) {
                        Value::None => String::new(),
                        // A name that a spreadsheet would take for a formula.
                        Value::Text(text) => Cell::Text(text).handed_in(),
                        Value::Whole(number) => number.to_string(),
                        Value::Truth(truth) => truth.to_string(),
                    });
                    let written = csv.write_record(cells);
                    written.map_err(|error| ExportError::Write(self.path.clone(), error.into()))?;
                }
            }
        }
        Ok(())
    }

    /// Ends the file; it is whole once this has succeeded.
    pub(super) fn close(self) -> Result<(), ExportError> {
        let failed = |error| ExportError::Write(self.path, error);
        match self.to {
            To::Parquet(parquet) => parquet.close().map(drop)?,
            To::Csv(mut csv) => csv.flush().map_err(failed)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_taken_for_a_formula() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names.csv");
        let read: Read<&'static str> = Arc::new(|name: &&'static str| Value::from(*name));
        let (vi, en) = (String::new(), String::new());
        let column = Column { name: "head_name".to_owned(), kind: Kind::Text, unit: "", vi, en, read };
        let table = Table { name: "names", columns: vec![column] };
        let file = File::create(&path).unwrap();
        let mut writer = Writer::new(file, path.clone(), Format::Csv, &table).unwrap();
        writer.write(&["=1+1", "Lê Thị Út"]).unwrap();
        writer.close().unwrap();
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(written, "\u{feff}head_name\r\n'=1+1\r\nLê Thị Út\r\n");
    }
}
