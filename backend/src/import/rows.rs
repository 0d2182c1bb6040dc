//! Each row of a table as what it says, before it is compared with the register.

use std::collections::HashMap;

use soho_shared::area::{self, AreaCode, Commune, CommuneCode};
use soho_shared::fold::fold;
use soho_shared::household::{Sex, field};
use soho_shared::lang::Lang;
use soho_shared::law::standard_for_round;
use soho_shared::money::Vnd;
use soho_shared::record::{HouseholdId, Value};
use soho_shared::standard::{Class, Note};
use soho_shared::wire::imports::{ImportColumn, ImportField, ImportKind, ImportProblem, TextEncoding};
use uuid::Uuid;

use super::book::{Cell, Row, Sheet, letters};
use super::encoding::suspected;
use super::heads::{self, Heads, WHICH};
use super::supports::{Offered, SupportRow};
use super::value::{self, Birth, Reading, Unit};
use super::{ImportError, Options, note};

/// Rows by which it is found how a column was typed.
const SAMPLE: usize = 2_000;

/// A value, with its column.
pub(super) type At<T> = (usize, T);

/// A table whose rows are read.
#[derive(Debug)]
pub(super) struct Draft {
    /// Number of the lowest row of heads.
    pub(super) header: u32,
    /// The columns.
    pub(super) columns: Vec<ImportColumn>,
    /// The rows below the heads.
    pub(super) rows: Vec<Drafted>,
}

/// A row.
#[derive(Debug)]
pub(super) struct Drafted {
    /// Its number in the file.
    pub(super) number: u32,
    /// The name in it.
    pub(super) name: Option<String>,
    /// What it says.
    pub(super) said: Said,
}

/// What a row says.
#[derive(Debug)]
pub(super) enum Said {
    /// Nothing that is imported: a total, the head of a block, a text between.
    Skipped(Note),
    /// Something wrong.
    Refused(Vec<ImportProblem>),
    /// A household.
    Household(CommuneCode, Box<HouseholdRow>),
    /// How many households a hamlet has.
    Declared(CommuneCode, Box<DeclaredRow>),
    /// A support that a household was given.
    Support(CommuneCode, Box<SupportRow>),
}

/// A household, as a row says it.
#[derive(Clone, Debug, Default)]
pub(super) struct HouseholdRow {
    /// Its id in the register.
    pub(super) id: Option<Uuid>,
    /// Its hamlet, as it is written.
    pub(super) hamlet: Option<At<String>>,
    /// The head's name.
    pub(super) name: At<String>,
    /// When the head was born.
    pub(super) birth: Option<At<Birth>>,
    /// The head's sex.
    pub(super) sex: Option<At<Sex>>,
    /// The head's ethnicity.
    pub(super) ethnicity: Option<At<String>>,
    /// Whether the head belongs to an ethnic minority.
    pub(super) minority: Option<At<bool>>,
    /// The head's identity number.
    pub(super) identity_number: Option<At<String>>,
    /// Number of people.
    pub(super) members: Option<At<i64>>,
    /// What it earned in the 12 months.
    pub(super) income: Option<At<Earned>>,
    /// Fields that do not depend on what the register has.
    pub(super) fields: Vec<(String, At<Value>)>,
    /// The class.
    pub(super) class: Option<Class>,
    /// What is worth knowing of it.
    pub(super) remarks: Vec<ImportProblem>,
}

/// What a household earned, as files say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earned {
    /// The household in the 12 months.
    InYear(Vnd),
    /// Each person each month.
    ByPersonAndMonth(Vnd),
}

/// How many households a hamlet has, as a row says it.
#[derive(Clone, Debug)]
pub(super) struct DeclaredRow {
    /// The hamlet, as it is written.
    pub(super) hamlet: At<String>,
    /// Fields of the hamlet's record.
    pub(super) fields: Vec<(String, At<Value>)>,
}

/// Reads the rows of a table.
pub(super) fn draft(sheet: &Sheet, options: &Options) -> Result<Draft, ImportError> {
    let Options { kind, header, encodings, .. } = options;
    let mut heads = heads::find(&sheet.rows, *kind, *header, encodings)
        .ok_or_else(|| ImportError::Heads(no_heads(sheet, options)))?;
    let width = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0).max(heads.texts.len());
    heads.texts.resize(width, String::new());
    heads.fields.resize(width, None);
    for (field, column) in &options.columns.0 {
        heads.fields.iter_mut().filter(|of| **of == Some(*field)).for_each(|of| *of = None);
        if let Some(of) = heads.fields.get_mut(*column) {
            *of = Some(*field).filter(|field| *field != ImportField::Other && field.kinds().contains(kind));
        }
    }
    let places = Places::of(options.area);
    let below = &sheet.rows[heads.last + 1..];
    let columns: Vec<ImportColumn> =
        (0..width).map(|column| described(column, &heads, below, options)).collect();
    let has = |field: ImportField| heads.fields.contains(&Some(field));
    expect_columns(*kind, has)?;
    let offered = match kind {
        ImportKind::Supports => Offered::of(options, has)?,
        ImportKind::Households | ImportKind::Declared => Offered::default(),
    };
    let reading = |(column, of): (usize, &ImportColumn)| Reading {
        asked: encodings.of(column),
        suspected: of.suggested,
    };
    let readings: Vec<Reading> = columns.iter().enumerate().map(reading).collect();
    let mut reader = Reader {
        options,
        places: &places,
        columns: heads
            .fields
            .iter()
            .enumerate()
            .filter_map(|(column, field)| Some(((*field)?, column)))
            .collect(),
        units: heads.texts.iter().map(|head| Unit::of(head)).collect(),
        readings: &readings,
        commune: places.own.ok_or_else(|| note("chưa rõ xã nào", "it does not say of which commune")),
        hamlet: None,
        is_after_total: false,
        offered,
    };
    let header = sheet.rows[heads.last].number;
    let rows = below.iter().enumerate().map(|(place, row)| reader.row(row, place == 0)).collect();
    Ok(Draft { header, columns, rows })
}

/// Why there are no heads, and what to do.
fn no_heads(sheet: &Sheet, Options { kind, header, .. }: &Options) -> Note {
    let old = [TextEncoding::Tcvn3, TextEncoding::Vni];
    let fits = |encoding: &TextEncoding| {
        heads::find(&sheet.rows, *kind, *header, &super::Encodings::of_all(*encoding)).is_some()
    };
    if let Some(encoding) = old.into_iter().find(|encoding| fits(encoding)) {
        let (name, word) = (encoding.name(), encoding.word());
        return note(
            format!(
                "đầu bảng gõ bằng phông cũ {name}: hãy chọn bảng mã này cho mọi cột (encodings=*:{word}) rồi xem lại"
            ),
            format!(
                "the heads look typed with an old font, {name}: choose it for all columns (encodings=*:{word}) and look again"
            ),
        );
    }
    match kind {
        ImportKind::Households => note(
            "không thấy dòng đầu bảng trong 20 dòng đầu: phải có cột Họ tên chủ hộ; hoặc hãy chỉ ra dòng đầu bảng và từng cột",
            "no row of heads is among the first 20: there must be a column Họ tên chủ hộ; or say which row has the heads, and what \
             each column is",
        ),
        ImportKind::Declared => note(
            "không thấy dòng đầu bảng trong 20 dòng đầu: phải có cột Tổng số hộ dân; hoặc hãy chỉ ra dòng đầu bảng và từng cột",
            "no row of heads is among the first 20: there must be a column Tổng số hộ dân; or say which row has the heads, and what \
             each column is",
        ),
        ImportKind::Supports => note(
            "không thấy dòng đầu bảng trong 20 dòng đầu: phải có cột Họ tên chủ hộ, Mã hộ, Số giấy chứng nhận hoặc Số CMND/CCCD; hoặc \
             hãy chỉ ra dòng đầu bảng và từng cột",
            "no row of heads is among the first 20: there must be a column Họ tên chủ hộ, Mã hộ, Số giấy chứng nhận or Số CMND/CCCD; \
             or say which row has the heads, and what each column is",
        ),
    }
}

/// Refuses a table in which there is no column of some that rows cannot do without.
fn expect_columns(kind: ImportKind, has: impl Fn(ImportField) -> bool) -> Result<(), ImportError> {
    let needed: &[&[ImportField]] = match kind {
        ImportKind::Households => &[&[ImportField::HeadName]],
        ImportKind::Declared => &[&[ImportField::Hamlet], &[ImportField::DeclaredHouseholds]],
        ImportKind::Supports => &[WHICH],
    };
    let lacks = |any: &&[ImportField]| !any.iter().any(|field| has(*field));
    let Some([field, others @ ..]) = needed.iter().copied().find(lacks) else { return Ok(()) };
    let named = |lang: Lang, or: &str| {
        let others = others.iter().map(|field| format!("{or}{}", field.name(lang)));
        format!("{}{}", field.name(lang), others.collect::<String>())
    };
    let (vi, en) = (named(Lang::Vi, "” hoặc “"), named(Lang::En, "” or “"));
    let word = field.word();
    Err(ImportError::Column(note(
        format!("thiếu cột “{vi}”: hãy chỉ ra cột đó (columns={word}:C)"),
        format!("the column “{en}” is missing: say which one it is (columns={word}:C)"),
    )))
}

/// A column as it is shown to who imports.
fn described(column: usize, heads: &Heads, below: &[Row], options: &Options) -> ImportColumn {
    let asked = options.encodings.of(column);
    let cells = || below.iter().take(SAMPLE).map(move |row| row.cell(column));
    let by_font =
        cells().find_map(|cell| if let Cell::Old(font, _) = cell { Some(font.encoding()) } else { None });
    let texts = cells().filter_map(|cell| if let Cell::Text(text) = cell { Some(&**text) } else { None });
    let suspected = if asked.is_none() { suspected(texts) } else { None };
    ImportColumn {
        column: letters(column),
        head: heads.texts[column].clone(),
        field: heads.fields[column],
        encoding: asked.or(by_font).unwrap_or(TextEncoding::Unicode),
        suggested: suspected,
    }
}

/// The communes of an area by their names.
struct Places {
    /// The area's own commune, where it is one.
    own: Option<CommuneCode>,
    /// By code and by name, with its kind and without; `None` where several have one name.
    named: HashMap<String, Option<CommuneCode>>,
}

impl Places {
    fn of(area: AreaCode) -> Self {
        let own = if let AreaCode::Commune(commune) = area { Some(commune) } else { None };
        let mut named: HashMap<String, Option<CommuneCode>> = HashMap::new();
        for commune in area::communes().iter().filter(|commune| area.contains_commune(commune)) {
            for name in names(commune) {
                let own = Some(commune.code);
                named.entry(name).and_modify(|of| *of = (*of).filter(|_| *of == own)).or_insert(own);
            }
        }
        Places { own, named }
    }

    fn find(&self, text: &str) -> Result<CommuneCode, Note> {
        match self.named.get(fold(text).as_str()) {
            Some(Some(commune)) => Ok(*commune),
            Some(None) => Err(note(
                "có nhiều xã cùng tên: hãy ghi mã xã, ví dụ 29173",
                "several communes have this name: write the code, like 29173",
            )),
            None => Err(note(
                "không có xã này trong địa bàn đang nhập",
                "there is no such commune in the area that is imported into",
            )),
        }
    }

    /// Whether a text over a block, which begins like a commune's name and names none here, may name another: where several are
    /// imported into any may be misspelt, else it is one of the province.
    fn may_be_elsewhere(&self, folded: &str) -> bool {
        self.own.is_none() || area::communes().iter().any(|commune| fold(commune.name) == folded)
    }
}

fn names(commune: &Commune) -> [String; 3] {
    let name = fold(commune.name);
    let kinds = ["xa ", "phuong ", "thi tran "];
    let bare = kinds.iter().find_map(|kind| name.strip_prefix(*kind)).unwrap_or(&name).to_owned();
    [commune.code.to_string(), bare, name]
}

/// Reads one row after another; what stands over a block of rows goes for all of them.
pub(super) struct Reader<'s> {
    pub(super) options: &'s Options,
    places: &'s Places,
    pub(super) columns: HashMap<ImportField, usize>,
    units: Vec<Unit>,
    readings: &'s [Reading],
    /// The commune of the rows that follow, or why they have none.
    commune: Result<CommuneCode, Note>,
    hamlet: Option<String>,
    is_after_total: bool,
    /// The supports that rows may name.
    pub(super) offered: Offered,
}

/// What is wrong with a row, and what is worth knowing of it.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) wrong: Vec<ImportProblem>,
    pub(super) remarks: Vec<ImportProblem>,
}

/// A problem with a column, or with the row as a whole.
pub(super) fn problem(column: Option<usize>, Note { vi, en }: Note) -> ImportProblem {
    ImportProblem { column: column.map(letters), vi: vi.into_owned(), en: en.into_owned() }
}

impl Reader<'_> {
    fn row(&mut self, row: &Row, is_first: bool) -> Drafted {
        let named: &[ImportField] = match self.options.kind {
            ImportKind::Households => &[ImportField::HeadName],
            ImportKind::Declared => &[ImportField::Hamlet],
            ImportKind::Supports => WHICH,
        };
        let name = named.iter().find_map(|field| self.text(row, *field)?.ok()).map(|(_, name)| name);
        let said = match self.skipped(row, name.as_deref(), is_first) {
            Some(why) => Said::Skipped(why),
            None => match self.options.kind {
                ImportKind::Households => self.household(row),
                ImportKind::Declared => self.declared(row),
                ImportKind::Supports => self.support(row),
            },
        };
        Drafted { number: row.number, name, said }
    }

    /// The text of a field's cell; `None` where there is none.
    fn text(&self, row: &Row, field: ImportField) -> Option<Result<At<String>, (usize, Note)>> {
        let column = *self.columns.get(&field)?;
        match value::text(row.cell(column), self.reading(column)) {
            Ok(text) if text.is_empty() => None,
            Ok(text) => Some(Ok((column, text))),
            Err(note) => Some(Err((column, note))),
        }
    }

    fn reading(&self, column: usize) -> Reading {
        self.readings.get(column).copied().unwrap_or_default()
    }

    /// Whether a row has a number of its own.
    fn is_numbered(&self, row: &Row) -> bool {
        let of = self.text(row, ImportField::Number).and_then(Result::ok);
        of.is_some_and(|(_, text)| text.trim_end_matches('.').parse::<u32>().is_ok())
    }

    /// Why a row says nothing that is imported; `None` where it does.
    fn skipped(&mut self, row: &Row, name: Option<&str>, is_first: bool) -> Option<Note> {
        let this = &*self;
        let number = this.columns.get(&ImportField::Number).copied();
        let is_other = move |column: usize, cell: &Cell| Some(column) != number && *cell != Cell::Empty;
        let others: Vec<(usize, &Cell)> =
            row.cells.iter().enumerate().filter(|(column, cell)| is_other(*column, cell)).collect();
        let Some((column, first)) = others.first().copied() else {
            return Some(note("dòng trống", "an empty row"));
        };
        let text =
            |(column, cell): (usize, &Cell)| value::text(cell, this.reading(column)).unwrap_or_default();
        let texts = || row.cells.iter().enumerate().map(text).filter(|text| !text.is_empty());
        if is_first && texts().count() > 2 && texts().all(|text| numbers_a_column(&text)) {
            return Some(note("dòng đánh số cột", "numbers of the columns"));
        }
        let is_numbered = this.is_numbered(row);
        let is_total = if is_numbered {
            is_total(name.unwrap_or_default())
        } else {
            texts().take(3).any(|text| is_total(&text))
        };
        // A row over a block says one thing, or in a list of hamlets the commune with its sums.
        let says_one_thing = others.iter().all(|(_, cell)| *cell == first);
        let block = match this.options.kind {
            ImportKind::Households | ImportKind::Supports => {
                Some(text((column, first))).filter(|_| says_one_thing)
            }
            ImportKind::Declared => name.map(ToOwned::to_owned),
        };
        if is_total {
            self.is_after_total = true;
            return Some(note("dòng cộng", "a total"));
        }
        if block.is_some_and(|text| self.begin_block(&text)) {
            return Some(note("dòng đầu của một nhóm", "the head of a block"));
        }
        if !is_numbered && number.is_some() && says_one_thing {
            return Some(note("dòng chữ, không phải hộ", "a text, no household"));
        }
        if !is_numbered && number.is_some() && self.is_after_total {
            return Some(note("dưới dòng cộng", "below the total"));
        }
        self.is_member(row).then(|| note("người trong hộ, không phải chủ hộ", "a member, not the head"))
    }

    /// Whether the row is of a person who is not the head, in a list of persons.
    fn is_member(&self, row: &Row) -> bool {
        let relation = self.text(row, ImportField::Relation).and_then(Result::ok);
        relation.is_some_and(|(_, relation)| {
            !matches!(fold(&relation).as_str(), "chu ho" | "ch" | "la chu ho" | "head" | "ban than")
        })
    }

    /// Takes a row over others for the hamlet or commune of these; returns whether it is one.
    fn begin_block(&mut self, text: &str) -> bool {
        // `I. Ấp 1`, `A - Xã An Đức`.
        let is_numeral = |word: &str| {
            let word = word.trim_end_matches(['.', ')', '/', ':']);
            word.len() <= 5
                && !word.is_empty()
                && word.chars().all(|c| c.is_ascii_digit() || matches!(c, 'I' | 'V' | 'X' | 'A'..='D'))
        };
        let rest = match text.split_once(' ') {
            Some((word, rest)) if is_numeral(word) => rest.trim_start_matches(['-', '.', ' ']),
            _ => text,
        };
        let folded = fold(rest);
        let begins = |kinds: &[&str]| kinds.iter().any(|kind| folded.starts_with(*kind));
        if begins(&["xa ", "phuong ", "thi tran "]) {
            let found = self.places.find(rest);
            // The rows below one that is not here are not those of the commune before.
            if found.is_ok() || self.places.may_be_elsewhere(&folded) {
                (self.commune, self.hamlet) = (found, None);
                return true;
            }
        }
        if self.options.kind != ImportKind::Declared && begins(&HAMLET_KINDS) {
            self.hamlet = Some(rest.to_owned());
            return true;
        }
        false
    }

    /// The commune of a row.
    fn commune(&self, row: &Row, faults: &mut Faults) -> Option<CommuneCode> {
        match self.text(row, ImportField::Commune) {
            Some(Ok((column, text))) => match self.places.find(&text) {
                Ok(commune) => Some(commune),
                Err(note) => {
                    faults.wrong.push(problem(Some(column), note));
                    None
                }
            },
            Some(Err((column, note))) => {
                faults.wrong.push(problem(Some(column), note));
                None
            }
            None => match &self.commune {
                Ok(commune) => Some(*commune),
                Err(note) => {
                    let column = self.columns.get(&ImportField::Commune).copied();
                    faults.wrong.push(problem(column, note.clone()));
                    None
                }
            },
        }
    }

    /// Reads a field's cell; what is wrong with it is among the faults.
    pub(super) fn read<T>(
        &self,
        row: &Row,
        field: ImportField,
        faults: &mut Faults,
        read: impl FnOnce(&Cell, Reading) -> Result<Option<T>, Note>,
    ) -> Option<At<T>> {
        let column = *self.columns.get(&field)?;
        match read(row.cell(column), self.reading(column)) {
            Ok(value) => value.map(|value| (column, value)),
            Err(note) => {
                faults.wrong.push(problem(Some(column), note));
                None
            }
        }
    }

    /// [`Reader::read`] of a text.
    pub(super) fn read_text<T>(
        &self,
        row: &Row,
        field: ImportField,
        faults: &mut Faults,
        read: impl FnOnce(&str) -> Result<Option<T>, Note>,
    ) -> Option<At<T>> {
        self.read(row, field, faults, |cell, reading| read(&value::text(cell, reading)?))
    }

    /// [`Reader::read_text`] of what is not written: what is not known there refuses no row.
    fn look<T>(
        &self,
        row: &Row,
        field: ImportField,
        faults: &mut Faults,
        read: impl FnOnce(&str) -> Result<Option<T>, Note>,
    ) -> Option<At<T>> {
        let mut own = Faults::default();
        let found = self.read_text(row, field, &mut own, read);
        faults.remarks.append(&mut own.wrong);
        found
    }

    /// The id of the household, where the row says it, and its commune.
    pub(super) fn place(&self, row: &Row, faults: &mut Faults) -> (Option<Uuid>, Option<CommuneCode>) {
        let id = self.read_text(row, ImportField::Household, faults, |text| Ok(household_id(text)));
        let commune = match id {
            Some((column, Given { commune: Some(commune), .. })) => {
                let is_here = area::commune(commune).is_some_and(|of| self.options.area.contains_commune(of));
                if !is_here {
                    let note = note(
                        "hộ này ở ngoài địa bàn đang nhập",
                        "this household is outside the area that is imported into",
                    );
                    faults.wrong.push(problem(Some(column), note));
                }
                Some(commune)
            }
            _ => self.commune(row, faults),
        };
        (id.map(|(_, given)| given.uuid), commune)
    }

    fn household(&self, row: &Row) -> Said {
        let mut faults = Faults::default();
        let (id, commune) = self.place(row, &mut faults);
        let said = self.said_of_household(row, id, &mut faults);
        match (commune, said) {
            (Some(commune), Some(mut said)) if faults.wrong.is_empty() => {
                said.remarks = faults.remarks;
                Said::Household(commune, Box::new(said))
            }
            _ => Said::Refused(faults.wrong),
        }
    }

    fn said_of_household(&self, row: &Row, id: Option<Uuid>, faults: &mut Faults) -> Option<HouseholdRow> {
        use ImportField as F;
        let plain = |text: &str| Ok(Some(text.to_owned()).filter(|text| !text.is_empty()));
        let name = self.read_text(row, F::HeadName, faults, plain);
        if name.is_none() && faults.wrong.is_empty() {
            let note = note("chưa có họ tên chủ hộ", "the head's name is missing");
            faults.wrong.push(problem(self.columns.get(&F::HeadName).copied(), note));
        }
        if let Some((column, name)) = &name
            && !name.chars().any(char::is_alphabetic)
        {
            let note = note("đây không phải họ tên", "this is no name");
            faults.wrong.push(problem(Some(*column), note));
        }
        let round = self.options.round;
        let born = |cell: &Cell, reading: Reading| value::birth(cell, reading, round);
        let birth = self.read(row, F::Birth, faults, born);
        let of_man = self.read(row, F::BirthMale, faults, born);
        let of_woman = self.read(row, F::BirthFemale, faults, born);
        let by_column = match (&of_man, &of_woman) {
            (Some((column, _)), None) => Some((*column, Sex::Male)),
            (None, Some((column, _))) => Some((*column, Sex::Female)),
            _ => None,
        };
        let female = self.read_text(row, F::Female, faults, value::yes_or_no);
        let marked = female.map(|(column, is)| (column, if is { Sex::Female } else { Sex::Male }));
        let sex = self.read_text(row, F::Sex, faults, value::sex).or(by_column).or(marked);
        let poor = self.look(row, F::Poor, faults, value::yes_or_no);
        let near_poor = self.look(row, F::NearPoor, faults, value::yes_or_no);
        let marked = match (poor, near_poor) {
            (Some((_, true)), _) => Some(Class::Poor),
            (_, Some((_, true))) => Some(Class::NearPoor),
            _ => None,
        };
        let class = self.look(row, F::Class, faults, value::class).map(|(_, class)| class).or(marked);
        Some(HouseholdRow {
            id,
            hamlet: self.hamlet_of(row, faults),
            birth: birth.or(of_man).or(of_woman),
            sex,
            ethnicity: self.read_text(row, F::Ethnicity, faults, plain),
            minority: self.read_text(row, F::EthnicMinority, faults, value::yes_or_no),
            identity_number: self.read(row, F::IdentityNumber, faults, value::identity),
            members: self.read(row, F::Members, faults, value::count),
            income: self.income(row, faults),
            fields: self.fields(row, faults),
            class,
            remarks: Vec::new(),
            name: name?,
        })
    }

    /// The hamlet as it is written in the row, or over its block.
    pub(super) fn hamlet_of(&self, row: &Row, faults: &mut Faults) -> Option<At<String>> {
        match self.text(row, ImportField::Hamlet) {
            Some(Ok(said)) => Some(said),
            Some(Err((column, note))) => {
                faults.wrong.push(problem(Some(column), note));
                None
            }
            None => self.hamlet.clone().map(|hamlet| (0, hamlet)),
        }
    }

    /// An amount, in the unit that the head of its column names.
    pub(super) fn amount(&self, row: &Row, field: ImportField, faults: &mut Faults) -> Option<At<Vnd>> {
        let unit = self.columns.get(&field).and_then(|column| self.units.get(*column)).copied();
        let unit = unit.unwrap_or(Unit::Dong);
        self.read(row, field, faults, |cell, reading| value::money(cell, reading, unit))
    }

    fn income(&self, row: &Row, faults: &mut Faults) -> Option<At<Earned>> {
        let in_year = self.amount(row, ImportField::IncomeYear, faults);
        let by_person = self.amount(row, ImportField::IncomePersonMonth, faults);
        let in_year = in_year.map(|(column, dong)| (column, Earned::InYear(dong)));
        in_year.or(by_person.map(|(column, dong)| (column, Earned::ByPersonAndMonth(dong))))
    }

    /// The fields that do not depend on what the register has.
    fn fields(&self, row: &Row, faults: &mut Faults) -> Vec<(String, At<Value>)> {
        use ImportField as F;
        let mut fields = Vec::new();
        let mut put =
            |path: String, value: Option<At<Value>>| fields.extend(value.map(|value| (path, value)));
        let text = |text: &str| Ok(Some(text).filter(|text| !text.is_empty()).map(Value::from));
        let mark = |text: &str| value::yes_or_no(text).map(|is| is.map(Value::from));
        let number =
            |cell: &Cell, reading: Reading| value::count(cell, reading).map(|number| number.map(Value::from));
        put(field::ADDRESS.to_owned(), self.read_text(row, F::Address, faults, text));
        put(field::MERIT.to_owned(), self.read_text(row, F::Merit, faults, mark));
        put(field::SOCIAL_PROTECTION.to_owned(), self.read_text(row, F::SocialProtection, faults, mark));
        put(field::NOTE.to_owned(), self.read_text(row, F::Note, faults, text));
        let cause = |text: &str| value::cause(text).map(|cause| cause.map(|cause| Value::from(cause.word())));
        put(field::MAIN_CAUSE.to_owned(), self.look(row, F::MainCause, faults, cause));
        let residence =
            |text: &str| value::residence(text).map(|of| of.map(|residence| Value::from(residence.word())));
        put(field::RESIDENCE.to_owned(), self.read_text(row, F::Residence, faults, residence));
        let standard = i16::try_from(self.options.round.year()).ok().and_then(standard_for_round);
        if let Some(standard) = standard {
            for (of, name) in [(F::PointsB1, "b1"), (F::PointsB2, "b2")] {
                put(field::points(standard.year(), name), self.read(row, of, faults, number));
            }
        }
        fields
    }

    fn declared(&self, row: &Row) -> Said {
        let mut faults = Faults::default();
        let commune = self.commune(row, &mut faults);
        let hamlet = self.hamlet_of(row, &mut faults);
        if hamlet.is_none() && faults.wrong.is_empty() {
            let note = note("chưa rõ ấp nào", "it does not say of which hamlet");
            faults.wrong.push(problem(self.columns.get(&ImportField::Hamlet).copied(), note));
        }
        let number =
            |cell: &Cell, reading: Reading| value::count(cell, reading).map(|number| number.map(Value::from));
        let mut fields = Vec::new();
        for (of, path) in [
            (ImportField::DeclaredHouseholds, field::DECLARED_HOUSEHOLDS),
            (ImportField::DeclaredMinority, field::DECLARED_ETHNIC_MINORITY),
        ] {
            fields.extend(self.read(row, of, &mut faults, number).map(|value| (path.to_owned(), value)));
        }
        match (commune, hamlet) {
            (Some(commune), Some(hamlet)) if faults.wrong.is_empty() && !fields.is_empty() => {
                Said::Declared(commune, Box::new(DeclaredRow { hamlet, fields }))
            }
            _ if faults.wrong.is_empty() => {
                Said::Skipped(note("không có số hộ", "it says no number of households"))
            }
            _ => Said::Refused(faults.wrong),
        }
    }
}

/// What hamlets are called, small and without marks.
pub(super) const HAMLET_KINDS: [&str; 7] =
    ["ap ", "khom ", "khu pho ", "thon ", "to dan pho ", "kp ", "xom "];

/// Whether a text stands before a sum.
fn is_total(text: &str) -> bool {
    let folded = fold(text);
    matches!(folded.trim_end_matches([':', '.']), "cong" | "tong" | "tong cong" | "total")
        || ["tong cong ", "tong so ", "cong toan ", "cong chung "]
            .iter()
            .any(|begin| folded.starts_with(*begin))
}

/// Whether a text numbers a column: `(1)`, `A`, `8=6+7`.
fn numbers_a_column(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters <= 1 && text.chars().count() <= 12
}

/// A household's id, as a file gives it.
#[derive(Clone, Copy)]
struct Given {
    commune: Option<CommuneCode>,
    uuid: Uuid,
}

/// The id of a household of the register; `None` for a number of an office's own.
fn household_id(text: &str) -> Option<Given> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(HouseholdId { commune, uuid }) = text.parse::<HouseholdId>() {
        return Some(Given { commune: Some(commune), uuid });
    }
    let is_uuid = matches!(text.len(), 32 | 36);
    Uuid::try_parse(&text).ok().filter(|_| is_uuid).map(|uuid| Given { commune: None, uuid })
}

#[cfg(test)]
mod tests {
    use soho_shared::record::Round;

    use super::*;

    fn sheet(table: &[&[&str]]) -> Sheet {
        let row = |(number, texts): (u32, &&[&str])| Row {
            number,
            cells: texts.iter().map(|text| Cell::text(*text, None)).collect(),
        };
        let rows = (1..)
            .zip(table)
            .map(row)
            .filter(|row| row.cells.iter().any(|cell| *cell != Cell::Empty))
            .collect();
        Sheet { format: "csv".to_owned(), name: "csv".to_owned(), names: vec!["csv".to_owned()], rows }
    }

    fn options(area: &str, kind: ImportKind) -> Options {
        Options {
            area: area.parse().unwrap(),
            round: Round::new(2011).unwrap(),
            kind,
            sheet: None,
            header: None,
            columns: super::super::Columns::default(),
            encodings: super::super::Encodings::default(),
            support: None,
            quarter: None,
        }
    }

    /// What each row is: `-` skipped, `!` refused, or the name, birth and hamlet.
    fn told(draft: &Draft) -> Vec<String> {
        let row = |row: &Drafted| match &row.said {
            Said::Skipped(_) => "-".to_owned(),
            Said::Refused(problems) => {
                format!(
                    "! {}",
                    problems.iter().map(|of| of.column.clone().unwrap_or_default()).collect::<String>()
                )
            }
            Said::Household(commune, row) => {
                let year = row.birth.as_ref().and_then(|(_, birth)| birth.year()).unwrap_or_default();
                let hamlet = row.hamlet.as_ref().map(|(_, hamlet)| hamlet.as_str()).unwrap_or_default();
                format!("{commune} {} {year} {hamlet}", row.name.1)
            }
            Said::Declared(commune, row) => {
                let fields: Vec<String> =
                    row.fields.iter().map(|(_, (_, value))| format!("{value:?}")).collect();
                format!("{commune} {} {}", row.hamlet.1, fields.join(" "))
            }
            Said::Support(commune, row) => {
                let name = row.name.as_ref().map(|(_, name)| name.as_str()).unwrap_or_default();
                let amount = row.amount.as_ref().and_then(|(_, amount)| amount.as_int()).unwrap_or_default();
                format!("{commune} {name} {} {} {amount}", row.support, row.quarter)
            }
        };
        draft.rows.iter().map(row).collect()
    }

    #[test]
    fn totals_blocks_and_texts_are_no_households() {
        let table = sheet(&[
            &["DANH SÁCH HỘ NGHÈO", "", ""],
            &["STT", "Họ và tên chủ hộ", "Năm sinh"],
            &["(1)", "(2)", "(3)"],
            &["I", "Ấp 1", ""],
            &["1", "Nguyễn Thị Bé", "1950"],
            &["2", "Lê Văn Cộng", "1961"],
            &["", "", ""],
            &["II", "Ấp 2", ""],
            &["3", "Trần Thị Út", "chưa rõ"],
            &["4", "", "1970"],
            &["5", "", ""],
            &["", "Tổng cộng", "3 hộ"],
            &["", "Người lập biểu", "TM. ỦY BAN NHÂN DÂN"],
        ]);
        let draft = draft(&table, &options("29173", ImportKind::Households)).unwrap();
        assert_eq!(draft.header, 2);
        let expected = [
            "-",
            "-",
            "29173 Nguyễn Thị Bé 1950 Ấp 1",
            "29173 Lê Văn Cộng 1961 Ấp 1",
            "-",
            "! C",
            "! B",
            "-",
            "-",
            "-",
        ];
        assert_eq!(told(&draft), expected);
        assert_eq!(draft.rows[5].number, 9);
    }

    #[test]
    fn in_a_district_the_commune_is_said_by_a_column_or_over_a_block() {
        let table = sheet(&[
            &["STT", "Xã", "Họ tên", "Ấp", "Nam sinh"],
            &["1", "An Đức", "Lan", "4", "1950"],
            &["2", "29173", "Bé", "4", "1951"],
            &["3", "xã an đức", "Út", "4", "1952"],
            &["4", "Xã Không Có", "Tư", "4", "1953"],
        ]);
        let told_of = |table: &Sheet| told(&draft(table, &options("836", ImportKind::Households)).unwrap());
        let lines = told_of(&table);
        assert!(lines[..3].iter().all(|line| line.starts_with("29173 ")), "{lines:?}");
        assert_eq!(lines[3], "! B");
        let table = sheet(&[
            &["STT", "Họ tên", "Ấp"],
            &["1", "Lan", "4"],
            &["", "XÃ AN ĐỨC", ""],
            &["1", "Lan", "4"],
        ]);
        assert_eq!(told_of(&table), ["! ", "-", "29173 Lan 0 4"]);
    }

    #[test]
    fn rows_below_another_commune_are_not_those_of_the_one_before() {
        let own: CommuneCode = "29173".parse().unwrap();
        let other =
            area::communes().iter().find(|of| of.code != own && fold(of.name) != "xa an duc").unwrap();
        let block = |head: &str, area: &str| {
            let table = sheet(&[
                &["STT", "Họ tên", "Ấp"],
                &["", "XÃ AN ĐỨC", ""],
                &["1", "Lan", "4"],
                &["", head, ""],
                &["1", "Bé", "4"],
            ]);
            told(&draft(&table, &options(area, ImportKind::Households)).unwrap())
        };
        let [refused, taken] = ["! ", "29173 Bé 0 4"];
        for (head, area, last) in [
            (other.name, "29173", refused),
            ("Xã An Đứcc", "836", refused),
            // Into one commune alone, a text that names no commune of the province divides nothing.
            ("Xã có thêm một hộ", "29173", taken),
        ] {
            assert_eq!(block(head, area), ["-", "29173 Lan 0 4", "-", last], "{head}");
        }
    }

    #[test]
    fn of_a_list_of_persons_the_heads_alone_are_households() {
        let table = sheet(&[
            &["STT", "Họ tên", "Quan hệ với chủ hộ", "Nam sinh", "Nữ", "Ấp"],
            &["1", "Lan", "Chủ hộ", "", "x", "4"],
            &["", "Bé", "Con", "1990", "", "4"],
        ]);
        let draft = draft(&table, &options("29173", ImportKind::Households)).unwrap();
        assert_eq!(told(&draft), ["29173 Lan 0 4", "-"]);
        let Said::Household(_, row) = &draft.rows[0].said else { panic!("{:?}", draft.rows[0]) };
        assert_eq!(row.sex, Some((4, Sex::Female)));
    }

    #[test]
    fn declared_totals_are_read_and_a_column_that_is_missing_is_named() {
        let table = sheet(&[
            &["TT", "Ấp", "Tổng số hộ dân cư", ""],
            &["", "", "Số hộ", "Trong đó hộ DTTS"],
            &["1", "Ấp 1", "1.312", "2"],
            &["2", "Ấp 2", "nhiều", ""],
            &["", "Cộng", "1.312", "2"],
        ]);
        let draft = super::draft(&table, &options("29173", ImportKind::Declared)).unwrap();
        assert_eq!(told(&draft), ["29173 Ấp 1 Int(1312) Int(2)", "! C", "-"]);
        let without = sheet(&[&["TT", "Tổng số hộ dân", "Ghi chú"], &["1", "312", ""]]);
        let error = super::draft(&without, &options("29173", ImportKind::Declared)).unwrap_err();
        assert!(matches!(&error, ImportError::Column(note) if note.vi.contains("Ấp")), "{error}");
        let named =
            Options { columns: "hamlet:A".parse().unwrap(), ..options("29173", ImportKind::Declared) };
        assert_eq!(told(&super::draft(&without, &named).unwrap()), ["29173 1 Int(312)"]);
    }

    #[test]
    fn of_supports_the_row_says_which_and_when_or_the_file_s_choice_does() {
        let table = sheet(&[
            &["TT", "Họ tên", "Ấp", "Hỗ trợ", "Quý", "Số tiền (1.000 đ)"],
            &["1", "Lan", "4", "HỖ TRỢ TIỀN ĐIỆN", "Quý I", "90"],
            &["2", "Bé", "4", "electricity", "15/5/2012", "90,5"],
            &["3", "Út", "4", "Du thuyền", "I", ""],
            &["4", "Tư", "4", "Du thuyền", "I", ""],
            &["5", "Năm", "4", "electricity", "Quý I/2011", ""],
            &["6", "Sáu", "4", "", "", ""],
            &["", "Cộng", "", "", "", "180"],
        ]);
        let plain = options("29173", ImportKind::Supports);
        let read = draft(&table, &plain).unwrap();
        let [first, second] = ["29173 Lan electricity 1 90000", "29173 Bé electricity 2 90500"];
        assert_eq!(told(&read), [first, second, "! D", "! D", "! E", "! D", "-"]);
        let why = |place: usize| match &read.rows[place].said {
            Said::Refused(problems) => problems[0].vi.clone(),
            said => panic!("{said:?}"),
        };
        assert!(why(2).contains("Hỗ trợ tiền điện"), "{}", why(2));
        assert!(why(3).ends_with("dòng 4") && why(4).contains("năm 2011"), "{} {}", why(3), why(4));
        let chosen = Options { support: Some("credit".to_owned()), quarter: Some(3), ..plain.clone() };
        let read = draft(&table, &chosen).unwrap();
        assert_eq!(told(&read)[5], "29173 Sáu credit 3 0");

        let bare = sheet(&[&["TT", "Số CMND"], &["1", "320123456"], &["2", "chưa có"]]);
        assert_eq!(told(&draft(&bare, &chosen).unwrap()), ["29173  credit 3 0", "! "]);
        for (options, words) in [
            (plain, "support=electricity"),
            (Options { support: Some("yachts".to_owned()), ..chosen.clone() }, "Hỗ trợ tiền điện"),
            (Options { quarter: None, ..chosen.clone() }, "quarter=1"),
            (Options { quarter: Some(5), ..chosen.clone() }, "từ 1 đến 4"),
            (Options { round: Round::new(2017).unwrap(), ..chosen.clone() }, "năm 2018"),
        ] {
            let why = draft(&bare, &options).unwrap_err().note().vi;
            assert!(why.contains(words), "{why}");
        }
        let nobody = sheet(&[&["TT", "Quý"], &["1", "I"]]);
        let named = Options { header: Some(1), ..chosen };
        let why = draft(&nobody, &named).unwrap_err();
        assert!(matches!(&why, ImportError::Column(note) if note.vi.contains("Số CMND/CCCD")), "{why}");
    }

    #[test]
    fn an_old_encoding_is_suggested_and_never_applied() {
        let table = sheet(&[&["STT", "Họ tên chủ hộ", "Ấp"], &["1", "NguyÔn V¨n A", "4"], &["2", "BÐ", "4"]]);
        let plain = options("29173", ImportKind::Households);
        let read = draft(&table, &plain).unwrap();
        assert_eq!(told(&read), ["! B", "! B"]);
        assert_eq!(read.columns[1].suggested, Some(TextEncoding::Tcvn3));
        let asked = Options { encodings: "B:tcvn3".parse().unwrap(), ..plain.clone() };
        let read = draft(&table, &asked).unwrap();
        assert_eq!(told(&read), ["29173 Nguyễn Văn A 0 4", "29173 Bé 0 4"]);
        let heads = sheet(&[&["STT", "Hä tªn chñ hé", "Êp"], &["1", "BÐ", "4"]]);
        let error = draft(&heads, &plain).unwrap_err();
        assert!(error.to_string().contains("encodings=*:tcvn3"), "{error}");
    }
}
