//! How inputs read and write the record on the screen.
//!
//! A form has hundreds of inputs, and each keystroke changes the record. So the inputs of one person follow what
//! the record says of that person, and of all others nothing runs but one comparison.

use leptos::prelude::*;
use soho_frontend::local::Held;
use soho_shared::record::{FieldConflict, Value};
use soho_shared::wire::Problem;

use super::Sheet;
use super::head;
use crate::state::Survey;
use crate::words;

/// What the record says under some beginnings of paths, and what is wrong there.
#[derive(Clone, Default, PartialEq)]
struct Said {
    values: Vec<(String, Value)>,
    held: Vec<(String, Held)>,
    conflicts: Vec<FieldConflict>,
}

impl Said {
    fn follow(survey: Survey, under: Vec<String>) -> Memo<Said> {
        Memo::new(move |_| {
            survey.open.with(|open| {
                let Some(open) = open else { return Said::default() };
                let is_here = |path: &str| under.iter().any(|begin| path.starts_with(begin));
                let fields = under.iter().flat_map(|begin| open.doc.starting_with(begin));
                let values: Vec<(String, Value)> =
                    fields.map(|(path, value)| (path.as_str().to_owned(), value.clone())).collect();
                let mut conflicts = Vec::new();
                if values.iter().any(|(path, _)| open.doc.in_conflict(path)) {
                    conflicts = open.doc.conflicts();
                    conflicts.retain(|conflict| is_here(conflict.field.as_str()));
                }
                let held = open.held.iter().filter(|(path, _)| is_here(path)).cloned().collect();
                Said { values, held, conflicts }
            })
        })
    }
}

/// Reads and writes fields of the record on the screen.
#[derive(Clone, Copy)]
pub(crate) struct Pen {
    pub(super) survey: Survey,
    /// What the record says of the person whose fields they are; `None` for fields of the household.
    said: Option<Memo<Said>>,
    /// The form, where it is the person shown as the head.
    head: Option<Sheet>,
}

impl From<Survey> for Pen {
    fn from(survey: Survey) -> Self {
        Pen { survey, said: None, head: None }
    }
}

impl Pen {
    /// Returns the pen for the fields of one person.
    pub(super) fn of_member(sheet: Sheet, id: &str, is_head: bool) -> Self {
        let mut under = vec![format!("members/{id}/")];
        if is_head {
            under.push(head::BEFORE.to_owned());
        }
        let said = Said::follow(sheet.survey, under);
        Pen { survey: sheet.survey, said: Some(said), head: is_head.then_some(sheet) }
    }

    /// Returns the pen whose first edit lists the head.
    pub(super) fn of_head(sheet: Sheet) -> Self {
        Pen { survey: sheet.survey, said: None, head: Some(sheet) }
    }

    /// Returns the path under which earlier versions wrote this field of the head.
    pub(super) fn before(self, path: &str) -> Option<&'static str> {
        self.head.and_then(|_| head::before(path))
    }

    /// Returns that path while no member is marked as the head.
    fn fallback(self, path: &str) -> Option<&'static str> {
        self.before(path).filter(|_| self.head.is_some_and(|sheet| !sheet.head.with(|head| head.is_marked)))
    }

    fn own(self, path: &str) -> Value {
        let own = match self.said {
            Some(said) => said.with(|said| {
                said.values.iter().find(|(field, _)| field == path).map(|(_, value)| value.clone())
            }),
            None => self.survey.value(path),
        };
        own.unwrap_or(Value::Null)
    }

    /// Returns the value of a field, and follows it.
    pub(super) fn value(self, path: &str) -> Value {
        match (self.own(path), self.fallback(path)) {
            (Value::Null, Some(before)) => head::of_member(before, self.own(before)),
            (own, _) => own,
        }
    }

    /// Sets a field.
    pub(super) fn set(self, path: &str, value: Value) {
        self.set_all(vec![(path.to_owned(), value)]);
    }

    /// Sets several fields in one edit. Of the head, the first edit also lists it, with all that is known.
    pub(super) fn set_all(self, fields: Vec<(String, Value)>) {
        let mut edits = self.head.map(head::claim).unwrap_or_default();
        edits.retain(|(known, _)| fields.iter().all(|(path, _)| path != known));
        edits.extend(fields);
        self.survey.set_all(edits.iter().map(|(path, value)| (path.as_str(), value.clone())).collect());
        if self.head.is_some() {
            head::let_go(self.survey);
        }
    }

    fn held(self, path: &str) -> Option<Held> {
        let of = |held: &[(String, Held)]| {
            held.iter().find(|(field, _)| field == path).map(|(_, why)| why.clone())
        };
        match self.said {
            Some(said) => said.with(|said| of(&said.held)),
            None => self.survey.open.with(|open| open.as_ref().and_then(|open| of(&open.held))),
        }
    }

    /// Returns in words what is wrong with the value of a field that stays on the device until it is mended.
    pub(super) fn unfinished(self, path: &str) -> Option<String> {
        let round = self.survey.open.with_untracked(|open| open.as_ref().map(|open| open.key.round))?;
        [Some(path), self.fallback(path)].into_iter().flatten().find_map(|path| match self.held(path)? {
            why @ Held::Unfinished(_) => Some(words::held_text(path, round, &why)),
            Held::Refused(_) => None,
        })
    }

    /// Returns the conflict about a field, and why the server refused it.
    pub(super) fn trouble(self, path: &str) -> (Option<FieldConflict>, Option<Problem>) {
        let of = |conflicts: &[FieldConflict]| {
            conflicts.iter().find(|conflict| conflict.field.as_str() == path).cloned()
        };
        let conflict = match self.said {
            Some(said) => said.with(|said| of(&said.conflicts)),
            None => self.survey.open.with(|open| {
                let doc = open.as_ref().map(|open| &open.doc).filter(|doc| doc.in_conflict(path))?;
                of(&doc.conflicts())
            }),
        };
        let refused = match self.held(path) {
            Some(Held::Refused(problem)) => Some(problem),
            Some(Held::Unfinished(_)) | None => None,
        };
        (conflict, refused)
    }

    /// Returns whether the record says, holds back or disputes one of these of the person.
    pub(super) fn tells(self, names: &[&str]) -> bool {
        let is_one = |path: &str| path.rsplit('/').next().is_some_and(|name| names.contains(&name));
        self.said.is_some_and(|said| {
            said.with(|said| {
                said.values.iter().any(|(path, value)| *value != Value::Null && is_one(path))
                    || said.held.iter().any(|(path, _)| is_one(path))
                    || said.conflicts.iter().any(|conflict| is_one(conflict.field.as_str()))
            })
        })
    }
}
