//! Sending a commune's round back to an earlier stage, with a reason.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, t};
use soho_shared::area::AreaCode;
use soho_shared::stage::Stage;
use soho_shared::wire::rounds::StageMove;

use crate::commune::Shown;
use crate::problem::Refused;
use crate::stages::{At, go};
use crate::state::desk;

/// The form that sends a round back, where the role may.
#[component]
pub fn Back(shown: Shown, at: At) -> impl IntoView {
    let role = desk().who().role;
    let place = AreaCode::Commune(at.commune).name();
    let at = at.progress;
    let earlier = Stage::ALL.into_iter().map(|(_, stage)| stage).filter(|stage| Some(*stage) < at.stage);
    let earlier: Vec<Stage> = earlier.filter(|stage| at.may_go(role, *stage, true).is_ok()).collect();
    let Some(last) = earlier.last().copied() else { return ().into_any() };
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None));
    let (to, why) = (RwSignal::new(last), RwSignal::new(String::new()));
    let options = earlier.into_iter().map(|stage| {
        view! {
            <option value=stage.to_string() prop:selected=move || to.get() == stage>{move || stage.name(lang())}</option>
        }
    });
    let from = at.stage;
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let why = Some(why.get_untracked().trim().to_owned()).filter(|why| !why.is_empty());
        go(shown, StageMove { from, to: to.get_untracked(), why }, busy, refused);
    };
    let heading = if at.stage == Some(Stage::Closed) {
        t("Mở lại đợt", "Reopen the round")
    } else {
        t("Trả lại bước trước", "Send back to an earlier stage")
    };
    view! {
        <details class="no-print" data-testid="back">
            <summary>{heading}</summary>
            <form class="back" on:submit=send aria-label=place>
                <div class="field">
                    <label for="back-to">{t("Về bước", "To the stage")}</label>
                    <div class="input">
                        <select
                            id="back-to"
                            on:change=move |event| {
                                if let Ok(stage) = event_target_value(&event).parse() {
                                    to.set(stage);
                                }
                            }
                        >
                            {options.collect_view()}
                        </select>
                    </div>
                </div>
                <div class="field">
                    <label for="back-why">{t("Lý do", "Reason")}</label>
                    <Refused id="back-problem" problem=refused />
                    <div class="input wide">
                        <textarea
                            id="back-why"
                            rows="2"
                            maxlength="300"
                            aria-invalid=move || refused.with(Option::is_some).then_some("true")
                            aria-describedby=move || refused.with(Option::is_some).then_some("back-problem")
                            prop:value=move || why.get()
                            on:input=move |event| why.set(event_target_value(&event))
                        ></textarea>
                    </div>
                </div>
                <button type="submit" class="button danger" data-testid="send-back" disabled=move || busy.get()>
                    {if at.stage == Some(Stage::Closed) { t("Mở lại", "Reopen") } else { t("Trả lại", "Send back") }}
                </button>
            </form>
        </details>
    }
    .into_any()
}
