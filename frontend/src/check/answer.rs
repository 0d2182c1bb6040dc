//! The answer as far as it can be given: from the first number on, with what is still missing.

use leptos::prelude::*;
use soho_shared::area::Residence;
use soho_shared::classify::{Facts, classify, monthly_per_person};
use soho_shared::explain::{Explanation, explain};
use soho_shared::income::{IncomeLine, annual_net};
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};

use super::state::{Reading, State};

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
}

/// What can be said now.
#[derive(Clone, PartialEq)]
pub(crate) struct Answer {
    /// Under which standard.
    pub(crate) standard: &'static Standard,
    /// The lines of that standard that apply, `None` until the residence is known.
    pub(crate) residence: Option<Residence>,
    /// What is missing, in the order of the questions.
    pub(crate) missing: Vec<Missing>,
    /// Đồng per person per month, rounded, once people and income are known.
    pub(crate) per_person: Option<Vnd>,
    /// The class; without the residence only when it would be the same in both.
    pub(crate) class: Option<Class>,
    /// Every step, once nothing is missing.
    pub(crate) explanation: Option<Explanation>,
}

/// Reads the answers. Inside a memo it follows them.
pub(crate) fn answer(state: &State) -> Answer {
    let standard = state.standard.get();
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
    let mut answer =
        Answer { standard, residence, missing, per_person: None, class: None, explanation: None };
    let income_known = !answer.missing.iter().any(|m| matches!(m, Missing::Income | Missing::IncomeLine));
    let (Some(members), Some(annual_net), true) = (members, annual_net(&lines), income_known) else {
        return answer;
    };
    answer.per_person = Some(monthly_per_person(annual_net, members));
    if let Some(residence) = residence {
        let explanation = explain(standard, residence, members, &[], &lines, &None.into());
        answer.class = explanation.class.ok();
        answer.explanation = Some(explanation);
    } else {
        let [rural, urban] = Residence::ALL.map(|residence| {
            classify(standard, &Facts { residence, members, annual_net, deprivations: None })
        });
        answer.class = rural.ok().filter(|_| rural == urban);
    }
    answer
}
