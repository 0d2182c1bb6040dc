//! What a volunteer gets of a commune, and what stays true when areas change.

use reqwest::Method;
use serde_json::json;
use soho_tests::people::Person;

use crate::world::{EARLY, ELSEWHERE, FAR, IN_4, IN_6, LATER, World, edit, pull_all, push, statuses};

#[tokio::test]
async fn a_volunteer_is_given_the_assigned_hamlets_only_whatever_area_is_asked() {
    let world = World::new().await;
    let vol4 = world.person("vol4").await;
    for area in ["83", "836", "29173", "29173-04"] {
        assert_eq!(pull_all(&vol4, area, "").await.0, [IN_4], "{area}");
    }
    assert_eq!(pull_all(&world.person("xa").await, "83", "").await.0, [IN_4, IN_6]);
    assert_eq!(pull_all(&world.person("xa").await, "29173-06", "").await.0, [IN_6], "an officer, too");
    assert_eq!(pull_all(&world.person("tinh").await, "29173-05", "").await.0, [""; 0]);
    assert_eq!(pull_all(&world.person("xa2").await, "83", "").await.0, [FAR]);
    assert_eq!(pull_all(&world.person("tinh").await, "83", "").await.0, [FAR, IN_4, IN_6]);
}

#[tokio::test]
async fn a_cursor_of_another_shows_nothing_of_theirs_and_hides_nothing_of_ones_own() {
    let world = World::new().await;
    let (vol4, vol6, xa) = (world.person("vol4").await, world.person("vol6").await, world.person("xa").await);
    let (_, of_vol4) = pull_all(&vol4, "29173", "").await;
    let (_, of_xa) = pull_all(&xa, "29173", "").await;
    assert_eq!(pull_all(&vol4, "29173", &of_vol4).await.0, [""; 0], "one's own goes on");
    // The cursor tells neither how much the commune has changed nor whether it has, and belongs to its area alone.
    let (_, again) = pull_all(&vol4, "29173", &of_vol4).await;
    assert!(again != of_vol4 && !of_vol4.ends_with("_29173.2"), "{of_vol4} {again}");
    assert_eq!(pull_all(&xa, "83", &of_xa).await.0, [IN_4, IN_6], "another area begins anew");
    for cursor in [&of_vol4, &of_xa, "1", "1_29173.0", "1_29173.ffffffff", "1_28756.1"] {
        assert_eq!(pull_all(&vol6, "29173", cursor).await.0, [IN_6], "{cursor}");
    }
    // A cursor that names other communes opens none of them.
    let other = format!("{of_vol4}_{ELSEWHERE}.0");
    let answer = vol4.get(&format!("/api/v1/sync/pull?area={ELSEWHERE}&cursor={other}")).await.unwrap();
    assert_eq!(answer.short(), "403 outside-areas");
    for bad in ["2", "1.zz", "'%20OR%201=1", &"1".repeat(10_000)] {
        let answer = vol4.get(&format!("/api/v1/sync/pull?area=29173&cursor={bad}")).await.unwrap();
        assert_eq!(answer.short(), "400 invalid-parameter", "{bad}");
    }
}

#[tokio::test]
async fn new_areas_are_pulled_from_their_beginning() {
    let world = World::new().await;
    let (vol4, root) = (world.person("vol4").await, world.person("root").await);
    let (_, cursor) = pull_all(&vol4, "29173", "").await;
    let both = json!({"areas": ["29173-04", "29173-06"]});
    let changed = root.ask(Method::PATCH, "/api/v1/accounts/vol4", Some(&both)).await.unwrap();
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(pull_all(&vol4, "29173", &cursor).await.0, [IN_4, IN_6]);
}

#[tokio::test]
async fn a_volunteer_moves_no_household_to_others_and_takes_none() {
    let world = World::new().await;
    let vol4 = world.person("vol4").await;
    let move_to = |id, household, hamlet| edit(id, household, LATER, &[("hamlet", json!(hamlet))]);
    let own = "29173-00000000000000000000000000000044";
    let answer = push(
        &vol4,
        json!([move_to(10, IN_4, 6), move_to(11, IN_6, 4), move_to(12, own, 6), move_to(13, own, 4)]),
    )
    .await;
    assert_eq!(statuses(&answer), ["rejected", "rejected", "rejected", "accepted"]);
    let fields: Vec<_> = (0..3).map(|i| answer.body["results"][i]["problem"]["field"].clone()).collect();
    let expected =
        ["operations[0].changes[0].value", "operations[1].household", "operations[2].changes[0].value"];
    assert_eq!(fields, expected);
    for result in &answer.body["results"].as_array().unwrap()[..3] {
        let words = result["problem"]["vi"].as_str().unwrap();
        assert!(words.contains(" ấp ") || words.contains("ấp này") || words.contains("hộ này"), "{words}");
    }
}

#[tokio::test]
async fn a_household_that_was_moved_away_is_forgotten_and_nothing_typed_before_is_lost() {
    let world = World::new().await;
    let (vol4, vol6, xa) = (world.person("vol4").await, world.person("vol6").await, world.person("xa").await);
    let note = edit(20, IN_4, LATER, &[("note", json!("sent before"))]);
    assert_eq!(statuses(&push(&vol4, json!([note])).await), ["accepted"]);
    let (_, cursor) = pull_all(&vol4, "29173", "").await;
    // Another writer, who has not seen the first write: both writes are kept.
    let moved = "012c3c2a9d60-0000-00000000000000ef";
    assert_eq!(
        statuses(&push(&xa, json!([edit(21, IN_4, moved, &[("hamlet", json!(6))])])).await),
        ["conflict"]
    );
    let page = vol4.get(&format!("/api/v1/sync/pull?area=29173&cursor={cursor}")).await.unwrap();
    let fields = page.body["records"][0]["doc"]["fields"].as_array().unwrap().clone();
    assert_eq!((fields.len(), &fields[0][0]), (1, &json!("hamlet")), "{}", page.text);
    assert!(!page.text.contains("Họ 4") && page.body["records"][0]["class"].is_null(), "{}", page.text);
    assert_eq!(vol4.get(&format!("/api/v1/households/{IN_4}")).await.unwrap().short(), "404 not-found");
    assert_eq!(vol6.get(&format!("/api/v1/households/{IN_4}")).await.unwrap().status, 200);
    // What was typed before anybody knew of the move is accepted, and what had arrived already is a duplicate.
    let late = edit(22, IN_4, &EARLY.replace("ab", "cd"), &[("address", json!("typed before"))]);
    assert_eq!(statuses(&push(&vol4, json!([late, note])).await), ["accepted", "duplicate"]);
    // But it does not bring the household back: only the commune can move it back.
    let back = edit(23, IN_4, "012c3c2a9d61-0000-00000000000000cd", &[("hamlet", json!(4))]);
    let answer = push(&vol4, json!([back])).await;
    assert_eq!(
        answer.body["results"][0]["problem"]["field"], "operations[0].changes[0].value",
        "{}",
        answer.text
    );
    let back = edit(24, IN_4, "012c3c2a9d61-0000-00000000000000ef", &[("hamlet", json!(4))]);
    assert_eq!(statuses(&push(&xa, json!([back])).await), ["accepted"]);
}

#[tokio::test]
async fn what_was_stored_before_is_a_duplicate_even_when_it_is_no_longer_ones_own() {
    let world = World::new().await;
    let (vol4, root) = (world.person("vol4").await, world.person("root").await);
    let operation = edit(30, IN_4, LATER, &[("note", json!("x"))]);
    assert_eq!(statuses(&push(&vol4, json!([operation])).await), ["accepted"]);
    let elsewhere = json!({"areas": [format!("{ELSEWHERE}-02")]});
    root.ask(Method::PATCH, "/api/v1/accounts/vol4", Some(&elsewhere)).await.unwrap();
    let again = push(&vol4, json!([operation, edit(31, IN_4, LATER, &[("note", json!("y"))])])).await;
    assert_eq!(statuses(&again), ["duplicate", "rejected"]);
}

#[tokio::test]
async fn who_read_and_changed_a_household_is_in_the_trail_and_nothing_about_it() {
    let world = World::new().await;
    let (vol4, xa, root) = (world.person("vol4").await, world.person("xa").await, world.person("root").await);
    xa.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
    push(&vol4, json!([edit(40, IN_4, LATER, &[("head/name", json!("Trần Thị Bí Mật"))])])).await;
    pull_all(&vol4, "29173", "").await;
    let trail =
        async |person: &Person, query: &str| person.get(&format!("/api/v1/audit{query}")).await.unwrap();
    let of_commune = trail(&xa, "?area=29173").await;
    let line = |i: usize, field: &str| of_commune.body["entries"][i][field].clone();
    for (i, who, action) in [(0, "vol4", "fetched"), (1, "vol4", "changed"), (2, "xa", "read")] {
        assert_eq!((line(i, "by")["account"].clone(), line(i, "action")), (json!(who), json!(action)));
        assert_eq!(line(i, "households"), json!([IN_4]));
    }
    assert_eq!(
        (line(3, "by")["account"].clone(), line(3, "households")),
        (json!("tinh"), json!([IN_4, IN_6]))
    );
    assert_eq!(of_commune.body["entries"].as_array().unwrap().len(), 4, "{}", of_commune.text);
    assert!(!of_commune.text.contains("Bí Mật") && !of_commune.text.contains(FAR));
    // All of it, page after page, each entry once and in order.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = trail(&root, &format!("?limit=2{cursor}")).await;
        seen.extend(page.body["entries"].as_array().unwrap().clone());
        let Some(next) = page.body["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(json!(seen), trail(&root, "?limit=500").await.body["entries"]);
    let actions: Vec<_> = seen.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "account_made").count(), 10);
    assert!(actions.contains(&"signed_in"), "{actions:?}");
}

#[tokio::test]
async fn a_volunteer_is_told_of_no_household_of_another_hamlet() {
    let world = World::new().await;
    let (vol4, xa) = (world.person("vol4").await, world.person("xa").await);
    let decision = |id: &str| format!("/api/v1/duplicates/{IN_4}.{id}/decision");
    let decided = xa.post(&decision(&IN_6[6..]), &json!({"same": false, "why": "hộ Ấp 6"})).await.unwrap();
    assert_eq!(decided.status, 200, "{}", decided.text);
    let note = edit(90, IN_4, LATER, &[("note", json!("thấy được"))]);
    assert_eq!(statuses(&push(&xa, json!([note])).await), ["accepted"]);
    let asked = [
        "/api/v1/sync/pull?area=29173".to_owned(),
        format!("/api/v1/households/{IN_4}"),
        format!("/api/v1/households/{IN_4}?at=9000000000000"),
        format!("/api/v1/households/{IN_4}/history"),
        "/api/v1/conflicts?area=29173".to_owned(),
    ];
    for path in &asked {
        let (own, officer) = (vol4.get(path).await.unwrap(), xa.get(path).await.unwrap());
        assert_eq!((own.status, officer.status), (200, 200), "{path}");
        let leaks =
            |text: &str| text.contains(&IN_6[6..]) || text.contains("different/") || text.contains("hộ Ấp 6");
        assert!(!leaks(&own.text), "{path}: {}", own.text);
        assert_eq!(leaks(&officer.text), !path.contains("conflicts"), "{path}: {}", officer.text);
        assert_eq!(own.text.contains("thấy được"), !path.contains("conflicts"), "{path}: {}", own.text);
    }
}
