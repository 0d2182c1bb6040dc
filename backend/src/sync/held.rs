//! Deciding what becomes of operations that are held back.

use std::collections::BTreeSet;

use soho_shared::access::Action;
use soho_shared::area::CommuneCode;
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

/// Takes or drops operations of a commune that are held back: those of `only`, or all. What is taken is stored in the name
/// of who sent it, as if it came now; nothing is lost where this is cut short, and taking twice changes nothing.
///
/// # Errors
/// When the store fails.
pub async fn decide_held(
    store: &Register,
    now: u64,
    by: Option<Author>,
    commune: CommuneCode,
    only: Option<&BTreeSet<Uuid>>,
    take: bool,
) -> Result<HeldDecision, StoreError> {
    let mut decision = HeldDecision::default();
    let mut last = None;
    loop {
        let page = store.held_back(commune, last, AT_ONCE).await?;
        last = page.last().map(|held| held.operation.id);
        let is_last = page.len() < AT_ONCE;
        let wanted =
            page.into_iter().filter(|held| only.is_none_or(|only| only.contains(&held.operation.id)));
        let mut wanted: Vec<HeldBack> = wanted.collect();
        if take {
            // As their author made them. What one push brought goes in together.
            let push = |held: &HeldBack| (held.received, held.clock, held.by.clone());
            wanted.sort_by_key(|held| (held.received, held.clock, held.operation.stamp));
            let mut taken = Vec::with_capacity(wanted.len());
            for of_push in wanted.chunk_by(|one, other| push(one) == push(other)) {
                let (received, clock, by) = push(&of_push[0]);
                // Its clock has gone on since, as fast as the server's.
                let clock = clock.saturating_add(now.saturating_sub(received));
                let operations = of_push.iter().map(|held| held.operation.clone()).collect();
                let outcomes = store.apply(Arrival::sent(now, Some(clock), by), operations).await?;
                for (held, outcome) in of_push.iter().zip(outcomes) {
                    match outcome {
                        Outcome::Refused(why) => {
                            decision.refused.push((held.operation.id, not_taken(0, why)));
                        }
                        _ => taken.push(held.clone()),
                    }
                }
            }
            wanted = taken;
        }
        decision.done += wanted.len();
        let households: BTreeSet<Uuid> = wanted.iter().map(|held| held.operation.household.uuid).collect();
        let action = if take { Action::HeldTaken } else { Action::HeldDropped };
        let entries = by
            .clone()
            .filter(|_| !households.is_empty())
            .map(|by| Entry::households(by, action, commune, households.into_iter().collect()));
        let released = wanted.iter().map(|held| (commune, held.operation.id)).collect();
        store.release(now, released, entries.into_iter().collect()).await?;
        if is_last {
            return Ok(decision);
        }
    }
}
