//! The sentences of the trait's contract.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use soho::engine::{Batch, Engine, Place, Query, Range, after, head_key, read_head};

use crate::Two;
use crate::model::answer;

/// How soon another's writing must be told.
const TOLD: Duration = Duration::from_secs(10);

fn key(place: Place, rest: &[u8]) -> Vec<u8> {
    [&place[..], rest].concat()
}

pub(crate) fn head(engine: &dyn Engine, place: Place) -> u64 {
    engine
        .get(head_key(place))
        .expect("it answers")
        .map_or(0, |value| read_head(&value).expect("it is a head"))
}

/// Writes pairs under the head that stands.
pub(crate) fn write(engine: &dyn Engine, place: Place, pairs: &[(Vec<u8>, Vec<u8>)]) {
    let mut batch = Batch::new(place, head(engine, place));
    for (key, value) in pairs {
        batch.insert(key.clone(), value.clone());
    }
    assert_eq!(engine.commit(vec![batch]).expect("it is written"), [true]);
}

fn commit(engine: &dyn Engine, batch: Batch) -> bool {
    engine.commit(vec![batch]).expect("it answers")[0]
}

fn number(engine: &dyn Engine, key: Vec<u8>) -> u64 {
    engine
        .get(key)
        .expect("it answers")
        .map_or(0, |value| u64::from_be_bytes(value.try_into().expect("8 bytes")))
}

pub(crate) fn answers_are_those_of_a_map(two: &Two) {
    // The last place of all has no end of its own.
    for place in [*b"\0\0\0\0", *b"xa01", [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0xff; 4]] {
        let rests: [&[u8]; 9] =
            [&[0], &[0, 0], &[0, 0xff], &[1], &[1, 0xff, 0xff], &[2], &[0xfe, 0xff], &[0xff], &[0xff, 0xff]];
        let pairs: Vec<_> = rests.iter().map(|rest| (key(place, rest), rest.to_vec())).collect();
        // A place has nothing of its neighbours'.
        let neighbour = (u32::from_be_bytes(place) ^ 1).to_be_bytes();
        write(&*two.one, neighbour, &[(key(neighbour, &[1]), b"neighbour".to_vec())]);
        write(&*two.one, place, &pairs);

        let mut map: BTreeMap<_, _> = pairs.into_iter().collect();
        map.insert(head_key(place), 1u64.to_be_bytes().to_vec());
        let mut queries: Vec<Query> = map.keys().cloned().map(Query::Key).collect();
        queries.push(Query::Key(key(place, &[3])));
        queries.push(Query::Key(key(place, &[0, 0, 0])));
        let all = [&[][..], &[0], &[0, 0, 0], &[1, 0xff], &[0xff], &[0xff, 0xff], &[0xff; 40]];
        for from in all {
            queries.push(Query::Range(Range::of(&key(place, from))));
            queries.push(Query::Range(Range::of(&key(place, from)).backwards()));
            for to in all.iter().map(|to| key(place, to)).chain([after(&place)]) {
                for pairs in [0, 1, 3, usize::MAX] {
                    let range = Range::between(key(place, from), to.clone()).pairs(pairs);
                    queries.push(Query::Range(range.clone().backwards()));
                    queries.push(Query::Range(range.clone().bytes(3)));
                    queries.push(Query::Range(range.clone().bytes(3).backwards()));
                    queries.push(Query::Range(range));
                }
            }
        }
        let expected: Vec<_> = queries.iter().map(|query| answer(&map, query)).collect();
        for engine in [&two.one, &two.other] {
            let answers = engine.read(&queries).expect("it answers");
            for ((query, answer), expected) in queries.iter().zip(&answers).zip(&expected) {
                assert_eq!(answer, expected, "{query:?}");
            }
            assert_eq!(answers.len(), queries.len());
        }
    }
    assert_eq!(two.one.read(&[]).expect("it answers"), Vec::<Vec<_>>::new());
}

pub(crate) fn a_range_ends_by_pairs_and_by_bytes(two: &Two) {
    let place = *b"ends";
    let sizes = [0usize, 0, 10, 0, 20, 30, 0, 1];
    let pairs: Vec<_> = (0u8..).zip(sizes).map(|(at, size)| (key(place, &[at]), vec![7; size])).collect();
    write(&*two.one, place, &pairs);
    let map: BTreeMap<_, _> = pairs.into_iter().collect();
    for most in [1, 2, 5, 100] {
        for bytes in [0, 1, 9, 10, 11, 30, 31, 60, 61, 1000, usize::MAX] {
            let range = Range::between(key(place, &[0]), after(&place)).pairs(most).bytes(bytes);
            for query in [Query::Range(range.clone()), Query::Range(range.backwards())] {
                let answers = two.other.read(std::slice::from_ref(&query)).expect("it answers");
                assert_eq!(answers, [answer(&map, &query)], "{query:?}");
            }
        }
    }
}

pub(crate) fn a_scan_reads_everything_once(two: &Two) {
    let place = *b"scan";
    // More than is read in one go, in pairs of many sizes.
    let pairs: Vec<_> = (0u32..3000)
        .map(|at| {
            (key(place, &at.to_be_bytes()), vec![7; if at % 500 == 0 { 400_000 } else { at as usize % 700 }])
        })
        .collect();
    write(&*two.one, place, &pairs);
    let range = Range::between(key(place, &[0]), after(&place));
    let found: Vec<_> = two.other.scan(range.clone()).map(|pair| pair.expect("it is read")).collect();
    assert!(found == pairs);
    let mut found: Vec<_> = two.other.scan(range.backwards()).map(|pair| pair.expect("it is read")).collect();
    found.reverse();
    assert!(found == pairs);
}

pub(crate) fn keys_and_values_are_any_bytes(two: &Two) {
    let place = *b"byte";
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let mut pairs: Vec<_> = all.iter().map(|byte| (key(place, &[*byte]), vec![*byte; 3])).collect();
    pairs.push((key(place, &all), all.clone()));
    pairs.push((key(place, &[0; 300]), Vec::new()));
    pairs.push((key(place, "Nguyễn'; --\\".as_bytes()), b"\\x00'\0".to_vec()));
    write(&*two.one, place, &pairs);
    for (key, value) in pairs {
        assert_eq!(two.other.get(key).expect("it answers"), Some(value));
    }
}

pub(crate) fn a_head_moves_with_each_batch(two: &Two) {
    let place = *b"head";
    assert_eq!(head(&*two.one, place), 0);
    assert!(commit(&*two.one, Batch::new(place, 0)));
    assert_eq!(head(&*two.other, place), 1);
    let batch = Batch { place, head: 1, next: u64::MAX - 1, writes: Vec::new() };
    assert!(commit(&*two.other, batch));
    assert_eq!(head(&*two.one, place), u64::MAX - 1);
    assert!(!commit(&*two.one, Batch::new(place, 0)));
    assert!(!commit(&*two.one, Batch::new(place, 1)));
    assert!(commit(&*two.one, Batch::new(place, u64::MAX - 1)));
    assert_eq!(head(&*two.other, place), u64::MAX);
}

pub(crate) fn a_stale_batch_leaves_nothing(two: &Two) {
    let place = *b"stal";
    write(&*two.one, place, &[(key(place, b"kept"), b"1".to_vec())]);
    for stale in [0, 2, u64::MAX - 1] {
        let mut batch = Batch::new(place, stale);
        batch.insert(key(place, b"new"), b"2".to_vec());
        batch.insert(key(place, b"kept"), b"2".to_vec());
        assert!(!commit(&*two.other, batch));
        let mut batch = Batch::new(place, stale);
        batch.remove(key(place, b"kept"));
        assert!(!commit(&*two.other, batch));
    }
    let found = two.one.range(Range::of(&place)).expect("it answers");
    assert_eq!(found, [(place.to_vec(), 1u64.to_be_bytes().to_vec()), (key(place, b"kept"), b"1".to_vec())]);
    // A place that has nothing has nothing to go on from.
    assert!(!commit(&*two.one, Batch::new(*b"none", 1)));
    assert_eq!(two.one.range(Range::of(b"none")).expect("it answers"), []);
}

pub(crate) fn a_head_may_stay_while_a_backup_is_restored(two: &Two) {
    let place = *b"rest";
    write(&*two.one, place, &[(key(place, b"1"), b"1".to_vec())]);
    let mut batch = Batch { place, head: 1, next: 1, writes: Vec::new() };
    batch.insert(key(place, b"2"), b"2".to_vec());
    batch.remove(key(place, b"1"));
    assert!(commit(&*two.other, batch.clone()));
    assert_eq!(head(&*two.one, place), 1);
    let found = two.one.range(Range::between(key(place, &[0]), after(&place))).expect("it answers");
    assert_eq!(found, [(key(place, b"2"), b"2".to_vec())]);
    let stale = Batch { head: 2, next: 2, ..batch };
    assert!(!commit(&*two.other, stale));
}

pub(crate) fn a_head_that_is_not_yet_there_may_stay_too(two: &Two) {
    let place = *b"zero";
    let mut batch = Batch { place, head: 0, next: 0, writes: Vec::new() };
    batch.insert(key(place, b"1"), b"1".to_vec());
    assert!(commit(&*two.one, batch.clone()));
    assert!(commit(&*two.other, batch.clone()));
    assert_eq!(two.one.range(Range::of(&place)).expect("it answers"), [(key(place, b"1"), b"1".to_vec())]);
    write(&*two.one, place, &[]);
    assert_eq!(head(&*two.other, place), 1);
    assert!(!commit(&*two.one, batch));
}

pub(crate) fn stale_batches_spare_the_others(two: &Two) {
    let place = |at: u32| (0x6d_00_00_00 + at).to_be_bytes();
    let batches = |head: &dyn Fn(u32) -> u64| -> Vec<Batch> {
        let batch = |at| {
            let mut batch = Batch::new(place(at), head(at));
            batch.insert(key(place(at), b"head"), head(at).to_be_bytes());
            batch
        };
        (0..40).map(batch).collect()
    };
    assert!(two.one.commit(batches(&|_| 0)).expect("it answers").iter().all(|&written| written));
    let written = two.other.commit(batches(&|at| u64::from(at % 3 == 0))).expect("it answers");
    for (at, written) in (0..).zip(written) {
        assert_eq!(written, at % 3 == 0);
        let now = u64::from(at % 3 == 0);
        assert_eq!(number(&*two.one, key(place(at), b"head")), now);
        assert_eq!(head(&*two.one, place(at)), now + 1);
    }
    assert_eq!(two.one.commit(Vec::new()).expect("it answers"), Vec::<bool>::new());
}

pub(crate) fn counting_from_two_sides_loses_nothing(two: &Two) {
    let (place, rounds) = (*b"coun", 25);
    let counter = key(place, b"counter");
    let count = |engine: &dyn Engine| {
        for _ in 0..rounds {
            loop {
                let asked = [Query::Key(head_key(place)), Query::Key(counter.clone())];
                let answers = engine.read(&asked).expect("it answers");
                let read = |at: usize| {
                    answers[at].first().map_or(0, |(_, value)| read_head(value).expect("8 bytes"))
                };
                let mut batch = Batch::new(place, read(0));
                batch.insert(counter.clone(), (read(1) + 1).to_be_bytes());
                if commit(engine, batch) {
                    break;
                }
            }
        }
    };
    thread::scope(|scope| {
        for engine in [&two.one, &two.other, &two.one, &two.other] {
            scope.spawn(|| count(&**engine));
        }
    });
    assert_eq!(number(&*two.one, counter), 4 * rounds);
    assert_eq!(head(&*two.other, place), 4 * rounds);
}

pub(crate) fn beginning_a_place_from_two_sides_happens_once(two: &Two) {
    for at in 0u32..20 {
        let place = (0x6e_00_00_00 + at).to_be_bytes();
        let begin = |engine: &dyn Engine, who: u8| {
            let mut batch = Batch::new(place, 0);
            batch.insert(key(place, b"who"), vec![who]);
            commit(engine, batch)
        };
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| begin(&*two.one, 1));
            let other = begin(&*two.other, 2);
            (one.join().expect("it answers"), other)
        });
        assert!(one ^ other);
        let who = two.one.get(key(place, b"who")).expect("it answers");
        assert_eq!(who, Some(vec![if one { 1 } else { 2 }]));
    }
}

pub(crate) fn places_are_written_at_once(two: &Two) {
    let fill = |engine: &dyn Engine, place: Place| {
        for head in 0..30 {
            assert!(commit(engine, Batch::new(place, head)));
        }
    };
    thread::scope(|scope| {
        for (at, engine) in [&two.one, &two.other, &two.one, &two.other].into_iter().enumerate() {
            let place = [b'o', b'n', b'c', u8::try_from(at).expect("it is small")];
            scope.spawn(move || fill(&**engine, place));
        }
    });
}

pub(crate) fn answers_are_of_one_moment(two: &Two) {
    let (place, last) = (*b"mome", 150);
    thread::scope(|scope| {
        scope.spawn(|| {
            for now in 0..last {
                let mut batch = Batch::new(place, now);
                batch.insert(key(place, b"a"), (now + 1).to_be_bytes());
                batch.insert(key(place, b"z"), (now + 1).to_be_bytes());
                // This one is there at every other moment.
                if now % 2 == 0 {
                    batch.insert(key(place, b"m"), []);
                } else {
                    batch.remove(key(place, b"m"));
                }
                assert!(commit(&*two.one, batch));
            }
        });
        let queries = [
            Query::Key(key(place, b"a")),
            Query::Range(Range::of(&place).backwards().pairs(1)),
            Query::Range(Range::of(&place).bytes(1_000_000)),
            Query::Key(head_key(place)),
        ];
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let answers = two.other.read(&queries).expect("it answers");
            let first =
                |at: usize| answers[at].first().map_or(0, |(_, value)| read_head(value).expect("8 bytes"));
            let now = first(3);
            assert_eq!([first(0), first(1), first(2)], [now; 3]);
            let middle = usize::from(now % 2 == 1);
            assert_eq!(answers[2].len(), if now == 0 { 0 } else { 3 + middle });
            if now == last {
                return;
            }
        }
        panic!("the writer stopped");
    });
}

pub(crate) fn a_watcher_hears_of_the_other(two: &Two) {
    // Both sides of an engine that a process has to itself are one, and hear nothing.
    if std::sync::Arc::ptr_eq(&two.one, &two.other) {
        return;
    }
    let place = *b"watc";
    let (tell, told) = channel();
    let tell = std::sync::Mutex::new(tell);
    two.one.watch(Box::new(move |moved| {
        let _ = tell.lock().expect("no watcher panicked").send(moved.to_vec());
    }));
    for _ in 0..3 {
        write(&*two.other, place, &[]);
        let begun = Instant::now();
        loop {
            let moved = told.recv_timeout(TOLD.saturating_sub(begun.elapsed())).expect("it is told in time");
            if moved.contains(&place) {
                break;
            }
        }
    }
}

pub(crate) fn large_values_come_back(two: &Two) {
    let place = *b"larg";
    let value = |seed: u8| -> Vec<u8> {
        let mut state = u32::from(seed) + 1;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..2 << 20).map(next).collect()
    };
    let pairs: Vec<_> = (0..8).map(|at| (key(place, &[at]), value(at))).collect();
    write(&*two.one, place, &pairs);
    assert!(two.other.range(Range::between(key(place, &[0]), after(&place))).expect("it answers") == pairs);
    let range = Range::of(&place).backwards().bytes(3 << 20);
    let found = two.other.range(range).expect("it answers");
    assert!(found == [pairs[7].clone(), pairs[6].clone()]);
}

pub(crate) fn many_small_values_come_back(two: &Two) {
    let place = *b"many";
    let pairs: Vec<_> = (0u32..20_000)
        .map(|at| (key(place, &at.to_be_bytes()), at.to_le_bytes().repeat(at as usize % 10)))
        .collect();
    write(&*two.one, place, &pairs);
    assert!(two.other.range(Range::between(key(place, &[0]), after(&place))).expect("it answers") == pairs);

    let mut batch = Batch::new(place, 1);
    for (at, (key, _)) in pairs.iter().enumerate() {
        match at % 3 {
            0 => batch.remove(key.clone()),
            1 => batch.insert(key.clone(), b"new".to_vec()),
            _ => {}
        }
    }
    assert!(commit(&*two.other, batch));
    let queries: Vec<_> = pairs.iter().map(|(key, _)| Query::Key(key.clone())).collect();
    let answers = two.one.read(&queries).expect("it answers");
    for (at, (answer, pair)) in answers.into_iter().zip(pairs).enumerate() {
        match at % 3 {
            0 => assert_eq!(answer, []),
            1 => assert_eq!(answer, [(pair.0, b"new".to_vec())]),
            _ => assert_eq!(answer, [pair]),
        }
    }
}

pub(crate) fn calls_are_made_on_any_thread(two: &Two) {
    let place = *b"thre";
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let one = std::sync::Arc::clone(&two.one);
    let blocking = async move { tokio::task::spawn_blocking(move || write(&*one, place, &[])).await };
    runtime.block_on(blocking).expect("it is written");
    rayon::scope(|scope| scope.spawn(|_| write(&*two.other, place, &[])));
    // Not as it should be called, and yet no reason to panic.
    runtime.block_on(async { write(&*two.one, place, &[]) });
    assert_eq!(head(&*two.one, place), 3);
}

pub(crate) fn a_closed_engine_answers_nothing(two: &Two) {
    let place = *b"clos";
    write(&*two.one, place, &[(key(place, b"1"), b"1".to_vec())]);
    two.one.close().expect("it closes");
    assert!(two.one.read(&[Query::Key(head_key(place))]).is_err());
    assert!(two.one.read(&[]).is_err());
    assert!(two.one.commit(vec![Batch::new(place, 1)]).is_err());
    assert!(two.one.commit(Vec::new()).is_err());
    if !std::sync::Arc::ptr_eq(&two.one, &two.other) {
        assert_eq!(head(&*two.other, place), 1);
    }
}
