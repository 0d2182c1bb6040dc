//! The values of cells, as people type them into spreadsheets: numbers as texts, dates in several forms or only a year, marks.

use soho_shared::area::Residence;
use soho_shared::fold::fold;
use soho_shared::household::field::identity_number;
use soho_shared::household::{Cause, Sex};
use soho_shared::lang::Lang;
use soho_shared::money::{Vnd, parse_typed};
use soho_shared::record::Round;
use soho_shared::standard::{Class, Note};
use soho_shared::text::{is_hyphen, one_line};
use soho_shared::wire::imports::TextEncoding;
use unicode_normalization::UnicodeNormalization;

use super::book::{Cell, whole};
use super::encoding::{Font, has_signs};
use super::note;

/// How the texts of a column are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// As was asked for.
    pub(super) asked: Option<TextEncoding>,
    /// The encoding in which the column looks as if it was written.
    pub(super) suspected: Option<TextEncoding>,
}

/// The text of a cell on one line, in NFC and with single spaces; empty where there is none.
pub(super) fn text(cell: &Cell, reading: Reading) -> Result<String, Note> {
    let shown = match cell {
        Cell::Empty => return Ok(String::new()),
        Cell::Number(number) => return Ok(digits(*number)),
        Cell::Date(day) => return Ok(day.iso.clone()),
        Cell::Bool(is) => return Ok(if *is { "x" } else { "0" }.to_owned()),
        Cell::Text(text) => shown(text, reading.asked.and_then(Font::of), reading)?,
        Cell::Old(font, text) => shown(text, reading.asked.map_or(Some(*font), Font::of), reading)?,
    };
    Ok(one_line(&shown).split_whitespace().collect::<Vec<_>>().join(" "))
}

fn shown(text: &str, font: Option<Font>, reading: Reading) -> Result<String, Note> {
    if let Some(font) = font {
        return font.shown(text).ok_or_else(|| {
            let name = font.encoding().name();
            note(
                format!("chữ này không phải bảng mã {name}, hoặc lẫn hai bảng mã: hãy gõ lại bằng Unicode"),
                format!("this text is not in {name}, or two encodings are mixed: type it anew in Unicode"),
            )
        });
    }
    let looks_old = reading.asked.is_none() && reading.suspected.is_some() && !text.is_ascii();
    if looks_old || has_signs(text) {
        let name = reading.suspected.map_or("TCVN3, VNI", TextEncoding::name);
        return Err(note(
            format!("chữ này gõ bằng phông cũ ({name}): hãy chọn bảng mã của cột rồi xem lại"),
            format!(
                "this was typed with an old font ({name}): choose the encoding of the column and look again"
            ),
        ));
    }
    Ok(text.nfc().collect())
}

/// A number as it would be typed.
fn digits(number: f64) -> String {
    whole(number).map_or_else(|| number.to_string(), |whole| whole.to_string())
}

/// A whole number, such as of people: `5`, `5 người`, `1.234`.
pub(super) fn count(cell: &Cell, reading: Reading) -> Result<Option<i64>, Note> {
    let wrong = || note("hãy ghi một số, ví dụ 5", "write a number, like 5");
    if let Cell::Number(number) = cell {
        return whole(*number).map(Some).ok_or_else(wrong);
    }
    let typed = text(cell, reading)?;
    let folded = fold(&typed);
    let units = ["nguoi", "nhan khau", "khau", "ho"];
    let digits = units.iter().find_map(|unit| folded.strip_suffix(*unit)).unwrap_or(&folded).trim();
    if is_blank(digits) {
        return Ok(None);
    }
    if typed.starts_with(is_hyphen) {
        return Err(wrong());
    }
    let groups: Vec<&str> = digits.split(['.', ',', ' ']).collect();
    let is_grouped =
        groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    let number = groups.concat();
    let is_number = is_grouped && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| is_number).map(Some).ok_or_else(wrong)
}

/// A unit in which a column has its amounts, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Đồng.
    Dong,
    /// Thousands.
    Thousand,
    /// Millions.
    Million,
}

impl Unit {
    /// The unit that a head names.
    pub(super) fn of(head: &str) -> Self {
        let head = fold(head);
        let names = |words: &[&str]| words.iter().any(|word| head.contains(word));
        if names(&["trieu", "million"]) {
            Unit::Million
        } else if names(&["1.000", "1000", "1 000", "1,000", "nghin", "ngan", "thousand"]) {
            Unit::Thousand
        } else {
            Unit::Dong
        }
    }

    const fn dong(self) -> i32 {
        match self {
            Unit::Dong => 1,
            Unit::Thousand => 1_000,
            Unit::Million => 1_000_000,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Unit::Dong => "",
            Unit::Thousand => " nghìn",
            Unit::Million => " triệu",
        }
    }
}

/// An amount in đồng.
pub(super) fn money(cell: &Cell, reading: Reading, unit: Unit) -> Result<Option<Vnd>, Note> {
    if let Cell::Number(number) = cell {
        let dong = number * f64::from(unit.dong());
        // What a spreadsheet has worked out may be off by less than it shows.
        let amount =
            Some(dong.round()).filter(|round| (round - dong).abs() < 0.01).and_then(whole).and_then(Vnd::new);
        return amount.map(Some).ok_or_else(|| {
            note(
                "số tiền phải là số đồng chẵn và không quá lớn",
                "an amount is in whole đồng, and not too large",
            )
        });
    }
    let text = text(cell, reading)?;
    if is_blank(&fold(&text)) {
        return Ok(None);
    }
    let has_unit = text.chars().any(char::is_alphabetic);
    let typed = if has_unit { text } else { format!("{text}{}", unit.word()) };
    let amount = parse_typed(&typed).map(Some);
    amount.map_err(|error| note(error.text(Lang::Vi), error.text(Lang::En)))
}

/// When somebody was born: the day, or only the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Birth {
    /// The year.
    Year(i64),
    /// The day: `1950-03-01`.
    Day(String),
}

impl Birth {
    /// The year.
    pub(super) fn year(&self) -> Option<i64> {
        match self {
            Birth::Year(year) => Some(*year),
            Birth::Day(day) => day.get(..4).and_then(|year| year.parse().ok()),
        }
    }
}

/// Numbers that are years, and not the days of a spreadsheet, which are counted from 1900.
const YEARS: std::ops::RangeInclusive<i64> = 1_850..=2_100;

/// A date or year of birth: `1950`, `1/3/1950`, `01-03-1950`, `1950-03-01`, `3/1950`, or a spreadsheet's own date.
pub(super) fn birth(cell: &Cell, reading: Reading, round: Round) -> Result<Option<Birth>, Note> {
    let wrong = || {
        let last = round.year();
        note(
            format!("hãy ghi năm sinh đủ bốn số, hoặc ngày/tháng/năm, không sau năm {last}"),
            format!("write the year of birth in four digits, or day/month/year, not after {last}"),
        )
    };
    let serial = |serial: i64| -> Option<Birth> {
        // A year typed into a cell that shows dates is kept as a day of 1905, when nobody in a survey was born.
        if YEARS.contains(&serial) { Some(Birth::Year(serial)) } else { day_of(serial).map(Birth::Day) }
    };
    let found = match cell {
        Cell::Number(number) => whole(*number).and_then(serial),
        Cell::Date(day) => match day.serial {
            Some(number) if YEARS.contains(&number) => Some(Birth::Year(number)),
            _ => Some(Birth::Day(day.iso.clone())),
        },
        _ => {
            let text = text(cell, reading)?;
            if is_blank(&fold(&text)) {
                return Ok(None);
            }
            typed_birth(&text)
        }
    };
    let last = i64::from(round.year());
    let is_sound = |birth: &Birth| birth.year().is_some_and(|year| *YEARS.start() <= year && year <= last);
    found.filter(is_sound).map(Some).ok_or_else(wrong)
}

fn typed_birth(text: &str) -> Option<Birth> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let number = |text: &str| -> Option<i16> {
        let is_number = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    let date = |year: &str, month: &str, day: &str| {
        let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
        let date = jiff::civil::Date::new(number(year)?, month, day).ok()?;
        Some(Birth::Day(date.to_string()))
    };
    match parts[..] {
        [year] if year.len() == 4 => Some(Birth::Year(number(year)?.into())),
        [month, year] if year.len() == 4 && (1..=12).contains(&number(month)?) => {
            Some(Birth::Year(number(year)?.into()))
        }
        [day, month, year] if year.len() == 4 => date(year, month, day),
        [year, month, day] if year.len() == 4 => date(year, month, day),
        _ => None,
    }
}

/// The day that a spreadsheet keeps under a number.
fn day_of(serial: i64) -> Option<String> {
    let first = jiff::civil::date(1899, 12, 30);
    let day = first.checked_add(jiff::Span::new().try_days(serial).ok()?).ok()?;
    (serial > 60).then(|| day.to_string())
}

/// A quarter of a year: `1`, `I`, `Quý I`, `Q1/2011`, or a day of it. `3/2011` may be a month, and is not taken.
pub(super) fn quarter(cell: &Cell, reading: Reading, year: u16) -> Result<Option<u8>, Note> {
    let found = match cell {
        Cell::Number(number) => whole(*number).and_then(quarter_of),
        Cell::Date(day) => day.serial.and_then(quarter_of).or_else(|| quarter_of_day(&day.iso)),
        _ => {
            let text = text(cell, reading)?;
            if is_blank(&fold(&text)) {
                return Ok(None);
            }
            match typed_birth(&text) {
                Some(Birth::Day(day)) => quarter_of_day(&day),
                _ => typed_quarter(&text),
            }
        }
    };
    match found {
        None => Err(note(
            format!("hãy ghi quý như Quý I/{year}, hoặc ngày như 15/3/{year}"),
            format!("write the quarter like Quý I/{year}, or a day like 15/3/{year}"),
        )),
        Some((_, Some(of))) if of != year => Err(note(
            format!("đây là năm {of}: đợt này chỉ nhận hỗ trợ của năm {year}"),
            format!("this is of {of}: into this round go supports of {year} alone"),
        )),
        Some((quarter, _)) => Ok(Some(quarter)),
    }
}

/// A quarter, with its year where that is said.
type Quarter = (u8, Option<u16>);

/// The quarter that a number is, by itself or as a spreadsheet's day.
fn quarter_of(number: i64) -> Option<Quarter> {
    match number {
        1..=4 => Some((u8::try_from(number).ok()?, None)),
        // A year alone is neither.
        _ if YEARS.contains(&number) => None,
        _ => quarter_of_day(&day_of(number)?),
    }
}

/// The quarter of a day like `2011-03-15`.
fn quarter_of_day(iso: &str) -> Option<Quarter> {
    let month: u8 = iso.get(5..7)?.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some((month.div_ceil(3), Some(iso.get(..4)?.parse().ok()?)))
}

fn typed_quarter(text: &str) -> Option<Quarter> {
    let folded = fold(text);
    let said: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !matches!(*word, "" | "quy" | "q" | "quarter" | "nam"))
        .map(|word| word.strip_prefix("quy").or_else(|| word.strip_prefix('q')).unwrap_or(word))
        .collect();
    let quarter = match *said.first()? {
        "1" | "01" | "i" => 1,
        "2" | "02" | "ii" => 2,
        "3" | "03" | "iii" => 3,
        "4" | "04" | "iv" => 4,
        _ => return None,
    };
    let is_named = folded.starts_with('q') || said[0].starts_with('i');
    match said[1..] {
        [] => Some((quarter, None)),
        [year] if is_named && year.len() == 4 => Some((quarter, Some(year.parse().ok()?))),
        _ => None,
    }
}

/// Yes or no: a mark, `có`, `không`.
pub(super) fn yes_or_no(text: &str) -> Result<Option<bool>, Note> {
    match fold(text).as_str() {
        "x" | "v" | "✓" | "✔" | "co" | "1" | "yes" | "true" | "dung" | "*" | "+" => Ok(Some(true)),
        "0" | "khong" | "no" | "false" => Ok(Some(false)),
        text if is_blank(text) => Ok(None),
        _ => Err(note("hãy ghi x, Có hoặc Không", "write x, yes or no")),
    }
}

/// The sex, by its word or its number on the forms (1 nam, 2 nữ).
pub(super) fn sex(text: &str) -> Result<Option<Sex>, Note> {
    match fold(text).as_str() {
        "nam" | "trai" | "male" | "m" | "1" | "ong" => Ok(Some(Sex::Male)),
        "nu" | "gai" | "female" | "f" | "2" | "ba" => Ok(Some(Sex::Female)),
        text if is_blank(text) => Ok(None),
        _ => Err(note("hãy ghi Nam hoặc Nữ", "write Nam or Nữ")),
    }
}

/// An identity number; one that a spreadsheet has kept as a number gets back the zeros it has lost.
pub(super) fn identity(cell: &Cell, reading: Reading) -> Result<Option<String>, Note> {
    let typed = text(cell, reading)?;
    let folded = fold(&typed);
    if is_blank(&folded)
        || folded.starts_with("khong")
        || folded.starts_with("chua")
        || folded.starts_with("mat")
    {
        return Ok(None);
    }
    let number = identity_number(&typed);
    let number = match (cell, number.len()) {
        (Cell::Number(_), 8) => format!("{number:0>9}"),
        (Cell::Number(_), 10 | 11) => format!("{number:0>12}"),
        _ => number,
    };
    Ok(Some(number))
}

/// Whether it lives in a rural or an urban area.
pub(super) fn residence(text: &str) -> Result<Option<Residence>, Note> {
    let folded = fold(text);
    if is_blank(&folded) {
        Ok(None)
    } else if folded.contains("nong thon") || folded == "rural" {
        Ok(Some(Residence::Rural))
    } else if folded.contains("thanh thi") || folded == "urban" {
        Ok(Some(Residence::Urban))
    } else {
        Err(note("hãy ghi Nông thôn hoặc Thành thị", "write rural or urban"))
    }
}

/// What a class is called in lists; `Err` where it cannot be told, as of a household that has escaped poverty.
pub(super) fn class(text: &str) -> Result<Option<Class>, Note> {
    let folded = fold(text);
    let says = |word: &str| folded.contains(word);
    if let Some(class) = Class::from_word(&folded.replace(' ', "_")) {
        return Ok(Some(class));
    }
    match folded.as_str() {
        "n" | "hn" => return Ok(Some(Class::Poor)),
        "cn" | "hcn" => return Ok(Some(Class::NearPoor)),
        text if is_blank(text) => return Ok(None),
        _ => {}
    }
    if !says("thoat") {
        if folded.starts_with("khong") {
            return Ok(Some(Class::Above));
        }
        if says("can ngheo") {
            return Ok(Some(Class::NearPoor));
        }
        if says("trung binh") || says("130") || says("thu nhap thap") {
            return Ok(Some(Class::LowIncome));
        }
        if says("ngheo") {
            return Ok(Some(Class::Poor));
        }
    }
    Err(note(
        "chưa rõ hạng này nên không so sánh: hãy ghi Nghèo, Cận nghèo hoặc Không nghèo",
        "this class is not known, so it is not compared: write Nghèo, Cận nghèo or Không nghèo",
    ))
}

/// Words by which a cause is known, beside its own.
const CAUSES: [(Cause, &[&str]); 4] = [
    (
        Cause::LackOfMeans,
        &[
            "thieu von",
            "khong co von",
            "thieu dat",
            "khong dat",
            "khong co dat",
            "thieu tu lieu",
            "thieu phuong tien",
        ],
    ),
    (
        Cause::LackOfLabour,
        &[
            "thieu lao dong",
            "khong co lao dong",
            "an theo",
            "dong con",
            "khong co viec",
            "thieu viec",
            "that nghiep",
        ],
    ),
    (
        Cause::LackOfKnowHow,
        &[
            "khong biet cach",
            "khong biet lam",
            "chua biet",
            "tay nghe",
            "kinh nghiem",
            "te nan",
            "chay luoi",
            "luoi",
            "kien thuc",
        ],
    ),
    (
        Cause::Other,
        &[
            "nguyen nhan khac",
            "khac",
            "neo don",
            "tan tat",
            "khuyet tat",
            "om dau",
            "benh",
            "gia yeu",
            "gia ca",
            "rui ro",
        ],
    ),
];

/// The main cause: of several in one cell the first. `Err` where it is none of the plan's four.
pub(super) fn cause(text: &str) -> Result<Option<Cause>, Note> {
    let folded = fold(text);
    if is_blank(&folded) {
        return Ok(None);
    }
    let named = Cause::ALL.into_iter().find(|cause| {
        folded.replace(' ', "_") == cause.word()
            || folded == fold(cause.name_vi())
            || folded == fold(cause.name_en())
    });
    let first = CAUSES.iter().filter_map(|(cause, words)| {
        let place = words.iter().filter_map(|word| folded.find(word)).min()?;
        Some((place, *cause))
    });
    let found = named.or_else(|| first.min_by_key(|(place, _)| *place).map(|(_, cause)| cause));
    found.map(Some).ok_or_else(|| {
        note(
            "nguyên nhân này không thuộc bốn nhóm của kế hoạch nên không ghi",
            "this cause is none of the plan's four, so it is not written",
        )
    })
}

/// Whether a text, small and without marks, says that there is nothing.
fn is_blank(folded: &str) -> bool {
    folded.chars().all(|c| matches!(c, '-' | '.' | '_' | '/' | ' ' | '…'))
        || matches!(folded, "khong ro" | "null" | "n/a")
}

#[cfg(test)]
mod tests {
    use super::super::book::Day;
    use super::*;

    const PLAIN: Reading = Reading { asked: None, suspected: None };

    fn cell(text: &str) -> Cell {
        Cell::text(text, None)
    }

    fn date(iso: &str, serial: Option<i64>) -> Cell {
        Cell::Date(Box::new(Day { iso: iso.to_owned(), serial }))
    }

    #[test]
    fn births_in_every_form() {
        let year = |year| Some(Birth::Year(year));
        let day = |day: &str| Some(Birth::Day(day.to_owned()));
        let round = Round::new(2011).unwrap();
        for (cell, expected) in [
            (cell("1950"), year(1950)),
            (Cell::Number(1950.0), year(1950)),
            (cell("01/03/1950"), day("1950-03-01")),
            (cell("1/3/1950"), day("1950-03-01")),
            (cell("1-3-1950"), day("1950-03-01")),
            (cell("01.03.1950"), day("1950-03-01")),
            (cell("1950-03-01"), day("1950-03-01")),
            (cell("3/1950"), year(1950)),
            (date("1950-03-01", Some(18_323)), day("1950-03-01")),
            (Cell::Number(18_323.0), day("1950-03-01")),
            // A year in a cell that shows dates.
            (date("1905-05-03", Some(1950)), year(1950)),
            (date("1950-03-01", None), day("1950-03-01")),
            (cell(" - "), None),
            (Cell::Empty, None),
        ] {
            assert_eq!(birth(&cell, PLAIN, round), Ok(expected), "{cell:?}");
        }
        for wrong in [
            "12/5/54",
            "05/25/1950",
            "31/02/1950",
            "2012",
            "1790",
            "khoảng 1950",
            "54",
            "1950-13-01",
            "13/1950",
        ] {
            assert!(birth(&cell(wrong), PLAIN, round).is_err(), "{wrong}");
        }
        assert!(birth(&Cell::Number(1950.5), PLAIN, round).is_err());
        assert!(birth(&Cell::Number(-4e300), PLAIN, round).is_err());
    }

    #[test]
    fn quarters_in_every_form() {
        for (typed, expected) in [
            (cell("1"), Some(1)),
            (cell("II"), Some(2)),
            (cell("iv"), Some(4)),
            (cell("Quý I"), Some(1)),
            (cell("QUÝ 3"), Some(3)),
            (cell("Quý III/2011"), Some(3)),
            (cell("quý 2 năm 2011"), Some(2)),
            (cell("Q1/2011"), Some(1)),
            (cell("q4-2011"), Some(4)),
            (cell("I/2011"), Some(1)),
            (cell("15/3/2011"), Some(1)),
            (cell("01.04.2011"), Some(2)),
            (cell("2011-12-31"), Some(4)),
            (Cell::Number(2.0), Some(2)),
            (Cell::Number(40_617.0), Some(1)),
            (date("2011-09-30", Some(40_816)), Some(3)),
            (date("2011-10-01", None), Some(4)),
            // A quarter in a cell that shows dates.
            (date("1900-01-03", Some(3)), Some(3)),
            (cell("-"), None),
            (Cell::Empty, None),
        ] {
            assert_eq!(quarter(&typed, PLAIN, 2011), Ok(expected), "{typed:?}");
        }
        for (wrong, words) in [
            (cell("5"), "Quý I/2011"),
            (cell("V"), "Quý I/2011"),
            (cell("cả năm"), "Quý I/2011"),
            (cell("quý"), "Quý I/2011"),
            (cell("Quý I, II"), "Quý I/2011"),
            // A month or a quarter.
            (cell("3/2011"), "Quý I/2011"),
            (cell("31/2/2011"), "Quý I/2011"),
            (Cell::Number(2_011.0), "Quý I/2011"),
            (Cell::Number(f64::NAN), "Quý I/2011"),
            (Cell::Number(-3.0), "Quý I/2011"),
            (cell("Quý I/2012"), "năm 2012"),
            (cell("Q2 2010"), "năm 2010"),
            (cell("15/3/2010"), "năm 2010"),
            (date("2012-01-01", None), "năm 2012"),
        ] {
            let why = quarter(&wrong, PLAIN, 2011).unwrap_err();
            assert!(why.vi.contains(words), "{wrong:?}: {}", why.vi);
        }
    }

    #[test]
    fn numbers_as_people_type_them() {
        for (typed, expected) in [
            (cell("5"), Some(5)),
            (cell("05"), Some(5)),
            (cell("5 người"), Some(5)),
            (cell("1.234"), Some(1_234)),
            (Cell::Number(4.0), Some(4)),
            (Cell::Empty, None),
            (cell("-"), None),
        ] {
            assert_eq!(count(&typed, PLAIN), Ok(expected), "{typed:?}");
        }
        for wrong in
            [cell("năm"), cell("5-6"), cell("-5"), cell("1.23"), Cell::Number(4.5), Cell::Number(f64::NAN)]
        {
            assert!(count(&wrong, PLAIN).is_err(), "{wrong:?}");
        }
        let dong = |dong| Ok(Some(Vnd::new(dong).unwrap()));
        for (typed, unit, expected) in [
            (cell("1.234.567"), Unit::Dong, dong(1_234_567)),
            (cell("1,2 triệu"), Unit::Dong, dong(1_200_000)),
            (cell("1,2 triệu"), Unit::Thousand, dong(1_200_000)),
            (cell("400"), Unit::Thousand, dong(400_000)),
            (cell("4,5"), Unit::Million, dong(4_500_000)),
            (Cell::Number(400.0), Unit::Thousand, dong(400_000)),
            (Cell::Number(4.1), Unit::Million, dong(4_100_000)),
            (Cell::Number(4_800_000.0), Unit::Dong, dong(4_800_000)),
            (cell(""), Unit::Dong, Ok(None)),
        ] {
            assert_eq!(money(&typed, PLAIN, unit), expected, "{typed:?}");
        }
        for (wrong, unit) in [
            (cell("1.500"), Unit::Thousand),
            (cell("1,234"), Unit::Dong),
            (cell("nhiều"), Unit::Dong),
            (Cell::Number(0.5), Unit::Dong),
            (Cell::Number(1e18), Unit::Dong),
            (Cell::Number(f64::INFINITY), Unit::Dong),
        ] {
            assert!(money(&wrong, PLAIN, unit).is_err(), "{wrong:?}");
        }
        let units = ["Thu nhập (1.000 đ)", "Thu nhập (triệu đồng)", "Thu nhập"].map(Unit::of);
        assert_eq!(units, [Unit::Thousand, Unit::Million, Unit::Dong]);
    }

    #[test]
    fn words_as_lists_have_them() {
        assert_eq!(
            (sex("Nữ"), sex("nam"), sex("2"), sex("")),
            (Ok(Some(Sex::Female)), Ok(Some(Sex::Male)), Ok(Some(Sex::Female)), Ok(None))
        );
        assert!(sex("0").is_err() && sex("?").is_err());
        assert_eq!(
            (yes_or_no("X"), yes_or_no("Có"), yes_or_no("không"), yes_or_no("")),
            (Ok(Some(true)), Ok(Some(true)), Ok(Some(false)), Ok(None))
        );
        assert!(yes_or_no("thương binh").is_err());
        for (text, expected) in [
            ("Nghèo", Some(Class::Poor)),
            ("Hộ nghèo", Some(Class::Poor)),
            ("Tái nghèo", Some(Class::Poor)),
            ("Cận nghèo", Some(Class::NearPoor)),
            ("CN", Some(Class::NearPoor)),
            ("Không nghèo", Some(Class::Above)),
            ("Trên 130% đến 150%", Some(Class::LowIncome)),
            ("near poor", Some(Class::NearPoor)),
            ("", None),
        ] {
            assert_eq!(class(text), Ok(expected), "{text}");
        }
        assert!(class("Thoát nghèo").is_err() && class("A").is_err());
        for (text, expected) in [
            ("Thiếu vốn sản xuất", Some(Cause::LackOfMeans)),
            ("Đông con, thiếu vốn", Some(Cause::LackOfLabour)),
            ("Già yếu, neo đơn", Some(Cause::Other)),
            ("Thiếu tư liệu sản xuất, vốn, đất sản xuất, phương tiện sản xuất", Some(Cause::LackOfMeans)),
            ("Nguyên nhân khác (đối tượng không hoạt động kinh tế, neo đơn, tàn tật)", Some(Cause::Other)),
            ("", None),
        ] {
            assert_eq!(cause(text), Ok(expected), "{text}");
        }
        assert!(cause("do số phận").is_err());
        let number = |cell| identity(&cell, PLAIN);
        assert_eq!(number(cell("320 123 456")), Ok(Some("320123456".to_owned())));
        assert_eq!(number(Cell::Number(20_123_456.0)), Ok(Some("020123456".to_owned())));
        assert_eq!(number(Cell::Number(83_123_456_789.0)), Ok(Some("083123456789".to_owned())));
        assert_eq!(number(cell("không có")), Ok(None));
    }

    #[test]
    fn a_text_with_signs_of_an_old_font_is_not_taken() {
        let asked = |asked| Reading { asked: Some(asked), suspected: None };
        let read = |text: &str, reading| super::text(&cell(text), reading).ok();
        assert_eq!(read("  Nguye\u{302}\u{303}n\n Văn  A ", PLAIN).as_deref(), Some("Nguyễn Văn A"));
        assert_eq!(read("NguyÔn V¨n A", PLAIN), None);
        assert_eq!(read("NguyÔn V¨n A", asked(TextEncoding::Tcvn3)).as_deref(), Some("Nguyễn Văn A"));
        assert_eq!(read("NguyÔn V¨n A", asked(TextEncoding::Vni)), None);
        assert_eq!(read("NguyÔn V¨n A", asked(TextEncoding::Unicode)), None);
        // In a column that looks old, a text without a sign cannot be told from one in Unicode.
        let suspected = Reading { asked: None, suspected: Some(TextEncoding::Tcvn3) };
        assert_eq!((read("BÐ", suspected), read("Lan", suspected).as_deref()), (None, Some("Lan")));
        let old = Cell::text("BÐ", Font::named(".VnTime"));
        assert_eq!(super::text(&old, PLAIN).ok().as_deref(), Some("Bé"));
        assert_eq!(super::text(&old, asked(TextEncoding::Unicode)).ok().as_deref(), Some("BÐ"));
    }
}
