//! Living conditions, for rounds whose standard counts what a household lacks. Asks only what the rest of the
//! record does not tell, and only while an answer can change the class.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::dom::El;
use soho_frontend::ui::indicator::question;
use soho_shared::assess::{Assessment, Missing, assess_opening};
use soho_shared::deprivation::Answer;
use soho_shared::household::field;
use soho_shared::law::{opening_standard, standard_for_round};
use soho_shared::record::{Round, Value};
use soho_shared::standard::{Indicator, RecordRule, Standard};

use super::fields::{number, with_dispute};
use super::{Sheet, confirm, section, unconfirmed};
use crate::builders::p;
use crate::words;

/// Returns the standard whose indicators are asked: the round's; or that of its second result.
fn standard(round: Round) -> Option<&'static Standard> {
    let year = i16::try_from(round.year()).ok()?;
    let own = standard_for_round(year).filter(|standard| standard.is_multidimensional());
    own.or_else(|| opening_standard(year))
}

/// Returns the field that the section has for a number; `None` where the round has no such section.
pub(super) fn measured(round: Round) -> Option<&'static str> {
    let counts_alone = standard(round)?.indicators.is_empty();
    Some(if counts_alone { field::DEPRIVATION_COUNT } else { field::FLOOR_AREA })
}

/// Builds the section; `None` where the standard looks at income alone.
pub(super) fn living(sheet: Sheet) -> Option<El> {
    let Sheet { survey, key, household, assessed } = sheet;
    let standard = standard(key.round)?;
    let assessed = Memo::new_with_compare(
        move |_: Option<&Option<Assessment>>| {
            let own = assessed.with(|a| a.as_ref().filter(|a| a.standard == standard).cloned());
            own.or_else(|| household.with(|h| assess_opening(h, key.subject.commune()?, key.round)))
        },
        |_, _| true,
    );
    let decided = move || assessed.with(|a| a.as_ref().is_some_and(|a| a.class.is_some()));
    let why = move || {
        if decided() {
            now("Không cần hỏi thêm: kết quả đã rõ.", "No more questions: the result is clear.")
        } else {
            now(
                "Điều phiếu đã ghi (tuổi, thẻ BHYT, đi học, diện tích) thì không hỏi lại.",
                "What the record says already (ages, cards, schooling, floor area) is not asked again.",
            )
        }
    };
    let mut children = vec![p("hint", why)];
    if standard.indicators.is_empty() {
        let label = t("Hộ thiếu mấy chỉ số?", "How many indicators does the household lack?");
        let count = number(survey, "lack-count", field::DEPRIVATION_COUNT, label);
        children.push(with_dispute(survey, field::DEPRIVATION_COUNT, count));
    } else {
        let label = t("Diện tích nhà ở (m²)", "Floor of the house (m²)");
        let area = number(survey, "floor-area", field::FLOOR_AREA, label);
        children.push(with_dispute(survey, field::FLOOR_AREA, area));
    }
    let one = |(at, indicator): (usize, &'static Indicator)| {
        let path = format!("deprivations/{}", indicator.id);
        let read = path.clone();
        let value = move || match survey.value(&read) {
            Some(Value::Bool(true)) => "yes".to_owned(),
            Some(Value::Bool(false)) => "no".to_owned(),
            _ => String::new(),
        };
        let pick = move |word: &'static str| {
            survey.set(&path, if word == "unknown" { Value::Null } else { (word == "yes").into() });
        };
        let by_floor = matches!(indicator.record, Some(RecordRule::FloorArea { .. }));
        let hidden = move || {
            let answer = assessed.with(|a| a.as_ref().and_then(|a| a.deprivations.answers.get(at).copied()));
            match answer.unwrap_or_default() {
                Answer::Computed(..) => true,
                Answer::Said(_) => false,
                Answer::NotSaid => by_floor || decided(),
            }
        };
        question(indicator, Rc::new(|| None), Rc::new(value), Rc::new(pick)).flag("hidden", hidden)
    };
    children.extend(standard.indicators.iter().enumerate().map(one));
    children.push(confirm(sheet, 2));
    let missing = move || {
        let lacks = assessed.with(|a| a.as_ref().is_some_and(|a| a.missing.contains(&Missing::Deprivations)));
        let missing = if lacks { words::missing_name(Missing::Deprivations) } else { "" };
        unconfirmed(sheet, 2, missing.to_owned())
    };
    let title = t("Điều kiện sống", "Living conditions");
    let fields = &["deprivation", "floor_area"];
    Some(section(survey, "living-title", title.into(), fields, Rc::new(missing), false, &children))
}
