//! The rounds after the census: those on the list are surveyed again each year, on the plan's path from 15,55 % to 7 %.
//!
//! Households come out of poverty and fall back, split off, are joined, move within the commune and out of it. What was
//! never published is drawn by chance: only the numbers of poor, near-poor and low-income households of each round are
//! planned.

use std::collections::BTreeMap;

use soho_shared::area::{Commune, HamletCode};
use soho_shared::classify::Members;
use soho_shared::household::{Cause, Group, field};
use soho_shared::law::{has_two_results, standard_for_round};
use soho_shared::record::{Actor, Change, HouseholdId, Operation, Round, Stamp, Value};
use soho_shared::standard::{Class, Standard};
use uuid::Uuid;

use super::earnings;
use super::households::{DAY, DAYS, FIRST_MORNING, Form, PATHS, WORKING_DAY, address, sex, uuid};
use super::mark::Demo;
use super::people;
use super::plan::{CommunePlan, Later};
use super::random::Random;

/// A household of the census that may be surveyed again: what seldom changes.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) household: Uuid,
    pub(super) class: Class,
    pub(super) hamlet: u8,
    pub(super) members: Members,
    /// Name, birth, sex and origin of its head, and its address.
    pub(super) head: Vec<Change>,
    pub(super) cause: Option<Cause>,
    pub(super) groups: Vec<Group>,
}

/// A household in the round at hand.
struct State {
    kept: Kept,
    was_poor: bool,
    is_gone: bool,
}

/// How a household ends a round, beside its class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Here,
    MovedOut,
    Dissolved,
    /// It was found to be one with the household at this place.
    Joined(usize),
}

/// The rounds after the census of one commune, as a list of operations each.
pub(super) struct Years<'a> {
    commune: &'static Commune,
    random: Random,
    hamlets: Vec<HamletCode>,
    volunteers: Vec<Actor>,
    households: Vec<State>,
    later: std::iter::Zip<std::ops::RangeFrom<u16>, std::slice::Iter<'a, Later>>,
}

/// The rounds of a commune after the census, given its hamlets and the households of the census that may be asked again.
pub(super) fn years<'a>(
    demo: Demo,
    plan: &'a CommunePlan,
    hamlets: Vec<HamletCode>,
    kept: Vec<Kept>,
) -> Years<'a> {
    let seed = demo.seed;
    let code = u32::from_be_bytes(plan.commune.code.to_bytes());
    let mut random = Random::new(seed, 1 << 32 | u64::from(code));
    let volunteers = hamlets.iter().map(|_| Actor(actor(&mut random))).collect();
    let state = |kept: Kept| State { was_poor: kept.class == Class::Poor, is_gone: false, kept };
    let households = kept.into_iter().map(state).collect();
    let later = (1..).zip(&plan.later[..demo.later()]);
    Years { commune: plan.commune, random, hamlets, volunteers, households, later }
}

fn actor(random: &mut Random) -> u64 {
    u64::try_from(random.bits() >> 64).expect("64 bits")
}

/// So many thousandths of a number; what is left over by chance, so that small communes have their share.
fn per_mille(random: &mut Random, of: usize, thousandths: usize) -> usize {
    let (whole, rest) = (of * thousandths / 1_000, of * thousandths % 1_000);
    whole + usize::from(random.chance(u32::try_from(rest).unwrap_or(0)))
}

/// Takes so many from the end of a list, or as many as there are.
fn take(from: &mut Vec<usize>, count: usize) -> Vec<usize> {
    from.split_off(from.len() - count.min(from.len()))
}

impl Iterator for Years<'_> {
    type Item = Vec<Operation>;

    fn next(&mut self) -> Option<Vec<Operation>> {
        let (year, goal) = self.later.next()?;
        let round = Round::new(Round::CENSUS_2010.year() + year)?;
        let standard = i16::try_from(round.year()).ok().and_then(standard_for_round)?;
        let ends = self.move_on(goal);
        let mut form = Vec::with_capacity(ends.len());
        for (at, end) in ends {
            form.push((at, self.record(round, standard, at, end)));
        }
        let all = form.len().max(1) as u64;
        let mut operations = Vec::with_capacity(form.len());
        for ((at, changes), done) in form.into_iter().zip(0u64..) {
            let worked = done * DAYS * WORKING_DAY / all;
            let days = u64::from(year) * 365 + u64::from(year > 2) + worked / WORKING_DAY;
            let millis = FIRST_MORNING + days * DAY + worked % WORKING_DAY;
            let of = &self.households[at].kept;
            let volunteer = self.volunteers[usize::from(of.hamlet - 1).min(self.volunteers.len() - 1)];
            let household = HouseholdId { commune: self.commune.code, uuid: of.household };
            operations.push(Operation {
                id: uuid(&mut self.random),
                subject: household.into(),
                round,
                stamp: Stamp::new(millis, u16::try_from(done % 60_000).unwrap_or(0), volunteer)?,
                changes,
                why: None,
            });
        }
        Some(operations)
    }
}

impl Years<'_> {
    /// Decides what becomes of each household that is surveyed, and gives it its new class.
    fn move_on(&mut self, goal: &Later) -> Vec<(usize, End)> {
        let mut by_class: BTreeMap<Class, Vec<usize>> = BTreeMap::new();
        let (mut fallen, mut others) = (Vec::new(), Vec::new());
        for (at, of) in self.households.iter().enumerate().filter(|(_, of)| !of.is_gone) {
            match of.kept.class {
                Class::Above if of.was_poor => fallen.push(at),
                Class::Above => others.push(at),
                listed => by_class.entry(listed).or_default().push(at),
            }
        }
        let mut listed = |class| by_class.remove(&class).unwrap_or_default();
        let [mut poor, mut near, mut low] = [Class::Poor, Class::NearPoor, Class::LowIncome].map(&mut listed);
        for list in [&mut poor, &mut near, &mut low, &mut fallen, &mut others] {
            self.random.shuffle(list);
        }
        let mut ends = Vec::new();
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let [goal_poor, goal_near, goal_low] = [goal.poor, goal.near_poor, goal.low_income].map(count);

        for (part, end) in [(5, End::MovedOut), (3, End::Dissolved)] {
            let gone = per_mille(&mut self.random, poor.len(), part);
            ends.extend(take(&mut poor, gone).into_iter().map(|at| (at, end)));
        }
        // Entered twice in an earlier round, and found now.
        let twice = per_mille(&mut self.random, poor.len(), 2).min(poor.len() / 2);
        for at in take(&mut poor, twice) {
            ends.push((at, End::Joined(poor[0])));
        }
        let mut set = Vec::new();
        let mut new = 0;
        for split in [false, true] {
            for _ in 0..per_mille(&mut self.random, goal_poor, 4).min(goal_poor) {
                set.push((self.newcomer(split), Class::Poor));
                new += 1;
            }
        }
        for (from, part) in [(&mut fallen, 30), (&mut near, 30), (&mut others, 25)] {
            let room = goal_poor.saturating_sub(new);
            let found = take(from, per_mille(&mut self.random, goal_poor, part).min(room));
            new += found.len();
            set.extend(found.into_iter().map(|at| (at, Class::Poor)));
        }
        let short = goal_poor.saturating_sub(new + poor.len());
        for from in [&mut others, &mut near, &mut low] {
            let found = take(from, short.min(goal_poor.saturating_sub(new + poor.len())));
            new += found.len();
            set.extend(found.into_iter().map(|at| (at, Class::Poor)));
        }
        let many = (new + poor.len()).saturating_sub(goal_poor);
        let mut out = take(&mut poor, many);
        set.extend(poor.into_iter().map(|at| (at, Class::Poor)));

        let up = per_mille(&mut self.random, out.len(), 550).min(goal_near);
        let mut now_near = take(&mut out, up);
        now_near.extend(take(&mut near, goal_near - now_near.len()));
        now_near.extend(take(&mut others, goal_near - now_near.len()));
        set.extend(now_near.into_iter().map(|at| (at, Class::NearPoor)));
        let up = per_mille(&mut self.random, out.len(), 600).min(goal_low);
        let mut now_low = take(&mut out, up);
        let up = per_mille(&mut self.random, near.len(), 500).min(goal_low - now_low.len());
        now_low.extend(take(&mut near, up));
        now_low.extend(take(&mut low, goal_low - now_low.len()));
        now_low.extend(take(&mut others, goal_low - now_low.len()));
        set.extend(now_low.into_iter().map(|at| (at, Class::LowIncome)));
        // Others have asked, or something has happened to them, and they stay above the lines.
        let asked = take(&mut others, count(goal.asked));
        for at in [out, near, low, asked].concat() {
            set.push((at, Class::Above));
        }
        for (at, class) in set {
            let of = &mut self.households[at];
            of.kept.class = class;
            of.was_poor |= class == Class::Poor;
            ends.push((at, End::Here));
        }
        for (at, end) in &ends {
            self.households[*at].is_gone = *end != End::Here;
        }
        // One hamlet after another, as the volunteers go.
        ends.sort_by_key(|(at, _)| (self.households[*at].kept.hamlet, *at));
        ends
    }

    /// Adds a household that has moved in, or split off another one. Returns its place.
    fn newcomer(&mut self, split: bool) -> usize {
        let hamlet = self.random.pick(&self.hamlets);
        let female = self.random.chance(350);
        let head = people::head(&mut self.random, female, false, None);
        let mut form = Form(Vec::with_capacity(6));
        form.set(&PATHS.head_name, head.person.name.as_str());
        form.set(&PATHS.head_birth_year, head.person.birth_year);
        form.set(&PATHS.head_sex, sex(head.person.sex));
        form.set(&PATHS.address, address(&mut self.random, self.commune, &hamlet.name()));
        let origin = self.households[0].kept.household;
        let (field, value): (_, Value) = if split {
            let origin = HouseholdId { commune: self.commune.code, uuid: origin };
            (field::SPLIT_FROM, origin.to_string().into())
        } else {
            (field::MOVED_FROM, self.random.pick(&["TP. Hồ Chí Minh", "Tiền Giang", "Trà Vinh"]).into())
        };
        form.set(&field.parse().expect("a field's name"), value);
        let members = Members::new(self.random.range(1, 5)).expect("1 to 5");
        let kept = Kept {
            household: uuid(&mut self.random),
            class: Class::Poor,
            hamlet: hamlet.number,
            members,
            head: form.0,
            cause: Some(Cause::LackOfMeans),
            groups: if female { vec![Group::FemaleHeaded] } else { Vec::new() },
        };
        self.households.push(State { kept, was_poor: true, is_gone: false });
        self.households.len() - 1
    }

    /// The changes that the volunteer typed.
    fn record(&mut self, round: Round, standard: &Standard, at: usize, end: End) -> Vec<Change> {
        let random = &mut self.random;
        let mut form = Form(Vec::with_capacity(20));
        if let End::Joined(other) = end {
            let survivor =
                HouseholdId { commune: self.commune.code, uuid: self.households[other].kept.household };
            form.set(&PATHS.same_as, survivor.to_string());
            form.set(&PATHS.duplicate, true);
        }
        // Now and then one moves within the commune.
        if self.hamlets.len() > 1 && random.chance(4) {
            self.households[at].kept.hamlet = random.pick(&self.hamlets).number;
        }
        let of = &mut self.households[at].kept;
        form.set(&PATHS.hamlet, i64::from(of.hamlet));
        form.0.extend(of.head.iter().cloned());
        // How a household came is said once.
        of.head.retain(|change| ![field::SPLIT_FROM, field::MOVED_FROM].contains(&change.field.as_str()));
        match end {
            End::MovedOut => {
                form.set(&PATHS.moved_to, random.pick(&["TP. Hồ Chí Minh", "Bình Dương", "Đồng Nai"]));
                return form.0;
            }
            End::Dissolved => {
                form.set(&PATHS.dissolved, true);
                return form.0;
            }
            End::Here | End::Joined(_) => {}
        }
        form.set(&PATHS.member_count, i64::from(of.members.get()));
        let residence = self.commune.residence();
        let net = earnings::annual_net(random, standard, of.class, residence, of.members);
        for (line, paths) in earnings::lines(random, self.commune, net).iter().zip(&PATHS.income) {
            form.income(paths, line);
        }
        if of.class == Class::Poor {
            use Cause::{LackOfKnowHow, LackOfLabour, LackOfMeans, Other};
            let drawn = [LackOfMeans, LackOfMeans, LackOfMeans, LackOfLabour, LackOfKnowHow, Other];
            let cause = *of.cause.get_or_insert_with(|| random.pick(&drawn));
            form.set(&PATHS.main_cause, cause.word());
        }
        for (group, path) in
            [(Group::Merit, &PATHS.merit), (Group::SocialProtection, &PATHS.social_protection)]
        {
            if of.groups.contains(&group) {
                form.set(path, true);
            }
        }
        // Where the standard of the next period is asked for, too.
        if has_two_results(round) {
            let most = if of.class == Class::Poor { 6 } else { 4 };
            form.set(&PATHS.deprivation_count, random.range(0, most));
        }
        form.0
    }
}

/// What each hamlet declares in each round: its households of the census, and how many of them are of an ethnic minority.
pub(super) fn declared(demo: Demo, plan: &CommunePlan, hamlets: &[(HamletCode, u64, u64)]) -> Vec<Operation> {
    let code = u32::from_be_bytes(plan.commune.code.to_bytes());
    let mut random = Random::new(demo.seed, 2 << 32 | u64::from(code));
    let officer = Actor(actor(&mut random));
    let mut operations = Vec::new();
    for year in 0..=u16::try_from(demo.later()).unwrap_or(0) {
        let Some(round) = Round::new(Round::CENSUS_2010.year() + year) else { continue };
        for ((hamlet, households, minority), nth) in hamlets.iter().zip(0..) {
            let mut form = Form(Vec::with_capacity(2));
            let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            form.set(&PATHS.declared_households, count(*households));
            form.set(&PATHS.declared_ethnic_minority, count(*minority));
            let millis = FIRST_MORNING + (u64::from(year) * 365 + u64::from(year > 2)) * DAY;
            let Some(stamp) = Stamp::new(millis, nth, officer) else { continue };
            operations.push(Operation {
                id: uuid(&mut random),
                subject: (*hamlet).into(),
                round,
                stamp,
                changes: form.0,
                why: None,
            });
        }
    }
    operations
}
