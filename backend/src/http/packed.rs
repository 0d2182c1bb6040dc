//! Answers that many people ask for at once, made and packed once for all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use brotli::enc::BrotliEncoderParams;

use super::tag;

/// Most answers that are kept; then all are forgotten.
const MOST_KEPT: usize = 256;
/// Quality at which they are packed, from 0 to 11.
const QUALITY: i32 = 5;

/// The last answer to each question, and the version of what it was made of.
pub(super) struct Packed<K>(Mutex<HashMap<K, (u64, Arc<Answer>)>>);

impl<K> Default for Packed<K> {
    fn default() -> Self {
        Packed(Mutex::default())
    }
}

impl<K: Eq + Hash> Packed<K> {
    /// The answer to a question: the last one, as long as what it was made of has this version, or one made now.
    ///
    /// The version is read before the answer is made, so that an answer is never older than its version.
    pub(super) fn answer<E>(
        &self,
        question: K,
        version: u64,
        make: impl FnOnce() -> Result<String, E>,
    ) -> Result<Arc<Answer>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = lock().get(&question).cloned();
        if let Some((_, answer)) = last.as_ref().filter(|(of, _)| *of == version) {
            return Ok(Arc::clone(answer));
        }
        let text = make()?;
        // What has changed may be elsewhere.
        let same = last.filter(|(_, answer)| answer.plain == text.as_bytes());
        let answer = same.map_or_else(|| Arc::new(Answer::new(text)), |(_, answer)| answer);
        let mut kept = lock();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(question, (version, Arc::clone(&answer)));
        Ok(answer)
    }
}

/// JSON, packed when it is first sent so.
pub(super) struct Answer {
    plain: Bytes,
    packed: OnceLock<Bytes>,
    tag: String,
}

impl Answer {
    fn new(text: String) -> Self {
        Answer { tag: tag::of(&text), plain: text.into(), packed: OnceLock::new() }
    }

    /// As it is made.
    pub(super) const fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// Sends it as the client takes it, or says that the client has it already.
    pub(super) fn send(&self, headers: &HeaderMap) -> Response {
        let caching = [(header::ETAG, self.tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if tag::is_known(headers, &self.tag) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let is_packed = takes_brotli(headers);
        let body = if is_packed { self.packed() } else { &self.plain };
        let json = [(header::CONTENT_TYPE, "application/json"), (header::VARY, "accept-encoding")];
        let mut response = (caching, json, body.clone()).into_response();
        if is_packed {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }

    fn packed(&self) -> &Bytes {
        self.packed.get_or_init(|| {
            let mut packed = Vec::new();
            let params = BrotliEncoderParams { quality: QUALITY, ..BrotliEncoderParams::default() };
            // Fails only where memory cannot be written to.
            let _ = brotli::BrotliCompress(&mut &self.plain[..], &mut packed, &params);
            packed.into()
        })
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
    use std::convert::Infallible;

    use super::*;

    fn accepting(codings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(codings))])
    }

    /// The answer with this text.
    fn answer<K: Eq + Hash>(packed: &Packed<K>, question: K, version: u64, text: &str) -> Arc<Answer> {
        let Ok(answer) = packed.answer(question, version, || Ok::<_, Infallible>(text.to_owned()));
        answer
    }

    #[test]
    fn an_answer_is_made_once_a_version_and_packed_once() {
        let packed = Packed::default();
        let text = "{\"poor\": 55821}".repeat(50);
        let one = answer(&packed, 1, 7, &text);
        assert!(one.packed().len() < one.plain.len() / 4);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &one.packed()[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());
        assert!(Arc::ptr_eq(&one, &packed.answer(1, 7, || Err("made again")).unwrap()));
        // Something has changed, but not here: what is packed stays.
        assert!(Arc::ptr_eq(&one, &answer(&packed, 1, 8, &text)));
        let other = answer(&packed, 1, 9, "{}");
        assert!(other.tag != one.tag && other.plain == "{}");
        // Where none can be made, the next one who asks tries again.
        assert_eq!(packed.answer(1, 10, || Err("broken")).err(), Some("broken"));
        assert!(Arc::ptr_eq(&other, &answer(&packed, 1, 10, "{}")));
        for question in 2..2_000 {
            answer(&packed, question, 7, "");
        }
        assert!(packed.0.lock().unwrap().len() <= MOST_KEPT);
    }

    #[test]
    fn each_client_is_answered_as_it_asks() {
        let answer = Answer::new("{}".to_owned());
        for (codings, coded) in [
            ("gzip, deflate, br", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip", false),
            ("brx", false),
        ] {
            let headers = answer.send(&accepting(codings)).headers().clone();
            assert_eq!(headers.contains_key(header::CONTENT_ENCODING), coded, "{codings}");
        }
        let tag = answer.send(&HeaderMap::new()).headers()[header::ETAG].clone();
        let knows = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(answer.send(&knows).status(), StatusCode::NOT_MODIFIED);
    }
}
