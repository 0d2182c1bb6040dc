//! A group of pushes on its way to disk while the next one is prepared.
//!
//! Only pushes go ahead so, and only of places of which nothing is on its way: what is read for them is on disk already.
//! So the order in which places are written stays that of their heads, and whoever is answered is answered from the disk.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::held::Moved;
use super::writer::{Begun, Ready};
use crate::engine::{Batch, Engine, Pair, Place, Query, StoreError, Watcher};

/// Time between two looks whether another push has come while a group is on its way.
const LOOK: Duration = Duration::from_micros(200);

/// The engine as it is read for a group that goes ahead of one on its way to disk: without waiting for it, since it is of
/// other places.
pub(super) struct Ahead(pub(super) Arc<dyn Engine>);

impl Engine for Ahead {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        self.0.peek(queries)
    }

    fn peek(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        self.0.peek(queries)
    }

    fn commit(&self, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
        self.0.commit(batches)
    }

    fn watch(&self, moved: Watcher) {
        self.0.watch(moved);
    }

    fn room(&self) -> Option<u64> {
        self.0.room()
    }

    fn close(&self) -> Result<(), StoreError> {
        self.0.close()
    }
}

/// What the engine answered, and how long it took.
pub(super) type Written = (Result<Vec<bool>, StoreError>, Duration);

/// The thread that hands batches to the engine. It ends when this is dropped.
pub(super) struct Disk(Sender<(Vec<Batch>, Sender<Written>)>);

impl Disk {
    pub(super) fn start(store: Arc<dyn Engine>) -> Result<Self, StoreError> {
        let (orders, waiting) = channel::<(Vec<Batch>, Sender<Written>)>();
        let write = move || {
            for (batches, answer) in waiting {
                let begun = Instant::now();
                let written = store.commit(batches);
                // The writer waits for every answer.
                let _ = answer.send((written, begun.elapsed()));
            }
        };
        thread::Builder::new().name("store-disk".to_owned()).spawn(write)?;
        Ok(Disk(orders))
    }

    /// Sends a group on its way.
    pub(super) fn launch(&self, jobs: Vec<Begun>, mut ready: Ready) -> Flight {
        let (batches, moved): (Vec<Batch>, Vec<Moved>) = ready.transactions.drain(..).unzip();
        let places = batches.iter().map(|batch| batch.place).collect();
        let (answer, written) = channel();
        // Where the thread is gone, so is the other end of the answer.
        let _ = self.0.send((batches, answer));
        Flight { jobs, ready, moved, places, written }
    }
}

/// A group on its way.
pub(super) struct Flight {
    pub(super) jobs: Vec<Begun>,
    pub(super) ready: Ready,
    /// What it changes in memory, batch by batch.
    pub(super) moved: Vec<Moved>,
    pub(super) places: HashSet<Place>,
    written: Receiver<Written>,
}

impl Flight {
    /// Waits until it is on disk; `None` where the thread that writes has ended.
    pub(super) fn landed(&self) -> Option<Written> {
        self.written.recv().ok()
    }

    /// Waits until it is on disk, as [`Flight::landed`], or until `is_time`; then nothing.
    pub(super) fn landed_unless(&self, is_time: impl Fn() -> bool) -> Option<Option<Written>> {
        loop {
            if is_time() {
                return None;
            }
            match self.written.recv_timeout(LOOK) {
                Ok(written) => return Some(Some(written)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Some(None),
            }
        }
    }
}
