//! The answer as far as it can be given: from the first number on, with what is still missing.

use leptos::prelude::*;
use soho_frontend::ui::field::typed_number;
use soho_shared::area::Residence;
use soho_shared::classify::monthly_per_person;
use soho_shared::deprivation::{self, Deprivations, Known, Lacking, open};
use soho_shared::explain::{Explanation, explain};
use soho_shared::income::{IncomeLine, annual_net};
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};

use super::state::{Reading, State, count_key, key_of};

/// What must still be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Rural or urban.
    Residence,
    /// How many people.
    Members,
    /// Any income, or that there is none.
    Income,
    /// An income that was begun.
    IncomeLine,
    /// What the household lacks.
    Indicators,
}

/// Whether to ask about indicators, once people and income are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Not known yet.
    Later,
    /// At this income no answer about them matters.
    Never,
    /// Another answer can change the class.
    On,
    /// What was answered has decided.
    Enough,
}

/// What can be said now.
pub(crate) struct Answer {
    /// Under which standard.
    pub(crate) standard: &'static Standard,
    /// The lines of that standard that apply, `None` until the residence is known.
    pub(crate) residence: Option<Residence>,
    /// What is missing, in the order of the questions.
    pub(crate) missing: Vec<Missing>,
    /// Đồng per person per month, rounded, once people and income are known.
    pub(crate) per_person: Option<Vnd>,
    /// The classes still possible, once people and income are known; none before.
    pub(crate) classes: Vec<Class>,
    /// Whether to ask about indicators.
    pub(crate) asking: Asking,
    /// How many indicators are lacking, as far as it is known.
    pub(crate) lacking: Lacking,
    /// Every step, once nothing else than indicators is missing.
    pub(crate) explanation: Option<Explanation>,
}

impl Answer {
    /// The class, once it can be no other.
    pub(crate) fn class(&self) -> Option<Class> {
        if let [class] = self.classes[..] { Some(class) } else { None }
    }
}

/// What was said of the standard's indicators.
fn deprivations(state: &State, standard: &Standard) -> Deprivations {
    let answer = |said: String| match said.as_str() {
        "yes" => deprivation::Answer::Said(true),
        "no" => deprivation::Answer::Said(false),
        _ => deprivation::Answer::NotSaid,
    };
    let count = standard.indicators.is_empty().then(|| state.said(&count_key(standard)));
    Deprivations {
        answers: standard.indicators.iter().map(|i| answer(state.said(&key_of(i)))).collect(),
        count: count
            .and_then(|typed| typed_number(&typed, 0, MOST).value())
            .and_then(|n| u8::try_from(n).ok()),
    }
}

/// The largest number of lacking indicators that can be typed.
pub(crate) const MOST: u32 = 20;

/// Reads the answers. Inside a memo it follows them.
pub(crate) fn answer(state: &State) -> Answer {
    let standard = state.standard();
    let residence = state.residence.get();
    let members = state.members();
    let mut missing = Vec::new();
    if residence.is_none() {
        missing.push(Missing::Residence);
    }
    if members.is_none() {
        missing.push(Missing::Members);
    }
    let mut lines: Vec<IncomeLine> = Vec::new();
    if !state.no_income.get() {
        let mut unclear = false;
        for line in state.lines.get() {
            match line.read() {
                Reading::Blank => {}
                Reading::Unclear => unclear = true,
                Reading::Ready(line) => lines.push(line),
            }
        }
        if unclear {
            missing.push(Missing::IncomeLine);
        } else if lines.is_empty() {
            missing.push(Missing::Income);
        }
    }
    let deprivations = deprivations(state, standard);
    let lacking = deprivations.lacking(standard);
    let (asking, classes) = (Asking::Later, Vec::new());
    let mut answer = Answer {
        standard,
        residence,
        missing,
        per_person: None,
        classes,
        asking,
        lacking,
        explanation: None,
    };
    let income_known = !answer.missing.iter().any(|m| matches!(m, Missing::Income | Missing::IncomeLine));
    let (Some(members), Some(annual_net), true) = (members, annual_net(&lines), income_known) else {
        return answer;
    };
    answer.per_person = Some(monthly_per_person(annual_net, members));
    let known = Known { residence, members: Some(members), annual_net: Some(annual_net), lacking };
    let now = open(standard, &known);
    let nothing_said = Known { lacking: Deprivations::default().lacking(standard), ..known };
    answer.asking = match (now.indicators, open(standard, &nothing_said).indicators) {
        (true, _) => Asking::On,
        (false, true) => Asking::Enough,
        (false, false) => Asking::Never,
    };
    answer.classes = now.classes;
    if answer.asking == Asking::On {
        answer.missing.push(Missing::Indicators);
    }
    answer.explanation =
        residence.map(|residence| explain(standard, residence, members, &[], &lines, &deprivations));
    answer
}
