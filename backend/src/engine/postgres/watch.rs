//! Watching: the heads are looked at again and again. A notification would make commits wait in line across the whole
//! server, and does not come through a pooler.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::StoreError;
use super::line::{Line, Question};
use crate::engine::{Place, Watcher};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// By the index of the heads.
const HEADS: &str = "select place, value from soho where key = ''";

type Heads = BTreeMap<Place, Vec<u8>>;
type Watchers = Arc<Mutex<Vec<Watcher>>>;

/// A thread that looks at the heads; it ends with the line.
pub(super) struct Watch {
    watchers: Watchers,
}

impl Watch {
    /// Begins to look. What moves from now on is told.
    pub(super) fn start(line: &Arc<Line>) -> Self {
        let watchers = Watchers::default();
        // If there is no answer now, the first one is all news.
        let seen = heads(line).unwrap_or_default();
        let (line, told) = (Arc::downgrade(line), Arc::downgrade(&watchers));
        let begun = thread::Builder::new().name("soho-watch".to_owned());
        if let Err(error) = begun.spawn(move || look(&line, &told, seen)) {
            tracing::warn!("what other servers write is seen late: no thread to watch it: {error}");
        }
        Watch { watchers }
    }

    pub(super) fn add(&self, watcher: Watcher) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
    }
}

/// Looks until nobody is left to tell.
fn look(line: &Weak<Line>, watchers: &Weak<Mutex<Vec<Watcher>>>, mut seen: Heads) {
    let mut failing = false;
    loop {
        thread::sleep(LOOK);
        let (Some(line), Some(watchers)) = (line.upgrade(), watchers.upgrade()) else { return };
        if line.is_closed() {
            return;
        }
        let now = match heads(&line) {
            Ok(now) => now,
            Err(_) if line.is_closed() => return,
            Err(error) => {
                // Once an outage.
                if !failing {
                    tracing::warn!(
                        "what other servers write is not seen until the database answers: {error}"
                    );
                }
                failing = true;
                continue;
            }
        };
        if failing {
            tracing::info!("the database answers again");
            failing = false;
        }
        let gone = seen.keys().filter(|place| !now.contains_key(*place));
        let moved = now.iter().filter(|(place, head)| seen.get(*place) != Some(head)).map(|(place, _)| place);
        let moved: Vec<Place> = moved.chain(gone).copied().collect();
        if !moved.is_empty() {
            for watcher in watchers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                watcher(&moved);
            }
        }
        seen = now;
    }
}

/// The heads of all places.
fn heads(line: &Arc<Line>) -> Result<Heads, StoreError> {
    let asked = Arc::clone(line);
    line.wait(async move { asked.ask(&AllHeads).await })
}

struct AllHeads;

impl Question for AllHeads {
    type Answer = Heads;

    async fn ask(&self, client: &Client) -> Result<Heads, Error> {
        let rows = client.query_typed(HEADS, &[]).await?;
        rows.iter().map(|row| Ok((row.try_get::<_, i32>(0)?.to_be_bytes(), row.try_get(1)?))).collect()
    }
}
