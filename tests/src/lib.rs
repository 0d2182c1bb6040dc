//! What the end-to-end tests share: the real server as a process, and real browsers.

pub mod browser;
pub mod edits;
pub mod paper;
pub mod people;
pub mod rule;
pub mod server;
