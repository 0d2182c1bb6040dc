//! The helper that works out an amount from kilograms and a price.

use std::rc::Rc;

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_shared::money::Vnd;

use super::LineForm;
use crate::i18n::{now, t};
use crate::ui::dom::{El, Words, el};
use crate::ui::field::{Field, Typed, money_text, too_small, typed_money};

/// Reads a typed quantity such as `250` or `12,5`, with at most three decimals. Empty is zero.
fn read(typed: &str) -> Option<Decimal> {
    let typed = typed.trim();
    let (whole, part) = typed.split_once([',', '.']).unwrap_or((typed, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() {
        return typed.is_empty().then_some(Decimal::ZERO);
    }
    // Short enough for an `i64`, and without a sign.
    if part.len() > 3 || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let places = u32::try_from(part.len()).ok()?;
    Decimal::try_new(digits.parse().ok()?, places).ok()
}

/// Builds the helper, which writes its product into the field of the amount.
pub(super) fn helper(line: &LineForm) -> El {
    let (id, quantity, price) = (&line.id, line.quantity, line.price);
    let on_amount = line.amount.0.on_input.clone();
    let fill = Rc::new(move || {
        let count = quantity.with_untracked(|t| read(t)).filter(|n| !n.is_zero());
        if let (Some(count), Typed::Value(price)) = (count, price.with_untracked(|t| typed_money(t)))
            && let Some(amount) = Vnd::from_quantity(count, price)
        {
            on_amount(untrack(|| money_text(amount)));
        }
    });
    let bound = |suffix: &str, label: Words, text: RwSignal<String>| {
        let fill = fill.clone();
        let set = move |typed| {
            text.set(typed);
            fill();
        };
        Field::new(format!("{id}-{suffix}"), label, move || text.get(), set)
    };
    let much = t(
        "Thu được bao nhiêu (kể cả phần để ăn), tính bằng kg, con, trái…",
        "How much there was (with what was eaten), in kg, head, pieces…",
    );
    let mut much = bound("quantity", much.into(), quantity);
    much.error = Some(Words::from(move || match quantity.with(|t| read(t)) {
        Some(_) => "",
        None => now("Ghi số, ví dụ 250 hoặc 12,5", "Write a number, for example 250 or 12.5"),
    }));
    much.inputmode = "decimal";
    much.class = "short";
    let mut one = bound("price", t("Giá mỗi kg, con, trái…", "Price of one").into(), price)
        .hint(t(
            "Kết quả được ghi vào ô “Số tiền thu được” ở trên.",
            "The result is written into “Amount received” above.",
        ))
        .money();
    // A kilogram of salt costs less than a thousand.
    one.doubt = Some(Words::from(move || price.with(|t| too_small(t, 100))));
    el("details").class("helper").with([
        el("summary").says(t("Tính giúp: số lượng × giá", "Work it out: quantity × price")),
        much.el(),
        one.el(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_as_typed() {
        for (typed, expected) in [
            ("", Some("0")),
            ("250", Some("250")),
            (" 12,5 ", Some("12.5")),
            ("0.125", Some("0.125")),
            (",5", Some("0.5")),
            ("1,2,3", None),
            (",", None),
            ("-1", None),
            ("1e5", None),
            ("1.2345", None),
            ("1234567890123456", None),
        ] {
            assert_eq!(read(typed).map(|n| n.to_string()).as_deref(), expected, "{typed}");
        }
    }
}
