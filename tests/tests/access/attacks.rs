//! Attempts by people who may not do what they try.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use soho_tests::people::{Person, add, password};
use soho_tests::server::{self, Server};

use crate::world::{IN_4, LATER, World, accounts, edit, push};

#[tokio::test]
async fn twenty_wrong_passwords_end_in_a_wait_and_tell_nothing() {
    let data = accounts();
    let server = Server::start(data.path()).unwrap();
    let nobody = Person::nobody(&server);
    let attempt = async |account: &str, password: &str| {
        nobody.post("/api/v1/sessions", &json!({"account": account, "password": password})).await.unwrap()
    };
    let mut answers = Vec::new();
    for i in 0..20 {
        answers.push(attempt("xa", &format!("wrong password {i}")).await);
    }
    let wrong = answers.iter().take_while(|answer| answer.short() == "401 wrong-password").count();
    assert_eq!(wrong, 10);
    for answer in &answers[wrong..] {
        assert_eq!(answer.short(), "429 too-often");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=61).contains(&wait), "{wait}");
    }
    assert_eq!(attempt("xa", &password("xa")).await.short(), "429 too-often", "the right one waits too");
    assert_eq!(attempt("tinh", &password("tinh")).await.status, 201, "others do not");

    // An account that does not exist is refused with the same words, after the same time and as often.
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (account, times) in ["huyen", "nobody"].into_iter().zip(&mut times) {
            let begun = Instant::now();
            assert_eq!(attempt(account, "wrong password").await.text, answers[0].text);
            times.push(begun.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort_unstable();
        times[2]
    });
    assert!(unknown > known / 3 && known > unknown / 3, "{known:?} and {unknown:?}");
    for _ in 0..5 {
        attempt("nobody", "wrong password").await;
    }
    assert_eq!(attempt("nobody", "wrong password").await.short(), "429 too-often");

    // Each account's failed attempts are in the audit trail, once; names of no account do not fill it.
    let root = Person::sign_in(&server, "root").await.unwrap();
    let mut failed = Vec::new();
    for _ in 0..50 {
        let trail = root.get("/api/v1/audit").await.unwrap().body["entries"].as_array().unwrap().clone();
        let failures = trail.iter().filter(|entry| entry["action"] == "sign_in_failed");
        failed = failures.map(|entry| entry["subject"].as_str().unwrap().to_owned()).collect();
        if failed.len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    failed.sort_unstable();
    assert_eq!(failed, ["huyen", "xa"]);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits_too() {
    let data = accounts();
    let server = Server::start(data.path()).unwrap();
    let nobody = Person::nobody(&server);
    let mut limited = 0;
    for i in 0..80 {
        let key = json!({"code": format!("{i:010}"), "device": "x"});
        let answer = nobody.post("/api/v1/sessions", &key).await.unwrap();
        match answer.short().as_str() {
            "401 wrong-code" => {}
            "429 too-often" => limited += 1,
            other => panic!("{other}"),
        }
    }
    assert!(limited >= 10, "{limited}");
}

#[tokio::test]
async fn a_session_that_is_not_used_is_over_and_one_in_use_is_not() {
    let world = World::with(&["--session-idle", "2s"]).await;
    let person = world.person("tinh").await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(person.get("/api/v1/devices").await.unwrap().status, 200);
    }
    tokio::time::sleep(Duration::from_millis(2_600)).await;
    let answer = person.get("/api/v1/sync/pull?area=83").await.unwrap();
    assert_eq!(answer.short(), "401 session-over");
    assert!(answer.body["detail"].as_str().unwrap().contains("sign in again"));
}

#[tokio::test]
async fn made_up_tokens_open_nothing() {
    let world = World::new().await;
    let token = world.person("tinh").await.cookie().to_owned();
    let nobody = Person::nobody(&world.server);
    let zeros = format!("soho={}", "0".repeat(64));
    let cut = &token[..token.len() - 1];
    let hashed = format!("{cut}g");
    for cookie in ["soho=", "soho=1", &zeros, cut, &hashed, "x=y", &format!("soho={}", "a".repeat(4_000))] {
        let answer = nobody.request(Method::GET, "/api/v1/devices").header("cookie", cookie).send();
        assert_eq!(answer.await.unwrap().status(), StatusCode::UNAUTHORIZED, "{cookie}");
    }
    let bearer = token.split_once('=').unwrap().1;
    let answer = nobody.request(Method::GET, "/api/v1/devices").bearer_auth(bearer).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "a cookie is the only way");
}

#[tokio::test]
async fn a_megabyte_anywhere_is_refused_and_the_server_goes_on() {
    let world = World::new().await;
    let long = "x".repeat(1 << 20);
    let (nobody, root) = (Person::nobody(&world.server), world.person("root").await);
    // The path: the request is refused, or the connection is ended.
    for path in [format!("/{long}"), format!("/api/v1/households/{long}"), format!("/api/v1/areas?{long}")] {
        if let Ok(answer) = nobody.get(&path).await {
            assert!(matches!(answer.status, 400 | 404 | 414 | 431), "{}", answer.status);
        }
    }
    let sessions = "/api/v1/sessions";
    for (key, expected) in [
        (json!({"account": &long[..9_000], "password": "x"}), "413 too-large"),
        (json!({"account": "xa", "password": &long[..7_000]}), "401 wrong-password"),
        (json!({"code": &long[..7_000], "device": "x"}), "401 wrong-code"),
        (json!({"code": "00000-00000", "device": &long[..7_000]}), "422 invalid-body"),
        (json!({"account": "xa"}), "422 invalid-body"),
        (json!({"account": "xa", "password": "x", "more": &long[..7_000]}), "422 invalid-body"),
        (json!([&long[..7_000]]), "422 invalid-body"),
        (json!([&long[..9_000]]), "413 too-large"),
    ] {
        let answer = nobody.post(sessions, &key).await.unwrap();
        assert_eq!(answer.short(), expected);
        assert!(answer.text.len() < 2_000, "it repeats what was sent: {} bytes", answer.text.len());
    }
    // Of a whole megabyte from somebody not signed in only the beginning is read: refused, or the connection is ended.
    if let Ok(answer) = nobody.post(sessions, &json!({"account": long, "password": "x"})).await {
        assert_eq!(answer.short(), "413 too-large");
    }
    let new = json!({"name": long, "role": "admin", "password": "a good long one"});
    assert_eq!(root.post("/api/v1/accounts", &new).await.unwrap().short(), "422 invalid-body");
    let name = edit(70, IN_4, LATER, &[("head/name", json!(long))]);
    assert_eq!(push(&world.person("tinh").await, json!([name])).await.status, 422);
    // No body is read from somebody not signed in: what is announced as too large is refused because nobody
    // is signed in.
    let announced =
        nobody.request(Method::POST, "/api/v1/sync/push").header("content-type", "application/json");
    let answer = announced.body(vec![b' '; 9 << 20]).send().await;
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.get("/readyz").await.unwrap().status, 200);
}

#[tokio::test]
async fn html_and_formulas_are_texts() {
    let world = World::new().await;
    let (xa, tinh, root) = (world.person("xa").await, world.person("tinh").await, world.person("root").await);
    // A name in a record comes back as it was typed, as JSON, which no browser takes for a page.
    let record = xa.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
    assert!(record.text.contains("=Họ 4 <b>"));
    assert_eq!(record.headers["content-type"], "application/json");
    assert_eq!(record.headers["x-content-type-options"], "nosniff");
    assert_eq!(record.headers["cache-control"], "no-store");
    // An account's name may contain none of these; a device's name is free text.
    for name in ["<script>", "=cmd", "a&b", "a b"] {
        let new = json!({"name": name, "role": "admin", "password": "a good long one"});
        assert_eq!(root.post("/api/v1/accounts", &new).await.unwrap().short(), "422 invalid-body", "{name}");
    }
    for (kind, area) in [("district", "83"), ("commune", "836")] {
        let path = format!("/api/v1/reports/{kind}?round=2010&format=csv&area={area}");
        let table = tinh.get(&path).await.unwrap().text;
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
        for row in rows.records() {
            for cell in &row.unwrap() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            }
        }
    }
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let world = World::new().await;
    let tinh = world.person("tinh").await;
    let host = world.server.url("").replace("http://", "");
    let operation = json!({"operations": [edit(80, IN_4, LATER, &[("note", json!("x"))])]});
    for (header, value, allowed) in [
        ("origin", "https://evil.example".to_owned(), false),
        ("origin", "null".to_owned(), false),
        ("origin", "http://127.0.0.1:1".to_owned(), false),
        ("origin", format!("http://{host}.evil.example"), false),
        ("sec-fetch-site", "cross-site".to_owned(), false),
        ("sec-fetch-site", "same-site".to_owned(), false),
        ("sec-fetch-site", "same-origin".to_owned(), true),
        ("origin", format!("http://{host}"), true),
    ] {
        for (method, path) in [(Method::POST, "/api/v1/sync/push"), (Method::POST, "/api/v1/sessions")] {
            let request = tinh.request(method, path).header(header, &value).json(&operation);
            let refused = request.send().await.unwrap().status() == StatusCode::FORBIDDEN;
            assert_eq!(refused, !allowed, "{path} {header}: {value}");
        }
    }
    let form = tinh.request(Method::POST, "/api/v1/sync/push").header("content-type", "text/plain");
    let answer = form.body(operation.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn headers_hold_pages_and_cookies_tight() {
    let world = World::with(&["--public-url", "https://soho.example"]).await;
    let nobody = Person::nobody(&world.server);
    for path in ["/", "/survey/", "/api/v1/areas", "/api/v1/sync/pull?area=83", "/nothing"] {
        let headers = nobody.get(path).await.unwrap().headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap().trim();
        assert_eq!(scripts, "script-src 'self' 'wasm-unsafe-eval'", "{path}");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("object-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["strict-transport-security"], "max-age=63072000", "{path}");
    }
    let key = json!({"account": "tinh", "password": password("tinh")});
    let answer = nobody.post("/api/v1/sessions", &key).await.unwrap();
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let (token, flags) = cookie.split_once("; ").unwrap();
    assert!(token.starts_with("__Host-soho=") && token.len() == 12 + 64, "{token}");
    assert_eq!(flags, "HttpOnly; SameSite=Strict; Secure; Path=/");
    let other = nobody.request(Method::GET, "/api/v1/areas").header("host", "evil.example").send();
    assert_eq!(other.await.unwrap().status(), 421);
    // Without TLS no browser is told to insist on it.
    let plain = World::new().await;
    let headers = Person::nobody(&plain.server).get("/").await.unwrap().headers;
    assert!(!headers.contains_key("strict-transport-security"));
}

/// Returns whether any file of a directory contains a text.
fn holds(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        // Except the socket at which backups are taken.
        path.is_file() && fs::read(&path).unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn no_secret_is_on_the_disk_and_all_of_it_verifies() {
    let world = World::new().await;
    let xa = world.person("xa").await;
    let made = xa.post("/api/v1/devices/enrolments", &json!({"account": "vol4"})).await.unwrap();
    let code = made.body["code"].as_str().unwrap().to_owned();
    let token = xa.cookie().split_once('=').unwrap().1.to_owned();
    let World { server, data } = world;
    server.kill();
    let in_files = !soho_tests::kept::in_postgres();
    assert_eq!(holds(data.path(), "$argon2id$"), in_files, "what is looked through holds accounts");
    for secret in [&password("xa"), &token, &code, &code.replace('-', "")] {
        assert!(!holds(data.path(), secret), "{secret}");
    }
    let said = server::run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
    assert!(said.contains("all agree"), "{said}");
}

#[tokio::test]
async fn with_accounts_it_may_listen_to_others_and_the_command_line_says_when_it_cannot() {
    let data = tempfile::tempdir().unwrap();
    let dir = data.path().to_str().unwrap();
    let early = add(data.path(), "xa", "commune", &["29173"]).unwrap_err().to_string();
    assert!(early.contains("add-admin"), "{early}");
    add(data.path(), "root", "admin", &[]).unwrap();
    for (name, role, areas, words) in [
        ("root", "admin", &[][..], "already an account"),
        ("xa", "commune", &["836"], "communes, like 29173"),
        ("xa", "volunteer", &[], "1 to 50 areas"),
        ("Ấp 4", "province", &[], "a to z"),
        ("xa", "king", &[], "the roles are"),
    ] {
        let said = add(data.path(), name, role, areas).unwrap_err().to_string();
        assert!(said.contains(words) && !said.contains("panicked"), "{said}");
    }
    for short in ["", "short\n"] {
        let args = ["user", "add", "xa", "--role", "province", "--data", dir];
        assert!(server::run_with_input(&args, short).unwrap_err().to_string().contains("password"));
    }
    let last = server::run(&["user", "disable", "root", "--data", dir]).unwrap_err().to_string();
    assert!(last.contains("last administrator"), "{last}");
    let listed = server::run(&["user", "list", "--data", dir]).unwrap();
    assert!(listed.contains("root\tadmin\t83\tyes\topen") && listed.lines().count() == 2, "{listed}");
    let server = Server::start_with(data.path(), &["--listen", "0.0.0.0:0"]).unwrap();
    let running = add(data.path(), "xa", "province", &[]).map_err(|error| error.to_string());
    match running {
        // A database is everybody's; a directory is the server's alone.
        Ok(()) => assert!(soho_tests::kept::in_postgres()),
        Err(said) => assert!(said.contains("a server runs on") && said.contains("/desk/people/"), "{said}"),
    }
    let address = format!("http://127.0.0.1:{}/api/v1/devices", server.port());
    assert_eq!(reqwest::get(address).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
