//! The strip that is always in view: whether the device is online, how much is only on it, and when it was last synced.

use std::borrow::Cow;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::db::DbError;
use soho_frontend::local::{Notebook, Saved};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::count;

use super::builders::{button, icon, p, span, test, truth, word};
use super::state::{Route, Survey};
use super::words;

/// Builds the strip under the header.
pub(crate) fn strip(survey: Survey) -> El {
    let s = survey.signals;
    let net = move || match (s.online.get(), s.trouble.with(Option::is_some)) {
        (false, _) => "offline",
        (true, true) => "unreached",
        (true, false) => "online",
    };
    let net_text = move || match net() {
        "offline" => now("Không có mạng", "No network"),
        "unreached" => now("Chưa kết nối được máy chủ", "Server not reached"),
        _ => now("Có mạng", "Online"),
    };
    let waiting = move || match (s.waiting.get(), s.stuck.get()) {
        (0, _) => Cow::Borrowed(now("Đã gửi hết", "All sent")),
        (n, stuck) => {
            let what = if n == stuck {
                now("phiếu cần sửa", "to mend")
            } else {
                now("phiếu chờ gửi", "not sent")
            };
            Cow::Owned(format!("{} {what}", count(n as u64)))
        }
    };
    let last = move || match s.last_sync.get() {
        _ if s.syncing.get() => Cow::Borrowed(now("Đang gửi và nhận…", "Sending and fetching…")),
        Some(at) => Cow::Owned(format!("{} {}", now("Gửi lần cuối", "Last sent"), words::time(at))),
        None => Cow::Borrowed(now("Chưa gửi lần nào", "Never sent yet")),
    };
    let net_line = el("span").class("net").with([icon(move || net_shape(net())), span(net_text)]);
    let waits = test(span(waiting), "outbox-count")
        .attr_as("data-count", move || Some(s.waiting.get().to_string().into()));
    let waits_link = el("a").class("waits").attr("href", &Route::Waiting.hash()).with([waits]);
    let facts = el("p").class("facts").with([
        word(test(net_line, "online"), "data-net", net),
        truth(waits_link, "data-waits", move || s.waiting.get() > 0),
        test(span(last).class("last"), "last-sync"),
    ]);
    let send =
        test(button("button second", t("Gửi", "Send"), move |_| survey.notebook(Notebook::sync)), "sync-now")
            .named("aria-label", t("Gửi và nhận ngay", "Send and fetch now"));
    test(el("div").class("strip"), "status-strip")
        .attr("role", "region")
        .named("aria-label", t("Tình trạng gửi nhận", "State of sending"))
        .with([facts, truth(send, "aria-disabled", move || s.syncing.get())])
}

/// Returns the SVG path of a full, a half or an empty circle.
fn net_shape(net: &str) -> &'static str {
    match net {
        "online" => "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16z",
        "unreached" => "M10 2a8 8 0 0 0 0 16zM10 2v2a6 6 0 0 1 0 12v2a8 8 0 0 0 0-16z",
        _ => "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 2a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
    }
}

/// Builds the messages about what is wrong. They never block the work.
pub(crate) fn messages(survey: Survey) -> El {
    let s = survey.signals;
    let trouble =
        move || s.trouble.with(|trouble| trouble.as_ref().map(words::trouble_text)).unwrap_or_default();
    let clock = move || match s.clock_off.get() {
        0 => String::new(),
        off => {
            let by = words::duration(off.unsigned_abs());
            let side = if off > 0 { now("nhanh", "ahead by") } else { now("chậm", "behind by") };
            let rest = now(
                "Phiếu vẫn được nhận đúng; nên chỉnh lại giờ của máy.",
                "Records are taken all the same; better set the device's clock.",
            );
            format!("{} {side} {by}. {rest}", now("Đồng hồ máy này", "This device's clock is"))
        }
    };
    let unsaved = move || match s.saved.get() {
        Saved::Failed(why) => {
            let what = if let DbError::Full(_) = why {
                now(
                    "Máy đã đầy, chưa ghi được điều vừa gõ. Đừng đóng trang; hãy giải phóng bộ nhớ của máy. Máy đang thử lại.",
                    "The device is full, and what was just typed is not stored yet. Keep the page open and free some memory; it is being tried again.",
                )
            } else {
                now(
                    "Trình duyệt đã đóng sổ trên máy này và chưa mở lại được, nên chưa ghi được điều vừa gõ. Đừng đóng trang; máy đang thử lại.",
                    "The browser has closed the book on this device and does not open it again yet, so what was just typed is not stored. Keep the page open; it is being tried again.",
                )
            };
            format!("{what} ({why})")
        }
        _ => String::new(),
    };
    el("div").class("messages").attr("aria-live", "polite").with([
        test(p("bad", unsaved), "unsaved"),
        test(p("", trouble), "sync-trouble"),
        test(p("", clock), "clock-off"),
    ])
}
