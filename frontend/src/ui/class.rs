//! The four classes as people see them: a word, a shape and a colour, never a colour alone.

use leptos::prelude::*;
use soho_shared::explain::class_short_name;
use soho_shared::law;
use soho_shared::standard::{Class, Standard};

use crate::i18n::lang;

/// The standard whose words the apps use where no household's own is at hand.
#[must_use]
pub fn usual_standard() -> &'static Standard {
    law::standard("2011").unwrap_or(&law::standards()[0])
}

/// The shape of a class: square, triangle, diamond, circle, from the poorest up.
#[component]
pub fn ClassShape(
    /// Of which class.
    #[prop(into)]
    class: Signal<Class>,
) -> impl IntoView {
    let path = move || match class.get() {
        Class::Poor => "M2 2h16v16H2z",
        Class::NearPoor => "M10 1.5 19 18H1z",
        Class::LowIncome => "M10 .8 19.2 10 10 19.2.8 10z",
        Class::Above => "M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z",
    };
    view! {
        <svg class="shape" viewBox="0 0 20 20" aria-hidden="true" data-class=move || class.get().word()>
            <path d=path />
        </svg>
    }
    .into_any()
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
    let standard = standard.unwrap_or_else(usual_standard);
    view! {
        <span class="badge" data-class=move || class.get().word()>
            <ClassShape class=class />
            <span>{move || class_short_name(class.get(), standard, lang())}</span>
        </span>
    }
    .into_any()
}
