//! The calendar of reports, as officers are told it and write it: `/api/v1/calendar`.

use serde::{Deserialize, Serialize};

use crate::area::{AreaCode, UnitCode};
use crate::calendar::{Delivery, DeliverySums, Duty, Every, Sender};
use crate::record::Round;
use crate::standard::Note;

/// The reports that the units of an area send in a round's year: `GET /api/v1/calendar`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarPage {
    /// The area.
    pub area: AreaCode,
    /// The round whose year it is.
    pub round: Round,
    /// The day by which it is told what is late, like `2023-04-05`: today in Vietnam.
    pub today: String,
    /// The reports that somebody in the area sends.
    pub duties: Vec<DutyTerms>,
}

/// A report, and how the units of an area stand with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DutyTerms {
    /// The report.
    pub duty: Duty,
    /// All that it is on in the year, in order.
    pub terms: Vec<TermSums>,
    /// How each unit stands: the area itself where it sends the report; the units in it where this is the report asked for.
    pub units: Vec<UnitDeliveries>,
}

/// What one report is on, until when it is due, and how many units stand how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TermSums {
    /// Which one of the year, from 1.
    pub nth: u8,
    /// Its name, `Quý II/2023`.
    pub name: Note,
    /// Its first day.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// The last day on which the report is in time.
    pub due: String,
    /// How many units stand how.
    pub sums: DeliverySums,
}

/// How a unit stands with a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnitDeliveries {
    /// The unit.
    pub unit: UnitCode,
    /// With each of the year, in order.
    pub deliveries: Vec<Delivery>,
}

/// When a report was sent (`POST /api/v1/calendar/sent`) or received (`POST /api/v1/calendar/received`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeliveryEdit {
    /// The unit that sends it.
    pub unit: UnitCode,
    /// The round whose year it is.
    pub round: Round,
    /// Id of the report.
    pub duty: String,
    /// Which one of the year, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 12))]
    pub nth: u8,
    /// The day, like `2023-04-05`, not later than today; null takes back what was said.
    pub date: Option<String>,
}

/// The reports that are due in a round's year beside those established: `PUT /api/v1/calendar/duties`. What is not among them
/// any more is taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DutiesEdit {
    /// The round whose year it is.
    pub round: Round,
    /// The reports, at most 20.
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub duties: Vec<DutyEdit>,
}

/// A report as an officer enters it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DutyEdit {
    /// Its id; null for a new one.
    #[serde(default)]
    pub id: Option<String>,
    /// Its name, at most 100 letters.
    pub name: String,
    /// Who sends it. Of one that is there it stays as it is.
    pub from: Sender,
    /// What each is on. Of one that is there it stays as it is: what was sent is counted by it.
    pub every: Every,
    /// It is due this many days after the end of what it is on, 1..=90.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 90))]
    pub days: i64,
    /// The report of this register that says what it asks for, by its word.
    #[serde(default)]
    pub report: Option<String>,
}

/// All reports that are due in a round's year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DutyList {
    /// The reports: those established, then those that were entered.
    pub duties: Vec<Duty>,
}
