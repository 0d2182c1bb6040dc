//! Rows of the table, each followed separately, and the order in which they stay.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, now};
use soho_shared::area::DistrictCode;
use soho_shared::count::percent;
use soho_shared::report::{self, Basis, Row};

use crate::go::Known;
use crate::names;
use crate::page::Page;
use crate::sheet::Cell;
use crate::sort::{Column, Sort};

/// Returns the cell of a row in a column.
#[must_use]
pub fn cell(row: &Row, column: Column) -> Cell {
    match column {
        Column::Stt => row.stt.map(i64::from).into(),
        Column::Name => Cell::Text(row.name.clone()),
        Column::Households => Cell::Count(row.households),
        Column::Poor => Cell::Count(row.poor),
        Column::PoorPercent => Cell::Percent(row.poor_percent),
        Column::NearPoor => Cell::Count(row.near_poor),
        Column::NearPoorPercent => Cell::Percent(row.near_poor_percent),
    }
}

/// Returns the heading of a column in the table, where a rate stands to the right of its count.
#[must_use]
pub fn heading(column: Column, basis: Basis, lang: Lang) -> &'static str {
    match (column, basis) {
        (Column::PoorPercent | Column::NearPoorPercent, Basis::Recorded) => {
            lang.pick("% của số hộ đã ghi", "% of recorded")
        }
        (Column::PoorPercent | Column::NearPoorPercent, _) => "%",
        _ => heading_alone(column, basis, lang),
    }
}

/// Returns the heading of a column that stands alone, as in files.
#[must_use]
pub fn heading_alone(column: Column, basis: Basis, lang: Lang) -> &'static str {
    let (vi, en) = report::heads(basis)[column as usize];
    lang.pick(vi, en)
}

/// Returns in words which households a rate is of.
#[must_use]
pub fn of_which(basis: Basis) -> &'static str {
    match basis {
        Basis::Declared => now("của tổng số hộ dân", "of all households"),
        Basis::Recorded => now("của số hộ đã ghi", "of the households recorded"),
        Basis::Mixed => now(
            "của tổng số hộ dân; ấp chưa kê khai thì của số hộ đã ghi",
            "of all households, of those recorded where a hamlet has declared none",
        ),
    }
}

impl Page {
    /// Returns the row of one area, and follows its changes.
    #[must_use]
    pub fn row(self, code: String) -> Memo<Option<Row>> {
        Memo::new(move |_| {
            self.answer.figures.with(|f| {
                let statistics = &f.as_ref()?.statistics;
                statistics.rows.iter().find(|r| r.code == code).cloned()
            })
        })
    }

    /// Returns what the table's rates divide by.
    #[must_use]
    pub fn basis(self) -> Basis {
        self.answer.figures.with(|f| f.as_ref().map_or(Basis::Recorded, |f| f.statistics.total.basis()))
    }

    /// Returns the total row, and follows its changes.
    #[must_use]
    pub fn total(self) -> Memo<Option<Row>> {
        Memo::new(move |_| self.answer.figures.with(|f| f.as_ref().map(|f| f.statistics.total.clone())))
    }

    /// Returns a district's row; where the table's rows are communes, it is their sum.
    #[must_use]
    pub fn district(self, code: DistrictCode) -> Memo<Option<Row>> {
        let code = code.to_string();
        Memo::new(move |_| {
            self.answer.figures.with(|f| {
                let rows = &f.as_ref()?.statistics.rows;
                if let Some(row) = rows.iter().find(|r| r.code == code) {
                    return Some(row.clone());
                }
                let mut parts = rows.iter().filter(|r| r.district.as_deref() == Some(code.as_str()));
                let mut sum = parts.next()?.clone();
                for part in parts {
                    sum.households += part.households;
                    sum.recorded += part.recorded;
                    sum.undeclared += part.undeclared;
                    sum.poor += part.poor;
                    sum.near_poor += part.near_poor;
                }
                sum.poor_percent = percent(sum.poor, sum.households);
                sum.near_poor_percent = percent(sum.near_poor, sum.households);
                Some(sum)
            })
        })
    }

    /// Returns one figure of a row, with its area and round.
    #[must_use]
    pub fn figure(
        self,
        row: Memo<Option<Row>>,
        read: impl Fn(&Row) -> Cell + Send + Sync + 'static,
    ) -> Signal<Option<Known>> {
        Memo::new(move |_| {
            let cell = row.with(|row| row.as_ref().map(&read))?;
            let about =
                self.answer.figures.with(|f| f.as_ref().map(|f| (f.statistics.area, f.statistics.round)))?;
            Some(Known { about, cell })
        })
        .into()
    }
}

/// The codes of the rows in the order in which they are shown.
///
/// The order is computed when the query or the sort changes, or on request, and then stays: while figures
/// change, rows remain where the reader's finger is. New rows come last.
#[derive(Clone, Copy)]
pub struct Order {
    shown: Memo<Standing>,
    /// Whether the current figures would give another order.
    pub is_stale: Memo<bool>,
    again: RwSignal<u32>,
}

#[derive(Clone, PartialEq)]
struct Standing {
    made_for: (String, Sort, u32),
    codes: Vec<String>,
}

impl Order {
    /// Makes the order of the page's rows under a sort.
    pub fn new(page: Page, sort: Signal<Sort>) -> Self {
        let again = RwSignal::new(0);
        let sorted = Memo::new(move |_| sorted_codes(page, sort.get()));
        let shown = Memo::new(move |before: Option<&Standing>| {
            let about =
                page.answer.figures.with(|f| f.as_ref().map(|f| question(&f.statistics))).unwrap_or_default();
            let made_for = (about, sort.get(), again.get());
            let sorted = sorted.get();
            let codes = match before {
                Some(before) if before.made_for == made_for => {
                    let mut codes = before.codes.clone();
                    codes.retain(|code| sorted.contains(code));
                    codes.extend(sorted.iter().filter(|code| !before.codes.contains(code)).cloned());
                    codes
                }
                _ => sorted,
            };
            Standing { made_for, codes }
        });
        let is_stale = Memo::new(move |_| shown.with(|s| sorted.with(|sorted| s.codes != *sorted)));
        Order { shown, is_stale, again }
    }

    /// Returns the codes in order.
    #[must_use]
    pub fn codes(self) -> Vec<String> {
        self.shown.with(|s| s.codes.clone())
    }

    /// Sorts the rows anew by the current figures.
    pub fn renew(self) {
        self.again.update(|n| *n += 1);
    }
}

fn question(statistics: &soho_shared::report::Statistics) -> String {
    format!("{}/{}/{:?}", statistics.area, statistics.round, statistics.by)
}

fn sorted_codes(page: Page, sort: Sort) -> Vec<String> {
    page.answer.figures.with(|f| {
        let mut rows = f.as_ref().map(|f| f.statistics.rows.clone()).unwrap_or_default();
        sort.apply(&mut rows, names::compare);
        rows.into_iter().map(|r| r.code).collect()
    })
}
