//! What a record is about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use super::operation::HouseholdId;
use crate::area::{AreaCode, CommuneCode, HamletCode, UnitCode};

/// What a record is about: a household, a hamlet, or a unit: a commune, a district or the province. Written as a household's
/// id, or as the area's code.
///
/// ```
/// use soho_shared::record::Subject;
///
/// let hamlet: Subject = "29173-04".parse().unwrap();
/// assert_eq!((hamlet.household(), hamlet.to_string().as_str()), (None, "29173-04"));
///
/// let household: Subject = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
/// assert_eq!(household.unit, hamlet.unit);
///
/// let district: Subject = "836".parse().unwrap();
/// assert_eq!((district.of, district.commune()), (soho_shared::record::Of::Unit, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The unit that keeps the record: of a household or hamlet its commune.
    pub unit: UnitCode,
    /// What of that unit it is about.
    pub of: Of,
}

/// What of a unit a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// A household of the commune.
    Household(Uuid),
    /// The unit as a whole.
    Unit,
    /// The commune's hamlet with this number, 1..=99.
    Hamlet(u8),
}

impl Subject {
    /// The commune that keeps the record; `None` of a district's and the province's own.
    #[must_use]
    pub fn commune(self) -> Option<CommuneCode> {
        self.unit.commune()
    }

    /// The household's id; `None` for an area.
    #[must_use]
    pub fn household(self) -> Option<HouseholdId> {
        match self.of {
            Of::Household(uuid) => Some(HouseholdId { commune: self.commune()?, uuid }),
            Of::Unit | Of::Hamlet(_) => None,
        }
    }

    /// The area's code; `None` for a household.
    #[must_use]
    pub fn area(self) -> Option<AreaCode> {
        match self.of {
            Of::Household(_) => None,
            Of::Unit => Some(self.unit.area()),
            Of::Hamlet(number) => HamletCode::new(self.commune()?, number).map(AreaCode::Hamlet),
        }
    }
}

impl From<HouseholdId> for Subject {
    fn from(HouseholdId { commune, uuid }: HouseholdId) -> Self {
        Subject { unit: commune.into(), of: Of::Household(uuid) }
    }
}

impl From<HamletCode> for Subject {
    fn from(HamletCode { commune, number }: HamletCode) -> Self {
        Subject { unit: commune.into(), of: Of::Hamlet(number) }
    }
}

impl From<UnitCode> for Subject {
    fn from(unit: UnitCode) -> Self {
        Subject { unit, of: Of::Unit }
    }
}

impl From<CommuneCode> for Subject {
    fn from(commune: CommuneCode) -> Self {
        UnitCode::from(commune).into()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Household(uuid) => write!(f, "{}-{}", self.unit, uuid.simple()),
            Of::Unit => self.unit.fmt(f),
            Of::Hamlet(number) => write!(f, "{}-{number:02}", self.unit),
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
            Ok(AreaCode::Hamlet(hamlet)) => Ok(hamlet.into()),
            Ok(AreaCode::Commune(commune)) => Ok(commune.into()),
            Ok(AreaCode::District(district)) => Ok(UnitCode::from(district).into()),
            Ok(AreaCode::Province(province)) => Ok(UnitCode::from(province).into()),
            Err(_) => {
                Err("a record is of a household, given by its id, or of an area, by its code".to_owned())
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
