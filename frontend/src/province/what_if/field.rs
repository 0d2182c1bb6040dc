//! A field for a whole number: understood at every keystroke, kept as typed until it is done.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang};
use soho_frontend::ui::dom::{El, Words};
use soho_frontend::ui::field::Field;
use soho_shared::money::Vnd;

/// A field for a number from 0 to `most`; `set` is told what is typed, nothing when the field is empty.
pub fn field(
    id: &str,
    label: impl Into<Words>,
    unit: &'static str,
    most: Vnd,
    hint: Option<Words>,
    value: impl Fn() -> Option<Vnd> + 'static,
    set: impl Fn(Option<Vnd>) + 'static,
) -> El {
    let typed = RwSignal::new(None::<String>);
    let shown =
        move || typed.get().unwrap_or_else(|| value().map_or_else(String::new, |value| value.to_string()));
    let mut field = Field::new(id, label, shown, move |text| {
        if let Ok(number) = read(&text, most) {
            set(number);
        }
        typed.set(Some(text));
    });
    field.error = Some(Words::from(move || {
        let is_wrong = typed.with(|typed| typed.as_ref().is_some_and(|text| read(text, most).is_err()));
        match lang() {
            _ if !is_wrong => String::new(),
            Lang::Vi => format!("Ghi một số từ 0 đến {most}"),
            Lang::En => format!("Write a number from 0 to {most}"),
        }
    }));
    field.inputmode = "numeric";
    field.unit = Some(unit.into());
    field.class = "money";
    field.hint = hint;
    // Done: the number in its usual form.
    field.el().on("change", move |_| typed.set(None))
}

/// `420.000`, `420000`, `420 000`; nothing for an empty field. Dots anywhere but between thousands could mean
/// something else.
fn read(text: &str, most: Vnd) -> Result<Option<Vnd>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let groups: Vec<&str> = text.split(['.', ',', ' ', '\u{a0}']).collect();
    let is_grouped = groups.iter().skip(1).all(|group| group.len() == 3) && groups[0].len() <= 3;
    if groups.len() > 1 && !is_grouped {
        return Err(());
    }
    if !groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit())) {
        return Err(());
    }
    let number = groups.concat().parse::<u32>().ok().and_then(|n| Vnd::new(n.into()));
    number.filter(|n| *n <= most).map(Some).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_read() {
        let most = Vnd::new(1_300_000).unwrap();
        for (text, expected) in [
            ("", Ok(None)),
            (" 420000 ", Ok(Some(420_000))),
            ("420.000", Ok(Some(420_000))),
            ("1.300.000", Ok(Some(1_300_000))),
            ("420,500", Ok(Some(420_500))),
            ("1.5", Err(())),
            ("1300.000", Err(())),
            ("1.300.001", Err(())),
            ("-5", Err(())),
            ("+5", Err(())),
            ("1 tr", Err(())),
            ("99999999999999999999", Err(())),
        ] {
            assert_eq!(read(text, most).map(|n| n.map(Vnd::get)), expected, "{text}");
        }
    }
}
