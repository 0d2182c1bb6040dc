//! Opening the book (the device's database) at a start, and whether it may be shown.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use futures::lock::Mutex;
use leptos::prelude::*;

use super::{Inner, LAST_SYNC, Notebook, OWNER, PLACE, PROMISED, Saved, Signals, sync};
use crate::json;
use crate::local::db::{Db, Result};
use crate::local::device::{self, Device};
use crate::local::tabs;
use crate::store;

/// Key of the account that signed in on this device; `/signin/` sets it.
pub(super) const ACCOUNT: &str = "soho.account";
/// Key of the account whose book is on the device and how many records wait in it (`lan 3`); empty after a
/// wipe. Kept for `/signin/`, which does not read the book.
pub(super) const KEPT: &str = "soho.kept";

pub(super) fn note_kept(owner: Option<&str>, waiting: usize) {
    let text = match (owner, waiting) {
        (None, 0) => String::new(),
        _ => format!("{} {waiting}", owner.unwrap_or_default()),
    };
    if store::get(KEPT).as_ref() != Some(&text) {
        store::set(KEPT, &text);
    }
}

/// Result of opening the book.
#[derive(Clone)]
pub enum Start {
    /// The book is open.
    Open(Notebook),
    /// Nothing may be shown: whoever worked here has to sign in again.
    Closed(Closed),
}

/// Reason why nothing is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Account whose records wait here, where known.
    pub owner: Option<String>,
    /// How many records wait.
    pub waiting: usize,
    /// Whether nobody is signed in; otherwise somebody else is.
    pub over: bool,
}

impl Notebook {
    /// Opens the device's database and reads what waits in it, if it may be shown: to the account that owns
    /// it, while its session lasts. Otherwise the records are forgotten before anything is shown, and only
    /// what waits to be sent is kept.
    ///
    /// # Errors
    /// When the browser does not let pages store data; then nothing may be typed.
    pub async fn open() -> Result<Start> {
        let hold = tabs::hold().await;
        let db = Db::open().await?;
        let (account, owner) = (store::get(ACCOUNT), db.meta(OWNER).await?);
        let last_sync = db.meta(LAST_SYNC).await?.and_then(|text| text.parse().ok());
        let over = account.is_some() && device::is_session_over(last_sync.unwrap_or(0));
        if over || (owner.is_some() && owner != account) {
            let waiting = db.forget(false).await?;
            note_kept(owner.as_deref(), waiting);
            if over || waiting > 0 {
                return Ok(Start::Closed(Closed { owner, waiting, over: over || account.is_none() }));
            }
        }
        if let Some(account) = account.as_deref().filter(|_| owner != account) {
            db.set_meta(OWNER, account).await?;
        }
        let signals = Signals {
            saved: RwSignal::new(Saved::Untouched),
            online: RwSignal::new(window().navigator().on_line()),
            syncing: RwSignal::new(false),
            last_sync: RwSignal::new(last_sync),
            trouble: RwSignal::new(None),
            clock_off: RwSignal::new(0),
            waiting: RwSignal::new(0),
            stuck: RwSignal::new(0),
            promised: RwSignal::new(db.meta(PROMISED).await?.map(|text| text == "yes")),
            place: RwSignal::new(None),
            closed: RwSignal::new(false),
        };
        let place = db.meta(PLACE).await?.and_then(|text| json::read(&text).ok());
        let waiting = db.outbox().await?;
        let stamped = waiting.iter().map(|entry| entry.op.stamp.millis());
        let shown = stamped.chain(signals.last_sync.get_untracked()).max().unwrap_or_default();
        let inner = Rc::new(Inner {
            db,
            hold: RefCell::new(Some(hold)),
            owner: account,
            device: Device::start(shown),
            records: RefCell::default(),
            gate: Mutex::new(()),
            saving: Cell::new(false),
            hook: RefCell::new(Box::new(|_| ())),
            tabs: OnceCell::new(),
            heard: RefCell::default(),
            listeners: RefCell::default(),
            tick: RefCell::default(),
            sync: sync::State::default(),
        });
        let notebook = Notebook { inner, signals };
        notebook.take_waiting(waiting).await?;
        if let Some(place) = place {
            notebook.go(place).await?;
        }
        Ok(Start::Open(notebook))
    }
}
