//! `kill -9` in the middle of pushes: every acknowledged operation is there, and all tallies are right.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use soho_shared::sync::{Operation, PushRequest, PushResponse, Status};
use soho_tests::edits::{Dice, household, survey};
use soho_tests::server::{self, Server};
use tokio::task::JoinSet;

const WRITERS: u64 = 32;
const COMMUNES: [&str; 4] = ["29173", "28756", "29107", "28858"];

/// Sends one push; `None` when the server died under it.
async fn push(client: &reqwest::Client, server: &str, operations: Vec<Operation>) -> Option<PushResponse> {
    let answer = client
        .post(format!("{server}/api/v1/sync/push"))
        .json(&PushRequest { clock: None, operations })
        .send();
    let answer = answer.await.ok()?;
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.ok()
}

/// Pushes until the server is gone; notes what was acknowledged.
async fn write(server: String, mut dice: Dice, acknowledged: Arc<Mutex<Vec<Operation>>>) {
    let client = reqwest::Client::new();
    loop {
        // Few households, so that writers meet; single edits and whole days' work.
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

/// Sends all again; each must have been stored before.
async fn expect_all(server: &Server, acknowledged: &[Operation]) {
    let client = reqwest::Client::new();
    for part in acknowledged.chunks(500) {
        let answer = push(&client, &server.url(""), part.to_vec()).await.expect("the server answers");
        let lost = answer.results.iter().filter(|r| r.status != Status::Duplicate).count();
        assert_eq!(lost, 0, "{lost} acknowledged operations were lost");
    }
}

/// How often one register is killed before the next is begun: checking all of it after each kill takes
/// longer the more it holds.
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

/// Kills the server of one register so many times; returns how many operations it had acknowledged.
async fn kill_one_register(dice: &mut Dice, kills: u64, seed: u64) -> usize {
    let data = tempfile::tempdir().unwrap();
    let mut everything = Vec::new();
    for kill in 0..kills {
        let server = Server::start(data.path()).unwrap();
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
        let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
        let said = server::run(&["verify", "--data", data.path().to_str().unwrap()]);
        assert!(said.is_ok(), "kill {kill}, seed {seed}: {said:?}");
        let server = Server::start(data.path()).unwrap();
        expect_all(&server, &acknowledged).await;
        server.kill();
        everything.extend(acknowledged);
    }
    // What an earlier life of the server acknowledged has also survived the later ones.
    let server = Server::start(data.path()).unwrap();
    expect_all(&server, &everything).await;
    everything.len()
}
