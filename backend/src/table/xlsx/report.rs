//! The sheet that is handed in: head lines, title, heads, lines, notes, who signs.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, IgnoreError, Worksheet, XlsxError};
use soho_shared::lang::Lang;
use soho_shared::paper::{Letterhead, MOTTO, NATION, Signature};
use soho_shared::report::{Cell, Kind, Line, Table};

use super::formula::Formulas;
use super::style::Styles;
use super::{clean, day, decimal, text, whole};
use crate::table::shown;

/// Number of columns, and width in letters, beyond which the paper is turned.
const UPRIGHT: (usize, u32) = (9, 104);
/// Letters that upright paper is wide.
const OF_PAPER: u32 = 84;
/// Height of a line of writing, in points.
const LINE: u32 = 15;
/// Most lines of writing in a row; spreadsheets end at 409 points.
const MOST_LINES: u32 = 26;
/// Rows left free for a signature.
const TO_SIGN: u32 = 4;
/// A4, as spreadsheets number papers.
const A4: u8 = 9;
/// Margins of official documents, in inches: left, right, top, bottom, and those of head and foot.
const MARGINS: [f64; 6] = [1.18, 0.59, 0.79, 0.79, 0.3, 0.3];

/// Writes the sheet. Rows come in their order, since large sheets are not kept in memory.
pub(super) fn write(
    sheet: &mut Worksheet,
    table: &Table,
    head: Option<&Letterhead>,
) -> Result<(), XlsxError> {
    let widths = widths(table);
    for (column, width) in (0..).zip(&widths) {
        sheet.set_column_width(column, f64::from(*width))?;
    }
    let mut report = Report { sheet, table, styles: Styles::new(), widths, row: 0 };
    if let Some(head) = head {
        report.letterhead(head)?;
    }
    report.title()?;
    let heads = report.heads()?;
    let first = report.row;
    report.lines()?;
    report.notes()?;
    if head.is_some() {
        report.signatures()?;
    }
    report.set_up(heads, first)
}

/// Widths of the columns in letters; a narrow table is made as wide as the paper, which its head lines need.
fn widths(table: &Table) -> Vec<u32> {
    let mut widths: Vec<u32> = (0..table.columns.len()).map(|column| width(table, column)).collect();
    let sum: u32 = widths.iter().sum();
    if sum < OF_PAPER {
        widths.iter_mut().for_each(|width| *width = *width * OF_PAPER / sum.max(1));
    }
    widths
}

/// Width of a column in letters. Of figures it is what their longest and the longest word of the head need: the paper's width
/// is shared by all, so that each letter too many makes all of them smaller. Texts have the width that was thought of for them,
/// since some are written by hand. Bold letters and separated thousands are wider than a spreadsheet's own measure expects.
fn width(table: &Table, column: usize) -> u32 {
    let of = &table.columns[column];
    let (letters, spare) = match of.kind {
        Kind::Text => (usize::from(of.width), 2),
        _ => {
            let cells = table.lines.iter().filter_map(|line| line.cells.get(column));
            let sign = usize::from(of.kind == Kind::Percent);
            (cells.map(|cell| count(&shown(cell)) + sign).max().unwrap_or_default(), 1)
        }
    };
    let words = of.head.text(Lang::Vi).split_whitespace().map(count);
    let letters = letters.clamp(4, 60).max(words.max().unwrap_or_default().min(20));
    u32::try_from(letters * 115 / 100 + spare).unwrap_or(70)
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// Number of lines that a text takes in a width.
fn lines_of(text: &str, width: u32) -> u32 {
    let of_line = |line: &str| {
        let letters = u32::try_from(count(line)).unwrap_or(u32::MAX);
        (letters.saturating_mul(11) / 10).div_ceil(width.max(1)).max(1)
    };
    text.lines().map(of_line).fold(0_u32, u32::saturating_add).clamp(1, MOST_LINES)
}

struct Report<'a> {
    sheet: &'a mut Worksheet,
    table: &'a Table,
    styles: Styles,
    /// Widths of the columns in letters.
    widths: Vec<u32>,
    /// The row to be written next.
    row: u32,
}

/// Columns from the first to the last of them.
type Span = (usize, usize);

impl Report<'_> {
    const fn last(&self) -> usize {
        self.widths.len() - 1
    }

    fn width_of(&self, (first, last): Span) -> u32 {
        self.widths[first..=last].iter().sum()
    }

    /// The two halves of the sheet; one where there is one column.
    fn halves(&self) -> (Span, Option<Span>) {
        let last = self.last();
        if last == 0 {
            return ((0, 0), None);
        }
        let whole = self.width_of((0, last));
        let mut sum: u32 = 0;
        let middle = self.widths.iter().position(|width| {
            sum += width;
            sum * 100 >= whole * 42
        });
        let middle = middle.unwrap_or_default().min(last - 1);
        ((0, middle), Some((middle + 1, last)))
    }

    /// Writes a text over some columns of the current row.
    fn over(&mut self, (first, last): Span, text: &str, format: &Format) -> Result<(), XlsxError> {
        let (first, last) = (column(first)?, column(last)?);
        if first == last {
            self.sheet.write_string_with_format(self.row, first, text, format)?;
        } else {
            self.sheet.merge_range(self.row, first, self.row, last, text, format)?;
        }
        Ok(())
    }

    /// Ends the current row, which has this many lines of writing.
    fn end_row(&mut self, lines: u32, points: u32) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, f64::from(lines * points))?;
        self.row += 1;
        Ok(())
    }

    /// A row over the whole width.
    fn across(&mut self, of: &str, format: &Format, points: u32) -> Result<(), XlsxError> {
        let (of, whole) = (text(of), (0, self.last()));
        self.over(whole, &of, format)?;
        // Larger letters need more of the width.
        let width = self.width_of(whole) * LINE / points.max(LINE);
        self.end_row(lines_of(&of, width), points)
    }

    /// A row with a text in each half; where there is one column, two rows.
    fn beside(&mut self, left: (&str, &Format), right: (&str, &Format)) -> Result<(), XlsxError> {
        let (left_half, right_half) = self.halves();
        let Some(right_half) = right_half else {
            for (of, format) in [left, right].into_iter().filter(|(of, _)| !of.is_empty()) {
                self.across(of, format, LINE)?;
            }
            return Ok(());
        };
        let mut lines: u32 = 1;
        for ((of, format), half) in [(left, left_half), (right, right_half)] {
            if !of.is_empty() {
                let of = text(of);
                self.over(half, &of, format)?;
                // Capitals are wider.
                lines = lines.max(lines_of(&of, self.width_of(half) * 4 / 5));
            }
        }
        self.end_row(lines, LINE + 1)
    }

    fn letterhead(&mut self, head: &Letterhead) -> Result<(), XlsxError> {
        let (bold, underlined) = (self.styles.bold.clone(), self.styles.underlined.clone());
        let (plain, italic) = (self.styles.plain.clone(), self.styles.italic.clone());
        self.beside((&head.issuer[0], &bold), (NATION, &bold))?;
        self.beside((&head.issuer[1], &underlined), (MOTTO, &underlined))?;
        self.beside((&head.number, &plain), (&head.place_and_date, &italic))?;
        self.row += 1;
        Ok(())
    }

    fn title(&mut self) -> Result<(), XlsxError> {
        let (title, about) = (self.styles.title.clone(), self.styles.about.clone());
        let table = self.table;
        self.across(&clean(&table.title.vi).to_uppercase(), &title, 20)?;
        if !table.about.vi.is_empty() {
            self.across(&table.about.vi, &about, 17)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the heads and returns their first row.
    fn heads(&mut self) -> Result<u32, XlsxError> {
        let (table, first) = (self.table, self.row);
        let format = self.styles.head.clone();
        let columns = &table.columns;
        let lines = |at: usize| lines_of(&columns[at].head.vi, self.widths[at].saturating_sub(1));
        if !table.has_groups() {
            let most = (0..columns.len()).map(lines).max().unwrap_or(1);
            for (at, column) in (0..).zip(columns) {
                self.sheet.write_string_with_format(self.row, at, text(&column.head.vi), &format)?;
            }
            self.end_row(most, LINE)?;
            return Ok(first);
        }

        let mut spans = Vec::new();
        let mut at = 0;
        for (group, many) in table.groups() {
            spans.push((group.map(|group| text(&group.vi)), (at, at + many - 1)));
            at += many;
        }
        let grouped = spans.iter().filter_map(|(group, span)| Some((group.as_ref()?, *span)));
        let above = grouped.map(|(group, span)| lines_of(group, self.width_of(span))).max().unwrap_or(1);
        let of = |in_group: bool| {
            let own = columns.iter().enumerate().filter(|(_, column)| column.group.is_some() == in_group);
            own.map(|(at, _)| lines(at)).max().unwrap_or(1)
        };
        let below = of(true).max(of(false).saturating_sub(above));

        for (group, (from, to)) in &spans {
            match group {
                Some(group) => self.over((*from, *to), group, &format)?,
                None => {
                    for (at, of) in columns.iter().enumerate().take(to + 1).skip(*from) {
                        let head = text(&of.head.vi);
                        let at = column(at)?;
                        self.sheet.merge_range(first, at, first + 1, at, &head, &format)?;
                    }
                }
            }
        }
        self.end_row(above, LINE)?;
        for (at, of) in (0..).zip(columns).filter(|(_, of)| of.group.is_some()) {
            self.sheet.write_string_with_format(self.row, at, text(&of.head.vi), &format)?;
        }
        self.end_row(below, LINE)?;
        Ok(first)
    }

    fn lines(&mut self) -> Result<(), XlsxError> {
        let table = self.table;
        let formulas = Formulas::new(table, self.row);
        for (at, line) in table.lines.iter().enumerate() {
            let added = formulas.added(at);
            for (place, of) in table.columns.iter().enumerate() {
                match formulas.of(at, place, &added) {
                    Some(formula) => {
                        let format = self.styles.of(line.kind, of.kind);
                        self.sheet.write_formula_with_format(self.row, column(place)?, formula, format)?;
                    }
                    None => self.cell(line, place)?,
                }
            }
            self.row += 1;
        }
        Ok(())
    }

    fn cell(&mut self, line: &Line, place: usize) -> Result<(), XlsxError> {
        let kind = self.table.columns[place].kind;
        let format = self.styles.of(line.kind, kind);
        let (row, at) = (self.row, column(place)?);
        let cell = line.cells.get(place).unwrap_or(&Cell::Empty);
        let number = match cell {
            Cell::Count(n) | Cell::Dong(n) => whole(*n),
            Cell::Percent(Some(percent)) => Some(decimal(*percent / Decimal::ONE_HUNDRED)),
            _ => None,
        };
        let day = if let Cell::Date(of) = cell { day(of) } else { None };
        match (number, day) {
            (Some(number), _) => self.sheet.write_number_with_format(row, at, number, format)?,
            (None, Some(day)) => self.sheet.write_datetime_with_format(row, at, &day, format)?,
            (None, None) => self.sheet.write_string_with_format(row, at, text(&shown(cell)), format)?,
        };
        Ok(())
    }

    fn notes(&mut self) -> Result<(), XlsxError> {
        let (table, format) = (self.table, self.styles.note.clone());
        for note in &table.notes {
            self.across(&note.vi, &format, LINE)?;
        }
        Ok(())
    }

    /// Whoever has drawn the table up, and the chair.
    fn signatures(&mut self) -> Result<(), XlsxError> {
        let (bold, italic) = (self.styles.bold.clone(), self.styles.italic.clone());
        let signers = [Signature::of("Người lập biểu"), Signature::chair(None)];
        self.row += 1;
        let [left, right] = signers.map(|signature| {
            let lines = signature.lines.into_iter().map(|line| (line, bold.clone()));
            lines.chain(signature.hint.map(|hint| (hint, italic.clone()))).collect::<Vec<_>>()
        });
        let none = (String::new(), bold);
        for at in 0..left.len().max(right.len()) {
            let [(left, of_left), (right, of_right)] =
                [&left, &right].map(|own| own.get(at).unwrap_or(&none));
            self.beside((left, of_left), (right, of_right))?;
        }
        self.row += TO_SIGN;
        Ok(())
    }

    /// How the sheet is printed and scrolled.
    fn set_up(self, heads: u32, first: u32) -> Result<(), XlsxError> {
        let last = self.last();
        let is_wide = self.widths.len() > UPRIGHT.0 || self.width_of((0, last)) > UPRIGHT.1;
        let (last_row, last) = (self.row.max(first + 1) - 1, column(last)?);
        let name = self.table.columns.iter().position(|column| column.kind == Kind::Text);
        let beside_names = name.filter(|name| *name <= 2).map_or(0, |name| name + 1);
        let [left, right, top, bottom, above, below] = MARGINS;

        let sheet = self.sheet;
        if is_wide {
            sheet.set_landscape();
        }
        sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
        sheet.set_margins(left, right, top, bottom, above, below);
        sheet.set_footer("&C&\"Times New Roman,Regular\"&10Trang &P/&N");
        sheet.set_print_area(0, 0, last_row, last)?;
        sheet.set_repeat_rows(heads, first - 1)?;
        sheet.set_freeze_panes(first, column(beside_names)?)?;
        // Identity numbers and codes are texts on purpose.
        sheet.ignore_error_range(first, 0, last_row, last, IgnoreError::NumberStoredAsText)?;
        Ok(())
    }
}

/// The number of a column on the sheet.
fn column(at: usize) -> Result<u16, XlsxError> {
    u16::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}
