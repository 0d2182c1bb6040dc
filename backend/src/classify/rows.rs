//! Rows read from CSV into chunks of bounded size.
//!
//! `csv-core` finds the fields. Only those of a [`Column`] are kept, and of each no more than [`MAX_FIELD`] bytes, so
//! neither a field of 10 MB nor a quotation mark that is never closed takes memory.

use std::io::{self, Read};

use csv_core::ReadFieldResult;
use soho_shared::standard::Standard;

use super::BatchError;
use super::header::{Column, Header, separator_line};

/// Longest field that is read, in bytes.
pub(super) const MAX_FIELD: usize = 4096;

/// Rows at which a chunk is full.
const CHUNK_ROWS: usize = 4096;
/// Bytes at which a chunk is full.
const CHUNK_BYTES: usize = 256 * 1024;

/// Bytes that are read at a time; a header must fit into them.
const BUFFER: usize = 256 * 1024;

/// What makes a row bad whatever its fields hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A field longer than [`MAX_FIELD`]; its beginning is kept.
    TooLong { column: Column, length: u64 },
    /// The text ended within quotes.
    Unclosed,
}

/// One row: where its fields lie in the chunk, by [`Column`].
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    spans: [(usize, usize); Column::ALL.len()],
    /// Number of its fields, with those that are not needed.
    pub(super) fields: usize,
    /// Whether any field holds something; a row without that does not count.
    filled: bool,
    /// Whether a field after the last one in the header holds something.
    pub(super) beyond: bool,
    pub(super) flaw: Option<Flaw>,
}

/// Some rows in the file's order.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Box<[u8]>,
    used: usize,
    pub(super) rows: Vec<Row>,
}

impl Chunk {
    fn new() -> Chunk {
        // A full chunk is over the mark by less than a row.
        let room = CHUNK_BYTES + Column::ALL.len() * MAX_FIELD;
        Chunk { bytes: vec![0; room].into(), used: 0, rows: Vec::with_capacity(CHUNK_ROWS) }
    }

    /// The field's bytes without quotes; empty when the row or the file does not have the column.
    pub(super) fn field(&self, row: &Row, column: Column) -> &[u8] {
        let (start, end) = row.spans[column as usize];
        &self.bytes[start..end]
    }
}

/// Reader of rows.
pub(super) struct Rows<R> {
    input: R,
    buffer: Box<[u8]>,
    /// Beginning of the part of the buffer that is still to be parsed; `end` is its end.
    next: usize,
    end: usize,
    ending: Ending,
    csv: csv_core::Reader,
    header: Header,
    /// Place for what is not kept.
    unwanted: Box<[u8]>,
    /// An error that came after rows which still must come out.
    failed: Option<io::Error>,
}

/// How far the end of the input has been told to the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// More may come.
    Not,
    /// A last line end is due: it closes an open row, or shows that a quotation mark is open.
    LineEnd,
    /// Nothing more.
    End,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub(super) fn start(input: R, standard: &Standard) -> Result<Self, BatchError> {
        let mut rows = Rows {
            input,
            buffer: vec![0; BUFFER].into(),
            next: 0,
            end: 0,
            ending: Ending::Not,
            csv: csv_core::Reader::new(),
            header: Header { separator: b',', columns: Vec::new() },
            unwanted: vec![0; MAX_FIELD].into(),
            failed: None,
        };
        while rows.end < BUFFER && rows.ending == Ending::Not {
            rows.fill().map_err(BatchError::Read)?;
        }
        if rows.buffer[..rows.end].starts_with("\u{feff}".as_bytes()) {
            rows.next = 3;
        }
        let whole = rows.ending != Ending::Not;
        let line = separator_line(&rows.buffer[rows.next..rows.end]);
        rows.next += line.map_or(0, |(length, _)| length);
        let separator = line.map(|(_, separator)| separator);
        let header = Header::read(&rows.buffer[rows.next..rows.end], separator, whole, standard)?;
        rows.csv = csv_core::ReaderBuilder::new().delimiter(header.separator).build();
        // Skips the header, while no column is wanted.
        let mut none = Chunk::new();
        while rows.row(&mut none).map_err(BatchError::Read)?.is_some_and(|row| !row.filled) {}
        rows.header = header;
        Ok(rows)
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The next rows; `None` at the end. After an error there is nothing more.
    pub(super) fn chunk(&mut self) -> io::Result<Option<Chunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut chunk = Chunk::new();
        while chunk.rows.len() < CHUNK_ROWS && chunk.used < CHUNK_BYTES {
            let used = chunk.used;
            match self.row(&mut chunk) {
                Ok(Some(row)) if row.filled => chunk.rows.push(row),
                Ok(Some(_)) => chunk.used = used,
                Ok(None) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        if chunk.rows.is_empty() { self.failed.take().map_or(Ok(None), Err) } else { Ok(Some(chunk)) }
    }

    /// Reads more input into the buffer.
    fn fill(&mut self) -> io::Result<()> {
        if self.next == self.end {
            (self.next, self.end) = (0, 0);
        }
        let read = loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        if read == 0 {
            self.ending = Ending::LineEnd;
        }
        Ok(())
    }

    fn row(&mut self, chunk: &mut Chunk) -> io::Result<Option<Row>> {
        let mut row = Row::default();
        loop {
            let column = self.header.columns.get(row.fields).copied().flatten();
            let beyond = row.fields >= self.header.columns.len();
            let start = chunk.used;
            let kept = if column.is_some() { start + MAX_FIELD } else { start };
            let mut length = 0;
            let result = loop {
                if self.next == self.end && self.ending == Ending::Not {
                    self.fill()?;
                }
                let keep = chunk.used < kept;
                let output = if keep { &mut chunk.bytes[chunk.used..kept] } else { &mut self.unwanted[..] };
                if self.next < self.end {
                    let (result, read, written) =
                        self.csv.read_field(&self.buffer[self.next..self.end], output);
                    if !row.filled || beyond {
                        let filled = !blank(&output[..written]);
                        row.filled |= filled;
                        row.beyond |= filled && beyond;
                    }
                    self.next += read;
                    length += written as u64;
                    chunk.used += if keep { written } else { 0 };
                    if !matches!(result, ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull) {
                        break result;
                    }
                } else if self.ending == Ending::LineEnd {
                    self.ending = Ending::End;
                    let (result, _, written) = self.csv.read_field(b"\n", output);
                    if written > 0 {
                        row.flaw = Some(Flaw::Unclosed); // it was taken for a part of the field
                    }
                    if result != ReadFieldResult::InputEmpty {
                        break result;
                    }
                } else {
                    let (result, ..) = self.csv.read_field(b"", output);
                    break result;
                }
            };
            let ReadFieldResult::Field { record_end } = result else { return Ok(None) };
            row.fields += 1;
            if let Some(column) = column {
                row.spans[column as usize] = (start, chunk.used);
                if length > MAX_FIELD as u64 {
                    row.flaw = row.flaw.or(Some(Flaw::TooLong { column, length }));
                }
            }
            if record_end {
                return Ok(Some(row));
            }
        }
    }
}

/// Whether a field is empty or holds only spaces, no-break spaces included.
pub(super) fn blank(field: &[u8]) -> bool {
    // The two bytes of U+00A0 make no other character.
    field.iter().all(|b| b.is_ascii_whitespace() || matches!(b, 0xc2 | 0xa0))
}
