//! The server's addresses: one file a resource, each with its `router()`.

mod areas;
mod columns;
mod guard;
mod health;
mod households;
mod params;
mod problem;
mod reports;
mod statistics;
mod sync;
mod tag;
mod web;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

pub use self::problem::{Failure, kinds};
use crate::store::Store;

/// What handlers share.
#[derive(Clone)]
pub struct App {
    store: Arc<dyn Store>,
    /// Becomes true when the server is to stop.
    stopping: watch::Receiver<bool>,
    /// The areas as they are sent, made once.
    areas: Arc<areas::Areas>,
    /// Whether the households were made by a program: every page then says so.
    synthetic: bool,
}

impl App {
    /// The state around a store. `stopping` becomes true when the server is to stop;
    /// `synthetic` says that it holds a demonstration.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, stopping: watch::Receiver<bool>, synthetic: bool) -> Self {
        App { store, stopping, areas: Arc::new(areas::Areas::new()), synthetic }
    }
}

/// Everything the server answers; `web` is the directory of the built pages, if they are served.
pub fn app(app: App, web: Option<PathBuf>) -> Router {
    let api = Router::new()
        .merge(areas::router())
        .merge(columns::router())
        .merge(households::router())
        .merge(reports::router())
        .merge(statistics::router())
        .merge(sync::router())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method);
    // Event streams are left alone by the layer's own rule.
    let api = api.layer(CompressionLayer::new().br(true).gzip(true));
    let routes = Router::new()
        .merge(health::router())
        .nest("/api/v1", api)
        .route("/api", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .with_state(app);
    guard::around(web::fallback(routes, web))
}

async fn unknown(request: Request) -> Failure {
    Failure::not_found(format!("there is nothing at {}", shortened(request.uri().path())))
}

async fn wrong_method(request: Request) -> Response {
    use axum::response::IntoResponse;
    let detail = format!("{} is not answered at this address", shortened(request.method().as_str()));
    Failure::new(405, kinds::METHOD_NOT_ALLOWED, "Method not allowed", detail).into_response()
}

/// The beginning of a text of any length.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
