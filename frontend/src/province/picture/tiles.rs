//! The tile map: one tile for each district, roughly where it lies.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_shared::area::{self, AreaCode, District};
use soho_shared::report::Row;

use crate::address::Address;
use crate::go::Go;
use crate::number_text;
use crate::page::page;
use crate::sort::proper_name;

/// Lower ends of the shades, in percent of poor households; above 20 they are the plan's own bands.
const SHADES: [i64; 5] = [0, 10, 15, 20, 25];

/// The nine districts by poor rate.
#[component]
pub fn Tiles() -> impl IntoView {
    view! {
        <figure class="part tiles-part" data-section="tiles" aria-labelledby="tiles-title">
            <h2 id="tiles-title">{t("Tỷ lệ hộ nghèo trên sơ đồ tỉnh", "Poor rate on a sketch of the province")}</h2>
            <ul class="tile-map" id="tile-map" lang="vi">
                {area::districts().iter().map(|d| view! { <DistrictTile district=d /> }).collect_view()}
            </ul>
            <figcaption>
                <ol class="shades" aria-hidden="true">
                    {SHADES.iter().enumerate().map(|(i, from)| view! { <li data-shade=i>{move || shade_words(i, *from)}</li> }).collect_view()}
                </ol>
                <p>
                    {t(
                        "Mỗi ô là một huyện, thành phố, đặt gần đúng vị trí; ô càng đậm, tỷ lệ hộ nghèo càng cao. Chạm vào ô để xem các xã.",
                        "Each tile is a district, roughly in its place; the darker, the higher its poor rate. Tap a tile for its communes.",
                    )}
                </p>
            </figcaption>
        </figure>
    }
    .into_any()
}

#[component]
fn DistrictTile(district: &'static District) -> impl IntoView {
    let page = page();
    let row = page.district(district.code);
    let to = Signal::derive(move || Address::of_area(AreaCode::District(district.code), page.here().round));
    let shade = move || row.with(|r| r.as_ref().map(shade));
    let rate = move || row.with(|r| number_text::rate(r.as_ref().and_then(|r| r.poor_percent), lang()));
    let (row_at, column_at) = district.tile;
    view! {
        <li class=format!("r{row_at} c{column_at}") data-code=district.code.to_string() data-shade=shade>
            <Go to=to>
                <span class="tile-name">{proper_name(district.name)}</span>
                <span class="number">{rate}<span class="sign">{percent_sign}</span></span>
            </Go>
        </li>
    }
    .into_any()
}

/// Returns the shade of a row, compared exactly.
fn shade(row: &Row) -> usize {
    let reaches = |from: &i64| row.households > 0 && row.poor * 100 >= row.households * from;
    SHADES.iter().rposition(reaches).unwrap_or(0)
}

fn percent_sign() -> &'static str {
    now("\u{a0}%", "%")
}

fn shade_words(i: usize, from: i64) -> String {
    match SHADES.get(i + 1) {
        Some(to) if i == 0 => format!("< {to}"),
        Some(to) => format!("{from}–{to}"),
        None => format!("≥ {from}{}", percent_sign()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shade_begins_exactly_at_its_rate() {
        let shade_of = |poor, households| {
            let text = format!(
                r#"{{"stt":1,"code":"1","name":"","households":{households},"persons":0,"poor":{poor},
                "poor_percent":null,"near_poor":0,"near_poor_percent":null,"low_income":0,"above":0,"undecided":0}}"#
            );
            shade(&serde_json::from_str(&text).unwrap())
        };
        assert_eq!(
            [(0, 0), (99, 1000), (100, 1000), (199_999, 1_000_000), (200, 1000), (25, 100), (100, 100)]
                .map(|(poor, all)| shade_of(poor, all)),
            [0, 0, 1, 2, 3, 4, 4]
        );
    }
}
