//! Making a register of a backup, or of another register.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use uuid::Uuid;

use super::backup::{self, BackupError, Contents};
use super::{check, keys, notes, upgrade};
use crate::engine::{
    self, Batch, Engine, Location, OpenError, Place, Query, Range, StoreError, Write, head_key, read_head,
};
use crate::people::{Item, Session};

/// Bytes in one transaction, roughly.
const AT_ONCE: usize = 8 << 20;

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a register already.
    #[error("{0} holds a register already: restore into an empty or a new one")]
    NotEmpty(Location),
    /// The directory or database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        RestoreError::Backup(error.into())
    }
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup holds.
    pub contents: Contents,
    /// The devices that wait until somebody confirms them.
    pub suspended: Vec<Session>,
}

/// Makes a register from a backup, in a directory that is missing or empty, at the moment `now`, in milliseconds since
/// 1970. It has a new id. What was taken away since the backup was taken is not known to it: so browsers are signed out,
/// codes are worth nothing, and devices wait to be confirmed.
///
/// # Errors
/// When the directory holds something, or the file is not a backup or is damaged. A directory in which this was cut
/// short is refused as damaged afterwards.
pub fn restore(path: &Path, backup: &Path, now: u64) -> Result<Restored, RestoreError> {
    restore_from(&Location::Directory(path.to_owned()), || Ok(File::open(backup)?), now)
}

/// [`restore`] from any source, to any place; `backup` opens it anew at each call, because it is read twice.
///
/// # Errors
/// As [`restore`].
pub fn restore_from<R: Read>(
    to: &Location,
    backup: impl Fn() -> Result<R, BackupError>,
    now: u64,
) -> Result<Restored, RestoreError> {
    // The whole backup is read once before anything is written.
    Contents::of(backup()?)?;
    let store = open_empty(to)?;
    let mut suspended = Vec::new();
    let as_restored = |key: &[u8], value: Vec<u8>| as_restored(key, value, now, &mut suspended);
    let contents = fill(&*store, backup()?, Some(upgrade::draw()?), as_restored)?;
    store.close()?;
    Ok(Restored { contents, suspended })
}

/// A value as it is restored; `None` for what is not. Notes the devices that wait to be confirmed.
fn as_restored(
    key: &[u8],
    value: Vec<u8>,
    now: u64,
    suspended: &mut Vec<Session>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut session = match keys::decode_item(key, &value).or_else(|| upgrade::item_of_format_7(key, &value))
    {
        Some(Item::Session(session)) if session.revoked.is_none() && session.ended.is_none() => session,
        Some(Item::Enrolment(_)) => return Ok(None),
        _ => return Ok(Some(value)),
    };
    if session.device.is_some() {
        session.suspended = true;
        suspended.push(session.clone());
    } else {
        session.ended = Some(now);
    }
    keys::encode_item(&Item::Session(session)).map(Some)
}

/// Copies a register that is not being served to an empty place. It keeps its id, its sessions and all numbers, so
/// that devices notice nothing. `progress` is told how many parts were read, of how many.
///
/// # Errors
/// When either cannot be used, or there is a register already.
pub fn migrate(
    from: &Location,
    to: &Location,
    progress: impl FnMut(usize, usize) + Send,
) -> Result<Contents, RestoreError> {
    let source = from.open(check::verdict, false)?;
    let target = open_empty(to)?;
    let (reads, writes) = io::pipe().map_err(BackupError::Io)?;
    let filled = thread::scope(|scope| {
        let reading = scope.spawn(|| backup::write(&*source, writes, progress));
        let filled = fill(&*target, reads, None, |_, value| Ok(Some(value)));
        let read = reading.join().map_err(|_| BackupError::Io(io::Error::other("it was cut short")))?;
        match (filled, read) {
            // Where nothing more is read, the writer finds the pipe closed.
            (Err(error), _) | (Ok(_), Err(error)) => Err(RestoreError::from(error)),
            (Ok(contents), Ok(_)) => Ok(contents),
        }
    })?;
    source.close()?;
    target.close()?;
    Ok(filled)
}

fn open_empty(to: &Location) -> Result<Arc<dyn Engine>, RestoreError> {
    let store = match to.open(check::verdict, true) {
        Err(OpenError::Store(error)) => return Err(error.into()),
        opened => opened?,
    };
    let any = keys::places().map(|place| Query::Range(Range::of(&place).pairs(1)));
    if store.read(&any.collect::<Vec<_>>())?.iter().any(|found| !found.is_empty()) {
        return Err(RestoreError::NotEmpty(to.clone()));
    }
    Ok(store)
}

/// Writes a backup into an empty store, each value as `becomes` says, gives it an id where one is given, and turns it into
/// this version's form.
fn fill(
    store: &dyn Engine,
    backup: impl Read,
    id: Option<Uuid>,
    mut becomes: impl FnMut(&[u8], Vec<u8>) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<Contents, BackupError> {
    let mut filling = Filling::of(store);
    // From now on it is refused where this is cut short.
    filling.writes.push((keys::note(notes::RESTORING), Some(Vec::new())));
    filling.end_place();
    filling.commit()?;
    let contents = backup::pairs(backup, |key, value| match becomes(&key, value)? {
        Some(value) => filling.take(key, value),
        None => Ok(()),
    })?;
    filling.end_place();
    filling.commit()?;
    let mut end = Batch { next: filling.whole.max(1), ..Batch::new(keys::WHOLE, 0) };
    end.remove(keys::note(notes::RESTORING));
    // Format 7 has none, and gets one as it is upgraded.
    if let Some(id) = id.filter(|_| contents.format > engine::OLDEST) {
        end.insert(keys::note(notes::ID), id.to_string());
        end.remove(keys::note(notes::SECRET));
        // Devices send again what they keep: how far it goes, only this register's own backups tell.
        end.remove(keys::note(notes::BACKED_UP));
    }
    filling.batches.push(end);
    filling.commit()?;
    upgrade::upgrade(store)?;
    Ok(contents)
}

/// A store that is being filled, place by place.
struct Filling<'a> {
    store: &'a dyn Engine,
    batches: Vec<Batch>,
    place: Place,
    /// Head of the place, as the backup says.
    head: u64,
    writes: Vec<Write>,
    bytes: usize,
    /// Head of the whole, which is written last.
    whole: u64,
}

impl<'a> Filling<'a> {
    fn of(store: &'a dyn Engine) -> Self {
        let (batches, writes) = (Vec::new(), Vec::new());
        Filling { store, batches, place: keys::WHOLE, head: 0, writes, bytes: 0, whole: 0 }
    }

    fn take(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), BackupError> {
        let short = || BackupError::Damaged("a key in it is too short".to_owned());
        let place = engine::place_of(&key).ok_or_else(short)?;
        if place != self.place {
            self.end_place();
            self.place = place;
        }
        if key == head_key(place) {
            self.head = read_head(&value)?;
            return Ok(());
        }
        self.bytes += key.len() + value.len();
        self.writes.push((key, Some(value)));
        if self.bytes > AT_ONCE {
            // The head follows with the place's last keys.
            self.batches.push(Batch { place, head: 0, next: 0, writes: std::mem::take(&mut self.writes) });
            self.commit()?;
        }
        Ok(())
    }

    fn end_place(&mut self) {
        let head = std::mem::take(&mut self.head);
        let is_whole = self.place == keys::WHOLE;
        if is_whole {
            self.whole = self.whole.max(head);
        }
        let next = if is_whole { 0 } else { head };
        let writes = std::mem::take(&mut self.writes);
        if next > 0 || !writes.is_empty() {
            self.batches.push(Batch { place: self.place, head: 0, next, writes });
        }
    }

    fn commit(&mut self) -> Result<(), BackupError> {
        self.bytes = 0;
        let written = self.store.commit(std::mem::take(&mut self.batches))?;
        if written.iter().all(|written| *written) {
            return Ok(());
        }
        Err(StoreError::Stopped("something else is writing into it".to_owned()).into())
    }
}
