//! The hamlet's households, and the records that wait on this device.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::RecordState;
use soho_frontend::ui::format::count;
use soho_frontend::ui::{ClassBadge, TextField};
use soho_shared::area::{self, HamletCode};
use soho_shared::fold::fold;

use super::row::Row;
use super::state::{Route, Survey};
use super::words;

/// How many rows are drawn at first, and with each "show more": a cheap tablet draws a hundred at once.
const PAGE: usize = 100;

/// The hamlet's list.
#[component]
pub(crate) fn List(survey: Survey) -> impl IntoView {
    let s = survey.signals;
    let typed = RwSignal::new(String::new());
    let withdrawn = RwSignal::new(false);
    let place_name = move || s.place.get().map_or(String::new(), |p| p.hamlet.name());
    let commune = move || s.place.get().and_then(|p| area::commune(p.hamlet.commune)).map_or("", |c| c.name);
    let round = move || s.place.get().map_or(String::new(), |p| p.round.to_string());
    let gone = Memo::new(move |_| survey.rows.with(|rows| rows.iter().filter(|row| row.removed).count()));
    let tally = Memo::new(move |_| {
        survey.rows.with(|rows| {
            let there = rows.iter().filter(|row| !row.removed);
            (there.clone().filter(|row| row.done).count(), there.count())
        })
    });
    let found = Memo::new(move |_| {
        let folded = typed.with(|t| fold(t));
        let removed = withdrawn.get() && gone.get() > 0;
        survey.rows.with(|rows| {
            let here = rows.iter().filter(|row| row.removed == removed && row.matches(&folded));
            here.cloned().collect::<Vec<_>>()
        })
    });
    let add = move |_| {
        if let Some(place) = s.place.get_untracked() {
            let key = survey.desk(|desk| desk.add(place));
            survey.go(Route::Household(key.household, None));
        }
    };
    let progress = move || {
        let (done, all) = tally.get();
        format!("{} {} {} {}", now("Xong", "Done"), count(done as u64), now("trong", "of"), count(all as u64))
    };
    view! {
        <div class="list-head">
            <h1>{place_name} <small>{commune} " · " {t("đợt", "round")} " " {round}</small></h1>
            <a class="change" href=Route::Choose.hash() data-testid="change-place">{t("Đổi nơi", "Change place")}</a>
        </div>
        <div class="list-tools">
            <p class="progress">
                <strong data-testid="progress">{progress}</strong>
                " " {t("hộ", "households")}
                <progress max=move || tally.get().1.max(1).to_string() value=move || tally.get().0.to_string() aria-hidden="true" />
            </p>
            <button type="button" class="button" data-testid="add-household" on:click=add>{t("Thêm hộ", "Add household")}</button>
        </div>
        <TextField
            id="search"
            label=t("Tìm theo tên hoặc địa chỉ", "Search by name or address")
            hint=t("Có dấu hay không dấu đều được", "With or without marks")
            value=typed
            on_input=move |text| typed.set(text)
            inputmode="search"
        />
        <Show when=move || { gone.get() > 0 }>
            <button type="button" class="button plain" aria-pressed=move || withdrawn.get().to_string() on:click=move |_| withdrawn.update(|w| *w = !*w)>
                {move || if withdrawn.get() {
                    now("Về danh sách", "Back to the list").to_owned()
                } else {
                    format!("{} ({})", now("Xem phiếu đã rút", "Show withdrawn records"), count(gone.get() as u64))
                }}
            </button>
        </Show>
        <Rows rows=found with_place=false />
        <Empty survey=survey found=found typed=typed />
    }
    .into_any()
}

/// What waits to be sent, of any hamlet and round: nothing typed can get out of sight.
#[component]
pub(crate) fn Waiting(survey: Survey) -> impl IntoView {
    survey.read_waiting();
    let rows = Memo::new(move |_| survey.waiting.get());
    view! {
        <p><a class="change" href=Route::List.hash()>{t("Về danh sách", "Back to the list")}</a></p>
        <h1>{t("Phiếu chỉ trên máy này", "Records only on this device")}</h1>
        <p>
            {move || if rows.with(Vec::is_empty) {
                now("Mọi phiếu đã ở trên máy chủ.", "Every record is on the server.")
            } else {
                now(
                    "Các phiếu này có điều chưa gửi. Chúng được gửi khi có mạng; đừng xoá dữ liệu của trình duyệt trước đó.",
                    "These records hold something not sent yet. They go out when there is a network; do not clear the browser's data before.",
                )
            }}
        </p>
        <p class="hint" data-testid="promised">
            {move || match survey.signals.promised.get() {
                Some(true) => now("Trình duyệt đã hứa giữ dữ liệu này, kể cả khi máy gần đầy.", "The browser has promised to keep this data even when the device is nearly full."),
                Some(false) => now(
                    "Trình duyệt chưa hứa giữ dữ liệu khi máy đầy: hãy gửi mỗi khi có mạng, và thêm trang này vào màn hình chính.",
                    "The browser does not promise to keep data when the device is full: send whenever there is a network, and add this page to the home screen.",
                ),
                None => "",
            }}
        </p>
        <Rows rows=rows with_place=true />
    }
    .into_any()
}

/// An empty list says why and what to do.
#[component]
fn Empty(survey: Survey, found: Memo<Vec<Row>>, typed: RwSignal<String>) -> impl IntoView {
    let s = survey.signals;
    let text = move || {
        if !found.with(Vec::is_empty) {
            ""
        } else if !typed.with(|t| t.trim().is_empty()) {
            now("Không có hộ nào khớp. Hãy gõ ít chữ hơn.", "No household matches. Type fewer letters.")
        } else if s.syncing.get() {
            now("Đang tải danh sách của ấp…", "Fetching the hamlet's list…")
        } else if s.last_sync.get().is_none() || s.trouble.get().is_some() {
            now(
                "Chưa tải được danh sách từ máy chủ. Vẫn thêm hộ được; danh sách sẽ tự về khi có mạng.",
                "The list could not be fetched yet. Households can be added all the same; the list comes when there is a network.",
            )
        } else {
            now(
                "Ấp này chưa có hộ nào trong đợt này. Hãy thêm hộ đầu tiên.",
                "No household here in this round yet. Add the first one.",
            )
        }
    };
    view! { <p class="empty" data-testid="list-empty" aria-live="polite">{text}</p> }.into_any()
}

#[component]
fn Rows(rows: Memo<Vec<Row>>, with_place: bool) -> impl IntoView {
    let shown = RwSignal::new(PAGE);
    let page = move || rows.with(|rows| rows.iter().take(shown.get()).cloned().collect::<Vec<_>>());
    let rest = move || rows.with(Vec::len).saturating_sub(shown.get());
    view! {
        <ul class="rows">
            <For each=page key=Row::clone let:row>
                <Line row=row with_place=with_place />
            </For>
        </ul>
        <Show when=move || { rest() > 0 }>
            <button type="button" class="button second" data-testid="show-more" on:click=move |_| shown.update(|n| *n += PAGE)>
                {move || format!("{} ({})", now("Xem thêm", "Show more"), count(rest() as u64))}
            </button>
        </Show>
    }
    .into_any()
}

#[component]
fn Line(row: Row, with_place: bool) -> impl IntoView {
    let Row { key, hamlet, name, address, persons, class, removed, state, .. } = row;
    let unnamed = name.trim().is_empty();
    let name =
        move || if unnamed { now("(chưa có tên)", "(no name yet)").to_owned() } else { name.clone() };
    let place = with_place.then(|| {
        let commune = area::commune(key.household.commune).map_or("", |c| c.name);
        let hamlet = HamletCode::new(key.household.commune, hamlet).map_or(String::new(), HamletCode::name);
        format!("{hamlet}, {commune}, {}", key.round)
    });
    let people = move || {
        persons.map_or(String::new(), |n| {
            format!("{n} {}", now("người", if n == 1 { "person" } else { "people" }))
        })
    };
    let route = Route::Household(key.household, with_place.then_some(key.round));
    view! {
        <li>
            <a
                class="household"
                href=route.hash()
                data-testid="household-row"
                data-id=key.household.to_string()
                data-state=state.word()
                data-class=class.map(soho_shared::standard::Class::word)
            >
                <span class="who">
                    <strong class:unnamed=unnamed>{name}</strong>
                    <small>{place} " " {address} " " {people}</small>
                </span>
                <span class="what">
                    {if removed {
                        view! { <span>{t("Đã rút", "Withdrawn")}</span> }.into_any()
                    } else if let Some(class) = class {
                        view! { <ClassBadge class=class /> }.into_any()
                    } else {
                        view! { <span class="todo">{t("Chưa xong", "Not done")}</span> }.into_any()
                    }}
                    <StateMark state=state />
                </span>
            </a>
        </li>
    }
    .into_any()
}

/// Where a record stands, as shape and word.
#[component]
pub(crate) fn StateMark(
    /// Where it stands.
    #[prop(into)]
    state: Signal<RecordState>,
) -> impl IntoView {
    let path = move || match state.get() {
        RecordState::Sent => "M3 10.5 8 15.5 17.5 5",
        RecordState::Local => "M5 2h10v16H5zM9 15h2",
        RecordState::Conflict => "M4 7h12M4 13h12M13 3 7 17",
        RecordState::Rejected => "M4 4 16 16M16 4 4 16",
    };
    view! {
        <span class="state" data-state=move || state.get().word()>
            <svg viewBox="0 0 20 20" aria-hidden="true"><path d=path /></svg>
            {move || words::state_name(state.get())}
        </span>
    }
    .into_any()
}
