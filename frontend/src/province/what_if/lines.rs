//! The lines, each with a slider and a number field.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::class::class_shape;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::format::dong;
use soho_shared::area::Residence;
use soho_shared::explain::class_short_name;
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};
use soho_shared::what_if::Lines;
use soho_shared::words::cited;

use super::board::Board;
use super::field::{Kind, field};
use super::trial::Trial;

/// Step of a slider, in đồng.
const STEP: &str = "1000";

/// Builds all sliders, and the button that returns to the lines in force.
pub fn sliders(board: &Rc<Board>) -> El {
    let mut all = vec![el("p").class("hint").says(t(
        "Mỗi người mỗi tháng có thu nhập đến mức này thì thuộc diện. Chuẩn cận nghèo không thấp hơn chuẩn nghèo: kéo thanh này qua thanh kia thì thanh kia đi theo.",
        "Up to this income per person per month. The near-poor line is never under the poverty line: drag past it and the other goes along.",
    ))];
    all.extend(board.trial.get_untracked().lines.classes().map(|class| of_class(board, class)));
    let (standard, trial) = (board.standard, board.trial);
    if standard.bands.iter().any(|band| band.class == Class::LowIncome) {
        all.push(el("p").class("following").says(move || third(standard, trial.get(), lang())));
    }
    let (is_own, back) = (trial, Rc::clone(board));
    all.push(
        el("button")
            .attr("type", "button")
            .id("reset-lines")
            .class("button second")
            .flag("disabled", move || is_own.get().lines == Lines::of(standard))
            .on("click", move |_| {
                back.trial.update(|trial| trial.lines = Lines::of(back.standard));
                back.settle();
            })
            .says(t("Về chuẩn đang áp dụng", "Back to the lines in force")),
    );
    all.push(el("p").class("hint").says(move || {
        let lang = lang();
        let source = cited(lang, &standard.source.instrument);
        format!("{}: {source}", lang.pick("Chuẩn đang áp dụng", "In force"))
    }));
    let settled = Rc::clone(board);
    el("section")
        .class("lines no-print")
        .attr("aria-labelledby", "lines-title")
        .on("change", move |_| settled.settle())
        .with([el("h2").id("lines-title").says(t("Các mức chuẩn", "The lines"))])
        .all(&all)
}

/// Returns a sentence about the third band, which nobody moves: how it follows the others.
fn third(standard: &Standard, trial: Trial, lang: Lang) -> String {
    let chosen = trial.lines.standard(standard);
    let band = chosen.bands.iter().find(|band| band.class == Class::LowIncome);
    let [rural, urban] = band.map_or([Vnd::ZERO; 2], |band| band.lines).map(dong);
    if standard.bands.iter().any(|band| band.class == Class::Poor && band.poor_if_lacking.is_none()) {
        match lang {
            Lang::Vi => format!(
                "Mức trên cận nghèo giữ đúng tỷ lệ với chuẩn nghèo như chuẩn đang áp dụng: đến {rural} ở nông thôn, {urban} ở thành thị."
            ),
            Lang::En => format!(
                "The band above near-poor keeps its proportion to the poverty line: up to {rural} rural, {urban} urban."
            ),
        }
    } else {
        match lang {
            Lang::Vi => {
                format!("Mức sống trung bình giữ nguyên: đến {rural} ở nông thôn, {urban} ở thành thị.")
            }
            Lang::En => format!("Average living standard stays: up to {rural} rural, {urban} urban."),
        }
    }
}

fn of_class(board: &Rc<Board>, class: Class) -> El {
    let standard = board.standard;
    el("fieldset")
        .attr("data-class", class.word())
        .with([el("legend").class("badge").with([
            class_shape(move || Some(class)),
            el("span").says(move || class_short_name(class, standard, lang())),
        ])])
        .all(&Residence::ALL.map(|residence| line(board, class, residence)))
}

/// Builds the slider and field of one line; their ids begin like `line-poor-rural`.
fn line(board: &Rc<Board>, class: Class, residence: Residence) -> El {
    let (standard, trial) = (board.standard, board.trial);
    let most = Lines::most(standard);
    let id = format!("line-{}-{}", class.word(), residence.word());
    let now_at = move || trial.get().lines.get(class, residence).unwrap_or_default();
    let own = Lines::of(standard).get(class, residence).unwrap_or_default();
    let place = move || match residence {
        Residence::Rural => now("Nông thôn", "Rural"),
        Residence::Urban => now("Thành thị", "Urban"),
    };
    let (typed, dragged) = (Rc::clone(board), Rc::clone(board));
    let number = field(
        &format!("{id}-number"),
        place,
        Kind::Amount(most),
        None,
        move || Some(now_at()),
        move |line| {
            if let Some(line) = line {
                typed.move_line(class, residence, line);
            }
        },
    );
    let named = move || format!("{}, {}", class_short_name(class, standard, lang()), place());
    el("div").class("line").with([
        number,
        el("input")
            .attr("type", "range")
            .id(&id)
            .attr("min", "0")
            .attr("max", &most.get().to_string())
            .attr("step", STEP)
            .named("aria-label", named)
            .attr_as("aria-valuetext", move || Some(Cow::Owned(dong(now_at()))))
            .value(move || now_at().get().to_string())
            .on("input", move |event| {
                if let Some(line) = event_target_value(&event).parse().ok().and_then(Vnd::new) {
                    dragged.move_line(class, residence, line);
                }
            }),
        el("p").class("own").says(move || match lang() {
            Lang::Vi => format!("Đang áp dụng: {}", dong(own)),
            Lang::En => format!("In force: {}", dong(own)),
        }),
    ])
}
