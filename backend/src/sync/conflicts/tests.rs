use proptest::prelude::*;
use soho_shared::record::{Doc, HouseholdId, Value};
use tempfile::TempDir;

use super::*;
use crate::register::Register;

/// One record, on which people disagree.
struct Bench {
    store: Register,
    secret: Secret,
    _data: TempDir,
    written: u32,
}

const FIELD: &str = "head/name";

fn key() -> RecordKey {
    let household = HouseholdId { commune: "29173".parse().unwrap(), uuid: Uuid::from_u128(1) };
    RecordKey { subject: household.into(), round: Round::CENSUS_2010 }
}

fn stamp(millis: u64, writer: u64) -> Stamp {
    Stamp::new(millis, 0, Actor(writer)).unwrap()
}

fn arrival(now: u64) -> Arrival {
    Arrival::sent(now, None, None)
}

impl Bench {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Bench {
            store: Register::open(data.path()).unwrap(),
            secret: Secret::default(),
            _data: data,
            written: 0,
        }
    }

    async fn write(&mut self, stamp: Stamp, value: &str, seen: &[Stamp]) {
        self.written += 1;
        let change = Change { field: FIELD.parse().unwrap(), value: value.into(), seen: seen.to_vec() };
        let operation = Operation {
            id: Uuid::from_u128(u128::from(self.written)),
            subject: key().subject,
            round: key().round,
            stamp,
            changes: vec![change],
            why: None,
        };
        self.store.apply(arrival(stamp.millis()), vec![operation]).await.unwrap();
    }

    async fn decide(&self, now: u64, keep: Stamp, seen: &[Stamp]) -> Result<Option<Uuid>, NotDecided> {
        let field = FIELD.parse().unwrap();
        let decision = Decision { record: key(), field, keep, seen: seen.to_vec(), why: None };
        decide(&self.store, &self.secret, Arrival::made_here(now, None), decision).await
    }

    async fn doc(&self) -> Doc {
        self.store.contested(key()).await.unwrap().unwrap().record.doc
    }

    /// The value that stands, and those that lost to it.
    async fn values(&self) -> (String, Vec<String>) {
        let doc = self.doc().await;
        let text = |value: &Value| value.as_text().unwrap().to_owned();
        let lost = doc.conflicts().into_iter().flat_map(|conflict| conflict.lost);
        (text(doc.get(FIELD).unwrap()), lost.map(|write| text(&write.value)).collect())
    }

    async fn listed(&self) -> usize {
        self.store.conflicts(key().subject.unit, None, None, 9).await.unwrap().records.len()
    }

    /// Checks that the register agrees with itself, the list of conflicts included.
    async fn verify(&self) {
        let found = self.store.verify().await.unwrap();
        assert!(found.is_clean(), "{:?}", found.problems);
    }
}

fn standing(value: &str, lost: &[&str]) -> (String, Vec<String>) {
    (value.to_owned(), lost.iter().map(|value| (*value).to_owned()).collect())
}

#[tokio::test]
async fn a_decision_ends_a_conflict_and_taken_twice_it_is_one_operation() {
    let mut bench = Bench::new();
    let (one, other) = (stamp(1_000, 1), stamp(2_000, 2));
    bench.write(one, "Bé", &[]).await;
    bench.write(other, "Bê", &[]).await;
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bê", &["Bé"]), 1));
    let first = bench.decide(3_000, one, &[other]).await.unwrap();
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bé", &[]), 0));
    let before = bench.doc().await;
    assert_eq!(bench.decide(9_000, one, &[one, other, other]).await.unwrap(), first);
    assert_eq!(bench.decide(9_000, one, &[one]).await.unwrap(), None, "decided so, though not by this");
    assert_eq!(bench.doc().await, before);
    let too_late = bench.decide(9_000, other, &[one, other]).await;
    assert!(matches!(too_late, Err(NotDecided::NothingToDecide(_))), "{too_late:?}");
    let unknown = bench.decide(9_000, stamp(7, 7), &[]).await;
    assert!(matches!(unknown, Err(NotDecided::NothingToDecide(_))), "{unknown:?}");
    bench.verify().await;
}

#[tokio::test]
async fn a_text_that_an_earlier_version_took_can_be_kept_and_is_written_without_what_nobody_sees() {
    let mut bench = Bench::new();
    let (one, other) = (stamp(1_000, 1), stamp(2_000, 2));
    bench.write(one, "Bé\u{202e}\u{200d}", &[]).await;
    bench.write(other, "Bê", &[]).await;
    let first = bench.decide(3_000, one, &[one, other]).await.unwrap();
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bé", &[]), 0));
    assert_eq!(bench.decide(9_000, one, &[one, other]).await.unwrap(), first, "taken twice");
    bench.verify().await;
}

#[tokio::test]
async fn who_has_seen_a_decision_may_decide_otherwise() {
    let mut bench = Bench::new();
    let (one, other) = (stamp(1_000, 1), stamp(2_000, 2));
    bench.write(one, "Bé", &[]).await;
    bench.write(other, "Bê", &[]).await;
    bench.decide(3_000, one, &[one, other]).await.unwrap();
    let decided = bench.doc().await.seen(FIELD);
    bench.decide(4_000, other, &decided).await.unwrap();
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bê", &[]), 0));
    // The first decision no longer stands.
    let late = bench.decide(5_000, one, &decided).await;
    assert!(matches!(late, Err(NotDecided::NothingToDecide(_))), "{late:?}");
    let again = bench.doc().await.seen(FIELD);
    bench.decide(6_000, one, &again).await.unwrap();
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bé", &[]), 0));
    bench.verify().await;
}

#[tokio::test]
async fn what_was_not_shown_stays_in_conflict_whenever_it_comes() {
    let mut bench = Bench::new();
    let (one, other, third) = (stamp(1_000, 1), stamp(2_000, 2), stamp(2_500, 3));
    bench.write(one, "Bé", &[]).await;
    bench.write(other, "Bê", &[]).await;
    // This one comes after the person looked and before the decision.
    bench.write(third, "Bế", &[one]).await;
    bench.decide(3_000, one, &[one, other]).await.unwrap();
    assert_eq!(bench.values().await, standing("Bé", &["Bế"]));
    let shown: Vec<Stamp> = bench.doc().await.seen(FIELD);
    bench.decide(4_000, third, &shown).await.unwrap();
    assert_eq!(bench.values().await, standing("Bế", &[]));
    // One comes a year late, from a tablet that was away; then an earlier writer goes on without having seen anything.
    bench.write(stamp(1_500, 4), "Bẹ", &[one]).await;
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bế", &["Bẹ"]), 1));
    bench.write(stamp(9_000, 2), "Bè", &[]).await;
    assert_eq!(bench.values().await, standing("Bè", &["Bế", "Bẹ"]));
    bench.verify().await;
}

#[tokio::test]
async fn a_value_that_two_have_written_is_shown_once() {
    let mut bench = Bench::new();
    let shown = [stamp(1_000, 1), stamp(3_000, 3)];
    bench.write(shown[0], "Bé", &[]).await;
    bench.write(stamp(2_000, 2), "Bê", &[]).await;
    bench.write(shown[1], "Bê", &[]).await;
    bench.decide(4_000, shown[0], &shown).await.unwrap();
    assert_eq!(bench.values().await, standing("Bé", &[]));
}

#[tokio::test]
async fn two_officers_who_differ_are_themselves_in_conflict() {
    let mut bench = Bench::new();
    let shown = [stamp(1_000, 1), stamp(2_000, 2), stamp(2_100, 3)];
    bench.write(shown[0], "Bé", &[]).await;
    bench.write(shown[1], "Bê", &[]).await;
    bench.write(shown[2], "Bế", &[]).await;
    // Each looks before the other's decision is stored. The first decides between two values only, so that the third
    // stays open for the other.
    bench.decide(3_000, shown[0], &shown[..2]).await.unwrap();
    bench.decide(3_001, shown[1], &shown).await.unwrap();
    assert_eq!(bench.values().await, standing("Bê", &["Bé"]));
    let doc = bench.doc().await;
    let standing_now = doc.conflicts().remove(0).standing.stamp;
    bench.decide(4_000, standing_now, &doc.seen(FIELD)).await.unwrap();
    assert_eq!((bench.values().await, bench.listed().await), (standing("Bê", &[]), 0));
    bench.verify().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Steps are writes (by whom, which value, having seen what is there or not) and decisions (for which value,
    /// being shown which).
    #[test]
    fn no_decision_loses_what_was_not_shown(
        steps in prop::collection::vec((any::<bool>(), 1..5u64, 0..4usize, any::<u8>()), 1..40),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut bench = Bench::new();
            for (at, (deciding, writer, choice, mask)) in (1_000..).zip(steps) {
                if !deciding || bench.written == 0 {
                    let seen = if mask % 2 == 0 || bench.written == 0 {
                        Vec::new()
                    } else {
                        bench.doc().await.seen(FIELD)
                    };
                    bench.write(stamp(at, writer), ["Bé", "Bê", "Bế", "Bẹ"][choice], &seen).await;
                    continue;
                }
                let open = bench.doc().await.conflicts();
                let Some(conflict) = open.into_iter().next() else { continue };
                let sides: Vec<Write> = conflict.lost.into_iter().chain([conflict.standing]).collect();
                let keep = sides[choice % sides.len()].stamp;
                let is_shown = |(place, _): &(usize, &Write)| mask & (1 << (place % 8)) != 0;
                let shown: Vec<Stamp> =
                    sides.iter().enumerate().filter(is_shown).map(|(_, side)| side.stamp).collect();
                bench.decide(at, keep, &shown).await.unwrap();
                let doc = bench.doc().await;
                let now: Vec<Value> = doc
                    .conflicts()
                    .into_iter()
                    .flat_map(|conflict| conflict.lost)
                    .map(|write| write.value)
                    .chain(doc.get(FIELD).cloned())
                    .collect();
                let known: Vec<&Value> = sides
                    .iter()
                    .filter(|side| shown.contains(&side.stamp) || side.stamp == keep)
                    .map(|side| &side.value)
                    .collect();
                for side in &sides {
                    let covered = known.contains(&&side.value);
                    prop_assert!(covered || now.contains(&side.value), "{side:?} is lost: {now:?}");
                }
                if sides.iter().all(|side| shown.contains(&side.stamp)) {
                    prop_assert_eq!(&now, &[sides[choice % sides.len()].value.clone()]);
                }
            }
            bench.verify().await;
            Ok(())
        })?;
    }
}
