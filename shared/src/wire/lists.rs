//! Lists of households, by what they add to the figures: `/api/v1/households`.

use serde::{Deserialize, Serialize};

use crate::area::AreaCode;
use crate::household::{Cause, Group, Sex};
use crate::record::{HouseholdId, Round};
use crate::standard::Class;

/// Most households on a page of a list.
pub const MAX_PAGE: usize = 100;
/// Most households that a search finds.
pub const MAX_FOUND: usize = 200;
/// Most households in a file.
pub const MAX_FILE: usize = 60_000;
/// Longest text that is looked for in names, in characters.
pub const LONGEST_NAME: usize = 100;

/// A household on a list, as its record of the round says; where it has none, as that of the round before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedHousehold {
    /// The household. Its id begins with its commune's code.
    pub household: HouseholdId,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// Name of its head.
    pub head_name: Option<String>,
    /// The head's year of birth.
    pub birth_year: Option<i64>,
    /// The head's sex: `female` or `male`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^(female|male)$"))]
    pub sex: Option<Sex>,
    /// Whether the head belongs to an ethnic minority.
    pub ethnic_minority: bool,
    /// Number of people who count as members.
    pub members: Option<u8>,
    /// Its class in the round; null where it has none yet, or was not surveyed.
    pub class: Option<Class>,
    /// Its class by the standard that opens the next period, in a round that has two results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening_class: Option<Class>,
    /// Income of one member, in đồng a month, rounded to the đồng.
    pub income_per_person: Option<i64>,
    /// The main cause of its poverty, such as `lack_of_means`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub main_cause: Option<Cause>,
    /// The groups that it is in, such as `female_headed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub groups: Vec<Group>,
    /// How many indicators it is known to lack; null where the round's standard has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<u8>,
    /// Where the house is.
    pub address: Option<String>,
    /// How it has moved in the round: words of the measures that it adds to, such as `poor_to_near_poor`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<String>,
    /// Number of its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// A page of a list: `GET /api/v1/households`. By district and commune in the plan's order, then by name as people sort
/// them: given name first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HouseholdPage {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// The households. A page may be short, or even empty, and `next` still lead on.
    pub households: Vec<ListedHousehold>,
    /// How many there are in all; null where that is not known without reading every commune.
    pub total: Option<u64>,
    /// Place of the first of these in the whole list, from 0; null where that is not known.
    pub at: Option<u64>,
    /// Where to go on from: `from` of the next page; null at the end.
    pub next: Option<String>,
}

/// Whom to look for: `POST /api/v1/households/search`. Posted, because no name stands in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HouseholdSearch {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// Which households to look among, as in an address of a list; all that are recorded when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Words of the head's name, with or without marks.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: String,
}

/// Whom a search has found: at most 200, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HouseholdsFound {
    /// The households.
    pub households: Vec<ListedHousehold>,
    /// Whether there may be more: type more of the name, or choose a smaller area.
    pub more: bool,
}
