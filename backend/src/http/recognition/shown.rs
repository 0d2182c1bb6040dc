//! What officers are told of cases and certificates.

use std::collections::{BTreeMap, BTreeSet};

use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::count::Listed;
use soho_shared::household::{CertificateNumber, Recognised, field};
use soho_shared::law::meeting_rule;
use soho_shared::paper::meeting::Meeting;
use soho_shared::recognition::{Case, Complaint, Issued, Recognition};
use soho_shared::record::{Doc, Round, Value};
use soho_shared::wire::recognition::{
    FiledComplaint, GivenCertificate, HamletMeeting, MeetingCase, MeetingOutcome, RecognitionCount,
    RecognitionPage,
};

use super::{LISTED, own};
use crate::register::AreaRecord;

/// Which certificates are shown.
pub(super) struct Shown {
    /// Only those of this hamlet.
    pub(super) hamlet: Option<u8>,
    /// Only those after this number.
    pub(super) after: Option<CertificateNumber>,
    /// Numbers that the request has given.
    pub(super) given: u64,
}

/// What a commune has recognised in a round.
pub(super) fn page_of(
    commune: CommuneCode,
    round: Round,
    areas: &[AreaRecord],
    cases: &[Case],
    has_code: bool,
    shown: &Shown,
) -> RecognitionPage {
    let recognition = Recognition::of(&own(areas, round));
    let count = |recognised: Recognised| {
        let of_kind = || cases.iter().filter(move |case| case.due() == Some(recognised));
        RecognitionCount {
            recognised,
            households: of_kind().count() as u64,
            certified: of_kind().filter(|case| case.certificate(&recognition).is_some()).count() as u64,
        }
    };
    let counts: Vec<RecognitionCount> = Recognised::ALL.into_iter().map(count).collect();
    let left = counts.iter().map(|count| count.households - count.certified).sum();
    let outdated = outdated(cases, &recognition);
    let (certificates, more) = certificates(cases, &recognition, shown);
    let Recognition { stage, decision, date, signer, chair, posting, .. } = recognition;
    RecognitionPage {
        commune,
        round,
        stage,
        decision,
        date,
        signer,
        chair,
        posting,
        majority: meeting_rule(round).map(|rule| rule.majority),
        meetings: meetings(commune, round, areas, cases),
        counts,
        left,
        outdated,
        given: shown.given,
        has_code,
        certificates,
        more,
    }
}

/// Whether a certificate holds though its household is no longer recognised as what it says.
fn is_outdated(case: &Case, issued: &Issued, recognition: &Recognition) -> bool {
    recognition.holds(issued) && case.is_outdated(issued)
}

/// How many certificates hold though their households are no longer recognised as what they say.
pub(in crate::http) fn outdated(cases: &[Case], recognition: &Recognition) -> u64 {
    let all = cases.iter().flat_map(|case| case.issued.iter().map(move |issued| (case, issued)));
    all.filter(|(case, issued)| is_outdated(case, issued, recognition)).count() as u64
}

/// The certificates by number, and whether there are more.
fn certificates(cases: &[Case], recognition: &Recognition, shown: &Shown) -> (Vec<GivenCertificate>, bool) {
    let wanted = cases.iter().filter(|case| shown.hamlet.is_none_or(|hamlet| case.hamlet == Some(hamlet)));
    let all = wanted.flat_map(|case| case.issued.iter().map(move |issued| (case, issued)));
    let given = all.filter(|(_, issued)| Some(issued.number) > shown.after).filter_map(|(case, issued)| {
        Some(GivenCertificate {
            number: issued.number,
            household: case.household?,
            head_name: case.head.name.clone(),
            hamlet: case.hamlet,
            recognised: issued.recognised,
            date: recognition.date_of(issued.number).map(ToOwned::to_owned),
            valid: recognition.holds(issued),
            outdated: is_outdated(case, issued, recognition),
        })
    });
    let mut given: Vec<GivenCertificate> = given.collect();
    given.sort_by_key(|given| given.number);
    let more = given.len() > LISTED;
    given.truncate(LISTED);
    (given, more)
}

/// The hamlets that have a record or a case, with what is said of their meetings.
fn meetings(commune: CommuneCode, round: Round, areas: &[AreaRecord], cases: &[Case]) -> Vec<HamletMeeting> {
    let names = names(areas, round);
    let of_cases = cases.iter().filter_map(|case| case.hamlet);
    let numbers: BTreeSet<u8> = areas.iter().filter_map(|area| area.number).chain(of_cases).collect();
    let of = |number: u8| {
        let held = meeting(areas, round, number);
        Some(HamletMeeting {
            hamlet: HamletCode::new(commune, number)?,
            name: names.get(&number).cloned(),
            place: held.place,
            date: held.date,
            chair: held.chair,
            secretary: held.secretary,
            invited: held.invited,
            present: held.present,
            opinions: held.opinions,
        })
    };
    numbers.into_iter().filter_map(of).collect()
}

/// The names that hamlets were last given, in a round or before.
pub(super) fn names(areas: &[AreaRecord], round: Round) -> BTreeMap<u8, String> {
    let mut of: Vec<&AreaRecord> = areas.iter().filter(|area| area.round <= round).collect();
    of.sort_by_key(|area| area.round);
    let named = |area: &AreaRecord| Some((area.number?, text(&area.doc, field::AREA_NAME)?));
    of.into_iter().filter_map(named).collect()
}

/// What a hamlet's record of a round says of its meeting.
pub(super) fn meeting(areas: &[AreaRecord], round: Round, number: u8) -> Meeting {
    let of_hamlet = areas.iter().find(|area| area.number == Some(number) && area.round == round);
    let Some(AreaRecord { doc, .. }) = of_hamlet else { return Meeting::default() };
    let count = |field| doc.get(field).and_then(Value::as_int);
    Meeting {
        place: text(doc, field::MEETING_PLACE),
        date: text(doc, field::MEETING_DATE),
        chair: text(doc, field::MEETING_CHAIR),
        secretary: text(doc, field::MEETING_SECRETARY),
        invited: count(field::MEETING_INVITED),
        present: count(field::MEETING_PRESENT),
        opinions: text(doc, field::MEETING_OPINIONS),
    }
}

fn text(doc: &Doc, field: &str) -> Option<String> {
    doc.get(field).and_then(Value::as_text).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned)
}

/// A case as a page shows it.
pub(super) fn case_of(case: &Case, round: Round, recognition: &Recognition) -> Option<MeetingCase> {
    let outcome = |confirmed| if confirmed { MeetingOutcome::Confirmed } else { MeetingOutcome::SentBack };
    let Complaint { text, date, answer, answered, resurvey } = case.complaint.clone();
    let complaint = FiledComplaint { text, date, answer, answered, resurvey };
    Some(MeetingCase {
        household: case.household?,
        hamlet: case.hamlet,
        head_name: case.head.name.clone(),
        birth_year: case.head.birth_year,
        members: case.members,
        start: case.start.map(Listed::class),
        class: case.class,
        recognised: case.due(),
        present: case.votes.present,
        agreed: case.votes.agreed,
        outcome: case.votes.confirmed.map(outcome),
        doubtful: case.votes.is_doubtful(meeting_rule(round)),
        complaint: (!case.complaint.is_empty()).then_some(complaint),
        certificate: case.certificate(recognition).map(|issued| issued.number),
    })
}
