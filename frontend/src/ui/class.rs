//! The four classes as the screen shows them: always a word, a shape and a colour together, so that nothing
//! depends on colour alone.

use std::borrow::Cow;

use soho_shared::explain::class_short_name;
use soho_shared::law;
use soho_shared::standard::{Class, Standard};

use super::dom::{El, el, svg};
use crate::i18n::lang;

/// The standard whose names of the classes are used where no household is at hand: that of 2011, or the first one.
#[must_use]
pub fn usual_standard() -> &'static Standard {
    law::standard("2011").unwrap_or(&law::standards()[0])
}

/// Draws the shape of a class: square, triangle, diamond or circle, from the poorest up; hidden when there is no class.
#[must_use]
pub fn class_shape(class: impl Fn() -> Option<Class> + Clone + 'static) -> El {
    let path = |class| match class {
        Class::Poor => "M2 2h16v16H2z",
        Class::NearPoor => "M10 1.5 19 18H1z",
        Class::LowIncome => "M10 .8 19.2 10 10 19.2.8 10z",
        Class::Above => "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z",
    };
    let (word, shape, none) = (class.clone(), class.clone(), class);
    svg("svg")
        .class("shape")
        .attr("viewBox", "0 0 20 20")
        .attr("aria-hidden", "true")
        .attr_as("data-class", move || word().map(|c| Cow::Borrowed(c.word())))
        .flag("hidden", move || none().is_none())
        .with([svg("path").attr_as("d", move || shape().map(|c| Cow::Borrowed(path(c))))])
}

/// Builds the badge of a class: its shape, coloured, and its short name in the words of `standard`.
#[must_use]
pub fn class_badge(class: impl Fn() -> Class + Clone + 'static, standard: &'static Standard) -> El {
    let (word, shape, name) = (class.clone(), class.clone(), class);
    el("span").class("badge").attr_as("data-class", move || Some(Cow::Borrowed(word().word()))).with([
        class_shape(move || Some(shape())),
        el("span").says(move || class_short_name(name(), standard, lang())),
    ])
}
