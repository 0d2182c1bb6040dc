//! The mark that a register is synthetic, and which one it is.

use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError};

/// Where the mark is kept.
const NOTE: &str = "demo";

/// Which way of making households is used. To be raised whenever the same seed would give other ones, so
/// that a half-loaded province is not finished with households of another kind.
const GENERATOR: u32 = 1;

/// Which demonstration province.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The number everything is drawn from.
    pub seed: u64,
    /// How many households.
    pub households: u64,
}

/// The mark as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) seed: u64,
    pub(super) households: u64,
    pub(super) generator: u32,
    /// Whether all households were acknowledged.
    pub(super) complete: bool,
}

impl Mark {
    pub(super) const fn new(demo: Demo, complete: bool) -> Self {
        Mark { seed: demo.seed, households: demo.households, generator: GENERATOR, complete }
    }

    /// Which province it marks.
    pub(super) const fn demo(&self) -> Demo {
        Demo { seed: self.seed, households: self.households }
    }

    /// Whether it marks this very province, made this very way.
    pub(super) fn is_of(&self, demo: Demo) -> bool {
        self.demo() == demo && self.generator == GENERATOR
    }

    pub(super) async fn read(store: &dyn Store) -> Result<Option<Self>, StoreError> {
        let Some(text) = store.note(NOTE).await? else { return Ok(None) };
        let damaged = |_| StoreError::Damaged("the mark of the demonstration data cannot be read".to_owned());
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    pub(super) async fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).map_err(|e| StoreError::Io(e.to_string()))?;
        store.set_note(NOTE, &text).await
    }
}

/// Whether the register holds the demonstration province. Every page then has to say so.
///
/// # Errors
/// When the store fails.
pub async fn is_synthetic(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(store.note(NOTE).await?.is_some())
}
