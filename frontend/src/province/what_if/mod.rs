//! The what-if view: the lines move, the whole area is classified again in the browser at every movement, and
//! the outcome stands beside that of the lines in force. Nothing is stored or sent.
//!
//! The households come once, as columns ([`load`]). What is tried is in the address ([`trial`]), [`board`]
//! does the computing, and the other modules show it.

mod board;
mod costs;
mod field;
mod lines;
mod load;
mod outcome;
mod sums;
mod table;
pub mod trial;

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::clock;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::dom::{El, el};
use soho_shared::area::AreaCode;

use self::board::Board;
use self::load::Loading;
use self::trial::in_force;
use crate::figures::moment;
use crate::number_text;
use crate::page::{Page, page, rows_are};
use crate::table::Kinds;
use crate::tools::Tools;

/// The what-if view.
#[component]
pub fn WhatIf() -> impl IntoView {
    let page = page();
    let state = RwSignal::new(Loading::Asked);
    let question = Memo::new(move |_| {
        let here = page.here();
        (here.area, here.round, here.by)
    });
    Effect::new(move |_| {
        let (area, round, _) = question.get();
        load::load(area, round, false, state);
    });
    let content = move || {
        question.with(|_| ());
        match state.get() {
            Loading::Here(_) => {
                laid_out(page, state).unwrap_or_else(|| message("info", nobody).view().into_any())
            }
            Loading::Asked => message("info", move || coming(page)).view().into_any(),
            Loading::Lost => {
                message("warning", unreachable_words).with([try_again(page, state)]).view().into_any()
            }
            Loading::Refused(problem) => message("failure", move || problem.words(lang()))
                .with([try_again(page, state)])
                .view()
                .into_any(),
        }
    };
    view! {
        <section class="what-if" id="what-if">
            <h2 id="what-if-title" tabindex="-1">{t("Thử mức chuẩn nghèo khác", "What if the lines were different")}</h2>
            <p class="hint no-print">
                {t(
                    "Kéo một thanh: mọi hộ được xếp loại lại ngay trên máy này. Không có gì được lưu hay gửi đi. Địa chỉ trang giữ các mức đang thử, gửi cho đồng nghiệp được.",
                    "Drag a slider: every household is classified again on this device. Nothing is stored or sent. The page's address holds what is tried, so it can be sent to a colleague.",
                )}
            </p>
            {content}
        </section>
    }
    .into_any()
}

fn message(tone: &str, words: impl Fn() -> String + 'static) -> El {
    el("div")
        .class(&format!("notice {tone}"))
        .id("what-if-words")
        .with([el("p").attr("role", "status").says(words)])
}

fn try_again(page: Page, state: RwSignal<Loading>) -> El {
    el("p").with([load_again("what-if-again", page, state).says(t("Thử lại", "Try again"))])
}

fn load_again(id: &str, page: Page, state: RwSignal<Loading>) -> El {
    el("button").attr("type", "button").class("button second").id(id).on("click", move |_| {
        let here = page.here_untracked();
        load::load(here.area, here.round, true, state);
    })
}

fn nobody() -> String {
    lang()
        .pick(
            "Chưa có hộ nào ở đây trong đợt này xếp loại được, nên chưa có gì để thử.",
            "No household here can be classified in this round yet, so there is nothing to try.",
        )
        .to_owned()
}

fn unreachable_words() -> String {
    lang()
        .pick(
            "Không kết nối được máy chủ, mà thu nhập của các hộ thì không được lưu trên máy này. Các mức đang thử vẫn còn trong địa chỉ trang.",
            "The server cannot be reached, and households' incomes are never kept on this device. What you tried is still in the page's address.",
        )
        .to_owned()
}

fn coming(page: Page) -> String {
    let lang = lang();
    let households = page.answer.figures.with(|f| f.as_ref().map(|f| f.statistics.total.recorded));
    match (households, lang) {
        (Some(n), Lang::Vi) => {
            format!("Đang tải thu nhập của {} hộ, không kèm tên…", number_text::count(n, lang))
        }
        (Some(n), Lang::En) => {
            format!("Loading the incomes of {} households, without names…", number_text::count(n, lang))
        }
        (None, _) => {
            lang.pick("Đang tải thu nhập của các hộ…", "Loading the households' incomes…").to_owned()
        }
    }
}

/// Builds the view of the area shown; `None` where its households cannot be classified.
fn laid_out(page: Page, state: RwSignal<Loading>) -> Option<AnyView> {
    let here = page.here_untracked();
    let data = load::held(here.area, here.round).filter(|data| !data.households.is_empty())?;
    let board = Board::new(page, here, in_force(here.round)?, data)?;
    let shown = StoredValue::new_local(Rc::clone(&board));
    let by = board.by;
    let bands = !matches!(here.area, AreaCode::Commune(_) | AreaCode::Hamlet(_));
    let said = board.said;
    let view = view! {
        <p class="sr" role="status">{move || said.get()}</p>
        <div class="trying">
            {sums::totals(&board).view()}
            {lines::sliders(&board).view()}
            <div class="results">
                <section class="part" data-section="what-if">
                    <div class="part-head">
                        <h3 id="tried-title">{move || format!("{} {}", now("Theo", "By"), rows_are(by, lang()))}</h3>
                        <Kinds />
                        <Tools section="what-if" sheet=Callback::new(move |()| shown.with_value(|board| table::sheet(board))) />
                    </div>
                    {table::table(&board).view()}
                    {sums::undecided(&board).view()}
                    {as_of(&board, state).view()}
                </section>
                {bands.then(|| sums::bands(&board).view())}
                {costs::costs(&board).view()}
            </div>
        </div>
    };
    Some(view.into_any())
}

/// Builds the line that says when the incomes were fetched, and whether the register has changed since.
fn as_of(board: &Rc<Board>, state: RwSignal<Loading>) -> El {
    let (page, at, by_then) = (board.page, board.data.at, board.in_force());
    let changed = move || {
        page.answer.figures.with(|figures| {
            figures.as_ref().is_some_and(|f| {
                let statistics = &f.statistics;
                let now = (statistics.total.recorded, statistics.total.poor, statistics.total.near_poor);
                (statistics.area, statistics.round) == by_then.about && now != by_then.counts
            })
        })
    };
    let words = move || {
        let lang = lang();
        let at = moment(at).said(moment(clock::now()).day, lang);
        match (changed(), lang) {
            (false, Lang::Vi) => format!("Thu nhập các hộ lấy từ sổ lúc {at}."),
            (false, Lang::En) => format!("Incomes as the register had them at {at}."),
            (true, Lang::Vi) => format!("Thu nhập các hộ lấy từ sổ lúc {at}; từ đó sổ đã thay đổi."),
            (true, Lang::En) => format!("Incomes as the register had them at {at}; it has changed since."),
        }
    };
    el("div").class("as-of").with([
        el("p").attr("role", "status").says(words),
        load_again("what-if-renew", page, state)
            .flag("hidden", move || !changed())
            .says(t("Tải lại thu nhập", "Load the incomes again")),
    ])
}
