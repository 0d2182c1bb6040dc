//! The register read for households that may be the same.

use ::sled::Tree;
use soho_shared::area::CommuneCode;
use soho_shared::duplicate::Subject;
use soho_shared::sync::Doc;
use uuid::Uuid;

use super::keys::{self, Key};
use crate::store::StoreError;

/// What of each of a commune's households is compared, gone ones left out. Holds no more than one
/// household's records at a time.
pub(super) fn subjects(tree: &Tree, commune: CommuneCode) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    let mut household: Option<(Uuid, Vec<Doc>)> = None;
    let mut read = |household: Option<(Uuid, Vec<Doc>)>| {
        subjects.extend(household.and_then(|(uuid, records)| Subject::read(uuid, &records)));
    };
    // By household, then by round.
    for pair in tree.scan_prefix(keys::all(commune, keys::RECORD)) {
        let (key, value) = pair?;
        let Some((_, Key::Record(of))) = keys::read(&key) else { continue };
        let doc = keys::decode_record(of, &value)?.doc;
        match &mut household {
            Some((uuid, records)) if *uuid == of.household.uuid => records.push(doc),
            _ => read(household.replace((of.household.uuid, vec![doc]))),
        }
    }
    read(household);
    Ok(subjects)
}
