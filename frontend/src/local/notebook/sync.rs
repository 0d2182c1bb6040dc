//! Sending what waits and fetching what is new.

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_shared::wire::kinds::{DEVICE_REVOKED, INVALID_PARAMETER};
use soho_shared::wire::{OperationResult, Problem, Status};

use super::{LAST_SYNC, Left, Notebook, sign_in};
use crate::clock;
use crate::local::acknowledged::Heard;
use crate::local::db::{DbError, cursor_key};
use crate::local::device;
use crate::local::link::{self, Pushed, Trouble};
use crate::local::outbox::Entry;
use crate::local::records::{Verdict, each_once, verdict};
use crate::local::tabs;
use crate::store::own_areas;

/// Interval at which sending is tried while something waits, in milliseconds. After a failed request the
/// pauses grow instead.
const TICK_MS: u32 = 30_000;
/// Exponent of the longest pause after a failed request, which is 2 to this power, in seconds.
const LONGEST_PAUSE: u32 = 7;
/// Ticks between two looks for news while nothing waits.
const QUIET_TICKS: u32 = 10;
/// Time between the last keystroke and sending, in milliseconds.
const PAUSE_MS: u32 = 2_500;
/// Bytes of operations in the first request; [`SIZES`] are the fewest on a slow line and the most on a fast one.
const SIZE: usize = 32 << 10;
const SIZES: RangeInclusive<usize> = 1 << 10..=1 << 20;
/// A faster request is followed by a larger one, a slower one by a smaller one; in milliseconds.
const TOOK: RangeInclusive<u64> = 4_000..=16_000;
/// Rough size of a record on the wire, in bytes; [`PAGES`] bounds how many are asked for at once.
const RECORD: usize = 64;
const PAGES: RangeInclusive<usize> = 25..=500;

/// State that is kept between attempts to sync.
#[derive(Debug)]
pub(super) struct State {
    running: Cell<bool>,
    /// Whether the server was asked in this run of the app.
    asked: Cell<bool>,
    again: Cell<bool>,
    failures: Cell<u32>,
    ticks: Cell<u32>,
    size: Cell<usize>,
    soon: RefCell<Option<Timeout>>,
    pause: RefCell<Option<Timeout>>,
}

impl Default for State {
    fn default() -> Self {
        State {
            running: Cell::default(),
            asked: Cell::default(),
            again: Cell::default(),
            failures: Cell::default(),
            ticks: Cell::default(),
            size: Cell::new(SIZE),
            soon: RefCell::default(),
            pause: RefCell::default(),
        }
    }
}

impl State {
    /// Adjusts how much to send or ask for next by how long a request took.
    fn learn<T>(&self, begun: u64, outcome: &Result<T, Trouble>) {
        let took = clock::now().saturating_sub(begun);
        let size = self.size.get();
        let size = match outcome {
            Err(trouble) if trouble.is_slow() => size / 2,
            _ if took > *TOOK.end() => size / 2,
            Ok(_) if took < *TOOK.start() => size * 2,
            _ => size,
        };
        self.size.set(size.clamp(*SIZES.start(), *SIZES.end()));
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Trouble::Storage(error.to_string())
    }
}

impl Notebook {
    /// Sends and fetches now. If that is running already, it runs once more afterwards.
    pub fn sync(&self) {
        if self.signals.closed.get_untracked() {
            return;
        }
        let state = &self.inner.sync;
        state.soon.take();
        state.pause.take();
        if state.running.replace(true) {
            state.again.set(true);
            return;
        }
        self.signals.syncing.set(true);
        let notebook = self.clone();
        spawn_local(async move {
            let state = &notebook.inner.sync;
            loop {
                state.again.set(false);
                let work = notebook.clone();
                tabs::alone("soho-sync", async move { work.exchange().await }).await;
                if !state.again.get() {
                    break;
                }
            }
            state.running.set(false);
            notebook.signals.syncing.set(false);
        });
    }

    /// Sends a little after the last keystroke, so that a word is one operation and not six.
    pub(super) fn sync_soon(&self) {
        if self.inner.sync.failures.get() == 0 && self.signals.online.get_untracked() {
            let notebook = self.clone();
            *self.inner.sync.soon.borrow_mut() = Some(Timeout::new(PAUSE_MS, move || notebook.sync()));
        }
    }

    pub(super) fn listen_to_network(&self) {
        let window = window();
        let mut listeners = self.inner.listeners.borrow_mut();
        for (event, online) in [("online", true), ("offline", false)] {
            let notebook = self.clone();
            listeners.push(EventListener::new(&window, event, move |_| {
                notebook.signals.online.set(online);
                if online {
                    notebook.sync();
                }
            }));
        }
        let notebook = self.clone();
        listeners.push(EventListener::new(&document(), "visibilitychange", move |_| {
            if !document().hidden() && notebook.signals.online.get_untracked() {
                notebook.sync();
            }
        }));
        let notebook = self.clone();
        *self.inner.tick.borrow_mut() = Some(Interval::new(TICK_MS, move || notebook.tick()));
        if self.signals.online.get_untracked() {
            self.sync();
        }
    }

    fn tick(&self) {
        let state = &self.inner.sync;
        state.ticks.set(state.ticks.get() + 1);
        let news = !document().hidden() && state.ticks.get() >= QUIET_TICKS;
        if state.running.get() || state.pause.borrow().is_some() {
            return;
        }
        // `online` can be wrong where the server is in the same village, so edits are tried even when it is false.
        if self.inner.records.borrow().has_sendable() || (news && self.signals.online.get_untracked()) {
            state.ticks.set(0);
            self.sync();
        }
    }

    async fn exchange(&self) {
        let state = &self.inner.sync;
        // A line that was fast an hour ago may be slow now.
        state.size.set(state.size.get().min(SIZE));
        let outcome = match self.push_all(false).await {
            Ok(()) => self.pull_all().await,
            // The server takes the rest later. What others wrote is fetched meanwhile, and whether the tablet was taken away.
            Err(Trouble::Refused(problem)) if problem.status == 429 => {
                self.pull_all().await.and(Err(Trouble::Refused(problem)))
            }
            Err(trouble) => Err(trouble),
        };
        let at_start = !state.asked.replace(true);
        match outcome {
            Ok(()) => {
                let now = clock::now();
                self.inner.device.shows();
                state.failures.set(0);
                self.signals.trouble.set(None);
                self.signals.online.set(true);
                self.signals.last_sync.set(Some(now));
                // The screen shows this time, and the next run's clock goes on from it.
                let _ = self.inner.db.set_meta(LAST_SYNC, &now.to_string()).await;
            }
            Err(Trouble::Refused(problem)) if problem.kind == DEVICE_REVOKED => {
                match self.wipe().await {
                    Left::Done => sign_in("#withdrawn"),
                    // The next tick tries again.
                    Left::Failed(trouble) => self.signals.trouble.set(Some(trouble)),
                    Left::OpenElsewhere | Left::Waits => {}
                }
            }
            Err(trouble) => {
                if matches!(trouble, Trouble::Refused(Problem { status: 401, .. })) {
                    self.signed_out(at_start).await;
                }
                self.signals.trouble.set(Some(trouble));
                self.signals.online.set(window().navigator().on_line());
                let failures = LONGEST_PAUSE.min(state.failures.get() + 1);
                state.failures.set(failures);
                if self.inner.records.borrow().has_sendable() {
                    let notebook = self.clone();
                    *state.pause.borrow_mut() =
                        Some(Timeout::new(1_000 << failures, move || notebook.sync()));
                }
            }
        }
    }

    /// Sends what waits; where nothing does, it still `asks` which register it is, since one that was restored may have lost
    /// what was acknowledged.
    pub(super) async fn push_all(&self, mut asks: bool) -> Result<(), Trouble> {
        let state = &self.inner.sync;
        let mut most = usize::MAX;
        loop {
            let batch = self.mark(most.min(state.size.get())).await?;
            let nothing = batch.is_empty();
            if nothing && !std::mem::take(&mut asks) {
                return Ok(());
            }
            let operations = batch.iter().map(|entry| entry.op.clone()).collect();
            let begun = clock::now();
            let outcome = link::push(self.inner.device.shows(), operations).await;
            state.learn(begun, &outcome);
            let mut heard = None;
            let answers: Vec<_> = match outcome? {
                Pushed::Results(clock, results, said) => {
                    if let Some(clock) = clock {
                        self.signals.clock_off.set(device::ahead_of(clock));
                    }
                    heard = said;
                    pair(batch, results)
                }
                // One operation in the batch is at fault: halve until it stands alone, so that only it is refused.
                Pushed::NotThisWay(_) if batch.len() > 1 => {
                    most = batch.iter().map(Entry::size).sum::<usize>() / 2;
                    continue;
                }
                Pushed::NotThisWay(problem) => {
                    most = usize::MAX;
                    batch.into_iter().map(|entry| refuse(entry, problem.clone())).collect()
                }
            };
            if answers.is_empty() && !nothing {
                return Err(Trouble::NotUnderstood);
            }
            self.take_answers(answers, heard).await?;
        }
    }

    async fn mark(&self, bytes: usize) -> Result<Vec<Entry>, Trouble> {
        let _gate = self.inner.gate.lock().await;
        let batch = self.inner.db.mark_sent(bytes).await?;
        let mut records = self.inner.records.borrow_mut();
        for entry in &batch {
            records.take_stored(entry.clone());
        }
        Ok(batch)
    }

    async fn take_answers(
        &self,
        answers: Vec<(Entry, OperationResult)>,
        heard: Option<Box<Heard>>,
    ) -> Result<(), Trouble> {
        let _gate = self.inner.gate.lock().await;
        let judged = answers.into_iter().map(|(entry, result)| {
            let verdict = verdict(&entry, result, device::new_id);
            (entry, verdict)
        });
        let answers: Vec<_> = judged.collect();
        let changed = self.inner.db.acknowledge(&answers, heard.as_deref()).await?;
        let mut touched = self.take_changed(changed);
        {
            let mut records = self.inner.records.borrow_mut();
            for (mut entry, verdict) in answers {
                let key = entry.op.key();
                touched.push(key);
                match verdict {
                    Verdict::Stored(_) => records.drop_stored(&key, entry.slot),
                    Verdict::Renamed(id) => records.take_stored(entry.renamed(id)),
                    Verdict::Refused(problem) => {
                        entry.problem = problem.or_else(|| Some(link::unexplained(422)));
                        records.take_stored(entry);
                    }
                }
            }
        }
        let touched = each_once(touched);
        self.changed(&touched);
        self.tell_tabs(touched);
        Ok(())
    }

    async fn pull_all(&self) -> Result<(), Trouble> {
        let Some(place) = self.signals.place.get_untracked() else { return link::check_session().await };
        let commune = place.hamlet.commune;
        let state = &self.inner.sync;
        let mut cursor = self.inner.db.meta(&cursor_key(commune)).await?;
        loop {
            let limit = (state.size.get() / RECORD).clamp(*PAGES.start(), *PAGES.end());
            let begun = clock::now();
            let page = link::pull(commune, cursor.as_deref(), limit).await;
            state.learn(begun, &page);
            let page = match page {
                // The server does not know this cursor because it was set up anew: start from the beginning.
                Err(Trouble::Refused(problem)) if cursor.is_some() && problem.kind == INVALID_PARAMETER => {
                    cursor = None;
                    continue;
                }
                page => page?,
            };
            self.signals.clock_off.set(device::ahead_of(page.clock));
            let more = page.more;
            let next = page.cursor.clone();
            let stuck = cursor.as_ref() == Some(&next);
            {
                let _gate = self.inner.gate.lock().await;
                let changed = self.inner.db.take_page(commune, page, &own_areas()).await?;
                if !changed.put_back.is_empty() {
                    state.again.set(true);
                }
                let touched = self.take_changed(changed);
                if !touched.is_empty() {
                    self.changed(&touched);
                    self.tell_tabs(touched);
                }
            }
            if !more || stuck {
                return Ok(());
            }
            cursor = Some(next);
        }
    }
}

/// Pairs each entry with its answer, which come in the order sent. Returns nothing if other operations were answered.
fn pair(batch: Vec<Entry>, results: Vec<OperationResult>) -> Vec<(Entry, OperationResult)> {
    let same = batch.len() == results.len()
        && batch.iter().zip(&results).all(|(entry, result)| entry.op.id == result.id);
    if same { batch.into_iter().zip(results).collect() } else { Vec::new() }
}

fn refuse(entry: Entry, problem: Problem) -> (Entry, OperationResult) {
    let (id, problem) = (entry.op.id, Some(problem));
    let result = OperationResult { id, status: Status::Rejected, time: None, held: false, problem };
    (entry, result)
}
