//! The pages, of which each part is fetched when one of its pages is opened first.

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use soho_frontend::ui::later::{Fetched, Later};

/// Makes of each component a view that fetches its part first: each part holds several pages, and what several parts use is
/// another. (A part a page would be hundreds, since what some pages share and others do not is one each.)
macro_rules! later {
    ($($part:ident: $($name:ident $page:path),*;)*) => {
        $($(
            pub(crate) fn $name() -> impl IntoView {
                #[wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
                fn $name() -> Result<AnyView, SplitLoaderError> {
                    Ok($page().into_any())
                }
                let load: fn() -> Fetched<AnyView> = || Box::pin($name());
                view! { <Later load=load /> }
            }
        )*)*
    };
}

later! {
    rounds: rounds crate::rounds::Rounds, commune crate::commune::Commune, calendar crate::calendar::Calendar;
    reports: movement crate::movement::Movement, months crate::months::Months, targets crate::targets::Targets,
        reports crate::reports::Reports;
    households: households crate::households::Households, supports crate::supports::Supports;
    papers: recognition crate::recognition::Recognition, imports crate::imports::Imports;
}
