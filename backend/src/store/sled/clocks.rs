//! Devices whose clocks are off: under which stamps their edits are stored.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use ::sled::{Batch, Tree};
use soho_shared::area::CommuneCode;
use soho_shared::sync::{Actor, Correction, MAX_MILLIS, Neighbours, Operation, RecordKey, Stamp};

use super::keys;
use crate::store::{Arrival, CLOCK_TOLERANCE_MILLIS, StoreError};

/// What is known of the clocks of those who write in one transaction.
pub(super) struct Clocks<'a> {
    tree: &'a Tree,
    known: HashMap<(CommuneCode, Actor), Correction>,
    changed: HashSet<(CommuneCode, Actor)>,
}

/// The stamps of one push: which of them moved, and to where.
#[derive(Default)]
pub(super) struct Moved(HashMap<Stamp, Stamp>);

impl Moved {
    /// Where an edit is stored whose device stamped it so.
    pub(super) fn of(&self, sent: Stamp) -> Stamp {
        self.0.get(&sent).copied().unwrap_or(sent)
    }

    /// Notes where an edit is stored.
    pub(super) fn note(&mut self, sent: Stamp, stored: Stamp) {
        if sent != stored {
            self.0.insert(sent, stored);
        }
    }
}

/// The latest time that is believed.
fn limit(arrival: &Arrival) -> u64 {
    arrival.now.saturating_add(CLOCK_TOLERANCE_MILLIS).min(MAX_MILLIS)
}

/// The edits of a record: each writer's, by the stamps they were sent with.
type Story = BTreeMap<(Actor, Stamp), Stamp>;

fn neighbours(story: &Story, sent: Stamp) -> Neighbours {
    let own = |found: Option<(&(Actor, Stamp), &Stamp)>| {
        let ((actor, sent_with), stored) = found?;
        (*actor == sent.actor()).then_some((*sent_with, *stored))
    };
    let place = (sent.actor(), sent);
    let after = (Bound::Excluded(place), Bound::Unbounded);
    Neighbours { before: own(story.range(..place).next_back()), after: own(story.range(after).next()) }
}

impl<'a> Clocks<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Clocks { tree, known: HashMap::new(), changed: HashSet::new() }
    }

    /// Corrects the stamps of new edits, those of each writer in the order in which they were made. `stored` tells of
    /// the edits of a record that were taken before: the stamps they were sent and stored with.
    pub(super) fn correct(
        &mut self,
        arrival: &Arrival,
        mut new: Vec<&Operation>,
        moved: &mut Moved,
        stored: impl Fn(RecordKey) -> Result<Vec<(Stamp, Stamp)>, StoreError>,
    ) -> Result<(), StoreError> {
        new.sort_by_key(|operation| operation.stamp);
        // A device that does not say its time can only be seen to be fast, by its latest stamp.
        let mut latest: HashMap<Actor, u64> = HashMap::new();
        for stamp in new.iter().map(|operation| operation.stamp) {
            latest.insert(stamp.actor(), stamp.millis().max(arrival.now));
        }
        // Of the records with late edits.
        let mut stories: HashMap<RecordKey, Story> = HashMap::new();
        for (at, operation) in new.iter().enumerate() {
            let sent = operation.stamp;
            let clock = arrival.clock.unwrap_or(latest[&sent.actor()]);
            let writer = (operation.household.commune, sent.actor());
            let mut correction = self.stored(writer)?.unwrap_or_else(|| {
                self.changed.insert(writer);
                Correction::of(clock, arrival.now, CLOCK_TOLERANCE_MILLIS)
            });
            let was = correction;
            let key = operation.key();
            if correction.is_late(sent) && !stories.contains_key(&key) {
                let same_push = new[..at].iter().filter(|earlier| earlier.key() == key);
                let same_push = same_push.map(|earlier| (earlier.stamp, moved.of(earlier.stamp)));
                let story = stored(key)?.into_iter().chain(same_push);
                let story = story.map(|(sent, stored)| ((sent.actor(), sent), stored));
                stories.insert(key, story.collect());
            }
            let neighbours = stories.get(&key).map(|story| neighbours(story, sent)).unwrap_or_default();
            let now = correction.apply(sent, clock, limit(arrival), neighbours);
            moved.note(sent, now);
            if let Some(story) = stories.get_mut(&key) {
                story.insert((sent.actor(), sent), now);
            }
            if correction != was {
                self.changed.insert(writer);
            }
            self.known.insert(writer, correction);
        }
        Ok(())
    }

    /// The operation as it is stored: under its corrected stamp, and with the stamps its author had seen as
    /// they are stored.
    pub(super) fn settle<'o>(
        &self,
        arrival: &Arrival,
        operation: &'o Operation,
        moved: &Moved,
    ) -> Result<Cow<'o, Operation>, StoreError> {
        let stays = |stamp: &Stamp| moved.of(*stamp) == *stamp && stamp.millis() <= limit(arrival);
        let mut seen = operation.changes.iter().flat_map(|change| &change.seen);
        if moved.of(operation.stamp) == operation.stamp && seen.all(stays) {
            return Ok(Cow::Borrowed(operation));
        }
        let mut settled = operation.clone();
        settled.stamp = moved.of(operation.stamp);
        for seen in settled.changes.iter_mut().flat_map(|change| &mut change.seen) {
            *seen = moved.of(*seen);
            // Nobody can have seen a write of the future: it was stored as something else.
            if seen.millis() > limit(arrival) {
                let writer = (operation.household.commune, seen.actor());
                *seen = self.stored(writer)?.unwrap_or_default().stored(*seen, limit(arrival));
            }
        }
        Ok(Cow::Owned(settled))
    }

    fn stored(&self, writer: (CommuneCode, Actor)) -> Result<Option<Correction>, StoreError> {
        if let Some(correction) = self.known.get(&writer) {
            return Ok(Some(*correction));
        }
        let Some(bytes) = self.tree.get(keys::writer(writer.0, writer.1))? else { return Ok(None) };
        let damaged = |_| StoreError::Damaged(format!("a clock of commune {} cannot be read", writer.0));
        postcard::from_bytes(&bytes).map(Some).map_err(damaged)
    }

    /// Adds to the transaction what was learnt.
    pub(super) fn write(&self, batch: &mut Batch) -> Result<(), StoreError> {
        for writer in &self.changed {
            batch.insert(keys::writer(writer.0, writer.1), keys::encode(&self.known[writer])?);
        }
        Ok(())
    }
}
