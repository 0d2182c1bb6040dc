//! Operations that the server makes: what people decide on its pages is stored as operations like any others, stamped
//! with a clock and a writer of the server's own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use soho_shared::area::UnitCode;
use soho_shared::record::{Actor, Change, Clock, Operation, RecordKey};
use uuid::{Builder, Uuid};

use super::now_millis;
use crate::register::undoing;

/// Stamps what is decided on this server. Each run of a server is one writer in each commune, so that what is seen of it
/// in one commune is not known in the others before it is used there.
#[derive(Debug, Default)]
pub struct ServerWriter {
    clocks: Mutex<HashMap<UnitCode, Clock>>,
    /// Held from looking at households until the decision about them is stored, so that two people cannot decide
    /// against each other unseen.
    pub deciding: tokio::sync::Mutex<()>,
}

impl ServerWriter {
    /// Edits of records as operations, one for each, in order; `why` is their author's reason, `made` how they came
    /// about.
    ///
    /// # Errors
    /// When the system gives no random bits.
    pub fn operations(
        &self,
        edits: Vec<(RecordKey, Vec<Change>)>,
        why: Option<&str>,
        made: Made,
    ) -> Result<Vec<Operation>, getrandom::Error> {
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut operations = Vec::with_capacity(edits.len());
        for (RecordKey { subject, round }, changes) in edits {
            let clock = match clocks.entry(subject.unit) {
                Entry::Occupied(clock) => clock.into_mut(),
                Entry::Vacant(none) => none.insert(Clock::new(Actor(getrandom::u64()?))),
            };
            operations.push(Operation {
                id: draw(made)?,
                subject,
                round,
                stamp: clock.tick(now_millis()),
                changes,
                why: why.map(ToOwned::to_owned),
            });
        }
        Ok(operations)
    }
}

/// How an edit came about; its id says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Somebody edited a household on a page.
    ByHand,
    /// By undoing what somebody else had written.
    ByUndoing,
}

/// Draws the id of an operation, or of a household.
///
/// # Errors
/// When the system gives no random bits.
pub fn draw(made: Made) -> Result<Uuid, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(match made {
        Made::ByHand => Builder::from_random_bytes(bytes).into_uuid(),
        Made::ByUndoing => undoing(bytes),
    })
}

#[cfg(test)]
mod tests {
    use soho_shared::record::Round;

    use super::*;

    #[test]
    fn each_decision_is_an_operation_of_its_own_after_the_last() {
        let server_writer = ServerWriter::default();
        let subject = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
        let key = RecordKey { subject, round: Round::CENSUS_2010 };
        let change = Change { field: "removed".parse().unwrap(), value: true.into(), seen: Vec::new() };
        let made = server_writer
            .operations(vec![(key, vec![change.clone()]), (key, vec![change])], None, Made::ByHand)
            .unwrap();
        assert!(made[0].stamp < made[1].stamp && made[0].id != made[1].id);
        assert_eq!(made[0].stamp.actor(), made[1].stamp.actor());
    }
}
