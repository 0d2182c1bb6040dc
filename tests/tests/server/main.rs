//! The server by itself: what it refuses, what it keeps, and what it does when it is killed or its disk is full.

#![allow(clippy::unwrap_used, reason = "a test")]

mod bad_input;
mod crash;
mod keeping;
mod refusals;
mod schemathesis;
