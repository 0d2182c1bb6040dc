//! Supports that a class, a group or an escape from poverty opens: those of Kế hoạch 1051/KH-UBND (2011–2015), each
//! with its source. A support that the plan only proposes is marked so, and is never shown as a right.

mod condition;
mod opened;

use serde::Serialize;

use crate::area::CommuneCode;
use crate::household::Group;
use crate::lang::Lang;
use crate::money::Vnd;
use crate::standard::{Class, Confidence, Source};

pub use condition::Condition;
pub use opened::{Circumstances, Opened, opened};

/// A support: whom it is for, how much it is, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entitlement {
    /// Its id, never reused.
    pub id: &'static str,
    /// Its name in Vietnamese.
    pub vi: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// Open to a household of any of these classes; empty where the class does not matter.
    pub classes: &'static [Class],
    /// Open to a household in any of these groups; empty where groups do not matter.
    pub groups: &'static [Group],
    /// Open to households that escaped poverty (thoát nghèo).
    pub escaped: Option<Escaped>,
    /// Codes of the only communes it is for, see [`Entitlement::communes`]; empty where it is for any.
    #[serde(serialize_with = "as_codes")]
    pub(crate) communes: &'static [u32],
    /// Whether the household or its commune receives it.
    pub level: Level,
    /// A further condition, if any.
    pub condition: Option<Condition>,
    /// Who has priority, in Vietnamese and English.
    pub priority: Option<(&'static str, &'static str)>,
    /// The amount, where it is known.
    pub amount: Option<Amount>,
    /// The instrument, or the plan itself where it names none. The confidence is about who is entitled and to what.
    pub source: Source,
    /// The plan that names it.
    pub plan: &'static str,
    /// The plan's section, such as `IV.1.4`.
    pub plan_section: &'static str,
    /// Whether it is in force or only proposed.
    pub status: Status,
    /// The office to go to.
    pub office: Office,
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

/// Commune codes are written as text, `29224`.
fn as_codes<S: serde::Serializer>(codes: &&'static [u32], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(codes.iter().filter_map(|code| CommuneCode::from_bytes(code.to_be_bytes())))
}

/// For how long a support stays open after a household has escaped poverty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Escaped {
    /// Number of years after the escape; `None` for no limit.
    pub within_years: Option<u8>,
}

/// Who receives a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The household or one of its members.
    Household,
    /// The commune: roads, schools, water works.
    Commune,
}

/// Whether a support is in force or only proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In force (đang thực hiện).
    InForce,
    /// Proposed by the plan (đề xuất): nobody can claim it.
    Proposed,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The amount each time, in đồng.
    pub vnd: Vnd,
    /// For whom and how often.
    pub per: Per,
    /// How sure the figure is.
    pub confidence: Confidence,
}

/// What an amount is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each household, each month.
    HouseholdMonth,
    /// Each pupil, each month.
    PupilMonth,
}

/// An office that gives supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
            Office::Commune => lang.pick(
                "Ủy ban nhân dân xã, phường, thị trấn (cán bộ lao động – thương binh và xã hội)",
                "The commune's office (officer for labour and social affairs)",
            ),
            Office::PolicyBank => lang.pick(
                "Điểm giao dịch của Ngân hàng Chính sách xã hội tại xã",
                "The transaction point of the Bank for Social Policies in the commune",
            ),
            Office::School => lang.pick("Trường nơi con em đang học", "The school the child goes to"),
            Office::LegalAidCentre => lang.pick(
                "Trung tâm Trợ giúp pháp lý nhà nước của tỉnh, hoặc Ủy ban nhân dân xã",
                "The province's State Legal Aid Centre, or the commune's office",
            ),
        }
    }
}
