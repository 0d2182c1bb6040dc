//! Counting: what one record adds, and exact sums of it.
//!
//! What a record says by itself is its [`Standing`]; what it adds beside its household's other rounds, its
//! [`Contribution`]: sets of [`Measure`]s, as [`Counts`]. A [`Tally`] is the sum of many, by area and [`Period`].

mod book;
mod contribution;
mod counts;
mod filter;
mod measure;
mod named;
mod period;
mod standing;
mod tally;

pub use book::{Book, TallyChange, percent};
pub use contribution::Contribution;
pub use counts::Counts;
pub use filter::{Feature, Features, Filter, Mark};
pub use measure::{Listed, Measure, Move, OfSupport};
pub use named::{filter_words, measure_name, support_name};
pub use period::Period;
pub use standing::{Came, Left, Standing};
pub use tally::Tally;
