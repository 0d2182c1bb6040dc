//! The fields of a record: their paths, what each may hold, and what people call it.
//!
//! Items of a list have ids: `members/<id>/name`.

use super::Cause;
use crate::income::IncomeSource;
use crate::money::Vnd;
use crate::sync::{FieldPath, HouseholdId, Value};

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
/// The floor of the house, m², 0..=10000.
pub const FLOOR_AREA: &str = "floor_area";
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
/// In this round the household of [`SAME_AS`] counts, and this record does not.
pub const DUPLICATE: &str = "duplicate";
/// The id of the household that this one was found to be, entered twice; see [`crate::duplicate`].
pub const SAME_AS: &str = "same_as";
/// Begins the field that is true when the household with the uuid that follows was found to be this one.
pub const MERGED: &str = "merged/";
/// Begins the field that is true when the household with the uuid that follows was found to be another one.
pub const DIFFERENT: &str = "different/";

/// Whether a field says that two households are one, or are not.
#[must_use]
pub fn is_decision(path: &FieldPath) -> bool {
    let path = path.as_str();
    path == SAME_AS || path == DUPLICATE || path.starts_with(MERGED) || path.starts_with(DIFFERENT)
}

/// The people a member can be to the head: word, Vietnamese, English.
pub const RELATIONS: [(&str, &str, &str); 7] = [
    ("spouse", "Vợ, chồng", "Spouse"),
    ("child", "Con", "Child"),
    ("parent", "Cha, mẹ", "Parent"),
    ("grandchild", "Cháu", "Grandchild"),
    ("grandparent", "Ông, bà", "Grandparent"),
    ("sibling", "Anh, chị, em", "Sibling"),
    ("other", "Khác", "Other"),
];

/// What a known field may hold.
pub(super) enum Kind {
    Text(usize),
    Int(i64, i64),
    Money,
    Bool,
    Word(&'static [&'static str]),
    IdentityNumber,
    Relation,
    Source,
    Cause,
    Household,
}

/// The fields this version knows: the path, in which `*` stands for an item's id or a word of a list; what it
/// holds; what it is called in Vietnamese and in English.
pub(super) const FIELDS: &[(&str, Kind, &str, &str)] = &[
    (HAMLET, Kind::Int(1, 99), "Ấp", "Hamlet"),
    (HEAD_NAME, Kind::Text(100), "Họ tên chủ hộ", "Name of the head"),
    (HEAD_BIRTH_YEAR, Kind::Int(1880, 2100), "Năm sinh", "Year of birth"),
    (HEAD_SEX, Kind::Word(&["female", "male"]), "Giới tính", "Sex"),
    (HEAD_ETHNIC_MINORITY, Kind::Bool, "Chủ hộ là người dân tộc", "Head of an ethnic minority"),
    (HEAD_IDENTITY_NUMBER, Kind::IdentityNumber, "Số giấy tờ", "Identity number"),
    (ADDRESS, Kind::Text(300), "Địa chỉ", "Address"),
    (MEMBER_COUNT, Kind::Int(1, 99), "Số người", "Number of people"),
    ("members/*/name", Kind::Text(100), "Người trong hộ: họ tên", "Member: name"),
    ("members/*/birth_year", Kind::Int(1880, 2100), "Người trong hộ: năm sinh", "Member: year of birth"),
    ("members/*/sex", Kind::Word(&["female", "male"]), "Người trong hộ: giới tính", "Member: sex"),
    ("members/*/relation", Kind::Relation, "Người trong hộ: quan hệ", "Member: relation"),
    ("members/*/months_present", Kind::Int(0, 12), "Người trong hộ: số tháng ở", "Member: months present"),
    ("members/*/pupil", Kind::Bool, "Người trong hộ: đang đi học", "Member: at school"),
    ("members/*/seriously_ill", Kind::Bool, "Người trong hộ: bệnh nặng", "Member: seriously ill"),
    ("members/*/insured", Kind::Bool, "Người trong hộ: có bảo hiểm y tế", "Member: has health insurance"),
    ("members/*/removed", Kind::Bool, "Người trong hộ: bỏ khỏi danh sách", "Member: taken off"),
    (NO_INCOME, Kind::Bool, "Không có thu nhập", "No income"),
    ("income/*/source", Kind::Source, "Thu nhập: nguồn", "Income: source"),
    ("income/*/amount", Kind::Money, "Thu nhập: số tiền", "Income: amount"),
    ("income/*/times", Kind::Int(1, 366), "Thu nhập: số lần", "Income: times"),
    ("income/*/costs", Kind::Money, "Thu nhập: chi phí", "Income: costs"),
    ("income/*/removed", Kind::Bool, "Thu nhập: bỏ dòng", "Income: line taken off"),
    (DEPRIVATION_COUNT, Kind::Int(0, 12), "Số chỉ số thiếu hụt", "Lacking indicators"),
    (FLOOR_AREA, Kind::Int(0, 10_000), "Diện tích nhà ở", "Floor of the house"),
    // Whether the household lacks the indicator with this id.
    ("deprivations/*", Kind::Bool, "Điều kiện sống", "Living conditions"),
    (MAIN_CAUSE, Kind::Cause, "Nguyên nhân chính", "Main cause"),
    ("causes/*", Kind::Bool, "Nguyên nhân nghèo", "Cause of poverty"),
    (MERIT, Kind::Bool, "Hộ người có công", "Merit household"),
    (SOCIAL_PROTECTION, Kind::Bool, "Đối tượng bảo trợ xã hội", "Social-protection beneficiary"),
    (NOTE, Kind::Text(2_000), "Ghi chú", "Note"),
    (REMOVED, Kind::Bool, "Rút phiếu", "Withdrawn"),
    (DUPLICATE, Kind::Bool, "Phiếu trùng, không tính", "Duplicate, not counted"),
    (SAME_AS, Kind::Household, "Là cùng một hộ với", "Is the same household as"),
    ("merged/*", Kind::Bool, "Gồm cả phiếu trùng", "Takes in a duplicate record"),
    ("different/*", Kind::Bool, "Là hộ khác với hộ giống nó", "Is not the household it resembles"),
];

/// What is known of a field.
pub(super) fn known(path: &str) -> Option<&'static (&'static str, Kind, &'static str, &'static str)> {
    FIELDS.iter().find(|(pattern, ..)| matches(pattern, path))
}

/// How large the value of a field that this version does not know may be, in bytes.
const MAX_UNKNOWN: usize = 4_000;

/// Whether a field may hold a value. Null clears any field. A field this version does not know is
/// carried as it is, within bounds, so that a newer device loses nothing.
///
/// # Errors
/// What is wrong and what would be right.
pub fn check(path: &FieldPath, value: &Value) -> Result<(), String> {
    let Some((_, kind, ..)) = known(path.as_str()) else {
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
        Kind::Relation => one_of(value, RELATIONS.iter().map(|(word, ..)| *word)),
        Kind::Source => one_of(value, IncomeSource::ALL.iter().map(|s| s.word())),
        Kind::Cause => one_of(value, Cause::ALL.iter().map(|c| c.word())),
        Kind::IdentityNumber => match value.as_text() {
            Some(t) if matches!(t.len(), 9 | 12) && t.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
            _ => Err("must be the 9 digits of a CMND or the 12 of a CCCD".to_owned()),
        },
        Kind::Household => match value.as_text().map(str::parse::<HouseholdId>) {
            Some(Ok(_)) => Ok(()),
            _ => Err("must be a household's id".to_owned()),
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

/// Whether a path is of a pattern in which one `*` may stand for one segment. Every field of every operation is
/// looked up by this.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == path };
    let item = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    item.is_some_and(|item| !item.is_empty() && !item.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(path: &str, value: impl Into<Value>) -> Result<(), String> {
        check(&path.parse().unwrap(), &value.into())
    }

    #[test]
    fn fields_hold_what_they_may() {
        assert_eq!(holds("member_count", 4), Ok(()));
        assert_eq!(holds("member_count", -1).unwrap_err(), "must be a whole number from 1 to 99");
        assert!(holds("member_count", "4").is_err());
        assert!(holds("member_count", Value::Null).is_ok());
        assert!(holds("income/a/amount", -1).is_err());
        assert!(holds("income/a/source", "gold").unwrap_err().contains("crops"));
        assert!(holds("head/identity_number", "12345678").is_err());
        assert!(holds("head/identity_number", "123456789").is_ok());
        assert!(holds("head/name", "Nguyễn Thị Bé").is_ok());
        assert!(holds("head/name", "x".repeat(101)).is_err());
        assert!(holds("floor_area", 10_000).is_ok() && holds("floor_area", 10_001).is_err());
        assert!(holds("deprivations/water", true).is_ok() && holds("deprivations/water", 1).is_err());
        assert!(holds("same_as", "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f").is_ok());
        assert!(holds("same_as", "29173").is_err() && holds("different/018f", 1).is_err());
        assert!(holds("a_field_of_2030", "kept").is_ok());
        assert!(holds("a_field_of_2030", "x".repeat(5_000)).is_err());
    }
}
