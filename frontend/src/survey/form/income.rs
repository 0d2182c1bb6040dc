//! Section 3: the household's income of the last 12 months, line by line.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::dom::{El, Words, el};
use soho_frontend::ui::format::dong;
use soho_shared::assess::Missing;
use soho_shared::household::{Income, field};
use soho_shared::income::{IncomeLine, IncomeSource};

use super::fields::{MONEY, dispute, field as input, number, tick, with_dispute};
use super::members::{taken_off, word_of};
use super::{Sheet, section, show};
use crate::builders::{button, keyed, p, select, test, truth};

/// Sources that most households have; the others are in a list.
const COMMON: [IncomeSource; 4] =
    [IncomeSource::Crops, IncomeSource::Livestock, IncomeSource::Wages, IncomeSource::Remittances];

pub(super) fn income(sheet: Sheet) -> El {
    let Sheet { survey, household, .. } = sheet;
    let lines = move || household.with(|h| !h.income.is_empty());
    let none_said = move || household.with(|h| h.no_income);
    let gone = RwSignal::new(None::<String>);
    let both = move || {
        if none_said() && lines() {
            now(
                "Vừa ghi “không có thu nhập” vừa có dòng thu nhập: các dòng được tính. Hãy bỏ một trong hai.",
                "Both “no income” and income lines: the lines count. Please take one of them back.",
            )
        } else {
            ""
        }
    };
    let none_label = t("Không có thu nhập nào trong 12 tháng qua", "No income at all in the last 12 months");
    let children = [
        keyed(
            move || household.with(|h| h.income.keys().cloned().collect()),
            move |id| line(sheet, &id, gone),
        ),
        taken_off(survey, "income", t("Đã bỏ một dòng thu nhập. ", "One income line was taken off. "), gone),
        sources(sheet, gone).flag("hidden", move || none_said() && !lines()),
        tick(survey, "no-income", field::NO_INCOME, none_label)
            .flag("hidden", move || !none_said() && lines()),
        p("error", both),
    ];
    let missing = move || sheet.missing_of(&[Missing::Income, Missing::IncomeLine]);
    section(
        survey,
        "income-title",
        t("Thu nhập 12 tháng qua", "Income of the last 12 months").into(),
        &["income/", "no_income"],
        Rc::new(missing),
        false,
        &children,
    )
}

/// Builds the buttons that add a line of income.
fn sources(sheet: Sheet, gone: RwSignal<Option<String>>) -> El {
    let add = move |source: IncomeSource| {
        gone.set(None);
        sheet.survey.set(&format!("income/{}/source", new_item()), source.word());
    };
    let common = COMMON.map(|source| {
        let words = move || format!("+ {}", short(source));
        test(button("button second", words, move |_| add(source)), "add-income")
            .attr("data-source", source.word())
    });
    let mut others = vec![("", Words::from(t("Chọn nguồn…", "Choose a source…")))];
    let rest = IncomeSource::ALL.into_iter().filter(|source| !COMMON.contains(source));
    others.extend(rest.map(|source| (source.word(), Words::from(move || source.name(lang())))));
    // The list returns to its first line each time, so that the same source can be added twice.
    let again = RwSignal::new(());
    let value = move || {
        again.track();
        ""
    };
    let other = select("other-source", t("Nguồn khác", "Another source"), others, value, move |word| {
        if let Some(source) = IncomeSource::from_word(&word) {
            add(source);
            again.notify();
        }
    });
    el("fieldset").with([
        el("legend").says(t("Thêm nguồn thu", "Add a source of income")),
        el("div").class("row").all(&common),
        other,
    ])
}

fn short(source: IncomeSource) -> &'static str {
    let name = source.name(lang());
    name.split(['(', ',']).next().unwrap_or(name).trim()
}

fn line(sheet: Sheet, id: &str, gone: RwSignal<Option<String>>) -> El {
    let Sheet { survey, household, .. } = sheet;
    let path = |name: &str| format!("income/{id}/{name}");
    let html = |name: &str| format!("income-{id}-{name}");
    let of = id.to_owned();
    let line: Memo<Income> =
        Memo::new(move |_| household.with(|h| h.income.get(&of).cloned()).unwrap_or_default());
    let mut sources = vec![("", Words::from(t("(chưa chọn)", "(not chosen)")))];
    sources.extend(IncomeSource::ALL.map(|s| (s.word(), Words::from(move || s.name(lang())))));
    let (of, removed) = (id.to_owned(), path("removed"));
    let remove = move |_| {
        survey.set(&removed, true);
        gone.set(Some(of.clone()));
        show("income-title");
    };
    let times = [(1, "Cả năm", "For the year"), (12, "Mỗi tháng", "Each month")].map(|(n, vi, en)| {
        let path = path("times");
        let pick = button("choice small-choice", t(vi, en), move |_| survey.set(&path, n));
        truth(pick, "aria-pressed", move || line.with(|l| l.times) == Some(n))
    });
    let with_costs = move || line.with(|l| l.source.is_none_or(IncomeSource::has_costs) || l.costs.is_some());
    let total = move || {
        line.with(Income::line).as_ref().and_then(IncomeLine::net).map_or(String::new(), |net| {
            format!("{} {}", now("Còn lại trong 12 tháng:", "Left in 12 months:"), dong(net))
        })
    };
    let legal = move || line.with(|l| l.source).map_or("", IncomeSource::legal_term);
    let not_counted = move || {
        let counts = line.with(|l| l.source).is_none_or(IncomeSource::counts);
        if counts {
            ""
        } else {
            now("Ghi lại nhưng không tính vào thu nhập.", "Recorded, but not counted as income.")
        }
    };
    let amount_label = move || match line.with(|l| l.times) {
        None | Some(1) => now("Số tiền thu được", "Amount received"),
        Some(12) => now("Số tiền mỗi tháng", "Amount a month"),
        Some(_) => now("Số tiền mỗi lần", "Amount each time"),
    };
    let times_label = t("Số lần trong 12 tháng", "Times in the 12 months");
    let costs_hint = t("Giống, phân, thức ăn, thuê mướn…", "Seed, fertiliser, feed, hired work…");
    let costs = input(
        survey,
        &html("costs"),
        &path("costs"),
        t("Chi phí cả 12 tháng", "Costs of all 12 months"),
        MONEY,
    );
    let amount = input(survey, &html("amount"), &path("amount"), amount_label, MONEY);
    let group = test(el("div").class("item"), "income-line").attr("role", "group");
    group.named("aria-label", t("Một dòng thu nhập", "One income line")).with([
        word_of(survey, &html("source"), &path("source"), t("Nguồn", "Source"), sources),
        p("hint", legal),
        with_dispute(survey, &path("amount"), amount.money()),
        el("div").class("row times").all(&times),
        with_dispute(survey, &path("times"), number(survey, &html("times"), &path("times"), times_label)),
        el("div")
            .flag("hidden", move || !with_costs())
            .with([costs.money().hint(costs_hint).el(), dispute(survey, &path("costs"))]),
        test(p("total", total), "income-total"),
        p("hint", not_counted),
        test(button("button plain", t("Bỏ dòng này", "Take this line off"), remove), "remove-income"),
    ])
}
