//! `GET /api/v1/supports`: the supports of the year after a round, with their figures; `/supports/{support}/households`: who is
//! entitled and who was given one; and `POST /supports/{support}/given`: ticking off who was.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::Deserialize;
use soho_shared::access::{Role, Scope};
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::count::{Counts, Filter, Measure, OfSupport, Tally};
use soho_shared::entitlement::Entitlement;
use soho_shared::household::field;
use soho_shared::money::Vnd;
use soho_shared::record::{Change, FieldPath, HouseholdId, RecordKey, Round, Value};
use soho_shared::report::By;
use soho_shared::standard::Note;
use soho_shared::support::{QUARTERS, given, is_in_force, supports_after, year_of};
use soho_shared::wire::Problem;
use soho_shared::wire::lists::{ListedHousehold, MAX_PAGE};
use soho_shared::wire::supports::{
    GivenQuarter, MOST_GIVEN, NotGiven, SupportFigures, SupportGiven, SupportList, SupportWritten,
    SupportedHousehold, SupportedPage, SupportsPage,
};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Caller, Protected, forbidden};
use super::body;
use super::households::{counted, note_listed, note_read, position, written};
use super::params::{Query, Segment, number_of};
use super::problem::Failure;
use super::rounds::{MOST, changes, not_done, put, wrong};
use crate::register::{ListOf, ListPage, PageAt, Record};
use crate::sync::Made;

/// Records that are in memory at once; a large one may have a mebibyte.
const AT_ONCE: usize = 25;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(households)).routes(routes!(give))
}

/// The measures of a support.
#[derive(Clone, Copy)]
struct Measures {
    entitled: Measure,
    served: Measure,
    served_else: Measure,
    paid: Measure,
}

impl Measures {
    /// The measures of the support with an id; refused where the law files have none.
    fn of(support: &str) -> Result<Self, Failure> {
        let measures = OfSupport::ALL.map(|what| Measure::of_support(support, what));
        let [Some(entitled), Some(served), Some(served_else), Some(paid)] = measures else {
            let failure = Failure::not_found("there is no support with this id").field("support");
            return Err(failure.vi("không có chính sách này: hãy chọn lại trong danh sách hỗ trợ"));
        };
        Ok(Measures { entitled, served, served_else, paid })
    }

    /// The households of a list.
    fn filter(self, list: SupportList) -> Filter {
        let [entitled, served, other] = [self.entitled, self.served, self.served_else].map(Measure::word);
        let text = match list {
            SupportList::Left => format!("{entitled}.-{served}"),
            SupportList::Entitled => entitled.to_owned(),
            SupportList::Served => format!("{served},{other}"),
        };
        text.parse().expect("words of measures that count households")
    }

    /// Whether a household counts as entitled, or was given it.
    fn knows(self, counts: &Counts) -> bool {
        [self.entitled, self.served, self.served_else].into_iter().any(|measure| counts.get(measure) > 0)
    }
}

/// Query of the supports.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SupportsQuery {
    area: AreaCode,
    /// The round whose list holds in the year after it.
    round: Round,
}

/// The supports of the year after a round with their figures in an area: to a department its own. For officers, departments
/// and administrators.
#[utoipa::path(get, path = "/supports", params(SupportsQuery), responses((status = 200, body = SupportsPage)))]
async fn list(
    caller: Caller,
    Query(SupportsQuery { area, round }): Query<SupportsQuery>,
) -> Result<Json<SupportsPage>, Failure> {
    if caller.role() == Some(Role::Volunteer) {
        return Err(forbidden("the figures of supports are for officers and departments")
            .vi("số liệu hỗ trợ dành cho cán bộ và ngành"));
    }
    caller.expect_figures_of(area, By::Commune)?;
    let tally = caller.store().tally(area, round)?;
    let own = caller.scope().map(Scope::supports).filter(|own| !own.is_empty());
    let is_shown = |support: &&Entitlement| own.is_none_or(|own| own.iter().any(|id| id == support.id));
    let all = supports_after(round);
    let known = all.is_some();
    let shown = all.unwrap_or_default().into_iter().filter(is_shown);
    let supports = shown.map(|support| figures(support, round, &tally)).collect::<Result<_, _>>()?;
    Ok(Json(SupportsPage { area, round, year: year_of(round), known, supports }))
}

/// A support with what it adds up to.
fn figures(support: &Entitlement, round: Round, tally: &Tally) -> Result<SupportFigures, Failure> {
    let measures = Measures::of(support.id)?;
    let in_force = QUARTERS.into_iter().filter(|quarter| is_in_force(support, round, *quarter));
    Ok(SupportFigures {
        support: support.id.to_owned(),
        name: Note { vi: support.vi.into(), en: support.en.into() },
        in_force: in_force.collect(),
        entitled: tally.get(measures.entitled),
        served: tally.get(measures.served),
        served_else: tally.get(measures.served_else),
        paid: tally.get(measures.paid),
    })
}

/// Query of the households of a support.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SupportedQuery {
    area: AreaCode,
    /// The round whose list holds in the year after it.
    round: Round,
    /// Which households.
    #[param(inline)]
    list: SupportList,
    /// Where to go on from: `next` of the page before.
    #[param(pattern = r"^[0-9]{5}\.[0-9]{1,9}$")]
    from: Option<String>,
    /// How many households at most; 100 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// Households that are entitled to a support, or were given it, with what they were given. Noted in the audit trail. For
/// officers, and for departments that give it.
#[utoipa::path(
    get, path = "/supports/{support}/households",
    params(("support" = String, Path, pattern = "^[a-z_]+$"), SupportedQuery),
    responses((status = 200, body = SupportedPage), (status = 404))
)]
async fn households(
    caller: Caller,
    Segment(support): Segment<String>,
    Query(wanted): Query<SupportedQuery>,
) -> Result<Json<SupportedPage>, Failure> {
    let SupportedQuery { area, round, list, from, limit } = wanted;
    caller.expect_gives(&support)?;
    caller.expect_area(area)?;
    let measures = Measures::of(&support)?;
    let limit = number_of("limit", limit, MAX_PAGE, MAX_PAGE)?;
    let at = from.map_or(Ok(PageAt::Place(0)), |from| position(&from))?;
    let of = ListOf { area, round, filter: measures.filter(list) };
    let ListPage { households: listed, total, next, .. } = caller.store().list_page(&of, at, limit).await?;
    note_listed(&caller, &listed).await?;
    let mut households = Vec::with_capacity(listed.len());
    for listed in listed.chunks(AT_ONCE) {
        let ids = listed.iter().map(|listed| listed.household).collect();
        let records = caller.store().records_in(ids, round).await?;
        let shown = listed.iter().zip(&records);
        households
            .extend(shown.map(|(listed, record)| shown_of(listed, record.as_ref(), &support, measures)));
    }
    Ok(Json(SupportedPage { area, round, households, total, next: next.map(written) }))
}

/// A household with what its record of the round says of a support: all that a department sees of it.
fn shown_of(
    listed: &ListedHousehold,
    record: Option<&Record>,
    support: &str,
    measures: Measures,
) -> SupportedHousehold {
    let adds = record.and_then(|record| record.contribution.as_ref());
    let of_record = record.into_iter().flat_map(|record| given(&record.doc, record.key.round));
    let given = of_record.filter(|given| given.support == support).map(|given| GivenQuarter {
        quarter: given.quarter,
        paid: given.paid.map(Vnd::get),
        by: given.by.map(ToOwned::to_owned),
    });
    SupportedHousehold {
        household: listed.household,
        hamlet: listed.hamlet,
        head_name: listed.head_name.clone(),
        address: listed.address.clone(),
        class: listed.class,
        entitled: adds.is_some_and(|adds| adds.standing.counts.get(measures.entitled) > 0),
        given: given.collect(),
    }
}

/// Writes which households were given a support in a quarter of the year after a round, or takes that back; in a closed round,
/// too. A household of which nothing can be written is told, and the others are written all the same. For officers, and for
/// departments that give it: of households that are entitled to it, or were given it already.
#[utoipa::path(
    post, path = "/supports/{support}/given", params(("support" = String, Path, pattern = "^[a-z_]+$")),
    request_body = SupportGiven,
    responses((status = 200, body = SupportWritten), (status = 403), (status = 404), (status = 422))
)]
async fn give(
    caller: Caller,
    Segment(support): Segment<String>,
    body::Json(new): body::Json<SupportGiven, MOST>,
) -> Result<Json<SupportWritten>, Failure> {
    caller.expect_gives(&support)?;
    for household in &new.households {
        caller.expect_area(AreaCode::Commune(household.commune))?;
    }
    let measures = Measures::of(&support)?;
    expect_each_once(&new.households)?;
    let fields = fields_of(&support, &new)?;
    if new.given {
        expect_offered(&support, new.round)?;
    }
    let mut judged = Judged::default();
    for households in new.households.chunks(AT_ONCE) {
        let records = caller.store().records_in(households.to_vec(), new.round).await?;
        for (household, record) in households.iter().zip(records) {
            judged.take(&caller, *household, record, measures, &fields);
        }
    }
    let Judged { households, edits, mut refused, read } = judged;
    for (commune, households) in read {
        note_read(&caller, commune, households).await?;
    }
    let mut written = 0;
    let results = caller.try_edits(edits, None, Made::ByHand).await?;
    for (household, result) in households.into_iter().zip(results) {
        match result.problem {
            None => written += 1,
            Some(problem) => refused.push(not_given(household, problem)),
        }
    }
    Ok(Json(SupportWritten { written, refused }))
}

/// What is to be written of which households, and why nothing of others.
#[derive(Default)]
struct Judged {
    /// The households that are to be written, in the order of the edits.
    households: Vec<HouseholdId>,
    edits: Vec<(RecordKey, Vec<Change>)>,
    refused: Vec<NotGiven>,
    /// Households of which the refusal tells something.
    read: BTreeMap<CommuneCode, Vec<Uuid>>,
}

impl Judged {
    /// Adds a household, given its record of the round.
    fn take(
        &mut self,
        caller: &Caller,
        household: HouseholdId,
        record: Option<Record>,
        measures: Measures,
        fields: &BTreeMap<FieldPath, Value>,
    ) {
        let is_read = record.is_some();
        match writable(caller, record, measures) {
            Ok(record) => {
                let changes = changes(&record.doc, fields.clone());
                if !changes.is_empty() {
                    self.households.push(household);
                    self.edits.push((record.key, changes));
                }
            }
            Err(failure) => {
                if is_read {
                    self.read.entry(household.commune).or_default().push(household.uuid);
                }
                self.refused.push(not_given(household, failure.into_problem()));
            }
        }
    }
}

/// The record in which it is written; refused where it does not count, or is not the caller's to write.
fn writable(caller: &Caller, record: Option<Record>, measures: Measures) -> Result<Record, Failure> {
    let record = counted(record)?;
    let adds = record.contribution.as_ref();
    let is_known = adds.is_some_and(|adds| measures.knows(&adds.standing.counts));
    if caller.role() == Some(Role::Department) && !is_known {
        return Err(not_done(
            "households",
            "its record does not show that this household is entitled: where it was given this all the same, the commune's officer \
             writes so",
            "phiếu chưa cho thấy hộ này được hưởng: nếu hộ vẫn được cấp, hãy báo cán bộ xã ghi",
        ));
    }
    Ok(record)
}

fn not_given(household: HouseholdId, Problem { vi, detail, .. }: Problem) -> NotGiven {
    let vi = vi.map_or_else(|| detail.clone(), String::from);
    NotGiven { household, why: Note { vi: vi.into(), en: detail.into() } }
}

/// Refuses too many households, and one that stands there twice.
fn expect_each_once(households: &[HouseholdId]) -> Result<(), Failure> {
    let different: BTreeSet<_> = households.iter().collect();
    if households.len() <= MOST_GIVEN && different.len() == households.len() {
        return Ok(());
    }
    let detail = format!("give at most {MOST_GIVEN} households at once, each one time");
    let vi = format!("mỗi lần ghi nhiều nhất {MOST_GIVEN} hộ, mỗi hộ một lần: hãy chọn lại");
    Err(wrong("households", detail, vi))
}

/// Refuses a support that the law files do not have in the year after a round.
fn expect_offered(support: &str, round: Round) -> Result<(), Failure> {
    if supports_after(round).is_some_and(|all| all.iter().any(|of| of.id == support)) {
        return Ok(());
    }
    let year = year_of(round);
    let detail = format!("the law files have no such support in {year}: choose another round");
    let vi = format!("năm {year} không có chính sách này trong danh sách của sổ: hãy chọn đợt khác");
    Err(wrong("round", detail, vi))
}

/// The fields of a record that say what was given; null where it is taken back.
fn fields_of(support: &str, new: &SupportGiven) -> Result<BTreeMap<FieldPath, Value>, Failure> {
    if !QUARTERS.contains(&new.quarter) {
        return Err(wrong("quarter", "a quarter is 1 to 4", "quý phải từ 1 đến 4: hãy chọn lại"));
    }
    let by = new.by.as_deref().map(str::trim).filter(|by| !by.is_empty());
    let said = [
        ("given", "served", Some(Value::Bool(true))),
        ("paid", "amount", new.paid.map(Value::from)),
        ("by", "by", by.map(Value::from)),
    ];
    let mut fields = BTreeMap::new();
    for (name, item, value) in said {
        let value = if new.given { value } else { Some(Value::Null) };
        if let Some(value) = value {
            let path = field::support(support, new.round, new.quarter, item);
            put(&mut fields, name, &path, new.round, value)?;
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_of_every_support_is_a_filter() {
        for round in (2010..=2030).filter_map(Round::new) {
            for support in supports_after(round).unwrap_or_default() {
                let measures = Measures::of(support.id).unwrap();
                for (word, list) in SupportList::ALL {
                    assert!(!measures.filter(list).conditions().is_empty(), "{} {word}", support.id);
                }
            }
        }
        let of_electricity = Measures::of("electricity").unwrap();
        assert_eq!(
            SupportList::ALL.map(|(_, list)| of_electricity.filter(list).to_string()),
            [
                "entitled_electricity.-served_electricity",
                "entitled_electricity",
                "served_electricity,served_else_electricity"
            ]
        );
        assert!(Measures::of("yachts").is_err());
    }

    #[test]
    fn what_was_given_is_said_in_full_and_taken_back_in_full() {
        let new = |given: bool, paid: Option<i64>, by: &str| SupportGiven {
            round: Round::CENSUS_2010,
            quarter: 2,
            households: Vec::new(),
            given,
            paid,
            by: Some(by.to_owned()),
        };
        let said = |new: &SupportGiven| {
            let fields = fields_of("electricity", new).unwrap();
            let said = fields.into_iter().map(|(path, value)| format!("{} {value:?}", path.as_str()));
            said.collect::<Vec<_>>()
        };
        let path = "support/electricity_2011_2";
        assert_eq!(said(&new(true, None, " ")), [format!("{path}/served Bool(true)")]);
        assert_eq!(said(&new(true, Some(90_000), "Điện lực")).len(), 3);
        let back = ["amount", "by", "served"].map(|item| format!("{path}/{item} Null"));
        assert_eq!(said(&new(false, Some(90_000), "")), back);
        for (wrong, field) in [
            (SupportGiven { quarter: 5, ..new(true, None, "") }, "quarter"),
            (new(true, Some(-1), ""), "paid"),
            (new(true, Some(i64::MAX), ""), "paid"),
            (new(true, None, &"x".repeat(101)), "by"),
        ] {
            let problem = fields_of("electricity", &wrong).unwrap_err().into_problem();
            assert_eq!((problem.status, problem.field.as_deref()), (422, Some(field)));
        }
    }
}
