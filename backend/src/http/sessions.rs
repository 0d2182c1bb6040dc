//! `POST /api/v1/sessions`, `GET` and `DELETE /api/v1/sessions/current`: signing in, who one is, signing
//! out.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use soho_shared::access::Role;
use soho_shared::area::AreaCode;
use soho_shared::text::one_line;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, FrontDesk, Protected, no_accounts};
use super::kinds;
use super::problem::Failure;
use super::settings::client;
use super::{App, body, cookie, demonstration, known, machine};
use crate::accounts::{AccountService, Admitted, Lifetimes, SignInError, Whence};
use crate::people::{AccountName, Action, Code, Entry, SessionId};
use crate::sync::now_millis;

pub(super) fn public() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in))
}

pub(super) fn leaving() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(who, sign_out))
}

/// Header by which a browser drops what it has kept of answers, when the session ends.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// An account with its password, a code with a name for the device, a demonstration's account, or the key of the
/// server's machine.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Key {
    account: Option<String>,
    /// The account's password; beside `current` the one that it is to have from now on.
    password: Option<String>,
    /// The password so far, where another one is chosen: as one must with a password that works once.
    current: Option<String>,
    code: Option<String>,
    device: Option<String>,
    demonstration: Option<String>,
    /// As it stands behind the `#` of the address that the server printed.
    key: Option<String>,
}

/// What somebody signs in with.
enum Way {
    /// An account's name, its password, and the one that it is to have from now on.
    Password(String, String, Option<String>),
    Code(String, String),
    Tap(String),
    Machine(String),
}

impl Key {
    fn way(self) -> Option<Way> {
        let (password, chosen) = match self.current {
            Some(current) => (Some(current), Some(self.password?)),
            None => (self.password, None),
        };
        match (self.account, password, self.code, self.device, self.demonstration, self.key) {
            (Some(account), Some(password), None, None, None, None) => {
                Some(Way::Password(account, password, chosen))
            }
            (None, None, Some(code), Some(device), None, None) => Some(Way::Code(code, device)),
            (None, None, None, None, Some(name), None) => Some(Way::Tap(name)),
            (None, None, None, None, None, Some(key)) => Some(Way::Machine(key)),
            _ => None,
        }
    }
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Who {
    Anybody(Anybody),
    Known(Known),
}

/// The register has no accounts, and who holds its machine's key may do everything: `open` is true.
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
    /// The name of the person whose account it is; null where it was not said.
    full_name: Option<String>,
    role: Role,
    areas: Vec<AreaCode>,
    /// Ids of the supports that a department gives; of any other role none.
    supports: Vec<String>,
    /// Whether the account has a password.
    password: bool,
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
            full_name: account.owner.full_name.clone(),
            password: account.password.is_some(),
            role: account.scope.role(),
            areas: account.scope.areas().to_vec(),
            supports: account.scope.supports().to_vec(),
            session: session.id,
            device: session.device.as_deref().map(|name| one_line(name).into_owned()),
            idle: session.device.is_none().then_some(lifetimes.idle),
            revoked,
        }
    }
}

/// Signs in with a password or, at a demonstration, with a tap; or enrols a device with a code; or lets in who holds
/// the key of the server's machine.
#[utoipa::path(post, path = "/sessions", request_body = Key, responses(
    (status = 201, description = "Signed in; the cookie opens the other addresses.", body = Known,
        headers(("Set-Cookie" = String))),
    (status = 204, description = "It is the key; the cookie says so.", headers(("Set-Cookie" = String))),
    (status = 401), (status = 409), (status = 429)
))]
async fn sign_in(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let FrontDesk { limits, settings, codes, open, .. } = &*app.front;
    let address = client(&request);
    if !open {
        limits.from_address(address).map_err(Failure::too_often)?;
    }
    let headers = request.headers().clone();
    let body::Json(key) = body::Json::<Key, { body::SMALL_BODY }>::from_request(request, &()).await?;
    let way = key.way().ok_or_else(|| {
        let detail = "give `account` and `password`, or `code` and `device`, or `demonstration`, or `key`";
        Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail)
    })?;
    if let Way::Machine(key) = &way {
        let cookie = machine::exchanged(settings, key)?;
        return Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response());
    }
    if *open {
        return Err(no_accounts());
    }
    let known = known::Known::of(&headers);
    let accounts = app.accounts();
    let mut with_password = false;
    let done = match way {
        Way::Password(account, password, chosen) => {
            with_password = true;
            let number = known.number(&settings.secret, &account);
            let whence = number.map_or(Whence::Address(address), Whence::Known);
            limits.for_account(&account, whence).map_err(Failure::too_often)?;
            let done = match chosen {
                Some(chosen) => accounts.sign_in_choosing(&account, password, chosen).await,
                None => accounts.sign_in(&account, password).await,
            };
            if matches!(done, Err(SignInError::Wrong)) {
                note_failure(&app, &account);
            }
            done
        }
        Way::Code(code, device) => {
            let read = code.parse::<Code>();
            let now = read.map_or(accounts.now, |code| codes.time(code.digest(), accounts.now));
            AccountService { now, ..accounts }.redeem(&code, &device).await
        }
        Way::Tap(name) if demonstration::is_offered(&app, &headers) => accounts.enter(&name).await,
        Way::Tap(_) | Way::Machine(_) => return Err(demonstration::not_offered()),
    };
    let (token, admitted) = done.map_err(|error| {
        if matches!(error, SignInError::Wrong | SignInError::WrongCode) {
            app.metrics.failed_sign_ins.inc();
        }
        refused(error)
    })?;
    let who = Known::new(&admitted, false, settings.lifetimes);
    let mut response =
        (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(who)).into_response();
    let cookies = response.headers_mut();
    cookies.append(header::SET_COOKIE, cookie::give(settings, &token, &admitted.session));
    if with_password {
        cookies.append(header::SET_COOKIE, known.with(settings, &admitted.account.name));
    }
    Ok(response)
}

/// Notes in the audit trail that somebody could not sign in. This is done apart from the answer, which takes as long
/// for an account that does not exist.
fn note_failure(app: &App, name: &str) {
    let Ok(name) = name.parse::<AccountName>() else { return };
    let app = app.clone();
    tokio::spawn(async move {
        let found = app.accounts().find(&name).await;
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
        SignInError::Once => Failure::new(403, kinds::PASSWORD, "Choose a password of your own", detail)
            .field("password")
            .vi("mật khẩu này chỉ dùng được một lần: hãy đặt mật khẩu của mình, từ 10 ký tự"),
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
    let (accounts, admitted) = caller.accounts()?;
    accounts.sign_out(admitted).await?;
    let cookie = cookie::take(caller.settings());
    let headers = [(header::SET_COOKIE, cookie), (CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
