//! A link with answers that was opened on this device. The answers here are never replaced without asking,
//! and then they are kept.

use leptos::prelude::*;
use soho_frontend::i18n::t;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::focus_now;
use wasm_bindgen::JsValue;

use super::button;
use super::share::{self, Fragment};
use super::state::State;

/// Reads the address: when the page opens, and whenever another link is opened in it.
pub(crate) fn look(state: State, arrived: RwSignal<Fragment>) {
    let hash = window().location().hash().unwrap_or_default();
    match share::read(hash.trim_start_matches('#')) {
        // A place on the page: a link that waits for a decision keeps waiting.
        Fragment::None => {}
        Fragment::Text(text) if untrack(|| state.write().is_empty() || state.write_for_others() == text) => {
            state.read(&text);
            forget_link(arrived);
        }
        found => {
            arrived.set(found);
            // Focused once it is on the page, because it may be far from what is in view.
            request_animation_frame(|| focus_now("link"));
        }
    }
}

/// Removes the answers from the address, so that a reload does not undo later changes.
pub(crate) fn forget_link(arrived: RwSignal<Fragment>) {
    arrived.set(Fragment::None);
    let Ok(path) = window().location().pathname() else { return };
    let history = window().history();
    // Fails only for the address of another site.
    let _ = history.and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&path)));
}

/// Builds what has to be decided or said about a link, and the offer of the other answers on this device.
pub(crate) fn link(state: State, arrived: RwSignal<Fragment>) -> El {
    let close = move || forget_link(arrived);
    let asked = move || match arrived.get() {
        Fragment::None => Vec::new(),
        Fragment::Text(text) => {
            let take = move || {
                let own = untrack(|| state.write());
                state.read(&text);
                state.other.set(own);
                forget_link(arrived);
            };
            let what = t(
                "Đường dẫn vừa mở mang theo câu trả lời, mà máy này đang giữ câu trả lời khác. Chưa có gì bị thay.",
                "The link you opened carries answers, and this device holds others. Nothing has been replaced.",
            );
            notice(
                "warning",
                what,
                [
                    button(
                        "take-link",
                        "",
                        t("Xem câu trả lời trong đường dẫn", "See the link's answers"),
                        take,
                    ),
                    button(
                        "keep-own",
                        "second",
                        t("Giữ câu trả lời của máy này", "Keep this device's answers"),
                        close,
                    ),
                ],
            )
        }
        Fragment::Newer => {
            let what = t(
                "Đường dẫn này do bản mới hơn của trang làm ra. Câu trả lời trên máy vẫn còn nguyên. Khi có mạng, mở lại trang rồi mở lại đường dẫn.",
                "This link was made by a newer version of the page. The answers on this device are untouched. With a network, open the page again, then the link.",
            );
            notice("failure", what, [button("close-link", "second", t("Đóng", "Close"), close)])
        }
        Fragment::Broken => {
            let what = t(
                "Đường dẫn bị cắt mất một phần hoặc bị sửa nên không đọc được. Câu trả lời trên máy vẫn còn nguyên. Hãy xin gửi lại cả đường dẫn.",
                "A part of this link is missing or changed, so it cannot be read. The answers on this device are untouched. Ask for the whole link again.",
            );
            notice("failure", what, [button("close-link", "second", t("Đóng", "Close"), close)])
        }
    };
    let swap = move || {
        let (own, other) = untrack(|| (state.write(), state.other.get()));
        state.read(&other);
        state.other.set(own);
    };
    let what = t(
        "Máy này còn giữ câu trả lời khác: những câu có trước khi mở đường dẫn, hoặc những câu trong đường dẫn.",
        "This device keeps other answers too: those from before the link was opened, or those of the link.",
    );
    let other = el("div").id("other-answers").flag("hidden", move || state.other.with(String::is_empty));
    el("div").class("no-print").with([
        el("div").id("link").attr("tabindex", "-1").attr("role", "status").made(asked),
        other.all(&notice(
            "info",
            what,
            [button("swap", "second", t("Dùng các câu trả lời còn lại", "Use the other answers"), swap)],
        )),
    ])
}

fn notice<const N: usize>(
    tone: &str,
    what: impl Fn() -> &'static str + 'static,
    buttons: [El; N],
) -> Vec<El> {
    vec![
        el("div")
            .class(&format!("notice {tone}"))
            .with([el("p").says(what), el("div").class("row").with(buttons)]),
    ]
}
