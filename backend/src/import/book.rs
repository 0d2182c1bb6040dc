//! The table of a spreadsheet, whatever program wrote it.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{
    Data, Dimensions, ExcelDateTime, Ods, OdsError, Range, Reader, Sheet as Listed, SheetType, SheetVisible,
    Xls, XlsError, Xlsx, XlsxError,
};
use serde::{Deserialize, Serialize};
use soho_shared::standard::Note;
use soho_shared::wire::imports::ImportKind;

use super::encoding::Font;
use super::{heads, note, text, zip};

/// Largest file, in bytes.
pub const MAX_FILE: usize = 32 << 20;
/// Most that a file may be unpacked, in bytes.
const MAX_UNPACKED: u64 = 512 << 20;
/// Most rows of a table that hold anything.
const MAX_ROWS: usize = 60_000;
/// Most columns of a table.
const MAX_COLUMNS: usize = 200;
/// Most cells of a table.
const MAX_CELLS: usize = 4_000_000;
/// Most bytes of texts in a table.
const MAX_TEXT: usize = 96 << 20;
/// Most sheets that are looked at for the one with the heads.
const MAX_SHEETS: usize = 20;
/// Rows of a sheet that are looked at for the heads.
const BEGINNING: u32 = 60;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// A text that is shown as it is.
    Text(Box<str>),
    /// A text in a font that shows other letters.
    Old(Font, Box<str>),
    /// A number.
    Number(f64),
    /// A day.
    Date(Box<Day>),
    /// Yes or no.
    Bool(bool),
}

/// A day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Day {
    /// Year, month and day: `2011-03-21`.
    pub(super) iso: String,
    /// The number by which the spreadsheet keeps it, where it is a whole one.
    pub(super) serial: Option<i64>,
}

impl Cell {
    pub(super) fn text(text: impl Into<Box<str>>, font: Option<Font>) -> Self {
        match (text.into(), font) {
            (text, _) if text.trim().is_empty() => Cell::Empty,
            (text, Some(font)) => Cell::Old(font, text),
            (text, None) => Cell::Text(text),
        }
    }

    fn of(data: Data, font: Option<Font>) -> Self {
        match data {
            Data::Int(number) => Cell::Number(number as f64),
            Data::Float(number) => Cell::Number(number),
            Data::String(text) => Cell::text(text, font),
            Data::Bool(is) => Cell::Bool(is),
            Data::DateTime(time) => Cell::date(time),
            Data::DateTimeIso(text) => match text.get(..10) {
                Some(day) => Cell::Date(Box::new(Day { iso: day.to_owned(), serial: None })),
                None => Cell::text(text, None),
            },
            Data::DurationIso(text) => Cell::text(text, None),
            Data::Error(error) => Cell::text(error.to_string(), None),
            Data::Empty => Cell::Empty,
        }
    }

    fn date(time: ExcelDateTime) -> Self {
        if time.is_duration() {
            return Cell::Number(time.as_f64());
        }
        let (year, month, day, ..) = time.to_ymd_hms_milli();
        let iso = format!("{year:04}-{month:02}-{day:02}");
        Cell::Date(Box::new(Day { iso, serial: whole(time.as_f64()) }))
    }

    /// Bytes of its text.
    fn size(&self) -> usize {
        match self {
            Cell::Text(text) | Cell::Old(_, text) => text.len(),
            Cell::Empty | Cell::Number(_) | Cell::Date(_) | Cell::Bool(_) => 0,
        }
    }
}

/// A number without a fraction.
pub(super) fn whole(number: f64) -> Option<i64> {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}").parse().ok() } else { None }
}

/// A row that holds something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// Its number in the file, counted from 1.
    pub(super) number: u32,
    /// Its cells, from the first column on.
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// The cell of a column.
    pub(super) fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }
}

/// A sheet of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Format of the file, such as `xlsx` or `csv, windows-1258`.
    pub(super) format: String,
    /// Its name.
    pub(super) name: String,
    /// Names of all sheets of the file.
    pub(super) names: Vec<String>,
    /// The rows that hold something, by number.
    pub(super) rows: Vec<Row>,
}

/// What is read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What its rows are about: of several sheets the one whose heads fit best is read.
    pub kind: ImportKind,
    /// The sheet, in place of that.
    pub sheet: Option<String>,
    /// Whether a text that is not Unicode was typed with a font of before it, so that its bytes are Latin letters.
    pub latin: bool,
}

/// Reason why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It has more than [`MAX_FILE`] bytes.
    TooLarge,
    /// It would be too large unpacked.
    Unpacked,
    /// It has too many rows.
    Rows,
    /// It has too many columns.
    Columns,
    /// It has too many cells, or too much text.
    Cells,
    /// It wants a password.
    Password,
    /// It is another kind of file.
    NotATable,
    /// It has no sheet of that name.
    NoSheet,
    /// It is damaged, or takes too long.
    Broken,
}

impl Unreadable {
    /// What is wrong and what to do.
    #[must_use]
    pub fn note(self) -> Note {
        match self {
            Unreadable::Empty => {
                note("tệp không có gì: hãy chọn tệp khác", "there is nothing in the file: choose another one")
            }
            Unreadable::TooLarge => note(
                "tệp lớn hơn 32 MB: hãy tách thành nhiều tệp",
                "the file is larger than 32 MB: divide it into several",
            ),
            Unreadable::Unpacked => note(
                "tệp giải nén ra quá lớn nên không mở: hãy lưu lại bảng thành tệp mới",
                "the file would be too large unpacked, so it is not opened: save the table as a new file",
            ),
            Unreadable::Rows => note(
                "bảng có hơn 60.000 dòng: hãy tách thành nhiều tệp",
                "the table has more than 60,000 rows: divide it into several files",
            ),
            Unreadable::Columns => note(
                "bảng có hơn 200 cột: hãy xóa bớt cột thừa",
                "the table has more than 200 columns: delete those that are not needed",
            ),
            Unreadable::Cells => note(
                "bảng có quá nhiều ô hoặc quá nhiều chữ: hãy tách thành nhiều tệp",
                "the table has too many cells or too much text: divide it into several files",
            ),
            Unreadable::Password => note(
                "tệp có mật khẩu: hãy bỏ mật khẩu rồi lưu lại",
                "the file has a password: take it off and save the file again",
            ),
            Unreadable::NotATable => note(
                "tệp này không phải bảng tính: hãy chọn tệp .xlsx, .xls, .ods hoặc .csv",
                "this is no spreadsheet: choose a file .xlsx, .xls, .ods or .csv",
            ),
            Unreadable::NoSheet => {
                note("tệp không có trang tính tên đó", "the file has no sheet of that name")
            }
            Unreadable::Broken => note(
                "không đọc được tệp này: hãy mở bằng chương trình bảng tính rồi lưu lại thành .xlsx",
                "this file cannot be read: open it with a spreadsheet program and save it as .xlsx",
            ),
        }
    }
}

/// Reads the table of a file.
pub(super) fn read(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > MAX_FILE {
        return Err(Unreadable::TooLarge);
    }
    let sheet = if bytes.starts_with(b"PK") {
        packed(bytes, wanted)?
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        xls(bytes, wanted)?
    } else {
        text::read(bytes, wanted)?
    };
    if sheet.rows.is_empty() { Err(Unreadable::Empty) } else { Ok(sheet) }
}

/// Reads a file that is a zip archive.
fn packed(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    let files = zip::directory(bytes).ok_or(Unreadable::Broken)?;
    if files.iter().map(|file| u64::from(file.size)).sum::<u64>() > MAX_UNPACKED {
        return Err(Unreadable::Unpacked);
    }
    if files.iter().any(|file| file.name == b"content.xml") {
        return ods(bytes, wanted);
    }
    if files.iter().any(|file| file.name.starts_with(b"xl/") && file.name.ends_with(b".xml")) {
        return xlsx(bytes, wanted);
    }
    Err(Unreadable::NotATable)
}

/// Names of the sheets with cells that people see.
fn names(sheets: &[Listed]) -> Vec<String> {
    let is_shown =
        |sheet: &&Listed| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    sheets.iter().filter(is_shown).map(|sheet| sheet.name.clone()).collect()
}

/// The sheet that is wanted: of several the first one whose heads fit best.
fn choose(
    names: &[String],
    wanted: &Wanted,
    mut beginning: impl FnMut(&str) -> Result<Rows, Unreadable>,
) -> Result<String, Unreadable> {
    if let Some(name) = &wanted.sheet {
        return names.iter().find(|other| *other == name).cloned().ok_or(Unreadable::NoSheet);
    }
    if let [only] = names {
        return Ok(only.clone());
    }
    let mut best: Option<(usize, &String)> = None;
    for name in names.iter().take(MAX_SHEETS) {
        let fits = beginning(name).map_or(0, |rows| heads::likely(&rows.finish(), wanted.kind));
        if best.is_none_or(|(most, _)| fits > most) {
            best = Some((fits, name));
        }
    }
    best.map(|(_, name)| name.clone()).ok_or(Unreadable::NotATable)
}

fn xlsx(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => Unreadable::Password,
        _ => Unreadable::Broken,
    })?;
    let names = names(book.sheets_metadata());
    let name = choose(&names, wanted, |name| of_xlsx(&mut book, name, BEGINNING))?;
    let mut rows = of_xlsx(&mut book, &name, u32::MAX)?;
    rows.fill(&book.merge_cells_by_sheet_name(&name).unwrap_or_default())?;
    Ok(Sheet { format: "xlsx".to_owned(), name, names, rows: rows.finish() })
}

/// The rows of a sheet of a workbook, before row `until`.
fn of_xlsx(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, until: u32) -> Result<Rows, Unreadable> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| Unreadable::Broken)?;
    let named = |style: &calamine::Style| Font::named(style.font.as_ref()?.name.as_deref()?);
    let fonts: Vec<Option<Font>> = cells.styles().iter().map(named).collect();
    let mut rows = Rows::default();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|_| Unreadable::Broken)? {
        let (row, column) = cell.get_position();
        if row >= until {
            break;
        }
        let font = fonts.get(style).copied().flatten();
        rows.put(row, column, Cell::of(cell.get_value().clone().into(), font))?;
    }
    Ok(rows)
}

fn xls(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => Unreadable::Password,
        _ if is_sealed(bytes) => Unreadable::Password,
        _ => Unreadable::Broken,
    })?;
    let names = names(book.sheets_metadata());
    let name = choose(&names, wanted, |name| of_range(&mut book, name, BEGINNING))?;
    let mut rows = of_range(&mut book, &name, u32::MAX)?;
    rows.fill(&book.merge_cells_by_sheet_name(&name).unwrap_or_default())?;
    Ok(Sheet { format: "xls".to_owned(), name, names, rows: rows.finish() })
}

/// Whether a file holds a workbook that is sealed with a password, which newer programs keep in the older form.
fn is_sealed(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|part| part == name)
}

fn ods(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        OdsError::Password => Unreadable::Password,
        OdsError::InvalidMime(_) => Unreadable::NotATable,
        _ => Unreadable::Broken,
    })?;
    let names = names(book.sheets_metadata());
    let name = choose(&names, wanted, |name| of_range(&mut book, name, BEGINNING))?;
    let rows = of_range(&mut book, &name, u32::MAX)?;
    Ok(Sheet { format: "ods".to_owned(), name, names, rows: rows.finish() })
}

/// The rows of a sheet whose reader keeps it whole, before row `until`.
fn of_range<'b, R: Reader<Cursor<&'b [u8]>>>(
    book: &mut R,
    name: &str,
    until: u32,
) -> Result<Rows, Unreadable> {
    let range: Range<Data> = book.worksheet_range(name).map_err(|_| Unreadable::Broken)?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut rows = Rows::default();
    for (row, column, data) in range.used_cells() {
        let row = u32::try_from(row).map_err(|_| Unreadable::Rows)?.saturating_add(first_row);
        let column = u32::try_from(column).map_err(|_| Unreadable::Columns)?.saturating_add(first_column);
        if row >= until {
            break;
        }
        rows.put(row, column, Cell::of(data.clone(), None))?;
    }
    Ok(rows)
}

/// Rows as they are read, within the bounds.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// By number, counted from 0.
    rows: BTreeMap<u32, Vec<Cell>>,
    cells: usize,
    text: usize,
}

impl Rows {
    /// Sets a cell; places are counted from 0.
    pub(super) fn put(&mut self, row: u32, column: u32, cell: Cell) -> Result<(), Unreadable> {
        if cell == Cell::Empty {
            return Ok(());
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(Unreadable::Columns);
        }
        self.text += cell.size();
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            self.cells += column + 1 - cells.len();
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = cell;
        if self.rows.len() > MAX_ROWS {
            return Err(Unreadable::Rows);
        }
        if self.cells > MAX_CELLS || self.text > MAX_TEXT { Err(Unreadable::Cells) } else { Ok(()) }
    }

    /// Gives what stands in the first cell of merged ones to all of them; rows that hold nothing else stay empty.
    fn fill(&mut self, merged: &[Dimensions]) -> Result<(), Unreadable> {
        let last = u32::try_from(MAX_COLUMNS - 1).unwrap_or(u32::MAX);
        for Dimensions { start, end } in merged {
            let column = usize::try_from(start.1).unwrap_or(usize::MAX);
            let first = self.rows.get(&start.0).and_then(|cells| cells.get(column)).cloned();
            let Some(first) = first.filter(|cell| *cell != Cell::Empty && start.0 <= end.0) else { continue };
            let numbers: Vec<u32> = self.rows.range(start.0..=end.0).map(|(number, _)| *number).collect();
            for number in numbers {
                for column in start.1..=end.1.min(last) {
                    self.put(number, column, first.clone())?;
                }
            }
        }
        Ok(())
    }

    /// The rows.
    pub(super) fn finish(self) -> Vec<Row> {
        let row = |(number, cells): (u32, Vec<Cell>)| Row { number: number.saturating_add(1), cells };
        self.rows.into_iter().map(row).collect()
    }
}

/// The letters by which spreadsheets name a column, counted from 0: `A`, `Z`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest - 1) % 26]));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The column that letters name; `None` where they name none of the first [`MAX_COLUMNS`].
pub(super) fn column(letters: &str) -> Option<usize> {
    (0..MAX_COLUMNS).find(|column| self::letters(*column).eq_ignore_ascii_case(letters))
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    #[test]
    fn columns_have_letters() {
        for (place, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (199, "GR")] {
            assert_eq!((letters(place).as_str(), column(name)), (name, Some(place)));
        }
        assert_eq!((column("c"), column("GS"), column(""), column("A1")), (Some(2), None, None, None));
    }

    #[test]
    fn a_workbook_comes_out_with_its_fonts_dates_and_merged_cells() {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("Ghi chú").unwrap().write(0, 0, "không có bảng").unwrap();
        let old = Format::new().set_font_name(".VnTime");
        let date = Format::new().set_num_format("dd/mm/yyyy");
        let sheet = book.add_worksheet().set_name("Danh sách").unwrap();
        sheet.merge_range(1, 0, 1, 2, "Chủ hộ", &Format::new()).unwrap();
        sheet
            .write(2, 0, "Họ tên chủ hộ")
            .unwrap()
            .write(2, 1, "Ngày sinh")
            .unwrap()
            .write(2, 2, "Ấp")
            .unwrap();
        sheet.write_with_format(3, 0, "BÐ", &old).unwrap();
        sheet.write_number_with_format(3, 1, 18_323, &date).unwrap();
        sheet.merge_range(3, 2, 4, 2, "", &Format::new()).unwrap();
        sheet.write_number(3, 2, 4).unwrap();
        sheet.write(4, 0, "Lan").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let read = read(&bytes, &Wanted::default()).unwrap();
        assert_eq!((read.format.as_str(), read.name.as_str(), read.names.len()), ("xlsx", "Danh sách", 2));
        assert_eq!(read.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert_eq!(
            read.rows[0].cell(2),
            &Cell::Text("Chủ hộ".into()),
            "a group's head stands over all of it"
        );
        let [be, lan] = [&read.rows[2], &read.rows[3]];
        assert_eq!(be.cell(0), &Cell::Old(Font::Tcvn3, "BÐ".into()));
        assert_eq!(
            be.cell(1),
            &Cell::Date(Box::new(Day { iso: "1950-03-01".to_owned(), serial: Some(18_323) }))
        );
        assert_eq!((be.cell(2), lan.cell(2)), (&Cell::Number(4.0), &Cell::Number(4.0)));
        let other = Wanted { sheet: Some("Ghi chú".to_owned()), ..Wanted::default() };
        assert_eq!(super::read(&bytes, &other).unwrap().rows.len(), 1);
        let absent = Wanted { sheet: Some("Trang 9".to_owned()), ..Wanted::default() };
        assert_eq!(super::read(&bytes, &absent), Err(Unreadable::NoSheet));
    }

    #[test]
    fn what_is_no_table_is_said_so() {
        let bomb =
            zip::tests::archive(&[("xl/workbook.xml", 400 << 20), ("xl/worksheets/sheet1.xml", 200 << 20)]);
        let document = zip::tests::archive(&[("word/document.xml", 1)]);
        let sealed: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let sealed = [b"\xd0\xcf\x11\xe0".as_slice(), &[0; 600], &sealed].concat();
        let cut = zip::tests::archive(&[("xl/workbook.xml", 1)]);
        let large = vec![b'a'; MAX_FILE + 1];
        for (bytes, expected) in [
            (b"".as_slice(), Unreadable::Empty),
            (b" \r\n ".as_slice(), Unreadable::Empty),
            (large.as_slice(), Unreadable::TooLarge),
            (bomb.as_slice(), Unreadable::Unpacked),
            (document.as_slice(), Unreadable::NotATable),
            (b"<html><table>".as_slice(), Unreadable::NotATable),
            (b"%PDF-1.4\0\0".as_slice(), Unreadable::NotATable),
            (cut.as_slice(), Unreadable::Broken),
            (b"PK\x03\x04".as_slice(), Unreadable::Broken),
            (sealed.as_slice(), Unreadable::Password),
        ] {
            assert_eq!(read(bytes, &Wanted::default()), Err(expected));
        }
    }

    #[test]
    fn a_table_ends_at_its_bounds() {
        let mut rows = Rows::default();
        assert_eq!(rows.put(0, 200, Cell::Bool(true)), Err(Unreadable::Columns));
        assert_eq!(rows.put(1_048_575, 199, Cell::Bool(true)), Ok(()));
        let most = u32::try_from(MAX_ROWS).unwrap();
        let full = (0..most).map(|row| rows.put(row, 0, Cell::Bool(true))).find(Result::is_err);
        assert_eq!(full, Some(Err(Unreadable::Rows)));
        let mut rows = Rows::default();
        let text = "x".repeat(1 << 20);
        let full = (0..200).map(|row| rows.put(row, 0, Cell::text(text.as_str(), None))).find(Result::is_err);
        assert_eq!(full, Some(Err(Unreadable::Cells)));
    }
}
