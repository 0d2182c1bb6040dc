//! The operations that are kept after the server has acknowledged them.

use js_sys::Array;
use soho_shared::record::RecordKey;
use wasm_bindgen::JsCast as _;

use super::super::acknowledged::{Heard, MOST, put_back, surplus};
use super::super::records::each_once;
use super::connection::{Stores, Work};
use super::request::done;
use super::rows::{count, drop_range, entries, get_meta, get_records, put_entry, put_meta};
use super::{Changed, REGISTER};

/// Takes in what an answer says of its register, before anything else of the answer. If it is another one than before,
/// all that is kept goes back into the outbox; otherwise what need not be kept any longer is dropped, with room for
/// `coming` operations.
pub(super) fn hear<'a>(
    on: &'a Stores,
    heard: Option<&'a Heard>,
    coming: usize,
    left: &'a [RecordKey],
) -> Work<'a, Changed> {
    Box::pin(async move {
        let Some(heard) = heard else { return Ok(Changed::default()) };
        let known = get_meta(&on.meta, REGISTER).await?;
        let memo = heard.memo();
        let is_news = known.as_ref() != Some(&memo);
        let changed = if known.is_some_and(|known| heard.is_another(&known)) {
            wait_again(on).await?
        } else {
            drop_surplus(on, heard, is_news, coming, left).await?;
            Changed::default()
        };
        if is_news {
            put_meta(&on.meta, REGISTER, &memo).await?;
        }
        Ok(changed)
    })
}

/// Moves all that is kept into the outbox.
fn wait_again<'a>(on: &'a Stores) -> Work<'a, Changed> {
    Box::pin(async {
        let kept = entries(&on.acknowledged).await?;
        let put_back = put_back(kept, &entries(&on.outbox).await?);
        for entry in &put_back {
            put_entry(&on.outbox, entry.slot.to_string(), entry).await?;
        }
        done(on.acknowledged.clear()).await?;
        let keys = each_once(put_back.iter().map(|entry| entry.op.key()).collect());
        Ok(Changed { records: get_records(&on.base, &keys).await?, put_back })
    })
}

/// Drops what need not be kept. All keys are read only on a new day, where records have left, and where there are too many.
fn drop_surplus<'a>(
    on: &'a Stores,
    heard: &'a Heard,
    is_new_day: bool,
    coming: usize,
    left: &'a [RecordKey],
) -> Work<'a, ()> {
    Box::pin(async move {
        let store = &on.acknowledged;
        for (from, to) in heard.in_backup() {
            drop_range(store, from, to).await?;
        }
        let most = MOST.saturating_sub(coming);
        let count = usize::try_from(count(&done(store.count()).await?)).unwrap_or(usize::MAX);
        if count > most || (count > 0 && (is_new_day || !left.is_empty())) {
            let keys = done(store.get_all_keys()).await?.unchecked_into::<Array>();
            let keys = keys.iter().filter_map(|key| key.as_string()).collect();
            for key in surplus(keys, heard.clock, left, most) {
                drop_range(store, key.clone(), key).await?;
            }
        }
        Ok(())
    })
}
