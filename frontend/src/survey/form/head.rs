//! Who is the head (chủ hộ): the member marked as it.
//!
//! Earlier versions wrote of the head alone, `head/*`. While nobody is marked, the form shows that as said of a
//! person: of the member with the same name, or else of one who is not listed yet. The first edit of that person
//! lists it, with all that was known. From then on `head/*` counts only where it was written later, by a tablet that has
//! such a version.

use leptos::prelude::*;
use soho_shared::fold::fold;
use soho_shared::household::{Household, MINORITY, Member, field, overruled};
use soho_shared::record::{Doc, Value};

use super::Sheet;
use crate::state::Survey;

/// What the paths of earlier versions begin with.
pub(super) const BEFORE: &str = "head/";

/// Id of a head who is not listed yet: one for all tablets, so that two that list the head list one person.
const NEW: &str = "head";

/// Fields of earlier versions, and the member's field that takes each over.
const TAKEN_OVER: [(&str, &str); 5] = [
    (field::HEAD_NAME, "name"),
    (field::HEAD_BIRTH_YEAR, "birth_year"),
    (field::HEAD_SEX, "sex"),
    (field::HEAD_IDENTITY_NUMBER, "identity_number"),
    (field::HEAD_ETHNIC_MINORITY, "ethnicity"),
];

/// The person that the form shows as the head.
#[derive(Clone, PartialEq)]
pub(super) struct Head {
    /// Id among the members.
    pub(super) id: String,
    /// Whether it is one of the listed members.
    pub(super) is_listed: bool,
    /// Whether that member is marked as the head.
    pub(super) is_marked: bool,
    /// Fields of that member, by the last parts of their paths, in whose place stands what an earlier version wrote later.
    pub(super) overruled: Vec<&'static str>,
}

impl Head {
    pub(super) fn of(household: &Household) -> Self {
        let members = || household.members.iter();
        let marked = members().find(|(_, member)| member.head);
        match marked.or_else(|| members().find(|(_, member)| is_same(household, member))) {
            Some((id, member)) => {
                Head { id: id.clone(), is_listed: true, is_marked: member.head, overruled: Vec::new() }
            }
            None => Head { id: NEW.to_owned(), is_listed: false, is_marked: false, overruled: Vec::new() },
        }
    }

    /// The person whom a record shows as the head; `household` is what it says.
    pub(super) fn in_record(doc: &Doc, household: &Household) -> Self {
        let head = Head::of(household);
        let overruled = if head.is_marked { overruled(doc, &head.id) } else { Vec::new() };
        Head { overruled, ..head }
    }
}

/// Whether a member has the head's name and, where both are known, year of birth.
fn is_same(household: &Household, member: &Member) -> bool {
    let name = |name: &Option<String>| name.as_deref().map(fold).filter(|name| !name.is_empty());
    let years = household.head_birth_year.zip(member.birth_year);
    name(&household.head_name).is_some_and(|of_head| name(&member.name) == Some(of_head))
        && years.is_none_or(|(of_head, own)| of_head == own)
}

/// Returns the path under which earlier versions wrote a member's field of the head.
pub(super) fn before(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    TAKEN_OVER.iter().find(|(_, own)| *own == name).map(|(before, _)| *before)
}

/// Returns whether a field of earlier versions is shown as one of the head.
pub(super) fn takes_over(path: &str) -> bool {
    TAKEN_OVER.iter().any(|(before, _)| *before == path)
}

/// Turns the value of an earlier version's field into that of the member's.
pub(super) fn of_member(before: &str, value: Value) -> Value {
    match value {
        Value::Bool(true) if before == field::HEAD_ETHNIC_MINORITY => MINORITY.into(),
        Value::Bool(_) => Value::Null,
        value => value,
    }
}

/// Returns the edits that list the person shown as the head and mark it, with what earlier versions wrote and
/// nobody said of the member. Empty when it is marked already.
pub(super) fn claim(sheet: Sheet) -> Vec<(String, Value)> {
    let Sheet { survey, household, head, .. } = sheet;
    let mut edits = Vec::new();
    let head = head.get_untracked();
    if head.is_marked {
        return edits;
    }
    let path = |name: &str| format!("members/{}/{name}", head.id);
    let said = |path: &str| survey.value(path).unwrap_or(Value::Null);
    edits.push((path("head"), true.into()));
    if said(&path("removed")).is_true() {
        edits.push((path("removed"), false.into()));
    }
    for (before, name) in TAKEN_OVER {
        let own = path(name);
        let is_said = said(&own) != Value::Null
            || before == field::HEAD_BIRTH_YEAR && said(&path("birth_date")) != Value::Null;
        let value = of_member(before, said(before));
        if !is_said && value != Value::Null {
            edits.push((own, value));
        }
    }
    household.with_untracked(|h| {
        // A list of nobody but the head gives way to the number that is stated, and until now it did not.
        if h.members.len() == 1 && head.is_listed {
            let count = h.counted_members().map_or(Value::Null, |n| i64::from(n.get()).into());
            edits.push((field::MEMBER_COUNT.to_owned(), count));
        }
    });
    edits
}

/// Drops the edits of `head/*` that stay on the device: what was typed there is the member's now.
pub(super) fn let_go(survey: Survey) {
    let held = survey.open.with_untracked(|open| {
        let open = open.as_ref()?;
        let paths = open.held.iter().map(|(path, _)| path).filter(|path| path.starts_with(BEFORE));
        Some((open.key, paths.cloned().collect::<Vec<_>>()))
    });
    let Some((key, paths)) = held else { return };
    for path in paths {
        survey.notebook(|notebook| notebook.drop_field(key, &path));
    }
}
