//! A whole register as one stream of bytes: to keep, to move elsewhere, and to rewrite without gaps.
//!
//! The stream is a line that says what it is and then, compressed and with a checksum, every key and value, a mark of
//! the end and the number of keys. A stream that was cut off is known by the missing end.

use std::io::{self, BufReader, Read, Write};

use ::sled::{Batch, IVec, Tree};
use soho_shared::area;

use super::check::{Checking, Depth};
use super::keys::{self, Key, WHOLE};
use crate::store::StoreError;

/// First line of a backup; the number is the format of the data directory.
const FIRST: &[u8] = b"So Ho backup, format 7\n";
/// First lines of older backups, which can be read as well.
const OLDER: [&[u8]; 5] = [
    b"So Ho backup, format 2\n",
    b"So Ho backup, format 3\n",
    b"So Ho backup, format 4\n",
    b"So Ho backup, format 5\n",
    b"So Ho backup, format 6\n",
];
/// Key length that says that no more keys come.
const END: u32 = u32::MAX;
/// Longest key or value, in bytes; a larger length is damage.
const MAX_LEN: u32 = 256 << 20;
/// Bytes in one batch of what is read, roughly.
const AT_ONCE: usize = 8 << 20;
const LEVEL: i32 = 3;

/// Counts of what a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Number of keys.
    pub keys: u64,
    /// Number of records among them.
    pub records: u64,
    /// Number of operations, which is that of the changes acknowledged when the backup was taken.
    pub(super) changes: u64,
}

/// Keys and their values, as they are in the store.
type Pairs = Vec<(IVec, IVec)>;

/// Key prefixes of the register's parts: the whole, then each commune. Every transaction on a record, its log, index
/// and tally lies within one of them.
pub(super) fn parts() -> impl Iterator<Item = [u8; 4]> {
    [WHOLE].into_iter().chain(area::communes().iter().map(|c| c.code.to_bytes()))
}

/// Reads one part into memory.
pub(super) fn read_part(tree: &Tree, part: [u8; 4]) -> Result<Pairs, StoreError> {
    Ok(tree.scan_prefix(part).collect::<Result<_, _>>()?)
}

/// Writer of a backup.
pub(super) struct Writer<W: Write> {
    out: zstd::Encoder<'static, W>,
    contents: Contents,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Writer::beginning(out, FIRST)
    }

    /// Begins the backup of a register of this format. Format 1 is written as format 2: it lacks only what is no
    /// longer read.
    pub(super) fn of_format(out: W, format: u32) -> io::Result<Self> {
        let first = format!("So Ho backup, format {}\n", format.max(2));
        Writer::beginning(out, first.as_bytes())
    }

    fn beginning(mut out: W, first: &[u8]) -> io::Result<Self> {
        out.write_all(first)?;
        let mut out = zstd::Encoder::new(out, LEVEL)?;
        out.include_checksum(true)?;
        Ok(Writer { out, contents: Contents::default() })
    }

    pub(super) fn part(&mut self, pairs: &Pairs) -> io::Result<()> {
        for (key, value) in pairs {
            for bytes in [key, value] {
                let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
                self.out.write_all(&length.to_le_bytes())?;
            }
            self.out.write_all(key)?;
            self.out.write_all(value)?;
            self.contents.count(key);
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Contents> {
        self.out.write_all(&END.to_le_bytes())?;
        self.out.write_all(&self.contents.keys.to_le_bytes())?;
        self.out.finish()?.flush()?;
        Ok(self.contents)
    }
}

impl Contents {
    fn count(&mut self, key: &[u8]) {
        self.keys += 1;
        match keys::read(key) {
            Some((_, Key::Record(_))) => self.records += 1,
            Some((_, Key::Done)) => self.changes += 1,
            _ => {}
        }
    }

    /// Reads a backup to its end to see that it is whole.
    ///
    /// # Errors
    /// When it is damaged or not a backup.
    pub fn of(backup: impl Read) -> Result<Contents, BackupError> {
        read(backup, |_| Ok(()))
    }

    /// Reads a backup that was just taken to its end and checks everything in it: each record must be what its log
    /// adds up to, as `soho verify` asks of a register.
    ///
    /// # Errors
    /// When the backup is damaged, or the register in it does not agree with itself.
    pub fn checked(mut backup: impl Read) -> Result<Contents, BackupError> {
        let mut first = [0; FIRST.len()];
        backup.read_exact(&mut first).map_err(|error| unlike(&error))?;
        let backup = io::Cursor::new(first).chain(backup);
        if first != FIRST {
            // Of an earlier format: its records are merged anew as it is restored.
            return Contents::of(backup);
        }
        let mut checking = Checking::new(Depth::Everything);
        let contents = pairs(backup, |key, value| {
            checking.take(&key, &value);
            Ok(())
        })?;
        match checking.finish().problems.into_iter().next() {
            Some(problem) => Err(BackupError::Register(problem)),
            None => Ok(contents),
        }
    }
}

/// What it means that the first line cannot be read.
fn unlike(error: &io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Foreign,
        // A sealed backup says by itself whether it was changed.
        _ => BackupError::Damaged(error.to_string()),
    }
}

/// Why a backup was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is not a backup.
    #[error("this is not a backup of a register")]
    Foreign,
    /// The register it was taken from does not agree with itself.
    #[error("no backup was taken, for the register could not be made of it again: {0}")]
    Register(String),
    /// It was cut off or changed.
    #[error("the backup is damaged: {0}; take another one")]
    Damaged(String),
    /// The disk failed.
    #[error("the backup cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// The register failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<::sled::Error> for BackupError {
    fn from(error: ::sled::Error) -> Self {
        BackupError::Store(error.into())
    }
}

/// Reads a backup to its end and hands on what it holds in batches of some mebibytes.
pub(super) fn read(
    input: impl Read,
    mut take: impl FnMut(Batch) -> Result<(), BackupError>,
) -> Result<Contents, BackupError> {
    let (mut batch, mut waiting) = (Batch::default(), 0);
    let contents = pairs(input, |key, value| {
        waiting += 64 + key.len() + value.len();
        batch.insert(key, value);
        if waiting > AT_ONCE {
            waiting = 0;
            return take(std::mem::take(&mut batch));
        }
        Ok(())
    })?;
    take(batch)?;
    Ok(contents)
}

/// Reads a backup to its end and hands on each key with its value.
fn pairs(
    input: impl Read,
    mut take: impl FnMut(Vec<u8>, Vec<u8>) -> Result<(), BackupError>,
) -> Result<Contents, BackupError> {
    let mut input = BufReader::new(input);
    let mut first = [0; FIRST.len()];
    input.read_exact(&mut first).map_err(|error| unlike(&error))?;
    if first != FIRST && !OLDER.contains(&first.as_slice()) {
        return Err(BackupError::Foreign);
    }
    let damaged = |error: io::Error| {
        BackupError::Damaged(match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => error.to_string(),
        })
    };
    let mut input = zstd::Decoder::with_buffer(input).map_err(damaged)?;
    let mut contents = Contents::default();
    loop {
        let mut lengths = [0; 4];
        input.read_exact(&mut lengths).map_err(damaged)?;
        let key_length = u32::from_le_bytes(lengths);
        if key_length == END {
            break;
        }
        input.read_exact(&mut lengths).map_err(damaged)?;
        let mut bytes = |length: u32| -> Result<Vec<u8>, BackupError> {
            if length > MAX_LEN {
                return Err(BackupError::Damaged("a length in it cannot be".to_owned()));
            }
            let mut bytes = Vec::new();
            (&mut input).take(length.into()).read_to_end(&mut bytes).map_err(damaged)?;
            if bytes.len() as u64 == u64::from(length) {
                Ok(bytes)
            } else {
                Err(BackupError::Damaged("it ends too early".to_owned()))
            }
        };
        let key = bytes(key_length)?;
        let value = bytes(u32::from_le_bytes(lengths))?;
        contents.count(&key);
        take(key, value)?;
    }
    let mut count = [0; 8];
    input.read_exact(&mut count).map_err(damaged)?;
    // Reads past the end too: zstd looks at the checksum when the stream has ended.
    if input.read(&mut [0]).map_err(damaged)? != 0 || u64::from_le_bytes(count) != contents.keys {
        return Err(BackupError::Damaged("it does not hold what it says".to_owned()));
    }
    Ok(contents)
}
