//! Lacking indicators (chỉ số thiếu hụt) of the multidimensional standards: what is known of them, and whether
//! further answers can still change the class.
//!
//! A class needs no exact count: it is decided as soon as the fewest and the most indicators that can be lacking
//! give the same one. A guide stops asking there.

mod record;

use serde::Serialize;

use crate::area::Residence;
use crate::classify::{Facts, Members, Undecided, classify};
use crate::money::Vnd;
use crate::standard::{Class, Standard};

/// The answer to one indicator, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Not known: nobody has said, and the record does not tell.
    #[default]
    NotSaid,
    /// The household said when asked whether the indicator is lacking.
    Said(bool),
    /// Worked out from the household's record: whether the indicator is lacking, and from what.
    Computed(bool, Evidence),
}

impl Answer {
    /// Whether the indicator is lacking, if that is known.
    #[must_use]
    pub const fn lacking(self) -> Option<bool> {
        match self {
            Answer::NotSaid => None,
            Answer::Said(lacking) | Answer::Computed(lacking, _) => Some(lacking),
        }
    }
}

/// The part of the record from which an answer was worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Every member's age and health-insurance card.
    Insurance,
    /// The children's ages, and whether they go to school.
    Schooling,
    /// The floor area and the number of members.
    FloorArea {
        /// Floor area of the house, in hundredths of a square metre.
        dm2: u32,
        /// Number of members who share it.
        members: Members,
    },
    /// The members' ages, and their monthly allowances.
    Dependants {
        /// Age, in years, under which a member is a child.
        under_age: u8,
        /// Number of members who are children, or elderly or disabled and on a monthly allowance.
        dependants: u8,
        /// Number of all members.
        members: Members,
    },
}

/// A household's deprivations, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deprivations {
    /// One answer for each indicator of the standard, in its order; those beyond the end are not known.
    pub answers: Vec<Answer>,
    /// Number of lacking indicators, where only that was said. It fills in for missing answers.
    pub count: Option<u8>,
}

/// Only the number of lacking indicators is known, or nothing.
impl From<Option<u8>> for Deprivations {
    fn from(count: Option<u8>) -> Self {
        Deprivations { answers: Vec::new(), count }
    }
}

impl Deprivations {
    /// Number of the standard's indicators that are lacking, as far as it is known.
    ///
    /// A number that was said cannot contradict the answers: it is moved between the fewest and the most that they
    /// allow.
    #[must_use]
    pub fn lacking(&self, standard: &Standard) -> Lacking {
        let answered = |as_lacking: bool| {
            let same = self.answers.iter().filter(|a| a.lacking() == Some(as_lacking)).count();
            u8::try_from(same).unwrap_or(u8::MAX)
        };
        let all = if standard.indicator_count == 0 { u8::MAX } else { standard.indicator_count };
        let (least, most) = (answered(true), all.saturating_sub(answered(false)));
        match self.count {
            Some(count) => Lacking::exactly(count.clamp(least, most.max(least))),
            None => Lacking { least, most: most.max(least) },
        }
    }
}

/// Number of indicators that a household lacks, as far as it is known: from `least` to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Lacking {
    /// Number that is lacking for certain.
    pub least: u8,
    /// Number that is lacking if everything not known is; 255 where the standard's number of indicators is not known.
    pub most: u8,
}

impl Lacking {
    /// A number that is known exactly.
    #[must_use]
    pub const fn exactly(count: u8) -> Self {
        Lacking { least: count, most: count }
    }

    /// The number, if it is known exactly.
    #[must_use]
    pub const fn count(self) -> Option<u8> {
        if self.least == self.most { Some(self.least) } else { None }
    }

    /// A number that gives the same class as the true one at any income; `None` while what is not known can matter.
    #[must_use]
    pub fn for_any_income(self, standard: &Standard) -> Option<u8> {
        let mut needed = standard.bands.iter().filter_map(|band| band.poor_if_lacking);
        needed.all(|needed| (self.least >= needed) == (self.most >= needed)).then_some(self.least)
    }
}

/// The class, as soon as what is known of the lacking indicators decides it. `facts.deprivations` is ignored.
///
/// # Errors
///
/// [`Undecided::DeprivationsNeeded`] while the indicators that are not known can change the class.
pub fn decide(standard: &Standard, facts: &Facts, lacking: Lacking) -> Result<Class, Undecided> {
    let class = |count| classify(standard, &Facts { deprivations: Some(count), ..*facts });
    // Within a band, more lacking indicators change the class only once, from the band's own to poor. So a class that
    // is the same at both ends is the same between them.
    let (fewest, most) = (class(lacking.least)?, class(lacking.most)?);
    if fewest == most { Ok(fewest) } else { Err(Undecided::DeprivationsNeeded) }
}

/// What is known of a household while it is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it lives.
    pub residence: Option<Residence>,
    /// Number of members who count.
    pub members: Option<Members>,
    /// Income of 12 months less costs, in đồng.
    pub annual_net: Option<Vnd>,
    /// Number of lacking indicators.
    pub lacking: Lacking,
}

/// What further answers can still change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The classes that are still possible, poorest first; at least one.
    pub classes: Vec<Class>,
    /// Whether further answers about indicators can change the class. Then any indicator not known yet can.
    pub indicators: bool,
}

/// Which classes are still possible, and whether to go on asking about indicators.
#[must_use]
pub fn open(standard: &Standard, known: &Known) -> Open {
    let (mut possible, mut indicators) = ([false; Class::ALL.len()], false);
    for residence in Residence::ALL.into_iter().filter(|r| known.residence.is_none_or(|k| k == *r)) {
        for members in (1..=99).filter_map(Members::new).filter(|m| known.members.is_none_or(|k| k == *m)) {
            for annual_net in incomes(standard, known, residence, members) {
                let class = |count| {
                    let facts = Facts { residence, members, annual_net, deprivations: Some(count) };
                    classify(standard, &facts)
                };
                let (fewest, most) = (class(known.lacking.least), class(known.lacking.most));
                indicators |= fewest != most;
                for class in [fewest, most].into_iter().flatten() {
                    possible[class.index()] = true;
                }
            }
        }
    }
    Open { classes: Class::ALL.into_iter().filter(|class| possible[class.index()]).collect(), indicators }
}

/// The income; while it is not known, one income in each band and one over the last line.
fn incomes(standard: &Standard, known: &Known, residence: Residence, members: Members) -> Vec<Vnd> {
    if let Some(annual_net) = known.annual_net {
        return vec![annual_net];
    }
    let year = |band: &crate::standard::Band| band.line(residence).checked_mul(members.person_months());
    let lines = || standard.bands.iter().filter_map(year);
    let over = lines().next_back().and_then(|line| line.checked_add(Vnd::new(1)?));
    lines().chain(over).collect()
}
