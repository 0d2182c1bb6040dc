//! The `province` app: how many households are poor, where it is worst, and whether the data are complete.
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
use soho_frontend::ui::{App, Shell, mount, number_text};

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
                    <what_if::WhatIf />
                </Show>
            </Shell>
        }
    });
}
