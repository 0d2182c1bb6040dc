//! Several real processes on one database. This binary is started again for each.

use std::env;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use soho::engine::{Batch, Engine, Query, head_key, read_head};

use super::{cluster, database, open};
use crate::contract::head;

const PLACE: [u8; 4] = *b"proc";
/// Its value is the head that it was written under.
const COUNTER: &[u8] = b"proccounter";

/// Counts up as often as this, by compare-and-set.
fn count(engine: &dyn Engine, times: usize) {
    for _ in 0..times {
        loop {
            let asked = [Query::Key(head_key(PLACE)), Query::Key(COUNTER.to_vec())];
            let answers = engine.read(&asked).expect("it answers");
            let read =
                |at: usize| answers[at].first().map_or(0, |(_, value)| read_head(value).expect("8 bytes"));
            assert_eq!(read(0), read(1));
            let mut batch = Batch::new(PLACE, read(0));
            batch.insert(COUNTER.to_vec(), batch.next.to_be_bytes());
            if engine.commit(vec![batch]).expect("it answers")[0] {
                break;
            }
        }
    }
}

/// What a started process does; nothing where nobody started it.
#[test]
fn as_a_started_process() {
    let Ok(address) = env::var("SOHO_ENGINE_ADDRESS") else { return };
    let times = env::var("SOHO_ENGINE_TIMES").expect("it is told").parse().expect("a number");
    count(&*open(&address), times);
}

/// A process that counts, to be started.
pub(super) fn counting(address: &str, times: usize) -> Command {
    let mut process = Command::new(env::current_exe().expect("it has a name"));
    process
        .args(["--exact", "postgres::processes::as_a_started_process"])
        .env("SOHO_ENGINE_ADDRESS", address)
        .env("SOHO_ENGINE_TIMES", times.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    process
}

#[test]
fn processes_count_together() {
    let cluster = cluster();
    let address = cluster.address(&database(&cluster));
    let engine = open(&address);
    let mut started = [(); 2].map(|()| counting(&address, 60).spawn().expect("it starts"));
    count(&*engine, 60);
    for process in &mut started {
        assert!(process.wait().expect("it ends").success());
    }
    assert_eq!(head(&*engine, PLACE), 180);
}

#[test]
fn a_killed_process_holds_nobody_up() {
    let cluster = cluster();
    let address = cluster.address(&database(&cluster));
    let engine = open(&address);
    for _ in 0..4 {
        let before = head(&*engine, PLACE);
        let mut started = counting(&address, usize::MAX).spawn().expect("it starts");
        let begun = Instant::now();
        while head(&*engine, PLACE) < before + 10 {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not count");
            thread::sleep(Duration::from_millis(3));
        }
        started.kill().expect("it is killed");
        started.wait().expect("it ends");
        let begun = Instant::now();
        count(&*engine, 3);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
