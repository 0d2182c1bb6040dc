//! Labelled inputs. Above the input stand the label, an optional hint, and what is wrong with what would be
//! right; below it stands what was understood.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use soho_shared::money::{TypedError, Vnd, parse_typed};
use soho_shared::text::one_line;

use super::dom::{El, Words, el};
use super::format::dong;
use crate::i18n::{Lang, lang, now};

/// The meaning of a text typed into a number field. An empty field is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T, E> {
    /// Nothing was typed.
    Empty,
    /// The value that was understood.
    Value(T),
    /// Not a number, or out of bounds, with the reason.
    Wrong(E),
}

impl<T, E> Typed<T, E> {
    /// Returns the value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Typed::Value(value) => Some(value),
            Typed::Empty | Typed::Wrong(_) => None,
        }
    }
}

/// Reads an amount of money as people type it: `1.234.567`, `1234567`, `1,2 triệu`.
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

/// Reads a whole number between `min` and `max`, both included.
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

/// A labelled input, described; [`Field::el`] builds it. Parts that are `None` are not shown.
#[derive(Clone)]
pub struct Field {
    /// The input's id; its messages are `<id>-hint`, `<id>-error` and `<id>-note`.
    pub id: String,
    /// Label of the input.
    pub label: Words,
    /// One line of help under the label.
    pub hint: Option<Words>,
    /// Text that the input holds.
    pub value: Words,
    /// Called at every keystroke with the text, without its invisible characters.
    pub on_input: Rc<dyn Fn(String)>,
    /// What is wrong; empty when nothing is.
    pub error: Option<Words>,
    /// What was understood; empty when there is nothing to say.
    pub note: Option<Words>,
    /// Keyboard that a phone shows: `text`, `numeric`, `decimal`, `tel` or `search`.
    pub inputmode: &'static str,
    /// Text after the input, such as `đ`.
    pub unit: Option<Words>,
    /// Extra CSS class of the whole field: `short` for small numbers.
    pub class: &'static str,
}

impl Field {
    /// Describes a line of text.
    pub fn new(
        id: impl Into<String>,
        label: impl Into<Words>,
        value: impl Into<Words>,
        on_input: impl Fn(String) + 'static,
    ) -> Self {
        Field {
            id: id.into(),
            label: label.into(),
            hint: None,
            value: value.into(),
            on_input: Rc::new(on_input),
            error: None,
            note: None,
            inputmode: "text",
            unit: None,
            class: "",
        }
    }

    /// Describes a line of text whose value is a signal.
    pub fn of(id: impl Into<String>, label: impl Into<Words>, text: RwSignal<String>) -> Self {
        Field::new(id, label, move || text.get(), move |typed| text.set(typed))
    }

    /// Adds a line of help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Words>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes it a field for an amount of money. The text is kept as typed, and what was understood stands
    /// below; read the text with [`typed_money`].
    #[must_use]
    pub fn money(mut self) -> Self {
        let (read, again) = (self.value.clone(), self.value.clone());
        self.error = Some(Words::from(move || match typed_money(&read.get()) {
            Typed::Wrong(error) => error.text(lang()),
            Typed::Value(amount) if amount < Vnd::ZERO => now(
                "Số tiền không nhỏ hơn 0; nếu bị lỗ, ghi chi phí lớn hơn tiền thu",
                "The amount is not less than 0; for a loss, write costs larger than receipts",
            )
            .to_owned(),
            _ => String::new(),
        }));
        self.note = Some(Words::from(move || match typed_money(&again.get()) {
            Typed::Value(amount) if amount >= Vnd::ZERO => format!("= {}", dong(amount)),
            _ => String::new(),
        }));
        self.inputmode = "decimal";
        self.unit = Some("đ".into());
        self.class = "money";
        self
    }

    /// Makes it a field for a whole number between `min` and `max`. Read the text with [`typed_number`].
    #[must_use]
    pub fn number(mut self, min: u32, max: u32) -> Self {
        let read = self.value.clone();
        self.error = Some(Words::from(move || match (typed_number(&read.get(), min, max), lang()) {
            (Typed::Wrong(()), Lang::Vi) => format!("Số phải từ {min} đến {max}"),
            (Typed::Wrong(()), Lang::En) => format!("The number must be from {min} to {max}"),
            _ => String::new(),
        }));
        self.inputmode = "numeric";
        self.class = "short";
        self
    }

    /// Builds the element.
    #[must_use]
    pub fn el(self) -> El {
        let id = &self.id;
        let mut described = String::new();
        let mut message = |suffix: &str, class: &str, words: Option<Words>| {
            words.map(|words| {
                let message = format!("{id}-{suffix}");
                let p = el("p").id(&message).class(class).says(move || words.get());
                described = format!("{described}{message} ");
                p
            })
        };
        let hint = message("hint", "hint", self.hint);
        let error = message("error", "error", self.error.clone()).map(|p| p.attr("aria-live", "polite"));
        let note = message("note", "note", self.note).map(|p| p.attr("aria-live", "polite"));
        let wrong = move || self.error.as_ref().is_some_and(|words| !words.get().is_empty());
        let invalid = wrong.clone();
        let on_input = self.on_input;
        let mut input = el("input")
            .attr("type", "text")
            .id(id)
            .attr("inputmode", self.inputmode)
            .attr("autocomplete", "off")
            .attr("autocapitalize", "off")
            .attr("spellcheck", "false")
            .attr_as("aria-invalid", move || invalid().then_some(Cow::Borrowed("true")));
        if !described.is_empty() {
            input = input.attr("aria-describedby", described.trim_end());
        }
        let typed = move |event| on_input(one_line(&event_target_value(&event)).into_owned());
        let input = input.value(self.value).on("input", typed);
        let unit = self.unit.map(|unit| el("span").class("unit").attr("aria-hidden", "true").says(unit));
        el("div")
            .class(&format!("field {}", self.class))
            .class_if("wrong", wrong)
            .with([el("label").attr("for", id).says(self.label)])
            .maybe(hint)
            .maybe(error)
            .with([el("div").class("input").with([input]).maybe(unit)])
            .maybe(note)
    }
}
