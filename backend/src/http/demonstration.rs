//! `GET /api/v1/sessions/demonstration`: with which accounts of a demonstration one tap enters.
//!
//! That is offered to this machine alone: by a register that `soho demo` made, on a server that listens on
//! loopback alone, to a peer on loopback, through no proxy, under a name of this machine's own (so that no
//! page of another site that gives its name this machine's address enters).

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soho_shared::access::Role;
use soho_shared::area::AreaCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::guard::{hosts, is_own};
use super::kinds;
use super::problem::Failure;
use crate::accounts::{Account, AccountName};

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
async fn list(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let offered = is_offered(&app, &request);
    let accounts = if offered { app.desk().accounts().await? } else { Vec::new() };
    let offers = accounts.into_iter().filter(Account::is_offered);
    let offers = offers.map(|account| Offer {
        role: account.scope.role(),
        areas: account.scope.areas().to_vec(),
        account: account.name,
    });
    let offers = Json(Offers { accounts: offers.collect() });
    Ok(([(header::CACHE_CONTROL, "no-store")], offers).into_response())
}

/// Whether whoever asks may enter without a password.
pub(super) fn is_offered(app: &App, request: &Request) -> bool {
    let front = &app.front;
    let peer = request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    app.synthetic
        && !front.open
        && front.settings.alone
        && front.settings.public.is_none()
        && peer.is_some_and(|peer| peer.to_canonical().is_loopback())
        && !request.headers().keys().any(is_a_proxy_s)
        && hosts(request).is_some_and(|hosts| hosts.iter().all(|host| is_own(host)))
}

/// Whether a header says that somebody handed the request on.
fn is_a_proxy_s(name: &HeaderName) -> bool {
    let name = name.as_str();
    let whose = matches!(name, "x-real-ip" | "x-client-ip" | "true-client-ip" | "cf-connecting-ip");
    whose || matches!(name, "forwarded" | "via") || name.starts_with("x-forwarded")
}

/// Nobody enters without a password here.
pub(super) fn not_offered() -> Failure {
    refused(
        "one tap enters only a demonstration served to its own machine alone, opened there at localhost or \
         127.0.0.1: sign in with a password",
    )
}

/// Not without a password.
pub(super) fn refused(detail: impl Into<String>) -> Failure {
    Failure::new(403, kinds::NO_DEMONSTRATION, "Not without a password", detail)
}
