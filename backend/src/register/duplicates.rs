//! Reading the register for households that may be the same.

use soho_shared::area::CommuneCode;
use soho_shared::duplicate::Subject;
use soho_shared::record::{Doc, HouseholdId, Round};

use super::records;
use super::types::Record;
use crate::engine::{Engine, StoreError};

/// A commune's households as they are compared for duplicates. Those that were withdrawn are left out. Holds only a few
/// records in memory at a time.
pub(super) fn subjects(store: &dyn Engine, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    let mut household: Option<(HouseholdId, Vec<(Round, Doc)>)> = None;
    let mut read = |household: Option<(HouseholdId, Vec<(Round, Doc)>)>| {
        subjects.extend(household.and_then(|(id, records)| Subject::read(id, &records)));
    };
    records::each(
        store,
        commune,
        |_| true,
        |Record { key, doc, .. }| match &mut household {
            Some((id, records)) if *id == key.household => records.push((key.round, doc)),
            _ => read(household.replace((key.household, vec![(key.round, doc)]))),
        },
    )?;
    read(household);
    Ok(subjects)
}
