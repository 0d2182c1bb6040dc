//! What households were given: who writes it, and what it moves.

use serde_json::{Value, json};
use soho_tests::people::{Answer, Person};
use soho_tests::server::run;

use crate::rounds::go;
use crate::world::{FAR, IN_4, IN_6, World, edit, push, statuses};

/// A stamp of real time, of one of this test's writers: each is its account's alone.
fn stamp(writer: u8) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    format!("{now:012x}-0000-00000000000004{writer:02x}")
}

/// Incomes of a year: of a poor household of two, and of one above every line.
const POOR: i64 = 1_000_000;
const RICH: i64 = 900_000_000;

/// Pushes the income of a household.
async fn earns(person: &Person, writer: u8, id: u32, household: &str, amount: i64) {
    let income = [("income/a/source", json!("wages")), ("income/a/amount", json!(amount))];
    let answer = push(person, json!([edit(id, household, &stamp(writer), &income)])).await;
    assert_eq!(statuses(&answer), ["accepted"], "{}", answer.text);
}

fn given(quarter: u8, households: &[&str], given: bool) -> Value {
    json!({"round": "2010", "quarter": quarter, "households": households, "given": given,
        "paid": 90_000, "by": "Điện lực Ba Tri"})
}

async fn give(person: &Person, support: &str, body: &Value) -> Answer {
    person.post(&format!("/api/v1/supports/{support}/given"), body).await.unwrap()
}

/// How many are written, and the households that are refused.
fn written(answer: &Answer) -> (u64, Vec<&str>) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let refused = answer.body["refused"].as_array().unwrap().iter();
    (answer.body["written"].as_u64().unwrap(), refused.map(|of| of["household"].as_str().unwrap()).collect())
}

/// Of electricity in the district: entitled, given it, others given it, and the sum.
async fn figures(person: &Person) -> [i64; 4] {
    let page = person.get("/api/v1/supports?area=836&round=2010").await.unwrap();
    let supports = page.body["supports"].as_array().unwrap_or_else(|| panic!("{}", page.text));
    let electricity = supports.iter().find(|support| support["support"] == "electricity").unwrap();
    ["entitled", "served", "served_else", "paid"].map(|of| electricity[of].as_i64().unwrap())
}

/// The households of a list of electricity in the commune.
async fn listed(person: &Person, list: &str) -> Vec<Value> {
    let path = format!("/api/v1/supports/electricity/households?area=29173&round=2010&list={list}");
    let page = person.get(&path).await.unwrap();
    page.body["households"].as_array().unwrap_or_else(|| panic!("{}", page.text)).clone()
}

async fn poor(person: &Person) -> Value {
    let table = person.get("/api/v1/statistics?area=29173&round=2010").await.unwrap();
    table.body["total"]["poor"].clone()
}

#[tokio::test]
async fn a_department_writes_its_own_supports_for_those_entitled_in_its_areas_and_nothing_else() {
    let world = World::new().await;
    let (nganh, xa, tinh) =
        (world.person("nganh").await, world.person("xa").await, world.person("tinh").await);
    let (vol4, root) = (world.person("vol4").await, world.person("root").await);
    earns(&xa, 1, 401, IN_4, POOR).await;
    earns(&xa, 1, 402, IN_6, RICH).await;
    earns(&tinh, 2, 403, FAR, POOR).await;
    assert_eq!(figures(&nganh).await, [1, 0, 0, 0]);
    let page = nganh.get("/api/v1/supports?area=836&round=2010").await.unwrap();
    let ids: Vec<_> = page.body["supports"].as_array().unwrap().iter().map(|of| &of["support"]).collect();
    assert_eq!(ids, ["electricity", "electricity_social"], "{}", page.text);
    assert!(xa.get("/api/v1/supports?area=29173&round=2010").await.unwrap().text.contains("\"credit\""));

    // All that it sees of a household, and ticks off.
    let left = listed(&nganh, "left").await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(
        left[0],
        json!({"household": IN_4, "hamlet": 4, "head_name": "=Họ 4 <b>", "address": null, "class": "poor",
            "entitled": true, "given": []})
    );
    assert_eq!(written(&give(&nganh, "electricity", &given(1, &[IN_4], true)).await), (1, vec![]));
    assert_eq!(written(&give(&nganh, "electricity", &given(1, &[IN_4], true)).await), (0, vec![]));
    assert_eq!(figures(&nganh).await, [1, 1, 0, 90_000]);
    assert!(listed(&nganh, "left").await.is_empty());
    let served = listed(&nganh, "served").await;
    let quarter = json!([{"quarter": 1, "paid": 90_000, "by": "Điện lực Ba Tri"}]);
    assert_eq!((served.len(), &served[0]["given"]), (1, &quarter));

    // Another's support, another's household, and one that is not entitled as far as its record says.
    assert_eq!(give(&nganh, "credit", &given(1, &[IN_4], true)).await.short(), "403 forbidden");
    assert_eq!(give(&nganh, "electricity", &given(2, &[IN_4, FAR], true)).await.short(), "403 outside-areas");
    assert_eq!(figures(&nganh).await, [1, 1, 0, 90_000], "nothing of it was written");
    let nobody = "29173-00000000000000000000000000000099";
    let refused = give(&nganh, "electricity", &given(1, &[IN_6, nobody], true)).await;
    assert_eq!(written(&refused), (0, vec![IN_6, nobody]));
    let why = |nth: usize, lang: &str| refused.body["refused"][nth]["why"][lang].as_str().unwrap().to_owned();
    assert!(why(0, "vi").contains("cán bộ xã") && why(0, "en").contains("officer"), "{}", refused.text);
    assert!(why(1, "vi").contains("không có phiếu"), "{}", refused.text);
    // Where the commune says that it was given it all the same, the department goes on with it.
    assert_eq!(written(&give(&xa, "electricity", &given(1, &[IN_6], true)).await), (1, vec![]));
    assert_eq!(figures(&nganh).await, [1, 1, 1, 180_000]);
    assert_eq!(written(&give(&nganh, "electricity", &given(1, &[IN_6], false)).await), (1, vec![]));
    assert_eq!(figures(&nganh).await, [1, 1, 0, 90_000]);

    // Nobody else, and by no push.
    for person in [&vol4, &root] {
        assert_eq!(give(person, "electricity", &given(1, &[IN_4], true)).await.short(), "403 forbidden");
    }
    let served = [("support/electricity_2011_3/served", json!(true))];
    let answer = push(&nganh, json!([edit(411, IN_4, &stamp(3), &served)])).await;
    assert_eq!(
        (answer.short().as_str(), statuses(&answer)),
        ("403 outside-areas", vec!["rejected".to_owned()])
    );
    let answer = push(&vol4, json!([edit(412, IN_4, &stamp(4), &served)])).await;
    assert_eq!((answer.status, statuses(&answer)), (403, vec!["rejected".to_owned()]), "{}", answer.text);
    assert!(answer.text.contains("cán bộ xã hoặc ngành ghi"), "{}", answer.text);

    // Who was read and written to stands in the trail.
    let trail = root.get("/api/v1/audit?area=29173&account=nganh").await.unwrap();
    let entries = trail.body["entries"].as_array().unwrap();
    let of = |action: &str, household: &str| {
        let is_it = |entry: &&Value| {
            let households = entry["households"].as_array().unwrap();
            entry["action"] == action && households.contains(&json!(household))
        };
        entries.iter().filter(is_it).count()
    };
    assert!(of("read", IN_4) >= 2 && of("changed", IN_4) == 1, "{}", trail.text);
    assert!(of("read", IN_6) == 1 && of("changed", IN_6) == 1, "{}", trail.text);

    // What is wrong is named.
    let many: Vec<String> = (1..=201).map(|n| format!("29173-{n:032x}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let with = |field: &str, value: Value| {
        let mut body = given(1, &[IN_4], true);
        body[field] = value;
        body
    };
    for (body, field) in [
        (given(1, &[IN_4, IN_4], true), "households"),
        (given(1, &many, true), "households"),
        (given(0, &[IN_4], true), "quarter"),
        (given(5, &[IN_4], true), "quarter"),
        (with("paid", json!(-1)), "paid"),
        (with("paid", json!(10_000_000_001_i64)), "paid"),
        // Of that year no list of supports is established.
        (with("round", json!("2017")), "round"),
        (with("by", json!("x".repeat(101))), "by"),
    ] {
        let answer = give(&nganh, "electricity", &body).await;
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!(field)), "{}", answer.text);
        assert!(answer.body["vi"].is_string(), "{}", answer.text);
    }
    // The year has supports, and not this one; what was ticked off by mistake can be taken back all the same.
    let answer = give(&xa, "learning_costs", &given(1, &[IN_4], true)).await;
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("round")), "{}", answer.text);
    assert_eq!(written(&give(&xa, "learning_costs", &given(1, &[IN_4], false)).await), (0, vec![]));
}

#[tokio::test]
async fn a_closed_round_takes_what_was_given_and_nothing_else_of_it_moves() {
    let world = World::new().await;
    let (nganh, xa) = (world.person("nganh").await, world.person("xa").await);
    earns(&xa, 1, 421, IN_4, POOR).await;
    earns(&xa, 1, 422, IN_6, RICH).await;
    for hamlet in ["29173-04", "29173-06"] {
        let said = json!({"fields": {"declared/households": 40}});
        let answer = xa.patch(&format!("/api/v1/rounds/2010/areas/{hamlet}"), &said).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let stages = ["open", "survey", "meeting", "posting", "recognised", "closed"];
    let before = std::iter::once(None).chain(stages.map(Some));
    for (from, to) in before.zip(stages) {
        let answer = go(&xa, from, to, None).await;
        assert_eq!(answer.status, 200, "{to}: {}", answer.text);
    }
    assert_eq!(written(&give(&nganh, "electricity", &given(2, &[IN_4], true)).await), (1, vec![]));
    assert_eq!(figures(&nganh).await, [1, 1, 0, 90_000]);
    let detail = xa.get("/api/v1/rounds/2010/communes/29173").await.unwrap();
    assert_eq!(detail.body["late"], 0, "what it was given is never late: {}", detail.text);

    // What it earns by now counts nowhere, and what it was given counts by the list that was closed.
    earns(&xa, 1, 423, IN_4, RICH).await;
    assert_eq!((poor(&xa).await, figures(&nganh).await), (json!(1), [1, 1, 0, 90_000]));
    assert_eq!(written(&give(&nganh, "electricity", &given(3, &[IN_4], true)).await), (1, vec![]));
    assert_eq!((poor(&xa).await, figures(&nganh).await), (json!(1), [1, 1, 0, 180_000]));
    assert_eq!(listed(&nganh, "served").await[0]["class"], "poor");
    for quarter in [2, 3] {
        assert_eq!(written(&give(&xa, "electricity", &given(quarter, &[IN_4], false)).await), (1, vec![]));
    }
    assert_eq!((poor(&xa).await, figures(&nganh).await), (json!(1), [1, 0, 0, 0]));
    assert_eq!(listed(&nganh, "left").await.len(), 1);

    // Whoever disagrees by now decides no class.
    let other = edit(424, IN_4, &stamp(2), &[("income/a/amount", json!(POOR))]);
    let answer = push(&world.person("tinh").await, json!([other])).await;
    assert_eq!(statuses(&answer), ["conflict"], "{}", answer.text);
    let conflicts = xa.get("/api/v1/conflicts?area=29173").await.unwrap();
    let conflict = &conflicts.body["conflicts"][0];
    assert_eq!((&conflict["closed"], &conflict["standing"]["class_text"]), (&json!(true), &Value::Null));

    let World { server, data } = world;
    server.stop();
    let verified = run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
    assert!(verified.contains("all agree"), "{verified}");
}

#[tokio::test]
async fn an_account_of_a_department_has_its_supports_and_no_other_has_any() {
    let world = World::new().await;
    let (root, nganh) = (world.person("root").await, world.person("nganh").await);
    let who = nganh.get("/api/v1/sessions/current").await.unwrap();
    assert_eq!(
        (&who.body["role"], &who.body["supports"]),
        (&json!("department"), &json!(["electricity", "electricity_social"]))
    );
    assert_eq!(root.get("/api/v1/sessions/current").await.unwrap().body["supports"], json!([]));

    let new = |name: &str, role: &str, areas: Value, supports: Value| json!({"name": name, "role": role, "areas": areas, "supports": supports, "password": "một câu khác hẳn"});
    for (body, field) in [
        (new("bank", "department", json!(["836"]), json!([])), "supports"),
        (new("bank", "department", json!(["836"]), json!(["yachts"])), "supports"),
        (new("bank", "department", json!(["29173"]), json!(["credit"])), "areas"),
        (new("bank", "department", json!([]), json!(["credit"])), "areas"),
        (new("bank", "commune", json!(["29173"]), json!(["credit"])), "supports"),
    ] {
        let answer = root.post("/api/v1/accounts", &body).await.unwrap();
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!(field)), "{}", answer.text);
        assert!(answer.body["vi"].is_string(), "{}", answer.text);
    }
    let made = new("bank", "department", json!(["83"]), json!(["housing_loan", "credit", "credit"]));
    let made = root.post("/api/v1/accounts", &made).await.unwrap();
    assert_eq!(
        (made.status, &made.body["supports"]),
        (201, &json!(["credit", "housing_loan"])),
        "{}",
        made.text
    );
    // What is left out stays; another role has areas and supports of its own.
    for (change, areas, supports) in [
        (json!({"areas": ["836"]}), json!(["836"]), json!(["credit", "housing_loan"])),
        (json!({"supports": ["credit"]}), json!(["836"]), json!(["credit"])),
        (json!({"role": "commune", "areas": ["29173"]}), json!(["29173"]), json!([])),
    ] {
        let answer = root.patch("/api/v1/accounts/bank", &change).await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["areas"], &answer.body["supports"]),
            (200, &areas, &supports)
        );
    }

    // From a list, by names.
    let text = "moi\tLê Thị Mới\t\tCán bộ ngành\tBa Tri\tHỗ trợ nhà ở; health_insurance";
    let listed = root.post("/api/v1/accounts/list", &json!({"text": text, "dry": false})).await.unwrap();
    assert_eq!(
        (&listed.body["made"], &listed.body["rows"][0]["supports"]),
        (&json!(1), &json!(["health_insurance", "housing"])),
        "{}",
        listed.text
    );
}
