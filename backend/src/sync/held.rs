//! Deciding what becomes of operations that are held back.

use std::collections::BTreeSet;

use soho_shared::access::Action;
use soho_shared::area::UnitCode;
use soho_shared::wire::Problem;
use uuid::Uuid;

use super::not_taken;
use crate::engine::StoreError;
use crate::people::{Author, Entry};
use crate::register::{Arrival, HeldBack, Outcome, Register};

/// Operations that are decided at a time.
const AT_ONCE: usize = 200;

/// What became of operations that were held back.
#[derive(Debug, Default)]
pub struct HeldDecision {
    /// Number that are stored like any others now, or were dropped.
    pub done: usize,
    /// Those that could not be taken, and are still held back.
    pub refused: Vec<(Uuid, Problem)>,
}

/// Which operations are decided.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The unit that keeps the records: of households their commune.
    pub commune: UnitCode,
    /// Only those with these ids.
    pub only: Option<BTreeSet<Uuid>>,
    /// Only those that had arrived by this time, in milliseconds since 1970: what came later, nobody has looked at.
    pub until: Option<u64>,
    /// Whether they are taken; otherwise they are dropped.
    pub take: bool,
}

/// Takes or drops operations of a commune that are held back. What is taken is stored in the name of who sent it, at the
/// time at which it was believed to have been made when it arrived.
///
/// # Errors
/// When the store fails.
pub async fn decide_held(
    store: &Register,
    now: u64,
    by: Option<Author>,
    wanted: &Wanted,
) -> Result<HeldDecision, StoreError> {
    let Wanted { commune, only, until, take } = wanted;
    let is_wanted = |held: &HeldBack| {
        only.as_ref().is_none_or(|only| only.contains(&held.operation.id))
            && until.is_none_or(|until| held.received <= until)
    };
    let mut decision = HeldDecision::default();
    let mut last = None;
    loop {
        let page = store.held_back(*commune, last, AT_ONCE).await?;
        let Some(end) = page.last() else { return Ok(decision) };
        last = Some((end.by.session, end.operation.id));
        let mut wanted: Vec<HeldBack> = page.into_iter().filter(is_wanted).collect();
        if *take {
            wanted = taken(store, now, wanted, &mut decision).await?;
        }
        if wanted.is_empty() {
            continue;
        }
        decision.done += wanted.len();
        let households = wanted.iter().filter_map(|held| held.operation.subject.household());
        let households: BTreeSet<Uuid> = households.map(|household| household.uuid).collect();
        let action = if *take { Action::HeldTaken } else { Action::HeldDropped };
        let entry =
            by.clone().map(|by| Entry::households(by, action, *commune, households.into_iter().collect()));
        store.release(now, wanted, entry.into_iter().collect()).await?;
    }
}

/// Stores operations that were held back, and returns those that are stored.
async fn taken(
    store: &Register,
    now: u64,
    mut held: Vec<HeldBack>,
    decision: &mut HeldDecision,
) -> Result<Vec<HeldBack>, StoreError> {
    // What one push brought goes in together, as its author made it.
    let push = |held: &HeldBack| (held.by.session, held.received, held.clock);
    held.sort_by_key(|held| (push(held), held.operation.stamp));
    let mut taken = Vec::with_capacity(held.len());
    for of_push in held.chunk_by(|one, other| push(one) == push(other)) {
        let first = &of_push[0];
        let arrival = Arrival {
            believing: Some(first.believing()),
            was_held: true,
            ..Arrival::sent(now, None, Some(first.by.clone()))
        };
        let operations = of_push.iter().map(|held| held.operation.clone()).collect();
        let outcomes = store.apply(arrival, operations).await?;
        for (held, outcome) in of_push.iter().zip(outcomes) {
            match outcome {
                Outcome::Refused(why) => decision.refused.push((held.operation.id, not_taken(0, why))),
                _ => taken.push(held.clone()),
            }
        }
    }
    Ok(taken)
}
