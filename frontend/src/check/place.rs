//! Where the household lives: a commune found by a few letters, or simply rural or urban.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::{RadioTiles, Tile};
use soho_shared::area::{self, Commune, CommuneCode, Residence};
use soho_shared::fold::fold;

use super::state::State;

/// How many communes are offered at once.
const MOST: usize = 8;

fn full_name(commune: &Commune) -> String {
    let district = area::district(commune.district).map_or("", |d| d.name);
    format!("{}, {district}", commune.name)
}

/// The communes whose name or district holds every word typed; those that begin with it first.
fn find(typed: &str) -> Vec<&'static Commune> {
    let typed = fold(typed);
    if typed.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(bool, &Commune)> = area::communes()
        .iter()
        .filter_map(|commune| {
            let name = fold(&full_name(commune)).replace(',', "");
            let every = typed.split(' ').all(|word| name.contains(word.trim_matches(',')));
            let begins = name.contains(&format!(" {typed}")) || name.starts_with(&typed);
            every.then_some((!begins, commune))
        })
        .collect();
    found.sort_by_key(|(later, _)| *later);
    found.into_iter().map(|(_, commune)| commune).take(MOST).collect()
}

/// Question 1.
#[component]
pub(crate) fn Place(state: State) -> impl IntoView {
    let pick = move |word: &'static str| {
        let residence = Residence::ALL.into_iter().find(|r| r.word() == word);
        state.residence.set(residence);
        let of_commune = state.commune.get_untracked().and_then(area::commune).map(Commune::residence);
        if of_commune != residence {
            state.commune.set(None);
        }
    };
    let value = Signal::derive(move || state.residence.get().map_or("", Residence::word).to_owned());
    view! {
        <section aria-labelledby="place">
            <h2 id="place">{t("1. Hộ ở đâu?", "1. Where does the household live?")}</h2>
            <RadioTiles
                name="residence"
                legend=t("Nông thôn hay thành thị", "Rural or urban")
                tiles=vec![
                    Tile::new("residence-rural", "rural", t("Nông thôn", "Rural")).hint(t("Xã", "A commune (xã)")),
                    Tile::new("residence-urban", "urban", t("Thành thị", "Urban"))
                        .hint(t("Phường, thị trấn", "A ward or township")),
                ]
                value=value
                on_pick=pick
            />
            <CommuneSearch state=state />
        </section>
    }
    .into_any()
}

/// A combobox after the ARIA pattern: type, arrows, Enter, Escape; or tap.
#[component]
fn CommuneSearch(state: State) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| if open.get() { typed.with(|t| found_codes(t)) } else { Vec::new() });
    // What was picked stands in the input, also after a reload.
    Effect::new(move || {
        typed.set(state.commune.get().and_then(area::commune).map_or(String::new(), full_name));
    });
    let pick = move |code: CommuneCode| {
        state.commune.set(Some(code));
        state.residence.set(area::commune(code).map(Commune::residence));
        open.set(false);
    };
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        at.set(0);
        open.set(true);
    };
    let on_blur = move |_| {
        open.set(false);
        if typed.with_untracked(|t| t.trim().is_empty()) {
            state.commune.set(None);
        } else if let Some(commune) = state.commune.get_untracked().and_then(area::commune) {
            typed.set(full_name(commune));
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let found = found.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if !found.is_empty() => at.update(|i| *i = (*i + 1) % found.len()),
            "ArrowUp" if !found.is_empty() => at.update(|i| *i = (*i + found.len() - 1) % found.len()),
            "Enter" => match found.get(at.get_untracked()) {
                Some(code) => pick(*code),
                None => return,
            },
            "Escape" if open.get_untracked() => open.set(false),
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        found
            .get()
            .into_iter()
            .filter_map(area::commune)
            .enumerate()
            .map(|(i, commune)| {
                let code = commune.code;
                view! {
                    <li
                        role="option"
                        id=format!("commune-{i}")
                        aria-selected=move || if at.get() == i { "true" } else { "false" }
                        // Before the input loses the focus.
                        on:mousedown=move |event| {
                            event.prevent_default();
                            pick(code);
                        }
                    >
                        {full_name(commune)}
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    let some = move || found.with(|f| !f.is_empty());
    let none = move || {
        if open.get() && !some() && typed.with(|t| !t.trim().is_empty()) {
            now(
                "Không thấy tên này trong danh sách xã năm 2011. Chọn nông thôn hoặc thành thị ở trên là đủ.",
                "No such name in the list of 2011. Choosing rural or urban above is enough.",
            )
        } else {
            ""
        }
    };
    view! {
        <div class="field combo">
            <label for="commune">{t("Hoặc gõ vài chữ tên xã, phường, thị trấn", "Or type a few letters of the commune")}</label>
            <p class="hint" id="commune-hint">
                {t("Không cần bỏ dấu: “mo cay”, “an duc”", "Marks are not needed: “mo cay”, “an duc”")}
            </p>
            <div class="input">
                <input
                    type="text"
                    id="commune"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    aria-autocomplete="list"
                    aria-controls="commune-list"
                    aria-expanded=move || if some() { "true" } else { "false" }
                    aria-activedescendant=move || some().then(|| format!("commune-{}", at.get()))
                    aria-describedby="commune-hint commune-none"
                    prop:value=typed
                    on:input=on_input
                    on:keydown=on_key
                    on:blur=on_blur
                />
            </div>
            <ul id="commune-list" role="listbox" aria-label=t("Xã tìm thấy", "Communes found") hidden=move || !some()>
                {options}
            </ul>
            <p class="note" id="commune-none" aria-live="polite">{none}</p>
        </div>
    }
    .into_any()
}

fn found_codes(typed: &str) -> Vec<CommuneCode> {
    find(typed).into_iter().map(|commune| commune.code).collect()
}
