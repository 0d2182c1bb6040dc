//! Section 3: the household's income of the last 12 months, line by line.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::income::{LineForm, Part, term, usual_times};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::dom::{El, Words, el};
use soho_shared::assess::Missing;
use soho_shared::household::{Household, Income, field};
use soho_shared::income::{IncomeSource, Rhythm};
use soho_shared::record::Value;

use super::fields::{MONEY, NUMBER, Way, dispute, field as input, tick, with_dispute, word_of};
use super::members::taken_off;
use super::pen::Pen;
use super::{Sheet, section, show};
use crate::builders::{button, keyed, p, select, test};

/// Sources that most households have; the others are in a list.
const COMMON: [IncomeSource; 4] =
    [IncomeSource::Crops, IncomeSource::Livestock, IncomeSource::Wages, IncomeSource::Remittances];

pub(super) fn income(sheet: Sheet) -> El {
    let Sheet { survey, household, .. } = sheet;
    let lines = move || household.with(|h| !h.income.is_empty());
    let none_said = move || sheet.own(|h| h.no_income);
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
    let what = t(
        "Chỉ ghi những nguồn hộ có. Tính cả phần nhà tự ăn, tự dùng, quy ra tiền.",
        "Fill in only what the household has. Count what it ate and used itself too, in money.",
    );
    let children = [
        p("hint", what),
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
    let uncounted = |income: &Income| {
        income.times.is_none() && income.rhythm.is_some_and(|rhythm| rhythm != Rhythm::Year)
    };
    let missing = move || {
        if household.with(|h| h.income.values().any(uncounted)) {
            return now("số tháng, số vụ, số ngày", "number of months, seasons or days").to_owned();
        }
        sheet.missing_of(&[Missing::Income, Missing::IncomeLine])
    };
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
        let (id, rhythm) = (new_item(), Rhythm::usual(source));
        let fields = rhythm_fields(&id, rhythm);
        let mut fields: Vec<_> = fields.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
        let path = format!("income/{id}/source");
        fields.push((path.as_str(), source.word().into()));
        sheet.survey.set_all(fields);
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

/// Returns what a rhythm is in the record: its word, and the number of times by which the amount is multiplied.
fn rhythm_fields(id: &str, rhythm: Rhythm) -> [(String, Value); 2] {
    let path = |name: &str| format!("income/{id}/{name}");
    let times = usual_times(rhythm).map_or(Value::Null, Value::Int);
    [(path("rhythm"), rhythm.word().into()), (path("times"), times)]
}

/// Returns how a line is asked. Earlier versions kept only the number of times, and may change it alone.
fn rhythm(income: &Income) -> Option<Rhythm> {
    match (income.rhythm, income.times.unwrap_or(1)) {
        (None | Some(Rhythm::Year), 1) => Some(Rhythm::Year),
        (Some(Rhythm::Year), _) => None,
        (None, 12) => Some(Rhythm::Month),
        (stored, _) => stored,
    }
}

fn line(sheet: Sheet, id: &str, gone: RwSignal<Option<String>>) -> El {
    let Sheet { survey, household, .. } = sheet;
    let path = |name: &str| format!("income/{id}/{name}");
    let html = |name: &str| format!("income-{id}-{name}");
    let pen = Pen::of_income(survey, id);
    let of = id.to_owned();
    let line: Memo<Income> = Memo::new(move |_| {
        pen.track();
        household.with_untracked(|h| h.income.get(&of).cloned()).unwrap_or_default()
    });
    let source = Memo::new(move |_| line.with(|l| l.source));
    let mut sources = vec![("", Words::from(t("(chưa chọn)", "(not chosen)")))];
    sources.extend(IncomeSource::ALL.map(|s| (s.word(), Words::from(move || s.name(lang())))));
    let (of, removed) = (id.to_owned(), path("removed"));
    let remove = move |_| {
        survey.set(&removed, true);
        gone.set(Some(of.clone()));
        show("income-title");
    };
    let part = |suffix: &str, name: &str, way: Way| -> Part {
        let path = path(name);
        (input(pen, &html(suffix), &path, "", way), Some(dispute(pen, &path)))
    };
    let item = id.to_owned();
    let form = LineForm {
        id: format!("income-{id}"),
        source: Rc::new(move || source.get()),
        rhythm: Rc::new(move || line.with(rhythm)),
        pick_rhythm: Rc::new(move |rhythm| {
            let fields = rhythm_fields(&item, rhythm);
            survey.set_all(fields.iter().map(|(path, value)| (path.as_str(), value.clone())).collect());
        }),
        rhythm_dispute: Some(dispute(pen, &path("rhythm"))),
        amount: part("amount", "amount", MONEY),
        own_use: part("own-use", "own_use_each", MONEY),
        times: part("times", "times", NUMBER),
        costs: part("costs", "costs_each", MONEY),
        quantity: RwSignal::default(),
        price: RwSignal::default(),
        read: Rc::new(move || line.with(Income::line)),
        members: Rc::new(move || sheet.people(Household::counted_members)),
        folds: false,
    };
    let name =
        move || source.get().map_or(now("Một dòng thu nhập", "One income line"), |s| s.name(lang()));
    let group = test(el("div").class("item"), "income-line").attr("role", "group");
    group.named("aria-label", name).with([
        word_of(pen, &html("source"), &path("source"), t("Nguồn", "Source"), sources),
        term(move || source.get()),
        form.el(),
        costs_of_the_year(pen, &html("costs-year"), path("costs")),
        test(button("button plain", t("Bỏ dòng này", "Take this line off"), remove), "remove-income"),
    ])
}

/// Builds the field for the costs of all 12 months, which earlier versions asked for: shown where they are in the
/// record or in dispute, because they are added to those of each time.
fn costs_of_the_year(pen: Pen, id: &str, path: String) -> El {
    let label = t("Chi phí cả 12 tháng", "Costs of all 12 months");
    let costs = input(pen, id, &path, label, MONEY).money();
    let hint = t("Cộng thêm vào chi phí mỗi lần.", "Added to the costs of each time.");
    let shown = with_dispute(pen, &path, costs.hint(hint));
    // Once seen it stays, so that it does not go while it is being cleared.
    let seen = Cell::new(false);
    shown.flag("hidden", move || {
        let is_there = pen.is_there(&path);
        seen.set(seen.get() || is_there);
        !seen.get()
    })
}
