//! Differences between people, how an officer decides them, and how the household's history shows it.

use serde_json::{Value, json};
use soho_tests::people::Person;

use crate::world::{EARLY, FAR, IN_4, IN_6, LATER, World, edit, push, statuses};

async fn conflicts(person: &Person, query: &str) -> (Vec<Value>, Value) {
    let answer = person.get(&format!("/api/v1/conflicts?{query}")).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    (answer.body["conflicts"].as_array().unwrap().clone(), answer.body["cursor"].clone())
}

async fn history(person: &Person, household: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut from = String::new();
    loop {
        let path = format!("/api/v1/households/{household}/history?limit=2{from}");
        let answer = person.get(&path).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        entries.extend(answer.body["entries"].as_array().unwrap().iter().cloned());
        match answer.body["cursor"].as_str() {
            Some(cursor) => from = format!("&cursor={cursor}"),
            None => return entries,
        }
    }
}

#[tokio::test]
async fn an_officer_decides_with_one_tap_and_the_history_tells_it() {
    let world = World::new().await;
    let (vol4, officer, vol6) =
        (world.person("vol4").await, world.person("xa").await, world.person("vol6").await);
    // Two people who have not seen each other's edits, in both households of the commune.
    let other = LATER.replace("cd", "ce");
    for (id, who, household, stamp) in [(10, &vol4, IN_4, LATER), (11, &vol6, IN_6, &other)] {
        let answer = push(who, json!([edit(id, household, stamp, &[("member_count", json!(5))])])).await;
        assert_eq!(statuses(&answer), ["conflict"]);
    }
    let (all, end) = conflicts(&officer, "area=29173").await;
    assert_eq!((all.len(), end), (2, Value::Null));
    let (first, cursor) = conflicts(&officer, "area=29173&limit=1").await;
    let (second, _) =
        conflicts(&officer, &format!("area=29173&limit=1&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!([&first[0], &second[0]], [&all[0], &all[1]]);
    // Each volunteer sees those of the own hamlet, the province sees all, and elsewhere there are none.
    assert_eq!(conflicts(&vol4, "area=29173").await.0, [all[0].clone()]);
    assert_eq!(conflicts(&officer, "area=29173-06").await.0, [all[1].clone()]);
    assert_eq!(conflicts(&world.person("tinh").await, "area=83").await.0.len(), 2);
    assert_eq!(conflicts(&world.person("xa2").await, "area=28756").await.0.len(), 0);
    assert_eq!(conflicts(&officer, "area=29173&round=2011").await.0.len(), 0);

    let conflict = &all[0];
    assert_eq!(conflict["id"], format!("{IN_4}.2010.member_count"));
    assert_eq!(conflict["label"], json!({"vi": "Số người", "en": "Number of people"}));
    assert_eq!(conflict["head_name"], "=Họ 4 <b>");
    assert_eq!((&conflict["standing"]["value"], &conflict["lost"][0]["value"]), (&json!(5), &json!(2)));
    assert_eq!(conflict["standing"]["by"]["account"], "vol4");
    assert_eq!(conflict["lost"][0]["by"]["account"], "tinh");

    let path = format!("/api/v1/conflicts/{IN_4}.2010.member_count/resolution");
    let decision = json!({"keep": EARLY, "seen": [EARLY, LATER], "why": "đã hỏi lại chủ hộ"});
    let forbidden = vol4.post(&path, &decision).await.unwrap();
    assert_eq!(forbidden.short(), "403 forbidden");
    let long = json!({"keep": EARLY, "seen": [EARLY, LATER], "why": "x".repeat(301)});
    let refused = officer.post(&path, &long).await.unwrap();
    assert_eq!(
        (refused.short(), &refused.body["field"]),
        ("422 invalid-operation".to_owned(), &json!("why"))
    );
    let decided = officer.post(&path, &decision).await.unwrap();
    assert_eq!((decided.status, &decided.body["conflict"]), (200, &Value::Null), "{}", decided.text);
    // The other officer was looking at the same difference.
    let late = json!({"keep": LATER, "seen": [EARLY, LATER]});
    assert_eq!(world.person("huyen").await.post(&path, &late).await.unwrap().short(), "404 not-found");
    let again = officer.post(&path, &decision).await.unwrap();
    assert_eq!(again.body, decided.body);
    assert_eq!(conflicts(&officer, "area=29173").await.0, [all[1].clone()]);

    let told = history(&vol4, IN_4).await;
    let changes: Vec<_> = told
        .iter()
        .map(|entry| {
            let change = entry["changes"].as_array().unwrap().last().unwrap();
            (entry["by"]["account"].as_str().unwrap(), &change["from"], &change["to"], &entry["why"])
        })
        .collect();
    let why = json!("đã hỏi lại chủ hộ");
    assert_eq!(
        changes,
        [
            ("xa", &json!(5), &json!(2), &why),
            ("vol4", &json!(2), &json!(5), &Value::Null),
            ("tinh", &Value::Null, &json!(2), &Value::Null),
        ]
    );
    assert_eq!(told[0]["operation"], decided.body["operation"]);
    assert_eq!(told[2]["changes"][1]["label"]["en"], "Name of the head");

    // The record as it was before the decision, and before anything.
    let at = told[1]["at"].as_u64().unwrap();
    for (at, records) in [(at, 1), (1_000, 0)] {
        let then = vol4.get(&format!("/api/v1/households/{IN_4}?at={at}")).await.unwrap();
        assert_eq!(then.status, 200, "{}", then.text);
        assert_eq!(then.body["records"].as_array().unwrap().len(), records, "{}", then.text);
        assert!(!then.text.contains(why.as_str().unwrap()) && then.text.contains(LATER) == (records > 0));
    }
    // The audit trail says who looked at what.
    let trail = officer.get("/api/v1/audit?area=29173&limit=500").await.unwrap();
    let read = trail.body["entries"].as_array().unwrap().iter().filter(|entry| {
        entry["action"] == "read" && entry["by"]["account"] == "vol4" && entry["households"] == json!([IN_4])
    });
    assert!(read.count() >= 4, "{}", trail.text);
    assert!(!trail.text.contains(FAR));
}
