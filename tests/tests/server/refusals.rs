//! Registers on which the server refuses to start: it says so in one sentence, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use soho_shared::wire::{PushRequest, PushResponse, Status};
use soho_tests::edits::{Dice, household, survey};
use soho_tests::server::{self, Server};

/// Returns all files of a directory with their bytes.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(files(&path));
        } else if path.is_file() {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.is_file() {
            // Except the socket that a killed server leaves.
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Starts `soho` and expects it to end at once; returns its exit status and what it said.
fn refused(args: &[&str]) -> (i32, String) {
    let mut process = Command::new(server::soho())
        .args(args)
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            process.kill().unwrap();
            panic!("soho {args:?} runs; it should have refused");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = process.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

/// Expects a start on this directory to be refused in one sentence that contains these words, and the
/// directory to stay as it was.
fn expect_refusal(what: &str, data: &Path, words: &str) {
    let before = files(data);
    println!("{what}");
    let (status, said) = refused(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(status, 1, "{what}: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{what}: {said}");
    assert!(said.contains(words) && !said.contains("panicked"), "{what}: {said}");
    assert!(files(data) == before, "{what}: something was changed in the directory");
}

/// Size of the parts in which sled writes its log, in bytes.
const SEGMENT: usize = 512 << 10;

/// Expects a damaged copy of a good register to be refused or served whole: the damage may have hit space that holds
/// nothing any more. A refused one stays as it was, but for parts of the log in which no page lies: those that the engine
/// wrote to are filled with zeros, and the good register serves everything without them too.
async fn expect_refusal_or_all(what: &str, data: &Path, good: &Path, sent: &[PushRequest]) {
    println!("{what}");
    let log = data.join("store/db");
    let mut before = files(data);
    if let Ok(server) = Server::start(data) {
        serves_all(what, &server, sent).await;
        return;
    }
    let mut after = files(data);
    let [was, is] = [&mut before, &mut after].map(|files| files.remove(&log).unwrap());
    assert!(before == after && was.len() == is.len(), "{what}: something was changed in the directory");
    let copied = tempfile::tempdir().unwrap();
    copy(good, copied.path());
    let mut kept = fs::read(good.join("store/db")).unwrap();
    for (number, (was, is)) in was.chunks(SEGMENT).zip(is.chunks(SEGMENT)).enumerate() {
        if was != is {
            assert!(is.iter().all(|byte| *byte == 0), "{what}: segment {number} was changed");
            kept[number * SEGMENT..][..is.len()].fill(0);
        }
    }
    if was != is {
        fs::write(copied.path().join("store/db"), kept).unwrap();
        let server = Server::start(copied.path()).unwrap();
        serves_all(&format!("{what}, undone"), &server, sent).await;
    }
}

async fn serves_all(what: &str, server: &Server, sent: &[PushRequest]) {
    for request in sent {
        let answer = push(server, request).await;
        let kept = answer.results.iter().all(|r| r.status == Status::Duplicate);
        assert!(kept, "{what}: served with a loss");
    }
}

async fn push(server: &Server, request: &PushRequest) -> PushResponse {
    let sent = server::http().post(server.url("/api/v1/sync/push")).json(request).send().await;
    sent.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// Makes a register with some thousand edits; returns it with these edits.
async fn register() -> (tempfile::TempDir, Vec<PushRequest>) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).unwrap();
    let mut dice = Dice::new(7);
    let mut sent = Vec::new();
    for round in 0..16 {
        let edit = |n| survey(&mut dice, household("29173", n + round % 8 * 500), 1_290_000_000_000 + round);
        let request = PushRequest { clock: None, operations: (0..500).map(edit).collect() };
        push(&server, &request).await;
        sent.push(request);
    }
    server.kill();
    (data, sent)
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("letter.txt"), "Kính gửi").unwrap();
    expect_refusal("a letter", data.path(), "not Sổ Hộ's");
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("db"), "somebody else's").unwrap();
    expect_refusal("another database", data.path(), "not Sổ Hộ's");
    let data = tempfile::NamedTempFile::new().unwrap();
    let (status, said) =
        refused(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    assert!(status == 1 && said.contains("not a directory"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_register_is_refused_and_left_as_it_is() {
    let (good, sent) = register().await;
    let log = |data: &Path| data.join("store/db");
    let snapshot = |data: &Path| {
        let mut files = fs::read_dir(data.join("store")).unwrap().map(|e| e.unwrap().path());
        files.find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("snap"))
    };
    let overwrite = |path: &Path, from: f64, length: usize| {
        let mut bytes = fs::read(path).unwrap();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a test"
        )]
        let start = (bytes.len() as f64 * from) as usize;
        for byte in bytes.iter_mut().skip(start).take(length) {
            *byte ^= 0x5a;
        }
        fs::write(path, bytes).unwrap();
    };
    for part in 0..10 {
        let data = tempfile::tempdir().unwrap();
        copy(good.path(), data.path());
        overwrite(&log(data.path()), f64::from(part) / 10.0, 4_096);
        expect_refusal_or_all(
            &format!("a page at {part} tenths overwritten"),
            data.path(),
            good.path(),
            &sent,
        )
        .await;
    }
    let data = tempfile::tempdir().unwrap();
    copy(good.path(), data.path());
    overwrite(&log(data.path()), 0.3, 1 << 20);
    expect_refusal_or_all("a megabyte overwritten", data.path(), good.path(), &sent).await;
    type Damage<'a> = Box<dyn Fn(&Path) + 'a>;
    let damages: Vec<(&str, Damage)> = vec![
        ("all of it noise", Box::new(|d| overwrite(&log(d), 0.0, usize::MAX))),
        (
            "cut in half",
            Box::new(|d| {
                let bytes = fs::read(log(d)).unwrap();
                fs::write(log(d), &bytes[..bytes.len() / 2]).unwrap();
            }),
        ),
        ("emptied", Box::new(|d| fs::write(log(d), "").unwrap())),
        ("without its log", Box::new(|d| fs::remove_file(log(d)).unwrap())),
        ("without its records", Box::new(|d| fs::remove_dir_all(d.join("store")).unwrap())),
        ("a count of noise", Box::new(|d| fs::write(d.join("committed"), "many").unwrap())),
        ("without its count", Box::new(|d| fs::remove_file(d.join("committed")).unwrap())),
        ("a mark of noise", Box::new(|d| fs::write(d.join("soho.format"), [0xff; 64]).unwrap())),
        ("the engine's settings noise", Box::new(|d| fs::write(d.join("store/conf"), [b'?'; 90]).unwrap())),
        (
            "a snapshot of noise",
            Box::new(|d| {
                let name = snapshot(d).unwrap_or_else(|| d.join("store/snap.0000000000000001"));
                fs::write(name, [7; 500]).unwrap();
            }),
        ),
    ];
    for (what, damage) in damages {
        let data = tempfile::tempdir().unwrap();
        copy(good.path(), data.path());
        damage(data.path());
        expect_refusal(what, data.path(), "is damaged and was left as it is");
    }
    let data = tempfile::tempdir().unwrap();
    copy(good.path(), data.path());
    fs::write(data.path().join("soho.format"), "So Ho register, format 99\n").unwrap();
    expect_refusal("a later format", data.path(), "newer version");
    // The good register is still good.
    server::run(&["verify", "--data", good.path().to_str().unwrap()]).unwrap();
}

#[test]
fn a_register_in_use_and_a_port_in_use_are_one_sentence_each() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).unwrap();
    let (status, said) =
        refused(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    assert!(status == 1 && said.contains("in use by another soho") && said.lines().count() == 1, "{said}");
    drop(server);

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let (status, said) = refused(&["serve", "--listen", &address, "--data", data.path().to_str().unwrap()]);
    assert!(status == 1 && said.contains("in use by another program") && said.lines().count() == 1, "{said}");
    assert!(files(data.path()).is_empty(), "nothing is made for a server that cannot start");
}

#[test]
fn other_machines_are_refused_and_bad_usage_is_2() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_str().unwrap();
    let (status, said) = refused(&["serve", "--listen", "0.0.0.0:0", "--data", path]);
    assert!(status == 1 && said.contains("has no accounts") && said.lines().count() == 1, "{said}");
    assert_eq!(refused(&["serve"]).0, 2);
    assert_eq!(refused(&["report", "riches", "--data", path, "--format", "csv"]).0, 2);
    let (status, said) = refused(&["report", "district", "--data", "/nowhere/at/all", "--format", "csv"]);
    assert!(status == 1 && said.contains("no directory"), "{said}");
}
