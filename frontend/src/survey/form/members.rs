//! Section 2: the members. Their number is enough; a list is better.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::dom::{El, Words, el};
use soho_frontend::ui::pick::stepper;
use soho_shared::assess::Missing;
use soho_shared::household::field::RELATIONS;
use soho_shared::household::{Household, Sex, field};
use soho_shared::record::Value;

use super::fields::{NUMBER, dispute, field as input, number, text, tick, with_dispute};
use super::{Sheet, confirm, section, show, unconfirmed};
use crate::builders::{button, keyed, p, select, test, when};
use crate::state::Survey;

pub(super) fn members(sheet: Sheet) -> El {
    let Sheet { survey, household, .. } = sheet;
    let listed = move || household.with(|h| !h.members.is_empty());
    let gone = RwSignal::new(None::<String>);
    let label = t("Số người cùng ăn, cùng ở", "People who eat and live together");
    let hint = t(
        "Chỉ tính ai đã ở từ 6 tháng trở lên trong 12 tháng qua.",
        "Count who lived there for 6 of the last 12 months or more.",
    );
    let wrong = ("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99");
    let count = move || {
        let field = input(survey, "member-count", field::MEMBER_COUNT, label, NUMBER).hint(hint);
        vec![stepper(field, 1, 99, wrong)]
    };
    let counted = move || {
        household.with(|h| {
            let n = h.members.values().filter(|m| m.counts()).count();
            let all = h.members.len();
            if all == 0 {
                String::new()
            } else {
                format!("{n} {} {all}", now("người được tính trong", "counted of"))
            }
        })
    };
    let more = move || {
        if listed() {
            now("Thêm người", "Add a person")
        } else {
            now("Ghi từng người (kể cả chủ hộ)", "List each person (the head too)")
        }
    };
    let on_add = move |_| {
        gone.set(None);
        add(survey, &household.get_untracked());
    };
    let children = [
        when(move || !listed(), count),
        dispute(survey, field::MEMBER_COUNT),
        test(p("hint", counted), "members-counted"),
        keyed(
            move || household.with(|h| h.members.keys().cloned().collect()),
            move |id| member(sheet, &id, gone),
        ),
        taken_off(
            survey,
            "members",
            t("Đã bỏ một người khỏi danh sách. ", "One person was taken off the list. "),
            gone,
        ),
        test(button("button second", more, on_add), "add-member"),
        confirm(sheet, 1),
    ];
    let missing = move || unconfirmed(sheet, 1, sheet.missing_of(&[Missing::Members]));
    let title = t("Người trong hộ", "Who lives there");
    section(survey, "members-title", title.into(), &["member"], Rc::new(missing), false, &children)
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

/// Adds a member. The first one is the head, with what is already known.
fn add(survey: Survey, household: &Household) {
    let id = new_item();
    let path = |name: &str| format!("members/{id}/{name}");
    let mut known = vec![(path("removed"), Value::Bool(false))];
    if household.members.is_empty() {
        let sex = household.head_sex.map(|sex| if sex == Sex::Female { "female" } else { "male" });
        known.extend(household.head_name.clone().map(|name| (path("name"), name.into())));
        known.extend(household.head_birth_year.map(|year| (path("birth_year"), year.into())));
        known.extend(sex.map(|sex| (path("sex"), sex.into())));
    }
    survey.set_all(known.iter().map(|(path, value)| (path.as_str(), value.clone())).collect());
}

fn member(sheet: Sheet, id: &str, gone: RwSignal<Option<String>>) -> El {
    let Sheet { survey, household, .. } = sheet;
    let path = |name: &str| format!("members/{id}/{name}");
    let html = |name: &str| format!("member-{id}-{name}");
    let of = id.to_owned();
    let away = move || {
        let counts =
            household.with(|h| h.members.get(&of).is_none_or(soho_shared::household::Member::counts));
        if counts { "" } else { now("Không tính: ở dưới 6 tháng.", "Not counted: under 6 months.") }
    };
    let (of, removed) = (id.to_owned(), path("removed"));
    let remove = move |_| {
        survey.set(&removed, true);
        gone.set(Some(of.clone()));
        show("members-title");
    };
    let birth = number(survey, &html("birth-year"), &path("birth_year"), t("Năm sinh", "Year of birth"));
    let months_label = t("Số tháng ở nhà", "Months present");
    let months_hint = t("Trong 12 tháng qua; để trống là cả năm", "Of the last 12; empty means all");
    let months = number(survey, &html("months"), &path("months_present"), months_label).hint(months_hint);
    let none = || Words::from(t("(chưa ghi)", "(not stated)"));
    let mut relations = vec![("", none())];
    relations.extend(RELATIONS.map(|(word, vi, en)| (word, Words::from(t(vi, en)))));
    let sexes = vec![("", none()), ("female", t("Nữ", "Female").into()), ("male", t("Nam", "Male").into())];
    let more =
        t("Quan hệ, giới tính, đi học, bệnh, thẻ BHYT", "Relation, sex, school, illness, insurance card");
    let details = el("details").with([
        el("summary").says(more),
        word_of(
            survey,
            &html("relation"),
            &path("relation"),
            t("Quan hệ với chủ hộ", "Relation to the head"),
            relations,
        ),
        word_of(survey, &html("sex"), &path("sex"), t("Giới tính", "Sex"), sexes),
        tick(
            survey,
            &html("pupil"),
            &path("pupil"),
            t("Đang đi học, mẫu giáo", "Goes to school or kindergarten"),
        ),
        tick(survey, &html("ill"), &path("seriously_ill"), t("Bệnh nặng", "Seriously ill")),
        tick(
            survey,
            &html("insured"),
            &path("insured"),
            t("Có thẻ bảo hiểm y tế", "Has a health-insurance card"),
        ),
    ]);
    test(el("div").class("item"), "member")
        .attr("role", "group")
        .named("aria-label", t("Một người", "One person"))
        .with([
            text(survey, &html("name"), &path("name"), t("Họ và tên", "Name")),
            el("div").class("pair").with([
                with_dispute(survey, &path("birth_year"), birth),
                with_dispute(survey, &path("months_present"), months),
            ]),
            p("hint", away),
            details,
            test(button("button plain", t("Bỏ người này", "Take this person off"), remove), "remove-member"),
        ])
}

/// Builds a drop-down list for a field that holds one of a few words.
pub(super) fn word_of(
    survey: Survey,
    id: &str,
    path: &str,
    label: impl Into<Words>,
    options: Vec<(&'static str, Words)>,
) -> El {
    let (read, write) = (path.to_owned(), path.to_owned());
    let value =
        move || survey.value(&read).and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default();
    let pick =
        move |word: String| survey.set(&write, if word.is_empty() { Value::Null } else { word.into() });
    el("div").with([select(id, label, options, value, pick), dispute(survey, path)])
}
