//! The standards in force, and which of them applies on a day or in a round.
//!
//! They are compiled in from `law/*.toml`, so that phone, tablet and server know the same ones: the national ones,
//! and any file that a province adds with higher lines of its own. With the feature `law-files` a file can also be
//! read at run time, by the same rules.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::income::Allowances;
use crate::money::Vnd;
use crate::record::Round;
use crate::standard::{
    Band, Class, Confidence, CutOffs, IncomeRules, Indicator, Majority, MeetingRule, Note, PointsRule,
    RecordRule, Source, Standard,
};

#[cfg(feature = "law-files")]
mod files;
#[cfg(feature = "second-law")]
pub mod second;
mod supports;
#[cfg(feature = "law-files")]
pub use files::{LawError, check_together, parse_standard};
pub use supports::{entitlements, knows_entitlements};

/// An amount written in a law file.
const fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).expect("the law file was checked")
}

include!(concat!(env!("OUT_DIR"), "/standards.rs"));

/// Version of the rule: how a class, what a record adds and what is missing follow from a record and the law. Raised
/// by hand where the code decides otherwise than before; `shared/tests/digest.rs` tells when.
const RULE: u64 = 6;

/// Digest of the law that is compiled in and of the rule's version. What was assessed under another digest has to be
/// assessed anew. It is the same on every machine.
#[must_use]
pub fn digest() -> u64 {
    #[cfg(feature = "second-law")]
    if second::is_in_force() {
        return !(LAW_DIGEST ^ RULE);
    }
    LAW_DIGEST ^ RULE
}

/// All standards, each as it stands at its end, in order of their first day: 2006, 2011, 2016, 2022, 2027, and a province's own among them.
#[must_use]
pub fn standards() -> &'static [Standard] {
    #[cfg(feature = "second-law")]
    if second::is_in_force() {
        return second::standards();
    }
    &STANDARDS
}

/// The standard with this id, such as `2011`.
#[must_use]
pub fn standard(id: &str) -> Option<&'static Standard> {
    standards().iter().find(|s| s.id == id)
}

/// The standard in force on a day, a province's own before the national one, as it stood on that day: without a band
/// that came later. `None` before 2006 and after 2030.
///
/// ```
/// use jiff::civil::date;
/// use soho_shared::law::standard_on;
///
/// // The near-poor band of the standard of 2006 came on 27/8/2008.
/// assert_eq!(standard_on(date(2008, 8, 26)).unwrap().bands.len(), 1);
/// assert_eq!(standard_on(date(2008, 8, 27)).unwrap().bands.len(), 2);
/// ```
#[must_use]
pub fn standard_on(date: Date) -> Option<&'static Standard> {
    let standard = in_force(standards(), date)?;
    let stood = BEFORE.iter().find(|(until, stood)| stood.id == standard.id && date < *until);
    #[cfg(feature = "second-law")]
    let stood = stood.filter(|_| !second::is_in_force());
    Some(stood.map_or(standard, |(_, stood)| stood))
}

/// The one of these standards that is in force on a day: a province's own before the national one.
#[must_use]
pub fn in_force(standards: &[Standard], date: Date) -> Option<&Standard> {
    let on_that_day = |s: &&Standard| s.from <= date && date <= s.to;
    standards.iter().filter(on_that_day).max_by_key(|s| s.is_local())
}

/// The standard a yearly round applies: the one in force on 31 December of its year, except that the
/// general census of 2010 opened the standard of 2011 (Kế hoạch 1051/KH-UBND, mục I).
#[must_use]
pub fn standard_for_round(year: i16) -> Option<&'static Standard> {
    standards()
        .iter()
        .filter(|s| s.opening_round == Some(year))
        .max_by_key(|s| s.is_local())
        .or_else(|| Date::new(year, 12, 31).ok().and_then(standard_on))
}

/// The standard by which a yearly round has a second result, beside that of [`standard_for_round`]: the one that opens
/// the next period, in the last round of the period before. The census of 2010 had one result.
///
/// ```
/// use soho_shared::law::opening_standard;
///
/// assert_eq!(opening_standard(2015).map(|standard| &*standard.id), Some("2016"));
/// assert_eq!(opening_standard(2010), None);
/// ```
#[must_use]
pub fn opening_standard(year: i16) -> Option<&'static Standard> {
    let beside = standards().iter().filter(|standard| standard.beside_round == Some(year));
    beside.max_by_key(|standard| standard.is_local())
}

/// The standards that a yearly round applies: its own, and that of its second result where it has two.
pub fn standards_of_round(year: i16) -> impl Iterator<Item = &'static Standard> {
    [standard_for_round(year), opening_standard(year)].into_iter().flatten()
}

/// Whether a round has two results side by side: a period opens while the old standard still rules.
///
/// ```
/// use soho_shared::law::has_two_results;
///
/// assert!(has_two_results("2015".parse().unwrap()) && !has_two_results("2010".parse().unwrap()));
/// ```
#[must_use]
pub fn has_two_results(round: Round) -> bool {
    i16::try_from(round.year()).is_ok_and(|year| opening_standard(year).is_some())
}

/// The standard of the last word of a yearly round: by whose result the next year starts.
#[must_use]
pub fn last_standard(year: i16) -> Option<&'static Standard> {
    opening_standard(year).or_else(|| standard_for_round(year))
}

/// By how many voices a hamlet meeting confirms in a round; `None` where that is not established.
///
/// ```
/// use soho_shared::law::meeting_rule;
/// use soho_shared::standard::Majority;
///
/// let majority = |round: &str| meeting_rule(round.parse().unwrap()).map(|rule| rule.majority);
/// assert_eq!(majority("2012"), Some(Majority::MoreThanHalf));
/// assert_eq!(majority("2021"), Some(Majority::AtLeastHalf), "by the procedure that opened the next period");
/// assert_eq!((majority("2011"), majority("2018")), (None, None));
/// ```
#[must_use]
pub fn meeting_rule(round: Round) -> Option<&'static MeetingRule> {
    let year = i16::try_from(round.year()).ok()?;
    // The last word's comes first.
    let of_round = [last_standard(year), standard_for_round(year)].into_iter().flatten();
    let mut rules = of_round.filter_map(|standard| standard.meeting.as_ref());
    rules.find(|rule| rule.from_round.is_none_or(|first| first <= year))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::area::Residence;

    #[test]
    fn chosen_by_the_date_of_the_survey() {
        for (day, id) in [
            (date(2005, 12, 31), None),
            (date(2006, 1, 1), Some("2006")),
            (date(2010, 12, 31), Some("2006")),
            (date(2011, 1, 1), Some("2011")),
            (date(2015, 12, 31), Some("2011")),
            (date(2016, 1, 1), Some("2016")),
            (date(2021, 12, 31), Some("2016")),
            (date(2022, 1, 1), Some("2022")),
            (date(2026, 12, 31), Some("2022")),
            (date(2027, 1, 1), Some("2027")),
            (date(2030, 12, 31), Some("2027")),
            (date(2031, 1, 1), None),
        ] {
            assert_eq!(standard_on(day).map(|s| &*s.id), id, "{day}");
        }
    }

    #[test]
    fn a_round_applies_the_standard_of_its_last_day_except_the_census_of_2010() {
        for (year, id) in [
            (2009, Some("2006")),
            (2010, Some("2011")),
            (2015, Some("2011")),
            (2021, Some("2016")),
            (2026, Some("2022")),
            (1999, None),
            (i16::MAX, None),
        ] {
            assert_eq!(standard_for_round(year).map(|s| &*s.id), id, "{year}");
        }
    }

    #[test]
    fn the_lines_are_the_decrees() {
        use Class::{LowIncome, NearPoor, Poor};
        type Row = (Class, i64, i64, Option<u8>);
        let table: [(&str, &[Row]); 5] = [
            ("2006", &[(Poor, 200_000, 260_000, None), (NearPoor, 260_000, 338_000, None)]),
            (
                "2011",
                &[
                    (Poor, 400_000, 500_000, None),
                    (NearPoor, 520_000, 650_000, None),
                    (LowIncome, 600_000, 750_000, None),
                ],
            ),
            (
                "2016",
                &[
                    (Poor, 700_000, 900_000, None),
                    (NearPoor, 1_000_000, 1_300_000, Some(3)),
                    (LowIncome, 1_500_000, 1_950_000, None),
                ],
            ),
            ("2022", &[(NearPoor, 1_500_000, 2_000_000, Some(3)), (LowIncome, 2_250_000, 3_000_000, None)]),
            ("2027", &[(NearPoor, 2_200_000, 2_800_000, Some(3))]),
        ];
        assert_eq!(standards().len(), table.len());
        for (id, rows) in table {
            let standard = standard(id).unwrap();
            let found: Vec<Row> = standard
                .bands
                .iter()
                .map(|b| {
                    (
                        b.class,
                        b.line(Residence::Rural).get(),
                        b.line(Residence::Urban).get(),
                        b.poor_if_lacking,
                    )
                })
                .collect();
            assert_eq!(found, rows, "{id}");
        }
        assert_eq!(standard("2016").unwrap().indicators.len(), 10);
        assert_eq!(standard("2022").unwrap().indicators.len(), 12);
        assert!(standard("2027").unwrap().is_multidimensional());
    }
}
