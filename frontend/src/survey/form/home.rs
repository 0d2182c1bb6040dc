//! Section 1: where the household lives, and whether it has come or gone.

use std::rc::Rc;

use soho_frontend::i18n::{now, t};
use soho_frontend::store::own_areas;
use soho_frontend::ui::dom::{El, el};
use soho_shared::area::{AreaCode, tree_covers};
use soho_shared::assess::Missing;
use soho_shared::household::field;
use soho_shared::record::Round;

use super::fields::{TEXT, choice, dispute, field as input, number, tick, with_dispute};
use super::{Sheet, confirm, section, unconfirmed};
use crate::builders::p;

/// Fields of this section in every round.
const FIELDS: [&str; 5] =
    [field::HAMLET, field::ADDRESS, field::MOVED_FROM, field::MOVED_TO, field::DISSOLVED];

/// Returns whether a field is one of this section.
pub(super) fn shows(round: Round, path: &str) -> bool {
    FIELDS.contains(&path) || path == field::RESIDENCE && asks_residence(round)
}

/// Returns whether the household is asked if it lives in a rural or an urban area: its commune no longer tells.
fn asks_residence(round: Round) -> bool {
    i16::try_from(round.year()).is_ok_and(|year| !tree_covers(year))
}

pub(super) fn home(sheet: Sheet) -> El {
    let Sheet { survey, key, .. } = sheet;
    let missing = move || {
        let mut missing = vec![sheet.missing_of(&[Missing::Residence])];
        if sheet.own(|h| h.hamlet.is_none()) {
            missing.insert(0, now("ấp", "hamlet").to_owned());
        }
        missing.retain(|name| !name.is_empty());
        unconfirmed(sheet, 0, missing.join(", "))
    };
    let one = |id: &'static str, path: &'static str, vi, en, hint: (&'static str, &'static str)| {
        let field = input(survey, id, path, t(vi, en), TEXT).hint(t(hint.0, hint.1));
        with_dispute(survey, path, field)
    };
    let ways = el("details").with([
        el("summary").says(t("Chuyển đến, chuyển đi, không còn hộ", "Moved in, moved away, dissolved")),
        one(
            "moved-from",
            field::MOVED_FROM,
            "Trong năm từ nơi khác chuyển đến: từ đâu",
            "Moved in this year: from where",
            ("Ví dụ: Tiền Giang", "For example: Tiền Giang"),
        ),
        one(
            "moved-to",
            field::MOVED_TO,
            "Đã chuyển khỏi xã: đi đâu",
            "Moved out of the commune: to where",
            ("Ví dụ: TP. Hồ Chí Minh", "For example: TP. Hồ Chí Minh"),
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
    // A volunteer with a single hamlet cannot move a household to another one.
    let only = match own_areas()[..] {
        [AreaCode::Hamlet(hamlet)] => Some(hamlet.number),
        _ => None,
    };
    let hamlet = number(survey, "hamlet", field::HAMLET, t("Ấp, khóm, khu phố số", "Hamlet number"))
        .el()
        .flag("hidden", move || only.is_some() && sheet.own(|h| h.hamlet) == only);
    let children = [
        one(
            "address",
            field::ADDRESS,
            "Địa chỉ, chỗ dễ tìm",
            "Address, how to find it",
            ("Ví dụ: tổ 3, cạnh cầu Bà Mụ", "For example: group 3, beside the bridge"),
        ),
        el("div").with([hamlet, dispute(survey, field::HAMLET)]),
    ];
    let residence = asks_residence(key.round).then(|| {
        let why = t(
            "Từ 01/07/2025 xã, phường đã sắp xếp lại nên phải hỏi.",
            "The communes were rearranged on 01/07/2025, so this must be asked.",
        );
        let legend = t("Nhà ở nông thôn hay thành thị?", "Is the house in a rural or an urban area?");
        let words = [("rural", "Nông thôn", "Rural"), ("urban", "Thành thị", "Urban")];
        el("div").with([choice(survey, "residence", field::RESIDENCE, legend, &words), p("hint", why)])
    });
    let body = el("div").all(&children).maybe(residence).with([ways, confirm(sheet, 0)]);
    section(
        survey,
        "head-title",
        t("Nơi ở của hộ", "Where the household lives").into(),
        &["hamlet", "address", "residence", "moved_", "dissolved"],
        Rc::new(missing),
        false,
        &[body],
    )
}
