//! What a class, a group or a movement opens: the supports of Kế hoạch 1051/KH-UBND (2011–2015), each with its
//! source. What the plan only proposes is marked so, and is never shown as a right.

use serde::{Deserialize, Serialize};

use crate::area::CommuneCode;
use crate::household::Group;
use crate::lang::Lang;
use crate::money::Vnd;
use crate::standard::{Class, Confidence, Source};

/// A support, whom it is for, and where it is written.
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
    /// Codes of the only communes it is for: [`Entitlement::communes`]. Empty where any.
    #[serde(serialize_with = "as_codes")]
    pub(crate) communes: &'static [u32],
    /// Whether the household or its commune receives it.
    pub level: Level,
    /// What else must be so.
    pub condition: Option<Condition>,
    /// Who comes first, in Vietnamese and English.
    pub priority: Option<(&'static str, &'static str)>,
    /// How much, where it is known.
    pub amount: Option<Amount>,
    /// The instrument; the plan itself where it names none. Its confidence is that of who is entitled and to what.
    pub source: Source,
    /// The plan that names it.
    pub plan: &'static str,
    /// The plan's section, `IV.1.4`.
    pub plan_section: &'static str,
    /// In force or only proposed.
    pub status: Status,
    /// Where to go.
    pub office: Office,
}

impl Entitlement {
    /// Its name.
    #[must_use]
    pub const fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }

    /// Where to go, in words.
    #[must_use]
    pub const fn where_to_go(&self, lang: Lang) -> &'static str {
        self.office.name(lang)
    }

    /// The only communes it is for; none where it is for any.
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

/// Open after leaving poverty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Escaped {
    /// For so many years after it; `None` without a limit.
    pub within_years: Option<u8>,
}

/// Who receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The household or one of its members.
    Household,
    /// The commune: roads, schools, water works.
    Commune,
}

/// Whether it is law or a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Đang thực hiện.
    InForce,
    /// Đề xuất: the plan proposes it; nobody can claim it.
    Proposed,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Đồng, each time.
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

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// Ủy ban nhân dân xã, phường, thị trấn.
    Commune,
    /// Ngân hàng Chính sách xã hội.
    PolicyBank,
    /// The child's school.
    School,
    /// Trung tâm Trợ giúp pháp lý nhà nước.
    LegalAidCentre,
}

impl Office {
    /// In words.
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

/// Something that must be so, and can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A child goes to kindergarten or school.
    PupilInSchool,
    /// A member is seriously ill.
    SeriouslyIll,
    /// The household still owes the Bank for Social Policies.
    OwesPolicyBank,
    /// The house is in a bad state, or there is none.
    HousingDifficulty,
    /// Remote, or water is especially scarce.
    ScarceWater,
    /// The household is in a group.
    InGroup(Group),
    /// The household was poor and escaped, at most so many years ago.
    Escaped(Option<u8>),
    /// The household lives in one of the communes named.
    InNamedCommune,
}

impl Condition {
    /// Asked of the household in plain words; yes meets the condition.
    #[must_use]
    pub const fn question(self, lang: Lang) -> &'static str {
        self.texts(lang).0
    }

    /// As it follows the word "nếu" / "if".
    #[must_use]
    pub const fn clause(self, lang: Lang) -> &'static str {
        self.texts(lang).1
    }

    const fn texts(self, lang: Lang) -> (&'static str, &'static str) {
        let (vi, en) = match self {
            Condition::PupilInSchool => (
                (
                    "Nhà có con em đang học mẫu giáo hoặc phổ thông không?",
                    "có con em đang học mẫu giáo hoặc phổ thông",
                ),
                (
                    "Does a child of the household go to kindergarten or school?",
                    "a child goes to kindergarten or school",
                ),
            ),
            Condition::SeriouslyIll => (
                ("Nhà có người mắc bệnh nặng không?", "có người mắc bệnh nặng"),
                ("Is a member seriously ill?", "a member is seriously ill"),
            ),
            Condition::OwesPolicyBank => (
                ("Nhà còn nợ Ngân hàng Chính sách xã hội không?", "còn nợ Ngân hàng Chính sách xã hội"),
                (
                    "Does the household still owe the Bank for Social Policies?",
                    "it still owes the Bank for Social Policies",
                ),
            ),
            Condition::HousingDifficulty => (
                (
                    "Nhà chưa có chỗ ở, hoặc nhà ở đã hư hỏng, dột nát không?",
                    "chưa có nhà ở, hoặc nhà hư hỏng, dột nát",
                ),
                (
                    "Is the house in a bad state, or is there none?",
                    "the house is in a bad state, or there is none",
                ),
            ),
            Condition::ScarceWater => (
                (
                    "Nơi ở là vùng sâu, vùng xa hoặc đặc biệt khó khăn về nước không?",
                    "ở vùng sâu, vùng xa hoặc nơi đặc biệt khó khăn về nước",
                ),
                (
                    "Does the household live in a remote area, or where water is especially scarce?",
                    "it lives in a remote area, or where water is especially scarce",
                ),
            ),
            Condition::InGroup(group) => match group {
                Group::FemaleHeaded => {
                    (("Chủ hộ là nữ không?", "chủ hộ là nữ"), ("Is the head a woman?", "the head is a woman"))
                }
                Group::EthnicMinorityHeaded => (
                    ("Chủ hộ là người dân tộc thiểu số không?", "chủ hộ là người dân tộc thiểu số"),
                    ("Does the head belong to an ethnic minority?", "the head belongs to an ethnic minority"),
                ),
                Group::Merit => (
                    (
                        "Hộ có thuộc diện chính sách người có công không?",
                        "thuộc diện chính sách người có công",
                    ),
                    ("Is it a merit household?", "it is a merit household"),
                ),
                Group::SocialProtection => (
                    (
                        "Nhà có người thuộc đối tượng bảo trợ xã hội không?",
                        "có người thuộc đối tượng bảo trợ xã hội",
                    ),
                    (
                        "Is a member a social-protection beneficiary?",
                        "a member is a social-protection beneficiary",
                    ),
                ),
            },
            Condition::Escaped(None) => (
                ("Hộ đã từng là hộ nghèo và đã thoát nghèo không?", "hộ từng là hộ nghèo và đã thoát nghèo"),
                (
                    "Was the household poor, and has it escaped poverty?",
                    "it was poor and has escaped poverty",
                ),
            ),
            Condition::Escaped(Some(_)) => (
                ("Hộ mới thoát nghèo trong 1–2 năm nay không?", "hộ mới thoát nghèo trong 1–2 năm nay"),
                (
                    "Has the household escaped poverty in the last 1–2 years?",
                    "it has escaped poverty in the last 1–2 years",
                ),
            ),
            Condition::InNamedCommune => (
                ("Hộ có ở xã được nêu tên không?", "ở một trong các xã được nêu tên"),
                (
                    "Does the household live in one of the communes named?",
                    "it lives in one of the communes named",
                ),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// What is known of a household beside its class. `None` means that nobody has said: what depends on it is
/// listed with an "if", never hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Its class; while `None`, nothing that depends on a class is opened.
    pub class: Option<Class>,
    /// How many of its children go to kindergarten or school.
    pub pupils: Option<u8>,
    /// Whether a member is seriously ill.
    pub seriously_ill: Option<bool>,
    /// Whether it still owes the Bank for Social Policies.
    pub owes_policy_bank: Option<bool>,
    /// Whether its house is in a bad state.
    pub housing_difficulty: Option<bool>,
    /// Whether it lives where water is especially scarce.
    pub scarce_water: Option<bool>,
    /// The groups it is in.
    pub groups: Option<Vec<Group>>,
    /// Its commune.
    pub commune: Option<CommuneCode>,
    /// How many years ago it escaped poverty, if it did.
    pub escaped_years_ago: Option<u8>,
    /// Whether its earlier rounds are known, so that `escaped_years_ago: None` means it never did.
    pub history_known: bool,
}

/// A support that is open to a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened<'a> {
    /// The support.
    pub entitlement: &'a Entitlement,
    /// The amount for this household, đồng a month: 3 pupils × 70.000 đ. `None` where no amount is known, or
    /// how many pupils there are.
    pub total: Option<Vnd>,
    /// What must still be so and is not known; empty when it is open for certain.
    pub conditions_open: Vec<Condition>,
}

/// The supports a household's circumstances open, in the law file's order, in force and proposed alike
/// ([`Entitlement::status`] keeps them apart).
#[must_use]
pub fn opened<'a>(entitlements: &'a [Entitlement], c: &Circumstances) -> Vec<Opened<'a>> {
    entitlements.iter().filter_map(|e| open(e, c)).collect()
}

fn open<'a>(e: &'a Entitlement, c: &Circumstances) -> Option<Opened<'a>> {
    let mut conditions_open = Vec::new();
    if !e.classes.is_empty() && !e.classes.contains(&c.class?) {
        return None;
    }
    let mut require = |condition: Condition, met: Option<bool>| {
        if met.is_none() {
            conditions_open.push(condition);
        }
        met != Some(false)
    };
    if let Some(&first) = e.groups.first() {
        let met = c.groups.as_ref().map(|groups| groups.iter().any(|g| e.groups.contains(g)));
        if !require(Condition::InGroup(first), met) {
            return None;
        }
    }
    if let Some(escaped) = e.escaped
        && !require(Condition::Escaped(escaped.within_years), has_escaped(escaped, c))
    {
        return None;
    }
    if !e.communes.is_empty()
        && !require(Condition::InNamedCommune, c.commune.map(|code| e.is_for_commune(code)))
    {
        return None;
    }
    if let Some(condition) = e.condition
        && !require(condition, answer(condition, c))
    {
        return None;
    }
    let total = e.amount.and_then(|amount| match amount.per {
        Per::HouseholdMonth => Some(amount.vnd),
        Per::PupilMonth => amount.vnd.checked_mul(c.pupils?.into()),
    });
    Some(Opened { entitlement: e, total, conditions_open })
}

fn has_escaped(escaped: Escaped, c: &Circumstances) -> Option<bool> {
    if c.class == Some(Class::Poor) {
        return Some(false); // whoever is poor has not escaped, or is poor again
    }
    match c.escaped_years_ago {
        Some(years) => Some(escaped.within_years.is_none_or(|limit| years <= limit)),
        None if c.history_known => Some(false),
        None => None,
    }
}

fn answer(condition: Condition, c: &Circumstances) -> Option<bool> {
    match condition {
        Condition::PupilInSchool => c.pupils.map(|n| n > 0),
        Condition::SeriouslyIll => c.seriously_ill,
        Condition::OwesPolicyBank => c.owes_policy_bank,
        Condition::HousingDifficulty => c.housing_difficulty,
        Condition::ScarceWater => c.scarce_water,
        Condition::InGroup(_) | Condition::Escaped(_) | Condition::InNamedCommune => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;

    fn of_2011() -> &'static [Entitlement] {
        law::entitlements(law::standard("2011").unwrap()).unwrap()
    }

    /// `id`, or `id?` while something about it is open.
    fn ids(c: &Circumstances) -> Vec<String> {
        let mark = |o: &Opened| if o.conditions_open.is_empty() { "" } else { "?" };
        opened(of_2011(), c).iter().map(|o| format!("{}{}", o.entitlement.id, mark(o))).collect()
    }

    #[test]
    fn a_poor_household_with_three_pupils() {
        let c = Circumstances {
            class: Some(Class::Poor),
            pupils: Some(3),
            seriously_ill: Some(false),
            housing_difficulty: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![Group::FemaleHeaded]),
            commune: "29173".parse().ok(),
            ..Circumstances::default()
        };
        assert_eq!(
            ids(&c),
            [
                "credit",
                "trade_training",
                "extension",
                "tuition_exemption",
                "health_insurance",
                "housing",
                "electricity",
                "legal_aid",
            ]
        );
        let total = |id: &str| {
            opened(of_2011(), &c).into_iter().find(|o| o.entitlement.id == id).unwrap().total.map(Vnd::get)
        };
        assert_eq!(total("tuition_exemption"), Some(210_000));
        assert_eq!(total("electricity"), Some(30_000));
        assert_eq!(total("credit"), None);
    }

    #[test]
    fn what_is_not_known_is_listed_with_an_if() {
        let c = Circumstances { class: Some(Class::NearPoor), ..Circumstances::default() };
        assert_eq!(
            ids(&c),
            [
                "credit_near_poor",
                "credit_escaped?",
                "trade_training_escaped?",
                "tuition_reduction?",
                "health_insurance",
                "clean_water?",
                "social_protection?",
                "coastal_commune?",
            ]
        );
        let proposed: Vec<&str> = opened(of_2011(), &c)
            .iter()
            .filter(|o| o.entitlement.status == Status::Proposed)
            .map(|o| o.entitlement.id)
            .collect();
        assert_eq!(proposed, ["credit_near_poor", "trade_training_escaped"]);
    }

    #[test]
    fn escaped_three_years_ago() {
        let c = Circumstances {
            class: Some(Class::Above),
            escaped_years_ago: Some(3),
            owes_policy_bank: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![]),
            commune: "29224".parse().ok(),
            ..Circumstances::default()
        };
        assert_eq!(ids(&c), ["credit_escaped", "coastal_commune"]);
        let never = Circumstances { escaped_years_ago: None, history_known: true, ..c };
        assert_eq!(ids(&never), ["coastal_commune"]);
    }

    #[test]
    fn the_communes_named_exist_and_every_condition_is_asked() {
        for e in of_2011() {
            assert_eq!(e.communes().count(), e.communes.len(), "{}", e.id);
            for lang in Lang::ALL {
                assert!(e.condition.is_none_or(|c| c.question(lang).ends_with('?')));
                assert!(!e.name(lang).is_empty() && !e.where_to_go(lang).is_empty());
            }
        }
        assert_eq!(of_2011().len(), 16);
        for standard in law::standards() {
            assert_eq!(law::entitlements(standard).is_some(), standard.id == "2011");
        }
    }
}
