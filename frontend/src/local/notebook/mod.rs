//! The volunteer's notebook: the records in memory, all edits of them, and what is known about where they are safe.

mod leave;
mod share;
mod start;
mod sync;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use futures::lock::Mutex;
use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use soho_shared::area::HamletCode;
use soho_shared::carry_over::carried;
use soho_shared::household::{field, tells_of_reviews_alone};
use soho_shared::record::{Doc, FieldPath, MAX_CHANGES, RecordKey, Round, Value};

use super::db::{Db, DbError, Result};
use super::device::{self, Device};
use super::link::Trouble;
use super::outbox::Entry;
use super::records::{Edit, Held, RecordState, Records, each_once};
use super::tabs::{Hold, Tabs};
pub use leave::{Left, sign_in};
use start::note_kept;
pub use start::{Closed, Start};

use crate::clock;

/// The volunteer's place of work: one hamlet in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Hamlet where the volunteer works.
    pub hamlet: HamletCode,
    /// Round for which the volunteer works.
    pub round: Round,
}

impl Place {
    /// Returns the round before, whose list is to be visited.
    #[must_use]
    pub fn before(&self) -> Option<Round> {
        Round::new(self.round.year() - 1)
    }

    /// Returns whether a record belongs here, or to the round before. One whose hamlet is not known belongs to all
    /// hamlets of its commune.
    #[must_use]
    pub fn has(&self, key: &RecordKey, doc: &Doc) -> bool {
        let hamlet = doc.get(field::HAMLET).and_then(Value::as_int);
        (key.round == self.round || Some(key.round) == self.before())
            && key.subject.unit == self.hamlet.commune
            && hamlet.is_none_or(|number| number == i64::from(self.hamlet.number))
    }
}

/// Whether what was typed is on the device's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was typed since the app started.
    Untouched,
    /// It is being written.
    Saving,
    /// It was written at this time, in milliseconds since 1970.
    At(u64),
    /// The browser did not store it; writing is tried again every few seconds.
    Failed(DbError),
}

/// Signals that the screen follows.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// Whether what was typed is on the disk.
    pub saved: RwSignal<Saved>,
    /// Whether the device has a network.
    pub online: RwSignal<bool>,
    /// Whether it is sending or fetching now.
    pub syncing: RwSignal<bool>,
    /// When everything was last exchanged with the server, in milliseconds since 1970.
    pub last_sync: RwSignal<Option<u64>>,
    /// Reason why the last attempt to sync failed.
    pub trouble: RwSignal<Option<Trouble>>,
    /// By how many milliseconds this device's clock is ahead of the server's; 0 when it is right.
    pub clock_off: RwSignal<i64>,
    /// Number of records with edits that are only on this device.
    pub waiting: RwSignal<usize>,
    /// Number of those records from which nothing can be sent as it is.
    pub stuck: RwSignal<usize>,
    /// Whether the browser promised to keep the data; `None` before it was asked.
    pub promised: RwSignal<Option<bool>>,
    /// Hamlet and round in which the volunteer works.
    pub place: RwSignal<Option<Place>>,
    /// Whether this page has let go of the book (the device's database); then nothing may be typed in it.
    pub closed: RwSignal<bool>,
}

type Hook = Box<dyn Fn(&[RecordKey])>;

struct Inner {
    db: Db,
    hold: RefCell<Option<Hold>>,
    /// Account that works here; `None` where the register has no accounts.
    owner: Option<String>,
    device: Device,
    records: RefCell<Records>,
    /// Lets one step between memory and disk run at a time, so that none sees another half done.
    gate: Mutex<()>,
    saving: Cell<bool>,
    hook: RefCell<Hook>,
    tabs: OnceCell<Tabs>,
    heard: RefCell<Vec<RecordKey>>,
    listeners: RefCell<Vec<EventListener>>,
    tick: RefCell<Option<Interval>>,
    sync: sync::State,
}

/// A handle to the volunteer's notebook; clones share one notebook.
#[derive(Clone)]
pub struct Notebook {
    inner: Rc<Inner>,
    /// Signals that the screen follows.
    pub signals: Signals,
}

const OWNER: &str = "owner";
const PLACE: &str = "place";
const LAST_SYNC: &str = "last_sync";
const PROMISED: &str = "promised";

impl Notebook {
    /// Begins to listen to the network and to the other tabs, and calls `hook` with the records whenever some
    /// have changed, here or elsewhere.
    pub fn start(&self, hook: impl Fn(&[RecordKey]) + 'static) {
        *self.inner.hook.borrow_mut() = Box::new(hook);
        let notebook = self.clone();
        let tabs = Tabs::listen(move |message| notebook.hear(&message));
        // Fails only when set twice, and `start` is called once.
        let _ = self.inner.tabs.set(tabs);
        let notebook = self.clone();
        self.inner.db.listen(move |fate| notebook.befallen(fate));
        self.listen_to_network();
        self.ask_promise();
        if self.inner.records.borrow().is_dirty() {
            self.write_soon();
        }
    }

    fn changed(&self, keys: &[RecordKey]) {
        self.count();
        (self.inner.hook.borrow())(keys);
    }

    fn count(&self) {
        let (waiting, stuck) = {
            let records = self.inner.records.borrow();
            (records.waiting().count(), records.stuck())
        };
        // Each key counts, and most change nothing of it.
        for (signal, count) in [(self.signals.waiting, waiting), (self.signals.stuck, stuck)] {
            if signal.get_untracked() != count {
                signal.set(count);
            }
        }
        note_kept(self.inner.owner.as_deref(), waiting);
    }

    async fn take_waiting(&self, entries: Vec<Entry>) -> Result<()> {
        let keys = each_once(entries.iter().map(|entry| entry.op.key()).collect());
        let known = self.inner.db.records(&keys).await?;
        {
            let mut records = self.inner.records.borrow_mut();
            for entry in entries {
                records.take_stored(entry);
            }
            for (key, doc) in known {
                records.put_base(key, doc);
            }
        }
        self.count();
        Ok(())
    }

    /// Switches to another hamlet or round: reads its records and remembers the place.
    ///
    /// # Errors
    /// When the records cannot be read or the place cannot be stored.
    pub async fn go(&self, place: Place) -> Result<()> {
        let mut found = self.inner.db.records_at(place.hamlet, place.round).await?;
        if let Some(before) = place.before() {
            let before = self.inner.db.records_at(place.hamlet, before).await?;
            // Who was on the list may stand in another hamlet by now.
            let now: Vec<_> =
                before.iter().map(|(key, _)| RecordKey { round: place.round, ..*key }).collect();
            found.extend(self.inner.db.records(&now).await?);
            found.extend(before);
        }
        {
            let mut records = self.inner.records.borrow_mut();
            records.clear_base();
            for (key, doc) in found {
                records.put_base(key, doc);
            }
        }
        self.signals.place.set(Some(place));
        let keys: Vec<_> = self.inner.records.borrow().keys().collect();
        self.changed(&keys);
        if let Ok(text) = serde_json::to_string(&place) {
            self.inner.db.set_meta(PLACE, &text).await?;
        }
        Ok(())
    }

    /// Returns the hamlets of a commune that have records on this device, each with how many.
    pub async fn hamlets(&self, place: Place) -> Vec<(u8, u32)> {
        let found = self.inner.db.hamlets(place.hamlet.commune, place.round).await;
        found.unwrap_or_default()
    }

    /// Returns the keys of all records in memory.
    #[must_use]
    pub fn keys(&self) -> Vec<RecordKey> {
        self.inner.records.borrow().keys().collect()
    }

    /// Returns the keys of the records that have edits only on this device, of any hamlet.
    #[must_use]
    pub fn waiting(&self) -> Vec<RecordKey> {
        self.inner.records.borrow().waiting().collect()
    }

    /// Returns a record as its form shows it.
    #[must_use]
    pub fn doc(&self, key: &RecordKey) -> Option<Doc> {
        self.inner.records.borrow().shown(key)
    }

    /// Returns a record as the list shows it.
    #[must_use]
    pub fn listed(&self, key: &RecordKey) -> Option<Doc> {
        self.inner.records.borrow().listed(key)
    }

    /// Returns a record as its form shows it, and its state.
    #[must_use]
    pub fn opened(&self, key: &RecordKey) -> Option<(Doc, RecordState)> {
        self.inner.records.borrow().opened(key)
    }

    /// Returns the state of a record.
    #[must_use]
    pub fn state(&self, key: &RecordKey) -> RecordState {
        self.inner.records.borrow().state(key)
    }

    /// Returns the fields of a record whose edits stay on the device, each with the reason.
    #[must_use]
    pub fn held(&self, key: &RecordKey) -> Vec<(String, Held)> {
        self.inner.records.borrow().held(key)
    }

    /// Begins a new record at a place, and returns its key. The record is created when its first field is typed.
    #[must_use]
    pub fn add(&self, place: Place) -> RecordKey {
        let key =
            RecordKey { subject: device::new_household(place.hamlet.commune).into(), round: place.round };
        let hamlet = i64::from(place.hamlet.number).into();
        self.inner.records.borrow_mut().begin(key, path(field::HAMLET), hamlet);
        key
    }

    /// Begins a household's record of a round with what its record of the round before says that seldom changes, unless
    /// it has one that tells of more than reviews within the year.
    pub async fn carry_over(&self, before: RecordKey, round: Round) {
        let key = RecordKey { round, ..before };
        if self.load(key).await && !self.listed(&key).is_some_and(|doc| tells_of_reviews_alone(&doc)) {
            return self.changed(&[key]);
        }
        let doc = self.listed(&before).unwrap_or_default();
        for fields in carried(&doc).chunks(MAX_CHANGES) {
            self.set(key, fields.to_vec());
        }
    }

    /// Returns whether a record is in memory.
    #[must_use]
    pub fn holds(&self, key: &RecordKey) -> bool {
        self.inner.records.borrow().holds(key)
    }

    /// Sets fields of a record. They are on disk a moment later and on their way to the server some seconds later.
    pub fn edit(&self, key: RecordKey, changes: Vec<(FieldPath, Value)>) {
        let begun = self.inner.records.borrow_mut().take_begun(&key);
        if let Some(known) = begun {
            self.set(key, vec![known]);
        }
        self.set(key, changes);
    }

    fn set(&self, key: RecordKey, changes: Vec<(FieldPath, Value)>) {
        let edit = Edit { key, stamp: self.inner.device.stamp(), id: device::new_id() };
        if self.inner.records.borrow_mut().edit(edit, changes) {
            self.changed(&[key]);
            self.save(key);
        }
    }

    /// Sends again what the server refused.
    pub fn retry(&self, key: RecordKey) {
        self.inner.records.borrow_mut().retry(&key);
        self.changed(&[key]);
        self.save(key);
    }

    /// Drops an edit of a field that cannot be sent; the rest of the record is sent without it.
    pub fn drop_field(&self, key: RecordKey, field: &str) {
        if self.inner.records.borrow_mut().drop_field(&key, field, device::new_id) {
            self.changed(&[key]);
            self.save(key);
        }
    }

    fn save(&self, key: RecordKey) {
        self.inner.heard.borrow_mut().push(key);
        self.signals.saved.set(Saved::Saving);
        self.write_soon();
    }

    fn write_soon(&self) {
        if !self.inner.saving.replace(true) {
            let notebook = self.clone();
            spawn_local(async move { notebook.write_all().await });
        }
    }

    /// Writes until nothing is left to write. Keystrokes made during a write go together into the next one.
    async fn write_all(&self) {
        loop {
            let _gate = self.inner.gate.lock().await;
            let steps = self.inner.records.borrow_mut().take_steps(device::new_id);
            if steps.is_empty() {
                break;
            }
            match self.inner.db.write_steps(&steps).await {
                Ok(written) => {
                    self.inner.records.borrow_mut().written(written);
                    let keys = self.inner.heard.take();
                    self.tell_tabs(keys);
                }
                Err(error) => {
                    self.inner.records.borrow_mut().not_written(steps);
                    self.inner.saving.set(false);
                    self.signals.saved.set(Saved::Failed(error));
                    let notebook = self.clone();
                    Timeout::new(3_000, move || notebook.write_soon()).forget();
                    return;
                }
            }
        }
        self.inner.saving.set(false);
        self.signals.saved.set(Saved::At(clock::now()));
        self.sync_soon();
    }
}

/// Turns the name of a field in this program into a [`FieldPath`].
///
/// # Panics
/// When the name is none.
#[must_use]
pub fn path(field: &str) -> FieldPath {
    field.parse().expect("the names of fields in this program are field names")
}
