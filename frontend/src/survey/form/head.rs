//! Section 1: the household and its head.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::{RadioTiles, TextField, Tile};
use soho_shared::household::{Household, Sex, field};

use super::Section;
use super::fields::{DIGITS, Dispute, Number, Text, Tick, typed};
use crate::state::Survey;

/// The fields of this section.
pub(super) const FIELDS: [&str; 7] = [
    field::HAMLET,
    field::HEAD_NAME,
    field::HEAD_BIRTH_YEAR,
    field::HEAD_SEX,
    field::HEAD_ETHNIC_MINORITY,
    field::HEAD_IDENTITY_NUMBER,
    field::ADDRESS,
];

/// The section.
#[component]
pub(super) fn Head(survey: Survey, household: Memo<Household>) -> impl IntoView {
    let missing = Signal::derive(move || {
        household.with(|h| {
            let named = h.head_name.as_deref().is_some_and(|name| !name.trim().is_empty());
            let mut missing = Vec::new();
            if !named {
                missing.push(now("họ tên", "name"));
            }
            if h.hamlet.is_none() {
                missing.push(now("ấp", "hamlet"));
            }
            missing.join(", ")
        })
    });
    let sex = Signal::derive(move || match household.with(|h| h.head_sex) {
        Some(Sex::Female) => "female".to_owned(),
        Some(Sex::Male) => "male".to_owned(),
        None => String::new(),
    });
    let (number, on_number) = typed(survey, field::HEAD_IDENTITY_NUMBER, DIGITS);
    let number_error = Signal::derive(move || {
        let fits = number.with(|n| {
            let n: String = n.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
            n.is_empty() || (matches!(n.len(), 9 | 12) && n.bytes().all(|b| b.is_ascii_digit()))
        });
        let text = now(
            "CMND có 9 chữ số, CCCD có 12; không có thì để trống",
            "9 digits for a CMND, 12 for a CCCD; leave empty when there is none",
        );
        if fits { String::new() } else { text.to_owned() }
    });
    view! {
        <Section id="head-title" title=("Hộ và chủ hộ", "Household and head") missing=missing>
            <Text survey=survey id="head-name" path=field::HEAD_NAME label=t("Họ và tên chủ hộ", "Name of the head") />
            <RadioTiles
                name="head-sex"
                legend=t("Giới tính chủ hộ", "Sex of the head")
                tiles=vec![
                    Tile::new("head-sex-female", "female", t("Nữ", "Female")),
                    Tile::new("head-sex-male", "male", t("Nam", "Male")),
                ]
                value=sex
                on_pick=move |word: &'static str| survey.set(field::HEAD_SEX, word)
                class="inline"
            />
            <Dispute survey=survey path=field::HEAD_SEX />
            <Number
                survey=survey
                id="head-birth-year"
                path=field::HEAD_BIRTH_YEAR
                label=t("Năm sinh", "Year of birth")
                min=1880
                max=2100
            />
            <Text
                survey=survey
                id="address"
                path=field::ADDRESS
                label=t("Địa chỉ, chỗ dễ tìm", "Address, how to find it")
                hint=t("Ví dụ: tổ 3, cạnh cầu Bà Mụ", "For example: group 3, beside the bridge")
            />
            <TextField
                id="identity-number"
                label=t("Số CMND hoặc CCCD", "Identity number (CMND or CCCD)")
                value=number
                on_input=on_number
                error=number_error
                inputmode="numeric"
            />
            <Dispute survey=survey path=field::HEAD_IDENTITY_NUMBER />
            <Tick
                survey=survey
                id="ethnic-minority"
                path=field::HEAD_ETHNIC_MINORITY
                label=t("Chủ hộ là người dân tộc thiểu số", "The head belongs to an ethnic minority")
            />
            <Number
                survey=survey
                id="hamlet"
                path=field::HAMLET
                label=t("Ấp, khóm, khu phố số", "Hamlet number")
                min=1
                max=99
            />
        </Section>
    }
    .into_any()
}
