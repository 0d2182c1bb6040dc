//! An engine beside a map, through random batches and questions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use soho::engine::{Batch, Pair, Place, Query, Range, after, head_key};

use crate::Two;

/// What a map answers.
pub(crate) fn answer(map: &BTreeMap<Vec<u8>, Vec<u8>>, query: &Query) -> Vec<Pair> {
    let range = match query {
        Query::Key(key) => {
            return map.get(key).map(|value| (key.clone(), value.clone())).into_iter().collect();
        }
        Query::Range(range) if range.is_empty() => return Vec::new(),
        Query::Range(range) => range,
    };
    let bounds = (Bound::Included(&range.from), Bound::Excluded(&range.to));
    let mut pairs: Vec<_> = map.range::<Vec<u8>, _>(bounds).map(|(k, v)| (k.clone(), v.clone())).collect();
    if range.backwards {
        pairs.reverse();
    }
    let before = pairs.iter().scan(0, |sum: &mut usize, (_, value)| {
        let before = *sum;
        *sum += value.len();
        Some(before)
    });
    let within = before.enumerate().take_while(|&(at, before)| at == 0 || before < range.bytes).count();
    pairs.truncate(within.min(range.pairs));
    pairs
}

/// A step of a test; keys are without their place.
#[derive(Clone, Debug)]
enum Step {
    Commit { place: usize, stale: bool, stay: bool, writes: BTreeMap<Vec<u8>, Option<Vec<u8>>> },
    Read(Vec<Asked>),
}

#[derive(Clone, Debug)]
struct Asked {
    place: usize,
    from: Vec<u8>,
    to: Option<Vec<u8>>,
    key: bool,
    backwards: bool,
    pairs: usize,
    bytes: usize,
}

fn rest() -> impl Strategy<Value = Vec<u8>> {
    // Few bytes, so that keys meet.
    vec(prop_oneof![Just(0u8), Just(1), Just(0x7f), Just(0x80), Just(0xff)], 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let most = || prop_oneof![Just(usize::MAX), 0usize..6];
    let asked = (0usize..2, rest(), option::of(rest()), any::<bool>(), any::<bool>(), most(), most());
    let asked = asked.prop_map(|(place, from, to, key, backwards, pairs, bytes)| Asked {
        place,
        from,
        to,
        key,
        backwards,
        pairs,
        bytes,
    });
    let key = rest().prop_filter("longer than its place", |key| !key.is_empty());
    let writes = proptest::collection::btree_map(key, option::weighted(0.8, vec(any::<u8>(), 0..6)), 0..12);
    let rarely = || proptest::bool::weighted(0.15);
    prop_oneof![
        (0usize..2, rarely(), rarely(), writes).prop_map(|(place, stale, stay, writes)| Step::Commit {
            place,
            stale,
            stay,
            writes
        }),
        vec(asked, 0..8).prop_map(Step::Read),
    ]
}

pub(crate) fn random_batches_and_questions_agree_with_a_map(two: &Two) {
    // Each case has places of its own, as if its store were new.
    let next = AtomicU32::new(0xfd_ff_ff_00);
    let cases = 60;
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&vec(step(), 1..25), |steps| {
        let first = next.fetch_add(2, Ordering::Relaxed);
        let places = [first.to_be_bytes(), (first + 1).to_be_bytes()];
        let mut map = BTreeMap::new();
        let mut heads = [0u64; 2];
        for (at, step) in steps.into_iter().enumerate() {
            let engine = if at % 2 == 0 { &two.one } else { &two.other };
            match step {
                Step::Commit { place: at, stale, stay, writes } => {
                    let place = places[at];
                    let head = heads[at] + u64::from(stale);
                    let writes: Vec<_> = writes
                        .into_iter()
                        .map(|(rest, value)| ([&place[..], &rest].concat(), value))
                        .collect();
                    let batch = Batch { place, head, next: head + u64::from(!stay), writes: writes.clone() };
                    let written = engine.commit(vec![batch]).expect("it answers");
                    prop_assert_eq!(written, vec![!stale]);
                    if stale {
                        continue;
                    }
                    for (key, value) in writes {
                        match value {
                            Some(value) => map.insert(key, value),
                            None => map.remove(&key),
                        };
                    }
                    if !stay {
                        heads[at] += 1;
                        map.insert(head_key(place), heads[at].to_be_bytes().to_vec());
                    }
                }
                Step::Read(asked) => {
                    let queries: Vec<_> = asked.into_iter().map(|asked| query(places, asked)).collect();
                    let expected: Vec<_> = queries.iter().map(|query| answer(&map, query)).collect();
                    prop_assert_eq!(engine.read(&queries).expect("it answers"), expected);
                }
            }
        }
        let keys: BTreeSet<_> = map.keys().cloned().collect();
        let mut found = BTreeSet::new();
        for place in places {
            found.extend(
                two.other.range(Range::of(&place)).expect("it answers").into_iter().map(|(key, _)| key),
            );
        }
        prop_assert_eq!(keys, found);
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
}

fn query(places: [Place; 2], asked: Asked) -> Query {
    let place = places[asked.place];
    let from = [&place[..], &asked.from].concat();
    if asked.key {
        return Query::Key(from);
    }
    let to = asked.to.map_or_else(|| after(&place), |to| [&place[..], &to].concat());
    Query::Range(Range { from, to, backwards: asked.backwards, pairs: asked.pairs, bytes: asked.bytes })
}
