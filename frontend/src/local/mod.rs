//! The data that a volunteer's device keeps, and how they reach the server.
//!
//! Each keystroke becomes an operation ([`outbox`]), which is written to the device's disk ([`db`]) before it
//! is sent, and kept until a backup of the server has it ([`acknowledged`]). The screen shows the server's copy with
//! the waiting operations on top ([`records`]). [`notebook`] connects them with the network ([`link`]) and the other
//! tabs ([`tabs`]). The database of one device is called its book.

pub mod acknowledged;
pub mod db;
pub mod device;
pub mod link;
pub mod notebook;
pub mod outbox;
pub mod records;
pub mod tabs;

pub use link::Trouble;
pub use notebook::{Notebook, Place, Saved, Signals};
pub use records::{Held, RecordState};
