//! Households listed by what they add to the figures: from any number to those behind it.
//!
//! A commune is listed from the heads of its records, without reading the rest of them. That list stays in memory for the
//! next page, each name beside its household once it was needed for sorting, and the order of all once most were; after a
//! write the names of all but the records that changed go over to the new list. A commune whose tally says that nobody
//! matches is not read at all.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use rayon::Scope;
use rayon::prelude::*;
use soho_shared::area::{self, AreaCode, Commune, CommuneCode, HamletCode};
use soho_shared::assess::{assess, assess_last};
use soho_shared::classify::{Members, monthly_per_person};
use soho_shared::count::{
    Book, Contribution, Feature, Features, Filter, Listed, Mark, Measure, Move, Period, Tally,
};
use soho_shared::household::Household;
use soho_shared::names::{self, Key as NameKey};
use soho_shared::recognition::{Case, Recognition, issued};
use soho_shared::record::{Doc, HouseholdId, RecordKey, Round};
use soho_shared::wire::lists::{ListedHousehold, MAX_FOUND, MAX_PAGE};
use uuid::Uuid;

use super::keys::{self, Key};
use super::{Register, history, work};
use crate::engine::{Engine, Query, Range, StoreError};

/// Most lists in memory.
const MOST_KEPT: usize = 1_024;
/// Most bytes of the lists in memory.
const MOST_BYTES: usize = 64 << 20;
/// Records that are looked up in one go.
const AT_ONCE: usize = 256;
/// Names that one processor reads in one go.
const NAMES_AT_ONCE: usize = 64;
/// Most communes that one page looks at, where tallies do not tell how many match.
const MOST_LOOKED_AT: usize = 40;
/// Time after which a search looks at no further commune.
const PATIENCE: Duration = Duration::from_secs(12);

/// A list that is asked for.
#[derive(Clone, Debug)]
pub struct ListOf {
    /// Of which area.
    pub area: AreaCode,
    /// Of which round.
    pub round: Round,
    /// Which households.
    pub filter: Filter,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAt {
    /// At a place of the whole list, from 0.
    Place(u64),
    /// At a place in a commune's part of the list, from 0.
    In(CommuneCode, usize),
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// The households.
    pub households: Vec<ListedHousehold>,
    /// How many there are in all, where that is known.
    pub total: Option<u64>,
    /// Place of the first of these in the whole list, where that is known.
    pub at: Option<u64>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<(CommuneCode, usize)>,
}

/// Why a page was not made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ListError {
    /// It begins at a place that cannot be found without reading every commune before it.
    #[error("places are known where one measure is counted, or in one commune: go on with `from`")]
    NoPlaces,
    /// It begins in a commune that is not of the area.
    #[error("this commune is not of the area")]
    Elsewhere,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Register {
    /// A page of a list: by district and commune in the plan's order, then by name.
    ///
    /// # Errors
    /// When the page cannot begin there, or the engine fails.
    pub async fn list_page(&self, of: &ListOf, at: PageAt, limit: usize) -> Result<ListPage, ListError> {
        let stops = self.stops(of).await?;
        let is_one = stops.len() == 1;
        let exact = |stops: &[Stop]| stops.iter().map(|stop| stop.exact).sum::<Option<u64>>();
        let mut page = ListPage { total: exact(&stops[..]), ..ListPage::default() };
        let (first, mut skip) = match at {
            PageAt::Place(0) => (0, 0),
            PageAt::Place(place) if is_one => (0, usize::try_from(place).unwrap_or(usize::MAX)),
            PageAt::Place(place) => stop_at(&stops, place).ok_or(ListError::NoPlaces)?,
            PageAt::In(commune, place) => {
                let stop = stops.iter().position(|stop| stop.commune.code == commune);
                (stop.ok_or(ListError::Elsewhere)?, place)
            }
        };
        page.at = exact(&stops[..first])
            .zip(u64::try_from(skip).ok())
            .map(|(before, own)| before.saturating_add(own));
        let most = if page.total.is_some() { usize::MAX } else { MOST_LOOKED_AT };
        let mut looked_at = 0;
        for stop in stops.get(first..).unwrap_or_default() {
            let place = std::mem::take(&mut skip);
            if stop.most == 0 {
                page.total = if is_one { Some(0) } else { page.total };
                continue;
            }
            if page.households.len() >= limit || looked_at >= most {
                page.next = Some((stop.commune.code, place));
                break;
            }
            looked_at += 1;
            let room = limit - page.households.len();
            let part = self.part(of, stop.commune.code, place, room).await?;
            if is_one {
                page.total = u64::try_from(part.total).ok();
            }
            let read = place.saturating_add(part.households.len());
            page.households.extend(part.households);
            if read < part.total {
                page.next = Some((stop.commune.code, read));
                break;
            }
        }
        Ok(page)
    }

    /// All households of a list, in its order; `None` where there are more than `most`.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn list_all(
        &self,
        of: &ListOf,
        most: usize,
    ) -> Result<Option<Vec<ListedHousehold>>, StoreError> {
        let stops = self.stops(of).await?;
        let total = stops.iter().map(|stop| stop.exact).sum::<Option<u64>>();
        if total.is_some_and(|total| total > u64::try_from(most).unwrap_or(u64::MAX)) {
            return Ok(None);
        }
        let mut households = Vec::new();
        for stop in stops.iter().filter(|stop| stop.most > 0) {
            let room = most - households.len();
            let part = self.part(of, stop.commune.code, 0, room).await?;
            if part.total > room {
                return Ok(None);
            }
            households.extend(part.households);
        }
        Ok(Some(households))
    }

    /// The households of a list whose head's name has all words of a text, with or without marks: at most [`MAX_FOUND`], in
    /// the order of the list. Returns whether there may be more.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn list_search(
        &self,
        of: &ListOf,
        name: &str,
    ) -> Result<(Vec<ListedHousehold>, bool), StoreError> {
        let words = Arc::new(names::words(name));
        let begun = Instant::now();
        let mut households = Vec::new();
        if words.is_empty() {
            return Ok((households, false));
        }
        let mut looks = Vec::new();
        for stop in self.stops(of).await?.into_iter().filter(|stop| stop.most > 0) {
            looks.push(self.find(of, stop.commune.code, Arc::clone(&words)));
        }
        let mut looks = pin!(stream::iter(looks).buffered(2));
        while let Some(found) = looks.next().await {
            households.extend(found?);
            if households.len() > MAX_FOUND {
                households.truncate(MAX_FOUND);
                return Ok((households, true));
            }
            if begun.elapsed() > PATIENCE {
                return Ok((households, true));
            }
        }
        Ok((households, false))
    }

    /// The communes of a list's area in the plan's order, with what their tallies tell.
    async fn stops(&self, of: &ListOf) -> Result<Vec<Stop>, StoreError> {
        let mut stops: Vec<Stop> = {
            let held = self.shared.held();
            let stop =
                |commune| Stop::new(commune, &of.filter, &tally(&held.book, of.area, commune, of.round));
            communes(of.area).map(stop).collect()
        };
        let marks = of.filter.marks();
        if !marks.is_empty() && stops.len() > 1 {
            let codes = stops.iter().map(|stop| stop.commune.code).collect();
            let marked = self.marked(codes, of.round).await?;
            for (stop, marked) in stops.iter_mut().zip(marked) {
                let counts = marks.iter().map(|mark| match mark {
                    Mark::Conflicts => marked.conflicts,
                    Mark::Late | Mark::Incomplete => marked.late,
                });
                stop.most = stop.most.min(counts.fold(0, u64::saturating_add));
            }
        }
        Ok(stops)
    }

    /// What is listed of a commune in a list's round, from memory where nothing was written to it since.
    async fn listing(&self, of: &ListOf, commune: CommuneCode) -> Result<Arc<Listing>, StoreError> {
        let (round, filter, hamlet) = (of.round, of.filter.clone(), hamlet(of.area));
        let change = self.shared.held().change(commune);
        let earlier = match self.lists.get(commune, round) {
            Some((of, listing)) if of == change => return Ok(listing),
            earlier => earlier.map(|(_, listing)| listing),
        };
        let read = move |store: &dyn Engine| {
            let is_wanted = |entry: &Entry| filter.matches(&entry.features(hamlet));
            Listing::read(store, commune, round, earlier.as_deref(), is_wanted)
        };
        let listing = Arc::new(self.costly(read).await?);
        self.lists.keep(commune, round, change, &listing);
        Ok(listing)
    }

    /// Households of one commune's part of a list, from a place on.
    async fn part(
        &self,
        of: &ListOf,
        commune: CommuneCode,
        place: usize,
        limit: usize,
    ) -> Result<Part, StoreError> {
        let listing = self.listing(of, commune).await?;
        let (filter, hamlet) = (of.filter.clone(), hamlet(of.area));
        let permits = if limit <= MAX_PAGE { &self.quick } else { &self.costly };
        self.with(permits, move |store| {
            let sorted = listing.sorted(store, &filter, hamlet, &[])?;
            let shown = sorted.iter().skip(place).take(limit).copied().collect::<Vec<_>>();
            Ok(Part { households: listing.tell(store, &shown)?, total: sorted.len() })
        })
        .await
    }

    /// Households of one commune's part of a list by words of their heads' names.
    async fn find(
        &self,
        of: &ListOf,
        commune: CommuneCode,
        words: Arc<Vec<String>>,
    ) -> Result<Vec<ListedHousehold>, StoreError> {
        let listing = self.listing(of, commune).await?;
        let (filter, hamlet) = (of.filter.clone(), hamlet(of.area));
        self.costly(move |store| {
            let mut found = listing.sorted(store, &filter, hamlet, &words)?;
            found.truncate(MAX_FOUND + 1);
            listing.tell(store, &found)
        })
        .await
    }
}

/// The communes of an area in the plan's order: district by district.
fn communes(of: AreaCode) -> impl Iterator<Item = &'static Commune> {
    let all = area::districts().iter().flat_map(|district| area::communes_of(district.code));
    all.filter(move |commune| of.contains_commune(commune))
}

/// What the part of a commune that lies in an area adds up to in a round.
pub(super) fn tally(book: &Book, area: AreaCode, commune: &Commune, round: Round) -> Tally {
    let Some(number) = hamlet(area) else { return book.commune(round, commune) };
    let of_hamlet = book.hamlets(round, commune.code).find(|(hamlet, _)| *hamlet == number);
    of_hamlet.map(|(_, tally)| *tally).unwrap_or_default()
}

/// Number of the hamlet, where the area is one.
const fn hamlet(area: AreaCode) -> Option<u8> {
    if let AreaCode::Hamlet(HamletCode { number, .. }) = area { Some(number) } else { None }
}

/// A commune on the way through a list.
struct Stop {
    commune: &'static Commune,
    /// How many of its households match at most.
    most: u64,
    /// How many do, where its tally tells.
    exact: Option<u64>,
}

impl Stop {
    fn new(commune: &'static Commune, filter: &Filter, tally: &Tally) -> Self {
        // A damaged tally may be negative.
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Stop { commune, most: count(filter.bound(tally)), exact: filter.exact(tally).map(count) }
    }
}

/// The commune with a place of the whole list, and the place there; `None` where that is not known. Beyond the end of the
/// list it is the end of the last commune.
fn stop_at(stops: &[Stop], place: u64) -> Option<(usize, usize)> {
    let mut left = place;
    for (at, stop) in stops.iter().enumerate() {
        let own = stop.exact?;
        if left < own {
            return Some((at, usize::try_from(left).ok()?));
        }
        left -= own;
    }
    Some((stops.len(), usize::try_from(left).unwrap_or(usize::MAX)))
}

/// Households of one commune's part of a list.
struct Part {
    households: Vec<ListedHousehold>,
    /// How many that part has in all.
    total: usize,
}

/// Lists of communes in memory, the one used last at the end.
#[derive(Default)]
pub(super) struct Lists(Mutex<Vec<Kept>>);

struct Kept {
    commune: CommuneCode,
    round: Round,
    /// The commune's last change number before it was read.
    change: u64,
    listing: Arc<Listing>,
}

impl Lists {
    /// A commune's list, and the commune's last change number before it was read.
    fn get(&self, commune: CommuneCode, round: Round) -> Option<(u64, Arc<Listing>)> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lists.iter().position(|kept| kept.commune == commune && kept.round == round)?;
        let kept = lists.remove(at);
        let found = (kept.change, Arc::clone(&kept.listing));
        lists.push(kept);
        Some(found)
    }

    fn keep(&self, commune: CommuneCode, round: Round, change: u64, listing: &Arc<Listing>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|kept| kept.commune != commune || kept.round != round);
        lists.push(Kept { commune, round, change, listing: Arc::clone(listing) });
        let mut bytes: usize = lists.iter().map(|kept| kept.listing.bytes()).sum();
        let mut gone = 0;
        while gone < lists.len() && (bytes > MOST_BYTES || lists.len() - gone > MOST_KEPT) {
            bytes -= lists[gone].listing.bytes();
            gone += 1;
        }
        drop(lists.drain(..gone));
    }
}

/// The households of a commune that add something to a round, or bear a mark in it.
struct Listing {
    commune: CommuneCode,
    round: Round,
    households: Vec<Entry>,
    /// Places of all households by name, once most of them were listed.
    by_name: OnceLock<Vec<usize>>,
}

/// A household as it is looked through.
#[derive(Default)]
struct Entry {
    household: Uuid,
    /// What its record of the round adds, in which hamlet.
    own: (u8, Features),
    /// What its record of the round before adds to the round, in which hamlet.
    before: (u8, Features),
    /// Whether its record of the round tells of it, and not that of the round before.
    is_told: bool,
    /// Last change number of the record that tells of it.
    change: u64,
    /// Its head's name, once that was looked up.
    name: OnceLock<NameKey>,
}

impl Entry {
    /// What it adds in the commune, or in one of its hamlets.
    fn features(&self, hamlet: Option<u8>) -> Features {
        let parts = [&self.own, &self.before];
        let within = parts.into_iter().filter(|(of, _)| hamlet.is_none_or(|hamlet| hamlet == *of));
        within.fold(Features::default(), |all, (_, features)| all.or(features))
    }

    fn is_nothing(&self) -> bool {
        self.own.1.is_empty() && self.before.1.is_empty()
    }
}

impl Listing {
    /// Reads the heads of a commune's records; takes over what an earlier list knows of those that have not changed since. While
    /// it reads on, other processors read the names of those that are wanted.
    fn read(
        store: &dyn Engine,
        commune: CommuneCode,
        round: Round,
        earlier: Option<&Listing>,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Self, StoreError> {
        let marked = marked(store, commune, round)?;
        let names = Mutex::new(Vec::new());
        let households = rayon::in_place_scope(|scope| {
            let mut households: Vec<Entry> = Vec::new();
            // Both in the order of their ids.
            let mut known = earlier.map_or(&[][..], |earlier| &earlier.households).iter().peekable();
            let mut unread = Vec::new();
            let mut end = |households: &mut Vec<Entry>, value: Vec<u8>| {
                let Some(entry) = households.last_mut() else { return };
                while known.next_if(|known| known.household < entry.household).is_some() {}
                if let Some(known) = known.next_if(|known| known.household == entry.household)
                    && (known.change, known.is_told) == (entry.change, entry.is_told)
                {
                    entry.name = known.name.clone();
                }
                if entry.is_nothing() {
                    households.pop();
                } else if entry.name.get().is_none() && is_wanted(entry) {
                    unread.push((households.len() - 1, value));
                    if unread.len() == NAMES_AT_ONCE {
                        read_names(scope, &names, std::mem::take(&mut unread));
                    }
                }
            };
            // The record that tells of the last one.
            let mut told = Vec::new();
            for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
                let (key, value) = pair?;
                let Some((_, Key::Record(of))) = keys::read(&key) else { continue };
                let is_own = of.round == round;
                let Some(HouseholdId { uuid, .. }) = of.subject.household() else { continue };
                if !is_own && of.round.next() != Some(round) {
                    continue;
                }
                if households.last().is_none_or(|entry| entry.household != uuid) {
                    end(&mut households, std::mem::take(&mut told));
                    households.push(Entry { household: uuid, ..Entry::default() });
                }
                let Some(entry) = households.last_mut() else { continue };
                // `soho verify` names one that cannot be read.
                let (change, adds) = keys::decode_head(&value).unwrap_or_default();
                let part = adds.as_ref().map(|adds| part(adds, of.round, round)).unwrap_or_default();
                if is_own {
                    // A withdrawn one tells less than the one before it.
                    entry.is_told = adds.is_some() || entry.before.1.is_empty();
                    entry.own = part;
                    for mark in marked.get(&uuid).into_iter().flatten() {
                        entry.own.1.add(Feature::Marked(*mark));
                    }
                } else {
                    entry.before = part;
                }
                if entry.is_told == is_own {
                    (entry.change, told) = (change, value);
                }
            }
            end(&mut households, told);
            read_names(scope, &names, unread);
            Ok::<_, StoreError>(households)
        });
        let mut households = households?;
        for (place, name) in names.into_inner().unwrap_or_else(PoisonError::into_inner) {
            households[place].name = name.into();
        }
        households.shrink_to_fit();
        Ok(Listing { commune, round, households, by_name: OnceLock::new() })
    }

    /// About how much memory it takes, names included.
    fn bytes(&self) -> usize {
        self.households.len() * (size_of::<Entry>() + size_of::<usize>() + 48)
    }

    /// Places of the households that a filter lists, and whose names have all these words, by name.
    fn sorted(
        &self,
        store: &dyn Engine,
        filter: &Filter,
        hamlet: Option<u8>,
        words: &[String],
    ) -> Result<Vec<usize>, StoreError> {
        let matches = |place: &usize| filter.matches(&self.households[*place].features(hamlet));
        let matching = |places: &[usize]| places.iter().copied().filter(matches).collect::<Vec<_>>();
        let all: Vec<usize> = (0..self.households.len()).collect();
        let mut places = matching(self.by_name.get().unwrap_or(&all));
        if self.by_name.get().is_none() {
            places = if places.len() > all.len() / 2 {
                let by_name = self.in_order(store, all)?;
                matching(self.by_name.get_or_init(|| by_name))
            } else {
                self.in_order(store, places)?
            };
        }
        if !words.is_empty() {
            let has = |place: &usize| self.households[*place].name.get().is_some_and(|name| name.has(words));
            places.retain(has);
        }
        Ok(places)
    }

    /// Sorts places by the names of their households, which it looks up where they are not known yet.
    fn in_order(&self, store: &dyn Engine, places: Vec<usize>) -> Result<Vec<usize>, StoreError> {
        self.look_up_names(store, &places)?;
        let mut named: Vec<(Option<&NameKey>, Uuid, usize)> = places
            .into_iter()
            .map(|place| {
                let Entry { name, household, .. } = &self.households[place];
                (name.get(), *household, place)
            })
            .collect();
        named.sort_unstable();
        Ok(named.into_iter().map(|(_, _, place)| place).collect())
    }

    /// Looks up the names that are not known yet.
    fn look_up_names(&self, store: &dyn Engine, places: &[usize]) -> Result<(), StoreError> {
        let unknown = places.iter().copied().filter(|place| self.households[*place].name.get().is_none());
        let unknown: Vec<usize> = unknown.collect();
        // By all processors: of a commune that is listed for the first time these are thousands.
        unknown.par_chunks(AT_ONCE).try_for_each(|places| {
            self.each(store, places, |entry, _, value| {
                // Another request may have looked it up meanwhile.
                let _ = entry.name.set(name_in(value));
            })
        })
    }

    /// Tells of households, in the order of their places.
    fn tell(&self, store: &dyn Engine, places: &[usize]) -> Result<Vec<ListedHousehold>, StoreError> {
        let recognition = self.recognition(store)?;
        let late = places.iter().map(|place| &self.households[*place]);
        let late = late.filter(|entry| entry.is_told && entry.own.1.has(Feature::Marked(Mark::Late)));
        let late: Vec<RecordKey> = late.filter_map(|entry| self.told(entry)).collect();
        let stood = history::at_closing(store, self.commune, &late)?;
        let mut households = Vec::with_capacity(places.len());
        self.each(store, places, |entry, key, value| {
            households.extend(listed(entry, key, value, stood.get(&key), &recognition));
        })?;
        Ok(households)
    }

    /// What the commune's record of the round says of its recognition.
    fn recognition(&self, store: &dyn Engine) -> Result<Recognition, StoreError> {
        let own = store.get(keys::record(RecordKey { subject: self.commune.into(), round: self.round }))?;
        let doc = own.and_then(|value| keys::body(&value).and_then(keys::decode_body)).map(|(doc, _)| doc);
        Ok(Recognition::of(&doc.unwrap_or_default()))
    }

    /// Hands the records that tell of households to `take`, a few at a time; an empty one where it is gone.
    fn each(
        &self,
        store: &dyn Engine,
        places: &[usize],
        mut take: impl FnMut(&Entry, RecordKey, &[u8]),
    ) -> Result<(), StoreError> {
        for places in places.chunks(AT_ONCE) {
            let entries = places.iter().map(|place| &self.households[*place]);
            let told: Vec<(&Entry, RecordKey)> =
                entries.filter_map(|entry| Some((entry, self.told(entry)?))).collect();
            let queries: Vec<Query> = told.iter().map(|(_, key)| Query::Key(keys::record(*key))).collect();
            for ((entry, key), found) in told.into_iter().zip(store.read(&queries)?) {
                take(entry, key, found.first().map_or(&[][..], |(_, value)| &value[..]));
            }
        }
        Ok(())
    }

    /// Key of the record that tells of a household.
    fn told(&self, entry: &Entry) -> Option<RecordKey> {
        let household = HouseholdId { commune: self.commune, uuid: entry.household };
        let round = if entry.is_told { Some(self.round) } else { Round::new(self.round.year() - 1) };
        Some(RecordKey { subject: household.into(), round: round? })
    }
}

/// Lets another processor read names in the records that tell of them; each with its place.
fn read_names<'a>(scope: &Scope<'a>, names: &'a Mutex<Vec<(usize, NameKey)>>, unread: Vec<(usize, Vec<u8>)>) {
    scope.spawn(move |_| {
        let read: Vec<_> = unread.into_iter().map(|(place, value)| (place, name_in(&value))).collect();
        names.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
    });
}

/// The name of the head that a record tells; an empty one where there is none, or it cannot be read.
fn name_in(value: &[u8]) -> NameKey {
    let doc = keys::body(value).and_then(keys::decode_body).map(|(doc, _)| doc).unwrap_or_default();
    names::key(&Household::read_head(&doc).head_name.unwrap_or_default())
}

/// What a record of a round adds to a round, its own or the next one.
fn part(adds: &Contribution, of: Round, round: Round) -> (u8, Features) {
    let parts = adds.parts(of).filter(|(period, _)| *period == Period::from(round));
    let features = parts.fold(Features::default(), |all, (_, counts)| all.or(&Features::from(&*counts)));
    (adds.standing.hamlet, features)
}

/// The marks on a commune's households in a round.
fn marked(
    store: &dyn Engine,
    commune: CommuneCode,
    round: Round,
) -> Result<HashMap<Uuid, Vec<Mark>>, StoreError> {
    let mut marked: HashMap<Uuid, Vec<Mark>> = HashMap::new();
    for (kind, mark) in [(keys::OPEN, Mark::Conflicts), (keys::LATE, Mark::Late)] {
        for of in work::marks(store, commune, kind, round) {
            if let Some(HouseholdId { uuid, .. }) = of?.subject.household() {
                marked.entry(uuid).or_default().push(mark);
            }
        }
    }
    Ok(marked)
}

/// A household as the record says that tells of it. What cannot be read of it is left empty. What it counts by is as it
/// `stood` when its round was closed, where it was edited since; who and where it is, as it is known now.
fn listed(
    entry: &Entry,
    key: RecordKey,
    value: &[u8],
    stood: Option<&Doc>,
    recognition: &Recognition,
) -> Option<ListedHousehold> {
    let household = key.subject.household()?;
    let adds = keys::decode_head(value).and_then(|(_, adds)| adds);
    // Of the round before it has no class in this one.
    let adds = adds.filter(|adds| entry.is_told && adds.counts);
    let doc: Doc = keys::body(value).and_then(keys::decode_body).map(|(doc, _)| doc).unwrap_or_default();
    let read = Household::read(&doc);
    let counted = stood.map_or_else(|| read.clone(), Household::read);
    let assessed = assess(&counted, household.commune, key.round);
    let last = assess_last(&counted, household.commune, key.round);
    // Nor anything else that a visit tells: what stood last year is not shown as this year's.
    let facts = assessed.as_ref().and_then(|assessed| assessed.facts).filter(|_| entry.is_told);
    let features = entry.features(None);
    let moves =
        Listed::ALL.into_iter().flat_map(|listed| Move::ALL.map(|moved| Measure::of_move(listed, moved)));
    let moved = moves.filter(|measure| features.has(Feature::Adds(*measure)));
    // Few households have one.
    let case = if issued(&doc).is_empty() { None } else { Case::read(key, &doc, adds.as_ref()) };
    let certificate = case.and_then(|case| Some(case.certificate(recognition)?.number.to_string()));
    Some(ListedHousehold {
        household,
        hamlet: read.hamlet,
        birth_year: read.head_birth_year,
        sex: read.head_sex,
        ethnic_minority: read.head_ethnic_minority,
        members: assessed.as_ref().and_then(|assessed| assessed.members).map(Members::get),
        class: adds.as_ref().and_then(Contribution::class),
        opening_class: adds.as_ref().and_then(|adds| adds.standing.opening_class()),
        income_per_person: facts.map(|facts| monthly_per_person(facts.annual_net, facts.members).get()),
        main_cause: counted.main_cause.filter(|_| entry.is_told),
        groups: counted.groups().filter(|_| entry.is_told).collect(),
        lacking: last
            .filter(|last| entry.is_told && last.standard.is_multidimensional())
            .map(|last| last.deprivations.lacking(last.standard).least),
        moved: moved.map(|measure| measure.word().to_owned()).collect(),
        certificate,
        head_name: read.head_name,
        address: read.address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(exact: &[Option<u64>]) -> Vec<Stop> {
        let commune = &area::communes()[0];
        exact.iter().map(|exact| Stop { commune, most: 9, exact: *exact }).collect()
    }

    #[test]
    fn a_place_is_found_by_the_counts_of_communes() {
        let known = stops(&[Some(2), Some(0), Some(3)]);
        for (place, expected) in
            [(0, (0, 0)), (1, (0, 1)), (2, (2, 0)), (4, (2, 2)), (5, (3, 0)), (9, (3, 4))]
        {
            assert_eq!(stop_at(&known, place), Some(expected), "{place}");
        }
        let unknown = stops(&[Some(2), None]);
        assert_eq!((stop_at(&unknown, 1), stop_at(&unknown, 2)), (Some((0, 1)), None));
    }

    #[test]
    fn memory_keeps_the_latest_lists_and_no_more_than_fit() {
        let communes: Vec<CommuneCode> = area::communes().iter().map(|commune| commune.code).collect();
        let round = Round::CENSUS_2010;
        let listing = |many: usize| {
            let households = std::iter::repeat_with(Entry::default).take(many).collect();
            Arc::new(Listing { commune: communes[0], round, households, by_name: OnceLock::new() })
        };
        let lists = Lists::default();
        lists.keep(communes[0], round, 7, &listing(1));
        lists.keep(communes[1], round, 7, &listing(1));
        lists.keep(communes[1], round, 8, &listing(2));
        let changes = [0, 1, 2].map(|at| lists.get(communes[at], round).map(|(change, _)| change));
        assert_eq!(changes, [Some(7), Some(8), None]);

        let half = listing(MOST_BYTES / 2 / listing(1).bytes());
        for commune in &communes[1..4] {
            lists.keep(*commune, round, 7, &half);
        }
        let kept = |at: usize| lists.get(communes[at], round).is_some();
        assert_eq!([kept(0), kept(1), kept(2), kept(3)], [false, false, true, true]);
        for year in 2006..=2030 {
            for commune in &communes {
                lists.keep(*commune, Round::new(year).unwrap(), 7, &listing(1));
            }
        }
        assert_eq!(lists.0.lock().unwrap().len(), MOST_KEPT);
    }
}
