//! The full result: the sum line by line, the comparison, what would change it, and what it entitles to.

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::class::class_shape;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::{date, dong};
use soho_frontend::ui::later::{Fetched, later};
use soho_shared::area;
use soho_shared::explain::{Step, step_text};

use super::answer::{Answer, Settled};
use super::bar::verdict_words;
use super::state::State;
use super::supports::supports;

const fn is_sum(step: &Step) -> bool {
    matches!(step, Step::Members { .. } | Step::Line { .. } | Step::Sum { .. } | Step::PerPerson { .. })
}

const fn is_comparison(step: &Step) -> bool {
    matches!(
        step,
        Step::Compare { .. }
            | Step::GapNote { .. }
            | Step::Deprivations { .. }
            | Step::Indicator { .. }
            | Step::Decision
            | Step::OtherTreatment { .. }
            | Step::Estimate { .. }
    )
}

const fn is_change(step: &Step) -> bool {
    matches!(step, Step::NextClass { .. })
}

const fn is_remark(step: &Step) -> bool {
    matches!(step, Step::BandNote { .. } | Step::StandardNote { .. })
}

/// Builds a list of the steps that answer one question, each as a sentence.
fn told(answer: Settled, list: &'static str, id: &str, which: fn(&Step) -> bool) -> El {
    el(list).id(id).made(move || {
        answer.with(|a| {
            let Some(explanation) = &a.explanation else { return Vec::new() };
            let chosen = explanation.steps.iter().filter(|step| which(step));
            chosen.map(|step| el("li").text(&step_text(explanation, step, lang()))).collect()
        })
    })
}

/// Builds the full result; until the answer is complete, only how to complete it.
pub(crate) fn outcome(state: State, answer: Settled, begun: Memo<bool>) -> El {
    let complete = move || answer.with(|a| a.explanation.is_some());
    el("section").id("result").attr("tabindex", "-1").attr("aria-labelledby", "result-name").with([
        el("h2").id("result-name").says(t("Kết quả và cách tính", "The result and how it comes about")),
        el("p").flag("hidden", complete).says(t(
            "Khi đủ ba câu trên, ở đây có cách tính từng dòng, căn cứ pháp lý và các hỗ trợ.",
            "Once the three questions are answered, the sum, its legal grounds and the supports stand here.",
        )),
        el("div")
            .flag("hidden", move || !complete())
            .made(move || if begun.get() { vec![later(move || details(state, answer))] } else { Vec::new() }),
        el("p").class("notice info").id("not-binding").with([
            el("strong").says(t(
                "Đây chỉ là kết quả tự kiểm tra. Ủy ban nhân dân xã mới là nơi xét và quyết định. ",
                "This is only a self-check. The commune's People's Committee considers and decides. ",
            )),
            el("span").says(t(
                "Muốn được xét, đến Ủy ban nhân dân xã, phường, thị trấn nơi hộ ở và đề nghị rà soát.",
                "To be considered, go there and ask for a review.",
            )),
        ]),
    ])
}

/// Builds how the result comes about, and what it entitles to.
fn details(state: State, answer: Settled) -> Fetched<Vec<El>> {
    #[wasm_split(result, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn details(state: State, answer: Settled) -> Result<Vec<El>, SplitLoaderError> {
        Ok(vec![reasons(state, answer), supports(state, answer)])
    }
    Box::pin(details(state, answer))
}

/// Returns the verdict in one sentence.
fn verdict(answer: &Answer) -> String {
    let words = verdict_words(answer);
    let Some(amount) = answer.per_person else { return words };
    let before = now("mỗi người mỗi tháng khoảng", "about");
    let after = now("", " a person a month");
    format!("{words}: {before} {}{after}", dong(amount))
}

fn place_line(state: State) -> String {
    let commune = state.commune.get().filter(|_| state.asks_commune()).and_then(area::commune);
    let place = commune.map_or(String::new(), |c| format!("{}: {}. ", now("Nơi ở", "Place"), c.name));
    let day = date(state.date.year(), state.date.month(), state.date.day());
    format!("{place}{} {day}.", now("Tự kiểm tra ngày", "Checked on"))
}

fn reasons(state: State, answer: Settled) -> El {
    let told = |list, id, which| told(answer, list, id, which);
    let class = move || answer.with(Answer::class);
    let changes =
        move || answer.with(|a| a.explanation.as_ref().is_some_and(|e| e.steps.iter().any(is_change)));
    el("div").with([
        el("p").class("print-only").says(move || place_line(state)),
        el("p")
            .class("verdict")
            .attr_as("data-class", move || class().map(|c| c.word().into()))
            .with([class_shape(class), el("strong").says(move || answer.with(verdict))]),
        el("h3").says(t("Cách tính", "The sum")),
        told("ol", "sum", is_sum),
        el("h3").says(t("So với chuẩn", "Compared with the lines")),
        told("ol", "comparison", is_comparison),
        el("div").flag("hidden", move || !changes()).with([
            el("h3").says(t("Khi nào kết quả thay đổi", "What would change the result")),
            told("ul", "change", is_change),
        ]),
        told("ul", "remarks", is_remark).class("small"),
    ])
}
