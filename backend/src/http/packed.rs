//! Answers that many people ask for at once, packed once for all of them: packing the province's figures takes longer than
//! adding them up.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use brotli::enc::BrotliEncoderParams;

use super::tag;

/// Most answers that are kept; then all are forgotten.
const MOST_KEPT: usize = 256;
/// Quality at which they are packed, from 0 to 11.
const QUALITY: i32 = 5;

/// JSON as it was last answered to each question.
pub(super) struct Packed<K>(Mutex<HashMap<K, Arc<Answer>>>);

impl<K> Default for Packed<K> {
    fn default() -> Self {
        Packed(Mutex::default())
    }
}

struct Answer {
    plain: Bytes,
    packed: Bytes,
    tag: String,
}

impl Answer {
    fn new(body: String) -> Self {
        let mut packed = Vec::new();
        let params = BrotliEncoderParams { quality: QUALITY, ..BrotliEncoderParams::default() };
        // Fails only where memory cannot be written to.
        let _ = brotli::BrotliCompress(&mut body.as_bytes(), &mut packed, &params);
        Answer { tag: tag::of(&body), plain: body.into(), packed: packed.into() }
    }
}

impl<K: Eq + Hash> Packed<K> {
    /// Answers a question with this JSON, which is packed only where it differs from what was answered before; or says that
    /// the client has it already.
    pub(super) fn answer(&self, question: K, body: String, headers: &HeaderMap) -> Response {
        let answer = self.packed(question, body);
        let caching = [(header::ETAG, answer.tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if tag::known(headers).any(|one| one == "*" || one == answer.tag) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let body = if takes_brotli(headers) { &answer.packed } else { &answer.plain };
        let json = [(header::CONTENT_TYPE, "application/json"), (header::VARY, "accept-encoding")];
        let mut response = (caching, json, body.clone()).into_response();
        if takes_brotli(headers) {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }

    fn packed(&self, question: K, body: String) -> Arc<Answer> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().get(&question).filter(|kept| kept.plain == body.as_bytes()) {
            return Arc::clone(kept);
        }
        let answer = Arc::new(Answer::new(body));
        let mut kept = lock();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(question, Arc::clone(&answer));
        answer
    }
}

/// Returns whether the client unpacks brotli.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(codings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(codings))])
    }

    #[test]
    fn an_answer_is_packed_once_and_anew_when_it_changes() {
        let packed = Packed::default();
        let body = "{\"poor\": 55821}".repeat(50);
        let one = packed.packed(1, body.clone());
        assert!(Arc::ptr_eq(&one, &packed.packed(1, body.clone())));
        assert!(one.packed.len() < one.plain.len() / 4);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &one.packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, body.as_bytes());
        let other = packed.packed(1, body + " ");
        assert!(other.tag != one.tag && other.plain != one.plain);
        for question in 2..2_000 {
            packed.packed(question, String::new());
        }
        assert!(packed.0.lock().unwrap().len() <= MOST_KEPT);
    }

    #[test]
    fn each_client_is_answered_as_it_asks() {
        let packed = Packed::default();
        let answer = |headers: &HeaderMap| packed.answer((), "{}".to_owned(), headers);
        for (codings, coded) in [
            ("gzip, deflate, br", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip", false),
            ("brx", false),
        ] {
            let headers = answer(&accepting(codings)).headers().clone();
            assert_eq!(headers.contains_key(header::CONTENT_ENCODING), coded, "{codings}");
        }
        let tag = answer(&HeaderMap::new()).headers()[header::ETAG].clone();
        let knows = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(answer(&knows).status(), StatusCode::NOT_MODIFIED);
    }
}
