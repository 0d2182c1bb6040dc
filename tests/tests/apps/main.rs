//! The self-check and the survey as people use them: in a real browser, with a real server, over good lines and bad ones.

#![allow(clippy::unwrap_used, reason = "a test")]

mod form;
mod line;
mod living_conditions;
mod offline;
mod rounds;
mod self_check;
mod sign_in;
