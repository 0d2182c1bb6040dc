//! Tablets: enrolled with a code, and revoked.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::people::Person;

use crate::world::{IN_4, LATER, World, edit, pull_all, push, statuses};

pub(crate) async fn code_for(person: &Person, account: &str) -> String {
    let made = person.post("/api/v1/devices/enrolments", &json!({ "account": account })).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["code"].as_str().unwrap().to_owned()
}

pub(crate) async fn enrol(world: &World, code: &str, device: &str) -> anyhow::Result<Person> {
    Person::enter(&world.server, json!({ "code": code, "device": device })).await
}

#[tokio::test]
async fn a_code_enrols_one_device_and_opens_nothing_else() {
    let world = World::new().await;
    let xa = world.person("xa").await;
    let code = code_for(&xa, "vol4").await;
    // The code as people type it.
    let tablet = enrol(&world, &code.to_lowercase().replace('-', " "), "Máy tính bảng 1").await.unwrap();
    assert_eq!(pull_all(&tablet, "29173", "").await.0, [IN_4]);
    let who = tablet.get("/api/v1/sessions/current").await.unwrap();
    assert_eq!((&who.body["account"], &who.body["role"]), (&json!("vol4"), &json!("volunteer")));
    assert_eq!(who.body["device"], "Máy tính bảng 1");
    let cookie = who.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("Max-Age=") && cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    // Replayed, cut short, guessed.
    for wrong in [code.as_str(), &code[1..], "00000-00000", "", "' OR 1=1"] {
        let key = json!({"code": wrong, "device": "Máy 2"});
        let answer = Person::nobody(&world.server).post("/api/v1/sessions", &key).await.unwrap();
        assert_eq!(answer.short(), "401 wrong-code", "{wrong}");
    }
}

#[tokio::test]
async fn a_revoked_device_may_send_what_it_holds_see_nothing_and_then_ends() {
    let world = World::new().await;
    let xa = world.person("xa").await;
    let tablet = enrol(&world, &code_for(&xa, "vol4").await, "Máy 1").await.unwrap();
    let stream = tablet.get("/api/v1/statistics/live?area=29173&round=2010").await.unwrap();
    assert_eq!(stream.short(), "403 outside-areas");
    let listed = xa.get("/api/v1/devices").await.unwrap();
    let devices = listed.body["devices"].as_array().unwrap();
    let device = devices.iter().find(|device| device["device"] == "Máy 1").unwrap();
    assert_eq!((&device["account"], &device["state"]), (&json!("vol4"), &json!("active")));
    let address = format!("/api/v1/devices/{}", device["id"].as_str().unwrap());
    // Those who did not hand out a device cannot revoke it.
    let other = world.person("xa2").await.ask(Method::DELETE, &address, None).await.unwrap();
    assert_eq!(other.short(), "404 not-found");
    assert_eq!(xa.ask(Method::DELETE, &address, None).await.unwrap().status, 204);

    for path in [
        "/api/v1/sync/pull?area=29173".to_owned(),
        format!("/api/v1/households/{IN_4}"),
        "/api/v1/devices".to_owned(),
    ] {
        assert_eq!(tablet.get(&path).await.unwrap().short(), "403 device-revoked", "{path}");
    }
    assert_eq!(tablet.get("/api/v1/sessions/current").await.unwrap().body["revoked"], true);
    let waiting = edit(50, IN_4, LATER, &[("note", json!("typed on the veranda"))]);
    assert_eq!(statuses(&push(&tablet, json!([waiting])).await), ["accepted"]);
    let beyond = edit(51, "28756-00000000000000000000000000000001", LATER, &[("note", json!("x"))]);
    assert_eq!(push(&tablet, json!([beyond])).await.short(), "403 outside-areas");
    assert_eq!(tablet.ask(Method::DELETE, "/api/v1/sessions/current", None).await.unwrap().status, 204);
    assert_eq!(push(&tablet, json!([])).await.short(), "401 session-over");
    let kept = xa.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
    assert!(kept.text.contains("typed on the veranda"));
    let listed = xa.get("/api/v1/devices").await.unwrap();
    let device = listed.body["devices"].as_array().unwrap().iter().find(|d| d["device"] == "Máy 1").unwrap();
    assert!(device["state"] == "over" && device["revoked"].is_u64() && device["ended"].is_u64(), "{device}");
}

#[tokio::test]
async fn a_shut_account_s_devices_are_withdrawn_and_a_stream_ends() {
    let world = World::new().await;
    let (root, xa) = (world.person("root").await, world.person("xa").await);
    let request = xa.request(Method::GET, "/api/v1/statistics/live?area=29173&round=2010&by=hamlet");
    let mut stream = request.send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    let shut = json!({"disabled": true});
    assert_eq!(root.ask(Method::PATCH, "/api/v1/accounts/xa", Some(&shut)).await.unwrap().status, 200);
    assert_eq!(xa.get("/api/v1/sync/pull?area=29173").await.unwrap().short(), "403 device-revoked");
    let change = edit(60, "29173-00000000000000000000000000000060", LATER, &[("hamlet", json!(1))]);
    push(&world.person("tinh").await, json!([change,])).await;
    let end = async {
        let mut after = String::new();
        while let Some(chunk) = stream.chunk().await.unwrap() {
            after.push_str(&String::from_utf8_lossy(&chunk));
        }
        after
    };
    let after = tokio::time::timeout(Duration::from_secs(10), end).await.expect("the stream goes on");
    assert_eq!(after, "", "figures after the account was shut");
}

#[tokio::test]
async fn a_new_password_and_signing_out_end_what_was_before() {
    let world = World::new().await;
    let (first, second) = (world.person("xa").await, world.person("xa").await);
    let change = |current: &str| json!({"password": "một câu khác hẳn", "current": current});
    let wrong = first.ask(Method::PATCH, "/api/v1/accounts/xa", Some(&change("no"))).await.unwrap();
    assert_eq!(wrong.short(), "403 wrong-password");
    let current = soho_tests::people::password("xa");
    let others = first.ask(Method::PATCH, "/api/v1/accounts/vol4", Some(&change(&current))).await.unwrap();
    assert_eq!(others.short(), "403 forbidden");
    let done = first.ask(Method::PATCH, "/api/v1/accounts/xa", Some(&change(&current))).await.unwrap();
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(second.get("/api/v1/devices").await.unwrap().short(), "401 session-over");
    let key: Value = json!({"account": "xa", "password": "một câu khác hẳn"});
    let third = Person::enter(&world.server, key).await.unwrap();
    let gone = third.ask(Method::DELETE, "/api/v1/sessions/current", None).await.unwrap();
    assert!(gone.status == 204 && gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(gone.headers["clear-site-data"], "\"cache\"");
    assert_eq!(third.get("/api/v1/devices").await.unwrap().short(), "401 session-over");
}
