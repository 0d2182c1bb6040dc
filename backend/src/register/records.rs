//! Reading records: those of a household, and those that changed in a commune.

use soho_shared::area::{CommuneCode, UnitCode};
use soho_shared::household::field;
use soho_shared::record::{HouseholdId, RecordKey, Round, Subject, Value};

use super::keys::{self, Key};
use super::log;
use super::types::{ChangePage, Record, Whereabouts};
use crate::engine::{Engine, Pair, Query, Range, StoreError};

/// The records about a subject, one for each round.
pub(super) fn of(store: &dyn Engine, subject: Subject) -> Result<Vec<Record>, StoreError> {
    store.range(Range::of(&keys::subject(subject)))?.iter().filter_map(read).collect()
}

/// Reads a record with its key; `None` when the key is not a record's.
fn read((key, value): &Pair) -> Option<Result<Record, StoreError>> {
    match keys::read(key) {
        Some((_, Key::Record(key))) => Some(keys::decode_record(key, value)),
        _ => None,
    }
}

/// The records of households in a round, in the order asked; `None` for one that has none there.
pub(super) fn in_round(
    store: &dyn Engine,
    ids: &[HouseholdId],
    round: Round,
) -> Result<Vec<Option<Record>>, StoreError> {
    let of: Vec<RecordKey> = ids.iter().map(|id| RecordKey { subject: (*id).into(), round }).collect();
    let queries: Vec<_> = of.iter().map(|of| Query::Key(keys::record(*of))).collect();
    let found = store.read(&queries)?;
    let record = |(of, found): (RecordKey, Vec<Pair>)| {
        found.first().map(|(_, value)| keys::decode_record(of, value)).transpose()
    };
    of.into_iter().zip(found).map(record).collect()
}

/// Whether each of these households has a record; one that is still on its way to disk may count already.
pub(super) fn are_known(store: &dyn Engine, ids: &[HouseholdId]) -> Result<Vec<bool>, StoreError> {
    let any = |id: &HouseholdId| Query::Range(Range::of(&keys::subject((*id).into())).pairs(1));
    let found = store.peek(&ids.iter().map(any).collect::<Vec<_>>())?;
    Ok(found.iter().map(|records| !records.is_empty()).collect())
}

/// Hamlets in which each of these households stands, and once stood; an edit that is still on its way to disk may count
/// already.
pub(super) fn hamlets(store: &dyn Engine, ids: &[HouseholdId]) -> Result<Vec<Whereabouts>, StoreError> {
    let queries: Vec<_> =
        ids.iter().map(|id| Query::Range(Range::of(&keys::subject((*id).into())))).collect();
    store.peek(&queries)?.iter().map(|records| whereabouts(records)).collect()
}

/// The number of a hamlet, as a field holds it.
pub(super) fn number(value: &Value) -> Option<u8> {
    value.as_int().and_then(|number| u8::try_from(number).ok())
}

fn whereabouts(records: &[Pair]) -> Result<Whereabouts, StoreError> {
    let mut hamlets = Whereabouts::default();
    for record in records.iter().filter_map(read) {
        let Record { key, doc, hamlets: stood, .. } = record?;
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
/// Records that are looked up in one go.
const AT_ONCE: usize = 32;

/// Hands a commune's wanted records to `take`, by household and round, holding a few of them at a time.
pub(super) fn each(
    store: &dyn Engine,
    commune: CommuneCode,
    wanted: impl Fn(RecordKey) -> bool,
    mut take: impl FnMut(Record),
) -> Result<(), StoreError> {
    for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
        let (key, value) = pair?;
        if let Some((_, Key::Record(of))) = keys::read(&key)
            && wanted(of)
        {
            take(keys::decode_record(of, &value)?);
        }
    }
    Ok(())
}

/// The records of a commune that changed after a change number, each once, as they are now.
pub(super) fn changes(
    store: &dyn Engine,
    commune: UnitCode,
    after: u64,
    limit: usize,
) -> Result<ChangePage, StoreError> {
    let mut page = ChangePage { reached: after, ..ChangePage::default() };
    for chunk in log::since(store, commune, after)? {
        let changed: Vec<_> = chunk?.records().filter(|(number, _)| *number > after).collect();
        for changed in changed.chunks(AT_ONCE) {
            let queries: Vec<_> = changed.iter().map(|(_, of)| Query::Key(keys::record(*of))).collect();
            for ((number, of), found) in changed.iter().zip(store.read(&queries)?) {
                // A record that was cut out keeps its log. One that was changed again comes with its last change.
                let last = found
                    .first()
                    .filter(|(_, value)| keys::change_of(value).is_none_or(|last| last == *number));
                if let Some((_, value)) = last {
                    let size = keys::record_size(value);
                    if page.records.len() >= limit || !page.records.is_empty() && page.bytes + size > PAGE {
                        page.more = true;
                        return Ok(page);
                    }
                    page.records.push(keys::decode_record(*of, value)?);
                    page.bytes += size;
                }
                page.reached = *number;
            }
        }
    }
    Ok(page)
}
