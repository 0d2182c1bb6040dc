//! Who asks. Routes behind [`Protected`] exist only sealed: a handler there reaches the store through its [`Caller`],
//! and there is no caller without a session, unless the register has no accounts at all.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use soho_shared::access::{Role, Scope};
use soho_shared::area::{AreaCode, UnitCode};
use soho_shared::household::field::{RULES, rule};
use soho_shared::lang::Lang;
use soho_shared::record::{Change, Operation, RecordKey, RejectionKind};
use soho_shared::report::By;
use soho_shared::wire::{OperationResult, PushResponse};
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::cookie;
use super::document;
use super::kinds;
use super::machine;
use super::metrics::Metrics;
use super::problem::Failure;
use super::statistics::PackedFigures;
use super::{App, Settings};
use crate::accounts::{AccountService, Admission, Admitted, Codes, Limits, Passwords, Whence};
use crate::engine::StoreError;
use crate::people::{Author, Digest, Entry, Token};
use crate::register::{Arrival, Holds, NotTaken, Outcome, Register};
use crate::sync::{Flood, Made, PushError, ServerWriter, now_millis, push_received};

/// What the server holds for signing in, beside the store.
pub(super) struct FrontDesk {
    pub(super) passwords: Passwords,
    pub(super) limits: Limits,
    pub(super) codes: Codes,
    pub(super) settings: Settings,
    /// Whether there is no account, so that whoever holds the server's key may do everything.
    pub(super) open: bool,
}

impl FrontDesk {
    pub(super) fn new(settings: Settings, open: bool) -> Self {
        let (passwords, limits, codes) = <(Passwords, Limits, Codes)>::default();
        FrontDesk { passwords, limits, codes, settings, open }
    }
}

impl App {
    /// The front desk at this moment.
    pub(super) fn accounts(&self) -> AccountService<'_> {
        let front = &self.front;
        let (store, passwords) = (&*self.store, &front.passwords);
        AccountService { store, passwords, lifetimes: front.settings.lifetimes, now: now_millis() }
    }
}

/// State of protected routes. Only [`seal`] makes one.
#[derive(Clone)]
pub(super) struct Protected {
    app: App,
}

/// What a revoked browser or device may still do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Withdrawn {
    /// Nothing.
    Refused,
    /// Send what it holds, and end its session.
    Leaving,
}

/// Puts the doorkeeper before routes.
pub(super) fn seal(mut routes: OpenApiRouter<Protected>, app: &App, withdrawn: Withdrawn) -> OpenApiRouter {
    document::seal(&mut routes);
    let door = Door { app: app.clone(), withdrawn };
    routes.layer(from_fn_with_state(door, admit)).with_state(Protected { app: app.clone() })
}

#[derive(Clone)]
struct Door {
    app: App,
    withdrawn: Withdrawn,
}

/// What the doorkeeper found.
#[derive(Clone)]
enum Pass {
    Open,
    Known(Arc<Admitted>),
    Leaving(Arc<Admitted>),
}

async fn admit(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let pass = match examine(&door, request.headers()).await {
        Ok(pass) => pass,
        Err(failure) => return failure.into_response(),
    };
    request.extensions_mut().insert(pass);
    let mut response = next.run(request).await;
    // No cache on the way keeps an answer to one person.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn examine(door: &Door, headers: &HeaderMap) -> Result<Pass, Failure> {
    let FrontDesk { settings, open, .. } = &*door.app.front;
    if *open {
        let held = settings.key.is_none() || machine::is_held(settings, headers);
        return if held { Ok(Pass::Open) } else { Err(machine::not_held()) };
    }
    let token: Token = cookie::token(settings, headers).ok_or_else(|| {
        Failure::new(401, kinds::NOT_SIGNED_IN, "Not signed in", "sign in first, at /signin/")
    })?;
    match door.app.accounts().admit(token.digest()).await? {
        Admission::Admitted(admitted) => Ok(Pass::Known(admitted.into())),
        Admission::Withdrawn(admitted) if door.withdrawn == Withdrawn::Leaving => {
            Ok(Pass::Leaving(admitted.into()))
        }
        Admission::Withdrawn(_) => {
            let detail = "send what you hold, then wipe it and end the session";
            Err(Failure::new(403, kinds::DEVICE_REVOKED, "This device was withdrawn", detail))
        }
        Admission::Suspended => Err(Failure::suspended()),
        Admission::Over => Err(over()),
    }
}

fn first_16(mark: &[u8; 32]) -> [u8; 16] {
    *mark.first_chunk().unwrap_or(&[0; 16])
}

fn over() -> Failure {
    let detail = "sign in again, at /signin/; what was typed is still on the device";
    Failure::new(401, kinds::SESSION_OVER, "The session is over", detail)
}

/// The sender of a request: somebody signed in, or whoever holds the server's key where there are no accounts.
pub(super) struct Caller {
    app: App,
    pass: Pass,
}

impl FromRequestParts<Protected> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Protected) -> Result<Self, Failure> {
        // Absent only if a route was not sealed.
        let pass = parts.extensions.get().cloned();
        let pass = pass.ok_or_else(|| Failure::new(500, kinds::INTERNAL, "No doorkeeper", "report this"))?;
        Ok(Caller { app: state.app.clone(), pass })
    }
}

impl Caller {
    /// The account and session; `None` where there are no accounts.
    pub(super) fn admitted(&self) -> Option<&Admitted> {
        match &self.pass {
            Pass::Open => None,
            Pass::Known(admitted) | Pass::Leaving(admitted) => Some(admitted),
        }
    }

    /// Whether the browser or device was revoked.
    pub(super) const fn is_leaving(&self) -> bool {
        matches!(self.pass, Pass::Leaving(_))
    }

    /// What the caller may see; `None` where there are no accounts.
    pub(super) fn scope(&self) -> Option<&Scope> {
        self.admitted().map(|admitted| &admitted.account.scope)
    }

    /// Author of what the caller does; `None` where there are no accounts.
    pub(super) fn author(&self) -> Option<Author> {
        self.admitted().map(Admitted::by)
    }

    /// The caller as the account and session are now.
    pub(super) async fn judged_anew(self) -> Result<Self, Failure> {
        let Some(admitted) = self.admitted() else { return Ok(self) };
        let pass = match self.app.accounts().judge(admitted.session.token).await? {
            Admission::Admitted(admitted) => Pass::Known(admitted.into()),
            Admission::Withdrawn(admitted) => Pass::Leaving(admitted.into()),
            Admission::Suspended => return Err(Failure::suspended()),
            Admission::Over => return Err(over()),
        };
        Ok(Caller { pass, ..self })
    }

    /// What is held back of the edits that the caller sends at the moment `now`, in milliseconds since 1970.
    pub(super) fn holds(&self, now: u64) -> Holds {
        let lifetimes = self.settings().lifetimes;
        self.admitted().map_or(Holds::Nothing, |admitted| admitted.holds(now, lifetimes))
    }

    /// Bounds on the new households that the caller brings at the moment `now`, in milliseconds since 1970: on the devices
    /// of volunteers. `None` where an officer has lifted them.
    pub(super) fn flood(&self, now: u64) -> Option<Flood<'_>> {
        let Admitted { account, session } = self.admitted()?;
        let bound =
            account.scope.role() == Role::Volunteer && session.many_until.is_none_or(|until| until < now);
        // Who knows the password opens as many sessions as they like.
        let device = match session.device {
            Some(_) => session.id.to_bytes(),
            None => first_16(&self.settings().secret.mark("floods", &[account.name.as_str().as_bytes()])),
        };
        bound.then(|| Flood { limits: &self.app.front.limits, device })
    }

    /// The store. Handlers check the scope before they use it.
    pub(super) fn store(&self) -> &Register {
        &self.app.store
    }

    /// The front desk and the caller; refused where there are no accounts.
    pub(super) fn accounts(&self) -> Result<(AccountService<'_>, &Admitted), Failure> {
        match self.admitted() {
            Some(admitted) => Ok((self.app.accounts(), admitted)),
            None => Err(no_accounts()),
        }
    }

    /// The server's counters.
    pub(super) fn metrics(&self) -> &Arc<Metrics> {
        &self.app.metrics
    }

    /// The settings with which the server was started.
    pub(super) fn settings(&self) -> &Settings {
        &self.app.front.settings
    }

    /// The figures as they were last asked for.
    pub(super) fn figures(&self) -> &PackedFigures {
        &self.app.figures
    }

    /// Whether the households are synthetic, made by a program.
    pub(super) const fn synthetic(&self) -> bool {
        self.app.synthetic
    }

    /// Counts a try of the caller's own password.
    pub(super) fn count_try(&self, admitted: &Admitted) -> Result<(), Failure> {
        let Admitted { account, session } = admitted;
        let whence = Whence::Known(session.id.to_bytes());
        self.app.front.limits.for_account(account.name.as_str(), whence).map_err(Failure::too_often)
    }

    /// Notes that a code was made now.
    pub(super) fn note_code(&self, code: Digest, now: u64) {
        self.app.front.codes.made(code, now);
    }

    /// The writer that stamps what is decided on this server.
    pub(super) fn server_writer(&self) -> &ServerWriter {
        &self.app.server_writer
    }

    /// Stores edits that were made on a page, in the caller's name, and returns their operations' ids. Handlers check
    /// the scope before.
    pub(super) async fn edit(
        &self,
        edits: Vec<(RecordKey, Vec<Change>)>,
        why: Option<&str>,
    ) -> Result<Vec<Uuid>, Failure> {
        let results = self.try_edits(edits, why, Made::ByHand).await?;
        let ids = results.iter().map(|result| result.id).collect();
        match results.into_iter().find_map(|result| result.problem) {
            Some(problem) => {
                // `operations[0].why`: the operation is the server's, the reason the caller's.
                let field = problem.field.as_deref().and_then(|field| field.split_once('.'));
                let field = field.map_or("operations", |(_, field)| field).to_owned();
                Err(Failure::of(problem).field(field))
            }
            None => Ok(ids),
        }
    }

    /// Moves a commune's round to another stage. Returns `false` where the commune was written to since `head`, by which that
    /// was judged.
    pub(super) async fn move_stage(
        &self,
        record: RecordKey,
        changes: Vec<Change>,
        why: Option<&str>,
        head: u64,
    ) -> Result<bool, Failure> {
        match self.judged(vec![(record, changes)], why, head).await?[..] {
            [Outcome::Refused(NotTaken::Moved)] => Ok(false),
            [Outcome::Refused(_)] => {
                let detail = "too much stands in the commune's record of this round: tell the administrator";
                Err(Failure::new(409, kinds::CONFLICT, "Not done", detail)
                    .vi("phiếu của xã trong đợt này đã quá đầy: hãy báo người quản trị"))
            }
            _ => Ok(true),
        }
    }

    /// Stores edits of records of one commune that were judged by its last transaction, `head`: all of them in one transaction,
    /// or none of them where the commune was written to since. Those for which too much must be read at once are refused alike.
    pub(super) async fn judged(
        &self,
        edits: Vec<(RecordKey, Vec<Change>)>,
        why: Option<&str>,
        head: u64,
    ) -> Result<Vec<Outcome>, Failure> {
        let operations = self.operations(edits, why, Made::ByHand)?;
        for operation in &operations {
            operation.check(&RULES).map_err(|rejection| {
                let vi = match rejection.kind {
                    RejectionKind::InvalidValue => rule(Lang::Vi, &rejection.field, operation.round),
                    RejectionKind::InvalidOperation | RejectionKind::RecordFull => {
                        "lý do nhiều nhất 300 chữ, không có ký tự ẩn: hãy ghi lại".to_owned()
                    }
                };
                let title = "A field is missing or wrong";
                Failure::new(422, kinds::INVALID_BODY, title, rejection.detail).field(rejection.field).vi(vi)
            })?;
        }
        let arrival = Arrival { judged_by: Some(head), ..Arrival::made_here(now_millis(), self.author()) };
        Ok(self.store().apply(arrival, operations).await?)
    }

    /// Edits of records as operations of this server.
    fn operations(
        &self,
        edits: Vec<(RecordKey, Vec<Change>)>,
        why: Option<&str>,
        made: Made,
    ) -> Result<Vec<Operation>, Failure> {
        self.server_writer().operations(edits, why, made).map_err(|error| {
            tracing::error!(%error, "random bits");
            not_stored()
        })
    }

    /// [`Caller::edit`] that tells of each edit what became of it.
    pub(super) async fn try_edits(
        &self,
        edits: Vec<(RecordKey, Vec<Change>)>,
        why: Option<&str>,
        made: Made,
    ) -> Result<Vec<OperationResult>, Failure> {
        if edits.is_empty() {
            return Ok(Vec::new());
        }
        let operations = self.operations(edits, why, made)?;
        let arrival = Arrival::made_here(now_millis(), self.author());
        let stored = push_received(self.store(), arrival, operations.into_iter().map(Ok).collect()).await;
        let PushResponse { results, .. } = stored.map_err(|error| match error {
            PushError::Store(error) => error.into(),
            PushError::TooMany(_) => not_stored(),
        })?;
        Ok(results)
    }

    /// Becomes true when the server is to stop.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.app.stopping.clone()
    }

    /// Whether the session still opens what it did, for answers that take long. Listening does not count as using it.
    pub(super) async fn is_still_in(&self) -> bool {
        let Some(admitted) = self.admitted() else { return true };
        let found = self.app.accounts().judge(admitted.session.token).await;
        matches!(found, Ok(Admission::Admitted(now)) if now.account.scope == admitted.account.scope)
    }

    /// Adds entries to the audit trail.
    pub(super) async fn note(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.store().amend(now_millis(), Vec::new(), entries).await.map(drop)
    }

    /// Refuses callers who may not see the figures of an area, divided that way: those of administrators and departments
    /// stop at the commune.
    pub(super) fn expect_figures_of(&self, area: AreaCode, by: By) -> Result<(), Failure> {
        self.expect_area(area)?;
        if self.stops_at_communes() && (by == By::Hamlet || matches!(area, AreaCode::Hamlet(_))) {
            return Err(forbidden(
                "administrators and departments see figures down to the commune, not of its hamlets",
            )
            .vi("người quản trị và ngành xem số liệu đến xã, không xem từng ấp"));
        }
        Ok(())
    }

    /// Refuses callers whose areas do not have all of this one.
    pub(super) fn expect_area(&self, area: AreaCode) -> Result<(), Failure> {
        match self.scope() {
            Some(scope) if !scope.covers(area) => Err(outside_areas(scope)),
            _ => Ok(()),
        }
    }

    /// The caller's role; `None` where there are no accounts.
    pub(super) fn role(&self) -> Option<Role> {
        self.scope().map(Scope::role)
    }

    /// Whether the caller sees no figures of single hamlets.
    pub(super) fn stops_at_communes(&self) -> bool {
        self.role().is_some_and(Role::stops_at_communes)
    }

    /// Refuses callers who may not read the households of the whole area.
    pub(super) fn expect_households_of(&self, area: AreaCode) -> Result<(), Failure> {
        self.expect(|scope| scope.reads_households() && scope.covers(area))
    }

    /// Refuses callers who may read nothing of what a unit keeps.
    pub(super) fn expect_records_of(&self, unit: UnitCode) -> Result<(), Failure> {
        self.expect(|scope| !scope.reach(unit).is_nothing())
    }

    /// Refuses callers who may read no households of the area.
    pub(super) fn expect_households_in(&self, area: AreaCode) -> Result<(), Failure> {
        self.expect(|scope| scope.reads_households() && scope.touches(area))
    }

    fn expect(&self, allows: impl FnOnce(&Scope) -> bool) -> Result<(), Failure> {
        match self.scope() {
            Some(scope) if !allows(scope) => Err(outside(scope)),
            _ => Ok(()),
        }
    }

    /// Refuses volunteers and departments: officers decide. Where there are no accounts, everybody does.
    pub(super) fn expect_officer(&self) -> Result<(), Failure> {
        match self.role() {
            Some(Role::Volunteer) => Err(forbidden("the commune's officer does this, not a volunteer")
                .vi("việc này do cán bộ xã làm, không phải điều tra viên")),
            Some(Role::Department) => Err(forbidden(
                "the officers of communes, districts and the province do this, not a department",
            )
            .vi("việc này do cán bộ xã, huyện, tỉnh làm, không phải ngành")),
            _ => Ok(()),
        }
    }

    /// Refuses callers who neither see who is entitled to a support nor write who was given it.
    pub(super) fn expect_gives(&self, support: &str) -> Result<(), Failure> {
        match self.scope() {
            Some(scope) if !scope.gives(support) => Err(not_given_by(scope.role())),
            _ => Ok(()),
        }
    }

    /// Refuses everybody but administrators.
    pub(super) fn expect_admin(&self) -> Result<(AccountService<'_>, &Admitted), Failure> {
        let (accounts, admitted) = self.accounts()?;
        if admitted.account.scope.role() == Role::Admin {
            return Ok((accounts, admitted));
        }
        Err(forbidden("only an administrator may do this").vi("chỉ người quản trị làm được việc này"))
    }
}

/// Failure of this server's own.
fn not_stored() -> Failure {
    Failure::new(500, kinds::INTERNAL, "Not stored", "the server's log says more")
}

/// Refusal: the caller's role does not do this.
pub(super) fn forbidden(detail: &str) -> Failure {
    Failure::new(403, kinds::FORBIDDEN, "Not for this account", detail)
}

/// Refusal: a support is for others to see and to give.
fn not_given_by(role: Role) -> Failure {
    match role {
        Role::Department => forbidden("another department gives this support: choose one of your own")
            .vi("chính sách này không phải do ngành của bạn cấp: hãy chọn chính sách khác"),
        _ => forbidden("who is given a support is for officers to see, and for the department that gives it")
            .vi("danh sách hộ nhận hỗ trợ dành cho cán bộ xã, huyện, tỉnh và ngành cấp hỗ trợ đó"),
    }
}

/// Refusal: households that the caller does not read.
fn outside(scope: &Scope) -> Failure {
    match scope.role() {
        Role::Admin => forbidden("an administrator gives access and sees figures, but no households")
            .vi("người quản trị cấp quyền và xem số liệu, không xem từng hộ"),
        Role::Department => forbidden(
            "a department sees figures, and of households only those that are entitled to the supports that it gives",
        )
        .vi("ngành chỉ xem số liệu và hộ được hưởng chính sách mà ngành cấp"),
        Role::Volunteer | Role::Commune | Role::District | Role::Province => outside_areas(scope),
    }
}

/// Refusal: the area is another's.
fn outside_areas(scope: &Scope) -> Failure {
    let own: Vec<_> = scope.areas().iter().map(ToString::to_string).collect();
    let detail = format!("your areas are {}", own.join(", "));
    Failure::new(403, kinds::OUTSIDE_AREAS, "Outside your areas", detail)
}

/// Refusal: there is nobody to sign in.
pub(super) fn no_accounts() -> Failure {
    let detail = "this register has no accounts: make an administrator with `soho user add-admin`";
    Failure::new(409, kinds::NO_ACCOUNTS, "No accounts", detail)
}
