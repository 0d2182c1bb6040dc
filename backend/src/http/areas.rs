//! `GET /api/v1/areas`: the tree of areas, cacheable.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use soho_shared::area;

use super::{App, tag};

/// The areas as they are sent.
pub(super) struct Areas {
    body: Bytes,
    tag: String,
}

impl Areas {
    pub(super) fn new() -> Self {
        let districts: Vec<_> = area::districts()
            .iter()
            .map(|d| json!({"code": d.code, "name": d.name, "order": d.order, "tile": d.tile}))
            .collect();
        let communes: Vec<_> = area::communes()
            .iter()
            .map(|c| json!({"code": c.code, "district": c.district, "name": c.name, "residence": c.residence()}))
            .collect();
        let province = json!({"code": area::PROVINCE.code.to_string(), "name": area::PROVINCE.name});
        let body = json!({"province": province, "districts": districts, "communes": communes}).to_string();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Areas { tag: format!("W/\"{:016x}\"", hasher.finish()), body: body.into() }
    }
}

pub(super) fn router() -> Router<App> {
    Router::new().route("/areas", get(list))
}

async fn list(State(app): State<App>, headers: HeaderMap) -> Response {
    let tag = app.areas.tag.as_str();
    let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, "public, max-age=3600")];
    if tag::known(&headers).any(|one| one == "*" || one == tag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, "application/json")], app.areas.body.clone()).into_response()
}
