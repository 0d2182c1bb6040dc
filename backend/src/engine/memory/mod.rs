//! An engine in memory, for tests: what it holds ends with it. Several registers may share one, as several servers
//! share a database.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{Batch, Engine, Pair, Place, Query, StoreError, Watcher, head_key, read_head};

/// What engines in memory share.
#[derive(Default)]
struct Shared {
    pairs: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
    watchers: Mutex<Vec<(usize, Watcher)>>,
}

/// An [`Engine`] in memory.
#[derive(Default)]
pub struct MemoryEngine {
    shared: Arc<Shared>,
    /// Tells it from the others that share its contents.
    number: usize,
    closed: RwLock<bool>,
}

impl MemoryEngine {
    /// Another engine with the same contents, as a second process would have.
    #[must_use]
    pub fn another(&self) -> Self {
        let number = Arc::strong_count(&self.shared);
        MemoryEngine { shared: Arc::clone(&self.shared), number, closed: RwLock::default() }
    }

    fn open(&self) -> Result<(), StoreError> {
        if *self.closed.read().unwrap_or_else(PoisonError::into_inner) {
            return Err(StoreError::Stopped("the register is closed".to_owned()));
        }
        Ok(())
    }
}

impl Engine for MemoryEngine {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        self.open()?;
        let pairs = self.shared.pairs.read().unwrap_or_else(PoisonError::into_inner);
        let answer = |query: &Query| match query {
            Query::Key(key) => {
                Ok(pairs.get_key_value(key).map(|(k, v)| (k.clone(), v.clone())).into_iter().collect())
            }
            Query::Range(range) if range.is_empty() => Ok(Vec::new()),
            Query::Range(range) => {
                let bounds = (Bound::Included(&range.from), Bound::Excluded(&range.to));
                let found = pairs.range::<Vec<u8>, _>(bounds).map(|(k, v)| Ok((k.clone(), v.clone())));
                if range.backwards { range.taken(found.rev()) } else { range.taken(found) }
            }
        };
        queries.iter().map(answer).collect()
    }

    fn commit(&self, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
        self.open()?;
        let mut written = Vec::with_capacity(batches.len());
        let mut moved: Vec<Place> = Vec::new();
        {
            let mut pairs = self.shared.pairs.write().unwrap_or_else(PoisonError::into_inner);
            for Batch { place, head, next, writes } in batches {
                let stands = pairs.get(&head_key(place)).map_or(Ok(0), |value| read_head(value))?;
                written.push(stands == head);
                if stands != head {
                    continue;
                }
                for (key, value) in writes {
                    match value {
                        Some(value) => pairs.insert(key, value),
                        None => pairs.remove(&key),
                    };
                }
                if next != head {
                    pairs.insert(head_key(place), next.to_be_bytes().to_vec());
                }
                moved.push(place);
            }
        }
        let watchers = self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, watcher) in watchers.iter().filter(|(number, _)| *number != self.number && !moved.is_empty())
        {
            watcher(&moved);
        }
        Ok(written)
    }

    fn watch(&self, moved: Watcher) {
        self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner).push((self.number, moved));
    }

    /// More than any test fills.
    fn room(&self) -> Option<u64> {
        Some(1 << 40)
    }

    fn close(&self) -> Result<(), StoreError> {
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(())
    }
}
