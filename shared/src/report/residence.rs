//! Rural and urban: the plan's second table (mục I of Kế hoạch 1051/KH-UBND).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plan::{Basis, TOTAL, about, heads};
use super::table::{Cell, Column, Head, Line, LineKind, Table};
use super::{communes, notes, percent_text};
use crate::area::{AreaCode, Commune, Residence};
use crate::count::{Book, Tally, percent};
use crate::record::Round;
use crate::standard::Class;

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

/// Sums of the rural and of the urban communes.
fn parts(communes: &[(&Commune, Tally)]) -> [Tally; 2] {
    Residence::ALL.map(|residence| {
        let of_part = communes.iter().filter(|(commune, _)| commune.residence() == residence);
        of_part.map(|(_, tally)| tally).sum()
    })
}

/// The figures of the rural and of the urban part, from communes.
pub(super) fn residences(communes: &[(&Commune, Tally)]) -> Residences {
    let [rural, urban] = parts(communes);
    let all = [rural, urban].iter().sum();
    Residences { rural: split(&rural, &all), urban: split(&urban, &all) }
}

const POOR: Head = ("Hộ nghèo", "Poor");
const NEAR_POOR: Head = ("Hộ cận nghèo", "Near-poor");
const COUNT: Head = ("Số hộ", "Households");
const OF_ALL: Head = ("% của tổng số hộ cả nơi", "% of all households of the area");
const WITHIN: Head = ("% trong khu vực", "% within the part");

/// Rural, urban and both together, as the plan has it.
pub(super) fn table(book: &Book, area: AreaCode, round: Round) -> Table {
    let [rural, urban] = parts(&communes(book, area, round.into()));
    let all: Tally = [rural, urban].iter().sum();
    let title = (
        "Hộ nghèo, hộ cận nghèo theo nông thôn, thành thị",
        "Poor and near-poor households, rural and urban",
    );
    let mut table = Table::new(title, about(area, round));
    let basis = Basis::of(&all);
    table.columns = vec![
        Column::text("name", ("Khu vực", "Part"), 26),
        Column::count("households", heads(basis)[2]),
        Column::count("poor", COUNT).under(POOR),
        Column::percent_of_total("poor_percent_of_all_households", OF_ALL, "poor", "households").under(POOR),
        Column::percent("poor_percent", WITHIN, "poor", "households").under(POOR),
        Column::count("near_poor", COUNT).under(NEAR_POOR),
        Column::percent_of_total("near_poor_percent_of_all_households", OF_ALL, "near_poor", "households")
            .under(NEAR_POOR),
        Column::percent("near_poor_percent", WITHIN, "near_poor", "households").under(NEAR_POOR),
    ];
    let cells = |name: &str, part: &Tally| -> Vec<Cell> {
        let of = split(part, &all);
        vec![
            name.into(),
            of.households.into(),
            of.poor.into(),
            Cell::Percent(of.poor_percent_of_all_households),
            Cell::Percent(of.poor_percent_within()),
            of.near_poor.into(),
            Cell::Percent(of.near_poor_percent_of_all_households),
            Cell::Percent(of.near_poor_percent_within()),
        ]
    };
    table.lines = vec![
        Line::unit(None, cells("Nông thôn", &rural)),
        Line::unit(None, cells("Thành thị", &urban)),
        Line::of(LineKind::Total, cells(TOTAL.0, &all)),
    ];
    table.notes = notes::of_rates(&all, round);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::Measure;

    #[test]
    fn each_part_is_set_against_all_households_and_its_own() {
        let round = Round::CENSUS_2010;
        let mut book = Book::default();
        for (commune, households, poor, near_poor) in [("29173", 800, 124, 52), ("28756", 200, 5, 0)] {
            let tally = Tally::default()
                .with(Measure::Households, households)
                .with(Measure::Poor, poor)
                .with(Measure::NearPoor, near_poor);
            book.add(round.into(), commune.parse().unwrap(), 1, &tally);
        }
        let csv = table(&book, "83".parse().unwrap(), round).csv();
        for line in [
            "Nông thôn,800,124,\"12,40\",\"15,50\",52,\"5,20\",\"6,50\"",
            "Thành thị,200,5,\"0,50\",\"2,50\",0,\"0,00\",\"0,00\"",
            "Tổng cộng,1000,129,\"12,90\",\"12,90\",52,\"5,20\",\"5,20\"",
        ] {
            assert!(csv.contains(&format!("\r\n{line}\r\n")), "{line}: {csv}");
        }
    }
}
