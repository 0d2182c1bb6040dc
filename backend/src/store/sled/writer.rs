//! The one thread that writes.
//!
//! It takes every push that waits, merges them into one [`::sled::Batch`] (which sled recovers whole or not at all:
//! `Tree::apply_batch` pins the log and seals it), flushes once, and only then answers all of them. A push for which
//! too much must be read goes through several transactions, with those of others in between.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use soho_shared::area::CommuneCode;
use soho_shared::record::Operation;
use soho_shared::tally::Book;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};

use super::access::{self, Items, Pending};
use super::blobs::Blobs;
use super::check::Sums;
use super::directory::{Directory, OpenError};
use super::engine::{self, Engine, Held, Since};
use super::group::Group;
use crate::people::{Amendment, Entry};
use crate::store::{Arrival, Outcome, Pass, StoreError};

/// Room that the disk keeps free, in bytes, so that what was begun can be finished: 64 MB.
pub const KEEP_FREE: u64 = 64 << 20;
/// Least room that the disk keeps free, in bytes, whatever was asked for: 8 MB.
const LEAST: u64 = 8 << 20;
/// Divisor of that room: small writes, such as signing in and the audit trail's notes on reading, go on until only
/// this part of it is left.
const SMALL_THINGS: u64 = 4;
/// Time between two looks whether a full disk has room.
const AGAIN: Duration = Duration::from_millis(250);
/// Operations after which one transaction takes up no further push.
const GROUP: usize = 2_000;
/// Length of the write queue; a push beyond it waits for a slot.
const QUEUE: usize = 256;

/// A push, or a change of accounts, that waits for the disk.
pub(super) struct Job {
    pub(super) arrival: Arrival,
    pub(super) operations: Vec<Operation>,
    pub(super) amendments: Vec<Amendment>,
    pub(super) entries: Vec<Entry>,
    pub(super) answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// A job that was taken up and may be half done.
struct Begun {
    job: Job,
    /// Outcomes of its first operations, as far as they were taken.
    outcomes: Vec<Outcome>,
    /// Whether its amendments could be made; `None` until they were tried.
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

    /// Answers the job if it is done, and returns it if not.
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

/// The answer to a job.
pub(super) struct Done {
    pub(super) outcomes: Vec<Outcome>,
    /// Whether all its amendments could be made.
    pub(super) amended: bool,
}

/// What the writer and the readers share.
pub(super) struct Shared {
    /// The engine, or why nothing is read or written any more.
    db: RwLock<Result<::sled::Db, StoreError>>,
    pub(super) blobs: Blobs,
    pub(super) book: RwLock<Book>,
    /// Accounts, sessions and enrolments, as they are on disk.
    pub(super) items: RwLock<Items>,
    /// Held for writing from the first write of a transaction until it is on disk.
    pub(super) commit: RwLock<()>,
    /// Room on the disk that was asked to be kept free, in bytes; see [`Shared::room`].
    pub(super) keep_free: AtomicU64,
    /// Findings of the slow pass.
    pub(super) pass: Mutex<Pass>,
    /// Whether what still waits is turned away, because the store is being closed.
    pub(super) closing: AtomicBool,
    pub(super) version: watch::Sender<u64>,
    /// Time that each transaction storing operations took to reach the disk, in seconds.
    pub(super) transactions: Histogram,
}

impl Shared {
    /// Keeps transactions that are half-way to disk out of what is read while it is held.
    pub(super) fn whole(&self) -> RwLockReadGuard<'_, ()> {
        self.commit.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine, unless it has stopped.
    pub(super) fn db(&self) -> Result<::sled::Db, StoreError> {
        self.db.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts something else in the place of the engine, and returns what was there.
    pub(super) fn exchange(&self, by: Result<::sled::Db, StoreError>) -> Result<::sled::Db, StoreError> {
        std::mem::replace(&mut *self.db.write().unwrap_or_else(PoisonError::into_inner), by)
    }

    /// Writes a transaction to disk. The caller holds the commit lock for writing.
    pub(super) fn write(&self, batch: ::sled::Batch) -> Result<(), StoreError> {
        let db = self.db()?;
        let written = db.apply_batch(batch).map_err(StoreError::from);
        written.and_then(|()| self.blobs.flush(&db)).inspect_err(|error| {
            // Memory and disk may now differ, so nothing more is taken or shown.
            let stays = db.context.global_error().is_ok();
            let _ = self.exchange(Err(match error {
                StoreError::Full if !stays => StoreError::Full,
                other => StoreError::Stopped(other.to_string()),
            }));
            // Where sled does not know of the error, one of its own writes waits for ever to be ended, and dropping
            // the engine would wait for that write. A leaked handle keeps the engine from being dropped.
            if stays {
                std::mem::forget(db.clone());
            }
        })
    }

    /// Free room on the disk, in bytes, below which nothing is pushed.
    pub(super) fn room(&self) -> u64 {
        self.keep_free.load(Ordering::Relaxed).max(LEAST)
    }
}

/// A register with its writing thread.
pub(super) struct Started {
    pub(super) shared: Arc<Shared>,
    /// The write queue. The writer ends when it has no sender left.
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) thread: JoinHandle<Directory>,
}

/// Starts the writing thread.
pub(super) fn start(engine: Engine) -> Result<Started, OpenError> {
    let Engine { directory, db, blobs, held } = engine;
    let Held { sums: Sums { book, heads }, items, last_entry } = held;
    let (jobs, waiting) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        db: RwLock::new(Ok(db)),
        blobs,
        book: RwLock::new(book),
        items: RwLock::new(items),
        commit: RwLock::new(()),
        keep_free: AtomicU64::new(KEEP_FREE),
        pass: Mutex::default(),
        closing: AtomicBool::new(false),
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
    /// Last change number of each commune on disk.
    heads: HashMap<CommuneCode, u64>,
    /// Number of the last entry of the audit trail.
    last_entry: u64,
    directory: Directory,
}

impl Writer {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) -> Directory {
        let mut begun: VecDeque<Begun> = VecDeque::new();
        loop {
            if begun.is_empty() {
                let Some(job) = self.next(&mut waiting) else { return self.directory };
                begun.push_back(Begun::new(job));
            }
            let mut count: usize = begun.iter().map(Begun::rest).sum();
            while count < GROUP
                && let Ok(job) = waiting.try_recv()
            {
                count += job.operations.len();
                begun.push_back(Begun::new(job));
            }
            self.refuse(begun.make_contiguous());
            begun = begun.drain(..).filter_map(Begun::answer).collect();
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

    /// Fails the jobs that cannot be taken now, because the store is being closed or the disk is full.
    fn refuse(&self, jobs: &mut [Begun]) {
        let is_closing = self.shared.closing.load(Ordering::Relaxed);
        // Checked before anything is begun, so that a full disk costs nothing, and pushes are taken again as soon as
        // there is room.
        let weight = jobs.iter().flat_map(|begun| &begun.job.operations).map(weight).sum::<u64>();
        let is_full = self.directory.has_less_than(self.shared.room().saturating_add(weight));
        for begun in jobs {
            if is_closing {
                begun.failed = Some(StoreError::Stopped("the server is stopping".to_owned()));
            } else if is_full && begun.rest() > 0 {
                begun.failed = Some(StoreError::Full);
            }
        }
    }

    /// Waits for the next job. While the disk is full, it looks again and again whether there is room.
    fn next(&mut self, waiting: &mut mpsc::Receiver<Job>) -> Option<Job> {
        loop {
            if !matches!(self.shared.db(), Err(StoreError::Full)) {
                return waiting.blocking_recv();
            }
            match waiting.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => thread::sleep(AGAIN),
            }
            self.recover();
        }
    }

    /// Opens the engine anew once there is room. The disk filled up within a transaction, and sled still remembers
    /// what is not on disk; on disk is all of the transaction, or nothing.
    fn recover(&mut self) {
        let shared = Arc::clone(&self.shared);
        if self.directory.has_less_than(shared.room()) {
            return;
        }
        let _alone = shared.commit.write().unwrap_or_else(PoisonError::into_inner);
        match engine::start(&self.directory, Since::Unknown) {
            Ok((db, Held { sums, items, last_entry })) => {
                self.heads = sums.heads;
                self.last_entry = last_entry;
                *shared.book.write().unwrap_or_else(PoisonError::into_inner) = sums.book;
                *shared.items.write().unwrap_or_else(PoisonError::into_inner) = items;
                shared.blobs.begin_anew();
                let _ = shared.exchange(Ok(db));
                shared.version.send_modify(|version| *version += 1);
                tracing::info!("the disk has room again, and the register is open again");
            }
            Err(error @ OpenError::Damaged { .. }) => {
                drop(shared.exchange(Err(StoreError::Stopped(error.to_string()))));
            }
            Err(error) => tracing::debug!(%error, "the register is not open yet"),
        }
    }

    /// Writes one transaction with as much of these jobs as there is room for.
    fn commit(&mut self, jobs: &mut [Begun]) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        if matches!(shared.db(), Err(StoreError::Full)) {
            self.recover();
        }
        let db = shared.db()?;
        if self.directory.has_less_than(shared.room() / SMALL_THINGS) {
            return Err(StoreError::Full);
        }
        let mut group = Group::new(&db, &self.heads);
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
            // Not for accounts and audit entries alone: those who may read the metrics must not learn from them
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

/// Rough number of bytes that an operation may take on disk, with the log and the record it is merged into.
fn weight(operation: &Operation) -> u64 {
    let texts = operation.changes.iter().filter_map(|change| change.value.as_text());
    4_000 + 4 * texts.map(|text| text.len() as u64).sum::<u64>()
}
