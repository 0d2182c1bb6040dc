//! What lies behind a table: smaller areas behind names, households behind numbers.

use soho_frontend::i18n::Lang;
use soho_shared::area::AreaCode;
use soho_shared::count::{Filter, Measure};
use soho_shared::record::Round;
use soho_shared::report::{Column, Kind, Line, LineKind, ReportKind};

use crate::address::{Asked, Page};
use crate::state::href;
use crate::table_view::Opens;
use crate::who::Who;

/// Where the cells of a round's report lead: a name to the same report of its area, a number to its households.
#[must_use]
pub fn opens((page, kind): (Page, ReportKind), asked: &Asked, round: Round, who: &Who, lang: Lang) -> Opens {
    let (asked, who) = (asked.clone(), who.clone());
    Box::new(move |line: &Line, column: &Column| {
        let behind = if column.kind == Kind::Text {
            (page, smaller(kind, line, &asked, &who)?)
        } else {
            (Page::Households, Asked { round, ..households(kind, line, column, &asked, &who)? })
        };
        Some(href(behind.0, &behind.1, lang))
    })
}

/// The area that a line is about, where its households and figures are those of an area.
fn area_of(line: &Line) -> Option<AreaCode> {
    line.code.as_deref().and_then(|code| code.parse().ok())
}

/// The same report of the area that a line is about, or the one that divides it further; nothing where there is none, or
/// the reader does not see it.
fn smaller(kind: ReportKind, line: &Line, asked: &Asked, who: &Who) -> Option<Asked> {
    let area = area_of(line).filter(|area| *area != asked.area)?;
    let kind = match (kind, area) {
        (ReportKind::District, AreaCode::District(_)) => ReportKind::Commune,
        (ReportKind::District | ReportKind::Commune | ReportKind::Bands, AreaCode::Commune(_)) => {
            ReportKind::Hamlet
        }
        _ => kind,
    };
    let is_shown = kind.is_of(area) && who.sees(area) && who.reads(kind);
    is_shown.then(|| Asked { area, by: None, kind: Some(kind), ..asked.clone() })
}

/// The list of the households that a figure counts; nothing where it counts none, or the reader may not read it.
fn households(kind: ReportKind, line: &Line, column: &Column, asked: &Asked, who: &Who) -> Option<Asked> {
    let area = match line.kind {
        // Records that name no hamlet are a line of their commune.
        LineKind::Unit => area_of(line).filter(|area| *area != asked.area)?,
        LineKind::Total => asked.area,
        LineKind::Block | LineKind::Part => return None,
    };
    if !who.opens(Page::Households) || !who.sees(area) {
        return None;
    }
    let words: Vec<&str> = kind.measures(&column.id, asked.class).into_iter().map(Measure::word).collect();
    let filter: Filter = words.join(",").parse().ok()?;
    let (area, hamlet) = match area {
        AreaCode::Hamlet(hamlet) => (AreaCode::Commune(hamlet.commune), Some(hamlet)),
        _ => (area, None),
    };
    Some(Asked { area, hamlet, filter: Some(filter), columns: None, ..asked.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::access::Role;
    use soho_shared::count::{Book, Listed, Tally};
    use soho_shared::report::{By, movement};

    #[test]
    fn names_lead_to_smaller_areas_and_numbers_to_households() {
        let round = Round::new(2011).unwrap();
        let mut book = Book::default();
        book.add(round.into(), "29173".parse().unwrap(), 1, &Tally::default().with(Measure::Poor, 3));
        let asked = Asked { class: Listed::NearPoor, ..Asked::of("836".parse().unwrap(), round) };
        let table = movement(&book, asked.area, round, By::Commune).unwrap().table(asked.class);
        let at = |id: &str| &table.columns[table.column(id).unwrap()];
        let line = |code: &str| table.lines.iter().find(|line| line.code.as_deref() == Some(code)).unwrap();
        let (commune, total) = (line("29173"), table.lines.last().unwrap());
        let of = |role, areas: &[&str], line, id: &str| {
            let who = Who { role, areas: areas.iter().map(|area| area.parse().unwrap()).collect() };
            opens((Page::Movement, ReportKind::Movement), &asked, round, &who, Lang::Vi)(line, at(id))
        };
        let officer = |line, id| of(Some(Role::District), &["836"], line, id);
        assert_eq!(
            officer(commune, "name").as_deref(),
            Some("/desk/movement?area=29173&round=2011&class=near_poor&lang=vi")
        );
        let list = "filter=near_poor_to_low_income,near_poor_to_above&lang=vi";
        assert_eq!(
            officer(commune, "better"),
            Some(format!("/desk/households?area=29173&round=2011&{list}"))
        );
        assert_eq!(officer(total, "better"), Some(format!("/desk/households?area=836&round=2011&{list}")));
        for (line, id) in
            [(total, "name"), (commune, "households"), (commune, "end_percent"), (&table.lines[0], "end")]
        {
            assert_eq!(officer(line, id), None, "{id}");
        }
        // Who has no right to the households is led to none.
        assert_eq!(of(Some(Role::Admin), &[], commune, "better"), None);
        assert_eq!(of(Some(Role::Commune), &["28757"], commune, "better"), None);
    }
}
