//! Messages between tabs, reading records from the disk, and asking the browser to keep the data.

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_shared::record::{Doc, RecordKey};

use super::leave::LET_GO;
use super::{Notebook, PROMISED, Place};
use crate::json;
use crate::local::db::Changed;
use crate::local::records::each_once;

impl Notebook {
    pub(super) fn tell_tabs(&self, keys: Vec<RecordKey>) {
        let keys = each_once(keys);
        if let (Some(tabs), Ok(text)) = (self.inner.tabs.get(), serde_json::to_string(&keys)) {
            tabs.tell(&text);
        }
    }

    /// Handles a message of another tab: it changed records, or wants the book let go.
    pub(super) fn hear(&self, message: &str) {
        if message == LET_GO {
            return self.let_go();
        }
        let Ok(keys) = json::read::<Vec<RecordKey>>(message) else { return };
        let notebook = self.clone();
        spawn_local(async move {
            let _gate = notebook.inner.gate.lock().await;
            // If reading fails, this tab keeps showing what it shows, and the next message tries again.
            let (Ok(entries), Ok(found)) =
                (notebook.inner.db.outbox().await, notebook.inner.db.records(&keys).await)
            else {
                return;
            };
            let gone = keys.into_iter().filter(|key| found.iter().all(|(there, _)| there != key));
            let gone: Vec<_> = gone.map(|key| (key, Doc::default())).collect();
            let mut touched = notebook.inner.records.borrow_mut().reload(entries);
            touched.extend(notebook.take_records(found));
            touched.extend(notebook.take_records(gone));
            notebook.changed(&touched);
        });
    }

    /// Takes in what an answer changed on disk. Returns the records that may have changed.
    pub(super) fn take_changed(&self, changed: Changed) -> Vec<RecordKey> {
        let mut touched: Vec<_> = changed.put_back.iter().map(|entry| entry.op.key()).collect();
        {
            let mut records = self.inner.records.borrow_mut();
            for entry in changed.put_back {
                records.take_stored(entry);
            }
        }
        touched.extend(self.take_records(changed.records));
        each_once(touched)
    }

    /// Takes in records as they are now on disk: those of the current place and those already in memory. Returns which.
    pub(super) fn take_records(&self, found: Vec<(RecordKey, Doc)>) -> Vec<RecordKey> {
        let place = self.signals.place.get_untracked();
        let mut records = self.inner.records.borrow_mut();
        let mut touched = Vec::new();
        for (key, doc) in found {
            let is_on_list = |place: Place| {
                key.round == place.round
                    && place.before().is_some_and(|round| records.holds(&RecordKey { round, ..key }))
            };
            if records.holds(&key) || place.is_some_and(|place| place.has(&key, &doc) || is_on_list(place)) {
                records.put_base(key, doc);
                touched.push(key);
            }
        }
        touched
    }

    /// Reads a record that may not be of this hamlet, such as one that a link leads to; returns whether it is
    /// on the device.
    pub async fn load(&self, key: RecordKey) -> bool {
        if self.inner.records.borrow().holds(&key) {
            return true;
        }
        let Ok(found) = self.inner.db.records(&[key]).await else { return false };
        let there = !found.is_empty();
        let mut records = self.inner.records.borrow_mut();
        for (key, doc) in found {
            records.put_base(key, doc);
        }
        there
    }

    /// Asks the browser to keep the data even when the device's disk gets full. After the first time it only
    /// looks at the answer.
    pub(super) fn ask_promise(&self) {
        let notebook = self.clone();
        spawn_local(async move {
            let storage = window().navigator().storage();
            let asked = notebook.signals.promised.get_untracked();
            let answer = if asked.is_some() { storage.persisted() } else { storage.persist() };
            let Ok(answer) = answer else { return };
            let Ok(answer) = wasm_bindgen_futures::JsFuture::from(answer).await else { return };
            let promised = answer.is_truthy();
            notebook.signals.promised.set(Some(promised));
            // If this is not stored, the browser is asked again at the next start.
            let _ = notebook.inner.db.set_meta(PROMISED, if promised { "yes" } else { "no" }).await;
        });
    }
}
