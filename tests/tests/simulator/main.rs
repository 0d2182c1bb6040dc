//! The simulator. Hundreds of tablets, a network that loses, repeats, reorders and cuts messages, clocks that
//! are years off, batteries that die, tablets restored from old backups, and a server that crashes. It runs
//! the app's own outbox and the server's own merge and store, and one seed decides everything.
//!
//! At the end nothing acknowledged is missing, all copies are equal byte for byte, the tallies equal a
//! recount, every value that lost without having been seen is kept and listed as a conflict, and the history
//! shows every edit once. `SOHO_SEED=7` replays one seed, `SOHO_SEED=7..20` those from 7 to 19, and
//! `SOHO_LONG=1` uses the size of the long run.

#![allow(clippy::unwrap_used, reason = "a test")]

mod device;
mod oracle;
mod sabotage;
mod server;
mod world;

use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use sabotage::Sabotage;
use soho_shared::law::second;
use soho_shared::record::Round;
use soho_tests::server::long;
use world::{Story, World};

/// The server's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The rounds that are surveyed.
const ROUNDS: [Round; 3] = [Round::CENSUS_2010, Round::new(2011).unwrap(), Round::new(2012).unwrap()];

/// In milliseconds.
const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
const YEAR: u64 = 365 * DAY;

/// How much happens under one seed.
#[derive(Clone, Copy)]
struct Size {
    devices: usize,
    /// Edits of each device.
    edits: u32,
    /// Most edits between two attempts to reach the server.
    at_once: u64,
}

/// Sizes for the 50 seeds of the ordinary run and the 1.000 of the long one.
const ORDINARY: Size = Size { devices: 200, edits: 100, at_once: 12 };
const FULL: Size = Size { devices: 200, edits: 500, at_once: 40 };

/// Held by each world, alone by one in which the law changes: a law is in force in a whole process.
static LAW: RwLock<()> = RwLock::new(());

fn run(seed: u64, size: Size, sabotage: Option<Sabotage>) -> Result<Story, String> {
    let _law = LAW.read().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(World::new(seed, size, sabotage).run())
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_and_all_end_the_same() {
    let size = if long() { FULL } else { ORDINARY };
    let seeds = match std::env::var("SOHO_SEED") {
        Ok(asked) => {
            let number =
                |text: &str| text.parse::<u64>().expect("SOHO_SEED is a number, or two joined by `..`");
            let (first, end) = asked.split_once("..").unwrap_or((&asked, ""));
            let first = number(first);
            first..if end.is_empty() { first + 1 } else { number(end) }
        }
        Err(_) => 0..if long() { 1_000 } else { 50 },
    };
    let next = AtomicU64::new(seeds.start);
    let begun = Instant::now();
    let failed = thread::scope(|scope| {
        // One more than there are processors, since a world often waits for its store's own threads.
        let workers = thread::available_parallelism().map_or(1, usize::from) + 1;
        let work = || -> Vec<String> {
            let mut failed = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return failed;
                }
                match run(seed, size, None) {
                    Ok(story) => println!("seed {seed}: {story:?}"),
                    Err(what) => {
                        println!("seed {seed} failed: {what}");
                        failed.push(format!("seed {seed}: {what}"));
                    }
                }
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    println!("{:.0} s", begun.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_seed_replays_exactly() {
    let small = Size { devices: 30, edits: 60, at_once: 12 };
    for seed in [7, 2011] {
        assert_eq!(run(seed, small, None), run(seed, small, None), "seed {seed}");
    }
}

#[test]
fn under_another_law_all_households_are_counted_by_it() {
    let _law = LAW.write().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // The first keeps its register on a disk, the other in memory.
    for seed in [0, 1] {
        let mut world = World::new(seed, Size { devices: 30, edits: 60, at_once: 12 }, None);
        let story = runtime.block_on(async {
            for (edits_left, another) in [(40, true), (20, false), (10, true)] {
                world.work_until(edits_left).await?;
                second::put_in_force(another);
                world.open_anew();
            }
            world.run().await
        });
        second::put_in_force(false);
        println!("seed {seed}: {:?}", story.unwrap());
    }
}

/// A simulator that finds nothing proves nothing: a merge broken on purpose must be caught.
#[test]
fn a_broken_merge_is_caught() {
    let small = Size { devices: 30, edits: 60, at_once: 12 };
    for sabotage in Sabotage::ALL {
        let caught = (0..50).find_map(|seed| run(seed, small, Some(sabotage)).err().map(|what| (seed, what)));
        let (seed, what) = caught.unwrap_or_else(|| panic!("{sabotage:?} was not noticed under 50 seeds"));
        println!("{sabotage:?}: seed {seed}: {what}");
    }
}
