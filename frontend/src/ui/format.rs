//! Amounts and counts in the language of the page, `1.234.567 đ` or `1,234,567 đ`, and dates, which both
//! languages write as the instruments do: `21/03/2011`.
//!
//! A no-break space ties each unit to its number, so that a figure never breaks over two lines.

use soho_shared::money::Vnd;
use soho_shared::words;

use super::number_text;
use crate::i18n::lang;

/// The no-break space, which ties a unit to its number.
pub const NBSP: char = '\u{a0}';

/// Formats an amount: `1.234.567 đ`.
#[must_use]
pub fn dong(amount: Vnd) -> String {
    words::dong(lang(), amount)
}

/// Formats a count: `358.966`.
#[must_use]
pub fn count(n: u64) -> String {
    number_text::count(i64::try_from(n).unwrap_or(i64::MAX), lang())
}

/// Formats a date: `21/03/2011`.
#[must_use]
pub fn date(year: i16, month: i8, day: i8) -> String {
    format!("{day:02}/{month:02}/{year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_the_instruments_write_them() {
        assert_eq!(date(2011, 3, 21), "21/03/2011");
    }
}
