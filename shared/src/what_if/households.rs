//! The households of an area in a round, as columns.

use crate::area::{self, CommuneCode, Residence};
use crate::assess::assess;
use crate::classify::{Facts, Members};
use crate::columns::Columns;
use crate::household::Household;
use crate::law::standard_for_round;
use crate::money::Vnd;
use crate::record::{Doc, Round};
use crate::standard::Standard;

/// Numbers of one commune's households that are in the columns and that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfCommune {
    /// The commune.
    pub code: CommuneCode,
    /// Number of households in the columns.
    pub decided: usize,
    /// Number of households whose record does not say enough to be classified under every choice of lines.
    pub undecided: usize,
    /// Number of people who count in these, as far as it is known.
    pub undecided_persons: u64,
}

/// The households of an area in a round, as columns of equal length, sorted by commune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Households {
    pub(super) round: Round,
    pub(super) communes: Vec<OfCommune>,
    pub(super) annual_net: Vec<Vnd>,
    pub(super) members: Vec<Members>,
    pub(super) residence: Vec<Residence>,
    /// `None` where the round's standard does not count indicators.
    pub(super) deprivations: Option<Vec<u8>>,
}

/// The households of one commune, gathered record by record.
#[derive(Clone, Debug)]
pub struct Part {
    code: CommuneCode,
    round: Round,
    rows: Vec<(Residence, Members, Vnd, u8)>,
    undecided: usize,
    undecided_persons: u64,
}

impl Part {
    /// A commune without any household yet.
    #[must_use]
    pub const fn new(code: CommuneCode, round: Round) -> Self {
        Part { code, round, rows: Vec::new(), undecided: 0, undecided_persons: 0 }
    }

    /// Adds a record of this commune and round that counts. One that is empty or withdrawn adds nothing, as in a tally.
    pub fn add(&mut self, doc: &Doc) {
        if doc.is_empty() {
            return;
        }
        let household = Household::read(doc);
        if household.is_gone(doc, self.code) || household.left().is_some() {
            return;
        }
        let Some(assessment) = assess(&household, self.code, self.round) else { return };
        match assessment.facts.filter(|_| !assessment.by_points) {
            // Points decide whatever the lines of income are. And where indicators count and are not known, a household
            // may be decided under today's lines and not under others.
            Some(Facts { deprivations: None, .. }) if assessment.standard.is_multidimensional() => {}
            Some(facts) => {
                let lacking = facts.deprivations.unwrap_or(0);
                self.rows.push((facts.residence, facts.members, facts.annual_net, lacking));
                return;
            }
            None => {}
        }
        self.undecided += 1;
        self.undecided_persons += assessment.members.map_or(0, |members| u64::from(members.get()));
    }
}

impl Households {
    /// Joins the communes of a round. Parts of other rounds are left out.
    #[must_use]
    pub fn join(round: Round, parts: impl IntoIterator<Item = Part>) -> Self {
        let mut parts: Vec<Part> = parts.into_iter().filter(|part| part.round == round).collect();
        parts.sort_by_key(|part| part.code);
        let mut all = Households::empty(round);
        for mut part in parts {
            // The order in which records lie in a store must not tell whose they are; and sorted rows compress well.
            part.rows.sort_unstable();
            all.communes.push(OfCommune {
                code: part.code,
                decided: part.rows.len(),
                undecided: part.undecided,
                undecided_persons: part.undecided_persons,
            });
            for (residence, members, annual_net, lacking) in part.rows {
                // In rounds whose communes are not those of this register, the household's own.
                all.residence.push(residence);
                all.members.push(members);
                all.annual_net.push(annual_net);
                if let Some(deprivations) = &mut all.deprivations {
                    deprivations.push(lacking);
                }
            }
        }
        all
    }

    pub(super) fn empty(round: Round) -> Self {
        let standard = i16::try_from(round.year()).ok().and_then(standard_for_round);
        Households {
            round,
            communes: Vec::new(),
            annual_net: Vec::new(),
            members: Vec::new(),
            residence: Vec::new(),
            deprivations: standard.is_some_and(Standard::is_multidimensional).then(Vec::new),
        }
    }

    /// Fills the column of residences from the communes: it is not sent, and other lines are tried in rounds of this register's
    /// communes alone.
    pub(super) fn fill_residence(&mut self) {
        self.residence.clear();
        for part in &self.communes {
            let residence = area::commune(part.code).map_or(Residence::Rural, area::Commune::residence);
            self.residence.resize(self.residence.len() + part.decided, residence);
        }
    }

    /// The round.
    #[must_use]
    pub const fn round(&self) -> Round {
        self.round
    }

    /// The communes by code, with the numbers of their households in the columns and not in them.
    #[must_use]
    pub fn communes(&self) -> &[OfCommune] {
        &self.communes
    }

    /// Number of households in the columns.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.annual_net.len()
    }

    /// Whether the columns hold no household.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.annual_net.is_empty()
    }

    /// The columns, as the kernel reads them.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        Columns {
            annual_net: &self.annual_net,
            members: &self.members,
            residence: &self.residence,
            deprivations: self.deprivations.as_deref(),
        }
    }
}
