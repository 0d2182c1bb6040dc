//! The self-check at `/`: which class a household falls in and what that opens, on anyone's phone.
//!
//! Nothing is sent anywhere: the rules run in the page.

mod answer;
mod bar;
mod income;
mod place;
mod result;
mod state;
mod supports;

use std::time::Duration;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::{self, App, Shell, Stepper};
use wasm_bindgen::JsCast as _;

use answer::answer;
use state::State;

/// Where the answers are kept on the device.
const KEY: &str = "soho.check";

fn main() {
    ui::mount(Check);
}

/// Moves the keyboard's focus.
fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // Fails only for an element that is not on the page any more.
        let _ = element.focus();
    }
}

/// The page.
#[component]
fn Check() -> impl IntoView {
    let state = State::new();
    if let Some(kept) = ui::store::get(KEY) {
        state.read(&kept);
    }
    Effect::new(move || {
        ui::store::set(KEY, &state.write());
    });
    let answer = Memo::new(move |_| answer(&state));
    view! {
        <Shell app=App::Check>
            <Intro state=state />
            <place::Place state=state />
            <People state=state />
            <income::Income state=state />
            <result::Outcome state=state answer=answer />
            <Tools state=state />
        </Shell>
        <bar::AnswerBar answer=answer />
    }
}

#[component]
fn Intro(state: State) -> impl IntoView {
    let standard = move || {
        let s = state.standard.get();
        let (from, to, by) = (s.from.year(), s.to.year(), &s.source.instrument);
        format!(
            "{} {from}–{to} ({by}){}",
            now("Tính theo chuẩn nghèo", "By the poverty standard of"),
            now(
                ", chuẩn của Kế hoạch 1051 mà bản trình diễn này dùng. Chuẩn đang áp dụng hiện nay khác.",
                ", the one of Plan 1051 that this demonstration uses. Today's standard differs.",
            ),
        )
    };
    view! {
        <h1>{t("Hộ tôi thuộc diện nào, được hưởng gì?", "Which class is my household in, and what does that open?")}</h1>
        <p class="lead">
            {t(
                "Ba câu hỏi, kết quả hiện ngay khi gõ. Không có gì được gửi đi: mọi con số chỉ nằm trong máy này.",
                "Three questions; the answer appears while you type. Nothing is sent: every figure stays on this device.",
            )}
        </p>
        <p class="notice info" id="standard">{standard}</p>
    }
    .into_any()
}

/// Question 2.
#[component]
fn People(state: State) -> impl IntoView {
    view! {
        <section aria-labelledby="people">
            <h2 id="people">{t("2. Nhà có mấy người?", "2. How many people?")}</h2>
            <Stepper
                id="members"
                label=t("Số người cùng ăn, cùng ở", "People who eat and live together")
                hint=t(
                    "Tính cả trẻ nhỏ và người già; chỉ tính ai đã ở trong nhà từ 6 tháng trở lên trong 12 tháng qua.",
                    "Count children and old people; count only those who lived in the house for 6 of the last 12 months or more.",
                )
                value=state.members
                on_input=move |text| state.members.set(text)
                min=1
                max=99
                wrong=("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99")
            />
        </section>
    }
    .into_any()
}

/// Print, and clear for the next person on a shared phone.
#[component]
fn Tools(state: State) -> impl IntoView {
    let cleared: RwSignal<Option<String>> = RwSignal::new(None);
    let clear = move |_| {
        cleared.set(Some(state.write()));
        state.clear();
        focus("undo");
        // The next person on a shared phone must not bring the answers back.
        set_timeout(move || cleared.set(None), Duration::from_secs(30));
    };
    let undo = move |_| {
        if let Some(before) = cleared.get_untracked() {
            state.read(&before);
            cleared.set(None);
            focus("clear");
        }
    };
    let print = move |_| {
        // Refused only where printing is not allowed at all; then nothing happens.
        let _ = window().print();
    };
    view! {
        <div class="row tools no-print">
            <button type="button" class="button second" id="print" on:click=print>{t("In một trang", "Print one page")}</button>
            <button type="button" class="button danger" id="clear" on:click=clear>{t("Xoá hết", "Clear everything")}</button>
            <p class="undo" role="status">
                <span hidden=move || cleared.with(Option::is_none)>
                    {t("Đã xoá hết trên máy này. ", "Everything is cleared on this device. ")}
                    <button type="button" class="button plain" id="undo" on:click=undo>{t("Lấy lại", "Undo")}</button>
                </span>
            </p>
        </div>
    }
    .into_any()
}
