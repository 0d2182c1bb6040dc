//! The real server below HTTP: the functions for push and pull, and the real register, over the engine in memory or in
//! a real directory.
//!
//! A crash leaves what is stored at that moment. On a disk the directory is copied as it is, and the server goes on
//! with the copy; in memory another register is opened over the same contents.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use soho::accounts::Limits;
use soho::engine::memory::MemoryEngine;
use soho::engine::{Location, StoreError};
use soho::people::Author;
use soho::register::{Arrival, Contents, Edit, KEEP_FREE, Register, restore_from};
use soho::sync::{self, Flood, HeldWanted, PushError, Taking};
use soho_shared::access::Scope;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::record::{Operation, RecordKey};
use soho_shared::wire::{Cursor, PullResponse, PushResponse, Status};
use soho_tests::edits::Dice;
use tempfile::{NamedTempFile, TempDir};

/// A fault of the server in the middle of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It stops before the store is asked.
    Before,
    /// The power fails while a transaction is written: only the first part of what it writes is on the disk.
    Within,
    /// It stops after the store has answered and before the device hears of it.
    After,
    /// The disk is full.
    Full,
}

/// Bytes that a disk writes as a whole or not at all.
const SECTOR: usize = 512;
/// File in which the store notes a transaction only after it is on disk.
const NOTED_AFTER: &str = "committed";

/// Where the register is kept.
enum Kept {
    Memory(MemoryEngine),
    Disk(TempDir),
}

/// The server between two crashes.
pub(crate) struct Server {
    kept: Kept,
    pub(crate) store: Register,
    limits: Limits,
    /// The last backup.
    backup: Option<NamedTempFile>,
}

impl Server {
    pub(crate) fn start(on_disk: bool) -> Self {
        let kept = if on_disk { Kept::Disk(room()) } else { Kept::Memory(MemoryEngine::default()) };
        let store = open(&kept);
        Server { kept, store, limits: Limits::default(), backup: None }
    }

    /// Whether the register can be backed up and restored: there is no place for a backup in memory.
    pub(crate) fn is_on_disk(&self) -> bool {
        matches!(self.kept, Kept::Disk(_))
    }

    /// Takes a backup, reads it back and notes how far it goes.
    pub(crate) async fn back_up(&mut self) {
        let file = NamedTempFile::new_in(room_for_rooms()).unwrap();
        self.store.backup(Box::new(file.reopen().unwrap())).await.unwrap();
        let contents = Contents::checked(file.reopen().unwrap()).unwrap();
        self.store.note_backup(contents.heads).await.unwrap();
        self.backup = Some(file);
    }

    /// Loses everything and is restored from the last backup.
    pub(crate) fn restore(&mut self, now: u64) {
        let backup = self.backup.take().unwrap();
        let next = room();
        restore_from(&Location::Directory(next.path().to_owned()), || Ok(backup.reopen()?), now).unwrap();
        self.live_on(Kept::Disk(next));
        self.backup = Some(backup);
    }

    /// Crashes, and starts again with what is stored.
    pub(crate) fn crash(&mut self) {
        let next = match &self.kept {
            Kept::Memory(engine) => Kept::Memory(engine.another()),
            Kept::Disk(directory) => {
                let next = room();
                copy(directory.path(), next.path());
                Kept::Disk(next)
            }
        };
        self.live_on(next);
    }

    fn live_on(&mut self, next: Kept) {
        let store = open(&next);
        let (old, kept) =
            (std::mem::replace(&mut self.store, store), std::mem::replace(&mut self.kept, next));
        drop(old);
        drop(kept);
    }

    /// Takes a push as it came over the wire. Returns `None` when nothing was stored. With a fault, the
    /// device gets no answer either way.
    pub(crate) async fn push(
        &mut self,
        arrival: Arrival,
        operations: Vec<Operation>,
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
                let answer = self.take(arrival, operations).await;
                self.store.keep_free(KEEP_FREE);
                return match answer {
                    Err(PushError::Store(StoreError::Full)) => Ok(None),
                    // Who only asks which register it is stores nothing.
                    Ok(answer) if answer.results.is_empty() => Ok(None),
                    other => Err(format!("a full disk is answered with {other:?}")),
                };
            }
            Some(Fault::Within) => return self.torn_push(arrival, operations, dice).await,
            Some(Fault::After) => {
                let answer = self.take(arrival, operations).await.unwrap();
                self.crash();
                return Ok(Some(answer));
            }
        }
        Ok(Some(self.take(arrival, operations).await.unwrap()))
    }

    /// Stores a push, then goes on with what the disk would hold if only a part had been written. Either all
    /// of the push must be there, or nothing.
    async fn torn_push(
        &mut self,
        arrival: Arrival,
        operations: Vec<Operation>,
        dice: &mut Dice,
    ) -> Result<Option<PushResponse>, String> {
        let Kept::Disk(directory) = &self.kept else {
            // Nothing is ever half written in memory: the power fails before or after.
            let answer =
                if dice.roll(2) == 0 { None } else { Some(self.take(arrival, operations).await.unwrap()) };
            self.crash();
            return Ok(answer);
        };
        let (before, torn) = (room(), room());
        copy(directory.path(), before.path());
        let answer = self.take(arrival, operations.clone()).await.unwrap();
        copy(directory.path(), torn.path());
        fs::copy(before.path().join(NOTED_AFTER), torn.path().join(NOTED_AFTER)).unwrap();
        let changed = changes(before.path(), torn.path());
        // If the changes are in several places, the engine has flushed in between, in an order of its own.
        let one_after_the_other =
            changed.windows(2).all(|two| two[0].0 == two[1].0 && two[0].1 + 1 == two[1].1);
        let kept = match changed.len() {
            many if one_after_the_other => usize::try_from(dice.roll(many as u64 + 1)).unwrap(),
            many => many * usize::from(dice.roll(2) == 0),
        };
        take_back(before.path(), torn.path(), &changed[kept..]);
        self.live_on(Kept::Disk(torn));
        let (mut there, mut new) = (0, 0);
        for (operation, result) in operations.iter().zip(&answer.results) {
            // What is held back has no mark.
            if result.status != Status::Duplicate && result.status != Status::Rejected && !result.held {
                let ids = vec![operation.id];
                new += 1;
                there += usize::from(self.store.stored(operation.subject.unit, ids).await.unwrap()[0]);
            }
        }
        match there {
            0 if new > 0 => Ok(None),
            _ if there == new => Ok(Some(answer)),
            _ => Err(format!("of a transaction of {new} operations {there} were kept")),
        }
    }

    async fn take(&self, arrival: Arrival, operations: Vec<Operation>) -> Result<PushResponse, PushError> {
        sync::push_received(&self.store, arrival, operations.into_iter().map(Ok).collect()).await
    }

    /// Takes a push of a volunteer whose areas and new households are bounded.
    pub(crate) async fn take_of_volunteer(
        &self,
        arrival: Arrival,
        scope: Option<&Scope>,
        operations: Vec<Operation>,
    ) -> PushResponse {
        let flood = Flood { limits: &self.limits, device: [0; 16] };
        let mut taking = Taking::new(&self.store, scope, arrival).within(Some(flood));
        taking.part(operations.into_iter().map(Ok).collect()).await.unwrap();
        taking.finish()
    }

    /// Stores what somebody decided on the server's pages.
    pub(crate) async fn decide(&self, now: u64, by: Author, operations: &[Operation]) -> PushResponse {
        self.take(Arrival::made_here(now, Some(by)), operations.to_vec()).await.unwrap()
    }

    /// Moves a commune's round to another stage.
    pub(crate) async fn move_round(&self, now: u64, by: Author, operation: &Operation) -> PushResponse {
        let judged_by = Some(self.store.head(operation.subject.unit));
        let arrival = Arrival { judged_by, ..Arrival::made_here(now, Some(by)) };
        self.take(arrival, vec![operation.clone()]).await.unwrap()
    }

    /// Takes all that is held back in a commune; returns how many there were.
    pub(crate) async fn take_held(
        &self,
        now: u64,
        commune: CommuneCode,
        by: Author,
    ) -> Result<usize, String> {
        let wanted = HeldWanted { commune: commune.into(), only: None, until: None, take: true };
        let decided = sync::decide_held(&self.store, now, Some(by), &wanted).await.unwrap();
        if decided.refused.is_empty() {
            Ok(decided.done)
        } else {
            Err(format!("refused: {:?}", decided.refused))
        }
    }

    pub(crate) async fn pull(
        &self,
        now: u64,
        commune: CommuneCode,
        cursor: Cursor,
        limit: usize,
    ) -> PullResponse {
        sync::pull(&self.store, now, None, AreaCode::Commune(commune), cursor, limit, false).await.unwrap()
    }

    /// A page of all that a commune's officer gets, with what is said of hamlets.
    pub(crate) async fn pull_all(&self, now: u64, commune: CommuneCode, cursor: Cursor) -> PullResponse {
        sync::pull(&self.store, now, None, AreaCode::Commune(commune), cursor, 1_000, true).await.unwrap()
    }

    /// Returns what was done with these records, latest first.
    pub(crate) async fn history(&self, records: Vec<RecordKey>) -> Vec<Edit> {
        self.store.history(records, u64::MAX, usize::MAX).await.unwrap().edits
    }

    /// Returns the records that are listed as being in conflict, page after page.
    pub(crate) async fn in_conflict(&self, commune: CommuneCode) -> Vec<RecordKey> {
        let mut listed = Vec::new();
        loop {
            let page = self.store.conflicts(commune, None, listed.last().copied(), 20).await.unwrap();
            let page = page.records;
            if page.is_empty() {
                return listed;
            }
            listed.extend(page.iter().map(|contested| contested.record.key));
        }
    }

    /// Recounts and compares everything.
    pub(crate) async fn verify(&self) {
        let found = self.store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
    }
}

fn open(kept: &Kept) -> Register {
    match kept {
        Kept::Memory(engine) => Register::over(Arc::new(engine.another())).unwrap(),
        Kept::Disk(directory) => Register::open(directory.path()).unwrap(),
    }
}

/// Makes a directory, in memory where the system has a place for that: the speed of the disk does not matter here.
fn room() -> TempDir {
    tempfile::tempdir_in(room_for_rooms()).unwrap()
}

fn room_for_rooms() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
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

/// Returns the files of a directory, in order.
fn files(of: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() { files.extend(self::files(&entry)) } else { files.push(entry) }
    }
    files
}

/// Returns the sectors that have changed since `before`, each by its file and its place in it.
fn changes(before: &Path, after: &Path) -> Vec<(PathBuf, usize)> {
    let mut changed = Vec::new();
    for path in files(after) {
        let name = path.strip_prefix(after).unwrap().to_owned();
        let old = fs::read(before.join(&name)).unwrap_or_default();
        let new = fs::read(&path).unwrap();
        let differs = |(at, sector): (usize, &[u8])| {
            let begin = at * SECTOR;
            (old.get(begin..begin + sector.len()) != Some(sector)).then(|| (name.clone(), at))
        };
        changed.extend(new.chunks(SECTOR).enumerate().filter_map(differs));
    }
    changed
}

/// Makes sectors what they were before.
fn take_back(before: &Path, after: &Path, sectors: &[(PathBuf, usize)]) {
    for of_file in sectors.chunk_by(|(one, _), (other, _)| one == other) {
        let name = &of_file[0].0;
        let old = fs::read(before.join(name)).unwrap_or_default();
        let new = File::options().write(true).open(after.join(name)).unwrap();
        let length = usize::try_from(new.metadata().unwrap().len()).unwrap();
        for (_, at) in of_file {
            let begin = at * SECTOR;
            let mut sector = old.get(begin..old.len().min(begin + SECTOR)).unwrap_or_default().to_vec();
            sector.resize(SECTOR.min(length - begin), 0);
            new.write_all_at(&sector, begin as u64).unwrap();
        }
    }
}
