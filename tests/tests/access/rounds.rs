//! Stages of a commune's round: who moves it, what stands in the way, and what a closed one no longer takes.

use serde_json::{Value, json};
use soho_tests::people::{Answer, Person};

use crate::world::{IN_4, IN_6, World, edit, push, statuses};

const COMMUNE: &str = "/api/v1/rounds/2010/communes/29173";

/// A stamp of a writer of this test's, later than [`EARLY`]; real time, so that it is believed.
fn stamp(millis: u128, writer: u8) -> String {
    format!("{millis:012x}-0000-00000000000001{writer:02x}")
}

fn now() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
}

pub(crate) async fn go(person: &Person, from: Option<&str>, to: &str, why: Option<&str>) -> Answer {
    let body = json!({"from": from, "to": to, "why": why});
    person.post(&format!("{COMMUNE}/stage"), &body).await.unwrap()
}

async fn poor(person: &Person) -> Value {
    let table = person.get("/api/v1/statistics?area=29173&round=2010&by=hamlet").await.unwrap();
    table.body["total"]["poor"].clone()
}

#[tokio::test]
async fn a_round_goes_from_stage_to_stage_and_a_closed_one_takes_nothing_that_counts() {
    let world = World::new().await;
    let (vol4, xa, xa2) = (world.person("vol4").await, world.person("xa").await, world.person("xa2").await);
    let (huyen, tinh, root) =
        (world.person("huyen").await, world.person("tinh").await, world.person("root").await);

    // Nobody moves it but who may, and no stage is left out.
    for (person, status) in [(&vol4, 403), (&root, 403), (&xa2, 403)] {
        let answer = go(person, None, "open", None).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let answer = go(&xa, None, "survey", None).await;
    assert_eq!((answer.status, &answer.body["field"]), (409, &json!("from")), "{}", answer.text);
    let opened = go(&xa, None, "open", None).await;
    assert_eq!((opened.status, &opened.body["stage"]), (200, &json!("open")), "{}", opened.text);
    assert_eq!(go(&xa, None, "open", None).await.status, 409, "somebody has moved it meanwhile");
    assert_eq!(go(&xa, Some("open"), "survey", None).await.status, 200);
    // A stage is not pushed like a field.
    let pushed = edit(201, "29173", &stamp(now(), 9), &[("stages/closed", json!(true))]);
    let answer = push(&xa, json!([pushed])).await;
    assert_eq!(answer.body["type"], "/problems/invalid-operation", "{}", answer.text);

    // Two records have no class yet.
    let answer = go(&xa, Some("survey"), "meeting", None).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(
        answer.text.contains("2 phiếu chưa đủ") && answer.text.contains("2 records not complete"),
        "{}",
        answer.text
    );
    let work = xa.get(&format!("{COMMUNE}/households?list=incomplete")).await.unwrap();
    let listed: Vec<_> =
        work.body["households"].as_array().unwrap().iter().map(|item| item["household"].clone()).collect();
    assert_eq!(listed, [IN_4, IN_6], "{}", work.text);
    let none = [("no_income", json!(true))];
    let complete = [(211, IN_4, &vol4, 1), (212, IN_6, &xa, 2)];
    for (id, household, person, writer) in complete {
        let answer = push(person, json!([edit(id, household, &stamp(now(), writer), &none)])).await;
        assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    }
    assert_eq!(poor(&xa).await, 2);
    assert_eq!(go(&xa, Some("survey"), "meeting", None).await.status, 200);

    // The meeting sends one back, which is in the way until it confirms it.
    // Each a millisecond later than the one before, however fast the requests are.
    let meeting = |id: u32, result: &str| {
        let millis = now() + u128::from(id - 220);
        edit(id, IN_4, &stamp(millis, 2), &[("meeting/result", json!(result))])
    };
    assert_eq!(statuses(&push(&xa, json!([meeting(221, "sent_back")])).await), ["accepted"]);
    let answer = go(&xa, Some("meeting"), "posting", None).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(statuses(&push(&xa, json!([meeting(222, "confirmed")])).await), ["accepted"]);
    let before_posting = now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(go(&xa, Some("meeting"), "posting", None).await.status, 200);

    // What a volunteer entered before it is taken whenever it arrives; what was entered after it is not.
    let note = |id, millis, writer| edit(id, IN_4, &stamp(millis, writer), &[("note", json!("đã hỏi lại"))]);
    let later = now() + 1;
    let answer = push(&vol4, json!([note(231, before_posting, 1), note(232, later, 3)])).await;
    assert_eq!(statuses(&answer), ["accepted", "rejected"], "{}", answer.text);
    assert!(answer.text.contains("niêm yết"), "{}", answer.text);

    // Hamlets declare before it is recognised; then it is closed.
    let answer = go(&xa, Some("posting"), "recognised", None).await;
    assert!(answer.status == 409 && answer.text.contains("2 ấp chưa kê khai"), "{}", answer.text);
    for hamlet in ["29173-04", "29173-06"] {
        let said = json!({"fields": {"declared/households": 40, "area/name": "Ấp\u{200b} Một"}});
        let answer = xa.patch(&format!("/api/v1/rounds/2010/areas/{hamlet}"), &said).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["hamlets"][0]["name"], "Ấp Một");
    }
    let more = json!({"fields": {"declared/ethnic_minority": 41}});
    let answer = xa.patch("/api/v1/rounds/2010/areas/29173-04", &more).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body["field"]),
        (422, &json!("declared/ethnic_minority")),
        "{}",
        answer.text
    );
    let wrong = json!({"fields": {"declared/households": -1}});
    let answer = xa.patch("/api/v1/rounds/2010/areas/29173-04", &wrong).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (422, &json!("/problems/invalid-value")),
        "{}",
        answer.text
    );
    for area in ["836", "83", "29173-99x", "99999"] {
        let answer = xa.patch(&format!("/api/v1/rounds/2010/areas/{area}"), &wrong).await.unwrap();
        assert_eq!(answer.status, 400, "{area}: {}", answer.text);
    }
    assert_eq!(go(&xa, Some("posting"), "recognised", None).await.status, 200);
    let before_closing = u64::try_from(now()).unwrap();
    assert_eq!(go(&xa, Some("recognised"), "closed", None).await.status, 200);
    // Undoing what its officer has done since then does not open it.
    let undone = json!({"commune": "29173", "account": "xa", "since": before_closing});
    let answer = huyen.post("/api/v1/undo", &undone).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(huyen.get(COMMUNE).await.unwrap().body["stage"], "closed");

    // A late edit is kept, shown, and counts nowhere: not in the reports that read incomes either.
    let gap = async || {
        let answer = xa.get("/api/v1/reports/gap?area=29173&round=2010&format=json").await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    };
    let gap_at_closing = gap().await;
    // Nor beside the class in a list.
    let income = async || {
        let list = xa.get("/api/v1/households?area=29173&round=2010&filter=households").await.unwrap();
        let all = list.body["households"].as_array().unwrap();
        let of = all.iter().find(|of| of["household"] == IN_4).unwrap_or_else(|| panic!("{}", list.text));
        (of["class"].clone(), of["income_per_person"].clone())
    };
    let income_at_closing = income().await;
    let rich = [("income/a/source", json!("wages")), ("income/a/amount", json!(900_000_000))];
    let answer = push(&xa, json!([edit(241, IN_4, &stamp(now() + 2, 2), &rich)])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    let new = "29173-00000000000000000000000000000009";
    let late = [("hamlet", json!(4)), ("member_count", json!(1)), ("no_income", json!(true))];
    let answer = push(&xa, json!([edit(242, new, &stamp(now() + 3, 2), &late)])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    assert_eq!(poor(&xa).await, 2);
    let detail = huyen.get(COMMUNE).await.unwrap();
    assert_eq!((&detail.body["late"], &detail.body["frozen"]), (&json!(2), &json!(true)), "{}", detail.text);
    let work = huyen.get(&format!("{COMMUNE}/households?list=late")).await.unwrap();
    let of = |item: &Value| (item["household"].clone(), item["class"].clone(), item["would_be"].clone());
    let listed: Vec<_> = work.body["households"].as_array().unwrap().iter().map(of).collect();
    assert!(listed.contains(&(json!(IN_4), json!("poor"), json!("above"))), "{}", work.text);
    assert!(listed.contains(&(json!(new), json!(null), json!("poor"))), "{}", work.text);
    let gone = push(&xa, json!([edit(244, new, &stamp(now() + 5, 2), &[("removed", json!(true))])])).await;
    assert_eq!(statuses(&gone), ["accepted"], "{}", gone.text);
    // What is recognised later moves nothing and is not late.
    let recognised = [("recognition/number", json!("12/QĐ-UBND"))];
    assert_eq!(
        statuses(&push(&xa, json!([edit(243, IN_6, &stamp(now() + 4, 2), &recognised)])).await),
        ["accepted"]
    );
    assert_eq!(huyen.get(COMMUNE).await.unwrap().body["late"], 2);
    assert_eq!(gap().await, gap_at_closing);
    assert_eq!(income().await, income_at_closing);

    // Nor does a decision on the field.
    let written = xa.get(COMMUNE).await.unwrap();
    assert_eq!(written.body["stage"], "closed");
    let keep = stamp(now(), 2);
    for field in ["stages.closed", "stages.reported"] {
        let decision = json!({"keep": keep, "seen": [keep]});
        let answer =
            xa.post(&format!("/api/v1/conflicts/29173.2010.{field}/resolution"), &decision).await.unwrap();
        assert!([404, 422].contains(&answer.status), "{}", answer.text);
    }
    // The commune does not open it again; the district does, with a reason, until it has reported.
    let answer = go(&xa, Some("closed"), "survey", Some("nhầm")).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let answer = go(&huyen, Some("closed"), "survey", Some("  ")).await;
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("why")), "{}", answer.text);
    let reported = json!({"fields": {"stages/reported": true}});
    let report = "/api/v1/rounds/2010/areas/29173";
    assert_eq!(xa.patch(report, &reported).await.unwrap().status, 403);
    let hidden = json!({"fields": {"stages/closed": false}});
    assert_eq!(huyen.patch(report, &hidden).await.unwrap().status, 422);
    assert_eq!(huyen.patch(report, &reported).await.unwrap().status, 200);
    assert_eq!(go(&huyen, Some("closed"), "survey", Some("khiếu nại")).await.status, 403);
    let answer = go(&tinh, Some("closed"), "survey", Some("khiếu nại")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        (&answer.body["reason"], &answer.body["late"]),
        (&json!("khiếu nại"), &json!(0)),
        "{}",
        answer.text
    );
    // Now what was entered late counts: one is above, and nobody is new, for its record was withdrawn again.
    assert_eq!(poor(&xa).await, 1);
    assert_ne!(gap().await, gap_at_closing);
    assert_ne!(income().await.1, income_at_closing.1);
    let table = xa.get("/api/v1/reports/movement?area=29173&round=2010&by=hamlet&format=json").await.unwrap();
    assert_eq!(table.body["total"]["poor"]["end"], 1, "{}", table.text);

    // Closed once more, it stays as it is now: with what was late the first time, and without what is late from now on.
    let gap_now = gap().await;
    for (from, to) in
        [("survey", "meeting"), ("meeting", "posting"), ("posting", "recognised"), ("recognised", "closed")]
    {
        let answer = go(&xa, Some(from), to, None).await;
        assert_eq!(answer.status, 200, "{to}: {}", answer.text);
    }
    let none = [("income/a/amount", json!(0))];
    let answer = push(&xa, json!([edit(245, IN_4, &stamp(now() + 6, 2), &none)])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    assert_eq!((poor(&xa).await, gap().await), (json!(1), gap_now));
    let answer = go(&tinh, Some("closed"), "survey", Some("khiếu nại")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    // Who has asked, and whom something has befallen, is visited too.
    let visits = format!("{COMMUNE}/visits");
    for (body, field) in [
        (json!({"hamlet": 4, "head_name": " "}), "head_name"),
        (json!({"hamlet": 4, "head_name": "Lê Thị Xin"}), "asked"),
        (json!({"hamlet": 4, "head_name": "Lê Thị Xin", "events": ["head/name"]}), "events"),
        (json!({"hamlet": 0, "head_name": "Lê Thị Xin", "asked": "2011-09-15"}), "hamlet"),
        (json!({"hamlet": 4, "head_name": "Lê Thị Xin", "asked": "15/9/2011"}), "changes[0].value"),
    ] {
        let answer = xa.post(&visits, &body).await.unwrap();
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!(field)), "{}", answer.text);
    }
    let asked = json!({"hamlet": 4, "head_name": "Lê Thị Xin", "asked": "2011-09-15", "reason": "mất mùa",
        "events": ["events/income_lost"]});
    assert_eq!(vol4.post(&visits, &asked).await.unwrap().status, 403);
    let answer = xa.post(&visits, &asked).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(1)), "{}", answer.text);
    let again = xa.post(&visits, &asked).await.unwrap();
    assert_eq!(again.body["blocks"]["incomplete"], 1, "the answer was lost, and it is the same household");
    let listed = xa.get(&format!("{COMMUNE}/households?list=incomplete")).await.unwrap();
    assert_eq!(listed.body["households"][0]["head_name"], "Lê Thị Xin", "{}", listed.text);
    // Another household, whose head bears the same name.
    let mut other = asked.clone();
    other["address"] = json!("tổ 9");
    for _ in 0..2 {
        let answer = xa.post(&visits, &other).await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["blocks"]["incomplete"]),
            (200, &json!(2)),
            "{}",
            answer.text
        );
    }
    let again = xa.post(&visits, &asked).await.unwrap();
    assert_eq!(again.body["blocks"]["incomplete"], 2, "both are there already");
    let pulled = vol4.get("/api/v1/sync/pull?area=29173-04").await.unwrap();
    assert!(pulled.text.contains("mất mùa"), "{}", pulled.text);

    // And volunteers go on.
    assert_eq!(statuses(&push(&vol4, json!([note(251, now() + 5, 3)])).await), ["accepted"]);
    // Who asks for an overview sees the own areas alone.
    let of = huyen.get("/api/v1/rounds/2010?area=836").await.unwrap();
    assert_eq!(of.status, 200, "{}", of.text);
    let communes = of.body["communes"].as_array().unwrap();
    let own = communes.iter().find(|commune| commune["commune"] == "29173").unwrap();
    assert_eq!((&own["stage"], &own["recorded"]), (&json!("survey"), &json!(4)), "{own}");
    for (person, area) in [(&xa, "836"), (&vol4, "29173"), (&root, "83")] {
        let answer = person.get(&format!("/api/v1/rounds/2010?area={area}")).await.unwrap();
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
    let World { server, data } = world;
    server.stop();
    let verified = soho_tests::server::run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
    assert!(verified.contains("all agree"), "{verified}");
}
