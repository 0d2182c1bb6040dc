//! `kill -9` in the middle of pushes and of opening, changed bits, full disks. Afterwards every acknowledged
//! operation is there and all tallies are right, or the server says what is damaged and the register is as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use soho_shared::record::Operation;
use soho_shared::wire::{PushRequest, PushResponse, Status};
use soho_tests::disk::SmallDisk;
use soho_tests::edits::{Dice, household, survey};
use soho_tests::server::{self, Server};
use tokio::task::JoinSet;

const WRITERS: u64 = 32;
const COMMUNES: [&str; 4] = ["29173", "28756", "29107", "28858"];

/// Sends one push; `None` when the server died before it answered.
async fn push(client: &reqwest::Client, server: &str, operations: Vec<Operation>) -> Option<PushResponse> {
    let answer = client
        .post(format!("{server}/api/v1/sync/push"))
        .json(&PushRequest { clock: None, operations })
        .send();
    let answer = answer.await.ok()?;
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.ok()
}

/// Pushes until the server is gone, and notes what was acknowledged.
async fn write(server: String, mut dice: Dice, acknowledged: Arc<Mutex<Vec<Operation>>>) {
    let client = server::http();
    loop {
        // Few households, so that writers meet; from single edits to whole days' work.
        let size = [1, 1, 3, 20, 100][usize::try_from(dice.roll(5)).unwrap()];
        let operations: Vec<_> = (0..size)
            .map(|_| {
                let commune = COMMUNES[usize::try_from(dice.roll(4)).unwrap()];
                let household = household(commune, dice.roll(500));
                let millis = 1_290_000_000_000 + dice.roll(1_000_000);
                survey(&mut dice, household, millis)
            })
            .collect();
        let Some(answer) = push(&client, &server, operations.clone()).await else { return };
        let taken = answer.results.iter().all(|r| matches!(r.status, Status::Accepted | Status::Conflict));
        assert!(taken, "{:?}", answer.results);
        acknowledged.lock().unwrap().extend(operations);
    }
}

/// Sends everything again; each operation must have been stored before.
async fn expect_all(server: &Server, acknowledged: &[Operation]) {
    let client = server::http();
    for part in acknowledged.chunks(500) {
        let answer = push(&client, &server.url(""), part.to_vec()).await.expect("the server answers");
        let lost = answer.results.iter().filter(|r| r.status != Status::Duplicate).count();
        assert_eq!(lost, 0, "{lost} acknowledged operations were lost");
    }
}

/// Number of kills of one register before the next one is begun. The more a register holds, the longer it
/// takes to check all of it after each kill.
const LIVES: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let kills = if server::long() { 200 } else { 10 };
    let seed = u64::from(std::process::id());
    println!("seed {seed}, {kills} kills");
    let mut dice = Dice::new(seed);
    let mut acknowledged = 0;
    for first in (0..kills).step_by(usize::try_from(LIVES).unwrap()) {
        acknowledged += kill_one_register(&mut dice, LIVES.min(kills - first), seed).await;
    }
    println!("{acknowledged} operations acknowledged, all there");
    assert!(acknowledged > 100, "the test hardly wrote anything");
}

/// Kills the server of one register `kills` times: every fourth time also while it opens again, half of these
/// on a full disk. Returns how many operations it had acknowledged.
async fn kill_one_register(dice: &mut Dice, kills: u64, seed: u64) -> usize {
    let (disk, folder) = (SmallDisk::new(2_000), tempfile::tempdir().unwrap());
    let data = disk.as_ref().map_or(folder.path(), SmallDisk::path).join("data");
    let mut everything = Vec::new();
    for kill in 0..kills {
        let server = Server::start(&data).unwrap();
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let dice = Dice::new(dice.roll(u64::MAX));
            writers.spawn(write(server.url(""), dice, Arc::clone(&acknowledged)));
        }
        tokio::time::sleep(Duration::from_millis(50 + dice.roll(700))).await;
        server.kill();
        while let Some(writer) = writers.join_next().await {
            writer.unwrap();
        }
        if kill % 4 == 3 {
            if let Some(disk) = disk.as_ref().filter(|_| kill % 8 == 7) {
                disk.fill(dice.roll(2 << 20)).unwrap();
            }
            // The first kill may come while it sets aside or mends, the second while it puts back.
            for _ in 0..2 {
                Server::kill_after(&data, Duration::from_millis(dice.roll(150))).unwrap();
            }
            if let Some(disk) = &disk {
                disk.make_room().unwrap();
            }
        }
        let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
        let said = server::run(&["verify", "--data", data.to_str().unwrap()]);
        assert!(said.is_ok(), "kill {kill}, seed {seed}: {said:?}");
        let server = Server::start(&data).unwrap();
        expect_all(&server, &acknowledged).await;
        server.kill();
        everything.extend(acknowledged);
    }
    // What an earlier run of the server acknowledged has also survived the later ones.
    let server = Server::start(&data).unwrap();
    expect_all(&server, &everything).await;
    everything.len()
}

/// Returns all files of a directory, by their paths in it.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn read(root: &Path, below: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(root.join(below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                read(root, &path, found);
            } else if !entry.file_name().to_str().unwrap().ends_with(".socket") {
                found.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    read(directory, Path::new(""), &mut found);
    found
}

/// Makes a directory contain exactly these files.
fn lay_out(directory: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    let _ = fs::remove_dir_all(directory);
    for (path, bytes) in files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::create_dir_all(directory.join("store/blobs")).unwrap();
}

/// Makes registers, some stopped and some killed within a push, each with what was acknowledged.
async fn registers(dice: &mut Dice) -> Vec<(BTreeMap<PathBuf, Vec<u8>>, Vec<Operation>)> {
    let mut registers = Vec::new();
    for is_stopped in [true, false] {
        let data = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        for life in 0..3 {
            let server = Server::start(data.path()).unwrap();
            let acknowledged = Arc::new(Mutex::new(Vec::new()));
            let mut writers = JoinSet::new();
            for _ in 0..4 {
                let dice = Dice::new(dice.roll(u64::MAX));
                writers.spawn(write(server.url(""), dice, Arc::clone(&acknowledged)));
            }
            while acknowledged.lock().unwrap().len() < 1_000 {
                assert!(writers.try_join_next().is_none(), "nobody writes any more");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if is_stopped || life == 1 {
                writers.shutdown().await;
                server.stop();
            } else {
                server.kill();
                while let Some(writer) = writers.join_next().await {
                    writer.unwrap();
                }
            }
            all.append(&mut acknowledged.lock().unwrap());
        }
        registers.push((files(data.path()), all));
    }
    registers
}

/// Outcome for a register in which one bit was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Nothing that matters was hit: everything is there.
    Whole,
    /// The register was opened, and `verify` says what is damaged.
    Told,
    /// The register was not opened, and is as it was.
    Refused,
}

/// Runs `verify` on a register. Where it finds nothing, all that was acknowledged must be there; that is only
/// checked where there is room for a server.
async fn fate(data: &Path, acknowledged: Option<&[Operation]>, what: &str) -> Fate {
    let before = files(data);
    let Err(said) = server::run(&["verify", "--data", data.to_str().unwrap()]) else {
        if let Some(acknowledged) = acknowledged {
            let server = Server::start(data).unwrap();
            expect_all(&server, acknowledged).await;
            server.kill();
        }
        return Fate::Whole;
    };
    let said = said.to_string();
    if said.contains("left as it is") || said.contains("is as it was") || said.contains("cannot be used") {
        let after = files(data);
        for path in before.keys().chain(after.keys()) {
            let [before, after] =
                [&before, &after].map(|files| files.get(path).map_or(&[][..], Vec::as_slice));
            assert_eq!(before.len(), after.len(), "{what}: refused, but {} changed; {said}", path.display());
            // Parts that no longer hold any page may be filled with zeros; nothing else may change.
            let differs = before.chunks(1 << 19).zip(after.chunks(1 << 19)).any(|(before, after)| {
                before != after && (path != Path::new("store/db") || after.iter().any(|byte| *byte != 0))
            });
            assert!(!differs, "{what}: refused, but {} changed; {said}", path.display());
        }
        return Fate::Refused;
    }
    assert!(said.contains("damaged") || said.contains("agree") || said.contains("cannot be read"), "{said}");
    Fate::Told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_bit_is_never_a_silent_loss() {
    let flips = if server::long() { 60 } else { 8 };
    let seed = u64::from(std::process::id());
    let mut dice = Dice::new(seed);
    let registers = registers(&mut dice).await;
    let (disk, folder) = (SmallDisk::new(500), tempfile::tempdir().unwrap());
    for with_room in [true, false] {
        let Some(place) = (if with_room { Some(folder.path()) } else { disk.as_ref().map(SmallDisk::path) })
        else {
            continue;
        };
        let mut fates = BTreeMap::new();
        for flip in 0..flips {
            let (register, acknowledged) = &registers[flip % 2];
            let mut register = register.clone();
            // Every other time the bit is in the log, which is nearly all of the register.
            let names: Vec<_> = register.keys().cloned().collect();
            let any = &names[usize::try_from(dice.roll(names.len() as u64)).unwrap()];
            let path = if flip % 4 < 2 { Path::new("store/db").to_owned() } else { any.clone() };
            let bytes = register.get_mut(&path).unwrap();
            let at = usize::try_from(dice.roll(bytes.len() as u64)).unwrap();
            let what = format!("seed {seed}, flip {flip}: byte {at} of {}", path.display());
            let Some(byte) = bytes.get_mut(at) else { continue };
            let bit = 1 << dice.roll(8);
            *byte ^= bit;
            let data = place.join("data");
            lay_out(&data, &register);
            if let Some(disk) = disk.as_ref().filter(|_| !with_room) {
                let size: usize = register.values().map(Vec::len).sum();
                disk.fill(dice.roll(size as u64)).unwrap();
                *fates.entry((fate(&data, None, &what).await, "with little room")).or_insert(0) += 1;
                disk.make_room().unwrap();
            }
            *fates
                .entry((fate(&data, Some(acknowledged.as_slice()), &what).await, "with room"))
                .or_insert(0) += 1;
        }
        println!("{fates:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_a_register_is_not_opened_and_stays_as_it_is() {
    let Some(disk) = SmallDisk::new(200) else { return };
    let data = disk.path().join("data");
    let server = Server::start(&data).unwrap();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writer = tokio::spawn(write(server.url(""), Dice::new(5), Arc::clone(&acknowledged)));
    while acknowledged.lock().unwrap().len() < 2_000 {
        assert!(!writer.is_finished(), "nobody writes any more");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.kill();
    writer.await.unwrap();
    disk.fill(0).unwrap();
    let before = files(&data);
    for _ in 0..3 {
        let said = server::run(
            &["serve", "--keep-free", "0", "--listen", "127.0.0.1:0", "--data"]
                .into_iter()
                .chain([data.to_str().unwrap()])
                .collect::<Vec<_>>(),
        )
        .unwrap_err()
        .to_string();
        assert!(said.contains("make room"), "{said}");
        assert!(files(&data) == before, "something changed");
    }
    disk.make_room().unwrap();
    let server = Server::start(&data).unwrap();
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    expect_all(&server, &acknowledged).await;
}
