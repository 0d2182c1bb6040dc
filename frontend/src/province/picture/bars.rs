//! The table's rows as bars, the poorest first.

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::ClassBadge;
use soho_shared::area::AreaCode;
use soho_shared::report::Row;
use soho_shared::standard::Class;

use crate::address::Address;
use crate::go::Go;
use crate::number_text;
use crate::page::page;
use crate::rows::{Order, of_which};
use crate::sort::{Column, Sort};

/// A bar whose length is `share` of `whole`. It is SVG, so that it is also printed where backgrounds are not.
#[component]
pub fn Bar(
    /// Share that the bar shows, in percent.
    #[prop(into)]
    share: Signal<Option<Decimal>>,
    /// Share that fills the whole width, in percent.
    #[prop(into)]
    whole: Signal<Decimal>,
    /// Class that gives the colour.
    class: Class,
) -> impl IntoView {
    let width = move || {
        let whole = whole.get();
        let share = share.get().unwrap_or_default();
        if whole.is_zero() { Decimal::ZERO } else { (share * Decimal::ONE_HUNDRED / whole).round_dp(2) }
            .to_string()
    };
    view! {
        <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" data-class=class.word()>
            <rect width=width height="1" />
        </svg>
    }
    .into_any()
}

/// The table's rows as bars.
#[component]
pub fn Bars() -> impl IntoView {
    let page = page();
    let order = Order::new(page, Signal::stored(Sort { column: Column::PoorPercent, descending: true }));
    let whole = Memo::new(move |_| {
        page.answer.figures.with(|f| {
            let rows = f.as_ref().map(|f| f.statistics.rows.as_slice()).unwrap_or_default();
            rows.iter()
                .flat_map(|r| [r.poor_percent, r.near_poor_percent])
                .flatten()
                .max()
                .unwrap_or(Decimal::ONE_HUNDRED)
        })
    });
    view! {
        <figure class="part bars-part" data-section="bars" aria-labelledby="bars-title">
            <h2 id="bars-title">{t("Xếp theo tỷ lệ hộ nghèo, từ cao xuống thấp", "By poor rate, the highest first")}</h2>
            <p class="key"><ClassBadge class=Class::Poor /> <ClassBadge class=Class::NearPoor /></p>
            <ol class="bars" id="bars">
                <For each=move || order.codes() key=Clone::clone children=move |code| view! { <BarsOf code=code whole=whole /> } />
            </ol>
            <figcaption>
                {t("Phần trăm ", "Percent ")} {move || of_which(page.basis())}
                {t(", ở từng đơn vị. Bảng đầy đủ: ", ", in each area. As a table: ")}
                <a href=move || format!("#{}-table", page.here().by.word())>{move || now("bảng số liệu ở trên", "the table above")}</a> "."
            </figcaption>
        </figure>
    }
    .into_any()
}

#[component]
fn BarsOf(code: String, whole: Memo<Decimal>) -> impl IntoView {
    let page = page();
    let area = code.parse::<AreaCode>().ok();
    let row = page.row(code);
    let name = move || row.with(|r| r.as_ref().map(|r| r.called(lang()).to_owned()));
    let name = match area {
        Some(area @ (AreaCode::District(_) | AreaCode::Commune(_)))
            if area != untrack(|| page.here().area) =>
        {
            let to = Signal::derive(move || Address::of_area(area, page.here().round));
            view! { <Go to=to>{name}</Go> }.into_any()
        }
        _ => view! { <span>{name}</span> }.into_any(),
    };
    let line = move |class: Class, read: fn(&Row) -> Option<Decimal>| {
        let share = Signal::derive(move || row.with(|r| r.as_ref().and_then(read)));
        let word = move || {
            if class == Class::Poor { now("nghèo", "poor") } else { now("cận nghèo", "near-poor") }
        };
        view! {
            <span class="bar-line">
                <Bar share=share whole=whole class=class />
                <span class="sr">{word} " "</span>
                <span class="number">{move || number_text::percent(share.get(), lang())}</span>
            </span>
        }
    };
    view! {
        <li>
            <span class="bar-name" lang="vi">{name}</span>
            {line(Class::Poor, |r| r.poor_percent)}
            {line(Class::NearPoor, |r| r.near_poor_percent)}
        </li>
    }
    .into_any()
}
