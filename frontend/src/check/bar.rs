//! The bar at the bottom, which shows the answer from the first moment on.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::class::class_shape;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::{NBSP, dong};
use soho_shared::area::Residence;
use soho_shared::deprivation::Lacking;
use soho_shared::explain::{Step, class_name};
use soho_shared::standard::{Class, Standard};

use super::answer::{Answer, Missing};

/// What is missing before anything is answered.
const ALL: [Missing; 3] = [Missing::Residence, Missing::Members, Missing::Income];

/// Returns what an open question is called within a sentence.
fn missing_word(missing: Missing) -> &'static str {
    match missing {
        Missing::Residence => now("nông thôn hay thành thị", "rural or urban"),
        Missing::Members => now("số người", "the number of people"),
        Missing::Income => now("thu nhập", "the income"),
        Missing::IncomeLine => now("một khoản thu ghi chưa xong", "an income not filled in yet"),
        Missing::Indicators => now("điều kiện sống", "living conditions"),
    }
}

/// Returns the name of a class, short enough for one or two lines on a phone.
pub(crate) fn class_words(class: Class, standard: &Standard) -> &'static str {
    match class {
        Class::LowIncome if !standard.is_multidimensional() => {
            now("Thu nhập bằng 130–150\u{a0}% chuẩn nghèo", "Income of 130–150% of the poverty line")
        }
        _ => class_name(class, standard, lang()),
    }
}

/// Returns the class, or all that are still possible: `Hộ nghèo hoặc hộ cận nghèo`. Empty while nothing can be said.
pub(crate) fn verdict_words(answer: &Answer) -> String {
    let mut out = String::new();
    for class in &answer.classes {
        let at = out.len();
        out.push_str(class_words(*class, answer.standard));
        if at > 0 {
            // Lower case within the sentence; every name begins with an ASCII letter.
            out[at..].make_ascii_lowercase();
            out.insert_str(at, now(" hoặc ", " or "));
        }
    }
    out
}

/// Returns what is still missing. Nothing while everything is, so that the bar takes one line of a phone that
/// shows the first question.
fn missing_words(answer: &Answer) -> String {
    let words: Vec<&str> = answer.missing.iter().copied().map(missing_word).collect();
    if words.is_empty() || answer.missing == ALL {
        return String::new();
    }
    format!("{} {}", now("Còn thiếu:", "Still missing:"), words.join(", "))
}

/// Returns what else the result depends on.
fn depends_words(answer: &Answer) -> &'static str {
    let is_other = |step: &Step| matches!(step, Step::OtherTreatment { .. });
    if answer.explanation.as_ref().is_some_and(|e| e.steps.iter().any(is_other)) {
        now(
            "Còn tùy trợ cấp của Nhà nước có được tính hay không: xem chi tiết.",
            "It also depends on whether state allowances count: see the details.",
        )
    } else {
        ""
    }
}

/// Builds the bar: the class, the income per person per month in đồng, and where it lies between the thresholds.
pub(crate) fn answer_bar(answer: Memo<Answer>) -> El {
    let class = move || answer.with(Answer::class);
    let words = move || {
        let words = answer.with(verdict_words);
        if words.is_empty() {
            now("Chưa đủ thông tin để biết kết quả", "Not enough is known yet").to_owned()
        } else {
            words
        }
    };
    let per_person = move || answer.with(|a| a.per_person);
    let sum = [
        el("span").says(t("Mỗi người mỗi tháng khoảng ", "About ")),
        el("strong")
            .id("monthly-per-person")
            .class("tab")
            .says(move || per_person().map_or(String::new(), dong)),
        el("span").says(t("", " a person a month")),
    ];
    let inside = el("div")
        .class("answer-in")
        .id("answer")
        .attr_as("data-class", move || Some(class().map_or("none", Class::word).into()))
        .with([
            el("p")
                .class("answer-class")
                .attr("role", "status")
                .with([class_shape(class), el("strong").id("answer-class").says(words)]),
            el("p").class("answer-sum").flag("hidden", move || per_person().is_none()).with(sum),
            el("p").class("answer-missing").id("missing").says(move || answer.with(missing_words)),
            el("p").class("answer-missing").id("depends").says(move || answer.with(depends_words)),
            track(answer).flag("hidden", move || per_person().is_none()),
            el("a")
                .class("button answer-more no-print")
                .id("show-result")
                .attr("href", "#result")
                .flag("hidden", move || answer.with(|a| a.explanation.is_none()))
                .says(t("Xem chi tiết", "Details")),
        ]);
    el("aside").class("answer").named("aria-label", t("Kết quả", "Result")).with([inside])
}

/// Returns how far along the track an amount reaches, in hundredths of a percent of its length.
fn reach(amount: i64, standard: &Standard, residence: Residence) -> i64 {
    let top = standard.bands.last().map_or(1, |band| band.line(residence).get()) * 7 / 6;
    (amount.clamp(0, top) * 10_000) / top.max(1)
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Builds the part of the track for each class, with the thresholds in đồng once the residence is known.
fn fields(standard: &Standard, residence: Option<Residence>, lacking: Lacking) -> Vec<El> {
    let lines = residence.unwrap_or(Residence::Rural);
    let field = |class: &str, width: i64, label: &str| {
        el("div")
            .class("track-field")
            .attr("data-class", class)
            .style("width", move || percent(width))
            .with([el("span").text(label)])
    };
    let mut from = 0;
    let mut out = Vec::new();
    for band in standard.bands.iter() {
        let line = band.line(lines).get();
        let to = reach(line, standard, lines);
        let class = match band.poor_if_lacking {
            Some(needed) if lacking.least >= needed => Class::Poor.word(),
            Some(needed) if lacking.most >= needed => "open",
            _ => band.class.word(),
        };
        let label = residence.map_or(String::new(), |_| dong(band.line(lines)));
        // The unit stands once, at the side.
        out.push(field(class, to - from, label.split(NBSP).next().unwrap_or_default()));
        from = to;
    }
    out.push(field(Class::Above.word(), 10_000 - from, ""));
    out
}

/// Builds the track: a part for each class, the thresholds below, and a mark at the household's income.
fn track(answer: Memo<Answer>) -> El {
    let shape = Memo::new(move |_| answer.with(|a| (a.standard.from, a.residence, a.lacking)));
    let at = move || {
        answer.with(|a| Some(reach(a.per_person?.get(), a.standard, a.residence.unwrap_or(Residence::Rural))))
    };
    el("div").class("track").attr("aria-hidden", "true").with([
        el("div").class("track-fields").made(move || {
            let (_, residence, lacking) = shape.get();
            fields(answer.with_untracked(|a| a.standard), residence, lacking)
        }),
        el("div")
            .class("track-mark")
            .flag("hidden", move || at().is_none())
            .style("left", move || percent(at().unwrap_or(0))),
        el("p").class("track-unit").text("đ"),
    ])
}
