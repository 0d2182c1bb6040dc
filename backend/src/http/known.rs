//! Browsers with which somebody has signed in before. Others who guess at the same account do not lock them out.

use axum::http::{HeaderMap, HeaderValue};

use super::{Settings, cookie};
use crate::accounts::Secret;
use crate::people::AccountName;

const COOKIE: &str = "soho-known";
/// Most accounts for which one browser is known.
const MOST: usize = 8;
/// Bytes of the number and of each mark.
const BYTES: usize = 16;

/// A browser's own random number, and the server's mark for each account that was let in with it.
#[derive(Debug)]
pub(super) struct Known {
    id: [u8; BYTES],
    marks: Vec<[u8; BYTES]>,
}

impl Known {
    /// Reads what a browser shows; draws a new number when it shows none.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut parts = cookie::value(headers, COOKIE).unwrap_or_default().split('.').map_while(bytes);
        match parts.next() {
            Some(id) => Known { id, marks: parts.take(MOST).collect() },
            None => Known { id: mark(&Secret::default(), &[0; BYTES], ""), marks: Vec::new() },
        }
    }

    /// The browser's number, if the account was let in with it before.
    pub(super) fn number(&self, secret: &Secret, name: &str) -> Option<[u8; BYTES]> {
        let name: AccountName = name.parse().ok()?;
        self.marks.contains(&mark(secret, &self.id, name.as_str())).then_some(self.id)
    }

    /// Cookie to give to the browser once the account was let in.
    pub(super) fn with(mut self, settings: &Settings, name: &AccountName) -> HeaderValue {
        let own = mark(&settings.secret, &self.id, name.as_str());
        self.marks.retain(|mark| *mark != own);
        self.marks.insert(0, own);
        self.marks.truncate(MOST);
        let parts: Vec<_> = [self.id].iter().chain(&self.marks).map(text).collect();
        cookie::write(settings, COOKIE, &parts.join("."), Some(settings.lifetimes.device / 1_000))
    }
}

fn mark(secret: &Secret, id: &[u8], name: &str) -> [u8; BYTES] {
    let mark = secret.mark("known", &[id, name.as_bytes()]);
    std::array::from_fn(|i| mark[i])
}

fn text(bytes: &[u8; BYTES]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}

fn bytes(text: &str) -> Option<[u8; BYTES]> {
    let digits = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok())?.map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn a_browser_is_known_for_those_who_signed_in_with_it() {
        let settings = Settings::default();
        let names: Vec<AccountName> = (0..10).map(|i| format!("lan.{i}").parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for name in &names {
            let given = Known::of(&headers).with(&settings, name);
            let given = given.to_str().unwrap();
            assert!(given.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000"), "{given}");
            let value = given.split(';').next().unwrap();
            assert!(!value.contains("lan"), "{value}");
            headers.insert(header::COOKIE, value.parse().unwrap());
        }
        let known = Known::of(&headers);
        let of = |secret: &Secret, i: usize| known.number(secret, &format!(" LAN.{i}"));
        assert!((2..10).all(|i| of(&settings.secret, i) == Some(known.id)), "{known:?}");
        assert!(of(&settings.secret, 1).is_none() && of(&Secret::default(), 9).is_none());
        // With the number of another browser its marks are worth nothing.
        let other = Known { marks: known.marks.clone(), ..Known::of(&HeaderMap::new()) };
        assert!(other.number(&settings.secret, "lan.9").is_none());
        for bad in ["", "x", ".", &"é".repeat(16), &"f".repeat(31)] {
            headers.insert(
                header::COOKIE,
                HeaderValue::from_bytes(format!("soho-known={bad}").as_bytes()).unwrap(),
            );
            assert!(Known::of(&headers).marks.is_empty(), "{bad}");
        }
    }
}
