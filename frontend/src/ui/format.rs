//! Numbers and dates as they are written in Vietnam: `1.234.567 đ`, `15,55 %`, `21/03/2011`.
//!
//! A no-break space ties each unit to its number, so that a figure never breaks over two lines.

use soho_shared::money::Vnd;

/// The no-break space, which ties a unit to its number.
pub const NBSP: char = '\u{a0}';

/// Formats an amount: `1.234.567 đ`.
#[must_use]
pub fn dong(amount: Vnd) -> String {
    amount.with_unit()
}

/// Formats a count with dots between thousands: `358.966`.
#[must_use]
pub fn count(n: u64) -> String {
    group(&n.to_string())
}

/// Formats a percentage given in hundredths: 1555 is `15,55 %`.
#[must_use]
pub fn percent(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "−" } else { "" };
    let n = hundredths.unsigned_abs();
    format!("{sign}{},{:02}{NBSP}%", group(&(n / 100).to_string()), n % 100)
}

/// Formats a date: `21/03/2011`.
#[must_use]
pub fn date(year: i16, month: i8, day: i8) -> String {
    format!("{day:02}/{month:02}/{year}")
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(358_966), "358.966");
        assert_eq!(count(1_000_000), "1.000.000");
        assert_eq!(percent(1555), "15,55\u{a0}%");
        assert_eq!(percent(-205), "−2,05\u{a0}%");
        assert_eq!(percent(5), "0,05\u{a0}%");
        assert_eq!(date(2011, 3, 21), "21/03/2011");
    }
}
