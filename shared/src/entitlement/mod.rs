//! Supports that a class, a group or an escape from poverty opens, each with its source: those of Kế hoạch
//! 1051/KH-UBND (2011–2015), and today's.
//!
//! A support changes from day to day: it is proposed, becomes law, pays more, ends. Each of these is a [`Stage`]. One
//! that is only proposed, or an aim of the plan, is marked so and never shown as a right.

mod condition;
mod opened;

use jiff::civil::Date;

use crate::area::CommuneCode;
use crate::household::Group;
use crate::lang::Lang;
use crate::money::Vnd;
use crate::standard::{Class, Confidence, Source};

pub use condition::Condition;
pub use opened::{Circumstances, Opened, ever_opened, opened};

/// A support: whom it is for, where to ask for it, and what it is on which day.
///
/// ```
/// use jiff::civil::date;
/// use soho_shared::entitlement::Status;
/// use soho_shared::law;
///
/// let supports = law::entitlements(law::standard("2011").unwrap()).unwrap();
/// let loans = supports.iter().find(|support| support.id == "credit_near_poor").unwrap();
///
/// // The plan of 2011 proposed them; a decision of 2013 made them law.
/// assert_eq!(loans.stage_on(date(2013, 4, 15)).unwrap().status, Status::Proposed);
/// assert_eq!(loans.stage_on(date(2013, 4, 16)).unwrap().status, Status::InForce);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id, the same in each period that has it, and never reused for another support.
    pub id: &'static str,
    /// Its name in Vietnamese.
    pub vi: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// Open to a household in any of these groups; empty where groups do not matter.
    pub groups: &'static [Group],
    /// Open to households that escaped poverty (thoát nghèo).
    pub escaped: Option<Escaped>,
    /// Codes of the only communes it is for, see [`Entitlement::communes`]; empty where it is for any.
    pub(crate) communes: &'static [u32],
    /// Whether the household or its commune receives it.
    pub level: Level,
    /// A further condition, which the household can be asked about.
    pub condition: Option<Condition>,
    /// A further condition that nobody is asked about, in Vietnamese and English: a clause that follows "nếu", "if".
    pub only_if: Option<(&'static str, &'static str)>,
    /// Who has priority, in Vietnamese and English.
    pub priority: Option<(&'static str, &'static str)>,
    /// What one is usually asked to bring, in Vietnamese and English. It follows from the rule or from common
    /// practice; the list of papers in the instrument was not read, so it is never shown as complete.
    pub bring: Option<(&'static str, &'static str)>,
    /// Where the plan names it; `None` for a support of national law alone.
    pub plan: Option<Plan>,
    /// The office to go to.
    pub office: Office,
    /// What it is on which day, by rising days.
    pub stages: &'static [Stage],
}

impl Entitlement {
    /// Its name in a language.
    #[must_use]
    pub const fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }

    /// The office to go to, in words.
    #[must_use]
    pub const fn where_to_go(&self, lang: Lang) -> &'static str {
        self.office.name(lang)
    }

    /// What it is on a day; `None` before its first day, after its last one, and in between where it was not offered.
    #[must_use]
    pub fn stage_on(&self, day: Date) -> Option<&'static Stage> {
        self.stages.iter().find(|stage| stage.holds_within(day, day))
    }

    /// The only communes it is for; empty where it is for any.
    pub fn communes(&self) -> impl Iterator<Item = CommuneCode> {
        self.communes.iter().filter_map(|code| CommuneCode::from_bytes(code.to_be_bytes()))
    }

    /// Whether it is for households of this commune.
    #[must_use]
    pub fn is_for_commune(&self, commune: CommuneCode) -> bool {
        self.communes.is_empty() || self.communes.contains(&u32::from_be_bytes(commune.to_bytes()))
    }
}

/// What a support is from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// First day; `None` where it began before the standard or on a day that is not established.
    pub from: Option<Date>,
    /// Last day; `None` where no end is known.
    pub to: Option<Date>,
    /// Whether it is a right.
    pub status: Status,
    /// Open to a household of any of these classes; empty where the class does not matter.
    pub classes: &'static [Class],
    /// The part of the price that is paid.
    pub share: Option<Share>,
    /// The amount, where it is known.
    pub amount: Option<Amount>,
    /// The most months of a school year for which it is paid.
    pub months: Option<u8>,
    /// What it consists of, in a few words.
    pub detail: Option<Detail>,
    /// Who else has it, whatever their class.
    pub also: Option<Detail>,
    /// Where the plan and national law say different things: what the other one says, as the note of its own source.
    pub differs: Option<Source>,
    /// The instrument, or the plan itself where it names none. The confidence is about who is entitled, to what, and
    /// from which day.
    pub source: Source,
}

impl Stage {
    /// Whether it is so on some day from the first to the last.
    #[must_use]
    pub fn holds_within(&self, first: Date, last: Date) -> bool {
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
    }
}

/// Where the plan names a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The plan.
    pub name: &'static str,
    /// Its sections, such as `III, IV.1.5`. The print numbers two sections IV; the second one is V here.
    pub section: &'static str,
}

impl Plan {
    /// Whether a section is of the second one that the print numbers IV.
    #[must_use]
    pub fn is_numbered_twice(&self) -> bool {
        self.section.split(", ").any(|section| section.starts_with('V'))
    }
}

/// For how long a support stays open after a household has escaped poverty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped {
    /// Number of years after the escape; `None` for no limit.
    pub within_years: Option<u8>,
}

/// Who receives a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The household or one of its members.
    Household,
    /// The commune: roads, schools, water works.
    Commune,
}

/// Whether a support is a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force (đang thực hiện).
    InForce,
    /// An aim of the plan (mục tiêu): it is there where it is carried out.
    Aim,
    /// Proposed by the plan (đề xuất): nobody can claim it.
    Proposed,
}

/// The part of a price that is paid for the household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The part, in percent.
    pub percent: u8,
    /// Whether it is the least that is paid, and a province may pay more.
    pub at_least: bool,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The amount each time, in đồng.
    pub vnd: Vnd,
    /// For whom and how often.
    pub per: Per,
    /// How sure the figure is.
    pub confidence: Confidence,
}

/// What an amount is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Each household, each month.
    HouseholdMonth,
    /// Each pupil, each month.
    PupilMonth,
}

/// A fact in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The Vietnamese text.
    pub vi: &'static str,
    /// The English text.
    pub en: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
}

/// An office that gives supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// The commune's office (Ủy ban nhân dân xã, phường, thị trấn).
    Commune,
    /// The Bank for Social Policies (Ngân hàng Chính sách xã hội).
    PolicyBank,
    /// The child's school.
    School,
    /// The State Legal Aid Centre (Trung tâm Trợ giúp pháp lý nhà nước).
    LegalAidCentre,
}

impl Office {
    /// The office in words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Office::Commune => lang.pick("Ủy ban nhân dân xã", "the commune's office"),
            Office::PolicyBank => lang.pick(
                "Ngân hàng Chính sách xã hội (điểm giao dịch tại xã)",
                "the Bank for Social Policies (its transaction point in the commune)",
            ),
            Office::School => lang.pick("trường con em đang học", "the child's school"),
            Office::LegalAidCentre => lang.pick(
                "Trung tâm Trợ giúp pháp lý nhà nước của tỉnh, hoặc Ủy ban nhân dân xã",
                "the province's State Legal Aid Centre, or the commune's office",
            ),
        }
    }
}
