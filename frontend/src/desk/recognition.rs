//! A round's meetings and recognition: where they stand, what is written of them, and their papers.

use std::future::Future;
use std::pin::Pin;

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::focus;
use soho_frontend::ui::format::count;
use soho_shared::area::{AreaCode, CommuneCode, HamletCode};
use soho_shared::household::Recognised;
use soho_shared::household::field::{
    MEETING_CHAIR, MEETING_DATE, MEETING_INVITED, MEETING_OPINIONS, MEETING_PLACE, MEETING_PRESENT,
    MEETING_SECRETARY, POSTING_FROM, POSTING_TO,
};
use soho_shared::record::{FieldPath, Round, Value};
use soho_shared::wire::recognition::{HamletMeeting, RecognitionCount, RecognitionPage};
use soho_shared::wire::rounds::{AreaEdit, CommuneDetail};
use soho_shared::words::day;

use crate::address::{Asked, Page};
use crate::cell::{Kind, Save, WrittenField};
use crate::communes::Communes;
use crate::head::Guard;
use crate::households::name_of;
use crate::net::{self, Question};
use crate::papers::Papers;
use crate::problem::Waiting;
use crate::recognition_cases::Cases;
use crate::recognition_numbers::{certificates, decision};
use crate::stages::StageMark;
use crate::state::{desk, href};

/// The commune and round that the page is about, and the hamlet where it is about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The commune.
    pub commune: CommuneCode,
    /// The round.
    pub round: Round,
    /// The hamlet.
    pub hamlet: Option<HamletCode>,
}

impl Place {
    /// The beginning of the addresses that are about the commune in the round.
    #[must_use]
    pub fn address(self) -> String {
        format!("/api/v1/rounds/{}/communes/{}", self.round, self.commune)
    }

    /// The beginning of a query, which narrows an answer to the hamlet: `?` or `?hamlet=4&`.
    #[must_use]
    pub fn query(self) -> String {
        self.hamlet.map_or_else(|| "?".to_owned(), |hamlet| format!("?hamlet={}&", hamlet.number))
    }
}

/// The names of the commune's hamlets.
#[derive(Clone, Copy)]
pub struct Names(StoredValue<Vec<(u8, String)>>);

impl Names {
    fn of(meetings: &[HamletMeeting]) -> Self {
        let name = |of: &HamletMeeting| (of.hamlet.number, name(of));
        Names(StoredValue::new(meetings.iter().map(name).collect()))
    }

    /// The name of a household's hamlet, or words where none is recorded.
    pub fn words(self, number: Option<u8>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
        let found = self.0.with_value(|names| {
            names.iter().find(|(of, _)| Some(*of) == number).map(|(_, name)| name.clone())
        });
        move || found.clone().unwrap_or_else(|| now("Chưa rõ ấp", "Hamlet not recorded").to_owned())
    }
}

fn name(meeting: &HamletMeeting) -> String {
    meeting.name.clone().unwrap_or_else(|| meeting.hamlet.name())
}

/// The page.
#[component]
pub fn Recognition() -> impl IntoView {
    view! { <Guard page=Page::Recognition><OfArea /></Guard> }.into_any()
}

#[component]
fn OfArea() -> impl IntoView {
    let desk = desk();
    let place = Memo::new(move |_| {
        let here = desk.here();
        Some(Place { commune: here.commune()?, round: here.round, hamlet: here.hamlet })
    });
    // Another hamlet is another page for whoever cannot see it.
    Effect::new(move |before: Option<Option<HamletCode>>| {
        let hamlet = desk.here().hamlet;
        if before.is_some_and(|before| before != hamlet) {
            focus("page-title");
        }
        hamlet
    });
    let under = move || match lang() {
        Lang::Vi => format!("Họp ấp, niêm yết và công nhận, đợt rà soát {}", desk.here().round),
        Lang::En => format!("Meetings, posting and recognition, round of {}", desk.here().round),
    };
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || name_of(desk.here().list_area())}</h1>
        <p class="lead under">{under}</p>
        {move || match place.get() {
            Some(place) => view! { <OfCommune place=place /> }.into_any(),
            None => view! { <Communes page=Page::Recognition /> }.into_any(),
        }}
    }
    .into_any()
}

#[component]
fn OfCommune(place: Place) -> impl IntoView {
    let question = Question::<RecognitionPage>::of(move || {
        Some(format!("{}/recognition{}", place.address(), place.query().trim_end_matches(['?', '&'])))
    });
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    view! {
        <Waiting question=question />
        {move || page.get().map(|page| parts(place, question, page))}
    }
    .into_any()
}

fn parts(place: Place, question: Question<RecognitionPage>, page: RecognitionPage) -> AnyView {
    let names = Names::of(&page.meetings);
    let hamlets = hamlets(place, &page.meetings);
    let is_whole = place.hamlet.is_none();
    let counts = is_whole.then(|| counts(&page.counts));
    let held: u64 = if is_whole {
        page.counts.iter().map(|of| of.certified).sum()
    } else {
        u64::try_from(page.certificates.iter().filter(|of| of.valid).count()).unwrap_or(u64::MAX)
    };
    let meeting = match place.hamlet {
        Some(hamlet) => meeting(place, page.meetings.iter().find(|of| of.hamlet == hamlet), hamlet),
        None => meetings(&page.meetings),
    };
    let posting = is_whole.then(|| posting(place, &page.posting));
    let decision = is_whole.then(|| decision(place, question, &page));
    view! {
        {hamlets}
        <section class="part" data-section="stand">
            <h2>{t("Đợt đang ở bước nào", "Where the round stands")}</h2>
            <p><StageMark stage=page.stage /></p>
            <p class="no-print">{to_round()}</p>
            {counts}
        </section>
        <Papers place=place certificates=held />
        {meeting}
        <Cases place=place names=names />
        {posting}
        {decision}
        {certificates(place, names, page)}
    }
    .into_any()
}

/// The link to the page on which the round is moved on.
#[must_use]
pub fn to_round() -> AnyView {
    let desk = desk();
    let to = move || href(Page::Commune, &desk.here(), lang());
    view! { <a href=to>{t("Chuyển bước ở trang đợt rà soát của xã", "Move it on, on the commune's page")}</a> }.into_any()
}

/// Links to the hamlets, and to the whole commune.
fn hamlets(place: Place, meetings: &[HamletMeeting]) -> AnyView {
    let link = |of: Option<&HamletMeeting>| {
        let (hamlet, name) = (of.map(|of| of.hamlet), of.map(name));
        let words = move || name.clone().unwrap_or_else(|| now("Cả xã", "Whole commune").to_owned());
        let current = (place.hamlet == hamlet).then_some("true");
        let number = hamlet.map(|hamlet| hamlet.number.to_string());
        view! { <li><a href=to_hamlet(hamlet) data-hamlet=number aria-current=current>{words}</a></li> }
    };
    let links = std::iter::once(None).chain(meetings.iter().map(Some)).map(link).collect_view();
    view! {
        <nav class="kinds no-print" aria-label=t("Các ấp, khu phố", "Hamlets")>
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}

fn to_hamlet(hamlet: Option<HamletCode>) -> impl Fn() -> String + Send + Sync + 'static {
    let desk = desk();
    move || href(Page::Recognition, &Asked { hamlet, ..desk.here() }, lang())
}

/// Of each kind of recognition, how many households there are and how many have a certificate.
fn counts(counts: &[RecognitionCount]) -> AnyView {
    let row = |of: &RecognitionCount| {
        let RecognitionCount { recognised, households, certified } = *of;
        view! {
            <tr data-recognised=recognised.word()>
                <th scope="row" data-col="name">{recognised_words(recognised)}</th>
                <td class="num">{move || count(households)}</td>
                <td class="num">{move || count(certified)}</td>
            </tr>
        }
    };
    view! {
        <div class="table-box">
            <table class="figures" data-testid="counts">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Công nhận là", "Recognised as")}</th>
                        <th scope="col" class="num">{t("Số hộ", "Households")}</th>
                        <th scope="col" class="num">{t("Đã có giấy chứng nhận", "With a certificate")}</th>
                    </tr>
                </thead>
                <tbody>{counts.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// As what a household is recognised, in words.
pub fn recognised_words(recognised: Recognised) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || recognised.name(lang())
}

/// The meetings of all hamlets.
fn meetings(meetings: &[HamletMeeting]) -> AnyView {
    let row = |of: &HamletMeeting| {
        let present = of.present.and_then(|present| u64::try_from(present).ok());
        view! {
            <tr data-hamlet=of.hamlet.number.to_string()>
                <th scope="row" data-col="name"><a href=to_hamlet(Some(of.hamlet))>{name(of)}</a></th>
                <td>{of.date.as_deref().map(day)}</td>
                <td>{of.place.clone()}</td>
                <td>{of.chair.clone()}</td>
                <td class="num">{move || present.map(count)}</td>
            </tr>
        }
    };
    let is_none = meetings.is_empty();
    view! {
        <section class="part" data-section="meetings">
            <h2 id="meetings-title">{t("Họp ấp", "Meetings of the hamlets")}</h2>
            <p class="hint">{if is_none {
                t("Xã chưa có ấp nào trong đợt này.", "The commune has no hamlet in this round yet.")
            } else {
                t("Chọn một ấp để ghi cuộc họp của ấp.", "Choose a hamlet to write of its meeting.")
            }}</p>
            <div class="table-box" role="region" tabindex="0" aria-labelledby="meetings-title" hidden=is_none>
                <table class="figures" data-testid="meetings">
                    <thead>
                        <tr>
                            <th scope="col" data-col="name">{t("Ấp", "Hamlet")}</th>
                            <th scope="col">{t("Ngày họp", "Day")}</th>
                            <th scope="col">{t("Địa điểm", "Place")}</th>
                            <th scope="col">{t("Chủ trì", "Chair")}</th>
                            <th scope="col" class="num">{t("Số người dự", "People present")}</th>
                        </tr>
                    </thead>
                    <tbody>{meetings.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// A field of an area that is written: what it holds, its id, its two names, and its path.
type Written = (Kind, &'static str, &'static str, &'static str, &'static str);

/// What is said of one hamlet's meeting.
fn meeting(place: Place, of: Option<&HamletMeeting>, hamlet: HamletCode) -> AnyView {
    let area = AreaCode::Hamlet(hamlet);
    let text = |read: fn(&HamletMeeting) -> &Option<String>| of.and_then(|of| read(of).clone());
    let number = |read: fn(&HamletMeeting) -> Option<i64>| of.and_then(read).map(|number| number.to_string());
    let fields: [(Written, Option<String>); 7] = [
        ((Kind::Date, "meeting-date", "Ngày họp", "Day", MEETING_DATE), text(|of| &of.date)),
        ((Kind::Text, "meeting-place", "Địa điểm", "Place", MEETING_PLACE), text(|of| &of.place)),
        ((Kind::Text, "meeting-chair", "Chủ trì", "Chair", MEETING_CHAIR), text(|of| &of.chair)),
        (
            (Kind::Text, "meeting-secretary", "Thư ký", "Secretary", MEETING_SECRETARY),
            text(|of| &of.secretary),
        ),
        (
            (Kind::Count, "meeting-invited", "Số hộ được mời", "Households invited", MEETING_INVITED),
            number(|of| of.invited),
        ),
        (
            (Kind::Count, "meeting-present", "Số người dự", "People present", MEETING_PRESENT),
            number(|of| of.present),
        ),
        (
            (Kind::Lines, "meeting-opinions", "Ý kiến tại cuộc họp", "What was said", MEETING_OPINIONS),
            text(|of| &of.opinions),
        ),
    ];
    view! {
        <section class="part" data-section="meeting">
            <h2>{t("Cuộc họp của ấp", "The hamlet's meeting")}</h2>
            <p class="hint no-print">{t("Rời khỏi ô là đã ghi.", "A field is saved when you leave it.")}</p>
            <div class="fields">{fields.map(|(field, held)| written(place, area, field, held))}</div>
        </section>
    }
    .into_any()
}

/// The days on which the lists are posted.
fn posting(place: Place, posting: &[Option<String>; 2]) -> AnyView {
    let area = AreaCode::Commune(place.commune);
    let [from, to] = posting.clone();
    view! {
        <section class="part" data-section="posting">
            <h2>{t("Niêm yết", "Posting")}</h2>
            <p class="hint no-print">{t("Rời khỏi ô là đã ghi.", "A field is saved when you leave it.")}</p>
            <div class="fields">
                {written(place, area, (Kind::Date, "posting-from", "Từ ngày", "From", POSTING_FROM), from)}
                {written(place, area, (Kind::Date, "posting-to", "Đến ngày", "Until", POSTING_TO), to)}
            </div>
        </section>
    }
    .into_any()
}

/// The field with its label; `held` is what the server holds.
fn written(place: Place, area: AreaCode, of: Written, held: Option<String>) -> AnyView {
    let (kind, id, vi, en, field) = of;
    let value = RwSignal::new(held.unwrap_or_default());
    let url = format!("/api/v1/rounds/{}/areas/{area}", place.round);
    let save: Save = Callback::new(move |(field, typed): (&'static str, Value)| {
        let (url, shown) = (url.clone(), shown(&typed));
        let fields = field.parse().ok().map(|field: FieldPath| (field, typed)).into_iter().collect();
        let write = async move {
            net::write::<CommuneDetail>(Request::patch(&url), &AreaEdit { fields }).await?;
            value.try_set(shown);
            Ok(())
        };
        let written: Pin<Box<dyn Future<Output = _>>> = Box::pin(write);
        written
    });
    view! {
        <div class="field">
            <label for=id>{t(vi, en)}</label>
            <WrittenField
                save=save
                id=id.to_owned()
                testid=id.to_owned()
                kind=kind
                field=field
                value=value
            />
        </div>
    }
    .into_any()
}

/// A value as its field shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_the_hamlet_where_there_is_one() {
        let commune: CommuneCode = "29173".parse().unwrap();
        let place = |number| Place {
            commune,
            round: "2011".parse().unwrap(),
            hamlet: HamletCode::new(commune, number),
        };
        assert_eq!(place(0).address(), "/api/v1/rounds/2011/communes/29173");
        assert_eq!([0, 4].map(|number| place(number).query()), ["?", "?hamlet=4&"]);
    }
}
