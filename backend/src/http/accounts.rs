//! `GET` and `POST /api/v1/accounts`, `POST /api/v1/accounts/search` and `/accounts/list`, `PATCH /api/v1/accounts/{name}`;
//! passwords: `POST /api/v1/accounts/{name}/password`, `PUT /api/v1/sessions/current/password`.

use std::collections::HashSet;

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soho_shared::access::{Role, Scope};
use soho_shared::area::AreaCode;
use soho_shared::fold::fold;
use soho_shared::standard::Note;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::params::{Query, Segment, number_of};
use super::problem::Failure;
use super::{body, cursors, kinds};
use crate::accounts::{AccountChange, AccountError, Fault, ListRow, MOST_ROWS, NewAccount, Read, read_rows};
use crate::people::{Account, AccountName, Owner};

/// Most accounts on a page.
const MAX_PAGE: usize = 100;
/// Accounts on a page where no limit is given.
const PAGE: usize = 50;
/// Most letters that are searched for.
const LONGEST_TEXT: usize = 100;
/// Most bytes of a list.
const MOST_LIST: usize = 1 << 20;

/// Most accounts that one request makes: each password takes some 30 ms to be hashed, and what takes longer than a request may
/// would lose those that were drawn.
const MADE_AT_ONCE: usize = 100;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(search))
        .routes(routes!(make_listed))
        .routes(routes!(change))
        .routes(routes!(reset))
        .routes(routes!(change_own))
}

/// An account as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
struct Shown {
    name: AccountName,
    /// The name of the person whose account it is; null where it was not said.
    full_name: Option<String>,
    telephone: Option<String>,
    role: Role,
    areas: Vec<AreaCode>,
    /// Ids of the supports that a department gives; of any other role none.
    supports: Vec<String>,
    /// Whether it has a password; without one only devices use it.
    password: bool,
    /// Whether the password is only good for choosing another one.
    once: bool,
    disabled: bool,
    /// When it was made: milliseconds since 1970, UTC.
    made: u64,
}

impl From<Account> for Shown {
    fn from(account: Account) -> Self {
        Shown {
            role: account.scope.role(),
            areas: account.scope.areas().to_vec(),
            supports: account.scope.supports().to_vec(),
            password: account.password.is_some(),
            once: account.once,
            disabled: account.disabled,
            made: account.made,
            name: account.name,
            full_name: account.owner.full_name,
            telephone: account.owner.telephone,
        }
    }
}

/// A page of accounts, by name.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountPage)]
struct Page {
    accounts: Vec<Shown>,
    /// How many there are on all pages.
    total: usize,
    /// Where to go on from; null at the end.
    cursor: Option<String>,
}

/// Query of accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AccountQuery {
    role: Option<Role>,
    /// Accounts that work in it: all of it, or a part.
    area: Option<AreaCode>,
    /// Where to go on from, as the page before said.
    #[param(pattern = "^[0-9a-f]{8}-[a-z0-9._-]{2,40}$")]
    cursor: Option<String>,
    /// How many accounts at most; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// An administrator sees all accounts; an officer those that may be given devices.
#[utoipa::path(get, path = "/accounts", params(AccountQuery), responses((status = 200, body = Page), (status = 409)))]
async fn list(caller: Caller, Query(wanted): Query<AccountQuery>) -> Result<Json<Page>, Failure> {
    let AccountQuery { role, area, cursor, limit } = wanted;
    found(&caller, "", role, area, cursor.as_deref(), limit).await
}

/// What accounts are searched for.
#[derive(Deserialize, ToSchema)]
#[schema(as = AccountSearch)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Words, without their marks too: of the account's name or the person's; or digits of the telephone number.
    #[schema(max_length = 100)]
    text: String,
    role: Option<Role>,
    /// Accounts that work in it: all of it, or a part.
    area: Option<AreaCode>,
    /// Where to go on from, as the page before said.
    cursor: Option<String>,
    /// How many accounts at most, from 1 to 100; 50 when left out.
    limit: Option<usize>,
}

/// Accounts by a few letters. Posted, because no name of a person stands in an address.
#[utoipa::path(
    post, path = "/accounts/search", request_body = Search,
    responses((status = 200, body = Page), (status = 409), (status = 422))
)]
async fn search(
    caller: Caller,
    body::Json(wanted): body::Json<Search, { body::SMALL_BODY }>,
) -> Result<Json<Page>, Failure> {
    let Search { text, role, area, cursor, limit } = wanted;
    if text.chars().count() > LONGEST_TEXT {
        return Err(wrong("text", "search for at most 100 letters", "hãy gõ nhiều nhất 100 chữ"));
    }
    found(&caller, &text, role, area, cursor.as_deref(), limit).await
}

/// A page of the accounts that the caller may see and that are as wanted.
async fn found(
    caller: &Caller,
    text: &str,
    role: Option<Role>,
    area: Option<AreaCode>,
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<Json<Page>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let own = &admitted.account.scope;
    if matches!(own.role(), Role::Volunteer | Role::Department) {
        return Err(forbidden("volunteers and departments see no accounts")
            .vi("điều tra viên và ngành không xem tài khoản của người khác"));
    }
    let limit = number_of("limit", limit, PAGE, MAX_PAGE)?;
    let register = caller.store().id();
    let after = cursor.map(|cursor| cursors::end(register, cursor)).transpose()?.unwrap_or_default();
    let words = fold(text);
    let is_wanted = |account: &Account| {
        own.may_equip(&account.scope)
            && role.is_none_or(|role| account.scope.role() == role)
            && area.is_none_or(|area| account.scope.areas().iter().any(|of| area.contains(*of)))
            && answers(account, &words)
    };
    let mut all: Vec<Account> = accounts.all().await?.into_iter().filter(is_wanted).collect();
    all.sort_unstable_by(|one, next| one.name.cmp(&next.name));
    let total = all.len();
    let mut rest = all.into_iter().skip_while(|account| account.name.as_str() <= after);
    let page: Vec<Shown> = rest.by_ref().take(limit).map(Shown::from).collect();
    let more = rest.next().is_some();
    let cursor = page.last().filter(|_| more).map(|last| cursors::page(register, &last.name));
    Ok(Json(Page { accounts: page, total, cursor }))
}

/// Whether an account has every word of a folded text in its name or its owner's, or the text's digits in the telephone
/// number.
fn answers(account: &Account, words: &str) -> bool {
    let Owner { full_name, telephone } = &account.owner;
    let named = format!("{} {}", account.name, fold(full_name.as_deref().unwrap_or_default()));
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let is_number = digits.len() >= 3 && !words.chars().any(char::is_alphabetic);
    words.split(' ').all(|word| named.contains(word))
        // The country's code stands for the first 0.
        || is_number && telephone.as_ref().is_some_and(|of| of.contains(digits.strip_prefix('0').unwrap_or(&digits)))
}

fn wrong(field: &str, detail: impl Into<String>, vi: &str) -> Failure {
    Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail).field(field).vi(vi)
}

fn name_of(text: &str) -> Result<Option<String>, Failure> {
    Owner::name_of(text).map_err(|detail| wrong("full_name", detail, "họ tên dài nhất 80 chữ"))
}

fn telephone_of(text: &str) -> Result<Option<String>, Failure> {
    let vi = "số điện thoại có từ 8 đến 15 chữ số, như 0275 3822 115";
    Owner::telephone_of(text).map_err(|detail| wrong("telephone", detail, vi))
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
    /// Of a department the ids of the supports that it gives, at least one; of any other role none.
    #[serde(default)]
    supports: Vec<String>,
    /// 10 to 200 letters; without one only devices can use the account.
    password: Option<String>,
    /// The name of the person whose account it is.
    #[schema(max_length = 80)]
    full_name: Option<String>,
    telephone: Option<String>,
}

/// Makes an account. For administrators.
#[utoipa::path(post, path = "/accounts", responses((status = 201, body = Shown), (status = 409)))]
async fn make(
    caller: Caller,
    body::Json(new): body::Json<New>,
) -> Result<(StatusCode, Json<Shown>), Failure> {
    let (accounts, admitted) = caller.expect_admin()?;
    let scope = scope(new.role, new.areas, new.supports)?;
    let full_name = name_of(&new.full_name.unwrap_or_default())?;
    let owner = Owner { full_name, telephone: telephone_of(&new.telephone.unwrap_or_default())? };
    let new = NewAccount { name: new.name, scope, password: new.password, demonstration: false };
    let made = accounts.make_for(Some(admitted.by()), new, owner, false).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Accounts to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = AccountList)]
#[serde(deny_unknown_fields)]
struct NewList {
    /// What a spreadsheet copies or saves as CSV: account, name, telephone, role, areas and supports, in this order or under
    /// heads.
    text: Option<String>,
    /// Instead of the text: its rows, at most 500.
    rows: Option<Vec<ListRow>>,
    /// Whether only to say what would be made, and what is wrong.
    dry: bool,
}

/// What became of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountsListed)]
struct Listed {
    rows: Vec<ListedRow>,
    /// In how many rows something is wrong.
    wrong: usize,
    /// How many accounts were made.
    made: usize,
}

/// A row of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountListed)]
struct ListedRow {
    /// As it was given.
    row: ListRow,
    /// The role and the areas as they are understood; null where something is wrong.
    role: Option<Role>,
    areas: Vec<AreaCode>,
    /// Ids of the supports as they are understood.
    supports: Vec<String>,
    faults: Vec<Fault>,
    /// The password of an account that was made, told this once. It is only good for choosing another one.
    password: Option<String>,
}

impl ListedRow {
    /// A row of which no account was made, with its scope where it is understood.
    fn of(row: ListRow, scope: Option<&Scope>, faults: Vec<Fault>) -> Self {
        ListedRow {
            row,
            role: scope.map(Scope::role),
            areas: scope.map(|scope| scope.areas().to_vec()).unwrap_or_default(),
            supports: scope.map(|scope| scope.supports().to_vec()).unwrap_or_default(),
            faults,
            password: None,
        }
    }
}

/// Makes accounts from a list, each with a password that works once: all of them, or where something is wrong none. For
/// administrators.
#[utoipa::path(
    post, path = "/accounts/list", request_body = NewList,
    responses((status = 200, body = Listed), (status = 409), (status = 422))
)]
async fn make_listed(
    caller: Caller,
    body::Json(new): body::Json<NewList, MOST_LIST>,
) -> Result<Json<Listed>, Failure> {
    let (accounts, admitted) = caller.expect_admin()?;
    let mut taken: HashSet<_> = accounts.all().await?.into_iter().map(|account| account.name).collect();
    let mut listed = Vec::new();
    for row in rows(new.text.as_deref(), new.rows)? {
        let read = row.read(&mut taken);
        listed.push((row, read));
    }
    if !new.dry && listed.len() > MADE_AT_ONCE {
        let vi = format!("mỗi lần tạo nhiều nhất {MADE_AT_ONCE} tài khoản: hãy chia danh sách ra");
        return Err(wrong(
            "rows",
            format!("at most {MADE_AT_ONCE} accounts are made at once: divide the list"),
            &vi,
        ));
    }
    let wrong_rows = listed.iter().filter(|(_, read)| read.is_err()).count();
    if !new.dry && wrong_rows > 0 {
        let vi = format!("có {wrong_rows} dòng chưa đúng nên chưa tạo tài khoản nào: hãy sửa rồi gửi lại");
        return Err(wrong(
            "rows",
            format!("{wrong_rows} rows are wrong, so nothing was made: mend them first"),
            &vi,
        ));
    }
    let mut answer = Listed { rows: Vec::with_capacity(listed.len()), wrong: wrong_rows, made: 0 };
    for (row, read) in listed {
        let shown = match read {
            Err(faults) => ListedRow::of(row, None, faults),
            Ok(Read { name, scope, owner }) => {
                let mut shown = ListedRow::of(row, Some(&scope), Vec::new());
                if !new.dry {
                    match accounts.make_once(Some(admitted.by()), name, scope, owner).await {
                        Ok((_, password)) => {
                            shown.password = Some(password);
                            answer.made += 1;
                        }
                        // Somebody else made it at the same moment. What was made before it is told all the same.
                        Err(AccountError::Taken(name)) => shown.faults.push(Fault::taken(&name)),
                        Err(other) if answer.made == 0 => return Err(other.into()),
                        // The passwords of those before it are told now or never.
                        Err(other) => shown.faults.push(not_made(&other)),
                    }
                }
                shown
            }
        };
        answer.rows.push(shown);
    }
    Ok(Json(answer))
}

/// A row whose account the store did not take.
fn not_made(error: &AccountError) -> Fault {
    tracing::error!(%error, "an account of a list");
    let vi = "máy chủ chưa tạo được tài khoản này: hãy gửi lại dòng này";
    let en = "the server could not make this account: send this row again";
    Fault { field: "account", words: Note { vi: vi.into(), en: en.into() } }
}

/// The rows that were given, in either form.
fn rows(text: Option<&str>, rows: Option<Vec<ListRow>>) -> Result<Vec<ListRow>, Failure> {
    let (field, rows) = match (text, rows) {
        (Some(text), None) => ("text", read_rows(text)),
        (None, rows) => ("rows", rows.filter(|rows| rows.len() <= MOST_ROWS)),
        (Some(_), Some(_)) => {
            return Err(wrong("rows", "give `text` or `rows`, not both", "chỉ gửi một danh sách"));
        }
    };
    let rows = rows.ok_or_else(|| {
        wrong(
            field,
            format!("give a list of at most {MOST_ROWS} rows"),
            "mỗi lần gửi một danh sách nhiều nhất 500 dòng",
        )
    })?;
    if rows.is_empty() {
        let vi = "danh sách chưa có dòng nào: hãy chép các ô từ bảng tính rồi dán vào đây";
        return Err(wrong(field, "the list has no rows: copy the cells of a spreadsheet", vi));
    }
    Ok(rows)
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = AccountChange)]
#[serde(deny_unknown_fields)]
struct Change {
    role: Option<Role>,
    areas: Option<Vec<AreaCode>>,
    /// Of a department the ids of the supports that it gives, at least one.
    supports: Option<Vec<String>>,
    password: Option<String>,
    disabled: Option<bool>,
    /// The name of the person whose account it is; an empty text takes it away.
    #[schema(max_length = 80)]
    full_name: Option<String>,
    /// An empty text takes it away.
    telephone: Option<String>,
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
        supports: None,
        disabled: None,
        full_name: None,
        telephone: None,
        password: password @ Some(_),
        current: Some(current),
    } = change
    {
        return change_own_password(&caller, &name, password, current).await;
    }
    caller.expect_admin()?;
    let full_name = change.full_name.as_deref().map(name_of).transpose()?;
    let telephone = change.telephone.as_deref().map(telephone_of).transpose()?;
    let was = accounts.find(&name).await?.ok_or_else(|| Failure::not_found("there is no such account"))?;
    let scope = match (change.role, change.areas, change.supports) {
        (None, None, None) => None,
        (role, areas, supports) => {
            // Another role has areas and supports of its own.
            let kept = Some(&was.scope).filter(|was| role.is_none_or(|role| role == was.role()));
            let areas = areas.or_else(|| Some(kept?.areas().to_vec())).unwrap_or_default();
            let supports = supports.or_else(|| Some(kept?.supports().to_vec())).unwrap_or_default();
            Some(scope(role.unwrap_or(was.scope.role()), areas, supports)?)
        }
    };
    let owner = (full_name.is_some() || telephone.is_some()).then(|| Owner {
        full_name: full_name.unwrap_or(was.owner.full_name),
        telephone: telephone.unwrap_or(was.owner.telephone),
    });
    let change =
        AccountChange { scope, password: change.password, once: false, disabled: change.disabled, owner };
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
    expect_current(caller, current).await?;
    let change = AccountChange { password, ..AccountChange::default() };
    Ok(Json(accounts.change(Some(admitted.by()), name, change).await?.into()))
}

/// Refuses callers who do not know their own password. Tries are counted.
async fn expect_current(caller: &Caller, current: String) -> Result<(), Failure> {
    let (accounts, admitted) = caller.accounts()?;
    caller.count_try(admitted)?;
    if accounts.passwords.matches(admitted.account.password.clone(), current).await {
        return Ok(());
    }
    let detail = "the password so far is wrong";
    let failure = Failure::new(403, kinds::WRONG_PASSWORD, "Not changed", detail);
    Err(failure.field("current").vi("mật khẩu đang dùng chưa đúng"))
}

/// A password that works once.
#[derive(Serialize, ToSchema)]
#[schema(as = PasswordGiven)]
struct Given {
    account: AccountName,
    /// Told this once. It is only good for choosing another one.
    password: String,
}

/// Gives an account a password that works once, and signs its browsers out. For administrators.
#[utoipa::path(
    post, path = "/accounts/{name}/password", params(("name" = AccountName, Path)),
    responses((status = 200, body = Given), (status = 404), (status = 409))
)]
async fn reset(caller: Caller, Segment(name): Segment<AccountName>) -> Result<Json<Given>, Failure> {
    let (accounts, admitted) = caller.expect_admin()?;
    let password = accounts.reset(Some(admitted.by()), &name).await?;
    Ok(Json(Given { account: name, password }))
}

/// Another password of one's own.
#[derive(Deserialize, ToSchema)]
#[schema(as = OwnPassword)]
#[serde(deny_unknown_fields)]
struct Own {
    /// The password so far.
    current: String,
    /// 10 to 200 letters.
    password: String,
}

/// Changes one's own password. This session goes on; the account's other browsers are signed out.
#[utoipa::path(
    put, path = "/sessions/current/password", request_body = Own,
    responses((status = 204, description = "Changed."), (status = 409), (status = 429))
)]
async fn change_own(
    caller: Caller,
    body::Json(Own { current, password }): body::Json<Own, { body::SMALL_BODY }>,
) -> Result<StatusCode, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    expect_current(&caller, current).await?;
    accounts.change_own(admitted, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn scope(role: Role, areas: Vec<AreaCode>, supports: Vec<String>) -> Result<Scope, Failure> {
    Scope::with_supports(role, areas, supports).map_err(|error| {
        let Fault { field, words } = Fault::of_scope(role, &error);
        wrong(field, words.en, &words.vi)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_either_name_without_marks_or_by_its_number() {
        let item = r#"{"name":"lan.29173","scope":{"role":"commune","areas":["29173"]},"made":1,
            "owner":{"full_name":"Trần Thị Ánh","telephone":"+84901234567"}}"#;
        let account: Account = serde_json::from_str(item).unwrap();
        let table = [
            ("", true),
            ("tran anh", true),
            ("ÁNH", true),
            ("lan.291", true),
            ("0901", true),
            ("0902", false),
            ("901 234", true),
            ("84 90", true),
            ("thi lan", true),
            ("ba", false),
            ("12", false),
        ];
        for (text, expected) in table {
            assert_eq!(answers(&account, &fold(text)), expected, "{text}");
        }
    }
}
