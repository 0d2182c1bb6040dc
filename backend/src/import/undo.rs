//! Undoing one import as a whole: where what it wrote still stands, what stood before is put back; where it is in conflict with what
//! stands, the conflict ends; and households that it alone has entered are withdrawn.

use soho_shared::area::{self, CommuneCode};
use soho_shared::household::field::REMOVED;
use soho_shared::record::{
    Actor, Change, FieldConflict, MAX_BATCH, MAX_CHANGES, MAX_SEEN, Operation, RecordKey, Round, Stamp, Write,
};
use soho_shared::wire::imports::{ImportId, ImportState, ImportUndone};

use super::ImportError;
use super::past::{self, Past};
use super::write::{Pen, push, writer};
use crate::engine::StoreError;
use crate::people::{Action, Author};
use crate::register::{Contested, Register, Undo};
use crate::sync::{Made, draw, now_millis};

/// Records that are looked at in one go.
const PAGE: usize = 500;

/// Undoes an import. Cut short, it goes on when it is called again; undone before, it changes nothing.
///
/// # Errors
/// When there is no such import, or the register fails.
pub async fn undo(store: &Register, id: ImportId, by: Option<Author>) -> Result<ImportUndone, ImportError> {
    let found = past::of(store, vec![id.unit], id.round).await?;
    let (_, mut past, seen) = found.into_iter().find(|(of, ..)| *of == id).ok_or(ImportError::Unknown)?;
    let mut undone = ImportUndone::default();
    if past.state == ImportState::Undone {
        return Ok(undone);
    }
    let area = id.unit.area();
    for commune in area::communes().iter().filter(|commune| area.contains_commune(commune)) {
        if store.head(commune.code) > 0 {
            let ImportUndone { records, refused } =
                undo_in(store, commune.code, id, &past, by.clone()).await?;
            undone.records += records;
            undone.refused += refused;
        }
    }
    past.state = ImportState::Undone;
    let mut pen = Pen::of(person()?);
    past::keep(store, by.clone(), id, &past, &mut pen, seen).await?;
    past::tell(store, by, Action::ImportUndone, id, &past).await?;
    Ok(undone)
}

/// Undoing in one commune.
struct Undoing<'s> {
    store: &'s Register,
    commune: CommuneCode,
    /// What is undone.
    undo: Undo,
    /// Who undoes it.
    by: Option<Author>,
    why: String,
    /// Stamps what withdraws: no person has withdrawn these, and the file imported again brings them back.
    withdrawing: Pen,
    /// Stamps what puts back: persons had typed it.
    putting_back: Pen,
    undone: ImportUndone,
}

/// Undoes what an import has written in a commune.
async fn undo_in(
    store: &Register,
    commune: CommuneCode,
    id: ImportId,
    past: &Past,
    by: Option<Author>,
) -> Result<ImportUndone, StoreError> {
    let Author { account, session } = past.author(id);
    let mut undoing = Undoing {
        store,
        commune,
        undo: Undo { account, session: Some(session), since: 0 },
        by,
        why: format!("hoàn tác lần nhập tệp {}", past.file),
        withdrawing: Pen::of(writer(&format!("undo {id}"), 0, commune.into())),
        putting_back: Pen::of(person()?),
        undone: ImportUndone::default(),
    };
    undoing.put_back().await?;
    undoing.settle(id.round).await?;
    Ok(undoing.undone)
}

impl Undoing<'_> {
    /// Puts back what stood before, where what was written still stands.
    async fn put_back(&mut self) -> Result<(), StoreError> {
        let (mut after, mut is_noted) = (None, false);
        loop {
            let page = self.store.undo(self.commune, self.undo.clone(), after, PAGE).await?;
            if !is_noted && !page.edits.is_empty() {
                self.store.note_undo(now_millis(), self.commune, &self.undo).await?;
                is_noted = true;
            }
            self.write(page.edits).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Ends the conflicts in which what was written has lost: what stands stays.
    async fn settle(&mut self, round: Round) -> Result<(), StoreError> {
        let mut after: Option<RecordKey> = None;
        loop {
            let page = self.store.conflicts(self.commune, Some(round), after, PAGE).await?;
            let Some(last) = page.records.last() else { return Ok(()) };
            after = Some(last.record.key);
            let edits = page.records.iter().map(|of| (of.record.key, self.settling(of)));
            let edits: Vec<_> = edits.filter(|(_, changes)| !changes.is_empty()).collect();
            self.write(edits).await?;
            if !page.more {
                return Ok(());
            }
        }
    }

    fn settling(&self, Contested { record, origins }: &Contested) -> Vec<Change> {
        let is_own = |write: &&Write| {
            let by = origins.get(&write.stamp).and_then(|origin| origin.by.as_ref());
            by.is_some_and(|by| Some(by.session) == self.undo.session)
        };
        let settled = |FieldConflict { field, standing, lost }: FieldConflict| {
            let own: Vec<Stamp> = lost.iter().filter(is_own).map(|write| write.stamp).collect();
            let seen = own.iter().copied().chain([standing.stamp]).take(MAX_SEEN).collect();
            (!own.is_empty()).then(|| Change { field, value: standing.value.clone(), seen })
        };
        record.doc.conflicts().into_iter().filter_map(settled).collect()
    }

    async fn write(&mut self, edits: Vec<(RecordKey, Vec<Change>)>) -> Result<(), StoreError> {
        self.undone.records += edits.len();
        let mut operations = Vec::with_capacity(edits.len());
        for (RecordKey { subject, round }, changes) in edits {
            let pen = if is_withdrawal(&changes) { &mut self.withdrawing } else { &mut self.putting_back };
            for changes in changes.chunks(MAX_CHANGES) {
                let id = draw(Made::ByUndoing).map_err(|error| StoreError::Io(error.to_string()))?;
                let (stamp, changes, why) = (pen.now(), changes.to_vec(), Some(self.why.clone()));
                operations.push(Operation { id, subject, round, stamp, changes, why });
            }
        }
        for batch in operations.chunks(MAX_BATCH) {
            let results = push(self.store, self.by.clone(), batch.to_vec()).await?;
            self.undone.refused += results.iter().flatten().count();
        }
        Ok(())
    }
}

/// A writer as a person's page has one.
fn person() -> Result<Actor, StoreError> {
    getrandom::u64().map(Actor).map_err(|error| StoreError::Io(error.to_string()))
}

fn is_withdrawal(changes: &[Change]) -> bool {
    matches!(changes, [Change { field, value, .. }] if field.as_str() == REMOVED && value.is_true())
}
