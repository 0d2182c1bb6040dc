//! The household's answers, and keeping them on the device.
//!
//! They stay text as typed until they are read, so that a half-typed amount survives a reload.

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

/// How often an amount of income comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// Once in the 12 months.
    Year,
    /// Each month.
    Month,
    /// Each season or batch (vụ, lứa).
    Season,
    /// Each day of work.
    Day,
}

impl Rhythm {
    /// All, in the order offered.
    pub(crate) const ALL: [Rhythm; 4] = [Rhythm::Year, Rhythm::Month, Rhythm::Season, Rhythm::Day];

    /// Returns the word under which it is stored.
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

    /// Returns how many times it can occur in 12 months.
    pub(crate) const fn most(self) -> u32 {
        match self {
            Rhythm::Year => 1,
            Rhythm::Month => 12,
            Rhythm::Season => 60,
            Rhythm::Day => 366,
        }
    }

    /// Returns whether it makes sense for a source.
    pub(crate) const fn fits(self, source: IncomeSource) -> bool {
        match self {
            Rhythm::Year | Rhythm::Month => true,
            Rhythm::Season => source.has_costs(),
            Rhythm::Day => {
                matches!(source, IncomeSource::Wages | IncomeSource::Trade | IncomeSource::Fishing)
            }
        }
    }

    /// Returns what most people would choose for a source.
    pub(crate) const fn usual(source: IncomeSource) -> Self {
        if source.has_costs() { Rhythm::Year } else { Rhythm::Month }
    }

    /// Returns the number of times that is filled in at first.
    pub(crate) const fn usual_times(self) -> &'static str {
        match self {
            Rhythm::Year => "1",
            Rhythm::Month => "12",
            Rhythm::Season | Rhythm::Day => "",
        }
    }
}

/// One line of income, as typed.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) source: IncomeSource,
    /// Number among the lines of its source: 1 for the first, 2 for the second (two wage earners).
    pub(crate) nth: usize,
    pub(crate) rhythm: RwSignal<Rhythm>,
    pub(crate) times: RwSignal<String>,
    pub(crate) amount: RwSignal<String>,
    pub(crate) costs: RwSignal<String>,
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

    /// Returns the beginning of the ids of its inputs: `income-crops`, `income-wages-2`.
    pub(crate) fn id(&self) -> String {
        let word = self.source.word();
        if self.nth == 1 { format!("income-{word}") } else { format!("income-{word}-{}", self.nth) }
    }

    /// Returns whether neither amount nor costs were typed.
    pub(crate) fn is_blank(&self) -> bool {
        self.amount.with(|t| t.trim().is_empty()) && self.costs.with(|t| t.trim().is_empty())
    }

    /// Returns whether nothing about it was changed.
    pub(crate) fn is_untouched(&self) -> bool {
        let helper = [self.quantity, self.price];
        self.is_blank()
            && helper.iter().all(|text| text.with(String::is_empty))
            && self.rhythm.get() == Rhythm::usual(self.source)
            && self.times.with(|t| t == self.rhythm.get().usual_times())
    }

    /// Reads amount and costs for 12 months.
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
