//! Tests of a record as the result of its edits.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::record::Actor;

fn stamp(millis: u64, actor: u64) -> Stamp {
    Stamp::new(millis, 0, Actor(actor)).unwrap()
}

fn set(field: &str, value: i64, seen: &[Stamp]) -> Change {
    Change { field: field.parse().unwrap(), value: value.into(), seen: seen.to_vec() }
}

#[test]
fn different_fields_both_win_and_the_later_of_one_field_stands() {
    let mut doc = Doc::default();
    doc.write(stamp(1, 1), &set("a", 1, &[]));
    doc.write(stamp(2, 2), &set("b", 2, &[]));
    doc.write(stamp(3, 2), &set("a", 3, &[stamp(1, 1)]));
    assert_eq!(
        (doc.get("a"), doc.get("b"), doc.get("c")),
        (Some(&Value::Int(3)), Some(&Value::Int(2)), None)
    );
    assert!(doc.conflicts().is_empty());
}

#[test]
fn a_value_not_seen_is_kept_until_a_person_decides() {
    let mut doc = Doc::default();
    doc.write(stamp(5, 1), &set("a", 1, &[]));
    doc.write(stamp(4, 2), &set("a", 2, &[]));
    assert_eq!(doc.get("a"), Some(&Value::Int(1)));
    let conflict = &doc.conflicts()[0];
    assert_eq!((&conflict.standing.value, &conflict.lost[0].value), (&Value::Int(1), &Value::Int(2)));
    assert!(doc.in_conflict("a") && doc.has_conflicts());
    let resolution = set("a", 2, &doc.seen("a"));
    doc.write(stamp(6, 3), &resolution);
    assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(2)), 0));
}

#[test]
fn the_same_value_written_twice_is_no_conflict() {
    let mut doc = Doc::default();
    doc.write(stamp(5, 1), &set("a", 1, &[]));
    doc.write(stamp(4, 2), &set("a", 1, &[]));
    assert!(!doc.in_conflict("a") && !doc.has_conflicts() && doc.conflicts().is_empty());
}

#[test]
fn a_write_that_nobody_made_hides_nothing() {
    let mut doc = Doc::default();
    doc.write(stamp(7, 1), &set("a", 1, &[stamp(9, 2)]));
    doc.write(stamp(5, 2), &set("a", 2, &[stamp(9, 1)]));
    assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(1)), 1));
    // The write was only on its way.
    doc.write(stamp(9, 2), &set("a", 3, &[]));
    assert_eq!((doc.get("a"), doc.conflicts().len()), (Some(&Value::Int(1)), 0));
}

#[test]
fn devices_that_see_in_a_circle_empty_no_field() {
    let mut doc = Doc::default();
    doc.write(stamp(1, 1), &set("a", 1, &[stamp(2, 2)]));
    doc.write(stamp(2, 2), &set("a", 2, &[stamp(1, 1), stamp(2, 2)]));
    assert_eq!((doc.get("a"), doc.seen("a")), (Some(&Value::Int(2)), vec![stamp(2, 2)]));
    assert!(!doc.has_conflicts());
}

proptest! {
    #[test]
    fn what_is_open_is_what_no_other_author_had_seen(
        drawn in vec((0u64..6, 0u64..9, 0u64..9, vec((0u64..6, 0u64..9), 0..4)), 0..12),
        turn in 0..12usize,
        part in 0..12usize,
    ) {
        let mut doc = Doc::default();
        let edits: Vec<_> = (0..).zip(drawn).map(|(value, (millis, actor, time, seen))| {
            let seen: Vec<_> = seen.into_iter().map(|(millis, actor)| stamp(millis, actor)).collect();
            // Two of the times lie as far apart as a write may still be seen, and three further.
            (stamp(millis, actor), time * (SEEN_WITHIN / 2), set("a", value, &seen))
        }).collect();
        edits.iter().for_each(|(stamp, time, change)| doc.write_at(*stamp, *time, change));
        let is_last = |of: Stamp| edits.iter().all(|(s, ..)| s.actor() != of.actor() || *s <= of);
        let made = |of: Stamp| edits.iter().filter(|(s, ..)| *s == of).map(|(_, time, _)| *time).min();
        let is_seen = |of: Stamp| {
            edits.iter().any(|(s, time, c)| {
                let was_there = made(of).is_some_and(|made| made <= time + SEEN_WITHIN);
                s.actor() != of.actor() && c.seen.contains(&of) && was_there
            })
        };
        let mut last: Vec<Stamp> = edits.iter().map(|(s, ..)| *s).filter(|s| is_last(*s)).collect();
        last.sort_unstable();
        last.dedup();
        let mut open: Vec<_> = last.iter().copied().filter(|stamp| !is_seen(*stamp)).collect();
        if open.is_empty() {
            open.extend(last.last());
        }
        let mut told = doc.seen("a");
        told.sort_unstable();
        prop_assert_eq!(&told, &open);
        // In whatever order they come, and through stored copies, the same is kept.
        let part = part.min(edits.len());
        let mut others = [Doc::default(), Doc::default()];
        for at in 0..edits.len() {
            let at = (at + turn) % edits.len();
            let (stamp, time, change) = &edits[edits.len() - 1 - at];
            others[usize::from(at < part)].write_at(*stamp, *time, change);
        }
        let [one, other] = others;
        let mut merged: Doc = postcard::from_bytes(&postcard::to_stdvec(&one).unwrap()).unwrap();
        merged.merge(&serde_json::from_str(&serde_json::to_string(&other).unwrap()).unwrap());
        prop_assert_eq!(&merged, &doc);
        // Of those the one believed to be the latest stands. Where a stamp was given twice, the greater value and the
        // earlier time.
        let same = |of: Stamp| edits.iter().filter(move |(stamp, ..)| *stamp == of);
        let place = |of: &Stamp| same(*of).map(|(stamp, time, _)| stamp.at(*time)).min();
        let stands = open.into_iter().max_by_key(place);
        let stands = stands.and_then(|stamp| same(stamp).map(|(.., change)| &change.value).max());
        prop_assert_eq!(doc.get("a"), stands);
    }
}

#[test]
fn a_writer_s_last_word_stands_whatever_its_clock() {
    let mut doc = Doc::default();
    // Ten years fast, then set right; what was typed first comes last.
    doc.write_at(stamp(99, 1), 50, &set("a", 2, &[]));
    doc.write_at(stamp(98, 1), 60, &set("a", 1, &[]));
    assert_eq!((doc.get("a"), doc.has_conflicts()), (Some(&Value::Int(2)), false));
    // Another author's write, believed to be later, that had not seen it.
    doc.write(stamp(55, 2), &set("a", 3, &[]));
    assert_eq!((doc.get("a"), doc.conflicts()[0].lost[0].time), (Some(&Value::Int(3)), 50));
}

#[test]
fn one_field_alone_is_all_that_is_left() {
    let mut doc = Doc::default();
    doc.write(stamp(1, 1), &set("a", 1, &[]));
    doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1)]));
    doc.write(stamp(2, 2), &set("b", 2, &[]));
    let only = doc.only("a");
    assert_eq!((only.get("a"), only.get("b")), (Some(&Value::Int(3)), None));
    assert!(doc.only("c").is_empty());
}

#[test]
fn both_forms_read_back() {
    let mut doc = Doc::default();
    doc.write(stamp(1, 1), &set("a", 1, &[]));
    doc.write(stamp(2, 2), &set("a", 3, &[stamp(1, 1), stamp(3, 3)]));
    let json = serde_json::to_string(&doc).unwrap();
    let text = |seen: &str| {
        let stamps: Vec<_> =
            (1..=3).map(|i| format!(r#""00000000000{i}-0000-000000000000000{i}""#)).collect();
        format!(r#"{{"stamps":[{}],"fields":[["a",[{seen}]]]"#, stamps.join(","))
    };
    // The awaited stamp was named by an edit of millisecond 2.
    assert_eq!(json, format!(r#"{},"times":[[2,2]]}}"#, text("[0,null,[0]],[1,3,[2]]")));
    let earlier = format!(r#"{},"times":[[2,2]]}}"#, text("[0,1,[]],[1,3,[0,2]]"));
    assert_eq!(serde_json::from_str::<Doc>(&earlier).unwrap(), doc);
    // Version 0.1 did not say when: the awaited write is seen when it comes at its stamp's own time.
    let mut earlier: Doc = serde_json::from_str(&format!("{}}}", text("[0,null,[0,2]],[1,3,[]]"))).unwrap();
    earlier.write(stamp(3, 3), &set("a", 7, &[]));
    assert_eq!(earlier.seen("a"), [stamp(2, 2)]);
    assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
    assert_eq!(postcard::from_bytes::<Doc>(&postcard::to_stdvec(&doc).unwrap()).unwrap(), doc);
    assert!(serde_json::from_str::<Doc>(r#"{"stamps":[],"fields":[["a",[[0,1,[]]]]]}"#).is_err());
    // Where a clock was off, the time is said too.
    doc.write_at(stamp(4, 4), 2, &set("a", 5, &[]));
    let json = serde_json::to_string(&doc).unwrap();
    assert!(json.ends_with(r#","times":[[2,2],[3,2]]}"#), "{json}");
    assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
    assert_eq!(postcard::from_bytes::<Doc>(&postcard::to_stdvec(&doc).unwrap()).unwrap(), doc);
    assert!(serde_json::from_str::<Doc>(&json.replace("[3,2]]", "[9,2]]")).is_err());
}

#[test]
fn nobody_has_seen_what_was_written_later_than_ten_minutes_after() {
    // Of the victim's writes, an attacker names one that does not exist yet.
    for (later, is_hidden) in [(SEEN_WITHIN, true), (SEEN_WITHIN + 1, false)] {
        let attack = (stamp(1_000, 9), set("a", 0, &[stamp(1_000 + later, 1)]));
        let honest = (stamp(1_000 + later, 1), set("a", 4, &[]));
        for edits in [[&attack, &honest], [&honest, &attack]] {
            let mut doc = Doc::default();
            edits.into_iter().for_each(|(stamp, change)| doc.write(*stamp, change));
            let expected = if is_hidden { (0, false) } else { (4, true) };
            assert_eq!((doc.get("a"), doc.has_conflicts()), (Some(&expected.0.into()), expected.1));
            let stored: Doc = serde_json::from_str(&serde_json::to_string(&doc).unwrap()).unwrap();
            assert_eq!(stored, doc);
        }
    }
    // By a stamp that lies behind the believed time nothing is won either.
    let mut doc = Doc::default();
    doc.write_at(stamp(5, 1), 5 + SEEN_WITHIN, &set("a", 4, &[]));
    doc.write_at(stamp(6, 9), 4, &set("a", 0, &[stamp(5, 1)]));
    assert_eq!((doc.get("a"), doc.has_conflicts()), (Some(&4.into()), true));
    // Who names it later has seen it.
    doc.write_at(stamp(7, 8), 6, &set("a", 0, &[stamp(5, 1)]));
    assert_eq!((doc.get("a"), doc.has_conflicts()), (Some(&0.into()), false));
}
