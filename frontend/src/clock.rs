//! The device's clock.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// The time now, in milliseconds since 1970, UTC.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970, whole")]
pub fn now() -> u64 {
    Date::now().max(0.0) as u64
}

/// Turns milliseconds since 1970, UTC, into a JavaScript date, whose parts are in the device's time zone.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit 53 bits")]
pub fn date(millis: u64) -> Date {
    Date::new(&JsValue::from_f64(millis as f64))
}
