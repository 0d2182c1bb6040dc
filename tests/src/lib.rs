//! What the end-to-end tests share: the real server as a process, real browsers, the network line between them, and
//! PostgreSQL.

pub mod browser;
pub mod desk;
pub mod disk;
pub mod edits;
pub mod kept;
pub mod paper;
pub mod people;
pub mod postgres;
pub mod proxy;
pub mod rule;
pub mod server;
