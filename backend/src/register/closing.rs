//! Closing a round of a commune, and opening it again.
//!
//! From the latest closed round back, records keep what they added, whatever is entered: see [`courses`](super::courses).
//! Nothing is written for it but the commune's own record. Opened again, the whole commune is counted anew.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Counts, Period, Standing, TallyChange};
use soho_shared::duplicate::{Joined, survivor};
use soho_shared::household::field::{self, Part};
use soho_shared::record::{Doc, Of, Operation, RecordKey, Round, Subject};
use soho_shared::stage::{Progress, Stage};
use uuid::Uuid;

use super::keys::{self, Key};
use super::{courses, held};
use crate::engine::{Batch, Engine, Pair, Query, Range, StoreError};

/// How far each round of a commune is, of those of which its own records say something.
pub(super) type Rounds = BTreeMap<Round, Progress>;

/// The latest round that is closed.
pub(super) fn closed(rounds: &Rounds) -> Option<Round> {
    rounds.iter().rfind(|(_, progress)| progress.is_closed()).map(|(round, _)| *round)
}

/// Whether what a record adds stays as it is, given the latest round of its commune that is closed.
pub(super) fn freezes(closed: Option<Round>, key: RecordKey) -> bool {
    key.subject.of != Of::Unit && Some(key.round) <= closed
}

/// Whether an operation says something that would move figures in an open round.
pub(super) fn would_move(operation: &Operation) -> bool {
    operation.changes.iter().any(|change| Part::of(change.field.as_str()).is_frozen())
}

/// Whether an operation moves a commune's round to another stage, or says that it was reported.
pub(super) fn moves_stage(operation: &Operation) -> bool {
    operation.changes.iter().any(|change| field::is_of_stage(&change.field))
}

/// How far a commune's round is, from its stored record; `None` for any other record. A round whose record cannot be read
/// counts as closed, so that no figure moves until somebody has looked at it.
pub(super) fn progress(key: RecordKey, record: &[u8]) -> Option<Progress> {
    let read = || Some(Progress::of(&keys::decode_body(keys::body(record)?)?.0));
    let unreadable = Progress { stage: Some(Stage::Closed), ..Progress::default() };
    (key.subject.of == Of::Unit).then(|| read().unwrap_or(unreadable))
}

/// Reads a commune's own records.
pub(super) fn read(pairs: &[Pair]) -> Rounds {
    let one = |(key, value): &Pair| match keys::read(key) {
        Some((_, Key::Record(key))) => Some((key.round, progress(key, value)?)),
        _ => None,
    };
    pairs.iter().filter_map(one).collect()
}

/// A record that is to be counted anew.
pub(super) struct Counted<'a> {
    pub(super) key: RecordKey,
    pub(super) change: u64,
    pub(super) body: Cow<'a, [u8]>,
    /// What it says by itself.
    pub(super) standing: Option<Standing>,
    /// What it added.
    pub(super) was: Option<Contribution>,
    /// The household that it names as the one that its household is a second entry of.
    pub(super) names: Option<Uuid>,
}

impl<'a> Counted<'a> {
    /// A stored record with what it holds; `None` for one that cannot be read, which counts as it did: `soho verify` names
    /// it, and `soho cut` takes it out. `closed` is the latest round of its commune that is.
    pub(super) fn new(
        (key, change): (RecordKey, u64),
        body: Cow<'a, [u8]>,
        doc: Option<&Doc>,
        was: Option<Contribution>,
        closed: Option<Round>,
    ) -> Self {
        let Some(doc) = doc else {
            let standing = was.as_ref().map(|adds| adds.standing.clone());
            return Counted { key, change, body, standing, was, names: None };
        };
        let was = was.map(|adds| if freezes(closed, key) { adds.given_anew(doc, key.round) } else { adds });
        let (standing, names) = (Standing::of_record(doc, key), survivor(doc, key.subject));
        Counted { key, change, body, standing, was, names }
    }
}

/// A commune that was counted anew.
pub(super) struct Recount {
    /// The households that were found to be one.
    pub(super) joined: Joined,
    /// How the tallies move.
    pub(super) tallies: Vec<TallyChange>,
}

/// Writes what the records of a commune add beside each other into a batch: all of them, with their values as they are
/// stored; `None` for one that cannot be read, which stays. `tallies` and `joined` are what is stored of these.
pub(super) fn count_anew(
    unit: UnitCode,
    records: &[(&Pair, Option<Counted<'_>>)],
    tallies: &[Pair],
    joined: &[Pair],
    closed: Option<Round>,
    batch: &mut Batch,
) -> Result<Recount, StoreError> {
    let record = |(uuid, round)| RecordKey { subject: Subject { unit, of: Of::Household(uuid) }, round };
    let was = held::joined(joined)?;
    let mut of_one = Joined::default();
    for Counted { key, names, .. } in records.iter().filter_map(|(_, counted)| counted.as_ref()) {
        if let Some(household) = key.subject.household() {
            of_one.set(household.uuid, key.round, *names);
        }
    }
    let said = records
        .iter()
        .filter_map(|(_, counted)| counted.as_ref())
        .map(|counted| courses::said(counted.key, counted.standing.as_ref(), counted.was.as_ref(), closed));
    let mut adds = courses::contributions(&said.collect::<Vec<_>>(), &of_one, closed).into_iter();
    let mut sums: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
    for ((stored, was), counted) in records {
        let Some(counted) = counted else { continue };
        let adds = adds.next().flatten();
        adds.iter().for_each(|adds| adds.add_to(&mut sums, counted.key.round));
        let value = keys::encode_record(counted.change, adds.as_ref(), &counted.body)?;
        if value != *was {
            batch.insert(stored.clone(), value);
        }
    }
    for (of, _) in was.links().filter(|((uuid, round), _)| of_one.get(*uuid, *round).is_none()) {
        batch.remove(keys::joined(record(of)));
    }
    for (of, survivor) in of_one.links() {
        batch.insert(keys::joined(record(of)), *survivor.as_bytes());
    }
    let mut moved: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
    for (key, value) in tallies {
        let Some((_, Key::Tally(period, hamlet))) = keys::read(key) else {
            // Of an earlier form.
            batch.remove(key.clone());
            continue;
        };
        match sums.get(&(period, hamlet)).map(keys::encode).transpose()? {
            Some(same) if same == *value => {
                sums.remove(&(period, hamlet));
                continue;
            }
            Some(_) => {}
            None => batch.remove(key.clone()),
        }
        if let Ok(was) = postcard::from_bytes::<Counts>(value) {
            *moved.entry((period, hamlet)).or_default() -= &was;
        }
    }
    for (of @ (period, hamlet), sum) in sums {
        batch.insert(keys::tally(unit, period, hamlet), keys::encode(&sum)?);
        *moved.entry(of).or_default() += &sum;
    }
    let change = |((period, hamlet), by)| Some(TallyChange { period, commune: unit.commune()?, hamlet, by });
    let tallies = moved.into_iter().filter_map(change).filter(|moved| !moved.by.is_empty());
    Ok(Recount { joined: of_one, tallies: tallies.collect() })
}

/// Counts a commune anew into a batch once rounds of it were opened again; `closed` is the latest that is still closed.
/// What was entered late counts from now on.
pub(super) fn reopen(
    store: &dyn Engine,
    unit: UnitCode,
    closed: Option<Round>,
    batch: &mut Batch,
) -> Result<Recount, StoreError> {
    let of = |kind| Query::Range(Range::of(&keys::all(unit, kind)));
    let found =
        store.read(&[of(keys::RECORD), of(keys::AREA), of(keys::TALLY), of(keys::JOINED), of(keys::LATE)])?;
    let [records, areas, tallies, joined, late] = found.as_slice() else {
        return Err(StoreError::Damaged(format!("area {unit} cannot be read")));
    };
    let pairs: Vec<&Pair> = records.iter().chain(areas).collect();
    let counted = pairs.into_par_iter().filter_map(|pair| {
        // What the commune says of itself adds nothing, and is written in this batch already.
        let Some((_, Key::Record(key))) = keys::read(&pair.0) else { return None };
        (key.subject.of != Of::Unit).then(|| (pair, again(key, &pair.1, closed)))
    });
    forget_late(late, closed, batch);
    count_anew(unit, &counted.collect::<Vec<_>>(), tallies, joined, closed, batch)
}

/// Takes the marks of what was edited late off records whose rounds are not closed.
pub(super) fn forget_late(late: &[Pair], closed: Option<Round>, batch: &mut Batch) {
    for (key, _) in late {
        if matches!(keys::read(key), Some((_, Key::Late(of))) if !freezes(closed, of)) {
            batch.remove(key.clone());
        }
    }
}

/// A stored record, as it is to be counted.
fn again(key: RecordKey, value: &[u8], closed: Option<Round>) -> Option<Counted<'_>> {
    let (change, was) = keys::decode_head(value)?;
    let body = keys::body(value)?;
    let read = keys::decode_body(body);
    let doc = read.as_ref().map(|(doc, _)| doc);
    Some(Counted::new((key, change), Cow::Borrowed(body), doc, was, closed))
}
