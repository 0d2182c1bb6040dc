//! Reading records: those of a household, and those that changed in a commune.

use std::ops::Bound;

use ::sled::Tree;
use soho_shared::area::CommuneCode;
use soho_shared::household::field;
use soho_shared::record::{HouseholdId, RecordKey, Value};

use super::keys::{self, Key};
use super::log;
use super::writer::Shared;
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

/// Hamlets in which a household stands, and once stood.
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

/// Most bytes of records on a page of changes; a single large one may have more.
const PAGE: usize = 1 << 20;
/// Bytes of records that are looked up in one go.
const AT_ONCE: usize = 4 << 20;

/// Hands a commune's wanted records to `take`, by household and round. Writers wait only while records are looked up,
/// a part at a time, and not while they are unpacked.
pub(super) fn each(
    shared: &Shared,
    commune: CommuneCode,
    wanted: impl Fn(RecordKey) -> bool,
    mut take: impl FnMut(Record),
) -> Result<(), StoreError> {
    let prefix = keys::all(commune, keys::RECORD);
    let mut from = Bound::Included(prefix.clone());
    loop {
        let mut found = Vec::new();
        let mut last = None;
        {
            let _whole = shared.whole();
            let mut bytes = 0;
            for pair in shared.db()?.range::<Vec<u8>, _>((from, Bound::Unbounded)) {
                let (key, value) = pair?;
                let Some((_, Key::Record(of))) = keys::read(&key).filter(|_| key.starts_with(&prefix)) else {
                    break;
                };
                bytes += 64;
                if wanted(of) {
                    bytes += keys::record_size(&value);
                    found.push((of, value));
                }
                if bytes > AT_ONCE {
                    last = Some(key);
                    break;
                }
            }
        }
        for (of, value) in found {
            take(keys::decode_record(of, &value)?);
        }
        let Some(key) = last else { return Ok(()) };
        from = Bound::Excluded(key.to_vec());
    }
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
            // A record that was cut out keeps its log.
            let Some(bytes) = tree.get(keys::record(of))? else {
                page.reached = number;
                continue;
            };
            // A record that was changed again comes with its last change.
            if keys::decode_head(&bytes).is_some_and(|(last, _)| last != number) {
                page.reached = number;
                continue;
            }
            let size = keys::record_size(&bytes);
            if page.records.len() >= limit || !page.records.is_empty() && page.bytes + size > PAGE {
                page.more = true;
                return Ok(page);
            }
            page.records.push(keys::decode_record(of, &bytes)?);
            page.bytes += size;
            page.reached = number;
        }
    }
    Ok(page)
}
