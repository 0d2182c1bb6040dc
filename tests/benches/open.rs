//! Opening the register of the whole province: after a clean stop, beside an earlier version whose time must
//! be quartered; and after a kill in the middle of pushes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use soho_shared::wire::PushRequest;
use soho_tests::edits::{Dice, household, survey};
use soho_tests::people;
use soho_tests::server::soho;

/// Version to compare with: the last one that copied and read everything when it opened.
const REFERENCE: &str = "2d8bb03";
const ROUNDS: usize = 5;

/// Returns the reference's program: the one given, or one built from its commit below `target`.
fn reference() -> PathBuf {
    if let Some(program) = std::env::var_os("SOHO_REFERENCE") {
        return program.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tree = root.join("target/reference");
    if !tree.is_dir() {
        let mut git = Command::new("git");
        git.current_dir(root).args(["worktree", "add", "--detach"]).arg(&tree).arg(REFERENCE);
        assert!(git.status().unwrap().success(), "there is no commit {REFERENCE} here: give SOHO_REFERENCE");
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&tree).args(["build", "--release", "--locked", "--package", "soho"]);
    let built = cargo.env("CARGO_TARGET_DIR", tree.join("target")).status().unwrap();
    assert!(built.success(), "{REFERENCE} cannot be built");
    tree.join("target/release/soho")
}

/// Starts a server; returns its process, the time until it listened, and its address.
fn start(program: &Path, data: &Path) -> (Child, Duration, String) {
    let begun = Instant::now();
    let mut serve = Command::new(program);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    let mut server = serve.env("RUST_LOG", "error").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let took = begun.elapsed();
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://")).expect("it listens");
    let address = format!("http://{}", address.split('/').next().unwrap());
    (server, took, address)
}

fn stop(mut server: Child) {
    assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
    server.wait().unwrap();
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

#[tokio::main]
async fn main() {
    // `cargo test --benches` calls it like this.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (ours, reference) = (soho(), reference());
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("ours");
    let loaded = Command::new(&ours).args(["demo", "--data"]).arg(&data).stdout(Stdio::null()).status();
    assert!(loaded.unwrap().success(), "the province cannot be loaded");
    people::add(&data, "can.bo", "commune", &["29173"]).unwrap();
    let theirs = root.path().join("theirs");
    assert!(Command::new("cp").arg("-r").arg(&data).arg(&theirs).status().unwrap().success());
    let size = fs::metadata(data.join("store/db")).unwrap().len() >> 20;
    println!("a register of {size} MB, opened after a clean stop, {ROUNDS} times each in turn:");
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (program, data, times) in [(&ours, &data, &mut of_ours), (&reference, &theirs, &mut of_theirs)] {
            let (server, took, _) = start(program, data);
            times.push(took);
            stop(server);
        }
    }
    let (us, them) = (median(of_ours), median(of_theirs));
    println!("  {us:.3} s, {REFERENCE} {them:.3} s: {:.2} of its time (aim: at most 0.25)", us / them);

    // As much is pushed as a server gets in a day of a survey; then it is killed.
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    let client = reqwest::Client::new();
    for round in 0..3 {
        for (program, data, times) in [(&ours, &data, &mut of_ours), (&reference, &theirs, &mut of_theirs)] {
            let (mut server, _, address) = start(program, data);
            let account = serde_json::json!({"account": "can.bo", "password": people::password("can.bo")});
            let entered =
                client.post(format!("{address}/api/v1/sessions")).json(&account).send().await.unwrap();
            let cookie =
                entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
            let mut dice = Dice::new(round);
            for _ in 0..20 {
                let operations = (0..500).map(|_| {
                    let household = household("29173", dice.roll(5_000));
                    survey(&mut dice, household, 1_290_000_000_000)
                });
                let push = PushRequest { clock: None, operations: operations.collect() };
                let sent = client.post(format!("{address}/api/v1/sync/push")).json(&push);
                let sent = sent.header("cookie", &cookie).send().await.unwrap();
                assert!(sent.status().is_success(), "{}", sent.status());
            }
            server.kill().unwrap();
            server.wait().unwrap();
            let (server, took, _) = start(program, data);
            times.push(took);
            stop(server);
        }
    }
    let (us, them) = (median(of_ours), median(of_theirs));
    println!("after a kill, 10,000 edits since it was opened: {us:.3} s, {REFERENCE} {them:.3} s");
}
