//! Sổ Hộ's server: keeps the register, speaks to devices and browsers, prints the reports.
//!
//! It decides nothing itself: the rules, the merge and the tallies are `soho_shared`'s. [`engine`] knows bytes,
//! [`register`] knows no HTTP, and HTTP knows no engine; [`sync`] stands between them.

pub mod accounts;
pub mod analysis;
pub mod backup;
pub mod certificate;
pub mod classify;
pub mod connections;
pub mod demo;
pub mod engine;
pub mod export;
pub mod http;
pub mod import;
pub mod kept;
pub mod people;
pub mod print;
pub mod register;
pub mod seal;
pub mod serve;
pub mod sync;
pub mod table;
pub mod telemetry;
pub mod user;
