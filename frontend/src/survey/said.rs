//! What the record on the screen says, item by item.
//!
//! A form has hundreds of inputs, and each keystroke changes the record. So inputs follow what is said of their own
//! person or income line, or of the household itself; a keystroke elsewhere does not reach them at all.

use soho_frontend::local::Held;
use soho_shared::record::{FieldConflict, Value};

use crate::state::Open;

/// Beginnings of the paths of what is said of items.
const ITEMS: [&str; 2] = ["members/", "income/"];

/// Returns whether a field is one of those that lie under some beginnings of paths; without one, whether it is one of
/// the household itself.
pub(crate) fn has(under: &[String], path: &str) -> bool {
    if under.is_empty() {
        return !ITEMS.iter().any(|begin| path.starts_with(begin));
    }
    under.iter().any(|begin| path.starts_with(begin.as_str()))
}

/// What the record says of an item or of the household itself, and what is wrong there.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Said {
    values: Vec<(String, Value)>,
    held: Vec<(String, Held)>,
    conflicts: Vec<FieldConflict>,
}

impl Said {
    /// Reads what lies under some beginnings of paths, as [`has`].
    pub(crate) fn of(open: &Open, under: &[String]) -> Self {
        let mut values = Vec::new();
        let mut add = |path: &str, value: &Value| values.push((path.to_owned(), value.clone()));
        if under.is_empty() {
            let own = open.doc.standing().filter(|(path, _)| has(under, path.as_str()));
            own.for_each(|(path, value)| add(path.as_str(), value));
        }
        for begin in under {
            open.doc.starting_with(begin).for_each(|(path, value)| add(path.as_str(), value));
        }
        let mut conflicts = Vec::new();
        if values.iter().any(|(path, _)| open.doc.in_conflict(path)) {
            conflicts = open.doc.conflicts();
            conflicts.retain(|conflict| has(under, conflict.field.as_str()));
        }
        let held = open.held.iter().filter(|(path, _)| has(under, path)).cloned().collect();
        Said { values, held, conflicts }
    }

    /// Returns the value that stands in a field.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        self.values.iter().find(|(field, _)| field == path).map(|(_, value)| value)
    }

    /// Returns why a field's edit stays on the device.
    pub(crate) fn held(&self, path: &str) -> Option<&Held> {
        self.held.iter().find(|(field, _)| field == path).map(|(_, why)| why)
    }

    /// Returns the conflict about a field.
    pub(crate) fn conflict(&self, path: &str) -> Option<&FieldConflict> {
        self.conflicts.iter().find(|conflict| conflict.field.as_str() == path)
    }

    /// Returns whether a value, what is held back, or a conflict is about one of these fields, by the last parts of
    /// their paths.
    pub(crate) fn tells(&self, names: &[&str]) -> bool {
        let is_one = |path: &str| path.rsplit('/').next().is_some_and(|name| names.contains(&name));
        self.values.iter().any(|(path, value)| *value != Value::Null && is_one(path))
            || self.held.iter().any(|(path, _)| is_one(path))
            || self.conflicts.iter().any(|conflict| is_one(conflict.field.as_str()))
    }
}
