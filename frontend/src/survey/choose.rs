//! The screen to choose where to work: district, commune, hamlet and round. The choice is remembered on the device.

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Notebook, Place, link};
use soho_frontend::store::{is_open, is_volunteer, own_areas};
use soho_frontend::ui::dom::{El, Words, el, follow};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::format::count;
use soho_shared::area::{self, AreaCode, Commune, CommuneCode, DistrictCode, HamletCode};
use soho_shared::fold::fold;
use soho_shared::record::Round;

use super::builders::{button, notice, p, select, truth};
use super::state::{Route, Survey};

/// Rounds to choose from: those of the plan's period and one for each year since.
const ROUNDS: [&str; 21] = [
    "2010", "2011", "2012", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022",
    "2023", "2024", "2025", "2026", "2027", "2028", "2029", "2030",
];
/// Number of hamlets offered where the device knows of none yet; nearly every commune has fewer.
const USUAL_HAMLETS: u8 = 12;

/// What has been chosen so far.
#[derive(Clone, Copy)]
struct Choice {
    survey: Survey,
    round: RwSignal<Round>,
    district: RwSignal<Option<DistrictCode>>,
    commune: RwSignal<Option<CommuneCode>>,
    typed: RwSignal<String>,
    failed: RwSignal<Option<String>>,
    /// Rises when the device has heard which rounds the commune has open.
    heard: RwSignal<u8>,
    /// Areas of the account; empty where it may work in all of them.
    own: StoredValue<Vec<AreaCode>>,
}

impl Choice {
    fn pick(self, number: u8) {
        let hamlet = self.commune.get_untracked().and_then(|commune| HamletCode::new(commune, number));
        let Some(hamlet) = hamlet else { return };
        spawn_local(async move {
            match self.survey.work_at(Place { hamlet, round: self.round.get_untracked() }).await {
                Ok(()) => self.survey.go(Route::List),
                Err(why) => self.failed.set(Some(why)),
            }
        });
    }

    /// Returns whether there is more than one commune to choose from.
    fn has_choice(self) -> bool {
        area::communes().iter().filter(|commune| self.is_own(|area| area.contains_commune(commune))).count()
            > 1
    }

    /// Returns whether one of the account's areas fits, or the account has no list of areas.
    fn is_own(self, fits: impl Fn(&AreaCode) -> bool) -> bool {
        self.own.with_value(|own| own.is_empty() || own.iter().any(fits))
    }

    /// Returns whether the whole commune belongs to the account.
    fn is_whole(self, commune: CommuneCode) -> bool {
        self.is_own(|area| area.contains(AreaCode::Commune(commune)))
    }

    fn found(self) -> Vec<&'static Commune> {
        let (typed, district) = (self.typed.with(|t| fold(t)), self.district.get());
        let fits = |c: &&Commune| {
            if typed.is_empty() { Some(c.district) == district } else { fold(c.name).contains(&typed) }
        };
        let own = |c: &&Commune| self.is_own(|area| area.contains_commune(c));
        area::communes().iter().filter(own).filter(fits).collect()
    }
}

/// Builds the screen.
pub(crate) fn choose(survey: Survey) -> Vec<El> {
    let place = survey.signals.place.get_untracked();
    let own = own_areas();
    // As a rule, a volunteer's hamlets are all in one commune.
    let first = own.first().and_then(|area| match area {
        AreaCode::Hamlet(hamlet) => Some(hamlet.commune),
        AreaCode::Commune(commune) => Some(*commune),
        _ => None,
    });
    let commune = place.map(|p| p.hamlet.commune).or(first);
    let c = Choice {
        survey,
        round: RwSignal::new(place.map_or(Round::CENSUS_2010, |p| p.round)),
        district: RwSignal::new(commune.and_then(area::commune).map(|c| c.district)),
        commune: RwSignal::new(commune),
        typed: RwSignal::new(String::new()),
        failed: RwSignal::new(None),
        heard: RwSignal::new(0),
        own: StoredValue::new(own),
    };
    let failure = el("div").made(move || {
        let what = t(
            "Chưa mở được sổ của ấp này. Không có gì bị mất; hãy thử lại.",
            "The hamlet's book could not be opened. Nothing is lost; try again.",
        );
        c.failed
            .get()
            .map(|why| notice("failure", &[p("", what), p("", move || why.clone())]))
            .into_iter()
            .collect()
    });
    let title = el("h1").says(t("Rà soát ở đâu?", "Where do you survey?"));
    let mut screen = vec![title, failure, rounds(c)];
    if c.has_choice() {
        screen.extend([districts(c), communes(c)]);
    }
    screen.push(hamlets(c));
    screen
}

/// Returns whether a round is offered: officers choose any, volunteers those that the commune has open.
fn is_offered(commune: Option<CommuneCode>, year: &str) -> bool {
    !is_volunteer() || commune.is_none_or(|commune| is_open(commune, year))
}

/// Builds the list of rounds.
fn rounds(c: Choice) -> El {
    follow(move || {
        let Some(commune) = c.commune.get() else { return };
        spawn_local(async move {
            if link::pull(commune, None, 1).await.is_ok() {
                c.heard.update(|heard| *heard = heard.wrapping_add(1));
            }
        });
    });
    let word = |year: &'static str| {
        let words = move || {
            if year == "2010" { now("2010 (tổng điều tra)", "2010 (general census)") } else { year }
        };
        (year, Words::from(words))
    };
    el("div").made(move || {
        c.heard.get();
        let commune = c.commune.get();
        let open: Vec<&str> = ROUNDS.into_iter().filter(|year| is_offered(commune, year)).collect();
        let chosen = c.round.get_untracked().to_string();
        if !open.contains(&chosen.as_str())
            && let Some(last) = open.last().and_then(|year| year.parse().ok())
        {
            c.round.set(last);
        }
        if open.is_empty() {
            let none = t(
                "Xã chưa mở đợt rà soát mới, đợt cũ đã niêm yết: hãy hỏi cán bộ xã.",
                "The commune has opened no new round, and posted the last one: ask its officer.",
            );
            return vec![notice("none-open", &[p("", none)])];
        }
        let options = open.into_iter().map(word).collect();
        let value = move || c.round.get().to_string();
        let list = select("round", t("Đợt rà soát", "Round"), options, value, move |year| {
            if let Ok(year) = year.parse() {
                c.round.set(year);
            }
        });
        vec![list.class("field short")]
    })
}

fn choice(words: impl Into<Words>, on_click: impl FnMut(web_sys::Event) + 'static) -> El {
    button("choice", words, on_click)
}

fn districts(c: Choice) -> El {
    let one = |d: &'static area::District| {
        let code = d.code;
        let on_click = move |_| {
            c.typed.set(String::new());
            c.district.set(Some(code));
            c.commune.set(None);
        };
        let this = choice(d.name, on_click).attr("data-district", &code.to_string());
        truth(this, "aria-pressed", move || c.district.get() == Some(code))
    };
    let own = |d: &&'static area::District| {
        let mut communes = area::communes().iter().filter(|commune| commune.district == d.code);
        communes.any(|commune| c.is_own(|area| area.contains_commune(commune)))
    };
    let all: Vec<El> = area::districts().iter().filter(own).map(one).collect();
    el("section").attr("aria-labelledby", "district-title").with([
        el("h2").id("district-title").says(t("Huyện, thành phố", "District")),
        el("div").class("choices").all(&all),
    ])
}

fn communes(c: Choice) -> El {
    let mut search = Field::of("commune-search", t("Tìm theo tên", "Search by name"), c.typed)
        .hint(t("Không cần dấu: “an duc”", "Marks are not needed: “an duc”"));
    search.inputmode = "search";
    let one = move |commune: &'static Commune, searched: bool| {
        let code = commune.code;
        let on_click = move |_| {
            c.district.set(Some(commune.district));
            c.commune.set(Some(code));
            super::form::show("hamlets");
        };
        let of = area::district(commune.district).map_or("", |d| d.name);
        let this = choice("", on_click)
            .attr("data-commune", &code.to_string())
            .with([el("span").text(commune.name), el("small").text(if searched { of } else { "" })]);
        truth(this, "aria-pressed", move || c.commune.get() == Some(code))
    };
    let list = el("div").class("choices").made(move || {
        let searched = c.typed.with(|t| !t.trim().is_empty());
        c.found().into_iter().map(|commune| one(commune, searched)).collect()
    });
    let none = move || {
        let searched = c.typed.with(|t| !t.trim().is_empty());
        if searched && c.found().is_empty() {
            now(
                "Không có xã nào tên như vậy. Hãy gõ ít chữ hơn.",
                "No commune has such a name. Type fewer letters.",
            )
        } else {
            ""
        }
    };
    el("section").attr("aria-labelledby", "commune-title").with([
        el("h2").id("commune-title").says(t("Xã, phường, thị trấn", "Commune")),
        search.el(),
        list,
        p("hint", none).attr("aria-live", "polite"),
    ])
}

fn hamlets(c: Choice) -> El {
    let known = RwSignal::new(Vec::<(u8, u32)>::new());
    follow(move || {
        let (commune, round) = (c.commune.get(), c.round.get());
        let Some(hamlet) = commune.and_then(|commune| HamletCode::new(commune, 1)) else { return };
        let notebook = c.survey.notebook(Notebook::clone);
        spawn_local(async move { known.set(notebook.hamlets(Place { hamlet, round }).await) });
    });
    let one = move |hamlet: HamletCode, n: Option<u32>| {
        let households =
            move || n.map_or(String::new(), |n| format!("{} {}", count(n.into()), now("hộ", "households")));
        choice("", move |_| c.pick(hamlet.number))
            .attr("data-hamlet", &hamlet.number.to_string())
            .with([el("span").text(&hamlet.name()), el("small").says(households)])
    };
    let list = el("div").class("choices").made(move || {
        let Some(commune) = c.commune.get() else { return Vec::new() };
        let known = known.get();
        let last = known.iter().map(|(number, _)| *number).max().unwrap_or(USUAL_HAMLETS);
        // Where the account has single hamlets, all numbers are looked through for them.
        let last = if c.is_whole(commune) { last } else { 99 };
        let households = |number| known.iter().find(|(k, _)| *k == number).map(|(_, n)| *n);
        (1..=last)
            .filter_map(|n| HamletCode::new(commune, n))
            .filter(|hamlet| c.is_own(|area| area.contains(AreaCode::Hamlet(*hamlet))))
            .map(|hamlet| one(hamlet, households(hamlet.number)))
            .collect()
    });
    let title = move || {
        let commune = c.commune.get().and_then(area::commune);
        commune.map_or(String::new(), |c| format!("{} · {}", c.kind.hamlet_word(), c.name))
    };
    let other = RwSignal::new(String::new());
    let open = move |_| {
        if let Some(number) = other.with_untracked(|o| o.trim().parse().ok()).filter(|n| (1..=99).contains(n))
        {
            c.pick(number);
        }
    };
    let label = t("Số thứ tự của ấp, khóm, khu phố", "The hamlet's number");
    let more = el("details")
        .flag("hidden", move || !c.commune.get().is_some_and(|commune| c.is_whole(commune)))
        .with([
            el("summary").says(t("Số khác", "Another number")),
            el("div").class("row end").with([
                Field::of("other-hamlet", label, other).number(1, 99).el(),
                button("button second", t("Mở", "Open"), open),
            ]),
        ]);
    let is_hidden = move || {
        c.heard.get();
        let commune = c.commune.get();
        commune.is_none() || !ROUNDS.iter().any(|year| is_offered(commune, year))
    };
    el("section").attr("aria-labelledby", "hamlets").flag("hidden", is_hidden).with([
        el("h2").id("hamlets").attr("tabindex", "-1").says(title),
        list,
        more,
    ])
}
