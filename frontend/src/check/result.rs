//! The answer opened: the sum line by line, the comparison, what would change it, and what it opens.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::ClassShape;
use soho_frontend::ui::format::dong;
use soho_shared::area;
use soho_shared::explain::{Explanation, Step, step_text};

use super::answer::Answer;
use super::bar::class_words;
use super::state::State;
use super::supports::Supports;

/// The steps that answer one question, each as a sentence.
fn told(explanation: &Explanation, which: fn(&Step) -> bool) -> Vec<String> {
    explanation.steps.iter().filter(|s| which(s)).map(|s| step_text(explanation, s, lang())).collect()
}

const fn is_sum(step: &Step) -> bool {
    matches!(step, Step::Members { .. } | Step::Line { .. } | Step::Sum { .. } | Step::PerPerson { .. })
}

const fn is_comparison(step: &Step) -> bool {
    matches!(step, Step::Compare { .. } | Step::GapNote { .. } | Step::Deprivations { .. } | Step::Decision)
}

const fn is_change(step: &Step) -> bool {
    matches!(step, Step::NextClass { .. })
}

const fn is_remark(step: &Step) -> bool {
    matches!(step, Step::BandNote { .. } | Step::StandardNote { .. })
}

fn list(texts: Vec<String>) -> AnyView {
    texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view().into_any()
}

/// Everything behind the answer; only the way to it until the answer is complete.
#[component]
pub(crate) fn Outcome(state: State, answer: Memo<Answer>) -> impl IntoView {
    let complete = Memo::new(move |_| answer.with(|a| a.explanation.is_some()));
    view! {
        <section id="result" tabindex="-1" aria-labelledby="result-name">
            <h2 id="result-name">{t("Kết quả và cách tính", "The result and how it comes about")}</h2>
            <Show
                when=move || complete.get()
                fallback=move || {
                    view! {
                        <p>
                            {t(
                                "Khi đủ ba câu trên, ở đây có cách tính từng dòng, căn cứ pháp lý và các hỗ trợ.",
                                "Once the three questions are answered, the sum, its legal grounds and the supports stand here.",
                            )}
                        </p>
                    }
                }
            >
                <Reasons answer=answer />
                <Supports state=state answer=answer />
            </Show>
            <p class="notice info" id="not-binding">
                <strong>{t("Đây là tự kiểm tra, xã quyết định. ", "This is a self-check; the commune decides. ")}</strong>
                {t(
                    "Muốn được xét, đến Ủy ban nhân dân xã, phường, thị trấn nơi hộ ở và đề nghị rà soát.",
                    "To be considered, go to the people's committee of your commune and ask for a review.",
                )}
            </p>
            <p class="print-only">{move || place_line(&state)}</p>
        </section>
    }
    .into_any()
}

fn place_line(state: &State) -> String {
    let commune = state.commune.get().and_then(area::commune);
    commune.map_or(String::new(), |c| format!("{}: {}", now("Nơi ở", "Place"), c.name))
}

#[component]
fn Reasons(answer: Memo<Answer>) -> impl IntoView {
    let tell = move |which: fn(&Step) -> bool| {
        answer.with(|a| a.explanation.as_ref().map_or_else(Vec::new, |e| told(e, which)))
    };
    let heading = move || {
        answer.with(|a| {
            a.class.map(|class| {
                view! {
                    <p class="verdict" data-class=class.word()>
                        <ClassShape class=class />
                        <span>
                            <strong>{class_words(class, a.standard)}</strong>
                            {a.per_person
                                .map(|amount| {
                                    format!(
                                        " – {} {} {}",
                                        now("mỗi người mỗi tháng khoảng", "about"),
                                        dong(amount),
                                        now("", "a person a month"),
                                    )
                                })}
                        </span>
                    </p>
                }
            })
        })
    };
    view! {
        {heading}
        <h3>{t("Cách tính", "The sum")}</h3>
        <ol id="sum">{move || list(tell(is_sum))}</ol>
        <h3>{t("So với chuẩn", "Compared with the lines")}</h3>
        <ol id="comparison">{move || list(tell(is_comparison))}</ol>
        <div hidden=move || tell(is_change).is_empty()>
            <h3>{t("Điều gì làm kết quả đổi", "What would change the result")}</h3>
            <ul id="change">{move || list(tell(is_change))}</ul>
        </div>
        <ul class="small" id="remarks">{move || list(tell(is_remark))}</ul>
    }
    .into_any()
}
