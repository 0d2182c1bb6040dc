//! The register read for households that may be the same.

use soho_shared::area::CommuneCode;
use soho_shared::duplicate::Subject;
use soho_shared::sync::{Doc, Round};
use uuid::Uuid;

use super::records;
use super::writer::Shared;
use crate::store::{Record, StoreError};

/// What of each of a commune's households is compared, gone ones left out. Holds no more than a few records at a
/// time.
pub(super) fn subjects(shared: &Shared, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    let mut household: Option<(Uuid, Vec<(Round, Doc)>)> = None;
    let mut read = |household: Option<(Uuid, Vec<(Round, Doc)>)>| {
        subjects.extend(household.and_then(|(uuid, records)| Subject::read(uuid, &records)));
    };
    records::each(
        shared,
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
