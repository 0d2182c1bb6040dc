//! The answer as far as it can be given, from the first number on, with what is still missing.

use std::time::Duration;

use leptos::prelude::*;
use soho_frontend::ui::dom::follow;
use soho_frontend::ui::field::typed_number;
use soho_shared::area::Residence;
use soho_shared::classify::monthly_per_person;
use soho_shared::deprivation::{self, Deprivations, Known, Lacking, open};
use soho_shared::explain::{Explanation, explain};
use soho_shared::income::{IncomeLine, annual_net};
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};

use super::state::{Reading, State, count_key, key_of};

/// An answer that the household still has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Whether it lives in a rural or an urban place.
    Residence,
    /// The number of people.
    Members,
    /// Any income, or that there is none.
    Income,
    /// The rest of an income line that was begun.
    IncomeLine,
    /// What the household lacks.
    Indicators,
}

/// Whether the page asks about indicators of deprivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Not decided, because people or income are not known yet.
    Later,
    /// No: at this income no answer about them matters.
    Never,
    /// Yes: another answer can change the class.
    On,
    /// No more: what was answered has decided.
    Enough,
}

/// What can be said from the answers so far.
pub(crate) struct Answer {
    /// Standard that is applied.
    pub(crate) standard: &'static Standard,
    /// Which of the standard's lines apply; `None` until it is known.
    pub(crate) residence: Option<Residence>,
    /// What is missing, in the order of the questions.
    pub(crate) missing: Vec<Missing>,
    /// Income of one person, in đồng a month and rounded, once people and income are known.
    pub(crate) per_person: Option<Vnd>,
    /// Classes that are still possible; empty until people and income are known.
    pub(crate) classes: Vec<Class>,
    /// Whether to ask about indicators.
    pub(crate) asking: Asking,
    /// How many indicators the household lacks, as far as it is known.
    pub(crate) lacking: Lacking,
    /// All steps to the class, once nothing but indicators is missing.
    pub(crate) explanation: Option<Explanation>,
}

impl Answer {
    /// Returns the class, once no other is possible.
    pub(crate) fn class(&self) -> Option<Class> {
        if let [class] = self.classes[..] { Some(class) } else { None }
    }
}

/// The answer for what stands further down than the bar: read anew once the frame after a change is drawn, so that it does
/// not hold up a key that is pressed.
#[derive(Clone, Copy)]
pub(crate) struct Settled {
    answer: Memo<Answer>,
    drawn: RwSignal<u32>,
}

impl Settled {
    pub(crate) fn of(answer: Memo<Answer>) -> Self {
        let drawn = RwSignal::new(0);
        let mut asked = 0_u32;
        follow(move || {
            answer.with(|_| asked += 1);
            let number = asked;
            // A frame's callbacks come before it is drawn, a timeout of theirs after it.
            request_animation_frame(move || {
                set_timeout(
                    move || {
                        let _ = drawn.try_set(number);
                    },
                    Duration::ZERO,
                );
            });
        });
        Settled { answer, drawn }
    }

    pub(crate) fn with<T>(self, f: impl FnOnce(&Answer) -> T) -> T {
        self.drawn.track();
        self.with_untracked(f)
    }

    pub(crate) fn with_untracked<T>(self, f: impl FnOnce(&Answer) -> T) -> T {
        self.answer.with_untracked(f)
    }
}

/// Returns what was answered about the standard's indicators.
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

/// Greatest number of lacking indicators that can be typed.
pub(crate) const MOST: u32 = 20;

/// Computes the answer. Inside a memo it follows what the household types.
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
    let (Some(members), Some(annual_net), true) =
        (members, annual_net(&lines, standard.income.allowances), income_known)
    else {
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
        residence.map(|residence| explain(standard, residence, members, &[], &lines, None, &deprivations));
    answer
}
