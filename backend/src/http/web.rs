//! The built pages: precompressed files from one directory.

use std::path::PathBuf;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use soho_shared::pages;
use tower_http::services::ServeDir;

/// The app whose pages have addresses of their own.
const DESK: &str = "/desk/";

/// Answers everything that the routes do not with files of `web`; without it, with a page that says that nothing is
/// there.
pub(super) fn fallback(routes: Router, web: Option<PathBuf>) -> Router {
    let Some(web) = web else { return routes.fallback(missing) };
    let files = ServeDir::new(web).precompressed_br().precompressed_gzip();
    let files = Router::new().fallback_service(files);
    routes.fallback_service(files.layer(from_fn(moved)).layer(from_fn(cached)).layer(from_fn(one_page)))
}

/// Answers every address of the pages of the desk's app with the one file that shows them all. A name with a dot in it
/// is a file's.
async fn one_page(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let page = path.strip_prefix(DESK);
    if page.is_some_and(|page| !page.is_empty() && !page.contains(['.', '%'])) && !is_beside(path) {
        *request.uri_mut() = Uri::from_static(DESK);
    }
    next.run(request).await
}

/// Whether an address is that of a page beside the desk's app, or lies below it.
fn is_beside(path: &str) -> bool {
    pages::DESK.iter().filter(|page| page.is_beside()).any(|page| {
        let rest = path.strip_prefix(page.href.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Leads an address of version 0.1 to where its page is now, and its query with it.
async fn moved(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let asked = uri.path().trim_end_matches('/');
    let Some((_, to)) = pages::MOVED.iter().find(|(from, _)| from.trim_end_matches('/') == asked) else {
        return next.run(request).await;
    };
    let with_query = uri.query().and_then(|query| HeaderValue::try_from(format!("{to}?{query}")).ok());
    let to = with_query.unwrap_or_else(|| HeaderValue::from_static(to));
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response()
}

/// Says how long pages may be kept. File names under `/assets/` hold a hash of their content and never change;
/// everything else is asked for again each time, and answered with 304 when it is the same.
async fn cached(request: Request, next: Next) -> Response {
    let forever = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return missing().await.into_response();
    }
    let caching = if forever && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

async fn missing() -> impl IntoResponse {
    let page = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width\"><title>Không tìm thấy</title>\
        <h1>Không tìm thấy trang này</h1><p>There is no such page.</p><p><a href=\"/\">Sổ Hộ</a></p></html>";
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-cache")], Html(page))
}
