//! The engine's files: opening, restoring and rewriting them. Nothing is served meanwhile.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::access::{self, Items};
use super::aside::Aside;
use super::backup::{self, BackupError, Contents};
use super::blobs::Blobs;
use super::check::{self, Depth, Sums};
use super::directory::{Directory, OpenError};
use super::segments::{self, Exposed};
use super::upgrade;
use crate::store::StoreError;

/// Size of sled's page cache, in bytes. What sled keeps beside it is of the same order.
const CACHE_BYTES: u64 = 96 << 20;

/// An open register, ready to be written.
pub(super) struct Engine {
    pub(super) directory: Directory,
    pub(super) db: ::sled::Db,
    pub(super) blobs: Blobs,
    pub(super) held: Held,
}

/// The part of a register that a running server holds in memory.
pub(super) struct Held {
    pub(super) sums: Sums,
    pub(super) items: Items,
    /// The number of the last entry of the audit trail.
    pub(super) last_entry: u64,
}

impl Held {
    fn read(db: &::sled::Db) -> Result<Self, StoreError> {
        Ok(Held { sums: check::sums(db)?, items: access::items(db)?, last_entry: access::last_entry(db)? })
    }
}

/// Opens the register in a data directory, making it where there is none, and upgrades it to this version's format.
pub(super) fn open(path: &Path) -> Result<Engine, OpenError> {
    let mut directory = Directory::open(path)?;
    let (db, mut held) = start(&directory, Since::Unknown)?;
    let blobs = Blobs::of(&directory.engine());
    directory.mark_format().map_err(|e| directory.io(e))?;
    let turned = upgrade::upgrade(&db, &blobs).map_err(|e| directory.failed(e))?;
    if turned > 0 {
        tracing::info!(communes = turned, "the data directory was turned into this version's format");
        held = Held::read(&db).map_err(|e| directory.failed(e))?;
    }
    Ok(Engine { directory, db, blobs, held })
}

/// Who wrote what came after sled's last list of pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// This process, just now, and all of it was written to its end.
    Ours,
    /// Unknown: it may be torn or damaged.
    Unknown,
}

/// Starts the engine on its files, and compares what it finds with what was acknowledged. Until the two are known to
/// agree, nothing is changed that could not be put back; where they do not agree, everything is put back.
///
/// Where nothing was written since sled listed its pages, the list and every page have a checksum, and it is enough
/// to read what is held in memory. Otherwise sled may have left out what it could not read, so all keys, tallies and
/// the front of the log are compared.
pub(super) fn start(directory: &Directory, since: Since) -> Result<(::sled::Db, Held), OpenError> {
    let (root, engine) = (directory.root(), directory.engine());
    let io = |error: io::Error| directory.io(error);
    let left = Aside::left(root, &engine).map_err(io)?;
    if let Some(left) = &left {
        left.put_back().map_err(io)?;
    }
    let exposed = Exposed::of(&engine).map_err(|e| directory.failed(e))?;
    if exposed.is_none() && directory.acknowledged() > 0 {
        return Err(directory.damaged("its records are gone"));
    }
    let is_known = exposed.as_ref().is_none_or(|exposed| exposed.is_quiet) || since == Since::Ours;
    let aside = match (left, exposed) {
        (None, Some(exposed)) => Some(Aside::make(root, &engine, exposed).map_err(io)?),
        (left, _) => left,
    };
    let all = !is_known || !directory.is_of_this_format();
    match try_starting(&engine, directory.acknowledged(), all) {
        Ok(started) => {
            if let Some(aside) = aside {
                aside.release().map_err(io)?;
            }
            Ok(started)
        }
        Err(failure) => {
            if let Some(aside) = aside {
                aside.put_back().and_then(|()| aside.release()).map_err(io)?;
            }
            Err(failure.map_or_else(|| directory.in_use(), |error| directory.failed(error)))
        }
    }
}

/// Lets sled list its pages once more after everything was written, so that the next opening is quick. Where this
/// fails, the next opening makes the list.
pub(super) fn settle(directory: &Directory) {
    if let Ok(Some(Exposed { is_quiet: false, .. })) = Exposed::of(&directory.engine())
        && let Err(error) = start(directory, Since::Ours)
    {
        tracing::debug!(%error, "the list of pages could not be written anew");
    }
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
pub fn keep(path: &Path, out: impl Write) -> Result<Contents, KeepError> {
    let directory = Directory::open(path)?;
    let (db, _) = start(&directory, Since::Unknown)?;
    let mut backup = backup::Writer::of_format(out, directory.format()).map_err(BackupError::Io)?;
    for part in backup::parts() {
        backup.part(&backup::read_part(&db, part).map_err(BackupError::Store)?).map_err(BackupError::Io)?;
    }
    let contents = backup.finish().map_err(BackupError::Io)?;
    drop(db);
    settle(&directory);
    Ok(contents)
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

/// Makes a register from a backup, in a directory that is missing or empty.
///
/// # Errors
/// When the directory holds something, or the file is not a backup or is damaged. A directory in which this was cut
/// short is refused as damaged afterwards.
pub fn restore(path: &Path, backup: &Path) -> Result<Contents, RestoreError> {
    restore_from(path, || Ok(File::open(backup)?))
}

/// [`restore`] from any source; `backup` opens it anew at each call, because it is read twice.
///
/// # Errors
/// As [`restore`].
pub fn restore_from<R: Read>(
    path: &Path,
    backup: impl Fn() -> Result<R, BackupError>,
) -> Result<Contents, RestoreError> {
    // The whole backup is read once before anything is written.
    let contents = Contents::of(backup()?)?;
    let mut directory = Directory::open(path)?;
    if directory.acknowledged() > 0 || directory.engine().is_dir() {
        return Err(RestoreError::NotEmpty(path.to_owned()));
    }
    directory.acknowledge(contents.changes).map_err(BackupError::Store)?;
    let db = opened(&directory.engine()).map_err(BackupError::from)?;
    backup::read(backup()?, |batch| Ok(db.apply_batch(batch)?))?;
    let blobs = Blobs::of(&directory.engine());
    upgrade::upgrade(&db, &blobs).map_err(BackupError::Store)?;
    blobs.flush(&db).map_err(BackupError::Store)?;
    drop(db);
    settle(&directory);
    Ok(contents)
}

/// Rewrites the register without the gaps that updates have left. Returns its size before and after, in bytes.
///
/// # Errors
/// When the directory cannot be opened, or there is no room for a second copy. The register is then as it was.
pub fn compact(path: &Path) -> Result<(u64, u64), OpenError> {
    let mut directory = Directory::open(path)?;
    let (old, _) = start(&directory, Since::Unknown)?;
    let before = directory.engine_size();
    let failed = |error: ::sled::Error| directory.failed(error.into());
    let fresh = directory.fresh_engine().map_err(|e| directory.io(e))?;
    let new = opened(&fresh).map_err(failed)?;
    for part in backup::parts() {
        let mut batch = ::sled::Batch::default();
        for pair in old.scan_prefix(part) {
            let (key, value) = pair.map_err(failed)?;
            batch.insert(key, value);
        }
        new.apply_batch(batch).map_err(failed)?;
    }
    Blobs::of(&fresh).flush(&new).map_err(|e| directory.failed(e))?;
    let found = check::check(&new, Depth::Counts).map_err(|e| directory.failed(e))?;
    if !found.is_clean() || found.changes < directory.acknowledged() {
        return Err(directory.damaged("its copy does not agree with itself"));
    }
    drop((old, new));
    directory.exchange_engine().map_err(|e| directory.io(e))?;
    directory.mark_format().map_err(|e| directory.io(e))?;
    settle(&directory);
    Ok((before, directory.engine_size()))
}

fn configuration(path: &Path) -> ::sled::Config {
    // No flushing by time: every transaction is flushed before it is answered.
    ::sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .mode(::sled::Mode::LowSpace)
}

/// Whether sled found its files locked: by a thread of this process that has not let go yet, or by a program that
/// ignores the lock of the data directory.
fn is_locked(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// Opens an engine's files, waiting up to a second for a thread of sled's that still holds them.
fn opened(path: &Path) -> ::sled::Result<::sled::Db> {
    for _ in 0..100 {
        match configuration(path).open() {
            Err(error) if is_locked(&error) => thread::sleep(Duration::from_millis(10)),
            done => return done,
        }
    }
    configuration(path).open()
}

/// Opens an engine's files and compares them with what was acknowledged: everything they hold if `all`, otherwise
/// only what is held in memory. The error says what is wrong; it is `None` when the files are in use.
fn try_starting(
    engine: &Path,
    acknowledged: u64,
    all: bool,
) -> Result<(::sled::Db, Held), Option<StoreError>> {
    static ALONE: Mutex<()> = Mutex::new(());
    // An unfinished list of pages, left by a crash: sled would take it for the latest.
    for entry in fs::read_dir(engine).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.ends_with(segments::UNFINISHED)) {
            fs::remove_file(entry.path()).map_err(StoreError::from)?;
        }
    }
    let start = || -> Result<(::sled::Db, Held), Option<StoreError>> {
        let db = opened(engine).map_err(|error| (!is_locked(&error)).then(|| error.into()))?;
        let mut changes = None;
        if all {
            let found = check::check(&db, Depth::Counts)?;
            if let Some(problem) = found.problems.first() {
                return Err(Some(StoreError::Damaged(problem.clone())));
            }
            changes = Some(found.changes);
        }
        let held = Held::read(&db)?;
        let changes = changes.unwrap_or_else(|| held.sums.heads.values().sum());
        if changes < acknowledged {
            let what = format!("{acknowledged} changes were acknowledged, {changes} are there");
            return Err(Some(StoreError::Damaged(what)));
        }
        Ok((db, held))
    };
    // sled panics on some damage. Its message is silenced; one opening at a time, because the hook is the process's.
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let tried = panic::catch_unwind(AssertUnwindSafe(start));
    panic::set_hook(loud);
    drop(alone);
    tried.unwrap_or_else(|_| Err(Some(StoreError::Damaged("its records cannot be read".to_owned()))))
}

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
