//! The household's answers, and keeping them on the device.
//!
//! They stay text as typed until they are read, so that a half-typed amount survives a reload.

use std::ops::Deref;

use jiff::civil::Date;
use leptos::prelude::*;
use soho_frontend::income;
use soho_frontend::ui::field::{Typed, typed_money, typed_number};
use soho_shared::area::{self, CommuneCode, Residence};
use soho_shared::classify::Members;
use soho_shared::income::{IncomeLine, IncomeSource, Rhythm};
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::standard::{Indicator, Standard};

/// Returns the number of times that is filled in at first.
pub(crate) fn usual_times(rhythm: Rhythm) -> String {
    income::usual_times(rhythm).map_or(String::new(), |n| n.to_string())
}

/// One line of income.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    /// Number among the lines of its source: 1 for the first, 2 for the second (two wage earners).
    pub(crate) nth: usize,
    typed: TypedLine,
    /// What it comes to. Kept for each line, because a key that is pressed changes one of perhaps thirty.
    reading: Memo<Reading>,
    /// What the device keeps of it.
    pub(crate) row: Memo<String>,
}

impl Deref for Line {
    type Target = TypedLine;

    fn deref(&self) -> &TypedLine {
        &self.typed
    }
}

/// One line of income, as typed.
#[derive(Clone, Copy)]
pub(crate) struct TypedLine {
    pub(crate) source: IncomeSource,
    pub(crate) rhythm: RwSignal<Rhythm>,
    pub(crate) times: RwSignal<String>,
    pub(crate) amount: RwSignal<String>,
    pub(crate) costs: RwSignal<String>,
    /// What the house ate and used itself, in money.
    pub(crate) own_use: RwSignal<String>,
    /// Kilograms typed into the helper, which multiplies them with the price.
    pub(crate) quantity: RwSignal<String>,
    pub(crate) price: RwSignal<String>,
}

/// The outcome of reading a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Nothing was typed: there is no such income.
    Blank,
    /// Something is missing or cannot be read; the field says what.
    Unclear,
    /// The line was read.
    Ready(IncomeLine),
}

impl Line {
    pub(crate) fn new(source: IncomeSource, nth: usize) -> Self {
        let rhythm = Rhythm::usual(source);
        let typed = TypedLine {
            source,
            rhythm: RwSignal::new(rhythm),
            times: RwSignal::new(usual_times(rhythm)),
            amount: RwSignal::default(),
            costs: RwSignal::default(),
            own_use: RwSignal::default(),
            quantity: RwSignal::default(),
            price: RwSignal::default(),
        };
        Line { nth, typed, reading: Memo::new(move |_| typed.read()), row: Memo::new(move |_| typed.row()) }
    }

    /// Returns the beginning of the ids of its inputs: `income-crops`, `income-wages-2`.
    pub(crate) fn id(&self) -> String {
        let word = self.source.word();
        if self.nth == 1 { format!("income-{word}") } else { format!("income-{word}-{}", self.nth) }
    }

    /// Reads amount and costs for 12 months.
    pub(crate) fn read(&self) -> Reading {
        self.reading.get()
    }
}

impl TypedLine {
    /// Returns whether no amount was typed: neither receipts nor own use nor costs.
    pub(crate) fn is_blank(&self) -> bool {
        [self.amount, self.own_use, self.costs].iter().all(|text| text.with(|t| t.trim().is_empty()))
    }

    /// Returns whether nothing about it was changed.
    pub(crate) fn is_untouched(&self) -> bool {
        let helper = [self.quantity, self.price];
        self.is_blank()
            && helper.iter().all(|text| text.with(String::is_empty))
            && self.rhythm.get() == Rhythm::usual(self.source)
            && self.times.with(|t| *t == usual_times(self.rhythm.get()))
    }

    fn read(&self) -> Reading {
        if self.is_blank() {
            return Reading::Blank;
        }
        self.line().map_or(Reading::Unclear, Reading::Ready)
    }

    fn line(&self) -> Option<IncomeLine> {
        let rhythm = self.rhythm.get();
        let times = match rhythm {
            Rhythm::Year => 1,
            _ => self.times.with(|t| typed_number(t, 0, rhythm.most())).value()?,
        };
        let each = |text: RwSignal<String>| match text.with(|t| typed_money(t)) {
            Typed::Empty => Some(Vnd::ZERO),
            Typed::Value(amount) if amount >= Vnd::ZERO => Some(amount),
            _ => None,
        };
        let over_the_year = |each: Vnd| each.checked_mul(times.into());
        let mut received = each(self.amount)?;
        let mut costs = Vnd::ZERO;
        if self.source.has_costs() {
            received = received.checked_add(each(self.own_use)?)?;
            costs = over_the_year(each(self.costs)?)?;
        }
        Some(IncomeLine { source: self.source, receipts: over_the_year(received)?, costs })
    }
}

/// Sources that are asked first, which most households here live on.
pub(crate) const FIRST: [IncomeSource; 3] =
    [IncomeSource::Crops, IncomeSource::Livestock, IncomeSource::Wages];

/// Handle to all answers. There is one set for as long as the page is open; being a reference, the handle
/// keeps the closures that hold it small.
#[derive(Clone, Copy)]
pub(crate) struct State(&'static Answers);

impl Deref for State {
    type Target = Answers;

    fn deref(&self) -> &Answers {
        self.0
    }
}

/// The answers behind a [`State`].
pub(crate) struct Answers {
    /// Today's date.
    pub(crate) date: Date,
    /// Standard chosen instead of the one in force today.
    pub(crate) chosen: RwSignal<Option<&'static Standard>>,
    pub(crate) commune: RwSignal<Option<CommuneCode>>,
    pub(crate) residence: RwSignal<Option<Residence>>,
    pub(crate) members: RwSignal<String>,
    pub(crate) no_income: RwSignal<bool>,
    pub(crate) lines: RwSignal<Vec<Line>>,
    /// Number of children in kindergarten or school.
    pub(crate) pupils: RwSignal<String>,
    /// Answers to the questions about living conditions and supports, by their keys.
    pub(crate) said: RwSignal<Vec<(String, String)>>,
    /// Other answers that this device keeps, as text: those that a link replaced.
    pub(crate) other: RwSignal<String>,
}

impl State {
    pub(crate) fn new(date: Date) -> Self {
        State(Box::leak(Box::new(Answers {
            date,
            chosen: RwSignal::new(None),
            commune: RwSignal::new(None),
            residence: RwSignal::new(None),
            members: RwSignal::default(),
            no_income: RwSignal::new(false),
            lines: RwSignal::new(FIRST.map(|source| Line::new(source, 1)).to_vec()),
            pupils: RwSignal::default(),
            said: RwSignal::default(),
            other: RwSignal::default(),
        })))
    }

    /// Returns the standard to apply.
    pub(crate) fn standard(&self) -> &'static Standard {
        self.chosen.get().unwrap_or(self.usual())
    }

    /// Returns the standard in force today, or the last one where none is.
    pub(crate) fn usual(&self) -> &'static Standard {
        let all = law::standards();
        law::standard_on(self.date).unwrap_or(&all[all.len() - 1])
    }

    /// Chooses a standard; choosing today's undoes the choice.
    pub(crate) fn choose(&self, id: &str) {
        self.chosen.set(law::standard(id).filter(|standard| standard.id != self.usual().id));
    }

    /// Returns whether a commune of 2011 says where the household lives: by a standard of today, or of years to come,
    /// it does not, because the communes have been merged since.
    pub(crate) fn asks_commune(&self) -> bool {
        area::tree_covers(self.date.year().min(self.standard().to.year()))
    }

    /// Returns how many people count, once it is known.
    pub(crate) fn members(&self) -> Option<Members> {
        self.members.with(|t| typed_number(t, 1, 99)).value().and_then(|n| Members::new(n.into()))
    }

    /// Adds a line for a source.
    pub(crate) fn add(&self, source: IncomeSource) -> Line {
        let nth = self.lines.with_untracked(|lines| lines.iter().filter(|l| l.source == source).count()) + 1;
        let line = Line::new(source, nth);
        self.lines.update(|lines| lines.push(line));
        line
    }

    /// Removes a line. Later lines of the same source move up by one.
    pub(crate) fn remove(&self, gone: Line) {
        self.lines.update(|lines| {
            lines.retain(|l| (l.source, l.nth) != (gone.source, gone.nth));
            for line in lines.iter_mut().filter(|l| l.source == gone.source && l.nth > gone.nth) {
                line.nth -= 1;
            }
        });
    }

    /// Returns the answer to a question; empty while there is none.
    pub(crate) fn said(&self, key: &str) -> String {
        self.said.with(|all| all.iter().find(|(k, _)| k == key).map_or(String::new(), |(_, v)| v.clone()))
    }

    /// Stores the answer to a question.
    pub(crate) fn say(&self, key: &str, value: &str) {
        self.said.update(|all| {
            all.retain(|(k, _)| k != key);
            all.push((key.to_owned(), value.to_owned()));
        });
    }

    /// Forgets all answers except the other ones that a link replaced.
    pub(crate) fn clear(&self) {
        self.chosen.set(None);
        self.commune.set(None);
        self.residence.set(None);
        self.members.set(String::new());
        self.no_income.set(false);
        self.pupils.set(String::new());
        self.said.update(Vec::clear);
        self.lines.set(FIRST.map(|source| Line::new(source, 1)).to_vec());
    }
}

/// Returns the key of an indicator's answer. What two standards ask in the same words is asked once.
pub(crate) fn key_of(indicator: &Indicator) -> String {
    let asks_it =
        |standard: &&Standard| standard.indicators.iter().any(|i| i.question_vi == indicator.question_vi);
    let first = law::standards().iter().find(asks_it).map_or("", Standard::year);
    format!("{first}-{}", indicator.id)
}

/// Returns the key of the number of lacking indicators, for a standard whose list is not known.
pub(crate) fn count_key(standard: &Standard) -> String {
    format!("{}-count", standard.id)
}
