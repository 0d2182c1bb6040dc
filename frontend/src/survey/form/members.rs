//! Section 2: the people. The head is one of them; of the others their number is enough, and a list is better.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::dom::{El, Words, el};
use soho_frontend::ui::pick::stepper;
use soho_shared::assess::Missing;
use soho_shared::fold::fold;
use soho_shared::household::{Household, field};

use super::fields::{NUMBER, dispute, field as input};
use super::member::card;
use super::pen::Pen;
use super::{Sheet, confirm, section, unconfirmed};
use crate::builders::{button, keyed, p, test, when};
use crate::state::Survey;

/// What marks the head's id among those of the cards, so that a card is built anew when its person becomes it.
const HEAD: char = '*';

pub(super) fn members(sheet: Sheet) -> El {
    let Sheet { survey, household, head, .. } = sheet;
    let gone = RwSignal::new(None::<String>);
    let label = t("Số người cùng ăn, cùng ở", "People who eat and live together");
    let hint = t(
        "Tính người đã ở từ 6 tháng trở lên trong 12 tháng qua, và người mới sinh, mới cưới về, mới về ở hẳn.",
        "Count who lived there for 6 of the last 12 months or more, and those newly born, married in or come for good.",
    );
    let wrong = ("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99");
    let count = move || {
        let field = input(survey, "member-count", field::MEMBER_COUNT, label, NUMBER).hint(hint);
        vec![stepper(field, 1, 99, wrong)]
    };
    let is_listed = move || sheet.people(Household::lists_members);
    let counted = move || {
        if !is_listed() {
            return String::new();
        }
        let (n, all) = sheet.people(|h| (h.members.values().filter(|m| m.counts()).count(), h.members.len()));
        match lang() {
            Lang::Vi => format!("Tính {n} trong {all} người"),
            Lang::En => format!("{n} of {all} people count"),
        }
    };
    let mismatch = move || {
        let (stated, listed, heads) = sheet.people(|h| {
            let heads = h.members.values().filter(|member| member.head).count();
            (h.member_count, h.counted_members().map(|n| i64::from(n.get())), heads)
        });
        if heads > 1 {
            return now(
                "Đang có hơn một chủ hộ: bấm “Đặt làm chủ hộ” ở đúng người.",
                "There is more than one head: tap “Make this person the head” at the right one.",
            )
            .to_owned();
        }
        match (stated, listed, lang()) {
            (Some(stated), Some(listed), _) if stated == listed => String::new(),
            (Some(stated), Some(listed), Lang::Vi) if is_listed() => {
                format!("Trước đã ghi {stated} người, danh sách tính {listed}: đã ghi đủ mọi người chưa?")
            }
            (Some(stated), Some(listed), Lang::En) if is_listed() => {
                format!("{stated} people were stated and {listed} are counted: is everybody listed?")
            }
            _ => String::new(),
        }
    };
    let twins = Memo::new(move |_| {
        survey.people.track();
        household.with_untracked(twins)
    });
    let cards = move || {
        survey.people.track();
        let head = head.get();
        let first = format!("{}{HEAD}", head.id);
        let others = household
            .with_untracked(|h| h.members.keys().filter(|id| **id != head.id).cloned().collect::<Vec<_>>());
        std::iter::once(first).chain(others).collect::<Vec<_>>()
    };
    let on_add = move |_| {
        gone.set(None);
        // A list begins with the head.
        let is_first = household.with_untracked(|h| h.members.is_empty());
        let pen = if is_first { Pen::of_head(sheet) } else { survey.into() };
        pen.set(&format!("members/{}/removed", new_item()), false.into());
    };
    let children = [
        when(move || !is_listed(), count),
        dispute(survey, field::MEMBER_COUNT),
        test(p("hint", counted), "members-counted"),
        p("hint", mismatch).attr("role", "status"),
        keyed(cards, move |card_id| match card_id.strip_suffix(HEAD) {
            Some(id) => card(sheet, id, true, twins, gone),
            None => card(sheet, &card_id, false, twins, gone),
        }),
        taken_off(
            survey,
            "members",
            t("Đã bỏ một người khỏi danh sách. ", "One person was taken off the list. "),
            gone,
        ),
        test(button("button second", t("Thêm người", "Add a person"), on_add), "add-member"),
        confirm(sheet, 1),
    ];
    let missing = move || {
        let is_named = sheet.people(|h| h.head_name.as_deref().is_some_and(|name| !name.trim().is_empty()));
        let name = if is_named { "" } else { now("họ tên chủ hộ", "name of the head") };
        let number = sheet.missing_of(&[Missing::Members]);
        let missing: Vec<&str> =
            [name, number.as_str()].into_iter().filter(|name| !name.is_empty()).collect();
        unconfirmed(sheet, 1, missing.join(", "))
    };
    let title = t("Người trong hộ", "Who lives there");
    section(survey, "members-title", title.into(), &["member", "head/"], Rc::new(missing), false, &children)
}

/// Returns the ids of those who are listed under the name and year of birth of another.
fn twins(household: &Household) -> Vec<String> {
    let known: Vec<_> = household
        .members
        .iter()
        .map(|(id, member)| (id, fold(member.name.as_deref().unwrap_or_default()), member.birth_year))
        .filter(|(_, name, _)| !name.is_empty())
        .collect();
    let is_twin = |(id, name, year): &&(&String, String, Option<i64>)| {
        known.iter().any(|(other, same, born)| other != id && same == name && born == year)
    };
    known.iter().filter(is_twin).map(|(id, ..)| (*id).clone()).collect()
}

/// Builds the line that brings back an item that was just removed from a list.
pub(super) fn taken_off(
    survey: Survey,
    list: &'static str,
    words: impl Into<Words>,
    gone: RwSignal<Option<String>>,
) -> El {
    let undo = move |_| {
        if let Some(id) = gone.get_untracked() {
            survey.set(&format!("{list}/{id}/removed"), false);
            gone.set(None);
        }
    };
    let undo = test(button("button plain", t("Lấy lại", "Undo"), undo), &format!("undo-{list}"));
    el("p")
        .attr("role", "status")
        .flag("hidden", move || gone.with(Option::is_none))
        .with([el("span").says(words), undo])
}
