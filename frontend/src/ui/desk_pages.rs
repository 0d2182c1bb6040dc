//! The links between the desk's pages, of which the figures are an app of their own.

use leptos::prelude::*;
use soho_shared::pages::{self, DeskPage};

use crate::i18n::t;
use crate::store;

/// Links to the pages of the desk that the reader has a use for; nothing where there are none.
#[component]
pub fn DeskPages(
    /// Returns the address of a page, which takes along what is shown.
    to: Callback<&'static DeskPage, String>,
    /// Returns whether a page is the open one.
    is_open: Callback<&'static DeskPage, bool>,
) -> impl IntoView {
    let link = move |page: &'static DeskPage| {
        let rel = page.is_beside().then_some("external");
        let current = move || is_open.run(page).then_some("page");
        view! { <li><a href=move || to.run(page) rel=rel aria-current=current>{t(page.vi, page.en)}</a></li> }
    };
    let links: Vec<_> = pages::desk(store::role()).map(link).collect();
    if links.is_empty() {
        return ().into_any();
    }
    view! {
        <nav class="kinds pages no-print" aria-label=t("Bàn làm việc", "Desk")>
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}
