//! The data that a volunteer's device keeps, and how they reach the server.
//!
//! Each keystroke becomes an operation ([`outbox`]), which is written to the device's disk ([`db`]) before it
//! is sent. The screen shows the server's copy with these operations on top ([`records`]). [`desk`] connects
//! them with the network ([`link`]) and the other tabs ([`tabs`]). The database of one device is called its book.

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
