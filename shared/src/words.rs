//! Names of fields and of their values, as people read them; amounts, days and citations too.

use crate::calendar::{Every, Sender};
use crate::explain::{class_name, square_metres};
use crate::household::field::Kind;
use crate::household::{
    Allowance, Cause, CertificateNumber, Joined, Occupation, Recognised, Signatory, field,
};
use crate::income::{IncomeSource, Rhythm};
use crate::lang::Lang;
use crate::law::{standard, standards_of_round};
use crate::money::Vnd;
use crate::record::{Doc, Round, Value};
use crate::standard::{Class, Note};

pub use crate::money::dong;
pub use crate::standard::cited;

/// A stored day as both languages write it: `20/03/2023` for `2023-03-20`. What is no day stays as it is.
#[must_use]
pub fn day(text: &str) -> String {
    match text.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => text.to_owned(),
    }
}

/// The name of a field. A field that this version does not know is named after its list (members, income), or
/// else by its path.
#[must_use]
pub fn field_name(lang: Lang, path: &str) -> &str {
    match (field::known(path), path.split('/').next()) {
        (Some((_, _, vi, en)), _) => lang.pick(vi, en),
        (None, Some("members")) => lang.pick("Người trong hộ", "Member"),
        (None, Some("income")) => lang.pick("Thu nhập", "Income"),
        _ => path,
    }
}

/// A field's value as people read it: yes or no, an amount with its unit, a day, a word's name.
#[must_use]
pub fn value_text(lang: Lang, path: &str, value: &Value) -> String {
    let kind = field::known(path).map(|(_, kind, ..)| kind);
    match (value, kind) {
        (Value::Null, _) => lang.pick("(để trống)", "(empty)").to_owned(),
        (Value::Bool(true), _) => lang.pick("có", "yes").to_owned(),
        (Value::Bool(false), _) => lang.pick("không", "no").to_owned(),
        (Value::Int(n), Some(Kind::Money | Kind::Paid)) => {
            Vnd::new(*n).map_or_else(|| n.to_string(), |amount| dong(lang, amount))
        }
        (Value::Int(n), _) if path == field::FLOOR_AREA_DM2 => square_metres(lang, *n),
        (Value::Int(n), _) => n.to_string(),
        (Value::Text(text), Some(Kind::Date | Kind::BirthDate)) => day(text),
        (Value::Text(text), Some(_)) => {
            word(lang, path, text).map_or_else(|| field::shown(path, text).into_owned(), ToOwned::to_owned)
        }
        (Value::Text(text), None) => field::shown(path, text).into_owned(),
        (Value::List(_) | Value::Map(_), _) => {
            lang.pick("(dữ liệu của phiên bản mới hơn)", "(data of a newer version)").to_owned()
        }
    }
}

/// The name of the word that a field holds, such as a source or a class; `None` where it is a text of its own.
fn word(lang: Lang, path: &str, text: &str) -> Option<&'static str> {
    if path.starts_with(field::CERTIFICATE) {
        let recognised = || Recognised::from_word(text).map(|recognised| recognised.name(lang));
        return match text {
            field::WITHDRAWN => Some(lang.pick("đã thu hồi", "withdrawn")),
            _ => recognised(),
        };
    }
    if path == field::RECOGNITION_CHAIR {
        return Signatory::from_word(text).map(|signatory| signatory.name(lang));
    }
    Some(match path.rsplit('/').next()? {
        "source" => IncomeSource::from_word(text)?.name(lang),
        "rhythm" => Rhythm::from_word(text)?.name(lang),
        "occupation" => Occupation::from_word(text)?.name(lang),
        "allowance" => Allowance::from_word(text)?.name(lang),
        "joined" => Joined::from_word(text)?.name(lang),
        "main_cause" => {
            let cause = Cause::from_word(text)?;
            lang.pick(cause.name_vi(), cause.name_en())
        }
        "class" => {
            // Reviews within the year began with the standard of 2022; points name theirs.
            let of = path.split('/').nth(1).and_then(standard).or_else(|| standard("2022"))?;
            class_name(Class::from_word(text)?, of, lang)
        }
        "relation" => {
            let (_, vi, en) = field::RELATIONS.into_iter().find(|(word, ..)| *word == text)?;
            lang.pick(vi, en)
        }
        "sex" if text == "female" => lang.pick("nữ", "female"),
        "sex" if text == "male" => lang.pick("nam", "male"),
        "residence" if text == "rural" => lang.pick("nông thôn", "rural"),
        "residence" if text == "urban" => lang.pick("thành thị", "urban"),
        "treatment" if text == "allowances_counted" => lang.pick("tính trợ cấp", "allowances count"),
        "treatment" if text == "allowances_not_counted" => {
            lang.pick("không tính trợ cấp", "allowances do not count")
        }
        "result" if text == "confirmed" => lang.pick("đồng ý", "confirmed"),
        "result" if text == "sent_back" => lang.pick("trả lại", "sent back"),
        "from" => Sender::from_word(text)?.name(lang),
        "every" => Every::from_word(text)?.name(lang),
        _ => return None,
    })
}

/// The name of a record's field, with the member, income line, cause or indicator it is about:
/// `Người trong hộ (Lê Thị Út): năm sinh`.
#[must_use]
pub fn label(doc: &Doc, round: Round, path: &str) -> Note {
    let text = |lang| {
        let name = field_name(lang, path);
        match (subject(lang, round, path), CertificateNumber::of_path(path)) {
            (Some(subject), _) => format!("{name}: {subject}"),
            (None, Some(number)) => format!("{name} {number}"),
            (None, None) => which(lang, doc, path, name),
        }
    };
    Note { vi: text(Lang::Vi).into(), en: text(Lang::En).into() }
}

/// The value of a record's field as people read it, in both languages; `None` reads like a cleared field.
#[must_use]
pub fn text(path: &str, value: Option<&Value>) -> Note {
    let text = |lang: Lang| match value {
        Some(Value::Bool(lacks)) if path.starts_with("deprivations/") => if *lacks {
            lang.pick("thiếu hụt", "lacking")
        } else {
            lang.pick("không thiếu hụt", "not lacking")
        }
        .to_owned(),
        value => value_text(lang, path, value.unwrap_or(&Value::Null)),
    };
    Note { vi: text(Lang::Vi).into(), en: text(Lang::En).into() }
}

/// Name of the cause or indicator that a field is about.
fn subject(lang: Lang, round: Round, path: &str) -> Option<&'static str> {
    match path.split_once('/')? {
        ("causes", word) => {
            let cause = Cause::from_word(word)?;
            Some(lang.pick(cause.name_vi(), cause.name_en()))
        }
        ("deprivations", id) => {
            let year = round.year().try_into().ok()?;
            let mut indicators = standards_of_round(year).flat_map(|standard| standard.indicators.iter());
            let indicator = indicators.find(|indicator| indicator.id == id)?;
            Some(lang.pick(&indicator.name_vi, &indicator.name_en))
        }
        _ => None,
    }
}

/// The name of a field with its item in parentheses, if it is a field of a member or an income line.
fn which(lang: Lang, doc: &Doc, path: &str, name: &str) -> String {
    let mut parts = path.split('/');
    let (Some(list), Some(id), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return name.to_owned();
    };
    let told_by = match list {
        "members" => "name",
        "income" => "source",
        _ => return name.to_owned(),
    };
    let told_by = format!("{list}/{id}/{told_by}");
    let told = doc.get(&told_by).filter(|value| **value != Value::Null);
    let told = told.map_or_else(|| id.to_owned(), |value| value_text(lang, &told_by, value));
    match name.split_once(": ") {
        Some((item, field)) => format!("{item} ({told}): {field}"),
        None => format!("{name} ({told})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::standard_for_round;
    use crate::record::{Actor, Change, Stamp};

    #[test]
    fn every_field_has_a_name_in_both_languages_that_says_which_item() {
        let mut doc = Doc::default();
        let mut set = |field: &str, value: Value| {
            let change = Change { field: field.parse().unwrap(), value, seen: Vec::new() };
            doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
        };
        set("members/k3/name", "Lê Thị Út".into());
        set("income/a/source", "crops".into());
        let round = Round::new(2022).unwrap();
        let label = |path: &str| label(&doc, round, path);
        for (path, vi, en) in [
            ("head/name", "Họ tên chủ hộ", "Name of the head"),
            (
                "members/k3/birth_year",
                "Người trong hộ (Lê Thị Út): năm sinh",
                "Member (Lê Thị Út): year of birth",
            ),
            (
                "members/q9/insured",
                "Người trong hộ (q9): có bảo hiểm y tế",
                "Member (q9): has health insurance",
            ),
            ("members/k3/of_2030", "Người trong hộ (Lê Thị Út)", "Member (Lê Thị Út)"),
            (
                "income/a/costs",
                "Thu nhập (Trồng trọt (lúa, dừa, cây trái, rau)): chi phí cả 12 tháng",
                "Income (Crops): costs of all 12 months",
            ),
            ("of_2030/x", "of_2030/x", "of_2030/x"),
            ("certificate/2011_15", "Giấy chứng nhận số 15/2011", "Certificate no. 15/2011"),
        ] {
            let Note { vi: found, en: in_english } = label(path);
            assert_eq!((&*found, &*in_english), (vi, en));
        }
        for (pattern, ..) in field::FIELDS {
            let items: Vec<String> = match pattern.split_once("/*") {
                Some(("causes", _)) => Cause::ALL.iter().map(|c| format!("causes/{}", c.word())).collect(),
                Some(("deprivations", _)) => {
                    let indicators = &standard_for_round(2022).unwrap().indicators;
                    indicators.iter().map(|indicator| format!("deprivations/{}", indicator.id)).collect()
                }
                _ => vec![pattern.replace('*', "k3")],
            };
            for path in items {
                let Note { vi, en } = label(&path);
                assert!(vi != path && en != path && vi != en, "{path}: {vi}, {en}");
            }
        }
    }

    #[test]
    fn citations_say_date_and_part_in_the_readers_language() {
        for (text, en) in [
            ("Quyết định 59/2015/QĐ-TTg ngày 19/11/2015", "Quyết định 59/2015/QĐ-TTg of 19/11/2015"),
            ("Điều 1, khoản 3–4", "Article 1, clause 3–4"),
            ("mục IV.1.2", "section IV.1.2"),
            ("các khoản khác", "các khoản khác"),
        ] {
            assert_eq!((cited(Lang::Vi, text), cited(Lang::En, text)), (text.to_owned(), en.to_owned()));
        }
        assert_eq!([day("2023-03-20"), day(""), day("tháng 3")], ["20/03/2023", "", "tháng 3"]);
    }

    #[test]
    fn values_are_read_as_words() {
        for (path, value, vi, en) in [
            ("head/sex", Some("female".into()), "nữ", "female"),
            ("members/a/relation", Some("grandchild".into()), "Cháu", "Grandchild"),
            ("income/a/amount", Some(4_000_000.into()), "4.000.000\u{a0}đ", "4,000,000\u{a0}đ"),
            ("floor_area_dm2", Some(3_250.into()), "32,5\u{a0}m²", "32.5\u{a0}m²"),
            ("floor_area_dm2", Some(4_000.into()), "40\u{a0}m²", "40\u{a0}m²"),
            ("review/3/date", Some("2023-03-20".into()), "20/03/2023", "20/03/2023"),
            ("review/3/class", Some("near_poor".into()), "Hộ cận nghèo", "Near-poor household"),
            ("meeting/result", Some("sent_back".into()), "trả lại", "sent back"),
            ("certificate/2011_15", Some("near_poor".into()), "Hộ cận nghèo", "Near-poor household"),
            ("certificate/2011_15", Some("withdrawn".into()), "đã thu hồi", "withdrawn"),
            ("recognition/chair", Some("vice".into()), "Phó Chủ tịch ký thay", "Vice chair, for the chair"),
            ("duties/d1/from", Some("district".into()), "Huyện", "District"),
            ("duties/d1/every", Some("half".into()), "6 tháng một lần", "Each half-year"),
            ("sent/d1_2", Some("2023-07-10".into()), "10/07/2023", "10/07/2023"),
            ("meeting/chair", Some("Lê Văn Ba".into()), "Lê Văn Ba", "Lê Văn Ba"),
            ("residence", Some("urban".into()), "thành thị", "urban"),
            ("income/a/source", Some("of_2030".into()), "of_2030", "of_2030"),
            ("deprivations/water", Some(true.into()), "thiếu hụt", "lacking"),
            ("groups/merit", Some(false.into()), "không", "no"),
            ("note", None, "(để trống)", "(empty)"),
            ("note", Some("một\nhai\u{202e}".into()), "một\nhai", "một\nhai"),
            ("address", Some("\u{200b}Ấp 4\0".into()), "Ấp 4", "Ấp 4"),
            ("hamlet", Some(4.into()), "4", "4"),
        ] {
            let Note { vi: found, en: in_english } = text(path, value.as_ref());
            assert_eq!((&*found, &*in_english), (vi, en), "{path}");
        }
    }
}
