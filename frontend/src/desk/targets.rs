//! The plan's path: how far an area's poor rate is from what the province set itself in 2011.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::number_text::cell;
use soho_shared::report::{self, Cell, Sheet};

use crate::address::Page;
use crate::chart::Chart;
use crate::head::Guard;
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::desk;
use crate::tools::Tools;

/// Heads of the table, in Vietnamese as the sheet has them.
const HEADS_EN: [&str; 7] = [
    "Year",
    "All households",
    "Poor households",
    "Poor (%)",
    "Target: two points less each year (%)",
    "Target: 7% in 2015, 3% in 2020 (%)",
    "Recorded in hamlets that declare no number",
];

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
    let csv = Signal::derive(move || format!("{}&format=csv", address()));
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let sheet = Callback::new(move |()| {
        answer.with_untracked(|answer| answer.as_ref().map_or_else(Sheet::default, report::Targets::sheet))
    });
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">
            {t("Chỉ tiêu giảm nghèo của Kế hoạch 1051/KH-UBND", "Targets of the plan 1051/KH-UBND of 2011")}
        </p>
        <section class="part targets" data-section="targets">
            <div class="part-head">
                <h2 id="targets-title">{t("Từng năm", "Year by year")}</h2>
                <Tools sheet=sheet csv=csv />
            </div>
            <Waiting question=question />
            {move || answer.get().map(|targets| view! {
                <Chart targets=targets.clone() />
                <div class="table-box" role="region" tabindex="0" aria-labelledby="targets-title">
                    {table(&targets.sheet(), lang(), &desk.here().round.to_string())}
                </div>
            })}
            <p class="hint">{t(PLAN.0, PLAN.1)}</p>
        </section>
    }
    .into_any()
}

fn table(sheet: &Sheet, lang: Lang, round: &str) -> impl IntoView + use<> {
    let head = |(place, cell): (usize, &Cell)| {
        let words = match lang {
            Lang::Vi => cell.plain().replace(" %", "\u{a0}%"),
            Lang::En => HEADS_EN.get(place).map(ToString::to_string).unwrap_or_default(),
        };
        let class = if place == 0 { "" } else { "num" };
        view! { <th scope="col" class=class data-col=(place == 0).then_some("name")>{words}</th> }
    };
    let heads = sheet.rows.first().into_iter().flatten().enumerate().map(head).collect_view();
    let row = |cells: &Vec<Cell>| {
        let year = cells.first().map(Cell::plain).unwrap_or_default();
        let figures = cells.iter().skip(1);
        let figures = figures.map(|of| view! { <td class="num" data-value=of.plain()>{cell(of, lang)}</td> });
        let current = (year == round).then_some("true");
        let of_year = year.clone();
        view! {
            <tr data-year=of_year aria-current=current>
                <th scope="row" data-col="name">{year}</th>
                {figures.collect_view()}
            </tr>
        }
    };
    let rows = sheet.rows.iter().skip(1).map(row).collect_view();
    view! {
        <table class="figures" data-testid="targets-table">
            <caption>{lang.pick("Tỷ lệ hộ nghèo và mục tiêu", "Poor rate and targets")}</caption>
            <thead><tr>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_an_english_head() {
        let path = report::Targets { area: "83".parse().unwrap(), steps: vec![] };
        assert_eq!(path.sheet().rows[0].len(), HEADS_EN.len());
    }
}
