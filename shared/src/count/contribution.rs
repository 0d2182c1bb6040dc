//! What one record adds.

use serde::{Deserialize, Serialize};

use super::{Counts, Measure};
use crate::standard::Class;

/// What one record adds to its hamlet's tally. Stored with the record, so that a tally is always the sum of its
/// records' contributions.
///
/// ```
/// use soho_shared::count::{Contribution, Measure};
/// use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};
///
/// let mut doc = Doc::default();
/// let mut set = |path: &str, value: Value| {
///     let change = Change { field: path.parse().unwrap(), value, seen: vec![] };
///     doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
/// };
/// set("member_count", 4.into());
/// set("main_cause", "lack_of_means".into());
///
/// // As long as it has no class it is a household with its people, and no poor one with a cause.
/// let commune = "29173".parse().unwrap();
/// let adds = Contribution::of(&doc, commune, Round::CENSUS_2010).unwrap();
/// let counts: Vec<_> = adds.counts.iter().collect();
/// assert_eq!(counts, [(Measure::Households.number(), 1), (Measure::Persons.number(), 4)]);
/// ```
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
