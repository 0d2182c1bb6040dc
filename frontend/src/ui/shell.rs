//! The frame of every page: header with the way to the other apps, language switch, main part, footer.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::i18n::{Lang, lang, mark_document, set_lang, t};

/// One of the three apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// `/`: anyone's phone.
    Check,
    /// `/survey/`: volunteers' tablets.
    Survey,
    /// `/province/`: officers' desks.
    Province,
}

impl App {
    /// In the order of the header.
    pub const ALL: [App; 3] = [App::Check, App::Survey, App::Province];

    /// Its address.
    #[must_use]
    pub const fn href(self) -> &'static str {
        match self {
            App::Check => "/",
            App::Survey => "/survey/",
            App::Province => "/province/",
        }
    }

    /// Its name in the header: Vietnamese, English.
    #[must_use]
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            App::Check => ("Tự kiểm tra", "Self-check"),
            App::Survey => ("Rà soát", "Survey"),
            App::Province => ("Toàn tỉnh", "Province"),
        }
    }
}

/// Replaces the first paint (`#app` of the page) by the app.
pub fn mount<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) {
    mark_document();
    let page = document().get_element_by_id("app").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    match page {
        Some(page) => {
            page.set_text_content(None);
            leptos::mount::mount_to(page, view).forget();
        }
        None => leptos::mount::mount_to_body(view),
    }
}

/// Header, main part and footer. `wide` lets the main part use a desk's whole screen.
#[component]
pub fn Shell(
    /// Which app this is; its link is marked.
    app: App,
    /// For tables: more than one column of text.
    #[prop(optional)]
    wide: bool,
    /// What stands at the right of the header, such as the state of the network.
    #[prop(optional)]
    aside: Option<AnyView>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let links = App::ALL.map(|other| {
        let (vi, en) = other.name();
        let current = (other == app).then_some("page");
        view! { <a href=other.href() aria-current=current>{t(vi, en)}</a> }
    });
    view! {
        <a class="skip" href="#main">{t("Đến nội dung chính", "Skip to main content")}</a>
        <header class="top">
            <div class="top-in">
                <a class="brand" href="/">"Sổ Hộ"</a>
                <nav aria-label=t("Các trang", "Pages")>{links}</nav>
                <div class="top-end">{aside} <LanguageSwitch /></div>
            </div>
        </header>
        <main id="main" class=if wide { "wide" } else { "" } tabindex="-1">{children()}</main>
    }
    .into_any()
}

/// One button that names the other language in that language.
#[component]
fn LanguageSwitch() -> impl IntoView {
    let other = || match lang() {
        Lang::Vi => Lang::En,
        Lang::En => Lang::Vi,
    };
    view! {
        <button
            type="button"
            id="language"
            class="lang"
            lang=move || other().tag()
            on:click=move |_| set_lang(other())
        >
            {t("English", "Tiếng Việt")}
        </button>
    }
}
