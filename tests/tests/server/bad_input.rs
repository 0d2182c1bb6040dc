//! Bad input of all kinds: the answer names what is wrong, nothing is stored, and the server goes on.

use std::io::Write;

use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};
use soho_tests::server::{KEY, Server};

/// A push with one good operation, to be spoiled.
fn good() -> Value {
    json!({"operations": [{
        "id": "018f3c2a-9d5e-7b1c-8a4f-0d2e6b9c1a3f",
        "household": "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
        "round": "2010",
        "stamp": "012c3c2a9d5e-0000-00000000000000ab",
        "changes": [{"field": "member_count", "value": 4}],
    }]})
}

/// Returns the good push with one value replaced.
fn spoiled(place: &str, by: Value) -> Value {
    let mut push = good();
    *push.pointer_mut(place).unwrap() = by;
    push
}

/// Returns the good push with a reason.
fn with_reason(why: &str) -> Value {
    let mut push = good();
    push["operations"][0]["why"] = why.into();
    push
}

struct Client {
    server: Server,
    http: reqwest::Client,
}

impl Client {
    async fn post(&self, body: Vec<u8>, headers: &[(reqwest::header::HeaderName, &str)]) -> (u16, Value) {
        let mut request = self.http.post(self.server.url("/api/v1/sync/push")).body(body);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        read(request.send().await.unwrap()).await
    }

    async fn post_json(&self, body: &Value) -> (u16, Value) {
        self.post(body.to_string().into_bytes(), &[(CONTENT_TYPE, "application/json")]).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.http.get(self.server.url(path)).send().await.unwrap()).await
    }

    /// Checks that nothing was stored and the server answers.
    async fn is_untouched(&self, after: &str) {
        assert_eq!(self.get("/readyz").await.0, 200, "after {after}");
        let (status, pulled) = self.get("/api/v1/sync/pull?area=83").await;
        assert_eq!((status, &pulled["records"]), (200, &json!([])), "after {after}");
        let (_, figures) = self.get("/api/v1/statistics?area=83&round=2010&by=district").await;
        assert_eq!(figures["total"]["households"], 0, "after {after}");
    }
}

/// Returns status and body of an answer. Every error must be a problem that says the same status.
async fn read(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let media = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    let text = answer.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{status} {media} {e}: {text}"));
    if status >= 400 {
        assert_eq!(media, "application/problem+json");
        assert_eq!(body["status"], status, "{body}");
        assert!(body["type"].as_str().unwrap().starts_with("/problems/"), "{body}");
        assert!(body["vi"].as_str().is_some_and(|words| !words.is_empty()), "{body}");
        assert!(!body["title"].as_str().unwrap().is_empty() && !body["detail"].as_str().unwrap().is_empty());
    }
    (status, body)
}

async fn client(data: &tempfile::TempDir) -> Client {
    // The server closes a connection on which a body was cut off, so no connection is used twice.
    let key = format!("Bearer {KEY}").parse().unwrap();
    let http = reqwest::Client::builder().pool_max_idle_per_host(0);
    let http = http.default_headers([(AUTHORIZATION, key)].into_iter().collect()).build().unwrap();
    Client { server: Server::start(data.path()).unwrap(), http }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap()
}

#[tokio::test]
async fn wrong_operations_are_named_to_the_field() {
    let data = tempfile::tempdir().unwrap();
    let client = client(&data).await;
    let change = "/operations/0/changes/0";
    let cases = [
        (spoiled("/operations/0/household", json!("00000-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f")), "household"),
        (spoiled("/operations/0/household", json!(5)), "household"),
        (spoiled("/operations/0/round", json!("1999")), "round"),
        (spoiled("/operations/0/stamp", json!("yesterday")), "stamp"),
        (spoiled("/operations/0/id", json!("1")), "id"),
        (spoiled("/operations/0/changes", json!([])), "changes"),
        (spoiled("/operations/0/changes", json!({})), "changes"),
        (spoiled(change, json!({"value": 4})), "changes[0].field"),
        (spoiled(change, json!({"field": "member_count"})), "changes[0].value"),
        (spoiled(change, json!({"field": "member_count", "value": -4})), "changes[0].value"),
        (spoiled(change, json!({"field": "member_count", "value": "4"})), "changes[0].value"),
        (spoiled(change, json!({"field": "member_count", "value": 4.5})), "changes[0].value"),
        (spoiled(change, json!({"field": "member_count", "value": 1e300})), "changes[0].value"),
        // Nobody is born after the year of the round.
        (spoiled(change, json!({"field": "head/birth_year", "value": 2011})), "changes[0].value"),
        (spoiled(change, json!({"field": "members/a/birth_year", "value": 2011})), "changes[0].value"),
        (spoiled(change, json!({"field": "Ấp 4", "value": 4})), "changes[0].field"),
        (spoiled(change, json!({"field": "income/a/amount", "value": i64::MAX})), "changes[0].value"),
        (spoiled(change, json!({"field": "head/name", "value": "x".repeat(1 << 20)})), "changes[0].value"),
        (spoiled(change, json!({"field": "x", "value": "x".repeat(1 << 20)})), "changes[0].value"),
        // Invisible characters: a control character, a joiner, a direction mark; and signs between digits.
        (spoiled(change, json!({"field": "head/name", "value": "Lê\u{7}"})), "changes[0].value"),
        (spoiled(change, json!({"field": "members/a/name", "value": "L\u{200d}ê"})), "changes[0].value"),
        (spoiled(change, json!({"field": "note", "value": "một\n\u{202e}hai"})), "changes[0].value"),
        (spoiled(change, json!({"field": "of_2030", "value": {"a": ["\u{feff}"]}})), "changes[0].value"),
        (
            spoiled(change, json!({"field": "head/identity_number", "value": "012345-789"})),
            "changes[0].value",
        ),
        (with_reason("\u{202e}"), "why"),
    ];
    for (push, field) in cases {
        let (status, problem) = client.post_json(&push).await;
        let shown: String = push.to_string().chars().take(300).collect();
        assert_eq!(status, 422, "{shown}: {problem}");
        assert_eq!(problem["field"], format!("operations[0].{field}"), "{shown}: {problem}");
        assert_eq!(problem["results"][0]["status"], "rejected");
        assert!(problem["clock"].is_u64());
        client.is_untouched(&shown).await;
    }
}

#[tokio::test]
async fn wrong_bodies_are_refused_whole() {
    let data = tempfile::tempdir().unwrap();
    let client = client(&data).await;
    let json_type = [(CONTENT_TYPE, "application/json")];
    let zipped = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
    let many = json!({"operations": vec![good()["operations"][0].clone(); 10_000]}).to_string();
    let spaces = vec![b' '; 50 << 20];
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = good().to_string().replace(r#""value":4"#, &format!(r#""value":{nested}"#));
    let cases: [(&str, Vec<u8>, &[_], u16, &str); 12] = [
        ("malformed", br#"{"operations": [}"#.to_vec(), &json_type, 400, "malformed-json"),
        ("cut off", good().to_string().into_bytes()[..80].to_vec(), &json_type, 400, "malformed-json"),
        ("empty", Vec::new(), &json_type, 400, "malformed-json"),
        ("another shape", b"[]".to_vec(), &json_type, 400, "invalid-body"),
        ("no operations", b"{}".to_vec(), &json_type, 400, "invalid-body"),
        ("not UTF-8", b"{\"operations\": [\"\xff\xfe\"]}".to_vec(), &json_type, 400, "invalid-utf-8"),
        ("10,000 operations", many.into_bytes(), &json_type, 413, "too-large"),
        ("50 MB", spaces.clone(), &json_type, 413, "too-large"),
        ("50 MB in 50 KB", gzip(&spaces), &zipped, 413, "too-large"),
        ("not gzip", good().to_string().into_bytes(), &zipped, 400, "invalid-body"),
        (
            "not JSON by name",
            good().to_string().into_bytes(),
            &[(CONTENT_TYPE, "text/plain")],
            415,
            "unsupported",
        ),
        (
            "of unknown compression",
            b"{}".to_vec(),
            &[(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "lzma")],
            415,
            "unsupported",
        ),
    ];
    for (what, body, headers, status, kind) in cases {
        let (answered, problem) = client.post(body, headers).await;
        assert_eq!(answered, status, "{what}: {problem}");
        assert!(problem["type"].as_str().unwrap().contains(kind), "{what}: {problem}");
        client.is_untouched(what).await;
    }
    let (status, problem) = client.post(br#"{"operations": [}"#.to_vec(), &json_type).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("line 1 column 17"), "{problem}");
    // A value nested too deeply to be read is wrong only in its own operation.
    let (status, problem) = client.post(deep.into_bytes(), &json_type).await;
    assert_eq!(
        (status, problem["field"].as_str()),
        (422, Some("operations[0].changes[0].value")),
        "{problem}"
    );
    client.is_untouched("deep nesting").await;
}

#[tokio::test]
async fn one_wrong_operation_does_not_take_the_others_with_it() {
    let data = tempfile::tempdir().unwrap();
    let client = client(&data).await;
    let mut push = spoiled("/operations/0/changes/0/value", json!(-1));
    let mut second = good()["operations"][0].clone();
    second["id"] = json!("018f3c2a-9d5e-7b1c-8a4f-0d2e6b9c1a40");
    push["operations"].as_array_mut().unwrap().extend([second, json!("nonsense")]);
    let (status, answer) = client.post_json(&push).await;
    assert_eq!(status, 200, "{answer}");
    let statuses: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["rejected", "accepted", "rejected"]);
    assert_eq!(answer["results"][2]["problem"]["field"], "operations[2]");
    let (_, household) = client.get("/api/v1/households/29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f").await;
    let fields = &household["records"][0]["doc"]["fields"];
    assert_eq!(*fields, json!([["member_count", [[0, 4, []]]]]), "nothing of the rejected one is stored");
}

#[tokio::test]
async fn wrong_addresses_are_problems_too() {
    let data = tempfile::tempdir().unwrap();
    let client = client(&data).await;
    for (path, status, field) in [
        ("/api/v1/statistics?area=83&by=district", 400, json!("round")),
        ("/api/v1/statistics?area=99&round=2010&by=district", 400, json!("area")),
        ("/api/v1/statistics?area=83&round=2010&by=street", 400, json!("by")),
        ("/api/v1/statistics?area=29173&round=2010&by=district", 400, json!("by")),
        ("/api/v1/statistics?area=83&round=2010&by=district&why=not", 400, json!("why")),
        ("/api/v1/statistics?area=83&area=83&round=2010", 400, json!("area")),
        ("/api/v1/statistics?area=%ff&round=2010", 400, json!("area")),
        ("/api/v1/statistics/live?area=83&round=1", 400, json!("round")),
        ("/api/v1/sync/pull?area=83&cursor=mine", 400, json!("cursor")),
        ("/api/v1/sync/pull?area=83&limit=-1", 400, json!("limit")),
        ("/api/v1/sync/pull?area=83&limit=100000", 400, json!("limit")),
        ("/api/v1/households/x", 400, json!("id")),
        ("/api/v1/households/%ff", 400, json!("id")),
        ("/api/v1/households/29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f", 404, json!("id")),
        ("/api/v1/reports/district?round=2010&format=doc", 400, json!("format")),
        ("/api/v1/reports/riches?round=2010&format=csv", 400, json!("kind")),
        ("/api/v1/sync/push", 405, Value::Null),
        ("/api/v2/areas", 404, Value::Null),
        ("/api", 404, Value::Null),
    ] {
        let (answered, problem) = client.get(path).await;
        assert_eq!((answered, &problem["field"]), (status, &field), "{path}: {problem}");
    }
    let answer =
        client.http.get(client.server.url("/api/v1/areas")).header("Host", "register.example").send();
    assert_eq!(read(answer.await.unwrap()).await.0, 421);
    client.is_untouched("wrong addresses").await;
}
