//! The widgets as leptos components, for use in `view!`. Each only passes its properties on.

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

/// The frame of a page: the header and the main part.
#[component]
pub fn Shell(
    /// The app that this is; its link is marked as the current one.
    app: App,
    /// Whether the main part may use the whole width of the screen, as tables need.
    #[prop(optional)]
    wide: bool,
    /// Content of the main part.
    children: Children,
) -> impl IntoView {
    view! {
        {skip_link().view()}
        {header(app, None).view()}
        <main id="main" class=if wide { "wide" } else { "" } tabindex="-1">{children()}</main>
    }
    .into_any()
}

/// The shape of a class: square, triangle, diamond or circle, from the poorest up.
#[component]
pub fn ClassShape(
    /// Class whose shape is drawn.
    #[prop(into)]
    class: Signal<Class>,
) -> impl IntoView {
    class_shape(move || Some(class.get())).view()
}

/// A class as word, shape and colour, short enough for a table.
#[component]
pub fn ClassBadge(
    /// Class that is shown.
    #[prop(into)]
    class: Signal<Class>,
    /// Standard whose words are used; from 2016 on the third class has another name.
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
    /// Label of the input.
    #[prop(into)]
    label: TextProp,
    /// One line of help under the label.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// Text that the input holds.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke with the text.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is wrong; empty when nothing is.
    #[prop(optional, into)]
    error: Option<Signal<String>>,
    /// What was understood; empty when there is nothing to say.
    #[prop(optional, into)]
    note: Option<Signal<String>>,
    /// Keyboard that a phone shows: `text`, `numeric`, `decimal`, `tel` or `search`.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// Text after the input, such as `đ`.
    #[prop(optional, into)]
    unit: Option<TextProp>,
    /// Extra CSS class of the whole field: `short` for small numbers.
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

/// An amount of money, kept as typed; what was understood stands below it.
#[component]
pub fn MoneyField(
    /// Id of the input.
    #[prop(into)]
    id: String,
    /// Label of the input.
    #[prop(into)]
    label: TextProp,
    /// One line of help under the label.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// Text as it was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke with the text.
    #[prop(into)]
    on_input: Callback<String>,
) -> impl IntoView {
    let mut field = field(id, label, value, on_input).money();
    field.hint = hint.map(words);
    field.el().view()
}

/// A whole number between `min` and `max`.
#[component]
pub fn NumberField(
    /// Id of the input.
    #[prop(into)]
    id: String,
    /// Label of the input.
    #[prop(into)]
    label: TextProp,
    /// Text as it was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every keystroke with the text.
    #[prop(into)]
    on_input: Callback<String>,
    /// Least number allowed.
    min: u32,
    /// Greatest number allowed.
    max: u32,
    /// Text after the input, such as a unit.
    #[prop(optional, into)]
    unit: Option<TextProp>,
) -> impl IntoView {
    let mut field = field(id, label, value, on_input).number(min, max);
    field.unit = unit.map(words);
    field.el().view()
}

/// A choice of one among a few answers, as large tiles.
#[component]
pub fn RadioTiles(
    /// Name of the group of radio buttons, unique on the page.
    #[prop(into)]
    name: String,
    /// Question above the tiles.
    #[prop(into)]
    legend: TextProp,
    /// Answers to choose from.
    tiles: Vec<Tile>,
    /// Value chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value that was chosen.
    #[prop(into)]
    on_pick: Callback<&'static str>,
    /// Extra CSS class: `inline` for small tiles in a row.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    radio_tiles(&name, words(legend), tiles, move || value.get(), move |word| on_pick.run(word), class).view()
}

/// A check box with its label.
#[component]
pub fn Checkbox(
    /// Id of the input.
    #[prop(into)]
    id: String,
    /// Text beside the box.
    #[prop(into)]
    label: TextProp,
    /// Whether the box is ticked.
    #[prop(into)]
    checked: Signal<bool>,
    /// Called with the new state.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    checkbox(&id, words(label), move || checked.get(), move |on| on_change.run(on)).view()
}

/// A small whole number, typed or moved by one with large buttons.
#[component]
pub fn Stepper(
    /// The input's id; the buttons are `<id>-less` and `<id>-more`.
    #[prop(into)]
    id: String,
    /// Question above the input.
    #[prop(into)]
    label: TextProp,
    /// One line of help under the label.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// Text as it was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called with what was typed, or with the number after a step.
    #[prop(into)]
    on_input: Callback<String>,
    /// Least number allowed.
    min: u32,
    /// Greatest number allowed.
    max: u32,
    /// Error for a number out of bounds, in Vietnamese and in English.
    wrong: (&'static str, &'static str),
) -> impl IntoView {
    let mut field = field(id, label, value, on_input);
    field.hint = hint.map(words);
    stepper(field, min, max, wrong).view()
}

/// Seriousness of a [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something to look at.
    Warning,
    /// Something failed. The message says what failed, what is safe and what to do.
    Failure,
    /// Something was done.
    Done,
}

/// A message set apart from the text.
#[component]
pub fn Notice(
    /// Seriousness of the message.
    tone: Tone,
    /// Content of the message.
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
