//! The choice of a household that the commune's register has, by a few letters of its head's name: a combobox by the ARIA
//! pattern.
//!
//! What is typed is posted: no name of a person stands in an address.

use gloo::net::http::Request;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{ClassBadge, combobox, focus};
use soho_shared::fold::fold;
use soho_shared::pages::REVIEW;
use soho_shared::record::HouseholdId;
use soho_shared::text::one_line;
use soho_shared::wire::rounds::{FindHousehold, WorkItem, WorkPage};
use wasm_bindgen::JsCast as _;

use crate::commune::Shown;
use crate::net::{self, Loaded, Problem};

/// Fewest letters by which a household is looked for.
const LEAST: usize = 2;

/// Time after the last key until the server is asked, in milliseconds.
const PAUSE: u32 = 300;

/// The address of a household and its history.
#[must_use]
pub fn story(household: HouseholdId) -> String {
    format!("{REVIEW}?household={household}")
}

/// The name of a household's head, or words where there is none.
pub fn head_words(name: Option<String>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let name = name.filter(|name| !name.trim().is_empty());
    move || name.clone().unwrap_or_else(|| now("(chưa có tên)", "(no name yet)").to_owned())
}

/// The name of a household's hamlet, or words where none is recorded.
pub fn hamlet_words(shown: Shown, number: Option<u8>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let name = number.and_then(|number| shown.hamlet_name(number));
    move || name.clone().unwrap_or_else(|| now("Chưa rõ ấp", "Hamlet not recorded").to_owned())
}

/// The household chosen in a field, and what is typed to find it.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The household.
    pub chosen: RwSignal<Option<WorkItem>>,
    typed: RwSignal<String>,
}

impl Choice {
    /// A field in which no household is chosen yet.
    #[must_use]
    pub fn none() -> Self {
        Choice { chosen: RwSignal::new(None), typed: RwSignal::new(String::new()) }
    }

    /// Empties the field.
    pub fn clear(self) {
        self.typed.try_set(String::new());
        self.chosen.try_set(None);
    }

    /// Name of the head of the household chosen.
    #[must_use]
    pub fn head(self) -> Option<String> {
        self.chosen.with_untracked(|chosen| chosen.as_ref().and_then(|item| item.head_name.clone()))
    }

    /// The household chosen; `None` where the field is empty.
    ///
    /// # Errors
    /// When something is typed, and none of the households found is chosen.
    pub fn read(self) -> Result<Option<HouseholdId>, Problem> {
        let household = self.chosen.with_untracked(|chosen| chosen.as_ref().map(|item| item.household));
        let is_begun = self.typed.with_untracked(|typed| !typed.trim().is_empty());
        if household.is_none() && is_begun {
            return Err(Problem::typed(
                "chưa chọn hộ: hãy bấm vào một hộ trong danh sách tìm thấy, hoặc xóa chữ đã gõ",
                "no household is chosen: choose one of those found, or delete what is typed",
            ));
        }
        Ok(household)
    }

    /// The household chosen.
    ///
    /// # Errors
    /// When there is none.
    pub fn required(self) -> Result<HouseholdId, Problem> {
        self.read()?.ok_or_else(|| {
            Problem::typed(
                "hãy chọn hộ: gõ vài chữ của họ tên chủ hộ",
                "choose the household: type a few letters of its head's name",
            )
        })
    }
}

/// What is asked for when this is typed; `None` for too little to find anybody by.
fn asked(typed: &str) -> Option<String> {
    let name = one_line(typed.trim());
    let letters = fold(&name).chars().filter(|letter| !letter.is_whitespace()).count();
    (letters >= LEAST).then(|| name.into_owned())
}

/// How it stands with the search, in words; a refusal has its own place.
fn search_words(typed: &str, answer: Option<&Loaded<WorkPage>>, is_open: bool, lang: Lang) -> String {
    if typed.trim().is_empty() {
        return String::new();
    }
    let words = match answer {
        None => lang.pick("Gõ ít nhất hai chữ cái.", "Type at least two letters."),
        Some(Loaded::Asking) => lang.pick("Đang tìm…", "Searching…"),
        Some(Loaded::Failed(_)) => "",
        Some(Loaded::Here(page)) if page.households.is_empty() => lang.pick(
            "Sổ của xã không có chủ hộ nào tên như vậy.",
            "The commune's register has no head with such a name.",
        ),
        Some(Loaded::Here(_)) if !is_open => lang.pick(
            "Chưa chọn hộ nào: trở lại ô này để chọn.",
            "No household is chosen yet: go back to the field to choose one.",
        ),
        Some(Loaded::Here(page)) if page.more => {
            lang.pick("Còn hộ khác nữa: hãy gõ thêm họ tên.", "There are more: type more of the name.")
        }
        Some(Loaded::Here(page)) => {
            let found = page.households.len();
            return match lang {
                Lang::Vi => format!("Thấy {found} hộ."),
                Lang::En => format!("Found: {found}."),
            };
        }
    };
    words.to_owned()
}

/// The search's state.
#[derive(Clone, Copy)]
struct Search {
    shown: Shown,
    id: &'static str,
    choice: Choice,
    open: RwSignal<bool>,
    at: RwSignal<usize>,
    /// What the server says to what is typed; `None` while it is not asked.
    answer: RwSignal<Option<Loaded<WorkPage>>>,
    found: Memo<Vec<WorkItem>>,
    /// Number of what was typed last; an answer to anything before comes too late.
    number: StoredValue<u32>,
    /// The pause before the server is asked.
    wait: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Search {
    fn write(self, typed: String) {
        let name = asked(&typed);
        self.choice.typed.set(typed);
        self.at.set(0);
        self.open.set(true);
        self.number.update_value(|number| *number += 1);
        self.answer.set(name.as_ref().map(|_| Loaded::Asking));
        self.wait.set_value(name.map(|name| Timeout::new(PAUSE, move || self.ask(name))));
    }

    fn ask(self, name: String) {
        let Some(own) = self.number.try_get_value() else { return };
        let url = format!("{}/known", self.shown.commune_address());
        leptos::task::spawn_local(async move {
            let answer = match net::write(Request::post(&url), &FindHousehold { name }).await {
                Ok(page) => Loaded::Here(page),
                Err(problem) => Loaded::Failed(problem),
            };
            if self.number.try_get_value() == Some(own) {
                self.answer.try_set(Some(answer));
            }
        });
    }

    fn pick(self, item: WorkItem) {
        self.number.update_value(|number| *number += 1);
        self.wait.set_value(None);
        self.answer.set(None);
        self.open.set(false);
        self.choice.typed.set(String::new());
        self.choice.chosen.set(Some(item));
        // The field goes, and the focus with it.
        focus(&format!("{}-clear", self.id));
    }

    fn close(self) {
        self.open.try_set(false);
    }

    fn on_key(self, event: &web_sys::KeyboardEvent) {
        // Enter chooses here, and sends no form.
        if event.key() == "Enter" {
            event.prevent_default();
        }
        let found = self.found.get_untracked();
        let close = self.open.get_untracked().then_some(|| self.close());
        combobox::on_key(event, self.at, found.len(), |at| self.pick(found[at].clone()), close);
        self.show_marked();
    }

    /// Scrolls the list until the option marked is in sight.
    fn show_marked(self) {
        let option = document().get_element_by_id(&format!("{}-{}", self.id, self.at.get_untracked()));
        let option = option.and_then(|option| option.dyn_into::<web_sys::HtmlElement>().ok());
        let both = option.and_then(|option| Some((option.parent_element()?, option)));
        let Some((list, option)) = both else { return };
        let (top, bottom) = (option.offset_top(), option.offset_top() + option.offset_height());
        if top < list.scroll_top() {
            list.set_scroll_top(top);
        } else if bottom > list.scroll_top() + list.client_height() {
            list.set_scroll_top(bottom - list.client_height());
        }
    }
}

/// The field with the household chosen; while none is, typing finds one.
#[component]
pub fn HouseholdPicker(
    /// The commune's page.
    shown: Shown,
    /// Id of the input, with which the ids of its parts begin.
    id: &'static str,
    /// Label in Vietnamese and English.
    label: (&'static str, &'static str),
    /// The household chosen.
    choice: Choice,
) -> impl IntoView {
    let (open, at) = (RwSignal::new(false), RwSignal::new(0));
    let answer = RwSignal::new(None::<Loaded<WorkPage>>);
    let found = Memo::new(move |_| {
        if !open.get() || choice.typed.with(|typed| typed.trim().is_empty()) {
            return vec![];
        }
        answer.with(|answer| match answer {
            Some(Loaded::Here(page)) => page.households.clone(),
            _ => vec![],
        })
    });
    let (number, wait) = (StoredValue::new(0), StoredValue::new_local(None));
    let search = Search { shown, id, choice, open, at, answer, found, number, wait };
    view! {
        <div class="field combo household">
            <label for=id>{t(label.0, label.1)}</label>
            {move || match choice.chosen.get() {
                Some(item) => chosen(search, item),
                None => field(search),
            }}
        </div>
    }
    .into_any()
}

/// The household chosen, with a button that takes it off.
fn chosen(search: Search, item: WorkItem) -> AnyView {
    let Search { shown, id, choice, .. } = search;
    let household = item.household.to_string();
    let class = item.class.map(|class| view! { <ClassBadge class=class standard=shown.standard() /> });
    let hamlet = hamlet_words(shown, item.hamlet);
    let head = head_words(item.head_name);
    let head_label = head.clone();
    let clear = move |_| {
        choice.clear();
        focus(id);
    };
    view! {
        <div class="chosen" data-testid=format!("{id}-chosen") data-household=household>
            <strong lang="vi">{head}</strong>
            <span>{hamlet}</span>
            {class}
            <button
                type="button"
                class="button plain"
                id=format!("{id}-clear")
                data-testid=format!("{id}-clear")
                aria-label=move || format!("{}: {}", now("Bỏ chọn", "Clear"), head_label())
                on:click=clear
            >
                {t("Bỏ chọn", "Clear")}
            </button>
        </div>
    }
    .into_any()
}

/// The input and the households found.
fn field(search: Search) -> AnyView {
    let Search { shown, id, choice, open, at, answer, found, .. } = search;
    let some = move || found.with(|found| !found.is_empty());
    let said = move || {
        answer.with(|answer| {
            choice.typed.with(|typed| search_words(typed, answer.as_ref(), open.get(), lang()))
        })
    };
    let refusal = move || {
        answer.with(|answer| match answer {
            Some(Loaded::Failed(problem)) => Some(problem.words(lang())),
            _ => None,
        })
    };
    let standard = shown.standard();
    let options = move || {
        let option = move |(place, item): (usize, WorkItem)| {
            let household = item.household.to_string();
            let (head, hamlet) = (head_words(item.head_name.clone()), hamlet_words(shown, item.hamlet));
            let class = item.class.map(|class| view! { <ClassBadge class=class standard=standard /> });
            view! {
                // On `mousedown`, which comes before the field loses its focus.
                <li
                    role="option"
                    id=format!("{id}-{place}")
                    data-household=household
                    aria-selected=move || (at.get() == place).to_string()
                    on:mousedown=move |event| {
                        event.prevent_default();
                        search.pick(item.clone());
                    }
                >
                    <span lang="vi">{head}</span>
                    " "
                    <small>{hamlet}</small>
                    " "
                    {class}
                </li>
            }
        };
        found.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <div class="input">
            <input
                id=id
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                maxlength="100"
                aria-autocomplete="list"
                aria-controls=format!("{id}-list")
                aria-describedby=format!("{id}-said {id}-problem")
                aria-expanded=move || some().to_string()
                aria-activedescendant=move || some().then(|| format!("{id}-{}", at.get()))
                aria-invalid=move || refusal().is_some().then_some("true")
                placeholder=t("Gõ vài chữ của họ tên chủ hộ", "Type a few letters of the head's name")
                prop:value=move || choice.typed.get()
                on:focus=move |_| open.set(true)
                on:input=move |event| search.write(event_target_value(&event))
                on:blur=move |_| search.close()
                on:keydown=move |event| search.on_key(&event)
            />
        </div>
        <ul id=format!("{id}-list") role="listbox" aria-label=t("Hộ tìm thấy", "Households found") hidden=move || !some()>
            {options}
        </ul>
        <p class="error" id=format!("{id}-problem") role="alert" data-testid=format!("{id}-problem")>{refusal}</p>
        <p class="hint" id=format!("{id}-said") data-testid=format!("{id}-said") aria-live="polite">{said}</p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(found: usize, more: bool) -> Loaded<WorkPage> {
        let item = WorkItem {
            household: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            hamlet: Some(4),
            head_name: Some("Lê Thị Một".to_owned()),
            class: None,
            would_be: None,
        };
        Loaded::Here(WorkPage { households: vec![item; found], more })
    }

    #[test]
    fn two_letters_are_looked_for() {
        for (typed, name) in [
            ("", None),
            ("  l ", None),
            ("- l", None),
            ("lê", Some("lê")),
            ("  l t ", Some("l t")),
            ("Le\u{302} Thị Một", Some("Le\u{302} Thị Một")),
        ] {
            assert_eq!(asked(typed).as_deref(), name, "{typed}");
        }
    }

    #[test]
    fn the_search_says_how_it_stands() {
        let failed = Loaded::Failed(Problem::default());
        for (typed, answer, is_open, words) in [
            ("", None, true, ""),
            ("l", None, true, "Type at least two letters."),
            ("le", Some(Loaded::Asking), true, "Searching…"),
            ("le", Some(failed), true, ""),
            ("le", Some(page(0, false)), true, "The commune's register has no head with such a name."),
            ("le", Some(page(2, false)), true, "Found: 2."),
            ("le", Some(page(20, true)), true, "There are more: type more of the name."),
            (
                "le",
                Some(page(2, false)),
                false,
                "No household is chosen yet: go back to the field to choose one.",
            ),
        ] {
            assert_eq!(search_words(typed, answer.as_ref(), is_open, Lang::En), words, "{typed}");
        }
    }
}
