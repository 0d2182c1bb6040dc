//! Further conditions of supports, and how they are asked.

use crate::household::Group;
use crate::lang::Lang;

/// A condition of a support, which the household can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A child goes to kindergarten or school.
    PupilInSchool,
    /// A member is seriously ill.
    SeriouslyIll,
    /// The household still owes the Bank for Social Policies.
    OwesPolicyBank,
    /// The house is in a bad state, or there is none.
    HousingDifficulty,
    /// The household lives in a remote area, or where water is especially scarce.
    ScarceWater,
    /// The household lives in a rural commune.
    Rural,
    /// The household is in a group.
    InGroup(Group),
    /// The household was poor and escaped, at most this many years ago; `None` for any time.
    Escaped(Option<u8>),
    /// The household lives in one of the communes that the support names: the four of Quyết định 106/2004/QĐ-TTg.
    InNamedCommune,
}

impl Condition {
    /// The question to the household in plain words; a yes meets the condition.
    #[must_use]
    pub const fn question(self, lang: Lang) -> &'static str {
        self.texts(lang).0
    }

    /// The condition as a clause that follows the word "nếu" / "if".
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
            Condition::Rural => (
                ("Nhà ở nông thôn không?", "ở nông thôn"),
                ("Does the household live in a rural commune?", "it lives in a rural commune"),
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
            Condition::Escaped(Some(..=2)) => (
                ("Hộ mới thoát nghèo trong 1–2 năm nay không?", "hộ mới thoát nghèo trong 1–2 năm nay"),
                (
                    "Has the household escaped poverty in the last 1–2 years?",
                    "it has escaped poverty in the last 1–2 years",
                ),
            ),
            Condition::Escaped(Some(_)) => (
                (
                    "Hộ ra khỏi danh sách hộ nghèo, cận nghèo chưa quá 3 năm, phải không?",
                    "hộ ra khỏi danh sách hộ nghèo, cận nghèo chưa quá 3 năm",
                ),
                (
                    "Has the household left the list of poor and near-poor households in the last 3 years?",
                    "it has left the list of poor and near-poor households in the last 3 years",
                ),
            ),
            Condition::InNamedCommune => (
                (
                    "Hộ có ở xã An Nhơn, An Quy, An Thuận (Thạnh Phú) hoặc Thừa Đức (Bình Đại) không?",
                    "ở xã An Nhơn, An Quy, An Thuận (Thạnh Phú) hoặc Thừa Đức (Bình Đại)",
                ),
                (
                    "Does the household live in An Nhơn, An Quy, An Thuận (Thạnh Phú) or Thừa Đức (Bình Đại)?",
                    "it lives in An Nhơn, An Quy, An Thuận (Thạnh Phú) or Thừa Đức (Bình Đại)",
                ),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}
