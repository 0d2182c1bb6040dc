//! Supports (chính sách hỗ trợ) over a year: which a household is entitled to, and which it was given.
//!
//! The list of a round holds in the year that follows it. So what a household is given in 2011 stands on its record of the
//! round 2010, quarter by quarter, beside the class that entitles it. It never moves a class, and closing the round does not
//! freeze it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::area::{CommuneCode, Residence};
use crate::count::{Contribution, Counts, Measure, OfSupport};
use crate::entitlement::{Circumstances, Entitlement, Level, Opened, Stage, Status, ever_opened};
use crate::fold::plain;
use crate::household::{Household, field};
use crate::law::{entitlements, last_standard};
use crate::money::Vnd;
use crate::record::{Doc, Round, Value};
use crate::standard::Class;

/// Quarters of a year.
pub const QUARTERS: [u8; 4] = [1, 2, 3, 4];

/// The year in which the list of a round holds.
#[must_use]
pub const fn year_of(round: Round) -> u16 {
    round.year() + 1
}

/// The supports of households in the year after a round. `None` where the law files do not have them, which does not mean that
/// there are none.
///
/// ```
/// use soho_shared::support::supports_after;
///
/// let supports = supports_after("2010".parse().unwrap()).unwrap();
/// assert!(supports.iter().any(|support| support.id == "electricity"));
/// // Those of 2016 to 2021 are not established.
/// assert!(supports_after("2017".parse().unwrap()).is_none());
/// ```
#[must_use]
pub fn supports_after(round: Round) -> Option<Vec<&'static Entitlement>> {
    Some(all_after(round)?.iter().filter(|support| support.level == Level::Household).collect())
}

/// The supports of households and of communes in the year after a round, as the law files have them.
fn all_after(round: Round) -> Option<&'static [Entitlement]> {
    let standard = last_standard(i16::try_from(round.year()).ok()?)?;
    let (first, _) = months(round, 1, 12)?;
    entitlements(standard).filter(|_| standard.to >= first)
}

/// Ids of supports by what people write for them: the id, or the name in either language, whatever its case, marks and signs.
///
/// ```
/// use soho_shared::support::{SupportNames, supports_after};
///
/// let names = SupportNames::of(supports_after("2010".parse().unwrap()).unwrap());
/// assert_eq!(names.find("HO TRO TIEN DIEN"), Some("electricity"));
/// ```
#[derive(Debug, Default)]
pub struct SupportNames(BTreeMap<String, &'static str>);

impl SupportNames {
    /// Those of some supports. What names two of them is the first one's.
    #[must_use]
    pub fn of(supports: impl IntoIterator<Item = &'static Entitlement>) -> Self {
        let mut ids = BTreeMap::new();
        for support in supports {
            for name in [support.id, support.vi, support.en] {
                ids.entry(plain(name)).or_insert(support.id);
            }
        }
        SupportNames(ids)
    }

    /// The id of the support that a text names.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&'static str> {
        self.0.get(&plain(text)).copied()
    }
}

/// Whether a support is a right on some day of a quarter of the year after a round.
#[must_use]
pub fn is_in_force(support: &Entitlement, round: Round, quarter: u8) -> bool {
    let Some((first, last)) = months(round, 3 * quarter - 2, 3 * quarter) else { return false };
    let is_right = |stage: &Stage| stage.status == Status::InForce && stage.holds_within(first, last);
    support.stages.iter().any(is_right)
}

/// First and last day of some months of the year after a round.
fn months(round: Round, first: u8, last: u8) -> Option<(Date, Date)> {
    let year = i16::try_from(year_of(round)).ok()?;
    let begin = |month: u8| Date::new(year, i8::try_from(month).ok()?, 1).ok();
    Some((begin(first)?, begin(last)?.last_of_month()))
}

/// What a record says of its household that matters for supports. What nobody asked is unknown.
#[must_use]
pub fn circumstances(
    household: &Household,
    class: Option<Class>,
    commune: CommuneCode,
    residence: Option<Residence>,
) -> Circumstances {
    let members = || household.members.values();
    let pupils = members().filter(|member| member.pupil == Some(true)).count();
    let all_said = members().all(|member| member.pupil.is_some());
    let is_known = household.lists_members() && (pupils > 0 || all_said);
    Circumstances {
        class,
        pupils: u8::try_from(pupils).ok().filter(|_| is_known),
        seriously_ill: household.lists_members().then(|| members().any(|member| member.seriously_ill)),
        groups: Some(household.groups().collect()),
        residence,
        commune: Some(commune),
        ..Circumstances::default()
    }
}

/// The supports to which a household is entitled for certain at some time of the year after a round: those in force whose
/// conditions its record shows to be met.
#[must_use]
pub fn entitled(known: &Circumstances, round: Round) -> Vec<&'static str> {
    let (Some(all), Some(year)) = (all_after(round), months(round, 1, 12)) else { return Vec::new() };
    let is_sure = |opened: &Opened| {
        opened.is_certain()
            && opened.stage.status == Status::InForce
            && opened.entitlement.level == Level::Household
    };
    let opened = ever_opened(all, known, year).into_iter().filter(is_sure);
    opened.map(|opened| opened.entitlement.id).collect()
}

/// Whether a household that adds these counts is entitled to a support for certain.
#[must_use]
pub fn is_entitled(counts: &Counts, support: &str) -> bool {
    Measure::of_support(support, OfSupport::Entitled).is_some_and(|measure| counts.get(measure) > 0)
}

/// A support that a household was given in a quarter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<'d> {
    /// Id of the support; one that a later version knows, too.
    pub support: &'d str,
    /// Quarter of the year after the round, 1..=4.
    pub quarter: u8,
    /// What was paid, where it was money and the sum was said.
    pub paid: Option<Vnd>,
    /// Who gave it, where that was said.
    pub by: Option<&'d str>,
}

/// What a household was given in the year after a round, by support and quarter.
pub fn given(doc: &Doc, round: Round) -> impl Iterator<Item = Given<'_>> {
    doc.starting_with(field::SUPPORT).filter_map(move |(path, value)| {
        let (support, quarter, name) = field::supported(path.as_str(), round)?;
        let said = |name| doc.get(&field::support(support, round, quarter, name));
        (name == "served" && value.is_true()).then(|| Given {
            support,
            quarter,
            paid: said("amount").and_then(Value::as_int).and_then(Vnd::new),
            by: said("by").and_then(Value::as_text),
        })
    })
}

/// Counts the supports to which a household is entitled, and those that it was given.
pub(crate) fn count(doc: &Doc, known: &Circumstances, round: Round, counts: &mut Counts) {
    let measures =
        entitled(known, round).into_iter().filter_map(|id| Measure::of_support(id, OfSupport::Entitled));
    measures.for_each(|measure| counts.add(measure, 1));
    count_given(doc, round, counts);
}

/// Counts what a household was given, by what it is counted as entitled to.
fn count_given(doc: &Doc, round: Round, counts: &mut Counts) {
    let mut seen = BTreeSet::new();
    for Given { support, quarter, paid, .. } in given(doc, round) {
        let of = |what| Measure::of_support(support, what);
        let served = of(if is_entitled(counts, support) { OfSupport::Served } else { OfSupport::ServedElse });
        let (Some(served), Some(sum)) = (served, of(OfSupport::Paid)) else { continue };
        if seen.insert(support) {
            counts.add(served, 1);
        }
        counts.add_in_quarter(quarter, served, 1);
        let paid = paid.map_or(0, Vnd::get);
        counts.add(sum, paid);
        counts.add_in_quarter(quarter, sum, paid);
    }
}

impl Contribution {
    /// What a record of a closed round adds once its household was given something: all else stays as it was.
    #[must_use]
    pub fn given_anew(&self, doc: &Doc, round: Round) -> Self {
        let is_given = |number| {
            let of = Measure::from_number(number).and_then(Measure::support);
            of.is_some_and(|(_, what)| what != OfSupport::Entitled)
        };
        let mut adds = self.clone();
        adds.standing.counts.retain(|number| !is_given(number));
        // One that has left, or awaits no visit, counts nothing else either.
        if adds.standing.counts.get(Measure::Households) > 0 {
            count_given(doc, round, &mut adds.standing.counts);
        }
        adds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Period, Standing};
    use crate::household::{Income, Member};
    use crate::record::{Actor, Change, Stamp};

    const COMMUNE: &str = "29173";

    fn doc(fields: &[(&str, Value)]) -> Doc {
        let mut doc = Doc::default();
        for (nth, (path, value)) in (1..).zip(fields) {
            let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: vec![] };
            doc.write(Stamp::new(nth, 0, Actor(1)).unwrap(), &change);
        }
        doc
    }

    fn poor(more: &[(&str, Value)]) -> Doc {
        let mut fields = vec![("member_count", 4.into()), ("no_income", true.into()), ("hamlet", 4.into())];
        fields.extend_from_slice(more);
        doc(&fields)
    }

    fn standing(doc: &Doc, round: u16) -> Standing {
        Standing::of(doc, COMMUNE.parse().unwrap(), Round::new(round).unwrap()).unwrap()
    }

    fn of(id: &str, what: OfSupport) -> Measure {
        Measure::of_support(id, what).unwrap()
    }

    #[test]
    fn the_poor_are_entitled_by_the_law_of_the_year_that_follows() {
        let entitled = |doc: &Doc, round, id| standing(doc, round).counts.get(of(id, OfSupport::Entitled));
        for (id, expected) in [
            ("electricity", 1),
            ("health_insurance", 1),
            ("credit_near_poor", 0),
            ("student_loan", 0),
            ("tuition_exemption", 0),
        ] {
            assert_eq!(entitled(&poor(&[]), 2010, id), expected, "{id}");
        }
        // A pupil on the list opens what is for pupils.
        let pupil = poor(&[("members/a/head", true.into()), ("members/b/pupil", true.into())]);
        assert_eq!(entitled(&pupil, 2010, "tuition_exemption"), 1);
        // Near-poor households could borrow from 16/4/2013 on.
        let near_poor = |round| {
            let amount: Value = (4 * 12 * 450_000).into();
            let doc = doc(&[
                ("member_count", 4.into()),
                ("income/a/source", "wages".into()),
                ("income/a/amount", amount),
                ("hamlet", 4.into()),
            ]);
            entitled(&doc, round, "credit_near_poor")
        };
        assert_eq!([2011, 2012, 2013].map(near_poor), [0, 1, 1]);
        // Of these years no list of supports is established.
        assert!(supports_after(Round::new(2016).unwrap()).is_none());
        assert!(supports_after(Round::new(2026).unwrap()).is_none(), "of 2027");
        assert!(supports_after(Round::new(2021).unwrap()).is_some());
    }

    #[test]
    fn a_household_counts_once_in_the_year_and_in_each_quarter() {
        let doc = poor(&[
            ("support/electricity_2011_1/served", true.into()),
            ("support/electricity_2011_1/amount", 90_000.into()),
            ("support/electricity_2011_2/served", true.into()),
            ("support/electricity_2011_2/amount", 90_000.into()),
            ("support/electricity_2011_3/amount", 90_000.into()),
            ("support/student_loan_2011_3/served", true.into()),
            ("support/of_2030_2011_3/served", true.into()),
        ]);
        let standing = standing(&doc, 2010);
        let get = |id, what| standing.counts.get(of(id, what));
        let year = OfSupport::ALL.map(|what| get("electricity", what));
        assert_eq!(year, [1, 1, 0, 180_000]);
        assert_eq!(OfSupport::ALL.map(|what| get("student_loan", what)), [0, 0, 1, 0]);
        let adds = Contribution::alone(standing);
        let round = Round::new(2010).unwrap();
        let of_quarter = |quarter: u8| {
            let period = Period::of_quarter(round, quarter);
            let counts =
                adds.parts(round).find(|(of, _)| Some(*of) == period).map(|(_, counts)| counts.into_owned());
            let counts = counts.unwrap_or_default();
            OfSupport::ALL.map(|what| counts.get(of("electricity", what)))
        };
        assert_eq!(of_quarter(1), [0, 1, 0, 90_000]);
        assert_eq!(of_quarter(2), of_quarter(1));
        assert_eq!((of_quarter(3), of_quarter(4)), ([0; 4], [0; 4]), "an amount alone is no support given");
        let first = given(&doc, round).next().unwrap();
        assert_eq!(
            (first.support, first.quarter, first.paid.map(Vnd::get), first.by),
            ("electricity", 1, Some(90_000), None)
        );
    }

    #[test]
    fn in_a_closed_round_nothing_but_what_was_given_moves() {
        let round = Round::new(2010).unwrap();
        let closed =
            Contribution::alone(standing(&poor(&[("support/electricity_2011_1/served", true.into())]), 2010));
        // Later it earns more, which counts nowhere; and it is given what its old class entitles it to.
        let later = doc(&[
            ("member_count", 2.into()),
            ("income/a/source", "wages".into()),
            ("income/a/amount", 900_000_000.into()),
            ("support/electricity_2011_1/served", Value::Null),
            ("support/electricity_2011_2/served", true.into()),
            ("support/electricity_2011_2/amount", 90_000.into()),
            ("support/housing_loan_2011_2/served", true.into()),
        ]);
        let now = closed.given_anew(&later, round).standing.counts;
        assert_eq!((now.get(Measure::Poor), now.get(Measure::Persons)), (1, 4));
        assert_eq!(OfSupport::ALL.map(|what| now.get(of("electricity", what))), [1, 1, 0, 90_000]);
        assert_eq!(now.get(of("housing_loan", OfSupport::ServedElse)), 1);
        assert_eq!(closed.given_anew(&poor(&[]), round).given_anew(&later, round).standing.counts, now);
    }

    #[test]
    fn what_was_not_asked_is_not_known() {
        let commune = COMMUNE.parse().unwrap();
        let of = |household: &Household| {
            let known = circumstances(household, None, commune, None);
            (known.pupils, known.seriously_ill)
        };
        let mut household = Household { member_count: Some(4), ..Household::default() };
        assert_eq!(of(&household), (None, None));
        let person = |pupil| {
            let mut member = Member::default();
            member.pupil = pupil;
            member
        };
        household.members.insert("a".to_owned(), person(Some(false)));
        household.members.insert("b".to_owned(), person(None));
        assert_eq!(of(&household), (None, Some(false)));
        household.members.insert("b".to_owned(), person(Some(false)));
        assert_eq!(of(&household), (Some(0), Some(false)));
        household.members.insert("c".to_owned(), person(Some(true)));
        household.members.insert("b".to_owned(), person(None));
        household.income.insert("a".to_owned(), Income::default());
        assert_eq!(of(&household), (Some(1), Some(false)));
    }
}
