//! Communes grouped by their share of poor households into the plan's own bands, each commune named.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, t};
use soho_shared::area::AreaCode;
use soho_shared::report::{
    self, BAND_NUMBERS, BANDS, Column, DISTRICT, HEADS, Head, Line, NamedCommune, RateBand, RateBands, Table,
};

use super::shares::{about, file};
use crate::address::Address;
use crate::go::Go;
use crate::number_text;
use crate::page::{Page, district_name, page};
use crate::sheet::{Cell, Sheet};
use crate::tools::Tools;

/// One of the plan's bands.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Its word in the page's markup.
    pub(super) word: &'static str,
    /// Its place among [`BANDS`].
    place: usize,
    /// Where it is read.
    pub(super) read: fn(&RateBands) -> &RateBand,
}

/// The bands, the poorest first.
pub(super) const KINDS: [Kind; BANDS.len()] = [
    Kind { word: "over_30", place: 0, read: |b| &b.over_30 },
    Kind { word: "from_25_to_30", place: 1, read: |b| &b.from_25_to_30 },
    Kind { word: "from_20_to_under_25", place: 2, read: |b| &b.from_20_to_under_25 },
    Kind { word: "under_20", place: 3, read: |b| &b.under_20 },
];

impl Kind {
    /// Its name in both languages.
    pub(super) const fn name(self) -> Head {
        BANDS[self.place]
    }

    /// Its number in the plan's table, which is also its sign on the map.
    pub(super) const fn number(self) -> &'static str {
        BAND_NUMBERS[self.place]
    }

    fn communes(self, page: Page) -> Vec<NamedCommune> {
        page.answer.figures.with(|f| {
            f.as_ref()
                .map(|f| (self.read)(&f.statistics.communes_by_poor_rate).communes.clone())
                .unwrap_or_default()
        })
    }
}

/// The four bands.
#[component]
pub fn Bands() -> impl IntoView {
    let page = page();
    let sheet = move |()| {
        untrack(|| {
            let mut table = Table::new(("Các xã theo tỷ lệ hộ nghèo", "Communes by poor rate"), about(page));
            table.columns = vec![
                Column::text("band", ("Mức tỷ lệ hộ nghèo", "Band of poor rates"), 20),
                Column::text("name", HEADS[1], 26),
                Column::text("district", DISTRICT, 20),
                Column::rate("poor_percent", report::heads(page.basis())[4]),
            ];
            for kind in KINDS {
                let line = |commune: NamedCommune| {
                    let cells = vec![
                        kind.name().0.into(),
                        commune.name.into(),
                        district_name(&commune.district).unwrap_or_default().into(),
                        Cell::Percent(commune.poor_percent),
                    ];
                    Line::unit(Some(commune.code), cells)
                };
                table.lines.extend(kind.communes(page).into_iter().map(line));
            }
            Some(Sheet { name: file(page, "muc-ngheo"), table })
        })
    };
    view! {
        <section class="part" data-section="bands" id="bands">
            <div class="part-head">
                <h2 id="bands-title">{t("Các xã theo tỷ lệ hộ nghèo", "Communes by poor rate")}</h2>
                <Tools section="bands" sheet=Callback::new(sheet) />
            </div>
            {KINDS.map(|kind| view! { <Band kind=kind /> })}
        </section>
    }
    .into_any()
}

#[component]
fn Band(kind: Kind) -> impl IntoView {
    let page = page();
    let communes = Memo::new(move |_| kind.communes(page));
    let count = move || communes.with(Vec::len);
    let codes = move || communes.with(|c| c.iter().map(|c| c.code.clone()).collect::<Vec<_>>());
    let (vi, en) = kind.name();
    let heading = view! {
        <span class="band-mark" aria-hidden="true">{kind.number()}</span> " "
        <span class="band-name">{t(vi, en)}":"</span> " "
        <b class="number" data-count=count>{move || number_text::count(i64::try_from(count()).unwrap_or(i64::MAX), lang())}</b>
        " " {t("xã, phường, thị trấn", "communes")}
    };
    let list = view! {
        <ul class="named" lang="vi">
            <For each=codes key=Clone::clone children=move |code| view! { <Commune code=code communes=communes /> } />
        </ul>
    };
    // The poorest communes are named at once, the long rest on request.
    if matches!(kind.word, "over_30" | "from_25_to_30") {
        view! { <div class="band" data-band=kind.word><h3>{heading}</h3> {list}</div> }.into_any()
    } else {
        view! { <details class="band" data-band=kind.word><summary>{heading}</summary> {list}</details> }
            .into_any()
    }
}

#[component]
fn Commune(code: String, communes: Memo<Vec<NamedCommune>>) -> impl IntoView {
    let page = page();
    let area = code.parse::<AreaCode>().ok();
    let named = {
        let code = code.clone();
        Memo::new(move |_| communes.with(|all| all.iter().find(|c| c.code == code).cloned()))
    };
    let to = Signal::derive(move || {
        area.map_or_else(|| page.here(), |area| Address::of_area(area, page.here().round))
    });
    let name = move || named.with(|c| c.as_ref().map(|c| c.name.clone()));
    let rate = move || named.with(|c| number_text::percent(c.as_ref().and_then(|c| c.poor_percent), lang()));
    let district = move || named.with(|c| c.as_ref().and_then(|c| district_name(&c.district)));
    let in_province = move || matches!(page.here().area, AreaCode::Province(_));
    view! {
        <li data-code=code>
            <Go to=to>{name}</Go> " " <span class="number">{rate}</span>
            <Show when=in_province><small class="of">{district}</small></Show>
        </li>
    }
    .into_any()
}
