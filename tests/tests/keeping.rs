//! Keeping a register: backups while devices write, restoring, writing anew, and a disk that gets full.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use soho_shared::sync::{Operation, PushRequest, PushResponse, Status};
use soho_tests::edits::{Dice, household, survey};
use soho_tests::server::{Server, run};

const COMMUNES: [&str; 3] = ["29173", "28756", "29107"];

fn batch(dice: &mut Dice, size: usize) -> Vec<Operation> {
    let one = |dice: &mut Dice| {
        let commune = COMMUNES[usize::try_from(dice.roll(3)).unwrap()];
        let household = household(commune, dice.roll(300));
        survey(dice, household, 1_290_000_000_000)
    };
    (0..size).map(|_| one(dice)).collect()
}

async fn push(server: &str, operations: Vec<Operation>) -> reqwest::Response {
    let request = PushRequest { clock: None, operations };
    let sent = reqwest::Client::new().post(format!("{server}/api/v1/sync/push")).json(&request).send();
    sent.await.unwrap()
}

async fn statuses(server: &str, operations: Vec<Operation>) -> Vec<Status> {
    let answer: PushResponse = push(server, operations).await.json().await.unwrap();
    answer.results.into_iter().map(|result| result.status).collect()
}

fn soho(command: &str, data: &Path, file: &Path) -> anyhow::Result<String> {
    run(&[command, "--data", data.to_str().unwrap(), file.to_str().unwrap()])
}

/// What the engine calls flushed may be in the disk's own cache: only an fdatasync of its log, seen from outside the
/// process, is on the disk.
#[test]
fn what_is_acknowledged_was_flushed_through_the_disks_cache() {
    let root = tempfile::tempdir().unwrap();
    let (data, trace) = (root.path().join("data"), root.path().join("trace"));
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-y", "-e", "trace=fdatasync,fsync,sync_file_range", "-o"])
        .arg(&trace)
        .arg(soho_tests::server::soho());
    traced.args(["demo", "--households", "164", "--data"]).arg(&data);
    assert!(traced.output().unwrap().status.success());
    let trace = fs::read_to_string(&trace).unwrap();
    let log = format!("<{}>", data.join("store/db").display());
    let calls = |call: &str| trace.lines().filter(|l| l.contains(call) && l.contains(&log)).count();
    let (engine, ours) = (calls("sync_file_range("), calls("fdatasync("));
    assert!(engine > 0 && ours > 0, "{engine} flushes of the engine, {ours} through the disk's cache");
    let last = |call: &str| {
        trace.rmatch_indices(call).find(|(at, _)| trace[*at..].lines().next().unwrap().contains(&log))
    };
    assert!(
        last("sync(").map(|l| l.0) > last("sync_file_range(").map(|l| l.0),
        "the last flush is not on the disk"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_restores_to_a_register_that_agrees() {
    let root = tempfile::tempdir().unwrap();
    let (data, copy) = (root.path().join("data"), root.path().join("copy"));
    let file = root.path().join("one.backup");
    let server = Server::start(&data).unwrap();
    let mut dice = Dice::new(1);
    let mut before = Vec::new();
    for _ in 0..20 {
        let operations = batch(&mut dice, 100);
        statuses(&server.url(""), operations.clone()).await;
        before.extend(operations);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|seed| {
            let (stop, server) = (Arc::clone(&stop), server.url(""));
            tokio::spawn(async move {
                let mut dice = Dice::new(100 + seed);
                let mut pushes = 0;
                while !stop.load(Ordering::Relaxed) {
                    statuses(&server, batch(&mut dice, 20)).await;
                    pushes += 1;
                }
                pushes
            })
        })
        .collect();
    let taken = tokio::task::spawn_blocking({
        let (data, file) = (data.clone(), file.clone());
        move || soho("backup", &data, &file)
    });
    let said = taken.await.unwrap().unwrap();
    stop.store(true, Ordering::Relaxed);
    let mut pushes = 0;
    for writer in writers {
        pushes += writer.await.unwrap();
    }
    println!("{pushes} pushes while it was taken: {said}");
    let twice = soho("backup", &data, &file).unwrap_err().to_string();
    assert!(twice.contains("is there already"), "{twice}");

    let said = soho("restore", &copy, &file).unwrap();
    assert!(said.contains("all agree"), "{said}");
    let restored = Server::start(&copy).unwrap();
    for part in before.chunks(500) {
        let found = statuses(&restored.url(""), part.to_vec()).await;
        assert!(found.iter().all(|status| *status == Status::Duplicate), "{found:?}");
    }
    drop(restored);
    let again = soho("restore", &copy, &file).unwrap_err().to_string();
    assert!(again.contains("holds a register already"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_and_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let whole = root.path().join("whole.backup");
    let server = Server::start(&data).unwrap();
    statuses(&server.url(""), batch(&mut Dice::new(3), 200)).await;
    drop(server);
    // Of a register that is not served, too.
    soho("backup", &data, &whole).unwrap();
    let bytes = fs::read(&whole).unwrap();
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x55;
    for (name, bytes) in [
        ("cut in half", &bytes[..middle]),
        ("without its end", &bytes[..bytes.len() - 1]),
        ("a byte changed", &changed),
        ("empty", &[]),
        ("something else", b"So Ho register, format 2\n"),
    ] {
        let file = root.path().join("bad.backup");
        fs::write(&file, bytes).unwrap();
        let target = root.path().join("target");
        let said = soho("restore", &target, &file).unwrap_err().to_string();
        assert!(said.contains("damaged") || said.contains("not a backup"), "{name}: {said}");
        assert!(!target.exists(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn written_anew_it_is_smaller_and_the_same() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).unwrap();
    let mut dice = Dice::new(5);
    let mut all = Vec::new();
    for _ in 0..40 {
        let operations = batch(&mut dice, 100);
        statuses(&server.url(""), operations.clone()).await;
        all.extend(operations);
    }
    let dir = data.path().to_str().unwrap();
    let busy = run(&["compact", "--data", dir]).unwrap_err().to_string();
    assert!(busy.contains("in use"), "{busy}");
    drop(server);
    let verified = run(&["verify", "--data", dir]).unwrap();
    println!("{}", run(&["compact", "--data", dir]).unwrap());
    assert_eq!(run(&["verify", "--data", dir]).unwrap(), verified);
    // Cut short between the two renamings, it is found under its other name.
    fs::rename(data.path().join("store"), data.path().join("store.old")).unwrap();
    assert_eq!(run(&["verify", "--data", dir]).unwrap(), verified);
    let server = Server::start(data.path()).unwrap();
    let found = statuses(&server.url(""), all.split_off(all.len() - 500)).await;
    assert!(found.iter().all(|status| *status == Status::Duplicate), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_goes_on_when_there_is_room() {
    let data = tempfile::tempdir().unwrap();
    let free = Command::new("df").args(["--output=avail", "-BM"]).arg(data.path()).output().unwrap();
    let free = String::from_utf8(free.stdout).unwrap();
    let free: u64 = free.lines().nth(1).unwrap().trim().trim_end_matches('M').parse().unwrap();
    assert!(free > 3_000, "the tests need 3 GB");
    // Others may write to the same disk meanwhile.
    let room = (free / 3).min(5_000);
    let keep = (free - room).to_string();
    let server = Server::start_with(data.path(), &["--listen", "127.0.0.1:0", "--keep-free", &keep]).unwrap();
    let mut dice = Dice::new(7);
    let first = batch(&mut dice, 50);
    statuses(&server.url(""), first.clone()).await;

    let ballast = data.path().join("ballast");
    let size = format!("{}M", 2 * room);
    let filled = Command::new("fallocate").args(["-l", &size]).arg(&ballast).status().unwrap();
    assert!(filled.success(), "no room for a file of {size}");
    let second = batch(&mut dice, 50);
    let refused = push(&server.url(""), second.clone()).await;
    assert_eq!(refused.status(), 507);
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("nothing was stored"), "{problem}");
    // What is there is still shown.
    let table = reqwest::get(server.url("/api/v1/statistics?area=83&round=2010&by=district")).await.unwrap();
    assert!(table.status().is_success());

    fs::remove_file(&ballast).unwrap();
    let found = statuses(&server.url(""), second).await;
    assert!(found.iter().all(|s| matches!(s, Status::Accepted | Status::Conflict)), "{found:?}");
    let found = statuses(&server.url(""), first).await;
    assert!(found.iter().all(|s| *s == Status::Duplicate), "{found:?}");
    server.kill();
    run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
}
