//! The top of the page: the area, whether the figures are live, and the three main numbers.

use leptos::prelude::*;
use soho_frontend::clock;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::DeskPages;
use soho_shared::pages::{DeskPage, FIGURES};
use soho_shared::report::By;

use crate::address::Address;
use crate::figures::moment;
use crate::follow::{self, Connection};
use crate::go::Go;
use crate::page::{is_own, page};
use crate::totals::{Extremes, Numbers};
use crate::what_if::trial::{self, Trial};
use crate::words::Words;

/// The title, the state of the figures and the three main numbers, or a message where there are none.
#[component]
pub fn Head() -> impl IntoView {
    let page = page();
    let title = move || match page.address.get() {
        Ok(address) => address.area.name(),
        Err(_) => now("Không có trang này", "No such page").to_owned(),
    };
    let under = move || {
        let address = page.address.get().ok()?;
        Some(match lang() {
            Lang::Vi => format!("Hộ nghèo và hộ cận nghèo, đợt rà soát {}", address.round),
            Lang::En => format!("Poor and near-poor households, review of {}", address.round),
        })
    };
    let synthetic = move || page.answer.figures.with(|f| f.as_ref().is_some_and(|f| f.synthetic));
    let to = Callback::new(move |listed: &'static DeskPage| {
        let here = page.here();
        listed.of(here.area, here.round, lang())
    });
    let is_open = Callback::new(|listed: &'static DeskPage| listed.href == FIGURES);
    view! {
        <DeskPages to=to is_open=is_open />
        <Way />
        <h1 id="page-title" tabindex="-1" lang="vi">{title}</h1>
        <p class="lead under">{under}</p>
        <Fresh />
        <Show when=synthetic>
            <p class="synthetic" id="synthetic">
                {t(
                    "Số liệu minh họa: các hộ trong sổ này do máy tạo ra, không phải hộ có thật.",
                    "Demonstration data: the households in this register were made by a program and are not real.",
                )}
            </p>
        </Show>
        <Views />
        <Words />
        <Show when=move || page.answer.figures.with(Option::is_some) && !page.tries()>
            <Numbers />
            <Extremes />
        </Show>
    }
    .into_any()
}

/// Links between the two views of an area: by the lines in force, and by other lines.
#[component]
fn Views() -> impl IntoView {
    let page = page();
    // A hamlet's figures are too few to try lines on.
    let offered = move || page.tries() || page.address.with(|a| a.as_ref().is_ok_and(|a| a.by != By::Hamlet));
    let link = move |tries: bool, vi: &'static str, en: &'static str| {
        let to = Signal::derive(move || {
            let here = page.here();
            let own = trial::in_force(here.round).map(Trial::of);
            Address { what_if: if tries { here.what_if.or(own) } else { None }, ..here }
        });
        let current = Signal::derive(move || page.tries() == tries);
        view! { <li><Go to=to current=current then="page-title">{t(vi, en)}</Go></li> }
    };
    view! {
        <Show when=offered>
            <nav class="kinds views no-print" aria-label=t("Cách xem", "Views")>
                <ul>
                    {link(false, "Theo chuẩn của đợt này", "By the round's own lines")}
                    {link(true, "Thử mức chuẩn khác", "What if")}
                </ul>
            </nav>
        </Show>
    }
    .into_any()
}

/// Links to the areas above: province › district › commune.
#[component]
fn Way() -> impl IntoView {
    let page = page();
    let above = Memo::new(move |_| {
        let here = page.here();
        let path = here.path();
        path[..path.len().saturating_sub(1)]
            .iter()
            .filter(|area| is_own(**area))
            .map(|area| Address { what_if: here.what_if, ..Address::of_area(*area, here.round) })
            .collect::<Vec<_>>()
    });
    view! {
        <nav class="way no-print" aria-label=t("Đơn vị cấp trên", "Areas above")>
            <ol lang="vi">
                <For each=move || above.get() key=Address::query children=|to| view! { <li><Go to=to>{to.area.name()}</Go></li> } />
            </ol>
        </nav>
    }
    .into_any()
}

/// Sentence that says whether the figures are live.
#[component]
fn Fresh() -> impl IntoView {
    let page = page();
    let at = move || page.answer.figures.with(|f| f.as_ref().map(|f| f.at));
    let words = move || {
        let lang = lang();
        let since = |at| moment(at).said(moment(clock::now()).day, lang);
        match (page.answer.connection.get(), at()) {
            (Connection::Live, _) => lang.pick("Đang cập nhật trực tiếp", "Live").to_owned(),
            (Connection::Asking, None) => lang.pick("Đang tải số liệu…", "Loading the figures…").to_owned(),
            (Connection::Asking, Some(at)) => match lang {
                Lang::Vi => format!("Số liệu lúc {}, đang cập nhật…", since(at)),
                Lang::En => format!("Figures of {}, updating…", since(at)),
            },
            (Connection::Lost, Some(at)) => match lang {
                Lang::Vi => format!("Mất kết nối, số liệu lúc {}", since(at)),
                Lang::En => format!("Connection lost, figures of {}", since(at)),
            },
            (Connection::Lost, None) => lang.pick("Mất kết nối", "Connection lost").to_owned(),
        }
    };
    let state = move || match page.answer.connection.get() {
        Connection::Asking => "asking",
        Connection::Live => "live",
        Connection::Lost => "lost",
    };
    let wanted = move || page.address.with(Result::is_ok) && page.answer.refusal.with(Option::is_none);
    view! {
        <Show when=wanted>
            <p class="fresh" id="connection" data-state=state>
                <span role="status">{words}</span>
                <Show when=move || page.answer.connection.get() == Connection::Lost>
                    <button type="button" class="tool" id="try-again" on:click=move |_| follow::try_now()>
                        {t("Thử lại ngay", "Try again now")}
                    </button>
                </Show>
            </p>
        </Show>
        <p class="printed-at">
            {move || at().map(|at| {
                let words = now("Số liệu lúc", "Figures of");
                format!("{words} {}", moment(at).in_full(lang()))
            })}
        </p>
    }
    .into_any()
}
