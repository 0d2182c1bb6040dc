//! A household's course (diễn biến): what has become of it from round to round.
//!
//! Of the households of one commune that are one household or were found to be one, all records together decide what
//! each of them adds to the tallies. For each of the two listed classes and each hamlet, commune and wider area
//!
//! *start − better − worse + again + new + in − out − not yet visited = end*
//!
//! where *start* is the class at the end of the round before, by its opening result where it has two. A year without any
//! record is a round in which the household was not visited.
//!
//! Since 2022 a household is also reviewed within the year, on request (rà soát thường xuyên, TT 07/2021). What such a review
//! finds counts in its month, beside the class at the start or the review before it; the round itself goes by its own result.
//!
//! Once a round is closed, its figures stay: what records of it and of earlier rounds add to it is as it was then, whatever
//! is entered afterwards. The next round starts from it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::count::{Came, Contribution, Counts, Left, Listed, Measure, Move, Standing};
use crate::duplicate::Joined;
use crate::law::{has_two_results, last_standard};
use crate::record::Round;
use crate::standard::{Class, Standard};

/// Records of the households of one course, by round. Those that are withdrawn are left out.
pub type Records<'a> = BTreeMap<(Round, Uuid), Said<'a>>;

/// What is known of a record of a course.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// Of an open round: what it says by itself.
    Open(&'a Standing),
    /// Of a round that is closed, or before one: what it added then.
    Closed(&'a Contribution),
}

/// What each record adds, by round and household.
pub type Contributions = BTreeMap<(Round, Uuid), Contribution>;

/// Works out what the records of one course add. `joined` tells which of the households were found to be one; all that
/// were joined with any of them must be there. `closed` is the latest round that is closed; records until then must be
/// given as [`Said::Closed`].
///
/// ```
/// use soho_shared::count::{Counts, Measure, Standing};
/// use soho_shared::course::{Said, contributions};
/// use soho_shared::duplicate::Joined;
/// use soho_shared::record::Round;
/// use uuid::Uuid;
///
/// let standing = |class| {
///     let mut counts = Counts::default();
///     counts.add(Measure::Households, 1);
///     counts.add(class, 1);
///     Standing { hamlet: 4, counts, came: None, left: None }
/// };
/// let (poor, above) = (standing(Measure::Poor), standing(Measure::Above));
/// let round = |year| Round::new(year).unwrap();
/// let of = |year, standing| ((round(year), Uuid::nil()), Said::Open(standing));
/// let records = [of(2010, &poor), of(2011, &above), of(2012, &poor)].into();
///
/// let course = contributions(&records, &Joined::default(), None);
/// assert_eq!(course[&(round(2011), Uuid::nil())].moved.get(Measure::PoorToAbove), 1);
/// assert_eq!(course[&(round(2012), Uuid::nil())].moved.get(Measure::PoorAgain), 1);
/// // In 2013 it has not been visited yet.
/// assert_eq!(course[&(round(2012), Uuid::nil())].next.get(Measure::PoorPending), 1);
/// ```
#[must_use]
pub fn contributions(records: &Records, joined: &Joined, closed: Option<Round>) -> Contributions {
    let begun = |(at, said): (&(Round, Uuid), &Said)| {
        let counts =
            |at: &(Round, Uuid)| joined.counts(at.1, at.0, |other| records.contains_key(&(at.0, other)));
        let adds = match *said {
            Said::Open(standing) => {
                Contribution { counts: counts(at), ..Contribution::alone(standing.clone()) }
            }
            // What has become of it in the next round may still move.
            Said::Closed(adds) if Some(at.0) == closed => {
                Contribution { next: Counts::default(), ..adds.clone() }
            }
            Said::Closed(adds) => adds.clone(),
        };
        (*at, adds)
    };
    let mut course = Course {
        joined,
        closed,
        known: records.iter().map(begun).collect(),
        past: records.keys().map(|(_, household)| (*household, Past::default())).collect(),
        before: BTreeMap::new(),
    };
    let rounds: BTreeSet<Round> = records.keys().map(|(round, _)| *round).collect();
    let after = rounds.iter().filter_map(|round| round.next());
    for round in after.chain(rounds.iter().copied()).collect::<BTreeSet<_>>() {
        course.go_on(round);
    }
    course.known
}

/// What is known of a household from the rounds before the one at hand.
#[derive(Clone, Copy, Default)]
struct Past {
    /// The class that it was last known in; `None` where there was none, or it has left since.
    last: Option<Class>,
    /// Whether it was ever in a class: poor, near-poor.
    ever: [bool; 2],
}

impl Past {
    const fn was(self, listed: Listed) -> bool {
        self.ever[listed as usize]
    }

    /// Notes that it was found in a class.
    fn find(&mut self, class: Class) {
        self.last = Some(class);
        if let Some(listed) = Listed::of(class) {
            self.ever[listed as usize] = true;
        }
    }

    /// How it entered a listed class, given the class that it started from; nothing where it was in it already.
    fn entered(self, start: Option<Class>, to: Listed, came: Option<Came>) -> [Option<Measure>; 2] {
        if start == Some(to.class()) {
            return [None; 2];
        }
        let last = start.or(self.last);
        let from_other = last.and_then(Listed::of).is_some_and(|from| from != to);
        let entered = match (start, came) {
            (None, Some(Came::MovedIn)) => Move::MovedIn,
            (None, Some(Came::SplitOff)) => Move::SplitOff,
            (None, None) if last == Some(to.class()) => Move::Returned,
            // Who was poor has not left the list in coming up to near-poor.
            _ if self.was(to) && !(to == Listed::NearPoor && from_other) => Move::Again,
            _ => Move::New,
        };
        let is_from_other = from_other && matches!(entered, Move::Again | Move::New);
        [Some(Measure::of_move(to, entered)), is_from_other.then_some(Measure::of_move(to, Move::FromOther))]
    }

    /// Follows it through the reviews on request of a round's year, from the class at its start: adds how it moved to the
    /// months. Returns what is known of it then; the round itself goes by what was known before.
    fn reviewed(mut self, start: Option<Class>, standing: &Standing, moved: &mut Counts) -> Self {
        let mut class = start;
        for (month, found) in standing.reviews() {
            if let Some(from) = class.and_then(Listed::of) {
                moved.add_in(month, Measure::of_move(from, became(from, found)), 1);
            }
            let entered = Listed::of(found).map(|to| self.entered(class, to, None));
            for measure in entered.into_iter().flatten().flatten() {
                moved.add_in(month, measure, 1);
            }
            self.find(found);
            class = Some(found);
        }
        self
    }
}

/// What has become of a household of a listed class, by the class that was found.
const fn became(from: Listed, found: Class) -> Move {
    match (from, found) {
        (Listed::Poor, Class::Poor) | (Listed::NearPoor, Class::NearPoor) => Move::Still,
        (Listed::Poor, Class::NearPoor) | (Listed::NearPoor, Class::Poor) => Move::ToOther,
        (_, Class::LowIncome) => Move::ToLowIncome,
        (_, Class::Above) => Move::ToAbove,
    }
}

/// A household at the start of a round: its class then.
#[derive(Clone, Copy)]
struct Start {
    round: Round,
    household: Uuid,
    class: Class,
    hamlet: u8,
    ethnic_minority: bool,
}

struct Course<'a> {
    joined: &'a Joined,
    /// The latest round that is closed.
    closed: Option<Round>,
    known: Contributions,
    past: BTreeMap<Uuid, Past>,
    /// The households that counted in the round before, and whose class was decided there.
    before: BTreeMap<Uuid, Start>,
}

impl Course<'_> {
    /// Takes the course through one more round.
    fn go_on(&mut self, round: Round) {
        let of_round = (round, Uuid::nil())..=(round, Uuid::max());
        let there: BTreeSet<Uuid> =
            self.known.range(of_round).map(|((_, household), _)| *household).collect();
        let counting: BTreeSet<Uuid> =
            there.iter().copied().filter(|household| self.known[&(round, *household)].counts).collect();
        let is_there = |household| there.contains(&household);

        let mut starts = std::mem::take(&mut self.before);
        starts.retain(|_, start| start.round.next() == Some(round));
        // Those of the start that have no counting record of their own go on in the one that stands for them.
        let mut taken_in: BTreeMap<Uuid, Start> = BTreeMap::new();
        for household in self.past.keys().copied().collect::<Vec<_>>() {
            if counting.contains(&household) {
                continue;
            }
            let survivor = self.joined.stands_for(household, round, is_there);
            if let Some(survivor) = survivor {
                self.inherit(survivor, household);
            }
            let Some(start) = starts.get(&household).copied() else { continue };
            self.begin(start);
            match survivor {
                None => self.next(start, Move::Pending),
                Some(survivor) if starts.contains_key(&survivor) || taken_in.contains_key(&survivor) => {
                    self.next(start, Move::Joined);
                }
                Some(survivor) => drop(taken_in.insert(survivor, start)),
            }
        }
        for household in counting {
            let own = starts.get(&household).copied();
            if let Some(own) = own {
                self.begin(own);
            }
            self.pass(round, household, own.or_else(|| taken_in.get(&household).copied()));
        }
    }

    /// Gives a household the past of another one, for which it stands from now on.
    fn inherit(&mut self, survivor: Uuid, other: Uuid) {
        let Some(theirs) = self.past.get_mut(&other) else { return };
        // It was last known as what its survivor is from now on.
        let theirs = Past { last: theirs.last.take(), ..*theirs };
        let own = self.past.entry(survivor).or_default();
        own.last = own.last.or(theirs.last);
        own.ever = [own.ever[0] | theirs.ever[0], own.ever[1] | theirs.ever[1]];
    }

    /// Adds to the round after a start, in its hamlet, while that round is open.
    fn add_next(&mut self, start: Start, measure: Measure) {
        if Some(start.round) < self.closed {
            return;
        }
        if let Some(record) = self.known.get_mut(&(start.round, start.household)) {
            record.next.add(measure, 1);
        }
    }

    fn begin(&mut self, start: Start) {
        match Listed::of(start.class) {
            Some(listed) => {
                self.add_next(start, Measure::of_move(listed, Move::AtStart));
                if start.ethnic_minority {
                    self.add_next(start, Measure::of_move(listed, Move::AtStartEthnicMinority));
                }
            }
            None if start.class == Class::LowIncome => self.add_next(start, Measure::LowIncomeAtStart),
            None => {}
        }
    }

    /// What has become of a household of the start, where no record of its own or of another tells.
    fn next(&mut self, start: Start, became: Move) {
        match Listed::of(start.class) {
            Some(listed) => self.add_next(start, Measure::of_move(listed, became)),
            None if start.class == Class::LowIncome && became == Move::Pending => {
                self.add_next(start, Measure::LowIncomePending);
            }
            None => {}
        }
    }

    /// Takes a household with a counting record through its round.
    fn pass(&mut self, round: Round, household: Uuid, start: Option<Start>) {
        let Some(Contribution { standing, .. }) = self.known.get(&(round, household)) else { return };
        let (hamlet, class, opening) = (standing.hamlet, standing.class(), standing.opening_class());
        let (came, left) = (standing.came, standing.left);
        let ethnic_minority = standing.counts.get(Measure::EthnicMinorityHeaded) > 0;
        let mut past = self.past.get(&household).copied().unwrap_or_default();
        let listed = class.and_then(Listed::of);
        let mut moved = Counts::default();
        let reviewed = past.reviewed(start.map(|start| start.class), standing, &mut moved);
        if let Some(start) = start {
            if let Some(from) = Listed::of(start.class) {
                if start.hamlet != hamlet {
                    self.add_next(start, Measure::of_move(from, Move::HamletOut));
                    moved.add(Measure::of_move(from, Move::HamletIn), 1);
                }
                let became = match (left, class) {
                    (Some(Left::MovedOut), _) => Move::MovedOut,
                    (Some(Left::Dissolved), _) => Move::Dissolved,
                    (None, None) => Move::Pending,
                    (None, Some(found)) => became(from, found),
                };
                moved.add(Measure::of_move(from, became), 1);
            } else if start.class == Class::LowIncome && left.is_none() && class.is_none() {
                self.add_next(start, Measure::LowIncomePending);
            }
        }
        if let Some(to) = listed {
            for measure in past.entered(start.map(|start| start.class), to, came).into_iter().flatten() {
                moved.add(measure, 1);
            }
        }
        past = reviewed;
        for found in [class, opening].into_iter().flatten() {
            past.find(found);
        }
        if left.is_some() {
            past.last = None;
        }
        self.past.insert(household, past);
        if let Some(record) = self.known.get_mut(&(round, household))
            && Some(round) > self.closed
        {
            record.moved = moved;
        }
        let last_word = if has_two_results(round) { opening } else { class };
        let year = i16::try_from(round.year()).unwrap_or(0);
        let is_listed = last_standard(year).is_some_and(Standard::lists_low_income);
        if let Some(class) = last_word {
            let class = if class == Class::LowIncome && !is_listed { Class::Above } else { class };
            self.before.insert(household, Start { round, household, class, hamlet, ethnic_minority });
        }
    }
}

#[cfg(test)]
mod tests;
