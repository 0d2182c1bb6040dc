//! Households that were entered twice: found, decided by an officer, and undone.

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::people::{Answer, Person, add};
use soho_tests::server::Server;

const A: &str = "29173-000000000000000000000000000000aa";
const B: &str = "29173-000000000000000000000000000000bb";
const C: &str = "29173-000000000000000000000000000000cc";

/// Returns the edit that sends a poor household: the head's name and year of birth, and one child.
fn household(id: &str, hamlet: u8, name: &str, child: &str) -> Value {
    let set = json!({
        "hamlet": hamlet, "head/name": name, "head/birth_year": 1950, "head/sex": "male", "address": "tổ 4",
        "member_count": 2, "no_income": true,
        "members/k1/name": child, "members/k1/birth_year": 1999, "members/k1/sex": "female",
    });
    operation(id, &format!("{hamlet:016x}"), &set)
}

fn operation(id: &str, actor: &str, set: &Value) -> Value {
    let changes: Vec<_> =
        set.as_object().unwrap().iter().map(|(f, v)| json!({"field": f, "value": v})).collect();
    let stamp = format!("012c3c2a9d5e-0000-{actor}");
    let operation = format!("00000000-0000-0000-{}-{}", &actor[12..], &id[26..]);
    json!({"id": operation, "household": id, "round": "2010", "stamp": stamp, "changes": changes})
}

async fn push(person: &Person, operations: Value) -> Answer {
    person.post("/api/v1/sync/push", &json!({ "operations": operations })).await.unwrap()
}

async fn asked(person: &Person) -> Vec<Value> {
    let answer = person.get("/api/v1/duplicates?area=29173").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["duplicates"].as_array().unwrap().clone()
}

async fn decide(person: &Person, pair: &str, decision: Value) -> Answer {
    person.post(&format!("/api/v1/duplicates/{pair}/decision"), &decision).await.unwrap()
}

/// Returns how many operations a decision took.
fn done(answer: &Answer) -> usize {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["operations"].as_array().unwrap().len()
}

async fn poor(person: &Person) -> i64 {
    poor_in(person, "2010").await
}

async fn poor_in(person: &Person, round: &str) -> i64 {
    let answer = person.get(&format!("/api/v1/statistics?area=29173&round={round}")).await.unwrap();
    answer.body["total"]["poor"].as_i64().unwrap_or_else(|| panic!("{}", answer.text))
}

#[tokio::test]
async fn where_the_one_that_stays_is_undone_the_other_counts_again() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "root", "admin", &[]).unwrap();
    add(data.path(), "xa", "commune", &["29173"]).unwrap();
    add(data.path(), "lan", "volunteer", &["29173-01"]).unwrap();
    let server = Server::start(data.path()).unwrap();
    let (xa, lan) =
        (Person::sign_in(&server, "xa").await.unwrap(), Person::sign_in(&server, "lan").await.unwrap());
    let own = push(&xa, json!([household(A, 2, "Trần Văn Ba", "Trần Thị Út")])).await;
    let invented = push(&lan, json!([household(B, 1, "TRAN VAN BA", "trần thị út")])).await;
    assert_eq!((own.status, invented.status), (200, 200), "{} {}", own.text, invented.text);
    let joined = json!({"same": true, "survivor": B});
    assert_eq!(done(&decide(&xa, &format!("{A}.{}", &B[6..]), joined).await), 2);
    assert_eq!(poor(&xa).await, 1);
    // All that lan wrote: of the household that stays nobody else has entered anything.
    let all = json!({"commune": "29173", "account": "lan", "since": 0});
    let undone = xa.post("/api/v1/undo", &all).await.unwrap();
    assert_eq!((undone.status, &undone.body["records"]), (200, &json!(1)), "{}", undone.text);
    let gone = xa.get(&format!("/api/v1/households/{B}")).await.unwrap();
    assert_eq!(gone.body["records"][0]["standing"]["removed"], true, "{}", gone.text);
    assert_eq!(poor(&xa).await, 1, "the other one counts again");
}

#[tokio::test]
async fn two_that_are_one_are_found_joined_parted_and_told_apart() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "root", "admin", &[]).unwrap();
    add(data.path(), "xa", "commune", &["29173"]).unwrap();
    add(data.path(), "huyen", "district", &["836"]).unwrap();
    add(data.path(), "lan", "volunteer", &["29173-01"]).unwrap();
    let server = Server::start(data.path()).unwrap();
    let (xa, huyen) =
        (Person::sign_in(&server, "xa").await.unwrap(), Person::sign_in(&server, "huyen").await.unwrap());
    let lan = Person::sign_in(&server, "lan").await.unwrap();
    let sent = push(
        &xa,
        json!([
            household(A, 1, "Trần Văn Ba", "Trần Thị <b>Út</b>"),
            household(B, 2, "TRAN VAN  BA", "trần thị <b>út</b>"),
            household(C, 1, "Trần Văn Bảy", "Lê Thị Tư"),
        ]),
    )
    .await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!(poor(&xa).await, 3);

    let found = asked(&xa).await;
    let pair = format!("{A}.{}", &B[6..]);
    assert_eq!(
        (found.len(), &found[0]["id"], &found[0]["reasons"]),
        (1, &json!(pair), &json!(["head", "member"]))
    );
    let [one, other] = [&found[0]["households"][0], &found[0]["households"][1]];
    assert_eq!((&one["household"], &one["hamlet"], &one["rounds"]), (&json!(A), &json!(1), &json!(["2010"])));
    assert_eq!((&other["head_name"], &other["class"]), (&json!("TRAN VAN  BA"), &json!("poor")));
    assert_eq!(one["members"][0], json!({"name": "Trần Thị <b>Út</b>", "birth_year": 1999, "shared": true}));
    assert_eq!(asked(&lan).await, [json!(null); 0], "the other one is not in her hamlet");

    // One household stays: both records are still there, but only one counts.
    let joined = json!({"same": true, "survivor": B});
    assert_eq!(done(&decide(&xa, &pair, joined.clone()).await), 2);
    assert_eq!((poor(&xa).await, asked(&xa).await.len()), (2, 0));
    assert_eq!(done(&decide(&huyen, &pair, joined).await), 0, "decided twice the same");
    let gone = xa.get(&format!("/api/v1/households/{A}")).await.unwrap();
    assert!(gone.text.contains("same_as") && gone.text.contains(B) && gone.text.contains("Trần Văn Ba"));
    let trail = xa.get("/api/v1/audit?area=29173&limit=2").await.unwrap();
    let changed =
        trail.body["entries"].as_array().unwrap().iter().find(|e| e["action"] == "changed").unwrap().clone();
    assert_eq!((&changed["by"]["account"], &changed["households"]), (&json!("xa"), &json!([A, B])));

    let undone = xa.ask(Method::DELETE, &format!("/api/v1/duplicates/{pair}/decision"), None).await.unwrap();
    assert_eq!(done(&undone), 2);
    assert_eq!((poor(&xa).await, asked(&xa).await.len()), (3, 1));

    // Decisions that are not possible.
    for (decision, expected) in [
        (json!({"same": true, "survivor": C}), "409 conflict"),
        (json!({"same": true}), "422 invalid-body"),
        (json!({"same": false, "survivor": A}), "422 invalid-body"),
        (json!({"same": "yes"}), "422 invalid-body"),
        (json!({"same": false, "why": "x".repeat(301)}), "422 invalid-operation"),
    ] {
        assert_eq!(decide(&xa, &pair, decision.clone()).await.short(), expected, "{decision}");
    }
    let nobody = format!("{A}.{}", "f".repeat(32));
    assert_eq!(decide(&xa, &nobody, json!({"same": false})).await.short(), "404 not-found");
    assert_eq!(decide(&xa, A, json!({"same": false})).await.short(), "400 invalid-parameter");
    let by_push = operation(A, &"9".repeat(16), &json!({"same_as": C}));
    assert_eq!(push(&lan, json!([by_push])).await.short(), "403 outside-areas");

    // Told apart, the pair is never asked about again.
    assert_eq!(done(&decide(&xa, &pair, json!({"same": false, "why": "Hai anh em"})).await), 1);
    drop(server);
    let server = Server::start(data.path()).unwrap();
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    assert_eq!((poor(&xa).await, asked(&xa).await.len()), (3, 0));
}

#[tokio::test]
async fn two_who_decide_at_once_leave_one_household() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).unwrap();
    let person = Person::nobody(&server);
    let sent = push(
        &person,
        json!([household(A, 1, "Lê Văn Tám", "Lê Út"), household(B, 2, "Lê Văn Tám", "Lê Út")]),
    )
    .await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let pair = format!("{A}.{}", &B[6..]);
    for _ in 0..10 {
        let keep = |survivor: &str| decide(&person, &pair, json!({"same": true, "survivor": survivor}));
        let (one, other) = tokio::join!(keep(A), keep(B));
        assert_eq!((one.status, other.status), (200, 200), "{} {}", one.text, other.text);
        assert_eq!(poor(&person).await, 1);
    }
}

/// The records of a later round, whichever comes first, and of the household that stands for the other, withdrawn and
/// taken back.
#[tokio::test]
async fn joined_households_count_by_the_survivor_in_every_later_round() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).unwrap();
    let person = Person::nobody(&server);
    let of_round = |round: &str, mut operation: Value| {
        operation["round"] = json!(round);
        operation["id"] = json!(format!("{round}0000-{}", &operation["id"].as_str().unwrap()[9..]));
        operation
    };
    let first = [household(A, 1, "Lê Văn Tám", "Lê Út"), household(B, 2, "Lê Văn Tám", "Lê Út")];
    assert_eq!(push(&person, json!(first)).await.status, 200);
    let pair = format!("{A}.{}", &B[6..]);
    assert_eq!(done(&decide(&person, &pair, json!({"same": true, "survivor": A})).await), 2);
    let poor = async |round| poor_in(&person, round).await;
    assert_eq!((poor("2010").await, asked(&person).await.len()), (1, 0));

    // A tablet that has not heard of it enters the second one again, and later the survivor: one household.
    let [survivor, second] = first.map(|of| of_round("2011", of));
    assert_eq!(push(&person, json!([second])).await.status, 200);
    assert_eq!((poor("2011").await, asked(&person).await.len()), (1, 0), "only the second one has a record");
    assert_eq!(push(&person, json!([survivor])).await.status, 200);
    assert_eq!((poor("2011").await, asked(&person).await.len()), (1, 0));
    let class = async |id: &str| {
        let answer = person.get(&format!("/api/v1/households/{id}")).await.unwrap();
        let records = answer.body["records"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone();
        records.iter().map(|record| record["class"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((class(A).await, class(B).await), (vec![json!("poor"); 2], vec![Value::Null; 2]));

    // The survivor withdrawn brings the other back, in that round; taken back, it stands for it again.
    let withdrawn = |at: u64, is: bool| {
        let actor = format!("{at:016x}");
        operation(A, &actor, &json!({"removed": is}))
    };
    assert_eq!(push(&person, json!([of_round("2011", withdrawn(7, true))])).await.status, 200);
    assert_eq!((poor("2010").await, poor("2011").await), (1, 1));
    assert_eq!(
        (class(A).await, class(B).await),
        (vec![json!("poor"), Value::Null], vec![Value::Null, json!("poor")])
    );
    let edit = of_round("2011", operation(B, &"8".repeat(16), &json!({"note": "mái lá"})));
    assert_eq!(push(&person, json!([edit])).await.status, 200);
    assert_eq!(poor("2011").await, 1);
    let mut back = of_round("2011", withdrawn(9, false));
    back["changes"][0]["seen"] = json!([withdrawn(7, true)["stamp"]]);
    assert_eq!(push(&person, json!([back])).await.status, 200);
    assert_eq!((class(A).await, class(B).await), (vec![json!("poor"); 2], vec![Value::Null; 2]));

    // Parted, both count in every round, and are offered again.
    drop(server);
    let server = Server::start(data.path()).unwrap();
    let person = Person::nobody(&server);
    let undone =
        person.ask(Method::DELETE, &format!("/api/v1/duplicates/{pair}/decision"), None).await.unwrap();
    assert_eq!(done(&undone), 2);
    assert_eq!((poor_in(&person, "2010").await, poor_in(&person, "2011").await), (2, 2));
    assert_eq!(asked(&person).await.len(), 1);
}
