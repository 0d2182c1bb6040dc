//! Who came out of poverty in a round and who fell into it, in the columns of Mẫu số 3.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::ClassShape;
use soho_shared::area::AreaCode;
use soho_shared::count::Listed;
use soho_shared::record::Round;
use soho_shared::report::{self, By, ReportKind};

use crate::address::{Asked, Page, ROUNDS};
use crate::behind;
use crate::head::Guard;
use crate::movement_lines::{Lines, official};
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::{Desk, desk, href};
use crate::table_view::TableView;
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
    let by = move |by: By, vi: &'static str, en: &'static str| {
        let to = move || href(Page::Movement, &Asked { by: Some(by), ..desk.here() }, lang());
        let current = move || (desk.here().by(false) == by).then_some("true");
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
        desk.go(Page::Movement, &Asked { compare, ..untrack(|| desk.here()) });
    };
    view! {
        <div class="choose no-print">
            <nav class="kinds" aria-label=t("Hạng", "Class")>
                <ul>{Listed::ALL.map(class)}</ul>
            </nav>
            <Show when=move || matches!(desk.here().area, AreaCode::Province(_))>
                <nav class="kinds" aria-label=t("Cách chia", "Divided by")>
                    <ul>
                        {by(By::District, "9 huyện, thành phố", "9 districts")}
                        {by(By::Commune, "164 xã, phường, thị trấn", "164 communes")}
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
    let by = here.by(desk.who().stops_at_communes()).word();
    format!("/api/v1/reports/movement?area={}&round={round}&by={by}", here.area)
}

/// The table of one round, with what has no column in it.
#[component]
fn One(round: Signal<Round>) -> impl IntoView {
    let desk = desk();
    let question =
        Question::<report::Movement>::of(move || Some(format!("{}&format=json", address(desk, round.get()))));
    let class = Memo::new(move |_| desk.here().class);
    let file = Signal::derive(move || {
        format!("{}&class={}", address(desk, round.get()), class.get().class().word())
    });
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let table = Callback::new(move |()| {
        let class = class.get_untracked();
        answer.with_untracked(|answer| answer.as_ref().map(|movement| movement.table(class)))
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
                <Tools table=table address=file />
            </div>
            <Waiting question=question />
            {move || answer.get().map(|movement| {
                let (class, lang) = (class.get(), lang());
                let whole = movement.table(class);
                let (here, who, round) = (untrack(|| desk.here()), desk.who(), movement.round);
                let about = vec![
                    ("data-testid", "movement-table".to_owned()),
                    ("data-round", round.to_string()),
                    ("data-class-shown", class.class().word().to_owned()),
                ];
                view! {
                    <TableView
                        table=official(&whole)
                        lang=lang
                        labelled_by=id()
                        about=about
                        opens=behind::opens((Page::Movement, ReportKind::Movement), &here, round, &who, lang)
                    />
                    <Lines movement=movement table=whole class=class />
                }
            })}
        </section>
    }
    .into_any()
}
