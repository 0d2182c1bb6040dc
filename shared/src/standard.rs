//! Poverty standards (chuẩn nghèo): lines in đồng per person per month, and who falls where.
//!
//! A standard is data: a file in `law/`, with the source beside every value. A new decree is a new file.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::area::Residence;
use crate::lang::Lang;
use crate::money::Vnd;

/// What a household is, poorest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Hộ nghèo.
    Poor,
    /// Hộ cận nghèo.
    NearPoor,
    /// 2011: over 130 % to 150 % of the poverty line (trên 130 % đến 150 % chuẩn nghèo);
    /// from 2016: average living standard (mức sống trung bình).
    LowIncome,
    /// Above every line of the standard.
    Above,
}

impl Class {
    /// All four, poorest first; the order used for indexing.
    pub const ALL: [Class; 4] = [Class::Poor, Class::NearPoor, Class::LowIncome, Class::Above];

    /// 0 for poor to 3 for above.
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
}

/// How sure a fact is. What is only medium is shown with its source, never as certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the plan or in a published text.
    High,
    /// Well known; to be checked against the instrument before it is relied on.
    Medium,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The instrument, `Quyết định 09/2011/QĐ-TTg ngày 30/01/2011`.
    pub instrument: Cow<'static, str>,
    /// The article or clause, when known.
    pub article: Option<Cow<'static, str>>,
    /// How sure.
    pub confidence: Confidence,
    /// What else a reader must know about it.
    pub note: Option<Note>,
}

/// A remark in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// In Vietnamese.
    pub vi: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
}

impl Note {
    /// The remark in one language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// One band: everyone at or under its line (and over the line of the band before).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// The upper end, closed, in đồng per person per month: rural, urban.
    pub lines: [Vnd; 2],
    /// The class of a household in this band.
    pub class: Class,
    /// Where the decree's own wording lets the band begin, when that leaves a gap after the line before:
    /// rural, urban. For explanations only; bands are continuous.
    pub worded_from: Option<[Vnd; 2]>,
    /// In this band a household that lacks at least so many indicators is [`Class::Poor`] instead.
    pub poor_if_lacking: Option<u8>,
    /// Where the line is written.
    pub source: Source,
}

impl Band {
    /// The upper end for one residence, đồng per person per month.
    #[must_use]
    pub fn line(&self, residence: Residence) -> Vnd {
        self.lines[residence.index()]
    }
}

/// A dimension's indicator of deprivation (chỉ số thiếu hụt), for multidimensional standards.
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
    /// The question in plain Vietnamese; yes means the household lacks it.
    pub question_vi: Cow<'static, str>,
    /// The same in English.
    pub question_en: Cow<'static, str>,
    /// How sure the wording of the question is.
    pub confidence: Confidence,
    /// What in a household's record answers it, where something can.
    pub record: Option<RecordRule>,
}

/// What in a household's record answers an indicator, so that it is not asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordRule {
    /// Lacking when a member of this age or older has no health-insurance card.
    Uninsured {
        /// Years of age.
        from_age: u8,
    },
    /// Lacking when a child of `from_age` and under `under_age` does not go to school.
    OutOfSchool {
        /// Years of age.
        from_age: u8,
        /// Years of age.
        under_age: u8,
        /// Whether going to school is enough not to lack it. Where the grade must fit the age too, only a child
        /// out of school tells.
        any_grade: bool,
    },
    /// Lacking when there are fewer square metres of floor for each member.
    FloorArea {
        /// Square metres a member.
        under_m2_each: u8,
    },
    /// Lacking when more than half of the members are dependants: children under this age, and people on a
    /// monthly social allowance.
    Dependants {
        /// Years of age.
        under_age: u8,
    },
}

/// A standard: in force for surveys dated `from..=to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standard {
    /// Its id: the year it begins, `2011`; a province's own adds a suffix.
    pub id: Cow<'static, str>,
    /// The instrument that set it.
    pub source: Source,
    /// First day.
    #[serde(serialize_with = "as_text")]
    pub from: Date,
    /// Last day.
    #[serde(serialize_with = "as_text")]
    pub to: Date,
    /// The round (year of review) that applied it before its first day, if one did.
    pub opening_round: Option<i16>,
    /// Bands from the poorest up; lines strictly rise for both residences.
    pub bands: Cow<'static, [Band]>,
    /// How many indicators the standard counts; 0 where that is not known, and for standards of income alone.
    pub indicator_count: u8,
    /// The indicators, where the list is known; empty where only their number is asked.
    pub indicators: Cow<'static, [Indicator]>,
}

impl Standard {
    /// The year its id begins with, `2011`.
    #[must_use]
    pub fn year(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Whether it is a province's own: its id has a name after the year, `2011-ben-tre`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.id.len() > self.year().len()
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
