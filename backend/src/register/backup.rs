//! A whole register as one stream of bytes: to keep, to move elsewhere, and to rewrite without gaps.
//!
//! The stream is a line that says what it is and then, compressed and with a checksum, every key and value, a mark of
//! the end and the number of keys. A stream that was cut off is known by the missing end.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::check::{self, Checking, Depth};
use super::keys::{self, Key};
use super::notes::{self, Heads};
use super::upgrade;
use crate::engine::{Engine, FORMAT, Location, OLDEST, OpenError, Pair, Range, StoreError, read_head};

/// Beginning of a backup's first line, before the number of its format.
const MAGIC: &[u8] = b"So Ho backup, format ";
/// Key length that says that no more keys come.
const END: u32 = u32::MAX;
/// Longest key or value, in bytes; a larger length is damage.
const MAX_LEN: u32 = 256 << 20;
const LEVEL: i32 = 3;

/// Counts of what a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Number of keys.
    pub keys: u64,
    /// Number of records among them.
    pub records: u64,
    /// Of each commune, the number of its last transaction in it.
    pub heads: Heads,
    /// Format of the register that it was taken of.
    pub(super) format: u32,
}

/// Writes the whole register as one stream while writing goes on; each place is as it is at one moment. `progress` is
/// told how many places were written, of how many.
pub(super) fn write(
    store: &dyn Engine,
    out: impl Write,
    mut progress: impl FnMut(usize, usize),
) -> Result<Contents, BackupError> {
    upgrade::expect_restored(store)?;
    let mut backup = Writer::new(out, upgrade::format(store)?)?;
    let places: Vec<_> = keys::places().collect();
    for (at, place) in places.iter().enumerate() {
        backup.part(&store.range(Range::of(place))?)?;
        progress(at + 1, places.len());
    }
    Ok(backup.finish()?)
}

/// Why a register that is not being served was not backed up.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The register cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be written.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Writes a backup of a register that is not being served, in the register's own format: an earlier one is not
/// upgraded.
///
/// # Errors
/// When the register is being served or damaged, or the backup cannot be written.
pub fn keep(from: &Location, out: impl Write) -> Result<Contents, KeepError> {
    let store = from.open(check::verdict, false)?;
    let contents = write(&*store, out, |_, _| ())?;
    store.close().map_err(BackupError::from)?;
    Ok(contents)
}

/// Notes in a register that is not being served how far a backup of it goes that was read back. One of format 7 has
/// no place for it.
///
/// # Errors
/// When the register is being served, or cannot be written.
pub fn note_kept(from: &Location, heads: &Heads) -> Result<(), KeepError> {
    let store = from.open(check::verdict, false)?;
    let noted = match upgrade::format(&*store).map_err(BackupError::from)? {
        OLDEST => Ok(()),
        _ => notes::note_backup(&*store, heads),
    };
    store.close().map_err(BackupError::from)?;
    Ok(noted.map_err(BackupError::from)?)
}

/// Writer of a backup.
struct Writer<W: Write> {
    out: zstd::Encoder<'static, W>,
    contents: Contents,
}

impl<W: Write> Writer<W> {
    fn new(mut out: W, format: u32) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        writeln!(out, "{format}")?;
        let mut out = zstd::Encoder::new(out, LEVEL)?;
        out.include_checksum(true)?;
        Ok(Writer { out, contents: Contents { format, ..Contents::default() } })
    }

    fn part(&mut self, pairs: &[Pair]) -> io::Result<()> {
        for (key, value) in pairs {
            for bytes in [key, value] {
                let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
                self.out.write_all(&length.to_le_bytes())?;
            }
            self.out.write_all(key)?;
            self.out.write_all(value)?;
            self.contents.count(key, value);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Contents> {
        self.out.write_all(&END.to_le_bytes())?;
        self.out.write_all(&self.contents.keys.to_le_bytes())?;
        self.out.finish()?.flush()?;
        Ok(self.contents)
    }
}

impl Contents {
    fn count(&mut self, key: &[u8], value: &[u8]) {
        self.keys += 1;
        match keys::read(key) {
            Some((_, Key::Record(_))) => self.records += 1,
            Some((commune, Key::Head)) => {
                self.heads.extend(read_head(value).ok().map(|head| (commune, head)));
            }
            _ => {}
        }
    }

    /// Reads a backup to its end to see that it is whole.
    ///
    /// # Errors
    /// When it is damaged or not a backup.
    pub fn of(backup: impl Read) -> Result<Contents, BackupError> {
        pairs(backup, |_, _| Ok(()))
    }

    /// Reads a backup that was just taken to its end and checks everything in it: each record must be what its log
    /// adds up to, as `soho verify` asks of a register.
    ///
    /// # Errors
    /// When the backup is damaged, or the register in it does not agree with itself.
    pub fn checked(backup: impl Read) -> Result<Contents, BackupError> {
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
    /// A version wrote it that is too old.
    #[error(
        "this backup has format {0}, this version reads formats from {OLDEST} on: restore it with soho 0.1.0 and take a \
         backup with that, then use this version again"
    )]
    Older(u32),
    /// A later version wrote it.
    #[error(
        "this backup has format {0}, this version reads formats up to {FORMAT}: use a newer version of soho"
    )]
    Newer(u32),
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

/// Reads a backup to its end and hands on each key with its value.
pub(super) fn pairs(
    input: impl Read,
    mut take: impl FnMut(Vec<u8>, Vec<u8>) -> Result<(), BackupError>,
) -> Result<Contents, BackupError> {
    let mut input = BufReader::new(input);
    let mut first = Vec::new();
    let line = MAGIC.len() as u64 + 5;
    input.by_ref().take(line).read_until(b'\n', &mut first).map_err(|error| unlike(&error))?;
    let number = first.strip_prefix(MAGIC).and_then(|rest| str::from_utf8(rest).ok()?.strip_suffix('\n'));
    let format = number.and_then(|number| number.parse().ok()).ok_or(BackupError::Foreign)?;
    match format {
        OLDEST..=FORMAT => {}
        older @ ..OLDEST => return Err(BackupError::Older(older)),
        newer => return Err(BackupError::Newer(newer)),
    }
    let damaged = |error: io::Error| {
        BackupError::Damaged(match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => error.to_string(),
        })
    };
    let mut input = zstd::Decoder::with_buffer(input).map_err(damaged)?;
    let mut contents = Contents { format, ..Contents::default() };
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
        contents.count(&key, &value);
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
