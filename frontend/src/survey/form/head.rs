//! Section 1: the household and its head.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, Words};
use soho_frontend::ui::pick::radio_tiles;
use soho_shared::household::{Sex, field};

use super::fields::{DIGITS, TEXT, dispute, field as input, number, text, tick, with_dispute};
use super::{Sheet, section};

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
pub(super) fn head(sheet: Sheet) -> El {
    let Sheet { survey, household, .. } = sheet;
    let missing = move || {
        household.with(|h| {
            let named = h.head_name.as_deref().is_some_and(|name| !name.trim().is_empty());
            match (named, h.hamlet.is_some()) {
                (true, true) => String::new(),
                (false, true) => now("họ tên", "name").to_owned(),
                (true, false) => now("ấp", "hamlet").to_owned(),
                (false, false) => now("họ tên, ấp", "name, hamlet").to_owned(),
            }
        })
    };
    let sex = move || match household.with(|h| h.head_sex) {
        Some(Sex::Female) => "female".to_owned(),
        Some(Sex::Male) => "male".to_owned(),
        None => String::new(),
    };
    let sexes = vec![
        Tile::new("head-sex-female", "female", t("Nữ", "Female")),
        Tile::new("head-sex-male", "male", t("Nam", "Male")),
    ];
    let pick = move |word: &'static str| survey.set(field::HEAD_SEX, word);
    let where_label = t("Địa chỉ, chỗ dễ tìm", "Address, how to find it");
    let where_hint = t("Ví dụ: tổ 3, cạnh cầu Bà Mụ", "For example: group 3, beside the bridge");
    let address = input(survey, "address", field::ADDRESS, where_label, TEXT).hint(where_hint);
    let birth =
        number(survey, "head-birth-year", field::HEAD_BIRTH_YEAR, t("Năm sinh", "Year of birth"), 1880, 2100);
    let hamlet = number(survey, "hamlet", field::HAMLET, t("Ấp, khóm, khu phố số", "Hamlet number"), 1, 99);
    let children = [
        text(survey, "head-name", field::HEAD_NAME, t("Họ và tên chủ hộ", "Name of the head")),
        radio_tiles("head-sex", t("Giới tính chủ hộ", "Sex of the head"), sexes, sex, pick, "inline"),
        dispute(survey, field::HEAD_SEX),
        with_dispute(survey, field::HEAD_BIRTH_YEAR, birth),
        with_dispute(survey, field::ADDRESS, address),
        identity_number(sheet),
        tick(
            survey,
            "ethnic-minority",
            field::HEAD_ETHNIC_MINORITY,
            t("Chủ hộ là người dân tộc thiểu số", "The head belongs to an ethnic minority"),
        ),
        with_dispute(survey, field::HAMLET, hamlet),
    ];
    section("head-title", t("Hộ và chủ hộ", "Household and head"), missing, false, &children)
}

fn identity_number(sheet: Sheet) -> El {
    let label = t("Số CMND hoặc CCCD", "Identity number (CMND or CCCD)");
    let mut number = input(sheet.survey, "identity-number", field::HEAD_IDENTITY_NUMBER, label, DIGITS);
    let typed = number.value.clone();
    number.error = Some(Words::from(move || {
        let digits: String = typed.get().chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
        if digits.is_empty() || (matches!(digits.len(), 9 | 12) && digits.bytes().all(|b| b.is_ascii_digit()))
        {
            ""
        } else {
            now(
                "CMND có 9 chữ số, CCCD có 12; không có thì để trống",
                "9 digits for a CMND, 12 for a CCCD; leave empty when there is none",
            )
        }
    }));
    number.inputmode = "numeric";
    with_dispute(sheet.survey, field::HEAD_IDENTITY_NUMBER, number)
}
