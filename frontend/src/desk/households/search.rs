//! The search by name among the households that are listed: with or without marks, and never in an address.

use gloo::net::http::Request;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::dom::el;
use soho_shared::fold::fold;
use soho_shared::text::one_line;
use soho_shared::wire::lists::{HouseholdSearch, HouseholdsFound};

use super::rows::Rows;
use crate::net::{self, Loaded};

/// Fewest letters by which households are looked for.
const LEAST: usize = 2;

/// Time after the last key until the server is asked, in milliseconds.
const PAUSE: u32 = 300;

/// What is looked for when this is typed; `None` for too little to find anybody by.
fn looked_for(typed: &str) -> Option<String> {
    let name = one_line(typed.trim());
    let letters = fold(&name).chars().filter(|letter| !letter.is_whitespace()).count();
    (letters >= LEAST).then(|| name.into_owned())
}

/// How it stands with the search, in words; a refusal has its own place.
fn words(typed: &str, answer: Option<&Loaded<HouseholdsFound>>, lang: Lang) -> String {
    if typed.trim().is_empty() {
        return String::new();
    }
    match answer {
        None => lang.pick("Gõ ít nhất hai chữ cái.", "Type at least two letters.").to_owned(),
        Some(Loaded::Asking) => lang.pick("Đang tìm…", "Searching…").to_owned(),
        Some(Loaded::Failed(_)) => String::new(),
        Some(Loaded::Here(found)) => {
            let many = found.households.len();
            match (many, found.more, lang) {
                (0, false, _) => lang
                    .pick(
                        "Không có chủ hộ nào tên như vậy trong danh sách này.",
                        "No head on this list has such a name.",
                    )
                    .to_owned(),
                (_, true, Lang::Vi) => {
                    format!("Chỉ hiện {many} hộ, có thể còn nữa: hãy gõ thêm họ tên hoặc chọn nơi nhỏ hơn.")
                }
                (_, true, Lang::En) => {
                    format!(
                        "Only {many} are shown, there may be more: type more of the name or choose a smaller area."
                    )
                }
                (_, false, Lang::Vi) => format!("Thấy {many} hộ."),
                (_, false, Lang::En) => format!("Found: {many}."),
            }
        }
    }
}

/// The search's state.
#[derive(Clone, Copy)]
pub struct Search {
    /// The list that is searched; its name is left empty.
    among: Memo<HouseholdSearch>,
    typed: RwSignal<String>,
    /// What the server says to what is typed; `None` while it is not asked.
    answer: RwSignal<Option<Loaded<HouseholdsFound>>>,
    /// Number of what was typed last; an answer to anything before comes too late.
    number: StoredValue<u32>,
    /// The pause before the server is asked.
    wait: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Search {
    /// The search among a list; another list is searched for the same name.
    #[must_use]
    pub fn among(among: Memo<HouseholdSearch>) -> Self {
        let search = Search {
            among,
            typed: RwSignal::new(String::new()),
            answer: RwSignal::new(None),
            number: StoredValue::new(0),
            wait: StoredValue::new_local(None),
        };
        Effect::new(move |before: Option<()>| {
            among.with(|_| ());
            if before.is_some() {
                search.look();
            }
        });
        search
    }

    /// Whether somebody is looked for, so that those found stand in place of the list.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.answer.with(Option::is_some)
    }

    fn write(self, typed: String) {
        self.typed.set(typed);
        self.look();
    }

    /// Asks for what is typed, after a pause.
    fn look(self) {
        let name = self.typed.with_untracked(|typed| looked_for(typed));
        self.number.update_value(|number| *number += 1);
        self.answer.set(name.as_ref().map(|_| Loaded::Asking));
        self.wait.set_value(name.map(|name| Timeout::new(PAUSE, move || self.ask(name))));
    }

    fn ask(self, name: String) {
        let Some(own) = self.number.try_get_value() else { return };
        let question = HouseholdSearch { name, ..self.among.get_untracked() };
        leptos::task::spawn_local(async move {
            let answer = match net::write(Request::post("/api/v1/households/search"), &question).await {
                Ok(found) => Loaded::Here(found),
                Err(problem) => Loaded::Failed(problem),
            };
            if self.number.try_get_value() == Some(own) {
                self.answer.try_set(Some(answer));
            }
        });
    }
}

/// The field, and what it says.
#[component]
pub fn SearchField(search: Search) -> impl IntoView {
    let Search { typed, answer, .. } = search;
    let said = move || answer.with(|answer| typed.with(|typed| words(typed, answer.as_ref(), lang())));
    let refusal = move || {
        answer.with(|answer| match answer {
            Some(Loaded::Failed(problem)) => Some(problem.words(lang())),
            _ => None,
        })
    };
    view! {
        <div class="field search no-print">
            <label for="find-name">{t("Tìm theo tên chủ hộ", "Find by the head's name")}</label>
            <div class="input">
                <input
                    id="find-name"
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="100"
                    aria-describedby="find-said find-problem"
                    aria-invalid=move || refusal().is_some().then_some("true")
                    placeholder=t("Gõ vài chữ, không cần dấu", "Type a few letters, marks are not needed")
                    prop:value=move || typed.get()
                    on:input=move |event| search.write(event_target_value(&event))
                />
            </div>
            <p class="error" id="find-problem" role="alert" data-testid="find-problem">{refusal}</p>
            <p class="hint" id="find-said" data-testid="find-said" aria-live="polite">{said}</p>
        </div>
    }
    .into_any()
}

/// Those found, in place of the list.
#[component]
pub fn Found(
    /// The search.
    search: Search,
    /// Makes what draws the rows, in the language that is read.
    rows: Callback<(), Rows>,
    /// Id of the heading above them.
    labelled_by: &'static str,
) -> impl IntoView {
    let found = Memo::new(move |_| {
        search.answer.with(|answer| match answer {
            Some(Loaded::Here(found)) => Some(found.households.clone()),
            _ => None,
        })
    });
    move || {
        let households = found.get().filter(|households| !households.is_empty())?;
        let rows = rows.run(());
        let lines: Vec<_> = households.iter().map(|of| rows.row(of)).collect();
        let table = el("table")
            .class("figures households")
            .attr("data-testid", "found")
            .with([el("thead").with([rows.head()]), el("tbody").all(&lines)]);
        let frame = el("div")
            .class("table-box long")
            .attr("role", "region")
            .attr("tabindex", "0")
            .attr("aria-labelledby", labelled_by)
            .with([table]);
        Some(frame.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Problem;

    #[test]
    fn two_letters_are_looked_for() {
        for (typed, name) in [("", None), (" b ", None), ("bé", Some("bé")), ("  l t ", Some("l t"))] {
            assert_eq!(looked_for(typed).as_deref(), name, "{typed}");
        }
    }

    #[test]
    fn the_search_says_how_it_stands() {
        let found = |more| Loaded::Here(HouseholdsFound { households: vec![], more });
        for (typed, answer, said) in [
            ("", None, ""),
            ("b", None, "Type at least two letters."),
            ("be", Some(Loaded::Asking), "Searching…"),
            ("be", Some(Loaded::Failed(Problem::default())), ""),
            ("be", Some(found(false)), "No head on this list has such a name."),
        ] {
            assert_eq!(words(typed, answer.as_ref(), Lang::En), said, "{typed}");
        }
        assert!(words("be", Some(&found(true)), Lang::Vi).contains("có thể còn nữa"));
    }
}
