//! The server's addresses: one file for each resource, each with its `router()`.

mod access;
mod accounts;
mod areas;
mod audit;
mod authors;
mod body;
mod calendar;
mod certificates;
mod columns;
mod conflicts;
mod cookie;
mod crowd;
mod cursors;
mod demonstration;
mod devices;
mod document;
mod duplicates;
mod guard;
mod health;
mod held;
mod households;
mod imports;
mod kinds;
mod known;
mod load;
mod machine;
mod metrics;
mod pace;
mod packed;
mod params;
mod problem;
mod recognition;
mod reports;
mod rounds;
mod sessions;
mod settings;
mod statistics;
mod supports;
mod sync;
mod tag;
mod undo;
mod web;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use axum::{Extension, Router};
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;

use self::access::{FrontDesk, Withdrawn, seal};
pub use self::problem::Failure;
pub use self::settings::{PublicUrl, Settings};
use crate::register::Register;
use crate::sync::ServerWriter;

/// The state that handlers share.
#[derive(Clone)]
pub struct App {
    store: Arc<Register>,
    /// Becomes true when the server is to stop.
    stopping: watch::Receiver<bool>,
    /// The areas as they are sent, made once.
    areas: Arc<tag::Fixed>,
    /// Whether the households were made by a program: every page then says so.
    synthetic: bool,
    front: Arc<FrontDesk>,
    metrics: Arc<metrics::Metrics>,
    server_writer: Arc<ServerWriter>,
    /// The numbers of withdrawn certificates as they are told.
    withdrawn: Arc<certificates::WithdrawnList>,
    /// The figures as they were last asked for.
    figures: Arc<statistics::PackedFigures>,
}

impl App {
    /// The state of a server without accounts: everybody who reaches it may do everything. `stopping` becomes true
    /// when the server is to stop; `synthetic` says that the store holds a demonstration.
    #[must_use]
    pub fn new(store: Arc<Register>, stopping: watch::Receiver<bool>, synthetic: bool) -> Self {
        let front = Arc::new(FrontDesk::new(Settings::default(), true));
        let metrics = Arc::new(metrics::Metrics::new(&store));
        let (areas, server_writer, withdrawn) = (Arc::new(areas::areas()), Arc::default(), Arc::default());
        let figures = Arc::default();
        App { store, stopping, areas, synthetic, front, metrics, server_writer, withdrawn, figures }
    }

    /// A server without accounts that answers only those who hold the key in the settings.
    #[must_use]
    pub fn with_key(self, settings: Settings) -> Self {
        App { front: Arc::new(FrontDesk::new(settings, true)), ..self }
    }

    /// A server with accounts: without one, only the public addresses are answered.
    #[must_use]
    pub fn with_accounts(self, settings: Settings) -> Self {
        App { front: Arc::new(FrontDesk::new(settings, false)), ..self }
    }
}

/// All routes of the server; `web` is the directory of the built pages, if they are served.
pub fn app(app: App, web: Option<PathBuf>) -> Router {
    let public = OpenApiRouter::new()
        .merge(areas::router())
        .merge(certificates::router())
        .merge(demonstration::router())
        .merge(document::router())
        .merge(sessions::public());
    let protected = OpenApiRouter::new()
        .merge(accounts::router())
        .merge(audit::router())
        .merge(calendar::router())
        .merge(columns::router())
        .merge(conflicts::router())
        .merge(devices::router())
        .merge(held::router())
        .merge(duplicates::router())
        .merge(households::router())
        .merge(imports::router())
        .merge(recognition::router())
        .merge(reports::router())
        .merge(rounds::router())
        .merge(statistics::router())
        .merge(supports::router())
        .merge(sync::router())
        .merge(undo::router());
    let leaving = OpenApiRouter::new().merge(sessions::leaving()).merge(sync::leaving());
    let api = OpenApiRouter::new()
        .merge(public.with_state(app.clone()))
        .merge(seal(protected, &app, Withdrawn::Refused))
        .merge(seal(leaving, &app, Withdrawn::Leaving))
        .fallback(unknown);
    // The layer by its own rule leaves event streams alone.
    let api = api.layer(CompressionLayer::new().br(true).gzip(true));
    let front = Arc::clone(&app.front);
    let metrics = Arc::clone(&app.metrics);
    let (routes, document) = document::routes()
        .merge(health::router().merge(metrics::router()).with_state(app))
        .nest("/api/v1", api)
        .split_for_parts();
    let routes = routes
        .layer(Extension(document::finish(document, &front.settings)))
        .route("/api", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method);
    guard::around(web::fallback(routes, web), &front, metrics)
}

async fn unknown(request: Request) -> Failure {
    Failure::not_found(format!("there is nothing at {}", shortened(request.uri().path())))
}

/// Answer to a method that an address does not have. The header `Allow`, which the routes add, says which it has.
async fn wrong_method(request: Request) -> Response {
    use axum::response::IntoResponse;
    if request.method() == axum::http::Method::OPTIONS {
        return axum::http::StatusCode::NO_CONTENT.into_response();
    }
    let detail = format!("{} is not answered at this address", shortened(request.method().as_str()));
    Failure::new(405, kinds::METHOD_NOT_ALLOWED, "Method not allowed", detail).into_response()
}

/// Beginning of a text that may be of any length.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
