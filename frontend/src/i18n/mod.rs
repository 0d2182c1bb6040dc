//! Texts in two languages, side by side at the place of use: `t("Lưu", "Save")`.
//!
//! There are no keys and no files to download, so a text cannot be missing in one language. The choice is
//! kept on the device, and a change shows at once in all texts of the page.

use leptos::prelude::*;
pub use soho_shared::lang::Lang;

use crate::store;

const KEY: &str = "soho.lang";

thread_local! {
    static LANG: ArcRwSignal<Lang> = ArcRwSignal::new(match store::get(KEY).as_deref() {
        Some("en") => Lang::En,
        _ => Lang::Vi,
    });
}

/// Returns the current language. Inside an effect or a view, a change of language runs it again.
#[must_use]
pub fn lang() -> Lang {
    LANG.with(Get::get)
}

/// Changes the language of the whole page and remembers it on this device.
pub fn set_lang(lang: Lang) {
    store::set(KEY, lang.tag());
    LANG.with(|signal| signal.set(lang));
    mark_document();
}

/// Sets the document's `lang`, so that screen readers pronounce it right.
pub fn mark_document() {
    let lang = LANG.with(GetUntracked::get_untracked);
    if let Some(root) = document().document_element() {
        // Fails only for an invalid attribute name.
        let _ = root.set_attribute("lang", lang.tag());
    }
}

/// Returns the language that a query string names: `?area=836&lang=en`.
#[must_use]
pub fn lang_of(search: &str) -> Option<Lang> {
    let tag = search.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("lang="))?;
    Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
}

/// Returns the text in the current language. Inside a closure of a view it changes with the language.
#[must_use]
pub fn now(vi: &'static str, en: &'static str) -> &'static str {
    lang().pick(vi, en)
}

/// Makes a text that follows the language, for views (`{t("Lưu", "Save")}`) and for labels of widgets.
pub fn t(vi: &'static str, en: &'static str) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || now(vi, en)
}
