//! A table cut into sheets: size of its letters, widths of its columns, and which rows stand on which sheet.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use soho_shared::lang::Lang;
use soho_shared::paper::Form;
use soho_shared::report::{Cell, Column, Kind, Line, LineKind, Table};

use super::escape;
use super::measure::{Font, Length, lines};
use super::sheets::Sheets;
use crate::table::{clean, shown};

/// Sizes of letters that are tried, in tenths of a point.
const SIZES: [i64; 6] = [110, 100, 90, 80, 70, 60];
/// Those of large print.
const LARGE: [i64; 9] = [160, 150, 140, 130, 120, 110, 100, 90, 80];
/// The size in which columns are measured.
const MEASURED: i64 = 100;
/// Parts of the width of a sheet in which columns are wide: the classes `w1` to `w200`.
const PARTS: i64 = 200;
/// A line between cells.
const RULE: Length = 300;
/// Space above and below a table, with its last line.
const AROUND: Length = 4_500;
/// Longest word that is never broken.
const LONGEST_WORD: Length = 40_000;
/// Width of a common letter where columns are measured.
const LETTER: Length = 1_764;
/// Font of notes under a table.
const NOTES: Font = Font::new(110);

/// Puts a table and its notes; `tail` is the height of what stays with its last rows.
pub(super) fn put(sheets: &mut Sheets, table: &Table, tail: Length) {
    let notes: Vec<(String, Length)> =
        table.notes.iter().map(|note| self::note(&note.vi, sheets.width())).collect();
    let of_notes: Length = notes.iter().map(|(_, height)| height).sum();
    Grid::of(table, sheets).put(sheets, of_notes + tail);
    for (html, height) in notes {
        sheets.put(&html, height);
    }
}

fn note(text: &str, width: Length) -> (String, Length) {
    let height: Length = lines(&clean(text), NOTES, width, 0).iter().map(|_| NOTES.line()).sum();
    (format!("<p class=\"note\">{}</p>\n", escape(text)), height + 1_000)
}

/// A table whose columns have their widths.
struct Grid<'a> {
    table: &'a Table,
    /// Size of its letters.
    size: i64,
    /// Widths of the columns in parts.
    parts: Vec<i64>,
    /// Widths within the columns.
    inner: Vec<Length>,
    /// Most lines of writing in a row.
    most: usize,
}

/// A row, ready to be put on a sheet.
struct Row {
    html: String,
    height: Length,
    /// Whether it stands above others, and not at the end of a sheet.
    leads: bool,
}

impl<'a> Grid<'a> {
    fn of(table: &'a Table, sheets: &Sheets) -> Self {
        let sizes: &[i64] = if sheets.form() == Form::Large { &LARGE } else { &SIZES };
        let needs: Vec<Need> = (0..table.columns.len()).map(|column| Need::of(table, column)).collect();
        let (size, parts) = widths(&needs, sheets.width(), sizes);
        let inner = parts.iter().map(|parts| sheets.width() * parts / PARTS - beside(size)).collect();
        // A row takes at most a third of a sheet.
        let most = usize::try_from(sheets.room() / 3 / Font::new(size).line()).unwrap_or(1).max(1);
        Grid { table, size, parts, inner, most }
    }

    fn put(&self, sheets: &mut Sheets, tail: Length) {
        let (head, of_head) = self.head();
        let rows: Vec<Row> = self.table.lines.iter().map(|line| self.row(line)).collect();
        let above = of_head + AROUND;
        let is_empty = rows.is_empty();
        let shares: Vec<Range<usize>> = if is_empty {
            // The heads alone.
            std::iter::once(0..0).collect()
        } else {
            share(&rows, above, tail, sheets.left(), sheets.room())
        };
        let mut rows = rows.into_iter();
        for (at, share) in shares.into_iter().enumerate() {
            if at > 0 {
                sheets.begin();
            }
            if share.is_empty() && !is_empty {
                continue;
            }
            let mut html = head.clone();
            let mut height = above;
            for row in rows.by_ref().take(share.len()) {
                html.push_str(&row.html);
                height += row.height;
            }
            html.push_str("</tbody>\n</table>\n");
            sheets.put(&html, height);
        }
    }

    /// Everything above the first row, and the height of the heads.
    fn head(&self) -> (String, Length) {
        let columns = &self.table.columns;
        let font = Font::new(self.size).bold();
        let mut html = format!("<table class=\"t{}\">\n<colgroup>", self.size / 10);
        for parts in &self.parts {
            let _ = write!(html, "<col class=\"w{parts}\">");
        }
        html.push_str("</colgroup>\n<thead>\n");
        let height = |text: &str, width: Length| {
            let many: Length = lines(&clean(text), font, width, 0).iter().map(|_| font.line()).sum();
            many + above_and_below(self.size)
        };
        let of = |at: usize| height(&columns[at].head.vi, self.inner[at]);
        let head = |column: &Column, rows: &str| {
            format!("<th scope=\"col\"{rows}>{}</th>", escape(column.head.text(Lang::Vi)))
        };
        if !self.table.has_groups() {
            let heads: String = columns.iter().map(|column| head(column, "")).collect();
            let _ = writeln!(html, "<tr>{heads}</tr>\n</thead>\n<tbody>");
            return (html, (0..columns.len()).map(of).max().unwrap_or_default());
        }

        let (mut upper, mut lower) = (String::new(), String::new());
        let (mut of_upper, mut of_lower, mut of_both): (Length, Length, Length) = (0, 0, 0);
        let mut at = 0;
        for (group, many) in self.table.groups() {
            let under = at..at + many;
            at += many;
            match group {
                Some(group) => {
                    let width: Length = self.inner[under.clone()].iter().sum();
                    of_upper = of_upper.max(height(&group.vi, width));
                    let group = escape(&group.vi);
                    let _ = write!(upper, "<th scope=\"colgroup\" colspan=\"{many}\">{group}</th>");
                    for at in under {
                        of_lower = of_lower.max(of(at));
                        lower.push_str(&head(&columns[at], ""));
                    }
                }
                None => {
                    for at in under {
                        of_both = of_both.max(of(at));
                        upper.push_str(&head(&columns[at], " rowspan=\"2\""));
                    }
                }
            }
        }
        let _ = writeln!(html, "<tr>{upper}</tr>\n<tr>{lower}</tr>\n</thead>\n<tbody>");
        (html, of_both.max(of_upper + of_lower))
    }

    fn row(&self, line: &Line) -> Row {
        let (class, leads) = match line.kind {
            LineKind::Unit => ("", false),
            LineKind::Block => (" class=\"block\"", true),
            LineKind::Part => (" class=\"part\"", false),
            LineKind::Total => (" class=\"total\"", false),
        };
        let font = if is_bold(line) { Font::new(self.size).bold() } else { Font::new(self.size) };
        let mut html = format!("<tr{class}>");
        let mut most: usize = 1;
        for (at, column) in self.table.columns.iter().enumerate() {
            let text = said(column, line.cells.get(at).unwrap_or(&Cell::Empty));
            let lines = lines(&text, font, self.inner[at], 0);
            let text = if lines.len() > self.most {
                escape(&format!("{}…", lines[..self.most - 1].join(" ")))
            } else {
                escape(&text)
            };
            most = most.max(lines.len().min(self.most));
            let class = match column.kind {
                Kind::Text => "",
                Kind::Number | Kind::Date => " class=\"c\"",
                Kind::Count | Kind::Percent | Kind::Dong => " class=\"n\"",
            };
            let _ = write!(html, "<td{class}>{text}</td>");
        }
        html.push_str("</tr>\n");
        let height = Length::try_from(most).unwrap_or(1) * font.line() + above_and_below(self.size);
        Row { html, height, leads }
    }
}

/// What a cell says. The number of a line is no quantity: its thousands stay together.
fn said<'a>(column: &Column, cell: &'a Cell) -> Cow<'a, str> {
    if column.kind == Kind::Number { Cow::Owned(clean(&cell.plain()).into_owned()) } else { shown(cell) }
}

fn is_bold(line: &Line) -> bool {
    matches!(line.kind, LineKind::Block | LineKind::Total)
}

/// An em in micrometres.
const fn em(size: i64) -> Length {
    size * 35_278 / 1_000
}

/// Space beside the text of a cell, with a rule: 0,25 em on each side.
const fn beside(size: i64) -> Length {
    em(size) / 2 + RULE
}

/// Space above and below the text of a cell, with a rule: 0,15 em on each side.
const fn above_and_below(size: i64) -> Length {
    em(size) * 3 / 10 + RULE
}

/// What a column needs at the measured size.
struct Need {
    /// Its longest word, and all of its numbers.
    least: Length,
    /// What makes it good to read.
    good: Length,
    /// What makes it need no second line.
    wish: Length,
}

impl Need {
    fn of(table: &Table, column: usize) -> Self {
        let of = &table.columns[column];
        let font = Font::new(MEASURED);
        let (mut word, mut whole): (Length, Length) = (0, 0);
        for line in &table.lines {
            let Some(cell) = line.cells.get(column) else { continue };
            let font = if is_bold(line) { font.bold() } else { font };
            let text = said(of, cell);
            whole = whole.max(font.width(&text));
            if of.kind == Kind::Text {
                let words = text.split_whitespace().map(|word| font.width(word));
                word = word.max(words.max().unwrap_or_default());
            }
        }
        let head = of.head.text(Lang::Vi);
        let of_head = head.split_whitespace().map(|word| font.bold().width(word)).max().unwrap_or_default();
        let letters = i64::from(of.width) * LETTER;
        let least = if of.kind == Kind::Text { word } else { whole };
        let least = least.min(LONGEST_WORD).max(of_head.min(LONGEST_WORD));
        // A head takes up to four lines.
        let wish = whole.min(letters).max(font.bold().width(head) / 3).max(least);
        let good = if of.kind == Kind::Text { (wish * 7 / 10).max(least) } else { least };
        Need { least, good, wish }
    }
}

/// The largest size in which all columns have what they need, and their widths in parts.
fn widths(needs: &[Need], width: Length, sizes: &[i64]) -> (i64, Vec<i64>) {
    let at = |size: i64, of: fn(&Need) -> Length| -> Vec<i64> {
        let parts = |need: &Need| (of(need) * size / MEASURED + beside(size)) * PARTS;
        needs.iter().map(|need| ((parts(need) + width - 1) / width).max(1)).collect()
    };
    let fits = |parts: &Vec<i64>| parts.iter().sum::<i64>() <= PARTS;
    let needed: [fn(&Need) -> Length; 2] = [|need| need.good, |need| need.least];
    for of in needed {
        let found = sizes.iter().map(|size| (*size, at(*size, of))).find(|(_, parts)| fits(parts));
        if let Some((size, parts)) = found {
            return (size, spread(parts, &at(size, |need| need.wish)));
        }
    }
    // Even the smallest does not fit: words are broken between letters.
    let size = sizes.last().copied().unwrap_or(MEASURED);
    let mut parts = at(size, |need| need.least);
    let sum: i64 = parts.iter().sum();
    parts.iter_mut().for_each(|parts| *parts = (*parts * PARTS / sum.max(1)).max(1));
    (size, spread(parts, &[]))
}

/// Gives out what is left of the width: first as columns wish it, then in proportion.
fn spread(mut parts: Vec<i64>, wishes: &[i64]) -> Vec<i64> {
    let free = (PARTS - parts.iter().sum::<i64>()).max(0);
    let missing: Vec<i64> = wishes.iter().zip(&parts).map(|(wish, has)| (wish - has).max(0)).collect();
    let all: i64 = missing.iter().sum();
    for (parts, missing) in parts.iter_mut().zip(&missing) {
        *parts += missing * free.min(all) / all.max(1);
    }
    let sum: i64 = parts.iter().sum();
    let free = (PARTS - sum).max(0);
    parts.iter_mut().for_each(|parts| *parts += *parts * free / sum.max(1));
    // What rounding leaves.
    let rest = usize::try_from(PARTS - parts.iter().sum::<i64>()).unwrap_or_default();
    parts.iter_mut().take(rest).for_each(|parts| *parts += 1);
    parts
}

/// The rows of each sheet, the current one first; an empty range leaves a sheet as it is. At least two rows stay with what
/// follows the table, and no row that leads others ends a sheet.
fn share(rows: &[Row], head: Length, tail: Length, left: Length, room: Length) -> Vec<Range<usize>> {
    let mut sheets = Vec::new();
    let (mut start, mut left) = (0, left);
    while start < rows.len() {
        let fitting = |more: Length| {
            let mut used = head + more;
            let fits = |row: &&Row| {
                used += row.height;
                used <= left
            };
            rows[start..].iter().take_while(fits).count()
        };
        let (rest, is_fresh) = (rows.len() - start, left >= room);
        let mut many = fitting(0);
        if many == rest && fitting(tail) < rest {
            many = rest.saturating_sub(2);
        }
        while many > 0 && many < rest && rows[start + many - 1].leads {
            many -= 1;
        }
        // No row stands on the next sheet alone.
        if many + 1 == rest && many > 2 {
            many -= 1;
        }
        if many < rest.min(2) && !is_fresh {
            many = 0;
        }
        if many == 0 && is_fresh {
            many = fitting(0).max(1);
        }
        sheets.push(start..start + many);
        start += many;
        left = room;
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(heights: &[Length]) -> Vec<Row> {
        // A block leads others; here its height is uneven.
        heights
            .iter()
            .map(|height| Row { html: String::new(), height: *height, leads: height % 2 == 1 })
            .collect()
    }

    #[test]
    fn every_row_stands_on_one_sheet() {
        for (heights, tail, left, expected) in [
            (vec![10; 5], 0, 100, vec![5]),
            // Eight rows of ten stand under a head of twenty.
            (vec![10; 12], 0, 100, vec![8, 4]),
            // What follows the table takes two rows along.
            (vec![10; 8], 30, 100, vec![6, 2]),
            // A table does not begin with one row at the end of a sheet.
            (vec![10; 5], 0, 35, vec![0, 5]),
            // A row that leads others does not end a sheet, and none stands alone.
            (vec![10, 10, 10, 10, 10, 10, 10, 9, 10, 10, 10], 0, 100, vec![7, 4]),
            (vec![10; 9], 0, 100, vec![7, 2]),
            // Rows that are too high have a sheet each.
            (vec![90, 90], 0, 100, vec![1, 1]),
            // What is too high to stay with two rows comes after them.
            (vec![10, 10], 90, 100, vec![2]),
        ] {
            let shares = share(&rows(&heights), 20, tail, left, 100);
            let many: Vec<usize> = shares.iter().map(|share| share.end - share.start).collect();
            assert_eq!(many, expected, "{heights:?}, {tail}, {left}");
            assert!(shares.windows(2).all(|two| two[0].end == two[1].start), "{shares:?}");
        }
    }

    #[test]
    fn widths_are_all_of_the_sheet() {
        let need = |least: Length, wish: Length| Need { least, good: (least + wish) / 2, wish };
        for needs in [
            vec![need(10_000, 20_000)],
            vec![need(6_000, 6_000), need(20_000, 60_000), need(12_000, 15_000)],
            (0..28).map(|_| need(7_000, 9_000)).collect(),
            (0..80).map(|_| need(9_000, 9_000)).collect::<Vec<_>>(),
        ] {
            let (size, parts) = widths(&needs, 252_000, &SIZES);
            assert_eq!(parts.iter().sum::<i64>(), PARTS, "{parts:?}");
            assert!(SIZES.contains(&size) && parts.iter().all(|parts| *parts > 0), "{parts:?}");
        }
        let (size, parts) = widths(&[need(6_000, 6_000), need(20_000, 60_000)], 165_000, &SIZES);
        assert!(size == 110 && parts[1] > parts[0], "{size}: {parts:?}");
    }
}
