//! The list of the hamlet's households, and the list of records that wait on this device.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Held, Notebook, RecordState};
use soho_frontend::store::{is_open, is_volunteer};
use soho_frontend::ui::class::{class_badge, usual_standard};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::format::count;
use soho_shared::area::{self, HamletCode};
use soho_shared::fold::fold;
use soho_shared::law;
use soho_shared::record::{RecordKey, Value};

use super::builders::{button, icon, link, notice, p, span, test, truth, when, word};
use super::row::Row;
use super::state::{Route, Survey};
use super::words;

/// Rows drawn at first and with each "show more". A cheap tablet draws a hundred without delay.
pub(crate) const PAGE: usize = 100;

/// Builds the hamlet's list.
pub(crate) fn list(survey: Survey) -> Vec<El> {
    let (typed, withdrawn) = (survey.typed, survey.withdrawn);
    let gone = Memo::new(move |_| survey.rows.with(|rows| rows.iter().filter(|row| row.removed).count()));
    let found = Memo::new(move |_| {
        let folded = typed.with(|t| fold(t));
        let removed = withdrawn.get() && gone.get() > 0;
        survey.rows.with(|rows| {
            rows.iter()
                .filter(|row| row.removed == removed && row.matches(&folded))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let [due, begun] = [true, false].map(|is_due| {
        Memo::new(move |_| {
            found.with(|rows| rows.iter().filter(|row| row.due == is_due).cloned().collect::<Vec<_>>())
        })
    });
    let is_later = move || survey.rows.with(|rows| rows.iter().any(|row| row.due));
    let heading = move |of: Memo<Vec<Row>>, vi: &'static str, en: &'static str| {
        el("h2").says(move || format!("{} ({})", now(vi, en), count(of.with(Vec::len) as u64)))
    };
    let to_visit = move || {
        vec![
            test(heading(due, "Còn phải thăm", "To be visited"), "due-title"),
            p(
                "hint",
                t(
                    "Hộ nghèo, hộ cận nghèo và hộ ngay trên mức cận nghèo của đợt trước. Bấm vào để mở phiếu đợt này.",
                    "Poor and near-poor households of the last round, and those next above. Tap to begin this round's record.",
                ),
            ),
            rows(survey, due, survey.drawn, false),
            heading(begun, "Đã mở phiếu", "Begun"),
        ]
    };
    let label = t("Tìm theo tên hoặc địa chỉ", "Search by name or address");
    let mut search =
        Field::of("search", label, typed).hint(t("Có dấu hay không dấu đều được", "With or without marks"));
    search.inputmode = "search";
    let switch = move || {
        let words = move || {
            if withdrawn.get() {
                now("Về danh sách", "Back to the list").to_owned()
            } else {
                format!(
                    "{} ({})",
                    now("Xem phiếu đã xóa", "Show withdrawn records"),
                    count(gone.get() as u64)
                )
            }
        };
        let flip = button("button plain", words, move |_| withdrawn.update(|w| *w = !*w));
        vec![test(truth(flip, "aria-pressed", move || withdrawn.get()), "show-withdrawn")]
    };
    // Heard with each answer to a pull.
    let is_posted = move || {
        survey.signals.last_sync.get();
        let place = survey.signals.place.get();
        is_volunteer() && place.is_some_and(|of| !is_open(of.hamlet.commune, &of.round.to_string()))
    };
    let posted = || {
        let words = t(
            "Đợt này không còn mở để rà soát: đừng ghi thêm. Nếu có gì sai, hãy báo cán bộ xã.",
            "This round is not open for the survey any more: enter nothing. Tell the commune's officer what is wrong.",
        );
        vec![notice("posted", &[p("", words)])]
    };
    vec![
        title(survey),
        when(is_posted, posted),
        tools(survey),
        search.el(),
        when(move || gone.get() > 0, switch),
        when(is_later, to_visit),
        rows(survey, begun, survey.drawn, false),
        empty(survey, found, typed),
    ]
}

fn title(survey: Survey) -> El {
    let place = survey.signals.place;
    let name = move || place.get().map_or(String::new(), |p| p.hamlet.name());
    let more = move || {
        let Some(p) = place.get() else { return String::new() };
        let commune = area::commune(p.hamlet.commune).map_or("", |c| c.name);
        format!("{commune} · {} {}", now("đợt", "round"), p.round)
    };
    el("div").class("list-head").with([
        el("h1").with([span(name), el("small").says(more)]),
        test(link("change", &Route::Choose.hash(), t("Đổi nơi", "Change place")), "change-place"),
    ])
}

/// Builds the line that says how many households are done, with the button to add one.
fn tools(survey: Survey) -> El {
    let count_of = move |done: bool| {
        survey.rows.with(|rows| {
            rows.iter().filter(|row| !row.removed && row.hamlet > 0 && (row.done || !done)).count()
        })
    };
    let progress = move || {
        let (done, all) = (count(count_of(true) as u64), count(count_of(false) as u64));
        format!("{} {done} {} {all}", now("Xong", "Done"), now("trong", "of"))
    };
    let bar = el("progress")
        .attr("aria-hidden", "true")
        .attr_as("max", move || Some(count_of(false).max(1).to_string().into()))
        .attr_as("value", move || Some(count_of(true).to_string().into()));
    let add = move |_| {
        if let Some(place) = survey.signals.place.get_untracked() {
            let key = survey.notebook(|notebook| notebook.add(place));
            survey.go(Route::Household(key.subject, None));
        }
    };
    el("div").class("list-tools").with([
        el("p").class("progress").with([
            test(el("strong").says(progress), "progress"),
            span(move || format!(" {}", now("hộ", "households"))),
            bar,
        ]),
        test(button("button", t("Thêm hộ", "Add household"), add), "add-household"),
    ])
}

/// Builds the list of what waits to be sent, of any hamlet and round, so that nothing typed gets out of sight.
pub(crate) fn waiting(survey: Survey) -> Vec<El> {
    survey.read_waiting();
    let found = Memo::new(move |_| survey.waiting.get());
    let what = move || {
        if found.with(Vec::is_empty) {
            now("Mọi phiếu đã ở trên máy chủ.", "Every record is on the server.")
        } else {
            now(
                "Các phiếu này có điều chưa gửi. Chúng được gửi khi có mạng, trừ ô chưa đúng: hãy sửa hoặc bỏ ô đó. Đừng xóa dữ liệu của trình duyệt trước khi gửi hết.",
                "These records hold something not sent yet. It goes out when there is a network, but for fields that are not right: mend or drop them. Do not clear the browser's data before all is sent.",
            )
        }
    };
    let promised = move || match survey.signals.promised.get() {
        Some(true) => now(
            "Trình duyệt bảo đảm giữ dữ liệu này, kể cả khi máy gần đầy.",
            "The browser has promised to keep this data even when the device is nearly full.",
        ),
        Some(false) => now(
            "Trình duyệt có thể xóa dữ liệu khi máy đầy: hãy gửi mỗi khi có mạng, và thêm trang này vào màn hình chính.",
            "The browser may clear this data when the device is full: send whenever there is a network, and add this page to the home screen.",
        ),
        None => "",
    };
    vec![
        el("p").with([link("change", &Route::List.hash(), t("Về danh sách", "Back to the list"))]),
        el("h1").says(t("Phiếu chưa gửi", "Records not sent")),
        p("", what),
        test(p("hint", promised), "promised"),
        rows(survey, found, RwSignal::new(PAGE), true),
    ]
}

/// Builds what an empty list shows: the reason and what to do.
fn empty(survey: Survey, found: Memo<Vec<Row>>, typed: RwSignal<String>) -> El {
    let s = survey.signals;
    let text = move || {
        if !found.with(Vec::is_empty) {
            ""
        } else if !typed.with(|t| t.trim().is_empty()) {
            now("Không có hộ nào khớp. Hãy gõ ít chữ hơn.", "No household matches. Type fewer letters.")
        } else if s.syncing.get() {
            now("Đang tải danh sách của ấp…", "Fetching the hamlet's list…")
        } else if s.last_sync.get().is_none() || s.trouble.with(Option::is_some) {
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
    test(p("empty", text), "list-empty").attr("aria-live", "polite")
}

fn rows(survey: Survey, found: Memo<Vec<Row>>, shown: RwSignal<usize>, with_place: bool) -> El {
    let rest = move || found.with(Vec::len).saturating_sub(shown.get());
    let list = el("ul").class("rows").made(move || {
        found.with(|rows| rows.iter().take(shown.get()).map(|row| line(survey, row, with_place)).collect())
    });
    let more = move || {
        let words = move || format!("{} ({})", now("Xem thêm", "Show more"), count(rest() as u64));
        vec![test(button("button second", words, move |_| shown.update(|n| *n += PAGE)), "show-more")]
    };
    el("div").with([list, when(move || rest() > 0, more)])
}

/// Builds the row of one record. In the list of what waits it has its place, and the fields that keep it on the device.
fn line(survey: Survey, row: &Row, with_place: bool) -> El {
    let Row { key, hamlet, persons, class, done, removed, due, left, state, .. } = *row;
    let name = if row.name.trim().is_empty() {
        el("strong").class("unnamed").says(t("(chưa có tên)", "(no name yet)"))
    } else {
        el("strong").text(&row.name)
    };
    let address = row.address.clone();
    let people = move || {
        let mut parts = Vec::new();
        let commune = key.subject.commune();
        match commune.and_then(|commune| HamletCode::new(commune, hamlet)) {
            None => parts.push(now("Chưa rõ ấp", "Hamlet not known").to_owned()),
            Some(hamlet) if with_place => parts.push(hamlet.name()),
            Some(_) => {}
        }
        if with_place {
            let commune = commune.and_then(area::commune).map_or("", |c| c.name);
            parts.push(format!("{commune}, {} {}", now("đợt", "round"), key.round));
        }
        if !address.trim().is_empty() {
            parts.push(address.clone());
        }
        if let Some(n) = persons {
            parts.push(format!("{n} {}", now("người", if n == 1 { "person" } else { "people" })));
        }
        parts.join(" · ")
    };
    let todo = || span(t("Chưa xong", "Not done")).class("todo");
    // Of a round with two results, those to be visited are told by the second.
    let of_round = if due { law::last_standard } else { law::standard_for_round };
    let standard = i16::try_from(key.round.year()).ok().and_then(of_round).unwrap_or_else(usual_standard);
    let what = match class {
        _ if removed => vec![span(t("Đã xóa", "Withdrawn"))],
        _ if left.is_some() => vec![span(words::left_name(left))],
        Some(class) if due || done => vec![class_badge(move || class, standard)],
        Some(class) => vec![class_badge(move || class, standard), todo()],
        None => vec![todo()],
    };
    let route = Route::Household(key.subject, with_place.then_some(key.round));
    let fields = row.held.len();
    let link = test(el("a").class("household"), if due { "due-row" } else { "household-row" })
        .attr("href", &route.hash())
        .on("click", move |_| {
            if let Some(place) = survey.signals.place.get_untracked().filter(|_| due) {
                let notebook = survey.notebook(Notebook::clone);
                spawn_local(async move { notebook.carry_over(key, place.round).await });
            }
        })
        .attr("data-id", &key.subject.to_string())
        .attr("data-state", state.word())
        .attr_as("data-class", move || class.map(|class| Cow::Borrowed(class.word())))
        .with([
            el("span").class("who").with([name, el("small").says(people)]),
            el("span")
                .class("what")
                .all(&what)
                .maybe((!due).then(|| state_mark(move || state, move || fields))),
        ]);
    let line = el("li").with([link]);
    if !with_place {
        return line;
    }
    row.held.iter().fold(line, |line, (path, why)| line.with([held(survey, key, path, why)]))
}

/// Builds the message for a field that keeps a record on the device: its value, what is wrong with it, and
/// the buttons to correct or drop it.
fn held(survey: Survey, key: RecordKey, path: &str, why: &Held) -> El {
    let value = survey
        .notebook(|notebook| notebook.doc(&key))
        .and_then(|doc| doc.get(path).cloned())
        .unwrap_or(Value::Null);
    let (of, at, why) = (path.to_owned(), path.to_owned(), why.clone());
    let what = move || format!("{}: {}", words::field_name(&of), words::value_text(&of, &value));
    let says = what.clone();
    let reason = move || words::held_text(&at, key.round, &why);
    let of = path.to_owned();
    let on_drop = move |_| {
        let question =
            format!("{}\n{}", now("Bỏ điều đã gõ ở ô này?", "Drop what was typed in this field?"), what());
        if window().confirm_with_message(&question).unwrap_or(false) {
            survey.notebook(|notebook| notebook.drop_field(key, &of));
        }
    };
    let ways = el("div").class("row").with([
        link("button second", &Route::to_field(key, path), t("Sửa ô này", "Mend the field")),
        test(button("button plain", t("Bỏ ô này", "Drop the field"), on_drop), "drop-field"),
    ]);
    test(notice("warning", &[el("p").with([el("strong").says(says)]), p("", reason), ways]), "held")
        .attr("data-path", path)
}

/// Builds the mark for the state of a record: a shape and a word.
pub(crate) fn state_mark(
    state: impl Fn() -> RecordState + 'static,
    held: impl Fn() -> usize + 'static,
) -> El {
    mark(Rc::new(state), Rc::new(held))
}

fn mark(state: Rc<dyn Fn() -> RecordState>, held: Rc<dyn Fn() -> usize>) -> El {
    let (shape, name) = (state.clone(), state.clone());
    let path = move || match shape() {
        RecordState::Sent => "M3 10.5 8 15.5 17.5 5",
        RecordState::Local => "M5 2h10v16H5zM9 15h2",
        RecordState::Conflict => "M4 7h12M4 13h12M13 3 7 17",
        RecordState::Rejected | RecordState::Held => "M4 4 16 16M16 4 4 16",
    };
    let said = span(move || words::state_name(name(), held()));
    word(el("span").class("state").with([icon(path), said]), "data-state", move || state().word())
}
