//! The survey at `/survey/`: whom a volunteer still has to visit, and whether everything typed is safe.

mod builders;
mod choose;
mod form;
mod leave;
mod list;
mod row;
mod said;
mod state;
mod strip;
mod words;

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use soho_frontend::i18n::{now, t};
use soho_frontend::local::Notebook;
use soho_frontend::local::notebook::{Closed, Start};
use soho_frontend::ui::dom::{El, el, follow};
use soho_frontend::ui::focus_now;
use soho_frontend::ui::later::later;
use soho_frontend::ui::shell::{header, skip_link};
use soho_frontend::ui::{self, App};
use soho_shared::record::{Round, Subject};

use builders::{notice, p};
use state::{Route, Survey};

fn main() {
    ui::shell::mount_elements(page);
}

/// Builds the screen of one household. Its code comes after the rest of the app, which so opens sooner.
#[wasm_split(form, wasm_split_path = ::leptos::wasm_split, fallible, preload(fetch_form))]
fn household(survey: Survey, id: Subject, round: Option<Round>) -> Result<Vec<El>, SplitLoaderError> {
    Ok(form::form(survey, id, round))
}

/// What the whole page shows.
#[derive(Clone)]
enum Page {
    Opening,
    Open(Survey),
    Closed(Closed),
    NoStorage(String),
}

/// Builds the page. It opens the notebook, or says why it cannot.
fn page() -> Vec<El> {
    let opened = RwSignal::new(Page::Opening);
    spawn_local(async move {
        opened.set(match Notebook::open().await {
            Ok(Start::Open(notebook)) => Page::Open(Survey::start(&notebook)),
            Ok(Start::Closed(closed)) => Page::Closed(closed),
            Err(error) => Page::NoStorage(error.to_string()),
        });
        // Before a household is opened, and before the network goes. Where it fails, opening one tries again.
        let _ = fetch_form().await;
    });
    let main = el("main").id("main").class("wide").attr("tabindex", "-1").made(move || match opened.get() {
        Page::Opening => vec![
            el("h1").says(t("Rà soát hộ nghèo, hộ cận nghèo", "Survey of poor and near-poor households")),
            p("loading", t("Đang mở sổ trên máy này…", "Opening the book on this device…")),
        ],
        Page::NoStorage(why) => no_storage(&why),
        Page::Closed(closed) => leave::closed(closed),
        Page::Open(survey) if survey.signals.closed.get() => leave::let_go(&survey.signals.saved.get()),
        Page::Open(survey) => vec![strip::strip(survey), strip::messages(survey), screen(survey)],
    });
    vec![skip_link(), header(App::Survey, None), main]
}

/// Builds the screen for a browser that cannot store data: nothing may be typed that could not be kept.
fn no_storage(why: &str) -> Vec<El> {
    let what = t(
        "Chưa có gì bị mất. Để không mất phiếu, trang này chỉ mở khi lưu được trên máy.",
        "Nothing is lost. So that no record is, this page opens only where it can store.",
    );
    let next = t(
        "Hãy tắt chế độ ẩn danh, hoặc giải phóng bộ nhớ của máy, rồi tải lại trang.",
        "Leave private browsing, or free some of the device's memory, then reload the page.",
    );
    vec![
        el("h1").says(t("Máy này chưa lưu được dữ liệu", "This device does not let the page store data")),
        notice("failure", &[p("", what), p("", next), el("p").with([el("small").text(why)])]),
    ]
}

/// Shows one screen at a time. The address says which, so turning the tablet or reloading loses nothing.
fn screen(survey: Survey) -> El {
    follow(move || {
        let screen = match survey.route.get() {
            Route::Choose => now("Chọn nơi rà soát", "Where to survey"),
            Route::List => now("Danh sách hộ", "Households"),
            Route::Waiting => now("Phiếu chưa gửi", "Records not sent"),
            Route::Leave => now("Ra khỏi máy này", "Sign out"),
            Route::Household(..) => now("Phiếu của hộ", "A household's record"),
        };
        document().set_title(&format!("{screen} – Sổ Hộ"));
    });
    let is_first = Cell::new(true);
    el("div").made(move || {
        let route = survey.route.get();
        // The focus follows, so that a screen reader begins at the top of the new screen; a link to a field goes on to it.
        if !is_first.replace(false) {
            focus_now("main");
        }
        match route {
            Route::Choose => choose::choose(survey),
            Route::List => list::list(survey),
            Route::Waiting => list::waiting(survey),
            Route::Leave => leave::leave(survey),
            Route::Household(id, round) => vec![later(move || Box::pin(household(survey, id, round)))],
        }
    })
}
