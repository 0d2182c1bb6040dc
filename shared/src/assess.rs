//! One record assessed: its class where it says enough to tell, what is missing, and what it adds to its
//! hamlet's count.

use crate::area::{self, CommuneCode};
use crate::classify::{Facts, Members, Undecided, classify};
use crate::household::{Cause, Group, Household};
use crate::income::{IncomeLine, annual_net};
use crate::law::standard_for_round;
use crate::standard::{Class, Standard};
use crate::sync::{Doc, Round};
use serde::{Deserialize, Serialize};

/// What a record must still say before it can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// How many people live there.
    Members,
    /// What it earned, or that it earned nothing.
    Income,
    /// An income line lacks its source or amount.
    IncomeLine,
    /// The number of lacking indicators would decide.
    Deprivations,
}

/// A record's assessment in its round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The standard applied.
    pub standard: &'static Standard,
    /// The class, when it can be told.
    pub class: Option<Class>,
    /// How many people count.
    pub members: Option<Members>,
    /// What decides, once members and income are known; the indicators may still be missing.
    pub facts: Option<Facts>,
    /// The complete income lines.
    pub lines: Vec<IncomeLine>,
    /// What is missing, first things first; empty when a class was decided.
    pub missing: Vec<Missing>,
}

/// Assesses a household of a commune in a round.
///
/// Returns `None` when no standard covers the round.
#[must_use]
pub fn assess(household: &Household, commune: CommuneCode, round: Round) -> Option<Assessment> {
    let standard = standard_for_round(i16::try_from(round.year()).ok()?)?;
    let residence = area::commune(commune)?.residence();
    let members = household.counted_members();
    let lines = household.income_lines();
    let mut missing = Vec::new();
    if members.is_none() {
        missing.push(Missing::Members);
    }
    if household.income.len() > lines.len() {
        missing.push(Missing::IncomeLine);
    } else if lines.is_empty() && !household.no_income {
        missing.push(Missing::Income);
    }
    let annual_net = annual_net(&lines);
    if annual_net.is_none() {
        // Beyond 10¹⁵ đồng a line was mistyped.
        missing.push(Missing::IncomeLine);
    }
    let (mut class, mut facts) = (None, None);
    if let (Some(members), Some(annual_net), true) = (members, annual_net, missing.is_empty()) {
        let known = Facts { residence, members, annual_net, deprivations: household.deprivation_count };
        facts = Some(known);
        match classify(standard, &known) {
            Ok(decided) => class = Some(decided),
            Err(Undecided::DeprivationsNeeded) => missing.push(Missing::Deprivations),
        }
    }
    Some(Assessment { standard, class, members, facts, lines, missing })
}

/// What one record adds to its hamlet's tally. Kept with the record, so that a tally is always the sum
/// of what its records say they added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The hamlet's number; 0 while the record does not say.
    pub hamlet: u8,
    /// The class, when decided.
    pub class: Option<Class>,
    /// How many people count; 0 while not known.
    pub persons: u8,
    /// The main cause of poverty.
    pub cause: Option<Cause>,
    /// The groups, a bit each in the order of [`Group::ALL`].
    groups: u8,
}

impl Contribution {
    /// What a record adds; `None` for one that is empty or withdrawn.
    #[must_use]
    pub fn of(doc: &Doc, commune: CommuneCode, round: Round) -> Option<Self> {
        if doc.is_empty() {
            return None;
        }
        let household = Household::read(doc);
        if household.removed {
            return None;
        }
        let assessment = assess(&household, commune, round)?;
        Some(Contribution {
            hamlet: household.hamlet.unwrap_or(0),
            class: assessment.class,
            persons: assessment.members.map_or(0, Members::get),
            cause: household.main_cause,
            groups: household.groups().fold(0, |bits, group| bits | 1 << group as u8),
        })
    }

    /// Whether the household is in a group.
    #[must_use]
    pub const fn is_in(&self, group: Group) -> bool {
        self.groups >> group as u8 & 1 == 1
    }
}
