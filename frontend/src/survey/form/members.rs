//! Section 2: who lives there. A number is enough; a list is better.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::Stepper;
use soho_shared::assess::{Assessment, Missing};
use soho_shared::household::{Household, Sex, field};
use soho_shared::sync::Value;

use super::fields::{Dispute, NUMBER, Number, Text, Tick, typed};
use super::{Section, missing_of, show};
use crate::state::Survey;
use crate::words::RELATIONS;

/// The section.
#[component]
pub(super) fn Members(
    survey: Survey,
    household: Memo<Household>,
    assessed: Memo<Option<Assessment>>,
) -> impl IntoView {
    let missing = Signal::derive(move || assessed.with(|a| missing_of(a.as_ref(), &[Missing::Members])));
    let ids = Memo::new(move |_| household.with(|h| h.members.keys().cloned().collect::<Vec<_>>()));
    let listed = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    let (count, on_count) = typed(survey, field::MEMBER_COUNT, NUMBER);
    let gone = RwSignal::new(None::<String>);
    let add = move |_| {
        gone.set(None);
        add(survey, &household.get_untracked());
    };
    let counted = move || {
        household.with(|h| {
            let n = h.members.values().filter(|m| m.counts()).count();
            format!("{n} {} {}", now("người được tính trong", "counted of"), h.members.len())
        })
    };
    let undo = move |_| {
        if let Some(id) = gone.get_untracked() {
            survey.set(&format!("members/{id}/removed"), false);
            gone.set(None);
        }
    };
    view! {
        <Section id="members-title" title=("Người trong hộ", "Who lives there") missing=missing>
            <Show when=move || !listed.get()>
                <Stepper
                    id="member-count"
                    label=t("Số người cùng ăn, cùng ở", "People who eat and live together")
                    hint=t("Chỉ tính ai đã ở từ 6 tháng trở lên trong 12 tháng qua.", "Count who lived there for 6 of the last 12 months or more.")
                    value=count
                    on_input=on_count
                    min=1
                    max=99
                    wrong=("Số người phải từ 1 đến 99", "The number of people must be from 1 to 99")
                />
            </Show>
            <Dispute survey=survey path=field::MEMBER_COUNT />
            <Show when=move || listed.get()>
                <p class="hint" data-testid="members-counted">{counted}</p>
            </Show>
            <For each=move || ids.get() key=String::clone let:id>
                <Member survey=survey household=household id=id gone=gone />
            </For>
            <p role="status" hidden=move || gone.with(Option::is_none)>
                {t("Đã bỏ một người khỏi danh sách. ", "One person was taken off the list. ")}
                <button type="button" class="button plain" on:click=undo>{t("Lấy lại", "Undo")}</button>
            </p>
            <button type="button" class="button second" data-testid="add-member" on:click=add>
                {move || if listed.get() { now("Thêm người", "Add a person") } else { now("Ghi từng người (kể cả chủ hộ)", "List each person (the head too)") }}
            </button>
        </Section>
    }
    .into_any()
}

/// Adds a member; the first one is the head, with what is known already.
fn add(survey: Survey, household: &Household) {
    if household.members.is_empty() {
        let id = new_item();
        let path = |name: &str| format!("members/{id}/{name}");
        let sex = household.head_sex.map(|sex| if sex == Sex::Female { "female" } else { "male" });
        let known = [
            (path("name"), household.head_name.clone().map(Value::from)),
            (path("birth_year"), household.head_birth_year.map(Value::from)),
            (path("sex"), sex.map(Value::from)),
            (path("removed"), Some(Value::Bool(false))),
        ];
        let known: Vec<_> = known.into_iter().filter_map(|(path, value)| Some((path, value?))).collect();
        survey.set_all(known.iter().map(|(path, value)| (path.as_str(), value.clone())).collect());
        if household.head_name.is_some() {
            return;
        }
    } else {
        survey.set(&format!("members/{}/removed", new_item()), false);
    }
    show("members-title");
}

#[component]
fn Member(
    survey: Survey,
    household: Memo<Household>,
    id: String,
    gone: RwSignal<Option<String>>,
) -> impl IntoView {
    let path = |name: &str| format!("members/{id}/{name}");
    let html = |name: &str| format!("member-{id}-{name}");
    let member = Memo::new({
        let id = id.clone();
        move |_| household.with(|h| h.members.get(&id).cloned())
    });
    let relation = Signal::derive(move || {
        member.with(|m| m.as_ref().and_then(|m| m.relation.clone())).unwrap_or_default()
    });
    let relation_path = path("relation");
    let options = RELATIONS
        .map(|(word, vi, en)| view! { <option value=word selected=move || relation.get() == word>{t(vi, en)}</option> })
        .into_iter()
        .collect_view();
    let pick_relation = {
        let path = relation_path.clone();
        move |event| {
            let word = event_target_value(&event);
            survey.set(&path, if word.is_empty() { Value::Null } else { word.into() });
        }
    };
    let remove = {
        let (id, path) = (id.clone(), path("removed"));
        move |_| {
            survey.set(&path, true);
            gone.set(Some(id.clone()));
        }
    };
    let away = move || {
        member
            .with(|m| m.as_ref().is_some_and(|m| !m.counts()))
            .then(|| now("Không tính: ở dưới 6 tháng.", "Not counted: under 6 months."))
    };
    view! {
        <div class="item" role="group" aria-label=t("Một người", "One person") data-testid="member">
            <Text survey=survey id=html("name") path=path("name") label=t("Họ và tên", "Name") />
            <div class="pair">
                <Number survey=survey id=html("birth-year") path=path("birth_year") label=t("Năm sinh", "Year of birth") min=1880 max=2100 />
                <Number
                    survey=survey
                    id=html("months")
                    path=path("months_present")
                    label=t("Số tháng ở nhà", "Months present")
                    hint=t("Trong 12 tháng qua; để trống là cả năm", "Of the last 12; empty means all")
                    min=0
                    max=12
                />
            </div>
            <p class="hint">{away}</p>
            <details>
                <summary>{t("Quan hệ, giới tính, đi học, bệnh, thẻ BHYT", "Relation, sex, school, illness, insurance card")}</summary>
                <div class="field">
                    <label for=html("relation")>{t("Quan hệ với chủ hộ", "Relation to the head")}</label>
                    <select id=html("relation") on:change=pick_relation>
                        <option value="">{t("(chưa ghi)", "(not stated)")}</option>
                        {options}
                    </select>
                </div>
                <Dispute survey=survey path=relation_path />
                <Sexes survey=survey id=id.clone() path=path("sex") />
                <Tick survey=survey id=html("pupil") path=path("pupil") label=t("Đang đi học, mẫu giáo", "Goes to school or kindergarten") />
                <Tick survey=survey id=html("ill") path=path("seriously_ill") label=t("Bệnh nặng", "Seriously ill") />
                <Tick survey=survey id=html("insured") path=path("insured") label=t("Có thẻ bảo hiểm y tế", "Has a health-insurance card") />
            </details>
            <button type="button" class="button plain" data-testid="remove-member" on:click=remove>{t("Bỏ người này", "Take this person off")}</button>
        </div>
    }
    .into_any()
}

/// The sex of a member, as a list: two tiles for each of nine people would fill a phone.
#[component]
fn Sexes(survey: Survey, id: String, path: String) -> impl IntoView {
    let read = path.clone();
    let sex = Memo::new(move |_| {
        survey.value(&read).and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default()
    });
    let write = path.clone();
    let pick = move |event| {
        let word = event_target_value(&event);
        survey.set(&write, if word.is_empty() { Value::Null } else { word.into() });
    };
    view! {
        <div class="field">
            <label for=format!("member-{id}-sex")>{t("Giới tính", "Sex")}</label>
            <select id=format!("member-{id}-sex") on:change=pick>
                <option value="">{t("(chưa ghi)", "(not stated)")}</option>
                <option value="female" selected=move || sex.get() == "female">{t("Nữ", "Female")}</option>
                <option value="male" selected=move || sex.get() == "male">{t("Nam", "Male")}</option>
            </select>
        </div>
        <Dispute survey=survey path=path />
    }
    .into_any()
}
