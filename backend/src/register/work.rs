//! How far the rounds of a commune are, what is left to do in them, and what its areas' records say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use soho_shared::area::{CommuneCode, UnitCode};
use soho_shared::count::{Contribution, Counts, Measure, Standing, Tally};
use soho_shared::fold::fold;
use soho_shared::household::{Household, field};
use soho_shared::law::has_two_results;
use soho_shared::names;
use soho_shared::record::{Doc, Of, RecordKey, Round, Value};
use soho_shared::stage::Progress;
use soho_shared::standard::Class;
use soho_shared::wire::rounds::{ReviewItem, ReviewPage, WorkItem, WorkList, WorkPage};

use super::Register;
use super::keys::{self, Key};
use super::types::{AreaRecord, Marked, Record};
use crate::engine::{Engine, Pair, Query, Range, StoreError};

/// Most households on a list.
const LISTED: usize = 500;
/// Most households found by a name.
const FOUND: usize = 20;

impl Register {
    /// How far the rounds of a commune are, of those of which its own records say something.
    #[must_use]
    pub fn rounds(&self, commune: CommuneCode) -> BTreeMap<Round, Progress> {
        self.shared.held().rounds(commune).cloned().unwrap_or_default()
    }

    /// When a unit, a commune, first posted a round or a later one, which starts from it, in milliseconds since 1970; `None`
    /// where none is.
    #[must_use]
    pub fn posted(&self, unit: UnitCode, round: Round) -> Option<u64> {
        let held = self.shared.held();
        held.rounds(unit)?.range(round..).filter_map(|(_, progress)| progress.posted).min()
    }

    /// The rounds of a commune in which volunteers enter something now; `None` where it moves none from stage to stage.
    #[must_use]
    pub fn open_rounds(&self, commune: CommuneCode) -> Option<Vec<Round>> {
        let held = self.shared.held();
        let mut staged = held.rounds(commune)?.iter().filter(|(_, of)| of.stage.is_some()).peekable();
        staged.peek()?;
        let last = held.rounds(commune)?.iter().rfind(|(_, of)| of.posted.is_some());
        let is_open = |(round, _): &(&Round, &Progress)| last.is_none_or(|(posted, _)| *round > posted);
        Some(staged.filter(is_open).map(|(round, _)| *round).collect())
    }

    /// The latest round of a commune that is closed: its figures and those of earlier rounds do not move.
    #[must_use]
    pub fn closed(&self, commune: CommuneCode) -> Option<Round> {
        self.shared.held().closed(commune)
    }

    /// What a commune's hamlets add up to in a round, by number; 0 stands for households that name no hamlet.
    #[must_use]
    pub fn hamlet_tallies(&self, commune: CommuneCode, round: Round) -> Vec<(u8, Tally)> {
        let held = self.shared.held();
        held.book.hamlets(round, commune).map(|(number, tally)| (number, *tally)).collect()
    }

    /// How many households of a round are marked in the store, of each of these communes in the order asked.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn marked(&self, communes: Vec<CommuneCode>, round: Round) -> Result<Vec<Marked>, StoreError> {
        self.costly(move |store| marked(store, &communes, round)).await
    }

    /// What each of these units' own records of a round say, in the order asked.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn own(&self, units: Vec<UnitCode>, round: Round) -> Result<Vec<Doc>, StoreError> {
        self.costly(move |store| own(store, &units, round)).await
    }

    /// What the records of a commune and its hamlets say, of all rounds.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn areas(&self, commune: CommuneCode) -> Result<Vec<AreaRecord>, StoreError> {
        self.read(move |store| areas(store, commune)).await
    }

    /// The households of a commune on a list to work through in a round.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn work(
        &self,
        commune: CommuneCode,
        round: Round,
        list: WorkList,
    ) -> Result<WorkPage, StoreError> {
        self.costly(move |store| self::list(store, commune, round, list)).await
    }

    /// The households of a commune whose head's name has all words of a text, with or without marks, by their last record of
    /// a round or before it.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn known(
        &self,
        commune: CommuneCode,
        round: Round,
        name: String,
    ) -> Result<WorkPage, StoreError> {
        self.costly(move |store| known(store, commune, round, &name)).await
    }

    /// The reviews on request within a round's year, of a commune.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn reviews(&self, commune: CommuneCode, round: Round) -> Result<ReviewPage, StoreError> {
        self.costly(move |store| reviews(store, commune, round)).await
    }
}

/// The households of a commune whose head's name in their last record, of a round or before it, has all words of a text.
fn known(store: &dyn Engine, commune: CommuneCode, round: Round, name: &str) -> Result<WorkPage, StoreError> {
    let words = fold(name);
    let mut households: Vec<WorkItem> = Vec::new();
    let mut last: Option<Last> = None;
    let mut take = |Last { key, value, is_here, class }| {
        let found = item(key, &value, WorkList::Pending).filter(|_| is_here);
        let found = found.map(|item| WorkItem { class, ..item });
        households.extend(found.filter(|item| {
            let name = item.head_name.as_deref().map(fold).unwrap_or_default();
            !words.is_empty() && words.split(' ').all(|word| name.contains(word))
        }));
    };
    for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
        if key.round > round {
            continue;
        }
        if let Some(before) = last.take_if(|before| before.key.subject != key.subject) {
            take(before);
        }
        let adds = keys::decode_head(&value).and_then(|(_, adds)| adds);
        let is_here = adds.as_ref().is_some_and(|adds| adds.counts && adds.standing.left.is_none());
        let class = adds.as_ref().and_then(last_class).or(last.and_then(|before| before.class));
        last = Some(Last { key, value, is_here, class });
    }
    last.into_iter().for_each(take);
    Ok(page(households, FOUND))
}

/// A household's last record.
struct Last {
    key: RecordKey,
    value: Vec<u8>,
    /// Whether the household is one of the commune's by it, and counts as itself.
    is_here: bool,
    /// The class that any of its records has given last.
    class: Option<Class>,
}

/// The class by a round's last word: the opening result, where the record has one.
fn last_class(adds: &Contribution) -> Option<Class> {
    adds.standing.opening_class().or_else(|| adds.class())
}

/// The reviews on request within a round's year, the latest month first, as the records hold them.
fn reviews(store: &dyn Engine, commune: CommuneCode, round: Round) -> Result<ReviewPage, StoreError> {
    let mut reviews = Vec::new();
    for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
        let (Some(household), true) = (key.subject.household(), key.round == round) else { continue };
        // `soho verify` names one that cannot be read.
        let Ok(Record { doc, contribution, .. }) = keys::decode_record(key, &value) else { continue };
        if contribution.is_none_or(|adds| !adds.counts) {
            continue;
        }
        let read = Household::read(&doc);
        reviews.extend(soho_shared::assess::reviews(&doc, round).map(|(month, class)| ReviewItem {
            household,
            hamlet: read.hamlet,
            head_name: read.head_name.clone(),
            month,
            class,
            date:
                doc.get(&field::review(round, month, "date")).and_then(Value::as_text).map(ToOwned::to_owned),
        }));
    }
    reviews.sort_by_cached_key(|item| {
        (Reverse(item.month), item.hamlet, names::key(item.head_name.as_deref().unwrap_or_default()))
    });
    let more = reviews.len() > LISTED;
    reviews.truncate(LISTED);
    Ok(ReviewPage { reviews, more })
}

/// Households with open conflicts, and those that were edited late, of a round of each commune.
fn marked(store: &dyn Engine, communes: &[CommuneCode], round: Round) -> Result<Vec<Marked>, StoreError> {
    // One commune after another: of one that has thousands, few are in memory.
    let count = |commune, kind| -> Result<u64, StoreError> {
        marks(store, commune, kind, round).try_fold(0, |count, of| of.map(|_| count + 1))
    };
    let marked = |commune: &CommuneCode| {
        Ok(Marked { conflicts: count(*commune, keys::OPEN)?, late: count(*commune, keys::LATE)? })
    };
    communes.iter().map(marked).collect()
}

/// What each of these units' own records of a round say.
fn own(store: &dyn Engine, units: &[UnitCode], round: Round) -> Result<Vec<Doc>, StoreError> {
    let key = |unit: &UnitCode| Query::Key(keys::record(RecordKey { subject: (*unit).into(), round }));
    let found = store.read(&units.iter().map(key).collect::<Vec<_>>())?;
    let doc = |pairs: &Vec<Pair>| {
        let (_, value) = pairs.first()?;
        Some(keys::decode_body(keys::body(value)?)?.0)
    };
    Ok(found.iter().map(|pairs| doc(pairs).unwrap_or_default()).collect())
}

/// The households of a commune's round that a kind of mark is on: [`keys::OPEN`] or [`keys::LATE`].
pub(super) fn marks(
    store: &dyn Engine,
    commune: CommuneCode,
    kind: u8,
    round: Round,
) -> impl Iterator<Item = Result<RecordKey, StoreError>> {
    let of = move |(key, _): Pair| match keys::read(&key)?.1 {
        Key::Open(of) | Key::Late(of) if of.round == round && of.subject.household().is_some() => Some(of),
        _ => None,
    };
    store.scan(Range::of(&keys::all(commune, kind))).filter_map(move |pair| pair.map(of).transpose())
}

/// What the records of a commune and its hamlets say, of all rounds.
fn areas(store: &dyn Engine, commune: CommuneCode) -> Result<Vec<AreaRecord>, StoreError> {
    let mut areas = Vec::new();
    for (key, value) in store.range(Range::of(&keys::all(commune, keys::AREA)))? {
        if let Some((_, Key::Record(key))) = keys::read(&key) {
            // `soho verify` names one that cannot be read.
            let Ok(record) = keys::decode_record(key, &value) else { continue };
            let number = match key.subject.of {
                Of::Hamlet(number) => Some(number),
                Of::Unit | Of::Household(_) => None,
            };
            areas.push(AreaRecord { number, round: key.round, doc: record.doc });
        }
    }
    Ok(areas)
}

/// The households of a commune that are on a list to work through in a round.
fn list(
    store: &dyn Engine,
    commune: CommuneCode,
    round: Round,
    list: WorkList,
) -> Result<WorkPage, StoreError> {
    let mut households = Vec::new();
    // `soho verify` names one that cannot be read.
    let mut take = |key, value: &[u8]| households.extend(item(key, value, list));
    let mark = match list {
        WorkList::Conflicts => Some(keys::OPEN),
        WorkList::Late => Some(keys::LATE),
        WorkList::Pending | WorkList::Incomplete | WorkList::SentBack => None,
    };
    if let Some(mark) = mark {
        for of in marks(store, commune, mark, round) {
            let of = of?;
            if let Some(value) = store.get(keys::record(of))? {
                take(of, &value);
            }
        }
    } else {
        for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
            let (key, value) = pair?;
            if let Some((_, Key::Record(of))) = keys::read(&key)
                && let Some((_, Some(adds))) = keys::decode_head(&value)
                && is_on(list, &adds, of.round, round)
            {
                take(of, &value);
            }
        }
    }
    Ok(page(households, LISTED))
}

/// Households by hamlet and head, at most so many.
fn page(mut households: Vec<WorkItem>, most: usize) -> WorkPage {
    households
        .sort_by_cached_key(|item| (item.hamlet, names::key(item.head_name.as_deref().unwrap_or_default())));
    let more = households.len() > most;
    households.truncate(most);
    WorkPage { households, more }
}

/// Whether a record's household is on a list of a round, by what the record adds.
fn is_on(list: WorkList, adds: &Contribution, of: Round, round: Round) -> bool {
    let pending = |counts: &Counts| Measure::PENDING.iter().any(|measure| counts.get(*measure) > 0);
    match list {
        WorkList::Pending if of.next() == Some(round) => pending(&adds.next),
        WorkList::Pending => of == round && pending(&adds.moved),
        _ if of != round || !adds.counts => false,
        WorkList::Incomplete => {
            let lacks_opening = has_two_results(round) && adds.standing.opening_class().is_none();
            let is_recorded = adds.standing.counts.get(Measure::Households) > 0;
            is_recorded && (adds.standing.class().is_none() || lacks_opening)
        }
        WorkList::SentBack => adds.standing.counts.get(Measure::SentBack) > 0,
        WorkList::Conflicts | WorkList::Late => false,
    }
}

fn item(key: RecordKey, value: &[u8], list: WorkList) -> Option<WorkItem> {
    let household = key.subject.household()?;
    let record = keys::decode_record(key, value).ok()?;
    let read = Household::read(&record.doc);
    let adds = record.contribution.as_ref();
    let would_be = (list == WorkList::Late).then(|| Standing::of_record(&record.doc, key)).flatten();
    Some(WorkItem {
        household,
        hamlet: read.hamlet,
        head_name: read.head_name,
        class: adds.and_then(|adds| match list {
            WorkList::Pending => last_class(adds),
            _ => adds.class(),
        }),
        would_be: would_be.and_then(|standing| standing.class()),
    })
}
