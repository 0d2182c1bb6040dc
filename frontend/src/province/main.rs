//! The `province` app, the desk's figures: how many households are poor, where it is worst, and whether the data are
//! complete.
//!
//! The address says what is asked ([`address`]), [`follow`] asks and keeps listening, [`page`] holds both,
//! and the other modules show it.

#![expect(unreachable_pub, reason = "leptos' component macro writes `pub` whatever the component says")]

mod address;
mod figures;
mod follow;
mod go;
mod head;
mod names;
mod page;
mod picture;
mod rows;
mod sheet;
mod sort;
mod table;
mod tools;
mod totals;
mod what_if;
mod words;

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use soho_frontend::ui::later::{Fetched, Later};
use soho_frontend::ui::{App, Shell, mount, number_text};

/// The what-if view, whose code is fetched when it is opened.
fn what_if() -> Fetched<AnyView> {
    #[wasm_split(what_if, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn what_if() -> Result<AnyView, SplitLoaderError> {
        Ok(what_if::WhatIf().into_any())
    }
    Box::pin(what_if())
}

fn main() {
    mount(|| {
        page::Page::provide();
        follow::watch_browser();
        tools::watch_printing();
        view! {
            <Shell app=App::Province wide=true>
                <head::Head />
                <Show
                    when=move || page::page().tries()
                    fallback=|| view! {
                        <Show when=move || page::page().answer.figures.with(Option::is_some)>
                            <table::Table />
                            <picture::Pictures />
                        </Show>
                    }
                >
                    <Later load=what_if />
                </Show>
            </Shell>
        }
    });
}
