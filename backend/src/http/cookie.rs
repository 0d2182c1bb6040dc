//! The cookie that holds a session's token.
//!
//! It serves browsers and tablets alike. Scripts cannot read it, so a flaw in a page does not give it away. Event
//! streams, which cannot send a header of their own, send it. And an app that works without a network never has to
//! look for it.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use super::Settings;
use crate::people::{Session, Token};

/// The cookie's name behind TLS. The prefix makes browsers insist: no other host, no other path, never unencrypted.
const SECURE: &str = "__Host-soho";
/// The cookie's name without TLS.
const PLAIN: &str = "soho";

/// The session's token that came with a request.
pub(super) fn token(settings: &Settings, headers: &HeaderMap) -> Option<Token> {
    Token::from_text(value(headers, name_of(settings))?)
}

/// Value of a cookie, by its name.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name)?.value_raw()
}

/// Name of the session's cookie.
pub(super) fn name_of(settings: &Settings) -> &'static str {
    if settings.is_encrypted() { SECURE } else { PLAIN }
}

/// Cookie that gives a token to a browser. A browser that signed in forgets it when it is closed; a device keeps it.
pub(super) fn give(settings: &Settings, token: &Token, session: &Session) -> HeaderValue {
    let age = session.device.is_some().then_some(settings.lifetimes.device / 1_000);
    write(settings, name_of(settings), &token.to_text(), age)
}

/// Cookie that takes the token away again.
pub(super) fn take(settings: &Settings) -> HeaderValue {
    write(settings, name_of(settings), "", Some(0))
}

/// A cookie for `age` seconds, or until the browser is closed; `value` is of letters, digits and dots.
pub(super) fn write(settings: &Settings, name: &str, value: &str, age: Option<u64>) -> HeaderValue {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(settings.is_encrypted());
    if let Some(age) = age {
        cookie = cookie.max_age(Duration::seconds(age.try_into().unwrap_or(i64::MAX)));
    }
    HeaderValue::from_str(&cookie.to_string()).expect("letters, digits and signs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_others() {
        let token_text = "ab".repeat(32);
        let plain = Settings::default();
        let encrypted =
            Settings { public: Some("https://soho.example".parse().unwrap()), ..Settings::default() };
        let read = |settings: &Settings, cookies: &[&str]| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
            }
            token(settings, &headers).map(|token| token.to_text())
        };
        let own = format!("soho={token_text}");
        let secure = format!("__Host-soho={token_text}");
        assert_eq!(read(&plain, &[&format!("a=b; {own}; c")]), Some(token_text.clone()));
        assert_eq!(read(&plain, &["a=b", &own]), Some(token_text.clone()));
        // Without TLS somebody on the way may set the one cookie, but never the other.
        let both = format!("soho={}; {secure}", "cd".repeat(32));
        assert_eq!(read(&encrypted, &[&both]), Some(token_text));
        assert_eq!(read(&encrypted, &[&own]), None);
        for bad in ["", "soho", "soho=", "soho=x", &format!("x{own}"), &format!("{own}0")] {
            assert_eq!(read(&plain, &[bad]), None, "{bad}");
        }
    }

    #[test]
    fn scripts_other_sites_and_other_hosts_never_get_it() {
        let encrypted =
            Settings { public: Some("https://soho.example".parse().unwrap()), ..Settings::default() };
        let gone = take(&encrypted);
        let expected = "__Host-soho=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0";
        assert_eq!(gone.to_str().unwrap(), expected);
    }
}
