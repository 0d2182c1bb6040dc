//! What stands below a table of movement: the lines that have no column in the form, and the sum that must come out.

#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::{cell, count};
use soho_shared::count::Listed;
use soho_shared::report::{Cell, Column, Moved, Movement, Table};

/// Columns of a table that the form has, the number and the name among them.
const OFFICIAL: usize = 2 + Movement::OFFICIAL;

/// A table of movement with the columns of the form alone.
#[must_use]
pub fn official(table: &Table) -> Table {
    let mut table = table.clone();
    table.columns.truncate(OFFICIAL);
    table.lines.iter_mut().for_each(|line| line.cells.truncate(OFFICIAL));
    table
}

/// What the total says beside the form: the columns that have no place in it, with their figures.
fn beside(table: &Table) -> Vec<(Column, Cell)> {
    let total = table.lines.last().map(|line| line.cells.clone()).unwrap_or_default();
    table.columns.iter().cloned().zip(total).skip(OFFICIAL).collect()
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
pub fn Lines(
    /// The movement.
    movement: Movement,
    /// Its table of the class.
    table: Table,
    /// The class.
    class: Listed,
) -> impl IntoView {
    let beside = beside(&table);
    let lines = move || {
        let lang = lang();
        let line = |(column, figure): &(Column, Cell)| {
            let (head, plain) = (column.head.text(lang).to_owned(), figure.plain());
            view! { <div><dt>{head}</dt><dd class="num" data-value=plain>{cell(figure, lang)}</dd></div> }
        };
        beside.iter().map(line).collect_view()
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
    use soho_shared::area::AreaCode;
    use soho_shared::count::{Book, Measure, Move, Tally};
    use soho_shared::record::Round;
    use soho_shared::report::{By, LineKind, movement};

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
    fn every_unit_leads_to_its_area() {
        for (area, by) in
            [("83", By::District), ("83", By::Commune), ("836", By::Commune), ("29173", By::Hamlet)]
        {
            let table = of(area, by).table(Listed::Poor);
            for line in table.lines.iter().filter(|line| line.kind == LineKind::Unit) {
                let code: AreaCode = line.code.as_deref().unwrap().parse().unwrap();
                assert_eq!(line.cells[1].plain(), code.name());
            }
        }
    }

    #[test]
    fn the_form_ends_where_its_columns_end() {
        let table = of("83", By::District).table(Listed::Poor);
        let is_beside = |column: &Column| column.group.as_ref().is_some_and(|group| group.vi == "Ngoài mẫu");
        let form = official(&table);
        assert!(form.columns.len() == OFFICIAL && !form.columns.iter().any(is_beside));
        assert!(form.lines.iter().all(|line| line.cells.len() == OFFICIAL));
        let beside = beside(&table);
        assert!(beside.len() + OFFICIAL == table.columns.len());
        assert!(beside.iter().all(|(column, _)| is_beside(column)));
    }

    #[test]
    fn the_sum_leads_from_start_to_end() {
        let moved = *of("29173", By::Hamlet).total.moved(Listed::Poor);
        assert_eq!(sum(&terms(&moved, Listed::Poor)), moved.end);
    }
}
