//! The mark which says that a register is synthetic, and which demonstration it holds.

use serde::{Deserialize, Serialize};

use soho_shared::record::Round;

use super::plan::LATER;
use crate::engine::StoreError;
use crate::register::Register;

/// Name of the note that holds the mark.
const NOTE: &str = "demo";

/// Number of the way in which households are made. To be raised whenever the same seed would give other ones, so that
/// a half-loaded province is not finished with households of another kind.
const GENERATOR: u32 = 1;

/// What determines a demonstration province.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Seed from which everything is drawn.
    pub seed: u64,
    /// Number of households.
    pub households: u64,
    /// The last round that it holds.
    pub until: Round,
}

impl Demo {
    /// Number of rounds after the census.
    pub(super) fn later(self) -> usize {
        usize::from(self.until.year().saturating_sub(Round::CENSUS_2010.year())).min(LATER)
    }
}

/// The last round that a demonstration can hold.
#[must_use]
pub fn last() -> Round {
    let year = Round::CENSUS_2010.year() + u16::try_from(LATER).unwrap_or(0);
    Round::new(year).unwrap_or(Round::CENSUS_2010)
}

/// The mark as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) seed: u64,
    pub(super) households: u64,
    pub(super) generator: u32,
    /// Marks of earlier versions say nothing, and hold all.
    #[serde(default = "last")]
    pub(super) until: Round,
    /// Whether all households were acknowledged.
    pub(super) complete: bool,
}

impl Mark {
    pub(super) const fn new(demo: Demo, complete: bool) -> Self {
        Mark {
            seed: demo.seed,
            households: demo.households,
            generator: GENERATOR,
            until: demo.until,
            complete,
        }
    }

    /// The province that it marks.
    pub(super) const fn demo(&self) -> Demo {
        Demo { seed: self.seed, households: self.households, until: self.until }
    }

    /// Whether it marks this very province, made in this very way.
    pub(super) fn is_of(&self, demo: Demo) -> bool {
        self.demo() == demo && self.generator == GENERATOR
    }

    pub(super) async fn read(store: &Register) -> Result<Option<Self>, StoreError> {
        let Some(text) = store.note(NOTE).await? else { return Ok(None) };
        let damaged = |_| StoreError::Damaged("the mark of the demonstration data cannot be read".to_owned());
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    pub(super) async fn write(&self, store: &Register) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).map_err(|e| StoreError::Io(e.to_string()))?;
        store.set_note(NOTE, &text).await
    }
}

/// Whether the register holds the demonstration province. Every page then has to say so.
///
/// # Errors
/// When the store fails.
pub async fn is_synthetic(store: &Register) -> Result<bool, StoreError> {
    Ok(store.note(NOTE).await?.is_some())
}
