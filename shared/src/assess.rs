//! Assessment of one record: its class where it says enough to decide, what is missing, and what it adds to its
//! hamlet's tally.

use crate::area::{self, CommuneCode};
use crate::classify::{Facts, Members, Undecided};
use crate::count::{Came, Counts, Left, Measure, Standing};
use crate::deprivation::{Deprivations, decide};
use crate::household::{Household, field, tells_of_reviews_alone};
use crate::income::{IncomeLine, annual_net};
use crate::law::{last_standard, opening_standard, standard_for_round};
use crate::record::{Doc, Of, RecordKey, Round, Value};
use crate::standard::{Class, Standard};
use serde::Serialize;

/// Something that a record must still say before its class can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The number of members.
    Members,
    /// What the household earned, or that it earned nothing.
    Income,
    /// The source or amount of an income line, or a correct amount where the sum is beyond [`crate::money::Vnd`].
    IncomeLine,
    /// Indicators of deprivation that are not known yet and would decide.
    Deprivations,
    /// That what was carried over from the round before still holds.
    Confirmation,
}

/// A record's assessment in its round.
///
/// ```
/// use soho_shared::assess::{Missing, assess};
/// use soho_shared::household::Household;
/// use soho_shared::record::Round;
/// use soho_shared::standard::Class;
///
/// let commune = "29173".parse().unwrap();
/// let mut household = Household { member_count: Some(4), ..Household::default() };
/// let now = assess(&household, commune, Round::CENSUS_2010).unwrap();
/// assert_eq!((now.class, now.missing), (None, vec![Missing::Income]));
///
/// // That there is no income must be said: no line alone is no answer.
/// household.no_income = true;
/// let now = assess(&household, commune, Round::CENSUS_2010).unwrap();
/// assert_eq!((now.class, now.missing), (Some(Class::Poor), vec![]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The standard applied.
    pub standard: &'static Standard,
    /// The class, if it can be decided.
    pub class: Option<Class>,
    /// Number of members who count, if known.
    pub members: Option<Members>,
    /// What the class is decided from, once members and income are known; the indicators may still be missing.
    pub facts: Option<Facts>,
    /// The complete income lines.
    pub lines: Vec<IncomeLine>,
    /// The known answers to the standard's indicators.
    pub deprivations: Deprivations,
    /// What is missing, the most basic first; empty when a class was decided.
    pub missing: Vec<Missing>,
}

/// Assesses a household of a commune in a round.
///
/// Returns `None` when no standard covers the round.
#[must_use]
pub fn assess(household: &Household, commune: CommuneCode, round: Round) -> Option<Assessment> {
    assess_by(standard_for_round(i16::try_from(round.year()).ok()?)?, household, commune, round)
}

/// Assesses a household by the standard that opens the next period, in a round that has two results.
///
/// Returns `None` when the round has one result.
#[must_use]
pub fn assess_opening(household: &Household, commune: CommuneCode, round: Round) -> Option<Assessment> {
    assess_by(opening_standard(i16::try_from(round.year()).ok()?)?, household, commune, round)
}

/// Assesses a household by the standard of the round's last word: the one that opens the next period where the round has two
/// results.
///
/// Returns `None` when no standard covers the round.
#[must_use]
pub fn assess_last(household: &Household, commune: CommuneCode, round: Round) -> Option<Assessment> {
    assess_by(last_standard(i16::try_from(round.year()).ok()?)?, household, commune, round)
}

fn assess_by(
    standard: &'static Standard,
    household: &Household,
    commune: CommuneCode,
    round: Round,
) -> Option<Assessment> {
    let year = i16::try_from(round.year()).ok()?;
    let residence = area::commune(commune)?.residence();
    let [_, of_members, _] = household.unconfirmed;
    let members = household.counted_members().filter(|_| !of_members);
    let lines = household.income_lines();
    let mut missing = Vec::new();
    if household.is_unconfirmed() {
        missing.push(Missing::Confirmation);
    }
    if members.is_none() && !of_members {
        missing.push(Missing::Members);
    }
    if household.income.len() > lines.len() {
        missing.push(Missing::IncomeLine);
    } else if lines.is_empty() && !household.no_income {
        missing.push(Missing::Income);
    }
    let annual_net = annual_net(&lines);
    if annual_net.is_none() {
        // A sum beyond 10¹⁵ đồng means that a line was mistyped.
        missing.push(Missing::IncomeLine);
    }
    let deprivations = Deprivations::read(standard, household, year);
    let (mut class, mut facts) = (None, None);
    if let (Some(members), Some(annual_net), true) = (members, annual_net, missing.is_empty()) {
        let lacking = deprivations.lacking(standard);
        let known = Facts { residence, members, annual_net, deprivations: lacking.for_any_income(standard) };
        facts = Some(known);
        match decide(standard, &known, lacking) {
            Ok(decided) => class = Some(decided),
            Err(Undecided::DeprivationsNeeded) => missing.push(Missing::Deprivations),
        }
    }
    Some(Assessment { standard, class, members, facts, lines, deprivations, missing })
}

impl Standing {
    /// What a record of any subject says by itself; `None` for an empty one. That of a hamlet says how many households
    /// there are.
    #[must_use]
    pub fn of_record(doc: &Doc, RecordKey { subject, round }: RecordKey) -> Option<Self> {
        let number = match subject.of {
            Of::Household(_) => return Standing::of(doc, subject.commune()?, round),
            Of::Unit => 0,
            Of::Hamlet(number) => number,
        };
        if doc.is_empty() {
            return None;
        }
        let mut counts = Counts::default();
        for (measure, field) in [
            (Measure::Declared, field::DECLARED_HOUSEHOLDS),
            (Measure::DeclaredEthnicMinority, field::DECLARED_ETHNIC_MINORITY),
        ] {
            counts.add(measure, doc.get(field).and_then(Value::as_int).unwrap_or(0));
        }
        Some(Standing { hamlet: number, counts, came: None, left: None })
    }

    /// What a household's record says by itself; `None` for one that is empty or withdrawn. Whether it counts where its household
    /// was found to be another's second entry is told by [`crate::duplicate::Joined`].
    #[must_use]
    pub fn of(doc: &Doc, commune: CommuneCode, round: Round) -> Option<Self> {
        if doc.is_empty() {
            return None;
        }
        let household = Household::read(doc);
        if household.is_gone(doc, commune) {
            return None;
        }
        let assessment = assess(&household, commune, round)?;
        let (hamlet, came, left) = (household.hamlet.unwrap_or(0), household.came(), household.left());
        let mut counts = Counts::default();
        for (month, class) in reviews(doc, round) {
            counts.add_in(month, Measure::of_class(class), 1);
        }
        if left.is_some() || awaits_no_visit(doc, round) {
            return Some(Standing { hamlet, counts, came, left });
        }
        counts.add(Measure::Households, 1);
        counts.add(Measure::Persons, assessment.members.map_or(0, Members::get).into());
        if let Some(class) = assessment.class {
            counts.add(Measure::of_class(class), 1);
        }
        if assessment.class == Some(Class::Poor) {
            household.main_cause.into_iter().for_each(|cause| counts.add(Measure::of_cause(cause), 1));
            household.groups().for_each(|group| counts.add(Measure::of_group(group), 1));
        }
        let [of_head, ..] = household.unconfirmed;
        if household.head_ethnic_minority && !of_head {
            counts.add(Measure::EthnicMinorityHeaded, 1);
            if assessment.class == Some(Class::NearPoor) {
                counts.add(Measure::NearPoorEthnicMinorityHeaded, 1);
            }
        }
        if let Some(class) = assess_opening(&household, commune, round).and_then(|opening| opening.class) {
            counts.add(Measure::of_opening(class), 1);
        }
        if doc.get(field::MEETING_RESULT).and_then(Value::as_text) == Some("sent_back") {
            counts.add(Measure::SentBack, 1);
        }
        Some(Standing { hamlet, counts, came, left })
    }
}

/// Whether nobody need visit a household for its record of a round: it tells of reviews within the year alone, of which the last
/// found it neither poor nor near-poor. Where it did, the household is on the list that the yearly review goes through.
#[must_use]
pub fn awaits_no_visit(doc: &Doc, round: Round) -> bool {
    let is_listed = |(_, class)| matches!(class, Class::Poor | Class::NearPoor);
    tells_of_reviews_alone(doc) && !reviews(doc, round).last().is_some_and(is_listed)
}

/// What the reviews on request within a round's year found, as a household's record says: month, 1..=12, and class.
pub fn reviews(doc: &Doc, round: Round) -> impl Iterator<Item = (u8, Class)> {
    doc.starting_with(field::REVIEW).filter_map(move |(path, value)| {
        let month = field::reviewed_class(path.as_str(), round)?;
        Some((month, value.as_text().and_then(Class::from_word)?))
    })
}

impl Household {
    /// How it came to be in the commune, where the record says so.
    #[must_use]
    pub fn came(&self) -> Option<Came> {
        match (&self.moved_from, self.split_from) {
            (Some(_), _) => Some(Came::MovedIn),
            (None, Some(_)) => Some(Came::SplitOff),
            (None, None) => None,
        }
    }

    /// How it has left the commune, where it has.
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        match (&self.moved_to, self.dissolved) {
            (_, true) => Some(Left::Dissolved),
            (Some(_), false) => Some(Left::MovedOut),
            (None, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::household::{Income, Member};
    use crate::income::IncomeSource;
    use crate::money::Vnd;

    /// 4 people in a rural commune in 2024, whose line is 1.500.000 đ a person a month: 72 million a year.
    fn household(million: i64) -> Household {
        let mut income = Income::default();
        (income.source, income.amount) = (Some(IncomeSource::Wages), Vnd::new(million * 1_000_000));
        let mut household = Household::default();
        household.income.insert("a".to_owned(), income);
        for (id, born) in [("a", 1980), ("b", 1985), ("c", 2010), ("d", 2012)] {
            let mut member = Member::default();
            (member.birth_year, member.insured) = (Some(born), Some(true));
            household.members.insert(id.to_owned(), member);
        }
        household
    }

    /// What else the record says: floor area, number of lacking indicators, answers about single indicators.
    type Said = (Option<u16>, Option<u8>, &'static [(&'static str, bool)]);

    #[test]
    #[rustfmt::skip]
    fn indicators_decide_where_the_income_lets_them() {
        use Class::{LowIncome, NearPoor, Poor};
        const THREE: [(&str, bool); 3] = [("water", true), ("toilet", true), ("telecom", true)];
        const TEN_NOT: [(&str, bool); 10] = [
            ("employment", false), ("dependants", false), ("nutrition", false), ("adult_education", false),
            ("child_schooling", false), ("housing_quality", false), ("housing_area", false), ("water", false),
            ("toilet", false), ("telecom", false),
        ];
        let table: [(&str, i64, Said, Option<Class>); 9] = [
            ("nothing is said",                               72, (None,     None,    &[]),                None),
            ("three are lacking: the rest need not be said",  72, (None,     None,    &THREE),             Some(Poor)),
            ("two, and the floor is too small",               72, (Some(31), None,    &[("water", true), ("toilet", true)]), Some(Poor)),
            ("two, and the floor is large enough",            72, (Some(32), None,    &[("water", true), ("toilet", true)]), None),
            ("ten are not, all have cards: one is left",      72, (None,     None,    &TEN_NOT),           Some(NearPoor)),
            ("only the number was said: three",               72, (None,     Some(3), &[]),                Some(Poor)),
            ("only the number was said: two",                 72, (None,     Some(2), &[]),                Some(NearPoor)),
            ("the number is two, but three are lacking",      72, (None,     Some(2), &THREE),             Some(Poor)),
            ("over the line nothing is asked",                73, (None,     None,    &[]),                Some(LowIncome)),
        ];
        let commune: CommuneCode = "29224".parse().unwrap();
        for (what, million, (floor_area, deprivation_count, said), class) in table {
            let deprivations = said.iter().map(|(id, lacking)| ((*id).to_owned(), *lacking)).collect();
            let household = Household { floor_area, deprivation_count, deprivations, ..household(million) };
            let assessed = assess(&household, commune, Round::new(2024).unwrap()).unwrap();
            assert_eq!(assessed.class, class, "{what}");
            let missing: &[Missing] = if class.is_some() { &[] } else { &[Missing::Deprivations] };
            assert_eq!(assessed.missing, missing, "{what}");
        }
    }
}
