//! The figures as pictures. Bars and tiles are drawn as HTML and SVG: a library of charts would weigh more
//! than the whole page, for two shapes. Each picture has its figures as text too.

mod bands;
mod bars;
mod shares;
mod tiles;

use leptos::prelude::*;
use soho_shared::report::By;

use crate::page::page;

/// Most rows that a table may have to be drawn as bars too; longer tables are shown by their bands.
const MANY: usize = 40;

/// All pictures of the area shown.
#[component]
pub fn Pictures() -> impl IntoView {
    let page = page();
    let is_commune = move || page.here().by == By::Hamlet;
    let few = Memo::new(move |_| {
        let rows = page.answer.figures.with(|f| f.as_ref().map_or(0, |f| f.statistics.rows.len()));
        (2..=MANY).contains(&rows)
    });
    view! {
        <div class="pictures">
            <Show when=move || !is_commune()>
                <tiles::Tiles />
            </Show>
            <Show when=move || few.get()>
                <bars::Bars />
            </Show>
            <Show when=move || !is_commune()>
                <bands::Bands />
                <shares::Residence />
            </Show>
            <shares::Causes />
            <shares::Groups />
        </div>
    }
    .into_any()
}
