//! A register that another law or rule opens is assessed anew. The only test of this file: the second law is in force
//! in the whole process.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

use soho::backup;
use soho::engine::Location;
use soho::register::{Register, restore};
use soho_shared::area::UnitCode;
use soho_shared::law;
use soho_shared::record::Round;
use soho_shared::report::By;

/// A backup of a demonstration of 200 households.
const BACKUP: &[u8] = include_bytes!("../src/register/upgrade/format7.backup");

/// Households, poor ones, and how far the changes of a commune go; verified first.
async fn figures(path: &Path) -> (i64, i64, u64) {
    let register = Register::open(path).unwrap();
    let found = register.verify().await.unwrap();
    assert!(found.is_clean(), "{:?}", found.problems);
    let figures = register.statistics("83".parse().unwrap(), Round::CENSUS_2010, By::Commune).unwrap();
    let changes = register.changes("29173".parse::<UnitCode>().unwrap(), 0, 10).await.unwrap();
    register.close().await.unwrap();
    (figures.total.households, figures.total.poor, changes.reached)
}

#[tokio::test]
async fn under_another_law_every_record_is_assessed_anew() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::write(path("old"), BACKUP).unwrap();
    restore(&path("data"), &path("old"), 0).unwrap();
    let first = figures(&path("data")).await;
    backup::take(&Location::Directory(path("data")), &path("backup"), None).unwrap();
    law::second::put_in_force(true);
    let second = figures(&path("data")).await;
    restore(&path("restored"), &path("backup"), 0).unwrap();
    let restored = figures(&path("restored")).await;
    law::second::put_in_force(false);
    assert!(second.1 > first.1, "{first:?}, {second:?}");
    // Nothing else moves: no change numbers, so that no tablet fetches anything anew.
    assert_eq!((first.0, first.2), (second.0, second.2));
    assert_eq!(restored, second);
    assert_eq!(figures(&path("data")).await, first);
}
