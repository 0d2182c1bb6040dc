//! The table of each role against each address.

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::people::Person;
use soho_tests::server::{Server, run};

use crate::devices::{code_for, enrol};
use crate::world::{EARLY, FAR, IN_4, IN_6, LATER, World, edit, push};

const OK: &str = "200";
const MADE: &str = "201";
const NOBODY: &str = "401 not-signed-in";
const OUTSIDE: &str = "403 outside-areas";
const FORBIDDEN: &str = "403 forbidden";
const WRONG: &str = "403 wrong-password";
const ABSENT: &str = "404 not-found";
const PARAMETER: &str = "400 invalid-parameter";
const NO_FILE: &str = "422 invalid-body";
const NOT_YET: &str = "409 conflict";

/// Who asks: nobody, a volunteer of 29173-04, the officers of 29173, of a commune elsewhere, of the district
/// 836 and of the province, an administrator, and a department that gives electricity in that district.
const COLUMNS: [&str; 8] = ["", "vol4", "xa", "xa2", "huyen", "tinh", "root", "nganh"];

type Row<'a> = (&'a str, &'a str, [&'a str; 8]);

#[tokio::test]
async fn every_role_gets_its_own_and_no_more() {
    let world = World::new().await;
    let (in_4, in_6, far) = (
        format!("GET /api/v1/households/{IN_4}"),
        format!("GET /api/v1/households/{IN_6}"),
        format!("GET /api/v1/households/{FAR}"),
    );
    // A household that was moved from hamlet 4 to hamlet 6.
    let gone = format!("GET /api/v1/households/{GONE}");
    let (gone_told, gone_then) = (format!("{gone}/history"), format!("{gone}?at=1300000000000"));
    world.let_go().await;
    let pair = format!("{IN_4}.{}", &IN_6[6..]);
    let (same, apart) = (format!("POST /api/v1/duplicates/{pair}/decision"), r#"{"same": false}"#);
    let undo = format!("DELETE /api/v1/duplicates/{pair}/decision");
    let told = [&in_4, &in_6, &far].map(|address| format!("{address}/history"));
    let then = format!("{in_4}?at=1300000000000");
    let decision = r#"{"keep": "012c3c2a9d5e-0000-00000000000000ab", "seen": []}"#;
    let decide = |household| format!("POST /api/v1/conflicts/{household}.2010.head.name/resolution");
    let (decide_in_4, decide_far, decide_absent) =
        (decide(IN_4), decide(FAR), format!("POST /api/v1/conflicts/{IN_4}.2010.note/resolution"));
    let new = r#"{"name": "xa", "role": "commune", "areas": ["29173"], "password": "another one"}"#;
    let audit_of_household = format!("GET /api/v1/audit?household={IN_4}&names=true");
    let taken_back = format!(r#"{{"household": "{IN_6}", "month": 3, "class": null}}"#);
    let case = format!("PATCH /api/v1/rounds/2010/communes/29173/households/{IN_6}");
    let unsaid = r#"{"unit": "29173", "round": "2023", "duty": "monthly_reviews", "nth": 1, "date": null}"#;
    let recognised = r#"{"decision": "8", "date": "2010-12-05", "signer": "Lê Văn Ba"}"#;
    let nothing_given =
        format!(r#"{{"round": "2010", "quarter": 1, "households": ["{IN_6}"], "given": false}}"#);
    let all = [OK; 8];
    #[rustfmt::skip]
    let table: [Row; 110] = [
        ("GET /healthz", "", all),
        ("GET /readyz", "", all),
        ("GET /api/v1/areas", "", all),
        ("GET /api/v1/certificates/keys", "", all),
        ("GET /api/v1/certificates/withdrawn", "", all),
        ("GET /api/v1/sessions/demonstration", "", all),
        ("GET /api/v1/nothing", "", [ABSENT; 8]),
        ("GET /api/v1/sessions/current", "",
            [NOBODY, OK, OK, OK, OK, OK, OK, OK]),
        ("GET /api/v1/sync/pull?area=83", "",
            [NOBODY, OK, OK, OK, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/sync/pull?area=836", "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/sync/pull?area=29173", "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/sync/pull?area=29173-04", "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/sync/pull?area=29173-06", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&in_4, "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&in_6, "",
            [NOBODY, ABSENT, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&far, "",
            [NOBODY, OUTSIDE, OUTSIDE, OK, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        (&gone, "",
            [NOBODY, ABSENT, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&gone_told, "",
            [NOBODY, ABSENT, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&gone_then, "",
            [NOBODY, ABSENT, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/duplicates?area=29173", "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/duplicates?area=836", "",
            [NOBODY, PARAMETER, PARAMETER, PARAMETER, PARAMETER, PARAMETER, PARAMETER, PARAMETER]),
        ("GET /api/v1/duplicates?area=28756", "",
            [NOBODY, OUTSIDE, OUTSIDE, OK, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        (&same, apart,
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&undo, "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&then, "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&told[0], "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&told[1], "",
            [NOBODY, ABSENT, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&told[2], "",
            [NOBODY, OUTSIDE, OUTSIDE, OK, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/households?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/households?area=836&round=2010&filter=conflicts", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/households?area=83&round=2010&filter=poor.poor_female_headed", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/households/search", r#"{"area": "29173", "round": "2010", "name": "họ"}"#,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/households/file?area=29173&round=2010&format=csv", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/conflicts?area=83", "",
            [NOBODY, OK, OK, OK, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/conflicts?area=29173", "",
            [NOBODY, OK, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/conflicts?area=29173-06", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010?area=29173", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010/communes/29173", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010/communes/29173/households?list=incomplete", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("PATCH /api/v1/rounds/2010/areas/29173-04", r#"{"fields": {}}"#,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("PATCH /api/v1/rounds/2010?area=836", r#"{"fields": {}}"#,
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/rounds/2010/communes/29173/known", r#"{"name": "họ"}"#,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010/communes/29173/cases", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&case, r#"{"fields": {}}"#,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010/communes/29173/recognition", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/rounds/2010/communes/29173/recognition", recognised,
            [NOBODY, OUTSIDE, NOT_YET, OUTSIDE, NOT_YET, NOT_YET, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2010/communes/29173/papers/decision?format=print", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/rounds/2023/communes/29173/reviews", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/rounds/2023/communes/29173/reviews", &taken_back,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/reports/months?area=836&round=2023&format=json", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/held?commune=836", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/held?commune=29173", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/held/decision", r#"{"commune": "29173", "take": false}"#,
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/undo", r#"{"commune": "29173", "account": "vol6", "since": 9000000000000}"#,
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/imports?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/imports?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, NO_FILE, OUTSIDE, NO_FILE, NO_FILE, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/imports/29173.2010.018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f/undo", "",
            [NOBODY, OUTSIDE, ABSENT, OUTSIDE, ABSENT, ABSENT, FORBIDDEN, FORBIDDEN]),
        (&decide_in_4, decision,
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        (&decide_far, decision,
            [NOBODY, OUTSIDE, OUTSIDE, OK, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        (&decide_absent, decision,
            [NOBODY, FORBIDDEN, ABSENT, OUTSIDE, ABSENT, ABSENT, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/statistics?area=83&round=2010", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OUTSIDE]),
        ("GET /api/v1/statistics?area=836&round=2010", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/statistics?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/statistics?area=29173-04&round=2010", "",
            [NOBODY, PARAMETER, PARAMETER, OUTSIDE, PARAMETER, PARAMETER, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/statistics?area=29173&round=2010&by=hamlet", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/statistics/live?area=29173&round=2010&by=hamlet", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("OPTIONS /api/v1/sync/pull", "", ["204"; 8]),
        ("GET /api/v1/statistics/live?area=83&round=2010", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OUTSIDE]),
        ("GET /api/v1/statistics/live?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/statistics/columns?area=29173&round=2010", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/statistics/columns?area=83&round=2010", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/reports/district?round=2010&format=csv", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OUTSIDE]),
        ("GET /api/v1/reports/commune?round=2010&format=csv&area=836", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/reports", "",
            [NOBODY, OK, OK, OK, OK, OK, OK, OK]),
        ("GET /api/v1/reports/causes?round=2010&format=xlsx&area=836", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/reports/headline?round=2010&format=print&area=29173", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/reports/groups?round=2010&format=table&area=29173&by=hamlet", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/reports/causes?round=2010&format=csv&area=29173-04", "",
            [NOBODY, PARAMETER, PARAMETER, OUTSIDE, PARAMETER, PARAMETER, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/reports/gap?round=2010&format=csv&area=29173", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/reports/gap?round=2010&format=csv", "",
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, FORBIDDEN, OUTSIDE]),
        ("GET /api/v1/accounts", "",
            [NOBODY, FORBIDDEN, OK, OK, OK, OK, OK, FORBIDDEN]),
        ("POST /api/v1/accounts", new,
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, "409 conflict", FORBIDDEN]),
        ("GET /api/v1/accounts?role=volunteer&area=29173&limit=2", "",
            [NOBODY, FORBIDDEN, OK, OK, OK, OK, OK, FORBIDDEN]),
        ("POST /api/v1/accounts/search", r#"{"text": "vol"}"#,
            [NOBODY, FORBIDDEN, OK, OK, OK, OK, OK, FORBIDDEN]),
        ("POST /api/v1/accounts/list", r#"{"text": "moi,Lê Ba,,commune,29173", "dry": true}"#,
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN]),
        ("POST /api/v1/accounts/vol6/password", "",
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN]),
        ("POST /api/v1/accounts/nobody/password", "",
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, FORBIDDEN]),
        ("PUT /api/v1/sessions/current/password", r#"{"current": "no", "password": "một câu khác hẳn"}"#,
            [NOBODY, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
        ("PATCH /api/v1/accounts/vol6", r#"{"disabled": false}"#,
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN]),
        ("PATCH /api/v1/accounts/root", r#"{"disabled": true}"#,
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, "409 conflict", FORBIDDEN]),
        ("GET /api/v1/devices", "",
            [NOBODY, OK, OK, OK, OK, OK, OK, OK]),
        ("POST /api/v1/devices/enrolments", r#"{"account": "vol4"}"#,
            [NOBODY, FORBIDDEN, MADE, FORBIDDEN, MADE, MADE, MADE, FORBIDDEN]),
        ("POST /api/v1/devices/enrolments", r#"{"account": "nobody"}"#,
            [NOBODY, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, FORBIDDEN]),
        ("DELETE /api/v1/devices/018f3c2a-9d5e-7b1c-8a4f-0d2e6b9c1a3f", "",
            [NOBODY, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT]),
        ("POST /api/v1/devices/018f3c2a-9d5e-7b1c-8a4f-0d2e6b9c1a3f/confirmation", "",
            [NOBODY, FORBIDDEN, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, FORBIDDEN]),
        ("GET /api/v1/audit?area=29173", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, OK, FORBIDDEN]),
        ("GET /api/v1/audit?area=29173&format=csv&from=2026-01-01", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, OK, FORBIDDEN]),
        (&audit_of_household, "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, OK, FORBIDDEN]),
        ("GET /api/v1/audit", "",
            [NOBODY, FORBIDDEN, PARAMETER, PARAMETER, PARAMETER, PARAMETER, OK, FORBIDDEN]),
        ("GET /api/v1/supports?area=836&round=2010", "",
            [NOBODY, FORBIDDEN, OUTSIDE, OUTSIDE, OK, OK, OK, OK]),
        ("GET /api/v1/supports?area=29173-04&round=2010", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/supports/electricity/households?area=29173&round=2010&list=left", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, OK]),
        ("GET /api/v1/supports/electricity/households?area=28756&round=2010&list=served", "",
            [NOBODY, FORBIDDEN, OUTSIDE, OK, OUTSIDE, OK, FORBIDDEN, OUTSIDE]),
        ("GET /api/v1/supports/credit/households?area=29173&round=2010&list=entitled", "",
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("GET /api/v1/supports/yachts/households?area=29173&round=2010&list=left", "",
            [NOBODY, FORBIDDEN, ABSENT, OUTSIDE, ABSENT, ABSENT, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/supports/electricity/given", &nothing_given,
            [NOBODY, FORBIDDEN, OK, OUTSIDE, OK, OK, FORBIDDEN, OK]),
        ("GET /api/v1/calendar?area=29173&round=2023", "",
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/calendar/sent", unsaid,
            [NOBODY, OUTSIDE, OK, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("POST /api/v1/calendar/received", unsaid,
            [NOBODY, OUTSIDE, FORBIDDEN, OUTSIDE, OK, OK, FORBIDDEN, FORBIDDEN]),
        ("PUT /api/v1/calendar/duties", r#"{"round": "2023", "duties": []}"#,
            [NOBODY, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OK, FORBIDDEN, FORBIDDEN]),
    ];
    let mut people = Vec::new();
    for name in COLUMNS {
        people.push(if name.is_empty() { Person::nobody(&world.server) } else { world.person(name).await });
    }
    let departed = departed(&world).await;
    let withdrawn = withdrawn(&world).await;
    let asked = |(address, body, _): &Row| {
        let (method, path) = address.split_once(' ').unwrap();
        let body: Option<Value> = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
        (method.parse::<Method>().unwrap(), path.to_owned(), body)
    };
    for row in &table {
        let (address, _, expected) = *row;
        let (method, path, body) = asked(row);
        let path = path.as_str();
        for ((person, name), expected) in people.iter().zip(COLUMNS).zip(expected) {
            let answer = person.ask(method.clone(), path, body.as_ref()).await.unwrap();
            assert_eq!(answer.short(), expected, "`{name}` {address}: {}", answer.text);
            if method == Method::OPTIONS {
                assert_eq!(answer.headers["allow"], "GET,HEAD", "{address}");
            }
            if answer.status >= 400 {
                assert_eq!(answer.headers["content-type"], "application/problem+json", "{address}");
            }
        }
        // Who was given another hamlet sees of the one before what anybody of another hamlet does.
        let of_hamlet_4 = [&in_4, &told[0], &then].iter().any(|of_4| **of_4 == address);
        let expected_of_departed = match expected[1] {
            OK if of_hamlet_4 => ABSENT,
            OK | PARAMETER if path.contains("29173-04") => OUTSIDE,
            of_volunteers => of_volunteers,
        };
        let answer = departed.ask(method.clone(), path, body.as_ref()).await.unwrap();
        assert_eq!(answer.short(), expected_of_departed, "departed: {address}: {}", answer.text);
        // What was taken away sees what anybody sees, and itself.
        let expected = match expected[0] {
            NOBODY if path == "/api/v1/sessions/current" => OK,
            NOBODY => "403 device-revoked",
            of_all => of_all,
        };
        for (person, name) in &withdrawn {
            let answer = person.ask(method.clone(), path, body.as_ref()).await.unwrap();
            assert_eq!(answer.short(), expected, "{name}: {address}: {}", answer.text);
        }
    }

    // After a restore a tablet sees what anybody sees; what was taken away before stays so.
    let officer = world.person("xa").await;
    let tablet = enrol(&world, &code_for(&officer, "vol4").await, "Máy tính bảng").await.unwrap();
    let World { server, data } = world;
    server.stop();
    let elsewhere = tempfile::tempdir().unwrap();
    let [target, file] = ["restored", "backup"].map(|name| elsewhere.path().join(name));
    let [at, target, file] = [data.path(), &target, &file].map(|path| path.to_str().unwrap());
    run(&["backup", "--data", at, file]).unwrap();
    run(&["restore", "--data", target, file]).unwrap();
    let server = Server::start(target.as_ref()).unwrap();
    let restored = [(&tablet, "503 suspended"), (&withdrawn[0].0, "403 device-revoked")];
    for row in &table {
        let (method, path, body) = asked(row);
        for (person, waits) in restored {
            let expected = match row.2[0] {
                NOBODY if path == "/api/v1/sessions/current" && waits != "503 suspended" => OK,
                NOBODY => waits,
                of_all => of_all,
            };
            let answer = person.at(&server).ask(method.clone(), &path, body.as_ref()).await.unwrap();
            assert_eq!(answer.short(), expected, "{}: {}", row.0, answer.text);
        }
    }
}

/// A household that was moved out of hamlet 4.
const GONE: &str = "29173-00000000000000000000000000000046";

impl World {
    /// Has [`GONE`] entered in hamlet 4 and moved to hamlet 6.
    async fn let_go(&self) {
        let officer = self.person("xa").await;
        let moves = [(9_001, EARLY, 4), (9_002, LATER, 6)].map(|(id, stamp, hamlet)| {
            edit(id, GONE, &stamp.replace("00000000000000", "00000000000046"), &[("hamlet", json!(hamlet))])
        });
        let answer = push(&officer, json!(moves)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

/// The tablet of a volunteer of 29173-04 who was given another hamlet.
async fn departed(world: &World) -> Person {
    let (officer, root) = (world.person("xa").await, world.person("root").await);
    let tablet = enrol(world, &code_for(&officer, "vol4b").await, "departed").await.unwrap();
    let moved = json!({"areas": ["29173-05"]});
    let answer = root.ask(Method::PATCH, "/api/v1/accounts/vol4b", Some(&moved)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    tablet
}

/// Tablets of a volunteer of 29173-04 that were taken away: revoked, lost, and of an account that was shut.
async fn withdrawn(world: &World) -> Vec<(Person, &'static str)> {
    let (officer, root) = (world.person("xa").await, world.person("root").await);
    let mut people = Vec::new();
    for name in ["revoked", "lost", "shut"] {
        let tablet = enrol(world, &code_for(&officer, "vol4c").await, name).await.unwrap();
        let listed = officer.get("/api/v1/devices").await.unwrap();
        let devices = listed.body["devices"].as_array().unwrap();
        let id = devices.iter().find(|device| device["device"] == name).unwrap()["id"].as_str().unwrap();
        let lost = if name == "lost" { "?lost=true" } else { "" };
        if name == "shut" {
            let shut = json!({"disabled": true});
            root.ask(Method::PATCH, "/api/v1/accounts/vol4c", Some(&shut)).await.unwrap();
        } else {
            officer.ask(Method::DELETE, &format!("/api/v1/devices/{id}{lost}"), None).await.unwrap();
        }
        people.push((tablet, name));
    }
    people
}

#[tokio::test]
async fn every_role_edits_its_own_and_no_more() {
    let world = World::new().await;
    let nobody = Person::nobody(&world.server);
    assert_eq!(push(&nobody, json!([])).await.short(), NOBODY);
    #[rustfmt::skip]
    let table = [
        (IN_4, [OK, OK, OUTSIDE, OK, OK, OUTSIDE, OUTSIDE]),
        (IN_6, [OUTSIDE, OK, OUTSIDE, OK, OK, OUTSIDE, OUTSIDE]),
        (FAR, [OUTSIDE, OUTSIDE, OK, OUTSIDE, OK, OUTSIDE, OUTSIDE]),
    ];
    let mut id = 100;
    for (person, name) in COLUMNS[1..].iter().enumerate() {
        let somebody = world.person(name).await;
        for (household, expected) in table {
            id += 1;
            let stamp = format!("012c3c2a9d5f-0000-{id:016x}");
            let operation = edit(id, household, &stamp, &[("note", json!(name))]);
            let answer = push(&somebody, json!([operation])).await;
            assert_eq!(answer.short(), expected[person], "{name} {household}: {}", answer.text);
            if expected[person] == OUTSIDE {
                assert_eq!(answer.body["results"][0]["problem"]["field"], "operations[0].household");
            }
        }
    }
    // What was refused left nothing behind.
    let kept = world.person("tinh").await.get(&format!("/api/v1/households/{IN_6}")).await.unwrap();
    assert!(kept.text.contains("\"xa\"") && !kept.text.contains("\"vol4\""), "{}", kept.text);
}
