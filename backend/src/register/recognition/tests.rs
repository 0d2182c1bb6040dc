use std::collections::BTreeSet;
use std::sync::Arc;

use soho_shared::area::AreaCode;
use soho_shared::count::Filter;
use soho_shared::household::field;
use soho_shared::recognition::{Reason, Step};
use soho_shared::record::{Actor, FieldPath, Operation, Stamp, Value};
use soho_shared::stage::{Progress, Stage};
use uuid::Uuid;

use super::super::{Arrival, ListOf, NotTaken, Outcome};
use super::*;
use crate::engine::memory::MemoryEngine;

/// The first time of an edit, in milliseconds since 1970.
const NOW: u64 = 1_323_000_000_000;

fn an_duc() -> CommuneCode {
    "29173".parse().unwrap()
}

fn id(n: u128) -> HouseholdId {
    HouseholdId { commune: an_duc(), uuid: Uuid::from_u128(n) }
}

/// A register in memory, and operations on it.
struct World {
    store: Register,
    made: u64,
}

impl World {
    fn new() -> Self {
        World { store: Register::over(Arc::new(MemoryEngine::default())).unwrap(), made: 0 }
    }

    fn operation(&mut self, subject: Subject, year: u16, changes: Vec<Change>) -> Operation {
        self.made += 1;
        Operation {
            id: Uuid::from_u128(self.made.into()),
            subject,
            round: Round::new(year).unwrap(),
            stamp: Stamp::new(NOW + self.made, 0, Actor(7)).unwrap(),
            changes,
            why: None,
        }
    }

    /// A survey of a household that earns this much a month.
    fn survey(&mut self, n: u128, year: u16, monthly: i64) -> Operation {
        let set =
            |(field, value): (&str, Value)| Change { field: field.parse().unwrap(), value, seen: vec![] };
        let fields = [
            ("hamlet", 4.into()),
            ("head/name", format!("Nguyễn Văn {n}").into()),
            ("member_count", 1.into()),
            ("income/a/source", "wages".into()),
            ("income/a/amount", monthly.into()),
            ("income/a/times", 12.into()),
        ];
        let changes = fields.map(set).to_vec();
        self.operation(id(n).into(), year, changes)
    }

    async fn apply(&self, judged_by: Option<u64>, operations: Vec<Operation>) -> Vec<Outcome> {
        let arrival = Arrival { judged_by, ..Arrival::made_here(NOW + 1_000_000, None) };
        self.store.apply(arrival, operations).await.unwrap()
    }

    async fn own(&self, year: u16) -> Doc {
        self.store.own(vec![an_duc().into()], Round::new(year).unwrap()).await.unwrap().pop().unwrap()
    }

    async fn go(&mut self, year: u16, stage: Stage) {
        let changes = Progress::to(&self.own(year).await, stage);
        let operation = self.operation(an_duc().into(), year, changes);
        let head = self.store.head(an_duc());
        assert_eq!(self.apply(Some(head), vec![operation]).await, [Outcome::Accepted(None)]);
    }

    /// The operations of the next step of a recognition, with the head by which it was judged.
    async fn step(&mut self, year: u16, date: &str) -> (u64, Vec<Operation>) {
        let head = self.store.head(an_duc());
        let own = self.own(year).await;
        let cases = self.store.cases(an_duc(), Round::new(year).unwrap()).await.unwrap();
        let series = date[..4].parse().unwrap();
        let last = self.store.last_certificate(an_duc(), series).await.unwrap();
        let step = Step::next(&cases, &Recognition::of(&own), (series, date), last, 1_000).unwrap();
        let say =
            |(field, value): (FieldPath, Value)| Change { seen: own.seen(field.as_str()), field, value };
        let commune: Vec<Change> = step.commune.into_iter().map(say).collect();
        let mut operations = Vec::new();
        if !commune.is_empty() {
            operations.push(self.operation(an_duc().into(), year, commune));
        }
        for (household, changes) in step.households {
            operations.push(self.operation(household.into(), year, changes));
        }
        (head, operations)
    }

    async fn withdrawn(&self) -> Vec<(u16, Vec<u32>)> {
        self.store.withdrawn(an_duc()).await.unwrap().into_iter().collect()
    }
}

#[tokio::test]
async fn certificates_are_given_by_a_transaction_that_was_judged_and_by_nothing_else() {
    let mut world = World::new();
    let surveys: Vec<_> = (1..=20).map(|n| world.survey(n, 2011, 300_000)).collect();
    world.apply(None, surveys).await;
    world.go(2011, Stage::Recognised).await;

    let (head, operations) = world.step(2011, "2011-12-05").await;
    assert_eq!(operations.len(), 21);
    // Not as a page's edit, and not once somebody has written to the commune.
    let reserved = Outcome::Refused(NotTaken::Reserved);
    assert_eq!(world.apply(None, operations.clone()).await, vec![reserved; 21]);
    let other = world.survey(30, 2011, 900_000);
    world.apply(None, vec![other]).await;
    let moved = Outcome::Refused(NotTaken::Moved);
    assert_eq!(world.apply(Some(head), operations).await, vec![moved; 21]);
    assert_eq!(world.store.last_certificate(an_duc(), 2011).await.unwrap(), 0);

    // Two that were judged at one moment: one is taken whole, the other not at all.
    let (head, one) = world.step(2011, "2011-12-05").await;
    let (_, other) = world.step(2011, "2011-12-05").await;
    let (one, other) = tokio::join!(world.apply(Some(head), one), world.apply(Some(head), other));
    let mut both = [one, other];
    both.sort_by_key(|outcomes| outcomes[0] == moved);
    assert!(both[0].iter().all(|outcome| *outcome == Outcome::Accepted(None)), "{both:?}");
    assert_eq!(both[1], vec![moved; 21]);

    let cases = world.store.cases(an_duc(), Round::new(2011).unwrap()).await.unwrap();
    let numbers: BTreeSet<u32> =
        cases.iter().flat_map(|case| &case.issued).map(|of| of.number.number).collect();
    assert_eq!(numbers, (1..=20).collect());
    assert_eq!(world.store.last_certificate(an_duc(), 2011).await.unwrap(), 20);
    assert_eq!(world.store.last_certificate(an_duc(), 2012).await.unwrap(), 0);
    assert!(world.withdrawn().await.is_empty());

    // Sent back, none holds; recognised again, they stay withdrawn, and new numbers follow.
    world.go(2011, Stage::Survey).await;
    assert_eq!(world.withdrawn().await, [(2011, (1..=20).collect::<Vec<u32>>())]);
    world.go(2011, Stage::Recognised).await;
    for _ in 0..2 {
        let (head, operations) = world.step(2011, "2011-12-20").await;
        let taken = world.apply(Some(head), operations).await;
        assert!(taken.iter().all(|outcome| *outcome == Outcome::Accepted(None)), "{taken:?}");
    }
    let (_, nothing) = world.step(2011, "2011-12-20").await;
    assert!(nothing.is_empty(), "{nothing:?}");
    assert_eq!(world.store.last_certificate(an_duc(), 2011).await.unwrap(), 40);
    assert_eq!(world.withdrawn().await, [(2011, (1..=20).collect::<Vec<u32>>())]);
    let found = world.store.verify().await.unwrap();
    assert!(found.is_clean(), "{:?}", found.problems);
}

#[tokio::test]
async fn a_list_tells_the_certificate_that_holds() {
    let mut world = World::new();
    let survey = world.survey(1, 2011, 300_000);
    world.apply(None, vec![survey]).await;
    world.go(2011, Stage::Recognised).await;
    let (head, operations) = world.step(2011, "2011-12-05").await;
    world.apply(Some(head), operations).await;
    let of = ListOf {
        area: AreaCode::Commune(an_duc()),
        round: Round::new(2011).unwrap(),
        filter: Filter::default(),
    };
    let listed = world.store.list_all(&of, 9).await.unwrap().unwrap();
    assert_eq!(listed[0].certificate.as_deref(), Some("1/2011"));
    world.go(2011, Stage::Survey).await;
    let listed = world.store.list_all(&of, 9).await.unwrap().unwrap();
    assert_eq!(listed[0].certificate, None, "the round was sent back");
}

#[tokio::test]
async fn the_check_finds_a_number_that_two_households_have() {
    let mut world = World::new();
    let surveys: Vec<_> = (1..=2).map(|n| world.survey(n, 2011, 300_000)).collect();
    world.apply(None, surveys).await;
    world.go(2011, Stage::Recognised).await;
    let field: FieldPath = "certificate/2011_15".parse().unwrap();
    for n in [1, 2] {
        let gift = Change { field: field.clone(), value: "poor".into(), seen: vec![] };
        let operation = world.operation(id(n).into(), 2011, vec![gift]);
        let head = world.store.head(an_duc());
        assert_eq!(world.apply(Some(head), vec![operation]).await, [Outcome::Accepted(None)]);
        let problems = world.store.verify().await.unwrap().problems;
        let told =
            problems.iter().any(|problem| problem.starts_with("certificate 15/2011 of area 29173 stands on"));
        assert_eq!(told, n == 2, "{problems:?}");
    }
}

#[tokio::test]
async fn what_the_server_alone_writes_is_taken_from_nobody_else() {
    let mut world = World::new();
    let province = "83".parse::<Subject>().unwrap();
    let change =
        |path: &str, value: Value| vec![Change { field: path.parse().unwrap(), value, seen: vec![] }];
    let cases = [
        (Subject::from(an_duc()), "numbers/2011", Value::from(15), NotTaken::Reserved),
        (an_duc().into(), "given/2011_1", "2011-12-05".into(), NotTaken::Reserved),
        (an_duc().into(), field::RECOGNITION_UNDER, "x".into(), NotTaken::Reserved),
        (id(1).into(), "certificate/2011_15", "poor".into(), NotTaken::Reserved),
        (an_duc().into(), "stages/closed", true.into(), NotTaken::Stage),
        (province, "keys/0a1b2c3d", "00".into(), NotTaken::Reserved),
        (an_duc().into(), "imports/0a", "{}".into(), NotTaken::Reserved),
    ];
    for (subject, path, value, why) in cases {
        let operation = world.operation(subject, 2011, change(path, value));
        let sent = Arrival::sent(NOW + 1_000_000, None, None);
        let outcome = world.store.apply(sent, vec![operation]).await.unwrap();
        assert_eq!(outcome, [Outcome::Refused(why)], "{path}");
    }
    // A key is no matter of what stands there: the server writes it as it starts.
    let key = world.operation(province, 2010, change("keys/0a1b2c3d", "00".into()));
    assert_eq!(world.apply(None, vec![key]).await, [Outcome::Accepted(None)]);
    let opening =
        world.operation(an_duc().into(), 2011, change(field::RECOGNITION_SIGNER, "Lê Văn Ba".into()));
    assert_eq!(world.apply(None, vec![opening]).await, [Outcome::Accepted(None)]);
}

#[tokio::test]
async fn those_of_the_last_list_are_to_be_reviewed_and_those_that_ask() {
    let mut world = World::new();
    let mut operations = vec![
        world.survey(1, 2010, 300_000),
        world.survey(2, 2010, 500_000),
        world.survey(3, 2010, 900_000),
        world.survey(4, 2010, 300_000),
        world.survey(4, 2011, 900_000),
    ];
    let asked =
        Change { field: field::ASKED_DATE.parse().unwrap(), value: "2011-09-15".into(), seen: vec![] };
    operations.push(world.operation(id(3).into(), 2011, vec![asked]));
    world.apply(None, operations).await;
    let list = world.store.to_review(an_duc(), Round::new(2011).unwrap()).await.unwrap();
    let found: Vec<_> = list.into_iter().map(|of| (of.household, of.reason)).collect();
    let (poor, near_poor) = (Reason::Listed(Class::Poor), Reason::Listed(Class::NearPoor));
    assert_eq!(found, [(id(1), poor), (id(2), near_poor), (id(3), Reason::Asked), (id(4), poor)]);
}
