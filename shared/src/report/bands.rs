//! Communes by their poor rate: the plan's fifth table (mục I of Kế hoạch 1051/KH-UBND).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plan::{Basis, DISTRICT, TOTAL, about, heads};
use super::table::{Cell, Column, Head, Line, LineKind, Table};
use super::{By, communes, notes, percent_text, units};
use crate::area::{self, AreaCode, Commune};
use crate::count::{Book, Tally, percent};
use crate::record::Round;
use crate::standard::Class;

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

/// The bands, the poorest first.
pub const BANDS: [Head; 4] = [
    ("Trên 30\u{a0}%", "Over 30%"),
    ("Từ 25\u{a0}% đến 30\u{a0}%", "25% to 30%"),
    ("Từ 20\u{a0}% đến dưới 25\u{a0}%", "20% to under 25%"),
    ("Dưới 20\u{a0}%", "Under 20%"),
];

/// Numbers of the bands, in a table and on a map.
pub const BAND_NUMBERS: [&str; BANDS.len()] = ["I", "II", "III", "IV"];

/// A commune with its tally.
type Of<'a> = (&'a Commune, Tally);

/// The communes of each of [`BANDS`], the poorest first.
fn banded<'a, 'b>(communes: &'a [Of<'b>]) -> [Vec<&'a Of<'b>>; BANDS.len()] {
    let mut by_rate: Vec<_> = communes.iter().collect();
    // Equal rates by code. Cross-multiplied, so that nothing is rounded before it is compared.
    by_rate.sort_by(|(a, x), (b, y)| {
        let left = i128::from(y.class(Class::Poor)) * i128::from(x.all_households().max(1));
        let right = i128::from(x.class(Class::Poor)) * i128::from(y.all_households().max(1));
        left.cmp(&right).then(a.code.cmp(&b.code))
    });
    let mut bands: [Vec<_>; BANDS.len()] = Default::default();
    for of in by_rate {
        let (poor, households) = (of.1.class(Class::Poor), of.1.all_households());
        let band = if poor * 100 > households * 30 {
            0
        } else if households > 0 && poor * 100 >= households * 25 {
            1
        } else if households > 0 && poor * 100 >= households * 20 {
            2
        } else {
            3
        };
        bands[band].push(of);
    }
    bands
}

/// Communes by poor rate.
pub(super) fn bands(communes: &[Of]) -> RateBands {
    let [over_30, from_25_to_30, from_20_to_under_25, under_20] = banded(communes).map(|band| {
        let named = band.into_iter().map(|(commune, tally)| NamedCommune {
            code: commune.code.to_string(),
            name: commune.name.to_owned(),
            district: commune.district.to_string(),
            poor_percent: percent(tally.class(Class::Poor), tally.all_households()),
        });
        let communes: Vec<_> = named.collect();
        RateBand { count: communes.len(), communes }
    });
    RateBands { over_30, from_25_to_30, from_20_to_under_25, under_20 }
}

/// The bands with their communes, the poorest first.
pub(super) fn table(book: &Book, area: AreaCode, round: Round) -> Table {
    let communes = communes(book, area, round.into());
    let all: Tally = communes.iter().map(|(_, tally)| tally).sum();
    let with_district = units::names_districts(area, By::Commune);
    let title = ("Số xã, phường, thị trấn theo tỷ lệ hộ nghèo", "Communes by poor rate");
    let mut table = Table::new(title, about(area, round));
    table.columns =
        vec![Column::number(), Column::text("name", ("Mức tỷ lệ hộ nghèo, đơn vị", "Band, commune"), 26)];
    table.columns.extend(with_district.then(|| Column::text("district", DISTRICT, 20)));
    table.columns.extend([
        Column::whole("communes", ("Số xã", "Communes")),
        Column::count("households", heads(Basis::of(&all))[2]),
        Column::count("poor", ("Hộ nghèo", "Poor")),
        Column::percent("poor_percent", ("Tỷ lệ hộ nghèo (%)", "Poor (%)"), "poor", "households"),
    ]);
    let cells =
        |first: Cell, name: &str, district: &str, communes: Option<usize>, tally: &Tally| -> Vec<Cell> {
            let (poor, households) = (tally.class(Class::Poor), tally.all_households());
            let communes = communes.and_then(|communes| i64::try_from(communes).ok());
            let names = [first, name.into()].into_iter().chain(with_district.then(|| district.into()));
            let figures: [Cell; 4] =
                [communes.into(), households.into(), poor.into(), Cell::Percent(percent(poor, households))];
            names.chain(figures).collect()
        };
    for ((band, number), (name, _)) in banded(&communes).into_iter().zip(BAND_NUMBERS).zip(BANDS) {
        let sum: Tally = band.iter().map(|(_, tally)| tally).sum();
        table.lines.push(Line::of(LineKind::Block, cells(number.into(), name, "", Some(band.len()), &sum)));
        let unit = |(number, (commune, tally)): (i64, &Of)| {
            let district = area::district(commune.district).map_or("", |district| district.name);
            Line::unit(
                Some(commune.code.to_string()),
                cells(number.into(), commune.name, district, None, tally),
            )
        };
        table.lines.extend((1..).zip(band).map(unit));
    }
    let many = Some(communes.len());
    table.lines.push(Line::of(LineKind::Total, cells(Cell::Empty, TOTAL.0, "", many, &all)));
    table.notes = notes::of_rates(&all, round);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::Measure;

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

    #[test]
    fn a_band_stands_over_its_communes() {
        let round = Round::CENSUS_2010;
        let mut book = Book::default();
        for (commune, households, poor) in [("29173", 100, 31), ("29176", 100, 22)] {
            let tally = Tally::default().with(Measure::Households, households).with(Measure::Poor, poor);
            book.add(round.into(), commune.parse().unwrap(), 1, &tally);
        }
        let table = table(&book, "836".parse().unwrap(), round);
        let lines: Vec<String> = table
            .lines
            .iter()
            .map(|line| line.cells.iter().map(Cell::plain).collect::<Vec<_>>().join(" "))
            .collect();
        let communes =
            area::communes().iter().filter(|commune| commune.district.to_string() == "836").count();
        assert_eq!(lines.len(), 4 + communes + 1);
        assert!(lines[0].starts_with("I Trên 30\u{a0}% 1 100 31 31.00"), "{}", lines[0]);
        assert!(lines[1].starts_with("1 Xã An Đức  100 31 31.00"), "{}", lines[1]);
        assert!(lines[2].starts_with("II ") && lines[3].starts_with("III "), "{lines:?}");
        assert_eq!(lines.last().unwrap(), &format!(" Tổng cộng {communes} 200 53 26.50"));
    }
}
