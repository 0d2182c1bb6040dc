//! Reading records: of a household, and those that changed in a commune.

use ::sled::Tree;
use soho_shared::area::CommuneCode;
use soho_shared::household::field;
use soho_shared::sync::{HouseholdId, Value};

use super::keys::{self, Key};
use super::log;
use crate::store::{ChangePage, Record, StoreError, Whereabouts};

/// The records of a household, one for each round.
pub(super) fn household(tree: &Tree, id: HouseholdId) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for pair in tree.scan_prefix(keys::household(id)) {
        let (key, value) = pair?;
        if let Some((_, Key::Record(key))) = keys::read(&key) {
            records.push(keys::decode_record(key, &value)?);
        }
    }
    Ok(records)
}

/// Where a household stands, and stood.
pub(super) fn hamlets(tree: &Tree, id: HouseholdId) -> Result<Whereabouts, StoreError> {
    let number = |value: &Value| value.as_int().and_then(|number| u8::try_from(number).ok());
    let mut hamlets = Whereabouts::default();
    for Record { key, doc, hamlets: stood, .. } in household(tree, id)? {
        hamlets.ever.extend(stood);
        let standing = doc.get(field::HAMLET).and_then(number);
        hamlets.stands.extend(standing.map(|hamlet| (key.round, hamlet)));
    }
    hamlets.ever.sort_unstable();
    hamlets.ever.dedup();
    Ok(hamlets)
}

/// The records of a commune that changed after a change number, each once, as they are now.
pub(super) fn changes(
    tree: &Tree,
    commune: CommuneCode,
    after: u64,
    limit: usize,
) -> Result<ChangePage, StoreError> {
    let mut page = ChangePage { reached: after, ..ChangePage::default() };
    for chunk in log::since(tree, commune, after) {
        for (number, of) in chunk?.records().filter(|(number, _)| *number > after) {
            let bytes = tree.get(keys::record(of))?.ok_or_else(|| {
                StoreError::Damaged(format!("the log of commune {commune} names a record that is not there"))
            })?;
            // A record that was changed again comes with its last change.
            if keys::decode_head(&bytes).is_some_and(|(last, _)| last != number) {
                page.reached = number;
                continue;
            }
            if page.records.len() >= limit {
                page.more = true;
                return Ok(page);
            }
            page.records.push(keys::decode_record(of, &bytes)?);
            page.reached = number;
        }
    }
    Ok(page)
}
