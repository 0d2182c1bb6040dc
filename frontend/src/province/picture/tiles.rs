//! The tile map: one tile a commune, marked by its band. Nothing here says where a commune lies, so they stand by district,
//! in the plan's order.

use std::collections::BTreeMap;

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{lang, now, t};
use soho_shared::area::{self, AreaCode, Commune, District};
use soho_shared::report::{Head, RateBands};

use super::bands::{KINDS, Kind};
use crate::address::Address;
use crate::figures::Figures;
use crate::go::Go;
use crate::number_text;
use crate::page::page;

/// A commune's poor rate, and the place of its band in [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rated {
    band: usize,
    rate: Option<Decimal>,
}

/// Communes by code.
type Rates = BTreeMap<String, Rated>;

/// All communes of all bands.
fn rates(bands: &RateBands) -> Rates {
    let of = |(band, kind): (usize, Kind)| {
        let communes = (kind.read)(bands).communes.iter();
        communes.map(move |of| (of.code.clone(), Rated { band, rate: of.poor_percent }))
    };
    KINDS.into_iter().enumerate().flat_map(of).collect()
}

/// What is said in place of a map on which all tiles would be alike; `None` where there is something to see.
fn nothing(rates: &Rates) -> Option<Head> {
    let mut known = rates.values().filter_map(|of| of.rate).peekable();
    if known.peek().is_none() {
        return Some((
            "Chưa có sơ đồ: đợt này chưa xã nào có phiếu.",
            "There is no map yet: no commune has a record in this round.",
        ));
    }
    known.all(|rate| rate.is_zero()).then_some((
        "Chưa có sơ đồ: các xã đã có phiếu đều chưa có hộ nghèo nào.",
        "There is no map yet: no commune with records has a poor household.",
    ))
}

/// The communes by poor rate, as a map of tiles.
#[component]
pub fn Tiles() -> impl IntoView {
    let page = page();
    let rates = Memo::new(move |_| {
        let told = |f: &Figures| rates(&f.statistics.communes_by_poor_rate);
        page.answer.figures.with(|f| f.as_ref().map(told).unwrap_or_default())
    });
    let empty = Memo::new(move |_| rates.with(nothing));
    view! {
        <figure class="part" data-section="tiles" aria-labelledby="tiles-title">
            <h2 id="tiles-title">{t("Mỗi ô một xã, theo tỷ lệ hộ nghèo", "One tile a commune, by poor rate")}</h2>
            {move || match empty.get() {
                Some((vi, en)) => view! { <p id="tiles-empty">{t(vi, en)}</p> }.into_any(),
                None => view! { <Key rates=rates /> <Map rates=rates /> }.into_any(),
            }}
        </figure>
    }
    .into_any()
}

/// The bands with their signs, and how many communes are in each.
#[component]
fn Key(rates: Memo<Rates>) -> impl IntoView {
    let line = |(band, kind): (usize, Kind)| {
        let count = move || rates.with(|rates| rates.values().filter(|of| of.band == band).count());
        let (vi, en) = kind.name();
        view! {
            <li data-band=kind.word>
                <span class="band-mark">{kind.number()}</span>
                " "
                <span>{t(vi, en)} ": " <b class="number" data-count=count>{count}</b></span>
            </li>
        }
    };
    view! { <ol class="band-key" id="tile-key">{KINDS.into_iter().enumerate().map(line).collect_view()}</ol> }
        .into_any()
}

/// The districts of the area shown, each with its communes.
#[component]
fn Map(rates: Memo<Rates>) -> impl IntoView {
    let page = page();
    let within = Memo::new(move |_| page.here().area);
    let groups = move || {
        let within = within.get();
        let districts = area::districts().iter().filter(|of| within.contains(AreaCode::District(of.code)));
        districts.map(|of| view! { <Group district=of rates=rates /> }).collect_view()
    };
    view! {
        <ul class="tile-map" id="tile-map">{groups}</ul>
        <figcaption>
            {t(
                "Các xã xếp theo huyện, không theo vị trí trên bản đồ. Ô viền đứt: xã chưa có phiếu. Tên từng xã theo mức: ",
                "Communes stand by district, not by where they lie. A dashed tile has no record yet. By name: ",
            )}
            <a href="#bands">{t("bảng các xã theo tỷ lệ hộ nghèo", "the table of communes by poor rate")}</a> "."
        </figcaption>
    }
    .into_any()
}

#[component]
fn Group(district: &'static District, rates: Memo<Rates>) -> impl IntoView {
    let page = page();
    let row = page.district(district.code);
    let rate =
        move || row.with(|row| number_text::percent(row.as_ref().and_then(|row| row.poor_percent), lang()));
    let area = AreaCode::District(district.code);
    let name = if untrack(|| page.here().area) == area {
        view! { <span>{district.name}</span> }.into_any()
    } else {
        let to = Signal::derive(move || Address::of_area(area, page.here().round));
        view! { <Go to=to>{district.name}</Go> }.into_any()
    };
    let tiles = area::communes_of(district.code).map(|of| view! { <Tile commune=of rates=rates /> });
    view! {
        <li data-code=district.code.to_string()>
            <p><span lang="vi">{name}</span> " " <span class="number">{rate}</span></p>
            <ul class="squares">{tiles.collect_view()}</ul>
        </li>
    }
    .into_any()
}

/// A tile. Its name and rate are its accessible name, and are seen while it is pointed at or has the focus.
#[component]
fn Tile(commune: &'static Commune, rates: Memo<Rates>) -> impl IntoView {
    let page = page();
    let code = commune.code.to_string();
    let rated = {
        let code = code.clone();
        Memo::new(move |_| rates.with(|rates| rates.get(&code).copied()))
    };
    let kind = move || rated.get().map(|of| KINDS[of.band]);
    let rate = move || rated.get().and_then(|of| of.rate);
    let words = move || match rate() {
        Some(rate) => number_text::percent(Some(rate), lang()),
        None => now("chưa có phiếu", "no record yet").to_owned(),
    };
    let to = Signal::derive(move || Address::of_area(AreaCode::Commune(commune.code), page.here().round));
    view! {
        <li
            data-code=code
            data-band=move || kind().map(|kind| kind.word)
            data-empty=move || rate().is_none().then_some("")
        >
            <Go to=to class="square">
                <span aria-hidden="true">{move || kind().map(Kind::number)}</span>
                <span class="tip"><span lang="vi">{commune.name}</span> ": " {words}</span>
            </Go>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use soho_shared::report::{NamedCommune, RateBand};

    use super::*;

    fn band(communes: &[(&str, Option<i64>)]) -> RateBand {
        let named = |(code, rate): &(&str, Option<i64>)| NamedCommune {
            code: (*code).to_owned(),
            name: String::new(),
            district: String::new(),
            poor_percent: rate.map(Decimal::from),
        };
        RateBand { count: communes.len(), communes: communes.iter().map(named).collect() }
    }

    #[test]
    fn a_tile_has_the_sign_of_its_band() {
        let bands = RateBands {
            over_30: band(&[("1", Some(31))]),
            from_25_to_30: band(&[("2", Some(30)), ("3", Some(25))]),
            from_20_to_under_25: band(&[("4", Some(20))]),
            under_20: band(&[("5", Some(0)), ("6", None)]),
        };
        let rates = rates(&bands);
        let signs: Vec<(&str, &str, &str)> = rates
            .iter()
            .map(|(code, of)| (code.as_str(), KINDS[of.band].word, KINDS[of.band].number()))
            .collect();
        assert_eq!(
            signs,
            [
                ("1", "over_30", "I"),
                ("2", "from_25_to_30", "II"),
                ("3", "from_25_to_30", "II"),
                ("4", "from_20_to_under_25", "III"),
                ("5", "under_20", "IV"),
                ("6", "under_20", "IV"),
            ]
        );
        assert_eq!(nothing(&rates), None);
    }

    #[test]
    fn where_all_tiles_are_alike_words_stand() {
        let under = |communes: &[(&str, Option<i64>)]| {
            nothing(&rates(&RateBands { under_20: band(communes), ..RateBands::default() }))
        };
        assert!(under(&[]).is_some_and(|(vi, _)| vi.contains("chưa xã nào có phiếu")));
        assert!(under(&[("5", None)]).is_some_and(|(vi, _)| vi.contains("chưa xã nào có phiếu")));
        assert!(under(&[("5", None), ("6", Some(0))]).is_some_and(|(vi, _)| vi.contains("hộ nghèo nào")));
        assert_eq!(under(&[("5", Some(0)), ("6", Some(1))]), None);
    }
}
