//! How cells look on the sheet that is handed in.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};
use soho_shared::report::{Kind, LineKind};

/// The typeface of official documents.
const FONT: &str = "Times New Roman";
/// Ground of blocks and totals: light enough for black letters in print.
const SHADE: Color = Color::RGB(0x00EE_F2F5);

/// Codes of number formats. They are always written as in English; a spreadsheet shows them in its own language.
const COUNT: &str = "#,##0";
const PERCENT: &str = "0.00%";
const DATE: &str = "dd/mm/yyyy";

/// The formats of a sheet.
pub(super) struct Styles {
    /// Of the table's cells, by kind of line and of column.
    cells: Vec<Vec<Format>>,
    pub(super) head: Format,
    pub(super) title: Format,
    pub(super) about: Format,
    /// A line of the letterhead or of a signature.
    pub(super) plain: Format,
    pub(super) bold: Format,
    /// Bold, with the line under it that head lines have.
    pub(super) underlined: Format,
    pub(super) italic: Format,
    pub(super) note: Format,
}

const LINES: [LineKind; 4] = [LineKind::Unit, LineKind::Block, LineKind::Part, LineKind::Total];
const COLUMNS: [Kind; 6] = [Kind::Text, Kind::Number, Kind::Count, Kind::Percent, Kind::Dong, Kind::Date];

impl Styles {
    pub(super) fn new() -> Self {
        let font = Format::new().set_font_name(FONT).set_font_family(1).set_font_size(11);
        let middle = font.set_align(FormatAlign::VerticalCenter).set_text_wrap();
        let center = middle.clone().set_align(FormatAlign::Center);
        let bold = center.clone().set_bold();
        let of_line = |line| COLUMNS.map(|column| cell(middle.clone(), line, column)).to_vec();
        Styles {
            cells: LINES.map(of_line).to_vec(),
            head: bold.clone().set_border(FormatBorder::Thin).set_background_color(SHADE),
            title: bold.clone().set_font_size(14),
            about: bold.clone().set_font_size(12),
            underlined: bold.clone().set_underline(FormatUnderline::Single),
            italic: center.clone().set_italic(),
            note: middle.set_italic(),
            plain: center,
            bold,
        }
    }

    /// The format of a cell of the table.
    pub(super) fn of(&self, line: LineKind, column: Kind) -> &Format {
        let place = (
            LINES.iter().position(|kind| *kind == line).unwrap_or_default(),
            COLUMNS.iter().position(|kind| *kind == column).unwrap_or_default(),
        );
        &self.cells[place.0][place.1]
    }
}

fn cell(format: Format, line: LineKind, column: Kind) -> Format {
    let format = format.set_border(FormatBorder::Thin);
    let format = match line {
        LineKind::Unit => format,
        LineKind::Part => format.set_italic(),
        LineKind::Block | LineKind::Total => format.set_bold().set_background_color(SHADE),
    };
    match column {
        Kind::Text => format,
        Kind::Number => format.set_align(FormatAlign::Center),
        Kind::Count | Kind::Dong => format.unset_text_wrap().set_num_format(COUNT),
        Kind::Percent => format.unset_text_wrap().set_num_format(PERCENT),
        Kind::Date => format.unset_text_wrap().set_align(FormatAlign::Center).set_num_format(DATE),
    }
}
