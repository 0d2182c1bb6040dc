//! The plan's path: how far an area's poor rate is from what the province set itself in 2011.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, t};
use soho_shared::report::{self, Line};

use crate::address::Page;
use crate::chart::Chart;
use crate::head::Guard;
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::desk;
use crate::table_view::{Marks, TableView};
use crate::tools::Tools;

/// What the plan says of both targets, in Vietnamese and English.
const PLAN: (&str, &str) = (
    "Kế hoạch ghi hai mục tiêu: mỗi năm giảm 2\u{a0}%, và còn 7\u{a0}% năm 2015, 3\u{a0}% năm 2020. Hai con số không \
     trùng nhau (15,55\u{a0}% bớt 2 điểm mỗi năm là 5,55\u{a0}% năm 2015), nên bảng ghi cả hai; 7\u{a0}% và 3\u{a0}% chỉ \
     đặt cho toàn tỉnh.",
    "The plan states two targets: two points less each year, and 7% in 2015, 3% in 2020. They do not agree (15.55% less \
     two points a year is 5.55% in 2015), so both are shown; 7% and 3% are set for the province alone.",
);

/// The page of the plan's path.
#[component]
pub fn Targets() -> impl IntoView {
    view! { <Guard page=Page::Targets><Path /></Guard> }.into_any()
}

#[component]
fn Path() -> impl IntoView {
    let desk = desk();
    let address = move || {
        let here = desk.here();
        format!("/api/v1/reports/targets?area={}&round={}", here.area, here.round)
    };
    let question = Question::<report::Targets>::of(move || Some(format!("{}&format=json", address())));
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let table =
        Callback::new(move |()| answer.with_untracked(|answer| answer.as_ref().map(report::Targets::table)));
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">
            {t("Chỉ tiêu giảm nghèo của Kế hoạch 1051/KH-UBND", "Targets of the plan 1051/KH-UBND of 2011")}
        </p>
        <section class="part targets" data-section="targets">
            <div class="part-head">
                <h2 id="targets-title">{t("Từng năm", "Year by year")}</h2>
                <Tools table=table address=Signal::derive(address) />
            </div>
            <Waiting question=question />
            {move || answer.get().map(|targets| {
                let table = targets.table();
                let round = desk.here().round.to_string();
                let marks: Marks = Box::new(move |line: &Line| {
                    let Some(year) = line.code.clone() else { return vec![] };
                    let current = (year == round).then(|| ("aria-current", "true".to_owned()));
                    [("data-year", year)].into_iter().chain(current).collect()
                });
                view! {
                    <Chart targets=targets />
                    <TableView
                        table=table
                        lang=lang()
                        labelled_by="targets-title".to_owned()
                        about=vec![("data-testid", "targets-table".to_owned())]
                        marks=marks
                    />
                }
            })}
            <p class="hint">{t(PLAN.0, PLAN.1)}</p>
        </section>
    }
    .into_any()
}
