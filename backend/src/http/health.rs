//! `GET /healthz`: the process answers. `GET /readyz`: the store answers too.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::problem::Failure;
use crate::register::{Condition, Pass};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// How the process is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// `ready`, or `limited`: it answers, but has too little room or something stored is damaged.
    status: &'static str,
    /// Whether there is room for what is pushed. Without it reading and signing in go on.
    room: bool,
    /// What reading everything in the background has found: `under_way`, `sound` or `damaged`. `soho verify` says what
    /// is damaged.
    stored: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
async fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The store answers too.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Readiness)))]
async fn ready(State(app): State<App>) -> Result<Json<Readiness>, Failure> {
    app.store.ready().await?;
    let Condition { has_room: room, pass } = app.store.condition();
    let stored = match pass {
        Pass { problems: 1.., .. } => "damaged",
        Pass { whole: 0, .. } => "under_way",
        Pass { .. } => "sound",
    };
    let status = if room && stored != "damaged" { "ready" } else { "limited" };
    Ok(Json(Readiness { status, room, stored }))
}
