//! The data directory: whose it is, which format it has, and who has it open.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::aside;
use crate::engine::StoreError;

/// Format that this version writes. A format is never changed, only followed by the next:
///
/// - 7: the last of versions 0.1, which upgrade what is older;
/// - 8: each commune and account has a head; a tally is a set of measures; the register has an id, and says by which
///   law and rule its records were assessed.
pub const FORMAT: u32 = 9;
/// Oldest format that is read; it is upgraded as it is opened.
pub const OLDEST: u32 = 7;
/// File that says that the directory is a register's, and its format.
const MARK: &str = "soho.format";
const MARK_NEW: &str = "soho.format.new";
/// Beginning of [`MARK`], before the number.
const MAGIC: &str = "So Ho register, format ";
/// File with the sum of the heads that were acknowledged; a register with fewer has lost some. In format 7, that of
/// the communes' changes.
const COMMITTED: &str = "committed";
/// Directory with the engine's files.
const ENGINE: &str = "store";
/// The engine's files while they are written anew.
const FRESH: &str = "store.new";
/// The engine's files that are being replaced.
const OLD: &str = "store.old";

/// Why a data directory was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It holds somebody else's files.
    #[error("{0} holds files that are not Sổ Hộ's: give an empty or a new directory with --data")]
    Foreign(PathBuf),
    /// It is not a directory.
    #[error("{0} is not a directory: give a directory with --data")]
    NotADirectory(PathBuf),
    /// A later version wrote it.
    #[error(
        "{path} has format {found}, this version knows formats up to {FORMAT}: use a newer version of soho"
    )]
    Newer {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A version wrote it that is too old.
    #[error(
        "{path} has format {found}, this version knows formats from {OLDEST} on: open it once with soho 0.1.0 \
         (`soho serve`, then stop it), which upgrades it to format {OLDEST}, then use this version again"
    )]
    Older {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Something in it is not what was written.
    #[error(
        "{path} is damaged and was left as it is: {what}; restore the latest backup into an empty directory"
    )]
    Damaged {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk has no room to set aside what opening changes.
    #[error(
        "{0} was not opened and is as it was: the disk has too little room to set aside what opening changes; \
         make room, then try again"
    )]
    Full(PathBuf),
    /// Another process has it open.
    #[error("{0} is in use by another soho: stop that one first, or give another directory with --data")]
    InUse(PathBuf),
    /// The store failed, or what it holds cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system refused.
    #[error("{path} cannot be used: {why}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
}

/// A register's data directory, locked.
#[derive(Debug)]
pub(super) struct Directory {
    root: PathBuf,
    /// Open for as long as the lock is held.
    mark: File,
    format: u32,
    committed: File,
    acknowledged: u64,
}

impl Directory {
    /// Opens and locks a directory, making it where it is missing or empty.
    pub(super) fn open(root: &Path) -> Result<Self, OpenError> {
        let io = |error: io::Error| OpenError::Io { path: root.to_owned(), why: error.to_string() };
        let damaged = |what: String| OpenError::Damaged { path: root.to_owned(), what };
        match fs::metadata(root) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(OpenError::NotADirectory(root.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(root).map_err(io)?,
            Err(error) => return Err(io(error)),
        }
        if !root.join(MARK).try_exists().map_err(io)? {
            if !is_fresh(root).map_err(io)? {
                return Err(OpenError::Foreign(root.to_owned()));
            }
            create(root).map_err(io)?;
        }
        let mut mark = File::options().read(true).write(true).open(root.join(MARK)).map_err(io)?;
        match mark.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(root.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let found = read_format(&mut mark).map_err(io)?;
        let format = match found {
            Some(found @ OLDEST..=FORMAT) => found,
            Some(found) if found > FORMAT => return Err(OpenError::Newer { path: root.to_owned(), found }),
            Some(found @ 1..OLDEST) => return Err(OpenError::Older { path: root.to_owned(), found }),
            _ => return Err(damaged(format!("{MARK} does not say the format"))),
        };
        let committed = File::options().read(true).write(true).open(root.join(COMMITTED));
        let mut committed = match committed {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(format!("the file `{COMMITTED}` is missing")));
            }
            Err(error) => return Err(io(error)),
        };
        let mut text = String::new();
        let acknowledged =
            committed.read_to_string(&mut text).ok().and_then(|_| text.trim_end().parse().ok());
        let acknowledged =
            acknowledged.ok_or_else(|| damaged(format!("the file `{COMMITTED}` does not hold a number")))?;
        keep_private(root);
        let directory = Directory { root: root.to_owned(), mark, format, committed, acknowledged };
        directory.tidy().map_err(io)?;
        Ok(directory)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) const fn is_of_this_format(&self) -> bool {
        self.format == FORMAT
    }

    /// Directory with the engine's files.
    pub(super) fn engine(&self) -> PathBuf {
        self.root.join(ENGINE)
    }

    /// Sum of the heads that were acknowledged.
    pub(super) const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> OpenError {
        OpenError::Damaged { path: self.root.clone(), what: what.into() }
    }

    pub(super) fn io(&self, error: io::Error) -> OpenError {
        self.failed(error.into())
    }

    pub(super) fn in_use(&self) -> OpenError {
        OpenError::InUse(self.root.clone())
    }

    /// The reason for not opening that an error of the store amounts to.
    pub(super) fn failed(&self, error: StoreError) -> OpenError {
        match error {
            StoreError::Damaged(what) => self.damaged(what),
            StoreError::Full => OpenError::Full(self.root.clone()),
            StoreError::Io(why) | StoreError::Stopped(why) => OpenError::Io { path: self.root.clone(), why },
        }
    }

    /// Marks the directory as having this version's format, once its contents are known to be sound and before any of
    /// them is upgraded, so that no earlier version opens what is half upgraded. Written in place, because the lock
    /// is on this file.
    pub(super) fn mark_format(&mut self) -> Result<(), StoreError> {
        if self.format < FORMAT {
            // The upgrade gives heads, and they are counted from nothing.
            self.acknowledge(0)?;
            self.committed.sync_all()?;
            self.mark.seek(SeekFrom::Start(0))?;
            self.mark.write_all(mark_text().as_bytes())?;
            self.mark.sync_all()?;
            self.format = FORMAT;
        }
        Ok(())
    }

    /// Notes the sum of the heads on disk. Not flushed by itself: it is only a lower bound, and it survives the death
    /// of the process.
    pub(super) fn acknowledge(&mut self, sum: u64) -> Result<(), StoreError> {
        self.acknowledged = sum;
        self.committed.seek(SeekFrom::Start(0))?;
        self.committed.write_all(committed_text(sum).as_bytes())?;
        Ok(())
    }

    /// Completes what was cut short: the engine's files stand under one of two names while they are exchanged.
    fn tidy(&self) -> io::Result<()> {
        if !self.engine().try_exists()? && self.root.join(OLD).try_exists()? {
            fs::rename(self.root.join(OLD), self.engine())?;
            sync_directory(&self.root)?;
        }
        [FRESH, OLD, aside::NEW, aside::DONE].iter().try_for_each(|name| remove_all(&self.root.join(name)))
    }

    /// Empty place for writing the engine's files anew.
    pub(super) fn fresh_engine(&self) -> io::Result<PathBuf> {
        remove_all(&self.root.join(FRESH))?;
        Ok(self.root.join(FRESH))
    }

    /// Replaces the engine's files by those written anew.
    pub(super) fn exchange_engine(&self) -> io::Result<()> {
        sync_directory(&self.root)?;
        fs::rename(self.engine(), self.root.join(OLD))?;
        fs::rename(self.root.join(FRESH), self.engine())?;
        sync_directory(&self.root)?;
        remove_all(&self.root.join(OLD))
    }

    /// Size of the engine's files, in bytes.
    pub(super) fn engine_size(&self) -> u64 {
        size(&self.engine())
    }

    /// Whether the disk has less room than this, in bytes; `false` where the system does not say.
    pub(super) fn has_less_than(&self, bytes: u64) -> bool {
        free(&self.root).is_some_and(|free| free < bytes)
    }
}

/// Makes the register's files readable and writable by their owner alone; an earlier version left that to the
/// system's habit. Other files in the directory are not touched.
#[cfg(unix)]
fn keep_private(root: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fn restrict(path: &Path, deep: bool) -> io::Result<()> {
        let meta = fs::symlink_metadata(path)?;
        if meta.is_symlink() {
            return Ok(());
        }
        let mode = if meta.is_dir() { 0o700 } else { 0o600 };
        if meta.permissions().mode() & 0o777 & !mode != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        }
        if deep && meta.is_dir() {
            fs::read_dir(path)?.try_for_each(|entry| restrict(&entry?.path(), true))?;
        }
        Ok(())
    }
    let ours = [MARK, COMMITTED, ENGINE].map(|name| (root.join(name), true));
    for (path, deep) in [(root.to_owned(), false)].into_iter().chain(ours) {
        match restrict(&path, deep) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "others may be able to read it");
            }
            _ => {}
        }
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

/// Free room on the disk that holds a directory, in bytes, where the system says.
pub(super) fn free(directory: &Path) -> Option<u64> {
    #[cfg(unix)]
    return rustix::fs::statvfs(directory).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    #[cfg(not(unix))]
    return None;
}

/// Whether the directory holds nothing but what an interrupted [`create`] leaves.
fn is_fresh(root: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        // `lost+found` is the file system's own, where a whole volume is given.
        if ![MARK_NEW, COMMITTED, "lost+found"].iter().any(|ours| name == *ours) {
            return Ok(false);
        }
        if name == COMMITTED && fs::read_to_string(root.join(COMMITTED))? != committed_text(0) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn create(root: &Path) -> io::Result<()> {
    write_durably(&root.join(COMMITTED), &committed_text(0))?;
    write_durably(&root.join(MARK_NEW), &mark_text())?;
    fs::rename(root.join(MARK_NEW), root.join(MARK))?;
    sync_directory(root)
}

fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Flushes the names in a directory.
#[cfg(unix)]
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn mark_text() -> String {
    format!("{MAGIC}{FORMAT}\n")
}

/// Text of [`COMMITTED`], always of the same length, so that it can be overwritten in place.
fn committed_text(sum: u64) -> String {
    format!("{sum:020}\n")
}

fn read_format(mark: &mut File) -> io::Result<Option<u32>> {
    let mut bytes = Vec::new();
    mark.take(200).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    Ok(text.strip_prefix(MAGIC).and_then(|rest| rest.trim_end().parse().ok()))
}

/// Removes a directory, if it is there.
pub(super) fn remove_all(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return fs::metadata(path).map_or(0, |file| file.len()) };
    entries.filter_map(Result::ok).map(|entry| size(&entry.path())).sum()
}
