//! Labelled inputs. Each has a label, a hint when it needs one, and says under itself what it understood
//! or what is wrong and what would be right.

use leptos::prelude::*;
use soho_shared::money::{TypedError, Vnd, parse_typed};

use super::format::dong;
use crate::i18n::{Lang, lang, now};

/// What a text typed into a number field may be: an empty field is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T, E> {
    /// Nothing typed.
    Empty,
    /// Understood.
    Value(T),
    /// Not a number, or out of bounds: what to write instead.
    Wrong(E),
}

impl<T, E> Typed<T, E> {
    /// The value, when there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Typed::Value(value) => Some(value),
            Typed::Empty | Typed::Wrong(_) => None,
        }
    }
}

/// Reads a typed amount: `1.234.567`, `1234567`, `1,2 triệu`.
#[must_use]
pub fn typed_money(text: &str) -> Typed<Vnd, TypedError> {
    if text.trim().is_empty() {
        return Typed::Empty;
    }
    match parse_typed(text) {
        Ok(amount) => Typed::Value(amount),
        Err(error) => Typed::Wrong(error),
    }
}

/// Reads a typed whole number within bounds.
#[must_use]
pub fn typed_number(text: &str, min: u32, max: u32) -> Typed<u32, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Typed::Empty;
    }
    match text.parse() {
        Ok(n) if (min..=max).contains(&n) => Typed::Value(n),
        _ => Typed::Wrong(()),
    }
}

/// A line of text.
#[component]
pub fn TextField(
    /// The input's id; its messages are `<id>-note` and `<id>-error`.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: TextProp,
    /// One line of help under the label.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// What it holds.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is wrong, empty when nothing is.
    #[prop(optional, into)]
    error: Option<Signal<String>>,
    /// What was understood, empty when nothing is to be said.
    #[prop(optional, into)]
    note: Option<Signal<String>>,
    /// Which keyboard a phone shows: `text`, `numeric`, `decimal`, `tel`, `search`.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// Stands after the input, such as `đ`.
    #[prop(optional, into)]
    unit: Option<TextProp>,
    /// Extra class of the whole field: `short` for small numbers.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let (hint_id, note_id, error_id) = (format!("{id}-hint"), format!("{id}-note"), format!("{id}-error"));
    let wrong = move || error.is_some_and(|e| e.with(|e| !e.is_empty()));
    let described = {
        let mut ids = String::new();
        if hint.is_some() {
            ids.push_str(&hint_id);
            ids.push(' ');
        }
        if error.is_some() {
            ids.push_str(&error_id);
            ids.push(' ');
        }
        if note.is_some() {
            ids.push_str(&note_id);
        }
        (!ids.is_empty()).then_some(ids)
    };
    view! {
        <div class=format!("field {class}") class:wrong=wrong>
            <label for=id.clone()>{move || label.get()}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{move || hint.get()}</p> })}
            {error.map(|error| view! { <p class="error" id=error_id aria-live="polite">{error}</p> })}
            <div class="input">
                <input
                    type="text"
                    id=id
                    inputmode=inputmode
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=move || wrong().then_some("true")
                    prop:value=value
                    on:input=move |event| on_input.run(event_target_value(&event))
                />
                {unit.map(|unit| view! { <span class="unit" aria-hidden="true">{move || unit.get()}</span> })}
            </div>
            {note.map(|note| view! { <p class="note" id=note_id aria-live="polite">{note}</p> })}
        </div>
    }
    .into_any()
}

/// An amount of money, kept as typed; what was understood stands under it.
#[component]
pub fn MoneyField(
    /// The input's id.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: TextProp,
    /// One line of help.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// What was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke; read the amount with [`typed_money`].
    #[prop(into)]
    on_input: Callback<String>,
) -> impl IntoView {
    let read = Memo::new(move |_| value.with(|text| typed_money(text)));
    let error = Signal::derive(move || match read.get() {
        Typed::Wrong(error) => error.text(lang()),
        Typed::Value(amount) if amount < Vnd::ZERO => now(
            "Số tiền không nhỏ hơn 0; nếu bị lỗ, ghi chi phí lớn hơn tiền thu",
            "The amount is not less than 0; for a loss, write costs larger than receipts",
        )
        .to_owned(),
        _ => String::new(),
    });
    let note = Signal::derive(move || match read.get() {
        Typed::Value(amount) if amount >= Vnd::ZERO => format!("= {}", dong(amount)),
        _ => String::new(),
    });
    view! {
        <TextField
            id=id
            label=label
            hint=hint.unwrap_or_default()
            value=value
            on_input=on_input
            error=error
            note=note
            inputmode="text"
            unit="đ"
            class="money"
        />
    }
    .into_any()
}

/// A whole number within bounds.
#[component]
pub fn NumberField(
    /// The input's id.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: TextProp,
    /// What was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke; read the number with [`typed_number`].
    #[prop(into)]
    on_input: Callback<String>,
    /// The least.
    min: u32,
    /// The most.
    max: u32,
    /// Stands after the input.
    #[prop(optional, into)]
    unit: Option<TextProp>,
) -> impl IntoView {
    let error = Signal::derive(move || match value.with(|text| typed_number(text, min, max)) {
        Typed::Wrong(()) => match lang() {
            Lang::Vi => format!("Số phải từ {min} đến {max}"),
            Lang::En => format!("The number must be from {min} to {max}"),
        },
        _ => String::new(),
    });
    view! {
        <TextField
            id=id
            label=label
            value=value
            on_input=on_input
            error=error
            inputmode="numeric"
            unit=unit.unwrap_or_default()
            class="short"
        />
    }
    .into_any()
}
