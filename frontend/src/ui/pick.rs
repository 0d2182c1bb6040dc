//! Widgets to choose with: tiles, check boxes and a stepper.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;

use super::dom::{El, Words, el};
use super::field::{Field, Typed, typed_number};
use crate::i18n::{now, t};

/// One answer of [`radio_tiles`].
#[derive(Clone)]
pub struct Tile {
    /// Id of the input.
    pub id: String,
    /// Value of the input, given to `on_pick`.
    pub value: &'static str,
    /// Text of the answer.
    pub label: TextProp,
    /// Smaller line under the text; empty for none.
    pub hint: TextProp,
}

impl Tile {
    /// Makes a tile without a second line.
    pub fn new(id: impl Into<String>, value: &'static str, label: impl Into<TextProp>) -> Self {
        Tile { id: id.into(), value, label: label.into(), hint: TextProp::default() }
    }

    /// Adds a second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<TextProp>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Turns a text of leptos into [`Words`].
pub(super) fn words(text: TextProp) -> Words {
    Words::from(move || Cow::from(text.get()))
}

/// Builds a group of radio buttons as large tiles. `class` is `inline` for small tiles in a row.
pub fn radio_tiles(
    name: &str,
    legend: impl Into<Words>,
    tiles: Vec<Tile>,
    value: impl Fn() -> String + 'static,
    on_pick: impl Fn(&'static str) + 'static,
    class: &'static str,
) -> El {
    fn tile(name: &str, tile: Tile, value: Rc<dyn Fn() -> String>, on_pick: Rc<dyn Fn(&'static str)>) -> El {
        let Tile { id, value: word, label, hint } = tile;
        let input = el("input")
            .attr("type", "radio")
            .id(&id)
            .attr("name", name)
            .attr("value", word)
            .checked(move || value() == word)
            .on("change", move |_| on_pick(word));
        let said = el("span").with([el("span").says(words(label)), el("small").says(words(hint))]);
        el("label").class("tile").attr("for", &id).with([input, said])
    }
    let value: Rc<dyn Fn() -> String> = Rc::new(value);
    let on_pick: Rc<dyn Fn(&'static str)> = Rc::new(on_pick);
    let tiles: Vec<El> =
        tiles.into_iter().map(|one| tile(name, one, value.clone(), on_pick.clone())).collect();
    el("fieldset")
        .class(&format!("tiles {class}"))
        .with([el("legend").says(legend), el("div").class("tiles-in").all(&tiles)])
}

/// Builds a check box with its label.
pub fn checkbox(
    id: &str,
    label: impl Into<Words>,
    checked: impl Fn() -> bool + 'static,
    on_change: impl Fn(bool) + 'static,
) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .id(id)
        .checked(checked)
        .on("change", move |event| on_change(event_target_checked(&event)));
    el("label").class("tick").attr("for", id).with([input, el("span").says(label)])
}

/// Builds a field for a small whole number, with a large button at each side (`<id>-less` and `<id>-more`)
/// that moves it by one. `wrong` is the error for a number out of bounds, in Vietnamese and in English.
#[must_use]
pub fn stepper(field: Field, min: u32, max: u32, wrong: (&'static str, &'static str)) -> El {
    let (value, on_input, id) = (field.value.clone(), field.on_input.clone(), field.id.clone());
    let read = Rc::new(move || typed_number(&value.get(), min, max));
    let button = |up: bool| {
        let (read, on_input) = (read.clone(), on_input.clone());
        let at_end = read.clone();
        let (suffix, sign, end) = if up { ("more", "+", max) } else { ("less", "−", min) };
        el("button")
            .attr("type", "button")
            .class("step")
            .id(&format!("{id}-{suffix}"))
            .attr("aria-controls", &id)
            .named("aria-label", if up { t("Thêm một", "One more") } else { t("Bớt một", "One fewer") })
            .flag("disabled", move || at_end() == Typed::Value(end))
            .text(sign)
            .on("click", move |_| {
                let next = match (read(), up) {
                    (Typed::Value(n), true) => (n + 1).min(max),
                    (Typed::Value(n), false) => n.saturating_sub(1).max(min),
                    _ => min,
                };
                on_input(next.to_string());
            })
    };
    let (less, more, error) = (button(false), button(true), read.clone());
    let mut field = field.number(min, max);
    field.error = Some(Words::from(move || match error() {
        Typed::Wrong(()) => now(wrong.0, wrong.1),
        _ => "",
    }));
    field.class = "stepper";
    let made = field.el();
    if let Ok(Some(row)) = made.node().query_selector(".input") {
        // The buttons stand at both sides of the input. Both calls fail only for a node that would contain itself.
        let _ = row.prepend_with_node_1(less.node());
        let _ = row.append_child(more.node());
    }
    made
}
