//! What an import of a spreadsheet answers: `/api/v1/imports`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use crate::area::{AreaCode, UnitCode};
use crate::lang::Lang;
use crate::record::{Round, Subject};
use crate::standard::Class;

/// Most rows that a report lists; its counts are of all.
pub const MAX_LISTED: usize = 1_000;

/// What the rows of a file are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Households, one a row.
    #[default]
    Households,
    /// How many households each hamlet has (tổng số hộ dân), one hamlet a row.
    Declared,
    /// Supports that households were given in the year after the round (hỗ trợ đã nhận): one household, support and quarter a row.
    Supports,
}

impl ImportKind {
    /// All kinds.
    pub const ALL: [ImportKind; 3] = [ImportKind::Households, ImportKind::Declared, ImportKind::Supports];

    /// The word in addresses and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ImportKind::Households => "households",
            ImportKind::Declared => "declared",
            ImportKind::Supports => "supports",
        }
    }

    /// The kind in plain words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            ImportKind::Households => lang.pick("Danh sách hộ", "List of households"),
            ImportKind::Declared => {
                lang.pick("Tổng số hộ dân từng ấp", "Number of households of each hamlet")
            }
            ImportKind::Supports => lang.pick("Hỗ trợ các hộ đã nhận", "Supports that households were given"),
        }
    }
}

impl FromStr for ImportKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = ImportKind::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| "the kinds are households, declared and supports".to_owned())
    }
}

/// Declares [`ImportField`] with its words and names.
macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $kinds:expr, $vi:literal, $en:literal;)*) => {
        /// What a column of a file says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ImportField { $($(#[$doc])* $variant,)* }

        impl ImportField {
            /// All, in the order in which they are offered.
            pub const ALL: &[ImportField] = &[$(ImportField::$variant,)*];

            /// The word in addresses and on the command line.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(ImportField::$variant => $word,)* }
            }

            /// The field in plain words.
            #[must_use]
            pub const fn name(self, lang: Lang) -> &'static str {
                match self { $(ImportField::$variant => lang.pick($vi, $en),)* }
            }

            /// The kinds of files that have it.
            #[must_use]
            pub const fn kinds(self) -> &'static [ImportKind] {
                match self { $(ImportField::$variant => $kinds,)* }
            }
        }
    };
}

const ALL: &[ImportKind] = &ImportKind::ALL;
/// Files in which a row is of one household.
const OF_HOUSEHOLDS: &[ImportKind] = &[ImportKind::Households, ImportKind::Supports];
const HOUSEHOLDS: &[ImportKind] = &[ImportKind::Households];
const DECLARED: &[ImportKind] = &[ImportKind::Declared];
const SUPPORTS: &[ImportKind] = &[ImportKind::Supports];

fields! {
    /// Number of the row (STT).
    Number = "number", ALL, "Số thứ tự", "Number of the row";
    /// The household's id in the register.
    Household = "household", OF_HOUSEHOLDS, "Mã hộ của Sổ Hộ", "Id in the register";
    /// The commune, by name or code.
    Commune = "commune", ALL, "Xã, phường, thị trấn", "Commune";
    /// The hamlet, by number, name or code.
    Hamlet = "hamlet", ALL, "Ấp, khu phố", "Hamlet";
    /// The head's name.
    HeadName = "head_name", OF_HOUSEHOLDS, "Họ tên chủ hộ", "Name of the head";
    /// The head's date or year of birth.
    Birth = "birth", OF_HOUSEHOLDS, "Ngày hoặc năm sinh", "Date or year of birth";
    /// The same of a man, where men and women have a column each.
    BirthMale = "birth_male", OF_HOUSEHOLDS, "Năm sinh, nếu là nam", "Birth, of a man";
    /// The same of a woman.
    BirthFemale = "birth_female", OF_HOUSEHOLDS, "Năm sinh, nếu là nữ", "Birth, of a woman";
    /// The head's sex.
    Sex = "sex", HOUSEHOLDS, "Giới tính", "Sex";
    /// A mark where the head is a woman.
    Female = "female", HOUSEHOLDS, "Đánh dấu nếu là nữ", "Mark for a woman";
    /// The head's ethnicity.
    Ethnicity = "ethnicity", HOUSEHOLDS, "Dân tộc", "Ethnicity";
    /// A mark where the head belongs to an ethnic minority.
    EthnicMinority = "ethnic_minority", HOUSEHOLDS, "Hộ dân tộc thiểu số", "Mark for an ethnic minority";
    /// The head's identity number.
    IdentityNumber = "identity_number", OF_HOUSEHOLDS, "Số CMND/CCCD", "Identity number";
    /// Relation to the head: of lists of persons, heads alone are taken.
    Relation = "relation", OF_HOUSEHOLDS, "Quan hệ với chủ hộ", "Relation to the head";
    /// Where the house is.
    Address = "address", HOUSEHOLDS, "Địa chỉ", "Address";
    /// Number of people.
    Members = "members", HOUSEHOLDS, "Số nhân khẩu", "Number of people";
    /// What the household earned in the 12 months, less its costs.
    IncomeYear = "income_year", HOUSEHOLDS, "Thu nhập cả hộ trong 12 tháng", "Income of the household in 12 months";
    /// The same for each person and month.
    IncomePersonMonth = "income_person_month", HOUSEHOLDS, "Thu nhập một người một tháng",
        "Income of each person and month";
    /// The class, which is compared and not written.
    Class = "class", HOUSEHOLDS, "Hạng hộ (chỉ so sánh)", "Class (compared only)";
    /// A mark where the household is poor, compared likewise.
    Poor = "poor", HOUSEHOLDS, "Đánh dấu hộ nghèo (chỉ so sánh)", "Mark for poor (compared only)";
    /// A mark where it is near-poor, compared likewise.
    NearPoor = "near_poor", HOUSEHOLDS, "Đánh dấu hộ cận nghèo (chỉ so sánh)", "Mark for near-poor (compared only)";
    /// The main cause of poverty.
    MainCause = "main_cause", HOUSEHOLDS, "Nguyên nhân chính", "Main cause";
    /// A mark for a merit household.
    Merit = "merit", HOUSEHOLDS, "Hộ người có công", "Merit household";
    /// A mark where a social-protection beneficiary lives there.
    SocialProtection = "social_protection", HOUSEHOLDS, "Đối tượng bảo trợ xã hội", "Social-protection beneficiary";
    /// Whether it lives in a rural or an urban area.
    Residence = "residence", HOUSEHOLDS, "Nông thôn hay thành thị", "Rural or urban";
    /// Points of B1.
    PointsB1 = "points_b1", HOUSEHOLDS, "Điểm B1", "Points of B1";
    /// Points of B2.
    PointsB2 = "points_b2", HOUSEHOLDS, "Điểm B2", "Points of B2";
    /// A note.
    Note = "note", HOUSEHOLDS, "Ghi chú", "Note";
    /// All households of a hamlet.
    DeclaredHouseholds = "declared_households", DECLARED, "Tổng số hộ dân", "All households";
    /// Those of an ethnic minority among them.
    DeclaredMinority = "declared_minority", DECLARED, "Trong đó hộ dân tộc thiểu số", "Of an ethnic minority";
    /// Number of the household's certificate, with its year.
    Certificate = "certificate", SUPPORTS, "Số giấy chứng nhận", "Certificate number";
    /// The support, by id or name.
    Support = "support", SUPPORTS, "Tên hỗ trợ", "Support";
    /// The quarter in which it was given, or the day.
    Quarter = "quarter", SUPPORTS, "Quý hoặc ngày nhận", "Quarter or day";
    /// What was paid.
    Amount = "amount", SUPPORTS, "Số tiền", "Amount";
    /// Who gave it.
    GivenBy = "given_by", SUPPORTS, "Nơi cấp", "Given by";
    /// Something that is not imported.
    Other = "other", ALL, "Không nhập cột này", "Not imported";
}

impl FromStr for ImportField {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = ImportField::ALL.iter().copied().find(|field| field.word() == word);
        found.ok_or_else(|| {
            let words: Vec<_> = ImportField::ALL.iter().map(|field| field.word()).collect();
            format!("the fields are {}", words.join(", "))
        })
    }
}

/// How the letters of a text stand for Vietnamese ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextEncoding {
    /// As they are.
    Unicode,
    /// As fonts of the ABC family show them (`.VnTime`, TCVN 5712).
    Tcvn3,
    /// As VNI fonts show them (`VNI-Times`).
    Vni,
}

impl TextEncoding {
    /// All encodings.
    pub const ALL: [TextEncoding; 3] = [TextEncoding::Unicode, TextEncoding::Tcvn3, TextEncoding::Vni];

    /// The word in addresses and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            TextEncoding::Unicode => "unicode",
            TextEncoding::Tcvn3 => "tcvn3",
            TextEncoding::Vni => "vni",
        }
    }

    /// The encoding as people know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TextEncoding::Unicode => "Unicode",
            TextEncoding::Tcvn3 => "TCVN3 (.VnTime)",
            TextEncoding::Vni => "VNI (VNI-Times)",
        }
    }
}

impl FromStr for TextEncoding {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = TextEncoding::ALL.into_iter().find(|encoding| encoding.word() == word);
        found.ok_or_else(|| "the encodings are unicode, tcvn3 and vni".to_owned())
    }
}

/// Id of an import: the area's unit and the round that it is of, and random bits. Written `29173.2011.018f…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId {
    /// The unit that keeps it: the commune, district or province that was imported into.
    pub unit: UnitCode,
    /// The round that was imported into.
    pub round: Round,
    /// Random bits.
    pub uuid: Uuid,
}

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.unit, self.round, self.uuid.as_simple())
    }
}

impl FromStr for ImportId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let mut parts = text.split('.');
            let (unit, round, bits) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() || bits.len() != 32 {
                return None;
            }
            let (unit, round, uuid) = (unit.parse().ok()?, round.parse().ok()?, Uuid::try_parse(bits).ok()?);
            Some(ImportId { unit, round, uuid })
        };
        read().ok_or_else(|| {
            "an import's id is an area's code, a round and 32 hexadecimal digits, joined by `.`".to_owned()
        })
    }
}

impl Serialize for ImportId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImportId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

/// What became, or would become, of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// A household or a hamlet's number that the register does not have.
    New,
    /// One that it has, of which the row says something more or something else; also a support that it was given.
    Changed,
    /// One of which the row says nothing new.
    Same,
    /// One of which a person has typed something else: what was typed stands, and the commune's officer decides.
    Conflict,
    /// Not taken: its problems say why.
    Refused,
    /// No household: a total, the head of a block, or text below the table.
    Skipped,
}

impl RowOutcome {
    /// The outcome in plain words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            RowOutcome::New => lang.pick("Mới", "New"),
            RowOutcome::Changed => lang.pick("Thay đổi", "Changed"),
            RowOutcome::Same => lang.pick("Đã có", "As it is"),
            RowOutcome::Conflict => lang.pick("Khác với người đã ghi", "Differs from what a person wrote"),
            RowOutcome::Refused => lang.pick("Không nhận", "Not taken"),
            RowOutcome::Skipped => lang.pick("Bỏ qua", "Skipped"),
        }
    }
}

/// What is wrong with a row, or worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// The letter of the column it is about, as spreadsheets name columns; null for the row as a whole.
    pub column: Option<String>,
    /// What is wrong, in Vietnamese.
    pub vi: String,
    /// What is wrong, in English.
    pub en: String,
}

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRow {
    /// Its number in the file, counted from 1.
    pub row: u32,
    /// What becomes of it.
    pub outcome: RowOutcome,
    /// The name in it: of the household's head, or of the hamlet.
    pub name: Option<String>,
    /// The household or hamlet that it was found to be, or makes.
    pub record: Option<Subject>,
    /// What is wrong with it; of a row that is taken, what is worth knowing.
    pub problems: Vec<ImportProblem>,
    /// The class that the file says.
    pub class_in_file: Option<Class>,
    /// The class that the record has once the row is taken, where the file says one; null where it cannot be decided.
    pub class_ours: Option<Class>,
}

impl ImportRow {
    /// Whether the file says another class than the record has.
    #[must_use]
    pub fn differs_in_class(&self) -> bool {
        matches!((self.class_in_file, self.class_ours), (Some(file), Some(ours)) if file != ours)
    }
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportColumn {
    /// Its letter, as spreadsheets name columns.
    pub column: String,
    /// Its head in the file.
    pub head: String,
    /// What it says; null where it is not imported.
    pub field: Option<ImportField>,
    /// How its texts are read: as was asked for, or by the font of its cells.
    pub encoding: TextEncoding,
    /// How its texts look as if they were written, where that is another encoding. Never applied unasked.
    pub suggested: Option<TextEncoding>,
}

/// Number of rows by what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCounts {
    /// New ones.
    pub new: u64,
    /// Changed ones.
    pub changed: u64,
    /// Those that say nothing new.
    pub same: u64,
    /// Those that differ from what a person has typed.
    pub conflict: u64,
    /// Those that are not taken.
    pub refused: u64,
    /// Those that are no household.
    pub skipped: u64,
    /// Households of which the file says another class than the register.
    pub class_differs: u64,
}

impl ImportCounts {
    /// Counts a row.
    pub fn add(&mut self, row: &ImportRow) {
        *match row.outcome {
            RowOutcome::New => &mut self.new,
            RowOutcome::Changed => &mut self.changed,
            RowOutcome::Same => &mut self.same,
            RowOutcome::Conflict => &mut self.conflict,
            RowOutcome::Refused => &mut self.refused,
            RowOutcome::Skipped => &mut self.skipped,
        } += 1;
        self.class_differs += u64::from(row.differs_in_class());
    }
}

/// What an import does, or did: `POST /api/v1/imports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// The import; null of a dry run, and where there was nothing to write.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub import: Option<ImportId>,
    /// What the rows are about.
    pub kind: ImportKind,
    /// The area imported into.
    pub area: AreaCode,
    /// The round imported into.
    pub round: Round,
    /// Digest of the file and of how it is read: the dry run's is given when the same is written.
    pub digest: String,
    /// Format of the file, such as `xlsx` or `csv, windows-1258`.
    pub format: String,
    /// The sheet that is read.
    pub sheet: String,
    /// All sheets of the file.
    pub sheets: Vec<String>,
    /// Number of the row with the heads of the columns, the lowest where there are several.
    pub header: u32,
    /// The columns.
    pub columns: Vec<ImportColumn>,
    /// Number of rows by what becomes of them.
    pub counts: ImportCounts,
    /// At most 1.000 rows, in the file's order: those with problems before others.
    pub rows: Vec<ImportRow>,
    /// Whether there are more.
    pub more: bool,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Being written; or it was cut short. The same file imported again writes the rest.
    Begun,
    /// Written.
    Done,
    /// Undone.
    Undone,
}

/// An import that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportLine {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: ImportId,
    /// When it began: milliseconds since 1970, UTC.
    pub at: u64,
    /// The account that made it; null for the command line, and where there are no accounts.
    pub by: Option<String>,
    /// Name of the file.
    pub file: String,
    /// What its rows were about.
    pub kind: ImportKind,
    /// How far it is.
    pub state: ImportState,
    /// Number of rows by what became of them.
    pub counts: ImportCounts,
}

/// Imports, latest first: `GET /api/v1/imports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportList {
    /// At most 500.
    pub imports: Vec<ImportLine>,
}

/// What undoing an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportUndone {
    /// Number of records in which something was put back, or that were withdrawn.
    pub records: usize,
    /// Number of edits among them that were refused, as where a record is full: these records have to be looked at.
    pub refused: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_wire_s() {
        let wire = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        for field in ImportField::ALL {
            assert_eq!(wire(serde_json::to_value(field).unwrap()), field.word());
            assert_eq!(field.word().parse(), Ok(*field));
        }
        for kind in ImportKind::ALL {
            assert_eq!(wire(serde_json::to_value(kind).unwrap()), kind.word());
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        for encoding in TextEncoding::ALL {
            assert_eq!(wire(serde_json::to_value(encoding).unwrap()), encoding.word());
            assert_eq!(encoding.word().parse(), Ok(encoding));
        }
    }

    #[test]
    fn an_id_says_where_it_is() {
        let text = "836.2011.018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f";
        let id: ImportId = text.parse().unwrap();
        assert_eq!((id.to_string().as_str(), id.round), (text, Round::new(2011).unwrap()));
        for bad in [
            "",
            "836.2011",
            "836.2011.0",
            "29173-04.2011.018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
            &format!("{text}.x"),
        ] {
            assert!(bad.parse::<ImportId>().is_err(), "{bad}");
        }
    }
}
