//! Storage of bytes under keys, behind one small trait: [`Engine`]. It knows no household and no account.
//!
//! A store is what an engine keeps; the register is what lies in it. A key begins with its [`Place`]. What one transaction writes lies in one place, so that an engine may distribute
//! by it. Each place has a head, a number that rises with everything written there: a batch names the head under
//! which it was made, and is written only if that still stands. So several processes may write to one store, where
//! the engine allows it, without any of them holding a lock.

pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
mod sled;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::{fmt, io};

pub(crate) use self::sled::sync_directory;
pub use self::sled::{FORMAT, OLDEST, OpenError, SledEngine};

/// Filter of the log for what engines complain about by themselves: it comes back as errors, which are put into words.
pub const QUIET: &str = "sled=off";

/// First four bytes of a key: what is read and written together.
pub type Place = [u8; 4];

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A key with its new value; `None` removes it.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// A question to an engine. Each is about one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The pair with this key.
    Key(Vec<u8>),
    /// The pairs of a range.
    Range(Range),
}

/// Keys that follow one another, as many as are wanted of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first key, which may itself be there. Its first four bytes are the place.
    pub from: Vec<u8>,
    /// End of the range: the first key that no longer belongs to it.
    pub to: Vec<u8>,
    /// Whether the answer begins with the last key and goes down.
    pub backwards: bool,
    /// Most pairs in the answer.
    pub pairs: usize,
    /// Bytes of values after which the answer takes no further pair; the first is always taken.
    pub bytes: usize,
}

impl Range {
    /// Everything from a key on, up to another.
    #[must_use]
    pub const fn between(from: Vec<u8>, to: Vec<u8>) -> Self {
        Range { from, to, backwards: false, pairs: usize::MAX, bytes: usize::MAX }
    }

    /// Everything whose key begins with a prefix.
    #[must_use]
    pub fn of(prefix: &[u8]) -> Self {
        Range::between(prefix.to_vec(), after(prefix))
    }

    /// The same, beginning with the last.
    #[must_use]
    pub fn backwards(self) -> Self {
        Range { backwards: true, ..self }
    }

    /// The same, at most so many pairs.
    #[must_use]
    pub fn pairs(self, pairs: usize) -> Self {
        Range { pairs, ..self }
    }

    /// The same, taking no further pair after so many bytes of values.
    #[must_use]
    pub fn bytes(self, bytes: usize) -> Self {
        Range { bytes, ..self }
    }

    /// As many of these pairs as it asks for.
    fn taken<E>(&self, pairs: impl Iterator<Item = Result<Pair, E>>) -> Result<Vec<Pair>, E> {
        let (mut taken, mut bytes) = (Vec::new(), 0usize);
        for pair in pairs.take(self.pairs) {
            let pair = pair?;
            bytes = bytes.saturating_add(pair.1.len());
            taken.push(pair);
            if bytes >= self.bytes {
                break;
            }
        }
        Ok(taken)
    }

    /// Whether it holds no key whatever is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from >= self.to || self.pairs == 0
    }
}

/// The first key after all that begin with a prefix.
#[must_use]
pub fn after(prefix: &[u8]) -> Vec<u8> {
    let mut after = prefix.to_vec();
    while let Some(last) = after.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return after;
        }
        after.pop();
    }
    // No key begins with more than these.
    vec![u8::MAX; 64]
}

/// Place of a key; `None` for what is too short to be one.
#[must_use]
pub fn place_of(key: &[u8]) -> Option<Place> {
    key.first_chunk().copied()
}

/// What is to be written in one place: all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The place. All keys begin with it and are longer than it.
    pub place: Place,
    /// Head of the place under which the batch was made; 0 where nothing was ever written.
    pub head: u64,
    /// Head of the place afterwards: a larger number. The same number only while a register is made of a backup.
    pub next: u64,
    /// Keys with their new values. Each key stands once.
    pub writes: Vec<Write>,
}

impl Batch {
    /// An empty batch that moves a place's head by one.
    #[must_use]
    pub const fn new(place: Place, head: u64) -> Self {
        Batch { place, head, next: head + 1, writes: Vec::new() }
    }

    /// Adds a key with its value.
    pub fn insert(&mut self, key: Vec<u8>, value: impl Into<Vec<u8>>) {
        self.writes.push((key, Some(value.into())));
    }

    /// Adds the removal of a key.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.writes.push((key, None));
    }
}

/// How much is compared before a store that may be damaged is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Heads, figures and accounts: what a server keeps in memory.
    Ends,
    /// Every key.
    All,
}

/// Compares what a store holds with itself, and returns the sum of its heads. An engine in files asks for it before
/// it lets anything be changed.
///
/// # Errors
/// When what is there does not agree.
pub type Verdict = fn(&dyn Engine, Look) -> Result<u64, StoreError>;

/// Who is told which places may have moved by another's writing.
pub type Watcher = Box<dyn Fn(&[Place]) + Send + Sync>;

/// A store of bytes. Its calls wait for disk or network: they are made on threads that may wait.
pub trait Engine: Send + Sync + 'static {
    /// Answers questions, each with the pairs it asks for, in the questions' order. All answers about one place are
    /// of one moment, and show nothing that a crash could take back.
    ///
    /// # Errors
    /// When the engine fails.
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError>;

    /// [`Engine::read`] that waits for no transaction, and may also show what is still on its way to disk: for what is
    /// shown to nobody.
    ///
    /// # Errors
    /// When the engine fails.
    fn peek(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        self.read(queries)
    }

    /// Writes batches of different places, and returns once everything is on disk: for each whether it was written.
    /// One that was not was made under a head that no longer stands; nothing of it was written.
    ///
    /// # Errors
    /// When the engine fails. Each batch is then written whole or not at all, perhaps only later; the heads say which.
    fn commit(&self, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError>;

    /// Has `moved` told which places may have been written to by somebody else. It may be told too often, and may
    /// miss some: the heads tell.
    fn watch(&self, moved: Watcher);

    /// Free room on the disk, in bytes; `None` where that is not known.
    fn room(&self) -> Option<u64>;

    /// Lets go of everything, once what was acknowledged is on disk. Every later call fails.
    ///
    /// # Errors
    /// When the disk fails.
    fn close(&self) -> Result<(), StoreError>;
}

/// Key of a place's head: the place itself. Only [`Engine::commit`] writes it.
#[must_use]
pub fn head_key(place: Place) -> Vec<u8> {
    place.to_vec()
}

/// Reads a stored head.
///
/// # Errors
/// When it is not one.
pub fn read_head(value: &[u8]) -> Result<u64, StoreError> {
    let bytes = value.try_into().map_err(|_| StoreError::Damaged("a head cannot be read".to_owned()))?;
    Ok(u64::from_be_bytes(bytes))
}

/// The head in the answer about a [`head_key`]; 0 where nothing was ever written.
///
/// # Errors
/// When what stands there is no head.
pub fn head_in(answer: &[Pair]) -> Result<u64, StoreError> {
    answer.first().map_or(Ok(0), |(_, value)| read_head(value))
}

/// Bytes of values that [`scan`](trait.Engine.html#method.scan) reads in one go.
const AT_ONCE: usize = 1 << 20;

impl dyn Engine {
    /// The value of a key.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn get(&self, key: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read(&[Query::Key(key)])?.into_iter().flatten().next().map(|(_, value)| value))
    }

    /// The pairs of one range.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn range(&self, range: Range) -> Result<Vec<Pair>, StoreError> {
        Ok(self.read(&[Query::Range(range)])?.into_iter().flatten().collect())
    }

    /// All pairs of a range, read a part at a time; each part is of one moment.
    pub fn scan(&self, range: Range) -> impl Iterator<Item = Result<Pair, StoreError>> {
        let mut next = Some(range.bytes(AT_ONCE));
        let mut part = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(pair) = part.next() {
                    return Some(Ok(pair));
                }
                let range = next.take()?;
                let found = match self.range(range.clone()) {
                    Ok(found) => found,
                    Err(error) => return Some(Err(error)),
                };
                let last = found.last()?.0.clone();
                next = Some(if range.backwards {
                    Range { to: last, ..range }
                } else {
                    Range { from: [&last[..], &[0]].concat(), ..range }
                });
                part = found.into_iter();
            }
        })
    }
}

/// Where a store is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a data directory of this machine.
    Directory(PathBuf),
    /// In a database that speaks PostgreSQL's protocol, at an address such as `postgres://soho@host/soho`.
    #[cfg(feature = "postgres")]
    Database(Address),
}

/// Address of a database. It may hold a password, which is shown nowhere.
#[cfg(feature = "postgres")]
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

#[cfg(feature = "postgres")]
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a database")
    }
}

impl FromStr for Location {
    type Err = String;

    /// Reads a directory or, with the feature `postgres`, a database's address.
    fn from_str(text: &str) -> Result<Self, String> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            #[cfg(feature = "postgres")]
            return Ok(Location::Database(Address(text.to_owned())));
            #[cfg(not(feature = "postgres"))]
            return Err(
                "this soho was built without PostgreSQL: build it with `--features postgres`".to_owned()
            );
        }
        Ok(Location::Directory(text.into()))
    }
}

impl Location {
    /// Opens the store there, making it where there is none. Where it `writes`, what is there is marked as being of
    /// this version's [`FORMAT`], so that no earlier version opens it any more.
    ///
    /// # Errors
    /// When it cannot be used or is in use. Nothing in it was changed.
    pub fn open(&self, verdict: Verdict, writes: bool) -> Result<Arc<dyn Engine>, OpenError> {
        match self {
            Location::Directory(path) => Ok(Arc::new(SledEngine::open(path, verdict, writes)?)),
            #[cfg(feature = "postgres")]
            Location::Database(Address(address)) => Ok(Arc::new(postgres::PostgresEngine::open(address)?)),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Directory(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Location::Database(_) => f.write_str("the database"),
        }
    }
}

/// Rewrites the store in a data directory without the gaps that updates have left. Returns its size before and after,
/// in bytes.
///
/// # Errors
/// When the directory cannot be opened, or there is no room for a second copy. The store is then as it was.
pub fn compact(path: &Path, verdict: Verdict) -> Result<(u64, u64), OpenError> {
    sled::compact(path, verdict)
}

/// Why the store failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, the file system or the database refused.
    #[error("the register cannot be read or written: {0}")]
    Io(String),
    /// The disk is full.
    #[error("the disk that holds the data directory is full: make room, and it goes on")]
    Full,
    /// What was read is not what was written.
    #[error("the data are damaged: {0}")]
    Damaged(String),
    /// Writing failed earlier, so nothing is acknowledged any more.
    #[error("the store has stopped after an error and takes nothing more: {0}")]
    Stopped(String),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Io(error.to_string()),
        }
    }
}

impl fmt::Debug for dyn Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
