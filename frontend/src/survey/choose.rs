//! Where to work: district, commune, hamlet and round. Chosen once, remembered on the device.

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Desk, Place};
use soho_frontend::ui::format::count;
use soho_frontend::ui::{Notice, TextField, Tone};
use soho_shared::area::{self, Commune, CommuneCode, DistrictCode, HamletCode};
use soho_shared::fold::fold;
use soho_shared::sync::Round;

use super::state::{Route, Survey};

/// The rounds of the plan's period.
const ROUNDS: std::ops::RangeInclusive<u16> = 2010..=2015;
/// Hamlets offered where the device knows of none yet: more than nearly every commune has.
const USUAL_HAMLETS: u8 = 12;

/// The screen.
#[component]
pub(crate) fn Choose(survey: Survey) -> impl IntoView {
    let place = survey.signals.place.get_untracked();
    let commune = RwSignal::new(place.map(|p| p.hamlet.commune));
    let of = commune.get_untracked().and_then(area::commune);
    let district = RwSignal::new(of.map(|c| c.district));
    let round = RwSignal::new(place.map_or(Round::CENSUS_2010, |p| p.round));
    let failed = RwSignal::new(None::<String>);
    let pick = move |number: u8| {
        let hamlet = commune.get_untracked().and_then(|commune| HamletCode::new(commune, number));
        let Some(hamlet) = hamlet else { return };
        spawn_local(async move {
            match survey.work_at(Place { hamlet, round: round.get_untracked() }).await {
                Ok(()) => survey.go(Route::List),
                Err(why) => failed.set(Some(why)),
            }
        });
    };
    view! {
        <h1>{t("Rà soát ở đâu?", "Where do you survey?")}</h1>
        {move || failed.get().map(|why| view! {
            <Notice tone=Tone::Failure>
                <p>{t("Chưa mở được sổ của ấp này. Không có gì bị mất; hãy thử lại.", "The hamlet's book could not be opened. Nothing is lost; try again.")}</p>
                <p><small>{why}</small></p>
            </Notice>
        })}
        <Rounds round=round />
        <Communes district=district commune=commune />
        {move || commune.get().and_then(area::commune).map(|c| view! {
            <Hamlets survey=survey commune=c round=round pick=Callback::new(pick) />
        })}
    }
    .into_any()
}

#[component]
fn Rounds(round: RwSignal<Round>) -> impl IntoView {
    let options = ROUNDS
        .filter_map(Round::new)
        .map(|year| {
            let name = move || match year {
                Round::CENSUS_2010 => now("2010 (tổng điều tra)", "2010 (general census)").to_owned(),
                other => other.to_string(),
            };
            view! { <option value=year.to_string() selected=move || round.get() == year>{name}</option> }
        })
        .collect_view();
    let on_change = move |event| {
        if let Ok(year) = event_target_value(&event).parse() {
            round.set(year);
        }
    };
    view! {
        <div class="field short">
            <label for="round">{t("Đợt rà soát", "Round")}</label>
            <select id="round" on:change=on_change>{options}</select>
        </div>
    }
    .into_any()
}

fn found(typed: &str, district: Option<DistrictCode>) -> Vec<&'static Commune> {
    let typed = fold(typed);
    area::communes()
        .iter()
        .filter(
            |c| {
                if typed.is_empty() { Some(c.district) == district } else { fold(c.name).contains(&typed) }
            },
        )
        .collect()
}

#[component]
fn Communes(
    district: RwSignal<Option<DistrictCode>>,
    commune: RwSignal<Option<CommuneCode>>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let districts = area::districts()
        .iter()
        .map(|d| {
            let code = d.code;
            let chosen = move || district.get() == Some(code);
            view! {
                <button
                    type="button"
                    class="choice"
                    data-district=code.to_string()
                    aria-pressed=move || chosen().to_string()
                    on:click=move |_| {
                        typed.set(String::new());
                        district.set(Some(code));
                        commune.set(None);
                    }
                >
                    {d.name}
                </button>
            }
        })
        .collect_view();
    let communes = move || {
        found(&typed.get(), district.get())
            .into_iter()
            .map(|c| {
                let code = c.code;
                let of = area::district(c.district).map_or("", |d| d.name);
                let small = if typed.with(|t| t.trim().is_empty()) { "" } else { of };
                view! {
                    <button
                        type="button"
                        class="choice"
                        data-commune=code.to_string()
                        aria-pressed=move || (commune.get() == Some(code)).to_string()
                        on:click=move |_| {
                            district.set(Some(c.district));
                            commune.set(Some(code));
                            super::form::show("hamlets");
                        }
                    >
                        {c.name} " " <small>{small}</small>
                    </button>
                }
            })
            .collect_view()
    };
    let none = move || found(&typed.get(), district.get()).is_empty() && !typed.with(|t| t.trim().is_empty());
    view! {
        <section aria-labelledby="district-title">
            <h2 id="district-title">{t("Huyện, thành phố", "District")}</h2>
            <div class="choices">{districts}</div>
        </section>
        <section aria-labelledby="commune-title">
            <h2 id="commune-title">{t("Xã, phường, thị trấn", "Commune")}</h2>
            <TextField
                id="commune-search"
                label=t("Tìm theo tên", "Search by name")
                hint=t("Không cần dấu: “an duc”", "Marks are not needed: “an duc”")
                value=typed
                on_input=move |text| typed.set(text)
                inputmode="search"
            />
            <div class="choices">{communes}</div>
            <p class="hint" hidden=move || !none()>{t("Không có xã nào tên như vậy. Hãy gõ ít chữ hơn.", "No commune has such a name. Type fewer letters.")}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Hamlets(
    survey: Survey,
    commune: &'static Commune,
    round: RwSignal<Round>,
    pick: Callback<u8>,
) -> impl IntoView {
    let known = RwSignal::new(Vec::<(u8, u32)>::new());
    Effect::new(move || {
        let Some(hamlet) = HamletCode::new(commune.code, 1) else { return };
        let place = Place { hamlet, round: round.get() };
        let desk = survey.desk(Desk::clone);
        spawn_local(async move { known.set(desk.hamlets(place).await) });
    });
    let other = RwSignal::new(String::new());
    let buttons = move || {
        let known = known.get();
        let last = known.iter().map(|(number, _)| *number).max().unwrap_or(USUAL_HAMLETS);
        (1..=last)
            .map(|number| {
                let n = known.iter().find(|(k, _)| *k == number).map(|(_, n)| u64::from(*n));
                let name = HamletCode::new(commune.code, number).map_or(String::new(), HamletCode::name);
                let small = move || n.map_or(String::new(), |n| format!("{} {}", count(n), now("hộ", "households")));
                view! {
                    <button type="button" class="choice" data-hamlet=number.to_string() on:click=move |_| pick.run(number)>
                        {name} " " <small>{small}</small>
                    </button>
                }
            })
            .collect_view()
    };
    let go_other = move |_| {
        if let Some(number) = other.with_untracked(|o| o.trim().parse().ok()).filter(|n| (1..=99).contains(n))
        {
            pick.run(number);
        }
    };
    view! {
        <section aria-labelledby="hamlets">
            <h2 id="hamlets" tabindex="-1">{commune.kind.hamlet_word()} " · " {commune.name}</h2>
            <div class="choices">{buttons}</div>
            <details>
                <summary>{t("Số khác", "Another number")}</summary>
                <div class="row end">
                    <soho_frontend::ui::NumberField
                        id="other-hamlet"
                        label=t("Số thứ tự của ấp, khóm, khu phố", "The hamlet's number")
                        value=other
                        on_input=move |text| other.set(text)
                        min=1
                        max=99
                    />
                    <button type="button" class="button second" on:click=go_other>{t("Mở", "Open")}</button>
                </div>
            </details>
        </section>
    }
    .into_any()
}
