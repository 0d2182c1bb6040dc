//! `GET /api/v1/audit`: who saw or changed what, latest first; a page at a time, or as a file.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use soho_shared::access::Role;
use soho_shared::area::{AreaCode, UnitCode};
use soho_shared::household::Household;
use soho_shared::lang::Lang;
use soho_shared::record::HouseholdId;
use soho_shared::report::{By, Cell, Column, Line as TableLine, Table};
use soho_shared::text::one_line;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected, forbidden};
use super::cursors;
use super::households::note_read;
use super::kinds;
use super::params::{Query, number_of};
use super::problem::Failure;
use crate::engine::StoreError;
use crate::people::{AccountName, Action, Author, Entry, Recorded};
use crate::register::Register;
use crate::sync;

/// Most entries on a page.
const MAX_PAGE: usize = 500;
/// Entries on a page where no limit is given.
const PAGE: usize = 100;
/// Entries that are looked at in one go for those that are wanted.
const AT_ONCE: usize = 500;
/// Entries that are looked at for one page at most: then it ends early.
const LOOKED_AT: usize = 20_000;
/// Most entries of a file.
const MAX_FILE: usize = 10_000;
/// Pages that are looked at for a file.
const PAGES_OF_FILE: usize = 60;
/// Households of which a page tells the heads' names.
const MAX_NAMES: usize = 200;
/// Ids of households in a cell of a file.
const MAX_IDS: usize = 20;
const DAY_MILLIS: u64 = 24 * 3_600 * 1_000;
/// The clock by which days begin and end: Vietnam's.
pub(super) const CLOCK: Offset = Offset::constant(7);

/// Permit for files.
static FILES: Semaphore = Semaphore::const_new(1);

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(page))
}

/// Query of the audit trail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Entries about its households; an administrator may leave it out, for all entries.
    area: Option<AreaCode>,
    /// Entries by this account or about it.
    account: Option<AccountName>,
    /// Entries about this household.
    household: Option<HouseholdId>,
    #[param(inline)]
    action: Option<Action>,
    /// The first day, by Vietnam's clock.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    from: Option<String>,
    /// The last day.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    to: Option<String>,
    /// Whether to name the heads of the households that the caller may read; that is noted in the trail too.
    names: Option<bool>,
    /// `csv` for a file of at most 10.000 entries, which is noted in the trail.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// Where to go on from, as the page before said.
    #[param(pattern = "^[0-9a-f]{8}-[0-9a-f]{1,16}$")]
    cursor: Option<String>,
    /// How many entries at most; 100 when left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// Entries, latest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditPage)]
struct Page {
    entries: Vec<Line>,
    /// Where to go on from; null at the end. A page may have fewer entries than wanted, and yet not be the last one.
    cursor: Option<String>,
}

/// One thing done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct Line {
    /// When: milliseconds since 1970, UTC.
    at: u64,
    /// By whom; null for the command line, and for whoever could not sign in.
    by: Option<Author>,
    /// The name of the person whose account that is.
    full_name: Option<String>,
    action: Action,
    /// The unit that keeps the records, where it was about some: of households their commune.
    commune: Option<UnitCode>,
    households: Vec<HouseholdId>,
    /// Names of the heads of those households that the caller may read, where names are asked for: of at most 200 households
    /// a page.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    heads: BTreeMap<String, String>,
    /// Which account or device it was about.
    subject: Option<String>,
    /// The name of the person whose account it was about.
    subject_name: Option<String>,
}

/// Names of persons, by account.
struct People(HashMap<AccountName, String>);

impl People {
    fn of(&self, account: &AccountName) -> Option<String> {
        self.0.get(account).cloned()
    }

    fn line(&self, Recorded { at, entry, .. }: Recorded) -> Line {
        let id = |commune| move |uuid| HouseholdId { commune, uuid };
        let commune = entry.commune.and_then(UnitCode::commune);
        let households = commune.map(|commune| entry.households.into_iter().map(id(commune)).collect());
        let subject = entry.subject.map(|subject| one_line(&subject).into_owned());
        // Of a device the subject is its own name, which may be that of an account.
        let about = subject.as_ref().filter(|_| entry.action != Action::Enrolled);
        Line {
            at,
            full_name: entry.by.as_ref().and_then(|by| self.of(&by.account)),
            by: entry.by,
            action: entry.action,
            commune: entry.commune,
            households: households.unwrap_or_default(),
            heads: BTreeMap::new(),
            subject_name: about.and_then(|name| self.of(&name.parse().ok()?)),
            subject,
        }
    }
}

/// Which entries are wanted.
struct Wanted {
    area: Option<AreaCode>,
    account: Option<AccountName>,
    household: Option<HouseholdId>,
    action: Option<Action>,
    /// Times, in milliseconds since 1970: the first, and the one after the last.
    during: std::ops::Range<u64>,
}

impl Wanted {
    const fn is_everything(&self) -> bool {
        let Wanted { account, household, action, during, .. } = self;
        account.is_none()
            && household.is_none()
            && action.is_none()
            && during.start == 0
            && during.end == u64::MAX
    }

    fn includes(&self, Recorded { at, entry, .. }: &Recorded) -> bool {
        let is_of = |account: &AccountName| {
            entry.by.as_ref().is_some_and(|by| by.account == *account)
                || entry.subject.as_deref() == Some(account.as_str())
        };
        let is_about = |household: &HouseholdId| {
            entry.commune.is_some_and(|unit| unit == household.commune)
                && entry.households.contains(&household.uuid)
        };
        self.during.contains(at)
            && self.action.is_none_or(|action| action == entry.action)
            && self.account.as_ref().is_none_or(is_of)
            && self.household.as_ref().is_none_or(is_about)
    }
}

/// Entries that were wanted, and the number below which to go on.
struct Found {
    entries: Vec<Recorded>,
    next: Option<u64>,
}

/// Looks for entries with a smaller number than `before`. Where one is taken, all with its number are.
async fn find(store: &Register, wanted: &Wanted, mut before: u64, limit: usize) -> Result<Found, StoreError> {
    let at_once = if wanted.is_everything() { limit } else { AT_ONCE };
    let (mut entries, mut looked_at) = (Vec::new(), 0);
    loop {
        let page = store.audit(wanted.area, before, at_once).await?;
        let is_end = page.len() < at_once;
        looked_at += page.len();
        for recorded in page {
            // A clock may have been set back a little.
            if recorded.at.saturating_add(DAY_MILLIS) < wanted.during.start {
                return Ok(Found { entries, next: None });
            }
            if entries.len() >= limit && recorded.number != before {
                return Ok(Found { entries, next: Some(before) });
            }
            before = recorded.number;
            if wanted.includes(&recorded) {
                entries.push(recorded);
            }
        }
        if is_end {
            return Ok(Found { entries, next: None });
        }
        if entries.len() >= limit || looked_at >= LOOKED_AT {
            return Ok(Found { entries, next: Some(before) });
        }
    }
}

/// The moment at which a day begins, in milliseconds since 1970, or where `ends` it ends.
fn moment(field: &str, day: &str, ends: bool) -> Result<u64, Failure> {
    let read = || {
        let date: Date = day.parse().ok().filter(|_| day.len() == 10)?;
        let date = if ends { date.tomorrow().ok()? } else { date };
        let at = CLOCK.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        Some(u64::try_from(at.as_millisecond()).unwrap_or(0))
    };
    read().ok_or_else(|| {
        Failure::parameter(field, "write the day like 2026-11-28").vi("ngày chưa đúng: hãy chọn lại ngày")
    })
}

/// A moment as files write it: `28/11/2026 14:05:09`.
fn time(at: u64) -> String {
    let stamp = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    stamp.map_or_else(String::new, |stamp| {
        let at = CLOCK.to_datetime(stamp);
        let (day, month, year) = (at.day(), at.month(), at.year());
        format!("{day:02}/{month:02}/{year} {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    })
}

/// What is wanted, by somebody who may see all of it.
fn wanted_by(caller: &Caller, role: Role, query: &AuditQuery) -> Result<Wanted, Failure> {
    if matches!(role, Role::Volunteer | Role::Department) {
        return Err(forbidden("the audit trail is for officers").vi("nhật ký dành cho cán bộ"));
    }
    let of_household = query.household.map(|household| AreaCode::Commune(household.commune));
    let area = match (query.area, of_household) {
        (Some(area), Some(commune)) if !area.contains(commune) => {
            let failure = Failure::parameter("household", "it is not of this area");
            return Err(failure.vi("hộ này không thuộc địa bàn đang chọn"));
        }
        (area, of_household) => of_household.or(area),
    };
    match area {
        Some(AreaCode::Hamlet(_)) => {
            return Err(Failure::parameter("area", "the audit trail is kept by commune"));
        }
        Some(area) => caller.expect_figures_of(area, By::Commune)?,
        None if role == Role::Admin => {}
        None => return Err(Failure::parameter("area", "say which of your areas")),
    }
    let start = query.from.as_deref().map_or(Ok(0), |day| moment("from", day, false))?;
    let end = query.to.as_deref().map_or(Ok(u64::MAX), |day| moment("to", day, true))?;
    let (account, household, action) = (query.account.clone(), query.household, query.action);
    Ok(Wanted { area, account, household, action, during: start..end })
}

/// Who saw or changed what. For officers in their areas, and for administrators.
#[utoipa::path(
    get, path = "/audit", params(AuditQuery),
    responses(
        (status = 200, description = "The entries.", content((Page = "application/json"), (String = "text/csv"))),
        (status = 409), (status = 422)
    )
)]
async fn page(caller: Caller, Query(query): Query<AuditQuery>) -> Result<Response, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let limit = number_of("limit", query.limit, PAGE, MAX_PAGE)?;
    let before = cursors::before(caller.store().id(), query.cursor.as_deref())?;
    let wanted = wanted_by(&caller, admitted.account.scope.role(), &query)?;
    let owners = accounts.all().await?.into_iter();
    let people = People(owners.filter_map(|of| Some((of.name, of.owner.full_name?))).collect());
    match query.format.as_deref() {
        None | Some("json") => {}
        Some("csv") => return file(&caller, &wanted, &people).await,
        Some(_) => return Err(Failure::parameter("format", "the formats are `json` and `csv`")),
    }
    let Found { entries, next } = find(caller.store(), &wanted, before, limit).await?;
    let mut lines: Vec<_> = entries.into_iter().map(|recorded| people.line(recorded)).collect();
    if query.names == Some(true) {
        name_heads(&caller, &mut lines).await?;
    }
    let cursor = next.map(|number| cursors::page(caller.store().id(), format_args!("{number:x}")));
    Ok(Json(Page { entries: lines, cursor }).into_response())
}

/// Names the heads of the households that the caller may read, and notes that they were read.
async fn name_heads(caller: &Caller, lines: &mut [Line]) -> Result<(), Failure> {
    let mut heads: BTreeMap<HouseholdId, Option<String>> = BTreeMap::new();
    for household in lines.iter().flat_map(|line| &line.households) {
        if heads.len() < MAX_NAMES && !heads.contains_key(household) {
            let records = sync::household(caller.store(), caller.scope(), *household).await?;
            let name = records.iter().rev().find_map(|record| Household::read(&record.doc).head_name);
            heads.insert(*household, name);
        }
    }
    let mut read: BTreeMap<_, Vec<Uuid>> = BTreeMap::new();
    for (household, _) in heads.iter().filter(|(_, name)| name.is_some()) {
        read.entry(household.commune).or_default().push(household.uuid);
    }
    for (commune, households) in read {
        note_read(caller, commune, households).await?;
    }
    for line in lines {
        let named = line.households.iter().filter_map(|id| Some((id.to_string(), heads.get(id)?.clone()?)));
        line.heads = named.collect();
    }
    Ok(())
}

/// The entries as a file.
async fn file(caller: &Caller, wanted: &Wanted, people: &People) -> Result<Response, Failure> {
    let _place = FILES.acquire().await;
    let mut table = Table::new(("Nhật ký", "Audit trail"), ("", ""));
    table.columns = vec![
        Column::text("at", ("Lúc", "When"), 19),
        Column::text("account", ("Tài khoản", "Account"), 20),
        Column::text("full_name", ("Họ tên", "Name"), 25),
        Column::text("action", ("Việc", "What"), 25),
        Column::text("subject", ("Tài khoản hoặc máy liên quan", "Account or device"), 20),
        Column::text("code", ("Mã đơn vị", "Code"), 9),
        Column::text("unit", ("Đơn vị", "Unit"), 25),
        Column::whole("count", ("Số hộ", "Households")),
        Column::text("households", ("Mã hộ", "Ids of households"), 40),
    ];
    let mut next = Some(u64::MAX);
    for _ in 0..PAGES_OF_FILE {
        let Some(before) = next else { break };
        let found = find(caller.store(), wanted, before, MAX_PAGE).await?;
        next = found.next;
        table.lines.extend(found.entries.into_iter().map(|recorded| written(people.line(recorded))));
        if table.lines.len() > MAX_FILE {
            break;
        }
    }
    if next.is_some() || table.lines.len() > MAX_FILE {
        let detail = format!("a file has at most {MAX_FILE} entries: choose fewer days");
        return Err(Failure::new(422, kinds::TOO_LARGE, "The trail is too long for a file", detail)
            .field("from")
            .vi("một tệp chứa nhiều nhất 10.000 dòng: hãy chọn ít ngày hơn"));
    }
    if let Some(author) = caller.author() {
        caller.note(vec![Entry::own(author, Action::TrailExported)]).await?;
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, table.csv()).into_response())
}

/// An entry as a line of a file.
fn written(line: Line) -> TableLine {
    let count = i64::try_from(line.households.len()).ok().filter(|count| *count > 0);
    let mut ids: Vec<_> = line.households.iter().take(MAX_IDS).map(ToString::to_string).collect();
    if line.households.len() > MAX_IDS {
        ids.push("…".to_owned());
    }
    let account = line.by.map(|by| by.account.to_string());
    let unit = line.commune.map(|unit| (unit.to_string(), unit.area().name()));
    let (code, unit) = unit.unzip();
    let cells: Vec<Cell> = vec![
        time(line.at).into(),
        account.into(),
        line.full_name.into(),
        line.action.name(Lang::Vi).into(),
        line.subject.into(),
        code.into(),
        unit.into(),
        count.into(),
        ids.join(" ").into(),
    ];
    TableLine::unit(None, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_and_end_by_vietnam_s_clock() {
        // 28/11/2026 00:00 in Vietnam is 17:00 of the day before in London.
        let start = 1_795_798_800_000;
        assert_eq!(moment("from", "2026-11-28", false).ok(), Some(start));
        assert_eq!(moment("to", "2026-11-28", true).ok(), Some(start + DAY_MILLIS));
        assert_eq!(time(start + 1_000), "28/11/2026 00:00:01");
        assert_eq!(moment("from", "1969-01-01", false).ok(), Some(0));
        for bad in ["", "28/11/2026", "2026-02-30", "2026-11-28T00:00", "20261128", "9999-12-31"] {
            assert!(moment("to", bad, true).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_entry_is_found_by_who_did_it_and_by_whom_it_was_about() {
        let by = |name: &str| Author {
            account: name.parse().unwrap(),
            session: crate::people::SessionId::from_bytes([1; 16]),
        };
        let commune: soho_shared::area::CommuneCode = "29173".parse().unwrap();
        let uuid = Uuid::from_u128(7);
        let made = Entry::about(Some(by("root")), Action::AccountMade, "lan");
        let read = Entry::households(by("xa"), Action::Read, commune, vec![uuid]);
        let everything =
            || Wanted { area: None, account: None, household: None, action: None, during: 0..u64::MAX };
        let of = |name: &str| Wanted { account: name.parse().ok(), ..everything() };
        let about =
            |n| Wanted { household: Some(HouseholdId { commune, uuid: Uuid::from_u128(n) }), ..everything() };
        assert!(everything().is_everything() && !of("lan").is_everything());
        let table = [
            (everything(), [true, true]),
            (of("root"), [true, false]),
            (of("lan"), [true, false]),
            (of("xa"), [false, true]),
            (about(7), [false, true]),
            (about(8), [false, false]),
            (Wanted { action: Some(Action::Read), ..everything() }, [false, true]),
            (Wanted { during: 0..5, ..everything() }, [false, false]),
            (Wanted { during: 5..6, ..everything() }, [true, true]),
        ];
        for (at, (wanted, expected)) in table.into_iter().enumerate() {
            let found = [&made, &read]
                .map(|entry| wanted.includes(&Recorded { number: 1, at: 5, entry: entry.clone() }));
            assert_eq!(found, expected, "row {at}");
        }
    }
}
