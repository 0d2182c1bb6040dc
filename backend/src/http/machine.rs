//! The key of the machine that serves. It is drawn at each start and printed with the server's address, so that
//! whoever holds it has seen that line, or started the server. It opens a register without accounts, and the one-tap
//! entry of a demonstration. No header, name or network address does.

use axum::http::{HeaderMap, HeaderValue, header};

use super::kinds;
use super::problem::Failure;
use super::{Settings, cookie};
use crate::people::Token;

/// Name of the cookie that keeps it in a browser.
const COOKIE: &str = "soho-key";

/// Whether the sender of a request holds the key: as a cookie, or as `Authorization: Bearer`.
pub(super) fn is_held(settings: &Settings, headers: &HeaderMap) -> bool {
    let bearer =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    [bearer, cookie::value(headers, COOKIE)].into_iter().flatten().any(|text| is_key(settings, text))
}

fn is_key(settings: &Settings, text: &str) -> bool {
    let digest = Token::from_text(text).map(|token| token.digest());
    settings.key.is_some() && settings.key == digest
}

/// Cookie for the key, given as it was in the address of a page.
pub(super) fn exchanged(settings: &Settings, key: &str) -> Result<HeaderValue, Failure> {
    if !is_key(settings, key) {
        return Err(not_held());
    }
    // It is of no use once the server is restarted; until then a browser may be closed.
    Ok(cookie::write(settings, COOKIE, key, Some(settings.lifetimes.device / 1_000)))
}

/// Refusal of somebody without the key.
pub(super) fn not_held() -> Failure {
    let detail = "this register has no accounts and answers only who holds its key: open the address that the server \
                  printed when it started, with all behind the #, or send the key as `Authorization: Bearer`";
    Failure::new(401, kinds::NO_KEY, "Not without the key", detail)
}
