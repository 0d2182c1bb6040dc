//! `GET /healthz`: the process answers. `GET /readyz`: the store answers too.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::problem::Failure;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok` or `ready`.
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
async fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The store answers too.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Health)))]
async fn ready(State(app): State<App>) -> Result<Json<Health>, Failure> {
    app.store.ready().await?;
    Ok(Json(Health { status: "ready" }))
}
