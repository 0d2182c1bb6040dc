use std::collections::HashMap;
use std::sync::Arc;

use soho_shared::count::{Book, Counts, Listed, Measure, Move, OfSupport, Period, Tally};
use soho_shared::duplicate::survivor;
use soho_shared::household::field;
use soho_shared::record::{Actor, Change, Doc, HouseholdId, Operation, Stamp, Value};
use soho_shared::report::By;
use soho_shared::stage::{Progress, Stage};
use soho_shared::support::year_of;

use super::super::keys::Form;
use super::super::{Arrival, NotTaken, Outcome, Register};
use super::*;
use crate::engine::memory::MemoryEngine;
use crate::engine::{Batch, read_head};

/// Households of one register, in groups of [`GROUP`] of which some are joined.
const HOUSEHOLDS: u64 = 200;
const GROUP: u64 = 4;
/// First time of an edit, in milliseconds since 1970.
const FIRST: u64 = 1_285_891_200_000;

/// Numbers drawn by chance, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn small(&mut self, end: u64) -> Value {
        Value::Int(i64::try_from(1 + self.below(end)).unwrap())
    }
}

fn id(n: u64) -> HouseholdId {
    HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(n.into()) }
}

/// An edit of a household in one of eight rounds, of which that of 2015 has two results: what it earned, where it stands,
/// how it came and has left, a withdrawal, a decision on who is who, a support that it was given.
fn edit(numbers: &mut Numbers, at: u64) -> Operation {
    let household = numbers.below(HOUSEHOLDS);
    let change =
        |(field, value): (&str, Value)| Change { field: field.parse().unwrap(), value, seen: Vec::new() };
    let other = id(household / GROUP * GROUP + numbers.below(GROUP)).to_string();
    let round = Round::new(2010 + u16::try_from(numbers.below(8)).unwrap()).unwrap();
    let served = format!("support/electricity_{}_{}/served", year_of(round), 1 + numbers.below(4));
    let changes: Vec<(&str, Value)> = match numbers.below(22) {
        0 => vec![(field::HAMLET, numbers.small(3))],
        1 => vec![(field::REMOVED, Value::Bool(numbers.below(2) == 0))],
        2 => vec![(field::DUPLICATE, Value::Bool(numbers.below(2) == 0))],
        3 => vec![(field::SAME_AS, if numbers.below(3) == 0 { Value::Null } else { other.into() })],
        4 => vec![(field::MOVED_TO, if numbers.below(2) == 0 { Value::Null } else { "Cần Thơ".into() })],
        5 => vec![(field::MOVED_FROM, "28756-00000000000000000000000000000001".into())],
        6 => vec![(field::SPLIT_FROM, other.into())],
        7 => vec![(field::DISSOLVED, Value::Bool(numbers.below(2) == 0))],
        8 => vec![(field::HEAD_ETHNIC_MINORITY, Value::Bool(numbers.below(2) == 0))],
        9 | 10 => vec![(&served, Value::Bool(numbers.below(4) > 0))],
        _ => vec![
            (field::HAMLET, numbers.small(3)),
            (field::MEMBER_COUNT, Value::Int(1)),
            ("income/a/source", "wages".into()),
            // Around all lines of 2011 and 2016 in a rural commune.
            ("income/a/amount", Value::Int(i64::try_from(100_000 * (1 + numbers.below(20))).unwrap())),
            ("income/a/times", Value::Int(12)),
            (field::DEPRIVATION_COUNT, numbers.small(5)),
        ],
    };
    Operation {
        id: Uuid::from_u128(u128::from(at) << 64),
        subject: id(household).into(),
        round,
        // Of one writer, so that the last word stands.
        stamp: Stamp::new(FIRST + at, 0, Actor(1)).unwrap(),
        changes: changes.into_iter().map(change).collect(),
        why: None,
    }
}

/// What a register should hold: worked out by a rule over all records at once.
#[derive(Default)]
struct Model {
    docs: HashMap<RecordKey, Doc>,
    /// What the commune's own records say of its rounds.
    own: HashMap<Round, Doc>,
    closed: Option<Round>,
    /// What the records of closed rounds added when they were closed, with what their households were given since.
    kept: course::Contributions,
}

impl Model {
    /// Takes an edit over, of a household or of the commune itself.
    fn write(&mut self, edit: &Operation) {
        let doc = match edit.subject.of {
            Of::Household(_) => self.docs.entry(edit.key()).or_default(),
            _ => self.own.entry(edit.round).or_default(),
        };
        edit.changes.iter().for_each(|change| doc.write(edit.stamp, change));
        let at = edit.subject.household().map(|household| (edit.round, household.uuid));
        if let Some(adds) = at.and_then(|at| self.kept.get_mut(&at)) {
            *adds = adds.given_anew(doc, edit.round);
        }
    }

    /// The households that were found to be one.
    fn joined(&self) -> Joined {
        let mut joined = Joined::default();
        for (key, doc) in &self.docs {
            joined.set(key.subject.household().unwrap().uuid, key.round, survivor(doc, key.subject));
        }
        joined
    }

    fn course(&self) -> course::Contributions {
        let open = self.docs.iter().filter(|(key, _)| Some(key.round) > self.closed);
        let said = open.filter_map(|(key, doc)| {
            let standing = Standing::of(doc, key.subject.commune()?, key.round)?;
            Some(((key.round, key.subject.household()?.uuid), standing))
        });
        let said: BTreeMap<(Round, Uuid), Standing> = said.collect();
        let mut records: Records = said.iter().map(|(at, of)| (*at, course::Said::Open(of))).collect();
        records.extend(self.kept.iter().map(|(at, adds)| (*at, course::Said::Closed(adds))));
        course::contributions(&records, &self.joined(), self.closed)
    }

    /// Brings a round to a stage: returns the operation.
    fn go(&mut self, at: u64, round: Round, stage: Stage) -> Operation {
        let changes = Progress::to(self.own.entry(round).or_default(), stage);
        let edit = Operation {
            id: Uuid::from_u128(u128::from(at) << 64),
            subject: id(0).commune.into(),
            round,
            stamp: Stamp::new(FIRST + at, 0, Actor(1)).unwrap(),
            changes,
            why: None,
        };
        let before = self.course();
        self.write(&edit);
        let closed = self.own.iter().filter(|(_, doc)| Stage::of(doc) == Some(Stage::Closed));
        let closed = closed.map(|(round, _)| *round).max();
        if closed > self.closed {
            self.kept = before;
        }
        self.closed = closed;
        self.kept.retain(|(round, _), _| Some(*round) <= closed);
        edit
    }

    /// The tallies of all hamlets.
    fn book(&self) -> Book {
        let mut tallies: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
        for ((round, _), adds) in self.course() {
            for (period, counts) in adds.parts(round) {
                *tallies.entry((period, adds.standing.hamlet)).or_default() += &counts;
            }
        }
        let mut book = Book::default();
        let tallies = tallies.into_iter().map(|((period, hamlet), counts)| (period, hamlet, counts));
        book.replace(id(0).commune, tallies);
        book
    }
}

/// The tallies of a round, by hamlet.
fn tallies(book: &Book, round: Round) -> Vec<(u8, Tally)> {
    let of_round = book.hamlets(round, id(0).commune).filter(|(_, tally)| !tally.is_zero());
    of_round.map(|(hamlet, tally)| (hamlet, *tally)).collect()
}

/// The same without the supports that were given.
fn but_given(mut tallies: Vec<(u8, Tally)>) -> Vec<(u8, Tally)> {
    let is_given = |of: &&Measure| of.support().is_some_and(|(_, what)| what != OfSupport::Entitled);
    for (_, tally) in &mut tallies {
        for measure in Measure::ALL.iter().filter(is_given) {
            *tally = tally.with(*measure, 0);
        }
    }
    tallies
}

fn expect_identity(tally: &Tally, what: &str) {
    for listed in Listed::ALL {
        let sum =
            |moves: &[Move]| moves.iter().map(|of| tally.get(Measure::of_move(listed, *of))).sum::<i64>();
        let better = [Move::ToOther, Move::ToLowIncome, Move::ToAbove];
        let came = [Move::Again, Move::New, Move::MovedIn, Move::SplitOff, Move::Returned, Move::HamletIn];
        let gone = [Move::MovedOut, Move::Dissolved, Move::Joined, Move::Pending, Move::HamletOut];
        let end = sum(&[Move::AtStart]) - sum(&better) + sum(&came) - sum(&gone);
        assert_eq!(end, tally.class(listed.class()), "{what} {listed:?}");
    }
}

#[tokio::test]
async fn after_any_edits_in_any_order_tallies_are_what_all_records_together_say() {
    let (mut moved, mut histories, mut closings, mut late) = (Tally::default(), 0, 0, 0);
    let mut given_late = 0;
    for seed in 0..50 {
        let mut numbers = Numbers(seed);
        let engine = MemoryEngine::default();
        let store = Register::over(Arc::new(engine.another())).unwrap();
        let mut model = Model::default();
        let commune = id(0).commune;
        for part in 0..8 {
            let edits: Vec<_> = (0..200).map(|at| edit(&mut numbers, part * 1_000 + at)).collect();
            edits.iter().for_each(|edit| model.write(edit));
            let mut before: Vec<(Round, Vec<(u8, Tally)>)> = Vec::new();
            for year in (2010..=2018).filter(|year| Round::new(*year) <= model.closed) {
                let round = Round::new(year).unwrap();
                before.push((round, tallies(&store.shared.held().book, round)));
            }
            // After every other part a round is closed or opened again.
            let is_staged = part % 2 == 1;
            let now = FIRST + 100_000;
            store.apply(Arrival::made_here(now, None), edits).await.unwrap();
            if is_staged {
                let round = Round::new(2010 + u16::try_from(numbers.below(8)).unwrap()).unwrap();
                let stage = if numbers.below(3) == 0 { Stage::Survey } else { Stage::Closed };
                let moved = model.go(part * 1_000 + 900, round, stage);
                let arrival = |judged_by| Arrival { judged_by, ..Arrival::made_here(now, None) };
                if !moved.changes.is_empty() {
                    // Only as a stage is it taken, and only as long as nobody writes to the commune meanwhile.
                    for (judged, refused) in
                        [(None, NotTaken::Stage), (Some(store.head(commune) - 1), NotTaken::Moved)]
                    {
                        let outcome = store.apply(arrival(judged), vec![moved.clone()]).await.unwrap();
                        assert_eq!(outcome, [Outcome::Refused(refused)]);
                    }
                    let judged = Some(store.head(commune));
                    let outcome = store.apply(arrival(judged), vec![moved]).await.unwrap();
                    assert_eq!(outcome, [Outcome::Accepted(None)]);
                }
                closings += u64::from(stage == Stage::Closed);
            }
            for (round, figures) in before.into_iter().filter(|_| !is_staged) {
                // Of closed rounds nothing moves but what was given.
                let now = tallies(&store.shared.held().book, round);
                given_late += u64::from(now != figures);
                assert!(but_given(now) == but_given(figures), "seed {seed}, part {part}, {round}");
            }
            let expected = model.book();
            for year in 2010..=2018 {
                let round = Round::new(year).unwrap();
                let found = tallies(&store.shared.held().book, round);
                assert_eq!(found, tallies(&expected, round), "seed {seed}, part {part}, {round}");
                for (hamlet, tally) in &found {
                    expect_identity(tally, &format!("seed {seed}, part {part}, {round}, hamlet {hamlet}"));
                    moved += tally;
                }
                late += store.marked(vec![commune], round).await.unwrap()[0].late;
            }
            assert_eq!(store.closed(commune), model.closed, "seed {seed}, part {part}");
            let found = store.verify().await.unwrap();
            assert!(found.is_clean(), "seed {seed}, part {part}: {:?}", found.problems);
        }
        histories += model.docs.keys().map(|key| key.subject).collect::<BTreeSet<_>>().len();
        // What was counted by another rule ends the same.
        drop(store);
        let engine: Arc<dyn Engine> = Arc::new(engine.another());
        let stored = || {
            let mut pairs = engine.range(Range::of(&commune.to_bytes())).unwrap();
            let head = read_head(&pairs.remove(0).1).unwrap();
            (pairs, head)
        };
        let (before, head) = stored();
        let mut batch = Batch::new(commune.to_bytes(), head);
        batch.insert(keys::form(commune), keys::encode(&Form { rule: 0, ..Form::this() }).unwrap());
        // Which households are one is read from the records, too.
        for (key, _) in engine.range(Range::of(&keys::all(commune, keys::JOINED))).unwrap() {
            batch.remove(key);
        }
        assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
        let other = Register::over(Arc::clone(&engine)).unwrap();
        assert!(stored().0 == before, "seed {seed}");
        let edits = vec![edit(&mut numbers, 9_000)];
        other.apply(Arrival::sent(FIRST + 100_000, None, None), edits).await.unwrap();
        assert!(other.verify().await.unwrap().is_clean(), "seed {seed}");
    }
    assert!(histories >= 9_900, "{histories}");
    assert!(closings >= 100 && late >= 1_000 && given_late >= 50, "{closings} {late} {given_late}");
    // Every movement has happened.
    let moves = Measure::PoorAtStart..Measure::Declared;
    for measure in Measure::ALL.iter().filter(|measure| moves.contains(measure)) {
        assert!(moved.get(*measure) >= 5, "{measure:?} {}", moved.get(*measure));
    }
}

#[tokio::test]
async fn a_closed_round_that_counts_another_support_than_was_given_is_found() {
    let engine = MemoryEngine::default();
    let store = Register::over(Arc::new(engine.another())).unwrap();
    let (round, now) = (Round::CENSUS_2010, FIRST + 100_000);
    let set = |n: u64, field: &str, value: Value| Operation {
        id: Uuid::from_u128(n.into()),
        subject: id(1).into(),
        round,
        stamp: Stamp::new(FIRST + n, 0, Actor(1)).unwrap(),
        changes: vec![Change { field: field.parse().unwrap(), value, seen: Vec::new() }],
        why: None,
    };
    let served = "support/electricity_2011_1/served";
    let poor = vec![
        set(1, field::HAMLET, Value::Int(1)),
        set(2, field::MEMBER_COUNT, Value::Int(1)),
        set(3, field::NO_INCOME, true.into()),
    ];
    store.apply(Arrival::made_here(now, None), poor).await.unwrap();
    let closing = Model::default().go(900, round, Stage::Closed);
    let arrival = Arrival { judged_by: Some(store.head(id(1).commune)), ..Arrival::made_here(now, None) };
    assert_eq!(store.apply(arrival, vec![closing]).await.unwrap(), [Outcome::Accepted(None)]);
    let key = keys::record(RecordKey { subject: id(1).into(), round });
    let stored: &dyn Engine = &engine;
    let adds = || keys::decode_head(&stored.get(key.clone()).unwrap().unwrap()).unwrap().1.unwrap();
    let before = adds();
    store.apply(Arrival::made_here(now, None), vec![set(5, served, true.into())]).await.unwrap();
    assert!(store.verify().await.unwrap().is_clean());
    assert_ne!(adds(), before);

    // The record is stored with what it added before, and the tallies with it.
    let commune = id(1).commune.to_bytes();
    let value = stored.get(key.clone()).unwrap().unwrap();
    let (change, _) = keys::decode_head(&value).unwrap();
    let head = read_head(&stored.get(crate::engine::head_key(commune)).unwrap().unwrap()).unwrap();
    let mut batch = Batch::new(commune, head);
    batch.insert(key, keys::encode_record(change, Some(&before), keys::body(&value).unwrap()).unwrap());
    for (tally, _) in stored.range(Range::of(&keys::all(id(1).commune, keys::TALLY))).unwrap() {
        batch.remove(tally);
    }
    let mut tallies = BTreeMap::new();
    before.add_to(&mut tallies, round);
    for ((period, hamlet), counts) in tallies {
        batch.insert(keys::tally(id(1).commune, period, hamlet), keys::encode(&counts).unwrap());
    }
    assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
    let found = store.verify().await.unwrap();
    assert_eq!(
        (found.problem_count, found.problems[0].contains("supports")),
        (1, true),
        "{:?}",
        found.problems
    );
}

#[tokio::test]
async fn one_that_cannot_be_read_stops_no_edit_of_another() {
    let engine = MemoryEngine::default();
    let store = Register::over(Arc::new(engine.another())).unwrap();
    let round = Round::CENSUS_2010;
    let set = |n: u64, household: u64, field: &str, value: Value| Operation {
        id: Uuid::from_u128(n.into()),
        subject: id(household).into(),
        round,
        stamp: Stamp::new(FIRST + n, 0, Actor(1)).unwrap(),
        changes: vec![Change { field: field.parse().unwrap(), value, seen: Vec::new() }],
        why: None,
    };
    let apply = async |edits| {
        store.apply(Arrival::sent(FIRST + 100_000, None, None), edits).await.unwrap();
        let table = store.statistics("29173".parse().unwrap(), round, By::Hamlet).unwrap();
        table.total.households
    };
    let two = vec![
        set(1, 1, field::HAMLET, Value::Int(1)),
        set(2, 2, field::HAMLET, Value::Int(1)),
        set(3, 2, field::SAME_AS, id(1).to_string().into()),
    ];
    assert_eq!(apply(two).await, 1);
    // The survivor's record becomes unreadable behind its head.
    let commune = id(1).commune.to_bytes();
    let (stored, record): (&dyn Engine, _) =
        (&engine, keys::record(RecordKey { subject: id(1).into(), round }));
    let value = stored.get(record.clone()).unwrap().unwrap();
    let head = read_head(&stored.get(crate::engine::head_key(commune)).unwrap().unwrap()).unwrap();
    let mut batch = Batch::new(commune, head);
    batch.insert(record, &value[..value.len() - 3]);
    assert_eq!(engine.commit(vec![batch]).unwrap(), [true]);
    store.catch_up_with(&[id(1).commune.into()].into()).await.unwrap();
    assert!(store.records(id(1)).await.is_err());
    // The other one is withdrawn and taken back, and still counts by it.
    assert_eq!(apply(vec![set(4, 2, field::REMOVED, true.into())]).await, 1);
    assert_eq!(apply(vec![set(5, 2, field::REMOVED, false.into())]).await, 1);
    // And edits of its own household's other rounds go on.
    let later = Operation { round: Round::new(2011).unwrap(), ..set(6, 1, field::HAMLET, Value::Int(1)) };
    assert_eq!(apply(vec![later]).await, 1);
}

/// A household with more records than are held at once is counted all the same.
#[tokio::test]
async fn a_household_with_large_records_is_read_by_their_heads() {
    let store = Register::over(Arc::new(MemoryEngine::default())).unwrap();
    let large: Vec<Operation> = (0..6u64)
        .flat_map(|year| (0..40u64).map(move |part| (year, part)))
        .map(|(year, part)| {
            // Texts that do not pack well.
            let mut numbers = Numbers(year * 1_000 + part);
            let text: String =
                (0..2_900).map(|_| char::from(b'!' + u8::try_from(numbers.below(90)).unwrap())).collect();
            let field = format!("later/f{part}");
            let earning: &[(&str, Value)] = &[
                (field::HAMLET, Value::Int(1)),
                (field::MEMBER_COUNT, Value::Int(1)),
                (field::NO_INCOME, Value::Bool(true)),
                (&field, text.into()),
            ];
            Operation {
                id: Uuid::from_u128(u128::from(year * 1_000 + part + 1)),
                subject: id(1).into(),
                round: Round::new(2010 + u16::try_from(year).unwrap()).unwrap(),
                stamp: Stamp::new(FIRST + year * 1_000 + part, 0, Actor(1)).unwrap(),
                changes: earning
                    .iter()
                    .map(|(field, value)| Change {
                        field: field.parse().unwrap(),
                        value: value.clone(),
                        seen: Vec::new(),
                    })
                    .collect(),
                why: None,
            }
        })
        .collect();
    for part in large.chunks(20) {
        let arrival = Arrival::sent(FIRST + 100_000, None, None);
        store.apply(arrival, part.to_vec()).await.unwrap();
    }
    let of = |year: u16, measure| {
        let held = store.shared.held();
        let commune = soho_shared::area::commune(id(1).commune).unwrap();
        held.book.commune(Round::new(year).unwrap(), commune).get(measure)
    };
    assert_eq!((2011..2016).map(|year| of(year, Measure::PoorStill)).sum::<i64>(), 5);
    // An edit of 2010 moves the rounds after it.
    let gone = Operation {
        id: Uuid::from_u128(9_999_999),
        stamp: Stamp::new(FIRST + 90_000, 0, Actor(1)).unwrap(),
        changes: vec![Change {
            field: field::REMOVED.parse().unwrap(),
            value: true.into(),
            seen: Vec::new(),
        }],
        ..large[0].clone()
    };
    store.apply(Arrival::sent(FIRST + 100_000, None, None), vec![gone]).await.unwrap();
    assert_eq!(
        (of(2011, Measure::PoorNew), of(2011, Measure::PoorAtStart), of(2012, Measure::PoorStill)),
        (1, 0, 1)
    );
    assert!(store.verify().await.unwrap().is_clean());
}

/// A move from one commune to another is two records, and each says where the other one is.
#[tokio::test]
async fn moves_between_communes_are_compared() {
    let store = Register::over(Arc::new(MemoryEngine::default())).unwrap();
    let there = HouseholdId { commune: "28756".parse().unwrap(), uuid: Uuid::from_u128(7) };
    let said = |n: u64, household: HouseholdId, field: &str, value: Value| Operation {
        id: Uuid::from_u128(n.into()),
        subject: household.into(),
        round: Round::CENSUS_2010,
        stamp: Stamp::new(FIRST + n, 0, Actor(1)).unwrap(),
        changes: vec![Change { field: field.parse().unwrap(), value, seen: Vec::new() }],
        why: None,
    };
    for (operation, one_sided) in [
        (said(1, id(1), field::MOVED_TO, "Cần Thơ".into()), 0),
        (said(2, id(2), field::MOVED_TO, there.to_string().into()), 1),
        (said(3, there, field::MOVED_FROM, id(3).to_string().into()), 2),
        (said(4, there, field::MOVED_FROM, id(2).to_string().into()), 0),
    ] {
        store.apply(Arrival::sent(FIRST + 100_000, None, None), vec![operation]).await.unwrap();
        let found = store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
        assert_eq!(found.one_sided_moves, one_sided);
    }
}
