//! What devices and accounts send after they were taken away: what was made before is taken, the rest waits for an officer.
//! And what one device sends that is more than one can visit.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::people::{Answer, Person};

use crate::devices::{code_for, enrol};
use crate::world::{IN_4, World, edit, push};

const MINUTE: u64 = 60_000;

/// A stamp of this many milliseconds after now, or before.
fn stamp(after: i64) -> String {
    stamp_by(0xe1, after)
}

/// The same by another writer.
fn stamp_by(writer: u64, after: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    format!("{:012x}-0000-{writer:016x}", i64::try_from(now).unwrap() + after)
}

/// The status of each operation of a push, and whether it is held back.
fn results(answer: &Answer) -> Vec<(String, bool)> {
    let results = answer.body["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    let result = |one: &Value| (one["status"].as_str().unwrap().to_owned(), one["held"] == true);
    results.iter().map(result).collect()
}

fn told(status: &str, held: bool) -> (String, bool) {
    (status.to_owned(), held)
}

impl World {
    async fn tablet(&self, name: &str) -> (Person, String) {
        let officer = self.person("xa").await;
        let tablet = enrol(self, &code_for(&officer, "vol4").await, name).await.unwrap();
        let listed = officer.get("/api/v1/devices").await.unwrap();
        let devices = listed.body["devices"].as_array().unwrap();
        let device = devices.iter().find(|device| device["device"] == name).unwrap();
        (tablet, format!("/api/v1/devices/{}", device["id"].as_str().unwrap()))
    }

    async fn note(&self) -> Option<String> {
        self.record().await.get("note").and_then(|value| value.as_text()).map(ToOwned::to_owned)
    }

    async fn held(&self) -> Vec<Value> {
        let page = self.person("xa").await.get("/api/v1/held?commune=29173").await.unwrap();
        page.body["edits"].as_array().unwrap_or_else(|| panic!("{}", page.text)).clone()
    }
}

fn note(id: u32, after: i64, text: &str) -> Value {
    edit(id, IN_4, &stamp(after), &[("note", json!(text))])
}

async fn decide(person: &Person, body: Value) -> Answer {
    person.post("/api/v1/held/decision", &body).await.unwrap()
}

#[tokio::test]
async fn what_a_revoked_tablet_made_later_waits_for_the_officer() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (tablet, address) = world.tablet("Máy 1").await;
    assert_eq!(
        results(&push(&tablet, json!([note(1_001, -50, "đang dùng")])).await),
        [told("accepted", false)]
    );
    assert_eq!(officer.ask(Method::DELETE, &address, None).await.unwrap().status, 204);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let before = note(1_002, -10 * MINUTE as i64, "trước");
    let (after, another) = (note(1_003, 0, "sau"), note(1_004, 1, "sau nữa"));
    let sent = json!([before, after, another]);
    let expected = [told("accepted", false), told("accepted", true), told("accepted", true)];
    assert_eq!(results(&push(&tablet, sent.clone()).await), expected);
    // Sent again, it is not there twice; under the same id, nothing else is.
    let again = [told("duplicate", false), told("accepted", true), told("accepted", true)];
    assert_eq!(results(&push(&tablet, sent).await), again);
    let other = push(&tablet, json!([note(1_003, 0, "khác")])).await;
    assert_eq!(other.short(), "422 id-taken");
    assert_eq!(world.note().await.as_deref(), Some("đang dùng"), "what is held back counts nowhere");
    let held = world.held().await;
    assert_eq!(held.len(), 2);
    assert_eq!((&held[0]["by"]["device"], &held[0]["changes"][0]["to"]), (&json!("Máy 1"), &json!("sau")));
    assert!(held[0]["head_name"].is_string() && held[0]["changes"][0]["from"] == "đang dùng", "{}", held[0]);
    // Others than the commune's officers neither see nor decide it.
    let one = json!({"commune": "29173", "edits": [held[0]["id"]], "take": true});
    for (name, expected) in
        [("vol4", "403 forbidden"), ("xa2", "403 outside-areas"), ("root", "403 forbidden")]
    {
        let person = world.person(name).await;
        assert_eq!(decide(&person, one.clone()).await.short(), expected, "{name}");
        assert_eq!(person.get("/api/v1/held?commune=29173").await.unwrap().short(), expected, "{name}");
    }
    let taken = decide(&officer, one.clone()).await;
    assert_eq!((taken.status, &taken.body["done"]), (200, &json!(1)), "{}", taken.text);
    assert_eq!(world.note().await.as_deref(), Some("sau"));
    let twice = decide(&officer, one).await;
    assert_eq!(twice.body["done"], 0);
    let dropped = decide(&officer, json!({"commune": "29173", "take": false})).await;
    assert_eq!(dropped.body["done"], 1);
    assert!(world.held().await.is_empty());
    assert_eq!(world.note().await.as_deref(), Some("sau"));
    // In the name of who made it; and the trail tells who decided.
    let story = officer.get(&format!("/api/v1/households/{IN_4}/history")).await.unwrap();
    let entry =
        story.body["entries"].as_array().unwrap().iter().find(|e| e["changes"][0]["to"] == "sau").unwrap();
    assert_eq!(entry["by"]["account"], "vol4");
    let trail = officer.get("/api/v1/audit?area=29173").await.unwrap();
    let actions: Vec<_> =
        trail.body["entries"].as_array().unwrap().iter().map(|e| e["action"].clone()).collect();
    assert!(
        actions.contains(&json!("held_taken")) && actions.contains(&json!("held_dropped")),
        "{actions:?}"
    );
}

#[tokio::test]
async fn of_a_lost_tablet_everything_waits_and_of_a_shut_account_what_came_later() {
    let world = World::new().await;
    let (officer, root) = (world.person("xa").await, world.person("root").await);
    let (tablet, address) = world.tablet("Máy mất").await;
    let before = -10 * MINUTE as i64;
    assert_eq!(officer.ask(Method::DELETE, &address, None).await.unwrap().status, 204);
    assert_eq!(results(&push(&tablet, json!([note(1_010, before, "a")])).await), [told("accepted", false)]);
    // Found to be lost only afterwards.
    let lost = format!("{address}?lost=true");
    assert_eq!(officer.ask(Method::DELETE, &lost, None).await.unwrap().status, 204);
    assert_eq!(results(&push(&tablet, json!([note(1_011, before, "b")])).await), [told("accepted", true)]);
    let listed = officer.get("/api/v1/devices").await.unwrap();
    assert!(listed.body["devices"].as_array().unwrap().iter().any(|device| device["lost"] == true));

    let (other, _) = world.tablet("Máy 2").await;
    let shut = json!({"disabled": true});
    assert_eq!(root.ask(Method::PATCH, "/api/v1/accounts/vol4", Some(&shut)).await.unwrap().status, 200);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let own = |id, after, text| edit(id, IN_4, &stamp_by(0xe2, after), &[("note", json!(text))]);
    let sent = json!([own(1_012, before, "c"), own(1_013, 0, "d")]);
    // What the first tablet wrote had not been seen.
    assert_eq!(results(&push(&other, sent).await), [told("conflict", false), told("accepted", true)]);
    assert_eq!(world.held().await.len(), 2);
    // Under the writer of another device of the account nothing is taken unseen, whenever it was made: a stamp later than
    // all that this device will give would make its next edits count for nothing.
    let forged = push(&other, json!([note(1_014, before, "e")])).await;
    assert_eq!(results(&forged), [told("accepted", true)]);
}

#[tokio::test]
async fn one_device_leaves_room_for_the_others() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (many, first) = world.tablet("Máy 1").await;
    let (other, second) = world.tablet("Máy 2").await;
    for address in [first, second] {
        assert_eq!(
            officer.ask(Method::DELETE, &format!("{address}?lost=true"), None).await.unwrap().status,
            204
        );
    }
    for first in [2_000, 2_500] {
        let sent: Vec<Value> = (first..first + 500).map(|id| note(id, 0, "x")).collect();
        assert!(
            results(&push(&many, json!(sent)).await).iter().all(|result| *result == told("accepted", true))
        );
    }
    // No refusal: it stays on the device until there is room.
    assert_eq!(push(&many, json!([note(3_001, 0, "x")])).await.short(), "503 unavailable");
    assert_eq!(results(&push(&other, json!([note(3_002, 0, "y")])).await), [told("accepted", true)]);
    let found = world.held().await;
    assert!(found.len() <= 100 && !found.is_empty());
    let taken = decide(&officer, json!({"commune": "29173", "take": true})).await;
    assert_eq!(taken.body["done"], 1_001, "{}", taken.text);
    assert!(world.held().await.is_empty());
    let verified = world.data.path().to_str().unwrap().to_owned();
    world.server.stop();
    assert!(soho_tests::server::run(&["verify", "--data", &verified]).unwrap().contains("all agree"));
}

#[tokio::test]
async fn some_time_after_it_was_taken_away_nothing_is_taken_unseen() {
    let world = World::with(&["--late-sync", "1s"]).await;
    let officer = world.person("xa").await;
    let (tablet, address) = world.tablet("Máy 1").await;
    assert_eq!(officer.ask(Method::DELETE, &address, None).await.unwrap().status, 204);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let sent = json!([note(1_020, -10 * MINUTE as i64, "muộn")]);
    assert_eq!(results(&push(&tablet, sent).await), [told("accepted", true)]);
}

#[tokio::test]
async fn of_a_flood_of_new_households_a_hundred_are_taken_and_the_officer_may_allow_more() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (tablet, address) = world.tablet("Máy 1").await;
    let household = |id: u32| format!("29173-{id:032}");
    let at = stamp(-10 * MINUTE as i64);
    let new = |id: u32| edit(id, &household(id), &at, &[("hamlet", json!(4)), ("no_income", json!(true))]);
    let mut sent: Vec<Value> = (5_000..5_150).map(new).collect();
    sent.push(note(6_000, 0, "hộ đã có"));
    let answer = push(&tablet, json!(sent)).await;
    assert_eq!(answer.short(), "429 too-often", "{}", answer.text);
    assert!(
        answer.headers.contains_key("retry-after") && answer.body["results"].is_null(),
        "{}",
        answer.text
    );
    let count = async || {
        let figures = officer.get("/api/v1/statistics?area=29173&round=2010").await.unwrap();
        figures.body["total"]["households"].as_u64().unwrap()
    };
    assert_eq!(count().await, 102);
    assert_eq!(world.note().await.as_deref(), Some("hộ đã có"), "what is no new household is stored");
    // A volunteer cannot allow it to oneself; the officer of the commune can.
    let many = format!("{address}/many");
    assert_eq!(world.person("vol4").await.post(&many, &json!(null)).await.unwrap().short(), "404 not-found");
    assert_eq!(push(&tablet, json!(sent)).await.status, 429);
    assert_eq!(officer.post(&many, &json!(null)).await.unwrap().status, 204);
    let answer = push(&tablet, json!(sent)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let duplicates = results(&answer).iter().filter(|(status, _)| status == "duplicate").count();
    assert_eq!((duplicates, count().await), (101, 152));
}

#[tokio::test]
async fn what_a_device_wrote_is_undone_where_it_still_stands() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (tablet, address) = world.tablet("Máy giả").await;
    let (honest, _) = world.tablet("Máy thật").await;
    let other = "29173-00000000000000000000000000000088";
    let at = |after: i64, writer: u32| format!("{}{writer:02x}", &stamp(after)[..stamp(after).len() - 2]);
    let set =
        |id, household: &str, stamp: &str, changes: &[(&str, Value)]| edit(id, household, stamp, changes);
    assert_eq!(
        push(&honest, json!([set(1_100, IN_4, &at(-90_000, 0xd1), &[("address", json!("thật"))])]))
            .await
            .status,
        200
    );
    let seen = |stamp: &str, mut operation: Value| {
        operation["changes"][0]["seen"] = json!([stamp]);
        operation
    };
    let honest_stamp = world.record().await.seen("address")[0].to_string();
    let false_ones = json!([
        seen(&honest_stamp, set(1_101, IN_4, &at(-60_000, 0xd2), &[("address", json!("giả"))])),
        set(1_102, IN_4, &at(-59_000, 0xd2), &[("main_cause", json!("other")), ("note", json!("giả"))]),
        set(1_103, other, &at(-58_000, 0xd2), &[("hamlet", json!(4)), ("no_income", json!(true))]),
    ]);
    let sent = push(&tablet, false_ones).await;
    assert!(results(&sent).iter().all(|(status, _)| status != "rejected"), "{}", sent.text);
    // The note was put right by somebody since.
    let false_note = world.record().await.seen("note")[0].to_string();
    let right = seen(&false_note, set(1_104, IN_4, &at(-30_000, 0xd1), &[("note", json!("đã sửa"))]));
    assert_eq!(push(&honest, json!([right])).await.status, 200);
    let session = address.rsplit('/').next().unwrap();
    let wanted = json!({"commune": "29173", "account": "vol4", "session": session, "since": 0});
    let undone = officer.post("/api/v1/undo", &wanted).await.unwrap();
    assert_eq!(
        (undone.status, &undone.body),
        (200, &json!({"records": 2, "refused": 0, "cursor": null})),
        "{}",
        undone.text
    );
    let record = world.record().await;
    assert_eq!(record.get("address"), Some(&"thật".into()));
    assert_eq!(record.get("note"), Some(&"đã sửa".into()));
    assert_eq!(record.get("main_cause"), Some(&soho_shared::record::Value::Null));
    assert!(!record.has_conflicts(), "{:?}", record.conflicts());
    let withdrawn = officer.get(&format!("/api/v1/households/{other}")).await.unwrap();
    assert_eq!(withdrawn.body["records"][0]["standing"]["removed"], true, "{}", withdrawn.text);
    let story = officer.get(&format!("/api/v1/households/{IN_4}/history")).await.unwrap();
    assert_eq!(story.body["entries"][0]["by"]["account"], "xa");
    assert!(story.body["entries"][0]["why"].as_str().unwrap().contains("vol4"), "{}", story.text);
    // Once more changes nothing.
    let again = officer.post("/api/v1/undo", &wanted).await.unwrap();
    assert_eq!(again.body["records"], 0);
}

#[tokio::test]
async fn an_undo_leaves_nothing_false_in_the_officers_name() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (first, one) = world.tablet("Máy giả 1").await;
    let (second, two) = world.tablet("Máy giả 2").await;
    let (honest, _) = world.tablet("Máy thật").await;
    let mut last: Option<String> = None;
    for (id, tablet, writer, text, after) in [
        (1_201, &honest, 0xd1, "thật", -90_000),
        (1_202, &first, 0xd2, "giả 1", -80_000),
        (1_203, &second, 0xd3, "giả 2", -70_000),
    ] {
        let mut operation = edit(id, IN_4, &stamp_by(writer, after), &[("address", json!(text))]);
        if let Some(last) = last {
            operation["changes"][0]["seen"] = json!([last]);
        }
        last = Some(operation["stamp"].as_str().unwrap().to_owned());
        assert_eq!(results(&push(tablet, json!([operation])).await), [told("accepted", false)]);
    }
    let undo = async |address: &str| {
        let session = address.rsplit('/').next().unwrap();
        let wanted = json!({"commune": "29173", "account": "vol4", "session": session, "since": 0});
        let undone = officer.post("/api/v1/undo", &wanted).await.unwrap();
        assert_eq!(undone.status, 200, "{}", undone.text);
        world.record().await.get("address").and_then(|value| value.as_text()).map(ToOwned::to_owned)
    };
    // The first undo puts back what the second has to undo, and the second does not bring back what the first undid.
    assert_eq!(undo(&two).await.as_deref(), Some("giả 1"));
    assert_eq!(undo(&one).await.as_deref(), Some("thật"));
    // Where what is undone does not stand, it does not come to stand by a later undo.
    let other = World::new().await;
    let officer = other.person("xa").await;
    let (first, one) = other.tablet("Máy giả 1").await;
    let (second, two) = other.tablet("Máy giả 2").await;
    let mut last: Option<String> = None;
    for (id, tablet, writer, text) in [(1_301, &first, 0xd2, "giả 1"), (1_302, &second, 0xd3, "giả 2")] {
        let mut operation = edit(id, IN_4, &stamp_by(writer, -70_000), &[("address", json!(text))]);
        if let Some(last) = last {
            operation["changes"][0]["seen"] = json!([last]);
        }
        last = Some(operation["stamp"].as_str().unwrap().to_owned());
        assert_eq!(push(tablet, json!([operation])).await.status, 200);
    }
    for (address, records) in [(one, 0), (two, 1)] {
        let session = address.rsplit('/').next().unwrap();
        let wanted = json!({"commune": "29173", "account": "vol4", "session": session, "since": 0});
        let undone = officer.post("/api/v1/undo", &wanted).await.unwrap();
        assert_eq!(undone.body["records"], records, "{}", undone.text);
    }
    assert_eq!(other.record().await.get("address"), Some(&soho_shared::record::Value::Null));
}

/// A flood of a commune is undone page after page; `SOHO_LONG=1` floods with 30.000 households.
#[tokio::test]
async fn a_flood_is_undone_page_after_page() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let (tablet, address) = world.tablet("Máy giả").await;
    officer.post(&format!("{address}/many"), &json!(null)).await.unwrap();
    let count: u32 = if soho_tests::server::long() { 30_000 } else { 1_200 };
    let at = stamp(-10 * MINUTE as i64);
    let new = |id: u32| {
        edit(id, &format!("29173-{id:032}"), &at, &[("hamlet", json!(4)), ("no_income", json!(true))])
    };
    for first in (0..count).step_by(400) {
        let sent: Vec<Value> = (first..count.min(first + 400)).map(|id| new(100_000 + id)).collect();
        assert_eq!(push(&tablet, json!(sent)).await.status, 200);
    }
    let (mut cursor, mut records, begun) = (Value::Null, 0, std::time::Instant::now());
    loop {
        let wanted = json!({"commune": "29173", "account": "vol4", "since": 0, "cursor": cursor});
        let undone = officer.post("/api/v1/undo", &wanted).await.unwrap();
        assert_eq!(undone.status, 200, "{}", undone.text);
        records += undone.body["records"].as_u64().unwrap();
        cursor = undone.body["cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    println!("{records} households were withdrawn in {:.1?}", begun.elapsed());
    assert_eq!(records, u64::from(count));
    let figures = officer.get("/api/v1/statistics?area=29173&round=2010").await.unwrap();
    assert_eq!(figures.body["total"]["households"], 2);
}
