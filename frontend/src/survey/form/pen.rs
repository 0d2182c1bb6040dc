//! How inputs read and write the record on the screen.

use leptos::prelude::*;
use soho_frontend::local::Held;
use soho_shared::record::{FieldConflict, Value};
use soho_shared::wire::Problem;

use super::Sheet;
use super::head;
use crate::said::Said;
use crate::state::Survey;
use crate::words;

/// Reads and writes fields of the record on the screen.
#[derive(Clone, Copy)]
pub(crate) struct Pen {
    pub(super) survey: Survey,
    /// What the record says of the person or income line whose fields they are, or of the household itself.
    said: RwSignal<Said>,
    /// The form, where it is the person shown as the head.
    head: Option<Sheet>,
}

/// The pen for the fields of the household itself.
impl From<Survey> for Pen {
    fn from(survey: Survey) -> Self {
        Pen { survey, said: survey.said, head: None }
    }
}

impl Pen {
    /// Returns the pen for the fields of one person.
    pub(super) fn of_member(sheet: Sheet, id: &str, is_head: bool) -> Self {
        let mut under = vec![format!("members/{id}/")];
        if is_head {
            under.push(head::BEFORE.to_owned());
        }
        let said = sheet.survey.follow(under);
        Pen { survey: sheet.survey, said, head: is_head.then_some(sheet) }
    }

    /// Returns the pen for the fields of one income line.
    pub(super) fn of_income(survey: Survey, id: &str) -> Self {
        Pen { survey, said: survey.follow(vec![format!("income/{id}/")]), head: None }
    }

    /// Returns the pen whose first edit lists the head.
    pub(super) fn of_head(sheet: Sheet) -> Self {
        Pen { head: Some(sheet), ..sheet.survey.into() }
    }

    /// Follows whatever the record says of the person, income line or household.
    pub(super) fn track(self) {
        self.said.track();
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
        self.said.with(|said| said.value(path).cloned()).unwrap_or(Value::Null)
    }

    /// Returns the value of a field of the head that an earlier version's tablet has changed since, in the fields that it
    /// knows.
    fn overruled(self, path: &str) -> Option<Value> {
        let (sheet, name) = (self.head?, path.rsplit('/').next()?);
        let id = sheet.head.with(|head| head.overruled.contains(&name).then(|| head.id.clone()))?;
        self.track();
        sheet.household.with_untracked(|h| h.members.get(&id).map(|member| member.value(name)))
    }

    /// Returns the value of a field, and follows it.
    pub(super) fn value(self, path: &str) -> Value {
        if let Some(value) = self.overruled(path) {
            return value;
        }
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
        self.said.with(|said| said.held(path).cloned())
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
        let conflict = self.said.with(|said| said.conflict(path).cloned());
        let refused = match self.held(path) {
            Some(Held::Refused(problem)) => Some(problem),
            Some(Held::Unfinished(_)) | None => None,
        };
        (conflict, refused)
    }

    /// Returns whether the record says, holds back or disputes one of these of the person.
    pub(super) fn tells(self, names: &[&str]) -> bool {
        self.said.with(|said| said.tells(names))
    }

    /// Returns whether a field has a value or is in dispute.
    pub(super) fn is_there(self, path: &str) -> bool {
        self.said.with(|said| {
            said.value(path).is_some_and(|value| *value != Value::Null) || said.conflict(path).is_some()
        })
    }
}
