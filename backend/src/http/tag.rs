//! Entity tags: what a client already has need not be sent again.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The tags that a client says it has.
pub(super) fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether a client says that it has what bears this tag.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    known(headers).any(|known| known == "*" || known == tag)
}

/// The tag of a body. It is weak, because what is sent may be packed.
pub(super) fn of(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// JSON that stays the same while the server runs, and that anybody may keep for an hour.
pub(super) struct Fixed {
    body: Bytes,
    tag: String,
}

impl Fixed {
    pub(super) fn new(body: String) -> Self {
        Fixed { tag: of(&body), body: body.into() }
    }

    /// All of it, or the answer that the client has it already.
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        let tag = self.tag.as_str();
        let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, "public, max-age=3600")];
        if is_known(headers, tag) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        (caching, [(header::CONTENT_TYPE, "application/json")], self.body.clone()).into_response()
    }
}
