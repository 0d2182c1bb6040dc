//! Words in two languages, side by side at the place of use: `t("Lưu", "Save")`.
//!
//! No keys and no files to download, so no text can be missing in one of them. The language is kept on
//! the device and followed by every text on the page at once.

use leptos::prelude::*;
pub use soho_shared::lang::Lang;

use crate::ui::store;

const KEY: &str = "soho.lang";

thread_local! {
    static LANG: ArcRwSignal<Lang> = ArcRwSignal::new(match store::get(KEY).as_deref() {
        Some("en") => Lang::En,
        _ => Lang::Vi,
    });
}

/// The language now; inside an effect or a view it is followed when it changes.
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

/// Tells the document its language, so that screen readers pronounce it right.
pub fn mark_document() {
    let lang = LANG.with(GetUntracked::get_untracked);
    if let Some(root) = document().document_element() {
        // Only fails for an invalid attribute name.
        let _ = root.set_attribute("lang", lang.tag());
    }
}

/// The text in the language of the moment. Inside a closure of a view it changes with the language.
#[must_use]
pub fn now(vi: &'static str, en: &'static str) -> &'static str {
    lang().pick(vi, en)
}

/// A text that follows the language: for views (`{t("Lưu", "Save")}`) and for labels of widgets.
pub fn t(vi: &'static str, en: &'static str) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || now(vi, en)
}
