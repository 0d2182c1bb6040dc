//! The household (hộ): which fields a record has, what each may hold, and the record read as types.

pub mod field;
pub mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::Members;
use crate::income::{IncomeLine, IncomeSource};
use crate::money::Vnd;
use crate::standard::Class;
use crate::sync::{Doc, Value};
use crate::text::{lines, one_line};

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
    /// Goes to kindergarten or school, if known.
    pub pupil: Option<bool>,
    /// Seriously ill.
    pub seriously_ill: bool,
    /// Holds a health-insurance card, if known.
    pub insured: Option<bool>,
    removed: bool,
    /// A field that this version knows is there: one of a later version alone makes nobody.
    known: bool,
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
    /// As of a member.
    known: bool,
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
    /// Whether it lacks an indicator, by the indicator's id, where somebody said; each once.
    pub deprivations: Vec<(String, bool)>,
    /// The floor of its house, m².
    pub floor_area: Option<u16>,
    /// The main cause of poverty.
    pub main_cause: Option<Cause>,
    /// A merit household.
    pub merit: bool,
    /// A social-protection beneficiary lives here.
    pub social_protection: bool,
    /// The volunteer's note.
    pub note: Option<String>,
    /// Found to be another household's record in the same round.
    pub duplicate: bool,
    /// Withdrawn, by whoever made it or as a duplicate: counts nowhere.
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
        h.members.retain(|_, m| m.known && !m.removed);
        h.income.retain(|_, i| i.known && !i.removed);
        h
    }

    fn take(&mut self, path: &str, value: &Value) {
        // What an earlier version let in is not shown.
        let text = || value.as_text().map(|text| one_line(text).into_owned());
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
            field::FLOOR_AREA => self.floor_area = value.as_int().and_then(|n| u16::try_from(n).ok()),
            field::MAIN_CAUSE => self.main_cause = value.as_text().and_then(Cause::from_word),
            field::MERIT => self.merit = value.is_true(),
            field::SOCIAL_PROTECTION => self.social_protection = value.is_true(),
            field::NOTE => self.note = value.as_text().map(|text| lines(text).into_owned()),
            field::REMOVED => self.removed |= value.is_true(),
            field::DUPLICATE => {
                self.duplicate = value.is_true();
                self.removed |= self.duplicate;
            }
            _ => self.take_item(path, value),
        }
    }

    fn take_item(&mut self, path: &str, value: &Value) {
        if let (Some(id), Value::Bool(lacking)) = (path.strip_prefix("deprivations/"), value) {
            self.deprivations.push((id.to_owned(), *lacking));
            return;
        }
        let mut parts = path.split('/');
        let (Some(list), Some(id), Some(name), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        if list == "members" {
            let m = self.members.entry(id.to_owned()).or_default();
            match name {
                "name" => m.name = value.as_text().map(|text| one_line(text).into_owned()),
                "birth_year" => m.birth_year = value.as_int(),
                "sex" => m.sex = sex(value),
                "relation" => m.relation = value.as_text().map(ToOwned::to_owned),
                "months_present" => m.months_present = value.as_int(),
                "pupil" => m.pupil = yes_or_no(value),
                "seriously_ill" => m.seriously_ill = value.is_true(),
                "insured" => m.insured = yes_or_no(value),
                "removed" => m.removed = value.is_true(),
                _ => return,
            }
            m.known = true;
        } else if list == "income" {
            let i = self.income.entry(id.to_owned()).or_default();
            match name {
                "source" => i.source = value.as_text().and_then(IncomeSource::from_word),
                "amount" => i.amount = value.as_int().and_then(Vnd::new),
                "times" => i.times = value.as_int(),
                "costs" => i.costs = value.as_int().and_then(Vnd::new),
                "removed" => i.removed = value.is_true(),
                _ => return,
            }
            i.known = true;
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

    /// Whether it is poor by its class and the main cause of that is still to be said.
    #[must_use]
    pub fn lacks_cause(&self, class: Option<Class>) -> bool {
        class == Some(Class::Poor) && self.main_cause.is_none()
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

const fn yes_or_no(value: &Value) -> Option<bool> {
    if let Value::Bool(yes) = value { Some(*yes) } else { None }
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

    #[test]
    fn a_record_is_read_as_types() {
        let mut doc = Doc::default();
        let stamp = Stamp::new(1, 0, Actor(1)).unwrap();
        let mut set = |path: &str, value: Value| {
            doc.write(stamp, &Change { field: path.parse().unwrap(), value, seen: vec![] });
        };
        set("member_count", 9.into());
        set("head/name", "Lê\u{202e} Văn\u{200b}\tAn".into());
        set("note", "một\r\nhai\u{feff}".into());
        set("members/a/name", "Trần Văn Ba".into());
        set("members/b/months_present", 5.into());
        set("members/c/months_present", 6.into());
        set("members/d/removed", true.into());
        let h = Household::read(&doc);
        assert_eq!(h.counted_members(), Members::new(2));
        assert_eq!(h.members.len(), 3);
        assert_eq!(h.head_name.as_deref(), Some("Lê Văn An"), "without what nobody sees");
        assert_eq!(h.note.as_deref(), Some("một\nhai"));
    }

    #[test]
    fn a_field_of_a_later_version_makes_no_person_and_no_income() {
        let mut doc = Doc::default();
        let stamp = Stamp::new(1, 0, Actor(1)).unwrap();
        let mut set = |path: &str, value: Value| {
            doc.write(stamp, &Change { field: path.parse().unwrap(), value, seen: vec![] });
        };
        set("member_count", 4.into());
        set("members/zz9/nickname", "Út".into());
        set("income/zz9/currency", "usd".into());
        set("income/a/source", "crops".into());
        set("income/a/amount", 5_000_000.into());
        set("income/a/season", "wet".into());
        let h = Household::read(&doc);
        assert_eq!((h.counted_members(), h.members.len(), h.income.len()), (Members::new(4), 0, 1));
        assert_eq!(doc.get("members/zz9/nickname"), Some(&"Út".into()), "it is carried on");
    }
}
