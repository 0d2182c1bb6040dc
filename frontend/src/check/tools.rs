//! What can be done with the result: print it, save it, share it, and clear everything for the next person on
//! a shared phone.

use std::time::Duration;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::later::later;
use soho_frontend::ui::{file, focus_now};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};

use super::link::forget_link;
use super::share::{self, Fragment};
use super::state::State;
use super::{button, standard_words};

/// Builds the rows of buttons under the result, once something was answered.
pub(crate) fn tools(
    state: State,
    arrived: RwSignal<Fragment>,
    begun: Memo<bool>,
    answered: Memo<bool>,
) -> El {
    #[wasm_split(result, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn built(
        state: State,
        arrived: RwSignal<Fragment>,
        answered: Memo<bool>,
    ) -> Result<Vec<El>, SplitLoaderError> {
        Ok(buttons(state, arrived, answered))
    }
    el("div").class("no-print").made(move || {
        if begun.get() { vec![later(move || Box::pin(built(state, arrived, answered)))] } else { Vec::new() }
    })
}

fn buttons(state: State, arrived: RwSignal<Fragment>, answered: Memo<bool>) -> Vec<El> {
    // Whether the link was asked for, and whether it was copied.
    let (shared, copied) = (RwSignal::new(false), RwSignal::new(false));
    let print = || {
        // Fails only where printing is not allowed at all; then nothing happens.
        let _ = window().print();
    };
    let share = move || {
        shared.set(true);
        send(state, copied);
    };
    let link = el("div")
        .id("share-panel")
        .made(move || if shared.get() { panel(state, copied) } else { Vec::new() });
    let clear = clearing(state, arrived, shared, answered);
    vec![
        el("div").class("row tools").with([
            button("print", "second", t("In một trang", "Print one page"), print),
            button("save", "second", t("Lưu thành tệp", "Save as a file"), move || save(state)),
            button("share", "second", t("Chia sẻ đường dẫn", "Share a link"), share),
        ]),
        link,
        clear,
    ]
}

/// Returns the link to this page with the answers in it; `None` where they are too long.
fn link(state: State) -> Option<String> {
    let location = window().location();
    let (origin, path) = (location.origin().ok()?, location.pathname().ok()?);
    Some(format!("{origin}{path}#{}", share::write(&state.write_for_others())?))
}

/// Shares the link by the phone's own dialog, or copies it where there is none.
fn send(state: State, copied: RwSignal<bool>) {
    copied.set(false);
    let Some(url) = untrack(|| link(state)) else { return };
    let navigator = window().navigator();
    let can = js_sys::Reflect::has(&navigator, &JsValue::from_str("share")).unwrap_or(false);
    if !can {
        copy(&url, copied);
        return;
    }
    let data = web_sys::ShareData::new();
    data.set_title(now("Sổ Hộ – Tự kiểm tra hộ nghèo", "Sổ Hộ – Poverty self-check"));
    data.set_url(&url);
    // Fails when the person changes their mind; the link is on the page in any case.
    settle(&navigator.share_with_data(&data), |_| ());
}

fn copy(url: &str, copied: RwSignal<bool>) {
    let navigator = window().navigator();
    // Browsers have the clipboard only on secure pages.
    if !js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|c| c.is_object()) {
        return;
    }
    settle(&navigator.clipboard().write_text(url), move |done| copied.set(done));
}

/// Calls `then` when a promise is settled. It does without futures, whose code a phone would download for two
/// answers alone.
fn settle(promise: &Promise, then: impl Fn(bool) + Copy + 'static) {
    let done = Closure::<dyn FnMut(JsValue)>::new(move |_| then(true));
    let refused = Closure::<dyn FnMut(JsValue)>::new(move |_| then(false));
    let _ = promise.then2(&done, &refused);
    // Kept for as long as the promise takes.
    done.forget();
    refused.forget();
}

/// Builds the panel with the link, so that it can also be copied by hand.
fn panel(state: State, copied: RwSignal<bool>) -> Vec<El> {
    let Some(_) = link(state) else {
        return vec![el("p").class("notice warning").says(t(
            "Câu trả lời quá dài cho một đường dẫn. Hãy in hoặc lưu thành tệp.",
            "The answers are too long for a link. Print them or save them as a file.",
        ))];
    };
    let words = move || {
        if copied.get() {
            now("Đã chép đường dẫn. Dán vào tin nhắn để gửi.", "The link is copied. Paste it into a message.")
        } else {
            ""
        }
    };
    let input = el("input")
        .attr("type", "text")
        .attr("readonly", "")
        .id("share-link")
        .value(move || link(state).unwrap_or_default())
        .on("focus", |event| {
            if let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                input.select();
            }
        });
    let again = move || {
        if let Some(url) = untrack(|| link(state)) {
            copy(&url, copied);
        }
    };
    vec![
        el("div").class("field").with([
            el("label").attr("for", "share-link").says(t("Đường dẫn mang theo câu trả lời", "The link with the answers")),
            el("p").class("hint").says(t(
                "Câu trả lời nằm ngay trong đường dẫn, không lưu ở máy chủ nào. Ai có đường dẫn thì xem được, kể cả khi không có mạng.",
                "The answers are in the link itself and on no server. Whoever has the link can see them, without a network too.",
            )),
            el("div").class("input wide").with([input]),
        ]),
        el("p").class("row").with([
            button("copy", "second", t("Chép đường dẫn", "Copy the link"), again),
            el("span").id("copied").attr("role", "status").says(words),
        ]),
    ]
}

/// Saves the result as a page of its own, not as plain text: every phone opens a page by a tap, in large
/// letters, and an office can print it.
fn save(state: State) {
    let Some(result) = document().get_element_by_id("result").and_then(|r| r.clone_node_with_deep(true).ok())
    else {
        return;
    };
    let result: web_sys::Element = result.unchecked_into();
    let left_out = result.query_selector_all("[hidden], .no-print").ok();
    for part in left_out.iter().flat_map(|list| (0..list.length()).filter_map(|i| list.item(i))) {
        part.unchecked_into::<web_sys::Element>().remove();
    }
    let (title, standard) =
        untrack(|| (now("Sổ Hộ – Tự kiểm tra", "Sổ Hộ – Self-check"), standard_words(state)));
    let page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>body{{font:1.125rem/1.5 sans-serif;max-width:42rem;margin:1rem auto;padding:0 1rem}}\
         li{{margin:.4rem 0}}svg{{width:1em;height:1em;margin-right:.5em}}.supports p{{margin:0}}</style>\
         <h1>{title}</h1><p>{standard}</p>{}",
        untrack(lang).tag(),
        result.inner_html()
    );
    file::save("so-ho-tu-kiem-tra.html", "text/html;charset=utf-8", &page);
}

/// Builds the button that clears everything, and the way to undo that for half a minute.
fn clearing(state: State, arrived: RwSignal<Fragment>, shared: RwSignal<bool>, answered: Memo<bool>) -> El {
    let cleared: RwSignal<Option<(String, String)>> = RwSignal::new(None);
    let clear = move || {
        let before = untrack(|| (state.write(), state.other.get()));
        state.clear();
        state.other.set(String::new());
        shared.set(false);
        forget_link(arrived);
        cleared.set(Some(before.clone()));
        // Focused once the button is there.
        request_animation_frame(|| focus_now("undo"));
        // The next person on a shared phone must not be able to bring the answers back.
        let forget = move || cleared.update(|kept| *kept = kept.take().filter(|kept| *kept != before));
        set_timeout(forget, Duration::from_secs(30));
    };
    // Whoever begins anew does not need the old answers.
    soho_frontend::ui::dom::follow(move || {
        if answered.get() {
            cleared.set(None);
        }
    });
    let undo = move || {
        if let Some((answers, other)) = cleared.get_untracked() {
            state.read(&answers);
            state.other.set(other);
            focus_now("clear");
        }
    };
    let undone = el("span").flag("hidden", move || cleared.with(Option::is_none)).with([
        el("span").says(t("Đã xóa hết trên máy này. ", "Everything is cleared on this device. ")),
        button("undo", "plain", t("Lấy lại", "Undo"), undo),
    ]);
    el("div").class("row tools").with([
        button("clear", "danger", t("Xóa hết", "Clear everything"), clear),
        el("p").class("undo").attr("role", "status").with([undone]),
    ])
}
