//! The class and the sum behind it, always in view: beside the form on a tablet, at the bottom on a phone.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::store::is_volunteer;
use soho_frontend::ui::class::class_badge;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::dong;
use soho_shared::assess::{Assessment, DecidedBy, decided_by};
use soho_shared::classify::monthly_per_person;
use soho_shared::explain::{Explanation, NotCounted, class_short_name, explain, text};
use soho_shared::household::{Household, field};
use soho_shared::income::{Allowances, annual_net};
use soho_shared::standard::{Class, Standard};

use super::Sheet;
use super::fields::choice;
use crate::builders::{button, lines, span, test, truth, when, word};
use crate::words;

/// Returns every step to the class, where it follows from people and income.
fn explained(household: &Household, assessed: &Assessment) -> Option<Explanation> {
    if assessed.class.is_none() || assessed.by_points {
        return None;
    }
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
        assessed.residence?,
        assessed.members?,
        &not_counted,
        lines,
        household.treatment,
        &assessed.deprivations,
    ))
}

/// Returns what a class rests on, where income alone is not what the official review sums; empty where it is.
fn basis(assessed: &Assessment) -> &'static str {
    match (assessed.is_estimated(), assessed.by_points) {
        (true, _) => now("ước tính theo thu nhập", "estimated from the income"),
        (false, true) => now("theo điểm B1, B2", "by points B1, B2"),
        (false, false) => "",
    }
}

/// Returns what the class would be by the other treatment of the state's allowances, where that is another one.
fn otherwise(assessed: &Assessment) -> Option<String> {
    let class = class_short_name(assessed.other_class?, assessed.standard, lang());
    let if_so = match assessed.allowances {
        Allowances::Counted => {
            now("Nếu không tính trợ cấp của Nhà nước", "If the state's allowances did not count")
        }
        Allowances::NotCounted => {
            now("Nếu tính cả trợ cấp của Nhà nước", "If the state's allowances counted, too")
        }
    };
    Some(format!("{if_so}: {class}"))
}

/// Returns that this version decided, where a tablet with an earlier one shows another class.
fn by_version(decided: DecidedBy, standard: &Standard) -> String {
    let DecidedBy { version, earlier, earlier_class } = decided;
    let shown = match earlier_class {
        Some(class) => class_short_name(class, standard, lang()),
        None => now("chưa tính được", "not known yet"),
    };
    match lang() {
        Lang::Vi => {
            format!("Kết quả này tính theo bản {version}. Máy còn dùng bản {earlier} tính ra: {shown}.")
        }
        Lang::En => {
            format!("Decided by version {version}. A tablet that still has version {earlier} shows: {shown}.")
        }
    }
}

pub(super) fn panel(sheet: Sheet) -> El {
    let Sheet { survey, key, household, assessed, judged, opening, .. } = sheet;
    let opened = RwSignal::new(false);
    let class = move || judged.with(|a| a.as_ref().and_then(|a| a.class));
    let monthly = move || {
        let monthly = assessed.with(|a| {
            let a = a.as_ref().filter(|a| a.class.is_some())?;
            Some(monthly_per_person(annual_net(&a.lines, a.allowances)?, a.members?))
        });
        let per = |each| format!("{} {}", dong(each), now("mỗi người mỗi tháng", "a person a month"));
        monthly.map_or(String::new(), per)
    };
    let missing = move || {
        let names: Vec<_> =
            judged.with(|a| a.iter().flat_map(|a| &a.missing).map(|m| words::missing_name(*m)).collect());
        if names.is_empty() {
            String::new()
        } else {
            format!("{}: {}", now("Còn thiếu", "Missing"), names.join(", "))
        }
    };
    // Built anew for another class alone.
    let shown = Memo::new(move |_| class());
    let badge = el("div").made(move || {
        let class = shown.get();
        let standard = judged.with_untracked(|a| a.as_ref().map(|a| a.standard));
        vec![match (class, standard) {
            (Some(class), Some(standard)) => class_badge(move || class, standard),
            _ => el("strong").says(t("Chưa tính được", "Not known yet")),
        }]
    });
    let rests_on = move || judged.with(|a| a.as_ref().map_or("", basis));
    let other = move || judged.with(|a| a.as_ref().and_then(otherwise)).unwrap_or_default();
    // In a round with two results, the one by which the next period begins.
    let by_opening = Memo::new(move |_| {
        let told = |a: &Assessment| (a.class, [basis(a), &otherwise(a).unwrap_or_default()].join(" "));
        opening.with(|a| a.as_ref().map(told))
    });
    let second = move || {
        let standard = opening.with_untracked(|a| a.as_ref().map(|a| a.standard));
        let (Some((class, basis)), Some(standard)) = (by_opening.get(), standard) else { return Vec::new() };
        let year = standard.year();
        let by = span(move || format!("{} {year}: ", now("Theo chuẩn mới từ", "By the new standard from")));
        let class = match class {
            Some(class) => class_badge(move || class, standard),
            None => span(t("chưa tính được", "not known yet")),
        };
        vec![test(el("p").class("opening").with([by, class, el("small").text(&basis)]), "opening-class")]
    };
    // Read and assessed twice, which need not follow each keystroke.
    let version = move || {
        survey.settled.track();
        let found = assessed.with_untracked(|a| a.as_ref().map(|a| (a.class, a.standard)));
        let Some((class, standard)) = found else { return String::new() };
        let decided = survey
            .open
            .with_untracked(|open| decided_by(class, &open.as_ref()?.doc, key.subject.commune()?, key.round));
        decided.map(|decided| by_version(decided, standard)).unwrap_or_default()
    };
    // Of a household with many lines they are much of what a key would bring about. They never contradict the class.
    let steps = Memo::new(move |_| {
        survey.settled.track();
        judged.track();
        let explained = assessed
            .with_untracked(|a| household.with_untracked(|h| a.as_ref().and_then(|a| explained(h, a))));
        explained.map(|explained| text(&explained, lang())).unwrap_or_default()
    });
    let list = lines(el("ol").id("class-steps").class("steps"), move || steps.get());
    let open_words = move || {
        if opened.get() { now("Ẩn cách tính", "Hide the sum") } else { now("Cách tính", "The sum") }
    };
    let open = button("button second", open_words, move |_| opened.update(|o| *o = !*o))
        .attr("aria-controls", "class-steps")
        .flag("hidden", move || steps.with(Vec::is_empty));
    // What neither treatment establishes, an officer decides for this household.
    let is_officer = !is_volunteer();
    let decides = move || {
        is_officer
            && (sheet.own(|h| h.treatment.is_some())
                || judged.with(|a| a.as_ref().is_some_and(|a| a.rests_on_treatment))
                || opening.with(|a| a.as_ref().is_some_and(|a| a.rests_on_treatment)))
    };
    let treatment = move || {
        let legend = t("Xã quyết định: trợ cấp của Nhà nước", "The commune decides: the state's allowances");
        let words = [
            (Allowances::Counted.word(), "Tính vào thu nhập", "Count as income"),
            (Allowances::NotCounted.word(), "Không tính", "Do not count"),
        ];
        vec![choice(survey, "treatment", field::TREATMENT, legend, &words)]
    };
    let now_line = el("div").class("class-now").attr("aria-live", "polite").with([
        badge,
        test(el("small").says(rests_on), "basis"),
        span(monthly).class("monthly"),
        test(span(other).class("other"), "other-class"),
        span(missing).class("missing"),
        el("div").made(second),
        test(span(version).class("other"), "decided-by"),
    ]);
    let this = test(el("aside").class("class-panel"), "class-panel")
        .named("aria-label", t("Hộ thuộc diện", "Class of the household"));
    let this = word(this, "data-class", move || class().map_or("", Class::word));
    truth(this, "data-open", move || opened.get()).with([
        now_line,
        when(decides, treatment),
        truth(open, "aria-expanded", move || opened.get()),
        list,
    ])
}
