//! PostgreSQL stopped, killed, full, held up or set to read only.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use soho::engine::postgres::PostgresEngine;
use soho::engine::{Batch, Engine, Query, Range, StoreError, head_key};
use soho_tests::disk::SmallDisk;
use soho_tests::postgres::{Postgres, Stop};

use super::{database, open};
use crate::contract::{head, write};

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn key(place: [u8; 4], rest: &[u8]) -> Vec<u8> {
    [&place[..], rest].concat()
}

fn said(error: &StoreError) -> String {
    assert!(matches!(error, StoreError::Io(_)), "{error:?}");
    error.to_string()
}

#[test]
fn a_restart_between_calls_is_no_error() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let engine = open(&cluster.address("postgres"));
    let place = |at: u32| at.to_be_bytes();
    // Several connections, all of which the restart cuts.
    let begin = || (0..12).map(|at| Batch::new(place(at), head(&*engine, place(at)))).collect::<Vec<_>>();
    assert_eq!(engine.commit(begin()).expect("it is written"), [true; 12]);
    for stop in [Stop::Fast, Stop::Immediate] {
        cluster.stop(stop).expect("it stops");
        let reading = said(&engine.read(&[Query::Key(head_key(place(0)))]).expect_err("nobody answers"));
        let writing = said(&engine.commit(vec![Batch::new(place(0), 1)]).expect_err("nobody answers"));
        assert!(reading.contains("try again") && writing.contains("try again"), "{reading} {writing}");
        cluster.again(&[]).expect("it starts");
        let next = begin();
        assert!(next.iter().all(|batch| batch.head > 0));
        assert_eq!(engine.commit(next).expect("it is written"), [true; 12]);
        // Not asked in between: what is cut while nobody looks is no error either.
        cluster.stop(stop).expect("it stops");
        cluster.again(&[]).expect("it starts");
        assert_eq!(engine.commit(begin()).expect("it is written"), [true; 12]);
    }
    assert_eq!(head(&*engine, place(11)), 5);
}

#[test]
fn what_was_acknowledged_outlives_a_crash() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let engine = open(&cluster.address("postgres"));
    for round in 0..3u8 {
        let (going, acknowledged) = (AtomicBool::new(true), [const { AtomicU64::new(0) }; 4]);
        thread::scope(|scope| {
            for (at, acknowledged) in (0u8..).zip(&acknowledged) {
                let (engine, going) = (&engine, &going);
                scope.spawn(move || {
                    let place = [round, 0, 0, at];
                    for now in 0.. {
                        let mut batch = Batch::new(place, now);
                        for rest in 0u8..20 {
                            batch.insert(key(place, &[rest]), (now + 1).to_be_bytes().repeat(200));
                        }
                        match engine.commit(vec![batch]) {
                            Ok(written) => assert_eq!(written, [true]),
                            Err(_) => return,
                        }
                        acknowledged.store(now + 1, Ordering::SeqCst);
                        if !going.load(Ordering::SeqCst) {
                            return;
                        }
                    }
                });
            }
            until("commits", || acknowledged.iter().all(|count| count.load(Ordering::SeqCst) > 5));
            cluster.stop(Stop::Immediate).expect("it stops");
            going.store(false, Ordering::SeqCst);
        });
        cluster.again(&[]).expect("it starts");
        for (at, acknowledged) in (0u8..).zip(&acknowledged) {
            let place = [round, 0, 0, at];
            let (now, least) = (head(&*engine, place), acknowledged.load(Ordering::SeqCst));
            // The one that was under way may be there, or not.
            assert!(now == least || now == least + 1, "{now} where {least} were acknowledged");
            for rest in 0u8..20 {
                let value = engine.get(key(place, &[rest])).expect("it answers").expect("it is there");
                assert!(value == now.to_be_bytes().repeat(200));
            }
        }
    }
}

#[test]
fn a_commit_that_waits_for_a_standby_is_not_confirmed() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let address = cluster.address("postgres");
    let engine = PostgresEngine::open_within(&address, Duration::from_secs(2)).expect("it opens");
    let engine: Arc<dyn Engine> = Arc::new(engine);
    write(&*engine, *b"held", &[(key(*b"held", b"1"), b"old".to_vec())]);
    let standby = |name: &str| {
        let set = format!("alter system set synchronous_standby_names = '{name}'");
        cluster.say("postgres", &set).expect("it is set");
        cluster.say("postgres", "select pg_reload_conf()").expect("it is read");
    };
    standby("gone");
    until("the setting", || {
        cluster.say("postgres", "show synchronous_standby_names").expect("it answers") == "gone\n"
    });
    let mut batch = Batch::new(*b"held", 1);
    batch.insert(key(*b"held", b"1"), b"new".to_vec());
    let mut batches: Vec<_> = (0u32..20).map(|at| Batch::new(at.to_be_bytes(), 0)).collect();
    batches.push(batch);
    // Long enough for some of them to wait for the standby, and for the others to wait for these.
    let error = said(&engine.commit(batches).expect_err("nobody confirms"));
    assert!(error.contains("not confirmed"), "{error}");
    // Reading goes on, and nothing shows that could yet be lost.
    assert_eq!(engine.get(key(*b"held", b"1")).expect("it answers"), Some(b"old".to_vec()));
    // Writing where one still waits is refused, in words.
    let again = said(&engine.commit(vec![Batch::new(*b"held", 1)]).expect_err("it waits"));
    assert!(again.contains("too long") || again.contains("not confirmed"), "{again}");

    standby("");
    // Whatever was sent is there, and the connections are free again.
    let place = |at: u32| at.to_be_bytes();
    let written = |at: u32| head(&*engine, place(at));
    until("the first commits", || (0..20).filter(|&at| written(at) == 1).count() >= 8);
    thread::sleep(Duration::from_millis(200));
    let next: Vec<_> = (0..20).map(|at| Batch::new(place(at), written(at))).collect();
    assert_eq!(engine.commit(next).expect("it is written"), [true; 20]);
}

#[test]
fn places_do_not_wait_for_each_other() {
    let cluster = super::cluster();
    let name = database(&cluster);
    let engine = open(&cluster.address(&name));
    write(&*engine, *b"held", &[]);
    let held = u32::from_be_bytes(*b"held");
    let hold =
        format!("begin; update soho set value = value where place = {held}; select pg_sleep(2); commit");
    thread::scope(|scope| {
        let holding = scope.spawn(|| cluster.say(&name, &hold).expect("it is held"));
        let locked = "select count(*) from pg_stat_activity where query like '%pg_sleep%' and wait_event = 'PgSleep' \
                      and datname = current_database()";
        until("the row is locked", || cluster.say(&name, locked).expect("it answers") == "1\n");
        let begun = Instant::now();
        for head in 0..20 {
            let written = engine.commit(vec![Batch::new(*b"free", head)]);
            assert_eq!(written.expect("it is written"), [true]);
        }
        // Reading waits for nobody either.
        assert_eq!(head(&*engine, *b"held"), 1);
        assert!(!holding.is_finished(), "{:?}", begun.elapsed());
        // Together they take as long as the one that waits; its head still stands.
        let both = vec![Batch::new(*b"held", 1), Batch::new(*b"free", 20)];
        assert_eq!(engine.commit(both).expect("it is written"), [true, true]);
        assert!(begun.elapsed() > Duration::from_secs(1));
    });
}

#[test]
fn a_question_that_takes_too_long_is_stopped() {
    let cluster = super::cluster();
    let name = database(&cluster);
    let limit = Duration::from_millis(600);
    let engine = PostgresEngine::open_within(&cluster.address(&name), limit).expect("it opens");
    let engine: Arc<dyn Engine> = Arc::new(engine);
    let count = |what: &str| {
        let asked =
            format!("select count(*) from pg_stat_activity where datname = current_database() and {what}");
        cluster.say(&name, &asked).expect("it answers")
    };
    thread::scope(|scope| {
        let hold = "begin; lock table soho; select pg_sleep(4); commit";
        let holding = scope.spawn(|| cluster.say(&name, hold).expect("it is held"));
        until("the table is locked", || count("wait_event = 'PgSleep'") == "1\n");
        let read = said(&engine.read(&[Query::Key(head_key(*b"held"))]).expect_err("it waits"));
        let write = said(&engine.commit(vec![Batch::new(*b"held", 0)]).expect_err("it waits"));
        assert!(read.contains("too long") && write.contains("too long"), "{read} {write}");
        until("nobody waits any more", || count("wait_event_type = 'Lock'") == "0\n");
        assert!(!holding.is_finished());
    });
    assert_eq!(head(&*engine, *b"held"), 0);
}

#[test]
fn a_watcher_outlives_an_outage() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let [engine, other] = [(); 2].map(|()| open(&cluster.address("postgres")));
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    engine.watch(Box::new(move |moved| {
        let _ = tell.lock().expect("no watcher panicked").send(moved.to_vec());
    }));
    cluster.stop(Stop::Fast).expect("it stops");
    thread::sleep(Duration::from_millis(1200));
    cluster.again(&[]).expect("it starts");
    write(&*other, *b"watc", &[]);
    assert_eq!(told.recv_timeout(Duration::from_secs(10)).expect("it is told"), [*b"watc"]);
}

#[test]
fn a_full_disk_is_said_to_be_full() {
    let Some(disk) = SmallDisk::new(64) else { return };
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let owner = fs::metadata(cluster.socket()).expect("it is there").uid();
    chown(disk.path(), Some(owner), None).expect("root may do that");
    let tablespace = format!("create tablespace small location '{}'", disk.path().display());
    cluster.say("postgres", &tablespace).expect("it is made");
    cluster.say("postgres", "create database full_one tablespace small").expect("it is made");
    let engine = open(&cluster.address("full_one"));
    let batch = |now| {
        let mut batch = Batch::new(*b"full", now);
        let mut state = 7u32;
        let mut next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for at in 0u8..8 {
            batch.insert(
                key(*b"full", &[u8::try_from(now).expect("few"), at]),
                (0..1 << 20).map(&mut next).collect::<Vec<_>>(),
            );
        }
        batch
    };
    let mut now = 0;
    let error = loop {
        match engine.commit(vec![batch(now)]) {
            Ok(written) => assert_eq!(written, [true]),
            Err(error) => break error,
        }
        now += 1;
        assert!(now < 20, "the disk does not fill");
    };
    assert!(matches!(error, StoreError::Full), "{error:?}");
    assert_eq!(head(&*engine, *b"full"), now);
    assert!(engine.get(key(*b"full", &[u8::try_from(now).expect("few"), 0])).expect("it answers").is_none());
    drop(engine);
    cluster.say("postgres", "drop database full_one with (force)").expect("it goes");
    cluster.say("postgres", "drop tablespace small").expect("it goes");
}

#[test]
fn what_is_refused_in_the_middle_leaves_nothing() {
    let cluster = super::cluster();
    let name = database(&cluster);
    let engine = open(&cluster.address(&name));
    let place = *b"midd";
    write(&*engine, place, &[(key(place, b"never goes"), vec![1]), (key(place, b"kept"), vec![1])]);
    let refuse = "create function refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$;
        create trigger inserting before insert on soho for each row when (new.key = 'refused') execute function refuse();
        create trigger deleting before delete on soho for each row when (old.key = 'never goes')
            execute function refuse()";
    cluster.say(&name, refuse).expect("it is made");
    let small = (key(place, b"kept"), vec![2]);
    let large = (key(place, b"large"), vec![2; 9 << 20]);
    for refused in [key(place, b"refused"), key(place, b"never goes")] {
        for (rest, value) in [small.clone(), large.clone()] {
            let mut batch = Batch::new(place, 1);
            batch.insert(rest, value);
            if refused.ends_with(b"refused") {
                batch.insert(refused.clone(), [2]);
            } else {
                batch.remove(refused.clone());
            }
            // Another place goes its own way.
            let aside = Batch::new(*b"side", head(&*engine, *b"side"));
            let error = said(&engine.commit(vec![batch, aside]).expect_err("it is refused"));
            assert!(error.contains("not this one") && !error.contains("confirmed"), "{error}");
            let found = engine.range(Range::of(&place).backwards()).expect("it answers");
            assert_eq!(
                found[1..],
                [(key(place, b"kept"), vec![1]), (place.to_vec(), 1u64.to_be_bytes().to_vec())]
            );
        }
    }
    assert_eq!(head(&*engine, *b"side"), 4);
    assert!(engine.commit(vec![Batch::new(place, 1)]).expect("it is written")[0]);
}

#[test]
fn what_is_not_allowed_is_said() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let engine = open(&cluster.address("postgres"));
    write(&*engine, *b"kept", &[]);
    cluster.say("postgres", "create role reader login; grant select on soho to reader").expect("it is made");
    let reader = open(&cluster.address("postgres").replace("user=soho", "user=reader"));
    assert_eq!(head(&*reader, *b"kept"), 1);
    let refused = said(&reader.commit(vec![Batch::new(*b"kept", 1)]).expect_err("it may not"));
    assert!(refused.contains("grant"), "{refused}");

    cluster.say("postgres", "alter role soho set default_transaction_read_only = on").expect("it is set");
    let only = open(&cluster.address("postgres"));
    assert_eq!(head(&*only, *b"kept"), 1);
    let refused = said(&only.commit(vec![Batch::new(*b"kept", 1)]).expect_err("it may not"));
    assert!(refused.contains("primary"), "{refused}");
    assert_eq!(head(&*engine, *b"kept"), 1);
}

#[test]
fn a_database_that_would_acknowledge_early_does_not() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    let lax = "alter role soho set synchronous_commit = off; alter role soho set default_transaction_isolation = serializable";
    cluster.say("postgres", lax).expect("it is set");
    let engine = open(&cluster.address("postgres"));
    for now in 0..20 {
        write(&*engine, *b"lax!", &[(key(*b"lax!", &[now]), vec![now])]);
        // On disk: not before the writer of the log comes round, a fifth of a second later.
        let behind = "select pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()";
        assert_eq!(cluster.say("postgres", behind).expect("it answers"), "f\n");
    }
}
