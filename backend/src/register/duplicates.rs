//! Reading the register for households that may be the same.

use soho_shared::area::CommuneCode;
use soho_shared::duplicate::Candidate;
use soho_shared::record::{Doc, HouseholdId, Round};

use super::records;
use super::types::Record;
use crate::engine::{Engine, StoreError};

/// A commune's households as they are compared for duplicates. Those that were withdrawn are left out. Holds only a few
/// records in memory at a time.
pub(super) fn candidates(store: &dyn Engine, commune: CommuneCode) -> Result<Vec<Candidate>, StoreError> {
    let mut candidates = Vec::new();
    let mut household: Option<(HouseholdId, Vec<(Round, Doc)>)> = None;
    let mut read = |household: Option<(HouseholdId, Vec<(Round, Doc)>)>| {
        candidates.extend(household.and_then(|(id, records)| Candidate::read(id, &records)));
    };
    records::each(
        store,
        commune,
        |_| true,
        |Record { key, doc, .. }| match (&mut household, key.subject.household()) {
            (Some((id, records)), Some(same)) if *id == same => records.push((key.round, doc)),
            (_, Some(other)) => read(household.replace((other, vec![(key.round, doc)]))),
            (_, None) => {}
        },
    )?;
    read(household);
    Ok(candidates)
}
