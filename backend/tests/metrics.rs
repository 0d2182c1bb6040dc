//! The numbers that Prometheus reads: they count what was asked, and name nobody.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::json;
use soho::accounts::{AccountService, Lifetimes, NewAccount, Passwords};
use soho::http::{App, Settings, app};
use soho::people::Action;
use soho::register::Register;
use soho_shared::access::{Role, Scope};
use tokio::sync::watch;
use tower::ServiceExt;

async fn ask(server: &Router, method: &str, path: &str, body: String) -> Response {
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
    server.clone().oneshot(request).await.unwrap()
}

async fn metrics(server: &Router) -> String {
    let answer = ask(server, "GET", "/metrics", String::new()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// Value of one line, by its name and labels.
fn value(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

const HOUSEHOLD: &str = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f";

#[tokio::test]
async fn what_was_asked_is_counted_and_names_nobody() {
    let data = tempfile::tempdir().unwrap();
    let store = Arc::new(Register::open(data.path()).unwrap());
    let server = app(App::new(store, watch::channel(false).1, false), None);
    let change = json!([{"field": "member_count", "value": 4}]);
    let operation = json!({"id": "00000000-0000-0000-0000-000000000001", "household": HOUSEHOLD,
        "round": "2010", "stamp": "012c3c2a9d5e-0000-00000000000000ab", "changes": change});
    let push = json!({"operations": [operation, {"id": 5}]}).to_string();
    for _ in 0..2 {
        assert_eq!(ask(&server, "POST", "/api/v1/sync/push", push.clone()).await.status(), 200);
    }
    ask(&server, "GET", "/api/v1/sync/pull?area=83", String::new()).await;
    for nowhere in ["/a", "/b", "/api/v1/Lan", &format!("/api/v1/households/{HOUSEHOLD}0")] {
        ask(&server, "GET", nowhere, String::new()).await;
    }
    ask(&server, "SECRET", "/api/v1/areas", String::new()).await;
    let live = "/api/v1/statistics/live?area=83&round=2010";
    let listening = ask(&server, "GET", live, String::new()).await.into_body();

    let seen = metrics(&server).await;
    let of = |name: &str| value(&seen, name);
    let push = "route=\"/api/v1/sync/push\",method=\"POST\"";
    assert_eq!(of(&format!("soho_requests_total{{{push},status=\"200\"}}")), Some(2.0), "{seen}");
    assert_eq!(of(&format!("soho_request_duration_seconds_count{{{push}}}")), Some(2.0), "{seen}");
    for (outcome, count) in [("accepted", 1.0), ("duplicate", 1.0), ("rejected", 2.0)] {
        assert_eq!(of(&format!("soho_operations_total{{outcome=\"{outcome}\"}}")), Some(count), "{seen}");
    }
    let files = "soho_requests_total{route=\"files\",method=\"GET\",status=\"404\"}";
    assert_eq!(of(files), Some(2.0), "{seen}");
    assert_eq!(of("soho_pulled_records_total"), Some(1.0), "{seen}");
    assert_eq!(
        of("soho_store_transaction_seconds_count"),
        Some(1.0),
        "the second push wrote nothing: {seen}"
    );
    assert_eq!(of("soho_live_listeners"), Some(1.0), "{seen}");
    assert_eq!(of("soho_store_waiting"), Some(0.0), "{seen}");
    assert!(of("process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6), "{seen}");
    assert!(of("soho_store_free_bytes").is_some_and(|bytes| bytes > 1e6), "{seen}");
    assert!(of("process_start_time_seconds").is_some_and(|seconds| seconds > 1.7e9), "{seen}");
    let version = format!("soho_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(of(&version), Some(1.0), "{seen}");
    for secret in ["29173", "Lan", "SECRET", "018f3c2a"] {
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }
    drop(listening);
    assert_eq!(value(&metrics(&server).await, "soho_live_listeners"), Some(0.0));
}

#[tokio::test]
async fn the_numbers_do_not_tell_whether_there_is_an_account() {
    let data = tempfile::tempdir().unwrap();
    let store = Arc::new(Register::open(data.path()).unwrap());
    let passwords = Passwords::default();
    let service =
        AccountService { store: &store, passwords: &passwords, lifetimes: Lifetimes::default(), now: 1 };
    let scope = Scope::new(Role::Province, []).unwrap();
    let lan = NewAccount { name: "lan".parse().unwrap(), scope, password: None, demonstration: false };
    service.make(None, lan).await.unwrap();
    let with_accounts =
        App::new(store.clone(), watch::channel(false).1, false).with_accounts(Settings::default());
    let server = app(with_accounts, None);
    let body = json!({"account": "lan", "password": "x"}).to_string();
    assert_eq!(ask(&server, "POST", "/api/v1/sessions", body).await.status(), 401);
    // The failure is noted separately from the answer.
    let latest = async || store.audit(None, u64::MAX, 1).await.unwrap().pop().map(|noted| noted.entry.action);
    while latest().await != Some(Action::SignInFailed) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = metrics(&server).await;
    assert_eq!(value(&seen, "soho_failed_sign_ins_total"), Some(1.0), "{seen}");
    assert_eq!(value(&seen, "soho_store_transaction_seconds_count"), Some(0.0), "{seen}");
}
