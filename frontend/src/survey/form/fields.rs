//! Inputs bound to a field of the record: every keystroke goes to the desk, and what others change comes
//! back. Under each stands what is in dispute about it.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::Held;
use soho_frontend::ui::field::{Typed, typed_money};
use soho_frontend::ui::{Checkbox, Notice, TextField, Tone};
use soho_shared::money::Vnd;
use soho_shared::sync::{Value, Write};

use crate::state::Survey;
use crate::words;

/// How a typed text becomes a value, and back.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    read: fn(&str) -> Value,
    show: fn(&Value) -> String,
}

/// A text, kept as typed.
pub(crate) const TEXT: Way = Way {
    read: |text| if text.trim().is_empty() { Value::Null } else { text.into() },
    show: |value| value.as_text().unwrap_or_default().to_owned(),
};

/// A whole number. What is not one is kept as typed: it stays on the device until it is mended.
pub(crate) const NUMBER: Way = Way {
    read: |text| match text.trim() {
        "" => Value::Null,
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::Int),
    },
    show: |value| match value {
        Value::Int(n) => n.to_string(),
        other => other.as_text().unwrap_or_default().to_owned(),
    },
};

/// An amount of money, typed as people do.
pub(crate) const MONEY: Way = Way {
    read: |text| match typed_money(text) {
        Typed::Empty => Value::Null,
        Typed::Value(amount) => Value::Int(amount.get()),
        Typed::Wrong(_) => text.trim().into(),
    },
    show: |value| match value {
        Value::Int(n) => Vnd::new(*n).map_or_else(|| n.to_string(), |amount| amount.to_string()),
        other => other.as_text().unwrap_or_default().to_owned(),
    },
};

/// The digits of an identity number, whatever stands between them.
pub(crate) const DIGITS: Way = Way {
    read: |text| {
        let kept: String = text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
        if kept.is_empty() { Value::Null } else { kept.into() }
    },
    show: |value| value.as_text().unwrap_or_default().to_owned(),
};

/// A field as typed text: what it holds, and what to call at each keystroke.
///
/// The text stays as typed (`1,2 triệu`) as long as it means what the record holds.
pub(crate) fn typed(survey: Survey, path: &str, way: Way) -> (Signal<String>, Callback<String>) {
    let path = path.to_owned();
    let first = untrack(|| survey.value(&path)).map_or(String::new(), |value| (way.show)(&value));
    let text = RwSignal::new(first);
    let value = Memo::new({
        let path = path.clone();
        move |_| survey.value(&path).unwrap_or(Value::Null)
    });
    Effect::new(move || {
        let value = value.get();
        if (way.read)(&text.get_untracked()) != value {
            text.set((way.show)(&value));
        }
    });
    let on_input = Callback::new(move |typed: String| {
        let value = (way.read)(&typed);
        text.set(typed);
        survey.set(&path, value);
    });
    (text.into(), on_input)
}

/// A line of text.
#[component]
pub(crate) fn Text(
    survey: Survey,
    #[prop(into)] id: String,
    #[prop(into)] path: String,
    #[prop(into)] label: TextProp,
    #[prop(optional, into)] hint: TextProp,
) -> impl IntoView {
    let (value, on_input) = typed(survey, &path, TEXT);
    view! {
        <TextField id=id label=label hint=hint value=value on_input=on_input />
        <Dispute survey=survey path=path />
    }
    .into_any()
}

/// A whole number within bounds.
#[component]
pub(crate) fn Number(
    survey: Survey,
    #[prop(into)] id: String,
    #[prop(into)] path: String,
    #[prop(into)] label: TextProp,
    #[prop(optional, into)] hint: TextProp,
    min: u32,
    max: u32,
) -> impl IntoView {
    let (value, on_input) = typed(survey, &path, NUMBER);
    let error = Signal::derive(move || {
        match value.with(|text| soho_frontend::ui::field::typed_number(text, min, max)) {
            Typed::Wrong(_) => {
                format!("{} {min} {} {max}", now("Phải là số từ", "Must be a number from"), now("đến", "to"))
            }
            _ => String::new(),
        }
    });
    view! {
        <TextField id=id label=label hint=hint value=value on_input=on_input error=error inputmode="numeric" class="short" />
        <Dispute survey=survey path=path />
    }
    .into_any()
}

/// A yes or no.
#[component]
pub(crate) fn Tick(
    survey: Survey,
    #[prop(into)] id: String,
    #[prop(into)] path: String,
    #[prop(into)] label: TextProp,
) -> impl IntoView {
    let (read, write) = (path.clone(), path.clone());
    let checked = Signal::derive(move || survey.value(&read).is_some_and(|value| value.is_true()));
    view! {
        <Checkbox id=id label=label checked=checked on_change=move |ticked: bool| survey.set(&write, ticked) />
        <Dispute survey=survey path=path />
    }
    .into_any()
}

/// What is in dispute about a field: values of several people, or a refusal; each with what to do.
#[component]
pub(crate) fn Dispute(survey: Survey, #[prop(into)] path: String) -> impl IntoView {
    let of = path.clone();
    let conflict = Memo::new(move |_| {
        survey.open.with(|open| {
            let open = open.as_ref()?;
            if !open.doc.in_conflict(&of) {
                return None;
            }
            open.doc
                .conflicts()
                .into_iter()
                .find(|conflict| conflict.field.as_str() == of)
                .map(|c| (c.standing, c.lost))
        })
    });
    let of = path.clone();
    let refused = Memo::new(move |_| {
        survey.open.with(|open| {
            let held = open.as_ref()?.held.iter().find(|(field, _)| *field == of)?;
            match &held.1 {
                Held::Refused(problem) => Some(problem.clone()),
                Held::Unfinished(_) => None,
            }
        })
    });
    let path = StoredValue::new(path);
    view! {
        {move || conflict.get().map(|(standing, lost)| view! {
            <Conflict survey=survey path=path.get_value() standing=standing lost=lost />
        })}
        {move || refused.get().map(|problem| view! {
            <div data-testid="refusal">
                <Notice tone=Tone::Failure>
                    <p>
                        <strong>{t("Máy chủ không nhận điều ghi ở đây. ", "The server does not take what is written here. ")}</strong>
                        {words::problem_text(&problem)}
                    </p>
                    <p>{t("Phiếu vẫn ở trên máy này. Sửa ô này thì máy tự gửi lại.", "The record is still on this device. Mend the field and it is sent again.")}</p>
                </Notice>
            </div>
        })}
    }
    .into_any()
}

/// Two people wrote different things without having seen each other's: one tap decides.
#[component]
pub(crate) fn Conflict(survey: Survey, path: String, standing: Write, lost: Vec<Write>) -> impl IntoView {
    let choice = move |write: Write, stands: bool| {
        let (path, shown) = (path.clone(), path.clone());
        let (value, chosen, stamp) = (write.value.clone(), write.value, write.stamp);
        let label = move || {
            let what = if stands { now("Giữ", "Keep") } else { now("Lấy", "Take") };
            format!("{what}: {}", words::value_text(&shown, &value))
        };
        let at = move || format!("{} {}", now("ghi lúc", "written at"), words::time(stamp.millis()));
        view! {
            <button
                type="button"
                class="button second"
                data-testid="resolve"
                data-stands=stands.to_string()
                on:click=move |_| survey.set(&path, chosen.clone())
            >
                <span>{label} <small>{at}</small></span>
            </button>
        }
    };
    let mut buttons = vec![choice(standing, true)];
    buttons.extend(lost.into_iter().map(|write| choice(write, false)));
    view! {
        <div class="conflict" data-testid="conflict">
            <Notice tone=Tone::Warning>
                <p>
                    <strong>{t("Hai người ghi khác nhau ở đây. ", "Two people wrote different things here. ")}</strong>
                    {t("Cả hai đều được giữ cho đến khi chọn một.", "Both are kept until one is chosen.")}
                </p>
                <div class="row">{buttons}</div>
            </Notice>
        </div>
    }
    .into_any()
}
