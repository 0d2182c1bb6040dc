//! The survey at `/survey/`: whom a volunteer still has to visit, and whether what they typed is safe.

#![expect(unreachable_pub, reason = "leptos' component macro writes `pub` whatever the component says")]

mod choose;
mod form;
mod list;
mod row;
mod state;
mod strip;
mod words;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::t;
use soho_frontend::local::Desk;
use soho_frontend::ui::{self, App, Notice, Shell, Tone};

use state::{Route, Survey};

fn main() {
    ui::mount(Page);
}

/// The page: the desk opens in a moment, or says why it cannot.
#[component]
fn Page() -> impl IntoView {
    let opened: RwSignal<Option<Result<Survey, String>>> = RwSignal::new(None);
    spawn_local(async move {
        let survey = match Desk::open().await {
            Ok(desk) => Ok(Survey::start(&desk)),
            Err(error) => Err(error.to_string()),
        };
        opened.set(Some(survey));
    });
    view! {
        <Shell app=App::Survey wide=true>
            {move || match opened.get() {
                None => view! { <p class="loading">{t("Đang mở sổ trên máy này…", "Opening the book on this device…")}</p> }.into_any(),
                Some(Err(why)) => view! { <NoStorage why=why /> }.into_any(),
                Some(Ok(survey)) => view! { <Open survey=survey /> }.into_any(),
            }}
        </Shell>
    }
}

/// Nothing may be typed that could not be kept.
#[component]
fn NoStorage(why: String) -> impl IntoView {
    view! {
        <h1>{t("Máy này chưa lưu được dữ liệu", "This device does not let the page store data")}</h1>
        <Notice tone=Tone::Failure>
            <p>
                {t(
                    "Chưa có gì bị mất. Để không mất phiếu, trang này chỉ mở khi lưu được trên máy.",
                    "Nothing is lost. So that no record is, this page opens only where it can store.",
                )}
            </p>
            <p>
                {t(
                    "Hãy tắt chế độ ẩn danh, hoặc giải phóng bộ nhớ của máy, rồi tải lại trang.",
                    "Leave private browsing, or free some of the device's memory, then reload the page.",
                )}
            </p>
            <p><small>{why}</small></p>
        </Notice>
    }
    .into_any()
}

#[component]
fn Open(survey: Survey) -> impl IntoView {
    // One screen at a time; the address keeps which, so turning the tablet or reloading loses nothing.
    let route = Memo::new(move |_| survey.route.get());
    view! {
        <strip::Strip survey=survey />
        {move || match route.get() {
            Route::Choose => view! { <choose::Choose survey=survey /> }.into_any(),
            Route::List => view! { <list::List survey=survey /> }.into_any(),
            Route::Waiting => view! { <list::Waiting survey=survey /> }.into_any(),
            Route::Household(id, round) => view! { <form::Form survey=survey id=id round=round /> }.into_any(),
        }}
    }
    .into_any()
}
