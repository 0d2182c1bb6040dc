//! Links within the page, and figures that are marked when they change.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::lang;
use soho_frontend::ui::focus;
use soho_shared::area::AreaCode;
use soho_shared::record::Round;
use wasm_bindgen::JsCast;

use crate::address::Address;
use crate::page::{href, opens, page};
use crate::sheet::Cell;

/// A link to another address of this page. It can be opened in a new tab and copied; a plain tap changes the
/// page without loading it again. Where the reader may not see what is behind it, it is plain text.
#[component]
pub fn Go(
    /// Address that the link leads to.
    #[prop(into)]
    to: Signal<Address>,
    /// Extra CSS class.
    #[prop(optional)]
    class: &'static str,
    /// Id of the element that gets the keyboard's focus after a tap, where the figures stay the same.
    #[prop(optional)]
    then: &'static str,
    /// Whether the link leads to the address shown; it is then marked as current.
    #[prop(optional, into)]
    current: MaybeProp<bool>,
    /// Content of the link.
    children: Children,
) -> impl IntoView {
    let page = page();
    if !untrack(|| opens(to.get().area)) {
        return view! { <span class=class>{children()}</span> }.into_any();
    }
    view! {
        <a
            class=class
            href=move || href(&to.get(), lang())
            aria-current=move || current.get().unwrap_or(false).then_some("page")
            on:click=move |event| {
                if is_plain(&event) {
                    event.prevent_default();
                    page.go(to.get_untracked());
                    if !then.is_empty() {
                        focus(then);
                    }
                }
            }
        >
            {children()}
        </a>
    }
    .into_any()
}

/// Returns whether a click is an ordinary one, which asks for no new tab or download.
#[must_use]
pub fn is_plain(event: &web_sys::MouseEvent) -> bool {
    event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
}

/// Time that a changed figure stays marked, in milliseconds.
const MARKED: u32 = 4_000;

/// A figure, and the area and round it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Area and round of the page.
    pub about: (AreaCode, Round),
    /// Value of the figure.
    pub cell: Cell,
}

/// Marks an element for a few seconds when its figure changes, but not when it first appears or the page
/// turns to another area.
pub fn mark_changes<E>(value: Signal<Option<Known>>, element: NodeRef<E>)
where
    E: leptos::html::ElementType + 'static,
    E::Output: AsRef<web_sys::Element> + JsCast + Clone + 'static,
{
    let unmark = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |before: Option<Option<Known>>| {
        let now = value.get();
        if let (Some(Some(before)), Some(now), Some(element)) = (before, &now, element.get_untracked())
            && before.about == now.about
            && before.cell != now.cell
        {
            let list = AsRef::<web_sys::Element>::as_ref(&element).class_list();
            let _ = list.add_1("changed");
            unmark.set_value(Some(Timeout::new(MARKED, move || {
                let _ = list.remove_1("changed");
            })));
        }
        now
    });
}
