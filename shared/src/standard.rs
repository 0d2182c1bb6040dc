//! Poverty standards (chuẩn nghèo): lines in đồng per person per month, and the classes between them.
//!
//! A standard is data: a file in `law/`, with the source beside every value. A new decree is a new file.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::area::Residence;
use crate::income::Allowances;
use crate::lang::Lang;
use crate::money::Vnd;

/// Class of a household under a standard, poorest first.
///
/// ```
/// use soho_shared::standard::Class;
///
/// // Poorest first.
/// assert!(Class::Poor < Class::NearPoor);
/// assert_eq!(Class::NearPoor.to_string(), "near_poor");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Poor (hộ nghèo).
    Poor,
    /// Near-poor (hộ cận nghèo).
    NearPoor,
    /// 2011: over 130 % to 150 % of the poverty line (trên 130 % đến 150 % chuẩn nghèo);
    /// from 2016: average living standard (mức sống trung bình).
    LowIncome,
    /// Above every line of the standard.
    Above,
}

impl Class {
    /// All four classes, poorest first, which is also the order of arrays indexed by class.
    pub const ALL: [Class; 4] = [Class::Poor, Class::NearPoor, Class::LowIncome, Class::Above];

    /// Index in such arrays: 0 for poor to 3 for above.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word used in files and answers: `poor`, `near_poor`, `low_income`, `above`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Class::Poor => "poor",
            Class::NearPoor => "near_poor",
            Class::LowIncome => "low_income",
            Class::Above => "above",
        }
    }

    /// The class with a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Class::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// How sure a fact is. A fact that is only medium is shown with its source, never as certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the plan or in a published text.
    High,
    /// Well known; to be checked against the instrument before it is relied on.
    Medium,
    /// No text was found that says so: the software's own reading, and never shown as law.
    NotEstablished,
}

/// Legal source of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The instrument, such as `Quyết định 09/2011/QĐ-TTg ngày 30/01/2011`.
    pub instrument: Cow<'static, str>,
    /// The article or clause, when known.
    pub article: Option<Cow<'static, str>>,
    /// How sure the value is.
    pub confidence: Confidence,
    /// What else a reader must know about the value, if anything.
    pub note: Option<Note>,
}

impl Source {
    /// Where it is written, `Quyết định 09/2011/QĐ-TTg ngày 30/01/2011, Điều 1`. A source that is not sure says so.
    #[must_use]
    pub fn cited(&self, lang: Lang) -> String {
        let mut text = cited(lang, &self.instrument);
        if let Some(article) = &self.article {
            text.push_str(", ");
            text.push_str(&cited(lang, article));
        }
        text.push_str(match self.confidence {
            Confidence::High => "",
            Confidence::Medium => {
                lang.pick("; cần đối chiếu lại với văn bản", "; to be checked against the instrument")
            }
            Confidence::NotEstablished => lang.pick("; chưa xác minh", "; not established"),
        });
        text
    }
}

/// What stands before a date or a number in a citation.
const PARTS: [(&str, &str); 5] = [
    ("ngày ", "of "),
    ("Điều ", "Article "),
    ("khoản ", "clause "),
    ("mục ", "section "),
    ("Phụ lục ", "Annex "),
];

/// An instrument or a part of one. In English its number and kind stay, for whoever looks it up:
/// `Quyết định 09/2011/QĐ-TTg of 30/01/2011, Article 1`.
#[must_use]
pub fn cited(lang: Lang, text: &str) -> String {
    if lang == Lang::Vi {
        return text.to_owned();
    }
    PARTS.into_iter().fold(text.to_owned(), |text, (vi, en)| {
        let mut pieces = text.split(vi);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let is_number = piece.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase());
            out.push_str(if is_number { en } else { vi });
            out.push_str(piece);
        }
        out
    })
}

/// A remark in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// The Vietnamese text.
    pub vi: Cow<'static, str>,
    /// The English text.
    pub en: Cow<'static, str>,
}

impl Note {
    /// The remark in one language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// One band of incomes: everyone at or under its line, and over the line of the band before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// The line, which itself belongs to the band, in đồng per person per month: rural, urban.
    pub lines: [Vnd; 2],
    /// The class of a household in this band.
    pub class: Class,
    /// Where the band begins by the decree's own wording, when that leaves a gap after the line before, in đồng per
    /// person per month: rural, urban. For explanations only; bands are continuous.
    pub worded_from: Option<[Vnd; 2]>,
    /// Number of lacking indicators from which a household of this band is [`Class::Poor`] instead.
    pub poor_if_lacking: Option<u8>,
    /// First day of the band, where it came later than the standard.
    #[serde(serialize_with = "as_text_or_null")]
    pub from: Option<Date>,
    /// Legal source of the line.
    pub source: Source,
}

impl Band {
    /// The band's line for one residence, in đồng per person per month.
    #[must_use]
    pub fn line(&self, residence: Residence) -> Vnd {
        self.lines[residence.index()]
    }
}

/// An indicator of deprivation (chỉ số thiếu hụt) of a multidimensional standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// Its id, never reused.
    pub id: Cow<'static, str>,
    /// The id of the dimension it belongs to.
    pub dimension: Cow<'static, str>,
    /// The dimension's name.
    pub dimension_name: Note,
    /// Its legal name in Vietnamese.
    pub name_vi: Cow<'static, str>,
    /// Its name in English.
    pub name_en: Cow<'static, str>,
    /// The question in plain Vietnamese.
    pub question_vi: Cow<'static, str>,
    /// The question in plain English.
    pub question_en: Cow<'static, str>,
    /// Whether "yes" to the question means that the household has it; otherwise, that it lacks it.
    pub affirmative: bool,
    /// How sure the wording of the question is.
    pub confidence: Confidence,
    /// Rule by which a household's record answers it, where one can.
    pub record: Option<RecordRule>,
}

/// Rule by which a household's record answers an indicator, so that it is not asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordRule {
    /// Lacking when a member of `from_age` or older has no health-insurance card.
    Uninsured {
        /// Lowest age, in years.
        from_age: u8,
    },
    /// Lacking when a child of `from_age` and under `under_age` does not go to school.
    OutOfSchool {
        /// Lowest age, in years.
        from_age: u8,
        /// First age, in years, that is too old.
        under_age: u8,
        /// Whether going to school is enough. Where the grade must fit the age too, the record answers only for a child
        /// who is out of school.
        any_grade: bool,
    },
    /// Lacking when there are fewer than `under_m2_each` square metres of floor for each member.
    FloorArea {
        /// Square metres of floor per member.
        under_m2_each: u8,
    },
    /// Lacking when more than half of the members are dependants: children under `under_age`, and elderly or disabled
    /// people on a monthly social allowance.
    Dependants {
        /// First age, in years, that is no longer a child's.
        under_age: u8,
    },
}

/// What counts as income under a standard, each with where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncomeRules {
    /// Whether the state's social allowances count. Unless that is sure, a household for which it decides is shown both
    /// results.
    pub allowances: Allowances,
    /// Where that is written.
    pub allowances_source: Source,
    /// Where it is written that what the house ate and used of its own produce counts.
    pub own_use: Source,
    /// Where it is written that people born in the year, or who married in or came back for good, count as members
    /// although they have been there for less than 6 months.
    pub newly_joined: Source,
}

impl IncomeRules {
    /// Whether the treatment of allowances is sure.
    #[must_use]
    pub fn is_sure_of_allowances(&self) -> bool {
        self.allowances_source.confidence == Confidence::High
    }
}

/// How the points of the official forms (B1 of income, B2 of what is lacking) decide a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointsRule {
    /// The cut-offs; `None` where they are not established, so that an officer enters the class.
    pub cut_offs: Option<CutOffs>,
    /// Where they are written.
    pub source: Source,
}

/// Points that separate the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CutOffs {
    /// Most points of B1 that stand for an income at or under the poverty line: rural, urban.
    pub income: [u16; 2],
    /// Points of B2 from which such a household is poor; with fewer it is near-poor.
    pub poor_from: u16,
}

impl CutOffs {
    /// The class by both sums of points; `None` for a household that is neither poor nor near-poor.
    #[must_use]
    pub fn class(&self, residence: Residence, b1: u16, b2: u16) -> Option<Class> {
        let listed = b1 <= self.income[residence.index()];
        listed.then_some(if b2 >= self.poor_from { Class::Poor } else { Class::NearPoor })
    }
}

/// How many of those present at a hamlet meeting must agree to what it confirms (bình xét).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Majority {
    /// More than half (quá 50 %).
    MoreThanHalf,
    /// At least half (từ 50 % trở lên).
    AtLeastHalf,
}

impl Majority {
    /// Whether so many who agree are enough of those present.
    ///
    /// ```
    /// use soho_shared::standard::Majority;
    ///
    /// assert!(Majority::AtLeastHalf.agrees(40, 20) && !Majority::MoreThanHalf.agrees(40, 20));
    /// ```
    #[must_use]
    pub const fn agrees(self, present: i64, agreed: i64) -> bool {
        match self {
            Majority::MoreThanHalf => agreed.saturating_mul(2) > present,
            Majority::AtLeastHalf => agreed.saturating_mul(2) >= present,
        }
    }

    /// In words: `quá nửa số người dự`.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Majority::MoreThanHalf => lang.pick("quá nửa số người dự họp", "more than half of those present"),
            Majority::AtLeastHalf => {
                lang.pick("từ một nửa số người dự họp trở lên", "at least half of those present")
            }
        }
    }
}

/// By how many voices a hamlet meeting confirms a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeetingRule {
    /// How many must agree.
    pub majority: Majority,
    /// The first round that went by it, where earlier ones of the standard did not.
    pub from_round: Option<i16>,
    /// Where that is written.
    pub source: Source,
}

/// A poverty standard, in force for surveys dated `from..=to`.
///
/// ```
/// use soho_shared::area::Residence;
/// use soho_shared::law;
/// use soho_shared::money::Vnd;
///
/// let standard = law::standard("2011").unwrap();
/// let poor = &standard.bands[0];
/// assert_eq!(poor.line(Residence::Rural), Vnd::new(400_000).unwrap());
/// assert_eq!(poor.source.instrument, "Quyết định 09/2011/QĐ-TTg ngày 30/01/2011");
///
/// // Whoever is above its last line has no band: there are four classes and three bands.
/// assert_eq!(standard.bands.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standard {
    /// Its id: the year in which it begins, such as `2011`; a province's own adds a suffix.
    pub id: Cow<'static, str>,
    /// The instrument that set it.
    pub source: Source,
    /// First day in force.
    #[serde(serialize_with = "as_text")]
    pub from: Date,
    /// Last day in force.
    #[serde(serialize_with = "as_text")]
    pub to: Date,
    /// The round (year of review) that applied it before its first day, if one did.
    pub opening_round: Option<i16>,
    /// The last round of the period before, if that had a second result by this standard.
    pub beside_round: Option<i16>,
    /// Bands from the poorest up; lines strictly rise for both residences.
    pub bands: Cow<'static, [Band]>,
    /// Number of indicators of the standard; 0 where that is not known, and for standards of income alone.
    pub indicator_count: u8,
    /// The indicators; empty where the list is not known and only the number of lacking ones is asked.
    pub indicators: Cow<'static, [Indicator]>,
    /// What counts as income.
    pub income: IncomeRules,
    /// How points decide in an official review; `None` where it is decided by income itself.
    pub points: Option<PointsRule>,
    /// How a hamlet meeting confirms; `None` where that is not established.
    pub meeting: Option<MeetingRule>,
}

impl Standard {
    /// The year its id begins with, `2011`.
    #[must_use]
    pub fn year(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Whether officers also keep a book of its [`Class::LowIncome`] households: of those over 130 % to 150 % of the line of
    /// 2011 (Kế hoạch 1051/KH-UBND, IV.4). From 2016 on that class is the average living standard, and the list to be
    /// reviewed is of the poor and near-poor.
    #[must_use]
    pub fn lists_low_income(&self) -> bool {
        self.year() == "2011"
    }

    /// Whether it is a province's own: its id has a name after the year, `2011-ben-tre`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.id.len() > self.year().len()
    }

    /// Whether it has a band of its own for [`Class::LowIncome`]; without one, that class is never answered.
    #[must_use]
    pub fn names_low_income(&self) -> bool {
        self.bands.iter().any(|band| band.class == Class::LowIncome)
    }

    /// The first class above the poor and near-poor that it answers.
    #[must_use]
    pub fn first_above_poverty(&self) -> Class {
        if self.names_low_income() { Class::LowIncome } else { Class::Above }
    }

    /// Whether the number of lacking indicators can decide a class.
    #[must_use]
    pub fn is_multidimensional(&self) -> bool {
        self.bands.iter().any(|band| band.poor_if_lacking.is_some())
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Dates are written as text, `2011-01-01`.
fn as_text<S: serde::Serializer>(date: &Date, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(date)
}

fn as_text_or_null<S: serde::Serializer>(date: &Option<Date>, s: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => s.collect_str(date),
        None => s.serialize_none(),
    }
}
