//! What the end-to-end tests share: the real server as a process, real browsers, and the network line between them.

pub mod browser;
pub mod disk;
pub mod edits;
pub mod paper;
pub mod people;
pub mod proxy;
pub mod rule;
pub mod server;
