//! The frame of every page: a header with links to the other apps, and the language switch.

use std::borrow::Cow;

use leptos::prelude::*;
use soho_shared::pages::{FIGURES, PAGES, is_part};
use wasm_bindgen::JsCast as _;

use super::dom::{El, el};
use crate::i18n::{Lang, lang, mark_document, set_lang, t};
use crate::store;

/// One of the four apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// The self-check at `/`, for anyone's phone.
    Check,
    /// The survey at `/survey/`, for volunteers' tablets.
    Survey,
    /// The desk's figures at `/desk/figures/`: they are live, and try other lines on the whole province.
    Province,
    /// What officers work through and hand in, at `/desk/`.
    Desk,
}

impl App {
    /// Returns the app's address.
    #[must_use]
    pub const fn href(self) -> &'static str {
        match self {
            App::Check => "/",
            App::Survey => "/survey/",
            App::Province => FIGURES,
            App::Desk => "/desk/",
        }
    }
}

/// Empties `#app`, which shows a first picture while the app loads, and puts the app there.
pub fn mount<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) {
    mark_document();
    match page() {
        Some(page) => {
            page.set_text_content(None);
            leptos::mount::mount_to(page, view).forget();
        }
        None => leptos::mount::mount_to_body(view),
    }
}

/// Does the same as [`mount`] for an app built of [`El`]s.
pub fn mount_elements(made: impl FnOnce() -> Vec<El> + 'static) {
    mount(move || {
        if let Some(page) = page() {
            for el in made() {
                // Fails only for an element that would contain itself.
                let _ = page.append_child(el.node());
            }
        }
    });
}

fn page() -> Option<web_sys::HtmlElement> {
    document().get_element_by_id("app")?.dyn_into().ok()
}

/// Builds the link past the header, for those who use the keyboard.
#[must_use]
pub fn skip_link() -> El {
    el("a").class("skip").attr("href", "#main").says(t("Đến nội dung chính", "Skip to main content"))
}

/// Builds the header. `aside` stands at its right end, such as the state of the network.
#[must_use]
pub fn header(app: App, aside: Option<El>) -> El {
    let links = PAGES.map(|(href, vi, en)| {
        let link = el("a").attr("href", href).says(t(vi, en));
        if is_part(href, app.href()) { link.attr("aria-current", "page") } else { link }
    });
    let brand = el("a").class("brand").attr("href", "/").text("Sổ Hộ");
    let nav = el("nav").named("aria-label", t("Các trang", "Pages")).with(links);
    // The page behind this link says who is signed in, and signs out. A household that checks itself needs neither.
    let nobody = app == App::Check && store::get("soho.role").is_none_or(|role| role.is_empty());
    let account = el("a").attr("href", "/signin/").says(if nobody {
        t("Cán bộ đăng nhập", "Staff sign-in")
    } else {
        t("Tài khoản", "Account")
    });
    let end = el("div").class("top-end").maybe(aside).with([account, language_switch()]);
    el("header").class("top").with([el("div").class("top-in").with([brand, nav, end])])
}

/// Builds the button that changes the language; its text is the name of the other language.
fn language_switch() -> El {
    let other = || match lang() {
        Lang::Vi => Lang::En,
        Lang::En => Lang::Vi,
    };
    el("button")
        .attr("type", "button")
        .id("language")
        .class("lang")
        .attr_as("lang", move || Some(Cow::Borrowed(other().tag())))
        .says(t("English", "Tiếng Việt"))
        .on("click", move |_| set_lang(other()))
}
