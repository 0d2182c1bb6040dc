//! What the household has answered so far, as typed, and keeping it on the device.
//!
//! Everything stays text until it is read, so that a half-typed amount survives a reload as it is.

use std::ops::Deref;

use jiff::civil::Date;
use leptos::prelude::*;
use soho_frontend::ui::field::{Typed, typed_money, typed_number};
use soho_shared::area::{CommuneCode, Residence};
use soho_shared::classify::Members;
use soho_shared::income::{IncomeLine, IncomeSource};
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::standard::{Indicator, Standard};

/// How often an amount comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// Once for the 12 months.
    Year,
    /// Each month.
    Month,
    /// Each season or batch (vụ, lứa).
    Season,
    /// Each day of work.
    Day,
}

impl Rhythm {
    /// In the order offered.
    pub(crate) const ALL: [Rhythm; 4] = [Rhythm::Year, Rhythm::Month, Rhythm::Season, Rhythm::Day];

    /// The word it is kept under.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Rhythm::Year => "year",
            Rhythm::Month => "month",
            Rhythm::Season => "season",
            Rhythm::Day => "day",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Rhythm::ALL.into_iter().find(|r| r.word() == word)
    }

    /// How many there can be in 12 months.
    pub(crate) const fn most(self) -> u32 {
        match self {
            Rhythm::Year => 1,
            Rhythm::Month => 12,
            Rhythm::Season => 60,
            Rhythm::Day => 366,
        }
    }

    /// What it makes sense to ask for a source.
    pub(crate) const fn fits(self, source: IncomeSource) -> bool {
        match self {
            Rhythm::Year | Rhythm::Month => true,
            Rhythm::Season => source.has_costs(),
            Rhythm::Day => {
                matches!(source, IncomeSource::Wages | IncomeSource::Trade | IncomeSource::Fishing)
            }
        }
    }

    /// What most people would say for a source.
    pub(crate) const fn usual(source: IncomeSource) -> Self {
        if source.has_costs() { Rhythm::Year } else { Rhythm::Month }
    }

    /// The number of times that stands there at first.
    pub(crate) const fn usual_times(self) -> &'static str {
        match self {
            Rhythm::Year => "1",
            Rhythm::Month => "12",
            Rhythm::Season | Rhythm::Day => "",
        }
    }
}

/// One source of income, as typed.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) source: IncomeSource,
    /// 1 for the first line of this source, 2 for the second (two wage earners).
    pub(crate) nth: usize,
    pub(crate) rhythm: RwSignal<Rhythm>,
    pub(crate) times: RwSignal<String>,
    pub(crate) amount: RwSignal<String>,
    pub(crate) costs: RwSignal<String>,
    /// The helper: so many kilograms at such a price.
    pub(crate) quantity: RwSignal<String>,
    pub(crate) price: RwSignal<String>,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Nothing typed: no such income.
    Blank,
    /// Something is missing or not understood; the field says what.
    Unclear,
    /// Read.
    Ready(IncomeLine),
}

impl Line {
    pub(crate) fn new(source: IncomeSource, nth: usize) -> Self {
        let rhythm = Rhythm::usual(source);
        Line {
            source,
            nth,
            rhythm: RwSignal::new(rhythm),
            times: RwSignal::new(rhythm.usual_times().to_owned()),
            amount: RwSignal::default(),
            costs: RwSignal::default(),
            quantity: RwSignal::default(),
            price: RwSignal::default(),
        }
    }

    /// `income-crops`, `income-wages-2`: what the ids of its inputs begin with.
    pub(crate) fn id(&self) -> String {
        let word = self.source.word();
        if self.nth == 1 { format!("income-{word}") } else { format!("income-{word}-{}", self.nth) }
    }

    /// Whether anything was typed.
    pub(crate) fn is_blank(&self) -> bool {
        self.amount.with(|t| t.trim().is_empty()) && self.costs.with(|t| t.trim().is_empty())
    }

    /// Whether nothing about it was changed.
    pub(crate) fn is_untouched(&self) -> bool {
        let helper = [self.quantity, self.price];
        self.is_blank()
            && helper.iter().all(|text| text.with(String::is_empty))
            && self.rhythm.get() == Rhythm::usual(self.source)
            && self.times.with(|t| t == self.rhythm.get().usual_times())
    }

    /// Amount and costs over 12 months.
    pub(crate) fn read(&self) -> Reading {
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
        let over_the_year = |text: RwSignal<String>| match text.with(|t| typed_money(t)) {
            Typed::Empty => Some(Vnd::ZERO),
            Typed::Value(amount) if amount >= Vnd::ZERO => amount.checked_mul(times.into()),
            _ => None,
        };
        let receipts = over_the_year(self.amount)?;
        let costs = if self.source.has_costs() { over_the_year(self.costs)? } else { Vnd::ZERO };
        Some(IncomeLine { source: self.source, receipts, costs })
    }
}

/// The sources asked first: what most households here live on.
pub(crate) const FIRST: [IncomeSource; 3] =
    [IncomeSource::Crops, IncomeSource::Livestock, IncomeSource::Wages];

/// All answers. A page has one set for as long as it is open, and a reference keeps the closures that hold it small.
#[derive(Clone, Copy)]
pub(crate) struct State(&'static Answers);

impl Deref for State {
    type Target = Answers;

    fn deref(&self) -> &Answers {
        self.0
    }
}

/// What a [`State`] gives.
pub(crate) struct Answers {
    /// The day it is.
    pub(crate) date: Date,
    /// A standard that was chosen instead of the one in force on that day.
    pub(crate) chosen: RwSignal<Option<&'static Standard>>,
    pub(crate) commune: RwSignal<Option<CommuneCode>>,
    pub(crate) residence: RwSignal<Option<Residence>>,
    pub(crate) members: RwSignal<String>,
    pub(crate) no_income: RwSignal<bool>,
    pub(crate) lines: RwSignal<Vec<Line>>,
    /// Children in kindergarten or school.
    pub(crate) pupils: RwSignal<String>,
    /// What was said to the questions about living conditions and supports, by their keys.
    pub(crate) said: RwSignal<Vec<(String, String)>>,
    /// Other answers that this device keeps, as text: those that stood here before a link was taken.
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

    /// The standard to go by.
    pub(crate) fn standard(&self) -> &'static Standard {
        self.chosen.get().unwrap_or(self.usual())
    }

    /// The standard in force today; the last one known where there is none.
    pub(crate) fn usual(&self) -> &'static Standard {
        let all = law::standards();
        law::standard_on(self.date).unwrap_or(&all[all.len() - 1])
    }

    /// Goes by a standard; by today's until another is chosen.
    pub(crate) fn choose(&self, id: &str) {
        self.chosen.set(law::standard(id).filter(|standard| standard.id != self.usual().id));
    }

    /// How many people count, once it was said.
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

    /// Takes a line away. Later lines of the same source move up by one.
    pub(crate) fn remove(&self, gone: Line) {
        self.lines.update(|lines| {
            lines.retain(|l| (l.source, l.nth) != (gone.source, gone.nth));
            for line in lines.iter_mut().filter(|l| l.source == gone.source && l.nth > gone.nth) {
                line.nth -= 1;
            }
        });
    }

    /// What was said to a question; empty while nothing was.
    pub(crate) fn said(&self, key: &str) -> String {
        self.said.with(|all| all.iter().find(|(k, _)| k == key).map_or(String::new(), |(_, v)| v.clone()))
    }

    /// Remembers what was said.
    pub(crate) fn say(&self, key: &str, value: &str) {
        self.said.update(|all| {
            all.retain(|(k, _)| k != key);
            all.push((key.to_owned(), value.to_owned()));
        });
    }

    /// Forgets every answer. The other answers stay.
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

/// The key an indicator's answer is kept under. What two standards ask in the same words is asked once.
pub(crate) fn key_of(indicator: &Indicator) -> String {
    let asks_it =
        |standard: &&Standard| standard.indicators.iter().any(|i| i.question_vi == indicator.question_vi);
    let first = law::standards().iter().find(asks_it).map_or("", Standard::year);
    format!("{first}-{}", indicator.id)
}

/// The key under which the number of lacking indicators is kept, where a standard's list is not known.
pub(crate) fn count_key(standard: &Standard) -> String {
    format!("{}-count", standard.id)
}
