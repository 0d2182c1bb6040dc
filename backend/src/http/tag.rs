//! Entity tags: what a client has already need not be sent again.

use axum::http::{HeaderMap, header};

/// The tags that a client says it has.
pub(super) fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}
