//! The households of a commune to work through, list by list.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::ClassBadge;
use soho_frontend::ui::number_text::count;
use soho_shared::pages::REVIEW;
use soho_shared::standard::Class;
use soho_shared::wire::rounds::{CommuneDetail, WorkItem, WorkList, WorkPage};

use crate::address::{Asked, Page, list_word};
use crate::commune::Shown;
use crate::household::{hamlet_words, head_words, story};
use crate::net::Question;
use crate::problem::Waiting;
use crate::rounds::{LONG, signed};
use crate::state::{desk, href};

/// A list's name, where its number is read, and what is to be done.
const fn named(list: WorkList, lang: Lang) -> (&'static str, &'static str) {
    match list {
        WorkList::Pending => (
            lang.pick("Còn phải thăm", "Still to visit"),
            lang.pick(
                "Hộ trong danh sách đợt trước mà chưa ai đến; hạng là của đợt trước.",
                "On last round's list and not visited; the class is that of the round before.",
            ),
        ),
        WorkList::Incomplete => (
            lang.pick("Chưa đủ", "Incomplete"),
            lang.pick(
                "Phiếu còn thiếu nên chưa xếp hạng được.",
                "Records that lack something, so there is no class yet.",
            ),
        ),
        WorkList::Conflicts => (
            lang.pick("Ghi khác nhau", "In conflict"),
            lang.pick(
                "Có mục mà hai người ghi khác nhau: quyết định ở trang “Cần xã quyết định”.",
                "People disagree on a field: decide on the Review page.",
            ),
        ),
        WorkList::SentBack => (
            lang.pick("Họp ấp trả lại", "Sent back by the meeting"),
            lang.pick("Họp ấp đề nghị rà soát lại.", "The hamlet meeting wants them surveyed again."),
        ),
        WorkList::Late => (
            lang.pick("Ghi sau khi khóa", "Edited late"),
            lang.pick(
                "Điều ghi sau khi khóa không tính; cột cuối là hạng nếu được tính.",
                "What was written after closing does not count; the last column is the class if it did.",
            ),
        ),
    }
}

fn number(detail: &CommuneDetail, list: WorkList) -> u64 {
    let blocks = detail.of.blocks;
    match list {
        WorkList::Pending => blocks.pending,
        WorkList::Incomplete => blocks.incomplete,
        WorkList::Conflicts => blocks.conflicts,
        WorkList::SentBack => blocks.sent_back,
        WorkList::Late => detail.of.late,
    }
}

/// The lists with their numbers, and the one that is open.
#[component]
pub fn Work(shown: Shown) -> impl IntoView {
    let desk = desk();
    let open = Memo::new(move |_| desk.here().list);
    let link = move |list: WorkList| {
        let to = move || {
            let here = desk.here();
            // Tapped again, it closes.
            let list = Some(list).filter(|list| here.list != Some(*list));
            href(Page::Commune, &Asked { list, ..here }, lang())
        };
        let number = move || count(signed(shown.detail.with(|detail| number(detail, list))), lang());
        view! {
            <li>
                <a
                    href=to
                    data-noscroll=""
                    data-list=list_word(list)
                    aria-current=move || (open.get() == Some(list)).then_some("true")
                >
                    {move || named(list, lang()).0}
                    " "
                    <strong class="number" data-testid=format!("{}-count", list_word(list))>{number}</strong>
                </a>
            </li>
        }
    };
    view! {
        <section class="part" data-section="work">
            <h2 id="work-title" tabindex="-1">{t("Việc còn lại", "Left to do")}</h2>
            <nav class="kinds no-print" aria-label=t("Danh sách hộ", "Lists of households")>
                <ul>{WorkList::ALL.map(|(_, list)| link(list))}</ul>
            </nav>
            {move || match open.get() {
                None => view! {
                    <p class="hint">{t("Chọn một danh sách để xem từng hộ.", "Choose a list to see its households.")}</p>
                }
                .into_any(),
                Some(list) => view! { <List shown=shown list=list /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

#[component]
fn List(shown: Shown, list: WorkList) -> impl IntoView {
    let url = move || Some(format!("{}/households?list={}", shown.commune_address(), list_word(list)));
    let question = Question::<WorkPage>::of(url);
    // What was written may have worked something off.
    Effect::new(move |before: Option<()>| {
        shown.detail.with(|_| ());
        if before.is_some() {
            question.ask_again();
        }
    });
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    view! {
        <p class="hint">{move || named(list, lang()).1}</p>
        <Waiting question=question />
        {move || page.get().map(|page| view! { <Households shown=shown list=list page=page /> })}
    }
    .into_any()
}

#[component]
fn Households(shown: Shown, list: WorkList, page: WorkPage) -> impl IntoView {
    if page.households.is_empty() {
        return view! {
            <p data-testid="work-empty">{t("Không còn hộ nào trong danh sách này.", "No household is left on this list.")}</p>
        }
        .into_any();
    }
    let desk = desk();
    let is_late = list == WorkList::Late;
    let is_long = page.households.len() > LONG;
    let rows = page.households.into_iter();
    let rows = rows.map(|item| view! { <Line shown=shown item=item is_late=is_late /> });
    let decide = (list == WorkList::Conflicts).then(|| {
        let to = move || format!("{REVIEW}?area={}&view=conflicts", desk.here().area);
        view! { <p class="no-print"><a href=to rel="external">{t("Quyết định các chỗ khác nhau", "Decide the differences")}</a></p> }
    });
    view! {
        {decide}
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="work-title">
            <table class="figures" data-testid="work">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Chủ hộ", "Head")}</th>
                        <th scope="col">{t("Ấp", "Hamlet")}</th>
                        <th scope="col">{t("Hạng", "Class")}</th>
                        {is_late.then(|| view! { <th scope="col">{t("Nếu tính", "If it counted")}</th> })}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {page.more.then(|| view! {
            <p>{t(
                "Chỉ hiện 500 hộ đầu: làm xong các hộ này thì hiện tiếp.",
                "Only the first 500 are shown; the next appear as these are done.",
            )}</p>
        })}
    }
    .into_any()
}

#[component]
fn Line(shown: Shown, item: WorkItem, is_late: bool) -> impl IntoView {
    let standard = shown.standard();
    let class = move |class: Option<Class>| match class {
        Some(class) => view! { <ClassBadge class=class standard=standard /> }.into_any(),
        None => view! { <span>{t("chưa có", "none")}</span> }.into_any(),
    };
    view! {
        <tr data-testid="work-row" data-household=item.household.to_string()>
            <th scope="row" data-col="name">
                <a href=story(item.household) rel="external">{head_words(item.head_name)}</a>
            </th>
            <td>{hamlet_words(shown, item.hamlet)}</td>
            <td>{class(item.class)}</td>
            {is_late.then(|| view! { <td data-testid="would-be">{class(item.would_be)}</td> })}
        </tr>
    }
    .into_any()
}
