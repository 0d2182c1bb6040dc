//! The plan's path: how far an area's poor rate is from what Kế hoạch 1051/KH-UBND set itself in 2011.
//!
//! Section III: *mỗi năm giảm 2 % hộ nghèo (tương đương với 7.180 hộ), giảm tỷ lệ hộ nghèo của tỉnh còn 7 % đến năm 2015 và
//! còn 3 % vào năm 2020*. The two do not agree by arithmetic: 15,55 % less two points a year is 5,55 % in 2015. Both are
//! shown.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::table::{Cell, Column, Line, Table};
use super::{percent_text, tally_of};
use crate::area::AreaCode;
use crate::count::{Book, percent};
use crate::record::Round;
use crate::standard::Class;

/// Points that the rate is to fall each year.
const POINTS_A_YEAR: i64 = 2;
/// The rates that the province is to reach: round, percent.
const GOALS: [(u16, i64); 2] = [(2015, 7), (2020, 3)];

/// One round of the path. Rates are in percent with two decimals; null where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// The round.
    pub round: Round,
    /// All households (tổng số hộ dân); see [`super::Row::households`].
    pub households: i64,
    /// Of these, those recorded in hamlets that declare none.
    pub undeclared: i64,
    /// Poor households; null where nothing is recorded.
    pub poor: Option<i64>,
    /// Poor households in percent of all.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub percent: Option<Decimal>,
    /// The rate of 2010 less two points a year; never below 0.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub by_two_points: Option<Decimal>,
    /// The straight way from the rate of 2010 to 7 % in 2015 and 3 % in 2020. The plan sets these for the province alone.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub to_goal: Option<Decimal>,
}

/// The path of an area from 2010 on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Targets {
    /// The area.
    pub area: AreaCode,
    /// Its rounds: 2010 to 2015, and those after it up to 2020 that have any record.
    pub steps: Vec<Step>,
}

/// The path of an area, from running sums.
///
/// # Errors
/// When the area is a hamlet.
pub fn targets(book: &Book, area: AreaCode) -> Result<Targets, String> {
    if matches!(area, AreaCode::Hamlet(_)) {
        return Err("the path is told of the province, a district or a commune".to_owned());
    }
    let of = |round: Round| tally_of(book, area, round);
    let start = of(Round::CENSUS_2010);
    let base = percent(start.class(Class::Poor), start.all_households());
    let rounds = (2010..=2020).filter_map(Round::new);
    let steps = rounds.map(|round| {
        let tally = of(round);
        let years = i64::from(round.year() - Round::CENSUS_2010.year());
        let poor = (tally.households() > 0).then(|| tally.class(Class::Poor));
        let by_two_points =
            base.map(|base| (base - Decimal::from(POINTS_A_YEAR * years)).max(Decimal::new(0, 2)));
        let is_province = matches!(area, AreaCode::Province(_));
        Step {
            round,
            households: tally.all_households(),
            undeclared: tally.undeclared(),
            poor,
            percent: poor.and_then(|poor| percent(poor, tally.all_households())),
            by_two_points,
            to_goal: base.filter(|_| is_province).and_then(|base| to_goal(base, round)),
        }
    });
    let is_shown = |step: &Step| step.round.year() <= 2015 || step.poor.is_some();
    Ok(Targets { area, steps: steps.filter(is_shown).collect() })
}

/// The rate on the straight way to the next goal.
fn to_goal(base: Decimal, round: Round) -> Option<Decimal> {
    let mut from = (Round::CENSUS_2010.year(), base);
    for (year, goal) in GOALS {
        let goal = Decimal::new(goal * 100, 2);
        if round.year() <= year {
            let done = Decimal::from(round.year() - from.0) / Decimal::from(year - from.0);
            let mut rate = (from.1 + (goal - from.1) * done)
                .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            rate.rescale(2);
            return Some(rate);
        }
        from = (year, goal);
    }
    None
}

impl Targets {
    /// The path as it is handed in.
    #[must_use]
    pub fn table(&self) -> Table {
        let title = ("Chỉ tiêu giảm nghèo của Kế hoạch 1051/KH-UBND", "Targets of the plan 1051/KH-UBND");
        let mut table = Table::new(title, (self.area.name(), self.area.name()));
        table.columns = vec![
            Column::text("year", ("Năm", "Year"), 8),
            Column::whole("households", ("Tổng số hộ dân", "All households")),
            Column::whole("poor", ("Hộ nghèo", "Poor households")),
            Column::percent("percent", ("Tỷ lệ hộ nghèo (%)", "Poor (%)"), "poor", "households"),
            Column::rate(
                "by_two_points",
                ("Mục tiêu: mỗi năm giảm 2 điểm % (%)", "Target: two points less each year (%)"),
            ),
            Column::rate(
                "to_goal",
                ("Mục tiêu: còn 7 % năm 2015, 3 % năm 2020 (%)", "Target: 7% in 2015, 3% in 2020 (%)"),
            ),
            Column::whole(
                "undeclared",
                (
                    "Ấp chưa kê khai tổng số hộ: số hộ đã ghi ở đó",
                    "Recorded in hamlets that declare no number",
                ),
            ),
        ];
        let line = |step: &Step| {
            let cells = vec![
                step.round.to_string().into(),
                step.households.into(),
                step.poor.into(),
                Cell::Percent(step.percent),
                Cell::Percent(step.by_two_points),
                Cell::Percent(step.to_goal),
                step.undeclared.into(),
            ];
            Line::unit(Some(step.round.to_string()), cells)
        };
        table.lines = self.steps.iter().map(line).collect();
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Measure, Tally};

    #[test]
    fn the_two_targets_of_the_plan_differ() {
        let mut book = Book::default();
        let commune = "29173".parse().unwrap();
        let of_2010 = Tally::default().with(Measure::Households, 358_966).with(Measure::Poor, 55_821);
        book.add(Round::CENSUS_2010.into(), commune, 1, &of_2010);
        let of_2011 = Tally::default()
            .with(Measure::Households, 50_000)
            .with(Measure::Declared, 358_966)
            .with(Measure::Poor, 48_641);
        book.add(Round::new(2011).unwrap().into(), commune, 1, &of_2011);
        let path = targets(&book, "83".parse().unwrap()).unwrap();
        let text = |rate: Option<Decimal>| rate.map(|rate| rate.to_string());
        let rates = |at: usize| {
            let step = &path.steps[at];
            [step.percent, step.by_two_points, step.to_goal].map(|rate| text(rate).unwrap_or_default())
        };
        assert_eq!(path.steps.len(), 6);
        assert_eq!(rates(0), ["15.55", "15.55", "15.55"]);
        assert_eq!(rates(1), ["13.55", "13.55", "13.84"]);
        assert_eq!(rates(5), ["", "5.55", "7.00"]);
        assert_eq!((path.steps[0].undeclared, path.steps[1].undeclared), (358_966, 0));
        let district = targets(&book, "836".parse().unwrap()).unwrap();
        assert!(targets(&book, "29173-01".parse().unwrap()).is_err());
        assert!(
            district.steps.iter().all(|step| step.to_goal.is_none()),
            "the plan sets 7 % for the province"
        );
        assert!(
            path.table().csv().contains("\r\n2015,0,,,\"5,55\",\"7,00\",0\r\n"),
            "{}",
            path.table().csv()
        );
    }
}
