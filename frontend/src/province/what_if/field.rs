//! A field for an amount or a percentage. It is read at every keystroke and keeps the text as typed until
//! typing is done.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang};
use soho_frontend::ui::dom::{El, Words};
use soho_frontend::ui::field::{Field, money_text};
use soho_shared::money::{TypedError, Vnd, parse_typed};

use crate::number_text::count;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An amount from 0 to this one.
    Amount(Vnd),
    /// An amount from 0 to this one, or nothing.
    AmountOrNone(Vnd),
    /// A percentage from 0 to 100.
    Percent,
}

/// Reason why a typed text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It is not an amount.
    Amount(TypedError),
    /// It is below 0 or above the greatest value.
    Bounds,
}

/// Builds a field that shows `value` and gives `set` what is typed. While the text cannot be read, `set` gets
/// the value from before typing began, so that a part of a number is not taken for the whole.
pub fn field(
    id: &str,
    label: impl Into<Words>,
    kind: Kind,
    hint: Option<Words>,
    value: impl Fn() -> Option<Vnd> + Copy + 'static,
    set: impl Fn(Option<Vnd>) + 'static,
) -> El {
    // The typed text and the value it gave. Once the value is another, through a slider or the back button,
    // the text is dropped.
    let typed = RwSignal::new(None::<(String, Option<Vnd>)>);
    let before = StoredValue::new(None::<Option<Vnd>>);
    let text = move || typed.get().filter(|(_, made)| *made == value()).map(|(text, _)| text);
    let shown = move || text().unwrap_or_else(|| value().map_or_else(String::new, money_text));
    let mut field = Field::new(id, label, shown, move |text| {
        let first = before.get_value().unwrap_or_else(|| untrack(value));
        before.set_value(Some(first));
        set(kind.read(&text).unwrap_or(first));
        typed.set(Some((text, untrack(value))));
    });
    let wrong = move || text().and_then(|text| kind.read(&text).err());
    field.error =
        Some(Words::from(move || wrong().map_or_else(String::new, |wrong| kind.words(wrong, lang()))));
    let (inputmode, unit) = if kind == Kind::Percent { ("numeric", "%") } else { ("decimal", "đ") };
    field.inputmode = inputmode;
    field.unit = Some(unit.into());
    field.class = "money";
    field.hint = hint;
    field.el().on("change", move |_| {
        before.set_value(None);
        // Typing is done: show the number in its usual form, but leave a wrong text to be seen.
        if untrack(wrong).is_none() {
            typed.set(None);
        }
    })
}

impl Kind {
    /// Reads an amount in the usual forms, `420.000`, `420 nghìn`, `0,42 triệu`, or a percentage.
    fn read(self, text: &str) -> Result<Option<Vnd>, Wrong> {
        let (number, most) = match self {
            Kind::AmountOrNone(_) if text.trim().is_empty() => return Ok(None),
            Kind::Amount(most) | Kind::AmountOrNone(most) => {
                (parse_typed(text).map_err(Wrong::Amount)?, most)
            }
            Kind::Percent => {
                let number = text.trim().trim_end_matches('%').trim_end();
                (number.parse::<u8>().ok().and_then(|n| Vnd::new(n.into())).ok_or(Wrong::Bounds)?, HUNDRED)
            }
        };
        if number < Vnd::ZERO || number > most { Err(Wrong::Bounds) } else { Ok(Some(number)) }
    }

    fn words(self, wrong: Wrong, lang: Lang) -> String {
        let most = match (wrong, self) {
            (Wrong::Amount(error), _) => return error.text(lang),
            (Wrong::Bounds, Kind::Percent) => HUNDRED,
            (Wrong::Bounds, Kind::Amount(most) | Kind::AmountOrNone(most)) => most,
        };
        let most = count(most.get(), lang);
        match lang {
            Lang::Vi => format!("Ghi một số từ 0 đến {most}"),
            Lang::En => format!("Write a number from 0 to {most}"),
        }
    }
}

const HUNDRED: Vnd = Vnd::new(100).expect("within bounds");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_everywhere() {
        let most = Vnd::new(1_300_000).unwrap();
        let read = |kind: Kind, text| kind.read(text).map(|n| n.map(Vnd::get));
        for (text, expected) in [
            (" 420000 ", Ok(Some(420_000))),
            ("420.000", Ok(Some(420_000))),
            ("1.300.000", Ok(Some(1_300_000))),
            ("450 nghìn", Ok(Some(450_000))),
            ("450k", Ok(Some(450_000))),
            ("0,45 triệu", Ok(Some(450_000))),
            ("1tr2", Ok(Some(1_200_000))),
            ("", Err(Wrong::Amount(TypedError::Empty))),
            ("450 ng", Err(Wrong::Amount(TypedError::Unit))),
            ("1.5", Err(Wrong::Amount(TypedError::NotWhole))),
            ("1.300.001", Err(Wrong::Bounds)),
            ("-5", Err(Wrong::Bounds)),
        ] {
            assert_eq!(read(Kind::Amount(most), text), expected, "{text}");
        }
        assert_eq!(read(Kind::AmountOrNone(most), " "), Ok(None));
        for (text, expected) in [
            ("70", Ok(Some(70))),
            ("70 %", Ok(Some(70))),
            ("100", Ok(Some(100))),
            ("101", Err(Wrong::Bounds)),
            ("", Err(Wrong::Bounds)),
            ("7,5", Err(Wrong::Bounds)),
        ] {
            assert_eq!(read(Kind::Percent, text), expected, "{text}");
        }
    }
}
