//! The households behind a number: which they are, how many, each by its name.

mod filters;
mod long_list;
mod rows;
mod search;
mod window;

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::count;
use soho_frontend::ui::{Checkbox, Notice, Tone, usual_standard};
use soho_shared::area::AreaCode;
use soho_shared::count::filter_words;
use soho_shared::law::{last_standard, standard_for_round};
use soho_shared::record::Round;
use soho_shared::report::households::{CHOICES, Choice, chosen, usual};
use soho_shared::standard::Standard;
use soho_shared::wire::lists::{HouseholdPage, HouseholdSearch, MAX_PAGE};
use wasm_bindgen::JsValue;

use self::filters::Filters;
use self::long_list::{Around, Told, long_list};
use self::rows::{NAME, Rows};
use self::search::{Found, Search, SearchField};
use crate::address::{Asked, Page};
use crate::head::Guard;
use crate::net::{Problem, Question};
use crate::problem::Waiting;
use crate::rounds::signed;
use crate::state::{desk, href};
use crate::tools::Files;

/// Id of the heading above the list.
const TITLE: &str = "list-title";

/// The page of a list of households.
#[component]
pub fn Households() -> impl IntoView {
    view! { <Guard page=Page::Households><OfArea /></Guard> }.into_any()
}

#[component]
fn OfArea() -> impl IntoView {
    let desk = desk();
    let area = Memo::new(move |_| desk.here().list_area());
    let round = Memo::new(move |_| desk.here().round);
    let filter = Memo::new(move |_| desk.here().filter.unwrap_or_default());
    let own_columns = Memo::new(move |_| desk.here().columns);
    let columns = Memo::new(move |_| columns(own_columns.get().as_deref(), area.get()));
    let question = move || format!("area={}&round={}&filter={}", area.get(), round.get(), filter.get());
    let file = Signal::derive(move || {
        let columns = own_columns.get().map(|columns| format!("&columns={columns}"));
        format!("/api/v1/households/file?{}{}", question(), columns.unwrap_or_default())
    });
    let rows = Callback::new(move |()| Rows::new(columns.get(), lang(), standards(round.get())));
    let search = Search::among(Memo::new(move |_| HouseholdSearch {
        area: area.get(),
        round: round.get(),
        filter: Some(filter.get().to_string()),
        name: String::new(),
    }));
    let under = move || match lang() {
        Lang::Vi => format!("Danh sách hộ, đợt rà soát {}", round.get()),
        Lang::En => format!("Households in the round of {}", round.get()),
    };
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || name_of(area.get())}</h1>
        <p class="lead under">{under}</p>
        <Filters />
        <section class="part listed" data-section="households">
            <div class="part-head">
                <h2 id=TITLE tabindex="-1">{move || filter.with(|filter| filter_words(filter, lang()))}</h2>
                <div class="tools no-print"><ToRecognition /><Files address=file /></div>
            </div>
            <SearchField search=search />
            <Columns columns=columns area=area />
            <Show
                when=move || search.is_on()
                fallback=move || view! { <List question=Signal::derive(question) rows=rows /> }
            >
                <Found search=search rows=rows labelled_by=TITLE />
            </Show>
        </section>
    }
    .into_any()
}

/// The link to the meetings and papers of a commune or hamlet.
#[component]
fn ToRecognition() -> impl IntoView {
    let desk = desk();
    let to = move || {
        let here = desk.here();
        here.commune().map(|_| href(Page::Recognition, &here, lang()))
    };
    move || {
        to().map(|to| view! { <a class="tool" href=to data-testid="to-recognition">{t("Họp và công nhận", "Recognition")}</a> })
    }
}

/// The name of an area, of a hamlet with its commune.
#[must_use]
pub fn name_of(area: AreaCode) -> String {
    match area {
        AreaCode::Hamlet(hamlet) => {
            format!("{}, {}", hamlet.name(), AreaCode::Commune(hamlet.commune).name())
        }
        _ => area.name(),
    }
}

/// The columns that were chosen; the usual ones where none were.
fn columns(ids: Option<&str>, area: AreaCode) -> Vec<Choice> {
    ids.and_then(|ids| chosen(ids).ok()).unwrap_or_else(|| usual(area))
}

/// By which the classes of a round are named: its own standard, and that of its last word.
fn standards(round: Round) -> [&'static Standard; 2] {
    let year = i16::try_from(round.year()).unwrap_or(0);
    [standard_for_round(year), last_standard(year)].map(|standard| standard.unwrap_or_else(usual_standard))
}

/// The choice of columns.
#[component]
fn Columns(columns: Memo<Vec<Choice>>, area: Memo<AreaCode>) -> impl IntoView {
    let desk = desk();
    let boxes = CHOICES.into_iter().filter(|choice| choice.id != NAME).map(|choice| {
        let checked = Signal::derive(move || columns.with(|columns| columns.contains(&choice)));
        let on_change = Callback::new(move |is_on| {
            let shown = columns.get_untracked();
            let ids = with_column(&shown, choice.id, is_on);
            let is_usual = chosen(&ids).is_ok_and(|chosen| chosen == usual(area.get_untracked()));
            let columns = Some(ids).filter(|_| !is_usual);
            desk.amend(Page::Households, &Asked { columns, ..untrack(|| desk.here()) });
        });
        let (vi, en) = choice.head;
        view! { <Checkbox id=format!("column-{}", choice.id) label=t(vi, en) checked=checked on_change=on_change /> }
    });
    view! {
        <details class="columns no-print" data-testid="columns">
            <summary>{t("Chọn cột", "Choose columns")}</summary>
            <fieldset aria-label=t("Cột của danh sách", "Columns of the list")>{boxes.collect_view()}</fieldset>
        </details>
    }
    .into_any()
}

/// Ids of the columns once one was put on or taken off. The names stay.
fn with_column(shown: &[Choice], id: &str, is_on: bool) -> String {
    let is_wanted = |choice: &&Choice| match choice.id {
        NAME => true,
        own if own == id => is_on,
        _ => shown.contains(choice),
    };
    CHOICES.iter().filter(is_wanted).map(|choice| choice.id).collect::<Vec<_>>().join(",")
}

/// The list itself, and how many households it has.
#[component]
fn List(question: Signal<String>, rows: Callback<(), Rows>) -> impl IntoView {
    let desk = desk();
    let url = Memo::new(move |_| format!("/api/v1/households?{}&limit={MAX_PAGE}", question.get()));
    let first = Question::<HouseholdPage>::of(move || Some(url.get()));
    let answer = Memo::new(move |_| first.answer.with(|answer| answer.here().cloned()));
    let told = RwSignal::new(Told::default());
    let problem = RwSignal::new(None::<Problem>);
    let again = RwSignal::new(0_u32);
    // The place in the list that was read last, to come back to it when columns or the language change.
    let kept = StoredValue::new((String::new(), 0_u64));
    let list = move || {
        let page = answer.get()?;
        let (rows, url_of) = (rows.run(()), url.get_untracked());
        let place = kept.with_value(|(of, place)| if *of == url_of { *place } else { place_of_entry() });
        problem.set(None);
        told.set(Told { many: page.total.unwrap_or_default(), is_all: page.total.is_some(), is_cut: false });
        if page.total == Some(0) {
            return None;
        }
        let keep = {
            let url_of = url_of.clone();
            move |place: u64| {
                kept.try_set_value((url_of.clone(), place));
                let is_here = desk.page.try_get_untracked() == Some(Some(Page::Households))
                    && url.try_get_untracked().as_ref() == Some(&url_of);
                if is_here {
                    keep_place(place);
                }
            }
        };
        let around = Around {
            url: url_of,
            labelled_by: TITLE,
            caption: now("Danh sách hộ", "Households").to_owned(),
            place,
            keep: Box::new(keep),
            told,
            problem,
            again,
        };
        Some(long_list(page, rows, around).view())
    };
    let is_here = move || answer.with(Option::is_some);
    let is_empty = move || is_here() && told.get() == Told { many: 0, is_all: true, is_cut: false };
    let refusal = move || problem.with(|problem| problem.as_ref().map(|problem| problem.words(lang())));
    view! {
        <Waiting question=first />
        <Show when=is_here>
            <p class="how-many" data-testid="how-many" data-many=move || told.get().many.to_string() role="status">
                {move || how_many(told.get(), lang())}
            </p>
        </Show>
        <Show when=is_empty>
            <Notice tone=Tone::Info>
                <p data-testid="none">{t(
                    "Không có hộ nào như vậy. Hãy bỏ bớt điều kiện, hoặc chọn đơn vị, đợt rà soát khác.",
                    "There are no such households. Remove a condition, or choose another area or round.",
                )}</p>
            </Notice>
        </Show>
        {list}
        <Show when=move || problem.with(Option::is_some)>
            <Notice tone=Tone::Failure>
                <p role="alert" data-testid="problem">{refusal}</p>
                <p class="no-print">
                    <button type="button" class="button second" on:click=move |_| again.update(|again| *again += 1)>
                        {t("Thử lại", "Try again")}
                    </button>
                </p>
            </Notice>
        </Show>
    }
    .into_any()
}

/// How many households there are, in words.
fn how_many(told: Told, lang: Lang) -> String {
    let Told { many, is_all, is_cut } = told;
    let number = count(signed(many), lang);
    match (is_all, is_cut, lang) {
        (true, _, Lang::Vi) => format!("{number} hộ"),
        (true, _, Lang::En) if many == 1 => "1 household".to_owned(),
        (true, _, Lang::En) => format!("{number} households"),
        (false, true, Lang::Vi) => {
            format!("Hiện {number} hộ đầu, còn nữa: hãy thêm điều kiện hoặc chọn đơn vị nhỏ hơn.")
        }
        (false, true, Lang::En) => {
            format!(
                "The first {number} households; there are more: add a condition or choose a smaller area."
            )
        }
        (false, false, _) if many == 0 => lang.pick("Đang tìm…", "Searching…").to_owned(),
        (false, false, Lang::Vi) => format!("Ít nhất {number} hộ; cuộn xuống để xem tiếp."),
        (false, false, Lang::En) => format!("At least {number} households; scroll down for more."),
    }
}

/// Keeps a place with this step of the browser's history, so that the back button returns to it.
fn keep_place(place: u64) {
    if let Ok(history) = window().history() {
        // Fails only for a state that is too large.
        let _ = history.replace_state(&JsValue::from_str(&place.to_string()), "");
    }
}

/// The place that was kept with this step of the browser's history; the start where none was.
fn place_of_entry() -> u64 {
    let state = window().history().ok().and_then(|history| history.state().ok());
    state.and_then(|state| state.as_string()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_on_and_taken_off_and_names_stay() {
        let area = "29173".parse().unwrap();
        let shown = columns(Some("class,hamlet"), area);
        assert_eq!(with_column(&shown, "address", true), "hamlet,head_name,class,address");
        assert_eq!(with_column(&shown, "class", false), "hamlet,head_name");
        assert_eq!(with_column(&[], "class", false), NAME);
        assert_eq!(columns(None, area), usual(area));
        let all = with_column(&usual(area), "class", true);
        assert_eq!(chosen(&all).unwrap(), usual(area));
    }

    #[test]
    fn the_number_is_said_as_far_as_it_is_known() {
        let told = |many, is_all, is_cut| how_many(Told { many, is_all, is_cut }, Lang::Vi);
        assert_eq!(told(55_821, true, false), "55.821 hộ");
        assert_eq!(told(300, false, false), "Ít nhất 300 hộ; cuộn xuống để xem tiếp.");
        assert!(told(20_000, false, true).contains("còn nữa"));
    }

    #[test]
    fn classes_have_their_names_in_every_round() {
        for year in [2006, 2010, 2015, 2030] {
            let of = standards(Round::new(year).unwrap());
            assert!(of.iter().all(|standard| !standard.id.is_empty()), "{year}");
        }
    }
}
