//! What a volunteer's device keeps, and how it reaches the server.
//!
//! A keystroke becomes an operation ([`outbox`]), which is on the device's disk ([`db`]) before the next
//! one; what is shown is the server's copy with these on top ([`records`]). [`desk`] brings them together
//! with the network ([`link`]) and the other tabs ([`tabs`]).

pub mod db;
pub mod desk;
pub mod device;
pub mod link;
pub mod outbox;
pub mod records;
pub mod tabs;

#[cfg(test)]
mod records_tests;

pub use desk::{Desk, Place, Saved, Signals};
pub use link::Trouble;
pub use records::{Held, RecordState};
