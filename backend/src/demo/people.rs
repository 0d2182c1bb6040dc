//! The people of a household.

use soho_shared::household::{Cause, Sex};
use soho_shared::standard::Class;

use super::names;
use super::random::Random;

/// Year of the census.
const YEAR: i64 = 2010;

/// Sizes of a hundred households: 6 of one person, 14 of two, …; 3,6 on average.
const SIZES: [(i64, u32); 8] = [(1, 6), (2, 14), (3, 27), (4, 30), (5, 14), (6, 6), (7, 2), (8, 1)];

pub(super) struct Person {
    pub(super) name: String,
    pub(super) birth_year: i64,
    pub(super) sex: Sex,
    /// Relation to the head; `None` for the head.
    pub(super) relation: Option<&'static str>,
    /// Months present of the last 12, where not all.
    pub(super) months_present: Option<i64>,
    pub(super) pupil: bool,
}

/// The head of a household (chủ hộ).
pub(super) struct Head {
    pub(super) surname: &'static str,
    pub(super) person: Person,
}

/// Number of people who count in a household.
pub(super) fn member_count(random: &mut Random, class: Class, cause: Option<Cause>) -> i64 {
    match cause {
        // Alone, old or disabled.
        Some(Cause::Other) => return random.pick(&[1, 1, 1, 2, 2, 3]),
        // Few who work, many who eat.
        Some(Cause::LackOfLabour) if class == Class::Poor => {
            return random.pick(&[2, 3, 4, 4, 5, 5, 6, 7, 8, 9]);
        }
        _ => {}
    }
    let mut at = random.below(100);
    for (size, share) in SIZES {
        if at < share {
            return size;
        }
        at -= share;
    }
    4
}

pub(super) fn head(random: &mut Random, female: bool, minority: bool, cause: Option<Cause>) -> Head {
    let sex = if female { Sex::Female } else { Sex::Male };
    let surname = names::surname(random, minority);
    let birth_year = match cause {
        Some(Cause::Other) => random.range(1918, 1952),
        _ => YEAR - random.range(24, 70).min(random.range(30, 88)),
    };
    let name = names::name(random, surname, sex, birth_year, minority);
    let person = Person { name, birth_year, sex, relation: None, months_present: None, pupil: false };
    Head { surname, person }
}

/// The people of a household beside its head. With the head, `count` of them count; now and then one more is listed
/// who was away too long to count.
pub(super) fn others(random: &mut Random, head: &Head, minority: bool, count: i64) -> Vec<Person> {
    let born = head.person.birth_year;
    let mut people: Vec<Person> = Vec::new();
    // Most men who head a household have a wife there; most women who do are alone or widowed.
    let couple = count > 1 && random.chance(if head.person.sex == Sex::Male { 880 } else { 250 });
    let mut family = head.surname;
    if couple {
        let sex = other(head.person.sex);
        let surname = names::surname(random, minority);
        if sex == Sex::Male {
            family = surname;
        }
        let birth_year = (born + random.range(-6, 6)).min(YEAR - 20);
        people.push(person(random, surname, sex, birth_year, "spouse", minority));
    }
    let away = random.chance(40);
    let wanted = usize::try_from(count - 1).unwrap_or(0) + usize::from(away);
    let mut child_born = born + random.range(19, 28);
    while people.len() < wanted {
        let sex = if random.chance(510) { Sex::Male } else { Sex::Female };
        if child_born <= YEAR {
            people.push(person(random, family, sex, child_born, "child", minority));
            child_born += random.range(2, 5);
        } else if YEAR - born < 58 && random.chance(500) {
            let birth_year = born - random.range(20, 30);
            people.push(person(random, head.surname, sex, birth_year, "parent", minority));
        } else if YEAR - born > 44 {
            let birth_year = YEAR - random.range(0, (YEAR - born - 42).min(20));
            people.push(person(random, family, sex, birth_year, "grandchild", minority));
        } else {
            let birth_year = born + random.range(-8, 8);
            people.push(person(random, head.surname, sex, birth_year, "sibling", minority));
        }
    }
    if away && let Some(last) = people.last_mut() {
        last.months_present = Some(random.range(0, 5));
        last.pupil = false;
    } else if random.chance(30)
        && let Some(last) = people.last_mut()
    {
        last.months_present = Some(random.range(6, 11));
    }
    people
}

fn person(
    random: &mut Random,
    surname: &str,
    sex: Sex,
    birth_year: i64,
    relation: &'static str,
    minority: bool,
) -> Person {
    let name = names::name(random, surname, sex, birth_year, minority);
    let pupil = match YEAR - birth_year {
        3..=5 => random.chance(600),
        6..=14 => random.chance(950),
        15..=17 => random.chance(600),
        _ => false,
    };
    Person { name, birth_year, sex, relation: Some(relation), months_present: None, pupil }
}

const fn other(sex: Sex) -> Sex {
    match sex {
        Sex::Female => Sex::Male,
        Sex::Male => Sex::Female,
    }
}
