use std::collections::HashSet;

use soho_shared::count::{Measure, Standing, Tally};
use soho_shared::duplicate::{self, Candidate};
use soho_shared::household::Household;
use soho_shared::household::field::RULES;
use soho_shared::household::{Cause, Group};
use soho_shared::record::Doc;
use soho_shared::standard::Class;

use super::super::plan::Plan;
use super::*;

fn doc(operation: &Operation) -> Doc {
    let mut doc = Doc::default();
    for change in &operation.changes {
        doc.write(operation.stamp, change);
    }
    doc
}

/// The real rule, applied to a tenth of the province, counts in each commune what was planned.
#[test]
fn households_come_out_as_planned() {
    let plan = Plan::new(11, 36_000).unwrap();
    let mut ids = HashSet::new();
    for planned in &plan.communes {
        let mut tally = Tally::default();
        for operation in households(11, planned) {
            operation.check(&RULES).unwrap();
            assert_eq!(operation.subject.unit, planned.commune.code);
            assert!(ids.insert(operation.id) && ids.insert(operation.subject.household().unwrap().uuid));
            let standing = Standing::of(&doc(&operation), planned.commune.code, operation.round).unwrap();
            assert!(standing.hamlet >= 1);
            tally += &Tally::from(&standing.counts);
        }
        let n = |n: u64| i64::try_from(n).unwrap();
        let above = planned.households - planned.poor - planned.near_poor - planned.low_income;
        assert_eq!(tally.households(), n(planned.households));
        assert_eq!(
            Class::ALL.map(|class| tally.class(class)),
            [planned.poor, planned.near_poor, planned.low_income, above].map(n)
        );
        assert_eq!(Cause::ALL.map(|cause| tally.get(Measure::of_cause(cause))), planned.causes.map(n));
        assert_eq!(Group::ALL.map(|group| tally.get(Measure::of_group(group))), planned.groups.map(n));
    }
    assert_eq!(ids.len(), 72_000);
}

#[test]
fn records_look_like_a_volunteer_s() {
    let plan = Plan::new(5, 358_966).unwrap();
    let planned = plan.communes.iter().max_by_key(|c| c.poor).unwrap();
    let operations: Vec<_> = households(5, planned).collect();
    let mut fields: Vec<usize> = operations.iter().map(|o| o.changes.len()).collect();
    fields.sort_unstable();
    assert!((9..25).contains(&fields[fields.len() / 2]), "median {}", fields[fields.len() / 2]);
    assert!(*fields.last().unwrap() < 75);

    let (mut listed, mut no_income, mut persons) = (0, 0, 0);
    for operation in &operations {
        let household = Household::read(&doc(operation));
        listed += usize::from(!household.members.is_empty());
        no_income += usize::from(household.no_income);
        persons += usize::from(household.counted_members().unwrap().get());
        let name = household.head_name.unwrap();
        assert!(name.split(' ').count() >= 2, "{name}");
        assert!((1915..=1990).contains(&household.head_birth_year.unwrap()));
        assert!(household.members.values().all(|m| (1880..=2010).contains(&m.birth_year.unwrap())));
        assert!((FIRST_MORNING..FIRST_MORNING + DAYS * DAY).contains(&operation.stamp.millis()));
    }
    let per_household = persons as f64 / operations.len() as f64;
    assert!((3.2..4.2).contains(&per_household), "{per_household}");
    assert!(listed * 10 > operations.len() && no_income < 20, "{listed} {no_income}");
    // A volunteer uses each stamp once.
    let stamps: HashSet<Stamp> = operations.iter().map(|o| o.stamp).collect();
    assert_eq!(stamps.len(), operations.len());
    let hamlets: HashSet<_> = operations.iter().map(|o| o.stamp.actor()).collect();
    assert_eq!(hamlets.len() as u64, (planned.households + 175) / 350);
}

#[test]
fn the_same_seed_gives_the_same_households() {
    let plan = Plan::new(1, 5_000).unwrap();
    let some = |seed| households(seed, &plan.communes[40]).take(5).collect::<Vec<_>>();
    assert_eq!(some(1), some(1));
    assert_ne!(some(1), some(2));
}

/// People share names by chance, as they do in life; that must not flood an officer with pairs.
#[test]
fn few_households_look_alike_by_chance() {
    let plan = Plan::new(1, 358_966).unwrap();
    for planned in plan.communes.iter().step_by(20) {
        let candidates: Vec<_> = households(1, planned)
            .filter_map(|operation| {
                Candidate::read(operation.subject.household()?, &[(operation.round, doc(&operation))])
            })
            .collect();
        let pairs = duplicate::find(&candidates).len();
        assert!(pairs * 80 < candidates.len(), "{}: {pairs} of {}", planned.commune.name, candidates.len());
    }
}
