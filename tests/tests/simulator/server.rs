//! The real server below HTTP: what pushes and pulls do, and the real store in a real directory.
//!
//! A crash leaves what lies on the disk at that moment: the directory is copied as it is, and the next
//! life of the server opens the copy.

use std::fs;
use std::path::Path;

use soho::store::{KEEP_FREE, SledStore, Store, StoreError};
use soho::sync::{self, PushError};
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::sync::{Cursor, PullResponse, PushRequest, PushResponse, Status};
use soho_tests::edits::Dice;
use tempfile::TempDir;

/// What happens to the server in the middle of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It stops before the store is asked.
    Before,
    /// The power goes while a transaction is written: only the first part of what it writes is on the disk.
    Within,
    /// It stops after the store has answered, before the device hears of it.
    After,
    /// The disk has no room.
    Full,
}

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// What the store notes only when a transaction is on disk.
const NOTED_AFTER: &str = "committed";

/// The server in one of its lives.
pub(crate) struct Server {
    directory: TempDir,
    pub(crate) store: SledStore,
}

impl Server {
    pub(crate) fn start() -> Self {
        let directory = room();
        let store = SledStore::open(directory.path()).unwrap();
        Server { directory, store }
    }

    /// Dies and comes back with what is on its disk.
    pub(crate) fn crash(&mut self) {
        let next = room();
        copy(self.directory.path(), next.path());
        self.live_on(next);
    }

    fn live_on(&mut self, next: TempDir) {
        let store = SledStore::open(next.path()).unwrap();
        let (old, directory) =
            (std::mem::replace(&mut self.store, store), std::mem::replace(&mut self.directory, next));
        drop(old);
        drop(directory);
    }

    /// What a device sent, as it came over the wire. `None` when nothing was stored; with a fault no answer
    /// goes out either way.
    pub(crate) async fn push(
        &mut self,
        now: u64,
        request: PushRequest,
        fault: Option<Fault>,
        dice: &mut Dice,
    ) -> Result<Option<PushResponse>, String> {
        match fault {
            None => {}
            Some(Fault::Before) => {
                self.crash();
                return Ok(None);
            }
            Some(Fault::Full) => {
                self.store.keep_free(u64::MAX);
                let answer = sync::push(&self.store, now, request).await;
                self.store.keep_free(KEEP_FREE);
                return match answer {
                    Err(PushError::Store(StoreError::Full)) => Ok(None),
                    other => Err(format!("a full disk is answered with {other:?}")),
                };
            }
            Some(Fault::Within) => return self.torn_push(now, request, dice).await,
            Some(Fault::After) => {
                let answer = sync::push(&self.store, now, request).await.unwrap();
                self.crash();
                return Ok(Some(answer));
            }
        }
        Ok(Some(sync::push(&self.store, now, request).await.unwrap()))
    }

    /// Stores a push, then lives on with what the disk would hold had only a part of it been written: all
    /// of it must be there, or nothing.
    async fn torn_push(
        &mut self,
        now: u64,
        request: PushRequest,
        dice: &mut Dice,
    ) -> Result<Option<PushResponse>, String> {
        let (before, torn) = (room(), room());
        copy(self.directory.path(), before.path());
        let operations = request.operations.clone();
        let answer = sync::push(&self.store, now, request).await.unwrap();
        copy(self.directory.path(), torn.path());
        fs::copy(before.path().join(NOTED_AFTER), torn.path().join(NOTED_AFTER)).unwrap();
        let changed = tear(before.path(), torn.path(), usize::MAX);
        let kept = usize::try_from(dice.roll(changed as u64 + 1)).unwrap();
        tear(before.path(), torn.path(), kept);
        self.live_on(torn);
        let (mut there, mut new) = (0, 0);
        for (operation, result) in operations.iter().zip(&answer.results) {
            if result.status != Status::Duplicate {
                let ids = vec![operation.id];
                new += 1;
                there += usize::from(self.store.stored(operation.household.commune, ids).await.unwrap()[0]);
            }
        }
        match there {
            0 if new > 0 => Ok(None),
            _ if there == new => Ok(Some(answer)),
            _ => Err(format!("of a transaction of {new} operations {there} were kept")),
        }
    }

    pub(crate) async fn pull(
        &self,
        now: u64,
        commune: CommuneCode,
        cursor: Cursor,
        limit: usize,
    ) -> PullResponse {
        sync::pull(&self.store, now, None, AreaCode::Commune(commune), cursor, limit).await.unwrap()
    }

    /// Everything recounted and compared.
    pub(crate) async fn verify(&self) {
        let found = self.store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
    }
}

/// In memory where the system has such a place: the disk's own speed is not what is looked at here.
fn room() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The files of a directory, in order.
fn files(of: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() { files.extend(self::files(&entry)) } else { files.push(entry) }
    }
    files
}

/// Takes back what was changed since `before` but for the first sectors; returns how many had changed.
fn tear(before: &Path, after: &Path, keep: usize) -> usize {
    let mut changed = 0;
    for path in files(after) {
        let old = fs::read(before.join(path.strip_prefix(after).unwrap())).unwrap_or_default();
        let mut new = fs::read(&path).unwrap();
        for at in (0..new.len()).step_by(SECTOR) {
            let end = (at + SECTOR).min(new.len());
            let was = old.get(at..end);
            if was != Some(&new[at..end]) {
                if changed >= keep {
                    match was {
                        Some(was) => new[at..end].copy_from_slice(was),
                        None => new[at..end].fill(0),
                    }
                }
                changed += 1;
            }
        }
        if keep < changed {
            fs::write(&path, new).unwrap();
        }
    }
    changed
}
