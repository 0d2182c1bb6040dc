//! Question 1: where the household lives, which is rural or urban. By a standard of the years of the communes of 2011
//! it is also a commune found by a few letters.

use std::borrow::Cow;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::combobox;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::pick::radio_tiles;
use soho_shared::area::{self, Commune, CommuneCode, Residence};
use wasm_bindgen::JsCast as _;

use super::state::State;

fn full_name(commune: &Commune) -> String {
    let district = area::district(commune.district).map_or("", |d| d.name);
    format!("{}, {district}", commune.name)
}

/// Finds communes by name or district.
fn find(typed: &str) -> Vec<&'static Commune> {
    combobox::find(typed, area::communes(), |commune| full_name(commune))
}

pub(crate) fn place(state: State) -> El {
    let pick = move |word: &'static str| {
        let residence = Residence::ALL.into_iter().find(|r| r.word() == word);
        state.residence.set(residence);
        let of_commune = state.commune.get_untracked().and_then(area::commune).map(Commune::residence);
        if of_commune != residence {
            state.commune.set(None);
        }
    };
    let tiles = vec![
        Tile::new("residence-rural", "rural", t("Nông thôn", "Rural")).hint(t("Xã", "A commune (xã)")),
        Tile::new("residence-urban", "urban", t("Thành thị", "Urban")).hint(move || {
            if state.asks_commune() {
                now("Phường, thị trấn", "A ward or township")
            } else {
                now("Phường", "A ward (phường)")
            }
        }),
    ];
    let value = move || state.residence.get().map_or("", Residence::word).to_owned();
    let legend = t("Nông thôn hay thành thị", "Rural or urban");
    el("section").attr("aria-labelledby", "place").with([
        el("h2").id("place").says(t("1. Hộ ở đâu?", "1. Where does the household live?")),
        radio_tiles("residence", legend, tiles, value, pick, ""),
        el("p").class("hint").id("place-why").flag("hidden", move || state.asks_commune()).says(t(
            "Từ 01/07/2025 các xã đã sắp xếp lại, nên chỉ hỏi nông thôn hay thành thị.",
            "The communes were merged on 01/07/2025, so only rural or urban is asked.",
        )),
        commune_search(state).flag("hidden", move || !state.asks_commune()),
    ])
}

/// The search's state: the communes found and which one is marked.
#[derive(Clone, Copy)]
struct Search {
    state: State,
    typed: RwSignal<String>,
    open: RwSignal<bool>,
    at: RwSignal<usize>,
    found: Memo<Vec<CommuneCode>>,
}

impl Search {
    fn pick(self, code: CommuneCode) {
        self.state.commune.set(Some(code));
        self.state.residence.set(area::commune(code).map(Commune::residence));
        self.open.set(false);
    }

    fn some(self) -> bool {
        self.found.with(|found| !found.is_empty())
    }

    fn on_input(self, typed: String) {
        self.typed.set(typed);
        self.at.set(0);
        self.open.set(true);
    }

    fn on_blur(self) {
        self.open.set(false);
        if self.typed.with_untracked(|t| t.trim().is_empty()) {
            self.state.commune.set(None);
        } else if let Some(commune) = self.state.commune.get_untracked().and_then(area::commune) {
            self.typed.set(full_name(commune));
        }
    }

    fn on_key(self, event: &web_sys::KeyboardEvent) {
        let found = self.found.get_untracked();
        let close = self.open.get_untracked().then_some(|| self.open.set(false));
        combobox::on_key(event, self.at, found.len(), |at| self.pick(found[at]), close);
    }

    fn options(self) -> Vec<El> {
        let option = |(i, commune): (usize, &'static Commune)| {
            let code = commune.code;
            el("li")
                .attr("role", "option")
                .id(&format!("commune-{i}"))
                .attr_as("aria-selected", move || Some(yes_or_no(self.at.get() == i)))
                .text(&full_name(commune))
                // On `mousedown`, which comes before the input loses its focus.
                .on("mousedown", move |event| {
                    event.prevent_default();
                    self.pick(code);
                })
        };
        self.found.get().into_iter().filter_map(area::commune).enumerate().map(option).collect()
    }

    fn none(self) -> &'static str {
        if self.open.get() && !self.some() && self.typed.with(|t| !t.trim().is_empty()) {
            now(
                "Không thấy tên này trong danh sách xã năm 2011. Chọn nông thôn hoặc thành thị ở trên là đủ.",
                "There is no such name in the list of 2011. Choosing rural or urban above is enough.",
            )
        } else {
            ""
        }
    }
}

const fn yes_or_no(yes: bool) -> Cow<'static, str> {
    Cow::Borrowed(if yes { "true" } else { "false" })
}

/// Builds a combobox by the ARIA pattern: type, arrow keys, Enter and Escape, or tap.
fn commune_search(state: State) -> El {
    let (typed, open) = (RwSignal::new(String::new()), RwSignal::new(false));
    let found = Memo::new(move |_| if open.get() { typed.with(|t| found_codes(t)) } else { Vec::new() });
    let search = Search { state, typed, open, at: RwSignal::new(0), found };
    // The commune chosen stands in the input, also after a reload.
    Effect::new(move || {
        typed.set(state.commune.get().and_then(area::commune).map_or(String::new(), full_name));
    });
    let input = el("input")
        .attr("type", "text")
        .id("commune")
        .attr("role", "combobox")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-autocomplete", "list")
        .attr("aria-controls", "commune-list")
        .attr("aria-describedby", "commune-hint commune-none")
        .attr_as("aria-expanded", move || Some(yes_or_no(search.some())))
        .attr_as("aria-activedescendant", move || {
            search.some().then(|| format!("commune-{}", search.at.get()).into())
        })
        .value(move || typed.get())
        .on("input", move |event| search.on_input(event_target_value(&event)))
        .on("blur", move |_| search.on_blur())
        .on("keydown", move |event| search.on_key(event.unchecked_ref()));
    let list = el("ul")
        .id("commune-list")
        .attr("role", "listbox")
        .named("aria-label", t("Xã tìm thấy", "Communes found"))
        .flag("hidden", move || !search.some())
        .made(move || search.options());
    let label = t("Hoặc gõ vài chữ tên xã, phường, thị trấn", "Or type a few letters of the commune");
    let hint = t("Không cần gõ dấu: “mo cay”, “an duc”", "Marks are not needed: “mo cay”, “an duc”");
    el("div").class("field combo").with([
        el("label").attr("for", "commune").says(label),
        el("p").class("hint").id("commune-hint").says(hint),
        el("div").class("input").with([input]),
        list,
        el("p").class("note").id("commune-none").attr("aria-live", "polite").says(move || search.none()),
    ])
}

fn found_codes(typed: &str) -> Vec<CommuneCode> {
    find(typed).into_iter().map(|commune| commune.code).collect()
}

#[cfg(test)]
mod tests {
    use soho_frontend::ui::combobox::MOST;

    use super::*;

    #[test]
    fn a_few_letters_find_the_commune() {
        for (typed, first) in [
            ("an duc", "Xã An Đức, Huyện Ba Tri"),
            ("An Đức", "Xã An Đức, Huyện Ba Tri"),
            ("An Đu\u{31b}\u{301}c", "Xã An Đức, Huyện Ba Tri"),
            ("AN DUC BA TRI", "Xã An Đức, Huyện Ba Tri"),
            ("phu", "Phường Phú Khương, Thành phố Bến Tre"),
            ("phu du", "Xã Phú Đức, Huyện Châu Thành"),
        ] {
            assert_eq!(find(typed).first().map(|c| full_name(c)).as_deref(), Some(first), "{typed}");
        }
        assert!(find("").is_empty() && find("zz").is_empty());
        assert!(find("xa").len() == MOST);
    }
}
