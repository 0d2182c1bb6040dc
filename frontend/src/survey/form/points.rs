//! The points of the official forms, by which a class is decided from 2016 on: B1 for the income, B2 for what is
//! lacking.

use std::rc::Rc;

use soho_frontend::i18n::{lang, now, t};
use soho_frontend::store::is_volunteer;
use soho_frontend::ui::dom::{El, Words, el};
use soho_shared::explain::class_short_name;
use soho_shared::household::{Household, field};
use soho_shared::law::standards_of_round;
use soho_shared::record::Round;
use soho_shared::standard::{Class, Standard};

use super::fields::{number, options, with_dispute, word_of};
use super::{Sheet, section};
use crate::builders::p;
use crate::state::Survey;

/// Returns the round's standards that decide by points: two in a round with two results.
fn standards(round: Round) -> impl Iterator<Item = &'static Standard> {
    let year = i16::try_from(round.year()).ok();
    year.into_iter().flat_map(standards_of_round).filter(|standard| standard.points.is_some())
}

/// Whether the class is entered too, because the cut-offs are not established.
fn asks_class(standard: &Standard) -> bool {
    standard.points.as_ref().is_some_and(|rule| rule.cut_offs.is_none())
}

/// Returns whether a field is one of this section.
pub(super) fn shows(round: Round, path: &str) -> bool {
    let is_of = |name: &str, standard: &Standard| path == field::points(standard.year(), name);
    standards(round).any(|standard| {
        is_of("b1", standard) || is_of("b2", standard) || asks_class(standard) && is_of("class", standard)
    })
}

/// Returns what is missing of points that were begun; empty when nothing is.
fn missing(household: &Household, standard: &Standard) -> &'static str {
    let said = household.points.iter().find(|(year, _)| year == standard.year());
    match said.map(|(_, points)| (points.b1, points.b2, points.class)) {
        None | Some((None, None, None)) => "",
        Some((.., Some(_))) if asks_class(standard) => "",
        Some((None, ..)) => now("điểm B1", "points of B1"),
        Some((_, None, _)) => now("điểm B2", "points of B2"),
        Some((.., None)) if asks_class(standard) && !is_volunteer() => {
            now("kết quả theo điểm", "class by the points")
        }
        Some(_) => "",
    }
}

/// Builds the list from which an officer's class is chosen.
fn class_by_points(survey: Survey, standard: &'static Standard) -> El {
    let mut classes = options(&[]);
    let name = |class| Words::from(move || class_short_name(class, standard, lang()));
    classes.extend(Class::ALL.map(|class| (class.word(), name(class))));
    let id = format!("points-{}-class", standard.year());
    let label = t("Kết quả xếp loại theo điểm", "Class by the points");
    word_of(survey, &id, &field::points(standard.year(), "class"), label, classes)
}

/// Builds the section; `None` where no standard of the round decides by points.
pub(super) fn points(sheet: Sheet) -> Option<El> {
    let Sheet { survey, key, .. } = sheet;
    let standards: Vec<&'static Standard> = standards(key.round).collect();
    if standards.is_empty() {
        return None;
    }
    let has_two = standards.len() > 1;
    let entered = standards.iter().any(|standard| asks_class(standard));
    let of_officers = t(
        "Chuẩn 2016: cán bộ ghi kết quả theo điểm; chưa ghi thì phần mềm ước tính theo thu nhập.",
        "By the standard of 2016 an officer enters the class by the points; until then it is estimated from the income.",
    );
    let why = t(
        "Có đủ điểm B1 và B2 thì xếp loại theo điểm; thiếu thì phần mềm ước tính theo thu nhập.",
        "With the points of both B1 and B2 the class follows from them; without, it is estimated from the income.",
    );
    let mut children = Vec::new();
    if entered {
        children.push(p("hint", of_officers));
    }
    if has_two || !entered {
        children.push(p("hint", why));
    }
    for &standard in &standards {
        let one = |name: &str, vi, en| {
            let path = field::points(standard.year(), name);
            let id = format!("points-{}-{name}", standard.year());
            with_dispute(survey, &path, number(survey, &id, &path, t(vi, en)))
        };
        let pair = el("div").class("pair").with([
            one("b1", "Điểm B1 (thu nhập)", "Points of B1 (income)"),
            one("b2", "Điểm B2 (thiếu hụt)", "Points of B2 (lacking)"),
        ]);
        // A volunteer's edit of it would be refused: officers enter it.
        let asks = asks_class(standard) && !is_volunteer();
        let class = asks.then(|| class_by_points(survey, standard));
        let legend = has_two.then(|| {
            el("legend")
                .says(move || format!("{} {}", now("Theo chuẩn", "By the standard of"), standard.year()))
        });
        children.push(el("fieldset").maybe(legend).with([pair]).maybe(class));
    }
    let missing = move || {
        let lacking: Vec<_> = sheet.own(|h| standards.iter().map(|standard| missing(h, standard)).collect());
        lacking.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let title = t("Điểm rà soát (B1, B2)", "Points of the review (B1, B2)");
    Some(section(survey, "points-title", title.into(), &["points/"], Rc::new(missing), false, &children))
}
