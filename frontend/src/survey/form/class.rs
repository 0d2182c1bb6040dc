//! The class with its sum, always in sight: at the side of a tablet, at the bottom of a phone.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::ClassBadge;
use soho_frontend::ui::format::dong;
use soho_shared::area;
use soho_shared::assess::Assessment;
use soho_shared::classify::monthly_per_person;
use soho_shared::explain::{Explanation, NotCounted, explain, text};
use soho_shared::household::Household;
use soho_shared::income::annual_net;
use soho_shared::sync::RecordKey;

use crate::words;

/// Every step, once people and income are known.
fn explained(key: RecordKey, household: &Household, assessed: &Assessment) -> Option<Explanation> {
    assessed.class?;
    let residence = area::commune(key.household.commune)?.residence();
    let not_counted: Vec<_> = household
        .members
        .values()
        .filter(|member| !member.counts())
        .map(|member| {
            let months = member.months_present.and_then(|m| u8::try_from(m).ok()).unwrap_or(0);
            let name = member
                .name
                .clone()
                .unwrap_or_else(|| now("một người chưa ghi tên", "somebody not named").to_owned());
            (name, NotCounted::UnderSixMonths { months })
        })
        .collect();
    let lines = &assessed.lines;
    Some(explain(
        assessed.standard,
        residence,
        assessed.members?,
        &not_counted,
        lines,
        household.deprivation_count,
    ))
}

/// The panel.
#[component]
pub(super) fn ClassPanel(
    key: RecordKey,
    household: Memo<Household>,
    assessed: Memo<Option<Assessment>>,
) -> impl IntoView {
    let opened = RwSignal::new(false);
    let class = Memo::new(move |_| assessed.with(|a| a.as_ref().and_then(|a| a.class)));
    let standard = move || assessed.with(|a| a.as_ref().map(|a| a.standard));
    let monthly = move || {
        assessed.with(|a| {
            let a = a.as_ref()?;
            let each = monthly_per_person(annual_net(&a.lines)?, a.members?);
            a.class.map(|_| format!("{} {}", dong(each), now("mỗi người mỗi tháng", "a person a month")))
        })
    };
    let missing = move || {
        assessed.with(|a| {
            let names: Vec<_> = a.iter().flat_map(|a| &a.missing).map(|m| words::missing_name(*m)).collect();
            if names.is_empty() {
                String::new()
            } else {
                format!("{}: {}", now("Còn thiếu", "Missing"), names.join(", "))
            }
        })
    };
    let steps = move || {
        let steps = assessed
            .with(|a| household.with(|h| a.as_ref().and_then(|a| explained(key, h, a))))
            .map(|explanation| text(&explanation, lang()))
            .unwrap_or_default();
        steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()
    };
    view! {
        <aside
            class="class-panel"
            aria-label=t("Hộ thuộc diện", "Class of the household")
            data-testid="class-panel"
            data-class=move || class.get().map_or("", soho_shared::standard::Class::word)
            data-open=move || opened.get().to_string()
        >
            <div class="class-now" aria-live="polite">
                {move || match (class.get(), standard()) {
                    (Some(class), Some(standard)) => view! { <ClassBadge class=class standard=standard /> }.into_any(),
                    _ => view! { <strong>{t("Chưa tính được", "Not known yet")}</strong> }.into_any(),
                }}
                <span class="monthly">{monthly}</span>
                <span class="missing">{missing}</span>
            </div>
            <button
                type="button"
                class="button second"
                aria-expanded=move || opened.get().to_string()
                aria-controls="class-steps"
                hidden=move || class.get().is_none()
                on:click=move |_| opened.update(|o| *o = !*o)
            >
                {move || if opened.get() { now("Ẩn cách tính", "Hide the sum") } else { now("Cách tính", "The sum") }}
            </button>
            <ol id="class-steps" class="steps">{steps}</ol>
        </aside>
    }
    .into_any()
}
