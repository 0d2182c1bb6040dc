//! Requests meant to make the register too large for others, and how much they cost the others.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use soho_shared::area;
use soho_tests::edits::{Dice, household, survey};
use soho_tests::people::{Answer, Person};
use soho_tests::server::{self, Server, long};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::world::{IN_4, LATER, World, edit, push, statuses};

/// Most memory that the server may hold at any time: 400 MB.
const MEMORY: u64 = 400_000_000;
/// Longest time that others may wait; far more than they do, for a machine that does other work beside.
const PATIENCE: Duration = Duration::from_secs(5);

fn gzip(body: &Value) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body.to_string().as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// Sends a compressed body, again as long as the server says that it has too much at a time.
async fn send(person: &Person, packed: Vec<u8>) -> (u16, Value) {
    loop {
        let request = person.request(Method::POST, "/api/v1/sync/push");
        let request = request.header("content-type", "application/json").header("content-encoding", "gzip");
        let answer = request.body(packed.clone()).send().await.unwrap();
        let status = answer.status().as_u16();
        if status != 503 {
            return (status, answer.json().await.unwrap());
        }
    }
}

/// Makes an operation with an id of its own.
fn operation(household: &str, stamp: &str, changes: &[(&str, Value)]) -> Value {
    let mut operation = edit(0, household, stamp, changes);
    operation["id"] = json!(Uuid::new_v4());
    operation
}

/// Makes a push as large as possible of unknown fields for one household, under a writer of its own: 8 MB, 20 KB on the wire.
fn flood(household: &str, number: usize) -> Vec<u8> {
    let stamp = format!("{}{number:02x}", &LATER[..LATER.len() - 2]);
    let text = "x".repeat(3_900);
    let operations: Vec<Value> = (0..500)
        .map(|i| {
            let names = ["a", "b", "c", "d"].map(|name| format!("x/{number}_{i}{name}"));
            operation(household, &stamp, &names.each_ref().map(|name| (name.as_str(), json!(text))))
        })
        .collect();
    gzip(&json!({ "operations": operations }))
}

/// Does a person's ordinary work in the meantime; returns how long the slowest push took.
async fn work(person: &Person, stop: tokio::sync::watch::Receiver<bool>) -> Duration {
    let mut slowest = Duration::ZERO;
    let mut n = 0;
    while !*stop.borrow() {
        let household = format!("28756-{n:032}");
        let begun = Instant::now();
        let answer = push(person, json!([operation(&household, LATER, &[("note", json!("x"))])])).await;
        slowest = begun.elapsed().max(slowest);
        assert_eq!(statuses(&answer), ["accepted"]);
        n += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(n > 0);
    slowest
}

/// Checks that everything that people ask for is still answered.
async fn all_answer(tinh: &Person) {
    for path in [
        "/api/v1/sync/pull?area=29173&limit=1000",
        "/api/v1/sync/pull?area=83&limit=1000",
        "/api/v1/statistics/columns?area=83&round=2010",
        "/api/v1/statistics?area=83&round=2010&by=district",
        "/api/v1/duplicates?area=29173&round=2010",
        &format!("/api/v1/households/{IN_4}"),
        &format!("/api/v1/households/{IN_4}/history"),
        "/api/v1/conflicts?area=83",
    ] {
        let begun = Instant::now();
        let request = tinh.request(Method::GET, path).send().await.unwrap();
        assert_eq!(request.status(), 200, "{path}");
        request.bytes().await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(10), "{path}: {:?}", begun.elapsed());
    }
}

fn held(server: &Server, after: &str) {
    let Some(memory) = server.memory() else { return };
    println!("memory after {after}: {} MB at most", memory / 1_000_000);
    assert!(memory < MEMORY, "{after}: {memory} bytes");
}

#[tokio::test]
async fn no_flood_makes_a_record_too_large_or_lets_others_wait() {
    let world = World::new().await;
    let (xa, tinh) = (world.person("xa").await, world.person("tinh").await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = world.person("xa2").await;
    let working = tokio::spawn(async move { work(&worker, stopped).await });

    // Pushes of unknown fields into one household, one after the other. One account fills a quarter of it at most.
    let accounts = ["xa", "huyen", "tinh", "vol4", "vol4b"];
    let pushes = if long() { 36 } else { 6 };
    let (mut accepted, mut on_the_wire) = (0, 0);
    for number in 0..pushes {
        let name = accounts[number % accounts.len()];
        let packed = flood(IN_4, number);
        on_the_wire += packed.len();
        let (_, body) = send(&world.person(name).await, packed).await;
        let results = body["results"].as_array().unwrap();
        let taken = results.iter().filter(|result| result["status"] == "accepted").count();
        let expected = if number < 4 { 14..18 } else { 0..3 };
        assert!(expected.contains(&taken), "{name}: {taken} {}", body["detail"]);
        accepted += taken;
        let words = if name == "vol4b" { "đã đầy" } else { "quá nhiều ô" };
        for problem in results.iter().filter_map(|result| result.get("problem")) {
            assert_eq!(problem["type"], "/problems/record-full");
            assert!(problem["vi"].as_str().unwrap().contains(words), "{name}: {problem}");
        }
    }
    assert!((60..70).contains(&accepted), "{accepted} operations of 16 KB fill a mebibyte");
    held(&world.server, &format!("{pushes} pushes of {on_the_wire} bytes"));
    all_answer(&tinh).await;

    // What people must be able to do is still accepted: correct, withdraw, decide.
    for changes in [[("head/name", json!("Lan"))], [("removed", json!(true))], [("same_as", Value::Null)]] {
        let mut edit = operation(IN_4, "012c3c2a9d60-0000-00000000000000cd", &changes);
        let record = tinh.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
        let stamps = record.body["records"][0]["doc"]["stamps"].clone();
        edit["changes"][0]["seen"] = stamps;
        assert_eq!(statuses(&push(&xa, json!([edit])).await), ["accepted"], "{changes:?}");
    }

    // Many at once, into as many households.
    let at_once = if long() { 80 } else { 6 };
    let mut sending = JoinSet::new();
    for number in 0..at_once {
        let xa = xa.clone();
        let household = format!("29173-{:032}", 1_000 + number);
        sending.spawn(async move { send(&xa, flood(&household, 0)).await });
    }
    while let Some(sent) = sending.join_next().await {
        assert_eq!(sent.unwrap().0, 200);
    }
    held(&world.server, &format!("{at_once} pushes at once"));
    all_answer(&tinh).await;
    held(&world.server, "reading all of it");

    stop.send_replace(true);
    let slowest = working.await.unwrap();
    println!("the slowest push of somebody else took {slowest:.0?}");
    assert!(slowest < PATIENCE, "{slowest:?}");

    // A backup holds everything, and a register restored from it is equal.
    let World { server, data } = world;
    let dir = data.path().to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let [file, restored] = ["file", "restored"].map(|name| elsewhere.path().join(name));
    let [file, restored] = [&file, &restored].map(|path| path.to_str().unwrap());
    server::run(&["backup", "--data", dir, file]).unwrap();
    held(&server, "a backup");
    server.kill();
    server::run(&["restore", "--data", restored, file]).unwrap();
    for dir in [dir, restored] {
        let said = server::run(&["verify", "--data", dir]).unwrap();
        assert!(said.contains("all agree"), "{said}");
    }
}

/// Returns a stamp of a writer.
fn stamp(writer: u32) -> String {
    format!("012c3c2a9d5f-0000-{:016x}", 0x10_0000 + u64::from(writer))
}

#[tokio::test]
async fn of_12000_writers_of_two_accounts_128_stand_against_each_other_and_invented_stamps_stop_nobody() {
    let world = World::new().await;
    let (xa, worker) = (world.person("xa").await, world.person("xa2").await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let working = tokio::spawn(async move { work(&worker, stopped).await });
    let by = |writer: u32, field: &str, value: Value| operation(IN_4, &stamp(writer), &[(field, value)]);

    // Of an ordinary field 8 writes of one account stay open, whatever runs of the app it has; others find room.
    let tinh = world.person("tinh").await;
    for (person, first) in [(&xa, 1), (&tinh, 8_001)] {
        let crowd = (first..first + 100).map(|writer| by(writer, "note", json!(format!("ý {writer}"))));
        let said = statuses(&push(person, json!(crowd.collect::<Vec<_>>())).await);
        let taken = said.iter().filter(|status| *status != "rejected").count();
        assert_eq!((taken, said[7].as_str(), said[8].as_str()), (8, "conflict", "rejected"));
    }

    // Withdrawals are accepted of everybody, and of one account as many as a field holds open.
    for (person, first) in [(&xa, 1), (&tinh, 8_001)] {
        for from in (first..first + 6_000).step_by(500) {
            let some = (from..from + 500).map(|n| by(n, "removed", json!(n % 2 == 0)));
            let said = statuses(&push(person, json!(some.collect::<Vec<_>>())).await);
            let taken = said.iter().filter(|status| *status != "rejected").count();
            assert_eq!(taken, if from == first { 64 } else { 0 }, "{from}");
        }
    }
    let begun = Instant::now();
    let all: Vec<String> = (1..=64).chain(8_001..=8_064).map(stamp).collect();
    let decision = json!({"keep": all[0], "seen": all});
    let path = format!("/api/v1/conflicts/{IN_4}.2010.removed/resolution");
    let decided: Answer = xa.post(&path, &decision).await.unwrap();
    println!("a conflict of 128 writers was decided in {:.0?}", begun.elapsed());
    assert_eq!((decided.status, &decided.body["conflict"]), (200, &Value::Null), "{}", decided.text);
    assert_eq!(decided.body["seen"].as_array().unwrap().len(), 1);

    // A million stamps that nobody gave: more than 128 in a change are refused, and more than 64 of an account in a field.
    let invented = |from: u32, count: u32| {
        let mut edit = by(if from < 30_000 { 7_000 } else { 9_000 }, "address", json!("x"));
        edit["changes"][0]["seen"] = (from..from + count).map(stamp).collect();
        edit
    };
    let said =
        push(&xa, json!([invented(10_000, 32), invented(10_032, 32), invented(10_064, 1), invented(0, 129)]));
    assert_eq!(statuses(&said.await), ["accepted", "accepted", "rejected", "rejected"]);
    assert_eq!(statuses(&push(&tinh, json!([invented(30_000, 64)])).await), ["accepted"]);
    let pushes = if long() { 200 } else { 5 };
    for number in 0..pushes {
        let many: Vec<Value> = (0..1).map(|i| invented(20_000 + 5_000 * (number + i), 5_000)).collect();
        let answer = push(&xa, json!(many)).await;
        assert_eq!((answer.status, &answer.body["type"]), (422, &json!("/problems/record-full")));
    }
    stop.send_replace(true);
    let slowest = working.await.unwrap();
    println!("the slowest push of somebody else took {slowest:.0?}");
    assert!(slowest < PATIENCE, "{slowest:?}");
    held(&world.server, "12.000 writers and invented stamps");
    all_answer(&tinh).await;
}

/// Five hundred tablets send 50 surveys each at the same moment, five times.
#[tokio::test]
async fn a_crowd_of_tablets_does_not_fill_the_memory() {
    let world = World::new().await;
    let tinh = world.person("tinh").await;
    let (tablets, times) = if long() { (500, 5) } else { (60, 2) };
    let communes = area::communes();
    let mut dice = Dice::new(9);
    for time in 0..times {
        let mut crowd = JoinSet::new();
        for tablet in 0..tablets {
            let commune = communes[tablet % communes.len()].code.to_string();
            let first = u64::try_from(tablet * 50).unwrap();
            let surveys = first..first + 50;
            let surveys =
                surveys.map(|n| survey(&mut dice, household(&commune, n), 1_285_891_200_000 + time));
            let body = json!({ "operations": surveys.collect::<Vec<_>>() }).to_string();
            let request = tinh.request(Method::POST, "/api/v1/sync/push");
            let request = request.header("content-type", "application/json").body(body);
            crowd.spawn(async move { request.send().await.unwrap().status().as_u16() });
        }
        while let Some(status) = crowd.join_next().await {
            assert_eq!(status.unwrap(), 200);
        }
    }
    held(&world.server, &format!("{tablets} tablets at once"));
}
