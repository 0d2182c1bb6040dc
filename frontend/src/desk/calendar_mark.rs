//! Saying on which day a report was sent or received, and taking that back.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::focus;
use soho_shared::area::UnitCode;
use soho_shared::wire::calendar::{CalendarPage, DeliveryEdit, UnitDeliveries};

use crate::net::{self, Problem, Question};
use crate::state::desk;

/// A unit's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Which {
    /// The unit.
    pub unit: UnitCode,
    /// Id of the report.
    pub duty: String,
    /// Which one of the year.
    pub nth: u8,
}

/// A day, and the button that writes it; beside a day that was said also one that takes it back.
#[component]
pub fn Mark(
    /// The report.
    which: Which,
    /// Whether it was received; otherwise, that it was sent.
    is_receipt: bool,
    /// The day that was said.
    said: Option<String>,
    /// Today.
    today: String,
    /// What it is about, for those who do not see the row.
    #[prop(into)]
    about: Signal<String>,
    /// What is asked anew once it is written.
    asked: Vec<Question<CalendarPage>>,
    /// Where a refusal is told.
    refused: RwSignal<Option<Problem>>,
    /// Id of the heading that takes the focus then.
    then: &'static str,
) -> impl IntoView {
    let desk = desk();
    let busy = RwSignal::new(false);
    let is_said = said.is_some();
    let date = RwSignal::new(said.unwrap_or_else(|| today.clone()));
    let (which, asked) = (StoredValue::new(which), StoredValue::new(asked));
    let url = if is_receipt { "/api/v1/calendar/received" } else { "/api/v1/calendar/sent" };
    let write = move |date: Option<String>| {
        let Which { unit, duty, nth } = which.get_value();
        let round = untrack(|| desk.here()).round;
        let edit = DeliveryEdit { unit, round, duty, nth, date };
        let questions = asked.get_value();
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match net::write::<UnitDeliveries>(Request::post(url), &edit).await {
                Ok(_) => {
                    questions.into_iter().for_each(Question::ask_again);
                    focus(then);
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let say = move |_| write(Some(date.get_untracked()));
    let take_back = move |_| write(None);
    let name = move || if is_receipt { now("Đã nhận", "Received") } else { now("Đã gửi", "Sent") };
    let day_name = move || {
        if is_receipt { now("Ngày nhận", "Received on") } else { now("Ngày gửi", "Sent on") }
    };
    let of = move |what: &str| format!("{what}: {}", about.get());
    let back = is_said.then(|| {
        view! {
            <button
                type="button"
                class="button plain"
                data-testid="take-back"
                aria-label=move || of(now("Bỏ", "Take back"))
                disabled=move || busy.get()
                on:click=take_back
            >
                {t("Bỏ", "Take back")}
            </button>
        }
    });
    view! {
        <span class="mark-day">
            <input
                type="date"
                autocomplete="off"
                max=today
                aria-label=move || of(day_name())
                data-testid="day"
                prop:value=move || date.get()
                on:input=move |event| date.set(event_target_value(&event))
            />
            <button
                type="button"
                class="button second"
                data-testid=if is_receipt { "receive" } else { "send" }
                aria-label=move || of(name())
                disabled=move || busy.get()
                on:click=say
            >
                {name}
            </button>
            {back}
        </span>
    }
    .into_any()
}
