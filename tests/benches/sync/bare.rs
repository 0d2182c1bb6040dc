//! Bare sled taking the same keys and bytes: what the register hands its engine, written down beforehand. Nothing is
//! read, checked, merged or tallied. One thread takes every batch that waits and flushes once for all of them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use soho::engine::memory::MemoryEngine;
use soho::engine::{self, Engine, Pair, Query, StoreError, Watcher};
use soho::people::{Author, SessionId};
use soho::register::{Arrival, Register};
use tokio::sync::{mpsc, oneshot};

use super::records::Batch;

/// Keys and values of one push; a removed key has no value.
pub(crate) type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// An engine in memory that keeps what it was handed.
struct Recorder {
    inner: MemoryEngine,
    handed: Arc<Mutex<Writes>>,
}

impl Engine for Recorder {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        self.inner.read(queries)
    }

    fn commit(&self, batches: Vec<engine::Batch>) -> Result<Vec<bool>, StoreError> {
        let mut handed = self.handed.lock().unwrap_or_else(PoisonError::into_inner);
        for engine::Batch { place, next, writes, .. } in &batches {
            handed.extend(writes.iter().cloned());
            handed.push((place.to_vec(), Some(next.to_be_bytes().to_vec())));
        }
        drop(handed);
        self.inner.commit(batches)
    }

    fn watch(&self, moved: Watcher) {
        self.inner.watch(moved);
    }

    fn room(&self) -> Option<u64> {
        self.inner.room()
    }

    fn close(&self) -> Result<(), StoreError> {
        self.inner.close()
    }
}

/// What the register writes for each push.
pub(crate) struct Recording {
    register: Register,
    handed: Arc<Mutex<Writes>>,
    by: Author,
}

impl Recording {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let handed = Arc::default();
        let recorder = Recorder { inner: MemoryEngine::default(), handed: Arc::clone(&handed) };
        let by =
            Author { account: "xa-29173".parse().map_err(anyhow::Error::msg)?, session: SessionId::draw()? };
        Ok(Recording { register: Register::over(Arc::new(recorder))?, handed, by })
    }

    pub(crate) async fn writes(&self, batch: &Batch) -> anyhow::Result<Writes> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let arrival = Arrival::sent(1_790_000_000_000, None, Some(self.by.clone()));
        self.register.apply(arrival, batch.operations.clone()).await?;
        Ok(std::mem::take(&mut *self.handed.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

type Job = (::sled::Batch, oneshot::Sender<Result<(), String>>);

/// A database of sled with its writing thread.
pub(crate) struct Bare {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Bare {
    pub(crate) fn start(at: &Path) -> anyhow::Result<Self> {
        let path = at.join("bare");
        let db = ::sled::Config::new()
            .path(&path)
            .cache_capacity(96 << 20)
            .flush_every_ms(None)
            .mode(::sled::Mode::LowSpace)
            .open()?;
        let (jobs, waiting) = mpsc::unbounded_channel();
        let thread = thread::spawn(move || write(&db, &path.join("db"), waiting));
        Ok(Bare { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(crate) fn taker(&self) -> anyhow::Result<mpsc::UnboundedSender<Job>> {
        self.jobs.clone().context("it has ended")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hands over one batch and waits until it is on disk.
pub(crate) async fn take(taker: &mpsc::UnboundedSender<Job>, writes: &Writes) -> anyhow::Result<()> {
    let mut batch = ::sled::Batch::default();
    for (key, value) in writes {
        match value {
            Some(value) => batch.insert(key.as_slice(), value.as_slice()),
            None => batch.remove(key.as_slice()),
        }
    }
    let (answer, answered) = oneshot::channel();
    taker.send((batch, answer)).ok().context("it has ended")?;
    answered.await?.map_err(anyhow::Error::msg)
}

fn write(db: &::sled::Db, log: &PathBuf, mut waiting: mpsc::UnboundedReceiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut jobs = vec![first];
        while let Ok(job) = waiting.try_recv() {
            jobs.push(job);
        }
        let mut answers = Vec::new();
        let mut written = Ok(());
        for (batch, answer) in jobs {
            written = written.and_then(|()| db.apply_batch(batch).map_err(|error| error.to_string()));
            answers.push(answer);
        }
        let flushed = written.and_then(|()| {
            db.flush().map_err(|error| error.to_string())?;
            File::open(log).and_then(|log| log.sync_data()).map_err(|error| error.to_string())
        });
        for answer in answers {
            let _ = answer.send(flushed.clone());
        }
    }
}
