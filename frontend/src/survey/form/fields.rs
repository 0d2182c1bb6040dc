//! Inputs bound to fields of the record. Every keystroke goes to the notebook, changes by others show at once,
//! and conflicts or refusals stand below the input.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, Words, el, follow};
use soho_frontend::ui::field::{Field, Typed, typed_money};
use soho_frontend::ui::pick::{checkbox, radio_tiles};
use soho_shared::household::field::identity_number;
use soho_shared::money::Vnd;
use soho_shared::record::{FieldConflict, Value, Write};
use soho_shared::text::lines;
use soho_shared::wire::Problem;

use super::pen::Pen;
use crate::builders::{button, notice, p, select, span, test};
use crate::state::Survey;
use crate::words;

/// A pair of functions that turn typed text into a value and back.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(super) read: fn(&str) -> Value,
    pub(super) show: fn(&Value) -> String,
}

pub(super) fn text_of(value: &Value) -> String {
    lines(value.as_text().unwrap_or_default()).into_owned()
}

/// A text, kept as typed except for invisible characters.
pub(crate) const TEXT: Way = Way {
    read: |text| if text.trim().is_empty() { Value::Null } else { (&*lines(text)).into() },
    show: text_of,
};

/// A whole number. Anything else is kept as typed and stays on the device until it is corrected.
pub(crate) const NUMBER: Way = Way {
    read: |text| match text.trim() {
        "" => Value::Null,
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::Int),
    },
    show: |value| value.as_int().map_or_else(|| text_of(value), |n| n.to_string()),
};

/// An amount of money as people type it.
pub(crate) const MONEY: Way = Way {
    read: |text| match typed_money(text) {
        Typed::Empty => Value::Null,
        Typed::Value(amount) => Value::Int(amount.get()),
        Typed::Wrong(_) => text.trim().into(),
    },
    show: |value| match value.as_int() {
        Some(n) => Vnd::new(n).map_or_else(|| n.to_string(), |amount| amount.to_string()),
        None => text_of(value),
    },
};

/// The digits of an identity number, whatever stands between them.
pub(crate) const DIGITS: Way = Way {
    read: |text| {
        let kept = identity_number(text);
        if kept.is_empty() { Value::Null } else { kept.into() }
    },
    show: text_of,
};

/// What an input is about: how its value is read and written, and the fields that can keep it on the device.
pub(super) struct About {
    pub(super) read: Rc<dyn Fn() -> Value>,
    pub(super) write: Rc<dyn Fn(Value)>,
    pub(super) paths: Vec<String>,
}

/// Builds an input for a field.
///
/// The text stays as it was typed (`1,2 triệu`) as long as it means what the record holds. The input says
/// what keeps the field on the device.
pub(crate) fn field(pen: impl Into<Pen>, id: &str, path: &str, label: impl Into<Words>, way: Way) -> Field {
    fn boxed(pen: Pen, id: &str, path: &str, label: Words, way: Way) -> Field {
        let (read, write) = (path.to_owned(), path.to_owned());
        let about = About {
            read: Rc::new(move || pen.value(&read)),
            write: Rc::new(move |value| pen.set(&write, value)),
            paths: vec![path.to_owned()],
        };
        field_about(pen, id, label, way, about)
    }
    boxed(pen.into(), id, path, label.into(), way)
}

/// Builds an input whose value may be that of several fields.
pub(super) fn field_about(pen: Pen, id: &str, label: Words, way: Way, about: About) -> Field {
    let About { read, write, paths } = about;
    let text = RwSignal::new((way.show)(&untrack(|| read())));
    follow(move || {
        let value = read();
        if (way.read)(&text.get_untracked()) != value {
            text.set((way.show)(&value));
        }
    });
    let on_input = move |typed: String| {
        let value = (way.read)(&typed);
        text.set(typed);
        write(value);
    };
    let mut field = Field::new(id, label, move || text.get(), on_input);
    let wrong = Memo::new(move |_| paths.iter().find_map(|path| pen.unfinished(path)).unwrap_or_default());
    field.error = Some(Words::from(move || wrong.get()));
    field
}

/// Builds an input with the conflict or refusal of its field below it.
pub(crate) fn with_dispute(pen: impl Into<Pen>, path: &str, field: Field) -> El {
    el("div").with([field.el(), dispute(pen, path)])
}

/// Builds an input for a line of text.
pub(super) fn text(pen: impl Into<Pen>, id: &str, path: &str, label: impl Into<Words>) -> El {
    let pen = pen.into();
    with_dispute(pen, path, field(pen, id, path, label, TEXT))
}

/// Builds an input for a whole number.
pub(super) fn number(pen: impl Into<Pen>, id: &str, path: &str, label: impl Into<Words>) -> Field {
    let mut number = field(pen, id, path, label, NUMBER);
    number.inputmode = "numeric";
    number.class = "short";
    number
}

/// Builds a check box for a yes-or-no field.
pub(crate) fn tick(pen: impl Into<Pen>, id: &str, path: &str, label: impl Into<Words>) -> El {
    let pen = pen.into();
    let (read, write) = (path.to_owned(), path.to_owned());
    let checked = move || pen.value(&read).is_true();
    let on_change = move |ticked: bool| pen.set(&write, ticked.into());
    el("div").with([checkbox(id, label, checked, on_change), dispute(pen, path)])
}

/// Builds tiles in a row for a field that holds one of a few words, each given with its Vietnamese and English
/// name. The tiles' ids are `<id>-<word>`.
pub(super) fn choice(
    pen: impl Into<Pen>,
    id: &str,
    path: &str,
    legend: impl Into<Words>,
    words: &[(&'static str, &'static str, &'static str)],
) -> El {
    let pen = pen.into();
    let (read, write) = (path.to_owned(), path.to_owned());
    let tile = |&(word, vi, en): &(&'static str, &'static str, &'static str)| {
        Tile::new(format!("{id}-{word}"), word, t(vi, en))
    };
    let value = move || text_of(&pen.value(&read));
    let pick = move |word: &'static str| pen.set(&write, word.into());
    let tiles = radio_tiles(id, legend, words.iter().map(tile).collect(), value, pick, "inline");
    el("div").with([tiles, dispute(pen, path)])
}

/// Builds a drop-down list for a field that holds one of a few words.
pub(super) fn word_of(
    pen: impl Into<Pen>,
    id: &str,
    path: &str,
    label: impl Into<Words>,
    options: Vec<(&'static str, Words)>,
) -> El {
    let pen = pen.into();
    let (read, write) = (path.to_owned(), path.to_owned());
    let value = move || text_of(&pen.value(&read));
    let pick = move |word: String| {
        pen.set(&write, if word.is_empty() { Value::Null } else { word.into() });
    };
    el("div").with([select(id, label, options, value, pick), dispute(pen, path)])
}

/// Returns the options of a drop-down list, of which the first stands for nothing said.
pub(super) fn options(words: &[(&'static str, &'static str, &'static str)]) -> Vec<(&'static str, Words)> {
    let all = std::iter::once(&("", "(chưa ghi)", "(not stated)")).chain(words);
    all.map(|&(word, vi, en)| (word, Words::from(t(vi, en)))).collect()
}

/// Builds what is disputed about a field: the values of several people, or a refusal, each with what to do. At a
/// field of the head it also shows what is disputed about the one that earlier versions write.
pub(crate) fn dispute(pen: impl Into<Pen>, path: &str) -> El {
    fn one(pen: Pen, path: &str) -> El {
        let (of, about) = (path.to_owned(), path.to_owned());
        let found = Memo::new(move |_| pen.trouble(&of));
        el("div").attr("data-field", path).made(move || {
            let (conflict, problem) = found.get();
            let conflict = conflict.map(|conflict| conflict_box(pen.survey, &about, conflict));
            let refusal = problem.map(|problem| refusal(pen.survey, &about, problem));
            conflict.into_iter().chain(refusal).collect()
        })
    }
    let pen = pen.into();
    let own = one(pen, path);
    match pen.before(path) {
        Some(before) => el("div").with([own, one(pen, before)]),
        None => own,
    }
}

fn refusal(survey: Survey, path: &str, problem: Problem) -> El {
    let what = t("Máy chủ không nhận điều ghi ở đây. ", "The server does not take what is written here. ");
    let next = t(
        "Phiếu vẫn ở trên máy này. Sửa ô này thì máy tự gửi lại.",
        "The record is still on this device. Mend the field and it is sent again.",
    );
    let path = path.to_owned();
    let why = move || words::problem_text(&problem);
    let said = el("p").with([el("strong").says(what), span(why)]);
    let on_drop = move |_| {
        if let Some(key) = survey.open.with_untracked(|open| open.as_ref().map(|open| open.key)) {
            survey.notebook(|notebook| notebook.drop_field(key, &path));
        }
    };
    let drop = button("button second", t("Bỏ điều đã gõ ở đây", "Drop what was typed here"), on_drop);
    test(notice("failure", &[said, p("", next), test(drop, "drop-field")]), "refusal")
}

/// Builds the choice between values that two people wrote without having seen each other's; one tap decides.
pub(crate) fn conflict_box(survey: Survey, path: &str, conflict: FieldConflict) -> El {
    let choice = |write: Write, stands: bool| {
        let (path, shown) = (path.to_owned(), path.to_owned());
        let (value, chosen, time) = (write.value.clone(), write.value, write.time);
        let label = move || {
            let what = if stands { now("Giữ", "Keep") } else { now("Lấy", "Take") };
            format!("{what}: {}", words::value_text(&shown, &value))
        };
        let at = move || format!("{} {}", now("ghi lúc", "written at"), words::time(time));
        let pick = button("button second", "", move |_| survey.set(&path, chosen.clone()));
        test(pick, "resolve")
            .attr("data-stands", if stands { "true" } else { "false" })
            .with([span(label), el("small").says(at)])
    };
    let mut buttons = vec![choice(conflict.standing, true)];
    buttons.extend(conflict.lost.into_iter().map(|write| choice(write, false)));
    let what = t("Hai người ghi khác nhau ở đây. ", "Two people wrote different things here. ");
    let kept = t("Cả hai đều được giữ cho đến khi chọn một.", "Both are kept until one is chosen.");
    let said = el("p").with([el("strong").says(what), span(kept)]);
    test(el("div").class("conflict"), "conflict")
        .with([notice("warning", &[said, el("div").class("row").all(&buttons)])])
}
