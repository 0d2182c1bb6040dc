//! Edits as a device would send them, for tests that do not care which household it is.

use soho_shared::record::{Actor, Change, HouseholdId, Operation, Round, Stamp, Value};
use uuid::Uuid;

/// A small random number generator for tests; its seed can be printed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Makes dice that give the same numbers for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns the next number, from 0 to below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below.max(1)
    }

    /// Draws a random id.
    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.roll(u64::MAX), self.roll(u64::MAX))
    }
}

/// Returns a household of a commune, always the same for the same number.
///
/// # Panics
/// When there is no such commune.
#[must_use]
pub fn household(commune: &str, number: u64) -> HouseholdId {
    let commune = commune.parse().unwrap_or_else(|e| panic!("{commune}: {e}"));
    HouseholdId { commune, uuid: Uuid::from_u64_pair(0x5050, number) }
}

/// Makes an operation with a whole survey of a household: members, incomes and a cause.
#[must_use]
pub fn survey(dice: &mut Dice, household: HouseholdId, millis: u64) -> Operation {
    let amount = i64::try_from(dice.roll(60) * 500_000).unwrap_or_default();
    let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or_default());
    let name = format!("Nguyễn Văn {}", dice.roll(1_000_000));
    let set: [(&str, Value); 14] = [
        ("hamlet", number(dice.roll(9) + 1)),
        ("head/name", name.into()),
        ("head/birth_year", number(1940 + dice.roll(50))),
        ("head/sex", ["female", "male"][usize::from(dice.roll(2) == 0)].into()),
        ("address", "tổ 4, gần cầu".into()),
        ("member_count", number(dice.roll(7) + 1)),
        ("income/a/source", "crops".into()),
        ("income/a/amount", amount.into()),
        ("income/a/costs", (amount / 4).into()),
        ("income/b/source", "wages".into()),
        ("income/b/amount", number(dice.roll(3_000) * 1_000)),
        ("income/b/times", 12.into()),
        ("main_cause", "lack_of_means".into()),
        ("note", "".into()),
    ];
    operation(dice, household, millis, set)
}

/// Makes an operation that sets some fields.
///
/// # Panics
/// When a name is not the name of a field.
#[must_use]
pub fn operation<'a>(
    dice: &mut Dice,
    household: HouseholdId,
    millis: u64,
    set: impl IntoIterator<Item = (&'a str, Value)>,
) -> Operation {
    let change = |(field, value): (&str, Value)| {
        let field = field.parse().unwrap_or_else(|e| panic!("{field}: {e}"));
        Change { field, value, seen: Vec::new() }
    };
    Operation {
        id: dice.uuid(),
        subject: household.into(),
        round: Round::CENSUS_2010,
        stamp: Stamp::new(millis, 0, Actor(dice.roll(10))).unwrap_or_else(|| panic!("{millis} ms")),
        changes: set.into_iter().map(change).collect(),
        why: None,
    }
}
