//! Figures in the language of the page: `55.821` and `15,55 %` in Vietnamese, `55,821` and `15.55%` in
//! English; and times in words.

use rust_decimal::Decimal;
use soho_shared::report::Cell;
use soho_shared::words::day;

use crate::i18n::Lang;

/// Text where there is no figure, such as a rate of no households.
pub const NONE: &str = "–";

/// Formats a count with separated thousands.
#[must_use]
pub fn count(n: i64, lang: Lang) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(if lang == Lang::Vi { '.' } else { ',' });
        }
        out.push(digit);
    }
    out
}

/// Formats a difference with its sign: `+1.234`, `−56`, `0`.
#[must_use]
pub fn change(n: i64, lang: Lang) -> String {
    if n > 0 { format!("+{}", count(n, lang)) } else { count(n, lang) }
}

/// Formats a difference in words: `tăng 1.234 hộ`, `giảm 1.234 hộ`, `không đổi`.
#[must_use]
pub fn change_in_words(change: i64, unit: (&str, &str), lang: Lang) -> String {
    let n = count(change.abs(), lang);
    let unit = lang.pick(unit.0, unit.1);
    match (change.signum(), lang) {
        (0, _) => lang.pick("không đổi", "no change").to_owned(),
        (1, Lang::Vi) => format!("tăng {n}\u{a0}{unit}"),
        (1, Lang::En) => format!("{n}\u{a0}{unit} more"),
        (_, Lang::Vi) => format!("giảm {n}\u{a0}{unit}"),
        (_, Lang::En) => format!("{n}\u{a0}{unit} fewer"),
    }
}

/// Formats a rate without the percent sign, for columns whose heading has it: `15,55`.
#[must_use]
pub fn rate(percent: Option<Decimal>, lang: Lang) -> String {
    let Some(percent) = percent else { return NONE.to_owned() };
    let text = percent.to_string();
    if lang == Lang::Vi { text.replace('.', ",") } else { text }
}

/// Formats a rate with the percent sign: `15,55 %` (with a no-break space) or `15.55%`.
#[must_use]
pub fn percent(percent: Option<Decimal>, lang: Lang) -> String {
    let sign = match (percent, lang) {
        (None, _) => "",
        (_, Lang::Vi) => "\u{a0}%",
        (_, Lang::En) => "%",
    };
    rate(percent, lang) + sign
}

/// Formats a cell of a table. Rates have no percent sign and amounts no đ, because the heading has them.
#[must_use]
pub fn cell(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(n) | Cell::Dong(n) => count(*n, lang),
        Cell::Percent(percent) => rate(*percent, lang),
        Cell::Date(date) => day(date),
    }
}

/// A moment by the device's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Year, month and day.
    pub day: (u32, u32, u32),
    /// Hour and minute.
    pub time: (u32, u32),
}

impl Moment {
    /// Formats the time: `14:05` today, `14:05 ngày 21/03/2011` on any other day.
    #[must_use]
    pub fn said(self, today: (u32, u32, u32), lang: Lang) -> String {
        let (hour, minute) = self.time;
        if self.day == today { format!("{hour:02}:{minute:02}") } else { self.in_full(lang) }
    }

    /// Formats the time always with its day, for paper.
    #[must_use]
    pub fn in_full(self, lang: Lang) -> String {
        let ((year, month, day), (hour, minute)) = (self.day, self.time);
        let on = if lang == Lang::Vi { "ngày" } else { "on" };
        format!("{hour:02}:{minute:02} {on} {day:02}/{month:02}/{year}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_the_language() {
        for (n, vi, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (55_821, "55.821", "55,821"),
            (-1_234_567, "−1.234.567", "−1,234,567"),
        ] {
            assert_eq!((count(n, Lang::Vi).as_str(), count(n, Lang::En).as_str()), (vi, en));
        }
        assert_eq!([5_600, 0, -5_600].map(|n| change(n, Lang::Vi)), ["+5.600", "0", "−5.600"]);
        let some = Some("15.55".parse().unwrap());
        assert_eq!(percent(some, Lang::Vi), "15,55\u{a0}%");
        assert_eq!(percent(some, Lang::En), "15.55%");
        assert_eq!(rate(Some("6.50".parse().unwrap()), Lang::Vi), "6,50");
        assert_eq!(percent(None, Lang::Vi), NONE);
    }

    #[test]
    fn cells_are_written_by_what_they_hold() {
        for (of, vi, en) in [
            (Cell::Empty, "", ""),
            (Cell::from("15.55"), "15.55", "15.55"),
            (Cell::Count(1_234), "1.234", "1,234"),
            (Cell::Dong(1_234_567), "1.234.567", "1,234,567"),
            (Cell::Percent(None), NONE, NONE),
            (Cell::Date("2011-12-05".to_owned()), "05/12/2011", "05/12/2011"),
        ] {
            assert_eq!((cell(&of, Lang::Vi).as_str(), cell(&of, Lang::En).as_str()), (vi, en), "{of:?}");
        }
    }

    #[test]
    fn times_name_the_day_only_when_it_is_another() {
        let moment = Moment { day: (2011, 3, 21), time: (14, 5) };
        assert_eq!(moment.said((2011, 3, 21), Lang::Vi), "14:05");
        assert_eq!(moment.said((2011, 3, 22), Lang::Vi), "14:05 ngày 21/03/2011");
        assert_eq!(moment.said((2011, 3, 22), Lang::En), "14:05 on 21/03/2011");
    }
}
