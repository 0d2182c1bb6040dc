//! What the engine costs over bare statements, in one run:
//! `cargo test -p soho --features postgres --test engine -- --ignored --nocapture rate`

use std::thread;
use std::time::{Duration, Instant};

use soho::engine::{Batch, Engine};
use tokio_postgres::NoTls;

use super::{cluster, database, open};
use crate::contract::head;

const ROWS: u32 = 500;
const BYTES: usize = 367;
const BATCHES: usize = 200;
const SIDES: [usize; 2] = [1, 8];

const TABLE: &str =
    "create table bare (place int4, key bytea, value bytea not null, primary key (place, key))";
const UPSERT: &str = "insert into bare select $1, k, v from unnest($2::bytea[], $3::bytea[]) t (k, v)
    on conflict (place, key) do update set value = excluded.value";

/// Keys and values of a batch; half of them are new, half written before.
fn rows(batch: usize) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let first = u32::try_from(batch).expect("few") * ROWS / 2;
    (first..first + ROWS).map(|at| {
        let mut state = at;
        let mut next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (at.wrapping_mul(2_654_435_761).to_be_bytes().repeat(4), (0..BYTES).map(&mut next).collect())
    })
}

fn place(side: usize) -> [u8; 4] {
    [b's', b'i', b'd', u8::try_from(side).expect("few")]
}

fn by_engine(engine: &dyn Engine, side: usize, batch: usize) -> Duration {
    let place = place(side);
    let mut made = Batch::new(place, head(engine, place));
    for (key, value) in rows(batch) {
        made.insert([&place[..], &key].concat(), value);
    }
    let begun = Instant::now();
    assert_eq!(engine.commit(vec![made]).expect("it is written"), [true]);
    begun.elapsed()
}

/// A connection of its own with a prepared statement and no head.
struct Bare {
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
    upsert: tokio_postgres::Statement,
}

impl Bare {
    fn open(address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("it starts");
        let (client, upsert) = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("it connects");
            tokio::spawn(connection);
            let upsert = client.prepare(UPSERT).await.expect("it is prepared");
            (client, upsert)
        });
        Bare { runtime, client, upsert }
    }

    fn write(&self, side: usize, batch: usize) -> Duration {
        let place = i32::from_be_bytes(place(side));
        let (keys, values): (Vec<_>, Vec<_>) = rows(batch).unzip();
        let begun = Instant::now();
        let written = self.runtime.block_on(self.client.execute(&self.upsert, &[&place, &keys, &values]));
        assert_eq!(written.expect("it is written"), u64::from(ROWS));
        begun.elapsed()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
#[ignore = "a measurement"]
fn of_batches_beside_bare_statements() {
    for sides in SIDES {
        let cluster = cluster();
        let name = database(&cluster);
        let address = cluster.address(&name);
        let engine = open(&address);
        cluster.say(&name, TABLE).expect("it is made");
        // In turn, so that what else the machine does falls on both.
        let times: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = (0..sides)
                .map(|side| {
                    let (engine, address) = (&engine, &address);
                    scope.spawn(move || {
                        let bare = Bare::open(address);
                        let times =
                            (0..BATCHES).map(|at| (by_engine(&**engine, side, at), bare.write(side, at)));
                        times.collect::<Vec<_>>()
                    })
                })
                .collect();
            started.into_iter().flat_map(|side| side.join().expect("it writes")).collect()
        });
        let (ours, bare): (Vec<_>, Vec<_>) = times.into_iter().unzip();
        let (ours, bare) = (median(ours), median(bare));
        let ratio = ours.as_secs_f64() / bare.as_secs_f64();
        println!("{sides} at once: engine {ours:?}, bare {bare:?} a batch of {ROWS} rows: {ratio:.2}");
    }
}
