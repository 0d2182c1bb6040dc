//! The browser's own calls, awaited.
//!
//! A transaction goes on only while its answers are taken up at once: between the answer to one request and the next
//! request nothing else may be awaited.

use js_sys::{Array, Function, JsString, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbDatabase, IdbRequest, IdbTransaction};

use super::connection::Work;
use super::{DbError, Result};

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions may be told how durable they are.
    type Durable;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Durable,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> std::result::Result<IdbTransaction, JsValue>;
}

impl From<JsValue> for DbError {
    fn from(error: JsValue) -> Self {
        let Some(error) = error.dyn_ref::<DomException>() else {
            return DbError::Transaction("the browser does not say why".to_owned());
        };
        let (name, text) = (error.name(), error.message());
        if name == "QuotaExceededError" {
            DbError::Full(text)
        } else {
            DbError::Transaction(format!("{name}: {text}"))
        }
    }
}

/// Waits until the first of two handlers is called; returns whether it is the one for what went well.
pub(super) async fn either(mut set: impl FnMut(Function, Function)) -> bool {
    JsFuture::from(Promise::new(&mut set)).await.is_ok()
}

/// Waits for the answer to a request.
pub(super) fn done<'a>(request: std::result::Result<IdbRequest, JsValue>) -> Work<'a, JsValue> {
    Box::pin(async {
        let request = request?;
        let is_good = either(|good, bad| {
            request.set_onsuccess(Some(&good));
            request.set_onerror(Some(&bad));
        });
        if is_good.await {
            return Ok(request.result()?);
        }
        Err(request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from).into())
    })
}

/// Begins a transaction on these stores. When one that writes completes, the data are on the disk, not only with the
/// operating system.
pub(super) fn begin(database: &IdbDatabase, stores: &[&str], mode: &str) -> Result<IdbTransaction> {
    let stores: Array = stores.iter().map(|store| JsString::from(*store)).collect();
    let options = Object::new();
    // Fails only for a frozen object.
    let _ = Reflect::set(&options, &"durability".into(), &"strict".into());
    Ok(database.unchecked_ref::<Durable>().transaction(&stores, mode, &options)?)
}

/// Waits until what was written is stored.
pub(super) async fn completed(transaction: &IdbTransaction) -> Result<()> {
    let is_stored = either(|good, bad| {
        transaction.set_oncomplete(Some(&good));
        transaction.set_onabort(Some(&bad));
    });
    if is_stored.await {
        return Ok(());
    }
    Err(transaction.error().map_or(JsValue::UNDEFINED, JsValue::from).into())
}
