//! The records that tablets send: the households of the demonstration province, and what a later visit
//! changes in them.

use soho::demo::{Households, Plan, households};
use soho_shared::area::CommuneCode;
use soho_shared::record::{Actor, Operation, Stamp, Value};
use soho_shared::wire::PushRequest;
use soho_tests::edits::Dice;

/// Operations of one commune that go into one push.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) commune: CommuneCode,
    pub(crate) operations: Vec<Operation>,
}

impl Batch {
    /// Returns the batch as it goes over the wire.
    pub(crate) fn body(&self) -> String {
        let request = PushRequest { clock: None, operations: self.operations.clone() };
        serde_json::to_string(&request).expect("a push is JSON")
    }
}

/// Returns the communes with their households, for a province of `of` households.
pub(crate) fn communes(seed: u64, of: u64) -> Vec<(CommuneCode, Households)> {
    let plan = Plan::new(seed, of).expect("a size that a demonstration may have");
    plan.communes.iter().map(|commune| (commune.commune.code, households(seed, commune))).collect()
}

/// Returns batches of one size, from each commune in turn; only full ones.
pub(crate) fn batches(seed: u64, of: u64, size: usize) -> impl Iterator<Item = Batch> {
    let mut communes = communes(seed, of);
    let mut at = 0;
    std::iter::from_fn(move || {
        while !communes.is_empty() {
            at %= communes.len();
            let (commune, households) = &mut communes[at];
            let operations: Vec<_> = households.by_ref().take(size).collect();
            if operations.len() == size {
                at += 1;
                return Some(Batch { commune: *commune, operations });
            }
            communes.remove(at);
        }
        None
    })
}

/// Makes the operation of a later visit by another volunteer, who has seen all values and writes every field
/// anew, with other amounts.
pub(crate) fn visit(first: &Operation, number: u64, dice: &mut Dice) -> Operation {
    const YEAR: u64 = 365 * 86_400_000;
    let stamp_of = |number: u64| {
        let actor = Actor(first.stamp.actor().0.wrapping_add(number));
        Stamp::new(first.stamp.millis() + number * YEAR, 0, actor).expect("a time of this century")
    };
    let mut again = Operation { id: dice.uuid(), stamp: stamp_of(number), ..first.clone() };
    for change in &mut again.changes {
        change.seen = vec![stamp_of(number - 1)];
        if let (Value::Int(amount), true) = (&mut change.value, change.field.as_str().ends_with("amount")) {
            *amount += i64::try_from(1 + dice.roll(20)).expect("small") * 50_000;
        }
    }
    again
}
