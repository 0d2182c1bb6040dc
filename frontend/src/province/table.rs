//! The plan's own table of districts, communes or hamlets.

use leptos::html;
use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_shared::area::AreaCode;
use soho_shared::report::{By, Row};
use wasm_bindgen::JsCast as _;

use crate::address::Address;
use crate::go::{Go, Known, is_plain, mark_changes};
use crate::page::{Page, district_name, opens, page, rows_are};
use crate::rows::{Order, cell, heading, heading_alone};
use crate::sheet::{Sheet, shown};
use crate::sort::Column;
use crate::tools::Tools;

/// The table with its title and its buttons.
#[component]
pub fn Table() -> impl IntoView {
    let page = page();
    let order = Order::new(page, Signal::derive(move || page.here().sort));
    let id = move || format!("{}-table", page.here().by.word());
    let report = Signal::derive(move || {
        let here = page.here();
        format!("/api/v1/reports/{}?area={}&round={}", here.by.word(), here.area, here.round)
    });
    // On a phone only a long table gets a scroll box of its own; for nine rows that would be one scroll too many.
    let is_long =
        move || page.answer.figures.with(|f| f.as_ref().is_some_and(|f| f.statistics.rows.len() > 12));
    let caption = move || {
        let here = page.here();
        format!(
            "{}: {}, {} {}",
            now("Hộ nghèo, hộ cận nghèo", "Poor and near-poor households"),
            here.area.name(),
            now("đợt", "round"),
            here.round
        )
    };
    view! {
        <section class="part" data-section="table">
            <div class="part-head">
                <h2 id="table-title" tabindex="-1">
                    {move || format!("{} {}", now("Theo", "By"), rows_are(page.here().by, lang()))}
                </h2>
                <Kinds />
                <Tools section="table" sheet=Callback::new(move |()| sheet(page, order)) report=report />
            </div>
            <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="table-title">
                <table id=id class="figures" class:opens=move || page.here().by != By::Hamlet>
                    <caption>{caption}</caption>
                    <thead>
                        <tr>
                            {Column::ALL.map(|column| view! { <Heading column=column /> })}
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || order.codes() key=Clone::clone children=|code| view! { <Line code=code /> } />
                    </tbody>
                    <tfoot>
                        <Total />
                    </tfoot>
                </table>
            </div>
            <Show when=move || order.is_stale.get()>
                <p class="stale no-print">
                    {t("Số liệu vừa đổi thứ tự các dòng. ", "The figures have changed the order of the rows. ")}
                    <button type="button" class="tool" id="sort-again" on:click=move |_| order.renew()>
                        {t("Xếp lại", "Sort again")}
                    </button>
                </p>
            </Show>
        </section>
    }
    .into_any()
}

/// Links to the province's two tables: by district, and all communes.
#[component]
pub fn Kinds() -> impl IntoView {
    let page = page();
    let link = move |by: By, vi: &'static str, en: &'static str| {
        let to = Signal::derive(move || Address { by, sort: crate::sort::Sort::PLAN, ..page.here() });
        let current = Signal::derive(move || page.here().by == by);
        view! { <li><Go to=to current=current then="table-title">{t(vi, en)}</Go></li> }
    };
    view! {
        <Show when=move || matches!(page.here().area, AreaCode::Province(_))>
            <nav class="kinds no-print" aria-label=t("Cách chia", "Divided by")>
                <ul>
                    {link(By::District, "9 huyện, thành phố", "9 districts")}
                    {link(By::Commune, "164 xã, phường, thị trấn", "164 communes")}
                </ul>
            </nav>
        </Show>
    }
    .into_any()
}

#[component]
fn Heading(column: Column) -> impl IntoView {
    let page = page();
    let sort = move || page.here().sort;
    // Read aloud, a sign alone does not say of whom.
    let of_whom = move || match column {
        Column::PoorPercent => now("Hộ nghèo, ", "Poor households, "),
        Column::NearPoorPercent => now("Hộ cận nghèo, ", "Near-poor households, "),
        _ => "",
    };
    view! {
        <th scope="col" data-col=column.word() class:num=column.is_figure() aria-sort=move || sort().aria(column)>
            // Chromium does not repeat a head on the next printed page if it contains a button, hidden or not.
            <span class="print-only">{move || heading_alone(column, page.basis(), lang())}</span>
            <button
                type="button"
                class="sort"
                on:click=move |_| {
                    let tapped = sort().tapped(column);
                    page.go(page.here().sorted(tapped.column, tapped.descending));
                }
            >
                <span class="sr">{of_whom}</span>
                {move || heading(column, page.basis(), lang())}
                <span class="way" aria-hidden="true">
                    {move || match sort().aria(column) {
                        "ascending" => "▲",
                        "descending" => "▼",
                        _ => "",
                    }}
                </span>
            </button>
        </th>
    }
    .into_any()
}

/// Row of one area. A tap anywhere on it opens what is behind the figure tapped.
#[component]
fn Line(code: String) -> impl IntoView {
    let page = page();
    let row = page.row(code.clone());
    let behind = code.parse::<AreaCode>().ok().filter(|area| opens(*area));
    // Records that name no hamlet are a row of their commune among its hamlets; it opens nothing.
    let behind = behind.filter(|area| *area != untrack(|| page.here().area));
    let to = move || behind.map(|area| Address::of_area(area, page.here().round));
    let district = move || {
        let here = page.here();
        (here.by == By::Commune && matches!(here.area, AreaCode::Province(_)))
            .then(|| row.with(|r| r.as_ref().and_then(|r| district_name(r.district.as_deref()?))))
            .flatten()
    };
    let name = move || row.with(|r| r.as_ref().map(|r| r.called(lang()).to_owned()));
    let link = if behind.is_some() {
        let to = Signal::derive(move || to().unwrap_or_else(|| page.here()));
        view! { <Go to=to>{name}</Go> }.into_any()
    } else {
        view! { <span>{name}</span> }.into_any()
    };
    let open = move |event: web_sys::MouseEvent| {
        let Some(to) = untrack(to) else { return };
        let Some(tapped) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
        // The name is a link of its own, and the reader may be selecting text.
        let selecting = window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
        if !is_plain(&event) || selecting || tapped.closest("a").ok().flatten().is_some() {
            return;
        }
        let column =
            tapped.closest("[data-col]").ok().flatten().and_then(|cell| cell.get_attribute("data-col"));
        let column = Column::ALL.into_iter().find(|c| Some(c.word()) == column.as_deref());
        page.go(match column {
            Some(column) if column.begins_descending() => to.sorted(column, true),
            _ => to,
        });
    };
    view! {
        <tr data-code=code on:click=open>
            <Figure page=page row=row column=Column::Stt />
            <th scope="row" data-col="name" lang="vi">{link} <small class="of">{district}</small></th>
            <Figures page=page row=row />
        </tr>
    }
    .into_any()
}

#[component]
fn Total() -> impl IntoView {
    let page = page();
    let row = page.total();
    view! {
        <tr data-code=move || row.with(|r| r.as_ref().map(|r| r.code.clone())) class="total">
            <td data-col="stt"></td>
            <th scope="row" data-col="name">{t("Tổng cộng", "Total")}</th>
            <Figures page=page row=row />
        </tr>
    }
    .into_any()
}

/// The five figures after the name.
#[component]
fn Figures(page: Page, row: Memo<Option<Row>>) -> impl IntoView {
    Column::ALL
        .into_iter()
        .skip(2)
        .map(|column| view! { <Figure page=page row=row column=column /> })
        .collect_view()
}

#[component]
fn Figure(page: Page, row: Memo<Option<Row>>, column: Column) -> impl IntoView {
    let value = page.figure(row, move |row| cell(row, column));
    let element = NodeRef::<html::Td>::new();
    mark_changes(value, element);
    let read = move |f: fn(&Known) -> String| value.with(|v| v.as_ref().map(f));
    view! {
        <td node_ref=element class="num" data-col=column.word() data-value=move || read(|known| known.cell.plain())>
            {move || {
                let lang = lang();
                value.with(|v| v.as_ref().map(|known| shown(&known.cell, lang)))
            }}
        </td>
    }
    .into_any()
}

/// Returns the table as it is shown: same rows, same order, total row last.
fn sheet(page: Page, order: Order) -> Option<Sheet> {
    untrack(|| {
        let here = page.here();
        let table = page.answer.figures.with(|figures| {
            let statistics = &figures.as_ref()?.statistics;
            let codes = order.codes();
            let row = |code: &String| statistics.rows.iter().find(|row| row.code == *code);
            Some(statistics.table(codes.iter().filter_map(row)))
        })?;
        Some(Sheet { name: format!("so-ho-{}-{}-{}", here.area, here.round, here.by.word()), table })
    })
}
