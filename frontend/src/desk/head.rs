//! The top of every page: the pages of the role, the areas above, and which area and round are shown.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{App, DeskPages, Notice, Tone};
use soho_shared::access::Role;
use soho_shared::area::AreaCode;
use soho_shared::pages::DeskPage;
use soho_shared::record::Round;

use crate::address::{AddressError, Asked, Page, ROUNDS};
use crate::picker::AreaPicker;
use crate::state::{desk, href, is_of_any_area, listed_page, rounds_page};

/// The navigation, and the choice of area and round.
#[component]
pub fn Head() -> impl IntoView {
    let desk = desk();
    let who = desk.who();
    if who.pages().is_empty() {
        return ().into_any();
    }
    let stops_at_communes = who.stops_at_communes();
    let to = Callback::new(move |listed: &'static DeskPage| {
        let here = desk.here();
        match Page::of_word(listed.word()) {
            Some(page) => href(in_area(page, here.area), &here, lang()),
            None => {
                let above = here.commune().filter(|_| stops_at_communes).and_then(|_| here.above().pop());
                listed.of(above.unwrap_or(here.area), here.round, lang())
            }
        }
    });
    let is_open = Callback::new(move |listed: &'static DeskPage| {
        desk.page.get().is_some_and(|open| listed_page(open).word() == listed.word())
    });
    view! {
        <DeskPages to=to is_open=is_open />
        <div class="choose no-print">
            <AreaPicker />
            <RoundPicker />
        </div>
        <Way />
    }
    .into_any()
}

/// Links to the areas above: province › district.
#[component]
fn Way() -> impl IntoView {
    let desk = desk();
    let above = move || {
        let (here, open) = (desk.here(), desk.page.get());
        let who = desk.who();
        let seen = here.above().into_iter().filter(|area| who.sees(*area));
        seen.map(|area| {
            let page = match open {
                Some(page) if is_of_any_area(page) => page,
                _ => Page::Rounds,
            };
            let to = href(page, &Asked { area, list: None, by: None, hamlet: None, ..here.clone() }, lang());
            view! { <li><a href=to>{area.name()}</a></li> }
        })
        .collect_view()
    };
    view! {
        <nav class="way no-print" aria-label=t("Đơn vị cấp trên", "Areas above")>
            <ol lang="vi">{above}</ol>
        </nav>
    }
    .into_any()
}

/// A page that the navigation leads to, as it is in an area.
const fn in_area(page: Page, area: AreaCode) -> Page {
    if matches!(page, Page::Rounds) { rounds_page(area) } else { page }
}

/// The choice of the round.
#[component]
fn RoundPicker() -> impl IntoView {
    let desk = desk();
    let shown = move || desk.here().round;
    let options = (ROUNDS.0..=ROUNDS.1).filter_map(Round::new);
    let options = options.map(|round| {
        view! { <option value=round.to_string() prop:selected=move || shown() == round>{round.to_string()}</option> }
    });
    let choose = move |event| {
        if let (Some(page), Ok(round)) = (desk.page.get_untracked(), event_target_value(&event).parse()) {
            let here = untrack(|| desk.here());
            let compare = here.compare.filter(|compare| *compare != round);
            desk.go(page, &Asked { round, compare, duty: None, ..here });
        }
    };
    view! {
        <div class="field">
            <label for="round">{t("Đợt rà soát", "Round")}</label>
            <div class="input"><select id="round" on:change=choose>{options.collect_view()}</select></div>
        </div>
    }
    .into_any()
}

/// The desk itself: leads to the first page of the role.
#[component]
pub fn Home() -> impl IntoView {
    let desk = desk();
    let who = desk.who();
    let first = who.pages().first().copied();
    if let Some(first) = first {
        Effect::new(move |_| {
            let here = untrack(|| desk.here());
            desk.amend(in_area(first, here.area), &here);
        });
    }
    view! { <NotForRole page=first.unwrap_or(Page::Rounds) /> }.into_any()
}

/// What stands where a page is of no use to the role, or the address names something that does not exist; otherwise the
/// page.
#[component]
pub fn Guard(
    /// The page.
    page: Page,
    /// Its content.
    children: ChildrenFn,
) -> impl IntoView {
    let desk = desk();
    if !desk.who().opens(page) {
        return view! { <NotForRole page=page /> }.into_any();
    }
    let wrong = Memo::new(move |_| desk.asked.with(|asked| asked.as_ref().err().cloned()));
    view! {
        <Show when=move || wrong.with(Option::is_none) fallback=move || view! { <Wrong why=wrong /> }>
            {children()}
        </Show>
    }
    .into_any()
}

#[component]
fn Wrong(why: Memo<Option<AddressError>>) -> impl IntoView {
    let desk = desk();
    let words = move || {
        why.with(|why| {
            Some(match (why.as_ref()?, lang()) {
                (AddressError::Area(code), Lang::Vi) => {
                    format!("Không có đơn vị nào mang mã “{code}” trong danh mục năm 2011.")
                }
                (AddressError::Area(code), Lang::En) => {
                    format!("No area has the code “{code}” in the list of 2011.")
                }
                (AddressError::Round(round), Lang::Vi) => {
                    format!("Không có đợt rà soát “{round}”. Đợt là một năm, ví dụ 2010.")
                }
                (AddressError::Round(round), Lang::En) => {
                    format!("There is no round “{round}”. A round is a year, such as 2010.")
                }
                (AddressError::Report(kind), Lang::Vi) => format!("Không có báo cáo nào tên là “{kind}”."),
                (AddressError::Report(kind), Lang::En) => format!("There is no report “{kind}”."),
                (AddressError::Filter(filter), Lang::Vi) => {
                    format!("Không có cách lọc hộ “{filter}”. Hãy mở danh sách hộ rồi chọn lại.")
                }
                (AddressError::Filter(filter), Lang::En) => {
                    format!("Households are not listed by “{filter}”. Open the list and choose again.")
                }
                (AddressError::Support(id), Lang::Vi) => {
                    format!(
                        "Không có chính sách hỗ trợ nào mang mã “{id}”. Hãy mở trang Hỗ trợ rồi chọn lại."
                    )
                }
                (AddressError::Support(id), Lang::En) => {
                    format!("There is no support “{id}”. Open the page Supports and choose again.")
                }
            })
        })
    };
    let home = move || {
        let usual = desk.here();
        let first = desk.who().pages().first().copied().unwrap_or(Page::Rounds);
        href(in_area(first, usual.area), &usual, lang())
    };
    view! {
        <h1 id="page-title" tabindex="-1">{t("Không có trang này", "No such page")}</h1>
        <Notice tone=Tone::Failure>
            <p>{words}</p>
            <p><a href=home>{t("Về địa bàn của mình", "To your own area")}</a></p>
        </Notice>
    }
    .into_any()
}

/// Says that the role has no use for a page, and where it works.
#[component]
fn NotForRole(page: Page) -> impl IntoView {
    let who = desk().who();
    let volunteer = who.pages().is_empty();
    let words = move || {
        if volunteer {
            now(
                "Bàn làm việc dành cho cán bộ xã, huyện, tỉnh. Điều tra viên làm việc ở trang Rà soát.",
                "The desk is for officers of communes, districts and the province. Volunteers work in the Survey.",
            )
        } else if who.opens(page) {
            now("Đang tải…", "Loading…")
        } else if who.role == Some(Role::Department) {
            now(
                "Cán bộ ngành xem số liệu, và các hộ được hưởng hỗ trợ của ngành mình.",
                "Department officers see figures, and the households entitled to the supports of their department.",
            )
        } else {
            now(
                "Người quản trị xem số liệu đến cấp xã, không xem từng hộ.",
                "Administrators see figures down to communes, and no households.",
            )
        }
    };
    let way = if volunteer {
        Some(
            view! { <p><a href=App::Survey.href() rel="external">{t("Đến trang Rà soát", "Go to the Survey")}</a></p> },
        )
    } else {
        None
    };
    view! {
        <h1 id="page-title" tabindex="-1">{t("Bàn làm việc", "Desk")}</h1>
        <Notice tone=Tone::Info>
            <p>{words}</p>
            {way}
        </Notice>
    }
    .into_any()
}

/// An address under which there is no page.
#[component]
pub fn NoPage() -> impl IntoView {
    view! {
        <h1 id="page-title" tabindex="-1">{t("Không có trang này", "No such page")}</h1>
        <Notice tone=Tone::Failure>
            <p><a href="/desk/">{t("Về bàn làm việc", "To the desk")}</a></p>
        </Notice>
    }
    .into_any()
}
