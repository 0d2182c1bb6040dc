//! A list of any length: only the rows in sight are drawn, and households are asked for where one looks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::ui::dom::{El, el, follow};
use soho_shared::wire::lists::HouseholdPage;
use wasm_bindgen::JsCast as _;

use super::rows::Rows;
use super::window::{AtHand, drawn};
use crate::net::{self, Problem};

/// Height of a row in `rem`, as the style sheet has it.
const ROW: f64 = 2.75;
/// Size of letters in pixels where the browser does not tell it.
const LETTERS: f64 = 16.0;
/// Time after scrolling until households are asked for, in milliseconds: what flies past is not.
const SETTLED: u32 = 100;

/// How many households a list has, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How many are known.
    pub many: u64,
    /// Whether these are all.
    pub is_all: bool,
    /// Whether there are more than are read.
    pub is_cut: bool,
}

/// What a list is told by its page, and tells it.
pub struct Around {
    /// Address of the list, to which the places are added.
    pub url: String,
    /// Id of the heading above it.
    pub labelled_by: &'static str,
    /// Its caption.
    pub caption: String,
    /// The row to begin at.
    pub place: u64,
    /// Keeps the first row in sight, so that one comes back to it.
    pub keep: Box<dyn Fn(u64)>,
    /// How many there are.
    pub told: RwSignal<Told>,
    /// Why no more come.
    pub problem: RwSignal<Option<Problem>>,
    /// Counts how often somebody wants to try again.
    pub again: RwSignal<u32>,
}

/// A row that is drawn.
struct Row {
    row: El,
    /// Whether its household is not at hand yet.
    is_waiting: bool,
}

struct List {
    around: Around,
    rows: Rows,
    at_hand: RefCell<AtHand>,
    /// Height of a row in pixels, a whole number: so many of them add up without an error.
    height: u64,
    frame: El,
    table: El,
    body: El,
    /// Rows as high as all that are not drawn above and below.
    above: El,
    below: El,
    drawn: RefCell<BTreeMap<u64, Row>>,
    is_asking: Cell<bool>,
    is_soon: Cell<bool>,
}

/// The list that begins with a page.
pub fn long_list(first: HouseholdPage, rows: Rows, around: Around) -> El {
    let height = row_height();
    let width = rows.width().to_string();
    let space =
        || el("tr").class("space").attr("aria-hidden", "true").with([el("td").attr("colspan", &width)]);
    let (above, below) = (space(), space());
    let body = el("tbody").with([above.clone(), below.clone()]);
    let table = el("table")
        .class("figures households")
        .attr("data-testid", "households")
        .style("--row", move || format!("{height}px"))
        .with([el("caption").text(&around.caption), el("thead").with([rows.head()]), body.clone()]);
    let frame = el("div")
        .class("table-box long windowed")
        .attr("role", "region")
        .attr("tabindex", "0")
        .attr("aria-labelledby", around.labelled_by)
        .with([table.clone()]);
    let again = around.again;
    let list = Rc::new(List {
        around,
        rows,
        at_hand: RefCell::new(AtHand::of(first)),
        height,
        frame: frame.clone(),
        table,
        body,
        above,
        below,
        drawn: RefCell::default(),
        is_asking: Cell::new(false),
        is_soon: Cell::new(false),
    });
    list.draw();
    let retried = Rc::downgrade(&list);
    follow(move || {
        again.track();
        if let Some(list) = retried.upgrade() {
            list.around.problem.try_set(None);
            list.look();
        }
    });
    // Where it is to begin can be told once it is on the page.
    let begun = Rc::downgrade(&list);
    request_animation_frame(move || {
        if let Some(list) = begun.upgrade() {
            list.begin();
        }
    });
    frame.on("scroll", move |_| list.scrolled())
}

/// Height of a row in whole pixels, by the size of letters that the reader has chosen.
fn row_height() -> u64 {
    let root = document().document_element();
    let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    let size = size.and_then(|size| size.trim_end_matches("px").parse::<f64>().ok()).unwrap_or(LETTERS);
    let height = format!("{:.0}", size * ROW);
    height.parse().ok().filter(|height| *height > 0).unwrap_or(44)
}

fn pixels(of: i32) -> u64 {
    u64::try_from(of).unwrap_or(0)
}

impl List {
    fn begin(self: &Rc<Self>) {
        let place = self.around.place.min(self.at_hand.borrow().many());
        if place > 0 {
            self.draw();
            self.frame.node().set_scroll_top(i32::try_from(place * self.height).unwrap_or(i32::MAX));
            self.frame.node().scroll_into_view_with_bool(false);
        }
        self.draw();
        self.look();
    }

    fn scrolled(self: &Rc<Self>) {
        self.draw();
        if !self.is_soon.replace(true) {
            let list = Rc::downgrade(self);
            Timeout::new(SETTLED, move || settled(&list)).forget();
        }
    }

    /// The first row in sight.
    fn place(&self) -> u64 {
        pixels(self.frame.node().scroll_top()) / self.height
    }

    /// The rows that are to be drawn.
    fn window(&self) -> Range<u64> {
        let frame = self.frame.node();
        let (scrolled, height) = (pixels(frame.scroll_top()), pixels(frame.client_height()));
        drawn(scrolled, height, self.height, self.at_hand.borrow().many())
    }

    /// Draws the rows in sight. Those that are there stay as they are, and the keyboard's focus with them.
    fn draw(&self) {
        let (window, at_hand) = (self.window(), self.at_hand.borrow());
        let mut drawn = self.drawn.borrow_mut();
        drawn.retain(|place, row| {
            let stays = window.contains(place) && !(row.is_waiting && at_hand.at(*place).is_some());
            if !stays {
                row.row.node().remove();
            }
            stays
        });
        let mut next: web_sys::Node = self.below.node().clone().into();
        for place in window.clone().rev() {
            let row = drawn.entry(place).or_insert_with(|| {
                let household = at_hand.at(place);
                let row = household.map_or_else(|| self.rows.waiting(), |of| self.rows.row(of));
                // The head is the first row.
                let row = row.attr("aria-rowindex", &(place + 2).to_string());
                // Fails only where `next` is no row of the list.
                let _ = self.body.node().insert_before(row.node(), Some(&next));
                Row { row, is_waiting: household.is_none() }
            });
            next = row.row.node().clone().into();
        }
        self.fill(&self.above, window.start);
        self.fill(&self.below, at_hand.many() - window.end);
        let rows = if at_hand.is_all() { (at_hand.many() + 1).to_string() } else { "-1".to_owned() };
        // Fails only for an invalid name.
        let _ = self.table.node().set_attribute("aria-rowcount", &rows);
    }

    /// Makes a space as high as so many rows.
    fn fill(&self, space: &El, rows: u64) {
        let cell = space.node().first_element_child();
        if let Some(cell) = cell.as_ref().and_then(|cell| cell.dyn_ref::<web_sys::HtmlElement>()) {
            // Fails only for a style that is read-only.
            let _ = cell.style().set_property("height", &format!("{}px", rows * self.height));
        }
    }

    /// Asks for the households of the rows in sight, where they are not at hand; one page at a time.
    fn look(self: &Rc<Self>) {
        let has_failed = self.around.problem.try_with_untracked(Option::is_some).unwrap_or(true);
        if self.is_asking.get() || has_failed {
            return;
        }
        let Some(wanted) = self.at_hand.borrow().wanted(&self.window()) else {
            self.tell();
            return;
        };
        self.is_asking.set(true);
        let url = format!("{}{}", self.around.url, wanted.query());
        let list = Rc::downgrade(self);
        leptos::task::spawn_local(async move {
            let answer = net::read::<HouseholdPage>(&url).await;
            // Another list may be shown by now.
            let Some(list) = list.upgrade() else { return };
            list.is_asking.set(false);
            match answer {
                Ok(page) => {
                    list.at_hand.borrow_mut().take(&wanted, page);
                    list.draw();
                    list.look();
                }
                Err(problem) => {
                    list.around.problem.try_set(Some(problem));
                }
            }
        });
        self.tell();
    }

    /// Tells the page how many there are.
    fn tell(&self) {
        let at_hand = self.at_hand.borrow();
        let told = Told { many: at_hand.many(), is_all: at_hand.is_all(), is_cut: at_hand.is_cut() };
        self.around.told.try_set(told);
    }
}

/// Keeps the place and asks for what is in sight, once scrolling has gone on for a moment.
fn settled(list: &Weak<List>) {
    let Some(list) = list.upgrade() else { return };
    list.is_soon.set(false);
    (list.around.keep)(list.place());
    list.draw();
    list.look();
}
