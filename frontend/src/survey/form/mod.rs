//! One household: five sections, and one for living conditions where the round's standard counts them; each with
//! a tick or what is still missing; the class always in sight.

mod attention;
mod causes;
mod class;
mod fields;
mod head;
mod income;
mod living;
mod members;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Desk, Saved};
use soho_frontend::ui::dom::{El, Words, el};
use soho_shared::area::HamletCode;
use soho_shared::assess::{Assessment, Missing, assess};
use soho_shared::household::{Household, field};
use soho_shared::sync::{HouseholdId, RecordKey, Round};
use wasm_bindgen::JsCast as _;

use crate::bits::{button, icon, link, notice, p, span, test, truth, when, word};
use crate::list::state_mark;
use crate::state::{Route, Survey};
use crate::words;

/// Moves to a part of the page, by eye and by keyboard, once it is drawn.
pub(crate) fn show(id: &'static str) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(id) {
            element.scroll_into_view();
            if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
                // Fails only for an element that is gone.
                let _ = element.focus();
            }
        }
    });
}

/// What every section of one record's form is given.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    survey: Survey,
    key: RecordKey,
    household: Memo<Household>,
    assessed: Memo<Option<Assessment>>,
}

impl Sheet {
    /// The names of what is missing among these.
    fn missing_of(self, of: &'static [Missing]) -> String {
        self.assessed.with(|a| {
            let missing = a.as_ref().map(|a| a.missing.as_slice()).unwrap_or_default();
            let names: Vec<_> =
                missing.iter().filter(|m| of.contains(m)).map(|m| words::missing_name(*m)).collect();
            names.join(", ")
        })
    }
}

/// The screen of one household.
pub(crate) fn form(survey: Survey, id: HouseholdId, round: Option<Round>) -> Vec<El> {
    let place = survey.signals.place.get_untracked();
    let round = round.or_else(|| place.map(|p| p.round)).unwrap_or(Round::CENSUS_2010);
    let key = RecordKey { household: id, round };
    let looked = RwSignal::new(false);
    survey.read_open(key);
    if survey.open.with_untracked(Option::is_none) {
        let desk = survey.desk(Desk::clone);
        spawn_local(async move {
            desk.load(key).await;
            survey.read_open(key);
            looked.set(true);
        });
    }
    let there =
        Memo::new(move |_| survey.open.with(|open| open.as_ref().is_some_and(|open| open.key == key)));
    let back = test(link("change", &Route::List.hash(), t("Về danh sách", "Back to the list")), "back");
    let body = el("div").made(move || {
        if there.get() {
            vec![sheet(survey, key)]
        } else if looked.get() {
            absent()
        } else {
            vec![p("", t("Đang mở phiếu…", "Opening the record…"))]
        }
    });
    vec![el("p").with([back]), body]
}

fn absent() -> Vec<El> {
    let why = t(
        "Có thể phiếu thuộc ấp khác hoặc đợt khác, hay chưa tải về. Không có gì bị mất: chọn đúng nơi và đợt, rồi gửi nhận khi có mạng.",
        "It may belong to another hamlet or round, or is not fetched yet. Nothing is lost: choose the place and round, then fetch when there is a network.",
    );
    vec![el("h1").says(t("Phiếu này chưa có trên máy", "This record is not on this device")), p("", why)]
}

fn sheet(survey: Survey, key: RecordKey) -> El {
    let household = survey.household();
    // The household was compared with the one before; its assessment need not be.
    let assess = move |_: Option<&_>| household.with(|h| assess(h, key.household.commune, key.round));
    let assessed = Memo::new_with_compare(assess, |_, _| true);
    let sheet = Sheet { survey, key, household, assessed };
    let removed = move || household.with(|h| h.removed);
    let take_back = move || {
        if household.with(|h| h.duplicate) {
            let what = t(
                "Cán bộ xã đã xác nhận phiếu này trùng với một phiếu khác nên không tính vào số liệu. Mọi điều đã ghi vẫn còn.",
                "The commune found this record to be a duplicate of another one, so it counts nowhere. All that was written is still here.",
            );
            return vec![test(notice("warning", &[p("", what)]), "duplicate")];
        }
        let what = t(
            "Phiếu này đã rút: không tính vào số liệu. Mọi điều đã ghi vẫn còn.",
            "This record is withdrawn and counts nowhere. All that was written is still here.",
        );
        let undo = button("button second", t("Lấy lại phiếu", "Take it back"), move |_| {
            survey.set(field::REMOVED, false);
        });
        vec![test(notice("warning", &[p("", what), test(undo, "undo-withdraw")]), "withdrawn")]
    };
    let withdraw = move || {
        let on_click = move |_| {
            survey.set(field::REMOVED, true);
            window().scroll_to_with_x_and_y(0.0, 0.0);
        };
        let words = t("Rút phiếu này (ghi nhầm)", "Withdraw this record (made in error)");
        vec![test(button("button danger", words, on_click), "withdraw")]
    };
    let main = el("div").class("sheet-main").all(&title(sheet)).with([
        saved_line(survey),
        when(removed, take_back),
        attention::attention(sheet),
        head::head(sheet),
        members::members(sheet),
        income::income(sheet),
    ]);
    let main = main.maybe(living::living(sheet)).with([
        causes::causes(sheet),
        remarks(survey),
        fields::dispute(survey, field::REMOVED),
        when(move || !removed(), withdraw),
    ]);
    el("div").class("sheet").with([main, class::panel(sheet)])
}

fn title(sheet: Sheet) -> [El; 2] {
    let Sheet { survey, key, household, .. } = sheet;
    let name = move || {
        let name = household.with(|h| h.head_name.clone()).unwrap_or_default();
        if name.trim().is_empty() { now("Hộ mới", "New household").to_owned() } else { name }
    };
    let place = move || {
        let hamlet = household.with(|h| h.hamlet).and_then(|n| HamletCode::new(key.household.commune, n));
        format!("{} · {} {}", hamlet.map_or(String::new(), HamletCode::name), now("đợt", "round"), key.round)
    };
    // Follows the record: with it changes where it stands.
    let state = move || {
        survey.open.track();
        survey.desk(|desk| desk.state(&key))
    };
    [el("h1").says(name), el("p").class("where").with([span(place), state_mark(state)])]
}

/// Instead of a save button.
fn saved_line(survey: Survey) -> El {
    let saved = survey.signals.saved;
    let text = move || match saved.get() {
        Saved::Untouched => now(
            "Mỗi chữ gõ vào được lưu ngay trên máy này.",
            "Every letter typed is stored on this device at once.",
        )
        .to_owned(),
        Saved::Saving => now("Đang lưu…", "Storing…").to_owned(),
        Saved::At(at) => {
            format!("{} {}", now("Đã lưu trên máy lúc", "Stored on this device at"), words::time(at))
        }
        Saved::Failed(_) => {
            now("Chưa lưu được. Đừng đóng trang này.", "Not stored yet. Keep this page open.").to_owned()
        }
    };
    let state = move || match saved.get() {
        Saved::Untouched => "untouched",
        Saved::Saving => "saving",
        Saved::At(_) => "saved",
        Saved::Failed(_) => "failed",
    };
    word(test(p("saved", text), "saved"), "data-saved", state)
}

/// A section with a tick, or what it still lacks. What may be left empty has neither.
fn section(
    id: &'static str,
    title: impl Into<Words>,
    missing: impl Fn() -> String + Clone + 'static,
    optional: bool,
    children: &[El],
) -> El {
    let (words, shape, whole) = (missing.clone(), missing.clone(), missing.clone());
    let text = move || {
        let missing = words();
        if !missing.is_empty() {
            format!("{}: {missing}", now("Còn thiếu", "Missing"))
        } else if optional {
            now("Không bắt buộc", "Optional").to_owned()
        } else {
            now("Đủ", "Complete").to_owned()
        }
    };
    let path = move || match (shape().is_empty(), optional) {
        (false, _) => "M10 3v8M10 15v1.5",
        (true, true) => "M4 10h12",
        (true, false) => "M3 10.5 8 15.5 17.5 5",
    };
    let state = el("span").class("part-state").with([icon(path), span(text)]);
    let head = el("div").class("part-head").with([
        el("h2").id(id).attr("tabindex", "-1").says(title),
        truth(state, "data-done", move || missing().is_empty() && !optional),
    ]);
    let this = test(el("section").class("part"), &format!("section-{id}")).attr("aria-labelledby", id);
    truth(this, "data-done", move || whole().is_empty()).with([head]).all(children)
}

/// The note.
fn remarks(survey: Survey) -> El {
    let note = fields::field(survey, "note", field::NOTE, "", fields::TEXT);
    let on_input = note.on_input;
    let area = el("textarea")
        .id("note")
        .attr("rows", "3")
        .attr("maxlength", "2000")
        .value(note.value)
        .on("input", move |event| on_input(event_target_value(&event)));
    let label = el("label")
        .attr("for", "note")
        .says(t("Điều cần nhớ về hộ này", "What to remember about this household"));
    let children = [el("div").class("field").with([label, area]), fields::dispute(survey, field::NOTE)];
    section("note-title", t("Ghi chú", "Note"), String::new, true, &children)
}
