//! Costs of the supports under the lines tried, beside those under the lines in force. Amounts come from the
//! law files where these have them, otherwise from what the officer types; every assumption is stated.

use std::rc::Rc;

use jiff::civil::Date;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::dom::{El, Words, el};
use soho_shared::entitlement::{Entitlement, Per, Stage, Status};
use soho_shared::law::entitlements;
use soho_shared::money::Vnd;
use soho_shared::standard::Class;
use soho_shared::what_if::{cards, electricity_year};
use soho_shared::words::{cited, dong};

use super::board::Board;
use super::field::{Kind, field};
use super::outcome::{Outcome, Seen};
use super::trial::{MOST_CARD, Trial};
use crate::number_text::{self, change_in_words};

/// A support, and what it is in the year that the round's classes serve.
type Found = (&'static Entitlement, &'static Stage);

/// Returns the last day of the year that a board's classes serve: the one after its round.
fn day(board: &Board) -> Date {
    let (_, round) = board.in_force().about;
    let year = i16::try_from(round.year().saturating_add(1)).unwrap_or(i16::MAX);
    Date::new(year, 12, 31).unwrap_or(Date::MAX)
}

/// Builds both supports, or a message that the law files do not know them.
pub fn costs(board: &Rc<Board>) -> El {
    let day = day(board);
    let find = |id: &str| -> Option<Found> {
        let support = entitlements(board.standard)?.iter().find(|support| support.id == id)?;
        let stage = support.stage_on(day).filter(|stage| stage.status == Status::InForce)?;
        Some((support, stage))
    };
    let mut made = Vec::new();
    if let Some(support) = find("electricity")
        && let Some(amount) = support.1.amount.filter(|amount| amount.per == Per::HouseholdMonth)
    {
        made.push(electricity(board, support, amount.vnd));
    }
    let near_poor = find("health_insurance_near_poor");
    made.extend(find("health_insurance").map(|support| insurance(board, support, near_poor)));
    if made.is_empty() {
        made.push(el("p").says(t(
            "Các chính sách hỗ trợ của giai đoạn này chưa có trong dữ liệu pháp luật, nên trang không tính được chi phí.",
            "The supports of this period are not in the law files yet, so the page cannot reckon what they cost.",
        )));
    }
    let settled = Rc::clone(board);
    el("section")
        .class("part")
        .attr("data-section", "costs")
        .attr("aria-labelledby", "costs-title")
        .on("change", move |_| settled.settle())
        .with([
            el("h2").id("costs-title").says(t("Chi phí trong một năm", "What it costs a year")),
            el("div").class("costs").all(&made),
        ])
}

/// Builds the support for electricity: an amount a month for each poor household.
fn electricity(board: &Rc<Board>, support: Found, monthly: Vnd) -> El {
    let sum = board.says("p", move |seen| {
        let households = number_text::count(seen.tried.households(&[Class::Poor]), seen.lang);
        let monthly = dong(seen.lang, monthly);
        match seen.lang {
            Lang::Vi => format!("{households} hộ nghèo × {monthly} × 12 tháng"),
            Lang::En => format!("{households} poor households × {monthly} × 12 months"),
        }
    });
    let paid = move |_: &Trial, outcome: &Outcome| {
        electricity_year(outcome.households(&[Class::Poor]), monthly).map(Vnd::get)
    };
    let paid = compared(board, "cost-electricity", ("Số tiền", "Amount"), DONG, paid);
    let assumed = (
        "Giả định hộ nào cũng nhận đủ 12 tháng, theo mức cuối năm sau đợt rà soát.",
        "Assumed: each receives it for 12 months, at the rate of the end of the year after the round.",
    );
    card(support, &[sum, paid], assumed)
}

/// Builds the support for health insurance: a card for each member of a poor or near-poor household.
fn insurance(board: &Rc<Board>, support: Found, near_poor: Option<Found>) -> El {
    let trial = board.trial;
    let price = field(
        "card-price",
        t("Giá một thẻ một năm", "Price of a card for a year"),
        Kind::AmountOrNone(MOST_CARD),
        Some(Words::from(t(
            "Không có trong dữ liệu pháp luật: ghi giá của năm đang tính.",
            "Not in the law files: write the price of the year in question.",
        ))),
        move || trial.get().card,
        move |price| trial.update(|trial| trial.card = price),
    );
    let share = field(
        "card-share",
        t(
            "Ngân sách trả bao nhiêu phần trăm thẻ của hộ cận nghèo",
            "Percent of a near-poor card the budget pays",
        ),
        Kind::Percent,
        Some(Words::from(move || share_words(near_poor))),
        move || Vnd::new(trial.get().share.into()),
        move |share| {
            if let Some(share) = share.and_then(|share| u8::try_from(share.get()).ok()) {
                trial.update(|trial| trial.share = share);
            }
        },
    );
    let people = |of: Class| move |_: &Trial, outcome: &Outcome| Some(outcome.persons[of.index()]);
    let paid = |trial: &Trial, outcome: &Outcome| {
        let [poor, near_poor, ..] = outcome.persons;
        let price = trial.card?;
        cards(poor, price, 100)?.checked_add(cards(near_poor, price, trial.share)?).map(Vnd::get)
    };
    let parts = [
        compared(
            board,
            "cards-poor",
            ("Thẻ của người hộ nghèo", "Cards of the poor"),
            CARDS,
            people(Class::Poor),
        ),
        compared(
            board,
            "cards-near-poor",
            ("Thẻ của người hộ cận nghèo", "Cards of the near-poor"),
            CARDS,
            people(Class::NearPoor),
        ),
        el("div").class("no-print").with([price, share]),
        board.says("p", |seen| {
            let Some(price) = seen.trial.card else { return String::new() };
            let (price, share) = (dong(seen.lang, price), seen.trial.share);
            match seen.lang {
                Lang::Vi => format!("Giá thẻ {price}: trả cả cho hộ nghèo, {share}\u{a0}% cho hộ cận nghèo"),
                Lang::En => {
                    format!("Cards at {price}: paid in full for the poor, {share}% for the near-poor")
                }
            }
        }),
        compared(board, "cost-cards", ("Số tiền", "Amount"), DONG, paid),
    ];
    let assumed = (
        "Giả định mỗi người được tính trong hộ có một thẻ, kể cả người đã có thẻ theo diện khác.",
        "Assumed: a card for each member who counts, also for those who have one on other grounds.",
    );
    card(support, &parts, assumed)
}

const DONG: (&str, &str) = ("đ", "đ");
const CARDS: (&str, &str) = ("thẻ", "cards");

/// Builds a figure three times: under the lines tried, under those in force, and the difference in words.
fn compared(
    board: &Board,
    id: &str,
    name: (&'static str, &'static str),
    unit: (&'static str, &'static str),
    read: impl Fn(&Trial, &Outcome) -> Option<i64> + Copy + 'static,
) -> El {
    let shown = move |n: Option<i64>, lang: Lang| {
        n.map_or_else(
            || lang.pick("chưa ghi giá thẻ", "no price written yet").to_owned(),
            |n| format!("{}\u{a0}{}", number_text::count(n, lang), lang.pick(unit.0, unit.1)),
        )
    };
    let change = move |seen: &Seen<'_>| {
        let both = read(&seen.trial, seen.tried).zip(read(&seen.trial, seen.in_force));
        both.map_or_else(
            || number_text::NONE.to_owned(),
            |(tried, own)| change_in_words(tried - own, unit, seen.lang),
        )
    };
    let figure = |says: El| says.class("number");
    el("div").class("compared").id(id).with([
        el("h4").says(move || lang().pick(name.0, name.1)),
        el("dl").with([
            el("dt").says(t("Đang thử", "Tried")),
            figure(board.says("dd", move |seen| shown(read(&seen.trial, seen.tried), seen.lang))),
            el("dt").says(t("Đang áp dụng", "In force")),
            figure(board.says("dd", move |seen| shown(read(&seen.trial, seen.in_force), seen.lang))),
            el("dt").says(t("Chênh lệch", "Difference")),
            figure(board.says("dd", change)),
        ]),
    ])
}

/// Returns what the law says of cards of the near-poor, and the plan where it says otherwise.
fn share_words(near_poor: Option<Found>) -> String {
    let lang = lang();
    let mut words = lang.pick("Thẻ của hộ nghèo: 100\u{a0}%.", "Cards of the poor: 100%.").to_owned();
    let Some((_, stage)) = near_poor else { return words };
    if let Some(share) = stage.share {
        let before =
            lang.pick("Quy định cả nước cho hộ cận nghèo: ít nhất", "National rules, near-poor: at least");
        let percent = lang.pick("\u{a0}%", "%");
        words = format!("{words} {before} {}{percent}.", share.percent);
    }
    if let Some(note) = stage.differs.as_ref().and_then(|source| source.note.as_ref()) {
        words = format!("{words} {}.", note.text(lang));
    }
    words
}

/// Builds the box of one support: its figures, the assumptions, and where the law has it.
fn card((support, stage): Found, parts: &[El], assumed: (&'static str, &'static str)) -> El {
    let small = move || {
        let lang = lang();
        let named = &stage.source.instrument;
        let mut source = cited(lang, named);
        if let Some(plan) = support.plan {
            let section = lang.pick("mục", "section");
            let planned = format!("{}, {section} {}", cited(lang, plan.name), plan.section);
            source = if plan.name == *named { planned } else { format!("{source}; {planned}") };
        }
        format!("{} {}: {source}.", lang.pick(assumed.0, assumed.1), lang.pick("Nguồn", "Source"))
    };
    el("article")
        .class("cost")
        .with([el("h3").says(move || support.name(lang()))])
        .all(parts)
        .with([el("p").class("small").says(small)])
}
