//! The three main numbers, and the worst and best areas.

use leptos::html;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::ClassBadge;
use soho_shared::area::AreaCode;
use soho_shared::report::Row;
use soho_shared::standard::Class;

use crate::address::Address;
use crate::go::{Go, Known, mark_changes};
use crate::number_text;
use crate::page::page;
use crate::rows::of_which;
use crate::sheet::{Cell, shown};
use crate::sort::{Column, Sort};

/// The three main numbers: poor, near-poor and recorded households.
#[component]
pub fn Numbers() -> impl IntoView {
    let page = page();
    let total = page.total();
    let to = move |column| Signal::derive(move || page.here().sorted(column, true));
    let whole = move || of_which(page.basis());
    let undecided = move || {
        let (all, undecided) = total.with(|r| r.as_ref().map_or((0, 0), |r| (r.recorded, r.undecided)));
        match (undecided, lang()) {
            (_, Lang::Vi) if all == 0 => "Chưa có phiếu nào".to_owned(),
            (_, Lang::En) if all == 0 => "Nothing recorded yet".to_owned(),
            (0, Lang::Vi) => "Đã xếp loại hết các phiếu".to_owned(),
            (0, Lang::En) => "All records are classified".to_owned(),
            (n, Lang::Vi) => format!("Chưa đủ thông tin để xếp loại: {} hộ", number_text::count(n, Lang::Vi)),
            (n, Lang::En) => format!("Not enough to classify yet: {}", number_text::count(n, Lang::En)),
        }
    };
    let unsure = move || {
        let (estimated, open) =
            total.with(|r| r.as_ref().map_or((0, 0), |r| (r.estimated, r.open_treatment)));
        let of = |n: i64, words: &'static str| {
            (n > 0).then(|| view! { <dd>{number_text::count(n, lang())} " " {words}</dd> })
        };
        let by_income = now(
            "hộ xếp theo ước tính thu nhập, chưa theo điểm B1, B2",
            "classed by our estimate of income, not by points B1, B2",
        );
        let by_treatment = now(
            "hộ có kết quả tùy cách tính trợ cấp, quy định chưa xác minh",
            "whose class depends on whether allowances count, which is not established",
        );
        (of(estimated, by_income), of(open, by_treatment))
    };
    view! {
        <dl class="numbers">
            <div data-class="poor">
                <dt><ClassBadge class=Class::Poor /></dt>
                <dd class="big"><Go to=to(Column::Poor) then="table-title"><Number id="total-poor" read=|r| Cell::Count(r.poor) /></Go></dd>
                <dd><b><Number id="total-poor-percent" read=|r| Cell::Percent(r.poor_percent) /></b> " " {whole}</dd>
            </div>
            <div data-class="near_poor">
                <dt><ClassBadge class=Class::NearPoor /></dt>
                <dd class="big">
                    <Go to=to(Column::NearPoor) then="table-title"><Number id="total-near-poor" read=|r| Cell::Count(r.near_poor) /></Go>
                </dd>
                <dd><b><Number id="total-near-poor-percent" read=|r| Cell::Percent(r.near_poor_percent) /></b> " " {whole}</dd>
            </div>
            <div>
                <dt>{t("Hộ đã ghi vào sổ", "Households recorded")}</dt>
                <dd class="big">
                    <Go to=to(Column::Households) then="table-title"><Number id="total-households" read=|r| Cell::Count(r.recorded) /></Go>
                </dd>
                <dd id="total-undecided" data-value=move || total.with(|r| r.as_ref().map(|r| r.undecided))>{undecided}</dd>
                {unsure}
            </div>
        </dl>
    }
    .into_any()
}

/// One figure of the total row, marked when it changes.
#[component]
fn Number(id: &'static str, read: fn(&Row) -> Cell) -> impl IntoView {
    let page = page();
    let value = page.figure(page.total(), read);
    let element = NodeRef::<html::Span>::new();
    mark_changes(value, element);
    let says = move |known: &Known| match &known.cell {
        Cell::Percent(percent) => number_text::percent(*percent, lang()),
        cell => shown(cell, lang()),
    };
    view! {
        <span node_ref=element id=id class="number" data-value=move || value.with(|v| v.as_ref().map(|v| v.cell.plain()))>
            {move || value.with(|v| v.as_ref().map(says))}
        </span>
    }
    .into_any()
}

/// One sentence that names the areas with the highest and the lowest rate.
#[component]
pub fn Extremes() -> impl IntoView {
    let page = page();
    let rows = Memo::new(move |_| {
        page.answer.figures.with(|f| {
            let mut rows = f.as_ref().map(|f| f.statistics.rows.clone()).unwrap_or_default();
            rows.retain(|r| r.households > 0);
            Sort { column: Column::PoorPercent, descending: true }.apply(&mut rows, str::cmp);
            (rows.len() > 1).then(|| [rows.first().cloned(), rows.last().cloned()])
        })
    });
    let one = move |i: usize| {
        let row = Memo::new(move |_| rows.with(|rows| rows.as_ref().and_then(|rows| rows[i].clone())));
        let code = Memo::new(move |_| row.with(|r| r.as_ref().and_then(|r| r.code.parse::<AreaCode>().ok())));
        let rate = move || row.with(|r| r.as_ref().map(|r| number_text::percent(r.poor_percent, lang())));
        let name = move || row.with(|r| r.as_ref().map(|r| r.called(lang()).to_owned()));
        let link = move || match code.get() {
            Some(area @ (AreaCode::District(_) | AreaCode::Commune(_))) if area != page.here().area => {
                let to = Signal::derive(move || Address::of_area(area, page.here().round));
                view! { <Go to=to>{name}</Go> }.into_any()
            }
            _ => view! { <span>{name}</span> }.into_any(),
        };
        view! { <span lang="vi">{link}</span> " " <b class="number">{rate}</b> }
    };
    view! {
        <Show when=move || rows.with(Option::is_some)>
            <p class="extremes" id="extremes">
                {t("Tỷ lệ hộ nghèo cao nhất: ", "Highest poor rate: ")} {one(0)} {t("; thấp nhất: ", "; lowest: ")} {one(1)} "."
            </p>
        </Show>
    }
    .into_any()
}
