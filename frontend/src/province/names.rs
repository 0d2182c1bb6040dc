//! Names in Vietnamese alphabetical order.

use std::cmp::Ordering;

use wasm_bindgen::prelude::*;

thread_local! {
    static COLLATOR: js_sys::Function = {
        let options = js_sys::Object::new();
        // Phường 2 stands before Phường 10. Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&options, &JsValue::from_str("numeric"), &JsValue::TRUE);
        let locales = js_sys::Array::of1(&JsValue::from_str("vi"));
        js_sys::Intl::Collator::new(&locales, &options).compare()
    };
}

/// Compares two names with the browser's `Intl.Collator` for Vietnamese: a ă â b c d đ, with tones compared last.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let order = COLLATOR.with(|c| c.call2(&JsValue::NULL, &JsValue::from_str(a), &JsValue::from_str(b)));
    let order = order.ok().and_then(|n| n.as_f64()).unwrap_or(0.0);
    order.partial_cmp(&0.0).unwrap_or(Ordering::Equal)
}
