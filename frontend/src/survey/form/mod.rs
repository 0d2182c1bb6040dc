//! The form of one household. It has five sections, and more for living conditions and points where the round's
//! standards have them; each has a tick or says what is missing. The class is always in view.

mod attention;
mod causes;
mod class;
mod fields;
mod head;
mod home;
mod income;
mod living;
mod member;
mod members;
mod pen;
mod points;

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Held, Notebook, RecordState, Saved};
use soho_frontend::ui::dom::{El, Words, el, follow};
use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::assess::{Assessment, Missing, assess, assess_opening};
use soho_shared::household::{Household, field};
use soho_shared::record::{RecordKey, Round, Subject, Value};
use wasm_bindgen::JsCast as _;

use crate::builders::{button, icon, link, notice, p, span, test, truth, when, word};
use crate::list::state_mark;
use crate::state::{Open, Route, Survey};
use crate::words;
use head::Head;

/// Scrolls to an element once it is drawn, and gives it the keyboard's focus.
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

/// What each section of the form of one record is given.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    survey: Survey,
    key: RecordKey,
    household: RwSignal<Household>,
    /// The person shown as the head.
    head: Memo<Head>,
    assessed: Memo<Option<Assessment>>,
    /// The same without the sums that it rests on: a key pressed in an amount seldom changes anything of it.
    judged: Memo<Option<Assessment>>,
    /// The second result, in a round that has two.
    opening: Memo<Option<Assessment>>,
}

impl Sheet {
    /// Reads what the household says of itself, and follows it, but nothing of its people or income.
    fn own<T>(self, read: impl FnOnce(&Household) -> T) -> T {
        self.survey.said.track();
        self.household.with_untracked(read)
    }

    /// Reads what the household says of itself and its people, and follows it, but nothing of its income.
    fn people<T>(self, read: impl FnOnce(&Household) -> T) -> T {
        self.survey.people.track();
        self.own(read)
    }

    /// Returns the names of those of these items that are missing.
    fn missing_of(self, of: &'static [Missing]) -> String {
        self.judged.with(|a| {
            let missing = a.as_ref().map(|a| a.missing.as_slice()).unwrap_or_default();
            let names: Vec<_> =
                missing.iter().filter(|m| of.contains(m)).map(|m| words::missing_name(*m)).collect();
            names.join(", ")
        })
    }
}

/// Builds the screen of one household.
pub(crate) fn form(survey: Survey, id: Subject, round: Option<Round>) -> Vec<El> {
    let key = survey.key(id, round);
    let looked = RwSignal::new(false);
    survey.read_open(key);
    let there =
        Memo::new(move |_| survey.open.with(|open| open.as_ref().is_some_and(|open| open.key == key)));
    // One that is not on the device may come with any exchange.
    follow(move || {
        survey.signals.last_sync.track();
        if there.get_untracked() {
            return;
        }
        let notebook = survey.notebook(Notebook::clone);
        spawn_local(async move {
            notebook.load(key).await;
            // Another screen may be shown by now.
            if there.try_get_untracked() == Some(false) {
                survey.read_open(key);
            }
            looked.try_set(true);
        });
    });
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
    let begun = t(
        "Nếu vừa thêm hộ mà chưa gõ gì: hộ mới chỉ thành phiếu khi gõ chữ đầu tiên, hãy về danh sách và bấm Thêm hộ.",
        "If it was just added and nothing typed: a new household becomes a record with its first letter; go back to the list and tap Add household.",
    );
    let why = t(
        "Nếu đã ghi: phiếu thuộc ấp khác hoặc đợt khác, hay chưa tải về. Hãy chọn đúng nơi và đợt, rồi gửi nhận khi có mạng.",
        "If it was recorded: it belongs to another hamlet or round, or is not fetched yet. Choose the place and round, then fetch when there is a network.",
    );
    vec![
        el("h1").says(t("Không có phiếu này ở đây", "There is no such record here")),
        p("", begun),
        p("", why),
    ]
}

/// Builds links to the fields of the record on the screen that stay on the device.
fn held_fields(survey: Survey) -> El {
    el("span").class("held-fields").made(move || {
        survey.open.with(|open| {
            let Some(open) = open else { return Vec::new() };
            let to = |(path, _): &(String, Held)| {
                let name = path.clone();
                link("", &Route::to_field(open.key, path), move || words::field_name(&name).to_owned())
            };
            open.held.iter().map(to).collect()
        })
    })
}

/// Scrolls to the field that the address names, and focuses it.
fn show_named() {
    let Some(path) = Route::field() else { return };
    request_animation_frame(move || {
        let mut around = document().query_selector(&format!("[data-field='{path}']")).ok().flatten();
        // What stands around a field's messages holds its input, too.
        while let Some(element) = around {
            let input = element.query_selector("input,select,textarea").ok().flatten();
            if let Some(input) = input.and_then(|input| input.dyn_into::<web_sys::HtmlElement>().ok()) {
                input.scroll_into_view();
                // Fails only for an element that is gone.
                let _ = input.focus();
                break;
            }
            around = element.parent_element();
        }
    });
}

fn sheet(survey: Survey, key: RecordKey) -> El {
    let household = survey.household;
    // Not compared with the assessment before: nearly every edit changes something in it.
    let by = |assess: fn(&Household, CommuneCode, Round) -> Option<Assessment>| {
        let assess = move |_: Option<&_>| household.with(|h| assess(h, key.subject.commune()?, key.round));
        Memo::new_with_compare(assess, |_, _| true)
    };
    // Other edits than those of people change nothing of it.
    let head = Memo::new(move |_| {
        survey.people.track();
        household.with_untracked(|h| {
            let in_record = |open: &Option<Open>| open.as_ref().map(|open| Head::in_record(&open.doc, h));
            survey.open.with_untracked(in_record).unwrap_or_else(|| Head::of(h))
        })
    });
    let assessed = by(assess);
    let judged = Memo::new(move |_| {
        let without_sums = |a: &Assessment| Assessment { facts: None, lines: Vec::new(), ..a.clone() };
        assessed.with(|a| a.as_ref().map(without_sums))
    });
    let sheet = Sheet { survey, key, household, head, assessed, judged, opening: by(assess_opening) };
    let removed = move || sheet.own(|h| h.removed);
    let take_back = move || {
        if sheet.own(|h| h.duplicate) {
            let what = t(
                "Cán bộ xã đã xác nhận phiếu này trùng với một hộ khác: khi hộ kia còn phiếu thì chỉ tính hộ kia. Mọi điều đã ghi vẫn còn.",
                "The commune found this household to be entered twice: as long as the other entry is there, only that one counts. All that was written is still here.",
            );
            return vec![test(notice("warning", &[p("", what)]), "duplicate")];
        }
        let what = t(
            "Phiếu này đã xóa: không tính vào số liệu. Mọi điều đã ghi vẫn còn.",
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
        let words = t("Xóa phiếu (ghi nhầm)", "Withdraw this record (made in error)");
        vec![test(button("button danger", words, on_click), "withdraw")]
    };
    let main = el("div").class("sheet-main").all(&title(sheet)).with([
        saved_line(survey),
        when(removed, take_back),
        attention::attention(sheet),
        home::home(sheet),
        members::members(sheet),
        income::income(sheet),
    ]);
    let main = main.maybe(living::living(sheet)).maybe(points::points(sheet)).with([
        causes::causes(sheet),
        remarks(survey),
        fields::dispute(survey, field::REMOVED),
        when(move || !removed(), withdraw),
    ]);
    show_named();
    el("div").class("sheet").with([main, class::panel(sheet)])
}

fn title(sheet: Sheet) -> [El; 2] {
    let Sheet { survey, key, .. } = sheet;
    let name = move || {
        let name = sheet.people(|h| h.head_name.clone()).unwrap_or_default();
        if name.trim().is_empty() { now("Hộ mới", "New household").to_owned() } else { name }
    };
    let place = move || {
        let hamlet = sheet.own(|h| h.hamlet).and_then(|n| HamletCode::new(key.subject.commune()?, n));
        format!("{} · {} {}", hamlet.map_or(String::new(), HamletCode::name), now("đợt", "round"), key.round)
    };
    let status = Memo::new(move |_| {
        survey
            .open
            .with(|open| open.as_ref().map_or((RecordState::Sent, 0), |open| (open.state, open.held.len())))
    });
    let (state, held) = (move || status.get().0, move || status.get().1);
    let line = el("p").class("where").with([span(place), state_mark(state, held)]);
    let fields = when(move || state() == RecordState::Held, move || vec![held_fields(survey)]);
    [el("h1").says(name), test(line, "record-state").with([fields])]
}

/// Builds the line that says what is stored; the form has no save button.
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
    let line = word(test(p("saved", text), "saved"), "data-saved", state);
    // Shown for any browser that made no promise, because a page cannot tell a private window.
    let private = move || match survey.signals.promised.get() {
        Some(true) => "",
        _ => now(
            "Trong cửa sổ ẩn danh, điều đã lưu mất khi đóng cửa sổ: hãy gửi trước.",
            "In a private window what is stored is gone when it closes: send first.",
        ),
    };
    el("div").with([line, test(p("hint", private), "private")])
}

/// Builds a section. Its heading has a tick, or says what is missing or wrong in the fields whose names begin
/// with one of `fields`. It has no tick while nothing is written in it; an `optional` section never has one.
fn section(
    survey: Survey,
    id: &'static str,
    title: Words,
    fields: &'static [&'static str],
    missing: Rc<dyn Fn() -> String>,
    optional: bool,
    children: &[El],
) -> El {
    let lacking = move || {
        let is_here = |(path, _): &&(String, Held)| fields.iter().any(|field| path.starts_with(field));
        survey.track(fields);
        let count = |open: &Option<Open>| open.iter().flat_map(|open| &open.held).filter(is_here).count();
        match survey.open.with_untracked(count) {
            0 => match missing() {
                nothing if nothing.is_empty() => nothing,
                missing => format!("{}: {missing}", now("Còn thiếu", "Missing")),
            },
            n => {
                format!("{n} {}", now("ô chưa đúng", if n == 1 { "field to mend" } else { "fields to mend" }))
            }
        }
    };
    // The hamlet is written with the first edit of anything.
    let is_begun = move || {
        let mut written = fields.iter().filter(|field| **field != field::HAMLET);
        survey.open.with_untracked(|open| {
            open.as_ref().is_some_and(|open| {
                written.any(|begin| open.doc.starting_with(begin).any(|(_, value)| *value != Value::Null))
            })
        })
    };
    // What is lacking, and whether all is there.
    let state = RwSignal::new((String::new(), false));
    follow(move || {
        let lacking = lacking();
        let is_done = lacking.is_empty() && !optional && is_begun();
        let new = (lacking, is_done);
        if state.with_untracked(|state| *state != new) {
            state.set(new);
        }
    });
    let text = move || match state.get() {
        (lacking, _) if !lacking.is_empty() => lacking,
        (_, true) => now("Đủ", "Complete").to_owned(),
        (_, false) => now("Không bắt buộc", "Optional").to_owned(),
    };
    let path = move || match state.with(|(lacking, is_done)| (lacking.is_empty(), *is_done)) {
        (false, _) => "M10 3v8M10 15v1.5",
        (true, false) => "M4 10h12",
        (true, true) => "M3 10.5 8 15.5 17.5 5",
    };
    let mark = el("span").class("part-state").with([icon(path), span(text)]);
    let head = el("div").class("part-head").with([
        el("h2").id(id).attr("tabindex", "-1").says(title),
        truth(mark, "data-done", move || state.with(|(_, is_done)| *is_done)),
    ]);
    let this = test(el("section").class("part"), &format!("section-{id}")).attr("aria-labelledby", id);
    truth(this, "data-done", move || state.with(|(lacking, _)| lacking.is_empty())).with([head]).all(children)
}

/// Builds the question whether what a section says still holds, while it is only carried over from the round before.
fn confirm(sheet: Sheet, nth: usize) -> El {
    let survey = sheet.survey;
    let ask = move || {
        let what = t(
            "Theo đợt trước. Sai thì sửa; đúng rồi thì xác nhận.",
            "As in the last round. Mend what has changed, then confirm.",
        );
        let yes = button("button", t("Đúng, xác nhận", "Right, confirm"), move |_| {
            survey.set(field::CARRIED[nth], false);
        });
        vec![test(notice("warning", &[p("", what), test(yes, "confirm")]), field::CARRIED[nth])]
    };
    el("div").with([when(move || sheet.own(|h| h.unconfirmed[nth]), ask)])
}

/// Returns that a section is to be confirmed, before what else it lacks.
fn unconfirmed(sheet: Sheet, nth: usize, missing: String) -> String {
    if sheet.own(|h| h.unconfirmed[nth]) {
        let confirm = now("xác nhận", "confirmation");
        return if missing.is_empty() { confirm.to_owned() } else { format!("{confirm}, {missing}") };
    }
    missing
}

/// Builds the section for the note.
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
    section(
        survey,
        "note-title",
        t("Ghi chú", "Note").into(),
        &["note"],
        Rc::new(String::new),
        true,
        &children,
    )
}
