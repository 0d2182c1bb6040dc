//! What-if: all households of an area in a round as bare columns, which can be classified again and counted under
//! any choice of lines.
//!
//! The columns say what a household earned, how many people it counts, in which commune it lives and, where the
//! standard counts them, how many indicators it lacks. They carry no id, no name, no hamlet and no order of visits
//! (within a commune they are sorted by what they hold). Incomes are exact because a class is decided on nothing
//! else. That is no anonymity: whoever knows a household's exact income and size may find its row in a small commune.
//! An officer may read the same figures in the register itself. So the columns must be guarded exactly like the
//! register: sent to signed-in officers of the area only, never to the public, never into a shared cache.

mod cost;
mod count;
mod households;
mod lines;
mod wire;

pub use cost::{cards, electricity_year};
pub use count::{Count, figures};
pub use households::{Households, OfCommune, Part};
pub use lines::Lines;
pub use wire::WireError;
