//! Looking after a register: backups while devices write, restoring, rewriting, and a disk that gets full.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use soho_shared::area::UnitCode;
use soho_shared::record::Operation;
use soho_shared::wire::{PushRequest, PushResponse, Status};
use soho_tests::disk::SmallDisk;
use soho_tests::edits::{Dice, household, survey};
use soho_tests::people::{self, Person};
use soho_tests::server::{self, Server, run, run_with_input};

const COMMUNES: [&str; 3] = ["29173", "28756", "29107"];

fn batch(dice: &mut Dice, size: usize) -> Vec<Operation> {
    let one = |dice: &mut Dice| {
        let commune = COMMUNES[usize::try_from(dice.roll(3)).unwrap()];
        let household = household(commune, dice.roll(300));
        survey(dice, household, 1_290_000_000_000)
    };
    (0..size).map(|_| one(dice)).collect()
}

async fn try_push(server: &str, operations: Vec<Operation>) -> reqwest::Result<reqwest::Response> {
    let request = PushRequest { clock: None, operations };
    server::http().post(format!("{server}/api/v1/sync/push")).json(&request).send().await
}

async fn push(server: &str, operations: Vec<Operation>) -> reqwest::Response {
    try_push(server, operations).await.unwrap()
}

async fn statuses(server: &str, operations: Vec<Operation>) -> Vec<Status> {
    let answer: PushResponse = push(server, operations).await.json().await.unwrap();
    answer.results.into_iter().map(|result| result.status).collect()
}

fn soho(command: &str, data: &Path, file: &Path) -> anyhow::Result<String> {
    run(&[command, "--data", data.to_str().unwrap(), file.to_str().unwrap()])
}

/// What the engine calls flushed may still be in the disk's own cache. Only an `fdatasync` of its log, seen
/// from outside the process, shows that it is on the disk.
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
async fn a_sealed_backup_is_opened_by_its_key_and_by_others_that_know_age() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let data = root.path().join("data");
    let server = Server::start(&data).unwrap();
    statuses(&server.url(""), batch(&mut Dice::new(19), 300)).await;
    let held = at("data");
    let backup = |file: &str, to: &str, said: &str| {
        run_with_input(&["backup", "--data", &held, "--encrypt", to, &at(file)], said)
    };
    // With a server and without; the passphrase as two keyboards write it.
    backup("one.age", "passphrase", "Gạo trắng nước trong \n").unwrap();
    server.stop();
    let verified = run(&["verify", "--data", &held]).unwrap();
    let key = Command::new("age-keygen").args(["-o", &at("key")]).output().unwrap();
    assert!(key.status.success(), "{}", String::from_utf8_lossy(&key.stderr));
    let public = fs::read_to_string(at("key")).unwrap();
    let public = public.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    backup("two.age", &public, "").unwrap();
    for file in ["one.age", "two.age"] {
        assert!(fs::read(at(file)).unwrap().starts_with(b"age-encryption.org/v1\n"), "{file}");
    }
    let restore = |file: &str, more: &[&str], said: &str| {
        let target = tempfile::tempdir_in(root.path()).unwrap().path().join("restored");
        let target = target.to_str().unwrap();
        let arguments: Vec<_> =
            ["restore", "--data", target].into_iter().chain(more.iter().copied()).chain([file]).collect();
        run_with_input(&arguments, said)?;
        run(&["verify", "--data", target])
    };
    let decomposed = "  Ga\u{323}o tra\u{306}\u{301}ng nu\u{31b}o\u{31b}\u{301}c trong\n";
    assert_eq!(restore(&at("one.age"), &[], decomposed).unwrap(), verified);
    assert_eq!(restore(&at("two.age"), &["--identity", &at("key")], "").unwrap(), verified);
    // Debian's own program opens the backup, and what comes out is the same.
    let mut age = Command::new("age");
    age.args(["--decrypt", "-i", &at("key"), "-o", &at("two"), &at("two.age")]);
    let opened = age.output().unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(restore(&at("two"), &[], "").unwrap(), verified);
    // What does not fit is refused with a reason, and leaves nothing behind.
    for (file, more, said, word) in [
        ("one.age", &[][..], "gao trang nuoc trong\n", "cannot be opened"),
        ("one.age", &[], "\n", "no passphrase"),
        ("two.age", &[], "", "--identity"),
        ("two.age", &["--identity", &at("two")], "", "no identity"),
    ] {
        let refused = restore(&at(file), more, said).unwrap_err().to_string();
        assert!(refused.contains(word), "{file}: {refused}");
    }
    let mut cut = fs::read(at("two.age")).unwrap();
    cut.truncate(cut.len() - 100);
    fs::write(at("cut.age"), cut).unwrap();
    let refused = restore(&at("cut.age"), &["--identity", &at("key")], "").unwrap_err().to_string();
    assert!(refused.contains("damaged") || refused.contains("too early"), "{refused}");
    assert!(backup("three.age", "age1notakey", "").unwrap_err().to_string().contains("age1"));
}

#[cfg(unix)]
/// How far each commune was written to, and how far it is backed up, after a push.
async fn numbers(server: &Server, dice: &mut Dice) -> [BTreeMap<UnitCode, u64>; 2] {
    let answer: PushResponse = push(&server.url(""), batch(dice, 60)).await.json().await.unwrap();
    assert_eq!(answer.reached.len(), COMMUNES.len());
    [answer.reached, answer.backed_up]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_knows_how_far_its_backups_go_served_or_not_sealed_or_not() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let (data, mut dice) = (root.path().join("data"), Dice::new(23));
    let mut server = Server::start(&data).unwrap();
    let [mut reached, nothing] = numbers(&server, &mut dice).await;
    assert!(nothing.is_empty(), "{nothing:?}");
    for (name, is_served, is_sealed) in
        [("a", true, false), ("b", false, false), ("c", true, true), ("d", false, true)]
    {
        let port = server.port();
        let running = if is_served {
            Some(server)
        } else {
            drop(server);
            None
        };
        let seal: &[&str] = if is_sealed { &["--encrypt", "passphrase"] } else { &[] };
        let (held, file) = (at("data"), at(name));
        let arguments = [&["backup", "--data", &held], seal, &[file.as_str()]].concat();
        run_with_input(&arguments, "Gạo trắng nước trong\n").unwrap();
        server = running.unwrap_or_else(|| Server::start_on(&data, port).unwrap());
        let [_, noted] = numbers(&server, &mut dice).await;
        assert_eq!(noted, reached, "{name}");
        // What comes after it is not in it, and a backup that does not succeed says nothing.
        assert!(soho("backup", &data, &root.path().join(name)).is_err());
        let [now, still] = numbers(&server, &mut dice).await;
        assert_eq!(still, noted, "{name}");
        reached = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_a_backup_holds_up_neither_the_next_nor_the_end() {
    use std::os::unix::net::UnixStream;

    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let server = Server::start(&data).unwrap();
    let mut dice = Dice::new(11);
    for _ in 0..10 {
        statuses(&server.url(""), batch(&mut dice, 400)).await;
    }
    let held: Vec<_> = (0..3).map(|_| UnixStream::connect(data.join("backup.socket")).unwrap()).collect();
    let file = root.path().join("one.backup");
    let begun = Instant::now();
    soho("backup", &data, &file).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "the next backup waited {:?}", begun.elapsed());
    // Larger than what the system buffers without a reader, so the clients that do not read really are in the way.
    let size = fs::metadata(&file).unwrap().len();
    assert!(size > 350_000, "a backup of {size} bytes");
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?} to end", begun.elapsed());
    drop(held);
    run(&["verify", "--data", data.to_str().unwrap()]).unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_owner_reads_what_is_the_registers() {
    use std::os::unix::fs::PermissionsExt;

    fn modes(path: &Path, found: &mut Vec<(String, u32)>) {
        let meta = fs::symlink_metadata(path).unwrap();
        found.push((path.display().to_string(), meta.permissions().mode() & 0o777));
        if meta.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| modes(&entry.unwrap().path(), found));
        }
    }
    let private = |path: &Path| {
        let mut found = Vec::new();
        modes(path, &mut found);
        found.retain(|(path, mode)| mode & 0o077 != 0 && !path.ends_with("theirs"));
        assert!(found.is_empty(), "{found:?}");
    };
    let root = tempfile::tempdir().unwrap();
    let (data, file) = (root.path().join("data"), root.path().join("one.backup"));
    let server = Server::start(&data).unwrap();
    statuses(&server.url(""), batch(&mut Dice::new(13), 50)).await;
    private(&data);
    soho("backup", &data, &file).unwrap();
    private(&file);
    server.kill();
    // As an earlier version left the register; what somebody else put there stays as it is.
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    ["", "store", "store/blobs", "store/db", "store/conf", "committed", "soho.format"]
        .iter()
        .for_each(|name| open(&data.join(name)));
    fs::write(data.join("theirs"), "").unwrap();
    open(&data.join("theirs"));
    run(&["verify", "--data", data.to_str().unwrap()]).unwrap();
    private(&data);
    assert_eq!(fs::metadata(data.join("theirs")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_and_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let whole = root.path().join("whole.backup");
    let server = Server::start(&data).unwrap();
    statuses(&server.url(""), batch(&mut Dice::new(3), 200)).await;
    drop(server);
    // Also for a register without a running server.
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
    // When it was cut short between the two renamings, it is found under its other name.
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
    // Other programs may write to the same disk in the meantime.
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
    // What is stored is still shown.
    let table = server::http()
        .get(server.url("/api/v1/statistics?area=83&round=2010&by=district"))
        .send()
        .await
        .unwrap();
    assert!(table.status().is_success());

    fs::remove_file(&ballast).unwrap();
    let found = statuses(&server.url(""), second).await;
    assert!(found.iter().all(|s| matches!(s, Status::Accepted | Status::Conflict)), "{found:?}");
    let found = statuses(&server.url(""), first).await;
    assert!(found.iter().all(|s| *s == Status::Duplicate), "{found:?}");
    server.kill();
    run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap();
}

async fn readiness(server: &Server) -> (u16, serde_json::Value) {
    let answer = reqwest::get(server.url("/readyz")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_little_room_only_pushing_is_refused() {
    let Some(disk) = SmallDisk::new(300) else { return };
    let data = disk.path().join("data");
    people::add(&data, "nga", "admin", &[]).unwrap();
    people::add(&data, "can.bo", "commune", &["29173"]).unwrap();
    let server = Server::start_with(&data, &["--listen", "127.0.0.1:0", "--keep-free", "100"]).unwrap();
    let officer = Person::sign_in(&server, "can.bo").await.unwrap();
    let mut dice = Dice::new(17);
    let mut edits = || {
        let operations =
            (0..20).map(|number| survey(&mut dice, household("29173", number), 1_290_000_000_000));
        serde_json::to_value(PushRequest { clock: None, operations: operations.collect() }).unwrap()
    };
    assert_eq!(officer.post("/api/v1/sync/push", &edits()).await.unwrap().status, 200);
    // The slow pass has read everything that is stored, and found nothing wrong.
    while readiness(&server).await.1["stored"] != "sound" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    disk.fill(60 << 20).unwrap();
    assert_eq!(officer.post("/api/v1/sync/push", &edits()).await.unwrap().status, 507);
    let (status, said) = readiness(&server).await;
    assert_eq!((status, &said["status"], &said["room"]), (200, &"limited".into(), &false.into()), "{said}");
    let other = Person::sign_in(&server, "can.bo").await.unwrap();
    let one = other.get(&format!("/api/v1/households/{}", household("29173", 7))).await.unwrap();
    assert_eq!((one.status, one.body["records"].as_array().map(Vec::len)), (200, Some(1)), "{}", one.text);
    disk.make_room().unwrap();
    assert_eq!(readiness(&server).await.1["status"], "ready");
    assert_eq!(officer.post("/api/v1/sync/push", &edits()).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_within_transactions_stops_nothing_for_good() {
    let Some(disk) = SmallDisk::new(150) else { return };
    let disk = Arc::new(disk);
    let data = disk.path().join("data");
    let mut server = Server::start_with(&data, &["--listen", "127.0.0.1:0", "--keep-free", "0"]).unwrap();
    let (port, url) = (server.port(), server.url(""));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|seed| {
            let (stop, url) = (Arc::clone(&stop), url.clone());
            tokio::spawn(async move {
                let mut dice = Dice::new(200 + seed);
                let (mut sent, mut refused) = (Vec::new(), 0);
                while !stop.load(Ordering::Relaxed) {
                    let operations = batch(&mut dice, 100);
                    match try_push(&url, operations.clone()).await.map(|answer| answer.status().as_u16()) {
                        Ok(200) => {
                            sent.extend(operations);
                            // What is stored must not fill the disk by itself.
                            tokio::time::sleep(Duration::from_millis(sent.len() as u64 / 50)).await;
                        }
                        Ok(408 | 503 | 507) => refused += 1,
                        Ok(other) => panic!("answered {other}"),
                        // It is being started again.
                        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                    }
                }
                (sent, refused)
            })
        })
        .collect();
    let filling = Arc::clone(&disk);
    let filled = tokio::task::spawn_blocking(move || {
        for turn in 0..40 {
            // Other programs write to the disk all the time, and now and then there is room again.
            let _ = filling.fill(0);
            std::thread::sleep(Duration::from_millis(50));
            filling.make_room().unwrap();
            std::thread::sleep(Duration::from_millis(turn * 10));
        }
    });
    filled.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let (mut sent, mut refused) = (Vec::new(), 0);
    for writer in writers {
        let (more, times) = writer.await.unwrap();
        sent.extend(more);
        refused += times;
    }
    println!("{refused} pushes refused, {} operations stored", sent.len());
    assert!(refused > 0 && sent.len() > 1_000, "{refused} refused, {} stored", sent.len());
    // Where the disk filled up within one of sled's large pages, the server ends, to be started again as by systemd.
    let begun = Instant::now();
    loop {
        if server.has_ended() {
            println!("the server ended, and is started again");
            server = Server::start_on(&data, port).unwrap();
        }
        let answer = server::http().get(format!("{url}/readyz")).send().await;
        if let Ok(answer) = answer
            && answer.json::<serde_json::Value>().await.is_ok_and(|said| said["status"] == "ready")
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(150), "neither ready nor ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for part in sent.chunks(500) {
        let found = statuses(&server.url(""), part.to_vec()).await;
        assert!(found.iter().all(|status| *status == Status::Duplicate), "an acknowledged operation is lost");
    }
    let more = statuses(&server.url(""), batch(&mut Dice::new(1), 50)).await;
    assert!(more.iter().all(|status| *status != Status::Rejected), "{more:?}");
    server.stop();
    run(&["verify", "--data", data.to_str().unwrap()]).unwrap();
}
