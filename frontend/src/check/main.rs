//! The self-check at `/`: which class a household falls in and what that opens, on anyone's phone.
//!
//! Nothing is sent anywhere: the rules run in the page.

mod answer;
mod bar;
mod income;
mod keep;
mod place;
mod result;
mod state;
mod supports;

use std::time::Duration;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::dom::{El, el, follow};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::pick::stepper;
use soho_frontend::ui::shell::{header, skip_link};
use soho_frontend::ui::{self, App};
use soho_shared::standard::Standard;
use wasm_bindgen::JsCast as _;

use answer::answer;
use state::State;

/// Where the answers are kept on the device.
const KEY: &str = "soho.check";

fn main() {
    ui::shell::mount_elements(page);
}

/// Moves the keyboard's focus.
fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // Fails only for an element that is not on the page any more.
        let _ = element.focus();
    }
}

/// The page, from the top.
fn page() -> Vec<El> {
    let state = State::new();
    if let Some(kept) = ui::store::get(KEY) {
        state.read(&kept);
    }
    follow(move || {
        ui::store::set(KEY, &state.write());
    });
    follow(|| {
        document().set_title(now("Sổ Hộ – Tự kiểm tra hộ nghèo", "Sổ Hộ – Poverty self-check"));
    });
    let answer = Memo::new(move |_| answer(&state));
    let main = el("main").id("main").attr("tabindex", "-1").all(&intro(state)).with([
        place::place(state),
        people(state),
        income::income(state),
        result::outcome(state, answer),
        tools(state),
    ]);
    vec![skip_link(), header(App::Check, None), main, bar::answer_bar(answer)]
}

fn standard_words(standard: &Standard) -> String {
    let (from, to, by) = (standard.from.year(), standard.to.year(), &standard.source.instrument);
    format!(
        "{} {from}–{to} ({by}){}",
        now("Tính theo chuẩn nghèo", "By the poverty standard of"),
        now(
            ", chuẩn của Kế hoạch 1051 mà bản trình diễn này dùng. Chuẩn đang áp dụng hiện nay khác.",
            ", the one of Plan 1051 that this demonstration uses. Today's standard differs.",
        ),
    )
}

fn intro(state: State) -> [El; 3] {
    [
        el("h1").says(t(
            "Hộ tôi thuộc diện nào, được hưởng gì?",
            "Which class is my household in, and what does that open?",
        )),
        el("p").class("lead").says(t(
            "Ba câu hỏi, kết quả hiện ngay khi gõ. Không có gì được gửi đi: mọi con số chỉ nằm trong máy này.",
            "Three questions; the answer appears while you type. Nothing is sent: every figure stays on this device.",
        )),
        el("p").class("notice info").id("standard").says(move || standard_words(state.standard.get())),
    ]
}

/// Question 2.
fn people(state: State) -> El {
    let label = t("Số người cùng ăn, cùng ở", "People who eat and live together");
    let hint = t(
        "Tính cả trẻ nhỏ và người già; chỉ tính ai đã ở trong nhà từ 6 tháng trở lên trong 12 tháng qua.",
        "Count children and old people; count only those who lived in the house for 6 of the last 12 months or more.",
    );
    let wrong = ("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99");
    el("section").attr("aria-labelledby", "people").with([
        el("h2").id("people").says(t("2. Nhà có mấy người?", "2. How many people?")),
        stepper(Field::of("members", label, state.members).hint(hint), 1, 99, wrong),
    ])
}

/// Print, and clear for the next person on a shared phone.
fn tools(state: State) -> El {
    let cleared: RwSignal<Option<String>> = RwSignal::new(None);
    let blank = State::new();
    let clear = move |_| {
        let before = state.write();
        state.clear();
        cleared.set(Some(before.clone()));
        // Once the button is there.
        request_animation_frame(|| focus("undo"));
        // The next person on a shared phone must not bring the answers back.
        let forget = move || cleared.update(|kept| *kept = kept.take().filter(|kept| *kept != before));
        set_timeout(forget, Duration::from_secs(30));
    };
    // Whoever begins anew has no use for the old answers.
    follow(move || {
        if state.write() != blank.write() {
            cleared.set(None);
        }
    });
    let undo = move |_| {
        if let Some(before) = cleared.get_untracked() {
            state.read(&before);
            focus("clear");
        }
    };
    let button = |class: &str, id: &str| el("button").attr("type", "button").class(class).id(id);
    let undone = el("span").flag("hidden", move || cleared.with(Option::is_none)).with([
        el("span").says(t("Đã xoá hết trên máy này. ", "Everything is cleared on this device. ")),
        button("button plain", "undo").says(t("Lấy lại", "Undo")).on("click", undo),
    ]);
    el("div").class("row tools no-print").with([
        button("button second", "print").says(t("In một trang", "Print one page")).on("click", |_| {
            // Refused only where printing is not allowed at all; then nothing happens.
            let _ = window().print();
        }),
        button("button danger", "clear").says(t("Xoá hết", "Clear everything")).on("click", clear),
        el("p").class("undo").attr("role", "status").with([undone]),
    ])
}
