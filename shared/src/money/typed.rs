//! Amounts as people type them: `1.234.567`, `1 234 567`, `1,2 triệu`, `500k`, `1tr2`, `2 triệu rưỡi`.
//!
//! What could be read two ways is refused with both readings, so that a form can offer them as buttons.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::Vnd;
use crate::lang::Lang;
use crate::text::is_hidden;

/// Reason why a typed amount is refused. Its text says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// Nothing was typed.
    #[error("write an amount, for example 1,200,000 or 1.2 million")]
    Empty,
    /// What was typed is not a number.
    #[error("this is not an amount: write digits, for example 1,200,000 or 1.2 million")]
    NotANumber,
    /// A word stands after the number that is no unit, or in the wrong place.
    #[error("after the number write only thousand (k), million, billion or đồng")]
    Unit,
    /// Dots, commas or spaces stand where no number has them, or the parts of a sum do not fit together.
    #[error("the dots and commas do not fit: write 1,234,567 or 1234567")]
    Separators,
    /// The amount can be read in two ways.
    #[error("this can be read as {} or as {} đồng: write the whole number", english(*one), english(*other))]
    Ambiguous {
        /// The smaller reading.
        one: Vnd,
        /// The larger reading.
        other: Vnd,
    },
    /// The amount is not a whole number of đồng.
    #[error("write whole đồng; for millions add the word: 1.5 million")]
    NotWhole,
    /// The amount is beyond [`Vnd::MAX`].
    #[error("the amount is too large: at most 1,000,000,000,000,000 đồng")]
    TooLarge,
}

/// An amount as English pages group it: `1,234,567`.
fn english(amount: Vnd) -> String {
    amount.to_string().replace('.', ",")
}

impl TypedError {
    /// The message for the person who typed the amount.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        if lang == Lang::En {
            let mut text = self.to_string();
            text[..1].make_ascii_uppercase();
            return text;
        }
        let fixed = match self {
            TypedError::Empty => "Hãy ghi số tiền, ví dụ 1.200.000 hoặc 1,2 triệu",
            TypedError::NotANumber => {
                "Đây không phải số tiền: hãy ghi bằng chữ số, ví dụ 1.200.000 hoặc 1,2 triệu"
            }
            TypedError::Unit => "Sau số chỉ ghi nghìn (k), triệu (tr), tỷ hoặc đồng",
            TypedError::Separators => "Dấu chấm, dấu phẩy chưa đúng chỗ: hãy ghi 1.234.567 hoặc 1234567",
            TypedError::Ambiguous { one, other } => {
                return format!("Có thể hiểu là {one} đồng hoặc {other} đồng: hãy ghi đủ các chữ số");
            }
            TypedError::NotWhole => "Hãy ghi số đồng chẵn; nếu là triệu thì ghi thêm chữ: 1,5 triệu",
            TypedError::TooLarge => "Số tiền quá lớn: nhiều nhất là 1.000.000.000.000.000 đồng",
        };
        fixed.to_owned()
    }
}

const THOUSAND: i64 = 1_000;
const MILLION: i64 = 1_000_000;
const BILLION: i64 = 1_000_000_000;

/// Reads an amount in đồng as people type it.
///
/// Dots, commas or spaces group by three; a comma or a dot that cannot group is decimal: `1.500.000,00` and
/// `1,500,000.00` are the same. Units: `nghìn`, `ngàn`, `k`; `triệu`, `tr`; `tỷ`, `tỉ`; with or without
/// diacritics, in either Unicode form; `thousand`, `million`, `billion`; then `đ`, `đồng`, `vnd` or nothing. `1 triệu 200 nghìn`, `1tr2` and
/// `2 triệu rưỡi` are read as they are spoken; `2 triệu 500 đồng`, which people say for two amounts, is
/// refused with both. A leading `-` makes a loss. The result is exact or an error; it is never rounded.
///
/// # Errors
///
/// [`TypedError`], which says what to write.
///
/// ```
/// use soho_shared::money::{Vnd, parse_typed};
/// assert_eq!(parse_typed("1,2 triệu"), Ok(Vnd::new(1_200_000).unwrap()));
/// assert!(parse_typed("1,234").is_err()); // 1.234 đ, or 1,234 triệu?
/// ```
pub fn parse_typed(typed: &str) -> Result<Vnd, TypedError> {
    let folded = fold(typed);
    let text = folded.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    if text.is_empty() {
        return Err(if negative { TypedError::NotANumber } else { TypedError::Empty });
    }
    let dong = magnitude(text).map_err(|e| match e {
        TypedError::Ambiguous { one, other } if negative => {
            TypedError::Ambiguous { one: -other, other: -one }
        }
        e => e,
    })?;
    Ok(if negative { -dong } else { dong })
}

/// The text in lower case without diacritics, as far as the letters of the unit words go, with one kind of space
/// and one kind of minus. Any other character becomes `?`.
fn fold(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}') && (!is_hidden(*c) || c.is_whitespace()))
        .map(|c| match c {
            '0'..='9' | '.' | ',' | 'a'..='z' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            '-' | '\u{2212}' | '\u{2010}'..='\u{2014}' => '-',
            'đ' | 'Đ' | '\u{d0}' | '\u{f0}' | '₫' => 'd',
            'ê' | 'ệ' | 'Ê' | 'Ệ' => 'e',
            'ì' | 'ỉ' | 'Ì' | 'Ỉ' => 'i',
            'à' | 'ă' | 'À' | 'Ă' => 'a',
            'ỷ' | 'Ỷ' => 'y',
            'ô' | 'ồ' | 'ơ' | 'ỡ' | 'Ô' | 'Ồ' | 'Ơ' | 'Ỡ' => 'o',
            'ư' | 'Ư' => 'u',
            c if c.is_whitespace() => ' ',
            _ => '?',
        })
        .collect()
}

/// The amount of one or more terms, each a number with its unit, the units falling: `1 trieu 200 nghin`.
fn magnitude(text: &str) -> Result<Vnd, TypedError> {
    let mut total = Decimal::ZERO;
    let mut above: Option<i64> = None; // the unit of the term before
    let mut rest = text;
    loop {
        let (digits, after) = split(rest, |b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b' '));
        let (word, after) = split(after, |b| b.is_ascii_alphabetic());
        let (unit, named_dong) = unit(word)?;
        let after = after.trim_start();
        let digits = digits.trim();
        if digits.is_empty() {
            return Err(if above.is_some() { TypedError::Unit } else { TypedError::NotANumber });
        }
        let term = match (above, unit) {
            (None, _) => number(digits, unit)? * Decimal::from(unit.unwrap_or(1)),
            // Spoken: a digit after `triệu` is its tenths, three digits its thousandths. Two digits may be
            // either, and digits with `đồng` after them may be meant as they stand.
            (Some(above), None) if digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                let spoken = Decimal::from(digits.parse::<i64>().map_err(|_| TypedError::NotANumber)?);
                let most = digits.bytes().fold(above, |part, _| part / 10);
                let least = match digits.len() {
                    _ if named_dong => 1,
                    2 => above / 1000,
                    _ => most,
                };
                let reading = |part: i64| spoken * Decimal::from(part);
                if reading(least) != reading(most) {
                    return Err(TypedError::Ambiguous {
                        one: to_vnd(total + reading(least))?,
                        other: to_vnd(total + reading(most))?,
                    });
                }
                reading(most)
            }
            (Some(_), unit) => number(digits, unit)? * Decimal::from(unit.unwrap_or(1)),
        };
        if let Some(above) = above
            && (term >= Decimal::from(above) || !is_multiple(total, above)?)
        {
            return Err(TypedError::Separators);
        }
        total += term;
        if after.is_empty() {
            return to_vnd(total);
        }
        let Some(unit) = unit.filter(|_| !named_dong) else {
            return Err(TypedError::Unit);
        };
        let (word, end) = split(after, |b| b.is_ascii_alphabetic());
        let end = end.trim();
        match word {
            "" => {}
            "ruoi" if (end.is_empty() || is_dong(end)) && is_multiple(total, unit)? => {
                return to_vnd(total + Decimal::from(unit / 2));
            }
            word if is_dong(word) && end.is_empty() => return to_vnd(total),
            _ => return Err(TypedError::Unit),
        }
        above = Some(unit);
        rest = after;
    }
}

fn split(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|b| !belongs(b)).unwrap_or(text.len()))
}

fn is_dong(word: &str) -> bool {
    matches!(word, "d" | "dong" | "vnd")
}

/// The unit a word names, and whether đồng was named with it: `trieu`, `kd`, `d`, or no word at all.
fn unit(word: &str) -> Result<(Option<i64>, bool), TypedError> {
    let named = |word: &str| match word {
        "k" | "nghin" | "ngan" | "thousand" => Some(THOUSAND),
        "tr" | "trieu" | "million" => Some(MILLION),
        "ty" | "ti" | "billion" => Some(BILLION),
        _ => None,
    };
    if word.is_empty() || is_dong(word) {
        return Ok((None, !word.is_empty()));
    }
    if let Some(unit) = named(word) {
        return Ok((Some(unit), false));
    }
    word.strip_suffix('d').and_then(named).map(|unit| (Some(unit), true)).ok_or(TypedError::Unit)
}

/// A number with its separators, before its unit is applied.
fn number(text: &str, unit: Option<i64>) -> Result<Decimal, TypedError> {
    let is_separator = |c: char| matches!(c, '.' | ',' | ' ');
    let separators: Vec<char> = text.chars().filter(|c| is_separator(*c)).collect();
    let groups: Vec<&str> = text.split(is_separator).collect();
    if groups.iter().any(|group| group.is_empty()) {
        return Err(TypedError::Separators);
    }
    let groups_well = |groups: &[&str], separators: &[char]| {
        separators.iter().all(|s| *s == separators[0])
            && (separators.is_empty()
                || (groups[0].len() <= 3
                    && !groups[0].starts_with('0')
                    && groups[1..].iter().all(|group| group.len() == 3)))
    };
    let Some((&last, before)) = separators.split_last() else {
        return decimal(&groups, "");
    };
    let (&fraction, whole) = groups.split_last().ok_or(TypedError::Separators)?;
    let grouped = groups_well(&groups, &separators);
    let fractional = groups_well(whole, before)
        && match last {
            ' ' => false,
            // The other separator groups: `1.500.000,00` here, `1,500,000.00` elsewhere.
            decimal => !before.contains(&decimal),
        };
    match (grouped, fractional) {
        (true, false) => decimal(&groups, ""),
        (false, true) => decimal(whole, fraction),
        (false, false) => Err(TypedError::Separators),
        // One separator and three digits after it.
        (true, true) => match (last, unit) {
            ('.', None) => decimal(&groups, ""),
            (',', Some(MILLION | BILLION)) => decimal(whole, fraction),
            (_, None) => Err(TypedError::Ambiguous {
                one: to_vnd(decimal(&groups, "")?)?,
                other: to_vnd(decimal(whole, fraction)? * Decimal::from(MILLION))?,
            }),
            (_, Some(unit)) => Err(TypedError::Ambiguous {
                one: to_vnd(decimal(whole, fraction)? * Decimal::from(unit))?,
                other: to_vnd(decimal(&groups, "")? * Decimal::from(unit))?,
            }),
        },
    }
}

/// The number that digits write, small enough that a unit can be applied without overflow or loss.
fn decimal(whole: &[&str], fraction: &str) -> Result<Decimal, TypedError> {
    let whole = whole.concat();
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 16 {
        return Err(TypedError::TooLarge);
    }
    if fraction.len() > 9 {
        return Err(TypedError::NotWhole); // even in billions
    }
    let scale = u32::try_from(fraction.len()).map_err(|_| TypedError::NotWhole)?;
    let digits = format!("0{whole}{fraction}").parse::<i128>().map_err(|_| TypedError::NotANumber)?;
    Decimal::try_from_i128_with_scale(digits, scale).map_err(|_| TypedError::TooLarge)
}

fn is_multiple(dong: Decimal, unit: i64) -> Result<bool, TypedError> {
    Ok(to_vnd(dong)?.get() % unit == 0)
}

fn to_vnd(dong: Decimal) -> Result<Vnd, TypedError> {
    if !dong.is_integer() {
        return Err(TypedError::NotWhole);
    }
    dong.to_i64().and_then(Vnd::new).ok_or(TypedError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::TypedError::*;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type() {
        for (typed, dong) in [
            ("1234567", 1_234_567),
            ("1.234.567", 1_234_567),
            ("1,234,567", 1_234_567),
            ("1 234 567", 1_234_567),
            ("1\u{a0}234\u{202f}567 đ", 1_234_567),
            ("  1.234 ", 1_234),
            ("1.234,00", 1_234),
            ("1.500.000,00", 1_500_000),
            ("1,500,000.00", 1_500_000),
            ("1 500 000.00", 1_500_000),
            ("-1,500,000.0", -1_500_000),
            ("19200000.0", 19_200_000),
            ("1,234.5 nghìn", 1_234_500),
            ("0", 0),
            ("007", 7),
            ("-500.000", -500_000),
            ("\u{2212} 500k", -500_000),
            ("1,2 triệu", 1_200_000),
            ("1,2 TRIỆU", 1_200_000),
            ("1,2 trie\u{323}\u{302}u", 1_200_000), // NFD
            ("1,2 tri\u{ea}\u{323}u đo\u{302}\u{300}ng", 1_200_000),
            ("1.2 trieu dong", 1_200_000),
            ("1.5tr", 1_500_000),
            ("1,250 triệu", 1_250_000),
            ("0.500 triệu", 500_000),
            ("0,000001 triệu", 1),
            ("1.234,5 nghìn", 1_234_500),
            ("500 nghìn", 500_000),
            ("500 ngàn đồng", 500_000),
            ("500k", 500_000),
            ("10 million", 10_000_000),
            ("1.2 Million", 1_200_000),
            ("500 thousand", 500_000),
            ("500kđ", 500_000),
            ("500K đ", 500_000),
            ("500000 VNĐ", 500_000),
            ("500.000₫", 500_000),
            ("\u{202d}500.000\u{202c} \u{d0}", 500_000),
            ("2 tỷ", 2_000_000_000),
            ("2 tỉ", 2_000_000_000),
            ("2 tỷ 5", 2_500_000_000),
            ("1tr2", 1_200_000),
            ("1tr200", 1_200_000),
            ("1 triệu 200 nghìn", 1_200_000),
            ("1 triệu 200.000 đ", 1_200_000),
            ("1 triệu 2000 đồng", 1_002_000),
            ("2 triệu 500 nghìn đồng", 2_500_000),
            ("2 triệu 5 nghìn 5", 2_005_500),
            ("1 tỷ 200", 1_200_000_000),
            ("1 tỷ 200 nghìn", 1_000_200_000),
            ("5 nghìn 500 đồng", 5_500),
            ("2 triệu 0 đồng", 2_000_000),
            ("1 tỷ 200 triệu 50 nghìn", 1_200_050_000),
            ("2 triệu rưỡi", 2_500_000),
            ("2 triệu rưỡi đồng", 2_500_000),
            ("1.000.000.000.000.000", 1_000_000_000_000_000),
        ] {
            assert_eq!(parse_typed(typed).map(Vnd::get), Ok(dong), "{typed}");
        }
    }

    #[test]
    fn what_is_refused_and_why() {
        let both = |one, other| Ambiguous { one: Vnd::new(one).unwrap(), other: Vnd::new(other).unwrap() };
        for (typed, error) in [
            ("", Empty),
            (" \u{a0}", Empty),
            ("-", NotANumber),
            ("đ", NotANumber),
            ("--5", NotANumber),
            ("hai triệu", Unit),
            ("１２３", NotANumber),
            ("5 trăm", Unit),
            ("5 triệu triệu", Unit),
            ("5 đ đ", Unit),
            ("5 / tháng", Unit),
            ("1e6", Unit),
            ("1..5", Separators),
            ("1.23.456", Separators),
            ("1.234 567", Separators),
            ("1,234.56", NotWhole),
            ("1.234.5", Separators),
            ("1,234.567.890", Separators),
            ("1 234 5", Separators),
            ("2 triệu đồng 500", Unit),
            ("2 triệu 5 trăm", Unit),
            ("2 triệu 500.5 đồng", NotWhole),
            ("01.234", NotWhole),
            ("12 34", Separators),
            (".5 triệu", Separators),
            ("5,", Separators),
            ("1 nghìn 2 triệu", Separators),
            ("1,5 triệu 200 nghìn", Separators),
            ("1,5", NotWhole),
            ("1.5", NotWhole),
            ("1,5 đ", NotWhole),
            ("0,0001 nghìn", NotWhole),
            ("0,00000000000000000000000000000001 tỷ", NotWhole),
            ("1.000.000.000.000.001", TooLarge),
            ("99999999999999999999999999999999999999999", TooLarge),
            ("1.000.001 tỷ", TooLarge),
            ("1,234", both(1_234, 1_234_000)),
            ("-1,234", both(-1_234_000, -1_234)),
            ("1.500 nghìn", both(1_500, 1_500_000)),
            ("1,500k", both(1_500, 1_500_000)),
            ("1.250 triệu", both(1_250_000, 1_250_000_000)),
            ("1tr20", both(1_020_000, 1_200_000)),
            ("2 triệu 500 đồng", both(2_000_500, 2_500_000)),
            ("2tr500đ", both(2_000_500, 2_500_000)),
            ("2 triệu 5 đồng", both(2_000_005, 2_500_000)),
            ("-2 triệu 50 đ", both(-2_500_000, -2_000_050)),
            ("1 tỷ 200 đồng", both(1_000_000_200, 1_200_000_000)),
            ("1 tỷ 200 triệu 500 đồng", both(1_200_000_500, 1_200_500_000)),
            ("5 nghìn 50 đồng", both(5_050, 5_500)),
        ] {
            assert_eq!(parse_typed(typed), Err(error), "{typed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Whatever numbers stand before them, `triệu` stays millions and `đồng` stays đồng.
        #[test]
        fn no_unit_is_taken_for_another(
            numbers in [0_i64..3_000, 0_i64..3_000, 0_i64..3_000, 0_i64..3_000],
            there in prop::sample::subsequence(vec![0, 1, 2, 3], 1..=4),
            words in prop::sample::select(vec![
                ["tỷ", "triệu", "nghìn", "đồng"],
                ["ty", "tr", "k", "đ"],
                ["Tỉ", "TRIỆU", "ngàn", "VNĐ"],
            ]),
            space in prop::sample::select(vec!["", " ", "\u{a0}"]),
        ) {
            let units = [BILLION, MILLION, THOUSAND, 1];
            let said = there.iter().map(|&at| format!("{}{space}{}", numbers[at], words[at])).collect::<Vec<_>>();
            let meant: i64 = there.iter().map(|&at| numbers[at] * units[at]).sum();
            let said = said.join(" ");
            match parse_typed(&said) {
                Ok(read) => prop_assert_eq!(read.get(), meant, "{}", said),
                // One of its readings is what was said.
                Err(Ambiguous { one, .. }) => prop_assert_eq!(one.get(), meant, "{}", said),
                Err(_) => prop_assert!(there.iter().any(|&at| numbers[at] >= 1_000), "{said}"),
            }
        }

        #[test]
        fn nothing_typed_panics(typed in "[-0-9., \u{a0}đdDrtTkyỷiệuoươỡnghàa]{0,24}|\\PC{0,40}") {
            let _ = parse_typed(&typed);
        }
    }

    #[test]
    fn every_error_says_what_to_write_in_both_languages() {
        for error in [Empty, NotANumber, Unit, Separators, NotWhole, TooLarge] {
            assert_ne!(error.text(Lang::Vi), error.text(Lang::En));
        }
        let error = parse_typed("1,234").unwrap_err();
        assert_eq!(
            error.text(Lang::Vi),
            "Có thể hiểu là 1.234 đồng hoặc 1.234.000 đồng: hãy ghi đủ các chữ số"
        );
    }
}
