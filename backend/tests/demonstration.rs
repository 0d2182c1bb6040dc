//! Entering a demonstration with one tap, and everything that must refuse it.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use soho::accounts::{AccountChange, AccountService, Lifetimes, NewAccount, Passwords};
use soho::demo;
use soho::http::{App, Settings, app};
use soho::register::Register;
use soho_shared::access::{Role, Scope};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

const NOW: u64 = 1_900_000_000_000;

struct Demonstration {
    store: Arc<Register>,
    _data: TempDir,
}

/// The key that the server printed.
const KEY: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// A request as the server sees it: where it comes from, its headers, and the key it brings.
#[derive(Clone)]
struct From<'a> {
    peer: &'a str,
    host: &'a str,
    header: Option<(&'a str, &'a str)>,
    key: &'a str,
}

const HERE: From = From { peer: "127.0.0.1:40000", host: "127.0.0.1:8080", header: None, key: KEY };

fn alone() -> Settings {
    let key = soho::people::Token::from_text(KEY).map(|key| key.digest());
    Settings { key, ..Settings::default() }
}

impl Demonstration {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(Register::open(data.path()).unwrap());
        demo::accounts(&store).await.unwrap();
        Demonstration { store, _data: data }
    }

    fn server(&self, settings: Settings, synthetic: bool) -> Router {
        let (_, stopped) = watch::channel(false);
        app(App::new(self.store.clone(), stopped, synthetic).with_accounts(settings), None)
    }

    /// The register's front service, at a fixed time.
    fn service<'a>(&'a self, passwords: &'a Passwords) -> AccountService<'a> {
        AccountService { store: &self.store, passwords, lifetimes: Lifetimes::default(), now: NOW }
    }
}

async fn ask(server: &Router, from: &From<'_>, body: Option<Value>) -> (u16, Value, Option<String>) {
    let mut request = match body {
        Some(_) => Request::post("/api/v1/sessions").header("content-type", "application/json"),
        None => Request::get("/api/v1/sessions/demonstration"),
    };
    request = request.header("host", from.host);
    if !from.key.is_empty() {
        request = request.header("cookie", format!("soho-key={}", from.key));
    }
    if let Some((name, value)) = from.header {
        request = request.header(name, value);
    }
    let mut request = request.body(body.map_or(Body::empty(), |body| body.to_string().into())).unwrap();
    if !from.peer.is_empty() {
        request.extensions_mut().insert(ConnectInfo(from.peer.parse::<SocketAddr>().unwrap()));
    }
    let answer = server.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap(), cookie)
}

async fn offered(server: &Router, from: &From<'_>) -> Vec<String> {
    let (status, body, _) = ask(server, from, None).await;
    assert_eq!(status, 200, "{body}");
    let accounts = body["accounts"].as_array().unwrap().iter();
    accounts.map(|account| account["account"].as_str().unwrap().to_owned()).collect()
}

async fn enter(server: &Router, from: &From<'_>, name: &str) -> (u16, Value, Option<String>) {
    ask(server, from, Some(json!({ "demonstration": name }))).await
}

async fn is_refused(server: &Router, from: &From<'_>, name: &str, why: &str) {
    let (status, body, cookie) = enter(server, from, name).await;
    assert_eq!((status, &body["type"]), (403, &"/problems/no-demonstration".into()), "{why}: {body}");
    assert_eq!(cookie, None, "{why}");
}

#[tokio::test]
async fn one_tap_enters_as_each_on_its_own_machine() {
    let register = Demonstration::new().await;
    let server = register.server(alone(), true);
    let people = offered(&server, &HERE).await;
    assert_eq!(people.len(), 9);
    for host in ["localhost", "localhost:9000", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(offered(&server, &From { host, ..HERE }).await, people, "{host}");
    }
    for peer in ["[::1]:40000", "[::ffff:127.0.0.1]:40000", "127.8.8.8:40000"] {
        assert_eq!(offered(&server, &From { peer, ..HERE }).await, people, "{peer}");
    }
    for name in people {
        let (status, who, cookie) = enter(&server, &HERE, &name).await;
        assert_eq!((status, &who["account"], &who["open"]), (201, &json!(name), &json!(false)), "{who}");
        assert!(cookie.unwrap().contains("HttpOnly; SameSite=Strict"), "{name}");
    }
    let (_, volunteer, _) = enter(&server, &HERE, "ap4.luongquoi").await;
    assert_eq!((&volunteer["role"], &volunteer["areas"]), (&json!("volunteer"), &json!(["29002-04"])));
}

#[tokio::test]
async fn whoever_has_not_the_key_of_this_machine_is_refused() {
    let register = Demonstration::new().await;
    let server = register.server(alone(), true);
    let wrong = "00000000000000000000000000000000000000000000000000000000000000ab";
    let stranger = From { key: "", ..HERE };
    let elsewhere = [
        stranger.clone(),
        From { key: wrong, ..HERE },
        From { key: &KEY[1..], ..HERE },
        // What used to say that somebody is at this machine, and what a proxy leaves out or puts in.
        From { host: "localhost", ..stranger },
        From { peer: "[::1]:40000", ..stranger },
        From { peer: "", ..stranger },
        From { header: Some(("x-forwarded-for", "127.0.0.1")), ..stranger },
        From { header: Some(("x-real-ip", "127.0.0.1")), ..stranger },
        From { header: Some(("forwarded", "for=127.0.0.1;host=localhost")), ..stranger },
        From { header: Some(("origin", "http://127.0.0.1:8080")), ..stranger },
        From { header: Some(("authorization", "Bearer ")), ..stranger },
        From { header: Some(("authorization", "Basic c29obzpzb2hv")), ..stranger },
    ];
    for from in elsewhere {
        let why = format!("{} {} {:?} {}", from.peer, from.host, from.header, from.key);
        assert!(offered(&server, &from).await.is_empty(), "{why}");
        is_refused(&server, &from, "quantri", &why).await;
    }
    let bearer = format!("Bearer {KEY}");
    let program = From { header: Some(("authorization", &bearer)), ..stranger };
    assert_eq!(offered(&server, &program).await.len(), 9, "a program that was told the key");
    // A page of another site, and one of another port of this machine.
    for header in [("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:9")] {
        let (status, body, _) = enter(&server, &From { header: Some(header), ..HERE }, "quantri").await;
        assert_eq!((status, &body["type"]), (403, &"/problems/other-site".into()), "{header:?}");
    }
}

#[tokio::test]
async fn a_register_or_a_server_of_another_kind_refuses_it() {
    let register = Demonstration::new().await;
    let public = Some("https://soho.example".parse().unwrap());
    let servers = [
        ("not a demonstration", register.server(alone(), false)),
        ("reached from elsewhere", register.server(Settings::default(), true)),
        ("behind a proxy", register.server(Settings { public, ..Settings::default() }, true)),
    ];
    for (why, server) in servers {
        assert!(offered(&server, &HERE).await.is_empty(), "{why}");
        is_refused(&server, &HERE, "tinh.bentre", why).await;
    }
    // Without accounts there is nobody to enter as.
    let (_, stopped) = watch::channel(false);
    let open = app(App::new(register.store.clone(), stopped, true), None);
    assert!(offered(&open, &HERE).await.is_empty());
    assert_eq!(enter(&open, &HERE, "tinh.bentre").await.1["type"], "/problems/no-accounts");
}

#[tokio::test]
async fn only_the_demonstration_s_own_accounts_are_entered_and_none_that_was_shut() {
    let register = Demonstration::new().await;
    let server = register.server(alone(), true);
    let passwords = Passwords::default();
    let service = register.service(&passwords);
    let scope = Scope::new(Role::Province, []).unwrap();
    let own = NewAccount { name: "lan".parse().unwrap(), scope, password: None, demonstration: false };
    service.make(None, own).await.unwrap();
    let shut = AccountChange { disabled: Some(true), ..AccountChange::default() };
    service.change(None, &"xa.anduc".parse().unwrap(), shut).await.unwrap();
    let people = offered(&server, &HERE).await;
    assert!(
        people.len() == 8 && !people.iter().any(|name| name == "lan" || name == "xa.anduc"),
        "{people:?}"
    );
    for name in ["lan", "xa.anduc", "nobody", "", "Đức", &"x".repeat(5_000)] {
        is_refused(&server, &HERE, name, name).await;
    }
    // Nor is anything accepted beside the account's name.
    for body in [
        json!({"demonstration": "quantri", "password": "x"}),
        json!({"demonstration": 1}),
        json!({"demonstration": null}),
    ] {
        assert_eq!(ask(&server, &HERE, Some(body.clone())).await.0, 422, "{body}");
    }
}
