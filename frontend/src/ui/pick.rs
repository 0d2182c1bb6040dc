//! Choices and messages: tiles, check boxes, a stepper, notices.

use leptos::prelude::*;

use super::field::{Typed, typed_number};
use crate::i18n::{Lang, lang, t};

/// One answer of [`RadioTiles`].
#[derive(Clone)]
pub struct Tile {
    /// The input's id.
    pub id: String,
    /// Its value.
    pub value: &'static str,
    /// What it says.
    pub label: TextProp,
    /// A smaller line under it; empty for none.
    pub hint: TextProp,
}

impl Tile {
    /// A tile without a second line.
    pub fn new(id: impl Into<String>, value: &'static str, label: impl Into<TextProp>) -> Self {
        Tile { id: id.into(), value, label: label.into(), hint: TextProp::default() }
    }

    /// The same with a second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<TextProp>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// One of a few, as large tiles.
#[component]
pub fn RadioTiles(
    /// The group's name, unique on the page.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: TextProp,
    /// The answers.
    tiles: Vec<Tile>,
    /// The value chosen, empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value chosen.
    #[prop(into)]
    on_pick: Callback<&'static str>,
    /// Extra class: `inline` for small tiles in a row.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let tiles = tiles
        .into_iter()
        .map(|tile| {
            let Tile { id, value: word, label, hint } = tile;
            view! {
                <label class="tile" for=id.clone()>
                    <input
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        value=word
                        prop:checked=move || value.with(|v| v == word)
                        on:change=move |_| on_pick.run(word)
                    />
                    <span>{move || label.get()} <small>{move || hint.get()}</small></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class=format!("tiles {class}")>
            <legend>{move || legend.get()}</legend>
            <div class="tiles-in">{tiles}</div>
        </fieldset>
    }
    .into_any()
}

/// A yes or no.
#[component]
pub fn Checkbox(
    /// The input's id.
    #[prop(into)]
    id: String,
    /// What ticking it says.
    #[prop(into)]
    label: TextProp,
    /// Ticked or not.
    #[prop(into)]
    checked: Signal<bool>,
    /// Called with the new state.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="tick" for=id.clone()>
            <input
                type="checkbox"
                id=id.clone()
                prop:checked=checked
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <span>{move || label.get()}</span>
        </label>
    }
    .into_any()
}

/// A small whole number: typed, or moved by one with large buttons.
#[component]
pub fn Stepper(
    /// The input's id; the buttons are `<id>-less` and `<id>-more`.
    id: &'static str,
    /// The question.
    #[prop(into)]
    label: TextProp,
    /// One line of help.
    #[prop(optional, into)]
    hint: TextProp,
    /// What was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called with what was typed, or with the number after a step.
    #[prop(into)]
    on_input: Callback<String>,
    /// The least.
    min: u32,
    /// The most.
    max: u32,
    /// What is wrong when it is out of bounds: Vietnamese, English.
    wrong: (&'static str, &'static str),
) -> impl IntoView {
    let read = move || value.with(|text| typed_number(text, min, max));
    let is_wrong = move || matches!(read(), Typed::Wrong(()));
    let step = move |up: bool| {
        let next = match (read(), up) {
            (Typed::Value(n), true) => (n + 1).min(max),
            (Typed::Value(n), false) => n.saturating_sub(1).max(min),
            _ => min,
        };
        on_input.run(next.to_string());
    };
    let error = move || if is_wrong() { t(wrong.0, wrong.1)() } else { "" };
    let side = move |up: bool| {
        let end = if up { max } else { min };
        let (suffix, sign) = if up { ("more", "+") } else { ("less", "−") };
        view! {
            <button
                type="button"
                class="step"
                id=format!("{id}-{suffix}")
                aria-controls=id
                aria-label=move || match (lang(), up) {
                    (Lang::Vi, true) => "Thêm một",
                    (Lang::Vi, false) => "Bớt một",
                    (Lang::En, true) => "One more",
                    (Lang::En, false) => "One fewer",
                }
                disabled=move || read() == Typed::Value(end)
                on:click=move |_| step(up)
            >
                {sign}
            </button>
        }
    };
    view! {
        <div class="field stepper" class:wrong=is_wrong>
            <label for=id>{move || label.get()}</label>
            <p class="hint" id=format!("{id}-hint")>{move || hint.get()}</p>
            <p class="error" id=format!("{id}-error") aria-live="polite">{error}</p>
            <div class="input">
                {side(false)}
                <input
                    type="text"
                    id=id
                    inputmode="numeric"
                    autocomplete="off"
                    maxlength="3"
                    aria-describedby=format!("{id}-hint {id}-error")
                    aria-invalid=move || is_wrong().then_some("true")
                    prop:value=value
                    on:input=move |event| on_input.run(event_target_value(&event))
                /> {side(true)}
            </div>
        </div>
    }
    .into_any()
}

/// How serious a [`Notice`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something to look at.
    Warning,
    /// Something failed: say what, what is safe, and what to do.
    Failure,
    /// Something is done.
    Done,
}

/// A message set apart from the text.
#[component]
pub fn Notice(
    /// How serious.
    tone: Tone,
    /// The message.
    children: Children,
) -> impl IntoView {
    let class = match tone {
        Tone::Info => "notice info",
        Tone::Warning => "notice warning",
        Tone::Failure => "notice failure",
        Tone::Done => "notice done",
    };
    view! { <div class=class>{children()}</div> }.into_any()
}
