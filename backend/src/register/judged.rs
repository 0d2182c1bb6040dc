//! A record with the operations of one transaction merged into it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, hash_map};
use std::sync::Arc;

use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Standing, TallyChange};
use soho_shared::duplicate::survivor;
use soho_shared::household::field::RULES;
use soho_shared::record::{Actor, Doc, Full, Growing, IsOwn, Of, Operation, RecordKey, Round, Stamp};
use soho_shared::stage::Progress;
use uuid::Uuid;

use super::keys::{self, Key};
use super::log::LogEntry;
use super::types::Record;
use super::{closing, courses};
use crate::engine::{Engine, Pair, StoreError};
use crate::people::{AccountName, Author};

/// Address of an answer: the number of the push, and the operation's place in it.
pub(super) type Answer = (usize, usize);

/// A new operation, with the address of its answer.
pub(super) struct Placed<'a> {
    /// Its place among all new operations of the transaction.
    pub(super) order: usize,
    pub(super) received: u64,
    pub(super) by: Option<Arc<Author>>,
    /// Whether the server made it, out of what somebody decided.
    pub(super) made_here: bool,
    pub(super) operation: &'a Operation,
    /// Its stamp with the believed time.
    pub(super) believed: Stamp,
    pub(super) answer: Answer,
}

/// A record with the operations that are to be merged into it, if any are.
#[derive(Default)]
pub(super) struct Waiting<'a> {
    pub(super) stored: Stored,
    pub(super) operations: Vec<Placed<'a>>,
}

/// What is in memory of a record as it is stored.
#[derive(Default)]
pub(super) enum Stored {
    /// There is none.
    #[default]
    Nothing,
    /// All of it.
    Whole(Vec<u8>),
    /// Its head: number of its last change, and what it adds.
    Head(u64, Option<Contribution>),
}

impl Stored {
    /// Unpacked size, in bytes, as far as it is in memory.
    pub(super) fn size(&self) -> usize {
        match self {
            Stored::Whole(bytes) => keys::record_size(bytes),
            Stored::Nothing | Stored::Head(..) => 0,
        }
    }
}

/// The records about a subject, by round.
pub(super) type OfSubject<'a> = BTreeMap<Round, Waiting<'a>>;

/// To whom a writer belongs: to the account that first used it, or to nobody.
pub(super) struct Owner {
    pub(super) first: Option<Arc<Author>>,
    /// Whether it is to be written.
    pub(super) is_new: bool,
}

/// An operation that was merged into its record.
pub(super) struct Taken<'a> {
    pub(super) order: usize,
    pub(super) change: u64,
    pub(super) entry: LogEntry<'a>,
    pub(super) answer: Answer,
    /// Whether it left a field in conflict.
    pub(super) in_conflict: bool,
}

/// A record with the operations that were merged into it, and those that were refused; also one of the same course that
/// was not edited.
pub(super) struct Judged<'a> {
    pub(super) key: RecordKey,
    /// Change number of the last operation before these.
    pub(super) before: u64,
    /// What it added.
    pub(super) was: Option<Contribution>,
    /// What it added, with what its household was given as it says now: of an edited record of a closed round alone.
    given: Option<Contribution>,
    /// What it says by itself; `None` for one that is withdrawn.
    pub(super) standing: Option<Standing>,
    /// What it adds beside the other records of its course.
    pub(super) adds: Option<Contribution>,
    /// The household that it named as the one that its household is a second entry of, and the one that it names now.
    pub(super) names: (Option<Uuid>, Option<Uuid>),
    body: Body,
    pub(super) open: (bool, bool),
    pub(super) taken: Vec<Taken<'a>>,
    pub(super) refused: Vec<(Answer, Full)>,
    /// Of a commune's own record, how far its round is.
    pub(super) progress: Option<Progress>,
    /// Whether it was edited after its round was closed.
    pub(super) is_late: bool,
}

/// The part of a record that follows its head.
enum Body {
    New(Vec<u8>),
    /// That of the stored record, which is this.
    Of(Vec<u8>),
    /// That of the stored record, which is not in memory.
    Stored,
}

impl<'a> Judged<'a> {
    /// Merges operations into a record. `closed` is the latest round of its commune that is closed: what is said of that
    /// round and of those before it is kept, and counts for nothing but supports given.
    pub(super) fn of(
        key: RecordKey,
        waiting: Waiting<'a>,
        owners: &Owners,
        closed: Option<Round>,
    ) -> Result<Self, StoreError> {
        let Waiting { stored, operations } = waiting;
        let size = stored.size();
        let bytes = match stored {
            Stored::Head(change, adds) => return Ok(Judged::untouched(key, change, adds)),
            Stored::Nothing => None,
            Stored::Whole(bytes) if operations.is_empty() => {
                // One that cannot be read stops no edit of another round: nothing is known of it.
                let (change, adds) = keys::decode_head(&bytes).unwrap_or_default();
                let progress = closing::progress(key, &bytes);
                return Ok(Judged {
                    body: Body::Of(bytes),
                    progress,
                    ..Judged::untouched(key, change, adds)
                });
            }
            Stored::Whole(bytes) => Some(bytes),
        };
        let stored = bytes.map(|bytes| keys::decode_record(key, &bytes)).transpose()?;
        let (before, was, doc, mut hamlets) = match stored {
            Some(Record { change, contribution, doc, hamlets, .. }) => (change, contribution, doc, hamlets),
            None => (0, None, Doc::default(), Vec::new()),
        };
        let was_open = doc.has_conflicts();
        let named = survivor(&doc, key.subject);
        let mut record = Growing::new(doc, size.max(3), RULES);
        let (mut taken, mut refused) = (Vec::with_capacity(operations.len()), Vec::new());
        let known: RefCell<HashMap<Actor, Option<AccountName>>> = RefCell::default();
        for Placed { order, received, by, made_here, operation, believed, answer } in operations {
            let account = by.as_ref().map(|by| &by.account).filter(|_| !made_here);
            let failed = RefCell::default();
            let is_own = |writer| {
                let mut known = known.borrow_mut();
                let owner = match known.entry(writer) {
                    hash_map::Entry::Occupied(owner) => Ok(&*owner.into_mut()),
                    hash_map::Entry::Vacant(new) => {
                        owners.account_of((key.subject.unit, writer)).map(|owner| &*new.insert(owner))
                    }
                };
                owner.map(|owner| owner.as_ref() == account).unwrap_or_else(|error| {
                    *failed.borrow_mut() = Some(error);
                    false
                })
            };
            let taking = record.take(operation, believed.millis(), account.map(|_| &is_own as IsOwn));
            if let Some(error) = failed.into_inner() {
                return Err(error);
            }
            if let Err(full) = taking {
                refused.push((answer, full));
                continue;
            }
            Record::stood(&mut hamlets, operation);
            let doc = record.doc();
            let in_conflict = operation.changes.iter().any(|set| doc.in_conflict(set.field.as_str()));
            let entry = LogEntry { previous: 0, received, by, operation: Cow::Borrowed(operation), believed };
            taken.push(Taken { order, change: 0, entry, answer, in_conflict });
        }
        let is_frozen = closing::freezes(closed, key);
        let given = was.as_ref().filter(|_| is_frozen).map(|adds| adds.given_anew(record.doc(), key.round));
        let standing = match is_frozen {
            true => given.as_ref().map(|adds| adds.standing.clone()),
            false => Standing::of_record(record.doc(), key),
        };
        let names = (named, survivor(record.doc(), key.subject));
        let is_late = is_frozen && taken.iter().any(|taken| closing::would_move(&taken.entry.operation));
        let progress = (key.subject.of == Of::Unit).then(|| Progress::of(record.doc()));
        let open = (was_open, record.doc().has_conflicts());
        let body = match taken.is_empty() {
            true => Body::Stored,
            false => Body::New(keys::encode_body(record.doc(), &hamlets)?),
        };
        let adds = None;
        Ok(Judged {
            key,
            before,
            was,
            given,
            standing,
            adds,
            names,
            body,
            open,
            taken,
            refused,
            progress,
            is_late,
        })
    }

    /// A record that is not edited: its last change, and what it adds.
    pub(super) fn untouched(key: RecordKey, change: u64, adds: Option<Contribution>) -> Self {
        let standing = adds.as_ref().map(|adds| adds.standing.clone());
        let (names, open) = ((None, None), (false, false));
        let (taken, refused) = (Vec::new(), Vec::new());
        let (before, was, body, adds) = (change, adds, Body::Stored, None);
        let (given, progress, is_late) = (None, None, false);
        Judged {
            key,
            before,
            was,
            given,
            standing,
            adds,
            names,
            body,
            open,
            taken,
            refused,
            progress,
            is_late,
        }
    }

    /// What is known of it.
    pub(super) fn said(&self, closed: Option<Round>) -> courses::Said<'_> {
        let stored = self.given.as_ref().or(self.was.as_ref());
        courses::said(self.key, self.standing.as_ref(), stored, closed)
    }

    pub(super) fn are_of_one_unit(one: &Self, next: &Self) -> bool {
        one.key.subject.unit == next.key.subject.unit
    }

    /// Whether it is to be written.
    pub(super) fn is_new(&self) -> bool {
        // What was refused has made no record.
        !self.taken.is_empty() || self.before > 0 && self.adds != self.was
    }

    /// Returns the record as it is written, and its entries of the log.
    pub(super) fn linked(self, store: &dyn Engine) -> Result<(Merged, Vec<(u64, LogEntry<'a>)>), StoreError> {
        let Judged { key, mut before, was, adds, names, body, open, taken, is_late, .. } = self;
        let linked = taken.into_iter().map(|Taken { change, entry, .. }| {
            let previous = std::mem::replace(&mut before, change);
            (change, LogEntry { previous, ..entry })
        });
        let entries: Vec<_> = linked.collect();
        let stored;
        let body = match &body {
            Body::New(body) => body,
            Body::Of(record) => keys::body(record).unwrap_or_default(),
            Body::Stored => {
                stored = store.get(keys::record(key))?.unwrap_or_default();
                keys::body(&stored).unwrap_or_default()
            }
        };
        let record = keys::encode_record(before, adds.as_ref(), body)?;
        let between = |unit| TallyChange::between(key.round, unit, was.as_ref(), adds.as_ref());
        let moved = key.subject.commune().map(between).unwrap_or_default();
        Ok((Merged { key, record, moved, names, open, is_late }, entries))
    }
}

/// To whom writers belong, those of this transaction too.
pub(super) struct Owners<'a> {
    pub(super) store: &'a dyn Engine,
    pub(super) of: &'a HashMap<(UnitCode, Actor), Owner>,
}

impl Owners<'_> {
    fn account_of(&self, of: (UnitCode, Actor)) -> Result<Option<AccountName>, StoreError> {
        let stored;
        let owner = match self.of.get(&of) {
            Some(owner) => Some(owner),
            None => {
                stored =
                    self.store.get(keys::writer(of.0, of.1))?.map(|value| owner(of.0, &value)).transpose()?;
                stored.as_ref()
            }
        };
        Ok(owner.and_then(|owner| owner.first.as_ref()).map(|first| first.account.clone()))
    }
}

/// Reads a writer's owner.
pub(super) fn owner(unit: UnitCode, value: &[u8]) -> Result<Owner, StoreError> {
    let unreadable = || StoreError::Damaged(format!("a writer's owner in area {unit} cannot be read"));
    let first = keys::owner(value).ok_or_else(unreadable)?.map(Arc::new);
    Ok(Owner { first, is_new: false })
}

/// A record with everything that is written of it.
pub(super) struct Merged {
    pub(super) key: RecordKey,
    pub(super) record: Vec<u8>,
    pub(super) moved: Vec<TallyChange>,
    /// The household that it named as the one that its household is a second entry of, and the one that it names now.
    pub(super) names: (Option<Uuid>, Option<Uuid>),
    /// Whether it had open conflicts, and whether it has some now.
    pub(super) open: (bool, bool),
    /// Whether it was edited after its round was closed.
    pub(super) is_late: bool,
}

/// The records about a subject as they are stored.
pub(super) fn whole<'a>(found: Vec<Pair>) -> OfSubject<'a> {
    let record = |(key, value): Pair| match keys::read(&key) {
        Some((_, Key::Record(key))) => {
            Some((key.round, Waiting { stored: Stored::Whole(value), operations: Vec::new() }))
        }
        _ => None,
    };
    found.into_iter().filter_map(record).collect()
}
