//! The household (hộ): the fields of a record, what each may hold, and the record read into typed values.

pub mod field;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::area::CommuneCode;
use crate::classify::Members;
use crate::income::{IncomeLine, IncomeSource};
use crate::money::Vnd;
use crate::record::{Doc, HouseholdId, Value};
use crate::standard::Class;
use crate::text::{lines, one_line};

/// Cause of a household's poverty (nguyên nhân nghèo): one of the plan's four. Ids are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Lack of means of production, capital or land (thiếu tư liệu sản xuất, vốn, đất sản xuất, phương tiện sản xuất).
    LackOfMeans,
    /// Lack of labour, many dependants, no work (thiếu lao động, đông người ăn theo, không có việc làm).
    LackOfLabour,
    /// Lack of know-how, social ills or idleness (không biết cách làm ăn, tệ nạn xã hội hoặc chây lười).
    LackOfKnowHow,
    /// Another cause (nguyên nhân khác: đối tượng không hoạt động kinh tế, neo đơn, tàn tật).
    Other,
}

impl Cause {
    /// All causes in the plan's order, which is also the order of arrays indexed by cause.
    pub const ALL: [Cause; 4] = [Cause::LackOfMeans, Cause::LackOfLabour, Cause::LackOfKnowHow, Cause::Other];

    /// The identifier used in fields and answers, such as `lack_of_means`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "lack_of_means",
            Cause::LackOfLabour => "lack_of_labour",
            Cause::LackOfKnowHow => "lack_of_know_how",
            Cause::Other => "other",
        }
    }

    /// The cause in the plan's own Vietnamese words.
    #[must_use]
    pub const fn name_vi(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "Thiếu tư liệu sản xuất, vốn, đất sản xuất, phương tiện sản xuất",
            Cause::LackOfLabour => "Thiếu lao động, đông người ăn theo, không có việc làm",
            Cause::LackOfKnowHow => "Không biết cách làm ăn, tệ nạn xã hội hoặc chây lười",
            Cause::Other => "Nguyên nhân khác (đối tượng không hoạt động kinh tế, neo đơn, tàn tật)",
        }
    }

    /// The cause in English.
    #[must_use]
    pub const fn name_en(self) -> &'static str {
        match self {
            Cause::LackOfMeans => "Lack of means of production, capital or land",
            Cause::LackOfLabour => "Lack of labour, many dependants, no work",
            Cause::LackOfKnowHow => "Lack of know-how, social ills or idleness",
            Cause::Other => "Other (not economically active, alone, disabled)",
        }
    }

    /// The cause with this identifier; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Cause::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// A group of households that the plan counts separately. A household can be in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Headed by a woman (chủ hộ là nữ).
    FemaleHeaded,
    /// Headed by a member of an ethnic minority (chủ hộ là người dân tộc).
    EthnicMinorityHeaded,
    /// Merit households (thuộc diện chính sách người có công).
    Merit,
    /// Social-protection beneficiaries (thuộc diện đối tượng bảo trợ xã hội).
    SocialProtection,
}

impl Group {
    /// All groups in the plan's order, which is also the order of arrays indexed by group.
    pub const ALL: [Group; 4] =
        [Group::FemaleHeaded, Group::EthnicMinorityHeaded, Group::Merit, Group::SocialProtection];

    /// The identifier used in answers, such as `female_headed`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Group::FemaleHeaded => "female_headed",
            Group::EthnicMinorityHeaded => "ethnic_minority_headed",
            Group::Merit => "merit",
            Group::SocialProtection => "social_protection",
        }
    }

    /// The group in the plan's own Vietnamese words.
    #[must_use]
    pub const fn name_vi(self) -> &'static str {
        match self {
            Group::FemaleHeaded => "Chủ hộ là nữ",
            Group::EthnicMinorityHeaded => "Chủ hộ là người dân tộc",
            Group::Merit => "Thuộc diện chính sách người có công",
            Group::SocialProtection => "Thuộc diện đối tượng bảo trợ xã hội",
        }
    }

    /// The group in English.
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
    /// Female (nữ).
    Female,
    /// Male (nam).
    Male,
}

/// A member of the household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Full name as typed, without hidden characters.
    pub name: Option<String>,
    /// Year of birth. No day or month is recorded: old people know only the year.
    pub birth_year: Option<i64>,
    /// Sex, if stated.
    pub sex: Option<Sex>,
    /// Relation to the head: a word of [`field::RELATIONS`].
    pub relation: Option<String>,
    /// Months of the last 12 spent in the household, 0..=12; `None` counts as all 12.
    pub months_present: Option<i64>,
    /// Whether the member goes to kindergarten or school, if known.
    pub pupil: Option<bool>,
    /// Whether the member is seriously ill; `false` when not stated.
    pub seriously_ill: bool,
    /// Whether the member holds a health-insurance card, if known.
    pub insured: Option<bool>,
    removed: bool,
    /// Whether a field that this version knows was set. Fields of a later version alone make no member.
    known: bool,
}

impl Member {
    /// Whether the member counts: lived here for 6 of the last 12 months or more (Chỉ thị 1752/CT-TTg of 2010).
    #[must_use]
    pub fn counts(&self) -> bool {
        self.months_present.is_none_or(|m| m >= 6)
    }
}

/// An income line as typed: an amount, how many times it was received in the 12 months, and its costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// Where the income comes from.
    pub source: Option<IncomeSource>,
    /// Receipts each time, in đồng.
    pub amount: Option<Vnd>,
    /// Number of times received in the 12 months, 1..=366: 12 if monthly, 1 if yearly. `None` means once.
    pub times: Option<i64>,
    /// Costs over the 12 months, in đồng.
    pub costs: Option<Vnd>,
    removed: bool,
    /// Whether a field that this version knows was set. Fields of a later version alone make no income line.
    known: bool,
}

impl Income {
    /// The line's receipts and costs over the 12 months; `None` while source or amount is missing, or when the
    /// receipts are beyond [`Vnd`]'s bounds.
    #[must_use]
    pub fn line(&self) -> Option<IncomeLine> {
        Some(IncomeLine {
            source: self.source?,
            receipts: self.amount?.checked_mul(self.times.unwrap_or(1))?,
            costs: self.costs.unwrap_or(Vnd::ZERO),
        })
    }
}

/// A record read into typed values.
///
/// Reading never fails: a missing field is `None`, `false` or empty, and a field that this version does not
/// know stays in the record only.
///
/// ```
/// use soho_shared::classify::Members;
/// use soho_shared::household::Household;
/// use soho_shared::record::{Actor, Change, Doc, Stamp, Value};
///
/// let mut doc = Doc::default();
/// let mut set = |path: &str, value: Value| {
///     let change = Change { field: path.parse().unwrap(), value, seen: vec![] };
///     doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
/// };
/// set("member_count", 5.into());
/// set("members/a/name", "Trần Văn Ba".into());
/// set("members/b/months_present", 3.into());
///
/// // Once members are listed they are counted, those who were there for half of the year, and not the number stated.
/// let household = Household::read(&doc);
/// assert_eq!((household.member_count, household.counted_members()), (Some(5), Members::new(1)));
/// ```
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
    /// Number of members as stated; used only when none are listed.
    pub member_count: Option<i64>,
    /// Listed members, by item id.
    pub members: BTreeMap<String, Member>,
    /// Whether the household was said to have had no income at all in the 12 months.
    pub no_income: bool,
    /// Income lines, by item id.
    pub income: BTreeMap<String, Income>,
    /// Number of indicators it lacks, if somebody counted them.
    pub deprivation_count: Option<u8>,
    /// Answers about single indicators: the indicator's id, and whether it is lacking. Each id comes at most once.
    pub deprivations: Vec<(String, bool)>,
    /// Floor area of the house, in m².
    pub floor_area: Option<u16>,
    /// The main cause of poverty.
    pub main_cause: Option<Cause>,
    /// Whether it is a merit household.
    pub merit: bool,
    /// Whether a social-protection beneficiary lives here.
    pub social_protection: bool,
    /// The volunteer's note.
    pub note: Option<String>,
    /// Whether a section was carried over from the round before and is not confirmed, in the order of [`field::CARRIED`].
    pub unconfirmed: [bool; 3],
    /// Where it went, if it left the commune: an id or a place.
    pub moved_to: Option<String>,
    /// Where it came from, if it came into the commune: an id or a place.
    pub moved_from: Option<String>,
    /// The household that it split off.
    pub split_from: Option<HouseholdId>,
    /// Whether it is no household any more.
    pub dissolved: bool,
    /// Whether the record was found to be a duplicate of another household's record in the same round.
    pub duplicate: bool,
    /// Whether the record is withdrawn, by its author or as a duplicate.
    pub removed: bool,
    /// Whether it is withdrawn by its author.
    pub withdrawn: bool,
}

impl Household {
    /// Reads a record. Members and income lines that were taken off are left out.
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
        // Earlier versions accepted hidden characters: they are dropped here.
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
            path if path.starts_with("carried/") => {
                if let Some(section) = field::CARRIED.iter().position(|mark| *mark == path) {
                    self.unconfirmed[section] = value.is_true();
                }
            }
            field::MOVED_TO => self.moved_to = text(),
            field::MOVED_FROM => self.moved_from = text(),
            field::SPLIT_FROM => self.split_from = value.as_text().and_then(|id| id.parse().ok()),
            field::DISSOLVED => self.dissolved = value.is_true(),
            field::REMOVED => {
                self.withdrawn = value.is_true();
                self.removed |= self.withdrawn;
            }
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

    /// Whether the record counts nowhere, whatever is known of other households: it is withdrawn; or a duplicate, and
    /// no household of its commune stands for it.
    #[must_use]
    pub fn is_gone(&self, doc: &Doc, commune: CommuneCode) -> bool {
        self.withdrawn || self.duplicate && same_as(doc).is_none_or(|other| other.commune != commune)
    }

    /// Number of members who count: of those listed, the ones who were there 6 months or more; where nobody is
    /// listed, the number stated. `None` when that is not stated or not in 1..=99.
    #[must_use]
    pub fn counted_members(&self) -> Option<Members> {
        if self.members.is_empty() {
            return self.member_count.and_then(Members::new);
        }
        i64::try_from(self.members.values().filter(|m| m.counts()).count()).ok().and_then(Members::new)
    }

    /// Whether something was carried over from the round before and nobody has confirmed it yet.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        self.unconfirmed.contains(&true)
    }

    /// The complete income lines; the others are left out.
    #[must_use]
    pub fn income_lines(&self) -> Vec<IncomeLine> {
        self.income.values().filter_map(Income::line).collect()
    }

    /// Whether the household's class is poor and its main cause has not been stated yet.
    #[must_use]
    pub fn lacks_cause(&self, class: Option<Class>) -> bool {
        class == Some(Class::Poor) && self.main_cause.is_none()
    }

    /// The groups the household is in.
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

/// Whether a record tells of nothing but reviews on request within the round's year: of whom, where, and what they found. Then
/// nobody has visited the household, nor asked that somebody does.
#[must_use]
pub fn tells_of_reviews_alone(doc: &Doc) -> bool {
    let mut said = doc.standing().filter(|(_, value)| **value != Value::Null).map(|(path, _)| path.as_str());
    doc.starting_with(field::REVIEW).any(|(_, value)| *value != Value::Null)
        && said
            .all(|path| path.starts_with(field::REVIEW) || matches!(path, field::HAMLET | field::HEAD_NAME))
}

/// The household that a record says its household is a second entry of.
#[must_use]
pub fn same_as(doc: &Doc) -> Option<HouseholdId> {
    doc.get(field::SAME_AS)?.as_text()?.parse().ok()
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
    use crate::record::{Actor, Change, Stamp};

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
