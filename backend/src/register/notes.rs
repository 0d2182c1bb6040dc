//! Notes: short texts under names, about the register as a whole.

use std::collections::BTreeMap;

use soho_shared::area::UnitCode;

use super::keys;
use crate::engine::{Batch, Engine, Pair, Query, StoreError, head_in, head_key};

/// Format of the register.
pub(super) const FORMAT: &str = "format";
/// Id of the register.
pub(super) const ID: &str = "id";
/// The register's own secret, for what the server gives out and must recognise.
pub const SECRET: &str = "secret";
/// Heads of the communes in the last backup that was read back: [`Heads`] as JSON.
pub(super) const BACKED_UP: &str = "backed-up";
/// Stands while the register is made of a backup.
pub(super) const RESTORING: &str = "restoring";

/// Of each unit, the number of its last transaction.
pub type Heads = BTreeMap<UnitCode, u64>;

/// The heads in what was found under [`BACKED_UP`].
pub(super) fn heads(found: &[Pair]) -> Result<Heads, StoreError> {
    let damaged = |_| StoreError::Damaged("the note on the last backup cannot be read".to_owned());
    found.first().map_or(Ok(Heads::new()), |(_, text)| serde_json::from_slice(text).map_err(damaged))
}

/// Notes how far each unit is in a backup.
pub(super) fn note_backup(store: &dyn Engine, heads: &Heads) -> Result<(), StoreError> {
    let text = serde_json::to_string(heads).map_err(|error| StoreError::Io(error.to_string()))?;
    write(store, &[(BACKED_UP, Some(&text))])
}

/// The text under a name; `None` where there is none.
pub(super) fn read(store: &dyn Engine, name: &str) -> Result<Option<String>, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("the note `{name}` is not a text"));
    store.get(keys::note(name))?.map(|bytes| String::from_utf8(bytes).map_err(damaged)).transpose()
}

/// Keeps texts under names; without a text, removes the name.
pub(super) fn write(store: &dyn Engine, notes: &[(&str, Option<&str>)]) -> Result<(), StoreError> {
    write_unless(store, None, notes).map(drop)
}

/// [`write`] unless there is a text under `name` already, which is then returned.
pub(super) fn write_new(
    store: &dyn Engine,
    name: &str,
    notes: &[(&str, Option<&str>)],
) -> Result<Option<String>, StoreError> {
    write_unless(store, Some(name), notes)
}

fn write_unless(
    store: &dyn Engine,
    name: Option<&str>,
    notes: &[(&str, Option<&str>)],
) -> Result<Option<String>, StoreError> {
    loop {
        let mut queries = vec![Query::Key(head_key(keys::WHOLE))];
        queries.extend(name.map(|name| Query::Key(keys::note(name))));
        // Of one moment: whoever writes in between moves the head.
        let mut found = store.read(&queries)?.into_iter();
        let head = head_in(&found.next().unwrap_or_default())?;
        if let Some((_, text)) = found.next().and_then(|note| note.into_iter().next()) {
            let damaged = |_| StoreError::Damaged("a note is not a text".to_owned());
            return String::from_utf8(text).map(Some).map_err(damaged);
        }
        let mut batch = Batch::new(keys::WHOLE, head);
        for (name, text) in notes {
            batch.writes.push((keys::note(name), text.map(|text| text.as_bytes().to_vec())));
        }
        // Another may have written there meanwhile.
        if store.commit(vec![batch])? == [true] {
            return Ok(None);
        }
    }
}
