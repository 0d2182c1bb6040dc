//! Records of a district and of the province: who writes and reads them, and what they mean for communes.

use serde_json::{Value, json};
use soho_tests::server::run;

use crate::world::{World, edit, push, statuses};

fn stamp() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    format!("{now:012x}-0000-0000000000000301")
}

/// What records somebody pulls of an area.
async fn pulled(person: &soho_tests::people::Person, area: &str, areas: bool) -> (Vec<String>, String) {
    let page = person.get(&format!("/api/v1/sync/pull?area={area}&areas={areas}")).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text);
    let of = |record: &Value| record["household"].as_str().unwrap().to_owned();
    (page.body["records"].as_array().unwrap().iter().map(of).collect(), page.text)
}

#[tokio::test]
async fn what_the_province_and_a_district_say_goes_for_their_communes() {
    let world = World::new().await;
    let [vol4, xa, huyen, tinh] = ["vol4", "xa", "huyen", "tinh"].map(|name| world.person(name));
    let (vol4, xa, huyen, tinh) = (vol4.await, xa.await, huyen.await, tinh.await);
    let dates = |from: &str| json!({"fields": {"opening/from": from, "opening/decision": "1051"}});

    // Each writes of its own area and of those in it.
    for (person, area, status) in [
        (&tinh, "83", 200),
        (&huyen, "83", 403),
        (&xa, "836", 403),
        (&vol4, "836", 403),
        (&tinh, "29173", 400),
        (&tinh, "29173-04", 400),
    ] {
        let answer =
            person.patch(&format!("/api/v1/rounds/2011?area={area}"), &dates("2011-10-01")).await.unwrap();
        assert_eq!(answer.status, status, "{area}: {}", answer.text);
    }
    let wrong = json!({"fields": {"opening/from": "2011-02-30"}});
    let answer = huyen.patch("/api/v1/rounds/2011?area=836", &wrong).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (422, &json!("/problems/invalid-value")),
        "{}",
        answer.text
    );

    // The nearest is heard: the commune, its district, the province.
    let of_commune = async |field: &str| {
        let detail = xa.get("/api/v1/rounds/2011/communes/29173").await.unwrap();
        (detail.body[field].clone(), detail.body["above"].clone())
    };
    let above = json!({"decision": "1051", "dates": [null, "2011-10-01", null]});
    assert_eq!(of_commune("decision").await, (Value::Null, above));
    let later = json!({"fields": {"opening/from": "2011-10-05"}});
    let answer = huyen.patch("/api/v1/rounds/2011?area=836", &later).await.unwrap();
    assert_eq!(answer.body["opening"]["dates"], json!([null, "2011-10-05", null]), "{}", answer.text);
    assert_eq!(answer.body["above"]["dates"], json!([null, "2011-10-01", null]), "{}", answer.text);
    let above = json!({"decision": "1051", "dates": [null, "2011-10-05", null]});
    assert_eq!(of_commune("dates").await, (json!([null, null, null]), above));
    // Another district goes by the province, another round by nobody.
    let other = tinh.get("/api/v1/rounds/2011/communes/28756").await.unwrap();
    assert_eq!(other.body["above"]["dates"], json!([null, "2011-10-01", null]), "{}", other.text);
    let other = tinh.get("/api/v1/rounds/2012/communes/28756").await.unwrap();
    assert_eq!(other.body["above"]["dates"], json!([null, null, null]), "{}", other.text);

    // They are records like any: pushed by who may, pulled by who asks for them and covers the area.
    let of_unit = |id, subject: &str, field: &str, value: Value| {
        let mut edit = edit(id, subject, &stamp(), &[(field, value)]);
        edit["round"] = json!("2011");
        edit
    };
    let date = || json!("2011-12-14");
    let answer = push(&huyen, json!([of_unit(401, "836", "opening/to", date())])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    for (person, subject, field) in [
        (&huyen, "83", "opening/to"),
        (&huyen, "829", "opening/to"),
        (&xa, "836", "opening/to"),
        (&vol4, "836", "opening/to"),
        (&tinh, "836", "stages/open"),
        (&tinh, "836", "head/name"),
        (&tinh, "83", "declared/households"),
    ] {
        let answer = push(person, json!([of_unit(402, subject, field, date())])).await;
        assert!(
            answer.status != 200 || statuses(&answer) == ["rejected"],
            "{subject} {field}: {}",
            answer.text
        );
    }
    let (records, text) = pulled(&tinh, "83", true).await;
    assert!(records.contains(&"83".to_owned()) && records.contains(&"836".to_owned()), "{text}");
    let (records, text) = pulled(&huyen, "836", true).await;
    assert!(records.contains(&"836".to_owned()) && !records.contains(&"83".to_owned()), "{text}");
    // Who does not ask, like a tablet of 0.1, meets no record of an area and no place in the cursor.
    let (records, text) = pulled(&tinh, "83", false).await;
    assert!(
        records.iter().all(|id| id.len() > 10) && !text.contains("_83") && !text.contains("\"836\""),
        "{text}"
    );
    // Going on from where one stood, only what is new comes.
    let first = tinh.get("/api/v1/sync/pull?area=83&areas=true").await.unwrap();
    let cursor = first.body["cursor"].as_str().unwrap().to_owned();
    push(&huyen, json!([of_unit(403, "836", "opening/date", date())])).await;
    let next = tinh.get(&format!("/api/v1/sync/pull?area=83&areas=true&cursor={cursor}")).await.unwrap();
    let records = next.body["records"].as_array().unwrap();
    assert!(records.len() == 1 && records[0]["household"] == "836", "{}", next.text);

    // Two of a kind are in conflict until somebody decides, and the trail tells who wrote.
    let mut other = of_unit(404, "836", "opening/date", json!("2011-09-01"));
    other["stamp"] = json!(format!("{}ff", &stamp()[..32]));
    assert_eq!(statuses(&push(&tinh, json!([other])).await), ["conflict"]);
    let conflicts = huyen.get("/api/v1/conflicts?area=836").await.unwrap();
    let id = conflicts.body["conflicts"][0]["id"].as_str().unwrap_or_else(|| panic!("{}", conflicts.text));
    assert_eq!(id, "836.2011.opening.date");
    assert_eq!(xa.get("/api/v1/conflicts?area=29173").await.unwrap().body["conflicts"], json!([]));
    let trail = huyen.get("/api/v1/audit?area=836").await.unwrap();
    assert!(trail.text.contains("\"commune\":\"836\""), "{}", trail.text);

    let World { server, data } = world;
    server.stop();
    let dir = data.path().to_str().unwrap();
    run(&["verify", "--data", dir]).unwrap();
    // And a backup brings them back.
    let (backup, target) = (data.path().join("b.soho"), tempfile::tempdir().unwrap());
    let (file, to) = (backup.to_str().unwrap(), target.path().join("r"));
    run(&["backup", "--data", dir, file]).unwrap();
    run(&["restore", "--data", to.to_str().unwrap(), file]).unwrap();
    run(&["verify", "--data", to.to_str().unwrap()]).unwrap();
}
