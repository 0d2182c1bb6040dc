//! What surrounds every request: who may ask, how long it may take, how large it may be, what is logged,
//! and the headers of every answer.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use tower_http::catch_panic::CatchPanicLayer;

use super::access::FrontDesk;
use super::body::{MAX_BODY, drain};
use super::crowd;
use super::kinds;
use super::metrics::Metrics;
use super::pace::Pace;
use super::problem::Failure;
use super::settings::PublicUrl;
use crate::import::MAX_FILE;

/// The headers of every answer.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (PERMISSIONS, "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"),
];

const PERMISSIONS: &str = "permissions-policy";

/// The one page that may use the camera: it reads the codes of certificates.
const READER: &str = "/check-paper/";

/// What that page may use.
const CAMERA: HeaderValue = HeaderValue::from_static(
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
);

/// Value of `Strict-Transport-Security`: for two years browsers refuse to speak to the host without TLS.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Puts the guards around all routes; the first one is the innermost.
pub(super) fn around(routes: Router, front: &Arc<FrontDesk>, metrics: Arc<Metrics>) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(bounded))
        .layer(from_fn_with_state(crowd::Crowd::default(), crowd::bounded))
        .layer(from_fn_with_state(Arc::clone(front), own_site_only))
        .layer(from_fn_with_state(Arc::clone(front), own_host_only))
        .layer(from_fn_with_state(Arc::clone(front), with_headers))
        .layer(from_fn_with_state(metrics, logged))
}

/// Answer after a panic, which is a mistake of the server. The log says where, the answer no more than that.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::new(500, kinds::INTERNAL, "The server made a mistake", "the server's log says more")
        .into_response()
}

/// Largest body that an address takes, in bytes: a spreadsheet may be larger than what is typed.
fn most(path: &str) -> usize {
    if path == "/api/v1/imports" { MAX_FILE } else { MAX_BODY }
}

/// Bounds the time of an answer and the size of a body.
async fn bounded(request: Request, next: Next) -> Response {
    let most = most(request.uri().path());
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    let (head, mut body) = request.into_parts();
    let mut rest = None;
    if announced.is_some_and(|length: u64| length > most as u64) {
        // The handler that reads it finds it too large; by then it is known who sent it.
        rest = Some(std::mem::replace(&mut body, Body::new(Limited::new(Body::from(" "), 0))));
    }
    let (pace, body) = Pace::of(Body::new(Limited::new(body, most)));
    let reads = matches!(head.method, Method::GET | Method::HEAD);
    match pace.bound(next.run(Request::from_parts(head, body))).await {
        Some(response) => {
            if let Some(rest) = rest.filter(|_| response.status() == StatusCode::PAYLOAD_TOO_LARGE) {
                drain(rest).await;
            }
            response
        }
        None if reads => {
            let failure = Failure::new(503, kinds::TIMEOUT, "The server is too busy", "try again later");
            failure.vi("máy chủ đang bận: hãy thử lại sau").into_response()
        }
        None => {
            let detail = "the request was not complete in time; sending it again changes nothing twice";
            Failure::new(408, kinds::TIMEOUT, "The request took too long", detail).into_response()
        }
    }
}

/// Refuses requests to a host that is not a name of this server. While there are no accounts, a page of another site
/// must not reach it by giving its own name this machine's address (DNS rebinding). With accounts, its name is the
/// public one it was told; where it was told none, any will do.
async fn own_host_only(State(front): State<Arc<FrontDesk>>, request: Request, next: Next) -> Response {
    let public = front.settings.public.as_ref().map(PublicUrl::authority);
    let any = !front.open && public.is_none();
    if any
        || hosts(&request)
            .is_some_and(|hosts| hosts.iter().all(|host| is_own(host) || is_public(host, public)))
    {
        return next.run(request).await;
    }
    let detail = match public {
        Some(public) => format!("this server answers to {public}, and on its own machine to localhost"),
        None => "this server answers only to localhost, 127.0.0.1 and [::1], because it has no accounts"
            .to_owned(),
    };
    Failure::new(421, kinds::WRONG_HOST, "Not a name of this server", detail).field("Host").into_response()
}

fn is_public(host: &str, public: Option<&str>) -> bool {
    public.is_some_and(|public| host.eq_ignore_ascii_case(public))
}

/// The hosts that a request names; `None` when it names none. Where two are named, both count.
fn hosts(request: &Request) -> Option<Vec<&str>> {
    let headers = request.headers().get_all(header::HOST);
    let named = headers.iter().map(|host| host.to_str().unwrap_or_default());
    let hosts: Vec<_> = named.chain(request.uri().host()).collect();
    (!hosts.is_empty()).then_some(hosts)
}

/// Refuses changes that come from a page of another site: a browser says where its page is from. `SameSite=Strict`
/// and JSON alone already keep other sites from writing; this also holds for other ports of one host.
async fn own_site_only(State(front): State<Arc<FrontDesk>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || is_own_page(&front, &request)
    {
        return next.run(request).await;
    }
    let detail = "only the register's own pages may change anything in it";
    Failure::new(403, kinds::OTHER_SITE, "From another site", detail).field("Origin").into_response()
}

fn is_own_page(front: &FrontDesk, request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = header("origin") else { return true };
    if let Some(public) = &front.settings.public
        && origin.eq_ignore_ascii_case(&public.to_string())
    {
        return true;
    }
    let from = origin.split_once("://").map(|(_, authority)| authority);
    from.is_some_and(|from| {
        hosts(request).is_some_and(|to| to.iter().all(|to| to.eq_ignore_ascii_case(from)))
    })
}

/// Whether a host, with or without a port, is a name of this machine for itself.
fn is_own(host: &str) -> bool {
    let end = if host.starts_with('[') { host.find(']').map(|end| end + 1) } else { host.find(':') };
    let (name, port) = host.split_at(end.unwrap_or(host.len()));
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    (name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]"))
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_number))
}

async fn with_headers(State(front): State<Arc<FrontDesk>>, request: Request, next: Next) -> Response {
    let reads_codes = request.uri().path() == READER;
    let mut response = next.run(request).await;
    if front.settings.is_encrypted() {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if reads_codes {
        response.headers_mut().insert(HeaderName::from_static(PERMISSIONS), CAMERA);
    }
    response
}

/// Writes one line into the log for each request, and counts it: by its route, never by the address itself, which may
/// hold ids.
async fn logged(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let took = started.elapsed();
    metrics.answered(route.as_ref(), &method, response.status(), took);
    let milliseconds = took.as_millis();
    let route = route.as_ref().map_or("files", MatchedPath::as_str);
    let status = response.status().as_u16();
    if status >= 500 {
        tracing::warn!(%method, route, status, milliseconds, "request");
    } else if route.starts_with("/api") {
        tracing::info!(%method, route, status, milliseconds, "request");
    } else {
        tracing::debug!(%method, route, status, milliseconds, "request");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_a_port_may_follow_this_machine_s_names() {
        let own = ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8080"];
        for host in own {
            assert!(is_own(host), "{host}");
        }
        let others = [
            "",
            ":80",
            "localhost.",
            "localhost.evil.com",
            "localhost:",
            "localhost:x.evil.com",
            "localhost:80.evil.com",
            "localhost:80:80",
            "localhost:+80",
            "127.0.0.1:80@evil.com",
            "127.0.0.1.evil.com:80",
            "[::1]evil.com",
            "[::1].evil.com:80",
            "[::1]:80.evil.com",
            "[::1]80",
            "[::1",
            "::1",
        ];
        for host in others {
            assert!(!is_own(host), "{host}");
        }
    }
}
