//! Opening a database, and letting go of it.

use std::thread;

use soho::engine::Batch;
use soho::engine::postgres::PostgresEngine;

use super::{cluster, database, open};
use crate::contract::head;

fn refused(address: &str) -> String {
    PostgresEngine::open(address).err().expect("it is refused").to_string()
}

#[test]
fn many_open_a_new_database_at_once() {
    let cluster = cluster();
    for _ in 0..3 {
        let address = cluster.address(&database(&cluster));
        thread::scope(|scope| {
            for at in 0..6u8 {
                let address = &address;
                scope.spawn(move || {
                    assert_eq!(
                        open(address).commit(vec![Batch::new([at; 4], 0)]).expect("it is written"),
                        [true]
                    );
                });
            }
        });
        assert_eq!(head(&*open(&address), [5; 4]), 1);
    }
}

#[test]
fn another_table_of_that_name_is_refused() {
    let cluster = cluster();
    for table in [
        "create table soho (id int primary key, name text)",
        "create table soho (place int4, key bytea, value bytea)",
        "create table soho (place int4, key bytea, value bytea not null, primary key (key, place))",
        "create table soho (place int8, key bytea, value bytea not null, primary key (place, key))",
        "create table soho (place int4, key bytea, value bytea, more text, primary key (place, key))",
        "create view soho as select 1 as place",
        "create unlogged table soho (place int4, key bytea, value bytea not null, primary key (place, key))",
    ] {
        let name = database(&cluster);
        cluster.say(&name, table).expect("it is made");
        let error = refused(&cluster.address(&name));
        assert!(error.contains("table soho"), "{error}");
        if table.contains("unlogged") {
            assert!(error.contains("set logged"), "{error}");
        }
    }
}

#[test]
fn who_may_not_make_the_table_is_told_how() {
    let cluster = cluster();
    let name = database(&cluster);
    cluster.say(&name, "create role \"guest_of_opening\" login").expect("it is made");
    let error = refused(&cluster.address(&name).replace("user=soho", "user=guest_of_opening"));
    assert!(error.contains("create table soho"), "{error}");
}

#[test]
fn nothing_of_a_password_is_said() {
    let cluster = cluster();
    for address in [
        "host=/nowhere user=soho dbname=soho password=geheim".to_owned(),
        "postgres://soho:geheim@127.0.0.1:1/soho".to_owned(),
        "postgres://soho:geheim@127.0.0.1:1/soho?sslmode=require".to_owned(),
        format!("{} password=geheim", cluster.address("no_such_database")),
        format!("{} password=geheim", cluster.address("postgres").replace("user=soho", "user=nobody")),
    ] {
        let error = refused(&address);
        assert!(!error.contains("geheim"), "{error}");
    }
}

#[test]
fn it_is_dropped_inside_of_a_runtime() {
    let cluster = cluster();
    let address = cluster.address(&database(&cluster));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it starts");
    runtime.block_on(async {
        let engine = tokio::task::spawn_blocking(move || open(&address)).await.expect("it opens");
        engine.watch(Box::new(|_| {}));
        drop(engine);
    });
}
