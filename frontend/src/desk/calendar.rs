//! The calendar of reports (lịch báo cáo): what the area itself is to send, and how the units in it stand.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{Notice, Tone, focus};
use soho_shared::access::Role;
use soho_shared::area::{AreaCode, UnitCode};
use soho_shared::calendar::{Delivery, DeliveryState, Duty, Sender};
use soho_shared::record::Round;
use soho_shared::report::ReportKind;
use soho_shared::wire::calendar::{CalendarPage, DutyTerms, TermSums};
use soho_shared::words::day;

use crate::address::{Asked, Page};
use crate::calendar_duties::{Duties, Kept};
use crate::calendar_mark::{Mark, Which};
use crate::head::Guard;
use crate::net::{Problem, Question};
use crate::problem::{Refused, Waiting};
use crate::rounds::LONG;
use crate::state::{desk, href};

/// The page.
#[component]
pub fn Calendar() -> impl IntoView {
    view! { <Guard page=Page::Calendar><OfArea /></Guard> }.into_any()
}

#[component]
fn OfArea() -> impl IntoView {
    let desk = desk();
    let question = Question::<CalendarPage>::of(move || {
        let here = desk.here();
        Some(format!("/api/v1/calendar?area={}&round={}", here.area, here.round))
    });
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let under = move || match lang() {
        Lang::Vi => format!("Lịch báo cáo năm {}", desk.here().round),
        Lang::En => format!("Calendar of reports, {}", desk.here().round),
    };
    // What is typed into the list stays while other things of the page change.
    let entered = Memo::new(move |_| {
        let duties = |page: &CalendarPage| page.duties.iter().filter_map(entered_in).collect::<Vec<_>>();
        let is_open = may_enter(desk.who().role) && matches!(desk.here().area, AreaCode::Province(_));
        page.with(|page| page.as_ref().filter(|_| is_open).map(duties))
    });
    let kept = Kept::none();
    Effect::new(move |before: Option<Round>| {
        let round = desk.here().round;
        if before.is_some_and(|before| before != round) {
            kept.begin();
        }
        round
    });
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Waiting question=question />
        {move || page.with(|page| page.as_ref().is_some_and(|page| page.duties.is_empty())).then(nothing_due)}
        <Own page=page question=question />
        {move || page.get().and_then(|page| of_units(&page))}
        <Units sums=question />
        {move || entered.get().map(|duties| view! { <Duties duties=duties question=question kept=kept /> })}
    }
    .into_any()
}

/// Whether a role says which reports there are.
const fn may_enter(role: Option<Role>) -> bool {
    matches!(role, None | Some(Role::Province))
}

/// A report that an officer has entered.
fn entered_in(of: &DutyTerms) -> Option<Duty> {
    Some(&of.duty).filter(|duty| duty.source.is_none()).cloned()
}

fn nothing_due() -> AnyView {
    view! {
        <Notice tone=Tone::Info>
            <p data-testid="no-duties">{t(
                "Năm này lịch chưa có báo cáo nào. Cán bộ tỉnh đặt lịch ở trang này, chọn đơn vị là tỉnh.",
                "The calendar of this year has no report yet. The province's officer enters them here, with the province as the area.",
            )}</p>
        </Notice>
    }
    .into_any()
}

/// A report with what one is on, and how a unit stands with it.
struct Line<'p> {
    duty: &'p Duty,
    term: &'p TermSums,
    delivery: &'p Delivery,
}

/// What a unit itself is to send, the most urgent first.
fn lines_of(page: &CalendarPage) -> Vec<(UnitCode, Line<'_>)> {
    let mut lines: Vec<_> = Vec::new();
    for DutyTerms { duty, terms, units } in &page.duties {
        let Some(own) = units.iter().find(|own| own.unit.area() == page.area) else { continue };
        let each = terms.iter().zip(&own.deliveries);
        lines.extend(each.map(|(term, delivery)| (own.unit, Line { duty, term, delivery })));
    }
    lines.sort_by(|(_, one), (_, other)| {
        let key = |of: &Line<'_>| rank(of.delivery.state);
        key(one).cmp(&key(other)).then_with(|| one.term.due.cmp(&other.term.due))
    });
    lines
}

/// How urgent something is: the smaller, the more.
const fn rank(state: DeliveryState) -> u8 {
    match state {
        DeliveryState::Late => 0,
        DeliveryState::Due => 1,
        DeliveryState::Sent => 2,
        DeliveryState::NotYet => 3,
        DeliveryState::Received => 4,
    }
}

/// The section with what the area itself is to send.
#[component]
fn Own(page: Memo<Option<CalendarPage>>, question: Question<CalendarPage>) -> impl IntoView {
    let is_sender =
        Memo::new(move |_| page.with(|page| page.as_ref().is_some_and(|page| !lines_of(page).is_empty())));
    let refused = RwSignal::new(None);
    let table = move || page.get().map(|page| own_table(question, &page, refused));
    view! {
        <Show when=move || is_sender.get()>
            <section class="part" data-section="own-reports">
                <h2 id="own-title" tabindex="-1">{t("Báo cáo phải gửi", "Reports to send")}</h2>
                <p class="hint no-print">{t(
                    "Gửi báo cáo xong thì chọn ngày gửi rồi bấm “Đã gửi”. Cấp trên nhận được sẽ ghi “Đã nhận”.",
                    "Once a report is sent choose the day and press “Sent”. The office above then says that it has received it.",
                )}</p>
                <Refused id="own-problem" problem=refused />
                {table}
            </section>
        </Show>
    }
    .into_any()
}

fn own_table(
    question: Question<CalendarPage>,
    page: &CalendarPage,
    refused: RwSignal<Option<Problem>>,
) -> AnyView {
    let lines = lines_of(page);
    let is_long = lines.len() > LONG;
    let row = |(unit, line): &(UnitCode, Line<'_>)| {
        let Line { duty, term, delivery } = *line;
        // Before its time begins there is nothing to send; what was received stays as it was sent.
        let is_open = term.first <= page.today && delivery.state != DeliveryState::Received;
        let mark = is_open.then(|| {
            let which = Which { unit: *unit, duty: duty.id.clone(), nth: term.nth };
            let about = about(duty, term);
            let about = Signal::derive(move || about(lang()));
            view! {
                <Mark
                    which=which
                    is_receipt=false
                    said=delivery.sent.clone()
                    today=page.today.clone()
                    about=about
                    asked=vec![question]
                    refused=refused
                    then="own-title"
                />
            }
        });
        view! {
            <tr data-testid="own-report" data-duty=duty.id.clone() data-nth=term.nth.to_string()>
                <th scope="row" data-col="name">{duty_name(duty)}</th>
                <td>{term_name(term)}</td>
                <td class="num">{day(&term.due)}</td>
                <td>{state_mark(delivery)}</td>
                <td class="no-print">{mark}</td>
            </tr>
        }
    };
    let rows = lines.iter().map(row).collect_view();
    view! {
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="own-title">
            <table class="figures" data-testid="own-reports">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Báo cáo", "Report")}</th>
                        <th scope="col">{t("Kỳ", "On")}</th>
                        <th scope="col" class="num">{t("Hạn", "Due")}</th>
                        <th scope="col">{t("Tình trạng", "State")}</th>
                        <th scope="col" class="no-print">{t("Ghi ngày gửi", "Say when it was sent")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A report's name, as a link to the report of this register that says what it asks for, and where it is written.
fn duty_name(duty: &Duty) -> AnyView {
    let desk = desk();
    let name = duty.name.clone();
    let words = move || name.text(lang()).to_owned();
    let kind = duty.report.as_deref().and_then(|word| word.parse::<ReportKind>().ok());
    let named = match kind {
        Some(kind) => {
            let to = move || href(Page::Reports, &Asked { kind: Some(kind), ..desk.here() }, lang());
            view! { <a href=to>{words}</a> }.into_any()
        }
        None => view! { <span>{words}</span> }.into_any(),
    };
    let cited = duty.source.clone().map(|source| {
        view! { <small class="of">{move || source.text(lang()).to_owned()}</small> }
    });
    view! { {named} {cited} }.into_any()
}

fn term_name(term: &TermSums) -> impl Fn() -> String + Send + Sync + use<> {
    let name = term.name.clone();
    move || name.text(lang()).to_owned()
}

/// Which report it is: its name, and what it is on.
fn about(duty: &Duty, term: &TermSums) -> impl Fn(Lang) -> String + Send + Sync + use<> {
    let (duty, term) = (duty.name.clone(), term.name.clone());
    move |lang| format!("{}, {}", duty.text(lang), term.text(lang))
}

/// How it stands with a report, as a sign, words and colour.
fn state_mark(delivery: &Delivery) -> AnyView {
    let (sign, word) = match delivery.state {
        DeliveryState::Late => ("✗", "late"),
        DeliveryState::Due => ("○", "due"),
        DeliveryState::NotYet => ("–", "not_yet"),
        DeliveryState::Sent => ("▶", "sent"),
        DeliveryState::Received => ("✓", "received"),
    };
    let delivery = delivery.clone();
    view! {
        <span class="delivery" data-testid="delivery" data-state=word>
            <span aria-hidden="true">{sign}</span> <span>{move || state_words(&delivery, lang())}</span>
        </span>
    }
    .into_any()
}

/// How it stands with a report, in words.
fn state_words(delivery: &Delivery, lang: Lang) -> String {
    let days = delivery.days;
    let said = |vi: &str, en: &str, date: Option<&String>| {
        let date = date.map(|date| format!(" {}", day(date))).unwrap_or_default();
        let late = if days > 0 { format!(", {}", late_words(days, lang)) } else { String::new() };
        format!("{}{date}{late}", lang.pick(vi, en))
    };
    match delivery.state {
        DeliveryState::NotYet => lang.pick("chưa hết kỳ", "not over yet").to_owned(),
        DeliveryState::Due if days == 0 => lang.pick("hạn hôm nay", "due today").to_owned(),
        DeliveryState::Due => match lang {
            Lang::Vi => format!("còn {days}\u{a0}ngày"),
            Lang::En => format!("{} left", days_words(days)),
        },
        DeliveryState::Late => late_words(days, lang),
        DeliveryState::Sent => said("đã gửi", "sent", delivery.sent.as_ref()),
        DeliveryState::Received => said("đã nhận", "received", delivery.received.as_ref()),
    }
}

fn late_words(days: u16, lang: Lang) -> String {
    match lang {
        Lang::Vi => format!("trễ {days}\u{a0}ngày"),
        Lang::En => format!("{} late", days_words(days)),
    }
}

fn days_words(days: u16) -> String {
    if days == 1 { "1\u{a0}day".to_owned() } else { format!("{days}\u{a0}days") }
}

/// How urgent a report of many units is, by day: somebody is late, somebody is to send it, something is to be received, nothing
/// is to be done.
fn urgency(term: &TermSums, today: &str) -> u8 {
    let is_over = term.last.as_str() < today;
    match term.sums {
        sums if sums.late > 0 => 0,
        sums if is_over && sums.sent < sums.units => 1,
        sums if sums.received < sums.sent => 2,
        sums if sums.received < sums.units => 3,
        _ => 4,
    }
}

/// The section with what units within the area send: of each report how many have.
fn of_units(page: &CalendarPage) -> Option<AnyView> {
    let is_others = |of: &&DutyTerms| of.units.iter().all(|unit| unit.unit.area() != page.area);
    let others = page.duties.iter().filter(is_others);
    let mut lines: Vec<(&Duty, &TermSums)> =
        others.flat_map(|of| of.terms.iter().map(move |term| (&of.duty, term))).collect();
    if lines.is_empty() {
        return None;
    }
    lines.sort_by(|(_, one), (_, other)| {
        let key = |term: &TermSums| urgency(term, &page.today);
        key(one).cmp(&key(other)).then_with(|| one.due.cmp(&other.due))
    });
    let is_long = lines.len() > LONG;
    let rows = lines.into_iter().map(|(duty, term)| sums_row(duty, term)).collect_view();
    let section = view! {
        <section class="part" data-section="sums">
            <h2 id="sums-title">{t("Báo cáo của các đơn vị", "Reports of the units")}</h2>
            <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="sums-title">
                <table class="figures" data-testid="sums">
                    <thead>
                        <tr>
                            <th scope="col" data-col="name">{t("Báo cáo", "Report")}</th>
                            <th scope="col">{t("Kỳ", "On")}</th>
                            <th scope="col" class="num">{t("Hạn", "Due")}</th>
                            <th scope="col" class="num">{t("Trễ", "Late")}</th>
                            <th scope="col" class="num">{t("Đã gửi", "Sent")}</th>
                            <th scope="col" class="num">{t("Đã nhận", "Received")}</th>
                            <th scope="col" class="num">{t("Phải gửi", "To send it")}</th>
                            <th scope="col" class="no-print">{t("Từng đơn vị", "By unit")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    };
    Some(section.into_any())
}

fn sums_row(duty: &Duty, term: &TermSums) -> AnyView {
    let desk = desk();
    let TermSums { nth, sums, .. } = *term;
    let of = (duty.id.clone(), nth);
    let asked = of.clone();
    let to = move || href(Page::Calendar, &Asked { duty: Some(of.clone()), ..desk.here() }, lang());
    let current = move || (desk.here().duty.as_ref() == Some(&asked)).then_some("true");
    let late = if sums.late > 0 {
        let number = sums.late.to_string();
        view! {
            <span class="delivery" data-state="late"><span aria-hidden="true">"✗"</span> <span>{number}</span></span>
        }
        .into_any()
    } else {
        view! { <span>"0"</span> }.into_any()
    };
    let from = duty.from;
    view! {
        <tr data-testid="sums-row" data-duty=duty.id.clone() data-nth=nth.to_string() aria-current=current>
            <th scope="row" data-col="name">
                {duty_name(duty)} <small class="of">{move || sender_words(from, lang())}</small>
            </th>
            <td>{term_name(term)}</td>
            <td class="num">{day(&term.due)}</td>
            <td class="num" data-sum="late">{late}</td>
            <td class="num" data-sum="sent">{sums.sent.to_string()}</td>
            <td class="num" data-sum="received">{sums.received.to_string()}</td>
            <td class="num" data-sum="units">{sums.units.to_string()}</td>
            <td class="no-print"><a href=to data-noscroll="" data-testid="by-unit">{t("Xem", "Show")}</a></td>
        </tr>
    }
    .into_any()
}

/// Who sends a report, in words.
const fn sender_words(from: Sender, lang: Lang) -> &'static str {
    match from {
        Sender::Commune => lang.pick("xã gửi huyện", "communes to their district"),
        Sender::District => lang.pick("huyện gửi tỉnh", "districts to the province"),
    }
}

/// The section with each unit of one report, which the address names.
#[component]
fn Units(sums: Question<CalendarPage>) -> impl IntoView {
    let desk = desk();
    let asked = Memo::new(move |_| desk.here().duty);
    let id = Memo::new(move |_| asked.get().map(|(id, _)| id));
    let question = Question::<CalendarPage>::of(move || {
        let id = id.get()?;
        let here = desk.here();
        Some(format!("/api/v1/calendar?area={}&round={}&duty={id}", here.area, here.round))
    });
    // What was chosen from the list is read next.
    Effect::new(move |before: Option<Option<(String, u8)>>| {
        let chosen = asked.get();
        if before.is_some_and(|before| before != chosen) && chosen.is_some() {
            focus("units-title");
        }
        chosen
    });
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let refused = RwSignal::new(None);
    let table = move || {
        let (id, nth) = asked.get()?;
        let page = page.get()?;
        let of = page.duties.iter().find(|of| of.duty.id == id);
        Some(of.and_then(|of| units(&[sums, question], &page, of, nth, refused)).unwrap_or_else(nobody))
    };
    view! {
        <Show when=move || asked.with(Option::is_some)>
            <section class="part" data-section="units">
                <h2 id="units-title" tabindex="-1">{t("Từng đơn vị", "By unit")}</h2>
                <Waiting question=question />
                <Refused id="units-problem" problem=refused />
                {table}
            </section>
        </Show>
    }
    .into_any()
}

fn nobody() -> AnyView {
    view! { <p>{t("Ở đây không có đơn vị nào gửi báo cáo này.", "Nobody here sends this report.")}</p> }
        .into_any()
}

/// How each unit stands with one report; `None` for one that the year does not have.
fn units(
    questions: &[Question<CalendarPage>],
    page: &CalendarPage,
    of: &DutyTerms,
    nth: u8,
    refused: RwSignal<Option<Problem>>,
) -> Option<AnyView> {
    let place = of.terms.iter().position(|term| term.nth == nth)?;
    let term = &of.terms[place];
    let mut lines: Vec<(UnitCode, &Delivery)> =
        of.units.iter().filter_map(|unit| Some((unit.unit, unit.deliveries.get(place)?))).collect();
    lines.sort_by_key(|(_, delivery)| rank(delivery.state));
    let receives = desk().who().role.is_none_or(|role| role >= of.duty.from.receiver());
    let is_open = receives && term.first <= page.today;
    let is_long = lines.len() > LONG;
    let row = |(unit, delivery): (UnitCode, &Delivery)| {
        let name = unit.area().name();
        let mark = is_open.then(|| {
            let which = Which { unit, duty: of.duty.id.clone(), nth };
            view! {
                <Mark
                    which=which
                    is_receipt=true
                    said=delivery.received.clone()
                    today=page.today.clone()
                    about=name.clone()
                    asked=questions.to_vec()
                    refused=refused
                    then="units-title"
                />
            }
        });
        view! {
            <tr data-testid="unit" data-unit=unit.to_string()>
                <th scope="row" data-col="name" lang="vi">{name}</th>
                <td>{state_mark(delivery)}</td>
                <td class="num">{delivery.sent.as_deref().map(day)}</td>
                {receives.then(|| view! { <td class="no-print">{mark}</td> })}
            </tr>
        }
    };
    let rows = lines.into_iter().map(row).collect_view();
    let (about, due) = (about(&of.duty, term), day(&term.due));
    let about = move || format!("{}. {} {due}.", about(lang()), now("Hạn", "Due on"));
    let table = view! {
        <p>{about}</p>
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="units-title">
            <table class="figures" data-testid="units">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Đơn vị", "Unit")}</th>
                        <th scope="col">{t("Tình trạng", "State")}</th>
                        <th scope="col" class="num">{t("Ngày gửi", "Sent on")}</th>
                        {receives.then(|| view! {
                            <th scope="col" class="no-print">{t("Ghi ngày nhận", "Say when it was received")}</th>
                        })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Some(table.into_any())
}

#[cfg(test)]
mod tests {
    use soho_shared::calendar::{DeliverySums, Every};
    use soho_shared::standard::Note;
    use soho_shared::wire::calendar::UnitDeliveries;

    use super::*;

    fn delivery(state: DeliveryState, days: u16) -> Delivery {
        let date = |text: &str| Some(text.to_owned());
        let (sent, received) = match state {
            DeliveryState::Sent => (date("2023-03-04"), None),
            DeliveryState::Received => (date("2023-03-04"), date("2023-03-06")),
            _ => (None, None),
        };
        Delivery { state, days, sent, received }
    }

    fn term(nth: u8, due: &str, [late, sent, received]: [u16; 3]) -> TermSums {
        let name = Note { vi: "kỳ".into(), en: "term".into() };
        let last = due.replace("-05", "-01");
        let sums = DeliverySums { units: 3, sent, received, late };
        TermSums { nth, name, first: last.clone(), last, due: due.to_owned(), sums }
    }

    #[test]
    fn a_state_is_told_in_words() {
        for (state, days, vi, en) in [
            (DeliveryState::NotYet, 12, "chưa hết kỳ", "not over yet"),
            (DeliveryState::Due, 0, "hạn hôm nay", "due today"),
            (DeliveryState::Due, 4, "còn 4\u{a0}ngày", "4\u{a0}days left"),
            (DeliveryState::Late, 1, "trễ 1\u{a0}ngày", "1\u{a0}day late"),
            (DeliveryState::Sent, 0, "đã gửi 04/03/2023", "sent 04/03/2023"),
            (
                DeliveryState::Sent,
                2,
                "đã gửi 04/03/2023, trễ 2\u{a0}ngày",
                "sent 04/03/2023, 2\u{a0}days late",
            ),
            (DeliveryState::Received, 0, "đã nhận 06/03/2023", "received 06/03/2023"),
        ] {
            let words = [Lang::Vi, Lang::En].map(|lang| state_words(&delivery(state, days), lang));
            assert_eq!(words, [vi, en]);
        }
    }

    #[test]
    fn what_is_late_comes_first() {
        let of = |sums, today| urgency(&term(1, "2023-03-05", sums), today);
        for (sums, today, expected) in [
            ([1, 1, 1], "2023-03-06", 0),
            ([0, 1, 1], "2023-03-03", 1),
            ([0, 3, 1], "2023-03-03", 2),
            ([0, 0, 0], "2023-02-27", 3),
            ([0, 3, 3], "2023-03-06", 4),
        ] {
            assert_eq!(of(sums, today), expected, "{sums:?} {today}");
        }
        let states = [DeliveryState::Received, DeliveryState::NotYet, DeliveryState::Late];
        let unit: UnitCode = "29173".parse().unwrap();
        let duty = Duty {
            id: "d1".to_owned(),
            name: Note { vi: "Báo cáo".into(), en: "Báo cáo".into() },
            from: Sender::Commune,
            every: Every::Month,
            last: 12,
            days: 5,
            report: None,
            source: None,
        };
        let dues = ["2023-02-05", "2023-04-05", "2023-03-05"];
        let terms = (1..).zip(dues).map(|(nth, due)| term(nth, due, [0; 3])).collect();
        let deliveries = states.map(|state| delivery(state, 0)).into();
        let units = vec![UnitDeliveries { unit, deliveries }];
        let page = CalendarPage {
            area: unit.area(),
            round: "2023".parse().unwrap(),
            today: "2023-03-20".to_owned(),
            duties: vec![DutyTerms { duty, terms, units }],
        };
        let order: Vec<u8> = lines_of(&page).iter().map(|(_, line)| line.term.nth).collect();
        assert_eq!(order, [3, 2, 1]);
    }
}
