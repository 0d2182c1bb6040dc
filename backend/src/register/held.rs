//! The part of the register that a server holds in memory: heads, figures and accounts.
//!
//! What this process writes is added here once it is on disk. What another process has written to the same store is
//! read again, place by place, where a head has risen.

use std::collections::{BTreeMap, HashMap};

use soho_shared::area::UnitCode;
use soho_shared::count::{Book, Counts, Period, TallyChange};
use soho_shared::duplicate::Joined;
use soho_shared::record::Round;
use uuid::Uuid;

use super::closing::{self, Rounds};
use super::keys::{self, Form, Key as StoredKey};
use super::notes::{self, Heads};
use super::{log, trail};
use crate::engine::{Batch, Engine, Pair, Place, Query, Range, StoreError, head_in, head_key};
use crate::people::{Item, Key};

/// Accounts, sessions and enrolments.
pub(super) type Items = BTreeMap<Key, Item>;

/// Heads, figures and accounts, as they are on disk.
#[derive(Default)]
pub(super) struct Held {
    heads: HashMap<Place, u64>,
    /// Last change number of each commune.
    changes: HashMap<UnitCode, u64>,
    pub(super) book: Book,
    /// The communes' households that were found to be one.
    joined: HashMap<UnitCode, Joined>,
    /// How far the rounds of the communes are.
    rounds: HashMap<UnitCode, Rounds>,
    pub(super) items: Items,
    /// The largest number of an entry of the audit trail.
    pub(super) last_entry: u64,
    /// Sum of the heads; of a commune in an earlier form, its last change number.
    pub(super) sum: u64,
    /// Heads of the communes in the last backup that was read back.
    pub(super) backed_up: Heads,
}

/// What is held of one place, read at one moment.
pub(super) struct Part {
    place: Place,
    head: u64,
    last_entry: u64,
    of: Of,
}

enum Of {
    Unit {
        code: UnitCode,
        form: Option<Form>,
        change: u64,
        joined: Joined,
        rounds: Rounds,
        tallies: Vec<(Period, u8, Counts)>,
    },
    People(Items),
    Whole {
        backed_up: Heads,
    },
}

impl Held {
    /// Reads all places.
    pub(super) fn read(store: &dyn Engine) -> Result<Self, StoreError> {
        let mut held = Held::default();
        for part in parts(store, &keys::places().collect::<Vec<_>>())? {
            held.sum = held.sum.saturating_add(part.acknowledged());
            held.absorb(part);
        }
        Ok(held)
    }

    pub(super) fn head(&self, place: Place) -> u64 {
        self.heads.get(&place).copied().unwrap_or_default()
    }

    /// A batch for a place under the head that is held; of a commune to which nothing was ever written, with its form.
    pub(super) fn batch(&self, place: Place) -> Result<Batch, StoreError> {
        let mut batch = Batch::new(place, self.head(place));
        if let Some(unit) = UnitCode::from_bytes(place)
            && batch.head == 0
        {
            batch.insert(keys::form(unit), keys::encode(&Form::this())?);
        }
        Ok(batch)
    }

    /// The last change number of a commune; 0 where nothing was ever stored.
    pub(super) fn change(&self, unit: impl Into<UnitCode>) -> u64 {
        self.changes.get(&unit.into()).copied().unwrap_or_default()
    }

    /// A commune's households that were found to be one.
    pub(super) fn joined(&self, unit: impl Into<UnitCode>) -> Option<&Joined> {
        self.joined.get(&unit.into())
    }

    /// How far the rounds of a commune are, of those that were ever opened.
    pub(super) fn rounds(&self, unit: impl Into<UnitCode>) -> Option<&Rounds> {
        self.rounds.get(&unit.into())
    }

    /// The latest round of a commune that is closed.
    pub(super) fn closed(&self, unit: impl Into<UnitCode>) -> Option<Round> {
        self.rounds(unit).and_then(closing::closed)
    }

    /// Takes over what was read of a place, unless more is known already. Returns whether anything was new.
    pub(super) fn absorb(&mut self, part: Part) -> bool {
        let Part { place, head, last_entry, of } = part;
        let is_new = self.heads.get(&place).is_none_or(|known| *known < head);
        if !is_new {
            return false;
        }
        self.heads.insert(place, head);
        self.last_entry = self.last_entry.max(last_entry);
        match of {
            Of::Unit { code, change, joined, rounds, tallies, .. } => {
                self.changes.insert(code, change);
                self.join(code, Some(joined));
                self.rounds.insert(code, rounds);
                if let Some(unit) = code.commune() {
                    self.book.replace(unit, tallies);
                }
            }
            Of::People(items) => {
                self.items.retain(|_, item| keys::place_of(item.account()) != place);
                self.items.extend(items);
            }
            Of::Whole { backed_up } => self.backed_up = backed_up,
        }
        true
    }

    fn join(&mut self, unit: UnitCode, joined: Option<Joined>) {
        match joined {
            Some(joined) if joined == Joined::default() => drop(self.joined.remove(&unit)),
            Some(joined) => drop(self.joined.insert(unit, joined)),
            None => {}
        }
    }

    /// Takes over a batch that was written under a head, unless it was read in meanwhile.
    pub(super) fn advance(&mut self, moved: Moved) {
        let Moved { place, head, change, joined, rounds, tallies, items } = moved;
        if self.head(place) != head {
            return;
        }
        self.heads.insert(place, head + 1);
        if let (Some(code), Some(change)) = (UnitCode::from_bytes(place), change) {
            self.changes.insert(code, change);
            self.join(code, joined);
            if let Some(rounds) = rounds {
                self.rounds.insert(code, rounds);
            }
        }
        for moved in &tallies {
            self.book.apply(moved);
        }
        for (key, item) in items {
            match item {
                Some(item) => self.items.insert(key, item),
                None => self.items.remove(&key),
            };
        }
    }
}

impl Part {
    /// The head under which it was read.
    pub(super) const fn head(&self) -> u64 {
        self.head
    }

    /// Whether this version can count what the place holds: another may have written or upgraded it meanwhile.
    pub(super) fn is_of_this_form(&self) -> bool {
        match self.of {
            Of::Unit { form, change, .. } => form.map_or(change == 0, |form| form == Form::this()),
            Of::People(_) | Of::Whole { .. } => true,
        }
    }

    /// The head, or what stands for it in an earlier form.
    fn acknowledged(&self) -> u64 {
        match self.of {
            Of::Unit { form: None, change, .. } => self.head.max(change),
            _ => self.head,
        }
    }
}

/// What a written batch changes of what is held.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) place: Place,
    /// Head under which it was made.
    pub(super) head: u64,
    /// The commune's last change number afterwards, where that has changed.
    pub(super) change: Option<u64>,
    /// The commune's households that were found to be one, where that has changed.
    pub(super) joined: Option<Joined>,
    /// How far its rounds are, where that has changed.
    pub(super) rounds: Option<Rounds>,
    pub(super) tallies: Vec<TallyChange>,
    pub(super) items: BTreeMap<Key, Option<Item>>,
}

/// Reads what is held of some places, each at one moment.
pub(super) fn parts(store: &dyn Engine, places: &[Place]) -> Result<Vec<Part>, StoreError> {
    let mut queries = Vec::new();
    for place in places {
        queries.push(Query::Key(head_key(*place)));
        queries.push(Query::Range(trail::end(*place)));
        if let Some(unit) = UnitCode::from_bytes(*place) {
            queries.push(Query::Key(keys::form(unit)));
            queries.push(Query::Range(log::end(unit)));
            queries.push(Query::Range(Range::of(&keys::all(unit, keys::JOINED))));
            queries.push(Query::Range(Range::of(&keys::subject(unit.into()))));
            queries.push(Query::Range(Range::of(&keys::all(unit, keys::TALLY))));
        } else if *place == keys::WHOLE {
            queries.push(Query::Key(keys::note(notes::BACKED_UP)));
        } else {
            queries.push(Query::Range(Range::of(&keys::items(*place))));
        }
    }
    let mut answers = store.read(&queries)?.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let part = |place: &Place| {
        let head = head_in(&next())?;
        let last_entry = trail::last(&next())?;
        let of = if let Some(code) = UnitCode::from_bytes(*place) {
            let form = next().first().and_then(|(_, form)| postcard::from_bytes::<Form>(form).ok());
            let change = log::last(code, &next())?;
            let joined = joined(&next())?;
            let rounds = closing::read(&next());
            // Of an earlier form, they are read as they are upgraded.
            let found = next();
            let tallies = tallies(code, if form.is_some() { &found } else { &[] })?;
            Of::Unit { code, form, change, joined, rounds, tallies }
        } else if *place == keys::WHOLE {
            Of::Whole { backed_up: notes::heads(&next())? }
        } else {
            Of::People(items(&next())?)
        };
        Ok(Part { place: *place, head, last_entry, of })
    };
    places.iter().map(part).collect()
}

/// Reads a commune's households that were found to be one.
pub(super) fn joined(pairs: &[Pair]) -> Result<Joined, StoreError> {
    let mut joined = Joined::default();
    for (key, value) in pairs {
        let damaged = || StoreError::Damaged("which households are one cannot be read".to_owned());
        let Some((_, StoredKey::Joined(record))) = keys::read(key) else { return Err(damaged()) };
        let survivor = Uuid::from_slice(value).map_err(|_| damaged())?;
        let household = record.subject.household().ok_or_else(damaged)?;
        joined.set(household.uuid, record.round, Some(survivor));
    }
    Ok(joined)
}

fn tallies(unit: UnitCode, pairs: &[Pair]) -> Result<Vec<(Period, u8, Counts)>, StoreError> {
    let tally = |(key, value): &Pair| match keys::read(key) {
        Some((_, StoredKey::Tally(period, hamlet))) => {
            Some((period, hamlet, postcard::from_bytes(value).ok()?))
        }
        _ => None,
    };
    let damaged = || StoreError::Damaged(format!("a tally of area {unit} cannot be read"));
    pairs.iter().map(|pair| tally(pair).ok_or_else(damaged)).collect()
}

fn items(pairs: &[Pair]) -> Result<Items, StoreError> {
    let item = |(key, value): &Pair| keys::decode_item(key, value).map(|item| (item.key(), item));
    let damaged = || StoreError::Damaged("an account or session cannot be read".to_owned());
    pairs.iter().map(|pair| item(pair).ok_or_else(damaged)).collect()
}
