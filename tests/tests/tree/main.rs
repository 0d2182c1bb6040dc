//! What is read from the sources themselves: the arrows between the rooms, and the words that users meet.

#![allow(clippy::unwrap_used, reason = "a test")]

mod rooms;
mod wording;
