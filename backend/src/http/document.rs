//! `GET /api/v1/openapi.json`: what the server answers, as OpenAPI 3.1, made from its routes.
//!
//! A handler states its path, its answer and the refusals that are its own; its docs are the description. What many
//! have in common is added here: names, tags, refusals of the doorkeeper and of bodies, what a refusal looks like. A
//! test holds the document to the routes.

use std::sync::Arc;

use axum::Extension;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response as Answer;
use soho_shared::area::AreaCode;
use soho_shared::duplicate::PairId;
use soho_shared::record::{HouseholdId, Round};
use soho_shared::report::{By, ReportKind};
use soho_shared::wire::{Cursor, Problem};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{Object, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cookie;
use super::settings::Settings;
use super::tag::Fixed;
use crate::people::{AccountName, SessionId};

/// Name of the only way to say who asks.
const SESSION: &str = "session";

/// Meaning of every answer that refuses, by its status.
const REFUSALS: [(u16, &str); 14] = [
    (400, "A part of the address or of the body is missing or wrong; `field` names it."),
    (401, "Nobody is signed in, or the session is over."),
    (403, "Not for this account, outside its areas, from another site, or from a device that was withdrawn."),
    (404, "There is nothing here."),
    (408, "The request was not complete in time; sending it again changes nothing twice."),
    (
        409,
        "What is there stands against it; the file is not the one that was looked at; or this register has no accounts.",
    ),
    (
        413,
        "The body is larger than this address takes, after decompression (`detail` says how much), or holds too many operations.",
    ),
    (415, "The body is not announced as JSON, or is compressed with something other than gzip or br."),
    (421, "The host is not a name of this server."),
    (
        422,
        "The body is not what is expected here, `field` names what is wrong; or a file that cannot be read.",
    ),
    (429, "Tried too often; `Retry-After` says in how many seconds to try again."),
    (500, "The server made a mistake; its log says more."),
    (
        503,
        "The server is too busy or cannot reach its store, or the device waits to be confirmed since the register was restored, or \
         too much of it is held back: nothing was acknowledged, try again later, after `Retry-After` seconds where it is given.",
    ),
    (507, "The server's disk is full: nothing was stored, send it again later."),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Sổ Hộ",
        description = "The register of poor households of the province of Bến Tre.\n\n\
            Times are milliseconds since 1970, UTC. Amounts are whole đồng. Percentages are texts with two \
            decimals, so that no reader rounds them again. Answers are compressed as `Accept-Encoding` asks; \
            the body of a push may be compressed with gzip or br. Errors are `application/problem+json` \
            (RFC 9457): `type` is stable, `detail` says what is wrong and what to do.\n\n\
            Where a register has no accounts, whoever holds the key that the server prints when it starts may do \
            everything: send it as `Authorization: Bearer`.",
        license(name = "MIT"),
    ),
    // Types of parameters; the others are found by themselves.
    components(schemas(AreaCode, AccountName, By, Cursor, HouseholdId, PairId, Problem, ReportKind, Round, SessionId))
)]
struct Common;

/// Routes with nothing on them yet but the document's common parts.
pub(super) fn routes() -> OpenApiRouter {
    use utoipa::OpenApi;
    OpenApiRouter::with_openapi(Common::openapi())
}

/// Documents that the doorkeeper stands before these routes.
pub(super) fn seal<S: Clone + Send + Sync + 'static>(routes: &mut OpenApiRouter<S>) {
    for item in routes.get_openapi_mut().paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            operation.security = Some(vec![SecurityRequirement::new::<_, _, &str>(SESSION, [])]);
            // The audit trail may have no room, even when something is only read.
            refuse(operation, &[401, 403, 507]);
        }
    }
}

/// Completes the document.
pub(super) fn finish(mut document: OpenApi, settings: &Settings) -> Arc<Fixed> {
    let components = document.components.get_or_insert_default();
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        cookie::name_of(settings),
        "Given by `POST /api/v1/sessions`; no script can read it.",
    ));
    components.security_schemes.insert(SESSION.to_owned(), SecurityScheme::ApiKey(cookie).into());
    for (status, description) in REFUSALS {
        components.responses.insert(name(status), refusal(status, description).into());
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(path, method, operation);
            for (status, response) in &mut operation.responses.responses {
                describe(status, response, &components.schemas);
            }
        }
    }
    let text = document.to_json().expect("texts and numbers");
    Arc::new(Fixed::new(text))
}

type Schemas = std::collections::BTreeMap<String, RefOr<Schema>>;

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Names an operation by its address, and adds the answers that every operation like it may give.
fn complete(path: &str, method: &str, operation: &mut Operation) {
    let below = path.strip_prefix("/api/v1/");
    let words = below.unwrap_or(path).split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
    let words: Vec<_> = words.collect();
    operation.operation_id = Some(format!("{method}_{}", words.join("_")));
    operation.tags = Some(vec![below.map_or("server", |_| words[0]).to_owned()]);
    refuse(operation, &[421, 500, 503]);
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        refuse(operation, &[400]);
    }
    if method != "get" {
        refuse(operation, &[403, 408, 413]);
    }
    if let Some(RefOr::T(body)) = &operation.request_body {
        // A file may be announced as anything.
        let is_json = body.content.contains_key("application/json");
        refuse(operation, if is_json { &[400, 415, 422] } else { &[400, 422] });
    }
}

fn refuse(operation: &mut Operation, statuses: &[u16]) {
    for status in statuses {
        let response = Response::new("").into();
        operation.responses.responses.entry(status.to_string()).or_insert(response);
    }
}

/// Describes an answer that a handler gave by its status alone.
fn describe(status: &str, response: &mut RefOr<Response>, schemas: &Schemas) {
    let code = status.parse().unwrap_or_default();
    let RefOr::T(inner) = response else { return };
    if inner.content.is_empty() && REFUSALS.iter().any(|(refusal, _)| *refusal == code) {
        *response = Ref::from_response_name(name(code)).into();
    } else if inner.description.is_empty() {
        let of_body = inner.content.values().find_map(|content| about(content, schemas));
        let of_status = || StatusCode::from_u16(code).ok()?.canonical_reason().map(ToOwned::to_owned);
        inner.description = of_body.or_else(of_status).unwrap_or_default();
    }
}

/// Description of a body's type, from its docs.
fn about(content: &RefOr<Content>, schemas: &Schemas) -> Option<String> {
    let RefOr::T(Content { schema: Some(RefOr::Ref(to)), .. }) = content else { return None };
    match schemas.get(to.ref_location.rsplit('/').next()?)? {
        RefOr::T(Schema::Object(Object { description, .. })) => description.clone(),
        _ => None,
    }
}

fn name(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.unwrap_or_default().replace(' ', "")
}

fn refusal(status: u16, description: &str) -> Response {
    let problem = Ref::from_schema_name("Problem");
    let content = Content::new(Some(problem));
    let response =
        ResponseBuilder::new().description(description).content("application/problem+json", content);
    if ![429, 503].contains(&status) {
        return response.build();
    }
    let seconds = Header::new(Object::with_type(Type::Integer));
    response.header("Retry-After", seconds).build()
}

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses(
    (status = 200, description = "OpenAPI 3.1.", body = serde_json::Value), (status = 304)
))]
async fn openapi(Extension(document): Extension<Arc<Fixed>>, headers: HeaderMap) -> Answer {
    document.answer(&headers)
}
