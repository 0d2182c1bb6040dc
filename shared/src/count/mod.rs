//! Counting: what one record adds, and exact sums of it.
//!
//! A record adds a set of [`Measure`]s, its [`Counts`]. A [`Tally`] is the sum of many, by area and [`Period`].

mod book;
mod contribution;
mod counts;
mod measure;
mod period;
mod tally;

pub use book::{Book, TallyChange, percent};
pub use contribution::Contribution;
pub use counts::Counts;
pub use measure::Measure;
pub use period::Period;
pub use tally::Tally;
