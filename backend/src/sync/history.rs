//! A household's history, and the household as it once was.

use std::collections::{BTreeMap, BTreeSet};

use soho_shared::access::Scope;
use soho_shared::household::field;
use soho_shared::record::{Doc, HouseholdId, RecordKey, Round, Value};
use soho_shared::wire::PulledRecord;
use uuid::Uuid;

use super::pull::{household, is_volunteer, told};
use crate::engine::StoreError;
use crate::register::{Edit, EditPage, Register};

/// Most households joined to one another that are followed; far more than people ever join.
const MAX_LINKED: usize = 20;

/// A page of a household's history.
#[derive(Debug)]
pub struct Story {
    /// Households that were joined into it, or that it was joined into.
    pub linked: Vec<HouseholdId>,
    /// Edits of it and of them, latest first.
    pub edits: Vec<Edit>,
    /// The records as they stand now, which give the edits' items their names.
    pub docs: BTreeMap<RecordKey, Doc>,
    /// Change number before which the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// A page of the history of a household and those joined to it, as far as a scope reaches; `None` when it reaches
/// nothing of the household. A record that stands within the scope now is told from its beginning, wherever it stood
/// before.
///
/// # Errors
/// When the store fails.
pub async fn history(
    store: &Register,
    scope: Option<&Scope>,
    id: HouseholdId,
    round: Option<Round>,
    before: u64,
    limit: usize,
) -> Result<Option<Story>, StoreError> {
    let mut docs = BTreeMap::new();
    let mut households = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(next) = waiting.pop() {
        if households.len() > MAX_LINKED || households.contains(&next) {
            continue;
        }
        let records = household(store, scope, next).await?;
        if !records.is_empty() {
            households.insert(next);
        }
        for PulledRecord { subject, round, doc, .. } in records {
            waiting.extend(linked(next, &doc));
            docs.insert(RecordKey { subject, round }, doc);
        }
    }
    if !households.remove(&id) {
        return Ok(None);
    }
    let keys = docs.keys().copied().filter(|key| round.is_none_or(|round| round == key.round)).collect();
    let EditPage { mut edits, more } = store.history(keys, before, limit).await?;
    let next = edits.last().filter(|_| more).map(|edit| edit.number);
    if is_volunteer(scope) {
        edits = edits.into_iter().filter_map(untold).collect();
    }
    Ok(Some(Story { linked: households.into_iter().collect(), edits, docs, next }))
}

/// An edit without the changes that name other households, and without the reason for them; `None` when nothing else
/// is left.
fn untold(mut edit: Edit) -> Option<Edit> {
    let (changes, steps) = (std::mem::take(&mut edit.operation.changes), std::mem::take(&mut edit.steps));
    let of = changes.len();
    (edit.operation.changes, edit.steps) =
        changes.into_iter().zip(steps).filter(|(change, _)| !field::names_another(&change.field)).unzip();
    if edit.operation.changes.len() < of {
        edit.operation.why = None;
    }
    (!edit.operation.changes.is_empty()).then_some(edit)
}

/// Households that a record says it is joined with; only those of its own commune count.
fn linked(of: HouseholdId, doc: &Doc) -> Vec<HouseholdId> {
    let beside = |id: &HouseholdId| id.commune == of.commune;
    let same = doc.get(field::SAME_AS).and_then(Value::as_text).and_then(|text| text.parse().ok());
    let merged = doc.standing().filter(|(_, value)| value.is_true()).filter_map(|(path, _)| {
        let uuid = path.as_str().strip_prefix(field::MERGED)?;
        Some(HouseholdId { commune: of.commune, uuid: Uuid::try_parse(uuid).ok()? })
    });
    same.into_iter().chain(merged).filter(beside).collect()
}

/// A household's records as the server had them at a moment, of the rounds that a scope reaches now; `None` when it
/// reaches none. `at` is in milliseconds since 1970.
///
/// # Errors
/// When the store fails.
pub async fn household_at(
    store: &Register,
    scope: Option<&Scope>,
    id: HouseholdId,
    at: u64,
) -> Result<Option<Vec<PulledRecord>>, StoreError> {
    let rounds: Vec<Round> =
        household(store, scope, id).await?.into_iter().map(|record| record.round).collect();
    if rounds.is_empty() {
        return Ok(None);
    }
    let records = store.household_at(id, at).await?.into_iter().map(PulledRecord::from);
    let records = records.filter(|record| rounds.contains(&record.round));
    Ok(Some(records.map(|record| told(scope, record)).collect()))
}
