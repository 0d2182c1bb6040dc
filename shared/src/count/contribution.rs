//! What one record adds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Counts, Measure, Period, Standing};
use crate::record::Round;
use crate::standard::Class;

/// What one record adds to its hamlet's tallies, beside the other records of its household. Stored with the record, so
/// that a tally is always the sum of its records' contributions. [`crate::course`] works it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// What the record says by itself.
    pub standing: Standing,
    /// Whether it counts: no other household's record stands for it.
    pub counts: bool,
    /// How the household has moved in the record's round.
    pub moved: Counts,
    /// What it adds to the next round, in the same hamlet: where the household starts from, and what has become of it
    /// where another record does not tell.
    pub next: Counts,
}

impl Contribution {
    /// What a record adds that has no others beside it.
    #[must_use]
    pub fn alone(standing: Standing) -> Self {
        Contribution { standing, counts: true, moved: Counts::default(), next: Counts::default() }
    }

    /// The class, when decided; `None` where another record stands for this one.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        self.standing.class().filter(|_| self.counts)
    }

    /// Whether it counts its household in the round. One that left, waits for a visit or only tells of reviews is not counted,
    /// nor one for which another household's record stands.
    #[must_use]
    pub fn counts_household(&self) -> bool {
        self.counts && self.standing.counts.get(Measure::Households) > 0
    }

    /// Adds it to the sums of hamlets' tallies.
    pub fn add_to(&self, sums: &mut BTreeMap<(Period, u8), Counts>, round: Round) {
        for (period, counts) in self.parts(round) {
            *sums.entry((period, self.standing.hamlet)).or_default() += &counts;
        }
    }

    /// What it adds to the tallies of its hamlet: once or twice to its own round, and to the next; and to months in which the
    /// household was reviewed.
    pub fn parts(&self, round: Round) -> impl Iterator<Item = (Period, Cow<'_, Counts>)> {
        let own = [(self.counts, &self.standing.counts), (true, &self.moved)];
        let own = own.into_iter().filter(|(counts, _)| *counts).map(move |(_, by)| (round, by));
        let all = own.chain(round.next().map(|next| (next, &self.next)));
        all.flat_map(|(round, by)| {
            by.by_part().filter_map(move |(part, by)| Some((Period::of_part(round, part)?, by)))
        })
    }
}
