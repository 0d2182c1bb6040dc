//! `/api/v1/rounds/{round}/communes/{commune}/recognition`, `…/cases`, `…/households/{household}` and `…/papers/{paper}`: what
//! meetings decide, complaints, the recognition with its numbers, and the papers of all that.

mod papers;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::Json;
use serde::Deserialize;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::household::{CertificateNumber, Recognised, field};
use soho_shared::law::meeting_rule;
use soho_shared::recognition::{Case, NoNumberLeft, Recognition, Step};
use soho_shared::record::{Change, Doc, FieldPath, HouseholdId, RecordKey, Round, Value};
use soho_shared::wire::recognition::{CaseEdit, CasePage, MeetingCase, NewRecognition, RecognitionPage};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::shown::outdated;
use self::shown::{Shown, case_of, page_of};
use super::access::{Caller, Protected};
use super::body;
use super::households::{counted, no_record, note_read};
use super::params::{Query, Segments, Three};
use super::problem::Failure;
use super::rounds::{MOST, TRIES, changes, not_done, put, wrong};
use crate::register::{AreaRecord, NotTaken, Outcome, Record, Register};

/// Most households to which one transaction of a recognition writes.
const AT_ONCE: usize = 1_000;
/// Most transactions of one recognition: a commune has fewer households than these write to.
const MOST_STEPS: usize = 100;
/// Most entries of a list.
const LISTED: usize = 500;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new()
        .routes(routes!(page, recognise))
        .routes(routes!(cases))
        .routes(routes!(edit))
        .merge(papers::router())
}

/// Query of a commune's certificates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CertificateQuery {
    /// Only those of this hamlet's households.
    #[param(minimum = 1, maximum = 99)]
    hamlet: Option<u8>,
    /// Only those after this number, like `2011_15`.
    #[param(pattern = "^[0-9]{4}_[0-9]{1,5}$")]
    after: Option<String>,
}

/// What a commune has recognised in a round: the decision, what was said of its hamlets' meetings, how many numbers are left
/// to be given, and at most 500 certificates by number. Noted in the audit trail. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}/recognition",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path), CertificateQuery),
    responses((status = 200, body = RecognitionPage))
)]
async fn page(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    Query(CertificateQuery { hamlet, after }): Query<CertificateQuery>,
) -> Result<Json<RecognitionPage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    expect_in("hamlet", hamlet, &(1..=99))?;
    let after = after.map(|after| {
        let number = CertificateNumber::of_item(&after);
        number.ok_or_else(|| Failure::parameter("after", "give a number like 2011_15"))
    });
    let wanted = Shown { hamlet, after: after.transpose()?, given: 0 };
    answer(&caller, commune, round, wanted).await
}

async fn answer(
    caller: &Caller,
    commune: CommuneCode,
    round: Round,
    wanted: Shown,
) -> Result<Json<RecognitionPage>, Failure> {
    let store = caller.store();
    let areas = store.areas(commune).await?;
    let cases = sorted(store.cases(commune, round).await?);
    let has_code = caller.settings().signing.is_some();
    let page = page_of(commune, round, &areas, &cases, has_code, &wanted);
    note_read(caller, commune, page.certificates.iter().map(|given| given.household.uuid)).await?;
    Ok(Json(page))
}

/// The chair recognises the round's result: each household that is poor, near-poor or has come out of it is given a number,
/// unless it holds a certificate of that already. Numbers are of one series a commune and year, and none is given twice. What
/// was given under an earlier recognition of the round, or as something else, is withdrawn. For officers, once the round is
/// recognised.
#[utoipa::path(
    post, path = "/rounds/{round}/communes/{commune}/recognition",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path)), request_body = NewRecognition,
    responses((status = 200, body = RecognitionPage), (status = 403), (status = 409), (status = 422))
)]
async fn recognise(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    body::Json(new): body::Json<NewRecognition, MOST>,
) -> Result<Json<RecognitionPage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    let said = Said::of(&new, round)?;
    let (mut given, mut tries) = (0, TRIES);
    for _ in 0..MOST_STEPS {
        match step(&caller, commune, round, &said).await? {
            Stepped::Done(numbers) => {
                let wanted = Shown { hamlet: None, after: None, given: given + numbers };
                return answer(&caller, commune, round, wanted).await;
            }
            Stepped::On(numbers) => given += numbers,
            // All that is judged is of this moment: where somebody writes to the commune meanwhile, it is judged again.
            Stepped::Moved if tries > 1 => tries -= 1,
            Stepped::Moved => break,
        }
    }
    Err(not_done(
        "date",
        "others write to this commune at this moment: what was given is given; try again for the rest",
        "đang có người ghi vào xã này: số đã cấp thì giữ nguyên, hãy thử lại để cấp tiếp",
    ))
}

/// A decision of recognition, as the commune's record says it.
struct Said {
    fields: BTreeMap<FieldPath, Value>,
    date: String,
    /// Year of the date, of whose series the numbers are.
    year: u16,
}

impl Said {
    fn of(new: &NewRecognition, round: Round) -> Result<Self, Failure> {
        let texts = [
            ("decision", field::RECOGNITION_DECISION, &new.decision),
            ("date", field::RECOGNITION_DATE, &new.date),
            ("signer", field::RECOGNITION_SIGNER, &new.signer),
        ];
        let mut fields = BTreeMap::new();
        for (name, path, text) in texts {
            let text = text.trim();
            if text.is_empty() {
                return Err(wrong(name, "this must be said", "mục này phải ghi"));
            }
            put(&mut fields, name, path, round, text.into())?;
        }
        put(&mut fields, "chair", field::RECOGNITION_CHAIR, round, new.chair.word().into())?;
        let date = new.date.trim().to_owned();
        let year = date.get(..4).and_then(|year| year.parse().ok()).unwrap_or_default();
        if !(round.year()..=round.year() + 1).contains(&year) {
            let (first, last) = (round.year(), round.year() + 1);
            let detail = format!("a round of {first} is recognised in {first} or {last}");
            let vi = format!("đợt {first} được công nhận trong năm {first} hoặc {last}: hãy xem lại ngày");
            return Err(wrong("date", detail, vi));
        }
        Ok(Said { fields, date, year })
    }
}

/// What became of a step of a recognition; with the numbers given.
enum Stepped {
    /// Nothing is left.
    Done(u64),
    /// Something is left.
    On(u64),
    /// Somebody has written to the commune meanwhile, and nothing was written.
    Moved,
}

/// One transaction of a recognition, judged by all that stands in the commune.
async fn step(caller: &Caller, commune: CommuneCode, round: Round, said: &Said) -> Result<Stepped, Failure> {
    let store = caller.store();
    store.catch_up_with(&BTreeSet::from([commune.into()])).await?;
    let head = store.head(commune);
    let areas = store.areas(commune).await?;
    let own = own(&areas, round);
    let recognition = Recognition::of(&own);
    if !recognition.is_recognised() {
        return Err(not_done(
            "round",
            "the round is not at the stage of recognition: go on to it first",
            "đợt chưa đến bước công nhận: hãy chuyển đợt sang bước Đã công nhận trước",
        ));
    }
    let cases = sorted(store.cases(commune, round).await?);
    let last = last_number(store, commune, &areas, said.year).await?;
    let next = Step::next(&cases, &recognition, (said.year, said.date.as_str()), last, AT_ONCE);
    let next = next.map_err(|NoNumberLeft| {
        not_done(
            "date",
            "the series of this year has no number left: tell the administrator",
            "dãy số của năm này đã hết: hãy báo người quản trị",
        )
    })?;

    // The numbers come first: whatever becomes of the rest, none is given twice.
    let record = RecordKey { subject: commune.into(), round };
    let of_commune = [changes(&own, next.commune), changes(&own, said.fields.clone())];
    let mut edits: Vec<(RecordKey, Vec<Change>)> = of_commune
        .into_iter()
        .filter(|changes| !changes.is_empty())
        .map(|changes| (record, changes))
        .collect();
    let before = edits.len();
    let gives = |changes: &[Change]| changes.iter().any(|change| is_gift(&change.value));
    let gifts: Vec<bool> = next.households.iter().map(|(_, changes)| gives(changes)).collect();
    let of_households = next.households.into_iter();
    edits.extend(of_households.map(|(of, changes)| (RecordKey { subject: of.into(), round }, changes)));
    if edits.is_empty() {
        return Ok(Stepped::Done(0));
    }
    let outcomes = caller.judged(edits, None, head).await?;
    let is_full = |outcome: &Outcome| matches!(outcome, Outcome::Refused(NotTaken::Full(_)));
    if outcomes.iter().any(is_full) {
        return Err(not_done(
            "round",
            "too much stands in a record of this round: tell the administrator",
            "có phiếu của đợt này đã quá đầy: hãy báo người quản trị",
        ));
    }
    let is_taken = |outcome: &Outcome| !matches!(outcome, Outcome::Refused(_));
    if !outcomes.iter().any(is_taken) {
        return Ok(Stepped::Moved);
    }
    let of_households = outcomes[before.min(outcomes.len())..].iter();
    let given =
        of_households.zip(gifts).filter(|(outcome, gives)| *gives && is_taken(outcome)).count() as u64;
    let is_done = !next.more && outcomes.iter().all(is_taken);
    Ok(if is_done { Stepped::Done(given) } else { Stepped::On(given) })
}

fn is_gift(value: &Value) -> bool {
    value.as_text().and_then(Recognised::from_word).is_some()
}

/// The last number that a commune has given in a year, in any round: by what its records say, and by what stands on its
/// households.
async fn last_number(
    store: &Register,
    commune: CommuneCode,
    areas: &[AreaRecord],
    year: u16,
) -> Result<u32, Failure> {
    let own = areas.iter().filter(|area| area.number.is_none());
    let said = own.map(|area| Recognition::of(&area.doc).last(year)).max().unwrap_or_default();
    Ok(said.max(store.last_certificate(commune, year).await?))
}

/// What a commune's own record of a round says, out of its records.
fn own(areas: &[AreaRecord], round: Round) -> Doc {
    let own = areas.iter().find(|area| area.number.is_none() && area.round == round);
    own.map(|area| area.doc.clone()).unwrap_or_default()
}

/// Cases by hamlet, then by name as people sort them.
fn sorted(mut cases: Vec<Case>) -> Vec<Case> {
    cases.sort_by_cached_key(|case| {
        let name = soho_shared::names::key(case.head.name.as_deref().unwrap_or_default());
        (case.hamlet, name, case.household)
    });
    cases
}

/// Refuses a number in the address that is out of bounds.
fn expect_in<T: PartialOrd + Display>(
    name: &str,
    wanted: Option<T>,
    bounds: &RangeInclusive<T>,
) -> Result<(), Failure> {
    match wanted {
        Some(wanted) if !bounds.contains(&wanted) => {
            let detail = format!("must be a whole number from {} to {}", bounds.start(), bounds.end());
            Err(Failure::parameter(name, detail))
        }
        _ => Ok(()),
    }
}

/// Query of a commune's cases.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CaseQuery {
    /// Only those of this hamlet.
    #[param(minimum = 1, maximum = 99)]
    hamlet: Option<u8>,
}

/// The cases of a commune's hamlet meetings, with votes, outcomes and complaints: at most 500, by hamlet and name. Noted in the
/// audit trail. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}/cases",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path), CaseQuery),
    responses((status = 200, body = CasePage))
)]
async fn cases(
    caller: Caller,
    Segments(round, commune): Segments<Round, CommuneCode>,
    Query(CaseQuery { hamlet }): Query<CaseQuery>,
) -> Result<Json<CasePage>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    expect_in("hamlet", hamlet, &(1..=99))?;
    let store = caller.store();
    let recognition = Recognition::of(&own(&store.areas(commune).await?, round));
    let mut cases = sorted(store.cases(commune, round).await?);
    cases.retain(|case| is_put(case) && hamlet.is_none_or(|hamlet| case.hamlet == Some(hamlet)));
    let more = cases.len() > LISTED;
    cases.truncate(LISTED);
    let cases: Vec<MeetingCase> =
        cases.iter().filter_map(|case| case_of(case, round, &recognition)).collect();
    note_read(&caller, commune, cases.iter().map(|case| case.household.uuid)).await?;
    let majority = meeting_rule(round).map(|rule| rule.majority);
    Ok(Json(CasePage { cases, more, majority }))
}

/// Whether a case is put to a meeting, or was: what is only in the register book is not.
fn is_put(case: &Case) -> bool {
    case.due().is_some() || case.votes.confirmed.is_some() || !case.complaint.is_empty()
}

/// Writes what the hamlet meeting said of a household, or its complaint after the posting. Null clears a field. What the meeting
/// said counts nowhere any more once the round is closed, and is refused then. For officers.
#[utoipa::path(
    patch, path = "/rounds/{round}/communes/{commune}/households/{household}",
    params(("round" = Round, Path), ("commune" = CommuneCode, Path), ("household" = HouseholdId, Path)),
    request_body = CaseEdit,
    responses((status = 200, body = MeetingCase), (status = 403), (status = 404), (status = 409), (status = 422))
)]
async fn edit(
    caller: Caller,
    Three(round, commune, household): Three<Round, CommuneCode, HouseholdId>,
    body::Json(CaseEdit { fields }): body::Json<CaseEdit, MOST>,
) -> Result<Json<MeetingCase>, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    let of_meeting = |path: &FieldPath| path.as_str().starts_with("meeting/");
    let is_own = |path: &FieldPath| of_meeting(path) || path.as_str().starts_with("complaint/");
    if let Some(path) = fields.keys().find(|path| !is_own(path)) {
        let detail = format!("here the fields meeting/… and complaint/… are written, not {}", path.as_str());
        return Err(wrong("fields", detail, "ở đây chỉ ghi kết quả họp ấp và khiếu nại"));
    }
    let store = caller.store();
    let record = record_of(store, commune, household, round).await?;
    if fields.keys().any(of_meeting) && Some(round) <= store.closed(commune) {
        return Err(not_done(
            "fields",
            "the round is closed, and what the meeting said would count nowhere: have it opened again first",
            "đợt đã khóa nên ghi kết quả họp vào sẽ không được tính: hãy đề nghị mở lại đợt trước",
        ));
    }
    expect_votes(&record.doc, &fields)?;
    let changes = changes(&record.doc, fields);
    if !changes.is_empty() {
        caller.edit(vec![(record.key, changes)], None).await?;
    }
    let record = record_of(store, commune, household, round).await?;
    let recognition = Recognition::of(&own(&store.areas(commune).await?, round));
    let case = Case::read(record.key, &record.doc, record.contribution.as_ref());
    let case = case.and_then(|case| case_of(&case, round, &recognition)).ok_or_else(no_record)?;
    note_read(&caller, commune, [household.uuid]).await?;
    Ok(Json(case))
}

/// A household's record of a round; refused where it does not count as one that was surveyed.
async fn record_of(
    store: &Register,
    commune: CommuneCode,
    household: HouseholdId,
    round: Round,
) -> Result<Record, Failure> {
    if household.commune != commune {
        return Err(no_record());
    }
    counted(store.records_in(vec![household], round).await?.pop().flatten())
}

/// Refuses more voices than there are people.
fn expect_votes(doc: &Doc, fields: &BTreeMap<FieldPath, Value>) -> Result<(), Failure> {
    let number = |path: &str| {
        let written = fields.iter().find(|(field, _)| field.as_str() == path).map(|(_, value)| value);
        written.or_else(|| doc.get(path)).and_then(Value::as_int)
    };
    match (number(field::MEETING_PRESENT), number(field::MEETING_AGREED)) {
        (Some(present), Some(agreed)) if agreed > present => {
            let detail = format!("of {present} people present not {agreed} can have agreed");
            let vi = format!(
                "có {present} người dự thì không thể có {agreed} người đồng ý: hãy xem lại hai số này"
            );
            Err(wrong(field::MEETING_AGREED, detail, vi))
        }
        _ => Ok(()),
    }
}
