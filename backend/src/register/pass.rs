//! Reading everything slowly while the register is served, so that damage is found before somebody needs what is damaged.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::check::{self, Depth};
use super::keys;
use super::types::Pass;
use super::writer::Shared;
use crate::engine::StoreError;

/// Length of a rest, as a multiple of the time spent reading before it.
const REST: u32 = 30;
/// Shortest rest between two places.
const SHORT: Duration = Duration::from_millis(20);
/// Rest while the disk is full or cannot be read.
const LONG: Duration = Duration::from_secs(5);
/// Rest between two passes.
const AGAIN: Duration = Duration::from_secs(24 * 3_600);

/// Starts a thread that reads, place by place, for as long as the register is open.
pub(super) fn begin(shared: &Arc<Shared>) -> io::Result<()> {
    let shared = Arc::downgrade(shared);
    let pass = move || {
        while once(&shared).is_some() {
            thread::sleep(AGAIN);
        }
    };
    thread::Builder::new().name("store-pass".to_owned()).spawn(pass).map(drop)
}

/// Reads everything once; `None` when the register was closed.
fn once(shared: &Weak<Shared>) -> Option<()> {
    let mut problems = 0;
    for place in keys::places() {
        loop {
            let shared = shared.upgrade()?;
            let begun = Instant::now();
            let found = {
                let read = AssertUnwindSafe(|| check::check_place(&*shared.store, place, Depth::Everything));
                panic::catch_unwind(read).unwrap_or_else(|_| Err(StoreError::Damaged(String::new())))
            };
            let found = match found {
                Ok(found) => found.problem_count,
                Err(StoreError::Damaged(_)) => 1,
                Err(StoreError::Stopped(_)) => return None,
                Err(StoreError::Full | StoreError::Io(_)) => {
                    drop(shared);
                    thread::sleep(LONG);
                    continue;
                }
            };
            if found > 0 {
                tracing::error!(found, "something stored is damaged: `soho verify` says what");
                problems += found;
                // Told at once, and kept until a whole pass finds less.
                let mut pass = shared.pass.lock().unwrap_or_else(PoisonError::into_inner);
                pass.problems = pass.problems.max(problems);
            }
            drop(shared);
            thread::sleep((begun.elapsed() * REST).max(SHORT));
            break;
        }
    }
    let shared = shared.upgrade()?;
    let mut pass = shared.pass.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = pass.whole + 1;
    *pass = Pass { whole, problems };
    drop(pass);
    if whole == 1 && problems == 0 {
        tracing::info!("all that is stored was read and agrees");
    }
    Some(())
}
