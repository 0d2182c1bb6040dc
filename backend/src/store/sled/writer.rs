//! The one thread that writes.
//!
//! It takes every push that waits, merges them into one [`::sled::Batch`] (which sled recovers whole or not at
//! all: `Tree::apply_batch` pins the log and seals it), flushes once and only then answers all of them. A push for
//! which too much must be read goes through several transactions, those of others between them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use soho_shared::area::CommuneCode;
use soho_shared::sync::Operation;
use soho_shared::tally::Book;
use tokio::sync::{mpsc, oneshot, watch};

use super::access::{self, Items, Pending};
use super::blobs::Blobs;
use super::check::{self, Sums};
use super::directory::{Directory, OpenError};
use super::engine::Engine;
use super::group::Group;
use crate::accounts::{Amendment, Entry};
use crate::store::{Arrival, Outcome, StoreError};

/// How much room the disk keeps, so that what was begun can be finished: 64 MB.
pub const KEEP_FREE: u64 = 64 << 20;
/// How many operations one transaction takes at most.
const GROUP: usize = 2_000;
/// How many pushes may wait before the next ones wait to wait.
const QUEUE: usize = 256;

/// A push, or a change of accounts, that waits for the disk.
pub(super) struct Job {
    pub(super) arrival: Arrival,
    pub(super) operations: Vec<Operation>,
    pub(super) amendments: Vec<Amendment>,
    pub(super) entries: Vec<Entry>,
    pub(super) answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// A job that was taken up.
struct Begun {
    job: Job,
    /// What became of its first operations.
    outcomes: Vec<Outcome>,
    /// Whether its amendments could be made, once they were tried.
    amended: Option<bool>,
    failed: Option<StoreError>,
}

impl Begun {
    const fn new(job: Job) -> Self {
        Begun { job, outcomes: Vec::new(), amended: None, failed: None }
    }

    fn rest(&self) -> usize {
        self.job.operations.len() - self.outcomes.len()
    }

    /// Answers it, if it is done.
    fn answer(self) -> Option<Self> {
        let Begun { job, outcomes, amended, failed } = self;
        let done = match (failed, amended) {
            (Some(error), _) => Err(error),
            (None, Some(amended)) => Ok(Done { outcomes, amended }),
            (None, None) => return Some(Begun { job, outcomes, amended, failed: None }),
        };
        // The caller may have gone; what it asked for is done all the same.
        let _ = job.answer.send(done);
        None
    }
}

/// What became of a job.
pub(super) struct Done {
    pub(super) outcomes: Vec<Outcome>,
    /// Whether all its amendments could be made.
    pub(super) amended: bool,
}

/// What the writer and the readers share.
pub(super) struct Shared {
    pub(super) db: ::sled::Db,
    pub(super) blobs: Blobs,
    pub(super) book: RwLock<Book>,
    /// Accounts, sessions and enrolments, as they are on disk.
    pub(super) items: RwLock<Items>,
    /// Held for writing from the first write of a transaction until it is on disk.
    pub(super) commit: RwLock<()>,
    /// Nothing is taken while the disk has less room than this, in bytes.
    pub(super) keep_free: AtomicU64,
    /// Why nothing is written any more.
    pub(super) stopped: OnceLock<StoreError>,
    pub(super) version: watch::Sender<u64>,
    /// How long each transaction that stores operations took to get to disk, in seconds.
    pub(super) transactions: Histogram,
}

impl Shared {
    /// Held while what is read must not be half-way to disk.
    pub(super) fn whole(&self) -> RwLockReadGuard<'_, ()> {
        self.commit.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a transaction to disk. To be called under the commit lock.
    pub(super) fn write(&self, batch: ::sled::Batch) -> Result<(), StoreError> {
        let written = self.db.apply_batch(batch).map_err(StoreError::from);
        written.and_then(|()| self.blobs.flush(&self.db)).inspect_err(|error| {
            // What is in memory may now differ from what is on disk: nothing more is taken or shown.
            let why = match error {
                StoreError::Full => StoreError::Full,
                other => StoreError::Stopped(other.to_string()),
            };
            let _ = self.stopped.set(why);
        })
    }
}

/// A register that is written.
pub(super) struct Started {
    pub(super) shared: Arc<Shared>,
    /// What the writer takes up. It ends when nothing can come any more.
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) thread: JoinHandle<()>,
}

/// Reads what is held in memory of a register, and starts to write it.
pub(super) fn start(engine: Engine) -> Result<Started, OpenError> {
    let Engine { directory, db, blobs } = engine;
    let damaged = |error: StoreError| directory.damaged(error.to_string());
    let Sums { book, heads } = check::sums(&db).map_err(damaged)?;
    let items = access::items(&db).map_err(damaged)?;
    let last_entry = access::last_entry(&db).map_err(damaged)?;
    let (jobs, waiting) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        db,
        blobs,
        book: RwLock::new(book),
        items: RwLock::new(items),
        commit: RwLock::new(()),
        keep_free: AtomicU64::new(KEEP_FREE),
        stopped: OnceLock::new(),
        version: watch::Sender::new(0),
        transactions: Histogram::new(exponential_buckets(0.001, 2.0, 12)),
    });
    let path = directory.engine();
    let writer = Writer { shared: Arc::clone(&shared), heads, last_entry, directory };
    let thread = thread::Builder::new().name("store-writer".to_owned());
    let thread =
        thread.spawn(move || writer.run(waiting)).map_err(|e| OpenError::Io { path, why: e.to_string() })?;
    Ok(Started { shared, jobs, thread })
}

/// The one thread that writes.
struct Writer {
    shared: Arc<Shared>,
    /// Each commune's last change number on disk.
    heads: HashMap<CommuneCode, u64>,
    /// The number of the last entry of the audit trail.
    last_entry: u64,
    directory: Directory,
}

impl Writer {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut begun: VecDeque<Begun> = VecDeque::new();
        loop {
            if begun.is_empty() {
                let Some(job) = waiting.blocking_recv() else { return };
                begun.push_back(Begun::new(job));
            }
            let mut count: usize = begun.iter().map(Begun::rest).sum();
            while count < GROUP
                && let Ok(job) = waiting.try_recv()
            {
                count += job.operations.len();
                begun.push_back(Begun::new(job));
            }
            let jobs = begun.make_contiguous();
            match self.commit(jobs) {
                Ok(()) => {}
                // One push that touches a damaged record must not take the others with it.
                Err(StoreError::Damaged(_)) if jobs.len() > 1 => {
                    for job in jobs {
                        job.failed = self.commit(std::slice::from_mut(job)).err();
                    }
                }
                Err(error) => jobs.iter_mut().for_each(|job| job.failed = Some(error.clone())),
            }
            let mut unfinished: VecDeque<Begun> = begun.drain(..).filter_map(Begun::answer).collect();
            // A large push that is half done lets the others go before it.
            let half_done = unfinished.iter().take_while(|job| !job.outcomes.is_empty()).count();
            unfinished.rotate_left(half_done);
            begun = unfinished;
        }
    }

    /// Writes one transaction: of these jobs as much as there is room for.
    fn commit(&mut self, jobs: &mut [Begun]) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        if let Some(why) = shared.stopped.get() {
            return Err(why.clone());
        }
        // Looked at before anything is begun, so that a full disk costs nothing and ends by itself.
        if self.directory.has_less_than(shared.keep_free.load(Ordering::Relaxed)) {
            return Err(StoreError::Full);
        }
        let mut group = Group::new(&shared.db, &self.heads);
        let items = shared.items.read().unwrap_or_else(PoisonError::into_inner);
        let mut pending = Pending::new(&items, self.last_entry);
        for Begun { job, outcomes, .. } in jobs.iter() {
            let taken = group.take(&job.arrival, &job.operations, outcomes.len())?;
            if outcomes.len() + taken < job.operations.len() {
                break;
            }
        }
        let mut prepared = group.prepare()?;
        let mut done = Vec::with_capacity(jobs.len());
        let taken = std::mem::take(&mut prepared.outcomes).into_iter().zip(&prepared.changes);
        for (Begun { job, outcomes: before, .. }, (outcomes, changes)) in jobs.iter().zip(taken) {
            pending.note_changes(&job.arrival, changes)?;
            let whole = before.len() + outcomes.len() == job.operations.len();
            let amended = whole.then(|| pending.amend(job.arrival.now, &job.amendments, &job.entries));
            done.push((outcomes, amended.transpose()?));
        }
        let done = move |jobs: &mut [Begun]| {
            for (job, (outcomes, amended)) in jobs.iter_mut().zip(done) {
                job.outcomes.extend(outcomes);
                job.amended = amended;
            }
        };
        let stores_operations = !prepared.heads.is_empty();
        if !stores_operations && pending.is_empty() {
            done(jobs);
            return Ok(());
        }
        let (amended, last_entry) = pending.prepare(&mut prepared.batch)?;
        drop(items);
        {
            let _alone = shared.commit.write().unwrap_or_else(PoisonError::into_inner);
            let begun = Instant::now();
            shared.write(prepared.batch)?;
            // Not what accounts and the audit alone write: who may read the numbers must not learn from them
            // whether there is an account.
            if stores_operations {
                shared.transactions.observe(begun.elapsed().as_secs_f64());
            }
            self.heads.extend(prepared.heads);
            self.last_entry = last_entry;
        }
        if !amended.is_empty() {
            let mut items = shared.items.write().unwrap_or_else(PoisonError::into_inner);
            access::publish(&mut items, amended);
        }
        if let Err(error) = self.directory.acknowledge(self.heads.values().sum()) {
            tracing::warn!(%error, "the number of acknowledged changes could not be noted");
        }
        if !prepared.tallies.is_empty() {
            let mut book = shared.book.write().unwrap_or_else(PoisonError::into_inner);
            for moved in &prepared.tallies {
                book.apply(moved);
            }
            drop(book);
            shared.version.send_modify(|version| *version += 1);
        }
        done(jobs);
        Ok(())
    }
}
