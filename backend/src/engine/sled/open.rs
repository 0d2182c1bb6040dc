//! Opening sled's files, and rewriting them. Nothing is served meanwhile.

use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::Reading;
use super::aside::Aside;
use super::blobs::Blobs;
use super::directory::{Directory, OpenError};
use super::segments::{self, Exposed};
use crate::engine::{Look, StoreError, Verdict};

/// Size of sled's page cache, in bytes. A larger one makes nothing quicker here (`cargo xtask bench sync`) and takes three times
/// its size.
const CACHE_BYTES: u64 = 24 << 20;
/// Bytes of values that are copied in one transaction, roughly.
const AT_ONCE: usize = 8 << 20;

/// Who wrote what came after sled's last list of pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// This process, just now, and all of it was written to its end.
    Ours,
    /// Unknown: it may be torn or damaged.
    Unknown,
}

/// Starts sled on its files, and compares what it finds with what was acknowledged. Until the two are known to agree,
/// nothing is changed that could not be put back; where they do not agree, everything is put back.
///
/// Where nothing was written since sled listed its pages, the list and every page have a checksum, and it is enough
/// to read what is held in memory. Otherwise sled may have left out what it could not read, so everything is compared.
pub(super) fn start(directory: &Directory, since: Since, verdict: Verdict) -> Result<::sled::Db, OpenError> {
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
    let look = if is_known && directory.is_of_this_format() { Look::Ends } else { Look::All };
    match try_starting(&engine, directory.acknowledged(), look, verdict) {
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
pub(super) fn settle(directory: &Directory, verdict: Verdict) {
    if let Ok(Some(Exposed { is_quiet: false, .. })) = Exposed::of(&directory.engine())
        && let Err(error) = start(directory, Since::Ours, verdict)
    {
        tracing::debug!(%error, "the list of pages could not be written anew");
    }
}

/// Rewrites the store without the gaps that updates have left. Returns its size before and after, in bytes.
///
/// # Errors
/// When the directory cannot be opened, or there is no room for a second copy. The store is then as it was.
pub(in crate::engine) fn compact(path: &Path, verdict: Verdict) -> Result<(u64, u64), OpenError> {
    let directory = Directory::open(path)?;
    let old = start(&directory, Since::Unknown, verdict)?;
    let before = directory.engine_size();
    let failed = |error: ::sled::Error| directory.failed(error.into());
    let fresh = directory.fresh_engine().map_err(|e| directory.io(e))?;
    let new = opened(&fresh).map_err(failed)?;
    let (mut batch, mut bytes) = (::sled::Batch::default(), 0);
    for pair in old.iter() {
        let (key, value) = pair.map_err(failed)?;
        bytes += key.len() + value.len();
        batch.insert(key, value);
        if bytes > AT_ONCE {
            new.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
            bytes = 0;
        }
    }
    new.apply_batch(batch).map_err(failed)?;
    Blobs::of(&fresh).flush(&new).map_err(|e| directory.failed(e))?;
    let found = verdict(&Reading(new), Look::All).map_err(|e| directory.failed(e))?;
    if found < directory.acknowledged() {
        return Err(directory.damaged("its copy does not agree with itself"));
    }
    drop(old);
    directory.exchange_engine().map_err(|e| directory.io(e))?;
    settle(&directory, verdict);
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

/// Opens sled's files and compares them with what was acknowledged. The error says what is wrong; it is `None` when
/// the files are in use.
fn try_starting(
    engine: &Path,
    acknowledged: u64,
    look: Look,
    verdict: Verdict,
) -> Result<::sled::Db, Option<StoreError>> {
    static ALONE: Mutex<()> = Mutex::new(());
    // An unfinished list of pages, left by a crash: sled would take it for the latest.
    for entry in fs::read_dir(engine).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.ends_with(segments::UNFINISHED)) {
            fs::remove_file(entry.path()).map_err(StoreError::from)?;
        }
    }
    let start = || -> Result<::sled::Db, Option<StoreError>> {
        let db = opened(engine).map_err(|error| (!is_locked(&error)).then(|| error.into()))?;
        let found = verdict(&Reading(db.clone()), look)?;
        if found < acknowledged {
            let what = format!("{acknowledged} changes were acknowledged, {found} are there");
            return Err(Some(StoreError::Damaged(what)));
        }
        Ok(db)
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
