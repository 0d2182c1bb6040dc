//! The people of a household (nhân khẩu), as its record lists them.

use super::{Sex, sex, yes_or_no};
use crate::fold::fold;
use crate::lang::Lang;
use crate::record::Value;
use crate::text::one_line;

/// A word of a fixed list, as a field of a member holds it.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal, $vi:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// All, in the order in which they are offered.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// Their words, as fields hold them.
            pub const WORDS: &[&str] = &[$($word,)*];

            /// The word in the field.
            #[must_use]
            pub const fn word(self) -> &'static str {
                $name::WORDS[self as usize]
            }

            /// The one with this word; `None` for any other word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                $name::ALL.iter().copied().find(|one| one.word() == word)
            }

            /// In plain words.
            #[must_use]
            pub const fn name(self, lang: Lang) -> &'static str {
                match self { $($name::$variant => lang.pick($vi, $en),)* }
            }
        }
    };
}

words! {
    /// What a member does (tình trạng, Mẫu số 01 of Quyết định 24/2021/QĐ-TTg, confidence high).
    Occupation {
        /// Has work (có việc làm).
        Working = "working", "Có việc làm", "Has work";
        /// Has no work (không có việc làm).
        NotWorking = "not_working", "Không có việc làm", "Has no work";
        /// At school or in training (đang đi học).
        Studying = "studying", "Đang đi học", "At school or in training";
    }
}

words! {
    /// Monthly social allowance of the state that a member is paid, by its kind (trợ cấp xã hội hằng tháng).
    Allowance {
        /// None.
        None = "none", "Không có", "None";
        /// For the elderly (người cao tuổi).
        Elderly = "elderly", "Người cao tuổi", "For the elderly";
        /// For people with a disability (người khuyết tật).
        Disability = "disability", "Người khuyết tật", "For a disability";
        /// For children without support (trẻ em không nguồn nuôi dưỡng).
        Child = "child", "Trẻ em không nguồn nuôi dưỡng", "For a child without support";
        /// Of another kind.
        Other = "other", "Loại khác", "Of another kind";
    }
}

words! {
    /// How a member who has been there for less than 6 months belongs to the household for good.
    Joined {
        /// Born in the year (mới sinh).
        Born = "born", "Mới sinh", "Newly born";
        /// Married in (mới về làm dâu, làm rể).
        MarriedIn = "married_in", "Mới về làm dâu, làm rể", "Married in";
        /// Came back for good (mới về ở hẳn).
        CameBack = "came_back", "Mới về ở hẳn", "Came back for good";
    }
}

/// A member of the household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Whether this member is the head (chủ hộ).
    pub head: bool,
    /// Full name as typed, without hidden characters.
    pub name: Option<String>,
    /// Year of birth, out of the date where that is known. Old people know only the year.
    pub birth_year: Option<i64>,
    /// Date of birth, `1950-03-01`, where it is known.
    pub birth_date: Option<String>,
    /// Sex, if stated.
    pub sex: Option<Sex>,
    /// Relation to the head: a word of [`field::RELATIONS`](super::field::RELATIONS).
    pub relation: Option<String>,
    /// Identity number, if stated.
    pub identity_number: Option<String>,
    /// Ethnicity (dân tộc) as typed, such as `Kinh`.
    pub ethnicity: Option<String>,
    /// Months of the last 12 spent in the household, 0..=12; `None` counts as all 12.
    pub months_present: Option<i64>,
    /// How the member came to belong to the household for good, if within the year.
    pub joined: Option<Joined>,
    /// Whether the member goes to kindergarten or school, if known.
    pub pupil: Option<bool>,
    /// What the member does, if stated.
    pub occupation: Option<Occupation>,
    /// Whether the member has a disability, if stated.
    pub disabled: Option<bool>,
    /// The monthly allowance that the member is paid, if stated.
    pub allowance: Option<Allowance>,
    /// Whether the member is seriously ill; `false` when not stated.
    pub seriously_ill: bool,
    /// Whether the member holds a health-insurance card, if known.
    pub insured: Option<bool>,
    pub(super) removed: bool,
    /// Whether a field that this version knows was set. Fields of a later version alone make no member.
    pub(super) known: bool,
}

impl Member {
    /// Takes over a field of the record, by the last part of its path.
    pub(super) fn take(&mut self, name: &str, value: &Value) {
        let text = || value.as_text().map(|text| one_line(text).into_owned());
        let word = || value.as_text().unwrap_or_default();
        match name {
            "head" => self.head = value.is_true(),
            "name" => self.name = text(),
            "birth_year" => self.birth_year = value.as_int(),
            "birth_date" => self.birth_date = text(),
            "sex" => self.sex = sex(value),
            "relation" => self.relation = value.as_text().map(ToOwned::to_owned),
            "identity_number" => self.identity_number = text(),
            "ethnicity" => self.ethnicity = text(),
            "months_present" => self.months_present = value.as_int(),
            "joined" => self.joined = Joined::from_word(word()),
            "pupil" => self.pupil = yes_or_no(value),
            "occupation" => self.occupation = Occupation::from_word(word()),
            "disabled" => self.disabled = yes_or_no(value),
            "allowance" => self.allowance = Allowance::from_word(word()),
            "seriously_ill" => self.seriously_ill = value.is_true(),
            "insured" => self.insured = yes_or_no(value),
            "removed" => self.removed = value.is_true(),
            _ => return,
        }
        self.known = true;
    }

    /// What the member's record says of who it is, by the last part of a path: `name`, `birth_date`, `birth_year`, `sex`,
    /// `identity_number` or `ethnicity`; null for any other.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        let text = match name {
            "name" => self.name.as_deref(),
            "birth_date" => self.birth_date.as_deref(),
            "sex" => self.sex.map(|sex| if sex == Sex::Female { "female" } else { "male" }),
            "identity_number" => self.identity_number.as_deref(),
            "ethnicity" => self.ethnicity.as_deref(),
            "birth_year" => return self.birth_year.map_or(Value::Null, Value::Int),
            _ => None,
        };
        text.map_or(Value::Null, Value::from)
    }

    /// Fills in what follows from other fields, once all are taken.
    pub(super) fn settle(&mut self) {
        let year =
            self.birth_date.as_deref().and_then(|date| date.get(..4)).and_then(|year| year.parse().ok());
        self.birth_year = year.or(self.birth_year);
        let studies = self.occupation == Some(Occupation::Studying);
        self.pupil = self.pupil.or(studies.then_some(true));
    }

    /// Whether the member counts: lived here for 6 of the last 12 months or more (Chỉ thị 1752/CT-TTg of 2010), or was
    /// born, married in or came back for good within the year (statistical usage, confidence medium).
    #[must_use]
    pub fn counts(&self) -> bool {
        self.joined.is_some() || self.months_present.is_none_or(|m| m >= 6)
    }

    /// Whether the member belongs to an ethnic minority (dân tộc thiểu số): to any other than the Kinh, also called Việt;
    /// `None` where no ethnicity is stated, or that it is not known.
    #[must_use]
    pub fn is_ethnic_minority(&self) -> Option<bool> {
        let typed = fold(self.ethnicity.as_deref()?);
        let ethnicity = typed.trim_matches(|c: char| !c.is_alphanumeric());
        let ethnicity = ["nguoi ", "dan toc "].iter().fold(ethnicity, |text, before| {
            text.strip_prefix(before).filter(|rest| !rest.starts_with("thieu so")).unwrap_or(text)
        });
        let first = ethnicity.split(' ').next().unwrap_or_default();
        let says = !matches!(first, "" | "khong" | "chua");
        says.then_some(!matches!(first, "kinh" | "viet"))
    }
}
