//! The answer that stays in view at the bottom from the first moment.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::ClassShape;
use soho_frontend::ui::format::dong;
use soho_shared::explain::class_name;
use soho_shared::standard::{Class, Standard};

use super::answer::{Answer, Missing};

/// What a question that is still open is called in a sentence.
fn missing_word(missing: Missing) -> &'static str {
    match missing {
        Missing::Residence => now("nông thôn hay thành thị", "rural or urban"),
        Missing::Members => now("số người", "the number of people"),
        Missing::Income => now("thu nhập", "the income"),
        Missing::IncomeLine => now("một khoản thu ghi chưa xong", "an income not filled in yet"),
    }
}

/// The class's name, with room for it in one or two lines of a phone.
pub(crate) fn class_words(class: Class, standard: &Standard) -> &'static str {
    match class {
        Class::LowIncome if !standard.is_multidimensional() => {
            now("Thu nhập 130–150\u{a0}% chuẩn nghèo", "Income at 130–150\u{a0}% of the poverty line")
        }
        _ => class_name(class, standard, lang()),
    }
}

/// Class, đồng per person per month, and where that lies between the thresholds.
#[component]
pub(crate) fn AnswerBar(answer: Memo<Answer>) -> impl IntoView {
    let class = Memo::new(move |_| answer.with(|a| a.class));
    let words = move || match class.get() {
        Some(class) => class_words(class, answer.with(|a| a.standard)),
        None => now("Chưa đủ để trả lời", "Not enough to answer yet"),
    };
    let missing = move || {
        answer.with(|a| {
            let words: Vec<&str> = a.missing.iter().copied().map(missing_word).collect();
            if words.is_empty() {
                String::new()
            } else {
                format!("{} {}", now("Còn thiếu:", "Still missing:"), words.join(", "))
            }
        })
    };
    let per_person = move || answer.with(|a| a.per_person);
    let amount = move || per_person().map(dong);
    let has_amount = move || per_person().is_some();
    let complete = move || answer.with(|a| a.explanation.is_some());
    view! {
        <aside class="answer" aria-label=t("Kết quả", "Result")>
            <div class="answer-in" id="answer" data-class=move || class.get().map_or("none", Class::word)>
                <p class="answer-class" role="status">
                    {move || class.get().map(|class| view! { <ClassShape class=class /> })}
                    <strong id="answer-class">{words}</strong>
                </p>
                <p class="answer-sum" hidden=move || !has_amount()>
                    {t("Mỗi người mỗi tháng khoảng ", "About ")}
                    <strong id="monthly-per-person" class="tab">{amount}</strong>
                    {t("", " a person a month")}
                </p>
                <p class="answer-missing" id="missing" hidden=move || missing().is_empty()>{missing}</p>
                <Track answer=answer />
                <a class="button answer-more no-print" id="show-result" href="#result" hidden=move || !complete()>
                    {t("Cách tính và hỗ trợ", "The sum and the supports")}
                </a>
            </div>
        </aside>
    }
    .into_any()
}

/// The part of the track that a line or an income reaches, in hundredths of a percent of its length.
fn reach(amount: i64, standard: &Standard, residence: soho_shared::area::Residence) -> i64 {
    let top = standard.bands.last().map_or(1, |band| band.line(residence).get()) * 5 / 4;
    (amount.clamp(0, top) * 10_000) / top.max(1)
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A bar with a field for each class, the thresholds in thousands under it, and a mark.
#[component]
fn Track(answer: Memo<Answer>) -> impl IntoView {
    // Until the residence is known the rural lines stand there without figures.
    let shape = Memo::new(move |_| {
        answer.with(|a| {
            (a.standard, a.residence.unwrap_or(soho_shared::area::Residence::Rural), a.residence.is_some())
        })
    });
    let fields = move || {
        let (standard, residence, known) = shape.get();
        let mut from = 0;
        let mut out = Vec::new();
        for band in standard.bands.iter() {
            let line = band.line(residence).get();
            let to = reach(line, standard, residence);
            let label = if known { (line / 1000).to_string() } else { String::new() };
            out.push(field(band.class, to - from, label));
            from = to;
        }
        out.push(field(Class::Above, 10_000 - from, String::new()));
        out
    };
    let at = Memo::new(move |_| {
        answer.with(|a| {
            let (standard, residence, _) = shape.get();
            a.per_person.map(|amount| reach(amount.get(), standard, residence))
        })
    });
    view! {
        <div class="track" aria-hidden="true">
            <div class="track-fields">{fields}</div>
            <div
                class="track-mark"
                hidden=move || at.get().is_none()
                style:left=move || percent(at.get().unwrap_or(0))
            ></div>
            <p class="track-unit">{t("nghìn đ", "thousand đ")}</p>
        </div>
    }
    .into_any()
}

fn field(class: Class, width: i64, label: String) -> AnyView {
    view! {
        <div class="track-field" data-class=class.word() style:width=percent(width)>
            <span>{label}</span>
        </div>
    }
    .into_any()
}
