//! `GET …/papers/{paper}`: papers of a round's meetings and recognition, laid out to be printed.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::household::{CertificateNumber, Recognised};
use soho_shared::paper::certificate::Certificate;
use soho_shared::paper::{Issuer, Paper, lists, meeting, recognition};
use soho_shared::recognition::{Case, Recognition};
use soho_shared::record::Round;
use soho_shared::standard::Class;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{expect_in, is_put, own, shown, sorted};
use crate::certificate;
use crate::http::access::{Caller, Protected};
use crate::http::households::note_read;
use crate::http::load::aside;
use crate::http::params::{Query, Three};
use crate::http::problem::Failure;
use crate::http::rounds::wrong;
use crate::print;
use crate::register::AreaRecord;

/// Most certificates on one page.
const MOST_CERTIFICATES: usize = 300;

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(paper))
}

/// A kind of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PaperKind {
    /// The list for a hamlet's meeting, in large print.
    MeetingList,
    /// The minutes of a hamlet's meeting.
    Minutes,
    /// What is posted in a hamlet.
    PostedList,
    /// The decision of recognition with its lists.
    Decision,
    /// The certificates, one a sheet.
    Certificates,
    /// The list of households to be reviewed in a hamlet.
    ReviewList,
    /// The register book of a hamlet.
    RegisterBook,
}

impl PaperKind {
    /// All kinds, with the words used in addresses and the names of pages.
    const ALL: [(&'static str, PaperKind, &'static str); 7] = [
        ("meeting_list", PaperKind::MeetingList, "Danh sách họp bình xét"),
        ("minutes", PaperKind::Minutes, "Biên bản họp bình xét"),
        ("posted_list", PaperKind::PostedList, "Danh sách niêm yết"),
        ("decision", PaperKind::Decision, "Quyết định công nhận"),
        ("certificates", PaperKind::Certificates, "Giấy chứng nhận"),
        ("review_list", PaperKind::ReviewList, "Danh sách hộ cần rà soát"),
        ("register_book", PaperKind::RegisterBook, "Sổ quản lý hộ nghèo, hộ cận nghèo"),
    ];

    fn title(self) -> &'static str {
        PaperKind::ALL[self as usize].2
    }
}

impl FromStr for PaperKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = PaperKind::ALL.into_iter().find(|(name, ..)| *name == word).map(|(_, kind, _)| kind);
        found.ok_or_else(|| {
            let words = PaperKind::ALL.map(|(word, ..)| word);
            format!("the papers are {}", words.join(", "))
        })
    }
}

/// Query of a paper.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PaperQuery {
    /// Only of this hamlet; of papers by hamlet all when left out.
    #[param(minimum = 1, maximum = 99)]
    hamlet: Option<u8>,
    /// Of certificates, only those of this year's series.
    #[param(minimum = 2000, maximum = 2127)]
    year: Option<u16>,
    /// Of certificates, only those from this number on.
    #[param(minimum = 1, maximum = 65535)]
    from: Option<u32>,
    /// Of certificates, only those up to this number.
    #[param(minimum = 1, maximum = 65535)]
    to: Option<u32>,
    /// `print`, the only form there is.
    #[param(pattern = "^print$")]
    format: Option<String>,
}

/// A paper as a page to be printed, in Vietnamese: `meeting_list`, `minutes`, `posted_list`, `review_list` and `register_book` of
/// each hamlet, `decision` with its lists, `certificates` one a sheet, at most 300. Noted in the audit trail. For officers.
#[utoipa::path(
    get, path = "/rounds/{round}/communes/{commune}/papers/{paper}",
    params(
        ("round" = Round, Path), ("commune" = CommuneCode, Path),
        (
            "paper" = String, Path,
            pattern = "^(meeting_list|minutes|posted_list|decision|certificates|review_list|register_book)$"
        ),
        PaperQuery
    ),
    responses(
        (status = 200, description = "The paper.", body = String, content_type = "text/html"),
        (status = 404), (status = 422)
    )
)]
async fn paper(
    caller: Caller,
    Three(round, commune, kind): Three<Round, CommuneCode, PaperKind>,
    Query(wanted): Query<PaperQuery>,
) -> Result<impl IntoResponse, Failure> {
    caller.expect_households_of(AreaCode::Commune(commune))?;
    caller.expect_officer()?;
    if wanted.format.as_deref().is_some_and(|format| format != "print") {
        return Err(Failure::parameter("format", "papers are printed: format=print"));
    }
    expect_in("hamlet", wanted.hamlet, &(1..=99))?;
    expect_in("year", wanted.year, &(2000..=2127))?;
    expect_in("from", wanted.from, &(1..=CertificateNumber::LAST))?;
    expect_in("to", wanted.to, &(1..=CertificateNumber::LAST))?;
    let areas = caller.store().areas(commune).await?;
    let recognition = Recognition::of(&own(&areas, round));
    let of = Issuer { commune, round, hamlets: shown::names(&areas, round), recognition };
    let made = match kind {
        PaperKind::ReviewList => review(&caller, &of, wanted.hamlet).await?,
        PaperKind::Certificates => certificates(&caller, &of, &wanted).await?,
        kind => of_cases(&caller, &of, &areas, kind, wanted.hamlet).await?,
    };
    note_read(&caller, commune, made.households).await?;
    let html = aside(move || print::pages(kind.title(), &made.papers)).await?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html))
}

/// Papers, and whom they name.
struct Made {
    papers: Vec<Paper>,
    households: BTreeSet<Uuid>,
}

fn ids<'c>(cases: impl IntoIterator<Item = &'c Case>) -> BTreeSet<Uuid> {
    cases.into_iter().filter_map(|case| Some(case.household?.uuid)).collect()
}

/// Households by hamlet; 0 stands for those that name none. A hamlet that is asked for is there though it has none.
fn by_hamlet<T>(all: Vec<T>, of: impl Fn(&T) -> Option<u8>, only: Option<u8>) -> BTreeMap<u8, Vec<T>> {
    let mut by_hamlet: BTreeMap<u8, Vec<T>> = only.map(|hamlet| (hamlet, Vec::new())).into_iter().collect();
    for one in all {
        let hamlet = of(&one).unwrap_or(0);
        if only.is_none_or(|only| only == hamlet) {
            by_hamlet.entry(hamlet).or_default().push(one);
        }
    }
    by_hamlet
}

async fn review(caller: &Caller, of: &Issuer, hamlet: Option<u8>) -> Result<Made, Failure> {
    let mut all = caller.store().to_review(of.commune, of.round).await?;
    all.sort_by_cached_key(|one| soho_shared::names::key(one.head.name.as_deref().unwrap_or_default()));
    let lists = by_hamlet(all, |one| one.hamlet, hamlet);
    let households = lists.values().flatten().map(|one| one.household.uuid).collect();
    let papers = lists.iter().map(|(hamlet, list)| lists::review(of, *hamlet, list)).collect();
    Ok(Made { papers, households })
}

async fn of_cases(
    caller: &Caller,
    of: &Issuer,
    areas: &[AreaRecord],
    kind: PaperKind,
    hamlet: Option<u8>,
) -> Result<Made, Failure> {
    let mut cases = sorted(caller.store().cases(of.commune, of.round).await?);
    cases.retain(|case| match kind {
        PaperKind::RegisterBook => case.class.is_some_and(|class| class <= Class::LowIncome),
        PaperKind::MeetingList | PaperKind::Minutes => is_put(case),
        _ => case.due().is_some(),
    });
    if kind == PaperKind::Decision {
        let mut papers = vec![recognition::decision(of, &cases)];
        papers.extend(recognition::annexes(of, &cases));
        return Ok(Made { papers, households: ids(&cases) });
    }
    let lists = by_hamlet(cases, |case| case.hamlet, hamlet);
    let households = ids(lists.values().flatten());
    let one = |(hamlet, cases): (&u8, &Vec<Case>)| match kind {
        PaperKind::MeetingList => meeting::list(of, *hamlet, cases),
        PaperKind::Minutes => meeting::minutes(of, *hamlet, &shown::meeting(areas, of.round, *hamlet), cases),
        PaperKind::RegisterBook => lists::register_book(of, *hamlet, cases),
        _ => lists::posted(of, *hamlet, cases),
    };
    Ok(Made { papers: lists.iter().map(one).collect(), households })
}

/// The certificates that hold, by number.
async fn certificates(caller: &Caller, of: &Issuer, wanted: &PaperQuery) -> Result<Made, Failure> {
    let cases = caller.store().cases(of.commune, of.round).await?;
    let is_wanted = |case: &Case, number: CertificateNumber| {
        wanted.hamlet.is_none_or(|hamlet| case.hamlet == Some(hamlet))
            && wanted.year.is_none_or(|year| year == number.year)
            && wanted.from.is_none_or(|from| number.number >= from)
            && wanted.to.is_none_or(|to| number.number <= to)
    };
    let held = cases.iter().filter_map(|case| {
        let issued = case.certificate(&of.recognition)?;
        Some((issued.number, issued.recognised?, case))
    });
    let mut held: Vec<(CertificateNumber, Recognised, &Case)> =
        held.filter(|(number, _, case)| is_wanted(case, *number)).collect();
    held.sort_by_key(|(number, ..)| *number);
    if held.is_empty() {
        let none = Failure::not_found("no certificate of these holds: recognise the round first");
        return Err(none.vi("không có giấy chứng nhận nào còn giá trị: hãy công nhận và cấp số trước"));
    }
    if held.len() > MOST_CERTIFICATES {
        let count = held.len();
        let detail = format!(
            "{count} certificates are too many for one page: choose a hamlet, or numbers from and to"
        );
        let vi = format!(
            "{count} giấy chứng nhận là quá nhiều cho một trang, nhiều nhất 300: hãy chọn một ấp, hoặc từ số đến số"
        );
        return Err(wrong("to", detail, vi));
    }
    let key = caller.signing().await?;
    let sheet = |(number, recognised, case): &(CertificateNumber, Recognised, &Case)| {
        let said = said(of, case, *number, *recognised);
        let code = key.as_deref().zip(said).and_then(|(key, said)| certificate::code(key, &said));
        recognition::certificate(of, case, *number, *recognised, code)
    };
    let papers = held.iter().map(sheet).collect();
    Ok(Made { papers, households: ids(held.iter().map(|(.., case)| *case)) })
}

/// What a certificate's code says; `None` where its date or the head's name is not known.
fn said(of: &Issuer, case: &Case, number: CertificateNumber, class: Recognised) -> Option<Certificate> {
    let date = of.recognition.date_of(number)?.parse().ok()?;
    let name = case.head.name.clone()?;
    Some(Certificate { round: of.round, commune: of.commune, number: number.number, class, date, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_are_named_by_their_words() {
        for (at, (word, kind, title)) in PaperKind::ALL.into_iter().enumerate() {
            assert_eq!((word.parse(), kind.title()), (Ok(kind), title));
            assert_eq!(kind as usize, at);
        }
        assert!("certificate".parse::<PaperKind>().is_err());
    }

    #[test]
    fn a_hamlet_that_is_asked_for_has_a_list_though_it_is_empty() {
        let of = |only| by_hamlet(vec![(Some(2), 'a'), (None, 'b'), (Some(2), 'c')], |one| one.0, only);
        assert_eq!(of(None).keys().copied().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(of(Some(2))[&2].len(), 2);
        assert_eq!(of(Some(3)), BTreeMap::from([(3, vec![])]));
    }
}
