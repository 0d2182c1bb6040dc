//! The self-check at `/`: which class a household is in and what it is entitled to, on anyone's phone.
//!
//! Nothing is sent anywhere: the rules run in the page, and a shared link carries the answers after the `#`,
//! which a browser does not send.

mod answer;
mod bar;
mod income;
mod keep;
mod link;
mod living;
mod place;
mod result;
mod share;
mod state;
mod supports;
mod tools;

use jiff::civil::Date;
use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::store;
use soho_frontend::ui::dom::{El, Words, el, follow};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::pick::{radio_tiles, stepper};
use soho_frontend::ui::shell::{header, skip_link};
use soho_frontend::ui::{self, App, Tile};
use soho_shared::law;
use soho_shared::standard::Standard;
use soho_shared::words::cited;
use wasm_bindgen::JsCast as _;

use answer::{Settled, answer};
use share::Fragment;
use state::State;

/// Key under which the device keeps the answers.
const KEY: &str = "soho.check";
/// Key under which the device keeps the answers that a link replaced.
const OTHER_KEY: &str = "soho.check.other";

fn main() {
    ui::shell::mount_elements(page);
}

/// Builds a button.
fn button(id: &str, class: &str, words: impl Into<Words>, on_click: impl Fn() + 'static) -> El {
    el("button")
        .attr("type", "button")
        .class(&format!("button {class}"))
        .id(id)
        .says(words)
        .on("click", move |_| on_click())
}

/// Returns the date by the device's clock. An invalid date counts as before every standard.
fn today() -> Date {
    let now = js_sys::Date::new_0();
    let small = |n: u32| i8::try_from(n).unwrap_or(0);
    let year = i16::try_from(now.get_full_year()).unwrap_or(0);
    Date::new(year, small(now.get_month() + 1), small(now.get_date())).unwrap_or(Date::MIN)
}

/// Builds the page from top to bottom.
fn page() -> Vec<El> {
    let state = State::new(today());
    if let Some(kept) = store::get(KEY) {
        state.read(&kept);
    }
    state.other.set(store::get(OTHER_KEY).unwrap_or_default());
    let arrived = RwSignal::new(Fragment::None);
    link::look(state, arrived);
    // Listens for as long as the page is open.
    let _ = window_event_listener_untyped("hashchange", move |_| link::look(state, arrived));
    let written = Memo::new(move |_| state.write());
    follow(move || {
        written.with(|written| store::set(KEY, written));
        store::set(OTHER_KEY, &state.other.get());
    });
    let answered = Memo::new(move |_| written.with(|written| !written.is_empty()));
    follow(|| entitle("Sổ Hộ"));
    // Not compared with the answer before: the code for that would cost a phone more than it saves.
    let answer = Memo::new_with_compare(move |_| answer(&state), |_, _| true);
    let settled = Settled::of(answer);
    // From then on, the code of what follows from the answers is fetched: most phones have it before the last one is given.
    let begun = Memo::new(move |was: Option<&bool>| {
        was == Some(&true) || answered.get() || !state.other.with(String::is_empty)
    });
    let main = el("main")
        .id("main")
        .attr("tabindex", "-1")
        .on("focusin", |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if let Some(heading) = target.and_then(|target| heading(&target)) {
                entitle(&heading);
            }
        })
        .with([link::link(state, arrived)])
        .all(&intro(state))
        .with([
            place::place(state),
            people(state),
            income::income(state),
            living::living(state, settled),
            standard(state),
            result::outcome(state, settled, begun),
            tools::tools(state, arrived, begun, answered),
        ]);
    vec![skip_link(), header(App::Check, None), main, bar::answer_bar(answer)]
}

/// Sets the page's title: the part in which the keyboard's focus is, then the page.
fn entitle(part: &str) {
    let page = now("Tự kiểm tra hộ nghèo", "Poverty self-check");
    document().set_title(&[part, " – ", page].concat());
}

/// Returns the heading of the section around an element.
fn heading(element: &web_sys::Element) -> Option<String> {
    let section = element.closest("section").ok()??;
    document().get_element_by_id(&section.get_attribute("aria-labelledby")?)?.text_content()
}

/// Returns the years of a standard. That of 2022–2025 was kept for one more (Nghị định 351/2025/NĐ-CP).
fn years(standard: &Standard) -> String {
    match (standard.from.year(), standard.to.year()) {
        (2022, 2026) => now("2022–2025, áp dụng cả năm 2026", "2022–2025, kept for 2026").to_owned(),
        (from, to) => format!("{from}–{to}"),
    }
}

/// Returns which standard is applied, and whether it is in force today.
fn standard_words(state: State) -> String {
    let standard = state.standard();
    let after = if standard.from <= state.date && state.date <= standard.to {
        now(", đang áp dụng hôm nay.", ", in force today.")
    } else {
        now(". Chuẩn này không áp dụng hôm nay.", ". It is not in force today.")
    };
    let before = now("Tính theo chuẩn nghèo giai đoạn", "By the poverty standard of");
    format!("{before} {} ({}){after}", years(standard), cited(lang(), &standard.source.instrument))
}

fn intro(state: State) -> [El; 2] {
    // No supports are promised where none is known.
    let asked = move || {
        if supports::known(state.standard()) {
            now(
                "Hộ tôi thuộc diện nào, được hỗ trợ gì?",
                "Is my household poor or near-poor, and what support can it get?",
            )
        } else {
            now("Hộ tôi có thuộc diện nghèo, cận nghèo không?", "Is my household poor or near-poor?")
        }
    };
    [
        el("h1").says(asked),
        el("p").class("lead").says(t(
            "Không có gì được gửi đi: mọi con số chỉ nằm trong máy này.",
            "Nothing is sent: every figure stays on this device.",
        )),
    ]
}

/// Builds what says by which standard the answer is reckoned, under the questions.
fn standard(state: State) -> El {
    el("div").with([
        el("p").class("notice info").id("standard").says(move || standard_words(state)),
        other_standards(state),
    ])
}

/// Builds the choice of another standard.
fn other_standards(state: State) -> El {
    let tile = |standard: &'static Standard| {
        let usual = standard.id == state.usual().id;
        let hint = move || {
            let today = if usual { now(" (hôm nay)", " (today)") } else { "" };
            format!("{}{today}", cited(lang(), &standard.source.instrument))
        };
        Tile::new(format!("standard-{}", standard.id), &standard.id, move || years(standard)).hint(hint)
    };
    let tiles = radio_tiles(
        "standard",
        t("Chuẩn nghèo giai đoạn", "The poverty standard of the years"),
        law::standards().iter().map(tile).collect(),
        move || state.standard().id.to_string(),
        move |id| state.choose(id),
        "standards",
    );
    el("details").class("no-print").with([
        el("summary")
            .id("other-standards")
            .says(t("Tính theo chuẩn của giai đoạn khác", "Use another period's standard")),
        tiles,
    ])
}

fn people(state: State) -> El {
    let label = t("Số người cùng ăn, cùng ở", "People who eat and live together");
    let hint = t(
        "Tính cả trẻ nhỏ và người già: ai đã ở trong nhà từ 6 tháng trở lên trong 12 tháng qua, và người mới sinh, mới cưới về, mới về ở hẳn.",
        "Count children and old people: those who lived in the house for 6 of the last 12 months or more, and those newly born, married in or come back for good.",
    );
    let wrong = ("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99");
    el("section").attr("aria-labelledby", "people").with([
        el("h2").id("people").says(t("2. Nhà có mấy người?", "2. How many people?")),
        stepper(Field::of("members", label, state.members).hint(hint), 1, 99, wrong),
    ])
}
