//! One edit of one record, and which edits are refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use super::clock::Stamp;
use super::kinds;
use super::value::Value;
use crate::area::CommuneCode;
use crate::household::field;
use crate::lang::Lang;
use crate::text::hides;

/// How many operations one push may carry.
pub const MAX_BATCH: usize = 500;
/// How many fields one operation may set.
pub const MAX_CHANGES: usize = 500;
/// How many writes one change may say it has seen: far more than people ever disagree on one field.
const MAX_SEEN: usize = 5_000;
/// How long an author's reason may be, in letters.
const MAX_WHY: usize = 300;

/// A household's id: the commune that keeps its record, and 128 random bits drawn by the device.
/// Written `29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseholdId {
    /// The commune that keeps the record.
    pub commune: CommuneCode,
    /// Unique, random.
    pub uuid: Uuid,
}

/// A round (đợt rà soát): one review, named by its year. `2010` is the general census that opened the
/// period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round(u16);

impl Round {
    /// The general census of 2010.
    pub const CENSUS_2010: Round = Round(2010);

    /// The round of this year; `None` outside 2006..=2030, the years a standard covers.
    #[must_use]
    pub const fn new(year: u16) -> Option<Self> {
        if year >= 2006 && year <= 2030 { Some(Round(year)) } else { None }
    }

    /// Its year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.0
    }
}

/// What an operation edits: one household in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// The household.
    pub household: HouseholdId,
    /// The round.
    pub round: Round,
}

/// A field's name: lower-case words and digits joined by `/`, at most 120 bytes: `income/k3f9/amount`.
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

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One field set to one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Which field.
    pub field: FieldPath,
    /// To what: JSON without fractions, amounts in whole đồng; null clears it.
    pub value: Value,
    /// The writes of this field that the author saw and nobody had seen before. A write that was not
    /// seen is a true conflict: it is kept, whichever of the two wins.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 5000))]
    pub seen: Vec<Stamp>,
}

/// One edit of one record: made whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Random; sending the same id again changes nothing.
    pub id: Uuid,
    /// The household.
    pub household: HouseholdId,
    /// The round.
    pub round: Round,
    /// When and by which run of the app.
    pub stamp: Stamp,
    /// What it sets.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub changes: Vec<Change>,
    /// Why, in its author's words: at most 300 letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Operation {
    /// The record it edits.
    #[must_use]
    pub const fn key(&self) -> RecordKey {
        RecordKey { household: self.household, round: self.round }
    }

    /// Whether the operation can be taken.
    ///
    /// # Errors
    /// The first thing wrong, naming the field.
    pub fn check(&self) -> Result<(), Rejection> {
        self.rejections().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with it: first what the operation itself is at fault for, then field by field.
    pub fn rejections(&self) -> impl Iterator<Item = Rejection> {
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
        whole.into_iter().chain(places.filter_map(move |place| self.check_change(place)))
    }

    fn check_change(&self, place: usize) -> Option<Rejection> {
        let change = &self.changes[place];
        let (kind, detail) = if self.changes[..place].iter().any(|earlier| earlier.field == change.field) {
            (RejectionKind::InvalidOperation, "an operation sets each field once".to_owned())
        } else if change.seen.len() > MAX_SEEN {
            (RejectionKind::InvalidOperation, format!("`seen` names at most {MAX_SEEN} writes"))
        } else if field::may_hold(&change.field, self.round, &change.value) {
            return None;
        } else {
            (RejectionKind::InvalidValue, field::rule(Lang::En, change.field.as_str(), self.round))
        };
        Some(Rejection::new(kind, change.field.as_str(), detail))
    }
}

/// What kind of thing is wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// The operation itself.
    InvalidOperation,
    /// The value of a field.
    InvalidValue,
}

impl RejectionKind {
    /// The `type` of the problem that says so.
    #[must_use]
    pub const fn address(self) -> &'static str {
        match self {
            RejectionKind::InvalidOperation => kinds::INVALID_OPERATION,
            RejectionKind::InvalidValue => kinds::INVALID_VALUE,
        }
    }
}

/// Why an operation cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Rejection {
    /// What kind of thing is wrong.
    pub kind: RejectionKind,
    /// The field it is about.
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
    fn field_names_are_plain() {
        assert!("income/k3/amount".parse::<FieldPath>().is_ok());
        for bad in ["", "/", "a//b", "A", "a b", "ấp", "a/"] {
            assert!(bad.parse::<FieldPath>().is_err(), "{bad}");
        }
    }
}
