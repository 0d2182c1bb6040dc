//! Schemathesis sends a real server everything that its OpenAPI document allows and much that it does not,
//! signed out and in each role. No answer may be a fault of the server, and each must be one that the
//! document describes.
//!
//! It runs only in the long form of the tests. A finding is printed with the request that reproduces it.

use std::path::Path;
use std::process::Command;

use soho_tests::people::{Person, add};
use soho_tests::server::{Server, long, run};

/// Who asks: name, role and areas, and the area that is always asked about where it is not just any area.
const PEOPLE: [(&str, &str, &[&str], Option<&str>); 4] = [
    ("root", "admin", &[], Some("83")),
    ("tinh", "province", &[], None),
    ("xa", "commune", &["29173"], Some("29173")),
    ("tinhnguyen", "volunteer", &["29173-04"], Some("29173-04")),
];

/// Operations that would end the session that asks.
const FAREWELLS: [&str; 2] = ["delete_sessions_current", "delete_devices_id"];

/// Number of requests of each kind.
const EXAMPLES: &str = "60";

#[tokio::test]
async fn every_answer_is_one_that_the_document_describes() {
    if !long() {
        println!("only in the long form: cargo xtask test --long");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_str().unwrap();
    run(&["demo", "--data", path, "--households", "300"]).unwrap();
    for (name, role, areas, _) in PEOPLE {
        add(data.path(), name, role, areas).unwrap();
    }
    let server = Server::start(data.path()).unwrap();
    ask(&server, "nobody", &[], "");
    // The administrator comes last, because whoever may change accounts will do so.
    for (name, role, _, area) in PEOPLE.into_iter().rev() {
        let person = Person::sign_in(&server, name).await.unwrap();
        let cookie = format!("Cookie: {}", person.cookie());
        let fixed = area.map(|area| format!("[parameters]\narea = \"{area}\"\nround = \"2010\"\n"));
        let mut args = vec!["--header", &cookie];
        // One of them may end anything of their own.
        if role != "volunteer" {
            args.extend(FAREWELLS.iter().flat_map(|id| ["--exclude-operation-id", id]));
        }
        ask(&server, name, &args, &fixed.unwrap_or_default());
    }
}

/// Runs Schemathesis in somebody's name; `settings` is the content of its configuration file.
fn ask(server: &Server, name: &str, args: &[&str], settings: &str) {
    let program =
        std::env::var_os("SOHO_SCHEMATHESIS").expect("`cargo xtask test --long` sets SOHO_SCHEMATHESIS");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), settings).unwrap();
    println!("Schemathesis asks as {name}");
    let mut command = Command::new(Path::new(&program));
    command.current_dir(folder.path()).args(["run", &server.url("/api/v1/openapi.json")]);
    command.args(["--seed", "2010", "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing"]);
    // Some requests that the schema allows are refused for a reason that only the document's text can say.
    command.args(["--checks", "all"]);
    command.args(["--exclude-checks", "positive_data_acceptance,negative_data_rejection"]);
    // The live figures are an answer without an end.
    command.args(["--exclude-path", "/api/v1/statistics/live", "--request-timeout", "60"]);
    // Server and passwords belong to this test alone, so a finding may be shown in full.
    command.args(["--output-sanitize", "false", "--continue-on-failure", "--warnings", "off"]);
    command.args(["--suppress-health-check", "all"]).args(args);
    let status = command.status().unwrap();
    assert!(status.success(), "as {name}: the findings are above, each with its call");
}
