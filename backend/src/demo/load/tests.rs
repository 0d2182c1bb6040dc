use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::record::Round;
use soho_shared::report::By;

use super::*;
use crate::register::Register;

fn demo() -> Demo {
    Demo { seed: 3, households: 12_000, until: super::super::last() }
}

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
    let plan = Plan::new(demo().seed, demo().households).unwrap();
    Mark::new(demo(), false).write(store.as_ref()).await.unwrap();
    let whole: Vec<_> = households(demo().seed, &plan.communes[0]).collect();
    let part: Vec<_> = households(demo().seed, &plan.communes[1]).take(20).collect();
    push(&store, whole.clone()).await;
    push(&store, part).await;

    let loaded = run(Arc::clone(&store), demo()).await.unwrap();
    assert_eq!(loaded.new, 12_000 - whole.len() as u64 - 20);
    let again = run(Arc::clone(&store), demo()).await.unwrap();
    assert_eq!(again.new, 0);
    assert!(
        again.to_string().starts_with("All 12000 synthetic households (seed 3) were there already."),
        "{again}"
    );

    let province = AreaCode::Province(PROVINCE.code);
    let statistics = store.statistics(province, Round::CENSUS_2010, By::District).unwrap();
    assert_eq!((statistics.total.households, statistics.total.poor), (12_000, 1_866));
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
}

#[tokio::test]
async fn never_mixed_with_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    assert!(!super::super::is_synthetic(store.as_ref()).await.unwrap());
    let too_small = run(Arc::clone(&store), Demo { households: 3, ..demo() }).await;
    assert!(matches!(too_small, Err(DemoError::Size(3))));

    let plan = Plan::new(demo().seed, demo().households).unwrap();
    push(&store, households(9, &plan.communes[7]).take(1).collect()).await;
    assert!(matches!(run(Arc::clone(&store), demo()).await, Err(DemoError::RealRecords)));

    Mark::new(demo(), false).write(store.as_ref()).await.unwrap();
    assert!(super::super::is_synthetic(store.as_ref()).await.unwrap());
    let other = run(Arc::clone(&store), Demo { seed: 4, ..demo() }).await.unwrap_err();
    assert!(other.to_string().contains("--households 12000 --until 2015 --seed 3"), "{other}");
    store.close().await.unwrap();

    // The mark is on disk.
    drop(store);
    assert!(super::super::is_synthetic(open(&dir).as_ref()).await.unwrap());
}

#[tokio::test]
async fn a_demonstration_ends_with_the_round_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let [census, later] = [Round::CENSUS_2010, Round::new(2011).unwrap()];
    let too_late = run(Arc::clone(&store), Demo { until: Round::new(2016).unwrap(), ..demo() }).await;
    assert!(too_late.unwrap_err().to_string().contains("2010 to 2015"));
    let demo = Demo { until: census, ..demo() };
    assert_eq!(run(Arc::clone(&store), demo).await.unwrap().new, 12_000);
    let poor = |round| {
        let figures = store.movement(AreaCode::Province(PROVINCE.code), round, By::District);
        let poor = figures.unwrap().total.poor;
        (poor.start, poor.pending, poor.end)
    };
    assert_eq!((poor(census), poor(later)), ((0, 0, 1_866), (1_866, 1_866, 0)));
    assert_eq!(run(Arc::clone(&store), demo).await.unwrap().new, 0);
    let other = run(Arc::clone(&store), Demo { until: later, ..demo }).await.unwrap_err();
    assert!(other.to_string().contains("--until 2010"), "{other}");
    store.close().await.unwrap();
}
