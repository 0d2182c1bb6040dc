//! The four classes as people see them: a word, a shape and a colour, never a colour alone.

use leptos::prelude::*;
use soho_shared::standard::Class;

use crate::i18n::now;

/// The word of a class, in the language of the moment.
#[must_use]
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::Poor => now("Hộ nghèo", "Poor"),
        Class::NearPoor => now("Hộ cận nghèo", "Near-poor"),
        Class::LowIncome => now("Trên 130 % đến 150 % chuẩn nghèo", "130–150 % of the line"),
        Class::Above => now("Không nghèo", "Not poor"),
    }
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

/// A class as word, shape and colour.
#[component]
pub fn ClassBadge(
    /// Which class.
    #[prop(into)]
    class: Signal<Class>,
) -> impl IntoView {
    view! {
        <span class="badge" data-class=move || class.get().word()>
            <ClassShape class=class />
            {move || class_name(class.get())}
        </span>
    }
    .into_any()
}
