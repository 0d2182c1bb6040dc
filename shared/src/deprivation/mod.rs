//! Lacking indicators (chỉ số thiếu hụt) of the multidimensional standards: what is known of them, and which
//! questions can still change the class.
//!
//! A class needs no exact count: it is decided as soon as the fewest and the most that can still be lacking
//! give the same one. So a guide stops asking there.

mod record;

use serde::Serialize;

use crate::area::Residence;
use crate::classify::{Facts, Members, Undecided, classify};
use crate::money::Vnd;
use crate::standard::{Class, Standard};

/// What is known of one indicator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has said.
    #[default]
    NotSaid,
    /// Said when asked: whether it is lacking.
    Said(bool),
    /// Worked out of the household's record: whether it is lacking, and from what.
    Computed(bool, Evidence),
}

impl Answer {
    /// Whether it is lacking, if that is known.
    #[must_use]
    pub const fn lacking(self) -> Option<bool> {
        match self {
            Answer::NotSaid => None,
            Answer::Said(lacking) | Answer::Computed(lacking, _) => Some(lacking),
        }
    }
}

/// What an answer was worked out from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Every member's age and health-insurance card.
    Insurance,
    /// The children's ages, and whether they go to school.
    Schooling,
    /// The floor and the members.
    FloorArea {
        /// The house's floor, m².
        m2: u16,
        /// How many share it.
        members: Members,
    },
    /// The members' ages.
    Children {
        /// Children are under this age.
        under_age: u8,
        /// How many of the members are children.
        children: u8,
        /// How many members there are.
        members: Members,
    },
}

/// What is known of a household's deprivations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deprivations {
    /// One for each indicator of the standard, in its order; those beyond the end nobody has said.
    pub answers: Vec<Answer>,
    /// How many are lacking, where only the number was said. It fills in what no answer says.
    pub count: Option<u8>,
}

/// Only the number is known, or nothing.
impl From<Option<u8>> for Deprivations {
    fn from(count: Option<u8>) -> Self {
        Deprivations { answers: Vec::new(), count }
    }
}

impl Deprivations {
    /// How many indicators of the standard are lacking, as far as it is known.
    ///
    /// A number that was said cannot go against the answers: it is held between the fewest and the most that
    /// they allow.
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

/// How many indicators a household lacks, as far as it is known: from `least` to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Lacking {
    /// So many for certain.
    pub least: u8,
    /// So many if everything that is not known is lacking; 255 where nobody knows how many there are.
    pub most: u8,
}

impl Lacking {
    /// The number is known.
    #[must_use]
    pub const fn exactly(count: u8) -> Self {
        Lacking { least: count, most: count }
    }

    /// The number, when it is known.
    #[must_use]
    pub const fn count(self) -> Option<u8> {
        if self.least == self.most { Some(self.least) } else { None }
    }

    /// A number that gives the same class as the true one at any income, once what is not known cannot matter.
    #[must_use]
    pub fn for_any_income(self, standard: &Standard) -> Option<u8> {
        let mut needed = standard.bands.iter().filter_map(|band| band.poor_if_lacking);
        needed.all(|needed| (self.least >= needed) == (self.most >= needed)).then_some(self.least)
    }
}

/// The class as soon as what is known of the lacking indicators decides it. `facts.deprivations` is not
/// looked at.
///
/// # Errors
///
/// [`Undecided::DeprivationsNeeded`] while the indicators that are not known can change the class.
pub fn decide(standard: &Standard, facts: &Facts, lacking: Lacking) -> Result<Class, Undecided> {
    let class = |count| classify(standard, &Facts { deprivations: Some(count), ..*facts });
    // Within a band more indicators change the class once, from the band's own to poor: what is the same at
    // both ends is the same between them.
    let (fewest, most) = (class(lacking.least)?, class(lacking.most)?);
    if fewest == most { Ok(fewest) } else { Err(Undecided::DeprivationsNeeded) }
}

/// What is known of a household that is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Rural or urban.
    pub residence: Option<Residence>,
    /// How many members count.
    pub members: Option<Members>,
    /// Income of 12 months less costs, đồng.
    pub annual_net: Option<Vnd>,
    /// The lacking indicators.
    pub lacking: Lacking,
}

/// What answers can still change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The classes that are still possible, poorest first; at least one.
    pub classes: Vec<Class>,
    /// Whether another answer about indicators can change the class. Any indicator not known yet then can.
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

/// The income, or while it is not known one in each band and one over the last line.
fn incomes(standard: &Standard, known: &Known, residence: Residence, members: Members) -> Vec<Vnd> {
    if let Some(annual_net) = known.annual_net {
        return vec![annual_net];
    }
    let year = |band: &crate::standard::Band| band.line(residence).checked_mul(members.person_months());
    let lines = || standard.bands.iter().filter_map(year);
    let over = lines().next_back().and_then(|line| line.checked_add(Vnd::new(1)?));
    lines().chain(over).collect()
}
