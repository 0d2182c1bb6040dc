//! Tablets of version 0.1 and this server understand each other, and the other way round. The request was written by
//! 0.1's own code (commit 2d8bb03); what its tablets read of an answer stands here once more.

use serde::Deserialize;
use serde_json::{Value, json};
use soho_shared::wire::PushRequest;

use crate::world::{EARLY, IN_4, World, edit, push};

const SENT: &str = include_str!("../../data/push-0.1.json");

/// The answer to a push, as 0.1 reads it.
#[derive(Deserialize)]
struct Answer01 {
    clock: u64,
    results: Vec<Result01>,
}

#[derive(Deserialize)]
struct Result01 {
    id: String,
    status: String,
    time: Option<u64>,
    problem: Option<Problem01>,
}

#[derive(Deserialize)]
struct Problem01 {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
}

/// A writer's write of a field: the index of its stamp, its value, and indexes of stamps that were seen.
type Write01 = (usize, Value, Vec<usize>);

/// A record, as 0.1 reads it.
#[derive(Deserialize)]
struct Doc01 {
    stamps: Vec<String>,
    fields: Vec<(String, Vec<Write01>)>,
    #[serde(default)]
    times: Vec<(usize, u64)>,
}

#[tokio::test]
async fn a_tablet_of_0_1_is_understood_and_understands() {
    let world = World::new().await;
    let tablet = world.person("vol4").await;
    let sent: Value = serde_json::from_str(SENT).unwrap();
    let answer = tablet.post("/api/v1/sync/push", &sent).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let read: Answer01 = serde_json::from_str(&answer.text).unwrap();
    assert!(read.clock > 1_700_000_000_000 && read.results.len() == 3);
    let statuses: Vec<_> = read.results.iter().map(|result| result.status.as_str()).collect();
    assert_eq!(statuses, ["conflict", "accepted", "accepted"], "{}", answer.text);
    assert!(read.results[0].id.ends_with("0901") && read.results.iter().all(|r| r.problem.is_none()));
    // Its clock of 2010 was off by years, and it is told so.
    assert!(read.results.iter().all(|result| result.time.is_some()));
    // Another account's is refused with a problem that it can show; nothing else of the answer is new to it.
    let other = world.person("vol4b").await.post("/api/v1/sync/push", &sent).await.unwrap();
    let read: Answer01 = serde_json::from_str(&other.text).unwrap();
    assert!(read.results.iter().all(|result| result.status == "duplicate"), "{}", other.text);
    let mut forged = sent.clone();
    forged["operations"][0]["id"] = json!("00000000-0000-0000-0000-000000000999");
    let other = world.person("vol4b").await.post("/api/v1/sync/push", &forged).await.unwrap();
    let read: Answer01 = serde_json::from_str(&other.text).unwrap();
    let problem = read.results[0].problem.as_ref().unwrap();
    assert_eq!((problem.kind.as_str(), problem.status), ("/problems/writer-taken", 422));
    assert!(!problem.title.is_empty() && !problem.detail.is_empty());
}

#[tokio::test]
async fn no_record_says_to_0_1_that_a_write_was_seen_which_was_not() {
    let world = World::new().await;
    let (honest, attacker) = (world.person("vol4").await, world.person("vol4b").await);
    // The attacker names a write of the honest one that was made a year later.
    let later = format!("{:012x}-0000-{:016x}", 0x012c_3c2a_9d5e_u64 + 31_536_000_000, 0xe1);
    let written = push(&honest, json!([edit(70, IN_4, &later, &[("note", json!("thật"))])])).await;
    assert_eq!(written.status, 200, "{}", written.text);
    let mut naming = edit(71, IN_4, &EARLY.replace("ab", "e2"), &[("note", json!("giả"))]);
    naming["changes"][0]["seen"] = json!([later]);
    assert_eq!(push(&attacker, json!([naming])).await.status, 200);
    let page = honest.get("/api/v1/sync/pull?area=29173-04").await.unwrap();
    let records = page.body["records"].as_array().unwrap();
    let record = records.iter().find(|record| record["household"] == IN_4).unwrap();
    let doc: Doc01 = serde_json::from_value(record["doc"].clone()).unwrap();
    let (_, writes) = doc.fields.iter().find(|(field, _)| field == "note").unwrap();
    assert_eq!(writes.len(), 2, "{}", record["doc"]);
    let told: Vec<&Value> = writes.iter().map(|(_, value, _)| value).collect();
    assert!(told.contains(&&json!("thật")) && told.contains(&&json!("giả")), "{told:?}");
    assert!(writes.iter().all(|(at, _, seen)| seen.is_empty() && doc.stamps.get(*at).is_some()));
    assert!(doc.times.iter().all(|(at, _)| *at < doc.stamps.len()));
}

#[test]
fn this_version_writes_requests_as_0_1_did() {
    let read: PushRequest = serde_json::from_str(SENT).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::from_str::<Value>(SENT).unwrap());
}
