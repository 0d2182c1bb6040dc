//! The engine's files: opening them, making them of a backup, writing them anew. Nothing is being served meanwhile.

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::backup::{self, BackupError, Contents};
use super::blobs::Blobs;
use super::check::{self, Depth, Verified};
use super::directory::{Directory, OpenError};
use super::upgrade;
use crate::store::StoreError;

/// How much of the register sled keeps in memory. What it keeps beside that is of the same order.
const CACHE_BYTES: u64 = 96 << 20;

/// A register that can be written.
pub(super) struct Engine {
    pub(super) directory: Directory,
    pub(super) db: ::sled::Db,
    pub(super) blobs: Blobs,
}

/// Opens the register in a data directory, making it where there is none, and turns it into this version's format.
///
/// Opening is first tried on a copy, because sled mends what it takes for a torn end by cutting it off: a
/// damaged register is to be refused as it is, not shortened.
pub(super) fn open(path: &Path) -> Result<Engine, OpenError> {
    let mut directory = sound(path)?;
    let db = configuration(&directory.engine()).open().map_err(|e| directory.damaged(e.to_string()))?;
    let blobs = Blobs::of(&directory.engine());
    directory.mark_format().map_err(|e| directory.io(&e))?;
    let turned = upgrade::upgrade(&db, &blobs).map_err(|e| directory.failed(e))?;
    if turned > 0 {
        tracing::info!(communes = turned, "the data directory was turned into this version's format");
    }
    Ok(Engine { directory, db, blobs })
}

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a register already.
    #[error("{0} holds a register already: restore into an empty or a new directory")]
    NotEmpty(PathBuf),
    /// The directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Makes a register of a backup, in a directory that is not there or empty.
///
/// # Errors
/// When the directory holds something, or the backup is none or damaged. A directory in which this was
/// cut short is refused as damaged afterwards.
pub fn restore(path: &Path, backup: &Path) -> Result<Contents, RestoreError> {
    // All of it is read once before anything is written.
    let contents = Contents::of(File::open(backup).map_err(BackupError::Io)?)?;
    let mut directory = Directory::open(path)?;
    if directory.acknowledged() > 0 || directory.engine().is_dir() {
        return Err(RestoreError::NotEmpty(path.to_owned()));
    }
    directory.acknowledge(contents.changes).map_err(BackupError::Store)?;
    let db = configuration(&directory.engine()).open().map_err(BackupError::from)?;
    backup::read(File::open(backup).map_err(BackupError::Io)?, |batch| Ok(db.apply_batch(batch)?))?;
    let blobs = Blobs::of(&directory.engine());
    upgrade::upgrade(&db, &blobs).map_err(BackupError::Store)?;
    blobs.flush(&db).map_err(BackupError::Store)?;
    Ok(contents)
}

/// Writes the register anew, without the gaps that rewriting has left. Returns its size before and
/// after, in bytes.
///
/// # Errors
/// When the directory cannot be opened, or there is no room for a second copy; then it is as it was.
pub fn compact(path: &Path) -> Result<(u64, u64), OpenError> {
    let mut directory = sound(path)?;
    let before = directory.engine_size();
    let damaged = |e: ::sled::Error| directory.damaged(e.to_string());
    let fresh = directory.fresh_engine().map_err(|e| directory.io(&e))?;
    {
        let old = configuration(&directory.engine()).open().map_err(damaged)?;
        let new = configuration(&fresh).open().map_err(damaged)?;
        for part in backup::parts() {
            let mut batch = ::sled::Batch::default();
            for pair in old.scan_prefix(part) {
                let (key, value) = pair.map_err(damaged)?;
                batch.insert(key, value);
            }
            new.apply_batch(batch).map_err(damaged)?;
        }
        Blobs::of(&fresh).flush(&new).map_err(|e| directory.failed(e))?;
        let found = check::check(&new, Depth::Counts).map_err(|e| directory.damaged(e.to_string()))?;
        if !found.is_clean() || found.changes < directory.acknowledged() {
            return Err(directory.damaged("its copy does not agree with itself"));
        }
    }
    directory.exchange_engine().map_err(|e| directory.io(&e))?;
    directory.mark_format().map_err(|e| directory.io(&e))?;
    Ok((before, directory.engine_size()))
}

/// Takes hold of a directory whose register can be opened. Tried on a copy.
fn sound(path: &Path) -> Result<Directory, OpenError> {
    let directory = Directory::open(path)?;
    if let Some(trial) = directory.trial().map_err(|e| directory.io(&e))? {
        let tried = try_opening(&trial, directory.acknowledged());
        directory.remove_trial().map_err(|e| directory.io(&e))?;
        tried.map_err(|what| directory.damaged(what))?;
    } else if directory.acknowledged() > 0 && !directory.engine().is_dir() {
        return Err(directory.damaged("its records are gone"));
    }
    Ok(directory)
}

fn configuration(path: &Path) -> ::sled::Config {
    // No flushing by time: every transaction is flushed before it is answered.
    ::sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .mode(::sled::Mode::LowSpace)
}

/// Opens a copy and reads all of it. What is wrong, in words.
fn try_opening(copy: &Path, acknowledged: u64) -> Result<(), String> {
    static ALONE: Mutex<()> = Mutex::new(());
    // sled asserts on some damage; its message is ours to give. One at a time: the hook is the process's.
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let tried = panic::catch_unwind(AssertUnwindSafe(|| -> Result<Verified, StoreError> {
        let db = configuration(copy).open()?;
        check::check(&db, Depth::Counts)
    }));
    panic::set_hook(loud);
    drop(alone);
    let found = match tried {
        Ok(Ok(found)) => found,
        Ok(Err(StoreError::Damaged(what))) => return Err(what),
        Ok(Err(other)) => return Err(other.to_string()),
        Err(_) => return Err("its records cannot be read".to_owned()),
    };
    if let Some(problem) = found.problems.first() {
        return Err(problem.clone());
    }
    if found.changes < acknowledged {
        return Err(format!("{acknowledged} changes were acknowledged, {} are there", found.changes));
    }
    Ok(())
}

/// What an error of sled means to us.
impl From<::sled::Error> for StoreError {
    fn from(error: ::sled::Error) -> Self {
        match error {
            ::sled::Error::Io(error) => error.into(),
            ::sled::Error::Corruption { .. } => StoreError::Damaged("a checksum does not match".to_owned()),
            ::sled::Error::Unsupported(what) | ::sled::Error::ReportableBug(what) => {
                StoreError::Damaged(what)
            }
            ::sled::Error::CollectionNotFound(_) => StoreError::Damaged("a part of it is gone".to_owned()),
        }
    }
}
