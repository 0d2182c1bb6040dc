//! What one record adds.

use serde::{Deserialize, Serialize};

use super::{Counts, Measure};
use crate::standard::Class;

/// What one record adds to its hamlet's tally. Stored with the record, so that a tally is always the sum of its
/// records' contributions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The hamlet's number; 0 while the record does not say.
    pub hamlet: u8,
    /// What it adds.
    pub counts: Counts,
}

impl Contribution {
    /// The class, when decided.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        Class::ALL.into_iter().find(|class| self.counts.get(Measure::of_class(*class)) > 0)
    }
}
