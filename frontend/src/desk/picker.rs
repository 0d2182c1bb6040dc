//! The choice of the area by a few letters of its name: a combobox by the ARIA pattern.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::combobox;
use soho_shared::area::{self, AreaCode, PROVINCE};

use crate::address::Asked;
use crate::state::{Desk, desk, is_of_any_area, rounds_page};
use crate::who::Who;

/// The name of an area, of a commune with its district.
fn full_name(area: AreaCode) -> String {
    let district = match area {
        AreaCode::Commune(code) => area::commune(code).and_then(|commune| area::district(commune.district)),
        _ => None,
    };
    district.map_or_else(|| area.name(), |district| format!("{}, {}", area.name(), district.name))
}

/// The areas that a reader sees, the largest first.
fn areas(who: &Who) -> Vec<AreaCode> {
    let province = std::iter::once(AreaCode::Province(PROVINCE.code));
    let districts = area::districts().iter().map(|district| AreaCode::District(district.code));
    let communes = area::communes().iter().map(|commune| AreaCode::Commune(commune.code));
    province.chain(districts).chain(communes).filter(|area| who.sees(*area)).collect()
}

fn find(typed: &str, among: &[AreaCode]) -> Vec<AreaCode> {
    combobox::find(typed, among.iter().copied(), |area| full_name(*area))
}

/// The search's state.
#[derive(Clone, Copy)]
struct Search {
    desk: Desk,
    typed: RwSignal<String>,
    open: RwSignal<bool>,
    at: RwSignal<usize>,
    found: Memo<Vec<AreaCode>>,
}

impl Search {
    fn pick(self, area: AreaCode) {
        let desk = self.desk;
        self.open.set(false);
        let here = untrack(|| desk.here());
        let page = match desk.page.get_untracked() {
            Some(page) if is_of_any_area(page) => page,
            _ => rounds_page(area),
        };
        self.typed.set(full_name(area));
        desk.go(page, &Asked { area, list: None, by: None, hamlet: None, ..here });
    }

    fn close(self) {
        self.open.set(false);
        self.typed.set(full_name(untrack(|| self.desk.here()).area));
    }

    fn on_key(self, event: &web_sys::KeyboardEvent) {
        let found = self.found.get_untracked();
        let close = self.open.get_untracked().then_some(|| self.close());
        combobox::on_key(event, self.at, found.len(), |at| self.pick(found[at]), close);
    }
}

/// The field with the area shown; typing in it finds another.
#[component]
pub fn AreaPicker() -> impl IntoView {
    let desk = desk();
    let among = StoredValue::new(areas(&desk.who()));
    let (typed, open, at) = (RwSignal::new(String::new()), RwSignal::new(false), RwSignal::new(0));
    let found = Memo::new(move |_| {
        if open.get() { among.with_value(|among| typed.with(|typed| find(typed, among))) } else { vec![] }
    });
    let search = Search { desk, typed, open, at, found };
    // The area shown stands in the field, also after going back.
    Effect::new(move |_| typed.set(full_name(desk.here().area)));
    let some = move || found.with(|found| !found.is_empty());
    let none = move || {
        if open.get() && !some() && typed.with(|typed| !typed.trim().is_empty()) {
            now("Không thấy tên này trong địa bàn của bạn.", "No such name among your areas.")
        } else {
            ""
        }
    };
    let mark_all = |event: leptos::ev::FocusEvent| event_target::<web_sys::HtmlInputElement>(&event).select();
    let options = move || {
        let option = move |(place, area): (usize, AreaCode)| {
            view! {
                // On `mousedown`, which comes before the field loses its focus.
                <li
                    role="option"
                    id=format!("area-{place}")
                    data-area=area.to_string()
                    aria-selected=move || (at.get() == place).to_string()
                    on:mousedown=move |event| {
                        event.prevent_default();
                        search.pick(area);
                    }
                >
                    {full_name(area)}
                </li>
            }
        };
        found.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <div class="field combo">
            <label for="area">{t("Đơn vị", "Area")}</label>
            <div class="input">
                <input
                    id="area"
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    lang="vi"
                    aria-autocomplete="list"
                    aria-controls="area-list"
                    aria-describedby="area-none"
                    aria-expanded=move || some().to_string()
                    aria-activedescendant=move || some().then(|| format!("area-{}", at.get()))
                    placeholder=t("Gõ vài chữ, không cần dấu", "Type a few letters, marks are not needed")
                    prop:value=move || typed.get()
                    on:focus=mark_all
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        at.set(0);
                        open.set(true);
                    }
                    on:blur=move |_| search.close()
                    on:keydown=move |event| search.on_key(&event)
                />
            </div>
            <ul id="area-list" role="listbox" lang="vi" aria-label=t("Đơn vị tìm thấy", "Areas found") hidden=move || !some()>
                {options}
            </ul>
            <p class="hint" id="area-none" aria-live="polite">{none}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_the_area() {
        let all = areas(&Who { role: None, areas: vec![] });
        assert_eq!(all.len(), 1 + 9 + 164);
        for (typed, first) in [
            ("an duc", "Xã An Đức, Huyện Ba Tri"),
            ("An Đu\u{31b}\u{301}c", "Xã An Đức, Huyện Ba Tri"),
            ("ba tri", "Huyện Ba Tri"),
            ("ben tre", "Tỉnh Bến Tre"),
            ("phu du", "Xã Phú Đức, Huyện Châu Thành"),
        ] {
            assert_eq!(
                find(typed, &all).first().map(|area| full_name(*area)).as_deref(),
                Some(first),
                "{typed}"
            );
        }
        assert!(find("", &all).is_empty() && find("zz", &all).is_empty());
    }

    #[test]
    fn only_own_areas_are_found() {
        let own = areas(&Who {
            role: Some(soho_shared::access::Role::District),
            areas: vec!["836".parse().unwrap()],
        });
        assert!(own.len() > 20 && own.len() < 30);
        assert!(find("ben tre", &own).is_empty());
        assert_eq!(find("an duc", &own).len(), 1);
    }
}
