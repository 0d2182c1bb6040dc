//! Answers to the indicators from a household's record.

use super::{Answer, Deprivations, Evidence};
use crate::household::{Allowance, Household, Member};
use crate::standard::{RecordRule, Standard};

impl Deprivations {
    /// The answers of a record to a standard's indicators, in the round of a year: worked out from the record's other
    /// fields where they suffice, otherwise as the household said when asked.
    ///
    /// Only years of birth are known. So an age is used only where the result is the same before and after the birthday
    /// in that year; otherwise the indicator is asked.
    #[must_use]
    pub fn read(standard: &Standard, household: &Household, year: i16) -> Self {
        let answer = |indicator: &crate::standard::Indicator| {
            let computed = indicator.record.and_then(|rule| compute(rule, household, year.into()));
            let said = || household.deprivations.iter().find(|(id, _)| *id == indicator.id);
            computed.or_else(|| said().map(|(_, lacking)| Answer::Said(*lacking))).unwrap_or_default()
        };
        Deprivations {
            answers: standard.indicators.iter().map(answer).collect(),
            count: household.deprivation_count,
        }
    }
}

fn compute(rule: RecordRule, household: &Household, year: i64) -> Option<Answer> {
    let members = || household.members.values().filter(|member| member.counts());
    // The head alone on the list tells of nobody else; but one who lacks something is enough.
    let counted = household.counted_members();
    let listed = counted.is_some_and(|all| members().count() == usize::from(all.get()));
    let (lacking, evidence) = match rule {
        RecordRule::Uninsured { from_age } => {
            let without = |m: &Member| both(aged(m, year, from_age, u8::MAX), m.insured.map(|card| !card));
            (any(members().map(without)).filter(|lacking| *lacking || listed)?, Evidence::Insurance)
        }
        RecordRule::OutOfSchool { from_age, under_age, any_grade } => {
            let out = |m: &Member| {
                let tells = m.pupil.filter(|pupil| any_grade || !pupil);
                both(aged(m, year, from_age, under_age), tells.map(|pupil| !pupil))
            };
            (any(members().map(out)).filter(|lacking| *lacking || listed)?, Evidence::Schooling)
        }
        RecordRule::FloorArea { under_m2_each } => {
            let (dm2, members) = (household.floor_dm2?, household.counted_members()?);
            let needed = 100 * u32::from(under_m2_each) * u32::from(members.get());
            (dm2 < needed, Evidence::FloorArea { dm2, members })
        }
        RecordRule::Dependants { under_age } => {
            let all = household.counted_members().filter(|_| listed)?;
            let depends = |member: &Member| {
                // In a household without any income nobody is paid an allowance.
                let paid = match member.allowance {
                    Some(kind) => Some(matches!(kind, Allowance::Elderly | Allowance::Disability)),
                    None => household.no_income.then_some(false),
                };
                match (aged(member, year, 0, under_age), paid) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }
            };
            let counted = |is: fn(Option<bool>) -> bool| {
                u8::try_from(members().filter(|member| is(depends(member))).count()).ok()
            };
            let dependants = counted(|depends| depends == Some(true))?;
            let may_be = counted(|depends| depends != Some(false))?;
            let more_than_half = |n: u8| 2 * u16::from(n) > u16::from(all.get());
            let lacking = more_than_half(dependants);
            if lacking != more_than_half(may_be) {
                return None;
            }
            (lacking, Evidence::Dependants { under_age, dependants, members: all })
        }
    };
    Some(Answer::Computed(lacking, evidence))
}

/// Whether a member's age in that year is at least `from` and under `under`; `None` where that depends on the
/// birthday, or where the year of birth is not known.
fn aged(member: &Member, year: i64, from: u8, under: u8) -> Option<bool> {
    let turns = year - member.birth_year?;
    let within = |age: i64| i64::from(from) <= age && age < i64::from(under);
    let (before, after) = (within((turns - 1).max(0)), within(turns));
    (before == after).then_some(after)
}

/// Whether both are true; `None` while what is not known can decide.
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether any is true; `None` while what is not known can decide.
fn any(mut of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all_known = true;
    let found = of.any(|one| {
        all_known &= one.is_some();
        one == Some(true)
    });
    (found || all_known).then_some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::law;

    /// Members as they are listed: year of birth, months present, card, at school.
    type Listed = (Option<i64>, Option<i64>, Option<bool>, Option<bool>);

    fn household(listed: &[Listed]) -> Household {
        let member = |(i, (birth_year, months_present, insured, pupil)): (usize, &Listed)| {
            let mut member = Member::default();
            (member.birth_year, member.months_present) = (*birth_year, *months_present);
            (member.insured, member.pupil) = (*insured, *pupil);
            (i.to_string(), member)
        };
        let members: BTreeMap<_, _> = listed.iter().enumerate().map(member).collect();
        Household { members, ..Household::default() }
    }

    fn told(standard: &str, indicator: &str, household: &Household, year: i16) -> Option<bool> {
        let standard = law::standard(standard).unwrap();
        let at = standard.indicators.iter().position(|i| i.id == indicator).unwrap();
        Deprivations::read(standard, household, year).answers[at].lacking()
    }

    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    #[test]
    #[rustfmt::skip]
    fn insurance_of_members_of_six_and_older() {
        let away = Some(3);
        for (what, listed, lacking) in [
            ("nobody is listed",                      vec![],                                                            None),
            ("everybody has a card",                  vec![(Some(1980), None, YES, None), (Some(2012), None, YES, None)], NO),
            ("one has not said",                      vec![(Some(1980), None, YES, None), (Some(2012), None, None, None)], None),
            ("one has none",                          vec![(Some(1980), None, YES, None), (Some(2012), None, NO, None)],  YES),
            ("one has none, another has not said",    vec![(Some(1980), None, None, None), (Some(2012), None, NO, None)], YES),
            ("has none, but lives elsewhere",         vec![(Some(1980), None, YES, None), (Some(2012), away, NO, None)],  NO),
            ("an infant needs none",                  vec![(Some(1980), None, YES, None), (Some(2021), None, NO, None)],  NO),
            ("an infant of whom nothing is said",     vec![(Some(1980), None, YES, None), (Some(2021), None, None, None)], NO),
            ("turns 6 this year: the birthday tells", vec![(Some(1980), None, YES, None), (Some(2016), None, NO, None)],  None),
            ("turned 6 last year",                    vec![(Some(1980), None, YES, None), (Some(2015), None, NO, None)],  YES),
            ("no card, and no year of birth",         vec![(None, None, NO, None)],                                       None),
            ("a card, and no year of birth",          vec![(None, None, YES, None)],                                      NO),
        ] {
            for standard in ["2016", "2022"] {
                assert_eq!(told(standard, "health_insurance", &household(&listed), 2022), lacking, "{standard}: {what}");
            }
        }
    }

    #[test]
    #[rustfmt::skip]
    fn schooling_of_children() {
        for (what, birth_year, pupil, in_2016, in_2022) in [
            ("8, at school: the grade is not known",   Some(2014), YES,  NO,   None),
            ("8, not at school",                       Some(2014), NO,   YES,  YES),
            ("8, nobody said",                         Some(2014), None, None, None),
            ("turns 3: under 5, and perhaps 3",        Some(2019), NO,   NO,   None),
            ("4: a matter of the standard of 2022",    Some(2018), NO,   NO,   YES),
            ("turns 15: perhaps 14",                   Some(2007), NO,   None, YES),
            ("16 or 15 and out of school",             Some(2006), NO,   NO,   None),
            ("turned 16 last year",                    Some(2005), NO,   NO,   NO),
            ("grown up, nobody said",                  Some(1980), None, NO,   NO),
            ("no year of birth, not at school",        None,       NO,   None, None),
        ] {
            let household = household(&[(birth_year, None, None, pupil)]);
            assert_eq!(told("2016", "child_schooling", &household, 2022), in_2016, "2016: {what}");
            assert_eq!(told("2022", "child_schooling", &household, 2022), in_2022, "2022: {what}");
        }
    }

    #[test]
    fn floor_for_each_member() {
        for (m2, members, lacking) in [
            (None, Some(4), None),
            (Some(32), None, None),
            (Some(31), Some(4), YES),
            (Some(32), Some(4), NO),
            (Some(0), Some(1), YES),
            (Some(791), Some(99), YES),
            (Some(792), Some(99), NO),
        ] {
            let floor_dm2 = m2.map(|m2| 100 * m2);
            let household = Household { floor_dm2, member_count: members, ..Household::default() };
            for standard in ["2016", "2022"] {
                assert_eq!(told(standard, "housing_area", &household, 2022), lacking, "{m2:?}, {members:?}");
            }
        }
    }

    #[test]
    #[rustfmt::skip]
    fn dependants_over_half() {
        let (child, adult, turns_16, unknown) =
            ((Some(2015), None, None, None), (Some(1980), None, None, None), (Some(2006), None, None, None), (None, None, None, None));
        for (what, listed, no_income, lacking) in [
            ("2 children of 3",                           vec![child, child, adult],        false, YES),
            ("2 of 4: half is not more than half",        vec![child, child, adult, adult], true,  NO),
            ("2 of 4, but an adult may have an allowance", vec![child, child, adult, adult], false, None),
            ("1 of 2, and one who turns 16",              vec![child, turns_16],            true,  None),
            ("1 of 2, and one of unknown age",            vec![child, unknown],             true,  None),
            ("2 of 3, the third of unknown age",          vec![child, child, unknown],      false, YES),
            ("nobody is listed",                          vec![],                           true,  None),
        ] {
            let household = Household { no_income, ..household(&listed) };
            assert_eq!(told("2022", "dependants", &household, 2022), lacking, "{what}");
        }
    }

    #[test]
    fn what_the_record_tells_is_not_asked_and_what_it_does_not_is() {
        let standard = law::standard("2022").unwrap();
        let mut household =
            Household { floor_dm2: Some(2_050), member_count: Some(4), ..Household::default() };
        household.deprivations.push(("housing_area".to_owned(), false)); // said, but the record tells otherwise
        household.deprivations.push(("water".to_owned(), true));
        household.deprivations.push(("dependants".to_owned(), false));
        household.deprivations.push(("of_another_standard".to_owned(), true));
        let known = Deprivations::read(standard, &household, 2022);
        let answered: Vec<(&str, Answer)> = standard
            .indicators
            .iter()
            .zip(&known.answers)
            .filter(|(_, answer)| answer.lacking().is_some())
            .map(|(indicator, answer)| (&*indicator.id, *answer))
            .collect();
        let evidence = Evidence::FloorArea { dm2: 2_050, members: household.counted_members().unwrap() };
        assert_eq!(
            answered,
            [
                ("dependants", Answer::Said(false)),
                ("housing_area", Answer::Computed(true, evidence)),
                ("water", Answer::Said(true)),
            ]
        );
        let lacking = known.lacking(standard);
        assert_eq!((lacking.least, lacking.most), (2, 11));
    }

    #[test]
    fn a_number_fills_in_what_no_answer_says() {
        let standard = law::standard("2022").unwrap();
        let yes = Answer::Said(true);
        let no = Answer::Said(false);
        for (answers, count, least, most) in [
            (vec![], None, 0, 12),
            (vec![], Some(4), 4, 4),
            (vec![yes, yes, no], None, 2, 11),
            (vec![yes, yes, no], Some(4), 4, 4),
            (vec![yes, yes, no], Some(0), 2, 2),
            (vec![yes, yes, no], Some(12), 11, 11),
        ] {
            let lacking = Deprivations { answers, count }.lacking(standard);
            assert_eq!((lacking.least, lacking.most), (least, most), "{count:?}");
        }
        let without_a_list = Deprivations::default().lacking(law::standard("2027").unwrap());
        assert_eq!((without_a_list.least, without_a_list.most), (0, u8::MAX));
    }
}
