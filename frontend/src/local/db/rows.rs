//! The stored form of entries and records.

use js_sys::{Array, Object, Reflect};
use soho_shared::area::{CommuneCode, UnitCode};
use soho_shared::household::field;
use soho_shared::record::{Doc, RecordKey, Round, Stamp, Value};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{IdbKeyRange, IdbObjectStore as Store};

use super::super::outbox::Entry;
use super::super::records::key_text;
use super::connection::Work;
use super::request::done;
use super::{DbError, Result};
use crate::json;

pub(super) fn entries<'a>(store: &'a Store) -> Work<'a, Vec<Entry>> {
    Box::pin(async {
        let texts = done(store.get_all()).await?;
        texts.unchecked_into::<Array>().iter().map(|text| Ok(Entry::read(&self::text(&text)?)?)).collect()
    })
}

pub(super) fn get_entry<'a>(outbox: &'a Store, slot: Stamp) -> Work<'a, Option<Entry>> {
    Box::pin(async move {
        let text = done(outbox.get(&slot.to_string().into())).await?;
        Ok(text.as_string().map(|text| Entry::read(&text)).transpose()?)
    })
}

pub(super) fn put_entry<'a>(store: &'a Store, key: String, entry: &'a Entry) -> Work<'a, ()> {
    Box::pin(async {
        let text = serde_json::to_string(entry)?;
        done(store.put_with_key(&text.into(), &key.into())).await.map(drop)
    })
}

pub(super) fn drop_entry<'a>(outbox: &'a Store, slot: Stamp) -> Work<'a, ()> {
    Box::pin(async move { done(outbox.delete(&slot.to_string().into())).await.map(drop) })
}

pub(super) fn drop_range<'a>(store: &'a Store, from: String, to: String) -> Work<'a, ()> {
    Box::pin(async {
        let range = IdbKeyRange::bound(&from.into(), &to.into())?;
        done(store.delete(&range)).await.map(drop)
    })
}

pub(super) fn get_record<'a>(base: &'a Store, key: &'a RecordKey) -> Work<'a, Option<Doc>> {
    Box::pin(async {
        let row = done(base.get(&key_text(key).into())).await?;
        if row.is_undefined() { Ok(None) } else { Ok(Some(read_row(&row)?.1)) }
    })
}

pub(super) fn get_records<'a>(base: &'a Store, keys: &'a [RecordKey]) -> Work<'a, Vec<(RecordKey, Doc)>> {
    Box::pin(async move {
        let mut found = Vec::new();
        for key in keys {
            found.extend(get_record(base, key).await?.map(|doc| (*key, doc)));
        }
        Ok(found)
    })
}

pub(super) fn put_record<'a>(
    base: &'a Store,
    key: &'a RecordKey,
    doc: &'a Doc,
    register: &'a str,
) -> Work<'a, ()> {
    Box::pin(async move { done(base.put(&row(key, doc, register)?)).await.map(drop) })
}

pub(super) fn get_meta<'a>(meta: &'a Store, key: &'a str) -> Work<'a, Option<String>> {
    Box::pin(async move { Ok(done(meta.get(&key.into())).await?.as_string()) })
}

pub(super) fn put_meta<'a>(meta: &'a Store, key: &'a str, text: &'a str) -> Work<'a, ()> {
    Box::pin(async move { done(meta.put_with_key(&text.into(), &key.into())).await.map(drop) })
}

/// Reads a text that was stored as such.
fn text(stored: &JsValue) -> Result<String> {
    stored.as_string().ok_or_else(|| DbError::Damaged("it is no text".to_owned()))
}

/// Reads the answer to a request that counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a browser counts in whole numbers"
)]
pub(super) fn count(answer: &JsValue) -> u32 {
    answer.as_f64().unwrap_or_default() as u32
}

pub(super) fn place(unit: UnitCode, hamlet: i64, round: Round) -> String {
    format!("{round}/{unit}-{hamlet:02}")
}

/// Deletes the records of a commune that another register gave, and returns their keys.
pub(super) fn sweep<'a>(
    base: &'a Store,
    commune: CommuneCode,
    register: &'a str,
) -> Work<'a, Vec<RecordKey>> {
    Box::pin(async move {
        let range = IdbKeyRange::bound(&format!("{commune}-").into(), &format!("{commune}-~").into())?;
        let rows = done(base.get_all_with_key(&range)).await?;
        let mut swept = Vec::new();
        for row in rows.unchecked_into::<Array>() {
            if Reflect::get(&row, &FROM.into()).ok().and_then(|text| text.as_string()).as_deref()
                != Some(register)
            {
                let (key, _) = read_row(&row)?;
                done(base.delete(&key_text(&key).into())).await?;
                swept.push(key);
            }
        }
        Ok(swept)
    })
}

/// Property of a row that names the register that gave the record.
const FROM: &str = "register";

/// Makes the stored form of a record: an object whose properties are texts.
fn row(key: &RecordKey, doc: &Doc, register: &str) -> Result<JsValue> {
    let hamlet = doc.get(field::HAMLET).and_then(Value::as_int).unwrap_or(0);
    let row = Object::new();
    for (name, text) in [
        ("key", key_text(key)),
        ("place", place(key.subject.unit, hamlet, key.round)),
        ("doc", serde_json::to_string(doc)?),
        (FROM, register.to_owned()),
    ] {
        // Fails only for a frozen object.
        let _ = Reflect::set(&row, &name.into(), &text.into());
    }
    Ok(row.into())
}

pub(super) fn read_row(row: &JsValue) -> Result<(RecordKey, Doc)> {
    let part = |name: &str| {
        let text = Reflect::get(row, &name.into()).ok().and_then(|text| text.as_string());
        text.ok_or_else(|| DbError::Damaged(format!("`{name}` is missing")))
    };
    let key = part("key")?;
    let damaged = || DbError::Damaged(key.clone());
    let (subject, round) = key.split_once('/').ok_or_else(damaged)?;
    let subject = subject.parse().map_err(|_| damaged())?;
    let round = round.parse().map_err(|_| damaged())?;
    Ok((RecordKey { subject, round }, json::read(&part("doc")?)?))
}
