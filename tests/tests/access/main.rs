//! Who may do what: each role against each address, and attempts by people who may not.

#![allow(clippy::unwrap_used, reason = "a test")]

mod attacks;
mod conflicts;
mod demonstration;
mod devices;
mod door;
mod earlier;
mod hamlets;
mod months;
mod restored;
mod rounds;
mod scope;
mod size;
mod supports;
mod table;
mod taken_away;
mod units;
mod world;
mod writers;
