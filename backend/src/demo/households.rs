//! The households of one commune as the operations that a volunteer's tablet would have sent.

use std::sync::LazyLock;

use soho_shared::area::{Commune, HamletCode, Residence};
use soho_shared::classify::{Facts, Members, classify};
use soho_shared::household::{Group, Sex, field};
use soho_shared::law::standard_for_round;
use soho_shared::record::{Actor, Change, FieldPath, HouseholdId, Operation, Round, Stamp, Value};
use soho_shared::standard::{Class, Standard};
use uuid::{Builder, Uuid};

use super::earnings::{self, Line};
use super::people::{self, Person};
use super::plan::CommunePlan;
use super::random::Random;
use super::specs::{Spec, specs};
use super::years::Kept;

/// Households of a hamlet, roughly.
const HAMLET_SIZE: u64 = 350;
/// Most hamlets that a commune numbers.
const MOST_HAMLETS: u64 = 99;

/// Beginning of the survey: 4 October 2010, 7 in the morning there, in milliseconds since 1970.
pub(super) const FIRST_MORNING: u64 = 1_286_150_400_000;
/// Length of the survey in days, of which ten hours each are worked.
pub(super) const DAYS: u64 = 75;
pub(super) const DAY: u64 = 86_400_000;
pub(super) const WORKING_DAY: u64 = 36_000_000;

/// The households of one commune, as one operation each. Pure: the same seed and plan give the same operations, ids
/// and stamps included.
pub struct Households {
    commune: &'static Commune,
    standard: &'static Standard,
    random: Random,
    specs: std::vec::IntoIter<Spec>,
    hamlets: Vec<Hamlet>,
    /// Those of the households made so far that may be surveyed again.
    kept: Vec<Kept>,
    /// Index in `hamlets` of the hamlet at work, of whose households `done` are made.
    at: usize,
    done: u64,
}

struct Hamlet {
    code: HamletCode,
    name: String,
    volunteer: Actor,
    households: u64,
    /// Of these, those headed by a member of an ethnic minority, of the households made so far.
    minority: u64,
}

/// Of so many households above every line one may be surveyed again.
const ASKED: u64 = 8;

/// The households that a plan gives a commune.
///
/// # Panics
/// Never: the 2011 standard, which covers the round of 2010, is compiled in.
#[must_use]
pub fn households(seed: u64, plan: &CommunePlan) -> Households {
    let code = u32::from_be_bytes(plan.commune.code.to_bytes());
    let mut random = Random::new(seed, u64::from(code));
    let specs = specs(&mut random, plan).into_iter();
    let hamlets = hamlets(&mut random, plan);
    let standard =
        i16::try_from(Round::CENSUS_2010.year()).ok().and_then(standard_for_round).expect("compiled in");
    let kept = Vec::new();
    Households { commune: plan.commune, standard, random, specs, hamlets, kept, at: 0, done: 0 }
}

fn hamlets(random: &mut Random, plan: &CommunePlan) -> Vec<Hamlet> {
    let count = (plan.households + HAMLET_SIZE / 2).div_euclid(HAMLET_SIZE).clamp(1, MOST_HAMLETS);
    let weights: Vec<u64> = (0..count).map(|_| u64::from(850 + random.below(300))).collect();
    let bounds = vec![(0, plan.households); weights.len()];
    let sizes = super::apportion::apportion(plan.households, &weights, &bounds).expect("no bound is met");
    (1..)
        .zip(sizes)
        .filter_map(|(number, households)| {
            let code = HamletCode::new(plan.commune.code, number)?;
            let volunteer = Actor(u64::try_from(random.bits() >> 64).expect("64 bits"));
            Some(Hamlet { code, name: code.name(), volunteer, households, minority: 0 })
        })
        .collect()
}

impl Iterator for Households {
    type Item = Operation;

    fn next(&mut self) -> Option<Operation> {
        let spec = self.specs.next()?;
        while self.hamlets.get(self.at).is_some_and(|h| h.households == self.done) {
            self.at += 1;
            self.done = 0;
        }
        let hamlet = self.hamlets.get_mut(self.at)?;
        // One after another through the working hours of the survey's days.
        let worked = self.done * DAYS * WORKING_DAY / hamlet.households;
        let millis = FIRST_MORNING + worked / WORKING_DAY * DAY + worked % WORKING_DAY;
        let stamp = Stamp::new(millis, 0, hamlet.volunteer).expect("a day in 2010");
        self.done += 1;
        let household = HouseholdId { commune: self.commune.code, uuid: uuid(&mut self.random) };
        let id = uuid(&mut self.random);
        let (changes, members) = record(&mut self.random, self.commune, self.standard, hamlet, spec);
        hamlet.minority += u64::from(spec.is_in(Group::EthnicMinorityHeaded));
        if spec.class != Class::Above || self.done.is_multiple_of(ASKED) {
            let of_head = |change: &&Change| {
                change.field.as_str().starts_with("head/") || change.field.as_str() == field::ADDRESS
            };
            self.kept.push(Kept {
                household: household.uuid,
                class: spec.class,
                hamlet: hamlet.code.number,
                members,
                head: changes.iter().filter(of_head).cloned().collect(),
                cause: spec.cause,
                groups: Group::ALL.into_iter().filter(|group| spec.is_in(*group)).collect(),
            });
        }
        let subject = household.into();
        Some(Operation { id, subject, round: Round::CENSUS_2010, stamp, changes, why: None })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.specs.size_hint()
    }
}

impl ExactSizeIterator for Households {}

impl Households {
    /// The hamlets, each with its households and those of them of an ethnic minority, and the households that may be
    /// surveyed again: all once all operations are made.
    pub(super) fn into_parts(self) -> (Vec<(HamletCode, u64, u64)>, Vec<Kept>) {
        let hamlets = self.hamlets.iter().map(|of| (of.code, of.households, of.minority)).collect();
        (hamlets, self.kept)
    }
}

pub(super) fn uuid(random: &mut Random) -> Uuid {
    Builder::from_random_bytes(random.bits().to_be_bytes()).into_uuid()
}

/// The changes that the volunteer typed, and how many people count.
fn record(
    random: &mut Random,
    commune: &'static Commune,
    standard: &Standard,
    hamlet: &Hamlet,
    spec: Spec,
) -> (Vec<Change>, Members) {
    let minority = spec.is_in(Group::EthnicMinorityHeaded);
    let head = people::head(random, spec.is_in(Group::FemaleHeaded), minority, spec.cause);
    let mut form = Form(Vec::with_capacity(32));
    form.set(&PATHS.hamlet, i64::from(hamlet.code.number));
    form.set(&PATHS.head_name, head.person.name.as_str());
    form.set(&PATHS.head_birth_year, head.person.birth_year);
    form.set(&PATHS.head_sex, sex(head.person.sex));
    form.set(&PATHS.address, address(random, commune, &hamlet.name));
    if minority {
        form.set(&PATHS.head_ethnic_minority, true);
    }

    let count = people::member_count(random, spec.class, spec.cause);
    let members = Members::new(count).expect("1 to 9");
    // Those who may be entitled to something are listed one by one; of the others most are only counted.
    let listed = random.chance(match spec.class {
        Class::Poor => 600,
        Class::NearPoor => 400,
        Class::LowIncome => 250,
        Class::Above => 0,
    });
    if listed {
        let others = people::others(random, &head, minority, count);
        for (person, paths) in std::iter::once(&head.person).chain(&others).zip(&PATHS.members) {
            form.member(paths, person);
        }
    } else {
        form.set(&PATHS.member_count, count);
    }

    if spec.class == Class::Poor && random.chance(4) {
        form.set(&PATHS.no_income, true);
    } else {
        let residence = commune.residence();
        let net = earnings::annual_net(random, standard, spec.class, residence, members);
        let beside = spec.is_in(Group::SocialProtection).then(|| {
            earnings::beside_allowance(net, |annual_net| {
                let facts = Facts { residence, members, annual_net, deprivations: None };
                classify(standard, &facts) == Ok(spec.class)
            })
        });
        let (net, allowance) = beside.flatten().map_or((net, None), |(net, line)| (net, Some(line)));
        let mut lines = earnings::lines(random, commune, net);
        lines.extend(allowance);
        for (line, paths) in lines.iter().zip(&PATHS.income) {
            form.income(paths, line);
        }
    }

    if let Some(cause) = spec.cause {
        form.set(&PATHS.main_cause, cause.word());
    }
    if spec.is_in(Group::Merit) {
        form.set(&PATHS.merit, true);
    }
    if spec.is_in(Group::SocialProtection) {
        form.set(&PATHS.social_protection, true);
    }
    (form.0, members)
}

pub(super) fn address(random: &mut Random, commune: &Commune, hamlet: &str) -> String {
    let group = random.range(1, 12);
    match commune.residence() {
        Residence::Urban => {
            format!("{}/{}, tổ {group}, {}", random.range(1, 300), random.range(1, 40), hamlet)
        }
        Residence::Rural => format!("Số {}, tổ {group}, {}", random.range(1, 400), hamlet),
    }
}

pub(super) const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}

/// A form being filled in.
pub(super) struct Form(pub(super) Vec<Change>);

impl Form {
    pub(super) fn set(&mut self, field: &FieldPath, value: impl Into<Value>) {
        self.0.push(Change { field: field.clone(), value: value.into(), seen: Vec::new() });
    }

    fn member(&mut self, paths: &MemberPaths, person: &Person) {
        self.set(&paths.name, person.name.as_str());
        self.set(&paths.birth_year, person.birth_year);
        self.set(&paths.sex, sex(person.sex));
        if let Some(relation) = person.relation {
            self.set(&paths.relation, relation);
        }
        if let Some(months) = person.months_present {
            self.set(&paths.months_present, months);
        }
        if person.pupil {
            self.set(&paths.pupil, true);
        }
    }

    pub(super) fn income(&mut self, paths: &IncomePaths, line: &Line) {
        self.set(&paths.source, line.source.word());
        self.set(&paths.amount, line.amount);
        if line.times != 1 {
            self.set(&paths.times, line.times);
        }
        if line.costs != 0 {
            self.set(&paths.costs, line.costs);
        }
    }
}

pub(super) struct MemberPaths {
    name: FieldPath,
    birth_year: FieldPath,
    sex: FieldPath,
    relation: FieldPath,
    months_present: FieldPath,
    pupil: FieldPath,
}

pub(super) struct IncomePaths {
    source: FieldPath,
    amount: FieldPath,
    times: FieldPath,
    costs: FieldPath,
}

/// Paths of the fields, read once: a household sets a dozen or more.
pub(super) struct Paths {
    pub(super) hamlet: FieldPath,
    pub(super) head_name: FieldPath,
    pub(super) head_birth_year: FieldPath,
    pub(super) head_sex: FieldPath,
    pub(super) head_ethnic_minority: FieldPath,
    pub(super) address: FieldPath,
    pub(super) member_count: FieldPath,
    pub(super) no_income: FieldPath,
    pub(super) main_cause: FieldPath,
    pub(super) merit: FieldPath,
    pub(super) social_protection: FieldPath,
    pub(super) deprivation_count: FieldPath,
    pub(super) moved_to: FieldPath,
    pub(super) dissolved: FieldPath,
    pub(super) same_as: FieldPath,
    pub(super) duplicate: FieldPath,
    pub(super) declared_households: FieldPath,
    pub(super) declared_ethnic_minority: FieldPath,
    pub(super) members: Vec<MemberPaths>,
    pub(super) income: Vec<IncomePaths>,
}

pub(super) static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    fn path(text: &str) -> FieldPath {
        text.parse().expect("a field's name")
    }
    let item = |list: &str, id: i32, name: &str| path(&format!("{list}/{id}/{name}"));
    Paths {
        hamlet: path(field::HAMLET),
        head_name: path(field::HEAD_NAME),
        head_birth_year: path(field::HEAD_BIRTH_YEAR),
        head_sex: path(field::HEAD_SEX),
        head_ethnic_minority: path(field::HEAD_ETHNIC_MINORITY),
        address: path(field::ADDRESS),
        member_count: path(field::MEMBER_COUNT),
        no_income: path(field::NO_INCOME),
        main_cause: path(field::MAIN_CAUSE),
        merit: path(field::MERIT),
        social_protection: path(field::SOCIAL_PROTECTION),
        deprivation_count: path(field::DEPRIVATION_COUNT),
        moved_to: path(field::MOVED_TO),
        dissolved: path(field::DISSOLVED),
        same_as: path(field::SAME_AS),
        duplicate: path(field::DUPLICATE),
        declared_households: path(field::DECLARED_HOUSEHOLDS),
        declared_ethnic_minority: path(field::DECLARED_ETHNIC_MINORITY),
        members: (1..=12)
            .map(|id| MemberPaths {
                name: item("members", id, "name"),
                birth_year: item("members", id, "birth_year"),
                sex: item("members", id, "sex"),
                relation: item("members", id, "relation"),
                months_present: item("members", id, "months_present"),
                pupil: item("members", id, "pupil"),
            })
            .collect(),
        income: (1..=6)
            .map(|id| IncomePaths {
                source: item("income", id, "source"),
                amount: item("income", id, "amount"),
                times: item("income", id, "times"),
                costs: item("income", id, "costs"),
            })
            .collect(),
    }
});

#[cfg(test)]
mod tests;
