//! The real server below HTTP: what pushes and pulls do, and the real store in a real directory.
//!
//! A crash leaves what lies on the disk at that moment: the directory is copied as it is, and the next
//! life of the server opens the copy.

use std::fs;
use std::path::Path;

use soho::store::{SledStore, Store};
use soho::sync;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::sync::{Cursor, PullResponse, PushRequest, PushResponse};
use tempfile::TempDir;

/// When the server stops in the middle of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Before the store is asked.
    Before,
    /// After the store has answered, before the device hears of it.
    After,
}

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
        let store = SledStore::open(next.path()).unwrap();
        let (old, directory) =
            (std::mem::replace(&mut self.store, store), std::mem::replace(&mut self.directory, next));
        drop(old);
        drop(directory);
    }

    /// What a device sent, as it came over the wire. `None` when no answer goes out.
    pub(crate) async fn push(
        &mut self,
        now: u64,
        request: PushRequest,
        crash: Option<Crash>,
    ) -> Option<PushResponse> {
        if crash == Some(Crash::Before) {
            self.crash();
            return None;
        }
        Some(sync::push(&self.store, now, request).await.unwrap())
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
