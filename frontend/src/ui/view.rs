//! The widgets as components for `view!`. Each only hands its properties on.

#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use leptos::prelude::*;
use soho_shared::standard::{Class, Standard};

use super::class::{class_badge, class_shape, usual_standard};
use super::dom::Words;
use super::field::Field;
use super::pick::{Tile, checkbox, radio_tiles, stepper, words};
use super::shell::{App, header, skip_link};

fn field(id: String, label: TextProp, value: Signal<String>, on_input: Callback<String>) -> Field {
    Field::new(id, words(label), move || value.get(), move |text| on_input.run(text))
}

fn of_signal(text: Signal<String>) -> Words {
    Words::from(move || text.get())
}

/// Header, main part. `wide` lets the main part use a desk's whole screen.
#[component]
pub fn Shell(
    /// Which app this is; its link is marked.
    app: App,
    /// For tables: more than one column of text.
    #[prop(optional)]
    wide: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        {skip_link().view()}
        {header(app, None).view()}
        <main id="main" class=if wide { "wide" } else { "" } tabindex="-1">{children()}</main>
    }
    .into_any()
}

/// The shape of a class: square, triangle, diamond, circle, from the poorest up.
#[component]
pub fn ClassShape(
    /// Of which class.
    #[prop(into)]
    class: Signal<Class>,
) -> impl IntoView {
    class_shape(move || Some(class.get())).view()
}

/// A class as word, shape and colour, short enough for a table.
#[component]
pub fn ClassBadge(
    /// Which class.
    #[prop(into)]
    class: Signal<Class>,
    /// Whose words: from 2016 the third class has another name.
    #[prop(optional)]
    standard: Option<&'static Standard>,
) -> impl IntoView {
    class_badge(move || class.get(), standard.unwrap_or_else(usual_standard)).view()
}

/// A line of text.
#[component]
pub fn TextField(
    /// The input's id; its messages are `<id>-hint`, `<id>-error` and `<id>-note`.
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
    let mut field = field(id, label, value, on_input);
    field.hint = hint.map(words);
    field.error = error.map(of_signal);
    field.note = note.map(of_signal);
    field.unit = unit.map(words);
    field.inputmode = inputmode;
    field.class = class;
    field.el().view()
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
    /// Called at every keystroke.
    #[prop(into)]
    on_input: Callback<String>,
) -> impl IntoView {
    let mut field = field(id, label, value, on_input).money();
    field.hint = hint.map(words);
    field.el().view()
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
    /// Called at every keystroke.
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
    let mut field = field(id, label, value, on_input).number(min, max);
    field.unit = unit.map(words);
    field.el().view()
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
    radio_tiles(&name, words(legend), tiles, move || value.get(), move |word| on_pick.run(word), class).view()
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
    checkbox(&id, words(label), move || checked.get(), move |on| on_change.run(on)).view()
}

/// A small whole number: typed, or moved by one with large buttons.
#[component]
pub fn Stepper(
    /// The input's id; the buttons are `<id>-less` and `<id>-more`.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    label: TextProp,
    /// One line of help.
    #[prop(optional, into)]
    hint: Option<TextProp>,
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
    let mut field = field(id, label, value, on_input);
    field.hint = hint.map(words);
    stepper(field, min, max, wrong).view()
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
