//! Operations that are held back: sent by a device or account after it was taken away. They lie apart under their
//! commune, count nowhere, and wait for an officer to take or drop them.

use serde::{Deserialize, Serialize};
use soho_shared::area::CommuneCode;
use soho_shared::record::Operation;
use uuid::Uuid;

use super::keys::{self, Key};
use super::types::CLOCK_TOLERANCE_MILLIS;
use crate::engine::{Engine, Range, StoreError, after};
use crate::people::Author;

/// Most operations that are held back in a commune.
const MAX_HELD: usize = 5_000;
/// Most bytes of them: 8 MiB.
const MAX_HELD_BYTES: usize = 8 << 20;

/// An operation that is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The server's time when it arrived, in milliseconds since 1970.
    pub received: u64,
    /// What its device's clock showed then, in milliseconds since 1970.
    pub clock: u64,
    /// Who sent it.
    pub by: Option<Author>,
    /// The operation itself.
    pub operation: Operation,
}

impl HeldBack {
    /// When it is believed to have been made, in milliseconds since 1970.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.operation.stamp.believed(self.clock, self.received, CLOCK_TOLERANCE_MILLIS)
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|e| StoreError::Io(format!("an operation cannot be encoded: {e}")))
    }

    /// Reads [`HeldBack::encode`]; `None` also when it does not belong under this key.
    pub(super) fn decode(commune: CommuneCode, id: Uuid, bytes: &[u8]) -> Option<Self> {
        let held: HeldBack = serde_json::from_slice(bytes).ok()?;
        (held.operation.household.commune == commune && held.operation.id == id).then_some(held)
    }
}

/// A page of a commune's operations that are held back, by their ids, after one of them.
pub(super) fn page(
    store: &dyn Engine,
    commune: CommuneCode,
    last: Option<Uuid>,
    limit: usize,
) -> Result<Vec<HeldBack>, StoreError> {
    let all = Range::of(&keys::all(commune, keys::HELD));
    let from = last.map_or(all.from, |last| after(&keys::held(commune, last)));
    let found = store.range(Range::between(from, all.to).pairs(limit))?;
    let read = |(key, value): &(Vec<u8>, Vec<u8>)| match keys::read(key) {
        Some((commune, Key::Held(id))) => HeldBack::decode(commune, id, value),
        _ => None,
    };
    let damaged =
        || StoreError::Damaged(format!("an operation held back in commune {commune} cannot be read"));
    found.iter().map(|pair| read(pair).ok_or_else(damaged)).collect()
}

/// Room for more in a commune.
#[derive(Clone, Copy)]
pub(super) struct Room {
    operations: usize,
    bytes: usize,
}

impl Room {
    /// What is left in a commune.
    pub(super) fn of(store: &dyn Engine, commune: CommuneCode) -> Result<Self, StoreError> {
        let all = Range::of(&keys::all(commune, keys::HELD)).pairs(MAX_HELD).bytes(MAX_HELD_BYTES);
        let found = store.range(all)?;
        let bytes = found.iter().map(|(_, value)| value.len()).sum();
        Ok(Room {
            operations: MAX_HELD.saturating_sub(found.len()),
            bytes: MAX_HELD_BYTES.saturating_sub(bytes),
        })
    }

    /// Takes room for one more; `false` where there is not enough.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let fits = self.operations > 0 && self.bytes >= bytes;
        if fits {
            self.operations -= 1;
            self.bytes -= bytes;
        }
        fits
    }
}
