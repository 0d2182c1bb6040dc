//! Tallies as tables: the same for the page, the API, CSV and the command line.
//!
//! The names of the answer's parts are those of the plan's own figures (mục I of Kế hoạch 1051/KH-UBND).

mod bands;
mod coverage;
mod gap;
mod headline;
pub mod households;
mod kind;
mod months;
mod movement;
mod notes;
mod plan;
mod reasons;
mod residence;
mod table;
mod targets;
mod units;

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use self::units::{Units, areas};
use crate::area::{self, AreaCode, Commune, DistrictCode};
use crate::count::{Book, Measure, Period, Tally, percent};
use crate::record::Round;
use crate::standard::Class;

pub use self::bands::{BAND_NUMBERS, BANDS, NamedCommune, RateBand, RateBands};
pub use self::gap::Incomes;
pub use self::kind::{Asked, Misfit, ReportArea, ReportInfo, ReportKind, ReportSection};
pub use self::months::{Month, MonthMoved, Months, OnList, months};
pub use self::movement::{Moved, Movement, MovementRow, Opening, Origins, movement};
pub use self::plan::{Basis, DISTRICT, HEADS, heads};
pub use self::reasons::{LackingIndicator, Share};
pub use self::residence::{ResidenceSplit, Residences};
pub use self::table::{Cell, Column, Derived, Head, Kind, Line, LineKind, Table, note};
pub use self::targets::{Step, Targets, targets};

/// The kind of area that each row of a table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Districts (huyện, thành phố), as in the plan's own table.
    District,
    /// Communes (xã, phường, thị trấn).
    Commune,
    /// Hamlets (ấp, khóm, khu phố).
    Hamlet,
}

impl By {
    /// All kinds, with the words used in addresses and on the command line.
    pub const ALL: [(&'static str, By); 3] =
        [("district", By::District), ("commune", By::Commune), ("hamlet", By::Hamlet)];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        By::ALL[self as usize].0
    }
}

impl FromStr for By {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = By::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, by)| by);
        found.ok_or_else(|| "rows are by `district`, `commune` or `hamlet`".to_owned())
    }
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Row {
    /// The number in the first column (STT); none for the total.
    pub stt: Option<u16>,
    /// The area's code.
    pub code: String,
    /// The area's name (đơn vị).
    pub name: String,
    /// Code of the district that a commune lies in; only in rows of communes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// All households (tổng số hộ dân): those that the hamlets declare, and of hamlets that declare none those recorded.
    pub households: i64,
    /// Households recorded (hộ đã ghi).
    #[serde(default)]
    pub recorded: i64,
    /// Of all households, those recorded in hamlets that declare none.
    #[serde(default)]
    pub undeclared: i64,
    /// People who count as members.
    pub persons: i64,
    /// Poor households (hộ nghèo).
    pub poor: i64,
    /// Poor households in percent of all households; null when there are none.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub poor_percent: Option<Decimal>,
    /// Near-poor households (hộ cận nghèo).
    pub near_poor: i64,
    /// Near-poor households in percent of all households; null when there are none.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub near_poor_percent: Option<Decimal>,
    /// Households over 130 % to 150 % of the poverty line.
    pub low_income: i64,
    /// Households above every line.
    pub above: i64,
    /// Households whose record does not say enough yet.
    pub undecided: i64,
    /// Households whose class is our estimate by income, where the official review decides by points.
    #[serde(default)]
    pub estimated: i64,
    /// Households whose class would be another one by the other treatment of the state's allowances, where neither is
    /// established.
    #[serde(default)]
    pub open_treatment: i64,
}

/// The figures of an area in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statistics {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// The kind of area that each row counts.
    pub by: By,
    /// Id of the standard by which the classes were decided.
    pub standard: String,
    /// The rows of the table.
    pub rows: Vec<Row>,
    /// The total row (tổng cộng).
    pub total: Row,
    /// The figures of the rural and of the urban part.
    pub residence: Residences,
    /// Poor households by main cause.
    pub poor_by_main_cause: Vec<Share>,
    /// Poor households by group; they overlap.
    pub poor_by_group_overlapping: Vec<Share>,
    /// Communes by poor rate.
    pub communes_by_poor_rate: RateBands,
    /// What poor and near-poor households lack, by the standard of the round's last word; left out where that has no
    /// indicators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<LackingIndicator>,
}

/// The figures of an area's rows: rows, total, and communes by poor rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The rows.
    pub rows: Vec<Row>,
    /// The total row (tổng cộng).
    pub total: Row,
    /// Communes by poor rate.
    pub communes_by_poor_rate: RateBands,
}

/// The figures of an area's rows, from running sums.
///
/// # Errors
/// When the area cannot be divided so: only the province and a district count by district, no hamlet by commune,
/// and only a commune by hamlet.
pub fn figures(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Figures, String> {
    let rows = rows(book, area, round, by)?;
    let communes = communes(book, area, round.into());
    let all = communes.iter().map(|(_, tally)| tally).sum();
    Ok(Figures {
        rows,
        total: row(None, area, area.name(), None, &all),
        communes_by_poor_rate: bands::bands(&communes),
    })
}

/// The tally of an area that is no hamlet.
fn tally_of(book: &Book, area: AreaCode, period: impl Into<Period>) -> Tally {
    communes(book, area, period.into()).iter().map(|(_, tally)| tally).sum()
}

fn communes(book: &Book, area: AreaCode, period: Period) -> Vec<(&'static Commune, Tally)> {
    let inside = area::communes().iter().filter(|c| area.contains_commune(c));
    inside.map(|c| (c, book.commune(period, c))).collect()
}

/// The figures of an area, from running sums.
///
/// # Errors
/// When the area cannot be divided so, as for [`figures`].
pub fn statistics(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Statistics, String> {
    let Figures { rows, total, communes_by_poor_rate } = figures(book, area, round, by)?;
    let communes = communes(book, area, round.into());
    let all: Tally = communes.iter().map(|(_, tally)| tally).sum();
    let standard = crate::law::standard_for_round(year(round));
    Ok(Statistics {
        area,
        round,
        by,
        standard: standard.map_or_else(String::new, |s| s.id.to_string()),
        rows,
        total,
        residence: residence::residences(&communes),
        poor_by_main_cause: reasons::by_cause(&all),
        poor_by_group_overlapping: reasons::by_group(&all),
        communes_by_poor_rate,
        lacking: reasons::lacking(&all, round),
    })
}

/// A report as a table. `incomes` are those of the area in the round, which [`ReportKind::Gap`] alone needs: for any other report
/// none.
///
/// # Errors
/// When there is no such report; [`Asked::misfit`] says why.
pub fn make(book: &Book, incomes: &Incomes, asked: Asked) -> Result<Table, String> {
    if let Some(misfit) = asked.misfit() {
        return Err(misfit.said.en.into_owned());
    }
    let Asked { kind, area, round, listed, .. } = asked;
    let by = asked.by();
    let units = || Units::of(book, area, round, by);
    Ok(match kind {
        ReportKind::District | ReportKind::Commune | ReportKind::Hamlet => {
            let statistics = statistics(book, area, round, by)?;
            statistics.table(&statistics.rows)
        }
        ReportKind::Headline => headline::headline(&units()?),
        ReportKind::Residence => residence::table(book, area, round),
        ReportKind::Bands => bands::table(book, area, round),
        ReportKind::Movement => movement(book, area, round, by)?.table(listed),
        ReportKind::Origins => headline::origins(&units()?),
        ReportKind::Months => months(book, area, round)?.table(),
        ReportKind::Causes => reasons::causes(&units()?),
        ReportKind::Groups => reasons::groups(&units()?),
        ReportKind::Indicators => reasons::indicators(&units()?, listed),
        ReportKind::Minorities => reasons::minorities(&units()?),
        ReportKind::Targets => targets(book, area)?.table(),
        ReportKind::Gap => incomes.table(area, by)?,
        ReportKind::Coverage => coverage::coverage(book, area, round),
        ReportKind::Electricity => coverage::electricity(book, area, round, by)?,
        ReportKind::Insurance => coverage::insurance(book, area, round, by)?,
    })
}

/// The round's year, as the law counts years.
fn year(round: Round) -> i16 {
    i16::try_from(round.year()).unwrap_or(0)
}

fn rows(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Vec<Row>, String> {
    let areas = areas(book, area, &[round], by)?;
    let row = |(at, of): (usize, units::Area)| {
        let stt = u16::try_from(at + 1).ok();
        let tally = of.tally(book, round);
        row(stt, of.code, of.name, of.district, &tally)
    };
    Ok(areas.into_iter().enumerate().map(row).collect())
}

fn row(stt: Option<u16>, code: AreaCode, name: String, district: Option<DistrictCode>, tally: &Tally) -> Row {
    let [poor, near_poor, low_income, above] = Class::ALL.map(|class| tally.class(class));
    Row {
        stt,
        code: code.to_string(),
        name,
        district: district.map(|code| code.to_string()),
        households: tally.all_households(),
        recorded: tally.households(),
        undeclared: tally.undeclared(),
        persons: tally.persons(),
        poor,
        poor_percent: percent(poor, tally.all_households()),
        near_poor,
        near_poor_percent: percent(near_poor, tally.all_households()),
        low_income,
        above,
        undecided: tally.undecided(),
        estimated: tally.get(Measure::Estimated),
        open_treatment: tally.get(Measure::OpenTreatment),
    }
}

/// Percentages travel as text, `"15.55"`, so that no reader rounds them again.
mod percent_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(percent: &Option<Decimal>, s: S) -> Result<S::Ok, S::Error> {
        percent.map(|p| p.to_string()).serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Decimal>, D::Error> {
        Option::<String>::deserialize(d)?.map(|t| t.parse().map_err(de::Error::custom)).transpose()
    }
}
