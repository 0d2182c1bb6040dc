//! Reading the register as columns, a commune at a time.

use std::hash::{DefaultHasher, Hash, Hasher};

use ::sled::Tree;
use soho_shared::area::{self, AreaCode, CommuneCode};
use soho_shared::record::Round;
use soho_shared::what_if::Part;

use super::writer::Shared;
use super::{keys, records};
use crate::store::StoreError;

/// State of an area's records: a hash of where each commune's log ends.
pub(super) fn state(tree: &Tree, area: AreaCode) -> Result<u64, StoreError> {
    let mut hasher = DefaultHasher::new();
    for commune in area::communes().iter().filter(|c| area.contains_commune(c)) {
        if let Some(last) = tree.scan_prefix(keys::all(commune.code, keys::LOG)).next_back() {
            last?.0.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// The households of one commune in a round.
pub(super) fn part(shared: &Shared, commune: CommuneCode, round: Round) -> Result<Part, StoreError> {
    let mut part = Part::new(commune, round);
    records::each(shared, commune, |of| of.round == round, |record| part.add(&record.doc))?;
    Ok(part)
}
