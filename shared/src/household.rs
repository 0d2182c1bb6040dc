//! The household (hộ): which fields a record has, what each may hold, and the record read as types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::Members;
use crate::income::{IncomeLine, IncomeSource};
use crate::money::Vnd;
use crate::sync::{Doc, FieldPath, Value};

/// Why a household is poor (nguyên nhân nghèo); the plan's four, ids never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Thiếu tư liệu sản xuất, vốn, đất sản xuất, phương tiện sản xuất.
    LackOfMeans,
    /// Thiếu lao động, đông người ăn theo, không có việc làm.
    LackOfLabour,
    /// Không biết cách làm ăn, tệ nạn xã hội hoặc chây lười.
    LackOfKnowHow,
    /// Nguyên nhân khác (đối tượng không hoạt động kinh tế, neo đơn, tàn tật).
    Other,
}

impl Cause {
    /// All, in the plan's order; the order used for indexing.
    pub const ALL: [Cause; 4] = [Cause::LackOfMeans, Cause::LackOfLabour, Cause::LackOfKnowHow, Cause::Other];

    /// The word used in fields and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "lack_of_means",
            Cause::LackOfLabour => "lack_of_labour",
            Cause::LackOfKnowHow => "lack_of_know_how",
            Cause::Other => "other",
        }
    }

    /// The plan's own words.
    #[must_use]
    pub const fn name_vi(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "Thiếu tư liệu sản xuất, vốn, đất sản xuất, phương tiện sản xuất",
            Cause::LackOfLabour => "Thiếu lao động, đông người ăn theo, không có việc làm",
            Cause::LackOfKnowHow => "Không biết cách làm ăn, tệ nạn xã hội hoặc chây lười",
            Cause::Other => "Nguyên nhân khác (đối tượng không hoạt động kinh tế, neo đơn, tàn tật)",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn name_en(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "Lack of means of production, capital or land",
            Cause::LackOfLabour => "Lack of labour, many dependants, no work",
            Cause::LackOfKnowHow => "Lack of know-how, social ills or idleness",
            Cause::Other => "Other (not economically active, alone, disabled)",
        }
    }

    /// The cause with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Cause::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// A group that the plan counts apart. A household can be in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Chủ hộ là nữ.
    FemaleHeaded,
    /// Chủ hộ là người dân tộc.
    EthnicMinorityHeaded,
    /// Thuộc diện chính sách người có công.
    Merit,
    /// Thuộc diện đối tượng bảo trợ xã hội.
    SocialProtection,
}

impl Group {
    /// All, in the plan's order; the order used for indexing.
    pub const ALL: [Group; 4] =
        [Group::FemaleHeaded, Group::EthnicMinorityHeaded, Group::Merit, Group::SocialProtection];

    /// The word used in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Group::FemaleHeaded => "female_headed",
            Group::EthnicMinorityHeaded => "ethnic_minority_headed",
            Group::Merit => "merit",
            Group::SocialProtection => "social_protection",
        }
    }

    /// The plan's own words.
    #[must_use]
    pub const fn name_vi(self) -> &'static str {
        match self {
            Group::FemaleHeaded => "Chủ hộ là nữ",
            Group::EthnicMinorityHeaded => "Chủ hộ là người dân tộc",
            Group::Merit => "Thuộc diện chính sách người có công",
            Group::SocialProtection => "Thuộc diện đối tượng bảo trợ xã hội",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn name_en(self) -> &'static str {
        match self {
            Group::FemaleHeaded => "Headed by a woman",
            Group::EthnicMinorityHeaded => "Headed by a member of an ethnic minority",
            Group::Merit => "Merit households",
            Group::SocialProtection => "Social-protection beneficiaries",
        }
    }
}

/// The names of the fields of a record. Items of a list have ids: `members/<id>/name`.
pub mod field {
    /// The hamlet's number in its commune, 1..=99.
    pub const HAMLET: &str = "hamlet";
    /// Name of the head (chủ hộ).
    pub const HEAD_NAME: &str = "head/name";
    /// The head's year of birth.
    pub const HEAD_BIRTH_YEAR: &str = "head/birth_year";
    /// The head's sex: `female` or `male`.
    pub const HEAD_SEX: &str = "head/sex";
    /// Whether the head belongs to an ethnic minority (người dân tộc).
    pub const HEAD_ETHNIC_MINORITY: &str = "head/ethnic_minority";
    /// The head's identity number: 9 digits (CMND) or 12 (CCCD).
    pub const HEAD_IDENTITY_NUMBER: &str = "head/identity_number";
    /// Where the house is, in words.
    pub const ADDRESS: &str = "address";
    /// How many people count as members, 1..=99, when they are not listed one by one.
    pub const MEMBER_COUNT: &str = "member_count";
    /// The household had no income at all in the 12 months.
    pub const NO_INCOME: &str = "no_income";
    /// How many indicators of deprivation it lacks, 0..=12.
    pub const DEPRIVATION_COUNT: &str = "deprivation_count";
    /// The main cause of poverty.
    pub const MAIN_CAUSE: &str = "main_cause";
    /// A merit household (hộ chính sách người có công).
    pub const MERIT: &str = "groups/merit";
    /// A social-protection beneficiary lives here (đối tượng bảo trợ xã hội).
    pub const SOCIAL_PROTECTION: &str = "groups/social_protection";
    /// A note by the volunteer.
    pub const NOTE: &str = "note";
    /// The record was made in error and is withdrawn.
    pub const REMOVED: &str = "removed";
}

/// What a known field may hold.
enum Kind {
    Text(usize),
    Int(i64, i64),
    Money,
    Bool,
    Word(&'static [&'static str]),
    IdentityNumber,
    Source,
    Cause,
}

/// The fields this version knows. `*` stands for an item's id or a word of a list.
const FIELDS: &[(&str, Kind)] = &[
    (field::HAMLET, Kind::Int(1, 99)),
    (field::HEAD_NAME, Kind::Text(100)),
    (field::HEAD_BIRTH_YEAR, Kind::Int(1880, 2100)),
    (field::HEAD_SEX, Kind::Word(&["female", "male"])),
    (field::HEAD_ETHNIC_MINORITY, Kind::Bool),
    (field::HEAD_IDENTITY_NUMBER, Kind::IdentityNumber),
    (field::ADDRESS, Kind::Text(300)),
    (field::MEMBER_COUNT, Kind::Int(1, 99)),
    ("members/*/name", Kind::Text(100)),
    ("members/*/birth_year", Kind::Int(1880, 2100)),
    ("members/*/sex", Kind::Word(&["female", "male"])),
    (
        "members/*/relation",
        Kind::Word(&["spouse", "child", "parent", "grandchild", "grandparent", "sibling", "other"]),
    ),
    ("members/*/months_present", Kind::Int(0, 12)),
    ("members/*/pupil", Kind::Bool),
    ("members/*/seriously_ill", Kind::Bool),
    ("members/*/insured", Kind::Bool),
    ("members/*/removed", Kind::Bool),
    (field::NO_INCOME, Kind::Bool),
    ("income/*/source", Kind::Source),
    ("income/*/amount", Kind::Money),
    ("income/*/times", Kind::Int(1, 366)),
    ("income/*/costs", Kind::Money),
    ("income/*/removed", Kind::Bool),
    (field::DEPRIVATION_COUNT, Kind::Int(0, 12)),
    (field::MAIN_CAUSE, Kind::Cause),
    ("causes/*", Kind::Bool),
    (field::MERIT, Kind::Bool),
    (field::SOCIAL_PROTECTION, Kind::Bool),
    (field::NOTE, Kind::Text(2_000)),
    (field::REMOVED, Kind::Bool),
];

/// How large the value of a field that this version does not know may be, in bytes.
const MAX_UNKNOWN: usize = 4_000;

/// Whether a field may hold a value. Null clears any field. A field this version does not know is
/// carried as it is, within bounds, so that a newer device loses nothing.
///
/// # Errors
/// What is wrong and what would be right.
pub fn check_field(path: &FieldPath, value: &Value) -> Result<(), String> {
    let Some((_, kind)) = FIELDS.iter().find(|(pattern, _)| matches(pattern, path.as_str())) else {
        return if value.size() <= MAX_UNKNOWN {
            Ok(())
        } else {
            Err(format!("the value of a field is at most {MAX_UNKNOWN} bytes"))
        };
    };
    if *value == Value::Null {
        return Ok(());
    }
    let within = |n: Option<i64>, low: i64, high: i64| {
        if n.is_some_and(|n| low <= n && n <= high) {
            Ok(())
        } else {
            Err(format!("must be a whole number from {low} to {high}"))
        }
    };
    match kind {
        Kind::Text(max) => match value.as_text() {
            Some(text) if text.chars().count() <= *max => Ok(()),
            _ => Err(format!("must be a text of at most {max} letters")),
        },
        Kind::Int(low, high) => within(value.as_int(), *low, *high),
        Kind::Money => within(value.as_int(), 0, Vnd::MAX.get()),
        Kind::Bool if matches!(value, Value::Bool(_)) => Ok(()),
        Kind::Bool => Err("must be true or false".to_owned()),
        Kind::Word(words) => one_of(value, words.iter().copied()),
        Kind::Source => one_of(value, IncomeSource::ALL.iter().map(|s| s.word())),
        Kind::Cause => one_of(value, Cause::ALL.iter().map(|c| c.word())),
        Kind::IdentityNumber => match value.as_text() {
            Some(t) if matches!(t.len(), 9 | 12) && t.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
            _ => Err("must be the 9 digits of a CMND or the 12 of a CCCD".to_owned()),
        },
    }
}

fn one_of(value: &Value, words: impl Iterator<Item = &'static str> + Clone) -> Result<(), String> {
    if value.as_text().is_some_and(|t| words.clone().any(|w| w == t)) {
        Ok(())
    } else {
        Err(format!("must be one of {}", words.collect::<Vec<_>>().join(", ")))
    }
}

/// Whether a path is of a pattern in which `*` stands for one segment.
fn matches(pattern: &str, path: &str) -> bool {
    let (mut a, mut b) = (pattern.split('/'), path.split('/'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(p), Some(s)) if p == "*" || p == s => {}
            _ => return false,
        }
    }
}

/// The sex of a person, as their papers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Nữ.
    Female,
    /// Nam.
    Male,
}

/// A member of the household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Full name as typed.
    pub name: Option<String>,
    /// Year of birth; old people know only that.
    pub birth_year: Option<i64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Relation to the head.
    pub relation: Option<String>,
    /// Months of the last 12 lived here, 0..=12; not stated counts as all.
    pub months_present: Option<i64>,
    /// Goes to kindergarten or school.
    pub pupil: bool,
    /// Seriously ill.
    pub seriously_ill: bool,
    /// Holds a health-insurance card, if known.
    pub insured: Option<bool>,
    removed: bool,
}

impl Member {
    /// Whether they count: there for 6 of the last 12 months or more (Chỉ thị 1752/CT-TTg of 2010).
    #[must_use]
    pub fn counts(&self) -> bool {
        self.months_present.is_none_or(|m| m >= 6)
    }
}

/// An income line as typed: so much, so many times a year, less its costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// From what.
    pub source: Option<IncomeSource>,
    /// Receipts each time, đồng.
    pub amount: Option<Vnd>,
    /// How many times in the 12 months, 1..=366: 12 by month, 1 by year. Not stated means once.
    pub times: Option<i64>,
    /// Costs in the 12 months, đồng.
    pub costs: Option<Vnd>,
    removed: bool,
}

impl Income {
    /// The line as it counts; `None` while source or amount are missing, or beyond all bounds.
    #[must_use]
    pub fn line(&self) -> Option<IncomeLine> {
        Some(IncomeLine {
            source: self.source?,
            receipts: self.amount?.checked_mul(self.times.unwrap_or(1))?,
            costs: self.costs.unwrap_or(Vnd::ZERO),
        })
    }
}

/// A record read as types. Reading never fails: what is missing is missing, what is unknown is left in
/// the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Household {
    /// The hamlet's number in its commune.
    pub hamlet: Option<u8>,
    /// The head's name.
    pub head_name: Option<String>,
    /// The head's year of birth.
    pub head_birth_year: Option<i64>,
    /// The head's sex.
    pub head_sex: Option<Sex>,
    /// Whether the head belongs to an ethnic minority.
    pub head_ethnic_minority: bool,
    /// The head's identity number.
    pub head_identity_number: Option<String>,
    /// Where the house is.
    pub address: Option<String>,
    /// How many people count, when not listed.
    pub member_count: Option<i64>,
    /// The members listed, by item id.
    pub members: BTreeMap<String, Member>,
    /// Said to have had no income at all.
    pub no_income: bool,
    /// Income lines, by item id.
    pub income: BTreeMap<String, Income>,
    /// How many indicators it lacks, if counted.
    pub deprivation_count: Option<u8>,
    /// The main cause of poverty.
    pub main_cause: Option<Cause>,
    /// A merit household.
    pub merit: bool,
    /// A social-protection beneficiary lives here.
    pub social_protection: bool,
    /// The volunteer's note.
    pub note: Option<String>,
    /// Withdrawn.
    pub removed: bool,
}

impl Household {
    /// Reads a record.
    #[must_use]
    pub fn read(doc: &Doc) -> Self {
        let mut h = Household::default();
        for (path, value) in doc.standing() {
            h.take(path.as_str(), value);
        }
        h.members.retain(|_, m| !m.removed);
        h.income.retain(|_, i| !i.removed);
        h
    }

    fn take(&mut self, path: &str, value: &Value) {
        let text = || value.as_text().map(ToOwned::to_owned);
        let small = || value.as_int().and_then(|n| u8::try_from(n).ok());
        match path {
            field::HAMLET => self.hamlet = small(),
            field::HEAD_NAME => self.head_name = text(),
            field::HEAD_BIRTH_YEAR => self.head_birth_year = value.as_int(),
            field::HEAD_SEX => self.head_sex = sex(value),
            field::HEAD_ETHNIC_MINORITY => self.head_ethnic_minority = value.is_true(),
            field::HEAD_IDENTITY_NUMBER => self.head_identity_number = text(),
            field::ADDRESS => self.address = text(),
            field::MEMBER_COUNT => self.member_count = value.as_int(),
            field::NO_INCOME => self.no_income = value.is_true(),
            field::DEPRIVATION_COUNT => self.deprivation_count = small(),
            field::MAIN_CAUSE => self.main_cause = value.as_text().and_then(Cause::from_word),
            field::MERIT => self.merit = value.is_true(),
            field::SOCIAL_PROTECTION => self.social_protection = value.is_true(),
            field::NOTE => self.note = text(),
            field::REMOVED => self.removed = value.is_true(),
            _ => self.take_item(path, value),
        }
    }

    fn take_item(&mut self, path: &str, value: &Value) {
        let mut parts = path.split('/');
        let (Some(list), Some(id), Some(name), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        if list == "members" {
            let m = self.members.entry(id.to_owned()).or_default();
            match name {
                "name" => m.name = value.as_text().map(ToOwned::to_owned),
                "birth_year" => m.birth_year = value.as_int(),
                "sex" => m.sex = sex(value),
                "relation" => m.relation = value.as_text().map(ToOwned::to_owned),
                "months_present" => m.months_present = value.as_int(),
                "pupil" => m.pupil = value.is_true(),
                "seriously_ill" => m.seriously_ill = value.is_true(),
                "insured" => m.insured = if let Value::Bool(b) = value { Some(*b) } else { None },
                "removed" => m.removed = value.is_true(),
                _ => {}
            }
        } else if list == "income" {
            let i = self.income.entry(id.to_owned()).or_default();
            match name {
                "source" => i.source = value.as_text().and_then(IncomeSource::from_word),
                "amount" => i.amount = value.as_int().and_then(Vnd::new),
                "times" => i.times = value.as_int(),
                "costs" => i.costs = value.as_int().and_then(Vnd::new),
                "removed" => i.removed = value.is_true(),
                _ => {}
            }
        }
    }

    /// How many people count: those listed who were there 6 months or more; where nobody is listed, the
    /// number stated.
    #[must_use]
    pub fn counted_members(&self) -> Option<Members> {
        if self.members.is_empty() {
            return self.member_count.and_then(Members::new);
        }
        i64::try_from(self.members.values().filter(|m| m.counts()).count()).ok().and_then(Members::new)
    }

    /// The income lines that are complete.
    #[must_use]
    pub fn income_lines(&self) -> Vec<IncomeLine> {
        self.income.values().filter_map(Income::line).collect()
    }

    /// The groups it is in.
    pub fn groups(&self) -> impl Iterator<Item = Group> {
        let is_in = [
            self.head_sex == Some(Sex::Female),
            self.head_ethnic_minority,
            self.merit,
            self.social_protection,
        ];
        Group::ALL.into_iter().zip(is_in).filter_map(|(group, yes)| yes.then_some(group))
    }
}

fn sex(value: &Value) -> Option<Sex> {
    match value.as_text()? {
        "female" => Some(Sex::Female),
        "male" => Some(Sex::Male),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{Actor, Change, Stamp};

    fn check(path: &str, value: impl Into<Value>) -> Result<(), String> {
        check_field(&path.parse().unwrap(), &value.into())
    }

    #[test]
    fn fields_hold_what_they_may() {
        assert_eq!(check("member_count", 4), Ok(()));
        assert_eq!(check("member_count", -1).unwrap_err(), "must be a whole number from 1 to 99");
        assert!(check("member_count", "4").is_err());
        assert!(check("member_count", Value::Null).is_ok());
        assert!(check("income/a/amount", -1).is_err());
        assert!(check("income/a/source", "gold").unwrap_err().contains("crops"));
        assert!(check("head/identity_number", "12345678").is_err());
        assert!(check("head/identity_number", "123456789").is_ok());
        assert!(check("head/name", "Nguyễn Thị Bé").is_ok());
        assert!(check("head/name", "x".repeat(101)).is_err());
        assert!(check("a_field_of_2030", "kept").is_ok());
        assert!(check("a_field_of_2030", "x".repeat(5_000)).is_err());
    }

    #[test]
    fn members_who_were_away_do_not_count() {
        let mut doc = Doc::default();
        let stamp = Stamp::new(1, 0, Actor(1)).unwrap();
        let mut set = |path: &str, value: Value| {
            doc.write(stamp, &Change { field: path.parse().unwrap(), value, seen: vec![] });
        };
        set("member_count", 9.into());
        set("members/a/name", "Trần Văn Ba".into());
        set("members/b/months_present", 5.into());
        set("members/c/months_present", 6.into());
        set("members/d/removed", true.into());
        let h = Household::read(&doc);
        assert_eq!(h.counted_members(), Members::new(2));
        assert_eq!(h.members.len(), 3);
    }
}
