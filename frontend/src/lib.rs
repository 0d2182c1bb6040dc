//! What the three apps share: words in two languages, widgets, and what a device keeps.

pub mod i18n;
pub mod local;
pub mod ui;
