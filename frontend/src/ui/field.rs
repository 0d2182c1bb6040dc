//! Labelled inputs. Above the input stand the label, an optional hint, and what is wrong with what would be
//! right; below it stands what was understood.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use soho_shared::money::{TypedError, Vnd, parse_typed};
use soho_shared::text::one_line;
use wasm_bindgen::JsCast as _;

use super::dom::{El, Words, el};
use super::format::dong;
use crate::i18n::{Lang, lang, now, t};

/// The meaning of a text typed into a number field. An empty field is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T, E> {
    /// Nothing was typed.
    Empty,
    /// The value that was understood.
    Value(T),
    /// Not a number, or out of bounds, with the reason.
    Wrong(E),
}

impl<T, E> Typed<T, E> {
    /// Returns the value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Typed::Value(value) => Some(value),
            Typed::Empty | Typed::Wrong(_) => None,
        }
    }
}

/// Reads an amount of money as people type it: `1.234.567`, `1234567`, `1,2 triệu`.
#[must_use]
pub fn typed_money(text: &str) -> Typed<Vnd, TypedError> {
    if text.trim().is_empty() {
        return Typed::Empty;
    }
    match parse_typed(text) {
        Ok(amount) => Typed::Value(amount),
        Err(error) => Typed::Wrong(error),
    }
}

/// Reads a whole number between `min` and `max`, both included.
#[must_use]
pub fn typed_number(text: &str, min: u32, max: u32) -> Typed<u32, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Typed::Empty;
    }
    match text.parse() {
        Ok(n) if (min..=max).contains(&n) => Typed::Value(n),
        _ => Typed::Wrong(()),
    }
}

/// Returns what is wrong with a whole number that must lie between `min` and `max`; empty when nothing is.
#[must_use]
pub fn number_error(text: &str, min: u32, max: u32) -> String {
    match (typed_number(text, min, max), lang()) {
        (Typed::Wrong(()), Lang::Vi) => format!("Số phải từ {min} đến {max}"),
        (Typed::Wrong(()), Lang::En) => format!("The number must be from {min} to {max}"),
        _ => String::new(),
    }
}

/// Returns the question about an amount above zero and under `least` đồng, which can hardly be meant: `15` for
/// 15 thousand. Empty for any other.
#[must_use]
pub fn too_small(typed: &str, least: i64) -> String {
    match typed_money(typed) {
        Typed::Value(amount) if (1..least).contains(&amount.get()) => format!(
            "{} {}",
            dong(amount),
            now(
                "thì ít quá: có thiếu “nghìn” hay “triệu” không?",
                "is very little: is “thousand” or “million” missing?"
            )
        ),
        _ => String::new(),
    }
}

/// Returns an amount as it is written into a field. Typed, `420,000` has two readings, so in English the number
/// stands without separators.
#[must_use]
pub fn money_text(amount: Vnd) -> String {
    if lang() == Lang::Vi { amount.to_string() } else { amount.get().to_string() }
}

/// Returns what was typed times a unit, such as `triệu`. `None` where that is no amount, or one so large that the
/// number is whole already.
fn times_unit(typed: &str, unit: &str) -> Option<Vnd> {
    let amount = typed_money(&[typed, " ", unit].concat()).value()?;
    (amount > Vnd::ZERO && amount.get() < 1_000_000_000).then_some(amount)
}

/// A labelled input, described; [`Field::el`] builds it. Parts that are `None` are not shown.
#[derive(Clone)]
pub struct Field {
    /// The input's id; its messages are `<id>-hint`, `<id>-error` and `<id>-note`.
    pub id: String,
    /// Label of the input.
    pub label: Words,
    /// One line of help under the label.
    pub hint: Option<Words>,
    /// Text that the input holds.
    pub value: Words,
    /// Called at every keystroke with the text, without its invisible characters.
    pub on_input: Rc<dyn Fn(String)>,
    /// What is wrong; empty when nothing is.
    pub error: Option<Words>,
    /// What was understood; empty when there is nothing to say.
    pub note: Option<Words>,
    /// Why what was typed can hardly be meant; empty when it can. It is asked once the input is left, and one tap
    /// keeps what was typed.
    pub doubt: Option<Words>,
    /// Keyboard that a phone shows: `text`, `numeric`, `decimal`, `tel` or `search`.
    pub inputmode: &'static str,
    /// Text after the input, such as `đ`.
    pub unit: Option<Words>,
    /// Extra CSS class of the whole field: `short` for small numbers.
    pub class: &'static str,
    /// Builds the buttons beside the input. Known of fields for money alone, so that a screen without one does not bring along
    /// how money is read.
    chips: Option<Chips>,
}

type Chips = fn(&El, &Words, &Rc<dyn Fn(String)>) -> [El; 2];

impl Field {
    /// Describes a line of text.
    pub fn new(
        id: impl Into<String>,
        label: impl Into<Words>,
        value: impl Into<Words>,
        on_input: impl Fn(String) + 'static,
    ) -> Self {
        Field {
            id: id.into(),
            label: label.into(),
            hint: None,
            value: value.into(),
            on_input: Rc::new(on_input),
            error: None,
            note: None,
            doubt: None,
            inputmode: "text",
            unit: None,
            class: "",
            chips: None,
        }
    }

    /// Describes a line of text whose value is a signal.
    pub fn of(id: impl Into<String>, label: impl Into<Words>, text: RwSignal<String>) -> Self {
        Field::new(id, label, move || text.get(), move |typed| text.set(typed))
    }

    /// Adds a line of help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Words>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes it a field for an amount of money. The text is kept as typed, and what was understood stands
    /// below; read the text with [`typed_money`]. Beside the input are buttons for thousands and millions, which a
    /// pad of numbers has no letters for.
    #[must_use]
    pub fn money(mut self) -> Self {
        let (read, again, small) = (self.value.clone(), self.value.clone(), self.value.clone());
        self.error = Some(Words::from(move || match typed_money(&read.get()) {
            Typed::Wrong(error) => error.text(lang()),
            Typed::Value(amount) if amount < Vnd::ZERO => now(
                "Số tiền không được âm. Nếu lỗ, ghi chi phí lớn hơn tiền thu",
                "The amount cannot be below zero. For a loss, write costs larger than what was earned",
            )
            .to_owned(),
            _ => String::new(),
        }));
        self.note = Some(Words::from(move || match typed_money(&again.get()) {
            Typed::Value(amount) if amount >= Vnd::ZERO => format!("= {}", dong(amount)),
            _ => String::new(),
        }));
        self.doubt = Some(Words::from(move || too_small(&small.get(), 1_000)));
        self.inputmode = "decimal";
        self.unit = Some("đ".into());
        self.class = "money";
        self.chips = Some(chips);
        self
    }

    /// Makes it a field for a whole number between `min` and `max`. Read the text with [`typed_number`].
    #[must_use]
    pub fn number(mut self, min: u32, max: u32) -> Self {
        let read = self.value.clone();
        self.error = Some(Words::from(move || number_error(&read.get(), min, max)));
        self.inputmode = "numeric";
        self.class = "short";
        self
    }

    /// Builds the element.
    #[must_use]
    pub fn el(self) -> El {
        let id = &self.id;
        let mut described = String::new();
        let mut message = |suffix: &str, class: &str, words: Option<Words>| {
            words.map(|words| {
                let message = format!("{id}-{suffix}");
                let p = el("p").id(&message).class(class).says(move || words.get());
                described = format!("{described}{message} ");
                p
            })
        };
        // The text that is asked about: none while it is being typed, nor once it is kept.
        let asked = RwSignal::new(String::new());
        let read = self.value.clone();
        let doubt = self.doubt.map(|doubt| {
            Words::from(move || -> Cow<'static, str> {
                let is_asked = asked.with(|asked| !asked.is_empty() && *asked == *read.get());
                if is_asked { doubt.get() } else { Cow::Borrowed("") }
            })
        });
        let keep = doubt.clone().map(|doubt| {
            el("button")
                .attr("type", "button")
                .class("button second")
                .id(&format!("{id}-keep"))
                .says(t("Đúng, giữ số này", "Right, keep it"))
                .flag("hidden", move || doubt.get().is_empty())
                .on("click", move |_| asked.set(String::new()))
        });
        let hint = message("hint", "hint", self.hint);
        let error = message("error", "error", self.error.clone()).map(|p| p.attr("aria-live", "polite"));
        let note = message("note", "note", self.note).map(|p| p.attr("aria-live", "polite"));
        let doubt = message("doubt", "doubt", doubt).map(|p| p.attr("aria-live", "polite"));
        let wrong = move || self.error.as_ref().is_some_and(|words| !words.get().is_empty());
        let invalid = wrong.clone();
        let (value, on_input) = (self.value.clone(), self.on_input.clone());
        let mut input = el("input")
            .attr("type", "text")
            .id(id)
            .attr("inputmode", self.inputmode)
            .attr("autocomplete", "off")
            .attr("autocapitalize", "off")
            .attr("spellcheck", "false")
            .attr_as("aria-invalid", move || invalid().then_some(Cow::Borrowed("true")));
        if !described.is_empty() {
            input = input.attr("aria-describedby", described.trim_end());
        }
        let typed = move |event| on_input(one_line(&event_target_value(&event)).into_owned());
        let mut input = input.value(self.value.clone()).on("input", typed);
        if keep.is_some() {
            input = input.on("change", move |_| asked.set(untrack(|| value.get()).into_owned()));
        }
        let unit = self.unit.map(|unit| el("span").class("unit").attr("aria-hidden", "true").says(unit));
        let mut row = el("div").class("input").with([input.clone()]).maybe(unit);
        if let Some(chips) = self.chips {
            row = row.with(chips(&input, &self.value, &self.on_input));
        }
        el("div")
            .class(&format!("field {}", self.class))
            .class_if("wrong", wrong)
            .with([el("label").attr("for", id).says(self.label)])
            .maybe(hint)
            .maybe(error)
            .with([row])
            .maybe(note)
            .maybe(doubt)
            .maybe(keep)
    }
}

/// Builds the buttons that multiply what was typed.
fn chips(input: &El, value: &Words, on_input: &Rc<dyn Fn(String)>) -> [El; 2] {
    [("nghìn", "thousand"), ("triệu", "million")].map(|(unit, en)| {
        let (input, value, on_input) = (input.clone(), value.clone(), on_input.clone());
        let product = Rc::new(move || times_unit(&value.get(), unit));
        let offered = product.clone();
        el("button")
            .attr("type", "button")
            .class("chip")
            .says(t(unit, en))
            .flag("disabled", move || offered().is_none())
            .on("click", move |_| {
                if let Some(amount) = untrack(|| product()) {
                    on_input(untrack(|| money_text(amount)));
                    // Fails only for an input that is gone.
                    let _ = input.node().unchecked_ref::<web_sys::HtmlElement>().focus();
                }
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_multiplies_what_was_typed_until_the_number_is_whole() {
        for (typed, unit, amount) in [
            ("15", "triệu", Some(15_000_000)),
            ("1,2", "triệu", Some(1_200_000)),
            ("500", "nghìn", Some(500_000)),
            ("150000", "nghìn", Some(150_000_000)),
            ("", "triệu", None),
            ("0", "triệu", None),
            ("-5", "nghìn", None),
            ("15 triệu", "triệu", None),
            ("1.200.000", "nghìn", None),
            ("500.000", "nghìn", None),
            ("15.000.000", "triệu", None),
        ] {
            assert_eq!(times_unit(typed, unit).map(Vnd::get), amount, "{typed} {unit}");
        }
    }
}
