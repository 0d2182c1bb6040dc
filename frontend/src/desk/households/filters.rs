//! The choice of which households are listed: a few by one tap, and conditions that are added one by one.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::focus;
use soho_shared::count::{Filter, Listed, Mark, Measure, Move, filter_words, measure_name};
use soho_shared::household::{Cause, Group};
use soho_shared::law::last_standard;
use soho_shared::record::Round;
use soho_shared::report::Head;
use soho_shared::standard::Class;

use crate::address::{Asked, Page};
use crate::state::{desk, href};

/// Most conditions of a filter.
const CONDITIONS: usize = 6;

/// Lists that are opened by one tap: all recorded, and those of these filters.
const QUICK: [&str; 5] = ["households", "poor", "near_poor", "incomplete", "conflicts"];

/// Movements that can be chosen, in the order of the form.
const MOVES: [Move; 16] = [
    Move::AtStart,
    Move::Still,
    Move::ToOther,
    Move::ToLowIncome,
    Move::ToAbove,
    Move::Again,
    Move::New,
    Move::FromOther,
    Move::MovedIn,
    Move::SplitOff,
    Move::Returned,
    Move::MovedOut,
    Move::Dissolved,
    Move::Joined,
    Move::Pending,
    Move::AtStartEthnicMinority,
];

/// A filter in words; one that cannot be read, as it is.
#[must_use]
pub fn words_of(filter: &str, lang: Lang) -> String {
    filter.parse::<Filter>().map_or_else(|_| filter.to_owned(), |filter| filter_words(&filter, lang))
}

/// The conditions of a filter, each as a filter of its own; none where all that are recorded are listed.
#[must_use]
pub fn conditions(filter: Option<&Filter>) -> Vec<String> {
    filter.map(|filter| filter.to_string().split('.').map(ToOwned::to_owned).collect()).unwrap_or_default()
}

/// The filter of these conditions; nothing where there are none, or too many.
#[must_use]
pub fn together(conditions: &[String]) -> Option<Filter> {
    conditions.join(".").parse().ok()
}

fn words(measures: impl IntoIterator<Item = Measure>) -> Vec<&'static str> {
    measures.into_iter().map(Measure::word).collect()
}

/// Words of conditions, under what they are about.
type Offered = (Head, Vec<&'static str>);

/// The words of what can be added.
#[must_use]
pub fn offered(round: Round) -> Vec<Offered> {
    let moves = |listed| words(MOVES.map(|of| Measure::of_move(listed, of)));
    let year = i16::try_from(round.year()).unwrap_or(0);
    let lacking = |listed| {
        let indicators = last_standard(year).into_iter().flat_map(|standard| standard.indicators.iter());
        words(indicators.filter_map(|indicator| Measure::of_indicator(listed, &indicator.id)))
    };
    let marks = Mark::ALL.into_iter().map(|(word, _)| word);
    let record =
        marks.chain(words([Measure::SentBack, Measure::Estimated, Measure::OpenTreatment])).collect();
    let minorities = [Measure::EthnicMinorityHeaded, Measure::NearPoorEthnicMinorityHeaded];
    let groups = Group::ALL.into_iter().map(Measure::of_group).chain(minorities);
    let all = vec![
        (("Hạng", "Class"), words(Class::ALL.map(Measure::of_class))),
        (("Phiếu", "Record"), record),
        (("Biến động hộ nghèo", "Movement of the poor"), moves(Listed::Poor)),
        (("Biến động hộ cận nghèo", "Movement of the near-poor"), moves(Listed::NearPoor)),
        (("Nguyên nhân chính", "Main cause"), words(Cause::ALL.map(Measure::of_cause))),
        (("Nhóm hộ", "Group"), words(groups)),
        (("Hộ nghèo thiếu hụt", "What the poor lack"), lacking(Listed::Poor)),
        (("Hộ cận nghèo thiếu hụt", "What the near-poor lack"), lacking(Listed::NearPoor)),
    ];
    all.into_iter().filter(|(_, words)| !words.is_empty()).collect()
}

/// The choice.
#[component]
pub fn Filters() -> impl IntoView {
    let desk = desk();
    let filter = Memo::new(move |_| desk.here().filter);
    let round = Memo::new(move |_| desk.here().round);
    let quick = QUICK.map(|word| {
        let of = move || word.parse::<Filter>().ok().filter(|filter| *filter != Filter::default());
        let to = move || href(Page::Households, &Asked { filter: of(), ..desk.here() }, lang());
        let current = move || (filter.get() == of()).then_some("true");
        view! {
            <li>
                <a href=to data-noscroll="" data-filter=word aria-current=current>{move || words_of(word, lang())}</a>
            </li>
        }
    });
    let hamlet = move || {
        desk.here().hamlet.map(|hamlet| {
            let to = href(Page::Households, &Asked { hamlet: None, ..desk.here() }, lang());
            let label = format!("{}: {}", now("Bỏ điều kiện", "Remove the condition"), hamlet.name());
            view! {
                <li>
                    <a class="chip" href=to data-noscroll="" data-condition="hamlet" aria-label=label>
                        <span lang="vi">{hamlet.name()}</span> " ✕"
                    </a>
                </li>
            }
        })
    };
    let chips = move || {
        let all = conditions(filter.get().as_ref());
        let chip = |(place, condition): (usize, &String)| {
            let mut others = all.clone();
            others.remove(place);
            let to = href(Page::Households, &Asked { filter: together(&others), ..desk.here() }, lang());
            let words = words_of(condition, lang());
            let label = format!("{}: {words}", now("Bỏ điều kiện", "Remove the condition"));
            view! {
                <li>
                    <a class="chip" href=to data-noscroll="" data-condition=condition.clone() aria-label=label>
                        {words} " ✕"
                    </a>
                </li>
            }
        };
        all.iter().enumerate().map(chip).collect_view()
    };
    let add = move |event: web_sys::Event| {
        let word = event_target_value(&event);
        // The same can be chosen again later. A list of choices has its value where an input has it.
        event_target::<web_sys::HtmlInputElement>(&event).set_value("");
        let mut all = conditions(untrack(|| filter.get()).as_ref());
        if word.is_empty() || all.contains(&word) {
            return;
        }
        all.push(word);
        if let Some(filter) = together(&all) {
            desk.go(Page::Households, &Asked { filter: Some(filter), ..untrack(|| desk.here()) });
            focus("add-filter");
        }
    };
    let options = move || {
        let lang = lang();
        let option = |word: &'static str| {
            let name =
                word.parse::<Measure>().map_or_else(|_| words_of(word, lang), |of| measure_name(of, lang));
            view! { <option value=word>{name}</option> }
        };
        let group = |((vi, en), words): Offered| {
            view! { <optgroup label=lang.pick(vi, en)>{words.into_iter().map(option).collect_view()}</optgroup> }
        };
        offered(round.get()).into_iter().map(group).collect_view()
    };
    let is_full = Memo::new(move |_| filter.with(|filter| conditions(filter.as_ref()).len() >= CONDITIONS));
    view! {
        <nav class="kinds no-print" aria-label=t("Lọc nhanh", "Quick filters")><ul>{quick}</ul></nav>
        <ul class="chips no-print" data-testid="conditions" aria-label=t("Điều kiện đang lọc", "Conditions")>
            {hamlet}
            {chips}
        </ul>
        <Show when=move || !is_full.get()>
            <div class="field no-print">
                <label for="add-filter">{t("Thêm điều kiện", "Add a condition")}</label>
                <div class="input">
                    <select id="add-filter" on:change=add>
                        <option value="">{t("chọn điều kiện", "choose a condition")}</option>
                        {options}
                    </select>
                </div>
            </div>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_off_and_put_on() {
        let filter: Filter = "poor,near_poor.poor_female_headed".parse().unwrap();
        let all = conditions(Some(&filter));
        assert_eq!(all, ["poor,near_poor", "poor_female_headed"]);
        assert_eq!(together(&all), Some(filter));
        assert_eq!(together(&all[..1]).unwrap().to_string(), "poor,near_poor");
        assert_eq!((together(&[]), conditions(None)), (None, vec![]));
        assert!(together(&vec!["poor".to_owned(); CONDITIONS]).is_some());
        assert!(together(&vec!["poor".to_owned(); CONDITIONS + 1]).is_none());
    }

    #[test]
    fn everything_offered_is_a_filter_with_a_name_of_its_own() {
        for year in [2010, 2015, 2023] {
            for ((vi, en), words) in offered(Round::new(year).unwrap()) {
                assert!(vi != en && !words.is_empty());
                for word in words {
                    assert!(word.parse::<Filter>().is_ok(), "{word}");
                    assert_ne!(words_of(word, Lang::Vi), words_of(word, Lang::En), "{word}");
                }
            }
        }
        let lacking = |year| offered(Round::new(year).unwrap()).len();
        assert!(lacking(2012) == 6 && lacking(2023) == 8);
        assert!(QUICK.iter().all(|word| word.parse::<Filter>().is_ok()));
    }
}
