use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::record::Round;
use soho_shared::report::By;

use super::*;
use crate::register::Register;

const DEMO: Demo = Demo { seed: 3, households: 12_000 };

fn open(dir: &tempfile::TempDir) -> Arc<Register> {
    Arc::new(Register::open(dir.path()).unwrap())
}

async fn push(store: &Arc<Register>, operations: Vec<Operation>) {
    assert_eq!(send(store.as_ref(), operations.clone()).await.unwrap().1, operations.len() as u64);
}

#[tokio::test]
async fn a_load_that_was_cut_short_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    // One commune is complete and one begun, as if killed between two pushes.
    let plan = Plan::new(DEMO.seed, DEMO.households).unwrap();
    Mark::new(DEMO, false).write(store.as_ref()).await.unwrap();
    let whole: Vec<_> = households(DEMO.seed, &plan.communes[0]).collect();
    let part: Vec<_> = households(DEMO.seed, &plan.communes[1]).take(20).collect();
    push(&store, whole.clone()).await;
    push(&store, part).await;

    let loaded = run(Arc::clone(&store), DEMO).await.unwrap();
    assert_eq!(loaded.new, 12_000 - whole.len() as u64 - 20);
    let again = run(Arc::clone(&store), DEMO).await.unwrap();
    assert_eq!(again.new, 0);
    assert!(
        again.to_string().starts_with("All 12000 synthetic households (seed 3) were there already."),
        "{again}"
    );

    let province = AreaCode::Province(PROVINCE.code);
    let statistics = store.statistics(province, Round::CENSUS_2010, By::District).await.unwrap();
    assert_eq!((statistics.total.households, statistics.total.poor), (12_000, 1_866));
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
}

#[tokio::test]
async fn never_mixed_with_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    assert!(!super::super::is_synthetic(store.as_ref()).await.unwrap());
    let too_small = run(Arc::clone(&store), Demo { households: 3, ..DEMO }).await;
    assert!(matches!(too_small, Err(DemoError::Size(3))));

    let plan = Plan::new(DEMO.seed, DEMO.households).unwrap();
    push(&store, households(9, &plan.communes[7]).take(1).collect()).await;
    assert!(matches!(run(Arc::clone(&store), DEMO).await, Err(DemoError::RealRecords)));

    Mark::new(DEMO, false).write(store.as_ref()).await.unwrap();
    assert!(super::super::is_synthetic(store.as_ref()).await.unwrap());
    let other = run(Arc::clone(&store), Demo { seed: 4, ..DEMO }).await.unwrap_err();
    assert!(other.to_string().contains("--households 12000 --seed 3"), "{other}");
    store.close().await.unwrap();

    // The mark is on disk.
    drop(store);
    assert!(super::super::is_synthetic(open(&dir).as_ref()).await.unwrap());
}
