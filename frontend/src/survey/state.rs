//! State that the screens share: the notebook, the rows of the list, the open record and the address.

use std::ops::Deref;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::local::notebook::path;
use soho_frontend::local::{Held, Notebook, Place, RecordState, Signals};
use soho_shared::assess::awaits_no_visit;
use soho_shared::carry_over::is_to_visit;
use soho_shared::household::{Household, tells_of_reviews_alone};
use soho_shared::record::{Doc, RecordKey, Round, Subject, Value};
use wasm_bindgen::JsCast as _;

use super::list::PAGE;
use super::row::{Row, insert, sort};
use super::said::{Said, has};

/// Time after the last keystroke until the list follows a record on the screen, in milliseconds.
const PAUSE: u32 = 300;

/// A screen of the survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Choosing where to work.
    Choose,
    /// The hamlet's households.
    List,
    /// Records with edits only on this device, of any hamlet.
    Waiting,
    /// Signing out.
    Leave,
    /// One household, in the round chosen or in the given one.
    Household(Subject, Option<Round>),
}

impl Route {
    /// Returns the screen's address, beginning with `#`.
    pub(crate) fn hash(self) -> String {
        match self {
            Route::Choose => "#/place".to_owned(),
            Route::List => "#/".to_owned(),
            Route::Waiting => "#/waiting".to_owned(),
            Route::Leave => "#/leave".to_owned(),
            Route::Household(id, None) => format!("#/h/{id}"),
            Route::Household(id, Some(round)) => format!("#/h/{id}/{round}"),
        }
    }

    fn read() -> Self {
        let hash = window().location().hash().unwrap_or_default();
        match hash.trim_start_matches('#') {
            "/place" => Route::Choose,
            "/waiting" => Route::Waiting,
            "/leave" => Route::Leave,
            other => other.strip_prefix("/h/").and_then(Route::household).unwrap_or(Route::List),
        }
    }

    fn household(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let id = parts.next()?.parse().ok()?;
        Some(Route::Household(id, parts.next().and_then(|round| round.parse().ok())))
    }

    /// Returns the address of a field of a record.
    pub(crate) fn to_field(key: RecordKey, path: &str) -> String {
        [&Route::Household(key.subject, Some(key.round)).hash(), "/", path].concat()
    }

    /// Returns the field that the current address names.
    pub(crate) fn field() -> Option<String> {
        let hash = window().location().hash().unwrap_or_default();
        hash.splitn(5, '/').nth(4).map(ToOwned::to_owned)
    }
}

/// The record on the screen.
#[derive(Clone, PartialEq)]
pub(crate) struct Open {
    pub(crate) key: RecordKey,
    pub(crate) doc: Doc,
    pub(crate) held: Vec<(String, Held)>,
    pub(crate) state: RecordState,
}

/// The items that an input follows, and what is said of them.
type Followed = (Vec<String>, RwSignal<Said>);

/// Handle to the state, given to every screen. There is one for as long as the page is open; being a
/// reference, it keeps the closures that hold it small.
#[derive(Clone, Copy)]
pub(crate) struct Survey(&'static Parts);

impl Deref for Survey {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0
    }
}

/// The state behind a [`Survey`].
pub(crate) struct Parts {
    notebook: StoredValue<Notebook, LocalStorage>,
    pub(crate) signals: Signals,
    pub(crate) route: RwSignal<Route>,
    /// Records of the hamlet, sorted.
    pub(crate) rows: RwSignal<Vec<Row>>,
    /// Records that wait, of any hamlet.
    pub(crate) waiting: RwSignal<Vec<Row>>,
    /// It changes with each keystroke: what is about one item of it follows [`Survey::follow`].
    pub(crate) open: RwSignal<Option<Open>>,
    /// The record on the screen as a typed household.
    pub(crate) household: RwSignal<Household>,
    /// Notified when what the record on the screen says of its people may have changed.
    pub(crate) people: RwSignal<()>,
    /// What the record on the screen says of the household itself.
    pub(crate) said: RwSignal<Said>,
    /// What it says of each item that inputs follow.
    items: StoredValue<Vec<Followed>, LocalStorage>,
    /// The fields of the record on the screen that are being set now: nothing else of it changes. Empty where anything
    /// may.
    setting: StoredValue<Vec<String>, LocalStorage>,
    /// The record on the screen, while its row waits for a pause.
    late: StoredValue<Option<RecordKey>, LocalStorage>,
    pause: StoredValue<Option<Timeout>, LocalStorage>,
    /// Notified when nothing was typed for a moment, for what takes long to work out.
    pub(crate) settled: RwSignal<()>,
    /// How the hamlet's list was left: the search text, the number of rows drawn, and whether it shows the
    /// withdrawn records.
    pub(crate) typed: RwSignal<String>,
    pub(crate) drawn: RwSignal<usize>,
    pub(crate) withdrawn: RwSignal<bool>,
}

impl Survey {
    /// Starts with an open notebook, and follows its changes.
    pub(crate) fn start(notebook: &Notebook) -> Self {
        let signals = notebook.signals;
        let survey = Survey(Box::leak(Box::new(Parts {
            notebook: StoredValue::new_local(notebook.clone()),
            signals,
            route: RwSignal::new(Route::read()),
            rows: RwSignal::new(Vec::new()),
            waiting: RwSignal::new(Vec::new()),
            open: RwSignal::new(None),
            household: RwSignal::new(Household::default()),
            people: RwSignal::new(()),
            said: RwSignal::new(Said::default()),
            items: StoredValue::new_local(Vec::new()),
            setting: StoredValue::new_local(Vec::new()),
            late: StoredValue::new_local(None),
            pause: StoredValue::new_local(None),
            settled: RwSignal::new(()),
            typed: RwSignal::new(String::new()),
            drawn: RwSignal::new(PAGE),
            withdrawn: RwSignal::new(false),
        })));
        if signals.place.get_untracked().is_none() && survey.route.get_untracked() == Route::List {
            survey.route.set(Route::Choose);
        }
        // How the list was left: the household that was opened, and how far past its row the page was
        // scrolled, in pixels.
        let mut left = (None, 0.0);
        EventListener::new(&window(), "hashchange", move |_| {
            let (window, route) = (window(), Route::read());
            survey.settle();
            match survey.route.get_untracked() {
                Route::List => {
                    let opened = if let Route::Household(id, _) = route { Some(id) } else { None };
                    left = (opened, window.scroll_y().unwrap_or_default() - offset(opened));
                }
                // Next comes the list of another hamlet.
                Route::Choose => left = (None, 0.0),
                _ => {}
            }
            survey.route.set(route);
            if route != Route::List {
                return window.scroll_to_with_x_and_y(0.0, 0.0);
            }
            let (opened, past) = left;
            scroll_to(opened, past, 10);
        })
        .forget();
        notebook.start(move |keys| survey.changed(keys));
        survey.read_all();
        survey
    }

    /// Runs `work` with the notebook.
    pub(crate) fn notebook<T>(self, work: impl FnOnce(&Notebook) -> T) -> T {
        self.notebook.with_value(work)
    }

    /// Goes to a screen; the browser's back button returns.
    pub(crate) fn go(self, route: Route) {
        // Setting the hash does not fail.
        let _ = window().location().set_hash(&route.hash());
    }

    /// Switches to a hamlet and a round.
    pub(crate) async fn work_at(self, place: Place) -> Result<(), String> {
        let notebook = self.notebook(Clone::clone);
        notebook.go(place).await.map_err(|error| error.to_string())?;
        self.typed.set(String::new());
        self.drawn.set(PAGE);
        self.withdrawn.set(false);
        self.read_all();
        notebook.sync();
        Ok(())
    }

    fn row(self, key: &RecordKey) -> Option<Row> {
        self.notebook(|notebook| {
            notebook.listed(key).map(|doc| Row::of(*key, &doc, notebook.state(key), notebook.held(key)))
        })
    }

    /// Whether a household was visited: its record tells of more than reviews within the year.
    fn is_visited(self, key: &RecordKey) -> bool {
        self.notebook(|notebook| {
            notebook.holds(key) && notebook.listed(key).is_some_and(|doc| !tells_of_reviews_alone(&doc))
        })
    }

    /// Returns the row of a record in the list of a place: of this round; or of the round before, where the household is to
    /// be visited and was not yet.
    fn row_at(self, key: &RecordKey, place: Option<Place>) -> Option<Row> {
        let place = place?;
        let row = if Some(key.round) == place.before() {
            let now = RecordKey { round: place.round, ..*key };
            let doc = self.notebook(|notebook| notebook.listed(key)).filter(|_| !self.is_visited(&now))?;
            self.row(key)?.due(&doc)
        } else {
            // One that was only reviewed within the year is in the list of whom to visit, or nobody need visit it.
            let listed = |key: &RecordKey| self.notebook(|notebook| notebook.listed(key));
            let is_due = || {
                let before = RecordKey { round: place.before()?, ..*key };
                Some(is_to_visit(before, &listed(&before)?))
            };
            let hides = |doc: &Doc| {
                awaits_no_visit(doc, key.round) || tells_of_reviews_alone(doc) && is_due() == Some(true)
            };
            // It has no class yet; of those that have one, nothing is read again.
            self.row(key).filter(|row| row.class.is_some() || !listed(key).as_ref().is_some_and(hides))
        };
        row.filter(|row| row.is_at(place))
    }

    fn read_all(self) {
        let keys = self.notebook(Notebook::keys);
        let place = self.signals.place.get_untracked();
        let mut rows: Vec<Row> = keys.iter().filter_map(|key| self.row_at(key, place)).collect();
        sort(&mut rows);
        self.rows.set(rows);
    }

    /// Reads the records that wait. Called when their screen opens and whenever they change while it is open.
    pub(crate) fn read_waiting(self) {
        let keys = self.notebook(Notebook::waiting);
        let mut rows: Vec<Row> = keys.iter().filter_map(|key| self.row(key)).collect();
        sort(&mut rows);
        self.waiting.set(rows);
    }

    /// Takes in records that changed: by a keystroke, from the server, or in another tab.
    fn changed(self, keys: &[RecordKey]) {
        let on_screen = match self.route.get_untracked() {
            Route::Household(id, round) => Some(self.key(id, round)),
            _ => None,
        };
        let is_on_screen = on_screen.is_some();
        // One that is on the screen may not have been here until now.
        let open = self.open.with_untracked(|open| open.as_ref().map(|open| open.key)).or(on_screen);
        if let Some(key) = open.filter(|key| is_on_screen && keys == [*key]) {
            // While a household is on the screen, the list is not.
            self.read_open(key);
            self.settle_later(key);
            return;
        }
        self.read_rows(keys);
        if matches!(self.route.get_untracked(), Route::Waiting | Route::Leave) {
            self.read_waiting();
        }
        if let Some(key) = open.filter(|key| keys.contains(key)) {
            self.read_open(key);
            self.settled.notify();
        }
    }

    /// The record that an address names, by default that of the round in which the volunteer works.
    pub(crate) fn key(self, subject: Subject, round: Option<Round>) -> RecordKey {
        let of_place = || Some(self.signals.place.get_untracked()?.round);
        RecordKey { subject, round: round.or_else(of_place).unwrap_or(Round::CENSUS_2010) }
    }

    fn settle_later(self, key: RecordKey) {
        if self.late.get_value().is_some_and(|late| late != key) {
            self.settle();
        }
        self.late.set_value(Some(key));
        self.pause.set_value(Some(Timeout::new(PAUSE, move || self.settle())));
    }

    /// Lets the list follow the record that was typed in.
    fn settle(self) {
        if let Some(key) = self.late.try_update_value(Option::take).flatten() {
            self.read_rows(&[key]);
            self.settled.notify();
        }
    }

    /// Reads the rows of records that changed.
    fn read_rows(self, keys: &[RecordKey]) {
        let place = self.signals.place.get_untracked();
        // With a record of this round its household's row of the round before goes, and comes back.
        let is_listed =
            |key: &RecordKey| self.rows.with_untracked(|rows| rows.iter().any(|row| row.key == *key));
        let before = place.and_then(|place| place.before());
        let twins = keys.iter().filter(|key| place.is_some_and(|place| key.round == place.round));
        let twins = twins.filter_map(|key| Some(RecordKey { round: before?, ..*key }));
        // Where this round's record tells of a visit and the household's other row is not listed, nothing changes.
        let awaits_visit = |twin: &RecordKey| {
            let round = place.map_or(twin.round, |place| place.round);
            !self.is_visited(&RecordKey { round, ..*twin })
        };
        let twins = twins.filter(|twin| is_listed(twin) || keys.len() > 1 || awaits_visit(twin));
        let all: Vec<RecordKey> = keys.iter().copied().chain(twins).collect();
        let fresh: Vec<(RecordKey, Option<Row>)> =
            all.iter().map(|key| (*key, self.row_at(key, place))).collect();
        if let [(key, new)] = &fresh[..] {
            // One record changed, as by a keystroke: at most one row moves, and none when the list shows
            // nothing of the change.
            let same = |rows: &Vec<Row>| rows.iter().find(|row| row.key == *key) == new.as_ref();
            if !self.rows.with_untracked(same) {
                self.rows.update(|rows| {
                    rows.retain(|row| row.key != *key);
                    if let Some(new) = new {
                        insert(rows, new.clone());
                    }
                });
            }
        } else {
            self.rows.update(|rows| {
                rows.retain(|row| !all.contains(&row.key));
                rows.extend(fresh.into_iter().filter_map(|(_, row)| row));
                sort(rows);
            });
        }
    }

    /// Reads the record to show on the screen, and lets follow what may have changed of it.
    pub(crate) fn read_open(self, key: RecordKey) {
        let open = self.notebook(|notebook| {
            let (doc, state) = notebook.opened(&key)?;
            Some(Open { key, doc, held: notebook.held(&key), state })
        });
        let was_there =
            self.open.with_untracked(|before| before.as_ref().is_some_and(|before| before.key == key));
        let fields = if was_there { self.setting.get_value() } else { Vec::new() };
        // What another tab wrote may be in the record, and so in what was said of it, before it is read as a whole.
        let mut is_another = false;
        self.household.update(|household| match &open {
            Some(open) if !fields.is_empty() => {
                fields.iter().for_each(|path| household.reread(&open.doc, path));
            }
            _ => {
                let read = open.as_ref().map(|open| Household::read(&open.doc)).unwrap_or_default();
                is_another = *household != read;
                *household = read;
            }
        });
        let may_change = |under: &[String]| fields.is_empty() || fields.iter().any(|path| has(under, path));
        let say = |under: &[String], said: RwSignal<Said>| {
            let new = open.as_ref().map(|open| Said::of(open, under)).unwrap_or_default();
            if is_another || said.with_untracked(|old| *old != new) {
                said.set(new);
            }
        };
        self.items.update_value(|items| items.retain(|(_, said)| !said.is_disposed()));
        self.items.with_value(|items| {
            let changed = items.iter().filter(|(under, _)| may_change(under));
            changed.for_each(|(under, said)| say(under, *said));
        });
        if may_change(&[]) {
            say(&[], self.said);
        }
        let is_of_people = |path: &String| path.starts_with("members/") || path.starts_with("head/");
        if fields.is_empty() || fields.iter().any(is_of_people) {
            self.people.notify();
        }
        self.open.set(open);
    }

    /// Follows what the record on the screen says under some beginnings of paths, and perhaps more of it.
    pub(crate) fn track(self, under: &[&str]) {
        if under.iter().any(|begin| begin.starts_with("income")) {
            self.open.track();
        } else {
            self.said.track();
            self.people.track();
        }
    }

    /// Returns what the record on the screen says under some beginnings of paths, for as long as the current owner
    /// lives.
    pub(crate) fn follow(self, under: Vec<String>) -> RwSignal<Said> {
        let said = self.open.with_untracked(|open| open.as_ref().map(|open| Said::of(open, &under)));
        let said = RwSignal::new(said.unwrap_or_default());
        self.items.update_value(|items| items.push((under, said)));
        said
    }

    /// Sets a field of the record on the screen.
    pub(crate) fn set(self, field: &str, value: impl Into<Value>) {
        self.set_all(vec![(field, value.into())]);
    }

    /// Sets several fields of the record on the screen in one edit.
    pub(crate) fn set_all(self, fields: Vec<(&str, Value)>) {
        let Some(key) = self.open.with_untracked(|open| open.as_ref().map(|open| open.key)) else { return };
        // The hamlet, which is set with the first edit of a new record, is shown before.
        self.setting.set_value(fields.iter().map(|(field, _)| (*field).to_owned()).collect());
        let changes = fields.into_iter().map(|(field, value)| (path(field), value)).collect();
        self.notebook(|notebook| notebook.edit(key, changes));
        self.setting.set_value(Vec::new());
    }

    /// Returns the value of a field of the record on the screen as it is now.
    pub(crate) fn value(self, field: &str) -> Option<Value> {
        self.open.with_untracked(|open| open.as_ref().and_then(|open| open.doc.get(field).cloned()))
    }
}

/// Scrolls to `past` pixels below a household's row: now and again in each of the next `frames`, because rows
/// get their final height only when they come into view.
fn scroll_to(household: Option<Subject>, past: f64, frames: u32) {
    window().scroll_to_with_x_and_y(0.0, offset(household) + past);
    if frames > 0 {
        request_animation_frame(move || scroll_to(household, past, frames - 1));
    }
}

/// Returns the top of a household's row in pixels from the top of the page, or 0 where there is none.
fn offset(household: Option<Subject>) -> f64 {
    let row = household.and_then(|id| document().query_selector(&format!("[data-id='{id}']")).ok().flatten());
    // The row stands at the top of its list item.
    let line = row.and_then(|row| row.parent_element());
    line.map_or(0.0, |line| line.unchecked_ref::<web_sys::HtmlElement>().offset_top().into())
}
