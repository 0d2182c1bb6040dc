//! Pieces of an app whose code is fetched when they are shown first (xtask cuts the module at functions marked
//! `wasm_split`).
//!
//! Where a piece cannot be fetched, the reader is told and can try again; what was typed elsewhere is not touched.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::dom::{El, el};
use crate::i18n::t;

/// What comes once the code of a piece is there.
pub type Fetched<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>> + Send>>;

/// Builds an element that holds what `build` builds, once its code is there.
#[must_use]
pub fn later(build: impl Fn() -> Fetched<Vec<El>> + 'static) -> El {
    fn boxed(build: Rc<dyn Fn() -> Fetched<Vec<El>>>) -> El {
        let built = RwSignal::new_local(None::<Result<Vec<El>, ()>>);
        // What is built lives as long as what it is built for, and not as long as the button that tried again.
        let owner = Owner::current().unwrap_or_default();
        let ask: Rc<dyn Fn()> = Rc::new(move || {
            built.set(None);
            let coming = owner.with(|| ScopedFuture::new(build()));
            spawn_local(async move {
                let _ = built.try_set(Some(coming.await.map_err(drop)));
            });
        });
        ask();
        el("div").made(move || {
            built.with(|built| match built {
                None => vec![el("p").class("hint").says(t("Đang tải…", "Loading…"))],
                Some(Ok(children)) => children.clone(),
                Some(Err(())) => vec![not_fetched(Rc::clone(&ask))],
            })
        })
    }
    boxed(Rc::new(build))
}

/// Builds what stands where a piece could not be fetched.
fn not_fetched(again: Rc<dyn Fn()>) -> El {
    let words = t(
        "Chưa tải được phần này vì chưa kết nối được máy chủ. Những gì đã ghi vẫn còn. Hãy kiểm tra mạng rồi thử lại.",
        "This part was not loaded, because the server was not reached. What was entered is still there. Check the network and try again.",
    );
    let button = el("button").attr("type", "button").class("button second").says(t("Thử lại", "Try again"));
    el("div")
        .class("notice failure")
        .attr("role", "alert")
        .with([el("p").says(words), el("p").class("row").with([button.on("click", move |_| again())])])
}

/// A view whose code is fetched first.
#[component]
pub fn Later(
    /// What fetches and builds it.
    load: fn() -> Fetched<AnyView>,
) -> impl IntoView {
    let tries = RwSignal::new(0_u32);
    let again: Rc<dyn Fn()> = Rc::new(move || tries.update(|tries| *tries += 1));
    let again = StoredValue::new_local(again);
    let view = move || {
        tries.track();
        Suspend::new(async move {
            match load().await {
                Ok(view) => view,
                Err(_) => again.with_value(|again| not_fetched(Rc::clone(again))).view().into_any(),
            }
        })
    };
    let fallback = || view! { <p class="fresh" data-state="asking">{t("Đang tải…", "Loading…")}</p> };
    view! { <Suspense fallback=fallback>{view}</Suspense> }.into_any()
}
