//! `/api/v1/devices` and what lies below it: enrolled tablets and signed-in browsers.

use std::fmt::Write;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};
use soho_shared::access::{DeviceState, Role};
use soho_shared::text::one_line;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::body;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::accounts::{AccountError, AccountService, Admission, Admitted, admit};
use crate::people::{AccountName, Item, ItemKind, Session, SessionId};

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(enrol))
        .routes(routes!(revoke))
        .routes(routes!(allow_many))
        .routes(routes!(confirm))
}

/// A device as it is shown. Times are milliseconds since 1970, UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
struct Shown {
    id: SessionId,
    account: AccountName,
    /// Its name; null for a browser that signed in with a password.
    device: Option<String>,
    opened: u64,
    used: u64,
    revoked: Option<u64>,
    /// Until when it may bring any number of new households.
    many_until: Option<u64>,
    /// Whether it was revoked as lost.
    lost: bool,
    ended: Option<u64>,
    state: DeviceState,
    /// Whether it is the one that asks.
    current: bool,
}

/// Devices, the latest used first.
#[derive(Serialize, ToSchema)]
struct Devices {
    devices: Vec<Shown>,
}

/// Whether somebody may see and revoke the devices of an account: of one's own, and of those to which one may give
/// devices.
async fn may_handle(
    accounts: &AccountService<'_>,
    admitted: &Admitted,
    owner: &AccountName,
) -> Result<bool, Failure> {
    if admitted.account.name == *owner {
        return Ok(true);
    }
    let owner = accounts.find(owner).await?;
    Ok(owner.is_some_and(|owner| admitted.account.scope.may_equip(&owner.scope)))
}

/// Enrolled tablets and signed-in browsers: one's own, and those of accounts one may give devices to.
#[utoipa::path(get, path = "/devices", responses((status = 200, body = Devices), (status = 409)))]
async fn list(caller: Caller) -> Result<Json<Devices>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let mut devices = Vec::new();
    for item in accounts.store.items(ItemKind::Session, None).await? {
        let Item::Session(session) = item else { continue };
        if may_handle(&accounts, admitted, &session.account).await? {
            devices.push(shown(&accounts, admitted, session).await?);
        }
    }
    devices.sort_by_key(|device| std::cmp::Reverse(device.used));
    Ok(Json(Devices { devices }))
}

async fn shown(
    accounts: &AccountService<'_>,
    admitted: &Admitted,
    session: Session,
) -> Result<Shown, Failure> {
    let owner = accounts.find(&session.account).await?;
    let state = match admit(session.clone(), owner, accounts.now, accounts.lifetimes) {
        Admission::Admitted(_) => DeviceState::Active,
        Admission::Suspended => DeviceState::Suspended,
        Admission::Withdrawn(_) => DeviceState::Revoked,
        Admission::Over => DeviceState::Over,
    };
    Ok(Shown {
        current: session.id == admitted.session.id,
        id: session.id,
        account: session.account,
        device: session.device.map(|name| one_line(&name).into_owned()),
        opened: session.opened,
        used: session.used,
        revoked: session.revoked,
        many_until: session.many_until.filter(|until| *until > accounts.now),
        lost: session.lost,
        ended: session.ended,
        state,
    })
}

/// Whose device it will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEnrolment {
    account: AccountName,
}

/// A code to type, and where.
#[derive(Serialize, ToSchema)]
struct Enrolment {
    code: String,
    /// Until when: milliseconds since 1970, UTC.
    expires: u64,
    /// The page that takes it, with the code behind `#`, which no server and no log is told.
    path: String,
    /// The page's whole address as a picture: an SVG.
    qr: Option<String>,
}

/// Makes a code that enrols one device, once.
#[utoipa::path(post, path = "/devices/enrolments", responses(
    (status = 201, body = Enrolment), (status = 404), (status = 409)
))]
async fn enrol(
    caller: Caller,
    headers: HeaderMap,
    body::Json(wanted): body::Json<NewEnrolment>,
) -> Result<(StatusCode, Json<Enrolment>), Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let own = &admitted.account.scope;
    let owner = accounts.find(&wanted.account).await?;
    let allowed = owner.as_ref().is_some_and(|owner| own.may_equip(&owner.scope));
    if !allowed {
        // Only an administrator is told which accounts there are.
        return Err(match owner {
            None if own.role() == Role::Admin => AccountError::Unknown(wanted.account).into(),
            _ => forbidden("this account is not one of those that you give devices to")
                .vi("không cấp máy cho tài khoản này được: chỉ cấp cho điều tra viên trong địa bàn của mình"),
        });
    }
    let (code, expires) = accounts.enrol(Some(admitted.by()), &wanted.account).await?;
    caller.note_code(code.digest(), accounts.now);
    let code = code.to_string();
    let path = format!("/signin/#{code}");
    let qr = address(&caller, &headers).and_then(|address| picture(&format!("{address}{path}")));
    Ok((StatusCode::CREATED, Json(Enrolment { code, expires, path, qr })))
}

/// The server's address as the caller sees it.
fn address(caller: &Caller, headers: &HeaderMap) -> Option<String> {
    if let Some(public) = &caller.settings().public {
        return Some(public.to_string());
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Some(format!("http://{host}"))
}

/// A text as a QR code with its quiet border: an SVG.
fn picture(text: &str) -> Option<String> {
    const BORDER: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * BORDER;
    let mut dark = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(dark, "M{} {}h1v1h-1z", x + BORDER, y + BORDER);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" \
         height=\"{side}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path \
         d=\"{dark}\"/></svg>"
    ))
}

/// How a device is taken away.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Revocation {
    /// Whether the device is lost: everything that it still sends is held back.
    #[serde(default)]
    #[param(required = false)]
    lost: bool,
}

/// Takes a device away: it may still send what it holds, then it wipes itself. What it made before is taken for some
/// time, what it makes later is held back until an officer of the commune takes or drops it.
#[utoipa::path(
    delete, path = "/devices/{id}", params(("id" = SessionId, Path), Revocation),
    responses((status = 204, description = "Taken away."), (status = 404), (status = 409))
)]
async fn revoke(
    caller: Caller,
    Segment(id): Segment<SessionId>,
    Query(Revocation { lost }): Query<Revocation>,
) -> Result<StatusCode, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let unknown = || Failure::from(AccountError::UnknownSession);
    let session = accounts.session_by_id(id).await?.ok_or_else(unknown)?;
    if !may_handle(&accounts, admitted, &session.account).await? {
        return Err(unknown());
    }
    accounts.revoke(admitted.by(), id, lost).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a volunteer's device bring any number of new households for a day. Of what it brings else, 100 households of each
/// day are taken and 1.000 within an hour; the others wait on the device.
#[utoipa::path(
    post, path = "/devices/{id}/many", params(("id" = SessionId, Path)),
    responses((status = 204, description = "Allowed."), (status = 404), (status = 409))
)]
async fn allow_many(caller: Caller, Segment(id): Segment<SessionId>) -> Result<StatusCode, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let unknown = || Failure::from(AccountError::UnknownSession);
    let session = accounts.session_by_id(id).await?.ok_or_else(unknown)?;
    // Nobody allows it to oneself.
    let owner = accounts.find(&session.account).await?.ok_or_else(unknown)?;
    if !admitted.account.scope.may_equip(&owner.scope) {
        return Err(unknown());
    }
    accounts.allow_many(admitted.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a device in again that waits since the register was restored from a backup. Whoever may take a device away may
/// confirm it; a volunteer may not.
#[utoipa::path(
    post, path = "/devices/{id}/confirmation", params(("id" = SessionId, Path)),
    responses((status = 204, description = "Confirmed."), (status = 404), (status = 409))
)]
async fn confirm(caller: Caller, Segment(id): Segment<SessionId>) -> Result<StatusCode, Failure> {
    caller.expect_officer()?;
    let (accounts, admitted) = caller.accounts()?;
    let unknown = || Failure::from(AccountError::UnknownSession);
    let session = accounts.session_by_id(id).await?.ok_or_else(unknown)?;
    if !may_handle(&accounts, admitted, &session.account).await? {
        return Err(unknown());
    }
    accounts.confirm(admitted.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
