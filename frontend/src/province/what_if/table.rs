//! The plan's table under the lines tried, with the difference from the lines in force.

use std::borrow::Cow;
use std::rc::Rc;

use rust_decimal::Decimal;
use soho_frontend::i18n::{Lang, lang, now};
use soho_frontend::ui::dom::{El, el};
use soho_shared::area::AreaCode;
use soho_shared::explain::{class_name, class_short_name};
use soho_shared::report::{self, By, DISTRICT, HEADS, Head, Line, LineKind, Row, Table};
use soho_shared::standard::Standard;
use soho_shared::words::dong;
use wasm_bindgen::JsCast as _;

use super::board::Board;
use super::outcome::{Outcome, Seen};
use super::trial::Trial;
use crate::address::Address;
use crate::go::is_plain;
use crate::number_text;
use crate::page::{Page, href};
use crate::sheet::{Cell, Sheet};

/// A column after the name. `alone` is its heading where it stands without its neighbours, and `read` takes a
/// row under the lines tried and the same row under those in force.
struct Column {
    word: &'static str,
    heading: Head,
    alone: Head,
    read: fn(&Row, &Row) -> Figure,
}

#[derive(Clone, Copy)]
enum Figure {
    Count(i64),
    Percent(Option<Decimal>),
    Change(i64),
}

const RATE: Head = ("% của số hộ đã ghi", "% of recorded");
const CHANGE: Head = ("Tăng (+), giảm (−)", "More (+), fewer (−)");

static COLUMNS: [Column; 7] = [
    Column {
        word: "households",
        heading: HEADS[2],
        alone: HEADS[2],
        read: |row, _| Figure::Count(row.households),
    },
    Column { word: "poor", heading: HEADS[3], alone: HEADS[3], read: |row, _| Figure::Count(row.poor) },
    Column {
        word: "poor_percent",
        heading: RATE,
        alone: HEADS[4],
        read: |row, _| Figure::Percent(row.poor_percent),
    },
    Column {
        word: "poor_change",
        heading: CHANGE,
        alone: ("Hộ nghèo tăng (+), giảm (−)", "Poor, more (+), fewer (−)"),
        read: |row, own| Figure::Change(row.poor - own.poor),
    },
    Column {
        word: "near_poor",
        heading: HEADS[5],
        alone: HEADS[5],
        read: |row, _| Figure::Count(row.near_poor),
    },
    Column {
        word: "near_poor_percent",
        heading: RATE,
        alone: HEADS[6],
        read: |row, _| Figure::Percent(row.near_poor_percent),
    },
    Column {
        word: "near_poor_change",
        heading: CHANGE,
        alone: ("Hộ cận nghèo tăng (+), giảm (−)", "Near-poor, more (+), fewer (−)"),
        read: |row, own| Figure::Change(row.near_poor - own.near_poor),
    },
];

impl Column {
    /// The column as files have it.
    fn of_file(&self) -> report::Column {
        let percent_of = |part| report::Column::percent(self.word, self.alone, part, "households");
        match self.word {
            "poor_percent" => percent_of("poor"),
            "near_poor_percent" => percent_of("near_poor"),
            _ => report::Column::count(self.word, self.alone),
        }
    }
}

impl Figure {
    fn shown(self, lang: Lang) -> String {
        match self {
            Figure::Count(n) => number_text::count(n, lang),
            Figure::Percent(p) => number_text::rate(p, lang),
            Figure::Change(n) => number_text::change(n, lang),
        }
    }

    fn cell(self) -> Cell {
        match self {
            Figure::Count(n) | Figure::Change(n) => Cell::Count(n),
            Figure::Percent(p) => Cell::Percent(p),
        }
    }
}

/// Returns a row of an outcome; the number after the last row means the total.
fn row(outcome: &Outcome, at: usize) -> &Row {
    outcome.figures.rows.get(at).unwrap_or(&outcome.figures.total)
}

/// Builds the table.
pub fn table(board: &Rc<Board>) -> El {
    let figures = |at: usize| -> Vec<El> {
        let cell = |column: &'static Column| {
            let says = move |seen: &Seen<'_>| {
                (column.read)(row(seen.tried, at), row(seen.in_force, at)).shown(seen.lang)
            };
            board.says("td", says).class("num").attr("data-col", column.word)
        };
        COLUMNS.iter().map(cell).collect()
    };
    let line = |(at, row): (usize, &Row)| {
        el("tr")
            .attr("data-code", &row.code)
            .with([
                stt("td").text(&row.stt.map_or_else(String::new, |n| n.to_string())),
                name().attr("lang", "vi").with([link(board.page, row)]).maybe(district(board, row)),
            ])
            .all(&figures(at))
    };
    let rows: Vec<El> = board.rows().iter().enumerate().map(line).collect();
    let headings: Vec<El> = COLUMNS
        .iter()
        .map(|column| {
            let words = move || lang().pick(column.heading.0, column.heading.1);
            el("th").attr("scope", "col").attr("data-col", column.word).class("num").says(words)
        })
        .collect();
    let (page, standard) = (board.page, board.standard);
    let table = el("table").id("what-if-table").class("figures").with([
        el("caption").with([
            board.says("span", move |seen| caption(&page.here_untracked(), standard, &seen.trial, seen.lang))
        ]),
        el("thead").with([el("tr")
            .with([
                stt("th").attr("scope", "col").says(|| now("STT", "No.")),
                el("th").attr("scope", "col").attr("data-col", "name").says(|| now("Đơn vị", "Area")),
            ])
            .all(&headings)]),
        el("tbody").all(&rows),
        el("tfoot").with([el("tr")
            .class("total")
            .with([stt("td"), name().says(|| now("Tổng cộng", "Total"))])
            .all(&figures(rows.len()))]),
    ]);
    // On a phone only a long table gets a scroll box of its own.
    let boxed = if rows.len() > 12 { "table-box long" } else { "table-box" };
    el("div")
        .class(boxed)
        .attr("role", "region")
        .attr("tabindex", "0")
        .attr("aria-labelledby", "tried-title")
        .with([table])
}

fn stt(tag: &'static str) -> El {
    el(tag).attr("data-col", "stt").class("num")
}

fn name() -> El {
    el("th").attr("scope", "row").attr("data-col", "name")
}

/// Builds an area's name, as a link to the same trial there.
fn link(page: Page, row: &Row) -> El {
    let behind = row.code.parse::<AreaCode>().ok().filter(|area| *area != page.here_untracked().area);
    let Some(area @ AreaCode::District(_)) = behind else { return el("span").text(&row.name) };
    let to = move |here: Address| Address { what_if: here.what_if, ..Address::of_area(area, here.round) };
    el("a")
        .attr_as("href", move || Some(Cow::Owned(href(&to(page.here()), lang()))))
        .on("click", move |event| {
            if event.dyn_ref().is_some_and(is_plain) {
                event.prevent_default();
                page.go(to(page.here_untracked()));
            }
        })
        .text(&row.name)
}

/// Builds the name of a commune's district, where the table has several districts.
fn district(board: &Board, row: &Row) -> Option<El> {
    let several = matches!(board.page.here_untracked().area, AreaCode::Province(_));
    Some(el("small").class("of").text(row.district_name().filter(|_| several)?))
}

/// Returns the table's caption with the lines tried, for paper and screen readers.
fn caption(here: &Address, standard: &Standard, trial: &Trial, lang: Lang) -> String {
    let lines = lines_in_words(trial, standard, lang);
    match lang {
        Lang::Vi => format!("Nếu {lines}: {}, đợt {}", here.area.name(), here.round),
        Lang::En => format!("With {lines}: {}, round {}", here.area.name(), here.round),
    }
}

/// Returns the lines in words: `hộ nghèo đến 420.000 đ ở nông thôn, 500.000 đ ở thành thị; …`.
fn lines_in_words(trial: &Trial, standard: &Standard, lang: Lang) -> String {
    let one = |class| {
        let [rural, urban] = trial.pair(class).map(|line| dong(lang, line));
        match lang {
            Lang::Vi => {
                let name = class_name(class, standard, lang).to_lowercase();
                format!("{name} đến {rural} ở nông thôn, {urban} ở thành thị")
            }
            Lang::En => {
                let name = class_short_name(class, standard, lang).to_lowercase();
                format!("{name} up to {rural} rural, {urban} urban")
            }
        }
    };
    trial.lines.classes().map(one).collect::<Vec<_>>().join("; ")
}

/// Returns the table as it is shown. The name of its file says which lines were tried.
pub fn sheet(board: &Board) -> Option<Sheet> {
    board.seen(|seen| {
        let here = board.page.here_untracked();
        let with_district = board.by == By::Commune && matches!(here.area, AreaCode::Province(_));
        let [vi, en] = Lang::ALL.map(|lang| caption(&here, board.standard, &seen.trial, lang));
        let mut table = Table::new(("Hộ nghèo, hộ cận nghèo", "Poor and near-poor households"), (vi, en));
        table.columns = vec![report::Column::number(), report::Column::text("name", HEADS[1], 26)];
        if with_district {
            table.columns.push(report::Column::text("district", DISTRICT, 20));
        }
        table.columns.extend(COLUMNS.iter().map(Column::of_file));
        let mut name = format!("so-ho-{}-{}-{}-neu-doi-chuan", here.area, here.round, board.by.word());
        for line in seen.trial.lines.classes().flat_map(|class| seen.trial.pair(class)) {
            name.push_str(&format!("-{}", line.get()));
        }
        let cells = |at: usize, name: &str| {
            let (tried, own) = (row(seen.tried, at), row(seen.in_force, at));
            let mut cells: Vec<Cell> = vec![tried.stt.map(i64::from).into(), name.into()];
            if with_district {
                cells.push(tried.district_name().unwrap_or_default().into());
            }
            cells.extend(COLUMNS.iter().map(|column| (column.read)(tried, own).cell()));
            cells
        };
        let rows = board.rows().iter().enumerate();
        table.lines =
            rows.map(|(at, row)| Line::unit(Some(row.code.clone()), cells(at, &row.name))).collect();
        table.lines.push(Line::of(LineKind::Total, cells(board.rows().len(), "Tổng cộng")));
        Sheet { name, table }
    })
}
