//! Section 4: the causes of poverty, and the groups that the plan counts separately.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::pick::radio_tiles;
use soho_shared::household::{Cause, field};
use soho_shared::record::Value;

use super::fields::{dispute, tick};
use super::{Sheet, section};
use crate::builders::{button, when};

/// Fields of this section, except the other causes.
pub(super) const FIELDS: [&str; 3] = [field::MAIN_CAUSE, field::MERIT, field::SOCIAL_PROTECTION];

/// Builds the section. Only a poor household must have a cause.
pub(super) fn causes(sheet: Sheet) -> El {
    let Sheet { survey, judged, .. } = sheet;
    let cause = move || sheet.own(|h| h.main_cause);
    let missing = move || {
        let class = judged.with(|a| a.as_ref().and_then(|a| a.class));
        if sheet.own(|h| h.lacks_cause(class)) {
            now("nguyên nhân chính", "main cause").to_owned()
        } else {
            String::new()
        }
    };
    // Read aloud beside the household: milder than the plan's own words, which stand in its tables.
    let name = |cause: Cause| move || cause.plain(lang());
    let tiles =
        Cause::ALL.map(|cause| Tile::new(format!("cause-{}", cause.word()), cause.word(), name(cause)));
    let value = move || cause().map_or("", Cause::word).to_owned();
    let pick = move |word: &'static str| survey.set(field::MAIN_CAUSE, word);
    let clear = move || {
        let words = t("Bỏ chọn nguyên nhân", "Clear the cause");
        vec![button("button plain", words, move |_| survey.set(field::MAIN_CAUSE, Value::Null))]
    };
    let also = Cause::ALL.map(|other| {
        let word = other.word();
        tick(survey, &format!("also-{word}"), &format!("causes/{word}"), name(other))
            .flag("hidden", move || cause() == Some(other))
    });
    let merit = t("Hộ chính sách người có công", "Merit household");
    let protection = t("Có đối tượng bảo trợ xã hội", "A social-protection beneficiary lives here");
    let children = [
        radio_tiles(
            "main-cause",
            t("Nguyên nhân nghèo chính", "Main cause of poverty"),
            tiles.to_vec(),
            value,
            pick,
            "stack",
        ),
        when(move || cause().is_some(), clear),
        dispute(survey, field::MAIN_CAUSE),
        el("details")
            .with([el("summary").says(t("Nguyên nhân khác kèm theo", "Other causes as well"))])
            .all(&also),
        el("fieldset").with([
            el("legend").says(t("Hộ thuộc nhóm", "Groups")),
            tick(survey, "merit", field::MERIT, merit),
            tick(survey, "social-protection", field::SOCIAL_PROTECTION, protection),
        ]),
    ];
    let fields = &["main_cause", "causes/", "groups/"];
    section(
        survey,
        "causes-title",
        t("Nguyên nhân và nhóm", "Causes and groups").into(),
        fields,
        Rc::new(missing),
        false,
        &children,
    )
}
