//! The OpenAPI document is served, sound, and says of every address what it answers.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use soho::http::{App, app};
use soho::register::Register;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

/// A server that is asked in process, without a network.
fn server() -> (Router, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let store = Arc::new(Register::open(data.path()).unwrap());
    (app(App::new(store, watch::channel(false).1, false), None), data)
}

async fn ask(server: &Router, method: &str, path: &str, tag: Option<&str>) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    let answer = server.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

async fn document(server: &Router) -> Value {
    let (status, _, body) = ask(server, "GET", "/api/v1/openapi.json", None).await;
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap()
}

/// Each operation with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let of_path = item.as_object().unwrap().iter();
        of_path.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Paths of the server's own routes, from its debug output: axum tells them nowhere else.
fn routes(server: &Router) -> BTreeSet<String> {
    let debug = format!("{server:?}");
    let (own, _) = debug.split_once("fallback_router").unwrap();
    let (_, paths) = own.split_once("Node { paths: {").unwrap();
    let texts = paths.split('"').skip(1).step_by(2).map(ToOwned::to_owned);
    texts.filter(|path| path != "/api" && path != "/api/{*rest}").collect()
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let (server, _data) = server();
    let document = document(&server).await;
    let described: BTreeSet<_> = operations(&document).map(|(path, ..)| path.to_owned()).collect();
    assert!(described.len() > 10, "{described:?}");
    assert_eq!(described, routes(&server));
    for path in described {
        let address = path.replace(['{', '}'], "");
        let (status, headers, _) = ask(&server, "TRACE", &address, None).await;
        assert_eq!(status, 405, "{path}");
        let allowed = headers["allow"].to_str().unwrap().to_lowercase();
        let answered: BTreeSet<_> = allowed.split(',').filter(|method| *method != "head").collect();
        let of_path = operations(&document).filter(|(of, ..)| *of == path);
        assert_eq!(answered, of_path.map(|(_, method, _)| method).collect(), "{path}");
    }
}

#[tokio::test]
async fn the_document_is_sound() {
    let (server, _data) = server();
    let document = document(&server).await;
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let target = reference.split('"').next().unwrap();
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} is not in the document");
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let of = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str()), "{of}: its name is another's");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{of} says nothing");
        let named = operation["parameters"].as_array().into_iter().flatten();
        let named: BTreeSet<_> =
            named.filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
        let varies: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(named, varies, "{of}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{of}");
        for (status, answer) in answers {
            let said = answer.get("$ref").or(answer.get("description")).and_then(Value::as_str);
            assert!(said.is_some_and(|text| !text.is_empty()), "{of} does not say what {status} means");
        }
        let public = operation.get("security").is_none();
        assert_eq!(answers.contains_key("401"), !public || of == "post /api/v1/sessions", "{of}");
    }
}

/// Texts of all Rust sources below a folder.
fn sources(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(rs) if rs == "rs" => vec![std::fs::read_to_string(&path).unwrap()],
            _ => Vec::new(),
        })
        .collect()
}

/// Of two types with the same name utoipa describes only one, and does not say so.
#[test]
fn no_two_types_have_one_name_in_the_document() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for source in ["src", "../shared/src"].into_iter().flat_map(|folder| sources(&root.join(folder))) {
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if !line.contains("derive(") || !line.contains("ToSchema") {
                continue;
            }
            let after = |line: &str, word: &str| {
                let rest = line.split_once(word)?.1;
                Some(rest.split(|c: char| !c.is_alphanumeric()).next()?.to_owned())
            };
            let name = lines.by_ref().find_map(|line| {
                ["(as = ", "struct ", "enum "].into_iter().find_map(|word| after(line, word))
            });
            let name = name.unwrap();
            assert!(names.insert(name.clone()), "two types are called {name}");
        }
    }
}

#[tokio::test]
async fn what_a_reader_has_is_not_sent_again() {
    let (server, _data) = server();
    let (_, headers, _) = ask(&server, "GET", "/api/v1/openapi.json", None).await;
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "public, max-age=3600");
    let tag = headers["etag"].to_str().unwrap();
    let (status, _, body) = ask(&server, "GET", "/api/v1/openapi.json", Some(tag)).await;
    assert_eq!((status, body.len()), (304, 0));
}
