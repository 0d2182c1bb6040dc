//! A table as it leaves the page: text for the clipboard, and a CSV file.

use rust_decimal::Decimal;
use soho_frontend::i18n::Lang;

use crate::number;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A count.
    Count(i64),
    /// A rate; empty when there is none.
    Percent(Option<Decimal>),
}

impl Cell {
    /// As people read it; rates without their sign, which the heading carries.
    #[must_use]
    pub fn shown(&self, lang: Lang) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(n) => number::count(*n, lang),
            Cell::Percent(p) => number::rate(*p, lang),
        }
    }

    /// As programs read it: `55821`, `15.55`; empty when there is none.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(n) => n.to_string(),
            Cell::Percent(p) => p.map(|p| p.to_string()).unwrap_or_default(),
        }
    }
}

/// A table on its way out, headings first, in the order shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The file's name without its ending: plain letters, so that every system keeps it.
    pub name: String,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// A sheet with its headings.
    pub fn new<'a>(name: impl Into<String>, headings: impl IntoIterator<Item = &'a str>) -> Self {
        let headings = headings.into_iter().map(|h| Cell::Text(h.to_owned())).collect();
        Sheet { name: name.into(), rows: vec![headings] }
    }

    /// Columns by tabs, for pasting into a spreadsheet: counts without dots and rates with the comma or
    /// point of the page's language, which is the one such a person's spreadsheet reads as a number.
    #[must_use]
    pub fn tsv(&self, lang: Lang) -> String {
        self.join("\t", "\n", |cell| match cell {
            Cell::Text(text) => text.replace(['\t', '\n', '\r'], " "),
            Cell::Percent(Some(_)) => cell.shown(lang),
            Cell::Count(_) | Cell::Percent(None) => cell.plain(),
        })
    }

    /// CSV after RFC 4180, figures as programs read them (`15.55`). Begins with a byte order mark: without
    /// it Excel takes the names for another encoding.
    #[must_use]
    pub fn csv(&self) -> String {
        let body = self.join(",", "\r\n", |cell| match cell {
            Cell::Text(text) if text.contains(['"', ',', '\n', '\r']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            _ => cell.plain(),
        });
        format!("\u{feff}{body}")
    }

    fn join(&self, between: &str, end: &str, text: impl Fn(&Cell) -> String) -> String {
        let mut out = String::new();
        for row in &self.rows {
            out.push_str(&row.iter().map(&text).collect::<Vec<_>>().join(between));
            out.push_str(end);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_as_text_that_others_read() {
        let mut sheet = Sheet::new("x", ["Đơn vị", "Hộ nghèo", "Tỷ lệ %"]);
        let percent = Cell::Percent(Some("15.55".parse().unwrap()));
        sheet.rows.push(vec![Cell::Text("Thiếu vốn, \"đất\"".to_owned()), Cell::Count(55_821), percent]);
        sheet.rows.push(vec![Cell::Text("a\tb".to_owned()), Cell::Count(0), Cell::Percent(None)]);
        assert_eq!(
            sheet.csv(),
            "\u{feff}Đơn vị,Hộ nghèo,Tỷ lệ %\r\n\"Thiếu vốn, \"\"đất\"\"\",55821,15.55\r\na\tb,0,\r\n"
        );
        assert_eq!(
            sheet.tsv(Lang::Vi),
            "Đơn vị\tHộ nghèo\tTỷ lệ %\nThiếu vốn, \"đất\"\t55821\t15,55\na b\t0\t\n"
        );
        assert!(sheet.tsv(Lang::En).contains("\t15.55\n"));
    }
}
