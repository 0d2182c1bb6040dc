//! Assessment of one record: its class where it says enough to decide, what is missing, and what it adds to its
//! hamlet's tally.

use crate::area::{self, CommuneCode, Residence};
use crate::classify::{Facts, Members, Undecided};
use crate::count::{Came, Counts, Left, Listed, Measure, Standing};
use crate::deprivation::{Deprivations, decide};
use crate::household::{Household, as_earlier, field, tells_of_reviews_alone};
use crate::income::{Allowances, IncomeLine, annual_net};
use crate::law::{last_standard, opening_standard, standard_for_round};
use crate::record::{Change, Doc, Of, RecordKey, Round, Stamp, Value};
use crate::standard::{Class, Standard};
use crate::support;
use serde::Serialize;

/// Something that a record must still say before its class can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Whether it lives in a rural or an urban area, in rounds whose communes are not those of this register.
    Residence,
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
    /// Where it lives, once that is known.
    pub residence: Option<Residence>,
    /// How allowances were treated: as an officer decided for this household, or else as the standard says.
    pub allowances: Allowances,
    /// Its class by the other treatment of allowances, where that is another one and neither is established.
    pub other_class: Option<Class>,
    /// Whether the other treatment would give another class, or leave it to indicators that are not known.
    pub rests_on_treatment: bool,
    /// Whether the class follows from the points of the official forms.
    pub by_points: bool,
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
    let commune = area::commune(commune)?;
    let residence = if area::tree_covers(year) { Some(commune.residence()) } else { household.residence };
    let [_, of_members, _] = household.unconfirmed;
    let members = household.counted_members().filter(|_| !of_members);
    let lines = household.income_lines();
    let allowances = household.treatment.unwrap_or(standard.income.allowances);
    let mut missing = Vec::new();
    if household.is_unconfirmed() {
        missing.push(Missing::Confirmation);
    }
    if residence.is_none() {
        missing.push(Missing::Residence);
    }
    if members.is_none() && !of_members {
        missing.push(Missing::Members);
    }
    if household.income.len() > lines.len() {
        missing.push(Missing::IncomeLine);
    } else if lines.is_empty() && !household.no_income {
        missing.push(Missing::Income);
    }
    let annual = annual_net(&lines, allowances);
    if annual.is_none() {
        // A sum beyond 10¹⁵ đồng means that a line was mistyped.
        missing.push(Missing::IncomeLine);
    }
    let deprivations = Deprivations::read(standard, household, year);
    let lacking = deprivations.lacking(standard);
    let (mut class, mut facts, mut other) = (None, None, None);
    if let (Some(residence), Some(members), Some(annual_net), true) =
        (residence, members, annual, missing.is_empty())
    {
        let known = Facts { residence, members, annual_net, deprivations: lacking.for_any_income(standard) };
        facts = Some(known);
        match decide(standard, &known, lacking) {
            Ok(decided) => class = Some(decided),
            Err(Undecided::DeprivationsNeeded) => missing.push(Missing::Deprivations),
        }
        other = by_other_treatment(standard, household, &known, &lines)
            .map(|facts| decide(standard, &facts, lacking).ok());
    }
    let points = by_points(standard, household, residence).filter(|_| !household.is_unconfirmed());
    if let Some(decided) = points {
        let above_the_line = |class: Class| class.max(standard.first_above_poverty());
        // Where points say that it is neither poor nor near-poor, the income tells which of the classes above it is in.
        let by_income = class.or((missing == [Missing::Deprivations]).then_some(Class::NearPoor));
        class = decided.or(by_income.map(above_the_line));
        let open_above = |class: Option<Class>| Some(above_the_line(class.unwrap_or(Class::NearPoor)));
        other = other.filter(|_| decided.is_none()).map(open_above);
        if class.is_some() {
            missing.clear();
        }
    }
    Some(Assessment {
        standard,
        class,
        members,
        facts,
        lines,
        deprivations,
        residence,
        allowances,
        rests_on_treatment: class.is_some() && other.is_some_and(|other| other != class),
        other_class: other.flatten().filter(|other| class.is_some_and(|class| class != *other)),
        by_points: points.is_some() && class.is_some(),
        missing,
    })
}

/// The version of this software, as people name it: `0.2`.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// Which version's result a class is, where a tablet with an earlier one shows another for the same record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecidedBy {
    /// The version that decided: this one.
    pub version: &'static str,
    /// The earlier version.
    pub earlier: &'static str,
    /// The class that it shows, if any.
    pub earlier_class: Option<Class>,
}

/// Which version decided the class of a record; `None` where it has none, or where a tablet with version 0.1 shows the same.
///
/// `class` is what [`assess`] found.
#[must_use]
pub fn decided_by(class: Option<Class>, doc: &Doc, commune: CommuneCode, round: Round) -> Option<DecidedBy> {
    let earlier_class = class_by_earlier(doc, commune, round);
    let differs = class.is_some() && earlier_class != class;
    differs.then_some(DecidedBy { version: VERSION, earlier: "0.1", earlier_class })
}

/// The class of a record by version 0.1.
fn class_by_earlier(doc: &Doc, commune: CommuneCode, round: Round) -> Option<Class> {
    let mut household = as_earlier(doc);
    // It never counted the state's allowances, and took every commune for what it was in 2011.
    household.treatment = Some(Allowances::NotCounted);
    household.residence = area::commune(commune).map(area::Commune::residence);
    // Its standard of 2006 had the poor alone to the end.
    let year = match i16::try_from(round.year()).ok()? {
        2008 | 2009 => 2007,
        year => year,
    };
    assess_by(standard_for_round(year)?, &household, commune, round)?.class
}

/// The class by the points of the official forms, once both sums are there; `Some(None)` where they say that the household
/// is neither poor nor near-poor.
fn by_points(
    standard: &Standard,
    household: &Household,
    residence: Option<Residence>,
) -> Option<Option<Class>> {
    let rule = standard.points.as_ref()?;
    let points = household.points(standard.year());
    match rule.cut_offs {
        Some(cut_offs) => Some(cut_offs.class(residence?, points.b1?, points.b2?)),
        // What an officer entered is the official class, whether or not the points it was read from were.
        None => points.class.map(Some),
    }
}

/// The facts by the other treatment of allowances; `None` where no other one is open, or it comes to the same income.
fn by_other_treatment(
    standard: &Standard,
    household: &Household,
    known: &Facts,
    lines: &[IncomeLine],
) -> Option<Facts> {
    if household.treatment.is_some() || standard.income.is_sure_of_allowances() {
        return None;
    }
    let annual_net = annual_net(lines, standard.income.allowances.other())?;
    (annual_net != known.annual_net).then_some(Facts { annual_net, ..*known })
}

impl Assessment {
    /// Whether every indicator that is reported was answered: all of a poor or near-poor household's.
    #[must_use]
    pub fn asked_all(&self) -> bool {
        self.class.and_then(Listed::of).is_none()
            || self.deprivations.answers.iter().all(|answer| answer.lacking().is_some())
    }

    /// Whether its class is our estimate by income, where the official review decides otherwise: by points, or in a way that
    /// is not established.
    #[must_use]
    pub fn is_estimated(&self) -> bool {
        self.class.is_some() && self.standard.is_multidimensional() && !self.by_points
    }
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
        if household.head_ethnic_minority && !household.is_head_unconfirmed() {
            counts.add(Measure::EthnicMinorityHeaded, 1);
            if assessment.class == Some(Class::NearPoor) {
                counts.add(Measure::NearPoorEthnicMinorityHeaded, 1);
            }
        }
        let opening = assess_opening(&household, commune, round);
        if let Some(class) = opening.as_ref().and_then(|opening| opening.class) {
            counts.add(Measure::of_opening(class), 1);
        }
        let results = || [Some(&assessment), opening.as_ref()].into_iter().flatten();
        if results().any(|result| result.rests_on_treatment) {
            counts.add(Measure::OpenTreatment, 1);
        }
        if results().any(Assessment::is_estimated) {
            counts.add(Measure::Estimated, 1);
        }
        // Indicators are reported of the class by which the next year starts.
        let last = opening.as_ref().unwrap_or(&assessment);
        if let Some(listed) = last.class.and_then(Listed::of) {
            let answered = last.standard.indicators.iter().zip(&last.deprivations.answers);
            let lacking = answered.filter(|(_, answer)| answer.lacking() == Some(true));
            lacking
                .filter_map(|(indicator, _)| Measure::of_indicator(listed, &indicator.id))
                .for_each(|measure| counts.add(measure, 1));
        }
        let known = support::circumstances(&household, last.class, commune, last.residence);
        support::count(doc, &known, round, &mut counts);
        if doc.get(field::MEETING_RESULT).and_then(Value::as_text) == Some("sent_back") {
            counts.add(Measure::SentBack, 1);
        }
        Some(Standing { hamlet, counts, came, left })
    }

    /// What a household's record would say by itself, were a change the last word about its field: as [`Standing::of`], with
    /// that value in place of all that people wrote there.
    #[must_use]
    pub fn with(doc: &Doc, commune: CommuneCode, round: Round, change: &Change) -> Option<Self> {
        let mut decided = doc.without(|path| *path == change.field);
        // Where versions wrote the same to two fields, the later word stands.
        decided.write(Stamp::default().at(u64::MAX), change);
        Standing::of(&decided, commune, round)
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
    use crate::record::{Actor, FieldConflict};

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
    type Said = (Option<u32>, Option<u8>, &'static [(&'static str, bool)]);

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
            let floor_dm2 = floor_area.map(|m2| 100 * m2);
            let household = Household { floor_dm2, deprivation_count, deprivations, ..household(million) };
            let assessed = assess(&household, commune, Round::new(2024).unwrap()).unwrap();
            assert_eq!(assessed.class, class, "{what}");
            let missing: &[Missing] = if class.is_some() { &[] } else { &[Missing::Deprivations] };
            assert_eq!(assessed.missing, missing, "{what}");
        }
    }

    #[test]
    fn each_value_in_conflict_leads_to_its_class() {
        use Class::{Above, Poor};
        let mut doc = Doc::default();
        let change = |field: &str, value| Change { field: field.parse().unwrap(), value, seen: vec![] };
        let mut set = |writer, field, value| {
            doc.write(Stamp::new(writer, 0, Actor(writer)).unwrap(), &change(field, value));
        };
        set(1, "member_count", 4.into());
        set(1, "income/a/source", "wages".into());
        for (writer, amount, note) in [(1, 4_000_000, "gần cầu"), (2, 40_000_000, "gần chợ")] {
            set(writer, "income/a/amount", amount.into());
            set(writer, "note", note.into());
        }
        let commune: CommuneCode = "29173".parse().unwrap();
        let with = |change: &Change| Standing::with(&doc, commune, Round::CENSUS_2010, change);
        let leads = |FieldConflict { field, standing, lost }: FieldConflict| {
            [standing, lost[0].clone()].map(|write| with(&change(field.as_str(), write.value))?.class())
        };
        let of_conflicts: Vec<_> = doc.conflicts().into_iter().map(leads).collect();
        assert_eq!(of_conflicts, [[Some(Above), Some(Poor)], [Some(Above), Some(Above)]]);
        assert_eq!(with(&change("income/a/amount", Value::Null)).unwrap().class(), None, "not decided");
        assert_eq!(with(&change("removed", true.into())), None, "withdrawn");
    }
}
