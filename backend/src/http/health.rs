//! `GET /healthz`: the process answers. `GET /readyz`: the store answers too.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::problem::Failure;

pub(super) fn router() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn ready(State(app): State<App>) -> Result<Json<Value>, Failure> {
    app.store.ready().await?;
    Ok(Json(json!({"status": "ready"})))
}
