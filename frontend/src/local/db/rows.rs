//! The stored form of entries and records.

use indexed_db_futures::object_store::ObjectStore as Store;
use indexed_db_futures::prelude::*;
use js_sys::{Object, Reflect};
use soho_shared::area::CommuneCode;
use soho_shared::household::field;
use soho_shared::record::{Doc, RecordKey, Round, Stamp, Value};
use wasm_bindgen::JsValue;

use super::super::outbox::Entry;
use super::connection::Work;
use super::{DbError, Result};
use crate::json;

pub(super) fn entries<'a>(outbox: &'a Store<'_>) -> Work<'a, Vec<Entry>> {
    Box::pin(async {
        let texts = outbox.get_all::<String>().primitive()?.await?;
        texts.map(|text| Ok(Entry::read(&text?)?)).collect()
    })
}

pub(super) fn get_entry<'a>(outbox: &'a Store<'_>, slot: Stamp) -> Work<'a, Option<Entry>> {
    Box::pin(async move {
        let text: Option<String> = outbox.get(slot.to_string()).primitive()?.await?;
        Ok(text.map(|text| Entry::read(&text)).transpose()?)
    })
}

pub(super) fn put_entry<'a>(outbox: &'a Store<'_>, entry: &'a Entry) -> Work<'a, ()> {
    Box::pin(async {
        let text = serde_json::to_string(entry)?;
        outbox.put(text).with_key(entry.slot.to_string()).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn drop_entry<'a>(outbox: &'a Store<'_>, slot: Stamp) -> Work<'a, ()> {
    Box::pin(async move { Ok(outbox.delete(slot.to_string()).primitive()?.await?) })
}

pub(super) fn get_record<'a>(base: &'a Store<'_>, key: &'a RecordKey) -> Work<'a, Option<Doc>> {
    Box::pin(async {
        let row: Option<JsValue> = base.get(key_text(key)).primitive()?.await?;
        Ok(row.map(|row| read_row(&row)).transpose()?.map(|(_, doc)| doc))
    })
}

pub(super) fn put_record<'a>(base: &'a Store<'_>, key: &'a RecordKey, doc: &'a Doc) -> Work<'a, ()> {
    Box::pin(async {
        base.put(row(key, doc)?).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn put_meta<'a>(meta: &'a Store<'_>, key: &'a str, text: &'a str) -> Work<'a, ()> {
    Box::pin(async move {
        meta.put(text).with_key(key).primitive()?.await?;
        Ok(())
    })
}

pub(super) fn key_text(key: &RecordKey) -> String {
    format!("{}/{}", key.household, key.round)
}

pub(super) fn place(commune: CommuneCode, hamlet: i64, round: Round) -> String {
    format!("{round}/{commune}-{hamlet:02}")
}

/// Makes the stored form of a record: an object whose properties are texts.
fn row(key: &RecordKey, doc: &Doc) -> Result<JsValue> {
    let hamlet = doc.get(field::HAMLET).and_then(Value::as_int).unwrap_or(0);
    let row = Object::new();
    for (name, text) in [
        ("key", key_text(key)),
        ("place", place(key.household.commune, hamlet, key.round)),
        ("doc", serde_json::to_string(doc)?),
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
