//! The stored form of entries and records.

use indexed_db_futures::KeyRange;
use indexed_db_futures::object_store::ObjectStore as Store;
use indexed_db_futures::prelude::*;
use js_sys::{Object, Reflect};
use soho_shared::area::CommuneCode;
use soho_shared::household::field;
use soho_shared::record::{Doc, RecordKey, Round, Stamp, Value};
use wasm_bindgen::JsValue;

use super::super::outbox::Entry;
use super::super::records::key_text;
use super::connection::Work;
use super::{DbError, Result};
use crate::json;

pub(super) fn entries<'a>(store: &'a Store<'_>) -> Work<'a, Vec<Entry>> {
    Box::pin(async {
        let texts = store.get_all::<String>().primitive()?.await?;
        texts.map(|text| Ok(Entry::read(&text?)?)).collect()
    })
}

pub(super) fn get_entry<'a>(outbox: &'a Store<'_>, slot: Stamp) -> Work<'a, Option<Entry>> {
    Box::pin(async move {
        let text: Option<String> = outbox.get(slot.to_string()).primitive()?.await?;
        Ok(text.map(|text| Entry::read(&text)).transpose()?)
    })
}

pub(super) fn put_entry<'a>(store: &'a Store<'_>, key: String, entry: &'a Entry) -> Work<'a, ()> {
    Box::pin(async {
        let text = serde_json::to_string(entry)?;
        store.put(text).with_key(key).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn drop_entry<'a>(outbox: &'a Store<'_>, slot: Stamp) -> Work<'a, ()> {
    Box::pin(async move { Ok(outbox.delete(slot.to_string()).primitive()?.await?) })
}

pub(super) fn drop_range<'a>(store: &'a Store<'_>, from: String, to: String) -> Work<'a, ()> {
    Box::pin(async {
        let range = KeyRange::Bound(from, false, to, false);
        Ok(store.delete::<String, _>(range).primitive()?.await?)
    })
}

pub(super) fn get_record<'a>(base: &'a Store<'_>, key: &'a RecordKey) -> Work<'a, Option<Doc>> {
    Box::pin(async {
        let row: Option<JsValue> = base.get(key_text(key)).primitive()?.await?;
        Ok(row.map(|row| read_row(&row)).transpose()?.map(|(_, doc)| doc))
    })
}

pub(super) fn get_records<'a>(base: &'a Store<'_>, keys: &'a [RecordKey]) -> Work<'a, Vec<(RecordKey, Doc)>> {
    Box::pin(async move {
        let mut found = Vec::new();
        for key in keys {
            found.extend(get_record(base, key).await?.map(|doc| (*key, doc)));
        }
        Ok(found)
    })
}

pub(super) fn put_record<'a>(
    base: &'a Store<'_>,
    key: &'a RecordKey,
    doc: &'a Doc,
    register: &'a str,
) -> Work<'a, ()> {
    Box::pin(async move {
        base.put(row(key, doc, register)?).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn get_meta<'a>(meta: &'a Store<'_>, key: &'a str) -> Work<'a, Option<String>> {
    Box::pin(async move { Ok(meta.get(key).primitive()?.await?) })
}

pub(super) fn put_meta<'a>(meta: &'a Store<'_>, key: &'a str, text: &'a str) -> Work<'a, ()> {
    Box::pin(async move {
        meta.put(text).with_key(key).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn place(commune: CommuneCode, hamlet: i64, round: Round) -> String {
    format!("{round}/{commune}-{hamlet:02}")
}

/// Deletes the records of a commune that another register gave, and returns their keys.
pub(super) fn sweep<'a>(
    base: &'a Store<'_>,
    commune: CommuneCode,
    register: &'a str,
) -> Work<'a, Vec<RecordKey>> {
    Box::pin(async move {
        let range = KeyRange::Bound(format!("{commune}-"), false, format!("{commune}-~"), false);
        let rows = base.get_all::<JsValue>().with_query::<String, _>(range).primitive()?.await?;
        let mut swept = Vec::new();
        for row in rows {
            let row = row?;
            if Reflect::get(&row, &FROM.into()).ok().and_then(|text| text.as_string()).as_deref()
                != Some(register)
            {
                let (key, _) = read_row(&row)?;
                base.delete(key_text(&key)).primitive()?.await?;
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
        ("place", place(key.household.commune, hamlet, key.round)),
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
    let (household, round) = key.split_once('/').ok_or_else(damaged)?;
    let household = household.parse().map_err(|_| damaged())?;
    let round = round.parse().map_err(|_| damaged())?;
    Ok((RecordKey { household, round }, json::read(&part("doc")?)?))
}
