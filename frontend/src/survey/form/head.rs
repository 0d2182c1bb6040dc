//! Section 1: the household and its head.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::store::own_areas;
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::pick::radio_tiles;
use soho_shared::area::AreaCode;
use soho_shared::household::{Sex, field};

use super::fields::{DIGITS, TEXT, dispute, field as input, number, text, tick, with_dispute};
use super::{Sheet, confirm, section, unconfirmed};

/// Fields of this section.
pub(super) const FIELDS: [&str; 10] = [
    field::HAMLET,
    field::HEAD_NAME,
    field::HEAD_BIRTH_YEAR,
    field::HEAD_SEX,
    field::HEAD_ETHNIC_MINORITY,
    field::HEAD_IDENTITY_NUMBER,
    field::ADDRESS,
    field::MOVED_FROM,
    field::MOVED_TO,
    field::DISSOLVED,
];

pub(super) fn head(sheet: Sheet) -> El {
    let Sheet { survey, household, .. } = sheet;
    let missing = move || {
        let missing = household.with(|h| {
            let named = h.head_name.as_deref().is_some_and(|name| !name.trim().is_empty());
            match (named, h.hamlet.is_some()) {
                (true, true) => String::new(),
                (false, true) => now("họ tên", "name").to_owned(),
                (true, false) => now("ấp", "hamlet").to_owned(),
                (false, false) => now("họ tên, ấp", "name, hamlet").to_owned(),
            }
        });
        unconfirmed(sheet, 0, missing)
    };
    let one = |id: &'static str, path: &'static str, vi, en, hint: &'static str| {
        let field = input(survey, id, path, t(vi, en), TEXT).hint(hint);
        with_dispute(survey, path, field)
    };
    let ways = el("details").with([
        el("summary").says(t("Chuyển đến, chuyển đi, không còn hộ", "Moved in, moved away, dissolved")),
        one(
            "moved-from",
            field::MOVED_FROM,
            "Trong năm từ nơi khác chuyển đến: từ đâu",
            "Moved in this year: from where",
            "Ví dụ: Tiền Giang",
        ),
        one(
            "moved-to",
            field::MOVED_TO,
            "Đã chuyển khỏi xã: đi đâu",
            "Moved out of the commune: to where",
            "Ví dụ: TP. Hồ Chí Minh",
        ),
        tick(
            survey,
            "dissolved",
            field::DISSOLVED,
            t(
                "Không còn hộ này (chết, về ở với hộ khác)",
                "No household any more (died, went to live with others)",
            ),
        ),
    ]);
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
    let birth = number(survey, "head-birth-year", field::HEAD_BIRTH_YEAR, t("Năm sinh", "Year of birth"));
    // A volunteer with a single hamlet cannot move a household to another one.
    let only = match own_areas()[..] {
        [AreaCode::Hamlet(hamlet)] => Some(hamlet.number),
        _ => None,
    };
    let hamlet = number(survey, "hamlet", field::HAMLET, t("Ấp, khóm, khu phố số", "Hamlet number"))
        .el()
        .flag("hidden", move || only.is_some() && household.with(|h| h.hamlet) == only);
    let mut identity_number = input(
        survey,
        "identity-number",
        field::HEAD_IDENTITY_NUMBER,
        t("Số CMND hoặc CCCD", "Identity number (CMND or CCCD)"),
        DIGITS,
    );
    identity_number.inputmode = "numeric";
    let children = [
        text(survey, "head-name", field::HEAD_NAME, t("Họ và tên chủ hộ", "Name of the head")),
        radio_tiles("head-sex", t("Giới tính chủ hộ", "Sex of the head"), sexes, sex, pick, "inline"),
        dispute(survey, field::HEAD_SEX),
        with_dispute(survey, field::HEAD_BIRTH_YEAR, birth),
        with_dispute(survey, field::ADDRESS, address),
        with_dispute(survey, field::HEAD_IDENTITY_NUMBER, identity_number),
        tick(
            survey,
            "ethnic-minority",
            field::HEAD_ETHNIC_MINORITY,
            t("Chủ hộ là người dân tộc thiểu số", "The head belongs to an ethnic minority"),
        ),
        el("div").with([hamlet, dispute(survey, field::HAMLET)]),
        ways,
        confirm(sheet, 0),
    ];
    let title = t("Hộ và chủ hộ", "Household and head");
    section(
        survey,
        "head-title",
        title.into(),
        &["head/", "hamlet", "address", "moved_", "dissolved"],
        Rc::new(missing),
        false,
        &children,
    )
}
