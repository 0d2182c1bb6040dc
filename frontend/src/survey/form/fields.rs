//! Inputs bound to fields of the record. Every keystroke goes to the notebook, changes by others show at once,
//! and conflicts or refusals stand below the input.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::Held;
use soho_frontend::ui::dom::{El, Words, el, follow};
use soho_frontend::ui::field::{Field, Typed, typed_money};
use soho_frontend::ui::pick::checkbox;
use soho_shared::household::field::identity_number;
use soho_shared::money::Vnd;
use soho_shared::record::{Doc, FieldConflict, Value, Write};
use soho_shared::text::lines;
use soho_shared::wire::Problem;

use crate::builders::{button, notice, p, span, test, when};
use crate::state::Survey;
use crate::words;

/// A pair of functions that turn typed text into a value and back.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    read: fn(&str) -> Value,
    show: fn(&Value) -> String,
}

fn text_of(value: &Value) -> String {
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

/// Builds an input for a field.
///
/// The text stays as it was typed (`1,2 triệu`) as long as it means what the record holds. The input says
/// what keeps the field on the device.
pub(crate) fn field(survey: Survey, id: &str, path: &str, label: impl Into<Words>, way: Way) -> Field {
    bound(survey, id, path, label.into(), way)
}

fn bound(survey: Survey, id: &str, path: &str, label: Words, way: Way) -> Field {
    let (path, of) = (path.to_owned(), path.to_owned());
    let first = untrack(|| survey.value(&path)).map_or(String::new(), |value| (way.show)(&value));
    let text = RwSignal::new(first);
    let read = path.clone();
    follow(move || {
        let value = survey.value(&read).unwrap_or(Value::Null);
        if (way.read)(&text.get_untracked()) != value {
            text.set((way.show)(&value));
        }
    });
    let on_input = move |typed: String| {
        let value = (way.read)(&typed);
        text.set(typed);
        survey.set(&path, value);
    };
    let mut field = Field::new(id, label, move || text.get(), on_input);
    field.error = Some(Words::from(move || {
        survey.open.with(|open| {
            let open = open.as_ref();
            let held = open.and_then(|open| Some((open, open.held.iter().find(|(field, _)| *field == of)?)));
            match held {
                Some((open, (_, why @ Held::Unfinished(_)))) => words::held_text(&of, open.key.round, why),
                _ => String::new(),
            }
        })
    }));
    field
}

/// Builds an input with the conflict or refusal of its field below it.
pub(crate) fn with_dispute(survey: Survey, path: &str, field: Field) -> El {
    el("div").with([field.el(), dispute(survey, path)])
}

/// Builds an input for a line of text.
pub(crate) fn text(survey: Survey, id: &str, path: &str, label: impl Into<Words>) -> El {
    with_dispute(survey, path, field(survey, id, path, label, TEXT))
}

/// Builds an input for a whole number.
pub(crate) fn number(survey: Survey, id: &str, path: &str, label: impl Into<Words>) -> Field {
    let mut number = field(survey, id, path, label, NUMBER);
    number.inputmode = "numeric";
    number.class = "short";
    number
}

/// Builds a check box for a yes-or-no field.
pub(crate) fn tick(survey: Survey, id: &str, path: &str, label: impl Into<Words>) -> El {
    let (read, write) = (path.to_owned(), path.to_owned());
    let checked = move || survey.value(&read).is_some_and(|value| value.is_true());
    let on_change = move |ticked: bool| survey.set(&write, ticked);
    el("div").with([checkbox(id, label, checked, on_change), dispute(survey, path)])
}

/// Builds what is disputed about a field: the values of several people, or a refusal, each with what to do.
pub(crate) fn dispute(survey: Survey, path: &str) -> El {
    let (of, about) = (path.to_owned(), path.to_owned());
    let conflict: Memo<Vec<FieldConflict>> = Memo::new(move |_| {
        survey.open.with(|open| {
            let doc = open.as_ref().map(|open| &open.doc).filter(|doc| doc.in_conflict(&of));
            let mut conflicts = doc.map(Doc::conflicts).unwrap_or_default();
            conflicts.retain(|conflict| conflict.field.as_str() == of);
            conflicts
        })
    });
    let conflicts = el("div")
        .made(move || conflict.get().into_iter().map(|found| conflict_box(survey, &about, found)).collect());
    let (of, about) = (path.to_owned(), path.to_owned());
    let refused = move || refused(survey, &of).is_some();
    let refusal = when(refused, move || vec![refusal(survey, &about)]);
    el("div").attr("data-field", path).with([conflicts, refusal])
}

/// Returns why the server refused a field of the record on the screen.
fn refused(survey: Survey, path: &str) -> Option<Problem> {
    survey.open.with(|open| {
        open.iter().flat_map(|open| &open.held).find_map(|(field, why)| match why {
            Held::Refused(problem) if field == path => Some(problem.clone()),
            _ => None,
        })
    })
}

fn refusal(survey: Survey, path: &str) -> El {
    let what = t("Máy chủ không nhận điều ghi ở đây. ", "The server does not take what is written here. ");
    let next = t(
        "Phiếu vẫn ở trên máy này. Sửa ô này thì máy tự gửi lại.",
        "The record is still on this device. Mend the field and it is sent again.",
    );
    let (of, path) = (path.to_owned(), path.to_owned());
    let why = move || refused(survey, &of).map_or(String::new(), |problem| words::problem_text(&problem));
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
