//! What the apps share: texts in two languages, widgets, and the data that a device keeps.

pub mod clock;
pub mod i18n;
pub mod income;
pub mod json;
pub mod local;
pub mod store;
pub mod ui;
