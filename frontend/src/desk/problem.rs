//! What is shown where an answer is awaited, was refused or did not come.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use soho_frontend::i18n::{lang, t};
use soho_frontend::ui::{Notice, Tone, focus};

use crate::net::{Loaded, Problem, Question};

/// Says that an answer is awaited or why there is none, and offers to ask again; nothing where there is one.
#[component]
pub fn Waiting<T>(
    /// What was asked for.
    question: Question<T>,
) -> impl IntoView
where
    T: Clone + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let state = Memo::new(move |_| {
        question.answer.with(|answer| match answer {
            Loaded::Asking => Some(None),
            Loaded::Failed(problem) => Some(Some(problem.clone())),
            Loaded::Here(_) => None,
        })
    });
    let shown = move |state| match state {
        None => view! {
            <Notice tone=Tone::Info>
                <p role="status">{t("Đang tải…", "Loading…")}</p>
            </Notice>
        }
        .into_any(),
        Some(problem) => {
            let problem: Problem = problem;
            view! {
                <Notice tone=Tone::Failure>
                    <p data-testid="problem" role="alert">{move || problem.words(lang())}</p>
                    <p class="no-print">
                        <button type="button" class="button second" on:click=move |_| question.ask_again()>
                            {t("Thử lại", "Try again")}
                        </button>
                    </p>
                </Notice>
            }
            .into_any()
        }
    };
    view! { {move || state.get().map(shown)} }.into_any()
}

/// What went wrong with something that was written, at the place where it was written. It takes the focus.
#[component]
pub fn Refused(
    /// Id of the element, for the field that it describes.
    id: &'static str,
    /// The refusal, while there is one.
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    Effect::new(move |_| {
        if problem.with(Option::is_some) {
            focus(id);
        }
    });
    let words = move || problem.with(|problem| problem.as_ref().map(|problem| problem.words(lang())));
    view! {
        <Show when=move || problem.with(Option::is_some)>
            <p class="error" id=id role="alert" tabindex="-1" data-testid="problem">{words}</p>
        </Show>
    }
    .into_any()
}
