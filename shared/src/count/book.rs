//! Running sums of the province.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Contribution, Counts, Period, Tally};
use crate::area::{self, Commune, CommuneCode, DistrictCode, Residence};
use crate::record::Round;

/// A change of one hamlet's tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyChange {
    /// What the tally is of.
    pub period: Period,
    /// The commune.
    pub commune: CommuneCode,
    /// The hamlet's number; 0 for records that do not say.
    pub hamlet: u8,
    /// The counts to add; they may be negative.
    pub by: Counts,
}

impl TallyChange {
    /// The changes of tallies when the contribution of a record of a round changes: none if nothing moves, up to four
    /// if the household changes hamlets.
    #[must_use]
    pub fn between(
        round: Round,
        commune: CommuneCode,
        before: Option<&Contribution>,
        after: Option<&Contribution>,
    ) -> Vec<TallyChange> {
        let mut by: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
        if let Some(before) = before {
            for (period, counts) in before.parts(round) {
                *by.entry((period, before.standing.hamlet)).or_default() -= &counts;
            }
        }
        if let Some(after) = after {
            for (period, counts) in after.parts(round) {
                *by.entry((period, after.standing.hamlet)).or_default() += &counts;
            }
        }
        let changes =
            by.into_iter().map(|((period, hamlet), by)| TallyChange { period, commune, hamlet, by });
        changes.filter(|change| !change.by.is_empty()).collect()
    }
}

/// Boxed, since a tree's nodes have room for eleven and are half empty, and a tally has some 200 numbers.
#[derive(Clone, Debug, Default)]
struct Sums {
    hamlets: BTreeMap<(CommuneCode, u8), Box<Tally>>,
    communes: BTreeMap<CommuneCode, Box<Tally>>,
    districts: BTreeMap<(DistrictCode, Residence), Box<Tally>>,
}

/// The running sums of the province. Reading any table from here takes a time that does not depend on the number
/// of households.
///
/// ```
/// use soho_shared::area::{Residence, commune};
/// use soho_shared::count::{Book, Counts, Measure, TallyChange};
/// use soho_shared::record::Round;
///
/// let (round, an_duc) = (Round::CENSUS_2010, commune("29173".parse().unwrap()).unwrap());
/// let mut by = Counts::default();
/// by.add(Measure::Households, 3);
/// let mut book = Book::default();
/// book.apply(&TallyChange { period: round.into(), commune: an_duc.code, hamlet: 4, by });
///
/// // With the hamlet its commune and its district have moved.
/// assert_eq!(book.commune(round, an_duc).households(), 3);
/// // As long as the hamlet declares nothing, rates divide by what is recorded.
/// assert_eq!(book.commune(round, an_duc).all_households(), 3);
/// assert_eq!(book.district_part(round, an_duc.district, Residence::Rural).households(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Book {
    periods: BTreeMap<Period, Sums>,
}

impl Book {
    /// Adds a change to a hamlet's tally and to the sums above it.
    pub fn apply(&mut self, change: &TallyChange) {
        self.add(change.period, change.commune, change.hamlet, &Tally::from(&change.by));
    }

    /// Adds to a hamlet's tally and to the sums above it.
    pub fn add(&mut self, period: Period, commune: CommuneCode, hamlet: u8, by: &Tally) {
        let Some(commune) = area::commune(commune) else { return };
        let sums = self.periods.entry(period).or_default();
        let of_hamlet = sums.hamlets.entry((commune.code, hamlet)).or_default();
        **of_hamlet += &by.with_all(0);
        let by = by.with_all(of_hamlet.settle());
        **sums.communes.entry(commune.code).or_default() += &by;
        **sums.districts.entry((commune.district, commune.residence())).or_default() += &by;
    }

    /// Makes a commune's tallies these and no others.
    pub fn replace(&mut self, commune: CommuneCode, tallies: impl IntoIterator<Item = (Period, u8, Counts)>) {
        let mut by: BTreeMap<(Period, u8), Tally> = BTreeMap::new();
        for (period, sums) in &self.periods {
            for ((_, hamlet), known) in sums.hamlets.range((commune, 0)..=(commune, u8::MAX)) {
                *by.entry((*period, *hamlet)).or_default() -= known;
            }
        }
        for (period, hamlet, counts) in tallies {
            *by.entry((period, hamlet)).or_default() += &Tally::from(&counts);
        }
        for ((period, hamlet), by) in by.into_iter().filter(|(_, by)| !by.is_zero()) {
            self.add(period, commune, hamlet, &by);
        }
    }

    /// The tally of a commune; zero when it has no record.
    #[must_use]
    pub fn commune(&self, period: impl Into<Period>, commune: &Commune) -> Tally {
        let sums = self.periods.get(&period.into());
        sums.and_then(|sums| sums.communes.get(&commune.code)).map(|tally| **tally).unwrap_or_default()
    }

    /// The tally of a district's rural or urban part; zero when that has no record.
    #[must_use]
    pub fn district_part(
        &self,
        period: impl Into<Period>,
        district: DistrictCode,
        residence: Residence,
    ) -> Tally {
        let sums = self.periods.get(&period.into());
        let part = sums.and_then(|sums| sums.districts.get(&(district, residence)));
        part.map(|tally| **tally).unwrap_or_default()
    }

    /// A commune's hamlets that have any record: number (0 for not stated) and tally.
    pub fn hamlets(
        &self,
        period: impl Into<Period>,
        commune: CommuneCode,
    ) -> impl Iterator<Item = (u8, &Tally)> {
        self.periods
            .get(&period.into())
            .into_iter()
            .flat_map(move |s| s.hamlets.range((commune, 0)..=(commune, u8::MAX)))
            .map(|((_, hamlet), tally)| (*hamlet, &**tally))
    }
}

/// A share in percent with two decimals, half-up, from integers: `15.55`.
///
/// `None` when the whole is not positive or a part is negative.
#[must_use]
pub fn percent(part: i64, whole: i64) -> Option<Decimal> {
    if whole <= 0 || part < 0 {
        return None;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let hundredths = (part * 20_000 + whole) / (2 * whole);
    Decimal::try_from_i128_with_scale(hundredths, 2).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measure, Standing};
    use super::*;

    /// Hamlet, class and people of a household, or none.
    fn contribution() -> impl Strategy<Value = Option<Contribution>> {
        prop::option::of((0..4u8, 0..5usize, 1..9i64, 0..3i64)).prop_map(|given| {
            let (hamlet, class, persons, start) = given?;
            let mut counts = Counts::default();
            counts.add(Measure::Households, 1);
            counts.add(Measure::Persons, persons);
            let class = crate::standard::Class::ALL.get(class);
            class.into_iter().for_each(|class| counts.add(Measure::of_class(*class), 1));
            let (mut moved, mut next) = (Counts::default(), Counts::default());
            moved.add(Measure::PoorNew, start % 2);
            moved.add(Measure::Declared, if start == 2 { 5 * persons } else { 0 });
            next.add(Measure::PoorAtStart, start);
            let standing = Standing { hamlet, counts, came: None, left: None };
            Some(Contribution { standing, counts: true, moved, next })
        })
    }

    proptest! {
        #[test]
        fn a_book_is_the_sum_of_what_its_records_add(
            steps in prop::collection::vec((0..3usize, 0..6usize, contribution(), any::<bool>()), 0..60),
        ) {
            let communes = ["29173", "28756", "28759"].map(|code| code.parse::<CommuneCode>().unwrap());
            let round = Round::CENSUS_2010;
            let mut book = Book::default();
            let mut records: BTreeMap<(usize, usize), Contribution> = BTreeMap::new();
            for (commune, household, after, replaces) in steps {
                let key = (commune, household);
                let before = records.remove(&key);
                records.extend(after.clone().map(|after| (key, after)));
                if replaces {
                    let of = records.range((commune, 0)..(commune + 1, 0)).map(|(_, record)| record);
                    let mut tallies: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
                    for record in of {
                        for (period, counts) in record.parts(round) {
                            *tallies.entry((period, record.standing.hamlet)).or_default() += &counts;
                        }
                    }
                    let tallies = tallies.into_iter().map(|((period, hamlet), of)| (period, hamlet, of));
                    book.replace(communes[commune], tallies);
                } else {
                    let moved = TallyChange::between(round, communes[commune], before.as_ref(), after.as_ref());
                    moved.iter().for_each(|moved| book.apply(moved));
                }
            }
            for (at, code) in communes.into_iter().enumerate() {
                for of_round in [round, round.next().unwrap()] {
                    let mut sum = Tally::default();
                    let adding = records.range((at, 0)..(at + 1, 0)).flat_map(|(_, of)| of.parts(round));
                    let adding = adding.filter(|(period, _)| period.round() == of_round);
                    adding.for_each(|(_, counts)| sum += &Tally::from(&*counts));
                    let hamlets: Vec<Tally> = book.hamlets(of_round, code).map(|(_, tally)| *tally).collect();
                    let all = hamlets.iter().map(|tally| match tally.get(Measure::Declared) {
                        0 => tally.households(),
                        declared => declared,
                    });
                    let sum = sum.with_all(all.sum());
                    prop_assert_eq!(book.commune(of_round, area::commune(code).unwrap()), sum);
                    prop_assert_eq!(hamlets.iter().sum::<Tally>(), sum);
                }
            }
        }
    }

    #[test]
    fn percentages_are_the_plan_s() {
        for (part, whole, text) in [
            (55_821, 358_966, "15.55"),
            (23_320, 358_966, "6.50"),
            (1, 800, "0.13"),
            (0, 5, "0.00"),
            (7, 7, "100.00"),
        ] {
            assert_eq!(percent(part, whole).unwrap().to_string(), text);
        }
        assert_eq!(percent(0, 0), None);
    }
}
