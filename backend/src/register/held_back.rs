//! Operations that are held back: sent by a device or account after it was taken away. They lie apart under their
//! commune, count nowhere, and wait for an officer to take or drop them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::record::Operation;
use uuid::Uuid;

use super::keys::{self, Key};
use super::types::{Arrival, Believing};
use crate::engine::{Engine, Range, StoreError, after};
use crate::people::{Author, SessionId};

/// Most operations that are held back in a commune, and of one device there: so that none takes the room of the others.
const MAX_HELD: usize = 10_000;
const MAX_OF_DEVICE: usize = 1_000;
/// Most bytes of them: 16 MiB, and 2 MiB.
const MAX_HELD_BYTES: usize = 16 << 20;
const MAX_BYTES_OF_DEVICE: usize = 2 << 20;

/// An operation that is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The server's time when it arrived, in milliseconds since 1970.
    pub received: u64,
    /// What its device's clock showed then, in milliseconds since 1970.
    pub clock: u64,
    /// Who sent it.
    pub by: Author,
    /// The operation itself.
    pub operation: Operation,
}

impl HeldBack {
    /// When it is believed to have been made, in milliseconds since 1970.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.believing().time(self.operation.stamp)
    }

    /// What was known of its device's clock when it arrived.
    #[must_use]
    pub fn believing(&self) -> Believing {
        Arrival::sent(self.received, Some(self.clock), None).believing([].into_iter())
    }

    pub(super) fn key(&self) -> Vec<u8> {
        keys::held(self.operation.subject.unit, self.by.session, self.operation.id)
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|e| StoreError::Io(format!("an operation cannot be encoded: {e}")))
    }

    /// Reads [`HeldBack::encode`]; `None` also when it does not belong under this key.
    pub(super) fn decode(key: &[u8], bytes: &[u8]) -> Option<Self> {
        let held: HeldBack = serde_json::from_slice(bytes).ok()?;
        (held.key() == key).then_some(held)
    }
}

/// Most bytes of operations on a page; a single larger one is there too.
const PAGE: usize = 1 << 20;

/// A page of a commune's operations that are held back, by device and id, after one of them.
pub(super) fn page(
    store: &dyn Engine,
    unit: UnitCode,
    last: Option<(SessionId, Uuid)>,
    limit: usize,
) -> Result<Vec<HeldBack>, StoreError> {
    let all = Range::of(&keys::all(unit, keys::HELD));
    let from = last.map_or(all.from, |(session, id)| after(&keys::held(unit, session, id)));
    let found = store.range(Range::between(from, all.to).pairs(limit).bytes(PAGE))?;
    let damaged = || StoreError::Damaged(format!("an operation held back in area {unit} cannot be read"));
    found.iter().map(|(key, value)| HeldBack::decode(key, value).ok_or_else(damaged)).collect()
}

/// What is held back in a commune, and of each device there: operations and bytes.
#[derive(Default)]
pub(super) struct Room {
    all: (usize, usize),
    of: HashMap<SessionId, (usize, usize)>,
}

impl Room {
    /// What is taken in a commune.
    pub(super) fn of(store: &dyn Engine, unit: UnitCode) -> Result<Self, StoreError> {
        let all = Range::of(&keys::all(unit, keys::HELD)).pairs(MAX_HELD).bytes(MAX_HELD_BYTES);
        let mut room = Room::default();
        for (key, value) in store.range(all)? {
            if let Some((_, Key::Held(session, _))) = keys::read(&key) {
                room.add(session, value.len());
            }
        }
        Ok(room)
    }

    fn add(&mut self, session: SessionId, bytes: usize) {
        for (count, sum) in [&mut self.all, self.of.entry(session).or_default()] {
            *count += 1;
            *sum += bytes;
        }
    }

    /// Takes room for one more; `false` where there is not enough.
    pub(super) fn take(&mut self, session: SessionId, bytes: usize) -> bool {
        let (count, sum) = self.of.get(&session).copied().unwrap_or_default();
        let fits = self.all.0 < MAX_HELD
            && self.all.1 + bytes <= MAX_HELD_BYTES
            && count < MAX_OF_DEVICE
            && sum + bytes <= MAX_BYTES_OF_DEVICE;
        if fits {
            self.add(session, bytes);
        }
        fits
    }
}
