//! Recognition: the cases of a commune's round, the certificates by their numbers, and whom to review.
//!
//! Certificates stand on households' records. Beside these the register keeps them by number ([`Certified`]), written in the same
//! transaction: so the last number of a year, and those that hold no more, are found without reading households.

use std::collections::BTreeMap;

use soho_shared::area::CommuneCode;
use soho_shared::household::{CertificateNumber, Recognised};
use soho_shared::recognition::{Case, Recognition, Reviewed, Votes};
use soho_shared::record::{Change, Doc, HouseholdId, RecordKey, Round, Subject};
use soho_shared::standard::Class;

use super::Register;
use super::keys::{self, Certified, Key};
use super::log::LogEntry;
use super::types::Record;
use crate::engine::{Engine, Query, Range, StoreError};

impl Register {
    /// The households of a commune's round that its meetings and its recognition have to do with, by their ids: those that are
    /// poor, near-poor or low-income, have come out of it, were put to a meeting, complain, or hold or held a certificate.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn cases(&self, commune: CommuneCode, round: Round) -> Result<Vec<Case>, StoreError> {
        self.costly(move |store| cases(store, commune, round)).await
    }

    /// The households of a commune that are to be reviewed in a round: those on the list of the round before, and those that
    /// were put on this one's.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn to_review(&self, commune: CommuneCode, round: Round) -> Result<Vec<Reviewed>, StoreError> {
        self.costly(move |store| to_review(store, commune, round)).await
    }

    /// The last number of a certificate that stands on a household of a commune, in the series of a year; 0 where none does.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn last_certificate(&self, commune: CommuneCode, year: u16) -> Result<u32, StoreError> {
        self.read(move |store| {
            let last = Range::of(&keys::series(commune, year)).backwards().pairs(1);
            Ok(store.range(last)?.first().and_then(|(key, _)| number(key)).map_or(0, |last| last.number))
        })
        .await
    }

    /// Numbers of a commune's certificates that hold no more, by year, rising: those that were withdrawn, and those of rounds that
    /// do not stand by the recognition that gave them.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn withdrawn(&self, commune: CommuneCode) -> Result<BTreeMap<u16, Vec<u32>>, StoreError> {
        self.read(move |store| withdrawn(store, commune)).await
    }
}

fn number(key: &[u8]) -> Option<CertificateNumber> {
    match keys::read(key)?.1 {
        Key::Certificate(number) => Some(number),
        _ => None,
    }
}

/// The certificates that operations on a record give or withdraw, by their keys.
pub(super) fn certified(key: RecordKey, entries: &[(u64, LogEntry)]) -> BTreeMap<Vec<u8>, Certified> {
    let Some(household) = key.subject.household() else { return BTreeMap::new() };
    let one = |change: &Change| {
        let number = CertificateNumber::of_path(change.field.as_str())?;
        let recognised = change.value.as_text().and_then(Recognised::from_word);
        let certified = Certified { household: household.uuid, round: key.round, recognised };
        Some((keys::certificate(key.subject.unit, number), certified))
    };
    entries.iter().flat_map(|(_, entry)| &entry.operation.changes).filter_map(one).collect()
}

fn cases(store: &dyn Engine, commune: CommuneCode, round: Round) -> Result<Vec<Case>, StoreError> {
    let mut cases = Vec::new();
    for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
        if key.round != round {
            continue;
        }
        // `soho verify` names one that cannot be read.
        let Ok(Record { doc, contribution, .. }) = keys::decode_record(key, &value) else { continue };
        cases.extend(Case::read(key, &doc, contribution.as_ref()).filter(is_wanted));
    }
    Ok(cases)
}

/// Whether meetings or recognition have to do with a case.
fn is_wanted(case: &Case) -> bool {
    let is_of_class = case.due().is_some() || case.class == Some(Class::LowIncome);
    let is_touched = case.votes != Votes::default() || !case.complaint.is_empty() || !case.issued.is_empty();
    is_of_class || is_touched
}

fn to_review(store: &dyn Engine, commune: CommuneCode, round: Round) -> Result<Vec<Reviewed>, StoreError> {
    let before = Round::new(round.year() - 1);
    let mut reviewed = Vec::new();
    // A household that the round before left on the list, until it is known whether this round has a record of it.
    let mut listed: Option<(HouseholdId, Class, Doc)> = None;
    let mut take = |household, listed: Option<&(HouseholdId, Class, Doc)>, now: Option<&Doc>| {
        let listed = listed.map(|(_, class, doc)| (*class, doc));
        reviewed.extend(Reviewed::read(household, listed, now));
    };
    for pair in store.scan(Range::of(&keys::all(commune, keys::RECORD))) {
        let (key, value) = pair?;
        let Some((_, Key::Record(key))) = keys::read(&key) else { continue };
        let Some(household) = key.subject.household() else { continue };
        if let Some(left) = listed.take_if(|(of, ..)| *of != household) {
            take(left.0, Some(&left), None);
        }
        if Some(key.round) != before && key.round != round {
            continue;
        }
        let Ok(Record { doc, contribution, .. }) = keys::decode_record(key, &value) else { continue };
        if key.round == round {
            let listed = listed.take();
            // Another household's record may stand for it.
            if contribution.is_none_or(|adds| adds.counts) {
                take(household, listed.as_ref(), Some(&doc));
            }
        } else if let Some(class) = contribution.as_ref().and_then(Reviewed::listed) {
            listed = Some((household, class, doc));
        }
    }
    if let Some(left) = listed {
        take(left.0, Some(&left), None);
    }
    Ok(reviewed)
}

fn withdrawn(store: &dyn Engine, commune: CommuneCode) -> Result<BTreeMap<u16, Vec<u32>>, StoreError> {
    // Both are of one moment.
    let found = store.read(&[
        Query::Range(Range::of(&keys::subject(Subject::from(commune)))),
        Query::Range(Range::of(&keys::all(commune, keys::CERTIFICATE))),
    ])?;
    let [own, certificates] = found.as_slice() else {
        return Err(StoreError::Damaged(format!("the certificates of area {commune} cannot be read")));
    };
    let mut standing = Vec::new();
    for (key, value) in own {
        let Some((_, Key::Record(key))) = keys::read(key) else { continue };
        let doc = keys::body(value).and_then(keys::decode_body).map(|(doc, _)| doc);
        if doc.is_some_and(|doc| Recognition::of(&doc).stands()) {
            standing.push(key.round);
        }
    }
    let mut withdrawn: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    for (key, value) in certificates {
        let (Some(number), Some(certified)) = (number(key), Certified::decode(value)) else { continue };
        if certified.recognised.is_none() || !standing.contains(&certified.round) {
            withdrawn.entry(number.year).or_default().push(number.number);
        }
    }
    Ok(withdrawn)
}

#[cfg(test)]
mod tests;
