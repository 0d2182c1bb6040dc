//! What officers are told of a round and write about it: `/api/v1/rounds/…`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::area::{CommuneCode, HamletCode};
use crate::record::{FieldPath, HouseholdId, Round, Value};
use crate::stage::{Blocks, Stage};
use crate::standard::Class;

/// What a unit says of a round's opening. A commune that says nothing goes by its district, and that by the province.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundOpening {
    /// Number of the decision that opens the round.
    pub decision: Option<String>,
    /// Date of that decision, and first and last day of the survey, each like `2011-10-01`; null where not said.
    pub dates: [Option<String>; 3],
}

/// The communes of an area in a round: `GET /api/v1/rounds/{round}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundOverview {
    /// The round.
    pub round: Round,
    /// The communes, by code.
    pub communes: Vec<CommuneRound>,
    /// What the area itself says of the opening.
    #[serde(default)]
    pub opening: RoundOpening,
    /// What the areas above it say, the nearest first to be heard.
    #[serde(default)]
    pub above: RoundOpening,
}

/// How far a commune's round is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommuneRound {
    /// The commune.
    pub commune: CommuneCode,
    /// The stage that it has reached; null where it was never opened.
    pub stage: Option<Stage>,
    /// Whether this round or a later one is closed: what is entered into it now counts nowhere.
    pub frozen: bool,
    /// Whether the district has reported the result.
    pub reported: bool,
    /// What the commune itself says of the opening.
    #[serde(flatten)]
    pub opening: RoundOpening,
    /// Why it was last sent back, in the words of who did.
    pub reason: Option<String>,
    /// What stands in the way.
    pub blocks: Blocks,
    /// Households whose records were edited after the round was closed: what was entered then counts nowhere.
    pub late: u64,
    /// Households recorded.
    pub recorded: u64,
    /// Households declared by hamlets, of those that have.
    pub declared: u64,
}

/// A commune's round with its hamlets: `GET /api/v1/rounds/{round}/communes/{commune}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommuneDetail {
    /// The commune's round.
    #[serde(flatten)]
    pub of: CommuneRound,
    /// What its district and the province say of the opening, which goes for what the commune does not say.
    #[serde(default)]
    pub above: RoundOpening,
    /// The hamlets that have households or a record, by number.
    pub hamlets: Vec<HamletRound>,
}

/// A hamlet in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HamletRound {
    /// The hamlet.
    pub hamlet: HamletCode,
    /// The name that it was last given, in this round or before.
    pub name: Option<String>,
    /// Whether it is no hamlet any more.
    pub ended: bool,
    /// Number of all its households, surveyed or not; null where it is not declared.
    pub declared: Option<u64>,
    /// How many of these belong to an ethnic minority.
    pub declared_ethnic_minority: Option<u64>,
    /// Who surveys it.
    pub surveyor: Option<String>,
    /// Households recorded.
    pub recorded: u64,
    /// Records that are not complete: they have no class yet.
    #[serde(default)]
    pub incomplete: u64,
    /// Households of last round's list that are still to be visited.
    pub pending: u64,
}

/// Reason why a household is on a list to work through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkList {
    /// On last round's list, and not visited.
    Pending,
    /// It has a record, and no class yet: begun, or put on the list because it asked.
    Incomplete,
    /// People disagree on a field.
    Conflicts,
    /// Sent back by the meeting.
    SentBack,
    /// Edited after the round was closed.
    Late,
}

impl WorkList {
    /// All lists, with the words used in addresses.
    pub const ALL: [(&'static str, WorkList); 5] = [
        ("pending", WorkList::Pending),
        ("incomplete", WorkList::Incomplete),
        ("conflicts", WorkList::Conflicts),
        ("sent_back", WorkList::SentBack),
        ("late", WorkList::Late),
    ];
}

/// Households of a commune to work through: `GET /api/v1/rounds/{round}/communes/{commune}/households`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkPage {
    /// The households, by hamlet and name of the head; the first 500.
    pub households: Vec<WorkItem>,
    /// Whether there are more.
    pub more: bool,
}

/// Whom to look for among the households that a commune's register has in a round or before:
/// `POST /api/v1/rounds/{round}/communes/{commune}/known`, answered with a [`WorkPage`] of at most 20, each by its latest
/// record. Posted, because no name stands in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FindHousehold {
    /// Words of the head's name, with or without marks.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: String,
}

/// A household on a list to work through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkItem {
    /// The household.
    pub household: HouseholdId,
    /// Its hamlet's number.
    pub hamlet: Option<u8>,
    /// Name of its head.
    pub head_name: Option<String>,
    /// The class that counts: of a household that was not visited, that of the round before.
    pub class: Option<Class>,
    /// The class that what was entered late would give; only in the list of these, null where it would be none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_be: Option<Class>,
}

/// What an officer writes about an area in a round: `PATCH /api/v1/rounds/{round}/areas/{area}` of a hamlet or a commune,
/// `PATCH /api/v1/rounds/{round}` of a district or the province.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AreaEdit {
    /// The fields and what they are to hold; null clears one.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub fields: BTreeMap<FieldPath, Value>,
}

/// A household that is to be visited though it is not on last round's list: it has asked (Mẫu số 01), something has befallen
/// it, or it has split off another. `POST /api/v1/rounds/{round}/communes/{commune}/visits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewVisit {
    /// The household, where the commune's register has it already, in this round or before; then its hamlet and head need not
    /// be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The household that it has split off (tách hộ), where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<HouseholdId>,
    /// Number of its hamlet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 99))]
    pub hamlet: Option<u8>,
    /// Name of its head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_name: Option<String>,
    /// Where the house is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When it asked, like `2011-09-15`; absent where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Why it asked, in its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What has befallen it: paths of [`crate::household::field::EVENTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 8))]
    pub events: Vec<FieldPath>,
}

/// What a review on request within the round's year found (rà soát thường xuyên, since 2022):
/// `POST /api/v1/rounds/{round}/communes/{commune}/reviews`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// The household, which the commune's register has in this round or before.
    pub household: HouseholdId,
    /// The month of the round's year.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 12))]
    pub month: u8,
    /// The class found; null takes the review back.
    pub class: Option<Class>,
    /// When it was decided, like `2023-03-20`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// The reviews on request within the round's year: `GET /api/v1/rounds/{round}/communes/{commune}/reviews`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewPage {
    /// The reviews, the latest month first; at most 500.
    pub reviews: Vec<ReviewItem>,
    /// Whether there are more.
    pub more: bool,
}

/// A review on request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewItem {
    /// The household.
    pub household: HouseholdId,
    /// Number of its hamlet; null where it is not recorded.
    pub hamlet: Option<u8>,
    /// Name of its head, as recorded.
    pub head_name: Option<String>,
    /// The month, 1..=12.
    pub month: u8,
    /// The class found.
    pub class: Class,
    /// When it was decided.
    pub date: Option<String>,
}

/// A commune's round moved to a stage: `POST /api/v1/rounds/{round}/communes/{commune}/stage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StageMove {
    /// The stage it is at, as the page shows it; null where it was never opened. Another one is refused: somebody moved it
    /// meanwhile.
    pub from: Option<Stage>,
    /// The stage to go to: the next one, or an earlier one.
    pub to: Stage,
    /// Why, where it goes back: at most 300 letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
