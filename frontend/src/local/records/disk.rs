//! The outbox between memory and disk: what must be written, and what was found there.

use soho_shared::record::{RecordKey, Stamp};
use uuid::Uuid;

use super::super::outbox::{Entry, Step, Written};
use super::{Kept, Records, each_once};

impl Records {
    /// Returns whether anything in memory is not on disk yet.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        !self.gone.is_empty() || self.outbox.values().flat_map(|waiting| &waiting.0).any(|kept| kept.dirty)
    }

    /// Takes the steps that must be written now. An entry in which an unsendable field holds back others is
    /// divided first. `spare` draws ids.
    pub fn take_steps(&mut self, mut spare: impl FnMut() -> Uuid) -> Vec<Step> {
        let dirty = self.outbox.values().flat_map(|waiting| &waiting.0).filter(|kept| kept.dirty);
        let mixed: Vec<_> = dirty
            .filter(|kept| kept.entry.is_mixed())
            .map(|kept| (kept.entry.op.key(), kept.entry.slot))
            .collect();
        for (key, slot) in mixed {
            self.divide(&key, slot, &[], &mut spare);
        }
        let mut steps: Vec<_> = self.gone.drain(..).map(Step::Delete).collect();
        for kept in self.outbox.values_mut().flat_map(|waiting| &mut waiting.0).filter(|kept| kept.dirty) {
            kept.dirty = false;
            steps.push(Step::Put { entry: Box::new(kept.entry.clone()), saved: kept.saved, spare: spare() });
        }
        steps
    }

    /// Notes that the steps are on disk.
    pub fn written(&mut self, written: Vec<Written>) {
        for Written { slot, fork } in written {
            let Some(waiting) = self.outbox.values_mut().find(|w| w.get(slot).is_some()) else { continue };
            let Some(mut kept) = waiting.take(slot) else { continue };
            kept.saved = true;
            match fork {
                None => {
                    waiting.put(kept);
                }
                Some(fork) => {
                    kept.entry.slot = fork.slot;
                    kept.entry.op.id = fork.id;
                    waiting.put(kept);
                    if let Some(stored) = fork.stored {
                        waiting.put(Kept { entry: stored, saved: true, dirty: false });
                    }
                }
            }
        }
    }

    /// Notes that the steps did not reach the disk; they will be taken again.
    pub fn not_written(&mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Delete(slot) => self.gone.push(slot),
                Step::Put { entry, .. } => {
                    if let Some(kept) =
                        self.outbox.get_mut(&entry.op.key()).and_then(|w| w.get_mut(entry.slot))
                    {
                        kept.dirty = true;
                    }
                }
            }
        }
    }

    /// Notes that nothing is on disk any more, so that everything is written again.
    pub fn put_back(&mut self) {
        for kept in self.outbox.values_mut().flat_map(|waiting| &mut waiting.0) {
            (kept.saved, kept.dirty) = (false, true);
        }
    }

    /// Takes in one entry as it is on disk, unless this tab has a newer state of it.
    pub fn take_stored(&mut self, entry: Entry) {
        let waiting = self.outbox.entry(entry.op.key()).or_default();
        if waiting.get(entry.slot).is_none_or(|kept| !kept.dirty) {
            // Stored before the rule changed: it has to be divided.
            let dirty = entry.is_mixed();
            waiting.put(Kept { entry, saved: true, dirty });
        }
    }

    /// Forgets an entry that is no longer on disk, unless this tab has a newer state of it.
    pub fn drop_stored(&mut self, key: &RecordKey, slot: Stamp) {
        if let Some(waiting) = self.outbox.get_mut(key) {
            if waiting.get(slot).is_some_and(|kept| !kept.dirty) {
                waiting.take(slot);
            }
            if waiting.0.is_empty() {
                self.outbox.remove(key);
            }
        }
    }

    /// Takes in the whole outbox as it is on disk, because another tab changed it. Returns the records that
    /// may have changed.
    pub fn reload(&mut self, entries: Vec<Entry>) -> Vec<RecordKey> {
        let mut touched: Vec<RecordKey> = entries.iter().map(|entry| entry.op.key()).collect();
        let stale: Vec<_> = self
            .entries()
            .filter(|mine| entries.iter().all(|theirs| theirs.slot != mine.slot))
            .map(|mine| (mine.op.key(), mine.slot))
            .collect();
        for (key, slot) in stale {
            self.drop_stored(&key, slot);
            touched.push(key);
        }
        for entry in entries {
            self.take_stored(entry);
        }
        each_once(touched)
    }
}
