//! The engine in sled, inside this process, in a data directory.
//!
//! All batches of one call go into one [`::sled::Batch`], which sled recovers whole or not at all (`Tree::apply_batch`
//! pins the log and seals it), and one flush. `read` holds a lock that excludes the moment between writing and
//! flushing, so it shows nothing that a crash could take back. `peek` takes no lock.

mod aside;
mod blobs;
mod directory;
mod open;
mod segments;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use self::blobs::Blobs;
use self::directory::Directory;
pub(crate) use self::directory::sync_directory;
pub use self::directory::{FORMAT, OLDEST, OpenError};
use self::open::Since;
pub(super) use self::open::compact;
use super::{Batch, Engine, Pair, Place, Query, StoreError, Verdict, Watcher, after, head_key, read_head};

/// Room on the disk, in bytes, from which on a store that was full is opened again: 8 MB.
const LEAST: u64 = 8 << 20;

/// An [`Engine`] in sled.
pub struct SledEngine {
    root: PathBuf,
    /// The database, or why nothing is read or written any more.
    db: RwLock<Result<::sled::Db, StoreError>>,
    blobs: Blobs,
    /// Held for writing from the first write of a transaction until it is on disk.
    commit: RwLock<()>,
    /// The data directory; `None` once it was let go.
    directory: Mutex<Option<Directory>>,
    watchers: Mutex<Vec<Watcher>>,
    verdict: Verdict,
}

impl SledEngine {
    /// Opens a data directory, making it where there is none. What is to be written is marked as being of this
    /// version's format first, so that no earlier version opens what is half upgraded.
    ///
    /// # Errors
    /// When the directory holds other files, has another format, is damaged or in use, or cannot be read or written.
    /// Nothing in it was changed.
    pub fn open(path: &Path, verdict: Verdict, writes: bool) -> Result<Self, OpenError> {
        let mut directory = Directory::open(path)?;
        let db = open::start(&directory, Since::Unknown, verdict)?;
        if writes {
            directory.mark_format().map_err(|e| directory.failed(e))?;
            // Else as many changes as a killed server had not noted could be lost later without being missed.
            let noted = note_all(&mut directory, &db);
            noted.map_err(|e| directory.failed(e))?;
        }
        Ok(SledEngine {
            root: path.to_owned(),
            db: RwLock::new(Ok(db)),
            blobs: Blobs::of(&directory.engine()),
            commit: RwLock::default(),
            directory: Mutex::new(Some(directory)),
            watchers: Mutex::default(),
            verdict,
        })
    }

    /// The database, unless it has stopped.
    fn db(&self) -> Result<::sled::Db, StoreError> {
        self.db.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts something else in the place of the database, and returns what was there.
    fn exchange(&self, by: Result<::sled::Db, StoreError>) -> Result<::sled::Db, StoreError> {
        std::mem::replace(&mut *self.db.write().unwrap_or_else(PoisonError::into_inner), by)
    }

    /// Opens the database anew once there is room. The disk filled up within a transaction, and sled still remembers
    /// what is not on disk; on disk is all of the transaction, or nothing.
    fn recover(&self, directory: &mut Directory) {
        if directory.has_less_than(LEAST) {
            return;
        }
        let alone = self.commit.write().unwrap_or_else(PoisonError::into_inner);
        match open::start(directory, Since::Unknown, self.verdict) {
            Ok(db) => {
                if let Err(error) = note_all(directory, &db) {
                    tracing::warn!(%error, "the number of acknowledged changes could not be noted");
                }
                self.blobs.begin_anew();
                let places =
                    heads(&db).map(|heads| heads.into_iter().map(|(place, _)| place).collect::<Vec<_>>());
                let _ = self.exchange(Ok(db));
                drop(alone);
                tracing::info!("the disk has room again, and the register is open again");
                let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
                watchers.iter().for_each(|moved| moved(places.as_deref().unwrap_or_default()));
            }
            Err(error @ OpenError::Damaged { .. }) => {
                drop(self.exchange(Err(StoreError::Stopped(error.to_string()))));
            }
            Err(error) => tracing::debug!(%error, "the register is not open yet"),
        }
    }

    /// Writes a transaction to disk. The caller holds the commit lock for writing.
    fn write(&self, db: &::sled::Db, batch: ::sled::Batch) -> Result<(), StoreError> {
        let written = db.apply_batch(batch).map_err(StoreError::from);
        written.and_then(|()| self.blobs.flush(db)).inspect_err(|error| {
            // Memory and disk may now differ, so nothing more is taken or shown.
            let stays = db.context.global_error().is_ok();
            let _ = self.exchange(Err(match error {
                StoreError::Full if !stays => StoreError::Full,
                other => StoreError::Stopped(other.to_string()),
            }));
            // Where sled does not know of the error, one of its own writes waits for ever to be ended, and dropping
            // the database would wait for that write. A leaked handle keeps it from being dropped.
            if stays {
                std::mem::forget(db.clone());
            }
        })
    }
}

impl Engine for SledEngine {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        let _whole = self.commit.read().unwrap_or_else(PoisonError::into_inner);
        let db = self.db()?;
        answers(&db, queries)
    }

    fn peek(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        let db = self.db()?;
        answers(&db, queries)
    }

    fn commit(&self, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
        let mut directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = directory.as_mut().ok_or_else(closed)?;
        if matches!(self.db(), Err(StoreError::Full)) {
            self.recover(directory);
        }
        let db = self.db()?;
        let (mut batch, mut written, mut sum) =
            (::sled::Batch::default(), Vec::new(), directory.acknowledged());
        for Batch { place, head, next, writes } in batches {
            let stands = db.get(place)?.map_or(Ok(0), |value| read_head(&value))?;
            written.push(stands == head);
            if stands != head {
                continue;
            }
            for (key, value) in writes {
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            if next != head {
                batch.insert(head_key(place), &next.to_be_bytes());
            }
            sum += next - head;
        }
        {
            let _alone = self.commit.write().unwrap_or_else(PoisonError::into_inner);
            self.write(&db, batch)?;
        }
        if let Err(error) = directory.acknowledge(sum) {
            tracing::warn!(%error, "the number of acknowledged changes could not be noted");
        }
        Ok(written)
    }

    /// No other process writes here. Told only after a full disk, when it is unknown whether the last transaction is there.
    fn watch(&self, moved: Watcher) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(moved);
    }

    fn room(&self) -> Option<u64> {
        directory::free(&self.root)
    }

    fn close(&self) -> Result<(), StoreError> {
        let mut directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(directory) = directory.take() else { return Ok(()) };
        if let Ok(db) = self.exchange(Err(closed())) {
            self.blobs.flush(&db)?;
            drop(db);
            open::settle(&directory, self.verdict);
        }
        Ok(())
    }
}

fn closed() -> StoreError {
    StoreError::Stopped("the register is closed".to_owned())
}

/// A database that is only read, while nothing is written to it.
struct Reading(::sled::Db);

impl Engine for Reading {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        answers(&self.0, queries)
    }

    fn commit(&self, _: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
        Err(StoreError::Stopped("it is only read".to_owned()))
    }

    fn watch(&self, _: Watcher) {}

    fn room(&self) -> Option<u64> {
        None
    }

    fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn answers(tree: &::sled::Tree, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
    let answer = |query: &Query| match query {
        Query::Key(key) => {
            let value = tree.get(key)?;
            Ok(value.map(|value| (key.clone(), value.to_vec())).into_iter().collect())
        }
        Query::Range(range) if range.is_empty() => Ok(Vec::new()),
        Query::Range(range) => {
            let found = tree.range(range.from.as_slice()..range.to.as_slice());
            let found = found.map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())));
            Ok(if range.backwards { range.taken(found.rev()) } else { range.taken(found) }?)
        }
    };
    queries.iter().map(answer).collect()
}

/// Notes the sum of the heads that are there: it is larger than what was noted where a server was killed between a
/// transaction and its note. A commune in an earlier form has no head yet, and counts nothing.
fn note_all(directory: &mut Directory, tree: &::sled::Tree) -> Result<(), StoreError> {
    let sum = heads(tree)?.iter().map(|(_, head)| head).sum();
    if sum > directory.acknowledged() { directory.acknowledge(sum) } else { Ok(()) }
}

/// All places with their heads, found without reading what lies between.
fn heads(tree: &::sled::Tree) -> Result<Vec<(Place, u64)>, StoreError> {
    let mut heads = Vec::new();
    let mut from = Vec::new();
    while let Some(pair) = tree.range(from..).next() {
        let (key, value) = pair?;
        let Some(place) = super::place_of(&key) else { break };
        heads.push((place, if key.len() == place.len() { read_head(&value)? } else { 0 }));
        from = after(&place);
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Look;

    fn sum(store: &dyn Engine, _: Look) -> Result<u64, StoreError> {
        super::super::head_in(&store.read(&[Query::Key(head_key([0; 4]))])?.concat())
    }

    #[test]
    fn what_a_killed_server_had_not_noted_is_noted_at_the_next_opening() {
        let root = tempfile::tempdir().unwrap();
        let engine = SledEngine::open(root.path(), sum, true).unwrap();
        for head in 0..3 {
            let batch = Batch { next: head + 1, ..Batch::new([0; 4], head) };
            assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
        }
        engine.close().unwrap();
        drop(engine);
        // As where it was killed between the last transaction and its note.
        let noted = root.path().join("committed");
        let three = std::fs::read_to_string(&noted).unwrap();
        std::fs::write(&noted, three.replace('3', "2")).unwrap();
        SledEngine::open(root.path(), sum, true).unwrap().close().unwrap();
        assert_eq!(std::fs::read_to_string(&noted).unwrap(), three);
    }
}
