//! The demonstration province: synthetic households that add up to the figures published for 2010.
//!
//! [`Plan`] divides the published figures among the communes, [`households`] turns a commune's part into
//! operations, and [`run`] sends them to the store the way a device's push goes. The same seed gives the
//! same province, ids included, so a load that was cut short goes on where it stopped.

mod accounts;
mod apportion;
mod earnings;
mod figures;
mod households;
mod load;
mod mark;
mod names;
mod people;
mod plan;
mod progress;
mod random;
mod rates;
mod specs;
mod years;

pub use self::accounts::{Accounts, accounts};
pub use self::households::{Households, households};
pub use self::load::{DemoError, Loaded, run};
pub use self::mark::{Demo, is_synthetic, last};
pub use self::plan::{CommunePlan, FEWEST, MOST, Plan};

/// Number of households that the province had in 2010.
pub const HOUSEHOLDS: u64 = figures::HOUSEHOLDS;
/// Seed that is used when none is given.
pub const SEED: u64 = 2010;
