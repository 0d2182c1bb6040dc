//! Messages that the page shows in place of figures.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::store::is_volunteer;
use soho_frontend::ui::{App, Notice, Tone};
use soho_shared::access::OUTSIDE_AREAS;

use crate::address::{Address, AddressError};
use crate::follow::Connection;
use crate::go::Go;
use crate::page::{own_area, page};

/// The message shown where figures are missing: an address that names nothing, a refusal, no connection, or a
/// round in which nothing was recorded yet.
#[component]
pub fn Words() -> impl IntoView {
    let page = page();
    let home = move || {
        let round = page.here().round;
        own_area().map_or_else(|| Address::home(round), |area| Address::of_area(area, round))
    };
    let words = move || {
        let lang = lang();
        if let Err(error) = page.address.get() {
            let what = match error {
                AddressError::Area(code) => match lang {
                    Lang::Vi => format!("Không có đơn vị nào mang mã “{code}” trong danh mục năm 2011."),
                    Lang::En => format!("No area has the code “{code}” in the list of 2011."),
                },
                AddressError::Round(round) => match lang {
                    Lang::Vi => format!("Không có đợt rà soát “{round}”. Đợt là một năm, ví dụ 2010."),
                    Lang::En => format!("There is no round “{round}”. A round is a year, such as 2010."),
                },
            };
            return Some((Tone::Failure, what, true));
        }
        if let Some(problem) = page.answer.refusal.get() {
            if problem.kind == OUTSIDE_AREAS && is_volunteer() {
                let what = lang.pick(
                    "Trang này dành cho cán bộ xã, huyện, tỉnh.",
                    "This page is for officers of communes, districts and the province.",
                );
                return Some((Tone::Info, what.to_owned(), true));
            }
            if problem.kind == OUTSIDE_AREAS {
                let what = lang.pick(
                    "Tài khoản này chỉ xem được số liệu của địa bàn mình.",
                    "This account sees the figures of its own areas only.",
                );
                return Some((Tone::Info, what.to_owned(), true));
            }
            return Some((Tone::Failure, problem.words(lang), true));
        }
        let empty = page.answer.figures.with(|f| f.as_ref().map(|f| f.statistics.total.recorded == 0));
        match (empty, page.answer.connection.get()) {
            (None, Connection::Lost) => Some((
                Tone::Warning,
                lang.pick(
                    "Không kết nối được máy chủ, và máy này chưa lưu số liệu nào của trang. Khi có mạng, số liệu tự hiện ra.",
                    "The server cannot be reached, and this device has kept no figures of this page. They appear by \
                     themselves once there is a connection.",
                )
                .to_owned(),
                false,
            )),
            (None, _) => Some((Tone::Info, lang.pick("Đang tải số liệu…", "Loading the figures…").to_owned(), false)),
            (Some(true), _) => Some((
                Tone::Info,
                lang.pick(
                    "Chưa có phiếu nào ở đây trong đợt này. Khi điều tra viên gửi phiếu về, số liệu hiện ra ngay, không \
                     cần tải lại trang.",
                    "Nothing has been recorded here in this round yet. As soon as volunteers send records, the figures \
                     appear; there is no need to reload.",
                )
                .to_owned(),
                false,
            )),
            (Some(false), _) => None,
        }
    };
    let words = Memo::new(move |_| words().map(|(tone, what, lost)| (tone as u8, what, lost)));
    // A volunteer sees the figures of no area, so none is offered as a way out.
    let way_out = move || match own_area() {
        _ if is_volunteer() => {
            view! { <a href=App::Survey.href()>{t("Đến trang Rà soát", "Go to the Survey")}</a> }.into_any()
        }
        None => {
            view! { <Go to=Signal::derive(home)>{t("Về số liệu toàn tỉnh", "To the whole province")}</Go> }
                .into_any()
        }
        Some(_) => view! {
            <Go to=Signal::derive(home)>
                {t("Về số liệu của địa bàn mình", "To the figures of your area")}
            </Go>
        }
        .into_any(),
    };
    view! {
        {move || words.get().map(|(tone, what, lost)| {
            let tone = [Tone::Info, Tone::Warning, Tone::Failure][usize::from(tone).min(2)];
            view! {
                <div id="words">
                    <Notice tone=tone>
                        <p>{what}</p>
                        {lost.then(|| view! { <p>{way_out()}</p> })}
                    </Notice>
                </div>
            }
        })}
    }
    .into_any()
}
