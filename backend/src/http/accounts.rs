//! `GET` and `POST /api/v1/accounts`, `PATCH /api/v1/accounts/{name}`.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soho_shared::access::{MAX_AREAS, Role, Scope, ScopeError};
use soho_shared::area::AreaCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::body;
use super::kinds;
use super::params::Segment;
use super::problem::Failure;
use crate::accounts::{AccountChange, NewAccount};
use crate::people::{Account, AccountName, Item, ItemKind};

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(change))
}

/// An account as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
struct Shown {
    name: AccountName,
    role: Role,
    areas: Vec<AreaCode>,
    /// Whether it has a password; without one only devices use it.
    password: bool,
    disabled: bool,
    /// When it was made: milliseconds since 1970, UTC.
    made: u64,
}

impl From<Account> for Shown {
    fn from(account: Account) -> Self {
        Shown {
            role: account.scope.role(),
            areas: account.scope.areas().to_vec(),
            password: account.password.is_some(),
            disabled: account.disabled,
            made: account.made,
            name: account.name,
        }
    }
}

/// Accounts, by name.
#[derive(Serialize, ToSchema)]
struct AccountService {
    accounts: Vec<Shown>,
}

/// An administrator sees all accounts; an officer those that may be given devices.
#[utoipa::path(get, path = "/accounts", responses((status = 200, body = AccountService), (status = 409)))]
async fn list(caller: Caller) -> Result<Json<AccountService>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let own = &admitted.account.scope;
    if own.role() == Role::Volunteer {
        return Err(forbidden("a volunteer sees no accounts"));
    }
    let items = accounts.store.items(ItemKind::Account, None).await?;
    let accounts = items.into_iter().filter_map(|item| match item {
        Item::Account(account) if own.may_equip(&account.scope) => Some(account.into()),
        _ => None,
    });
    Ok(Json(AccountService { accounts: accounts.collect() }))
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewAccount)]
#[serde(deny_unknown_fields)]
struct New {
    name: AccountName,
    role: Role,
    /// 1 to 50 areas of the role's kind; the province may be left out.
    #[serde(default)]
    areas: Vec<AreaCode>,
    /// 10 to 200 letters; without one only devices can use the account.
    password: Option<String>,
}

/// Makes an account. For administrators.
#[utoipa::path(post, path = "/accounts", responses((status = 201, body = Shown), (status = 409)))]
async fn make(
    caller: Caller,
    body::Json(new): body::Json<New>,
) -> Result<(StatusCode, Json<Shown>), Failure> {
    let (accounts, admitted) = caller.expect_admin()?;
    let scope = scope(new.role, new.areas)?;
    let new = NewAccount { name: new.name, scope, password: new.password, demonstration: false };
    let made = accounts.make(Some(admitted.by()), new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = AccountChange)]
#[serde(deny_unknown_fields)]
struct Change {
    role: Option<Role>,
    areas: Option<Vec<AreaCode>>,
    password: Option<String>,
    disabled: Option<bool>,
    /// The password so far, for those who change their own.
    current: Option<String>,
}

/// Changes an account. For administrators; everybody may change their own password.
#[utoipa::path(
    patch, path = "/accounts/{name}", params(("name" = AccountName, Path)),
    responses((status = 200, body = Shown), (status = 404), (status = 409), (status = 429))
)]
async fn change(
    caller: Caller,
    Segment(name): Segment<AccountName>,
    body::Json(change): body::Json<Change>,
) -> Result<Json<Shown>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let by = admitted.by();
    if let Change {
        role: None,
        areas: None,
        disabled: None,
        password: password @ Some(_),
        current: Some(current),
    } = change
    {
        return change_own_password(&caller, &name, password, current).await;
    }
    caller.expect_admin()?;
    let scope = match (change.role, change.areas) {
        (None, None) => None,
        (role, areas) => {
            let was =
                accounts.find(&name).await?.ok_or_else(|| Failure::not_found("there is no such account"))?;
            let same = || was.scope.areas().to_vec();
            let keeps = role.is_none_or(|role| role == was.scope.role());
            let areas = areas.unwrap_or_else(|| if keeps { same() } else { Vec::new() });
            Some(scope(role.unwrap_or(was.scope.role()), areas)?)
        }
    };
    let change = AccountChange { scope, password: change.password, disabled: change.disabled };
    Ok(Json(accounts.change(Some(by), &name, change).await?.into()))
}

/// Changes the caller's own password, given the one so far.
async fn change_own_password(
    caller: &Caller,
    name: &AccountName,
    password: Option<String>,
    current: String,
) -> Result<Json<Shown>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    if admitted.account.name != *name {
        return Err(forbidden("only an administrator may do this"));
    }
    caller.count_try(admitted)?;
    if !accounts.passwords.matches(admitted.account.password.clone(), current).await {
        let detail = "the password so far is wrong";
        let failure = Failure::new(403, kinds::WRONG_PASSWORD, "Not changed", detail);
        return Err(failure.field("current").vi("mật khẩu đang dùng chưa đúng"));
    }
    let change = AccountChange { password, ..AccountChange::default() };
    Ok(Json(accounts.change(Some(admitted.by()), name, change).await?.into()))
}

fn scope(role: Role, areas: Vec<AreaCode>) -> Result<Scope, Failure> {
    Scope::new(role, areas).map_err(|error| {
        let words = match error {
            ScopeError::Count(_) => format!("số địa bàn phải từ 1 đến {MAX_AREAS}"),
            ScopeError::Kind { role: Role::Volunteer, .. } => {
                "điều tra viên phụ trách ấp, ghi mã như 29173-04".to_owned()
            }
            ScopeError::Kind { role: Role::Commune, .. } => {
                "cán bộ xã phụ trách xã, ghi mã như 29173".to_owned()
            }
            ScopeError::Kind { role: Role::District, .. } => {
                "cán bộ huyện phụ trách huyện, ghi mã như 836".to_owned()
            }
            ScopeError::Kind { role: Role::Province | Role::Admin, .. } => {
                "vai trò này phụ trách cả tỉnh, mã 83".to_owned()
            }
        };
        let detail = error.to_string();
        Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail).field("areas").vi(words)
    })
}
