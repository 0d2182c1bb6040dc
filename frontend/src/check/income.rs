//! Question 3: the household's income of the last 12 months.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::income::{LineForm, Part, term};
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::field::Field;
use soho_frontend::ui::focus_now;
use soho_frontend::ui::pick::checkbox;
use soho_shared::income::IncomeSource;

use super::button;
use super::state::{FIRST, Line, Reading, State, usual_times};

pub(crate) fn income(state: State) -> El {
    let cards = move || {
        let lines = state.lines.get();
        lines.into_iter().enumerate().map(|(i, line)| card(state, line, i >= FIRST.len())).collect()
    };
    el("section").attr("aria-labelledby", "income").with([
        el("h2").id("income").says(t(
            "3. Trong 12 tháng qua, hộ thu được gì?",
            "3. What did the household earn in the last 12 months?",
        )),
        el("p").says(t(
            "Chỉ ghi những nguồn hộ có. Tính cả phần nhà tự ăn, tự dùng, quy ra tiền. Ghi số tiền như quen nói: 1200000, 1.200.000 hay 1,2 triệu đều được.",
            "Fill in only what the household has. Count what it ate and used itself too, in money. Write amounts as you like: 1200000, 1.2 million or 500 thousand.",
        )),
        el("div")
            .flag("hidden", move || state.no_income.get())
            .with([el("div").made(cards), more_sources(state)]),
        checkbox(
            "no-income",
            t("Không có thu nhập nào trong 12 tháng qua", "No income at all in the last 12 months"),
            move || state.no_income.get(),
            move |ticked| state.no_income.set(ticked),
        ),
    ])
}

/// Builds a button for each source. One that is asked already can be added again, as for two wage earners.
fn more_sources(state: State) -> El {
    let buttons = IncomeSource::ALL.map(|source| {
        let label = move || {
            let name = source.name(lang());
            let again = state.lines.with(|lines| lines.iter().any(|l| l.source == source));
            if again {
                format!("{name} ({})", now("thêm khoản nữa", "one more"))
            } else {
                name.to_owned()
            }
        };
        let add = move || {
            let id = format!("{}-amount", state.add(source).id());
            // Focused once the line is on the page.
            request_animation_frame(move || focus_now(&id));
        };
        el("li").with([button(&format!("add-{}", source.word()), "second", label, add)])
    });
    el("details").class("more").with([
        el("summary").id("more-sources").says(t("Thêm nguồn khác", "Add another source")),
        el("ul").class("plain-list").with(buttons),
    ])
}

/// Builds the card of one source. At first it asks only for the amount, and for the rest once there is one.
fn card(state: State, line: Line, removable: bool) -> El {
    let (id, source) = (line.id(), line.source);
    let name = move || match line.nth {
        1 => source.name(lang()).to_owned(),
        n => format!("{} ({n})", source.name(lang())),
    };
    let title = el("h3").id(&format!("{id}-name")).with([el("span").says(name), term(move || Some(source))]);
    let part = |suffix: &str, text| -> Part { (Field::of(format!("{id}-{suffix}"), "", text), None) };
    let form = LineForm {
        source: Rc::new(move || Some(source)),
        rhythm: Rc::new(move || Some(line.rhythm.get())),
        pick_rhythm: Rc::new(move |rhythm| {
            line.rhythm.set(rhythm);
            line.times.set(usual_times(rhythm));
        }),
        rhythm_dispute: None,
        amount: part("amount", line.amount),
        own_use: part("own-use", line.own_use),
        times: part("times", line.times),
        costs: part("costs", line.costs),
        quantity: line.quantity,
        price: line.price,
        read: Rc::new(move || if let Reading::Ready(read) = line.read() { Some(read) } else { None }),
        members: Rc::new(move || state.members()),
        folds: true,
        id: id.clone(),
    };
    let remove = removable.then(|| {
        let words = t("Bỏ nguồn này", "Remove this source");
        button(&format!("{id}-remove"), "plain", words, move || {
            state.remove(line);
            focus_now("more-sources");
        })
    });
    el("div")
        .class("card")
        .attr("role", "group")
        .attr("aria-labelledby", &format!("{id}-name"))
        .with([title, form.el()])
        .maybe(remove)
}
