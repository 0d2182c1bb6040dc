//! One table with four faces: what a page draws, what CSV and XLSX hold, and what is printed.
//!
//! Officials exchange files in Vietnamese, whatever language the page is read in: so all files have the Vietnamese heads,
//! and a rate in them is written `11,26`.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::standard::Note;

/// A text in Vietnamese and English, such as a column's head.
pub type Head = (&'static str, &'static str);

/// First character of a CSV file. Without it, Excel takes UTF-8 for the system's own code page.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A table: heads, lines in the order in which they are handed in, and what must be known to read it.
///
/// ```
/// use soho_shared::report::{Cell, Column, Line, Table};
///
/// let mut table = Table::new(("Hộ nghèo", "Poor households"), ("Tỉnh Bến Tre", "Tỉnh Bến Tre"));
/// table.columns = vec![
///     Column::text("name", ("Đơn vị", "Area"), 20),
///     Column::count("households", ("Số hộ", "Households")),
///     Column::count("poor", ("Số hộ", "Households")).under(("Hộ nghèo", "Poor")),
///     Column::percent("poor_percent", ("Tỷ lệ %", "%"), "poor", "households").under(("Hộ nghèo", "Poor")),
/// ];
/// let cells = vec!["Huyện Ba Tri".into(), 1_600.into(), 180.into(), Cell::Percent("11.25".parse().ok())];
/// table.lines.push(Line::unit(Some("836".to_owned()), cells));
///
/// // Where heads stand in groups, those of a file say both.
/// let csv = table.csv();
/// assert!(csv.starts_with("\u{feff}Đơn vị,Số hộ,Hộ nghèo: Số hộ,Hộ nghèo: Tỷ lệ %\r\n"));
/// assert!(csv.ends_with("\r\nHuyện Ba Tri,1600,180,\"11,25\"\r\n"));
/// assert_eq!(table.tsv().lines().last(), Some("Huyện Ba Tri\t1600\t180\t11,25"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "Received")]
pub struct Table {
    /// What it tells: `Hộ nghèo, hộ cận nghèo`.
    pub title: Note,
    /// Of which area and round.
    pub about: Note,
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The lines, from top to bottom.
    pub lines: Vec<Line>,
    /// What must be known to read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Column {
    /// Name for programs, which does not change: `poor_percent`.
    pub id: Cow<'static, str>,
    /// Its head.
    pub head: Note,
    /// A head above it, common to the columns beside it that have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Note>,
    /// What its cells hold.
    pub kind: Kind,
    /// Width in letters that its cells need at most; its head may take more lines.
    pub width: u8,
    /// Whether its cells follow from others.
    #[serde(default, skip_serializing_if = "Derived::is_given")]
    pub derived: Derived,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text.
    Text,
    /// The number of the line (STT), or the Roman one of a block.
    Number,
    /// A count, or another whole number.
    Count,
    /// A rate in percent with two decimals.
    Percent,
    /// An amount in đồng.
    Dong,
    /// A day, `2011-12-05`.
    Date,
}

/// How the cells of a column follow from others: what a spreadsheet is given as formulas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Derived {
    /// They do not.
    #[default]
    Given,
    /// The total is the sum of the blocks, or where there are none of the units; a block's line the sum of its units.
    Sum,
    /// In each line one column in percent of another, rounded half-up to two decimals.
    Percent {
        /// Id of the column with the part.
        part: Cow<'static, str>,
        /// Id of the column with the whole.
        of: Cow<'static, str>,
    },
    /// As `percent`, of the whole in the total line.
    PercentOfTotal {
        /// Id of the column with the part.
        part: Cow<'static, str>,
        /// Id of the column with the whole.
        of: Cow<'static, str>,
    },
}

impl Derived {
    const fn is_given(&self) -> bool {
        matches!(self, Derived::Given)
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// What it is among the lines.
    pub kind: LineKind,
    /// Code of the area, or id of the household, that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its cells, one for each column.
    pub cells: Vec<Cell>,
}

/// What a line is among the lines of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A unit: an area, a household, a cause.
    Unit,
    /// Head of the block of units that follow, with their sum.
    Block,
    /// A sum of some units that are not listed under it (trong đó); no part of the total.
    Part,
    /// The total (tổng cộng).
    Total,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A count, or another whole number.
    Count(i64),
    /// A rate in percent; empty when there is none.
    Percent(Option<Decimal>),
    /// An amount in đồng.
    Dong(i64),
    /// A day, `2011-12-05`.
    Date(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(count: i64) -> Self {
        Cell::Count(count)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(some: Option<T>) -> Self {
        some.map_or(Cell::Empty, Into::into)
    }
}

impl Cell {
    /// The cell as programs read it: `55821`, `15.55`, `2011-12-05`; empty for nothing.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Cell::Empty | Cell::Percent(None) => String::new(),
            Cell::Text(text) | Cell::Date(text) => text.clone(),
            Cell::Count(n) | Cell::Dong(n) => n.to_string(),
            Cell::Percent(Some(percent)) => percent.to_string(),
        }
    }

    /// The cell as a spreadsheet in Vietnamese reads it: `55821`, `15,55`, `05/12/2011`. A text that would be taken for a
    /// formula begins with `'`.
    #[must_use]
    pub fn handed_in(&self) -> String {
        match self {
            Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Cell::Percent(_) => self.plain().replace('.', ","),
            Cell::Date(day) => crate::words::day(day),
            _ => self.plain(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Empty | Cell::Percent(None) => to.serialize_none(),
            Cell::Text(text) | Cell::Date(text) => to.serialize_str(text),
            Cell::Count(n) | Cell::Dong(n) => to.serialize_i64(*n),
            Cell::Percent(Some(percent)) => to.collect_str(percent),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    /// Reads what the cell's column does not tell: a text, a number or nothing.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Cell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a cell")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_none<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Cell, E> {
                Ok(Cell::Count(n))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Cell, E> {
                i64::try_from(n).map(Cell::Count).map_err(E::custom)
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Cell {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        let types = SchemaType::Array(vec![Type::String, Type::Integer, Type::Null]);
        let description = "By its column's kind: a text, a whole number (count, dong), a rate like \"15.55\" (percent), a day \
                           like \"2011-12-05\" (date); null where there is nothing.";
        ObjectBuilder::new().schema_type(types).description(Some(description)).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Cell {}

/// A table as it was received: its cells do not know yet what they hold.
#[derive(Deserialize)]
struct Received {
    title: Note,
    about: Note,
    columns: Vec<Column>,
    lines: Vec<Line>,
    #[serde(default)]
    notes: Vec<Note>,
}

impl From<Received> for Table {
    fn from(Received { title, about, columns, mut lines, notes }: Received) -> Self {
        for line in &mut lines {
            for (column, cell) in columns.iter().zip(&mut line.cells) {
                match (column.kind, &mut *cell) {
                    (Kind::Percent, Cell::Text(text)) => *cell = Cell::Percent(text.parse().ok()),
                    (Kind::Percent, Cell::Empty) => *cell = Cell::Percent(None),
                    (Kind::Date, Cell::Text(day)) => *cell = Cell::Date(std::mem::take(day)),
                    (Kind::Dong, Cell::Count(n)) => *cell = Cell::Dong(*n),
                    _ => {}
                }
            }
        }
        Table { title, about, columns, lines, notes }
    }
}

/// A text in both languages.
#[must_use]
pub const fn note((vi, en): Head) -> Note {
    Note { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
}

impl Column {
    fn new(id: &'static str, head: Head, kind: Kind, width: u8) -> Self {
        let (id, head) = (Cow::Borrowed(id), note(head));
        Column { id, head, group: None, kind, width, derived: Derived::Given }
    }

    /// The column with the number of each line.
    #[must_use]
    pub fn number() -> Self {
        Column::new("stt", ("STT", "No."), Kind::Number, 5)
    }

    /// A column of texts, with the width in letters that they need.
    #[must_use]
    pub fn text(id: &'static str, head: Head, width: u8) -> Self {
        Column::new(id, head, Kind::Text, width)
    }

    /// A column of counts, of which the total is the sum.
    #[must_use]
    pub fn count(id: &'static str, head: Head) -> Self {
        Column { derived: Derived::Sum, ..Column::new(id, head, Kind::Count, 10) }
    }

    /// A column of whole numbers that do not add up.
    #[must_use]
    pub fn whole(id: &'static str, head: Head) -> Self {
        Column::new(id, head, Kind::Count, 10)
    }

    /// A column of rates: one column in percent of another.
    #[must_use]
    pub fn percent(id: &'static str, head: Head, part: &'static str, of: &'static str) -> Self {
        let derived = Derived::Percent { part: part.into(), of: of.into() };
        Column { derived, ..Column::new(id, head, Kind::Percent, 9) }
    }

    /// A column of rates: one column in percent of another in the total line.
    #[must_use]
    pub fn percent_of_total(id: &'static str, head: Head, part: &'static str, of: &'static str) -> Self {
        let derived = Derived::PercentOfTotal { part: part.into(), of: of.into() };
        Column { derived, ..Column::new(id, head, Kind::Percent, 9) }
    }

    /// A column of rates that follow from no other column.
    #[must_use]
    pub fn rate(id: &'static str, head: Head) -> Self {
        Column::new(id, head, Kind::Percent, 9)
    }

    /// A column of amounts in đồng that do not add up.
    #[must_use]
    pub fn dong(id: &'static str, head: Head) -> Self {
        Column::new(id, head, Kind::Dong, 16)
    }

    /// A column of days.
    #[must_use]
    pub fn date(id: &'static str, head: Head) -> Self {
        Column::new(id, head, Kind::Date, 11)
    }

    /// The same column under a head that it shares with its neighbours.
    #[must_use]
    pub fn under(self, group: Head) -> Self {
        Column { group: Some(note(group)), ..self }
    }

    /// The same column, whose total is the sum of its lines.
    #[must_use]
    pub fn summed(self) -> Self {
        Column { derived: Derived::Sum, ..self }
    }

    /// Its head where it stands without the one above it: `Hộ nghèo: Số hộ`.
    #[must_use]
    pub fn alone(&self, lang: Lang) -> String {
        let head = self.head.text(lang);
        match &self.group {
            Some(group) => format!("{}: {head}", group.text(lang)),
            None => head.to_owned(),
        }
    }
}

impl Line {
    /// The line of a unit.
    #[must_use]
    pub const fn unit(code: Option<String>, cells: Vec<Cell>) -> Self {
        Line { kind: LineKind::Unit, code, cells }
    }

    /// A line of another kind.
    #[must_use]
    pub const fn of(kind: LineKind, cells: Vec<Cell>) -> Self {
        Line { kind, code: None, cells }
    }
}

impl Table {
    /// A table without columns and lines.
    #[must_use]
    pub fn new(title: Head, about: (impl Into<Cow<'static, str>>, impl Into<Cow<'static, str>>)) -> Self {
        let about = Note { vi: about.0.into(), en: about.1.into() };
        Table { title: note(title), about, columns: Vec::new(), lines: Vec::new(), notes: Vec::new() }
    }

    /// Whether any of its columns stand under a common head.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.columns.iter().any(|column| column.group.is_some())
    }

    /// The place of the column with an id.
    #[must_use]
    pub fn column(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }

    /// The heads above the columns from left to right, each with the number of columns under it; `None` over columns without
    /// one.
    pub fn groups(&self) -> impl Iterator<Item = (Option<&Note>, usize)> {
        self.columns
            .chunk_by(|one, next| one.group.is_some() && one.group == next.group)
            .map(|under| (under[0].group.as_ref(), under.len()))
    }

    /// CSV after RFC 4180, with a byte order mark.
    #[must_use]
    pub fn csv(&self) -> String {
        let body = self.join(",", "\r\n", |text| {
            if text.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text
            }
        });
        format!("{BYTE_ORDER_MARK}{body}")
    }

    /// Columns separated by tabs, for pasting into a spreadsheet. Tabs and line breaks within a cell become spaces.
    #[must_use]
    pub fn tsv(&self) -> String {
        self.join("\t", "\n", |text| text.replace(['\t', '\n', '\r'], " "))
    }

    fn join(&self, between: &str, end: &str, written: impl Fn(String) -> String) -> String {
        let heads = self.columns.iter().map(|column| Cell::Text(column.alone(Lang::Vi)));
        let mut out = String::new();
        let mut write = |cells: &mut dyn Iterator<Item = &Cell>| {
            for (at, cell) in cells.enumerate() {
                if at > 0 {
                    out.push_str(between);
                }
                out.push_str(&written(cell.handed_in()));
            }
            out.push_str(end);
        };
        write(&mut heads.collect::<Vec<_>>().iter());
        self.lines.iter().for_each(|line| write(&mut line.cells.iter()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(("Nguyên nhân", "Causes"), ("Xã An Đức", "Xã An Đức"));
        table.columns = vec![
            Column::text("cause", ("Nguyên nhân", "Cause"), 30),
            Column::count("households", ("Hộ", "Households")),
            Column::rate("percent", ("%", "%")),
            Column::date("day", ("Ngày", "Day")),
            Column::dong("sum", ("Số tiền", "Amount")),
        ];
        table
    }

    #[test]
    fn texts_keep_to_their_cell_and_are_no_formulas() {
        let mut table = table();
        table.columns.truncate(3);
        let mut add = |text: &str, count, percent| {
            table.lines.push(Line::unit(None, vec![text.into(), count, Cell::Percent(percent)]));
        };
        add("Thiếu vốn, \"đất\"", Cell::Count(-5), None);
        add("a\tb", Cell::Empty, "6.50".parse().ok());
        ["=1+1", "+84", "-2", "@x"].into_iter().for_each(|formula| add(formula, Cell::Empty, None));
        assert_eq!(
            table.csv(),
            "\u{feff}Nguyên nhân,Hộ,%\r\n\"Thiếu vốn, \"\"đất\"\"\",-5,\r\na\tb,,\"6,50\"\r\n'=1+1,,\r\n'+84,,\r\n'-2,,\r\n'@x,,\r\n"
        );
        assert!(
            table.tsv().starts_with("Nguyên nhân\tHộ\t%\nThiếu vốn, \"đất\"\t-5\t\na b\t\t6,50\n'=1+1\t\t\n")
        );
    }

    #[test]
    fn a_table_travels_as_json() {
        let mut table = table();
        let cells = vec![
            "15.55".into(),
            Cell::Count(3),
            Cell::Percent("15.50".parse().ok()),
            Cell::Date("2011-12-05".to_owned()),
            Cell::Dong(2_000_000),
        ];
        table.lines.push(Line::unit(Some("29173".to_owned()), cells));
        let nothing = vec![Cell::Empty, Cell::Empty, Cell::Percent(None), Cell::Empty, Cell::Empty];
        table.lines.push(Line::of(LineKind::Total, nothing));
        let json = serde_json::to_string(&table).unwrap();
        assert!(json.contains(r#""cells":["15.55",3,"15.50","2011-12-05",2000000]"#), "{json}");
        assert_eq!(serde_json::from_str::<Table>(&json).unwrap(), table);
        assert!(table.csv().contains("\r\n15.55,3,\"15,50\",05/12/2011,2000000\r\n"), "{}", table.csv());
    }

    #[test]
    fn heads_stand_over_neighbours() {
        let mut table = table();
        for at in [1, 2] {
            table.columns[at].group = Some(note(("Hộ nghèo", "Poor")));
        }
        let groups: Vec<_> =
            table.groups().map(|(group, many)| (group.map(|group| &*group.vi), many)).collect();
        assert_eq!(groups, [(None, 1), (Some("Hộ nghèo"), 2), (None, 1), (None, 1)]);
    }
}
