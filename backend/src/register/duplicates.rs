//! Reading the register for households that may be the same.

use soho_shared::area::CommuneCode;
use soho_shared::duplicate::Subject;
use soho_shared::record::{Doc, Round};
use uuid::Uuid;

use super::records;
use super::types::Record;
use crate::engine::{Engine, StoreError};

/// A commune's households as they are compared for duplicates. Those that were withdrawn, or found to be another
/// household, are left out. Holds only a few records in memory at a time.
pub(super) fn subjects(store: &dyn Engine, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    let mut household: Option<(Uuid, Vec<(Round, Doc)>)> = None;
    let mut read = |household: Option<(Uuid, Vec<(Round, Doc)>)>| {
        subjects.extend(household.and_then(|(uuid, records)| Subject::read(uuid, &records)));
    };
    records::each(
        store,
        commune,
        |_| true,
        |Record { key, doc, .. }| match &mut household {
            Some((uuid, records)) if *uuid == key.household.uuid => records.push((key.round, doc)),
            _ => read(household.replace((key.household.uuid, vec![(key.round, doc)]))),
        },
    )?;
    read(household);
    Ok(subjects)
}
