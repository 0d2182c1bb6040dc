//! One more household to be visited: it has asked to be reviewed (Mẫu số 01), something has befallen it, or it has split off
//! from another.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::focus;
use soho_shared::household::field::EVENTS;
use soho_shared::wire::rounds::NewVisit;

use crate::commune::Shown;
use crate::household::{Choice, HouseholdPicker, head_words};
use crate::net::{self, Problem};
use crate::problem::Refused;

/// What has been typed of the household.
#[derive(Clone, Copy)]
struct Typed {
    /// Whether it is a household that the register has.
    is_known: RwSignal<bool>,
    known: Choice,
    split_from: Choice,
    name: RwSignal<String>,
    hamlet: RwSignal<String>,
    address: RwSignal<String>,
    asked: RwSignal<String>,
    reason: RwSignal<String>,
    events: RwSignal<[bool; EVENTS.len()]>,
}

impl Typed {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Typed {
            is_known: RwSignal::new(false),
            known: Choice::none(),
            split_from: Choice::none(),
            name: text(),
            hamlet: text(),
            address: text(),
            asked: text(),
            reason: text(),
            events: RwSignal::new([false; EVENTS.len()]),
        }
    }

    fn clear(self) {
        for text in [self.name, self.address, self.asked, self.reason] {
            text.try_set(String::new());
        }
        self.known.clear();
        self.split_from.clear();
        self.events.try_set([false; EVENTS.len()]);
    }

    /// The household, and what it is to be visited for.
    ///
    /// # Errors
    /// When it is not said which household of the register it is, or which one it has split off from.
    fn visit(self) -> Result<NewVisit, Problem> {
        let text = |text: RwSignal<String>| {
            Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let mut visit = NewVisit {
            household: None,
            split_from: None,
            hamlet: None,
            head_name: None,
            address: None,
            asked: text(self.asked),
            reason: text(self.reason),
            events: EVENTS
                .iter()
                .zip(self.events.get_untracked())
                .filter(|(_, is_chosen)| *is_chosen)
                .filter_map(|((path, ..), _)| path.parse().ok())
                .collect(),
        };
        if self.is_known.get_untracked() {
            visit.household = Some(self.known.required()?);
        } else {
            visit.split_from = self.split_from.read()?;
            // Another number than a hamlet's is refused with the words for it.
            visit.hamlet = Some(text(self.hamlet).and_then(|number| number.parse().ok()).unwrap_or(0));
            visit.head_name = Some(text(self.name).unwrap_or_default());
            visit.address = text(self.address);
        }
        Ok(visit)
    }

    /// Name of the household's head, to say that it is recorded.
    fn head(self) -> String {
        let name =
            if self.is_known.get_untracked() { self.known.head() } else { Some(self.name.get_untracked()) };
        untrack(head_words(name))
    }
}

/// The form that puts a household on the list.
#[component]
pub fn Visit(shown: Shown) -> impl IntoView {
    let typed = Typed::new();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None));
    // Whether the household was known, and the name of its head.
    let done = RwSignal::new(None::<(bool, String)>);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        done.set(None);
        let visit = match typed.visit() {
            Ok(visit) => visit,
            Err(problem) => {
                refused.set(Some(problem));
                return;
            }
        };
        let url = format!("{}/visits", shown.commune_address());
        let (is_known, head) = (visit.household.is_some(), typed.head());
        let number = shown.begin();
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match net::write(Request::post(&url), &visit).await {
                Ok(detail) => {
                    shown.take(number, detail);
                    done.try_set(Some((is_known, head)));
                    typed.clear();
                    focus(if is_known { "visit-household" } else { "visit-name" });
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let kind = move |id: &'static str, is_known: bool, vi, en| {
        view! {
            <label class="tick">
                <input
                    id=id
                    type="radio"
                    name="visit-kind"
                    prop:checked=move || typed.is_known.get() == is_known
                    on:change=move |_| {
                        typed.is_known.set(is_known);
                        refused.set(None);
                    }
                />
                <span>{t(vi, en)}</span>
            </label>
        }
    };
    let field = move |id: &'static str, vi, en, kind: &'static str, text: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{t(vi, en)}</label>
                <div class="input">
                    <input
                        id=id
                        type=kind
                        autocomplete="off"
                        inputmode=(id == "visit-hamlet").then_some("numeric")
                        prop:value=move || text.get()
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                </div>
            </div>
        }
    };
    let event = move |(at, (_, vi, en)): (usize, (&'static str, &'static str, &'static str))| {
        view! {
            <label class="tick">
                <input
                    type="checkbox"
                    prop:checked=move || typed.events.with(|events| events[at])
                    on:change=move |event| typed.events.update(|events| events[at] = event_target_checked(&event))
                />
                <span>{t(vi, en)}</span>
            </label>
        }
    };
    let said = move || {
        done.get().map(|(is_known, name)| match (is_known, lang()) {
            (false, Lang::Vi) => {
                format!("✓ Đã ghi hộ {name}: hộ ở danh sách “Chưa đủ” đến khi có người đến thăm.")
            }
            (false, Lang::En) => {
                format!("✓ {name} is recorded: on the list “Incomplete” until somebody has visited.")
            }
            (true, Lang::Vi) => format!(
                "✓ Đã ghi hộ {name}. Nếu đợt này hộ chưa có hạng, hộ ở danh sách “Chưa đủ” \
                 đến khi có người đến thăm."
            ),
            (true, Lang::En) => format!(
                "✓ {name} is recorded: while it has no class in this round, it is on the list “Incomplete” \
                 until somebody has visited."
            ),
        })
    };
    view! {
        <details class="no-print" data-testid="visit">
            <summary>{t("Thêm hộ cần thăm", "Add a household to visit")}</summary>
            <form class="visit" on:submit=send>
                <p class="hint">{t(
                    "Hộ không có trong danh sách đợt trước, nay đề nghị rà soát (Mẫu số 01), gặp rủi ro trong năm (ở dưới) hoặc mới tách hộ.",
                    "A household that is not on last round's list, and has asked to be reviewed (form Mẫu số 01), had a misfortune in the year (below) or has split off from another.",
                )}</p>
                <Refused id="visit-problem" problem=refused />
                <fieldset>
                    <legend>{t("Hộ nào", "Which household")}</legend>
                    {kind("visit-new", false, "Hộ mới", "A new household")}
                    {kind("visit-known", true, "Hộ đã có trong sổ", "A household that the register has")}
                </fieldset>
                <Show
                    when=move || typed.is_known.get()
                    fallback=move || view! {
                        {field("visit-name", "Họ và tên chủ hộ", "Name of the head", "text", typed.name)}
                        {field("visit-hamlet", "Ấp số", "Number of the hamlet", "text", typed.hamlet)}
                        {field("visit-address", "Địa chỉ", "Address", "text", typed.address)}
                        <HouseholdPicker
                            shown=shown
                            id="visit-split"
                            label=("Tách ra từ hộ (nếu có)", "Split off from (if it has)")
                            choice=typed.split_from
                        />
                    }
                >
                    <HouseholdPicker
                        shown=shown
                        id="visit-household"
                        label=("Hộ", "Household")
                        choice=typed.known
                    />
                </Show>
                {field("visit-asked", "Ngày đề nghị (nếu có)", "Asked on (if it did)", "date", typed.asked)}
                {field("visit-reason", "Lý do đề nghị", "Why it asked", "text", typed.reason)}
                <fieldset>
                    <legend>{t("Rủi ro trong năm", "Misfortunes in the year")}</legend>
                    {EVENTS.into_iter().enumerate().map(event).collect_view()}
                </fieldset>
                <button type="submit" class="button second" data-testid="add-visit" disabled=move || busy.get()>
                    {t("Đưa vào danh sách", "Put it on the list")}
                </button>
                <p role="status" data-testid="visit-done">{said}</p>
            </form>
        </details>
    }
    .into_any()
}
