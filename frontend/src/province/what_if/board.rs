//! The work behind what-if: when the lines move, all households are classified again and the figures on the
//! page follow, at most once a frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::clock;
use soho_frontend::i18n::lang;
use soho_frontend::ui::dom::{El, el, follow};
use soho_shared::area::{self, AreaCode, Residence};
use soho_shared::columns::Kernel;
use soho_shared::money::Vnd;
use soho_shared::record::Round;
use soho_shared::report::{By, Row};
use soho_shared::standard::{Class, Standard};
use soho_shared::what_if::{Lines, figures};

use super::load::Data;
use super::outcome::{Outcome, Seen, in_words};
use super::trial::Trial;
use crate::address::Address;
use crate::page::Page;

/// Time within which moves count as one step of the back button, in milliseconds.
const ONE_STEP: u64 = 1_500;

/// Most texts that one frame changes. It is enough for all texts of the province's table, and for a part of
/// those of 164 communes.
const AT_ONCE: usize = 300;

/// The figures under the lines in force.
#[derive(Clone, Copy)]
pub struct InForce {
    /// Area and round of the figures.
    pub about: (AreaCode, Round),
    /// Number of households, poor households and near-poor households.
    pub counts: (i64, i64, i64),
}

type Read = Box<dyn Fn(&Seen<'_>) -> String>;

/// A text on the page that follows the outcome, and its current content.
struct Slot {
    text: web_sys::Node,
    read: Read,
    says: String,
}

/// State of the what-if view of one area in one round.
pub struct Board {
    /// State of the page.
    pub page: Page,
    /// Standard in force.
    pub standard: &'static Standard,
    /// What is being tried. While a finger is on a slider it is ahead of the address bar.
    pub trial: RwSignal<Trial>,
    /// Kind of area in each row.
    pub by: By,
    /// Totals in words after each movement, for screen readers.
    pub said: RwSignal<String>,
    /// Households of the round.
    pub data: Rc<Data>,
    here: Address,
    in_force: Outcome,
    slots: RefCell<Vec<Slot>>,
    /// Buffer for the classes of all households.
    classes: RefCell<Vec<u8>>,
    drawing: Cell<bool>,
    /// Lines before the movement that is under way.
    before: Cell<Option<Lines>>,
    /// Text with which the next frame begins.
    next: Cell<usize>,
    /// When the address bar was last written, in milliseconds since 1970.
    settled: Cell<u64>,
}

impl Board {
    /// Sets up the view for the area shown; `None` when its households cannot be classified.
    #[must_use]
    pub fn new(page: Page, here: Address, standard: &'static Standard, data: Rc<Data>) -> Option<Rc<Self>> {
        let mut classes = Vec::new();
        let by = if here.by == By::Hamlet { By::Commune } else { here.by };
        let in_force = outcome(&data, &here, by, standard, Lines::of(standard), &mut classes)?;
        let board = Rc::new(Board {
            page,
            standard,
            trial: RwSignal::new(here.what_if.unwrap_or_else(|| Trial::of(standard))),
            by,
            said: RwSignal::new(String::new()),
            data,
            here,
            in_force,
            slots: RefCell::new(Vec::new()),
            classes: RefCell::new(classes),
            drawing: Cell::new(false),
            before: Cell::new(None),
            next: Cell::new(0),
            settled: Cell::new(0),
        });
        let (drawn, trial) = (Rc::downgrade(&board), board.trial);
        follow(move || {
            // Reading these makes the texts follow them.
            trial.track();
            let _ = lang();
            if let Some(board) = drawn.upgrade() {
                board.draw_soon();
            }
        });
        // The address bar leads, so that the back button undoes a step.
        let led = Rc::downgrade(&board);
        follow(move || {
            if let Some(said) = page.here().what_if
                && trial.get_untracked() != said
            {
                if let Some(board) = led.upgrade() {
                    board.before.set(None);
                }
                trial.set(said);
            }
        });
        Some(board)
    }

    /// Returns the rows under the lines in force, which give the tables their names and order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.in_force.figures.rows
    }

    /// Returns the figures that the register had when the households were sent, as far as their columns tell.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        let total = &self.in_force.figures.total;
        InForce {
            about: (self.here.area, self.here.round),
            counts: (total.households, total.poor, total.near_poor),
        }
    }

    /// Moves one line. A line that it pushes along comes back when it does, until the movement is over,
    /// because a number that is half typed is small.
    pub fn move_line(&self, class: Class, residence: Residence, line: Vnd) {
        let before = self.before.take().unwrap_or_else(|| self.trial.get_untracked().lines);
        self.before.set(Some(before));
        let most = Lines::most(self.standard);
        self.trial.update(|trial| trial.lines = before.with(class, residence, line, most));
    }

    /// Writes what is being tried into the address bar, as a step that the back button undoes. What follows
    /// at once, such as the next press of an arrow key, belongs to the same step.
    pub fn settle(&self) {
        self.before.set(None);
        let to = Address { what_if: Some(self.trial.get_untracked()), ..self.page.here_untracked() };
        let now = clock::now();
        if now.saturating_sub(self.settled.replace(now)) < ONE_STEP {
            self.page.amend(to);
        } else {
            self.page.go(to);
        }
        self.said.set(self.seen(in_words).unwrap_or_default());
    }

    /// Builds an element whose text follows the outcome.
    #[must_use]
    pub fn says(&self, tag: &'static str, read: impl Fn(&Seen<'_>) -> String + 'static) -> El {
        fn boxed(board: &Board, tag: &'static str, read: Read) -> El {
            let element = el(tag).text("\u{a0}");
            if let Some(text) = element.node().first_child() {
                board.slots.borrow_mut().push(Slot { text, read, says: String::new() });
            }
            element
        }
        boxed(self, tag, Box::new(read))
    }

    /// Computes the current outcome and calls `read` with it, for instance to save the figures.
    pub fn seen<T>(&self, read: impl FnOnce(&Seen<'_>) -> T) -> Option<T> {
        let trial = self.trial.get_untracked();
        let mut classes = self.classes.borrow_mut();
        let tried = outcome(&self.data, &self.here, self.by, self.standard, trial.lines, &mut classes)?;
        Some(read(&Seen { tried: &tried, in_force: &self.in_force, trial, lang: untrack(lang) }))
    }

    /// Draws in the next frame, so that many moves of a slider within one frame are drawn once.
    fn draw_soon(self: &Rc<Self>) {
        if self.drawing.replace(true) {
            return;
        }
        let board = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(board) = board.upgrade() {
                board.drawing.set(false);
                board.draw();
            }
        });
    }

    /// Classifies all households and writes only the texts that have changed. A long table is written in
    /// parts, so that no frame is late; the next frame goes on where this one stopped.
    fn draw(self: &Rc<Self>) {
        self.seen(|seen| {
            let mut slots = self.slots.borrow_mut();
            let (first, count) = (self.next.take(), slots.len());
            let mut left = AT_ONCE;
            for at in (first..count).chain(0..first) {
                let slot = &mut slots[at];
                let says = (slot.read)(seen);
                if says == slot.says {
                    continue;
                }
                if left == 0 {
                    self.next.set(at);
                    self.draw_soon();
                    break;
                }
                left -= 1;
                slot.text.set_node_value(Some(&says));
                slot.says = says;
            }
        });
    }
}

fn outcome(
    data: &Data,
    here: &Address,
    by: By,
    standard: &Standard,
    lines: Lines,
    classes: &mut Vec<u8>,
) -> Option<Outcome> {
    let kernel = Kernel::new(&lines.standard(standard))?;
    let counts = data.households.count(&kernel, classes).ok()?;
    let mut persons = [0; 4];
    for count in &counts {
        if area::commune(count.commune).is_some_and(|commune| here.area.contains_commune(commune)) {
            persons.iter_mut().zip(count.persons).for_each(|(sum, more)| *sum += more);
        }
    }
    Some(Outcome { figures: figures(&counts, here.area, here.round, by).ok()?, persons })
}
