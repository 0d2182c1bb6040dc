//! A register copied from one place to another is the same register.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

use soho::accounts::{AccountService, Lifetimes, Passwords, Secret};
use soho::engine::Location;
use soho::people::{ItemKind, Key};
use soho::register::{Register, RestoreError, migrate, restore};
use soho::{backup, register};

/// A backup of a demonstration of 200 households, with accounts.
const BACKUP: &[u8] = include_bytes!("../src/register/upgrade/format7.backup");

/// A register with accounts, sessions' codes, records and a secret; returns its id and its secret's mark.
async fn begin(at: &Path) -> (uuid::Uuid, [u8; 32]) {
    let file = at.with_extension("backup");
    fs::write(&file, BACKUP).unwrap();
    restore(at, &file, 0).unwrap();
    let store = Register::open(at).unwrap();
    let passwords = Passwords::default();
    let accounts =
        AccountService { store: &store, passwords: &passwords, lifetimes: Lifetimes::default(), now: 0 };
    accounts.enrol(None, &"lan2".parse().unwrap()).await.unwrap();
    let mark = Secret::of(&store).await.unwrap().mark("test", &[]);
    let id = store.id();
    store.close().await.unwrap();
    (id, mark)
}

/// The whole register as one stream.
fn stream(of: &Location) -> Vec<u8> {
    let mut stream = Vec::new();
    register::keep(of, &mut stream).unwrap();
    stream
}

/// Copies a register and expects that nothing has changed.
async fn copy(from: &Location, to: &Location, (id, mark): (uuid::Uuid, [u8; 32])) {
    let before = stream(from);
    let (mut last, mut steps) = (0, 0);
    let contents = migrate(from, to, |done, of| {
        assert!(done > last && done <= of, "{done} of {of}");
        (last, steps) = (done, steps + 1);
    });
    assert_eq!(contents.unwrap().records, 200);
    assert!(steps > 100, "{steps} steps were shown");
    assert!(stream(to) == before && stream(from) == before, "the streams differ");
    let store = Register::at(to).unwrap();
    assert!(store.verify().await.unwrap().is_clean());
    assert_eq!(store.id(), id);
    assert_eq!(Secret::of(&store).await.unwrap().mark("test", &[]), mark);
    let account = Key::Account("lan2".parse().unwrap());
    assert!(store.item(&account).await.unwrap().is_some());
    assert!(!store.items(ItemKind::Enrolment, None).await.unwrap().is_empty());
    store.close().await.unwrap();
    // Opening it has changed nothing either.
    assert!(stream(to) == before, "opening has written");
    let again = migrate(from, to, |_, _| ());
    assert!(matches!(again, Err(RestoreError::NotEmpty(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_directory_to_another() {
    let root = tempfile::tempdir().unwrap();
    let first = begin(&root.path().join("first")).await;
    let [from, to] = ["first", "second"].map(|name| Location::Directory(root.path().join(name)));
    copy(&from, &to, first).await;
    // A backup that is restored is another register.
    backup::take(&to, &root.path().join("backup"), None).unwrap();
    restore(&root.path().join("third"), &root.path().join("backup"), 0).unwrap();
    let third = Register::open(&root.path().join("third")).unwrap();
    assert_ne!(third.id(), first.0);
    assert_ne!(Secret::of(&third).await.unwrap().mark("test", &[]), first.1);
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn from_a_directory_to_a_database_and_back() {
    let root = tempfile::tempdir().unwrap();
    let postgres = soho_tests::postgres::Postgres::start().unwrap();
    postgres.create("register", None).unwrap();
    let host = postgres.socket().display().to_string().replace('/', "%2F");
    let address = format!("postgres://soho@{host}:{}/register", soho_tests::postgres::PORT);
    let database: Location = address.parse().unwrap();
    let first = begin(&root.path().join("first")).await;
    let [from, to] = ["first", "second"].map(|name| Location::Directory(root.path().join(name)));
    copy(&from, &database, first).await;
    copy(&database, &to, first).await;
}
