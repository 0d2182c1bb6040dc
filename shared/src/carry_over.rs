//! What a round takes over from the round before: whom to visit, and what seldom changes of a household.

use crate::assess::assess_last;
use crate::household::{Household, field, overruled};
use crate::record::{Doc, FieldPath, RecordKey, Value};
use crate::standard::Class;

/// Whether the household of a record is to be visited in the next round: it ended the record's round as poor or near-poor, by
/// the opening result where the round has two, or over 130 % to 150 % of the line of 2011. One that has left, was withdrawn or joined with another
/// is not.
#[must_use]
pub fn is_to_visit(key: RecordKey, doc: &Doc) -> bool {
    let (Some(commune), round) = (key.subject.commune(), key.round) else { return false };
    let household = Household::read(doc);
    if doc.is_empty() || household.removed || household.left().is_some() {
        return false;
    }
    assess_last(&household, commune, round).is_some_and(|last| match last.class {
        Some(Class::Poor | Class::NearPoor) => true,
        Some(Class::LowIncome) => last.standard.lists_low_income(),
        Some(Class::Above) | None => false,
    })
}

/// The fields that begin a household's record of a round, from its record of the round before. What seldom changes is filled
/// in and marked as carried, section by section; it decides nothing until somebody has confirmed it. Income, presence and
/// what was decided about the household are asked anew.
///
/// ```
/// use soho_shared::carry_over::carried;
/// use soho_shared::record::{Actor, Change, Doc, Stamp, Value};
///
/// let mut doc = Doc::default();
/// let mut set = |path: &str, value: Value| {
///     let change = Change { field: path.parse().unwrap(), value, seen: vec![] };
///     doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
/// };
/// set("head/name", "Lê Thị Út".into());
/// set("members/a/months_present", 7.into());
/// set("income/k/amount", 4_000_000.into());
///
/// let fields: Vec<(String, Value)> =
///     carried(&doc).into_iter().map(|(path, value)| (path.as_str().to_owned(), value)).collect();
/// assert_eq!(fields, [("head/name".to_owned(), "Lê Thị Út".into()), ("carried/head".to_owned(), true.into())]);
/// ```
#[must_use]
pub fn carried(before: &Doc) -> Vec<(FieldPath, Value)> {
    let members = Household::read(before).members;
    let head = members.iter().find(|(_, member)| member.head);
    // What an earlier tablet has changed of the head.
    let changed = head.map(|(id, _)| overruled(before, id)).unwrap_or_default();
    let is_member = |path: &str| {
        let mut parts = path.split('/');
        let (_, id, name) = (parts.next(), parts.next(), parts.next());
        let is_changed = head.is_some_and(|(of, _)| id == Some(of.as_str()))
            && name.is_some_and(|name| changed.contains(&name));
        id.is_some_and(|id| members.contains_key(id))
            && !matches!(name, Some("months_present" | "joined" | "removed"))
            && !is_changed
    };
    let mut fields = Vec::new();
    let mut marked = [false; field::CARRIED.len()];
    for (path, value) in before.standing().filter(|(_, value)| **value != Value::Null) {
        let section = match path.as_str() {
            field::HAMLET => None,
            field::ADDRESS | field::RESIDENCE => Some(0),
            path if path.starts_with("head/") || path.starts_with("groups/") => Some(0),
            path if path.starts_with("members/") && is_member(path) => Some(1),
            field::MEMBER_COUNT => Some(1),
            field::FLOOR_AREA | field::FLOOR_AREA_DM2 => Some(2),
            path if path.starts_with("deprivations/") => Some(2),
            _ => continue,
        };
        if let Some(section) = section {
            marked[section] = true;
        }
        fields.push((path.clone(), value.clone()));
    }
    if let Some((id, member)) = head {
        let values = changed.iter().map(|name| (format!("members/{id}/{name}"), member.value(name)));
        let said = values.filter(|(_, value)| *value != Value::Null);
        fields.extend(said.filter_map(|(path, value)| Some((path.parse().ok()?, value))));
    }
    let marks = field::CARRIED.into_iter().zip(marked).filter(|(_, marked)| *marked);
    fields.extend(marks.filter_map(|(mark, _)| Some((mark.parse().ok()?, true.into()))));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::{Missing, assess};
    use crate::record::{Actor, Change, Round, Stamp};

    fn doc(fields: &[(&str, Value)]) -> Doc {
        let mut doc = Doc::default();
        for (at, (path, value)) in (1..).zip(fields) {
            let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: Vec::new() };
            doc.write(Stamp::new(at, 0, Actor(1)).unwrap(), &change);
        }
        doc
    }

    fn key(year: u16) -> RecordKey {
        let subject = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
        RecordKey { subject, round: Round::new(year).unwrap() }
    }

    fn income(dong: i64) -> [(&'static str, Value); 3] {
        [("income/a/source", "wages".into()), ("income/a/amount", dong.into()), ("income/a/times", 12.into())]
    }

    #[test]
    fn the_list_is_of_who_was_poor_near_poor_or_low_income_at_the_end() {
        let one = [("member_count", Value::from(1))];
        for (dong, year, more, expected) in [
            (400_000, 2010, None, true),
            (520_000, 2010, None, true),
            (600_000, 2010, None, true),
            (600_001, 2010, None, false),
            // The census of 2015 opened with higher lines.
            (650_000, 2015, None, true),
            (650_000, 2014, None, false),
            // The average living standard of 2016 is no list.
            (1_200_000, 2016, None, false),
            (400_000, 2010, Some(("moved_to", Value::from("Cần Thơ"))), false),
            (400_000, 2010, Some(("dissolved", true.into())), false),
            (400_000, 2010, Some(("removed", true.into())), false),
            (400_000, 2010, Some(("duplicate", true.into())), false),
            // A second entry that the other one has no record beside counts, and is visited.
            (400_000, 2010, Some(("same_as", "29173-028f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".into())), true),
        ] {
            let fields: Vec<_> = one.iter().cloned().chain(income(dong)).chain(more.clone()).collect();
            assert_eq!(is_to_visit(key(year), &doc(&fields)), expected, "{dong} {year} {more:?}");
        }
    }

    #[test]
    fn what_is_carried_decides_nothing_until_it_is_confirmed() {
        let before = doc(&[
            ("hamlet", 4.into()),
            ("head/name", "Lê Thị Út".into()),
            ("members/a/name", "Lê Thị Út".into()),
            ("members/a/months_present", 12.into()),
            ("members/b/name", "Lê Văn Đi".into()),
            ("members/b/removed", true.into()),
            ("floor_area", 40.into()),
            ("main_cause", "lack_of_means".into()),
            ("duplicate", false.into()),
            ("note", "hỏi lại".into()),
        ]);
        let mut now = Doc::default();
        let mut at = 100;
        let mut set = |now: &mut Doc, path: &FieldPath, value: Value| {
            at += 1;
            let change = Change { field: path.clone(), value, seen: now.seen(path.as_str()) };
            now.write(Stamp::new(at, 0, Actor(2)).unwrap(), &change);
        };
        for (path, value) in carried(&before) {
            set(&mut now, &path, value);
        }
        for absent in [
            "members/a/months_present",
            "members/b/name",
            "members/b/removed",
            "main_cause",
            "duplicate",
            "note",
        ] {
            assert_eq!(now.get(absent), None, "{absent}");
        }
        for (path, value) in income(300_000) {
            set(&mut now, &path.parse().unwrap(), value);
        }
        let commune = key(2011).subject.commune().unwrap();
        let assessed = |now: &Doc| assess(&Household::read(now), commune, key(2011).round).unwrap();
        assert_eq!((assessed(&now).class, assessed(&now).members), (None, None));
        assert_eq!(assessed(&now).missing, [Missing::Confirmation]);
        for (nth, mark) in field::CARRIED.into_iter().enumerate() {
            set(&mut now, &mark.parse().unwrap(), false.into());
            assert_eq!(assessed(&now).class.is_some(), nth == 2, "{mark}");
        }
        assert_eq!(assessed(&now).class, Some(Class::Poor));
    }
}
