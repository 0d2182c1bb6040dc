//! A field that is written when it is left: quiet when it was, loud when it could not be.

use std::future::Future;
use std::pin::Pin;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::{lang, now};
use soho_frontend::ui::focus_now;
use soho_shared::record::Value;
use soho_shared::text::one_line;

use crate::net::Problem;

/// Time that "written" is shown, in milliseconds.
const SAID: u32 = 4_000;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A text of several lines.
    Lines,
    /// A number of households or people.
    Count,
    /// A day, like `2011-10-01`.
    Date,
    /// One of a few words, each with its two names. The word `true` stands for yes.
    Choice(&'static [(&'static str, &'static str, &'static str)]),
}

impl Kind {
    /// Reads what was typed; an empty field clears it. `None` for what is no number where one is asked for.
    #[must_use]
    pub fn read(self, typed: &str) -> Option<Value> {
        let text = one_line(typed.trim());
        if text.is_empty() {
            return Some(Value::Null);
        }
        match self {
            Kind::Choice(_) if text == "true" => Some(Value::Bool(true)),
            Kind::Text | Kind::Date | Kind::Choice(_) => Some(Value::Text(text.into_owned())),
            Kind::Lines => Some(Value::Text(typed.trim().to_owned())),
            Kind::Count => {
                let digits: String =
                    text.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | '\u{a0}')).collect();
                digits.parse().ok().filter(|number| *number >= 0).map(Value::Int)
            }
        }
    }
}

/// How it stands with what was typed.
#[derive(Clone, PartialEq)]
enum State {
    Quiet,
    Writing,
    Written,
    Wrong(String),
}

/// Writing a field: its path, and what it is to hold.
pub type Save = Callback<(&'static str, Value), Pin<Box<dyn Future<Output = Result<(), Problem>>>>>;

/// An input for one field of a record.
#[component]
pub fn WrittenField(
    /// How it is written.
    save: Save,
    /// Id of the input.
    id: String,
    /// What a test finds it by.
    testid: String,
    /// Name of the field for those who do not see its label.
    #[prop(optional, into)]
    label: Option<TextProp>,
    /// What it holds.
    kind: Kind,
    /// Path of the field.
    field: &'static str,
    /// What the server holds.
    #[prop(into)]
    value: Signal<String>,
    /// What stands there where nothing is written.
    #[prop(optional, into)]
    placeholder: String,
) -> impl IntoView {
    let state = RwSignal::new(State::Quiet);
    let own = StoredValue::new(id.clone());
    let wrong = move |words: String| {
        state.try_set(State::Wrong(words));
        // Who types elsewhere by now is not called back.
        let is_input = |name: String| matches!(name.as_str(), "INPUT" | "SELECT" | "TEXTAREA");
        let is_free = document().active_element().is_none_or(|active| !is_input(active.tag_name()));
        if let Some(own) = own.try_get_value().filter(|_| is_free) {
            focus_now(&own);
        }
    };
    let written = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        if typed.trim() == value.get_untracked() {
            state.set(State::Quiet);
            return;
        }
        let Some(read) = kind.read(&typed) else {
            wrong(untrack(|| now("Hãy ghi một số từ 0 trở lên.", "Write a number from 0 up.")).to_owned());
            return;
        };
        state.set(State::Writing);
        let writing = save.run((field, read));
        leptos::task::spawn_local(async move {
            match writing.await {
                Ok(()) => {
                    state.try_set(State::Written);
                    let quiet = move || {
                        state.try_update(|state| {
                            if *state == State::Written {
                                *state = State::Quiet;
                            }
                        });
                    };
                    Timeout::new(SAID, quiet).forget();
                }
                Err(problem) => wrong(problem.words(untrack(lang))),
            }
        });
    };
    let said = move || match state.get() {
        State::Written => now("✓ Đã ghi", "✓ Saved"),
        State::Writing => now("Đang ghi…", "Saving…"),
        State::Quiet | State::Wrong(_) => "",
    };
    let is_wrong = move || state.with(|state| matches!(state, State::Wrong(_)));
    let error = move || {
        state.with(|state| if let State::Wrong(words) = state { words.clone() } else { String::new() })
    };
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let label = move || label.as_ref().map(|label| label.get().to_string());
    let invalid = move || is_wrong().then_some("true");
    let described_by = move || is_wrong().then(|| described.clone());
    let input = match kind {
        Kind::Choice(words) => {
            let option = move |(word, vi, en): &'static (&'static str, &'static str, &'static str)| {
                let chosen = move || value.with(|value| value == word);
                view! { <option value=*word prop:selected=chosen>{move || now(vi, en)}</option> }
            };
            view! {
                <select
                    id=id
                    data-testid=testid
                    aria-label=label
                    aria-invalid=invalid
                    aria-describedby=described_by
                    on:change=written
                >
                    <option value="" prop:selected=move || value.with(String::is_empty)>"–"</option>
                    {words.iter().map(option).collect_view()}
                </select>
            }
            .into_any()
        }
        Kind::Lines => view! {
            <textarea
                id=id
                data-testid=testid
                rows="3"
                aria-label=label
                aria-invalid=invalid
                aria-describedby=described_by
                prop:value=move || value.get()
                on:change=written
            ></textarea>
        }
        .into_any(),
        Kind::Text | Kind::Count | Kind::Date => view! {
            <input
                id=id
                data-testid=testid
                type=if kind == Kind::Date { "date" } else { "text" }
                inputmode=(kind == Kind::Count).then_some("numeric")
                autocomplete="off"
                placeholder=placeholder
                aria-label=label
                aria-invalid=invalid
                aria-describedby=described_by
                prop:value=move || value.get()
                on:change=written
            />
        }
        .into_any(),
    };
    view! {
        <span class="written" class:wrong=is_wrong data-kind=match kind {
            Kind::Text | Kind::Lines => "text",
            Kind::Count => "count",
            Kind::Date => "date",
            Kind::Choice(_) => "choice",
        }>
            <span class="input">{input}</span>
            <span class="said" role="status">{said}</span>
            <Show when=is_wrong>
                <span class="error" id=error_id.clone() role="alert" data-testid="problem">{error}</span>
            </Show>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_read() {
        for (kind, typed, value) in [
            (Kind::Count, " 1.234 ", Some(Value::Int(1_234))),
            (Kind::Count, "0", Some(Value::Int(0))),
            (Kind::Count, "", Some(Value::Null)),
            (Kind::Count, "-5", None),
            (Kind::Count, "mười", None),
            (Kind::Text, "  Ấp An Hòa ", Some(Value::Text("Ấp An Hòa".to_owned()))),
            (Kind::Text, "   ", Some(Value::Null)),
            (Kind::Date, "2011-10-01", Some(Value::Text("2011-10-01".to_owned()))),
            (Kind::Lines, " Nhà dột\nđã lâu ", Some(Value::Text("Nhà dột\nđã lâu".to_owned()))),
            (Kind::Choice(&[]), "confirmed", Some(Value::Text("confirmed".to_owned()))),
            (Kind::Choice(&[]), "true", Some(Value::Bool(true))),
            (Kind::Choice(&[]), "", Some(Value::Null)),
        ] {
            assert_eq!(kind.read(typed), value, "{typed}");
        }
    }
}
