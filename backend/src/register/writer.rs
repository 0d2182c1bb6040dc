//! The one thread of this process that writes.
//!
//! It takes the jobs that wait, up to some 2.000 operations, merges them into one transaction of each place, hands all of them to the engine
//! at once, and only then answers. What the engine did not write, because another process had written there first, is
//! merged again. A push for which too much must be read goes through several transactions, with those of others in
//! between.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use soho_shared::record::Operation;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};

use super::group::{Group, OfUnit};
use super::held::{self, Held, Moved};
use super::keys;
use super::pending::{Finished, Pending, Writes};
use super::types::{Arrival, Outcome, Pass};
use crate::engine::{Batch, Engine, Place, Query, StoreError, Write, head_in, head_key};
use crate::people::{Amendment, Entry};

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
    /// Other keys to write or to remove, with their places.
    pub(super) others: Vec<(Place, Write)>,
    pub(super) answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// A job that was taken up and may be half done.
struct Begun {
    job: Job,
    /// Outcomes of its operations, as far as they are on disk.
    outcomes: Vec<Option<Outcome>>,
    /// Places in which its amendments and entries are on disk.
    settled: HashSet<Place>,
    /// Whether its amendments could be made; `None` until that is known.
    amended: Option<bool>,
    failed: Option<StoreError>,
}

impl Begun {
    fn new(job: Job) -> Self {
        let outcomes = vec![None; job.operations.len()];
        Begun { job, outcomes, settled: HashSet::new(), amended: None, failed: None }
    }

    /// Number of its operations that are not on disk yet.
    fn rest(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.is_none()).count()
    }

    /// Answers the job if it is done, and returns it if not.
    fn answer(self) -> Option<Self> {
        let done = match (&self.failed, self.amended) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(amended)) if self.rest() == 0 => {
                Ok(Done { outcomes: self.outcomes.iter().copied().flatten().collect(), amended })
            }
            _ => return Some(self),
        };
        // The caller may have gone; what it asked for is done all the same.
        let _ = self.job.answer.send(done);
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
    pub(super) store: Arc<dyn Engine>,
    held: RwLock<Held>,
    /// Room on the disk that was asked to be kept free, in bytes; see [`Shared::room`].
    pub(super) keep_free: AtomicU64,
    /// Findings of the slow pass.
    pub(super) pass: Mutex<Pass>,
    /// Whether what still waits is turned away, because the register is being closed.
    pub(super) closing: AtomicBool,
    pub(super) version: watch::Sender<u64>,
    /// Time that each transaction storing operations took to reach the disk, in seconds.
    pub(super) transactions: Histogram,
    /// Why nothing is read or written any more, where another version has taken the register over.
    stopped: RwLock<Option<StoreError>>,
}

impl Shared {
    /// Heads, figures and accounts as they are on disk.
    pub(super) fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails once another version has taken the register over.
    pub(super) fn expect_ours(&self) -> Result<(), StoreError> {
        match &*self.stopped.read().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Reads again what is held of places that somebody else may have written to.
    pub(super) fn refresh(&self, places: &[Place]) -> Result<(), StoreError> {
        if places.is_empty() {
            return Ok(());
        }
        let known: Vec<u64> = places.iter().map(|place| self.held().head(*place)).collect();
        let parts = match held::parts(&*self.store, places) {
            Ok(parts) => parts,
            Err(error) if places.len() == 1 => return Err(error),
            // One place that cannot be read must not keep the others from being seen.
            Err(_) => return places.iter().map(|place| self.refresh(&[*place])).fold(Ok(()), Result::and),
        };
        let mut is_new = false;
        for (part, known) in parts.into_iter().zip(known) {
            if part.head() < known {
                return Err(self.stop("the store holds less than it has acknowledged; start soho anew"));
            }
            if !part.is_of_this_form() {
                let what =
                    "another version of soho has turned the register into its own form; start this one anew";
                return Err(self.stop(what));
            }
            is_new |= self.held.write().unwrap_or_else(PoisonError::into_inner).absorb(part);
        }
        if is_new {
            self.version.send_modify(|version| *version += 1);
        }
        Ok(())
    }

    /// Takes and shows nothing any more.
    fn stop(&self, why: &str) -> StoreError {
        let error = StoreError::Stopped(why.to_owned());
        tracing::error!(%error, "the register is not served any more");
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        error
    }

    /// Reads again what others have written to some places since they were last read, by their heads.
    pub(super) fn look(&self, places: &[Place]) -> Result<(), StoreError> {
        let queries: Vec<_> = places.iter().map(|place| Query::Key(head_key(*place))).collect();
        let mut moved = Vec::new();
        for (place, found) in places.iter().zip(self.store.read(&queries)?) {
            if head_in(&found)? > self.held().head(*place) {
                moved.push(*place);
            }
        }
        self.refresh(&moved)
    }

    /// Free room on the disk, in bytes, below which nothing is pushed.
    pub(super) fn room(&self) -> u64 {
        self.keep_free.load(Ordering::Relaxed).max(LEAST)
    }

    fn has_less_than(&self, bytes: u64) -> bool {
        self.store.room().is_some_and(|free| free < bytes)
    }
}

/// A register with its writing thread.
pub(super) struct Started {
    pub(super) shared: Arc<Shared>,
    /// The write queue. The writer ends when it has no sender left.
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) thread: JoinHandle<()>,
}

/// Starts the writing thread.
pub(super) fn start(store: Arc<dyn Engine>) -> Result<Started, StoreError> {
    let (jobs, waiting) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        held: RwLock::new(Held::read(&*store)?),
        store,
        keep_free: AtomicU64::new(KEEP_FREE),
        pass: Mutex::default(),
        closing: AtomicBool::new(false),
        version: watch::Sender::new(0),
        transactions: Histogram::new(exponential_buckets(0.001, 2.0, 12)),
        stopped: RwLock::default(),
    });
    let watching = Arc::downgrade(&shared);
    // Places that could not be read when they had moved.
    let behind = Mutex::new(HashSet::new());
    shared.store.watch(Box::new(move |places| {
        let Some(shared) = watching.upgrade() else { return };
        let mut behind = behind.lock().unwrap_or_else(PoisonError::into_inner);
        behind.extend(places.iter().copied());
        match shared.refresh(&behind.iter().copied().collect::<Vec<_>>()) {
            Ok(()) => behind.clear(),
            Err(error) => tracing::warn!(%error, "what another process has written could not be read"),
        }
    }));
    // What was written between reading and watching nobody tells.
    shared.look(&keys::places().collect::<Vec<_>>())?;
    let writer = Writer { shared: Arc::clone(&shared) };
    let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.run(waiting))?;
    Ok(Started { shared, jobs, thread })
}

/// The one thread that writes.
struct Writer {
    shared: Arc<Shared>,
}

/// A place's transaction, with what it changes in memory.
type Transaction = (Batch, Moved);

impl Writer {
    fn run(self, mut waiting: mpsc::Receiver<Job>) {
        let mut begun: VecDeque<Begun> = VecDeque::new();
        loop {
            if begun.is_empty() {
                let Some(job) = self.next(&mut waiting) else { return };
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
            let half_done =
                unfinished.iter().take_while(|job| job.outcomes.iter().any(Option::is_some)).count();
            unfinished.rotate_left(half_done);
            begun = unfinished;
        }
    }

    /// Fails the jobs that cannot be taken now, because the register is being closed or the disk is full.
    fn refuse(&self, jobs: &mut [Begun]) {
        let is_closing = self.shared.closing.load(Ordering::Relaxed);
        // Checked before anything is begun, so that a full disk costs nothing, and pushes are taken again as soon as
        // there is room.
        let weight = jobs.iter().flat_map(|begun| &begun.job.operations).map(weight).sum::<u64>();
        let is_full = self.shared.has_less_than(self.shared.room().saturating_add(weight));
        for begun in jobs {
            if is_closing {
                begun.failed = Some(StoreError::Stopped("the server is stopping".to_owned()));
            } else if is_full && begun.rest() > 0 {
                begun.failed = Some(StoreError::Full);
            }
        }
    }

    /// Waits for the next job. While the disk is full, the engine is asked again and again whether it has room.
    fn next(&self, waiting: &mut mpsc::Receiver<Job>) -> Option<Job> {
        loop {
            if !matches!(self.shared.store.read(&[]), Err(StoreError::Full)) {
                return waiting.blocking_recv();
            }
            match waiting.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => thread::sleep(AGAIN),
            }
            if !self.shared.has_less_than(self.shared.room()) {
                // Writing nothing opens it again.
                let _ = self.shared.store.commit(Vec::new());
            }
        }
    }

    /// Writes as much of these jobs as there is room for: one transaction of each place that they touch.
    fn commit(&self, jobs: &mut [Begun]) -> Result<(), StoreError> {
        let shared = &*self.shared;
        shared.expect_ours()?;
        if shared.has_less_than(shared.room() / SMALL_THINGS) {
            return Err(StoreError::Full);
        }
        let held = shared.held();
        let mut group = Group::new(&*shared.store, &held);
        let mut pending = Pending::new(&held);
        for Begun { job, outcomes, .. } in jobs.iter() {
            if !group.take(&job.arrival, &job.operations, outcomes)? {
                break;
            }
        }
        let prepared = group.prepare()?;
        // Of each job, the places of its amendments and entries; `None` where they cannot be made.
        let mut asked = Vec::with_capacity(jobs.len());
        for ((begun, taken), changes) in jobs.iter().zip(&prepared.outcomes).zip(&prepared.changes) {
            let Begun { job, settled, .. } = begun;
            pending.note_changes(&job.arrival, changes)?;
            asked.push(if taken.len() == begun.rest() { Some(pending.amend(job, settled)?) } else { None });
        }
        let Finished { mut writes, unmoved, last_entry } = pending.finish()?;
        let mut transactions: Vec<Transaction> = Vec::new();
        for OfUnit { mut batch, joined, rounds, tallies, change } in prepared.units.into_values() {
            let place = batch.place;
            let Writes { pairs, items } = writes.remove(&place).unwrap_or_default();
            batch.writes.extend(pairs);
            let (head, change) = (batch.head, Some(change));
            let moved = Moved { place, head, change, joined, rounds, tallies, items };
            transactions.push((batch, moved));
        }
        let stores_operations = !transactions.is_empty();
        for (place, Writes { pairs, items }) in writes {
            let mut batch = held.batch(place)?;
            batch.writes.extend(pairs);
            let moved = Moved { place, head: batch.head, items, ..Moved::default() };
            transactions.push((batch, moved));
        }
        // What must be unmoved is written first: whoever moves it at the same moment then finds that it has moved.
        let (mut first, transactions): (Vec<Transaction>, Vec<Transaction>) =
            transactions.into_iter().partition(|(batch, _)| unmoved.contains(&batch.place));
        for place in unmoved {
            if !first.iter().any(|(batch, _)| batch.place == place) {
                let head = held.head(place);
                first.push((Batch::new(place, head), Moved { place, head, ..Moved::default() }));
            }
        }
        // From here on others may wait to add what they have read.
        drop(held);
        let mut missed = self.write(first)?;
        if missed.is_empty() {
            let begun = Instant::now();
            missed = self.write(transactions)?;
            // Not for accounts and audit entries alone: those who may read the metrics must not learn from them
            // whether there is an account.
            if stores_operations {
                shared.transactions.observe(begun.elapsed().as_secs_f64());
            }
            let mut held = shared.held.write().unwrap_or_else(PoisonError::into_inner);
            held.last_entry = held.last_entry.max(last_entry);
        } else {
            missed.extend(transactions.into_iter().map(|(batch, _)| batch.place));
        }
        for ((begun, taken), asked) in jobs.iter_mut().zip(prepared.outcomes).zip(asked) {
            for (at, outcome) in taken {
                let place = begun.job.operations[at].subject.unit.to_bytes();
                begun.outcomes[at] = (!missed.contains(&place)).then_some(outcome);
            }
            match asked {
                Some(Some(places)) => {
                    begun.settled.extend(places.iter().filter(|place| !missed.contains(*place)));
                    begun.amended = places.is_subset(&begun.settled).then_some(true);
                }
                Some(None) => begun.amended = Some(false),
                None => {}
            }
        }
        if !missed.is_empty() {
            shared.refresh(&missed.into_iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Has transactions written, and takes over what was. Returns the places that somebody else had moved.
    fn write(&self, transactions: Vec<Transaction>) -> Result<HashSet<Place>, StoreError> {
        if transactions.is_empty() {
            return Ok(HashSet::new());
        }
        let (batches, moved): (Vec<_>, Vec<_>) = transactions.into_iter().unzip();
        let places: Vec<Place> = moved.iter().map(|moved| moved.place).collect();
        let written = match self.shared.store.commit(batches) {
            Ok(written) => written,
            Err(error) => {
                // Some may be on disk: the next transaction is made under the heads that are there.
                if let Err(error) = self.shared.refresh(&places) {
                    tracing::debug!(%error, "what was written could not be read");
                }
                return Err(error);
            }
        };
        let mut missed = HashSet::new();
        let mut has_figures = false;
        {
            let mut held = self.shared.held.write().unwrap_or_else(PoisonError::into_inner);
            for (moved, written) in moved.into_iter().zip(written) {
                if written {
                    has_figures |= !moved.tallies.is_empty();
                    held.advance(moved);
                } else {
                    missed.insert(moved.place);
                }
            }
        }
        if has_figures {
            self.shared.version.send_modify(|version| *version += 1);
        }
        Ok(missed)
    }
}

/// Rough number of bytes that an operation may take on disk, with the log and the record it is merged into.
fn weight(operation: &Operation) -> u64 {
    let texts = operation.changes.iter().filter_map(|change| change.value.as_text());
    4_000 + 4 * texts.map(|text| text.len() as u64).sum::<u64>()
}
