//! One edit of one record, and which edits are refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use super::clock::Stamp;
use super::subject::Subject;
use super::value::Value;
use crate::area::CommuneCode;
use crate::text::hides;

/// Most operations in one push.
pub const MAX_BATCH: usize = 500;
/// Most fields that one operation may set.
pub const MAX_CHANGES: usize = 500;
/// Most writes that one change may name as seen: twice as many as a field keeps open.
pub const MAX_SEEN: usize = 128;
/// Longest reason that an author may give, in characters.
const MAX_WHY: usize = 300;

/// A household's id: the commune that keeps its record, and 128 random bits drawn by the device.
/// Written `29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f`.
///
/// ```
/// use soho_shared::record::HouseholdId;
///
/// let id: HouseholdId = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
/// assert_eq!(id.commune.to_string(), "29173");
///
/// // A commune that is not in the province makes no id.
/// assert!("00000-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse::<HouseholdId>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseholdId {
    /// The commune that keeps the record.
    pub commune: CommuneCode,
    /// Unique, random.
    pub uuid: Uuid,
}

/// A round (đợt rà soát): one review, named by its year. `2010` is the general census that opened the
/// period.
///
/// ```
/// use soho_shared::law::standard_for_round;
/// use soho_shared::record::Round;
///
/// // Only a year that a standard covers is a round.
/// assert_eq!(Round::new(2005), None);
///
/// // The census of 2010 went by the standard that was in force from 2011 on.
/// assert_eq!(standard_for_round(2010).unwrap().id, "2011");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round(u16);

impl Round {
    /// The first round.
    pub const FIRST: Round = Round(2006);

    /// The general census of 2010.
    pub const CENSUS_2010: Round = Round(2010);

    /// The round of this year; `None` outside 2006..=2030, the years a standard covers.
    #[must_use]
    pub const fn new(year: u16) -> Option<Self> {
        if year >= Self::FIRST.0 && year <= 2030 { Some(Round(year)) } else { None }
    }

    /// The round of the next year; `None` after the last one.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Round::new(self.0 + 1)
    }

    /// The round's year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.0
    }
}

/// Key of a record, which is what an operation edits: one subject in one round. Written with a `.` between the two.
///
/// ```
/// use soho_shared::record::{RecordKey, Round};
///
/// let subject = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
/// let of = |year| RecordKey { subject, round: Round::new(year).unwrap() };
///
/// // Another round is another record, and the next one in order.
/// assert!(of(2010) < of(2011));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// What it is about.
    #[serde(rename = "household")]
    pub subject: Subject,
    /// The round.
    pub round: Round,
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.subject, self.round)
    }
}

impl FromStr for RecordKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || "a record is a household's id or an area's code, `.` and a round".to_owned();
        let (subject, round) = text.split_once('.').ok_or_else(shape)?;
        Ok(RecordKey { subject: subject.parse()?, round: round.parse()? })
    }
}

/// A field's name: lower-case words and digits joined by `/`, at most 120 bytes: `income/k3f9/amount`.
///
/// ```
/// use soho_shared::record::FieldPath;
///
/// let path: FieldPath = "income/k3f9/amount".parse().unwrap();
/// assert_eq!(path.as_str(), "income/k3f9/amount");
///
/// // A field need not be known: one of a later version travels like any other.
/// assert!("income/k3f9/currency".parse::<FieldPath>().is_ok());
/// assert!("Income".parse::<FieldPath>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FieldPath(String);

impl FieldPath {
    fn new(text: String) -> Result<Self, String> {
        let word = |w: &str| {
            !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if text.len() <= 120 && text.split('/').all(word) {
            Ok(FieldPath(text))
        } else {
            Err("a field's name is lower-case words and digits joined by `/`, at most 120 bytes".to_owned())
        }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One field set to one value.
///
/// ```
/// use soho_shared::record::{Actor, Change, Doc, Stamp};
///
/// let stamp = |millis, actor| Stamp::new(millis, 0, Actor(actor)).unwrap();
/// let name = |value: &str, seen| Change { field: "head/name".parse().unwrap(), value: value.into(), seen };
/// let mut doc = Doc::default();
/// doc.write(stamp(1, 1), &name("Lê Văn An", vec![]));
///
/// // Who has seen a write replaces it.
/// let seen = doc.seen("head/name");
/// doc.write(stamp(2, 2), &name("Lê Văn Ân", seen));
/// assert!(!doc.in_conflict("head/name"));
///
/// // Who has not is in conflict with it, though the later one.
/// doc.write(stamp(3, 3), &name("Lê Văn Anh", vec![]));
/// assert!(doc.in_conflict("head/name"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// The field to set.
    pub field: FieldPath,
    /// The new value: JSON without fractions, amounts in whole đồng; null clears the field.
    pub value: Value,
    /// Stamps of the writes of this field that the author saw and that no other author had seen before. A write that
    /// was not seen is in conflict with this one: both are kept, whichever wins.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 128))]
    pub seen: Vec<Stamp>,
}

/// One edit of one record, taken as a whole or not at all.
///
/// ```
/// use soho_shared::household::field::RULES;
/// use soho_shared::record::Operation;
///
/// let operation: Operation = serde_json::from_str(
///     r#"{
///         "id": "018f3c2a-9d5e-7b1c-8a4f-0d2e6b9c1a3f",
///         "household": "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
///         "round": "2010",
///         "stamp": "0000018f3c2a-0001-00000000000000ab",
///         "changes": [{ "field": "hamlet", "value": 4 }, { "field": "member_count", "value": 100 }]
///     }"#,
/// )
/// .unwrap();
///
/// // Taken as a whole or not at all: one wrong field is enough.
/// let rejection = operation.check(&RULES).unwrap_err();
/// assert_eq!(rejection.field, "member_count");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Random id; sending the same one again changes nothing.
    pub id: Uuid,
    /// What the record is about: a household's id, or the code of a hamlet or commune.
    #[serde(rename = "household")]
    pub subject: Subject,
    /// The round.
    pub round: Round,
    /// When the edit was made, and by which run of the app.
    pub stamp: Stamp,
    /// The fields it sets, each once.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub changes: Vec<Change>,
    /// The reason in its author's words: at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Rules of fields, given by who knows them; a record knows no field by its name.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What a field may hold, in English, where a change of this record gives it something else.
    pub fault: fn(&Change, RecordKey) -> Option<String>,
    /// Whether a field settles something, so that there is room for it in a record that is full.
    pub settles: fn(&FieldPath) -> bool,
    /// Whether this version knows the field.
    pub knows: fn(&FieldPath) -> bool,
}

impl Operation {
    /// The record it edits.
    #[must_use]
    pub const fn key(&self) -> RecordKey {
        RecordKey { subject: self.subject, round: self.round }
    }

    /// Checks the operation on its own, without the record it edits.
    ///
    /// # Errors
    /// The first thing wrong, naming the field.
    pub fn check(&self, rules: &Rules) -> Result<(), Rejection> {
        self.rejections(rules).next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong with it: either one fault of the operation itself, or those of its fields.
    pub fn rejections(&self, rules: &Rules) -> impl Iterator<Item = Rejection> {
        let fault = rules.fault;
        let whole = if self.changes.is_empty() || self.changes.len() > MAX_CHANGES {
            let detail =
                format!("an operation sets 1 to {MAX_CHANGES} fields, this one {}", self.changes.len());
            Some(Rejection::new(RejectionKind::InvalidOperation, "changes", detail))
        } else if self.why.as_ref().is_some_and(|why| why.chars().count() > MAX_WHY) {
            let detail = format!("a reason has at most {MAX_WHY} letters");
            Some(Rejection::new(RejectionKind::InvalidOperation, "why", detail))
        } else if self.why.as_ref().is_some_and(|why| hides(why, ' ')) {
            let detail = "a reason holds no characters that nobody sees".to_owned();
            Some(Rejection::new(RejectionKind::InvalidOperation, "why", detail))
        } else {
            None
        };
        let places = 0..if whole.is_some() { 0 } else { self.changes.len() };
        whole.into_iter().chain(places.filter_map(move |place| self.check_change(place, fault)))
    }

    fn check_change(
        &self,
        place: usize,
        fault: fn(&Change, RecordKey) -> Option<String>,
    ) -> Option<Rejection> {
        let change = &self.changes[place];
        let detail = fault(change, self.key())?;
        Some(Rejection::new(RejectionKind::InvalidValue, change.field.as_str(), detail))
    }

    /// Rough size of the operation, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let change =
            |change: &Change| 64 + change.field.as_str().len() + change.value.size() + change.seen.len() * 24;
        128 + self.changes.iter().map(change).sum::<usize>()
    }

    /// Checks an operation that was received and may come from any program: as [`Operation::check`], and also that it
    /// sets each field once and names at most [`MAX_SEEN`] writes as seen.
    ///
    /// # Errors
    /// The first thing wrong, naming the field.
    pub fn check_received(&self, rules: &Rules) -> Result<(), Rejection> {
        self.check(rules)?;
        let mut fields: Vec<&FieldPath> = self.changes.iter().map(|change| &change.field).collect();
        fields.sort_unstable();
        if let Some(twice) = fields.windows(2).find(|pair| pair[0] == pair[1]) {
            let detail = "an operation sets each field once".to_owned();
            return Err(Rejection::new(RejectionKind::InvalidOperation, twice[0].as_str(), detail));
        }
        if let Some(change) = self.changes.iter().find(|change| change.seen.len() > MAX_SEEN) {
            let detail = format!("`seen` names at most {MAX_SEEN} writes, this one {}", change.seen.len());
            return Err(Rejection::new(RejectionKind::RecordFull, change.field.as_str(), detail));
        }
        Ok(())
    }
}

/// Kind of fault for which an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// The operation itself is not well formed.
    InvalidOperation,
    /// A field cannot hold the value.
    InvalidValue,
    /// The record has no room for the operation, or a change names too many writes as seen.
    RecordFull,
}

/// Reason why an operation is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Rejection {
    /// Kind of the fault.
    pub kind: RejectionKind,
    /// The path of the record's field that is at fault, or the operation's own part: `changes`, `why`.
    pub field: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Rejection {
    fn new(kind: RejectionKind, field: &str, detail: String) -> Self {
        Rejection { kind, field: field.to_owned(), detail }
    }
}

impl fmt::Display for HouseholdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.commune, self.uuid.as_simple())
    }
}

impl FromStr for HouseholdId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || "a household's id is a commune's code, `-` and 32 hexadecimal digits".to_owned();
        let (commune, uuid) = text.split_once('-').ok_or_else(shape)?;
        let commune = commune.parse::<CommuneCode>().map_err(|e| e.to_string())?;
        if uuid.len() != 32 {
            return Err(shape());
        }
        let uuid = Uuid::try_parse(uuid).map_err(|_| shape())?;
        Ok(HouseholdId { commune, uuid })
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Round {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let year = if text.len() == 4 { text.parse().ok() } else { None };
        year.and_then(Round::new).ok_or_else(|| "a round is a year from 2006 to 2030, like 2010".to_owned())
    }
}

impl FromStr for FieldPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        FieldPath::new(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        FieldPath::new(String::deserialize(d)?).map_err(de::Error::custom)
    }
}

macro_rules! text_form {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}
text_form!(HouseholdId, Round);

macro_rules! write_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
    )*};
}
write_text!(HouseholdId, Round);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::household::field::RULES;

    #[test]
    fn ids_and_rounds_read_back() {
        let id = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f";
        assert_eq!(id.parse::<HouseholdId>().unwrap().to_string(), id);
        for bad in [
            "",
            "29173",
            "29173-zz",
            "00000-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
            "836-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
        ] {
            assert!(bad.parse::<HouseholdId>().is_err(), "{bad}");
        }
        assert_eq!("2010".parse(), Ok(Round::CENSUS_2010));
        assert!(["", "10", "+201", "1999", "2031"].iter().all(|r| r.parse::<Round>().is_err()));
    }

    #[test]
    fn what_comes_from_outside_sets_each_field_once_and_names_not_too_many() {
        let change = |field: String, seen: u64| Change {
            field: field.parse().unwrap(),
            value: 1.into(),
            seen: (0..seen).map(|by| Stamp::new(1, 0, super::super::Actor(by)).unwrap()).collect(),
        };
        let of = |changes| Operation {
            id: Uuid::nil(),
            subject: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            round: Round::CENSUS_2010,
            stamp: Stamp::default(),
            changes,
            why: None,
        };
        let mut many: Vec<Change> = (0..500).map(|i| change(format!("x/{i}"), 0)).collect();
        assert_eq!(of(many.clone()).check_received(&RULES), Ok(()));
        many[499] = change("x/0".to_owned(), 0);
        let refused = of(many).check_received(&RULES).unwrap_err();
        assert_eq!((refused.kind, refused.field.as_str()), (RejectionKind::InvalidOperation, "x/0"));
        assert_eq!(of(vec![change("y".to_owned(), 128)]).check_received(&RULES), Ok(()));
        let refused = of(vec![change("y".to_owned(), 129)]).check_received(&RULES).unwrap_err();
        assert_eq!((refused.kind, refused.field.as_str()), (RejectionKind::RecordFull, "y"));
    }

    #[test]
    fn field_names_are_plain() {
        assert!("income/k3/amount".parse::<FieldPath>().is_ok());
        for bad in ["", "/", "a//b", "A", "a b", "ấp", "a/"] {
            assert!(bad.parse::<FieldPath>().is_err(), "{bad}");
        }
    }
}
