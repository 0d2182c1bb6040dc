//! The register: everything stored, and every question that is asked of it, over any [`Engine`].
//!
//! All writing of a process is done by one thread, see [`writer`]. What every request asks for (heads, figures,
//! accounts) is also held in memory, as it is on disk; see [`held`].
//!
//! A call takes plain values and gives one answer. Nothing here knows HTTP, and no code of a caller runs inside a
//! transaction.

mod backup;
mod check;
mod closing;
mod columns;
mod courses;
mod cut;
mod duplicates;
mod group;
mod held;
mod held_back;
mod history;
mod judged;
mod keys;
mod lists;
mod log;
mod notes;
mod pack;
mod pass;
mod pending;
mod recognition;
mod records;
mod restore;
mod trail;
mod types;
mod undo;
mod upgrade;
mod work;
mod writer;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use soho_shared::area::{self, AreaCode, CommuneCode, UnitCode};
use soho_shared::count::Tally;
use soho_shared::duplicate::Candidate;
use soho_shared::record::{FieldPath, HouseholdId, Operation, RecordKey, Round, Stamp, Subject, Value};
use soho_shared::report::{self, By, Months, Movement, Statistics, Targets};
use soho_shared::what_if::{Households, Part};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task;
use uuid::Uuid;

pub use self::backup::{BackupError, Contents, KeepError, keep, note_kept};
use self::check::Depth;
pub use self::check::Verified;
pub use self::cut::{CutError, cut};
pub use self::held_back::HeldBack;
pub use self::lists::{ListError, ListOf, ListPage, PageAt};
pub use self::notes::{Heads, SECRET};
pub use self::restore::{RestoreError, Restored, migrate, restore, restore_from};
pub use self::types::{
    Activity, AreaColumns, AreaRecord, Arrival, Believing, CLOCK_TOLERANCE_MILLIS, ChangePage, Condition,
    Contested, ContestedPage, Edit, EditPage, Holds, Marked, NotTaken, Origin, Outcome, Pass, Record,
    StatisticsError, Step, Whereabouts,
};
pub use self::undo::{Undo, UndoPage, undoing};
pub use self::writer::KEEP_FREE;
use self::writer::{Done, Job, Shared, Started};
use crate::engine::{self, Engine, Location, OpenError, Place, Query, StoreError, head_key};
use crate::people::{self, AccountName, Amendment, Entry, Item, ItemKind, Recorded, SessionId};

/// The register over an engine.
pub struct Register {
    shared: Arc<Shared>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Id of the register, drawn when it was made or restored.
    id: Uuid,
    /// When the last look at what others have written about accounts began.
    caught_up: tokio::sync::Mutex<Option<Instant>>,
    /// Permits for quick reads; each read takes a thread, and may take much memory.
    quick: Semaphore,
    /// Permits for reads that take long.
    costly: Semaphore,
    /// Lists of households that were asked for last.
    lists: lists::Lists,
}

impl Register {
    /// Opens the register in a data directory, making it where there is none, and upgrades it to this version's
    /// format, law and rule.
    ///
    /// # Errors
    /// When the directory holds other files, has another format, is damaged or in use, or cannot be read or written.
    /// Nothing in it was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Register::at(&Location::Directory(path.to_owned()))
    }

    /// [`Register::open`] wherever it is kept.
    ///
    /// # Errors
    /// As [`Register::open`].
    pub fn at(location: &Location) -> Result<Self, OpenError> {
        Ok(Register::over(location.open(check::verdict, true)?)?)
    }

    /// The register in an open engine, made or upgraded where that is needed.
    ///
    /// # Errors
    /// When the engine fails, or holds something else.
    pub fn over(engine: Arc<dyn Engine>) -> Result<Self, StoreError> {
        let id = upgrade::upgrade(&*engine)?;
        let Started { shared, jobs, thread } = writer::start(engine)?;
        let (jobs, writer) = (Mutex::new(Some(jobs)), Mutex::new(Some(thread)));
        let (quick, costly) = (Semaphore::new(8), Semaphore::new(2));
        let caught_up = tokio::sync::Mutex::default();
        let lists = lists::Lists::default();
        Ok(Register { shared, jobs, writer, id, caught_up, quick, costly, lists })
    }

    /// Id of the register. It is another once the register was restored from a backup: what was given out before may
    /// speak of edits that this register has never seen.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Number of the last transaction of a unit; 0 where nothing was ever stored.
    #[must_use]
    pub fn head(&self, unit: impl Into<UnitCode>) -> u64 {
        self.shared.held().head(unit.into().to_bytes())
    }

    /// Sees what other servers have written to some communes until now.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn catch_up_with(&self, units: &BTreeSet<UnitCode>) -> Result<(), StoreError> {
        let places: Vec<Place> = units.iter().map(|unit| unit.to_bytes()).collect();
        let shared = Arc::clone(&self.shared);
        in_time(move || shared.look(&places)).await
    }

    /// Of some communes, the number of the last transaction that is in a backup; see [`Register::note_backup`].
    #[must_use]
    pub fn backed_up(&self, of: impl Fn(UnitCode) -> bool) -> Heads {
        let held = self.shared.held();
        held.backed_up.iter().filter(|(commune, _)| of(**commune)).map(|(of, head)| (*of, *head)).collect()
    }

    /// Notes how far each commune is in a backup that was read back. What it says of a commune beyond what is stored
    /// counts only as far as that.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn note_backup(&self, mut heads: Heads) -> Result<(), StoreError> {
        heads.iter_mut().for_each(|(commune, head)| *head = (*head).min(self.head(*commune)));
        self.costly(move |store| notes::note_backup(store, &heads)).await?;
        let shared = Arc::clone(&self.shared);
        in_time(move || shared.look(&[keys::WHOLE])).await
    }

    /// Sets how much room to leave on the disk, in bytes, in place of [`writer::KEEP_FREE`]; never less than 8 MB.
    pub fn keep_free(&self, bytes: u64) {
        self.shared.keep_free.store(bytes, Ordering::Relaxed);
    }

    /// Starts a thread that reads everything slowly, again and again while the register is open.
    /// [`Register::condition`] tells what it has found.
    ///
    /// # Errors
    /// When the system gives no thread for it.
    pub fn check_slowly(&self) -> io::Result<()> {
        pass::begin(&self.shared)
    }

    /// Runs a quick read on a thread that may wait for disk or network.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.with(&self.quick, read).await
    }

    /// Runs a read that takes long.
    async fn costly<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.with(&self.costly, read).await
    }

    async fn with<T: Send + 'static>(
        &self,
        permits: &Semaphore,
        read: impl FnOnce(&dyn Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = permits.acquire().await;
        let shared = Arc::clone(&self.shared);
        in_time(move || {
            shared.expect_ours()?;
            read(&*shared.store)
        })
        .await
    }

    /// Hands the writer a job and waits until it is on disk.
    async fn write(
        &self,
        arrival: Arrival,
        operations: Vec<Operation>,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
        others: Vec<(Place, engine::Write)>,
    ) -> Result<Done, StoreError> {
        let closed = || StoreError::Stopped("the server is stopping".to_owned());
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        let job = Job { arrival, operations, amendments, entries, others, answer };
        jobs.send(job).await.map_err(|_| closed())?;
        // Dropped before waiting: the writer ends when the queue has no sender left.
        drop(jobs);
        answered.await.unwrap_or_else(|_| Err(StoreError::Stopped("writing was cut short".to_owned())))
    }
}

/// Rewrites the register in a data directory without the gaps that updates have left. Returns its size before and
/// after, in bytes.
///
/// # Errors
/// When the directory cannot be opened, or there is no room for a second copy. The register is then as it was.
pub fn compact(path: &Path) -> Result<(u64, u64), OpenError> {
    engine::compact(path, check::verdict)
}

/// Runs work that may wait for the disk on a thread where no other request waits for it.
async fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    // Of one type: otherwise all that a task is made of is compiled once more for each of sixty kinds of work.
    let work: Box<dyn FnOnce() + Send> = Box::new(move || drop(answer.send(work())));
    drop(task::spawn_blocking(work));
    answered.await.unwrap_or_else(|_| Err(StoreError::Stopped("it was cut short".to_owned())))
}

impl Register {
    /// Merges operations that passed their checks into their records, and answers once all of them are on disk: one
    /// outcome for each operation, in order.
    ///
    /// Record, log and tally of an operation move in one transaction.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn apply(
        &self,
        arrival: Arrival,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreError> {
        Ok(self.write(arrival, operations, Vec::new(), Vec::new(), Vec::new()).await?.outcomes)
    }

    /// A page of one commune's changes after a change number: at most `limit` records, and at most a mebibyte of them
    /// unless the first alone is larger.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn changes(
        &self,
        unit: impl Into<UnitCode>,
        after: u64,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        let unit = unit.into();
        self.read(move |store| records::changes(store, unit, after, limit)).await
    }

    /// The records of all rounds about a household or an area, in the order of the rounds.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn records(&self, of: impl Into<Subject>) -> Result<Vec<Record>, StoreError> {
        let subject = of.into();
        self.read(move |store| records::of(store, subject)).await
    }

    /// The records of households in a round, in the order asked; `None` for one that has none there. All are held in memory at
    /// once.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn records_in(
        &self,
        households: Vec<HouseholdId>,
        round: Round,
    ) -> Result<Vec<Option<Record>>, StoreError> {
        self.read(move |store| records::in_round(store, &households, round)).await
    }

    /// A household's records of all rounds as the server had them at the moment `at`, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn household_at(&self, id: HouseholdId, at: u64) -> Result<Vec<Record>, StoreError> {
        self.costly(move |store| history::household_at(store, id, at)).await
    }

    /// A page of the edits of records, latest first: those whose change number is smaller than `before`. All records
    /// must be of one commune. Each operation appears once; repeats of it are left out.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn history(
        &self,
        records: Vec<RecordKey>,
        before: u64,
        limit: usize,
    ) -> Result<EditPage, StoreError> {
        self.costly(move |store| history::page(store, &records, before, limit)).await
    }

    /// The value that was written into a field of a record under a stamp; `None` when there is none.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn written(
        &self,
        record: RecordKey,
        field: FieldPath,
        stamp: Stamp,
    ) -> Result<Option<Value>, StoreError> {
        self.costly(move |store| history::written(store, record, &field, stamp)).await
    }

    /// A page of a commune's records with open conflicts, by household and round: those of one round or of all, after
    /// `after`.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn conflicts(
        &self,
        unit: impl Into<UnitCode>,
        round: Option<Round>,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<ContestedPage, StoreError> {
        let unit = unit.into();
        self.costly(move |store| history::conflicts(store, unit, round, after, limit)).await
    }

    /// A record with the origins of its conflicting values, whether it has any or not; `None` when there is no such
    /// record.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn contested(&self, record: RecordKey) -> Result<Option<Contested>, StoreError> {
        self.costly(move |store| history::contested(store, record)).await
    }

    /// The parts of a commune's households that are compared to find duplicates.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn candidates(&self, commune: CommuneCode) -> Result<Vec<Candidate>, StoreError> {
        self.costly(move |store| duplicates::candidates(store, commune)).await
    }

    /// Whether each of these households has a record of any round, in the order asked. One that is still on its way to disk
    /// may count already.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn are_known(&self, households: Vec<HouseholdId>) -> Result<Vec<bool>, StoreError> {
        self.read(move |store| records::are_known(store, &households)).await
    }

    /// The hamlets in which these households stand and once stood, in the order asked. An edit that is still on its way to
    /// disk may count already.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn hamlets(&self, households: Vec<HouseholdId>) -> Result<Vec<Whereabouts>, StoreError> {
        self.read(move |store| records::hamlets(store, &households)).await
    }

    /// When a record is believed to have left these hamlets, in milliseconds since 1970; `None` where it did not.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn left(&self, record: RecordKey, hamlets: Vec<u8>) -> Result<Option<u64>, StoreError> {
        self.costly(move |store| history::left(store, record, &hamlets)).await
    }

    /// Whether each of these operations of a commune was stored before, in the order asked.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn stored(
        &self,
        unit: impl Into<UnitCode>,
        operations: Vec<Uuid>,
    ) -> Result<Vec<bool>, StoreError> {
        let unit = unit.into();
        self.read(move |store| {
            let marks: Vec<_> = operations.iter().map(|id| Query::Key(keys::done(unit, *id))).collect();
            Ok(store.read(&marks)?.iter().map(|found| !found.is_empty()).collect())
        })
        .await
    }

    /// An account, session or enrolment; `None` when there is none.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn item(&self, key: &people::Key) -> Result<Option<Item>, StoreError> {
        self.shared.expect_ours()?;
        let held = || self.shared.held().items.get(key).cloned();
        if let Some(item) = held() {
            return Ok(Some(item));
        }
        self.catch_up().await?;
        Ok(held())
    }

    /// All items of a kind, or only those of one account. What another process has written may be missing for as long
    /// as the engine's [`watch`](Engine::watch) takes to tell.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn items(&self, kind: ItemKind, of: Option<&AccountName>) -> Result<Vec<Item>, StoreError> {
        self.shared.expect_ours()?;
        let held = || -> Vec<Item> {
            let held = self.shared.held();
            let of_kind = held.items.iter().filter(|(key, _)| key.kind() == kind).map(|(_, item)| item);
            of_kind.filter(|item| of.is_none_or(|account| item.account() == account)).cloned().collect()
        };
        let items = held();
        if !items.is_empty() || of.is_some() {
            return Ok(items);
        }
        // A register without accounts is open to everybody, so this is asked of the store itself.
        self.catch_up().await?;
        Ok(held())
    }

    /// Reads what other processes have written about accounts up to now. Who asks while a look is under way waits for
    /// the next one, which is made for all that wait.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let asked = Instant::now();
        let mut last = self.caught_up.lock().await;
        if last.is_some_and(|begun| begun >= asked) {
            return Ok(());
        }
        let begun = Instant::now();
        let shared = Arc::clone(&self.shared);
        in_time(move || shared.look(&keys::people())).await?;
        *last = Some(begun);
        Ok(())
    }

    /// Applies amendments and adds entries to the audit trail, and answers once all is on disk. What concerns one
    /// account, and is of its own or of no commune, is one transaction.
    ///
    /// Returns `false`, having written nothing, when an item is not as its amendment says it was. `now` is the
    /// server's time in milliseconds since 1970.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn amend(
        &self,
        now: u64,
        amendments: Vec<Amendment>,
        entries: Vec<Entry>,
    ) -> Result<bool, StoreError> {
        let arrival = Arrival::sent(now, None, None);
        Ok(self.write(arrival, Vec::new(), amendments, entries, Vec::new()).await?.amended)
    }

    /// A page of a commune's operations that are held back, by device and id, after one of them; at most a mebibyte unless
    /// the first alone is larger.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn held_back(
        &self,
        unit: impl Into<UnitCode>,
        after: Option<(SessionId, Uuid)>,
        limit: usize,
    ) -> Result<Vec<HeldBack>, StoreError> {
        let unit = unit.into();
        self.read(move |store| held_back::page(store, unit, after, limit)).await
    }

    /// Notes that somebody's edits are undone in a commune from now on, so that what is undone later does not bring them
    /// back. `now` is the server's time in milliseconds since 1970.
    ///
    /// # Errors
    /// When the engine fails, or the system gives no random bits.
    pub async fn note_undo(
        &self,
        now: u64,
        unit: impl Into<UnitCode>,
        undo: &Undo,
    ) -> Result<(), StoreError> {
        let random = getrandom::u64().map_err(|error| StoreError::Io(error.to_string()))?;
        let value = serde_json::to_vec(undo).map_err(|error| StoreError::Io(error.to_string()))?;
        let unit = unit.into();
        let note = (unit.to_bytes(), (keys::undone(unit, now, random), Some(value)));
        self.write(Arrival::sent(now, None, None), Vec::new(), Vec::new(), Vec::new(), vec![note])
            .await
            .map(drop)
    }

    /// A page of what undoes somebody's edits in a commune, of at most `limit` records after one of them.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn undo(
        &self,
        unit: impl Into<UnitCode>,
        undo: Undo,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<UndoPage, StoreError> {
        let unit = unit.into();
        self.costly(move |store| undo::page(store, unit, &undo, after, limit)).await
    }

    /// Holds these operations back no longer, whether they were taken or are dropped, and notes who decided that. `now`
    /// is the server's time in milliseconds since 1970.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn release(
        &self,
        now: u64,
        released: Vec<HeldBack>,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        let removed = |held: HeldBack| (held.operation.subject.unit.to_bytes(), (held.key(), None));
        let removed = released.into_iter().map(removed).collect();
        self.write(Arrival::sent(now, None, None), Vec::new(), Vec::new(), entries, removed).await.map(drop)
    }

    /// A page of the audit trail, latest first: entries with a smaller number than `before`, about households of an
    /// area's communes, or all entries where `area` is `None`.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn audit(
        &self,
        area: Option<AreaCode>,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.read(move |store| trail::page(store, area, before, limit)).await
    }

    /// The figures of an area, from running sums: the time does not depend on the number of households.
    ///
    /// # Errors
    /// When the engine fails or the area cannot be divided that way.
    pub fn statistics(&self, area: AreaCode, round: Round, by: By) -> Result<Statistics, StatisticsError> {
        self.shared.expect_ours()?;
        report::statistics(&self.shared.held().book, area, round, by).map_err(StatisticsError::Division)
    }

    /// What the households of an area add up to in a round, from running sums.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn tally(&self, area: AreaCode, round: Round) -> Result<Tally, StoreError> {
        self.shared.expect_ours()?;
        let held = self.shared.held();
        let communes = area::communes().iter().filter(|commune| area.contains_commune(commune));
        let tallies = communes.map(|commune| lists::tally(&held.book, area, commune, round));
        Ok(tallies.fold(Tally::default(), |mut sum, tally| {
            sum += &tally;
            sum
        }))
    }

    /// Movement in an area in a round: who came out of poverty, and who fell into it.
    ///
    /// # Errors
    /// When the area cannot be divided so, or the engine fails.
    pub fn movement(&self, area: AreaCode, round: Round, by: By) -> Result<Movement, StatisticsError> {
        self.shared.expect_ours()?;
        report::movement(&self.shared.held().book, area, round, by).map_err(StatisticsError::Division)
    }

    /// The reviews on request within a round's year, month by month.
    ///
    /// # Errors
    /// When the area is a hamlet, there were none yet in that year, or the engine fails.
    pub fn months(&self, area: AreaCode, round: Round) -> Result<Months, StatisticsError> {
        self.shared.expect_ours()?;
        report::months(&self.shared.held().book, area, round).map_err(StatisticsError::Division)
    }

    /// The plan's path of an area from 2010 on.
    ///
    /// # Errors
    /// When the area is a hamlet, or the engine fails.
    pub fn targets(&self, area: AreaCode) -> Result<Targets, StatisticsError> {
        self.shared.expect_ours()?;
        report::targets(&self.shared.held().book, area).map_err(StatisticsError::Division)
    }

    /// A report as a table, from running sums and, where it is made of incomes, from these.
    ///
    /// # Errors
    /// When there is no such report, or the engine fails.
    pub fn report(
        &self,
        incomes: &report::Incomes,
        asked: report::Asked,
    ) -> Result<report::Table, StatisticsError> {
        self.shared.expect_ours()?;
        report::make(&self.shared.held().book, incomes, asked).map_err(StatisticsError::Division)
    }

    /// The households of an area in a round as bare columns, unless the area's state is still `known`.
    ///
    /// A whole province takes about a second. Writing goes on meanwhile: each record is as it was at one moment,
    /// which is never before that of the returned state.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn columns(
        &self,
        area: AreaCode,
        round: Round,
        known: Option<u64>,
    ) -> Result<AreaColumns, StoreError> {
        let state = columns::state(&self.shared.held(), area);
        if known == Some(state) {
            return Ok(AreaColumns { state, households: None });
        }
        let mut reads = Vec::new();
        for commune in area::communes().iter().filter(|c| area.contains_commune(c)) {
            reads.push(self.costly(move |store| columns::part(store, commune.code, round)));
        }
        let parts: Vec<Part> = stream::iter(reads).buffer_unordered(2).try_collect().await?;
        Ok(AreaColumns { state, households: Some(Households::join(round, parts)) })
    }

    /// A short text kept under a name, about the register as a whole.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read(move |store| notes::read(store, &name)).await
    }

    /// Keeps a short text under a name; answered after it is on disk.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.read(move |store| notes::write(store, &[(&name, Some(&text))])).await
    }

    /// Keeps a short text under a name where there is none yet, and returns what stands there, whoever has written it.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn first_note(&self, name: &str, text: &str) -> Result<String, StoreError> {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.read(move |store| {
            let theirs = notes::write_new(store, &name, &[(&name, Some(&text))])?;
            Ok(theirs.unwrap_or(text))
        })
        .await
    }

    /// Measurements of what the store is doing.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = jobs.as_ref().map_or(0, |jobs| jobs.max_capacity() - jobs.capacity());
        let transactions = self.shared.transactions.clone();
        Activity { transactions, waiting, free: self.shared.store.room() }
    }

    /// A number that has risen whenever a figure may have changed, until the server stops.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn figures_version(&self) -> Result<u64, StoreError> {
        self.shared.expect_ours()?;
        Ok(*self.shared.version.borrow())
    }

    /// The same number whenever it rises.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.version.subscribe()
    }

    /// Succeeds as long as the store takes operations.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if jobs.is_none_or(|jobs| jobs.is_closed()) {
            return Err(StoreError::Stopped("nothing is written any more".to_owned()));
        }
        self.read(|store| store.get(head_key(keys::WHOLE)).map(drop)).await
    }

    /// Whether the disk has room, and what was found to be damaged.
    #[must_use]
    pub fn condition(&self) -> Condition {
        let pass = *self.shared.pass.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = self.shared.store.room().is_none_or(|free| free >= self.shared.room());
        Condition { has_room, pass }
    }

    /// Writes the whole register as one stream while writing goes on; every commune is as it is at one moment.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn backup(&self, out: Box<dyn Write + Send>) -> Result<Contents, BackupError> {
        let shared = Arc::clone(&self.shared);
        let writing = task::spawn_blocking(move || -> Result<Contents, BackupError> {
            backup::write(&*shared.store, out, |_, _| ())
        });
        writing.await.unwrap_or_else(|_| Err(StoreError::Stopped("a backup was cut short".to_owned()).into()))
    }

    /// Recounts everything from the records and their log, and compares it with what is stored.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        self.costly(|store| check::check(store, Depth::Everything)).await
    }

    /// Ends the transaction at hand, turns away what still waits, and closes the engine.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.closing.store(true, Ordering::Relaxed);
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let shared = Arc::clone(&self.shared);
        in_time(move || {
            if writer.is_some_and(|writer| writer.join().is_err()) {
                return Err(StoreError::Stopped("writing was cut short".to_owned()));
            }
            shared.store.close()
        })
        .await
    }
}
