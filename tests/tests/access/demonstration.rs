//! A demonstration's accounts, from the command that makes them to the server that lets them in.

use std::path::Path;

use serde_json::json;
use soho_tests::people::{Person, add};
use soho_tests::server::{Server, run};

fn demo(data: &Path) -> String {
    run(&["demo", "--data", data.to_str().unwrap(), "--households", "164"]).unwrap()
}

/// Returns the accounts that the command printed, each with its password where it printed one.
fn told(said: &str) -> Vec<(String, Option<String>)> {
    let lines = said.lines().filter(|line| line.starts_with("  "));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    words
        .map(|words| {
            let last = words[words.len() - 1];
            let is_password = last.len() == 11 && last.as_bytes()[5] == b'-';
            (words[0].to_owned(), is_password.then(|| last.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn its_passwords_are_told_once_and_open_it_anywhere_and_taps_open_it_here() {
    let data = tempfile::tempdir().unwrap();
    let first = told(&demo(data.path()));
    assert!(first.len() == 9 && first.iter().all(|(_, password)| password.is_some()), "{first:?}");
    let again = told(&demo(data.path()));
    assert_eq!(again, first.iter().map(|(name, _)| (name.clone(), None)).collect::<Vec<_>>());

    let server = Server::start(data.path()).unwrap();
    assert_eq!(
        Person::nobody(&server).get("/api/v1/sync/pull?area=83").await.unwrap().short(),
        "401 not-signed-in"
    );
    let offered = Person::nobody(&server).get("/api/v1/sessions/demonstration").await.unwrap();
    assert_eq!(offered.body["accounts"].as_array().unwrap().len(), 9);
    for (name, password) in &first {
        let person = Person::of_demonstration(&server, name).await.unwrap();
        assert_eq!(person.get("/api/v1/sessions/current").await.unwrap().body["account"], *name);
        assert!(
            Person::enter(&server, json!({"account": name, "password": password})).await.is_ok(),
            "{name}"
        );
    }
    let officer = Person::of_demonstration(&server, "tinh.bentre").await.unwrap();
    assert_eq!(
        officer.get("/api/v1/statistics?area=83&round=2010").await.unwrap().body["total"]["households"],
        164
    );
    drop(server);

    // Other machines could reach this server, so only passwords open it.
    let server = Server::start_with(data.path(), &["--listen", "0.0.0.0:0"]).unwrap();
    let here = format!("http://127.0.0.1:{}/api/v1/sessions", server.port());
    let offered = reqwest::get(format!("{here}/demonstration")).await.unwrap().text().await.unwrap();
    assert_eq!(offered, r#"{"accounts":[]}"#);
    let http = reqwest::Client::new();
    let enter = |key: serde_json::Value| http.post(&here).json(&key).send();
    assert_eq!(enter(json!({"demonstration": "quantri"})).await.unwrap().status(), 403);
    let (name, password) = &first[0];
    assert_eq!(enter(json!({"account": name, "password": password})).await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_real_register_and_one_with_accounts_of_its_own_get_none() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "root", "admin", &[]).unwrap();
    let said = demo(data.path());
    assert!(told(&said).is_empty() && said.contains("accounts of its own"), "{said}");
    let server = Server::start(data.path()).unwrap();
    let nobody = Person::nobody(&server);
    assert_eq!(nobody.get("/api/v1/sessions/demonstration").await.unwrap().text, r#"{"accounts":[]}"#);
    let refused = nobody.post("/api/v1/sessions", &json!({"demonstration": "root"})).await.unwrap();
    assert_eq!(refused.short(), "403 no-demonstration");
}
