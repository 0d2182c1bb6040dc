//! Reading the register as columns, a commune at a time.

use std::hash::{DefaultHasher, Hash, Hasher};

use soho_shared::area::{self, AreaCode, CommuneCode};
use soho_shared::count::Contribution;
use soho_shared::record::Round;
use soho_shared::what_if::Part;

use super::held::Held;
use super::types::Record;
use super::{history, keys, records, work};
use crate::engine::{Engine, StoreError};

/// State of an area's records: a hash of how far each commune's changes go.
pub(super) fn state(held: &Held, area: AreaCode) -> u64 {
    let mut hasher = DefaultHasher::new();
    for commune in area::communes().iter().filter(|c| area.contains_commune(c)) {
        held.change(commune.code).hash(&mut hasher);
    }
    hasher.finish()
}

/// The households of one commune in a round; of a closed one as they stood when it was closed, as in its tallies.
pub(super) fn part(store: &dyn Engine, commune: CommuneCode, round: Round) -> Result<Part, StoreError> {
    let late: Vec<_> = work::marks(store, commune, keys::LATE, round).collect::<Result<_, _>>()?;
    let stood = history::at_closing(store, commune, &late)?;
    let mut part = Part::new(commune, round);
    let add = |record: Record| {
        if record.contribution.as_ref().is_some_and(Contribution::counts_household) {
            part.add(stood.get(&record.key).unwrap_or(&record.doc));
        }
    };
    records::each(store, commune, |of| of.round == round, add)?;
    Ok(part)
}
