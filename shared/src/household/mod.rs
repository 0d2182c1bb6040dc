//! The household (hộ): the fields of a record, what each may hold, and the record read into typed values.

mod earlier;
pub mod field;
mod member;
mod recognised;

use std::collections::BTreeMap;
use std::iter;

use serde::{Deserialize, Serialize};

use crate::area::{CommuneCode, Residence};
use crate::classify::Members;
use crate::income::{Allowances, IncomeLine, IncomeSource, Rhythm};
use crate::lang::Lang;
use crate::money::Vnd;
use crate::record::{Doc, HouseholdId, Value};
use crate::standard::Class;
use crate::text::{lines, one_line};

pub use earlier::{MINORITY, as_earlier, overruled};
pub use member::{Allowance, Joined, Member, Occupation};
pub use recognised::{CertificateNumber, Recognised, Signatory};

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

    /// The cause as it is put to the household itself: milder than the plan, and with the word of the law since 2011,
    /// khuyết tật.
    #[must_use]
    pub const fn plain(self, lang: Lang) -> &'static str {
        match self {
            Cause::LackOfMeans | Cause::LackOfLabour => lang.pick(self.name_vi(), self.name_en()),
            Cause::LackOfKnowHow => lang.pick(
                "Chưa biết cách làm ăn hoặc khó khăn về nếp sống",
                "Lack of know-how, or a difficult way of life",
            ),
            Cause::Other => lang.pick(
                "Nguyên nhân khác (không còn sức làm ăn, neo đơn, khuyết tật)",
                "Other (not economically active, alone, disabled)",
            ),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female (nữ).
    Female,
    /// Male (nam).
    Male,
}

/// An income line as typed: an amount and costs each time, and how many times in the 12 months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// Where the income comes from.
    pub source: Option<IncomeSource>,
    /// Receipts each time, in đồng.
    pub amount: Option<Vnd>,
    /// What the house ate and used of it each time, in đồng (kể cả phần để ăn).
    pub own_use_each: Option<Vnd>,
    /// How it was asked; the number of times is what multiplies.
    pub rhythm: Option<Rhythm>,
    /// Number of times received in the 12 months, 1..=366: 12 if monthly, 1 if yearly. `None` means once.
    pub times: Option<i64>,
    /// Costs over the 12 months, in đồng, as earlier versions asked for them.
    pub costs: Option<Vnd>,
    /// Costs each time, in đồng; they come on top of those over the 12 months.
    pub costs_each: Option<Vnd>,
    removed: bool,
    /// Whether a field that this version knows was set. Fields of a later version alone make no income line.
    known: bool,
}

impl Income {
    /// Takes over a field of the record, by the last part of its path.
    fn take(&mut self, name: &str, value: &Value) {
        match name {
            "source" => self.source = value.as_text().and_then(IncomeSource::from_word),
            "amount" => self.amount = value.as_int().and_then(Vnd::new),
            "times" => self.times = value.as_int(),
            "costs" => self.costs = value.as_int().and_then(Vnd::new),
            "costs_each" => self.costs_each = value.as_int().and_then(Vnd::new),
            "own_use_each" => self.own_use_each = value.as_int().and_then(Vnd::new),
            "rhythm" => self.rhythm = value.as_text().and_then(Rhythm::from_word),
            "removed" => self.removed = value.is_true(),
            _ => return,
        }
        self.known = true;
    }

    /// The line's receipts and costs over the 12 months; `None` while the source is missing, or both what was received
    /// and what the house used, or the number of months, seasons or days, or when a sum is beyond [`Vnd`]'s bounds.
    #[must_use]
    pub fn line(&self) -> Option<IncomeLine> {
        let times = match (self.times, self.rhythm) {
            (None, None | Some(Rhythm::Year)) => 1,
            // Tablets of earlier versions change the number alone.
            (Some(times), None | Some(Rhythm::Year)) => times,
            (Some(times), Some(rhythm)) if times <= i64::from(rhythm.most()) => times,
            _ => return None,
        };
        let received = match (self.amount, self.own_use_each) {
            (Some(sold), Some(used)) => sold.checked_add(used)?,
            (one, other) => one.or(other)?,
        };
        let each = self.costs_each.unwrap_or(Vnd::ZERO).checked_mul(times)?;
        Some(IncomeLine {
            source: self.source?,
            receipts: received.checked_mul(times)?,
            costs: self.costs.unwrap_or(Vnd::ZERO).checked_add(each)?,
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
    /// Whether it lives in a rural or an urban area, where its commune does not tell.
    pub residence: Option<Residence>,
    /// The head's name: that of the member who is the head; else, as of all fields of the head, what earlier versions
    /// wrote of them.
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
    /// Floor area of the house, in hundredths of a square metre (dm²).
    pub floor_dm2: Option<u32>,
    /// An officer's decision whether allowances count for this household, where that is not established.
    pub treatment: Option<Allowances>,
    /// Points of the official forms, by the year of the standard.
    pub points: Vec<(String, Points)>,
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

/// Points of the official forms under one standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// Points of B1, which stand for the income.
    pub b1: Option<u16>,
    /// Points of B2, for what is lacking.
    pub b2: Option<u16>,
    /// The class that an officer read from them, where the cut-offs are not established.
    pub class: Option<Class>,
}

impl Household {
    /// Reads a record. Members and income lines that were taken off are left out.
    #[must_use]
    pub fn read(doc: &Doc) -> Self {
        let mut h = Household::of(doc.standing().map(|(path, value)| (path.as_str(), value)));
        h.find_head(doc);
        h
    }

    /// Reads of a record what it says of its head, which needs a part of its fields; all else is left empty, but for what is
    /// known of other members.
    #[must_use]
    pub fn read_head(doc: &Doc) -> Self {
        let mut h = Household::of(under_of(doc, "head/").chain(under_of(doc, "members/")));
        h.find_head(doc);
        h
    }

    /// Reads fields in order of path.
    fn of<'d>(fields: impl Iterator<Item = (&'d str, &'d Value)>) -> Self {
        let mut h = Household::default();
        let mut fields = fields.peekable();
        while let Some((path, value)) = fields.next() {
            let Some((list @ ("members" | "income"), id, name)) = item(path) else {
                h.take(path, value);
                continue;
            };
            // All fields of an item follow one another.
            let under = &path[..path.len() - name.len()];
            let others = iter::from_fn(|| fields.next_if(|(path, _)| path.starts_with(under)));
            let fields = iter::once((path, value)).chain(others);
            if list == "members" {
                h.put_member(id, under, fields);
            } else {
                h.put_income(id, under, fields);
            }
        }
        h
    }

    /// Reads one field anew, where nothing else of the record has changed since it was read, and all that follows from it. Then
    /// the household is what [`Household::read`] makes of the record.
    pub fn reread(&mut self, doc: &Doc, path: &str) {
        let (list, rest) = path.split_once('/').unwrap_or((path, ""));
        let id = rest.split('/').next().unwrap_or_default();
        match list {
            "members" => self.reread_people(doc, Some(id)),
            "head" => self.reread_people(doc, None),
            "income" => {
                let under = format!("income/{id}/");
                self.income.remove(id);
                self.put_income(id, &under, under_of(doc, &under));
            }
            "deprivations" => {
                self.deprivations.clear();
                self.take_all(doc, "deprivations/");
            }
            "points" => {
                self.points.clear();
                self.take_all(doc, "points/");
            }
            field::FLOOR_AREA | field::FLOOR_AREA_DM2 => {
                self.floor_dm2 = None;
                self.take_all(doc, field::FLOOR_AREA);
            }
            field::REMOVED | field::DUPLICATE => {
                self.removed = false;
                for path in [field::DUPLICATE, field::REMOVED] {
                    self.take(path, doc.get(path).unwrap_or(&Value::Null));
                }
            }
            _ => self.take(path, doc.get(path).unwrap_or(&Value::Null)),
        }
    }

    /// Reads a member anew, if one is named, and whoever is or was the head, of whom `head/*` may tell.
    fn reread_people(&mut self, doc: &Doc, id: Option<&str>) {
        let heads: Vec<String> =
            self.members.iter().filter(|(_, member)| member.head).map(|(id, _)| id.clone()).collect();
        for id in heads.iter().map(String::as_str).chain(id) {
            let under = format!("members/{id}/");
            self.members.remove(id);
            self.put_member(id, &under, under_of(doc, &under));
        }
        (self.head_name, self.head_birth_year, self.head_sex) = (None, None, None);
        (self.head_ethnic_minority, self.head_identity_number) = (false, None);
        self.take_all(doc, "head/");
        self.find_head(doc);
    }

    /// Takes over all fields whose paths begin with a text.
    fn take_all(&mut self, doc: &Doc, begin: &str) {
        under_of(doc, begin).for_each(|(path, value)| self.take(path, value));
    }

    /// Adds the member whose fields these are, all under one path, unless it was taken off.
    fn put_member<'d>(&mut self, id: &str, under: &str, fields: impl Iterator<Item = (&'d str, &'d Value)>) {
        let mut member = Member::default();
        fields.for_each(|(path, value)| member.take(&path[under.len()..], value));
        if member.known && !member.removed {
            member.settle();
            self.members.insert(id.to_owned(), member);
        }
    }

    /// Adds the income line whose fields these are, as [`Household::put_member`].
    fn put_income<'d>(&mut self, id: &str, under: &str, fields: impl Iterator<Item = (&'d str, &'d Value)>) {
        let mut income = Income::default();
        fields.for_each(|(path, value)| income.take(&path[under.len()..], value));
        if income.known && !income.removed {
            self.income.insert(id.to_owned(), income);
        }
    }

    /// Takes over what is known of the member marked as the head; without one, what `head/*` says stays.
    fn find_head(&mut self, doc: &Doc) {
        let Some((id, head)) = self.members.iter_mut().find(|(_, member)| member.head) else { return };
        earlier::take_later(doc, id, head);
        self.head_name = head.name.clone();
        self.head_birth_year = head.birth_year;
        self.head_sex = head.sex;
        self.head_ethnic_minority = head.is_ethnic_minority() == Some(true);
        self.head_identity_number = head.identity_number.clone();
    }

    fn take(&mut self, path: &str, value: &Value) {
        // Earlier versions accepted hidden characters: they are dropped here.
        let text = || value.as_text().map(|text| one_line(text).into_owned());
        let small = || value.as_int().and_then(|n| u8::try_from(n).ok());
        match path {
            field::HAMLET => self.hamlet = small(),
            field::RESIDENCE => {
                self.residence =
                    Residence::ALL.into_iter().find(|residence| value.as_text() == Some(residence.word()));
            }
            field::HEAD_NAME => self.head_name = text(),
            field::HEAD_BIRTH_YEAR => self.head_birth_year = value.as_int(),
            field::HEAD_SEX => self.head_sex = sex(value),
            field::HEAD_ETHNIC_MINORITY => self.head_ethnic_minority = value.is_true(),
            field::HEAD_IDENTITY_NUMBER => self.head_identity_number = text(),
            field::ADDRESS => self.address = text(),
            field::MEMBER_COUNT => self.member_count = value.as_int(),
            field::NO_INCOME => self.no_income = value.is_true(),
            field::DEPRIVATION_COUNT => self.deprivation_count = small(),
            // The finer one comes later in the order of paths, and wins.
            field::FLOOR_AREA | field::FLOOR_AREA_DM2 => {
                let scale = if path == field::FLOOR_AREA { 100 } else { 1 };
                let measured = value.as_int().and_then(|n| u32::try_from(n).ok());
                self.floor_dm2 = measured.and_then(|n| n.checked_mul(scale)).or(self.floor_dm2);
            }
            field::TREATMENT => self.treatment = value.as_text().and_then(Allowances::from_word),
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
        if let Some(("points", year, name)) = item(path) {
            self.take_points(year, name, value);
        }
    }

    fn take_points(&mut self, year: &str, name: &str, value: &Value) {
        let at = self.points.iter().position(|(of, _)| of == year).unwrap_or_else(|| {
            self.points.push((year.to_owned(), Points::default()));
            self.points.len() - 1
        });
        let (points, number) = (&mut self.points[at].1, value.as_int().and_then(|n| u16::try_from(n).ok()));
        match name {
            "b1" => points.b1 = number,
            "b2" => points.b2 = number,
            "class" => points.class = value.as_text().and_then(Class::from_word),
            _ => {}
        }
    }

    /// The points under the standard of a year.
    #[must_use]
    pub fn points(&self, year: &str) -> Points {
        self.points.iter().find(|(of, _)| of == year).map_or_else(Points::default, |(_, points)| *points)
    }

    /// Whether the record counts nowhere, whatever is known of other households: it is withdrawn; or a duplicate, and
    /// no household of its commune stands for it.
    #[must_use]
    pub fn is_gone(&self, doc: &Doc, commune: CommuneCode) -> bool {
        self.withdrawn || self.duplicate && same_as(doc).is_none_or(|other| other.commune != commune)
    }

    /// Whether its people are listed one by one. The head alone on the list is none while there is no second person: then
    /// the number stated counts.
    #[must_use]
    pub fn lists_members(&self) -> bool {
        self.members.len() > 1 || self.members.values().any(|member| !member.head)
    }

    /// Number of members who count: of those listed, the ones for whom [`Member::counts`]; where nobody is listed, or
    /// nobody but the head, the number stated. `None` when that is not stated or not in 1..=99.
    #[must_use]
    pub fn counted_members(&self) -> Option<Members> {
        if !self.lists_members() {
            return self.member_count.and_then(Members::new);
        }
        i64::try_from(self.members.values().filter(|m| m.counts()).count()).ok().and_then(Members::new)
    }

    /// Whether what is known of the head was carried over from the round before and nobody has confirmed it yet.
    #[must_use]
    pub fn is_head_unconfirmed(&self) -> bool {
        let [of_head, of_members, _] = self.unconfirmed;
        of_head || of_members && self.members.values().any(|member| member.head)
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

/// The list, the item's id and the last part of a path such as `members/a/name`.
fn item(path: &str) -> Option<(&str, &str, &str)> {
    let (list, rest) = path.split_once('/')?;
    let (id, name) = rest.split_once('/')?;
    (!name.contains('/')).then_some((list, id, name))
}

/// The fields whose paths begin with a text, in order, each with the value that stands.
fn under_of<'d>(doc: &'d Doc, begin: &str) -> impl Iterator<Item = (&'d str, &'d Value)> {
    doc.starting_with(begin).map(|(path, value)| (path.as_str(), value))
}

/// Whether a record tells of nothing but reviews on request within the round's year: of whom, where, what they found, and what the
/// household was given. Then nobody has visited the household, nor asked that somebody does.
#[must_use]
pub fn tells_of_reviews_alone(doc: &Doc) -> bool {
    let mut said = doc.standing().filter(|(_, value)| **value != Value::Null).map(|(path, _)| path.as_str());
    let of_reviews = [field::REVIEW, field::SUPPORT];
    doc.starting_with(field::REVIEW).any(|(_, value)| *value != Value::Null)
        && said.all(|path| {
            of_reviews.iter().any(|start| path.starts_with(start))
                || matches!(path, field::HAMLET | field::HEAD_NAME)
        })
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
