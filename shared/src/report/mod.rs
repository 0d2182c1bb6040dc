//! Tallies as tables: the same for the page, the API, CSV and the command line.
//!
//! The names of the answer's parts are those of the plan's own figures (mục I of Kế hoạch 1051/KH-UBND).

mod months;
mod movement;
mod sheet;
mod targets;

use std::collections::BTreeSet;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::area::{self, AreaCode, Commune, HamletCode, Residence};
use crate::count::{Book, Listed, Measure, Period, Tally, percent};
use crate::household::{Cause, Group};
use crate::record::Round;
use crate::standard::Class;

pub use self::months::{Month, MonthMoved, Months, OnList, months};
pub use self::movement::{Moved, Movement, MovementRow, Opening, Origins, movement};
pub use self::sheet::{Basis, Cell, DISTRICT, HEADS, Head, Sheet, heads};
pub use self::targets::{Step, Targets, targets};

/// The kind of area that each row of a table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Figures of the rural or the urban part, in percent of all households of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResidenceSplit {
    /// All households of this part.
    pub households: i64,
    /// Poor households.
    pub poor: i64,
    /// Poor households of this part in percent of all households, rural and urban together.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub poor_percent_of_all_households: Option<Decimal>,
    /// Near-poor households.
    pub near_poor: i64,
    /// Near-poor households of this part in percent of all households, rural and urban together.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub near_poor_percent_of_all_households: Option<Decimal>,
}

impl ResidenceSplit {
    /// Poor households in percent of the households of this part alone (tỷ lệ nghèo trong khu vực).
    #[must_use]
    pub fn poor_percent_within(&self) -> Option<Decimal> {
        percent(self.poor, self.households)
    }

    /// Near-poor households in percent of the households of this part alone.
    #[must_use]
    pub fn near_poor_percent_within(&self) -> Option<Decimal> {
        percent(self.near_poor, self.households)
    }
}

/// The figures of the rural and of the urban part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Residences {
    /// Rural communes (nông thôn).
    pub rural: ResidenceSplit,
    /// Urban communes (thành thị).
    pub urban: ResidenceSplit,
}

/// Poor households with one cause, or in one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    /// Identifier of the cause or group, such as `lack_of_means`.
    pub id: String,
    /// Its name in the plan.
    pub vi: String,
    /// Its name in English.
    pub en: String,
    /// Number of poor households with this cause, or in this group.
    pub households: i64,
    /// Share of all poor households, in percent.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub percent: Option<Decimal>,
}

/// A commune named in a band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedCommune {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its district's code.
    pub district: String,
    /// Its poor households in percent of all its households.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub poor_percent: Option<Decimal>,
}

/// The communes of one band of poor rates, the poorest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RateBand {
    /// Number of communes.
    pub count: usize,
    /// The communes, the poorest first.
    pub communes: Vec<NamedCommune>,
}

/// Communes by poor rate: poor households in percent of all, compared without rounding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RateBands {
    /// Over 30 %.
    pub over_30: RateBand,
    /// 25 % to 30 %, both included: the plan's words, over 30 % and under 30 %, leave out 30 % itself.
    pub from_25_to_30: RateBand,
    /// 20 % to under 25 %.
    pub from_20_to_under_25: RateBand,
    /// Under 20 %, and communes without any record.
    pub under_20: RateBand,
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

/// Households that lack one indicator (chỉ số thiếu hụt).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LackingIndicator {
    /// The indicator's id, such as `toilet`.
    pub id: String,
    /// Its legal name in Vietnamese.
    pub vi: String,
    /// Its name in English.
    pub en: String,
    /// Poor households that lack it, as far as their records say.
    pub poor: i64,
    /// Near-poor households that lack it, as far as their records say.
    pub near_poor: i64,
}

/// The table of an area: rows, total, and communes by poor rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The rows.
    pub rows: Vec<Row>,
    /// The total row (tổng cộng).
    pub total: Row,
    /// Communes by poor rate.
    pub communes_by_poor_rate: RateBands,
}

/// The table of an area, from running sums.
///
/// # Errors
/// When the area cannot be divided so: only the province and a district count by district, no hamlet by commune,
/// and only a commune by hamlet.
pub fn table(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Table, String> {
    let rows = rows(book, area, round, by)?;
    let communes = communes(book, area, round.into());
    let all = communes.iter().map(|(_, tally)| tally).sum();
    Ok(Table {
        rows,
        total: row(None, area, area.name(), None, &all),
        communes_by_poor_rate: bands(&communes),
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
/// When the area cannot be divided so, as for [`table`].
pub fn statistics(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Statistics, String> {
    let Table { rows, total, communes_by_poor_rate } = table(book, area, round, by)?;
    let communes = communes(book, area, round.into());
    let part = |residence| -> Tally {
        communes.iter().filter(|(c, _)| c.residence() == residence).map(|(_, tally)| tally).sum()
    };
    let (rural, urban) = (part(Residence::Rural), part(Residence::Urban));
    let mut all = rural;
    all += &urban;
    let year = i16::try_from(round.year()).unwrap_or(0);
    let standard = crate::law::standard_for_round(year);
    let indicators = crate::law::last_standard(year).map(|last| last.indicators.iter());
    let lack = |listed, id: &str| Measure::of_indicator(listed, id).map_or(0, |measure| all.get(measure));
    Ok(Statistics {
        area,
        round,
        by,
        standard: standard.map_or_else(String::new, |s| s.id.to_string()),
        rows,
        total,
        residence: Residences { rural: split(&rural, &all), urban: split(&urban, &all) },
        poor_by_main_cause: Cause::ALL
            .into_iter()
            .map(|c| share(c.word(), c.name_vi(), c.name_en(), all.get(Measure::of_cause(c)), &all))
            .collect(),
        poor_by_group_overlapping: Group::ALL
            .into_iter()
            .map(|g| share(g.word(), g.name_vi(), g.name_en(), all.get(Measure::of_group(g)), &all))
            .collect(),
        communes_by_poor_rate,
        lacking: indicators
            .into_iter()
            .flatten()
            .map(|indicator| LackingIndicator {
                id: indicator.id.to_string(),
                vi: indicator.name_vi.to_string(),
                en: indicator.name_en.to_string(),
                poor: lack(Listed::Poor, &indicator.id),
                near_poor: lack(Listed::NearPoor, &indicator.id),
            })
            .collect(),
    })
}

fn rows(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Vec<Row>, String> {
    let areas = areas(book, area, &[round], by)?;
    let row = |(at, of): (usize, Area)| {
        let stt = u16::try_from(at + 1).ok();
        let tally = of.tally(book, round);
        row(stt, of.code, of.name, of.district, &tally)
    };
    Ok(areas.into_iter().enumerate().map(row).collect())
}

/// What one row of a table counts.
struct Area {
    code: AreaCode,
    name: String,
    /// Code of the district, of a commune.
    district: Option<String>,
    /// Rural or urban, of a commune.
    residence: Option<Residence>,
    /// The number of a hamlet; 0 for records that name none.
    hamlet: Option<u8>,
}

impl Area {
    fn tally(&self, book: &Book, round: Round) -> Tally {
        match (self.code, self.hamlet) {
            (AreaCode::District(code), _) => {
                Residence::ALL.map(|residence| book.district_part(round, code, residence)).iter().sum()
            }
            (AreaCode::Hamlet(HamletCode { commune, .. }) | AreaCode::Commune(commune), Some(number)) => {
                let found = book.hamlets(round, commune).find(|(hamlet, _)| *hamlet == number);
                found.map(|(_, tally)| *tally).unwrap_or_default()
            }
            (AreaCode::Commune(code), None) => {
                area::commune(code).map(|commune| book.commune(round, commune)).unwrap_or_default()
            }
            (AreaCode::Province(_) | AreaCode::Hamlet(_), _) => Tally::default(),
        }
    }
}

/// The areas that the rows of a table count, in the plan's order: all districts or communes of an area, or a commune's
/// hamlets that have anything in one of these rounds.
fn areas(book: &Book, area: AreaCode, rounds: &[Round], by: By) -> Result<Vec<Area>, String> {
    match (by, area) {
        (By::District, AreaCode::Province(_) | AreaCode::District(_)) => Ok(area::districts()
            .iter()
            .filter(|d| matches!(area, AreaCode::Province(_)) || area == AreaCode::District(d.code))
            .map(|d| {
                let (code, name) = (AreaCode::District(d.code), d.name.to_owned());
                Area { code, name, district: None, residence: None, hamlet: None }
            })
            .collect()),
        (By::Commune, AreaCode::Province(_) | AreaCode::District(_) | AreaCode::Commune(_)) => {
            Ok(area::districts()
                .iter()
                .flat_map(|d| area::communes_of(d.code))
                .filter(|c| area.contains_commune(c))
                .map(|c| {
                    let (code, name) = (AreaCode::Commune(c.code), c.name.to_owned());
                    let (district, residence) = (Some(c.district.to_string()), Some(c.residence()));
                    Area { code, name, district, residence, hamlet: None }
                })
                .collect())
        }
        (By::Hamlet, AreaCode::Commune(commune)) => {
            let hamlets = rounds.iter().flat_map(|round| book.hamlets(*round, commune));
            let numbers = hamlets.filter(|(_, tally)| !tally.is_zero()).map(|(number, _)| number);
            let numbers: BTreeSet<u8> = numbers.collect();
            let row = |number| {
                let (code, name) = match HamletCode::new(commune, number) {
                    Some(hamlet) => (AreaCode::Hamlet(hamlet), hamlet.name()),
                    None => (AreaCode::Commune(commune), Row::unplaced()),
                };
                Area { code, name, district: None, residence: None, hamlet: Some(number) }
            };
            Ok(numbers.into_iter().map(row).collect())
        }
        _ => Err(match by {
            By::District => "only the province or a district can be counted by district",
            By::Commune => "a hamlet cannot be counted by commune",
            By::Hamlet => "only one commune at a time can be counted by hamlet",
        }
        .to_owned()),
    }
}

fn row(stt: Option<u16>, code: AreaCode, name: String, district: Option<String>, tally: &Tally) -> Row {
    let [poor, near_poor, low_income, above] = Class::ALL.map(|class| tally.class(class));
    Row {
        stt,
        code: code.to_string(),
        name,
        district,
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

fn split(part: &Tally, all: &Tally) -> ResidenceSplit {
    let (poor, near_poor) = (part.class(Class::Poor), part.class(Class::NearPoor));
    ResidenceSplit {
        households: part.all_households(),
        poor,
        poor_percent_of_all_households: percent(poor, all.all_households()),
        near_poor,
        near_poor_percent_of_all_households: percent(near_poor, all.all_households()),
    }
}

fn share(id: &str, vi: &str, en: &str, households: i64, all: &Tally) -> Share {
    let percent = percent(households, all.class(Class::Poor));
    Share { id: id.to_owned(), vi: vi.to_owned(), en: en.to_owned(), households, percent }
}

fn bands(communes: &[(&Commune, Tally)]) -> RateBands {
    let mut by_rate: Vec<_> = communes.iter().collect();
    // Poorest first; equal rates by code. Cross-multiplied, so that nothing is rounded before it is compared.
    by_rate.sort_by(|(a, x), (b, y)| {
        let left = i128::from(y.class(Class::Poor)) * i128::from(x.all_households().max(1));
        let right = i128::from(x.class(Class::Poor)) * i128::from(y.all_households().max(1));
        left.cmp(&right).then(a.code.cmp(&b.code))
    });
    let mut bands = RateBands::default();
    for (commune, tally) in by_rate {
        let (poor, households) = (tally.class(Class::Poor), tally.all_households());
        let band = if poor * 100 > households * 30 {
            &mut bands.over_30
        } else if households > 0 && poor * 100 >= households * 25 {
            &mut bands.from_25_to_30
        } else if households > 0 && poor * 100 >= households * 20 {
            &mut bands.from_20_to_under_25
        } else {
            &mut bands.under_20
        };
        band.count += 1;
        band.communes.push(NamedCommune {
            code: commune.code.to_string(),
            name: commune.name.to_owned(),
            district: commune.district.to_string(),
            poor_percent: percent(poor, households),
        });
    }
    bands
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_has_one_band() {
        for (poor, households, expected) in [
            (3_001, 10_000, [1, 0, 0, 0]),
            (30, 100, [0, 1, 0, 0]),
            (25, 100, [0, 1, 0, 0]),
            (2_499, 10_000, [0, 0, 1, 0]),
            (20, 100, [0, 0, 1, 0]),
            (1_999, 10_000, [0, 0, 0, 1]),
            (0, 0, [0, 0, 0, 1]),
        ] {
            let tally = Tally::default()
                .with(Measure::Households, households)
                .with(Measure::Poor, poor)
                .with(Measure::Above, households - poor);
            let (commune, mut book) = (&area::communes()[0], Book::default());
            book.add(Round::CENSUS_2010.into(), commune.code, 1, &tally);
            let bands = bands(&[(commune, book.commune(Round::CENSUS_2010, commune))]);
            let found = [&bands.over_30, &bands.from_25_to_30, &bands.from_20_to_under_25, &bands.under_20];
            assert_eq!(found.map(|band| band.count), expected, "{poor} of {households}");
        }
    }
}
