//! Bringing to disk what sled 0.34.7 says it has flushed.
//!
//! On Linux, sled's `flush` ends with `sync_file_range`, which neither empties the disk's own cache nor keeps the
//! length of a file that has grown. A page too large for the log stands in a file of its own, which sled never
//! flushes at all (`findings/sled-flush-is-no-fsync.sh` shows both). A loss of power could take either, so both are
//! flushed here: the large pages first, then the log that points to them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use super::segments::{LOG, PAGES};
use crate::engine::StoreError;

/// The files of an engine: its log and its large pages.
pub(super) struct Blobs {
    log: PathBuf,
    directory: PathBuf,
    /// Number of the last large page known to be on disk; these pages are named by rising numbers.
    flushed: AtomicI64,
}

impl Blobs {
    /// The files of an engine, of which none is known to be on disk.
    pub(super) fn of(engine: &Path) -> Self {
        Blobs { log: engine.join(LOG), directory: engine.join(PAGES), flushed: AtomicI64::new(-1) }
    }

    /// Brings to disk everything that was written to an engine: its large pages first, then the log.
    pub(super) fn flush(&self, db: &::sled::Db) -> Result<(), StoreError> {
        self.flush_pages()?;
        db.flush()?;
        File::open(&self.log)?.sync_data()?;
        Ok(())
    }

    /// Forgets which pages are on disk: the engine was opened anew, and numbers them from where it was cut off.
    pub(super) fn begin_anew(&self) {
        self.flushed.store(-1, Ordering::Relaxed);
    }

    fn flush_pages(&self) -> io::Result<()> {
        let before = self.flushed.load(Ordering::Relaxed);
        let mut last = before;
        for file in fs::read_dir(&self.directory)? {
            let file = file?;
            let Some(number) = file.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if number <= before {
                continue;
            }
            last = last.max(number);
            match File::open(file.path()) {
                Ok(page) => page.sync_all()?,
                // Already replaced by another.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if last > before {
            super::directory::sync_directory(&self.directory)?;
            self.flushed.store(last, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_page_is_flushed_once_and_before_the_log() {
        let root = tempfile::tempdir().unwrap();
        let db = ::sled::Config::new().path(root.path()).open().unwrap();
        let blobs = Blobs::of(root.path());
        let names = || -> Vec<i64> {
            let names = fs::read_dir(root.path().join("blobs")).unwrap();
            names.map(|file| file.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect()
        };
        for number in 0..3u8 {
            db.insert([number], vec![number; 1 << 20]).unwrap();
            assert!(names().into_iter().any(|name| name > blobs.flushed.load(Ordering::Relaxed)));
            blobs.flush(&db).unwrap();
            assert_eq!(names().into_iter().max(), Some(blobs.flushed.load(Ordering::Relaxed)));
        }
        // Without the directory of the pages nothing is said to be on disk.
        fs::rename(root.path().join("blobs"), root.path().join("elsewhere")).unwrap();
        assert!(blobs.flush(&db).is_err());
    }

    #[test]
    fn without_its_log_nothing_is_said_to_be_on_disk() {
        let root = tempfile::tempdir().unwrap();
        let db = ::sled::Config::new().path(root.path()).open().unwrap();
        let blobs = Blobs::of(root.path());
        db.insert("a", "b").unwrap();
        blobs.flush(&db).unwrap();
        fs::rename(root.path().join("db"), root.path().join("elsewhere")).unwrap();
        db.insert("a", "c").unwrap();
        assert!(blobs.flush(&db).is_err());
    }
}
