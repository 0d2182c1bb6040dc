//! Reviews on request within a year, and finding the household that they are about.

use serde_json::{Value, json};
use soho_tests::people::{Answer, Person};
use soho_tests::server::run;

use crate::world::{FAR, IN_4, IN_6, World, edit, push, statuses};

const COMMUNE: &str = "/api/v1/rounds/2023/communes/29173";

/// A stamp of real time, of one of this test's writers: each is its account's alone.
fn stamp(writer: u8) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    format!("{now:012x}-0000-00000000000002{writer:02x}")
}

/// What is asked of a household of the standard of 2022, with this income a year.
fn asked(income: u64) -> Vec<(&'static str, Value)> {
    vec![
        ("hamlet", json!(4)),
        ("head/name", json!("Trần Thị Lụa")),
        ("member_count", json!(2)),
        ("income/a/source", json!("wages")),
        ("income/a/amount", json!(income)),
        ("deprivation_count", json!(3)),
    ]
}

/// An edit of a household in a round, by a volunteer.
fn in_round(id: u32, round: &str, changes: &[(&str, Value)]) -> Value {
    let mut edit = edit(id, IN_4, &stamp(1), changes);
    edit["round"] = json!(round);
    edit
}

/// The same by an officer.
fn by_officer(mut edit: Value) -> Value {
    edit["stamp"] = json!(stamp(2));
    edit
}

async fn review(person: &Person, month: u8, class: Option<&str>) -> Answer {
    let body = json!({"household": IN_4, "month": month, "class": class, "date": "2023-03-20"});
    person.post(&format!("{COMMUNE}/reviews"), &body).await.unwrap()
}

/// Poor households at the start, at the end of three months, and by the round's own result.
async fn poor(person: &Person) -> [i64; 5] {
    let report = person.get("/api/v1/reports/months?area=836&round=2023&format=json").await.unwrap();
    assert_eq!(report.status, 200, "{}", report.text);
    let at = |month: usize| report.body["months"][month - 1]["poor"]["end"].as_i64().unwrap();
    let moment = |at: &str| report.body[at]["poor"].as_i64().unwrap();
    [moment("start"), at(2), at(3), at(7), moment("end")]
}

#[tokio::test]
async fn a_review_within_the_year_counts_from_its_month_on_and_the_round_by_its_own_result() {
    let world = World::new().await;
    let (vol4, xa, huyen) =
        (world.person("vol4").await, world.person("xa").await, world.person("huyen").await);
    let answer = push(&vol4, json!([in_round(301, "2022", &asked(20_000_000))])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    assert_eq!(poor(&huyen).await, [1, 1, 1, 1, 0]);

    // The household is found by its name, without marks; not by another commune's officer, and not by a volunteer.
    let find = json!({"name": "lua tran"});
    let found = xa.post(&format!("{COMMUNE}/known"), &find).await.unwrap();
    assert_eq!(found.body["households"][0]["household"], IN_4, "{}", found.text);
    assert_eq!(found.body["households"][0]["class"], "poor", "{}", found.text);
    for (name, households) in [("", 0), ("lua nguyen", 0), ("họ 6", 1)] {
        let found = xa.post(&format!("{COMMUNE}/known"), &json!({"name": name})).await.unwrap();
        assert_eq!(found.body["households"].as_array().map(Vec::len), Some(households), "{}", found.text);
    }
    for person in [&vol4, &world.person("xa2").await, &world.person("root").await] {
        assert_eq!(person.post(&format!("{COMMUNE}/known"), &find).await.unwrap().status, 403);
        assert_eq!(person.get(&format!("{COMMUNE}/reviews")).await.unwrap().status, 403);
        assert_eq!(review(person, 3, Some("above")).await.status, 403);
    }

    // In March it has come out of poverty, in July it is back.
    assert_eq!(review(&xa, 3, Some("above")).await.status, 200);
    assert_eq!(review(&huyen, 7, Some("poor")).await.status, 200);
    assert_eq!(poor(&huyen).await, [1, 1, 0, 1, 0]);
    let listed = xa.get(&format!("{COMMUNE}/reviews")).await.unwrap();
    let of = |item: &Value| (item["month"].as_i64().unwrap(), item["class"].as_str().unwrap().to_owned());
    let reviews: Vec<_> = listed.body["reviews"].as_array().unwrap().iter().map(of).collect();
    assert_eq!(reviews, [(7, "poor".to_owned()), (3, "above".to_owned())], "{}", listed.text);
    assert_eq!(listed.body["reviews"][1]["date"], "2023-03-20", "{}", listed.text);
    // It is no visit: the household is still to be visited; and is, since the last review found it poor.
    let detail = xa.get(COMMUNE).await.unwrap();
    let blocks = &detail.body["blocks"];
    assert_eq!((&blocks["pending"], &blocks["incomplete"]), (&json!(1), &json!(1)), "{}", detail.text);
    // Found above the lines within the year, one that was not on the list is on no other.
    let rich = json!({"household": IN_6, "month": 4, "class": "above"});
    let answer = xa.post(&format!("{COMMUNE}/reviews"), &rich).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(1)), "{}", answer.text);
    assert_eq!(answer.body["recorded"], 1, "{}", answer.text);
    // Found poor, it is to be visited, though it was on no list.
    let poor_now = json!({"household": IN_6, "month": 5, "class": "poor"});
    let answer = xa.post(&format!("{COMMUNE}/reviews"), &poor_now).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(2)), "{}", answer.text);
    let back = json!({"household": IN_6, "month": 5, "class": null});
    let answer = xa.post(&format!("{COMMUNE}/reviews"), &back).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(1)), "{}", answer.text);

    // The yearly review finds it above the lines.
    let confirmed = ["carried/head", "carried/members", "carried/living"].map(|mark| (mark, json!(false)));
    let answer =
        push(&vol4, json!([in_round(302, "2023", &[asked(90_000_000), confirmed.to_vec()].concat())])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
    let table = huyen.get("/api/v1/reports/movement?area=836&round=2023&format=json").await.unwrap();
    let total = &table.body["total"]["poor"];
    assert_eq!((&total["start"], &total["to_above"], &total["end"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!(poor(&huyen).await, [1, 1, 0, 1, 0]);

    // Taken back, it never was.
    assert_eq!(review(&xa, 7, None).await.status, 200);
    assert_eq!(poor(&huyen).await, [1, 1, 0, 0, 0]);

    // What cannot be meant is said: a month, a class, a household, a year in which there were none.
    assert_eq!(review(&xa, 13, Some("poor")).await.body["field"], "month");
    assert_eq!(review(&xa, 3, Some("rich")).await.status, 422);
    let body = json!({"household": FAR, "month": 3, "class": "poor"});
    let answer = xa.post(&format!("{COMMUNE}/reviews"), &body).await.unwrap();
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("household")), "{}", answer.text);
    let body = json!({"household": IN_4, "month": 3, "class": "poor"});
    let answer = xa.post("/api/v1/rounds/2021/communes/29173/reviews", &body).await.unwrap();
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("round")), "{}", answer.text);
    let pushed = |field: &str| in_round(303, "2023", &[(field, json!("poor"))]);
    for field in [
        "review/2022_03/class",
        "review/2023_13/class",
        "review/2023_3/class",
        "review/02023_03/class",
        "review/2023_03_1/class",
    ] {
        assert_eq!(statuses(&push(&xa, json!([by_officer(pushed(field))])).await), ["rejected"], "{field}");
    }
    let answer = push(&vol4, json!([pushed("review/2023_03/class")])).await;
    assert_eq!(
        (answer.status, statuses(&answer)),
        (403, vec!["rejected".to_owned()]),
        "a volunteer decides nothing"
    );
    let early = huyen.get("/api/v1/reports/months?area=836&round=2021&format=json").await.unwrap();
    assert_eq!(early.status, 400, "{}", early.text);

    // Who has asked is to be visited, whatever a review has found; and what is closed takes no review.
    let asks = json!({"asked": "2023-09-15", "head_name": "Họ Xin", "hamlet": 4});
    let answer = xa.post(&format!("{COMMUNE}/visits"), &asks).await.unwrap();
    assert_eq!(answer.body["blocks"]["incomplete"], 1, "{}", answer.text);
    let found = xa.post(&format!("{COMMUNE}/known"), &json!({"name": "xin"})).await.unwrap();
    let body = json!({"household": found.body["households"][0]["household"], "month": 9, "class": "above"});
    let answer = xa.post(&format!("{COMMUNE}/reviews"), &body).await.unwrap();
    assert_eq!(answer.body["blocks"]["incomplete"], 1, "{}", answer.text);
    // One that has left is not found, and nothing is written of it.
    let gone = [("moved_to", json!("Cần Thơ"))];
    assert_eq!(statuses(&push(&xa, json!([by_officer(in_round(304, "2023", &gone))])).await), ["accepted"]);
    let found = xa.post(&format!("{COMMUNE}/known"), &find).await.unwrap();
    assert_eq!(found.body["households"], json!([]), "{}", found.text);
    assert_eq!(review(&xa, 9, Some("poor")).await.body["field"], "household");

    // The same from the command line, and nothing is out of step.
    let csv = huyen.get("/api/v1/reports/months?area=836&round=2023&format=csv").await.unwrap();
    let World { server, data } = world;
    server.stop();
    let dir = data.path().to_str().unwrap();
    let written =
        run(&["report", "months", "--data", dir, "--round", "2023", "--area", "836", "--format", "csv"]);
    assert_eq!(written.unwrap(), csv.text);
    run(&["verify", "--data", dir]).unwrap();
}

#[tokio::test]
async fn a_known_household_is_put_on_the_list_with_what_is_known_of_it_and_a_new_one_names_whom_it_left() {
    let world = World::new().await;
    let xa = world.person("xa").await;
    let visits = "/api/v1/rounds/2011/communes/29173/visits";
    let known = json!({"household": IN_4, "asked": "2011-09-15"});
    let answer = xa.post(visits, &known).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(1)), "{}", answer.text);
    // Sent again it changes nothing.
    assert_eq!(xa.post(visits, &known).await.unwrap().body["recorded"], answer.body["recorded"]);
    let page = xa.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
    let standing = &page.body["records"][1]["standing"];
    assert_eq!(
        [&standing["member_count"], &standing["carried/members"], &standing["asked/date"]],
        [&json!(2), &json!(true), &json!("2011-09-15")],
        "{}",
        page.text
    );

    let split = json!({"split_from": IN_4, "head_name": "Họ Tách", "hamlet": 4});
    let answer = xa.post(visits, &split).await.unwrap();
    assert_eq!((answer.status, &answer.body["blocks"]["incomplete"]), (200, &json!(2)), "{}", answer.text);
    let found = xa.post("/api/v1/rounds/2011/communes/29173/known", &json!({"name": "tach"})).await.unwrap();
    let id = found.body["households"][0]["household"].as_str().unwrap().to_owned();
    let page = xa.get(&format!("/api/v1/households/{id}")).await.unwrap();
    assert_eq!(page.body["records"][0]["standing"]["split_from"], IN_4, "{}", page.text);

    let name = json!("Họ Mới");
    for (field, body) in [
        ("asked", json!({"household": IN_4})),
        ("household", json!({"household": FAR, "asked": "2011-09-15"})),
        ("split_from", json!({"split_from": FAR, "head_name": name, "hamlet": 4})),
        ("split_from", json!({"split_from": IN_4, "household": IN_4})),
        ("head_name", json!({"asked": "2011-09-15", "hamlet": 4})),
        ("hamlet", json!({"asked": "2011-09-15", "head_name": name})),
        ("hamlet", json!({"asked": "2011-09-15", "head_name": name, "hamlet": 100})),
    ] {
        let answer = xa.post(visits, &body).await.unwrap();
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!(field)), "{body}: {}", answer.text);
    }
}
