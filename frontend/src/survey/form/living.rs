//! Living conditions, for rounds whose standard counts what a household lacks. All of it is asked but what the rest
//! of the record tells: each answer is reported, whether or not it can change the class.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::indicator::{count_label, question};
use soho_shared::assess::Assessment;
use soho_shared::deprivation::Answer;
use soho_shared::household::field;
use soho_shared::law::standards_of_round;
use soho_shared::record::{Round, Value};
use soho_shared::standard::{Indicator, RecordRule, Standard};

use super::fields::{About, Way, dispute, field_about, number, text_of, with_dispute};
use super::pen::Pen;
use super::{Sheet, confirm, section, unconfirmed};
use crate::builders::p;

/// Returns the round's standards that count what is lacking, each with whether it is that of the second result.
fn standards(round: Round) -> Vec<(bool, &'static Standard)> {
    let year = i16::try_from(round.year()).ok();
    let all = [false, true].into_iter().zip(year.into_iter().flat_map(standards_of_round));
    all.filter(|(_, standard)| standard.is_multidimensional()).collect()
}

/// Returns the indicators that are asked: all of the round's standards, and what two of them share once.
fn asked(round: Round) -> Vec<&'static Indicator> {
    let mut all: Vec<&'static Indicator> = Vec::new();
    for (_, standard) in standards(round) {
        for indicator in standard.indicators.iter() {
            if all.iter().all(|other| other.id != indicator.id) {
                all.push(indicator);
            }
        }
    }
    all
}

/// Returns the standard of which only the number of what is lacking is asked, because its list is not in the law files.
fn counts_alone(round: Round) -> Option<&'static Standard> {
    standards(round).into_iter().map(|(_, standard)| standard).find(|standard| standard.indicators.is_empty())
}

/// Returns whether a field is one of this section.
pub(super) fn shows(round: Round, path: &str) -> bool {
    match path.strip_prefix("deprivations/") {
        Some(id) => asked(round).iter().any(|asked| asked.id == id),
        None if path == field::DEPRIVATION_COUNT => counts_alone(round).is_some(),
        None => (path == field::FLOOR_AREA || path == field::FLOOR_AREA_DM2) && !asked(round).is_empty(),
    }
}

/// A floor area in m², `32,5`, which the record holds in hundredths.
const AREA: Way = Way {
    read: |text| {
        let text = text.trim();
        if text.is_empty() {
            return Value::Null;
        }
        let number = text.strip_suffix("m2").or_else(|| text.strip_suffix("m²")).unwrap_or(text).trim_end();
        let (whole, part) = number.split_once([',', '.']).unwrap_or((number, ""));
        let are_digits = (1..=5).contains(&whole.len())
            && part.len() <= 2
            && [whole, part].iter().all(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let hundredths = format!("{whole}{part:0<2}").parse::<i64>().ok().filter(|_| are_digits);
        hundredths.map_or_else(|| text.into(), Value::Int)
    },
    show: |value| match value.as_int().map(|n| (n / 100, n % 100)) {
        Some((whole, 0)) => whole.to_string(),
        Some((whole, rest)) => format!("{whole},{rest:02}").trim_end_matches('0').to_owned(),
        None => text_of(value),
    },
};

/// Builds the input for the floor area. What earlier versions wrote in whole m² is shown and not written.
fn area(sheet: Sheet) -> El {
    let pen = Pen::from(sheet.survey);
    let read = move || match pen.value(field::FLOOR_AREA_DM2) {
        Value::Null => match pen.value(field::FLOOR_AREA) {
            Value::Int(m2) => Value::Int(m2.saturating_mul(100)),
            other => other,
        },
        own => own,
    };
    let write = move |value: Value| {
        let mut fields = Vec::new();
        if value == Value::Null {
            // Left alone, the earlier one would come back.
            fields.push((field::FLOOR_AREA.to_owned(), Value::Null));
        }
        fields.push((field::FLOOR_AREA_DM2.to_owned(), value));
        pen.set_all(fields);
    };
    let paths = vec![field::FLOOR_AREA_DM2.to_owned(), field::FLOOR_AREA.to_owned()];
    let about = About { read: Rc::new(read), write: Rc::new(write), paths };
    let label = t("Diện tích nhà ở", "Floor of the house");
    let mut field = field_about(pen, "floor-area", label.into(), AREA, about)
        .hint(t("Tính bằng m², ví dụ 32,5", "In m², like 32.5"));
    field.inputmode = "decimal";
    field.class = "short";
    field.unit = Some("m²".into());
    el("div").with([field.el(), dispute(pen, field::FLOOR_AREA_DM2), dispute(pen, field::FLOOR_AREA)])
}

/// Builds the question about an indicator, which is in sight unless the record tells the answer.
fn ask(sheet: Sheet, answer: impl Fn() -> Answer + 'static, indicator: &'static Indicator) -> El {
    let pen = Pen::from(sheet.survey);
    let path = format!("deprivations/{}", indicator.id);
    let (read, write) = (path.clone(), path.clone());
    let value = move || match pen.value(&read) {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        _ => String::new(),
    };
    let pick = move |word: &'static str| {
        pen.set(&write, if word == "unknown" { Value::Null } else { (word == "yes").into() });
    };
    // The floor is asked above.
    let by_floor = matches!(indicator.record, Some(RecordRule::FloorArea { .. }));
    let is_told = move || match answer() {
        Answer::Computed(..) => true,
        Answer::Said(_) => false,
        Answer::NotSaid => by_floor,
    };
    let question = question(indicator, Rc::new(|| None), Rc::new(value), Rc::new(pick));
    el("div").with([question.flag("hidden", is_told), dispute(pen, &path)])
}

/// Builds the section; `None` where the round's standards look at income alone.
pub(super) fn living(sheet: Sheet) -> Option<El> {
    let Sheet { survey, key, judged, opening, .. } = sheet;
    let standards = standards(key.round);
    if standards.is_empty() {
        return None;
    }
    let result = move |by_opening: bool| if by_opening { opening } else { judged };
    let asked = asked(key.round);
    let answers = {
        let (asked, standards) = (asked.clone(), standards.clone());
        Memo::new(move |_| {
            // What one standard of the round works out of the record, another may ask.
            let answer = |one: &&'static Indicator| {
                let by_each = standards.iter().filter_map(|(by_opening, standard)| {
                    let at = standard.indicators.iter().position(|other| other.id == one.id)?;
                    result(*by_opening)
                        .with(|a: &Option<Assessment>| a.as_ref()?.deprivations.answers.get(at).copied())
                });
                by_each.min_by_key(|answer| matches!(answer, Answer::Computed(..))).unwrap_or_default()
            };
            asked.iter().map(answer).collect::<Vec<Answer>>()
        })
    };
    let is_decided = move || {
        standards.iter().all(|(by_opening, _)| {
            result(*by_opening).with(|a| a.as_ref().is_some_and(|a| a.class.is_some()))
        })
    };
    let why = move || {
        if is_decided() {
            now(
                "Kết quả đã rõ; vẫn hỏi đủ để báo cáo.",
                "The result is clear; all is still asked, because it is reported.",
            )
        } else {
            now(
                "Điều phiếu đã ghi (tuổi, thẻ BHYT, đi học, diện tích) thì không hỏi lại.",
                "What the record says already (ages, cards, schooling, floor area) is not asked again.",
            )
        }
    };
    let mut children = vec![p("hint", why)];
    let counted = counts_alone(key.round);
    if let Some(standard) = counted {
        let count = number(survey, "lack-count", field::DEPRIVATION_COUNT, count_label(standard));
        children.push(with_dispute(survey, field::DEPRIVATION_COUNT, count));
    }
    if !asked.is_empty() {
        children.push(area(sheet));
    }
    let mut at = 0;
    for of_dimension in asked.chunk_by(|a, b| a.dimension == b.dimension) {
        let from = at;
        at += of_dimension.len();
        let to = at;
        let name = &of_dimension[0].dimension_name;
        let title = el("h3").class("dimension").says(move || name.text(lang()));
        let is_told = move || {
            answers.with(|all| all[from..to].iter().all(|answer| matches!(answer, Answer::Computed(..))))
        };
        let questions: Vec<El> = (from..to)
            .zip(of_dimension)
            .map(|(nth, one)| ask(sheet, move || answers.with(|all| all[nth]), one))
            .collect();
        children.push(el("div").with([title.flag("hidden", is_told)]).all(&questions));
    }
    children.push(confirm(sheet, 2));
    let missing = move || {
        let open = answers.with(|all| all.iter().filter(|answer| **answer == Answer::NotSaid).count());
        let missing = if open > 0 {
            format!("{open} {}", now("điều chưa trả lời", if open == 1 { "answer" } else { "answers" }))
        } else if counted.is_some() && sheet.own(|h| h.deprivation_count.is_none()) {
            now("số điều hộ còn thiếu", "the number of what it lacks").to_owned()
        } else {
            String::new()
        };
        unconfirmed(sheet, 2, missing)
    };
    let title = t("Điều kiện sống", "Living conditions");
    let fields = &["deprivation", "floor_area"];
    Some(section(survey, "living-title", title.into(), fields, Rc::new(missing), false, &children))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_has_at_most_two_decimals() {
        for (typed, value, shown) in [
            ("", Value::Null, ""),
            ("32", 3200.into(), "32"),
            ("32,5", 3250.into(), "32,5"),
            ("32.05 m²", 3205.into(), "32,05"),
            ("32m2", 3200.into(), "32"),
            ("32,", 3200.into(), "32"),
            ("0,5", 50.into(), "0,5"),
            ("1.000", "1.000".into(), "1.000"),
            (",5", ",5".into(), ",5"),
            ("-3", "-3".into(), "-3"),
            ("ba chục", "ba chục".into(), "ba chục"),
        ] {
            assert_eq!((AREA.read)(typed), value, "{typed}");
            assert_eq!((AREA.show)(&value), shown, "{typed}");
        }
    }

    #[test]
    fn a_round_with_two_results_asks_what_both_count_once() {
        let asked = |year| asked(Round::new(year).unwrap()).iter().map(|one| &*one.id).collect::<Vec<_>>();
        assert_eq!(asked(2014), [""; 0]);
        assert_eq!((asked(2015).len(), asked(2020).len(), asked(2022).len()), (10, 10, 12));
        let both = asked(2021);
        assert_eq!(
            (both[..10].to_vec(), both[10..].to_vec()),
            (asked(2020), vec!["employment", "dependants", "nutrition"])
        );
        let round = Round::new(2021).unwrap();
        assert!(shows(round, "deprivations/employment") && !shows(round, "deprivations/of_2030"));
        assert!(shows(round, field::FLOOR_AREA) && !shows(round, field::DEPRIVATION_COUNT));
    }
}
