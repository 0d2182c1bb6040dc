//! PostgreSQL, started here on a temporary cluster.

mod faults;
mod line;
mod opening;
mod plan;
mod pooler;
mod processes;
mod rate;
mod tls;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use soho::engine::Engine;
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

/// Makes a database; returns its name.
fn database(cluster: &Postgres) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
    cluster.create(&name, None).expect("it is made");
    name
}

fn open(address: &str) -> Arc<dyn Engine> {
    Arc::new(PostgresEngine::open(address).expect("it opens"))
}

fn two() -> Two {
    let cluster = cluster();
    let address = cluster.address(&database(&cluster));
    Two { one: open(&address), other: open(&address), _home: Box::new(cluster) }
}

crate::suite!();
