//! A register that was restored from a backup: whoever was taken away since does not come back, and what tablets had sent
//! since is sent again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::people::Person;
use soho_tests::server::{Server, run};

use crate::devices::{code_for, enrol};
use crate::world::{IN_4, World, edit, pull_all, push, statuses};

const EARLY: &str = "012c3c2a9d60-0000-00000000000000f1";
const LATER: &str = "012c3c2a9d61-0000-00000000000000f1";
/// A household that is entered after the backup was taken.
const NEW: &str = "29173-00000000000000000000000000000044";

fn entered() -> Value {
    edit(
        2_002,
        NEW,
        LATER,
        &[("hamlet", json!(4)), ("head/name", json!("Họ mới")), ("member_count", json!(3))],
    )
}

/// Devices by their names.
async fn device(person: &Person, name: &str) -> Value {
    let listed = person.get("/api/v1/devices").await.unwrap();
    let devices = listed.body["devices"].as_array().unwrap_or_else(|| panic!("{}", listed.text));
    devices
        .iter()
        .find(|device| device["device"] == name)
        .unwrap_or_else(|| panic!("{}", listed.text))
        .clone()
}

#[tokio::test]
async fn a_restored_register_waits_for_officers_and_gets_back_what_tablets_keep() {
    let world = World::new().await;
    let officer = world.person("xa").await;
    let [kept, taken] = ["Máy 1", "Máy 2"];
    let tablet = enrol(&world, &code_for(&officer, "vol4").await, kept).await.unwrap();
    let stolen = enrol(&world, &code_for(&officer, "vol4b").await, taken).await.unwrap();
    let unused = code_for(&officer, "vol4").await;

    // Nothing says that anything is backed up before something is.
    let before = push(&tablet, json!([edit(2_001, IN_4, EARLY, &[("note", json!("mái lá"))])])).await;
    let reached = before.body["reached"]["29173"].as_u64().unwrap_or_else(|| panic!("{}", before.text));
    assert_eq!(before.body["backed_up"], Value::Null);
    let register = before.body["register"].clone();
    let elsewhere = tempfile::tempdir().unwrap();
    let (at, file) = (world.data.path().to_str().unwrap(), elsewhere.path().join("backup"));
    let file = file.to_str().unwrap();
    run(&["backup", "--data", at, file]).unwrap();

    // What is answered from then on says how far the backup goes; of a database a server sees it within a second.
    for _ in 0..100 {
        let page = tablet.get("/api/v1/sync/pull?area=29173").await.unwrap();
        if !page.body["backed_up"].is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = push(&tablet, json!([entered()])).await;
    let (backed_up, now) = (&after.body["backed_up"]["29173"], &after.body["reached"]["29173"]);
    assert!(backed_up.as_u64() >= Some(reached) && backed_up.as_u64() < now.as_u64(), "{}", after.text);
    let page = tablet.get("/api/v1/sync/pull?area=29173").await.unwrap();
    assert_eq!((&page.body["register"], &page.body["backed_up"]["29173"]), (&register, backed_up));
    assert_eq!(page.body["backed_up"].as_object().unwrap().len(), 1, "of the commune alone");
    let cursor = page.body["cursor"].as_str().unwrap().to_owned();
    let address = format!("/api/v1/devices/{}", device(&officer, taken).await["id"].as_str().unwrap());
    assert_eq!(officer.ask(Method::DELETE, &address, None).await.unwrap().status, 204);

    let World { server, data: _data } = world;
    server.stop();
    let target = elsewhere.path().join("restored");
    let restored = run(&["restore", "--data", target.to_str().unwrap(), file]).unwrap();
    assert!(
        restored.contains("  vol4: Máy 1, last used on 2") && restored.contains("  vol4b: Máy 2"),
        "{restored}"
    );
    let server = Server::start(&target).unwrap();
    let [tablet, stolen, signed_in] = [&tablet, &stolen, &officer].map(|person| person.at(&server));

    // Browsers are signed out, codes are worth nothing, and devices wait: they are asked to send it again later.
    assert_eq!(signed_in.get("/api/v1/devices").await.unwrap().short(), "401 session-over");
    let code = json!({ "code": unused, "device": "Máy 3" });
    assert!(Person::enter(&server, code).await.is_err());
    for waiting in [&tablet, &stolen] {
        let answer = push(waiting, json!([entered()])).await;
        assert_eq!(answer.short(), "503 suspended");
        assert!(
            answer.headers.contains_key("retry-after")
                && answer.body["vi"].as_str().unwrap().contains("xác nhận")
        );
        assert_eq!(waiting.get("/api/v1/sync/pull?area=29173").await.unwrap().short(), "503 suspended");
    }

    // An officer confirms the one, and takes the other away again.
    let officer = Person::sign_in(&server, "xa").await.unwrap();
    let other = Person::sign_in(&server, "xa2").await.unwrap();
    let own = Person::sign_in(&server, "vol4").await.unwrap();
    let of = async |name: &str| {
        let device = device(&officer, name).await;
        (device["state"].clone(), format!("/api/v1/devices/{}", device["id"].as_str().unwrap()))
    };
    let (state, address) = of(kept).await;
    assert_eq!(state, "suspended");
    let confirm = format!("{address}/confirmation");
    assert_eq!(other.post(&confirm, &Value::Null).await.unwrap().short(), "404 not-found");
    assert_eq!(
        own.post(&confirm, &Value::Null).await.unwrap().short(),
        "403 forbidden",
        "nobody confirms oneself"
    );
    assert_eq!(officer.post(&confirm, &Value::Null).await.unwrap().status, 204);
    assert_eq!(of(kept).await.0, "active");
    let root = Person::sign_in(&server, "root").await.unwrap();
    let trail = root.get("/api/v1/audit").await.unwrap();
    let confirmed: Vec<_> =
        trail.body["entries"].as_array().unwrap().iter().filter(|e| e["action"] == "confirmed").collect();
    assert_eq!(confirmed.len(), 1, "{}", trail.text);
    assert_eq!((&confirmed[0]["by"]["account"], &confirmed[0]["subject"]), (&json!("xa"), &json!("vol4")));
    let (_, address) = of(taken).await;
    assert_eq!(officer.ask(Method::DELETE, &address, None).await.unwrap().status, 204);
    assert_eq!(stolen.get("/api/v1/sync/pull?area=29173").await.unwrap().short(), "403 device-revoked");

    // The tablet sees that it is another register, sends what it keeps, and is given everything from the beginning.
    let again =
        push(&tablet, json!([edit(2_001, IN_4, EARLY, &[("note", json!("mái lá"))]), entered()])).await;
    assert_eq!(statuses(&again), ["duplicate", "accepted"]);
    assert_ne!(again.body["register"], register);
    assert_eq!(again.body["backed_up"], Value::Null, "no backup of this register was taken");
    assert_eq!(pull_all(&tablet, "29173", &cursor).await.0, [IN_4, NEW]);
    server.stop();
    assert!(run(&["verify", "--data", target.to_str().unwrap()]).is_ok());
}
