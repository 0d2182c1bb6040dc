//! Who came out of poverty in a round and who fell into it, in the columns of Mẫu số 3.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::number_text::{cell, count};
use soho_frontend::ui::{ClassShape, Notice, Tone};
use soho_shared::area::AreaCode;
use soho_shared::count::Listed;
use soho_shared::law;
use soho_shared::record::Round;
use soho_shared::report::{self, By, Cell, Sheet};

use crate::address::{Asked, Page, ROUNDS};
use crate::head::Guard;
use crate::movement_lines::{Lines, OFFICIAL, codes};
use crate::net::Question;
use crate::problem::Waiting;
use crate::rounds::LONG;
use crate::state::{Desk, desk, href};
use crate::tools::Tools;

/// The page of movement.
#[component]
pub fn Movement() -> impl IntoView {
    view! { <Guard page=Page::Movement><Tables /></Guard> }.into_any()
}

/// The households of a class that is listed, in words.
#[must_use]
pub const fn class_words(class: Listed, lang: Lang) -> &'static str {
    match class {
        Listed::Poor => lang.pick("Hộ nghèo", "Poor households"),
        Listed::NearPoor => lang.pick("Hộ cận nghèo", "Near-poor households"),
    }
}

#[component]
fn Tables() -> impl IntoView {
    let desk = desk();
    let under = move || {
        let here = desk.here();
        let class = class_words(here.class, Lang::Vi).to_lowercase();
        match lang() {
            Lang::Vi => format!("Biến động {class}, đợt rà soát {}", here.round),
            Lang::En => {
                format!("{}: movement in the round of {}", class_words(here.class, Lang::En), here.round)
            }
        }
    };
    let round = Signal::derive(move || desk.here().round);
    let compare = Memo::new(move |_| desk.here().compare);
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Choices />
        <div class="tables">
            <One round=round />
            {move || compare.get().map(|round| view! { <One round=Signal::derive(move || round) /> })}
        </div>
    }
    .into_any()
}

/// Links to the other class and the other rows, and the choice of a round to compare with.
#[component]
fn Choices() -> impl IntoView {
    let desk = desk();
    let class = move |class: Listed| {
        let to = move || href(Page::Movement, &Asked { class, ..desk.here() }, lang());
        let current = move || (desk.here().class == class).then_some("true");
        view! {
            <li>
                <a href=to data-noscroll="" data-class-link=class.class().word() aria-current=current>
                    <ClassShape class=class.class() />
                    " "
                    {move || class_words(class, lang())}
                </a>
            </li>
        }
    };
    let by = move |all_communes: bool, vi: &'static str, en: &'static str| {
        let to = move || href(Page::Movement, &Asked { all_communes, ..desk.here() }, lang());
        let current = move || (desk.here().all_communes == all_communes).then_some("true");
        view! { <li><a href=to data-noscroll="" aria-current=current>{t(vi, en)}</a></li> }
    };
    let rounds = (ROUNDS.0..=ROUNDS.1).filter_map(Round::new).map(|round| {
        let chosen = move || desk.here().compare == Some(round);
        let same = move || desk.here().round == round;
        view! { <option value=round.to_string() prop:selected=chosen disabled=same>{round.to_string()}</option> }
    });
    let none = move || desk.here().compare.is_none();
    let choose = move |event| {
        let compare = event_target_value(&event).parse().ok();
        desk.go(Page::Movement, Asked { compare, ..untrack(|| desk.here()) });
    };
    view! {
        <div class="choose no-print">
            <nav class="kinds" aria-label=t("Hạng", "Class")>
                <ul>{Listed::ALL.map(class)}</ul>
            </nav>
            <Show when=move || matches!(desk.here().area, AreaCode::Province(_))>
                <nav class="kinds" aria-label=t("Cách chia", "Divided by")>
                    <ul>
                        {by(false, "9 huyện, thành phố", "9 districts")}
                        {by(true, "164 xã, phường, thị trấn", "164 communes")}
                    </ul>
                </nav>
            </Show>
            <div class="field">
                <label for="compare">{t("So với đợt", "Compare with")}</label>
                <div class="input">
                    <select id="compare" on:change=choose>
                        <option value="" prop:selected=none>{t("không so", "none")}</option>
                        {rounds.collect_view()}
                    </select>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Address of the report of a round.
fn address(desk: Desk, round: Round) -> String {
    let here = desk.here();
    let by = here.by(desk.who().is_admin()).word();
    format!("/api/v1/reports/movement?area={}&round={round}&by={by}", here.area)
}

/// The table of one round, with what has no column in it.
#[component]
fn One(round: Signal<Round>) -> impl IntoView {
    let desk = desk();
    let question =
        Question::<report::Movement>::of(move || Some(format!("{}&format=json", address(desk, round.get()))));
    let class = Memo::new(move |_| desk.here().class);
    let csv = Signal::derive(move || {
        format!("{}&class={}&format=csv", address(desk, round.get()), class.get().class().word())
    });
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let sheet = Callback::new(move |()| {
        let class = class.get_untracked();
        answer.with_untracked(|answer| {
            answer.as_ref().map_or_else(Sheet::default, |movement| movement.sheet(class))
        })
    });
    let title = move || match lang() {
        Lang::Vi => format!("Đợt {}", round.get()),
        Lang::En => format!("Round of {}", round.get()),
    };
    let id = move || format!("movement-{}", round.get());
    view! {
        <section class="part movement" data-round=move || round.get().to_string()>
            <div class="part-head">
                <h2 id=id tabindex="-1">{title}</h2>
                <Tools sheet=sheet csv=csv />
            </div>
            <Waiting question=question />
            {move || answer.get().map(|movement| {
                let (class, lang) = (class.get(), lang());
                let is_long = movement.rows.len() > LONG;
                view! {
                    <Notes movement=movement.clone() />
                    <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby=id>
                        {table(desk, &movement, class, lang)}
                    </div>
                    <Lines movement=movement class=class />
                }
            })}
        </section>
    }
    .into_any()
}

/// What must be known to read the table.
#[component]
fn Notes(movement: report::Movement) -> impl IntoView {
    let round = movement.round;
    let year = i16::try_from(round.year()).unwrap_or(0);
    let name =
        |id: &str| law::standard(id).map_or_else(|| id.to_owned(), |standard| standard.year().to_owned());
    let by = name(&movement.standard);
    let mut notes: Vec<[String; 2]> = vec![];
    if let Some(opening) = &movement.opening {
        let next = name(&opening.standard);
        let (poor, near) = (opening.poor, opening.near_poor);
        notes.push([
            format!(
                "Đợt {round} có hai kết quả. Bảng này theo chuẩn {by}. \
                 Theo chuẩn {next} có {} hộ nghèo và {} hộ cận nghèo: đó là số đầu năm của đợt sau.",
                count(poor, Lang::Vi),
                count(near, Lang::Vi),
            ),
            format!(
                "The round of {round} has two results. This table is by the standard of {by}. \
                 By that of {next} there are {} poor and {} near-poor households: the start of the next round.",
                count(poor, Lang::En),
                count(near, Lang::En),
            ),
        ]);
    }
    if law::opening_standard(year - 1).is_some() {
        notes.push([
            format!("Số đầu năm là kết quả theo chuẩn {by} của đợt {}, đợt có hai kết quả.", year - 1),
            format!(
                "The start is the result by the standard of {by} of the round of {}, which has two.",
                year - 1
            ),
        ]);
    }
    if !movement.has_start {
        notes.push([
            "Đợt trước chưa có phiếu nào ở đây, nên chưa có số đầu năm.".to_owned(),
            "Nothing is recorded here in the round before, so there is no start.".to_owned(),
        ]);
    }
    let undeclared = movement.total.undeclared;
    if undeclared > 0 {
        notes.push([
            format!(
                "Có ấp chưa kê khai tổng số hộ: ở đó tính số hộ đã ghi ({}).",
                count(undeclared, Lang::Vi)
            ),
            format!(
                "Some hamlets have declared no number: there the households recorded count ({}).",
                count(undeclared, Lang::En)
            ),
        ]);
    }
    if notes.is_empty() {
        return ().into_any();
    }
    let notes = notes.into_iter().map(|[vi, en]| {
        view! { <p>{move || if lang() == Lang::Vi { vi.clone() } else { en.clone() }}</p> }
    });
    view! { <Notice tone=Tone::Info>{notes.collect_view()}</Notice> }.into_any()
}

/// Names of rows that are no areas, in English.
const SUMS: [(&str, &str); 3] =
    [("Khu vực thành thị", "Urban part"), ("Khu vực nông thôn", "Rural part"), ("Tổng cộng", "Total")];

/// The table itself: the columns that the form has, of the very sheet that is handed in.
fn table(desk: Desk, movement: &report::Movement, class: Listed, lang: Lang) -> impl IntoView + use<> {
    let here = untrack(|| desk.here());
    let who = desk.who();
    let sheet = movement.sheet(class);
    let heads = report::Movement::heads(lang).into_iter().take(OFFICIAL);
    let heads = heads.map(|head| view! { <th scope="col" class="num">{head}</th> });
    let last = sheet.rows.len().saturating_sub(1);
    let own_area = here.area;
    let row = |cells: &Vec<Cell>, code: Option<AreaCode>| {
        let name = cells.get(1).map(Cell::plain).unwrap_or_default();
        let shown = SUMS
            .iter()
            .find(|(vi, _)| *vi == name)
            .map_or_else(|| name.clone(), |(vi, en)| lang.pick(vi, en).to_owned());
        // A hamlet has no movement of its own here, and an administrator opens no commune.
        let opens =
            code.filter(|code| *code != own_area && !matches!(code, AreaCode::Hamlet(_)) && who.sees(*code));
        let name = match opens {
            Some(area) => {
                let to = href(Page::Movement, &Asked { area, all_communes: false, ..here }, lang);
                view! { <a href=to>{shown}</a> }.into_any()
            }
            None => view! { <span>{shown}</span> }.into_any(),
        };
        let figures = cells.iter().skip(2).take(OFFICIAL);
        let figures = figures.map(|of| view! { <td class="num" data-value=of.plain()>{cell(of, lang)}</td> });
        let code = code.map(|code| code.to_string());
        view! {
            <tr data-code=code>
                <td data-col="stt">{cells.first().map(Cell::plain)}</td>
                <th scope="row" data-col="name" lang="vi">{name}</th>
                {figures.collect_view()}
            </tr>
        }
    };
    let codes = codes(movement);
    let body = sheet.rows.iter().enumerate().skip(1).take(last.saturating_sub(1));
    let body = body.map(|(place, cells)| row(cells, codes.get(place - 1).copied().flatten())).collect_view();
    let total = sheet.rows.get(last).map(|cells| row(cells, None));
    let caption =
        format!("{}, {} {}", movement.area.name(), lang.pick("đợt rà soát", "round"), movement.round);
    let unit = match movement.by {
        By::District => lang.pick("Huyện, thành phố", "District"),
        By::Commune => lang.pick("Xã, phường, thị trấn", "Commune"),
        By::Hamlet => lang.pick("Ấp, khu phố", "Hamlet"),
    };
    view! {
        <table
            class="figures"
            data-testid="movement-table"
            data-round=movement.round.to_string()
            data-class-shown=class.class().word()
        >
            <caption>{class_words(class, lang)} ": " {caption}</caption>
            <thead>
                <tr>
                    <th scope="col" data-col="stt">{lang.pick("TT", "No.")}</th>
                    <th scope="col" data-col="name">{unit}</th>
                    {heads.collect_view()}
                </tr>
            </thead>
            <tbody>{body}</tbody>
            <tfoot>{total}</tfoot>
        </table>
    }
}
