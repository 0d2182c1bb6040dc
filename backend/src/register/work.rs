//! What is left to do in a round of a commune, and what its areas' records say.

use soho_shared::area::CommuneCode;
use soho_shared::count::{Contribution, Counts, Listed, Measure, Move, Standing};
use soho_shared::household::Household;
use soho_shared::record::{Of, RecordKey, Round};
use soho_shared::wire::rounds::{WorkItem, WorkList, WorkPage};

use super::keys::{self, Key};
use super::types::{AreaRecord, Marked};
use crate::engine::{Engine, Pair, Query, Range, StoreError};

/// Most households on a list.
const LISTED: usize = 500;

/// Households with open conflicts, and those that were edited late, of a round of each commune.
pub(super) fn marked(
    store: &dyn Engine,
    communes: &[CommuneCode],
    round: Round,
) -> Result<Vec<Marked>, StoreError> {
    let kinds = |commune: &CommuneCode| {
        [keys::OPEN, keys::LATE].map(|kind| Query::Range(Range::of(&keys::all(*commune, kind))))
    };
    let found = store.read(&communes.iter().flat_map(kinds).collect::<Vec<_>>())?;
    let count = |pairs: &Vec<Pair>| pairs.iter().filter_map(|(key, _)| marks(key, round)).count() as u64;
    let marked = |of: &[Vec<Pair>]| Marked {
        conflicts: of.first().map_or(0, count),
        late: of.get(1).map_or(0, count),
    };
    Ok(found.chunks(2).map(marked).collect())
}

/// The household of a round that a mark is on.
fn marks(key: &[u8], round: Round) -> Option<RecordKey> {
    match keys::read(key)?.1 {
        Key::Open(of) | Key::Late(of) if of.round == round && of.subject.household().is_some() => Some(of),
        _ => None,
    }
}

/// What the records of a commune and its hamlets say, of all rounds.
pub(super) fn areas(store: &dyn Engine, commune: CommuneCode) -> Result<Vec<AreaRecord>, StoreError> {
    let mut areas = Vec::new();
    for (key, value) in store.range(Range::of(&keys::all(commune, keys::AREA)))? {
        if let Some((_, Key::Record(key))) = keys::read(&key) {
            let record = keys::decode_record(key, &value)?;
            let number = match key.subject.of {
                Of::Hamlet(number) => Some(number),
                Of::Commune | Of::Household(_) => None,
            };
            areas.push(AreaRecord { number, round: key.round, doc: record.doc });
        }
    }
    Ok(areas)
}

/// The households of a commune that are on a list to work through in a round.
pub(super) fn list(
    store: &dyn Engine,
    commune: CommuneCode,
    round: Round,
    list: WorkList,
) -> Result<WorkPage, StoreError> {
    let mut households = Vec::new();
    let mut take = |key: RecordKey, value: &[u8]| -> Result<(), StoreError> {
        households.extend(item(key, value, list)?);
        Ok(())
    };
    let mark = match list {
        WorkList::Conflicts => Some(keys::OPEN),
        WorkList::Late => Some(keys::LATE),
        WorkList::Pending | WorkList::Incomplete | WorkList::SentBack => None,
    };
    if let Some(mark) = mark {
        for (key, _) in store.range(Range::of(&keys::all(commune, mark)))? {
            if let Some(of) = marks(&key, round)
                && let Some(value) = store.get(keys::record(of))?
            {
                take(of, &value)?;
            }
        }
    } else {
        for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
            let (key, value) = pair?;
            if let Some((_, Key::Record(of))) = keys::read(&key)
                && let Some((_, Some(adds))) = keys::decode_head(&value)
                && is_on(list, &adds, of.round, round)
            {
                take(of, &value)?;
            }
        }
    }
    households
        .sort_by(|one: &WorkItem, next| (one.hamlet, &one.head_name).cmp(&(next.hamlet, &next.head_name)));
    let more = households.len() > LISTED;
    households.truncate(LISTED);
    Ok(WorkPage { households, more })
}

/// Whether a record's household is on a list of a round, by what the record adds.
fn is_on(list: WorkList, adds: &Contribution, of: Round, round: Round) -> bool {
    let pending = |counts: &Counts| {
        let listed = Listed::ALL.into_iter().map(|listed| Measure::of_move(listed, Move::Pending));
        listed.chain([Measure::LowIncomePending]).any(|measure| counts.get(measure) > 0)
    };
    match list {
        WorkList::Pending if of.next() == Some(round) => pending(&adds.next),
        WorkList::Pending => of == round && pending(&adds.moved),
        _ if of != round || !adds.counts => false,
        WorkList::Incomplete => adds.standing.left.is_none() && adds.standing.class().is_none(),
        WorkList::SentBack => adds.standing.counts.get(Measure::SentBack) > 0,
        WorkList::Conflicts | WorkList::Late => false,
    }
}

fn item(key: RecordKey, value: &[u8], list: WorkList) -> Result<Option<WorkItem>, StoreError> {
    let Some(household) = key.subject.household() else { return Ok(None) };
    let record = keys::decode_record(key, value)?;
    let read = Household::read(&record.doc);
    let adds = record.contribution.as_ref();
    let would_be = (list == WorkList::Late).then(|| Standing::of_record(&record.doc, key)).flatten();
    Ok(Some(WorkItem {
        household,
        hamlet: read.hamlet,
        head_name: read.head_name,
        class: adds.and_then(|adds| match list {
            WorkList::Pending => adds.standing.opening_class().or_else(|| adds.class()),
            _ => adds.class(),
        }),
        would_be: would_be.and_then(|standing| standing.class()),
    }))
}
