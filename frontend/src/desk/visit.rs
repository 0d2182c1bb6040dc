//! One more household to be visited: it has asked to be reviewed (Mẫu số 01), or something has befallen it.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::focus;
use soho_shared::household::field::EVENTS;
use soho_shared::wire::rounds::NewVisit;

use crate::commune::Shown;
use crate::net;
use crate::problem::Refused;

/// What has been typed of the household.
#[derive(Clone, Copy)]
struct Typed {
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
        self.events.try_set([false; EVENTS.len()]);
    }

    fn visit(self) -> NewVisit {
        let text = |text: RwSignal<String>| {
            Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let events = EVENTS.iter().zip(self.events.get_untracked());
        NewVisit {
            // Another number than a hamlet's is refused with the words for it.
            hamlet: text(self.hamlet).and_then(|number| number.parse().ok()).unwrap_or(0),
            head_name: text(self.name).unwrap_or_default(),
            address: text(self.address),
            asked: text(self.asked),
            reason: text(self.reason),
            events: events
                .filter(|(_, is_chosen)| *is_chosen)
                .filter_map(|((path, ..), _)| path.parse().ok())
                .collect(),
        }
    }
}

/// The form that puts a household on the list.
#[component]
pub fn Visit(shown: Shown) -> impl IntoView {
    let typed = Typed::new();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None));
    let done = RwSignal::new(None::<String>);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (url, visit) = (format!("{}/visits", shown.commune_address()), typed.visit());
        let number = shown.begin();
        busy.set(true);
        refused.set(None);
        done.set(None);
        leptos::task::spawn_local(async move {
            match net::write(Request::post(&url), &visit).await {
                Ok(detail) => {
                    shown.take(number, detail);
                    done.try_set(Some(visit.head_name));
                    typed.clear();
                    focus("visit-name");
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
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
        done.get().map(|name| match lang() {
            Lang::Vi => format!("✓ Đã ghi hộ {name}: hộ ở danh sách “Chưa đủ” đến khi có người đến thăm."),
            Lang::En => format!("✓ {name} is recorded: on the list “Incomplete” until somebody has visited."),
        })
    };
    view! {
        <details class="no-print" data-testid="visit">
            <summary>{t("Thêm hộ cần thăm", "Add a household to visit")}</summary>
            <form class="visit" on:submit=send>
                <p class="hint">{t(
                    "Hộ không có trong danh sách đợt trước, nay đề nghị rà soát (Mẫu số 01) hoặc gặp rủi ro trong năm.",
                    "A household that is not on last round's list, and has asked to be reviewed (Mẫu số 01) or was befallen by something in the year.",
                )}</p>
                <Refused id="visit-problem" problem=refused />
                {field("visit-name", "Họ và tên chủ hộ", "Name of the head", "text", typed.name)}
                {field("visit-hamlet", "Ấp số", "Number of the hamlet", "text", typed.hamlet)}
                {field("visit-address", "Địa chỉ", "Address", "text", typed.address)}
                {field("visit-asked", "Ngày đề nghị (nếu có)", "Asked on (if it did)", "date", typed.asked)}
                {field("visit-reason", "Lý do đề nghị", "Why it asked", "text", typed.reason)}
                <fieldset>
                    <legend>{t("Rủi ro trong năm", "What has befallen it in the year")}</legend>
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
