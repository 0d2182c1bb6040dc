//! The keyboard's focus.

use gloo::timers::callback::Timeout;
use leptos::prelude::document;
use wasm_bindgen::JsCast as _;

/// Moves the keyboard's focus to an element, once the view shows the new state.
pub fn focus(id: &str) {
    let id = id.to_owned();
    Timeout::new(0, move || focus_now(&id)).forget();
}

/// Moves the keyboard's focus to an element that is on the page.
pub fn focus_now(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only for an element that takes no focus.
        let _ = element.focus();
    }
}
