//! Sổ Hộ's core: the law, the household, the merge of edits and the arithmetic of statistics.
//!
//! Everything here is pure: no I/O, no clock, no randomness. It runs unchanged in the server, on a
//! volunteer's tablet and on a household's phone, so that all three give the same answers.

#![forbid(unsafe_code)]

pub mod access;
pub mod area;
pub mod assess;
pub mod calendar;
pub mod carry_over;
pub mod classify;
pub mod columns;
pub mod count;
pub mod course;
pub mod deprivation;
pub mod duplicate;
pub mod entitlement;
pub mod explain;
pub mod fold;
pub mod household;
pub mod income;
pub mod lang;
pub mod law;
pub mod money;
pub mod names;
#[cfg(feature = "openapi")]
mod openapi;
pub mod pages;
pub mod paper;
pub mod recognition;
pub mod record;
pub mod report;
pub mod stage;
pub mod standard;
pub mod support;
pub mod text;
pub mod what_if;
pub mod wire;
pub mod words;
