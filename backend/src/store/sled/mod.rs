//! The register in sled, inside this process.
//!
//! All writing is done by one thread, see [`writer`]. Reads hold a lock that excludes the moment between writing and
//! flushing, so nothing is ever shown that a crash could take back.
//!
//! Accounts and sessions are written the same way. They are also held in memory, as they are on disk, because every
//! request asks for them.

mod access;
mod aside;
mod backup;
mod blobs;
mod check;
mod columns;
mod cut;
mod directory;
mod duplicates;
mod engine;
mod group;
mod history;
mod keys;
mod log;
mod pack;
mod pass;
mod records;
mod segments;
mod upgrade;
mod writer;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use soho_shared::area::{self, AreaCode, CommuneCode};
use soho_shared::duplicate::Subject;
use soho_shared::record::{FieldPath, HouseholdId, Operation, RecordKey, Round, Stamp, Value};
use soho_shared::report::{self, By, Statistics};
use soho_shared::what_if::{Households, Part};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task;
use uuid::Uuid;

pub use self::backup::{BackupError, Contents};
use self::check::Depth;
pub use self::check::Verified;
pub use self::cut::{CutError, cut, record_named};
pub use self::directory::OpenError;
pub use self::engine::{KeepError, RestoreError, compact, keep, restore, restore_from};
pub use self::writer::KEEP_FREE;
use self::writer::{Done, Job, Shared, Started};
use super::{
    Activity, AreaColumns, Arrival, ChangePage, Condition, Contested, ContestedPage, EditPage, Outcome,
    Record, StatisticsError, Store, StoreError, Whereabouts,
};
use crate::people::{self, AccountName, Amendment, Entry, Item, ItemKind, Recorded};

/// A [`Store`] in sled.
pub struct SledStore {
    path: PathBuf,
    shared: Arc<Shared>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<directory::Directory>>>,
    /// Permits for quick reads; each read takes a thread, and may take much memory.
    quick: Semaphore,
    /// Permits for reads that take long.
    costly: Semaphore,
}

impl SledStore {
    /// Opens the register in a data directory, making it where there is none.
    ///
    /// When the directory holds other files, has a newer format, is damaged or in use, or cannot be read or written.
    /// Nothing in it was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let Started { shared, jobs, thread } = writer::start(engine::open(path)?)?;
        let (jobs, writer) = (Mutex::new(Some(jobs)), Mutex::new(Some(thread)));
        let (quick, costly) = (Semaphore::new(8), Semaphore::new(2));
        Ok(SledStore { path: path.to_owned(), shared, jobs, writer, quick, costly })
    }

    /// Sets how much room to leave on the disk, in bytes, in place of [`writer::KEEP_FREE`]; never less than 8 MB.
    pub fn keep_free(&self, bytes: u64) {
        self.shared.keep_free.store(bytes, Ordering::Relaxed);
    }

    /// Starts a thread that reads everything slowly, again and again while the register is open. [`Store::condition`]
    /// tells what it has found.
    ///
    /// # Errors
    /// When the system gives no thread for it.
    pub fn check_slowly(&self) -> io::Result<()> {
        pass::begin(&self.shared)
    }

    /// Runs a quick read on a thread that may wait for the disk, while no transaction is half-way to it.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&::sled::Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.quick.acquire().await;
        let shared = Arc::clone(&self.shared);
        in_time(move || {
            let _whole = shared.whole();
            read(&shared.db()?)
        })
        .await
    }

    /// Runs a quick read that may also see what is still on its way to disk: for what is shown to nobody.
    async fn peek<T: Send + 'static>(
        &self,
        read: impl FnOnce(&::sled::Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.quick.acquire().await;
        let shared = Arc::clone(&self.shared);
        in_time(move || read(&shared.db()?)).await
    }

    /// Runs a read that takes long, and that itself leaves out what is on its way to disk.
    async fn costly<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.costly.acquire().await;
        let shared = Arc::clone(&self.shared);
        in_time(move || read(&shared)).await
    }

    /// Hands the writer a job and waits until it is on disk.
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
        // Dropped before waiting: the writer ends when the queue has no sender left.
        drop(jobs);
        answered.await.unwrap_or_else(|_| Err(StoreError::Stopped("writing was cut short".to_owned())))
    }
}

/// Runs work that may wait for the disk on a thread where no other request waits for it.
async fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let working = task::spawn_blocking(work);
    working.await.unwrap_or_else(|_| Err(StoreError::Stopped("it was cut short".to_owned())))
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
        self.read(move |db| records::changes(db, commune, after, limit)).await
    }

    async fn household(&self, id: HouseholdId) -> Result<Vec<Record>, StoreError> {
        self.read(move |db| records::household(db, id)).await
    }

    async fn household_at(&self, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError> {
        self.costly(move |shared| history::household_at(shared, id, at)).await
    }

    async fn history(
        &self,
        records: Vec<RecordKey>,
        before: u64,
        limit: usize,
    ) -> Result<EditPage, StoreError> {
        self.costly(move |shared| history::page(shared, &records, before, limit)).await
    }

    async fn written(
        &self,
        record: RecordKey,
        field: FieldPath,
        stamp: Stamp,
    ) -> Result<Option<Value>, StoreError> {
        self.costly(move |shared| history::written(shared, record, &field, stamp)).await
    }

    async fn conflicts(
        &self,
        commune: CommuneCode,
        round: Option<Round>,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<ContestedPage, StoreError> {
        self.costly(move |shared| history::conflicts(shared, commune, round, after, limit)).await
    }

    async fn contested(&self, record: RecordKey) -> Result<Option<Contested>, StoreError> {
        self.costly(move |shared| history::contested(shared, record)).await
    }

    async fn subjects(&self, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
        self.costly(move |shared| duplicates::subjects(shared, commune)).await
    }

    async fn hamlets(&self, households: Vec<HouseholdId>) -> Result<Vec<Whereabouts>, StoreError> {
        self.peek(move |db| households.iter().map(|id| records::hamlets(db, *id)).collect()).await
    }

    async fn stored(&self, commune: CommuneCode, operations: Vec<Uuid>) -> Result<Vec<bool>, StoreError> {
        self.read(move |db| {
            let stored = |id: &Uuid| Ok(db.contains_key(keys::done(commune, *id))?);
            operations.iter().map(stored).collect()
        })
        .await
    }

    async fn item(&self, key: &people::Key) -> Result<Option<Item>, StoreError> {
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
        self.read(move |db| access::page(db, area, before, limit)).await
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
        let state = self.read(move |db| columns::state(db, area)).await?;
        if known == Some(state) {
            return Ok(AreaColumns { state, households: None });
        }
        let mut reads = Vec::new();
        for commune in area::communes().iter().filter(|c| area.contains_commune(c)) {
            reads.push(self.costly(move |shared| columns::part(shared, commune.code, round)));
        }
        let parts: Vec<Part> = stream::iter(reads).buffer_unordered(2).try_collect().await?;
        Ok(AreaColumns { state, households: Some(Households::join(round, parts)) })
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let key = keys::note(name);
        let bytes = self.read(|db| db.get(key).map_err(StoreError::from)).await?;
        let damaged = |_| StoreError::Damaged(format!("the note `{name}` is not a text"));
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).map_err(damaged)).transpose()
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let mut batch = ::sled::Batch::default();
        batch.insert(keys::note(name), text);
        let shared = Arc::clone(&self.shared);
        let writing = task::spawn_blocking(move || {
            let _alone = shared.commit.write().unwrap_or_else(PoisonError::into_inner);
            shared.write(batch)
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
        self.read(|db| db.get([0]).map(drop).map_err(StoreError::from)).await
    }

    fn condition(&self) -> Condition {
        let pass = *self.shared.pass.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = directory::free(&self.path).is_none_or(|free| free >= self.shared.room());
        Condition { has_room, pass }
    }

    async fn backup(&self, out: Box<dyn Write + Send>) -> Result<Contents, BackupError> {
        let shared = Arc::clone(&self.shared);
        let writing = task::spawn_blocking(move || -> Result<Contents, BackupError> {
            let mut backup = backup::Writer::new(out)?;
            for part in backup::parts() {
                let pairs = {
                    let _whole = shared.commit.read().unwrap_or_else(PoisonError::into_inner);
                    let db = shared.db()?;
                    backup::read_part(&db, part)?
                };
                backup.part(&pairs)?;
            }
            Ok(backup.finish()?)
        });
        writing.await.unwrap_or_else(|_| Err(StoreError::Stopped("a backup was cut short".to_owned()).into()))
    }

    async fn verify(&self) -> Result<Verified, StoreError> {
        self.read(|db| check::check(db, Depth::Everything)).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.shared.closing.store(true, Ordering::Relaxed);
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let shared = Arc::clone(&self.shared);
        in_time(move || {
            let Some(writer) = writer else { return Ok(()) };
            let Ok(directory) = writer.join() else {
                return Err(StoreError::Stopped("writing was cut short".to_owned()));
            };
            let closed = StoreError::Stopped("the register is closed".to_owned());
            if let Ok(db) = shared.exchange(Err(closed)) {
                shared.blobs.flush(&db)?;
                drop(db);
                engine::settle(&directory);
            }
            Ok(())
        })
        .await
    }
}
