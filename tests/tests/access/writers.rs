//! A device that is not believed: what it sends in the name of others, and what it says about what is yet to come.

use serde_json::{Value, json};
use soho_tests::people::Answer;

use crate::world::{IN_4, LATER, World, edit, push, statuses};

/// A stamp so many milliseconds after [`LATER`], of a writer.
fn stamp(after: u64, writer: u64) -> String {
    let millis = u64::from_str_radix(&LATER[..12], 16).unwrap_or_default() + after;
    format!("{millis:012x}-0000-{writer:016x}")
}

/// Kind of each problem of a push, without its folder; "" where an operation was taken.
fn problems(answer: &Answer) -> Vec<String> {
    let kind = |result: &Value| result["problem"]["type"].as_str().unwrap_or_default().to_owned();
    let results = answer.body["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    results.iter().map(|result| kind(result).trim_start_matches("/problems/").to_owned()).collect()
}

#[tokio::test]
async fn a_writer_belongs_to_the_account_that_used_it_first() {
    let world = World::new().await;
    let (honest, attacker) = (world.person("vol4").await, world.person("vol4b").await);
    let name =
        |id, after, writer, name: &str| edit(id, IN_4, &stamp(after, writer), &[("head/name", json!(name))]);
    let written = push(&honest, json!([name(10, 0, 0xe1, "Thật")])).await;
    assert_eq!(problems(&written), [""]);
    // A stamp of the victim's writer, later than all that it will give: its next edits would count for nothing.
    let forged = push(&attacker, json!([name(11, 9_000_000, 0xe1, "Giả"), name(12, 1, 0xe2, "Khác")])).await;
    assert_eq!(problems(&forged), ["writer-taken", ""], "the other operation of the push is taken");
    let alone = push(&attacker, json!([name(13, 9_000_000, 0xe1, "Giả")])).await;
    assert_eq!((alone.status, alone.short().as_str()), (422, "422 writer-taken"));
    // The victim goes on, from another session of the account too.
    let again = world.person("vol4").await;
    for (person, id, text) in [(&honest, 14, "Thật 2"), (&again, 15, "Thật 3")] {
        let answer = push(person, json!([name(id, u64::from(id), 0xe1, text)])).await;
        assert_ne!(statuses(&answer), ["rejected"], "{}", answer.text);
    }
    assert!(
        world.record().await.in_conflict("head/name"),
        "what the other wrote under its own name stands beside it"
    );
    // What the server wrote is nobody's to go on with.
    let officer = world.person("xa").await;
    let seen = world.record().await.seen("head/name");
    let address = format!("/api/v1/conflicts/{IN_4}.2010.head.name/resolution");
    let decided = officer.post(&address, &json!({"keep": seen[0], "seen": seen})).await.unwrap();
    assert_eq!(decided.status, 200, "{}", decided.text);
    let writer = world.record().await.seen("head/name")[0].actor().0;
    for person in [&attacker, &officer] {
        let forged = push(person, json!([name(16, 90_000_000, writer, "Giả")])).await;
        assert_eq!(problems(&forged), ["writer-taken"]);
    }
    assert!(!world.record().await.in_conflict("head/name"));
}

#[tokio::test]
async fn an_id_is_not_taken_for_another_operation() {
    let world = World::new().await;
    let (honest, attacker) = (world.person("vol4").await, world.person("vol4b").await);
    let note = |id, writer, note: &str| edit(id, IN_4, &stamp(0, writer), &[("note", json!(note))]);
    assert_eq!(problems(&push(&attacker, json!([note(20, 0xe2, "trước")])).await), [""]);
    let answer = push(&honest, json!([note(20, 0xe1, "thật"), note(21, 0xe1, "thật")])).await;
    assert_eq!(problems(&answer), ["id-taken", ""], "told, and not called a duplicate");
    let twice =
        push(&honest, json!([note(21, 0xe1, "thật"), note(22, 0xe3, "a"), note(22, 0xe3, "b")])).await;
    assert_eq!(problems(&twice), ["", "", "id-taken"]);
    assert_eq!(statuses(&twice)[0], "duplicate");
}

#[tokio::test]
async fn what_is_not_written_yet_cannot_be_hidden_beforehand() {
    const MINUTE: u64 = 60_000;
    let world = World::new().await;
    let (honest, attacker) = (world.person("vol4").await, world.person("vol4b").await);
    let change =
        |value: i64, seen: Vec<String>| json!({"field": "member_count", "value": value, "seen": seen});
    let count = |id, after, writer, change: Value| {
        let mut operation = edit(id, IN_4, &stamp(after, writer), &[]);
        operation["changes"] = json!([change]);
        operation
    };
    let coming = vec![stamp(11 * MINUTE, 0xe1)];
    assert_eq!(problems(&push(&attacker, json!([count(30, 0, 0xe2, change(9, coming))])).await), [""]);
    let written = push(&honest, json!([count(31, 11 * MINUTE, 0xe1, change(4, Vec::new()))])).await;
    assert_eq!(statuses(&written), ["conflict"]);
    let record = world.record().await;
    assert_eq!((record.get("member_count"), record.in_conflict("member_count")), (Some(&4.into()), true));
}

#[tokio::test]
async fn of_a_household_that_has_left_only_what_was_made_before_is_taken() {
    let world = World::new().await;
    let (volunteer, officer) = (world.person("vol4").await, world.person("xa").await);
    let moved = push(&officer, json!([edit(40, IN_4, &stamp(1_000, 0xf1), &[("hamlet", json!(6))])])).await;
    assert_ne!(statuses(&moved), ["rejected"]);
    let later_round = {
        let mut operation = edit(44, IN_4, &stamp(10, 0xe1), &[("note", json!("d"))]);
        operation["round"] = json!("2011");
        operation
    };
    let answer = push(
        &volunteer,
        json!([
            edit(41, IN_4, &stamp(999, 0xe1), &[("note", json!("a"))]),
            edit(42, IN_4, &stamp(1_001, 0xe1), &[("note", json!("b"))]),
            edit(43, IN_4, &stamp(998, 0xe1), &[("removed", json!(true))]),
            later_round,
        ]),
    )
    .await;
    assert_eq!(problems(&answer), ["", "outside-areas", "outside-areas", "outside-areas"]);
}
