//! `GET /api/v1/audit`: who saw or changed what, latest first.

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::access::Role;
use soho_shared::area::{AreaCode, UnitCode};
use soho_shared::record::HouseholdId;
use soho_shared::report::By;
use soho_shared::text::one_line;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::cursors;
use super::params::{Query, number_of};
use super::problem::Failure;
use crate::people::{Action, Author, Recorded};

/// Most entries on a page.
const MAX_PAGE: usize = 500;
/// Entries on a page where no limit is given.
const PAGE: usize = 100;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(page))
}

/// Query of the audit trail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Entries about its households; an administrator may leave it out, for all entries.
    area: Option<AreaCode>,
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
    /// Where to go on from; null at the end.
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
    action: Action,
    /// The unit that keeps the records, where it was about some: of households their commune.
    commune: Option<UnitCode>,
    households: Vec<HouseholdId>,
    /// Which account or device it was about.
    subject: Option<String>,
}

impl From<Recorded> for Line {
    fn from(Recorded { at, entry, .. }: Recorded) -> Self {
        let id = |commune| move |uuid| HouseholdId { commune, uuid };
        let commune = entry.commune.and_then(UnitCode::commune);
        let households = commune.map(|commune| entry.households.into_iter().map(id(commune)).collect());
        Line {
            at,
            by: entry.by,
            action: entry.action,
            commune: entry.commune,
            households: households.unwrap_or_default(),
            subject: entry.subject.map(|subject| one_line(&subject).into_owned()),
        }
    }
}

/// Who saw or changed what. For officers in their areas, and for administrators.
#[utoipa::path(get, path = "/audit", params(AuditQuery), responses((status = 200, body = Page), (status = 409)))]
async fn page(caller: Caller, Query(wanted): Query<AuditQuery>) -> Result<Json<Page>, Failure> {
    let (accounts, admitted) = caller.accounts()?;
    let limit = number_of("limit", wanted.limit, PAGE, MAX_PAGE)?;
    let before = cursors::before(caller.store().id(), wanted.cursor.as_deref())?;
    let role = admitted.account.scope.role();
    if role == Role::Volunteer {
        return Err(forbidden("the audit trail is for officers").vi("nhật ký dành cho cán bộ"));
    }
    match wanted.area {
        Some(AreaCode::Hamlet(_)) => {
            return Err(Failure::parameter("area", "the audit trail is kept by commune"));
        }
        Some(area) => caller.expect_figures_of(area, By::Commune)?,
        None if role == Role::Admin => {}
        None => return Err(Failure::parameter("area", "say which of your areas")),
    }
    let found = accounts.store.audit(wanted.area, before, limit).await?;
    let cursor = found
        .last()
        .filter(|_| found.len() >= limit)
        .map(|last| cursors::page(caller.store().id(), format_args!("{:x}", last.number)));
    Ok(Json(Page { entries: found.into_iter().map(Into::into).collect(), cursor }))
}
