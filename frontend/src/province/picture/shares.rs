//! What the poor households have in common: where they live, why they are poor, which groups they are in.

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{lang, t};
use soho_shared::area::AreaCode;
use soho_shared::report::{ResidenceSplit, Share, Statistics};
use soho_shared::standard::Class;

use super::bars::Bar;
use crate::number;
use crate::page::{Page, page};
use crate::sheet::{Cell, Sheet};
use crate::tools::Tools;

/// Rural and urban.
#[component]
pub fn Residence() -> impl IntoView {
    let page = page();
    let headings = move || {
        let lang = lang();
        // Of the households of both: so the two rates add up to the area's.
        let whole = match page.here().area {
            AreaCode::Province(_) => lang.pick("% số hộ toàn tỉnh", "% of the province's households"),
            _ => lang.pick("% số hộ toàn huyện", "% of the district's households"),
        };
        [
            lang.pick("Khu vực", "Area"),
            lang.pick("Số hộ", "Households"),
            lang.pick("Hộ nghèo", "Poor"),
            whole,
            lang.pick("Hộ cận nghèo", "Near-poor"),
            whole,
        ]
    };
    let names =
        || [("rural", lang().pick("Nông thôn", "Rural")), ("urban", lang().pick("Thành thị", "Urban"))];
    let sheet = move |()| {
        untrack(|| {
            let mut sheet = Sheet::new(file(page, "nong-thon-thanh-thi"), headings());
            for (i, (_, name)) in names().into_iter().enumerate() {
                if let Some(split) = split(page, i) {
                    let mut row = vec![Cell::Text(name.to_owned())];
                    row.extend(cells(&split));
                    sheet.rows.push(row);
                }
            }
            sheet
        })
    };
    let row = move |i: usize| {
        let split = Memo::new(move |_| split(page, i));
        let cell = move |at: usize| {
            let word = ["households", "poor", "poor_percent", "near_poor", "near_poor_percent"][at];
            let cell = move || split.with(|s| s.as_ref().map(|s| cells(s)[at].clone()));
            view! {
                <td class="num" data-col=word data-value=move || cell().map(|c| c.plain())>
                    {move || cell().map(|c| c.shown(lang()))}
                </td>
            }
        };
        view! {
            <tr data-residence=["rural", "urban"][i]>
                <th scope="row">{move || names()[i].1}</th>
                {cell(0)} {cell(1)} {cell(2)} {cell(3)} {cell(4)}
            </tr>
        }
    };
    view! {
        <section class="part" data-section="residence">
            <div class="part-head">
                <h2 id="residence-title">{t("Nông thôn và thành thị", "Rural and urban")}</h2>
                <Tools section="residence" sheet=Callback::new(sheet) />
            </div>
            <div class="table-box" role="region" tabindex="0" aria-labelledby="residence-title">
                <table id="residence-table" class="figures">
                    <thead><tr>
                        {(0..6).map(|i| view! { <th scope="col" class:num=move || i != 0>{move || headings()[i]}</th> }).collect_view()}
                    </tr></thead>
                    <tbody>{row(0)} {row(1)}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn split(page: Page, i: usize) -> Option<ResidenceSplit> {
    page.answer.figures.with(|f| {
        let both = &f.as_ref()?.statistics.residence;
        Some(if i == 0 { both.rural.clone() } else { both.urban.clone() })
    })
}

fn cells(split: &ResidenceSplit) -> [Cell; 5] {
    [
        Cell::Count(split.households),
        Cell::Count(split.poor),
        Cell::Percent(split.poor_percent_of_all_households),
        Cell::Count(split.near_poor),
        Cell::Percent(split.near_poor_percent_of_all_households),
    ]
}

/// The main causes of poverty.
#[component]
pub fn Causes() -> impl IntoView {
    view! {
        <Shares id="causes" file_part="nguyen-nhan" read=|s| &s.poor_by_main_cause
            title=("Nguyên nhân nghèo chính", "Main causes of poverty") first=("Nguyên nhân", "Cause") note=("", "") />
    }
}

/// The groups of poor households.
#[component]
pub fn Groups() -> impl IntoView {
    view! {
        <Shares id="groups" file_part="nhom-ho" read=|s| &s.poor_by_group_overlapping
            title=("Hộ nghèo theo nhóm", "Poor households by group") first=("Nhóm", "Group")
            note=("Một hộ có thể thuộc nhiều nhóm, nên các dòng không cộng lại được.",
                  "A household can be in several groups, so the rows do not add up.") />
    }
}

#[component]
fn Shares(
    id: &'static str,
    file_part: &'static str,
    title: (&'static str, &'static str),
    first: (&'static str, &'static str),
    note: (&'static str, &'static str),
    read: fn(&Statistics) -> &Vec<Share>,
) -> impl IntoView {
    let page = page();
    let shares = Memo::new(move |_| {
        page.answer.figures.with(|f| f.as_ref().map(|f| read(&f.statistics).clone()).unwrap_or_default())
    });
    let ids = Memo::new(move |_| shares.with(|s| s.iter().map(|s| s.id.clone()).collect::<Vec<_>>()));
    let headings = move || {
        let lang = lang();
        [
            lang.pick(first.0, first.1),
            lang.pick("Hộ nghèo", "Poor"),
            lang.pick("% số hộ nghèo", "% of the poor"),
        ]
    };
    let sheet = move |()| {
        untrack(|| {
            let mut sheet = Sheet::new(file(page, file_part), headings());
            for share in shares.get() {
                let name = lang().pick(&share.vi, &share.en).to_owned();
                sheet.rows.push(vec![
                    Cell::Text(name),
                    Cell::Count(share.households),
                    Cell::Percent(share.percent),
                ]);
            }
            sheet
        })
    };
    let title_id = format!("{id}-title");
    view! {
        <section class="part" data-section=id>
            <div class="part-head">
                <h2 id=title_id>{t(title.0, title.1)}</h2>
                <Tools section=id sheet=Callback::new(sheet) />
            </div>
            <table id=format!("{id}-table") class="shares">
                <thead><tr>
                    {(0..3).map(|i| view! { <th scope="col" class:num=move || i != 0>{move || headings()[i]}</th> }).collect_view()}
                </tr></thead>
                <tbody>
                    <For each=move || ids.get() key=Clone::clone children=move |id| view! { <ShareRow id=id shares=shares /> } />
                </tbody>
            </table>
            <p class="small">{t(note.0, note.1)}</p>
        </section>
    }
    .into_any()
}

#[component]
fn ShareRow(id: String, shares: Memo<Vec<Share>>) -> impl IntoView {
    let share = {
        let id = id.clone();
        Memo::new(move |_| shares.with(|all| all.iter().find(|s| s.id == id).cloned()))
    };
    let read = move |f: &dyn Fn(&Share) -> String| share.with(|s| s.as_ref().map(f));
    let percent = Signal::derive(move || share.with(|s| s.as_ref().and_then(|s| s.percent)));
    view! {
        <tr data-id=id>
            <th scope="row">
                {move || read(&|s| lang().pick(&s.vi, &s.en).to_owned())}
                <Bar share=percent whole=Signal::stored(Decimal::ONE_HUNDRED) class=Class::Poor />
            </th>
            <td class="num" data-col="households" data-value=move || read(&|s| s.households.to_string())>
                {move || read(&|s| number::count(s.households, lang()))}
            </td>
            <td class="num" data-col="percent" data-value=move || read(&|s| Cell::Percent(s.percent).plain())>
                {move || number::rate(percent.get(), lang())}
            </td>
        </tr>
    }
    .into_any()
}

/// A file's name: which table of which area in which round.
pub(super) fn file(page: Page, part: &str) -> String {
    let here = page.here();
    format!("so-ho-{}-{}-{part}", here.area, here.round)
}
