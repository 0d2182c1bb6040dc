//! The class and the sum behind it, always in view: beside the form on a tablet, at the bottom on a phone.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::class::class_badge;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::dong;
use soho_shared::area;
use soho_shared::assess::{Assessment, assess_opening};
use soho_shared::classify::monthly_per_person;
use soho_shared::explain::{Explanation, NotCounted, explain, text};
use soho_shared::household::Household;
use soho_shared::income::annual_net;
use soho_shared::record::RecordKey;
use soho_shared::standard::Class;

use super::Sheet;
use crate::builders::{button, span, test, truth, word};
use crate::words;

/// Returns every step to the class, once people and income are known.
fn explained(key: RecordKey, household: &Household, assessed: &Assessment) -> Option<Explanation> {
    assessed.class?;
    let residence = area::commune(key.subject.commune()?)?.residence();
    let not_counted: Vec<_> = household
        .members
        .values()
        .filter(|member| !member.counts())
        .map(|member| {
            let months = member.months_present.and_then(|m| u8::try_from(m).ok()).unwrap_or(0);
            let unnamed = || now("một người chưa ghi tên", "somebody not named").to_owned();
            (member.name.clone().unwrap_or_else(unnamed), NotCounted::UnderSixMonths { months })
        })
        .collect();
    let lines = &assessed.lines;
    Some(explain(
        assessed.standard,
        residence,
        assessed.members?,
        &not_counted,
        lines,
        &assessed.deprivations,
    ))
}

pub(super) fn panel(sheet: Sheet) -> El {
    let Sheet { key, household, assessed, .. } = sheet;
    let opened = RwSignal::new(false);
    let class = move || assessed.with(|a| a.as_ref().and_then(|a| a.class));
    let monthly = move || {
        let monthly = assessed.with(|a| {
            let a = a.as_ref().filter(|a| a.class.is_some())?;
            Some(monthly_per_person(annual_net(&a.lines)?, a.members?))
        });
        let per = |each| format!("{} {}", dong(each), now("mỗi người mỗi tháng", "a person a month"));
        monthly.map_or(String::new(), per)
    };
    let missing = move || {
        let names: Vec<_> =
            assessed.with(|a| a.iter().flat_map(|a| &a.missing).map(|m| words::missing_name(*m)).collect());
        if names.is_empty() {
            String::new()
        } else {
            format!("{}: {}", now("Còn thiếu", "Missing"), names.join(", "))
        }
    };
    let badge = el("div").made(move || {
        let standard = assessed.with(|a| a.as_ref().map(|a| a.standard));
        vec![match (class(), standard) {
            (Some(class), Some(standard)) => class_badge(move || class, standard),
            _ => el("strong").says(t("Chưa tính được", "Not known yet")),
        }]
    });
    // In a round with two results, the one by which the next period begins.
    let opening = Memo::new(move |_| {
        let opening = household.with(|h| assess_opening(h, key.subject.commune()?, key.round))?;
        Some((opening.standard.year().to_owned(), opening.class, opening.standard))
    });
    let second = move || {
        opening.with(|opening| {
            let Some((year, class, standard)) = opening.clone() else { return Vec::new() };
            let by =
                span(move || format!("{} {year}: ", now("Theo chuẩn mới từ", "By the new standard from")));
            let class = match class {
                Some(class) => class_badge(move || class, standard),
                None => span(t("chưa tính được", "not known yet")),
            };
            vec![test(el("p").class("opening").with([by, class]), "opening-class")]
        })
    };
    let steps = el("ol").id("class-steps").class("steps").made(move || {
        let explained = assessed.with(|a| household.with(|h| a.as_ref().and_then(|a| explained(key, h, a))));
        let steps = explained.map(|explained| text(&explained, lang())).unwrap_or_default();
        steps.iter().map(|step| el("li").text(step)).collect()
    });
    let open_words = move || {
        if opened.get() { now("Ẩn cách tính", "Hide the sum") } else { now("Cách tính", "The sum") }
    };
    let open = button("button second", open_words, move |_| opened.update(|o| *o = !*o))
        .attr("aria-controls", "class-steps")
        .flag("hidden", move || class().is_none());
    let now_line = el("div").class("class-now").attr("aria-live", "polite").with([
        badge,
        span(monthly).class("monthly"),
        span(missing).class("missing"),
        el("div").made(second),
    ]);
    let this = test(el("aside").class("class-panel"), "class-panel")
        .named("aria-label", t("Hộ thuộc diện", "Class of the household"));
    let this = word(this, "data-class", move || class().map_or("", Class::word));
    truth(this, "data-open", move || opened.get()).with([
        now_line,
        truth(open, "aria-expanded", move || opened.get()),
        steps,
    ])
}
