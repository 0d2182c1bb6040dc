//! The addresses, asked in process: what pages, tablets and proxies rely on.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use soho::http::{App, app};
use soho::register::Register;
use soho_shared::columns::Kernel;
use soho_shared::law::standard_for_round;
use soho_shared::record::Round;
use soho_shared::report::{By, ReportKind, Statistics};
use soho_shared::what_if::{self, Households};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

/// A server that is asked in process, without a network.
struct TestServer {
    router: Router,
    store: Arc<Register>,
    stopping: watch::Sender<bool>,
    _data: TempDir,
}

impl TestServer {
    fn new() -> Self {
        TestServer::with_web(None)
    }

    fn with_web(web: Option<&std::path::Path>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(Register::open(data.path()).unwrap());
        let (stopping, stopped) = watch::channel(false);
        let router = app(App::new(store.clone(), stopped, true), web.map(ToOwned::to_owned));
        TestServer { router, store, stopping, _data: data }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::get(path).header("host", "127.0.0.1:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn json(&self, path: &str) -> Value {
        let (status, _, body) = self.get(path, &[]).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    async fn push(&self, operations: Value) -> Value {
        let body = json!({ "operations": operations }).to_string();
        let request = Request::post("/api/v1/sync/push")
            .header("host", "localhost")
            .header("content-type", "application/json; charset=utf-8");
        let (status, _, body) = self.ask(request.body(body.into()).unwrap()).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }
}

/// An edit of household `n` of Xã An Đức.
fn edit(id: u32, n: u32, stamp: &str, changes: &[(&str, Value)]) -> Value {
    let changes: Vec<_> =
        changes.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
    json!({
        "id": format!("00000000-0000-0000-0000-{id:012}"),
        "household": format!("29173-{n:032}"),
        "round": "2010",
        "stamp": stamp,
        "changes": changes,
    })
}

const EARLY: &str = "012c3c2a9d5e-0000-00000000000000ab";
const LATER: &str = "012c3c2a9d5f-0000-00000000000000cd";

#[tokio::test]
async fn a_push_is_merged_classified_counted_and_pulled() {
    let server = TestServer::new();
    let poor = [("hamlet", json!(4)), ("member_count", json!(4)), ("no_income", json!(true))];
    let answer = server
        .push(json!([edit(1, 1, EARLY, &poor), edit(2, 1, LATER, &[("member_count", json!(5))])]))
        .await;
    assert_eq!(answer["results"][0]["status"], "accepted");
    assert_eq!(answer["results"][1]["status"], "conflict", "its author had not seen the 4");
    let again = server
        .push(json!([edit(1, 1, EARLY, &poor), edit(3, 2, EARLY, &poor), edit(3, 2, EARLY, &poor)]))
        .await;
    let statuses: Vec<_> = (0..3).map(|i| again["results"][i]["status"].clone()).collect();
    assert_eq!(statuses, ["duplicate", "accepted", "duplicate"], "also within one push");

    let figures = server.json("/api/v1/statistics?area=29173&round=2010&by=hamlet").await;
    assert_eq!(figures["rows"][0]["code"], "29173-04");
    assert_eq!((&figures["total"]["poor"], &figures["total"]["persons"]), (&json!(2), &json!(9)));
    assert_eq!(figures["synthetic"], true);

    let first = server.json("/api/v1/sync/pull?area=836&limit=1").await;
    assert_eq!((&first["records"][0]["class"], &first["more"]), (&json!("poor"), &json!(true)));
    let cursor = first["cursor"].as_str().unwrap();
    let second = server.json(&format!("/api/v1/sync/pull?area=836&limit=5&cursor={cursor}")).await;
    assert_eq!((second["records"].as_array().unwrap().len(), &second["more"]), (1, &json!(false)));
    let cursor = second["cursor"].as_str().unwrap();
    let nothing = server.json(&format!("/api/v1/sync/pull?area=836&cursor={cursor}")).await;
    assert_eq!(nothing["records"], json!([]));
    // A record changed again is pulled again, as it is now, and once.
    server.push(json!([edit(4, 1, LATER, &[("note", json!("x"))])])).await;
    let changed = server.json(&format!("/api/v1/sync/pull?area=836&cursor={cursor}")).await;
    assert_eq!(changed["records"].as_array().unwrap().len(), 1);
    assert!(server.store.verify().await.unwrap().is_clean());
}

/// Whether these are words of Vietnamese, not of a program.
fn is_vietnamese(words: &Value) -> bool {
    words.as_str().is_some_and(|words| words.contains(|c: char| "ạảãàáâậăệềếôốồộớờởợơưứừựđ".contains(c)))
}

#[tokio::test]
async fn whatever_a_push_is_refused_is_said_in_vietnamese() {
    let server = TestServer::new();
    let twice = [("note", json!("x")), ("note", json!("y"))];
    let many: Vec<_> = (0..501).map(|i| json!({"field": format!("x/{i}"), "value": 1})).collect();
    let mut refused = vec![
        edit(1, 1, EARLY, &[("member_count", json!(0))]),
        edit(2, 1, EARLY, &[("head/birth_year", json!(62))]),
        edit(3, 1, EARLY, &[("a_field_of_2030", json!("x".repeat(4_001)))]),
        edit(4, 1, EARLY, &[("head/name", json!(1.5))]),
        edit(5, 1, EARLY, &[("Head Name", json!("x"))]),
        edit(6, 1, EARLY, &twice),
        edit(7, 1, EARLY, &[]),
        edit(8, 1, "yesterday", &[("note", json!("x"))]),
        json!({"id": 9}),
        json!([]),
    ];
    let with = |id, name: &str, value: Value| {
        let mut operation = edit(id, 1, EARLY, &[("note", json!("x"))]);
        operation[name] = value;
        operation
    };
    refused.push(with(10, "why", json!("x".repeat(301))));
    refused.push(with(11, "changes", json!(many)));
    refused.push(with(12, "household", json!("29173")));
    refused.push(with(13, "round", json!("1999")));
    let count = refused.len();
    refused.push(edit(99, 1, EARLY, &[("note", json!("x"))]));
    let answer = server.push(json!(refused)).await;
    for result in &answer["results"].as_array().unwrap()[..count] {
        assert_eq!(result["status"], "rejected");
        assert!(is_vietnamese(&result["problem"]["vi"]), "{result}");
    }
    assert!(answer["results"][1]["problem"]["vi"].as_str().unwrap().contains("“Năm sinh”"));
    assert_eq!(answer["results"][count]["status"], "accepted");
}

#[tokio::test]
async fn a_fast_clock_is_set_back_and_told() {
    let server = TestServer::new();
    let far = "0f0000000000-0000-00000000000000ab";
    let answer = server.push(json!([edit(1, 1, far, &[("note", json!("x"))])])).await;
    assert_eq!(answer["results"][0]["time"], answer["clock"]);
    let again = server.push(json!([edit(1, 1, far, &[("note", json!("x"))])])).await;
    assert_eq!(again["results"][0]["status"], "duplicate");
    assert_eq!(again["results"][0]["time"], answer["results"][0]["time"], "the time that it was believed");
}

#[tokio::test]
async fn live_figures_come_at_once_and_when_they_change_and_end_with_the_server() {
    let server = TestServer::new();
    let request = Request::get("/api/v1/statistics/live?area=83&round=2010&by=district")
        .header("host", "localhost")
        .header("accept-encoding", "gzip, br");
    let answer = server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert!(!answer.headers().contains_key("content-encoding"), "compression would hold events back");
    let mut body = answer.into_body();
    let mut next = async || {
        let frame =
            tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("an event in time");
        frame.map(|f| String::from_utf8(f.unwrap().into_data().unwrap().to_vec()).unwrap())
    };
    let figures = |event: &str| -> Value {
        serde_json::from_str(event.trim().strip_prefix("data: ").unwrap()).unwrap()
    };
    assert_eq!(figures(&next().await.unwrap())["total"]["households"], 0);
    server.push(json!([edit(1, 1, EARLY, &[("member_count", json!(2))])])).await;
    assert_eq!(figures(&next().await.unwrap())["total"]["households"], 1);
    server.stopping.send_replace(true);
    assert_eq!(next().await, None);
}

#[tokio::test]
async fn answers_are_compressed_cacheable_and_guarded() {
    let server = TestServer::new();
    let (_, headers, plain) = server.get("/api/v1/areas", &[]).await;
    let tag = headers["etag"].to_str().unwrap();
    assert_eq!(server.get("/api/v1/areas", &[("if-none-match", tag)]).await.0, 304);
    let (_, headers, zipped) = server.get("/api/v1/areas", &[("accept-encoding", "gzip")]).await;
    assert_eq!(headers["content-encoding"], "gzip");
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&zipped[..]).read_to_end(&mut unzipped).unwrap();
    assert_eq!(unzipped, plain);
    let areas: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(
        (areas["districts"].as_array().unwrap().len(), areas["communes"].as_array().unwrap().len()),
        (9, 164)
    );
    for path in ["/api/v1/areas", "/healthz", "/nowhere", "/api/nowhere"] {
        let (_, headers, _) = server.get(path, &[]).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval';") && !policy.contains("unsafe-inline")
        );
        assert!(
            headers["x-content-type-options"] == "nosniff" && headers["referrer-policy"] == "no-referrer"
        );
    }
    assert_eq!(server.get("/healthz", &[("host", "evil.example")]).await.0, 421);
}

#[tokio::test]
async fn reports_are_downloads() {
    let server = TestServer::new();
    let (status, headers, body) = server.get("/api/v1/reports/district?round=2010&format=csv", &[]).await;
    assert_eq!(
        (status, headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "text/csv; charset=utf-8")
    );
    assert!(headers["content-disposition"].to_str().unwrap().contains("district-83-2010.csv"));
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with("\u{feff}STT,Đơn vị,") && text.contains(",Tổng cộng,0,0,,0,"), "{text}");
    let communes = server.json("/api/v1/reports/commune?round=2010&format=json&area=836").await;
    assert!(communes["rows"].as_array().unwrap().iter().all(|row| row["district"] == "836"));
}

#[tokio::test]
async fn each_report_is_listed_and_has_every_format() {
    let server = TestServer::new();
    let listed = server.json("/api/v1/reports").await;
    let kinds: Vec<&str> =
        listed["reports"].as_array().unwrap().iter().map(|report| report["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ReportKind::ALL.map(ReportKind::word));
    for kind in ReportKind::ALL {
        let of = if kind == ReportKind::Hamlet { "29173" } else { "83" };
        let path = format!("/api/v1/reports/{kind}?area={of}&round=2023");
        let table = server.json(&format!("{path}&format=table")).await;
        assert!(table["columns"].as_array().unwrap().len() > 2, "{kind}");
        for (format, media, begins) in [
            ("csv", "text/csv", &b"\xef\xbb\xbf"[..]),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &b"PK"[..]),
            ("print", "text/html", &b"<!doctype html>"[..]),
            ("json", "application/json", &b"{"[..]),
        ] {
            let (status, headers, body) = server.get(&format!("{path}&format={format}"), &[]).await;
            assert_eq!(status, 200, "{kind} {format}");
            assert!(headers["content-type"].to_str().unwrap().starts_with(media), "{kind} {format}");
            assert!(body.starts_with(begins), "{kind} {format}");
        }
    }
    for (query, field) in [
        ("gap?round=2010&format=csv&area=29173&by=hamlet", "by"),
        ("hamlet?round=2010&format=csv", "area"),
        ("months?round=2010&format=csv", "round"),
        ("causes?round=2010&format=ods", "format"),
        ("movement?round=2010&format=csv&class=above", "class"),
    ] {
        let (status, _, body) = server.get(&format!("/api/v1/reports/{query}"), &[]).await;
        let said: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (status, said["field"].as_str()),
            (StatusCode::BAD_REQUEST, Some(field)),
            "{query}: {said}"
        );
        assert!(said["vi"].as_str().is_some_and(|vi| !vi.is_empty()), "{said}");
    }
}

#[tokio::test]
async fn pages_are_served_precompressed_and_cached_right() {
    let web = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = web.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("index.html", "<!doctype html>");
    write("survey/index.html", "<!doctype html>");
    write("desk/index.html", "<!doctype html><title>desk</title>");
    write("desk/manifest.webmanifest", "{}");
    write("desk/figures/index.html", "<!doctype html><title>figures</title>");
    write("sw.js", "//");
    write("manifest.webmanifest", "{}");
    write("assets/check-0123456789abcdef.wasm", "wasm");
    write("assets/check-0123456789abcdef.wasm.br", "brotli");
    let server = TestServer::with_web(Some(web.path()));
    let (status, headers, body) = server.get("/", &[]).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"<!doctype html>"[..]));
    assert_eq!(headers["cache-control"], "no-cache");
    let tag = headers["etag"].to_str().unwrap();
    assert_eq!(server.get("/", &[("if-none-match", tag)]).await.0, 304);
    let (_, headers, body) =
        server.get("/assets/check-0123456789abcdef.wasm", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(&body[..], b"brotli");
    assert_eq!(
        (&headers["content-encoding"], &headers["content-type"]),
        (&"br".parse().unwrap(), &"application/wasm".parse().unwrap())
    );
    assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(server.get("/sw.js", &[]).await.1["cache-control"], "no-cache");
    assert_eq!(server.get("/manifest.webmanifest", &[]).await.1["content-type"], "application/manifest+json");
    let (status, headers, _) = server.get("/survey", &[]).await;
    assert!(status.is_redirection() && headers["location"] == "/survey/", "{status}");
    assert_eq!(server.get("/survey/", &[]).await.0, 200);
    for page in ["/desk/", "/desk/rounds", "/desk/commune?area=29173&round=2011", "/desk/a/b"] {
        let (status, headers, body) = server.get(page, &[]).await;
        assert_eq!(
            (status, &body[..]),
            (StatusCode::OK, &b"<!doctype html><title>desk</title>"[..]),
            "{page}"
        );
        assert_eq!(headers["cache-control"], "no-cache");
    }
    assert_eq!(server.get("/desk/manifest.webmanifest", &[]).await.2, b"{}");
    // What lies beside the desk's app is a file of its own.
    let (_, _, body) = server.get("/desk/figures/?area=836", &[]).await;
    assert_eq!(&body[..], b"<!doctype html><title>figures</title>");
    let (status, headers, _) = server.get("/desk/figures?area=836", &[]).await;
    assert!(status.is_redirection() && headers["location"] == "/desk/figures/?area=836", "{headers:?}");
    for path in [
        "/desk/none.js",
        "/desk/../none",
        "/desk/%2e%2e/none",
        "/desks/rounds",
        "/survey/rounds",
        "/desk/figures/rounds",
        "/desk/review/",
    ] {
        assert_eq!(server.get(path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/nothing.html", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/assets/none.js"] {
        let (status, headers, _) = server.get(path, &[]).await;
        assert_eq!(
            (status, &headers["cache-control"]),
            (StatusCode::NOT_FOUND, &"no-cache".parse().unwrap()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn addresses_of_version_0_1_lead_on_with_their_query() {
    let web = tempfile::tempdir().unwrap();
    let server = TestServer::with_web(Some(web.path()));
    for (path, to) in [
        ("/province/", "/desk/figures/"),
        ("/province", "/desk/figures/"),
        ("/province/?area=836&round=2011&sort=-poor", "/desk/figures/?area=836&round=2011&sort=-poor"),
        ("/review?household=29173-1", "/desk/review/?household=29173-1"),
        ("/admin/?", "/desk/people/?"),
        ("/admin/?lang=en", "/desk/people/?lang=en"),
    ] {
        let (status, headers, _) = server.get(path, &[]).await;
        assert_eq!(
            (status, &headers["location"], &headers["cache-control"]),
            (StatusCode::PERMANENT_REDIRECT, &to.parse().unwrap(), &"no-cache".parse().unwrap()),
            "{path}"
        );
    }
    for path in ["/province/manifest.webmanifest", "/reviews/", "/admin/people"] {
        assert_eq!(server.get(path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn columns_count_what_the_register_counts_and_are_sent_once() {
    let server = TestServer::new();
    let of = |members: u32, wages: u32| {
        [
            ("member_count", json!(members)),
            ("income/a/source", json!("wages")),
            ("income/a/amount", json!(wages)),
            ("income/a/times", json!(12)),
        ]
    };
    let unfinished = [("member_count", json!(3))];
    server
        .push(json!([
            edit(1, 1, EARLY, &of(4, 1_600_000)),
            edit(2, 2, EARLY, &of(4, 1_600_001)),
            edit(3, 3, EARLY, &of(1, 9_000_000)),
            edit(4, 4, EARLY, &unfinished),
            edit(5, 5, EARLY, &[("member_count", json!(3)), ("removed", json!(true))]),
        ]))
        .await;

    let address = "/api/v1/statistics/columns?area=836&round=2010";
    let (status, headers, body) = server.get(address, &[]).await;
    assert_eq!((status, &headers["cache-control"]), (StatusCode::OK, &"no-store".parse().unwrap()));
    let households = Households::from_bytes(&body).unwrap();
    let base = standard_for_round(2010).unwrap();
    let counts = households.count(&Kernel::new(base).unwrap(), &mut Vec::new()).unwrap();
    let counted = what_if::figures(&counts, "836".parse().unwrap(), Round::CENSUS_2010, By::Commune).unwrap();
    let register = server.json("/api/v1/statistics?area=836&round=2010&by=commune").await;
    let register: Statistics = serde_json::from_value(register).unwrap();
    assert_eq!((counted.total.poor, counted.total.undecided), (1, 1));
    assert_eq!(
        (counted.rows, counted.total, counted.communes_by_poor_rate),
        (register.rows, register.total, register.communes_by_poor_rate)
    );

    let tag = headers["etag"].to_str().unwrap();
    let (status, same, body) = server.get(address, &[("if-none-match", tag)]).await;
    assert_eq!((status, &same["etag"], body.len()), (StatusCode::NOT_MODIFIED, &headers["etag"], 0));
    // A change elsewhere in the province leaves an area's tag as it is; one in the area does not.
    let district = "/api/v1/statistics/columns?area=835&round=2010";
    let (_, elsewhere, _) = server.get(district, &[]).await;
    server.push(json!([edit(6, 4, LATER, &[("no_income", json!(true))])])).await;
    let known = elsewhere["etag"].to_str().unwrap();
    assert_eq!(server.get(district, &[("if-none-match", known)]).await.0, StatusCode::NOT_MODIFIED);
    let (status, _, body) = server.get(address, &[("if-none-match", tag)]).await;
    assert_eq!((status, Households::from_bytes(&body).unwrap().len()), (StatusCode::OK, 4));

    for (query, field) in [
        ("area=99&round=2010", "area"),
        ("area=29173-04&round=2010", "area"),
        ("area=836", "round"),
        ("area=836&round=1066", "round"),
        ("area=836&round=2010&by=commune", "by"),
    ] {
        let (status, headers, body) = server.get(&format!("/api/v1/statistics/columns?{query}"), &[]).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{query}");
        assert_eq!(headers["content-type"], "application/problem+json");
    }
}
