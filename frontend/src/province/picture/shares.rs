//! What the poor households have in common: where they live, why they are poor, and which groups they belong to.

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{Lang, lang, t};
use soho_shared::area::AreaCode;
use soho_shared::report::{self, Basis, Column, HEADS, Head, Line, ResidenceSplit, Share, Statistics, Table};
use soho_shared::standard::Class;

use super::bars::Bar;
use crate::number_text;
use crate::page::{Page, page};
use crate::sheet::{Cell, Sheet, shown};
use crate::tools::Tools;

/// A row of the table of rural and urban: its word, and how its cell is read from a part.
type Measure = (&'static str, fn(&ResidenceSplit) -> Cell);

const MEASURES: [Measure; 7] = [
    ("households", |part| Cell::Count(part.households)),
    ("poor", |part| Cell::Count(part.poor)),
    ("poor_percent_within", |part| Cell::Percent(part.poor_percent_within())),
    ("poor_percent", |part| Cell::Percent(part.poor_percent_of_all_households)),
    ("near_poor", |part| Cell::Count(part.near_poor)),
    ("near_poor_percent_within", |part| Cell::Percent(part.near_poor_percent_within())),
    ("near_poor_percent", |part| Cell::Percent(part.near_poor_percent_of_all_households)),
];

/// Returns the names of the measures. Two kinds of rates stand side by side: of the part's own households,
/// and, as in the plan, of the households of both parts, so that rural and urban add up.
fn measures(area: AreaCode, basis: Basis, lang: Lang) -> [&'static str; 7] {
    let households = report::heads(basis)[2];
    let [poor_of_all, near_poor_of_all] = match area {
        AreaCode::Province(_) => [
            lang.pick("Hộ nghèo của khu vực, % của toàn tỉnh", "Poor of the area, % of the whole province"),
            lang.pick(
                "Hộ cận nghèo của khu vực, % của toàn tỉnh",
                "Near-poor of the area, % of the whole province",
            ),
        ],
        _ => [
            lang.pick("Hộ nghèo của khu vực, % của toàn huyện", "Poor of the area, % of the whole district"),
            lang.pick(
                "Hộ cận nghèo của khu vực, % của toàn huyện",
                "Near-poor of the area, % of the whole district",
            ),
        ],
    };
    [
        lang.pick(households.0, households.1),
        lang.pick(HEADS[3].0, HEADS[3].1),
        lang.pick("Tỷ lệ nghèo trong khu vực, %", "Poor rate within the area, %"),
        poor_of_all,
        lang.pick(HEADS[5].0, HEADS[5].1),
        lang.pick("Tỷ lệ cận nghèo trong khu vực, %", "Near-poor rate within the area, %"),
        near_poor_of_all,
    ]
}

/// The parts of the area, and both together.
const PARTS: [(&str, Head); 3] =
    [("rural", ("Nông thôn", "Rural")), ("urban", ("Thành thị", "Urban")), ("both", ("Cả hai", "Both"))];

/// Table of rural and urban households.
#[component]
pub fn Residence() -> impl IntoView {
    let page = page();
    let parts: [Memo<Option<ResidenceSplit>>; 3] = std::array::from_fn(|i| Memo::new(move |_| part(page, i)));
    let sheet = move |()| {
        untrack(|| {
            let mut table = Table::new(("Nông thôn và thành thị", "Rural and urban"), about(page));
            table.columns = vec![Column::text("measure", ("Chỉ tiêu", "Figure"), 40)];
            table.columns.extend(PARTS.map(|(id, head)| Column::whole(id, head)));
            for ((_, read), name) in
                MEASURES.into_iter().zip(measures(page.here().area, page.basis(), Lang::Vi))
            {
                let cells = parts.iter().filter_map(|part| part.with(|part| part.as_ref().map(read)));
                table.lines.push(Line::unit(None, std::iter::once(Cell::from(name)).chain(cells).collect()));
            }
            Some(Sheet { name: file(page, "nong-thon-thanh-thi"), table })
        })
    };
    let cell = move |i: usize, (word, read): Measure| {
        let cell = move || parts[i].with(|part| part.as_ref().map(read));
        view! {
            <td class="num" data-residence=PARTS[i].0 data-col=word data-value=move || cell().map(|c| c.plain())>
                {move || cell().map(|c| shown(&c, lang()))}
            </td>
        }
    };
    let row = move |at: usize| {
        view! {
            <tr>
                <th scope="row">{move || measures(page.here().area, page.basis(), lang())[at]}</th>
                {cell(0, MEASURES[at])} {cell(1, MEASURES[at])} {cell(2, MEASURES[at])}
            </tr>
        }
    };
    view! {
        <section class="part" data-section="residence">
            <div class="part-head">
                <h2 id="residence-title">{t("Nông thôn và thành thị", "Rural and urban")}</h2>
                <Tools section="residence" sheet=Callback::new(sheet) />
            </div>
            <table id="residence-table" class="shares" aria-labelledby="residence-title">
                <thead><tr>
                    <td></td>
                    {PARTS.map(|(_, (vi, en))| view! { <th scope="col" class="num">{t(vi, en)}</th> })}
                </tr></thead>
                <tbody>{(0..MEASURES.len()).map(row).collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// Returns the figures of a part, or of both together.
fn part(page: Page, i: usize) -> Option<ResidenceSplit> {
    page.answer.figures.with(|f| {
        let Statistics { residence, total, .. } = &f.as_ref()?.statistics;
        Some(match i {
            0 => residence.rural.clone(),
            1 => residence.urban.clone(),
            _ => ResidenceSplit {
                households: total.households,
                poor: total.poor,
                poor_percent_of_all_households: total.poor_percent,
                near_poor: total.near_poor,
                near_poor_percent_of_all_households: total.near_poor_percent,
            },
        })
    })
}

/// Table of the main causes of poverty.
#[component]
pub fn Causes() -> impl IntoView {
    view! {
        <Shares id="causes" file_part="nguyen-nhan" read=|s| &s.poor_by_main_cause
            title=("Nguyên nhân nghèo chính", "Main causes of poverty") first=("Nguyên nhân", "Cause") note=("", "") />
    }
}

/// Table of the groups of poor households.
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
    let heads = [first, HEADS[3], ("% của số hộ nghèo", "% of the poor")];
    let sheet = move |()| {
        untrack(|| {
            let mut table = Table::new(title, about(page));
            table.columns = vec![
                Column::text("name", first, 40),
                Column::whole("households", HEADS[3]),
                Column::rate("percent", heads[2]),
            ];
            let line = |share: Share| {
                let cells = vec![share.vi.into(), share.households.into(), Cell::Percent(share.percent)];
                Line::unit(Some(share.id), cells)
            };
            table.lines = shares.get().into_iter().map(line).collect();
            Some(Sheet { name: file(page, file_part), table })
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
                    {heads.map(|(vi, en)| view! { <th scope="col" class:num=move || vi != first.0>{t(vi, en)}</th> })}
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
                {move || read(&|s| number_text::count(s.households, lang()))}
            </td>
            <td class="num" data-col="percent" data-value=move || read(&|s| Cell::Percent(s.percent).plain())>
                {move || number_text::rate(percent.get(), lang())}
            </td>
        </tr>
    }
    .into_any()
}

/// Returns of which area and round a table is, in both languages.
pub(super) fn about(page: Page) -> (String, String) {
    let here = page.here();
    let name = here.area.name();
    (format!("{name}, đợt rà soát năm {}", here.round), format!("{name}, round of {}", here.round))
}

/// Returns a file's name, which says the table, the area and the round.
pub(super) fn file(page: Page, part: &str) -> String {
    let here = page.here();
    format!("so-ho-{}-{}-{part}", here.area, here.round)
}
