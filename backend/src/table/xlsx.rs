//! Workbooks (XLSX): a sheet to hand in, a sheet for programs, and a dictionary of its columns.
//!
//! Readers trust the stored result of a formula, so each has its own; and a formula stands only where it comes to what the
//! table says.

mod formula;
mod report;
mod style;

use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};
use soho_shared::lang::Lang;
use soho_shared::paper::Letterhead;
use soho_shared::report::{Cell, Column, Kind, LineKind, Table};

use super::{MAX_COLUMNS, MAX_LINES, TableError, clean};

/// Number of lines beyond which rows leave the memory as they are written.
const LARGE: usize = 5_000;
/// Longest text of a cell, in characters; spreadsheets end at 32.767.
const LONGEST: usize = 32_000;
/// Longest name of a sheet, in characters.
const LONGEST_NAME: usize = 31;
/// Largest whole number that a spreadsheet keeps exactly.
const LARGEST: u64 = 1 << 53;

/// Columns of the sheet for programs that are no columns of the table: id, heads.
const CODE: [&str; 3] = ["code", "Mã đơn vị hoặc mã hộ", "Code of the area, or id of the household"];
const LINE: [&str; 3] = [
    "line",
    "Loại dòng: unit (đơn vị), block (khối, cộng các dòng sau nó), part (trong đó), total (tổng cộng)",
    "Kind of line: unit, block (with the sum of those that follow), part (of these), total",
];

/// An XLSX workbook of a table: a sheet to hand in, and one for programs.
///
/// # Errors
/// When the table has no columns or more lines than a sheet holds, or the disk has no room for what is being written.
pub fn workbook(table: &Table, head: Option<&Letterhead>) -> Result<Vec<u8>, TableError> {
    if table.columns.is_empty() {
        return Err(TableError::NoColumns);
    }
    if table.lines.len() > MAX_LINES || table.columns.len() > MAX_COLUMNS {
        return Err(TableError::TooLarge);
    }
    let mut workbook = Workbook::new();
    let title = clean(&table.title.vi);
    let about = DocProperties::new().set_title(title).set_subject(clean(&table.about.vi)).set_author("Sổ Hộ");
    workbook.set_properties(&about);

    let is_large = table.lines.len() > LARGE;
    report::write(add(&mut workbook, &sheet_name(&table.title.vi), is_large)?, table, head)?;
    write_data(add(&mut workbook, "du_lieu", is_large)?, table)?;
    write_dictionary(add(&mut workbook, "tu_dien", false)?, table)?;
    Ok(workbook.save_to_buffer()?)
}

/// A new sheet. Rows of a large one are written to a nameless temporary file, so they must come in their order.
fn add<'a>(workbook: &'a mut Workbook, name: &str, is_large: bool) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet =
        if is_large { workbook.add_worksheet_with_constant_memory()? } else { workbook.add_worksheet() };
    sheet.set_name(name)
}

/// A sheet's name that is allowed everywhere: no ASCII marks, at most 31 characters, whole words.
fn sheet_name(title: &str) -> String {
    let plain: String =
        clean(title).chars().map(|c| if c.is_ascii_punctuation() { ' ' } else { c }).collect();
    let mut name = String::new();
    for word in plain.split_whitespace() {
        if name.chars().count() + 1 + word.chars().count() > LONGEST_NAME {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    // Excel keeps this name for itself.
    if name.is_empty() || name.eq_ignore_ascii_case("history") { "Báo cáo".to_owned() } else { name }
}

/// A text as a cell holds it.
fn text(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A whole number, unless a spreadsheet would round it.
fn whole(n: i64) -> Option<f64> {
    (n.unsigned_abs() <= LARGEST).then_some(n as f64)
}

/// A decimal number as the nearest that a spreadsheet has.
fn decimal(n: Decimal) -> f64 {
    n.to_string().parse().unwrap_or_default()
}

/// A day that spreadsheets know. They differ on those before March 1900.
fn day(text: &str) -> Option<ExcelDateTime> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month): (u16, u8) = (year.parse().ok()?, month.parse().ok()?);
    let is_known = (year, month) >= (1900, 3);
    ExcelDateTime::from_ymd(year, month, day.parse().ok()?).ok().filter(|_| is_known)
}

/// The sheet for programs: one row of heads, plain values, no empty row.
fn write_data(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let own = [CODE, LINE].map(|[id, ..]| match table.column(id) {
        Some(_) => format!("{id}_"),
        None => id.to_owned(),
    });
    let heads = own.iter().map(String::as_str).chain(table.columns.iter().map(|column| &*column.id));
    for (at, id) in (0..).zip(heads) {
        sheet.write_string(0, at, id)?;
    }
    for (row, line) in (1..).zip(&table.lines) {
        write_text(sheet, row, 0, line.code.as_deref().unwrap_or_default())?;
        sheet.write_string(row, 1, kind_of_line(line.kind))?;
        for (at, (column, cell)) in (2..).zip(table.columns.iter().zip(&line.cells)) {
            write_plain(sheet, row, at, column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map(drop)
}

/// Writes a text. In the first row an empty one is a space: readers take the column for one of numbers otherwise, and texts
/// further down lose their zeros.
fn write_text(sheet: &mut Worksheet, row: u32, at: u16, of: &str) -> Result<(), XlsxError> {
    let of = if of.is_empty() && row == 1 { " ".to_owned() } else { text(of) };
    sheet.write_string(row, at, of).map(drop)
}

fn write_plain(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    column: &Column,
    cell: &Cell,
) -> Result<(), XlsxError> {
    let number = match cell {
        Cell::Count(n) | Cell::Dong(n) => whole(*n),
        Cell::Percent(Some(percent)) => Some(decimal(*percent)),
        _ => None,
    };
    match (number, column.kind) {
        (Some(number), _) => sheet.write_number(row, at, number).map(drop),
        (None, Kind::Text | Kind::Date) => write_text(sheet, row, at, &cell.plain()),
        (None, _) => sheet.write_string(row, at, text(&cell.plain())).map(drop),
    }
}

/// The dictionary: what each column of the sheet for programs holds. Types stand here, since readers guess them.
fn write_dictionary(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let own =
        [CODE, LINE].map(|[id, vi, en]| [id.to_owned(), vi.to_owned(), en.to_owned(), "text".to_owned()]);
    let columns = table.columns.iter().map(|column| {
        let heads = [Lang::Vi, Lang::En].map(|lang| column.alone(lang));
        let [vi, en] = heads.map(|head| text(&head));
        [column.id.to_string(), vi, en, kind_of_column(column.kind).to_owned()]
    });
    let heads = ["id", "vi", "en", "kind"].map(ToOwned::to_owned);
    for (row, entry) in (0..).zip(std::iter::once(heads).chain(own).chain(columns)) {
        for (at, of) in (0..).zip(entry) {
            sheet.write_string(row, at, of)?;
        }
    }
    for (at, width) in [(0, 24), (1, 60), (2, 60), (3, 10)] {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_freeze_panes(1, 0).map(drop)
}

const fn kind_of_line(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Unit => "unit",
        LineKind::Block => "block",
        LineKind::Part => "part",
        LineKind::Total => "total",
    }
}

const fn kind_of_column(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Count => "count",
        Kind::Percent => "percent",
        Kind::Dong => "dong",
        Kind::Date => "date",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_sheet_is_allowed_everywhere() {
        for (title, name) in [
            ("Hộ nghèo, hộ cận nghèo", "Hộ nghèo hộ cận nghèo"),
            ("Tổng hợp kết quả điều tra, rà soát hộ nghèo", "Tổng hợp kết quả điều tra rà"),
            ("Kế hoạch 1051/KH-UBND: [chỉ tiêu]", "Kế hoạch 1051 KH UBND chỉ tiêu"),
            ("Ho\u{323}\u{302} nghe\u{300}o", "Hộ nghèo"),
            ("'/'", "Báo cáo"),
            ("History", "Báo cáo"),
        ] {
            assert_eq!(sheet_name(title), name);
            assert!(name.chars().count() <= LONGEST_NAME, "{name}");
        }
        assert_eq!(sheet_name(&"a".repeat(40)), "Báo cáo");
    }

    #[test]
    fn a_day_that_is_none_stays_a_text() {
        for known in ["2011-12-05", "1900-03-01", "2012-02-29"] {
            assert!(day(known).is_some(), "{known}");
        }
        for unknown in
            ["2011-02-29", "1900-02-28", "1899-12-31", "1950", "2011-13-01", "2011-12", "", "a-b-c"]
        {
            assert!(day(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn a_number_that_would_be_rounded_stays_a_text() {
        assert_eq!(whole(9_007_199_254_740_992), Some(9_007_199_254_740_992.0));
        assert_eq!(whole(9_007_199_254_740_993), None);
        assert_eq!(whole(-5), Some(-5.0));
    }
}
