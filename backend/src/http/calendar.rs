//! `GET /api/v1/calendar`: which reports are due from the units of an area and how each stands; `POST /calendar/sent` and
//! `/calendar/received`: that one was; `PUT /calendar/duties`: which there are.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use soho_shared::area::{AreaCode, PROVINCE, UnitCode};
use soho_shared::calendar::{self, DeliverySums, Duty, MOST_DUTIES, Term};
use soho_shared::household::field::{self, DUTIES, RECEIVED, SENT};
use soho_shared::lang::Lang;
use soho_shared::record::{Change, Doc, FieldPath, RecordKey, Round, Value};
use soho_shared::report::ReportKind;
use soho_shared::standard::Note;
use soho_shared::wire::calendar::{
    CalendarPage, DeliveryEdit, DutiesEdit, DutyEdit, DutyList, DutyTerms, TermSums, UnitDeliveries,
};
use soho_shared::words;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected, forbidden};
use super::audit::CLOCK;
use super::body;
use super::load::aside;
use super::params::Query;
use super::problem::Failure;
use super::rounds::{MOST, TRIES, changes, not_done, put, wrong};
use crate::register::{NotTaken, Outcome, Register};
use crate::sync::now_millis;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(sent))
        .routes(routes!(received))
        .routes(routes!(set))
}

/// Query of a calendar.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CalendarQuery {
    /// The area: a commune, a district or the province.
    area: AreaCode,
    /// The round whose year it is.
    round: Round,
    /// Id of the report with which each unit is told; of the others there are sums.
    duty: Option<String>,
}

/// The reports that are due from the units of an area in a round's year, what is sent, received and late by today, and how each
/// unit stands with one of them. For officers.
#[utoipa::path(
    get, path = "/calendar", params(CalendarQuery), responses((status = 200, body = CalendarPage), (status = 404))
)]
async fn page(
    caller: Caller,
    Query(CalendarQuery { area, round, duty }): Query<CalendarQuery>,
) -> Result<Json<CalendarPage>, Failure> {
    caller.expect_households_of(area)?;
    caller.expect_officer()?;
    if matches!(area, AreaCode::Hamlet(_)) {
        let failure = Failure::parameter("area", "give the code of a commune, a district or the province");
        return Err(failure.vi("ấp không gửi báo cáo: hãy chọn xã, huyện hoặc tỉnh"));
    }
    let store = caller.store();
    let known = duties(store, round).await?;
    if let Some(asked) = &duty {
        find(&known, asked)?;
    }
    let units: Vec<UnitCode> = area.units().collect();
    let own = store.own(units.clone(), round).await?;
    let today = today();
    let told = Told { area, round, today, units, own };
    // Of the province these are tens of thousands of reports.
    let duties = aside(move || {
        let is_asked = |of: &Duty| duty.as_ref() == Some(&of.id);
        known.into_iter().filter_map(|duty| told.duty(is_asked(&duty), duty)).collect()
    });
    Ok(Json(CalendarPage { area, round, today: today.to_string(), duties: duties.await? }))
}

/// What is told of an area's calendar.
struct Told {
    area: AreaCode,
    round: Round,
    today: Date,
    units: Vec<UnitCode>,
    /// What each of these units' own records say.
    own: Vec<Doc>,
}

impl Told {
    /// A report, with each unit where it is the one asked for; `None` where nobody in the area sends it.
    fn duty(&self, is_asked: bool, duty: Duty) -> Option<DutyTerms> {
        let terms = duty.terms(self.round);
        let mut sums = vec![DeliverySums::default(); terms.len()];
        let mut units = Vec::new();
        for (unit, own) in self.units.iter().zip(&self.own).filter(|(unit, _)| duty.from.is(**unit)) {
            let deliveries = duty.deliveries(own, self.round, self.today);
            sums.iter_mut().zip(&deliveries).for_each(|(sums, delivery)| sums.add(delivery));
            if is_asked || unit.area() == self.area {
                units.push(UnitDeliveries { unit: *unit, deliveries });
            }
        }
        let is_sent_here = sums.first().is_some_and(|sums| sums.units > 0);
        let terms = terms.into_iter().zip(sums).map(|(term, sums)| {
            let name = |lang| duty.every.term_name(term.nth, self.round, lang).into();
            TermSums {
                nth: term.nth,
                name: Note { vi: name(Lang::Vi), en: name(Lang::En) },
                first: term.first.to_string(),
                last: term.last.to_string(),
                due: term.due.to_string(),
                sums,
            }
        });
        let terms = terms.collect();
        is_sent_here.then_some(DutyTerms { duty, terms, units })
    }
}

/// Says on which day a unit sent a report, or takes that back. For its officer, and those above it.
#[utoipa::path(
    post, path = "/calendar/sent", request_body = DeliveryEdit,
    responses((status = 200, body = UnitDeliveries), (status = 404), (status = 409))
)]
async fn sent(
    caller: Caller,
    body::Json(edit): body::Json<DeliveryEdit, MOST>,
) -> Result<Json<UnitDeliveries>, Failure> {
    write(&caller, edit, SENT).await
}

/// Says on which day a unit's report was received, or takes that back. For officers of the level above the unit's, and higher.
#[utoipa::path(
    post, path = "/calendar/received", request_body = DeliveryEdit,
    responses((status = 200, body = UnitDeliveries), (status = 404), (status = 409))
)]
async fn received(
    caller: Caller,
    body::Json(edit): body::Json<DeliveryEdit, MOST>,
) -> Result<Json<UnitDeliveries>, Failure> {
    write(&caller, edit, RECEIVED).await
}

/// Writes that a report was sent ([`SENT`]) or received ([`RECEIVED`]).
async fn write(caller: &Caller, edit: DeliveryEdit, start: &str) -> Result<Json<UnitDeliveries>, Failure> {
    let DeliveryEdit { unit, round, duty, nth, date } = edit;
    caller.expect_households_of(unit.area())?;
    caller.expect_officer()?;
    let store = caller.store();
    let duty = find(&duties(store, round).await?, &duty)?.clone();
    if !duty.from.is(unit) {
        let vi = "đơn vị này không gửi báo cáo đó: hãy tải lại trang";
        return Err(wrong("unit", "this unit does not send that report: load the page again", vi));
    }
    if start == RECEIVED && caller.role().is_some_and(|role| role < duty.from.receiver()) {
        return Err(forbidden("the office above says that it has received a report: tell its officer")
            .vi("cấp trên mới xác nhận là đã nhận báo cáo: hãy báo cán bộ cấp trên"));
    }
    let term = duty.term(round, nth).ok_or_else(|| {
        let vi = "trong năm không có kỳ báo cáo này: hãy tải lại trang";
        wrong("nth", "the year has no such report: load the page again", vi)
    })?;
    let (path, today) = (calendar::moment(start, &duty.id, nth), today());
    let day = date.map(|date| day_of(&date, &path, round, &term, today)).transpose()?;
    let mut fields = BTreeMap::new();
    put(&mut fields, "date", &path, round, day.map_or(Value::Null, |day| day.to_string().into()))?;
    for _ in 0..TRIES {
        let Own { doc, head } = Own::of(store, unit, round).await?;
        let changes = changes(&doc, fields.clone());
        if !changes.is_empty() {
            expect_order(&doc, start, &duty, nth, day)?;
        }
        if stored(caller, RecordKey { subject: unit.into(), round }, changes, head).await? {
            let deliveries = duty.deliveries(&Own::of(store, unit, round).await?.doc, round, today);
            return Ok(Json(UnitDeliveries { unit, deliveries }));
        }
    }
    Err(others_write("date"))
}

/// The day that somebody says, within what the report is on and today.
fn day_of(date: &str, path: &str, round: Round, term: &Term, today: Date) -> Result<Date, Failure> {
    let rule = |lang| field::rule(lang, path, round);
    let day = field::date(date).ok_or_else(|| wrong("date", rule(Lang::En), rule(Lang::Vi)))?;
    if day > today {
        let vi = format!("ngày này sau hôm nay, {}: hãy xem lại", words::day(&today.to_string()));
        return Err(wrong("date", format!("the day is later than today, {today}"), vi));
    }
    if day < term.first {
        let first = term.first;
        let vi = format!("kỳ báo cáo này bắt đầu ngày {}: hãy xem lại", words::day(&first.to_string()));
        return Err(wrong("date", format!("what the report is on begins on {first}"), vi));
    }
    Ok(day)
}

/// Refuses that a report is received before it was sent, and that it is sent otherwise once it was received.
fn expect_order(doc: &Doc, start: &str, duty: &Duty, nth: u8, day: Option<Date>) -> Result<(), Failure> {
    let said = |start| {
        let text = doc.get(&calendar::moment(start, &duty.id, nth)).and_then(Value::as_text);
        text.and_then(field::date)
    };
    if start == SENT && said(RECEIVED).is_some() {
        return Err(not_done(
            "date",
            "the office above has received this report: ask its officer to take that back first",
            "cấp trên đã nhận báo cáo này: muốn sửa ngày gửi, hãy nhờ cán bộ cấp trên bỏ xác nhận trước",
        ));
    }
    match (said(SENT), day) {
        (Some(sent), Some(day)) if start == RECEIVED && day < sent => {
            let vi = format!("đơn vị ghi gửi ngày {}: hãy xem lại", words::day(&sent.to_string()));
            Err(wrong("date", format!("the unit says that it was sent on {sent}"), vi))
        }
        _ => Ok(()),
    }
}

/// Says which reports are due in a round's year beside those established. What is not among them any more is taken off; what was
/// sent of it stays in the record. For officers of the province.
#[utoipa::path(
    put, path = "/calendar/duties", request_body = DutiesEdit,
    responses((status = 200, body = DutyList), (status = 409))
)]
async fn set(
    caller: Caller,
    body::Json(DutiesEdit { round, duties: wanted }): body::Json<DutiesEdit, MOST>,
) -> Result<Json<DutyList>, Failure> {
    let province = UnitCode::from(PROVINCE.code);
    caller.expect_households_of(province.area())?;
    caller.expect_officer()?;
    if wanted.len() > MOST_DUTIES {
        let detail = format!("a year has at most {MOST_DUTIES} reports beside those established");
        let vi = format!("mỗi năm đặt được nhiều nhất {MOST_DUTIES} báo cáo: hãy bỏ bớt");
        return Err(wrong("duties", detail, vi));
    }
    let store = caller.store();
    for _ in 0..TRIES {
        let Own { doc, head } = Own::of(store, province, round).await?;
        let changes = changes(&doc, fields_of(&doc, round, &wanted)?);
        if stored(&caller, RecordKey { subject: province.into(), round }, changes, head).await? {
            return Ok(Json(DutyList { duties: duties(store, round).await? }));
        }
    }
    Err(others_write("duties"))
}

/// What the province's record is to say, so that its reports are those wanted.
fn fields_of(doc: &Doc, round: Round, wanted: &[DutyEdit]) -> Result<BTreeMap<FieldPath, Value>, Failure> {
    let known = calendar::duties(doc, round);
    let (mut fields, mut kept) = (BTreeMap::new(), BTreeSet::new());
    let mut new = calendar::new_ids(doc);
    for (place, duty) in wanted.iter().enumerate() {
        let name = |of: &str| format!("duties[{place}].{of}");
        let id = match &duty.id {
            Some(id) => known_id(&known, id, duty).map_err(|failure| failure.field(name("id")))?,
            None => new.next().ok_or_else(none_left)?,
        };
        if !kept.insert(id.clone()) {
            let vi = "báo cáo này có hai dòng: hãy bỏ một dòng";
            return Err(wrong(&name("id"), "this report is there twice: leave one of them out", vi));
        }
        if duty.name.trim().is_empty() {
            return Err(wrong(&name("name"), "give the report a name", "hãy ghi tên báo cáo"));
        }
        let report = duty.report.as_deref().filter(|word| !word.is_empty());
        if report.is_some_and(|word| word.parse::<ReportKind>().is_err()) {
            let vi = "không có bảng này: hãy chọn một bảng trong danh sách";
            return Err(wrong(&name("report"), "there is no report with this word", vi));
        }
        for (of, value) in [
            ("name", duty.name.trim().into()),
            ("from", duty.from.word().into()),
            ("every", duty.every.word().into()),
            ("days", Value::Int(duty.days)),
            ("report", report.map_or(Value::Null, Value::from)),
        ] {
            put(&mut fields, &name(of), &format!("{DUTIES}{id}/{of}"), round, value)?;
        }
    }
    let gone = known.iter().filter(|duty| duty.source.is_none() && !kept.contains(&duty.id));
    for duty in gone {
        put(&mut fields, "duties", &format!("{DUTIES}{}/removed", duty.id), round, true.into())?;
    }
    Ok(fields)
}

/// The id of a report that is there already, of which who sends it and how often stay.
fn known_id(known: &[Duty], id: &str, wanted: &DutyEdit) -> Result<String, Failure> {
    let Some(own) = known.iter().find(|duty| duty.source.is_none() && duty.id == id) else {
        let vi = "báo cáo này vừa bị bỏ, hoặc không sửa được: hãy tải lại trang";
        return Err(wrong("id", "this report was taken off, or is not for editing: load the page again", vi));
    };
    if (own.from, own.every) != (wanted.from, wanted.every) {
        let vi = "nơi gửi và kỳ báo cáo không đổi được nữa: hãy bỏ dòng này rồi thêm dòng mới";
        let detail = "who sends a report and how often stays: take this one off and add another";
        return Err(wrong("id", detail, vi));
    }
    Ok(own.id.clone())
}

fn none_left() -> Failure {
    not_done(
        "duties",
        "too many reports were added and taken off in this year: change one that is there",
        "năm này đã thêm rồi bỏ quá nhiều báo cáo: hãy sửa một dòng đang có",
    )
}

/// The reports that are due in a round's year.
async fn duties(store: &Register, round: Round) -> Result<Vec<Duty>, Failure> {
    let own = store.own(vec![PROVINCE.code.into()], round).await?.pop().unwrap_or_default();
    Ok(calendar::duties(&own, round))
}

fn find<'d>(known: &'d [Duty], id: &str) -> Result<&'d Duty, Failure> {
    known.iter().find(|duty| duty.id == id).ok_or_else(|| {
        Failure::not_found("the calendar of this year has no such report: load the page again")
            .field("duty")
            .vi("lịch năm này không có báo cáo đó: hãy tải lại trang")
    })
}

/// What a unit's own record of a round says, and the number of the unit's last transaction by then.
struct Own {
    doc: Doc,
    head: u64,
}

impl Own {
    async fn of(store: &Register, unit: UnitCode, round: Round) -> Result<Self, Failure> {
        store.catch_up_with(&BTreeSet::from([unit])).await?;
        let head = store.head(unit);
        let doc = store.own(vec![unit], round).await?.pop().unwrap_or_default();
        Ok(Own { doc, head })
    }
}

/// Stores changes of a unit's own record that were judged by its last transaction. Returns `false` where the unit was written to
/// since.
async fn stored(
    caller: &Caller,
    record: RecordKey,
    changes: Vec<Change>,
    head: u64,
) -> Result<bool, Failure> {
    if changes.is_empty() {
        return Ok(true);
    }
    match caller.judged(vec![(record, changes)], None, head).await?[..] {
        [Outcome::Refused(NotTaken::Moved)] => Ok(false),
        [Outcome::Refused(_)] => Err(not_done(
            "round",
            "too much stands in this unit's record of the year: tell the administrator",
            "phiếu của đơn vị trong năm này đã quá đầy: hãy báo người quản trị",
        )),
        _ => Ok(true),
    }
}

fn others_write(field: &str) -> Failure {
    not_done(
        field,
        "others write to this unit at this moment: try again",
        "đang có người ghi vào đơn vị này: hãy thử lại",
    )
}

/// Today in Vietnam.
fn today() -> Date {
    let now = i64::try_from(now_millis()).ok().and_then(|now| Timestamp::from_millisecond(now).ok());
    CLOCK.to_datetime(now.unwrap_or(Timestamp::MAX)).date()
}
