//! Mistakes that a merge could make, made on purpose: the simulator must notice them.

use soho::register::Register;
use soho_shared::record::{Actor, Stamp};
use soho_shared::wire::PushRequest;

/// A mistake made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// What arrives last stands, whenever it was written.
    LastArrivalWins,
    /// The value that lost is forgotten, as if the winner had seen it.
    ForgetTheLoser,
    /// Every clock is taken to be right.
    BelieveEveryClock,
    /// Now and then something is acknowledged that was never stored.
    AnswerBeforeStoring,
    /// All devices of a commune are taken for one writer.
    OneWriterForAll,
    /// Tablets forget what the server has acknowledged, so that a restored register does not get it back.
    ForgetWhatWasSent,
}

impl Sabotage {
    pub(crate) const ALL: [Sabotage; 6] = [
        Sabotage::LastArrivalWins,
        Sabotage::ForgetTheLoser,
        Sabotage::BelieveEveryClock,
        Sabotage::AnswerBeforeStoring,
        Sabotage::OneWriterForAll,
        Sabotage::ForgetWhatWasSent,
    ];

    /// Makes the mistake with a push on its way into the store.
    pub(crate) async fn spoil(self, request: &mut PushRequest, store: &Register, now: u64) {
        if self == Sabotage::BelieveEveryClock {
            request.clock = Some(now);
        }
        for operation in &mut request.operations {
            match self {
                Sabotage::LastArrivalWins => {
                    operation.stamp = Stamp::new(now, 0, operation.stamp.actor()).unwrap();
                }
                Sabotage::ForgetTheLoser => {
                    let records = store.records(operation.subject).await.unwrap();
                    for change in &mut operation.changes {
                        let there = records.iter().flat_map(|record| record.doc.seen(change.field.as_str()));
                        change.seen.extend(there.filter(|seen| seen.actor() != operation.stamp.actor()));
                    }
                }
                Sabotage::OneWriterForAll => {
                    let stamp = operation.stamp;
                    operation.stamp = Stamp::new(stamp.millis(), 0, Actor(1)).unwrap();
                }
                Sabotage::BelieveEveryClock | Sabotage::AnswerBeforeStoring | Sabotage::ForgetWhatWasSent => {
                }
            }
        }
    }
}
