//! The device's own clock.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// The time now: milliseconds since 1970, UTC.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970, whole")]
pub fn now() -> u64 {
    Date::now().max(0.0) as u64
}

/// A moment, in milliseconds since 1970, as a clock on the wall shows it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit 53 bits")]
pub fn date(millis: u64) -> Date {
    Date::new(&JsValue::from_f64(millis as f64))
}
