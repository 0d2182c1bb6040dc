//! `GET /api/v1/duplicates`: households of a commune that may be the same; and a person's decision about two of them:
//! `POST` and `DELETE /api/v1/duplicates/{id}/decision`.

use axum::Json;
use serde::{Deserialize, Serialize};
use soho_shared::access::Reach;
use soho_shared::area::AreaCode;
use soho_shared::duplicate::{self, Decision, NotDecided, PairId, Person, Reason};
use soho_shared::explain::class_name;
use soho_shared::household::Household;
use soho_shared::lang::Lang;
use soho_shared::law::standard_for_round;
use soho_shared::record::{Doc, HouseholdId, Round};
use soho_shared::standard::{Class, Note};
use soho_shared::wire::PulledRecord;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected};
use super::body;
use super::households::note_read;
use super::kinds;
use super::load::aside;
use super::params::{Query, Segment};
use super::problem::Failure;
use crate::sync;

/// Most pairs in an answer: the strongest. Deciding them makes room for the next.
const MOST: usize = 100;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide, undo))
}

/// Query of the duplicates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DuplicateQuery {
    /// Their commune.
    area: AreaCode,
    /// Only pairs of which one has a record of this round.
    round: Option<Round>,
}

/// Households that may be the same.
#[derive(Serialize, ToSchema)]
struct Duplicates {
    /// The strongest likenesses first, at most 100.
    duplicates: Vec<Likeness>,
    /// Whether there are more than these.
    more: bool,
}

/// Two households that may be the same.
#[derive(Serialize, ToSchema)]
struct Likeness {
    id: PairId,
    /// Why, strongest first.
    reasons: Vec<Reason>,
    households: [Shown; 2],
}

/// What of a household is shown beside another, from its latest round.
#[derive(Serialize, ToSchema)]
#[schema(as = ComparedHousehold)]
struct Shown {
    household: HouseholdId,
    hamlet: Option<u8>,
    head_name: Option<String>,
    birth_year: Option<i64>,
    identity_number: Option<String>,
    address: Option<String>,
    members: Vec<Member>,
    /// How many people count, when they are not listed.
    member_count: Option<i64>,
    rounds: Vec<Round>,
    class: Option<Class>,
    /// The class by its name in the law of the latest round.
    #[serde(skip_serializing_if = "Option::is_none")]
    class_name: Option<Note>,
}

/// A member, as far as they are compared.
#[derive(Serialize, ToSchema)]
#[schema(as = ComparedMember)]
struct Member {
    name: Option<String>,
    birth_year: Option<i64>,
    /// Whether somebody of the same name, year of birth and sex is in the other household.
    shared: bool,
}

/// Households of a commune that may be one, entered twice, and of which nobody has decided yet. Noted in the
/// audit trail.
#[utoipa::path(get, path = "/duplicates", params(DuplicateQuery), responses((status = 200, body = Duplicates)))]
async fn list(caller: Caller, Query(wanted): Query<DuplicateQuery>) -> Result<Json<Duplicates>, Failure> {
    let AreaCode::Commune(commune) = wanted.area else {
        return Err(Failure::parameter("area", "households are compared within one commune: give its code"));
    };
    caller.expect_households_in(wanted.area)?;
    let reach = caller.scope().map_or(Reach::All, |scope| scope.reach(commune));
    let subjects = caller.store().candidates(commune).await?;
    // The pairs are known before any household is read again.
    let asked = aside(move || {
        let in_round = |at: &usize| wanted.round.is_none_or(|round| subjects[*at].rounds.contains(&round));
        let mut pairs = duplicate::find(&subjects);
        pairs.retain(|pair| {
            pair.places.iter().all(|at| reach.includes(subjects[*at].hamlet))
                && pair.places.iter().any(in_round)
        });
        pairs
    });
    let asked = asked.await?;
    let mut duplicates = Vec::new();
    let mut more = false;
    for pair in asked {
        let Some(id) = PairId::new(commune, pair.uuids[0], pair.uuids[1]) else { continue };
        if duplicates.len() == MOST {
            more = true;
            break;
        }
        let [one, other] = both(&caller, id).await?;
        let (Some(first), Some(second)) = (one.last(), other.last()) else { continue };
        let [first, second] = [first, second].map(|record| Household::read(&record.doc));
        let [one_id, other_id] = id.households();
        let households = [shown(one_id, &one, &first, &second), shown(other_id, &other, &second, &first)];
        duplicates.push(Likeness { id, reasons: pair.reasons, households });
    }
    let read = duplicates.iter().flat_map(|pair| &pair.households).map(|shown| shown.household.uuid);
    note_read(&caller, commune, read).await?;
    Ok(Json(Duplicates { duplicates, more }))
}

/// The records of both households, in the order of their rounds, as far as the caller reaches.
async fn both(caller: &Caller, pair: PairId) -> Result<[Vec<PulledRecord>; 2], Failure> {
    let [first, second] = pair.households();
    let first = sync::household(caller.store(), caller.scope(), first).await?;
    Ok([first, sync::household(caller.store(), caller.scope(), second).await?])
}

fn shown(id: HouseholdId, records: &[PulledRecord], household: &Household, other: &Household) -> Shown {
    let people = Person::all_of(other);
    let members = household.members.values().map(|member| Member {
        name: member.name.clone(),
        birth_year: member.birth_year,
        shared: Person::of(member.name.as_deref(), member.birth_year, member.sex)
            .is_some_and(|person| people.contains(&person)),
    });
    let latest = &records[records.len() - 1];
    Shown {
        household: id,
        hamlet: household.hamlet,
        head_name: household.head_name.clone(),
        birth_year: household.head_birth_year,
        identity_number: household.head_identity_number.clone(),
        address: household.address.clone(),
        members: members.collect(),
        member_count: household.member_count,
        rounds: records.iter().map(|record| record.round).collect(),
        class: latest.class,
        class_name: latest.class.and_then(|class| class_in_law(class, latest.round)),
    }
}

/// Name of a class in the law of a round: 2011's band of 130 % to 150 % has another name from 2016 on.
pub(super) fn class_in_law(class: Class, round: Round) -> Option<Note> {
    let standard = standard_for_round(i16::try_from(round.year()).ok()?)?;
    let name = |lang| class_name(class, standard, lang).into();
    Some(Note { vi: name(Lang::Vi), en: name(Lang::En) })
}

/// What somebody decided.
#[derive(Deserialize, ToSchema)]
#[schema(as = DuplicateDecision)]
#[serde(deny_unknown_fields)]
struct Decided {
    /// Whether the two are one household.
    same: bool,
    /// Of the same, the one that stays.
    survivor: Option<HouseholdId>,
    /// Why, in the author's words.
    #[schema(max_length = 300)]
    why: Option<String>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = DuplicateDecided)]
struct Done {
    /// What was stored; none when it was decided so before.
    operations: Vec<Uuid>,
}

/// Says whether two households are one. Of the same the one that does not stay is withdrawn in each round of
/// which both have a record, and both keep their history; different ones are never asked about again. Decided
/// twice the same, nothing changes. Not for volunteers.
#[utoipa::path(
    post, path = "/duplicates/{id}/decision", params(("id" = PairId, Path)),
    responses((status = 200, body = Done), (status = 404), (status = 409))
)]
async fn decide(
    caller: Caller,
    Segment(pair): Segment<PairId>,
    body::Json(decided): body::Json<Decided>,
) -> Result<Json<Done>, Failure> {
    let wrong = |detail: &str| {
        Err(Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail).field("survivor"))
    };
    let why = decided.why.as_deref();
    match (decided.same, decided.survivor) {
        (true, Some(survivor)) => make(&caller, pair, Decision::Same { survivor }, why).await,
        (false, None) => make(&caller, pair, Decision::Different, why).await,
        (true, None) => wrong("say which of the two stays"),
        (false, Some(_)) => wrong("of two different households both stay"),
    }
}

/// Undoes what was decided about two households. Not for volunteers.
#[utoipa::path(
    delete, path = "/duplicates/{id}/decision", params(("id" = PairId, Path)),
    responses((status = 200, body = Done), (status = 404))
)]
async fn undo(caller: Caller, Segment(pair): Segment<PairId>) -> Result<Json<Done>, Failure> {
    make(&caller, pair, Decision::Open, None).await
}

async fn make(
    caller: &Caller,
    pair: PairId,
    decision: Decision,
    why: Option<&str>,
) -> Result<Json<Done>, Failure> {
    caller.expect_households_in(AreaCode::Commune(pair.commune()))?;
    caller.expect_officer()?;
    let _alone = caller.server_writer().deciding.lock().await;
    let records = both(caller, pair).await?;
    if records.iter().any(Vec::is_empty) {
        return Err(Failure::not_found("no household has this id").field("id"));
    }
    let views = records.each_ref().map(|records| {
        records.iter().map(|record| (record.round, &record.doc)).collect::<Vec<(Round, &Doc)>>()
    });
    let [first, second] = pair.households();
    let edits = duplicate::decide([(first, &views[0]), (second, &views[1])], decision).map_err(|error| {
        let words = match error {
            NotDecided::Survivor => "hộ được giữ phải là một trong hai hộ",
            NotDecided::Joined => "một trong hai hộ đã gộp với hộ khác: hãy hoàn tác việc đó trước",
            NotDecided::Withdrawn => "hộ định giữ đã bị xóa khỏi sổ: hãy giữ hộ kia",
        };
        Failure::new(409, kinds::CONFLICT, "Not done", error.to_string()).field("survivor").vi(words)
    })?;
    Ok(Json(Done { operations: caller.edit(edits, why).await? }))
}
