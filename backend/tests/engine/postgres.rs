//! PostgreSQL, started here on a temporary cluster.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use soho::engine::postgres::PostgresEngine;
use soho_tests::postgres::Postgres;

use crate::Two;

/// The cluster that tests share while one of them needs it; whoever is the last stops it.
static CLUSTER: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

fn cluster() -> Arc<Postgres> {
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    cluster.upgrade().unwrap_or_else(|| {
        let started = Arc::new(Postgres::start().expect("PostgreSQL starts"));
        *cluster = Arc::downgrade(&started);
        started
    })
}

/// A new database, and its address.
fn database(cluster: &Postgres) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
    cluster.create(&name).expect("it is made");
    cluster.address(&name)
}

fn two() -> Two {
    let cluster = cluster();
    let address = database(&cluster);
    let open = || Arc::new(PostgresEngine::open(&address).expect("it opens"));
    Two { one: open(), other: open(), _home: Box::new(cluster) }
}

crate::suite!();
