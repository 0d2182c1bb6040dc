//! What one record says of its household, by itself.

use serde::{Deserialize, Serialize};

use super::{Counts, Measure};
use crate::standard::Class;

/// How a household came to be in the commune, where it was not at the end of the round before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// It moved in from elsewhere.
    MovedIn,
    /// It split off another household (tách hộ).
    SplitOff,
}

/// How a household has left the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// It moved out of the commune.
    MovedOut,
    /// It is no household any more.
    Dissolved,
}

/// What one record says of its household at the end of its round, by itself: nothing of other rounds is known. Stored
/// with the record, so that a household's course is worked out without reading whole records.
///
/// ```
/// use soho_shared::count::{Measure, Standing};
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
/// let standing = Standing::of(&doc, commune, Round::CENSUS_2010).unwrap();
/// let get = |measure| standing.counts.get(measure);
/// assert_eq!((get(Measure::Households), get(Measure::Persons)), (1, 4));
/// assert_eq!((get(Measure::Poor), get(Measure::PoorForLackOfMeans)), (0, 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The hamlet's number; 0 while the record does not say.
    pub hamlet: u8,
    /// What it adds to its round if it counts; nothing for a household that has left.
    pub counts: Counts,
    /// How it came, where the record says so.
    pub came: Option<Came>,
    /// How it has left, where it has.
    pub left: Option<Left>,
}

impl Standing {
    /// The class, when decided.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        self.class_by(Measure::of_class)
    }

    /// The class by the opening result, in a round that has two; when decided.
    #[must_use]
    pub fn opening_class(&self) -> Option<Class> {
        self.class_by(Measure::of_opening)
    }

    /// The class that each review on request within the round's year found (rà soát thường xuyên), by month, 1..=12.
    pub fn reviews(&self) -> impl Iterator<Item = (u8, Class)> {
        self.counts.in_months().filter_map(|(month, measure, _)| {
            let class = Class::ALL.into_iter().find(|class| Measure::of_class(*class).number() == measure);
            Some((month, class?))
        })
    }

    fn class_by(&self, measure: fn(Class) -> Measure) -> Option<Class> {
        Class::ALL.into_iter().find(|class| self.counts.get(measure(*class)) > 0)
    }
}
