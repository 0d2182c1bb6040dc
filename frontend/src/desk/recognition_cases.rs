//! The households that are put to hamlet meetings: votes and outcome of each, and what it complains of after the posting.

use std::future::Future;
use std::pin::Pin;

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{ClassBadge, focus, usual_standard};
use soho_shared::household::field::{
    COMPLAINT_ANSWER, COMPLAINT_ANSWERED, COMPLAINT_DATE, COMPLAINT_RESURVEY, COMPLAINT_TEXT, MEETING_AGREED,
    MEETING_PRESENT, MEETING_RESULT,
};
use soho_shared::law::{last_standard, meeting_rule};
use soho_shared::record::{FieldPath, Round, Value};
use soho_shared::standard::Standard;
use soho_shared::wire::recognition::{CaseEdit, CasePage, FiledComplaint, MeetingCase, MeetingOutcome};

use crate::cell::{Kind, Save, WrittenField};
use crate::household::{head_words, story};
use crate::net::{self, Question};
use crate::problem::Waiting;
use crate::recognition::{Names, Place, recognised_words};
use crate::rounds::LONG;

/// The rule by which a meeting confirms, and where it is written.
fn rule_words(round: Round, lang: Lang) -> String {
    let Some(rule) = meeting_rule(round) else {
        return lang
            .pick(
                "Chưa rõ đợt này cần bao nhiêu người đồng ý, nên trang không nhắc khi ít phiếu.",
                "How many have to agree in this round is not established: few voices are not marked.",
            )
            .to_owned();
    };
    let majority = rule.majority.name(lang);
    let source = rule.source.cited(lang);
    match lang {
        Lang::Vi => format!("Hộ được xác nhận khi {majority} đồng ý ({source})."),
        Lang::En => format!("A household is confirmed when {majority} agree ({source})."),
    }
}

/// In whose words the classes are told: the standard of the round's last word.
#[must_use]
pub fn standard(round: Round) -> &'static Standard {
    let year = i16::try_from(round.year()).unwrap_or(0);
    last_standard(year).unwrap_or_else(usual_standard)
}

/// The cases, each vote written when its field is left.
#[component]
pub fn Cases(
    /// Of which commune, round and hamlet.
    place: Place,
    /// The names of hamlets.
    names: Names,
) -> impl IntoView {
    let question = Question::<CasePage>::of(move || {
        Some(format!("{}/cases{}", place.address(), place.query().trim_end_matches(['?', '&'])))
    });
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    view! {
        <section class="part" data-section="cases">
            <h2 id="cases-title" tabindex="-1">{t("Các hộ đưa ra họp", "Households put to the meeting")}</h2>
            <p class="hint" data-testid="majority">{move || rule_words(place.round, lang())}</p>
            <Waiting question=question />
            {move || page.get().map(|page| list(place, names, page))}
        </section>
    }
    .into_any()
}

fn list(place: Place, names: Names, page: CasePage) -> AnyView {
    if page.cases.is_empty() {
        return view! {
            <p data-testid="cases-empty">{t(
                "Chưa có hộ nào để đưa ra họp: hộ có ở đây khi phiếu rà soát đã đủ để xếp hạng.",
                "There is no household to put to the meeting yet: it is here once its record is complete.",
            )}</p>
        }
        .into_any();
    }
    let is_long = page.cases.len() > LONG;
    let is_whole = place.hamlet.is_none();
    let rows = page.cases.into_iter().map(|case| line(place, names, case)).collect_view();
    view! {
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="cases-title">
            <table class="figures hamlets" data-testid="cases">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Chủ hộ", "Head")}</th>
                        {is_whole.then(|| view! { <th scope="col">{t("Ấp", "Hamlet")}</th> })}
                        <th scope="col">{t("Đề nghị", "Proposed")}</th>
                        <th scope="col" class="num">{t("Số người dự", "Present")}</th>
                        <th scope="col" class="num">{t("Đồng ý", "Agreed")}</th>
                        <th scope="col">{t("Kết quả", "Result")}</th>
                        <th scope="col">{t("Khiếu nại", "Complaint")}</th>
                        <th scope="col" class="num">{t("Giấy chứng nhận", "Certificate")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {page.more.then(|| view! {
            <p>{t(
                "Chỉ hiện 500 hộ đầu: hãy chọn một ấp để thấy đủ.",
                "Only the first 500 are shown: choose a hamlet to see all of it.",
            )}</p>
        })}
    }
    .into_any()
}

const OUTCOMES: Kind = Kind::Choice(&[
    ("confirmed", "Xác nhận", "Confirmed"),
    ("sent_back", "Trả lại, rà soát lại", "Sent back"),
]);

const YES: Kind = Kind::Choice(&[("true", "Có", "Yes")]);

/// A field of a case: what it holds, its word in ids, its two names, its path, and where it is read.
type Field = (Kind, &'static str, &'static str, &'static str, &'static str, fn(&MeetingCase) -> String);

const PRESENT: Field =
    (Kind::Count, "present", "số người dự", "people present", MEETING_PRESENT, |case| {
        digits(case.present)
    });
const AGREED: Field =
    (Kind::Count, "agreed", "số người đồng ý", "people who agreed", MEETING_AGREED, |case| {
        digits(case.agreed)
    });
const RESULT: Field =
    (OUTCOMES, "result", "kết quả họp", "result of the meeting", MEETING_RESULT, |case| {
        let word = case.outcome.map(|outcome| match outcome {
            MeetingOutcome::Confirmed => "confirmed",
            MeetingOutcome::SentBack => "sent_back",
        });
        word.unwrap_or_default().to_owned()
    });

const COMPLAINT: [Field; 5] = [
    (
        Kind::Lines,
        "complaint-text",
        "Nội dung khiếu nại",
        "What it complains of",
        COMPLAINT_TEXT,
        |case| complaint(case, |of| of.text.clone()),
    ),
    (Kind::Date, "complaint-date", "Ngày nhận", "Received on", COMPLAINT_DATE, |case| {
        complaint(case, |of| of.date.clone())
    }),
    (Kind::Lines, "complaint-answer", "Trả lời", "Answer", COMPLAINT_ANSWER, |case| {
        complaint(case, |of| of.answer.clone())
    }),
    (Kind::Date, "complaint-answered", "Ngày trả lời", "Answered on", COMPLAINT_ANSWERED, |case| {
        complaint(case, |of| of.answered.clone())
    }),
    (
        YES,
        "complaint-resurvey",
        "Rà soát lại hộ này",
        "To be surveyed again",
        COMPLAINT_RESURVEY,
        |case| complaint(case, |of| of.resurvey.then(|| "true".to_owned())),
    ),
];

fn digits(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn complaint(case: &MeetingCase, read: fn(&FiledComplaint) -> Option<String>) -> String {
    case.complaint.as_ref().and_then(read).unwrap_or_default()
}

/// A household, and the way to write about it.
#[derive(Clone, Copy)]
struct Shown {
    case: RwSignal<MeetingCase>,
    /// Address to which it is written.
    url: StoredValue<String>,
    /// Numbers of the last write that was begun, and of the last one whose answer is shown.
    writes: StoredValue<(u32, u32)>,
}

impl Shown {
    fn save(self) -> Save {
        Callback::new(move |(field, value): (&'static str, Value)| {
            let written: Pin<Box<dyn Future<Output = _>>> = Box::pin(self.write(field, value));
            written
        })
    }

    fn write(
        self,
        field: &'static str,
        value: Value,
    ) -> impl Future<Output = Result<(), net::Problem>> + 'static {
        let url = self.url.try_get_value().unwrap_or_default();
        let edit = CaseEdit {
            fields: field.parse::<FieldPath>().ok().map(|field| (field, value)).into_iter().collect(),
        };
        let begun = self.writes.try_update_value(|(begun, _)| {
            *begun += 1;
            *begun
        });
        async move {
            let told: MeetingCase = net::write(Request::patch(&url), &edit).await?;
            // A later answer may be there already.
            let is_newest = self.writes.try_update_value(|(_, taken)| {
                let is_newest = begun > Some(*taken);
                *taken = begun.unwrap_or_default().max(*taken);
                is_newest
            });
            if is_newest == Some(true) {
                self.case.try_set(told);
            }
            Ok(())
        }
    }

    /// The input of a field.
    fn input(self, of: Field, head: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
        let (kind, word, vi, en, field, read) = of;
        let value = Memo::new(move |_| self.case.with(read));
        let id = format!("{word}-{}", self.case.with_untracked(|case| case.household));
        let label = move || format!("{}: {}", head(), now(vi, en));
        view! {
            <WrittenField
                save=self.save()
                id=id
                testid=word.to_owned()
                label=TextProp::from(label)
                kind=kind
                field=field
                value=value
            />
        }
        .into_any()
    }
}

fn line(place: Place, names: Names, case: MeetingCase) -> AnyView {
    let household = case.household;
    let url = StoredValue::new(format!("{}/households/{household}", place.address()));
    let head = head_words(case.head_name.clone());
    let hamlet = place.hamlet.is_none().then(|| view! { <td>{names.words(case.hamlet)}</td> });
    let born = case.birth_year.map(|year| view! { <small class="of">{year.to_string()}</small> });
    let class = case.class.map(|class| view! { <ClassBadge class=class standard=standard(place.round) /> });
    let proposed = case.recognised.map(|of| view! { <small class="of">{recognised_words(of)}</small> });
    let certificate = case.certificate.map(|number| number.to_string());
    let columns = 7 + usize::from(place.hamlet.is_none());
    let shown = Shown { case: RwSignal::new(case), url, writes: StoredValue::new((0, 0)) };
    let cell = |of: Field| shown.input(of, head.clone());
    let is_open = RwSignal::new(false);
    let complains = move || shown.case.with(|case| case.complaint.is_some());
    let words = move || {
        if complains() {
            now("✓ Có khiếu nại", "✓ Complained")
        } else {
            now("Ghi khiếu nại", "Record one")
        }
    };
    let label = {
        let head = head.clone();
        move || format!("{}: {}", words(), head())
    };
    let turn = move |_| {
        is_open.update(|is_open| *is_open = !*is_open);
        if is_open.get_untracked() {
            focus(&format!("complaint-text-{household}"));
        }
    };
    let fields = {
        let head = head.clone();
        move || {
            let fields = COMPLAINT.map(|of| {
                view! {
                    <div class="field">
                        <label for=format!("{}-{household}", of.1)>{t(of.2, of.3)}</label>
                        {shown.input(of, head.clone())}
                    </div>
                }
            });
            view! {
                <tr class="no-print">
                    <td colspan=columns.to_string()><div class="fields complaint">{fields}</div></td>
                </tr>
            }
        }
    };
    view! {
        <tr data-testid="case" data-household=household.to_string()>
            <th scope="row" data-col="name">
                <a href=story(household) rel="external">{head.clone()}</a>
                {born}
            </th>
            {hamlet}
            <td>{class}{proposed}</td>
            <td class="num">{cell(PRESENT)}</td>
            <td class="num">{cell(AGREED)}</td>
            <td>
                {cell(RESULT)}
                <Show when=move || shown.case.with(|case| case.doubtful)>
                    <span class="doubt" role="status" data-testid="doubt">
                        {t("Ít người đồng ý hơn quy định", "Fewer agreed than the rule asks for")}
                    </span>
                </Show>
            </td>
            <td>
                <button
                    type="button"
                    class="button plain"
                    data-testid="complaint"
                    aria-label=label
                    aria-expanded=move || is_open.get().to_string()
                    on:click=turn
                >
                    {words}
                </button>
            </td>
            <td class="num" data-testid="certificate">{certificate}</td>
        </tr>
        <Show when=move || is_open.get()>{fields()}</Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_told_with_its_source() {
        let words = |round: &str, lang| rule_words(round.parse().unwrap(), lang);
        assert!(
            words("2012", Lang::Vi).contains("quá nửa số người dự họp đồng ý ("),
            "{}",
            words("2012", Lang::Vi)
        );
        assert!(words("2022", Lang::En).contains("agree ("), "{}", words("2022", Lang::En));
        assert!(words("2011", Lang::Vi).contains("Chưa rõ"));
    }

    #[test]
    fn fields_show_what_the_case_holds() {
        let case = MeetingCase {
            household: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            hamlet: Some(4),
            head_name: None,
            birth_year: None,
            members: None,
            start: None,
            class: None,
            recognised: None,
            present: Some(40),
            agreed: None,
            outcome: Some(MeetingOutcome::SentBack),
            doubtful: false,
            complaint: Some(FiledComplaint {
                text: Some("Nhà tôi đông người hơn".to_owned()),
                date: Some("2011-12-07".to_owned()),
                answer: None,
                answered: None,
                resurvey: true,
            }),
            certificate: None,
        };
        let told = [PRESENT, AGREED, RESULT].map(|of| (of.5)(&case));
        assert_eq!(told, ["40", "", "sent_back"]);
        let told = COMPLAINT.map(|of| (of.5)(&case));
        assert_eq!(told, ["Nhà tôi đông người hơn", "2011-12-07", "", "", "true"]);
    }
}
