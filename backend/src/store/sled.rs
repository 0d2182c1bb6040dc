//! The register in sled, inside this process.
//!
//! All writing is done by one thread. It takes every push that waits, merges them into one
//! [`::sled::Batch`] (which sled recovers whole or not at all: `Tree::apply_batch` pins the log and seals
//! it), flushes once and only then answers all of them. Records are read under a lock that excludes the
//! moment between writing and flushing, so nothing is ever shown that a crash could take back.
//!
//! Accounts and sessions go the same way; what is on disk of them is also held in memory, because every
//! request asks for them.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use soho_shared::area::{self, AreaCode, CommuneCode};
use soho_shared::duplicate::Subject;
use soho_shared::household::field;
use soho_shared::report::{self, By, Statistics};
use soho_shared::sync::{HouseholdId, Operation, RecordKey, Round, Value};
use soho_shared::tally::Book;
use soho_shared::what_if::{Households, Part};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task;
use uuid::Uuid;

use super::access::{self, Items, Pending};
use super::backup::{self, BackupError, Contents};
use super::blobs::Blobs;
use super::check::{self, Depth, Sums, Verified};
use super::columns;
use super::directory::{self, Directory, OpenError};
use super::duplicates;
use super::group::Group;
use super::history;
use super::keys::{self, Key};
use super::log;
use super::upgrade;
use super::{
    Activity, AreaColumns, Arrival, ChangePage, Contested, Edit, Outcome, Record, StatisticsError, Store,
    StoreError, Whereabouts,
};
use crate::accounts::{self, AccountName, Amendment, Entry, Item, ItemKind, Recorded};

/// How much of the register sled keeps in memory. What it keeps beside that is of the same order.
const CACHE_BYTES: u64 = 96 << 20;
/// How much room the disk keeps, so that what was begun can be finished: 64 MB.
pub const KEEP_FREE: u64 = 64 << 20;
/// How many operations one transaction takes at most.
const GROUP: usize = 2_000;
/// How many pushes may wait before the next ones wait to wait.
const QUEUE: usize = 256;

/// A push, or a change of accounts, that waits for the disk.
struct Job {
    arrival: Arrival,
    operations: Vec<Operation>,
    amendments: Vec<Amendment>,
    entries: Vec<Entry>,
    answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// What became of a job.
struct Done {
    outcomes: Vec<Outcome>,
    /// Whether all its amendments could be made.
    amended: bool,
}

/// What the writer and the readers share.
struct Shared {
    db: ::sled::Db,
    blobs: Blobs,
    book: RwLock<Book>,
    /// Accounts, sessions and enrolments, as they are on disk.
    items: RwLock<Items>,
    /// Held for writing from the first write of a transaction until it is on disk.
    commit: RwLock<()>,
    /// Nothing is taken while the disk has less room than this, in bytes.
    keep_free: AtomicU64,
    /// Why nothing is written any more.
    stopped: OnceLock<StoreError>,
    version: watch::Sender<u64>,
    /// How long each transaction that stores operations took to get to disk, in seconds.
    transactions: Histogram,
}

impl Shared {
    /// Writes a transaction to disk. To be called under the commit lock.
    fn write(&self, batch: ::sled::Batch) -> Result<(), StoreError> {
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

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a register already.
    #[error("{0} holds a register already: restore into an empty or a new directory")]
    NotEmpty(PathBuf),
    /// The directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// The register in sled.
pub struct SledStore {
    path: PathBuf,
    shared: Arc<Shared>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl SledStore {
    /// Opens the register in a data directory, making it where there is none.
    ///
    /// Opening is first tried on a copy, because sled mends what it takes for a torn end by cutting it
    /// off: a damaged register is to be refused as it is, not shortened.
    ///
    /// # Errors
    /// When the directory is not ours, of a newer format, damaged or in use. Nothing in it was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut directory = sound(path)?;
        let db = configuration(&directory.engine()).open().map_err(|e| directory.damaged(e.to_string()))?;
        let blobs = Blobs::of(&directory.engine());
        directory.mark_format().map_err(|e| directory.io(&e))?;
        let turned = upgrade::upgrade(&db).map_err(|e| directory.failed(e))?;
        blobs.flush(&db).map_err(|e| directory.failed(e))?;
        if turned > 0 {
            tracing::info!(communes = turned, "the data directory was turned into this version's format");
        }
        let Sums { book, heads } = check::sums(&db).map_err(|e| directory.damaged(e.to_string()))?;
        let items = access::items(&db).map_err(|e| directory.damaged(e.to_string()))?;
        let last_entry = access::last_entry(&db).map_err(|e| directory.damaged(e.to_string()))?;
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
        let writer = Writer { shared: Arc::clone(&shared), heads, last_entry, directory };
        let writer = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(waiting))
            .map_err(|e| OpenError::Io { path: path.to_owned(), why: e.to_string() })?;
        let (jobs, writer) = (Mutex::new(Some(jobs)), Mutex::new(Some(writer)));
        Ok(SledStore { path: path.to_owned(), shared, jobs, writer })
    }

    /// How much room to leave on the disk, in bytes, instead of [`KEEP_FREE`].
    pub fn keep_free(&self, bytes: u64) {
        self.shared.keep_free.store(bytes, Ordering::Relaxed);
    }

    /// Makes a register of a backup, in a directory that is not there or empty.
    ///
    /// # Errors
    /// When the directory holds something, or the backup is none or damaged. A directory in which this was
    /// cut short is refused as damaged afterwards.
    pub fn restore(path: &Path, backup: &Path) -> Result<Contents, RestoreError> {
        // All of it is read once before anything is written.
        let contents = Contents::of(File::open(backup).map_err(BackupError::Io)?)?;
        let mut directory = Directory::open(path)?;
        if directory.acknowledged() > 0 || directory.engine().is_dir() {
            return Err(RestoreError::NotEmpty(path.to_owned()));
        }
        directory.acknowledge(contents.changes).map_err(BackupError::Store)?;
        let db = configuration(&directory.engine()).open().map_err(BackupError::from)?;
        backup::read(File::open(backup).map_err(BackupError::Io)?, |batch| Ok(db.apply_batch(batch)?))?;
        upgrade::upgrade(&db).map_err(BackupError::Store)?;
        Blobs::of(&directory.engine()).flush(&db).map_err(BackupError::Store)?;
        Ok(contents)
    }

    /// Writes the register anew, without the gaps that rewriting has left. Returns its size before and
    /// after, in bytes.
    ///
    /// # Errors
    /// When the directory cannot be opened, or there is no room for a second copy; then it is as it was.
    pub fn compact(path: &Path) -> Result<(u64, u64), OpenError> {
        let mut directory = sound(path)?;
        let before = directory.engine_size();
        let damaged = |e: ::sled::Error| directory.damaged(e.to_string());
        let fresh = directory.fresh_engine().map_err(|e| directory.io(&e))?;
        {
            let old = configuration(&directory.engine()).open().map_err(damaged)?;
            let new = configuration(&fresh).open().map_err(damaged)?;
            for part in backup::parts() {
                let mut batch = ::sled::Batch::default();
                for pair in old.scan_prefix(part) {
                    let (key, value) = pair.map_err(damaged)?;
                    batch.insert(key, value);
                }
                new.apply_batch(batch).map_err(damaged)?;
            }
            Blobs::of(&fresh).flush(&new).map_err(|e| directory.failed(e))?;
            let found = check::check(&new, Depth::Counts).map_err(|e| directory.damaged(e.to_string()))?;
            if !found.is_clean() || found.changes < directory.acknowledged() {
                return Err(directory.damaged("its copy does not agree with itself"));
            }
        }
        directory.exchange_engine().map_err(|e| directory.io(&e))?;
        directory.mark_format().map_err(|e| directory.io(&e))?;
        Ok((before, directory.engine_size()))
    }

    /// Runs a read on a thread that may wait for the disk, while no transaction is half-way to it.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.peek(move |shared| {
            let _whole = shared.commit.read().unwrap_or_else(PoisonError::into_inner);
            read(shared)
        })
        .await
    }

    /// Runs a read that may also see what is still on its way to disk: for what is not shown to anybody.
    async fn peek<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let reading = task::spawn_blocking(move || {
            if let Some(why) = shared.stopped.get() {
                return Err(why.clone());
            }
            read(&shared)
        });
        reading.await.unwrap_or_else(|_| Err(StoreError::Stopped("a read was cut short".to_owned())))
    }

    /// Gives the writer something to do and waits until it is on disk.
    async fn write(
        &self,
        arrival: Arrival,
        operations: Vec<Operation>,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
    ) -> Result<Done, StoreError> {
        let closed = || StoreError::Stopped("the server is stopping".to_owned());
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        let job = Job { arrival, operations, amendments, entries, answer };
        jobs.send(job).await.map_err(|_| closed())?;
        // Not sent on: the writer counts on the queue closing when the store does.
        drop(jobs);
        answered.await.unwrap_or_else(|_| Err(StoreError::Stopped("writing was cut short".to_owned())))
    }
}

/// Takes hold of a directory whose register can be opened. Tried on a copy.
fn sound(path: &Path) -> Result<Directory, OpenError> {
    let directory = Directory::open(path)?;
    if let Some(trial) = directory.trial().map_err(|e| directory.io(&e))? {
        let tried = try_opening(&trial, directory.acknowledged());
        directory.remove_trial().map_err(|e| directory.io(&e))?;
        tried.map_err(|what| directory.damaged(what))?;
    } else if directory.acknowledged() > 0 && !directory.engine().is_dir() {
        return Err(directory.damaged("its records are gone"));
    }
    Ok(directory)
}

fn configuration(path: &Path) -> ::sled::Config {
    // No flushing by time: every transaction is flushed before it is answered.
    ::sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .mode(::sled::Mode::LowSpace)
}

/// Opens a copy and reads all of it. What is wrong, in words.
fn try_opening(copy: &Path, acknowledged: u64) -> Result<(), String> {
    static ALONE: Mutex<()> = Mutex::new(());
    // sled asserts on some damage; its message is ours to give. One at a time: the hook is the process's.
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let tried = panic::catch_unwind(AssertUnwindSafe(|| -> Result<Verified, StoreError> {
        let db = configuration(copy).open()?;
        check::check(&db, Depth::Counts)
    }));
    panic::set_hook(loud);
    drop(alone);
    let found = match tried {
        Ok(Ok(found)) => found,
        Ok(Err(StoreError::Damaged(what))) => return Err(what),
        Ok(Err(other)) => return Err(other.to_string()),
        Err(_) => return Err("its records cannot be read".to_owned()),
    };
    if let Some(problem) = found.problems.first() {
        return Err(problem.clone());
    }
    if found.changes < acknowledged {
        return Err(format!("{acknowledged} changes were acknowledged, {} are there", found.changes));
    }
    Ok(())
}

/// What an error of sled means to us.
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
        while let Some(first) = waiting.blocking_recv() {
            let mut count = first.operations.len();
            let mut jobs = vec![first];
            while count < GROUP
                && let Ok(job) = waiting.try_recv()
            {
                count += job.operations.len();
                jobs.push(job);
            }
            self.answer(jobs);
        }
    }

    fn answer(&mut self, jobs: Vec<Job>) {
        match self.commit(&jobs) {
            Ok(done) => {
                for (job, done) in jobs.into_iter().zip(done) {
                    // The caller may have gone; what it asked for is done all the same.
                    let _ = job.answer.send(Ok(done));
                }
            }
            // One push that touches a damaged record must not take the others with it.
            Err(StoreError::Damaged(_)) if jobs.len() > 1 => {
                for job in jobs {
                    self.answer(vec![job]);
                }
            }
            Err(error) => {
                for job in jobs {
                    let _ = job.answer.send(Err(error.clone()));
                }
            }
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Done>, StoreError> {
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
        let mut done = Vec::with_capacity(jobs.len());
        for job in jobs {
            group.take(&job.arrival, &job.operations)?;
        }
        let mut prepared = group.prepare()?;
        for ((job, outcomes), changes) in jobs.iter().zip(prepared.outcomes).zip(prepared.changes) {
            pending.note_changes(&job.arrival, &changes)?;
            let amended = pending.amend(job.arrival.now, &job.amendments, &job.entries)?;
            done.push(Done { outcomes, amended });
        }
        let stores_operations = !prepared.heads.is_empty();
        if !stores_operations && pending.is_empty() {
            return Ok(done);
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
        Ok(done)
    }
}

#[async_trait]
impl Store for SledStore {
    async fn apply(&self, arrival: Arrival, operations: Vec<Operation>) -> Result<Vec<Outcome>, StoreError> {
        Ok(self.write(arrival, operations, Vec::new(), Vec::new()).await?.outcomes)
    }

    async fn changes(
        &self,
        commune: CommuneCode,
        after: u64,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.read(move |shared| read_changes(&shared.db, commune, after, limit)).await
    }

    async fn household(&self, id: HouseholdId) -> Result<Vec<Record>, StoreError> {
        self.read(move |shared| read_household(&shared.db, id)).await
    }

    async fn household_at(&self, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError> {
        self.read(move |shared| history::household_at(&shared.db, id, at)).await
    }

    async fn history(
        &self,
        records: Vec<RecordKey>,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Edit>, StoreError> {
        self.read(move |shared| history::page(&shared.db, &records, before, limit)).await
    }

    async fn conflicts(
        &self,
        commune: CommuneCode,
        round: Option<Round>,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<Vec<Contested>, StoreError> {
        self.read(move |shared| history::conflicts(&shared.db, commune, round, after, limit)).await
    }

    async fn contested(&self, record: RecordKey) -> Result<Option<Contested>, StoreError> {
        self.read(move |shared| history::contested(&shared.db, record)).await
    }

    async fn subjects(&self, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
        self.read(move |shared| duplicates::subjects(&shared.db, commune)).await
    }

    async fn hamlets(&self, households: Vec<HouseholdId>) -> Result<Vec<Whereabouts>, StoreError> {
        self.peek(move |shared| households.iter().map(|id| read_hamlets(&shared.db, *id)).collect()).await
    }

    async fn stored(&self, commune: CommuneCode, operations: Vec<Uuid>) -> Result<Vec<bool>, StoreError> {
        self.read(move |shared| {
            let stored = |id: &Uuid| Ok(shared.db.contains_key(keys::done(commune, *id))?);
            operations.iter().map(stored).collect()
        })
        .await
    }

    async fn item(&self, key: &accounts::Key) -> Result<Option<Item>, StoreError> {
        Ok(self.shared.items.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn items(&self, kind: ItemKind, of: Option<&AccountName>) -> Result<Vec<Item>, StoreError> {
        let items = self.shared.items.read().unwrap_or_else(PoisonError::into_inner);
        let asked = items
            .iter()
            .filter(|(key, item)| key.kind() == kind && of.is_none_or(|account| item.account() == account));
        Ok(asked.map(|(_, item)| item.clone()).collect())
    }

    async fn amend(
        &self,
        now: u64,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
    ) -> Result<bool, StoreError> {
        Ok(self.write(Arrival { now, clock: None, by: None }, Vec::new(), amendments, entries).await?.amended)
    }

    async fn audit(
        &self,
        area: Option<AreaCode>,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.read(move |shared| access::page(&shared.db, area, before, limit)).await
    }

    async fn statistics(&self, area: AreaCode, round: Round, by: By) -> Result<Statistics, StatisticsError> {
        let book = self.shared.book.read().unwrap_or_else(PoisonError::into_inner);
        report::statistics(&book, area, round, by).map_err(StatisticsError::Division)
    }

    async fn columns(
        &self,
        area: AreaCode,
        round: Round,
        known: Option<u64>,
    ) -> Result<AreaColumns, StoreError> {
        let state = self.read(move |shared| columns::state(&shared.db, area)).await?;
        if known == Some(state) {
            return Ok(AreaColumns { state, households: None });
        }
        // One read a commune: a transaction waits for no more than that.
        let mut reads = Vec::new();
        for commune in area::communes().iter().filter(|c| area.contains_commune(c)) {
            reads.push(self.read(move |shared| columns::part(&shared.db, commune.code, round)));
        }
        let parts: Vec<Part> = stream::iter(reads).buffer_unordered(columns::AT_ONCE).try_collect().await?;
        Ok(AreaColumns { state, households: Some(Households::join(round, parts)) })
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let key = keys::note(name);
        let bytes = self.read(|shared| shared.db.get(key).map_err(StoreError::from)).await?;
        let damaged = |_| StoreError::Damaged(format!("the note `{name}` is not a text"));
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).map_err(damaged)).transpose()
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let mut batch = ::sled::Batch::default();
        batch.insert(keys::note(name), text);
        let shared = Arc::clone(&self.shared);
        let writing = task::spawn_blocking(move || {
            let _alone = shared.commit.write().unwrap_or_else(PoisonError::into_inner);
            shared.stopped.get().map_or_else(|| shared.write(batch), |why| Err(why.clone()))
        });
        writing.await.unwrap_or_else(|_| Err(StoreError::Stopped("writing was cut short".to_owned())))
    }

    fn activity(&self) -> Activity {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = jobs.as_ref().map_or(0, |jobs| jobs.max_capacity() - jobs.capacity());
        let transactions = self.shared.transactions.clone();
        Activity { transactions, waiting, free: directory::free(&self.path) }
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.version.subscribe()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if jobs.is_none_or(|jobs| jobs.is_closed()) {
            return Err(StoreError::Stopped("nothing is written any more".to_owned()));
        }
        self.read(|shared| shared.db.get([0]).map(drop).map_err(StoreError::from)).await
    }

    async fn backup(&self, out: Box<dyn Write + Send>) -> Result<Contents, BackupError> {
        let shared = Arc::clone(&self.shared);
        let writing = task::spawn_blocking(move || -> Result<Contents, BackupError> {
            let mut backup = backup::Writer::new(out)?;
            for part in backup::parts() {
                let pairs = {
                    let _whole = shared.commit.read().unwrap_or_else(PoisonError::into_inner);
                    backup::read_part(&shared.db, part)?
                };
                backup.part(&pairs)?;
            }
            Ok(backup.finish()?)
        });
        writing.await.unwrap_or_else(|_| Err(StoreError::Stopped("a backup was cut short".to_owned()).into()))
    }

    async fn verify(&self) -> Result<Verified, StoreError> {
        self.read(|shared| check::check(&shared.db, Depth::Everything)).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let shared = Arc::clone(&self.shared);
        let closing = task::spawn_blocking(move || {
            if writer.is_some_and(|writer| writer.join().is_err()) {
                return Err(StoreError::Stopped("writing was cut short".to_owned()));
            }
            shared.blobs.flush(&shared.db)
        });
        closing.await.unwrap_or_else(|_| Err(StoreError::Stopped("closing was cut short".to_owned())))
    }
}

fn read_household(tree: &::sled::Tree, id: HouseholdId) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for pair in tree.scan_prefix(keys::household(id)) {
        let (key, value) = pair?;
        if let Some((_, Key::Record(key))) = keys::read(&key) {
            records.push(keys::decode_record(key, &value)?);
        }
    }
    Ok(records)
}

fn read_hamlets(tree: &::sled::Tree, id: HouseholdId) -> Result<Whereabouts, StoreError> {
    let number = |value: &Value| value.as_int().and_then(|number| u8::try_from(number).ok());
    let mut hamlets = Whereabouts::default();
    for Record { key, doc, hamlets: stood, .. } in read_household(tree, id)? {
        hamlets.ever.extend(stood);
        let standing = doc.get(field::HAMLET).and_then(number);
        hamlets.stands.extend(standing.map(|hamlet| (key.round, hamlet)));
    }
    hamlets.ever.sort_unstable();
    hamlets.ever.dedup();
    Ok(hamlets)
}

fn read_changes(
    tree: &::sled::Tree,
    commune: CommuneCode,
    after: u64,
    limit: usize,
) -> Result<ChangePage, StoreError> {
    let mut page = ChangePage { reached: after, ..ChangePage::default() };
    for chunk in log::since(tree, commune, after) {
        for (number, of) in chunk?.records().filter(|(number, _)| *number > after) {
            let bytes = tree.get(keys::record(of))?.ok_or_else(|| {
                StoreError::Damaged(format!("the log of commune {commune} names a record that is not there"))
            })?;
            // A record that was changed again comes with its last change.
            if keys::decode_head(&bytes).is_some_and(|(last, _)| last != number) {
                page.reached = number;
                continue;
            }
            if page.records.len() >= limit {
                page.more = true;
                return Ok(page);
            }
            page.records.push(keys::decode_record(of, &bytes)?);
            page.reached = number;
        }
    }
    Ok(page)
}
