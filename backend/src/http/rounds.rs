//! `/api/v1/rounds/…`: how far communes are in a round, what is left to do there, and moving it on.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::Deserialize;
use soho_shared::access::Role;
use soho_shared::area::{self, AreaCode, CommuneCode, HamletCode};
use soho_shared::count::{Listed, Measure, Move, Tally};
use soho_shared::household::field;
use soho_shared::lang::Lang;
use soho_shared::record::{Change, Doc, FieldPath, Of, RecordKey, Round, Subject, Value};
use soho_shared::stage::{Blocks, Progress, Refusal};
use soho_shared::standard::Class;
use soho_shared::wire::rounds::{
    AreaEdit, CommuneDetail, CommuneRound, HamletRound, RoundOverview, StageMove, WorkList, WorkPage,
};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::body;
use super::households::note_read;
use super::kinds;
use super::params::{Query, Segment, Segments};
use super::problem::Failure;
use crate::engine::StoreError;
use crate::register::{AreaRecord, Marked, Register};

/// Most bytes of what is written about an area.
const MOST: usize = 64 << 10;
/// Edits of a commune's record that are looked through for the last reason.
const REASONS: usize = 50;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(detail))
        .routes(routes!(work))
        .routes(routes!(go))
        .routes(routes!(write))
}

/// Query of a round's communes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OverviewQuery {
    area: AreaCode,
}

/// How far the communes of an area are in a round. For officers.
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
    let communes = area::communes().iter().filter(|commune| area.contains_commune(commune));
    let communes: Vec<CommuneCode> = communes.map(|commune| commune.code).collect();
    let store = caller.store();
    let marked = store.marked(communes.clone(), round).await?;
    let mut of_round = Vec::with_capacity(communes.len());
    for (commune, marked) in communes.into_iter().zip(marked) {
        let own = store.records(itself(commune)).await?.into_iter().find(|record| record.key.round == round);
        of_round.push(commune_round(store, commune, round, own.map(|own| own.doc).as_ref(), marked));
    }
    Ok(Json(RoundOverview { round, communes: of_round }))
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
    let read: BTreeSet<_> = page.households.iter().map(|item| item.household.uuid).collect();
    if !read.is_empty() {
        note_read(&caller, commune, read.into_iter().collect()).await?;
    }
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
    // Of two officers of this server the second finds the stage that the first has left.
    let _alone = caller.server_writer().deciding.lock().await;
    let why = why.as_deref().map(str::trim).filter(|why| !why.is_empty());
    let doc = own_doc(store, commune, round).await?;
    let progress = Progress::of(&doc);
    if progress.stage != from {
        return Err(refused(Refusal::Already));
    }
    progress.may_go(caller.role(), to, why.is_some()).map_err(refused)?;
    if Some(to) > progress.stage {
        let marked = store.marked(vec![commune], round).await?.into_iter().next().unwrap_or_default();
        let open = commune_round(store, commune, round, Some(&doc), marked).blocks.before(to);
        if !open.is_nothing() {
            return Err(blocked(open));
        }
    }
    let record = RecordKey { subject: itself(commune), round };
    caller.edit(vec![(record, Progress::to(&doc, to))], why).await?;
    Ok(Json(detail_of(store, commune, round).await?))
}

/// Writes what is said of a hamlet in a round, or of a commune's opening: names, declared households, who surveys; the
/// decision and its dates. Null clears a field. That a round's result is reported is for the district to say. For officers.
#[utoipa::path(
    patch, path = "/rounds/{round}/areas/{area}",
    params(("round" = Round, Path), ("area" = String, Path, pattern = "^[0-9]{5}(-[0-9]{2})?$")),
    request_body = AreaEdit, responses((status = 200, body = CommuneDetail), (status = 403), (status = 422))
)]
async fn write(
    caller: Caller,
    Segments(round, area): Segments<Round, AreaCode>,
    body::Json(AreaEdit { fields }): body::Json<AreaEdit, MOST>,
) -> Result<Json<CommuneDetail>, Failure> {
    let subject = match area {
        AreaCode::Commune(commune) => itself(commune),
        AreaCode::Hamlet(hamlet) => Subject::from(hamlet),
        AreaCode::Province(_) | AreaCode::District(_) => {
            return Err(Failure::parameter("area", "give the code of a hamlet or commune"));
        }
    };
    caller.expect_households_of(AreaCode::Commune(subject.commune))?;
    caller.expect_officer()?;
    if fields.keys().any(|path| field::STAGES.contains(&path.as_str())) {
        let detail = "a round goes to another stage by POST /rounds/{round}/communes/{commune}/stage";
        return Err(
            Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail).field("fields")
        );
    }
    let is_reporting = fields.keys().any(|path| path.as_str() == field::REPORTED);
    if is_reporting && caller.role().is_some_and(|role| role < Role::District) {
        return Err(forbidden("the district says that it has reported the result")
            .vi("huyện mới xác nhận là đã báo cáo kết quả"));
    }
    let store = caller.store();
    let records = store.records(subject).await?;
    let doc = records.into_iter().find(|record| record.key.round == round).map(|record| record.doc);
    let changes = changes(&doc.unwrap_or_default(), fields);
    if !changes.is_empty() {
        caller.edit(vec![(RecordKey { subject, round }, changes)], None).await?;
    }
    Ok(Json(detail_of(store, subject.commune, round).await?))
}

/// What an edit changes of a record, by somebody who sees it as it is.
fn changes(doc: &Doc, fields: BTreeMap<FieldPath, Value>) -> Vec<Change> {
    let set = |(field, mut value): (FieldPath, Value)| {
        field::clean(&field, &mut value);
        let is_same = doc.get(field.as_str()).unwrap_or(&Value::Null) == &value;
        (!is_same).then(|| Change { seen: doc.seen(field.as_str()), field, value })
    };
    fields.into_iter().filter_map(set).collect()
}

/// Refusal: the round is not moved.
fn refused(refusal: Refusal) -> Failure {
    let (vi, en) = (refusal.text(Lang::Vi), refusal.text(Lang::En));
    match refusal {
        Refusal::Role | Refusal::District | Refusal::Province => forbidden(en).vi(vi),
        Refusal::Already | Refusal::Skips => {
            Failure::new(409, kinds::CONFLICT, "Not done", en).field("from").vi(vi)
        }
        Refusal::Reason => {
            Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", en).field("why").vi(vi)
        }
    }
}

/// Refusal: something is left to do first.
fn blocked(open: Blocks) -> Failure {
    let left = [
        (open.pending, "hộ còn phải thăm", "households still to visit"),
        (open.incomplete, "phiếu chưa đủ", "records not complete"),
        (open.conflicts, "phiếu có ô ghi khác nhau", "records in conflict"),
        (open.sent_back, "hộ họp ấp trả lại", "households sent back by the meeting"),
        (open.undeclared, "ấp chưa khai tổng số hộ", "hamlets that have not declared their households"),
    ];
    let list = |word: fn(&(u64, &'static str, &'static str)) -> &'static str| {
        let left = left.iter().filter(|(count, ..)| *count > 0);
        left.map(|one| format!("{} {}", one.0, word(one))).collect::<Vec<_>>().join(", ")
    };
    Failure::new(409, kinds::CONFLICT, "Not done", format!("first there are {}", list(|one| one.2)))
        .field("to")
        .vi(format!("còn {}: hãy làm xong rồi sang bước sau", list(|one| one.1)))
}

const fn itself(commune: CommuneCode) -> Subject {
    Subject { commune, of: Of::Commune }
}

async fn own_doc(store: &Register, commune: CommuneCode, round: Round) -> Result<Doc, StoreError> {
    let own = store.records(itself(commune)).await?;
    Ok(own.into_iter().find(|record| record.key.round == round).map(|own| own.doc).unwrap_or_default())
}

async fn detail_of(
    store: &Register,
    commune: CommuneCode,
    round: Round,
) -> Result<CommuneDetail, StoreError> {
    let areas = store.areas(commune).await?;
    let marked = store.marked(vec![commune], round).await?.into_iter().next().unwrap_or_default();
    let own = areas.iter().find(|area| area.number.is_none() && area.round == round);
    let mut of = commune_round(store, commune, round, own.map(|own| &own.doc), marked);
    if own.is_some() {
        let record = RecordKey { subject: itself(commune), round };
        let edits = store.history(vec![record], u64::MAX, REASONS).await?.edits;
        of.reason = edits.into_iter().find_map(|edit| edit.operation.why);
    }
    Ok(CommuneDetail { of, hamlets: hamlets(store, commune, round, &areas) })
}

fn commune_round(
    store: &Register,
    commune: CommuneCode,
    round: Round,
    own: Option<&Doc>,
    Marked { conflicts, late }: Marked,
) -> CommuneRound {
    let progress = own.map(Progress::of).unwrap_or_default();
    let text = |field| own.and_then(|doc| doc.get(field)).and_then(Value::as_text).map(ToOwned::to_owned);
    let tallies = store.hamlet_tallies(commune, round);
    let sum: Tally = tallies.iter().map(|(_, tally)| tally).sum();
    let classes: i64 = Class::ALL.iter().map(|class| sum.class(*class)).sum();
    let undeclared = tallies.iter().filter(|(number, tally)| *number > 0 && is_undeclared(tally)).count();
    let blocks = Blocks {
        pending: pending(&sum),
        incomplete: count(sum.get(Measure::Households) - classes),
        conflicts,
        sent_back: count(sum.get(Measure::SentBack)),
        undeclared: undeclared as u64,
    };
    CommuneRound {
        commune,
        stage: progress.stage,
        frozen: Some(round) <= store.closed(commune),
        reported: progress.reported,
        decision: text(field::OPENING_DECISION),
        dates: [field::OPENING_DATE, field::OPENING_FROM, field::OPENING_TO].map(text),
        reason: None,
        blocks,
        late,
        recorded: count(sum.get(Measure::Households)),
        declared: count(sum.get(Measure::Declared)),
    }
}

/// Whether a hamlet has households in a round, and has not said how many.
fn is_undeclared(tally: &Tally) -> bool {
    let has_any = tally.get(Measure::Households) > 0 || pending(tally) > 0;
    has_any && tally.get(Measure::Declared) == 0
}

/// Households of last round's list that are still to be visited.
fn pending(tally: &Tally) -> u64 {
    let listed = Listed::ALL.map(|listed| tally.get(Measure::of_move(listed, Move::Pending)));
    count(listed.iter().sum::<i64>() + tally.get(Measure::LowIncomePending))
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The hamlets of a commune that have households in a round, or a record.
fn hamlets(store: &Register, commune: CommuneCode, round: Round, areas: &[AreaRecord]) -> Vec<HamletRound> {
    let mut tallies: BTreeMap<u8, Tally> = store.hamlet_tallies(commune, round).into_iter().collect();
    for number in areas.iter().filter_map(|area| area.number) {
        tallies.entry(number).or_default();
    }
    tallies.retain(|number, tally| {
        *number > 0 && (!tally.is_zero() || areas.iter().any(|area| area.number == Some(*number)))
    });
    let of = |(number, tally): (u8, Tally)| {
        let now = |field| {
            let own = areas.iter().find(|area| area.number == Some(number) && area.round == round);
            own.and_then(|area| area.doc.get(field)).cloned()
        };
        let latest = |field| {
            let of = areas.iter().filter(|area| area.number == Some(number) && area.round <= round);
            let said = of.filter_map(|area| Some((area.round, area.doc.get(field)?)));
            said.filter(|(_, value)| **value != Value::Null)
                .max_by_key(|(round, _)| *round)
                .map(|(_, v)| v.clone())
        };
        let declared = |field| now(field).as_ref().and_then(Value::as_int).map(count);
        let text = |value: Option<Value>| value.as_ref().and_then(Value::as_text).map(ToOwned::to_owned);
        Some(HamletRound {
            hamlet: HamletCode::new(commune, number)?,
            name: text(latest(field::AREA_NAME)),
            ended: latest(field::AREA_ENDED) == Some(Value::Bool(true)),
            declared: declared(field::DECLARED_HOUSEHOLDS),
            declared_ethnic_minority: declared(field::DECLARED_ETHNIC_MINORITY),
            surveyor: text(now(field::SURVEYOR)),
            recorded: count(tally.get(Measure::Households)),
            pending: pending(&tally),
        })
    };
    tallies.into_iter().filter_map(of).collect()
}
