//! `POST /api/v1/sessions`, `GET` and `DELETE /api/v1/sessions/current`: signing in, who one is, signing
//! out.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use soho_shared::access::Role;
use soho_shared::area::AreaCode;
use soho_shared::text::one_line;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, no_accounts};
use super::kinds;
use super::problem::Failure;
use super::{App, body, cookie, demonstration};
use crate::accounts::{AccountName, Action, Admitted, Entry, Lifetimes, SessionId, SignInError};
use crate::sync::now_millis;

pub(super) fn public() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in))
}

pub(super) fn leaving() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(who, sign_out))
}

/// An account with its password, a code with a name for the device, or a demonstration's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Key {
    account: Option<String>,
    password: Option<String>,
    code: Option<String>,
    device: Option<String>,
    demonstration: Option<String>,
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Who {
    Anybody(Anybody),
    Known(Known),
}

/// The register has no accounts, and everybody on its machine may do everything: `open` is true.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Anybody {
    open: bool,
}

/// Somebody signed in.
#[derive(Serialize, ToSchema)]
struct Known {
    /// False: the register has accounts.
    open: bool,
    account: AccountName,
    role: Role,
    areas: Vec<AreaCode>,
    session: SessionId,
    /// The name of an enrolled device.
    device: Option<String>,
    /// How many milliseconds the session lasts when it is not used; none for an enrolled device.
    idle: Option<u64>,
    /// Whether it was taken away: then it sends what it holds, wipes itself and ends the session.
    revoked: bool,
}

impl Known {
    fn new(admitted: &Admitted, revoked: bool, lifetimes: Lifetimes) -> Self {
        let (account, session) = (&admitted.account, &admitted.session);
        Known {
            open: false,
            account: account.name.clone(),
            role: account.scope.role(),
            areas: account.scope.areas().to_vec(),
            session: session.id,
            device: session.device.as_deref().map(|name| one_line(name).into_owned()),
            idle: session.device.is_none().then_some(lifetimes.idle),
            revoked,
        }
    }
}

/// Signs in with a password or, at a demonstration, with a tap; or enrols a device with a code.
#[utoipa::path(post, path = "/sessions", request_body = Key, responses(
    (status = 201, description = "Signed in; the cookie opens the other addresses.", body = Known,
        headers(("Set-Cookie" = String))),
    (status = 401), (status = 409), (status = 429)
))]
async fn sign_in(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    if app.front.open {
        return Err(no_accounts());
    }
    let limits = &app.front.limits;
    let address = app.front.settings.client(&request);
    limits.from_address(address).map_err(Failure::too_often)?;
    let offered = demonstration::is_offered(&app, &request);
    let body::Json(key) = body::Json::<Key>::from_request(request, &()).await?;
    let desk = app.desk();
    let done = match key {
        Key {
            account: Some(account),
            password: Some(password),
            code: None,
            device: None,
            demonstration: None,
        } => {
            limits.for_account(&account).map_err(Failure::too_often)?;
            let done = desk.sign_in(&account, password).await;
            if matches!(done, Err(SignInError::Wrong)) {
                note_failure(&app, &account);
            }
            done
        }
        Key {
            account: None,
            password: None,
            code: Some(code),
            device: Some(device),
            demonstration: None,
        } => desk.redeem(&code, &device).await,
        Key { account: None, password: None, code: None, device: None, demonstration: Some(name) } => {
            if !offered {
                return Err(demonstration::not_offered());
            }
            desk.enter(&name).await
        }
        _ => {
            let detail = "give `account` and `password`, or `code` and `device`, or `demonstration`";
            return Err(Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail));
        }
    };
    let (token, admitted) = done.map_err(|error| {
        if matches!(error, SignInError::Wrong | SignInError::WrongCode) {
            app.metrics.failed_sign_ins.inc();
        }
        refused(error)
    })?;
    let cookie = cookie::give(&app.front.settings, &token, &admitted.session);
    let who = Known::new(&admitted, false, app.front.settings.lifetimes);
    let headers =
        [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".parse().expect("a word"))];
    Ok((StatusCode::CREATED, headers, Json(who)).into_response())
}

/// Notes in the trail that somebody could not sign in. Apart from the answer, which takes as long for an account
/// that is not there.
fn note_failure(app: &App, name: &str) {
    let Ok(name) = name.parse::<AccountName>() else { return };
    let app = app.clone();
    tokio::spawn(async move {
        let found = app.desk().find(&name).await;
        if matches!(found, Ok(Some(_))) && app.front.limits.notes_failure(&name) {
            let entry = Entry::about(None, Action::SignInFailed, name.as_str());
            if let Err(error) = app.store.amend(now_millis(), Vec::new(), vec![entry]).await {
                tracing::error!(%error, "a failure to sign in is not in the trail");
            }
        }
    });
}

fn refused(error: SignInError) -> Failure {
    let detail = error.to_string();
    match error {
        SignInError::Wrong => Failure::new(401, kinds::WRONG_PASSWORD, "Not signed in", detail),
        SignInError::WrongCode => Failure::new(401, kinds::WRONG_CODE, "Not enrolled", detail),
        SignInError::NotDemonstration => demonstration::refused(detail),
        SignInError::DeviceName => {
            let failure = Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail);
            failure
                .field("device")
                .vi("tên máy phải có từ 1 đến 60 chữ, không có ký tự ẩn: hãy gõ lại tên máy")
        }
        SignInError::Failed(error) => error.into(),
    }
}

/// Who one is.
#[utoipa::path(get, path = "/sessions/current", responses((status = 200, body = Who)))]
async fn who(caller: Caller, request: Request) -> Response {
    let lifetimes = caller.settings().lifetimes;
    let known = caller.admitted().map(|admitted| Known::new(admitted, caller.is_leaving(), lifetimes));
    let who = known.map_or(Who::Anybody(Anybody { open: true }), Who::Known);
    let mut response = Json(who).into_response();
    // A device that is used keeps its cookie longer.
    if let (Some(admitted), Some(token)) =
        (caller.admitted(), cookie::token(caller.settings(), request.headers()))
    {
        let cookie = cookie::give(caller.settings(), &token, &admitted.session);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Signs out. A device that was taken away says so that it has wiped itself.
#[utoipa::path(delete, path = "/sessions/current", responses(
    (status = 204, description = "Signed out."), (status = 409)
))]
async fn sign_out(caller: Caller) -> Result<Response, Failure> {
    let (desk, admitted) = caller.desk()?;
    desk.sign_out(admitted).await?;
    let cookie = cookie::take(caller.settings());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
