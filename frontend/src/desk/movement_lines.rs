//! What stands below a table of movement: the lines that have no column in the form, and the sum that must come out.

#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::{cell, count};
use soho_shared::area::{AreaCode, Residence};
use soho_shared::count::Listed;
use soho_shared::report::{By, Moved, Movement};

/// Number of columns of the official form; those behind them have no place there.
pub const OFFICIAL: usize = 11;

/// The areas of a sheet's rows, after its heads and before its total; `None` for the row of a part.
#[must_use]
pub fn codes(movement: &Movement) -> Vec<Option<AreaCode>> {
    let of = |residence: Option<Residence>| {
        let rows = movement.rows.iter().filter(move |row| residence.is_none() || row.residence == residence);
        rows.map(|row| row.code.parse().ok())
    };
    match movement.by {
        By::Commune => {
            let block = |residence| std::iter::once(None).chain(of(Some(residence)));
            block(Residence::Urban).chain(block(Residence::Rural)).collect()
        }
        By::District => of(None).chain([None, None]).collect(),
        By::Hamlet => of(None).collect(),
    }
}

/// A term of the sum: whether it is added, its name in both languages, its number.
type Term = (bool, &'static str, &'static str, i64);

/// The terms that lead from the start of a round to its end. Those that the form has come first.
#[must_use]
pub fn terms(moved: &Moved, listed: Listed) -> [Term; 10] {
    [
        (true, "Đầu năm", "Start", moved.start),
        (false, "thoát", "came out", moved.better(listed)),
        (true, "tái", "in it again", moved.again),
        (true, "phát sinh", "new", moved.new),
        (false, "thành hộ nghèo", "became poor", moved.worse(listed)),
        (true, "đến, tách hộ, đợt trước sót", "moved in, split off, missed before", moved.came()),
        (false, "đi, không còn, nhập hộ", "moved away, dissolved, joined", moved.gone()),
        (false, "chưa thăm, chưa xếp loại", "not visited or not decided", moved.pending),
        (true, "từ ấp khác", "from another hamlet", moved.from_hamlets),
        (false, "sang ấp khác", "to another hamlet", moved.to_hamlets),
    ]
}

/// What the terms come to.
#[must_use]
pub fn sum(terms: &[Term]) -> i64 {
    terms.iter().map(|(is_added, .., number)| if *is_added { *number } else { -number }).sum()
}

/// The lines and the sum of a table's area.
#[component]
pub fn Lines(movement: Movement, class: Listed) -> impl IntoView {
    let cells = Movement::cells(&movement.total, class);
    let lines = move || {
        let lang = lang();
        let heads = Movement::heads(lang).into_iter().skip(OFFICIAL);
        let lines = heads.zip(cells.iter().skip(OFFICIAL)).map(|(head, figure)| {
            let head = head
                .split_once(": ")
                .filter(|(first, _)| first.starts_with("Ngo") || first.starts_with("Not"));
            (head, cell(figure, lang), figure.plain())
        });
        let heads = Movement::heads(lang);
        lines
            .enumerate()
            .map(|(place, (short, text, plain))| {
                let name = short.map_or(heads[OFFICIAL + place], |(_, short)| short).to_owned();
                let mut letters = name.chars();
                let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
                view! { <div><dt>{first}{letters.as_str().to_owned()}</dt><dd class="num" data-value=plain>{text}</dd></div> }
            })
            .collect_view()
    };
    let moved = *movement.total.moved(class);
    let terms = terms(&moved, class);
    let short_by = moved.end - sum(&terms);
    let told = move || {
        let lang = lang();
        let mut text = String::new();
        for (place, (is_added, vi, en, number)) in terms.iter().enumerate() {
            // What is not there is left out, but the start and what the form has.
            if *number == 0 && place > 3 {
                continue;
            }
            let sign = match (place, is_added) {
                (0, _) => "",
                (_, true) => " + ",
                (_, false) => " − ",
            };
            text += &format!("{sign}{}\u{a0}{}", lang.pick(vi, en), count(*number, lang));
        }
        format!("{text} = {}\u{a0}{}", lang.pick("cuối năm", "end"), count(moved.end, lang))
    };
    let judged = move || match (short_by, lang()) {
        (0, _) => now("✓ Khớp.", "✓ It comes out.").to_owned(),
        (by, Lang::Vi) => format!("Lệch {} hộ: hãy báo người phụ trách sổ.", count(by, Lang::Vi)),
        (by, Lang::En) => {
            format!("Off by {} households: tell whoever keeps the register.", count(by, Lang::En))
        }
    };
    view! {
        <p class="identity" data-testid="identity" data-short-by=short_by.to_string()>{told} ". " <strong>{judged}</strong></p>
        <h3>{t("Không có cột trong mẫu", "Not on the form")}</h3>
        <dl class="lines">{lines}</dl>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::count::{Book, Measure, Move, Tally};
    use soho_shared::record::Round;
    use soho_shared::report::movement;

    fn of(area: &str, by: By) -> Movement {
        let mut book = Book::default();
        let tally = Tally::default()
            .with(Measure::Households, 100)
            .with(Measure::Poor, 9)
            .with(Measure::of_move(Listed::Poor, Move::AtStart), 12)
            .with(Measure::of_move(Listed::Poor, Move::ToAbove), 4)
            .with(Measure::of_move(Listed::Poor, Move::New), 2)
            .with(Measure::of_move(Listed::Poor, Move::Pending), 1);
        for commune in ["29173", "28757"] {
            book.add(Round::new(2011).unwrap().into(), commune.parse().unwrap(), 1, &tally);
        }
        movement(&book, area.parse().unwrap(), Round::new(2011).unwrap(), by).unwrap()
    }

    #[test]
    fn every_row_of_the_sheet_has_its_area() {
        for (area, by) in
            [("83", By::District), ("83", By::Commune), ("836", By::Commune), ("29173", By::Hamlet)]
        {
            let movement = of(area, by);
            let sheet = movement.sheet(Listed::Poor);
            let codes = codes(&movement);
            assert_eq!(codes.len() + 2, sheet.rows.len(), "{area}");
            for (code, cells) in codes.iter().zip(&sheet.rows[1..]) {
                if let Some(code) = code {
                    assert_eq!(cells[1].plain(), code.name());
                }
            }
        }
    }

    #[test]
    fn the_form_ends_where_its_columns_end() {
        for lang in Lang::ALL {
            let heads = Movement::heads(lang);
            assert!(heads[OFFICIAL].starts_with(lang.pick("Ngoài mẫu", "Not on the form")));
            assert!(heads[..OFFICIAL].iter().all(|head| !head.contains(lang.pick("mẫu", "form"))));
        }
    }

    #[test]
    fn the_sum_leads_from_start_to_end() {
        let moved = *of("29173", By::Hamlet).total.moved(Listed::Poor);
        assert_eq!(sum(&terms(&moved, Listed::Poor)), moved.end);
    }
}
