//! Always in sight: online or not, how much is only on this device, when it last went out.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Desk, Saved};
use soho_frontend::ui::format::count;

use super::state::{Route, Survey};
use super::words;

/// The strip under the header.
#[component]
pub(crate) fn Strip(survey: Survey) -> impl IntoView {
    let s = survey.signals;
    let net = move || match (s.online.get(), s.trouble.get()) {
        (false, _) => "offline",
        (true, Some(_)) => "unreached",
        (true, None) => "online",
    };
    let net_text = move || match net() {
        "offline" => now("Không có mạng", "No network"),
        "unreached" => now("Chưa gặp máy chủ", "Server not reached"),
        _ => now("Có mạng", "Online"),
    };
    let waiting = move || match s.waiting.get() {
        0 => now("Đã gửi hết", "All sent").to_owned(),
        n => format!("{} {}", count(n as u64), now("phiếu chờ gửi", "not sent")),
    };
    let last = move || match s.last_sync.get() {
        _ if s.syncing.get() => now("Đang gửi và nhận…", "Sending and fetching…").to_owned(),
        Some(at) => format!("{} {}", now("Gửi lần cuối", "Last sent"), words::time(at)),
        None => now("Chưa gửi lần nào", "Never sent yet").to_owned(),
    };
    view! {
        <div class="strip" data-testid="status-strip" role="region" aria-label=t("Tình trạng gửi nhận", "State of sending")>
            <p class="facts">
                <span class="net" data-testid="online" data-net=net>
                    <svg viewBox="0 0 20 20" aria-hidden="true"><path d=move || net_shape(net()) /></svg>
                    {net_text}
                </span>
                <a class="waits" href=Route::Waiting.hash() data-waits=move || (s.waiting.get() > 0).to_string()>
                    <span data-testid="outbox-count" data-count=move || s.waiting.get().to_string()>{waiting}</span>
                </a>
                <span class="last" data-testid="last-sync">{last}</span>
            </p>
            <button
                type="button"
                class="button second"
                data-testid="sync-now"
                aria-label=t("Gửi và nhận ngay", "Send and fetch now")
                aria-disabled=move || s.syncing.get().to_string()
                on:click=move |_| survey.desk(Desk::sync)
            >
                {t("Gửi", "Send")}
            </button>
        </div>
        <Messages survey=survey />
    }
    .into_any()
}

/// A full circle, a half one, an empty one.
fn net_shape(net: &str) -> &'static str {
    match net {
        "online" => "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16z",
        "unreached" => "M10 2a8 8 0 0 0 0 16zM10 2v2a6 6 0 0 1 0 12v2a8 8 0 0 0 0-16z",
        _ => "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 2a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
    }
}

/// What is wrong, quietly; never in the way.
#[component]
fn Messages(survey: Survey) -> impl IntoView {
    let s = survey.signals;
    let trouble = move || s.trouble.get().map(|trouble| words::trouble_text(&trouble)).unwrap_or_default();
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
        Saved::Failed(why) => format!(
            "{} ({why})",
            now(
                "Chưa ghi được xuống máy điều vừa gõ. Đừng đóng trang; hãy giải phóng bộ nhớ của máy. Máy đang thử lại.",
                "What was just typed is not stored yet. Keep the page open and free some memory; it is being tried again.",
            )
        ),
        _ => String::new(),
    };
    view! {
        <div class="messages" aria-live="polite">
            <p class="bad" data-testid="unsaved">{unsaved}</p>
            <p data-testid="sync-trouble">{trouble}</p>
            <p data-testid="clock-off">{clock}</p>
        </div>
    }
    .into_any()
}
