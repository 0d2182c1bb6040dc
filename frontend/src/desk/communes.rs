//! What stands on a page of one commune while the area is a larger one.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, t};
use soho_frontend::ui::{Notice, Tone};
use soho_shared::area::{self, AreaCode};

use crate::address::{Asked, Page};
use crate::state::{desk, href};

/// Says that a commune is to be chosen, with links to what lies in the area.
#[component]
pub fn Communes(
    /// The page.
    page: Page,
) -> impl IntoView {
    let desk = desk();
    let links = move || {
        let (here, who) = (desk.here(), desk.who());
        let areas: Vec<AreaCode> = match here.area {
            AreaCode::Province(_) => area::districts().iter().map(|of| AreaCode::District(of.code)).collect(),
            AreaCode::District(code) => {
                area::communes_of(code).map(|of| AreaCode::Commune(of.code)).collect()
            }
            AreaCode::Commune(_) | AreaCode::Hamlet(_) => vec![],
        };
        let seen = areas.into_iter().filter(|area| who.sees(*area));
        seen.map(|area| {
            let to = href(page, &Asked { area, ..here.clone() }, lang());
            view! { <li><a href=to data-area=area.to_string()>{area.name()}</a></li> }
        })
        .collect_view()
    };
    view! {
        <Notice tone=Tone::Info>
            <p data-testid="choose-commune">{t(
                "Trang này là của từng xã: hãy chọn một xã ở đây, hoặc gõ tên xã ở ô Đơn vị.",
                "This page is about one commune: choose it here, or type its name in the field Area.",
            )}</p>
        </Notice>
        <ul class="lines places" lang="vi">{links}</ul>
    }
    .into_any()
}
