//! Records about hamlets: who writes them, who is given them, and what rates divide by then.

use serde_json::json;
use soho_tests::people::Person;

use crate::world::{EARLY, IN_4, LATER, World, edit, pull_all, push, statuses};

#[tokio::test]
async fn hamlets_declare_their_households_and_only_officers_write_it() {
    let world = World::new().await;
    let (vol4, xa, xa2) = (world.person("vol4").await, world.person("xa").await, world.person("xa2").await);
    let declare =
        |id, count: i64, stamp: &str| edit(id, "29173-04", stamp, &[("declared/households", json!(count))]);
    let answer = push(&vol4, json!([declare(101, 40, EARLY)])).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body["type"], "/problems/outside-areas", "{}", answer.text);
    assert_eq!(push(&xa2, json!([declare(102, 40, EARLY)])).await.status, 403, "another commune's officer");
    // Of a hamlet nothing is said that is said of households, and the other way round.
    for wrong in [
        edit(103, "29173-04", EARLY, &[("head/name", json!("Lan"))]),
        edit(104, IN_4, EARLY, &[("declared/households", json!(40))]),
        edit(105, "29173-04", EARLY, &[("declared/households", json!(-1))]),
        edit(106, "29173", EARLY, &[("declared/households", json!(40))]),
    ] {
        let answer = push(&xa, json!([wrong])).await;
        assert_eq!(answer.body["type"], "/problems/invalid-value", "{}", answer.text);
    }
    let answer = push(&xa, json!([edit(107, "999", EARLY, &[("area/name", json!("Ba Tri"))])])).await;
    assert_eq!(answer.body["type"], "/problems/invalid-operation", "{}", answer.text);

    // What is refused of a hamlet leaves no record of it, beside what is taken.
    let invented: Vec<String> = (0..65).map(|by| format!("012c3c2a9d5e-0000-{by:016x}")).collect();
    let mut refused = declare(110, 7, "012c3c2a9d5e-0002-00000000000000ee");
    refused["household"] = json!("29173-07");
    refused["changes"][0]["seen"] = json!(invented);
    let taken = edit(111, IN_4, "012c3c2a9d5e-0001-00000000000000ee", &[("note", json!("a"))]);
    assert_eq!(statuses(&push(&xa, json!([refused, taken])).await), ["rejected", "accepted"]);

    let rate = async || {
        let table = xa.get("/api/v1/statistics?area=29173&round=2010&by=hamlet").await.unwrap().body;
        let row = table["rows"].as_array().unwrap().iter().find(|row| row["code"] == "29173-04").unwrap();
        (row["households"].clone(), row["recorded"].clone(), table["total"]["undeclared"].clone())
    };
    assert_eq!(rate().await, (json!(1), json!(1), json!(2)));
    let answer = push(&xa, json!([declare(108, 40, "012c3c2a9d5e-0000-00000000000000ee")])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    assert_eq!(rate().await, (json!(40), json!(1), json!(1)), "hamlet 6 has not declared");

    // Two officers who have not seen each other's number are asked, as about a household.
    let tinh = world.person("tinh").await;
    let answer = push(&tinh, json!([declare(109, 41, LATER)])).await;
    assert_eq!(statuses(&answer), ["conflict"], "{}", answer.text);
    let conflicts = xa.get("/api/v1/conflicts?area=29173").await.unwrap().body;
    let conflict = &conflicts["conflicts"][0];
    assert_eq!(conflict["household"], "29173-04");
    let id = conflict["id"].as_str().unwrap();
    let keep = conflict["standing"]["stamp"].clone();
    let seen = json!([keep.clone(), conflict["lost"][0]["stamp"]]);
    let decided = xa
        .post(&format!("/api/v1/conflicts/{id}/resolution"), &json!({"keep": keep, "seen": seen}))
        .await
        .unwrap();
    assert_eq!(decided.status, 200, "{}", decided.text);

    // A device that does not ask for them meets none; a volunteer gets those of the own hamlets.
    assert_eq!(pull_all(&vol4, "29173", "").await.0, [IN_4]);
    let with_areas = async |person: &Person, area: &str| {
        let page = person.get(&format!("/api/v1/sync/pull?area={area}&areas=true")).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text);
        let records = page.body["records"].as_array().unwrap().iter();
        let areas = records.map(|record| record["household"].as_str().unwrap().to_owned());
        areas.filter(|of| of.len() < 9).collect::<Vec<_>>()
    };
    assert_eq!(with_areas(&vol4, "29173").await, ["29173-04"]);
    assert_eq!(with_areas(&world.person("vol6").await, "29173").await, [""; 0]);
    // A cursor of one kind of pull passes over nothing of the other.
    let (_, cursor) = pull_all(&xa, "29173", "").await;
    let page = xa.get(&format!("/api/v1/sync/pull?area=29173&areas=true&cursor={cursor}")).await.unwrap();
    assert_eq!(page.body["records"].as_array().unwrap().len(), 3, "{}", page.text);
    let World { server, data } = world;
    server.stop();
    let verified = soho_tests::server::run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
    assert!(verified.contains("all agree"), "{verified}");
}
