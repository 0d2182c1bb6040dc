//! Single households of a commune's round: finding one, putting it on the list, and what reviews within the year found.

use std::collections::BTreeMap;

use axum::Json;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::carry_over::carried;
use soho_shared::fold::fold;
use soho_shared::household::{Household, field, tells_of_reviews_alone};
use soho_shared::record::{Doc, FieldPath, HouseholdId, RecordKey, Round, Value};
use soho_shared::wire::rounds::{
    CommuneDetail, FindHousehold, NewReview, NewVisit, ReviewPage, WorkList, WorkPage,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shown::detail_of;
use super::{MOST, changes, not_done, wrong};
use crate::engine::StoreError;
use crate::http::access::{Caller, Protected};
use crate::http::body;
use crate::http::households::note_read;
use crate::http::kinds;
use crate::http::params::Segments;
use crate::http::problem::Failure;
use crate::register::Register;
use crate::sync::{Made, draw};

/// Longest text that is looked for in names, in characters.
const LONGEST_NAME: usize = 100;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(find)).routes(routes!(visit)).routes(routes!(reviews, review))
}

/// The households that a commune's register has in a round or before, by words of the head's name: at most 20. Noted in the
/// audit trail. For officers.
#[utoipa::path(
    post, path = "/rounds/{round}/communes/{commune}/known",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)), request_body = FindHousehold,
    responses((status = 200, body = WorkPage), (status = 403), (status = 422))
)]
async fn find(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    body::Json(FindHousehold { name }): body::Json<FindHousehold, MOST>,
) -> Result<Json<WorkPage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    if name.chars().count() > LONGEST_NAME {
        return Err(wrong(
            "name",
            "give at most 100 letters of the name",
            "hãy gõ nhiều nhất 100 chữ của tên",
        ));
    }
    let page = caller.store().known(commune, round, name).await?;
    note_read(&caller, commune, page.households.iter().map(|item| item.household.uuid)).await?;
    Ok(Json(page))
}

/// Puts a household on the list of those to be visited: it has asked, something has befallen it, or it has split off another.
/// Makes its record in the round, which is not complete until somebody has visited it; of a household that the register has
/// already, with what seldom changes of its last record. For officers.
#[utoipa::path(
    post, path = "/rounds/{round}/communes/{commune}/visits",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)), request_body = NewVisit,
    responses((status = 200, body = CommuneDetail), (status = 403), (status = 422))
)]
async fn visit(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    body::Json(new): body::Json<NewVisit, MOST>,
) -> Result<Json<CommuneDetail>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    if new.household.is_none() {
        named(&new)?;
    }
    let is_event = |path: &FieldPath| field::EVENTS.iter().any(|(event, ..)| *event == path.as_str());
    if !new.events.iter().all(is_event) {
        return Err(wrong(
            "events",
            "an event is one of the eight of the form",
            "sự việc phải là một trong tám mục của mẫu",
        ));
    }
    if new.asked.is_none() && new.events.is_empty() && new.split_from.is_none() {
        let detail = "say when it asked, what has befallen it, or which household it has split off";
        let vi = "hãy ghi ngày đề nghị, chọn ít nhất một sự việc, hoặc chọn hộ mà nó tách ra";
        return Err(wrong("asked", detail, vi));
    }
    let store = caller.store();
    if let Some(origin) = new.split_from {
        if new.household.is_some() {
            let detail = "a household that the register has already is no new one that has split off";
            return Err(wrong("split_from", detail, "hộ đã có trong sổ thì không phải là hộ mới tách"));
        }
        known(store, commune, origin, round, "split_from").await?;
    }
    let (key, doc, mut fields) = match new.household {
        Some(household) => {
            let [now, before] = known(store, commune, household, round, "household").await?;
            let is_begun = !now.is_empty() && !tells_of_reviews_alone(&now);
            let fields = if is_begun { BTreeMap::new() } else { carried(&before).into_iter().collect() };
            (RecordKey { subject: household.into(), round }, now, fields)
        }
        None => {
            let (name, hamlet) = named(&new)?;
            let mut fields = BTreeMap::new();
            set(&mut fields, field::HEAD_NAME, Some(name.into()));
            set(&mut fields, field::HAMLET, Some(i64::from(hamlet).into()));
            set(&mut fields, field::SPLIT_FROM, new.split_from.map(|origin| origin.to_string().into()));
            set(&mut fields, field::ADDRESS, trimmed(new.address).map(Value::from));
            let no_bits = |_| Failure::new(500, kinds::INTERNAL, "Not stored", "no random bits");
            let uuid = draw(Made::ByHand).map_err(no_bits)?;
            (RecordKey { subject: HouseholdId { commune, uuid }.into(), round }, Doc::default(), fields)
        }
    };
    set(&mut fields, field::ASKED_DATE, trimmed(new.asked).map(Value::from));
    set(&mut fields, field::ASKED_REASON, trimmed(new.reason).map(Value::from));
    fields.extend(new.events.into_iter().map(|event| (event, Value::Bool(true))));
    if new.household.is_none() && is_there(store, (commune, round), &fields).await? {
        return Ok(Json(detail_of(store, commune, round).await?));
    }
    let changes = changes(&doc, fields);
    if !changes.is_empty() {
        caller.edit(vec![(key, changes)], None).await?;
    }
    Ok(Json(detail_of(store, commune, round).await?))
}

/// Whether a household that waits to be visited says all that a request says, and nothing more of what requests say: sent
/// again, because the answer was lost, it is the same household. Another one of the same name differs in something.
async fn is_there(
    store: &Register,
    (commune, round): (CommuneCode, Round),
    fields: &BTreeMap<FieldPath, Value>,
) -> Result<bool, StoreError> {
    let said = |of: &str| fields.iter().find(|(path, _)| path.as_str() == of).map(|(_, value)| value);
    let name = said(field::HEAD_NAME).and_then(Value::as_text).map(fold);
    let hamlet = said(field::HAMLET).and_then(Value::as_int);
    let texts = [field::ADDRESS, field::ASKED_DATE, field::ASKED_REASON, field::SPLIT_FROM];
    let requested: Vec<&str> = texts.into_iter().chain(field::EVENTS.map(|(event, ..)| event)).collect();
    let there = store.work(commune, round, WorkList::Incomplete).await?.households;
    for item in there {
        if item.hamlet.map(i64::from) != hamlet || item.head_name.as_deref().map(fold) != name {
            continue;
        }
        let records = store.records(item.household).await?;
        let Some(record) = records.into_iter().find(|record| record.key.round == round) else { continue };
        let says = |of: &&str| !matches!(record.doc.get(of), None | Some(Value::Null | Value::Bool(false)));
        let says_no_more = requested.iter().filter(|of| says(of)).all(|of| said(of).is_some());
        if says_no_more && changes(&record.doc, fields.clone()).is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Name and hamlet of a household that the register does not have yet.
fn named(new: &NewVisit) -> Result<(&str, u8), Failure> {
    let name = new.head_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        wrong("head_name", "give the name of the household's head", "hãy ghi họ tên chủ hộ")
    })?;
    let hamlet = new.hamlet.filter(|number| (1..=99).contains(number));
    let hamlet = hamlet.ok_or_else(|| {
        wrong("hamlet", "give the number of its hamlet, 1 to 99", "hãy ghi số của ấp, từ 1 đến 99")
    })?;
    Ok((name, hamlet))
}

/// The reviews on request within the round's year. Noted in the audit trail. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}/reviews",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)),
    responses((status = 200, body = ReviewPage))
)]
async fn reviews(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
) -> Result<Json<ReviewPage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    let page = caller.store().reviews(commune, round).await?;
    note_read(&caller, commune, page.reviews.iter().map(|item| item.household.uuid)).await?;
    Ok(Json(page))
}

/// Writes what a review on request within the round's year found, or takes it back. It counts in its month and those after it;
/// the round goes by its own result. For officers.
#[utoipa::path(
    post, path = "/rounds/{round}/communes/{commune}/reviews",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)), request_body = NewReview,
    responses((status = 200, body = CommuneDetail), (status = 403), (status = 409), (status = 422))
)]
async fn review(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    body::Json(new): body::Json<NewReview, MOST>,
) -> Result<Json<CommuneDetail>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    if round.year() < field::FIRST_REVIEWED {
        let detail = "households are reviewed by month since 2022: choose a later round";
        return Err(wrong("round", detail, "rà soát theo tháng chỉ có từ năm 2022: hãy chọn đợt sau"));
    }
    if !(1..=12).contains(&new.month) {
        return Err(wrong("month", "a month is 1 to 12", "tháng phải từ 1 đến 12"));
    }
    let store = caller.store();
    if Some(round) <= store.closed(commune) {
        return Err(not_done(
            "month",
            "the round is closed, and what is entered now would count nowhere: have it opened again first",
            "đợt đã khóa nên ghi vào sẽ không được tính: hãy đề nghị mở lại đợt trước",
        ));
    }
    let [doc, before] = known(store, commune, new.household, round, "household").await?;
    // Of whom and where, and nothing else: a review is no visit.
    let mut fields = BTreeMap::new();
    if doc.is_empty() {
        set(&mut fields, field::HAMLET, before.get(field::HAMLET).cloned());
        set(
            &mut fields,
            field::HEAD_NAME,
            Household::read(&before).head_name.map(|name| name.as_str().into()),
        );
    }
    let class = new.class.map(|class| Value::from(class.word()));
    let date = class.as_ref().and(trimmed(new.date)).map(Value::from);
    for (name, value) in [("class", class), ("date", date)] {
        set(&mut fields, &field::review(round, new.month, name), Some(value.unwrap_or(Value::Null)));
    }
    let changes = changes(&doc, fields);
    let takes_back_nothing = new.class.is_none() && doc.is_empty();
    if !changes.is_empty() && !takes_back_nothing {
        let key = RecordKey { subject: new.household.into(), round };
        caller.edit(vec![(key, changes)], None).await?;
    }
    Ok(Json(detail_of(store, commune, round).await?))
}

/// A household's record of a round, and the one before it: the first is empty where there is none. `field` of the request
/// names the household.
async fn known(
    store: &Register,
    commune: CommuneCode,
    household: HouseholdId,
    round: Round,
    field: &str,
) -> Result<[Doc; 2], Failure> {
    let mut records = match household.commune == commune {
        true => store.records(household).await?,
        false => Vec::new(),
    };
    records.retain(|record| record.key.round <= round);
    let unknown = || {
        let detail = format!("the register of commune {commune} has no such household in {round} or before");
        let vi = format!("sổ của xã không có hộ này trong đợt {round} hay trước đó: hãy tìm lại theo tên");
        wrong(field, detail, vi)
    };
    let last = records.last().ok_or_else(unknown)?;
    // What is said of one that counts nowhere would count nowhere, too.
    if !last.contribution.as_ref().is_some_and(|adds| adds.counts && adds.standing.left.is_none()) {
        let detail = "this household was withdrawn, found to be another one, or has left: look it up again";
        return Err(wrong(
            field,
            detail,
            "phiếu của hộ này đã xóa, hộ đã gộp vào hộ khác hoặc không còn ở xã: hãy tìm lại theo tên",
        ));
    }
    let now = records.pop_if(|last| last.key.round == round).map(|record| record.doc).unwrap_or_default();
    Ok([now, records.pop().map(|record| record.doc).unwrap_or_default()])
}

/// Sets a field, where there is something to be said.
fn set(fields: &mut BTreeMap<FieldPath, Value>, path: &str, value: Option<Value>) {
    if let (Ok(path), Some(value)) = (path.parse(), value) {
        fields.insert(path, value);
    }
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
