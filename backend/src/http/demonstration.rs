//! `GET /api/v1/sessions/demonstration`: the accounts of a demonstration that can be entered with one tap.
//!
//! This is offered only by a register that `soho demo` made, on a server that listens on its own machine alone, to
//! whoever holds the key that it printed.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soho_shared::access::Role;
use soho_shared::area::AreaCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::kinds;
use super::machine;
use super::problem::Failure;
use crate::people::{Account, AccountName};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An account that one tap enters.
#[derive(Serialize, ToSchema)]
struct Offer {
    account: AccountName,
    role: Role,
    areas: Vec<AreaCode>,
}

/// From the smallest role to the widest; none where nothing is offered.
#[derive(Serialize, ToSchema)]
struct Offers {
    accounts: Vec<Offer>,
}

/// With which accounts one tap enters.
#[utoipa::path(get, path = "/sessions/demonstration", responses((status = 200, body = Offers)))]
async fn list(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let offered = is_offered(&app, &headers);
    let accounts = if offered { app.accounts().all().await? } else { Vec::new() };
    let offers = accounts.into_iter().filter(Account::is_offered);
    let offers = offers.map(|account| Offer {
        role: account.scope.role(),
        areas: account.scope.areas().to_vec(),
        account: account.name,
    });
    let offers = Json(Offers { accounts: offers.collect() });
    Ok(([(header::CACHE_CONTROL, "no-store")], offers).into_response())
}

/// Whether the sender of a request may enter without a password.
pub(super) fn is_offered(app: &App, headers: &HeaderMap) -> bool {
    app.synthetic && !app.front.open && machine::is_held(&app.front.settings, headers)
}

/// Refusal: nobody enters without a password here.
pub(super) fn not_offered() -> Failure {
    refused(
        "one tap enters only a demonstration served to its own machine alone, opened there by the address that the \
         server printed: sign in with a password",
    )
}

/// Refusal to let somebody in without a password.
pub(super) fn refused(detail: impl Into<String>) -> Failure {
    Failure::new(403, kinds::NO_DEMONSTRATION, "Not without a password", detail)
}
