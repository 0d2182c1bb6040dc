use soho_shared::area::Residence;

use super::*;

fn sum(communes: &[&CommunePlan], of: impl Fn(&CommunePlan) -> u64) -> u64 {
    communes.iter().map(|c| of(c)).sum()
}

/// Checks what holds for a plan of any size.
fn check_whole(plan: &Plan, households: u64) {
    assert_eq!(plan.communes.len(), 164);
    assert_eq!(plan.households(), households);
    for c in &plan.communes {
        assert!(c.households >= 1, "{}", c.commune.name);
        assert!(c.poor + c.near_poor + c.low_income <= c.households, "{c:?}");
        assert_eq!(c.causes.iter().sum::<u64>(), c.poor, "{c:?}");
        assert!(c.groups.iter().all(|g| *g <= c.poor), "{c:?}");
    }
}

/// Numbers of communes over 30 %, from 25 %, from 20 % and under 20 %, and the codes of those over 30 %.
fn bands(plan: &Plan) -> ([usize; 4], Vec<String>) {
    let mut counts = [0; 4];
    let mut over_30 = Vec::new();
    for c in &plan.communes {
        let at_least = |percent: u64| c.poor * 100 >= c.households * percent;
        if c.poor * 100 > c.households * 30 {
            over_30.push(c.commune.code.to_string());
        }
        let band = match () {
            () if c.poor * 100 > c.households * 30 => 0,
            () if at_least(25) => 1,
            () if at_least(20) => 2,
            () => 3,
        };
        counts[band] += 1;
    }
    (counts, over_30)
}

#[test]
fn every_published_figure_holds_for_any_seed() {
    for seed in [0, 1, 2, 3, 2010, 1051, u64::MAX] {
        let plan = Plan::new(seed, figures::HOUSEHOLDS).unwrap();
        check_whole(&plan, 358_966);
        let all: Vec<&CommunePlan> = plan.communes.iter().collect();
        for row in &figures::DISTRICTS {
            let part: Vec<_> =
                all.iter().copied().filter(|c| c.commune.district.to_string() == row.code).collect();
            assert_eq!(
                (sum(&part, |c| c.households), sum(&part, |c| c.poor), sum(&part, |c| c.near_poor)),
                (row.households, row.poor, row.near_poor),
                "{}",
                row.code
            );
        }
        let (urban, rural): (Vec<_>, Vec<_>) =
            all.iter().partition(|c| c.commune.residence() == Residence::Urban);
        assert_eq!((sum(&urban, |c| c.poor), sum(&rural, |c| c.poor)), (2_942, 52_879));
        assert_eq!((sum(&urban, |c| c.near_poor), sum(&rural, |c| c.near_poor)), (1_264, 22_056));
        assert_eq!([0, 1, 2, 3].map(|i| sum(&all, |c| c.causes[i])), [34_890, 13_239, 5_933, 1_759]);
        assert_eq!([0, 1, 2, 3].map(|i| sum(&all, |c| c.groups[i])), [23_486, 34, 1_693, 5_521]);
        assert_eq!(bands(&plan), ([2, 9, 27, 126], vec!["29173".to_owned(), "29224".to_owned()]));
    }
}

#[test]
fn rates_look_like_a_province() {
    let plan = Plan::new(1, figures::HOUSEHOLDS).unwrap();
    for c in &plan.communes {
        let rate = c.poor as f64 / c.households as f64;
        assert!((0.003..0.36).contains(&rate), "{} {rate}", c.commune.name);
        assert!((1_000..5_000).contains(&c.households), "{c:?}");
        assert!((0.005..0.2).contains(&(c.near_poor as f64 / c.households as f64)), "{c:?}");
    }
    // Hardly any sits on the very edge of its band because it was pushed there.
    let edges = [20, 25, 30];
    let pushed = |c: &&CommunePlan| edges.iter().any(|e| (c.poor * 100).abs_diff(c.households * e) < 100);
    assert!(plan.communes.iter().filter(pushed).count() <= 3);
}

#[test]
fn any_size_keeps_its_sums() {
    for households in (164..2_000).step_by(7).chain([2_000, 5_000, 35_897, 100_000, 1_000_000, MOST]) {
        let plan = Plan::new(7, households).unwrap_or_else(|| panic!("{households}"));
        check_whole(&plan, households);
        let all: Vec<&CommunePlan> = plan.communes.iter().collect();
        let scale = |figure| scaled(figure, figures::HOUSEHOLDS, households);
        assert_eq!(sum(&all, |c| c.poor), scale(figures::POOR));
        assert_eq!(sum(&all, |c| c.near_poor), scale(figures::NEAR_POOR));
        if households >= 5_000 {
            assert_eq!(bands(&plan).0, [2, 9, 27, 126], "{households}");
        }
    }
    assert!(Plan::new(7, 163).is_none() && Plan::new(7, MOST + 1).is_none());
}

#[test]
fn one_seed_gives_one_plan() {
    let text = |seed| format!("{:?}", Plan::new(seed, 5_000).unwrap());
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}
