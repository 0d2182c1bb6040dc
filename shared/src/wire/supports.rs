//! Supports of the year after a round: how many households are entitled, who they are, and what they were given:
//! `/api/v1/supports`.

use serde::{Deserialize, Serialize};

use crate::area::AreaCode;
use crate::record::{HouseholdId, Round};
use crate::standard::{Class, Note};

/// Most households of which is written at once what they were given.
pub const MOST_GIVEN: usize = 200;

/// The supports that somebody may see, of an area: `GET /api/v1/supports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportsPage {
    /// The area.
    pub area: AreaCode,
    /// The round whose list holds.
    pub round: Round,
    /// The year in which it holds: the one after the round.
    pub year: u16,
    /// Whether the law files have the supports of that year. Where they do not, there may still be some.
    pub known: bool,
    /// The supports, in the order of the law file.
    pub supports: Vec<SupportFigures>,
}

/// A support with its figures in an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportFigures {
    /// Its id, such as `electricity`.
    pub support: String,
    /// Its name.
    pub name: Note,
    /// The quarters in which it is in force on some day.
    pub in_force: Vec<u8>,
    /// Households entitled to it for certain, as far as their records say.
    pub entitled: i64,
    /// Of these, households that were given it at some time of the year.
    pub served: i64,
    /// Other households that were given it.
    pub served_else: i64,
    /// What was paid in the year, in đồng.
    pub paid: i64,
}

/// Which households of a support are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupportList {
    /// Entitled, and not given it yet in the year.
    Left,
    /// All that are entitled.
    Entitled,
    /// Given it, entitled or not.
    Served,
}

impl SupportList {
    /// All lists, with their words in addresses.
    pub const ALL: [(&'static str, SupportList); 3] =
        [("left", SupportList::Left), ("entitled", SupportList::Entitled), ("served", SupportList::Served)];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        SupportList::ALL[self as usize].0
    }
}

/// A page of the households of a support: `GET /api/v1/supports/{support}/households`. By district and commune in the plan's
/// order, then by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportedPage {
    /// The area.
    pub area: AreaCode,
    /// The round whose list holds.
    pub round: Round,
    /// The households.
    pub households: Vec<SupportedHousehold>,
    /// How many there are in all; null where that is not known without reading every commune.
    pub total: Option<u64>,
    /// Where to go on from: `from` of the next page; null at the end.
    pub next: Option<String>,
}

/// A household of a support: all that a department sees of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportedHousehold {
    /// The household. Its id begins with its commune's code.
    pub household: HouseholdId,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// Name of its head.
    pub head_name: Option<String>,
    /// Where the house is.
    pub address: Option<String>,
    /// Its class by the round's list.
    pub class: Option<Class>,
    /// Whether it is entitled for certain.
    pub entitled: bool,
    /// The quarters in which it was given the support.
    pub given: Vec<GivenQuarter>,
}

/// What a household was given in a quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GivenQuarter {
    /// The quarter, 1..=4.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4))]
    pub quarter: u8,
    /// What was paid, in đồng; null where it was not money, or the sum was not said.
    pub paid: Option<i64>,
    /// Who gave it.
    pub by: Option<String>,
}

/// What households were given in a quarter: `POST /api/v1/supports/{support}/given`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SupportGiven {
    /// The round whose list holds.
    pub round: Round,
    /// The quarter of the year after it, 1..=4.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4))]
    pub quarter: u8,
    /// The households, at most 200.
    pub households: Vec<HouseholdId>,
    /// Whether they were given it; `false` takes back what was ticked off by mistake.
    pub given: bool,
    /// What each was paid, in đồng.
    #[serde(default)]
    pub paid: Option<i64>,
    /// Who gave it.
    #[serde(default)]
    pub by: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportWritten {
    /// Households of which something was written; of the others it stood there already.
    pub written: u64,
    /// Households of which nothing could be written, with why.
    pub refused: Vec<NotGiven>,
}

/// A household of which nothing could be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotGiven {
    /// The household.
    pub household: HouseholdId,
    /// Why not, and what to do.
    pub why: Note,
}
