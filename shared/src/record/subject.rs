//! What a record is about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use super::operation::HouseholdId;
use crate::area::{AreaCode, CommuneCode, HamletCode};

/// What a record is about: a household, a hamlet or a commune. Written as a household's id, or as the area's code.
///
/// ```
/// use soho_shared::record::Subject;
///
/// let hamlet: Subject = "29173-04".parse().unwrap();
/// assert_eq!((hamlet.household(), hamlet.to_string().as_str()), (None, "29173-04"));
///
/// let household: Subject = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
/// assert_eq!(household.commune, hamlet.commune);
/// assert!("836".parse::<Subject>().is_err(), "a district keeps no record here");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The commune that keeps the record.
    pub commune: CommuneCode,
    /// What of that commune it is about.
    pub of: Of,
}

/// What of a commune a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// A household.
    Household(Uuid),
    /// The commune as a whole.
    Commune,
    /// The hamlet with this number, 1..=99.
    Hamlet(u8),
}

impl Subject {
    /// The household's id; `None` for an area.
    #[must_use]
    pub const fn household(self) -> Option<HouseholdId> {
        match self.of {
            Of::Household(uuid) => Some(HouseholdId { commune: self.commune, uuid }),
            Of::Commune | Of::Hamlet(_) => None,
        }
    }

    /// The area's code; `None` for a household.
    #[must_use]
    pub fn area(self) -> Option<AreaCode> {
        match self.of {
            Of::Household(_) => None,
            Of::Commune => Some(AreaCode::Commune(self.commune)),
            Of::Hamlet(number) => HamletCode::new(self.commune, number).map(AreaCode::Hamlet),
        }
    }
}

impl From<HouseholdId> for Subject {
    fn from(HouseholdId { commune, uuid }: HouseholdId) -> Self {
        Subject { commune, of: Of::Household(uuid) }
    }
}

impl From<HamletCode> for Subject {
    fn from(HamletCode { commune, number }: HamletCode) -> Self {
        Subject { commune, of: Of::Hamlet(number) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Household(uuid) => HouseholdId { commune: self.commune, uuid }.fmt(f),
            Of::Commune => self.commune.fmt(f),
            Of::Hamlet(number) => write!(f, "{}-{number:02}", self.commune),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A household's id is by far the longest.
        if text.len() > "29173-04".len() {
            return text.parse::<HouseholdId>().map(Subject::from);
        }
        match text.parse::<AreaCode>() {
            Ok(AreaCode::Commune(commune)) => Ok(Subject { commune, of: Of::Commune }),
            Ok(AreaCode::Hamlet(hamlet)) => Ok(hamlet.into()),
            Ok(AreaCode::Province(_) | AreaCode::District(_)) | Err(_) => {
                Err("a record is of a household, given by its id, or of a hamlet or commune, by its code"
                    .to_owned())
            }
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}
