//! The fields of a record.

use std::borrow::Cow;

use super::Field;
use crate::record::FieldPath;

/// Fields in order of path, in one piece of memory: a record is read as a whole far more often than a field is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(FieldPath, Field)>);

impl Fields {
    /// Makes room for so many more fields.
    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    /// Index of a field, or the index at which it would be inserted.
    fn at(&self, path: &str) -> Result<usize, usize> {
        match self.0.last() {
            // What is read from its packed form comes in order.
            Some((last, _)) if last.as_str() < path => Err(self.0.len()),
            _ => self.0.binary_search_by(|(own, _)| own.as_str().cmp(path)),
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Field> {
        self.at(path).ok().map(|at| &self.0[at].1)
    }

    /// The field with a path; an empty one is put there first where none was.
    pub(super) fn or_default(&mut self, path: Cow<'_, FieldPath>) -> &mut Field {
        let at = self.at(path.as_str()).unwrap_or_else(|at| {
            self.0.insert(at, (path.into_owned(), Field::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Puts another field in a field's place, or none; returns what was there.
    pub(super) fn exchange(&mut self, path: &FieldPath, other: Option<Field>) -> Option<Field> {
        match (self.at(path.as_str()), other) {
            (Ok(at), Some(other)) => Some(std::mem::replace(&mut self.0[at].1, other)),
            (Ok(at), None) => Some(self.0.remove(at).1),
            (Err(at), Some(other)) => {
                self.0.insert(at, (path.clone(), other));
                None
            }
            (Err(_), None) => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&FieldPath, &Field)> {
        self.0.iter().map(|(path, field)| (path, field))
    }

    /// The fields whose paths are not before a text.
    pub(super) fn from(&self, text: &str) -> impl Iterator<Item = (&FieldPath, &Field)> {
        self.0[self.at(text).unwrap_or_else(|at| at)..].iter().map(|(path, field)| (path, field))
    }

    /// A copy of some of the fields.
    pub(super) fn only(&self, kept: impl Fn(&FieldPath) -> bool) -> Self {
        Fields(self.0.iter().filter(|(path, _)| kept(path)).cloned().collect())
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.0.iter_mut().map(|(_, field)| field)
    }

    /// Leaves out the fields to which nothing was written.
    pub(super) fn drop_empty(&mut self) {
        self.0.retain(|(_, field)| !field.writes.is_empty());
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
