//! What version 0.1, whose tablets may still be in use, writes and reads of a household.
//!
//! It writes of the head apart from the members, and knows none of the fields that came later.

use super::{Household, Member, field, item, yes_or_no};
use crate::record::{Doc, Value, Write};

/// Ethnicity of a head of whom version 0.1 says only that it belongs to a minority.
pub const MINORITY: &str = "Dân tộc thiểu số";

/// Fields of the head as version 0.1 writes them, each with those of a member that say the same.
const OF_HEAD: [(&str, &[&str]); 5] = [
    (field::HEAD_NAME, &["name"]),
    (field::HEAD_BIRTH_YEAR, &["birth_date", "birth_year"]),
    (field::HEAD_SEX, &["sex"]),
    (field::HEAD_ETHNIC_MINORITY, &["ethnicity"]),
    (field::HEAD_IDENTITY_NUMBER, &["identity_number"]),
];

/// Fields that came after version 0.1 and bear on a class, beside those of members and income lines.
const NEW: [&str; 3] = [field::RESIDENCE, field::FLOOR_AREA_DM2, field::TREATMENT];

/// Those of a member.
const NEW_OF_MEMBER: [&str; 7] =
    ["head", "birth_date", "ethnicity", "joined", "occupation", "disabled", "allowance"];

/// Those of an income line.
const NEW_OF_INCOME: [&str; 3] = ["own_use_each", "rhythm", "costs_each"];

/// Fields of a member, by the last parts of their paths, that an earlier tablet has overruled: of the head it wrote the
/// same to `head/*`, later than the member says it and than the member was marked as the head. [`Household::read`] lets
/// that stand.
///
/// `id` is the member's who is marked as the head.
#[must_use]
pub fn overruled(doc: &Doc, id: &str) -> Vec<&'static str> {
    later_of_head(doc, id).into_iter().flat_map(|(_, names)| names).copied().collect()
}

fn later_of_head(doc: &Doc, id: &str) -> Vec<(&'static str, &'static [&'static str])> {
    let place = |path: &str| doc.open(path).map(Write::place).max();
    let own = |name: &str| place(&format!("members/{id}/{name}"));
    let marked = own("head");
    let is_later = |(before, names): &(&str, &[&str])| {
        let written = place(before);
        written > marked && names.iter().all(|name| written > own(name))
    };
    OF_HEAD.into_iter().filter(is_later).collect()
}

/// Lets stand what an earlier tablet has overruled of the head.
pub(super) fn take_later(doc: &Doc, id: &str, head: &mut Member) {
    for (before, _) in later_of_head(doc, id) {
        let value = doc.get(before).unwrap_or(&Value::Null);
        match before {
            // A date in the same year says more.
            field::HEAD_BIRTH_YEAR if head.birth_year == value.as_int() => {}
            field::HEAD_BIRTH_YEAR => (head.birth_year, head.birth_date) = (value.as_int(), None),
            field::HEAD_ETHNIC_MINORITY => {
                let is_minority = yes_or_no(value);
                if head.is_ethnic_minority() != is_minority {
                    head.ethnicity = (is_minority == Some(true)).then(|| MINORITY.to_owned());
                }
            }
            before => head.take(before.trim_start_matches("head/"), value),
        }
    }
}

/// A record as version 0.1 reads it: without the fields that came later and bear on a class.
#[must_use]
pub fn as_earlier(doc: &Doc) -> Household {
    let is_new = |path: &str| match item(path) {
        Some(("members", _, name)) => NEW_OF_MEMBER.contains(&name),
        Some(("income", _, name)) => NEW_OF_INCOME.contains(&name),
        Some(("points", ..)) => true,
        _ => NEW.contains(&path) || field::CARRIED.contains(&path),
    };
    Household::read(&doc.without(|path| is_new(path.as_str())))
}
