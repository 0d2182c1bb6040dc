//! The kind of each household of a commune, before it has a name.

use soho_shared::household::{Cause, Group};
use soho_shared::standard::Class;

use super::plan::CommunePlan;
use super::random::Random;

/// The kind that one household is to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) class: Class,
    pub(super) cause: Option<Cause>,
    groups: u8,
}

impl Spec {
    const fn of(class: Class) -> Self {
        Spec { class, cause: None, groups: 0 }
    }

    const fn join(&mut self, group: Group) {
        self.groups |= 1 << group as u8;
    }

    pub(super) const fn is_in(self, group: Group) -> bool {
        self.groups >> group as u8 & 1 == 1
    }
}

/// The households of a commune in the order they are visited: exactly as many of each kind as planned.
pub(super) fn specs(random: &mut Random, plan: &CommunePlan) -> Vec<Spec> {
    let count = |n: u64| usize::try_from(n).expect("fits memory");
    let mut poor = vec![Spec::of(Class::Poor); count(plan.poor)];
    let causes = Cause::ALL.into_iter().zip(plan.causes).flat_map(|(c, n)| std::iter::repeat_n(c, count(n)));
    for (spec, cause) in poor.iter_mut().zip(causes) {
        spec.cause = Some(cause);
    }
    for (group, n) in Group::ALL.into_iter().zip(plan.groups) {
        random.shuffle(&mut poor);
        if group == Group::SocialProtection {
            // Those who are alone, old or disabled are beneficiaries first.
            poor.sort_by_key(|spec| spec.cause != Some(Cause::Other));
        }
        poor.iter_mut().take(count(n)).for_each(|spec| spec.join(group));
    }

    let above = plan.households - plan.poor - plan.near_poor - plan.low_income;
    let mut specs = poor;
    specs.reserve(count(plan.households - plan.poor));
    for (class, n) in
        [(Class::NearPoor, plan.near_poor), (Class::LowIncome, plan.low_income), (Class::Above, above)]
    {
        for _ in 0..n {
            specs.push(not_poor(random, class));
        }
    }
    random.shuffle(&mut specs);
    specs
}

/// A household that is not poor. How these divide among causes and groups was never published.
fn not_poor(random: &mut Random, class: Class) -> Spec {
    let mut spec = Spec::of(class);
    if class == Class::NearPoor && random.chance(500) {
        use Cause::{LackOfKnowHow, LackOfLabour, LackOfMeans, Other};
        spec.cause =
            Some(random.pick(&[LackOfMeans, LackOfMeans, LackOfMeans, LackOfLabour, LackOfKnowHow, Other]));
    }
    for (group, per_mille) in [(Group::FemaleHeaded, 270), (Group::Merit, 18), (Group::SocialProtection, 15)]
    {
        if random.chance(per_mille) {
            spec.join(group);
        }
    }
    spec
}
