//! Totals of the area under the lines tried: the classes, and the communes by poor rate.

use std::rc::Rc;

use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::class::class_badge;
use soho_frontend::ui::dom::{El, el};
use soho_shared::count::percent;
use soho_shared::report::RateBands;
use soho_shared::standard::Class;

use super::board::Board;
use super::outcome::{HOUSEHOLDS, Outcome, Seen};
use crate::number_text::{self, change_in_words};

/// Builds the table of the classes in the whole area.
pub fn totals(board: &Rc<Board>) -> El {
    let standard = board.standard;
    let card = |class: Class| {
        let count = move |outcome: &Outcome| outcome.households(&[class]);
        let id = format!("tried-{}", class.word());
        let rate = move |seen: &Seen<'_>| {
            let rate = percent(count(seen.tried), seen.tried.figures.total.households);
            let of = seen.lang.pick("của số hộ đã ghi", "of the households recorded");
            format!("{} {of}", number_text::percent(rate, seen.lang))
        };
        let change = move |seen: &Seen<'_>| {
            change_in_words(count(seen.tried) - count(seen.in_force), HOUSEHOLDS, seen.lang)
        };
        el("div").attr("data-class", class.word()).with([
            el("dt").with([class_badge(move || class, standard)]),
            board
                .says("dd", move |seen| number_text::count(count(seen.tried), seen.lang))
                .id(&id)
                .class("big number"),
            board.says("dd", rate),
            board.says("dd", change).id(&format!("{id}-change")).class("change"),
        ])
    };
    let mut classes = vec![Class::Poor, Class::NearPoor];
    if standard.bands.iter().any(|band| band.class == Class::LowIncome) {
        classes.push(Class::LowIncome);
    }
    let cards: Vec<El> = classes.into_iter().map(card).collect();
    el("dl").class("numbers tried").all(&cards)
}

/// Builds the sentence about households that no choice of lines can classify.
pub fn undecided(board: &Rc<Board>) -> El {
    board.says("p", |seen| {
        let total = &seen.tried.figures.total;
        let (all, undecided) =
            (number_text::count(total.households, seen.lang), number_text::count(total.undecided, seen.lang));
        match (total.undecided, seen.lang) {
            (0, Lang::Vi) => format!("Tính trên cả {all} hộ đã ghi vào sổ; hộ nào cũng xếp loại được."),
            (0, Lang::En) => format!("All {all} households recorded are counted; each could be classified."),
            (_, Lang::Vi) => format!(
                "Trong {all} hộ đã ghi vào sổ, {undecided} hộ chưa đủ thông tin để xếp loại: có trong số hộ đã ghi, không có trong diện nào."
            ),
            (_, Lang::En) => format!(
                "Of {all} households recorded, {undecided} do not say enough to be classified: they are counted as recorded and are in no class."
            ),
        }
    })
    .id("tried-undecided")
}

type Band = ((&'static str, &'static str), fn(&RateBands) -> usize);

const BANDS: [Band; 4] = [
    (("Trên 30\u{a0}%", "Over 30%"), |b| b.over_30.count),
    (("Từ 25 đến 30\u{a0}%", "25 to 30%"), |b| b.from_25_to_30.count),
    (("Từ 20 đến dưới 25\u{a0}%", "20 to under 25%"), |b| b.from_20_to_under_25.count),
    (("Dưới 20\u{a0}%", "Under 20%"), |b| b.under_20.count),
];

/// Builds the table of how many communes have which poor rate.
pub fn bands(board: &Rc<Board>) -> El {
    let count = |outcome: &Outcome, read: fn(&RateBands) -> usize| {
        i64::try_from(read(&outcome.figures.communes_by_poor_rate)).unwrap_or(i64::MAX)
    };
    let heading = |vi, en| el("th").attr("scope", "col").class("num").says(t(vi, en));
    let rows = BANDS.map(|(name, read)| {
        el("tr").with([
            el("th").attr("scope", "row").says(move || lang().pick(name.0, name.1)),
            board.says("td", move |seen| number_text::count(count(seen.tried, read), seen.lang)).class("num"),
            board
                .says("td", move |seen| number_text::count(count(seen.in_force, read), seen.lang))
                .class("num"),
            board
                .says("td", move |seen| {
                    number_text::change(count(seen.tried, read) - count(seen.in_force, read), seen.lang)
                })
                .class("num"),
        ])
    });
    el("section").class("part").attr("data-section", "tried-bands").with([
        el("h2").id("tried-bands-title").says(t("Số xã theo tỷ lệ hộ nghèo", "Communes by poor rate")),
        el("table").id("tried-bands").attr("aria-labelledby", "tried-bands-title").with([
            el("thead").with([el("tr").with([
                el("th").attr("scope", "col").says(t("Tỷ lệ hộ nghèo", "Poor rate")),
                heading("Đang thử", "Tried"),
                heading("Đang áp dụng", "In force"),
                heading("Tăng (+), giảm (−)", "More (+), fewer (−)"),
            ])]),
            el("tbody").all(&rows),
        ]),
    ])
}
