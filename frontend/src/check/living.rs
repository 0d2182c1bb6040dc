//! Question 4: what the household lacks, where the standard counts that. Asked only while an answer can
//! change the class.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::indicator;
use soho_frontend::ui::pick::stepper;
use soho_shared::standard::{Indicator, Standard};
use soho_shared::words::cited;

use super::answer::{Answer, Asking, MOST, Settled};
use super::state::{State, count_key, key_of};

pub(crate) fn living(state: State, answer: Settled) -> El {
    let standard = Memo::new(move |_| answer.with(|a| a.standard.from));
    let asking = move || answer.with(|a| a.asking);
    el("section")
        .attr("aria-labelledby", "living")
        .flag("hidden", move || !answer.with(|a| a.standard.is_multidimensional()))
        .with([
            el("h2").id("living").says(t("4. Điều kiện sống", "4. Living conditions")),
            el("p").id("living-why").attr("role", "status").says(move || answer.with(why)),
            el("div").flag("hidden", move || matches!(asking(), Asking::Later | Asking::Never)).made(
                move || {
                    standard.get();
                    questions(state, answer, answer.with_untracked(|a| a.standard))
                },
            ),
        ])
}

/// Returns why the question is asked, or why nothing more is asked.
fn why(answer: &Answer) -> String {
    let needed = answer.standard.bands.iter().find_map(|band| band.poor_if_lacking).unwrap_or(0);
    let text = match answer.asking {
        Asking::Later => {
            now("Chỉ hỏi khi cần, sau ba câu trên.", "Asked only if needed, after the three questions above.")
        }
        Asking::Never => now(
            "Đủ rồi, không cần hỏi thêm: ở mức thu nhập này, điều kiện sống không làm đổi kết quả.",
            "Enough, no more questions: at this income, living conditions do not change the result.",
        ),
        Asking::On if answer.standard.indicators.is_empty() => now(
            "Ở mức thu nhập này, phải biết hộ thiếu mấy điều về đời sống.",
            "At this income, it must be known how many things the household lacks.",
        ),
        Asking::On => now(
            "Ở mức thu nhập này, phải biết thêm vài điều. Câu nào không biết thì chọn “Không biết”.",
            "At this income, a few things more must be known. Choose “I don't know” where you do not.",
        ),
        Asking::Enough => {
            let text =
                now("Đủ rồi, không cần hỏi thêm: hộ thiếu", "Enough, no more questions: the household lacks");
            let than = if answer.lacking.least >= needed {
                now("ít nhất", "at least")
            } else {
                now("ít hơn", "fewer than")
            };
            let rest = now(
                "điều, trả lời thêm không làm đổi kết quả.",
                "of these; other answers do not change the result.",
            );
            return format!("{text} {than} {needed} {rest}");
        }
    };
    text.to_owned()
}

/// Builds a standard's questions by dimension; where the list of its indicators is not known, one question
/// for their number.
fn questions(state: State, answer: Settled, standard: &'static Standard) -> Vec<El> {
    if standard.indicators.is_empty() {
        return vec![number(state, standard)];
    }
    // Answered questions stay, so that the answers can be changed.
    let shown = move |indicator: &Indicator| {
        answer.with(|a| a.asking == Asking::On) || !state.said(&key_of(indicator)).is_empty()
    };
    let of_dimension = |all: &'static [Indicator]| {
        let name = &all[0].dimension_name;
        let title = el("h3").class("dimension").says(move || name.text(lang()));
        let questions: Vec<El> =
            all.iter().map(|i| question(state, i).flag("hidden", move || !shown(i))).collect();
        el("div").flag("hidden", move || !all.iter().any(shown)).with([title]).all(&questions)
    };
    let mut made: Vec<El> =
        standard.indicators.chunk_by(|a, b| a.dimension == b.dimension).map(of_dimension).collect();
    let source = &standard.source.instrument;
    made.push(el("p").class("small").says(move || {
        format!(
            "{} {}{}",
            now("Câu hỏi viết lại cho dễ hiểu theo", "These questions say in plain words what is in"),
            cited(lang(), source),
            now("; cần đối chiếu với văn bản.", "; to be checked against the instrument.")
        )
    }));
    made
}

fn question(state: State, indicator: &'static Indicator) -> El {
    let key = key_of(indicator);
    let read = key.clone();
    let (value, pick) = (move || state.said(&read), move |word| state.say(&key, word));
    indicator::question(indicator, Rc::new(move || state.members()), Rc::new(value), Rc::new(pick))
}

fn number(state: State, standard: &'static Standard) -> El {
    let key = count_key(standard);
    let read = key.clone();
    let label = indicator::count_label(standard);
    let hint = t(
        "Dữ liệu pháp luật của phần mềm chưa có danh sách các điều này, nên chỉ hỏi con số. Hỏi xã nếu chưa biết; để trống nếu không biết.",
        "This program's law files do not have the list yet, so only the number is asked. Ask the commune; leave it empty if you do not know.",
    );
    let wrong = ("Số điều phải từ 0 đến 20", "The number must be from 0 to 20");
    let field =
        Field::new("lack-count", label, move || state.said(&read), move |typed| state.say(&key, &typed))
            .hint(hint);
    stepper(field, 0, MOST, wrong)
}
