//! `/api/v1/rounds/…`: how far communes are in a round, what is left to do there, and moving it on.

mod households;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::Deserialize;
use soho_shared::access::Role;
use soho_shared::area::{AreaCode, CommuneCode, UnitCode};
use soho_shared::household::field::{self, may_hold, rule};
use soho_shared::lang::Lang;
use soho_shared::recognition::Recognition;
use soho_shared::record::{Change, Doc, FieldPath, RecordKey, Round, Subject, Value};
use soho_shared::stage::{Blocks, Progress, Refusal, Stage};
use soho_shared::wire::rounds::{AreaEdit, CommuneDetail, RoundOverview, StageMove, WorkList, WorkPage};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::shown::{commune_round, detail_of, overview_of};
use super::access::{Caller, Protected, forbidden};
use super::body;
use super::households::note_read;
use super::kinds;
use super::params::{Query, Segment, Segments};
use super::problem::Failure;
use super::recognition::outdated;
use crate::engine::StoreError;
use crate::register::Register;

/// Most bytes of what is written about an area.
pub(super) const MOST: usize = 64 << 10;
/// How often it is tried to move a round while others write to its commune.
pub(super) const TRIES: usize = 5;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(overview, open))
        .routes(routes!(detail))
        .routes(routes!(work))
        .routes(routes!(go))
        .routes(routes!(write))
        .merge(households::router())
}

/// Query of a round's communes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OverviewQuery {
    area: AreaCode,
}

/// How far the communes of an area are in a round, and what is said of its opening. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}", params(("round" = Round, Path), OverviewQuery),
    responses((status = 200, body = RoundOverview))
)]
async fn overview(
    caller: Caller,
    Segment(round): Segment<Round>,
    Query(OverviewQuery { area }): Query<OverviewQuery>,
) -> Result<Json<RoundOverview>, Failure> {
    caller.expect_households_of(area)?;
    Ok(Json(overview_of(caller.store(), area, round).await?))
}

/// Writes what a district or the province says of a round's opening: the decision and its dates, which go for all its communes
/// that say nothing themselves. Null clears a field. For officers.
#[utoipa::path(
    patch, path = "/rounds/{round}", params(("round" = Round, Path), OverviewQuery), request_body = AreaEdit,
    responses((status = 200, body = RoundOverview), (status = 403), (status = 422))
)]
async fn open(
    caller: Caller,
    Segment(round): Segment<Round>,
    Query(OverviewQuery { area }): Query<OverviewQuery>,
    body::Json(AreaEdit { fields }): body::Json<AreaEdit, MOST>,
) -> Result<Json<RoundOverview>, Failure> {
    let subject = match area {
        AreaCode::Province(province) => Subject::from(UnitCode::from(province)),
        AreaCode::District(district) => Subject::from(UnitCode::from(district)),
        AreaCode::Commune(_) | AreaCode::Hamlet(_) => {
            let detail =
                "give 83 or the code of a district; a commune is written at /rounds/{round}/areas/{area}";
            return Err(Failure::parameter("area", detail));
        }
    };
    caller.expect_households_of(area)?;
    caller.expect_officer()?;
    expect_none_of_server(&fields)?;
    let store = caller.store();
    let doc = store.own(vec![subject.unit], round).await?.pop().unwrap_or_default();
    let changes = changes(&doc, fields);
    if !changes.is_empty() {
        caller.edit(vec![(RecordKey { subject, round }, changes)], None).await?;
    }
    Ok(Json(overview_of(store, area, round).await?))
}

/// A commune's round with its hamlets. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)),
    responses((status = 200, body = CommuneDetail))
)]
async fn detail(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
) -> Result<Json<CommuneDetail>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    Ok(Json(detail_of(caller.store(), commune, round).await?))
}

/// Query of a list to work through.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WorkQuery {
    /// Which list.
    #[param(inline)]
    list: WorkList,
}

/// Households of a commune to work through in a round: at most 500. Noted in the audit trail. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}/households",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path), WorkQuery),
    responses((status = 200, body = WorkPage))
)]
async fn work(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    Query(WorkQuery { list }): Query<WorkQuery>,
) -> Result<Json<WorkPage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    let page = caller.store().work(commune, round, list).await?;
    note_read(&caller, commune, page.households.iter().map(|item| item.household.uuid)).await?;
    Ok(Json(page))
}

/// Moves a commune's round to another stage: the next one, or back with a reason. What stands in the way of the next one is
/// answered with 409. For officers: the commune moves on, and back before posting; the district sends back and reopens
/// until it has reported; then the province alone does.
#[utoipa::path(
    post, path = "/rounds/{round}/communes/{commune}/stage",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)), request_body = StageMove,
    responses((status = 200, body = CommuneDetail), (status = 403), (status = 409), (status = 422))
)]
async fn go(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    body::Json(StageMove { from, to, why }): body::Json<StageMove, MOST>,
) -> Result<Json<CommuneDetail>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    let store = caller.store();
    let why = why.as_deref().map(str::trim).filter(|why| !why.is_empty());
    for _ in 0..TRIES {
        // All that is judged is of this moment: where somebody writes to the commune meanwhile, it is judged again.
        store.catch_up_with(&BTreeSet::from([commune.into()])).await?;
        let head = store.head(commune);
        let doc = own_doc(store, commune, round).await?;
        let progress = Progress::of(&doc);
        if progress.stage != from {
            return Err(refused(Refusal::Already));
        }
        progress.may_go(caller.role(), to, why.is_some()).map_err(refused)?;
        Progress::keep_order(store.rounds(commune), round, to).map_err(refused)?;
        if Some(to) > progress.stage {
            let marked = store.marked(vec![commune], round).await?.into_iter().next().unwrap_or_default();
            let open = commune_round(store, commune, round, &doc, marked).blocks.before(to);
            if !open.is_nothing() {
                return Err(blocked(open));
            }
            if to == Stage::Closed {
                let outdated = outdated(&store.cases(commune, round).await?, &Recognition::of(&doc));
                if outdated > 0 {
                    let detail = format!(
                        "there are still {outdated} certificates that say what their households are no longer: \
                         recognise once more, which withdraws them"
                    );
                    let vi = format!(
                        "còn {outdated} giấy chứng nhận phải thu hồi vì hộ không còn thuộc diện ghi trên giấy: hãy vào \
                         trang Họp và công nhận, bấm Công nhận và cấp số lần nữa"
                    );
                    return Err(not_done("to", detail, vi));
                }
            }
        }
        let record = RecordKey { subject: commune.into(), round };
        if caller.move_stage(record, Progress::to(&doc, to), why, head).await? {
            return Ok(Json(detail_of(store, commune, round).await?));
        }
    }
    Err(not_done(
        "from",
        "others write to this commune at this moment: try again",
        "đang có người ghi vào xã này: hãy thử lại",
    ))
}

/// Writes what is said of a hamlet in a round, or of a commune: names, declared households, who surveys, the hamlet's meeting; the
/// opening with its dates, the days of the posting, the decision of recognition. Null clears a field. That a round's result is reported is for the district to say. For officers.
#[utoipa::path(
    patch, path = "/rounds/{round}/areas/{area}",
    params(("round" = Round, Path), ("area" = String, Path, pattern = "^[0-9]{5}(-[0-9]{2})?$")),
    request_body = AreaEdit,
    responses((status = 200, body = CommuneDetail), (status = 403), (status = 409), (status = 422))
)]
async fn write(
    caller: Caller,
    Segments(round, area): Segments<Round, AreaCode>,
    body::Json(AreaEdit { fields }): body::Json<AreaEdit, MOST>,
) -> Result<Json<CommuneDetail>, Failure> {
    let (commune, subject) = match area {
        AreaCode::Commune(commune) => (commune, Subject::from(commune)),
        AreaCode::Hamlet(hamlet) => (hamlet.commune, Subject::from(hamlet)),
        AreaCode::Province(_) | AreaCode::District(_) => {
            return Err(Failure::parameter("area", "give the code of a hamlet or commune"));
        }
    };
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    if let [(path, value)] = &fields.iter().collect::<Vec<_>>()[..]
        && path.as_str() == field::REPORTED
    {
        return report(&caller, commune, round, value).await;
    }
    if fields.keys().any(field::is_of_stage) {
        let detail = "a round goes to another stage by POST /rounds/{round}/communes/{commune}/stage; that it was \
                      reported is said alone";
        return Err(wrong("fields", detail, "bước của đợt chỉ chuyển được bằng nút chuyển bước"));
    }
    expect_none_of_server(&fields)?;
    let store = caller.store();
    let records = store.records(subject).await?;
    let doc = records.into_iter().find(|record| record.key.round == round).map(|record| record.doc);
    let doc = doc.unwrap_or_default();
    let number = |path: &str| {
        let written = fields.iter().find(|(field, _)| field.as_str() == path).map(|(_, value)| value);
        written.or_else(|| doc.get(path)).and_then(Value::as_int)
    };
    if let (Some(minority), Some(all)) =
        (number(field::DECLARED_ETHNIC_MINORITY), number(field::DECLARED_HOUSEHOLDS))
        && minority > all
    {
        let detail = format!("of {all} households of the hamlet not {minority} can be of an ethnic minority");
        let vi =
            format!("ấp có {all} hộ thì không thể có {minority} hộ dân tộc thiểu số: hãy xem lại hai số này");
        return Err(wrong(field::DECLARED_ETHNIC_MINORITY, detail, vi));
    }
    let changes = changes(&doc, fields);
    if !changes.is_empty() {
        caller.edit(vec![(RecordKey { subject, round }, changes)], None).await?;
    }
    Ok(Json(detail_of(store, commune, round).await?))
}

/// The district says that it has reported a commune's round, once that is recognised; the province alone takes it back.
async fn report(
    caller: &Caller,
    commune: CommuneCode,
    round: Round,
    value: &Value,
) -> Result<Json<CommuneDetail>, Failure> {
    let store = caller.store();
    let (needs, en, vi) = match value {
        Value::Bool(true) => (
            Role::District,
            "the district says that it has reported the result: tell the district's officer",
            "huyện mới xác nhận là đã báo cáo kết quả: hãy báo cán bộ huyện",
        ),
        _ => (
            Role::Province,
            "what was reported the province alone takes back: tell the province's officer",
            "đã báo cáo thì chỉ tỉnh rút lại được: hãy báo cán bộ tỉnh",
        ),
    };
    if caller.role().is_some_and(|role| role < needs) {
        return Err(forbidden(en).vi(vi));
    }
    store.catch_up_with(&BTreeSet::from([commune.into()])).await?;
    let head = store.head(commune);
    let doc = own_doc(store, commune, round).await?;
    if *value == Value::Bool(true) && Progress::of(&doc).stage < Some(Stage::Recognised) {
        return Err(not_done(
            "fields",
            "the commune has not recognised the result: tell its officer",
            "xã chưa công nhận kết quả nên chưa báo cáo được: hãy báo cán bộ xã",
        ));
    }
    let path = field::REPORTED.parse().map_err(|detail: String| Failure::parameter("fields", detail))?;
    let changes = changes(&doc, BTreeMap::from([(path, value.clone())]));
    let record = RecordKey { subject: commune.into(), round };
    if !changes.is_empty() && !caller.move_stage(record, changes, None, head).await? {
        return Err(not_done(
            "fields",
            "somebody wrote to this commune: try again",
            "vừa có người ghi vào xã này: hãy thử lại",
        ));
    }
    Ok(Json(detail_of(store, commune, round).await?))
}

/// Refuses fields that the server alone writes, such as those of certificates.
fn expect_none_of_server(fields: &BTreeMap<FieldPath, Value>) -> Result<(), Failure> {
    match fields.keys().find(|path| field::is_of_server(path)) {
        None => Ok(()),
        Some(path) => {
            let detail = format!("{} is written by the server alone", path.as_str());
            Err(wrong("fields", detail, "mục này do máy chủ tự ghi, không sửa được"))
        }
    }
}

/// What an edit changes of a record, by somebody who sees it as it is.
pub(super) fn changes(doc: &Doc, fields: BTreeMap<FieldPath, Value>) -> Vec<Change> {
    let set = |(field, mut value): (FieldPath, Value)| {
        field::clean(&field, &mut value);
        let is_same = doc.get(field.as_str()).unwrap_or(&Value::Null) == &value;
        (!is_same).then(|| Change { seen: doc.seen(field.as_str()), field, value })
    };
    fields.into_iter().filter_map(set).collect()
}

/// Adds a field of a record, where it may hold the value; `name` is the field of the request that says it.
pub(super) fn put(
    fields: &mut BTreeMap<FieldPath, Value>,
    name: &str,
    path: &str,
    round: Round,
    mut value: Value,
) -> Result<(), Failure> {
    let field: FieldPath = path.parse().map_err(|detail: String| Failure::parameter(name, detail))?;
    field::clean(&field, &mut value);
    if !may_hold(&field, round, &value) {
        return Err(wrong(name, rule(Lang::En, path, round), rule(Lang::Vi, path, round)));
    }
    fields.insert(field, value);
    Ok(())
}

/// Refusal: the round is not moved.
fn refused(refusal: Refusal) -> Failure {
    let (vi, en) = (refusal.text(Lang::Vi), refusal.text(Lang::En));
    match refusal {
        Refusal::Role | Refusal::District | Refusal::Province => forbidden(en).vi(vi),
        Refusal::Already | Refusal::Skips | Refusal::Earlier | Refusal::Later => not_done("from", en, vi),
        Refusal::Reason => wrong("why", en, vi),
    }
}

/// Refusal: something is left to do first.
fn blocked(open: Blocks) -> Failure {
    let left = open.named();
    let list = |word: fn(&(u64, &'static str, &'static str)) -> &'static str| {
        let left = left.iter().filter(|(count, ..)| *count > 0);
        left.map(|one| format!("{} {}", one.0, word(one))).collect::<Vec<_>>().join(", ")
    };
    let detail = format!("there are still {}: see to these, then go on to the next stage", list(|one| one.2));
    not_done("to", detail, format!("còn {}: hãy làm xong rồi sang bước sau", list(|one| one.1)))
}

/// Refusal: it is not the moment for it.
pub(super) fn not_done(field: &str, detail: impl Into<String>, vi: impl Into<Box<str>>) -> Failure {
    Failure::new(409, kinds::CONFLICT, "Not done", detail).field(field).vi(vi)
}

/// Refusal: a field of what was sent is wrong.
pub(super) fn wrong(field: &str, detail: impl Into<String>, vi: impl Into<Box<str>>) -> Failure {
    Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail).field(field).vi(vi)
}

/// What a commune's own record of a round says.
async fn own_doc(store: &Register, commune: CommuneCode, round: Round) -> Result<Doc, StoreError> {
    Ok(store.own(vec![commune.into()], round).await?.pop().unwrap_or_default())
}
